/*
 * test_beta.c - both tails and the quantile of the beta distribution: rows
 * computed with 78 digits (a series of positive terms in GMP floats), and
 * properties. On 5,000 random rows of that kind with a, b in 0.5..4000 the
 * largest relative error was 5e-15; the tolerance here is 2e-14, and 2e-13
 * where a parameter is below 0.1.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "near.h"

#include <deepconf/dist.h>

static double tolerance(double a, double b)
{
    return fmin(a, b) < 0.1 ? 2e-13 : 2e-14;
}

static void test_tails(void **state)
{
    (void)state;
    static const struct {
        double a, b, x, cdf, sf;
    } row[] = {
        {0.5, 0.5, 0.1, 0.20483276469913345, 0.7951672353008665},
        {0.5, 0.5, 1e-12, 6.366197723676875e-07, 0.9999993633802277},
        {1, 1, 0.3, 0.3, 0.7000000000000001},
        {2, 3, 0.999, 0.999999996003, 3.997000000000011e-09},
        {0.5, 4000, 1e-05, 0.22269635552581668, 0.7773036444741833},
        {4000, 0.5, 0.9999, 0.37109635873329, 0.6289036412667101},
        {2.5, 7.25, 0.01, 0.0005164113129059863, 0.999483588687094},
        {100, 100, 0.5, 0.5, 0.5},
        {100, 101, 0.45, 0.08870061556169231, 0.9112993844383077},
        {4000, 4000, 0.49, 0.03680922752528147, 0.9631907724747185},
        {4000, 4000, 0.3, 1.4593225318780422e-305, 1.0},
        {3642.922, 1119.568, 0.5, 1.8120400957605933e-308, 1.0},
        {3642.574, 1155.929, 0.5, 1.139690141585812e-296, 1.0},
        {2830.131, 1293.97, 0.5, 7.81095672476817e-130, 1.0},
        {3700.688, 3035.757, 0.5, 2.5618961812334137e-16, 0.9999999999999998},
        {1103.098, 1370.315, 0.5, 0.9999999625797393, 3.74202606669343e-08},
        {3582.196, 3447.33, 0.5, 0.053839574540496635, 0.9461604254595034},
        {1e6, 1e6, 0.499, 0.0023388494069315046, 0.9976611505930685},
        {1e6, 2.5e5, 0.801, 0.9974301321322544, 0.0025698678677456097},
        {0.01, 0.01, 0.5, 0.5, 0.5},
        {0.01, 100, 0.001, 0.9818250364008916, 0.01817496359910847},
        {5, 0.02, 0.9, 0.011896986764507528, 0.9881030132354924},
        {300, 0.7, 0.5, 8.400352911351897e-92, 1.0},
        {1, 1000, 0.02, 0.9999999983170327, 1.682967357215955e-09},
        {12, 34, 1e-20, 2.876002174499998e-230, 1.0},
        {7.6798638483858985, 0.014960073588732012, 0.9046839621428101,
         0.005437303695653297, 0.9945626963043467},
        {0.05, 100000.0, 1e-05, 0.9884763517754429, 0.011523648224557084},
        {30, 2000, 1e-10, 5.0261764536723656e-234, 1.0},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        double a = row[i].a, b = row[i].b, x = row[i].x;
        assert_near(dc_beta_cdf(a, b, x), row[i].cdf, tolerance(a, b));
        assert_near(dc_beta_sf(a, b, x), row[i].sf, tolerance(a, b));
    }
}

static void test_quantiles(void **state)
{
    (void)state;
    static const struct {
        double a, b, q, x;
    } row[] = {
        {0.5, 0.5, 0.25, 0.14644660940672624},
        {1, 1, 0.7, 0.7},
        {0.5, 4000, 0.001, 1.9636191587473208e-10},
        {3, 5, 1e-300, 3.0571070873287986e-101},
        {200, 300, 1e-300, 0.006046564537040303},
        {4000, 4000, 1e-300, 0.30146791756312014},
        {4000, 2.5, 1e-16, 0.9895059664032673},
        {7, 9, 0.9999999999999999, 0.9934243118718552},
        {4000, 0.5, 1e-06, 0.9970132664199634},
        {0.5, 4000, 0.9999999999999999, 0.008559103882353505},
        {3642.922, 1119.568, 1e-06, 0.7349404938605228},
        {2417, 1533, 0.5, 0.6119176218920663},
        {1e6, 1e6, 1e-09, 0.49787946426409835},
        {0.02, 3, 0.5, 2.0064250420017939e-16},
        {1000, 1000, 0.975, 0.5219052803793162},
        {0.6, 0.7, 1e-20, 7.116911685103145e-34},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        double a = row[i].a, b = row[i].b;
        double x = dc_beta_quantile(a, b, row[i].q);
        assert_near(x, row[i].x, tolerance(a, b));
    }
}

static void test_ends(void **state)
{
    (void)state;
    assert_true(dc_beta_cdf(2, 3, 0) == 0 && dc_beta_sf(2, 3, 0) == 1);
    assert_true(dc_beta_cdf(2, 3, 1) == 1 && dc_beta_sf(2, 3, 1) == 0);
    assert_true(dc_beta_cdf(2, 3, -1) == 0 && dc_beta_cdf(2, 3, 7) == 1);
    assert_true(dc_beta_quantile(2, 3, 0) == 0);
    assert_true(dc_beta_quantile(2, 3, 1) == 1);
    assert_true(dc_beta_quantile_upper(2, 3, 0) == 1);
    assert_true(dc_beta_quantile_upper(2, 3, 1) == 0);
    /* nearer to an end than a double can tell: x = 1e-600, 1 - x = 1e-200 */
    assert_true(dc_beta_quantile(0.5, 1, 1e-300) == 0);
    assert_true(dc_beta_quantile(1, 0.01, 0.99) == 1);
    assert_near(dc_beta_quantile(0.01, 1, 0.01), 1e-200, 2e-13);
    /* a tail of 1e-1000 */
    assert_true(dc_beta_cdf(4000, 300, 0.5) == 0);
    assert_true(dc_beta_sf(4000, 300, 0.5) == 1);
}

/* A parameter between lo and hi, even on a logarithmic scale. */
static double drawn(uint32_t i, uint32_t j, double lo, double hi)
{
    static const struct dc_rng_key key = {.seed = 7, .stream = 1};
    return lo * pow(hi / lo, dc_rng_uniform(&key, i, j));
}

static void test_symmetry_and_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 500; i++) {
        double a = drawn(i, 0, 0.05, 5000), b = drawn(i, 1, 0.05, 5000);
        double last = 0;
        for (int j = 1; j < 64; j++) {
            double x = j / 64.0; /* 1 - x is exact */
            double cdf = dc_beta_cdf(a, b, x), sf = dc_beta_sf(a, b, x);
            assert_true(cdf >= last && cdf <= 1);
            assert_near(cdf + sf, 1, 3e-16);
            assert_near(dc_beta_sf(b, a, 1 - x), cdf, 1e-13);
            last = cdf;
        }
    }
}

static void test_recurrence(void **state)
{
    (void)state;
    /* I_x(a,b) = x I_x(a-1,b) + y I_x(a,b-1), which mixes the methods */
    for (uint32_t i = 0; i < 2000; i++) {
        double a = drawn(i, 0, 1.01, 5000), b = drawn(i, 1, 1.01, 5000);
        double x = drawn(i, 2, 1e-6, 1), f = dc_beta_cdf(a, b, x);
        double g =
            x * dc_beta_cdf(a - 1, b, x) + (1 - x) * dc_beta_cdf(a, b - 1, x);
        if (f > 1e-300)
            assert_near(g, f, 1e-11);
    }
}

static void test_quantile_undoes_cdf(void **state)
{
    (void)state;
    unsigned n = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        double a = drawn(i, 0, 0.5, 4000), b = drawn(i, 1, 0.5, 4000);
        double q = i % 2 ? drawn(i, 2, 1e-300, 0.5) : drawn(i, 2, 1e-3, 1);
        double x = dc_beta_quantile(a, b, q);
        assert_true(x >= 0 && x <= 1);
        assert_near(dc_beta_quantile_upper(b, a, q), 1 - x,
                    x < 0.5 ? 4e-16 : 1e-15 / (1 - x + 1e-300));
        if (x < 1e-300 || x > 0.9) /* rounding x may move its tail */
            continue;
        assert_near(dc_beta_cdf(a, b, x), q, 1e-11);
        n++;
    }
    assert_true(n > 1200);
}

static void test_closed_forms(void **state)
{
    (void)state;
    for (int j = 1; j < 100; j++) {
        double x = j / 100.0;
        assert_near(dc_beta_cdf(1, 7, x), -expm1(7 * log1p(-x)), 1e-14);
        assert_near(dc_beta_sf(1, 900, x), exp(900 * log1p(-x)), 1e-12);
        assert_near(dc_beta_cdf(0.5, 0.5, x),
                    2 / 3.14159265358979323846 * asin(sqrt(x)), 1e-14);
    }
}

static void test_log_gamma(void **state)
{
    (void)state;
    static const struct {
        double z, want;
    } row[] = {
        {0.001, 6.9071788853838537},     {0.5, 0.57236494292470009},
        {1.5, -0.12078223763524522},     {3.25, 0.93580193110872536},
        {15.5, 26.536914491115614},      {16, 27.899271383840892},
        {100, 359.1342053695754},        {12345.678, 103959.91990554606},
        {1000000.0, 12815504.569147612},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        assert_near(dc_log_gamma(row[i].z), row[i].want, 3e-16);
    assert_true(fabs(dc_log_gamma(1)) < 1e-16);
    assert_true(fabs(dc_log_gamma(2)) < 1e-16);
    for (double z = 0.25; z < 30; z += 0.25) {
        double step = dc_log_gamma(z + 1) - dc_log_gamma(z);
        assert_true(fabs(step - log(z)) < 4e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tails),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_symmetry_and_order),
        cmocka_unit_test(test_recurrence),
        cmocka_unit_test(test_quantile_undoes_cdf),
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_log_gamma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
