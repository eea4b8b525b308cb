/*
 * validate_report.h - how well judges agree with people, as a document and as
 * JSON.
 */
#ifndef DC_RESULTS_VALIDATE_REPORT_H
#define DC_RESULTS_VALIDATE_REPORT_H

#include "base/buf.h"
#include "doc/doc.h"
#include "validate/validate.h"

/*
 * Append what came of it: first a table of files and judges, then the figures
 * of each, pairs of judges, and `errors` responses at most that each judge gets
 * wrong; at last the time that each judge took.
 */
void dc_validate_doc(const struct dc_validation *v, size_t errors,
                     struct dc_doc *d);
/* The JSON is also what --correct-with reads (correction.h). */
void dc_validate_json(const struct dc_validation *v, size_t errors,
                      struct dc_buf *out);

#endif
