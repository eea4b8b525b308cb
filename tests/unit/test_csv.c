/*
 * CSV as RFC 4180 has it, and each way to be none, with its line.
 */
#include "base/mem.h"
#include "data/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every record as "line:field|field;" or what is wrong. Caller frees. */
static char *read_all(const char *data, size_t n)
{
    struct dc_csv c;
    struct dc_err err;
    struct dc_buf out;
    bool more;
    enum dc_status st;
    dc_buf_init(&out, 1 << 20);
    dc_csv_init(&c, data, n);
    while (!(st = dc_csv_next(&c, &more, &err)) && more) {
        dc_buf_addf(&out, "%zu:", c.record_line);
        for (size_t i = 0; i < c.n_field; i++)
            dc_buf_addf(&out, "%s%s", i ? "|" : "", dc_csv_field(&c, i));
        dc_buf_addc(&out, ';');
    }
    if (st) {
        assert_int_equal(st, DC_DATA);
        assert_int_equal(err.status, DC_DATA);
        dc_buf_addf(&out, "!%s", err.msg);
    }
    dc_csv_release(&c);
    return dc_buf_detach(&out);
}

static void reads(const char *text, const char *want)
{
    char *got = read_all(text, strlen(text));
    assert_string_equal(got, want);
    free(got);
}

static void plain_records(void **state)
{
    (void)state;
    reads("", "");
    reads("a", "1:a;");
    reads("a,b\n1,2\n", "1:a|b;2:1|2;");
    reads("a,b\n1,2", "1:a|b;2:1|2;"); /* the last newline is missing */
    reads("a,b\r\n1,2\r\n", "1:a|b;2:1|2;");
    reads("a,b\r\n1,2\r", "1:a|b;2:1|2;"); /* half a line end at the end */
    reads(",\n,,\n", "1:|;2:||;");
    reads("a,", "1:a|;");
    reads("x\na\rb,c\n", "1:x;2:a\rb|c;"); /* a lone CR ends no line */
    reads(" a , b \n", "1: a | b ;");
    reads("\xC3\xA9,\xF0\x9F\x98\x80\n", "1:\xC3\xA9|\xF0\x9F\x98\x80;");
}

static void byte_order_mark(void **state)
{
    (void)state;
    reads("\xEF\xBB\xBF", "");
    reads("\xEF\xBB\xBFid,x\n", "1:id|x;");
    reads("\xEF\xBB\xBF\"id\",x\n", "1:id|x;");
    reads("a\n\xEF\xBB\xBFz\n", "1:a;2:\xEF\xBB\xBFz;"); /* only at the start */
}

static void quoted_fields(void **state)
{
    (void)state;
    reads("\"a\",\"b\"\n", "1:a|b;");
    reads("\"\"\n", "1:;");
    reads("\"a,b\",c", "1:a,b|c;");
    reads("\"say \"\"hi\"\"\"\n", "1:say \"hi\";");
    reads("\"\"\"\"\n", "1:\";");
    reads("\"x\ny\",1\nz,2\n", "1:x\ny|1;3:z|2;");
    reads("\"x\r\ny\"\r\nz\r\n", "1:x\r\ny;3:z;");
    reads("\"a\"\r", "1:a;");
    reads("\"\n\n\"\nend", "1:\n\n;4:end;");
}

static void blank_lines(void **state)
{
    (void)state;
    reads("\n\na\n\n\r\nb\n\n", "3:a;6:b;");
    reads("\n\r\n", "");
    reads(" \n", "1: ;"); /* a space is a field */
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    reads("a\nb,\"x\ny\n", "1:a;!line 2: the quote that opens here never ends");
    reads("\"", "!line 1: the quote that opens here never ends");
    reads("a\n\"x\ny\"z\n",
          "1:a;!line 3: text behind a closing quote; a quote inside a quoted "
          "field is doubled (\"\")");
    reads("\"a\" ,b\n",
          "!line 1: text behind a closing quote; a quote inside a quoted field "
          "is doubled (\"\")");
    reads(
        "a\nb\"c\n",
        "1:a;!line 2: a quote inside an unquoted field; quote the whole field "
        "and double the quote");
}

static void nul_bytes(void **state)
{
    static const char bare[] = "a\nb\0c\n", quoted[] = "a\n\"b\n\0\"\n";
    (void)state;
    char *got = read_all(bare, sizeof bare - 1);
    assert_string_equal(got, "1:a;!line 2: a NUL byte");
    free(got);
    got = read_all(quoted, sizeof quoted - 1);
    assert_string_equal(got, "1:a;!line 3: a NUL byte");
    free(got);
}

static void too_many_fields(void **state)
{
    char row[DC_CSV_MAX_FIELDS + 1];
    struct dc_csv c;
    struct dc_err err;
    bool more;
    (void)state;
    memset(row, ',', sizeof row);
    dc_csv_init(&c, row, DC_CSV_MAX_FIELDS - 1);
    assert_int_equal(dc_csv_next(&c, &more, &err), DC_OK);
    assert_int_equal(c.n_field, DC_CSV_MAX_FIELDS);
    dc_csv_release(&c);
    dc_csv_init(&c, row, DC_CSV_MAX_FIELDS);
    assert_int_equal(dc_csv_next(&c, &more, &err), DC_DATA);
    assert_string_equal(err.msg, "line 1: more than 1024 fields");
    dc_csv_release(&c);
}

/* A field's length is kept apart from its bytes, to the last record. */
static void lengths(void **state)
{
    static const char text[] = "ab,,\"c\"\"\"\n";
    struct dc_csv c;
    bool more;
    (void)state;
    dc_csv_init(&c, text, sizeof text - 1);
    assert_int_equal(dc_csv_next(&c, &more, NULL), DC_OK);
    assert_true(more);
    assert_int_equal(c.n_field, 3);
    assert_int_equal(c.len[0], 2);
    assert_int_equal(c.len[1], 0);
    assert_int_equal(c.len[2], 2);
    assert_int_equal(dc_csv_next(&c, &more, NULL), DC_OK);
    assert_false(more);
    assert_int_equal(dc_csv_next(&c, &more, NULL), DC_OK);
    assert_false(more); /* and stays there */
    dc_csv_release(&c);
}

static void separators(void **state)
{
    (void)state;
    reads("id;prompt\n1;a, b\n2;\"c;d\"\n", "1:id|prompt;2:1|a, b;3:2|c;d;");
    reads("id\tprompt\n1\ta\n", "1:id|prompt;2:1|a;");
    reads("id|prompt\n1|a\n", "1:id|prompt;2:1|a;");
    reads("sep=;\r\nid;prompt\r\n1;a,b\r\n", "2:id|prompt;3:1|a,b;");
    reads("\xEF\xBB\xBF\"sep=\t\"\na\tb\n", "2:a|b;");
    reads("sep=,\na;b,c\n", "2:a;b|c;");
    reads("a,b;c\n1,2\n", "1:a|b;c;2:1|2;"); /* the row agrees with commas */
    reads("a,b;c;d\n1;2;3\n", "1:a,b|c|d;2:1|2|3;");
    reads("a b\nx;y\n", "1:a b;2:x;y;"); /* one column */
    reads("\n\na;b\n1;2\n", "3:a|b;4:1|2;");
    reads("sep=\na\n", "1:sep=;2:a;"); /* names none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separators),      cmocka_unit_test(plain_records),
        cmocka_unit_test(byte_order_mark), cmocka_unit_test(quoted_fields),
        cmocka_unit_test(blank_lines),     cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(nul_bytes),       cmocka_unit_test(too_many_fields),
        cmocka_unit_test(lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
