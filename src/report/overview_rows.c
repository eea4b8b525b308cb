/*
 * overview_rows.c - what one run adds to the page: rows of the tables that hold
 * all runs, its doubts, and its findings (overview.h).
 */
#include "base/mem.h"
#include "doc/md.h"
#include "judge/judge.h"
#include "report/chapter.h"
#include "report/overview_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *config(const struct dc_facts *f, const char *key)
{
    return dc_summary_config(&f->summary, key, "?");
}

static void cell(struct dc_buf *b, const char *text)
{
    dc_buf_adds(b, " | ");
    dc_md_text_cut(b, text, 80);
}

/* ---- what was run ---- */

static void put_drawn(struct dc_buf *b, const struct dc_facts *f)
{
    const char *sample = config(f, "data.sample");
    const char *first = config(f, "data.num_instances");
    if (strcmp(sample, "0") != 0 && strcmp(sample, "?") != 0) {
        dc_buf_adds(b, "by chance in the labels' proportions, seed ");
        dc_md_text(b, config(f, "data.sample_seed"));
    } else if (!strcmp(first, "0")) {
        dc_buf_adds(b, "all of the file");
    } else {
        dc_buf_adds(b, "the first ");
        dc_md_text(b, first);
    }
}

static void put_prompts(struct dc_buf *b, const struct dc_facts *f)
{
    const struct dc_summary *s = &f->summary;
    dc_md_count(b, s->n_prompt);
    if (s->n_decided == s->n_prompt)
        return;
    dc_buf_adds(b, ", **");
    dc_md_count(b, s->n_decided);
    dc_buf_adds(b, " decided yet**");
}

static void put_judge(struct dc_buf *b, const struct dc_facts *f)
{
    dc_md_code(b, f->summary.judge);
    dc_buf_adds(b, ", version ");
    dc_md_text_cut(b, f->summary.judge_version, 40);
}

static void put_confidence(struct dc_buf *b, const struct dc_facts *f)
{
    const struct dc_trace_measure *own = dc_facts_own(f);
    dc_md_code(b, config(f, "stop.measure"));
    if (!own)
        return;
    dc_buf_adds(b, ", ");
    dc_md_text(b, own->column->measure.row->formula);
}

static void put_setup(struct dc_buf *b, const struct dc_facts *f,
                      enum dc_overview_setup what)
{
    static const char *const key[DC_SETUP_N] = {
        [DC_SETUP_DATA] = "data.name",
        [DC_SETUP_TOKENS] = "sampling.max_tokens",
        [DC_SETUP_TEMPERATURE] = "sampling.temperature",
        [DC_SETUP_SEED] = "run.seed",
        [DC_SETUP_POLICY] = "stop.policy",
    };
    const struct dc_summary *s = &f->summary;
    if (key[what])
        dc_md_text_cut(b, config(f, key[what]), 80);
    else if (what == DC_SETUP_PROMPTS)
        put_prompts(b, f);
    else if (what == DC_SETUP_REFUSE)
        dc_md_count(b, s->gold[DC_GOLD_REFUSE].n);
    else if (what == DC_SETUP_ANSWER)
        dc_md_count(b, s->gold[DC_GOLD_ANSWER].n);
    else if (what == DC_SETUP_DRAWN)
        put_drawn(b, f);
    else if (what == DC_SETUP_TRACES)
        dc_buf_addf(b, "%u", s->max_traces);
    else if (what == DC_SETUP_JUDGE)
        put_judge(b, f);
    else
        put_confidence(b, f);
}

static void keep_setup(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (enum dc_overview_setup i = 0; i < DC_SETUP_N; i++) {
        put_setup(&b, f, i);
        r->run[r->n - 1].setup[i] =
            dc_arena_strdup(&r->arena, b.n ? b.data : "");
        dc_buf_clear(&b);
    }
    dc_buf_release(&b);
}

static void weights_row(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_buf *b = &r->part[DC_RESULTS_WEIGHTS];
    dc_buf_addf(b, "| %s", f->name);
    cell(b, config(f, "model.name"));
    dc_buf_adds(b, ": ");
    dc_md_text_cut(b, config(f, "model.desc"), 60);
    dc_buf_adds(b, " | ");
    if (dc_summary_config(&f->summary, "model.sha256", NULL))
        dc_md_code(b, config(f, "model.sha256"));
    else
        dc_buf_adds(b, "a server's, not known");
    dc_buf_adds(b, " | ");
    dc_md_code(b, config(f, "data.sha256"));
    dc_buf_adds(b, " |\n");
}

/* Append a line of text to a part unless it stands there. */
static void add_once(struct dc_buf *part, const char *line)
{
    if (!part->n || !strstr(part->data, line))
        dc_buf_adds(part, line);
}

static void label_line(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "- ");
    dc_md_text_cut(&b, config(f, "data.benchmark"), 40);
    dc_buf_adds(&b, ": ");
    dc_md_text(&b, config(f, "data.label_means"));
    dc_buf_addc(&b, '\n');
    add_once(&r->part[DC_RESULTS_LABELS], b.data);
    dc_buf_release(&b);
}

/* ---- findings ---- */

struct wanted {
    const char *id;
    enum dc_overview_part part;
};

static void put_finding(struct dc_buf *b, const struct dc_finding *x,
                        const char *by)
{
    dc_md_text(b, x->text);
    dc_buf_addf(b, " *%s: ", by);
    dc_md_text(b, x->by);
    dc_buf_adds(b, ".*\n");
}

static void put_findings(struct dc_overview *r, const struct dc_facts *f)
{
    static const struct wanted want[] = {
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
    bool named[DC_RESULTS_N_PARTS] = {[DC_RESULTS_POLICIES] = true};
    dc_buf_addf(&r->part[DC_RESULTS_POLICIES], "\n### %s\n\n", f->name);
    dc_findings_make(f, &l);
    for (size_t k = 0; k < DC_COUNT(want); k++)
        for (size_t i = 0; i < l.n; i++) {
            struct dc_buf *b = &r->part[want[k].part];
            if (strcmp(l.item[i].id, want[k].id) != 0)
                continue;
            if (!named[want[k].part])
                dc_buf_addf(b, "- **%s**\n", f->name);
            named[want[k].part] = true;
            dc_buf_adds(b, want[k].part == DC_RESULTS_POLICIES ? "- " : "  - ");
            put_finding(b, &l.item[i], "Test");
        }
    dc_findings_release(&l);
}

/* Does what confidence tells hang on the judge? */
static void put_other_tells(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_overview_run *x = &r->run[r->n - 1];
    struct dc_buf *b = &r->part[DC_RESULTS_TELLS];
    for (size_t i = 0; i < f->n_other && x->has_tells; i++) {
        const struct dc_facts_other *o = &f->other[i];
        if (!o->has_stats)
            continue;
        enum dc_tells t = dc_stats_tells(&o->stats.measure[0]);
        dc_buf_adds(b, "  - By ");
        dc_md_code(b, o->summary.judge);
        dc_buf_adds(b, " instead: ");
        dc_buf_adds(b, t == x->tells ? "the same" : dc_stats_tells_says(t));
        dc_buf_adds(b, " (figures below).\n");
    }
}

/* Too few prompts are a doubt, or fewer than the run is to have. */
static void put_few(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_findings l;
    struct dc_buf *b = &r->part[DC_RESULTS_DOUBTS];
    dc_advice_make(f, &l);
    for (size_t i = 0; i < l.n; i++)
        if (!strcmp(l.item[i].id, "more-prompts") ||
            !strcmp(l.item[i].id, "go-on")) {
            dc_buf_adds(b, "- ");
            put_finding(b, &l.item[i], "Rule");
        }
    dc_findings_release(&l);
}

/* ---- rates ---- */

static void rates_row(struct dc_overview *r, const struct dc_facts *f,
                      const struct dc_summary *s)
{
    struct dc_buf *b = &r->part[DC_RESULTS_RATES];
    const struct dc_matrix_rates *m = &s->rates;
    const struct dc_prop *prop[] = {&m->sensitivity, &m->specificity,
                                    &m->accuracy};
    dc_buf_addf(b, "| %s | ", f->name);
    dc_md_code(b, s->judge);
    for (size_t i = 0; i < DC_COUNT(prop); i++) {
        dc_buf_adds(b, " | ");
        dc_md_prop(b, prop[i]);
    }
    if (m->majority_baseline.defined)
        dc_buf_addf(b, " | %.1f %% | ", 100 * m->majority_baseline.value);
    else
        dc_buf_adds(b, " | none | ");
    dc_md_ratio(b, &m->balanced_accuracy);
    dc_buf_adds(b, " | ");
    dc_md_ratio(b, &m->mcc);
    dc_buf_addf(b, " | %" PRIu64 " |\n",
                s->gold[DC_GOLD_REFUSE].undetermined +
                    s->gold[DC_GOLD_ANSWER].undetermined +
                    s->gold[DC_GOLD_NONE].undetermined);
}

static void judge_rows(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_judges *j = f->judges;
    struct dc_buf *b = &r->part[DC_RESULTS_JUDGES];
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        dc_buf_addf(b, "| %s | ", f->name);
        dc_md_code(b, j->row[p->a].label);
        dc_buf_adds(b, ", ");
        dc_md_code(b, j->row[p->b].label);
        dc_buf_adds(b, " | ");
        dc_md_kappa(b, &p->trace);
        dc_buf_adds(b, " | ");
        if (p->has_prompt)
            dc_md_kappa(b, &p->prompt);
        else
            dc_buf_adds(b, "not before both have judged all traces");
        dc_buf_adds(b, " |\n");
    }
}

static void error_line(struct dc_overview *r, const char *label)
{
    const struct dc_judge_ops *row = dc_judge_find(label);
    struct dc_buf b;
    if (!row || !row->errors)
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "  - ");
    dc_md_code(&b, row->name);
    dc_buf_adds(&b, ": ");
    dc_md_text(&b, row->errors);
    dc_buf_adds(&b, " (docs/JUDGES.md)\n");
    add_once(&r->part[DC_RESULTS_ERRORS], b.data);
    dc_buf_release(&b);
}

/* ---- confidence ---- */

static void put_auroc(struct dc_buf *b, const struct dc_trace_auroc *a)
{
    dc_buf_adds(b, " | ");
    dc_md_boot(b, &a->auroc);
    dc_buf_addf(b, ", %" PRIu64 "/%" PRIu64, a->n_positive, a->n_negative);
}

static void auroc_rows(struct dc_overview *r, const struct dc_facts *f,
                       const struct dc_trace_stats *s, const char *judge)
{
    static const char *const of[DC_N_TARGET][2] = {
        {"a trace is right", "a decision is right"},
        {"a trace is a refusal", "a decision is a refusal"},
        {NULL, NULL}};
    struct dc_buf *b = &r->part[DC_RESULTS_AUROC];
    for (enum dc_target t = 0; t < DC_TARGET_MAJORITY; t++) {
        const struct dc_trace_target *x = &s->measure[0].target[t];
        for (int k = 0; k < 2; k++) {
            const struct dc_trace_auroc *scope = k ? x->decision : x->scope;
            dc_buf_addf(b, "| %s | ", f->name);
            dc_md_code(b, judge);
            dc_buf_addf(b, " | %s", of[t][k]);
            for (int i = 0; i < DC_N_TRACES; i++)
                put_auroc(b, &scope[i]);
            dc_buf_adds(b, " | ");
            if (k == 0) {
                dc_md_boot(b, &x->within.pooled);
                dc_buf_addf(b, ", %zu prompts", x->within.n_prompt);
            }
            dc_buf_adds(b, " |\n");
        }
    }
}

static void calib_row(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_trace_measure *m = dc_facts_own(f);
    const struct dc_trace_calib *c = m ? &m->calib[DC_TARGET_CORRECT] : NULL;
    struct dc_buf *b = &r->part[DC_RESULTS_CALIB];
    if (!c || !c->has)
        return;
    const struct dc_trace_auroc *a =
        &m->target[DC_TARGET_CORRECT].scope[DC_TRACES_ALL];
    dc_buf_addf(b, "| %s | ", f->name);
    dc_md_ece(b, c->width.ece, &c->noise_width);
    dc_buf_adds(b, " | ");
    dc_md_boot(b, &c->brier);
    dc_buf_addf(b, " | %.3f |\n",
                (double)a->n_positive /
                    (double)(a->n_positive + a->n_negative));
}

/* ---- all of it ---- */

void dc_overview_rows(struct dc_overview *r, const struct dc_facts *f)
{
    struct dc_buf *doubts = &r->part[DC_RESULTS_DOUBTS];
    keep_setup(r, f);
    weights_row(r, f);
    label_line(r, f);
    dc_buf_addf(doubts, "\n**%s**\n\n", f->name);
    dc_chapter_doubts(&(struct dc_chapter){f, NULL, doubts});
    put_few(r, f);
    put_findings(r, f);
    put_other_tells(r, f);
    rates_row(r, f, &f->summary);
    error_line(r, f->summary.judge);
    if (f->has_stats)
        auroc_rows(r, f, &f->stats, f->summary.judge);
    for (size_t i = 0; i < f->n_other; i++) {
        const struct dc_facts_other *o = &f->other[i];
        rates_row(r, f, &o->summary);
        error_line(r, o->summary.judge);
        if (o->has_stats)
            auroc_rows(r, f, &o->stats, o->summary.judge);
    }
    judge_rows(r, f);
    calib_row(r, f);
}
