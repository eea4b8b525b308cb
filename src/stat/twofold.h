/*
 * twofold.h - numbers held as an unevaluated sum of two doubles, hi + lo with
 * |lo| <= ulp(hi) / 2: about 106 bits. Private to stat.
 *
 * Wanted for one thing: exponents. exp(E) has the relative error that E has
 * absolutely, so a tail of 1e-308 (E = -708) loses three digits when E is a
 * double, and E is itself a difference of numbers in the thousands. Building
 * blocks: Knuth's sum, Dekker's product by fma; Dekker, "A floating-point
 * technique for extending the available precision", Numer. Math. 18, 1971.
 */
#ifndef DC_STAT_TWOFOLD_H
#define DC_STAT_TWOFOLD_H

#include <math.h>

struct dc_twofold {
    double hi, lo;
};

/* a + b without error. */
static inline struct dc_twofold dc_two_sum(double a, double b)
{
    double s = a + b, bb = s - a;
    return (struct dc_twofold){s, (a - (s - bb)) + (b - bb)};
}

/* a b without error, unless it underflows. */
static inline struct dc_twofold dc_two_product(double a, double b)
{
    double p = a * b;
    return (struct dc_twofold){p, fma(a, b, -p)};
}

/* Relative error below 2^-100 for each of these. */
static inline struct dc_twofold dc_twofold_add(struct dc_twofold a,
                                               struct dc_twofold b)
{
    struct dc_twofold s = dc_two_sum(a.hi, b.hi), t = dc_two_sum(a.lo, b.lo);
    s = dc_two_sum(s.hi, s.lo + t.hi);
    return dc_two_sum(s.hi, s.lo + t.lo);
}

static inline struct dc_twofold dc_twofold_neg(struct dc_twofold a)
{
    return (struct dc_twofold){-a.hi, -a.lo};
}

static inline struct dc_twofold dc_twofold_mul(struct dc_twofold a,
                                               struct dc_twofold b)
{
    struct dc_twofold p = dc_two_product(a.hi, b.hi);
    return dc_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline struct dc_twofold dc_twofold_scale(struct dc_twofold a, double b)
{
    return dc_twofold_mul(a, (struct dc_twofold){b, 0});
}

struct dc_twofold dc_twofold_div(struct dc_twofold a, struct dc_twofold b);

/* ln v for v > 0, as a sum of two doubles; absolute error below 2^-98 max(1,
 * |ln v|). */
struct dc_twofold dc_twofold_log(struct dc_twofold v);

extern const struct dc_twofold dc_twofold_ln2;

/* A value m 2^e that may lie outside the range of double. */
struct dc_scaled {
    double m;
    int e;
};

/* exp(v); 0 for v below -1e8. v <= 1e8. */
struct dc_scaled dc_twofold_exp(struct dc_twofold v);

/* As a double: 0 when too small, rounded once when subnormal. */
static inline double dc_scaled_value(struct dc_scaled v)
{
    return ldexp(v.m, v.e);
}

#endif
