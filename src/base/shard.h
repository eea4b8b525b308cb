/*
 * shard.h - which part of a run's prompts a run file holds: shards of N.
 *
 * A prompt is in the shard that a hash of its id names, so that where it runs
 * depends on nothing else: not on its place, nor on what other prompts there
 * are. Written as "2/4", the second of four; or several, "1-3,7/8", as a part
 * of a merge has them.
 */
#ifndef DC_BASE_SHARD_H
#define DC_BASE_SHARD_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_SHARD_MAX = 1 << 20 }; /* of N */

struct dc_shards {
    size_t n;            /* N, 1 .. DC_SHARD_MAX */
    unsigned char *held; /* [n] 1 if shard i + 1 is held */
};

/* All of one: what a run that was not cut holds. */
struct dc_shards dc_shards_all(void);
/* DC_USAGE: not of this form; the message does not name the option. On failure
 * *out needs no release. */
enum dc_status dc_shards_parse(const char *text, struct dc_shards *out,
                               struct dc_err *err);
void dc_shards_release(struct dc_shards *s);

/* Append it in the one form that this set has: ranges as long as they get. */
void dc_shards_put(const struct dc_shards *s, struct dc_buf *out);
/* Append those that are not held, in the same form; nothing if none lacks. */
void dc_shards_put_missing(const struct dc_shards *s, struct dc_buf *out);
bool dc_shards_is_all(const struct dc_shards *s);
/* Does it hold the prompt of this id? */
bool dc_shards_holds(const struct dc_shards *s, const char *id);

#endif
