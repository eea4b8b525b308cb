/*
 * test_stability.c - figures of a prompt's stability against going through
 * every choice of traces, and the beta-binomial against a published fit, a
 * search over its parameters, and worlds whose answer is known.
 */
#include "base/mem.h"
#include "stat_util.h"

#include <deepconf/dist.h>
#include <deepconf/hits.h>
#include <deepconf/stability.h>
#include <stdlib.h>

/* ---- one prompt ---- */

static void test_ssi(void **state)
{
    (void)state;
    static const struct {
        struct dc_verdict_counts c;
        bool partial_refuses, defined, unstable, flipped;
        double value;
    } row[] = {
        {{5, 0, 0, 0}, false, true, false, false, 1},
        {{4, 1, 0, 0}, false, true, false, true, 0.8}, /* 0.8 is stable */
        {{3, 1, 1, 0}, false, true, true, true, 0.6},
        {{2, 2, 2, 0}, false, true, true, true, 1.0 / 3},
        {{4, 1, 0, 0}, true, true, false, false, 1},
        {{3, 1, 1, 0}, true, true, false, true, 0.8},
        {{0, 0, 3, 7}, false, true, false, false, 1}, /* those without verdict
                                                       */
        {{0, 0, 0, 9}, false, false, false, false, 0},
        {{0, 0, 0, 0}, true, false, false, false, 0},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_ssi s = dc_ssi_of(&row[i].c, row[i].partial_refuses);
        assert_true(s.defined == row[i].defined);
        if (!s.defined)
            continue;
        assert_true(s.value == row[i].value);
        assert_true(s.unstable == row[i].unstable);
        assert_true(s.flipped == row[i].flipped);
    }
}

static void test_counts_of_verdicts(void **state)
{
    (void)state;
    struct dc_verdict_counts c = {0};
    dc_verdict_counts_add(&c, DC_VERDICT_PARTIAL);
    dc_verdict_counts_add(&c, DC_VERDICT_COMPLIANCE);
    dc_verdict_counts_add(&c, DC_VERDICT_PARTIAL);
    dc_verdict_counts_add(&c, DC_VERDICT_UNDETERMINED);
    dc_verdict_counts_add(&c, DC_VERDICT_REFUSAL);
    assert_true(c.refusal == 1 && c.partial == 2 && c.compliance == 1 &&
                c.undetermined == 1);
}

/* Of all choices of n of the traces of t: the share whose majority is that of
 * t, and the share with a compliance. */
static void by_choices(const struct dc_tally *t, unsigned n, double *kept,
                       double *any)
{
    unsigned n_choice = 0, n_kept = 0, n_any = 0;
    for (unsigned set = 0; set < 1u << t->n; set++) {
        struct dc_tally part = {0};
        if ((unsigned)__builtin_popcount(set) != n)
            continue;
        for (unsigned i = 0; i < t->n; i++)
            if (set >> i & 1)
                dc_tally_add(&part, i < t->refusal ? DC_VERDICT_REFUSAL
                                    : i < t->refusal + t->compliance
                                        ? DC_VERDICT_COMPLIANCE
                                        : DC_VERDICT_UNDETERMINED);
        n_choice++;
        n_kept += dc_tally_decide(&part) == dc_tally_decide(t);
        n_any += part.compliance > 0;
    }
    *kept = (double)n_kept / n_choice;
    *any = (double)n_any / n_choice;
}

static void test_against_every_choice(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= 8; k++)
        for (unsigned r = 0; r <= k; r++)
            for (unsigned c = 0; r + c <= k; c++)
                for (unsigned n = 1; n <= k; n++) {
                    const struct dc_tally t = {k, r, c, k - r - c};
                    double kept, any;
                    by_choices(&t, n, &kept, &any);
                    assert_close(dc_majority_kept(&t, n), kept, 1e-13);
                    assert_close(dc_any_hit(c, k, n), any, 1e-13);
                }
}

/* A tie is compliance: of 5 and 5, one trace says so in half of the choices,
 * and all ten do. */
static void test_majority_of_a_tie(void **state)
{
    (void)state;
    const struct dc_tally tie = {10, 5, 5, 0};
    assert_close(dc_majority_kept(&tie, 1), 0.5, 1e-14);
    assert_close(dc_majority_kept(&tie, 2), 1 - 5.0 * 4 / (10 * 9), 1e-14);
    assert_true(dc_majority_kept(&tie, 10) == 1);
}

/* The mean over prompts is unbiased: with rate p, 1 - (1 - p)^N for any N. */
static void test_any_hit_is_unbiased(void **state)
{
    (void)state;
    const double p = 0.23;
    for (unsigned n = 1; n <= 12; n++)
        for (unsigned tries = 0; tries <= n; tries++) {
            double mean = 0;
            for (unsigned h = 0; h <= n; h++)
                mean += dc_binom_pmf(h, n, p) * dc_any_hit(h, n, tries);
            assert_close(mean, 1 - pow(1 - p, tries), 1e-13);
        }
}

/* ---- the beta-binomial ---- */

static double likelihood(const struct dc_hits *h, size_t n, double a, double b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += dc_log_gamma(a + h[i].hits) - dc_log_gamma(a) +
               dc_log_gamma(b + h[i].n - h[i].hits) - dc_log_gamma(b) -
               dc_log_gamma(a + b + h[i].n) + dc_log_gamma(a + b);
    return sum;
}

/*
 * Geissler's families of twelve children in Saxony by their boys. The fit that
 * is published of them (VGAM, and textbooks after it) is a = 34.0956, b =
 * 31.5715, where the search stopped 1.5e-6 below the top; a hill climb of the
 * same likelihood in Python ends at 34.103 and 31.578.
 */
static const uint32_t families[13] = {3,    24,  104, 286, 670, 1033, 1343,
                                      1112, 829, 478, 181, 45,  7};

static double weighted(const struct dc_hits *h, double a, double b)
{
    double sum = 0;
    for (size_t i = 0; i < 13; i++)
        sum += families[i] * likelihood(&h[i], 1, a, b);
    return sum;
}

static void test_published_fit(void **state)
{
    (void)state;
    struct dc_hits h[13];
    struct dc_beta_fit f;
    for (unsigned i = 0; i < 13; i++)
        h[i] = (struct dc_hits){i, 12};
    assert_true(dc_beta_fit_hits(h, 13, families, &f));
    assert_int_equal(f.kind, DC_BETA_FITTED);
    assert_true(fabs(f.a - 34.1029) < 1e-3);
    assert_true(fabs(f.b - 31.5782) < 1e-3);
    assert_true(weighted(h, f.a, f.b) > weighted(h, 34.09558, 31.5715));
    assert_true(fabs(f.mean - 34.09558 / (34.09558 + 31.5715)) < 1e-6);
    assert_int_equal(f.n_mixed, 6115 - 3 - 7);
}

enum { PROMPTS = 60 };

/* Rates of a few kinds, prompts of different numbers of tries. */
static void roll(struct dice *d, struct dc_hits *h)
{
    for (size_t i = 0; i < PROMPTS; i++) {
        double p = dice_below(d, 3) ? 0.05 : dice_uniform(d);
        h[i] = (struct dc_hits){0, 1 + dice_below(d, 12)};
        for (unsigned k = 0; k < h[i].n; k++)
            h[i].hits += dice_uniform(d) < p;
    }
}

/* No parameters near or far are likelier. */
static void test_fit_is_the_likeliest(void **state)
{
    (void)state;
    struct dice dice = {.seed = 5};
    for (int round = 0; round < 8; round++) {
        struct dc_hits h[PROMPTS];
        struct dc_beta_fit f;
        roll(&dice, h);
        assert_true(dc_beta_fit_hits(h, PROMPTS, NULL, &f));
        assert_int_equal(f.kind, DC_BETA_FITTED);
        double best = likelihood(h, PROMPTS, f.a, f.b);
        for (int i = -5; i <= 5; i++)
            for (int j = -5; j <= 5; j++) {
                double near = i % 2 ? 1e-3 : 0.5;
                double a = f.a * exp(near * i), b = f.b * exp(near * j);
                assert_true(likelihood(h, PROMPTS, a, b) <= best + 1e-9);
            }
    }
}

/* A weight is so many prompts alike; the order says nothing. */
static void test_weights(void **state)
{
    (void)state;
    struct dice dice = {.seed = 6};
    struct dc_hits h[PROMPTS], all[3 * PROMPTS];
    uint32_t weight[PROMPTS];
    struct dc_beta_fit f, g;
    size_t n = 0;
    roll(&dice, h);
    for (size_t i = PROMPTS; i-- > 0;) {
        weight[i] = dice_below(&dice, 4);
        for (uint32_t k = 0; k < weight[i]; k++)
            all[n++] = h[i];
    }
    assert_true(dc_beta_fit_hits(h, PROMPTS, weight, &f));
    assert_true(dc_beta_fit_hits(all, n, NULL, &g));
    assert_true(f.kind == g.kind && f.n_mixed == g.n_mixed);
    assert_close(f.a, g.a, 1e-9);
    assert_close(f.b, g.b, 1e-9);
}

/* Both ends of the family, and data that say nothing of the spread. */
static void test_ends(void **state)
{
    (void)state;
    struct dc_beta_fit f;
    const struct dc_hits none[] = {{0, 5}, {0, 5}}, all[] = {{5, 5}, {1, 1}},
                         split[] = {{5, 5}, {0, 5}, {0, 3}, {0, 0}},
                         alike[] = {{2, 4}, {2, 4}, {1, 2}};
    assert_false(dc_beta_fit_hits(none, 2, NULL, &f));
    assert_false(dc_beta_fit_hits(all, 2, NULL, &f));
    assert_false(dc_beta_fit_hits(none, 0, NULL, &f));
    assert_true(dc_beta_fit_hits(split, 4, NULL, &f));
    assert_int_equal(f.kind, DC_BETA_SPLIT);
    assert_close(f.mean, 1.0 / 3, 1e-15);
    assert_close(dc_beta_fit_any(&f, 1000), 1.0 / 3, 1e-15);
    assert_true(dc_beta_fit_hits(alike, 3, NULL, &f));
    assert_int_equal(f.kind, DC_BETA_ALIKE);
    assert_close(dc_beta_fit_any(&f, 3), 1 - 0.125, 1e-15);
}

/* One try brings the mean; more tries bring more, up to certainty. */
static void test_tries_after_the_fit(void **state)
{
    (void)state;
    const struct dc_beta_fit f = {.mean = 0.25, .a = 0.5, .b = 1.5};
    double last = 0, none = 1;
    assert_close(dc_beta_fit_any(&f, 1), 0.25, 1e-15);
    for (int n = 1; n <= 200; n++) {
        none *= (f.b + n - 1) / (f.a + f.b + n - 1);
        double any = dc_beta_fit_any(&f, n);
        assert_close(any, 1 - none, 1e-13);
        assert_true(any > last);
        last = any;
    }
    /* Gamma(2) / Gamma(1.5) N^-0.5, for N that is large */
    double far = 1 - exp(dc_log_gamma(2) - dc_log_gamma(1.5)) / sqrt(1e6);
    assert_close(dc_beta_fit_any(&f, 1e6), far, 1e-6);
}

/*
 * The likelihood doesn't know a rule that stopped at the prompt's own hits:
 * tries that end with the second hit, or at ten, bring the same rates as ten
 * tries of each prompt, within what chance leaves.
 */
static void test_stopping_by_hits_does_not_bias(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct dice dice = {.seed = 8};
    struct dc_hits *whole = dc_xcalloc(MANY, sizeof *whole);
    struct dc_hits *early = dc_xcalloc(MANY, sizeof *early);
    struct dc_beta_fit f, g;
    for (size_t i = 0; i < MANY; i++) {
        double p = pow(dice_uniform(&dice), 2); /* Beta(1/2, 1) */
        bool ended = false;
        for (unsigned k = 0; k < 10; k++) {
            bool hit = dice_uniform(&dice) < p;
            whole[i].n++;
            whole[i].hits += hit;
            early[i].n += !ended;
            early[i].hits += !ended && hit;
            ended = early[i].hits == 2;
        }
    }
    assert_true(dc_beta_fit_hits(whole, MANY, NULL, &f));
    assert_true(dc_beta_fit_hits(early, MANY, NULL, &g));
    assert_true(fabs(f.a - 0.5) < 0.03 && fabs(f.b - 1) < 0.06);
    assert_true(fabs(g.a - 0.5) < 0.03 && fabs(g.b - 1) < 0.06);
    free(whole);
    free(early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ssi),
        cmocka_unit_test(test_counts_of_verdicts),
        cmocka_unit_test(test_against_every_choice),
        cmocka_unit_test(test_majority_of_a_tie),
        cmocka_unit_test(test_any_hit_is_unbiased),
        cmocka_unit_test(test_published_fit),
        cmocka_unit_test(test_fit_is_the_likeliest),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_tries_after_the_fit),
        cmocka_unit_test(test_stopping_by_hits_does_not_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
