/*
 * finish.c - from a finished trace to the store, and from a prompt's traces to
 * its decision.
 *
 * All measures of the registry are written with a trace, whichever one the
 * policy looks at: they cost nothing beside the sampling.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "run/engine.h"

#include <deepconf/stat.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MEASURES = 64, MAX_TEXT = 64 << 20 };

static size_t measure_all(const struct dc_live *l, struct dc_measure_row *row)
{
    size_t n;
    const struct dc_measure *const *m = dc_measures(&n);
    if (n > MAX_MEASURES)
        n = MAX_MEASURES;
    for (size_t i = 0; i < n; i++) {
        row[i].measure = m[i]->name;
        row[i].value = 0;
        row[i].has_value = m[i]->compute(l->tok, l->n_tok, &row[i].value);
    }
    return n;
}

static struct dc_job_trace note_of(const struct dc_engine *e,
                                   const struct dc_judgement *v,
                                   const struct dc_measure_row *m, size_t n)
{
    struct dc_job_trace t = {.state = DC_TRACE_DONE, .verdict = v->verdict};
    for (size_t i = 0; i < n; i++) {
        if (strcmp(m[i].measure, e->cfg->measure->name) != 0)
            continue;
        t.has_conf = m[i].has_value;
        t.conf = e->cfg->measure->direction * m[i].value;
    }
    return t;
}

/* The trace's text as valid UTF-8 without NUL, which would end it early. */
static void clean_text(struct dc_buf *out, const struct dc_buf *raw)
{
    for (size_t at = 0; at < raw->n;) {
        const char *nul = memchr(raw->data + at, '\0', raw->n - at);
        size_t n = nul ? (size_t)(nul - raw->data) - at : raw->n - at;
        dc_utf8_sanitize(out, raw->data + at, n);
        if (nul)
            dc_buf_adds(out, "\xEF\xBF\xBD");
        at += n + (nul != NULL);
    }
}

enum dc_status dc_engine_finish_trace(struct dc_engine *e, struct dc_live *l,
                                      enum dc_finish finish, struct dc_err *err)
{
    struct dc_buf text;
    struct dc_measure_row m[MAX_MEASURES];
    size_t answer = 0;
    dc_buf_init(&text, MAX_TEXT);
    clean_text(&text, &l->text);
    bool has_answer = dc_answer_offset(text.data, text.n, false, &answer);
    struct dc_judgement j = dc_judge_trace(
        e->cfg->judge,
        &(struct dc_response){text.data, text.n, finish, has_answer, answer});
    struct dc_verdict_row v = {
        .judge = e->cfg->judge->name,
        .version = e->cfg->judge->version,
        .verdict = dc_verdict_name(j.verdict),
        .rule = j.rule,
        .span_off = (int64_t)j.span_off,
        .span_len = (int64_t)j.span_len,
    };
    struct dc_trace_row t = {
        .prompt = l->job->ord,
        .idx = l->idx,
        .text = text.data,
        .finish = dc_finish_name(finish),
        .has_answer = has_answer,
        .answer_off = (int64_t)answer,
        .tok = l->tok,
        .n_tok = l->n_tok,
        .k = e->cfg->k,
        .ms = l->ms,
        .segment = e->segment.id,
        .measure = m,
        .n_measure = measure_all(l, m),
        .verdict = &v,
        .n_verdict = 1,
    };
    enum dc_status st = dc_store_trace_add(e->store, &t, err);
    if (!st) {
        struct dc_job_trace note = note_of(e, &j, m, t.n_measure);
        dc_job_note(e, l->job, l->idx, &note);
        e->progress.n_trace++;
    }
    dc_buf_release(&text);
    return st;
}

static enum dc_status decide(struct dc_engine *e, struct dc_job *j,
                             const char *reason, struct dc_err *err)
{
    const struct dc_tally *t = &j->seen.tally;
    enum dc_verdict v;
    if (!dc_tally_decided(t, e->stop.max_traces, &v))
        v = dc_tally_decide(t);
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
    const struct dc_stop_policy *p =
        j->calibration ? dc_stop_find("fixed") : e->cfg->policy;
    struct dc_stop_next next = dc_stop_ask(p, &j->seen, &e->stop);
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
    const struct dc_measure *m = s->e->cfg->measure;
    (void)err;
    if (t->prompt >= (int64_t)s->e->n_calibration)
        return DC_OK;
    for (size_t i = 0; i < t->n_measure; i++) {
        if (strcmp(t->measure[i].measure, m->name) != 0 ||
            !t->measure[i].has_value)
            continue;
        if (s->n == s->cap) {
            s->cap = s->cap ? 2 * s->cap : 256;
            s->x = dc_xrealloc(s->x, s->cap, sizeof *s->x);
        }
        s->x[s->n++] = m->direction * t->measure[i].value;
    }
    return DC_OK;
}

static enum dc_status find_threshold(struct dc_engine *e,
                                     struct dc_threshold_row *row,
                                     struct dc_err *err)
{
    struct sample s = {.e = e};
    enum dc_status st = dc_store_each_trace(e->store, -1, DC_TRACE_VERDICTS,
                                            take_conf, &s, err);
    if (!st && s.n == 0)
        st = dc_fail(err, DC_DATA,
                     "no calibration trace has a value of %s; the policy %s "
                     "can't be calibrated on this data",
                     e->cfg->measure->name, e->cfg->policy->name);
    if (!st) {
        *row = (struct dc_threshold_row){
            .policy = e->cfg->policy->name,
            .measure = e->cfg->measure->name,
            .q = e->cfg->percentile,
            .value = dc_percentile(s.x, s.n, e->cfg->percentile),
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
