/*
 * json_in.h - JSON from other programs, value by value, in the memory of one.
 *
 * A file may be far larger than memory: the caller walks the outer brackets by
 * dc_ji_peek() and dc_ji_take() and reads what is inside as values. Lines are
 * counted for messages. What other programs write and JSON has no word for
 * (NaN, half a surrogate pair, whole numbers of any size) is read as
 * json_feed.h says. Strings may hold \u0000.
 */
#ifndef DC_EXCHANGE_JSON_IN_H
#define DC_EXCHANGE_JSON_IN_H

#include "base/json.h"
#include "base/json_feed.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_JI_CHUNK = 1 << 16, DC_JI_MAX_VALUE = 256 << 20 /* bytes */ };

struct dc_json_in {
    /* Bytes read into buf [n], 0 at the end, < 0 if it can't be read on. */
    long (*read)(void *arg, char *buf, size_t n);
    void *arg;
    char chunk[DC_JI_CHUNK];
    size_t at, n;
    bool failed;
    size_t line; /* of the next byte, from 1 */
    size_t room; /* bytes of memory a value may take: dc_json_room() */
    size_t left; /* of the room, behind a value that is a list, ... */
    /* of the value at hand */
    size_t n_value;
    struct dc_json_feed feed; /* n_not_finite counts over all values */
    size_t at_out;            /* of feed.out, for jansson */
};

/* Of zeroed memory, or of one that is to read something else. */
void dc_ji_init(struct dc_json_in *j, long (*read)(void *arg, char *, size_t),
                void *arg);
/* Are there bytes in chunk[at .. n - 1], read if need be? */
bool dc_ji_fill(struct dc_json_in *j);
/* The next byte, taken; -1 at the end. */
int dc_ji_next(struct dc_json_in *j);
void dc_ji_release(struct dc_json_in *j);
/* The next byte that is no white space, not taken; -1 at the end. */
int dc_ji_peek(struct dc_json_in *j);
/* Take c, which must come next; DC_DATA says what came instead. */
enum dc_status dc_ji_take(struct dc_json_in *j, char c, struct dc_err *err);
/* Read a value of any kind; the caller decrefs *out. DC_DATA, DC_IO. */
enum dc_status dc_ji_value(struct dc_json_in *j, json_t **out,
                           struct dc_err *err);
/* A value of an object: a string "key", and the colon behind it. */
enum dc_status dc_ji_key(struct dc_json_in *j, json_t **key,
                         struct dc_err *err);

#endif
