/*
 * compare_json.c - a comparison for programs, from the fields of the text.
 * Differences are B - A, rates fractions.
 */
#include "results/alarm.h"
#include "results/compare_report.h"
#include "results/json_stat.h"

static json_t *keys_json(const struct dc_compare *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->n_key; i++) {
        const struct dc_compare_key *k = &c->key[i];
        json_t *o = json_object();
        dc_json_put(o, "key", dc_json_text(k->key));
        dc_json_put(o, "a", dc_json_text(k->a));
        dc_json_put(o, "b", dc_json_text(k->b));
        dc_json_put(o, "binding", json_boolean(k->binding));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *decisions_json(const struct dc_compare *c)
{
    static const char *const name[3] = {"refusal", "compliance",
                                        "undetermined"};
    json_t *o = json_object();
    for (size_t i = 0; i < 3; i++) {
        json_t *row = json_object();
        for (size_t k = 0; k < 3; k++)
            dc_json_put(row, name[k], dc_json_count(c->decision[i][k]));
        dc_json_put(o, name[i], row);
    }
    return o;
}

json_t *dc_compare_test_tree(const struct dc_compare_test *t)
{
    const struct dc_paired *p = &t->paired;
    json_t *o = json_object();
    dc_json_put(o, "n", dc_json_count(p->n));
    dc_json_put(o, "yes_a", dc_json_count(t->yes_a));
    dc_json_put(o, "yes_b", dc_json_count(t->yes_b));
    dc_json_put(o, "only_a", dc_json_count(p->c));
    dc_json_put(o, "only_b", dc_json_count(p->b));
    dc_json_put(o, "difference", p->defined ? json_real(p->diff) : NULL);
    dc_json_put(o, "lo", p->defined ? json_real(p->lo) : NULL);
    dc_json_put(o, "hi", p->defined ? json_real(p->hi) : NULL);
    dc_json_put(o, "p", p->n > 0 ? json_real(p->p) : NULL);
    dc_json_put(o, "p_holm", p->n > 0 ? json_real(t->p_holm) : NULL);
    dc_json_put(o, "detectable",
                t->has_detectable ? json_real(t->detectable) : NULL);
    dc_json_put(o, "detectable_all_one_side",
                t->has_detectable ? json_boolean(t->all_one_side) : NULL);
    return o;
}

static json_t *means_json(const struct dc_compare *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->n_mean; i++) {
        const struct dc_compare_mean *m = &c->mean[i];
        json_t *o = json_object();
        dc_json_put(o, "name", dc_json_text(m->name));
        dc_json_put(o, "n", dc_json_count(m->n));
        dc_json_put(o, "a", m->n > 0 ? json_real(m->a) : NULL);
        dc_json_put(o, "b", m->n > 0 ? json_real(m->b) : NULL);
        dc_json_put(o, "difference", m->n > 0 ? json_real(m->b - m->a) : NULL);
        dc_json_put(o, "lo", m->diff.defined ? json_real(m->diff.lo) : NULL);
        dc_json_put(o, "hi", m->diff.defined ? json_real(m->diff.hi) : NULL);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *outputs_json(const struct dc_compare *c)
{
    struct dc_buf b;
    json_t *o = json_object();
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_outputs_say(c, &b);
    dc_json_put(o, "texts", dc_json_count(c->n_text));
    dc_json_put(o, "same", dc_json_count(c->n_text_same));
    dc_json_put(o, "says", json_string(b.data));
    dc_buf_release(&b);
    return o;
}

static json_t *alarms_json(const struct dc_compare *c)
{
    const char *id = dc_compare_alarm(c);
    struct dc_buf b;
    json_t *list = json_array();
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_outputs_say(c, &b);
    if (id)
        json_array_append_new(list, dc_alarm_object(&(struct dc_summary_alarm){
                                        id, b.data, NULL}));
    dc_buf_release(&b);
    return list;
}

/* What measures have no means, and why. */
static json_t *confidence_json(const struct dc_compare *c)
{
    struct dc_buf b;
    json_t *o = json_object(), *list = json_array();
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_confidence_say(c, &b);
    for (size_t i = 0; i < c->n_left_out; i++)
        json_array_append_new(list, dc_json_text(c->left_out[i]));
    dc_json_put(o, "left_out", list);
    dc_json_put(o, "says", b.n ? dc_json_text(b.data) : NULL);
    dc_buf_release(&b);
    return o;
}

static void put_counts(json_t *o, const struct dc_compare *c)
{
    dc_json_put(o, "both", dc_json_count(c->n_both));
    dc_json_put(o, "only_a", dc_json_count(c->n_only_a));
    dc_json_put(o, "only_b", dc_json_count(c->n_only_b));
    dc_json_put(o, "undecided_a", dc_json_count(c->n_undecided_a));
    dc_json_put(o, "undecided_b", dc_json_count(c->n_undecided_b));
    dc_json_put(o, "pairs", dc_json_count(c->n_pair));
    dc_json_put(o, "other_text", dc_json_count(c->n_other_text));
    dc_json_put(o, "gold_ignored", json_boolean(c->cfg.ignore_gold));
}

static json_t *judge_json(const struct dc_compare_side *s)
{
    return dc_json_judge(dc_compare_side_key(s, "judge"),
                         dc_compare_side_key(s, "judge.version"),
                         s->judge_note);
}

static json_t *changes_json(const struct dc_compare *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->changed.k; i++) {
        json_t *o = json_object();
        dc_json_put(o, "id", dc_json_text(c->change[i].id));
        dc_json_put(o, "a", json_string(dc_verdict_name(c->change[i].a)));
        dc_json_put(o, "b", json_string(dc_verdict_name(c->change[i].b)));
        json_array_append_new(list, o);
    }
    return list;
}

void dc_compare_json(const struct dc_compare *c, const char *file_a,
                     const char *file_b, struct dc_buf *out)
{
    json_t *root = json_object(), *tests = json_object();
    dc_json_put(root, "format", json_string("deepconf-compare 1"));
    dc_json_put(root, "a", dc_json_text(file_a));
    dc_json_put(root, "b", dc_json_text(file_b));
    dc_json_put(root, "judge_a", judge_json(c->a));
    dc_json_put(root, "judge_b", judge_json(c->b));
    dc_json_put(root, "alarms", alarms_json(c));
    put_counts(root, c);
    dc_json_put(root, "outputs", outputs_json(c));
    dc_json_put(root, "configuration", keys_json(c));
    dc_json_put(root, "decisions", decisions_json(c));
    dc_json_put(root, "changed", dc_json_prop(&c->changed));
    dc_json_put(root, "changed_prompts", changes_json(c));
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        dc_json_put(tests, dc_compare_what_name((enum dc_compare_what)i),
                    dc_compare_test_tree(&c->test[i]));
    dc_json_put(root, "tests", tests);
    dc_json_put(root, "level", json_real(c->cfg.boot.level));
    dc_json_put(root, "resamples", dc_json_count(c->cfg.boot.n_resamples));
    dc_json_put(root, "seed", dc_json_count(c->cfg.boot.seed));
    dc_json_put(root, "means", means_json(c));
    dc_json_put(root, "confidence", confidence_json(c));
    dc_json_print(root, out);
}
