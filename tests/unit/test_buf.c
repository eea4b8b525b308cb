/*
 * The buffer: always a C string, never past its maximum, abort beyond it.
 */
#include "base/buf.h"
#include "must_abort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void starts_empty(void **state)
{
    struct dc_buf b;

    (void)state;
    dc_buf_init(&b, 10);
    assert_string_equal(b.data, "");
    assert_int_equal(b.n, 0);
    assert_int_equal(dc_buf_room(&b), 10);
    dc_buf_add(&b, NULL, 0);
    dc_buf_adds(&b, "");
    dc_buf_addf(&b, "%s", "");
    dc_buf_clear(&b);
    assert_string_equal(b.data, "");
    dc_buf_release(&b);
}

static void appends(void **state)
{
    struct dc_buf b;

    (void)state;
    dc_buf_init(&b, 100);
    dc_buf_adds(&b, "one");
    dc_buf_addc(&b, ' ');
    dc_buf_addf(&b, "%d %s", 2, "three");
    assert_string_equal(b.data, "one 2 three");
    assert_int_equal(b.n, 11);
    assert_int_equal(dc_buf_room(&b), 89);
    dc_buf_cut(&b, 5);
    assert_string_equal(b.data, "one 2");
    dc_buf_add(&b, "\0z", 2);
    assert_int_equal(b.n, 7);
    assert_memory_equal(b.data, "one 2\0z", 8);
    dc_buf_clear(&b);
    assert_string_equal(b.data, "");
    assert_int_equal(dc_buf_room(&b), 100);
    dc_buf_release(&b);
    assert_string_equal(b.data, "");
    dc_buf_adds(&b, "again"); /* a released one can be used */
    assert_string_equal(b.data, "again");
    dc_buf_release(&b);
}

/* After each byte: the NUL, the count, the cap within max + 1. */
static void grows_to_its_maximum(void **state)
{
    enum { MAX = 5003 };
    struct dc_buf b;

    (void)state;
    dc_buf_init(&b, MAX);
    for (size_t i = 0; i < MAX; i++) {
        dc_buf_addc(&b, (char)('a' + i % 26));
        assert_int_equal(b.n, i + 1);
        assert_int_equal(b.data[b.n], 0);
        assert_true(b.cap > b.n && b.cap <= MAX + 1);
    }
    assert_int_equal(dc_buf_room(&b), 0);
    for (size_t i = 0; i < MAX; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    dc_buf_release(&b);
}

static void detaches(void **state)
{
    struct dc_buf b;

    (void)state;
    dc_buf_init(&b, 10);
    char *none = dc_buf_detach(&b);
    assert_string_equal(none, "");
    dc_buf_adds(&b, "text");
    char *text = dc_buf_detach(&b);
    assert_string_equal(b.data, "");
    assert_int_equal(b.n, 0);
    assert_int_equal(dc_buf_room(&b), 10);
    dc_buf_adds(&b, "other");
    assert_string_equal(text, "text");
    dc_buf_release(&b);
    free(none);
    free(text);
}

/* What each child adds to a buffer of at most 4 bytes that holds "ab". */
static void add_three(void *arg)
{
    dc_buf_add(arg, "xyz", 3);
}

static void add_huge(void *arg)
{
    dc_buf_add(arg, "", SIZE_MAX);
}

static void addf_three(void *arg)
{
    dc_buf_addf(arg, "%03d", 7);
}

static void addc_three(void *arg)
{
    for (int i = 0; i < 3; i++)
        dc_buf_addc(arg, 'c');
}

static void add_two(void *arg)
{
    dc_buf_adds(arg, "xy");
}

static void past_max_aborts(void **state)
{
    struct dc_buf b;
    struct dc_buf zeroed = {0};

    (void)state;
    dc_buf_init(&b, 4);
    dc_buf_adds(&b, "ab");
    assert_true(dies_by_abort(add_three, &b));
    assert_true(dies_by_abort(add_huge, &b));
    assert_true(dies_by_abort(addf_three, &b));
    assert_true(dies_by_abort(addc_three, &b));
    assert_false(dies_by_abort(add_two, &b));
    assert_true(dies_by_abort(add_two, &zeroed));
    dc_buf_release(&b);
    dc_buf_release(&zeroed);
    dc_buf_init(&b, SIZE_MAX); /* no limit but the machine's */
    dc_buf_adds(&b, "ab");
    assert_true(dies_by_abort(add_huge, &b));
    assert_string_equal(b.data, "ab");
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),         cmocka_unit_test(appends),
        cmocka_unit_test(grows_to_its_maximum), cmocka_unit_test(detaches),
        cmocka_unit_test(past_max_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
