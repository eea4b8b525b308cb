/*
 * plot_stability.c - would fewer traces decide the same, and would more tries
 * find a compliance? The figures of `deepconf stability` (trace_stability.h).
 */
#include "plot/series.h"
#include "results/stability_report.h"

#include <math.h>

enum { LEFT = 92, WIDTH = 520, TOP = DC_FIG_TOP + 26, HEIGHT = 180 };
enum { TRIES_Y = TOP + HEIGHT + 96 };

static void draw_kept(struct dc_fig *f, const struct dc_stability *s,
                      const json_t *rows)
{
    const struct dc_panel panel = {
        .x = LEFT,
        .y = TOP,
        .w = WIDTH,
        .h = HEIGHT,
        .title = dc_arena_printf(
            &f->arena, "The majority of %s n traces is that of all %u",
            s->by_order ? "the first" : "any", s->kept_of),
        .xlabel = "n, traces",
        .ylabel = "% of the prompts"};
    double least = 100;
    if (s->kept_of < 2) {
        dc_fig_panel_says(f, &panel, "one trace of a prompt is looked at");
        return;
    }
    for (size_t i = 0; i < s->n_kept; i++) {
        const struct dc_boot *b = &s->kept[i].share;
        least = fmin(least, 100 * (b->defined ? b->lo : b->value.value));
    }
    const struct dc_series kept = {.block =
                                       dc_fig_table(f, rows, "traces %share"),
                                   .colour = DC_INK,
                                   .point = DC_POINT_DISC,
                                   .interval = DC_INTERVAL_BARS,
                                   .thin = true,
                                   .even_open = true};
    dc_series_draw(f, &panel,
                   dc_arena_printf(&f->arena,
                                   "set xrange [0.5:%g]; set xtics 1,%u; set "
                                   "yrange [%g:100.5]",
                                   s->kept_of + 0.5,
                                   dc_fig_whole_tics(s->kept_of, 16),
                                   10 * floor(least / 10 - 0.01)),
                   &kept, 1);
    dc_fig_note(f, "A tie counts as compliance, so that an even number of "
                   "traces (open points) leans to it: compare odd numbers.");
}

/* Commands of the axis up to the last try that has a figure, with tics that
 * have room beside each other. */
static const char *tries_axes(struct dc_fig *f, const struct dc_stability *s)
{
    const char *tics = "";
    double last_tic = 0;
    unsigned last = 1;
    for (size_t i = 0; i < s->n_tries; i++) {
        const struct dc_stability_tries *t = &s->tries[i];
        if (!t->drawn && !t->fitted)
            continue;
        last = t->n;
        if (t->n < 1.3 * last_tic)
            continue;
        tics = dc_arena_printf(&f->arena, "%s%s%u", tics,
                               last_tic > 0 ? ", " : "", t->n);
        last_tic = t->n;
    }
    return dc_arena_printf(&f->arena,
                           "set logscale x; set xrange [0.9:%g]; set xtics "
                           "(%s); set yrange [0:100]; set ytics 25",
                           1.1 * last, tics);
}

static void draw_tries(struct dc_fig *f, const struct dc_stability *s,
                       const json_t *rows)
{
    const size_t n = s->scope[DC_TRACES_TO_REFUSE].n_prompt;
    const struct dc_panel panel = {
        .x = LEFT,
        .y = TRIES_Y,
        .w = WIDTH,
        .h = HEIGHT,
        .title = dc_arena_printf(
            &f->arena,
            "Harmful prompts (%s) with at least one compliance in N tries",
            dc_fig_count(f, n)),
        .xlabel = "N, tries",
        .ylabel = "% of them"};
    if (s->n_tries == 0) {
        dc_fig_panel_says(f, &panel,
                          "no prompt is labelled as one that should be "
                          "refused");
        return;
    }
    const struct dc_series tries[] = {
        {.block = dc_fig_table(f, rows, "tries %fitted"),
         .label = "beta-binomial fit",
         .colour = DC_FRAME,
         .interval = DC_INTERVAL_BAND,
         .thin = true,
         .dashed = true},
        {.block = dc_fig_table(f, rows, "tries %counted"),
         .label = "counted",
         .colour = DC_COMPLIANCE,
         .point = DC_POINT_SQUARE,
         .interval = DC_INTERVAL_BARS}};
    const size_t first = s->no_fit ? 1 : 0;
    dc_series_draw(f, &panel, tries_axes(f, s), tries + first, 2 - first);
    if (s->no_fit)
        dc_fig_note(f, "More tries than were drawn are not looked at: %s.",
                    s->no_fit);
    else
        dc_fig_note(
            f,
            "Counted: over every choice of a prompt's %u traces. Beyond "
            "them the fit is an extrapolation: it holds if the "
            "prompts' rates are spread as a beta distribution is.",
            s->n_each);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_stability *s = src->stability;
    if (!dc_plot_needs_stability(src, f))
        return;
    json_t *kept = dc_stability_kept_json(s);
    json_t *tries = dc_stability_tries_json(s);
    dc_fig_head(f, src, s->n_prompt, s->scope[DC_TRACES_ALL].n_trace, NULL);
    dc_json_put(f->data, "majority_kept", kept);
    dc_json_put(f->data, "at_least_one_compliance", tries);
    draw_kept(f, s, json_object_get(kept, "by_traces"));
    draw_tries(f, s, json_object_get(tries, "by_tries"));
    dc_fig_bottom(f, TRIES_Y + HEIGHT + 46);
    dc_fig_note(f, "Bars and band: %g %% intervals, resampling prompts.",
                100 * s->cfg.boot.level);
    if (!s->whole && src->record->knows.drawn)
        dc_fig_note(f,
                    "Prompts were ended early: figures are of the first %u "
                    "traces of each, which the policy draws whatever they say.",
                    s->n_each);
}

const struct dc_plot_row dc_plot_stability = {
    .name = "stability",
    .title = "Would fewer traces decide the same, and more tries find another "
             "answer?",
    .about = "Above: how many traces a decision needs. Below: a model that "
             "refuses once may comply when asked again; that is the rate at "
             "which somebody who asks N times gets an answer.",
    .draw = draw,
};
