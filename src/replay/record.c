/*
 * record.c - a run into arrays (record.h), by one walk over its traces.
 */
#include "replay/record.h"

#include "audit/audit.h"
#include "base/buf.h"
#include "base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 20 };

/* ---- what is wanted ---- */

static bool same_column(const struct dc_record_column *c,
                        const struct dc_measure_spec *m, bool has_window,
                        unsigned window)
{
    return !strcmp(c->measure.spec.text, m->spec.text) &&
           c->has_window == has_window && (!has_window || c->window == window);
}

enum dc_status dc_record_want(struct dc_record_cfg *c,
                              const struct dc_measure_spec *m, bool has_window,
                              unsigned window, struct dc_err *err)
{
    for (size_t i = 0; i < c->n_column; i++)
        if (same_column(&c->column[i], m, has_window, window))
            return DC_OK;
    if (c->n_column == DC_RECORD_MAX_COLUMNS)
        return dc_fail(err, DC_USAGE,
                       "more than %d measures and windows at once; name fewer",
                       (int)DC_RECORD_MAX_COLUMNS);
    c->column[c->n_column++] = (struct dc_record_column){
        .measure = *m, .has_window = has_window, .window = window};
    return DC_OK;
}

enum dc_status dc_record_want_window(struct dc_record_cfg *c, unsigned window,
                                     struct dc_err *err)
{
    assert(window > 0);
    for (size_t i = 0; i < c->n_window; i++)
        if (c->window[i] == window)
            return DC_OK;
    if (c->n_window == DC_RECORD_MAX_WINDOWS)
        return dc_fail(err, DC_USAGE,
                       "more than %d answer windows at once; name fewer",
                       (int)DC_RECORD_MAX_WINDOWS);
    c->window[c->n_window++] = window;
    return DC_OK;
}

const struct dc_record_column *dc_record_column(const struct dc_record *r,
                                                const struct dc_measure_spec *m,
                                                bool has_window,
                                                unsigned window)
{
    for (size_t i = 0; i < r->n_column; i++)
        if (same_column(&r->column[i], m, has_window, window))
            return &r->column[i];
    assert(false && "a column that was not asked for");
    return NULL;
}

const struct dc_record_window *dc_record_window(const struct dc_record *r,
                                                unsigned window)
{
    for (size_t i = 0; i < r->n_window; i++)
        if (r->window[i].window == window)
            return &r->window[i];
    assert(false && "a window that was not asked for");
    return NULL;
}

static void take_config(const struct dc_run_view *run, struct dc_record *r)
{
    const struct dc_audit_config *c = &run->is;
    r->knows = c->knows;
    r->k = (unsigned)c->max_traces;
    r->min_traces = (unsigned)c->replay_min;
    r->max_tokens = (unsigned)c->max_tokens;
    r->run_window = (unsigned)c->window;
    r->seed = c->seed;
    r->policy = c->policy;
    r->measure = c->measure;
    r->vote = c->vote;
    r->category_name = dc_kv_value(c->kv, c->n_kv, "data.category");
}

/* A window reads no more than the run's own traces have. */
static enum dc_status check_windows(const struct dc_record_cfg *c,
                                    const struct dc_record *r,
                                    struct dc_err *err)
{
    for (size_t i = 0; i < c->n_window; i++)
        if (r->run_window > 0 && c->window[i] >= r->run_window)
            return dc_fail(err, DC_DATA,
                           "an answer window of %u tokens can't be replayed: "
                           "the run was drawn with one of %u, and what its "
                           "traces would have said further on is not known; "
                           "ask for a shorter one, or run without "
                           "--answer-window",
                           c->window[i], r->run_window);
    return DC_OK;
}

/* ---- walks ---- */

struct reading {
    struct dc_run_view *run;
    const struct dc_record_cfg *cfg;
    struct dc_record *r;
    size_t cap_trace, cap_conf;
    struct dc_measure_acc acc;
    struct dc_buf start; /* text of a window */
};

static enum dc_status take_prompts(struct reading *w, struct dc_err *err)
{
    struct dc_record *r = w->r;
    const struct dc_run_votes *by = NULL;
    enum dc_status st = dc_run_view_decisions(w->run, w->cfg->judged, &by, err);
    if (st)
        return st;
    r->judge = by->judge;
    r->judge_version = by->version;
    r->judge_note = by->says;
    r->n_prompt = w->run->n_prompt;
    r->prompt = dc_xcalloc(r->n_prompt + 1, sizeof *r->prompt);
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_run_prompt *p = &w->run->prompt[i];
        r->prompt[i] = (struct dc_record_prompt){
            .id = p->id,
            .category = p->category,
            .field = p->field,
            .n_field = p->n_field,
            .gold = p->gold,
            .stream = p->stream,
            .problem = p->problem,
            .calibration = p->calibration,
            .has_decision = by->vote[i].has,
            .decision = by->vote[i].decision,
        };
    }
    return DC_OK;
}

static void make_room(struct reading *w)
{
    struct dc_record *r = w->r;
    if (r->n_trace < w->cap_trace)
        return;
    size_t n = w->cap_trace = w->cap_trace ? 2 * w->cap_trace : 1024;
    r->trace = dc_xrealloc(r->trace, n, sizeof *r->trace);
    for (size_t i = 0; i < r->n_column; i++) {
        struct dc_record_column *c = &r->column[i];
        c->value = dc_xrealloc(c->value, n, sizeof *c->value);
        c->has = dc_xrealloc(c->has, n, sizeof *c->has);
    }
    for (size_t i = 0; i < r->n_window; i++)
        r->window[i].verdict =
            dc_xrealloc(r->window[i].verdict, n, sizeof *r->window[i].verdict);
    if (w->cfg->conf)
        r->conf_off = dc_xrealloc(r->conf_off, n + 1, sizeof *r->conf_off);
}

static enum dc_status put_column(struct reading *w, struct dc_record_column *c,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    size_t at = w->r->n_trace, n = t->n_tok;
    c->value[at] = 0;
    if (c->has_window && n > c->window)
        n = c->window;
    for (size_t i = 0; n == t->n_tok && i < t->n_measure; i++) {
        if (strcmp(t->measure[i].measure, c->measure.spec.text) != 0)
            continue;
        c->has[at] = t->measure[i].has_value;
        c->value[at] = t->measure[i].value;
        return DC_OK;
    }
    if (n > 0 && !t->tok)
        return dc_store_damaged(w->run->store, err,
                                "trace %" PRId64 " of prompt %s has no %s, "
                                "which other traces have",
                                t->idx, w->r->prompt[t->prompt].id,
                                c->measure.spec.text);
    if (c->measure.row->reads & t->lacks) {
        c->has[at] = false;
        return DC_OK;
    }
    dc_measure_acc_reset(&w->acc);
    for (size_t i = 0; i < n; i++)
        dc_measure_push(&c->measure, &w->acc, &t->tok[i]);
    c->has[at] = dc_measure_value(&c->measure, &w->acc, &c->value[at]);
    return DC_OK;
}

static enum dc_status put_window(struct reading *w, struct dc_record_window *x,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    size_t at = w->r->n_trace;
    x->verdict[at] = w->r->trace[at].verdict;
    if (t->n_tok <= x->window)
        return DC_OK;
    if (!t->tok_end)
        return dc_fail(err, DC_DATA,
                       "trace %" PRId64 " of prompt %s has no token places, "
                       "which an answer window needs: the run was made by an "
                       "older deepconf; leave the windows out",
                       t->idx, w->r->prompt[t->prompt].id);
    uint32_t end = t->tok_end[x->window - 1];
    dc_buf_clear(&w->start);
    dc_buf_add(&w->start, t->text, end & ~DC_TOK_PENDING);
    if (end & DC_TOK_PENDING)
        dc_buf_adds(&w->start, "\xEF\xBF\xBD");
    x->verdict[at] =
        w->cfg->judge(w->cfg->judge_arg, w->start.data, w->start.n);
    return DC_OK;
}

static enum dc_status put_conf(struct reading *w, const struct dc_trace_row *t,
                               struct dc_err *err)
{
    struct dc_record *r = w->r;
    if (t->lacks & DC_TOKEN_CONF)
        return dc_fail(err, DC_DATA,
                       "the token confidence of trace %" PRId64
                       " of prompt %s is not known, as the most likely tokens "
                       "are not: leave out the policies that cut traces by it "
                       "(deepconf)",
                       t->idx, r->prompt[t->prompt].id);
    size_t from = r->n_trace ? r->conf_off[r->n_trace] : 0;
    r->conf_off[0] = 0;
    if (from + t->n_tok > w->cap_conf) {
        w->cap_conf = 2 * (from + t->n_tok) + 4096;
        r->conf = dc_xrealloc(r->conf, w->cap_conf, sizeof *r->conf);
    }
    for (size_t i = 0; i < t->n_tok; i++)
        r->conf[from + i] = t->tok[i].conf;
    r->conf_off[r->n_trace + 1] = from + t->n_tok;
    return DC_OK;
}

static enum dc_status verdict_of(const struct reading *w,
                                 const struct dc_trace_row *t,
                                 enum dc_verdict *out, struct dc_err *err)
{
    if (dc_audit_verdict(t, w->r->judge, out))
        return DC_OK;
    return dc_store_damaged(w->run->store, err,
                            "trace %" PRId64 " of prompt %s has no verdict by "
                            "%.60s",
                            t->idx, w->r->prompt[t->prompt].id, w->r->judge);
}

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *of,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct reading *w = arg;
    struct dc_record *r = w->r;
    enum dc_verdict v;
    (void)of;
    if (t->idx >= (int64_t)r->k)
        return dc_store_damaged(w->run->store, err,
                                "trace %" PRId64 " of prompt %" PRId64
                                " is outside the run",
                                t->idx, t->prompt);
    struct dc_record_prompt *p = &r->prompt[t->prompt];
    if (t->idx != (int64_t)p->n_trace)
        return DC_OK; /* behind a gap: finished out of order, then stopped */
    enum dc_status st = verdict_of(w, t, &v, err);
    if (st)
        return st;
    make_room(w);
    if (p->n_trace++ == 0)
        p->first = r->n_trace;
    r->trace[r->n_trace] = (struct dc_record_trace){
        .verdict = v,
        .n_tok = (uint32_t)t->n_tok,
        .ms = t->ms,
        .cut = t->cut == DC_CUT_CONFIDENCE,
    };
    r->n_no_count += !t->has_count;
    r->n_no_time += !t->has_ms;
    for (size_t i = 0; i < r->n_column && !st; i++)
        st = put_column(w, &r->column[i], t, err);
    for (size_t i = 0; i < r->n_window && !st; i++)
        st = put_window(w, &r->window[i], t, err);
    if (w->cfg->conf && !st)
        st = put_conf(w, t, err);
    r->n_trace++;
    return st;
}

/* Does the first trace of the file hold a value for every column? */
struct stored {
    const struct dc_record_cfg *cfg;
    bool seen, all;
};

static enum dc_status see_stored(void *arg, const struct dc_run_prompt *p,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct stored *x = arg;
    (void)p;
    (void)err;
    x->seen = true;
    for (size_t i = 0; i < x->cfg->n_column; i++) {
        const char *want = x->cfg->column[i].measure.spec.text;
        size_t m = 0;
        while (m < t->n_measure && strcmp(t->measure[m].measure, want) != 0)
            m++;
        x->all = x->all && m < t->n_measure;
    }
    return DC_OK;
}

/* Token records are read only for what the file does not hold as a value. An
 * older file holds fewer measures. */
static enum dc_status wants_tokens(struct reading *w, unsigned *parts,
                                   struct dc_err *err)
{
    struct stored x = {.cfg = w->cfg, .all = true};
    enum dc_status st = DC_OK;
    bool want = w->cfg->conf || w->cfg->n_window > 0;
    for (size_t i = 0; i < w->cfg->n_column; i++)
        want = want || w->cfg->column[i].has_window;
    for (size_t i = 0; i < w->r->n_prompt && !x.seen && !want && !st; i++)
        st = dc_run_view_each_of(w->run, i, DC_TRACE_VERDICTS, see_stored, &x,
                                 err);
    if (want || !x.all)
        *parts |= DC_TRACE_TOKENS;
    return st;
}

enum dc_status dc_record_read(struct dc_run_view *run,
                              const struct dc_record_cfg *c,
                              struct dc_record *out, struct dc_err *err)
{
    struct reading w = {.run = run, .cfg = c, .r = out};
    unsigned parts = DC_TRACE_VERDICTS;
    *out = (struct dc_record){.n_column = c->n_column, .n_window = c->n_window};
    dc_arena_init(&out->arena);
    dc_measure_acc_init(&w.acc);
    dc_buf_init(&w.start, MAX_TEXT);
    memcpy(out->column, c->column, sizeof out->column);
    for (size_t i = 0; i < c->n_window; i++)
        out->window[i].window = c->window[i];
    take_config(run, out);
    enum dc_status st = check_windows(c, out, err);
    if (!st)
        st = take_prompts(&w, err);
    if (!st)
        st = wants_tokens(&w, &parts, err);
    if (!st)
        st = dc_run_view_each(run, parts, see_trace, &w, err);
    dc_measure_acc_release(&w.acc);
    dc_buf_release(&w.start);
    if (st) {
        dc_record_release(out);
        return st;
    }
    dc_record_settle(out);
    return DC_OK;
}

void dc_record_release(struct dc_record *r)
{
    for (size_t i = 0; i < r->n_column; i++) {
        free(r->column[i].value);
        free(r->column[i].has);
    }
    for (size_t i = 0; i < r->n_window; i++)
        free(r->window[i].verdict);
    free(r->prompt);
    free(r->trace);
    free(r->conf);
    free(r->conf_off);
    dc_arena_release(&r->arena);
    *r = (struct dc_record){.n_prompt = 0};
}
