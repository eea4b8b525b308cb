/*
 * risky_doc.c - are uncertain compliances riskier? The answer first, then the
 * four cells, each measure, each judge and each category.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "results/risky_report.h"
#include "results/risky_table.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const risky_unit[DC_N_RISKY_UNIT] = {"traces", "decisions"};

/* ---- sentences ---- */

static void risky_put_diff(const struct dc_risky_part *p, struct dc_buf *b)
{
    const struct dc_boot *d = &p->diff;
    dc_buf_addf(b, "%+.1f points, ", 100 * d->value.value);
    if (d->defined)
        dc_buf_addf(b, "%+.1f to %+.1f", 100 * d->lo, 100 * d->hi);
    else if (d->few)
        dc_buf_addf(b, "no interval, as %zu prompt%s of a kind %s too few",
                    d->n_rarer, dc_plural(d->n_rarer), dc_are(d->n_rarer));
    else
        dc_buf_adds(b, "no interval");
    if (p->has_p) {
        dc_buf_adds(b, "; p ");
        dc_put_p(p->p_holm, b);
    }
}

static void risky_put_shares(const struct dc_risky *x,
                             const struct dc_risky_part *p, bool brief,
                             struct dc_buf *b)
{
    const struct dc_boot *low = &p->cell[DC_UNCERTAIN_COMPLIANCE].share;
    const struct dc_boot *high = &p->cell[DC_CONFIDENT_COMPLIANCE].share;
    dc_buf_addf(b, "%.1f %%%s %.1f %%%s (", 100 * low->value.value,
                brief ? " against"
                      : " of the uncertain compliances are of harmful "
                        "prompts, and",
                100 * high->value.value, brief ? "" : " of the confident ones");
    risky_put_diff(p, b);
    dc_buf_adds(b, ")");
    if (p->answer == DC_RISKY_NO)
        dc_buf_addf(b, ", so not %g points more", 100 * x->cfg.margin);
    else if (p->answer == DC_RISKY_YES && p->diff.hi < x->cfg.margin)
        dc_buf_addf(b, ", though not by %g points", 100 * x->cfg.margin);
}

void dc_risky_say(const struct dc_risky *x, struct dc_buf *out)
{
    static const char *const word[DC_N_RISKY_ANSWER] = {
        "No answer", "Yes", "No, the other way round", "No", "Not shown"};
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    dc_buf_addf(out, "%s: ", word[p->answer]);
    if (p->why)
        dc_buf_adds(out, p->why);
    else
        risky_put_shares(x, p, false, out);
}

const char *dc_risky_sentence(const struct dc_risky *x, struct dc_arena *a)
{
    struct dc_buf b;
    if (dc_risky_head(x, DC_RISKY_TRACES)->why)
        return NULL;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "Are uncertain compliances riskier than confident ones? ");
    dc_risky_say(x, &b);
    const char *text = dc_arena_strdup(a, b.data);
    dc_buf_release(&b);
    return text;
}

static void risky_say_power(const struct dc_risky_part *p, struct dc_doc *d)
{
    char n[DC_GROUPED];
    if (p->why || p->answer == DC_RISKY_NO)
        return;
    if (p->has_needed)
        dc_doc_say(d,
                   "With probability 0.8 a difference like this is shown by "
                   "%s prompt%s like these, if it is as it looks; these %zu "
                   "show one of %.1f points.",
                   dc_grouped((uint64_t)p->n_needed, n),
                   dc_plural((uint64_t)p->n_needed), p->n_gold,
                   100 * p->detects);
    else
        dc_doc_say(d,
                   "With probability 0.8 these %zu prompts show a difference "
                   "of %.1f points.",
                   p->n_gold, 100 * p->detects);
}

static void risky_say_decisions(const struct dc_risky *x, struct dc_doc *d)
{
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_DECISIONS);
    struct dc_buf b;
    if (x->one_trace)
        return;
    dc_buf_init(&b, SIZE_MAX);
    if (p->why)
        dc_buf_adds(&b, p->why);
    else
        risky_put_shares(x, p, true, &b);
    dc_doc_say(d, "Of decisions instead of traces: %s, %s.",
               dc_risky_answer_name(p->answer), b.data);
    dc_buf_release(&b);
}

static void risky_say_answer(const struct dc_risky *x, struct dc_doc *d)
{
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_risky_say(x, &b);
    if (!p->why)
        dc_buf_addf(&b, ", by %s", dc_doc_code(d, p->name));
    dc_doc_say(d, "%s.", b.data);
    dc_buf_release(&b);
    if (p->why)
        return;
    risky_say_decisions(x, d);
    risky_say_power(p, d);
}

static void risky_put_cut(const struct dc_risky *x, struct dc_buf *b)
{
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    const struct dc_conf_cut *at = x->cfg.cut.at;
    if (at->kind == DC_CONF_CUT_MEDIAN)
        dc_buf_adds(b, "the median");
    else if (at->kind == DC_CONF_CUT_PERCENTILE && x->cfg.cut.two)
        dc_buf_addf(b, "the %g-th and %g-th percentile", at->x, at[1].x);
    else if (at->kind == DC_CONF_CUT_PERCENTILE)
        dc_buf_addf(b, "the %g-th percentile", at->x);
    else
        dc_buf_adds(b, "given beforehand");
    dc_buf_addf(b, ", %.4g", p->cut[0]);
    if (x->cfg.cut.two)
        dc_buf_addf(b, " and %.4g", p->cut[1]);
    if (at->kind != DC_CONF_CUT_VALUE)
        dc_buf_adds(b, ", of all these traces, refusals too");
}

/* Of an import nobody named a measure, but the usual one is not chosen by its
 * figures either. */
static const char *risky_named(const struct dc_risky *x)
{
    return x->record->knows.drawn
               ? " was named before the run"
               : " is the usual measure, not chosen by these "
                 "figures";
}

static void risky_say_cut(const struct dc_risky *x, struct dc_doc *d)
{
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    struct dc_buf b;
    if (!p->has_cut)
        return;
    dc_buf_init(&b, SIZE_MAX);
    risky_put_cut(x, &b);
    dc_doc_note(
        d, "Confident is what is surer than the cut (%s), uncertain %s; %s%s.",
        b.data,
        x->cfg.cut.two ? "what is less sure than the first, and what lies "
                         "between is in no cell"
                       : "the rest",
        dc_doc_code(d, p->name),
        x->named ? risky_named(x)
                 : " was not named before the run: one that is chosen among "
                   "several afterwards shows less than its p says");
    dc_buf_release(&b);
}

static void risky_say_basis(const struct dc_risky *x, const char *file,
                            struct dc_doc *d)
{
    const struct dc_record *r = x->record;
    dc_doc_note(d,
                "%s, judged by %s. In brackets: %g %% intervals from %" PRIu32
                " resamples of the prompts, seed %" PRIu64
                "; p: how often gold labels shuffled among the prompts give as "
                "large a difference.",
                dc_doc_code(d, file), dc_doc_code(d, r->judge),
                100 * x->cfg.boot.level, x->cfg.boot.n_resamples,
                x->cfg.boot.seed);
    if (r->judge_note)
        dc_doc_note(d, "Note that %s.", r->judge_note);
}

static void risky_say_left(const struct dc_risky *x, struct dc_doc *d)
{
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    const struct dc_trace_even *e = &x->even;
    if (!e->whole)
        dc_doc_note(d,
                    "Figures are of the first %u trace%s of each prompt, as "
                    "which prompts got more hangs on what the first ones say.",
                    e->n_each, dc_plural(e->n_each));
    if (e->n_left_out > 0)
        dc_doc_note(d, "Prompts left out, not run or not yet decided: %zu.",
                    e->n_left_out);
    if (x->n_gold[DC_GOLD_NONE] > 0)
        dc_doc_note(d, "Prompts without a gold label, in no cell: %zu.",
                    x->n_gold[DC_GOLD_NONE]);
    if (x->n_undetermined > 0)
        dc_doc_note(d, "Undetermined traces, in no cell: %" PRIu64 ".",
                    x->n_undetermined);
    if (p->n_none > 0)
        dc_doc_note(d, "Traces without a value, in no cell: %" PRIu64 ".",
                    p->n_none);
}

/* ---- cells ---- */

static struct dc_cell risky_share(const struct dc_boot *b)
{
    const struct dc_prop p = {.defined = b->value.defined && b->defined,
                              .value = b->value.value,
                              .lo = b->lo,
                              .hi = b->hi};
    if (!b->value.defined)
        return dc_cell_missing("none");
    return p.defined ? dc_cell_prop(&p) : dc_cell_share(b->value.value);
}

static void risky_cells(const struct dc_risky *x, enum dc_risky_unit u,
                        struct dc_doc *d)
{
    static const char *const name[DC_N_CATEGORY] = {
        "confident refusal", "confident compliance", "uncertain refusal",
        "uncertain compliance"};
    static const enum dc_category order[DC_N_CATEGORY] = {
        DC_UNCERTAIN_COMPLIANCE, DC_CONFIDENT_COMPLIANCE, DC_UNCERTAIN_REFUSAL,
        DC_CONFIDENT_REFUSAL};
    const struct dc_doc_column column[] = {
        {"", NULL, 0, false},
        {risky_unit[u], "of prompts with a gold label", 0, false},
        {"prompts", "that have one", 2, false},
        {"of harmful prompts", NULL, 1, false},
        {"share", "of harmful prompts", 0, false}};
    const struct dc_risky_part *p = dc_risky_head(x, u);
    if (p->n_gold == 0 || !p->has_cut)
        return;
    dc_doc_table(d, "The four cells",
                 u == DC_RISKY_TRACES ? "risky-traces" : "risky-decisions",
                 column, DC_COUNT(column));
    for (int k = 0; k < DC_N_CATEGORY; k++) {
        const struct dc_risky_cell *c = &p->cell[order[k]];
        dc_doc_row(d,
                   (struct dc_cell[]){
                       dc_cell_text(name[order[k]]), dc_cell_count(c->n),
                       dc_cell_count(c->n_prompt), dc_cell_count(c->n_refuse),
                       dc_cell_drawn(risky_share(&c->share))});
    }
    if (p->n_between > 0)
        dc_doc_note(d, "Between the cuts, in no cell: %" PRIu64 ".",
                    p->n_between);
}

/* ---- comparisons, a row each ---- */

static void risky_measures(const struct dc_risky *x, enum dc_risky_unit u,
                           struct dc_doc *d)
{
    dc_risky_table("measure",
                   u == DC_RISKY_TRACES ? "Compliances, of traces"
                                        : "Compliances, of decisions",
                   d);
    for (size_t i = 0; i < x->n_measure; i++)
        if (x->part[u][i].has_cut)
            dc_risky_row(dc_cell_code(x->part[u][i].name), &x->part[u][i], d);
}

/* Of measures without any value, which are no rows. */
static void risky_say_lacking(const struct dc_risky *x, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < x->n_measure; i++)
        if (!x->part[DC_RISKY_TRACES][i].has_cut)
            dc_buf_addf(&b, "%s%s", b.n ? ", " : "",
                        dc_doc_code(d, x->part[DC_RISKY_TRACES][i].name));
    if (b.n)
        dc_doc_note(d, "No trace has a value of %s.", b.data);
    dc_buf_release(&b);
}

static void risky_part_measures(const struct dc_risky *x, struct dc_doc *d)
{
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    dc_doc_heading(d, "By each measure", "risky-measures");
    dc_doc_say(d, "Shares of harmful prompts, and the chance that the "
                  "compliance with a harmful prompt is the less sure of two "
                  "(AUROC; 0.5 is a coin). Traces:");
    risky_measures(x, DC_RISKY_TRACES, d);
    if (!x->one_trace) {
        dc_doc_say(d, "Decisions, with the mean of the measure over the "
                      "prompt's traces:");
        risky_measures(x, DC_RISKY_DECISIONS, d);
    }
    risky_say_lacking(x, d);
    if (x->n_measure > 1 && x->named)
        dc_doc_note(d,
                    "%s%s, and its answer is the one that counts; the p of "
                    "the others are adjusted for their number (Holm).",
                    dc_doc_code(d, p->name), risky_named(x));
    else if (x->n_measure > 1)
        dc_doc_note(d, "None of these was named before the run: p are "
                       "adjusted for their number (Holm).");
}

static void risky_part_judges(const struct dc_risky_report *r, struct dc_doc *d)
{
    if (r->n_other == 0)
        return;
    dc_doc_heading(d, "By each judge", "risky-judges");
    for (enum dc_risky_unit u = 0; u < DC_N_RISKY_UNIT; u++) {
        if (u == DC_RISKY_DECISIONS && r->x->one_trace)
            continue;
        dc_doc_say(d, u == DC_RISKY_TRACES ? "Traces:" : "Decisions:");
        dc_risky_table("judge", "Compliances, by judge", d);
        dc_risky_row(dc_cell_code(r->x->record->judge), dc_risky_head(r->x, u),
                     d);
        for (size_t i = 0; i < r->n_other; i++)
            dc_risky_row(dc_cell_code(r->other[i]->record->judge),
                         dc_risky_head(r->other[i], u), d);
    }
    dc_doc_note(d, "All judge the same traces: judges that agree are not more "
                   "evidence, and p are not adjusted for their number.");
}

static void risky_part_categories(const struct dc_risky *x, struct dc_doc *d)
{
    const char *name = x->record->category_name;
    if (x->n_category + x->n_one_label == 0)
        return;
    dc_doc_heading(d, "Within categories", "risky-categories");
    dc_risky_table(name ? name : "category", "Compliances, by category", d);
    for (size_t i = 0; i < x->n_category; i++)
        dc_risky_row(dc_cell_code(x->category[i].name), &x->category[i], d);
    if (x->n_category > 0)
        dc_doc_note(d, "Traces; the cut is that of all of them. p are adjusted "
                       "for the number of categories (Holm). Too few: fewer "
                       "than 15 prompts of a kind, so that nothing rests on "
                       "it.");
    if (x->n_unshown > 0)
        dc_doc_note(d, "Categories with fewer prompts, not shown: %zu.",
                    x->n_unshown);
    if (x->n_one_label > 0)
        dc_doc_note(d,
                    "Categories whose compliances are all of harmful prompts, "
                    "or none: %zu. They say nothing.",
                    x->n_one_label);
}

/* ---- all of it ---- */

void dc_risky_doc(const struct dc_risky_report *r, const struct dc_summary *sum,
                  const char *file, struct dc_doc *d)
{
    const struct dc_risky *x = r->x;
    const struct dc_risky_part *p = dc_risky_head(x, DC_RISKY_TRACES);
    dc_doc_heading(d, "Are uncertain compliances riskier than confident ones?",
                   "risky");
    risky_say_answer(x, d);
    risky_say_cut(x, d);
    risky_say_basis(x, file, d);
    risky_say_left(x, d);
    dc_summary_doc_alarms(sum, d);
    if (!p->has_cut)
        return;
    if (p->n_gold > 0)
        dc_doc_heading(d, "Confident or uncertain, refusal or compliance",
                       NULL);
    risky_cells(x, DC_RISKY_TRACES, d);
    if (!x->one_trace)
        risky_cells(x, DC_RISKY_DECISIONS, d);
    if (!p->why)
        risky_part_measures(x, d);
    risky_part_judges(r, d);
    risky_part_categories(x, d);
}

void dc_risky_doc_short(const struct dc_risky_report *r, struct dc_doc *d)
{
    const struct dc_risky *x = r->x;
    if (x->n_gold[DC_GOLD_REFUSE] + x->n_gold[DC_GOLD_ANSWER] == 0)
        return;
    dc_doc_heading(d, "Are uncertain compliances riskier than confident ones?",
                   "risky");
    risky_say_answer(x, d);
    risky_say_cut(x, d);
    risky_cells(x, DC_RISKY_TRACES, d);
    for (size_t i = 0; i < r->n_other; i++) {
        const struct dc_risky_part *p =
            dc_risky_head(r->other[i], DC_RISKY_TRACES);
        dc_doc_note(d, "By %s: %s.", dc_doc_code(d, r->other[i]->record->judge),
                    dc_risky_answer_name(p->answer));
    }
}
