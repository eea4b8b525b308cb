/*
 * doc_text.c - a document as lines for a terminal. Tables are table_text.c's.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "doc/doc_priv.h"
#include "doc/table_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_LEAST = 40, TEXT_PROSE = 100, TEXT_INDENT = 2, TEXT_ALARM = 4 };

struct text_out {
    const struct dc_doc *d;
    const struct dc_doc_look *look;
    size_t width, prose;
    bool in_part; /* under a heading */
    struct dc_buf *out;
};

/* Without the marks of names. */
static void text_plain(const char *text, struct dc_buf *out)
{
    struct dc_buf piece;
    bool name;
    dc_buf_init(&piece, SIZE_MAX);
    for (const char *s = text, *p; (p = dc_doc_piece(&s, &name, &piece));)
        dc_buf_adds(out, p);
    dc_buf_release(&piece);
}

static void text_folded(struct text_out *o, size_t indent, const char *head,
                        const char *text)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    text_plain(text, &t);
    dc_wrap_item(o->out, o->prose, indent, head, t.data);
    dc_buf_release(&t);
}

static void text_styled(struct text_out *o, const char *style, const char *text)
{
    dc_buf_addf(o->out, "\n%s", o->look->colour ? style : "");
    if (o->out->n == 1) /* nothing above: no empty line */
        dc_buf_cut(o->out, 0);
    text_folded(o, 0, "", text);
    dc_buf_cut(o->out, o->out->n - 1);
    dc_buf_addf(o->out, "%s\n", o->look->colour ? "\033[0m" : "");
}

/* The facts around block i stand under each other: where their texts begin. A
 * name that is longer stands on a line of its own. */
static size_t text_item_indent(const struct text_out *o, size_t i)
{
    const struct dc_doc *d = o->d;
    size_t most = 0, limit = 2 * o->prose / 5;
    while (i > 0 && d->block[i - 1].kind == DC_DOC_ITEM)
        i--;
    for (; i < d->n && d->block[i].kind == DC_DOC_ITEM; i++) {
        size_t n = dc_utf8_width(d->block[i].id, strlen(d->block[i].id));
        most = n > most ? n : most;
    }
    most += 2 * TEXT_INDENT;
    return most < limit ? most : limit;
}

static void text_passage(struct text_out *o, const struct dc_doc_passage *q,
                         size_t indent, const char *head)
{
    bool faint = q->faint && q->mark_len == 0;
    struct dc_wrap how = {
        .width = o->prose,
        .indent = indent,
        .head = head,
        .max_lines = q->max_lines,
        .mark_off = faint ? 0 : q->mark_off,
        .mark_len = faint ? q->n : q->mark_len,
    };
    if (o->look->colour) {
        how.on = faint ? "\033[2m" : "\033[4m";
        how.off = faint ? "\033[22m" : "\033[24m";
    }
    if (!dc_wrap(o->out, q->text, q->n, &how))
        text_folded(o, indent, NULL, q->more ? q->more : "...");
}

static void text_item(struct text_out *o, size_t i)
{
    const struct dc_doc_block *b = &o->d->block[i];
    size_t indent = text_item_indent(o, i);
    struct dc_buf head;
    dc_buf_init(&head, SIZE_MAX);
    dc_buf_addf(&head, "%*s", TEXT_INDENT, "");
    dc_utf8_display(&head, b->id, strlen(b->id), 0);
    if (b->passage)
        text_passage(o, b->passage, indent, head.data);
    else
        text_folded(o, indent, head.data, b->text);
    dc_buf_release(&head);
}

/* Has one of the alarms from block i on something that is folded away? */
static bool text_folds(const struct text_out *o, size_t i)
{
    bool any = false;
    for (; i < o->d->n && o->d->block[i].kind == DC_DOC_ALARM; i++)
        any |= o->d->block[i].more != NULL;
    return any && !o->d->unfolded;
}

static void text_alarm(struct text_out *o, size_t i)
{
    const struct dc_doc_block *b = &o->d->block[i];
    if (i == 0 || b[-1].kind != DC_DOC_ALARM)
        text_styled(o, "\033[1m\033[31m",
                    text_folds(o, i)
                        ? "ALARMS (the figures: show --full, stats --full)"
                        : "ALARMS");
    text_folded(o, TEXT_ALARM, "  !", b->text);
    if (b->more && o->d->unfolded)
        text_folded(o, TEXT_ALARM, NULL, b->more);
}

/* A sentence with its ground, or a text with whose it is. */
static void text_pair(struct text_out *o, const char *between, const char *a,
                      const char *b)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    text_plain(a, &t);
    dc_buf_adds(&t, between);
    text_plain(b, &t);
    dc_wrap_item(o->out, o->prose, TEXT_INDENT, NULL, t.data);
    dc_buf_release(&t);
}

static void text_table(struct text_out *o, const struct dc_doc_rows *t)
{
    bool *shown = dc_xcalloc(t->n_column, sizeof *shown);
    struct dc_buf legend;
    dc_buf_init(&legend, SIZE_MAX);
    dc_table_text(t, o->width, shown, o->out);
    dc_doc_legend(t, shown, &legend);
    if (legend.n > 0)
        text_folded(o, TEXT_INDENT, NULL, legend.data);
    dc_buf_release(&legend);
    free(shown);
}

static void text_block(struct text_out *o, size_t i)
{
    const struct dc_doc_block *b = &o->d->block[i];
    switch (b->kind) {
    case DC_DOC_CLAIM:
        text_pair(o, " - ", b->text, b->more);
        return;
    case DC_DOC_QUOTE:
    case DC_DOC_FOLD:
    case DC_DOC_PICTURE:
        text_pair(o, ": ", b->id ? b->id : b->text, b->id ? b->text : b->more);
        return;
    case DC_DOC_COMMAND:
        text_folded(o, TEXT_ALARM, NULL, b->text);
        return;
    case DC_DOC_CHAPTER:
    case DC_DOC_HEADING:
        text_styled(o, "\033[1m", b->text);
        o->in_part = true;
        return;
    case DC_DOC_SAY:
        text_folded(o, o->in_part ? TEXT_INDENT : 0, NULL, b->text);
        return;
    case DC_DOC_NOTE:
        text_folded(o, TEXT_INDENT, NULL, b->text);
        return;
    case DC_DOC_ALARM:
        text_alarm(o, i);
        return;
    case DC_DOC_ITEM:
        text_item(o, i);
        return;
    case DC_DOC_TABLE:
        if (b->table->n_row > 0)
            text_table(o, b->table);
        return;
    }
}

void dc_doc_text(const struct dc_doc *d, const struct dc_doc_look *look,
                 struct dc_buf *out)
{
    struct dc_buf own;
    dc_buf_init(&own, SIZE_MAX);
    struct text_out o = {.d = d, .look = look, .out = &own};
    o.width = look->width > TEXT_LEAST ? look->width : TEXT_LEAST;
    o.prose = o.width < TEXT_PROSE ? o.width : TEXT_PROSE;
    for (size_t i = 0; i < d->n; i++)
        text_block(&o, i);
    dc_buf_add(out, own.data, own.n);
    dc_buf_release(&own);
}
