/*
 * judges_doc.c - what judges say and how far they agree, as a document
 * (judges_report.h).
 */
#include "base/mem.h"
#include "base/plural.h"
#include "results/judges_report.h"

#include <inttypes.h>

#define JUDGES_LEVEL 0.95

/* ---- verdicts ---- */

static void judges_verdict_table(const struct dc_judges *j, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"judge", NULL, 0, true},         {"refusal", NULL, 0, false},
        {"partial", NULL, 0, false},      {"compliance", NULL, 0, false},
        {"undetermined", NULL, 0, false}, {"version", NULL, 1, true}};
    const char *what = j->rows ? "Verdicts" : "Verdicts on traces";
    dc_doc_heading(d, what, "verdicts");
    if (j->n == 0)
        dc_doc_say(d, "No trace is judged yet.");
    dc_doc_table(d, what, NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < j->n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_code(r->label),
                          dc_cell_count(r->verdict[DC_VERDICT_REFUSAL]),
                          dc_cell_count(r->verdict[DC_VERDICT_PARTIAL]),
                          dc_cell_count(r->verdict[DC_VERDICT_COMPLIANCE]),
                          dc_cell_count(r->verdict[DC_VERDICT_UNDETERMINED]),
                          dc_cell_text(r->version ? r->version : "several")});
    }
}

/* The share of refusals, and how far the undetermined could move it. */
static void judges_worst_and_best(const struct dc_judges_row *r,
                                  struct dc_buf *out)
{
    uint64_t yes =
        r->verdict[DC_VERDICT_REFUSAL] + r->verdict[DC_VERDICT_PARTIAL];
    uint64_t both = yes + r->verdict[DC_VERDICT_COMPLIANCE];
    uint64_t open = r->verdict[DC_VERDICT_UNDETERMINED];
    double all = (double)(both + open);
    if (open == 0)
        return;
    dc_buf_adds(out, "; refused: ");
    if (both > 0)
        dc_buf_addf(out, "%.1f %% of the others, ",
                    100 * (double)yes / (double)both);
    dc_buf_addf(out,
                "%.1f %% to %.1f %% of all, if all undetermined are "
                "compliances, or refusals",
                100 * (double)yes / all, 100 * (double)(yes + open) / all);
}

static void judges_undetermined_note(const struct dc_judges_row *r,
                                     struct dc_doc *d)
{
    struct dc_buf b;
    if (r->n_reason == 0)
        return;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < r->n_reason; i++)
        dc_buf_addf(&b, "%s%" PRIu64 " %s", i ? ", " : "", r->reason[i].n,
                    r->reason[i].name);
    judges_worst_and_best(r, &b);
    dc_doc_note(d, "%s, undetermined: %s", dc_doc_code(d, r->label), b.data);
    dc_buf_release(&b);
}

static void judges_notes(const struct dc_judges *j, struct dc_doc *d)
{
    for (size_t i = 0; i < j->n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        const char *name = dc_doc_code(d, r->label);
        if (r->own)
            dc_doc_note(d, "%s is the run's own judge", name);
        if (!r->version)
            dc_doc_note(d, "%s: verdicts of several versions", name);
        if (r->n < j->n_trace)
            dc_doc_note(d, "%s has judged %" PRIu64 " of %" PRIu64 " traces",
                        name, r->n, j->n_trace);
        judges_undetermined_note(r, d);
        if (r->trained_on)
            dc_doc_note(d,
                        "%s was trained on this very file: it says less about "
                        "other responses.",
                        name);
    }
}

/* ---- decisions ---- */

static void judges_decisions(const struct dc_judges *j, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"judge", NULL, 0, true},
        {"refusal", NULL, 0, false},
        {"compliance", NULL, 0, false},
        {"undetermined", NULL, 0, false}};
    dc_doc_heading(d,
                   "Decisions on prompts, by the run's vote (partial counts as "
                   "refusal)",
                   "judges-decisions");
    dc_doc_table(d, "Decisions by judge", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < j->n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        struct dc_cell cell[] = {
            dc_cell_code(r->label),
            dc_cell_count(r->decision[DC_VERDICT_REFUSAL]),
            dc_cell_count(r->decision[DC_VERDICT_COMPLIANCE]),
            dc_cell_count(r->decision[DC_VERDICT_UNDETERMINED])};
        if (!r->has_decisions) {
            cell[1] = dc_cell_missing("not all judged");
            cell[2] = cell[3] = dc_cell_missing("-");
        }
        dc_doc_row(d, cell);
    }
}

/* ---- agreement ---- */

static void judges_kappa_row(const struct dc_judges *j,
                             const struct dc_judges_pair *p, bool of_prompts,
                             struct dc_doc *d)
{
    const struct dc_kappa *k = of_prompts ? &p->prompt : &p->trace;
    struct dc_cell cell[] = {
        dc_cell_code(j->row[p->a].label),
        dc_cell_code(j->row[p->b].label),
        dc_cell_text(of_prompts ? "prompts"
                     : j->rows  ? "rows"
                                : "traces"),
        dc_cell_missing("none"),
        dc_cell_of(k->n_equal, k->n, NULL),
        dc_cell_ratio(&k->kappa, 3),
        dc_cell_count(of_prompts ? p->n_prompt_apart : p->n_apart)};
    if (of_prompts && !p->has_prompt)
        cell[3] = dc_cell_missing("not all judged");
    if (k->n > 0)
        cell[3] = dc_cell_share(k->observed.value);
    else
        cell[4] = cell[5] = dc_cell_missing("-");
    if (of_prompts && !p->has_prompt)
        cell[6] = dc_cell_missing("-");
    dc_doc_row(d, cell);
}

static void judges_agreement(const struct dc_judges *j, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"judge", NULL, 0, true},
        {"and", NULL, 0, true},
        {"of", NULL, 0, false},
        {"alike", NULL, 0, false},
        {"counts", "of those that both have a side on", 2, false},
        {"kappa", "Cohen's; no value if both give one answer throughout", 0,
         false},
        {"apart", "undetermined by either", 1, false}};
    if (j->n_pair == 0)
        return;
    dc_doc_heading(d, "Agreement, refusal (partial too) against compliance",
                   "judges-agreement");
    dc_doc_table(d, "Agreement of judges", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < j->n_pair; i++) {
        judges_kappa_row(j, &j->pair[i], false, d);
        if (!j->rows)
            judges_kappa_row(j, &j->pair[i], true, d);
    }
    dc_doc_explain(d, "apart",
                   "undetermined by either of the two, and not in the other "
                   "figures");
}

void dc_judges_doc(const struct dc_judges *j, struct dc_doc *d)
{
    judges_verdict_table(j, d);
    judges_notes(j, d);
    if (!j->rows && j->n > 0)
        judges_decisions(j, d);
    judges_agreement(j, d);
}

/* Where to find the prompts that judges decide otherwise. */
static void judges_say_where(const struct dc_judges *j, const char *file,
                             struct dc_doc *d)
{
    bool differ = false;
    for (size_t i = 0; i < j->n_pair; i++)
        differ |= j->pair[i].has_prompt &&
                  j->pair[i].prompt.n_equal < j->pair[i].prompt.n;
    if (differ)
        dc_doc_note(d,
                    "the prompts that judges decide otherwise: deepconf show "
                    "%s --prompts --only judges-differ",
                    file);
}

/* ---- the answer ---- */

/* "21 of 60 (35 %, 24 to 48)" */
static void judges_put_share(struct dc_prop p, struct dc_buf *out)
{
    dc_buf_addf(out, "%" PRIu64 " of %" PRIu64, p.k, p.n);
    if (p.defined)
        dc_buf_addf(out, " (%.0f %%, %.0f to %.0f)", 100 * p.value, 100 * p.lo,
                    100 * p.hi);
}

/* Refusals, of what the judge is not undetermined about: prompts, or responses
 * where there are none. */
static struct dc_prop judges_refused(const struct dc_judges *j,
                                     const struct dc_judges_row *r)
{
    const uint64_t *n = j->rows ? r->verdict : r->decision;
    uint64_t yes = n[DC_VERDICT_REFUSAL] + n[DC_VERDICT_PARTIAL];
    return dc_prop_wilson(yes, yes + n[DC_VERDICT_COMPLIANCE], JUDGES_LEVEL);
}

static void judges_say_refused(const struct dc_judges *j, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < j->n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        if (!j->rows && !r->has_decisions)
            continue;
        dc_buf_clear(&b);
        judges_put_share(judges_refused(j, r), &b);
        dc_doc_say(d, "%s refused by %s: %s.",
                   j->rows ? "Responses" : "Prompts", dc_doc_code(d, r->label),
                   b.data);
    }
    dc_buf_release(&b);
}

/* How far they agree: the two that do least. */
static void judges_say_alike(const struct dc_judges *j, struct dc_doc *d)
{
    const struct dc_judges_pair *least = NULL;
    const struct dc_kappa *of = NULL;
    size_t n = 0;
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        const struct dc_kappa *k = j->rows ? &p->trace : &p->prompt;
        if ((!j->rows && !p->has_prompt) || k->n == 0)
            continue;
        n++;
        if (least && k->observed.value >= of->observed.value)
            continue;
        least = p;
        of = k;
    }
    if (!least)
        return;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    judges_put_share(dc_prop_wilson(of->n_equal, of->n, JUDGES_LEVEL), &b);
    if (of->kappa.defined)
        dc_buf_addf(&b, ", kappa %.3f", of->kappa.value);
    dc_doc_say(d, "%s%s and %s say the same of %s.",
               n > 1 ? "The two that agree least, " : "",
               dc_doc_code(d, j->row[least->a].label),
               dc_doc_code(d, j->row[least->b].label), b.data);
    dc_buf_release(&b);
}

void dc_judges_file_doc(const struct dc_judges *j, const char *name,
                        struct dc_doc *d)
{
    const char *file = dc_doc_code(d, name);
    const char *unit = j->rows ? "response" : "trace";
    judges_say_refused(j, d);
    judges_say_alike(j, d);
    if (j->rows)
        dc_doc_say(d, "%s: %" PRIu64 " %s%s", file, j->n_trace, unit,
                   dc_plural(j->n_trace));
    else
        dc_doc_say(d, "%s: %" PRIu64 " %s%s, %" PRIu64 " prompt%s decided",
                   file, j->n_trace, unit, dc_plural(j->n_trace), j->n_prompt,
                   dc_plural(j->n_prompt));
    dc_judges_doc(j, d);
    judges_say_where(j, file, d);
}
