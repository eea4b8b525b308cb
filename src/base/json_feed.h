/*
 * json_feed.h - JSON as other programs write it, on its way to jansson.
 *
 * Python's json module and its relatives write what JSON has no word for, and
 * JSON allows numbers that jansson refuses. Neither may stop a file for a value
 * that nobody reads. Text that is put in comes out with
 *
 *   NaN, Infinity, a number beyond a double (1e999)   null, and counted
 *   a whole number beyond 64 bits                     dc_json_big() knows it
 *   half of a surrogate pair                          \u0000 in a value, U+FFFD
 *                                                     in a key
 *   \u0000 in a key                                   U+FFFD
 *
 * and everything else as it was, line feeds too. A text with NULs is one that
 * dc_json_add_text() cleans and that readers who can't clean it refuse.
 */
#ifndef DC_BASE_JSON_FEED_H
#define DC_BASE_JSON_FEED_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DC_JF_MAX_TOKEN = 8192, /* bytes of a number; a longer one is no JSON */
    DC_JF_MAX_DEPTH = 4096  /* more than jansson takes */
};

struct dc_json_feed {
    struct dc_buf out;     /* what came out; the caller clears it */
    uint64_t n_not_finite; /* numbers that became null, of all values */
    struct dc_buf keys;    /* of the outermost object, each ended by NUL */
    size_t n_key;
    /* private */
    int state;
    char token[DC_JF_MAX_TOKEN];
    size_t n_token;
    unsigned hex, n_hex; /* of \uXXXX at hand */
    unsigned high;       /* half of a pair that waits for the other; 0: none */
    bool is_key, wants_key;
    size_t depth;
    unsigned char is_object[DC_JF_MAX_DEPTH / 8]; /* a bit for each level */
};

void dc_json_feed_init(struct dc_json_feed *f);
void dc_json_feed_release(struct dc_json_feed *f);
/* A new value comes: what is left of the one before is forgotten. */
void dc_json_feed_start(struct dc_json_feed *f);
void dc_json_feed_put(struct dc_json_feed *f, const char *s, size_t n);
/* No more bytes come: what was held back is put out. */
void dc_json_feed_end(struct dc_json_feed *f);
/* Does the outermost object have this key more than once? */
bool dc_json_feed_twice(const struct dc_json_feed *f, const char *key);

/* dc_json_loadb() of text [n] that has passed through f. */
json_t *dc_json_feed_load(struct dc_json_feed *f, const char *text, size_t n,
                          size_t flags, json_error_t *why);

/* The digits of a whole number beyond 64 bits; NULL for any other value. */
const char *dc_json_big(const json_t *v);

#endif
