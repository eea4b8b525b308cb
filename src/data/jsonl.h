/*
 * jsonl.h - JSON objects one after the other, as a file of rows has them.
 *
 * An object a line; an object over several lines is read too, and so is one
 * array around all of them, as json.dump() of Python writes it. The bytes are
 * in memory, whole or, for a reader of streams, an object's at a time. Blank
 * lines and a byte order mark are skipped. What other programs write and JSON
 * has no word for (NaN, numbers of any size) is read as json_feed.h says.
 */
#ifndef DC_DATA_JSONL_H
#define DC_DATA_JSONL_H

#include "base/json_feed.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_jsonl {
    const char *data; /* borrowed */
    size_t n, at;
    size_t line;              /* of the next byte, from 1 */
    size_t record_line;       /* of the last object, where it starts */
    json_t *object;           /* the last one; NULL before and at the end */
    struct dc_json_feed feed; /* n_not_finite counts over all objects */
    /* private */
    size_t line_start; /* where in data the line at hand starts */
    size_t n_object;
    bool in_array, array_ended; /* one array is around the objects */
    bool comma, behind; /* behind: an object ended on the line at hand */
};

void dc_jsonl_init(struct dc_jsonl *j, const char *data, size_t n);
void dc_jsonl_release(struct dc_jsonl *j);
/*
 * Read the next object; *more is false at the end of the bytes. DC_DATA, naming
 * the line: no JSON, no object, invalid UTF-8, a NUL byte.
 */
enum dc_status dc_jsonl_next(struct dc_jsonl *j, bool *more,
                             struct dc_err *err);
/*
 * For a reader of streams: take the blank rest of the bytes, and then go on
 * with others [n], which follow on them.
 */
void dc_jsonl_end_line(struct dc_jsonl *j);
void dc_jsonl_go_on(struct dc_jsonl *j, const char *data, size_t n);
/* All bytes of the file were read: DC_DATA if its array does not end. */
enum dc_status dc_jsonl_end(const struct dc_jsonl *j, struct dc_err *err);

/*
 * Does text [n], the first bytes of a file, begin as JSON objects or an array
 * of them do? CSV never does.
 */
bool dc_jsonl_begins(const char *s, size_t n);

/* Finds out where an object ends, byte by byte. Zeroed at its start. */
struct dc_jsonl_scan {
    size_t depth;
    bool in_string, escaped, ended;
};
/*
 * Bytes of s [n] up to the end of the object, or all of them; *ended: it ended,
 * or broke off: no string holds a line feed.
 */
size_t dc_jsonl_scan(struct dc_jsonl_scan *x, const char *s, size_t n);

/* A value as text: strings as they are, but for \u0000, which is U+FFFD;
 * numbers and booleans as written. */
struct dc_jsonl_value {
    bool present;     /* the object has the key */
    bool had_nul;     /* its string had \u0000 or half a surrogate pair */
    const char *text; /* NULL for null; until the next call of dc_jsonl_next(),
                         or in number */
    char number[32];  /* integers; reals in the fewest digits that read back */
};
/* DC_DATA, naming the line: an array, an object, or the key is there twice. */
enum dc_status dc_jsonl_get(const struct dc_jsonl *j, const char *key,
                            struct dc_jsonl_value *out, struct dc_err *err);

/* The object's keys, in its order, at most max; how many. */
size_t dc_jsonl_keys(const struct dc_jsonl *j, const char **key, size_t max);

#endif
