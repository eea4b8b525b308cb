/*
 * csv.h - records of a CSV file as RFC 4180 has it.
 *
 * The whole file is in memory; records are read one after the other. Fields are
 * separated by commas, or by what a first line "sep=;" names, or by the
 * semicolons, tabs or bars that stand in the header and no comma does. A field
 * may be quoted and then hold separators, newlines and doubled quotes. Lines
 * end in LF or CRLF; the last one may lack its end. A CR alone is part of a
 * field, but for line 1, where it is taken for the line end of a file without
 * LF and refused. A byte order mark is skipped.
 */
#ifndef DC_DATA_CSV_H
#define DC_DATA_CSV_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_CSV_MAX_FIELDS = 1024 };

struct dc_csv {
    char sep;         /* between fields */
    const char *data; /* borrowed */
    size_t n, at;
    size_t line;        /* of the next record, from 1 */
    size_t record_line; /* where the last record started */
    struct dc_buf text; /* the fields of the last record, each ended by NUL */
    size_t *off, *len;  /* [n_field] of each field in text */
    size_t n_field, cap;
};

/* At the start of a file: finds the separator out. */
void dc_csv_init(struct dc_csv *c, const char *data, size_t n);
/* Records of a file whose separator is known. */
void dc_csv_init_rows(struct dc_csv *c, char sep, const char *data, size_t n);
/* "comma", "semicolon", "tab", "bar" or "separator". */
const char *dc_csv_sep_name(char sep);
void dc_csv_release(struct dc_csv *c);
/*
 * Read the next record; *more is false at the end of the file. Blank lines are
 * skipped. DC_DATA, naming the line: a quote that never ends, text behind a
 * closing quote, a quote inside an unquoted field, a NUL byte.
 */
enum dc_status dc_csv_next(struct dc_csv *c, bool *more, struct dc_err *err);
/* Field i of the last record, NUL-terminated, until the next call. */
const char *dc_csv_field(const struct dc_csv *c, size_t i);

#endif
