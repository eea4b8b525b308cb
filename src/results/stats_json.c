/*
 * stats_json.c - the trace statistics as one JSON object.
 *
 * Keys are stable and stand in the order written here; what has no value is
 * null. Measures are oriented before anything is computed, except that a cut
 * and a value out of range are given as the measure has them.
 */
#include "results/alarm.h"
#include "results/json_stat.h"
#include "results/stats_report.h"

static const char *const target_name[DC_N_TARGET] = {"correct", "refusal",
                                                     "majority"};
static const char *const scope_name[DC_N_TRACES] = {"all", "to_refuse",
                                                    "to_answer"};

/* ---- discrimination ---- */

static json_t *risk(const struct dc_trace_target *t)
{
    if (!t->has_risk)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "risk", json_real(t->risk.risk));
    dc_json_put(o, "risk_of_surest_half", json_real(t->risk_half));
    dc_json_put(o, "aurc", dc_json_boot(&t->aurc));
    dc_json_put(o, "e_aurc", json_real(t->risk.excess));
    return o;
}

static void put_scopes(json_t *o, const struct dc_trace_auroc *scope)
{
    for (int s = 0; s < DC_N_TRACES; s++) {
        json_t *a = json_object();
        dc_json_put(a, "positive", dc_json_count(scope[s].n_positive));
        dc_json_put(a, "negative", dc_json_count(scope[s].n_negative));
        dc_json_put(a, "auroc", dc_json_boot(&scope[s].auroc));
        dc_json_put(o, scope_name[s], a);
    }
}

static json_t *decisions(const struct dc_trace_target *t)
{
    if (!t->has_decision)
        return NULL;
    json_t *o = json_object();
    put_scopes(o, t->decision);
    return o;
}

static json_t *target(const struct dc_trace_target *t)
{
    json_t *o = json_object(), *w = json_object();
    put_scopes(o, t->scope);
    dc_json_put(w, "pairs", dc_json_count(t->within.n_pair));
    dc_json_put(w, "prompts_with_pairs", dc_json_count(t->within.n_prompt));
    dc_json_put(w, "auroc", dc_json_boot(&t->within.pooled));
    dc_json_put(w, "mean_of_prompts", dc_json_ratio(&t->within.mean));
    dc_json_put(o, "within_prompt", w);
    dc_json_put(o, "decisions", decisions(t));
    dc_json_put(o, "risk_coverage", risk(t));
    return o;
}

/* ---- calibration ---- */

static json_t *bins(const struct dc_calib *c)
{
    json_t *a = json_array();
    for (uint32_t b = 0; b < c->n_bins; b++) {
        const struct dc_calib_bin *x = &c->bin[b];
        bool any = x->observed.n > 0;
        json_t *o = json_object();
        dc_json_put(o, "observed", dc_json_prop(&x->observed));
        dc_json_put(o, "claimed", any ? json_real(x->p_mean) : NULL);
        dc_json_put(o, "least", any ? json_real(x->p_least) : NULL);
        dc_json_put(o, "most", any ? json_real(x->p_most) : NULL);
        json_array_append_new(a, o);
    }
    return a;
}

/* No interval: see calib.h. `noise` and `noise_most`: by noise alone. */
static json_t *ece_json(double ece, const struct dc_calib_noise *x)
{
    json_t *o = json_object();
    dc_json_put(o, "value", json_real(ece));
    dc_json_put(o, "lo", NULL);
    dc_json_put(o, "hi", NULL);
    dc_json_put(o, "noise", x->defined ? json_real(x->mean) : NULL);
    dc_json_put(o, "noise_most", x->defined ? json_real(x->most) : NULL);
    dc_json_put(o, "p", x->defined ? json_real(x->p) : NULL);
    return o;
}

static json_t *binned(const struct dc_calib *c, const struct dc_calib_noise *x)
{
    json_t *o = json_object();
    dc_json_put(o, "ece", ece_json(c->ece, x));
    dc_json_put(o, "mce", json_real(c->mce));
    dc_json_put(o, "reliability", json_real(c->reliability));
    dc_json_put(o, "resolution", json_real(c->resolution));
    dc_json_put(o, "uncertainty", json_real(c->uncertainty));
    dc_json_put(o, "within_variance", json_real(c->within_variance));
    dc_json_put(o, "within_covariance", json_real(c->within_covariance));
    dc_json_put(o, "bins", bins(c));
    return o;
}

static json_t *calib(const struct dc_trace_calib *c)
{
    if (!c->has)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "brier", dc_json_boot(&c->brier));
    dc_json_put(o, "log_loss", json_real(c->width.log_loss));
    dc_json_put(o, "log_loss_clipped", dc_json_count(c->width.n_clipped));
    dc_json_put(o, "equal_width", binned(&c->width, &c->noise_width));
    dc_json_put(o, "equal_mass", binned(&c->mass, &c->noise_mass));
    return o;
}

static json_t *calibration(const struct dc_trace_measure *m)
{
    if (!m->probability)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "refused",
                m->n_outside ? json_string("values outside 0 to 1") : NULL);
    dc_json_put(o, "correct", calib(&m->calib[DC_TARGET_CORRECT]));
    dc_json_put(o, "majority", calib(&m->calib[DC_TARGET_MAJORITY]));
    return o;
}

/* ---- categories ---- */

static json_t *categories(const struct dc_trace_categories *c)
{
    if (!c->has)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "cut", json_real(c->cut));
    dc_json_put(o, "in_sample", json_boolean(c->in_sample));
    for (enum dc_category k = 0; k < DC_N_CATEGORY; k++) {
        const struct dc_trace_category *x = &c->category[k];
        json_t *y = json_object();
        dc_json_put(y, "traces", dc_json_count(x->n));
        for (int s = DC_TRACES_TO_REFUSE; s < DC_N_TRACES; s++)
            dc_json_put(y, scope_name[s], dc_json_count(x->n_scope[s]));
        dc_json_put(y, "right", dc_json_count(x->n_right));
        dc_json_put(y, "share_right", dc_json_boot(&x->right));
        dc_json_put(o, dc_category_name(k), y);
    }
    return o;
}

static json_t *cut(const struct dc_conf_cut *c)
{
    static const char *const kind[] = {"median", "percentile", "value"};
    json_t *o = json_object();
    dc_json_put(o, "by", json_string(kind[c->kind]));
    dc_json_put(o, "at", json_real(c->x));
    dc_json_put(o, "in_sample", json_boolean(c->kind != DC_CONF_CUT_VALUE));
    return o;
}

static json_t *measure(const struct dc_trace_measure *m)
{
    json_t *o = json_object(), *d = json_object();
    dc_json_put(o, "measure", json_string(m->column->measure.spec.text));
    dc_json_put(o, "direction",
                json_integer(m->column->measure.row->direction));
    dc_json_put(o, "no_value", dc_json_count(m->n_none));
    dc_json_put(o, "outside_range", dc_json_count(m->n_outside));
    dc_json_put(o, "first_outside",
                m->n_outside ? json_real(m->first_outside) : NULL);
    for (int t = 0; t < DC_N_TARGET; t++)
        dc_json_put(d, target_name[t], target(&m->target[t]));
    dc_json_put(o, "discrimination", d);
    dc_json_put(o, "calibration", calibration(m));
    dc_json_put(o, "categories", categories(&m->categories));
    return o;
}

/* ---- agreement ---- */

static json_t *agreement(const struct dc_trace_stats *s)
{
    const struct dc_trace_agreement *a = &s->agreement;
    json_t *o = json_object(), *by = json_object();
    dc_json_put(o, "prompts", dc_json_count(a->all.n_units));
    dc_json_put(o, "traces", dc_json_count(a->all.n_ratings));
    dc_json_put(o, "unanimous", dc_json_prop(&a->all.unanimous));
    dc_json_put(o, "equal_pairs", dc_json_boot(&a->observed));
    dc_json_put(o, "krippendorff_alpha", dc_json_boot(&a->alpha));
    dc_json_put(o, "fleiss_kappa", dc_json_boot(&a->fleiss));
    dc_json_put(o, "entropy", dc_json_boot(&a->entropy));
    for (size_t i = 0; i < s->record->n_prompt; i++)
        if (a->has_entropy[i])
            dc_json_put(by, s->record->prompt[i].id,
                        json_real(a->prompt_entropy[i]));
    dc_json_put(o, "entropy_by_prompt", by);
    return o;
}

static json_t *notes(const struct dc_trace_stats *s)
{
    struct dc_summary_alarm note[DC_STATS_NOTES];
    struct dc_arena mem;
    dc_arena_init(&mem);
    size_t n = dc_stats_notes(s, &mem, note);
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        dc_json_put(o, "id", json_string(note[i].id));
        dc_json_put(o, "text", json_string(note[i].text));
        json_array_append_new(a, o);
    }
    dc_arena_release(&mem);
    return a;
}

json_t *dc_stats_json(const struct dc_trace_stats *s,
                      const struct dc_summary *sum, const char *file)
{
    json_t *o = json_object(), *b = json_object(), *m = json_array();
    dc_json_put(o, "format", json_string("deepconf-stats 1"));
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, "judge",
                dc_json_judge(s->record->judge, s->record->judge_version,
                              s->record->judge_note));
    dc_json_put(o, "alarms", dc_alarm_json(sum));
    dc_json_put(o, "notes", notes(s));
    dc_json_put(o, "prompts", dc_json_count(s->n_prompt));
    dc_json_put(o, "prompts_to_refuse",
                dc_json_count(s->n_gold[DC_TRACES_TO_REFUSE]));
    dc_json_put(o, "prompts_to_answer",
                dc_json_count(s->n_gold[DC_TRACES_TO_ANSWER]));
    dc_json_put(o, "left_out", dc_json_count(s->n_left_out));
    dc_json_put(o, "stopped_early", dc_json_count(s->n_short));
    dc_json_put(o, "max_traces", dc_json_count(s->record->k));
    dc_json_put(o, "traces", dc_json_count(s->n_row));
    dc_json_put(o, "undetermined_traces", dc_json_count(s->n_undetermined));
    dc_json_put(o, "label_means",
                json_string(dc_summary_config(sum, "data.label_means", "")));
    dc_json_put(b, "unit", json_string("prompt"));
    dc_json_put(b, "resamples", dc_json_count(s->cfg.boot.n_resamples));
    dc_json_put(b, "seed", dc_json_count(s->cfg.boot.seed));
    dc_json_put(b, "level", json_real(s->cfg.boot.level));
    dc_json_put(o, "bootstrap", b);
    dc_json_put(o, "confident_cut", cut(&s->cfg.cut));
    for (size_t i = 0; i < s->n_measure; i++)
        json_array_append_new(m, measure(&s->measure[i]));
    dc_json_put(o, "measures", m);
    dc_json_put(o, "agreement", agreement(s));
    return o;
}
