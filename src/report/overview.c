/*
 * overview.c - the page: its sections in their order, and the words that hold
 * for any runs (overview.h). Everything that is said of these runs is a fact or
 * a finding with its rule; nothing is written for particular ones.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "doc/md.h"
#include "report/overview_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OVERVIEW_LEVEL = 3 };

struct dc_overview *dc_overview_create(void)
{
    struct dc_overview *r = dc_xcalloc(1, sizeof *r);
    dc_arena_init(&r->arena);
    dc_buf_init(&r->once, SIZE_MAX);
    for (int i = 0; i < DC_RESULTS_N_PARTS; i++)
        r->part[i] = dc_doc_create();
    dc_overview_begin_tables(r);
    return r;
}

void dc_overview_free(struct dc_overview *r)
{
    if (!r)
        return;
    for (int i = 0; i < DC_RESULTS_N_PARTS; i++)
        dc_doc_free(r->part[i]);
    dc_buf_release(&r->once);
    dc_arena_release(&r->arena);
    free(r);
}

struct dc_doc *dc_overview_part(struct dc_overview *r,
                                enum dc_overview_part part)
{
    r->has[part] = true;
    return r->part[part];
}

/* ---- what is kept ---- */

static void keep_measures(struct dc_overview *r, struct dc_overview_run *x,
                          const struct dc_facts *f)
{
    size_t n = f->has_stats ? f->stats.n_measure : 0;
    x->measure = dc_arena_array(&r->arena, n + 1, sizeof *x->measure);
    for (size_t i = 0; i < n; i++) {
        const struct dc_trace_measure *m = &f->stats.measure[i];
        struct dc_overview_measure *k = &x->measure[x->n_measure];
        bool seen = false; /* the run's own may be one of the others */
        for (size_t j = 0; j < x->n_measure; j++)
            seen |= !strcmp(x->measure[j].name, m->column->measure.spec.text);
        if (seen)
            continue;
        snprintf(k->name, sizeof k->name, "%s", m->column->measure.spec.text);
        for (int s = 0; s < DC_N_TRACES; s++)
            k->auroc[s] = m->target[DC_TARGET_CORRECT].scope[s].auroc.value;
        x->n_measure++;
    }
}

static void keep_sweep(struct dc_overview *r, struct dc_overview_run *x,
                       const struct dc_facts *f)
{
    size_t n = f->sweep.n_row;
    x->has_sweep = true;
    x->sweep = f->sweep;
    x->sweep.record = NULL;
    x->sweep.blank = NULL;
    x->sweep.n_blank = 0;
    x->sweep.row = dc_arena_array(&r->arena, n + 1, sizeof *x->sweep.row);
    memcpy(x->sweep.row, f->sweep.row, n * sizeof *x->sweep.row);
}

void dc_overview_add(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_overview_run *x = &r->run[r->n++];
    const struct dc_trace_measure *own = dc_facts_own(f);
    *x = (struct dc_overview_run){.name = dc_arena_strdup(&r->arena, f->name)};
    keep_measures(r, x, f);
    if (f->has_sweep)
        keep_sweep(r, x, f);
    x->has_tells = own && f->stats.n_gold[DC_TRACES_TO_REFUSE] > 0 &&
                   f->stats.n_gold[DC_TRACES_TO_ANSWER] > 0;
    if (x->has_tells)
        x->tells = dc_stats_tells(own);
    dc_overview_rows(r, f);
    dc_overview_policies(r, f);
}

void dc_overview_pair(struct dc_overview *r, const char *name_a,
                      const char *name_b, const struct dc_compare *c)
{
    static const enum dc_compare_what what[] = {
        DC_COMPARE_HARMFUL, DC_COMPARE_HARMLESS, DC_COMPARE_REFUSAL};
    static const char *const says[] = {"refused, of those to be refused",
                                       "answered, of those to be answered",
                                       "refused, of all"};
    char apart[64];
    for (size_t i = 0; c && i < DC_COUNT(what); i++) {
        const struct dc_compare_test *t = &c->test[what[i]];
        const struct dc_paired *p = &t->paired;
        double n = (double)p->n;
        if (p->n == 0)
            continue;
        snprintf(apart, sizeof apart, "%" PRIu64 ", %" PRIu64, p->b, p->c);
        dc_doc_row(dc_overview_part(r, DC_RESULTS_PAIRS),
                   (struct dc_cell[]){
                       dc_cell_text(name_a), dc_cell_text(name_b),
                       dc_cell_text(says[i]), dc_cell_count(p->n),
                       dc_cell_share((double)t->yes_a / n),
                       dc_cell_share((double)t->yes_b / n), dc_cell_points(p),
                       dc_cell_figure(apart), dc_cell_p(t->p_holm)});
    }
}

/* ---- sections ---- */

/* A page in the making. */
struct page {
    struct dc_overview *r;
    struct dc_buf *b;
    struct dc_doc *d; /* not written yet */
};

static void flush(struct page *p)
{
    dc_doc_markdown(p->d, OVERVIEW_LEVEL, p->b);
    dc_buf_adds(p->b, "\n");
    dc_doc_free(p->d);
    p->d = dc_doc_create();
}

static void put_part(struct page *p, enum dc_overview_part part,
                     const char *none)
{
    if (!p->r->has[part] && none)
        dc_doc_say(p->d, "%s", none);
    flush(p);
    dc_doc_markdown(p->r->part[part], OVERVIEW_LEVEL, p->b);
    dc_buf_adds(p->b, "\n");
}

static void put_head(struct page *p)
{
    dc_doc_say(p->d,
               "%zu run%s. Each prompt is asked several times, and every "
               "answer sampled is a trace. A judge reads each trace and says "
               "whether it refuses. The decision on the prompt is a refusal if "
               "more than half of its traces are; the gold label says whether "
               "it should be refused or answered. The confidence of a trace is "
               "made of the probabilities that the model gave to the words it "
               "said. A policy stops asking before all traces are drawn.",
               p->r->n, dc_plural(p->r->n));
    dc_doc_say(p->d,
               "Brackets hold 95 %% intervals, and the prompt is the unit: "
               "intervals over traces resample whole prompts. Each interval "
               "and test stands for itself: of twenty, one misleads by chance. "
               "An AUROC is the chance that, of two traces of either kind, the "
               "first kind is the surer: 0.5 is a coin. This page was written "
               "by the program from the run files, sentences with their rule "
               "and all; its end says how to check it.");
}

static const char *const setup_title[DC_SETUP_N] = {"data",
                                                    "prompts",
                                                    "to be refused",
                                                    "to be answered",
                                                    "drawn",
                                                    "traces a prompt",
                                                    "tokens a trace, at most",
                                                    "temperature",
                                                    "seed",
                                                    "stopped by",
                                                    "judge",
                                                    "confidence"};

static bool is_common(const struct dc_overview *r, enum dc_overview_setup what)
{
    for (size_t i = 1; i < r->n; i++)
        if (strcmp(r->run[i].setup[what], r->run[0].setup[what]) != 0)
            return false;
    return what >= DC_SETUP_TRACES;
}

/* What all runs have in common is said once. */
static void put_setup_table(const struct dc_overview *r, struct dc_doc *d)
{
    struct dc_doc_column column[DC_SETUP_N + 1] = {{"run", NULL, 0, false}};
    struct dc_buf common;
    size_t n = 1;
    dc_buf_init(&common, SIZE_MAX);
    for (enum dc_overview_setup k = 0; k < DC_SETUP_N; k++)
        if (!is_common(r, k))
            column[n++] =
                (struct dc_doc_column){setup_title[k], NULL, 0, false};
        else
            dc_buf_addf(&common, "%s%s: %s", common.n ? "; " : "",
                        setup_title[k], r->run[0].setup[k]);
    dc_doc_table(d, "What was run", NULL, column, n);
    for (size_t i = 0; i < r->n; i++) {
        struct dc_cell cell[DC_SETUP_N + 1] = {dc_cell_text(r->run[i].name)};
        n = 1;
        for (enum dc_overview_setup k = 0; k < DC_SETUP_N; k++)
            if (!is_common(r, k))
                cell[n++] = dc_cell_text(r->run[i].setup[k]);
        dc_doc_row(d, cell);
    }
    dc_doc_say(d, "All runs: %s.",
               common.n ? common.data : "nothing in common");
    dc_buf_release(&common);
}

static void put_setup(struct page *p)
{
    dc_doc_chapter(p->d, "What was run");
    put_setup_table(p->r, p->d);
    dc_doc_say(p->d, "The files, as their SHA-256 names them:");
    put_part(p, DC_RESULTS_WEIGHTS, NULL);
    dc_doc_say(p->d, "What the gold labels mean:");
    put_part(p, DC_RESULTS_LABELS, "Not recorded.");
    dc_doc_chapter(p->d, "Doubts and alarms");
    put_part(p, DC_RESULTS_DOUBTS, NULL);
}

/* How many runs say what. */
static void say_tells(const struct dc_overview *r, struct dc_doc *d)
{
    size_t count[DC_N_TELLS] = {0}, n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->run[i].has_tells) {
            count[r->run[i].tells]++;
            n++;
        }
    if (n == 0)
        return;
    dc_doc_say(d, "Of %zu run%s with gold labels:", n, dc_plural(n));
    for (int t = DC_N_TELLS - 1; t >= 0; t--) {
        char name[32];
        snprintf(name, sizeof name, "in %zu", count[t]);
        if (count[t] > 0)
            dc_doc_item(d, name, dc_stats_tells_says((enum dc_tells)t));
    }
    dc_doc_note(
        d, "A class counts only if the interval of its AUROC does not hold "
           "0.5. Why both classes: among prompts to be refused, \"right\" is "
           "another word for \"refusal\", and among those to be answered for "
           "\"compliance\", so that a measure which tells only the verdict "
           "stands above 0.5 in one class and below in the other, and whatever "
           "it has over all traces is made by the mix of the classes.");
}

static void put_short(struct page *p)
{
    dc_doc_chapter(p->d, "In short");
    dc_doc_heading(p->d, "Is refused what should be refused?", NULL);
    put_part(p, DC_RESULTS_REFUSES, "No run has gold labels.");
    dc_doc_heading(p->d, "What does confidence say about refusals?", NULL);
    say_tells(p->r, p->d);
    put_part(p, DC_RESULTS_TELLS, "Nothing: no run has figures.");
    dc_doc_heading(p->d, "Which policy saves what, at which loss?", NULL);
    dc_overview_safe(p->r, p->d);
    put_part(p, DC_RESULTS_STOPS, "Nothing: no run can be replayed.");
}

static void put_rates(struct page *p)
{
    dc_doc_chapter(p->d, "Rates");
    dc_doc_say(p->d,
               "Of decisions, by each judge that has judged all traces; the "
               "first of a run is its own, and everything else on this page is "
               "by that one unless said. Baseline: accuracy of the best "
               "constant answer. Accuracy, baseline and MCC hang on how many "
               "prompts of the data should be refused; sensitivity, "
               "specificity and balanced accuracy (chance: 0.5) do not.");
    put_part(p, DC_RESULTS_RATES, NULL);
    if (!p->r->has[DC_RESULTS_JUDGES])
        return;
    dc_doc_say(p->d, "How far the judges agree, which is no proof that either "
                     "is right:");
    put_part(p, DC_RESULTS_JUDGES, NULL);
}

static const struct dc_overview_measure *
measure_of(const struct dc_overview_run *x, const char *name)
{
    for (size_t j = 0; j < x->n_measure; j++)
        if (!strcmp(x->measure[j].name, name))
            return &x->measure[j];
    return NULL;
}

/* Every measure, the runs beside each other. */
static void put_measures(const struct dc_overview *r, struct dc_doc *d)
{
    const struct dc_overview_run *first = &r->run[0];
    dc_doc_heading(d, "Every measure", NULL);
    dc_doc_say(d, "AUROC of right against wrong traces: over all / among "
                  "prompts to be refused / among those to be answered. No "
                  "intervals here; none is picked as the best.");
    dc_overview_begin(r, "measure", d);
    for (size_t k = 0; k < first->n_measure; k++) {
        struct dc_cell cell[DC_REPORT_MAX_RUNS + 1] = {
            dc_cell_code(first->measure[k].name)};
        struct dc_buf text[DC_REPORT_MAX_RUNS];
        for (size_t i = 0; i < r->n; i++) {
            const struct dc_overview_measure *m =
                measure_of(&r->run[i], first->measure[k].name);
            dc_buf_init(&text[i], SIZE_MAX);
            for (int s = 0; s < DC_N_TRACES && m; s++) {
                const struct dc_cell x = dc_cell_ratio(&m->auroc[s], 3);
                dc_buf_adds(&text[i], s ? " / " : "");
                dc_cell_put(&x, &text[i]);
            }
            cell[i + 1] = m ? dc_cell_figure(text[i].data) : dc_cell_none();
        }
        dc_doc_row(d, cell);
        for (size_t i = 0; i < r->n; i++)
            dc_buf_release(&text[i]);
    }
}

static void put_confidence(struct page *p)
{
    dc_doc_chapter(p->d, "What confidence tells");
    dc_doc_say(p->d,
               "AUROC by the run's own confidence, behind it the counts of "
               "both kinds. A decision is set against the mean confidence of "
               "its traces. Other judges, on the same traces, say whether a "
               "finding hangs on the judge. \"(few)\": fewer than 15 prompts "
               "are of the rarer kind, from which an interval would be far too "
               "narrow.");
    put_part(p, DC_RESULTS_AUROC, NULL);
    if (p->r->has[DC_RESULTS_CALIB]) {
        dc_doc_say(p->d, "Read as the probability that a trace is right (15 "
                         "bins of equal width; 0 is perfect; beside it what "
                         "noise alone would give):");
        put_part(p, DC_RESULTS_CALIB, NULL);
    }
    put_measures(p->r, p->d);
}

static void put_policies(struct page *p)
{
    dc_doc_chapter(p->d, "Stopping policies");
    dc_doc_say(
        p->d,
        "The traces of each run were replayed under every setting; the "
        "reference is the majority over all traces. Changed is a decision that "
        "differs from the reference, right or wrong. A cell: tokens saved, "
        "decisions changed; a star: no other setting of that run costs fewer "
        "tokens and changes as few. Rows: what is on the front of a run, all "
        "traces, the default %s (stop once no further trace can change the "
        "vote) and what saves more without risk, and every percentile of %s "
        "(stop at a trace surer than that percentile; thresholds come from "
        "other prompts than they are scored on). A promise is the worst case "
        "over all orders of a prompt's traces, none undetermined. What the "
        "names mean: %s.",
        dc_doc_code(p->d, "curtail"),
        dc_doc_code(p->d, "confidence-percentile"),
        dc_doc_code(p->d, "deepconf list policies"));
    dc_overview_policy_table(p->r, p->d);
    put_part(p, DC_RESULTS_POLICIES, NULL);
}

static void put_pairs(struct page *p)
{
    if (!p->r->has[DC_RESULTS_PAIRS])
        return;
    dc_doc_chapter(p->d, "Runs compared");
    dc_doc_say(p->d, "Runs that share prompts, paired by prompt. Difference: "
                     "second less first, in points. Apart: prompts with yes in "
                     "the second alone, in the first alone. p: exact McNemar "
                     "test, Holm over the tests of a pair.");
    put_part(p, DC_RESULTS_PAIRS, NULL);
}

static void put_limits(struct page *p)
{
    static const char *const limit[][2] = {
        {"Of other models", "or other weights of these: a model that was "
                            "trained to refuse more, or less, may be sure of "
                            "other things."},
        {"Of whole answers",
         "a trace ends at the latest after the tokens named above. A refusal "
         "that begins later counts as a compliance, and confidence is that of "
         "the beginning."},
        {"Of other samples",
         "each run has one seed, one temperature and one system prompt. The "
         "intervals say what other prompts of the kind would give, not what "
         "another seed would."},
        {"Of the gold labels",
         "see what they mean, above. A prompt that is answered against its "
         "label need not have been answered with harm."},
        {"Of cause", "that surer traces are refusals does not say why. A "
                     "refusal may be a formula, whose words are easy to "
                     "foresee; this was not tested here."},
        {"Of few", "where a class has few refusals or few prompts, \"not "
                   "shown\" means too few to say, and \"no decision changed\" "
                   "means that hardly one could."},
        {"Beyond the judge", "which errs:"},
    };
    dc_doc_chapter(p->d, "What this does not tell");
    for (size_t i = 0; i < DC_COUNT(limit); i++)
        dc_doc_item(p->d, limit[i][0], limit[i][1]);
    put_part(p, DC_RESULTS_ERRORS, "No errors are known of these.");
}

static void put_check(struct page *p, const struct dc_manifest *m)
{
    struct dc_buf line;
    dc_doc_chapter(p->d, "Where the numbers come from");
    dc_doc_say(p->d,
               "From the run files, by %s. To have the page made again and "
               "compared, number against number:",
               dc_doc_code(p->d, "deepconf report"));
    dc_buf_init(&line, SIZE_MAX);
    dc_buf_adds(&line, "deepconf verify " DC_RESULTS);
    for (size_t i = 0; i < m->n_run; i++)
        dc_buf_addf(&line, " --run %s.db", m->run[i].name);
    dc_doc_command(p->d, line.data);
    dc_buf_release(&line);
    flush(p);
    dc_manifest_mark(m, p->b);
}

enum dc_status dc_overview_write(struct dc_overview *r,
                                 const struct dc_manifest *m,
                                 struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_buf b;
    struct page p = {r, &b, dc_doc_create()};
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "# Results: what confidence says of refusals, and what "
                    "stopping early saves\n\n");
    put_head(&p);
    put_setup(&p);
    put_short(&p);
    put_rates(&p);
    put_confidence(&p);
    put_policies(&p);
    put_pairs(&p);
    put_limits(&p);
    put_check(&p, m);
    dc_doc_free(p.d);
    dc_md_tidy(&b);
    enum dc_status st = dc_out_put(o, DC_RESULTS, &b, err);
    dc_buf_release(&b);
    return st;
}
