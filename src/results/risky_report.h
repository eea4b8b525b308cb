/*
 * risky_report.h - whether uncertain compliances are riskier than confident
 * ones (replay/risky.h), in a sentence, as a document and as JSON.
 */
#ifndef DC_RESULTS_RISKY_REPORT_H
#define DC_RESULTS_RISKY_REPORT_H

#include "base/json.h"
#include "doc/doc.h"
#include "replay/judges.h"
#include "replay/risky.h"
#include "results/summary.h"

/* Of a run, and of the other judges of its file, by its measure alone. */
struct dc_risky_report {
    const struct dc_risky *x;
    const struct dc_risky *other[DC_JUDGES_MAX]; /* [n_other] */
    size_t n_other;
};

/* The answer, of traces, without its period: "Yes: 41.5 % of the uncertain
 * compliances ...", or why there is none. */
void dc_risky_say(const struct dc_risky *x, struct dc_buf *out);
/* The question and its answer, without the last period; NULL where there is
 * none. Memory from a. */
const char *dc_risky_sentence(const struct dc_risky *x, struct dc_arena *a);

/* All of it. sum: of the same run, for its alarms; file: its name. */
void dc_risky_doc(const struct dc_risky_report *r, const struct dc_summary *sum,
                  const char *file, struct dc_doc *d);
/* Of a report: the answer, the four cells and what other judges say. */
void dc_risky_doc_short(const struct dc_risky_report *r, struct dc_doc *d);
/* One JSON object, the caller's; null is what has no value. */
json_t *dc_risky_json(const struct dc_risky_report *r,
                      const struct dc_summary *sum, const char *file);
/* One measure's part of it; the caller decrefs. */
json_t *dc_risky_part_json(const struct dc_risky_part *p);
/* A part of it: compliances by fifths of confidence; the caller decrefs. */
json_t *dc_risky_fifths_json(const struct dc_risky *x, enum dc_risky_unit u);

#endif
