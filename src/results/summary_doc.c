/*
 * summary_doc.c - decisions, rates, judges, cost and single traces as parts of
 * a document (summary_doc.h).
 */
#include "results/summary_doc.h"

#include "base/plural.h"
#include "results/alarm.h"
#include "results/served.h"

#include <inttypes.h>
#include <string.h>

#define LEVEL 0.95

void dc_summary_doc_alarms(const struct dc_summary *s, struct dc_doc *d)
{
    for (size_t i = 0; i < s->n_alarm; i++)
        dc_doc_alarm(d, s->alarm[i].id, s->alarm[i].text, s->alarm[i].more);
}

static void setup_item(void *arg, const char *name, const char *text)
{
    dc_doc_item(arg, name, text);
}

void dc_summary_doc_setup(const struct dc_summary *s, struct dc_doc *d)
{
    dc_summary_setup(s, setup_item, d);
}

/* ---- decisions ---- */

static struct dc_cell cell_named(const char *name, uint64_t n)
{
    struct dc_cell c = dc_cell_count(n);
    c.before = name;
    return c;
}

void dc_summary_doc_decisions(const struct dc_summary *s, struct dc_doc *d)
{
    static const char *const cell[DC_N_GOLD][2] = {
        [DC_GOLD_REFUSE] = {"TP", "FN"}, [DC_GOLD_ANSWER] = {"FP", "TN"}};
    static const struct dc_doc_column column[] = {
        {"prompts that", NULL, 0, false}, {"refused", NULL, 0, false},
        {"answered", NULL, 0, false},     {"undetermined", NULL, 0, false},
        {"all", NULL, 0, false},          {"not decided", NULL, 1, false}};
    dc_doc_heading(d, "Decisions, by what the gold label asks for",
                   "decisions");
    dc_doc_table(d, "Decisions by gold label", NULL, column,
                 sizeof column / sizeof *column -
                     (s->n_decided == s->n_prompt));
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &s->gold[g];
        uint64_t decided = c->refusal + c->compliance + c->undetermined;
        if (g == DC_GOLD_NONE && c->n == 0)
            continue;
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_text(dc_gold_asks((enum dc_gold)g)),
                          cell_named(cell[g][0], c->refusal),
                          cell_named(cell[g][1], c->compliance),
                          dc_cell_count(c->undetermined), dc_cell_count(c->n),
                          dc_cell_count(c->n - decided)});
    }
    if (s->n_problem > 0)
        dc_doc_note(d,
                    "%" PRIu64 " prompt%s could not be run, counted as "
                    "undetermined",
                    s->n_problem, dc_plural(s->n_problem));
}

/* ---- rates ---- */

static const struct dc_doc_column rate_column[] = {
    {"rate", NULL, 0, true},
    {"value", NULL, 0, false},
    {"95 % interval", "Wilson's of rates; docs/METHODS.md has the others", 1,
     false},
    {"prompts", NULL, 2, false},
    {"what it is", NULL, 3, true}};

static void rate_row(struct dc_doc *d, const char *name,
                     const struct dc_prop *p, const char *what)
{
    struct dc_cell value = dc_cell_missing("no value");
    if (p->defined)
        value = dc_cell_share(p->value);
    dc_doc_row(d, (struct dc_cell[]){
                      dc_cell_text(name), value, dc_cell_interval(p),
                      dc_cell_of(p->k, p->n, NULL), dc_cell_text(what)});
}

static void ratio_row(struct dc_doc *d, const char *name,
                      const struct dc_ratio *r, const struct dc_range *x,
                      const char *what)
{
    struct dc_cell range = dc_cell_none();
    if (x->defined)
        range = dc_cell_range(x->lo, x->hi, 3);
    dc_doc_row(d,
               (struct dc_cell[]){dc_cell_text(name), dc_cell_ratio(r, 3),
                                  range, dc_cell_none(), dc_cell_text(what)});
}

struct dc_prop dc_summary_over_refusal(const struct dc_matrix *m)
{
    return dc_prop_wilson(m->fp, m->fp + m->tn, LEVEL);
}

static void case_note(struct dc_doc *d, const char *name,
                      const struct dc_prop *worst, const struct dc_prop *best)
{
    if (worst->defined)
        dc_doc_note(d,
                    "%s: %.1f to %.1f %%, if all undetermined are wrong or "
                    "right",
                    name, 100 * worst->value, 100 * best->value);
}

static void ties_note(const struct dc_summary *s, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_summary_ties_say(s, &b);
    if (b.n > 0)
        dc_doc_note(d, "%s", b.data);
    dc_buf_release(&b);
}

void dc_summary_doc_rates(const struct dc_summary *s, struct dc_doc *d)
{
    const struct dc_matrix_rates *r = &s->rates;
    const struct dc_matrix_ranges *x = &s->ranges;
    struct dc_prop over = dc_summary_over_refusal(&s->matrix);
    if (!dc_summary_has_gold(s)) {
        dc_doc_heading(d, "Rates: none, as no prompt has a gold label",
                       "rates");
        return;
    }
    dc_doc_heading(d, "Rates over the prompts refused or answered", "rates");
    dc_doc_table(d, "Rates", NULL, rate_column,
                 sizeof rate_column / sizeof *rate_column);
    rate_row(d, "refusal rate on harmful (sensitivity)", &r->sensitivity,
             "refused, of those that should be refused");
    rate_row(d, "over-refusal rate on harmless", &over,
             "refused, of those that should be answered");
    rate_row(d, "specificity", &r->specificity,
             "answered, of those that should be answered");
    rate_row(d, "precision", &r->precision,
             "should be refused, of those refused");
    rate_row(d, "accuracy", &r->accuracy, "decided as the label asks for");
    rate_row(d, "majority baseline", &r->majority_baseline,
             "accuracy of the best constant answer");
    ratio_row(d, "balanced accuracy", &r->balanced_accuracy,
              &x->balanced_accuracy,
              "mean of sensitivity and specificity; 0.5 for a constant");
    ratio_row(d, "F1", &r->f1, &x->f1,
              "harmonic mean of precision and sensitivity");
    ratio_row(d, "MCC", &r->mcc, &x->mcc,
              "correlation; 0 is chance, below 0 inverted");
    ties_note(s, d);
    if (!dc_summary_has_cases(s))
        return;
    case_note(d, "sensitivity", &s->sensitivity_worst, &s->sensitivity_best);
    case_note(d, "specificity", &s->specificity_worst, &s->specificity_best);
}

/* ---- judges ---- */

static struct dc_cell kappa_with(const struct dc_judges *j, size_t own,
                                 size_t other)
{
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        bool of =
            (p->a == own && p->b == other) || (p->a == other && p->b == own);
        if (of && p->has_prompt)
            return dc_cell_ratio(&p->prompt.kappa, 2);
    }
    return dc_cell_missing("-");
}

static void judge_row(const struct dc_judges *j, size_t own, size_t i,
                      bool has_gold, struct dc_doc *d)
{
    const struct dc_judges_row *r = &j->row[i];
    struct dc_matrix_rates x = dc_matrix_rates(&r->matrix, LEVEL);
    struct dc_prop over = dc_summary_over_refusal(&r->matrix);
    uint64_t refused = r->decision[DC_VERDICT_REFUSAL];
    uint64_t n = refused + r->decision[DC_VERDICT_COMPLIANCE];
    struct dc_prop all = dc_prop_wilson(refused, n, LEVEL);
    struct dc_cell cell[] = {
        dc_cell_code(r->label), dc_cell_prop(has_gold ? &x.sensitivity : &all),
        has_gold ? dc_cell_prop(&over) : dc_cell_none(),
        i == own ? dc_cell_missing("-") : kappa_with(j, own, i),
        dc_cell_text(r->version ? r->version : "several")};
    if (!r->has_decisions)
        cell[1] = cell[2] = dc_cell_missing("not all judged");
    dc_doc_row(d, cell);
}

/* Its rates may be over fewer prompts than those of the others. */
static void note_decides(const struct dc_judges_row *r, struct dc_doc *d)
{
    uint64_t n =
        r->decision[DC_VERDICT_REFUSAL] + r->decision[DC_VERDICT_COMPLIANCE];
    uint64_t none = r->decision[DC_VERDICT_UNDETERMINED];
    if (r->has_decisions && none > 0)
        dc_doc_note(d,
                    "%s decides %" PRIu64 " of %" PRIu64
                    " prompts: its rates are over those",
                    dc_doc_code(d, r->label), n, n + none);
}

void dc_summary_doc_judges(const struct dc_summary *s, struct dc_doc *d)
{
    const struct dc_judges *j = &s->judges;
    bool gold = dc_summary_has_gold(s);
    const struct dc_doc_column column[] = {
        {"judge", NULL, 0, false},
        {gold ? "refusal rate on harmful" : "refused", NULL, 0, false},
        {gold ? "over-refusal" : "", "refused, of the harmless ones", 0, false},
        {"kappa", "Cohen's, of its decisions with those of the judge reported",
         1, false},
        {"version", NULL, 2, true}};
    size_t own = 0;
    if (j->n < 2)
        return;
    for (size_t i = 0; i < j->n; i++)
        if (!strcmp(j->row[i].label, s->judge))
            own = i;
    dc_doc_heading(d, "The same prompts by each judge", "judges");
    dc_doc_table(d, "Rates by judge", NULL, column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < j->n; i++)
        judge_row(j, own, i, gold, d);
    dc_doc_explain(d, "kappa", "of a judge's decisions with those of %s",
                   dc_doc_code(d, s->judge));
    for (size_t i = 0; i < j->n; i++)
        note_decides(&j->row[i], d);
}

/* ---- cost ---- */

static struct dc_cell cell_seconds(double ms)
{
    if (ms < 100000)
        return dc_cell_real(ms / 1000, 1);
    return dc_cell_count((uint64_t)(ms / 1000 + 0.5));
}

static void put_seconds(double ms, struct dc_buf *out)
{
    struct dc_cell c = cell_seconds(ms);
    dc_cell_put(&c, out);
}

static void cost_row(const struct dc_summary *s, struct dc_doc *d,
                     struct dc_cell cell[4], double saved, double spent)
{
    cell[3] = dc_cell_missing("-");
    if (dc_summary_has_share(s))
        cell[3] = dc_cell_share(dc_summary_share(saved, spent));
    dc_doc_row(d, cell);
}

static void lacking_row(const struct dc_summary *s, struct dc_doc *d,
                        const char *unit, uint64_t n_lacking)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    dc_summary_lacking(s, n_lacking, &b);
    dc_doc_row(d,
               (struct dc_cell[]){dc_cell_text(unit), dc_cell_missing(b.data),
                                  dc_cell_missing("-"), dc_cell_missing("-")});
    dc_buf_release(&b);
}

static void cost_rows(const struct dc_summary *s, struct dc_doc *d)
{
    cost_row(s, d,
             (struct dc_cell[4]){dc_cell_text("traces"),
                                 dc_cell_count(s->spent.n_trace),
                                 dc_cell_count(s->saved.n_trace)},
             (double)s->saved.n_trace, (double)s->decided.n_trace);
    if (s->n_no_count > 0)
        lacking_row(s, d, "tokens", s->n_no_count);
    else
        cost_row(s, d,
                 (struct dc_cell[4]){
                     dc_cell_text("tokens"),
                     dc_cell_count((uint64_t)(s->spent.n_tok + 0.5)),
                     dc_cell_count((uint64_t)(s->saved.n_tok + 0.5))},
                 s->saved.n_tok, s->decided.n_tok);
    if (s->n_no_time > 0)
        lacking_row(s, d, "seconds", s->n_no_time);
    else
        cost_row(s, d,
                 (struct dc_cell[4]){dc_cell_text("seconds"),
                                     cell_seconds(s->spent.ms),
                                     cell_seconds(s->saved.ms)},
                 s->saved.ms, s->decided.ms);
}

static void wall_note(const struct dc_summary *s, struct dc_doc *d)
{
    struct dc_buf b;
    if (!dc_summary_has_wall(s))
        return;
    dc_buf_init(&b, 1 << 12);
    put_seconds(s->wall_ms, &b);
    dc_buf_addf(&b, " s of wall time in %" PRIu64 " session%s", s->n_session,
                dc_plural(s->n_session));
    if (dc_summary_has_parts(s)) {
        dc_buf_adds(&b, " (generating ");
        put_seconds(s->decode_ms, &b);
        dc_buf_adds(&b, " s, reading prompts ");
        put_seconds(s->prefill_ms, &b);
        dc_buf_adds(&b, " s)");
    }
    dc_doc_note(d, "%s", b.data);
    dc_buf_release(&b);
}

void dc_summary_doc_cost(const struct dc_summary *s, struct dc_doc *d)
{
    struct dc_buf b;
    char head[64];
    snprintf(head, sizeof head, "saved of all %u a prompt", s->max_traces);
    const struct dc_doc_column column[] = {{"", NULL, 0, false},
                                           {"spent", NULL, 0, false},
                                           {"saved", NULL, 0, false},
                                           {head, NULL, 0, false}};
    dc_doc_heading(d, "Cost", "cost");
    /* where all traces were given, none was saved */
    dc_doc_table(d, "Cost", NULL, column, s->knows.drawn ? 4 : 2);
    cost_rows(s, d);
    if (s->saved.n_trace > 0)
        dc_doc_note(d, "tokens and seconds of what was not drawn are estimated "
                       "by the mean of the prompt's own traces");
    if (dc_summary_saved_partly(s)) {
        dc_buf_init(&b, 1 << 12);
        dc_summary_saved_over(s, &b);
        dc_doc_note(d, "saved: %s", b.data);
        dc_buf_release(&b);
    }
    wall_note(s, d);
    if (s->n_server > 0)
        dc_doc_note(d, DC_SERVED_COST);
}

void dc_summary_doc_stopped(const struct dc_summary *s, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"", NULL, 0, true},
                                                  {"prompts", NULL, 0, false}};
    dc_doc_heading(d, "Why prompts stopped", "stopped");
    dc_doc_table(d, "Why prompts stopped", NULL, column, 2);
    for (size_t i = 0; i < s->n_reason; i++)
        dc_doc_row(d, (struct dc_cell[]){dc_cell_text(s->reason[i].name),
                                         dc_cell_count(s->reason[i].n)});
    if (s->n_prompt > s->n_decided)
        dc_doc_row(
            d, (struct dc_cell[]){dc_cell_text("(not yet decided)"),
                                  dc_cell_count(s->n_prompt - s->n_decided)});
    if (s->n_calibration > 0)
        dc_doc_note(d,
                    "%" PRIu64 " of them for calibration, drawn to all %u "
                    "trace%s",
                    s->n_calibration, s->max_traces, dc_plural(s->max_traces));
}

/* ---- traces ---- */

static void odd_note(struct dc_doc *d, const char *name, struct dc_buf *text)
{
    if (text->n > 0)
        dc_doc_note(d, "%s: %s", name, text->data);
    dc_buf_clear(text);
}

/* How traces ended, which were drawn again, why some are undetermined. */
static void odd_notes(const struct dc_summary *s, struct dc_doc *d)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_summary_endings(s, &t);
    odd_note(d, "ended by", &t);
    dc_redrawn_says(&s->redrawn, &t);
    odd_note(d, "drawn again", &t);
    for (size_t i = 0; i < s->n_unclear; i++)
        dc_buf_addf(&t, "%s%" PRIu64 " %s", i ? ", " : "", s->unclear[i].n,
                    s->unclear[i].name);
    odd_note(d, "undetermined", &t);
    dc_buf_release(&t);
}

void dc_summary_doc_traces(const struct dc_summary *s, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"prompts that", NULL, 0, false},
        {"refusals", NULL, 0, false},
        {"share", NULL, 0, false},
        {"undetermined", NULL, 0, false}};
    dc_doc_heading(d, "Single traces", "single-traces");
    if (s->spent.n_trace == 0) {
        dc_doc_say(d, "none yet");
        return;
    }
    dc_doc_table(d, "Single traces", NULL, column, 4);
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &s->gold[g];
        if (c->n_trace == 0)
            continue;
        dc_doc_row(
            d, (struct dc_cell[]){
                   dc_cell_text(dc_gold_asks((enum dc_gold)g)),
                   dc_cell_of(c->trace_refusal, c->n_trace, NULL),
                   dc_cell_share((double)c->trace_refusal / (double)c->n_trace),
                   dc_cell_count(c->trace_undetermined)});
    }
    dc_doc_note(d,
                "descriptive: traces of a prompt are not independent, so no "
                "interval stands here%s",
                s->saved.n_trace > 0 ? "; " DC_SUMMARY_FEWER_TRACES : "");
    odd_notes(s, d);
}
