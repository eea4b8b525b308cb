/*
 * shard.c - sets of shards as text, and what they hold (shard.h).
 */
#include "base/shard.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct dc_shards dc_shards_all(void)
{
    struct dc_shards s = {.n = 1, .held = dc_xcalloc(1, 1)};
    s.held[0] = 1;
    return s;
}

void dc_shards_release(struct dc_shards *s)
{
    free(s->held);
    *s = (struct dc_shards){.n = 0};
}

/* ---- reading ---- */

/* Digits at *p, 1 .. most; passed. 0: something else stands there. */
static size_t shard_number(const char **p, size_t most)
{
    size_t v = 0;
    while (**p >= '0' && **p <= '9' && v <= most)
        v = 10 * v + (size_t)(*(*p)++ - '0');
    return v <= most ? v : 0;
}

static enum dc_status fail_form(const char *text, struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "\"%.60s\" is no shard: expected I/N with I from 1 to N "
                   "and N up to %d, as in 2/4, or several as in 1-3,7/8",
                   text, DC_SHARD_MAX);
}

/* The list in front of the slash: whether it is one. */
static bool read_shards(const char *p, struct dc_shards *s)
{
    for (;; p++) {
        size_t from = shard_number(&p, s->n), to = from;
        if (*p == '-') {
            p++;
            to = shard_number(&p, s->n);
        }
        if (from == 0 || to < from)
            return false;
        memset(s->held + from - 1, 1, to - from + 1);
        if (*p != ',')
            return *p == '/';
    }
}

enum dc_status dc_shards_parse(const char *text, struct dc_shards *out,
                               struct dc_err *err)
{
    struct dc_shards s = {.n = 0};
    const char *slash = strchr(text, '/'), *p = slash ? slash + 1 : text;
    s.n = slash ? shard_number(&p, DC_SHARD_MAX) : 0;
    if (s.n == 0 || *p)
        return fail_form(text, err);
    s.held = dc_xcalloc(s.n, 1);
    if (!read_shards(text, &s)) {
        dc_shards_release(&s);
        return fail_form(text, err);
    }
    *out = s;
    return DC_OK;
}

/* ---- writing ---- */

/* Append the shards that are held, or those that are not. */
static void put_shards(const struct dc_shards *s, bool held, struct dc_buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < s->n; i++) {
        size_t from = i;
        if ((s->held[i] != 0) != held)
            continue;
        while (i + 1 < s->n && (s->held[i + 1] != 0) == held)
            i++;
        dc_buf_addf(out, "%s%zu", between, from + 1);
        if (i > from)
            dc_buf_addf(out, "-%zu", i + 1);
        between = ",";
    }
    if (*between)
        dc_buf_addf(out, "/%zu", s->n);
}

void dc_shards_put(const struct dc_shards *s, struct dc_buf *out)
{
    put_shards(s, true, out);
}

void dc_shards_put_missing(const struct dc_shards *s, struct dc_buf *out)
{
    put_shards(s, false, out);
}

/* ---- what it holds ---- */

bool dc_shards_is_all(const struct dc_shards *s)
{
    return !memchr(s->held, 0, s->n);
}

bool dc_shards_holds(const struct dc_shards *s, const char *id)
{
    return s->held[dc_hash64(id, strlen(id)) % s->n] != 0;
}
