/*
 * test_text.c - a trace's text, cleaned token by token: the same as cleaned at
 * once, and its prefixes are what a trace that ends there would have.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "run/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REPLACEMENT "\xEF\xBF\xBD"

enum { MAX = 4096 };

static uint32_t below(uint32_t *at, uint32_t n)
{
    const struct dc_rng_key key = {.seed = 21, .stream = 4};
    return (uint32_t)(dc_rng_uniform(&key, 0, (*at)++) * n);
}

/* s [n] cleaned at once: NUL is U+FFFD, and so is what is no UTF-8. */
static void clean_at_once(const char *s, size_t n, struct dc_buf *out)
{
    dc_buf_clear(out);
    for (size_t i = 0, j = 0; i <= n; i++) {
        if (i < n && s[i])
            continue;
        dc_utf8_sanitize(out, s + j, i - j);
        if (i < n)
            dc_buf_adds(out, REPLACEMENT);
        j = i + 1;
    }
}

/* Cut s [n] into pieces at end [n_tok], and hold every prefix to its rule. */
static void check(const char *s, size_t n, size_t *end, size_t n_tok)
{
    struct dc_pool_trace l = {.end = end, .n_tok = n_tok};
    struct dc_buf text, want;
    uint32_t *at = dc_xcalloc(n_tok + 1, sizeof *at);
    dc_buf_init(&l.text, MAX);
    dc_buf_init(&text, 4 * MAX);
    dc_buf_init(&want, 4 * MAX);
    dc_buf_add(&l.text, s, n);
    dc_live_text(&l, &text, at);
    clean_at_once(s, n, &want);
    assert_int_equal(text.n, want.n);
    assert_memory_equal(text.data, want.data, want.n);
    assert_true(dc_utf8_valid(text.data, text.n, NULL));
    assert_int_equal(strlen(text.data), text.n);
    uint32_t before = 0;
    for (size_t i = 0; i < n_tok; i++) {
        uint32_t off = at[i] & ~DC_TOK_PENDING;
        assert_true(off >= before && off <= text.n);
        before = off;
        clean_at_once(s, end[i], &want);
        size_t got = off + (at[i] & DC_TOK_PENDING ? 3 : 0);
        assert_int_equal(got, want.n);
        assert_memory_equal(want.data, text.data, off);
        if (at[i] & DC_TOK_PENDING)
            assert_memory_equal(want.data + off, REPLACEMENT, 3);
    }
    dc_buf_release(&l.text);
    dc_buf_release(&text);
    dc_buf_release(&want);
    free(at);
}

static void cut_anywhere(const char *s, size_t n, uint32_t *rng)
{
    size_t end[MAX], n_tok = 0;
    for (size_t at = 0; at < n;) {
        at += below(rng, 4); /* empty pieces, too */
        end[n_tok++] = at < n ? at : n;
        if (n_tok == MAX)
            return;
    }
    if (below(rng, 2) && n_tok > 1)
        n_tok--; /* bytes behind the last token */
    check(s, n, end, n_tok);
}

static void test_real_text(void **state)
{
    static const char *const real[] = {
        "",
        "I can\xe2\x80\x99t help with that.",
        "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x92\xa5\xf0\x9f\x91\xa9\xe2\x80\x8d"
        "\xf0\x9f\x94\xac e\xcc\x81 \xc3\xbc\xc3\x9f",
        "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
        "\xef\xbb\xbf" REPLACEMENT "\xf4\x8f\xbf\xbf",
    };
    uint32_t rng = 0;
    (void)state;
    for (size_t i = 0; i < DC_COUNT(real); i++) {
        size_t n = strlen(real[i]), each[200];
        for (size_t j = 0; j < n; j++)
            each[j] = j + 1;
        check(real[i], n, each, n);
        for (int trial = 0; trial < 200; trial++)
            cut_anywhere(real[i], n, &rng);
    }
}

static void test_random_bytes(void **state)
{
    /* lead and continuation bytes far more often than by chance */
    static const char odd[] =
        "\x00\x41\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xed\xef"
        "\xf0\xf1\xf4\xf5\xf8\xff";
    uint32_t rng = 0;
    (void)state;
    for (int trial = 0; trial < 20000; trial++) {
        char s[40];
        size_t n = below(&rng, sizeof s);
        for (size_t i = 0; i < n; i++)
            s[i] = trial % 3 ? odd[below(&rng, sizeof odd - 1)]
                             : (char)below(&rng, 256);
        cut_anywhere(s, n, &rng);
    }
}

/* Every string of three bytes of the odd ones, cut everywhere. */
static void test_every_short_string(void **state)
{
    static const char odd[] = "\x00\x41\x80\x90\xa0\xbf\xc0\xc2\xe0\xe1\xed\xf0"
                              "\xf1\xf4\xf5";
    enum { N = sizeof odd - 1 };
    size_t each[] = {1, 2, 3, 4};
    (void)state;
    for (size_t i = 0; i < (size_t)N * N * N * N; i++) {
        const char s[] = {odd[i % N], odd[i / N % N], odd[i / N / N % N],
                          odd[i / N / N / N]};
        check(s, 4, each, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_text),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_every_short_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
