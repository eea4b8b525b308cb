/*
 * groups.c - groups.h: counting and drawing.
 *
 * A histogram shows the share of its own group's traces in each bin, so that
 * groups of unequal size can be compared; their sizes stand beside the boxes.
 */
#include "plot/groups.h"

#include "base/plural.h"
#include "plot/forest.h"
#include "results/json_stat.h"

/* ---- the figure ---- */

static json_t *group_json(const struct dc_groups_look *look,
                          const struct dc_values_group *k, size_t n_bin)
{
    json_t *x = json_object(), *bins = json_array();
    for (size_t b = 0; b < n_bin; b++)
        json_array_append_new(bins, dc_json_count(k->count[b]));
    dc_json_put(x, "group", json_string(look->key));
    dc_json_put(x, "traces", dc_json_count(k->n));
    dc_json_put(x, "prompts", dc_json_count(k->n_prompt));
    dc_json_put(x, "median",
                k->n ? json_real(k->quantile[DC_VALUES_QUANTILES / 2]) : NULL);
    dc_json_put(x, "mean", dc_json_boot(&k->mean));
    dc_json_put(x, "bins", bins);
    return x;
}

static json_t *groups_json(const struct dc_groups *g)
{
    json_t *o = json_object(), *groups = json_array();
    for (size_t i = 0; i < g->values.n_group; i++)
        json_array_append_new(
            groups,
            group_json(&g->look[i], &g->values.group[i], g->values.n_bin));
    dc_json_put(o, "bins_from", json_real(g->values.lo));
    dc_json_put(o, "bins_to", json_real(g->values.hi));
    dc_json_put(o, "groups", groups);
    return o;
}

static void gather_groups(struct dc_groups *g, const struct dc_trace_stats *s)
{
    const struct dc_record_column *c = g->measure->column;
    struct dc_trace_view v;
    struct dc_values_rows x;
    uint8_t group = 0;
    dc_trace_view_init(&v, s->record);
    dc_values_rows_init(&x, v.n);
    for (size_t i = 0; i < v.n; i++)
        if (c->has[v.row[i].trace] &&
            g->group_of(g->measure, &v.row[i], &group))
            dc_values_rows_add(&x, c->value[v.row[i].trace], v.row[i].prompt,
                               group);
    dc_values_find(&g->values, &x, &s->cfg.boot);
    dc_values_rows_release(&x);
    dc_trace_view_release(&v);
}

bool dc_groups_begin(struct dc_groups *g, const struct dc_plot_src *src,
                     struct dc_fig *f)
{
    const struct dc_trace_stats *s = src->stats;
    if (!dc_plot_needs_stats(src, f))
        return false;
    g->measure = dc_plot_own(src);
    g->level = s->cfg.boot.level;
    g->values.cut = g->measure->categories.cut;
    gather_groups(g, s);
    dc_fig_head(f, src,
                g->labelled ? s->n_gold[DC_TRACES_TO_REFUSE] +
                                  s->n_gold[DC_TRACES_TO_ANSWER]
                            : s->n_prompt,
                g->values.n_row, &g->measure->column->measure);
    dc_json_put(f->data, "confidence", groups_json(g));
    if (g->values.n_row == 0)
        dc_fig_empty(f, "no trace has %sa value of %s",
                     g->labelled ? "both a gold label and " : "",
                     g->measure->column->measure.spec.text);
    return true;
}

/* ---- drawing ---- */

/* The corners of a histogram, from its first trace to its last; k->n > 0. */
static json_t *outline_of(const struct dc_groups *g,
                          const struct dc_values_group *k)
{
    const double width =
        (g->values.hi - g->values.lo) / (double)g->values.n_bin;
    json_t *corners = json_array();
    size_t first = 0, last = g->values.n_bin - 1;
    while (k->count[first] == 0)
        first++;
    while (k->count[last] == 0)
        last--;
    for (size_t b = first; b <= last + 1; b++) {
        const double x = g->values.lo + (double)b * width;
        const uint64_t before = b > first ? k->count[b - 1] : 0;
        const uint64_t after = b <= last ? k->count[b] : 0;
        json_array_append_new(
            corners, json_pack("[ff]", x, (double)before / (double)k->n));
        json_array_append_new(
            corners, json_pack("[ff]", x, (double)after / (double)k->n));
    }
    return corners;
}

static json_t *box_json(const char *label, const struct dc_values_group *k)
{
    static const char *const key[DC_VALUES_QUANTILES] = {"p5", "p25", "p50",
                                                         "p75", "p95"};
    json_t *o = json_object();
    dc_json_put(o, "label", json_string(label));
    for (int q = 0; q < DC_VALUES_QUANTILES; q++)
        dc_json_put(o, key[q], k->n > 0 ? json_real(k->quantile[q]) : NULL);
    return o;
}

void dc_groups_put(struct dc_fig *f, const struct dc_groups *g)
{
    json_t *outlines = json_array(), *boxes = json_array();
    for (size_t i = 0; i < g->values.n_group; i++) {
        const struct dc_values_group *k = &g->values.group[i];
        json_t *o = json_object();
        dc_json_put(o, "group", dc_json_count(i));
        dc_json_put(o, "label", json_string(g->look[i].label));
        dc_json_put(o, "corners", k->n > 0 ? outline_of(g, k) : NULL);
        if (k->n > 0)
            json_array_append(outlines, o);
        json_decref(o);
        json_array_append_new(boxes, box_json(g->look[i].label, k));
    }
    dc_json_put(f->draw, "outlines", outlines);
    dc_json_put(f->draw, "boxes", boxes);
    dc_json_put(f->draw, "cut_at",
                g->values.has_cut ? json_real(g->values.cut) : NULL);
    dc_json_put(f->draw, "measure",
                json_string(dc_fig_measure(f, &g->measure->column->measure)));
    dc_fig_note(f,
                "Outlines: share of each group's traces, in %zu bins. Boxes: "
                "quartiles and median, whiskers 5 to 95 %%, diamond the mean; "
                "in brackets its %g %% interval, resampling prompts%s.",
                g->values.n_bin, 100 * g->level,
                dc_forest_few(&g->values.group[0].mean));
}
