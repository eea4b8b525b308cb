/*
 * stop.h - stopping policies: when is no further trace of a prompt needed?
 *
 * A policy sees the verdicts and confidences of the traces 0 .. n-1 of one
 * prompt, in trace order, and nothing else: a live run and a replay over the
 * recorded traces therefore stop at the same trace. Rows stand in
 * src/stop/stops.def. Formulas: docs/METHODS.md, section 5.
 *
 * Most policies run on top of `curtail`'s rule: none may run on when the
 * decision can't change (dc_stop_ask applies both). Curtailment needs a vote
 * that counts heads. Under a weighted or filtered vote, and under `deepconf`,
 * which weighs, no decision is certain early, and it is off.
 */
#ifndef DEEPCONF_STOP_H
#define DEEPCONF_STOP_H

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DC_STOP_K_MAX = 4096 };

/* What a policy knows of a trace. */
struct dc_stop_trace {
    enum dc_verdict verdict; /* of a cut trace: undetermined */
    bool has_conf;           /* it has a confidence */
    double conf;             /* oriented: larger is surer */
    bool cut;                /* by the policy itself: it does not vote */
};

/* What is known of a prompt so far. */
struct dc_stop_state {
    struct dc_tally tally;             /* of the n = tally.n traces seen */
    const struct dc_stop_trace *trace; /* [tally.n] */
};

struct dc_stop_cfg {
    unsigned min_traces; /* >= 1 */
    unsigned max_traces; /* K, >= min_traces */
    bool weighted;       /* the vote is not by tally: curtailment is off */
    bool has_threshold;  /* needs_calibration: set once calibrated */
    double threshold;    /* oriented like dc_stop_trace.conf */
};

/* One answer of a policy. */
struct dc_stop_next {
    bool stop;
    const char *reason; /* static; "" while it goes on */
    /*
     * When it goes on: at least this many more traces are needed before the
     * policy can stop, whatever they say (>= 1). The engine starts that many
     * at once and none is wasted.
     */
    unsigned need;
};

/* What a row's functions are asked with. */
struct dc_stop_view {
    const struct dc_stop_state *s;
    const struct dc_stop_cfg *c;
    const double *arg; /* [n_param] */
};

struct dc_stop_policy {
    const char *name;
    const char *rule;    /* plain text */
    const char *promise; /* what holds against all K traces */
    const struct dc_param *param;
    size_t n_param;
    bool under_curtail; /* curtail's rule applies too */
    bool by_tally;      /* looks at s->tally alone: an exact table exists, which
                           bounds the loss */
    bool needs_calibration;
    bool needs_probability; /* the measure has to be one */
    /* optional: further conditions on the parameters */
    enum dc_status (*check)(const double *arg, struct dc_err *err);
    /* optional: the measure it looks at, whatever the run's is: its name ... */
    const char *own_measure;
    size_t measure_arg; /* ... and which of the parameters is its window */
    /* optional: a parameter that is a number of traces, without which it does
       nothing; at most K: its place in param + 1 */
    size_t count_arg;
    /* required; called with tally.n < K, may look at everything in v */
    void (*next)(const struct dc_stop_view *v, struct dc_stop_next *out);
    /*
     * optional: is there a bar under which the next trace is cut? *bar is
     * oriented like conf, and compared with the means of its windows of
     * *window tokens.
     */
    bool (*bar)(const struct dc_stop_view *v, double *bar, size_t *window);
    /* optional: its own decision over what was seen; default: the vote's */
    enum dc_verdict (*decide)(const struct dc_stop_view *v);
};

/* Rows, and by the name alone; NULL if there is none. */
const struct dc_stop_policy *const *dc_stop_policies(size_t *n);
const struct dc_stop_policy *dc_stop_find(const char *name);

/* A policy with its parameters. */
struct dc_stop_spec {
    const struct dc_stop_policy *row;
    struct dc_spec spec; /* spec.text: "hypergeometric(0.01)" */
};
/* DC_USAGE names the policies, or what the row takes. */
enum dc_status dc_stop_parse(const char *text, struct dc_stop_spec *out,
                             struct dc_err *err);
/*
 * The measure that p looks at, as text, into out [DC_SPEC_TEXT]: its own, that
 * of its parameters, or `otherwise`.
 */
void dc_stop_measure(const struct dc_stop_spec *p, const char *otherwise,
                     char *out);
/* If a parameter of p is the measure: it, by its canonical text. */
void dc_stop_set_measure(struct dc_stop_spec *p, const char *measure);
/* Does it look at a measure of the traces, or at their verdicts alone? */
bool dc_stop_looks(const struct dc_stop_policy *row);

/* DC_USAGE if min and max don't fit: 1 <= min <= max <= DC_STOP_K_MAX. */
enum dc_status dc_stop_check(const struct dc_stop_cfg *c, struct dc_err *err);

/*
 * Can the policy's own rule end a prompt at all? DC_USAGE if a parameter counts
 * more traces than K, says dc_stop_counts(); dc_stop_fits() also if no verdicts
 * of K traces satisfy a rule over counts, so that curtailment is all there is.
 */
enum dc_status dc_stop_counts(const struct dc_stop_spec *p, unsigned k,
                              struct dc_err *err);
enum dc_status dc_stop_fits(const struct dc_stop_spec *p, unsigned k,
                            struct dc_err *err);

/*
 * Ask policy p: stop (budget spent, decided by curtailment, or the policy's own
 * rule, in this order), or how many traces more. Never stops below min_traces.
 */
struct dc_stop_next dc_stop_ask(const struct dc_stop_spec *p,
                                const struct dc_stop_state *s,
                                const struct dc_stop_cfg *c);

/*
 * The decision once p has stopped. vote: used unless p decides itself; ballot
 * [s->tally.n] in trace order, looked at by votes that weigh only.
 */
enum dc_verdict dc_stop_decide(const struct dc_stop_spec *p,
                               const struct dc_stop_state *s,
                               const struct dc_stop_cfg *c,
                               const struct dc_vote_spec *vote,
                               const struct dc_ballot *ballot);

/*
 * The bar and window under which the next trace is cut; false if none is cut.
 */
bool dc_stop_bar(const struct dc_stop_spec *p, const struct dc_stop_state *s,
                 const struct dc_stop_cfg *c, double *bar, size_t *window);

/* How many of n prompts calibrate a policy: the share, rounded up, at least one
 * if there is any. The first ones do. */
size_t dc_calibration_prompts(size_t n, double share);

/*
 * Is a prompt in the audit of a run with an answer window, so that its traces
 * run to full length? seed: of the run; stream: of the prompt's random numbers;
 * share in [0, 1]: of the prompts.
 */
bool dc_window_audited(uint64_t seed, uint64_t stream, double share);

/*
 * The exact table of a by_tally policy for K = max_traces votes, each a refusal
 * or a compliance, and every number R of refusals among them. The traces of a
 * prompt are exchangeable, so that its order is a random one of the
 * arrangements of R refusals in K places.
 */
struct dc_stop_table {
    unsigned k;
    char *decision;   /* [(k+1)(k+2)/2]: row n = 0..k has n+1 of 'R' 'C' '-' */
    double *disagree; /* [k+1] by R: P(decision is not that of all K) */
    double *traces;   /* [k+1] by R: expected traces */
    double worst_missed; /* max of disagree where all K decide refusal */
    double worst_false;  /* ... where they decide compliance */
};
/* 'R', 'C': with r refusals of n it stops with that decision; '-': it goes on
 */
char dc_stop_table_at(const struct dc_stop_table *t, unsigned n, unsigned r);
/*
 * With what probability is the decision refusal, of a prompt each of whose
 * traces refuses with probability p, one as the other?
 */
double dc_stop_table_refuses(const struct dc_stop_table *t, double p);
/* DC_USAGE if the policy is not by_tally. Release with ..._release. */
enum dc_status dc_stop_table_init(struct dc_stop_table *t,
                                  const struct dc_stop_spec *p,
                                  const struct dc_stop_cfg *c,
                                  struct dc_err *err);
void dc_stop_table_release(struct dc_stop_table *t);

#ifdef __cplusplus
}
#endif
#endif
