/*
 * sweep_data.c - a sweep for programs: JSON, CSV, and percentiles in a form
 * of their own. All three come from the same fields as the text.
 */
#include "base/mem.h"
#include "results/json_stat.h"
#include "results/sweep_report.h"

#include <stdlib.h>
#include <string.h>

static json_t *spread(const struct dc_spread *s)
{
    json_t *o = json_object();
    dc_json_put(o, "mean", json_real(s->mean));
    dc_json_put(o, "sd", json_real(s->sd));
    dc_json_put(o, "min", json_real(s->min));
    dc_json_put(o, "max", json_real(s->max));
    return o;
}

static void put_cost(json_t *o, const struct dc_sweep *s,
                     const struct dc_sweep_row *row)
{
    const struct dc_sweep_saved x = dc_sweep_saving(s, row);
    double n = (double)row->n;
    dc_json_put(o, "traces", json_real((double)row->n_trace / n));
    dc_json_put(o, "tokens",
                s->has_count ? json_real((double)row->n_tok / n) : NULL);
    dc_json_put(o, "seconds",
                s->has_time ? json_real(row->ms / 1000 / n) : NULL);
    dc_json_put(o, "traces_saved", x.has_traces ? json_real(x.traces) : NULL);
    dc_json_put(o, "tokens_saved", x.has_tokens ? json_real(x.tokens) : NULL);
    dc_json_put(o, "seconds_saved",
                x.has_seconds ? json_real(x.seconds) : NULL);
}

static void put_quality(json_t *o, const struct dc_sweep *s,
                        const struct dc_sweep_row *row)
{
    struct dc_matrix_rates r = dc_matrix_rates(&row->matrix, s->cfg.level);
    dc_json_put(o, "changed", dc_json_prop(&row->changed));
    dc_json_put(o, "lost_refusals", dc_json_count(row->n_lost_refusal));
    dc_json_put(o, "new_refusals", dc_json_count(row->n_new_refusal));
    dc_json_put(o, "mcnemar_p", json_real(row->mcnemar_p));
    dc_json_put(o, "matrix", dc_json_matrix(&row->matrix));
    dc_json_put(o, "undetermined", dc_json_count(row->n_undetermined));
    dc_json_put(o, "sensitivity", dc_json_prop(&r.sensitivity));
    dc_json_put(o, "specificity", dc_json_prop(&r.specificity));
    dc_json_put(o, "precision", dc_json_prop(&r.precision));
    dc_json_put(o, "accuracy", dc_json_prop(&r.accuracy));
    dc_json_put(o, "f1", dc_json_ratio(&r.f1));
    dc_json_put(o, "balanced_accuracy", dc_json_ratio(&r.balanced_accuracy));
    dc_json_put(o, "mcc", dc_json_ratio(&r.mcc));
}

static const char *calibration_name(const struct dc_setting *s)
{
    static const char *const name[] = {"cross-fit", "first share", "in sample",
                                       "a subset"};
    return s->policy.row->needs_calibration ? name[s->calibration] : NULL;
}

json_t *dc_sweep_row_json(const struct dc_sweep *s,
                          const struct dc_sweep_row *row)
{
    json_t *o = json_object();
    const struct dc_setting *x = &row->setting;
    dc_json_put(o, "setting", json_string(row->text));
    dc_json_put(o, "policy", json_string(x->policy.spec.text));
    dc_json_put(
        o, "measure",
        dc_json_text(x->policy.row->by_tally ? NULL : x->measure.spec.text));
    dc_json_put(o, "vote", json_string(x->vote.spec.text));
    dc_json_put(o, "answer_window",
                x->has_window ? dc_json_count(x->window) : NULL);
    dc_json_put(o, "threshold_from", dc_json_text(calibration_name(x)));
    dc_json_put(o, "missing_prompts", dc_json_count(row->n_missing));
    if (row->n_missing > 0)
        return o;
    put_cost(o, s, row);
    put_quality(o, s, row);
    dc_json_put(o, "worst_missed",
                row->has_table ? json_real(row->worst_missed) : NULL);
    dc_json_put(o, "worst_false",
                row->has_table ? json_real(row->worst_false) : NULL);
    dc_json_put(o, "pareto", json_boolean(row->on_front));
    if (s->cfg.n_permutation > 0) {
        json_t *p = json_object();
        dc_json_put(p, "traces", spread(&row->p_trace));
        dc_json_put(p, "tokens", s->has_count ? spread(&row->p_tok) : NULL);
        dc_json_put(p, "changed", spread(&row->p_changed));
        dc_json_put(o, "permutations", p);
    }
    return o;
}

/* In words, which prompts the figures are over; null: all, to all K. */
static json_t *basis_json(const struct dc_sweep *s)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_sweep_basis(s, &b);
    json_t *o = b.n > 0 ? json_string(b.data) : NULL;
    dc_buf_release(&b);
    return o;
}

json_t *dc_sweep_json(const struct dc_sweep *s, const char *file)
{
    json_t *root = json_object(), *rows = json_array(), *blank = json_array();
    size_t *index = dc_xcalloc(s->n_row + 1, sizeof *index);
    dc_sweep_sort(s, index);
    dc_json_put(root, "format", json_string("deepconf-sweep 1"));
    dc_json_put(root, "file", dc_json_text(file));
    dc_json_put(root, "judge",
                dc_json_judge(s->record->judge, s->record->judge_version,
                              s->record->judge_note));
    dc_json_put(root, "prompts", dc_json_count(s->n_prompt));
    dc_json_put(root, "left_out", dc_json_count(s->n_left_out));
    dc_json_put(root, "basis", basis_json(s));
    dc_json_put(root, "max_traces", dc_json_count(s->record->k));
    dc_json_put(root, "permutations", dc_json_count(s->cfg.n_permutation));
    for (size_t i = 0; i < s->n_row; i++)
        json_array_append_new(rows, dc_sweep_row_json(s, &s->row[index[i]]));
    dc_json_put(root, "rows", rows);
    for (size_t i = 0; i < s->n_blank; i++) {
        json_t *o = json_object();
        dc_json_put(o, "setting", json_string(s->blank[i].text));
        dc_json_put(o, "why", json_string(s->blank[i].why));
        json_array_append_new(blank, o);
    }
    dc_json_put(root, "rows_left_out", blank);
    free(index);
    return root;
}

/* ---- CSV ---- */

static const char *const columns[] = {"setting",
                                      "traces",
                                      "tokens",
                                      "seconds",
                                      "traces_saved",
                                      "tokens_saved",
                                      "seconds_saved",
                                      "changed",
                                      "prompts",
                                      "changed_lo",
                                      "changed_hi",
                                      "mcnemar_p",
                                      "tp",
                                      "fn",
                                      "fp",
                                      "tn",
                                      "undetermined",
                                      "sensitivity",
                                      "sensitivity_lo",
                                      "sensitivity_hi",
                                      "specificity",
                                      "specificity_lo",
                                      "specificity_hi",
                                      "precision",
                                      "precision_lo",
                                      "precision_hi",
                                      "f1",
                                      "accuracy",
                                      "accuracy_lo",
                                      "accuracy_hi",
                                      "worst_missed",
                                      "worst_false",
                                      "pareto",
                                      "perm_tokens",
                                      "perm_changed",
                                      "perm_changed_sd"};

static void cell(struct dc_buf *out, bool has, double v)
{
    dc_buf_addc(out, ',');
    if (has)
        dc_buf_addf(out, "%.17g", v);
}

static void cell_prop(struct dc_buf *out, bool has, const struct dc_prop *p)
{
    cell(out, has && p->defined, p->value);
    cell(out, has && p->defined, p->lo);
    cell(out, has && p->defined, p->hi);
}

static void row_csv(const struct dc_sweep *s, const struct dc_sweep_row *row,
                    struct dc_buf *out)
{
    struct dc_matrix_rates r = dc_matrix_rates(&row->matrix, s->cfg.level);
    const struct dc_sweep_saved x = dc_sweep_saving(s, row);
    double n = (double)row->n;
    bool ok = row->n_missing == 0, perm = ok && s->cfg.n_permutation > 0;
    dc_buf_addf(out, "\"%s\"", row->text);
    cell(out, ok, (double)row->n_trace / n);
    cell(out, ok && s->has_count, (double)row->n_tok / n);
    cell(out, ok && s->has_time, row->ms / 1000 / n);
    cell(out, x.has_traces, x.traces);
    cell(out, x.has_tokens, x.tokens);
    cell(out, x.has_seconds, x.seconds);
    cell(out, ok, (double)row->changed.k);
    cell(out, ok, n);
    cell(out, ok, row->changed.lo);
    cell(out, ok, row->changed.hi);
    cell(out, ok, row->mcnemar_p);
    cell(out, ok, (double)row->matrix.tp);
    cell(out, ok, (double)row->matrix.fn);
    cell(out, ok, (double)row->matrix.fp);
    cell(out, ok, (double)row->matrix.tn);
    cell(out, ok, (double)row->n_undetermined);
    cell_prop(out, ok, &r.sensitivity);
    cell_prop(out, ok, &r.specificity);
    cell_prop(out, ok, &r.precision);
    cell(out, ok && r.f1.defined, r.f1.value);
    cell_prop(out, ok, &r.accuracy);
    cell(out, ok && row->has_table, row->worst_missed);
    cell(out, ok && row->has_table, row->worst_false);
    cell(out, ok, row->on_front);
    cell(out, perm && s->has_count, row->p_tok.mean);
    cell(out, perm, row->p_changed.mean);
    cell(out, perm, row->p_changed.sd);
    dc_buf_addc(out, '\n');
}

void dc_sweep_csv(const struct dc_sweep *s, struct dc_buf *out)
{
    size_t *index = dc_xcalloc(s->n_row + 1, sizeof *index);
    dc_sweep_sort(s, index);
    for (size_t i = 0; i < DC_COUNT(columns); i++)
        dc_buf_addf(out, "%s%s", i ? "," : "", columns[i]);
    dc_buf_addc(out, '\n');
    for (size_t i = 0; i < s->n_row; i++)
        row_csv(s, &s->row[index[i]], out);
    free(index);
}

/* ---- percentiles in a form of their own ---- */

/* 20 and not 20.0, as readers of this form expect. */
static json_t *percentile_number(double q)
{
    json_int_t whole = (json_int_t)q;
    return (double)whole == q ? json_integer(whole) : json_real(q);
}

static json_t *percentile_json(const struct dc_sweep *s,
                               const struct dc_sweep_row *row)
{
    struct dc_matrix_rates r = dc_matrix_rates(&row->matrix, s->cfg.level);
    const struct dc_sweep_saved x = dc_sweep_saving(s, row);
    json_t *o = json_object(), *more = json_object();
#define RATE(p) ((p).defined ? json_real((p).value) : NULL)
    dc_json_put(o, "percentile",
                percentile_number(row->setting.policy.spec.arg[0]));
    dc_json_put(o, "accuracy", RATE(r.accuracy));
    dc_json_put(o, "sensitivity", RATE(r.sensitivity));
    dc_json_put(o, "specificity", RATE(r.specificity));
    dc_json_put(o, "precision", RATE(r.precision));
    dc_json_put(o, "f1_score", RATE(r.f1));
    dc_json_put(o, "token_savings_pct",
                x.has_tokens ? json_real(100 * x.tokens) : NULL);
#undef RATE
    dc_json_put(o, "trace_savings_pct",
                x.has_traces ? json_real(100 * x.traces) : NULL);
    dc_json_put(o, "measure", json_string(row->setting.measure.spec.text));
    dc_json_put(o, "threshold_from",
                dc_json_text(calibration_name(&row->setting)));
    put_quality(more, s, row);
    dc_json_put(o, "details", more);
    return o;
}

/* Why no row of confidence-percentile has figures. */
static const char *no_percentiles(const struct dc_sweep *s)
{
    const char *why = dc_sweep_why_blank(s, "confidence-percentile");
    if (why)
        return why;
    return s->has_full_cost
               ? "no row of confidence-percentile was replayed"
               : "it would need traces that were not drawn: run with --stop "
                 "fixed";
}

void dc_sweep_no_percentiles(const char *why, struct dc_buf *out)
{
    json_t *root = json_object();
    dc_json_put(root, "results", json_array());
    dc_json_put(root, "why", dc_json_text(why));
    dc_json_print(root, out);
}

static json_t *percentiles_of(const struct dc_sweep *s, const char *policy)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *row = &s->row[i];
        if (row->n_missing == 0 &&
            !strcmp(row->setting.policy.row->name, policy))
            json_array_append_new(rows, percentile_json(s, row));
    }
    return rows;
}

size_t dc_sweep_percentiles(const struct dc_sweep *s, struct dc_buf *out)
{
    json_t *root = json_object();
    json_t *rows = percentiles_of(s, "confidence-percentile");
    json_t *own = percentiles_of(s, "own-percentile");
    size_t n = json_array_size(rows), n_own = json_array_size(own);
    dc_json_put(root, "results", rows);
    if (n == 0)
        dc_json_put(root, "why", json_string(no_percentiles(s)));
    if (n_own > 0)
        dc_json_put(root, "own_percentile", own);
    else
        json_decref(own);
    dc_json_print(root, out);
    return n + n_own;
}
