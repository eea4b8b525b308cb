/*
 * verify_file.h - two files against each other, and the numbers in them.
 */
#ifndef DC_REPORT_VERIFY_FILE_H
#define DC_REPORT_VERIFY_FILE_H

#include "report/verify.h"

#include <stdio.h>

/* A number in a text: digits with sign, grouping commas, fraction, exponent. */
struct dc_number {
    size_t at, n; /* bytes */
};
/* The first at or behind `from`; false: none. A digit inside a word ("q4_k",
 * a hash) is none. */
bool dc_number_find(const char *s, size_t n_s, size_t from,
                    struct dc_number *out);

struct dc_verify_two {
    FILE *said;        /* the file of the report, perhaps received; borrowed */
    const char *given; /* path of the file made again */
    bool figures_only; /* an SVG: compare what it states, not how it is drawn */
    bool no_pictures;  /* leave out lines with an embedded picture */
};

/*
 * Fill f's state, numbers and differences. DC_IO. A file of the report that is
 * far larger than the one made again differs, and is not read.
 */
enum dc_status dc_verify_compare(const struct dc_verify_two *two,
                                 struct dc_arena *a, struct dc_verify_file *f,
                                 struct dc_err *err);

#endif
