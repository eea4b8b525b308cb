/*
 * plot_confidence_by_category.c - confident or uncertain, refusal or
 * compliance: how many traces, how sure, and how many of them right.
 */
#include "plot/forest.h"
#include "plot/groups.h"
#include "replay/trace_rows.h"
#include "results/json_stat.h"

#include <math.h>

static void gather(const struct dc_plot_src *src,
                   const struct dc_trace_measure *m, struct dc_groups *g)
{
    const struct dc_record_column *c = m->column;
    int direction = c->measure.row->direction;
    struct dc_trace_view v;
    struct dc_groups_rows x;
    dc_trace_view_init(&v, src->stats->record);
    dc_groups_rows_init(&x, v.n);
    for (size_t i = 0; i < v.n; i++) {
        const struct dc_trace_row_of *row = &v.row[i];
        if (!c->has[row->trace])
            continue;
        bool sure =
            direction * c->value[row->trace] > direction * m->categories.cut;
        enum dc_category k =
            sure ? row->refusal ? DC_CONFIDENT_REFUSAL : DC_CONFIDENT_COMPLIANCE
            : row->refusal ? DC_UNCERTAIN_REFUSAL
                           : DC_UNCERTAIN_COMPLIANCE;
        dc_groups_rows_add(&x, c->value[row->trace], row->prompt, (uint8_t)k);
    }
    dc_groups_find(g, &x, &src->stats->cfg.boot);
    dc_groups_rows_release(&x);
    dc_trace_view_release(&v);
}

static void put_right(struct dc_fig *f, const struct dc_groups *g,
                      const struct dc_trace_categories *c, double y)
{
    struct dc_forest_row row[DC_N_CATEGORY];
    for (int k = 0; k < DC_N_CATEGORY; k++) {
        const struct dc_trace_category *x = &c->category[k];
        row[k] = dc_forest_boot(&x->right);
        row[k].label = g->group[k].label;
        row[k].colour = g->group[k].colour;
        row[k].counts = dc_arena_printf(
            &f->arena, "%s of %s", dc_fig_count(f, x->n_right),
            dc_fig_count(f, x->n_scope[DC_TRACES_TO_REFUSE] +
                                x->n_scope[DC_TRACES_TO_ANSWER]));
        row[k].why = "no labelled trace";
    }
    const struct dc_forest how = {
        .panel = {.x = 176,
                  .y = y,
                  .w = 330,
                  .h = 104,
                  .title = "Share that is right by the gold label"},
        .max = 1,
        .step = 0.25,
        .has_percent = true,
    };
    dc_forest_draw(f, &how, row, DC_N_CATEGORY);
}

static void put_data(struct dc_fig *f, const struct dc_groups *g,
                     const struct dc_trace_categories *c)
{
    json_t *right = json_object();
    dc_json_put(f->data, "confidence", dc_groups_json(g));
    dc_json_put(f->data, "cut", c->has ? json_real(c->cut) : NULL);
    for (enum dc_category k = 0; k < DC_N_CATEGORY; k++) {
        json_t *o = dc_forest_boot_json(&c->category[k].right);
        dc_json_put(o, "n_right", dc_json_count(c->category[k].n_right));
        dc_json_put(right, dc_category_name(k), o);
    }
    dc_json_put(f->data, "right", right);
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    struct dc_groups g = {
        .group = {{.label = "confident refusal",
                   .colour = DC_REFUSAL,
                   .point = DC_POINT_DISC},
                  {.label = "confident compliance",
                   .colour = DC_COMPLIANCE,
                   .point = DC_POINT_SQUARE},
                  {.label = "uncertain refusal",
                   .colour = DC_REFUSAL_PALE,
                   .point = DC_POINT_UP},
                  {.label = "uncertain compliance",
                   .colour = DC_COMPLIANCE_PALE,
                   .point = DC_POINT_DOWN}},
        .n_group = DC_N_CATEGORY,
    };
    (void)err;
    if (!dc_plot_needs_stats(src, f))
        return DC_OK;
    const struct dc_trace_stats *s = src->stats;
    const struct dc_trace_measure *m = &s->measure[dc_plot_own_measure(src)];
    const struct dc_trace_categories *c = &m->categories;
    for (enum dc_category k = 0; k < DC_N_CATEGORY; k++)
        g.group[k].key = dc_category_name(k);
    if (c->has)
        gather(src, m, &g);
    dc_fig_head(f, src,
                &(struct dc_fig_of){s->n_prompt, g.n_row, &m->column->measure});
    put_data(f, &g, c);
    if (g.n_row == 0) {
        dc_fig_empty(f, "no trace has a value of %s",
                     m->column->measure.spec.text);
        return DC_OK;
    }
    double y =
        dc_groups_draw(f, &g,
                       &(struct dc_groups_look){.y = DC_FIG_TOP + 12,
                                                .h = 190,
                                                .measure = &m->column->measure,
                                                .level = s->cfg.boot.level,
                                                .has_cut = true,
                                                .cut = c->cut});
    put_right(f, &g, c, y + 36);
    dc_fig_bottom(f, y + 36 + 104 + 24);
    dc_fig_note(f, "Confident: surer than %.4g (dashed)%s.", c->cut,
                c->in_sample ? ", a cut found from these very traces" : "");
    return DC_OK;
}

const struct dc_plot_row dc_plot_confidence_by_category = {
    .name = "confidence_by_category",
    .title = "Confident or uncertain, refusal or compliance",
    .about = "Traces parted at a cut of the run's measure and by verdict, and "
             "how many of each are right.",
    .draw = draw,
};
