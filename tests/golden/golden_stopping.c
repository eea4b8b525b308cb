/*
 * golden_stopping.c - checker of stopping.jsonl: one line per K and rule, the
 * exact table of a stopping policy against stop.h.
 *
 * Letters of the table must be equal. Probabilities and expected traces are
 * sums of products of numbers up to 1: 1e-12 relative and 1e-15 absolute.
 */
#include "base/mem.h"
#include "golden.h"

#include <deepconf/stop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double slack_of_sums = 1e-15;

static void decisions(struct golden *g, const json_t *row,
                      const struct dc_stop_table *t)
{
    const json_t *rows = golden_get(g, row, "decision", JSON_ARRAY);

    if (!rows)
        return;
    golden_same_count(g, "decision: length", t->k + 1, json_array_size(rows));
    for (unsigned n = 0; n <= t->k && n < json_array_size(rows); n++) {
        char field[32];
        size_t at = (size_t)n * (n + 1) / 2; /* row n of the table */
        snprintf(field, sizeof field, "decision[%u]", n);
        golden_same_text(g, field, json_array_get(rows, n), &t->decision[at],
                         n + 1);
    }
}

static void by_refusals(struct golden *g, const json_t *row, const char *key,
                        const double *got, unsigned k)
{
    size_t n;
    double *want = golden_numbers(g, row, key, &n);

    if (!want)
        return;
    golden_same_count(g, key, k + 1, n);
    for (size_t r = 0; r <= k && r < n; r++) {
        char field[48];
        snprintf(field, sizeof field, "%s[%zu]", key, r);
        golden_close(g, field, want[r], got[r], slack_of_sums);
    }
    free(want);
}

static void worst(struct golden *g, const json_t *row, const char *key,
                  double got)
{
    double want;
    if (golden_number(g, row, key, &want))
        golden_close(g, key, want, got, slack_of_sums);
}

void golden_stopping_row(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"K",
                                        "rule",
                                        "decision",
                                        "disagree_by_R",
                                        "traces_by_R",
                                        "worst_missed_refusal",
                                        "worst_false_refusal",
                                        NULL};
    const json_t *rule = golden_get(g, row, "rule", JSON_STRING);
    struct dc_err err = {.msg = ""};
    struct dc_stop_spec p;
    struct dc_stop_table t;
    size_t k;

    golden_keys(g, row, known);
    if (!rule || !golden_count(g, row, "K", &k))
        return;
    struct dc_stop_cfg c = {.min_traces = 1,
                            .max_traces = k < UINT16_MAX ? (unsigned)k : 0};
    if (dc_stop_parse(json_string_value(rule), &p, &err) ||
        dc_stop_table_init(&t, &p, &c, &err)) {
        golden_differs(g, "rule, K", "a policy with an exact table", err.msg);
        return;
    }
    decisions(g, row, &t);
    by_refusals(g, row, "disagree_by_R", t.disagree, t.k);
    by_refusals(g, row, "traces_by_R", t.traces, t.k);
    worst(g, row, "worst_missed_refusal", t.worst_missed);
    worst(g, row, "worst_false_refusal", t.worst_false);
    dc_stop_table_release(&t);
}
