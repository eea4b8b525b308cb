/*
 * test_json_pick.c - what is passed over needs no memory and ends where it
 * ends; what is picked is what it would be without the rest.
 */
#include "base/mem.h"
#include "exchange/json_pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text {
    const char *s;
    size_t n, step; /* bytes given at once */
};

static long give(void *arg, char *buf, size_t n)
{
    struct text *t = arg;
    n = t->n < n ? t->n : n;
    n = t->step < n ? t->step : n;
    memcpy(buf, t->s, n);
    t->s += n;
    t->n -= n;
    return (long)n;
}

static struct dc_json_in *begin(struct text *t, const char *s, size_t step)
{
    struct dc_json_in *j = dc_xcalloc(1, sizeof *j);
    *t = (struct text){s, strlen(s), step};
    dc_ji_init(j, give, t);
    return j;
}

static void test_skips_any_value(void **state)
{
    static const char *const value[] = {"1",
                                        "-1.5e3",
                                        "null",
                                        "\"a\"",
                                        "\"\\\"]}\\\\\"",
                                        "{}",
                                        "NaN",
                                        "[[],{\"a\":\"]\"},[1,2]]",
                                        "{\"a\":{\"b\":[\"}\",\n\"\\\\\"]}}"};
    (void)state;
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        for (size_t step = 1; step < 9; step += 7) {
            char s[128];
            struct text t;
            snprintf(s, sizeof s, " %s , 7", value[i]);
            struct dc_json_in *j = begin(&t, s, step);
            assert_int_equal(dc_ji_skip(j, NULL), DC_OK);
            assert_int_equal(dc_ji_take(j, ',', NULL), DC_OK);
            assert_int_equal(dc_ji_end(j, NULL), DC_DATA);
            assert_int_equal(dc_ji_skip(j, NULL), DC_OK);
            assert_int_equal(dc_ji_end(j, NULL), DC_OK);
            dc_ji_release(j);
            free(j);
        }
}

static void test_cut_values_say_where(void **state)
{
    static const char *const cut[] = {"", "[1,\n", "\n\"a", "{\"a\":\n\"\\"};
    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        struct text t;
        struct dc_err err = {0};
        struct dc_json_in *j = begin(&t, cut[i], 3);
        assert_int_equal(dc_ji_skip(j, &err), DC_DATA);
        assert_non_null(strstr(err.msg, i ? "line 2: the file ends in"
                                          : "line 1: the file ends in"));
        dc_ji_release(j);
        free(j);
    }
}

static void test_picks_keys(void **state)
{
    static const char *const key[] = {"id", "o"};
    static const char s[] = "{\"x\":[{\"id\":1}],\"id\":[1,{\"x\":2}],"
                            "\"y\":\"id\",\"ids\":3,\"i\":3,"
                            "\"o\":{\"id\":4},\"z\":{\"o\":[]}} 5";
    (void)state;
    for (size_t step = 1; step < 200; step += 13) {
        struct text t;
        json_t *o = NULL;
        struct dc_json_in *j = begin(&t, s, step);
        json_t *want =
            json_pack("{s:[i,{s:i}],s:{s:i}}", "id", 1, "x", 2, "o", "id", 4);
        assert_int_equal(dc_ji_pick(j, key, 2, &o, NULL), DC_OK);
        assert_true(json_equal(o, want));
        assert_int_equal(dc_ji_peek(j), '5');
        json_decref(o);
        json_decref(want);
        dc_ji_release(j);
        free(j);
    }
}

/* The room is that of all picked values together, and of no others. */
static void test_room_is_shared(void **state)
{
    static const char *const key[] = {"a", "b"};
    static const char s[] = "{\"a\":[{},{},{},{}],\"no\":[{},{},{},{},{},{}],"
                            "\"b\":[{},{},{},{}]}";
    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        struct dc_err err = {0};
        struct text t;
        json_t *o = NULL;
        struct dc_json_in *j = begin(&t, s, 64);
        j->room = 1800; /* enough for one of the lists */
        enum dc_status st = dc_ji_pick(j, key, n, &o, &err);
        assert_int_equal(st, n == 1 ? DC_OK : DC_DATA);
        assert_true(n == 1 || strstr(err.msg, "would take more than"));
        assert_int_equal(j->room, 1800);
        json_decref(o);
        dc_ji_release(j);
        free(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skips_any_value),
        cmocka_unit_test(test_cut_values_say_where),
        cmocka_unit_test(test_picks_keys),
        cmocka_unit_test(test_room_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
