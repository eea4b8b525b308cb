/*
 * findings.h - what the figures of a run say, each sentence with the test
 * behind it, and what follows from them by stated rules.
 *
 * A finding is there because its condition on the facts holds, never because
 * somebody wrote it down. Text is plain: whoever puts it into a document
 * escapes it.
 */
#ifndef DC_BUNDLE_FINDINGS_H
#define DC_BUNDLE_FINDINGS_H

#include "base/arena.h"
#include "bundle/facts.h"
#include "report/sweep_report.h"

struct dc_finding {
    const char *id;
    const char *text;
    const char *by; /* of a finding: its test; of advice: its rule */
};

struct dc_findings {
    struct dc_arena arena;
    struct dc_finding *item; /* [n] in the arena */
    size_t n;
};

void dc_findings_make(const struct dc_facts *f, struct dc_findings *out);
/* advice.c: recommendations, each with the rule that gave it. */
void dc_advice_make(const struct dc_facts *f, struct dc_findings *out);
void dc_findings_release(struct dc_findings *l);

/* Add one; text may be of the arena, id and by are static or of it. */
void dc_findings_add(struct dc_findings *l, const char *id, const char *text,
                     const char *by);

/*
 * What confidence tells of a trace. Inside a gold class "right" is one and the
 * same verdict, so that what lies above 0.5 in one class and below in the other
 * tells the verdict and not whether it is right. A class counts if the interval
 * of its AUROC does not hold 0.5.
 */
enum dc_tells {
    DC_TELLS_UNKNOWN, /* a class has no right or no wrong trace */
    DC_TELLS_NOT_SHOWN,
    DC_TELLS_REFUSAL,    /* surer: a refusal, in both classes */
    DC_TELLS_COMPLIANCE, /* surer: a compliance, in both classes */
    DC_TELLS_RIGHT,      /* surer: right, in both classes */
    DC_TELLS_WRONG,
    DC_N_TELLS
};
enum dc_tells dc_findings_tells(const struct dc_trace_measure *m);
/* As a sentence without its full stop. */
const char *dc_findings_tells_says(enum dc_tells t);
/* That sentence of a run, without a period; NULL: it has no such measure, or
 * prompts of one gold label only. */
const char *dc_findings_confidence(const struct dc_facts *f);

/* "12.0 % of the tokens and 10.0 % of the traces", as far as they are known;
 * traces are. In the arena. */
const char *dc_findings_saved(struct dc_findings *l,
                              const struct dc_sweep_saved *x);

/* The statistics of the run's own measure; NULL: there are none. */
const struct dc_trace_measure *dc_facts_own(const struct dc_facts *f);

#endif
