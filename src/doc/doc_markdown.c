/*
 * doc_markdown.c - a document as Markdown of the GitHub kind.
 */
#include "base/utf8.h"
#include "doc/doc_priv.h"
#include "doc/md.h"

#include <string.h>

static void md_inline(const char *text, struct dc_buf *out)
{
    struct dc_buf piece;
    bool name;
    dc_buf_init(&piece, SIZE_MAX);
    for (const char *s = text, *p; (p = dc_doc_piece(&s, &name, &piece));) {
        if (name)
            dc_md_code(out, p);
        else
            dc_md_text(out, p);
    }
    dc_buf_release(&piece);
}

static void md_cell(const struct dc_cell *c, struct dc_buf *out)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_cell_put(c, &t);
    if (c->kind == DC_CELL_CODE && t.n > 0)
        dc_md_code(out, t.data);
    else if (c->kind > DC_CELL_MISSING || !strcmp(t.data, "-"))
        dc_buf_add(out, t.data, t.n); /* a minus there opens no list */
    else
        dc_md_text(out, t.data);
    dc_buf_release(&t);
}

static void md_legend(const struct dc_doc_rows *t, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_doc_legend(t, NULL, &b);
    if (b.n > 0) {
        md_inline(b.data, out);
        dc_buf_adds(out, "\n\n");
    }
    dc_buf_release(&b);
}

static void md_table(const struct dc_doc_rows *t, struct dc_buf *out)
{
    for (size_t c = 0; c < t->n_column; c++) {
        dc_buf_adds(out, c ? " | " : "\n| ");
        dc_md_text(out, t->column[c].name);
    }
    dc_buf_adds(out, " |\n|");
    for (size_t c = 0; c < t->n_column; c++)
        dc_buf_adds(out, dc_doc_figures(t, c) ? "---:|" : "---|");
    dc_buf_addc(out, '\n');
    for (size_t r = 0; r < t->n_row; r++) {
        for (size_t c = 0; c < t->n_column; c++) {
            dc_buf_adds(out, c ? " | " : "| ");
            md_cell(&t->row[r][c], out);
        }
        dc_buf_adds(out, " |\n");
    }
    dc_buf_addc(out, '\n');
    md_legend(t, out);
}

static void md_item(const struct dc_doc_block *b, struct dc_buf *out)
{
    dc_buf_adds(out, "- ");
    if (*b->id) {
        dc_buf_adds(out, "**");
        dc_md_text(out, b->id);
        dc_buf_adds(out, "**: ");
    }
    if (b->passage)
        dc_md_text(out, b->passage->text);
    else
        md_inline(b->text, out);
    dc_buf_addc(out, '\n');
}

static void md_heading(const char *text, unsigned level, struct dc_buf *out)
{
    dc_buf_addf(out, "\n%.*s ", (int)level, "######");
    md_inline(text, out);
    dc_buf_adds(out, "\n\n");
}

static void md_claim(const struct dc_doc_block *b, struct dc_buf *out)
{
    dc_buf_adds(out, "- ");
    md_inline(b->text, out);
    dc_buf_adds(out, " *");
    md_inline(b->more, out);
    dc_buf_adds(out, ".*\n");
}

static void md_quote(const struct dc_doc_block *b, struct dc_buf *out)
{
    dc_buf_adds(out, "> **");
    md_inline(b->id, out);
    dc_buf_adds(out, "**: ");
    md_inline(b->text, out);
    dc_buf_adds(out, "\n\n");
}

static void md_fold(const struct dc_doc_block *b, struct dc_buf *out)
{
    dc_buf_adds(out, "\n<details><summary>");
    md_inline(b->id, out);
    dc_buf_adds(out, "</summary>\n\n");
    md_inline(b->text, out);
    dc_buf_adds(out, "\n\n</details>\n\n");
}

static void md_picture(const struct dc_doc_block *b, struct dc_buf *out)
{
    dc_buf_adds(out, "\n![");
    dc_md_text(out, b->text);
    dc_buf_addf(out, "](%s)\n\n", b->more);
}

/* A line that is code by itself; a fence can't be ended by what is on it. */
static void md_command(const char *line, struct dc_buf *out)
{
    dc_buf_adds(out, "\n    ");
    dc_utf8_display(out, line, strlen(line), 0);
    dc_buf_adds(out, "\n\n");
}

static void md_block(const struct dc_doc_block *b, unsigned level,
                     struct dc_buf *out)
{
    switch (b->kind) {
    case DC_DOC_CHAPTER:
        md_heading(b->text, level - 1, out);
        return;
    case DC_DOC_HEADING:
        md_heading(b->text, level, out);
        return;
    case DC_DOC_CLAIM:
        md_claim(b, out);
        return;
    case DC_DOC_QUOTE:
        md_quote(b, out);
        return;
    case DC_DOC_FOLD:
        md_fold(b, out);
        return;
    case DC_DOC_PICTURE:
        md_picture(b, out);
        return;
    case DC_DOC_COMMAND:
        md_command(b->text, out);
        return;
    case DC_DOC_SAY:
    case DC_DOC_NOTE:
        md_inline(b->text, out);
        dc_buf_adds(out, "\n\n");
        return;
    case DC_DOC_ALARM:
        dc_buf_adds(out, "- **Alarm** (");
        dc_md_code(out, b->id);
        dc_buf_adds(out, "): ");
        md_inline(b->text, out);
        if (b->more) {
            dc_buf_addc(out, ' ');
            md_inline(b->more, out);
        }
        dc_buf_addc(out, '\n');
        return;
    case DC_DOC_ITEM:
        md_item(b, out);
        return;
    case DC_DOC_TABLE:
        if (b->table->n_row > 0)
            md_table(b->table, out);
        return;
    }
}

static bool md_is_listed(enum dc_doc_kind k)
{
    return k == DC_DOC_ITEM || k == DC_DOC_ALARM || k == DC_DOC_CLAIM;
}

void dc_doc_markdown(const struct dc_doc *d, unsigned level, struct dc_buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        bool listed = i > 0 && md_is_listed(d->block[i - 1].kind);
        if (listed && d->block[i].kind != d->block[i - 1].kind)
            dc_buf_addc(out, '\n');
        md_block(&d->block[i], level, out);
    }
}
