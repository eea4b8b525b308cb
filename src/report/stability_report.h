/*
 * stability_report.h - how stable a run's prompts are, as a document and as
 * JSON.
 */
#ifndef DC_REPORT_STABILITY_REPORT_H
#define DC_REPORT_STABILITY_REPORT_H

#include "base/buf.h"
#include "doc/doc.h"
#include "replay/trace_stability.h"

/* What was found, first in sentences. file: the run's name. */
void dc_stability_doc(const struct dc_stability *s, const char *file,
                      struct dc_doc *d);
/* One JSON object; null is what has no value. */
void dc_stability_json(const struct dc_stability *s, const char *file,
                       struct dc_buf *out);

#endif
