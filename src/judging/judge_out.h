/*
 * judge_out.h - where the verdicts of `deepconf judge --input` go.
 *
 * To standard output at once; or to FILE, by way of FILE.part, so that half of
 * the verdicts can't pass for all. Beside the part grows FILE.part.state: what
 * command it is of, and marks, each a place up to which the part is whole. The
 * same command reads them and goes on behind the last one that holds; another
 * command is refused.
 *
 * Invariants: a mark is written behind the rows that it vouches for, with their
 * SHA-256, so that neither a torn row nor a torn mark, nor a block that never
 * reached the disk, can be gone on from. Nothing is waited for on the way (a
 * power cut costs what the system had not written yet); FILE itself is on the
 * disk before it has its name. One process at a time: the state is locked.
 *
 * Use: open; next, and keep if what it says holds, until there is no mark; then
 * begin; then write and mark; close.
 */
#ifndef DC_JUDGING_JUDGE_OUT_H
#define DC_JUDGING_JUDGE_OUT_H

#include "base/json.h"

#include <deepconf/status.h>
#include <stdbool.h>

struct dc_judge_out; /* opaque */

struct dc_judge_out_cfg {
    const char *path;  /* NULL, "-": standard output */
    const char *input; /* what is read, which FILE may not be */
    /* what the rows depend on: an object of strings, in the order in which a
     * difference is looked for. Borrowed until the output is closed. */
    const json_t *config;
};

/* Is this a file of CSV? Else the rows are JSONL. */
bool dc_judge_out_is_csv(const char *path);
/*
 * DC_USAGE: FILE is the input; FILE.part is of another command (the first key
 * that differs is named), of another program, or being written. DC_IO. On
 * failure a part that was there is as it was.
 */
enum dc_status dc_judge_out_open(const struct dc_judge_out_cfg *cfg,
                                 struct dc_judge_out **out, struct dc_err *err);
/* "FILE.part"; NULL: standard output, a pipe, a device. */
const char *dc_judge_out_part(const struct dc_judge_out *o);
/*
 * The next mark whose rows are there, as it was given to dc_judge_out_mark();
 * NULL: no more. Borrowed until the next call.
 */
enum dc_status dc_judge_out_next(struct dc_judge_out *o, const json_t **mark,
                                 struct dc_err *err);
/* Go on behind this mark, or a later one. */
void dc_judge_out_keep(struct dc_judge_out *o);
/* Drop what stands behind the last mark that was kept; without one the file
 * starts anew, with `head`. */
enum dc_status dc_judge_out_begin(struct dc_judge_out *o, const char *head,
                                  struct dc_err *err);
enum dc_status dc_judge_out_write(struct dc_judge_out *o,
                                  const struct dc_buf *rows,
                                  struct dc_err *err);
/* All that is written is whole up to here. Takes `mark`, an object. */
enum dc_status dc_judge_out_mark(struct dc_judge_out *o, json_t *mark,
                                 struct dc_err *err);
/*
 * st is how the work ended: DC_OK gives FILE its name, else part and state
 * stay. Returns st, or why FILE could not be completed. o may be NULL.
 */
enum dc_status dc_judge_out_close(struct dc_judge_out *o, enum dc_status st,
                                  struct dc_err *err);

#endif
