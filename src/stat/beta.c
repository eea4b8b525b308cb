/*
 * beta.c - the beta distribution: both tails and the quantile.
 *
 * The tail below x is the kernel x^a y^b / B(a,b) (beta_kernel.c) times a
 * factor w that needs no great care:
 *   left of the mean, a continued fraction (DiDonato and Morris 1992, ACM TOMS
 *     Algorithm 708, equation 9; it takes two steps of Gauss's fraction at
 *     once), about sqrt(max(a, b)) terms near the mean and few elsewhere;
 *   there but with b <= 1, a series of positive terms (DLMF 8.17.7 with
 *     15.8.1), as the fraction may cancel;
 *   right of the mean, the same for the other tail, I_x(a,b) = 1 - I_y(b,a):
 * the tail asked for is then no small number, so nothing is lost; where x <
 * 1e-3 and b x <= 1, the power series in x (DLMF 8.17.7-8), as the others
 * hardly converge for the other tail.
 *
 * The quantile is Newton's method on ln I against t = ln(x/y). The density of
 * t is log-concave, hence so is its distribution function: from the left the
 * steps rise to the root and never pass it, from the right one step leads to
 * the left. dI/dt is the kernel, so the step is ln(q/I) w. Only tails of at
 * most 1/2 are solved, which keeps w moderate. The point is kept as the smaller
 * of x and y, so that both are exact however near they are to 0.
 */
#include "stat/beta_priv.h"

#include <assert.h>
#include <deepconf/dist.h>
#include <float.h>

/* One tail = kernel * w; the other is 1 - it. */
struct tails {
    struct dc_scaled kernel;
    double w;
    bool upper; /* which: the one above x */
};

/* I_x(a,b) / kernel by the continued fraction, modified Lentz's method */
static double fraction(double a, double b, struct dc_unit_point p)
{
    struct dc_twofold ay = dc_twofold_scale(p.y, a);
    struct dc_twofold bx = dc_twofold_scale(p.x, b);
    double lambda = dc_twofold_add(ay, dc_twofold_neg(bx)).hi;
    double x = p.x.hi, y = p.y.hi;
    double f = a * (lambda + 1) / (a + 1), c, d = 0;
    if (f == 0)
        f = DBL_MIN;
    c = f;
    for (double n = 1; n < 1e6; n++) {
        double s = a + 2 * n;
        double cx = n * (b - n) * x / (s - 1);
        double alpha = (a + n - 1) / (s - 1) * (a + b + n - 1) * x * cx;
        double beta = n + cx + (a + n) * (lambda + 1 + n * (1 + y)) / (s + 1);
        d = beta + alpha * d;
        c = beta + alpha / c;
        d = 1 / (d == 0 ? DBL_MIN : d);
        if (c == 0)
            c = DBL_MIN;
        f *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON)
            break;
    }
    return 1 / f;
}

/* The same by the power series; x small and b x <= 1 */
static double series(double a, double b, double x)
{
    double sum = 1, term = a;
    for (double n = 1; fabs(term) > DBL_EPSILON / 4 * sum || n < 2; n++) {
        term *= (n - b) / n * x;
        sum += term / (a + n);
        if (term == 0)
            break;
    }
    return sum / a * exp(-b * log1p(-x));
}

/* The same by the series sum (a+b)_n / (a+1)_n x^n / a, all terms positive and,
 * for b <= 1, falling; x not near 1 */
static double falling_series(double a, double b, double x)
{
    double sum = 1, term = 1;
    for (double n = 1; term > DBL_EPSILON / 4 * (1 - x) * sum; n++) {
        term *= (a + b + n - 1) / (a + n) * x;
        sum += term;
    }
    return sum / a;
}

static double left_factor(double a, double b, struct dc_unit_point p)
{
    if (b <= 1 && p.x.hi < 0.98)
        return falling_series(a, b, p.x.hi);
    return fraction(a, b, p);
}

static bool series_suits(double b, double x)
{
    return x < 1e-3 && b * x <= 1;
}

static struct dc_unit_point mirrored(struct dc_unit_point p)
{
    return (struct dc_unit_point){p.y, p.x};
}

static struct tails tails_at(double a, double b, struct dc_unit_point p)
{
    struct tails t = {.kernel = dc_beta_kernel(a, b, p)};
    if (series_suits(b, p.x.hi)) {
        t.w = series(a, b, p.x.hi);
    } else if (series_suits(a, p.y.hi)) {
        t.upper = true;
        t.w = series(b, a, p.y.hi);
    } else if (p.x.hi * (a + b) <= a) {
        t.w = left_factor(a, b, p);
    } else {
        t.upper = true;
        t.w = left_factor(b, a, mirrored(p));
    }
    return t;
}

static double one_tail(const struct tails *t, bool upper)
{
    struct dc_scaled v = t->kernel;
    v.m *= t->w;
    double tail = fmin(1, dc_scaled_value(v));
    return t->upper == upper ? tail : 1 - tail;
}

static double beta_tail(double a, double b, double x, bool upper)
{
    assert(a > 0 && b > 0 && x == x);
    if (x <= 0 || x >= 1)
        return (x >= 1) == upper ? 0 : 1;
    struct tails t = tails_at(a, b, dc_unit_point(x));
    return one_tail(&t, upper);
}

double dc_beta_cdf(double a, double b, double x)
{
    return beta_tail(a, b, x, false);
}

double dc_beta_sf(double a, double b, double x)
{
    return beta_tail(a, b, x, true);
}

/* ---- quantile ---- */

/* A point as its smaller part, and which part that is. */
struct end {
    double s; /* 0..1/2 */
    bool is_y;
};

static struct end end_of_logit(double t)
{
    double e = exp(-fabs(t));
    return (struct end){e / (1 + e), t > 0};
}

static struct dc_unit_point point_of_end(struct end at)
{
    struct dc_unit_point p = dc_unit_point(at.s);
    return at.is_y ? mirrored(p) : p;
}

/* The point whose logit is larger by dt. */
static struct end end_moved(struct end at, double dt)
{
    double up = at.is_y ? -dt : dt;
    if (up > 600 || at.s == 0)
        return end_of_logit((at.is_y ? -1 : 1) * (log(at.s) + up));
    double s = at.s * exp(up) / (1 + at.s * expm1(up));
    if (s <= 0.5)
        return (struct end){s, at.is_y};
    double t = log(at.s) - log1p(-at.s) + up;
    return (struct end){1 / (1 + exp(t)), !at.is_y};
}

/*
 * A first guess of the logit of the q-quantile. The tail for small x is
 * x^a / (a B(a,b)), which is the whole truth for small a; for larger ones
 * Abramowitz and Stegun 26.5.22, whose 2 w is the logit of x b / (y a).
 */
static double first_logit(double a, double b, double q)
{
    if (a < 1 || b < 1) {
        double ln_b = dc_log_gamma(a) + dc_log_gamma(b) - dc_log_gamma(a + b);
        double t = (log(q) + log(a) + ln_b) / a;
        return fmin(t, log(a / b));
    }
    double z = dc_normal_quantile(q), l = (z * z - 3) / 6;
    double u = 1 / (2 * a - 1), v = 1 / (2 * b - 1);
    double h = 2 / (u + v);
    double w =
        z * sqrt(fmax(0, h + l)) / h + (u - v) * (l + 5.0 / 6 - 2 / (3 * h));
    return 2 * w + log(a / b);
}

/* ln(q / I) at a point, and I / kernel. */
static double log_miss(const struct tails *t, double q, double *w)
{
    *w = t->w;
    struct dc_scaled v = t->kernel;
    if (t->upper) {
        double lower = one_tail(t, false);
        *w = lower / dc_scaled_value(v);
        return log(q / lower);
    }
    v.m *= t->w;
    double lower = dc_scaled_value(v);
    if (lower > DBL_MIN)
        return log(q / lower);
    return log(q) - log(v.m) - v.e * dc_twofold_ln2.hi;
}

/* The point with I = q, 0 < q <= 1/2. */
static struct end solve_lower(double a, double b, double q)
{
    struct end at = end_of_logit(first_logit(a, b, q));
    for (int i = 0; i < 200; i++) {
        if (at.s == 0) /* nearer to an end than any double */
            return at;
        struct tails t = tails_at(a, b, point_of_end(at));
        double w, miss = log_miss(&t, q, &w);
        double dt = miss * w;
        if (!(fabs(dt) < 1e4)) /* from a place where I is all but 1 */
            dt = miss < 0 ? -4 : 4;
        at = end_moved(at, dt);
        if (fabs(miss) < 1e-9)
            break;
    }
    return at;
}

static double quantile(double a, double b, double q, bool upper)
{
    assert(a > 0 && b > 0 && q >= 0 && q <= 1);
    if (q == 0 || q == 1)
        return (q == 1) == upper ? 0 : 1;
    bool flip = (q > 0.5) != upper; /* solve for the tail above x */
    if (q > 0.5)
        q = 1 - q;
    struct end at = flip ? solve_lower(b, a, q) : solve_lower(a, b, q);
    return at.is_y == flip ? at.s : 1 - at.s;
}

double dc_beta_quantile(double a, double b, double q)
{
    return quantile(a, b, q, false);
}

double dc_beta_quantile_upper(double a, double b, double p)
{
    return quantile(a, b, p, true);
}

double dc_student_quantile(double df, double p)
{
    double x = dc_beta_quantile(0.5 * df, 0.5, p);
    return sqrt(df * (1 - x) / x);
}
