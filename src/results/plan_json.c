/*
 * plan_json.c - a plan as one JSON object.
 */
#include "results/json_stat.h"
#include "results/plan_report.h"

static json_t *plan_figure_json(const struct dc_plan_figure *f)
{
    json_t *o = json_object();
    dc_json_put(o, "value", json_real(f->value));
    dc_json_put(o, "lo", f->has_range ? json_real(f->lo) : json_null());
    dc_json_put(o, "hi", f->has_range ? json_real(f->hi) : json_null());
    return o;
}

static json_t *plan_row_json(const struct dc_plan_row *r)
{
    json_t *o = json_object();
    if (!r->has) {
        json_decref(o);
        return json_null();
    }
    dc_json_put(o, "policy", plan_figure_json(&r->early));
    dc_json_put(o, "fixed", plan_figure_json(&r->full));
    dc_json_put(o, "saved", plan_figure_json(&r->saved));
    return o;
}

static json_t *plan_drawn_json(const struct dc_plan_report *p)
{
    json_t *o = json_object();
    dc_json_put(o, "prompts", dc_json_count(p->n_drawn));
    dc_json_put(o, "could_not_be_run", dc_json_count(p->n_cannot));
    dc_json_put(o, "traces", dc_json_count(p->n_trace));
    dc_json_put(o, "tokens", dc_json_count(p->n_tok));
    dc_json_put(o, "seconds", json_real(p->seconds));
    dc_json_put(o, "tokens_per_second", json_real(p->rate));
    if (p->served) {
        dc_json_put(o, "requests", dc_json_count(p->n_request));
        dc_json_put(o, "made_again", dc_json_count(p->n_retry));
        dc_json_put(o, "answered_429", dc_json_count(p->n_limited));
    }
    return o;
}

void dc_plan_json(const struct dc_plan_report *p, struct dc_buf *out)
{
    static const char *const key[DC_PLAN_WHATS] = {
        [DC_PLAN_TRACES] = "traces",  [DC_PLAN_IN] = "tokens_in",
        [DC_PLAN_OUT] = "tokens_out", [DC_PLAN_TIME] = "seconds",
        [DC_PLAN_COST] = "cost",
    };
    json_t *o = json_object(), *expect = json_object();
    dc_json_put(o, "data", dc_json_text(p->data));
    dc_json_put(o, "prompts", dc_json_count(p->n_prompt));
    dc_json_put(o, "model", dc_json_text(p->model));
    dc_json_put(o, "backend", json_string(p->backend));
    dc_json_put(o, "policy", dc_json_text(p->policy));
    dc_json_put(o, "max_traces", dc_json_count(p->k));
    dc_json_put(o, "level", json_real(p->level));
    dc_json_put(o, "drawn", plan_drawn_json(p));
    for (int w = 0; w < DC_PLAN_WHATS; w++)
        dc_json_put(expect, key[w], plan_row_json(&p->row[w]));
    dc_json_put(o, "expect", expect);
    dc_json_print(o, out);
}
