/*
 * window_audit.c - window_audit.h: a walk over the prompts for those of the
 * audit, one over the decisions, and of each of those prompts its traces.
 */
#include "replay/window_audit.h"

#include "audit/audit.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/plural.h"
#include "replay/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct dc_store *s;
    struct dc_window_audit *out;
    struct dc_arena arena;
    struct dc_audit_config c;
    const char *judge; /* of the window's verdicts */
    struct dc_setting set;
    bool *audited; /* [n_prompt] by ord */
    size_t n_prompt;
    /* of one prompt */
    struct dc_stop_trace *trace; /* [K] what the window reads of each */
    unsigned n, n_counted;       /* seen; that its decision counts */
    uint64_t n_trace, n_differ, n_decision, n_other;
};

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct walk *w = arg;
    (void)err;
    w->audited =
        dc_arena_more(&w->arena, w->audited, w->n_prompt, sizeof *w->audited);
    w->audited[w->n_prompt++] =
        !p->problem &&
        dc_window_audited(w->c.seed, dc_hash64(p->id, strlen(p->id)),
                          w->out->share);
    return DC_OK;
}

/* A trace as long as the window has a second verdict; a shorter one is read
 * whole either way. */
static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    enum dc_verdict whole, start;
    (void)err;
    if (t->idx != (int64_t)w->n || w->n >= w->n_counted ||
        !dc_audit_verdict(t, w->c.judge, &whole))
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
        .min_traces = (unsigned)w->c.min_traces,
        .max_traces = (unsigned)w->c.max_traces,
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

static enum dc_status see_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    enum dc_verdict was, is;
    if (d->prompt >= (int64_t)w->n_prompt || !w->audited[d->prompt] ||
        !dc_verdict_parse(d->decision, &was))
        return DC_OK;
    w->n = 0;
    w->n_counted = (unsigned)d->n_trace;
    enum dc_status st = dc_store_each_trace(w->s, d->prompt, DC_TRACE_VERDICTS,
                                            see_trace, w, err);
    w->out->n_prompt++;
    if (st || !w->out->has_decision)
        return st;
    w->n_decision++;
    if (decide(w, &is))
        w->n_other += is != was;
    else
        w->out->n_open++;
    return DC_OK;
}

/* Does the run's decision rest on verdicts alone? */
static bool by_verdicts(const struct dc_setting *s)
{
    return !s->policy.row->needs_calibration && !s->policy.row->own_measure &&
           s->vote.row->by_tally;
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
    enum dc_status st = dc_audit_config_read(w->s, &w->arena, &w->c, err);
    if (st || w->c.window == 0)
        return st;
    w->out->has = true;
    w->out->window = (unsigned)w->c.window;
    w->out->share = w->c.audit_share;
    snprintf(w->out->judge, sizeof w->out->judge, "%s", w->c.judge);
    w->judge = dc_arena_printf(&w->arena, "%s/window(%" PRIu64 ")", w->c.judge,
                               w->c.window);
    w->trace = dc_xcalloc(w->c.max_traces + 1, sizeof *w->trace);
    w->set = dc_setting_default();
    st = dc_setting_policy(&w->set, w->c.policy, w->c.measure, err);
    if (!st)
        st = dc_setting_vote(&w->set, w->c.vote, err);
    w->out->has_decision = !st && by_verdicts(&w->set);
    if (!st)
        st = dc_store_each_prompt(w->s, see_prompt, w, err);
    return st ? st : dc_store_each_decision(w->s, -1, see_decision, w, err);
}

enum dc_status dc_window_audit_read(struct dc_store *s, double level,
                                    struct dc_window_audit *out,
                                    struct dc_err *err)
{
    struct walk w = {.s = s, .out = out};
    *out = (struct dc_window_audit){.has = false};
    dc_arena_init(&w.arena);
    enum dc_status st = read_all(&w, err);
    if (!st)
        finish(&w, level);
    free(w.trace);
    dc_arena_release(&w.arena);
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
