/*
 * json_pick.c - passes over a JSON text and keeps the values that are looked at
 * (json_pick.h).
 */
#include "exchange/json_pick.h"

#include <string.h>

/* What dc_ji_take() says where the input has ended. */
static enum dc_status ended(struct dc_json_in *j, struct dc_err *err)
{
    return dc_ji_take(j, '}', err);
}

/* To behind the quote that ends the string; false if the input ends first. */
static bool skip_string(struct dc_json_in *j)
{
    int c;
    while ((c = dc_ji_next(j)) >= 0 && c != '"')
        if (c == '\\')
            dc_ji_next(j);
    return c >= 0;
}

static bool skip_nested(struct dc_json_in *j)
{
    size_t depth = 0;
    do {
        int c = dc_ji_next(j);
        if (c < 0 || (c == '"' && !skip_string(j)))
            return false;
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
    } while (depth > 0);
    return true;
}

static bool is_scalar(int c)
{
    return c > ' ' && c != ',' && c != ']' && c != '}';
}

enum dc_status dc_ji_skip(struct dc_json_in *j, struct dc_err *err)
{
    int c = dc_ji_peek(j);
    if (c == '{' || c == '[')
        return skip_nested(j) ? DC_OK : ended(j, err);
    if (c == '"') {
        dc_ji_next(j);
        return skip_string(j) ? DC_OK : ended(j, err);
    }
    if (c < 0)
        return ended(j, err);
    if (!is_scalar(c))
        return dc_fail(err, DC_DATA, "line %zu: expected a JSON value",
                       j->line);
    while (dc_ji_fill(j) && is_scalar((unsigned char)j->chunk[j->at]))
        j->at++;
    return DC_OK;
}

static bool is_key(const json_t *have, const char *key)
{
    return json_string_length(have) == strlen(key) &&
           !memcmp(json_string_value(have), key, strlen(key));
}

/* A pair; it is put into `out` if it is one that is looked at. */
static enum dc_status pick_pair(struct dc_json_in *j, const char *const *key,
                                size_t n, json_t *out, struct dc_err *err)
{
    json_t *have = NULL, *v = NULL;
    size_t i = 0;
    enum dc_status st = dc_ji_key(j, &have, err);
    if (st)
        return st;
    while (i < n && !is_key(have, key[i]))
        i++;
    json_decref(have);
    if (i == n)
        return dc_ji_skip(j, err);
    if (json_object_get(out, key[i]))
        return dc_fail(err, DC_DATA,
                       "line %zu: the key \"%s\" is there twice; take out all "
                       "but one",
                       j->line, key[i]);
    int c = dc_ji_peek(j);
    st = dc_ji_value(j, &v, err);
    if (st)
        return st;
    if (c == '{' || c == '[' || c == '"')
        j->room = j->left;
    dc_json_put(out, key[i], v);
    return DC_OK;
}

enum dc_status dc_ji_pick(struct dc_json_in *j, const char *const *key,
                          size_t n, json_t **out, struct dc_err *err)
{
    size_t room = j->room;
    enum dc_status st = dc_ji_take(j, '{', err);
    *out = NULL;
    if (st)
        return st;
    json_t *o = json_object();
    while (!st && dc_ji_peek(j) != '}') {
        st = pick_pair(j, key, n, o, err);
        if (!st && dc_ji_peek(j) != '}')
            st = dc_ji_take(j, ',', err);
    }
    if (!st)
        st = dc_ji_take(j, '}', err);
    j->room = room;
    if (st)
        json_decref(o);
    else
        *out = o;
    return st;
}

enum dc_status dc_ji_end(struct dc_json_in *j, struct dc_err *err)
{
    int c = dc_ji_peek(j);
    if (c < 0 && !j->failed)
        return DC_OK;
    if (c < 0)
        return ended(j, err);
    return dc_fail(err, DC_DATA,
                   "line %zu: expected the end behind the value, got more",
                   j->line);
}

static enum dc_status see_next(struct dc_json_in *j, bool list, dc_ji_see *see,
                               void *arg, struct dc_err *err)
{
    json_t *key = NULL;
    enum dc_status st = list ? DC_OK : dc_ji_key(j, &key, err);
    if (!st && key && strlen(json_string_value(key)) != json_string_length(key))
        st = dc_fail(err, DC_DATA, "line %zu: expected a key without \\u0000",
                     j->line);
    if (!st)
        st = see(arg, json_string_value(key), j, err);
    json_decref(key);
    return st;
}

enum dc_status dc_ji_each(struct dc_json_in *j, dc_ji_see *see, void *arg,
                          struct dc_err *err)
{
    bool list = dc_ji_peek(j) == '[';
    char end = list ? ']' : '}';
    enum dc_status st = dc_ji_take(j, list ? '[' : '{', err);
    if (st)
        return st;
    if (dc_ji_peek(j) == end)
        return dc_ji_take(j, end, err);
    do {
        st = see_next(j, list, see, arg, err);
        if (!st && dc_ji_peek(j) != ',')
            return dc_ji_take(j, end, err);
        if (!st)
            st = dc_ji_take(j, ',', err);
    } while (!st);
    return st;
}
