/*
 * trace_numbers.c - the traces of all prompts by their number
 * (trace_course.h), with the usual intervals over prompts.
 */
#include "base/mem.h"
#include "replay/trace_course.h"
#include "replay/trace_rows.h"

#include <stdlib.h>

/* Sums of one number of trace, by prompt. */
struct numbers_slice {
    double *num, *den; /* [n_prompt] */
    size_t n;
};

static void numbers_slice(const struct dc_trace_view *v,
                          const struct dc_record_column *c, unsigned at,
                          int series, struct numbers_slice *s)
{
    s->n = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_trace_row_of *row = &v->row[i];
        size_t first = v->record->prompt[row->prompt].first;
        if (row->trace - first != at || !c->has[row->trace] ||
            (series != 0 && row->refusal != (series == 1)))
            continue;
        s->num[s->n] = c->value[row->trace];
        s->den[s->n++] = 1;
    }
}

static void numbers_means(const struct dc_trace_view *v,
                          const struct dc_record_column *c,
                          const struct dc_boot_cfg *boot, struct dc_numbers *e)
{
    struct numbers_slice s = {.n = 0};
    struct dc_boot_cfg with = *boot;
    s.num = dc_xcalloc(v->record->n_prompt + 1, sizeof *s.num);
    s.den = dc_xcalloc(v->record->n_prompt + 1, sizeof *s.den);
    with.batch = dc_boot_batch_new();
    for (int k = 0; k < DC_NUMBERS_KINDS; k++)
        for (unsigned t = 0; t < e->n; t++) {
            numbers_slice(v, c, t, k, &s);
            const struct dc_boot_sums sums = {s.num, s.den, s.n};
            dc_boot_ratio(&sums, &with, &e->mean[k][t]);
        }
    dc_boot_batch_free(with.batch);
    free(s.num);
    free(s.den);
}

void dc_numbers_find(const struct dc_trace_stats *s,
                     const struct dc_record_column *c, struct dc_numbers *e)
{
    const struct dc_record *r = s->record;
    uint64_t refusal[DC_NUMBERS_MOST] = {0}, sided[DC_NUMBERS_MOST] = {0};
    struct dc_trace_view v;
    unsigned most = 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        if (!dc_trace_prompt_counts(p))
            continue;
        most = p->n_trace > most ? p->n_trace : most;
        for (unsigned t = 0; t < p->n_trace && t < DC_NUMBERS_MOST; t++)
            e->prompts[t]++;
    }
    e->n = most < DC_NUMBERS_MOST ? most : DC_NUMBERS_MOST;
    e->cut = most > DC_NUMBERS_MOST;
    dc_trace_view_init(&v, r);
    for (size_t i = 0; i < v.n; i++) {
        size_t t = v.row[i].trace - r->prompt[v.row[i].prompt].first;
        if (t < DC_NUMBERS_MOST) {
            sided[t]++;
            refusal[t] += v.row[i].refusal;
        }
    }
    for (unsigned t = 0; t < e->n; t++)
        e->refusal[t] = dc_prop_wilson(refusal[t], sided[t], s->cfg.boot.level);
    numbers_means(&v, c, &s->cfg.boot, e);
    dc_trace_view_release(&v);
}
