/*
 * test_rank.c - AUROC, ROC and risk-coverage against SciPy
 * (tests/data/rank_golden.json), against counting every pair or every order,
 * known values, and properties.
 */
#include "base/mem.h"
#include "must_abort.h"
#include "stat/rank_priv.h"
#include "stat_util.h"

#include <deepconf/rank.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 60 };

struct data {
    size_t n;
    double score[MOST];
    bool positive[MOST];
    uint32_t group[MOST];
};

/* Scores of few distinct values when `levels` is small. */
static void roll(struct data *d, struct dice *dice, uint32_t levels)
{
    d->n = dice_below(dice, MOST + 1);
    for (size_t i = 0; i < d->n; i++) {
        d->score[i] = (double)dice_below(dice, levels) - 2;
        d->positive[i] = dice_below(dice, 3) == 0;
        d->group[i] = dice_below(dice, 7);
    }
}

static struct dc_pairs every_pair(const struct data *d, bool inside, uint32_t g)
{
    struct dc_pairs p = {0};
    for (size_t i = 0; i < d->n; i++) {
        for (size_t j = 0; j < d->n; j++) {
            if (!d->positive[i] || d->positive[j])
                continue;
            if (inside && (d->group[i] != g || d->group[j] != g))
                continue;
            p.n++;
            p.twice += (d->score[i] > d->score[j]) * 2u;
            p.twice += d->score[i] == d->score[j];
        }
    }
    return p;
}

static void swap_rows(struct data *d, size_t i, size_t j)
{
    double x = d->score[i];
    bool p = d->positive[i];
    uint32_t g = d->group[i];
    d->score[i] = d->score[j];
    d->positive[i] = d->positive[j];
    d->group[i] = d->group[j];
    d->score[j] = x;
    d->positive[j] = p;
    d->group[j] = g;
}

static void shuffle(struct data *d, struct dice *dice)
{
    for (size_t i = d->n; i > 1; i--)
        swap_rows(d, i - 1, dice_below(dice, (uint32_t)i));
}

/* ---- AUROC ---- */

static void test_auroc_golden(void **state)
{
    (void)state;
    json_t *rows = golden_rows("rank_golden.json", "auroc"), *row, *x;
    size_t r, i;
    json_array_foreach(rows, r, row)
    {
        json_t *pos = json_object_get(row, "pos");
        json_t *neg = json_object_get(row, "neg");
        size_t n_pos = json_array_size(pos), n = n_pos + json_array_size(neg);
        double *score = dc_xcalloc(n, sizeof *score), got = -1;
        bool *positive = dc_xcalloc(n, sizeof *positive);
        json_array_foreach(pos, i, x) score[i] = json_number_value(x);
        json_array_foreach(neg, i, x) score[n_pos + i] = json_number_value(x);
        memset(positive, 1, n_pos);
        assert_true(dc_auroc(score, positive, n, &got));
        double want =
            json_number_value(json_object_get(row, "auroc_ties_half"));
        assert_close(got, want, 1e-15);
        free(positive);
        free(score);
    }
    json_decref(rows);
}

static void test_auroc_known(void **state)
{
    (void)state;
    double got = 7;
    const bool flags[] = {true, false, true, false};
    const double up[] = {3, 1, 4, 2}, down[] = {1, 3, 2, 4};
    const double same[] = {5, 5, 5, 5}, half[] = {1, 1, 2, 0};
    const double extreme[] = {HUGE_VAL, -HUGE_VAL, 0.0, -0.0};
    assert_true(dc_auroc(up, flags, 4, &got) && got == 1);
    assert_true(dc_auroc(down, flags, 4, &got) && got == 0);
    assert_true(dc_auroc(same, flags, 4, &got) && got == 0.5);
    assert_true(dc_auroc(half, flags, 4, &got) && got == 0.875);
    /* both infinities have their place; 0 and -0 are a tie */
    assert_true(dc_auroc(extreme, flags, 4, &got) && got == 0.875);
    got = 7;
    const bool all[] = {true, true, true, true}, none[4] = {false};
    assert_false(dc_auroc(up, all, 4, &got));
    assert_false(dc_auroc(up, none, 4, &got));
    assert_false(dc_auroc(NULL, NULL, 0, &got));
    assert_true(got == 7);
}

static void rank_not_a_number(void *arg)
{
    const double score[] = {1, nan(""), 2};
    const bool positive[] = {true, false, true};
    dc_auroc(score, positive, 3, arg);
}

static void test_nan_is_a_bug(void **state)
{
    (void)state;
    double value;
    assert_true(dies_by_abort(rank_not_a_number, &value));
}

static void test_auroc_every_pair(void **state)
{
    (void)state;
    struct dice dice = {.seed = 1};
    static const uint32_t levels[] = {1, 2, 5, 30, 100000};
    for (int round = 0; round < 500; round++) {
        struct data d;
        roll(&d, &dice, levels[round % 5]);
        struct dc_pairs want = every_pair(&d, false, 0);
        struct dc_pairs got = dc_pairs_count(d.score, d.positive, d.n);
        assert_true(got.n == want.n && got.twice == want.twice);
        double value;
        assert_true(dc_auroc(d.score, d.positive, d.n, &value) == (got.n > 0));
        if (got.n)
            assert_true(value == (double)got.twice / (2.0 * (double)got.n));
    }
}

static void test_auroc_properties(void **state)
{
    (void)state;
    struct dice dice = {.seed = 2};
    for (int round = 0; round < 300; round++) {
        struct data d, e;
        roll(&d, &dice, round % 2 ? 6 : 1000);
        struct dc_pairs p = dc_pairs_count(d.score, d.positive, d.n), q;
        e = d;
        for (size_t i = 0; i < d.n; i++)
            e.score[i] = -d.score[i];
        q = dc_pairs_count(e.score, e.positive, e.n);
        assert_true(p.n == q.n && p.twice + q.twice == 2 * p.n);
        for (size_t i = 0; i < d.n; i++)
            e.score[i] = atan(d.score[i] / 100) * 1e-200;
        q = dc_pairs_count(e.score, e.positive, e.n);
        assert_true(p.n == q.n && p.twice == q.twice);
        shuffle(&e, &dice);
        q = dc_pairs_count(e.score, e.positive, e.n);
        assert_true(p.n == q.n && p.twice == q.twice);
        for (size_t i = 0; i < d.n; i++)
            e.positive[i] = !e.positive[i];
        q = dc_pairs_count(e.score, e.positive, e.n);
        assert_true(p.n == q.n && p.twice + q.twice == 2 * p.n);
    }
}

/* More pairs than 32 bits hold: the odd numbers are positive. */
static void test_auroc_large(void **state)
{
    (void)state;
    size_t n = 200000;
    double *score = dc_xcalloc(n, sizeof *score);
    bool *positive = dc_xcalloc(n, sizeof *positive);
    for (size_t i = 0; i < n; i++) {
        score[i] = (double)i;
        positive[i] = i % 2;
    }
    struct dc_pairs p = dc_pairs_count(score, positive, n);
    uint64_t half = n / 2;
    assert_true(p.n == half * half && p.twice == half * (half + 1));
    free(positive);
    free(score);
}

/* ---- inside groups ---- */

static void test_groups_every_pair(void **state)
{
    (void)state;
    struct dice dice = {.seed = 3};
    for (int round = 0; round < 300; round++) {
        struct data d;
        roll(&d, &dice, round % 2 ? 4 : 1000);
        const struct dc_scored s = {d.score, d.positive, d.group, d.n, 7};
        struct dc_pairs by[7], sum = {0};
        struct dc_auroc_within w = dc_auroc_within(&s);
        double mean = 0;
        size_t used = 0;
        dc_pairs_by_group(&s, by);
        for (uint32_t g = 0; g < 7; g++) {
            struct dc_pairs want = every_pair(&d, true, g);
            assert_true(by[g].n == want.n && by[g].twice == want.twice);
            sum.n += want.n;
            sum.twice += want.twice;
            used += want.n > 0;
            if (want.n)
                mean += (double)want.twice / (2 * (double)want.n);
        }
        assert_true(w.n_groups_used == used);
        assert_true(w.pooled.defined == (used > 0));
        assert_true(w.mean.defined == (used > 0));
        assert_true(w.pairs.n == sum.n && w.pairs.twice == sum.twice);
        if (!used)
            continue;
        assert_close(w.mean.value, mean / (double)used, 1e-15);
        assert_close(w.pooled.value, (double)sum.twice / (2 * (double)sum.n),
                     0);
    }
}

/* Perfect inside both prompts, worse than chance over all: Simpson. */
static void test_groups_reverse(void **state)
{
    (void)state;
    const double score[] = {1, 2, 3, 4, 11, 12, 13, 14};
    const bool positive[] = {false, true,  true,  true,
                             false, false, false, true};
    const uint32_t group[] = {0, 0, 0, 0, 2, 2, 2, 2};
    const struct dc_scored s = {score, positive, group, 8, 3};
    double all;
    assert_true(dc_auroc(score, positive, 8, &all) && all < 0.5);
    struct dc_auroc_within w = dc_auroc_within(&s);
    assert_true(w.pooled.value == 1 && w.mean.value == 1);
    assert_true(w.n_groups_used == 2 && w.pairs.n == 6);
}

/* ---- ROC ---- */

static void test_roc(void **state)
{
    (void)state;
    struct dice dice = {.seed = 4};
    for (int round = 0; round < 200; round++) {
        struct data d;
        struct dc_roc_point pt[MOST], last = {.threshold = HUGE_VAL};
        roll(&d, &dice, round % 2 ? 5 : 1000);
        size_t n = dc_roc(d.score, d.positive, d.n, pt);
        uint64_t twice = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t tp = 0, fp = 0;
            for (size_t j = 0; j < d.n; j++) {
                bool hit = d.score[j] >= pt[i].threshold;
                tp += hit && d.positive[j];
                fp += hit && !d.positive[j];
            }
            assert_true(pt[i].tp == tp && pt[i].fp == fp);
            assert_true(pt[i].threshold < last.threshold);
            twice += (pt[i].fp - last.fp) * (pt[i].tp + last.tp);
            last = pt[i];
        }
        assert_true(last.tp + last.fp == d.n); /* all rows in the end */
        /* trapezoids under the curve are the pairs */
        assert_true(twice == dc_pairs_count(d.score, d.positive, d.n).twice);
    }
}

/* ---- risk-coverage ---- */

static void test_risk_known(void **state)
{
    (void)state;
    const double confidence[] = {0.7, 0.9, 0.8};
    const bool wrong[] = {false, false, true};
    struct dc_risk r;
    assert_true(dc_risk_coverage(confidence, wrong, 3, &r));
    assert_close(r.aurc, (0 + 1.0 / 2 + 1.0 / 3) / 3, 1e-15);
    assert_close(r.optimal, 1.0 / 9, 1e-15);
    assert_close(r.excess, r.aurc - r.optimal, 0);
    assert_close(r.risk, 1.0 / 3, 0);
    assert_false(dc_risk_coverage(NULL, NULL, 0, &r));

    /* a constant confidence has the risk of all rows at every coverage */
    const double same[] = {2, 2, 2};
    assert_true(dc_risk_coverage(same, wrong, 3, &r));
    assert_close(r.aurc, 1.0 / 3, 1e-15);

    /* the wrong one last: nothing to gain */
    const double best[] = {3, 2, 1};
    assert_true(dc_risk_coverage(best, wrong, 3, &r));
    assert_close(r.excess, 0, 0);
    const bool all[] = {true, true, true}, none[3] = {false};
    assert_true(dc_risk_coverage(best, all, 3, &r));
    assert_true(r.aurc == 1 && r.optimal == 1 && r.excess == 0);
    assert_true(dc_risk_coverage(best, none, 3, &r));
    assert_true(r.aurc == 0 && r.optimal == 0 && r.risk == 0);
}

/* AURC and the risk at k rows of one order of the rows, best first. */
static double aurc_in_order(const struct data *d, const size_t *order,
                            double *risk_at)
{
    double sum = 0, n_wrong = 0;
    for (size_t i = 0; i < d->n; i++) {
        n_wrong += d->positive[order[i]];
        risk_at[i] += n_wrong / (double)(i + 1);
        sum += n_wrong / (double)(i + 1);
    }
    return sum / (double)d->n;
}

struct orders {
    const struct data *d;
    size_t order[8];
    double aurc, risk_at[8];
    double n;
};

/* Every order of the rows in which no row comes before a surer one. */
static void go_through(struct orders *o, size_t depth)
{
    if (depth == o->d->n) {
        o->aurc += aurc_in_order(o->d, o->order, o->risk_at);
        o->n++;
        return;
    }
    for (size_t i = 0; i < o->d->n; i++) {
        bool may = true;
        for (size_t j = 0; j < depth; j++)
            may = may && o->order[j] != i;
        for (size_t j = 0; j < o->d->n; j++) {
            bool placed = false;
            for (size_t k = 0; k < depth; k++)
                placed = placed || o->order[k] == j;
            may = may && (placed || o->d->score[j] <= o->d->score[i]);
        }
        if (!may)
            continue;
        o->order[depth] = i;
        go_through(o, depth + 1);
    }
}

static void test_risk_every_order(void **state)
{
    (void)state;
    struct dice dice = {.seed = 5};
    size_t with_ties = 0;
    for (int round = 0; round < 60; round++) {
        struct data d;
        do
            roll(&d, &dice, 3);
        while (d.n == 0);
        d.n = d.n > 6 ? 6 : d.n;
        struct orders o = {.d = &d};
        go_through(&o, 0);
        with_ties += o.n > 2;
        struct dc_risk r;
        assert_true(dc_risk_coverage(d.score, d.positive, d.n, &r));
        assert_close(r.aurc, o.aurc / o.n, 1e-14);
        for (size_t k = 1; k <= d.n; k++) {
            double c = (double)k / (double)d.n, risk = -1;
            const struct dc_coverage at = {&c, &risk, 1};
            assert_true(dc_risk_at(d.score, d.positive, d.n, &at));
            assert_close(risk, o.risk_at[k - 1] / o.n, 1e-14);
        }
    }
    assert_true(with_ties > 20);
}

static void test_risk_properties(void **state)
{
    (void)state;
    struct dice dice = {.seed = 6};
    for (int round = 0; round < 200; round++) {
        struct data d;
        roll(&d, &dice, round % 2 ? 4 : 1000);
        struct dc_risk r, s;
        if (!dc_risk_coverage(d.score, d.positive, d.n, &r))
            continue;
        assert_true(r.aurc >= 0 && r.aurc <= 1 && r.excess >= 0);
        assert_true(r.optimal <= r.aurc + 1e-15);
        shuffle(&d, &dice);
        for (size_t i = 0; i < d.n; i++)
            d.score[i] = exp(d.score[i] / 50);
        assert_true(dc_risk_coverage(d.score, d.positive, d.n, &s));
        assert_true(r.aurc == s.aurc && r.excess == s.excess);
        for (size_t i = 0; i < d.n; i++)
            d.score[i] = d.positive[i] ? 0 : 1;
        assert_true(dc_risk_coverage(d.score, d.positive, d.n, &s));
        assert_close(s.aurc, r.optimal, 1e-14);
        assert_close(s.excess, 0, 1e-14);
    }
}

static void test_risk_at_coverage(void **state)
{
    (void)state;
    double score[10];
    bool wrong[10];
    for (int i = 0; i < 10; i++) {
        score[i] = -i;
        wrong[i] = i >= 5;
    }
    const double c[] = {0.001, 0.1, 0.5, 0.51, 0.6, 0.7, 1};
    const double want[] = {0, 0, 0, 1.0 / 6, 1.0 / 6, 2.0 / 7, 0.5};
    double risk[7];
    const struct dc_coverage at = {c, risk, 7};
    assert_true(dc_risk_at(score, wrong, 10, &at));
    for (int i = 0; i < 7; i++)
        assert_close(risk[i], want[i], 1e-15);
    assert_false(dc_risk_at(score, wrong, 0, &at));
}

/* ---- sorting ---- */

/* The order that is promised, by comparing. */
static bool in_order(const struct dc_rank_row *a, const struct dc_rank_row *b)
{
    if (a->x != b->x)
        return a->x < b->x;
    if (a->flag != b->flag)
        return b->flag;
    return a->row < b->row;
}

static void check_sort(const double *x, const bool *flag, size_t n)
{
    struct dc_rank_row *r = dc_rank_sort(x, flag, n);
    bool *seen = dc_xcalloc(n + 1, sizeof *seen);
    for (size_t i = 0; i < n; i++) {
        assert_true(r[i].row < n && !seen[r[i].row]);
        seen[r[i].row] = true;
        assert_memory_equal(&r[i].x, &x[r[i].row], sizeof r[i].x);
        assert_true(r[i].flag == flag[r[i].row]);
        if (i > 0 && !in_order(&r[i - 1], &r[i]))
            fail_msg("row %zu of %zu is out of order", i, n);
    }
    free(seen);
    free(r);
}

static void test_sort(void **state)
{
    static const double odd[] = {
        0.0,         -0.0,     1.0,    -1.0,    HUGE_VAL, -HUGE_VAL,
        DBL_MIN,     -DBL_MIN, 5e-324, -5e-324, DBL_MAX,  -DBL_MAX,
        1 + 0x1p-52, 1,        0.1,    -0.1,    1e300,    -0.0};
    enum { ODD = sizeof odd / sizeof odd[0], MOST_ROWS = 5000 };
    static double x[MOST_ROWS];
    static bool flag[MOST_ROWS];
    struct dice dice = {.next = 0};
    (void)state;
    for (size_t n = 0; n < MOST_ROWS; n = 2 * n + 1)
        for (uint32_t kind = 0; kind < 4; kind++) {
            for (size_t i = 0; i < n; i++) {
                double wide = (double)dice_below(&dice, UINT32_MAX) - 2e9;
                x[i] = kind == 0   ? odd[dice_below(&dice, ODD)]
                       : kind == 1 ? wide * 1e-9
                       : kind == 2 ? (double)dice_below(&dice, 3)
                                   : 0.5;
                flag[i] = dice_below(&dice, 2) == 1;
            }
            check_sort(x, flag, n);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_auroc_golden),
        cmocka_unit_test(test_auroc_known),
        cmocka_unit_test(test_nan_is_a_bug),
        cmocka_unit_test(test_auroc_every_pair),
        cmocka_unit_test(test_auroc_properties),
        cmocka_unit_test(test_auroc_large),
        cmocka_unit_test(test_groups_every_pair),
        cmocka_unit_test(test_groups_reverse),
        cmocka_unit_test(test_roc),
        cmocka_unit_test(test_risk_known),
        cmocka_unit_test(test_risk_every_order),
        cmocka_unit_test(test_risk_properties),
        cmocka_unit_test(test_risk_at_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
