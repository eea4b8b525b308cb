/*
 * golden_beta.c - checker of Beta rows, with an umpire.
 *
 * In its far tails SciPy itself is off now and then: of Beta(1157.99, 38.869)
 * it has P(X <= 1/2) = 0, which is 6.4e-289, and its root search gives up for
 * some small a. So where SciPy and the program differ, both are held against
 * a third value, summed in long double and sharing nothing with either:
 *
 *     I_x(a, b) = x^a (1-x)^b / (a B(a, b)) sum_i prod_{j<=i} (a+b+j)/(a+1+j) x
 *
 * (all terms are positive; right of the mean it is 1 - I_{1-x}(b, a)). If the
 * program agrees with that, the reference is reported as off and the row is
 * right; else the row is wrong.
 */
#include "golden.h"

#include <deepconf/dist.h>
#include <math.h>

enum { TERMS_MAX = 10000000 };

/* Where SciPy is believed throughout: from these upwards. */
static const double far_p = 1e-200, far_q = 1e-8;

static long double series(long double a, long double b, long double x,
                          long double y)
{
    long double term = 1, sum = 1;
    for (int i = 1; i < TERMS_MAX && term > sum * 1e-22L; i++) {
        term *= (a + b + i - 1) / (a + i) * x;
        sum += term;
    }
    return sum / a *
           expl(a * logl(x) + b * logl(y) + lgammal(a + b) - lgammal(a) -
                lgammal(b));
}

/* P(X <= x), 0 < x < 1. */
static long double umpire(long double a, long double b, long double x)
{
    if (x <= a / (a + b))
        return series(a, b, x, 1 - x);
    return 1 - series(b, a, 1 - x, x);
}

static bool agrees(long double truth, double got)
{
    return fabsl(truth - got) <= 1e-12L * truth + 1e-323L;
}

/* Is x, but for 1e-12 of it, where P(X <= x) passes q? */
static bool passes(double a, double b, double q, double x)
{
    long double low = x * (1 - 1e-12L), high = x * (1 + 1e-12L);
    return x > 0 && umpire(a, b, low) <= q &&
           (high >= 1 || umpire(a, b, high) >= q);
}

static bool beta_of(struct golden *g, const json_t *row, double *a, double *b,
                    double *q)
{
    if (!golden_number(g, row, "a", a) || !golden_number(g, row, "b", b) ||
        !golden_number(g, row, "q", q))
        return false;
    if (*a >= 0.01 && *a <= 1e6 && *b >= 0.01 && *b <= 1e6 && *q >= 0 &&
        *q <= 1)
        return true;
    golden_differs(g, "a, b, q", "0.01 to 1e6 for a and b, 0 to 1 for q",
                   "another number");
    return false;
}

void golden_beta(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"a", "b",           "q",
                                        "x", "cdf_at_half", NULL};
    double a, b, q, want;

    golden_keys(g, row, known);
    if (!beta_of(g, row, &a, &b, &q))
        return;
    double x = dc_beta_quantile(a, b, q), half = dc_beta_cdf(a, b, 0.5);
    if (golden_number(g, row, "x", &want)) {
        if (q < far_q && !golden_is_near(want, x, 0) && passes(a, b, q, x))
            golden_reference_off(g, "x", want, x);
        else
            golden_near(g, "x", want, x);
    }
    if (golden_number(g, row, "cdf_at_half", &want)) {
        if (half < far_p && !golden_is_near(want, half, 0) &&
            agrees(umpire(a, b, 0.5L), half))
            golden_reference_off(g, "cdf_at_half", want, half);
        else
            golden_near(g, "cdf_at_half", want, half);
    }
}
