/*
 * JSONL, one object a line, and each way to be none, with its line.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "data/jsonl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Every object as "line:key=text|key=text;", null as "-", or "!" at an error.
 */
static void read_all(struct dc_buf *out, const char *data, size_t n,
                     struct dc_err *err)
{
    struct dc_jsonl j;
    const char *key[8];
    bool more;
    enum dc_status st;
    dc_jsonl_init(&j, data, n);
    while (!(st = dc_jsonl_next(&j, &more, err)) && more) {
        size_t n_key = dc_jsonl_keys(&j, key, 8);
        dc_buf_addf(out, "%zu:", j.record_line);
        for (size_t i = 0; i < n_key; i++) {
            struct dc_jsonl_value v;
            st = dc_jsonl_get(&j, key[i], &v, err);
            assert_true(st || v.present);
            dc_buf_addf(out, "%s%s=%s", i ? "|" : "", key[i],
                        st       ? "!"
                        : v.text ? v.text
                                 : "-");
        }
        dc_buf_addc(out, ';');
    }
    if (st) {
        assert_int_equal(st, DC_DATA);
        assert_int_equal(err->status, DC_DATA);
        dc_buf_addc(out, '!');
    }
    dc_jsonl_release(&j);
}

static void reads(const char *text, const char *want)
{
    struct dc_buf got;
    struct dc_err err;
    dc_buf_init(&got, 1 << 20);
    read_all(&got, text, strlen(text), &err);
    assert_string_equal(got.data, want);
    dc_buf_release(&got);
}

static void objects(void **state)
{
    (void)state;
    reads("", "");
    reads("{}", "1:;");
    reads("{\"a\":\"x\"}\n{\"a\":\"y\"}\n", "1:a=x;2:a=y;");
    reads("{\"a\":\"x\"}\r\n{\"a\":\"y\"}\r\n", "1:a=x;2:a=y;");
    reads("{\"a\":\"x\"}\n{\"a\":\"y\"}", "1:a=x;2:a=y;");
    reads(" {\"a\": \"x\" , \"b\" :\"\"} \t\n", "1:a=x|b=;");
}

static void blank_lines(void **state)
{
    (void)state;
    reads("\n \t\n{\"a\":1}\n\r\n\n{\"a\":2}\n\n", "3:a=1;6:a=2;");
    reads("\n\r\n  ", "");
}

static void byte_order_mark(void **state)
{
    (void)state;
    reads("\xEF\xBB\xBF{\"a\":1}\n", "1:a=1;");
    reads("\xEF\xBB\xBF", "");
    reads("{\"a\":1}\n\xEF\xBB\xBF{\"a\":1}\n", "1:a=1;!"); /* only in front */
}

static void values(void **state)
{
    (void)state;
    reads("{\"i\":-7,\"z\":0,\"t\":true,\"f\":false,\"n\":null}",
          "1:i=-7|z=0|t=true|f=false|n=-;");
    reads("{\"i\":9223372036854775807}", "1:i=9223372036854775807;");
    reads("{\"r\":0.1,\"w\":1.0,\"e\":1e300,\"s\":-2.5e-7}",
          "1:r=0.1|w=1|e=1e+300|s=-2.5e-07;");
    reads("{\"r\":0.30000000000000004}", "1:r=0.30000000000000004;");
    reads("{\"s\":\"a\\n\\\"\\u00e9\\ud83d\\ude00\"}",
          "1:s=a\n\"\xC3\xA9\xF0\x9F\x98\x80;");
    reads("{\"a\":[1],\"o\":{},\"s\":\"x\"}", "1:a=!|o=!|s=x;");
}

/* Text ends at a NUL everywhere else: it must not end early here. */
static void escaped_nul(void **state)
{
    static const char text[] = "{\"a\":\"\\u0000x\\u0000\",\"b\":\"y\"}";
    struct dc_jsonl j;
    struct dc_jsonl_value v;
    bool more;
    (void)state;
    reads(text, "1:a=\xEF\xBF\xBDx\xEF\xBF\xBD|b=y;");
    dc_jsonl_init(&j, text, sizeof text - 1);
    assert_int_equal(dc_jsonl_next(&j, &more, NULL), DC_OK);
    assert_int_equal(dc_jsonl_get(&j, "a", &v, NULL), DC_OK);
    assert_true(v.had_nul);
    assert_int_equal(dc_jsonl_get(&j, "b", &v, NULL), DC_OK);
    assert_false(v.had_nul);
    dc_jsonl_release(&j);
}

static void absent_key(void **state)
{
    struct dc_jsonl j;
    struct dc_jsonl_value v;
    struct dc_err err;
    const char *key[1];
    bool more;
    (void)state;
    dc_jsonl_init(&j, "{\"a\":null,\"b\":[]}", 17);
    assert_int_equal(dc_jsonl_next(&j, &more, &err), DC_OK);
    assert_true(more);
    assert_int_equal(dc_jsonl_get(&j, "c", &v, &err), DC_OK);
    assert_false(v.present);
    assert_null(v.text);
    assert_int_equal(dc_jsonl_get(&j, "a", &v, &err), DC_OK);
    assert_true(v.present);
    assert_null(v.text);
    assert_int_equal(dc_jsonl_get(&j, "b", &v, &err), DC_DATA);
    assert_string_equal(err.msg,
                        "line 1: \"b\" is an array; expected a string, "
                        "a number, true, false or null");
    assert_int_equal(dc_jsonl_keys(&j, key, 1), 1); /* as many as fit */
    assert_string_equal(key[0], "a");
    assert_int_equal(dc_jsonl_next(&j, &more, &err), DC_OK);
    assert_false(more);
    assert_int_equal(dc_jsonl_next(&j, &more, &err), DC_OK);
    assert_false(more); /* and stays there */
    dc_jsonl_release(&j);
}

/* A good line, a blank one, then text [n]: an error that names line 3. */
static void fails_with(const char *text, size_t n, const char *part)
{
    struct dc_buf b, got;
    struct dc_err err = {.msg = ""};
    dc_buf_init(&b, 4096);
    dc_buf_init(&got, 4096);
    dc_buf_adds(&b, "{\"a\":1}\n\n");
    dc_buf_add(&b, text, n);
    dc_buf_adds(&b, "\n{\"a\":2}\n");
    read_all(&got, b.data, b.n, &err);
    assert_string_equal(got.data, "1:a=1;!");
    if (strncmp(err.msg, "line 3", 6) != 0 || !strstr(err.msg, part))
        fail_msg("\"%s\" is not said in: %s", part, err.msg);
    assert_true(dc_utf8_valid(err.msg, strlen(err.msg), NULL));
    assert_null(strpbrk(err.msg, "\x1B\n\r"));
    dc_buf_release(&got);
    dc_buf_release(&b);
}

static void says_what_is_wrong(void **state)
{
    static const char raw_nul[] = "{\"a\":\"x\0y\"}";
    static const char *const text[] = {
        "{\"a\" 1}",                     /* no colon */
        "{\"a\":1",                      /* cut off */
        "{",                             /* an object over several lines */
        "{\"a\":1} x",                   /* something behind it */
        "{\"a\":1}{\"a\":2}",            /* two on a line */
        "{\"a\":\"\xE9\"}",              /* Latin-1 */
        "{\"a\":\"\xED\xA0\x80\"}",      /* a surrogate in UTF-8 */
        "{\"a\":\"\x1B[2J\"}",           /* a control character */
        "{\"a\":099999999999999999999}", /* no number of JSON */
        "{\"a\":1e}",
        "true",
    };
    (void)state;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        fails_with(text[i], strlen(text[i]),
                   "; expected one whole JSON object on the line");
    fails_with(raw_nul, sizeof raw_nul - 1, "; expected one whole JSON object");
    fails_with("[{\"a\":1}]", 9, "got an array; jq -c '.[]'");
}

/* What other programs write and JSON has no word for. */
static void foreign(void **state)
{
    struct dc_jsonl j;
    struct dc_jsonl_value v;
    struct dc_err err;
    bool more;
    static const char half[] = "{\"a\":\"x\\ud83d\",\"k\\udead\":2}";
    static const char twice[] = "{\"a\":1,\"b\":2,\"a\":3}";
    (void)state;
    reads("{\"a\":NaN,\"b\":-Infinity,\"c\":1e999,\"d\":-1e-999}",
          "1:a=-|b=-|c=-|d=-0;");
    reads("{\"a\":99999999999999999999,\"b\":-9223372036854775809}",
          "1:a=99999999999999999999|b=-9223372036854775809;");
    reads("{\"a\":\"\\ude00\\ud83d\"}", "1:a=\xEF\xBF\xBD\xEF\xBF\xBD;");
    reads("{\"a\\u0000\":1}", "1:a\xEF\xBF\xBD=1;");
    dc_jsonl_init(&j, half, sizeof half - 1);
    assert_int_equal(dc_jsonl_next(&j, &more, NULL), DC_OK);
    assert_int_equal(dc_jsonl_get(&j, "a", &v, NULL), DC_OK);
    assert_true(v.had_nul);
    assert_string_equal(v.text, "x\xEF\xBF\xBD");
    dc_jsonl_release(&j);
    dc_jsonl_init(&j, twice, sizeof twice - 1); /* matters only if it is read */
    assert_int_equal(dc_jsonl_next(&j, &more, &err), DC_OK);
    assert_int_equal(dc_jsonl_get(&j, "b", &v, &err), DC_OK);
    assert_int_equal(dc_jsonl_get(&j, "a", &v, &err), DC_DATA);
    assert_string_equal(err.msg, "line 1: the object has the key \"a\" more "
                                 "than once; take out all but one");
    dc_jsonl_release(&j);
}

/* One array around all, objects over several lines, and how these can break. */
static void arrays(void **state)
{
    struct dc_jsonl j;
    struct dc_err err;
    bool more;
    (void)state;
    reads("[{\"a\":1}, {\"a\":2}]", "1:a=1;1:a=2;");
    reads("\xEF\xBB\xBF [\n {\n\"a\":\n\"}]\"\n},\r\n\n{\"a\":2}\n]\n",
          "2:a=}];7:a=2;");
    reads("{\n\"a\"\n:1}\n\n{\"a\":2}", "1:a=1;5:a=2;");
    reads("[]", "");
    reads("[{\"a\":1} {\"a\":2}]", "1:a=1;!");
    reads("[{\"a\":1},,{\"a\":2}]", "1:a=1;!");
    reads("[{\"a\":1},]", "1:a=1;!");
    reads("[{\"a\":1}]\n{\"a\":2}", "1:a=1;!");
    reads("[[{\"a\":1}]]", "!");
    reads("{\"a\":1},\n{\"a\":2}", "!");
    dc_jsonl_init(&j, "[{\"a\":1},\n", 10);
    assert_int_equal(dc_jsonl_next(&j, &more, &err), DC_OK);
    assert_int_equal(dc_jsonl_next(&j, &more, &err), DC_OK);
    assert_false(more);
    assert_int_equal(dc_jsonl_end(&j, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "ends in the middle of its array"));
    dc_jsonl_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects),         cmocka_unit_test(blank_lines),
        cmocka_unit_test(byte_order_mark), cmocka_unit_test(values),
        cmocka_unit_test(absent_key),      cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(escaped_nul),     cmocka_unit_test(foreign),
        cmocka_unit_test(arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
