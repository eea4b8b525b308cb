/*
 * finish.c - from a finished trace to the store, and from a prompt's traces to
 * its decision.
 *
 * All measures of the registry are written with a trace, whichever one the
 * policy looks at: they cost nothing beside the sampling. A trace of the audit
 * gets a second verdict, on what the answer window would have read.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "run/engine.h"

#include <deepconf/stat.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 20 };

static size_t measure_all(const struct dc_engine *e, const struct dc_live *l,
                          struct dc_measure_row *row)
{
    for (size_t i = 0; i < e->n_measure; i++) {
        row[i].measure = e->measure[i].spec.text;
        row[i].value = 0;
        row[i].has_value =
            dc_measure_compute(&e->measure[i], l->tok, l->n_tok, &row[i].value);
    }
    return e->n_measure;
}

static const struct dc_measure_row *row_of(const struct dc_measure_spec *spec,
                                           const struct dc_measure_row *m,
                                           size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(m[i].measure, spec->spec.text) && m[i].has_value)
            return &m[i];
    return NULL;
}

struct dc_job_note dc_engine_note(const struct dc_engine *e,
                                  enum dc_verdict verdict, bool cut,
                                  const struct dc_measure_row *m, size_t n)
{
    const struct dc_measure_spec *look = &e->measure[e->looks_at];
    const struct dc_measure_spec *weigh = &e->measure[e->weighs];
    const struct dc_measure_row *looked = row_of(look, m, n);
    const struct dc_measure_row *weighed = row_of(weigh, m, n);
    struct dc_job_note t = {.stop = {.verdict = verdict, .cut = cut}};
    if (looked) {
        t.stop.has_conf = true;
        t.stop.conf = look->row->direction * looked->value;
    }
    if (weighed && !cut)
        t.weight = dc_measure_weight(weigh->row, weighed->value);
    return t;
}

/* A text to judge: a trace's, or the start of it. */
struct judged {
    const char *text; /* [n] */
    size_t n;
    const struct dc_ending *how;
    const struct dc_item *item; /* its prompt */
};

/* Its verdict into *out; where its answer starts into t, unless NULL. */
static enum dc_status judge(const struct dc_engine *e, const struct judged *x,
                            struct dc_trace_row *t, struct dc_judgement *out,
                            struct dc_err *err)
{
    size_t answer = 0;
    bool has = dc_answer_offset(
        x->text, x->n, e->ops->info(e->backend)->think_opened, &answer);
    if (t) {
        t->has_answer = has;
        t->answer_off = (int64_t)answer;
    }
    const struct dc_response r = {
        .text = x->text,
        .n = x->n,
        .finish = x->how->finish,
        .cut = x->how->cut == DC_CUT_CONFIDENCE,
        .has_answer = has,
        .answer_off = answer,
        .prompt = x->item->text,
        .n_prompt = x->item->n_text,
    };
    return dc_judge_traces(e->cfg->judge, &r, 1, out, err);
}

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

/* What the answer window would have read, for a trace of the audit: a further
 * row of t->verdict, which has room for it. */
static enum dc_status judge_window(struct dc_engine *e, const struct dc_live *l,
                                   struct dc_trace_row *t,
                                   struct dc_verdict_row *out,
                                   struct dc_err *err)
{
    struct dc_buf start;
    struct dc_judgement j;
    const struct dc_ending how = {.finish = DC_FINISH_LENGTH};
    if (!e->cfg->has_window || l->n_tok < e->cfg->window ||
        l->job->max_tokens == e->cfg->window)
        return DC_OK;
    uint32_t end = t->tok_end[e->cfg->window - 1];
    dc_buf_init(&start, MAX_TEXT);
    dc_buf_add(&start, t->text, end & ~DC_TOK_PENDING);
    if (end & DC_TOK_PENDING)
        dc_buf_adds(&start, "\xEF\xBF\xBD");
    const struct judged x = {start.data, start.n, &how, l->job->item};
    enum dc_status st = judge(e, &x, NULL, &j, err);
    dc_buf_release(&start);
    if (st)
        return st;
    *out = dc_verdict_row_of(e->cfg->judge, &j);
    out->judge = e->window_judge;
    if (out->span_off + out->span_len > (int64_t)(end & ~DC_TOK_PENDING))
        out->span_off = out->span_len = 0;
    t->n_verdict++;
    return DC_OK;
}

enum dc_status dc_engine_finish_trace(struct dc_engine *e, struct dc_live *l,
                                      const struct dc_ending *how,
                                      struct dc_err *err)
{
    struct dc_buf text;
    struct dc_measure_row m[DC_RUN_MAX_MEASURES];
    struct dc_verdict_row v[2];
    uint32_t *end = dc_xcalloc(l->n_tok + 1, sizeof *end);
    dc_buf_init(&text, MAX_TEXT);
    dc_live_text(l, &text, end);
    struct dc_trace_row t = {
        .prompt = l->job->ord,
        .idx = l->idx,
        .text = text.data,
        .finish = how->finish,
        .tok = l->tok,
        .n_tok = l->n_tok,
        .tok_end = end,
        .top = l->top,
        .n_top = e->cfg->n_top,
        .cut = how->cut,
        .k = e->cfg->k,
        .ms = l->ms,
        .segment = e->segment.id,
        .measure = m,
        .n_measure = measure_all(e, l, m),
        .verdict = v,
        .n_verdict = 1,
    };
    struct dc_judgement j = {.rule = ""};
    const struct judged x = {text.data, text.n, how, l->job->item};
    enum dc_status st = judge(e, &x, &t, &j, err);
    v[0] = dc_verdict_row_of(e->cfg->judge, &j);
    if (!st)
        st = judge_window(e, l, &t, &v[1], err);
    if (!st)
        st = dc_live_pieces(e, l, err);
    if (!st)
        st = dc_store_trace_add(e->store, &t, err);
    if (!st) {
        bool cut = how->cut == DC_CUT_CONFIDENCE;
        struct dc_job_note note =
            dc_engine_note(e, j.verdict, cut, m, t.n_measure);
        dc_job_note(e, l->job, l->idx, &note);
        e->progress.n_trace++;
    }
    dc_buf_release(&text);
    free(end);
    return st;
}

/* The policy of a job: its own, or all K traces to calibrate it. */
static struct dc_stop_spec policy_of(const struct dc_engine *e,
                                     const struct dc_job *j)
{
    if (!j->calibration)
        return e->cfg->policy;
    return (struct dc_stop_spec){.row = dc_stop_find("fixed")};
}

static enum dc_status decide(struct dc_engine *e, struct dc_job *j,
                             const char *reason, struct dc_err *err)
{
    const struct dc_tally *t = &j->seen.tally;
    struct dc_stop_spec p = policy_of(e, j);
    enum dc_verdict v =
        dc_stop_decide(&p, &j->seen, &e->stop, &e->cfg->vote, j->ballot);
    struct dc_decision_row d = {
        .prompt = j->ord,
        .decision = dc_verdict_name(v),
        .reason = reason,
        .calibration = j->calibration,
        .n_trace = t->n,
        .n_refusal = t->refusal,
        .n_compliance = t->compliance,
        .n_undetermined = t->undetermined,
    };
    enum dc_status st = dc_store_decision_add(e->store, &d, err);
    if (st)
        return st;
    j->decided = true;
    e->progress.n_decided++;
    e->progress.n_refused += v == DC_VERDICT_REFUSAL;
    e->progress.n_undetermined += v == DC_VERDICT_UNDETERMINED;
    return DC_OK;
}

enum dc_status dc_engine_ask(struct dc_engine *e, struct dc_job *j,
                             struct dc_err *err)
{
    struct dc_stop_spec p = policy_of(e, j);
    struct dc_stop_next next = dc_stop_ask(&p, &j->seen, &e->stop);
    if (next.stop)
        return decide(e, j, next.reason, err);
    j->allowed = j->n_seen + next.need;
    return DC_OK;
}

/* ---- calibration ---- */

struct sample {
    const struct dc_engine *e;
    double *x;
    size_t n, cap;
};

static enum dc_status take_conf(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct sample *s = arg;
    const struct dc_measure_spec *m = &s->e->measure[s->e->looks_at];
    (void)err;
    if (t->prompt >= (int64_t)s->e->n_calibration)
        return DC_OK;
    for (size_t i = 0; i < t->n_measure; i++) {
        if (strcmp(t->measure[i].measure, m->spec.text) != 0 ||
            !t->measure[i].has_value)
            continue;
        if (s->n == s->cap) {
            s->cap = s->cap ? 2 * s->cap : 256;
            s->x = dc_xrealloc(s->x, s->cap, sizeof *s->x);
        }
        s->x[s->n++] = m->row->direction * t->measure[i].value;
    }
    return DC_OK;
}

static enum dc_status find_threshold(struct dc_engine *e,
                                     struct dc_threshold_row *row,
                                     struct dc_err *err)
{
    struct sample s = {.e = e};
    double q = e->cfg->policy.spec.arg[0];
    enum dc_status st = dc_store_each_trace(e->store, -1, DC_TRACE_VERDICTS,
                                            take_conf, &s, err);
    if (!st && s.n == 0)
        st = dc_fail(err, DC_DATA,
                     "no calibration trace has a value of %s; the policy %s "
                     "can't be calibrated on this data",
                     e->measure[e->looks_at].spec.text,
                     e->cfg->policy.spec.text);
    if (!st) {
        *row = (struct dc_threshold_row){
            .policy = e->cfg->policy.spec.text,
            .measure = e->measure[e->looks_at].spec.text,
            .q = q,
            .value = dc_percentile(s.x, s.n, q),
            .n_trace = (int64_t)s.n,
        };
        for (size_t i = 0; i < e->n_calibration; i++)
            row->n_prompt += e->job[i].calibration;
        st = dc_store_threshold_add(e->store, row, err);
    }
    free(s.x);
    return st;
}

enum dc_status dc_engine_calibrate(struct dc_engine *e, struct dc_err *err)
{
    struct dc_threshold_row row;
    bool found = false;
    enum dc_status st =
        dc_store_threshold_get(e->store, &e->arena, &row, &found, err);
    if (!st && !found)
        st = find_threshold(e, &row, err);
    if (st)
        return st;
    e->stop.threshold = row.value;
    e->stop.has_threshold = true;
    return DC_OK;
}
