/*
 * test_conf_top.c - C from a list of alternatives: which entries count, which
 * are sure, and that a list of the true top k gives what the logits give.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

static void of_the_k_largest(void **state)
{
    static const double list[] = {-3, -0.5, -7, -1, -1};
    float c = -1;
    (void)state;
    assert_true(dc_conf_top(list, 5, 1, &c) && c == 0.5F);
    assert_true(dc_conf_top(list, 5, 2, &c) && c == 0.75F);
    assert_true(dc_conf_top(list, 5, 3, &c) && c == (float)(2.5 / 3));
    assert_true(dc_conf_top(list, 5, 4, &c) && c == 1.375F);
    assert_true(dc_conf_top(list, 5, 5, &c) && c == 2.5F);
    /* what rounding made positive is 0 */
    assert_true(dc_conf_top((const double[]){1e-7, -2}, 2, 2, &c) && c == 1);
}

static void refused(void **state)
{
    static const double odd[] = {NAN,   INFINITY, -INFINITY, -9999,
                                 -3e38, 0.5,      -745.5};
    static const double many[DC_CONF_K_MAX + 2];
    float c = 7;
    (void)state;
    assert_false(dc_conf_top((const double[]){-1}, 1, 0, &c));
    assert_false(dc_conf_top((const double[]){-1}, 1, 2, &c));
    assert_false(dc_conf_top(many, DC_CONF_K_MAX + 2, 1, &c));
    for (size_t i = 0; i < DC_COUNT(odd); i++) {
        const double list[] = {-1, odd[i]};
        assert_false(dc_logprob_ok(odd[i]));
        assert_false(dc_conf_top(list, 2, 1, &c));
    }
    assert_true(c == 7);
    assert_true(dc_conf_top(many, DC_CONF_K_MAX + 1, DC_CONF_K_MAX, &c));
    assert_true(dc_logprob_ok(0) && dc_logprob_ok(-745) && dc_logprob_ok(1e-4));
}

/* Lists as servers make them of a known distribution: C(k) from k + 1 entries
 * is that of the logits, wherever the sampled token stands. */
static void is_that_of_the_logits(void **state)
{
    enum { N = 200, K = 20 };
    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        const struct dc_rng_key key = {7, round};
        struct dc_top_logprob top[K + 1];
        struct dc_logits w;
        double list[K + 1];
        float z[N], c;
        for (uint32_t i = 0; i < N; i++)
            z[i] = (float)(-4 * log(dc_rng_uniform(&key, i, 0)));
        dc_logits_init(&w, N, K + 1);
        assert_true(dc_logits_scan(&w, z));
        dc_logits_top(&w, K + 1, top);
        for (size_t i = 0; i <= K; i++)
            list[i] = (double)top[i].logprob;
        dc_logits_release(&w);
        dc_logits_init(&w, N, K);
        assert_true(dc_logits_scan(&w, z));
        for (size_t at = 0; at <= K + 1; at++) {
            double sent[K + 1]; /* the sampled token first, rank k + 1 lost */
            size_t n = 0;
            sent[n++] = at > K ? list[K] - 1 : list[at];
            for (size_t i = 0; n <= K && i <= K; i++)
                if (i != at)
                    sent[n++] = list[i];
            assert_true(dc_conf_top(sent, K + 1, K, &c));
            assert_true(fabs((double)c - w.conf) < 1e-5);
            assert_true(dc_conf_top_sure(sent, K + 1, 0) >= K);
        }
        dc_logits_release(&w);
    }
}

static void what_is_sure(void **state)
{
    static const double displaced[] = {-9, -0.5, -1.5, -4};
    static const double second[] = {-1.5, -0.5, -4};
    static const double in_order[] = {-0.5, -1.5, -4, -9};
    const double full[] = {log(0.2), log(0.5), log(0.25)};
    (void)state;
    assert_int_equal(dc_conf_top_sure(displaced, 4, 0), 3);
    assert_int_equal(dc_conf_top_sure(displaced, 4, 4), 4); /* not listed */
    assert_int_equal(dc_conf_top_sure(second, 3, 0), 3);
    assert_int_equal(dc_conf_top_sure(in_order, 4, 3), 4);
    /* no token that is missing can be more probable than the last listed */
    assert_int_equal(dc_conf_top_sure(full, 3, 0), 3);
    assert_int_equal(dc_conf_top_sure(displaced, 1, 0), 1);
    assert_int_equal(dc_conf_top_sure(displaced, 0, 0), 0);
    /* equal to another that is least: the same */
    assert_int_equal(dc_conf_top_sure((const double[]){-9, -0.5, -9}, 3, 0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_k_largest),
        cmocka_unit_test(refused),
        cmocka_unit_test(is_that_of_the_logits),
        cmocka_unit_test(what_is_sure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
