/*
 * json_memory.c - where jansson's memory comes from (json.h).
 *
 * A parsed value takes far more memory than its text: 80 bytes for each byte
 * of `{},{},`, 17 for a list of log-probabilities. A file from elsewhere could
 * so take all there is. While a limit is set, what jansson asks for is counted,
 * and an allocation beyond the limit fails, which ends the parse. Counted is
 * what was asked for, not what is in use: lists that grow count twice.
 *
 * Without a limit an allocation doesn't fail: out of memory ends the program,
 * as it does elsewhere, and no value is silently missing from what is written.
 */
#include "base/json.h"
#include "base/mem.h"

#include <jansson.h>
#include <stdlib.h>

/* What malloc() takes beside the bytes asked for. */
enum { OVERHEAD = 16 };

static _Thread_local struct {
    bool on, hit;
    size_t left;
} limit;

static void *take(size_t n)
{
    if (limit.on) {
        if (limit.hit || n > limit.left || limit.left - n < OVERHEAD) {
            limit.hit = true;
            return NULL;
        }
        limit.left -= n + OVERHEAD;
    }
    return dc_xmalloc(n);
}

/* Before main(): values must come from and go to the same functions. */
__attribute__((constructor)) static void use_ours(void)
{
    json_set_alloc_funcs(take, free);
}

size_t dc_json_room(uint64_t n_input)
{
    const uint64_t most = SIZE_MAX / 2;
    if (n_input > (most - DC_JSON_ROOM) / DC_JSON_ROOM_TIMES)
        return (size_t)most;
    return (size_t)(DC_JSON_ROOM + DC_JSON_ROOM_TIMES * n_input);
}

void dc_json_limit(size_t room)
{
    limit.on = true;
    limit.hit = false;
    limit.left = room;
}

bool dc_json_limit_end(size_t *left)
{
    bool hit = limit.on && limit.hit;
    if (left)
        *left = limit.left;
    limit.on = limit.hit = false;
    return hit;
}

json_t *dc_json_loadb(const char *text, size_t n, size_t flags,
                      json_error_t *why)
{
    json_error_t own;
    size_t room = dc_json_room(n);
    why = why ? why : &own;
    dc_json_limit(room);
    json_t *v = json_loadb(text, n, flags, why);
    if (!dc_json_limit_end(NULL))
        return v;
    json_decref(v);
    snprintf(why->text, sizeof why->text - 1, DC_JSON_TOO_LARGE, room >> 20);
    return NULL;
}
