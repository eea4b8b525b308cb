/*
 * replay.c - a policy walked over recorded traces.
 *
 * Two ways give the same answer. A policy that looks at counts alone, under a
 * vote that does, is tabulated once over (refusals, compliances, undetermined),
 * and a trace then costs an addition and a load; permutations of thousands of
 * prompts need that. Any other policy is asked as a live run asks it.
 *
 * A prompt of the audit runs to full length: it sees whole traces. The first
 * traces of `deepconf` set its bar; each later one is cut at the first full
 * window below it, costs its tokens up to there, and has no vote.
 */
#include "replay/replay.h"

#include "base/mem.h"
#include "base/rng.h"

#include <assert.h>
#include <deepconf/stat.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_K_MAX = 64 };

/* What a prompt is replayed on: whole traces, or their windows. */
struct view {
    const struct dc_record_column *conf, *weight; /* NULL: not looked at */
    const enum dc_verdict *verdict;               /* NULL: of whole traces */
    size_t n_tok_max;                             /* of a trace */
};

struct dc_replay {
    const struct dc_record *r;
    const struct dc_setting *s;
    struct dc_stop_cfg cfg;
    struct view whole, window;
    double threshold[DC_CROSS_FOLDS + 1]; /* the last: outside a subset */
    size_t n_calibration;                 /* LIVE: prompts before this one */
    /* tabulated: [(r (K+1) + c) (K+1) + u]: why it stops there, NULL: it goes
     * on; without a table it is asked */
    const char **stops;
    struct dc_stop_trace *trace; /* [K] */
    struct dc_ballot *ballot;    /* [K] */
};

/* ---- thresholds ---- */

/*
 * A prompt's fold, by its id and not by its place; the last is that of all
 * prompts outside a subset.
 */
static size_t fold_of(const struct dc_replay *p, size_t i)
{
    if (p->s->calibration == DC_CALIBRATION_SUBSET && !p->s->subset[i])
        return DC_CROSS_FOLDS;
    return (size_t)(p->r->prompt[i].stream % DC_CROSS_FOLDS);
}

static bool gives_sample(const struct dc_replay *p, size_t i, size_t fold)
{
    switch (p->s->calibration) {
    case DC_CALIBRATION_CROSS:
        return fold_of(p, i) != fold;
    case DC_CALIBRATION_LIVE:
        return i < p->n_calibration;
    case DC_CALIBRATION_SUBSET:
        return p->s->subset[i] && fold_of(p, i) != fold;
    case DC_CALIBRATION_IN_SAMPLE:
        return true;
    }
    return true;
}

static enum dc_status find_threshold(struct dc_replay *p, size_t fold,
                                     struct dc_err *err)
{
    const struct dc_record *r = p->r;
    const struct dc_record_column *c =
        p->s->has_window ? p->window.conf : p->whole.conf;
    double *x = dc_xcalloc(r->n_trace + 1, sizeof *x);
    size_t n = 0, n_other = 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *q = &r->prompt[i];
        if (!q->has_full || !gives_sample(p, i, fold))
            continue;
        n_other++;
        for (size_t t = q->first; t < q->first + q->n_trace; t++)
            if (c->has[t])
                x[n++] = c->measure.row->direction * c->value[t];
    }
    if (n > 0)
        p->threshold[fold] = dc_percentile(x, n, p->s->policy.spec.arg[0]);
    free(x);
    if (n_other == 0)
        return dc_fail(err, DC_DATA,
                       "there is no other prompt to find its threshold on: it "
                       "takes a run of more prompts");
    if (n == 0)
        return dc_fail(
            err, DC_DATA,
            "no trace of another prompt to calibrate on has a value of %s",
            c->measure.spec.text);
    return DC_OK;
}

/* The first share of the prompts that can run, as the engine marks them. */
static void mark_live(struct dc_replay *p)
{
    const struct dc_record *r = p->r;
    size_t can = 0, marked = 0, i = 0;
    for (size_t k = 0; k < r->n_prompt; k++)
        can += !r->prompt[k].problem;
    size_t want = dc_calibration_prompts(can, p->s->calibration_share);
    for (; i < r->n_prompt && marked < want; i++)
        marked += !r->prompt[i].problem;
    p->n_calibration = i;
}

static enum dc_status calibrate(struct dc_replay *p, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    bool subset = p->s->calibration == DC_CALIBRATION_SUBSET;
    bool cross = subset || p->s->calibration == DC_CALIBRATION_CROSS;
    size_t n = DC_CROSS_FOLDS + subset;
    if (p->s->calibration == DC_CALIBRATION_LIVE)
        mark_live(p);
    for (size_t f = 0; f < n && !st; f++) {
        if (f == 0 || cross)
            st = find_threshold(p, f, err);
        else
            p->threshold[f] = p->threshold[0];
    }
    p->cfg.has_threshold = true;
    return st;
}

/* ---- tables ---- */

static size_t cell(unsigned k, unsigned refusal, unsigned compliance,
                   unsigned undetermined)
{
    return ((size_t)refusal * (k + 1) + compliance) * (k + 1) + undetermined;
}

static void tabulate(struct dc_replay *p)
{
    unsigned k = p->cfg.max_traces;
    p->stops =
        dc_xcalloc((size_t)(k + 1) * (k + 1) * (k + 1), sizeof *p->stops);
    for (unsigned r = 0; r <= k; r++)
        for (unsigned c = 0; r + c <= k; c++)
            for (unsigned u = 0; r + c + u <= k; u++) {
                struct dc_stop_state s = {.tally = {r + c + u, r, c, u}};
                struct dc_stop_next next =
                    dc_stop_ask(&p->s->policy, &s, &p->cfg);
                p->stops[cell(k, r, c, u)] = next.stop ? next.reason : NULL;
            }
}

/* ---- life ---- */

static void set_views(struct dc_replay *p)
{
    const struct dc_record *r = p->r;
    const struct dc_setting *s = p->s;
    bool looks = !s->policy.row->by_tally, weighs = !s->vote.row->by_tally;
    p->whole.n_tok_max = SIZE_MAX;
    if (looks)
        p->whole.conf = dc_record_column(r, &s->measure, false, 0);
    if (weighs)
        p->whole.weight = dc_record_column(r, &s->weight, false, 0);
    if (!s->has_window)
        return;
    p->window.n_tok_max = s->window;
    p->window.verdict = dc_record_window(r, s->window)->verdict;
    if (looks)
        p->window.conf = dc_record_column(r, &s->measure, true, s->window);
    if (weighs)
        p->window.weight = dc_record_column(r, &s->weight, true, s->window);
}

/* A vote that weighs by what no trace has would weigh nothing. */
static enum dc_status check_weight(const struct dc_replay *p,
                                   struct dc_err *err)
{
    const struct dc_record_column *c = p->whole.weight;
    if (!c || p->r->n_trace == 0)
        return DC_OK;
    for (size_t i = 0; i < p->r->n_trace; i++)
        if (c->has[i])
            return DC_OK;
    return dc_fail(err, DC_DATA,
                   "no trace has a value of %s, by which the vote %s weighs: "
                   "the traces came without it; name another vote",
                   c->measure.spec.text, p->s->vote.spec.text);
}

/* A rule that looks at what no trace has would never act, or decide by
 * nothing. (One that is calibrated is asked there; one with a measure of its
 * own lets traces pass that are too short for it.) */
static enum dc_status check_looks(const struct dc_replay *p, struct dc_err *err)
{
    const struct dc_stop_policy *row = p->s->policy.row;
    const struct dc_record_column *c =
        p->s->has_window ? p->window.conf : p->whole.conf;
    if (!dc_stop_looks(row) || row->needs_calibration || row->own_measure ||
        p->r->n_trace == 0)
        return DC_OK;
    for (size_t i = 0; i < p->r->n_trace; i++)
        if (c->has[i])
            return DC_OK;
    return dc_fail(err, DC_DATA,
                   "no trace has a value of %s, which %s looks at: the traces "
                   "came without it; name another policy",
                   c->measure.spec.text, row->name);
}

enum dc_status dc_replay_create(const struct dc_record *r,
                                const struct dc_setting *s,
                                struct dc_replay **out, struct dc_err *err)
{
    struct dc_replay *p = dc_xcalloc(1, sizeof *p);
    unsigned k = s->max_traces && s->max_traces < r->k ? s->max_traces : r->k;
    enum dc_status st = DC_OK;
    *p = (struct dc_replay){
        .r = r,
        .s = s,
        .cfg = {.min_traces = s->min_traces < k ? s->min_traces : k,
                .max_traces = k,
                .weighted = !s->vote.row->by_tally},
    };
    p->trace = dc_xcalloc(r->k, sizeof *p->trace);
    p->ballot = dc_xcalloc(r->k, sizeof *p->ballot);
    set_views(p);
    st = check_weight(p, err);
    if (!st)
        st = check_looks(p, err);
    if (!st && s->policy.row->needs_calibration)
        st = calibrate(p, err);
    else if (!st && s->policy.row->by_tally && k <= TABLE_K_MAX)
        tabulate(p);
    if (st)
        dc_replay_free(p);
    else
        *out = p;
    return st;
}

void dc_replay_free(struct dc_replay *p)
{
    if (!p)
        return;
    free(p->stops);
    free(p->trace);
    free(p->ballot);
    free(p);
}

/* ---- one prompt ---- */

struct walk {
    struct dc_replay *p;
    const struct dc_record_prompt *q;
    const unsigned *order; /* NULL: as recorded */
    const struct view *v;
    struct dc_stop_spec policy;
    struct dc_stop_state s;
    struct dc_outcome *out;
};

static size_t trace_at(const struct walk *w, unsigned n)
{
    return w->q->first + (w->order ? w->order[n] : n);
}

/* Count in trace t, of which n_tok tokens were drawn. */
static void spend(struct walk *w, size_t t, size_t n_tok)
{
    const struct dc_record_trace *x = &w->p->r->trace[t];
    w->out->n_trace++;
    w->out->n_tok += n_tok;
    w->out->ms += n_tok < x->n_tok ? x->ms * (double)n_tok / x->n_tok : x->ms;
}

static enum dc_verdict verdict_of(const struct walk *w, size_t t)
{
    return w->v->verdict ? w->v->verdict[t] : w->p->r->trace[t].verdict;
}

/*
 * Is no full window of trace t below the bar? Its lowest window is known,
 * summed as dc_group_cut() sums. (A trace shorter than a window has none.)
 */
static bool above(const struct walk *w, size_t t, double bar)
{
    const struct dc_record_column *c = w->v->conf;
    return c->has[t] && c->measure.row->direction * c->value[t] >= bar;
}

/* The tokens of trace t that are drawn, and whether the policy's bar cut it. */
static size_t drawn(const struct walk *w, size_t t, bool *cut)
{
    const struct dc_record *r = w->p->r;
    double bar;
    size_t window, n = r->trace[t].n_tok;
    *cut = false;
    if (n > w->v->n_tok_max)
        n = w->v->n_tok_max;
    if (!dc_stop_bar(&w->policy, &w->s, &w->p->cfg, &bar, &window))
        return n;
    if (above(w, t, bar))
        return n;
    return dc_group_cut(r->conf + r->conf_off[t], n, window, bar, cut);
}

static void look(struct walk *w, unsigned n)
{
    size_t t = trace_at(w, n);
    bool cut;
    size_t n_tok = drawn(w, t, &cut);
    struct dc_stop_trace *x = &w->p->trace[n];
    struct dc_ballot *b = &w->p->ballot[n];
    *x = (struct dc_stop_trace){.verdict = verdict_of(w, t), .cut = cut};
    if (cut)
        x->verdict = DC_VERDICT_UNDETERMINED;
    if (w->v->conf && w->v->conf->has[t] && !cut) {
        x->has_conf = true;
        x->conf = w->v->conf->measure.row->direction * w->v->conf->value[t];
    }
    *b = (struct dc_ballot){.verdict = x->verdict};
    if (w->v->weight && w->v->weight->has[t] && !cut)
        b->weight = dc_measure_weight(w->v->weight->measure.row,
                                      w->v->weight->value[t]);
    dc_tally_add(&w->s.tally, x->verdict);
    spend(w, t, n_tok);
}

static void walk_by_asking(struct walk *w)
{
    struct dc_stop_next next;
    w->s.trace = w->p->trace;
    for (;;) {
        next = dc_stop_ask(&w->policy, &w->s, &w->p->cfg);
        if (next.stop)
            break;
        if (w->s.tally.n + next.need > w->q->n_trace) {
            w->out->missing = true;
            next.reason = "a trace was not drawn";
            break;
        }
        for (unsigned i = 0; i < next.need; i++)
            look(w, w->s.tally.n);
    }
    w->out->reason = next.reason;
    w->out->decision = dc_stop_decide(&w->policy, &w->s, &w->p->cfg,
                                      &w->p->s->vote, w->p->ballot);
}

static void walk_by_table(struct walk *w)
{
    unsigned k = w->p->cfg.max_traces;
    struct dc_tally *t = &w->s.tally;
    const char *why;
    while (!(
        why =
            w->p->stops[cell(k, t->refusal, t->compliance, t->undetermined)])) {
        if (t->n == w->q->n_trace) {
            w->out->missing = true;
            why = "a trace was not drawn";
            break;
        }
        size_t x = trace_at(w, t->n);
        size_t n_tok = w->p->r->trace[x].n_tok;
        enum dc_verdict v = verdict_of(w, x);
        if (w->p->s->vote.row->by_tally) {
            dc_tally_add(t, v);
            spend(w, x, n_tok < w->v->n_tok_max ? n_tok : w->v->n_tok_max);
        } else {
            look(w, t->n);
        }
    }
    w->out->reason = why;
    w->out->decision = dc_stop_decide(&w->policy, &w->s, &w->p->cfg,
                                      &w->p->s->vote, w->p->ballot);
}

void dc_replay_prompt(struct dc_replay *p, size_t i, const unsigned *order,
                      struct dc_outcome *out)
{
    const struct dc_record_prompt *q = &p->r->prompt[i];
    bool audited = p->s->has_window &&
                   dc_window_audited(p->r->seed, q->stream, p->s->audit_share);
    struct walk w = {
        .p = p,
        .q = q,
        .order = order,
        .v = p->s->has_window && !audited ? &p->window : &p->whole,
        .policy = p->s->policy,
        .out = out,
    };
    *out =
        (struct dc_outcome){.decision = DC_VERDICT_UNDETERMINED, .reason = ""};
    if (q->problem)
        return;
    if (i < p->n_calibration) {
        out->calibration = true;
        w.policy = (struct dc_stop_spec){.row = dc_stop_find("fixed")};
    }
    p->cfg.threshold = p->threshold[fold_of(p, i)];
    if (p->stops && !out->calibration)
        walk_by_table(&w);
    else
        walk_by_asking(&w);
}

void dc_replay_order(uint64_t seed, uint64_t stream, uint32_t number,
                     unsigned n, unsigned *order)
{
    const struct dc_rng_key key = {.seed = seed ^ 0x70657266, .stream = stream};
    for (unsigned i = 0; i < n; i++)
        order[i] = i;
    for (unsigned i = n; number > 0 && i > 1; i--) {
        unsigned j = dc_rng_below(&key, number, i, i);
        unsigned x = order[i - 1];
        order[i - 1] = order[j];
        order[j] = x;
    }
}
