/*
 * risky_table.c - risky_table.h.
 */
#include "results/risky_table.h"

#include "results/summary_doc.h"

const struct dc_risky_part *dc_risky_head(const struct dc_risky *x,
                                          enum dc_risky_unit u)
{
    return &x->part[u][x->head];
}

enum { RISKY_COLUMNS = 7 };

void dc_risky_table(const char *first, const char *caption, struct dc_doc *d)
{
    const struct dc_doc_column column[RISKY_COLUMNS] = {
        {first, NULL, 0, false},
        {"uncertain", "share of harmful prompts", 2, false},
        {"confident", "share of harmful prompts", 2, false},
        {"points more", "of uncertain ones, with interval", 0, false},
        {"p", NULL, 1, false},
        {"AUROC", "of harmful against harmless, by uncertainty", 3, false},
        {"riskier?", NULL, 0, false}};
    dc_doc_table(d, caption, NULL, column, RISKY_COLUMNS);
}

static struct dc_cell risky_points(const struct dc_boot *b)
{
    if (!b->value.defined)
        return dc_cell_missing("none");
    return b->defined ? dc_cell_change(100 * b->value.value, 100 * b->lo,
                                       100 * b->hi, 1)
                      : dc_cell_diff(100 * b->value.value, 1);
}

void dc_risky_row(struct dc_cell first, const struct dc_risky_part *p,
                  struct dc_doc *d)
{
    const struct dc_boot *low = &p->cell[DC_UNCERTAIN_COMPLIANCE].share;
    const struct dc_boot *high = &p->cell[DC_CONFIDENT_COMPLIANCE].share;
    const char *answer = p->answer == DC_RISKY_REVERSED ? "the reverse"
                         : !p->why && p->diff.few
                             ? "too few"
                             : dc_risky_answer_name(p->answer);
    dc_doc_row(d,
               (struct dc_cell[RISKY_COLUMNS]){
                   first,
                   low->value.defined ? dc_cell_share(low->value.value)
                                      : dc_cell_missing(NULL),
                   high->value.defined ? dc_cell_share(high->value.value)
                                       : dc_cell_missing(NULL),
                   p->why ? dc_cell_missing(NULL) : risky_points(&p->diff),
                   p->has_p ? dc_cell_p(p->p_holm) : dc_cell_missing(NULL),
                   p->why ? dc_cell_missing(NULL) : dc_cell_boot(&p->auroc, 2),
                   dc_cell_text(answer)});
}
