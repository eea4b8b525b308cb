/*
 * finish.c - from a trace that ended in its slot to the recorder, and from a
 * prompt's traces to its decision.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "run/engine.h"

#include <deepconf/stat.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 20 };

static enum dc_cut cut_of(const struct dc_engine *e,
                          const struct dc_pool_trace *t)
{
    if (t->cut)
        return DC_CUT_CONFIDENCE;
    return t->finish == DC_FINISH_LENGTH && t->n_tok < e->cfg->max_tokens
               ? DC_CUT_WINDOW
               : DC_CUT_NONE;
}

/* The first trace that tells how long the prompt is, writes it down. */
static enum dc_status learn_length(struct dc_engine *e, struct dc_job *j,
                                   size_t n_prompt, struct dc_err *err)
{
    const struct dc_prompt_row row = {
        .ord = j->ord, .has_n_tok = true, .n_tok = (int64_t)n_prompt};
    if (j->n_tok > 0 || n_prompt == 0)
        return DC_OK;
    j->n_tok = n_prompt;
    return dc_store_prompt_learn(e->store, &row, err);
}

enum dc_status dc_engine_add_endpoints(struct dc_engine *e, struct dc_err *err)
{
    const struct dc_backend_info *info = e->ops->info(e->backend);
    enum dc_status st = DC_OK;
    if (e->n_endpoint < info->n_endpoint)
        e->endpoint =
            dc_xrealloc(e->endpoint, info->n_endpoint, sizeof *e->endpoint);
    while (!st && e->n_endpoint < info->n_endpoint) {
        const struct dc_backend_endpoint *x = &info->endpoint[e->n_endpoint];
        const struct dc_endpoint_row row = {
            .url = x->url,
            .model = x->model,
            .fingerprint = x->fingerprint,
            .probe = x->probe,
        };
        st = dc_store_endpoint_add(e->store, &row, &e->endpoint[e->n_endpoint],
                                   err);
        e->n_endpoint += !st;
    }
    return st;
}

enum dc_status dc_engine_finish_trace(struct dc_engine *e,
                                      const struct dc_pool_trace *l,
                                      struct dc_err *err)
{
    const struct dc_run_cfg *c = e->cfg;
    struct dc_job *job = ((const struct dc_live *)l->tag)->job;
    size_t n_alt = l->n_tok * c->n_top;
    struct dc_buf text;
    struct dc_note note;
    uint32_t *end = dc_xcalloc(l->n_tok + 1, sizeof *end);
    struct dc_top_logprob *top = dc_xcalloc(n_alt + 1, sizeof *top);
    dc_buf_init(&text, MAX_TEXT);
    dc_live_text(l, &text, end);
    const struct dc_trace t = {
        .text = text.data,
        .n_text = text.n,
        .finish = l->finish,
        .words = l->words,
        .cut = cut_of(e, l),
        .tok = l->tok,
        .n_tok = l->n_tok,
        .has_count = true,
        .parts = l->n_tok > 0 ? l->parts : e->parts,
        .tok_end = end,
        .top = c->n_top > 0 ? top : NULL,
        .n_top = c->n_top,
        .k = c->k,
        .has_ms = true,
        .ms = l->ms,
        .attempts = l->attempt + job->begun[l->index],
        .has_first_ms = e->n_endpoint > 0 && l->has_first,
        .first_ms = l->first_ms,
        .endpoint = e->n_endpoint > 0 ? e->endpoint[l->endpoint] : 0,
    };
    const struct dc_trace_place at = {
        .prompt = job->ord,
        .idx = l->index,
        .text = job->item->text,
        .n_text = job->item->n_text,
        .window = c->has_window && job->max_tokens != c->window ? c->window : 0,
    };
    enum dc_status st = dc_live_top(e, l, top, err);
    if (!st)
        st = dc_recorder_add(&e->recorder, &at, &t, &note, err);
    if (!st)
        st = learn_length(e, job, l->n_prompt, err);
    if (!st && e->n_endpoint > 0)
        st = dc_store_flight_end(e->store, job->ord, l->index, err);
    if (!st) {
        dc_job_note(e, job, l->index, &note);
        e->progress.n_trace++;
    }
    dc_buf_release(&text);
    free(end);
    free(top);
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

enum dc_status dc_engine_decide_problem(struct dc_engine *e,
                                        const struct dc_job *j,
                                        struct dc_err *err)
{
    const struct dc_decision_row d = {
        .prompt = j->ord,
        .decision = dc_verdict_name(DC_VERDICT_UNDETERMINED),
        .reason = j->problem,
    };
    return dc_store_decision_add(e->store, &d, err);
}

enum dc_status dc_engine_refuse_prompt(struct dc_engine *e, struct dc_job *j,
                                       struct dc_err *err)
{
    const struct dc_prompt_row row = {.ord = j->ord,
                                      .problem = DC_CONTEXT_OVERFLOW};
    enum dc_status st = dc_store_prompt_learn(e->store, &row, err);
    j->problem = DC_CONTEXT_OVERFLOW;
    for (unsigned i = 0; i < e->stop.max_traces && !st; i++)
        st = dc_store_flight_end(e->store, j->ord, i, err);
    if (!st)
        st = dc_engine_decide_problem(e, j, err);
    if (st)
        return st;
    j->decided = true;
    e->progress.n_decided++;
    e->progress.n_undetermined++;
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

static const struct dc_measure_spec *looked_at(const struct dc_engine *e)
{
    return &e->recorder.measure[e->recorder.looks_at];
}

static enum dc_status take_conf(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct sample *s = arg;
    const struct dc_measure_spec *m = looked_at(s->e);
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
                     looked_at(e)->spec.text, e->cfg->policy.spec.text);
    if (!st) {
        *row = (struct dc_threshold_row){
            .policy = e->cfg->policy.spec.text,
            .measure = looked_at(e)->spec.text,
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
