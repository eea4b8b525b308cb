/*
 * audit.h - does a run file agree with itself?
 *
 * The schema and the reader see to it that each row is right by itself. Here
 * the rows are held against each other, before a figure is shown or a run goes
 * on: what was deleted or edited by other means must not pass for a result.
 *
 *   numbers     of the configuration are there and in range; its number of
 *               prompts is that of the rows
 *   decisions   count the traces 0 .. n_trace-1 of their prompt, all there;
 *               their counts are those of the judge's verdicts, and the word is
 *               what the vote makes of them (docs/METHODS.md, section 4)
 *   verdicts    of the run's own judge are there, in the run's version; what
 *               further judges have and have not judged is theirs
 *   measures    of a trace are what its tokens give, and none is missing
 *   answers     begin where the text of their trace has it (base/thoughts.h)
 *   top         log-probabilities are as many as asked for, in order, with
 *               their texts, and agree with the token records (audit_top.h)
 *
 *   servers     that traces came from are there, and only those of a run that
 *               is not repeatable were drawn more than once
 *   shards      in a run of shards each prompt has its place in the whole run,
 *               and is in the shard that its id names
 *
 * A run that is not finished is right: undecided prompts may have some traces.
 * What can't be known from the file alone is not looked at: whether a judge
 * would still say the same of a text.
 */
#ifndef DC_AUDIT_AUDIT_H
#define DC_AUDIT_AUDIT_H

#include "audit/knows.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Walk over the whole file. DC_STORE names the first thing that can't be, with
 * the prompt's id; DC_DATA if the file holds no run yet. The caller holds a
 * snapshot if a run may be writing meanwhile.
 */
enum dc_status dc_audit_run(struct dc_store *s, struct dc_err *err);
/* DC_DATA if the file holds no run yet. */
enum dc_status dc_audit_begun(struct dc_store *s, struct dc_err *err);

/* The verdict of this judge on a trace; false if it has none. */
bool dc_audit_verdict(const struct dc_trace_row *t, const char *judge,
                      enum dc_verdict *out);
/* Are decisions what the vote makes of the counts of verdicts? False for a vote
 * or a policy that looks at more. */
bool dc_audit_by_tally(const char *vote, const char *policy);
/* True for "JUDGE/window(N)": what an answer window would have read. */
bool dc_judge_is_window(const char *label);

/* As `run` has it where nothing else is asked for. */
enum { DC_AUDIT_USUAL_MIN = 3 };

/* Configuration keys of a run of shards: which, and the prompts of the whole
 * run. */
#define DC_AUDIT_SHARD "data.shard"
#define DC_AUDIT_WHOLE "data.n_whole"
/* The measures whose values came with traces made elsewhere, a blank between
 * two. */
#define DC_AUDIT_MEASURES "import.measures"

/* audit_config.c: what readers of a run need of its configuration. */
struct dc_audit_config {
    const struct dc_kv *kv; /* [n_kv] all of it, in the arena */
    size_t n_kv;
    struct dc_knows knows;
    /* Of traces that were given, what is not known of the sampling is 0, but
     * max_tokens, which is then the largest there can be. */
    uint64_t n_prompts, min_traces, max_traces, max_tokens, k, seed;
    /* what a replay draws before it may stop: min_traces; of traces made
     * elsewhere, whose number was given, DC_AUDIT_USUAL_MIN if it is less */
    uint64_t replay_min;
    uint64_t n_top;     /* top log-probabilities of a token; 0: none */
    uint64_t window;    /* answer window; 0: none */
    double audit_share; /* of the prompts, with an answer window */
    bool think_opened;  /* the prompt ended inside <think> */
    const char *shards; /* base/shard.h; NULL: the run is whole */
    uint64_t n_whole;   /* prompts of the whole run: n_prompts if it is one */
    const char *judge, *vote, *measure, *policy; /* in the arena */
    const char *judge_version;                   /* "": not recorded */
    const char *judge_spec;                      /* what it was opened by */
};
/* DC_STORE names the key that is missing, no number or out of range. */
enum dc_status dc_audit_config_read(struct dc_store *s, struct dc_arena *a,
                                    struct dc_audit_config *out,
                                    struct dc_err *err);

#endif
