/*
 * json_pick.h - of a JSON value only what is looked at.
 *
 * Other programs write far more into a record than an import reads: events,
 * scores, whole transcripts. That is passed over byte by byte, in no memory,
 * and is looked at no further than to find its end.
 */
#ifndef DC_EXCHANGE_JSON_PICK_H
#define DC_EXCHANGE_JSON_PICK_H

#include "exchange/json_in.h"

/* Pass over the next value. DC_DATA if the input ends in it; DC_IO. */
enum dc_status dc_ji_skip(struct dc_json_in *j, struct dc_err *err);
/*
 * Read the next value, an object, as one of the named keys alone: key [n].
 * All of them together take no more than the room of one value. The caller
 * decrefs *out. DC_DATA, DC_IO.
 */
enum dc_status dc_ji_pick(struct dc_json_in *j, const char *const *key,
                          size_t n, json_t **out, struct dc_err *err);
/*
 * Walk over the next value, an object (or a list): see() for each key (or
 * element, key NULL), which has to take the value. DC_DATA: it is neither, or
 * not as JSON has it; DC_IO.
 */
typedef enum dc_status dc_ji_see(void *arg, const char *key,
                                 struct dc_json_in *j, struct dc_err *err);
enum dc_status dc_ji_each(struct dc_json_in *j, dc_ji_see *see, void *arg,
                          struct dc_err *err);
/* Only white space is left. DC_DATA if there is more; DC_IO. */
enum dc_status dc_ji_end(struct dc_json_in *j, struct dc_err *err);

#endif
