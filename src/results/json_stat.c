/*
 * json_stat.c - statistics as JSON (json_stat.h).
 */
#include "results/json_stat.h"

json_t *dc_json_count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

json_t *dc_json_prop(const struct dc_prop *p)
{
    json_t *o = json_object();
    dc_json_put(o, "value", p->defined ? json_real(p->value) : json_null());
    dc_json_put(o, "lo", p->defined ? json_real(p->lo) : json_null());
    dc_json_put(o, "hi", p->defined ? json_real(p->hi) : json_null());
    dc_json_put(o, "k", dc_json_count(p->k));
    dc_json_put(o, "n", dc_json_count(p->n));
    return o;
}

json_t *dc_json_ratio(const struct dc_ratio *r)
{
    return r->defined ? json_real(r->value) : json_null();
}

json_t *dc_json_matrix(const struct dc_matrix *m)
{
    json_t *o = json_object();
    dc_json_put(o, "tp", dc_json_count(m->tp));
    dc_json_put(o, "fn", dc_json_count(m->fn));
    dc_json_put(o, "fp", dc_json_count(m->fp));
    dc_json_put(o, "tn", dc_json_count(m->tn));
    return o;
}

void dc_json_rates(json_t *o, const struct dc_matrix_rates *r)
{
    dc_json_put(o, "sensitivity", dc_json_prop(&r->sensitivity));
    dc_json_put(o, "specificity", dc_json_prop(&r->specificity));
    dc_json_put(o, "precision", dc_json_prop(&r->precision));
    dc_json_put(o, "accuracy", dc_json_prop(&r->accuracy));
    dc_json_put(o, "majority_baseline", dc_json_prop(&r->majority_baseline));
    dc_json_put(o, "balanced_accuracy", dc_json_ratio(&r->balanced_accuracy));
    dc_json_put(o, "f1", dc_json_ratio(&r->f1));
    dc_json_put(o, "mcc", dc_json_ratio(&r->mcc));
}

json_t *dc_json_judge(const char *judge, const char *version, const char *note)
{
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(judge));
    dc_json_put(o, "version", dc_json_text(version));
    dc_json_put(o, "note", dc_json_text(note));
    return o;
}

json_t *dc_json_boot(const struct dc_boot *b)
{
    json_t *o = json_object();
    dc_json_put(o, "value", dc_json_ratio(&b->value));
    dc_json_put(o, "lo", b->defined ? json_real(b->lo) : NULL);
    dc_json_put(o, "hi", b->defined ? json_real(b->hi) : NULL);
    dc_json_put(o, "se", b->defined ? json_real(b->se) : NULL);
    dc_json_put(o, "prompts", dc_json_count(b->n_clusters));
    dc_json_put(o, "of_rarer_kind", dc_json_count(b->n_rarer));
    dc_json_put(o, "interval",
                json_string(!b->value.defined ? "no value"
                            : !b->defined     ? (b->few ? "few" : "none")
                            : b->beta         ? "beta"
                                              : "percentile"));
    return o;
}

void dc_json_decided(json_t *o, const struct dc_json_decided *d)
{
    uint64_t decided = d->refusal + d->compliance + d->undetermined;
    dc_json_put(o, "prompts", dc_json_count(d->n));
    dc_json_put(o, "refusal", dc_json_count(d->refusal));
    dc_json_put(o, "compliance", dc_json_count(d->compliance));
    dc_json_put(o, "undetermined", dc_json_count(d->undetermined));
    dc_json_put(o, "undecided", dc_json_count(d->n - decided));
}
