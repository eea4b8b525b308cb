/*
 * test_plan.c - what a run would cost: which prompts are drawn, and the totals
 * and intervals that follow from what they cost.
 */
#include "base/mem.h"
#include "near.h"
#include "replay/plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One of each part: ascending, spread, and a function of the seed. */
static void test_pick(void **state)
{
    (void)state;
    enum { N = 1003, M = 24 };
    size_t a[M], b[M];
    bool differ = false;
    dc_plan_pick(N, M, 7, a);
    dc_plan_pick(N, M, 7, b);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < M; i++)
        assert_true(a[i] >= i * N / M && a[i] < (i + 1) * N / M);
    dc_plan_pick(N, M, 8, b);
    for (size_t i = 0; i < M; i++)
        differ |= a[i] != b[i];
    assert_true(differ);
    dc_plan_pick(M, M, 7, a);
    for (size_t i = 0; i < M; i++)
        assert_int_equal(a[i], i);
    dc_plan_pick(1, 1, 7, a);
    assert_int_equal(a[0], 0);
}

/* Every prompt is as likely as any other. */
static void test_pick_is_fair(void **state)
{
    (void)state;
    enum { N = 10, M = 4, SEEDS = 20000 };
    unsigned n[N] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        size_t out[M];
        dc_plan_pick(N, M, seed, out);
        for (size_t i = 0; i < M; i++)
            n[out[i]]++;
    }
    for (size_t i = 0; i < N; i++) /* parts of 2 or 3 prompts */
        assert_in_range(n[i], SEEDS / 3 - 500, SEEDS / 2 + 500);
}

static const double full[] = {10, 10, 10, 10};
static const double early[] = {5, 6, 6, 7};

static struct dc_plan_sample sample(size_t n)
{
    return (struct dc_plan_sample){.full = full,
                                   .early = early,
                                   .m = DC_COUNT(full),
                                   .n = n,
                                   .least = 0.3,
                                   .level = 0.95};
}

/* By hand, with t = 2.776445 of 4 degrees of freedom. */
static void test_totals(void **state)
{
    (void)state;
    const double t = 2.7764451051977934, rest = sqrt(1 - 4.0 / 400);
    struct dc_plan_sample s = sample(400);
    struct dc_plan_figure f, e;
    dc_plan_full(&s, &f);
    assert_near(f.value, 4000, 1e-12);
    assert_true(f.has_range && f.lo == 4000 && f.hi == 4000);
    dc_plan_early(&s, &e);
    assert_true(e.has_range);
    assert_near(e.value, 2400, 1e-12);
    /* 5, 6, 6, 7 and 10: the mean 6.8, squares 14.8 */
    assert_near(e.hi, 400 * (6.8 + t * sqrt(14.8 / 4 / 5) * rest), 1e-9);
    /* 5, 6, 6, 7 and 3: the mean 5.4, squares 9.2 */
    assert_near(e.lo, 400 * (5.4 - t * sqrt(9.2 / 4 / 5) * rest), 1e-9);
    dc_plan_saved(&s, &f);
    assert_near(f.value, 0.4, 1e-12);
    assert_near(f.hi, 1 - e.lo / 4000, 1e-9); /* as all traces are K */
    assert_near(f.lo, 1 - e.hi / 4000, 1e-9);
}

/* Where every prompt was drawn and comes again, nothing is left to chance. */
static void test_all_prompts(void **state)
{
    (void)state;
    struct dc_plan_sample s = sample(4);
    struct dc_plan_figure f;
    dc_plan_early(&s, &f);
    assert_true(f.has_range && f.value == 24 && f.lo == 24 && f.hi == 24);
    dc_plan_saved(&s, &f);
    assert_true(f.has_range && f.lo == f.value && f.hi == f.value);
    s.anew = true;
    dc_plan_early(&s, &f);
    assert_true(f.has_range && f.lo < 24 && f.hi > 24);
}

static void test_one_prompt(void **state)
{
    (void)state;
    struct dc_plan_sample s = sample(4);
    struct dc_plan_figure f;
    s.m = 1;
    dc_plan_early(&s, &f);
    assert_true(f.value == 20 && !f.has_range);
    dc_plan_full(&s, &f);
    assert_true(f.value == 40 && !f.has_range);
    dc_plan_saved(&s, &f);
    assert_true(f.value == 0.5 && !f.has_range);
    s.n = 1;
    dc_plan_early(&s, &f);
    assert_true(f.value == 5 && f.has_range && f.lo == 5 && f.hi == 5);
}

/* All of the sample stop alike: the run may still hold others, as many as a
 * sample of that size can miss. */
static void test_no_spread(void **state)
{
    (void)state;
    enum { M = 24 };
    double all[M], six[M];
    for (size_t i = 0; i < M; i++) {
        all[i] = 10;
        six[i] = 6;
    }
    struct dc_plan_sample s = {.full = all,
                               .early = six,
                               .m = M,
                               .n = 100000,
                               .least = 0.3,
                               .level = 0.95};
    struct dc_plan_figure f;
    dc_plan_early(&s, &f);
    assert_near(f.value, 600000, 1e-12);
    /* a share of 3.06 / 25 at 10 traces */
    assert_near(f.hi, 1e5 * (6 + 4 * (1 + 2.0639 * sqrt(1 - 24e-5)) / 25),
                1e-4);
    assert_true(f.lo < 600000 && f.lo > 550000);
}

static void test_calibration_share(void **state)
{
    (void)state;
    struct dc_plan_sample s = sample(400);
    struct dc_plan_figure f;
    s.to_full = 0.1;
    dc_plan_early(&s, &f);
    assert_near(f.value, 400 * (0.1 * 10 + 0.9 * 6), 1e-12);
    s.to_full = 1;
    dc_plan_early(&s, &f);
    assert_true(f.value == 4000 && f.lo == 4000 && f.hi == 4000);
    dc_plan_saved(&s, &f);
    assert_true(f.value == 0 && f.lo == 0 && f.hi == 0);
}

/* Nothing can be saved of nothing. */
static void test_nothing(void **state)
{
    (void)state;
    static const double none[] = {0, 0};
    struct dc_plan_sample s = {
        .full = none, .early = none, .m = 2, .n = 2, .level = 0.95};
    struct dc_plan_figure f;
    dc_plan_saved(&s, &f);
    assert_true(f.value == 0 && !f.has_range);
    dc_plan_early(&s, &f);
    assert_true(f.value == 0 && f.has_range);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_pick_is_fair),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_all_prompts),
        cmocka_unit_test(test_one_prompt),
        cmocka_unit_test(test_no_spread),
        cmocka_unit_test(test_calibration_share),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
