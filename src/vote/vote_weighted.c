/*
 * vote_weighted.c - each ballot counts by its trace's confidence (Fu et al.
 * 2025, equation 7): V(a) = sum of w_t over the traces that say a.
 */
#include "base/mem.h"

#include <deepconf/vote.h>

static const struct dc_param param[] = {
    {.name = "MEASURE", .help = "that weighs", .measure = true},
};

static enum dc_verdict decide(const double *arg, const struct dc_ballot *ballot,
                              size_t n)
{
    (void)arg;
    return dc_ballots_decide(ballot, n, NULL);
}

const struct dc_vote dc_vote_weighted = {
    .name = "weighted",
    .rule = "as majority, each vote counted by its trace's confidence",
    .param = param,
    .n_param = DC_COUNT(param),
    .decide = decide,
};
