/*
 * doc_priv.h - a document as its renderers see it (private to src/doc).
 */
#ifndef DC_DOC_DOC_PRIV_H
#define DC_DOC_DOC_PRIV_H

#include "base/arena.h"
#include "doc/doc.h"

/* A name in a text stands between these, which no name holds: what a terminal
 * would act on has gone from it. */
enum { DC_DOC_NAME = 0x0e, DC_DOC_NAME_END = 0x0f };

enum dc_doc_kind {
    DC_DOC_CHAPTER,
    DC_DOC_HEADING,
    DC_DOC_SAY,
    DC_DOC_NOTE,
    DC_DOC_ALARM,
    DC_DOC_ITEM,
    DC_DOC_CLAIM,
    DC_DOC_QUOTE,
    DC_DOC_FOLD,
    DC_DOC_PICTURE,
    DC_DOC_COMMAND,
    DC_DOC_TABLE
};

struct dc_doc_rows {
    const struct dc_doc_column *column; /* [n_column] */
    size_t n_column;
    const char **explain; /* [n_column] clauses; NULL: none */
    struct dc_cell **row; /* [n_row][n_column] */
    const char **is;      /* [n_row] classes; NULL: none */
    size_t n_row;
};

struct dc_doc_block {
    enum dc_doc_kind kind;
    const char *text; /* of a table its caption */
    /* of an item its name, of a quote whose it is, of what is folded its title;
     * NULL: none */
    const char *id;
    const char *more; /* of a claim what it rests on, of a picture its path */
    struct dc_doc_rows *table;
    const struct dc_doc_passage
        *passage; /* of an item that is one; else NULL */
};

struct dc_doc {
    struct dc_arena arena;
    struct dc_doc_block *block; /* [n] */
    size_t n;
    bool unfolded;
};

/* What the columns shown are, as one note; "": none is explained. shown:
 * [n_column], NULL: all. */
void dc_doc_legend(const struct dc_doc_rows *t, const bool *shown,
                   struct dc_buf *out);

/* Is a column one of figures, and of nothing else, so set to the right? */
bool dc_doc_figures(const struct dc_doc_rows *t, size_t column);

/*
 * A text in turns of plain text and names: the next piece of it, its end to
 * *from, whether it is a name to *name. NULL at the end. Lives in `piece`.
 */
const char *dc_doc_piece(const char **from, bool *name, struct dc_buf *piece);

#endif
