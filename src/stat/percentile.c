/*
 * percentile.c - percentile by linear interpolation, as NumPy's default method
 * does it (Hyndman and Fan 1996, type 7), in the same order of operations, so
 * that results are equal to the last bit:
 *   h = (n - 1) (q / 100),  a = x[floor h],  b = x[floor h + 1],  t = h - floor
 * h a + (b - a) t            for t < 1/2 b - (b - a) (1 - t)      otherwise
 */
#include <assert.h>
#include <deepconf/stat.h>
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

double dc_percentile(double *x, size_t n, double q)
{
    assert(n >= 1 && q >= 0 && q <= 100);
    if (!is_sorted(x, n)) /* several percentiles of the same values */
        qsort(x, n, sizeof *x, ascending);
    double h = (double)(n - 1) * (q / 100);
    double below = floor(h);
    if (below >= (double)(n - 1))
        return x[n - 1];
    size_t i = (size_t)below;
    double t = h - below;
    double d = x[i + 1] - x[i];
    return t < 0.5 ? x[i] + d * t : x[i + 1] - d * (1 - t);
}
