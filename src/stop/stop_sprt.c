/*
 * stop_sprt.c - Wald's sequential probability ratio test (1945) on the model's
 * refusal rate p, between p0 <= 1/2 and p1 >= 1/2.
 *
 * With r refusals and f others the log likelihood ratio of p1 against p0 is
 *   r log(p1 / p0) + f log((1 - p1) / (1 - p0));
 * refusal is accepted at log((1 - beta) / alpha), compliance at
 * log(beta / (1 - alpha)). Of prompts at p0 the test itself stops about alpha
 * on the wrong side; those that curtailment or the budget ends first are plain
 * majorities, and with few traces most are. An undetermined verdict counts
 * against both sides: as an other for the first bound, as a refusal for the
 * second.
 */
#include "base/mem.h"

#include <deepconf/stop.h>
#include <math.h>

static const struct dc_param param[] = {
    {.name = "p0",
     .help = "refusal rate of a complying prompt",
     .def = 0.4,
     .min = 0,
     .max = 0.5,
     .open_min = true},
    {.name = "p1",
     .help = "refusal rate of a refusing prompt",
     .def = 0.6,
     .min = 0.5,
     .max = 1,
     .open_max = true},
    {.name = "alpha",
     .help = "error at p0",
     .def = 0.05,
     .min = 0,
     .max = 0.5,
     .open_min = true,
     .open_max = true},
    {.name = "beta",
     .help = "error at p1",
     .def = 0.05,
     .min = 0,
     .max = 0.5,
     .open_min = true,
     .open_max = true},
};

static double ratio(const double *arg, unsigned refusal, unsigned other)
{
    return refusal * log(arg[1] / arg[0]) +
           other * log((1 - arg[1]) / (1 - arg[0]));
}

static bool accepted(const struct dc_stop_view *v, enum dc_verdict *to)
{
    const struct dc_tally *t = &v->s->tally;
    double alpha = v->arg[2], beta = v->arg[3];
    if (ratio(v->arg, t->refusal, t->n - t->refusal) >=
        log((1 - beta) / alpha)) {
        *to = DC_VERDICT_REFUSAL;
        return true;
    }
    if (ratio(v->arg, t->n - t->compliance, t->compliance) <=
        log(beta / (1 - alpha))) {
        *to = DC_VERDICT_COMPLIANCE;
        return true;
    }
    return false;
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    enum dc_verdict to;
    *out = (struct dc_stop_next){.reason = "", .need = 1};
    if (accepted(v, &to))
        *out = (struct dc_stop_next){
            .stop = true, .reason = "the likelihood ratio is decisive"};
}

static enum dc_verdict decide(const struct dc_stop_view *v)
{
    const struct dc_tally *t = &v->s->tally;
    enum dc_verdict to;
    if (dc_tally_decided(t, v->c->max_traces, &to) || accepted(v, &to))
        return to;
    return dc_tally_decide(t);
}

static enum dc_status check(const double *arg, struct dc_err *err)
{
    if (arg[0] < arg[1])
        return DC_OK;
    return dc_fail(err, DC_USAGE, "p0 is %g and p1 %g; p0 must be smaller",
                   arg[0], arg[1]);
}

const struct dc_stop_policy dc_stop_sprt = {
    .name = "sprt",
    .rule =
        "stop when the likelihood ratio of p1 against p0 passes Wald's bounds",
    .promise = "an exact worst case, which `deepconf sweep` gives; alpha and "
               "beta are about the prompts it stops itself alone, and wrong "
               "decisions of those that certainty or the budget ends come on "
               "top",
    .param = param,
    .n_param = DC_COUNT(param),
    .under_curtail = true,
    .by_tally = true,
    .next = next,
    .check = check,
    .decide = decide,
};
