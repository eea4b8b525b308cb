/*
 * stats_alarm.c - what the single traces make doubtful.
 *
 * An AUROC is taken to be on one side of 1/2 if its interval is, even after a
 * correction for the number of measures. Alarms of several measures are one
 * alarm that names them, since measures of one run resemble each other.
 */
#include "base/plural.h"
#include "results/alarm.h"
#include "results/stats_report.h"

#include <inttypes.h>

/* ---- a list of measures in one sentence ---- */

struct names {
    struct dc_buf text;
    size_t n;
    size_t n_first; /* bytes of the first one's text */
};

enum { NAMED = 2 }; /* measures; of more the first stands for all */

static void add_name(struct names *l, const struct dc_trace_measure *m)
{
    if (l->n == 1)
        l->n_first = l->text.n;
    dc_buf_addf(&l->text, "%s%s", l->n++ ? ", " : "",
                m->column->measure.spec.text);
}

/* The interval of the first, which is the run's own measure if that is among
 * them, says enough in a list. */
static void add_auroc(struct names *l, const struct dc_boot *b)
{
    if (l->n == 1)
        dc_buf_addf(&l->text, " (%.3f, %.3f to %.3f)", b->value.value, b->lo,
                    b->hi);
    else
        dc_buf_addf(&l->text, " (%.3f)", b->value.value);
}

/* Many measures resemble each other: how many there are, and the first. */
static void few_names(struct names *l, size_t n_measure)
{
    if (l->n <= NAMED)
        return;
    dc_buf_cut(&l->text, l->n_first);
    if (l->n == n_measure)
        dc_buf_addf(&l->text, " and the other %zu measures", l->n - 1);
    else
        dc_buf_addf(&l->text, " and %zu of the other %zu measures", l->n - 1,
                    n_measure - 1);
}

/* Raise the alarm if there are names, which stand between the two in `more`. */
static void raise_named(struct dc_summary *sum, const char *id,
                        const char *text, struct names *l,
                        const char *const more[2])
{
    if (l->n > 0)
        dc_alarm_raise(sum, id, text,
                       dc_arena_printf(&sum->arena, "%s%s%s", more[0],
                                       l->text.data, more[1]));
    dc_buf_release(&l->text);
}

static struct names no_names(void)
{
    struct names l = {.n = 0};
    dc_buf_init(&l.text, SIZE_MAX);
    return l;
}

/* ---- conditions ---- */

/*
 * Clearly above (+1) or below (-1) 1/2, as one of so many measures. An alarm
 * looks at all of them, and with the interval of one it would ring for nothing
 * in one run of ten.
 */
static int clear_side(const struct dc_boot *b, const struct dc_trace_stats *s)
{
    return dc_boot_side(b, 0.5, s->cfg.boot.level,
                        s->n_measure > 0 ? s->n_measure : 1);
}

static int side(const struct dc_boot *b)
{
    if (!b->value.defined)
        return 0;
    return b->value.value > 0.5 ? 1 : b->value.value < 0.5 ? -1 : 0;
}

static void check_range(struct dc_summary *sum, const struct dc_trace_stats *s)
{
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_measure *m = &s->measure[i];
        const struct dc_measure *row = m->column->measure.row;
        if (m->n_outside == 0)
            continue;
        dc_alarm_raise(
            sum, "measure-out-of-range",
            dc_arena_printf(&sum->arena,
                            "The measure %s is not what its name says (%" PRIu64
                            " value%s outside %g to %g): trust no figure of "
                            "it, and find out where its values come from.",
                            m->column->measure.spec.text, m->n_outside,
                            dc_plural(m->n_outside), row->min, row->max),
            dc_arena_printf(
                &sum->arena, "The first of them is %.6g.%s", m->first_outside,
                m->probability ? " That is no probability. It may be a "
                                 "negative log-likelihood or an entropy, "
                                 "where large means unsure. Its calibration "
                                 "is refused."
                               : ""));
    }
}

static void check_below_half(struct dc_summary *sum,
                             const struct dc_trace_stats *s,
                             enum dc_target target)
{
    bool right = target == DC_TARGET_CORRECT;
    struct names l = no_names();
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_boot *b =
            &s->measure[i].target[target].scope[DC_TRACES_ALL].auroc;
        if (clear_side(b, s) >= 0)
            continue;
        add_name(&l, &s->measure[i]);
        add_auroc(&l, b);
    }
    few_names(&l, s->n_measure);
    raise_named(
        sum, right ? "auroc-below-half" : "majority-auroc-below-half",
        right ? "Surer traces are more often wrong: check that no gold label "
                "is inverted, and don't filter or weigh by confidence."
              : "Surer traces agree less with their prompt's majority: don't "
                "filter or weigh votes by confidence.",
        &l,
        (const char *const[]){
            right ? "Right against wrong: the AUROC is below 0.5 for "
                  : "With against without the majority: the AUROC is below 0.5 "
                    "for ",
            right ? ". Is a gold label or a measure's sign inverted, or is "
                    "\"right\" another word for \"answered\" here?"
                  : ". Is a measure's sign inverted, or is the rarer verdict "
                    "the surer one (see refusals against compliances)?"});
}

/* The whole points one way, both gold classes the other, and not by chance. */
static bool reversed(const struct dc_trace_target *t,
                     const struct dc_trace_stats *s)
{
    const struct dc_boot *all = &t->scope[DC_TRACES_ALL].auroc;
    const struct dc_boot *r = &t->scope[DC_TRACES_TO_REFUSE].auroc;
    const struct dc_boot *a = &t->scope[DC_TRACES_TO_ANSWER].auroc;
    int whole = side(all);
    return whole != 0 && side(r) == -whole && side(a) == -whole &&
           (clear_side(all, s) != 0 || (clear_side(r, s) && clear_side(a, s)));
}

static void check_reversed(struct dc_summary *sum,
                           const struct dc_trace_stats *s)
{
    static const char *const of[DC_N_TARGET] = {
        "right against wrong", "refusal against compliance",
        "with against without the majority"};
    struct names l = no_names();
    for (size_t i = 0; i < s->n_measure; i++)
        for (int t = 0; t < DC_N_TARGET; t++) {
            if (!reversed(&s->measure[i].target[t], s))
                continue;
            add_name(&l, &s->measure[i]);
            dc_buf_addf(&l.text, " (%s)", of[t]);
        }
    raise_named(sum, "reversed-inside-classes",
                "Over all traces confidence points one way, inside both gold "
                "classes the other (Simpson's paradox): go by the figures "
                "inside the classes.",
                &l,
                (const char *const[]){
                    "So it is for ",
                    ". The figure over all traces shows how the classes "
                    "differ, not what confidence tells of a trace."});
}

/*
 * Inside a gold class "right" is one and the same verdict. If surer means right
 * in one class and wrong in the other, surer means that verdict.
 */
static void check_verdict(struct dc_summary *sum,
                          const struct dc_trace_stats *s)
{
    struct names l = no_names();
    bool refusal = false, compliance = false;
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_auroc *c =
            s->measure[i].target[DC_TARGET_CORRECT].scope;
        int r = clear_side(&c[DC_TRACES_TO_REFUSE].auroc, s);
        int a = clear_side(&c[DC_TRACES_TO_ANSWER].auroc, s);
        if (r * a >= 0)
            continue;
        refusal = refusal || r > 0;
        compliance = compliance || r < 0;
        add_name(&l, &s->measure[i]);
    }
    few_names(&l, s->n_measure);
    bool mixed = refusal && compliance;
    raise_named(sum, "confidence-follows-verdict",
                mixed ? "Confidence tells which verdict it is, not whether it "
                        "is right: don't take sure traces for right ones."
                      : "Confidence tells refusals from compliances, not right "
                        "from wrong: don't take sure traces for right ones.",
                &l,
                (const char *const[]){
                    mixed     ? "One verdict is the surer one in both gold "
                                "classes, by "
                    : refusal ? "Refusals are surer in both gold classes, by "
                              : "Compliances are surer in both gold classes, "
                                "by ",
                    "."});
}

static void check_agreement(struct dc_summary *sum,
                            const struct dc_trace_stats *s)
{
    const struct dc_boot *a = &s->agreement.alpha;
    if (a->defined && a->hi < 0)
        dc_alarm_raise(
            sum, "traces-disagree",
            "Traces of one prompt agree less than traces of different prompts: "
            "check that none is filed under another prompt.",
            dc_arena_printf(&sum->arena,
                            "Krippendorff's alpha is %.3f, %.3f to %.3f.",
                            a->value.value, a->lo, a->hi));
}

void dc_stats_find_alarms(struct dc_summary *sum,
                          const struct dc_trace_stats *s)
{
    check_range(sum, s);
    check_below_half(sum, s, DC_TARGET_CORRECT);
    check_below_half(sum, s, DC_TARGET_MAJORITY);
    check_reversed(sum, s);
    check_verdict(sum, s);
    check_agreement(sum, s);
}

/* ---- notes ---- */

/* The measures of which no trace has a value; "": all have some. */
static const char *valueless(const struct dc_trace_stats *s, struct dc_arena *a,
                             size_t *n)
{
    const char *names = "";
    *n = 0;
    for (size_t i = 0; i < s->n_measure; i++)
        if (s->measure[i].n_none == s->n_row && s->n_row > 0)
            names = dc_arena_printf(a, "%s%s%s", names, (*n)++ ? ", " : "",
                                    s->measure[i].column->measure.spec.text);
    return names;
}

static size_t one_if_few(const struct dc_boot *b)
{
    return b->value.defined && b->few ? 1 : 0;
}

/* Figures of discrimination and risk that have a value and no interval, as too
 * few prompts are of one kind. */
static size_t count_few(const struct dc_trace_stats *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_measure; i++)
        for (int t = 0; t < DC_N_TARGET; t++) {
            const struct dc_trace_target *x = &s->measure[i].target[t];
            for (int k = 0; k < DC_N_TRACES; k++)
                n += one_if_few(&x->scope[k].auroc) +
                     one_if_few(&x->decision[k].auroc);
            n += one_if_few(&x->within.pooled) + one_if_few(&x->aurc);
        }
    return n;
}

/* Prompts that are in no figure, by why. */
static const char *left_out(const struct dc_trace_stats *s, struct dc_arena *a)
{
    size_t cannot = s->record->n_cannot, open = s->n_left_out - cannot;
    const char *why = s->record->knows.drawn ? "could not be run"
                                             : "no response in the input";
    if (cannot == 0 || open == 0)
        return dc_arena_printf(a, "%zu prompt%s left out: %s", s->n_left_out,
                               dc_plural(s->n_left_out),
                               cannot == 0 ? "not decided yet" : why);
    return dc_arena_printf(a,
                           "%zu prompts left out: %zu not decided yet, %zu %s",
                           s->n_left_out, open, cannot, why);
}

size_t dc_stats_notes(const struct dc_trace_stats *s, struct dc_arena *a,
                      struct dc_summary_alarm *note)
{
    size_t n = 0, n_valueless;
    const char *names = valueless(s, a, &n_valueless);
    if (n_valueless > 0 && n_valueless == s->n_measure)
        note[n++] = (struct dc_summary_alarm){
            "no-confidence",
            dc_arena_printf(a,
                            "no trace has a confidence, whatever the measure: "
                            "%s no log-probabilities. Nothing is said of what "
                            "confidence tells",
                            s->record->knows.drawn ? "the servers gave"
                                                   : "the input has"),
            NULL};
    else if (n_valueless > 0)
        note[n++] = (struct dc_summary_alarm){
            "no-confidence",
            dc_arena_printf(a, "no trace has a value of %s: %s what %s made of",
                            names,
                            s->record->knows.drawn ? "servers don't give"
                                                   : "the input lacks",
                            n_valueless == 1 ? "it is" : "they are"),
            NULL};
    if (s->n_short > 0 && !s->record->knows.drawn)
        note[n++] = (struct dc_summary_alarm){
            "fewer-traces",
            dc_arena_printf(a,
                            "%zu of %zu prompt%s of the input %s fewer than "
                            "%u traces: if that hangs on what the traces say, "
                            "every rate over traces is biased",
                            s->n_short, s->n_prompt, dc_plural(s->n_prompt),
                            dc_have(s->n_short), s->record->k),
            NULL};
    else if (s->n_short > 0)
        note[n++] = (struct dc_summary_alarm){
            "stopped-early",
            dc_arena_printf(
                a,
                "%zu of %zu prompt%s stopped before all %u traces, because of "
                "what was drawn so far (%s). Which traces there are hangs on "
                "how they came out, so every rate over traces, the agreement "
                "and the AUROCs are biased. Run with --stop fixed for unbiased "
                "ones",
                s->n_short, s->n_prompt, dc_plural(s->n_prompt), s->record->k,
                s->record->policy),
            NULL};
    if (s->n_undetermined > 0)
        note[n++] = (struct dc_summary_alarm){
            "undetermined-left-out",
            dc_arena_printf(a,
                            "%" PRIu64 " trace%s with an undetermined verdict "
                            "left out of everything but the agreement",
                            s->n_undetermined, dc_plural(s->n_undetermined)),
            NULL};
    if (s->n_left_out > 0)
        note[n++] =
            (struct dc_summary_alarm){"prompts-left-out", left_out(s, a), NULL};
    size_t n_few = count_few(s);
    if (n_few > 0)
        note[n++] = (struct dc_summary_alarm){
            "few-of-one-kind",
            dc_arena_printf(a,
                            "%zu figure%s without an interval (\"few\"): fewer "
                            "than %d prompts have a trace of the rarer kind "
                            "(right or wrong, refusal or compliance, with or "
                            "against the majority), and an interval from so "
                            "few is far too narrow. No alarm or finding rests "
                            "on them",
                            n_few, dc_plural(n_few), (int)DC_BOOT_FEW),
            NULL};
    if (s->n_prompt < 30)
        note[n++] = (struct dc_summary_alarm){
            "few-prompts",
            dc_arena_printf(a,
                            "%zu prompt%s: below about 30 the intervals are "
                            "too narrow",
                            s->n_prompt, dc_plural(s->n_prompt)),
            NULL};
    return n;
}
