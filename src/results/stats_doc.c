/*
 * stats_doc.c - the trace statistics as parts of a document: what confidence
 * tells, in sentences, then a table under each question.
 */
#include "base/plural.h"
#include "results/stats_report.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { STATS_WORDS = 96 };

static bool stats_has_gold(const struct dc_trace_stats *s)
{
    return s->n_gold[DC_TRACES_TO_REFUSE] + s->n_gold[DC_TRACES_TO_ANSWER] > 0;
}

static struct dc_cell stats_name(const struct dc_trace_measure *m)
{
    return dc_cell_code(m->column->measure.spec.text);
}

/* ---- the answer ---- */

/* The AUROC of a question, over all traces and inside the gold classes. */
static void stats_say_auroc(const struct dc_trace_stats *s, enum dc_target t,
                            struct dc_doc *d)
{
    const struct dc_trace_measure *m = &s->measure[0];
    const struct dc_trace_auroc *a = m->target[t].scope;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, t == DC_TARGET_CORRECT ? "AUROC of right against wrong by "
                                           : "AUROC of refusals by ");
    dc_buf_adds(&b, dc_doc_code(d, m->column->measure.spec.text));
    dc_buf_adds(&b, ": ");
    dc_stats_put_boot(&a[DC_TRACES_ALL].auroc, &b);
    dc_buf_adds(&b, " over all traces");
    if (stats_has_gold(s)) {
        dc_buf_adds(&b, ", ");
        dc_stats_put_boot(&a[DC_TRACES_TO_REFUSE].auroc, &b);
        dc_buf_adds(&b, " among prompts to be refused, ");
        dc_stats_put_boot(&a[DC_TRACES_TO_ANSWER].auroc, &b);
        dc_buf_adds(&b, " among those to be answered");
    }
    dc_doc_say(d, "%s.", b.data);
    dc_buf_release(&b);
}

static void stats_say_brackets(const struct dc_trace_stats *s, struct dc_doc *d)
{
    dc_doc_say(d,
               "In brackets: %g %% intervals from %" PRIu32
               " resamples of the prompts, seed %" PRIu64 ".",
               100 * s->cfg.boot.level, s->cfg.boot.n_resamples,
               s->cfg.boot.seed);
}

static void stats_answer(const struct dc_trace_stats *s, struct dc_doc *d)
{
    const char *nothing = dc_stats_nothing(s), *says = dc_stats_confidence(s);
    bool gold = stats_has_gold(s);
    enum dc_target t = gold ? DC_TARGET_CORRECT : DC_TARGET_REFUSAL;
    if (nothing) {
        dc_doc_say(d, "%s.", nothing);
        return;
    }
    const struct dc_boot *all = &s->measure[0].target[t].scope[0].auroc;
    if (!gold)
        dc_doc_say(d, "No prompt has a gold label, so nothing is said of right "
                      "and wrong.");
    if (!says)
        says = gold ? dc_stats_right_says(all) : dc_stats_refusal_says(all);
    dc_doc_say(d, "%s.", says);
    stats_say_auroc(s, t, d);
    stats_say_brackets(s, d);
}

/* ---- discrimination ---- */

/* What is asked of each target, and how its positives are called. */
static const struct {
    const char *title, *words, *positive;
} stats_target[DC_N_TARGET] = {
    {"Are surer traces right more often?",
     "A trace is right if its verdict is what the gold label asks for. Figures "
     "are the chance that, of a right and a wrong trace drawn at random, the "
     "right one is the surer (AUROC): 0.5 is a coin, 1 perfect, below 0.5 "
     "upside down. \"One prompt\" draws both from the same prompt, so that "
     "easy and hard prompts play no part.",
     "right"},
    {"Are refusals surer than compliances?",
     "The chance that a refusal is surer than a compliance. Neither side of "
     "0.5 is good or bad; but the further from it, the more does confidence "
     "tell how a trace is worded and not whether it is right.",
     "refusals"},
    {"Are surer traces more often with their prompt's majority?",
     "The chance that a trace that agrees with the majority of its prompt's "
     "traces is surer than one that doesn't. Needs no gold label.",
     "with majority"},
};

/* Put cells of all that is looked at behind the row's name. */
static size_t stats_scopes(const struct dc_trace_stats *s,
                           const struct dc_trace_auroc *a, bool counts,
                           struct dc_cell *cell)
{
    size_t n = 0;
    for (int i = 0; i < DC_N_TRACES; i++) {
        if (i != DC_TRACES_ALL && !stats_has_gold(s))
            continue;
        cell[n++] = counts ? dc_cell_of(a[i].n_positive,
                                        a[i].n_positive + a[i].n_negative, NULL)
                           : dc_cell_boot(&a[i].auroc, 2);
    }
    return n;
}

/* Measures may lack a value in some traces. */
static bool stats_same_counts(const struct dc_trace_target *a,
                              const struct dc_trace_target *b)
{
    for (int s = 0; s < DC_N_TRACES; s++)
        if (a->scope[s].n_positive != b->scope[s].n_positive ||
            a->scope[s].n_negative != b->scope[s].n_negative)
            return false;
    return true;
}

static void stats_counts_row(const struct dc_trace_stats *s,
                             const struct dc_trace_target *t,
                             const char *positive, struct dc_doc *d)
{
    char pairs[STATS_WORDS];
    struct dc_cell cell[DC_N_TRACES + 2] = {dc_cell_text(positive)};
    size_t n = 1 + stats_scopes(s, t->scope, true, cell + 1);
    snprintf(pairs, sizeof pairs, "pair%s in %zu", dc_plural(t->within.n_pair),
             t->within.n_prompt);
    cell[n] = dc_cell_count(t->within.n_pair);
    cell[n].after = pairs;
    dc_doc_row(d, cell);
}

/* Begin a table of AUROCs with a column for each scope. */
static void stats_scope_table(const struct dc_trace_stats *s, const char *all,
                              bool within, struct dc_doc *d)
{
    struct dc_doc_column column[DC_N_TRACES + 2] = {{"measure", NULL, 0, false},
                                                    {all, NULL, 0, false}};
    size_t n = 2;
    if (stats_has_gold(s)) {
        column[n++] = (struct dc_doc_column){"to be refused", NULL, 1, false};
        column[n++] = (struct dc_doc_column){"to be answered", NULL, 2, false};
    }
    if (within)
        column[n++] = (struct dc_doc_column){
            "one prompt", "pairs of traces of the same prompt", 3, false};
    dc_doc_table(d, "AUROC by measure", NULL, column, n);
}

static void stats_target_table(const struct dc_trace_stats *s,
                               enum dc_target target, size_t n_measure,
                               struct dc_doc *d)
{
    const struct dc_trace_target *last = NULL;
    stats_scope_table(s, "all traces", true, d);
    for (size_t i = 0; i < n_measure; i++) {
        const struct dc_trace_target *t = &s->measure[i].target[target];
        struct dc_cell cell[DC_N_TRACES + 2] = {stats_name(&s->measure[i])};
        if (!last || !stats_same_counts(last, t))
            stats_counts_row(s, t, stats_target[target].positive, d);
        last = t;
        size_t n = 1 + stats_scopes(s, t->scope, false, cell + 1);
        cell[n] = dc_cell_boot(&t->within.pooled, 2);
        dc_doc_row(d, cell);
    }
}

static void stats_decision_table(const struct dc_trace_stats *s,
                                 enum dc_target target, size_t n_measure,
                                 struct dc_doc *d)
{
    dc_doc_say(d, "The same by prompts: the decision against the mean of the "
                  "measure over the prompt's traces.");
    stats_scope_table(s, "all prompts", false, d);
    for (size_t i = 0; i < n_measure; i++) {
        const struct dc_trace_auroc *a = s->measure[i].target[target].decision;
        struct dc_cell cell[DC_N_TRACES + 1] = {
            dc_cell_text(stats_target[target].positive)};
        if (i == 0) {
            stats_scopes(s, a, true, cell + 1);
            dc_doc_row(d, cell);
        }
        cell[0] = stats_name(&s->measure[i]);
        stats_scopes(s, a, false, cell + 1);
        dc_doc_row(d, cell);
    }
}

void dc_stats_doc_measures(const struct dc_trace_stats *s, struct dc_doc *d)
{
    enum dc_target t =
        stats_has_gold(s) ? DC_TARGET_CORRECT : DC_TARGET_MAJORITY;
    if (dc_stats_nothing(s)) {
        stats_answer(s, d);
        return;
    }
    dc_doc_heading(d, stats_target[t].title, NULL);
    dc_doc_say(d, "AUROC by measure: 0.5 is a coin, below it upside down. "
                  "\"One prompt\": both traces are of the same prompt.");
    stats_target_table(s, t, s->n_measure, d);
    stats_say_brackets(s, d);
}

static void stats_part_tells(const struct dc_trace_stats *s, struct dc_doc *d)
{
    bool gold = stats_has_gold(s);
    if (dc_stats_nothing(s))
        return;
    for (int t = 0; t < DC_N_TARGET; t++) {
        if (t == DC_TARGET_CORRECT && !gold)
            continue;
        dc_doc_heading(d, stats_target[t].title, NULL);
        dc_doc_say(d, "%s", stats_target[t].words);
        stats_target_table(s, (enum dc_target)t, s->n_measure, d);
    }
    dc_doc_heading(d,
                   gold ? "Are surer prompts decided right more often?"
                        : "Are prompts decided for refusal surer?",
                   NULL);
    stats_decision_table(s, gold ? DC_TARGET_CORRECT : DC_TARGET_REFUSAL,
                         s->n_measure, d);
}

/* ---- risk and coverage ---- */

static void stats_part_risk(const struct dc_trace_stats *s, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"measure", NULL, 0, false},
        {"all", "share among all traces", 1, false},
        {"surest half", "share among the surest half", 0, false},
        {"AURC", "mean over all shares kept", 2, false},
        {"excess", "over a perfect order (E-AURC)", 3, false}};
    bool gold = stats_has_gold(s);
    if (dc_stats_nothing(s))
        return;
    dc_doc_heading(d,
                   gold ? "What if only the surest traces were kept: how many "
                          "wrong?"
                        : "What if only the surest traces were kept: how many "
                          "against their majority?",
                   NULL);
    dc_doc_say(d, "The share among all traces, among the surest half, and the "
                  "mean over all shares kept (AURC, lower is better). Excess "
                  "is how much of the AURC a perfect order would have avoided "
                  "(E-AURC).");
    dc_doc_table(d, "Risk by measure", NULL, column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_target *t =
            &s->measure[i]
                 .target[gold ? DC_TARGET_CORRECT : DC_TARGET_MAJORITY];
        struct dc_cell cell[] = {
            stats_name(&s->measure[i]), dc_cell_real(t->risk.risk, 3),
            dc_cell_real(t->risk_half, 3), dc_cell_boot(&t->aurc, 3),
            dc_cell_real(t->risk.excess, 3)};
        for (int k = 1; k < 5 && !t->has_risk; k++)
            cell[k] = dc_cell_missing("none");
        dc_doc_row(d, cell);
    }
}

/* ---- calibration ---- */

static void stats_ece_rows(const struct dc_calib *c,
                           const struct dc_calib_noise *x, const char *bins,
                           struct dc_doc *d)
{
    char name[STATS_WORDS];
    snprintf(name, sizeof name, "ECE, %" PRIu32 " bins of equal %s", c->n_bins,
             bins);
    dc_doc_row(
        d, (struct dc_cell[]){
               dc_cell_text(name), dc_cell_real(c->ece, 3),
               x->defined ? dc_cell_real(x->mean, 3) : dc_cell_missing(NULL),
               x->defined ? dc_cell_real(x->most, 3) : dc_cell_missing(NULL)});
    snprintf(name, sizeof name, "MCE, bins of equal %s", bins);
    dc_doc_row(d,
               (struct dc_cell[]){dc_cell_text(name), dc_cell_real(c->mce, 3),
                                  dc_cell_none(), dc_cell_none()});
}

static void stats_brier_rows(const struct dc_trace_calib *c, struct dc_doc *d)
{
    const struct dc_calib *w = &c->width;
    const struct dc_cell none = dc_cell_none();
    const struct {
        const char *name;
        double x;
    } part[] = {{"  = reliability", w->reliability},
                {"  - resolution", w->resolution},
                {"  + uncertainty", w->uncertainty},
                {"  + inside bins", w->within_variance - w->within_covariance}};
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text("Brier score"),
                                     dc_cell_boot(&c->brier, 3), none, none});
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        dc_doc_row(d,
                   (struct dc_cell[]){dc_cell_text(part[i].name),
                                      dc_cell_real(part[i].x, 4), none, none});
}

static void stats_bins(const struct dc_calib *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"claimed", NULL, 0, false},
        {"mean claim", NULL, 2, false},
        {"observed", NULL, 0, false},
        {"Wilson", "too narrow: traces resemble each other", 1, false},
        {"traces", NULL, 0, false}};
    dc_doc_table(d, "Claimed against observed", NULL, column,
                 sizeof column / sizeof *column);
    for (uint32_t i = 0; i < c->n_bins; i++) {
        const struct dc_calib_bin *x = &c->bin[i];
        if (x->observed.n > 0)
            dc_doc_row(d, (struct dc_cell[]){
                              dc_cell_range((double)i / c->n_bins,
                                            (double)(i + 1) / c->n_bins, 3),
                              dc_cell_real(x->p_mean, 3),
                              dc_cell_real(x->observed.value, 3),
                              dc_cell_range(x->observed.lo, x->observed.hi, 3),
                              dc_cell_count(x->observed.n)});
    }
}

static void stats_calib(const struct dc_trace_calib *c, const char *of,
                        struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"", NULL, 0, false},
        {"value", NULL, 0, false},
        {"of noise alone", NULL, 1, false},
        {"seldom above", "one run of twenty, of noise alone", 2, false}};
    if (!c->has)
        return;
    dc_doc_say(d, "As the probability that the trace %s:", of);
    dc_doc_table(d, "Calibration", NULL, column,
                 sizeof column / sizeof *column);
    stats_ece_rows(&c->width, &c->noise_width, "width", d);
    stats_ece_rows(&c->mass, &c->noise_mass, "mass", d);
    stats_brier_rows(c, d);
    dc_doc_say(d, "By bins of equal width; the Wilson intervals are too "
                  "narrow, as traces resemble each other:");
    stats_bins(&c->width, d);
}

static void stats_part_calibration(const struct dc_trace_stats *s,
                                   struct dc_doc *d)
{
    char title[DC_SPEC_TEXT + STATS_WORDS];
    for (size_t i = 0; i < s->n_measure && !dc_stats_nothing(s); i++) {
        const struct dc_trace_measure *m = &s->measure[i];
        if (!m->probability)
            continue;
        snprintf(title, sizeof title, "Can %s be read as a probability?",
                 dc_doc_code(d, m->column->measure.spec.text));
        dc_doc_heading(d, title, NULL);
        if (m->n_outside > 0) {
            dc_doc_say(d,
                       "No: %" PRIu64 " value%s outside 0 to 1 (first: %.6g). "
                       "Calibration is refused.",
                       m->n_outside, m->n_outside == 1 ? " lies" : "s lie",
                       m->first_outside);
            continue;
        }
        dc_doc_say(d, "If a trace with 0.7 is right in 70 %% of cases, the gap "
                      "between claim and outcome is 0. ECE is the mean gap, "
                      "MCE the largest of a bin. Noise raises both, so that "
                      "ECE is never 0: beside it stands what it would be by "
                      "noise alone, on average and in one run of twenty.");
        stats_calib(&m->calib[DC_TARGET_CORRECT], "is right by its gold label",
                    d);
        stats_calib(&m->calib[DC_TARGET_MAJORITY],
                    "agrees with its prompt's majority", d);
    }
}

/* ---- categories ---- */

static void stats_say_cut(const struct dc_trace_stats *s, struct dc_doc *d)
{
    const struct dc_conf_cut *cut = &s->cfg.cut;
    char how[STATS_WORDS];
    if (cut->kind == DC_CONF_CUT_VALUE) {
        dc_doc_say(d, "A trace is confident if it is surer than the value %g.",
                   cut->x);
        return;
    }
    if (cut->kind == DC_CONF_CUT_MEDIAN)
        snprintf(how, sizeof how, "median");
    else
        snprintf(how, sizeof how, "%g-th percentile", cut->x);
    dc_doc_say(d,
               "A trace is confident if it is surer than the %s of these "
               "traces.",
               how);
    dc_doc_note(d, "IN SAMPLE: the cut was found from the traces it divides; "
                   "for a fixed one: stats --confident-cut VALUE.");
}

/* Of the traces with a gold label. */
static struct dc_cell stats_right(const struct dc_boot *b)
{
    const struct dc_prop right = {.defined = b->value.defined,
                                  .value = b->value.value,
                                  .lo = b->lo,
                                  .hi = b->hi};
    if (!b->value.defined)
        return dc_cell_missing("none");
    return b->defined ? dc_cell_prop(&right) : dc_cell_share(b->value.value);
}

static void stats_category_rows(const struct dc_trace_measure *m,
                                struct dc_doc *d)
{
    static const char *const name[DC_N_CATEGORY] = {
        "confident refusal", "confident compliance", "uncertain refusal",
        "uncertain compliance"};
    const struct dc_cell none = dc_cell_none();
    if (!m->categories.has)
        dc_doc_row(d, (struct dc_cell[]){stats_name(m), dc_cell_text("none"),
                                         none, none, none});
    for (int k = 0; k < DC_N_CATEGORY && m->categories.has; k++) {
        const struct dc_trace_category *c = &m->categories.category[k];
        dc_doc_row(d, (struct dc_cell[]){stats_name(m), dc_cell_text(name[k]),
                                         dc_cell_count(c->n),
                                         dc_cell_real(m->categories.cut, 4),
                                         stats_right(&c->right)});
    }
}

static void stats_categories(const struct dc_trace_stats *s, size_t n_measure,
                             struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"measure", NULL, 0, false},
        {"category", NULL, 0, false},
        {"traces", NULL, 0, false},
        {"cut", "as the measure has it", 2, false},
        {"right", "by the gold label", 1, false}}; /* the last */
    if (dc_stats_nothing(s))
        return;
    dc_doc_heading(d, "Confident or uncertain, refusal or compliance?", NULL);
    stats_say_cut(s, d);
    dc_doc_table(d, "Traces by confidence and verdict", NULL, column,
                 sizeof column / sizeof *column - !stats_has_gold(s));
    for (size_t i = 0; i < n_measure; i++)
        stats_category_rows(&s->measure[i], d);
}

void dc_stats_doc_own_categories(const struct dc_trace_stats *s,
                                 struct dc_doc *d)
{
    stats_categories(s, s->n_measure > 0, d);
}

/* ---- agreement ---- */

static void stats_agreement_rows(const struct dc_trace_agreement *a,
                                 struct dc_doc *d)
{
    const struct dc_prop *u = &a->all.unanimous;
    char entropy[STATS_WORDS];
    snprintf(entropy, sizeof entropy,
             "nats, mean over prompts; %.3f is an even split in two", log(2));
    const struct {
        const char *name;
        struct dc_cell cell;
        const char *what;
    } row[] = {
        {"unanimous prompts", dc_cell_prop(u), NULL},
        {"equal pairs", dc_cell_boot(&a->observed, 3), "mean over prompts"},
        {"Krippendorff's alpha", dc_cell_boot(&a->alpha, 3), ""},
        {"Fleiss' kappa", dc_cell_boot(&a->fleiss, 3),
         a->all.alpha.defined && !a->all.fleiss.defined
             ? "prompts have different numbers of traces"
             : ""},
        {"entropy of a prompt", dc_cell_boot(&a->entropy, 3), entropy}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_text(row[i].name), row[i].cell,
                          row[i].what ? dc_cell_text(row[i].what)
                                      : dc_cell_of(u->k, u->n, "prompts")});
}

static void stats_part_agreement(const struct dc_trace_stats *s,
                                 struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"", NULL, 0, false}, {"value", NULL, 0, false}, {"", NULL, 0, true}};
    dc_doc_heading(d, "Do the traces of a prompt agree?", NULL);
    if (!s->agreement.all.unanimous.defined) {
        dc_doc_say(d, "No prompt has two traces.");
        return;
    }
    dc_doc_say(d, "Verdicts refusal, compliance and undetermined, over prompts "
                  "with at least two traces. Alpha and kappa: 1 if all traces "
                  "of each prompt agree, 0 if they agree no more than traces "
                  "of any prompts.");
    dc_doc_table(d, "Agreement", NULL, column, sizeof column / sizeof *column);
    stats_agreement_rows(&s->agreement, d);
}

/* ---- all of it ---- */

static void stats_basis(const struct dc_trace_stats *s, struct dc_summary *sum,
                        struct dc_doc *d)
{
    const struct dc_record *r = s->record;
    dc_doc_say(d,
               "%zu prompt%s, %" PRIu64 " trace%s, at most %u a prompt; %s%s, "
               "judged by %s.",
               s->n_prompt, dc_plural(s->n_prompt), s->n_row,
               dc_plural(s->n_row), r->k,
               r->knows.drawn ? "drawn with " : "imported",
               r->knows.drawn ? dc_doc_code(d, r->policy) : "",
               dc_doc_code(d, r->judge));
    if (r->judge_note)
        dc_doc_say(d, "%s", r->judge_note);
    if (stats_has_gold(s))
        dc_doc_item(d, "gold label",
                    dc_summary_config(sum, "data.label_means", ""));
}

void dc_stats_doc(const struct dc_trace_stats *s, struct dc_summary *sum,
                  const char *file, struct dc_doc *d)
{
    struct dc_summary_alarm note[DC_STATS_NOTES];
    size_t n = dc_stats_notes(s, &sum->arena, note);
    dc_doc_say(d, "%s", dc_doc_code(d, file));
    stats_answer(s, d);
    stats_basis(s, sum, d);
    dc_summary_doc_alarms(sum, d);
    for (size_t i = 0; i < n; i++)
        dc_doc_item(d, "note", note[i].text);
    stats_part_tells(s, d);
    stats_part_risk(s, d);
    stats_part_calibration(s, d);
    stats_categories(s, s->n_measure, d);
    stats_part_agreement(s, d);
}
