/*
 * budgets_report.h - budgets (replay/budgets.h) as a document and as JSON,
 * which has what several runs have (runs_report.h) and the differences of
 * means.
 */
#ifndef DC_RESULTS_BUDGETS_REPORT_H
#define DC_RESULTS_BUDGETS_REPORT_H

#include "doc/doc.h"
#include "replay/budgets.h"

void dc_budgets_doc(const struct dc_budgets *b, struct dc_doc *d);
/* Append one JSON object and a line feed. */
void dc_budgets_json(const struct dc_budgets *b, struct dc_buf *out);

#endif
