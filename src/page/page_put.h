/*
 * page_put.h - putting hostile text into a page: markup, JSON, base64
 * (private to src/page).
 */
#ifndef DC_PAGE_PAGE_PUT_H
#define DC_PAGE_PAGE_PUT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As dc_json_quote(); "<" is written \u003c, and NULL null. */
void dc_page_json(struct dc_buf *out, const char *text);
/* An array of them. */
void dc_page_json_list(struct dc_buf *out, const char *const *text, size_t n);
/* 5 digits; "null" without a value. */
void dc_page_json_number(struct dc_buf *out, bool has, double x);

void dc_page_base64(struct dc_buf *out, const void *data, size_t n);
/* "sha256-..." as in a Content-Security-Policy. */
void dc_page_hash(struct dc_buf *out, const void *data, size_t n);

/* n_char characters of 6 bits each, the highest first; A-Z a-z 0-9 + / */
void dc_page_sixbits(struct dc_buf *out, uint32_t x, unsigned n_char);
/* UTF-16 units of valid UTF-8, as a browser counts. */
size_t dc_page_utf16(const char *text, size_t n);

#endif
