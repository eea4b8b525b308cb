/*
 * test_stat.c - proportions, 2 x 2 tables and percentiles against SciPy and
 * NumPy (tests/data/stat_golden.json, a part of the reference values of
 * docs/METHODS.md, section 8), known values, and properties.
 */
#include "base/mem.h"
#include "near.h"

#include <deepconf/stat.h>
#include <jansson.h>
#include <stdlib.h>

static json_t *golden(const char *what)
{
    json_error_t why;
    json_t *root = json_load_file(DC_TEST_DATA "/stat_golden.json", 0, &why);
    if (!root)
        fail_msg("%s", why.text);
    json_t *part = json_incref(json_object_get(root, what));
    json_decref(root);
    assert_true(json_array_size(part) >= 5);
    return part;
}

static double number(json_t *obj, const char *key)
{
    json_t *v = json_object_get(obj, key);
    assert_true(json_is_number(v));
    return json_number_value(v);
}

static uint64_t count(json_t *obj, const char *key)
{
    json_t *v = json_object_get(obj, key);
    assert_true(json_is_integer(v));
    return (uint64_t)json_integer_value(v);
}

/* ---- proportions ---- */

static void test_normal_quantile(void **state)
{
    (void)state;
    /* 16 digits by an algorithm of another kind (Wichura's AS 241) */
    static const struct {
        double p, x;
    } row[] = {
        {0.6, 0.2533471031357998},    {0.75, 0.6744897501960817},
        {0.9, 1.2815515655446004},    {0.975, 1.9599639845400543},
        {0.995, 2.5758293035489004},  {0.3, -0.5244005127080407},
        {0.025, -1.9599639845400543}, {1e-3, -3.0902323061678135},
        {1e-10, -6.361340902404056},  {1e-100, -21.27345356096532},
        {1e-300, -37.0470962993612},
    };
    assert_true(dc_normal_quantile(0.5) == 0);
    for (size_t i = 0; i < DC_COUNT(row); i++)
        assert_near(dc_normal_quantile(row[i].p), row[i].x, 3e-15);
    for (double p = 1e-12; p < 1; p += 0.00137) {
        double x = dc_normal_quantile(p);
        assert_near(0.5 * erfc(-x / sqrt(2)), p, 2e-14);
        assert_near(dc_normal_quantile(1 - p), -dc_normal_quantile(p), 1e-4);
    }
    assert_true(dc_normal_quantile(0.25) == -dc_normal_quantile(0.75));
}

static void test_wilson_golden(void **state)
{
    (void)state;
    json_t *rows = golden("proportion"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        uint64_t k = count(row, "k"), n = count(row, "n");
        struct dc_prop p = dc_prop_wilson(k, n, 0.95);
        json_t *want = json_object_get(row, "wilson95");
        assert_true(p.defined && p.k == k && p.n == n);
        assert_true(p.value == (double)k / (double)n);
        assert_near(p.lo, json_number_value(json_array_get(want, 0)), 1e-12);
        assert_near(p.hi, json_number_value(json_array_get(want, 1)), 1e-12);
    }
    json_decref(rows);
}

static void test_wilson_properties(void **state)
{
    (void)state;
    static const double level[] = {0.5, 0.9, 0.95, 0.999};
    for (uint64_t n = 1; n <= 40; n++) {
        for (uint64_t k = 0; k <= n; k++) {
            struct dc_prop in = {.defined = false};
            for (size_t i = 0; i < DC_COUNT(level); i++) {
                struct dc_prop p = dc_prop_wilson(k, n, level[i]);
                struct dc_prop q = dc_prop_wilson(n - k, n, level[i]);
                assert_true(p.lo <= p.value);
                assert_true(k == 0 ? p.lo == 0 : p.lo > 0);
                assert_true(k == n ? p.hi == 1 : p.hi < 1);
                assert_true(p.value <= p.hi && p.hi <= 1);
                assert_near(p.lo, 1 - q.hi, 1e-12 / fmax(p.lo, 1e-4));
                if (in.defined) /* a higher level gives a wider interval */
                    assert_true(p.lo <= in.lo && in.hi <= p.hi);
                in = p;
            }
        }
    }
    assert_false(dc_prop_wilson(0, 0, 0.95).defined);
    /* 1 of 10^12: 2 / (n A) with A = 2 + z^2 + z sqrt(4 + z^2) for large n */
    double z = 1.9599639845400543;
    assert_near(dc_prop_wilson(1, 1000000000000, 0.95).lo,
                2e-12 / (2 + z * z + z * sqrt(4 + z * z)), 1e-11);
}

/* ---- 2 x 2 ---- */

static void test_matrix_golden(void **state)
{
    (void)state;
    json_t *rows = golden("matrix"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        struct dc_matrix m = {count(row, "tp"), count(row, "fn"),
                              count(row, "fp"), count(row, "tn")};
        struct dc_matrix_rates r = dc_matrix_rates(&m, 0.95);
        const struct {
            const char *key;
            bool defined;
            double value;
        } got[] = {
            {"accuracy", r.accuracy.defined, r.accuracy.value},
            {"sensitivity", r.sensitivity.defined, r.sensitivity.value},
            {"specificity", r.specificity.defined, r.specificity.value},
            {"precision", r.precision.defined, r.precision.value},
            {"f1_score", r.f1.defined, r.f1.value},
            {"mcc", r.mcc.defined, r.mcc.value},
            {"balanced_accuracy", r.balanced_accuracy.defined,
             r.balanced_accuracy.value},
            {"majority_baseline", r.majority_baseline.defined,
             r.majority_baseline.value},
        };
        for (size_t j = 0; j < DC_COUNT(got); j++) {
            assert_true(got[j].defined);
            assert_near(got[j].value, number(row, got[j].key), 1e-12);
        }
    }
    json_decref(rows);
}

static void test_matrix_counts(void **state)
{
    (void)state;
    struct dc_matrix m = {.tp = 3, .fn = 1, .fp = 2, .tn = 14};
    struct dc_matrix_rates r = dc_matrix_rates(&m, 0.9);
    assert_true(r.accuracy.k == 17 && r.accuracy.n == 20);
    assert_true(r.sensitivity.k == 3 && r.sensitivity.n == 4);
    assert_true(r.specificity.k == 14 && r.specificity.n == 16);
    assert_true(r.precision.k == 3 && r.precision.n == 5);
    assert_true(r.majority_baseline.k == 16 && r.majority_baseline.n == 20);
    assert_near(r.f1.value, 6.0 / 9, 1e-15);
    assert_near(r.balanced_accuracy.value, (0.75 + 0.875) / 2, 1e-15);
    assert_near(r.mcc.value, (3 * 14 - 2 * 1) / sqrt(5.0 * 4 * 16 * 15), 1e-15);
    assert_near(r.sensitivity.lo, dc_prop_wilson(3, 4, 0.9).lo, 0);
}

static void test_matrix_without_a_class(void **state)
{
    (void)state;
    struct dc_matrix m = {0};
    struct dc_matrix_rates r = dc_matrix_rates(&m, 0.95);
    assert_false(r.accuracy.defined || r.sensitivity.defined ||
                 r.specificity.defined || r.precision.defined ||
                 r.majority_baseline.defined || r.f1.defined ||
                 r.balanced_accuracy.defined || r.mcc.defined);
    m = (struct dc_matrix){.tn = 5}; /* no positives, none predicted */
    r = dc_matrix_rates(&m, 0.95);
    assert_true(r.accuracy.defined && r.specificity.defined);
    assert_false(r.sensitivity.defined || r.precision.defined || r.f1.defined ||
                 r.balanced_accuracy.defined || r.mcc.defined);
    m = (struct dc_matrix){.fn = 5, .tn = 5}; /* constant answer */
    r = dc_matrix_rates(&m, 0.95);
    assert_true(r.sensitivity.defined && r.sensitivity.value == 0);
    assert_true(r.f1.defined && r.f1.value == 0);
    assert_false(r.precision.defined || r.mcc.defined);
    assert_true(r.balanced_accuracy.value == 0.5);
    /* counts whose product leaves 64 bits */
    m = (struct dc_matrix){1ull << 50, 0, 0, 1ull << 50};
    assert_near(dc_matrix_rates(&m, 0.95).mcc.value, 1, 1e-15);
    m = (struct dc_matrix){0, 1ull << 50, 1ull << 50, 0};
    assert_near(dc_matrix_rates(&m, 0.95).mcc.value, -1, 1e-15);
    /* products that differ by 1 beyond 2^53: 1 / (n^2 - 1), n = 2^30 */
    uint64_t n = 1ull << 30;
    m = (struct dc_matrix){n / 2 + 1, n / 2, n / 2, n / 2 - 1};
    double den = sqrt((double)(n + 1)) * sqrt((double)(n + 1)) *
                 sqrt((double)(n - 1)) * sqrt((double)(n - 1));
    assert_near(dc_matrix_rates(&m, 0.95).mcc.value, -1 / den, 1e-12);
    m = (struct dc_matrix){n / 2, n / 2 + 1, n / 2 - 1, n / 2};
    assert_near(dc_matrix_rates(&m, 0.95).mcc.value, 1 / den, 1e-12);
    m.tp = m.fn = m.fp = m.tn = UINT64_C(1) << 61;
    assert_true(dc_matrix_rates(&m, 0.95).mcc.value == 0);
}

/* ---- percentiles ---- */

static void test_percentile_golden_to_the_bit(void **state)
{
    (void)state;
    json_t *rows = golden("percentile_linear"), *row, *want;
    size_t i;
    const char *q;
    json_array_foreach(rows, i, row)
    {
        json_t *x = json_object_get(row, "x");
        size_t n = json_array_size(x);
        double *v = dc_xcalloc(n, sizeof *v);
        json_object_foreach(json_object_get(row, "q"), q, want)
        {
            for (size_t j = 0; j < n; j++)
                v[j] = json_number_value(json_array_get(x, j));
            double got = dc_percentile(v, n, strtod(q, NULL));
            assert_near(got, json_number_value(want), 0);
        }
        free(v);
    }
    json_decref(rows);
}

static void test_percentile_known(void **state)
{
    (void)state;
    double one[] = {7};
    assert_true(dc_percentile(one, 1, 0) == 7);
    assert_true(dc_percentile(one, 1, 63) == 7);
    double x[] = {4, 1, 3, 2};
    assert_true(dc_percentile(x, 4, 50) == 2.5);
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 3 && x[3] == 4);
    assert_true(dc_percentile(x, 4, 0) == 1);
    assert_true(dc_percentile(x, 4, 100) == 4);
    assert_true(dc_percentile(x, 4, 25) == 1.75);
    double same[] = {0.1, 0.1, 0.1};
    for (double q = 0; q <= 100; q += 0.7)
        assert_true(dc_percentile(same, 3, q) == 0.1);
}

/*
 * The bar of a share that is written in decimals: with (n - 1) (1 - share)
 * whole it is a value, and otherwise it lies strictly above the one that the
 * share leaves out. Held against whole numbers, for shares of 1 to 4 digits.
 */
static void test_share_bar_is_exact(void **state)
{
    static const int denominator[] = {10, 100, 1000, 10000};
    static double x[1024];
    unsigned n_whole = 0;
    (void)state;
    for (size_t d = 0; d < DC_COUNT(denominator); d++) {
        int den = denominator[d], step = den > 1000 ? 37 : 1;
        for (int e = 1; e <= den; e += step)
            for (int n = 1; n <= 1024; n += n < 64 ? 1 : 60) {
                for (int i = 0; i < n; i++)
                    x[i] = 3 + 0.1 * ((i * 7) % n + 1); /* often in disorder */
                double share = (double)e / den,
                       bar = dc_share_bar(x, (size_t)n, share);
                int num = (n - 1) * (den - e), low = num / den;
                if (num % den == 0)
                    assert_true(bar == x[low]);
                else
                    assert_true(bar >= x[low] && bar <= x[low + 1] &&
                                (bar > x[low] || x[low] == x[low + 1]));
                n_whole +=
                    den == 100 && e < 100 && n > 1 && n <= 64 && num % den == 0;
            }
    }
    assert_int_equal(n_whole, 217);
}

/* Equal to the percentile where no value lies at the bar; small and odd ones.*/
static void test_share_bar_known(void **state)
{
    double one[] = {7}, three[] = {1, 2, 4};
    double near[] = {1, nextafter(1, 2), 5};
    (void)state;
    assert_true(dc_share_bar(one, 1, 0.3) == 7);
    assert_true(dc_share_bar(three, 3, 1) == 1);
    assert_true(dc_share_bar(three, 3, 1e-300) == 4);
    assert_true(dc_share_bar(three, 3, 0.5) == 2);
    assert_true(dc_share_bar(three, 3, 0.9) ==
                dc_percentile(three, 3, 100 * (1 - 0.9)));
    /* 0.8 of the way, rounded: never down to what is left out */
    assert_true(dc_share_bar(near, 3, 0.9) == near[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_quantile),
        cmocka_unit_test(test_wilson_golden),
        cmocka_unit_test(test_wilson_properties),
        cmocka_unit_test(test_matrix_golden),
        cmocka_unit_test(test_matrix_counts),
        cmocka_unit_test(test_matrix_without_a_class),
        cmocka_unit_test(test_percentile_golden_to_the_bit),
        cmocka_unit_test(test_percentile_known),
        cmocka_unit_test(test_share_bar_is_exact),
        cmocka_unit_test(test_share_bar_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
