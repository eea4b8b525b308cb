/*
 * md.h - Markdown of text that comes from anywhere, and of figures.
 *
 * Nothing from a data set or a model can act in a document: control characters
 * go (utf8.h), and what Markdown or HTML would read as markup is escaped. A
 * figure never stands without its count or interval where it has one.
 */
#ifndef DC_DOC_MD_H
#define DC_DOC_MD_H

#include "base/buf.h"

#include <deepconf/agree.h>
#include <deepconf/boot.h>
#include <deepconf/calib.h>
#include <deepconf/stat.h>
#include <stddef.h>
#include <stdint.h>

/* Prose on one line, also fit for a table's cell. */
void dc_md_text(struct dc_buf *b, const char *text);
/* The same cut to that many columns of the screen. */
void dc_md_text_cut(struct dc_buf *b, const char *text, size_t cols);
/* At most one empty line in a row, in a whole document. */
void dc_md_tidy(struct dc_buf *b);
/* A name, as code; also fit for a table's cell. */
void dc_md_code(struct dc_buf *b, const char *text);
/* 1,234,567 */
void dc_md_count(struct dc_buf *b, uint64_t n);
/* "12.5 % (9.1 to 17.0 %), 50 of 400", or "none (0 of 0)" */
void dc_md_prop(struct dc_buf *b, const struct dc_prop *p);
/* "0.612 (0.551 to 0.671)", "0.612 (no interval)" or "none" */
void dc_md_boot(struct dc_buf *b, const struct dc_boot *x);
/* An ECE, and what noise alone would make it. */
void dc_md_ece(struct dc_buf *b, double ece, const struct dc_calib_noise *x);
/* "91.0 %, 364 of 400; kappa 0.812", or "none" */
void dc_md_kappa(struct dc_buf *b, const struct dc_kappa *k);
/* "0.612" or "none" */
void dc_md_ratio(struct dc_buf *b, const struct dc_ratio *r);
/* A p-value: "0.034", or "< 0.0001". */
void dc_md_p(struct dc_buf *b, double p);

#endif
