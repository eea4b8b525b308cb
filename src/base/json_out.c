/*
 * json_out.c - appends commas, quotes and escapes as the calls ask for them
 * (json_out.h).
 */
#include "base/json_out.h"

#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUM = 40 };

void dc_jo_init(struct dc_json_out *o, struct dc_buf *out)
{
    *o = (struct dc_json_out){.out = out};
}

/* Before a value: the comma, unless it stands behind its key. */
static void separate(struct dc_json_out *o)
{
    if (o->depth > 0 && !o->keyed) {
        if (o->any[o->depth - 1])
            dc_buf_addc(o->out, ',');
        o->any[o->depth - 1] = true;
    }
    o->keyed = false;
}

static void begin(struct dc_json_out *o, char open, char close)
{
    separate(o);
    assert(o->depth < DC_JSON_OUT_DEPTH);
    o->any[o->depth] = false;
    o->close[o->depth++] = close;
    dc_buf_addc(o->out, open);
}

void dc_jo_object(struct dc_json_out *o)
{
    begin(o, '{', '}');
}

void dc_jo_array(struct dc_json_out *o)
{
    begin(o, '[', ']');
}

void dc_jo_end(struct dc_json_out *o)
{
    assert(o->depth > 0 && !o->keyed);
    dc_buf_addc(o->out, o->close[--o->depth]);
}

/* ---- text ---- */

static void add_hidden(struct dc_buf *out, uint32_t c)
{
    if (c == '\n')
        dc_buf_adds(out, "\\n");
    else if (c == '\t')
        dc_buf_adds(out, "\\t");
    else if (c > 0xFFFF) /* a surrogate pair */
        dc_buf_addf(out, "\\u%04x\\u%04x",
                    (unsigned)(0xD800 + ((c - 0x10000) >> 10)),
                    (unsigned)(0xDC00 + ((c - 0x10000) & 0x3FF)));
    else
        dc_buf_addf(out, "\\u%04x", (unsigned)c);
}

/* Plain ASCII that needs no second look. */
static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static void add_valid(struct dc_buf *out, const char *s, size_t n,
                      const char *also)
{
    size_t from = 0, len;
    for (size_t i = 0; i < n; i += len) {
        len = 1;
        if (is_plain(s[i]) && (!also[0] || !strchr(also, s[i])))
            continue;
        uint32_t c = dc_utf8_code(s + i, &len);
        bool mark = c == '"' || c == '\\';
        bool spell = c < 0x20 || dc_utf8_is_hidden(c) ||
                     (c < 0x80 && strchr(also, (int)c));
        if (!mark && !spell)
            continue;
        dc_buf_add(out, s + from, i - from);
        if (mark)
            dc_buf_addc(out, '\\');
        else
            add_hidden(out, c);
        from = mark ? i : i + len;
    }
    dc_buf_add(out, s + from, n - from);
}

void dc_json_quote(struct dc_buf *out, const char *s, size_t n,
                   const char *also)
{
    dc_buf_addc(out, '"');
    if (dc_utf8_valid(s, n, NULL)) {
        add_valid(out, s, n, also);
    } else {
        struct dc_buf clean;
        dc_buf_init(&clean, SIZE_MAX);
        dc_utf8_sanitize(&clean, s, n);
        add_valid(out, clean.data, clean.n, also);
        dc_buf_release(&clean);
    }
    dc_buf_addc(out, '"');
}

void dc_json_spell(struct dc_buf *out, const char *json, size_t n)
{
    size_t from = 0, len;
    for (size_t i = 0; i < n; i += len) {
        len = 1;
        if ((unsigned char)json[i] < 0x7F)
            continue;
        uint32_t c = dc_utf8_code(json + i, &len);
        if (!dc_utf8_is_hidden(c))
            continue;
        dc_buf_add(out, json + from, i - from);
        add_hidden(out, c);
        from = i + len;
    }
    dc_buf_add(out, json + from, n - from);
}

struct dc_json_out *dc_jo_key(struct dc_json_out *o, const char *key)
{
    separate(o);
    dc_json_quote(o->out, key, strlen(key), "");
    dc_buf_addc(o->out, ':');
    o->keyed = true;
    return o;
}

void dc_jo_textn(struct dc_json_out *o, const char *s, size_t n)
{
    separate(o);
    dc_json_quote(o->out, s, n, "");
}

void dc_jo_text(struct dc_json_out *o, const char *s)
{
    if (s)
        dc_jo_textn(o, s, strlen(s));
    else
        dc_jo_null(o);
}

/* ---- the rest ---- */

static void add_word(struct dc_json_out *o, const char *word)
{
    separate(o);
    dc_buf_adds(o->out, word);
}

void dc_jo_null(struct dc_json_out *o)
{
    add_word(o, "null");
}

void dc_jo_bool(struct dc_json_out *o, bool v)
{
    add_word(o, v ? "true" : "false");
}

void dc_jo_int(struct dc_json_out *o, int64_t v)
{
    char text[NUM];
    snprintf(text, sizeof text, "%" PRId64, v);
    add_word(o, text);
}

void dc_jo_digits(struct dc_json_out *o, const char *digits)
{
    assert(digits[0] && !digits[strspn(digits, "0123456789")]);
    while (digits[0] == '0' && digits[1])
        digits++;
    add_word(o, digits);
}

void dc_jo_real(struct dc_json_out *o, double v)
{
    char text[NUM];
    if (!isfinite(v)) {
        dc_jo_null(o);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    add_word(o, text);
}

void dc_jo_float(struct dc_json_out *o, float v)
{
    char text[NUM];
    if (!isfinite(v)) {
        dc_jo_null(o);
        return;
    }
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)v);
        if ((float)strtod(text, NULL) == v) /* as readers of JSON have it */
            break;
    }
    add_word(o, text);
}
