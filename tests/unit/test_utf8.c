/*
 * UTF-8 from hostile hands: validity, replacement (against another program's
 * decoder), what a terminal may be shown, and the fold the judges compare by.
 */
#include "base/hash.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include <cmocka.h>

#define FFFD "\xEF\xBF\xBD"
#define NL "\xE2\x8F\x8E"
#define DOTS "\xE2\x80\xA6"

static void check_display(const char *in, size_t n, size_t cols,
                          const char *want)
{
    struct dc_buf out;

    dc_buf_init(&out, 1000);
    dc_utf8_display(&out, in, n, cols);
    assert_string_equal(out.data, want);
    dc_buf_release(&out);
}

static void check_fold(const char *in, const char *want)
{
    struct dc_buf out;

    dc_buf_init(&out, 1000);
    dc_utf8_fold(&out, in, strlen(in));
    assert_string_equal(out.data, want);
    dc_buf_release(&out);
}

static void valid_and_not(void **state)
{
    static const struct {
        const char *s;
        size_t n, bad; /* bad = n: valid */
    } rows[] = {
        {"", 0, 0},
        {"a\0b", 3, 3},
        {"\x7F\xC2\x80\xDF\xBF", 5, 5},
        {"\xE0\xA0\x80\xEF\xBF\xBF", 6, 6},
        {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8, 8},
        {"\xED\x9F\xBF\xEE\x80\x80", 6, 6},
        {"ab\x80", 3, 2},           /* a lone continuation */
        {"\xC0\x80", 2, 0},         /* overlong NUL */
        {"\xC1\xBF", 2, 0},         /* overlong */
        {"\xE0\x9F\xBF", 3, 0},     /* overlong */
        {"\xF0\x8F\xBF\xBF", 4, 0}, /* overlong */
        {"x\xED\xA0\x80", 4, 1},    /* surrogate */
        {"\xF4\x90\x80\x80", 4, 0}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", 4, 0}, /* no such lead */
        {"abc\xE2\x82", 5, 3},      /* cut off */
        {"\xC3\xA9\xC3", 3, 2},     /* cut off */
        {"\xF0\x9F\x98"
         "a",
         4, 0}, /* broken off */
        {"a\xFF", 2, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t bad = 99;
        bool ok = dc_utf8_valid(rows[i].s, rows[i].n, &bad);
        assert_int_equal(ok, rows[i].bad == rows[i].n);
        assert_int_equal(bad, ok ? 99 : rows[i].bad);
        assert_int_equal(dc_utf8_valid(rows[i].s, rows[i].n, NULL), ok);
    }
}

/*
 * All 88,741 strings of up to four of 17 telling bytes, each sanitized and
 * followed by a newline, hashed. The hash is that of CPython 3.11's
 * bytes.decode("utf-8", "replace") over the same strings in the same order.
 */
static void replaces_as_cpython_does(void **state)
{
    static const unsigned char bytes[] = {0x41, 0x80, 0xBF, 0xC0, 0xC1, 0xC2,
                                          0xE0, 0xA0, 0x9F, 0xED, 0xEE, 0xF0,
                                          0x90, 0x8F, 0xF4, 0xF5, 0xFF};
    enum { B = sizeof(bytes) };
    struct dc_buf all;
    char hex[DC_SHA256_HEX];
    size_t n_strings = 1;

    (void)state;
    dc_buf_init(&all, 4 << 20);
    for (size_t n = 0; n <= 4; n++, n_strings *= B) {
        for (size_t i = 0; i < n_strings; i++) {
            char s[4];
            size_t rest = i;
            for (size_t k = n; k-- > 0; rest /= B)
                s[k] = (char)bytes[rest % B];
            dc_utf8_sanitize(&all, s, n);
            dc_buf_addc(&all, '\n');
        }
    }
    dc_sha256_hex(all.data, all.n, hex);
    assert_string_equal(hex, "9a4e2f370d94997c3c7fed12d256fb96"
                             "84914eaaf3d6691defe18a1339bddba7");
    assert_true(dc_utf8_valid(all.data, all.n, NULL));
    dc_buf_release(&all);
}

static void shows_plain_text(void **state)
{
    static const char mixed[] = "Zo\xC3\xAB \xE4\xBD\xA0\xE5\xA5\xBD "
                                "\xF0\x9F\x98\x80";

    (void)state;
    check_display("", 0, 0, "");
    check_display("", 0, 5, "");
    check_display(mixed, strlen(mixed), 0, mixed);
    check_display("a\tb\nc\r\nd\re", 10, 0, "a b" NL "c" NL "d" FFFD "e");
    check_display("p\xE2\x80\xA9q\xE2\x80\xA8r", 9, 0, "p" NL "q" NL "r");
}

static void shows_nothing_dangerous(void **state)
{
    static const char escape[] = "a\x1B[31mred\x07\x7F\xC2\x9B"
                                 "2J";
    static const char bidi[] = "x\xE2\x80\xAE"
                               "evil\xE2\x81\xA6y\xD8\x9C";
    static const char hidden[] = "a\xC2\xAD"
                                 "b\xE2\x80\x8B"
                                 "c\xCD\x8F"
                                 "d\xEF\xBB\xBF"
                                 "e\xF3\xA0\x81\xA1";

    (void)state;
    check_display(escape, strlen(escape), 0,
                  "a" FFFD "[31mred" FFFD FFFD FFFD "2J");
    check_display(bidi, strlen(bidi), 0, "x" FFFD "evil" FFFD "y" FFFD);
    check_display(hidden, strlen(hidden), 0,
                  "a" FFFD "b" FFFD "c" FFFD "d" FFFD "e" FFFD);
    check_display("a\0b", 3, 0, "a" FFFD "b");
    check_display("a\xFF\xED\xA0\x80z", 6, 0, "a" FFFD FFFD FFFD FFFD "z");
    check_display("\xEE\x80\x80\xEF\xBF\xBF", 6, 0, FFFD FFFD);
}

/*
 * Every code point, shown alone after an "a": printable and of a known width,
 * or replaced. The forbidden ranges are written out, not asked of utf8proc.
 */
static void every_code_point(void **state)
{
    struct dc_buf out;

    (void)state;
    dc_buf_init(&out, 64);
    for (int32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char in[8] = "a";
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        size_t n = 1 + (size_t)utf8proc_encode_char(cp, (uint8_t *)in + 1);
        bool bad = cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x61C ||
                   (cp >= 0x200B && cp <= 0x200F) ||
                   (cp >= 0x2028 && cp <= 0x202E) ||
                   (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF ||
                   (cp >= 0xFFF0 && cp <= 0xFFFB) || (cp & 0xFFFE) == 0xFFFE ||
                   (cp >= 0xE000 && cp <= 0xF8FF) || cp >= 0xE0000;
        dc_buf_clear(&out);
        dc_utf8_display(&out, in, n, 0);
        assert_true(dc_utf8_valid(out.data, out.n, NULL));
        assert_true(out.n <= 3 * n + 3);
        if (bad)
            assert_true(out.n != n || memcmp(out.data, in, n) != 0);
    }
    dc_buf_release(&out);
}

static void cuts_by_columns(void **state)
{
    static const char wide[] = "\xE4\xBD\xA0\xE5\xA5\xBD\xE5\x90\x97";

    (void)state;
    check_display("abcdef", 6, 6, "abcdef");
    check_display("abcdef", 6, 5, "abcd" DOTS);
    check_display("abcdef", 6, 1, DOTS);
    check_display("a", 1, 1, "a");
    check_display("ab\n", 3, 2, "a" DOTS);
    check_display(wide, 9, 6, wide); /* three characters of two columns */
    check_display(wide, 9, 5, "\xE4\xBD\xA0\xE5\xA5\xBD" DOTS);
    check_display(wide, 9, 4, "\xE4\xBD\xA0" DOTS);
    check_display(wide, 9, 1, DOTS);
    /* the marks of a character that is cut go with it, or stay with it */
    check_display("e\xCC\x81"
                  "f",
                  4, 2,
                  "e\xCC\x81"
                  "f");
    check_display("de\xCC\x81"
                  "fg",
                  6, 3, "de\xCC\x81" DOTS);
    check_display("de\xCC\x81"
                  "fg",
                  6, 2, "d" DOTS);
}

/* Appending never touches, nor counts, what was there before. */
static void appends_after_text(void **state)
{
    struct dc_buf out;

    (void)state;
    dc_buf_init(&out, 100);
    dc_buf_adds(&out, "id: ");
    dc_utf8_display(&out, "abcdef", 6, 3);
    assert_string_equal(out.data, "id: ab" DOTS);
    dc_utf8_display(&out, "abc", 3, 1);
    assert_string_equal(out.data, "id: ab" DOTS DOTS);
    dc_buf_release(&out);
}

/* Marks: three on a base, none first; a flood of them fills columns. */
static void marks_cannot_flood(void **state)
{
    char flood[1 + 2 * 1000 + 1] = "a";
    struct dc_buf out;
    size_t n = 1;

    (void)state;
    for (int i = 0; i < 1000; i++, n += 2)
        memcpy(flood + n, "\xCC\x81", 2);
    check_display(flood, n, 4, "a\xCC\x81\xCC\x81\xCC\x81" FFFD FFFD DOTS);
    check_display("\xCC\x81x", 3, 0, FFFD "x");
    check_display("e\xCC\x81\xCC\x82\xCC\x83z", 8, 0,
                  "e\xCC\x81\xCC\x82\xCC\x83z");
    dc_buf_init(&out, 100000);
    dc_utf8_display(&out, flood, n, 0);
    assert_int_equal(out.n, 1 + 3 * 2 + 997 * 3);
    dc_buf_release(&out);
    /* emoji selectors are dropped, and are no base for three more */
    check_display("\xE2\x9D\xA4\xEF\xB8\x8F!", 7, 0, "\xE2\x9D\xA4!");
    check_display("e\xCC\x81\xCC\x81\xCC\x81\xEF\xB8\x8F\xCC\x81", 12, 0,
                  "e\xCC\x81\xCC\x81\xCC\x81" FFFD);
}

static void folds(void **state)
{
    (void)state;
    check_fold("", "");
    check_fold("I Can\xE2\x80\x99T", "i can't");
    check_fold("I CAN'T", "i can't");
    check_fold("Stra\xC3\x9F"
               "e",
               "strasse");
    check_fold("\xEF\xBC\xA9 \xEF\xBD\x83\xEF\xBD\x81\xEF\xBD\x8E", "i can");
    check_fold("\xEF\xAC\x81ne", "fine");               /* the ligature fi */
    check_fold("e\xCC\x81", "\xC3\xA9");                /* composed */
    check_fold("\xCE\xA3\xCF\x82", "\xCF\x83\xCF\x83"); /* both sigmas */
    check_fold("can\xC2\xADnot\xE2\x80\x8B", "cannot"); /* invisible ones go */
    check_fold("A\xFF\xC3", "a" FFFD FFFD);
    check_fold("line\nTWO\t.", "line\ntwo\t.");
    check_fold("\xE2\x80\x98x\xE2\x80\x9C", "\xE2\x80\x98x\xE2\x80\x9C");
}

static void fold_keeps_nul(void **state)
{
    struct dc_buf out;

    (void)state;
    dc_buf_init(&out, 10);
    dc_utf8_fold(&out, "A\0B", 3);
    assert_int_equal(out.n, 3);
    assert_memory_equal(out.data, "a\0b", 3);
    dc_buf_release(&out);
}

/* Each code point grows at most 11 times, stays valid, and folds only once. */
static void fold_of_every_code_point(void **state)
{
    struct dc_buf once;
    struct dc_buf twice;
    size_t worst = 0;

    (void)state;
    dc_buf_init(&once, 64);
    dc_buf_init(&twice, 64);
    for (int32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char in[4];
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        size_t n = (size_t)utf8proc_encode_char(cp, (uint8_t *)in);
        dc_buf_clear(&once);
        dc_utf8_fold(&once, in, n);
        assert_true(once.n <= 11 * n);
        worst = once.n > worst * n ? once.n / n : worst;
        assert_true(dc_utf8_valid(once.data, once.n, NULL));
        dc_buf_clear(&twice);
        dc_utf8_fold(&twice, once.data, once.n);
        assert_string_equal(once.data, twice.data);
    }
    assert_int_equal(worst, 11); /* U+FDFA: 3 bytes become 33 */
    dc_buf_release(&once);
    dc_buf_release(&twice);
}

static void trims_white_space_of_ascii(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } row[] = {
        {"", ""},
        {"a", "a"},
        {" \t\r\n\v\f", ""},
        {"\v a b\f\n", "a b"},
        {"\xC2\xA0x\xC2\xA0 ", "\xC2\xA0x\xC2\xA0"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *s = row[i].in;
        size_t n = dc_utf8_trim(&s);
        assert_int_equal(n, strlen(row[i].out));
        assert_memory_equal(s, row[i].out, n);
    }
}

static void wordy(void **state)
{
    static const uint32_t yes[] = {'a',  'Z',   '0',    ' ',    '\n',   0xA0,
                                   0xFC, 0x301, 0x4F60, 0xD55C, 0x2167, 0x3000};
    static const uint32_t no[] = {'<',    '|',    '_',    '-',    0,
                                  0x7F,   0xFF5C, 0x25C1, 0x3010, 0x1F600,
                                  0x2581, 0x200B, 0xE000};

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(dc_utf8_is_wordy(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(dc_utf8_is_wordy(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_and_not),
        cmocka_unit_test(wordy),
        cmocka_unit_test(replaces_as_cpython_does),
        cmocka_unit_test(shows_plain_text),
        cmocka_unit_test(shows_nothing_dangerous),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(cuts_by_columns),
        cmocka_unit_test(appends_after_text),
        cmocka_unit_test(marks_cannot_flood),
        cmocka_unit_test(folds),
        cmocka_unit_test(fold_keeps_nul),
        cmocka_unit_test(fold_of_every_code_point),
        cmocka_unit_test(trims_white_space_of_ascii),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
