/*
 * test_boxed.c - the answer in a \boxed{}: known texts, and random ones against
 * a reading that goes the other way round (forwards, by code points).
 */
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"

#include <deepconf/answers.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A copy on the heap without a NUL, so that the sanitizers see a byte read past
 * its end. */
static void check(const char *text, size_t n, const char *want, size_t want_len)
{
    char *copy = dc_xmalloc(n);
    const char *got = NULL;
    size_t len = 0;
    memcpy(copy, text, n);
    bool found = dc_answer_boxed(copy, n, &got, &len);
    bool inside = !found || (got >= copy && got + len <= copy + n);
    bool right = found == !!want &&
                 (!found || (len == want_len && !memcmp(got, want, len)));
    if (!inside || !right)
        print_error("text \"%.*s\": got \"%.*s\", expected \"%.*s\"\n", (int)n,
                    text, (int)len, got ? got : "", (int)want_len,
                    want ? want : "(none)");
    free(copy);
    assert_true(inside && right);
}

static void test_known(void **state)
{
    (void)state;
    static const struct {
        const char *text, *answer; /* NULL: none */
    } row[] = {
        {"", NULL},
        {"boxe", NULL},
        {"box{3} Boxed{3} \\BOXED{3}", NULL},
        {"boxed", ""},
        {"xxboxed", ""},
        {"\\boxed{1024}", "1024"},
        {"\\boxed{a}\\boxed{b} and so on", "b"},
        {"\\boxed{a}boxed", ""},
        {"\\boxed{\\boxed{5}}", "5"},
        {"\\boxed{boxed}", "}"},
        {"\\boxed{\\frac{1}{\\sqrt{2}}} $", "\\frac{1}{\\sqrt{2}}"},
        {"\\boxed{{}", "{}"},
        {"\\boxed{", ""},
        {"\\boxed{ {", "{"},
        {"\\boxed{}}}", ""},
        {"\\boxed{1$2}", "1$2"},
        {"\\boxed {7}$", "{7}"},
        {"\\boxed 7", "7"},
        {"\\boxed$7$", ""},
        {"\\boxed} 7$8", "} 7"},
        {"\\boxed{\n\t 8 m \v\f\r}", "8 m"},
        {"\\boxed{\x1c\x1d\x1e\x1f"
         "9\x1c}",
         "9"},
        {"\\boxed{\x1b"
         "9\x08}",
         "\x1b"
         "9\x08"},
        {"\\boxed{\xc2\xa0\xe3\x80\x80\xe2\x80\x83x\xc2\x85}", "x"},
        {"\\boxed{\xe2\x80\x8bx\xef\xbb\xbf}", "\xe2\x80\x8bx\xef\xbb\xbf"},
        {"\\boxed{\xe1\x9a\x80x\xe2\x81\x9f}", "x"},
        {"\\boxed{\xa0x\x85}", "\xa0x\x85"}, /* no UTF-8: not white */
        {"\\boxed{x\xe3\x80}", "x\xe3\x80"},
        {"\\boxed{\xe3\x80", "\xe3\x80"},
        {"boxed \xc3\xa0", "\xc3\xa0"}, /* ends in the byte 0xA0 */
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        check(row[i].text, strlen(row[i].text), row[i].answer,
              row[i].answer ? strlen(row[i].answer) : 0);
    check("boxed{a\0b}", 10, "a\0b", 3);
    check("bo\0xed", 6, NULL, 0);
}

static void test_deep_and_long(void **state)
{
    (void)state;
    enum { N = 2000000 };
    char *text = dc_xmalloc(N + 6);

    memset(text, '{', N + 6);
    memcpy(text, "boxed", 5);
    check(text, N + 6, text + 6, N);
    memset(text + 6 + N / 2, '}', N / 2);
    check(text, N + 6, text + 6, N); /* the outer one is left open */
    memset(text + 5, ' ', N + 1);
    check(text, N + 6, "", 0);
    for (size_t i = 0; i + 5 <= N + 6; i += 5)
        memcpy(text + i, "boxed", 5);
    check(text, (N + 6) / 5 * 5, "", 0);
    free(text);
}

/* ---- a plain reading ---- */

static const char *const white[] = {
    "\t",           "\n",
    "\v",           "\f",
    "\r",           "\x1c",
    "\x1d",         "\x1e",
    "\x1f",         " ",
    "\xc2\x85",     "\xc2\xa0",
    "\xe1\x9a\x80", "\xe2\x80\x80",
    "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84",
    "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88",
    "\xe2\x80\x89", "\xe2\x80\x8a",
    "\xe2\x80\xa8", "\xe2\x80\xa9",
    "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80",
};

/* Bytes of the white character at s; 0 if there is none. */
static size_t white_at(const char *s, const char *end)
{
    for (size_t i = 0; i < DC_COUNT(white); i++) {
        size_t n = strlen(white[i]);
        if ((size_t)(end - s) >= n && !memcmp(s, white[i], n))
            return n;
    }
    return 0;
}

static void strip(const char **s, const char **end)
{
    const char *last = NULL;
    while (white_at(*s, *end))
        *s += white_at(*s, *end);
    for (const char *p = *s; p < *end;) {
        size_t n = white_at(p, *end);
        if (!n)
            last = p + 1;
        p += n ? n : 1;
    }
    *end = last ? last : *s;
}

/* Valid UTF-8 only. Cuts at each "boxed" from the left, then reads on. */
static const char *plain_boxed(const char *s, const char *end, size_t *len)
{
    const char *from = NULL;
    for (const char *p = s; p + 5 <= end; p++)
        if (!strncmp(p, "boxed", 5))
            from = p + 5;
    if (!from)
        return NULL;
    if (from < end && *from == '{') {
        int open = 1;
        const char *p = ++from;
        while (p < end && (open += (*p == '{') - (*p == '}')))
            p++;
        end = p;
    } else {
        for (const char *p = end; p-- > from;)
            if (*p == '$')
                end = p;
    }
    strip(&from, &end);
    *len = (size_t)(end - from);
    return from;
}

static void test_random_against_the_plain_reading(void **state)
{
    (void)state;
    static const char *const piece[] = {
        "boxed",
        "boxed{",
        "\\boxed{",
        "{",
        "}",
        "}",
        "$",
        " ",
        "\xc2\xa0",
        "x",
        "17",
        "\n",
        "\xc3\xa0",
        "box",
        "\xe2\x80\x89",
        "ed",
        "\\frac{",
        "bo",
        "\x1f",
        "\xe2\x82\xac",
        "\xe3\x80\x80",
    };
    const struct dc_rng_key key = {.seed = 11, .stream = 2};
    char text[256];

    for (uint32_t t = 0; t < 60000; t++) {
        uint32_t parts = dc_rng_below(&key, t, 99, 24);
        size_t n = 0, len = 0;
        for (uint32_t i = 0; i < parts; i++) {
            const char *p = piece[dc_rng_below(&key, t, i, DC_COUNT(piece))];
            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        }
        assert_true(dc_utf8_valid(text, n, NULL));
        const char *want = plain_boxed(text, text + n, &len);
        check(text, n, want, len);
    }
}

/* Any bytes: a part of the text, and nothing white at its ends. */
static void test_random_bytes(void **state)
{
    (void)state;
    const struct dc_rng_key key = {.seed = 11, .stream = 4};

    for (uint32_t t = 0; t < 20000; t++) {
        size_t n = 5 + dc_rng_below(&key, t, 0, 12);
        char *text = dc_xmalloc(n);
        const char *got;
        size_t len;
        for (uint32_t i = 0; i < n; i++)
            text[i] = (char)dc_rng_below(&key, t, i + 1, 256);
        memcpy(text + t % (n - 4), "boxed", 5);
        assert_true(dc_answer_boxed(text, n, &got, &len));
        assert_true(got >= text && got + len <= text + n);
        if (len)
            assert_int_equal(white_at(got, got + len), 0);
        for (size_t k = 1; k <= 3 && k <= len; k++)
            assert_true(white_at(got + len - k, got + len) != k);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_deep_and_long),
        cmocka_unit_test(test_random_against_the_plain_reading),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
