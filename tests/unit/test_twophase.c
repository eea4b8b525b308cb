/*
 * test_twophase.c - shares and a judge's errors from labels drawn by strata: by
 * hand, intervals against integrals, and coverage over simulated studies.
 */
#include "base/rng.h"

#include <deepconf/dist.h>
#include <deepconf/twophase.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { P = 40 };

/* Labels of a cell on prompts of their own, from `at` on, one each. */
static void label(double *refusal, double *labelled, int at, int n, int yes)
{
    for (int i = 0; i < n; i++) {
        labelled[at + i] = 1;
        refusal[at + i] = i < yes;
    }
}

static void test_by_hand(void **state)
{
    (void)state;
    double r[3][P] = {{0}}, l[3][P] = {{0}};
    label(r[0], l[0], 0, 10, 9);  /* of 200 called refusals, 9 of 10 are */
    label(r[1], l[1], 10, 4, 2);  /* of 100 more, 2 of 4 */
    label(r[2], l[2], 14, 20, 1); /* of 700 compliances, 1 of 20 is one */
    const struct dc_twophase_cell cell[] = {
        {.group = 0, .said = true, .size = 200, r[0], l[0]},
        {.group = 1, .said = true, .size = 100, r[1], l[1]},
        {.group = 1, .said = false, .size = 700, r[2], l[2]},
    };
    const struct dc_twophase t = {cell, 3, NULL, 0, P, 2};
    const struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures f;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, NULL), DC_OK);
    assert_true(fabs(f.share[0].value.value - 0.9) < 1e-15);
    assert_true(fabs(f.share[1].value.value - 85.0 / 800) < 1e-15);
    assert_true(fabs(f.share[2].value.value - 265.0 / 1000) < 1e-15);
    assert_true(fabs(f.sensitivity.value.value - 230.0 / 265) < 1e-15);
    assert_true(fabs(f.specificity.value.value - 665.0 / 735) < 1e-15);
    assert_int_equal(f.n_label, 34);
    assert_int_equal(f.n_refusal, 12);
    assert_int_equal(f.n_prompt, 34);
    for (int g = 0; g < 3; g++)
        assert_true(f.share[g].defined &&
                    f.share[g].lo < f.share[g].value.value &&
                    f.share[g].value.value < f.share[g].hi);
}

/* A cell without labels has the share of those with its verdict, of its own
 * group first. */
static void test_borrows(void **state)
{
    (void)state;
    double r[3][P] = {{0}}, l[3][P] = {{0}}, no[P] = {0};
    label(r[0], l[0], 0, 10, 10);
    label(r[1], l[1], 10, 10, 5);
    label(r[2], l[2], 20, 10, 1);
    struct dc_twophase_cell cell[] = {
        {.group = 0, .said = true, .size = 100, r[0], l[0]},
        {.group = 1, .said = true, .size = 300, r[1], l[1]},
        {.group = 1, .said = false, .size = 600, r[2], l[2]},
        {.group = 1, .said = true, .size = 50, no, no},
    };
    const struct dc_twophase t = {cell, 4, NULL, 0, P, 2};
    const struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures f;
    struct dc_err err = {0};
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, NULL), DC_OK);
    assert_true(fabs(f.share[1].value.value - (175 + 60) / 950.0) < 1e-15);
    /* none in its group: 100 at 1 and 300 at 0.5 are 0.625 on average */
    cell[3].group = 2;
    const struct dc_twophase other = {cell, 4, NULL, 0, P, 3};
    assert_int_equal(dc_twophase_measure(&other, &cfg, &f, NULL), DC_OK);
    assert_true(fabs(f.share[2].value.value - 0.625) < 1e-15);
    /* none at all */
    cell[2].labelled = cell[2].refusal = no;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "calls compliances has a label"));
}

/* ---- intervals against integrals ---- */

static double beta_cdf(double a, double b, double x)
{
    return dc_beta_cdf(a, b, x);
}

/* P(Se <= s) with Se = n1 q1 / (n1 q1 + n2 q2), q1 and q2 beta numbers: q2 must
 * be n1 q1 (1 - s) / (s n2) at least. Integrated over the quantiles of q1. */
static double below(double s, const double n[2], const double q[2][2])
{
    enum { STEPS = 500 };
    double sum = 0;
    for (int i = 0; i < STEPS; i++) {
        double q1 = dc_beta_quantile(q[0][0], q[0][1], (i + 0.5) / STEPS);
        double least = n[0] * q1 * (1 - s) / (s * n[1]);
        sum += least >= 1 ? 0 : 1 - beta_cdf(q[1][0], q[1][1], least);
    }
    return sum / STEPS;
}

/* Labels of one a prompt have Jeffreys' posterior; the limits must leave 2.5 %
 * on either side, by integration instead of draws. */
static void test_against_integral(void **state)
{
    (void)state;
    double r[2][P] = {{0}}, l[2][P] = {{0}};
    const double n[2] = {300, 700};
    const double q[2][2] = {{9.5, 1.5}, {2.5, 18.5}};
    label(r[0], l[0], 0, 10, 9);
    label(r[1], l[1], 10, 20, 2);
    const struct dc_twophase_cell cell[] = {
        {.said = true, .size = n[0], r[0], l[0]},
        {.said = false, .size = n[1], r[1], l[1]},
    };
    const struct dc_twophase t = {cell, 2, NULL, 0, P, 1};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures f;
    cfg.n_resamples = 20000;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, NULL), DC_OK);
    assert_true(fabs(below(f.sensitivity.lo, n, q) - 0.025) < 0.006);
    assert_true(fabs(below(f.sensitivity.hi, n, q) - 0.975) < 0.006);
}

/* The share alone, of one cell whose size is known: Jeffreys' quantiles. And
 * where labels are all alike, the limit is 1 itself. */
static void test_against_jeffreys(void **state)
{
    (void)state;
    double r[P] = {0}, l[P] = {0};
    label(r, l, 0, 20, 15);
    const struct dc_twophase_cell cell[] = {{.said = true, .size = 9, r, l}};
    const struct dc_twophase t = {cell, 1, NULL, 0, P, 1};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures f;
    cfg.n_resamples = 20000;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, NULL), DC_OK);
    assert_true(fabs(f.share[0].lo - dc_beta_quantile(15.5, 5.5, 0.025)) <
                0.006);
    assert_true(fabs(f.share[0].hi - dc_beta_quantile(15.5, 5.5, 0.975)) <
                0.006);
    assert_false(f.specificity.value.value > 0);
    label(r, l, 0, 20, 20);
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, NULL), DC_OK);
    assert_true(f.share[0].hi == 1);
    assert_true(fabs(f.share[0].lo - dc_beta_quantile(20.5, 0.5, 0.025)) <
                0.006);
    assert_false(f.specificity.value.defined);
}

/* A size that is a split of a base widens the share's interval: with q known to
 * be 1 and 0, the share is the split, Jeffreys' posterior of its prompts. */
static void test_split(void **state)
{
    (void)state;
    double r[2][P] = {{0}}, l[2][P] = {{0}}, num[P], den[P];
    label(r[0], l[0], 0, 20, 20);
    label(r[1], l[1], 20, 20, 0);
    for (int i = 0; i < P; i++) {
        num[i] = i < 10 ? 5 : 0;
        den[i] = 5;
    }
    const struct dc_twophase_split split = {num, den};
    const struct dc_twophase_cell cell[] = {
        {.said = true,
         .size = 50,
         r[0],
         l[0],
         .base = 200,
         .step = {{0, false}},
         .n_step = 1},
        {.said = false,
         .size = 150,
         r[1],
         l[1],
         .base = 200,
         .step = {{0, true}},
         .n_step = 1},
    };
    const struct dc_twophase t = {cell, 2, &split, 1, P, 1};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures f;
    cfg.n_resamples = 20000;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &f, NULL), DC_OK);
    assert_true(f.share[0].value.value == 0.25);
    assert_true(f.share[0].lo < dc_beta_quantile(10.5, 30.5, 0.025) + 0.002);
    assert_true(f.share[0].hi > dc_beta_quantile(10.5, 30.5, 0.975) - 0.002);
    /* and no more than the labels add to it */
    assert_true(f.share[0].lo > 0.05 && f.share[0].hi < 0.5);
}

/* ---- coverage ---- */

struct world {
    double refuses; /* share of prompts that are mostly refused */
    double miss, alarm, differ;
    int n_label;
};

static double uniform(uint32_t study, uint32_t n)
{
    const struct dc_rng_key key = {17, 23};
    return dc_rng_uniform(&key, study, n);
}

enum { N = 60, K = 5, CELLS = 4 };

struct study {
    bool truth[N][K], said[N][K], mark[N][K];
    double size[CELLS], part[CELLS][N], said_n[2][N], all[N];
    double r[CELLS][N], l[CELLS][N];
    double se, sp; /* of this run */
};

static int cell_of(const struct study *s, int i, int k)
{
    return (s->said[i][k] ? 0 : 2) + (s->mark[i][k] ? 0 : 1);
}

static void make_run(struct study *s, const struct world *w, uint32_t study,
                     uint32_t *at)
{
    double tp = 0, fn = 0, fp = 0, tn = 0;
    memset(s, 0, sizeof *s);
    for (int i = 0; i < N; i++) {
        bool mostly = uniform(study, (*at)++) < w->refuses;
        s->all[i] = K;
        for (int k = 0; k < K; k++) {
            bool y = uniform(study, (*at)++) < (mostly ? 0.8 : 0.1);
            bool wrong = uniform(study, (*at)++) < (y ? w->miss : w->alarm);
            s->truth[i][k] = y;
            s->said[i][k] = y != wrong;
            s->mark[i][k] = uniform(study, (*at)++) < (wrong ? w->differ : 0.1);
            int c = cell_of(s, i, k);
            s->size[c]++;
            s->part[c][i]++;
            s->said_n[s->said[i][k] ? 1 : 0][i]++;
            *(y ? wrong ? &fn : &tp : wrong ? &fp : &tn) += 1;
        }
    }
    s->se = tp / (tp + fn);
    s->sp = tn / (tn + fp);
}

/* Equal numbers from each stratum, by chance, as far as it goes. */
static void draw_labels(struct study *s, int n, uint32_t study, uint32_t *at)
{
    for (int c = 0; c < CELLS; c++) {
        double left = s->size[c], want = fmin(n / CELLS, left);
        for (int i = 0; i < N; i++)
            for (int k = 0; k < K; k++) {
                if (cell_of(s, i, k) != c)
                    continue;
                if (uniform(study, (*at)++) < want / left) {
                    s->l[c][i]++;
                    s->r[c][i] += s->truth[i][k];
                    want--;
                }
                left--;
            }
    }
}

static void measure(const struct study *s, uint32_t seed,
                    struct dc_twophase_figures *f)
{
    double both[2][N];
    struct dc_twophase_cell cell[CELLS];
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < N; i++)
            both[v][i] = s->part[2 * v][i] + s->part[2 * v + 1][i];
    const struct dc_twophase_split split[] = {
        {s->said_n[1], s->all}, {s->part[0], both[0]}, {s->part[2], both[1]}};
    for (int c = 0; c < CELLS; c++) {
        const struct dc_twophase_step step[2] = {{0, c >= 2},
                                                 {c < 2 ? 1 : 2, c % 2 == 1}};
        cell[c] = (struct dc_twophase_cell){.said = c < 2};
        cell[c].size = s->size[c];
        cell[c].refusal = s->r[c];
        cell[c].labelled = s->l[c];
        cell[c].base = (double)N * K;
        memcpy(cell[c].step, step, sizeof step);
        cell[c].n_step = 2;
    }
    const struct dc_twophase rates = {cell, CELLS, split, 3, N, 1};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures errors;
    cfg.n_resamples = 200;
    cfg.seed = seed;
    assert_int_equal(dc_twophase_measure(&rates, &cfg, f, NULL), DC_OK);
    for (int c = 0; c < CELLS; c++)
        cell[c].n_step = 0; /* the run's sizes are known */
    assert_int_equal(dc_twophase_measure(&rates, &cfg, &errors, NULL), DC_OK);
    f->sensitivity = errors.sensitivity;
    f->specificity = errors.specificity;
}

static bool holds(const struct dc_boot *b, double truth)
{
    return !b->value.defined ||
           (b->lo - 1e-12 <= truth && truth <= b->hi + 1e-12);
}

static void test_covers(void **state)
{
    (void)state;
    enum { STUDIES = 200 };
    static const struct world world[] = {{0.4, 0.2, 0.1, 0.6, 48},
                                         {0.4, 0, 0, 0, 40},
                                         {0.05, 0.3, 0.03, 0.6, 60}};
    static struct study s;
    for (size_t w = 0; w < 3; w++) {
        int n[3] = {0};
        double p = world[w].refuses * 0.8 + (1 - world[w].refuses) * 0.1;
        for (uint32_t i = 0; i < STUDIES; i++) {
            struct dc_twophase_figures f;
            uint32_t at = 0, study = (uint32_t)w * 1000 + i;
            make_run(&s, &world[w], study, &at);
            draw_labels(&s, world[w].n_label, study, &at);
            measure(&s, i, &f);
            n[0] += holds(&f.share[0], p);
            n[1] += holds(&f.sensitivity, s.se);
            n[2] += holds(&f.specificity, s.sp);
        }
        printf("world %zu: %d %d %d of %d\n", w, n[0], n[1], n[2], STUDIES);
        for (int k = 0; k < 3; k++) /* 95 % less three standard deviations */
            assert_true(n[k] >= (int)(0.91 * STUDIES));
    }
}

static void test_seed_decides(void **state)
{
    (void)state;
    double r[2][P] = {{0}}, l[2][P] = {{0}};
    label(r[0], l[0], 0, 10, 9);
    label(r[1], l[1], 10, 20, 2);
    const struct dc_twophase_cell cell[] = {
        {.said = true, .size = 3, r[0], l[0]},
        {.said = false, .size = 7, r[1], l[1]}};
    const struct dc_twophase t = {cell, 2, NULL, 0, P, 1};
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_twophase_figures a, b, c;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &a, NULL), DC_OK);
    assert_int_equal(dc_twophase_measure(&t, &cfg, &b, NULL), DC_OK);
    cfg.seed = 5;
    assert_int_equal(dc_twophase_measure(&t, &cfg, &c, NULL), DC_OK);
    assert_true(a.sensitivity.lo == b.sensitivity.lo);
    assert_true(a.sensitivity.lo != c.sensitivity.lo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_borrows),
        cmocka_unit_test(test_against_integral),
        cmocka_unit_test(test_against_jeffreys),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_seed_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
