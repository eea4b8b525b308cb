/*
 * json_out.h - JSON written as it comes, for files that are too large to build
 * as a tree: one object after the other, in constant memory.
 *
 * Invariants: what is appended is valid JSON in UTF-8 as long as every begin
 * has its end and, inside an object, every value its key. Compact, keys in the
 * order of the calls, numbers in the fewest digits that read back to the same
 * bits; the same calls give the same bytes. What could act on a terminal, end a
 * line or hide (controls, dc_utf8_is_hidden()) is written as \uXXXX, so that
 * the text is kept whole and harmless.
 */
#ifndef DC_BASE_JSON_OUT_H
#define DC_BASE_JSON_OUT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DC_JSON_OUT_DEPTH = 32 };

struct dc_json_out {
    struct dc_buf *out; /* borrowed; the caller empties it when it likes */
    unsigned depth;
    bool any[DC_JSON_OUT_DEPTH]; /* the level has an element already */
    char close[DC_JSON_OUT_DEPTH];
    bool keyed; /* a key was written, its value comes next */
};

void dc_jo_init(struct dc_json_out *o, struct dc_buf *out);

void dc_jo_object(struct dc_json_out *o); /* { */
void dc_jo_array(struct dc_json_out *o);  /* [ */
void dc_jo_end(struct dc_json_out *o);    /* the bracket that fits */
/* Returns o, so that a value may follow: dc_jo_int(dc_jo_key(o, "n"), 1). */
struct dc_json_out *dc_jo_key(struct dc_json_out *o, const char *key);

/* NULL: null. s must be UTF-8; invalid bytes are written as U+FFFD. */
void dc_jo_text(struct dc_json_out *o, const char *s);
void dc_jo_textn(struct dc_json_out *o, const char *s, size_t n);
void dc_jo_int(struct dc_json_out *o, int64_t v);
/* digits: a whole number of any size as text, "0" to "18446744073709551615". */
void dc_jo_digits(struct dc_json_out *o, const char *digits);
void dc_jo_bool(struct dc_json_out *o, bool v);
void dc_jo_null(struct dc_json_out *o);
/* What is not finite is null. */
void dc_jo_real(struct dc_json_out *o, double v);
void dc_jo_float(struct dc_json_out *o, float v);

/*
 * What the above and every other writer of JSON is made of: s [n] as a JSON
 * string with its quotes. also: further ASCII characters to be spelt out ("<"
 * where the JSON stands inside HTML).
 */
void dc_json_quote(struct dc_buf *out, const char *s, size_t n,
                   const char *also);
/* Append JSON that another writer made, with what is hidden spelt out. */
void dc_json_spell(struct dc_buf *out, const char *json, size_t n);

#endif
