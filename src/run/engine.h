/*
 * engine.h - what the parts of the engine share. Private to src/run.
 *
 *   run.c     the loop: fill slots, step, take events, decide, commit
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
#include "run/run.h"
#include "trace/recorder.h"

enum dc_trace_state { DC_TRACE_NEW, DC_TRACE_RUNNING, DC_TRACE_DONE };

struct dc_job {
    const struct dc_item *item;
    int64_t ord;
    uint64_t stream;                  /* of its random numbers */
    struct dc_backend_prompt *prompt; /* NULL once decided */
    size_t n_tok;
    const char *problem; /* why it can't run; NULL: it can */
    /* By trace, [max_traces]; NULL before and after use. */
    enum dc_trace_state *state;
    struct dc_stop_trace *trace;
    struct dc_ballot *ballot;
    unsigned n_seen;           /* finished in a row from trace 0 */
    unsigned allowed;          /* traces 0 .. allowed-1 are certainly needed */
    struct dc_stop_state seen; /* of traces 0 .. n_seen-1 */
    unsigned max_tokens;       /* of a trace: the answer window's, or all */
    bool calibration;
    bool decided;
};

/* The trace in a slot. */
struct dc_live {
    struct dc_job *job; /* NULL: no trace, or its last event is dealt with */
    bool busy;          /* the backend's slot is taken */
    uint32_t idx;
    struct dc_buf text;
    struct dc_token *tok; /* [max_tokens] */
    size_t *end;          /* [max_tokens] bytes of text behind each token */
    float *conf;          /* [max_tokens] of tok, for its windows */
    struct dc_top_logprob *top; /* [max_tokens * n_top]; NULL: none */
    size_t n_tok;
    bool has_bar; /* it is cut when a window's mean falls below it */
    double bar;
    size_t window;
    double ms;
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
    size_t next_job;      /* the first not yet looked at */
    struct dc_live *live; /* [n_slots] */
    unsigned n_slots, n_ctx, n_busy;
    struct dc_step_event *event; /* [n_slots] */
    struct dc_segment_row segment;
    struct dc_run_progress progress;
    double t0;                /* ms */
    unsigned char *has_piece; /* [n_vocab] bits: the text is in the store */
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
void dc_live_text(const struct dc_live *l, struct dc_buf *out, uint32_t *end);

/* text.c: the texts of the tokens in the trace's lists of top
 * log-probabilities, which the store may not have yet. */
enum dc_status dc_live_pieces(struct dc_engine *e, const struct dc_live *l,
                              struct dc_err *err);

/* How a trace came to its end. */
struct dc_ending {
    enum dc_finish finish;
    enum dc_cut cut;
};
/* finish.c: record the trace in `l`, and note it in its job.
 */
enum dc_status dc_engine_finish_trace(struct dc_engine *e, struct dc_live *l,
                                      const struct dc_ending *how,
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
