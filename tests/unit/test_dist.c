/*
 * test_dist.c - binomial, hypergeometric and normal distribution against sums
 * over all outcomes and rows computed with 50 digits.
 */
#include "base/mem.h"
#include "near.h"

#include <deepconf/dist.h>

/* C(n, k), exact while it stays below 2^53 */
static double choose(uint64_t n, uint64_t k)
{
    double c = 1;
    for (uint64_t i = 0; i < k; i++)
        c = c * (double)(n - i) / (double)(i + 1);
    return k > n ? 0 : c;
}

static void test_binom_is_the_sum_of_its_terms(void **state)
{
    (void)state;
    static const double p[] = {1e-9, 0.01, 0.3, 0.5, 0.77, 0.999};
    for (size_t j = 0; j < DC_COUNT(p); j++) {
        for (uint64_t n = 1; n <= 40; n++) {
            double below = 0, above[42] = {0};
            for (uint64_t k = n; k + 1 > 0 && k <= n; k--)
                above[k] = above[k + 1] + dc_binom_pmf(k, n, p[j]);
            assert_near(above[0], 1, 1e-14);
            for (uint64_t k = 0; k <= n; k++) {
                double want = choose(n, k) * pow(p[j], (double)k) *
                              pow(1 - p[j], (double)(n - k));
                if (want > 1e-300) /* pow() above has its full precision */
                    assert_near(dc_binom_pmf(k, n, p[j]), want, 1e-13);
                below += want;
                if (below > 1e-300)
                    assert_near(dc_binom_cdf(k, n, p[j]), below, 1e-13);
                if (above[k + 1] > 1e-300)
                    assert_near(dc_binom_sf(k, n, p[j]), above[k + 1], 1e-13);
            }
        }
    }
}

static void test_binom_ends(void **state)
{
    (void)state;
    assert_true(dc_binom_pmf(0, 0, 0.3) == 1 && dc_binom_cdf(0, 0, 0.3) == 1);
    assert_true(dc_binom_sf(0, 0, 0.3) == 0);
    assert_true(dc_binom_pmf(0, 5, 0) == 1 && dc_binom_pmf(1, 5, 0) == 0);
    assert_true(dc_binom_pmf(5, 5, 1) == 1 && dc_binom_pmf(4, 5, 1) == 0);
    assert_true(dc_binom_cdf(0, 5, 0) == 1 && dc_binom_cdf(4, 5, 1) == 0);
    assert_true(dc_binom_sf(0, 5, 0) == 0 && dc_binom_sf(4, 5, 1) == 1);
    assert_true(dc_binom_pmf(6, 5, 0.5) == 0 && dc_binom_cdf(6, 5, 0.5) == 1);
    assert_true(dc_binom_pmf(0, 56, 0.5) == 0x1p-56);
    assert_true(dc_binom_cdf(0, 1000, 0.5) == 0x1p-1000);
    assert_true(dc_binom_sf(1073, 1074, 0.5) == 0x1p-1074);
    assert_true(dc_binom_cdf(0, 1076, 0.5) == 0);
}

static void test_hypergeom_is_counting(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 24; size++) {
        for (uint64_t marked = 0; marked <= size; marked++) {
            for (uint64_t n = 0; n <= size; n++) {
                struct dc_urn u = {size, marked, n};
                double all = choose(size, n), below = 0;
                for (uint64_t k = 0; k <= n; k++) {
                    double ways =
                        choose(marked, k) * choose(size - marked, n - k);
                    below += ways;
                    assert_near(dc_hypergeom_pmf(k, &u), ways / all, 1e-13);
                    assert_near(dc_hypergeom_cdf(k, &u), below / all, 1e-13);
                    assert_near(dc_hypergeom_sf(k, &u), (all - below) / all,
                                1e-13);
                }
            }
        }
    }
}

static void test_hypergeom_large(void **state)
{
    (void)state;
    /* quotients of exact integers; the last two are far tails */
    static const struct {
        uint64_t k;
        struct dc_urn u;
        double cdf, sf;
    } row[] = {
        {5, {100, 10, 50}, 0.6296667731127675, 0.37033322688723247},
        {277, {3374, 531, 1616}, 0.9858201530523274, 0.01417984694767265},
        {700, {4096, 2048, 2048}, 9.680708713511264e-93, 1.0},
        {40, {4096, 60, 400}, 1.0, 2.0251230308484565e-28},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        assert_near(dc_hypergeom_cdf(row[i].k, &row[i].u), row[i].cdf, 1e-13);
        assert_near(dc_hypergeom_sf(row[i].k, &row[i].u), row[i].sf, 1e-13);
    }
}

static void test_normal(void **state)
{
    (void)state;
    static const struct {
        double x, sf;
    } row[] = {
        {-3, 0.99865010196836991},
        {-0.5, 0.6914624612740131},
        {0.1, 0.46017216272297102},
        {1, 0.15865525393145705},
        {1.959963984540054, 0.025000000000000011},
        {5, 2.8665157187919391e-7},
        {8.156218735147192, 1.7283808699596656e-16},
        {20, 2.7536241186062337e-89},
        {37, 5.7255712225245768e-300},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        assert_near(dc_normal_sf(row[i].x), row[i].sf, 1e-15);
        assert_near(dc_normal_cdf(-row[i].x), row[i].sf, 1e-15);
    }
    assert_true(dc_normal_sf(0) == 0.5 && dc_normal_sf(INFINITY) == 0);
    assert_true(dc_normal_cdf(INFINITY) == 1 && dc_normal_cdf(-1e300) == 0);
    for (double p = 1e-300; p < 0.5; p *= 7)
        assert_near(dc_normal_cdf(dc_normal_quantile(p)), p, 1e-12);
}

/* Values of SciPy 1.17, scipy.stats.t.isf(p / 2, df). */
static void test_student(void **state)
{
    (void)state;
    static const struct {
        double df, p, t;
    } row[] = {
        {1, 0.05, 12.706204736174698},    {2, 0.05, 4.302652729749462},
        {10, 0.01, 3.169272672616835},    {23, 0.05, 2.0686576104190477},
        {1000, 0.05, 1.9623390808264078}, {5, 0.5, 0.7266868438004227},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        assert_near(dc_student_quantile(row[i].df, row[i].p), row[i].t, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binom_is_the_sum_of_its_terms),
        cmocka_unit_test(test_binom_ends),
        cmocka_unit_test(test_hypergeom_is_counting),
        cmocka_unit_test(test_hypergeom_large),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_student),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
