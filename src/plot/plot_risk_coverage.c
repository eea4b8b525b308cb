/*
 * plot_risk_coverage.c - if only the surest traces were kept, how many of them
 * would be wrong? One curve per measure; that of the run's own has a band.
 */
#include "plot/curves.h"
#include "plot/forest.h"
#include "replay/trace_risk.h"
#include "results/json_stat.h"

#include <math.h>

enum { LEFT = 84, TOP = DC_FIG_TOP + 14, WIDTH = 460, HEIGHT = 370 };
enum { STEPS = DC_RISK_STEPS };

static void put_band(struct dc_fig *f, const struct dc_risk_curve *c,
                     struct dc_buf *plot)
{
    const char *block = dc_fig_block(f);
    for (int i = 0; i < STEPS; i++)
        if (c->band[i].defined)
            dc_fig_row(f, "%.6g %.6g %.6g", 100 * c->coverage[i],
                       100 * c->band[i].lo, 100 * c->band[i].hi);
    dc_fig_row(f, "NaN NaN NaN");
    dc_fig_block_end(f);
    dc_buf_addf(plot,
                "%s using 1:2:3 with filledcurves fs transparent solid 0.12 fc "
                "rgb INK notitle",
                block);
}

static const char *put_curve(struct dc_fig *f, const struct dc_risk_curve *c)
{
    const char *block = dc_fig_block(f);
    for (int i = 0; i < STEPS; i++)
        dc_fig_row(f, "%.6g %.6g", 100 * c->coverage[i], 100 * c->risk[i]);
    dc_fig_block_end(f);
    return block;
}

static void put_data(struct dc_fig *f, const struct dc_trace_measure *m,
                     const struct dc_trace_target *t,
                     const struct dc_risk_curve *c)
{
    json_t *o = json_object(), *risk = json_array();
    dc_json_put(o, "aurc", dc_json_boot(&t->aurc));
    dc_json_put(o, "excess", json_real(t->risk.excess));
    dc_json_put(o, "risk_all", json_real(t->risk.risk));
    for (int i = STEPS / DC_RISK_BANDS - 1; i < STEPS;
         i += STEPS / DC_RISK_BANDS)
        json_array_append_new(risk, json_real(c->risk[i]));
    dc_json_put(o, "risk_by_twentieths", risk);
    dc_json_put(f->data, m->column->measure.spec.text, o);
}

static const char *add_curve(struct dc_fig *f, const struct dc_plot_src *src,
                             const struct dc_trace_measure *m,
                             const struct dc_trace_rows *x, struct dc_buf *plot)
{
    const bool own = m == dc_plot_own(src);
    struct dc_risk_curve c;
    if (!x)
        return NULL;
    dc_risk_curve_find(x, own ? &src->stats->cfg.boot : NULL, &c);
    if (own)
        put_band(f, &c, plot);
    put_data(f, m, &m->target[dc_curves_target(src->stats)], &c);
    return put_curve(f, &c);
}

/* If every wrong trace came last. */
static const char *put_oracle(struct dc_fig *f, double risk)
{
    const char *block = dc_fig_block(f);
    for (int i = 1; i <= STEPS; i++) {
        double c = (double)i / STEPS;
        dc_fig_row(f, "%.6g %.6g", 100 * c, 100 * fmax(0, (c - 1 + risk) / c));
    }
    dc_fig_block_end(f);
    return block;
}

static void draw_curves(struct dc_fig *f, const struct dc_plot_src *src,
                        const struct dc_buf *plot)
{
    const enum dc_target t = dc_curves_target(src->stats);
    const struct dc_trace_target *own = &dc_plot_own(src)->target[t];
    const double risk = own->has_risk ? own->risk.risk : 0;
    const char *oracle = put_oracle(f, risk);
    const struct dc_panel panel = {
        .x = LEFT,
        .y = TOP,
        .w = WIDTH,
        .h = HEIGHT,
        .xlabel = "coverage: % of the traces kept, the surest",
        .ylabel = dc_arena_printf(&f->arena, "risk: %% of them that are %s",
                                  dc_curves_negative(t))};
    dc_curves_panel(f, &panel, "Mean risk (AURC, lower is better)");
    dc_fig_line_at_y(f, 100 * risk);
    dc_fig_cmd(f, "set yrange [0:*]; set xtics 20");
    dc_fig_cmd(f,
               "plot [0:100] %s, %s using 1:2 with lines dt 3 lw 1.4 lc rgb "
               "FRAME title %s",
               plot->data, oracle, dc_fig_text(f, "a perfect order"));
    dc_fig_bottom(f, TOP + HEIGHT + 46);
    dc_fig_note(
        f,
        "Dashed: the risk of all traces, which an order of chance "
        "keeps. Band: %g %% interval of the thick curve at a fixed "
        "threshold, resampling prompts; in brackets that of the AURC%s.",
        100 * src->stats->cfg.boot.level, dc_forest_few(&own->aurc));
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_curves how = {.of_risk = true, .add = add_curve};
    struct dc_buf plot;
    dc_buf_init(&plot, SIZE_MAX);
    if (dc_curves_begin(f, src, &how, &plot))
        draw_curves(f, src, &plot);
    else if (!f->empty)
        dc_fig_empty(f, "no trace has a value and is known to be right or "
                        "wrong");
    dc_buf_release(&plot);
}

const struct dc_plot_row dc_plot_risk_coverage = {
    .name = "risk_coverage",
    .title = "If only the surest traces were kept, how many would be wrong?",
    .about = "A measure that knows its errors has a curve that falls to the "
             "left. One that is flat says nothing; one that rises is upside "
             "down.",
    .draw = draw,
};
