/*
 * test_stat_shared.c - every row of golden/statistics.json (SciPy 1.17), where
 * that file is at hand; the tests of test_stat.c own a part of it.
 *
 * Tolerance 1e-12, relative, but for Clopper-Pearson: there the file holds
 * binomtest().proportion_ci(), whose ends are found by a root search that stops
 * within 2e-12, absolutely, of the root.
 */
#include "base/mem.h"
#include "near.h"

#include <deepconf/stat.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *golden(const char *what)
{
    json_t *root =
        json_load_file(DC_SHARED_DIR "/golden/statistics.json", 0, NULL);
    if (!root) {
        print_message("SKIP: no reference values: %s is not there\n",
                      DC_SHARED_DIR "/golden/statistics.json");
        skip();
    }
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
    return (uint64_t)number(obj, key);
}

static void test_proportions(void **state)
{
    (void)state;
    json_t *rows = golden("proportion"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        uint64_t k = count(row, "k"), n = count(row, "n");
        struct dc_prop w = dc_prop_wilson(k, n, 0.95);
        struct dc_prop c = dc_prop_clopper_pearson(k, n, 0.95);
        json_t *want = json_object_get(row, "wilson95");
        assert_near(w.lo, json_number_value(json_array_get(want, 0)), 1e-12);
        assert_near(w.hi, json_number_value(json_array_get(want, 1)), 1e-12);
        want = json_object_get(row, "clopper_pearson95");
        double lo = json_number_value(json_array_get(want, 0));
        double hi = json_number_value(json_array_get(want, 1));
        assert_true(fabs(c.lo - lo) <= 2e-12);
        assert_true(fabs(c.hi - hi) <= 2e-12);
    }
    json_decref(rows);
}

static void test_mcnemar(void **state)
{
    (void)state;
    json_t *rows = golden("mcnemar_exact"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        uint64_t b = count(row, "b"), c = count(row, "c");
        struct dc_paired r = dc_paired_compare(b, c, b + c, 0.95);
        assert_near(r.p, number(row, "p_two_sided"), 1e-12);
    }
    json_decref(rows);
}

static void test_beta(void **state)
{
    (void)state;
    json_t *rows = golden("beta_quantile"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        double a = number(row, "a"), b = number(row, "b");
        double x = dc_beta_quantile(a, b, number(row, "q"));
        assert_near(x, number(row, "x"), 1e-12);
        assert_near(dc_beta_cdf(a, b, 0.5), number(row, "cdf_at_half"), 1e-12);
    }
    json_decref(rows);
}

static void test_matrices(void **state)
{
    (void)state;
    json_t *rows = golden("matrix"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        struct dc_matrix m = {count(row, "tp"), count(row, "fn"),
                              count(row, "fp"), count(row, "tn")};
        struct dc_matrix_rates r = dc_matrix_rates(&m, 0.95);
        assert_near(r.accuracy.value, number(row, "accuracy"), 1e-12);
        assert_near(r.sensitivity.value, number(row, "sensitivity"), 1e-12);
        assert_near(r.specificity.value, number(row, "specificity"), 1e-12);
        assert_near(r.precision.value, number(row, "precision"), 1e-12);
        assert_near(r.f1.value, number(row, "f1_score"), 1e-12);
        assert_near(r.mcc.value, number(row, "mcc"), 1e-12);
        assert_near(r.balanced_accuracy.value, number(row, "balanced_accuracy"),
                    1e-12);
        assert_near(r.majority_baseline.value, number(row, "majority_baseline"),
                    1e-12);
    }
    json_decref(rows);
}

static void test_percentiles(void **state)
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
            assert_true(got == json_number_value(want));
        }
        free(v);
    }
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proportions), cmocka_unit_test(test_mcnemar),
        cmocka_unit_test(test_beta),        cmocka_unit_test(test_matrices),
        cmocka_unit_test(test_percentiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
