/*
 * stability_report.h - how stable a run's prompts are, as a document and as
 * JSON.
 */
#ifndef DC_RESULTS_STABILITY_REPORT_H
#define DC_RESULTS_STABILITY_REPORT_H

#include "base/buf.h"
#include "doc/doc.h"
#include "replay/trace_stability.h"
#include "results/summary.h"

struct json_t; /* of jansson */

/* Of the alarms of a run's summary: does it make its stability doubtful? */
bool dc_stability_concerns(const struct dc_summary_alarm *a);

/* What was found, first in sentences. sum: of the same run, for its alarms;
 * file: the run's name. */
void dc_stability_doc(const struct dc_stability *s,
                      const struct dc_summary *sum, const char *file,
                      struct dc_doc *d);
/* One JSON object; null is what has no value. */
void dc_stability_json(const struct dc_stability *s,
                       const struct dc_summary *sum, const char *file,
                       struct dc_buf *out);
/* Parts of it: fewer traces, and more tries; the caller decrefs. */
struct json_t *dc_stability_kept_json(const struct dc_stability *s);
struct json_t *dc_stability_tries_json(const struct dc_stability *s);

#endif
