/*
 * trace_course.h - how a run went from trace to trace: the majority after each,
 * the measure and the refusals by number of the trace, and the traces that
 * prompts needed until their decision. The unit is the prompt.
 */
#ifndef DC_REPLAY_TRACE_COURSE_H
#define DC_REPLAY_TRACE_COURSE_H

#include "replay/trace_stats.h"

/* Decisions in the order of the counts below. */
enum { DC_COURSE_DECISIONS = 3 };
extern const enum dc_verdict dc_course_decision[DC_COURSE_DECISIONS];

/* ---- trace_flow.c: the majority of the traces so far ---- */

enum { DC_FLOW_MOST = 16 };

/*
 * Of prompts whose decision by all K traces is known. One that curtailment
 * stopped keeps its last majority, which is that of all K. Of a run that
 * stopped by anything else there is none: what its prompts would have gone over
 * to is not known.
 */
struct dc_flow {
    unsigned n; /* traces looked at, at most DC_FLOW_MOST */
    bool cut;   /* prompts had more */
    uint64_t n_prompt, n_trace;
    uint64_t at[DC_FLOW_MOST][DC_COURSE_DECISIONS]; /* after trace i + 1 */
    /* from trace i + 1 to i + 2 */
    uint64_t go[DC_FLOW_MOST][DC_COURSE_DECISIONS][DC_COURSE_DECISIONS];
    uint64_t other[DC_FLOW_MOST]; /* another majority than that of all traces */
    uint64_t tied[DC_FLOW_MOST];  /* as many refusals as compliances */
};
void dc_flow_find(const struct dc_record *r, struct dc_flow *out);

/* ---- trace_numbers.c: by number of the trace ---- */

enum { DC_NUMBERS_MOST = 64 };
enum { DC_NUMBERS_ALL, DC_NUMBERS_REFUSALS, DC_NUMBERS_COMPLIANCES };
enum { DC_NUMBERS_KINDS = DC_NUMBERS_COMPLIANCES + 1 };

/* One trace of a prompt has each number. */
struct dc_numbers {
    unsigned n;                              /* numbers looked at */
    bool cut;                                /* there were more */
    uint64_t prompts[DC_NUMBERS_MOST];       /* that drew it */
    struct dc_prop refusal[DC_NUMBERS_MOST]; /* of those with a verdict */
    struct dc_boot mean[DC_NUMBERS_KINDS][DC_NUMBERS_MOST]; /* of the measure */
};
/* *out zeroed before; column: of the measure, of s->record. */
void dc_numbers_find(const struct dc_trace_stats *s,
                     const struct dc_record_column *column,
                     struct dc_numbers *out);

/* ---- trace_saved.c: traces until the decision ---- */

enum { DC_SAVED_BINS = 64 };
enum { DC_SAVED_TRACES, DC_SAVED_TOKENS, DC_SAVED_SECONDS, DC_SAVED_COSTS };

/*
 * A run that stopped early is taken as it was; what its missing traces would
 * have cost is estimated with the mean of the prompt's own, as in the summary.
 * A run drawn to all K is replayed under `curtail`, which changes no decision,
 * and then nothing is estimated.
 */
struct dc_saved {
    bool replayed;
    unsigned k, bin; /* traces in a bar */
    size_t n_bin;
    uint64_t n_prompt, n_trace;
    uint64_t count[DC_SAVED_BINS][DC_COURSE_DECISIONS];
    struct dc_boot share[DC_SAVED_COSTS]; /* saved, of the cost of all K */
};
void dc_saved_find(const struct dc_record *r, const struct dc_boot_cfg *boot,
                   struct dc_saved *out);
/* Is the cost one that the input of an import does not speak of? */
bool dc_saved_lacks(const struct dc_record *r, int cost);

#endif
