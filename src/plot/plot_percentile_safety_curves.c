/*
 * plot_percentile_safety_curves.c - what the policy
 * confidence-percentile(q) scores and saves at each percentile q, beside the
 * majority over all traces.
 */
#include "base/mem.h"
#include "plot/figure.h"
#include "results/sweep_report.h"

#include <string.h>

enum { MAX_ROWS = 32, WHY_COLS = 70, RATES = 5 };

/* What is drawn of each row; RATES of the majority over all traces, too. */
static const char *const percentile_key[] = {
    "sensitivity", "specificity",  "precision",    "accuracy",
    "f1",          "tokens_saved", "traces_saved",
};

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

static bool has_value(const json_t *rows, const char *key)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *x = json_object_get(json_array_get(rows, i), key);
        if (json_is_number(x) || json_is_number(json_object_get(x, "value")))
            return true;
    }
    return false;
}

/* Which of them have a value anywhere, and why others have none. */
static void put_words(struct dc_fig *f, const struct dc_sweep *s,
                      const struct curves *c)
{
    const bool tokens = has_value(c->points, "tokens_saved");
    const bool traces = has_value(c->points, "traces_saved");
    const char *why = dc_sweep_no_saving(s);
    json_t *has = json_object();
    for (size_t i = 0; i < DC_COUNT(percentile_key); i++)
        dc_json_put(has, percentile_key[i],
                    json_boolean(
                        has_value(c->points, percentile_key[i]) ||
                        (i < RATES && has_value(c->all_k, percentile_key[i]))));
    if (!json_is_true(json_object_get(has, "accuracy")))
        dc_fig_why(f, "why_rates", WHY_COLS,
                   "no prompt with a gold label is decided for refusal or "
                   "compliance");
    dc_json_put(f->draw, "has", has);
    if (!tokens)
        dc_fig_note(f, "No %s are shown: %s.",
                    traces ? "tokens saved" : "savings",
                    why ? why : "not known");
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
    put_words(f, s, &c);
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
    .gp = dc_plot_percentile_safety_curves_gp,
};
