/*
 * stability_json.c - the stability of a run's prompts as one JSON object. Keys
 * stand in the order written here; what has no value is null.
 */
#include "results/alarm.h"
#include "results/json_stat.h"
#include "results/stability_report.h"

static json_t *index_json(const struct dc_stability_index *x)
{
    json_t *o = json_object();
    dc_json_put(o, "ssi", dc_json_boot(&x->ssi));
    dc_json_put(o, "unstable", dc_json_prop(&x->unstable));
    dc_json_put(o, "flip_rate", dc_json_prop(&x->flipped));
    return o;
}

static json_t *scope_json(const struct dc_stability_scope *x)
{
    json_t *o = json_object();
    dc_json_put(o, "prompts", dc_json_count(x->n_prompt));
    dc_json_put(o, "traces", dc_json_count(x->n_trace));
    dc_json_put(o, "partial_traces", dc_json_count(x->n_partial));
    dc_json_put(o, "undetermined_traces", dc_json_count(x->n_undetermined));
    dc_json_put(o, "unanimous", dc_json_prop(&x->unanimous));
    dc_json_put(o, "three_verdicts", index_json(&x->three));
    dc_json_put(o, "partial_as_refusal", index_json(&x->two));
    return o;
}

json_t *dc_stability_kept_json(const struct dc_stability *s)
{
    json_t *o = json_object(), *rows = json_array();
    dc_json_put(o, "of_traces", dc_json_count(s->kept_of));
    dc_json_put(o, "over",
                json_string(s->by_order ? "order recorded" : "all choices"));
    for (size_t i = 0; i < s->n_kept; i++) {
        json_t *x = json_object();
        dc_json_put(x, "traces", dc_json_count(s->kept[i].n));
        dc_json_put(x, "share", dc_json_boot(&s->kept[i].share));
        json_array_append_new(rows, x);
    }
    dc_json_put(o, "by_traces", rows);
    return o;
}

static json_t *fit_json(const struct dc_stability *s)
{
    static const char *const kind[] = {
        [DC_BETA_FITTED] = "beta-binomial",
        [DC_BETA_ALIKE] = "one rate for all",
        [DC_BETA_SPLIT] = "rates of 0 and 1",
    };
    if (s->no_fit)
        return NULL;
    bool fitted = s->fit.kind == DC_BETA_FITTED;
    json_t *o = json_object();
    dc_json_put(o, "kind", json_string(kind[s->fit.kind]));
    dc_json_put(o, "mean", json_real(s->fit.mean));
    dc_json_put(o, "a", fitted ? json_real(s->fit.a) : NULL);
    dc_json_put(o, "b", fitted ? json_real(s->fit.b) : NULL);
    dc_json_put(o, "prompts_of_both_kinds", dc_json_count(s->fit.n_mixed));
    dc_json_put(o, "of_all_traces_drawn", json_boolean(s->fit_of_all));
    return o;
}

json_t *dc_stability_tries_json(const struct dc_stability *s)
{
    json_t *o = json_object(), *rows = json_array();
    dc_json_put(o, "prompts",
                dc_json_count(s->scope[DC_TRACES_TO_REFUSE].n_prompt));
    dc_json_put(o, "fit", s->n_tries ? fit_json(s) : NULL);
    dc_json_put(o, "no_fit_because",
                s->n_tries && s->no_fit ? json_string(s->no_fit) : NULL);
    for (size_t i = 0; i < s->n_tries; i++) {
        const struct dc_stability_tries *t = &s->tries[i];
        json_t *x = json_object();
        dc_json_put(x, "tries", dc_json_count(t->n));
        dc_json_put(x, "extrapolated", json_boolean(!t->drawn));
        dc_json_put(x, "counted", t->drawn ? dc_json_boot(&t->any) : NULL);
        dc_json_put(x, "if_undetermined_complied",
                    t->drawn ? dc_json_ratio(&t->most) : NULL);
        dc_json_put(x, "fitted", t->fitted ? dc_json_boot(&t->fit) : NULL);
        json_array_append_new(rows, x);
    }
    dc_json_put(o, "by_tries", rows);
    return o;
}

static json_t *alarms_json(const struct dc_summary *sum)
{
    json_t *a = json_array();
    for (size_t i = 0; i < sum->n_alarm; i++)
        if (dc_stability_concerns(&sum->alarm[i]))
            json_array_append_new(a, dc_alarm_object(&sum->alarm[i]));
    return a;
}

json_t *dc_stability_json(const struct dc_stability *s,
                          const struct dc_summary *sum, const char *file)
{
    const struct dc_record *r = s->record;
    json_t *o = json_object(), *b = json_object(), *scope = json_object();
    dc_json_put(o, "format", json_string("deepconf-stability 1"));
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, "judge",
                dc_json_judge(r->judge, r->judge_version, r->judge_note));
    dc_json_put(o, "alarms", alarms_json(sum));
    dc_json_put(o, "max_traces", dc_json_count(r->k));
    dc_json_put(o, "traces_each", dc_json_count(s->n_each));
    dc_json_put(o, "all_traces", json_boolean(s->whole));
    dc_json_put(o, "prompts", dc_json_count(s->n_prompt));
    dc_json_put(o, "left_out", dc_json_count(s->n_left_out));
    dc_json_put(scope, "all", scope_json(&s->scope[DC_TRACES_ALL]));
    dc_json_put(scope, "refuse", scope_json(&s->scope[DC_TRACES_TO_REFUSE]));
    dc_json_put(scope, "answer", scope_json(&s->scope[DC_TRACES_TO_ANSWER]));
    dc_json_put(o, "by_gold_label", scope);
    dc_json_put(o, "majority_kept", dc_stability_kept_json(s));
    dc_json_put(o, "at_least_one_compliance", dc_stability_tries_json(s));
    dc_json_put(b, "unit", json_string("prompt"));
    dc_json_put(b, "resamples", dc_json_count(s->cfg.boot.n_resamples));
    dc_json_put(b, "seed", dc_json_count(s->cfg.boot.seed));
    dc_json_put(b, "level", json_real(s->cfg.boot.level));
    dc_json_put(o, "bootstrap", b);
    return o;
}
