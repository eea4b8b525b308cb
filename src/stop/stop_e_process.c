/*
 * stop_e_process.c - stop when an e-process has shown on which side of one half
 * the model's own refusal rate p lies (mixture martingale of Robbins 1970;
 * Ville's inequality).
 *
 * Against p <= 1/2, with the uniform prior on (1/2, 1) and x refusals of n,
 *   E_n = 2^(n+1) B(x+1, n-x+1) P(Beta(x+1, n-x+1) > 1/2)
 *       = sum over j = 0 .. x of C(n+1, j) / ((n+1) C(n, x)),
 * and mirrored for compliances. E_n >= 1/alpha ever happens with probability
 * alpha at most if the hypothesis holds, however long one looks. That speaks of
 * the stops of this rule, not of prompts that curtailment or the budget ends.
 * An undetermined verdict counts against both sides.
 */
#include "base/mem.h"

#include <deepconf/stop.h>

static const struct dc_param param[] = {
    {.name = "alpha",
     .help = "error probability",
     .def = 0.05,
     .min = 0,
     .max = 0.5,
     .open_min = true,
     .open_max = true},
};

/* The sum over j from x down: each term from the one before. */
static double e_value(unsigned x, unsigned n)
{
    double m = n + 1, term = m / (m - x), sum = 0;
    for (unsigned j = x;; j--) {
        sum += term;
        if (j == 0)
            return sum / m;
        term *= j / (m - j + 1);
    }
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    const struct dc_tally *t = &v->s->tally;
    *out = (struct dc_stop_next){.reason = "", .need = 1};
    if (e_value(t->refusal, t->n) >= 1 / v->arg[0] ||
        e_value(t->compliance, t->n) >= 1 / v->arg[0])
        *out = (struct dc_stop_next){.stop = true,
                                     .reason = "the e-value is large"};
}

const struct dc_stop_policy dc_stop_e_process = {
    .name = "e-process",
    .rule = "stop when the e-value against the other side of one half reaches "
            "1/alpha",
    .promise = "an exact worst case, which `deepconf sweep` gives; alpha is "
               "about the prompts it stops itself alone: it stops at most that "
               "share on the wrong side of one half, and wrong decisions of "
               "those that certainty or the budget ends come on top",
    .param = param,
    .n_param = DC_COUNT(param),
    .under_curtail = true,
    .by_tally = true,
    .next = next,
};
