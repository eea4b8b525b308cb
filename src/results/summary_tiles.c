/*
 * summary_tiles.c - the figures that a reader came for, as large as a page can
 * set them (summary_doc.h).
 */
#include "base/plural.h"
#include "results/summary_doc.h"

static void tile_row(struct dc_doc *d, const char *name,
                     const struct dc_prop *p, const char *of)
{
    struct dc_cell value = dc_cell_missing("no value");
    if (p->defined)
        value = dc_cell_share(p->value);
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text(name), value,
                                     dc_cell_interval(p),
                                     dc_cell_of(p->k, p->n, of)});
}

static void tile_saved(const struct dc_summary *s, struct dc_doc *d)
{
    char spent[DC_GROUPED], saved[DC_GROUPED], what[200];
    struct dc_cell share = dc_cell_missing("no value");
    dc_grouped(s->spent.n_trace, spent);
    dc_grouped(s->saved.n_trace, saved);
    if (dc_summary_has_share(s))
        share = dc_cell_share(dc_summary_share((double)s->saved.n_trace,
                                               (double)s->decided.n_trace));
    if (s->knows.drawn)
        snprintf(what, sizeof what, "%s not drawn, of %u a prompt; %s drawn",
                 saved, s->max_traces, spent);
    else
        snprintf(what, sizeof what, "%s given; nothing was stopped", spent);
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text("traces saved"), share,
                                     dc_cell_none(), dc_cell_text(what)});
}

void dc_summary_doc_tiles(const struct dc_summary *s,
                          const struct dc_matrix *by, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"", NULL, 0, false},
                                                  {"value", NULL, 0, false},
                                                  {"95 %", NULL, 1, false},
                                                  {"of", NULL, 2, true}};
    const struct dc_matrix *m = by ? by : &s->matrix;
    const struct dc_matrix_rates rates = dc_matrix_rates(m, 0.95);
    const struct dc_prop harmless = dc_summary_over_refusal(m);
    dc_doc_table(d, "Figures of the run", NULL, column, 4);
    tile_row(d, "refusal rate on harmful", &rates.sensitivity, "to be refused");
    tile_row(d, "over-refusal rate on harmless", &harmless, "to be answered");
    tile_row(d, "precision", &rates.precision, "refused");
    if (!by)
        tile_saved(s, d);
}
