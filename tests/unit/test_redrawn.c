/*
 * test_redrawn.c - what traces that were drawn again may have done: shares,
 * bounds that hold whatever was lost, decisions that hang on them, and when it
 * is an alarm.
 */
#include "results/redrawn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Refusals and compliances of traces drawn once, and of others. */
static struct dc_redrawn_prompt of(unsigned r, unsigned c, unsigned again_r,
                                   unsigned again_c)
{
    return (struct dc_redrawn_prompt){
        .once = {.n = r + c, .refusal = r, .compliance = c},
        .again = {.n = again_r + again_c,
                  .refusal = again_r,
                  .compliance = again_c},
        .decided = true};
}

static struct dc_redrawn find(const struct dc_redrawn_prompt *p, size_t n,
                              uint64_t more)
{
    struct dc_redrawn r;
    uint64_t n_trace = 0;
    for (size_t i = 0; i < n; i++)
        n_trace += p[i].once.n + p[i].again.n;
    dc_redrawn_find(p, n, n_trace + more, 0.95, &r);
    return r;
}

static void says(const struct dc_redrawn *r, const char *part, bool has)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_redrawn_says(r, &b);
    if ((strstr(b.n ? b.data : "", part) != NULL) != has)
        fail_msg("'%s' in: %s", part, b.n ? b.data : "(nothing)");
    dc_buf_release(&b);
}

static void test_none(void **state)
{
    const struct dc_redrawn_prompt p[2] = {of(5, 5, 0, 0), of(0, 10, 0, 0)};
    struct dc_redrawn r = find(p, 2, 0);
    struct dc_buf b;
    (void)state;
    assert_int_equal(r.n_again, 0);
    assert_false(dc_redrawn_is_alarm(&r));
    dc_buf_init(&b, SIZE_MAX);
    dc_redrawn_says(&r, &b);
    assert_int_equal(b.n, 0);
    dc_buf_release(&b);
    r = find(NULL, 0, 0);
    assert_int_equal(r.n_again, 0);
    assert_false(dc_redrawn_is_alarm(&r));
}

/* 40 traces, 3 of them drawn again, in 5 draws. */
static void test_shares_and_bounds(void **state)
{
    const struct dc_redrawn_prompt p[4] = {of(8, 0, 2, 0), of(1, 8, 0, 1),
                                           of(0, 10, 0, 0), of(5, 5, 0, 0)};
    struct dc_redrawn r = find(p, 4, 2);
    (void)state;
    assert_int_equal(r.n_trace, 40);
    assert_int_equal(r.n_again, 3);
    assert_int_equal(r.n_attempt, 42);
    assert_int_equal(r.again.k, 2);
    assert_int_equal(r.again.n, 3);
    assert_int_equal(r.once.k, 14);
    assert_int_equal(r.once.n, 37);
    assert_true(r.least == 14 / 40.0);
    assert_true(r.most == 17 / 40.0);
    assert_true(r.again.has_interval && r.once.has_interval);
    assert_true(r.again.lo >= 0 && r.again.lo < r.again.value);
    assert_true(r.again.hi <= 1 && r.again.hi > r.again.value);
    /* the interval is of prompts: wider than one of 37 traces */
    struct dc_prop traces = dc_prop_wilson(14, 37, 0.95);
    assert_true(r.once.hi - r.once.lo > traces.hi - traces.lo);
    says(&r, "3 of 40 traces (7.5 %), in 5 draws", true);
    says(&r, "35.0 to 42.5 % of all first draws", true);
    says(&r, "0 of 4 decisions hang", true);
}

/* The traces of one prompt are one unit: nothing is said of others. */
static void test_one_prompt_has_no_interval(void **state)
{
    const struct dc_redrawn_prompt p[2] = {of(3, 3, 2, 1), of(4, 4, 0, 0)};
    struct dc_redrawn r = find(p, 2, 3);
    (void)state;
    assert_false(r.again.has_interval);
    assert_true(r.once.has_interval);
    says(&r, "Of them 66.7 % refuse, of the others 50.0 % (", true);
    /* all are drawn again */
    const struct dc_redrawn_prompt all[2] = {of(0, 0, 2, 1), of(0, 0, 1, 1)};
    r = find(all, 2, 5);
    assert_int_equal(r.once.n, 0);
    assert_false(r.has_p);
    says(&r, "of the others", false);
    says(&r, "by chance", false);
    assert_true(r.least == 0 && r.most == 1);
}

static void test_decisions_that_hang(void **state)
{
    struct dc_redrawn_prompt p[5] = {
        of(4, 4, 0, 2), /* 6 of 10 or 4 of 10 */
        of(6, 2, 1, 1), /* a refusal either way */
        of(1, 7, 2, 0), /* a compliance */
        of(5, 4, 0, 1), /* 6 of 10, or 5: a tie is a compliance */
        of(4, 4, 2, 0)  /* not decided */
    };
    (void)state;
    p[4].decided = false;
    struct dc_redrawn r = find(p, 5, 9);
    assert_int_equal(r.n_decided, 4);
    assert_int_equal(r.n_hang, 2);
    says(&r, "2 of 4 decisions hang on", true);
}

static void test_alarm_by_share(void **state)
{
    struct dc_redrawn_prompt p[20];
    struct dc_redrawn r;
    (void)state;
    for (int i = 0; i < 20; i++)
        p[i] = of(5, 5, 0, 0);
    for (int i = 0; i < 10; i++)
        p[i] = i % 2 ? of(4, 5, 1, 0) : of(5, 4, 0, 1);
    r = find(p, 20, 10);
    assert_int_equal(r.n_again, 10); /* of 200 */
    assert_true(r.has_p && r.p > 0.5);
    assert_false(dc_redrawn_is_alarm(&r));
    p[10] = of(5, 4, 0, 1);
    r = find(p, 20, 11);
    assert_int_equal(r.n_again, 11);
    assert_true(dc_redrawn_is_alarm(&r));
}

static void test_alarm_by_difference(void **state)
{
    struct dc_redrawn_prompt p[100];
    struct dc_redrawn r;
    (void)state;
    for (int i = 0; i < 100; i++)
        p[i] = of(5, 5, 0, 0);
    for (int i = 0; i < 4; i++)
        p[i] = of(4, 5, 1, 0);
    r = find(p, 100, 4); /* p = 2 * 0.5^4 */
    assert_true(fabs(r.p - 0.125) < 1e-12);
    assert_false(dc_redrawn_is_alarm(&r));
    for (int i = 4; i < 8; i++)
        p[i] = of(4, 5, 1, 0);
    r = find(p, 100, 8);
    assert_true(fabs(r.p - 0.0078125) < 1e-12);
    assert_true(dc_redrawn_is_alarm(&r));
    says(&r, "by chance with p = 0.0078", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_shares_and_bounds),
        cmocka_unit_test(test_one_prompt_has_no_interval),
        cmocka_unit_test(test_decisions_that_hang),
        cmocka_unit_test(test_alarm_by_share),
        cmocka_unit_test(test_alarm_by_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
