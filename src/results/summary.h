/*
 * summary.h - what a run found and what it cost, from its run file alone.
 *
 * Everything is counted from rows; nothing is taken from a total that the
 * writer kept. Positive means "should be refused": TP are prompts
 * with gold label `refuse` whose decision is refusal.
 *
 * Rates are over labelled prompts decided for refusal or compliance. How far
 * the undetermined ones could move them is said beside them: the worst case
 * counts each as wrong, the best case as right. Prompts not yet decided are in
 * no rate; `n_prompt - n_decided` says how many they are.
 */
#ifndef DC_RESULTS_SUMMARY_H
#define DC_RESULTS_SUMMARY_H

#include "audit/knows.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/names.h"
#include "base/words.h"
#include "read/run_view.h"
#include "replay/judges.h"
#include "replay/window_audit.h"
#include "results/redrawn.h"
#include "store/store.h"

#include <deepconf/stat.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Said beside shares of single traces wherever a prompt stopped early. */
#define DC_SUMMARY_FEWER_TRACES                                                \
    "prompts that stopped early drew fewer, so these are not the model's "     \
    "rates"

/* Prompts with one gold label, and their traces. */
struct dc_summary_class {
    uint64_t n; /* prompts, undecided ones too */
    uint64_t refusal, compliance, undetermined;
    uint64_t tie; /* of compliance: as many refusals, none undetermined */
    uint64_t n_trace, trace_refusal, trace_undetermined;
};

struct dc_summary_cost {
    uint64_t n_trace;
    double n_tok; /* whole when spent, estimated when saved */
    double ms;    /* of generation: each trace's share of the steps it ran in */
};

/* A server that traces came from; strings as struct dc_endpoint_row has them.
 */
struct dc_summary_server {
    int64_t id;
    const char *url, *model, *fingerprint, *probe;
    uint64_t n_trace;
};

/* Something that makes the figures doubtful. */
struct dc_summary_alarm {
    const char *id;   /* stable: "not-above-baseline", ... */
    const char *text; /* what it means, and what to do */
    const char *more; /* the figures behind it; NULL: none */
};

/*
 * A tie is a compliance by rule; what if it were a refusal? Over decisions as
 * they are, by the majority of the traces drawn.
 */
struct dc_summary_ties {
    bool has;   /* decisions are by majority */
    bool even;  /* K is, so that all K traces can end in a tie */
    uint64_t n; /* over all gold labels */
    /*
     * The run was curtailed, which hides ties: it ends a prompt at the
     * compliance that a tie needs, and of the orders of a tie half have that
     * one last. So as many again are expected as were seen.
     */
    bool hides;
    struct dc_prop sensitivity, specificity; /* if ties were refusals */
};

struct dc_correction; /* correction.h */

struct dc_summary {
    struct dc_arena arena;      /* all strings and arrays live in it */
    const struct dc_kv *config; /* [n_config] as in the run file */
    size_t n_config;
    struct dc_knows knows;             /* of it */
    const char *judge, *judge_version; /* whose verdicts are counted */
    const char *judge_note;            /* as that of struct dc_record */
    struct dc_judges judges; /* of the file; decisions if it has several */
    bool lent_judges;        /* those are another's, who releases them */
    unsigned max_traces;     /* K */
    uint64_t n_prompt, n_decided;
    uint64_t n_problem;     /* that could not be run */
    uint64_t n_calibration; /* drawn to full K to set a threshold */
    const char *promise;    /* see dc_summary_promise(); NULL: not found yet */
    struct dc_window_audit window; /* of the run's own judge */
    struct dc_summary_class gold[DC_N_GOLD];
    struct dc_matrix matrix;
    struct dc_matrix_rates rates;
    struct dc_matrix_ranges ranges;
    struct dc_prop sensitivity_worst, sensitivity_best;
    struct dc_prop specificity_worst, specificity_best;
    struct dc_summary_ties ties;
    struct dc_summary_cost spent;   /* by all traces in the file */
    struct dc_summary_cost decided; /* by those of decided prompts */
    /* against K traces for each decided prompt that could run: traces exact;
     * tokens and time estimated with the mean of the prompt's own traces */
    struct dc_summary_cost saved;
    /* traces of an import of whose tokens, time its input does not speak: if
     * there are any, n_tok, ms of all costs mean nothing */
    uint64_t n_no_count, n_no_time;
    uint64_t n_session;
    double wall_ms, decode_ms, prefill_ms; /* over all sessions */
    bool has_threshold;
    struct dc_threshold_row threshold;
    /* why prompts stopped, most frequent first; rare ones of many are one,
     * "(N other reasons)" */
    struct dc_name_count *reason; /* [n_reason] */
    size_t n_reason;
    /* why traces are undetermined, likewise */
    struct dc_name_count *unclear; /* [n_unclear] */
    size_t n_unclear;
    uint64_t ended[DC_N_FINISH];      /* traces, by enum dc_finish */
    struct dc_summary_server *server; /* [n_server] */
    size_t n_server;
    struct dc_redrawn redrawn;      /* traces that were drawn again */
    struct dc_summary_alarm *alarm; /* [n_alarm] */
    size_t n_alarm;
    /* what confidence tells, without a full stop, if it was asked for by
     * dc_stats_find_confidence() and both gold labels occur; else NULL */
    const char *confidence;
    /* shares corrected for the judge; borrowed; NULL: not asked for */
    const struct dc_correction *correction;
};

/* Is there a decided prompt with traces, of which a share can be saved? */
static inline bool dc_summary_has_share(const struct dc_summary *s)
{
    return s->decided.n_trace > 0 && s->knows.drawn;
}
/* That share. */
static inline double dc_summary_share(double saved, double spent)
{
    return saved + spent > 0 ? saved / (saved + spent) : 0;
}
/* Are savings over some of the prompts only? Then which: a clause. */
static inline bool dc_summary_saved_partly(const struct dc_summary *s)
{
    return s->n_decided < s->n_prompt && dc_summary_has_share(s);
}
void dc_summary_saved_over(const struct dc_summary *s, struct dc_buf *out);

/* Has any prompt a gold label? */
static inline bool dc_summary_has_gold(const struct dc_summary *s)
{
    return s->gold[DC_GOLD_NONE].n < s->n_prompt;
}
/* Are there prompts with one that are undetermined, so that rates have a worst
 * and a best case? */
static inline bool dc_summary_has_cases(const struct dc_summary *s)
{
    return s->gold[DC_GOLD_REFUSE].undetermined +
               s->gold[DC_GOLD_ANSWER].undetermined >
           0;
}

struct dc_summary_cfg {
    const char *judge; /* label; NULL: the run's own */
    /* the file's judges with what each decides, if the caller has them: lent
     * for as long as the summary lives */
    const struct dc_judges *judges;
};
/*
 * Of a run that was audited when it was opened; it may be closed before the
 * summary is released. Errors as dc_run_view_decisions(). On failure *out needs
 * no release.
 */
enum dc_status dc_summary_of(struct dc_run_view *r,
                             const struct dc_summary_cfg *cfg,
                             struct dc_summary *out, struct dc_err *err);
/* Of a run file, which is audited first: DC_STORE if its rows contradict each
 * other, DC_DATA if it holds no run yet. n_threads: for what confidence tells;
 * 0: without that. */
enum dc_status dc_summary_read(struct dc_store *s, const char *judge,
                               unsigned n_threads, struct dc_summary *out,
                               struct dc_err *err);
void dc_summary_release(struct dc_summary *s);

/*
 * Of the sessions' times nothing is known where traces were given without
 * them.
 */
bool dc_summary_has_wall(const struct dc_summary *s);
/* Is it known what of it went into generating and into reading prompts? A
 * server doesn't say. */
bool dc_summary_has_parts(const struct dc_summary *s);
/*
 * Append what stands in place of a cost that is not known, n_lacking being
 * n_no_count or n_no_time: "not in the input", and of how many traces.
 */
void dc_summary_lacking(const struct dc_summary *s, uint64_t n_lacking,
                        struct dc_buf *out);

/* What the run promises of its decisions under this judge: a clause that
 * begins with "none" if that is nothing. */
const char *dc_summary_promise(const struct dc_summary *s);

/* A configuration value; fallback if the run file has none. */
const char *dc_summary_config(const struct dc_summary *s, const char *key,
                              const char *fallback);

/*
 * summary_setup.c: what was run and judged, fact by fact, in the words that the
 * terminal and the page share. name "": more about the one before.
 */
typedef void dc_summary_fact_fn(void *arg, const char *name, const char *text);
void dc_summary_setup(const struct dc_summary *s, dc_summary_fact_fn *fact,
                      void *arg);

/* summary_json.c: append one JSON object and a line feed, keys in fixed order.
 */
void dc_summary_json(const struct dc_summary *s, const char *file,
                     struct dc_buf *out);
/* The same as a value, which the caller decrefs. */
struct json_t *dc_summary_tree(const struct dc_summary *s, const char *file);

/* summary_alarm.c, private to the summary: what the walk remembered for it. */
struct dc_summary_doubts {
    uint64_t n_out_of_range;
    const char *first_out_of_range; /* in words */
};
void dc_summary_find_alarms(struct dc_summary *s,
                            const struct dc_summary_doubts *d);
/* summary_ties.c: s->ties, from the counts. by_tally: decisions are made so. */
void dc_summary_find_ties(struct dc_summary *s, bool by_tally);
/* Append what there is to say of them, in sentences; nothing if there are none.
 */
void dc_summary_ties_say(const struct dc_summary *s, struct dc_buf *out);
/* summary_promise.c: s->promise, and the alarms of it. stopped_by: as that of
 * struct dc_promise. */
void dc_summary_find_promise(struct dc_summary *s, const char *stopped_by);
void dc_summary_given_alarms(struct dc_summary *s); /* summary_given.c */
void dc_summary_promise_alarms(struct dc_summary *s);

#endif
