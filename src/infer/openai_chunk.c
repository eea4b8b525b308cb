/*
 * openai_chunk.c - reading a chunk: the JSON, its choices and its usage.
 *
 * yyjson reads strictly first. Only a chunk with text that is no UTF-8, with
 * raw control characters or with halves of surrogate pairs is read a second
 * time, mended and less strictly: a server that cuts a character in two must
 * not cost the trace. NaN and Infinity, which Python writes, are always taken.
 */
#include "infer/openai_chunk.h"

#include "base/buf.h"
#include "base/finish_words.h"
#include "base/hex.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/openai_chunk_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUE_TIMES = 12, /* what yyjson takes at most for a byte: its header */
    VALUE_ROOM = 256,
    COUNT_MAX = 1 << 30, /* tokens: more are no count of any */
    SHOWN = 40           /* columns of what could not be read */
};

const char *dc_chunk_odd_text(enum dc_chunk_odd odd)
{
    static const char *const text[] = {
#define X(name, text) text,
        DC_CHUNK_ODD_LIST(X)
#undef X
    };
    return text[odd];
}

/* ---- memory ---- */

struct dc_chunk_reader *dc_chunk_reader_create(size_t max)
{
    struct dc_chunk_reader *r = dc_xcalloc(1, sizeof *r);
    r->max = max < DC_CHUNK_MAX ? max : DC_CHUNK_MAX;
    r->max_value = r->max * VALUE_TIMES + VALUE_ROOM;
    return r;
}

void dc_chunk_reader_free(struct dc_chunk_reader *r)
{
    if (!r)
        return;
    free(r->json);
    free(r->bytes);
    free(r->value);
    free(r->choice);
    free(r->given);
    free(r->tok);
    free(r->alt);
    free(r);
}

void *dc_chunk_more(void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    *cap = *cap ? 2 * *cap : 32;
    return dc_xrealloc(list, *cap, size);
}

/* yyjson asks for one block, which it may let grow. */
static void *value_realloc(void *ctx, void *p, size_t old, size_t size)
{
    struct dc_chunk_reader *r = ctx;
    (void)p;
    (void)old;
    if (size > r->max_value)
        return NULL;
    if (size > r->cap_value) {
        r->value = dc_xrealloc(r->value, size, 1);
        r->cap_value = size;
    }
    return r->value;
}

static void *value_malloc(void *ctx, size_t size)
{
    return value_realloc(ctx, NULL, 0, size);
}

static void value_free(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

static void copy_json(struct dc_chunk_reader *r, const char *json, size_t n)
{
    size_t room = n + YYJSON_PADDING_SIZE;
    if (room > r->cap_json) {
        r->json = dc_xrealloc(r->json, room, 1);
        r->bytes = dc_xrealloc(r->bytes, room, 1);
        r->cap_json = room;
    }
    memcpy(r->json, json, n);
    memset(r->json + n, 0, YYJSON_PADDING_SIZE);
}

/* ---- the JSON ---- */

/* The unit of \uXXXX at s; false if there is none. What is behind the chunk are
 * NULs, as many as it takes. */
static bool escaped_unit(const char *s, unsigned *unit)
{
    if (s[0] != '\\' || s[1] != 'u')
        return false;
    *unit = 0;
    for (size_t i = 2; i < 6; i++) {
        int d = dc_hex_digit(s[i]);
        if (d < 0)
            return false;
        *unit = *unit * 16 + (unsigned)d;
    }
    return true;
}

/* Escapes that are halves of a pair become U+FFFD, of the same length. */
static void mend_surrogates(struct dc_chunk_reader *r, size_t n)
{
    char *s = r->json, *end = r->json + n;
    while (s < end) {
        unsigned unit, low;
        if (*s != '\\') {
            s++;
        } else if (!escaped_unit(s, &unit)) {
            s += s + 1 < end ? 2 : 1;
        } else if (unit >= 0xD800 && unit < 0xDC00 &&
                   escaped_unit(s + 6, &low) && low >= 0xDC00 && low < 0xE000) {
            s += 12;
        } else {
            if (unit >= 0xD800 && unit < 0xE000) {
                memcpy(s + 2, "fffd", 4);
                dc_chunk_count(r, DC_CHUNK_ODD_SURROGATE);
            }
            s += 6;
        }
    }
}

static enum dc_status not_json(const char *json, size_t n,
                               const yyjson_read_err *why, struct dc_err *err)
{
    struct dc_buf b;
    size_t at = why->pos < n ? why->pos : n;
    size_t rest = n - at < (size_t)SHOWN * 4 ? n - at : (size_t)SHOWN * 4;
    dc_buf_init(&b, 4096);
    dc_utf8_display(&b, json + at, rest, SHOWN);
    enum dc_status st = dc_fail(
        err, DC_DATA, "no JSON: %s at byte %zu of %zu%s%s%s", why->msg, at, n,
        rest ? ": \"" : "", rest ? b.data : "", rest ? "\"" : "");
    dc_buf_release(&b);
    return st;
}

static enum dc_status parse(struct dc_chunk_reader *r, const char *json,
                            size_t n, yyjson_doc **out, struct dc_err *err)
{
    const yyjson_alc alc = {value_malloc, value_realloc, value_free, r};
    const yyjson_read_flag flags =
        YYJSON_READ_INSITU | YYJSON_READ_ALLOW_INF_AND_NAN;
    yyjson_read_err why;
    copy_json(r, json, n);
    *out = yyjson_read_opts(r->json, n, flags, &alc, &why);
    if (!*out && why.code == YYJSON_READ_ERROR_INVALID_STRING) {
        copy_json(r, json, n);
        mend_surrogates(r, n);
        if (r->chunk.odd[DC_CHUNK_ODD_SURROGATE] > 0)
            *out = yyjson_read_opts(r->json, n, flags, &alc, &why);
        if (!*out) {
            memset(r->chunk.odd, 0, sizeof r->chunk.odd);
            copy_json(r, json, n);
            mend_surrogates(r, n);
            dc_chunk_count(r, DC_CHUNK_ODD_NO_UTF8);
            *out = yyjson_read_opts(r->json, n,
                                    flags | YYJSON_READ_ALLOW_INVALID_UNICODE,
                                    &alc, &why);
        }
    }
    if (!*out)
        return not_json(json, n, &why, err);
    return yyjson_is_obj(yyjson_doc_get_root(*out))
               ? DC_OK
               : dc_fail(err, DC_DATA,
                         "JSON that is no object: expected {\"choices\": "
                         "...} or {\"error\": ...}");
}

/* ---- texts ---- */

/* Content in parts: the texts of kind `type` behind each other. */
static struct dc_chunk_text join_parts(struct dc_chunk_reader *r,
                                       yyjson_val *parts)
{
    struct dc_chunk_text all = {r->bytes + r->n_bytes, 0};
    yyjson_arr_iter it;
    yyjson_val *part;
    yyjson_arr_iter_init(parts, &it);
    while ((part = yyjson_arr_iter_next(&it))) {
        yyjson_val *text = yyjson_obj_get(part, "text");
        if (!yyjson_is_str(text)) {
            dc_chunk_count(r, DC_CHUNK_ODD_TEXT);
            continue;
        }
        memcpy(r->bytes + r->n_bytes, yyjson_get_str(text),
               yyjson_get_len(text));
        r->n_bytes += yyjson_get_len(text);
        all.n += yyjson_get_len(text);
    }
    return all;
}

static struct dc_chunk_text take_text(struct dc_chunk_reader *r, yyjson_val *v)
{
    if (yyjson_is_arr(v))
        return join_parts(r, v);
    if (v && !yyjson_is_str(v) && !yyjson_is_null(v))
        dc_chunk_count(r, DC_CHUNK_ODD_TEXT);
    return dc_chunk_text_of(v);
}

/* ---- choices ---- */

/* The model called a tool though it was offered none: no answer. */
static bool calls_a_tool(const char *word)
{
    return !strcmp(word, "tool_calls") || !strcmp(word, "function_call") ||
           !strcmp(word, "tool_call") || !strcmp(word, "tool_use");
}

static void take_finish(struct dc_chunk_choice *c, yyjson_val *v)
{
    c->words = dc_chunk_text_of(v);
    if (c->words.n == 0) /* null; some gateways write "" */
        return;
    c->finish = calls_a_tool(c->words.s) ? DC_FINISH_ERROR
                                         : dc_finish_of_word(c->words.s);
    if (c->finish == DC_FINISH_NONE)
        c->finish = DC_FINISH_UNKNOWN;
}

/* vLLM's: the string, or the id of the token, that ended it. */
static void take_stop_reason(struct dc_chunk_reader *r,
                             struct dc_chunk_choice *c, yyjson_val *v)
{
    char digits[24];
    c->stop_reason = dc_chunk_text_of(v);
    if (!yyjson_is_uint(v))
        return;
    int n = snprintf(digits, sizeof digits, "%" PRIu64, yyjson_get_uint(v));
    c->stop_reason = (struct dc_chunk_text){r->bytes + r->n_bytes, (size_t)n};
    memcpy(r->bytes + r->n_bytes, digits, (size_t)n);
    r->n_bytes += (size_t)n;
}

static void take_index(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                       yyjson_val *v)
{
    size_t place = r->chunk.n_choice;
    if (yyjson_is_uint(v) && yyjson_get_uint(v) <= DC_CHUNK_MAX_INDEX) {
        c->index = (uint32_t)yyjson_get_uint(v);
    } else {
        dc_chunk_count(r, DC_CHUNK_ODD_NO_INDEX);
        c->index =
            (uint32_t)(place < DC_CHUNK_MAX_INDEX ? place : DC_CHUNK_MAX_INDEX);
    }
    for (size_t i = place; i > 0; i--) {
        if (r->choice[i - 1].index != c->index)
            continue;
        dc_chunk_count(r, DC_CHUNK_ODD_SAME_INDEX);
        return;
    }
}

static void take_message(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                         yyjson_val *m)
{
    yyjson_val *thought = yyjson_obj_get(m, "reasoning_content");
    yyjson_val *calls = yyjson_obj_get(m, "tool_calls");
    if (!yyjson_is_str(thought)) /* some send both, with the same text */
        thought = yyjson_obj_get(m, "reasoning");
    c->text = take_text(r, yyjson_obj_get(m, "content"));
    c->reasoning = take_text(r, thought);
    c->refusal = take_text(r, yyjson_obj_get(m, "refusal"));
    c->calls_tools = yyjson_arr_size(calls) > 0 ||
                     yyjson_is_obj(yyjson_obj_get(m, "function_call"));
}

static void take_choice(struct dc_chunk_reader *r, yyjson_val *v)
{
    struct dc_chunk_choice c = {.tok = r->chunk.n_tok,
                                .given = r->chunk.n_given};
    yyjson_val *m = yyjson_obj_get(v, "delta");
    yyjson_val *error = yyjson_obj_get(v, "error");
    if (!yyjson_is_obj(v) || r->chunk.n_choice == DC_CHUNK_MAX_CHOICE) {
        dc_chunk_count(r, DC_CHUNK_ODD_CHOICE);
        return;
    }
    if (!yyjson_is_obj(m))
        m = yyjson_obj_get(v, "message");
    take_index(r, &c, yyjson_obj_get(v, "index"));
    if (yyjson_is_obj(m))
        take_message(r, &c, m);
    else
        c.text = take_text(r, yyjson_obj_get(v, "text"));
    take_finish(&c, yyjson_obj_get(v, "finish_reason"));
    take_stop_reason(r, &c, yyjson_obj_get(v, "stop_reason"));
    dc_chunk_take_logprobs(r, &c, yyjson_obj_get(v, "logprobs"));
    dc_chunk_take_ids(r, &c, yyjson_obj_get(v, "token_ids"));
    dc_chunk_take_given(r, &c, yyjson_obj_get(v, "prompt_logprobs"));
    if (error && !yyjson_is_null(error))
        dc_chunk_take_error_of(r, error);
    r->choice = dc_chunk_more(r->choice, r->chunk.n_choice, &r->cap_choice,
                              sizeof *r->choice);
    r->choice[r->chunk.n_choice++] = c;
}

/* ---- usage ---- */

static void take_count(struct dc_chunk_reader *r, yyjson_val *v, bool *has,
                       uint64_t *out)
{
    if (!v || yyjson_is_null(v))
        return;
    *has = yyjson_is_uint(v) && yyjson_get_uint(v) <= COUNT_MAX;
    if (*has)
        *out = yyjson_get_uint(v);
    else
        dc_chunk_count(r, DC_CHUNK_ODD_COUNT);
}

static void take_usage(struct dc_chunk_reader *r, yyjson_val *v)
{
    struct dc_chunk_usage *u = &r->chunk.usage;
    yyjson_val *out = yyjson_obj_get(v, "completion_tokens_details");
    yyjson_val *in = yyjson_obj_get(v, "prompt_tokens_details");
    yyjson_val *thought = yyjson_obj_get(out, "reasoning_tokens");
    take_count(r, yyjson_obj_get(v, "prompt_tokens"), &u->has_prompt,
               &u->prompt);
    take_count(r, yyjson_obj_get(v, "completion_tokens"), &u->has_completion,
               &u->completion);
    take_count(r, thought ? thought : yyjson_obj_get(v, "reasoning_tokens"),
               &u->has_reasoning, &u->reasoning);
    take_count(r, yyjson_obj_get(in, "cached_tokens"), &u->has_cached,
               &u->cached);
}

/* ---- the whole ---- */

static void take_root(struct dc_chunk_reader *r, yyjson_val *root)
{
    struct dc_chunk *c = &r->chunk;
    yyjson_val *choices = yyjson_obj_get(root, "choices"), *v;
    yyjson_val *timings = yyjson_obj_get(root, "timings");
    yyjson_arr_iter it;
    c->id = dc_chunk_text_of(yyjson_obj_get(root, "id"));
    c->model = dc_chunk_text_of(yyjson_obj_get(root, "model"));
    c->fingerprint =
        dc_chunk_text_of(yyjson_obj_get(root, "system_fingerprint"));
    if (choices && !yyjson_is_arr(choices) && !yyjson_is_null(choices))
        dc_chunk_count(r, DC_CHUNK_ODD_CHOICE);
    if (yyjson_is_arr(choices)) {
        yyjson_arr_iter_init(choices, &it);
        while ((v = yyjson_arr_iter_next(&it)))
            take_choice(r, v);
    }
    take_usage(r, yyjson_obj_get(root, "usage"));
    take_count(r, yyjson_obj_get(timings, "prompt_n"), &c->has_computed,
               &c->computed);
    dc_chunk_take_error(r, root);
    c->choice = r->choice;
    c->tok = r->tok;
    c->alt = r->alt;
    c->given = r->given;
}

enum dc_status dc_chunk_read(struct dc_chunk_reader *r, const char *json,
                             size_t n, const struct dc_chunk **out,
                             struct dc_err *err)
{
    yyjson_doc *doc;
    r->chunk = (struct dc_chunk){.n_choice = 0};
    r->n_bytes = 0;
    if (n > r->max)
        return dc_fail(err, DC_DATA,
                       "a chunk of %zu bytes, of which at most %zu are read", n,
                       r->max);
    enum dc_status st = parse(r, json, n, &doc, err);
    if (st)
        return st;
    take_root(r, yyjson_doc_get_root(doc));
    *out = &r->chunk;
    return DC_OK;
}
