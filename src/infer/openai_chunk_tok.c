/*
 * openai_chunk_tok.c - the tokens of a choice with their alternatives, from
 * either shape of "logprobs".
 *
 * What a token's bytes are, in this order: the list "bytes" (a list that is
 * empty beside a text that is not says nothing); else the text, in which
 * "bytes:\xe2\x82" stands for these bytes and "token_id:123" for an id, as some
 * servers write them. A text that the server cut at a character's edge holds
 * U+FFFD in place of the rest, and nothing here can mend that.
 *
 * Tokens of the prompt come from vLLM's "prompt_logprobs": a list with null for
 * the first, and for each other an object of entries by id, the prompt's own
 * one first and behind it alternatives, which are not read.
 */
#include "base/hex.h"
#include "infer/openai_chunk_priv.h"

#include <math.h>
#include <string.h>

/* ---- bytes ---- */

/* The byte of "\xe2", the 4 bytes at s [n]; -1: there is none. */
static int escaped_byte(const char *s, size_t n)
{
    if (n < 4 || s[0] != '\\' || s[1] != 'x')
        return -1;
    int high = dc_hex_digit(s[2]), low = dc_hex_digit(s[3]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* "bytes:\xe2\x82" decoded; false if the text is nothing of that kind. */
static bool take_escaped(struct dc_chunk_reader *r, struct dc_chunk_alt *a)
{
    static const char head[] = "bytes:";
    const size_t n_head = sizeof head - 1;
    char *out = r->bytes + r->n_bytes;
    size_t n = 0, n_escape = 0;
    if (a->n < n_head + 4 || memcmp(a->bytes, head, n_head) != 0)
        return false;
    for (size_t i = n_head; i < a->n; n++) {
        int byte = escaped_byte(a->bytes + i, a->n - i);
        if (byte >= 0) {
            out[n] = (char)byte;
            n_escape++;
            i += 4;
        } else {
            out[n] = a->bytes[i++];
        }
    }
    if (n_escape == 0)
        return false;
    r->n_bytes += n;
    a->bytes = out;
    a->n = (uint32_t)n;
    return true;
}

/* "token_id:123" */
static bool take_id_text(struct dc_chunk_alt *a)
{
    static const char head[] = "token_id:";
    const size_t n_head = sizeof head - 1;
    int64_t id = 0;
    if (a->n <= n_head || a->n > n_head + 10 ||
        memcmp(a->bytes, head, n_head) != 0)
        return false;
    for (size_t i = n_head; i < a->n; i++) {
        if (a->bytes[i] < '0' || a->bytes[i] > '9')
            return false;
        id = id * 10 + (a->bytes[i] - '0');
    }
    if (id > INT32_MAX)
        return false;
    a->id = (int32_t)id;
    a->bytes = NULL;
    a->n = 0;
    return true;
}

static void take_token_text(struct dc_chunk_reader *r, struct dc_chunk_alt *a,
                            const char *s, size_t n)
{
    a->bytes = s;
    a->n = (uint32_t)n;
    if (n > 6 && s[0] == 'b')
        take_escaped(r, a);
    else if (n > 9 && s[0] == 't')
        take_id_text(a);
}

/* A list of numbers from 0 to 255; false if it is none. */
static bool take_byte_list(struct dc_chunk_reader *r, struct dc_chunk_alt *a,
                           yyjson_val *list)
{
    char *out = r->bytes + r->n_bytes;
    size_t n = yyjson_arr_size(list);
    yyjson_val *v = yyjson_arr_get_first(list);
    for (size_t i = 0; i < n; i++, v++) { /* numbers stand in a row */
        if (!yyjson_is_uint(v) || yyjson_get_uint(v) > 255) {
            dc_chunk_count(r, DC_CHUNK_ODD_BYTES);
            return false;
        }
        out[i] = (char)yyjson_get_uint(v);
    }
    r->n_bytes += n;
    a->bytes = out;
    a->n = (uint32_t)n;
    return true;
}

/* ---- entries ---- */

static void take_logprob(struct dc_chunk_reader *r, struct dc_chunk_alt *a,
                         yyjson_val *v)
{
    a->has_logprob = yyjson_is_num(v);
    if (!a->has_logprob)
        return;
    a->logprob = yyjson_get_num(v);
    if (!isfinite(a->logprob))
        dc_chunk_count(r, DC_CHUNK_ODD_NOT_FINITE);
}

static void take_token_id(struct dc_chunk_alt *a, yyjson_val *v)
{
    if (yyjson_is_uint(v) && yyjson_get_uint(v) <= INT32_MAX)
        a->id = (int32_t)yyjson_get_uint(v);
}

/* An object with "token" and so on. *top: its list of alternatives. */
static void take_entry(struct dc_chunk_reader *r, yyjson_val *v,
                       struct dc_chunk_alt *a, yyjson_val **top)
{
    yyjson_val *key, *x, *text = NULL, *bytes = NULL;
    yyjson_obj_iter it;
    *a = (struct dc_chunk_alt){.id = -1};
    yyjson_obj_iter_init(v, &it);
    while ((key = yyjson_obj_iter_next(&it))) {
        x = yyjson_obj_iter_get_val(key);
        if (yyjson_equals_strn(key, "token", 5))
            text = x;
        else if (yyjson_equals_strn(key, "logprob", 7))
            take_logprob(r, a, x);
        else if (yyjson_equals_strn(key, "bytes", 5))
            bytes = x;
        else if (yyjson_equals_strn(key, "id", 2) ||
                 yyjson_equals_strn(key, "token_id", 8))
            take_token_id(a, x);
        else if (top && yyjson_equals_strn(key, "top_logprobs", 12))
            *top = x;
    }
    if (yyjson_is_arr(bytes) &&
        (yyjson_arr_size(bytes) > 0 || dc_chunk_text_of(text).n == 0) &&
        take_byte_list(r, a, bytes))
        return;
    if (yyjson_is_str(text))
        take_token_text(r, a, yyjson_get_str(text), yyjson_get_len(text));
    else if (yyjson_is_uint(text)) /* a list of ids in place of texts */
        take_token_id(a, text);
}

/* Room for one more alternative of t; NULL if it has too many. */
static struct dc_chunk_alt *more_alt(struct dc_chunk_reader *r,
                                     struct dc_chunk_tok *t)
{
    if (t->n_alt == DC_CHUNK_MAX_ALT) {
        dc_chunk_count(r, DC_CHUNK_ODD_MANY);
        return NULL;
    }
    r->alt = dc_chunk_more(r->alt, r->chunk.n_alt, &r->cap_alt, sizeof *r->alt);
    t->n_alt++;
    return &r->alt[r->chunk.n_alt++];
}

/* {" word": -1.5, ...} */
static void take_map(struct dc_chunk_reader *r, struct dc_chunk_tok *t,
                     yyjson_val *map)
{
    yyjson_val *key;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(map, &it);
    while ((key = yyjson_obj_iter_next(&it))) {
        struct dc_chunk_alt *a = more_alt(r, t);
        if (!a)
            continue;
        *a = (struct dc_chunk_alt){.id = -1};
        take_token_text(r, a, yyjson_get_str(key), yyjson_get_len(key));
        take_logprob(r, a, yyjson_obj_iter_get_val(key));
    }
}

static void take_alternatives(struct dc_chunk_reader *r, struct dc_chunk_tok *t,
                              yyjson_val *top)
{
    yyjson_arr_iter it;
    yyjson_val *v;
    if (yyjson_is_obj(top)) {
        take_map(r, t, top);
    } else if (yyjson_is_arr(top)) {
        yyjson_arr_iter_init(top, &it);
        while ((v = yyjson_arr_iter_next(&it))) {
            struct dc_chunk_alt *a = NULL;
            if (!yyjson_is_obj(v))
                dc_chunk_count(r, DC_CHUNK_ODD_TOKEN);
            else
                a = more_alt(r, t);
            if (a)
                take_entry(r, v, a, NULL);
        }
    } else if (top && !yyjson_is_null(top)) {
        dc_chunk_count(r, DC_CHUNK_ODD_TOKEN);
    }
}

static struct dc_chunk_tok *more_tok(struct dc_chunk_reader *r,
                                     struct dc_chunk_choice *c)
{
    r->tok = dc_chunk_more(r->tok, r->chunk.n_tok, &r->cap_tok, sizeof *r->tok);
    struct dc_chunk_tok *t = &r->tok[r->chunk.n_tok++];
    *t = (struct dc_chunk_tok){.it = {.id = -1}, .alt = r->chunk.n_alt};
    c->n_tok++;
    return t;
}

/* ---- shapes ---- */

/* [{"token": ...}, ...] */
static void take_content(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                         yyjson_val *content)
{
    yyjson_arr_iter it;
    yyjson_val *v;
    c->has_list = true;
    yyjson_arr_iter_init(content, &it);
    while ((v = yyjson_arr_iter_next(&it))) {
        yyjson_val *top = NULL;
        if (!yyjson_is_obj(v)) {
            dc_chunk_count(r, DC_CHUNK_ODD_TOKEN);
            continue;
        }
        struct dc_chunk_tok *t = more_tok(r, c);
        take_entry(r, v, &t->it, &top);
        take_alternatives(r, t, top);
    }
}

/* A list beside "tokens": absent, null, or as long. */
static void begin_list(struct dc_chunk_reader *r, yyjson_val *list, size_t n,
                       yyjson_arr_iter *it)
{
    *it = (yyjson_arr_iter){.max = 0};
    if (yyjson_is_arr(list)) {
        yyjson_arr_iter_init(list, it);
        if (yyjson_arr_size(list) != n)
            dc_chunk_count(r, DC_CHUNK_ODD_LENGTHS);
    } else if (list && !yyjson_is_null(list)) {
        dc_chunk_count(r, DC_CHUNK_ODD_LOGPROBS);
    }
}

/* {"tokens": [...], "token_logprobs": [...], "top_logprobs": [{...}]} */
static void take_lists(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                       yyjson_val *logprobs, yyjson_val *tokens)
{
    yyjson_arr_iter it, lp, top;
    yyjson_val *v;
    size_t n = yyjson_arr_size(tokens);
    c->has_list = true;
    yyjson_arr_iter_init(tokens, &it);
    begin_list(r, yyjson_obj_get(logprobs, "token_logprobs"), n, &lp);
    begin_list(r, yyjson_obj_get(logprobs, "top_logprobs"), n, &top);
    while ((v = yyjson_arr_iter_next(&it))) {
        struct dc_chunk_tok *t = more_tok(r, c);
        if (yyjson_is_str(v))
            take_token_text(r, &t->it, yyjson_get_str(v), yyjson_get_len(v));
        else if (yyjson_is_uint(v))
            take_token_id(&t->it, v);
        else
            dc_chunk_count(r, DC_CHUNK_ODD_TOKEN);
        take_logprob(r, &t->it, yyjson_arr_iter_next(&lp));
        take_alternatives(r, t, yyjson_arr_iter_next(&top));
    }
}

void dc_chunk_take_logprobs(struct dc_chunk_reader *r,
                            struct dc_chunk_choice *c, yyjson_val *logprobs)
{
    yyjson_val *content = yyjson_obj_get(logprobs, "content");
    yyjson_val *refusal = yyjson_obj_get(logprobs, "refusal");
    yyjson_val *tokens = yyjson_obj_get(logprobs, "tokens");
    bool known = yyjson_is_null(content) || yyjson_is_null(tokens) ||
                 yyjson_is_arr(refusal) || yyjson_is_null(refusal);
    if (!logprobs || yyjson_is_null(logprobs))
        return;
    if (yyjson_is_arr(content))
        take_content(r, c, content);
    else if (yyjson_is_arr(tokens))
        take_lists(r, c, logprobs, tokens);
    else if (yyjson_is_arr(logprobs)) /* the entries themselves */
        take_content(r, c, logprobs);
    else if (!known && yyjson_obj_size(logprobs) != 0)
        dc_chunk_count(r, DC_CHUNK_ODD_LOGPROBS);
    else if (!yyjson_is_obj(logprobs))
        dc_chunk_count(r, DC_CHUNK_ODD_LOGPROBS);
    /* The tokens of a refusal, which is a text of its own. */
    if (yyjson_is_arr(refusal))
        take_content(r, c, refusal);
}

void dc_chunk_take_ids(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                       yyjson_val *ids)
{
    yyjson_arr_iter it;
    if (!yyjson_is_arr(ids))
        return;
    if (yyjson_arr_size(ids) != c->n_tok) {
        if (c->n_tok > 0)
            dc_chunk_count(r, DC_CHUNK_ODD_LENGTHS);
        return;
    }
    yyjson_arr_iter_init(ids, &it);
    for (size_t i = 0; i < c->n_tok; i++)
        take_token_id(&r->tok[c->tok + i].it, yyjson_arr_iter_next(&it));
}

/* ---- the prompt ---- */

/* "123" */
static int32_t id_of_key(yyjson_val *key)
{
    const char *s = yyjson_get_str(key);
    size_t n = yyjson_get_len(key);
    int64_t id = 0;
    for (size_t i = 0; i < n; i++) {
        if (n > 10 || s[i] < '0' || s[i] > '9')
            return -1;
        id = id * 10 + (s[i] - '0');
    }
    return n > 0 && id <= INT32_MAX ? (int32_t)id : -1;
}

/* {"123": {"logprob": -1.5, "decoded_token": " a"}, ...} */
static void take_prompt_token(struct dc_chunk_reader *r, struct dc_chunk_alt *a,
                              yyjson_val *v)
{
    yyjson_obj_iter it;
    yyjson_val *key = NULL, *entry = NULL;
    *a = (struct dc_chunk_alt){.id = -1};
    if (yyjson_is_null(v))
        return;
    if (yyjson_obj_iter_init(v, &it) && (key = yyjson_obj_iter_next(&it)))
        entry = yyjson_obj_iter_get_val(key);
    if (!yyjson_is_obj(entry)) {
        dc_chunk_count(r, DC_CHUNK_ODD_TOKEN);
        return;
    }
    yyjson_val *text = yyjson_obj_get(entry, "decoded_token");
    if (yyjson_is_str(text))
        take_token_text(r, a, yyjson_get_str(text), yyjson_get_len(text));
    a->id = id_of_key(key);
    take_logprob(r, a, yyjson_obj_get(entry, "logprob"));
}

void dc_chunk_take_given(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                         yyjson_val *list)
{
    yyjson_arr_iter it;
    yyjson_val *v;
    if (list && !yyjson_is_arr(list) && !yyjson_is_null(list))
        dc_chunk_count(r, DC_CHUNK_ODD_LOGPROBS);
    if (!yyjson_arr_iter_init(list, &it))
        return;
    while ((v = yyjson_arr_iter_next(&it))) {
        r->given = dc_chunk_more(r->given, r->chunk.n_given, &r->cap_given,
                                 sizeof *r->given);
        take_prompt_token(r, &r->given[r->chunk.n_given++], v);
        c->n_given++;
    }
}
