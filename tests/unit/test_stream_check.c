/*
 * test_stream_check.c - each way in which servers have sent wrong values, by
 * its name; and streams that are as they should be, which have no fault.
 */
#include "base/mem.h"
#include "infer/stream_check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

static struct dc_stream_check check;

static struct dc_chunk_alt alt(const char *s, double logprob)
{
    return (struct dc_chunk_alt){.bytes = s,
                                 .n = (uint32_t)strlen(s),
                                 .id = -1,
                                 .has_logprob = true,
                                 .logprob = logprob};
}

/* The token s with three alternatives. */
static void add(struct dc_chunk_alt it, double a, double b, double c)
{
    const struct dc_chunk_alt list[] = {alt("a", a), alt("b", b), alt("c", c)};
    const struct dc_chunk_tok t = {.it = it, .n_alt = DC_COUNT(list)};
    dc_stream_check_add(&check, &t, list);
}

static void add_bare(struct dc_chunk_alt it)
{
    const struct dc_chunk_tok t = {.it = it};
    dc_stream_check_add(&check, &t, NULL);
}

static void begin(unsigned n_asked)
{
    dc_stream_check_init(&check, n_asked);
}

/* The rows seen are those of the mask, and no others. */
static void seen(unsigned mask)
{
    for (unsigned i = 0; i < DC_STREAM_N; i++)
        if ((check.n[i] > 0) != ((mask >> i & 1) != 0))
            fail_msg("row %s: %llu tokens",
                     dc_stream_name((enum dc_stream_row)i),
                     (unsigned long long)check.n[i]);
}
#define ROW(x) (1U << DC_STREAM_##x)

static void fault_is(enum dc_stream_row want)
{
    enum dc_stream_row row = DC_STREAM_N;
    assert_true(dc_stream_check_bad(&check, &row));
    assert_string_equal(dc_stream_name(row), dc_stream_name(want));
}

static void well(void **state)
{
    struct dc_buf b;
    (void)state;
    begin(3);
    for (int i = 0; i < 20; i++) {
        double x = 0.001 * (i + 1);
        add(alt("a", -0.5 - x), -0.5 - x, -1.5, -4);
        add(alt("c", -4 - x), -0.5, -1.5, -4 - x); /* rank 3, in order */
    }
    seen(0);
    assert_false(dc_stream_check_bad(&check, NULL));
    assert_int_equal(check.n_tok, 40);
    assert_int_equal(check.n_list, 40);
    dc_buf_init(&b, 4096);
    dc_stream_check_say(&check, &b);
    assert_int_equal(b.n, 0);
    dc_buf_release(&b);
    /* OpenAI: a sampled token outside the list is not in it */
    add(alt("z", -9), -0.5, -1.5, -4);
    seen(ROW(OUTSIDE));
    assert_false(dc_stream_check_bad(&check, NULL));
}

static void all_zero(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < DC_STREAM_ZEROS - 1; i++)
        add_bare(alt("a", 0));
    seen(0); /* a sure model may do that */
    add_bare(alt("a", 0));
    fault_is(DC_STREAM_ALL_ZERO);
    seen(ROW(ALL_ZERO));
    add_bare(alt("a", -1e-7));
    seen(0);
}

static void values(void **state)
{
    static const double bad[] = {-9999, -1e4, -3.4028234663852886e38, -INFINITY,
                                 NAN};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(bad); i++) {
        begin(3);
        add(alt("a", bad[i]), -0.5, -1.5, -4);
        seen(ROW(NO_VALUE));
        fault_is(DC_STREAM_NO_VALUE);
        begin(3);
        add(alt("a", -0.5), -0.5, -1.5, bad[i]);
        seen(ROW(BAD_ALT));
        assert_false(dc_stream_check_bad(&check, NULL));
    }
    begin(3);
    add(alt("a", 0.7), -0.5, -1.5, -4);
    seen(ROW(POSITIVE));
    fault_is(DC_STREAM_POSITIVE);
    begin(3);
    add(alt("a", -0.5), 0.5, -1.5, -4); /* probabilities */
    assert_true(check.n[DC_STREAM_POSITIVE] == 1);
    begin(3);
    add(alt("a", 1e-6), 1e-6, -15, -16); /* rounding */
    seen(0);
    struct dc_chunk_alt none = alt("a", 0);
    none.has_logprob = false;
    begin(0);
    add_bare(none);
    seen(ROW(NO_VALUE));
}

/* vLLM ends a stream so; elsewhere it is a gap. */
static void bare_end(void **state)
{
    (void)state;
    begin(3);
    add(alt("a", -0.5), -0.5, -1.5, -4);
    add_bare(alt("", -9999));
    seen(0);
    dc_stream_check_trace(&check);
    add(alt("a", -0.5), -0.5, -1.5, -4);
    seen(0);
    add_bare(alt("", -9999));
    add(alt("a", -0.25), -0.25, -2.5, -4);
    seen(ROW(NO_VALUE));
    fault_is(DC_STREAM_NO_VALUE);
    /* it, and not the token behind it */
    assert_int_equal(check.first[DC_STREAM_NO_VALUE], 3);
}

static void sums(void **state)
{
    (void)state;
    begin(3);
    add(alt("a", -0.1), -0.1, -1, -2.5);
    seen(ROW(SUM));
    fault_is(DC_STREAM_SUM);
    begin(2);
    const struct dc_chunk_alt list[] = {alt("a", 0), alt("b", 0)};
    const struct dc_chunk_tok t = {.it = list[0], .n_alt = 2};
    dc_stream_check_add(&check, &t, list);
    fault_is(DC_STREAM_SUM); /* zeros show at the first list */
}

static void repeated(void **state)
{
    (void)state;
    begin(3);
    add(alt("a", -0.5), -0.5, -1.5, -4);
    add(alt("b", -1.5), -0.5, -1.5, -4);
    assert_int_equal(check.n[DC_STREAM_REPEATED], 1);
    assert_false(dc_stream_check_bad(&check, NULL)); /* once may be chance */
    add(alt("a", -0.5), -0.5, -1.5, -4);
    fault_is(DC_STREAM_REPEATED);
    assert_int_equal(check.first[DC_STREAM_REPEATED], 1);
    /* not over the end of a trace */
    begin(3);
    for (int i = 0; i < 5; i++) {
        add(alt("a", -0.5), -0.5, -1.5, -4);
        dc_stream_check_trace(&check);
    }
    seen(0);
    /* one value that says something is too little */
    begin(1);
    for (int i = 0; i < 5; i++) {
        const struct dc_chunk_alt list[] = {alt("a", -1.5)};
        const struct dc_chunk_tok t = {.it = list[0], .n_alt = 1};
        dc_stream_check_add(&check, &t, list);
    }
    seen(0);
}

static void foreign(void **state)
{
    (void)state;
    begin(3);
    add(alt("z", -1), -0.5, -1.5, -4); /* would have rank 2 */
    seen(ROW(FOREIGN_LIST));
    fault_is(DC_STREAM_FOREIGN_LIST);
    begin(3);
    add(alt("a", -1), -0.5, -1.5, -4); /* in it, with another value */
    fault_is(DC_STREAM_FOREIGN_LIST);
    begin(3);
    add(alt("a", -9), -0.5, -1.5, -4); /* another token written alike */
    seen(ROW(OUTSIDE));
    begin(3);
    add(alt("", -1.5), -0.5, -1.5, -4); /* special, its text left out */
    seen(0);
    /* ids tell what texts can't */
    begin(2);
    struct dc_chunk_alt list[] = {alt("x", -0.5), alt("x", -1.5)};
    struct dc_chunk_tok t = {.it = list[1], .n_alt = 2};
    list[0].id = 4;
    list[1].id = 5;
    t.it.id = 4;
    dc_stream_check_add(&check, &t, list);
    fault_is(DC_STREAM_FOREIGN_LIST);
    t.it.id = 5;
    begin(2);
    dc_stream_check_add(&check, &t, list);
    seen(0);
}

static void ranks(void **state)
{
    (void)state;
    begin(3);
    add(alt("a", -9), -9, -0.5, -1.5); /* vLLM: rank 3 is lost */
    seen(ROW(DISPLACED) | ROW(UNSORTED));
    assert_false(dc_stream_check_bad(&check, NULL));
    begin(2); /* /v1/completions: one more, and nothing lost */
    add(alt("a", -9), -9, -0.5, -1.5);
    seen(ROW(LONG_LIST) | ROW(UNSORTED));
    begin(4);
    add(alt("a", -0.5), -0.5, -1.5, -4);
    seen(ROW(SHORT_LIST));
    begin(3);
    add_bare(alt("a", -0.5));
    seen(ROW(NO_LIST));
    fault_is(DC_STREAM_NO_LIST);
    begin(0);
    add_bare(alt("a", -0.5));
    seen(0);
    begin(1);
    struct dc_chunk_alt bare = alt("a", -0.5);
    bare.bytes = NULL;
    const struct dc_chunk_tok t = {.it = bare, .n_alt = 1};
    dc_stream_check_add(&check, &t, &bare);
    seen(ROW(NO_TEXT));
}

static void words(void **state)
{
    struct dc_buf b;
    (void)state;
    begin(3);
    add(alt("a", -0.5), -0.5, -1.5, -4);
    add(alt("z", -9), -0.25, -1.5, -4);
    add(alt("z", -1), -0.125, -2.5, -4);
    dc_buf_init(&b, 4096);
    dc_stream_check_say(&check, &b);
    const char *fault = strstr(b.data, "foreign-list: 1 of 3 tokens, the first "
                                       "at 2, are more probable");
    const char *fact = strstr(b.data, "outside-list: 1 of 3 tokens, the first "
                                      "at 1, are less probable");
    assert_true(fault && fact && fault < fact);
    dc_buf_release(&b);
    for (size_t i = 0; i < DC_STREAM_N; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(dc_stream_name((enum dc_stream_row)i),
                                    dc_stream_name((enum dc_stream_row)k));
    assert_true(dc_stream_is_fault(DC_STREAM_ALL_ZERO) &&
                !dc_stream_is_fault(DC_STREAM_DISPLACED));
    assert_non_null(strstr(dc_stream_words(DC_STREAM_ALL_ZERO), "27972"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well),    cmocka_unit_test(all_zero),
        cmocka_unit_test(values),  cmocka_unit_test(bare_end),
        cmocka_unit_test(sums),    cmocka_unit_test(repeated),
        cmocka_unit_test(foreign), cmocka_unit_test(ranks),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
