/*
 * window_audit.c - window_audit.h: of each decided prompt of the audit a walk
 * over its traces.
 */
#include "replay/window_audit.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/plural.h"
#include "replay/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct dc_run_view *run;
    struct dc_window_audit *out;
    const char *judge; /* of the window's verdicts */
    struct dc_setting set;
    /* of one prompt */
    struct dc_stop_trace *trace; /* [K] what the window reads of each */
    unsigned n, n_counted;       /* seen; that its decision counts */
    uint64_t n_trace, n_differ, n_decision, n_other;
};

/* A trace as long as the window has a second verdict; a shorter one is read
 * whole either way. */
static enum dc_status see_trace(void *arg, const struct dc_run_prompt *p,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    enum dc_verdict whole, start;
    (void)p;
    (void)err;
    if (t->idx != (int64_t)w->n || w->n >= w->n_counted ||
        !dc_audit_verdict(t, w->run->is.judge, &whole))
        return DC_OK;
    if (!dc_audit_verdict(t, w->judge, &start))
        start = whole;
    bool cut = t->cut == DC_CUT_CONFIDENCE;
    w->trace[w->n++] = (struct dc_stop_trace){
        .verdict = cut ? DC_VERDICT_UNDETERMINED : start, .cut = cut};
    w->n_trace += !cut;
    w->n_differ += !cut && start != whole;
    return DC_OK;
}

/* By the run's policy over the window's verdicts. False: it would need traces
 * that were not drawn. */
static bool decide(const struct walk *w, enum dc_verdict *out)
{
    const struct dc_stop_cfg cfg = {
        .min_traces = (unsigned)w->run->is.min_traces,
        .max_traces = (unsigned)w->run->is.max_traces,
    };
    struct dc_stop_state s = {.trace = w->trace};
    while (!dc_stop_ask(&w->set.policy, &s, &cfg).stop) {
        if (s.tally.n == w->n)
            return false;
        dc_tally_add(&s.tally, w->trace[s.tally.n].verdict);
    }
    *out = dc_stop_decide(&w->set.policy, &s, &cfg, &w->set.vote, NULL);
    return true;
}

static enum dc_status audit_prompt(struct walk *w, size_t i, struct dc_err *err)
{
    const struct dc_run_vote *v = &w->run->own.vote[i];
    enum dc_verdict is;
    w->n = 0;
    w->n_counted = v->says.n;
    enum dc_status st =
        dc_run_view_each_of(w->run, i, DC_TRACE_VERDICTS, see_trace, w, err);
    w->out->n_prompt++;
    if (st || !w->out->has_decision)
        return st;
    w->n_decision++;
    if (decide(w, &is))
        w->n_other += is != v->decision;
    else
        w->out->n_open++;
    return DC_OK;
}

static bool is_audited(const struct walk *w, size_t i)
{
    const struct dc_run_prompt *p = &w->run->prompt[i];
    return w->run->own.vote[i].has && !p->problem &&
           dc_window_audited(w->run->is.seed, p->stream, w->out->share);
}

/* Does the run's decision rest on verdicts alone? */
static bool by_verdicts(const struct dc_setting *s)
{
    return !dc_stop_looks(s->policy.row) && s->vote.row->by_tally;
}

static void finish(struct walk *w, double level)
{
    struct dc_window_audit *a = w->out;
    a->trace = dc_prop_clopper_pearson(w->n_differ, w->n_trace, level);
    a->decision = dc_prop_clopper_pearson(w->n_other, w->n_decision, level);
    a->decision.hi =
        dc_prop_clopper_pearson(w->n_other + a->n_open, w->n_decision, level)
            .hi;
}

static enum dc_status read_all(struct walk *w, struct dc_err *err)
{
    const struct dc_audit_config *c = &w->run->is;
    w->out->has = true;
    w->out->window = (unsigned)c->window;
    w->out->share = c->audit_share;
    snprintf(w->out->judge, sizeof w->out->judge, "%s", c->judge);
    w->judge = dc_arena_printf(&w->run->arena, "%s/window(%" PRIu64 ")",
                               c->judge, c->window);
    w->trace = dc_xcalloc(c->max_traces + 1, sizeof *w->trace);
    w->set = dc_setting_default();
    enum dc_status st = dc_setting_policy(&w->set, c->policy, c->measure, err);
    if (!st)
        st = dc_setting_vote(&w->set, c->vote, err);
    w->out->has_decision = !st && by_verdicts(&w->set);
    for (size_t i = 0; i < w->run->n_prompt && !st; i++)
        if (is_audited(w, i))
            st = audit_prompt(w, i, err);
    return st;
}

enum dc_status dc_window_audit_read(struct dc_run_view *r, double level,
                                    struct dc_window_audit *out,
                                    struct dc_err *err)
{
    struct walk w = {.run = r, .out = out};
    *out = (struct dc_window_audit){.has = false};
    enum dc_status st = r->is.window > 0 ? read_all(&w, err) : DC_OK;
    if (!st)
        finish(&w, level);
    free(w.trace);
    return st;
}

/* ---- in words ---- */

bool dc_window_audit_differs(const struct dc_window_audit *a)
{
    return a->trace.k > 0 || a->decision.k > 0;
}

static void put_interval(struct dc_buf *out, const struct dc_prop *p)
{
    if (p->defined)
        dc_buf_addf(out, " (%.1f %%, %.1f to %.1f %%)", 100 * p->value,
                    100 * p->lo, 100 * p->hi);
}

static void put_decisions(const struct dc_window_audit *a, struct dc_buf *out)
{
    const struct dc_prop *p = &a->decision;
    if (!a->has_decision) {
        dc_buf_adds(out, ". What it would decide is not known: policy or vote "
                         "look at more than verdicts");
        return;
    }
    dc_buf_addf(out,
                ", and %" PRIu64 " of %" PRIu64
                " prompt%s would be decided otherwise",
                p->k, p->n, dc_plural(p->n));
    put_interval(out, p);
    if (a->n_open > 0)
        dc_buf_addf(out,
                    ". For %" PRIu64
                    " of them it would take traces that were not drawn: none "
                    "of these differs at the lower end, each at the upper one",
                    a->n_open);
}

void dc_window_audit_says(const struct dc_window_audit *a, struct dc_buf *out)
{
    if (!a->has)
        return;
    dc_buf_addf(out, "%u token%s", a->window, dc_plural(a->window));
    if (a->n_prompt == 0) {
        dc_buf_addf(out,
                    "; no prompt of the audit (share %g) is decided: how often "
                    "the window changes a verdict was not measured",
                    a->share);
        return;
    }
    dc_buf_addf(out,
                "; of %" PRIu64 " prompt%s read in full (audit share %g) "
                "%s gives %" PRIu64 " of %" PRIu64
                " traces another verdict by the window",
                a->n_prompt, dc_plural(a->n_prompt), a->share, a->judge,
                a->trace.k, a->trace.n);
    put_interval(out, &a->trace);
    put_decisions(a, out);
    dc_buf_adds(out, ". In brackets: exact 95 % intervals, of traces as if "
                     "those of a prompt were independent");
}
