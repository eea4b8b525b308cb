/*
 * stability_report.h - how stable a run's prompts are, as a document and as
 * JSON.
 */
#ifndef DC_RESULTS_STABILITY_REPORT_H
#define DC_RESULTS_STABILITY_REPORT_H

#include "base/json.h"
#include "doc/doc.h"
#include "replay/trace_stability.h"
#include "results/summary.h"

/* Of the alarms of a run's summary: does it make its stability doubtful? */
bool dc_stability_concerns(const struct dc_summary_alarm *a);

/* What was found, first in sentences. sum: of the same run, for its alarms;
 * file: the run's name. */
void dc_stability_doc(const struct dc_stability *s,
                      const struct dc_summary *sum, const char *file,
                      struct dc_doc *d);
/* Of a report: the sentences, how far traces agree, and the tries; no alarms,
 * which stand above. */
void dc_stability_doc_short(const struct dc_stability *s, struct dc_doc *d);
/* As dc_stability_doc() without the alarms, where those stand already. */
void dc_stability_doc_tables(const struct dc_stability *s, const char *file,
                             struct dc_doc *d);
/* One JSON object, the caller's; null is what has no value. */
json_t *dc_stability_json(const struct dc_stability *s,
                          const struct dc_summary *sum, const char *file);
/* Parts of it: fewer traces, and more tries; the caller decrefs. */
json_t *dc_stability_kept_json(const struct dc_stability *s);
json_t *dc_stability_tries_json(const struct dc_stability *s);

#endif
