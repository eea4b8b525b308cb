/*
 * run_votes.c - decisions by other judges than the run's own (run_view.h): one
 * walk over the traces, and of each prompt the run's vote over what each judge
 * says.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "read/rule.h"
#include "read/run_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a judge says of the prompt at hand, and has said up to it. */
struct voter {
    const struct dc_run_judge *judge;
    struct dc_run_votes *out;
    struct dc_stop_trace *trace; /* [k] */
    struct dc_ballot *ballot;    /* [k] */
    struct dc_tally tally;
    size_t n_decided; /* prompts that ran and are decided */
    size_t n_short;   /* of them: drawn to fewer than K traces */
    size_t n_changed; /* of n_decided: decided otherwise than in the run */
};

struct polling {
    struct dc_run_view *r;
    unsigned k; /* the run's max traces */
    struct dc_stop_spec policy;
    struct dc_measure_spec measure; /* that it looks at */
    struct dc_vote_spec vote;
    struct dc_measure_spec weight; /* that the vote weighs by, if it does */
    struct voter *voter;           /* [n] */
    size_t n;
    size_t at;        /* the prompt at hand */
    unsigned n_count; /* traces that its decision counts */
};

/* Could the traces that were not drawn change the decision? */
static bool is_open(const struct polling *w, const struct dc_stop_spec *p,
                    const struct dc_tally *t)
{
    if (t->n == w->k)
        return false;
    return p->row->decide || !w->vote.row->by_tally ||
           !dc_tally_decided(t, w->k, NULL);
}

static void poll_one(const struct polling *w, struct voter *x)
{
    const struct dc_stop_cfg cfg = {.min_traces = 1,
                                    .max_traces = w->k,
                                    .weighted = !w->vote.row->by_tally};
    const struct dc_stop_state s = {.tally = x->tally, .trace = x->trace};
    struct dc_run_vote *v = &x->out->vote[w->at];
    struct dc_stop_spec p = w->policy;
    enum dc_verdict was = v->decision;
    if (w->r->prompt[w->at].calibration) /* the engine draws all its traces */
        p = (struct dc_stop_spec){.row = dc_stop_find("fixed")};
    v->decision = dc_stop_decide(&p, &s, &cfg, &w->vote, x->ballot);
    v->says = x->tally;
    v->open = is_open(w, &p, &x->tally);
    x->n_decided++;
    x->n_short += x->tally.n < w->k;
    x->out->n_open += v->open;
    x->n_changed += v->decision != was;
}

/* All traces of the prompt at hand were seen; one that could not be run has
 * none, and stays as it is. */
static void poll_prompt(struct polling *w)
{
    for (size_t i = 0; i < w->n && w->n_count > 0; i++)
        poll_one(w, &w->voter[i]);
}

static void begin_prompt(struct polling *w, size_t at)
{
    const struct dc_run_vote *v = &w->r->own.vote[at];
    w->at = at;
    w->n_count = v->has ? v->says.n : 0;
    if (w->n_count > w->k)
        w->n_count = w->k;
    for (size_t i = 0; i < w->n; i++)
        w->voter[i].tally = (struct dc_tally){0};
}

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

static enum dc_status poll_trace(void *arg, const struct dc_run_prompt *p,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct polling *w = arg;
    struct dc_stop_trace said = {.cut = t->cut == DC_CUT_CONFIDENCE};
    struct dc_ballot ballot = {.weight = 0};
    double v;
    (void)p;
    if ((size_t)t->prompt != w->at) {
        poll_prompt(w);
        begin_prompt(w, (size_t)t->prompt);
    }
    if (w->n == 0 || t->idx >= (int64_t)w->n_count ||
        t->idx != (int64_t)w->voter[0].tally.n)
        return DC_OK;
    if (value_of(t, &w->measure, &v)) {
        said.has_conf = true;
        said.conf = w->measure.row->direction * v;
    }
    if (!w->vote.row->by_tally && !said.cut && value_of(t, &w->weight, &v))
        ballot.weight = dc_measure_weight(w->weight.row, v);
    for (size_t i = 0; i < w->n; i++) {
        struct voter *x = &w->voter[i];
        if (!dc_audit_verdict(t, x->judge->label, &said.verdict))
            return dc_fail(err, DC_DATA,
                           "%s: trace %" PRId64 " of prompt %" PRId64
                           " has no verdict by %.60s",
                           dc_store_path(w->r->store), t->idx, t->prompt,
                           x->judge->label);
        if (said.cut)
            said.verdict = DC_VERDICT_UNDETERMINED;
        ballot.verdict = said.verdict;
        x->trace[x->tally.n] = said;
        x->ballot[x->tally.n] = ballot;
        dc_tally_add(&x->tally, said.verdict);
    }
    return DC_OK;
}

static const char *votes_say(const struct polling *w, const struct voter *x)
{
    struct dc_arena *a = &w->r->arena;
    const char *judge = x->judge->label, *run_judge = w->r->is.judge;
    if (x->n_short == 0)
        return dc_arena_printf(a,
                               "decisions are those of %s on all %u trace%s of "
                               "each prompt; %zu of %zu differ from the run's, "
                               "by %s",
                               judge, w->k, dc_plural(w->k), x->n_changed,
                               x->n_decided, run_judge);
    return dc_arena_printf(
        a,
        "decisions are those of %s; %zu of %zu differ from the run's, by %s. "
        "The run stopped early under the verdicts of %s: %zu prompt%s fewer "
        "than %u traces, and there the decision rests on what was drawn; for "
        "%zu of them the traces not drawn could change it",
        judge, x->n_changed, x->n_decided, run_judge, run_judge, x->n_short,
        x->n_short == 1 ? " has" : "s have", w->k, x->out->n_open);
}

/* The judges that decide, but for the run's own. */
static void find_voters(struct polling *w)
{
    struct dc_run_view *r = w->r;
    size_t n = r->n_prompt + 1;
    w->voter = dc_xcalloc(r->n_judge + 1, sizeof *w->voter);
    for (size_t i = 0; i < r->n_judge; i++) {
        const struct dc_run_judge *j = &r->judge[i];
        struct dc_run_votes *v = &r->votes[i];
        if (j->own || !dc_run_judge_decides(r, j))
            continue;
        *v = (struct dc_run_votes){
            .judge = j->label,
            .version = j->version,
            .vote = dc_xcalloc(n, sizeof *v->vote),
        };
        memcpy(v->vote, r->own.vote, n * sizeof *v->vote);
        w->voter[w->n++] = (struct voter){
            .judge = j,
            .out = v,
            .trace = dc_xcalloc(w->k + 1, sizeof(struct dc_stop_trace)),
            .ballot = dc_xcalloc(w->k + 1, sizeof(struct dc_ballot)),
        };
    }
}

void dc_run_view_forget_votes(struct dc_run_view *r)
{
    for (size_t i = 0; r->votes && i < r->n_judge; i++)
        free(r->votes[i].vote);
    r->votes = NULL;
}

static enum dc_status poll_all(struct dc_run_view *r, struct dc_err *err)
{
    struct polling w = {.r = r, .k = (unsigned)r->is.max_traces};
    enum dc_status st =
        dc_rule_policy(r->is.policy, r->is.measure, &w.policy, &w.measure, err);
    if (!st)
        st = dc_rule_vote(r->is.vote, &w.vote, &w.weight, err);
    if (st)
        return st;
    r->votes = dc_arena_array(&r->arena, r->n_judge + 1, sizeof *r->votes);
    find_voters(&w);
    if (r->n_prompt > 0)
        begin_prompt(&w, 0);
    st = dc_run_view_each(r, DC_TRACE_VERDICTS, poll_trace, &w, err);
    if (!st && r->n_prompt > 0)
        poll_prompt(&w);
    for (size_t i = 0; i < w.n; i++) {
        w.voter[i].out->says = votes_say(&w, &w.voter[i]);
        free(w.voter[i].trace);
        free(w.voter[i].ballot);
    }
    free(w.voter);
    if (st)
        dc_run_view_forget_votes(r);
    return st;
}

enum dc_status dc_run_view_decisions(struct dc_run_view *r, const char *judge,
                                     const struct dc_run_votes **out,
                                     struct dc_err *err)
{
    struct dc_run_pick pick;
    enum dc_status st = dc_run_view_pick(r, judge, &pick, err);
    *out = &r->own;
    if (st || pick.own)
        return st;
    if (!r->votes)
        st = poll_all(r, err);
    for (size_t i = 0; i < r->n_judge && !st; i++)
        if (!strcmp(r->judge[i].label, pick.label))
            *out = &r->votes[i];
    return st;
}
