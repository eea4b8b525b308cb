/*
 * correct.c - Rogan and Gladen's estimator and its interval.
 *
 *   p = (p_obs + Sp - 1) / (Se + Sp - 1), clipped to [0, 1]
 *
 * The interval is that of draws of p: p_obs, Se and Sp are each drawn from the
 * beta distribution that belief.c makes of their prompts. A bootstrap won't do:
 * a labelled sample in which no error happens to be seen has none in any of its
 * resamples.
 *
 * A judge may also be without error, which no draw is: where no error of one
 * kind was seen, the draws are made again with that rate at 1, and the interval
 * takes in both. Coverage: docs/METHODS.md, section 11.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "stat/boot_priv.h"

#include <deepconf/correct.h>
#include <math.h>
#include <stdlib.h>

#define TWO_PI 6.283185307179586

static const uint64_t STREAM = 0x726f67616e; /* "rogan" */

enum { OBSERVED, SENSITIVITY, SPECIFICITY, N_RATE };

/* False where the judge tells nothing apart. */
static bool rogan_gladen(const double x[N_RATE], double *p)
{
    double gain = x[SENSITIVITY] + x[SPECIFICITY] - 1;
    if (!(gain > 0))
        return false;
    *p = (x[OBSERVED] + x[SPECIFICITY] - 1) / gain;
    return true;
}

static double clip(double p)
{
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

struct sums {
    double refusal, judged;
    double tp, fn, fp, tn;
};

static struct sums whole(const struct dc_correct_sample *s)
{
    struct sums t = {0};
    for (size_t i = 0; i < s->n_prompt; i++) {
        t.refusal += s->refusal[i];
        t.judged += s->judged[i];
    }
    for (size_t i = 0; i < s->n_label; i++) {
        t.tp += s->label[i].tp;
        t.fn += s->label[i].fn;
        t.fp += s->label[i].fp;
        t.tn += s->label[i].tn;
    }
    return t;
}

/* ---- the interval ---- */

static void beliefs(const struct dc_correct_sample *s,
                    struct dc_belief out[N_RATE])
{
    size_t most = s->n_prompt > s->n_label ? s->n_prompt : s->n_label;
    double *num = dc_xcalloc(most, sizeof *num);
    double *den = dc_xcalloc(most, sizeof *den);
    for (size_t i = 0; i < s->n_prompt; i++) {
        num[i] = s->refusal[i];
        den[i] = s->judged[i];
    }
    dc_belief_of(&(struct dc_boot_sums){num, den, s->n_prompt}, &out[OBSERVED]);
    for (int right = SENSITIVITY; right <= SPECIFICITY; right++) {
        for (size_t i = 0; i < s->n_label; i++) {
            const struct dc_correct_label *l = &s->label[i];
            bool se = right == SENSITIVITY;
            num[i] = se ? l->tp : l->tn;
            den[i] = se ? (double)l->tp + l->fn : (double)l->tn + l->fp;
        }
        dc_belief_of(&(struct dc_boot_sums){num, den, s->n_label}, &out[right]);
    }
    free(num);
    free(den);
}

/* Uniform numbers of one draw: a pure function of (seed, draw, which). */
struct source {
    struct dc_rng_key key;
    uint32_t draw, next;
};

static double uniform(struct source *u)
{
    return dc_rng_uniform(&u->key, u->draw, u->next++);
}

/* Gamma of shape a > 0: Marsaglia and Tsang 2000, for a < 1 by that of a + 1.
 */
static double gamma_draw(struct source *u, double a)
{
    double scale = a < 1 ? pow(uniform(u), 1 / a) : 1;
    double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double radius = sqrt(-2 * log(uniform(u)));
        double x = radius * cos(TWO_PI * uniform(u)), v = 1 + c * x;
        double accept = log(uniform(u));
        v = v * v * v;
        if (v > 0 && accept < 0.5 * x * x + d * (1 - v + log(v)))
            return scale * d * v;
    }
}

static double beta_draw(const struct dc_belief *from, struct source *u)
{
    double a = gamma_draw(u, from->a), b = gamma_draw(u, from->b);
    return a / (a + b);
}

/* Was no error seen? */
static bool is_spotless(const struct dc_belief *b)
{
    return b->n_without == 0;
}

/* The draws; with `spotless`, a rate of which no error was seen is 1. */
static void draw(const struct dc_belief from[N_RATE], bool spotless,
                 const struct dc_boot_cfg *cfg, struct dc_boot_values *v)
{
    for (uint32_t b = 0; b < cfg->n_resamples; b++) {
        double x[N_RATE], p = 0;
        for (uint32_t i = 0; i < N_RATE; i++) {
            struct source u = {{cfg->seed, STREAM + i}, b, 0};
            bool one = spotless && i != OBSERVED && is_spotless(&from[i]);
            x[i] = one ? 1 : beta_draw(&from[i], &u);
        }
        v->has[b] = rogan_gladen(x, &p);
        v->x[b] = clip(p);
    }
}

static void interval(const struct dc_correct_sample *s,
                     const struct dc_boot_cfg *cfg, struct dc_boot *rate)
{
    struct dc_boot_values v;
    struct dc_boot_cfg c = *cfg;
    struct dc_belief from[N_RATE];
    c.keep = NULL;
    beliefs(s, from);
    dc_boot_values_init(&v, &c);
    draw(from, false, &c, &v);
    dc_boot_finish(&v, &c, rate); /* none of fewer than two prompts */
    struct dc_boot spotless = *rate;
    if (is_spotless(&from[SENSITIVITY]) || is_spotless(&from[SPECIFICITY])) {
        draw(from, true, &c, &v);
        dc_boot_finish(&v, &c, &spotless);
    }
    dc_boot_values_release(&v);
    rate->lo = fmin(fmin(rate->lo, spotless.lo), rate->value.value);
    rate->hi = fmax(fmax(rate->hi, spotless.hi), rate->value.value);
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
    const double x[N_RATE] = {out->observed.value, out->sensitivity.value,
                              out->specificity.value};
    if (!rogan_gladen(x, &out->unclipped))
        return dc_fail(err, DC_DATA,
                       "the judge's sensitivity %.3f and specificity %.3f add "
                       "up to no more than 1: it tells nothing apart, so its "
                       "rates can't be corrected; use another judge",
                       out->sensitivity.value, out->specificity.value);
    out->rate.value = (struct dc_ratio){true, clip(out->unclipped)};
    out->rate.n_clusters = s->n_prompt < s->n_label ? s->n_prompt : s->n_label;
    interval(s, cfg, &out->rate);
    return DC_OK;
}
