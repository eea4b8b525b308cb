/*
 * test_json_in.c - values out of brackets that the caller walks, whatever the
 * size of the pieces they come in, and what is said of broken files.
 */
#include "base/mem.h"
#include "exchange/json_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */
#include <stdlib.h>
#include <string.h>

struct source {
    const char *s;
    size_t n, step;
};

static long give(void *arg, char *buf, size_t n)
{
    struct source *x = arg;
    size_t m = x->n < x->step ? x->n : x->step;
    m = m < n ? m : n;
    memcpy(buf, x->s, m);
    x->s += m;
    x->n -= m;
    return (long)m;
}

static struct dc_json_in *from(struct source *x, const char *s, size_t step)
{
    struct dc_json_in *j = dc_xcalloc(1, sizeof *j);
    *x = (struct source){s, strlen(s), step};
    dc_ji_init(j, give, x);
    return j;
}

static void values_in_a_walk(void **state)
{
    static const char text[] =
        " {\"a\" : NaN,\n\"b\":[1, -Infinity, \"NaN -Infinity \\\" \\\\\"],"
        "\n \"N\": {\"x\": Infinity}, \"n\": -2.5e3,\"t\":true "
        ",\"s\":\"\\u0000z\"}";
    (void)state;
    for (size_t step = 1; step < 20; step += 3) {
        struct source x;
        struct dc_json_in *j = from(&x, text, step);
        json_t *all = json_object(), *key, *v;
        assert_int_equal(dc_ji_take(j, '{', NULL), DC_OK);
        while (dc_ji_peek(j) != '}') {
            assert_int_equal(dc_ji_key(j, &key, NULL), DC_OK);
            assert_int_equal(dc_ji_value(j, &v, NULL), DC_OK);
            json_object_set_new(all, json_string_value(key), v);
            json_decref(key);
            if (dc_ji_peek(j) == ',')
                assert_int_equal(dc_ji_take(j, ',', NULL), DC_OK);
        }
        assert_int_equal(dc_ji_take(j, '}', NULL), DC_OK);
        assert_int_equal(dc_ji_peek(j), -1);
        assert_int_equal(j->line, 3);
        char *got = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
        assert_string_equal(got,
                            "{\"N\":{\"x\":null},\"a\":null,"
                            "\"b\":[1,null,\"NaN -Infinity \\\" \\\\\"],"
                            "\"n\":-2500.0,\"s\":\"\\u0000z\",\"t\":true}");
        free(got);
        json_decref(all);
        dc_ji_release(j);
        free(j);
    }
}

static void says(const char *text, const char *want)
{
    struct source x;
    struct dc_err err = {.msg = ""};
    json_t *v = NULL;
    struct dc_json_in *j = from(&x, text, 5);
    assert_int_equal(dc_ji_value(j, &v, &err), DC_DATA);
    if (!strstr(err.msg, want))
        fail_msg("said: %s", err.msg);
    dc_ji_release(j);
    free(j);
}

static void broken_files_are_named(void **state)
{
    (void)state;
    says("{\"a\":\n\n [1, 2", "line 3: the file ends in the middle");
    says("", "the file ends");
    says("\n{\"a\":\n nope}", "line 3");
    says("\n Nan", "line 2: expected a JSON value");
    says("{\"a\": Nan}", "expected JSON");
    says("[\"\x1b[31m\xff\"]", "expected JSON");
    says("\n\n}", "line 3: expected a JSON value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_a_walk),
        cmocka_unit_test(broken_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
