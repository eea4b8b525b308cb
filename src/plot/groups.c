/*
 * groups.c - groups.h: counting and drawing.
 *
 * A histogram shows the share of its own group's traces in each bin, so that
 * groups of unequal size can be compared; their sizes stand beside the boxes.
 */
#include "plot/groups.h"

#include "base/plural.h"
#include "plot/forest.h"
#include "plot/series.h"
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

enum {
    LEFT = 192,
    WIDTH = 430,
    HISTOGRAMS_Y = DC_FIG_TOP + 12,
    HISTOGRAMS_H = 190,
    ROW = 36,
    GAP = 22,
    AXIS = 48,
    EVERY = 7 /* corners of an outline, a point */
};

/* The axis of both panels, and the cut on it. */
static void set_axis(struct dc_fig *f, const struct dc_groups *g)
{
    double room = 0.02 * (g->values.hi - g->values.lo);
    dc_fig_cmd(f, "set xrange [%.9g:%.9g]", g->values.lo - room,
               g->values.hi + room);
    if (g->values.has_cut)
        dc_fig_line_at_x(f, g->values.cut);
}

/* The outline of a histogram, from its first trace to its last; k->n > 0. */
static const char *outline(struct dc_fig *f, const struct dc_groups *g,
                           const struct dc_values_group *k)
{
    const char *block = dc_fig_block(f);
    double width = (g->values.hi - g->values.lo) / (double)g->values.n_bin;
    size_t first = 0, last = g->values.n_bin - 1;
    while (k->count[first] == 0)
        first++;
    while (k->count[last] == 0)
        last--;
    dc_fig_row(f, "%.9g 0", g->values.lo + (double)first * width);
    for (size_t b = first; b <= last; b++) {
        double share = 100.0 * (double)k->count[b] / (double)k->n;
        dc_fig_row(f, "%.9g %.9g", g->values.lo + (double)b * width, share);
        dc_fig_row(f, "%.9g %.9g", g->values.lo + (double)(b + 1) * width,
                   share);
    }
    dc_fig_row(f, "%.9g 0", g->values.lo + (double)(last + 1) * width);
    dc_fig_block_end(f);
    return block;
}

static void draw_histograms(struct dc_fig *f, const struct dc_groups *g)
{
    struct dc_buf plot;
    dc_buf_init(&plot, SIZE_MAX);
    for (size_t i = 0; i < g->values.n_group; i++) {
        const struct dc_values_group *k = &g->values.group[i];
        const struct dc_groups_look *look = &g->look[i];
        if (k->n == 0)
            continue;
        const char *block = outline(f, g, k);
        dc_buf_addf(&plot,
                    "%s %s using 1:2 with filledcurves y=0 fs transparent "
                    "solid 0.13 fc rgb %d notitle, %s using 1:2 with "
                    "linespoints lw 1.8 pt %d ps 0.8 pi %d lc rgb %d title %s",
                    plot.n ? "," : "", block, look->colour, block, look->point,
                    EVERY + (int)i, look->colour,
                    dc_fig_text(f, "%s", look->label));
    }
    dc_fig_panel(f, &(struct dc_panel){.x = LEFT,
                                       .y = HISTOGRAMS_Y,
                                       .w = WIDTH,
                                       .h = HISTOGRAMS_H,
                                       .ylabel = "% of the group's traces"});
    set_axis(f, g);
    dc_fig_cmd(f, "set format x ''; set yrange [0:*]");
    dc_series_key(f, LEFT + WIDTH + 4, HISTOGRAMS_Y);
    dc_fig_cmd(f, "plot %s", plot.data);
    dc_buf_release(&plot);
}

static const char *put_boxes(struct dc_fig *f, const struct dc_groups *g)
{
    const char *block = dc_fig_block(f);
    for (size_t i = 0; i < g->values.n_group; i++) {
        const struct dc_values_group *k = &g->values.group[i];
        const struct dc_groups_look *look = &g->look[i];
        const double *q = k->quantile;
        if (k->n > 0)
            dc_fig_row(f, "%.9g %.9g %.9g %.9g %.9g %g %d %.9g", q[0], q[1],
                       q[2], q[3], q[4], (double)(g->values.n_group - i) - 0.5,
                       look->colour, k->mean.value.value);
    }
    dc_fig_block_end(f);
    return block;
}

static const char *mean_words(struct dc_fig *f, const struct dc_values_group *k)
{
    if (k->n == 0)
        return "no mean";
    if (!k->mean.defined)
        return dc_arena_printf(&f->arena, "mean %.4g", k->mean.value.value);
    return dc_arena_printf(&f->arena, "mean %.4g (%.4g to %.4g)",
                           k->mean.value.value, k->mean.lo, k->mean.hi);
}

static void put_labels(struct dc_fig *f, const struct dc_groups *g, double y)
{
    const double x = LEFT + WIDTH + 12;
    for (size_t i = 0; i < g->values.n_group; i++) {
        const struct dc_values_group *k = &g->values.group[i];
        const struct dc_groups_look *look = &g->look[i];
        double at = y + ROW * ((double)i + 0.5);
        dc_fig_label(f, LEFT - 10, at, DC_FIG_RIGHT, look->label);
        dc_fig_label(f, x, at - 8, DC_FIG_SMALL,
                     dc_arena_printf(&f->arena, "n = %s in %s prompt%s",
                                     dc_fig_count(f, k->n),
                                     dc_fig_count(f, k->n_prompt),
                                     dc_plural(k->n_prompt)));
        dc_fig_label(f, x, at + 8, DC_FIG_SMALL, mean_words(f, k));
    }
}

static void draw_boxes(struct dc_fig *f, const struct dc_groups *g, double y)
{
    const char *b = put_boxes(f, g);
    const struct dc_panel panel = {
        .x = LEFT,
        .y = y,
        .w = WIDTH,
        .h = ROW * (double)g->values.n_group,
        .xlabel = dc_fig_measure(f, &g->measure->column->measure)};
    dc_fig_panel(f, &panel);
    set_axis(f, g);
    put_labels(f, g, y);
    dc_fig_cmd(f, "unset ytics; set border 1; set yrange [0:%zu]",
               g->values.n_group);
    dc_fig_cmd(f,
               "plot %s using 3:6:1:5:7 with xerrorbars pt 0 lw 1.3 lc rgb "
               "variable notitle, "
               "%s using 3:6:2:4:($6-0.24):($6+0.24) with boxxyerror fs solid "
               "1 border lc rgb FRAME fc rgb 'white' notitle, "
               "%s using 3:($6-0.24):(0):(0.48):7 with vectors nohead lw 3 lc "
               "rgb variable notitle, "
               "%s using 8:6:7 with points pt 13 ps 0.8 lc rgb variable "
               "notitle",
               b, b, b, b);
}

double dc_groups_draw(struct dc_fig *f, const struct dc_groups *g)
{
    double y = HISTOGRAMS_Y + HISTOGRAMS_H + GAP;
    draw_histograms(f, g);
    draw_boxes(f, g, y);
    dc_fig_note(f,
                "Outlines: share of each group's traces, in %zu bins. Boxes: "
                "quartiles and median, whiskers 5 to 95 %%, diamond the mean; "
                "in brackets its %g %% interval, resampling prompts%s.",
                g->values.n_bin, 100 * g->level,
                dc_forest_few(&g->values.group[0].mean));
    return y + ROW * (double)g->values.n_group + AXIS;
}
