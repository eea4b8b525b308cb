/*
 * measure.c - the table of measures, and the frame each of them is fed in.
 *
 * A row sees a token once and keeps what it needs in struct dc_measure_acc, so
 * that a trace can be measured while it grows; computing from an array is
 * feeding it. Heap blocks of an accumulator survive a reset.
 */
#include "base/banned.h"
#include "base/mem.h"

#include <assert.h>
#include <deepconf/conf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(name) extern const struct dc_measure dc_measure_##name;
#include "conf/measures.def"
#undef X

static const struct dc_measure *const rows[] = {
#define X(name) &dc_measure_##name,
#include "conf/measures.def"
#undef X
};

const struct dc_measure *const *dc_measures(size_t *n)
{
    *n = DC_COUNT(rows);
    return rows;
}

bool dc_measure_is_probability(const struct dc_measure *m)
{
    return m->direction > 0 && m->min == 0 && m->max == 1;
}

static const struct dc_measure *find(const char *name, size_t n)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (strlen(rows[i]->name) == n && !memcmp(rows[i]->name, name, n))
            return rows[i];
    return NULL;
}

const struct dc_measure *dc_measure_find(const char *name)
{
    return find(name, strlen(name));
}

static bool form(size_t i, char *out)
{
    if (i >= DC_COUNT(rows))
        return false;
    dc_spec_form(rows[i]->name, rows[i]->param, rows[i]->n_param, out);
    return true;
}

enum dc_status dc_measure_parse(const char *text, struct dc_measure_spec *out,
                                struct dc_err *err)
{
    const struct dc_measure *row = find(text, dc_spec_name_len(text));
    if (!row)
        return dc_spec_no_such("measure", text, form, err);
    enum dc_status st = dc_spec_parse(text, row->name, row->param, row->n_param,
                                      &out->spec, err);
    if (!st)
        out->row = row;
    return st;
}

void dc_measure_acc_init(struct dc_measure_acc *a)
{
    *a = (struct dc_measure_acc){0};
}

void dc_measure_acc_reset(struct dc_measure_acc *a)
{
    a->n = 0;
    a->sum = 0;
    a->n_mean = 0;
}

void dc_measure_acc_release(struct dc_measure_acc *a)
{
    free(a->ring);
    free(a->mean);
    *a = (struct dc_measure_acc){0};
}

void dc_measure_push(const struct dc_measure_spec *m, struct dc_measure_acc *a,
                     const struct dc_token *tok)
{
    a->n++;
    m->row->push(a, m->spec.arg, tok);
}

bool dc_measure_value(const struct dc_measure_spec *m,
                      const struct dc_measure_acc *a, double *value)
{
    if (a->n == 0)
        return false;
    *value = m->row->value(a, m->spec.arg);
    return true;
}

bool dc_measure_compute(const struct dc_measure_spec *m,
                        const struct dc_token *tok, size_t n, double *value)
{
    struct dc_measure_acc a;
    dc_measure_acc_init(&a);
    for (size_t i = 0; i < n; i++)
        dc_measure_push(m, &a, &tok[i]);
    bool has = dc_measure_value(m, &a, value);
    dc_measure_acc_release(&a);
    return has;
}

double dc_measure_weight(const struct dc_measure *row, double value)
{
    double w = row->direction > 0 ? value : exp(-value);
    assert(w >= 0);
    return w;
}
