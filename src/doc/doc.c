/*
 * doc.c - building a document (doc.h). It holds copies of all that it is given.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "doc/doc_priv.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dc_doc *dc_doc_create(void)
{
    struct dc_doc *d = dc_xcalloc(1, sizeof *d);
    dc_arena_init(&d->arena);
    return d;
}

void dc_doc_free(struct dc_doc *d)
{
    if (!d)
        return;
    dc_arena_release(&d->arena);
    free(d);
}

static const char *doc_copy(struct dc_doc *d, const char *s)
{
    return s ? dc_arena_strdup(&d->arena, s) : NULL;
}

static struct dc_doc_block *doc_block(struct dc_doc *d, enum dc_doc_kind kind,
                                      const char *text, const char *id)
{
    d->block = dc_arena_more(&d->arena, d->block, d->n, sizeof *d->block);
    struct dc_doc_block *b = &d->block[d->n++];
    *b = (struct dc_doc_block){
        .kind = kind, .text = doc_copy(d, text), .id = doc_copy(d, id)};
    return b;
}

void dc_doc_heading(struct dc_doc *d, const char *text, const char *id)
{
    doc_block(d, DC_DOC_HEADING, text, id);
}

void dc_doc_chapter(struct dc_doc *d, const char *text)
{
    doc_block(d, DC_DOC_CHAPTER, text, NULL);
}

static const char *doc_printed(struct dc_doc *d, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *text = dc_arena_alloc(&d->arena, (size_t)(n > 0 ? n : 0) + 1);
    vsnprintf(text, (size_t)(n > 0 ? n : 0) + 1, fmt, again);
    va_end(again);
    return text;
}

static void doc_format(struct dc_doc *d, enum dc_doc_kind kind, const char *id,
                       const char *fmt, va_list ap)
{
    doc_block(d, kind, doc_printed(d, fmt, ap), id);
}

void dc_doc_say(struct dc_doc *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    doc_format(d, DC_DOC_SAY, NULL, fmt, ap);
    va_end(ap);
}

void dc_doc_note(struct dc_doc *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    doc_format(d, DC_DOC_NOTE, NULL, fmt, ap);
    va_end(ap);
}

void dc_doc_alarm(struct dc_doc *d, const char *id, const char *text,
                  const char *more)
{
    doc_block(d, DC_DOC_ALARM, text, id)->more = doc_copy(d, more);
}

void dc_doc_unfold(struct dc_doc *d)
{
    d->unfolded = true;
}

void dc_doc_item(struct dc_doc *d, const char *name, const char *text)
{
    doc_block(d, DC_DOC_ITEM, text, name);
}

void dc_doc_claim(struct dc_doc *d, const char *text, const char *by)
{
    doc_block(d, DC_DOC_CLAIM, text, NULL)->more = doc_copy(d, by);
}

void dc_doc_quote(struct dc_doc *d, const char *who, const char *text)
{
    doc_block(d, DC_DOC_QUOTE, text, who);
}

void dc_doc_fold(struct dc_doc *d, const char *title, const char *text)
{
    doc_block(d, DC_DOC_FOLD, text, title);
}

void dc_doc_picture(struct dc_doc *d, const char *title, const char *path)
{
    doc_block(d, DC_DOC_PICTURE, title, NULL)->more = doc_copy(d, path);
}

void dc_doc_command(struct dc_doc *d, const char *line)
{
    doc_block(d, DC_DOC_COMMAND, line, NULL);
}

void dc_doc_itemf(struct dc_doc *d, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    doc_format(d, DC_DOC_ITEM, name, fmt, ap);
    va_end(ap);
}

void dc_doc_passage(struct dc_doc *d, const struct dc_doc_passage *q)
{
    struct dc_doc_passage *own = dc_arena_alloc(&d->arena, sizeof *own);
    *own = *q;
    own->text = dc_arena_strndup(&d->arena, q->text, q->n);
    own->more = doc_copy(d, q->more);
    doc_block(d, DC_DOC_ITEM, "", q->name)->passage = own;
}

const char *dc_doc_code(struct dc_doc *d, const char *name)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addc(&b, DC_DOC_NAME);
    dc_utf8_display(&b, name, strlen(name), 0);
    dc_buf_addc(&b, DC_DOC_NAME_END);
    const char *s = doc_copy(d, b.data);
    dc_buf_release(&b);
    return s;
}

const char *dc_doc_piece(const char **from, bool *name, struct dc_buf *piece)
{
    const char ends[] = {DC_DOC_NAME, DC_DOC_NAME_END, '\0'};
    const char *s = *from;
    *name = *s == DC_DOC_NAME;
    s += strspn(s, ends);
    if (*s == '\0')
        return NULL;
    size_t n = strcspn(s, ends);
    dc_buf_clear(piece);
    dc_buf_add(piece, s, n);
    *from = s + n;
    return piece->data;
}

/* ---- tables ---- */

void dc_doc_table(struct dc_doc *d, const char *caption, const char *id,
                  const struct dc_doc_column *column, size_t n_column)
{
    struct dc_doc_block *b = doc_block(d, DC_DOC_TABLE, caption, id);
    struct dc_doc_column *own =
        dc_arena_array(&d->arena, n_column, sizeof *own);
    b->table = dc_arena_alloc(&d->arena, sizeof *b->table);
    for (size_t i = 0; i < n_column; i++) {
        own[i] = column[i];
        own[i].name = doc_copy(d, column[i].name);
        own[i].about = doc_copy(d, column[i].about);
    }
    b->table->column = own;
    b->table->explain =
        dc_arena_array(&d->arena, n_column, sizeof *b->table->explain);
    b->table->n_column = n_column;
}

static struct dc_doc_rows *doc_last_table(struct dc_doc *d)
{
    for (size_t i = d->n; i > 0; i--)
        if (d->block[i - 1].kind == DC_DOC_TABLE)
            return d->block[i - 1].table;
    assert(false && "a row before any table");
    abort();
}

void dc_doc_explain(struct dc_doc *d, const char *column, const char *fmt, ...)
{
    struct dc_doc_rows *t = doc_last_table(d);
    va_list ap;
    for (size_t i = 0; i < t->n_column; i++) {
        if (strcmp(t->column[i].name, column) != 0)
            continue;
        va_start(ap, fmt);
        t->explain[i] = doc_copy(d, doc_printed(d, fmt, ap));
        va_end(ap);
        return;
    }
    assert(false && "a column that the table does not have");
}

void dc_doc_legend(const struct dc_doc_rows *t, const bool *shown,
                   struct dc_buf *out)
{
    const char *sep = "";
    for (size_t i = 0; i < t->n_column; i++) {
        if (!t->explain[i] || (shown && !shown[i]))
            continue;
        dc_buf_addf(out, "%s%s: %s", sep,
                    *t->column[i].name ? t->column[i].name : "*",
                    t->explain[i]);
        sep = "; ";
    }
}

void dc_doc_row(struct dc_doc *d, const struct dc_cell *cell)
{
    struct dc_doc_rows *t = doc_last_table(d);
    struct dc_cell *own = dc_arena_array(&d->arena, t->n_column, sizeof *own);
    for (size_t i = 0; i < t->n_column; i++) {
        own[i] = cell[i];
        own[i].text = doc_copy(d, cell[i].text);
        own[i].before = doc_copy(d, cell[i].before);
        own[i].after = doc_copy(d, cell[i].after);
        own[i].link = doc_copy(d, cell[i].link);
    }
    t->row = dc_arena_more(&d->arena, t->row, t->n_row, sizeof *t->row);
    t->is = dc_arena_more(&d->arena, t->is, t->n_row, sizeof *t->is);
    t->is[t->n_row] = NULL;
    t->row[t->n_row++] = own;
}

void dc_doc_row_is(struct dc_doc *d, const char *classes)
{
    struct dc_doc_rows *t = doc_last_table(d);
    assert(t->n_row > 0);
    t->is[t->n_row - 1] = doc_copy(d, classes);
}

bool dc_doc_figures(const struct dc_doc_rows *t, size_t column)
{
    bool any = false;
    for (size_t r = 0; r < t->n_row; r++) {
        const struct dc_cell *c = &t->row[r][column];
        if (dc_cell_is_figure(c))
            any = true;
        else if (c->kind != DC_CELL_NONE)
            return false;
    }
    return any;
}
