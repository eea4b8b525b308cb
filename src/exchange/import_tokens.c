/*
 * import_tokens.c - token records from the lists of log-probabilities that
 * other programs write (import_tokens.h).
 *
 * Where a token's text ends is found by laying the tokens along the response.
 * Tokens behind its end (end of turn) have no text in it; tokens that are not
 * what stands there mean that the places are not known.
 */
#include "exchange/import_tokens.h"

#include "base/mem.h"
#include "exchange/import_conf.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TOK = 1 << 20,
    MAX_ENTRIES = 1 << 22 /* of all lists of a trace */
};

/* One token of either shape. */
static struct dc_import_piece piece_at(const json_t *v, const json_t *list,
                                       size_t i)
{
    const json_t *x = json_array_get(list, i);
    if (json_is_object(x))
        return (struct dc_import_piece){
            json_object_get(x, "token"), json_object_get(x, "bytes"),
            json_object_get(x, "logprob"), json_object_get(x, "top_logprobs")};
    return (struct dc_import_piece){
        x, NULL, json_array_get(json_object_get(v, "token_logprobs"), i),
        json_array_get(json_object_get(v, "top_logprobs"), i)};
}

/* Is it the logarithm of a probability that anything can have? */
static bool is_measured(const json_t *v)
{
    return json_is_number(v) && dc_logprob_ok(json_number_value(v));
}

/* Above 0 and no more than 1: who gives probabilities must hear of it. */
static bool is_probability(const json_t *v)
{
    return json_is_number(v) && json_number_value(v) > DC_LOGPROB_ZERO &&
           json_number_value(v) <= 1;
}

/* ---- what else it could have been ---- */

/* Text of an entry of a list into the arena; NULL if it has none. */
static const char *text_of(struct dc_import_tokens *t, const json_t *entry,
                           size_t *n)
{
    const json_t *bytes = json_object_get(entry, "bytes");
    const json_t *text = json_object_get(entry, "token");
    size_t i;
    json_t *x;
    if (json_is_array(bytes)) {
        *n = json_array_size(bytes);
        char *out = dc_arena_alloc(&t->arena, *n + 1);
        json_array_foreach(bytes, i, x)
        {
            out[i] = (char)json_integer_value(x);
        }
        return out;
    }
    if (!json_is_string(text))
        return NULL;
    *n = json_string_length(text);
    return dc_arena_strndup(&t->arena, json_string_value(text), *n);
}

/* Put an entry into list [*n], behind those that are as probable. */
static void put(struct dc_import_top *list, size_t *n, struct dc_import_top x)
{
    size_t at = (*n)++;
    for (; at > 0 && list[at - 1].logprob < x.logprob; at--)
        list[at] = list[at - 1];
    list[at] = x;
}

static size_t n_entries(const json_t *top)
{
    return json_is_array(top) ? json_array_size(top) : json_object_size(top);
}

/* Take an entry into a list; false if it looks like a probability. */
static bool take_entry(struct dc_import_tokens *t, struct dc_import_top *list,
                       size_t *n, struct dc_import_top e, const json_t *v)
{
    if (is_probability(v))
        return false;
    if (!is_measured(v)) {
        t->n_bad_top++;
        return true;
    }
    e.logprob = (float)fmin(json_number_value(v), 0);
    if (e.bytes)
        put(list, n, e);
    return true;
}

/* Token i's list; false if an entry looks like a probability. */
static bool take_top(struct dc_import_tokens *t, size_t i, const json_t *top)
{
    struct dc_import_top *list = t->top + i * t->n_top;
    size_t n = 0, k;
    bool twin[DC_IMPORT_MAX_LIST];
    const char *key;
    json_t *x;
    bool ok = true;
    if (json_is_array(top)) {
        dc_import_twins(top, twin);
        json_array_foreach(top, k, x)
        {
            struct dc_import_top e = {.n = 0};
            if (twin[k]) {
                t->n_twice++;
                continue;
            }
            e.bytes = text_of(t, x, &e.n);
            ok =
                take_entry(t, list, &n, e, json_object_get(x, "logprob")) && ok;
        }
    } else if (json_is_object(top)) {
        json_object_foreach((json_t *)top, key, x)
        {
            struct dc_import_top e = {.n = strlen(key)};
            e.bytes = dc_arena_strndup(&t->arena, key, e.n);
            ok = take_entry(t, list, &n, e, x) && ok;
        }
    }
    return ok;
}

/* Lists as wide as the longest, each filled up; those without texts go. */
static enum dc_status take_lists(struct dc_import_tokens *t, const json_t *v,
                                 const json_t *list, struct dc_err *err)
{
    size_t most = 0, least = SIZE_MAX, used = 0;
    for (size_t i = 0; i < t->n; i++) {
        size_t n = n_entries(piece_at(v, list, i).top);
        most = n > most ? n : most;
        least = n < least ? n : least;
    }
    t->uneven = most > 0 && least != most;
    t->too_many = most > DC_CONF_K_MAX || (most && t->n > MAX_ENTRIES / most);
    if (most == 0 || t->too_many)
        return DC_OK;
    t->n_top = most;
    t->top = dc_xcalloc(t->n * most, sizeof *t->top);
    for (size_t i = 0; i < t->n; i++) {
        if (!take_top(t, i, piece_at(v, list, i).top))
            return dc_fail(err, DC_DATA,
                           "token %zu lists a log-probability above 0: are "
                           "these probabilities?",
                           i);
        used += t->top[i * most].bytes != NULL;
    }
    if (used > 0)
        return DC_OK;
    free(t->top);
    t->top = NULL;
    t->n_top = 0;
    return DC_OK;
}

/* ---- places ---- */

/* Bytes of a token into buf [n]; false if they are not known or too many. */
static bool bytes_of(const struct dc_import_piece *p, char *buf, size_t n,
                     size_t *len)
{
    size_t i;
    json_t *x;
    if (json_is_array(p->bytes)) {
        *len = json_array_size(p->bytes);
        if (*len > n)
            return false;
        json_array_foreach(p->bytes, i, x)
        {
            buf[i] = (char)json_integer_value(x);
        }
        return true;
    }
    *len = json_string_length(p->text);
    if (!json_is_string(p->text) || *len > n)
        return false;
    memcpy(buf, json_string_value(p->text), *len);
    return true;
}

static bool is_inside(const char *text, size_t at)
{
    return ((unsigned char)text[at] & 0xC0) == 0x80;
}

/* Lay token i along the text from *at on; false if it does not fit. */
static bool lay(struct dc_import_tokens *t, size_t i,
                const struct dc_import_piece *p, const char *text, size_t *at)
{
    char stack[256], *buf = stack;
    size_t n_text = strlen(text), len = 0, room = sizeof stack;
    if (json_string_length(p->text) > room) {
        room = json_string_length(p->text);
        buf = dc_xmalloc(room);
    }
    bool ok = bytes_of(p, buf, room, &len);
    if (ok && *at < n_text) {
        ok = len <= n_text - *at && !memcmp(text + *at, buf, len);
        *at += len;
    }
    if (buf != stack)
        free(buf);
    if (!ok)
        return false;
    size_t end = *at;
    bool open = end < n_text && is_inside(text, end);
    while (end > 0 && end < n_text && is_inside(text, end))
        end--;
    t->end[i] = (uint32_t)end | (open ? DC_TOK_PENDING : 0);
    return true;
}

/* ---- the whole ---- */

static enum dc_status take(struct dc_import_tokens *t, size_t i,
                           const struct dc_import_piece *p, struct dc_err *err)
{
    double lp = 0;
    if (is_probability(p->logprob))
        return dc_fail(err, DC_DATA,
                       "token %zu has the log-probability %g, expected at most "
                       "0: are these probabilities?",
                       i, json_number_value(p->logprob));
    if (is_measured(p->logprob)) {
        lp = json_number_value(p->logprob);
    } else {
        t->lacks |= DC_TOKEN_LOGPROB;
        t->n_no_value++;
    }
    t->all_zero = t->all_zero && is_measured(p->logprob) && lp == 0;
    t->tok[i] = (struct dc_token){.id = -1, .logprob = (float)fmin(lp, 0)};
    return DC_OK;
}

static const json_t *list_of(const json_t *v)
{
    const json_t *list = json_object_get(v, "content");
    return json_is_array(list) ? list : json_object_get(v, "tokens");
}

/* The entries of content are objects. */
static bool is_list(const json_t *v, const json_t *list)
{
    bool objects = list == json_object_get(v, "content");
    size_t i;
    json_t *x;
    json_array_foreach((json_t *)list, i, x)
    {
        if (objects && !json_is_object(x))
            return false;
    }
    return json_is_array(list) && json_array_size(list) <= MAX_TOK;
}

bool dc_import_has_tokens(const json_t *v)
{
    static const char *const key[] = {"content", "tokens", "refusal"};
    bool known = json_object_size(v) == 0;
    if (!json_is_object(v))
        return false;
    for (size_t i = 0; i < DC_COUNT(key); i++) {
        const json_t *x = json_object_get(v, key[i]);
        if (i < 2 && x && !json_is_null(x) &&
            !(json_is_array(x) && json_array_size(x) == 0))
            return true;
        known = known || x;
    }
    return !known;
}

static bool is_empty(const struct dc_import_piece *p)
{
    return json_string_length(p->text) == 0 && json_array_size(p->bytes) == 0;
}

/*
 * Lay all tokens along the text, and leave off those at the end that are
 * nothing in it and have no log-probability.
 */
static bool lay_all(struct dc_import_tokens *t, const json_t *v,
                    const json_t *list, const char *text)
{
    size_t at = 0, inside = 0;
    bool fits = strlen(text) < DC_TOK_PENDING;
    for (size_t i = 0; i < t->n; i++) {
        const struct dc_import_piece p = piece_at(v, list, i);
        inside = at < strlen(text) ? i + 1 : inside;
        fits = fits && lay(t, i, &p, text, &at);
    }
    for (; t->n > 0; t->n--, t->n_end++) {
        const struct dc_import_piece p = piece_at(v, list, t->n - 1);
        if (is_measured(p.logprob) || is_probability(p.logprob) ||
            !(is_empty(&p) || (fits && t->n > inside)))
            break;
    }
    return fits && at >= strlen(text);
}

/* C of k, or of as many as are sure for all tokens. */
static void take_conf(struct dc_import_tokens *t, const json_t *v,
                      const json_t *list, unsigned k)
{
    struct dc_import_conf c;
    dc_import_conf_init(&c, t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct dc_import_piece p = piece_at(v, list, i);
        dc_import_conf_add(&c, &p);
    }
    t->k_most = dc_import_conf_k(&c, &t->displaced);
    t->k = k ? k : t->k_most;
    if (t->k == 0 || t->k > t->k_most) {
        t->k = 0;
        t->lacks |= DC_TOKEN_CONF;
    } else {
        dc_import_conf_fill(&c, t->k, t->tok);
    }
    dc_import_conf_release(&c);
}

enum dc_status dc_import_tokens(const json_t *v, const char *text, unsigned k,
                                struct dc_import_tokens *out,
                                struct dc_err *err)
{
    const json_t *list = list_of(v);
    *out = (struct dc_import_tokens){.lacks = DC_TOKEN_ID | DC_TOKEN_ENTROPY |
                                              DC_TOKEN_SELF_CERT};
    dc_arena_init(&out->arena);
    if (!is_list(v, list))
        return dc_fail(err, DC_DATA,
                       "logprobs are of a shape not known here: expected "
                       "{\"content\": [{\"token\", \"logprob\"}]} or "
                       "{\"tokens\", \"token_logprobs\"}");
    out->n = json_array_size(list);
    out->tok = dc_xcalloc(out->n + 1, sizeof *out->tok);
    out->end = dc_xcalloc(out->n + 1, sizeof *out->end);
    if (!lay_all(out, v, list, text)) {
        free(out->end);
        out->end = NULL;
    }
    out->all_zero = out->n > 1;
    for (size_t i = 0; i < out->n; i++) {
        const struct dc_import_piece p = piece_at(v, list, i);
        enum dc_status st = take(out, i, &p, err);
        if (st)
            return st;
    }
    take_conf(out, v, list, k);
    return take_lists(out, v, list, err);
}

void dc_import_tokens_release(struct dc_import_tokens *t)
{
    free(t->tok);
    free(t->end);
    free(t->top);
    dc_arena_release(&t->arena);
    *t = (struct dc_import_tokens){.n = 0};
}
