/*
 * responses.h - responses made elsewhere, row by row from CSV or JSONL.
 *
 * A file of any size, or a pipe, in the memory of one row. Formats are those of
 * dataset.h; the first bytes decide which it is. Rows are what they are: an
 * empty response is a row too.
 */
#ifndef DC_DATA_RESPONSES_H
#define DC_DATA_RESPONSES_H

#include "base/hash.h"
#include "data/dataset.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_responses; /* opaque */

enum { DC_RESPONSES_MAX_ROW = 64 << 20 }; /* bytes of a row of the file */

struct dc_responses_cfg {
    const char *path; /* "-": standard input */
    /* columns; NULL: "id", "prompt", "response". Only the response must be
     * there, unless a column is named here. */
    const char *field_id, *field_prompt, *field_response;
    bool needs_prompt; /* the prompt must be there too */
    bool marks;        /* dc_responses_mark() will be asked */
};

struct dc_responses_row {
    size_t line;        /* where the row starts, from 1 */
    const char *id;     /* NULL: none */
    const char *prompt; /* [n_prompt], valid UTF-8; "": none */
    size_t n_prompt;
    const char *response; /* [n], valid UTF-8, may be empty */
    size_t n;
};

/* DC_IO: can't be read; DC_DATA: a column is missing (CSV). */
enum dc_status dc_responses_open(const struct dc_responses_cfg *cfg,
                                 struct dc_responses **out, struct dc_err *err);
/*
 * The next row, borrowed until the next call; *more is false at the end.
 * DC_DATA names file and line: broken CSV or JSON, invalid UTF-8, a row longer
 * than DC_RESPONSES_MAX_ROW, a missing column (JSONL); DC_IO: can't be read on.
 */
enum dc_status dc_responses_next(struct dc_responses *r,
                                 struct dc_responses_row *row, bool *more,
                                 struct dc_err *err);

/* Behind a row: what was read up to its end. */
struct dc_responses_mark {
    uint64_t n_bytes;
    char sha256[DC_SHA256_HEX]; /* of these bytes */
    size_t line;                /* that comes next */
};

/* Behind the last row, or at the first one; cfg.marks must have been set. */
void dc_responses_mark(const struct dc_responses *r,
                       struct dc_responses_mark *out);
/*
 * Read on to a mark, without looking at the rows, so that the next row is the
 * one behind it. *same: the bytes up to there are those of the mark; if not,
 * nothing may be read any more. DC_IO: can't be read on.
 */
enum dc_status dc_responses_skip(struct dc_responses *r,
                                 const struct dc_responses_mark *to, bool *same,
                                 struct dc_err *err);

/* Bytes read of all there are; false if that is not known (a pipe). */
bool dc_responses_share(const struct dc_responses *r, double *share);
/* What was found so far; unused stays NULL. */
struct dc_data_notes dc_responses_notes(const struct dc_responses *r);
void dc_responses_close(struct dc_responses *r); /* r may be NULL */

#endif
