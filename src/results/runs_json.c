/*
 * runs_json.c - several runs for programs, from the fields of the document.
 * Differences are second less first, rates fractions.
 */
#include "results/compare_report.h"
#include "results/json_stat.h"
#include "results/runs_report.h"

#include <stdlib.h>

static json_t *runs_run_json(const struct dc_runs_run *x)
{
    const struct dc_compare_side *s = x->side;
    struct dc_matrix_rates r = dc_matrix_rates(&x->matrix, DC_RUNS_LEVEL);
    struct dc_prop refused = dc_prop_wilson(x->n_refusal, x->n, DC_RUNS_LEVEL);
    json_t *o = json_object();
    dc_json_put(o, "run", dc_json_text(x->name));
    dc_json_put(o, "judge",
                dc_json_judge(dc_compare_side_key(s, "judge"),
                              dc_compare_side_key(s, "judge.version"),
                              s->judge_note));
    dc_json_put(o, "prompts", dc_json_count(x->n));
    dc_json_put(o, "matrix", dc_json_matrix(&x->matrix));
    dc_json_put(o, "undetermined", dc_json_count(x->n_undetermined));
    dc_json_put(o, "refused", dc_json_prop(&refused));
    dc_json_put(o, "sensitivity", dc_json_prop(&r.sensitivity));
    dc_json_put(o, "specificity", dc_json_prop(&r.specificity));
    dc_json_put(o, "accuracy", dc_json_prop(&r.accuracy));
    dc_json_put(o, "traces", json_real(x->traces));
    dc_json_put(o, "tokens", x->has_tokens ? json_real(x->tokens) : NULL);
    return o;
}

static json_t *runs_pair_json(const struct dc_runs *r,
                              const struct dc_runs_pair *p)
{
    json_t *o = json_object(), *tests = json_object();
    const char *alarm = dc_compare_alarm(p->c);
    dc_json_put(o, "a", dc_json_text(r->run[p->a].name));
    dc_json_put(o, "b", dc_json_text(r->run[p->b].name));
    dc_json_put(o, "pairs", dc_json_count(p->c->n_pair));
    dc_json_put(o, "changed", dc_json_prop(&p->c->changed));
    dc_json_put(o, "alarm", alarm ? json_string(alarm) : NULL);
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++) {
        const struct dc_compare_test *t = &p->c->test[i];
        json_t *x = dc_compare_test_tree(t);
        json_object_set_new(x, "p_holm",
                            t->paired.n > 0 ? json_real(p->p_holm[i])
                                            : json_null());
        dc_json_put(tests, dc_compare_what_name((enum dc_compare_what)i), x);
    }
    dc_json_put(o, "tests", tests);
    return o;
}

/* Prompts that two runs decide otherwise; null: not decided, or not there. */
static json_t *runs_changed_json(const struct dc_runs *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_prompt; i++) {
        json_t *o, *by;
        enum dc_verdict v;
        if (!r->prompt[i].differs)
            continue;
        o = json_object();
        by = json_array();
        for (size_t k = 0; k < r->n_run; k++)
            json_array_append_new(by, dc_runs_decision(r, &r->prompt[i], k, &v)
                                          ? json_string(dc_verdict_name(v))
                                          : json_null());
        dc_json_put(o, "id", dc_json_text(r->prompt[i].id));
        dc_json_put(o, "decisions", by);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *runs_settings_json(const struct dc_runs *r)
{
    size_t n;
    const char **key = dc_runs_keys(r, &n);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object(), *by = json_array();
        for (size_t k = 0; k < r->n_run; k++) {
            const char *v = dc_runs_value(r, k, key[i]);
            json_array_append_new(by, v ? dc_json_text(v) : json_null());
        }
        dc_json_put(o, "key", dc_json_text(key[i]));
        dc_json_put(o, "values", by);
        json_array_append_new(list, o);
    }
    free(key);
    return list;
}

json_t *dc_runs_tree(const struct dc_runs *r)
{
    json_t *root = json_object(), *runs = json_array(), *pairs = json_array();
    for (size_t k = 0; k < r->n_run; k++)
        json_array_append_new(runs, runs_run_json(&r->run[k]));
    for (size_t i = 0; i < r->n_pair; i++)
        json_array_append_new(pairs, runs_pair_json(r, &r->pair[i]));
    dc_json_put(root, "format", json_string("deepconf-compare-runs 1"));
    dc_json_put(root, "runs", runs);
    dc_json_put(root, "prompts", dc_json_count(r->n_prompt));
    dc_json_put(root, "decided_by_all", dc_json_count(r->n_common));
    dc_json_put(root, "figures_of_these", json_boolean(r->of_common));
    dc_json_put(root, "pairs", pairs);
    dc_json_put(root, "tests", dc_json_count(r->n_test));
    dc_json_put(root, "changed_prompts", runs_changed_json(r));
    dc_json_put(root, "settings", runs_settings_json(r));
    return root;
}

void dc_runs_json(const struct dc_runs *r, struct dc_buf *out)
{
    dc_json_print(dc_runs_tree(r), out);
}
