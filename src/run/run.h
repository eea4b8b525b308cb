/*
 * run.h - the engine: prompts -> traces -> verdicts -> decisions -> store.
 *
 * It keeps the backend's slots full across prompts: each prompt starts as many
 * traces as its policy is certain to need, no more, and finished slots are
 * refilled from the next trace or the next prompt. Finished traces are
 * committed within a quarter of a second or so. What is in the store already is
 * read first, so a run goes on where it ended, trace for trace.
 */
#ifndef DC_RUN_RUN_H
#define DC_RUN_RUN_H

#include "data/dataset.h"
#include "infer/backend.h"
#include "judge/judge.h"
#include "store/store.h"

#include <deepconf/conf.h>
#include <deepconf/stop.h>
#include <stdatomic.h>

enum { DC_RUN_MAX_TOP = 20 };

struct dc_run_progress {
    size_t n_prompt, n_decided, n_refused, n_undetermined;
    size_t n_trace;          /* finished, earlier sessions included */
    unsigned n_running;      /* traces */
    uint64_t n_tok;          /* generated in this session */
    size_t n_decided_before; /* by earlier sessions */
    size_t n_trace_before;   /* finished in earlier sessions */
    double seconds;          /* of this session */
    bool resumed;            /* there were earlier ones */
    bool calibrating;
    bool draining;       /* interrupted, and waits for what is in flight */
    unsigned n_given_up; /* traces, as they waited to be sent then */
    struct dc_backend_traffic traffic; /* all 0: nothing goes over the net */
    bool no_verdicts;                  /* what is drawn is not judged */
};

struct dc_run_cfg {
    const char *data_name; /* for the record: the data file's base name */
    const char *benchmark;
    const char *label_means;
    const char *shards; /* that the data was cut to (base/shard.h), in the form
                           of dc_shards_put(); NULL: it is whole */
    const struct dc_kv *extra; /* further binding pairs (selection, columns) */
    size_t n_extra;
    uint64_t seed;
    struct dc_sampling sampling;
    unsigned max_tokens;
    unsigned k;         /* of the token confidence */
    unsigned n_top;     /* top log-probabilities stored of each token, at most
                           k, as the backend was told; 0: none */
    unsigned n_slots;   /* 0: choose */
    unsigned n_threads; /* for the record */
    unsigned n_ctx;     /* most tokens of prompt and answer; 0: the model's, at
                           most 4096 */
    struct dc_measure_spec measure; /* that policies look at */
    struct dc_stop_spec policy;
    struct dc_stop_cfg stop;
    struct dc_vote_spec vote;
    double calibration_share; /* of the prompts, drawn to full K */
    /*
     * Answer window: traces end after so many tokens, but for those of the
     * prompts that dc_window_audited() picks.
     */
    bool has_window;
    unsigned window;        /* tokens, 1 .. max_tokens - 1 */
    double audit_share;     /* of the prompts */
    struct dc_judge *judge; /* required: a quick one, open; borrowed */
    /* called now and then and once at the end; may be NULL */
    void (*progress)(void *arg, const struct dc_run_progress *p);
    void *progress_arg;
    /* signals so far: the engine ends cleanly, with DC_INTERRUPTED, when there
     * was one; or NULL */
    const atomic_int *interrupt;
};
/* Everything but the judge, which the caller opens. */
struct dc_run_cfg dc_run_cfg_default(void);

/*
 * Run `data` through `backend` into `store`. Continues a run that is there;
 * DC_USAGE with the first differing key if its configuration is another one.
 */
enum dc_status dc_run(const struct dc_run_cfg *cfg, const struct dc_dataset *d,
                      const struct dc_backend_ops *ops, struct dc_backend *b,
                      struct dc_store *store, struct dc_err *err);

#endif
