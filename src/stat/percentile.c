/*
 * percentile.c - percentile by linear interpolation, as NumPy's default method
 * does it (Hyndman and Fan 1996, type 7), in the same order of operations, so
 * that results are equal to the last bit. With h = (n - 1) (q / 100), its whole
 * part i and its fraction t:
 *   x[i] + (x[i + 1] - x[i]) t                for t < 1/2
 *   x[i + 1] - (x[i + 1] - x[i]) (1 - t)      otherwise
 *
 * A share s to keep has the same bar with q = 100 (1 - s). There a value that
 * lies at the bar must stay, and 100 * (1 - 0.7) is 30.000000000000004: hence
 * a function of its own, whose bar is exactly a value where h is whole.
 */
#include <assert.h>
#include <deepconf/stat.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool is_sorted(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (!(x[i - 1] <= x[i]))
            return false;
    return true;
}

static void sort(double *x, size_t n)
{
    if (!is_sorted(x, n)) /* several percentiles of the same values */
        qsort(x, n, sizeof *x, ascending);
}

/* Between x[i] and x[i + 1] where h has the whole part i; x [n] is sorted. */
static double at(const double *x, size_t n, double h)
{
    double below = floor(h);
    if (below >= (double)(n - 1))
        return x[n - 1];
    size_t i = (size_t)below;
    double t = h - below;
    double d = x[i + 1] - x[i];
    return t < 0.5 ? x[i] + d * t : x[i + 1] - d * (1 - t);
}

double dc_percentile(double *x, size_t n, double q)
{
    assert(n >= 1 && q >= 0 && q <= 100);
    sort(x, n);
    return at(x, n, (double)(n - 1) * (q / 100));
}

double dc_share_bar(double *x, size_t n, double share)
{
    assert(n >= 1 && share > 0 && share <= 1);
    sort(x, n);
    double h = (double)(n - 1) * (100 * (1 - share) / 100);
    double whole = round(h);
    /* the share is rounded once, and each of the four operations rounds */
    if (fabs(h - whole) <= 4 * DBL_EPSILON * (double)n)
        return x[(size_t)whole];
    size_t i = (size_t)h;
    /* above x[i], which is not of the share, and no more than x[i + 1] */
    double least = nextafter(x[i], x[i + 1]);
    return fmin(fmax(at(x, n, h), least), x[i + 1]);
}
