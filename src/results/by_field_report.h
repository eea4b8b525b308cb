/*
 * by_field_report.h - refusals by a field of the prompts (replay/by_field.h),
 * as a document and as JSON.
 */
#ifndef DC_RESULTS_BY_FIELD_REPORT_H
#define DC_RESULTS_BY_FIELD_REPORT_H

#include "doc/doc.h"
#include "replay/by_field.h"

struct json_t; /* of jansson */

/*
 * Append a part for each gold label that prompts have: a sentence on which
 * values differ from the others, and a table, those with most errors first.
 */
void dc_by_field_doc(const struct dc_by_field *f, struct dc_doc *d);
/* Of a report: the sentences, and where a value differs from the others the
 * first columns of the table. */
void dc_by_field_doc_short(const struct dc_by_field *f, struct dc_doc *d);
/* One object, keys in fixed order; the caller decrefs. */
struct json_t *dc_by_field_tree(const struct dc_by_field *f);

#endif
