/*
 * doc_html.c - a document as HTML: a card for each heading. Columns of figures
 * have class "n", and a value to sort by in data-v; those of long texts "w".
 */
#include "doc/doc_priv.h"
#include "doc/html.h"

#include <assert.h>

static void html_inline(const char *text, struct dc_buf *out)
{
    struct dc_buf piece;
    bool name;
    dc_buf_init(&piece, SIZE_MAX);
    for (const char *s = text, *p; (p = dc_doc_piece(&s, &name, &piece));) {
        dc_buf_adds(out, name ? "<code dir=\"auto\">" : "");
        if (name)
            dc_html_text(out, p);
        else
            dc_html_figure(out, p);
        dc_buf_adds(out, name ? "</code>" : "");
    }
    dc_buf_release(&piece);
}

static void html_id(const char *id, struct dc_buf *out)
{
    if (id)
        dc_buf_addf(out, " id=\"%s\"", id);
}

/* ---- tables ---- */

/* A share x and its interval, all in 0 .. 1; the figures stand beside it. */
static void html_drawing(const struct dc_cell *c, struct dc_buf *out)
{
    if (!c->drawn)
        return;
    assert(c->kind == DC_CELL_PROP || c->kind == DC_CELL_SHARE ||
           c->kind == DC_CELL_BETWEEN);
    dc_buf_adds(out, "<svg class=\"bar\" viewBox=\"0 0 100 6\" "
                     "aria-hidden=\"true\" preserveAspectRatio=\"none\"><rect "
                     "class=\"track\" x=\"0\" y=\"2\" width=\"100\" "
                     "height=\"2\"/>");
    if (c->kind != DC_CELL_SHARE)
        dc_buf_addf(out,
                    "<rect class=\"range\" x=\"%.2f\" y=\"1.5\" "
                    "width=\"%.2f\" height=\"3\"/>",
                    100 * c->lo, 100 * (c->hi - c->lo));
    dc_buf_addf(out,
                "<rect class=\"at\" x=\"%.2f\" y=\"0\" width=\"1.2\" "
                "height=\"6\"/></svg>",
                98.8 * c->x);
}

/* Where the interval of a figure begins, behind a blank: there a narrow cell
 * may break it, and nowhere else; NULL: it has none. */
static const char *html_interval(const struct dc_cell *c, const char *text)
{
    bool figures = c->kind != DC_CELL_CODE && c->kind != DC_CELL_TEXT;
    const char *at = figures ? strstr(text, " (") : NULL;
    return at ? at + 1 : NULL;
}

static void html_breakable(const char *text, const char *at, struct dc_buf *out)
{
    struct dc_buf first;
    dc_buf_init(&first, SIZE_MAX);
    dc_buf_add(&first, text, (size_t)(at - text - 1));
    dc_buf_adds(out, "<span class=\"x\">");
    dc_html_figure(out, first.data);
    dc_buf_adds(out, "</span> <span class=\"x\">");
    dc_html_figure(out, at);
    dc_buf_adds(out, "</span>");
    dc_buf_release(&first);
}

static void html_content(const struct dc_cell *c, struct dc_buf *out)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_cell_put(c, &t);
    if (c->link) {
        assert(c->link[0] == '#');
        dc_buf_adds(out, "<a href=\"");
        dc_html_text(out, c->link);
        dc_buf_adds(out, "\">");
    }
    if (c->kind == DC_CELL_CODE) {
        dc_buf_adds(out, "<code dir=\"auto\">");
        dc_html_text(out, t.data);
        dc_buf_adds(out, "</code>");
    } else if (html_interval(c, t.data)) {
        html_breakable(t.data, html_interval(c, t.data), out);
    } else {
        dc_html_figure(out, t.data);
    }
    dc_buf_adds(out, c->link ? "</a>" : "");
    html_drawing(c, out);
    dc_buf_release(&t);
}

static void html_cell(const struct dc_doc_rows *t, size_t row, size_t i,
                      struct dc_buf *out)
{
    const struct dc_cell *c = &t->row[row][i];
    bool first = i == 0;
    double v;
    dc_buf_adds(out, first ? "<th scope=\"row\"" : "<td");
    if (dc_doc_figures(t, i))
        dc_buf_adds(out, " class=\"n\"");
    else if (t->column[i].wraps)
        dc_buf_adds(out, " class=\"w\"");
    if (dc_cell_value(c, &v))
        dc_buf_addf(out, " data-v=\"%.9g\"", v);
    dc_buf_addc(out, '>');
    html_content(c, out);
    dc_buf_adds(out, first ? "</th>" : "</td>");
}

static void html_head(const struct dc_doc_rows *t, struct dc_buf *out)
{
    dc_buf_adds(out, "<thead><tr>");
    for (size_t i = 0; i < t->n_column; i++) {
        const struct dc_doc_column *c = &t->column[i];
        dc_buf_adds(out, *c->name ? "<th scope=\"col\"" : "<td");
        dc_buf_adds(out, dc_doc_figures(t, i) ? " class=\"n\"" : "");
        if (c->about) {
            dc_buf_adds(out, " title=\"");
            dc_html_text(out, c->about);
            dc_buf_addc(out, '"');
        }
        dc_buf_addc(out, '>');
        dc_html_figure(out, c->name);
        dc_buf_adds(out, *c->name ? "</th>" : "</td>");
    }
    dc_buf_adds(out, "</tr></thead>");
}

static bool html_has_names(const struct dc_doc_rows *t)
{
    for (size_t i = 0; i < t->n_column; i++)
        if (*t->column[i].name)
            return true;
    return false;
}

static void html_element(const char *open, const char *text, const char *close,
                         struct dc_buf *out)
{
    dc_buf_adds(out, open);
    html_inline(text, out);
    dc_buf_adds(out, close);
}

static void html_note(const char *text, struct dc_buf *out)
{
    html_element("<p class=\"note\">", text, "</p>\n", out);
}

static void html_legend(const struct dc_doc_rows *t, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_doc_legend(t, NULL, &b);
    if (b.n > 0)
        html_note(b.data, out);
    dc_buf_release(&b);
}

static void html_table(const struct dc_doc_block *b, struct dc_buf *out)
{
    const struct dc_doc_rows *t = b->table;
    if (t->n_row == 0)
        return;
    dc_buf_adds(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                     "aria-label=\"");
    dc_html_text(out, b->text);
    dc_buf_adds(out, "\"><table");
    html_id(b->id, out);
    dc_buf_addc(out, '>');
    if (html_has_names(t))
        html_head(t, out);
    dc_buf_adds(out, "<tbody>\n");
    for (size_t r = 0; r < t->n_row; r++) {
        if (t->is[r])
            dc_buf_addf(out, "<tr class=\"%s\">", t->is[r]);
        else
            dc_buf_adds(out, "<tr>");
        for (size_t c = 0; c < t->n_column; c++)
            html_cell(t, r, c, out);
        dc_buf_adds(out, "</tr>\n");
    }
    dc_buf_adds(out, "</tbody></table></div>\n");
    html_legend(t, out);
}

/* ---- blocks ---- */

static void html_alarm(const struct dc_doc_block *b, struct dc_buf *out)
{
    html_element("<li><span dir=\"auto\">", b->text, "</span> <code>", out);
    dc_html_text(out, b->id);
    dc_buf_adds(out, "</code>");
    if (b->more)
        html_element("<details><summary>the figures</summary><p>", b->more,
                     "</p></details>", out);
    dc_buf_adds(out, "</li>\n");
}

static void html_claim(const struct dc_doc_block *b, struct dc_buf *out)
{
    html_element("<p>", b->text, " ", out);
    html_element("<small>", b->more, ".</small></p>\n", out);
}

static void html_quote(const struct dc_doc_block *b, struct dc_buf *out)
{
    html_element("<blockquote dir=\"auto\"><b>", b->id, "</b>: ", out);
    html_element("", b->text, "</blockquote>\n", out);
}

static void html_fold(const struct dc_doc_block *b, struct dc_buf *out)
{
    html_element("<details><summary>", b->id, "</summary>", out);
    dc_buf_adds(out, "<pre dir=\"ltr\">");
    dc_html_text(out, b->text);
    dc_buf_adds(out, "</pre></details>\n");
}

static void html_picture(const struct dc_doc_block *b, struct dc_buf *out)
{
    dc_buf_adds(out, "<p><img src=\"");
    dc_html_text(out, b->more);
    dc_buf_adds(out, "\" alt=\"");
    dc_html_text(out, b->text);
    dc_buf_adds(out, "\"></p>\n");
}

static void html_chapter(const char *text, bool *card, struct dc_buf *out)
{
    dc_buf_adds(out, *card ? "</div>\n" : "");
    html_element("<h2>", text, "</h2>\n", out);
    *card = false;
}

static void html_passage(const struct dc_doc_passage *q, struct dc_buf *out)
{
    dc_buf_adds(out, "<dd dir=\"auto\" class=\"passage\">");
    dc_html_text(out, q->text);
    dc_buf_adds(out, "</dd>\n");
}

static void html_item(const struct dc_doc_block *b, struct dc_buf *out)
{
    if (*b->id)
        html_element("<dt>", b->id, "</dt>", out);
    if (b->passage)
        html_passage(b->passage, out);
    else
        html_element("<dd dir=\"auto\">", b->text, "</dd>\n", out);
}

static void html_block(const struct dc_doc_block *b, bool *card,
                       struct dc_buf *out)
{
    switch (b->kind) {
    case DC_DOC_CHAPTER:
        html_chapter(b->text, card, out);
        return;
    case DC_DOC_CLAIM:
        html_claim(b, out);
        return;
    case DC_DOC_QUOTE:
        html_quote(b, out);
        return;
    case DC_DOC_FOLD:
        html_fold(b, out);
        return;
    case DC_DOC_PICTURE:
        html_picture(b, out);
        return;
    case DC_DOC_COMMAND:
        html_element("<pre>", b->text, "</pre>\n", out);
        return;
    case DC_DOC_HEADING:
        dc_buf_adds(out, *card ? "</div>\n<div class=\"card\""
                               : "<div class=\"card\"");
        html_id(b->id, out);
        html_element("><h3>", b->text, "</h3>\n", out);
        *card = true;
        return;
    case DC_DOC_SAY:
        html_element("<p>", b->text, "</p>\n", out);
        return;
    case DC_DOC_NOTE:
        html_note(b->text, out);
        return;
    case DC_DOC_ALARM:
        html_alarm(b, out);
        return;
    case DC_DOC_ITEM:
        html_item(b, out);
        return;
    case DC_DOC_TABLE:
        html_table(b, out);
        return;
    }
}

/* What stands around blocks of this kind that follow each other. */
static const char *html_around(enum dc_doc_kind kind, bool end)
{
    if (kind == DC_DOC_ITEM)
        return end ? "</dl>\n" : "<dl>\n";
    if (kind == DC_DOC_ALARM)
        return end ? "</ul></section>\n"
                   : "<section class=\"alarms\" aria-label=\"Alarms\">"
                     "<p class=\"title\">Alarms</p>\n<ul>\n";
    return "";
}

void dc_doc_html(const struct dc_doc *d, struct dc_buf *out)
{
    bool card = false;
    for (size_t i = 0; i < d->n; i++) {
        enum dc_doc_kind kind = d->block[i].kind;
        if (i == 0 || d->block[i - 1].kind != kind)
            dc_buf_adds(out, html_around(kind, false));
        html_block(&d->block[i], &card, out);
        if (i + 1 == d->n || d->block[i + 1].kind != kind)
            dc_buf_adds(out, html_around(kind, true));
    }
    if (card)
        dc_buf_adds(out, "</div>\n");
}

/* ---- tiles ---- */

static void html_tile(const struct dc_doc_rows *t, size_t row,
                      struct dc_buf *out)
{
    const char *sep = "<p>";
    dc_buf_adds(out, "<div class=\"tile\">");
    for (size_t i = 0; i < t->n_column; i++) {
        const struct dc_cell *c = &t->row[row][i];
        if (c->kind == DC_CELL_NONE)
            continue;
        dc_buf_adds(out, i == 0 ? "<h3>" : i == 1 ? "<p class=\"big\">" : sep);
        html_content(c, out);
        dc_buf_adds(out, i == 0 ? "</h3>" : i == 1 ? "</p>" : "");
        sep = i > 1 ? " " : sep;
    }
    dc_buf_adds(out, *sep == ' ' ? "</p></div>\n" : "</div>\n");
}

void dc_doc_tiles(const struct dc_doc *d, struct dc_buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct dc_doc_rows *t = d->block[i].table;
        for (size_t r = 0; t && r < t->n_row; r++)
            html_tile(t, r, out);
    }
}
