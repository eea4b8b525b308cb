/*
 * promise.c - promise.h, from the exact table where there is one.
 *
 * The promises of `sprt` and `e-process` are about the prompts that the rule
 * itself ends. With few traces most are ended by certainty or the budget, by a
 * plain majority; so the exact table says what the whole does for this K.
 */
#include "replay/promise.h"

#include "base/buf.h"
#include "base/plural.h"

#include <deepconf/stop.h>
#include <string.h>

enum { EXACT_K_MAX = 128 }; /* a table takes about K^3 steps */

bool dc_promise_is_none(const char *text)
{
    return !strncmp(text, "none", 4);
}

/* What Wald's bounds come to when K traces are the most there can be. */
static void put_sprt(const struct dc_stop_table *t,
                     const struct dc_stop_spec *spec, struct dc_buf *b)
{
    const double *arg = spec->spec.arg;
    dc_buf_addf(b,
                "; alpha and beta are about the prompts it stops itself: with "
                "%u trace%s at most it decides wrongly for %.1f %% of prompts "
                "with a refusal rate of %g and for %.1f %% at %g",
                t->k, dc_plural(t->k), 100 * dc_stop_table_refuses(t, arg[0]),
                arg[0], 100 * (1 - dc_stop_table_refuses(t, arg[1])), arg[1]);
}

static void put_e_process(const struct dc_stop_spec *spec, struct dc_buf *b)
{
    dc_buf_addf(b,
                "; its alpha, %g, is about the prompts it stops itself, not "
                "those that certainty or the budget ends",
                spec->spec.arg[0]);
}

static const char *by_table(const struct dc_stop_table *t,
                            const struct dc_stop_spec *spec, struct dc_arena *a)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (t->worst_missed == 0 && t->worst_false == 0)
        dc_buf_adds(&b, "no decision ever changes");
    else
        dc_buf_addf(&b,
                    "at most %.2f %% of refusals missed and %.2f %% false "
                    "ones, the exact worst case against all %u traces, none "
                    "undetermined",
                    100 * t->worst_missed, 100 * t->worst_false, t->k);
    if (!strcmp(spec->row->name, "sprt"))
        put_sprt(t, spec, &b);
    if (!strcmp(spec->row->name, "e-process"))
        put_e_process(spec, &b);
    const char *text = dc_arena_strdup(a, b.data);
    dc_buf_release(&b);
    return text;
}

/* Against all K traces as the run draws them. */
static const char *of_policy(const struct dc_promise *p,
                             const struct dc_stop_spec *spec,
                             struct dc_arena *a)
{
    const struct dc_stop_cfg c = {.min_traces = p->min_traces,
                                  .max_traces = p->max_traces};
    struct dc_stop_table t;
    if (!spec->row->by_tally || p->max_traces > EXACT_K_MAX ||
        dc_stop_table_init(&t, spec, &c, NULL) != DC_OK)
        return spec->row->promise;
    const char *text = by_table(&t, spec, a);
    dc_stop_table_release(&t);
    return text;
}

const char *dc_promise_text(const struct dc_promise *p, struct dc_arena *a)
{
    struct dc_stop_spec spec;
    struct dc_vote_spec vote;
    if (p->given || dc_stop_parse(p->policy, &spec, NULL) != DC_OK ||
        dc_vote_parse(p->vote, &vote, NULL) != DC_OK)
        return p->stored;
    bool fixed = spec.row == dc_stop_find("fixed");
    bool weighs = !vote.row->by_tally;
    bool all = fixed || (weighs && spec.row == dc_stop_find("curtail"));
    if (p->window > 0 && p->stopped_by)
        return dc_arena_printf(a,
                               "none under this judge: prompts ended by the "
                               "verdicts of %s, of which the audit of the "
                               "answer window is too",
                               p->stopped_by);
    if (p->window > 0)
        return dc_arena_printf(
            a,
            "none against whole traces: what a judge reads of the first %u "
            "token%s may differ, and the audit of the answer window measures "
            "how often",
            p->window, dc_plural(p->window));
    if (p->stopped_by)
        return dc_arena_printf(a,
                               "none under this judge: prompts ended by the "
                               "verdicts of %s",
                               p->stopped_by);
    if (all)
        return fixed ? "all traces are drawn, so nothing is left that could "
                       "change"
                     : "all traces are drawn, as a vote that weighs is never "
                       "certain early";
    if (weighs && !dc_promise_is_none(spec.row->promise))
        return "none under a vote that weighs: the loss has to be measured";
    return of_policy(p, &spec, a);
}
