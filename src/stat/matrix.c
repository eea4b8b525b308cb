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
