/*
 * test_shrink.c - shares drawn towards what all groups have in common: against
 * the model summed over a fine grid by a program of its own, and what must hold
 * for any groups.
 */
#include "stat/shrink.h"
#include "stat_util.h"

#include <stdlib.h>
#include <string.h>

/*
 * From a Python program: mu and B on a grid of 80 x 40, a group's quantiles
 * from the mixture's density at 500 places. Its grid and ours are both coarse.
 */
struct want {
    struct dc_shrink_group g;
    double value, lo, hi;
};

static void check(const struct dc_shrink_group *g, size_t n,
                  const struct want *w, size_t n_want)
{
    struct dc_shrink *s = dc_shrink_create(g, n);
    assert_non_null(s);
    for (size_t i = 0; i < n_want; i++) {
        struct dc_shrunk x = dc_shrink_of(s, &w[i].g, 0.95);
        assert_close(x.value, w[i].value, 0.005);
        assert_close(x.lo, w[i].lo, 0.008);
        assert_close(x.hi, w[i].hi, 0.008);
    }
    dc_shrink_free(s);
}

/* Six kinds of prompts, one of them with few. */
static void test_few_in_each(void **state)
{
    const struct dc_shrink_group g[] = {{1, 25}, {3, 25}, {9, 25},
                                        {3, 25}, {2, 25}, {2, 4}};
    const struct want w[] = {
        {{1, 25}, 0.09748, 0.01572, 0.21114},
        {{2, 4}, 0.25078, 0.07945, 0.57171},
        {{3, 25}, 0.14293, 0.04939, 0.26632},
        {{9, 25}, 0.27927, 0.13888, 0.46431},
    };
    (void)state;
    check(g, 6, w, 4);
}

static void test_alike(void **state)
{
    const struct dc_shrink_group g[] = {
        {30, 100}, {33, 100}, {29, 100}, {31, 100}, {2, 10}};
    const struct want w[] = {
        {{2, 10}, 0.29973, 0.20611, 0.38652},
        {{29, 100}, 0.30106, 0.23844, 0.36376},
        {{33, 100}, 0.31328, 0.25354, 0.38124},
    };
    (void)state;
    check(g, 5, w, 3);
}

static void test_apart(void **state)
{
    const struct dc_shrink_group g[] = {{2, 40}, {38, 40}, {20, 40}, {5, 8}};
    const struct want w[] = {
        {{2, 40}, 0.07421, 0.01392, 0.17603},
        {{5, 8}, 0.60268, 0.29861, 0.86947},
        {{38, 40}, 0.92756, 0.82751, 0.98657},
    };
    (void)state;
    check(g, 4, w, 3);
}

/* With few groups nobody knows how alike they are; empty ones are none. */
static void test_too_few(void **state)
{
    const struct dc_shrink_group g[] = {{1, 4}, {0, 0}, {3, 9}, {0, 0}, {2, 7}};
    (void)state;
    assert_null(dc_shrink_create(NULL, 0));
    assert_null(dc_shrink_create(g, 4));
    struct dc_shrink *all = dc_shrink_create(g, 5);
    const struct dc_shrink_group full[] = {g[0], g[2], g[4]};
    struct dc_shrink *s = dc_shrink_create(full, 3);
    assert_non_null(all);
    for (int i = 0; i < 5; i++) {
        struct dc_shrunk x = dc_shrink_of(all, &g[i], 0.95),
                         y = dc_shrink_of(s, &g[i], 0.95);
        assert_close(x.value, y.value, 0);
        assert_close(x.lo, y.lo, 0);
        assert_close(x.hi, y.hi, 0);
    }
    dc_shrink_free(all);
    dc_shrink_free(s);
}

/* Whatever the counts: lo < value < hi inside [0, 1], nearer to the common rate
 * than the group's own, and in the order of k among groups of one size. */
static void test_any_groups(void **state)
{
    struct dice d = {.seed = 5};
    (void)state;
    for (int round = 0; round < 150; round++) {
        struct dc_shrink_group g[12];
        uint64_t size = round % 3 == 0 ? 1 : round % 3 == 1 ? 40 : 300000;
        for (int i = 0; i < 12; i++) {
            double share = round % 5 == 0   ? 0
                           : round % 5 == 1 ? 1
                                            : dice_uniform(&d);
            g[i].n = size;
            g[i].k = (uint64_t)(share * (double)size + 0.5);
        }
        for (uint64_t k = 0; k <= 4; k++)
            g[k].k = k * size / 4;
        struct dc_shrink *s = dc_shrink_create(g, 12);
        double before = -1;
        assert_non_null(s);
        for (uint64_t k = 0; k <= 4; k++) {
            struct dc_shrunk is = dc_shrink_of(s, &g[k], 0.95);
            assert_true(is.lo >= 0 && is.hi <= 1);
            assert_true(is.lo < is.value && is.value < is.hi);
            assert_true(size < 4 || is.value > before);
            before = is.value;
        }
        dc_shrink_free(s);
    }
}

/* The more rows a group has, the nearer to its own share; none: the common. */
static void test_rows_count(void **state)
{
    const struct dc_shrink_group g[] = {
        {20, 100}, {25, 100}, {18, 100}, {5, 10}, {50, 100}};
    struct dc_shrink *s = dc_shrink_create(g, 5);
    double before = 1, wide = 2;
    (void)state;
    for (uint64_t n = 0; n <= 4096; n = n ? 4 * n : 4) {
        const struct dc_shrink_group x = {3 * n / 4, n};
        struct dc_shrunk is = dc_shrink_of(s, &x, 0.95);
        assert_true(fabs(is.value - 0.75) < before);
        assert_true(is.hi - is.lo < wide);
        before = fabs(is.value - 0.75);
        wide = is.hi - is.lo;
    }
    assert_true(before < 0.01);
    assert_close(dc_shrink_of(s, &(struct dc_shrink_group){0, 0}, 0.95).value,
                 0.32, 0.05);
    dc_shrink_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_in_each), cmocka_unit_test(test_alike),
        cmocka_unit_test(test_apart),       cmocka_unit_test(test_too_few),
        cmocka_unit_test(test_any_groups),  cmocka_unit_test(test_rows_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
