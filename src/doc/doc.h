/*
 * doc.h - what a command or a part of a report found, before it is text,
 * Markdown or HTML: headings, sentences, facts, alarms and tables of typed
 * cells.
 *
 * A result is put into a document once, and three renderers write it: words and
 * figures can't differ between the terminal, the documents and the page. All
 * text given is copied, and may be hostile: each renderer makes it safe for
 * where it goes.
 *
 *     struct dc_doc *d = dc_doc_create();
 *     dc_doc_heading(d, "Rates", NULL);
 *     dc_doc_say(d, "%s refused %s.", dc_doc_code(d, model), share);
 *     dc_doc_table(d, "Rates", columns, 3);
 *     dc_doc_row(d, (struct dc_cell[]){dc_cell_text("sensitivity"), ...});
 *     dc_doc_text(d, &(struct dc_doc_look){.width = 80}, out);
 *     dc_doc_free(d);
 */
#ifndef DC_DOC_DOC_H
#define DC_DOC_DOC_H

#include "base/buf.h"
#include "doc/cell.h"

#include <stdbool.h>
#include <stddef.h>

struct dc_doc;

struct dc_doc *dc_doc_create(void);
void dc_doc_free(struct dc_doc *d); /* NULL is fine */

/*
 * A part begins. id: its anchor in HTML, and what a reader of the document's
 * source looks for; letters, digits and "-"; NULL: none.
 */
void dc_doc_heading(struct dc_doc *d, const char *text, const char *id);
/* A chapter of several parts begins. */
void dc_doc_chapter(struct dc_doc *d, const char *text);

/* A paragraph, on one line of the source. */
void dc_doc_say(struct dc_doc *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A remark on what stands above it. */
void dc_doc_note(struct dc_doc *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Something that makes figures doubtful. id: stable; text: a sentence; more:
 * the figures behind it, in sentences, folded away where that can be, or NULL.
 */
void dc_doc_alarm(struct dc_doc *d, const char *id, const char *text,
                  const char *more);
/* A terminal shows what alarms fold away, too. */
void dc_doc_unfold(struct dc_doc *d);
/* A fact of a list of them. name "": more about the one before. */
void dc_doc_item(struct dc_doc *d, const char *name, const char *text);
void dc_doc_itemf(struct dc_doc *d, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What was found or is advised, a sentence of a list, and what it rests on. */
void dc_doc_claim(struct dc_doc *d, const char *text, const char *by);
/* What a model or a data set says, and of whom it is. */
void dc_doc_quote(struct dc_doc *d, const char *who, const char *text);
/* What few want to read, folded away where that can be. */
void dc_doc_fold(struct dc_doc *d, const char *title, const char *text);
/* A picture in a file beside the document. path: ours; a terminal names it. */
void dc_doc_picture(struct dc_doc *d, const char *title, const char *path);
/* A command to be typed; one line. */
void dc_doc_command(struct dc_doc *d, const char *line);

/*
 * A fact that is a text of others, with its own lines: a prompt, a response. A
 * terminal folds it and may leave out its end; elsewhere it is whole.
 */
struct dc_doc_passage {
    const char *name;
    const char *text; /* [n] UTF-8 */
    size_t n;
    size_t mark_off, mark_len; /* bytes that stand out; mark_len 0: none */
    bool faint;                /* all of it is of less weight */
    size_t max_lines;          /* of a terminal; 0: all */
    const char *more; /* behind what a terminal left out: how to see it all */
};
void dc_doc_passage(struct dc_doc *d, const struct dc_doc_passage *q);

/* A name in a sentence, a note or a fact: code in Markdown and HTML. Lives as
 * long as the document. */
const char *dc_doc_code(struct dc_doc *d, const char *name);

/* ---- tables ---- */

struct dc_doc_column {
    const char *name;  /* "": none */
    const char *about; /* a hint, in HTML; NULL: none */
    /* A terminal that is too narrow leaves out the highest rank first, and says
     * so; columns of rank 0 never. */
    unsigned rank;
    bool wraps; /* long text, folded inside its column */
};

/*
 * A table, whose first column names the rows. caption: what it shows, for those
 * who can't see it; id: as in dc_doc_heading(). A table without rows is left
 * out.
 */
void dc_doc_table(struct dc_doc *d, const char *caption, const char *id,
                  const struct dc_doc_column *column, size_t n_column);
/*
 * What a column of the table begun last is, in a clause: the notes of all its
 * columns stand below it as one, "p: exact test; Holm: ...", and that of a
 * column which a narrow terminal leaves out is left out with it.
 */
void dc_doc_explain(struct dc_doc *d, const char *column, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A row of the table begun last; cell [n_column]. */
void dc_doc_row(struct dc_doc *d, const struct dc_cell *cell);
/* What that row is one of, for a page that finds and filters rows by it:
 * classes of the row in HTML, ours, with a blank between them. */
void dc_doc_row_is(struct dc_doc *d, const char *classes);

/* ---- renderers: append ---- */

struct dc_doc_look {
    size_t width; /* columns of the terminal; less than 40 is 40 */
    bool colour;
};
/* No line is wider, but for a word that can't be broken. Prose is folded at
 * 100 columns at most. */
void dc_doc_text(const struct dc_doc *d, const struct dc_doc_look *look,
                 struct dc_buf *out);
/* level: of its headings, 2 for "##"; that of a chapter is one less. */
void dc_doc_markdown(const struct dc_doc *d, unsigned level,
                     struct dc_buf *out);
/* Each heading begins a card (<div class="card">), titled by <h3>. Alarms that
 * follow each other are one list. */
void dc_doc_html(const struct dc_doc *d, struct dc_buf *out);
/* Each row of its tables as a tile (<div class="tile">) instead: the first cell
 * names it, the second is large. */
void dc_doc_tiles(const struct dc_doc *d, struct dc_buf *out);

#endif
