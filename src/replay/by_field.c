/*
 * by_field.c - by_field.h: prompts sorted by their value are counted in one
 * walk; then the smallest groups are put together, rates made and rows ordered.
 */
#include "replay/by_field.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define BY_LEVEL 0.95
#define BY_CATEGORY "category"

enum { BY_SHOWN_COLS = 40, BY_MESSAGE = 1 << 16 };

/* ---- which fields there are ---- */

static struct dc_field_name *field_known(struct dc_field_name *f, size_t n,
                                         const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(f[i].name, name))
            return &f[i];
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The names of all prompts' fields, [*n] in order, those of two prompts twice;
 * caller frees. */
static const char **all_names(const struct dc_record *r, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < r->n_prompt; i++)
        *n += r->prompt[i].n_field;
    const char **name = dc_xcalloc(*n + 1, sizeof *name);
    size_t at = 0;
    for (size_t i = 0; i < r->n_prompt; i++)
        for (size_t k = 0; k < r->prompt[i].n_field; k++)
            name[at++] = r->prompt[i].field[k].name;
    qsort(name, at, sizeof *name, by_text);
    return name;
}

struct dc_field_name *dc_field_names(const struct dc_record *r, size_t *n)
{
    size_t n_all, n_category = 0;
    const char **all = all_names(r, &n_all);
    struct dc_field_name *f = dc_xcalloc(n_all + 1, sizeof *f);
    const char *data = r->category_name ? r->category_name : BY_CATEGORY;
    *n = 0;
    for (size_t i = 0; i < r->n_prompt; i++)
        n_category += r->prompt[i].category != NULL;
    if (n_category > 0)
        f[(*n)++] = (struct dc_field_name){BY_CATEGORY, data, n_category};
    for (size_t i = 0; i < n_all; i++) {
        if (i == 0 || strcmp(all[i], all[i - 1]) != 0)
            f[(*n)++] = (struct dc_field_name){all[i], all[i], 0};
        f[*n - 1].n++;
    }
    free(all);
    return f;
}

static void list_fields(const struct dc_record *r, struct dc_buf *b)
{
    size_t n;
    struct dc_field_name *f = dc_field_names(r, &n);
    for (size_t i = 0; i < n && b->n < 1000; i++) {
        const char *name = f[i].name;
        dc_buf_adds(b, i ? ", " : "");
        dc_utf8_display(b, name, strlen(name), BY_SHOWN_COLS);
        if (strcmp(name, f[i].data) != 0) {
            dc_buf_adds(b, " (");
            dc_utf8_display(b, f[i].data, strlen(f[i].data), BY_SHOWN_COLS);
            dc_buf_adds(b, ")");
        }
    }
    free(f);
}

static enum dc_status no_field(const struct dc_record *r, const char *field,
                               struct dc_err *err)
{
    struct dc_buf name, list;
    dc_buf_init(&name, BY_MESSAGE);
    dc_buf_init(&list, BY_MESSAGE);
    dc_utf8_display(&name, field, strlen(field), BY_SHOWN_COLS);
    list_fields(r, &list);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        list.n ? "no prompt of the run has a field \"%s\"; the fields are: %s. "
                 "(`deepconf run --keep COLUMN`, given with the run's other "
                 "options, adds a column of its data)"
               : "no prompt of the run has a field \"%s\", or any other%s. "
                 "(`deepconf run --keep COLUMN`, given with the run's other "
                 "options, adds a column of its data)",
        name.data, list.data);
    dc_buf_release(&name);
    dc_buf_release(&list);
    return st;
}

/* ---- counting ---- */

static const char *value_of(const struct dc_record_prompt *p, const char *field)
{
    for (size_t i = 0; i < p->n_field; i++)
        if (!strcmp(p->field[i].name, field))
            return p->field[i].value;
    return NULL;
}

static void count_prompt(const struct dc_record *r,
                         const struct dc_record_prompt *p,
                         struct dc_by_class gold[DC_N_GOLD])
{
    struct dc_by_class *c = &gold[p->gold];
    c->n++;
    if (p->has_decision) {
        c->refusal += p->decision == DC_VERDICT_REFUSAL;
        c->compliance += p->decision == DC_VERDICT_COMPLIANCE;
        c->undetermined += p->decision == DC_VERDICT_UNDETERMINED;
    }
    for (size_t t = p->first; t < p->first + p->n_trace; t++) {
        enum dc_verdict v = r->trace[t].verdict;
        c->n_trace++;
        c->trace_refusal += v == DC_VERDICT_REFUSAL || v == DC_VERDICT_PARTIAL;
        c->trace_undetermined += v == DC_VERDICT_UNDETERMINED;
    }
}

static void add_counts(struct dc_by_class to[DC_N_GOLD],
                       const struct dc_by_class from[DC_N_GOLD])
{
    for (int g = 0; g < DC_N_GOLD; g++) {
        to[g].n += from[g].n;
        to[g].refusal += from[g].refusal;
        to[g].compliance += from[g].compliance;
        to[g].undetermined += from[g].undetermined;
        to[g].n_trace += from[g].n_trace;
        to[g].trace_refusal += from[g].trace_refusal;
        to[g].trace_undetermined += from[g].trace_undetermined;
    }
}

struct valued {
    const char *value;
    const struct dc_record_prompt *p;
};

static int by_value(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;
    return strcmp(x->value, y->value);
}

/* A row for each value, [*n], and counts of all prompts; caller frees. */
static struct dc_by_row *count_values(const struct dc_record *r,
                                      const char *field, struct dc_by_row *none,
                                      size_t *n)
{
    bool category = !strcmp(field, BY_CATEGORY);
    struct valued *v = dc_xcalloc(r->n_prompt + 1, sizeof *v);
    struct dc_by_row *row = dc_xcalloc(r->n_prompt + 1, sizeof *row);
    size_t n_valued = 0;
    *n = 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        const char *value = category ? p->category : value_of(p, field);
        if (value)
            v[n_valued++] = (struct valued){value, p};
        else
            count_prompt(r, p, none->gold);
    }
    qsort(v, n_valued, sizeof *v, by_value);
    for (size_t i = 0; i < n_valued; i++) {
        if (i == 0 || strcmp(v[i].value, v[i - 1].value) != 0)
            row[(*n)++] = (struct dc_by_row){.value = v[i].value, .n_value = 1};
        count_prompt(r, v[i].p, row[*n - 1].gold);
    }
    free(v);
    return row;
}

/* ---- rates ---- */

static uint64_t n_prompts(const struct dc_by_row *row)
{
    uint64_t n = 0;
    for (int g = 0; g < DC_N_GOLD; g++)
        n += row->gold[g].n;
    return n;
}

static uint64_t n_clear(const struct dc_by_class *c)
{
    return c->refusal + c->compliance;
}

static void set_rates(struct dc_by_class gold[DC_N_GOLD])
{
    for (int g = 0; g < DC_N_GOLD; g++)
        gold[g].refused =
            dc_prop_wilson(gold[g].refusal, n_clear(&gold[g]), BY_LEVEL);
}

/* Of the prompts with gold label g: what all values say of each one's share. */
static void shrink_rows(struct dc_by_row *row, size_t n_row,
                        const struct dc_by_row *value, size_t n_value, int g)
{
    struct dc_shrink_group *x = dc_xcalloc(n_value + 1, sizeof *x);
    for (size_t i = 0; i < n_value; i++)
        x[i] = (struct dc_shrink_group){value[i].gold[g].refusal,
                                        n_clear(&value[i].gold[g])};
    struct dc_shrink *s = dc_shrink_create(x, n_value);
    for (size_t i = 0; i < n_row && s; i++) {
        struct dc_by_class *c = &row[i].gold[g];
        if (row[i].kind != DC_BY_VALUE || n_clear(c) == 0)
            continue;
        c->has_shrunk = true;
        c->shrunk = dc_shrink_of(
            s, &(struct dc_shrink_group){c->refusal, n_clear(c)}, BY_LEVEL);
    }
    dc_shrink_free(s);
    free(x);
}

/* Each value against the prompts of all others, with gold label g. */
static void test_rows(struct dc_by_field *f, const struct dc_by_class *all,
                      int g)
{
    double *p = dc_xcalloc(f->n_row + 1, sizeof *p);
    double *holm = dc_xcalloc(f->n_row + 1, sizeof *holm);
    size_t n = 0;
    for (size_t i = 0; i < f->n_row; i++) {
        struct dc_by_class *c = &f->row[i].gold[g];
        const struct dc_stratum s = {.n = (uint32_t)n_clear(all),
                                     .n_yes = (uint32_t)all->refusal,
                                     .n_marked = (uint32_t)n_clear(c),
                                     .n_both = (uint32_t)c->refusal};
        c->has_p =
            f->row[i].kind == DC_BY_VALUE && dc_strata_test(&s, 1, &c->p);
        if (c->has_p)
            p[n++] = c->p;
    }
    dc_holm(p, n, holm);
    f->n_tested[g] = n;
    for (size_t i = 0, k = 0; i < f->n_row; i++)
        if (f->row[i].gold[g].has_p)
            f->row[i].gold[g].p_holm = holm[k++];
    free(p);
    free(holm);
}

/* ---- rows ---- */

static int more_prompts_first(const void *a, const void *b)
{
    const struct dc_by_row *x = a, *y = b;
    uint64_t n = n_prompts(x), m = n_prompts(y);
    return n != m ? (n > m ? -1 : 1) : strcmp(x->value, y->value);
}

/* How large a share of a row's prompts was decided wrongly; of those without a
 * gold label, refused. */
static double badness(const struct dc_by_row *row)
{
    const struct dc_by_class *harmful = &row->gold[DC_GOLD_REFUSE],
                             *harmless = &row->gold[DC_GOLD_ANSWER],
                             *other = &row->gold[DC_GOLD_NONE];
    uint64_t n = n_clear(harmful) + n_clear(harmless);
    uint64_t k = harmful->compliance + harmless->refusal;
    if (n == 0 && n_clear(other) == 0)
        return -1;
    return n > 0 ? (double)k / (double)n
                 : (double)other->refusal / (double)n_clear(other);
}

static int worst_first(const void *a, const void *b)
{
    const struct dc_by_row *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    double p = badness(x), q = badness(y);
    if (p != q)
        return p > q ? -1 : 1;
    return x->kind == DC_BY_VALUE ? more_prompts_first(a, b) : 0;
}

/* The rows to show of value [n_value], which it sorts. */
static void choose_rows(struct dc_by_field *f, struct dc_by_row *value,
                        const struct dc_by_row *none, struct dc_arena *a)
{
    struct dc_by_row other = {.kind = DC_BY_OTHER};
    size_t n = f->n_value;
    qsort(value, n, sizeof *value, more_prompts_first);
    if (n > DC_BY_FIELD_ROWS)
        n = DC_BY_FIELD_ROWS - 1; /* one alone would not be gathered */
    f->row = dc_arena_array(a, n + 2, sizeof *f->row);
    memcpy(f->row, value, n * sizeof *value);
    f->n_row = n;
    for (size_t i = n; i < f->n_value; i++) {
        other.n_value++;
        add_counts(other.gold, value[i].gold);
    }
    if (other.n_value > 0)
        f->row[f->n_row++] = other;
    if (n_prompts(none) > 0)
        f->row[f->n_row++] = *none;
}

enum dc_status dc_by_field(const struct dc_record *r, const char *field,
                           struct dc_arena *a, struct dc_by_field *out,
                           struct dc_err *err)
{
    size_t n_name;
    struct dc_field_name *name = dc_field_names(r, &n_name);
    const struct dc_field_name *is = field_known(name, n_name, field);
    if (!is && n_name > 0 && !strcmp(name[0].name, BY_CATEGORY) &&
        !strcmp(name[0].data, field))
        is = &name[0];
    *out = (struct dc_by_field){.field = field};
    if (!is) {
        free(name);
        return no_field(r, field, err);
    }
    struct dc_by_row none = {.kind = DC_BY_NONE};
    struct dc_by_row *value = count_values(r, is->name, &none, &out->n_value);
    out->name = is->data;
    for (size_t i = 0; i < out->n_value; i++)
        add_counts(out->all, value[i].gold);
    add_counts(out->all, none.gold);
    choose_rows(out, value, &none, a);
    set_rates(out->all);
    for (size_t i = 0; i < out->n_row; i++)
        set_rates(out->row[i].gold);
    for (int g = 0; g < DC_N_GOLD; g++) {
        shrink_rows(out->row, out->n_row, value, out->n_value, g);
        test_rows(out, &out->all[g], g);
    }
    qsort(out->row, out->n_row, sizeof *out->row, worst_first);
    free(value);
    free(name);
    return DC_OK;
}

/* ---- rows of one gold label ---- */

static int by_error(const void *a, const void *b)
{
    const struct dc_by_ranked *x = a, *y = b;
    if (x->row->kind != y->row->kind)
        return x->row->kind < y->row->kind ? -1 : 1;
    const struct dc_prop *p = &x->c->refused, *q = &y->c->refused;
    if (p->defined != q->defined)
        return p->defined ? -1 : 1;
    if (p->defined && p->value != q->value)
        return (p->value > q->value) == !x->low_first ? -1 : 1;
    if (x->c->n != y->c->n)
        return x->c->n > y->c->n ? -1 : 1;
    return x->row->kind == DC_BY_VALUE ? strcmp(x->row->value, y->row->value)
                                       : 0;
}

struct dc_by_ranked *dc_by_field_rank(const struct dc_by_field *f,
                                      enum dc_gold g, size_t *n)
{
    struct dc_by_ranked *x = dc_xcalloc(f->n_row + 1, sizeof *x);
    *n = 0;
    for (size_t i = 0; i < f->n_row; i++)
        if (f->row[i].gold[g].n > 0)
            x[(*n)++] = (struct dc_by_ranked){&f->row[i], &f->row[i].gold[g],
                                              g == DC_GOLD_REFUSE};
    qsort(x, *n, sizeof *x, by_error);
    return x;
}
