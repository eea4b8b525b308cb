/*
 * correction_check.c - does a validation agree with itself?
 *
 * A validation says the same thing several times: the confusion of labels and
 * verdicts, the 2 x 2 tables with partial refusals either way, the rates with
 * their counts, and the counts of each prompt. Only the last are used for a
 * correction, but a file in which any two differ was altered or cut, and none
 * of its figures can be relied upon.
 */
#include "results/correction_priv.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LABELS = 3, VERDICTS = 4, CELLS = 4 };

static const char *const verdict_name[VERDICTS] = {"compliance", "partial",
                                                   "refusal", "undetermined"};
static const char *const cell_name[CELLS] = {"tp", "fn", "fp", "tn"};

/* Where in the file, for messages. */
struct place {
    const char *path, *group, *judge;
};

static enum dc_status differ(const struct place *p, const char *what,
                             const char *got, uint64_t want, struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%.300s: group \"%.60s\", judge %.60s: %s is %s, and the "
                   "counts beside it give %" PRIu64 ": the file contradicts "
                   "itself; write it again with `deepconf validate-judge "
                   "--out FILE`",
                   p->path, p->group, p->judge, what, got, want);
}

/* o[key] must be the count `want`. */
static enum dc_status want_count(const struct place *p, const json_t *o,
                                 const char *key, uint64_t want,
                                 struct dc_err *err)
{
    const json_t *x = json_object_get(o, key);
    char got[32] = "no count";
    json_int_t n = json_integer_value(x);
    if (json_is_integer(x) && n >= 0 && (uint64_t)n == want)
        return DC_OK;
    if (json_is_integer(x))
        snprintf(got, sizeof got, "%" JSON_INTEGER_FORMAT, n);
    return differ(p, key, got, want, err);
}

static enum dc_status read_confusion(const struct place *p, const json_t *judge,
                                     uint64_t n[LABELS][VERDICTS],
                                     struct dc_err *err)
{
    const json_t *rows = json_object_get(judge, "confusion");
    for (int l = 0; l < LABELS; l++) {
        const json_t *row = json_object_get(rows, verdict_name[l]);
        for (int v = 0; v < VERDICTS; v++) {
            const json_t *x = json_object_get(row, verdict_name[v]);
            json_int_t k = json_integer_value(x);
            if (!json_is_integer(x) || k < 0 || k > UINT32_MAX)
                return dc_fail(err, DC_DATA,
                               "%.300s: group \"%.60s\", judge %.60s: its "
                               "confusion has no count of label %s, verdict "
                               "%s; expected what `deepconf validate-judge "
                               "--out FILE` writes",
                               p->path, p->group, p->judge, verdict_name[l],
                               verdict_name[v]);
            n[l][v] = (uint64_t)k;
        }
    }
    return DC_OK;
}

/* A 2 x 2 table with what is undetermined beside it, by label. */
struct table {
    uint64_t cell[CELLS], undetermined[2]; /* compliance, refusal */
};

/* Partial refusals count as refusals from `from` = 1 on, else from 2 on. */
static struct table fold(uint64_t n[LABELS][VERDICTS], int from)
{
    struct table t = {{0}, {0}};
    for (int l = 0; l < LABELS; l++) {
        bool refusal = l >= from;
        for (int v = 0; v < LABELS; v++) {
            bool said = v >= from;
            t.cell[refusal ? (said ? 0 : 1) : (said ? 2 : 3)] += n[l][v];
        }
        t.undetermined[refusal] += n[l][LABELS];
    }
    return t;
}

/* o[key] = {value, k, n, ...} must be k of n. */
static enum dc_status want_rate(const struct place *p, const json_t *o,
                                const char *key, uint64_t k, uint64_t n,
                                struct dc_err *err)
{
    const json_t *x = json_object_get(o, key);
    const json_t *value = json_object_get(x, "value");
    enum dc_status st = want_count(p, x, "k", k, err);
    if (!st)
        st = want_count(p, x, "n", n, err);
    if (st)
        return dc_err_prefix(err, st, "%s", key);
    double want = n ? (double)k / (double)n : 0;
    if (n ? fabs(json_number_value(value) - want) <= 1e-9 &&
                json_is_number(value)
          : json_is_null(value))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%.300s: group \"%.60s\", judge %.60s: the value of %s is "
                   "not %" PRIu64 " of %" PRIu64 ", which stands beside it: "
                   "the file contradicts itself; write it again with "
                   "`deepconf validate-judge --out FILE`",
                   p->path, p->group, p->judge, key, k, n);
}

static enum dc_status check_table(const struct place *p, const json_t *o,
                                  const struct table *t, struct dc_err *err)
{
    const uint64_t *c = t->cell;
    const json_t *matrix = json_object_get(o, "matrix");
    const json_t *unclear = json_object_get(o, "undetermined");
    enum dc_status st = DC_OK;
    for (int i = 0; i < CELLS && !st; i++)
        st = want_count(p, matrix, cell_name[i], c[i], err);
    if (!st)
        st = want_count(p, unclear, "refusal", t->undetermined[1], err);
    if (!st)
        st = want_count(p, unclear, "compliance", t->undetermined[0], err);
    if (!st)
        st = want_rate(p, o, "precision", c[0], c[0] + c[2], err);
    if (!st)
        st = want_rate(p, o, "recall", c[0], c[0] + c[1], err);
    if (!st)
        st = want_rate(p, o, "specificity", c[3], c[3] + c[2], err);
    if (!st)
        st = want_rate(p, o, "accuracy", c[0] + c[3], c[0] + c[1] + c[2] + c[3],
                       err);
    return st;
}

static enum dc_status check_group(const struct place *p, const json_t *group,
                                  uint64_t n[LABELS][VERDICTS],
                                  struct dc_err *err)
{
    const json_t *labels = json_object_get(group, "labels");
    enum dc_status st = DC_OK;
    uint64_t rows = 0;
    for (int l = 0; l < LABELS && !st; l++) {
        uint64_t sum = 0;
        for (int v = 0; v < VERDICTS; v++)
            sum += n[l][v];
        st = want_count(p, labels, verdict_name[l], sum, err);
        rows += sum;
    }
    return st ? st : want_count(p, group, "rows", rows, err);
}

static enum dc_status check_prompts(const struct place *p, const json_t *group,
                                    const struct dc_correct_labels *l,
                                    const struct table *t, struct dc_err *err)
{
    uint64_t sum[CELLS] = {0};
    char what[32], got[32];
    for (size_t i = 0; i < l->n; i++) {
        const struct dc_correct_label *x = &l->label[i];
        sum[0] += x->tp;
        sum[1] += x->fn;
        sum[2] += x->fp;
        sum[3] += x->tn;
    }
    for (int i = 0; i < CELLS; i++) {
        if (sum[i] == t->cell[i])
            continue;
        snprintf(what, sizeof what, "%s over by_prompt", cell_name[i]);
        snprintf(got, sizeof got, "%" PRIu64, sum[i]);
        return differ(p, what, got, t->cell[i], err);
    }
    return want_count(p, group, "prompts", l->n, err);
}

static const char *name_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

enum dc_status dc_correction_agrees(const char *path, const json_t *group,
                                    const json_t *judge,
                                    const struct dc_correct_labels *l,
                                    struct dc_err *err)
{
    const struct place p = {path, name_of(group, "name"),
                            name_of(judge, "label")};
    uint64_t n[LABELS][VERDICTS];
    enum dc_status st = read_confusion(&p, judge, n, err);
    if (st)
        return st;
    const struct table refuses = fold(n, 1), complies = fold(n, 2);
    st = check_group(&p, group, n, err);
    if (!st)
        st = check_table(&p, json_object_get(judge, "partial_refuses"),
                         &refuses, err);
    if (!st)
        st = check_table(&p, json_object_get(judge, "partial_complies"),
                         &complies, err);
    return st ? st : check_prompts(&p, group, l, &refuses, err);
}
