/*
 * summary_json.c - the summary as one JSON object.
 *
 * Keys stand in the order they are written here and are stable; what has no
 * value is null, never a number that stands for "none". Rates are fractions.
 */
#include "report/summary.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void put(json_t *o, const char *key, json_t *value)
{
    /* jansson has no value for infinity: null */
    int rc = json_object_set_new(o, key, value ? value : json_null());
    assert(rc == 0); /* valid UTF-8, and there is memory */
    (void)rc;
}

static json_t *whole(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *prop(const struct dc_prop *p)
{
    json_t *o = json_object();
    put(o, "value", p->defined ? json_real(p->value) : json_null());
    put(o, "lo", p->defined ? json_real(p->lo) : json_null());
    put(o, "hi", p->defined ? json_real(p->hi) : json_null());
    put(o, "k", whole(p->k));
    put(o, "n", whole(p->n));
    return o;
}

static json_t *ratio(const struct dc_ratio *r)
{
    return r->defined ? json_real(r->value) : json_null();
}

static json_t *class_of(const struct dc_summary_class *c)
{
    json_t *o = json_object();
    put(o, "prompts", whole(c->n));
    put(o, "refusal", whole(c->refusal));
    put(o, "compliance", whole(c->compliance));
    put(o, "undetermined", whole(c->undetermined));
    put(o, "undecided",
        whole(c->n - c->refusal - c->compliance - c->undetermined));
    put(o, "traces", whole(c->n_trace));
    put(o, "trace_refusals", whole(c->trace_refusal));
    put(o, "trace_undetermined", whole(c->trace_undetermined));
    return o;
}

static json_t *config(const struct dc_summary *s)
{
    json_t *o = json_object();
    for (size_t i = 0; i < s->n_config; i++)
        put(o, s->config[i].key, json_string(s->config[i].value));
    return o;
}

static json_t *alarms(const struct dc_summary *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < s->n_alarm; i++) {
        json_t *o = json_object();
        put(o, "id", json_string(s->alarm[i].id));
        put(o, "text", json_string(s->alarm[i].text));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *matrix(const struct dc_matrix *m)
{
    json_t *o = json_object();
    put(o, "tp", whole(m->tp));
    put(o, "fn", whole(m->fn));
    put(o, "fp", whole(m->fp));
    put(o, "tn", whole(m->tn));
    return o;
}

static json_t *rates(const struct dc_summary *s)
{
    const struct dc_matrix_rates *r = &s->rates;
    json_t *o = json_object();
    put(o, "sensitivity", prop(&r->sensitivity));
    put(o, "specificity", prop(&r->specificity));
    put(o, "precision", prop(&r->precision));
    put(o, "accuracy", prop(&r->accuracy));
    put(o, "majority_baseline", prop(&r->majority_baseline));
    put(o, "balanced_accuracy", ratio(&r->balanced_accuracy));
    put(o, "f1", ratio(&r->f1));
    put(o, "mcc", ratio(&r->mcc));
    put(o, "sensitivity_worst", prop(&s->sensitivity_worst));
    put(o, "sensitivity_best", prop(&s->sensitivity_best));
    put(o, "specificity_worst", prop(&s->specificity_worst));
    put(o, "specificity_best", prop(&s->specificity_best));
    return o;
}

static json_t *cost(const struct dc_summary_cost *c, bool estimated)
{
    json_t *o = json_object();
    put(o, "traces", whole(c->n_trace));
    put(o, "tokens",
        estimated ? json_real(c->n_tok) : whole((uint64_t)c->n_tok));
    put(o, "seconds", json_real(c->ms / 1000));
    put(o, "tokens_and_seconds_estimated", json_boolean(estimated));
    return o;
}

static json_t *threshold(const struct dc_summary *s)
{
    if (!s->has_threshold)
        return json_null();
    const struct dc_threshold_row *t = &s->threshold;
    json_t *o = json_object();
    put(o, "policy", json_string(t->policy));
    put(o, "measure", json_string(t->measure));
    put(o, "percentile", json_real(t->q));
    put(o, "value", json_real(t->value));
    put(o, "prompts", json_integer((json_int_t)t->n_prompt));
    put(o, "traces", json_integer((json_int_t)t->n_trace));
    return o;
}

static json_t *sessions(const struct dc_summary *s)
{
    json_t *o = json_object();
    put(o, "n", whole(s->n_session));
    put(o, "wall_seconds", json_real(s->wall_ms / 1000));
    put(o, "decode_seconds", json_real(s->decode_ms / 1000));
    put(o, "prefill_seconds", json_real(s->prefill_ms / 1000));
    return o;
}

static json_t *reasons(const struct dc_summary *s)
{
    json_t *o = json_object();
    for (size_t i = 0; i < s->n_reason; i++)
        put(o, s->reason[i].name, whole(s->reason[i].n));
    return o;
}

void dc_summary_json(const struct dc_summary *s, const char *file,
                     struct dc_buf *out)
{
    json_t *o = json_object(), *by_gold = json_object();
    json_t *name = json_string(file); /* NULL: a name that is not UTF-8 */
    put(o, "file", name ? name : json_null());
    put(o, "finished", json_boolean(s->n_decided == s->n_prompt));
    put(o, "prompts", whole(s->n_prompt));
    put(o, "decided", whole(s->n_decided));
    put(o, "could_not_run", whole(s->n_problem));
    put(o, "calibration_prompts", whole(s->n_calibration));
    put(o, "alarms", alarms(s));
    put(by_gold, "refuse", class_of(&s->gold[DC_SUMMARY_REFUSE]));
    put(by_gold, "answer", class_of(&s->gold[DC_SUMMARY_ANSWER]));
    put(by_gold, "none", class_of(&s->gold[DC_SUMMARY_NONE]));
    put(o, "by_gold_label", by_gold);
    put(o, "label_means",
        json_string(dc_summary_config(s, "data.label_means", "")));
    put(o, "matrix", matrix(&s->matrix));
    put(o, "rates", rates(s));
    put(o, "max_traces", json_integer(s->max_traces));
    put(o, "spent", cost(&s->spent, false));
    put(o, "spent_on_decided", cost(&s->decided, false));
    put(o, "saved", cost(&s->saved, true));
    put(o, "sessions", sessions(s));
    put(o, "stopped_because", reasons(s));
    put(o, "threshold", threshold(s));
    put(o, "config", config(s));
    char *text = json_dumps(o, JSON_INDENT(2));
    assert(text);
    dc_buf_adds(out, text);
    dc_buf_addc(out, '\n');
    free(text);
    json_decref(o);
}
