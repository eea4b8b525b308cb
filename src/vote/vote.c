/*
 * vote.c - verdict names, tallies, and the table of votes (votes.def).
 *
 * The decision and its curtailment are kept side by side, because one must be
 * the limit of the other: dc_tally_decided() is true exactly when every way the
 * missing votes can fall gives the same dc_tally_decide(). With r refusals, c
 * compliances and K votes in all:
 *   refusal       2r > K
 *   compliance    2c >= K
 *   undetermined  neither
 * The first two exclude each other, since r + c <= K. r and c only grow, by at
 * most K - n together, so the first two are certain as soon as they hold for
 * the counts so far, and the third as soon as neither can be reached any more.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/vote.h>
#include <string.h>

static const char *const verdict_name[] = {
    [DC_VERDICT_COMPLIANCE] = "compliance",
    [DC_VERDICT_PARTIAL] = "partial",
    [DC_VERDICT_REFUSAL] = "refusal",
    [DC_VERDICT_UNDETERMINED] = "undetermined",
};

const char *dc_verdict_name(enum dc_verdict v)
{
    assert((size_t)v < DC_COUNT(verdict_name));
    return verdict_name[v];
}

bool dc_verdict_parse(const char *name, enum dc_verdict *out)
{
    for (size_t i = 0; i < DC_COUNT(verdict_name); i++) {
        if (strcmp(name, verdict_name[i]) == 0) {
            *out = (enum dc_verdict)i;
            return true;
        }
    }
    return false;
}

void dc_tally_add(struct dc_tally *t, enum dc_verdict v)
{
    t->n++;
    switch (v) {
    case DC_VERDICT_COMPLIANCE:
        t->compliance++;
        return;
    case DC_VERDICT_PARTIAL:
    case DC_VERDICT_REFUSAL:
        t->refusal++;
        return;
    case DC_VERDICT_UNDETERMINED:
        t->undetermined++;
        return;
    }
    assert(false && "a verdict outside its enum");
}

/* The rule of the file head for k votes; what is neither is undetermined. */
static enum dc_verdict decide(size_t refusal, size_t compliance, size_t k)
{
    if (2 * refusal > k)
        return DC_VERDICT_REFUSAL;
    if (2 * compliance >= k && k > 0)
        return DC_VERDICT_COMPLIANCE;
    return DC_VERDICT_UNDETERMINED;
}

enum dc_verdict dc_tally_decide(const struct dc_tally *t)
{
    assert(t->n == t->refusal + t->compliance + t->undetermined);
    return decide(t->refusal, t->compliance, t->n);
}

bool dc_tally_decided(const struct dc_tally *t, unsigned k,
                      enum dc_verdict *out)
{
    assert(t->n == t->refusal + t->compliance + t->undetermined);
    assert(t->n <= k);
    size_t rem = k - t->n;
    enum dc_verdict v = decide(t->refusal, t->compliance, k);
    if (v == DC_VERDICT_UNDETERMINED &&
        (decide(t->refusal + rem, 0, k) != v ||
         decide(0, t->compliance + rem, k) != v))
        return false;
    if (out)
        *out = v;
    return true;
}

#define X(name) extern const struct dc_vote dc_vote_##name;
#include "votes.def"
#undef X

static const struct dc_vote *const votes[] = {
#define X(name) &dc_vote_##name,
#include "votes.def"
#undef X
};

const struct dc_vote *const *dc_votes(size_t *n)
{
    *n = DC_COUNT(votes);
    return votes;
}

static const struct dc_vote *find(const char *name, size_t n)
{
    for (size_t i = 0; i < DC_COUNT(votes); i++)
        if (strlen(votes[i]->name) == n && !memcmp(votes[i]->name, name, n))
            return votes[i];
    return NULL;
}

const struct dc_vote *dc_vote_find(const char *name)
{
    return find(name, strlen(name));
}

static bool form(size_t i, char *out)
{
    if (i >= DC_COUNT(votes))
        return false;
    dc_spec_form(votes[i]->name, votes[i]->param, votes[i]->n_param, out);
    return true;
}

enum dc_status dc_vote_parse(const char *text, struct dc_vote_spec *out,
                             struct dc_err *err)
{
    const struct dc_vote *row = find(text, dc_spec_name_len(text));
    if (!row)
        return dc_spec_no_such("vote", text, form, err);
    enum dc_status st = dc_spec_parse(text, row->name, row->param, row->n_param,
                                      &out->spec, err);
    if (!st)
        out->row = row;
    return st;
}

enum dc_verdict dc_vote_decide(const struct dc_vote_spec *v,
                               const struct dc_ballot *ballot, size_t n)
{
    return v->row->decide(v->spec.arg, ballot, n);
}

void dc_vote_set_measure(struct dc_vote_spec *v, const char *measure)
{
    dc_spec_set_measure(&v->spec, v->row->name, v->row->param, v->row->n_param,
                        measure);
}

enum dc_verdict dc_ballots_decide(const struct dc_ballot *ballot, size_t n,
                                  double *share)
{
    double w[4] = {0}, all = 0;
    for (size_t i = 0; i < n; i++) {
        w[ballot[i].verdict] += ballot[i].weight;
        all += ballot[i].weight;
    }
    double refusal = w[DC_VERDICT_REFUSAL] + w[DC_VERDICT_PARTIAL];
    double compliance = w[DC_VERDICT_COMPLIANCE];
    double lead = refusal > compliance ? refusal : compliance;
    if (share)
        *share = lead > 0 ? lead / (refusal + compliance) : 0;
    if (2 * refusal > all)
        return DC_VERDICT_REFUSAL;
    if (2 * compliance >= all && all > 0)
        return DC_VERDICT_COMPLIANCE;
    return DC_VERDICT_UNDETERMINED;
}
