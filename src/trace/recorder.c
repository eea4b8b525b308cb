/*
 * recorder.c - the steps from a trace to its rows (recorder.h).
 *
 * All measures of the registry are written with a trace, whichever one the
 * policy looks at: they cost nothing beside the sampling. A trace of the audit
 * gets a second verdict, on what the answer window would have read.
 */
#include "trace/recorder.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

enum { RECORDER_MAX_TEXT = 64 << 20, RECORDER_WORDS_COLS = 60 };

/* ---- measures ---- */

enum dc_status dc_recorder_want(struct dc_recorder *r, const char *measure,
                                size_t *at, struct dc_err *err)
{
    struct dc_measure_spec m;
    enum dc_status st = dc_measure_parse(measure, &m, err);
    if (st)
        return st;
    for (*at = 0; *at < r->n_measure; ++*at)
        if (!strcmp(r->measure[*at].spec.text, m.spec.text))
            return DC_OK;
    assert(r->n_measure < DC_TRACE_MAX_MEASURES);
    r->measure[r->n_measure++] = m;
    return DC_OK;
}

enum dc_status dc_recorder_want_all(struct dc_recorder *r, struct dc_err *err)
{
    size_t n, at;
    const struct dc_measure *const *row = dc_measures(&n);
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < n && !st; i++)
        st = dc_recorder_want(r, row[i]->name, &at, err);
    return st;
}

/* row [r->n_measure]; no value where what a measure reads is not known. */
static void measure_trace(const struct dc_recorder *r, const struct dc_trace *t,
                          struct dc_measure_row *row)
{
    for (size_t i = 0; i < r->n_measure; i++) {
        const struct dc_measure_spec *m = &r->measure[i];
        row[i] = (struct dc_measure_row){.measure = m->spec.text};
        if (!(m->row->reads & ~t->parts))
            row[i].has_value =
                dc_measure_compute(m, t->tok, t->n_tok, &row[i].value);
    }
}

/* m [*n] and room for DC_TRACE_MAX_GIVEN more. */
static void take_given(const struct dc_trace_place *at,
                       struct dc_measure_row *m, size_t *n)
{
    assert(at->n_measure <= DC_TRACE_MAX_GIVEN);
    for (size_t i = 0; i < at->n_measure; i++) {
        size_t k = 0;
        while (k < *n && strcmp(m[k].measure, at->measure[i].measure) != 0)
            k++;
        *n += k == *n;
        m[k] = at->measure[i];
    }
}

static const struct dc_measure_row *measured(const struct dc_measure_spec *spec,
                                             const struct dc_measure_row *m,
                                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(m[i].measure, spec->spec.text) && m[i].has_value)
            return &m[i];
    return NULL;
}

struct dc_note dc_recorder_note(const struct dc_recorder *r,
                                enum dc_verdict verdict, bool cut,
                                const struct dc_measure_row *m, size_t n)
{
    const struct dc_measure_spec *look = &r->measure[r->looks_at];
    const struct dc_measure_spec *weigh = &r->measure[r->weighs];
    const struct dc_measure_row *looked = measured(look, m, n);
    const struct dc_measure_row *weighed = measured(weigh, m, n);
    struct dc_note t = {.stop = {.verdict = verdict, .cut = cut}};
    if (looked) {
        t.stop.has_conf = true;
        t.stop.conf = look->row->direction * looked->value;
    }
    if (weighed && !cut)
        t.weight = dc_measure_weight(weigh->row, weighed->value);
    return t;
}

/* ---- verdicts ---- */

struct dc_verdict_row dc_verdict_row_of(const struct dc_judge *judge,
                                        const struct dc_judgement *j)
{
    return (struct dc_verdict_row){
        .judge = judge->label,
        .version = judge->version,
        .verdict = dc_verdict_name(j->verdict),
        .rule = j->rule,
        .span_off = (int64_t)j->span_off,
        .span_len = (int64_t)j->span_len,
        .has_score = j->has_score,
        .score = j->score,
        .reply = j->reply,
    };
}

/* r holds the text and how it ended; here it gets its answer and prompt. */
static enum dc_status judge_text(const struct dc_recorder *rec,
                                 const struct dc_trace_place *at,
                                 struct dc_response *r,
                                 struct dc_judgement *out, struct dc_err *err)
{
    r->has_answer =
        dc_answer_offset(r->text, r->n, rec->opened, &r->answer_off);
    r->prompt = at->text;
    r->n_prompt = at->n_text;
    return dc_judge_traces(rec->judge, r, 1, out, err);
}

/* What the answer window would have read: a further row of verdicts. */
static enum dc_status judge_window(const struct dc_recorder *rec,
                                   const struct dc_trace_place *at,
                                   const struct dc_trace *t,
                                   struct dc_verdict_row *out, size_t *n,
                                   struct dc_err *err)
{
    struct dc_buf start;
    struct dc_judgement j;
    if (at->window == 0 || t->n_tok < at->window || !t->tok_end)
        return DC_OK;
    uint32_t end = t->tok_end[at->window - 1];
    dc_buf_init(&start, RECORDER_MAX_TEXT);
    dc_buf_add(&start, t->text, end & ~DC_TOK_PENDING);
    if (end & DC_TOK_PENDING)
        dc_buf_adds(&start, "\xEF\xBF\xBD");
    struct dc_response r = {
        .text = start.data, .n = start.n, .finish = DC_FINISH_LENGTH};
    enum dc_status st = judge_text(rec, at, &r, &j, err);
    dc_buf_release(&start);
    if (st)
        return st;
    *out = dc_verdict_row_of(rec->judge, &j);
    out->judge = rec->window_judge;
    if (out->span_off + out->span_len > (int64_t)(end & ~DC_TOK_PENDING))
        out->span_off = out->span_len = 0;
    ++*n;
    return DC_OK;
}

/* Why a trace that its provider blocked or failed to make is undetermined, with
 * the provider's own word for it: "error: tool_calls". */
static void add_words(const struct dc_trace *t, struct dc_verdict_row *v,
                      struct dc_buf *why)
{
    bool odd = t->finish == DC_FINISH_FILTER || t->finish == DC_FINISH_ERROR;
    if (!odd || !t->words || !t->words[0])
        return;
    dc_buf_addf(why, "%s: ", v->rule);
    dc_utf8_display(why, t->words, strlen(t->words), RECORDER_WORDS_COLS);
    v->rule = why->data;
}

/* ---- the whole ---- */

static struct dc_trace_row row_of_trace(const struct dc_recorder *r,
                                        const struct dc_trace_place *at,
                                        const struct dc_trace *t)
{
    return (struct dc_trace_row){
        .prompt = at->prompt,
        .idx = at->idx,
        .text = t->text,
        .finish = t->finish,
        .cut = t->cut,
        .tok = t->tok,
        .n_tok = t->n_tok,
        .has_count = t->has_count,
        .lacks = DC_TOKEN_ALL & ~t->parts,
        .tok_end = t->tok_end,
        .top = t->top,
        .n_top = t->n_top,
        .k = t->k,
        .has_ms = t->has_ms,
        .ms = t->ms,
        .attempts = t->attempts ? t->attempts : 1,
        .has_first_ms = t->has_first_ms,
        .first_ms = t->first_ms,
        .endpoint = t->endpoint,
        .segment = r->segment,
        .n_measure = r->n_measure,
        .n_verdict = 1,
    };
}

enum dc_status dc_recorder_add(const struct dc_recorder *r,
                               const struct dc_trace_place *at,
                               const struct dc_trace *t, struct dc_note *out,
                               struct dc_err *err)
{
    struct dc_measure_row m[DC_TRACE_MAX_MEASURES + DC_TRACE_MAX_GIVEN];
    struct dc_verdict_row v[2 + DC_TRACE_MAX_GIVEN];
    struct dc_judgement j = {.rule = ""};
    struct dc_trace_row row = row_of_trace(r, at, t);
    struct dc_buf why;
    bool cut = t->cut == DC_CUT_CONFIDENCE;
    struct dc_response x = {
        .text = t->text, .n = t->n_text, .finish = t->finish, .cut = cut};
    measure_trace(r, t, m);
    take_given(at, m, &row.n_measure);
    enum dc_status st = judge_text(r, at, &x, &j, err);
    v[0] = dc_verdict_row_of(r->judge, &j);
    dc_buf_init(&why, SIZE_MAX);
    add_words(t, &v[0], &why);
    row.has_answer = x.has_answer;
    row.answer_off = (int64_t)x.answer_off;
    row.answer_rule = DC_ANSWER_RULE;
    row.measure = m;
    row.verdict = v;
    if (!st)
        st = judge_window(r, at, t, &v[1], &row.n_verdict, err);
    assert(at->n_given <= DC_TRACE_MAX_GIVEN);
    for (size_t i = 0; i < at->n_given; i++)
        v[row.n_verdict++] = at->given[i];
    if (!st)
        st = dc_store_trace_add(r->store, &row, err);
    if (!st)
        *out = dc_recorder_note(r, j.verdict, cut, m, row.n_measure);
    dc_buf_release(&why);
    return st;
}
