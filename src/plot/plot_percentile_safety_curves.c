/*
 * plot_percentile_safety_curves.c - what the policy
 * confidence-percentile(q) scores and saves at each percentile q, beside the
 * majority over all traces.
 */
#include "base/mem.h"
#include "plot/series.h"
#include "results/sweep_report.h"

#include <string.h>

enum { MAX_ROWS = 32, LEFT = 84, WIDTH = 560, RATES_Y = DC_FIG_TOP + 26 };
#define ALL_K "105" /* where the majority over all K stands on the axis */

/* Of prompts to be refused, and to be answered; the others are of both. */
static const struct {
    const char *key, *label;
    int colour, point;
} rate[] = {{"sensitivity", "sensitivity", DC_REFUSAL, DC_POINT_DISC},
            {"specificity", "specificity", DC_COMPLIANCE, DC_POINT_SQUARE},
            {"precision", "precision", DC_FRAME, DC_POINT_UP},
            {"accuracy", "accuracy", DC_INK, DC_POINT_DOWN},
            {"f1", "F1", DC_REST, DC_POINT_DIAMOND}};

struct curves {
    const struct dc_sweep_row *row[MAX_ROWS];
    size_t n;
    const struct dc_sweep_row *full; /* "fixed"; NULL: there is none */
    json_t *points, *all_k;          /* in the data; all_k: of one or none */
};

static bool is_plain(const struct dc_sweep_row *r, const char *policy)
{
    return r->n_missing == 0 && !r->setting.has_window &&
           r->setting.vote.row->by_tally &&
           !strcmp(r->setting.policy.row->name, policy);
}

static double percentile_of(const struct dc_sweep_row *r)
{
    return r->setting.policy.spec.arg[0];
}

static void gather(const struct dc_sweep *s, struct curves *c)
{
    *c = (struct curves){.points = json_array(), .all_k = json_array()};
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[i];
        if (is_plain(r, "fixed") && !c->full)
            c->full = r;
        if (!is_plain(r, "confidence-percentile") || c->n == MAX_ROWS)
            continue;
        json_t *o = dc_sweep_row_json(s, r);
        dc_json_put(o, "percentile", json_real(percentile_of(r)));
        json_array_append_new(c->points, o);
        c->row[c->n++] = r;
    }
    if (c->full)
        json_array_append_new(c->all_k, dc_sweep_row_json(s, c->full));
}

/* The axis of percentiles, and another one up to 100. */
static const char *axes_of(struct dc_fig *f, const struct curves *c, int step)
{
    const char *tics = "";
    for (size_t i = 0; i < c->n; i++) {
        double q = percentile_of(c->row[i]);
        tics = dc_arena_printf(&f->arena, "%s%s%s %g", tics, i ? ", " : "",
                               dc_fig_text(f, "%g", q), q);
    }
    if (c->full)
        tics = dc_arena_printf(&f->arena, "%s, %s " ALL_K, tics,
                               dc_fig_text(f, "all traces"));
    return dc_arena_printf(&f->arena,
                           "set xrange [%g:110]; set xtics (%s); set yrange "
                           "[0:100]; set ytics %d",
                           percentile_of(c->row[0]) - 5, tics, step);
}

static bool has_value(const json_t *rows, const char *key)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *x = json_object_get(json_array_get(rows, i), key);
        if (json_is_number(x) || json_is_number(json_object_get(x, "value")))
            return true;
    }
    return false;
}

/* What is behind x on the axis. */
static struct dc_series rate_at(struct dc_fig *f, const json_t *rows,
                                const char *x, int i)
{
    const char *columns = dc_arena_printf(&f->arena, "%s %%%s", x, rate[i].key);
    return (struct dc_series){
        .block = dc_fig_table(f, rows, columns),
        .colour = rate[i].colour,
        .point = rate[i].point,
        .shift = 0.8 * (i - (int)DC_COUNT(rate) / 2), /* bars side by side */
        .interval = strcmp(rate[i].key, "f1") != 0 ? DC_INTERVAL_BARS
                                                   : DC_INTERVAL_NONE,
        .thin = true};
}

static void draw_rates(struct dc_fig *f, const struct curves *c)
{
    const struct dc_panel panel = {.x = LEFT,
                                   .y = RATES_Y,
                                   .w = WIDTH,
                                   .h = 230,
                                   .title = "Against the gold labels",
                                   .ylabel = "rate, %"};
    struct dc_series s[2 * DC_COUNT(rate)];
    size_t n = 0;
    if (!has_value(c->points, "accuracy") && !has_value(c->all_k, "accuracy")) {
        dc_fig_panel_says(f, &panel,
                          "no prompt with a gold label is decided for refusal "
                          "or compliance");
        return;
    }
    for (int i = 0; i < (int)DC_COUNT(rate); i++) {
        bool has = has_value(c->points, rate[i].key) ||
                   has_value(c->all_k, rate[i].key);
        s[n] = rate_at(f, c->points, "percentile", i);
        s[n++].label = dc_arena_printf(&f->arena, "%s%s", rate[i].label,
                                       has ? "" : ": no value");
        s[n++] = rate_at(f, c->all_k, ALL_K, i);
    }
    dc_series_draw(f, &panel, axes_of(f, c, 20), s, n);
}

/* The last pixel; nothing is drawn where nothing is known. */
static double draw_savings(struct dc_fig *f, const struct dc_sweep *s,
                           const struct curves *c)
{
    const struct dc_panel panel = {
        .x = LEFT,
        .y = DC_FIG_TOP + 316,
        .w = WIDTH,
        .h = 120,
        .title = "Saved against all traces",
        .xlabel = "percentile q: a prompt ends at the first trace above "
                  "the q-th of calibration traces",
        .ylabel = "saved, %"};
    const bool tokens = has_value(c->points, "tokens_saved");
    const bool traces = has_value(c->points, "traces_saved");
    const char *why = dc_sweep_no_saving(s);
    /* both are often alike: the thin line lies over the thick one */
    struct dc_series saved[2];
    size_t n = 0;
    if (traces)
        saved[n++] = (struct dc_series){
            .block = dc_fig_table(f, c->points, "percentile %traces_saved"),
            .label = "traces saved",
            .colour = DC_REST,
            .point = DC_POINT_SQUARE};
    if (tokens)
        saved[n++] = (struct dc_series){
            .block = dc_fig_table(f, c->points, "percentile %tokens_saved"),
            .label = "tokens saved",
            .colour = DC_INK,
            .point = DC_POINT_DISC,
            .thin = true};
    if (!tokens)
        dc_fig_note(f, "No %s are shown: %s.",
                    traces ? "tokens saved" : "savings",
                    why ? why : "not known");
    if (n == 0)
        return panel.y - 28;
    dc_series_draw(f, &panel, axes_of(f, c, 25), saved, n);
    return panel.y + panel.h + 46;
}

static void say_empty(const struct dc_sweep *s, struct dc_fig *f)
{
    const char *why = dc_sweep_why_blank(s, "confidence-percentile");
    if (why)
        dc_fig_empty(f, "confidence-percentile was not replayed: %s", why);
    else if (s->has_full_cost)
        dc_fig_empty(f, "confidence-percentile was not replayed: not all "
                        "traces have the confidence that it would stop by");
    else
        dc_fig_empty(f, "confidence-percentile needs traces that were not "
                        "drawn: run with --stop fixed");
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_sweep *s = src->sweep;
    struct curves c;
    if (!dc_plot_needs_sweep(src, f))
        return;
    gather(s, &c);
    dc_fig_head(f, src, s->n_prompt, s->record->n_trace,
                c.n ? &c.row[0]->setting.measure : NULL);
    dc_json_put(f->data, "points", c.points);
    dc_json_put(f->data, "all_k", c.all_k);
    if (c.n == 0) {
        say_empty(s, f);
        return;
    }
    draw_rates(f, &c);
    dc_fig_bottom(f, draw_savings(f, s, &c));
    uint64_t n = dc_matrix_rates(&c.row[0]->matrix, s->cfg.level).accuracy.n;
    if (n > 0)
        dc_fig_note(f,
                    "Bars: %g %% Wilson intervals over prompts with a gold "
                    "label and a decision (n = %s at q = %g).",
                    100 * s->cfg.level, dc_fig_count(f, n),
                    percentile_of(c.row[0]));
    dc_fig_note(f, "%s",
                c.row[0]->in_sample
                    ? "IN SAMPLE: thresholds come from the very prompts they "
                      "are scored on."
                    : "Thresholds come from other prompts than those they are "
                      "scored on.");
}

const struct dc_plot_row dc_plot_percentile_safety_curves = {
    .name = "percentile_safety_curves",
    .title = "Stopping at a percentile of confidence",
    .about = "What the policy confidence-percentile scores and saves, "
             "beside the majority over all traces. A percentile says of "
             "what share of calibration traces the last trace is surer, and "
             "nothing of how often it is right.",
    .draw = draw,
};
