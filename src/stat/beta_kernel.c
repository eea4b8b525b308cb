/*
 * beta_kernel.c - x^a (1-x)^b / B(a, b) to full precision, and log-gamma.
 *
 * The textbook form, a ln x + b ln y + ln Gamma(a+b) - ln Gamma(a) - ln
 * Gamma(b), subtracts numbers in the ten thousands to get one near zero. The
 * saddle-point form (Loader 2000, "Fast and accurate computation of binomial
 * probabilities") does that subtraction on paper. With n = a + b and
 * ln Gamma(z) = (z - 1/2) ln z - z + ln(2 pi)/2 + delta(z),
 *
 *   x^a y^b / B(a,b) = sqrt(a b / (2 pi n)) e^(delta(n) - delta(a) - delta(b))
 *                      e^-D,    D = a ln(a / (n x)) + b ln(b / (n y)) >= 0.
 *
 * D, the deviance, is 0 where x = a/n and may be 700 in a tail; its two terms
 * have opposite signs and cancel near x = a/n. Both are summed in two-double
 * numbers, so that neither costs a digit.
 *
 * delta(z) is Stirling's series from 16 on (the first term left out is below
 * 3e-20), and below it follows from delta(z + m) by Gamma(z+1) = z Gamma(z).
 */
#include "stat/beta_priv.h"

#include <assert.h>
#include <deepconf/dist.h>

static const double two_pi = 6.28318530717958647693;
static const struct dc_twofold half_ln_two_pi = {0x1.d67f1c864beb5p-1,
                                                 -0x1.65b5a1b7ff5dfp-55};

struct dc_unit_point dc_unit_point(double x)
{
    return (struct dc_unit_point){{x, 0}, dc_two_sum(1, -x)};
}

static double stirling_series(double z)
{
    double v = 1 / (z * z), s = 1.0 / 156;
    s = -691.0 / 360360 + v * s;
    s = 1.0 / 1188 + v * s;
    s = -1.0 / 1680 + v * s;
    s = 1.0 / 1260 + v * s;
    s = -1.0 / 360 + v * s;
    return (1.0 / 12 + v * s) / z;
}

/* (z - 1/2) ln z */
static struct dc_twofold stirling_lead(struct dc_twofold z)
{
    struct dc_twofold half = {-0.5, 0};
    return dc_twofold_mul(dc_twofold_add(z, half), dc_twofold_log(z));
}

struct dc_twofold dc_stirling_error(double z)
{
    assert(z > 0);
    if (z >= 16)
        return (struct dc_twofold){stirling_series(z), 0};
    struct dc_twofold up = {z, 0}, one = {1, 0}, product = {1, 0};
    double m = 0;
    for (; up.hi < 16; m++, up = dc_twofold_add(up, one))
        product = dc_twofold_mul(product, up);
    struct dc_twofold r = stirling_lead(up);
    r = dc_twofold_add(r, dc_twofold_neg(dc_twofold_log(product)));
    r = dc_twofold_add(
        r, dc_twofold_neg(stirling_lead((struct dc_twofold){z, 0})));
    return dc_twofold_add(r, dc_two_sum(-m, stirling_series(up.hi)));
}

double dc_log_gamma(double z)
{
    struct dc_twofold zz = {z, 0};
    struct dc_twofold r =
        dc_twofold_add(stirling_lead(zz), dc_stirling_error(z));
    return dc_twofold_add(dc_twofold_add(r, half_ln_two_pi), dc_two_sum(-z, 0))
        .hi;
}

/* a ln(a / (n x)); the power of two of x apart, as a / (n x) may overflow */
static struct dc_twofold deviance_part(double a, struct dc_twofold n,
                                       struct dc_twofold x)
{
    int e;
    struct dc_twofold m = {frexp(x.hi, &e), 0};
    m.lo = ldexp(x.lo, -e);
    struct dc_twofold r =
        dc_twofold_div((struct dc_twofold){a, 0}, dc_twofold_mul(n, m));
    r = dc_twofold_add(dc_twofold_log(r), dc_twofold_scale(dc_twofold_ln2, -e));
    return dc_twofold_scale(r, a);
}

struct dc_scaled dc_beta_kernel(double a, double b, struct dc_unit_point p)
{
    assert(a > 0 && b > 0 && p.x.hi > 0 && p.y.hi > 0);
    struct dc_twofold n = dc_two_sum(a, b);
    struct dc_twofold e =
        dc_twofold_add(deviance_part(a, n, p.x), deviance_part(b, n, p.y));
    e = dc_twofold_add(e, dc_stirling_error(a));
    e = dc_twofold_add(e, dc_stirling_error(b));
    e = dc_twofold_add(dc_stirling_error(n.hi), dc_twofold_neg(e));
    struct dc_scaled r = dc_twofold_exp(e);
    r.m *= sqrt(a / n.hi * b / two_pi);
    return r;
}
