/*
 * test_correct.c - Rogan and Gladen's estimator: by hand, where it is refused,
 * and whether its interval covers the truth over simulated studies.
 */
#include "base/rng.h"

#include <deepconf/correct.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_by_hand(void **state)
{
    (void)state;
    /* Se = 8/10, Sp = 9/10, observed 3/10: (0.3 + 0.9 - 1) / 0.7 = 2/7 */
    const struct dc_correct_label label[] = {{8, 2, 1, 9}};
    const uint32_t refusal[] = {1, 2}, judged[] = {4, 6};
    const struct dc_correct_sample s = {refusal, judged, 2, label, 1};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected c;
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    assert_true(fabs(c.observed.value - 0.3) < 1e-15);
    assert_true(fabs(c.sensitivity.value - 0.8) < 1e-15);
    assert_true(fabs(c.specificity.value - 0.9) < 1e-15);
    assert_true(fabs(c.unclipped - 2.0 / 7) < 1e-15);
    assert_true(c.rate.value.value == c.unclipped);
    assert_false(c.rate.defined); /* one labelled prompt: no interval */
}

static void test_clipped(void **state)
{
    (void)state;
    const struct dc_correct_label label[] = {{9, 1, 1, 9}, {9, 1, 1, 9}};
    const uint32_t refusal[] = {0, 1}, judged[] = {10, 10};
    const struct dc_correct_sample s = {refusal, judged, 2, label, 2};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected c;
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    assert_true(c.unclipped < 0);
    assert_true(c.rate.value.value == 0);
    assert_true(c.rate.defined && c.rate.lo == 0);
    assert_true(c.rate.hi > 0.2); /* two prompts */
}

static void refused(const struct dc_correct_sample *s, const char *says)
{
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected c;
    struct dc_err err = {0};
    assert_int_equal(dc_correct_rate(s, &cfg, &c, &err), DC_DATA);
    if (!strstr(err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

static void test_refused(void **state)
{
    (void)state;
    const uint32_t refusal[] = {1}, judged[] = {2}, none[] = {0};
    const struct dc_correct_label good = {8, 2, 1, 9}, coin = {5, 5, 5, 5};
    const struct dc_correct_label no_refusal = {0, 0, 1, 9};
    refused(&(struct dc_correct_sample){refusal, judged, 1, &coin, 1},
            "no more than 1");
    refused(&(struct dc_correct_sample){refusal, judged, 1, &no_refusal, 1},
            "0 refusals and 10 compliances");
    refused(&(struct dc_correct_sample){none, none, 1, &good, 1},
            "no response has a verdict");
}

static double uniform(uint32_t study, uint32_t n)
{
    const struct dc_rng_key key = {7, 11};
    return dc_rng_uniform(&key, study, n);
}

/* A judge with Se = 0.8, Sp = 0.9 on 60 prompts of 4 responses, 30 % truly
 * refusals by prompt; 80 labelled prompts. */
static bool covers(uint32_t study)
{
    enum { N = 60, M = 80, T = 4 };
    uint32_t refusal[N] = {0}, judged[N], at = 0;
    struct dc_correct_label label[M] = {{0}};
    for (int i = 0; i < N; i++) {
        bool truth = uniform(study, at++) < 0.3;
        judged[i] = T;
        for (int t = 0; t < T; t++)
            refusal[i] += uniform(study, at++) < (truth ? 0.8 : 0.1);
    }
    for (int i = 0; i < M; i++) {
        bool truth = uniform(study, at++) < 0.5;
        bool said = uniform(study, at++) < (truth ? 0.8 : 0.1);
        ++*(truth  ? said ? &label[i].tp : &label[i].fn
            : said ? &label[i].fp
                   : &label[i].tn);
    }
    const struct dc_correct_sample s = {refusal, judged, N, label, M};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected c;
    cfg.n_resamples = 400;
    cfg.seed = study;
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    return c.rate.defined && c.rate.lo <= 0.3 && 0.3 <= c.rate.hi;
}

static void test_interval_covers(void **state)
{
    (void)state;
    enum { STUDIES = 400 };
    int n = 0;
    for (uint32_t i = 0; i < STUDIES; i++)
        n += covers(i);
    /* 95 % of 400 with three standard deviations, and what a percentile
     * interval is short of at such sizes */
    assert_in_range(n, (int)(0.90 * STUDIES), (int)(0.985 * STUDIES));
}

/*
 * No refusal in 20 prompts of 4, which are worth 20 responses: p_obs has the
 * posterior Beta(0.5, 20.5), whose 97.5 % quantile is 0.1164 (by SciPy). A
 * judge that was never seen to err eats nothing of it.
 */
static void test_no_refusal(void **state)
{
    (void)state;
    uint32_t refusal[20] = {0}, judged[20];
    struct dc_correct_label label[400];
    const struct dc_correct_sample s = {refusal, judged, 20, label, 400};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected c;
    for (int i = 0; i < 400; i++)
        label[i] = i % 2 ? (struct dc_correct_label){1, 0, 0, 0}
                         : (struct dc_correct_label){0, 0, 0, 1};
    for (int i = 0; i < 20; i++)
        judged[i] = 4;
    cfg.n_resamples = 20000;
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    assert_true(c.rate.defined && c.rate.value.value == 0 && c.rate.lo == 0);
    assert_true(fabs(c.rate.hi - 0.1164) < 0.005);
}

/*
 * Thirty labelled compliances without a false alarm do not say that there is
 * none: with 5 % of them, which is one sample in five, the true share here is
 * 9 %. The bootstrap's interval began at 11 %.
 */
static void test_no_error_seen(void **state)
{
    (void)state;
    enum { N = 400, M = 60 };
    uint32_t refusal[N], judged[N];
    struct dc_correct_label label[M];
    const struct dc_correct_sample s = {refusal, judged, N, label, M};
    const struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected c;
    for (int i = 0; i < N; i++) {
        judged[i] = 10;
        refusal[i] = i % 8 == 0 ? 10 : 0; /* 12.5 % */
    }
    for (int i = 0; i < M; i++)
        label[i] = i >= 30 ? (struct dc_correct_label){.tn = 1}
                   : i < 3 ? (struct dc_correct_label){.fn = 1}
                           : (struct dc_correct_label){.tp = 1};
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    assert_true(c.specificity.value == 1 && c.sensitivity.value == 0.9);
    assert_true(c.rate.lo < 0.09 && c.rate.lo > 0);
    assert_true(c.rate.hi > 0.125 / 0.9 && c.rate.hi < 0.25);
    for (int i = 0; i < M; i++) /* and no error at all */
        label[i] = i % 2 ? (struct dc_correct_label){.tn = 1}
                         : (struct dc_correct_label){.tp = 1};
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    assert_true(c.rate.lo < 0.09 && c.rate.hi > 0.15);
}

/* Ten copies of a labelled response are not ten responses. */
static void test_copies_are_no_evidence(void **state)
{
    (void)state;
    uint32_t refusal[40], judged[40];
    struct dc_correct_label one[40], ten[40];
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected a, b;
    for (uint32_t i = 0; i < 40; i++) {
        judged[i] = 10;
        refusal[i] = i < 12 ? 10 : 0;
        one[i] = i < 20 ? (struct dc_correct_label){.tp = i >= 3, .fn = i < 3}
                        : (struct dc_correct_label){.tn = 1};
        ten[i] = (struct dc_correct_label){10 * one[i].tp, 10 * one[i].fn,
                                           10 * one[i].fp, 10 * one[i].tn};
    }
    struct dc_correct_sample s = {refusal, judged, 40, one, 40};
    assert_int_equal(dc_correct_rate(&s, &cfg, &a, NULL), DC_OK);
    s.label = ten;
    assert_int_equal(dc_correct_rate(&s, &cfg, &b, NULL), DC_OK);
    assert_true(fabs(a.rate.lo - b.rate.lo) < 0.01);
    assert_true(fabs(a.rate.hi - b.rate.hi) < 0.01);
}

static void test_seed_decides(void **state)
{
    (void)state;
    const struct dc_correct_label label[] = {
        {3, 1, 0, 2}, {2, 0, 1, 3}, {1, 1, 1, 4}, {4, 0, 0, 1}};
    const uint32_t refusal[] = {1, 2, 0, 4}, judged[] = {4, 4, 5, 5};
    const struct dc_correct_sample s = {refusal, judged, 4, label, 4};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_corrected a, b, c;
    assert_int_equal(dc_correct_rate(&s, &cfg, &a, NULL), DC_OK);
    assert_int_equal(dc_correct_rate(&s, &cfg, &b, NULL), DC_OK);
    cfg.seed = 5;
    assert_int_equal(dc_correct_rate(&s, &cfg, &c, NULL), DC_OK);
    assert_true(a.rate.lo == b.rate.lo && a.rate.hi == b.rate.hi);
    assert_true(a.rate.se == b.rate.se && a.rate.se != c.rate.se);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_clipped),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_interval_covers),
        cmocka_unit_test(test_no_refusal),
        cmocka_unit_test(test_no_error_seen),
        cmocka_unit_test(test_copies_are_no_evidence),
        cmocka_unit_test(test_seed_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
