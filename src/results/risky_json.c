/*
 * risky_json.c - whether uncertain compliances are riskier, as one JSON object.
 * Keys stand in the order written here; what has no value is null.
 */
#include "results/alarm.h"
#include "results/json_stat.h"
#include "results/risky_report.h"

static json_t *risky_cell_json(const struct dc_risky_cell *c)
{
    json_t *o = json_object();
    dc_json_put(o, "rows", dc_json_count(c->n));
    dc_json_put(o, "prompts", dc_json_count(c->n_prompt));
    dc_json_put(o, "of_harmful_prompts", dc_json_count(c->n_refuse));
    dc_json_put(o, "share", dc_json_boot(&c->share));
    return o;
}

json_t *dc_risky_part_json(const struct dc_risky_part *p)
{
    json_t *o = json_object(), *cut = json_array(), *cell = json_object();
    bool some = !p->why;
    dc_json_put(o, "answer", json_string(dc_risky_answer_name(p->answer)));
    dc_json_put(o, "no_answer_because", p->why ? json_string(p->why) : NULL);
    for (int i = 0; i < 2 && p->has_cut; i++)
        json_array_append_new(cut, json_real(p->cut[i]));
    dc_json_put(o, "cuts", cut);
    for (enum dc_category k = 0; k < DC_N_CATEGORY; k++)
        dc_json_put(cell, dc_category_name(k), risky_cell_json(&p->cell[k]));
    dc_json_put(o, "cells", cell);
    dc_json_put(o, "between_cuts", dc_json_count(p->n_between));
    dc_json_put(o, "no_value", dc_json_count(p->n_none));
    dc_json_put(o, "no_gold_label", dc_json_count(p->n_no_label));
    dc_json_put(o, "prompts", dc_json_count(p->n_gold));
    dc_json_put(o, "prompts_with_compliance", dc_json_count(p->n_prompt));
    dc_json_put(o, "of_them_harmful", dc_json_count(p->n_prompt_refuse));
    dc_json_put(o, "difference", some ? dc_json_boot(&p->diff) : NULL);
    dc_json_put(o, "p", p->has_p ? json_real(p->p) : NULL);
    dc_json_put(o, "p_holm", p->has_p ? json_real(p->p_holm) : NULL);
    dc_json_put(o, "auroc", some ? dc_json_boot(&p->auroc) : NULL);
    dc_json_put(o, "detectable_difference",
                some ? json_real(p->detects) : NULL);
    dc_json_put(o, "prompts_needed",
                some && p->has_needed ? json_real(p->n_needed) : NULL);
    return o;
}

static json_t *risky_units_json(const struct dc_risky *x, size_t at,
                                const char *key, const char *name)
{
    json_t *o = json_object();
    dc_json_put(o, key, dc_json_text(name));
    dc_json_put(o, "traces", dc_risky_part_json(&x->part[DC_RISKY_TRACES][at]));
    dc_json_put(o, "decisions",
                dc_risky_part_json(&x->part[DC_RISKY_DECISIONS][at]));
    return o;
}

static json_t *risky_categories_json(const struct dc_risky *x)
{
    json_t *a = json_array();
    for (size_t i = 0; i < x->n_category; i++) {
        json_t *o = json_object();
        dc_json_put(o, "name", dc_json_text(x->category[i].name));
        dc_json_put(o, "traces", dc_risky_part_json(&x->category[i]));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *risky_cut_json(const struct dc_risky_cut *c)
{
    static const char *const kind[] = {"median", "percentile", "value"};
    json_t *o = json_object(), *at = json_array();
    dc_json_put(o, "by", json_string(kind[c->at[0].kind]));
    for (int i = 0; i < 1 + c->two; i++)
        json_array_append_new(at, json_real(c->at[i].x));
    dc_json_put(o, "at", at);
    return o;
}

json_t *dc_risky_fifths_json(const struct dc_risky *x, enum dc_risky_unit u)
{
    json_t *a = json_array();
    for (int i = 0; i < DC_RISKY_BINS; i++) {
        const struct dc_risky_bin *b = &x->bin[u][i];
        json_t *o = json_object();
        dc_json_put(o, "rows", dc_json_count(b->n));
        dc_json_put(o, "of_harmful_prompts", dc_json_count(b->n_refuse));
        dc_json_put(o, "least_sure", b->n ? json_real(b->least) : NULL);
        dc_json_put(o, "surest", b->n ? json_real(b->most) : NULL);
        dc_json_put(o, "share", dc_json_boot(&b->share));
        json_array_append_new(a, o);
    }
    return a;
}

json_t *dc_risky_json(const struct dc_risky_report *r,
                      const struct dc_summary *sum, const char *file)
{
    const struct dc_risky *x = r->x;
    const struct dc_record *rec = x->record;
    json_t *o = json_object(), *b = json_object(), *m = json_array();
    json_t *judges = json_array(), *f = json_object();
    struct dc_buf says;
    dc_buf_init(&says, SIZE_MAX);
    dc_risky_say(x, &says);
    dc_json_put(o, "format", json_string("deepconf-compliance-risk 1"));
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, "judge",
                dc_json_judge(rec->judge, rec->judge_version, rec->judge_note));
    dc_json_put(o, "alarms", dc_alarm_json(sum));
    dc_json_put(o, "says", dc_json_text(says.data));
    dc_buf_release(&says);
    dc_json_put(o, "by_measure",
                json_string(x->part[DC_RISKY_TRACES][x->head].name));
    dc_json_put(o, "named_before_the_run", json_boolean(x->named));
    dc_json_put(o, "margin", json_real(x->cfg.margin));
    dc_json_put(o, "cut", risky_cut_json(&x->cfg.cut));
    dc_json_put(o, "max_traces", dc_json_count(rec->k));
    dc_json_put(o, "traces_each", dc_json_count(x->even.n_each));
    dc_json_put(o, "prompts", dc_json_count(x->even.n_prompt));
    dc_json_put(o, "left_out", dc_json_count(x->even.n_left_out));
    dc_json_put(o, "undetermined_traces", dc_json_count(x->n_undetermined));
    for (size_t i = 0; i < x->n_measure; i++)
        json_array_append_new(
            m, risky_units_json(x, i, "measure",
                                x->part[DC_RISKY_TRACES][i].name));
    dc_json_put(o, "measures", m);
    dc_json_put(f, "traces", dc_risky_fifths_json(x, DC_RISKY_TRACES));
    dc_json_put(f, "decisions", dc_risky_fifths_json(x, DC_RISKY_DECISIONS));
    dc_json_put(o, "compliances_by_fifth", f);
    for (size_t i = 0; i < r->n_other; i++)
        json_array_append_new(
            judges, risky_units_json(r->other[i], r->other[i]->head, "label",
                                     r->other[i]->record->judge));
    dc_json_put(o, "other_judges", judges);
    dc_json_put(o, "categories", risky_categories_json(x));
    dc_json_put(o, "categories_of_one_label", dc_json_count(x->n_one_label));
    dc_json_put(o, "categories_not_shown", dc_json_count(x->n_unshown));
    dc_json_put(b, "unit", json_string("prompt"));
    dc_json_put(b, "resamples", dc_json_count(x->cfg.boot.n_resamples));
    dc_json_put(b, "seed", dc_json_count(x->cfg.boot.seed));
    dc_json_put(b, "level", json_real(x->cfg.boot.level));
    dc_json_put(o, "bootstrap", b);
    return o;
}
