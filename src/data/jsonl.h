/*
 * jsonl.h - objects of a JSONL file, one a line.
 *
 * The whole file is in memory; objects are read one after the other. Blank
 * lines and a byte order mark are skipped; lines end in LF or CRLF, the last
 * one may lack its end.
 */
#ifndef DC_DATA_JSONL_H
#define DC_DATA_JSONL_H

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct json_t; /* of jansson */

struct dc_jsonl {
    const char *data; /* borrowed */
    size_t n, at;
    size_t line;           /* of the next object, from 1 */
    size_t record_line;    /* of the last one */
    struct json_t *object; /* the last one; NULL before and at the end */
};

void dc_jsonl_init(struct dc_jsonl *j, const char *data, size_t n);
void dc_jsonl_release(struct dc_jsonl *j);
/*
 * Read the next object; *more is false at the end of the file. DC_DATA, naming
 * the line: no JSON, no object, a key twice, invalid UTF-8, a lone surrogate, a
 * NUL byte.
 */
enum dc_status dc_jsonl_next(struct dc_jsonl *j, bool *more,
                             struct dc_err *err);

/* A value as text: strings as they are, but for \u0000, which is U+FFFD;
 * numbers and booleans as written. */
struct dc_jsonl_value {
    bool present;     /* the object has the key */
    bool had_nul;     /* its string had \u0000 */
    const char *text; /* NULL for null; until the next call of dc_jsonl_next(),
                         or in number */
    char number[32];  /* integers; reals in the fewest digits that read back */
};
/* DC_DATA, naming the line, for an array or an object. */
enum dc_status dc_jsonl_get(const struct dc_jsonl *j, const char *key,
                            struct dc_jsonl_value *out, struct dc_err *err);

/* The object's keys, in its order, at most max; how many. */
size_t dc_jsonl_keys(const struct dc_jsonl *j, const char **key, size_t max);

#endif
