/*
 * test_label_draw.c - the draw of traces to label: every trace of a stratum is
 * as likely, a larger draw goes on where a smaller one ended, and strata whose
 * labels tell more get more.
 */
#include "label/draw.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { P = 30, K = 4, N = P * K, H = 3 };

static char ids[P][8];
static struct dc_label_prompt prompt[P];
static struct dc_label_trace trace[N];
static struct dc_hand_stratum size[H];
static struct dc_label_stratum kind[H] = {{.marked = true}, {.marked = false}};

/* Strata of 1, 39 and 80 traces. */
static struct dc_label_frame make(void)
{
    memset(size, 0, sizeof size);
    for (uint32_t i = 0; i < P; i++) {
        snprintf(ids[i], sizeof ids[i], "p%02u", i);
        prompt[i].id = ids[i];
    }
    for (uint32_t i = 0; i < N; i++) {
        trace[i] = (struct dc_label_trace){.prompt = i / K,
                                           .idx = i % K,
                                           .stratum = i == 5       ? 0
                                                      : i % 3 == 0 ? 1
                                                                   : 2};
        size[trace[i].stratum].n++;
    }
    struct dc_label_frame f = {.prompt = prompt,
                               .n_prompt = P,
                               .trace = trace,
                               .n = N,
                               .stratum = kind};
    f.head.stratum = size;
    f.head.n_stratum = H;
    return f;
}

static void test_every_trace_once(void **state)
{
    (void)state;
    const struct dc_label_frame f = make();
    struct dc_label_draw d;
    bool seen[N] = {false};
    dc_label_draw_make(&f, 1000, 3, &d);
    assert_int_equal(d.n, N);
    for (size_t i = 0; i < d.n; i++) {
        assert_false(seen[d.item[i]]);
        seen[d.item[i]] = true;
    }
    for (int h = 0; h < H; h++)
        assert_int_equal(d.drawn[h], size[h].n);
    dc_label_draw_release(&d);
}

/* Of each stratum the smaller draw is the beginning of the larger. */
static void test_goes_on(void **state)
{
    (void)state;
    const struct dc_label_frame f = make();
    struct dc_label_draw a, b;
    dc_label_draw_make(&f, 25, 3, &a);
    dc_label_draw_make(&f, 60, 3, &b);
    for (uint32_t h = 0; h < H; h++) {
        size_t at = 0;
        assert_true(a.drawn[h] <= b.drawn[h]);
        for (size_t i = 0; i < a.n; i++) {
            if (trace[a.item[i]].stratum != h)
                continue;
            while (trace[b.item[at]].stratum != h)
                at++;
            assert_int_equal(a.item[i], b.item[at++]);
        }
    }
    assert_int_equal(a.drawn[0], 1); /* all there are of it */
    dc_label_draw_release(&a);
    dc_label_draw_release(&b);
}

static void test_what_tells_more(void **state)
{
    (void)state;
    struct dc_label_frame f = make();
    struct dc_label_draw d;
    dc_label_draw_make(&f, 40, 3, &d); /* by size, with s alike */
    assert_true(d.drawn[1] >= 12 && d.drawn[1] <= 14);
    dc_label_draw_release(&d);
    kind[1].marked = true; /* N s: 39 * 1/2 to 80 * 1/4 */
    dc_label_draw_make(&f, 40, 3, &d);
    assert_true(d.drawn[1] >= 18 && d.drawn[1] <= 20);
    dc_label_draw_release(&d);
    dc_label_draw_make(&f, 3, 3, &d); /* one or two of each first */
    assert_int_equal(d.drawn[0], 1);
    assert_int_equal(d.drawn[0] + d.drawn[1] + d.drawn[2], 3);
    dc_label_draw_release(&d);
    kind[1].marked = false;
}

/* Over many seeds each trace of a stratum comes as often: 10 of 80 in 2,000
 * draws are 250, with a standard deviation of 15. */
static void test_chances_are_equal(void **state)
{
    (void)state;
    enum { DRAWS = 2000 };
    const struct dc_label_frame f = make();
    size_t n[N] = {0}, drawn = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        struct dc_label_draw d;
        dc_label_draw_make(&f, 16, seed, &d);
        drawn = d.drawn[2];
        for (size_t i = 0; i < d.n; i++)
            n[d.item[i]]++;
        dc_label_draw_release(&d);
    }
    double p = (double)drawn / (double)size[2].n;
    double sd = sqrt(DRAWS * p * (1 - p));
    for (size_t i = 0; i < N; i++)
        if (trace[i].stratum == 2)
            assert_true(fabs((double)n[i] - DRAWS * p) < 4.5 * sd);
}

/* The id is of what binds the run, and of nothing else. */
static void test_run_id(void **state)
{
    (void)state;
    struct dc_kv kv[] = {{"a", "1", true}, {"b", "2", false}, {"c", "3", true}};
    char x[DC_SHA256_HEX], y[DC_SHA256_HEX];
    dc_label_run_id(kv, 3, x);
    dc_sha256_hex("a=1\nc=3\n", 8, y);
    assert_string_equal(x, y);
    kv[1].value = "other";
    dc_label_run_id(kv, 3, y);
    assert_string_equal(x, y);
    kv[2].value = "other";
    dc_label_run_id(kv, 3, y);
    assert_string_not_equal(x, y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_trace_once),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_what_tells_more),
        cmocka_unit_test(test_chances_are_equal),
        cmocka_unit_test(test_run_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
