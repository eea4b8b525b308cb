/*
 * trace_stats.c - the rows of the trace statistics, and all of them in turn
 * (trace_stats.h). The statistics themselves stand in trace_auroc.c,
 * trace_calib.c, trace_category.c and trace_agree.c.
 */
#include "replay/trace_stats.h"

#include "base/mem.h"
#include "replay/trace_rows.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

bool dc_trace_prompt_counts(const struct dc_record_prompt *p)
{
    return !p->problem && p->has_decision && p->n_trace > 0;
}

bool dc_trace_side(enum dc_verdict v, bool *refusal)
{
    *refusal = v == DC_VERDICT_REFUSAL || v == DC_VERDICT_PARTIAL;
    return v != DC_VERDICT_UNDETERMINED;
}

/* The majority of the traces recorded, if it is for either side. */
static bool majority(const struct dc_record *r,
                     const struct dc_record_prompt *p, bool *refusal)
{
    struct dc_tally t = {0};
    for (unsigned k = 0; k < p->n_trace; k++)
        dc_tally_add(&t, r->trace[p->first + k].verdict);
    return dc_trace_side(dc_tally_decide(&t), refusal);
}

static void add_prompt(struct dc_trace_view *v, uint32_t prompt)
{
    const struct dc_record_prompt *p = &v->record->prompt[prompt];
    bool side = false, most = false;
    bool has = majority(v->record, p, &most);
    for (size_t i = p->first; i < p->first + p->n_trace; i++)
        if (dc_trace_side(v->record->trace[i].verdict, &side))
            v->row[v->n++] = (struct dc_trace_row_of){
                .trace = i,
                .prompt = prompt,
                .refusal = side,
                .gold = p->gold,
                .has_majority = has,
                .agrees = has && side == most,
            };
}

void dc_trace_view_init(struct dc_trace_view *v, const struct dc_record *r)
{
    *v = (struct dc_trace_view){.record = r};
    v->row = dc_xcalloc(r->n_trace + 1, sizeof *v->row);
    for (size_t i = 0; i < r->n_prompt; i++)
        if (dc_trace_prompt_counts(&r->prompt[i]))
            add_prompt(v, (uint32_t)i);
}

void dc_trace_view_release(struct dc_trace_view *v)
{
    free(v->row);
    *v = (struct dc_trace_view){.n = 0};
}

bool dc_trace_positive(const struct dc_trace_row_of *x, enum dc_target t,
                       bool *positive)
{
    switch (t) {
    case DC_TARGET_CORRECT:
        *positive = x->refusal == (x->gold == DC_GOLD_REFUSE);
        return x->gold != DC_GOLD_NONE;
    case DC_TARGET_MAJORITY:
        *positive = x->agrees;
        return x->has_majority;
    default:
        assert(t == DC_TARGET_REFUSAL);
        *positive = x->refusal;
        return true;
    }
}

void dc_trace_rows_init(struct dc_trace_rows *x, const struct dc_trace_view *v)
{
    *x = (struct dc_trace_rows){.n = 0};
    x->score = dc_xcalloc(v->n + 1, sizeof *x->score);
    x->positive = dc_xcalloc(v->n + 1, sizeof *x->positive);
    x->group = dc_xcalloc(v->n + 1, sizeof *x->group);
}

void dc_trace_rows_release(struct dc_trace_rows *x)
{
    free(x->score);
    free(x->positive);
    free(x->group);
}

static bool in_scope(const struct dc_trace_row_of *x, enum dc_trace_scope scope)
{
    return scope == DC_TRACES_ALL ||
           x->gold ==
               (scope == DC_TRACES_TO_REFUSE ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
}

void dc_trace_rows_fill(struct dc_trace_rows *x, const struct dc_trace_view *v,
                        const struct dc_record_column *c, enum dc_target t,
                        enum dc_trace_scope scope)
{
    uint32_t last = 0;
    x->n = x->n_groups = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_trace_row_of *row = &v->row[i];
        bool positive;
        if (!c->has[row->trace] || !in_scope(row, scope) ||
            !dc_trace_positive(row, t, &positive))
            continue;
        if (x->n_groups == 0 || row->prompt != last)
            x->n_groups++;
        last = row->prompt;
        x->score[x->n] = c->measure.row->direction * c->value[row->trace];
        x->positive[x->n] = positive;
        x->group[x->n++] = (uint32_t)(x->n_groups - 1);
    }
}

/* The rows of one prompt, from `from` on: where they end, and the mean of those
 * with a value. */
static size_t one_prompt(const struct dc_trace_view *v, size_t from,
                         const struct dc_record_column *c,
                         struct dc_ratio *mean)
{
    double sum = 0;
    size_t n = 0, i = from;
    for (; i < v->n && v->row[i].prompt == v->row[from].prompt; i++)
        if (c->has[v->row[i].trace]) {
            sum += c->value[v->row[i].trace];
            n++;
        }
    *mean = (struct dc_ratio){.defined = n > 0};
    if (n > 0)
        mean->value = c->measure.row->direction * sum / (double)n;
    return i;
}

void dc_trace_rows_decisions(struct dc_trace_rows *x,
                             const struct dc_trace_view *v,
                             const struct dc_record_column *c, enum dc_target t,
                             enum dc_trace_scope scope)
{
    struct dc_ratio mean;
    assert(t != DC_TARGET_MAJORITY);
    x->n = 0;
    for (size_t i = 0; i < v->n;) {
        struct dc_trace_row_of row = v->row[i];
        bool positive;
        i = one_prompt(v, i, c, &mean);
        if (!mean.defined || !in_scope(&row, scope) ||
            !dc_trace_side(v->record->prompt[row.prompt].decision,
                           &row.refusal) ||
            !dc_trace_positive(&row, t, &positive))
            continue;
        x->score[x->n] = mean.value;
        x->positive[x->n] = positive;
        x->group[x->n] = (uint32_t)x->n;
        x->n++;
    }
    x->n_groups = x->n;
}

struct dc_scored dc_trace_rows_scored(const struct dc_trace_rows *x)
{
    return (struct dc_scored){.score = x->score,
                              .positive = x->positive,
                              .group = x->group,
                              .n = x->n,
                              .n_groups = x->n_groups};
}

/* ---- all of it ---- */

static void count_prompts(struct dc_trace_stats *s)
{
    const struct dc_record *r = s->record;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        if (!dc_trace_prompt_counts(p)) {
            s->n_left_out++;
            continue;
        }
        s->n_prompt++;
        s->n_short += p->n_trace < r->k;
        s->n_gold[DC_TRACES_ALL]++;
        s->n_gold[DC_TRACES_TO_REFUSE] += p->gold == DC_GOLD_REFUSE;
        s->n_gold[DC_TRACES_TO_ANSWER] += p->gold == DC_GOLD_ANSWER;
        s->n_undetermined += p->n_trace;
    }
}

static void check_range(const struct dc_trace_view *v,
                        struct dc_trace_measure *m)
{
    const struct dc_measure *row = m->column->measure.row;
    m->probability = row->min >= 0 && row->max <= 1;
    for (size_t i = 0; i < v->n; i++) {
        double x = m->column->value[v->row[i].trace];
        if (!m->column->has[v->row[i].trace])
            m->n_none++;
        else if (!(x >= row->min && x <= row->max) && m->n_outside++ == 0)
            m->first_outside = x;
    }
}

static enum dc_status run_measure(const struct dc_trace_view *v,
                                  const struct dc_trace_stats_cfg *cfg,
                                  struct dc_trace_measure *m,
                                  struct dc_err *err)
{
    check_range(v, m);
    if (cfg->classes_only)
        return dc_trace_auroc_classes(v, &cfg->boot, m, err);
    enum dc_status st = dc_trace_auroc_run(v, &cfg->boot, m, err);
    if (!st && m->probability && m->n_outside == 0)
        st = dc_trace_calib_run(v, &cfg->boot, m, err);
    if (!st)
        dc_trace_category_run(v, cfg, m);
    return st;
}

/* The first column unless no trace has a value of it (an import of entropy has
 * no probabilities): then the first that has. */
static size_t find_lead(const struct dc_trace_view *v)
{
    for (size_t i = 0; i < v->record->n_column; i++)
        for (size_t k = 0; k < v->n; k++)
            if (v->record->column[i].has[v->row[k].trace])
                return i;
    return 0;
}

enum dc_status dc_trace_stats_run(const struct dc_record *r,
                                  const struct dc_trace_stats_cfg *cfg,
                                  struct dc_trace_stats *out,
                                  struct dc_err *err)
{
    struct dc_trace_view v;
    enum dc_status st = DC_OK;
    *out = (struct dc_trace_stats){
        .record = r, .cfg = *cfg, .n_measure = r->n_column};
    out->cfg.boot.keep = NULL;
    count_prompts(out);
    if (r->n_prompt == 0)
        return dc_fail(err, DC_DATA, "%s", DC_RECORD_EMPTY);
    if (out->n_prompt == 0)
        return dc_fail(err, DC_DATA,
                       "no prompt of the run is decided yet: there is nothing "
                       "to look at");
    out->cfg.boot.batch = dc_boot_batch_new();
    dc_trace_view_init(&v, r);
    out->n_row = v.n;
    out->n_undetermined -= v.n;
    out->measure = dc_xcalloc(r->n_column + 1, sizeof *out->measure);
    size_t lead = find_lead(&v);
    for (size_t i = 0; i < r->n_column && !st; i++) {
        size_t of = i == 0 ? lead : i - (i <= lead);
        out->measure[i].column = &r->column[of];
        st = run_measure(&v, &out->cfg, &out->measure[i], err);
    }
    if (!cfg->classes_only)
        dc_trace_agree_run(r, &out->cfg.boot, &out->agreement);
    dc_trace_view_release(&v);
    dc_boot_batch_free(out->cfg.boot.batch);
    out->cfg.boot.batch = NULL;
    for (size_t i = 0; i < r->n_column; i++)
        dc_trace_auroc_require(&out->measure[i]);
    if (st)
        dc_trace_stats_release(out);
    return st;
}

static enum dc_status want(struct dc_record_cfg *c, const char *text,
                           struct dc_err *err)
{
    struct dc_measure_spec m;
    enum dc_status st = dc_measure_parse(text, &m, err);
    return st ? st : dc_record_want(c, &m, false, 0, err);
}

enum dc_status dc_trace_stats_want(struct dc_record_cfg *c, const char *own,
                                   struct dc_err *err)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    enum dc_status st = want(c, own, err);
    for (size_t i = 0; i < n && !st; i++)
        st = want(c, row[i]->name, err);
    return st;
}

void dc_trace_stats_release(struct dc_trace_stats *s)
{
    free(s->measure);
    free(s->agreement.prompt_entropy);
    free(s->agreement.has_entropy);
    *s = (struct dc_trace_stats){.n_prompt = 0};
}
