/*
 * stop.c - the table of stopping policies (stops.def) and the frame each of
 * them is asked in.
 *
 * The frame holds what no policy may get wrong: never stop below min_traces,
 * always stop at K, and let curtailment go first, so that no policy runs on
 * when the decision can't change. A policy's own file holds its rule alone, and
 * may stop too early for min_traces. The answer is a pure function of the
 * state: a replay over recorded traces stops where the live run did.
 *
 * `need` of the answer is the smaller of the policy's own and curtailment's,
 * since either may end the prompt; it stays within
 *   max(1, min_traces - n) <= need <= K - n.
 * A policy that cuts traces is not rushed: until it has its bar, need is its
 * own, so that no trace starts without the bar that a replay would hold it to.
 */
#include "base/banned.h"
#include "base/mem.h"

#include <assert.h>
#include <deepconf/stop.h>
#include <stdio.h>
#include <string.h>

#define X(name) extern const struct dc_stop_policy dc_stop_##name;
#include "stops.def"
#undef X

static const struct dc_stop_policy *const policies[] = {
#define X(name) &dc_stop_##name,
#include "stops.def"
#undef X
};

const struct dc_stop_policy *const *dc_stop_policies(size_t *n)
{
    *n = DC_COUNT(policies);
    return policies;
}

static const struct dc_stop_policy *find(const char *name, size_t n)
{
    for (size_t i = 0; i < DC_COUNT(policies); i++)
        if (strlen(policies[i]->name) == n &&
            !memcmp(policies[i]->name, name, n))
            return policies[i];
    return NULL;
}

const struct dc_stop_policy *dc_stop_find(const char *name)
{
    return find(name, strlen(name));
}

static bool form(size_t i, char *out)
{
    if (i >= DC_COUNT(policies))
        return false;
    dc_spec_form(policies[i]->name, policies[i]->param, policies[i]->n_param,
                 out);
    return true;
}

enum dc_status dc_stop_parse(const char *text, struct dc_stop_spec *out,
                             struct dc_err *err)
{
    const struct dc_stop_policy *row = find(text, dc_spec_name_len(text));
    if (!row)
        return dc_spec_no_such("policy", text, form, err);
    struct dc_spec spec;
    enum dc_status st =
        dc_spec_parse(text, row->name, row->param, row->n_param, &spec, err);
    if (!st && row->check) {
        st = row->check(spec.arg, err);
        if (st)
            return dc_err_prefix(err, st, "%s", spec.text);
    }
    if (!st)
        *out = (struct dc_stop_spec){row, spec};
    return st;
}

static bool names_measure(const struct dc_stop_policy *row)
{
    return row->n_param > 0 && row->param[row->n_param - 1].measure;
}

void dc_stop_measure(const struct dc_stop_spec *p, const char *otherwise,
                     char *out)
{
    if (p->row->own_measure)
        snprintf(out, DC_SPEC_TEXT, "%s(%d)", p->row->own_measure,
                 (int)p->spec.arg[p->row->measure_arg]);
    else
        snprintf(out, DC_SPEC_TEXT, "%s",
                 p->spec.measure[0] ? p->spec.measure : otherwise);
}

void dc_stop_set_measure(struct dc_stop_spec *p, const char *measure)
{
    if (names_measure(p->row))
        dc_spec_set_measure(&p->spec, p->row->name, p->row->param,
                            p->row->n_param, measure);
}

bool dc_stop_looks(const struct dc_stop_policy *row)
{
    return row->needs_calibration || row->own_measure || names_measure(row);
}

enum dc_status dc_stop_check(const struct dc_stop_cfg *c, struct dc_err *err)
{
    if (c->min_traces < 1)
        return dc_fail(err, DC_USAGE, "min traces is %u; at least 1 is needed",
                       c->min_traces);
    if (c->max_traces < c->min_traces)
        return dc_fail(err, DC_USAGE,
                       "min traces (%u) is larger than max traces (%u); lower "
                       "the first or raise the second",
                       c->min_traces, c->max_traces);
    if (c->max_traces > DC_STOP_K_MAX)
        return dc_fail(err, DC_USAGE,
                       "max traces is %u; at most %d are supported",
                       c->max_traces, (int)DC_STOP_K_MAX);
    return DC_OK;
}

enum dc_status dc_stop_counts(const struct dc_stop_spec *p, unsigned k,
                              struct dc_err *err)
{
    size_t at = p->row->count_arg;
    if (at == 0 || p->spec.arg[at - 1] <= k)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%s: %s (%s) is %g, and a prompt has at most %u trace%s: "
                   "the rule could never act; name at most %u",
                   p->spec.text, p->row->param[at - 1].name,
                   p->row->param[at - 1].help, p->spec.arg[at - 1], k,
                   k == 1 ? "" : "s", k);
}

/* Do some counts of at most K traces end a prompt by the rule alone? */
static bool can_stop(const struct dc_stop_spec *p, unsigned k)
{
    const struct dc_stop_cfg c = {.min_traces = 1, .max_traces = k};
    for (unsigned n = 1; n <= k; n++)
        for (unsigned r = 0; r <= n; r++) {
            const struct dc_stop_state s = {
                .tally = {.n = n, .refusal = r, .compliance = n - r}};
            const struct dc_stop_view v = {&s, &c, p->spec.arg};
            struct dc_stop_next next = {.reason = ""};
            p->row->next(&v, &next);
            if (next.stop)
                return true;
        }
    return false;
}

enum dc_status dc_stop_fits(const struct dc_stop_spec *p, unsigned k,
                            struct dc_err *err)
{
    enum dc_status st = dc_stop_counts(p, k, err);
    if (st || !p->row->by_tally || !p->row->under_curtail || can_stop(p, k))
        return st;
    return dc_fail(err, DC_USAGE,
                   "%s: no verdicts of %u trace%s satisfy its rule, so that it "
                   "could end no prompt: name looser parameters, more traces, "
                   "or curtail, which is under every such policy",
                   p->spec.text, k, k == 1 ? "" : "s");
}

static bool waits_for_bar(const struct dc_stop_view *v,
                          const struct dc_stop_policy *row)
{
    double bar;
    size_t window;
    return row->bar && !row->bar(v, &bar, &window);
}

/* The frame around a row: see the file head. */
struct dc_stop_next dc_stop_ask(const struct dc_stop_spec *p,
                                const struct dc_stop_state *s,
                                const struct dc_stop_cfg *c)
{
    assert(c->min_traces >= 1 && c->min_traces <= c->max_traces);
    assert(s->tally.n <= c->max_traces);
    const struct dc_stop_view v = {s, c, p->spec.arg};
    unsigned n = s->tally.n;
    if (n == c->max_traces)
        return (struct dc_stop_next){.stop = true, .reason = "budget spent"};

    unsigned rem = c->max_traces - n;
    unsigned least = n < c->min_traces ? c->min_traces - n : 1;
    unsigned need = rem;
    if (p->row->under_curtail && !c->weighted) {
        struct dc_stop_next base = {.reason = ""};
        dc_stop_curtail.next(&v, &base);
        if (base.stop && n >= c->min_traces)
            return base;
        need = base.stop ? least : base.need;
    }
    struct dc_stop_next own = {.reason = ""};
    p->row->next(&v, &own);
    if (own.stop && n >= c->min_traces)
        return own;
    if (own.stop)
        need = least;
    else if (own.need < need)
        need = own.need;
    if (need < least && !waits_for_bar(&v, p->row))
        need = least;
    return (struct dc_stop_next){.reason = "", .need = need};
}

enum dc_verdict dc_stop_decide(const struct dc_stop_spec *p,
                               const struct dc_stop_state *s,
                               const struct dc_stop_cfg *c,
                               const struct dc_vote_spec *vote,
                               const struct dc_ballot *ballot)
{
    enum dc_verdict v;
    if (p->row->decide) {
        const struct dc_stop_view view = {s, c, p->spec.arg};
        return p->row->decide(&view);
    }
    if (!vote->row->by_tally)
        return dc_vote_decide(vote, ballot, s->tally.n);
    if (dc_tally_decided(&s->tally, c->max_traces, &v))
        return v;
    return dc_tally_decide(&s->tally);
}

bool dc_stop_bar(const struct dc_stop_spec *p, const struct dc_stop_state *s,
                 const struct dc_stop_cfg *c, double *bar, size_t *window)
{
    const struct dc_stop_view v = {s, c, p->spec.arg};
    return p->row->bar && p->row->bar(&v, bar, window);
}
