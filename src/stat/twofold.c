/*
 * twofold.c - division, logarithm and exponential of two-double numbers.
 *
 * The logarithm takes the library's as a guess y and corrects it by Newton's
 * method: ln v = y + ln(v e^-y), where v e^-y = 1 + d with |d| < 1e-15, so that
 * d - d^2/2 is enough. e^-y comes from its series at y / 256, squared eight
 * times in the form e^(2r) - 1 = 2s + s^2 (s = e^r - 1), which loses nothing
 * near zero. Arguments are first brought to [1/2, 1) by a power of two.
 */
#include "stat/twofold.h"

/* ln 2 = hi + lo */
const struct dc_twofold dc_twofold_ln2 = {0x1.62e42fefa39efp-1,
                                          0x1.abc9e3b39803fp-56};

struct dc_twofold dc_twofold_div(struct dc_twofold a, struct dc_twofold b)
{
    double q = a.hi / b.hi;
    struct dc_twofold r =
        dc_twofold_add(a, dc_twofold_neg(dc_twofold_scale(b, q)));
    double q2 = r.hi / b.hi;
    r = dc_twofold_add(r, dc_twofold_neg(dc_twofold_scale(b, q2)));
    return dc_twofold_add(dc_two_sum(q, q2),
                          (struct dc_twofold){r.hi / b.hi, 0});
}

/* e^x for |x| <= 1 */
static struct dc_twofold exp_small(double x)
{
    struct dc_twofold r = {x / 256, 0}, s = {0, 0};
    for (int i = 10; i >= 1; i--) { /* s = (r/i) (1 + s): Horner of e^r - 1 */
        s = dc_twofold_add(s, (struct dc_twofold){1, 0});
        s = dc_twofold_mul(s, dc_twofold_div(r, (struct dc_twofold){i, 0}));
    }
    for (int i = 0; i < 8; i++)
        s = dc_twofold_add(dc_twofold_scale(s, 2), dc_twofold_mul(s, s));
    return dc_twofold_add(s, (struct dc_twofold){1, 0});
}

struct dc_twofold dc_twofold_log(struct dc_twofold v)
{
    int e;
    struct dc_twofold m = {frexp(v.hi, &e), ldexp(v.lo, -e)};
    double y = log(m.hi);
    struct dc_twofold d = dc_twofold_mul(m, exp_small(-y));
    d = dc_twofold_add(d, (struct dc_twofold){-1, 0});
    d = dc_twofold_add(d, (struct dc_twofold){-0.5 * d.hi * d.hi, 0});
    d = dc_twofold_add((struct dc_twofold){y, 0}, d);
    return dc_twofold_add(d, dc_twofold_scale(dc_twofold_ln2, e));
}

struct dc_scaled dc_twofold_exp(struct dc_twofold v)
{
    if (v.hi < -1e8)
        return (struct dc_scaled){0, 0};
    double k = rint(v.hi / dc_twofold_ln2.hi);
    struct dc_twofold r =
        dc_twofold_add(v, dc_twofold_scale(dc_twofold_ln2, -k));
    double m = exp(r.hi);
    return (struct dc_scaled){m + m * r.lo, (int)k};
}
