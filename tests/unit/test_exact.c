/*
 * test_exact.c - the exact interval of a proportion, paired comparisons and
 * their power, Holm, Learn then Test: rows computed with 50 digits and more,
 * sums over all outcomes, definitions.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "near.h"

#include <deepconf/stat.h>

/* ---- Clopper-Pearson ---- */

static void test_clopper_pearson_rows(void **state)
{
    (void)state;
    static const struct {
        uint64_t k, n;
        double lo, hi;
    } row[] = {
        {1614, 3519, 0.4420877196468372, 0.4752870945722938},
        {0, 1, 0.0, 0.975},
        {1, 1, 0.025000000000000022, 1.0},
        {0, 362, 0.0, 0.010138529799725038},
        {0, 10000, 0.0, 0.00036881991461876223},
        {798, 800, 0.9909985819949279, 0.9996970948784761},
        {1, 9934, 2.5485983211007383e-06, 0.0005607370163310182},
        {948, 5347, 0.16714359403134477, 0.18780124117971647},
        {25, 50, 0.35527299712990773, 0.6447270028700922},
        {9999, 10000, 0.9994429630020529, 0.9999974682224065},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        uint64_t k = row[i].k, n = row[i].n;
        struct dc_prop p = dc_prop_clopper_pearson(k, n, 0.95);
        assert_true(p.defined && p.k == k && p.n == n);
        assert_true(p.value == (double)k / (double)n);
        assert_near(p.lo, row[i].lo, 5e-15);
        assert_near(p.hi, row[i].hi, 5e-15);
    }
    assert_false(dc_prop_clopper_pearson(0, 0, 0.95).defined);
}

static void test_clopper_pearson_solves_its_equations(void **state)
{
    (void)state;
    static const double level[] = {0.5, 0.95, 0.999};
    for (size_t j = 0; j < DC_COUNT(level); j++) {
        double tail = 0.5 * (1 - level[j]);
        for (uint64_t n = 1; n <= 60; n++) {
            for (uint64_t k = 0; k <= n; k++) {
                struct dc_prop p = dc_prop_clopper_pearson(k, n, level[j]);
                assert_true(p.lo <= p.value && p.value <= p.hi);
                assert_true(k > 0 || p.lo == 0);
                assert_true(k < n || p.hi == 1);
                if (k > 0)
                    assert_near(dc_binom_sf(k - 1, n, p.lo), tail, 1e-12);
                if (k < n)
                    assert_near(dc_binom_cdf(k, n, p.hi), tail, 1e-10);
            }
        }
    }
}

/* The probability that the interval holds p, over all outcomes. */
static double coverage(uint64_t n, double p, double level)
{
    double sum = 0;
    for (uint64_t k = 0; k <= n; k++) {
        struct dc_prop i = dc_prop_clopper_pearson(k, n, level);
        if (i.lo <= p && p <= i.hi)
            sum += dc_binom_pmf(k, n, p);
    }
    return sum;
}

static void test_clopper_pearson_covers(void **state)
{
    (void)state;
    double least = 1;
    for (uint64_t n = 1; n <= 60; n += n < 10 ? 1 : 10)
        for (double p = 0.0031; p < 1; p += 0.0217)
            least = fmin(least, coverage(n, p, 0.9));
    assert_true(least >= 0.9);
    assert_true(least < 0.93); /* and not by being far too wide */
}

static void test_upper_bound(void **state)
{
    (void)state;
    assert_near(dc_prop_upper(0, 299, 0.05), 0.00996914679289927, 5e-15);
    assert_near(dc_prop_upper(3, 1000, 0.05), 0.00773524471847946, 5e-15);
    assert_near(dc_prop_upper(10, 20, 0.05), 0.6980460887135065, 5e-15);
    assert_true(dc_prop_upper(7, 7, 0.05) == 1);
    assert_true(dc_prop_upper(0, 0, 0.05) == 1);
    assert_near(dc_prop_upper(0, 1000000, 0.05), -expm1(log(0.05) / 1000000),
                1e-14);
    for (uint64_t k = 0; k < 50; k++) /* the upper end at level 1 - 2 alpha */
        assert_near(dc_prop_upper(k, 50, 0.05),
                    dc_prop_clopper_pearson(k, 50, 0.9).hi, 1e-15);
}

/* ---- paired ---- */

static void test_mcnemar(void **state)
{
    (void)state;
    static const struct {
        uint64_t b, c;
        double p;
    } row[] = {
        /* SciPy 1.17, binomtest(b, b + c) */
        {36, 25, 0.20003136851310313},
        {14, 4, 0.0308837890625},
        {9, 36, 6.57466324582856e-05},
        {6, 48, 3.2565301566478407e-09},
        {53, 6, 1.7539187463500028e-10},
        {0, 56, 2.7755575615628914e-17},
        {0, 0, 1},
        {1, 0, 1},
        {7, 7, 1},
        {0, 6, 0.03125},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        uint64_t b = row[i].b, c = row[i].c;
        assert_near(dc_paired_compare(b, c, 200, 0.95).p, row[i].p, 1e-14);
        assert_near(dc_paired_compare(c, b, 200, 0.95).p, row[i].p, 1e-14);
    }
}

/* Twice the share of sequences of n coins with at most k heads. */
static double coins(uint64_t k, uint64_t n)
{
    double ways = 1, sum = 1;
    for (uint64_t i = 0; i < k; i++) {
        ways = ways * (double)(n - i) / (double)(i + 1);
        sum += ways;
    }
    return fmin(1, ldexp(sum, 1 - (int)n));
}

static void test_mcnemar_is_counting(void **state)
{
    (void)state;
    for (uint64_t b = 0; b <= 25; b++)
        for (uint64_t c = 0; c <= 25; c++)
            assert_near(dc_paired_compare(b, c, 50, 0.9).p,
                        coins(b < c ? b : c, b + c), 1e-13);
}

static void test_tango_rows(void **state)
{
    (void)state;
    /*
     * By maximising the likelihood numerically with 50 digits. The first table
     * is that of Fagerland, Lydersen and Laake 2014, who give -0.517, -0.026.
     */
    static const struct {
        uint64_t b, c, n;
        double lo, hi;
    } row[] = {
        {1, 7, 21, -0.5172322764213774, -0.026003032480868535},
        {6, 16, 161, -0.12402343246406816, -0.005433395731677082},
        {12, 3, 100, 0.0159771417035346, 0.17374284469267406},
        {0, 0, 50, -0.07134759913335872, 0.07134759913335872},
        {40, 0, 1000, 0.02951097368545276, 0.05400964412125796},
        {36, 25, 500, -0.008847137367463951, 0.053653071427785186},
        {5, 0, 5, 0.13103507043365037, 1.0},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        uint64_t b = row[i].b, c = row[i].c, n = row[i].n;
        struct dc_paired r = dc_paired_compare(b, c, n, 0.95);
        assert_true(r.defined && r.b == b && r.c == c && r.n == n);
        /* where p is above 0.05 it is widened to 0 */
        bool wide = r.p > 0.05 && (row[i].lo > 0 || row[i].hi < 0);
        assert_int_equal(r.widened, wide);
        assert_near(r.lo, wide ? fmin(row[i].lo, 0) : row[i].lo, 1e-13);
        assert_near(r.hi, wide ? fmax(row[i].hi, 0) : row[i].hi, 1e-13);
        struct dc_paired m = dc_paired_compare(c, b, n, 0.95);
        assert_near(m.lo, -r.hi, 1e-13);
        assert_near(m.hi, -r.lo, 1e-13);
    }
    /* Tango's begins at 0.002, but p = 0.125; with c = 0 it ends as Wilson's */
    struct dc_paired few = dc_paired_compare(4, 0, 60, 0.95);
    assert_true(few.widened && few.lo == 0);
    assert_near(few.hi, dc_prop_wilson(4, 60, 0.95).hi, 1e-13);
    assert_false(dc_paired_compare(0, 0, 0, 0.95).defined);
    assert_true(dc_paired_compare(0, 0, 0, 0.95).p == 1);
}

static void test_interval_agrees_with_p(void **state)
{
    (void)state;
    double z = dc_normal_quantile(0.975);
    for (uint64_t n = 1; n <= 24; n++) {
        for (uint64_t b = 0; b <= n; b++) {
            for (uint64_t c = 0; b + c <= n; c++) {
                struct dc_paired r = dc_paired_compare(b, c, n, 0.95);
                double d = (double)b - (double)c;
                assert_true(-1 <= r.lo && r.lo <= r.diff);
                assert_true(r.diff <= r.hi && r.hi <= 1);
                bool silent = d * d <= z * z * (double)(b + c);
                assert_true(r.p > 0.05 || !silent); /* p is more cautious */
                assert_int_equal(r.lo <= 0 && 0 <= r.hi, r.p > 0.05);
                assert_int_equal(r.widened, r.p > 0.05 && !silent);
                struct dc_paired wide = dc_paired_compare(b, c, n, 0.99);
                assert_true(wide.lo <= r.lo && r.hi <= wide.hi);
            }
        }
    }
}

/* ---- power ---- */

/* Over every outcome (b, c) of n pairs: the test itself, and its direction. */
static double power_by_enumeration(const struct dc_paired_plan *plan,
                                   uint64_t n, double diff)
{
    double first = 0.5 * (plan->discordance + diff);
    double second = plan->discordance - first, sum = 0;
    for (uint64_t b = 0; b <= n; b++)
        for (uint64_t c = 0; c < b && b + c <= n; c++)
            if (dc_paired_compare(b, c, n, 0.95).p <= plan->alpha)
                sum += dc_binom_pmf(b, n, first) *
                       dc_binom_pmf(c, n - b, second / (1 - first));
    return sum;
}

static void test_power_is_exact(void **state)
{
    (void)state;
    static const struct dc_paired_plan plan[] = {
        {0.3, 0.05, 0.8}, {0.9, 0.01, 0.8}, {0.05, 0.2, 0.8}};
    for (size_t j = 0; j < DC_COUNT(plan); j++)
        for (uint64_t n = 1; n <= 60; n += 7)
            for (double part = 0; part <= 1; part += 0.25)
                assert_near(
                    dc_paired_power(&plan[j], n, part * plan[j].discordance),
                    power_by_enumeration(&plan[j], n,
                                         part * plan[j].discordance),
                    1e-12);
}

static void test_detectable(void **state)
{
    (void)state;
    struct dc_paired_plan plan = {0.2, 0.05, 0.8};
    double d;
    double last = 1;
    for (uint64_t n = 50; n <= 3200; n *= 2) {
        assert_true(dc_paired_detectable(&plan, n, &d));
        assert_true(dc_paired_power(&plan, n, d) >= 0.8);
        assert_true(dc_paired_power(&plan, n, d - 1e-8) < 0.8);
        assert_true(d < last);
        /* normal approximation: (1.96 sqrt D + 0.84 sqrt(D - d^2)) / sqrt n */
        double rough =
            (1.96 * sqrt(0.2) + 0.8416 * sqrt(0.2 - d * d)) / sqrt((double)n);
        assert_true(d > 0.95 * rough && d < 1.25 * rough);
        last = d;
    }
    assert_false(dc_paired_detectable(&plan, 10, &d)); /* 2 pairs differ */
}

static void test_needed(void **state)
{
    (void)state;
    struct dc_paired_plan plan = {0.2, 0.05, 0.8};
    static const double diff[] = {0.2, 0.1, 0.05, 0.03};
    uint64_t n;
    for (size_t i = 0; i < DC_COUNT(diff); i++) {
        assert_true(dc_paired_needed(&plan, diff[i], &n));
        assert_true(dc_paired_power(&plan, n, diff[i]) >= 0.8);
        assert_true(dc_paired_power(&plan, n - 1, diff[i]) < 0.8);
    }
    assert_true(n > 1700 && n < 2000); /* 0.03: 1743 by normal approximation */
    assert_false(dc_paired_needed(&plan, 0, &n));
}

/* ---- several tests ---- */

static void test_holm_known(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, 0.03, 0.005}, out[4];
    dc_holm(p, 4, out);
    assert_near(out[3], 0.02, 1e-15);
    assert_near(out[0], 0.03, 1e-15);
    assert_near(out[2], 0.06, 1e-15);
    assert_near(out[1], 0.06, 1e-15); /* never below the one before */
    double big[] = {0.9, 0.4, 0.7};
    dc_holm(big, 3, out);
    assert_true(out[0] == 1 && out[1] == 1 && out[2] == 1);
    dc_holm(p, 1, out);
    assert_true(out[0] == 0.01);
    dc_holm(p, 0, out);
}

/* Does Holm's procedure at alpha reject p[i]? By its definition: go up from the
 * smallest and stop at the first that is not small enough. */
static bool rejected(const double *p, size_t n, size_t i, double alpha)
{
    for (size_t left = n; left > 0; left--) {
        size_t rank = n - left, at = n;
        for (size_t j = 0; j < n && at == n; j++) {
            size_t below = 0;
            for (size_t k = 0; k < n; k++)
                below += p[k] < p[j] || (p[k] == p[j] && k < j);
            if (below == rank)
                at = j;
        }
        if ((double)left * p[at] > alpha)
            return false;
        if (at == i)
            return true;
    }
    return false;
}

static void test_holm_is_its_definition(void **state)
{
    (void)state;
    static const struct dc_rng_key key = {.seed = 11, .stream = 5};
    for (uint32_t t = 0; t < 300; t++) {
        double p[9], out[9];
        size_t n = 1 + t % 9;
        for (size_t i = 0; i < n; i++) { /* with ties */
            double u = dc_rng_uniform(&key, t, (uint32_t)i);
            p[i] = ceil(40 * u * u) / 40 / (t % 2 ? 1 : 8);
        }
        dc_holm(p, n, out);
        for (size_t i = 0; i < n; i++) {
            assert_true(out[i] >= p[i] && out[i] <= 1);
            for (double alpha = 0.0101; alpha < 1; alpha += 0.0473)
                assert_int_equal(out[i] <= alpha, rejected(p, n, i, alpha));
        }
    }
}

static void test_ltt_p(void **state)
{
    (void)state;
    struct dc_ltt_setting none = {0, 299}, two = {2, 100};
    assert_near(dc_ltt_p(&none, 0.01), pow(0.99, 299), 1e-13);
    double q = pow(0.95, 98);
    assert_near(dc_ltt_p(&two, 0.05),
                q * (0.95 * 0.95 + 100 * 0.05 * 0.95 + 4950 * 0.0025), 1e-13);
    assert_true(dc_ltt_p(&(struct dc_ltt_setting){5, 5}, 0.05) == 1);
    assert_true(dc_ltt_p(&(struct dc_ltt_setting){0, 0}, 0.05) == 1);
}

static void test_ltt_needed(void **state)
{
    (void)state;
    assert_int_equal(dc_ltt_needed(0.01, 0.05), 299);
    assert_int_equal(dc_ltt_needed(0.05, 0.05), 59);
    assert_int_equal(dc_ltt_needed(0.01, 0.1), 230);
    assert_int_equal(dc_ltt_needed(0.001, 0.05), 2995);
    assert_int_equal(dc_ltt_needed(0.5, 0.25), 2); /* equality is enough */
    assert_int_equal(dc_ltt_needed(0.5, 0x1p-40), 40);
    assert_int_equal(dc_ltt_needed(0.9, 0.95), 1);
    for (double alpha = 0.001; alpha < 1; alpha *= 1.7) {
        for (double delta = 0.0007; delta < 1; delta *= 1.9) {
            uint64_t n = dc_ltt_needed(alpha, delta);
            struct dc_ltt_setting s = {0, n}, less = {0, n - 1};
            struct dc_ltt_promise promise = {alpha, delta};
            assert_int_equal(dc_ltt_passed(&s, 1, promise), 1);
            assert_int_equal(dc_ltt_passed(&less, 1, promise), 0);
        }
    }
}

static void test_ltt_sequence(void **state)
{
    (void)state;
    /* p = 0.0006, 0.0398, 0.0477, 0.0694, 0.0398 */
    struct dc_ltt_setting s[] = {
        {0, 146}, {5, 215}, {2, 125}, {4, 170}, {5, 215}};
    struct dc_ltt_promise promise = {0.05, 0.05};
    for (size_t i = 0; i < 3; i++)
        assert_true(dc_ltt_p(&s[i], 0.05) <= 0.05);
    assert_true(dc_ltt_p(&s[3], 0.05) > 0.05);
    assert_int_equal(dc_ltt_passed(s, 5, promise), 3);
    assert_int_equal(dc_ltt_passed(s, 2, promise), 2);
    assert_int_equal(dc_ltt_passed(s + 3, 2, promise), 0);
    assert_int_equal(dc_ltt_passed(s, 0, promise), 0);
    promise.delta = 1e-3;
    assert_int_equal(dc_ltt_passed(s, 5, promise), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clopper_pearson_rows),
        cmocka_unit_test(test_clopper_pearson_solves_its_equations),
        cmocka_unit_test(test_clopper_pearson_covers),
        cmocka_unit_test(test_upper_bound),
        cmocka_unit_test(test_mcnemar),
        cmocka_unit_test(test_mcnemar_is_counting),
        cmocka_unit_test(test_tango_rows),
        cmocka_unit_test(test_interval_agrees_with_p),
        cmocka_unit_test(test_power_is_exact),
        cmocka_unit_test(test_detectable),
        cmocka_unit_test(test_needed),
        cmocka_unit_test(test_holm_known),
        cmocka_unit_test(test_holm_is_its_definition),
        cmocka_unit_test(test_ltt_p),
        cmocka_unit_test(test_ltt_needed),
        cmocka_unit_test(test_ltt_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
