/*
 * sink.h - a file that is written piece by piece and is there only when it is
 * whole (write_file.h).
 *
 * What is to be written is put into `buf` (by `json`, or directly), and goes
 * to the file whenever dc_sink_flush() finds enough of it, so that a file of
 * any size passes through little memory. Standard output is written at once.
 */
#ifndef DC_EXCHANGE_SINK_H
#define DC_EXCHANGE_SINK_H

#include "base/buf.h"
#include "base/json_out.h"
#include "base/write_file.h"

#include <deepconf/status.h>

struct dc_sink {
    struct dc_file_out to;
    struct dc_buf buf;
    struct dc_json_out json; /* into buf */
};

/* path and statuses as those of dc_file_out_open(); path stays in place until
 * the sink is closed. Zeroed structs are closed sinks. */
enum dc_status dc_sink_open(struct dc_sink *s, const char *path,
                            struct dc_err *err);
/* The same for a name of deepconf's own: dc_file_out_open_own(). */
enum dc_status dc_sink_open_own(struct dc_sink *s, const char *path,
                                struct dc_err *err);
/* Write what is in buf if there is much of it. DC_IO. */
enum dc_status dc_sink_flush(struct dc_sink *s, struct dc_err *err);
/*
 * Write the rest and give the file its name, or, if st is a failure, remove
 * what was written. Gives st, or DC_IO. Does nothing for a sink not open.
 */
enum dc_status dc_sink_close(struct dc_sink *s, enum dc_status st,
                             struct dc_err *err);
/* The same but for the name, which dc_file_out_name(&s->to) gives: for files
 * that get theirs together. */
enum dc_status dc_sink_finish(struct dc_sink *s, enum dc_status st,
                              struct dc_err *err);

#endif
