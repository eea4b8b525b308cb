/*
 * golden_statistics.c - checker of statistics.json: an object of parts, each an
 * array of rows of one kind, against stat.h, rank.h and calib.h
 * (golden_beta.c: dist.h).
 *
 * A part is one row of the table below and one function, which gets its rows
 * one by one.
 */
#include "base/mem.h"
#include "golden.h"

#include <deepconf/calib.h>
#include <deepconf/rank.h>
#include <deepconf/stat.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- proportions ---- */

/*
 * SciPy's binomtest().proportion_ci() has a closed form for Wilson, which takes
 * a difference of numbers up to 1, and a root search for Clopper-Pearson, which
 * ends within 2e-12 of the root.
 */
static const double wilson_slack = 1e-15, exact_slack = 2e-12;

static void interval(struct golden *g, const json_t *row, const char *key,
                     const struct dc_prop *got)
{
    double slack = key[0] == 'w' ? wilson_slack : exact_slack;
    size_t n;
    char field[64];
    double *want = golden_numbers(g, row, key, &n);

    if (want && n != 2)
        golden_differs(g, key, "two numbers", "another number of them");
    if (want && n == 2) {
        snprintf(field, sizeof field, "%s[0]", key);
        golden_close(g, field, want[0], got->lo, slack);
        snprintf(field, sizeof field, "%s[1]", key);
        golden_close(g, field, want[1], got->hi, slack);
    }
    free(want);
}

static void proportion(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"k", "n", "wilson95",
                                        "clopper_pearson95", NULL};
    size_t k, n;

    golden_keys(g, row, known);
    if (!golden_count(g, row, "k", &k) || !golden_count(g, row, "n", &n))
        return;
    if (k > n || n == 0) {
        golden_differs(g, "k", "k <= n and n > 0", "another");
        return;
    }
    struct dc_prop p = dc_prop_wilson(k, n, 0.95);
    interval(g, row, "wilson95", &p);
    p = dc_prop_clopper_pearson(k, n, 0.95);
    interval(g, row, "clopper_pearson95", &p);
}

/* ---- 2 x 2 ---- */

static void matrix(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"tp",
                                        "fn",
                                        "fp",
                                        "tn",
                                        "accuracy",
                                        "sensitivity",
                                        "specificity",
                                        "precision",
                                        "f1_score",
                                        "mcc",
                                        "balanced_accuracy",
                                        "majority_baseline",
                                        NULL};
    size_t tp, fn, fp, tn;

    golden_keys(g, row, known);
    if (!golden_count(g, row, "tp", &tp) || !golden_count(g, row, "fn", &fn) ||
        !golden_count(g, row, "fp", &fp) || !golden_count(g, row, "tn", &tn))
        return;
    struct dc_matrix m = {tp, fn, fp, tn};
    struct dc_matrix_rates r = dc_matrix_rates(&m, 0.95);
    const struct {
        const char *key;
        bool defined;
        double value;
    } got[] = {
        {"accuracy", r.accuracy.defined, r.accuracy.value},
        {"sensitivity", r.sensitivity.defined, r.sensitivity.value},
        {"specificity", r.specificity.defined, r.specificity.value},
        {"precision", r.precision.defined, r.precision.value},
        {"f1_score", r.f1.defined, r.f1.value},
        {"mcc", r.mcc.defined, r.mcc.value},
        {"balanced_accuracy", r.balanced_accuracy.defined,
         r.balanced_accuracy.value},
        {"majority_baseline", r.majority_baseline.defined,
         r.majority_baseline.value},
    };
    for (size_t i = 0; i < DC_COUNT(got); i++) {
        double want;
        if (!got[i].defined)
            golden_get(g, row, got[i].key, JSON_NULL);
        else if (golden_number(g, row, got[i].key, &want))
            golden_near(g, got[i].key, want, got[i].value);
    }
}

/* ---- percentiles ---- */

static void percentile(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"x", "q", NULL};
    size_t n;
    const char *key;
    json_t *v;
    double *x = golden_numbers(g, row, "x", &n);
    const json_t *at = golden_get(g, row, "q", JSON_OBJECT);

    golden_keys(g, row, known);
    json_object_foreach((json_t *)at, key, v)
    {
        char *end, field[64];
        double q = strtod(key, &end), want;
        snprintf(field, sizeof field, "q.%s", key);
        if (!*key || *end || !(q >= 0 && q <= 100))
            golden_differs(g, field, "0 to 100", "a key that is no such q");
        else if (x && n && golden_number(g, at, key, &want))
            golden_near(g, field, want, dc_percentile(x, n, q));
    }
    if (x && !n)
        golden_differs(g, "x", "a number or more", "none");
    free(x);
}

/* ---- McNemar; SciPy has 0 for what lies below DBL_MIN ---- */

static void mcnemar(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"b", "c", "p_two_sided", NULL};
    size_t b, c;
    double want;

    golden_keys(g, row, known);
    if (golden_count(g, row, "b", &b) && golden_count(g, row, "c", &c) &&
        golden_number(g, row, "p_two_sided", &want))
        golden_close(g, "p_two_sided", want,
                     dc_paired_compare(b, c, b + c, 0.95).p, DBL_MIN);
}

/* ---- AUROC ---- */

static void auroc_of(struct golden *g, const json_t *row, double *score,
                     size_t n_pos, size_t n)
{
    bool *positive = dc_xcalloc(n + 1, sizeof *positive);
    double got, want;

    for (size_t i = 0; i < n_pos; i++)
        positive[i] = true;
    if (!dc_auroc(score, positive, n, &got))
        golden_get(g, row, "auroc_ties_half", JSON_NULL);
    else if (golden_number(g, row, "auroc_ties_half", &want))
        golden_near(g, "auroc_ties_half", want, got);
    free(positive);
}

static void auroc(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"pos", "neg", "auroc_ties_half", NULL};
    size_t n_pos = 0, n_neg = 0;
    double *pos = golden_numbers(g, row, "pos", &n_pos);
    double *neg = golden_numbers(g, row, "neg", &n_neg);

    golden_keys(g, row, known);
    if (pos && neg) {
        double *score = dc_xcalloc(n_pos + n_neg + 1, sizeof *score);
        memcpy(score, pos, n_pos * sizeof *pos);
        memcpy(score + n_pos, neg, n_neg * sizeof *neg);
        auroc_of(g, row, score, n_pos, n_pos + n_neg);
        free(score);
    }
    free(pos);
    free(neg);
}

/* ---- calibration ---- */

/* An ECE adds up differences of numbers up to 1. */
static const double ece_slack = 1e-15;

static void calibration_of(struct golden *g, const json_t *row, const double *p,
                           const double *outcome, size_t n)
{
    bool *y = dc_xcalloc(n + 1, sizeof *y);
    struct dc_forecast f = {p, y, n};
    struct dc_calib_cfg cfg = dc_calib_cfg_default();
    struct dc_calib c;
    struct dc_err err = {.msg = ""};
    double want;

    for (size_t i = 0; i < n; i++) {
        if (outcome[i] != 0 && outcome[i] != 1)
            golden_differs(g, "y", "0 or 1", "another number");
        y[i] = outcome[i] == 1;
    }
    if (dc_calib_measure(&f, &cfg, &c, &err)) {
        golden_differs(g, "p", "0 to 1", err.msg);
    } else if (!c.defined) {
        golden_differs(g, "p", "a number or more", "none");
    } else {
        if (golden_number(g, row, "ece", &want))
            golden_close(g, "ece", want, c.ece, ece_slack);
        if (golden_number(g, row, "brier", &want))
            golden_near(g, "brier", want, c.brier);
    }
    free(y);
}

static void calibration(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"p", "y", "ece", "brier", "bin", NULL};
    size_t n = 0, n_y = 0;
    double *p = golden_numbers(g, row, "p", &n);
    double *y = golden_numbers(g, row, "y", &n_y);

    golden_keys(g, row, known);
    if (p && y && n != n_y)
        golden_same_count(g, "y: length", n, n_y);
    else if (p && y)
        calibration_of(g, row, p, y, n);
    free(p);
    free(y);
}

/* ---- the parts ---- */

static const struct part {
    const char *name;
    void (*row)(struct golden *g, const json_t *row);
} parts[] = {
    {"proportion", proportion},
    {"matrix", matrix},
    {"percentile_linear", percentile},
    {"mcnemar_exact", mcnemar},
    {"auroc", auroc},
    {"ece_15_equal_width", calibration},
    {"beta_quantile", golden_beta},
};

static void check_part(struct golden *g, const struct part *p,
                       const json_t *rows)
{
    if (!json_array_size(rows))
        golden_differs(g, p->name, "an array of rows", "none");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        g->n_rows++;
        snprintf(g->part, sizeof g->part, "%s[%zu].", p->name, i);
        p->row(g, json_array_get(rows, i));
    }
    g->part[0] = '\0';
}

void golden_statistics(struct golden *g, const json_t *root)
{
    const char *known[DC_COUNT(parts) + 1] = {NULL};

    for (size_t i = 0; i < DC_COUNT(parts); i++) {
        const json_t *rows = json_object_get(root, parts[i].name);
        known[i] = parts[i].name;
        if (rows)
            check_part(g, &parts[i], rows);
        else
            printf("%s: %s: not there\n", g->file, parts[i].name);
    }
    golden_keys(g, root, known);
}
