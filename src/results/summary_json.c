/*
 * summary_json.c - the summary as one JSON object.
 *
 * Keys stand in the order they are written here and are stable; what has no
 * value is null, never a number that stands for "none". Rates are fractions.
 */
#include "results/alarm.h"
#include "results/correction.h"
#include "results/json_stat.h"
#include "results/judges_report.h"
#include "results/summary.h"

static json_t *class_of(const struct dc_summary_class *c)
{
    json_t *o = json_object();
    const struct dc_json_decided n = {c->n, c->refusal, c->compliance,
                                      c->undetermined};
    dc_json_decided(o, &n);
    dc_json_put(o, "traces", dc_json_count(c->n_trace));
    dc_json_put(o, "trace_refusals", dc_json_count(c->trace_refusal));
    dc_json_put(o, "trace_undetermined", dc_json_count(c->trace_undetermined));
    return o;
}

static json_t *config(const struct dc_summary *s)
{
    json_t *o = json_object();
    for (size_t i = 0; i < s->n_config; i++)
        dc_json_put(o, s->config[i].key, json_string(s->config[i].value));
    return o;
}

static json_t *range(const struct dc_range *r)
{
    json_t *o = json_object();
    dc_json_put(o, "lo", r->defined ? json_real(r->lo) : json_null());
    dc_json_put(o, "hi", r->defined ? json_real(r->hi) : json_null());
    return o;
}

static json_t *ranges(const struct dc_matrix_ranges *x)
{
    json_t *o = json_object();
    dc_json_put(o, "balanced_accuracy", range(&x->balanced_accuracy));
    dc_json_put(o, "f1", range(&x->f1));
    dc_json_put(o, "mcc", range(&x->mcc));
    return o;
}

static json_t *rates(const struct dc_summary *s)
{
    json_t *o = json_object();
    dc_json_rates(o, &s->rates);
    dc_json_put(o, "ranges", ranges(&s->ranges));
    dc_json_put(o, "sensitivity_worst", dc_json_prop(&s->sensitivity_worst));
    dc_json_put(o, "sensitivity_best", dc_json_prop(&s->sensitivity_best));
    dc_json_put(o, "specificity_worst", dc_json_prop(&s->specificity_worst));
    dc_json_put(o, "specificity_best", dc_json_prop(&s->specificity_best));
    return o;
}

/* null: decisions are not by majority. */
static json_t *ties(const struct dc_summary *s)
{
    const struct dc_summary_ties *t = &s->ties;
    if (!t->has)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "prompts", dc_json_count(t->n));
    dc_json_put(o, "refuse", dc_json_count(s->gold[DC_GOLD_REFUSE].tie));
    dc_json_put(o, "answer", dc_json_count(s->gold[DC_GOLD_ANSWER].tie));
    dc_json_put(o, "none", dc_json_count(s->gold[DC_GOLD_NONE].tie));
    dc_json_put(o, "decided_for", json_string("compliance"));
    dc_json_put(o, "max_traces_even", json_boolean(t->even));
    dc_json_put(o, "expected_hidden_by_stopping",
                dc_json_count(t->hides ? t->n : 0));
    dc_json_put(o, "sensitivity_if_refusals", dc_json_prop(&t->sensitivity));
    dc_json_put(o, "specificity_if_refusals", dc_json_prop(&t->specificity));
    return o;
}

static json_t *cost(const struct dc_summary *s, const struct dc_summary_cost *c,
                    bool estimated)
{
    json_t *o = json_object();
    dc_json_put(o, "traces", dc_json_count(c->n_trace));
    dc_json_put(o, "tokens",
                s->n_no_count ? NULL
                : estimated   ? json_real(c->n_tok)
                              : dc_json_count((uint64_t)c->n_tok));
    dc_json_put(o, "seconds", s->n_no_time ? NULL : json_real(c->ms / 1000));
    dc_json_put(o, "tokens_and_seconds_estimated", json_boolean(estimated));
    return o;
}

/* Where all traces were given there is nothing that could be saved. */
static json_t *saved(const struct dc_summary *s)
{
    json_t *o = cost(s, &s->saved, true);
    if (!s->knows.drawn) {
        dc_json_put(o, "traces", NULL);
        dc_json_put(o, "tokens", NULL);
        dc_json_put(o, "seconds", NULL);
    }
    return o;
}

static json_t *threshold(const struct dc_summary *s)
{
    if (!s->has_threshold)
        return json_null();
    const struct dc_threshold_row *t = &s->threshold;
    json_t *o = json_object();
    dc_json_put(o, "policy", json_string(t->policy));
    dc_json_put(o, "measure", json_string(t->measure));
    dc_json_put(o, "percentile", json_real(t->q));
    dc_json_put(o, "value", json_real(t->value));
    dc_json_put(o, "prompts", json_integer((json_int_t)t->n_prompt));
    dc_json_put(o, "traces", json_integer((json_int_t)t->n_trace));
    return o;
}

static json_t *sessions(const struct dc_summary *s)
{
    json_t *o = json_object();
    dc_json_put(o, "n", dc_json_count(s->n_session));
    bool has = dc_summary_has_wall(s), parts = dc_summary_has_parts(s);
    dc_json_put(o, "wall_seconds", has ? json_real(s->wall_ms / 1000) : NULL);
    dc_json_put(o, "decode_seconds",
                parts ? json_real(s->decode_ms / 1000) : NULL);
    dc_json_put(o, "prefill_seconds",
                parts ? json_real(s->prefill_ms / 1000) : NULL);
    return o;
}

static json_t *named(const struct dc_name_count *c, size_t n)
{
    json_t *o = json_object();
    for (size_t i = 0; i < n; i++)
        dc_json_put(o, c[i].name, dc_json_count(c[i].n));
    return o;
}

/* What the audit of the answer window found; null: there is no window. */
static json_t *window(const struct dc_window_audit *a)
{
    if (!a->has)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "tokens", json_integer(a->window));
    dc_json_put(o, "audit_share", json_real(a->share));
    dc_json_put(o, "audit_prompts", dc_json_count(a->n_prompt));
    dc_json_put(o, "judge", json_string(a->judge));
    dc_json_put(o, "verdicts_differ", dc_json_prop(&a->trace));
    dc_json_put(o, "decisions_differ",
                a->has_decision ? dc_json_prop(&a->decision) : NULL);
    dc_json_put(o, "decisions_open",
                a->has_decision ? dc_json_count(a->n_open) : NULL);
    return o;
}

static json_t *ended_by(const struct dc_summary *s)
{
    json_t *o = json_object();
    for (int f = DC_FINISH_NONE + 1; f < DC_N_FINISH; f++)
        if (s->ended[f] > 0)
            dc_json_put(o, dc_finish_name((enum dc_finish)f),
                        dc_json_count(s->ended[f]));
    return o;
}

static json_t *servers(const struct dc_summary *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < s->n_server; i++) {
        const struct dc_summary_server *x = &s->server[i];
        json_t *o = json_object();
        dc_json_put(o, "name", dc_json_text(x->url));
        dc_json_put(o, "model", dc_json_text(x->model));
        dc_json_put(o, "fingerprint", dc_json_text(x->fingerprint));
        dc_json_put(o, "traces", dc_json_count(x->n_trace));
        json_array_append_new(a, o);
    }
    return a;
}

/* {value, lo, hi, k, n}; null: there are none. */
static json_t *redrawn_share(const struct dc_redrawn_share *x)
{
    if (x->n == 0)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "value", json_real(x->value));
    dc_json_put(o, "lo", x->has_interval ? json_real(x->lo) : NULL);
    dc_json_put(o, "hi", x->has_interval ? json_real(x->hi) : NULL);
    dc_json_put(o, "k", dc_json_count(x->k));
    dc_json_put(o, "n", dc_json_count(x->n));
    return o;
}

/* Traces that were drawn again; null: none was. */
static json_t *redrawn(const struct dc_redrawn *r)
{
    if (r->n_again == 0)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "traces", dc_json_count(r->n_again));
    dc_json_put(o, "draws_of_all", dc_json_count(r->n_attempt));
    dc_json_put(o, "refusals", redrawn_share(&r->again));
    dc_json_put(o, "refusals_of_others", redrawn_share(&r->once));
    dc_json_put(o, "p_inside_prompts", r->has_p ? json_real(r->p) : NULL);
    dc_json_put(o, "least_refusals_of_first_draws", json_real(r->least));
    dc_json_put(o, "most_refusals_of_first_draws", json_real(r->most));
    dc_json_put(o, "decisions_that_hang_on_them", dc_json_count(r->n_hang));
    return o;
}

json_t *dc_summary_tree(const struct dc_summary *s, const char *file)
{
    json_t *o = json_object(), *by_gold = json_object();
    dc_json_put(o, "format", json_string("deepconf-show 1"));
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, "finished", json_boolean(s->n_decided == s->n_prompt));
    dc_json_put(o, "prompts", dc_json_count(s->n_prompt));
    dc_json_put(o, "decided", dc_json_count(s->n_decided));
    dc_json_put(o, "could_not_run", dc_json_count(s->n_problem));
    dc_json_put(o, "calibration_prompts", dc_json_count(s->n_calibration));
    dc_json_put(o, "alarms", dc_alarm_json(s));
    dc_json_put(by_gold, "refuse", class_of(&s->gold[DC_GOLD_REFUSE]));
    dc_json_put(by_gold, "answer", class_of(&s->gold[DC_GOLD_ANSWER]));
    dc_json_put(by_gold, "none", class_of(&s->gold[DC_GOLD_NONE]));
    dc_json_put(o, "by_gold_label", by_gold);
    dc_json_put(o, "label_means",
                json_string(dc_summary_config(s, "data.label_means", "")));
    dc_json_put(o, "matrix", dc_json_matrix(&s->matrix));
    dc_json_put(o, "rates", rates(s));
    dc_json_put(o, "ties", ties(s));
    dc_json_put(o, "max_traces", json_integer(s->max_traces));
    dc_json_put(o, "spent", cost(s, &s->spent, false));
    dc_json_put(o, "spent_on_decided", cost(s, &s->decided, false));
    dc_json_put(o, "saved", saved(s));
    dc_json_put(o, "sessions", sessions(s));
    dc_json_put(o, "stopped_because", named(s->reason, s->n_reason));
    dc_json_put(o, "undetermined_because", named(s->unclear, s->n_unclear));
    dc_json_put(o, "ended_by", ended_by(s));
    dc_json_put(o, "repeatable",
                s->knows.drawn ? json_boolean(s->knows.repeatable) : NULL);
    dc_json_put(o, "servers", servers(s));
    dc_json_put(o, "redrawn", redrawn(&s->redrawn));
    dc_json_put(o, "judge",
                dc_json_judge(s->judge, s->judge_version, s->judge_note));
    dc_json_put(o, "judges", dc_judges_rows_json(&s->judges));
    dc_json_put(o, "promise", json_string(dc_summary_promise(s)));
    dc_json_put(o, "answer_window", window(&s->window));
    dc_json_put(o, "threshold", threshold(s));
    if (s->correction)
        dc_json_put(o, "corrected", dc_correction_json(s->correction));
    dc_json_put(o, "config", config(s));
    return o;
}

void dc_summary_json(const struct dc_summary *s, const char *file,
                     struct dc_buf *out)
{
    dc_json_print(dc_summary_tree(s, file), out);
}
