/*
 * json_feed.c - json_feed.h: a scanner that knows strings, keys and tokens, and
 * leaves it to jansson to say what is no JSON.
 */
#include "base/json_feed.h"

#include "base/hex.h"
#include "base/json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a number beyond 64 bits becomes: {"deepconf:digits": "184..."}. */
#define BIG_KEY "deepconf:digits"
#define REPLACEMENT "\xEF\xBF\xBD"

enum { OUTSIDE, TOKEN, STRING, ESCAPE, HEX };

void dc_json_feed_init(struct dc_json_feed *f)
{
    dc_buf_init(&f->out, SIZE_MAX);
    dc_buf_init(&f->keys, SIZE_MAX);
    f->n_not_finite = 0;
    dc_json_feed_start(f);
}

void dc_json_feed_release(struct dc_json_feed *f)
{
    dc_buf_release(&f->out);
    dc_buf_release(&f->keys);
}

void dc_json_feed_start(struct dc_json_feed *f)
{
    dc_buf_clear(&f->out);
    dc_buf_clear(&f->keys);
    f->n_key = 0;
    f->state = OUTSIDE;
    f->n_token = 0;
    f->high = f->hex = f->n_hex = 0;
    f->is_key = f->wants_key = false;
    f->depth = 0;
}

/* ---- numbers and words ---- */

static bool is_token(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '+' || c == '.';
}

static bool is_word(const char *s, size_t n, const char *word)
{
    return n == strlen(word) && !memcmp(s, word, n);
}

/* A whole number as JSON has it that no int64_t holds. */
static bool is_big(const char *s, size_t n)
{
    size_t sign = n > 0 && s[0] == '-';
    if (n - sign < 19 || s[sign] == '0')
        return false;
    for (size_t i = sign; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    char text[24];
    if (n >= sizeof text)
        return true;
    memcpy(text, s, n);
    text[n] = '\0';
    errno = 0;
    (void)strtoll(text, NULL, 10);
    return errno == ERANGE;
}

/* NaN, an infinity, or a real number that no double holds. */
static bool is_not_finite(char *s, size_t n)
{
    char *end = NULL;
    if (is_word(s, n, "NaN") || is_word(s, n, "Infinity") ||
        is_word(s, n, "-Infinity") || is_word(s, n, "-NaN"))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!strchr("0123456789+-.eE", s[i]))
            return false;
    if (n == DC_JF_MAX_TOKEN || !isdigit((unsigned char)s[s[0] == '-']))
        return false;
    s[n] = '\0';
    double v = strtod(s, &end);
    return !*end && isinf(v);
}

static void end_token(struct dc_json_feed *f)
{
    char *s = f->token;
    size_t n = f->n_token;
    f->n_token = 0;
    f->state = OUTSIDE;
    if (n == 0)
        return;
    if (is_big(s, n)) {
        dc_buf_adds(&f->out, "{\"" BIG_KEY "\":\"");
        dc_buf_add(&f->out, s, n);
        dc_buf_adds(&f->out, "\"}");
    } else if (is_not_finite(s, n)) {
        dc_buf_adds(&f->out, "null");
        f->n_not_finite++;
    } else {
        dc_buf_add(&f->out, s, n);
    }
}

/* ---- strings ---- */

/* Bytes of the string at hand. */
static void add(struct dc_json_feed *f, const char *s, size_t n)
{
    dc_buf_add(&f->out, s, n);
    if (f->is_key && f->depth == 1)
        dc_buf_add(&f->keys, s, n);
}

static void add_odd(struct dc_json_feed *f)
{
    const char *as = f->is_key ? REPLACEMENT : "\\u0000";
    add(f, as, strlen(as));
}

/* The half that waits has no other half. */
static void end_half(struct dc_json_feed *f)
{
    if (f->high)
        add_odd(f);
    f->high = 0;
}

static void add_escape(struct dc_json_feed *f, unsigned code)
{
    static const char digit[] = "0123456789abcdef";
    char s[6] = {'\\', 'u'};
    for (int i = 0; i < 4; i++)
        s[2 + i] = digit[code >> (12 - 4 * i) & 15];
    add(f, s, sizeof s);
}

static void end_hex(struct dc_json_feed *f)
{
    unsigned c = f->hex;
    bool low = c >= 0xDC00 && c <= 0xDFFF;
    f->state = STRING;
    if (low && f->high) {
        add_escape(f, f->high);
        add_escape(f, c);
        f->high = 0;
        return;
    }
    end_half(f);
    if (c >= 0xD800 && c <= 0xDBFF)
        f->high = c;
    else if (low || (c == 0 && f->is_key))
        add_odd(f);
    else
        add_escape(f, c);
}

/* \uXX and then no digit: as it came, for jansson to refuse. */
static void broken_hex(struct dc_json_feed *f, char c)
{
    end_half(f);
    add(f, "\\u", 2);
    add(f, &c, 1);
    f->state = STRING;
}

static void put_hex(struct dc_json_feed *f, char c)
{
    int v = dc_hex_digit(c);
    if (v < 0) {
        broken_hex(f, c);
        return;
    }
    f->hex = f->hex << 4 | (unsigned)v;
    if (++f->n_hex == 4)
        end_hex(f);
}

static void put_escape(struct dc_json_feed *f, char c)
{
    if (c == 'u') {
        f->state = HEX;
        f->hex = f->n_hex = 0;
        return;
    }
    end_half(f);
    add(f, "\\", 1);
    add(f, &c, 1);
    f->state = STRING;
}

static void end_string(struct dc_json_feed *f)
{
    end_half(f);
    if (f->is_key && f->depth == 1) {
        dc_buf_addc(&f->keys, '\0');
        f->n_key++;
    }
    dc_buf_addc(&f->out, '"');
    f->state = OUTSIDE;
}

/* Bytes of a string from s [n] on; how many were taken. */
static size_t put_string(struct dc_json_feed *f, const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] != '"' && s[i] != '\\')
        i++;
    if (i > 0) {
        end_half(f);
        add(f, s, i);
        return i;
    }
    if (s[0] == '"')
        end_string(f);
    else
        f->state = ESCAPE;
    return 1;
}

/* ---- structure ---- */

static void set_level(struct dc_json_feed *f, bool object)
{
    size_t at = f->depth++;
    if (at >= DC_JF_MAX_DEPTH)
        return;
    unsigned char bit = (unsigned char)(1u << at % 8);
    f->is_object[at / 8] =
        (unsigned char)(object ? f->is_object[at / 8] | bit
                               : f->is_object[at / 8] & ~bit);
}

static bool in_object(const struct dc_json_feed *f)
{
    size_t at = f->depth - 1;
    return f->depth > 0 && f->depth <= DC_JF_MAX_DEPTH &&
           f->is_object[at / 8] >> at % 8 & 1;
}

static void put_outside(struct dc_json_feed *f, char c)
{
    if (is_token(c)) {
        f->state = TOKEN;
        f->token[f->n_token++] = c;
        return;
    }
    if (c == '"') {
        f->state = STRING;
        f->is_key = f->wants_key;
    } else if (c == '{' || c == '[') {
        set_level(f, c == '{');
        f->wants_key = c == '{';
    } else if (c == '}' || c == ']') {
        f->depth -= f->depth > 0;
        f->wants_key = false;
    } else if (c == ',' || c == ':') {
        f->wants_key = c == ',' && in_object(f);
    }
    dc_buf_addc(&f->out, c);
}

static void put_token(struct dc_json_feed *f, char c)
{
    if (!is_token(c)) {
        end_token(f);
        put_outside(f, c);
        return;
    }
    if (f->n_token == DC_JF_MAX_TOKEN - 1) { /* no number: as it came */
        dc_buf_add(&f->out, f->token, f->n_token);
        f->n_token = 0;
    }
    f->token[f->n_token++] = c;
}

void dc_json_feed_put(struct dc_json_feed *f, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        switch (f->state) {
        case STRING:
            i += put_string(f, s + i, n - i);
            continue;
        case ESCAPE:
            put_escape(f, s[i]);
            break;
        case HEX:
            put_hex(f, s[i]);
            break;
        case TOKEN:
            put_token(f, s[i]);
            break;
        default:
            put_outside(f, s[i]);
        }
        i++;
    }
}

void dc_json_feed_end(struct dc_json_feed *f)
{
    if (f->state == TOKEN)
        end_token(f);
    end_half(f);
}

bool dc_json_feed_twice(const struct dc_json_feed *f, const char *key)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < f->n_key && n < 2; i++) {
        n += !strcmp(f->keys.data + at, key);
        at += strlen(f->keys.data + at) + 1;
    }
    return n > 1;
}

json_t *dc_json_feed_load(struct dc_json_feed *f, const char *text, size_t n,
                          size_t flags, json_error_t *why)
{
    dc_json_feed_start(f);
    dc_json_feed_put(f, text, n);
    dc_json_feed_end(f);
    return dc_json_loadb(f->out.data, f->out.n, flags, why);
}

const char *dc_json_big(const json_t *v)
{
    const json_t *digits =
        json_object_size(v) == 1 ? json_object_get(v, BIG_KEY) : NULL;
    const char *s = json_string_value(digits);
    size_t n = json_string_length(digits);
    return s && is_big(s, n) && strlen(s) == n ? s : NULL;
}
