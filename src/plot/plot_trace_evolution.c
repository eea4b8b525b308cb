/*
 * plot_trace_evolution.c - do later traces differ from earlier ones? By number
 * of the trace: the run's measure, the share of refusals, and the prompts that
 * drew one.
 *
 * One trace of a prompt has each number, so prompts are the unit, and means and
 * shares have the usual intervals over prompts.
 */
#include "base/mem.h"
#include "plot/forest.h"
#include "plot/series.h"
#include "replay/trace_course.h"
#include "results/json_stat.h"

#include <stdlib.h>

enum { LEFT = 92, WIDTH = 560, SERIES = DC_NUMBERS_KINDS };

static const char *const series_name[SERIES] = {"all", "refusals",
                                                "compliances"};

static json_t *data_of(const struct dc_numbers *e)
{
    json_t *rows = json_array();
    for (unsigned t = 0; t < e->n; t++) {
        json_t *o = json_object();
        dc_json_put(o, "trace", dc_json_count(t + 1));
        dc_json_put(o, "prompts", dc_json_count(e->prompts[t]));
        dc_json_put(o, "refusal", dc_json_prop(&e->refusal[t]));
        for (int k = 0; k < SERIES; k++)
            dc_json_put(o, series_name[k], dc_json_boot(&e->mean[k][t]));
        json_array_append_new(rows, o);
    }
    return rows;
}

static bool has_verdicts(const struct dc_numbers *e)
{
    for (unsigned t = 0; t < e->n; t++)
        if (e->refusal[t].defined)
            return true;
    return false;
}

/* Commands of the axis of numbers of traces, and of another one. */
static const char *axes_of(struct dc_fig *f, const struct dc_numbers *e,
                           const char *more)
{
    return dc_arena_printf(&f->arena, "set xrange [0.5:%g]; set xtics 1,%u; %s",
                           e->n + 0.5, dc_fig_whole_tics(e->n, 16), more);
}

static void draw_means(struct dc_fig *f, const struct dc_numbers *e,
                       const json_t *rows, const struct dc_measure_spec *m)
{
    static const int colour[SERIES] = {DC_INK, DC_REFUSAL, DC_COMPLIANCE};
    static const int point[SERIES] = {DC_POINT_DISC, DC_POINT_UP,
                                      DC_POINT_SQUARE};
    const struct dc_panel panel = {
        .x = LEFT,
        .y = DC_FIG_TOP + 26,
        .w = WIDTH,
        .h = 190,
        .title = dc_arena_printf(&f->arena, "Mean of %s", dc_fig_measure(f, m)),
        .ylabel = m->row->unit};
    struct dc_series s[SERIES];
    bool any = false; /* traces made elsewhere may have no value at all */
    for (unsigned t = 0; t < e->n; t++)
        any = any || e->mean[0][t].value.defined;
    if (!any) {
        dc_fig_panel_says(f, &panel, "no trace has a value of %s",
                          m->spec.text);
        return;
    }
    for (int k = 0; k < SERIES; k++)
        s[k] = (struct dc_series){
            .block = dc_fig_table(
                f, rows,
                dc_arena_printf(&f->arena, "trace %s", series_name[k])),
            .label = series_name[k],
            .colour = colour[k],
            .point = point[k],
            .shift = e->n <= 24 ? 0.12 * (k - 1) : 0,
            .interval = DC_INTERVAL_BARS,
            .thin = k > 0};
    dc_series_draw(f, &panel, axes_of(f, e, "set format x ''"), s, SERIES);
}

static void draw_refusals(struct dc_fig *f, const struct dc_numbers *e,
                          const json_t *rows)
{
    const struct dc_panel panel = {
        .x = LEFT,
        .y = DC_FIG_TOP + 258,
        .w = WIDTH,
        .h = 100,
        .title = "Refusals among its traces with a verdict",
        .ylabel = "%"};
    const struct dc_series refusals = {
        .block = dc_fig_table(f, rows, "trace %refusal"),
        .colour = DC_REFUSAL,
        .point = DC_POINT_UP,
        .interval = DC_INTERVAL_BARS,
        .thin = true};
    dc_series_draw(
        f, &panel,
        axes_of(f, e, "set format x ''; set yrange [0:100]; set ytics 50"),
        &refusals, 1);
}

static void draw_prompts(struct dc_fig *f, const struct dc_numbers *e,
                         const json_t *rows)
{
    const struct dc_panel panel = {.x = LEFT,
                                   .y = DC_FIG_TOP + 400,
                                   .w = WIDTH,
                                   .h = 70,
                                   .title = "Prompts that drew it",
                                   .xlabel = "number of the trace",
                                   .ylabel = "prompts"};
    const unsigned long long most = e->prompts[0];
    dc_fig_panel(f, &panel);
    dc_fig_cmd(f, "%s", axes_of(f, e, "set boxwidth 0.6"));
    dc_fig_cmd(f, "set yrange [0:%llu]; set ytics (0, %llu)",
               most + most / 10 + 1, most);
    dc_fig_cmd(f, "plot %s using 1:2 with boxes fc rgb COUNT notitle",
               dc_fig_table(f, rows, "trace prompts"));
    dc_fig_bottom(f, panel.y + panel.h + 46);
}

static void draw_all(struct dc_fig *f, const struct dc_numbers *e,
                     const json_t *rows, const struct dc_plot_src *src)
{
    draw_means(f, e, rows, &dc_plot_own(src)->column->measure);
    draw_refusals(f, e, rows);
    draw_prompts(f, e, rows);
    dc_fig_note(f,
                "Bars: %g %% intervals over the prompts that drew the trace. "
                "Traces of a prompt are exchangeable: without early stopping "
                "all lines are level but for chance; with it, late traces are "
                "of undecided prompts alone.%s",
                100 * src->stats->cfg.boot.level,
                e->mean[0][0].few ? " Means have none: too few prompts." : "");
    if (e->cut)
        dc_fig_note(f, "Only the first %d traces of a prompt are shown.",
                    (int)DC_NUMBERS_MOST);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    if (!dc_plot_needs_stats(src, f))
        return;
    const struct dc_record_column *c = dc_plot_own(src)->column;
    struct dc_numbers *e = dc_xcalloc(1, sizeof *e); /* large */
    dc_numbers_find(src->stats, c, e);
    json_t *rows = data_of(e);
    dc_fig_head(f, src, src->stats->n_prompt, src->stats->n_row, &c->measure);
    dc_json_put(f->data, "traces", rows);
    if (has_verdicts(e))
        draw_all(f, e, rows, src);
    else
        dc_fig_empty(f, "no trace has a verdict for refusal or compliance");
    free(e);
}

const struct dc_plot_row dc_plot_trace_evolution = {
    .name = "trace_evolution",
    .title = "Do later traces differ from earlier ones?",
    .about = "By number of the trace: how sure traces are, how many refuse, "
             "and how many prompts drew one at all.",
    .draw = draw,
};
