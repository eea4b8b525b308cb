/*
 * export_priv.h - what a writer of a format is given. Private to src/exchange.
 *
 * The frame (export.c) walks the run once: begin, then for each prompt
 * `prompt`, its traces in order, `prompt_end`, and last `end`. Between two
 * calls it sends on what the writer has put into the sinks.
 */
#ifndef DC_EXCHANGE_EXPORT_PRIV_H
#define DC_EXCHANGE_EXPORT_PRIV_H

#include "exchange/exchange.h"
#include "exchange/export_set.h"
#include "exchange/sink.h"
#include "read/run_view.h"
#include "results/summary.h"
#include "store/pieces.h"

struct dc_export {
    struct dc_run_view *run;
    const struct dc_export_cfg *cfg;
    const struct dc_summary *sum;         /* configuration, counts, rates */
    struct dc_arena arena;                /* of the whole export */
    struct dc_pieces pieces;              /* with parts DC_TRACE_TOP */
    struct dc_sink file[DC_EXPORT_FILES]; /* [0] is open unless folder */
    struct dc_export_set set;             /* the files of a folder */
    struct dc_export_count count;
    void *own; /* the writer's, n_own zeroed bytes */
};

struct dc_export_prompt {
    const struct dc_prompt_row *row;
    const struct dc_decision_row *decision; /* NULL: not yet decided */
};

struct dc_export_ops {
    size_t n_own;
    unsigned parts; /* of traces: enum dc_trace_parts */
    /* optional: the name that the format's readers look for in a folder */
    const char *(*file_name)(struct dc_export *e);
    /* optional */
    enum dc_status (*begin)(struct dc_export *e, struct dc_err *err);
    void (*prompt)(struct dc_export *e, const struct dc_export_prompt *p);
    /* required */
    void (*trace)(struct dc_export *e, const struct dc_export_prompt *p,
                  const struct dc_trace_row *t);
    /* optional */
    void (*prompt_end)(struct dc_export *e, const struct dc_export_prompt *p);
    enum dc_status (*end)(struct dc_export *e, struct dc_err *err);
    void (*release)(struct dc_export *e); /* also after a failure */
};

/* Open file i in the folder. */
enum dc_status dc_export_open(struct dc_export *e, size_t i, const char *name,
                              struct dc_err *err);

/* ---- export_util.c: what several formats need ---- */

/* A value of the configuration; NULL if it is not there or "unknown". */
const char *dc_export_config(const struct dc_export *e, const char *key);
/* The run's first session: ISO 8601, UTC; "1970-01-01T00:00:00Z" if none. */
const char *dc_export_started(struct dc_export *e);
/* The same in seconds since 1970-01-01, UTC. */
double dc_export_started_s(struct dc_export *e);
/* When its last session ended, as far as its times are known. */
const char *dc_export_ended(struct dc_export *e);
/* 64 hex digits that this run has and hardly another: over configuration and
 * sessions. */
const char *dc_export_run_id(struct dc_export *e);
/* name with everything but letters, digits, '-', '_' and '.' made '-'. */
const char *dc_export_file_word(struct dc_export *e, const char *name);
/* A judge's verdict; NULL if the trace has none of it. */
const struct dc_verdict_row *dc_export_verdict_of(const struct dc_trace_row *t,
                                                  const char *judge);
/* The deciding judge's verdict; NULL if the trace has none. */
const struct dc_verdict_row *dc_export_verdict(const struct dc_export *e,
                                               const struct dc_trace_row *t);
/* A configuration number as JSON: null if it is not known. */
void dc_export_put_number(struct dc_export *e, struct dc_json_out *o,
                          const char *key);
/* The text of a piece: a string, or, where that is not all of it, a list of
 * its bytes. */
void dc_export_put_piece(struct dc_json_out *o, const struct dc_piece *p);
/* {measure: value, ...} */
void dc_export_put_measures(struct dc_json_out *o,
                            const struct dc_trace_row *t);

/* {name: value, ...} under the key "fields"; nothing where there are none. */
void dc_export_put_fields(struct dc_json_out *o, const struct dc_prompt_row *p);

/* The whole of a trace's own verdicts and numbers, format_jsonl.c. */
extern const struct dc_export_ops dc_export_jsonl;

#endif
