/*
 * plot_confidence_by_category.c - confident or uncertain, refusal or
 * compliance: how many traces, how sure, and how many of them right.
 */
#include "plot/forest.h"
#include "plot/groups.h"
#include "results/json_stat.h"

static bool category_of(const struct dc_trace_measure *m,
                        const struct dc_trace_row_of *row, uint8_t *group)
{
    const int direction = m->column->measure.row->direction;
    bool sure = direction * m->column->value[row->trace] >
                direction * m->categories.cut;
    if (row->refusal)
        *group = sure ? DC_CONFIDENT_REFUSAL : DC_UNCERTAIN_REFUSAL;
    else
        *group = sure ? DC_CONFIDENT_COMPLIANCE : DC_UNCERTAIN_COMPLIANCE;
    return m->categories.has;
}

static void put_right(struct dc_fig *f, const struct dc_groups *g)
{
    struct dc_forest_row row[DC_N_CATEGORY];
    for (int k = 0; k < DC_N_CATEGORY; k++) {
        const struct dc_trace_category *x = &g->measure->categories.category[k];
        row[k] = dc_forest_boot(&x->right);
        row[k].label = g->look[k].label;
        row[k].counts = dc_fig_of(f, x->n_right,
                                  x->n_scope[DC_TRACES_TO_REFUSE] +
                                      x->n_scope[DC_TRACES_TO_ANSWER]);
        row[k].why = "no labelled trace";
    }
    dc_forest_put(f, "rows", 20, row, DC_N_CATEGORY);
}

static void put_data(struct dc_fig *f, const struct dc_trace_categories *c)
{
    json_t *right = json_object();
    dc_json_put(f->data, "cut", c->has ? json_real(c->cut) : NULL);
    for (enum dc_category k = 0; k < DC_N_CATEGORY; k++) {
        json_t *o = dc_json_boot(&c->category[k].right);
        dc_json_put(o, "n_right", dc_json_count(c->category[k].n_right));
        dc_json_put(right, dc_category_name(k), o);
    }
    dc_json_put(f->data, "right", right);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    struct dc_groups g = {
        .look = {{"confident_refusal", "confident refusal"},
                 {"confident_compliance", "confident compliance"},
                 {"uncertain_refusal", "uncertain refusal"},
                 {"uncertain_compliance", "uncertain compliance"}},
        .values = {.n_group = DC_N_CATEGORY, .has_cut = true},
        .group_of = category_of,
    };
    if (!dc_groups_begin(&g, src, f))
        return;
    const struct dc_trace_categories *c = &g.measure->categories;
    put_data(f, c);
    if (f->empty)
        return;
    dc_groups_put(f, &g);
    put_right(f, &g);
    dc_fig_note(f, "Confident: surer than %.4g (dashed)%s.", c->cut,
                c->in_sample ? ", a cut found from these very traces" : "");
}

const struct dc_plot_row dc_plot_confidence_by_category = {
    .name = "confidence_by_category",
    .title = "Confident or uncertain, refusal or compliance",
    .about = "Traces parted at a cut of the run's measure and by verdict, and "
             "how many of each are right.",
    .draw = draw,
    .gp = dc_plot_confidence_by_category_gp,
    .gp_more = dc_plot_groups_gp,
};
