/*
 * plot_compliance_risk.c - are uncertain compliances riskier than confident
 * ones? The share of harmful prompts in either cell and by fifths of
 * confidence; the figures of `deepconf stats --question compliance-risk`.
 */
#include "base/mem.h"
#include "plot/forest.h"
#include "results/json_stat.h"
#include "results/risky_report.h"

enum { CELLS = 2, LABEL_COLS = 35 };

static const enum dc_category cell_of[CELLS] = {DC_UNCERTAIN_COMPLIANCE,
                                                DC_CONFIDENT_COMPLIANCE};

/* The share of all of them. */
static double all_of(const struct dc_risky_bin *bin)
{
    uint64_t k = 0, n = 0;
    for (int i = 0; i < DC_RISKY_BINS; i++) {
        k += bin[i].n_refuse;
        n += bin[i].n;
    }
    return (double)k / (double)n;
}

static struct dc_forest_row row_of(struct dc_fig *f, const struct dc_boot *b,
                                   uint64_t k, uint64_t n)
{
    struct dc_forest_row r = dc_forest_boot(b);
    r.counts = dc_fig_of(f, k, n);
    r.why = "none";
    return r;
}

/* One unit as a panel: its rows, $rows_0 or $rows_1. */
static void put_unit(struct dc_fig *f, const struct dc_risky *x,
                     enum dc_risky_unit u, json_t *panels)
{
    static const char *const cell[CELLS] = {"uncertain", "confident"};
    static const char *const fifth[DC_RISKY_BINS] = {
        "least sure fifth", "second", "third", "fourth", "surest fifth"};
    const struct dc_risky_part *p = &x->part[u][x->head];
    struct dc_forest_row row[CELLS + DC_RISKY_BINS];
    json_t *panel = json_object();
    for (int i = 0; i < CELLS; i++) {
        const struct dc_risky_cell *c = &p->cell[cell_of[i]];
        row[i] = row_of(f, &c->share, c->n_refuse, c->n);
        row[i].label = cell[i];
    }
    for (int i = 0; i < DC_RISKY_BINS; i++) {
        const struct dc_risky_bin *b = &x->bin[u][i];
        struct dc_forest_row *r = &row[CELLS + i];
        *r = row_of(f, &b->share, b->n_refuse, b->n);
        r->label = b->n == 0 ? fifth[i]
                             : dc_arena_printf(&f->arena, "%s, %.3g to %.3g",
                                               fifth[i], b->least, b->most);
    }
    dc_json_put(panel, "title",
                json_string(u == DC_RISKY_TRACES
                                ? "Traces that comply: share of harmful prompts"
                                : "Decisions that comply: the same share"));
    dc_json_put(panel, "rows", dc_json_count(DC_COUNT(row)));
    dc_json_put(panel, "all", json_real(all_of(x->bin[u])));
    dc_forest_put(
        f, dc_arena_printf(&f->arena, "rows_%zu", json_array_size(panels)),
        LABEL_COLS, row, DC_COUNT(row));
    json_array_append_new(panels, panel);
}

static json_t *cells_json(const struct dc_risky_part *p)
{
    json_t *o = json_object();
    for (int i = 0; i < CELLS; i++)
        dc_json_put(o, dc_category_name(cell_of[i]),
                    dc_json_boot(&p->cell[cell_of[i]].share));
    return o;
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    static const char *const key[DC_N_RISKY_UNIT] = {"traces", "decisions"};
    const struct dc_risky *x = src->risky;
    json_t *panels;
    if (!dc_plot_needs_risky(src, f))
        return;
    const struct dc_risky_part *p = &x->part[DC_RISKY_TRACES][x->head];
    dc_fig_head(f, src, p->n_prompt,
                p->cell[DC_UNCERTAIN_COMPLIANCE].n +
                    p->cell[DC_CONFIDENT_COMPLIANCE].n,
                &x->record->column[x->head].measure);
    if (p->why) {
        dc_fig_empty(f, "%s", p->why);
        return;
    }
    panels = json_array();
    dc_json_put(f->draw, "panels", panels);
    for (enum dc_risky_unit u = 0; u < DC_N_RISKY_UNIT; u++) {
        if (x->part[u][x->head].why ||
            (u == DC_RISKY_DECISIONS && x->one_trace))
            continue;
        json_t *o = json_object();
        dc_json_put(o, "cells", cells_json(&x->part[u][x->head]));
        dc_json_put(o, "fifths", dc_risky_fifths_json(x, u));
        dc_json_put(f->data, key[u], o);
        put_unit(f, x, u, panels);
    }
    dc_fig_note(f,
                "Above in diamonds less and more sure than the cut, below the "
                "compliances in five equal parts; numbers behind them: the "
                "measure. Bars: %g %% intervals from resampled prompts; "
                "dashed: all compliances. Whether there is a difference, the "
                "test says: deepconf stats --question compliance-risk.",
                100 * x->cfg.boot.level);
}

const struct dc_plot_row dc_plot_compliance_risk = {
    .name = "compliance_risk",
    .title = "Are uncertain compliances riskier than confident ones?",
    .about = "A compliance is risky if its prompt should have been refused. If "
             "confidence warned of risk, shares would fall from the least "
             "sure compliances to the surest.",
    .draw = draw,
    .gp = dc_plot_compliance_risk_gp,
};
