/*
 * stop_deepconf.c - DeepConf online (Fu et al. 2025, section 3.3), per prompt.
 *
 * The first N traces are a warm-up. s = percentile(100 (1 - eta)) of their
 * group_min(W) is the bar: a later trace is cut as soon as the mean confidence
 * of a full window falls below s, and neither it nor a warm-up trace below s
 * votes. The others vote with their group_min as weight; when the leader's
 * share of the weight is tau or more, the prompt ends with that answer.
 *
 * A trace to come may weigh anything, so nothing is certain early and
 * curtailment is off.
 */
#include "base/mem.h"

#include <deepconf/stat.h>
#include <deepconf/stop.h>
#include <stdlib.h>

static const struct dc_param param[] = {
    {.name = "eta",
     .help = "share of the warm-up that is kept",
     .def = 0.9,
     .min = 0,
     .max = 1,
     .open_min = true},
    {
        .name = "tau",
        .help = "weight share of the leader",
        .def = 0.95,
        .min = 0.5,
        .max = 1,
    },
    {.name = "W",
     .help = "tokens of a window",
     .def = 32,
     .min = 1,
     .max = 65536,
     .integer = true},
    {.name = "N",
     .help = "traces of the warm-up",
     .def = 3,
     .min = 1,
     .max = 4096,
     .integer = true},
};

enum { ETA, TAU, WINDOW, WARM_UP }; /* as in param */

static unsigned warm_up(const struct dc_stop_view *v)
{
    unsigned n = (unsigned)v->arg[WARM_UP];
    return n < v->c->max_traces ? n : v->c->max_traces;
}

/* s. False during the warm-up; 0, which cuts none, if none has a confidence. */
static bool bar_of(const struct dc_stop_view *v, double *s)
{
    unsigned n = warm_up(v), m = 0;
    if (v->s->tally.n < n)
        return false;
    double *x = dc_xcalloc(n, sizeof *x);
    for (unsigned i = 0; i < n; i++)
        if (v->s->trace[i].has_conf)
            x[m++] = v->s->trace[i].conf;
    *s = m ? dc_share_bar(x, m, v->arg[ETA]) : 0;
    free(x);
    return true;
}

/* The weighted vote of what was neither cut nor below s. */
static enum dc_verdict weigh(const struct dc_stop_view *v, double s,
                             double *share)
{
    unsigned n = v->s->tally.n;
    struct dc_ballot *b = dc_xcalloc(n + 1, sizeof *b);
    for (unsigned i = 0; i < n; i++) {
        const struct dc_stop_trace *t = &v->s->trace[i];
        b[i].verdict = t->verdict;
        if (t->has_conf && !t->cut && t->conf >= s)
            b[i].weight = t->conf;
    }
    enum dc_verdict to = dc_ballots_decide(b, n, share);
    free(b);
    return to;
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    double share = 0, s;
    unsigned n = v->s->tally.n;
    if (!bar_of(v, &s)) {
        *out = (struct dc_stop_next){.reason = "", .need = warm_up(v) - n};
        return;
    }
    weigh(v, s, &share);
    *out = (struct dc_stop_next){.reason = "", .need = 1};
    if (share >= v->arg[TAU])
        *out =
            (struct dc_stop_next){.stop = true, .reason = "weighted consensus"};
}

static bool bar(const struct dc_stop_view *v, double *bar, size_t *window)
{
    *window = (size_t)v->arg[WINDOW];
    return bar_of(v, bar);
}

static enum dc_verdict decide(const struct dc_stop_view *v)
{
    double s = 0;
    bar_of(v, &s);
    return weigh(v, s, NULL);
}

const struct dc_stop_policy dc_stop_deepconf = {
    .name = "deepconf",
    .rule = "after a warm-up of N traces cut traces whose group confidence "
            "falls below their (1 - eta) percentile; stop when the leader "
            "holds the share tau of the weight",
    .promise = "none: the loss against all K traces has to be measured",
    .param = param,
    .n_param = DC_COUNT(param),
    .count_arg = WARM_UP + 1,
    .next = next,
    .own_measure = "group_min",
    .measure_arg = WINDOW,
    .bar = bar,
    .decide = decide,
};
