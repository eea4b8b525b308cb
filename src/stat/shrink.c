/*
 * shrink.c - the beta-binomial model of shrink.h, summed over points of (mu,
 * m).
 *
 * B has fixed midpoints. For each m the points of mu are quantiles of
 *
 *     q(mu) = Beta(1 + S, 1 + W - S),  w_i = n_i (m + 1) / (m + n_i),
 *     W = sum w_i,  S = sum w_i k_i / n_i,
 *
 * which is near its distribution given m, w_i being the rows that group i is
 * worth (the variance of k/n is mu (1 - mu) / w_i). A point's weight is the
 * likelihood over q's density there, so that q only says where to look:
 *
 *     P(data | mu, m) = prod_i B(k_i + mu m, n_i - k_i + (1 - mu) m)
 *                              / B(mu m, (1 - mu) m).
 *
 * A group's distribution is then a mixture of betas, a component for each
 * point.
 */
#include "stat/shrink.h"

#include "base/mem.h"

#include <assert.h>
#include <deepconf/dist.h>
#include <math.h>
#include <stdlib.h>

enum { SHRINK_B = 12, SHRINK_MU = 9, SHRINK_STEPS = 60 };

/* Arguments that the beta distribution takes; components that matter. */
static const double shape_least = 0.01, shape_most = 1e6, weight_least = 1e-4;

struct shrink_point {
    double a, b; /* mu m, (1 - mu) m */
    double weight;
};

struct dc_shrink {
    struct shrink_point point[SHRINK_B * SHRINK_MU]; /* [n], weights sum to 1 */
    size_t n;
};

/* Groups with the same counts are one, n_same times. */
struct shrink_kind {
    struct dc_shrink_group g;
    uint64_t n_same;
};

static double log_beta(double a, double b)
{
    return dc_log_gamma(a) + dc_log_gamma(b) - dc_log_gamma(a + b);
}

static double in_range(double shape)
{
    return fmin(fmax(shape, shape_least), shape_most);
}

static int by_counts(const void *a, const void *b)
{
    const struct shrink_kind *x = a, *y = b;
    if (x->g.n != y->g.n)
        return x->g.n < y->g.n ? -1 : 1;
    return (x->g.k > y->g.k) - (x->g.k < y->g.k);
}

/* The kinds of groups with rows, [*n]; caller frees. */
static struct shrink_kind *kinds_of(const struct dc_shrink_group *g, size_t *n)
{
    struct shrink_kind *kind = dc_xcalloc(*n + 1, sizeof *kind);
    size_t n_row = 0, n_kind = 0;
    for (size_t i = 0; i < *n; i++) {
        assert(g[i].k <= g[i].n);
        if (g[i].n > 0)
            kind[n_row++] = (struct shrink_kind){g[i], 1};
    }
    qsort(kind, n_row, sizeof *kind, by_counts);
    for (size_t i = 0; i < n_row; i++)
        if (n_kind > 0 && by_counts(&kind[n_kind - 1], &kind[i]) == 0)
            kind[n_kind - 1].n_same++;
        else
            kind[n_kind++] = kind[i];
    *n = n_kind;
    return kind;
}

static double log_likelihood(const struct shrink_kind *kind, size_t n, double a,
                             double b)
{
    double sum = 0, none = log_beta(a, b);
    for (size_t i = 0; i < n; i++) {
        double k = (double)kind[i].g.k, rest = (double)kind[i].g.n - k;
        sum += (double)kind[i].n_same * (log_beta(a + k, b + rest) - none);
    }
    return sum;
}

/* The points of one m; weights are logarithms so far. */
static void add_points(struct dc_shrink *s, const struct shrink_kind *kind,
                       size_t n, double m)
{
    double rows = 0, yes = 0;
    for (size_t i = 0; i < n; i++) {
        double of = (double)kind[i].g.n, same = (double)kind[i].n_same;
        double w = same * of * (m + 1) / (m + of);
        rows += w;
        yes += w * (double)kind[i].g.k / of;
    }
    double qa = in_range(1 + yes), qb = in_range(1 + rows - yes);
    for (int i = 0; i < SHRINK_MU; i++) {
        double mu = dc_beta_quantile(qa, qb, (i + 0.5) / SHRINK_MU);
        mu = fmin(fmax(mu, 1e-9), 1 - 1e-9);
        double q =
            (qa - 1) * log(mu) + (qb - 1) * log1p(-mu) - log_beta(qa, qb);
        struct shrink_point *p = &s->point[s->n++];
        p->a = in_range(mu * m);
        p->b = in_range((1 - mu) * m);
        p->weight = log_likelihood(kind, n, p->a, p->b) - q;
    }
}

/* Weights from their logarithms; points that don't matter are left out. */
static void normalise(struct dc_shrink *s)
{
    double most = -INFINITY, sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        most = fmax(most, s->point[i].weight);
    for (size_t i = 0; i < s->n; i++) {
        struct shrink_point p = s->point[i];
        p.weight = exp(p.weight - most);
        if (p.weight < weight_least)
            continue;
        s->point[n++] = p;
        sum += p.weight;
    }
    s->n = n;
    for (size_t i = 0; i < n; i++)
        s->point[i].weight /= sum;
}

struct dc_shrink *dc_shrink_create(const struct dc_shrink_group *g, size_t n)
{
    size_t n_kind = n;
    struct shrink_kind *kind = kinds_of(g, &n_kind);
    struct dc_shrink *s = NULL;
    double rows = 0, groups = 0;
    for (size_t i = 0; i < n_kind; i++) {
        groups += (double)kind[i].n_same;
        rows += (double)kind[i].n_same * (double)kind[i].g.n;
    }
    if (groups >= DC_SHRINK_LEAST) {
        s = dc_xcalloc(1, sizeof *s);
        for (int i = 0; i < SHRINK_B; i++) {
            double b = (i + 0.5) / SHRINK_B;
            add_points(s, kind, n_kind, rows / groups * (1 - b) / b);
        }
        normalise(s);
    }
    free(kind);
    return s;
}

void dc_shrink_free(struct dc_shrink *s)
{
    free(s);
}

/* ---- a group ---- */

struct shrink_mixture {
    const struct dc_shrink *s;
    double k, rest;
};

/* P(share <= p), and its density there. */
static double mixture_cdf(const struct shrink_mixture *x, double p,
                          double *density)
{
    double sum = 0;
    *density = 0;
    for (size_t i = 0; i < x->s->n; i++) {
        const struct shrink_point *c = &x->s->point[i];
        double a = in_range(c->a + x->k), b = in_range(c->b + x->rest);
        sum += c->weight * dc_beta_cdf(a, b, p);
        *density += c->weight * exp((a - 1) * log(p) + (b - 1) * log1p(-p) -
                                    log_beta(a, b));
    }
    return sum;
}

/* By Newton's method inside a bracket, to 1e-4 of a share. */
static double mixture_quantile(const struct shrink_mixture *x, double q,
                               double p)
{
    double lo = 0, hi = 1;
    for (int i = 0; i < SHRINK_STEPS; i++) {
        double density, off = mixture_cdf(x, p, &density) - q;
        if (off > 0)
            hi = p;
        else
            lo = p;
        double next = p - off / density;
        if (!(next > lo && next < hi))
            next = (lo + hi) / 2;
        if (fabs(next - p) < 1e-4)
            return next;
        p = next;
    }
    return p;
}

/* Quantiles are looked for from those of the beta distribution with the same
 * mean and variance on, which alone would be off by up to 0.04. */
struct dc_shrunk dc_shrink_of(const struct dc_shrink *s,
                              const struct dc_shrink_group *g, double level)
{
    struct shrink_mixture x = {s, (double)g->k, (double)(g->n - g->k)};
    double mean = 0, square = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct shrink_point *c = &s->point[i];
        double a = c->a + x.k, n = c->a + c->b + x.k + x.rest, m = a / n;
        mean += c->weight * m;
        square += c->weight * m * (a + 1) / (n + 1);
    }
    double of = mean * (1 - mean) / (square - mean * mean) - 1; /* a + b */
    double a = in_range(mean * of), b = in_range((1 - mean) * of);
    double tail = (1 - level) / 2, lo = dc_beta_quantile(a, b, tail),
           hi = dc_beta_quantile_upper(a, b, tail);
    const double least = 1e-12; /* inside (0, 1), where the density is finite */
    return (struct dc_shrunk){
        .value = mean,
        .lo = mixture_quantile(&x, tail, fmax(lo, least)),
        .hi = mixture_quantile(&x, 1 - tail, fmin(hi, 1 - 1e-9)),
    };
}
