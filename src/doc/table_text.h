/*
 * table_text.h - a table in the columns of a terminal (private to src/doc).
 */
#ifndef DC_DOC_TABLE_TEXT_H
#define DC_DOC_TABLE_TEXT_H

#include "doc/doc_priv.h"

/*
 * Append the table in lines of at most `width` columns. If it is wider, columns
 * that wrap are made narrower, then columns are left out by their rank, which a
 * line says; if that is not enough, each row becomes a block of lines, with all
 * columns. `width` is at least 40, and t has rows. shown [n_column] says which
 * columns are there.
 */
void dc_table_text(const struct dc_doc_rows *t, size_t width, bool *shown,
                   struct dc_buf *out);

#endif
