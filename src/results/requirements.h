/*
 * requirements.h - what a run must have shown, for a gate in CI: a rate, a
 * bound and how sure that is to be.
 *
 *     over_refusal<=0.05            the share that was seen
 *     over_refusal<=5% at 95%       the share of which it was drawn: its exact
 *                                   one-sided bound at that level
 *
 * A rate without a prompt to count meets nothing. A run that is not finished
 * meets nothing either, unless `decided` is among what is required.
 */
#ifndef DC_RESULTS_REQUIREMENTS_H
#define DC_RESULTS_REQUIREMENTS_H

#include "base/json.h"
#include "doc/doc.h"
#include "results/summary.h"

enum { DC_REQUIREMENTS_MAX = 100 };

struct dc_requirement {
    const char *text; /* borrowed: as it was typed */
    int rate;         /* of the table of rates */
    bool at_least;    /* >=; else <= */
    double bound;     /* in [0, 1] */
    double level;     /* in (0, 1); 0: none */
    /* of a run */
    struct dc_prop seen;
    double reached; /* what is compared: the share, or its bound */
    bool met;
};

/* Parse. DC_USAGE: what is wrong, without the option. */
enum dc_status dc_requirement_parse(const char *text, struct dc_requirement *r,
                                    struct dc_err *err);
/* The names of rates, with commas between them. */
void dc_requirement_rates(struct dc_buf *out);

struct dc_requirements {
    struct dc_requirement *item; /* [n] borrowed */
    size_t n;
    bool unfinished; /* misses all of them */
    uint64_t n_decided, n_prompt;
};

/* Hold a run against them. */
void dc_requirements_check(struct dc_requirements *all,
                           const struct dc_summary *s);
/* DC_GATE with one line, if one is missed. */
enum dc_status dc_requirements_verdict(const struct dc_requirements *all,
                                       struct dc_err *err);

void dc_requirements_doc(const struct dc_requirements *all, struct dc_doc *d);
json_t *dc_requirements_json(const struct dc_requirements *all);
/* The same as JUnit's XML, a test case each. file: names the suite. */
void dc_requirements_junit(const struct dc_requirements *all, const char *file,
                           struct dc_buf *out);

#endif
