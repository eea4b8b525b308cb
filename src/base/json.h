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
#include <stdint.h>
#include <stdio.h>

/*
 * Set a key; the value is taken. NULL, which jansson gives for a number that
 * is not finite and for text that is not UTF-8, becomes null.
 */
void dc_json_put(json_t *object, const char *key, json_t *value);
/* Text that may be NULL or not be UTF-8: null. */
json_t *dc_json_text(const char *text);
/* ---- parsing what comes from elsewhere, in bounded memory ---- */

/* A parsed value may take this, and eight times the input that it is from. */
#define DC_JSON_ROOM ((uint64_t)512 << 20)
enum { DC_JSON_ROOM_TIMES = 8 };
/* What to say where it would take more; a size_t in MB. */
#define DC_JSON_TOO_LARGE                                                      \
    "its values would take more than %zu MB of memory, many times their size"

/* The memory that a value from an input of so many bytes may take. */
size_t dc_json_room(uint64_t n_input);
/* From here on this thread's jansson gives up beyond `room` bytes, until the
 * end, which is true if it did: what was parsed then is not to be used. *left,
 * or NULL: what was not taken of the room. */
void dc_json_limit(size_t room);
bool dc_json_limit_end(size_t *left);
/* json_loadb() within the room of its input; why (or NULL) says if that was
 * it. */
json_t *dc_json_loadb(const char *text, size_t n, size_t flags,
                      json_error_t *why);
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
