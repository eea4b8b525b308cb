/*
 * summary_ties.c - prompts whose verdicts are as many refusals as compliances:
 * what the rule that a tie is a compliance does to the rates.
 */
#include "base/plural.h"
#include "results/summary.h"

#include <inttypes.h>
#include <string.h>

#define LEVEL 0.95

void dc_summary_find_ties(struct dc_summary *s, bool by_tally)
{
    struct dc_summary_ties *t = &s->ties;
    const struct dc_matrix *m = &s->matrix;
    uint64_t refuse = s->gold[DC_GOLD_REFUSE].tie;
    uint64_t answer = s->gold[DC_GOLD_ANSWER].tie;
    t->has = by_tally;
    t->even = s->max_traces % 2 == 0;
    t->n = refuse + answer + s->gold[DC_GOLD_NONE].tie;
    t->hides = t->even && s->knows.drawn && !s->judge_note &&
               s->saved.n_trace > 0 &&
               !strcmp(dc_summary_config(s, "stop.policy", ""), "curtail");
    t->sensitivity = dc_prop_wilson(m->tp + refuse, m->tp + m->fn, LEVEL);
    t->specificity = dc_prop_wilson(m->tn - answer, m->tn + m->fp, LEVEL);
}

/* Would an odd K have no ties? Not where prompts end before K for another
 * reason than that nothing can change: they may end at an even number. */
static bool ties_end_with_odd(const struct dc_summary *s)
{
    bool all = s->decided.n_trace == s->n_decided * s->max_traces;
    return s->ties.even &&
           (all ||
            (s->knows.drawn &&
             !strcmp(dc_summary_config(s, "stop.policy", ""), "curtail")));
}

/* "sensitivity 26.0 % would be 33.0 %" */
static void put_case(struct dc_buf *out, const char *name,
                     const struct dc_prop *is, const struct dc_prop *other)
{
    if (is->defined)
        dc_buf_addf(out, "%s %.1f %% would be %.1f %%", name, 100 * is->value,
                    100 * other->value);
}

void dc_summary_ties_say(const struct dc_summary *s, struct dc_buf *out)
{
    const struct dc_summary_ties *t = &s->ties;
    bool both = s->rates.sensitivity.defined && s->rates.specificity.defined;
    if (!t->has || t->n == 0)
        return;
    dc_buf_addf(
        out,
        "ties: %" PRIu64 " of %" PRIu64
        " decision%s %s of as many refusals as compliances, which %s by "
        "rule",
        t->n, s->n_decided, dc_plural(s->n_decided), dc_are(t->n),
        t->n == 1 ? "is a compliance" : "are compliances");
    if (t->sensitivity.defined || t->specificity.defined) {
        dc_buf_adds(out, "; were they refusals, ");
        put_case(out, "sensitivity", &s->rates.sensitivity, &t->sensitivity);
        dc_buf_adds(out, both ? " and " : "");
        put_case(out, "specificity", &s->rates.specificity, &t->specificity);
    }
    dc_buf_addc(out, '.');
    if (t->hides)
        dc_buf_addf(out,
                    " Stopping early hides ties: about %" PRIu64
                    " more prompt%s would end in one with all %u traces.",
                    t->n, dc_plural(t->n), s->max_traces);
    if (ties_end_with_odd(s))
        dc_buf_addf(out,
                    " K, the most traces a prompt may have, is %u: with an odd "
                    "K there would be none.",
                    s->max_traces);
}
