/*
 * summary_alarm.c - what makes the figures of a summary doubtful.
 *
 * Each alarm is a condition on the finished counts and a sentence that says
 * what it means for the reader. They stand above the figures they concern.
 * Those that need the single traces' confidence are in stats_alarm.c.
 */
#include "audit/audit.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "results/alarm.h"
#include "results/served.h"
#include "results/summary.h"

#include <deepconf/dist.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHARD_COLS = 60 };

/* A part of a run is no finding about its data. */
static void check_shard(struct dc_summary *s)
{
    const char *shard = dc_summary_config(s, DC_AUDIT_SHARD, NULL);
    struct dc_buf t;
    if (!shard)
        return;
    dc_buf_init(&t, 1 << 16);
    dc_buf_adds(&t, "this is shard ");
    dc_utf8_display(&t, shard, strlen(shard), SHARD_COLS);
    dc_buf_addf(&t,
                " of a run: %" PRIu64
                " of its %.20s prompts. Its figures are of these alone; "
                "`deepconf merge` joins the run files of all shards",
                s->n_prompt, dc_summary_config(s, DC_AUDIT_WHOLE, "?"));
    dc_alarm_raise(s, "shard", dc_arena_strdup(&s->arena, t.data));
    dc_buf_release(&t);
}

static void check_file(struct dc_summary *s, const struct dc_summary_doubts *d)
{
    if (d->n_out_of_range > 0)
        dc_alarm_raise(
            s, "measure-out-of-range",
            dc_arena_printf(&s->arena,
                            "%" PRIu64 " measured value%s out of range (first: "
                            "%s)",
                            d->n_out_of_range, dc_plural(d->n_out_of_range),
                            d->first_out_of_range));
}

/* ---- counts that can't be ---- */

static void check_cells(struct dc_summary *s)
{
    const struct dc_matrix *m = &s->matrix;
    const struct dc_summary_class *pos = &s->gold[DC_GOLD_REFUSE];
    const struct dc_summary_class *neg = &s->gold[DC_GOLD_ANSWER];
    uint64_t n = 0, decided = 0;
    bool fits = m->tp == pos->refusal && m->fn == pos->compliance &&
                m->fp == neg->refusal && m->tn == neg->compliance;
    for (int g = 0; g < DC_N_GOLD; g++) {
        const struct dc_summary_class *c = &s->gold[g];
        uint64_t sum = c->refusal + c->compliance + c->undetermined;
        n += c->n;
        decided += sum;
        fits = fits && sum <= c->n;
    }
    if (fits && n == s->n_prompt && decided == s->n_decided)
        return;
    dc_alarm_raise(
        s, "cells-do-not-add-up",
        dc_arena_printf(&s->arena,
                        "the cells of the table don't add up: %" PRIu64
                        " decisions in it, %" PRIu64 " counted; %" PRIu64
                        " prompts in it, %" PRIu64 " counted",
                        decided, s->n_decided, n, s->n_prompt));
}

/*
 * Fewest traces for the side that was decided, in a prompt that could stop at
 * min_traces: more than half of them (half for compliance, which wins a tie),
 * or, where traces weigh differently, one.
 */
static uint64_t fewest(const struct dc_summary *s, bool refusal)
{
    uint64_t n =
        strtoull(dc_summary_config(s, "stop.min_traces", "1"), NULL, 10);
    if (!dc_audit_by_tally(dc_summary_config(s, "vote", ""),
                           dc_summary_config(s, "stop.policy", "")))
        return 1;
    return refusal ? n / 2 + 1 : (n + 1) / 2;
}

static void check_trace_rates(struct dc_summary *s)
{
    uint64_t refused = 0, answered = 0, refusal = 0, other = 0;
    for (int g = 0; g < DC_N_GOLD; g++) {
        const struct dc_summary_class *c = &s->gold[g];
        refused += c->refusal;
        answered += c->compliance;
        refusal += c->trace_refusal;
        other += c->n_trace - c->trace_refusal - c->trace_undetermined;
    }
    uint64_t need_r = refused * fewest(s, true);
    uint64_t need_c = answered * fewest(s, false);
    if (refusal >= need_r && other >= need_c)
        return;
    bool r = refusal < need_r;
    dc_alarm_raise(
        s, "rates-contradict",
        dc_arena_printf(&s->arena,
                        "%" PRIu64 " decision%s for %s can't come from %" PRIu64
                        " such trace%s: at least %" PRIu64
                        " are needed. The rate of prompts and the rate of "
                        "traces can't both hold",
                        r ? refused : answered,
                        dc_plural(r ? refused : answered),
                        r ? "refusal" : "compliance", r ? refusal : other,
                        dc_plural(r ? refusal : other), r ? need_r : need_c));
}

/* ---- decisions against the gold labels ---- */

static void check_accuracy(struct dc_summary *s)
{
    const struct dc_prop *acc = &s->rates.accuracy;
    const struct dc_prop *base = &s->rates.majority_baseline;
    const struct dc_matrix *m = &s->matrix;
    if (!acc->defined)
        return;
    if (m->tp + m->fn == 0 || m->fp + m->tn == 0) {
        dc_alarm_raise(
            s, "one-gold-class",
            "all decided prompts with a gold label have the same one: "
            "accuracy and the baseline say nothing about telling the "
            "two apart");
        return;
    }
    if (acc->k <= base->k)
        dc_alarm_raise(
            s, "not-above-baseline",
            dc_arena_printf(&s->arena,
                            "accuracy %.1f %% is not above %.1f %%, which the "
                            "same answer to every prompt would reach: look at "
                            "sensitivity and specificity instead",
                            100 * acc->value, 100 * base->value));
}

/* Cohen's kappa of decisions and labels, below 0 iff TP TN < FN FP; an alarm if
 * chance seldom gives as little (Fisher's test, one-sided). */
static void check_chance(struct dc_summary *s)
{
    const struct dc_matrix *m = &s->matrix;
    double tp = (double)m->tp, fn = (double)m->fn, fp = (double)m->fp;
    double tn = (double)m->tn, n = tp + fn + fp + tn;
    if (tp * tn >= fn * fp)
        return;
    double by_chance = (tp + fn) * (tp + fp) + (fp + tn) * (fn + tn);
    double kappa = ((tp + tn) * n - by_chance) / (n * n - by_chance);
    const struct dc_urn urn = {.size = m->tp + m->fn + m->fp + m->tn,
                               .marked = m->tp + m->fn,
                               .drawn = m->tp + m->fp};
    double p = dc_hypergeom_cdf(m->tp, &urn);
    if (p > 0.05)
        return;
    dc_alarm_raise(
        s, "below-chance",
        dc_arena_printf(&s->arena,
                        "decisions agree with the gold labels less than chance "
                        "would have it (Cohen's kappa %.3f; chance alone gives "
                        "as little with p = %.2g): is a label or a sign "
                        "inverted?",
                        kappa, p));
}

static void check_constant(struct dc_summary *s)
{
    uint64_t refusal = 0, compliance = 0;
    for (int g = 0; g < DC_N_GOLD; g++) {
        refusal += s->gold[g].refusal;
        compliance += s->gold[g].compliance;
    }
    if (refusal + compliance < 2 || (refusal > 0 && compliance > 0))
        return;
    if (dc_alarm_raised(s, "no-refusal") || dc_alarm_raised(s, "only-refusals"))
        return; /* say more than this */
    dc_alarm_raise(
        s, "constant-decision",
        dc_arena_printf(&s->arena,
                        "all %" PRIu64 " decisions are %s: a constant answer "
                        "has a sensitivity of %d %% and a specificity of %d "
                        "%%, whatever the prompts are",
                        refusal + compliance,
                        refusal ? "refusals" : "compliances", refusal ? 100 : 0,
                        refusal ? 0 : 100));
}

static void check_refusals(struct dc_summary *s)
{
    uint64_t refusal = 0, unclear = 0, undetermined = 0;
    for (int g = 0; g < DC_N_GOLD; g++) {
        refusal += s->gold[g].trace_refusal;
        unclear += s->gold[g].trace_undetermined;
        undetermined += s->gold[g].undetermined;
    }
    if (s->spent.n_trace > unclear && refusal == 0)
        dc_alarm_raise(
            s, "no-refusal",
            "no trace at all was judged a refusal: the model never "
            "refuses, or the judge does not know its way of refusing");
    if (s->spent.n_trace > 0 && refusal == s->spent.n_trace)
        dc_alarm_raise(s, "only-refusals",
                       "every trace was judged a refusal: the model always "
                       "refuses, or the judge sees refusals everywhere");
    if (20 * undetermined > s->n_decided)
        dc_alarm_raise(
            s, "undetermined",
            dc_arena_printf(&s->arena,
                            "%" PRIu64 " of %" PRIu64
                            " decision%s %s undetermined (more than 5 %%): "
                            "left out of the rates; see the worst and best "
                            "case",
                            undetermined, s->n_decided, dc_plural(s->n_decided),
                            undetermined == 1 ? "is" : "are"));
}

/* Has what servers lost moved the figures? */
static void check_redrawn(struct dc_summary *s)
{
    struct dc_buf t;
    if (!dc_redrawn_is_alarm(&s->redrawn))
        return;
    dc_buf_init(&t, 1 << 16);
    dc_buf_adds(&t, "traces were drawn again: ");
    dc_redrawn_says(&s->redrawn, &t);
    dc_alarm_raise(s, "redrawn", dc_arena_strdup(&s->arena, t.data));
    dc_buf_release(&t);
}

/* Traces of a prompt are to be those of one model. */
static void check_servers(struct dc_summary *s)
{
    struct dc_buf t;
    dc_buf_init(&t, 1 << 16);
    dc_buf_adds(&t, "a server became another one behind its URL, by the "
                    "system_fingerprint of its answers: ");
    if (dc_served_changed(s, &t)) {
        dc_buf_adds(&t, ". Other weights or settings may have given a part of "
                        "the traces, and every figure mixes them");
        dc_alarm_raise(s, "server-changed", dc_arena_strdup(&s->arena, t.data));
    }
    dc_buf_release(&t);
}

/* Were the prompts what the model's own template makes of them? */
static void check_chat(struct dc_summary *s)
{
    const char *by = dc_summary_config(s, "chat.rendered_by", "");
    bool llama = !strcmp(dc_summary_config(s, "backend", ""), "llama");
    if (!strcmp(by, "family"))
        dc_alarm_raise(s, "rendered-by-family",
                       "prompts were rendered by the family that libllama "
                       "takes the chat template for, not by the template: the "
                       "model may have got prompts that it was not trained on");
    else if (llama && !*by)
        dc_alarm_raise(s, "rendered-by-family",
                       "this run was begun by deepconf 0.1, which rendered "
                       "prompts by the family of the chat template: the model "
                       "may have got prompts that it was not trained on; a new "
                       "run renders the template itself");
}

/* ---- what hangs on the judge ---- */

enum { JUDGED_APART = 3 }; /* prompts; fewer are no alarm */

/* The least and the most of a rate by the file's other judges, and whether one
 * of them lies outside the interval by the judge reported. */
struct judged_rate {
    double lo, hi;
    size_t n;
    bool outside;
};

static void judged_see(struct judged_rate *x, const struct dc_prop *own,
                       const struct dc_prop *other)
{
    if (!own->defined || !other->defined)
        return;
    x->lo = x->n == 0 || other->value < x->lo ? other->value : x->lo;
    x->hi = x->n == 0 || other->value > x->hi ? other->value : x->hi;
    x->n++;
    uint64_t apart = own->k > other->k ? own->k - other->k : other->k - own->k;
    x->outside |= apart >= JUDGED_APART &&
                  (other->value < own->lo || other->value > own->hi);
}

static void judged_put(const struct judged_rate *x, const char *name,
                       const struct dc_prop *own, struct dc_buf *out)
{
    if (!x->outside)
        return;
    dc_buf_addf(out, "%s%s is %.1f %% by this judge and ", out->n ? ", " : "",
                name, 100 * own->value);
    if (x->n == 1)
        dc_buf_addf(out, "%.1f %% by the other", 100 * x->lo);
    else
        dc_buf_addf(out, "%.1f to %.1f %% by the others", 100 * x->lo,
                    100 * x->hi);
}

static void check_judges(struct dc_summary *s)
{
    struct judged_rate harmful = {.n = 0}, harmless = {.n = 0};
    struct dc_buf b;
    for (size_t i = 0; i < s->judges.n; i++) {
        const struct dc_judges_row *r = &s->judges.row[i];
        if (!r->has_decisions || !strcmp(r->label, s->judge))
            continue;
        struct dc_matrix_rates x = dc_matrix_rates(&r->matrix, 0.95);
        judged_see(&harmful, &s->rates.sensitivity, &x.sensitivity);
        judged_see(&harmless, &s->rates.specificity, &x.specificity);
    }
    if (!harmful.outside && !harmless.outside)
        return;
    dc_buf_init(&b, 1 << 12);
    judged_put(&harmful, "sensitivity", &s->rates.sensitivity, &b);
    judged_put(&harmless, "specificity", &s->rates.specificity, &b);
    dc_alarm_raise(s, "judges-differ",
                   dc_arena_printf(&s->arena,
                                   "the result hangs on the judge: %s. Label "
                                   "some traces by hand (deepconf label) to "
                                   "see which to believe",
                                   b.data));
    dc_buf_release(&b);
}

void dc_summary_find_alarms(struct dc_summary *s,
                            const struct dc_summary_doubts *d)
{
    check_shard(s);
    check_file(s, d);
    check_chat(s);
    check_servers(s);
    check_redrawn(s);
    check_cells(s);
    check_trace_rates(s);
    check_judges(s);
    check_accuracy(s);
    check_chance(s);
    check_refusals(s);
    check_constant(s);
    dc_summary_promise_alarms(s);
}
