/*
 * json.h - JSON for machines, over jansson: what has no value is null, and
 * there is nothing that can fail.
 */
#ifndef DC_BASE_JSON_H
#define DC_BASE_JSON_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Set a key; the value is taken. NULL, which jansson gives for a number that
 * is not finite and for text that is not UTF-8, becomes null.
 */
void dc_json_put(json_t *object, const char *key, json_t *value);
/* Text that may be NULL or not be UTF-8: null. */
json_t *dc_json_text(const char *text);
/*
 * JSON text [n], duplicate keys refused; the caller decrefs. DC_DATA says the
 * line and what is wrong there.
 */
enum dc_status dc_json_parse(const char *text, size_t n, json_t **out,
                             struct dc_err *err);
/* That of a file of at most max bytes; want and messages as in file_in.h. */
enum dc_status dc_json_read(const char *path, const char *want, size_t max,
                            json_t **out, struct dc_err *err);
/*
 * Append as jansson writes it by `flags`, any value, with characters that are
 * hidden or act on a terminal as \uXXXX (json_out.h). Not for text that is
 * hashed or compared with what an earlier version wrote.
 */
void dc_json_dump(const json_t *value, size_t flags, struct dc_buf *out);
/* A line of JSONL into f; false if it can't be written (ferror() stays set). */
bool dc_json_line(const json_t *value, FILE *f);
/* Append the bytes of a string, NULs (\u0000) as U+FFFD: text elsewhere ends at
 * a NUL. */
void dc_json_add_text(struct dc_buf *out, const json_t *string);
/* Append with indentation and a line feed; frees root. */
void dc_json_print(json_t *root, struct dc_buf *out);

#endif
