/*
 * md.h - Markdown of text that comes from anywhere.
 *
 * Nothing from a data set or a model can act in a document: control characters
 * go (utf8.h), and what Markdown or HTML would read as markup is escaped.
 */
#ifndef DC_DOC_MD_H
#define DC_DOC_MD_H

#include "base/buf.h"

#include <stddef.h>

/* Prose on one line, also fit for a table's cell. */
void dc_md_text(struct dc_buf *b, const char *text);
/* At most one empty line in a row, in a whole document. */
void dc_md_tidy(struct dc_buf *b);
/* A name, as code; also fit for a table's cell. */
void dc_md_code(struct dc_buf *b, const char *text);

#endif
