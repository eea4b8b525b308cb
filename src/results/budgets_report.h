/*
 * budgets_report.h - budgets (replay/budgets.h) as a document and as JSON,
 * which has what several runs have (runs_report.h) and the differences of
 * means.
 */
#ifndef DC_RESULTS_BUDGETS_REPORT_H
#define DC_RESULTS_BUDGETS_REPORT_H

#include "base/json.h"
#include "doc/doc.h"
#include "replay/budgets.h"

void dc_budgets_doc(const struct dc_budgets *b, struct dc_doc *d);
/* Of a report: rates with intervals, and their differences, in one table. */
void dc_budgets_doc_short(const struct dc_budgets *b, struct dc_doc *d);
/* One JSON object, the caller's. */
json_t *dc_budgets_json(const struct dc_budgets *b);

#endif
