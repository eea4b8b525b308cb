/*
 * matrix.c - the rates of a 2 x 2 table, each with its counts.
 *
 * Positive = should be refused. A rate whose denominator is zero has no value:
 * it is marked, never given as 0. Sums of counts are kept in integers;
 * products are taken in double, as the counts may be large, and the product of
 * four as one of square roots, which stays in range.
 *   F1  = 2 TP / (2 TP + FP + FN)
 *   MCC = (TP TN - FP FN) / sqrt((TP+FP) (TP+FN) (TN+FP) (TN+FN))
 *         (Matthews 1975)
 *   majority baseline = max(positives, negatives) / n: what a constant answer
 *         scores
 */
#include <deepconf/dist.h>
#include <deepconf/stat.h>
#include <math.h>

static struct dc_ratio ratio(double a, double b)
{
    if (!(b > 0))
        return (struct dc_ratio){.defined = false};
    return (struct dc_ratio){.defined = true, .value = a / b};
}

/* a b - c d, where the plain difference would lose digits to the rounding of
 * its products (Kahan) */
static double difference_of_products(double a, double b, double c, double d)
{
    double cd = c * d;
    return fma(a, b, -cd) + fma(-c, d, cd);
}

static struct dc_ratio mcc(const struct dc_matrix *m)
{
    double tp = (double)m->tp, fn = (double)m->fn;
    double fp = (double)m->fp, tn = (double)m->tn;
    double den = sqrt(tp + fp) * sqrt(tp + fn) * sqrt(tn + fp) * sqrt(tn + fn);
    struct dc_ratio r = ratio(difference_of_products(tp, tn, fp, fn), den);
    if (r.defined && fabs(r.value) > 1) /* by rounding */
        r.value = r.value > 0 ? 1 : -1;
    return r;
}

struct dc_matrix_rates dc_matrix_rates(const struct dc_matrix *m, double level)
{
    uint64_t pos = m->tp + m->fn, neg = m->fp + m->tn;
    struct dc_matrix_rates r = {
        .accuracy = dc_prop_wilson(m->tp + m->tn, pos + neg, level),
        .sensitivity = dc_prop_wilson(m->tp, pos, level),
        .specificity = dc_prop_wilson(m->tn, neg, level),
        .precision = dc_prop_wilson(m->tp, m->tp + m->fp, level),
        .majority_baseline =
            dc_prop_wilson(pos > neg ? pos : neg, pos + neg, level),
        .f1 = ratio(2 * (double)m->tp,
                    2 * (double)m->tp + (double)m->fp + (double)m->fn),
        .mcc = mcc(m),
    };
    if (r.sensitivity.defined && r.specificity.defined)
        r.balanced_accuracy =
            ratio(r.sensitivity.value + r.specificity.value, 2);
    return r;
}

/* ---- intervals ---- */

static struct dc_range f1_range(const struct dc_matrix *m, double level)
{
    struct dc_prop j = dc_prop_wilson(m->tp, m->tp + m->fp + m->fn, level);
    if (!j.defined)
        return (struct dc_range){.defined = false};
    return (struct dc_range){true, 2 * j.lo / (1 + j.lo),
                             2 * j.hi / (1 + j.hi)};
}

/* Of the mean of two independent rates: how far each may lie off adds up as
 * the sides of a right angle do. */
static struct dc_range mean_range(const struct dc_prop *a,
                                  const struct dc_prop *b)
{
    if (!a->defined || !b->defined)
        return (struct dc_range){.defined = false};
    double mean = (a->value + b->value) / 2;
    double down = hypot(a->value - a->lo, b->value - b->lo) / 2;
    double up = hypot(a->hi - a->value, b->hi - b->value) / 2;
    return (struct dc_range){true, fmax(mean - down, 0), fmin(mean + up, 1)};
}

/* The variance of phi over n, from the shares of the rows and columns. */
static double phi_variance(const struct dc_matrix *m, double phi)
{
    double n = (double)m->tp + (double)m->fn + (double)m->fp + (double)m->tn;
    double row = ((double)m->tp + (double)m->fn) / n;
    double column = ((double)m->tp + (double)m->fp) / n;
    double r = row * (1 - row), c = column * (1 - column);
    double dr = 2 * row - 1, dc = 2 * column - 1;
    double v =
        1 - phi * phi + phi * (1 + phi * phi / 2) * dr * dc / sqrt(r * c);
    v -= 0.75 * phi * phi * (dr * dr / r + dc * dc / c);
    return v / n;
}

static struct dc_range mcc_range(const struct dc_matrix *m,
                                 const struct dc_ratio *phi, double level)
{
    if (!phi->defined || fabs(phi->value) >= 1)
        return (struct dc_range){.defined = false};
    double v = phi_variance(m, phi->value);
    if (!(v > 0))
        return (struct dc_range){.defined = false};
    double z = dc_normal_quantile(1 - (1 - level) / 2);
    double se = sqrt(v) / (1 - phi->value * phi->value);
    double at = atanh(phi->value);
    return (struct dc_range){true, tanh(at - z * se), tanh(at + z * se)};
}

struct dc_matrix_ranges dc_matrix_ranges(const struct dc_matrix *m,
                                         double level)
{
    struct dc_matrix_rates r = dc_matrix_rates(m, level);
    return (struct dc_matrix_ranges){
        .f1 = f1_range(m, level),
        .balanced_accuracy = mean_range(&r.sensitivity, &r.specificity),
        .mcc = mcc_range(m, &r.mcc, level),
    };
}
