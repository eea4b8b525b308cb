/*
 * train_card.c - the card as JSON. No time, no folder: equal training gives
 * equal bytes.
 */
#include "train/train_card.h"

#include <math.h>
#include <stdio.h>

static json_t *whole(uint64_t v)
{
    return json_integer((json_int_t)v);
}

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *prop(const struct dc_prop *p)
{
    json_t *o = json_object();
    dc_json_put(o, "k", whole(p->k));
    dc_json_put(o, "n", whole(p->n));
    dc_json_put(o, "value", p->defined ? number(p->value) : json_null());
    dc_json_put(o, "lo", p->defined ? number(p->lo) : json_null());
    dc_json_put(o, "hi", p->defined ? number(p->hi) : json_null());
    return o;
}

static json_t *file_of(const struct dc_labelled *f)
{
    uint64_t count[4] = {0};
    json_t *o = json_object();
    for (size_t i = 0; i < f->n; i++)
        count[f->row[i].label]++;
    dc_json_put(o, "name", dc_json_text(f->name));
    dc_json_put(o, "sha256", json_string(f->sha256));
    dc_json_put(o, "labels", json_string(f->set->name));
    dc_json_put(o, "rows", whole(f->n));
    dc_json_put(o, "refusal", whole(count[DC_VERDICT_REFUSAL]));
    dc_json_put(o, "partial", whole(count[DC_VERDICT_PARTIAL]));
    dc_json_put(o, "compliance", whole(count[DC_VERDICT_COMPLIANCE]));
    dc_json_put(o, "dropped", whole(f->n_dropped));
    return o;
}

static json_t *data_of(const struct dc_train_card *c)
{
    json_t *o = json_object(), *list = json_array();
    for (size_t i = 0; i < c->n_file; i++)
        json_array_append_new(list, file_of(&c->file[i]));
    dc_json_put(o, "files", list);
    dc_json_put(o, "rows", whole(c->rows->n));
    dc_json_put(o, "prompts", whole(c->rows->n_group));
    dc_json_put(o, "refusals", whole(c->rows->n_positive));
    dc_json_put(o, "compliances", whole(c->rows->n - c->rows->n_positive));
    dc_json_put(o, "empty", whole(c->rows->n_empty));
    dc_json_put(
        o, "partial_counts_as",
        json_string(c->cfg->partial_complies ? "compliance" : "refusal"));
    return o;
}

static json_t *training_of(const struct dc_train_card *c)
{
    static const char *const aim[] = {[DC_TRAIN_F1] = "F1",
                                      [DC_TRAIN_PRECISION] = "precision",
                                      [DC_TRAIN_RECALL] = "recall"};
    json_t *o = json_object(), *tried = json_array();
    char text[64];
    int v = dc_train_solver_version();
    snprintf(text, sizeof text, "liblinear %d.%02d, L2R_LR", v / 100, v % 100);
    dc_json_put(o, "solver", json_string(text));
    dc_json_put(o, "min_rows", whole(c->cfg->min_rows));
    dc_json_put(o, "folds", whole(c->cfg->n_folds));
    snprintf(text, sizeof text, "%llu", (unsigned long long)c->cfg->seed);
    dc_json_put(o, "seed", json_string(text));
    dc_json_put(o, "c", number(dc_train_c[c->figures->best_c]));
    for (size_t i = 0; i < DC_TRAIN_C; i++) {
        json_t *row = json_object();
        dc_json_put(row, "c", number(dc_train_c[i]));
        dc_json_put(row, "log_loss", number(c->figures->log_loss[i]));
        json_array_append_new(tried, row);
    }
    dc_json_put(o, "tried", tried);
    dc_json_put(o, "threshold_by", json_string(aim[c->cfg->aim]));
    dc_json_put(o, "target",
                c->cfg->aim == DC_TRAIN_F1 ? json_null()
                                           : number(c->cfg->target));
    return o;
}

static json_t *figures_of(const struct dc_train_figures *f)
{
    const struct dc_matrix *m = &f->matrix;
    const struct dc_matrix_rates r = dc_matrix_rates(m, 0.95);
    json_t *o = json_object(), *a = json_object();
    dc_json_put(o, "tp", whole(m->tp));
    dc_json_put(o, "fn", whole(m->fn));
    dc_json_put(o, "fp", whole(m->fp));
    dc_json_put(o, "tn", whole(m->tn));
    dc_json_put(o, "precision", prop(&r.precision));
    dc_json_put(o, "recall", prop(&r.sensitivity));
    dc_json_put(o, "specificity", prop(&r.specificity));
    dc_json_put(o, "accuracy", prop(&r.accuracy));
    dc_json_put(o, "f1", r.f1.defined ? number(r.f1.value) : json_null());
    dc_json_put(a, "value",
                f->auroc.value.defined ? number(f->auroc.value.value)
                                       : json_null());
    dc_json_put(a, "lo", f->auroc.defined ? number(f->auroc.lo) : json_null());
    dc_json_put(a, "hi", f->auroc.defined ? number(f->auroc.hi) : json_null());
    dc_json_put(o, "auroc", a);
    dc_json_put(o, "ece", number(f->calib.ece));
    dc_json_put(o, "brier", number(f->calib.brier));
    dc_json_put(o, "log_loss", number(f->calib.log_loss));
    return o;
}

json_t *dc_train_card_of(const struct dc_train_card *c)
{
    json_t *o = json_object();
    dc_json_put(o, "format", whole(DC_LINEAR_FORMAT));
    dc_json_put(o, "judge", json_string("linear"));
    dc_json_put(o, "deepconf", json_string(DC_VERSION));
    dc_json_put(o, "data", data_of(c));
    dc_json_put(o, "training", training_of(c));
    dc_json_put(o, "cross_validated", figures_of(c->figures));
    return o;
}
