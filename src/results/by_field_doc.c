/*
 * by_field_doc.c - refusals by a field as a document: a part for each gold
 * label, because a refusal is right in one and an error in the other.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "results/by_field_report.h"

#include <stdlib.h>
#include <string.h>

enum { BY_NAMED = 3 }; /* values that a sentence names */

static const double by_alpha = 0.05;

/* The words of each gold label. */
static const struct {
    const char *title, *id, *prompts, *rate;
} by_word[DC_N_GOLD] = {
    [DC_GOLD_REFUSE] = {"Refusals of harmful prompts", "by-harmful", "harmful",
                        "refusal rate"},
    [DC_GOLD_ANSWER] = {"Over-refusals of harmless prompts", "by-harmless",
                        "harmless", "over-refusal rate"},
    [DC_GOLD_NONE] = {"Refusals of prompts without a gold label",
                      "by-unlabelled", "unlabelled", "refusal rate"},
};

/* ---- what stands out ---- */

static int by_holm(const void *a, const void *b)
{
    const struct dc_by_class *x = ((const struct dc_by_ranked *)a)->c,
                             *y = ((const struct dc_by_ranked *)b)->c;
    return (x->p_holm > y->p_holm) - (x->p_holm < y->p_holm);
}

static void put_of(const struct dc_prop *p, struct dc_buf *out)
{
    const struct dc_cell c = dc_cell_of(p->k, p->n, NULL);
    dc_cell_put(&c, out);
}

/* "`a` (2 of 25, p 0.001), `b` (...) and 4 more" */
static void put_values(struct dc_doc *d, const struct dc_by_ranked *x, size_t n,
                       struct dc_buf *out)
{
    for (size_t i = 0; i < n && i < BY_NAMED; i++) {
        dc_buf_addf(out, "%s%s (",
                    i == 0       ? ""
                    : i + 1 == n ? " and "
                                 : ", ",
                    dc_doc_code(d, x[i].row->value));
        put_of(&x[i].c->refused, out);
        dc_buf_adds(out, ", p ");
        dc_put_p(x[i].c->p_holm, out);
        dc_buf_addc(out, ')');
    }
    if (n > BY_NAMED)
        dc_buf_addf(out, " and %zu more", n - BY_NAMED);
}

/* Why no value is tested against the others. */
static void say_why_no_test(const struct dc_prop *all, struct dc_buf *out)
{
    if (all->n > 0 && all->k == 0)
        dc_buf_adds(out, "As none was, no value differs from another.");
    else if (all->n > 0 && all->k == all->n)
        dc_buf_adds(out, "As all were, no value differs from another.");
    else
        dc_buf_adds(out, "No two values are there to compare.");
}

/* Does a value differ from the others by more than chance gives? */
static bool say_what_differs(const struct dc_by_field *f, enum dc_gold g,
                             const struct dc_by_ranked *ranked, size_t n,
                             struct dc_doc *d)
{
    struct dc_by_ranked *x = dc_xcalloc(n + 1, sizeof *x);
    struct dc_buf b;
    size_t n_p = 0, n_low = 0;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        if (ranked[i].c->has_p)
            x[n_p++] = ranked[i];
    qsort(x, n_p, sizeof *x, by_holm);
    while (n_low < n_p && x[n_low].c->p_holm <= by_alpha)
        n_low++;
    const struct dc_prop *all = &f->all[g].refused;
    put_of(all, &b);
    dc_buf_addf(&b, " %s prompts %s refused. ", by_word[g].prompts,
                dc_were(all->k));
    if (n_p == 0) {
        say_why_no_test(all, &b);
    } else if (n_low == 0) {
        dc_buf_addf(&b,
                    "No value of %s differs from the others by more than "
                    "chance gives (%zu test%s, smallest p ",
                    dc_doc_code(d, f->name), n_p, dc_plural(n_p));
        dc_put_p(x[0].c->p_holm, &b);
        dc_buf_adds(&b, ").");
    } else {
        put_values(d, x, n_low, &b);
        dc_buf_addf(&b, " %s from the other values by more than chance gives.",
                    n_low == 1 ? "differs" : "differ");
    }
    dc_doc_say(d, "%s", b.data);
    dc_buf_release(&b);
    free(x);
    return n_low > 0;
}

/* ---- the table ---- */

enum by_col {
    COL_VALUE,
    COL_OF,
    COL_RATE,
    COL_SHRUNK,
    COL_P,
    COL_OPEN,
    COL_TRACES,
    N_BY_COL
};

static const struct dc_doc_column by_column[N_BY_COL] = {
    [COL_VALUE] = {NULL, "the value of the field", 0, true},
    [COL_OF] = {"refused",
                "prompts decided for refusal, of those decided for refusal or "
                "compliance",
                1, false},
    [COL_RATE] = {NULL, "with the 95 % interval of Wilson", 0, false},
    [COL_SHRUNK] = {"shrunk",
                    "drawn towards what all values have in common, the more "
                    "the fewer prompts there are, with its 95 % interval",
                    3, false},
    [COL_P] = {"p",
               "against the prompts of all other values, adjusted for the "
               "number of values",
               2, false},
    [COL_OPEN] = {"in no rate", "undetermined, or not yet decided", 4, false},
    [COL_TRACES] =
        {"of traces",
         "refusals of all traces of these prompts, of which those that stopped "
         "early drew fewer",
         5, false},
};

/* Narrow: the first columns, and a table only where a value differs. */
enum by_width { BY_NARROW, BY_WIDE };

/* The columns of one table: those that say nothing are left out. */
struct by_table {
    struct dc_doc *d;
    enum by_width width;
    enum by_col col[N_BY_COL]; /* [n_col] */
    size_t n_col;
};

static bool says_something(const struct dc_by_ranked *x, size_t n,
                           enum by_col c)
{
    bool any = c != COL_SHRUNK && c != COL_P && c != COL_OPEN;
    for (size_t i = 0; i < n && !any; i++)
        any = c == COL_SHRUNK ? x[i].c->has_shrunk
              : c == COL_P    ? x[i].c->has_p
                              : x[i].c->n > x[i].c->refused.n;
    return any;
}

static struct by_table begin_table(const struct dc_by_field *f, enum dc_gold g,
                                   const struct dc_by_ranked *x, size_t n,
                                   const struct by_table *how)
{
    struct by_table t = {.d = how->d, .width = how->width};
    struct dc_doc *d = t.d;
    struct dc_doc_column column[N_BY_COL];
    for (enum by_col c = 0; c < N_BY_COL; c++) {
        bool narrow = c == COL_VALUE || c == COL_OF || c == COL_RATE;
        if (!says_something(x, n, c) || (t.width == BY_NARROW && !narrow))
            continue;
        column[t.n_col] = by_column[c];
        if (c == COL_VALUE)
            column[t.n_col].name = f->name;
        else if (c == COL_RATE)
            column[t.n_col].name = by_word[g].rate;
        t.col[t.n_col++] = c;
    }
    dc_doc_table(d, by_word[g].title, NULL, column, t.n_col);
    return t;
}

static struct dc_cell shrunk_cell(const struct dc_by_class *c)
{
    const struct dc_prop p = {.k = c->refused.k,
                              .n = c->refused.n,
                              .defined = c->has_shrunk,
                              .value = c->shrunk.value,
                              .lo = c->shrunk.lo,
                              .hi = c->shrunk.hi};
    return c->has_shrunk ? dc_cell_prop(&p) : dc_cell_missing(NULL);
}

/* As a part of an address: RFC 3986's unreserved characters stay. */
static void put_encoded(const char *text, struct dc_buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
                                "TUVWXYZ0123456789-._~";
    for (const char *s = text; *s; s++)
        if (strchr(plain, *s))
            dc_buf_addc(out, *s);
        else
            dc_buf_addf(out, "%%%02X", (unsigned char)*s);
}

/* The page's address of the prompts of a row, as data/page/filters.js reads it.
 */
static void put_link(const struct dc_by_field *f, enum dc_gold g,
                     const struct dc_by_row *row, struct dc_buf *out)
{
    bool category = !strcmp(f->field, "category");
    dc_buf_addf(out, "#traces&gold=%s&%s", dc_gold_name(g),
                category ? "category" : "by.");
    if (!category)
        put_encoded(f->field, out);
    dc_buf_addc(out, '=');
    put_encoded(row->kind == DC_BY_VALUE ? row->value : "", out);
}

static void put_row(const struct by_table *t, struct dc_cell name,
                    const struct dc_by_class *c, bool whole)
{
    const struct dc_cell missing = dc_cell_missing(NULL);
    const struct dc_cell all[N_BY_COL] = {
        [COL_VALUE] = name,
        [COL_OF] = dc_cell_of(c->refused.k, c->refused.n, NULL),
        [COL_RATE] = dc_cell_drawn(dc_cell_prop(&c->refused)),
        [COL_SHRUNK] = whole ? dc_cell_none() : shrunk_cell(c),
        [COL_P] = whole      ? dc_cell_none()
                  : c->has_p ? dc_cell_p(c->p_holm)
                             : missing,
        [COL_OPEN] = dc_cell_count(c->n - c->refused.n),
        [COL_TRACES] = c->n_trace ? dc_cell_share((double)c->trace_refusal /
                                                  (double)c->n_trace)
                                  : missing,
    };
    struct dc_cell cell[N_BY_COL];
    for (size_t i = 0; i < t->n_col; i++)
        cell[i] = all[t->col[i]];
    dc_doc_row(t->d, cell);
}

static void put_table(const struct dc_by_field *f, enum dc_gold g,
                      const struct dc_by_ranked *x, size_t n,
                      const struct by_table *how)
{
    struct dc_buf b, link;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_init(&link, SIZE_MAX);
    struct by_table t = begin_table(f, g, x, n, how);
    for (size_t i = 0; i < n; i++) {
        struct dc_cell name = dc_cell_text("(no value)");
        dc_buf_clear(&b);
        dc_buf_clear(&link);
        if (x[i].row->kind == DC_BY_VALUE) {
            name = dc_cell_code(x[i].row->value);
        } else if (x[i].row->kind == DC_BY_OTHER) {
            dc_buf_addf(&b, "(%zu other values)", x[i].row->n_value);
            name = dc_cell_text(b.data);
        }
        if (x[i].row->kind != DC_BY_OTHER) {
            put_link(f, g, x[i].row, &link);
            name = dc_cell_linked(name, link.data);
        }
        put_row(&t, name, x[i].c, false);
    }
    put_row(&t, dc_cell_text("all"), &f->all[g], true);
    dc_buf_release(&b);
    dc_buf_release(&link);
}

static bool by_parts(const struct dc_by_field *f, enum by_width width,
                     struct dc_doc *d)
{
    const struct by_table how = {.d = d, .width = width};
    bool any = false;
    for (int i = DC_N_GOLD; i-- > 0;) {
        enum dc_gold g = (enum dc_gold)i;
        if (f->all[g].n == 0)
            continue;
        any = true;
        size_t n;
        struct dc_by_ranked *x = dc_by_field_rank(f, g, &n);
        struct dc_buf title;
        dc_buf_init(&title, SIZE_MAX);
        dc_buf_addf(&title, "%s, by %s", by_word[g].title,
                    dc_doc_code(d, f->name));
        dc_doc_heading(d, title.data, by_word[g].id);
        bool differs = say_what_differs(f, g, x, n, d);
        if (width == BY_WIDE || differs)
            put_table(f, g, x, n, &how);
        dc_buf_release(&title);
        free(x);
    }
    return any;
}

void dc_by_field_doc_short(const struct dc_by_field *f, struct dc_doc *d)
{
    by_parts(f, BY_NARROW, d);
}

void dc_by_field_doc(const struct dc_by_field *f, struct dc_doc *d)
{
    size_t n_tested = 0;
    for (int g = 0; g < DC_N_GOLD; g++)
        n_tested += f->n_tested[g];
    if (!by_parts(f, BY_WIDE, d))
        return;
    dc_doc_note(d,
                "shrunk: what the value's own prompts and those of all "
                "values say together; with few prompts it lies near the "
                "common rate.%s",
                n_tested == 0
                    ? ""
                    : " p: exact test of the value against all other prompts, "
                      "adjusted for the number of values (Holm); what is above "
                      "0.05 may be chance.");
}
