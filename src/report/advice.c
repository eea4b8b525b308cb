/*
 * advice.c - recommendations (findings.h): each is a rule on the facts, stated
 * beside what it recommends, so that a reader can disagree with the rule.
 */
#include "base/plural.h"
#include "report/findings.h"
#include "results/alarm.h"
#include "results/calibrate_report.h"
#include "results/sweep_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Half an interval that a rate should have at most, and its normal quantile. */
#define HALF_WIDTH 0.05
#define Z95 1.959963984540054

enum { LEAST_CLASS = 30 };

/* ---- can the figures be used at all? ---- */

static void mend_first(const struct dc_facts *f, struct dc_findings *l)
{
    static const char *const grave[] = {"measure-out-of-range",
                                        "cells-do-not-add-up",
                                        "rates-contradict", "traces-disagree"};
    const char *list = "";
    for (size_t i = 0; i < sizeof grave / sizeof grave[0]; i++)
        if (dc_alarm_raised(&f->summary, grave[i]))
            list = dc_arena_printf(&l->arena, "%s%s%s", list,
                                   list[0] ? ", " : "", grave[i]);
    if (!list[0])
        return;
    dc_findings_add(
        l, "mend-first",
        dc_arena_printf(&l->arena,
                        "Use none of these figures before the cause is found "
                        "of: %s.",
                        list),
        "an alarm says that counts can't be, or a measure is not what its name "
        "says");
}

static void go_on(const struct dc_facts *f, struct dc_findings *l)
{
    const struct dc_summary *s = &f->summary;
    uint64_t n = s->n_prompt - s->n_decided;
    if (n == 0)
        return;
    dc_findings_add(
        l, "go-on",
        dc_arena_printf(
            &l->arena,
            "Let the run go on before anything is said of it: %" PRIu64
            " of %" PRIu64 " prompt%s %s not decided yet. The "
            "command that began it goes on where it ended.",
            n, s->n_prompt, dc_plural(s->n_prompt), n == 1 ? "is" : "are"),
        "not all prompts are decided");
}

static void give_labels(const struct dc_facts *f, struct dc_findings *l)
{
    if (dc_summary_has_gold(&f->summary))
        return;
    dc_findings_add(l, "give-labels",
                    "Give gold labels, to know how often the decisions are "
                    "right: name the column that has them (--field "
                    "label=COLUMN) or the data set (--benchmark).",
                    "no prompt has a gold label");
}

static void check_labels(const struct dc_facts *f, struct dc_findings *l)
{
    if (dc_alarm_raised(&f->summary, "below-chance"))
        dc_findings_add(
            l, "check-labels",
            "Look at ten prompts of each gold label and their decisions by "
            "hand: a label, or the column it was read from, may be turned "
            "round.",
            "decisions agree with the labels less than chance");
}

/* ---- rates ---- */

static void not_accuracy(const struct dc_facts *f, struct dc_findings *l)
{
    if (dc_alarm_raised(&f->summary, "not-above-baseline"))
        dc_findings_add(l, "not-accuracy",
                        "Report sensitivity and specificity, and leave "
                        "accuracy out.",
                        "accuracy is not above the majority baseline");
}

static const char *class_wants(struct dc_findings *l, const char *name,
                               const struct dc_prop *p,
                               const struct dc_summary_class *c)
{
    if (c->n >= LEAST_CLASS && p->n < LEAST_CLASS)
        return NULL; /* enough, but for the undetermined */
    if (p->n < LEAST_CLASS || !p->defined)
        return dc_arena_printf(&l->arena,
                               "%s rests on %" PRIu64
                               " prompt%s: take at least "
                               "%d of that label",
                               name, p->n, dc_plural(p->n), LEAST_CLASS);
    if (p->hi - p->lo <= 4 * HALF_WIDTH)
        return NULL;
    double n =
        ceil(Z95 * Z95 * p->value * (1 - p->value) / (HALF_WIDTH * HALF_WIDTH));
    return dc_arena_printf(&l->arena,
                           "the interval of the %s is %.0f points wide: about "
                           "%.0f prompts of that label would bring it to 10",
                           name, 100 * (p->hi - p->lo), n < 1 ? 1 : n);
}

static void more_prompts(const struct dc_facts *f, struct dc_findings *l)
{
    const struct dc_summary *s = &f->summary;
    const struct dc_matrix_rates *r = &s->rates;
    if (s->n_decided < s->n_prompt || !dc_summary_has_gold(s))
        return; /* go on with it, or label it, first */
    const char *a = class_wants(l, "sensitivity", &r->sensitivity,
                                &s->gold[DC_GOLD_REFUSE]);
    const char *b = class_wants(l, "specificity", &r->specificity,
                                &s->gold[DC_GOLD_ANSWER]);
    if (!a && !b)
        return;
    dc_findings_add(
        l, "more-prompts",
        dc_arena_printf(&l->arena, "Take more prompts: %s%s%s.", a ? a : "",
                        a && b ? "; " : "", b ? b : ""),
        "fewer than 30 prompts of a label, or an interval wider than 20 "
        "points; z^2 p (1 - p) / 0.05^2 prompts give one of 10");
}

static void undetermined(const struct dc_facts *f, struct dc_findings *l)
{
    if (dc_alarm_raised(&f->summary, "undetermined"))
        dc_findings_add(l, "undetermined",
                        "Find out why traces are undetermined before the rates "
                        "are used; traces cut while thinking need a higher "
                        "limit of tokens (--max-tokens).",
                        "more than 5 % of the decisions are undetermined");
}

/* ---- the judge ---- */

static void validate(const struct dc_facts *f, struct dc_findings *l)
{
    if (f->has_correction)
        return;
    dc_findings_add(
        l, "validate-judge",
        dc_arena_printf(&l->arena,
                        "Hold the judge %s against labelled responses "
                        "(deepconf validate-judge) and give the result to "
                        "report --correct-with.",
                        f->summary.judge),
        "the errors of the judge were not given");
}

static void no_refusal(const struct dc_facts *f, struct dc_findings *l)
{
    if (dc_alarm_raised(&f->summary, "no-refusal") ||
        dc_alarm_raised(&f->summary, "only-refusals"))
        dc_findings_add(l, "read-traces",
                        "Read twenty traces (deepconf show RUN --prompt ID) "
                        "before anything is said of the model: the judge may "
                        "not know its way of refusing.",
                        "every trace, or none, is a refusal");
}

/* ---- stopping ---- */

static void safe_stop(const struct dc_facts *f, struct dc_findings *l)
{
    const struct dc_sweep_row *best = NULL;
    if (!f->has_sweep)
        return;
    for (size_t i = 0; i < f->sweep.n_row; i++) {
        const struct dc_sweep_row *r = &f->sweep.row[i];
        if (dc_sweep_is_safe(&f->sweep, r) &&
            (!best ||
             dc_sweep_cost(&f->sweep, r) < dc_sweep_cost(&f->sweep, best)))
            best = r;
    }
    const struct dc_sweep_saved saved =
        best ? dc_sweep_saving(&f->sweep, best)
             : (struct dc_sweep_saved){.has_traces = false};
    if (!saved.has_traces || saved.traces <= 0)
        return;
    dc_findings_add(
        l, "stop-safely",
        dc_arena_printf(
            &l->arena,
            "%s --stop '%s': it would have saved %s, and can't "
            "change a decision.",
            f->record.knows.drawn ? "Run with"
                                  : "If such traces are drawn by deepconf, use",
            best->setting.policy.spec.text, dc_findings_saved(l, &saved)),
        "the cheapest setting whose exact worst case is no change");
}

static void offered(const struct dc_facts *f, struct dc_findings *l)
{
    struct dc_buf b;
    if (!f->has_calibrate || !f->calibrate.has_offer)
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_calibrate_options(&f->calibrate, f->calibrate.offer, &b);
    dc_findings_add(
        l, "stop-with-promise",
        dc_arena_printf(&l->arena,
                        "If a loss of at most %g %% of the refusals will do, "
                        "%s %s.",
                        100 * f->calibrate.cfg.promise.alpha,
                        f->record.knows.drawn ? "run with"
                                              : "draw such traces with",
                        b.data),
        "the cheapest setting that passed Learn then Test");
    dc_buf_release(&b);
}

static void draw_all(const struct dc_facts *f, struct dc_findings *l)
{
    bool short_of = f->has_sweep && !f->sweep.has_full_cost;
    if (!short_of && !f->record.no_replay)
        return;
    if (!f->record.knows.drawn)
        dc_findings_add(
            l, "draw-all",
            dc_arena_printf(&l->arena,
                            "To compare stopping rules, import an input that "
                            "has %u traces for every prompt: what those that "
                            "are not there would have said is not known.",
                            f->record.k),
            "not all prompts of the input have all traces");
    else
        dc_findings_add(
            l, "draw-all",
            dc_arena_printf(&l->arena,
                            "To compare stopping rules or judges, or for "
                            "shares of traces without bias, run once with "
                            "--stop fixed: this run stopped by %s, and what "
                            "the traces it left out would have said is not "
                            "known.",
                            f->record.policy),
            "not all traces of all prompts were drawn whole");
}

void dc_advice_make(const struct dc_facts *f, struct dc_findings *out)
{
    *out = (struct dc_findings){.n = 0};
    dc_arena_init(&out->arena);
    mend_first(f, out);
    go_on(f, out);
    give_labels(f, out);
    check_labels(f, out);
    no_refusal(f, out);
    not_accuracy(f, out);
    more_prompts(f, out);
    undetermined(f, out);
    validate(f, out);
    safe_stop(f, out);
    offered(f, out);
    draw_all(f, out);
}
