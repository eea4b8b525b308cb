/*
 * plot_reliability.c - can a measure be read as a probability? Claimed against
 * observed, in bins of equal width, and how many traces each bin has.
 */
#include "base/mem.h"
#include "plot/curves.h"
#include "plot/forest.h"
#include "results/json_stat.h"

/* The run's own measure if it is a probability, else the first that is one. */
static const struct dc_trace_measure *pick(const struct dc_plot_src *src,
                                           enum dc_target t)
{
    const struct dc_trace_measure *m[DC_CURVES_MAX];
    size_t n = dc_curves_measures(src, false, m);
    for (size_t i = 0; i < n; i++)
        if (m[i]->calib[t].has)
            return m[i];
    return NULL;
}

static json_t *bin_json(const struct dc_calib_bin *b, double middle)
{
    json_t *o = json_object();
    dc_json_put(o, "middle", json_real(middle));
    dc_json_put(o, "claimed", b->observed.n ? json_real(b->p_mean) : NULL);
    dc_json_put(o, "observed", dc_json_prop(&b->observed));
    return o;
}

static json_t *ece_json(double ece, const struct dc_calib_noise *x)
{
    json_t *o = json_object();
    dc_json_put(o, "value", json_real(ece));
    dc_json_put(o, "noise", x->defined ? json_real(x->mean) : NULL);
    dc_json_put(o, "noise_most", x->defined ? json_real(x->most) : NULL);
    return o;
}

static void put_data(struct dc_fig *f, const struct dc_trace_measure *m,
                     const struct dc_trace_calib *c)
{
    json_t *bins = json_array();
    for (uint32_t b = 0; b < c->width.n_bins; b++)
        json_array_append_new(
            bins, bin_json(&c->width.bin[b], (b + 0.5) / c->width.n_bins));
    dc_json_put(f->data, "measure", json_string(m->column->measure.spec.text));
    dc_json_put(f->data, "ece_width", ece_json(c->width.ece, &c->noise_width));
    dc_json_put(f->data, "ece_mass", ece_json(c->mass.ece, &c->noise_mass));
    dc_json_put(f->data, "brier", dc_json_boot(&c->brier));
    dc_json_put(f->data, "mce", json_real(c->width.mce));
    dc_json_put(f->data, "bins", bins);
}

static void put_scores(struct dc_fig *f, const struct dc_trace_calib *c,
                       double level)
{
    struct dc_forest_row row[] = {{.has = true, .value = c->width.ece},
                                  {.has = true, .value = c->mass.ece},
                                  {.has = true, .value = c->width.mce},
                                  dc_forest_boot(&c->brier)};
    row[0].label = "ECE";
    row[1].label = "ECE, equal mass";
    row[2].label = "largest gap";
    row[3].label = "Brier score";
    dc_forest_put(f, "scores", 20, row, DC_COUNT(row));
    dc_fig_note(f,
                "Red: the gap between claim and outcome. Dashed: none. Bars "
                "of bins: %g %% Wilson intervals, too narrow, since traces of "
                "a prompt resemble each other; that of the Brier score "
                "resamples prompts. Noise raises ECE and the largest gap, "
                "which have none: by noise alone ECE would be %s.",
                100 * level,
                c->noise_width.defined
                    ? dc_arena_printf(&f->arena, "%.3f, seldom above %.3f",
                                      c->noise_width.mean, c->noise_width.most)
                    : "above 0 too");
}

static void say_empty(const struct dc_plot_src *src, struct dc_fig *f)
{
    if (dc_curves_no_values(f, src->stats))
        return;
    for (size_t i = 0; i < src->stats->n_measure; i++)
        if (src->stats->measure[i].probability &&
            src->stats->measure[i].n_outside > 0) {
            dc_fig_empty(f,
                         "values of %s lie outside 0 to 1, so it is no "
                         "probability",
                         src->stats->measure[i].column->measure.spec.text);
            return;
        }
    dc_fig_empty(f, "no measure of the run is a probability with an outcome "
                    "to hold it against");
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    if (!dc_plot_needs_stats(src, f))
        return;
    const struct dc_trace_stats *s = src->stats;
    enum dc_target t = dc_curves_target(s);
    const struct dc_trace_measure *m = pick(src, t);
    const struct dc_trace_calib *c = m ? &m->calib[t] : NULL;
    uint64_t n = 0;
    for (uint32_t b = 0; c && b < c->width.n_bins; b++)
        n += c->width.bin[b].observed.n;
    dc_fig_head(f, src, s->n_prompt, n, m ? &m->column->measure : NULL);
    if (!m || !c->width.defined) {
        say_empty(src, f);
        return;
    }
    put_data(f, m, c);
    dc_json_put(
        f->draw, "observed",
        json_string(dc_arena_printf(&f->arena, "observed: share that is %s",
                                    dc_curves_positive(t))));
    dc_json_put(
        f->draw, "claimed",
        json_string(dc_arena_printf(&f->arena, "claimed: %s",
                                    dc_fig_measure(f, &m->column->measure))));
    put_scores(f, c, s->cfg.boot.level);
}

const struct dc_plot_row dc_plot_reliability = {
    .name = "reliability",
    .title = "Can the measure be read as a probability?",
    .about = "If traces with 0.7 are right in 70 % of cases, points lie on the "
             "diagonal. A measure may order traces well and still not be a "
             "probability, and the other way round.",
    .draw = draw,
    .gp = dc_plot_reliability_gp,
};
