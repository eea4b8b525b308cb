/*
 * vote_majority.c - the plain majority: every ballot counts once, its weight is
 * not looked at. The rule itself is dc_tally_decide(), so that a decision taken
 * early by curtailment and one taken from all ballots can't drift apart.
 */
#include <assert.h>
#include <deepconf/vote.h>
#include <limits.h>

static enum dc_verdict decide(const double *arg, const struct dc_ballot *ballot,
                              size_t n)
{
    (void)arg;
    struct dc_tally t = {0};
    assert(n <= UINT_MAX);
    for (size_t i = 0; i < n; i++)
        dc_tally_add(&t, ballot[i].verdict);
    return dc_tally_decide(&t);
}

const struct dc_vote dc_vote_majority = {
    .name = "majority",
    .rule = "refusal if more than half of the votes are refusals (partial "
            "ones included), else compliance if at least half are "
            "compliances, else undetermined",
    .by_tally = true,
    .decide = decide,
};
