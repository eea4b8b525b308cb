/*
 * deepthink.h - DeepConf's own use: questions with \boxed{} answers, many
 * traces of each, votes over the answers (Fu et al. 2025, arXiv 2508.15260).
 *
 * offline  all `budget` traces are drawn, then the seven votes are held.
 * online   `warmup` traces first; the bar is the (100 - keep)-th percentile of
 *          their lowest group confidence. Later traces come in batches; one is
 *          cut at the token where its group confidence falls below the bar.
 *          After the warm-up and each batch, the question ends when the leading
 *          answer holds the share `consensus` of the weight, or the budget is
 *          spent.
 *
 * A trace is a pure function of (model, sampling, seed, question id, index);
 * where it is cut depends on the warm-up of its question besides, and how many
 * there are on the batch size. Slots and threads show nowhere.
 */
#ifndef DC_RUN_DEEPTHINK_H
#define DC_RUN_DEEPTHINK_H

#include "data/dataset.h"
#include "infer/backend.h"
#include "run/run.h"

#include <deepconf/answers.h>
#include <deepconf/compat.h>
#include <stdatomic.h>

enum { DC_DEEP_N_VOTES = 7, DC_DEEP_MAX_BUDGET = 4096 };

struct dc_deep_trace {
    uint32_t index; /* of the question's traces, from 0 */
    bool warmup;    /* online: drawn before there was a bar */
    enum dc_finish finish;
    bool cut;         /* by the bar; `finish` is then LENGTH */
    const char *text; /* clean UTF-8 */
    int32_t *id;      /* [n_tok] */
    double *conf;     /* [n_tok] nats; compat: three decimals */
    size_t n_tok;
    bool has_conf;   /* false: min_conf and weight have no value */
    double min_conf; /* the lowest group confidence */
    struct dc_compat_weights weight;
    const char *answer; /* in \boxed{}; NULL: none */
    /* it may vote: an answer, a confidence, and online not below the bar */
    bool votes;
};

struct dc_deep_vote {
    bool held; /* false: no answer to vote on */
    struct dc_answer_result result;
};

/* One question. All memory is the engine's, valid during `take`. */
struct dc_deep_result {
    const struct dc_item *item; /* category: the answer, or NULL */
    size_t ord;                 /* in the data, from 0 */
    size_t n_prompt_tok;
    struct dc_deep_trace *trace; /* [n_trace] by index */
    unsigned n_trace, n_warmup;
    bool has_bar;
    double bar;
    double share;       /* of the leader's weight, 0 without a vote */
    const char *voted;  /* online: most weight by min_conf; offline: majority;
                           NULL: no answer */
    const char *reason; /* "budget", "consensus", "context overflow" */
    struct dc_deep_vote vote[DC_DEEP_N_VOTES]; /* as dc_answer_votes() */
    double warmup_ms, total_ms;
};

struct dc_deep_cfg {
    bool online;
    bool compat; /* the package's rounding (compat.h) */
    uint64_t seed;
    struct dc_sampling sampling;
    unsigned max_tokens;
    unsigned budget;    /* traces of a question, at most */
    unsigned warmup;    /* online: of them, 1 .. budget */
    unsigned batch;     /* online: later traces between two looks */
    size_t window;      /* tokens of a group: bar, cut, weight online */
    size_t tail;        /* tokens that the tail votes weigh by */
    double keep;        /* eta, percent of the warm-up that is above the bar */
    double consensus;   /* weight share that ends a question */
    const char *suffix; /* behind each question, after a line feed */
    unsigned n_slots;   /* 0: 16 */
    unsigned n_ctx;     /* 0: the model's */
    const bool *done;   /* [data.n] questions to leave out; NULL: none */
    const atomic_int *interrupt; /* as in dc_run_cfg; or NULL */
    void (*progress)(void *arg, const struct dc_run_progress *p);
    void *progress_arg;
    /* required: called once a question, in order. */
    enum dc_status (*take)(void *arg, const struct dc_deep_result *r,
                           struct dc_err *err);
    void *take_arg;
};
struct dc_deep_cfg dc_deep_cfg_default(void);

/* What can be said before there is a model. DC_USAGE names the option. */
enum dc_status dc_deep_check(const struct dc_deep_cfg *c, struct dc_err *err);

/*
 * Ask every question of `d` that is not done. DC_USAGE if no trace can be as
 * long as the window, since then nothing would ever be cut or weighed by one.
 */
enum dc_status dc_deep_run(const struct dc_deep_cfg *cfg,
                           const struct dc_dataset *d,
                           const struct dc_backend_ops *ops,
                           struct dc_backend *b, struct dc_err *err);

/* deepthink_vote.c, pure: what the traces of a question say. */
/* Fill conf-derived values and the answer of t from its text and conf. The
 * answer's copy lives in a. */
void dc_deep_measure(const struct dc_deep_cfg *c, struct dc_arena *a,
                     struct dc_deep_trace *t);
/* The bar from the warm-up; false if none of them has a confidence. */
bool dc_deep_bar(const struct dc_deep_cfg *c, const struct dc_deep_result *r,
                 double *bar);
/* Is its lowest group confidence below the bar? Then it has no vote. */
bool dc_deep_is_low(const struct dc_deep_result *r,
                    const struct dc_deep_trace *t);
/* Set votes of each trace, then voted and share; true at a consensus. */
bool dc_deep_look(const struct dc_deep_cfg *c, struct dc_deep_result *r);
/* Hold the seven over the traces that vote. */
void dc_deep_hold(struct dc_deep_result *r);

#endif
