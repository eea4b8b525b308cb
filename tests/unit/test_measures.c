/*
 * test_measures.c - properties that every measure of the table must have, and
 * known values of each.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct dc_token *tok, size_t n, uint32_t trace)
{
    const struct dc_rng_key key = {.seed = 6, .stream = 1};
    for (size_t i = 0; i < n; i++) {
        double u = dc_rng_uniform(&key, trace, (uint32_t)i);
        tok[i] = (struct dc_token){
            .id = (int32_t)i,
            .logprob = (float)(3 * log(u)),
            .conf = (float)(20 * u),
            .entropy = (float)(5 * (1 - u)),
            .self_cert = (float)(12 * u),
        };
    }
}

static bool compute(const struct dc_measure *row, const struct dc_token *tok,
                    size_t n, double *v)
{
    struct dc_measure_spec m;
    assert_int_equal(dc_measure_parse(row->name, &m, NULL), DC_OK);
    return dc_measure_compute(&m, tok, n, v);
}

static bool in_range(const struct dc_measure *m, double v)
{
    return isfinite(v) && v >= m->min && v <= m->max;
}

static void test_table(void **state)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    (void)state;
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(dc_measure_find(row[i]->name), row[i]);
        assert_true(row[i]->direction == 1 || row[i]->direction == -1);
        assert_true(row[i]->min < row[i]->max);
        assert_true(*row[i]->formula && *row[i]->unit);
        assert_true(row[i]->push && row[i]->value);
    }
    assert_null(dc_measure_find("no_such_measure"));
    assert_null(dc_measure_find(""));
}

static void test_no_value(void **state)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    struct dc_token tok = {0};
    (void)state;
    for (size_t i = 0; i < n; i++) {
        double v = 42;
        assert_false(compute(row[i], &tok, 0, &v));
        assert_true(v == 42);
        assert_false(compute(row[i], NULL, 0, &v));
    }
}

/* Every token surer: strictly better, and both values in the range. */
static void test_direction(void **state)
{
    static const size_t size[] = {1, 2, 31, 32, 33, 256};
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    struct dc_token tok[256], surer[256];
    (void)state;
    for (uint32_t t = 0; t < 60; t++) {
        size_t len = size[t % DC_COUNT(size)];
        fill(tok, len, t);
        for (size_t i = 0; i < len; i++) {
            surer[i] = tok[i];
            surer[i].logprob *= 0.9f;
            surer[i].conf = tok[i].conf * 1.1f + 0.01f;
            surer[i].entropy *= 0.9f;
            surer[i].self_cert = tok[i].self_cert * 1.1f + 0.01f;
        }
        for (size_t i = 0; i < n; i++) {
            double a, b;
            assert_true(compute(row[i], tok, len, &a));
            assert_true(compute(row[i], surer, len, &b));
            assert_true(in_range(row[i], a) && in_range(row[i], b));
            if (!(row[i]->direction * (b - a) > 0))
                fail_msg("%s: %.17g became %.17g", row[i]->name, a, b);
        }
    }
}

/* n equal tokens are worth what one of them is. */
static void test_repeat(void **state)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    struct dc_token tok[100];
    (void)state;
    fill(tok, 1, 3);
    for (size_t i = 1; i < 100; i++)
        tok[i] = tok[0];
    for (size_t i = 0; i < n; i++) {
        double one, all;
        assert_true(compute(row[i], tok, 1, &one));
        assert_true(compute(row[i], tok, 100, &all));
        assert_true(fabs(one - all) <= 1e-12 * fabs(one));
    }
}

static void test_long(void **state)
{
    enum { N = 200000 };
    const struct dc_token worst[] = {
        {.logprob = -120, .entropy = 12},
        {.logprob = -1e30f, .entropy = 12},
        {.logprob = -FLT_MAX, .conf = FLT_MAX, .self_cert = FLT_MAX},
        {.logprob = 0},
        {.logprob = -1e-30f, .conf = 1e-30f},
    };
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    struct dc_token *tok = dc_xcalloc(N, sizeof *tok);
    (void)state;
    for (size_t w = 0; w < DC_COUNT(worst); w++) {
        for (size_t j = 0; j < N; j++)
            tok[j] = worst[w];
        for (size_t i = 0; i < n; i++) {
            double v;
            assert_true(compute(row[i], tok, N, &v));
            if (!in_range(row[i], v))
                fail_msg("%s: %.17g", row[i]->name, v);
            if (!strcmp(row[i]->name, "mean_prob"))
                assert_true(v > 0); /* (0, 1], open at 0 */
        }
    }
    free(tok);
}

static double value(const char *name, const struct dc_token *tok, size_t n)
{
    double v;
    struct dc_measure_spec m;
    assert_int_equal(dc_measure_parse(name, &m, NULL), DC_OK);
    assert_true(dc_measure_compute(&m, tok, n, &v));
    return v;
}

static void near(double got, double want)
{
    if (fabs(got - want) > 1e-7 * fabs(want))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static void test_known(void **state)
{
    const struct dc_token tok[] = {
        {.logprob = logf(0.5f), .conf = 1},
        {.logprob = logf(0.25f), .conf = 2.5f},
        {.logprob = logf(0.125f), .conf = 4},
    };
    (void)state;
    near(value("mean_prob", tok, 1), 0.5);
    near(value("mean_prob", tok, 2), sqrt(0.125));
    near(value("mean_prob", tok, 3), 0.25);
    near(value("mean", tok, 1), 1);
    near(value("mean", tok, 2), 1.75);
    near(value("mean", tok, 3), 2.5);
    assert_int_equal(dc_measure_find("mean_prob")->direction, 1);
    assert_int_equal(dc_measure_find("mean")->direction, 1);
    assert_true(dc_measure_find("mean_prob")->max == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_no_value),
        cmocka_unit_test(test_direction), cmocka_unit_test(test_repeat),
        cmocka_unit_test(test_long),      cmocka_unit_test(test_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
