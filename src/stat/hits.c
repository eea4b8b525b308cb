/*
 * hits.c - a hit in so many tries: counted among those made, and after a beta
 * distribution of the prompts' rates, by maximum likelihood from hits among
 * tries (Skellam 1948's beta-binomial).
 *
 * With mean mu and size s, a = s mu and b = s (1 - mu); A_i, B_i and C_i are
 * the prompts with more than i hits, misses and tries. But for a constant the
 * log-likelihood is
 *
 *   L = sum_i A_i ln(s mu + i) + B_i ln(s (1 - mu) + i) - C_i ln(s + i)
 *
 * In mu it is concave: one root, by Newton's method inside a bracket. At that
 * mu its slope in ln s is
 *
 *   h(s) = sum_i i (C_i / (s + i) - A_i / (s mu + i) - B_i / (s (1 - mu) + i))
 *
 * where terms that cancel exactly (sum A + sum B = sum C) are left out. A
 * compound multinomial's likelihood has one mode (Levin and Reeds 1977), so
 * that the sign of h at both ends tells where it is: h(0) is the number of
 * prompts with hits and misses, and s h(s) for large s is what the spread
 * exceeds that of one common rate by.
 *
 * Any rule that ended prompts by their own hits multiplies the likelihood by a
 * number of orders, which has no mu and no s in it.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/dist.h>
#include <deepconf/hits.h>
#include <math.h>
#include <stdlib.h>

/* ---- tries that were made ---- */

double dc_any_hit(unsigned hits, unsigned n, unsigned tries)
{
    assert(hits <= n && tries <= n);
    return dc_hypergeom_sf(0, &(struct dc_urn){n, hits, tries});
}

/* ---- more of them ---- */

/* Prompts with more than i hits, misses, tries; [n] each. */
struct tails_of_hits {
    double *hit, *miss, *tries;
    unsigned n;
    double n_hit, n_miss; /* tries that were one; that were none */
    size_t n_mixed;
};

static void add_cell(struct tails_of_hits *t, const struct dc_hits *h,
                     double weight)
{
    assert(h->hits <= h->n && h->n <= DC_HITS_MAX);
    if (h->n == 0)
        return;
    /* counts first, at their last place; summed up from behind later */
    if (h->hits > 0)
        t->hit[h->hits - 1] += weight;
    if (h->hits < h->n)
        t->miss[h->n - h->hits - 1] += weight;
    t->tries[h->n - 1] += weight;
    t->n_hit += weight * h->hits;
    t->n_miss += weight * (h->n - h->hits);
    t->n_mixed += h->hits > 0 && h->hits < h->n ? (size_t)weight : 0;
}

static void tails_init(struct tails_of_hits *t, const struct dc_hits *h,
                       size_t n, const uint32_t *weight)
{
    *t = (struct tails_of_hits){.n = 1};
    for (size_t i = 0; i < n; i++)
        t->n = h[i].n > t->n ? h[i].n : t->n;
    t->hit = dc_xcalloc(3 * (size_t)t->n, sizeof *t->hit);
    t->miss = t->hit + t->n;
    t->tries = t->miss + t->n;
    for (size_t i = 0; i < n; i++)
        if (!weight || weight[i] > 0)
            add_cell(t, &h[i], weight ? weight[i] : 1);
    for (unsigned i = t->n - 1; i > 0; i--) {
        t->hit[i - 1] += t->hit[i];
        t->miss[i - 1] += t->miss[i];
        t->tries[i - 1] += t->tries[i];
    }
}

/* The mu at which L is largest for s; *mu is where to begin. */
static void best_mean(const struct tails_of_hits *t, double s, double *mu)
{
    double lo = 0, hi = 1;
    for (int step = 0; step < 200; step++) {
        double f = 0, slope = 0;
        for (unsigned i = 0; i < t->n; i++) {
            double a = s / (s * *mu + i), b = s / (s * (1 - *mu) + i);
            f += t->hit[i] * a - t->miss[i] * b;
            slope += t->hit[i] * a * a + t->miss[i] * b * b;
        }
        if (f > 0)
            lo = *mu;
        else
            hi = *mu;
        double next = *mu + f / slope;
        if (!(next > lo && next < hi))
            next = 0.5 * (lo + hi);
        bool done = fabs(next - *mu) <= 1e-15 * *mu;
        *mu = next;
        if (done)
            return;
    }
}

static double slope_in_size(const struct tails_of_hits *t, double s, double *mu)
{
    double h = 0;
    best_mean(t, s, mu);
    for (unsigned i = 1; i < t->n; i++)
        h += i * (t->tries[i] / (s + i) - t->hit[i] / (s * *mu + i) -
                  t->miss[i] / (s * (1 - *mu) + i));
    return h;
}

/* Has h a sign change, or is the spread at most that of one common rate? */
static bool spreads(const struct tails_of_hits *t, double mu)
{
    double h = 0;
    for (unsigned i = 1; i < t->n; i++)
        h += i * (t->tries[i] - t->hit[i] / mu - t->miss[i] / (1 - mu));
    return h < 0;
}

/* An end of the bracket of ln s, and h there. */
struct hits_end {
    double at, h;
};

/* The root of h in ln s between lo, where h > 0, and hi: the Illinois method,
 * a secant whose end that stays is made light. */
static double root_of(const struct tails_of_hits *t, struct hits_end lo,
                      struct hits_end hi, double *mu)
{
    int stayed = 0;
    while (hi.at - lo.at > 1e-12) {
        double x = lo.at + (hi.at - lo.at) * lo.h / (lo.h - hi.h);
        double h = slope_in_size(t, exp(x), mu);
        if (h == 0 || x <= lo.at || x >= hi.at)
            return x;
        if (h > 0) {
            bool near = x - lo.at < 1e-12;
            lo = (struct hits_end){x, h};
            hi.h = stayed == 1 ? hi.h / 2 : hi.h;
            stayed = 1;
            if (near)
                break;
        } else {
            bool near = hi.at - x < 1e-12;
            hi = (struct hits_end){x, h};
            lo.h = stayed == -1 ? lo.h / 2 : lo.h;
            stayed = -1;
            if (near)
                break;
        }
    }
    return stayed == 1 ? lo.at : hi.at;
}

/* The s at which L is largest. False: it lies beyond any that could be told
 * from one common rate. */
static bool best_size(const struct tails_of_hits *t, double *s, double *mu)
{
    const double step = 1.5, most = 21; /* of ln s */
    struct hits_end lo = {0, slope_in_size(t, 1, mu)}, hi = lo;
    while (hi.h > 0 && hi.at < most) {
        lo = hi;
        hi.at += step;
        hi.h = slope_in_size(t, exp(hi.at), mu);
    }
    while (lo.h <= 0 && lo.at > -most) {
        hi = lo;
        lo.at -= step;
        lo.h = slope_in_size(t, exp(lo.at), mu);
    }
    if (hi.h > 0)
        return false;
    *s = exp(root_of(t, lo, hi, mu));
    best_mean(t, *s, mu);
    return true;
}

bool dc_beta_fit_hits(const struct dc_hits *h, size_t n, const uint32_t *weight,
                      struct dc_beta_fit *out)
{
    struct tails_of_hits t;
    double s = 0;
    tails_init(&t, h, n, weight);
    bool any = t.n_hit > 0 && t.n_miss > 0;
    double mu = any ? t.n_hit / (t.n_hit + t.n_miss) : 0;
    *out = (struct dc_beta_fit){.mean = mu, .n_mixed = t.n_mixed};
    if (!any)
        goto out;
    if (t.n_mixed == 0 && t.n > 1) {
        out->kind = DC_BETA_SPLIT;
        out->mean = t.hit[0] / (t.hit[0] + t.miss[0]);
    } else if (!spreads(&t, mu) || !best_size(&t, &s, &mu)) {
        out->kind = DC_BETA_ALIKE;
    } else {
        out->kind = DC_BETA_FITTED;
        out->mean = mu;
        out->a = s * mu;
        out->b = s * (1 - mu);
    }
out:
    free(t.hit);
    return any;
}

double dc_beta_fit_any(const struct dc_beta_fit *f, double tries)
{
    assert(tries >= 1 && tries <= DC_TRIES_MAX);
    if (f->kind == DC_BETA_SPLIT || tries == 1)
        return f->mean;
    if (f->kind == DC_BETA_ALIKE)
        return -expm1(tries * log1p(-f->mean));
    double none =
        dc_log_gamma(f->b + tries) - dc_log_gamma(f->b) -
        (dc_log_gamma(f->a + f->b + tries) - dc_log_gamma(f->a + f->b));
    return -expm1(none < 0 ? none : 0);
}
