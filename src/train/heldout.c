/*
 * heldout.c - what held-out decisions decide: calibration and threshold.
 */
#include "base/mem.h"
#include "train/train_priv.h"

#include <deepconf/rank.h>
#include <math.h>
#include <stdlib.h>

/* ---- Platt ---- */

static bool is_in(const struct dc_heldout *h, size_t i)
{
    return h->without < 0 || h->fold[i] != (unsigned)h->without;
}

/* Targets that leave room for what was not seen (Platt 1999, section 2.2). */
struct targets {
    double positive, negative;
};

static struct targets targets_of(const struct dc_heldout *h)
{
    double pos = 0, neg = 0;
    for (size_t i = 0; i < h->n; i++) {
        pos += is_in(h, i) && h->positive[i];
        neg += is_in(h, i) && !h->positive[i];
    }
    return (struct targets){(pos + 1) / (pos + 2), 1 / (neg + 2)};
}

/* log(1 + exp(-|z|)) is exact where exp(z) would overflow. */
static double loss(const struct dc_heldout *h, struct targets t, double a,
                   double b)
{
    double sum = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (!is_in(h, i))
            continue;
        double z = a * h->decision[i] + b;
        double y = h->positive[i] ? t.positive : t.negative;
        sum += (z > 0 ? z : 0) - y * z + log1p(exp(-fabs(z)));
    }
    return sum;
}

/* Gradient and Hessian of the loss in (a, b). */
struct slope {
    double ga, gb, haa, hab, hbb;
};

static struct slope derive(const struct dc_heldout *h, struct targets t,
                           double a, double b)
{
    struct slope s = {.haa = 1e-12, .hbb = 1e-12};
    for (size_t i = 0; i < h->n; i++) {
        if (!is_in(h, i))
            continue;
        double x = h->decision[i], p = 1 / (1 + exp(-(a * x + b)));
        double d = p - (h->positive[i] ? t.positive : t.negative);
        double v = p * (1 - p);
        s.ga += d * x;
        s.gb += d;
        s.haa += v * x * x;
        s.hab += v * x;
        s.hbb += v;
    }
    return s;
}

bool dc_train_platt(const struct dc_heldout *h, double *slope, double *offset)
{
    const struct targets t = targets_of(h);
    double a = 0, b = 0;
    double now = loss(h, t, a, b);
    for (int round = 0; round < 200; round++) {
        const struct slope s = derive(h, t, a, b);
        double det = s.haa * s.hbb - s.hab * s.hab, step = 1, next = now;
        if (fabs(s.ga) < 1e-9 && fabs(s.gb) < 1e-9)
            break;
        double da = -(s.hbb * s.ga - s.hab * s.gb) / det;
        double db = -(s.haa * s.gb - s.hab * s.ga) / det;
        for (; step > 1e-10; step /= 2) {
            next = loss(h, t, a + step * da, b + step * db);
            if (next < now)
                break;
        }
        if (!(next < now))
            break;
        a += step * da;
        b += step * db;
        now = next;
    }
    *slope = a;
    *offset = b;
    return a > 1e-9;
}

/* ---- threshold ---- */

double dc_train_best_f1(const struct dc_heldout *h, const struct dc_linear *m)
{
    double f1 = 1, all = 0, last;
    for (size_t i = 0; i < h->n; i++)
        if (is_in(h, i))
            all += dc_linear_probability(m, h->decision[i]);
    do {
        double tp = 0, n = 0;
        for (size_t i = 0; i < h->n; i++) {
            double p = dc_linear_probability(m, h->decision[i]);
            if (!is_in(h, i) || p < f1 / 2)
                continue;
            tp += p;
            n++;
        }
        last = f1;
        f1 = 2 * tp / (n + all);
    } while (fabs(f1 - last) > 1e-12 && f1 > 1e-6);
    return f1 / 2;
}

/* How good a point is for the aim; below 0: it misses the target. */
static double worth(const struct dc_roc_point *p, uint64_t n_pos,
                    const struct dc_train_cfg *cfg, double *reached)
{
    double tp = (double)p->tp, fp = (double)p->fp, pos = (double)n_pos;
    double precision = tp / (tp + fp), recall = tp / pos;
    switch (cfg->aim) {
    case DC_TRAIN_PRECISION:
        *reached = precision;
        return precision >= cfg->target ? recall : -1;
    case DC_TRAIN_RECALL:
        *reached = recall;
        return recall >= cfg->target ? precision : -1;
    default:
        *reached = 2 * tp / (pos + tp + fp);
        return *reached;
    }
}

/* The ROC curve of the rows that are in. */
static size_t curve(const struct dc_heldout *h, struct dc_roc_point *p)
{
    double *score = dc_xcalloc(h->n + 1, sizeof *score);
    bool *positive = dc_xcalloc(h->n + 1, sizeof *positive);
    size_t m = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (!is_in(h, i))
            continue;
        score[m] = h->decision[i];
        positive[m++] = h->positive[i];
    }
    m = dc_roc(score, positive, m, p);
    free(score);
    free(positive);
    return m;
}

bool dc_train_threshold(const struct dc_heldout *h,
                        const struct dc_train_cfg *cfg, double *at,
                        double *best)
{
    struct dc_roc_point *p = dc_xcalloc(h->n + 1, sizeof *p);
    size_t m = curve(h, p), k = m;
    double most = -1, reached;
    *best = 0;
    for (size_t i = 0; i < m; i++) {
        double v = worth(&p[i], p[m - 1].tp, cfg, &reached);
        if (reached > *best)
            *best = reached;
        if (v <= most)
            continue;
        most = v;
        k = i;
    }
    if (k < m)
        *at = k + 1 < m ? (p[k].threshold + p[k + 1].threshold) / 2
                        : p[k].threshold;
    free(p);
    return k < m;
}
