/*
 * pairwise.c - pairwise summation in NumPy's order.
 *
 * Halves are summed apart and added (Higham 1993, "The accuracy of floating
 * point summation"). Where to split, and when to stop splitting, is NumPy's
 * choice, taken over so that the package's figures can be had to the last bit:
 *   n < 8      one after the other
 *   n <= 128   eight running sums, number j over x[j], x[j + 8], ...; they are
 *              added in pairs, then the n mod 8 last elements one by one
 *   else       split at n / 2 rounded down to a multiple of 8
 * Depth of the recursion: log2(n / 64), so at most 58.
 */
#include "base/pairwise.h"

#include <assert.h>

enum { LANES = 8, LEAF = 128 };

static double one_by_one(double sum, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static double in_lanes(const double *x, size_t n)
{
    double lane[LANES];
    size_t whole = n - n % LANES;

    for (size_t j = 0; j < LANES; j++)
        lane[j] = x[j];
    for (size_t i = LANES; i < whole; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += x[i + j];
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
                 ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    return one_by_one(sum, x + whole, n - whole);
}

double dc_pairwise_sum(const double *x, size_t n)
{
    if (n < LANES)
        return one_by_one(0, x, n);
    if (n <= LEAF)
        return in_lanes(x, n);
    size_t half = n / 2 - n / 2 % LANES;
    return dc_pairwise_sum(x, half) + dc_pairwise_sum(x + half, n - half);
}

double dc_pairwise_mean(const double *x, size_t n)
{
    assert(n >= 1);
    return dc_pairwise_sum(x, n) / (double)n;
}
