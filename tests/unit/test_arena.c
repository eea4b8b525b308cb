/*
 * The arena: zeroed, aligned, nothing overlaps or moves, sizes are checked.
 */
#include "base/arena.h"
#include "base/mem.h"
#include "must_abort.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Sizes from 0 to beyond a block, filled with a pattern and read at the end. */
static void keeps_what_it_gave(void **state)
{
    enum { N = 3000 };
    unsigned char *p[N];
    size_t size[N];
    size_t sum = 0;
    struct dc_arena a = {0}; /* a zeroed struct is a valid arena */

    (void)state;
    for (size_t i = 0; i < N; i++) {
        size[i] = i % 500 == 499 ? 100000 + i * 700 : i * 37 % 301;
        p[i] = dc_arena_alloc(&a, size[i]);
        assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(p[i][k], 0);
        memset(p[i], (int)(i % 251) + 1, size[i]);
        sum += size[i];
    }
    assert_int_equal(a.n_bytes, sum);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(p[i][k], i % 251 + 1);
    dc_arena_release(&a);
    assert_null(a.head);
    assert_int_equal(a.n_bytes, 0);
}

/* Cleared, it gives zeroes again, and holds one block. */
static void clears(void **state)
{
    struct dc_arena a = {0};

    (void)state;
    dc_arena_clear(&a);
    for (size_t n = 1; n < 50; n++) {
        for (size_t i = 0; i < n; i++) {
            unsigned char *p = dc_arena_alloc(&a, 1000);
            for (size_t k = 0; k < 1000; k++)
                assert_int_equal(p[k], 0);
            memset(p, 7, 1000);
        }
        dc_arena_clear(&a);
        assert_int_equal(a.n_bytes, 0);
    }
    dc_arena_release(&a);
}

/* Units that fill each block to its last byte, and no further. */
static void fills_blocks_to_the_end(void **state)
{
    enum { N = 20000 };
    uint32_t *p[N];
    struct dc_arena a = {0};

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        p[i] = dc_arena_array(&a, 4, sizeof(uint32_t));
        p[i][0] = p[i][3] = i;
    }
    for (uint32_t i = 0; i < N; i++)
        assert_true(p[i][0] == i && p[i][1] == 0 && p[i][3] == i);
    dc_arena_release(&a);
}

static void zero_bytes_are_distinct(void **state)
{
    struct dc_arena a;

    (void)state;
    dc_arena_init(&a);
    void *p = dc_arena_alloc(&a, 0);
    void *q = dc_arena_array(&a, 0, 8);
    assert_non_null(p);
    assert_non_null(q);
    assert_ptr_not_equal(p, q);
    dc_arena_release(&a);
    dc_arena_release(&a); /* releasing an empty one does nothing */
}

static void copies_text(void **state)
{
    struct dc_arena a;
    char long_text[9000];

    (void)state;
    dc_arena_init(&a);
    assert_string_equal(dc_arena_strdup(&a, "abc"), "abc");
    assert_string_equal(dc_arena_strdup(&a, ""), "");
    assert_string_equal(dc_arena_strndup(&a, "abcdef", 4), "abcd");
    assert_memory_equal(dc_arena_strndup(&a, "a\0b", 3), "a\0b", 4);
    assert_string_equal(dc_arena_strndup(&a, NULL, 0), "");
    assert_string_equal(dc_arena_printf(&a, "%s-%03d", "id", 7), "id-007");
    memset(long_text, 'y', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_string_equal(dc_arena_printf(&a, "%s", long_text), long_text);
    dc_arena_release(&a);
}

static void lists_grow_without_a_limit(void **state)
{
    struct dc_arena a = {0};
    size_t *list = NULL;

    (void)state;
    for (size_t n = 0; n < 1000; n++) {
        list = dc_arena_more(&a, list, n, sizeof *list);
        list[n] = 3 * n;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(list[i], 3 * i);
    dc_arena_release(&a);
}

static void array_overflow(void *arg)
{
    dc_arena_array(arg, SIZE_MAX / 8 + 2, 8); /* 8 bytes, if it wraps */
}

static void alloc_overflow(void *arg)
{
    dc_arena_alloc(arg, SIZE_MAX - 2);
}

static void calloc_overflow(void *arg)
{
    (void)arg;
    free(dc_xcalloc(SIZE_MAX / 8 + 2, 8));
}

static void realloc_overflow(void *arg)
{
    (void)arg;
    free(dc_xrealloc(NULL, SIZE_MAX / 8 + 2, 8));
}

static void well_behaved(void *arg)
{
    dc_arena_array(arg, 4, 8);
}

static void overflow_aborts(void **state)
{
    struct dc_arena a = {0};

    (void)state;
    assert_true(dies_by_abort(array_overflow, &a));
    assert_true(dies_by_abort(alloc_overflow, &a));
    assert_true(dies_by_abort(calloc_overflow, NULL));
    assert_true(dies_by_abort(realloc_overflow, NULL));
    assert_false(dies_by_abort(well_behaved, &a));
}

static void heap_copies(void **state)
{
    char *s = dc_xstrdup("heap");
    char *t = dc_xstrndup("heaped", 4);
    unsigned char *z = dc_xcalloc(16, 4);

    (void)state;
    assert_string_equal(s, t);
    for (int i = 0; i < 64; i++)
        assert_int_equal(z[i], 0);
    s = dc_xrealloc(s, 100, 1);
    assert_string_equal(s, "heap");
    free(s);
    free(t);
    free(z);
    z = dc_xmalloc(0);
    assert_non_null(z);
    z = dc_xrealloc(z, 0, 8);
    assert_non_null(z);
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_it_gave),
        cmocka_unit_test(clears),
        cmocka_unit_test(fills_blocks_to_the_end),
        cmocka_unit_test(zero_bytes_are_distinct),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(lists_grow_without_a_limit),
        cmocka_unit_test(overflow_aborts),
        cmocka_unit_test(heap_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
