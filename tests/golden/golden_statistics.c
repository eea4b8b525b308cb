/*
 * golden_statistics.c - checker of statistics.json: an object of parts, each an
 * array of rows of one kind, against stat.h.
 *
 * A part is one row of the table below and one function, which gets its rows
 * one by one. A part without a function is named as not checked yet.
 */
#include "base/mem.h"
#include "golden.h"

#include <deepconf/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- proportions ---- */

static void interval(struct golden *g, const json_t *row, const char *key,
                     const struct dc_prop *got)
{
    size_t n;
    char field[64];
    double *want = golden_numbers(g, row, key, &n);

    if (want && n != 2)
        golden_differs(g, key, "two numbers", "another number of them");
    if (want && n == 2) {
        snprintf(field, sizeof field, "%s[0]", key);
        golden_near(g, field, want[0], got->lo);
        snprintf(field, sizeof field, "%s[1]", key);
        golden_near(g, field, want[1], got->hi);
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

/* ---- the parts ---- */

static const struct part {
    const char *name;
    void (*row)(struct golden *g, const json_t *row);
    const char *not_yet; /* of the part, or of some of its fields */
} parts[] = {
    {"proportion", proportion, "no Clopper-Pearson interval"},
    {"matrix", matrix, NULL},
    {"percentile_linear", percentile, NULL},
    {"mcnemar_exact", NULL, "no McNemar test"},
    {"auroc", NULL, "no AUROC"},
    {"ece_15_equal_width", NULL, "no calibration error"},
    {"beta_quantile", NULL, "no Beta distribution"},
};

static void check_part(struct golden *g, const struct part *p,
                       const json_t *rows)
{
    if (p->not_yet)
        golden_skips(g, p->name, p->not_yet);
    if (!p->row)
        return;
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
