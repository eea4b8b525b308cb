/*
 * test_agree.c - kappa and alpha against worked examples of the literature
 * (named at each), against counting every pair, and properties.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat_util.h"

#include <deepconf/agree.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 400 };

struct data {
    size_t n;
    uint32_t a[MOST], b[MOST], unit[MOST];
};

/* The rows of a k x k table of counts. */
static void expand(struct data *d, const uint32_t *table, uint32_t k)
{
    d->n = 0;
    for (uint32_t i = 0; i < k * k; i++) {
        for (uint32_t c = 0; c < table[i]; c++) {
            d->a[d->n] = i / k;
            d->b[d->n++] = i % k;
        }
    }
}

/* ---- Cohen ---- */

static void test_cohen_literature(void **state)
{
    (void)state;
    static const struct {
        uint32_t k, table[9];
        double kappa;
    } row[] = {
        /* Fleiss, Levin, Paik: Statistical Methods for Rates and Proportions,
         * table 18.1, 100 subjects; observed 0.89, expected 0.66 */
        {3, {75, 1, 4, 5, 4, 1, 0, 0, 10}, 0.23 / 0.34},
        /* the usual teaching examples: 0.7 against 0.5, and two tables with
         * 60 % agreement each that differ in the margins */
        {2, {20, 5, 10, 15}, 0.4},
        {2, {45, 15, 25, 15}, (0.60 - 0.54) / (1 - 0.54)},
        {2, {25, 35, 5, 35}, (0.60 - 0.46) / (1 - 0.46)},
        /* all agree, and all disagree */
        {2, {7, 0, 0, 3}, 1},
        {2, {0, 5, 5, 0}, -1},
        /* unrelated raters */
        {2, {4, 6, 6, 9}, 0},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct data d;
        expand(&d, row[i].table, row[i].k);
        const struct dc_label_pairs p = {d.a, d.b, d.n, row[i].k};
        struct dc_kappa k = dc_kappa_cohen(&p);
        assert_true(k.kappa.defined && k.n == d.n);
        assert_close(k.kappa.value, row[i].kappa, 1e-14);
    }
    struct data d;
    expand(&d, row[0].table, 3);
    const struct dc_label_pairs p = {d.a, d.b, d.n, 3};
    struct dc_kappa k = dc_kappa_cohen(&p);
    assert_true(k.n_equal == 89 && k.observed.value == 0.89);
    assert_close(k.expected.value, 0.66, 1e-15);
}

static void test_cohen_no_value(void **state)
{
    (void)state;
    const uint32_t same[5] = {1, 1, 1, 1, 1}, other[5] = {0, 0, 0, 0, 0};
    struct dc_label_pairs p = {same, same, 5, 3};
    struct dc_kappa k = dc_kappa_cohen(&p);
    assert_false(k.kappa.defined);
    assert_true(k.observed.value == 1 && k.expected.value == 1);
    p.b = other; /* each constant, never equal: expected 0 */
    k = dc_kappa_cohen(&p);
    assert_true(k.kappa.defined && k.kappa.value == 0);
    p.n = 0;
    k = dc_kappa_cohen(&p);
    assert_false(k.kappa.defined || k.observed.defined || k.expected.defined);
}

/* Expected agreement by pairing every row of one with every row of the other.
 */
static double kappa_by_pairs(const uint32_t *a, const uint32_t *b, size_t n)
{
    double observed = 0, expected = 0, nd = (double)n;
    for (size_t i = 0; i < n; i++) {
        observed += a[i] == b[i];
        for (size_t j = 0; j < n; j++)
            expected += a[i] == b[j];
    }
    observed /= nd;
    expected /= nd * nd;
    return (observed - expected) / (1 - expected);
}

static void roll(struct data *d, struct dice *dice, uint32_t labels)
{
    d->n = 60 + dice_below(dice, 60);
    for (size_t i = 0; i < d->n; i++) {
        d->a[i] = dice_below(dice, labels);
        d->b[i] = dice_below(dice, 3) ? d->a[i] : dice_below(dice, labels);
        d->unit[i] = dice_below(dice, 9);
    }
}

static void test_cohen_properties(void **state)
{
    (void)state;
    struct dice dice = {.seed = 1};
    for (uint32_t labels = 2; labels <= DC_AGREE_LABELS_MAX; labels++) {
        struct data d;
        uint32_t ra[MOST], rb[MOST];
        roll(&d, &dice, labels);
        struct dc_label_pairs p = {d.a, d.b, d.n, labels};
        double kappa = dc_kappa_cohen(&p).kappa.value;
        assert_close(kappa, kappa_by_pairs(d.a, d.b, d.n), 1e-13);
        const struct dc_label_pairs swapped = {d.b, d.a, d.n, labels};
        assert_true(dc_kappa_cohen(&swapped).kappa.value == kappa);
        for (size_t i = 0; i < d.n; i++) { /* other names, other order */
            ra[i] = labels - 1 - d.a[d.n - 1 - i];
            rb[i] = labels - 1 - d.b[d.n - 1 - i];
        }
        const struct dc_label_pairs renamed = {ra, rb, d.n, labels};
        assert_true(dc_kappa_cohen(&renamed).kappa.value == kappa);
    }
}

static void test_kappa_of_each_resample(void **state)
{
    (void)state;
    enum { RESAMPLES = 60 };
    struct dice dice = {.seed = 2};
    struct data d, e;
    double keep[RESAMPLES];
    roll(&d, &dice, 3);
    const struct dc_label_pairs p = {d.a, d.b, d.n, 3};
    const struct dc_kappa_clusters k = {&p, d.unit, 9};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_boot b;
    cfg.n_resamples = RESAMPLES;
    cfg.n_threads = 2;
    cfg.keep = keep;
    dc_kappa_boot(&k, &cfg, &b);
    assert_true(!b.defined && b.few && b.n_rarer <= 9); /* of 9 clusters */
    assert_true(b.n_valued == RESAMPLES);
    assert_true(b.value.value == dc_kappa_cohen(&p).kappa.value);
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        uint32_t drawn[9];
        dc_boot_draw(cfg.seed, r, 9, drawn);
        e.n = 0;
        for (int g = 0; g < 9; g++) {
            for (size_t i = 0; i < d.n && e.n < MOST; i++) {
                if (d.unit[i] != drawn[g])
                    continue;
                e.a[e.n] = d.a[i];
                e.b[e.n++] = d.b[i];
            }
        }
        assert_true(e.n < MOST);
        assert_close(keep[r], kappa_by_pairs(e.a, e.b, e.n), 1e-13);
    }
    memset(d.a, 0, sizeof d.a);
    memset(d.b, 0, sizeof d.b);
    dc_kappa_boot(&k, &cfg, &b);
    assert_true(!b.value.defined && !b.defined && b.n_valued == 0);
}

/* ---- many ratings ---- */

/* Text: one line per rater, one letter per unit, '.' for no rating. */
static struct dc_agreement of_text(const char *const *rater, size_t n_raters)
{
    struct data d = {0};
    for (size_t r = 0; r < n_raters; r++) {
        for (uint32_t u = 0; rater[r][u]; u++) {
            if (rater[r][u] == '.')
                continue;
            d.unit[d.n] = u;
            d.a[d.n++] = (uint32_t)(rater[r][u] - 'a');
        }
    }
    const struct dc_ratings in = {d.unit, d.a, d.n, strlen(rater[0]), 5};
    return dc_agreement_of(&in, 0.95);
}

/* Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011: the
 * examples A, B and C, where he gives 0.095, 0.692 and 0.743. */
static void test_alpha_literature(void **state)
{
    (void)state;
    static const char *const a[] = {"abaaaaaaba", "bbbaabaaaa"};
    static const char *const b[] = {"aabbdcccedda", "babbbccceddd"};
    static const char *const c[] = {"abccbadab...", "abccbbdabe.c",
                                    ".cccbcdbbea.", "abccbddabea."};
    struct dc_agreement x = of_text(a, 2);
    assert_close(x.alpha.value, 2.0 / 21, 1e-14);
    assert_true(x.n_units == 10 && x.n_ratings == 20);
    x = of_text(b, 2);
    assert_close(x.alpha.value, 155.0 / 224, 1e-14);
    x = of_text(c, 4);
    assert_close(x.alpha.value, 113.0 / 152, 1e-14);
    assert_true(x.n_units == 11 && x.n_ratings == 40); /* unit 12: one rating */
    assert_false(x.fleiss.defined); /* numbers of ratings differ */
}

/* Ten units, 14 ratings, five labels: the usual worked example of Fleiss'
 * kappa; observed 0.378, expected 0.213, kappa 0.210. */
static void test_fleiss_worked(void **state)
{
    (void)state;
    static const uint32_t count[10][5] = {
        {0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0},
        {2, 2, 8, 1, 1},  {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2},
        {6, 5, 2, 1, 0},  {0, 2, 2, 3, 7},
    };
    struct data d = {0};
    double entropy = 0, h;
    for (uint32_t u = 0; u < 10; u++) {
        assert_true(dc_label_entropy(count[u], 5, &h));
        entropy += h / 10;
        for (uint32_t c = 0; c < 5; c++) {
            for (uint32_t i = 0; i < count[u][c]; i++) {
                d.unit[d.n] = u;
                d.a[d.n++] = c;
            }
        }
    }
    const struct dc_ratings r = {d.unit, d.a, d.n, 10, 5};
    struct dc_agreement x = dc_agreement_of(&r, 0.95);
    assert_close(x.fleiss.value, 0.20993070442195522, 1e-14); /* statsmodels */
    assert_close(x.observed.value, 0.378, 5e-4);
    assert_close(x.entropy.value, entropy, 1e-14);
    assert_true(x.unanimous.k == 1 && x.unanimous.n == 10);
    assert_true(x.n_ratings == 140);
}

static void test_entropy(void **state)
{
    (void)state;
    double h = 7;
    const uint32_t even[] = {3, 3, 3, 3}, one[] = {0, 9, 0, 0}, none[4] = {0};
    const uint32_t some[] = {1, 3, 0, 0};
    assert_true(dc_label_entropy(even, 4, &h));
    assert_close(h, log(4), 1e-15);
    assert_true(dc_label_entropy(one, 4, &h) && h == 0 && !signbit(h));
    assert_true(dc_label_entropy(some, 4, &h));
    assert_close(h, -(0.25 * log(0.25) + 0.75 * log(0.75)), 1e-15);
    h = 7;
    assert_false(dc_label_entropy(none, 4, &h));
    assert_true(h == 7);
}

/* Disagreement of two ratings inside a unit over that of any two ratings. */
static double alpha_by_pairs(const struct data *d, const size_t *m)
{
    double inside = 0, any = 0, n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (m[d->unit[i]] < 2)
            continue;
        n++;
        for (size_t j = 0; j < d->n; j++) {
            if (i == j || m[d->unit[j]] < 2 || d->a[i] == d->a[j])
                continue;
            any++;
            if (d->unit[i] == d->unit[j])
                inside += 1 / (double)(m[d->unit[i]] - 1);
        }
    }
    return 1 - (inside / n) / (any / (n * (n - 1)));
}

static void test_alpha_every_pair(void **state)
{
    (void)state;
    struct dice dice = {.seed = 3};
    for (int round = 0; round < 60; round++) {
        struct data d = {0};
        size_t m[40] = {0};
        d.n = 70;
        for (size_t i = 0; i < d.n; i++) {
            d.unit[i] = dice_below(&dice, 40);
            d.a[i] =
                dice_below(&dice, 3) ? d.unit[i] % 4 : dice_below(&dice, 4);
            m[d.unit[i]]++;
        }
        const struct dc_ratings r = {d.unit, d.a, d.n, 40, 4};
        struct dc_agreement x = dc_agreement_of(&r, 0.95);
        assert_true(x.alpha.defined);
        assert_close(x.alpha.value, alpha_by_pairs(&d, m), 1e-13);
    }
}

static void test_agreement_no_value(void **state)
{
    (void)state;
    static const char *const same[] = {"aaa", "aaa"};
    struct dc_agreement x = of_text(same, 2);
    assert_true(x.observed.value == 1 && x.entropy.value == 0);
    assert_true(x.unanimous.k == 3);
    assert_false(x.alpha.defined || x.fleiss.defined);
    static const char *const alone[] = {"ab.", "..c"};
    x = of_text(alone, 2);
    assert_true(x.n_units == 0 && !x.unanimous.defined);
    assert_false(x.observed.defined || x.alpha.defined || x.fleiss.defined ||
                 x.entropy.defined);
    static const char *const full[] = {"abc", "abc", "abc"};
    x = of_text(full, 3);
    assert_true(x.alpha.value == 1 && x.unanimous.k == 3);
    assert_close(x.fleiss.value, 1, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cohen_literature),
        cmocka_unit_test(test_cohen_no_value),
        cmocka_unit_test(test_cohen_properties),
        cmocka_unit_test(test_kappa_of_each_resample),
        cmocka_unit_test(test_alpha_literature),
        cmocka_unit_test(test_fleiss_worked),
        cmocka_unit_test(test_entropy),
        cmocka_unit_test(test_alpha_every_pair),
        cmocka_unit_test(test_agreement_no_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
