/*
 * validate_doc.c - a validation as a document: judges on each file in one
 * table, then the counts and rates of each, pairs of judges, what they get
 * wrong.
 */
#include "base/judge_name.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "results/validate_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VALIDATE_EXCERPT = 320, VALIDATE_BEFORE = 40 };

static const char *const verdict_name[DC_N_VERDICT] = {
    "compliance", "partial", "refusal", "undetermined"};

/* ---- cells: a value, and its interval ---- */

static void validate_boot(const struct dc_boot *b, bool share,
                          struct dc_cell out[2])
{
    out[0] = dc_cell_missing("none");
    out[1] = dc_cell_none();
    if (!b->value.defined)
        return;
    out[0] =
        share ? dc_cell_share(b->value.value) : dc_cell_real(b->value.value, 3);
    if (b->defined)
        out[1] = share ? dc_cell_between(b->lo, b->hi)
                       : dc_cell_range(b->lo, b->hi, 3);
    else if (b->few)
        out[1] = dc_cell_missing("too few");
}

/* by_prompt: its interval, where rows share prompts; NULL: they don't. */
static void validate_rate(const struct dc_prop *p,
                          const struct dc_boot *by_prompt,
                          struct dc_cell out[2])
{
    out[0] = p->defined ? dc_cell_share(p->value) : dc_cell_missing("none");
    out[1] = dc_cell_none();
    if (p->defined && !by_prompt)
        out[1] = dc_cell_between(p->lo, p->hi);
    else if (p->defined && by_prompt->defined)
        out[1] = dc_cell_between(by_prompt->lo, by_prompt->hi);
}

/* ---- judges on each file ---- */

static void validate_overview_row(const struct dc_validation *v, size_t at,
                                  size_t j, struct dc_doc *d)
{
    const struct dc_validate_group *g = &v->group[at];
    const struct dc_validate_cell *c = &g->cell[j][DC_PARTIAL_REFUSES];
    bool one_file = v->n_group == 1, clustered = g->n_cluster < g->n;
    struct dc_cell cell[] = {
        dc_cell_code(g->name),
        dc_cell_code(v->judge[j].label),
        dc_cell_count(g->n),
        dc_cell_missing("-"),
        dc_cell_none(),
        dc_cell_missing("-"),
        dc_cell_none(),
        dc_cell_count(c->undetermined_refusal + c->undetermined_compliance),
        dc_cell_missing("-"),
        dc_cell_none(),
        dc_cell_missing("-"),
        dc_cell_none(),
        dc_cell_missing("-"),
        dc_cell_none(),
    };
    const struct dc_validate_weighed *w = g->drawn ? &g->weighed[j] : NULL;
    if (!w) {
        validate_rate(&c->rates.sensitivity, clustered ? &c->sensitivity : NULL,
                      &cell[3]);
        validate_rate(&c->rates.specificity, clustered ? &c->specificity : NULL,
                      &cell[5]);
        validate_rate(&c->rates.precision, clustered ? &c->precision : NULL,
                      &cell[8]);
        validate_boot(&c->f1, false, &cell[10]);
        validate_boot(&c->kappa_boot, false, &cell[12]);
    } else if (w->has) {
        const struct dc_twophase_figures *f = &w->figures[DC_PARTIAL_REFUSES];
        validate_boot(&f->sensitivity, true, &cell[3]);
        validate_boot(&f->specificity, true, &cell[5]);
    }
    dc_doc_row(d, cell + one_file);
}

static void validate_overview(const struct dc_validation *v, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"file", NULL, 0, true},
        {"judge", NULL, 0, true},
        {"responses", NULL, 7, false},
        {"recall", "refusals that it finds", 3, false},
        {"recall from, to", NULL, 5, false},
        {"specificity", "compliances that it leaves alone", 4, false},
        {"specificity from, to", NULL, 6, false},
        {"undetermined", NULL, 3, false},
        /* none where all labels were drawn by strata */
        {"precision", "of what it calls refusals", 2, false},
        {"precision from, to", NULL, 5, false},
        {"F1", NULL, 0, false},
        {"F1 from, to", NULL, 1, false},
        {"kappa", NULL, 0, false},
        {"kappa from, to", NULL, 2, false},
    };
    size_t n_drawn = 0;
    bool one_file = v->n_group == 1, trained = false;
    for (size_t g = 0; g < v->n_group; g++)
        n_drawn += v->group[g].drawn;
    size_t n = sizeof column / sizeof *column - one_file -
               (n_drawn == v->n_group ? 6 : 0);
    dc_doc_heading(d, one_file ? "Judges" : "Judges on each file", "judges");
    dc_doc_table(d, "Judges against people's labels", NULL, column + one_file,
                 n);
    for (size_t g = 0; g < v->n_group; g++)
        for (size_t j = 0; j < v->n_judge; j++) {
            validate_overview_row(v, g, j, d);
            trained |= dc_validation_trained_on(v, g, j);
        }
    dc_doc_note(d,
                "partial refusals as refusals; from, to: %g %% intervals; in "
                "no rate: undetermined",
                100 * v->boot.level);
    if (n_drawn)
        dc_doc_note(d, "labels drawn by strata: rates of the run that they "
                       "were drawn from; no F1 or kappa");
    if (trained)
        dc_doc_note(d, "a judge was trained on some of these rows: below it is "
                       "said which figures are no test of it");
}

/* ---- figures of a judge on a file ---- */

/* The columns of one way to take partial refusals, and of the other. */
static const struct dc_doc_column rate_column[] = {
    {"", NULL, 0, false},
    {"value", NULL, 0, false},
    {"interval", NULL, 0, false},
    {"counts", NULL, 2, false},
    {"as compliances", "partial refusals taken as compliances", 1, false},
    {"their interval", NULL, 1, false},
    {"their counts", NULL, 3, false}};

static void validate_rate_table(bool both, struct dc_doc *d)
{
    enum { N = sizeof rate_column / sizeof *rate_column };
    struct dc_doc_column column[N];
    memcpy(column, rate_column, sizeof column);
    if (both)
        column[1].name = "as refusals";
    dc_doc_table(d, "Rates of a judge", NULL, column, both ? N : N - 3);
}

/* A rate, either way, and its intervals by prompt. */
struct validate_two {
    const char *name;
    const struct dc_prop *p[DC_N_PARTIAL];
    const struct dc_boot *by_prompt[DC_N_PARTIAL];
};

static void validate_props(const struct validate_two *x, bool shared,
                           struct dc_doc *d)
{
    struct dc_cell cell[sizeof rate_column / sizeof *rate_column] = {
        dc_cell_text(x->name)};
    for (size_t i = 0; i < DC_N_PARTIAL; i++) {
        validate_rate(x->p[i], shared ? x->by_prompt[i] : NULL,
                      &cell[1 + 3 * i]);
        cell[3 + 3 * i] = dc_cell_of(x->p[i]->k, x->p[i]->n, NULL);
    }
    dc_doc_row(d, cell);
}

static void validate_boots(const char *name, const struct dc_boot *const b[2],
                           struct dc_doc *d)
{
    struct dc_cell cell[sizeof rate_column / sizeof *rate_column] = {
        dc_cell_text(name)};
    for (size_t i = 0; i < DC_N_PARTIAL; i++)
        if (b[i])
            validate_boot(b[i], false, &cell[1 + 3 * i]);
    dc_doc_row(d, cell);
}

static void validate_few(const char *how, const char *name,
                         const struct dc_boot *b, struct dc_doc *d)
{
    if (b->value.defined && !b->defined && b->few)
        dc_doc_note(d, "%s%s: no interval, %zu prompt%s of the rarer kind", how,
                    name, b->n_rarer, dc_plural(b->n_rarer));
}

/* If all undetermined rows were judged right, or wrong. */
static void validate_bounds(const struct dc_validate_cell *c, const char *how,
                            struct dc_doc *d)
{
    const struct dc_matrix *m = &c->matrix;
    uint64_t pos = m->tp + m->fn + c->undetermined_refusal;
    uint64_t neg = m->fp + m->tn + c->undetermined_compliance;
    char said[160] = "";
    if (c->undetermined_refusal + c->undetermined_compliance == 0)
        return;
    if (pos && neg)
        snprintf(said, sizeof said,
                 "; were all wrong or all right: recall %.1f to %.1f %%, "
                 "specificity %.1f to %.1f %%",
                 100 * (double)m->tp / (double)pos,
                 100 * (double)(m->tp + c->undetermined_refusal) / (double)pos,
                 100 * (double)m->tn / (double)neg,
                 100 * (double)(m->tn + c->undetermined_compliance) /
                     (double)neg);
    dc_doc_note(d,
                "%sundetermined: %" PRIu64 " labelled refusal, %" PRIu64
                " compliance, in none of these rates%s",
                how, c->undetermined_refusal, c->undetermined_compliance, said);
}

static void validate_doubts(const struct dc_validate_cell *c, const char *how,
                            struct dc_doc *d)
{
    validate_few(how, "F1", &c->f1, d);
    validate_few(how, "kappa", &c->kappa_boot, d);
    validate_bounds(c, how, d);
}

static void validate_score(const struct dc_validate_score *s, struct dc_doc *d)
{
    validate_few("", "AUROC", &s->auroc, d);
    if (s->width.defined)
        dc_doc_note(d,
                    "scores of %" PRIu64 " row%s, as probabilities: ECE %.3f "
                    "(15 bins of equal width), %.3f (of equal mass); MCE %.3f; "
                    "Brier %.3f",
                    s->n, dc_plural(s->n), s->width.ece, s->mass.ece,
                    s->width.mce, s->width.brier);
    else
        dc_doc_note(d, "scores of %" PRIu64 " row%s, as probabilities", s->n,
                    dc_plural(s->n));
}

static void validate_rates(const struct dc_validation *v,
                           const struct dc_validate_group *g, size_t j,
                           bool both, struct dc_doc *d)
{
    const struct dc_validate_cell *c = &g->cell[j][DC_PARTIAL_REFUSES];
    const struct dc_validate_cell *o = &g->cell[j][DC_PARTIAL_COMPLIES];
    const struct dc_matrix_rates *r = &c->rates, *s = &o->rates;
    const struct validate_two rate[] = {
        {"precision",
         {&r->precision, &s->precision},
         {&c->precision, &o->precision}},
        {"recall",
         {&r->sensitivity, &s->sensitivity},
         {&c->sensitivity, &o->sensitivity}},
        {"specificity",
         {&r->specificity, &s->specificity},
         {&c->specificity, &o->specificity}},
        {"accuracy",
         {&r->accuracy, &s->accuracy},
         {&c->accuracy, &o->accuracy}},
    };
    validate_rate_table(both, d);
    for (size_t i = 0; i < sizeof rate / sizeof *rate; i++)
        validate_props(&rate[i], g->n_cluster < g->n, d);
    validate_boots("F1", (const struct dc_boot *[]){&c->f1, &o->f1}, d);
    validate_boots(
        "kappa", (const struct dc_boot *[]){&c->kappa_boot, &o->kappa_boot}, d);
    if (v->judge[j].has_scores)
        validate_boots("AUROC",
                       (const struct dc_boot *[]){&g->score[j].auroc, NULL}, d);
    validate_doubts(c, both ? "as refusals: " : "", d);
    if (both)
        validate_doubts(o, "as compliances: ", d);
    if (v->judge[j].has_scores)
        validate_score(&g->score[j], d);
}

/* Labels that were drawn by strata: shares of the sample itself would mislead.
 */
static void validate_weighed(const struct dc_validate_weighed *w, bool both,
                             struct dc_doc *d)
{
    const struct dc_twophase_figures *f = &w->figures[DC_PARTIAL_REFUSES];
    const struct dc_twophase_figures *o = &w->figures[DC_PARTIAL_COMPLIES];
    if (!w->has) {
        dc_doc_note(d, "no figures of the run: too few drawn traces have a "
                       "label that tells");
        return;
    }
    struct dc_doc_column column[] = {rate_column[0], rate_column[1],
                                     rate_column[2], rate_column[4],
                                     rate_column[5]};
    const struct dc_boot *const b[][2] = {{&f->sensitivity, &o->sensitivity},
                                          {&f->specificity, &o->specificity},
                                          {&f->share[1], &o->share[1]}};
    static const char *const name[] = {"recall", "specificity", "refusals"};
    if (both)
        column[1].name = "as refusals";
    dc_doc_table(d, "Rates of a judge on a run", NULL, column, both ? 5 : 3);
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        struct dc_cell cell[5] = {dc_cell_text(name[i])};
        validate_boot(b[i][0], true, &cell[1]);
        validate_boot(b[i][1], true, &cell[3]);
        dc_doc_row(d, cell);
        validate_few("", name[i], b[i][0], d);
    }
    dc_doc_note(
        d, "%" PRIu64 " drawn label%s weighed to the run's %" PRIu64 " traces",
        w->n, dc_plural(w->n), w->n_trace);
}

static void validate_confusion(uint64_t (*n)[DC_N_VERDICT], struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"label, judged:", 0, 0, 0},
                                                  {"compliance", 0, 0, 0},
                                                  {"partial", 0, 0, 0},
                                                  {"refusal", 0, 0, 0},
                                                  {"undetermined", 0, 0, 0}};
    dc_doc_table(d, "Labels and verdicts", NULL, column, 5);
    for (int l = 0; l < DC_VERDICT_UNDETERMINED; l++)
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_text(verdict_name[l]), dc_cell_count(n[l][0]),
                          dc_cell_count(n[l][1]), dc_cell_count(n[l][2]),
                          dc_cell_count(n[l][3])});
}

static void validate_judge(const struct dc_validation *v, size_t at, size_t j,
                           struct dc_doc *d)
{
    const struct dc_validate_group *g = &v->group[at];
    const struct dc_validate_judge *x = &v->judge[j];
    const struct dc_matrix *m = &g->cell[j][DC_PARTIAL_REFUSES].matrix;
    const struct dc_matrix *o = &g->cell[j][DC_PARTIAL_COMPLIES].matrix;
    bool both = g->label[DC_VERDICT_PARTIAL] ||
                g->confusion[j][0][DC_VERDICT_PARTIAL] ||
                g->confusion[j][DC_VERDICT_REFUSAL][DC_VERDICT_PARTIAL];
    char head[256];
    snprintf(head, sizeof head, "%s%s%s", x->label,
             v->n_group > 1 ? " on " : "", v->n_group > 1 ? g->name : "");
    dc_doc_heading(d, head, NULL);
    dc_doc_say(d, "%s, version %s.", dc_doc_code(d, x->label), x->version);
    if (dc_validation_trained_on(v, at, j))
        dc_doc_say(d, "It was trained on these very rows (by the file's "
                      "SHA-256): what follows is no test of it.");
    validate_confusion(g->confusion[j], d);
    if (g->drawn) {
        validate_weighed(&g->weighed[j], both, d);
        return;
    }
    dc_doc_note(d,
                "%sTP %" PRIu64 "  FN %" PRIu64 "  FP %" PRIu64 "  TN %" PRIu64,
                both ? "partial refusals as refusals: " : "", m->tp, m->fn,
                m->fp, m->tn);
    if (both)
        dc_doc_note(d,
                    "as compliances: TP %" PRIu64 "  FN %" PRIu64
                    "  FP %" PRIu64 "  TN %" PRIu64,
                    o->tp, o->fn, o->fp, o->tn);
    validate_rates(v, g, j, both, d);
}

/* ---- files ---- */

static void validate_group(const struct dc_validation *v,
                           const struct dc_validate_group *g, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%zu response%s to %zu prompt%s: ", g->n, dc_plural(g->n),
                g->n_cluster, dc_plural(g->n_cluster));
    dc_buf_addf(&b,
                "%" PRIu64 " labelled refusal, %" PRIu64 " partial, %" PRIu64
                " compliance",
                g->label[DC_VERDICT_REFUSAL], g->label[DC_VERDICT_PARTIAL],
                g->label[DC_VERDICT_COMPLIANCE]);
    if (g->n_dropped)
        dc_buf_addf(&b, "; %zu without a label dropped", g->n_dropped);
    if (g->drawn && g->n_chosen)
        dc_buf_addf(&b, "; %zu chosen by a person, in the counts and no figure",
                    g->n_chosen);
    if (g->drawn && g->n_unclear)
        dc_buf_addf(&b, "; %zu label%s can't tell, left out", g->n_unclear,
                    dc_plural(g->n_unclear));
    if (!g->all)
        dc_buf_addf(&b, " (%s: %s)", v->file[g->file].set->name,
                    v->file[g->file].set->label_means);
    dc_doc_say(d, "%s: %s", dc_doc_code(d, g->name), b.data);
    dc_buf_release(&b);
}

static void validate_files(const struct dc_validation *v, struct dc_doc *d)
{
    dc_doc_heading(d, "What was judged", "files");
    for (size_t g = 0; g < v->n_group; g++)
        validate_group(v, &v->group[g], d);
    dc_doc_note(d,
                "Intervals: %g %%; F1 and kappa, and all rates where prompts "
                "have several responses, by %" PRIu32
                " resamples of prompts (seed %" PRIu64
                "), such rates and F1 by a beta distribution where fewer than "
                "%d prompts are of the rarer kind; else Wilson's.",
                100 * v->boot.level, v->boot.n_resamples, v->boot.seed,
                (int)DC_BOOT_FEW);
}

/* ---- pairs of judges ---- */

static void validate_pair(const struct dc_validation *v,
                          const struct dc_validate_pair *p, struct dc_doc *d)
{
    const struct dc_ratio *equal = &p->agreement.observed;
    char pair[256], diff[48] = "none", chance[32], holm[32];
    snprintf(chance, sizeof chance, "%.3g", p->right.p);
    snprintf(holm, sizeof holm, "%.3g", p->holm);
    snprintf(pair, sizeof pair, "%s / %s", v->judge[p->a].label,
             v->judge[p->b].label);
    if (p->right.defined)
        snprintf(diff, sizeof diff, "%+.1f (%+.1f to %+.1f)",
                 100 * p->right.diff, 100 * p->right.lo, 100 * p->right.hi);
    dc_doc_row(
        d, (struct dc_cell[]){dc_cell_text(pair),
                              equal->defined ? dc_cell_share(equal->value)
                                             : dc_cell_missing("none"),
                              dc_cell_ratio(&p->agreement.kappa, 3),
                              dc_cell_count(p->right.b),
                              dc_cell_count(p->right.c), dc_cell_figure(diff),
                              dc_cell_figure(chance), dc_cell_figure(holm)});
}

static void validate_pairs(const struct dc_validation *v, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"A / B", NULL, 0, true},     {"equal", NULL, 1, false},
        {"kappa", NULL, 0, false},    {"A better", NULL, 3, false},
        {"B better", NULL, 3, false}, {"A - B, % of prompts", NULL, 2, false},
        {"p", NULL, 4, false},        {"p (Holm)", NULL, 0, false}};
    char head[96];
    if (v->n_pair == 0)
        return;
    snprintf(head, sizeof head, "Pairs of judges, all %zu rows of %zu prompt%s",
             v->n, v->n_cluster, dc_plural(v->n_cluster));
    dc_doc_heading(d, head, "pairs");
    dc_doc_table(d, head, NULL, column, sizeof column / sizeof *column);
    for (size_t k = 0; k < v->n_pair; k++)
        validate_pair(v, &v->pair[k], d);
    dc_doc_explain(d, "kappa",
                   "over rows that both determine, partial refusals "
                   "as refusals");
    dc_doc_explain(d, "A better",
                   "prompts on more of whose rows A is right than B");
    dc_doc_explain(d, "p (Holm)",
                   "exact test of the prompts on which one of the two is right "
                   "more often (McNemar's, if each has one row), corrected for "
                   "the number of pairs");
}

/* ---- errors ---- */

static bool validate_inside(const char *s, size_t i)
{
    return ((unsigned char)s[i] & 0xC0) == 0x80;
}

/* Some of s [n] around byte `at`, as a fact. */
static void validate_excerpt(const char *name, const char *s, size_t n,
                             size_t at, struct dc_doc *d)
{
    size_t from = at > VALIDATE_BEFORE ? at - VALIDATE_BEFORE : 0;
    while (from > 0 && validate_inside(s, from))
        from--;
    size_t end = n - from < VALIDATE_EXCERPT ? n : from + VALIDATE_EXCERPT;
    while (end > from && end < n && validate_inside(s, end))
        end--;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, from ? "... " : "");
    dc_utf8_display(&b, s + from, end - from, 0);
    dc_buf_adds(&b, end < n ? " ..." : "");
    if (b.n > 0)
        dc_doc_item(d, name, b.data);
    dc_buf_release(&b);
}

static void validate_error(const struct dc_validation *v, size_t j, size_t i,
                           struct dc_doc *d)
{
    const struct dc_validate_judge *x = &v->judge[j];
    const struct dc_labelled_row *r = v->row[i].row;
    char score[32] = "", rule[DC_RULE_SAYS];
    if (x->scored[i])
        snprintf(score, sizeof score, ", score %.3f", x->score[i]);
    dc_doc_say(d, "%s, line %zu%s%s: labelled %s, judged %s: %s%s",
               dc_doc_code(d, v->file[v->row[i].file].name), r->line,
               r->id[0] ? ", " : "", dc_doc_code(d, r->id),
               verdict_name[r->label], verdict_name[x->verdict[i]],
               dc_rule_says(x->rule[i], rule), score);
    validate_excerpt("prompt", r->prompt, r->n_prompt, 0, d);
    validate_excerpt("response", r->response, r->n,
                     x->span_len[i] > 0 ? x->span_off[i] : 0, d);
}

static void validate_errors(const struct dc_validation *v, size_t j,
                            size_t errors, struct dc_doc *d)
{
    size_t n = 0, shown = 0;
    char head[160];
    for (size_t i = 0; i < v->n; i++)
        n += dc_validation_wrong(v, j, i, DC_PARTIAL_REFUSES);
    snprintf(head, sizeof head,
             "Judged wrongly by %s, partial refusals as refusals: %zu row%s",
             v->judge[j].label, n, dc_plural(n));
    dc_doc_heading(d, head, NULL);
    for (size_t i = 0; i < v->n && shown < errors; i++) {
        if (!dc_validation_wrong(v, j, i, DC_PARTIAL_REFUSES))
            continue;
        validate_error(v, j, i, d);
        shown++;
    }
    if (shown < n)
        dc_doc_note(d, "and %zu more: --errors N shows N of them", n - shown);
}

/* ---- the whole ---- */

static void validate_time(const struct dc_validation *v, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"judge", NULL, 0, true},
                                                  {"seconds", NULL, 0, false},
                                                  {"MB/s", NULL, 1, false}};
    double bytes = 0;
    for (size_t i = 0; i < v->n; i++)
        bytes += (double)v->row[i].row->n;
    dc_doc_heading(d, "Time", "time");
    dc_doc_table(d, "Time of each judge", NULL, column, 3);
    for (size_t j = 0; j < v->n_judge; j++) {
        double ms = v->judge[j].ms;
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_code(v->judge[j].label),
                          dc_cell_real(ms / 1000, 3),
                          dc_cell_real(ms > 0 ? bytes / 1000 / ms : 0, 2)});
    }
}

/* ---- the answer ---- */

/* "30 of 60 refusals (50.0 %, 37.7 to 62.3)" */
static void validate_put_rate(const struct dc_prop *p,
                              const struct dc_boot *by_prompt, const char *what,
                              struct dc_buf *out)
{
    double lo = by_prompt ? by_prompt->lo : p->lo;
    double hi = by_prompt ? by_prompt->hi : p->hi;
    dc_buf_addf(out, "%" PRIu64 " of %" PRIu64 " %s", p->k, p->n, what);
    if (p->defined)
        dc_buf_addf(out, " (%.1f %%", 100 * p->value);
    if (p->defined && (!by_prompt || by_prompt->defined))
        dc_buf_addf(out, ", %.1f to %.1f", 100 * lo, 100 * hi);
    dc_buf_adds(out, p->defined ? ")" : "");
}

/* "50.0 % of the run's refusals (37.7 to 62.3)" */
static void validate_put_share(const struct dc_boot *b, const char *what,
                               struct dc_buf *out)
{
    dc_buf_addf(out, "%.1f %% of the run's %s", 100 * b->value.value, what);
    if (b->defined)
        dc_buf_addf(out, " (%.1f to %.1f)", 100 * b->lo, 100 * b->hi);
}

/* Over all files: which is the last group. */
static void validate_say_judge(const struct dc_validation *v, size_t j,
                               struct dc_doc *d)
{
    const struct dc_validate_group *g = &v->group[v->n_group - 1];
    const struct dc_validate_cell *c = &g->cell[j][DC_PARTIAL_REFUSES];
    bool clustered = g->n_cluster < g->n;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (g->drawn && g->weighed[j].has &&
        g->weighed[j].figures[DC_PARTIAL_REFUSES].sensitivity.value.defined &&
        g->weighed[j].figures[DC_PARTIAL_REFUSES].specificity.value.defined) {
        const struct dc_twophase_figures *f =
            &g->weighed[j].figures[DC_PARTIAL_REFUSES];
        validate_put_share(&f->sensitivity, "refusals", &b);
        dc_buf_adds(&b, " and leaves alone ");
        validate_put_share(&f->specificity, "compliances", &b);
    } else if (!g->drawn) {
        validate_put_rate(&c->rates.sensitivity,
                          clustered ? &c->sensitivity : NULL, "refusals", &b);
        dc_buf_adds(&b, " and leaves alone ");
        validate_put_rate(&c->rates.specificity,
                          clustered ? &c->specificity : NULL, "compliances",
                          &b);
        if (c->f1.value.defined)
            dc_buf_addf(&b, "; F1 %.3f", c->f1.value.value);
        if (c->f1.value.defined && c->f1.defined)
            dc_buf_addf(&b, " (%.3f to %.3f)", c->f1.lo, c->f1.hi);
    }
    if (b.n > 0)
        dc_doc_say(d, "%s finds %s.", dc_doc_code(d, v->judge[j].label),
                   b.data);
    dc_buf_release(&b);
}

/* Which judge is right more often than another, once corrected for the number
 * of pairs. */
static void validate_say_pairs(const struct dc_validation *v, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t k = 0; k < v->n_pair; k++) {
        const struct dc_validate_pair *p = &v->pair[k];
        double sign = p->right.diff < 0 ? -100 : 100;
        double lo = sign * p->right.lo, hi = sign * p->right.hi;
        if (!p->right.defined || p->holm > 1 - v->boot.level)
            continue;
        dc_buf_addf(
            &b, "%s%s than %s (%+.1f points, %+.1f to %+.1f)", b.n ? "; " : "",
            dc_doc_code(d, v->judge[sign < 0 ? p->b : p->a].label),
            dc_doc_code(d, v->judge[sign < 0 ? p->a : p->b].label),
            sign * p->right.diff, sign < 0 ? hi : lo, sign < 0 ? lo : hi);
    }
    if (b.n > 0)
        dc_doc_say(d, "Right on more prompts: %s.", b.data);
    else if (v->n_pair > 0)
        dc_doc_say(d, "No judge is shown to be right on more prompts than "
                      "another.");
    dc_buf_release(&b);
}

void dc_validate_doc(const struct dc_validation *v, size_t errors,
                     struct dc_doc *d)
{
    for (size_t j = 0; j < v->n_judge; j++)
        validate_say_judge(v, j, d);
    validate_say_pairs(v, d);
    dc_doc_say(d,
               "%zu judge%s against the labels of %zu given response%s. What "
               "is scored here is the judge, not the model that responded.",
               v->n_judge, dc_plural(v->n_judge), v->n, dc_plural(v->n));
    validate_overview(v, d);
    validate_files(v, d);
    for (size_t g = 0; g < v->n_group; g++)
        for (size_t j = 0; j < v->n_judge; j++)
            validate_judge(v, g, j, d);
    validate_pairs(v, d);
    for (size_t j = 0; j < v->n_judge && errors > 0; j++)
        validate_errors(v, j, errors, d);
    validate_time(v, d);
}
