/*
 * table_text.c - a table in the columns of a terminal (table_text.h).
 */
#include "doc/table_text.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/wrap.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_INDENT = 2, TABLE_GAP = 2, TABLE_WRAP_LEAST = 26 };

struct table_column {
    struct dc_buf name; /* as a terminal shows it */
    size_t natural;     /* columns of its widest cell or its name */
    size_t width;       /* that it gets */
    bool shown, right;
};

struct table_lines {
    const struct dc_doc_rows *t;
    struct table_column *column; /* [t->n_column] */
    struct dc_buf *out;
};

static void table_pad(struct dc_buf *out, size_t n)
{
    while (n-- > 0)
        dc_buf_addc(out, ' ');
}

/* What a terminal shows of a cell, alone in *text. */
static size_t table_cell(const struct dc_cell *c, struct dc_buf *text)
{
    struct dc_buf raw;
    dc_buf_init(&raw, SIZE_MAX);
    dc_cell_put(c, &raw);
    dc_buf_clear(text);
    dc_utf8_display(text, raw.data, raw.n, 0);
    dc_buf_release(&raw);
    return dc_utf8_width(text->data, text->n);
}

static void table_measure(struct table_lines *l)
{
    struct dc_buf text;
    dc_buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < l->t->n_column; i++) {
        struct table_column *c = &l->column[i];
        const char *name = l->t->column[i].name;
        c->shown = true;
        dc_buf_init(&c->name, SIZE_MAX);
        dc_utf8_display(&c->name, name, strlen(name), 0);
        c->width = dc_utf8_width(c->name.data, c->name.n);
        for (size_t r = 0; r < l->t->n_row; r++) {
            size_t n = table_cell(&l->t->row[r][i], &text);
            c->width = n > c->width ? n : c->width;
        }
        c->natural = c->width;
        c->right = dc_doc_figures(l->t, i);
    }
    dc_buf_release(&text);
}

static size_t table_width(const struct table_lines *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->t->n_column; i++)
        if (l->column[i].shown)
            n += l->column[i].width + TABLE_GAP;
    return n + TABLE_INDENT - TABLE_GAP;
}

/* Take what is too much from columns that wrap. */
static void table_squeeze(struct table_lines *l, size_t width)
{
    for (size_t i = 0; i < l->t->n_column; i++)
        l->column[i].width = l->column[i].natural;
    for (size_t i = 0; i < l->t->n_column; i++) {
        struct table_column *c = &l->column[i];
        size_t now = table_width(l), least = TABLE_WRAP_LEAST;
        if (now <= width || !l->t->column[i].wraps || c->width <= least)
            continue;
        size_t excess = now - width, most = c->width - least;
        c->width -= excess < most ? excess : most;
    }
}

/* Leave out the column of the highest rank, the last of several; false if
 * there is none to leave out. */
static bool table_drop(struct table_lines *l)
{
    struct table_column *drop = NULL;
    unsigned rank = 1;
    for (size_t i = 0; i < l->t->n_column; i++)
        if (l->column[i].shown && l->t->column[i].rank >= rank) {
            drop = &l->column[i];
            rank = l->t->column[i].rank;
        }
    if (drop)
        drop->shown = false;
    return drop != NULL;
}

/* Of the columns left out, in the order of their ranks, the one behind column
 * `at`, or the first (at SIZE_MAX); SIZE_MAX: there is none. */
static size_t table_next_left_out(const struct table_lines *l, size_t at)
{
    const struct dc_doc_column *c = l->t->column;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < l->t->n_column; i++) {
        bool later = at == SIZE_MAX || c[i].rank > c[at].rank ||
                     (c[i].rank == c[at].rank && i > at);
        if (!l->column[i].shown && later &&
            (best == SIZE_MAX || c[i].rank < c[best].rank))
            best = i;
    }
    return best;
}

/* Columns that still fit beside those of a lower rank come back. */
static void table_fill(struct table_lines *l, size_t width)
{
    size_t i = SIZE_MAX;
    while ((i = table_next_left_out(l, i)) != SIZE_MAX) {
        l->column[i].shown = true;
        if (table_width(l) > width)
            l->column[i].shown = false;
    }
}

static bool table_fit(struct table_lines *l, size_t width)
{
    do {
        table_squeeze(l, width);
        if (table_width(l) <= width) {
            table_fill(l, width);
            return true;
        }
    } while (table_drop(l));
    return false;
}

/* ---- lines ---- */

/* The next line of a folded cell; *from moves on. */
static const char *table_next(const char **from, size_t *n)
{
    const char *s = *from;
    *n = strcspn(s, "\n");
    *from = s + *n + (s[*n] == '\n');
    return s;
}

static bool table_is_last(const struct table_lines *l, size_t i)
{
    for (i++; i < l->t->n_column; i++)
        if (l->column[i].shown)
            return false;
    return true;
}

static void table_put(struct table_lines *l, size_t i, const char *s, size_t n)
{
    const struct table_column *c = &l->column[i];
    size_t used = dc_utf8_width(s, n);
    size_t room = c->width > used ? c->width - used : 0;
    if (c->right)
        table_pad(l->out, room);
    dc_buf_add(l->out, s, n);
    if (!c->right && !table_is_last(l, i))
        table_pad(l->out, room);
    if (!table_is_last(l, i))
        table_pad(l->out, TABLE_GAP);
}

static void table_trim(struct dc_buf *out)
{
    size_t n = out->n;
    while (n > 0 && out->data[n - 1] == ' ')
        n--;
    dc_buf_cut(out, n);
    dc_buf_addc(out, '\n');
}

/* Texts that stand side by side, text [n_column], each folded by now. */
static void table_row(struct table_lines *l, const char **text)
{
    bool more = true;
    while (more) {
        more = false;
        table_pad(l->out, TABLE_INDENT);
        for (size_t i = 0; i < l->t->n_column; i++) {
            size_t n;
            if (!l->column[i].shown)
                continue;
            const char *s = table_next(&text[i], &n);
            table_put(l, i, s, n);
            more |= *text[i] != '\0';
        }
        table_trim(l->out);
    }
}

static void table_fold(struct table_lines *l, size_t i, const char *text,
                       struct dc_buf *out)
{
    if (l->t->column[i].wraps)
        dc_wrap_item(out, l->column[i].width, 0, NULL, text);
    else
        dc_buf_adds(out, text);
}

/* The names of the columns, which can be those of files or of a field. */
static void table_head(struct table_lines *l)
{
    bool any = false;
    size_t n = l->t->n_column;
    struct dc_buf *cell = dc_xcalloc(n, sizeof *cell);
    const char **text = dc_xcalloc(n, sizeof *text);
    for (size_t i = 0; i < n; i++) {
        dc_buf_init(&cell[i], SIZE_MAX);
        table_fold(l, i, l->column[i].name.data, &cell[i]);
        text[i] = cell[i].data;
        any |= l->column[i].name.n > 0;
    }
    if (any)
        table_row(l, text);
    for (size_t i = 0; i < n; i++)
        dc_buf_release(&cell[i]);
    free(text);
    free(cell);
}

static void table_rows(struct table_lines *l)
{
    size_t n = l->t->n_column;
    struct dc_buf *cell = dc_xcalloc(n, sizeof *cell), shown;
    const char **text = dc_xcalloc(n, sizeof *text);
    dc_buf_init(&shown, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        dc_buf_init(&cell[i], SIZE_MAX);
    for (size_t r = 0; r < l->t->n_row; r++) {
        for (size_t i = 0; i < n; i++) {
            table_cell(&l->t->row[r][i], &shown);
            dc_buf_clear(&cell[i]);
            table_fold(l, i, shown.data, &cell[i]);
            text[i] = cell[i].data;
        }
        table_row(l, text);
    }
    for (size_t i = 0; i < n; i++)
        dc_buf_release(&cell[i]);
    dc_buf_release(&shown);
    free(text);
    free(cell);
}

/* Columns that a terminal needs for all of the table. */
static size_t table_needs(const struct table_lines *l)
{
    size_t n = TABLE_INDENT - TABLE_GAP, least = TABLE_WRAP_LEAST;
    for (size_t i = 0; i < l->t->n_column; i++) {
        size_t natural = l->column[i].natural;
        bool less = l->t->column[i].wraps && natural > least;
        n += (less ? least : natural) + TABLE_GAP;
    }
    return n;
}

/* Which columns are not there, and from which width on they would be. */
static void table_missing(const struct table_lines *l, size_t width,
                          struct dc_buf *out)
{
    struct dc_buf b;
    const char *sep = "";
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "left out below %zu columns: ", table_needs(l));
    for (size_t i = 0; i < l->t->n_column; i++)
        if (!l->column[i].shown) {
            const char *name = l->t->column[i].name;
            dc_buf_addf(&b, "%s%s", sep, *name ? name : "*");
            sep = ", ";
        }
    if (*sep)
        dc_wrap_item(out, width, TABLE_INDENT, NULL, b.data);
    dc_buf_release(&b);
}

/* ---- blocks ---- */

static void table_blocks(struct table_lines *l, size_t width)
{
    const struct dc_doc_rows *t = l->t;
    struct dc_buf text, line;
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_init(&line, SIZE_MAX);
    for (size_t r = 0; r < t->n_row; r++)
        for (size_t i = 0; i < t->n_column; i++) {
            if (table_cell(&t->row[r][i], &text) == 0)
                continue;
            dc_buf_clear(&line);
            if (i > 0 && *t->column[i].name)
                dc_buf_addf(&line, "%s: ", t->column[i].name);
            dc_buf_add(&line, text.data, text.n);
            dc_wrap_item(l->out, width, i ? 2 * TABLE_INDENT : TABLE_INDENT,
                         NULL, line.data);
        }
    dc_buf_release(&line);
    dc_buf_release(&text);
}

void dc_table_text(const struct dc_doc_rows *t, size_t width, bool *shown,
                   struct dc_buf *out)
{
    struct table_lines l = {.t = t, .out = out};
    l.column = dc_xcalloc(t->n_column, sizeof *l.column);
    table_measure(&l);
    bool fits = table_fit(&l, width);
    for (size_t i = 0; i < t->n_column; i++)
        shown[i] = !fits || l.column[i].shown;
    if (fits) {
        table_head(&l);
        table_rows(&l);
        table_missing(&l, width, out);
    } else {
        table_blocks(&l, width);
    }
    for (size_t i = 0; i < t->n_column; i++)
        dc_buf_release(&l.column[i].name);
    free(l.column);
}
