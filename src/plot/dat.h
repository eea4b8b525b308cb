/*
 * dat.h - what a figure is drawn from, as NAME.dat (private to src/plot).
 *
 * The file is gnuplot's: a line "name = number" for each number, a data block
 * for each array, and all words in the block $text. Words reach gnuplot in no
 * other way: where a string stands in the JSON, the number of its line stands
 * in the file, and a drawing (data/plot) asks for it by T(number). Lines of
 * $text begin with "= " and have no line feeds and no control characters, so
 * that a block ends where it should, and quotes, backticks, '@', '$' and
 * backslashes mean nothing.
 */
#ifndef DC_PLOT_DAT_H
#define DC_PLOT_DAT_H

#include "base/buf.h"
#include "base/json.h"

enum { DC_DAT_TEXT = 900 /* bytes of a text, at most */ };

struct dc_dat {
    struct dc_buf text, rest; /* lines of $text; numbers and tables */
    size_t n_text;
    json_t *line; /* the line of a word that was there before */
};
void dc_dat_init(struct dc_dat *d);
void dc_dat_release(struct dc_dat *d);

/* The number of its line. */
size_t dc_dat_text(struct dc_dat *d, const char *text, size_t n);

/*
 * An object's values: KEY of a number (null: NaN; a boolean: 0 or 1; a string:
 * its line), KEY_KEY of one in an object. An array is $KEY, with KEY_n rows: of
 * objects a table, whose columns are named above ("share.lo" of an object in a
 * row); of arrays or numbers, as they are. An array in a row is in $KEY_KEY, of
 * which `index i` is row i. What has a name that is none in gnuplot is left
 * out.
 */
void dc_dat_put(struct dc_dat *d, json_t *o);

/* The file; and $text alone. */
void dc_dat_write(const struct dc_dat *d, struct dc_buf *out);
void dc_dat_write_text(const struct dc_buf *lines, struct dc_buf *out);

#endif
