/*
 * judge_count.c - counts by judge (judge_count.h), and as JSON:
 *
 *   {"rows": 64, "judges": [{"verdicts": [60, 1, 2, 1],
 *                            "reasons": {"empty": 1}}, ...]}
 *
 * verdicts in the order of enum dc_verdict.
 */
#include "judging/judge_count.h"

#include <string.h>

enum { MAX_REASONS = 64 };

void dc_judge_count_init(struct dc_judge_count *c,
                         struct dc_judge *const *judge, size_t n)
{
    struct dc_arena *a = &c->all.arena;
    *c = (struct dc_judge_count){.all = {.rows = true, .n = n}};
    dc_arena_init(a);
    c->all.row = dc_arena_array(a, n, sizeof *c->all.row);
    for (size_t k = 0; k < n; k++) {
        c->reason[k] = dc_arena_array(a, MAX_REASONS, sizeof *c->reason[k]);
        c->all.row[k] = (struct dc_judges_row){
            .label = judge[k]->label,
            .version = judge[k]->version,
            .reason = c->reason[k],
        };
    }
}

void dc_judge_count_release(struct dc_judge_count *c)
{
    dc_judges_release(&c->all);
}

static void add_reason(struct dc_judge_count *c, size_t k, const char *reason,
                       uint64_t n)
{
    struct dc_judges_row *r = &c->all.row[k];
    struct dc_name_count *list = c->reason[k];
    size_t i = 0;
    while (i < r->n_reason && strcmp(list[i].name, reason) != 0)
        i++;
    if (i == MAX_REASONS - 1) { /* more than any judge has */
        if (i == r->n_reason)
            list[r->n_reason++] = (struct dc_name_count){"other", 0};
    } else if (i == r->n_reason) {
        list[r->n_reason++] =
            (struct dc_name_count){dc_arena_strdup(&c->all.arena, reason), 0};
    }
    list[i].n += n;
}

void dc_judge_count_add(struct dc_judge_count *c, size_t k,
                        const struct dc_judgement *says)
{
    struct dc_judges_row *r = &c->all.row[k];
    r->n++;
    r->verdict[says->verdict]++;
    if (says->verdict == DC_VERDICT_UNDETERMINED)
        add_reason(c, k, says->rule, 1);
}

/* ---- as JSON ---- */

static json_t *row_json(const struct dc_judges_row *r)
{
    json_t *verdicts = json_array(), *reasons = json_object();
    for (size_t i = 0; i < DC_VERDICTS; i++)
        json_array_append_new(verdicts,
                              json_integer((json_int_t)r->verdict[i]));
    for (size_t i = 0; i < r->n_reason; i++)
        dc_json_put(reasons, r->reason[i].name,
                    json_integer((json_int_t)r->reason[i].n));
    return json_pack("{s:o,s:o}", "verdicts", verdicts, "reasons", reasons);
}

json_t *dc_judge_count_json(const struct dc_judge_count *c)
{
    json_t *judges = json_array();
    for (size_t k = 0; k < c->all.n; k++)
        json_array_append_new(judges, row_json(&c->all.row[k]));
    return json_pack("{s:I,s:o}", "rows", (json_int_t)c->all.n_trace, "judges",
                     judges);
}

/* A whole number that is not negative. */
static bool is_count(const json_t *v)
{
    return json_is_integer(v) && json_integer_value(v) >= 0;
}

static bool are_counts(const json_t *row)
{
    const json_t *verdicts = json_object_get(row, "verdicts");
    json_t *reasons = json_object_get(row, "reasons"), *v;
    const char *reason;
    bool ok = json_array_size(verdicts) == DC_VERDICTS &&
              json_is_object(reasons) &&
              json_object_size(reasons) <= MAX_REASONS;
    for (size_t i = 0; i < DC_VERDICTS && ok; i++)
        ok = is_count(json_array_get(verdicts, i));
    json_object_foreach(reasons, reason, v)
    {
        ok = ok && is_count(v);
    }
    return ok;
}

static void take_row(struct dc_judge_count *c, size_t k, const json_t *row)
{
    struct dc_judges_row *r = &c->all.row[k];
    const json_t *verdicts = json_object_get(row, "verdicts");
    const char *reason;
    json_t *v;
    for (size_t i = 0; i < DC_VERDICTS; i++) {
        r->verdict[i] =
            (uint64_t)json_integer_value(json_array_get(verdicts, i));
        r->n += r->verdict[i];
    }
    json_object_foreach(json_object_get(row, "reasons"), reason, v)
    {
        add_reason(c, k, reason, (uint64_t)json_integer_value(v));
    }
}

bool dc_judge_count_take(struct dc_judge_count *c, const json_t *counts)
{
    const json_t *judges = json_object_get(counts, "judges");
    const json_t *rows = json_object_get(counts, "rows");
    bool ok = is_count(rows) && json_array_size(judges) == c->all.n;
    for (size_t k = 0; k < c->all.n && ok; k++)
        ok = are_counts(json_array_get(judges, k));
    if (!ok)
        return false;
    c->all.n_trace = (uint64_t)json_integer_value(rows);
    for (size_t k = 0; k < c->all.n; k++)
        take_row(c, k, json_array_get(judges, k));
    return true;
}
