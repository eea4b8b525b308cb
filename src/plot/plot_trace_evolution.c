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
#include "replay/trace_rows.h"
#include "results/json_stat.h"

#include <stdlib.h>

enum { MOST = 64, LEFT = 92, WIDTH = 560 };
enum { SERIES = 3 }; /* all, refusals, compliances */
static const char *const series_name[SERIES] = {"all", "refusals",
                                                "compliances"};

struct evolution {
    unsigned n; /* traces looked at of a prompt */
    bool cut;   /* there were more */
    uint64_t prompts[MOST];
    struct dc_prop refusal[MOST];
    struct dc_boot mean[SERIES][MOST];
};

/* Sums of one number of trace, by prompt. */
struct slice {
    double *num, *den; /* [n_prompt] */
    size_t n;
};

static void slice_of(const struct dc_trace_view *v,
                     const struct dc_record_column *c, unsigned at, int series,
                     struct slice *s)
{
    s->n = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_trace_row_of *row = &v->row[i];
        size_t first = v->record->prompt[row->prompt].first;
        if (row->trace - first != at || !c->has[row->trace] ||
            (series != 0 && row->refusal != (series == 1)))
            continue;
        s->num[s->n] = c->value[row->trace];
        s->den[s->n++] = 1;
    }
}

static void find_means(const struct dc_trace_view *v,
                       const struct dc_record_column *c,
                       const struct dc_boot_cfg *boot, struct evolution *e)
{
    struct slice s = {.n = 0};
    struct dc_boot_cfg with = *boot;
    s.num = dc_xcalloc(v->record->n_prompt + 1, sizeof *s.num);
    s.den = dc_xcalloc(v->record->n_prompt + 1, sizeof *s.den);
    with.batch = dc_boot_batch_new();
    for (int k = 0; k < SERIES; k++)
        for (unsigned t = 0; t < e->n; t++) {
            slice_of(v, c, t, k, &s);
            const struct dc_boot_sums sums = {s.num, s.den, s.n};
            dc_boot_ratio(&sums, &with, &e->mean[k][t]);
        }
    dc_boot_batch_free(with.batch);
    free(s.num);
    free(s.den);
}

static void gather(const struct dc_plot_src *src,
                   const struct dc_record_column *c, struct evolution *e)
{
    const struct dc_record *r = src->stats->record;
    uint64_t refusal[MOST] = {0}, sided[MOST] = {0};
    struct dc_trace_view v;
    unsigned most = 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        if (!dc_trace_prompt_counts(p))
            continue;
        most = p->n_trace > most ? p->n_trace : most;
        for (unsigned t = 0; t < p->n_trace && t < MOST; t++)
            e->prompts[t]++;
    }
    e->n = most < MOST ? most : MOST;
    e->cut = most > MOST;
    dc_trace_view_init(&v, r);
    for (size_t i = 0; i < v.n; i++) {
        size_t t = v.row[i].trace - r->prompt[v.row[i].prompt].first;
        if (t < MOST) {
            sided[t]++;
            refusal[t] += v.row[i].refusal;
        }
    }
    for (unsigned t = 0; t < e->n; t++)
        e->refusal[t] =
            dc_prop_wilson(refusal[t], sided[t], src->stats->cfg.boot.level);
    find_means(&v, c, &src->stats->cfg.boot, e);
    dc_trace_view_release(&v);
}

static json_t *data_of(const struct evolution *e)
{
    json_t *rows = json_array();
    for (unsigned t = 0; t < e->n; t++) {
        json_t *o = json_object();
        dc_json_put(o, "trace", dc_json_count(t + 1));
        dc_json_put(o, "prompts", dc_json_count(e->prompts[t]));
        dc_json_put(o, "refusal", dc_json_prop(&e->refusal[t]));
        for (int k = 0; k < SERIES; k++)
            dc_json_put(o, series_name[k], dc_forest_boot_json(&e->mean[k][t]));
        json_array_append_new(rows, o);
    }
    return rows;
}

static bool has_verdicts(const struct evolution *e)
{
    for (unsigned t = 0; t < e->n; t++)
        if (e->refusal[t].defined)
            return true;
    return false;
}

/* Commands of the axis of numbers of traces, and of another one. */
static const char *axes_of(struct dc_fig *f, const struct evolution *e,
                           const char *more)
{
    return dc_arena_printf(&f->arena, "set xrange [0.5:%g]; set xtics 1,%u; %s",
                           e->n + 0.5, dc_fig_whole_tics(e->n, 16), more);
}

static void draw_means(struct dc_fig *f, const struct evolution *e,
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

static void draw_refusals(struct dc_fig *f, const struct evolution *e,
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

static void draw_prompts(struct dc_fig *f, const struct evolution *e,
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

static void draw_all(struct dc_fig *f, const struct evolution *e,
                     const json_t *rows, const struct dc_plot_src *src)
{
    draw_means(f, e, rows, &dc_plot_own(src)->column->measure);
    draw_refusals(f, e, rows);
    draw_prompts(f, e, rows);
    dc_fig_note(f,
                "Bars: %g %% intervals over the prompts that drew the trace. "
                "Traces of a prompt are exchangeable: without early stopping "
                "all lines are level but for chance; with it, late traces are "
                "of undecided prompts alone.",
                100 * src->stats->cfg.boot.level);
    if (e->cut)
        dc_fig_note(f, "Only the first %d traces of a prompt are shown.",
                    (int)MOST);
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    (void)err;
    if (!dc_plot_needs_stats(src, f))
        return DC_OK;
    const struct dc_record_column *c = dc_plot_own(src)->column;
    struct evolution *e = dc_xcalloc(1, sizeof *e); /* large */
    gather(src, c, e);
    json_t *rows = data_of(e);
    dc_fig_head(f, src, src->stats->n_prompt, src->stats->n_row, &c->measure);
    dc_json_put(f->data, "traces", rows);
    if (has_verdicts(e))
        draw_all(f, e, rows, src);
    else
        dc_fig_empty(f, "no trace has a verdict for refusal or compliance");
    free(e);
    return DC_OK;
}

const struct dc_plot_row dc_plot_trace_evolution = {
    .name = "trace_evolution",
    .title = "Do later traces differ from earlier ones?",
    .about = "By number of the trace: how sure traces are, how many refuse, "
             "and how many prompts drew one at all.",
    .draw = draw,
};
