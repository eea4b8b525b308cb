/*
 * validate_text.c - a validation for readers: the files, then for each group
 * and judge its counts and rates, then pairs of judges, then what they get
 * wrong.
 *
 * Names and texts come from files: they pass dc_utf8_display().
 */
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/validate_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_COLS = 32, EXCERPT = 160, BEFORE = 40 };

static const char *const verdict_name[DC_N_VERDICT] = {
    "compliance", "partial", "refusal", "undetermined"};

/* ---- rates ---- */

static void put_prop(struct dc_buf *out, const char *name,
                     const struct dc_prop *p, const struct dc_boot *by_prompt)
{
    double lo = by_prompt ? by_prompt->lo : p->lo;
    double hi = by_prompt ? by_prompt->hi : p->hi;
    dc_buf_addf(out, "      %-12s", name);
    if (!p->defined)
        dc_buf_adds(out, "     none");
    else
        dc_buf_addf(out, " %6.1f %%", 100 * p->value);
    if (p->defined && (!by_prompt || by_prompt->defined))
        dc_buf_addf(out, "  %5.1f to %5.1f %%", 100 * lo, 100 * hi);
    else
        dc_buf_adds(out, "                  ");
    dc_buf_addf(out, "   %" PRIu64 " of %" PRIu64 "\n", p->k, p->n);
}

static void put_boot(struct dc_buf *out, const char *name,
                     const struct dc_boot *b, double scale, const char *unit)
{
    int digits = scale > 1 ? 1 : 3;
    dc_buf_addf(out, "      %-12s", name);
    if (!b->value.defined) {
        dc_buf_adds(out, "     none\n");
        return;
    }
    dc_buf_addf(out, " %6.*f%s", digits, scale * b->value.value, unit);
    if (b->defined)
        dc_buf_addf(out, "  %5.*f to %5.*f%s", digits, scale * b->lo, digits,
                    scale * b->hi, unit);
    else if (b->few)
        dc_buf_addf(out, "  no interval: %zu prompt%s of the rarer kind",
                    b->n_rarer, dc_plural(b->n_rarer));
    dc_buf_addc(out, '\n');
}

/* If all undetermined rows were judged right, or wrong. */
static void put_bounds(struct dc_buf *out, const struct dc_validate_cell *c)
{
    const struct dc_matrix *m = &c->matrix;
    uint64_t pos = m->tp + m->fn + c->undetermined_refusal;
    uint64_t neg = m->fp + m->tn + c->undetermined_compliance;
    if (c->undetermined_refusal + c->undetermined_compliance == 0)
        return;
    dc_buf_addf(out,
                "      undetermined: %" PRIu64 " labelled refusal, %" PRIu64
                " compliance, in none of these rates",
                c->undetermined_refusal, c->undetermined_compliance);
    if (pos && neg)
        dc_buf_addf(
            out,
            "; were all wrong or all right:\n        recall %.1f to %.1f %%, "
            "specificity %.1f to %.1f %%",
            100 * (double)m->tp / (double)pos,
            100 * (double)(m->tp + c->undetermined_refusal) / (double)pos,
            100 * (double)m->tn / (double)neg,
            100 * (double)(m->tn + c->undetermined_compliance) / (double)neg);
    dc_buf_addc(out, '\n');
}

static void put_cell(struct dc_buf *out, const struct dc_validate_cell *c,
                     bool clustered)
{
    const struct dc_matrix *m = &c->matrix;
    dc_buf_addf(out,
                "      TP %" PRIu64 "  FN %" PRIu64 "  FP %" PRIu64
                "  TN %" PRIu64 "\n",
                m->tp, m->fn, m->fp, m->tn);
    put_prop(out, "precision", &c->rates.precision,
             clustered ? &c->precision : NULL);
    put_prop(out, "recall", &c->rates.sensitivity,
             clustered ? &c->sensitivity : NULL);
    put_prop(out, "specificity", &c->rates.specificity,
             clustered ? &c->specificity : NULL);
    put_prop(out, "accuracy", &c->rates.accuracy,
             clustered ? &c->accuracy : NULL);
    put_boot(out, "F1", &c->f1, 100, " %");
    put_boot(out, "kappa", &c->kappa_boot, 1, "");
    put_bounds(out, c);
}

static void put_score(struct dc_buf *out, const struct dc_validate_score *s)
{
    dc_buf_addf(out, "      scores of %" PRIu64 " row%s, as probabilities\n",
                s->n, dc_plural(s->n));
    put_boot(out, "AUROC", &s->auroc, 1, "");
    if (s->width.defined)
        dc_buf_addf(out,
                    "      ECE %.3f (15 bins of equal width), %.3f (of equal "
                    "mass); MCE %.3f; Brier %.3f\n",
                    s->width.ece, s->mass.ece, s->width.mce, s->width.brier);
}

/* ---- labels that were drawn by strata ---- */

static void put_weighed(struct dc_buf *out, const struct dc_validate_group *g,
                        size_t j, bool both)
{
    const struct dc_validate_weighed *w = &g->weighed[j];
    if (!w->has) {
        dc_buf_adds(out, "      no figures of the run: too few drawn traces "
                         "have a label that tells\n");
        return;
    }
    for (int p = 0; p < (both ? DC_N_PARTIAL : 1); p++) {
        const struct dc_twophase_figures *f = &w->figures[p];
        dc_buf_addf(out,
                    "      %" PRIu64 " drawn label%s weighed to the run's "
                    "%" PRIu64 " traces, partial refusals as %s\n",
                    w->n, dc_plural(w->n), w->n_trace,
                    p == DC_PARTIAL_REFUSES ? "refusals" : "compliances");
        put_boot(out, "recall", &f->sensitivity, 100, " %");
        put_boot(out, "specificity", &f->specificity, 100, " %");
        put_boot(out, "refusals", &f->share[1], 100, " %");
    }
}

static void put_drawn(struct dc_buf *out, const struct dc_validate_group *g)
{
    if (g->n_chosen)
        dc_buf_addf(out,
                    "; %zu chosen by a person, in the counts and no figure",
                    g->n_chosen);
    if (g->n_unclear)
        dc_buf_addf(out, "; %zu label%s can't tell, left out", g->n_unclear,
                    dc_plural(g->n_unclear));
}

/* ---- groups ---- */

static void put_confusion(struct dc_buf *out, uint64_t (*n)[DC_N_VERDICT])
{
    dc_buf_addf(out, "      %-14s", "label, judged:");
    for (int s = 0; s < DC_N_VERDICT; s++)
        dc_buf_addf(out, " %12s", verdict_name[s]);
    dc_buf_addc(out, '\n');
    for (int l = 0; l < DC_VERDICT_UNDETERMINED; l++) {
        dc_buf_addf(out, "        %-12s", verdict_name[l]);
        for (int s = 0; s < DC_N_VERDICT; s++)
            dc_buf_addf(out, " %12" PRIu64, n[l][s]);
        dc_buf_addc(out, '\n');
    }
}

static void put_judge(struct dc_buf *out, const struct dc_validation *v,
                      const struct dc_validate_group *g, size_t j)
{
    const struct dc_validate_judge *x = &v->judge[j];
    bool clustered = g->n_cluster < g->n;
    dc_buf_addf(out, "\n    %s, version %s\n", x->label, x->version);
    if (dc_validation_trained_on(v, (size_t)(g - v->group), j))
        dc_buf_adds(out,
                    "      It was trained on these very rows (by the file's "
                    "SHA-256): what follows is\n      no test of it.\n");
    bool both = g->label[DC_VERDICT_PARTIAL] ||
                g->confusion[j][0][DC_VERDICT_PARTIAL] ||
                g->confusion[j][DC_VERDICT_REFUSAL][DC_VERDICT_PARTIAL];
    put_confusion(out, g->confusion[j]);
    if (g->drawn) { /* shares of the sample itself would mislead */
        put_weighed(out, g, j, both);
        return;
    }
    dc_buf_adds(out, "      partial refusals as refusals\n");
    put_cell(out, &g->cell[j][DC_PARTIAL_REFUSES], clustered);
    if (both) {
        dc_buf_adds(out, "      partial refusals as compliances\n");
        put_cell(out, &g->cell[j][DC_PARTIAL_COMPLIES], clustered);
    }
    if (x->has_scores)
        put_score(out, &g->score[j]);
}

static void put_group(struct dc_buf *out, const struct dc_validation *v,
                      const struct dc_validate_group *g)
{
    dc_buf_adds(out, "\n  ");
    dc_utf8_display(out, g->name, strlen(g->name), 0);
    dc_buf_addf(out, "\n    %zu response%s to %zu prompt%s: ", g->n,
                dc_plural(g->n), g->n_cluster, dc_plural(g->n_cluster));
    dc_buf_addf(out,
                "%" PRIu64 " labelled refusal, %" PRIu64 " partial, %" PRIu64
                " compliance",
                g->label[DC_VERDICT_REFUSAL], g->label[DC_VERDICT_PARTIAL],
                g->label[DC_VERDICT_COMPLIANCE]);
    if (g->n_dropped)
        dc_buf_addf(out, "; %zu without a label dropped", g->n_dropped);
    if (g->drawn)
        put_drawn(out, g);
    dc_buf_addc(out, '\n');
    for (size_t j = 0; j < v->n_judge; j++)
        put_judge(out, v, g, j);
}

/* ---- pairs of judges ---- */

static void put_pairs(struct dc_buf *out, const struct dc_validation *v)
{
    if (v->n_pair == 0)
        return;
    dc_buf_addf(out,
                "\nPairs of judges, all %zu rows of %zu prompt%s\n  %-32s %8s "
                "%7s %9s %9s  %-22s %8s %8s\n",
                v->n, v->n_cluster, dc_plural(v->n_cluster), "A / B", "equal",
                "kappa", "A better", "B better", "A - B, % of prompts", "p",
                "p (Holm)");
    for (size_t k = 0; k < v->n_pair; k++) {
        const struct dc_validate_pair *p = &v->pair[k];
        char diff[48] = "none";
        if (p->right.defined)
            snprintf(diff, sizeof diff, "%+.1f (%+.1f to %+.1f)",
                     100 * p->right.diff, 100 * p->right.lo, 100 * p->right.hi);
        dc_buf_addf(out, "  %s / %s\n  %-32s", v->judge[p->a].label,
                    v->judge[p->b].label, "");
        if (p->agreement.observed.defined)
            dc_buf_addf(out, " %6.1f %%", 100 * p->agreement.observed.value);
        else
            dc_buf_addf(out, " %8s", "none");
        if (p->agreement.kappa.defined)
            dc_buf_addf(out, " %7.3f", p->agreement.kappa.value);
        else
            dc_buf_addf(out, " %7s", "none");
        dc_buf_addf(out, " %9" PRIu64 " %9" PRIu64 "  %-22s %8.3g %8.3g\n",
                    p->right.b, p->right.c, diff, p->right.p, p->holm);
    }
    dc_buf_adds(out, "  equal, kappa: over rows that both determine, partial "
                     "refusals as refusals; A better:\n  prompts on more of "
                     "whose rows A is right than B; p: exact test of these "
                     "(McNemar's,\n  if each prompt has one row)\n");
}

/* ---- errors ---- */

static void put_excerpt(struct dc_buf *out, const struct dc_validation *v,
                        size_t j, size_t i, size_t width)
{
    const struct dc_validate_judge *x = &v->judge[j];
    const struct dc_labelled_row *r = v->row[i].row;
    size_t from = x->span_len[i] > 0 && x->span_off[i] > BEFORE
                      ? x->span_off[i] - BEFORE
                      : 0;
    while (from > 0 && ((unsigned char)r->response[from] & 0xC0) == 0x80)
        from--;
    size_t n = r->n - from < EXCERPT ? r->n - from : EXCERPT;
    while (n > 0 && from + n < r->n &&
           ((unsigned char)r->response[from + n] & 0xC0) == 0x80)
        n--;
    const struct dc_wrap how = {
        .width = width, .indent = 6, .head = "    > ", .max_lines = 3};
    if (n > 0)
        dc_wrap(out, r->response + from, n, &how);
}

static void put_error(struct dc_buf *out, const struct dc_validation *v,
                      size_t j, size_t i, size_t width)
{
    const struct dc_validate_judge *x = &v->judge[j];
    const struct dc_validate_row *r = &v->row[i];
    dc_buf_adds(out, "    ");
    dc_utf8_display(out, v->file[r->file].name, strlen(v->file[r->file].name),
                    NAME_COLS);
    dc_buf_addf(out, ", line %zu", r->row->line);
    if (r->row->id[0]) {
        dc_buf_adds(out, ", ");
        dc_utf8_display(out, r->row->id, strlen(r->row->id), NAME_COLS);
    }
    dc_buf_addf(out, ": labelled %s, judged %s by ",
                verdict_name[r->row->label], verdict_name[x->verdict[i]]);
    dc_utf8_display(out, x->rule[i], strlen(x->rule[i]), NAME_COLS);
    if (x->scored[i])
        dc_buf_addf(out, ", score %.3f", x->score[i]);
    dc_buf_addc(out, '\n');
    put_excerpt(out, v, j, i, width);
}

static void put_errors(struct dc_buf *out, const struct dc_validation *v,
                       const struct dc_validate_look *look)
{
    for (size_t j = 0; j < v->n_judge && look->errors > 0; j++) {
        size_t n = 0, shown = 0;
        for (size_t i = 0; i < v->n; i++)
            n += dc_validation_wrong(v, j, i, DC_PARTIAL_REFUSES);
        dc_buf_addf(out,
                    "\nJudged wrongly by %s, partial refusals as refusals: "
                    "%zu row%s\n",
                    v->judge[j].label, n, dc_plural(n));
        for (size_t i = 0; i < v->n && shown < look->errors; i++) {
            if (!dc_validation_wrong(v, j, i, DC_PARTIAL_REFUSES))
                continue;
            put_error(out, v, j, i, look->width);
            shown++;
        }
        if (shown < n)
            dc_buf_addf(out, "    and %zu more: --errors N shows N of them\n",
                        n - shown);
    }
}

/* ---- the whole ---- */

static void put_speed(struct dc_buf *out, const struct dc_validation *v)
{
    double bytes = 0;
    for (size_t i = 0; i < v->n; i++)
        bytes += (double)v->row[i].row->n;
    dc_buf_adds(out, "\nTime\n");
    for (size_t j = 0; j < v->n_judge; j++)
        dc_buf_addf(out, "  %-*s %10.3f s  %9.2f MB/s\n", NAME_COLS,
                    v->judge[j].label, v->judge[j].ms / 1000,
                    v->judge[j].ms > 0 ? bytes / 1000 / v->judge[j].ms : 0.0);
}

void dc_validate_text(const struct dc_validation *v,
                      const struct dc_validate_look *look, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b,
                "%zu judge%s against the labels of %zu given response%s. What "
                "is scored here is the judge, not the model that responded. ",
                v->n_judge, dc_plural(v->n_judge), v->n, dc_plural(v->n));
    dc_buf_addf(&b,
                "Intervals: %g %%; F1 and kappa, and all rates where prompts "
                "have several responses, by %" PRIu32
                " resamples of prompts (seed %" PRIu64
                "), such rates and F1 by a beta distribution where fewer than "
                "%d prompts are of the rarer kind; else Wilson's.",
                100 * v->boot.level, v->boot.n_resamples, v->boot.seed,
                (int)DC_BOOT_FEW);
    dc_wrap_item(out, look->width, 0, "", b.data);
    dc_buf_release(&b);
    for (size_t f = 0; f < v->n_file; f++) {
        dc_buf_adds(out, "  ");
        dc_utf8_display(out, v->file[f].name, strlen(v->file[f].name), 0);
        dc_buf_addf(out, " (%s): %s\n", v->file[f].set->name,
                    v->file[f].set->label_means);
    }
    for (size_t g = 0; g < v->n_group; g++)
        put_group(out, v, &v->group[g]);
    put_pairs(out, v);
    put_errors(out, v, look);
    put_speed(out, v);
}
