/*
 * format_csv.c - one row a trace, for spreadsheets and data frames: prompt,
 * gold label, decision, verdict, cost, of a run on servers the draws and the
 * server, every measure, the texts, what each other judge of the file says, in
 * columns with its label in front, and last the fields of the prompt.
 *
 * Cells of text are made by csv_text.h: no cell can become a formula, and no
 * control character is left. Numbers are written bare. Measures are those that
 * some trace of the run has, in the order of their names.
 */
#include "base/csv_text.h"
#include "base/mem.h"
#include "exchange/export_priv.h"
#include "exchange/import_priv.h"
#include "results/served.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 256 };

struct own {
    const char **measure; /* [n] in the export's arena */
    size_t n;
    const char **field; /* [n_field] likewise */
    size_t n_field;
};

static void text(struct dc_buf *b, const char *s)
{
    dc_buf_addc(b, ',');
    if (s)
        dc_csv_text(b, s, strlen(s));
}

static void number(struct dc_buf *b, double v)
{
    dc_buf_addf(b, ",%.17g", v);
}

/* ---- the head ---- */

/* Remember a name; list [*n] grows. */
static const char **see_name(struct dc_arena *a, const char **list, size_t *n,
                             const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(list[i], name))
            return list;
    list = dc_arena_more(a, list, *n, sizeof *list);
    list[(*n)++] = dc_arena_strdup(a, name);
    return list;
}

static enum dc_status collect(void *arg, const struct dc_run_prompt *p,
                              const struct dc_trace_row *t, struct dc_err *err)
{
    struct dc_export *e = arg;
    struct own *o = e->own;
    (void)p;
    (void)err;
    for (size_t i = 0; i < t->n_measure; i++)
        o->measure =
            see_name(&e->arena, o->measure, &o->n, t->measure[i].measure);
    return DC_OK;
}

static enum dc_status collect_fields(void *arg, const struct dc_prompt_row *p,
                                     struct dc_err *err)
{
    struct dc_export *e = arg;
    struct own *o = e->own;
    for (size_t i = 0; i < p->n_field; i++)
        o->field = see_name(&e->arena, o->field, &o->n_field, p->field[i].name);
    if (o->n_field <= MAX_FIELDS)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%s: its prompts have more than %d fields, each of which "
                   "would be a column: export it with --format jsonl",
                   dc_store_path(e->run->store), MAX_FIELDS);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_other(const struct dc_export *e, const char *judge)
{
    return strcmp(judge, e->sum->judge) != 0;
}

static void other_names(struct dc_export *e, struct dc_buf *b,
                        const char *judge)
{
    static const char *const of[] = {"verdict", "rule", "score"};
    for (size_t i = 0; i < DC_COUNT(of) && is_other(e, judge); i++)
        text(b, dc_arena_printf(&e->arena, "%s_%s", judge, of[i]));
}

static enum dc_status begin(struct dc_export *e, struct dc_err *err)
{
    struct own *o = e->own;
    struct dc_buf *b = &e->file[0].buf;
    enum dc_status st =
        dc_run_view_each(e->run, DC_TRACE_VERDICTS, collect, e, err);
    if (!st)
        st = dc_store_each_prompt(e->run->store, collect_fields, e, err);
    if (st)
        return st;
    if (o->n > 1)
        qsort(o->measure, o->n, sizeof *o->measure, by_name);
    if (o->n_field > 1)
        qsort(o->field, o->n_field, sizeof *o->field, by_name);
    dc_buf_adds(b, "id,gold,label,category,decision,trace,judge,verdict,rule,"
                   "score,finish,tokens,seconds");
    if (e->sum->n_server > 0)
        dc_buf_adds(b, ",draws,first_token_seconds,server");
    for (size_t i = 0; i < o->n; i++)
        text(b, o->measure[i]);
    dc_buf_adds(b, ",prompt,response");
    for (size_t i = 0; i < e->sum->judges.n; i++)
        other_names(e, b, e->sum->judges.row[i].label);
    for (size_t i = 0; i < o->n_field; i++)
        text(b, dc_arena_printf(&e->arena, "field_%s", o->field[i]));
    dc_buf_adds(b, "\r\n");
    return DC_OK;
}

/* ---- rows ---- */

static const struct dc_measure_row *measure_of(const struct dc_trace_row *t,
                                               const char *name)
{
    for (size_t i = 0; i < t->n_measure; i++)
        if (!strcmp(t->measure[i].measure, name))
            return &t->measure[i];
    return NULL;
}

static const char *field_of(const struct dc_prompt_row *p, const char *name)
{
    for (size_t i = 0; i < p->n_field; i++)
        if (!strcmp(p->field[i].name, name))
            return p->field[i].value;
    return NULL;
}

static void verdict(struct dc_buf *b, const struct dc_verdict_row *v)
{
    text(b, v ? v->verdict : NULL);
    text(b, v ? v->rule : NULL);
    if (v && v->has_score)
        number(b, v->score);
    else
        dc_buf_addc(b, ',');
}

/* Of a run on servers; others have no such columns. */
static void served(struct dc_export *e, const struct dc_trace_row *t)
{
    struct dc_buf *b = &e->file[0].buf;
    const struct dc_summary_server *x = dc_served_of(e->sum, t);
    dc_buf_addf(b, ",%u", t->attempts);
    if (t->has_first_ms)
        number(b, t->first_ms / 1000);
    else
        dc_buf_addc(b, ',');
    text(b, x ? x->url : NULL);
}

static void trace(struct dc_export *e, const struct dc_export_prompt *p,
                  const struct dc_trace_row *t)
{
    const struct own *o = e->own;
    const struct dc_verdict_row *v = dc_export_verdict(e, t);
    struct dc_buf *b = &e->file[0].buf;
    dc_csv_text(b, p->row->id, strlen(p->row->id));
    text(b, dc_gold_name(p->row->gold));
    text(b, p->row->label);
    text(b, p->row->category);
    text(b, p->decision ? p->decision->decision : NULL);
    dc_buf_addf(b, ",%" PRId64, t->idx);
    text(b, v ? v->judge : NULL);
    verdict(b, v);
    text(b, dc_finish_name(t->finish));
    dc_buf_addc(b, ',');
    if (t->has_count)
        dc_buf_addf(b, "%zu", t->n_tok);
    if (t->has_ms)
        number(b, t->ms / 1000);
    else
        dc_buf_addc(b, ',');
    if (e->sum->n_server > 0)
        served(e, t);
    for (size_t i = 0; i < o->n; i++) {
        const struct dc_measure_row *m = measure_of(t, o->measure[i]);
        if (m && m->has_value)
            number(b, m->value);
        else
            dc_buf_addc(b, ',');
    }
    text(b, p->row->text);
    text(b, t->text);
    for (size_t i = 0; i < e->sum->judges.n; i++) {
        const char *judge = e->sum->judges.row[i].label;
        if (is_other(e, judge))
            verdict(b, dc_export_verdict_of(t, judge));
    }
    for (size_t i = 0; i < o->n_field; i++)
        text(b, field_of(p->row, o->field[i]));
    dc_buf_adds(b, "\r\n");
}

static const struct dc_export_ops csv = {
    .n_own = sizeof(struct own),
    .parts = DC_TRACE_VERDICTS,
    .begin = begin,
    .trace = trace,
};

const struct dc_format dc_format_csv = {
    .name = "csv",
    .summary = "a row a trace, safe to open in a spreadsheet",
    .read = dc_read_csv,
    .write = &csv,
};
