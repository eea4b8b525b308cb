/*
 * test_shard.c - sets of shards: as text, and which prompts they hold.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct dc_shards parsed(const char *text)
{
    struct dc_shards s;
    assert_int_equal(dc_shards_parse(text, &s, NULL), DC_OK);
    return s;
}

/* missing: whether to write those that are not held. */
static void written(const struct dc_shards *s, bool missing, const char *want)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_buf_adds(&b, "");
    (missing ? dc_shards_put_missing : dc_shards_put)(s, &b);
    assert_string_equal(b.n ? b.data : "", want);
    dc_buf_release(&b);
}

static void one_form(void **state)
{
    static const char *const row[][3] = {
        /* as typed, in its one form, what is not held */
        {"2/4", "2/4", "1,3-4/4"},
        {"1/1", "1/1", ""},
        {"1-3,7/8", "1-3,7/8", "4-6,8/8"},
        {"7,3,1,2/8", "1-3,7/8", "4-6,8/8"},
        {"1-2,2-3/4", "1-3/4", "4/4"},
        {"4,3,2,1/4", "1-4/4", ""},
        {"02/004", "2/4", "1,3-4/4"},
        {"1048576/1048576", "1048576/1048576", "1-1048575/1048576"},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_shards s = parsed(row[i][0]);
        written(&s, false, row[i][1]);
        written(&s, true, row[i][2]);
        assert_int_equal(dc_shards_is_all(&s), !row[i][2][0]);
        dc_shards_release(&s);
    }
}

static void no_shards(void **state)
{
    static const char *const text[] = {
        "",
        "/",
        "1",
        "1/",
        "/4",
        "0/4",
        "5/4",
        "-1/4",
        "1-/4",
        "3-2/4",
        "1,/4",
        ",1/4",
        "1,,2/4",
        "1/4/4",
        " 1/4",
        "1/4 ",
        "1/4x",
        "1 /4",
        "a/b",
        "1/0",
        "1/1048577",
        "99999999999999999999/4",
        "1/99999999999999999999",
        "1-5/4",
        "0x1/4",
        "+1/4",
        "1.0/4",
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(text); i++) {
        struct dc_shards s;
        struct dc_err err;
        assert_int_equal(dc_shards_parse(text[i], &s, &err), DC_USAGE);
        assert_non_null(strstr(err.msg, "expected I/N"));
    }
}

/* Each id is in one shard of N, by its hash alone. */
static void one_shard_each(void **state)
{
    size_t count[7] = {0};
    char id[32], text[16];
    (void)state;
    for (int i = 0; i < 2000; i++) {
        size_t in = 0;
        snprintf(id, sizeof id, "prompt-%d", i);
        for (size_t k = 1; k <= 7; k++) {
            snprintf(text, sizeof text, "%zu/7", k);
            struct dc_shards s = parsed(text);
            if (dc_shards_holds(&s, id)) {
                in++;
                count[k - 1]++;
                assert_int_equal(dc_hash64(id, strlen(id)) % 7, k - 1);
            }
            dc_shards_release(&s);
        }
        assert_int_equal(in, 1);
    }
    for (size_t k = 0; k < 7; k++) /* 286 each; binomial, 5 deviations */
        assert_in_range(count[k], 286 - 79, 286 + 79);
}

/* Which shard an id is in is a promise to those who ran a part already. */
static void known_shards(void **state)
{
    static const struct {
        const char *id, *text;
    } row[] = {{"demo-001", "4/4"}, {"demo-001", "80/97"}, {"q0", "3/97"}};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_shards s = parsed(row[i].text);
        assert_true(dc_shards_holds(&s, row[i].id));
        dc_shards_release(&s);
    }
}

static void whole(void **state)
{
    struct dc_shards all = dc_shards_all();
    (void)state;
    assert_true(dc_shards_is_all(&all));
    assert_true(dc_shards_holds(&all, "anything"));
    written(&all, false, "1/1");
    dc_shards_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_form),       cmocka_unit_test(no_shards),
        cmocka_unit_test(one_shard_each), cmocka_unit_test(known_shards),
        cmocka_unit_test(whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
