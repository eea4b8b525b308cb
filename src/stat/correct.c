/*
 * correct.c - Rogan and Gladen's estimator and its two-sample bootstrap.
 *
 *   p = (p_obs + Sp - 1) / (Se + Sp - 1), clipped to [0, 1]
 *
 * A resample draws the prompts of the run and, with another stream, those of
 * the labelled sample; one in which the judge tells nothing apart has no value.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"

#include <deepconf/correct.h>
#include <math.h>
#include <stdlib.h>

static const uint64_t OTHER_STREAM = 0x6a75646765;

/* Sums over drawn clusters. */
struct sums {
    double refusal, judged;
    double tp, fn, fp, tn;
};

static void add_prompt(struct sums *t, const struct dc_correct_sample *s,
                       size_t i)
{
    t->refusal += s->refusal[i];
    t->judged += s->judged[i];
}

static void add_label(struct sums *t, const struct dc_correct_label *l)
{
    t->tp += l->tp;
    t->fn += l->fn;
    t->fp += l->fp;
    t->tn += l->tn;
}

/* False where a denominator is 0 or the judge tells nothing apart. */
static bool rogan_gladen(const struct sums *t, double *p)
{
    if (!(t->judged > 0) || !(t->tp + t->fn > 0) || !(t->fp + t->tn > 0))
        return false;
    double se = t->tp / (t->tp + t->fn), sp = t->tn / (t->fp + t->tn);
    if (!(se + sp > 1))
        return false;
    *p = (t->refusal / t->judged + sp - 1) / (se + sp - 1);
    return true;
}

static double clip(double p)
{
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

static struct sums whole(const struct dc_correct_sample *s)
{
    struct sums t = {0};
    for (size_t i = 0; i < s->n_prompt; i++)
        add_prompt(&t, s, i);
    for (size_t i = 0; i < s->n_label; i++)
        add_label(&t, &s->label[i]);
    return t;
}

static void resample(const struct dc_correct_sample *s,
                     const struct dc_boot_cfg *cfg, struct dc_boot_values *v)
{
    size_t most = s->n_prompt > s->n_label ? s->n_prompt : s->n_label;
    uint32_t *drawn = dc_xcalloc(most, sizeof *drawn);
    for (uint32_t b = 0; b < cfg->n_resamples; b++) {
        struct sums t = {0};
        dc_boot_draw(cfg->seed, b, (uint32_t)s->n_prompt, drawn);
        for (size_t i = 0; i < s->n_prompt; i++)
            add_prompt(&t, s, drawn[i]);
        dc_boot_draw(cfg->seed ^ OTHER_STREAM, b, (uint32_t)s->n_label, drawn);
        for (size_t i = 0; i < s->n_label; i++)
            add_label(&t, &s->label[drawn[i]]);
        double p = 0;
        v->has[b] = rogan_gladen(&t, &p);
        v->x[b] = clip(p);
    }
    free(drawn);
}

/* Limits where the resamples have none; see `alike` in the header. */
static void bound(const struct sums *t, size_t n_prompt, double level,
                  struct dc_boot *rate)
{
    const double p = t->refusal / t->judged * (double)n_prompt;
    const struct dc_prop w =
        dc_prop_wilson((uint64_t)(p + 0.5), n_prompt, level);
    struct sums at = *t;
    double x = 0;
    at.judged = 1;
    at.refusal = w.lo;
    rogan_gladen(&at, &x);
    rate->lo = fmin(clip(x), rate->lo);
    at.refusal = w.hi;
    rogan_gladen(&at, &x);
    rate->hi = fmax(clip(x), rate->hi);
}

static struct dc_ratio ratio(double a, double b)
{
    return b > 0 ? (struct dc_ratio){true, a / b}
                 : (struct dc_ratio){.defined = false};
}

enum dc_status dc_correct_rate(const struct dc_correct_sample *s,
                               const struct dc_boot_cfg *cfg,
                               struct dc_corrected *out, struct dc_err *err)
{
    struct dc_boot_values v;
    struct dc_boot_cfg c = *cfg;
    const struct sums t = whole(s);
    *out = (struct dc_corrected){
        .observed = ratio(t.refusal, t.judged),
        .sensitivity = ratio(t.tp, t.tp + t.fn),
        .specificity = ratio(t.tn, t.tn + t.fp),
    };
    if (!out->observed.defined)
        return dc_fail(err, DC_DATA, "no response has a verdict");
    if (!out->sensitivity.defined || !out->specificity.defined)
        return dc_fail(err, DC_DATA,
                       "the labelled sample has %.0f refusals and %.0f "
                       "compliances; a correction needs both",
                       t.tp + t.fn, t.fp + t.tn);
    if (!rogan_gladen(&t, &out->unclipped))
        return dc_fail(err, DC_DATA,
                       "the judge's sensitivity %.3f and specificity %.3f add "
                       "up to no more than 1: it tells nothing apart, so its "
                       "rates can't be corrected; use another judge",
                       out->sensitivity.value, out->specificity.value);
    c.keep = NULL;
    c.pool = NULL;
    out->rate.value = (struct dc_ratio){true, clip(out->unclipped)};
    out->rate.n_clusters = s->n_prompt < s->n_label ? s->n_prompt : s->n_label;
    /* dc_boot_finish() gives none to fewer than two clusters */
    dc_boot_values_init(&v, &c);
    resample(s, &c, &v);
    dc_boot_finish(&v, &c, &out->rate);
    dc_boot_values_release(&v);
    out->alike = out->rate.defined && out->rate.lo == out->rate.hi;
    if (out->alike)
        bound(&t, s->n_prompt, cfg->level, &out->rate);
    return DC_OK;
}
