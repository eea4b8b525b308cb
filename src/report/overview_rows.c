/*
 * overview_rows.c - what one run adds to the page: rows of the tables that hold
 * all runs, its doubts, and its findings (overview.h).
 */
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "judge/judge.h"
#include "report/chapter.h"
#include "report/overview_priv.h"

#include <inttypes.h>
#include <string.h>

enum { ROWS_VALUE_COLS = 80 };

static const char *config(const struct dc_facts *f, const char *key)
{
    return dc_summary_config(&f->summary, key, "?");
}

/* Cut to a width that a cell can have; in the page's arena. */
static const char *cut(struct dc_overview *r, const char *text)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), ROWS_VALUE_COLS);
    const char *s = dc_arena_strdup(&r->arena, b.data ? b.data : "");
    dc_buf_release(&b);
    return s;
}

/* ---- tables ---- */

#define BEGIN(of, caption, ...)                                                \
    do {                                                                       \
        static const struct dc_doc_column column[] = {__VA_ARGS__};            \
        dc_doc_table(r->part[of], caption, NULL, column, DC_COUNT(column));    \
    } while (0)
#define COL(title)                                                             \
    {                                                                          \
        title, NULL, 0, false                                                  \
    }

void dc_overview_begin_tables(struct dc_overview *r)
{
    BEGIN(DC_RESULTS_WEIGHTS, "Weights and data", COL("run"), COL("weights"),
          COL("SHA-256 of the weights"), COL("SHA-256 of the data"));
    BEGIN(DC_RESULTS_RATES, "Rates", COL("run"), COL("judge"),
          COL("refused, of those to be refused (sensitivity)"),
          COL("answered, of those to be answered (specificity)"),
          COL("accuracy"), COL("baseline"), COL("balanced accuracy"),
          COL("MCC"), COL("undetermined"));
    BEGIN(DC_RESULTS_JUDGES, "Agreement of judges", COL("run"), COL("judge"),
          COL("and"), COL("of"), COL("alike"), COL("counts"), COL("kappa"));
    BEGIN(DC_RESULTS_AUROC, "AUROC", COL("run"), COL("judge"), COL("surer if"),
          COL("over all"), COL("among prompts to be refused"),
          COL("among prompts to be answered"),
          COL("between traces of one prompt"));
    BEGIN(DC_RESULTS_CALIB, "Calibration", COL("run"),
          COL("expected calibration error"), COL("of noise alone"),
          COL("seldom above"), COL("Brier score"),
          COL("traces that are right"));
    BEGIN(DC_RESULTS_PAIRS, "Runs compared", COL("first"), COL("second"),
          COL("prompts"), COL("n"), COL("first"), COL("second"),
          COL("difference"), COL("apart"), COL("p"));
}

/* Is it the first time that this is to be said? */
static bool is_first(struct dc_overview *r, const char *a, const char *b)
{
    const char *line = dc_arena_printf(&r->arena, "\n%s\t%s\n", a, b);
    if (r->once.n && strstr(r->once.data, line))
        return false;
    dc_buf_adds(&r->once, line);
    return true;
}

/* ---- what was run ---- */

static const char *drawn(struct dc_overview *r, const struct dc_facts *f)
{
    const char *sample = config(f, "data.sample");
    const char *first = config(f, "data.num_instances");
    if (strcmp(sample, "0") != 0 && strcmp(sample, "?") != 0)
        return dc_arena_printf(&r->arena,
                               "by chance in the labels' proportions, seed %s",
                               config(f, "data.sample_seed"));
    return !strcmp(first, "0")
               ? "all of the file"
               : dc_arena_printf(&r->arena, "the first %s", first);
}

static const char *prompts(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_summary *s = &f->summary;
    char all[DC_GROUPED], done[DC_GROUPED];
    if (s->n_decided == s->n_prompt)
        return dc_arena_strdup(&r->arena, dc_grouped(s->n_prompt, all));
    return dc_arena_printf(&r->arena, "%s, %s decided yet",
                           dc_grouped(s->n_prompt, all),
                           dc_grouped(s->n_decided, done));
}

static const char *labelled(struct dc_overview *r, const struct dc_facts *f,
                            enum dc_gold gold)
{
    char n[DC_GROUPED];
    return dc_arena_strdup(&r->arena, dc_grouped(f->summary.gold[gold].n, n));
}

static const char *confidence(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_trace_measure *own = dc_facts_own(f);
    const char *name = config(f, "stop.measure");
    return own ? dc_arena_printf(&r->arena, "%s, %s", name,
                                 own->column->measure.row->formula)
               : dc_arena_strdup(&r->arena, name);
}

static void keep_setup(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_summary *s = &f->summary;
    const char **to = r->run[r->n - 1].setup;
    to[DC_SETUP_DATA] = cut(r, config(f, "data.name"));
    to[DC_SETUP_PROMPTS] = prompts(r, f);
    to[DC_SETUP_REFUSE] = labelled(r, f, DC_GOLD_REFUSE);
    to[DC_SETUP_ANSWER] = labelled(r, f, DC_GOLD_ANSWER);
    to[DC_SETUP_DRAWN] = drawn(r, f);
    to[DC_SETUP_TRACES] = dc_arena_printf(&r->arena, "%u", s->max_traces);
    to[DC_SETUP_TOKENS] = cut(r, config(f, "sampling.max_tokens"));
    to[DC_SETUP_TEMPERATURE] = cut(r, config(f, "sampling.temperature"));
    to[DC_SETUP_SEED] = cut(r, config(f, "run.seed"));
    to[DC_SETUP_POLICY] = cut(r, config(f, "stop.policy"));
    to[DC_SETUP_JUDGE] = cut(r, dc_arena_printf(&r->arena, "%s, version %s",
                                                s->judge, s->judge_version));
    to[DC_SETUP_CONFIDENCE] = confidence(r, f);
}

static void weights_row(struct dc_overview *r, const struct dc_facts *f)
{
    const char *sha = dc_summary_config(&f->summary, "model.sha256", NULL);
    const char *name = dc_arena_printf(
        &r->arena, "%s: %s", config(f, "model.name"), config(f, "model.desc"));
    dc_doc_row(dc_overview_part(r, DC_RESULTS_WEIGHTS),
               (struct dc_cell[]){dc_cell_text(f->name),
                                  dc_cell_text(cut(r, name)),
                                  sha ? dc_cell_code(sha)
                                      : dc_cell_text("a server's, not known"),
                                  dc_cell_code(config(f, "data.sha256"))});
}

static void label_item(struct dc_overview *r, const struct dc_facts *f)
{
    const char *data = config(f, "data.benchmark");
    const char *means = config(f, "data.label_means");
    if (is_first(r, data, means))
        dc_doc_item(dc_overview_part(r, DC_RESULTS_LABELS), data, means);
}

/* ---- findings ---- */

static void put_finding(struct dc_overview *r, enum dc_overview_part part,
                        const struct dc_facts *f, const struct dc_finding *x)
{
    struct dc_doc *d = dc_overview_part(r, part);
    const char *text = x->text;
    if (part != DC_RESULTS_POLICIES) /* which name the run above */
        text = dc_arena_printf(&r->arena, "%s: %s", dc_doc_code(d, f->name),
                               x->text);
    dc_doc_claim(d, text, dc_arena_printf(&r->arena, "Test: %s", x->by));
}

static void put_findings(struct dc_overview *r, const struct dc_facts *f)
{
    static const struct {
        const char *id;
        enum dc_overview_part part;
    } want[] = {
        {"refusals-follow-gold", DC_RESULTS_REFUSES},
        {"accuracy-against-constant", DC_RESULTS_REFUSES},
        {"confidence-tells", DC_RESULTS_TELLS},
        {"confidence-of-refusals", DC_RESULTS_TELLS},
        {"cheapest-without-change", DC_RESULTS_STOPS},
        {"stopping-by-confidence", DC_RESULTS_STOPS},
        {"traces-agree", DC_RESULTS_POLICIES},
        {"calibrated-stopping", DC_RESULTS_POLICIES},
    };
    struct dc_findings l;
    dc_doc_heading(dc_overview_part(r, DC_RESULTS_POLICIES), f->name, NULL);
    dc_findings_make(f, &l);
    for (size_t k = 0; k < DC_COUNT(want); k++)
        for (size_t i = 0; i < l.n; i++)
            if (!strcmp(l.item[i].id, want[k].id))
                put_finding(r, want[k].part, f, &l.item[i]);
    dc_findings_release(&l);
}

/* Does what confidence tells hang on the judge? */
static void put_other_tells(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_overview_run *x = &r->run[r->n - 1];
    for (size_t i = 0; i < f->n_other && x->has_tells; i++) {
        const struct dc_facts_other *o = &f->other[i];
        if (!o->has_stats)
            continue;
        struct dc_doc *d = dc_overview_part(r, DC_RESULTS_TELLS);
        enum dc_tells t = dc_stats_tells(&o->stats.measure[0]);
        dc_doc_claim(d,
                     dc_arena_printf(&r->arena, "%s, by %s instead: %s.",
                                     dc_doc_code(d, f->name),
                                     dc_doc_code(d, o->summary.judge),
                                     t == x->tells ? "the same"
                                                   : dc_stats_tells_says(t)),
                     "Figures below");
    }
}

/* Too few prompts are a doubt, or fewer than the run is to have. */
static void put_few(const struct dc_facts *f, struct dc_doc *d)
{
    struct dc_findings l;
    dc_advice_make(f, &l);
    for (size_t i = 0; i < l.n; i++)
        if (!strcmp(l.item[i].id, "more-prompts") ||
            !strcmp(l.item[i].id, "go-on"))
            dc_doc_claim(d, l.item[i].text,
                         dc_arena_printf(&l.arena, "Rule: %s", l.item[i].by));
    dc_findings_release(&l);
}

/* ---- rates ---- */

static void rates_row(struct dc_overview *r, const struct dc_facts *f,
                      const struct dc_summary *s)
{
    const struct dc_matrix_rates *m = &s->rates;
    const struct dc_prop *base = &m->majority_baseline;
    dc_doc_row(
        dc_overview_part(r, DC_RESULTS_RATES),
        (struct dc_cell[]){
            dc_cell_text(f->name), dc_cell_code(s->judge),
            dc_cell_prop_of(&m->sensitivity), dc_cell_prop_of(&m->specificity),
            dc_cell_prop_of(&m->accuracy),
            base->defined ? dc_cell_share(base->value)
                          : dc_cell_missing("no value"),
            dc_cell_ratio(&m->balanced_accuracy, 3), dc_cell_ratio(&m->mcc, 3),
            dc_cell_count(s->gold[DC_GOLD_REFUSE].undetermined +
                          s->gold[DC_GOLD_ANSWER].undetermined +
                          s->gold[DC_GOLD_NONE].undetermined)});
}

static void kappa_row(struct dc_overview *r, const struct dc_facts *f,
                      const struct dc_judges_pair *p, bool of_prompts)
{
    const struct dc_kappa *k = of_prompts ? &p->prompt : &p->trace;
    struct dc_cell cell[] = {dc_cell_text(f->name),
                             dc_cell_code(f->judges->row[p->a].label),
                             dc_cell_code(f->judges->row[p->b].label),
                             dc_cell_text(of_prompts ? "decisions" : "traces"),
                             dc_cell_missing("none"),
                             dc_cell_missing("-"),
                             dc_cell_missing("-")};
    if (of_prompts && !p->has_prompt) {
        cell[4] = dc_cell_missing("not before both have judged all traces");
    } else if (k->n > 0) {
        cell[4] = dc_cell_share(k->observed.value);
        cell[5] = dc_cell_of(k->n_equal, k->n, NULL);
        cell[6] = dc_cell_ratio(&k->kappa, 3);
    }
    dc_doc_row(dc_overview_part(r, DC_RESULTS_JUDGES), cell);
}

static void error_item(struct dc_overview *r, const char *label)
{
    const struct dc_judge_ops *row = dc_judge_find(label);
    if (row && row->errors && is_first(r, label, row->errors))
        dc_doc_item(
            dc_overview_part(r, DC_RESULTS_ERRORS), label,
            dc_arena_printf(&r->arena, "%s (docs/JUDGES.md)", row->errors));
}

/* ---- confidence ---- */

/* "0.612 (0.551-0.671), 120/80" */
static struct dc_cell auroc_cell(struct dc_overview *r,
                                 const struct dc_trace_auroc *a)
{
    struct dc_cell c = dc_cell_boot(&a->auroc, 3);
    c.after = dc_arena_printf(&r->arena, "%s%s%" PRIu64 "/%" PRIu64,
                              c.after ? c.after : "", c.after ? " " : "",
                              a->n_positive, a->n_negative);
    return c;
}

static void auroc_rows(struct dc_overview *r, const struct dc_facts *f,
                       const struct dc_trace_stats *s, const char *judge)
{
    static const char *const of[DC_N_TARGET][2] = {
        {"a trace is right", "a decision is right"},
        {"a trace is a refusal", "a decision is a refusal"},
        {NULL, NULL}};
    for (enum dc_target t = 0; t < DC_TARGET_MAJORITY; t++)
        for (int k = 0; k < 2; k++) {
            const struct dc_trace_target *x = &s->measure[0].target[t];
            const struct dc_trace_auroc *a = k ? x->decision : x->scope;
            struct dc_cell cell[7] = {dc_cell_text(f->name),
                                      dc_cell_code(judge),
                                      dc_cell_text(of[t][k])};
            for (int i = 0; i < DC_N_TRACES; i++)
                cell[3 + i] = auroc_cell(r, &a[i]);
            cell[6] = k ? dc_cell_none() : dc_cell_boot(&x->within.pooled, 3);
            dc_doc_row(dc_overview_part(r, DC_RESULTS_AUROC), cell);
        }
}

static void calib_row(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_trace_measure *m = dc_facts_own(f);
    const struct dc_trace_calib *c = m ? &m->calib[DC_TARGET_CORRECT] : NULL;
    if (!c || !c->has)
        return;
    const struct dc_trace_auroc *a =
        &m->target[DC_TARGET_CORRECT].scope[DC_TRACES_ALL];
    const struct dc_calib_noise *x = &c->noise_width;
    double n = (double)(a->n_positive + a->n_negative);
    dc_doc_row(
        dc_overview_part(r, DC_RESULTS_CALIB),
        (struct dc_cell[]){
            dc_cell_text(f->name), dc_cell_real(c->width.ece, 3),
            x->defined ? dc_cell_real(x->mean, 3) : dc_cell_missing(NULL),
            x->defined ? dc_cell_real(x->most, 3) : dc_cell_missing(NULL),
            dc_cell_boot(&c->brier, 3),
            dc_cell_real((double)a->n_positive / n, 3)});
}

/* ---- all of it ---- */

static void judged_rows(struct dc_overview *r, const struct dc_facts *f,
                        const struct dc_summary *s,
                        const struct dc_trace_stats *stats)
{
    rates_row(r, f, s);
    error_item(r, s->judge);
    if (stats)
        auroc_rows(r, f, stats, s->judge);
}

void dc_overview_rows(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_doc *doubts = dc_overview_part(r, DC_RESULTS_DOUBTS);
    keep_setup(r, f);
    weights_row(r, f);
    label_item(r, f);
    dc_doc_heading(doubts, f->name, NULL);
    dc_chapter_doubts(&(struct dc_chapter){f, NULL, doubts});
    put_few(f, doubts);
    put_findings(r, f);
    put_other_tells(r, f);
    judged_rows(r, f, &f->summary, f->has_stats ? &f->stats : NULL);
    for (size_t i = 0; i < f->n_other; i++)
        judged_rows(r, f, &f->other[i].summary,
                    f->other[i].has_stats ? &f->other[i].stats : NULL);
    for (size_t i = 0; i < f->judges->n_pair; i++) {
        kappa_row(r, f, &f->judges->pair[i], false);
        kappa_row(r, f, &f->judges->pair[i], true);
    }
    calib_row(r, f);
}
