/*
 * findings.h - what the figures of a run say, each sentence with the test
 * behind it, and what follows from them by stated rules.
 *
 * A finding is there because its condition on the facts holds, never because
 * somebody wrote it down. Text is plain: whoever puts it into a document
 * escapes it.
 */
#ifndef DC_REPORT_FINDINGS_H
#define DC_REPORT_FINDINGS_H

#include "base/arena.h"
#include "report/facts.h"
#include "results/sweep_report.h"

/* What a finding is about. */
enum dc_finding_of {
    DC_OF_MODEL,      /* what it does */
    DC_OF_CONFIDENCE, /* what that is worth */
    DC_OF_STOPPING    /* what stopping early costs */
};

struct dc_finding {
    enum dc_finding_of of;
    const char *id;
    const char *text;
    const char *by; /* of a finding: its test; of advice: its rule */
};

struct dc_findings {
    struct dc_arena arena;
    struct dc_finding *item; /* [n] in the arena */
    size_t n;
    enum dc_finding_of of; /* that of what is added next */
};

void dc_findings_make(const struct dc_facts *f, struct dc_findings *out);
/* advice.c: recommendations, each with the rule that gave it. */
void dc_advice_make(const struct dc_facts *f, struct dc_findings *out);
void dc_findings_release(struct dc_findings *l);

/* Add one; text may be of the arena, id and by are static or of it. */
void dc_findings_add(struct dc_findings *l, const char *id, const char *text,
                     const char *by);

/* "12.0 % of the tokens and 10.0 % of the traces", as far as they are known;
 * traces are. In the arena. */
const char *dc_findings_saved(struct dc_findings *l,
                              const struct dc_sweep_saved *x);

/* The statistics of the run's own measure; NULL: there are none. */
const struct dc_trace_measure *dc_facts_own(const struct dc_facts *f);

#endif
