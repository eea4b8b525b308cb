/*
 * rejudge.c - decisions made again (rejudge.h): for each stored decision a walk
 * over the traces it counts, and the run's vote over what the judge says.
 */
#include "replay/rejudge.h"

#include "audit/audit.h"
#include "base/buf.h"
#include "base/judge_name.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOW_COLS = 60 };

/* ---- who has judged ---- */

struct census {
    struct dc_arena *arena;
    const char *wanted;  /* looked for */
    const char *judge;   /* the same, as the file names it */
    const char *version; /* of its verdicts; NULL: none */
    const char *other;   /* a second version; NULL: none */
    bool several;        /* labels may be meant, and none is wanted itself */
    int64_t n, n_all;    /* its verdicts; traces */
    struct dc_buf names; /* of all judges */
    char last[128];
};

/* Is this label the one wanted, another name of that judge, or, as users leave
 * out what stands in brackets, NAME(FILE) for NAME? The label itself goes
 * before all others. */
static bool is_meant(const struct census *x, const char *label)
{
    size_t n = strlen(x->wanted);
    bool itself = !strcmp(label, x->wanted);
    if (x->version && !strcmp(x->judge, x->wanted))
        return itself;
    return itself || dc_judge_name_same(label, x->wanted) ||
           (!strncmp(label, x->wanted, n) && label[n] == '(');
}

static enum dc_status count(void *arg, const struct dc_verdict_count_row *c,
                            struct dc_err *err)
{
    struct census *x = arg;
    (void)err;
    if (dc_judge_is_window(c->judge))
        return DC_OK;
    if (strcmp(x->last, c->judge) != 0 || x->names.n == 0) {
        snprintf(x->last, sizeof x->last, "%s", c->judge);
        if (x->names.n > 0 && dc_buf_room(&x->names) > 2)
            dc_buf_adds(&x->names, ", ");
        if (dc_buf_room(&x->names) > 4 * strlen(c->judge) + 8)
            dc_utf8_display(&x->names, c->judge, strlen(c->judge), SHOW_COLS);
    }
    if (!is_meant(x, c->judge))
        return DC_OK;
    if (!x->version || strcmp(x->judge, c->judge) != 0) {
        x->several = x->version && strcmp(c->judge, x->wanted) != 0;
        x->judge = dc_arena_strdup(x->arena, c->judge);
        x->version = x->other = NULL;
        x->n = 0;
    }
    x->n += c->n;
    if (!x->version)
        x->version = dc_arena_strdup(x->arena, c->version);
    else if (strcmp(x->version, c->version) != 0)
        x->other = dc_arena_strdup(x->arena, c->version);
    return DC_OK;
}

static enum dc_status weigh_census(const struct dc_store *s,
                                   const struct census *x, struct dc_err *err)
{
    const char *file = dc_store_path(s);
    if (!x->version || x->several)
        return dc_fail(err, DC_USAGE,
                       "%.300s: has no verdicts by a judge \"%.60s\"; it has "
                       "those of: %.600s",
                       file, x->wanted, x->names.data);
    if (x->other)
        return dc_fail(err, DC_DATA,
                       "%.300s: verdicts by %.60s are of the versions %.90s "
                       "and %.90s: `deepconf judge` with --again makes them "
                       "one",
                       file, x->judge, x->version, x->other);
    if (x->n != x->n_all)
        return dc_fail(err, DC_DATA,
                       "%.300s: %.60s has judged %" PRId64 " of %" PRId64
                       " traces: `deepconf judge` goes on with the rest",
                       file, x->judge, x->n, x->n_all);
    return DC_OK;
}

static enum dc_status find_judge(struct dc_store *s, struct dc_rejudge *r,
                                 struct dc_err *err)
{
    struct census x = {
        .arena = &r->arena, .wanted = r->judge, .judge = r->judge};
    dc_buf_init(&x.names, 1 << 12);
    enum dc_status st = dc_store_each_verdict_count(s, count, &x, err);
    if (!st)
        st = dc_store_count_traces(s, &x.n_all, err);
    if (!st)
        st = weigh_census(s, &x, err);
    r->version = x.version;
    r->judge = x.judge;
    dc_buf_release(&x.names);
    return st;
}

/* ---- opening ---- */

enum dc_status dc_rejudge_open(struct dc_store *s, const char *judge,
                               struct dc_rejudge *out, struct dc_err *err)
{
    struct dc_audit_config c;
    *out = (struct dc_rejudge){.store = s};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_audit_config_read(s, &out->arena, &c, err);
    if (st)
        return st;
    out->k = (unsigned)c.max_traces;
    out->run_judge = c.judge;
    out->own = !judge || dc_judge_name_same(judge, c.judge);
    out->judge = out->own ? c.judge : dc_arena_strdup(&out->arena, judge);
    out->version = c.judge_version;
    if (out->own)
        return DC_OK;
    out->set = dc_setting_default();
    st = dc_setting_policy(&out->set, c.policy, c.measure, err);
    if (!st)
        st = dc_setting_vote(&out->set, c.vote, err);
    if (!st)
        st = find_judge(s, out, err);
    out->own = !st && !strcmp(out->judge, c.judge);
    return st;
}

void dc_rejudge_release(struct dc_rejudge *r)
{
    dc_arena_release(&r->arena);
}

/* ---- one decision ---- */

struct walk {
    struct dc_rejudge *r;
    dc_decision_fn *fn;
    void *arg;
    struct dc_stop_trace *trace; /* [k] */
    struct dc_ballot *ballot;    /* [k] */
    struct dc_stop_state s;
    unsigned n; /* traces that the decision counts */
};

static bool value_of(const struct dc_trace_row *t,
                     const struct dc_measure_spec *m, double *v)
{
    for (size_t i = 0; i < t->n_measure; i++) {
        if (strcmp(t->measure[i].measure, m->spec.text) != 0)
            continue;
        *v = t->measure[i].value;
        return t->measure[i].has_value;
    }
    return false;
}

static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    const struct dc_setting *set = &w->r->set;
    unsigned n = w->s.tally.n;
    double v;
    if (t->idx >= (int64_t)w->n || t->idx != (int64_t)n)
        return DC_OK;
    struct dc_stop_trace *x = &w->trace[n];
    struct dc_ballot *b = &w->ballot[n];
    *x = (struct dc_stop_trace){
        .cut = t->cut == DC_CUT_CONFIDENCE,
    };
    if (!dc_audit_verdict(t, w->r->judge, &x->verdict))
        return dc_fail(err, DC_DATA,
                       "%s: trace %" PRId64 " of prompt %" PRId64
                       " has no verdict by %.60s",
                       dc_store_path(w->r->store), t->idx, t->prompt,
                       w->r->judge);
    if (x->cut)
        x->verdict = DC_VERDICT_UNDETERMINED;
    if (value_of(t, &set->measure, &v)) {
        x->has_conf = true;
        x->conf = set->measure.row->direction * v;
    }
    *b = (struct dc_ballot){.verdict = x->verdict};
    if (!set->vote.row->by_tally && !x->cut && value_of(t, &set->weight, &v))
        b->weight = dc_measure_weight(set->weight.row, v);
    dc_tally_add(&w->s.tally, x->verdict);
    return DC_OK;
}

/* Could the traces that were not drawn change the decision? */
static bool is_open(const struct walk *w, const struct dc_stop_spec *p)
{
    const struct dc_tally *t = &w->s.tally;
    if (t->n == w->r->k)
        return false;
    return p->row->decide || !w->r->set.vote.row->by_tally ||
           !dc_tally_decided(t, w->r->k, NULL);
}

static enum dc_verdict decide(struct walk *w, bool calibration)
{
    struct dc_rejudge *r = w->r;
    struct dc_stop_spec p = r->set.policy;
    const struct dc_stop_cfg cfg = {.min_traces = 1,
                                    .max_traces = r->k,
                                    .weighted = !r->set.vote.row->by_tally};
    if (calibration) /* the engine draws all its traces */
        p = (struct dc_stop_spec){.row = dc_stop_find("fixed")};
    r->note.n_decided++;
    r->note.n_short += w->s.tally.n < r->k;
    r->note.n_open += is_open(w, &p);
    return dc_stop_decide(&p, &w->s, &cfg, &r->set.vote, w->ballot);
}

static enum dc_status see_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    struct dc_decision_row again = *d;
    if (d->n_trace == 0) /* it could not be run */
        return w->fn(w->arg, d, err);
    w->n = d->n_trace > w->r->k ? w->r->k : (unsigned)d->n_trace;
    w->s = (struct dc_stop_state){.trace = w->trace};
    enum dc_status st = dc_store_each_trace(
        w->r->store, d->prompt, DC_TRACE_VERDICTS, see_trace, w, err);
    if (st)
        return st;
    const struct dc_tally *t = &w->s.tally;
    again.decision = dc_verdict_name(decide(w, d->calibration));
    again.n_trace = t->n;
    again.n_refusal = t->refusal;
    again.n_compliance = t->compliance;
    again.n_undetermined = t->undetermined;
    w->r->note.n_changed += strcmp(again.decision, d->decision) != 0;
    return w->fn(w->arg, &again, err);
}

enum dc_status dc_rejudge_each(struct dc_rejudge *r, int64_t prompt,
                               dc_decision_fn *fn, void *arg,
                               struct dc_err *err)
{
    struct walk w = {.r = r, .fn = fn, .arg = arg};
    r->note = (struct dc_rejudge_note){0};
    if (r->own)
        return dc_store_each_decision(r->store, prompt, fn, arg, err);
    w.trace = dc_xcalloc(r->k + 1, sizeof *w.trace);
    w.ballot = dc_xcalloc(r->k + 1, sizeof *w.ballot);
    enum dc_status st =
        dc_store_each_decision(r->store, prompt, see_decision, &w, err);
    free(w.trace);
    free(w.ballot);
    return st;
}

/* ---- in words ---- */

const char *dc_rejudge_says(struct dc_rejudge *r)
{
    const struct dc_rejudge_note *n = &r->note;
    if (r->own)
        return NULL;
    if (n->n_short == 0)
        return dc_arena_printf(&r->arena,
                               "decisions are those of %s on all %u trace%s of "
                               "each prompt; %zu of %zu differ from the run's, "
                               "by %s",
                               r->judge, r->k, dc_plural(r->k), n->n_changed,
                               n->n_decided, r->run_judge);
    return dc_arena_printf(
        &r->arena,
        "decisions are those of %s; %zu of %zu differ from the run's, by %s. "
        "The run stopped early under the verdicts of %s: %zu prompt%s fewer "
        "than %u traces, and there the decision rests on what was drawn; for "
        "%zu of them the traces not drawn could change it",
        r->judge, n->n_changed, n->n_decided, r->run_judge, r->run_judge,
        n->n_short, n->n_short == 1 ? " has" : "s have", r->k, n->n_open);
}
