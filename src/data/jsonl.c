/*
 * jsonl.c - objects by jansson, where one ends by a scan for its bracket.
 *
 * jansson refuses invalid UTF-8 by itself; its words quote the line, so they
 * are made safe to show.
 */
#include "data/jsonl.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOM "\xEF\xBB\xBF"

void dc_jsonl_init(struct dc_jsonl *j, const char *data, size_t n)
{
    *j = (struct dc_jsonl){.line = 1};
    dc_json_feed_init(&j->feed);
    dc_jsonl_go_on(j, data, n);
}

void dc_jsonl_release(struct dc_jsonl *j)
{
    json_decref(j->object);
    dc_json_feed_release(&j->feed);
    *j = (struct dc_jsonl){0};
}

bool dc_jsonl_begins(const char *s, size_t n)
{
    size_t i = n >= 3 && !memcmp(s, BOM, 3) ? 3 : 0;
    while (i < n && strchr(" \t\r\n", s[i]))
        i++;
    if (i == n || s[i] != '[')
        return i < n && s[i] == '{';
    for (i++; i < n && strchr(" \t\r\n", s[i]);)
        i++;
    return i == n || s[i] == '{' || s[i] == '[' || s[i] == ']';
}

/* ---- where an object ends ---- */

static bool in_string(struct dc_jsonl_scan *x, char c)
{
    if (x->escaped)
        x->escaped = false;
    else if (c == '\\')
        x->escaped = true;
    else if (c == '"')
        x->in_string = false;
    return c == '\n';
}

/* Take a byte; true if the object ends with it. */
static bool scan(struct dc_jsonl_scan *x, char c)
{
    if (x->in_string)
        return in_string(x, c);
    switch (c) {
    case '"':
        x->in_string = true;
        break;
    case '{':
    case '[':
        x->depth++;
        break;
    case '}':
    case ']':
        x->depth--;
        break;
    default:
        break;
    }
    return x->depth == 0;
}

size_t dc_jsonl_scan(struct dc_jsonl_scan *x, const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && !x->ended)
        x->ended = scan(x, s[i++]);
    return i;
}

/* ---- objects ---- */

static enum dc_status bad_json(const struct dc_jsonl *j, const json_error_t *je,
                               size_t before, struct dc_err *err)
{
    struct dc_buf b, at;
    dc_buf_init(&b, 4096);
    dc_buf_init(&at, 256);
    dc_utf8_display(&b, je->text, strlen(je->text), 120);
    if (je->line > 1)
        dc_buf_addf(&at, "the object that begins here is broken on line %zu",
                    j->record_line + (size_t)je->line - 1);
    else
        dc_buf_addf(&at, "byte %zu", before + (size_t)je->position);
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "line %zu%s%s: %s; expected one whole JSON object on the line%s",
        j->record_line, je->line > 1 ? ": " : ", ", at.data, b.data,
        je->line > 1 ? ", or over several" : "");
    dc_buf_release(&at);
    dc_buf_release(&b);
    return st;
}

static enum dc_status no_object(const struct dc_jsonl *j, char c,
                                struct dc_err *err)
{
    if (c == '[' && !j->in_array)
        return dc_fail(err, DC_DATA,
                       "line %zu: expected one JSON object on the line, got "
                       "an array; jq -c '.[]' writes its elements as lines",
                       j->line);
    return dc_fail(err, DC_DATA,
                   "line %zu, byte %zu: got '%c'; expected one whole JSON "
                   "object on the line, or an array of them; a CSV file needs "
                   "a name that does not end in .json or .jsonl",
                   j->line, j->at - j->line_start + 1,
                   c > ' ' && c < 0x7f ? c : '?');
}

static enum dc_status parse(struct dc_jsonl *j, struct dc_err *err)
{
    json_error_t je;
    struct dc_jsonl_scan x = {.depth = 0};
    const char *s = j->data + j->at;
    size_t before = j->at - j->line_start;
    size_t n = dc_jsonl_scan(&x, s, j->n - j->at);
    j->record_line = j->line;
    for (size_t i = 0; i < n; i++) {
        j->line += s[i] == '\n';
        j->line_start = s[i] == '\n' ? j->at + i + 1 : j->line_start;
    }
    j->at += n;
    j->n_object++;
    j->comma = false;
    j->behind = true;
    j->object = dc_json_feed_load(&j->feed, s, n, JSON_ALLOW_NUL, &je);
    if (!j->object)
        return bad_json(j, &je, before, err);
    while (j->at < j->n && strchr(" \t\r", j->data[j->at]))
        j->at++;
    return j->in_array || j->at == j->n || j->data[j->at] == '\n'
               ? DC_OK
               : no_object(j, j->data[j->at], err);
}

/* Pass over what stands between objects: white space, an array's own signs. */
static char next_sign(struct dc_jsonl *j)
{
    for (; j->at < j->n; j->at++) {
        char c = j->data[j->at];
        if (c == '\n') {
            j->line++;
            j->line_start = j->at + 1;
            j->behind = false;
        } else if (c == '[' && j->n_object == 0 && !j->in_array) {
            j->in_array = true;
        } else if (c == ',' && j->in_array && j->n_object > 0 && !j->comma &&
                   !j->array_ended) {
            j->comma = true;
        } else if (c == ']' && j->in_array && !j->comma && !j->array_ended) {
            j->array_ended = true;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return c;
        }
    }
    return '\0';
}

void dc_jsonl_go_on(struct dc_jsonl *j, const char *data, size_t n)
{
    j->data = data;
    j->n = n;
    j->at = j->line_start = 0;
    if (j->line == 1 && j->n_object == 0 && n >= 3 && !memcmp(data, BOM, 3))
        j->at = 3;
}

enum dc_status dc_jsonl_next(struct dc_jsonl *j, bool *more, struct dc_err *err)
{
    json_decref(j->object);
    j->object = NULL;
    char c = next_sign(j);
    *more = j->at < j->n;
    if (!*more)
        return DC_OK;
    bool may = j->in_array ? !j->array_ended && (j->comma || !j->n_object)
                           : !j->behind;
    return c == '{' && may ? parse(j, err) : no_object(j, c, err);
}

void dc_jsonl_end_line(struct dc_jsonl *j)
{
    next_sign(j);
}

enum dc_status dc_jsonl_end(const struct dc_jsonl *j, struct dc_err *err)
{
    if (!j->in_array || j->array_ended)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "line %zu: the file ends in the middle of its array: it was "
                   "cut short, or is still being written",
                   j->line);
}

/* ---- values ---- */

/* As %.17g, but 0.1 and not 0.10000000000000001. */
static void write_real(double v, char *out, size_t n)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, n, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            return;
    }
}

/* The string under key; one with NULs is put into the object without them. */
static void get_string(const struct dc_jsonl *j, const char *key,
                       const json_t *v, struct dc_jsonl_value *out)
{
    struct dc_buf b;
    out->text = json_string_value(v);
    out->had_nul = strlen(out->text) < json_string_length(v);
    if (!out->had_nul)
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_json_add_text(&b, v);
    json_t *clean = json_stringn(b.data, b.n);
    out->text = json_string_value(clean);
    dc_json_put(j->object, key, clean);
    dc_buf_release(&b);
}

enum dc_status dc_jsonl_get(const struct dc_jsonl *j, const char *key,
                            struct dc_jsonl_value *out, struct dc_err *err)
{
    const json_t *v = json_object_get(j->object, key);
    out->present = v != NULL;
    out->had_nul = false;
    out->text = dc_json_big(v);
    if (v && dc_json_feed_twice(&j->feed, key))
        return dc_fail(err, DC_DATA,
                       "line %zu: the object has the key \"%.60s\" more than "
                       "once; take out all but one",
                       j->record_line, key);
    if (out->text)
        return DC_OK;
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_STRING:
        get_string(j, key, v, out);
        break;
    case JSON_INTEGER:
        snprintf(out->number, sizeof out->number, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(v));
        out->text = out->number;
        break;
    case JSON_REAL:
        write_real(json_real_value(v), out->number, sizeof out->number);
        out->text = out->number;
        break;
    case JSON_TRUE:
        out->text = "true";
        break;
    case JSON_FALSE:
        out->text = "false";
        break;
    case JSON_NULL:
        break;
    default:
        return dc_fail(err, DC_DATA,
                       "line %zu: \"%.60s\" is an %s; expected a string, a "
                       "number, true, false or null",
                       j->record_line, key,
                       json_is_array(v) ? "array" : "object");
    }
    return DC_OK;
}

size_t dc_jsonl_keys(const struct dc_jsonl *j, const char **name, size_t max)
{
    const char *key;
    json_t *v;
    size_t n = 0;
    json_object_foreach(j->object, key, v)
    {
        (void)v;
        if (n < max)
            name[n++] = key;
    }
    return n;
}
