/*
 * judges_json.c - judges_report.h for programs, from the fields of the text.
 */
#include "results/judges_report.h"

static json_t *reasons(const struct dc_judges_row *r)
{
    json_t *o = json_object();
    for (size_t i = 0; i < r->n_reason; i++)
        dc_json_put(o, r->reason[i].name, dc_json_count(r->reason[i].n));
    return o;
}

static json_t *share(uint64_t k, uint64_t n)
{
    return n ? json_real((double)k / (double)n) : json_null();
}

/* Of refusals, partial ones too: without the undetermined, and with all of them
 * as compliances, and as refusals. */
static json_t *refused(const uint64_t n[DC_VERDICTS])
{
    uint64_t yes = n[DC_VERDICT_REFUSAL] + n[DC_VERDICT_PARTIAL];
    uint64_t both = yes + n[DC_VERDICT_COMPLIANCE];
    uint64_t open = n[DC_VERDICT_UNDETERMINED];
    json_t *o = json_object();
    dc_json_put(o, "share", share(yes, both));
    dc_json_put(o, "least", share(yes, both + open));
    dc_json_put(o, "most", share(yes + open, both + open));
    return o;
}

/* partial: can it be? */
static json_t *counts(const uint64_t n[DC_VERDICTS], bool partial)
{
    static const enum dc_verdict order[] = {
        DC_VERDICT_REFUSAL, DC_VERDICT_PARTIAL, DC_VERDICT_COMPLIANCE,
        DC_VERDICT_UNDETERMINED};
    json_t *o = json_object();
    for (size_t i = 0; i < DC_VERDICTS; i++)
        if (partial || order[i] != DC_VERDICT_PARTIAL)
            dc_json_put(o, dc_verdict_name(order[i]),
                        dc_json_count(n[order[i]]));
    return o;
}

static json_t *rates(const struct dc_matrix *m)
{
    struct dc_matrix_rates r = dc_matrix_rates(m, 0.95);
    json_t *o = json_object();
    dc_json_put(o, "sensitivity", dc_json_prop(&r.sensitivity));
    dc_json_put(o, "specificity", dc_json_prop(&r.specificity));
    return o;
}

json_t *dc_judges_rows_json(const struct dc_judges *j)
{
    json_t *list = json_array();
    for (size_t i = 0; i < j->n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        json_t *o = json_object();
        dc_json_put(o, "judge", dc_json_text(r->label));
        dc_json_put(o, "version", dc_json_text(r->version));
        dc_json_put(o, "own", json_boolean(r->own));
        dc_json_put(o, "traces", dc_json_count(r->n));
        dc_json_put(o, "verdicts", counts(r->verdict, true));
        dc_json_put(o, "undetermined_because", reasons(r));
        if (r->has_decisions)
            dc_json_put(o, "rates", rates(&r->matrix));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *kappa(const struct dc_kappa *k, uint64_t n_apart)
{
    json_t *o = json_object();
    dc_json_put(o, "n", dc_json_count(k->n));
    dc_json_put(o, "agree", dc_json_count(k->n_equal));
    dc_json_put(o, "agreement", dc_json_ratio(&k->observed));
    dc_json_put(o, "kappa", dc_json_ratio(&k->kappa));
    dc_json_put(o, "undetermined_by_either", dc_json_count(n_apart));
    return o;
}

json_t *dc_judges_pairs_json(const struct dc_judges *j)
{
    json_t *list = json_array();
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        json_t *o = json_object();
        dc_json_put(o, "a", dc_json_text(j->row[p->a].label));
        dc_json_put(o, "b", dc_json_text(j->row[p->b].label));
        dc_json_put(o, "traces", kappa(&p->trace, p->n_apart));
        dc_json_put(o, "prompts",
                    p->has_prompt ? kappa(&p->prompt, p->n_prompt_apart)
                                  : json_null());
        json_array_append_new(list, o);
    }
    return list;
}

json_t *dc_judges_json(const struct dc_judges *j, const char *file,
                       json_t *stages)
{
    json_t *o = json_object(), *rows = dc_judges_rows_json(j);
    for (size_t i = 0; i < j->n; i++)
        dc_json_put(json_array_get(rows, i), "refused",
                    refused(j->row[i].verdict));
    for (size_t i = 0; i < j->n; i++)
        if (j->row[i].trained_on)
            dc_json_put(json_array_get(rows, i), "trained_on", json_true());
    for (size_t i = 0; i < j->n && !j->rows; i++)
        dc_json_put(json_array_get(rows, i), "decisions",
                    j->row[i].has_decisions ? counts(j->row[i].decision, false)
                                            : json_null());
    dc_json_put(o, "format", json_string("deepconf-judge 1"));
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, j->rows ? "responses" : "traces", dc_json_count(j->n_trace));
    if (!j->rows)
        dc_json_put(o, "decided_prompts", dc_json_count(j->n_prompt));
    dc_json_put(o, "judges", rows);
    if (!j->rows)
        dc_json_put(o, "agreement", dc_judges_pairs_json(j));
    if (stages)
        dc_json_put(o, "stages", stages);
    return o;
}
