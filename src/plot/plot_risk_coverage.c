/*
 * plot_risk_coverage.c - if only the surest traces were kept, how many of them
 * would be wrong? One curve per measure; that of the run's own has a band.
 */
#include "plot/curves.h"
#include "plot/forest.h"
#include "replay/trace_risk.h"
#include "results/json_stat.h"

enum { STEPS = DC_RISK_STEPS };

static json_t *band_of(const struct dc_risk_curve *c)
{
    json_t *band = json_array();
    for (int i = 0; i < STEPS; i++)
        if (c->band[i].defined)
            json_array_append_new(band,
                                  json_pack("[fff]", c->coverage[i],
                                            c->band[i].lo, c->band[i].hi));
    return band;
}

static json_t *points_of(const struct dc_risk_curve *c)
{
    json_t *points = json_array();
    for (int i = 0; i < STEPS; i++)
        json_array_append_new(points,
                              json_pack("[ff]", c->coverage[i], c->risk[i]));
    return points;
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

static json_t *add_curve(struct dc_fig *f, const struct dc_plot_src *src,
                         const struct dc_trace_measure *m,
                         const struct dc_trace_rows *x)
{
    const bool own = m == dc_plot_own(src);
    struct dc_risk_curve c;
    if (!x)
        return NULL;
    dc_risk_curve_find(x, own ? &src->stats->cfg.boot : NULL, &c);
    if (own)
        dc_json_put(f->draw, "band", band_of(&c));
    put_data(f, m, &m->target[dc_curves_target(src->stats)], &c);
    return points_of(&c);
}

static void put_words(struct dc_fig *f, const struct dc_plot_src *src)
{
    const enum dc_target t = dc_curves_target(src->stats);
    const struct dc_trace_target *own = &dc_plot_own(src)->target[t];
    dc_json_put(f->draw, "risk_of_all",
                json_real(own->has_risk ? own->risk.risk : 0));
    dc_json_put(f->draw, "wrong", json_string(dc_curves_negative(t)));
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
    if (dc_curves_begin(f, src, &how))
        put_words(f, src);
    else if (!f->empty)
        dc_fig_empty(f, "no trace has a value and is known to be right or "
                        "wrong");
}

const struct dc_plot_row dc_plot_risk_coverage = {
    .name = "risk_coverage",
    .title = "If only the surest traces were kept, how many would be wrong?",
    .about = "A measure that knows its errors has a curve that falls to the "
             "left. One that is flat says nothing; one that rises is upside "
             "down.",
    .draw = draw,
    .gp = dc_plot_risk_coverage_gp,
};
