/*
 * engine.h - what the parts of the engine share. Private to src/run.
 *
 *   run.c     the loop: fill slots, poll, take what ended, decide, commit
 *   setup.c   prompts and configuration; reads what the store has already
 *   finish.c  a finished trace -> recorder, its prompt -> decision
 *
 * A job is a prompt with the state of its traces. A job's policy sees only the
 * run of finished traces 0 .. n_seen-1, in order, so that what finished out of
 * order, or in an earlier session, can't change where it stops.
 */
#ifndef DC_RUN_ENGINE_H
#define DC_RUN_ENGINE_H

#include "base/buf.h"
#include "infer/pool.h"
#include "run/run.h"
#include "trace/piece_ids.h"
#include "trace/recorder.h"

/* Why a prompt that is longer than the context can't be run, for run files. */
#define DC_CONTEXT_OVERFLOW "context overflow"

enum dc_trace_state { DC_TRACE_NEW, DC_TRACE_RUNNING, DC_TRACE_DONE };

struct dc_job {
    const struct dc_item *item;
    int64_t ord;
    uint64_t stream;                  /* of its random numbers */
    struct dc_backend_prompt *prompt; /* NULL once decided */
    size_t n_tok;                     /* of the prompt; 0: not known yet */
    const char *problem;              /* why it can't run; NULL: it can */
    /* By trace, [max_traces]; NULL before and after use. */
    enum dc_trace_state *state;
    unsigned *begun; /* times, in earlier sessions; of a server */
    struct dc_stop_trace *trace;
    struct dc_ballot *ballot;
    unsigned n_seen;           /* finished in a row from trace 0 */
    unsigned allowed;          /* traces 0 .. allowed-1 are certainly needed */
    struct dc_stop_state seen; /* of traces 0 .. n_seen-1 */
    unsigned max_tokens;       /* of a trace: the answer window's, or all */
    bool calibration;
    bool decided;
    bool more_fields; /* of the item than the run file has of it */
};

/* What the engine knows of the trace in a slot of the pool; its tag. */
struct dc_live {
    struct dc_job *job;
    bool has_bar; /* it is cut when a window's mean falls below it */
    double bar;
    size_t window;
};

struct dc_engine {
    const struct dc_run_cfg *cfg;
    const struct dc_backend_ops *ops;
    struct dc_backend *backend;
    struct dc_store *store;
    const struct dc_dataset *data;
    struct dc_stop_cfg stop; /* threshold set once calibrated */
    struct dc_recorder recorder;
    struct dc_job *job; /* [n_job] */
    size_t n_job;
    size_t n_calibration;   /* the first jobs; 0: none */
    struct dc_job **active; /* [n_slots] jobs with traces to run */
    size_t n_active;
    size_t next_job; /* the first not yet looked at */
    struct dc_pool *pool;
    struct dc_live *live; /* [n_slots] */
    unsigned n_slots;
    unsigned parts; /* enum dc_token_part that the backend gives */
    unsigned n_ctx; /* most tokens of prompt and answer; 0: the server's */
    struct dc_segment_row segment;
    struct dc_run_progress progress;
    double t0;                /* ms */
    unsigned char *has_piece; /* [n_vocab] bits: the text is in the store */
    struct dc_piece_ids *piece_ids; /* without a vocabulary */
    int64_t *endpoint;   /* [n_endpoint] info's, as rows in the store */
    size_t n_endpoint;   /* 0: no servers */
    bool open;           /* a transaction is */
    bool sends;          /* it says of a request that it is about to be sent */
    bool unsynced;       /* something came since the last commit that waited for
                            the disk: */
    double unsynced_ms;  /* since when */
    unsigned n_unsynced; /* traces */
    struct dc_arena arena;
};

/* setup.c: fill e->job, write or check the configuration, read old traces. */
enum dc_status dc_engine_setup(struct dc_engine *e, struct dc_err *err);
/* Give a job its trace array. */
void dc_job_open(struct dc_engine *e, struct dc_job *j);
/* Record that trace idx finished and move n_seen on. */
void dc_job_note(struct dc_engine *e, struct dc_job *j, uint32_t idx,
                 const struct dc_note *t);
void dc_job_close(struct dc_job *j);

/* text.c: the trace's text, clean, and where each token ends in it (store.h),
 * end [n_tok]. */
void dc_live_text(const struct dc_pool_trace *t, struct dc_buf *out,
                  uint32_t *end);

/* text.c: the trace's lists of top log-probabilities as the store has them, out
 * [n_tok * n_top], whose texts it may not have yet. */
enum dc_status dc_live_top(struct dc_engine *e, const struct dc_pool_trace *t,
                           struct dc_top_logprob *out, struct dc_err *err);

/* finish.c: the backend's endpoints as rows, those that it has by now. */
enum dc_status dc_engine_add_endpoints(struct dc_engine *e, struct dc_err *err);
/* finish.c: record a trace that has ended, and note it in its job. */
enum dc_status dc_engine_finish_trace(struct dc_engine *e,
                                      const struct dc_pool_trace *t,
                                      struct dc_err *err);
/* finish.c: the server has refused the prompt of j for its length. */
enum dc_status dc_engine_refuse_prompt(struct dc_engine *e, struct dc_job *j,
                                       struct dc_err *err);
/* finish.c: the decision of a prompt that can't be run. */
enum dc_status dc_engine_decide_problem(struct dc_engine *e,
                                        const struct dc_job *j,
                                        struct dc_err *err);
/*
 * Ask the job's policy about what it has seen. Writes the decision if it stops,
 * else sets j->allowed.
 */
enum dc_status dc_engine_ask(struct dc_engine *e, struct dc_job *j,
                             struct dc_err *err);
/* The threshold of a calibrated policy, from the store or from its traces. */
enum dc_status dc_engine_calibrate(struct dc_engine *e, struct dc_err *err);

#endif
