/*
 * test_sample.c - drawing tokens: the distribution, the filters, the corners.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const double LEAST = 0x1p-53, MOST = 1 - 0x1p-53;

static struct dc_token draw(const float *z, size_t n,
                            const struct dc_sampling *how, double u)
{
    struct dc_logits w;
    struct dc_token tok;
    dc_logits_init(&w, n, 1);
    assert_true(dc_logits_scan(&w, z));
    dc_logits_sample(&w, z, how, u, &tok);
    dc_logits_release(&w);
    return tok;
}

/* Bit i of the result: token i is drawn by some u of a fine grid. */
static unsigned support(const float *z, size_t n, const struct dc_sampling *how)
{
    unsigned seen = 1u << draw(z, n, how, LEAST).id;
    seen |= 1u << draw(z, n, how, MOST).id;
    for (int i = 0; i < 2000; i++)
        seen |= 1u << draw(z, n, how, (i + 0.5) / 2000).id;
    return seen;
}

enum { N_SMALL = 12, N_DRAW = 60000 };

/*
 * Chi-square of N_DRAW draws against weight [N_SMALL]. With 9 degrees of
 * freedom 33.7 is passed once in 10,000 seeds; the seed is fixed.
 */
static void check_chi2(const float *z, const double *weight,
                       const struct dc_sampling *how)
{
    const struct dc_rng_key key = {.seed = 2024, .stream = 5};
    struct dc_logits w;
    struct dc_token tok;
    unsigned count[N_SMALL] = {0};
    double total = 0, chi2 = 0;
    dc_logits_init(&w, N_SMALL, 4);
    assert_true(dc_logits_scan(&w, z));
    for (uint32_t i = 0; i < N_DRAW; i++) {
        dc_logits_sample(&w, z, how, dc_rng_uniform(&key, 0, i), &tok);
        assert_in_range(tok.id, 0, N_SMALL - 1);
        count[tok.id]++;
    }
    dc_logits_release(&w);
    for (size_t i = 0; i < N_SMALL; i++)
        total += weight[i];
    for (size_t i = 0; i < N_SMALL; i++) {
        double want = N_DRAW * weight[i] / total, d = count[i] - want;
        if (weight[i] > 0)
            chi2 += d * d / want;
        else
            assert_int_equal(count[i], 0);
    }
    if (!(chi2 < 33.7))
        fail_msg("chi-square is %g", chi2);
}

static void test_distribution(void **state)
{
    static const double temperature[] = {1, 0.5, 1.7};
    float z[N_SMALL];
    double weight[N_SMALL];
    (void)state;
    for (size_t t = 0; t < DC_COUNT(temperature); t++) {
        struct dc_sampling how = dc_sampling_default();
        how.temperature = temperature[t];
        for (int i = 0; i < N_SMALL; i++) {
            z[i] = i == 3 || i == 11 ? -INFINITY : 3 - 0.3f * (float)i;
            weight[i] = exp((double)z[i] / temperature[t]);
        }
        check_chi2(z, weight, &how);
        for (int i = 5; i < N_SMALL; i++) /* the five largest are 0, 1, 2, 4, */
            weight[i] = i == 5 ? weight[i] : 0; /* and 5: 3 is -inf */
        how.top_k = 5;
        check_chi2(z, weight, &how);
    }
}

static float *make_row(uint32_t row, size_t n)
{
    const struct dc_rng_key key = {.seed = 3, .stream = 4};
    float *z = dc_xcalloc(n, sizeof *z);
    for (size_t i = 0; i < n; i++) {
        double u = dc_rng_uniform(&key, row, (uint32_t)i);
        z[i] = u < 0.1 ? -INFINITY : (float)(2 * log(u / (1 - u)));
    }
    return z;
}

/* Share of the mass before token id, and up to and with it. */
static void limits(const float *z, double lse, int32_t id, double *lo,
                   double *hi)
{
    *lo = 0;
    for (int32_t i = 0; i < id; i++)
        *lo += exp((double)z[i] - lse);
    *hi = *lo + exp((double)z[id] - lse);
}

/*
 * The block-wise draw and the general one, made to run by filters that drop
 * nothing, both give the token whose share of (0, 1) holds u; they may differ
 * only where u is within rounding (1e-6) of a border.
 */
static void test_paths_agree(void **state)
{
    static const size_t size[] = {1, 2, 100, 256, 257, 1000, 5000};
    const struct dc_rng_key key = {.seed = 8, .stream = 9};
    (void)state;
    unsigned differ = 0;
    for (size_t s = 0; s < DC_COUNT(size); s++) {
        size_t n = size[s];
        struct dc_sampling plain = dc_sampling_default();
        struct dc_sampling tiny = plain, full = plain;
        tiny.min_p = 1e-300;
        full.top_k = (uint32_t)n;
        float *z = make_row((uint32_t)s + 20, n);
        struct dc_logits w;
        z[n - 1] = 0.5f;
        dc_logits_init(&w, n, 1);
        assert_true(dc_logits_scan(&w, z));
        for (uint32_t i = 0; i < 300; i++) {
            double u = dc_rng_uniform(&key, (uint32_t)s, i), lo, hi;
            struct dc_token a, b, c;
            dc_logits_sample(&w, z, &plain, u, &a);
            dc_logits_sample(&w, z, &tiny, u, &b);
            dc_logits_sample(&w, z, &full, u, &c);
            assert_int_equal(b.id, c.id);
            differ += a.id != b.id;
            limits(z, w.lse, a.id, &lo, &hi);
            assert_true(lo - 1e-6 <= u && u <= hi + 1e-6);
            limits(z, w.lse, b.id, &lo, &hi);
            assert_true(lo - 1e-6 <= u && u <= hi + 1e-6);
        }
        dc_logits_release(&w);
        free(z);
    }
    assert_true(differ <= 2);
}

static void test_greedy(void **state)
{
    const float tie[] = {-1, 2, -INFINITY, 2, 1};
    struct dc_sampling how = dc_sampling_default();
    (void)state;
    how.temperature = 0;
    assert_int_equal(draw(tie, 5, &how, LEAST).id, 1);
    assert_int_equal(draw(tie, 5, &how, MOST).id, 1);
    how.top_k = 3; /* filters keep the largest in any case */
    how.top_p = 0.1;
    assert_int_equal(draw(tie, 5, &how, 0.9).id, 1);
}

/* Probabilities 0.1, 0.4, 0.2, 0.2, 0.1, and a masked token. */
static void test_supports(void **state)
{
    const float z[] = {logf(1), logf(4), logf(2), logf(2), logf(1), -INFINITY};
    const struct {
        unsigned want;
        struct dc_sampling how; /* T, top_p, min_p, top_k */
    } row[] = {
        {0x1f, {1, 1, 0, 0}},
        {0x02, {1, 1, 0, 1}},
        {0x06, {1, 1, 0, 2}}, /* a tie: the lower id */
        {0x0e, {1, 1, 0, 3}},
        {0x0f, {1, 1, 0, 4}},
        {0x1f, {1, 1, 0, 5}},
        {0x1f, {1, 1, 0, 6}}, /* a masked token is never kept */
        {0x1f, {1, 1, 0, 1000}},
        {0x02, {1, 0.39, 0, 0}},
        {0x06, {1, 0.41, 0, 0}},
        {0x0e, {1, 0.79, 0, 0}},
        {0x0f, {1, 0.81, 0, 0}},
        {0x1f, {1, 0.91, 0, 0}},
        {0x02, {1, 1e-9, 0, 0}},
        {0x1f, {1, 1, 0.24, 0}},
        {0x0e, {1, 1, 0.26, 0}},
        {0x0e, {1, 1, 0.49, 0}},
        {0x02, {1, 1, 0.51, 0}},
        {0x06, {1, 0.7, 0, 3}},   /* 0.7 of 0.8, so that 0.4 + 0.2 do */
        {0x02, {0.5, 0.6, 0, 0}}, /* T first: 16 of 26 */
        {0x06, {1, 0.99, 0.3, 2}},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        unsigned got = support(z, 6, &row[i].how);
        if (got != row[i].want)
            fail_msg("row %zu: got %#x, expected %#x", i, got, row[i].want);
    }
}

/* All equal: every filter keeps the lowest ids. */
static void test_ties(void **state)
{
    const float z[8] = {0};
    struct dc_sampling how = dc_sampling_default();
    (void)state;
    how.top_k = 3;
    assert_int_equal(support(z, 8, &how), 0x07);
    how.top_k = 0;
    how.top_p = 0.3;
    assert_int_equal(support(z, 8, &how), 0x07);
    how.top_p = 1;
    how.min_p = 0.99;
    assert_int_equal(support(z, 8, &how), 0xff);
    const float step[] = {0, -1, -2};
    how.min_p = exp(-1.0); /* what has exactly min_p is kept */
    assert_int_equal(support(step, 3, &how), 0x03);
}

/* The ends of (0, 1) reach the first and the last token that can be drawn. */
static void test_ends(void **state)
{
    static const size_t at[][2] = {{0, 0},     {1, 998},   {255, 256},
                                   {256, 511}, {300, 300}, {700, 999}};
    const double temperature[] = {1, 0.7, 5, 1e-300};
    enum { N = 1000 };
    float z[N];
    (void)state;
    for (size_t c = 0; c < DC_COUNT(at); c++) {
        for (size_t i = 0; i < N; i++)
            z[i] = -INFINITY;
        z[at[c][0]] = z[at[c][1]] = -7.5f;
        for (size_t t = 0; t < DC_COUNT(temperature); t++) {
            for (unsigned f = 0; f < 4; f++) {
                struct dc_sampling how = dc_sampling_default();
                how.temperature = temperature[t];
                how.top_k = f & 1 ? 40 : 0;
                how.min_p = f & 2 ? 0.05 : 0;
                assert_int_equal(draw(z, N, &how, LEAST).id, at[c][0]);
                assert_int_equal(draw(z, N, &how, MOST).id, at[c][1]);
            }
        }
    }
}

/* What lies 2e4 below the largest has no mass and is not drawn either. */
static void test_ends_far(void **state)
{
    enum { N = 700 };
    float z[N];
    struct dc_sampling how = dc_sampling_default();
    (void)state;
    for (size_t i = 0; i < N; i++)
        z[i] = -2e4f;
    z[400] = 3;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(draw(z, N, &how, LEAST).id, 400);
        assert_int_equal(draw(z, N, &how, MOST).id, 400);
        how.min_p = 1e-300;
    }
}

/* The record is of the raw distribution, whatever the sampler does. */
static void test_record(void **state)
{
    const float z[] = {logf(1), logf(4), logf(2), logf(2), logf(1), -INFINITY};
    const double p[] = {0.1, 0.4, 0.2, 0.2, 0.1};
    const struct dc_sampling how[] = {{1, 1, 0, 0},   {0, 1, 0, 0},
                                      {0.3, 1, 0, 0}, {2, 0.95, 0.01, 5},
                                      {1, 0.5, 0, 0}, {1, 1, 0, 1}};
    double h = 0;
    (void)state;
    for (size_t i = 0; i < 5; i++)
        h -= p[i] * log(p[i]);
    for (size_t s = 0; s < DC_COUNT(how); s++) {
        for (int i = 0; i < 50; i++) {
            struct dc_token t = draw(z, 6, &how[s], (i + 0.5) / 50);
            assert_in_range(t.id, 0, 4);
            assert_true(fabs((double)t.logprob - log(p[t.id])) < 1e-6);
            assert_true(fabs((double)t.conf + log(0.4)) < 1e-6);
            assert_true(fabs((double)t.entropy - h) < 1e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distribution), cmocka_unit_test(test_paths_agree),
        cmocka_unit_test(test_greedy),       cmocka_unit_test(test_supports),
        cmocka_unit_test(test_ties),         cmocka_unit_test(test_ends),
        cmocka_unit_test(test_ends_far),     cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
