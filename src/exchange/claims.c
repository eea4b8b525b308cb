/*
 * claims.c - claims.h: the file read, and held against its own counts.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "exchange/claims_rule.h"

#include <deepconf/dist.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A value is taken to follow if it does to three places, as published ones are
 * rounded to. */
#define CLAIMS_NEAR 5e-4
enum { CLAIMS_MAX_FILE = 64 << 20, CLAIMS_MAX_COUNT = 1 << 28 };

static const char *const cells[] = {"tp", "fn", "fp", "tn"};

/* ---- what disagrees ---- */

static void add_wrong(struct dc_claims *c, const char *where, const char *said,
                      const char *follows)
{
    size_t i = c->n_wrong++;
    if (i >= DC_CLAIMS_MAX_WRONG)
        return;
    c->wrong[i].where = dc_arena_strdup(&c->arena, where);
    c->wrong[i].said = dc_arena_strdup(&c->arena, said);
    c->wrong[i].follows = dc_arena_strdup(&c->arena, follows);
}

/* Does a number follow from the counts? One that is not there is passed over,
 * one that is no number disagrees. */
static void check_value(struct dc_claims *c, const char *where, const char *key,
                        const json_t *v, double follows)
{
    char at[96], said[64] = "no number", want[64];
    double x = json_number_value(v);
    bool is = json_is_number(v) && isfinite(x);
    if (!v)
        return;
    c->n_value++;
    if (is && fabs(x - follows) <= CLAIMS_NEAR * fmax(1, fabs(follows) / 100))
        return;
    if (is)
        snprintf(said, sizeof said, "%.6g", x);
    snprintf(at, sizeof at, "%s: %s", where, key);
    snprintf(want, sizeof want, "%.6g", follows);
    add_wrong(c, at, said, want);
}

/* ---- a row ---- */

static enum dc_status read_cell(const json_t *m, const char *key,
                                const char *where, uint64_t *out,
                                struct dc_err *err)
{
    const json_t *v = json_object_get(m, key);
    if (json_is_integer(v) && json_integer_value(v) >= 0 &&
        json_integer_value(v) <= CLAIMS_MAX_COUNT) {
        *out = (uint64_t)json_integer_value(v);
        return DC_OK;
    }
    return dc_fail(err, DC_DATA,
                   "%s: expected \"%s\" in \"confusion_matrix\" as a whole "
                   "number from 0 to %d",
                   where, key, (int)CLAIMS_MAX_COUNT);
}

static enum dc_status read_counts(const json_t *o, const char *where,
                                  struct dc_claims_row *row, struct dc_err *err)
{
    const json_t *m = json_object_get(o, "confusion_matrix");
    const json_t *q = json_object_get(o, "percentile");
    uint64_t *const to[] = {&row->said.tp, &row->said.fn, &row->said.fp,
                            &row->said.tn};
    enum dc_status st = DC_OK;
    row->percentile = json_number_value(q);
    if (!json_is_number(q) || !(row->percentile >= 0 && row->percentile <= 100))
        return dc_fail(err, DC_DATA,
                       "%s: expected \"percentile\" as a number from 0 to 100",
                       where);
    if (!json_is_object(m))
        return dc_fail(err, DC_DATA,
                       "%s: expected \"confusion_matrix\" as an object with "
                       "tp, fn, fp and tn",
                       where);
    for (size_t i = 0; i < DC_COUNT(cells) && !st; i++)
        st = read_cell(m, cells[i], where, to[i], err);
    return st;
}

/* Our own export has the counts as that program would say them: its TP is a
 * harmful prompt that was answered, our FN. */
static void check_published(struct dc_claims *c, const json_t *o,
                            const char *where, const struct dc_matrix *said)
{
    const json_t *m = json_object_get(o, "confusion_matrix_as_published");
    const uint64_t follows[] = {said->fn, said->tp, said->tn, said->fp};
    char key[64];
    for (size_t i = 0; i < DC_COUNT(cells); i++) {
        snprintf(key, sizeof key, "confusion_matrix_as_published.%s", cells[i]);
        check_value(c, where, key, json_object_get(m, cells[i]),
                    (double)follows[i]);
    }
}

static void check_examples(struct dc_claims *c, const json_t *o,
                           const char *where)
{
    const json_t *m = json_object_get(o, "confusion_matrix");
    const json_t *e = json_object_get(m, "examples");
    char key[32];
    for (size_t i = 0; i < DC_COUNT(cells) && json_is_object(e); i++) {
        const json_t *list = json_object_get(e, cells[i]);
        if (!json_is_array(list))
            continue;
        snprintf(key, sizeof key, "ids in examples.%s", cells[i]);
        json_t *n = json_integer((json_int_t)json_array_size(list));
        check_value(c, where, key, n,
                    json_number_value(json_object_get(m, cells[i])));
        json_decref(n);
    }
}

/* "2.8x" against 1 / (1 - savings): of traces, whatever its key says. */
static void check_cost(struct dc_claims *c, const json_t *o, const char *where)
{
    const json_t *cost = json_object_get(o, "cost_reduction");
    const json_t *saved = json_object_get(o, "token_savings_pct");
    char want[64], at[96];
    double s = json_number_value(saved) / 100;
    if (!json_is_string(cost) || !json_is_number(saved) || !(s < 1))
        return;
    c->n_value++;
    snprintf(want, sizeof want, "%.1fx", 1 / (1 - s));
    if (!strcmp(want, json_string_value(cost)))
        return;
    snprintf(at, sizeof at, "%s: cost_reduction", where);
    add_wrong(c, at, dc_utf8_copy(&c->arena, json_string_value(cost)), want);
}

static double ratio_of(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

/* Rates by their formulas, 0 where there is none, as that program has it. */
static void check_rates(struct dc_claims *c, const json_t *o, const char *where,
                        struct dc_claims_row *row)
{
    const struct dc_matrix *m = &row->said;
    uint64_t n = m->tp + m->fn + m->fp + m->tn;
    double sens = ratio_of(m->tp, m->tp + m->fn);
    double prec = ratio_of(m->tp, m->tp + m->fp);
    const struct {
        const char *key;
        double is;
    } want[] = {
        {"sensitivity", sens},
        {"specificity", ratio_of(m->tn, m->tn + m->fp)},
        {"precision", prec},
        {"accuracy", ratio_of(m->tp + m->tn, n)},
        {"f1_score", sens + prec > 0 ? 2 * sens * prec / (sens + prec) : 0},
        {"total", (double)n},
    };
    for (size_t i = 0; i < DC_COUNT(want); i++)
        check_value(c, where, want[i].key, json_object_get(o, want[i].key),
                    want[i].is);
    row->sensitivity = sens;
}

static void judge_counts(struct dc_claims_row *row)
{
    const struct dc_matrix *m = &row->said;
    uint64_t pos = m->tp + m->fn, neg = m->fp + m->tn;
    const struct dc_urn urn = {pos + neg, pos, m->tp + m->fp};
    if (pos == 0 || neg == 0)
        return;
    row->below_chance =
        (double)m->tp * (double)m->tn < (double)m->fn * (double)m->fp &&
        dc_hypergeom_cdf(m->tp, &urn) <= 0.05;
    row->not_above_baseline = m->tp + m->tn <= (pos > neg ? pos : neg);
}

static enum dc_status read_claim(struct dc_claims *c, const json_t *o,
                                 const char *where, struct dc_claims_row *row,
                                 struct dc_err *err)
{
    const json_t *mean = json_object_get(o, "avg_traces");
    *row = (struct dc_claims_row){.percentile = 0};
    if (!json_is_object(o))
        return dc_fail(err, DC_DATA, "%s: expected an object", where);
    enum dc_status st = read_counts(o, where, row, err);
    if (st)
        return st;
    const json_t *saved = json_object_get(o, "token_savings_pct");
    row->has_traces = json_is_number(mean);
    row->avg_traces = json_number_value(mean);
    row->has_savings = json_is_number(saved);
    row->savings = json_number_value(saved);
    dc_claims_ids_read(&row->ids, json_object_get(o, "confusion_matrix"));
    check_rates(c, o, where, row);
    check_published(c, o, where, &row->said);
    check_examples(c, o, where);
    check_cost(c, o, where);
    judge_counts(row);
    return DC_OK;
}

/* ---- rows against each other ---- */

/* The ids of two lists of an object's examples together. */
static json_t *ids_of(const json_t *row, const char *a, const char *b)
{
    const json_t *e =
        json_object_get(json_object_get(row, "confusion_matrix"), "examples");
    const json_t *list[] = {json_object_get(e, a), json_object_get(e, b)};
    json_t *set = json_object(), *v;
    size_t i;
    for (size_t k = 0; k < DC_COUNT(list); k++)
        json_array_foreach(list[k], i, v)
        {
            if (json_is_string(v))
                json_object_set_new(set, json_string_value(v), json_true());
        }
    return set;
}

static void check_labels(struct dc_claims *c, const json_t *first,
                         const json_t *row, const char *where)
{
    json_t *a = ids_of(first, "tp", "fn"), *b = ids_of(row, "tp", "fn");
    json_t *no = ids_of(row, "fp", "tn"), *v;
    const char *id;
    size_t moved = 0, twice = 0;
    char n[32], at[96];
    json_object_foreach(b, id, v)
    {
        moved += !json_object_get(a, id);
        twice += json_object_get(no, id) != NULL;
    }
    c->n_value += json_object_size(b) > 0;
    if (json_object_size(a) > 0 && moved > 0) {
        snprintf(n, sizeof n, "%zu", moved);
        snprintf(at, sizeof at, "%s: ids that are harmful here alone", where);
        add_wrong(c, at, n, "0: a label has no percentile");
    }
    if (twice > 0) {
        snprintf(n, sizeof n, "%zu", twice);
        snprintf(at, sizeof at, "%s: ids that are harmful and harmless", where);
        add_wrong(c, at, n, "0");
    }
    json_decref(a);
    json_decref(b);
    json_decref(no);
}

/* A best row is that of the results with the largest value. */
static void check_best(struct dc_claims *c, const json_t *root,
                       const char *best, const char *key)
{
    const json_t *said = json_object_get(json_object_get(root, best), key);
    const json_t *results = json_object_get(root, "results");
    double most = -HUGE_VAL;
    size_t i;
    json_t *row;
    json_array_foreach(results, i, row)
    {
        const json_t *v = json_object_get(row, key);
        if (json_is_number(v) && json_number_value(v) > most)
            most = json_number_value(v);
    }
    if (said && isfinite(most))
        check_value(c, best, key, said, most);
}

static const char *named(struct dc_claims *c, const json_t *root,
                         const char *key)
{
    const json_t *v = json_object_get(root, key);
    return json_is_string(v) ? dc_arena_strdup(&c->arena, json_string_value(v))
                             : NULL;
}

static enum dc_status read_rows(struct dc_claims *c, const json_t *root,
                                struct dc_err *err)
{
    const json_t *results = json_object_get(root, "results");
    char where[64];
    size_t i;
    json_t *o;
    enum dc_status st = DC_OK;
    if (!json_is_array(results) || json_array_size(results) == 0 ||
        json_array_size(results) > DC_CLAIMS_MAX_ROWS)
        return dc_fail(err, DC_DATA,
                       "expected \"results\", a list of 1 to %d rows; is this "
                       "a percentile_safety_analysis.json?",
                       (int)DC_CLAIMS_MAX_ROWS);
    json_array_foreach(results, i, o)
    {
        snprintf(where, sizeof where, "results[%zu]", i);
        st = read_claim(c, o, where, &c->row[c->n_row], err);
        if (st)
            return st;
        c->n_row++;
        check_labels(c, json_array_get(results, 0), o, where);
    }
    c->judge = named(c, root, "judge");
    c->measure = named(c, root, "confidence_means");
    check_best(c, root, "best_sensitivity", "sensitivity");
    check_best(c, root, "best_accuracy", "accuracy");
    check_best(c, root, "best_savings", "token_savings_pct");
    return DC_OK;
}

/* ---- against a run ---- */

static bool is_matrix(const struct dc_matrix *a, const struct dc_matrix *b)
{
    return a->tp == b->tp && a->fn == b->fn && a->fp == b->fp && a->tn == b->tn;
}

/* Which ids a list has, by the reading of the row that the counts tell. */
static void compare_ids(struct dc_claims *c, const struct dc_claims_row *row,
                        const char *where)
{
    const struct dc_claims_ids *x = &row->ids;
    size_t n = json_object_size(x->cell), gone = n - x->n_seen;
    int k = row->inverted;
    char at[96], said[160], want[96];
    if (n == 0)
        return;
    snprintf(at, sizeof at, "%s: examples", where);
    c->n_value += n;
    if (x->n_odd[k] > 0) {
        snprintf(said, sizeof said, "%zu id%s in another cell, first %.90s",
                 x->n_odd[k], x->n_odd[k] == 1 ? "" : "s", x->odd[k]);
        snprintf(want, sizeof want, "%s, by its traces", x->odd_is[k]);
        add_wrong(c, at, said, want);
    }
    if (gone > 0) {
        snprintf(said, sizeof said, "%zu id%s", gone, gone == 1 ? "" : "s");
        add_wrong(c, at, said,
                  "ids of prompts that the run has, with a label and a "
                  "confidence");
    }
}

/* Of how many traces a prompt the savings are: what the first row says, by the
 * traces drawn here; at least as many as a prompt has. */
static void find_budget(struct dc_claims *c)
{
    const struct dc_claims_row *row = &c->row[0];
    double of = ratio_of(row->run.n_trace, row->run.n_prompt) /
                (1 - row->savings / 100);
    c->k_said = c->k;
    if (row->has_savings && row->savings < 100 && of < CLAIMS_MAX_COUNT &&
        of > c->k)
        c->k_said = (unsigned)(of + 0.5);
}

/* The mean of traces drawn, and the share of them that is saved. */
static void compare_drawn(struct dc_claims *c, const struct dc_claims_row *row,
                          const char *where)
{
    double mean = ratio_of(row->run.n_trace, row->run.n_prompt);
    if (row->run.n_prompt == 0)
        return;
    if (row->has_traces) {
        json_t *x = json_real(row->avg_traces);
        check_value(c, where, "avg_traces", x, mean);
        json_decref(x);
    }
    if (row->has_savings && c->k_said > 0) {
        json_t *x = json_real(row->savings);
        check_value(c, where, "token_savings_pct", x,
                    100 * (1 - mean / (double)c->k_said));
        json_decref(x);
    }
}

static void compare_run(struct dc_claims *c)
{
    char where[64], said[96], want[96];
    find_budget(c);
    for (size_t i = 0; i < c->n_row; i++) {
        struct dc_claims_row *row = &c->row[i];
        const struct dc_matrix *is = &row->run.is;
        const struct dc_matrix turned = {is->fn, is->tp, is->tn, is->fp};
        row->agrees = is_matrix(&row->said, is);
        row->inverted = !row->agrees && is_matrix(&row->said, &turned);
        snprintf(where, sizeof where, "results[%zu]", i);
        if (!row->agrees && !row->inverted) {
            snprintf(said, sizeof said,
                     "TP %" PRIu64 " FN %" PRIu64 " FP %" PRIu64 " TN %" PRIu64,
                     row->said.tp, row->said.fn, row->said.fp, row->said.tn);
            snprintf(want, sizeof want,
                     "TP %" PRIu64 " FN %" PRIu64 " FP %" PRIu64 " TN %" PRIu64,
                     is->tp, is->fn, is->fp, is->tn);
            add_wrong(c, where, said, want);
        }
        compare_drawn(c, row, where);
        if (row->agrees || row->inverted)
            compare_ids(c, row, where);
    }
}

enum dc_status dc_claims_check(const char *path, const char *run,
                               struct dc_claims *out, struct dc_err *err)
{
    json_t *root = NULL;
    *out = (struct dc_claims){.n_row = 0};
    dc_arena_init(&out->arena);
    enum dc_status st =
        dc_json_read(path, "a JSON file", CLAIMS_MAX_FILE, &root, err);
    if (!st)
        st = read_rows(out, root, err);
    json_decref(root);
    if (st)
        return dc_err_prefix(err, st, "%.300s", path);
    if (run) {
        st = dc_claims_count(out, run, err);
        if (!st)
            compare_run(out);
    }
    return st;
}

void dc_claims_release(struct dc_claims *c)
{
    for (size_t i = 0; i < c->n_row; i++)
        json_decref(c->row[i].ids.cell);
    dc_arena_release(&c->arena);
}

bool dc_claims_are_wrong(const struct dc_claims *c)
{
    bool inverted = false;
    for (size_t i = 0; i < c->n_row; i++)
        inverted |= c->row[i].inverted || c->row[i].below_chance;
    return inverted || c->n_wrong > 0;
}
