/*
 * test_pairwise.c - pairwise sums against NumPy 2.4's, to the last bit.
 */
#include "base/mem.h"
#include "base/pairwise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_harmonic_sums(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double sum; /* numpy.sum of 1 / 1, 1 / 2, ... 1 / n */
    } row[] = {
        {1, 0x1.0000000000000p+0},    {7, 0x1.4be2be2be2be2p+1},
        {8, 0x1.5be2be2be2be2p+1},    {9, 0x1.6a1ba1ba1ba1bp+1},
        {15, 0x1.a8bbba47475d4p+1},   {16, 0x1.b0bbba47475d4p+1},
        {127, 0x1.5b38ae9541ca6p+2},  {128, 0x1.5bb8ae9541ca7p+2},
        {129, 0x1.5c37b09149ba9p+2},  {136, 0x1.5f9633591b269p+2},
        {255, 0x1.87b544932e3e6p+2},  {257, 0x1.883504d2ee7e2p+2},
        {1000, 0x1.df11f45f4e61ap+2}, {8193, 0x1.32d373e67a3cap+3},
    };
    double x[8193];

    for (size_t i = 0; i < DC_COUNT(x); i++)
        x[i] = 1 / (double)(i + 1);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        double sum = dc_pairwise_sum(x, row[i].n);
        if (sum != row[i].sum)
            fail_msg("n = %zu: got %a, expected %a", row[i].n, sum, row[i].sum);
        assert_true(dc_pairwise_mean(x, row[i].n) ==
                    row[i].sum / (double)row[i].n);
    }
    assert_true(dc_pairwise_sum(x, 0) == 0);
    assert_true(dc_pairwise_sum(NULL, 0) == 0);
}

/* Integers have exact sums in any order: every element counts once. */
static void test_every_element_counts_once(void **state)
{
    (void)state;
    double x[1500], sum = 0;

    for (size_t n = 0; n < DC_COUNT(x); n++) {
        assert_true(dc_pairwise_sum(x, n) == sum);
        x[n] = (double)(n * n + 1);
        sum += x[n];
    }
}

static void test_error_stays_small(void **state)
{
    (void)state;
    enum { N = 1000000 };
    double *x = dc_xcalloc(N, sizeof *x);

    for (size_t i = 0; i < N; i++)
        x[i] = 0.1;
    assert_true(fabs(dc_pairwise_sum(x, N) - 0.1 * N) < 1e-9);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_harmonic_sums),
        cmocka_unit_test(test_every_element_counts_once),
        cmocka_unit_test(test_error_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
