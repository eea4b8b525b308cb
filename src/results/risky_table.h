/*
 * risky_table.h - answers to the question whether uncertain compliances are
 * riskier, beside each other: a row for each measure, judge, category or run.
 */
#ifndef DC_RESULTS_RISKY_TABLE_H
#define DC_RESULTS_RISKY_TABLE_H

#include "doc/cell.h"
#include "doc/doc.h"
#include "replay/risky.h"

/* What the answer is by. */
const struct dc_risky_part *dc_risky_head(const struct dc_risky *x,
                                          enum dc_risky_unit u);

/* first: what the rows are of. */
void dc_risky_table(const char *first, const char *caption, struct dc_doc *d);
void dc_risky_row(struct dc_cell first, const struct dc_risky_part *p,
                  struct dc_doc *d);

#endif
