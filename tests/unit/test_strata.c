/*
 * test_strata.c - has a mark to do with an answer, inside strata? Against
 * Fisher's own example, every arrangement of marks counted one by one, and the
 * normal distribution that the sum has at last.
 */
#include <deepconf/dist.h>
#include <deepconf/stat.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define near(a, b) assert_true(fabs((a) - (b)) <= 1e-12 * (1 + fabs(b)))

/* The lady who tastes tea: 3 of 4 right, P(3 or more) = 17 / 70. */
static void test_one_stratum_is_fishers(void **state)
{
    const struct dc_stratum tea = {8, 4, 4, 3};
    double p = -1;
    (void)state;
    assert_true(dc_strata_test(&tea, 1, &p));
    near(p, 2 * 17 / 70.0);
}

static void test_nothing_to_tell(void **state)
{
    const struct dc_stratum s[] = {
        {5, 5, 2, 2}, /* all say yes */
        {5, 0, 2, 0}, /* none does */
        {5, 3, 0, 0}, /* none is marked */
        {5, 3, 5, 3}, /* all are */
        {1, 1, 1, 1}, {0, 0, 0, 0},
    };
    double p = 7;
    (void)state;
    assert_false(dc_strata_test(NULL, 0, &p));
    assert_false(dc_strata_test(s, sizeof s / sizeof *s, &p));
    assert_true(p == 7);
    /* and takes nothing from what others tell */
    const struct dc_stratum with[] = {s[0], {8, 4, 4, 3}, s[2], s[3], s[5]};
    assert_true(dc_strata_test(with, 5, &p));
    near(p, 2 * 17 / 70.0);
}

/* Ways to mark n_marked of a stratum's rows, of which the first n_yes say yes,
 * by how many are both: ways [sum]. Counted row by row. */
static void count_ways(const struct dc_stratum *s, double ways[16])
{
    for (unsigned set = 0; set < 1U << s->n; set++) {
        unsigned marked = 0, both = 0;
        for (unsigned i = 0; i < s->n; i++) {
            marked += set >> i & 1;
            both += i < s->n_yes && (set >> i & 1);
        }
        if (marked == s->n_marked)
            ways[both]++;
    }
}

static void test_every_arrangement(void **state)
{
    const struct dc_stratum s[3] = {{7, 3, 2, 2}, {5, 2, 3, 1}, {6, 4, 3, 3}};
    double ways[3][16] = {{0}}, all = 0, below = 0, above = 0, p;
    (void)state;
    for (int i = 0; i < 3; i++)
        count_ways(&s[i], ways[i]);
    for (unsigned a = 0; a < 16; a++)
        for (unsigned b = 0; b < 16; b++)
            for (unsigned c = 0; c < 16; c++) {
                double w = ways[0][a] * ways[1][b] * ways[2][c];
                all += w;
                below += a + b + c <= 6 ? w : 0;
                above += a + b + c >= 6 ? w : 0;
            }
    assert_true(dc_strata_test(s, 3, &p));
    near(p, fmin(1, 2 * fmin(below, above) / all));
}

/* Simpson's paradox: marks and yes go together over all, and not inside. */
static void test_strata_do_not_count(void **state)
{
    struct dc_stratum s[200];
    double p = 0;
    (void)state;
    for (int i = 0; i < 200; i++)
        s[i] = i % 2 ? (struct dc_stratum){10, 8, 5, 4}
                     : (struct dc_stratum){10, 2, 1, i % 20 < 4};
    assert_true(dc_strata_test(s, 200, &p));
    assert_true(p > 0.9);
}

/* Beyond the exact distribution the normal one takes over without a step. */
static void test_many_strata(void **state)
{
    enum { N = 9000 };
    struct dc_stratum *s = calloc(N, sizeof *s);
    double exact, normal, far;
    (void)state;
    assert_non_null(s);
    for (int i = 0; i < N; i++)
        s[i] = (struct dc_stratum){6, 3, 1, (uint32_t)i % 2};
    for (int i = 0; i < 60; i++)
        s[2 * i].n_both = 1;
    assert_true(dc_strata_test(s, 4095, &exact));
    assert_true(dc_strata_test(s, 4096, &normal));
    assert_true(fabs(exact - normal) < 3e-3);
    assert_true(exact < 0.07 && exact > 0.05);
    for (int i = 0; i < N; i++)
        s[i].n_both = i % 10 < 6;
    assert_true(dc_strata_test(s, N, &far));
    assert_true(far < 1e-60 && far >= 0);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_stratum_is_fishers),
        cmocka_unit_test(test_nothing_to_tell),
        cmocka_unit_test(test_every_arrangement),
        cmocka_unit_test(test_strata_do_not_count),
        cmocka_unit_test(test_many_strata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
