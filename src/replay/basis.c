/*
 * basis.c - which prompts replays of a run are over: all that could be run, or
 * none at all (record.h).
 *
 * A replay holds a policy against the majority over all K traces. Where a run
 * stopped before that majority was certain, it is not known, and the prompts
 * where it is known are those that the stopping rule did not end too soon: a
 * selection by the very outcome that a replay counts. So a run is taken whole
 * or not at all. It is taken
 *
 *   - if `fixed` or `curtail` drew it: nothing but certainty or the budget can
 *     have ended a prompt. Under another judge a vote that was certain may be
 *     open: the run is taken only if that is so for no prompt;
 *   - if every prompt has all K traces, none cut by its confidence: whatever
 *     drew them, and whatever judge is asked.
 *
 * A run that is not finished is taken as far as the first prompt that is not
 * decided. The engine works on several prompts at once, and those it still has
 * in hand are the ones that take many traces: behind that place, to be decided
 * already is an outcome.
 */
#include "base/plural.h"
#include "replay/record.h"

#include <string.h>

static bool can_run(const struct dc_record *r, size_t i)
{
    return !r->prompt[i].problem;
}

/* The first prompt that is not decided; n_prompt: all are. */
static size_t first_open(const struct dc_record *r)
{
    size_t i = 0;
    while (i < r->n_prompt && (!can_run(r, i) || r->prompt[i].has_decision))
        i++;
    return i;
}

/* Does the policy end a prompt by certainty or the budget alone? */
static bool ends_when_certain(const struct dc_record *r)
{
    struct dc_stop_spec p;
    if (!r->knows.drawn || dc_stop_parse(r->policy, &p, NULL) != DC_OK)
        return false;
    return p.row == dc_stop_find("fixed") || p.row == dc_stop_find("curtail");
}

/* What the prompts before the first open one have. */
struct seen {
    size_t n;       /* that could be run */
    size_t n_short; /* of them: not drawn to all K traces */
    size_t n_known; /* of them: the majority over all K is certain */
    size_t n_cut;   /* traces cut by their confidence */
};

static struct seen look(struct dc_record *r, size_t end)
{
    struct seen s = {0};
    for (size_t i = 0; i < end; i++) {
        struct dc_record_prompt *p = &r->prompt[i];
        struct dc_tally t = {0};
        if (!can_run(r, i))
            continue;
        for (unsigned k = 0; k < p->n_trace; k++) {
            dc_tally_add(&t, r->trace[p->first + k].verdict);
            s.n_cut += r->trace[p->first + k].cut;
        }
        p->has_full = dc_tally_decided(&t, r->k, &p->full);
        s.n++;
        s.n_short += p->n_trace < r->k;
        s.n_known += p->has_full;
    }
    return s;
}

/* ---- why not ---- */

static const char *not_given(struct dc_record *r, const struct seen *s)
{
    return dc_arena_printf(
        &r->arena,
        "%zu of %zu prompt%s of the input %s fewer than %u traces, and why "
        "they ended there is not known: a replay would be over the others "
        "alone, which may be those that took many. Import an input with as "
        "many traces for every prompt",
        s->n_short, s->n, dc_plural(s->n), dc_have(s->n_short), r->k);
}

static const char *not_by_judge(struct dc_record *r, const struct seen *s)
{
    return dc_arena_printf(
        &r->arena,
        "the run was drawn with --stop %s under the verdicts of another judge "
        "than %s: %zu of %zu prompt%s %s fewer than %u traces, and for %zu of "
        "them those drawn leave open what %s decides over all of them. A "
        "replay would be over the others alone, which are not like them. Run "
        "with --stop fixed to replay under any judge",
        r->policy, r->judge, s->n_short, s->n, dc_plural(s->n),
        dc_have(s->n_short), r->k, s->n - s->n_known, r->judge);
}

static const char *not_by_policy(struct dc_record *r, const struct seen *s)
{
    if (s->n_cut > 0)
        return dc_arena_printf(
            &r->arena,
            "the run was drawn with --stop %s, which cut %zu trace%s: what "
            "the whole traces say is not known, and so neither is the "
            "majority over all %u, the reference of a replay. Run with --stop "
            "fixed",
            r->policy, s->n_cut, dc_plural(s->n_cut), r->k);
    return dc_arena_printf(
        &r->arena,
        "the run was drawn with --stop %s, which may end a prompt before the "
        "majority over all %u traces is certain, the reference of a replay: "
        "it is certain for %zu of %zu prompt%s, %s. Run with --stop fixed, or "
        "curtail",
        r->policy, r->k, s->n_known, s->n, dc_plural(s->n),
        s->n_known < s->n
            ? "and those are not like the others, since that rule did not end "
              "them early"
            : "but by luck: if runs were replayed when they come out so, "
              "and refused when they do not, figures would be too good");
}

static const char *why_not(struct dc_record *r, const struct seen *s,
                           bool finished)
{
    bool certain = ends_when_certain(r);
    bool whole = s->n_short == 0 && s->n_cut == 0;
    if (r->n_prompt == 0)
        return DC_RECORD_EMPTY;
    if (whole && (finished || certain))
        return NULL;
    if (certain && s->n_known == s->n && s->n_cut == 0)
        return NULL;
    if (!r->knows.drawn)
        return not_given(r, s);
    return certain && r->judge_note ? not_by_judge(r, s) : not_by_policy(r, s);
}

/* ---- the whole ---- */

void dc_record_settle(struct dc_record *r)
{
    size_t end = first_open(r);
    struct seen s = look(r, end);
    r->n_full = r->n_cannot = r->n_behind = r->n_ahead = 0;
    r->no_replay = why_not(r, &s, end == r->n_prompt);
    for (size_t i = 0; i < r->n_prompt; i++) {
        struct dc_record_prompt *p = &r->prompt[i];
        bool behind = can_run(r, i) && i >= end;
        p->has_full = p->has_full && i < end && !r->no_replay;
        r->n_full += p->has_full;
        r->n_cannot += !can_run(r, i);
        r->n_behind += behind;
        r->n_ahead += behind && p->has_decision;
    }
}

void dc_record_basis(const struct dc_record *r, struct dc_buf *out)
{
    const char *gap = out->n > 0 ? " " : "";
    if (r->n_cannot > 0) {
        dc_buf_addf(out, "%s%zu prompt%s left out: %s.", gap, r->n_cannot,
                    dc_plural(r->n_cannot),
                    r->knows.drawn ? "could not be run"
                                   : "no response in the input");
        gap = " ";
    }
    if (r->n_behind > 0) {
        dc_buf_addf(out,
                    "%sThe run is not finished: the figures are over the "
                    "prompts before the first that is not decided, in the "
                    "order of the data; %zu left out",
                    gap, r->n_behind);
        if (r->n_ahead > 0)
            dc_buf_addf(out,
                        ", %zu of them decided already, which would be those "
                        "that ended soonest",
                        r->n_ahead);
        dc_buf_addc(out, '.');
        gap = " ";
    }
    if (r->run_window > 0)
        dc_buf_addf(out,
                    "%sThe run's traces end after %u token%s (its answer "
                    "window), those of the audit apart, so that the reference "
                    "is the majority over all %u such traces, not over whole "
                    "ones.",
                    gap, r->run_window, dc_plural(r->run_window), r->k);
}
