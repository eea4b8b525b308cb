/*
 * train.c - the course of a training: C by cross-validation, figures from
 * held-out rows, and the model of all rows (train.h).
 */
#include "train/train.h"

#include "base/mem.h"
#include "train/train_card.h"

#include <deepconf/rank.h>
#include <math.h>
#include <stdlib.h>

struct dc_train_cfg dc_train_cfg_default(void)
{
    return (struct dc_train_cfg){
        .gram = dc_ngram_cfg_default(), .min_rows = 2, .n_folds = 5, .seed = 1};
}

/* A training under way; arrays [rows.n] and [2^bits]. */
struct job {
    const struct dc_train_cfg *cfg;
    struct dc_train_rows rows;
    struct dc_train_fit fit;
    double *decision[DC_TRAIN_C]; /* held out */
    bool *positive;
    unsigned *fold;
    uint32_t *group;
    double *p;
    struct dc_train_figures figures;
};

static void job_init(struct job *j)
{
    size_t n = j->rows.n, cells = (size_t)1 << j->rows.bits;
    j->fit.w = dc_xcalloc(cells, sizeof *j->fit.w);
    j->fit.q = dc_xcalloc(cells, sizeof *j->fit.q);
    for (size_t c = 0; c < DC_TRAIN_C; c++)
        j->decision[c] = dc_xcalloc(n, sizeof(double));
    j->positive = dc_xcalloc(n, sizeof *j->positive);
    j->fold = dc_xcalloc(n, sizeof *j->fold);
    j->group = dc_xcalloc(n, sizeof *j->group);
    j->p = dc_xcalloc(n, sizeof *j->p);
    for (size_t i = 0; i < n; i++) {
        j->positive[i] = j->rows.row[i].positive;
        j->fold[i] = j->rows.row[i].fold;
        j->group[i] = j->rows.row[i].group;
    }
}

static void job_release(struct job *j)
{
    free(j->fit.w);
    free(j->fit.q);
    for (size_t c = 0; c < DC_TRAIN_C; c++)
        free(j->decision[c]);
    free(j->positive);
    free(j->fold);
    free(j->group);
    free(j->p);
    dc_train_rows_release(&j->rows);
}

/* ---- cross-validation ---- */

static void hold_out(struct job *j, unsigned fold)
{
    struct dc_train_set *s =
        dc_train_set_create(&j->rows, (int)fold, j->cfg->min_rows);
    for (size_t c = 0; c < DC_TRAIN_C; c++) {
        dc_train_set_fit(s, dc_train_c[c], &j->fit);
        for (size_t i = 0; i < j->rows.n; i++)
            if (j->fold[i] == fold)
                j->decision[c][i] =
                    dc_train_decision(&j->fit, &j->rows.row[i].view[0]);
    }
    dc_train_set_free(s);
}

static void choose_c(struct job *j)
{
    struct dc_train_figures *f = &j->figures;
    for (size_t c = 0; c < DC_TRAIN_C; c++) {
        double sum = 0;
        for (size_t i = 0; i < j->rows.n; i++) {
            double z = j->positive[i] ? j->decision[c][i] : -j->decision[c][i];
            sum += (z < 0 ? -z : 0) + log1p(exp(-fabs(z)));
        }
        f->log_loss[c] = sum / (double)j->rows.n;
        if (f->log_loss[c] < f->log_loss[f->best_c])
            f->best_c = c;
    }
}

static struct dc_heldout heldout(const struct job *j, int without)
{
    return (struct dc_heldout){.decision = j->decision[j->figures.best_c],
                               .positive = j->positive,
                               .fold = j->fold,
                               .n = j->rows.n,
                               .without = without};
}

/* Calibration and threshold of the rows outside the fold. */
static enum dc_status settle(const struct job *j, int without,
                             struct dc_linear *m, double *at,
                             struct dc_err *err)
{
    static const char *const aim[] = {[DC_TRAIN_F1] = "F1",
                                      [DC_TRAIN_PRECISION] = "precision",
                                      [DC_TRAIN_RECALL] = "recall"};
    const struct dc_heldout h = heldout(j, without);
    double best;
    if (!dc_train_platt(&h, &m->slope, &m->offset))
        return dc_fail(err, DC_DATA,
                       "held-out scores do not rise with the labels: nothing "
                       "was learnt; are the labels right (refusal, "
                       "compliance), and are there enough rows?");
    if (j->cfg->aim == DC_TRAIN_F1) {
        m->threshold = dc_train_best_f1(&h, m);
        *at = (log(m->threshold / (1 - m->threshold)) - m->offset) / m->slope;
        return DC_OK;
    }
    if (!dc_train_threshold(&h, j->cfg, at, &best))
        return dc_fail(err, DC_GATE,
                       "no threshold reaches a %s of %.4g on held-out rows; "
                       "the most is %.4g: ask for less, or give more data",
                       aim[j->cfg->aim], j->cfg->target, best);
    m->threshold = dc_linear_probability(m, *at);
    return DC_OK;
}

static enum dc_status judge_fold(struct job *j, unsigned fold,
                                 struct dc_err *err)
{
    const double *decision = j->decision[j->figures.best_c];
    struct dc_matrix *t = &j->figures.matrix;
    struct dc_linear m = {.n = 0};
    double at = 0;
    enum dc_status st = settle(j, (int)fold, &m, &at, err);
    for (size_t i = 0; i < j->rows.n && !st; i++) {
        if (j->fold[i] != fold)
            continue;
        bool refusal = decision[i] >= at;
        j->p[i] = dc_linear_probability(&m, decision[i]);
        t->tp += j->positive[i] && refusal;
        t->fn += j->positive[i] && !refusal;
        t->fp += !j->positive[i] && refusal;
        t->tn += !j->positive[i] && !refusal;
    }
    return st;
}

static enum dc_status measure(struct job *j, struct dc_err *err)
{
    const struct dc_scored s = {.score = j->p,
                                .positive = j->positive,
                                .group = j->group,
                                .n = j->rows.n,
                                .n_groups = j->rows.n_group};
    const struct dc_forecast f = {j->p, j->positive, j->rows.n};
    const struct dc_calib_cfg calib = dc_calib_cfg_default();
    struct dc_boot_cfg boot = dc_boot_cfg_default();
    enum dc_status st = DC_OK;
    boot.seed = j->cfg->seed;
    for (unsigned k = 0; k < j->cfg->n_folds && !st; k++)
        st = judge_fold(j, k, err);
    if (!st)
        st = dc_boot_auroc(&s, &boot, &j->figures.auroc, err);
    if (!st)
        st = dc_calib_measure(&f, &calib, &j->figures.calib, err);
    return st;
}

/* ---- the model ---- */

static void fit_all(struct job *j, struct dc_linear *m)
{
    struct dc_train_set *s =
        dc_train_set_create(&j->rows, -1, j->cfg->min_rows);
    size_t cells = (size_t)1 << j->rows.bits;
    dc_train_set_fit(s, dc_train_c[j->figures.best_c], &j->fit);
    dc_train_set_free(s);
    m->bias = j->fit.bias;
    for (size_t b = 0; b < cells; b++)
        m->n += j->fit.q[b] > 0;
    m->weight = dc_xcalloc(m->n + 1, sizeof *m->weight);
    m->n = 0;
    for (size_t b = 0; b < cells; b++)
        if (j->fit.q[b] > 0)
            m->weight[m->n++] = (struct dc_linear_weight){
                (uint32_t)b, j->fit.w[b], j->fit.q[b]};
}

static enum dc_status run(struct job *j, struct dc_linear *m,
                          struct dc_err *err)
{
    double at;
    for (unsigned k = 0; k < j->cfg->n_folds; k++)
        hold_out(j, k);
    choose_c(j);
    enum dc_status st = settle(j, -1, m, &at, err);
    if (!st)
        st = measure(j, err);
    if (!st)
        fit_all(j, m);
    return st;
}

enum dc_status dc_train_linear(const struct dc_labelled *file, size_t n,
                               const struct dc_train_cfg *cfg,
                               struct dc_linear *out, struct dc_err *err)
{
    struct job j = {.cfg = cfg};
    *out = (struct dc_linear){.gram = cfg->gram};
    enum dc_status st = dc_train_rows_of(file, n, cfg, &j.rows, err);
    if (st)
        return st;
    job_init(&j);
    st = run(&j, out, err);
    if (!st) {
        const struct dc_train_card card = {file, n, cfg, &j.rows, &j.figures};
        out->card = dc_train_card_of(&card);
    }
    job_release(&j);
    return st;
}
