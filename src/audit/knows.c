/*
 * knows.c - knows.h, from four configuration keys and the run's mode.
 */
#include "audit/knows.h"

#include "base/utf8.h"
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

enum { KNOWS_COLS = 60 };

/* The values of the keys that have one of two: that of files that lack it is
 * the first. */
static const struct {
    const char *key, *value[2];
} words[] = {
    {DC_KNOWS_REPEATABLE, {"yes", DC_KNOWS_NO}},
    {DC_KNOWS_SOURCE, {"logits", DC_KNOWS_LIST}},
    {DC_KNOWS_IDS, {"vocabulary", DC_KNOWS_ORDER}},
};

static bool knows_says(const struct dc_kv *kv, size_t n, const char *key,
                       const char *value)
{
    const char *v = dc_kv_value(kv, n, key);
    return v && !strcmp(v, value);
}

/* Names of dc_schema_part, a blank between two; false for another word. */
static bool read_parts(const char *text, unsigned *parts)
{
    *parts = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        unsigned part = dc_schema_part_of(text, n);
        if (!part)
            return false;
        *parts |= part;
        text += n + (text[n] == ' ');
    }
    return true;
}

struct dc_knows dc_knows_all(void)
{
    return dc_knows_of(NULL, 0);
}

struct dc_knows dc_knows_of(const struct dc_kv *kv, size_t n)
{
    const char *parts = dc_kv_value(kv, n, DC_KNOWS_PARTS);
    bool given = knows_says(kv, n, "run.mode", "imported");
    struct dc_knows k = {
        .drawn = !given,
        .repeatable =
            !given && !knows_says(kv, n, DC_KNOWS_REPEATABLE, DC_KNOWS_NO),
        .logits = !given && !knows_says(kv, n, DC_KNOWS_SOURCE, DC_KNOWS_LIST),
        .vocabulary =
            !given && !knows_says(kv, n, DC_KNOWS_IDS, DC_KNOWS_ORDER),
        .parts = DC_TOKEN_ALL,
    };
    if (parts)
        read_parts(parts, &k.parts);
    return k;
}

static enum dc_status knows_wrong(const struct dc_store *s, const char *key,
                                  const char *value, const char *want,
                                  struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, value, strlen(value), KNOWS_COLS);
    enum dc_status st = dc_store_damaged(
        s, err, "configuration key %s is '%s', expected %s", key, b.data, want);
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_knows_check(const struct dc_store *s, const struct dc_kv *kv,
                              size_t n, struct dc_err *err)
{
    unsigned parts;
    char want[64];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *v = dc_kv_value(kv, n, words[i].key);
        if (!v || !strcmp(v, words[i].value[0]) ||
            !strcmp(v, words[i].value[1]))
            continue;
        snprintf(want, sizeof want, "'%s' or '%s'", words[i].value[0],
                 words[i].value[1]);
        return knows_wrong(s, words[i].key, v, want, err);
    }
    const char *v = dc_kv_value(kv, n, DC_KNOWS_PARTS);
    if (!v || read_parts(v, &parts))
        return DC_OK;
    return knows_wrong(s, DC_KNOWS_PARTS, v,
                       "names of the parts of a token with a blank between "
                       "two",
                       err);
}

void dc_knows_put_parts(unsigned parts, struct dc_buf *out)
{
    size_t n = out->n;
    dc_schema_put_parts(out, parts, ", ");
    if (out->n == n)
        dc_buf_adds(out, "none");
}
