/*
 * csv_text.h - a text as one CSV cell that a spreadsheet can't take for more.
 *
 * A cell is quoted as RFC 4180 has it. Spreadsheets run what begins with '=',
 * '+', '-', '@' (or their full-width forms), also behind spaces, tabs and line
 * ends; such a text gets an apostrophe in front, which spreadsheets show as
 * text. A text that begins with an apostrophe gets one too, so that the rule
 * can be undone: drop the apostrophe that a cell begins with. Control
 * characters other than tab and line ends, and bidirectional marks, become
 * U+FFFD: a terminal may be shown the file.
 */
#ifndef DC_BASE_CSV_TEXT_H
#define DC_BASE_CSV_TEXT_H

#include "base/buf.h"

#include <stddef.h>

/* Append the cell of s [n]; bytes that are no UTF-8 become U+FFFD. */
void dc_csv_text(struct dc_buf *out, const char *s, size_t n);

#endif
