/*
 * risky_runs.h - whether uncertain compliances are riskier, of several runs: a
 * row each, and how many of them show it once all of them are tested.
 *
 * There is no pooled figure. Runs mostly answer the same prompts, so that they
 * are not independent; and a run's cut, measure and model are its own.
 */
#ifndef DC_RESULTS_RISKY_RUNS_H
#define DC_RESULTS_RISKY_RUNS_H

#include "base/json.h"
#include "doc/doc.h"
#include "replay/risky.h"

enum { DC_RISKY_RUNS_MAX = 16 };

struct dc_risky_run {
    const char *name; /* as it is shown */
    const struct dc_risky *x;
};

void dc_risky_runs_doc(const struct dc_risky_run *run, size_t n,
                       struct dc_doc *d);
/* One JSON object, the caller's. */
json_t *dc_risky_runs_json(const struct dc_risky_run *run, size_t n);

#endif
