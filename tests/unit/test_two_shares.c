/*
 * test_two_shares.c - the difference of two shares of clustered rows: against
 * the formulas written out, against every permutation, and simulations in which
 * the truth is known.
 */
#include "base/mem.h"
#include "stat/two_shares.h"
#include "stat_util.h"

#include <stdlib.h>

enum { CLUSTERS = 400 };

struct cells {
    double low[CLUSTERS], high[CLUSTERS];
    bool marked[CLUSTERS];
    size_t n;
};

static struct dc_two_shares shares(const struct cells *c)
{
    return (struct dc_two_shares){c->low, c->high, c->marked, c->n};
}

static struct dc_boot_cfg cfg(uint32_t n_resamples, uint64_t seed)
{
    struct dc_boot_cfg b = dc_boot_cfg_default();
    b.n_resamples = n_resamples;
    b.seed = seed;
    return b;
}

/* As the header writes them, cluster by cluster. */
static double plain(const struct cells *c, double *se)
{
    double n[2] = {0, 0}, k[2] = {0, 0}, squares = 0;
    for (size_t i = 0; i < c->n; i++) {
        n[0] += c->low[i];
        n[1] += c->high[i];
        k[0] += c->marked[i] ? c->low[i] : 0;
        k[1] += c->marked[i] ? c->high[i] : 0;
    }
    double s[2] = {k[0] / n[0], k[1] / n[1]};
    for (size_t i = 0; i < c->n; i++) {
        double y = c->marked[i];
        double e =
            c->low[i] * (y - s[0]) / n[0] - c->high[i] * (y - s[1]) / n[1];
        squares += e * e;
    }
    *se = sqrt((double)c->n / ((double)c->n - 1) * squares);
    return s[0] - s[1];
}

static void roll(struct dice *d, size_t n, struct cells *c)
{
    c->n = n;
    for (size_t i = 0; i < n; i++) {
        c->low[i] = dice_below(d, 4);
        c->high[i] = dice_below(d, 4) + (c->low[i] > 0 ? 0 : 1);
        c->marked[i] = dice_below(d, 3) == 0;
    }
    c->marked[0] = true;
    c->marked[1] = false;
    c->low[2] = 3;
}

static void test_by_hand(void **state)
{
    (void)state;
    /* low: 2 of 4 marked; high: 1 of 5 */
    static const struct cells c = {
        {2, 0, 1, 1}, {0, 1, 4, 0}, {true, true, false, false}, 4};
    struct dc_two_shares x = shares(&c);
    struct dc_two_shares_diff d;
    assert_true(dc_two_shares_diff(&x, &d));
    assert_close(d.value, 0.3, 1e-14);
    /* e: 2(.5)/4, -.8/5, -.5/4 + 4(.2)/5, -.5/4 */
    assert_close(
        d.se, sqrt(4.0 / 3 * (0.0625 + 0.0256 + 0.035 * 0.035 + 0.125 * 0.125)),
        1e-14);
}

static void test_formulas(void **state)
{
    (void)state;
    struct dice dice = {.seed = 1};
    struct cells c;
    for (int i = 0; i < 200; i++) {
        struct dc_two_shares_diff d;
        double se;
        roll(&dice, 5 + dice_below(&dice, 60), &c);
        struct dc_two_shares x = shares(&c);
        assert_true(dc_two_shares_diff(&x, &d));
        double want = plain(&c, &se);
        assert_close(d.value, want, 1e-13);
        assert_close(d.se, se, 1e-10);
    }
}

static double size_of(const struct cells *c)
{
    double se, d = plain(c, &se);
    return se > 1e-9 ? fabs(d) / se : fabs(d) > 1e-9 ? HUGE_VAL : 0;
}

/* The share of all ways to mark as many clusters that are as large. */
static double every_permutation(const struct cells *c)
{
    struct cells p = *c;
    unsigned marked = 0, all = 0, large = 0;
    double seen = size_of(c);
    for (size_t i = 0; i < c->n; i++)
        marked += c->marked[i];
    for (unsigned set = 0; set < 1U << c->n; set++) {
        if ((unsigned)__builtin_popcount(set) != marked)
            continue;
        for (size_t i = 0; i < c->n; i++)
            p.marked[i] = set >> i & 1;
        all++;
        large += size_of(&p) >= seen * (1 - 1e-9);
    }
    return (double)large / all;
}

static void test_every_permutation(void **state)
{
    (void)state;
    struct dice dice = {.seed = 2};
    struct cells c;
    for (int i = 0; i < 12; i++) {
        const struct dc_boot_cfg b = cfg(8000, (uint64_t)i);
        double p, want;
        roll(&dice, 6 + (size_t)i % 5, &c);
        struct dc_two_shares x = shares(&c);
        assert_true(dc_two_shares_p(&x, &b, &p));
        want = every_permutation(&c);
        assert_close(p, want, 5 * sqrt(want * (1 - want) / 8000) + 2e-4);
    }
}

static void test_threads_and_sides(void **state)
{
    (void)state;
    struct dice dice = {.seed = 3};
    struct cells c;
    roll(&dice, 61, &c);
    struct dc_two_shares x = shares(&c);
    struct dc_boot_cfg b = cfg(999, 5);
    double p, of_three, of_others;
    assert_true(dc_two_shares_p(&x, &b, &p));
    b.n_threads = 3;
    assert_true(dc_two_shares_p(&x, &b, &of_three));
    assert_true(p == of_three);
    for (size_t i = 0; i < c.n; i++)
        c.marked[i] = !c.marked[i];
    assert_true(dc_two_shares_p(&x, &b, &of_others));
    assert_true(p == of_others);
}

static void test_without_value(void **state)
{
    (void)state;
    struct cells c = {{1, 1}, {0, 0}, {true, false}, 2};
    struct dc_two_shares x = shares(&c);
    const struct dc_boot_cfg b = cfg(99, 0);
    struct dc_two_shares_diff d;
    double p;
    assert_false(dc_two_shares_diff(&x, &d));
    assert_false(dc_two_shares_p(&x, &b, &p));
    c.high[1] = 1;
    assert_true(dc_two_shares_p(&x, &b, &p));
    c.marked[1] = true;
    assert_true(dc_two_shares_diff(&x, &d));
    assert_true(d.value == 0 && d.se == 0);
    assert_false(dc_two_shares_p(&x, &b, &p));
    /* the cells part the marks: no error is left, and few do as well */
    c = (struct cells){{1, 1, 0, 0}, {0, 0, 1, 1}, {true, true}, 4};
    x = shares(&c);
    assert_true(dc_two_shares_diff(&x, &d));
    assert_true(d.value == 1 && d.se == 0);
    assert_true(dc_two_shares_p(&x, &b, &p) && p > 0.2 && p < 0.6);
}

static void test_boot(void **state)
{
    (void)state;
    struct dice dice = {.seed = 4};
    struct cells c;
    struct dc_boot out;
    struct dc_two_shares_diff d;
    roll(&dice, 300, &c);
    struct dc_two_shares x = shares(&c);
    const struct dc_boot_cfg b = cfg(4000, 1);
    dc_two_shares_boot(&x, &b, &out);
    dc_two_shares_require(&x, &out);
    assert_true(dc_two_shares_diff(&x, &d));
    assert_true(out.defined && !out.few);
    assert_close(out.value.value, d.value, 1e-14);
    assert_close(out.se, d.se, 0.05 * d.se);
    assert_close(out.hi - out.lo, 2 * 1.96 * d.se, 0.05 * d.se * 4);
    /* fifteen of each kind */
    size_t marked = 0;
    for (size_t i = 0; i < c.n; i++)
        marked += c.marked[i];
    assert_int_equal(out.n_rarer, marked);
    for (size_t i = 0; i < c.n && marked > 14; i++)
        if (c.marked[i]) {
            c.marked[i] = false;
            marked--;
        }
    dc_two_shares_boot(&x, &b, &out);
    dc_two_shares_require(&x, &out);
    assert_true(!out.defined && out.few && out.n_rarer == 14);
}

/* ---- simulations ---- */

/*
 * Each cluster has its own chance of a low row, drawn around `low` where it is
 * marked and around 0.5 where it is not, so that rows of one resemble each
 * other; marked clusters have far fewer rows.
 */
static void world(struct dice *d, size_t n, double low, struct cells *c)
{
    c->n = 0;
    for (size_t i = 0; i < n; i++) {
        bool marked = dice_uniform(d) < 0.4;
        double u = dice_uniform(d), v = dice_uniform(d);
        double p = (marked ? low : 0.5) + 0.45 * (u > v ? u : -v) * 0.9;
        uint32_t rows = marked ? 1 + dice_below(d, 3) : 6 + dice_below(d, 5);
        c->low[c->n] = c->high[c->n] = 0;
        for (uint32_t k = 0; k < rows; k++)
            ++*(dice_uniform(d) < p ? &c->low[c->n] : &c->high[c->n]);
        c->marked[c->n++] = marked;
    }
}

/* The share of simulations with p <= 0.05, and D above 0. */
static double found(size_t n, double low, int trials, uint32_t seed)
{
    struct dice dice = {.seed = seed};
    struct cells c;
    int hits = 0;
    for (int i = 0; i < trials; i++) {
        const struct dc_boot_cfg b = cfg(199, (uint64_t)i);
        double p = 1, se;
        world(&dice, n, low, &c);
        struct dc_two_shares x = shares(&c);
        (void)dc_two_shares_p(&x, &b, &p);
        hits += p <= 0.05 && (low <= 0.5 || plain(&c, &se) > 0);
    }
    return (double)hits / trials;
}

/* What the formula gives as the number of clusters for power 0.8, from one
 * large set of data. */
static size_t needed(double low)
{
    struct dice dice = {.seed = 9};
    double squares = 0, sum = 0;
    for (int i = 0; i < 100; i++) {
        struct cells c;
        double se;
        world(&dice, CLUSTERS, low, &c);
        sum += plain(&c, &se) / 100;
        squares += se * se * CLUSTERS / 100;
    }
    double r = dc_two_shares_reach();
    return (size_t)ceil(r * r * squares / (sum * sum));
}

static void test_size_and_power(void **state)
{
    (void)state;
    double null_small = found(40, 0.5, 1500, 11);
    double null_large = found(200, 0.5, 1500, 12);
    size_t n = needed(0.7);
    print_message("p <= 0.05 without an effect: %.1f %% of 40 clusters, %.1f "
                  "%% of 200; %zu clusters are needed\n",
                  100 * null_small, 100 * null_large, n);
    assert_true(null_small > 0.015 && null_small < 0.07);
    assert_true(null_large > 0.035 && null_large < 0.067);
    assert_true(n > 20 && n < CLUSTERS);
    double power = found(n, 0.7, 1000, 13);
    print_message("of %zu clusters %.1f %% find it\n", n, 100 * power);
    assert_true(power > 0.74 && power < 0.86);
    assert_true(found(CLUSTERS, 0.8, 50, 14) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_every_permutation),
        cmocka_unit_test(test_threads_and_sides),
        cmocka_unit_test(test_without_value),
        cmocka_unit_test(test_boot),
        cmocka_unit_test(test_size_and_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
