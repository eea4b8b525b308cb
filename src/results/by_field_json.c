/*
 * by_field_json.c - refusals by a field as JSON: rates are fractions with their
 * counts, and what has no value is null.
 */
#include "results/by_field_report.h"
#include "results/json_stat.h"

static json_t *shrunk(const struct dc_by_class *c)
{
    if (!c->has_shrunk)
        return NULL;
    json_t *o = json_object();
    dc_json_put(o, "value", json_real(c->shrunk.value));
    dc_json_put(o, "lo", json_real(c->shrunk.lo));
    dc_json_put(o, "hi", json_real(c->shrunk.hi));
    return o;
}

static json_t *class_of(const struct dc_by_class *c, bool whole)
{
    json_t *o = json_object();
    const struct dc_json_decided n = {c->n, c->refusal, c->compliance,
                                      c->undetermined};
    dc_json_decided(o, &n);
    dc_json_put(o, "refusal_rate", dc_json_prop(&c->refused));
    if (!whole) {
        dc_json_put(o, "refusal_rate_shrunk", shrunk(c));
        dc_json_put(o, "p", c->has_p ? json_real(c->p) : NULL);
        dc_json_put(o, "p_holm", c->has_p ? json_real(c->p_holm) : NULL);
    }
    dc_json_put(o, "traces", dc_json_count(c->n_trace));
    dc_json_put(o, "trace_refusals", dc_json_count(c->trace_refusal));
    dc_json_put(o, "trace_undetermined", dc_json_count(c->trace_undetermined));
    return o;
}

static json_t *by_gold(const struct dc_by_class gold[DC_N_GOLD], bool whole)
{
    json_t *o = json_object();
    for (int g = DC_N_GOLD; g-- > 0;)
        dc_json_put(o, dc_gold_name((enum dc_gold)g),
                    class_of(&gold[g], whole));
    return o;
}

json_t *dc_by_field_tree(const struct dc_by_field *f)
{
    static const char *const kind[] = {"value", "other values", "no value"};
    json_t *o = json_object(), *rows = json_array();
    dc_json_put(o, "field", dc_json_text(f->name));
    dc_json_put(o, "values", dc_json_count(f->n_value));
    dc_json_put(o, "all", by_gold(f->all, true));
    for (size_t i = 0; i < f->n_row; i++) {
        const struct dc_by_row *r = &f->row[i];
        json_t *x = json_object();
        dc_json_put(x, "row", json_string(kind[r->kind]));
        dc_json_put(x, "value", dc_json_text(r->value));
        dc_json_put(x, "values", dc_json_count(r->n_value));
        dc_json_put(x, "by_gold_label", by_gold(r->gold, false));
        json_array_append_new(rows, x);
    }
    dc_json_put(o, "rows", rows);
    return o;
}
