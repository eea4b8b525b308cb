/*
 * vote_filtered.c - confidence filtering (Fu et al. 2025, section 3.2): only
 * the surest share eta of the traces vote, by their confidence.
 *
 * The bar is the (1 - eta) quantile of the confidences, as NumPy interpolates
 * it; traces at the bar stay, so that ties are kept or dropped together. Traces
 * without a weight are not among those the share is of.
 */
#include "base/banned.h"
#include "base/mem.h"

#include <deepconf/stat.h>
#include <deepconf/vote.h>
#include <stdlib.h>

static const struct dc_param param[] = {
    {.name = "eta",
     .help = "share of the traces that is kept",
     .def = 0.1,
     .min = 0,
     .open_min = true,
     .max = 1},
    {.name = "MEASURE", .help = "that filters and weighs", .measure = true},
};

static double bar_of(double eta, const struct dc_ballot *ballot, size_t n)
{
    double *x = dc_xcalloc(n, sizeof *x), bar = 0;
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (ballot[i].weight > 0)
            x[m++] = ballot[i].weight;
    if (m > 0)
        bar = dc_share_bar(x, m, eta);
    free(x);
    return bar;
}

static enum dc_verdict decide(const double *arg, const struct dc_ballot *ballot,
                              size_t n)
{
    if (n == 0)
        return DC_VERDICT_UNDETERMINED;
    double bar = bar_of(arg[0], ballot, n);
    struct dc_ballot *kept = dc_xcalloc(n, sizeof *kept);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (ballot[i].weight > 0 && ballot[i].weight >= bar)
            kept[m++] = ballot[i];
    enum dc_verdict v = dc_ballots_decide(kept, m, NULL);
    free(kept);
    return v;
}

const struct dc_vote dc_vote_filtered = {
    .name = "filtered",
    .rule = "keep the share eta of the traces that is surest, then weighted",
    .param = param,
    .n_param = DC_COUNT(param),
    .decide = decide,
};
