/*
 * html.h - text from anywhere as HTML.
 */
#ifndef DC_DOC_HTML_H
#define DC_DOC_HTML_H

#include "base/buf.h"

/*
 * Text for an element or a quoted attribute. What is not UTF-8 becomes U+FFFD;
 * controls but tab and line feed, and characters that are invisible or turn
 * the direction of text, are spelt out: \u{202e}. Nothing is left out.
 */
void dc_html_text(struct dc_buf *out, const char *text);
/* The same, and no line breaks before a "%". */
void dc_html_figure(struct dc_buf *out, const char *text);

#endif
