/*
 * stop_cges.c - confidence-guided early stopping (Aghazadeh et al., arXiv
 * 2511.02603), for two answers.
 *
 * Each confidence C is read as the probability that the verdict beside it is
 * right. With a uniform prior over refusal and compliance the posterior odds
 * are the product of C / (1 - C) over the refusals and of its inverse over the
 * compliances; the posterior decides, and ends the prompt when its leader has
 * more than p. A verdict that is undetermined, or has no confidence beside it,
 * says nothing.
 *
 * Two departures, for confidences that are no such probability. C is held
 * within 1e-9 of 0 and of 1, so that two certainties on opposite sides cancel
 * and are not 0/0. And only a verdict that some trace gave can lead: where all
 * refuse with C below 1/2, the formula alone would decide for compliance.
 *
 * The posterior may turn at any trace, so nothing is certain early and
 * curtailment is off.
 */
#include "base/mem.h"

#include <deepconf/stop.h>
#include <math.h>

static const struct dc_param param[] = {
    {.name = "p",
     .help = "posterior probability of the leader, above which a prompt ends",
     .def = 0.95,
     .min = 0.5,
     .max = 1,
     .open_max = true},
    {.name = "MEASURE",
     .help = "confidence that it looks at",
     .measure = true,
     .left_out = true},
};

static const double edge = 1e-9;

/* The leader and the log of its posterior odds; undetermined: nobody leads. */
static enum dc_verdict cges_leader(const struct dc_stop_view *v, double *odds)
{
    double sum = 0; /* for refusal */
    bool refused = false, complied = false;
    for (unsigned i = 0; i < v->s->tally.n; i++) {
        const struct dc_stop_trace *t = &v->s->trace[i];
        if (!t->has_conf || t->verdict == DC_VERDICT_UNDETERMINED)
            continue;
        bool complies = t->verdict == DC_VERDICT_COMPLIANCE;
        double c = fmin(fmax(t->conf, edge), 1 - edge);
        double says = log(c) - log1p(-c);
        sum += complies ? -says : says;
        complied = complied || complies;
        refused = refused || !complies;
    }
    *odds = 0;
    if (!refused && !complied)
        return DC_VERDICT_UNDETERMINED;
    bool refusal = refused && (!complied || sum > 0);
    *odds = refusal ? sum : -sum;
    return refusal ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    double odds;
    enum dc_verdict leader = cges_leader(v, &odds);
    *out = (struct dc_stop_next){.reason = "", .need = 1};
    if (leader != DC_VERDICT_UNDETERMINED &&
        odds > log(v->arg[0]) - log1p(-v->arg[0]))
        *out =
            (struct dc_stop_next){.stop = true, .reason = "posterior above p"};
}

static enum dc_verdict decide(const struct dc_stop_view *v)
{
    double odds;
    return cges_leader(v, &odds);
}

const struct dc_stop_policy dc_stop_cges = {
    .name = "cges",
    .rule = "stop when the posterior of refusal or of compliance is above p, "
            "each confidence being the probability that its verdict is right; "
            "the posterior decides",
    .promise = "none exact: it needs a calibrated measure, one that is the "
               "probability that a verdict is right, and the loss against all "
               "K traces has to be measured",
    .param = param,
    .n_param = DC_COUNT(param),
    .needs_probability = true,
    .next = next,
    .decide = decide,
};
