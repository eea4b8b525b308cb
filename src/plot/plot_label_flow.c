/*
 * plot_label_flow.c - how the majority of the traces so far changes with each
 * further trace: what early stopping could have got wrong.
 *
 * A prompt that curtailment stopped keeps its last majority, which is that of
 * all K. Of a run that stopped by anything else nothing is shown: what its
 * prompts would have gone over to is not known. A ribbon from one column to the
 * next is the prompts that go that way.
 */
#include "base/plural.h"
#include "plot/series.h"
#include "replay/trace_course.h"
#include "results/json_stat.h"

#include <math.h>

enum { LEFT = 92, WIDTH = 560, TOP = DC_FIG_TOP + 26, HEIGHT = 250 };
enum { RIBBON = 12, STATES = DC_COURSE_DECISIONS };
#define LEVEL 0.95

static const char *const state_colour[STATES] = {"REFUSAL", "UNDETERMINED",
                                                 "COMPLIANCE"};

static json_t *data_of(const struct dc_flow *w)
{
    json_t *rows = json_array();
    for (unsigned i = 0; i < w->n; i++) {
        json_t *o = json_object();
        uint64_t changed = 0;
        const struct dc_prop p =
            dc_prop_wilson(w->other[i], w->n_prompt, LEVEL);
        for (int k = 0; k < STATES; k++) {
            dc_json_put(o, dc_verdict_name(dc_course_decision[k]),
                        dc_json_count(w->at[i][k]));
            for (int to = 0; to < STATES; to++)
                changed += i + 1 < w->n && to != k ? w->go[i][k][to] : 0;
        }
        dc_json_put(o, "traces", dc_json_count(i + 1));
        dc_json_put(o, "tied", dc_json_count(w->tied[i]));
        dc_json_put(o, "change_at_the_next", dc_json_count(changed));
        dc_json_put(o, "not_the_last", dc_json_prop(&p));
        json_array_append_new(rows, o);
    }
    return rows;
}

/* ---- ribbons ---- */

/* From 0 to 1, level at both ends. */
static double ease(double x)
{
    return x * x * (3 - 2 * x);
}

struct ribbon {
    double x0, x1, from, to, height; /* from, to: lower edges */
};

static const char *put_ribbon(struct dc_fig *f, const struct ribbon *b)
{
    const char *block = dc_fig_block(f);
    for (int i = 0; i <= RIBBON; i++) {
        double s = (double)i / RIBBON;
        double low = b->from + (b->to - b->from) * ease(s);
        dc_fig_row(f, "%.6g %.6g %.6g", b->x0 + (b->x1 - b->x0) * s, low,
                   low + b->height);
    }
    dc_fig_block_end(f);
    return block;
}

static void add_ribbons(struct dc_fig *f, const struct dc_flow *w, unsigned i,
                        struct dc_buf *plot)
{
    double unit = 100.0 / (double)w->n_prompt, from = 0, into[STATES] = {0};
    for (int k = 1; k < STATES; k++)
        into[k] = into[k - 1] + unit * (double)w->at[i + 1][k - 1];
    for (int k = 0; k < STATES; k++)
        for (int to = 0; to < STATES; to++) {
            double height = unit * (double)w->go[i][k][to];
            if (height == 0)
                continue;
            const struct ribbon b = {i + 1.16, i + 1.84, from, into[to],
                                     height};
            dc_buf_addf(plot,
                        ", %s using 1:2:3 with filledcurves fs transparent "
                        "solid %g fc rgb %s notitle",
                        put_ribbon(f, &b), k == to ? 0.22 : 0.6,
                        state_colour[k]);
            from += height;
            into[to] += height;
        }
}

static void draw_flow(struct dc_fig *f, const struct dc_flow *w,
                      const json_t *rows)
{
    const struct dc_panel panel = {.x = LEFT,
                                   .y = TOP,
                                   .w = WIDTH,
                                   .h = HEIGHT,
                                   .title = "Majority of the traces so far",
                                   .ylabel = "% of the prompts"};
    struct dc_buf plot;
    dc_buf_init(&plot, SIZE_MAX);
    dc_series_decisions(
        f, &plot,
        dc_fig_table(f, rows, "traces refusal undetermined compliance"),
        &(struct dc_bars){.half = 0.16, .unit = 100.0 / (double)w->n_prompt});
    for (unsigned i = 0; i + 1 < w->n; i++)
        add_ribbons(f, w, i, &plot);
    dc_fig_panel(f, &panel);
    dc_series_key(f, LEFT + WIDTH + 16, TOP);
    dc_fig_cmd(f, "set key invert; set xtics 1; set format x ''");
    dc_fig_cmd(f, "set grid noxtics");
    dc_fig_cmd(f, "plot [0.5:%g][0:100] %s", w->n + 0.5, plot.data);
    dc_buf_release(&plot);
}

static void draw_changes(struct dc_fig *f, const struct dc_flow *w,
                         const json_t *rows)
{
    const struct dc_panel panel = {
        .x = LEFT,
        .y = TOP + HEIGHT + 42,
        .w = WIDTH,
        .h = 100,
        .title = "Prompts whose majority is not yet that of all their traces",
        .xlabel = "traces seen",
        .ylabel = "%"};
    const struct dc_series changes = {
        .block = dc_fig_table(f, rows, "traces %not_the_last"),
        .colour = DC_INK,
        .point = DC_POINT_DISC,
        .interval = DC_INTERVAL_BARS,
        .thin = true,
        .even_open = true};
    double top = 5;
    for (unsigned i = 0; i < w->n; i++)
        top =
            fmax(top, 100 * dc_prop_wilson(w->other[i], w->n_prompt, LEVEL).hi);
    dc_series_draw(f, &panel,
                   dc_arena_printf(&f->arena,
                                   "set xrange [0.5:%g]; set xtics 1; set "
                                   "yrange [0:%g]; set ytics %g",
                                   w->n + 0.5, top, dc_fig_tics(top, 4)),
                   &changes, 1);
    dc_fig_bottom(f, panel.y + panel.h + 46);
}

/* A tie is a compliance, so that curves go down and up again. */
static void note_ties(struct dc_fig *f, const struct dc_flow *w)
{
    uint64_t most = 0;
    unsigned at = 0;
    for (unsigned i = 0; i < w->n; i++)
        if (w->tied[i] > most) {
            most = w->tied[i];
            at = i + 1;
        }
    if (most == 0)
        return;
    dc_fig_note(f,
                "An even number of traces (open points) can be tied, and a tie "
                "counts as compliance: that is the zigzag. Most ties are after "
                "%u traces: %s of %s prompt%s.",
                at, dc_fig_count(f, most), dc_fig_count(f, w->n_prompt),
                dc_plural(w->n_prompt));
    if (w->n % 2 == 0 && !w->cut && w->tied[w->n - 1] > 0)
        dc_fig_note(f,
                    "All %u traces are an even number, too: %s prompt%s in a "
                    "tie.",
                    w->n, dc_fig_count(f, w->tied[w->n - 1]),
                    w->tied[w->n - 1] == 1 ? " ends" : "s end");
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    struct dc_flow w;
    dc_flow_find(src->record, &w);
    json_t *rows = data_of(&w);
    dc_fig_head(f, src, w.n_prompt, w.n_trace, NULL);
    dc_json_put(f->data, "after", rows);
    if (src->record->no_replay)
        dc_fig_empty(f, "%s", src->record->no_replay);
    else if (w.n_prompt == 0)
        dc_fig_empty(f, "no prompt of the run is decided yet");
    if (f->empty)
        return;
    draw_flow(f, &w, rows);
    draw_changes(f, &w, rows);
    dc_fig_note(f, "Darker ribbons: prompts whose majority changes with the "
                   "next trace. A prompt that stopped early keeps its last "
                   "majority. Bars: 95 %% Wilson intervals over prompts.");
    note_ties(f, &w);
    if (w.cut)
        dc_fig_note(f, "Only the first %d traces of a prompt are shown.",
                    (int)DC_FLOW_MOST);
}

const struct dc_plot_row dc_plot_label_flow = {
    .name = "label_flow",
    .title = "How the majority changes with each further trace",
    .about = "Columns are the majority after so many traces, ribbons the "
             "prompts that keep or change it. Where ribbons no longer cross, "
             "further traces change nothing.",
    .draw = draw,
};
