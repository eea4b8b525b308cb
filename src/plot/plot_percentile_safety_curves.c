/*
 * plot_percentile_safety_curves.c - what the policy
 * confidence-percentile(q) scores and saves at each percentile q, beside the
 * majority over all K traces.
 */
#include "plot/groups.h"
#include "plot/series.h"
#include "results/json_stat.h"
#include "results/sweep_report.h"

#include <string.h>

enum { MAX_ROWS = 32, LEFT = 84, WIDTH = 560, ALL_K = 105 };

enum { SENSITIVITY, SPECIFICITY, PRECISION, ACCURACY, F1, N_RATES };
static const char *const rate_name[N_RATES] = {"sensitivity", "specificity",
                                               "precision", "accuracy", "F1"};
/* Of prompts to be refused, and to be answered; the others are of both. */
static const struct dc_mark rate_mark[N_RATES] = {
    {DC_REFUSAL, DC_POINT_DISC},
    {DC_COMPLIANCE, DC_POINT_SQUARE},
    {DC_FRAME, DC_POINT_UP},
    {DC_INK, DC_POINT_DOWN},
    {DC_REST, DC_POINT_DIAMOND}};

struct point {
    double q;
    const struct dc_sweep_row *row;
    struct dc_matrix_rates rates;
    struct dc_sweep_saved saved;
};

struct curves {
    struct point point[MAX_ROWS];
    size_t n;
    struct point full; /* the row "fixed" */
    bool has_full;
};

static bool is_plain(const struct dc_sweep_row *r, const char *policy)
{
    return r->n_missing == 0 && !r->setting.has_window &&
           r->setting.vote.row->by_tally &&
           !strcmp(r->setting.policy.row->name, policy);
}

static struct point point_of(const struct dc_sweep *s,
                             const struct dc_sweep_row *r, double q)
{
    struct point p = {.q = q, .row = r};
    p.rates = dc_matrix_rates(&r->matrix, s->cfg.level);
    p.saved = dc_sweep_saving(s, r);
    return p;
}

static void gather(const struct dc_sweep *s, struct curves *c)
{
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[i];
        if (is_plain(r, "confidence-percentile") && c->n < MAX_ROWS)
            c->point[c->n++] = point_of(s, r, r->setting.policy.spec.arg[0]);
        if (is_plain(r, "fixed") && !c->has_full) {
            c->has_full = true;
            c->full = point_of(s, r, ALL_K);
        }
    }
}

static json_t *point_json(const struct point *p)
{
    json_t *o = json_object();
    dc_json_put(o, "setting", json_string(p->row->text));
    dc_json_put(o, "matrix", dc_json_matrix(&p->row->matrix));
    dc_json_put(o, "sensitivity", dc_json_prop(&p->rates.sensitivity));
    dc_json_put(o, "specificity", dc_json_prop(&p->rates.specificity));
    dc_json_put(o, "precision", dc_json_prop(&p->rates.precision));
    dc_json_put(o, "accuracy", dc_json_prop(&p->rates.accuracy));
    dc_json_put(o, "f1", dc_json_ratio(&p->rates.f1));
    dc_json_put(o, "tokens_saved",
                p->saved.has_tokens ? json_real(p->saved.tokens) : NULL);
    dc_json_put(o, "traces_saved",
                p->saved.has_traces ? json_real(p->saved.traces) : NULL);
    return o;
}

static struct dc_prop rate_of(const struct point *p, int rate)
{
    const struct dc_matrix_rates *r = &p->rates;
    switch (rate) {
    case SENSITIVITY:
        return r->sensitivity;
    case SPECIFICITY:
        return r->specificity;
    case PRECISION:
        return r->precision;
    case ACCURACY:
        return r->accuracy;
    default: /* no interval */
        return (struct dc_prop){.defined = r->f1.defined,
                                .value = r->f1.value,
                                .lo = r->f1.value,
                                .hi = r->f1.value};
    }
}

static void put_rate(struct dc_fig *f, const struct point *p, int rate)
{
    const struct dc_prop r = rate_of(p, rate);
    double x = p->q + 0.8 * (rate - N_RATES / 2); /* bars side by side */
    if (r.defined)
        dc_fig_row(f, "%.9g %.9g %.9g %.9g", x, 100 * r.value, 100 * r.lo,
                   100 * r.hi);
}

static void set_axis(struct dc_fig *f, const struct curves *c)
{
    struct dc_buf tics;
    dc_buf_init(&tics, SIZE_MAX);
    for (size_t i = 0; i < c->n; i++)
        dc_buf_addf(&tics, "%s%s %g", i ? ", " : "",
                    dc_fig_text(f, "%g", c->point[i].q), c->point[i].q);
    if (c->has_full)
        dc_buf_addf(&tics, ", %s %d", dc_fig_text(f, "all K"), ALL_K);
    dc_fig_cmd(f, "set xrange [%g:%d]; set xtics (%s)", c->point[0].q - 5,
               ALL_K + 5, tics.data);
    dc_buf_release(&tics);
}

static bool has_rate(const struct curves *c, int rate)
{
    for (size_t i = 0; i < c->n; i++)
        if (rate_of(&c->point[i], rate).defined)
            return true;
    return c->has_full && rate_of(&c->full, rate).defined;
}

static void add_rate(struct dc_fig *f, const struct curves *c, int rate,
                     struct dc_buf *plot)
{
    const char *block = dc_fig_block(f);
    for (size_t i = 0; i < c->n; i++)
        put_rate(f, &c->point[i], rate);
    dc_fig_row(f, "%s", "");
    if (c->has_full)
        put_rate(f, &c->full, rate);
    dc_fig_row(f, "NaN NaN NaN NaN");
    dc_fig_block_end(f);
    dc_series_add(
        f, plot,
        &(struct dc_series){
            .block = block,
            .label = dc_arena_printf(&f->arena, "%s%s", rate_name[rate],
                                     has_rate(c, rate) ? "" : ": no value"),
            .colour = rate_mark[rate].colour,
            .point = rate_mark[rate].point,
            .interval = rate == F1 ? DC_INTERVAL_NONE : DC_INTERVAL_BARS,
            .thin = true,
        });
}

static void draw_rates(struct dc_fig *f, const struct curves *c)
{
    const struct dc_panel panel = {.x = LEFT,
                                   .y = DC_FIG_TOP + 26,
                                   .w = WIDTH,
                                   .h = 230,
                                   .title = "Against the gold labels",
                                   .ylabel = "rate, %"};
    struct dc_buf plot;
    if (!has_rate(c, ACCURACY)) {
        dc_fig_panel_says(f, &panel,
                          "no prompt with a gold label is decided for refusal "
                          "or compliance");
        return;
    }
    dc_buf_init(&plot, SIZE_MAX);
    for (int rate = 0; rate < N_RATES; rate++)
        add_rate(f, c, rate, &plot);
    dc_fig_panel(f, &panel);
    set_axis(f, c);
    dc_fig_cmd(f, "set yrange [0:100]; set ytics 20");
    dc_series_key(f, LEFT + WIDTH + 16, DC_FIG_TOP + 26);
    dc_fig_cmd(f, "plot %s", plot.data);
    dc_buf_release(&plot);
}

/* Tokens (k = 0) or traces saved; false: not known of any point. */
static bool add_savings(struct dc_fig *f, const struct curves *c, int k,
                        struct dc_buf *plot)
{
    static const char *const label[] = {"tokens saved", "traces saved"};
    const char *block = dc_fig_block(f);
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        const struct dc_sweep_saved *x = &c->point[i].saved;
        if (k == 0 ? !x->has_tokens : !x->has_traces)
            continue;
        any = true;
        dc_fig_row(f, "%.9g %.9g", c->point[i].q,
                   100 * (k == 0 ? x->tokens : x->traces));
    }
    dc_fig_row(f, "NaN NaN");
    dc_fig_block_end(f);
    if (any)
        dc_series_add(f, plot,
                      &(struct dc_series){.block = block,
                                          .label = label[k],
                                          .colour = k == 0 ? DC_INK : DC_REST,
                                          .point = k == 0 ? DC_POINT_DISC
                                                          : DC_POINT_SQUARE,
                                          .thin = k == 0});
    return any;
}

/* The last pixel; nothing is drawn where nothing is known. */
static double draw_savings(struct dc_fig *f, const struct dc_sweep *s,
                           const struct curves *c)
{
    enum { Y = DC_FIG_TOP + 316, H = 120, RATES_END = Y - 28 };
    const struct dc_panel panel = {
        .x = LEFT,
        .y = Y,
        .w = WIDTH,
        .h = H,
        .title = "Saved against all K traces",
        .xlabel = "percentile q: a prompt ends at the first trace above "
                  "the q-th of calibration traces",
        .ylabel = "saved, %"};
    const char *why = dc_sweep_no_saving(s);
    struct dc_buf plot;
    dc_buf_init(&plot, SIZE_MAX);
    /* both are often alike: the thin line lies over the thick one */
    bool traces = add_savings(f, c, 1, &plot);
    bool tokens = add_savings(f, c, 0, &plot);
    if (tokens || traces) {
        dc_fig_panel(f, &panel);
        set_axis(f, c);
        dc_fig_cmd(f, "set yrange [0:100]; set ytics 25");
        dc_series_key(f, LEFT + WIDTH + 16, Y);
        dc_fig_cmd(f, "plot %s", plot.data);
    }
    if (!tokens)
        dc_fig_note(f, "No %s are shown: %s.",
                    traces ? "tokens saved" : "savings",
                    why ? why : "not known");
    dc_buf_release(&plot);
    return tokens || traces ? Y + H + 46 : RATES_END;
}

static void put_data(struct dc_fig *f, const struct curves *c)
{
    json_t *points = json_array();
    for (size_t i = 0; i < c->n; i++) {
        json_t *o = point_json(&c->point[i]);
        dc_json_put(o, "percentile", json_real(c->point[i].q));
        json_array_append_new(points, o);
    }
    dc_json_put(f->data, "points", points);
    dc_json_put(f->data, "all_k", c->has_full ? point_json(&c->full) : NULL);
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

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    const struct dc_sweep *s = src->sweep;
    struct curves c = {.n = 0};
    (void)err;
    if (!dc_plot_needs_sweep(src, f))
        return DC_OK;
    gather(s, &c);
    const struct dc_measure_spec *m =
        c.n ? &c.point[0].row->setting.measure : NULL;
    dc_fig_head(f, src,
                &(struct dc_fig_of){s->n_prompt, s->record->n_trace, m});
    put_data(f, &c);
    if (c.n == 0) {
        say_empty(s, f);
        return DC_OK;
    }
    draw_rates(f, &c);
    dc_fig_bottom(f, draw_savings(f, s, &c));
    if (c.point[0].rates.accuracy.n > 0)
        dc_fig_note(f,
                    "Bars: %g %% Wilson intervals over prompts with a gold "
                    "label and a decision (n = %s at q = %g).",
                    100 * s->cfg.level,
                    dc_fig_count(f, c.point[0].rates.accuracy.n), c.point[0].q);
    dc_fig_note(f, "%s",
                c.point[0].row->in_sample
                    ? "IN SAMPLE: thresholds come from the very prompts they "
                      "are scored on."
                    : "Thresholds come from other prompts than those they are "
                      "scored on.");
    return DC_OK;
}

const struct dc_plot_row dc_plot_percentile_safety_curves = {
    .name = "percentile_safety_curves",
    .title = "Stopping at a percentile of confidence",
    .about = "What the policy confidence-percentile scores and saves, "
             "beside the majority over all K traces. A percentile says of "
             "what share of calibration traces the last trace is surer, and "
             "nothing of how often it is right.",
    .draw = draw,
};
