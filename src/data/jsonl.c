/*
 * jsonl.c - one object a line, by jansson.
 *
 * jansson refuses invalid UTF-8 and lone surrogates by itself; its words quote
 * the line, so they are made safe to show.
 */
#include "data/jsonl.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dc_jsonl_init(struct dc_jsonl *j, const char *data, size_t n)
{
    *j = (struct dc_jsonl){.data = data, .n = n, .line = 1};
    if (n >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3))
        j->at = 3;
}

void dc_jsonl_release(struct dc_jsonl *j)
{
    json_decref(j->object);
    *j = (struct dc_jsonl){0};
}

static enum dc_status bad_json(const json_error_t *je, size_t line,
                               struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    dc_utf8_display(&b, je->text, strlen(je->text), 120);
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "line %zu, byte %d: %s; expected one whole JSON object on the line",
        line, je->position, b.data);
    dc_buf_release(&b);
    return st;
}

static bool blank(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
            return false;
    return true;
}

static enum dc_status parse(struct dc_jsonl *j, const char *s, size_t n,
                            struct dc_err *err)
{
    json_error_t je;
    j->object =
        dc_json_loadb(s, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je);
    if (!j->object)
        return bad_json(&je, j->record_line, err);
    if (!json_is_object(j->object))
        return dc_fail(err, DC_DATA,
                       "line %zu: expected one JSON object on the line, got "
                       "an array; jq -c '.[]' writes its elements as lines",
                       j->record_line);
    return DC_OK;
}

enum dc_status dc_jsonl_next(struct dc_jsonl *j, bool *more, struct dc_err *err)
{
    json_decref(j->object);
    j->object = NULL;
    *more = false;
    while (j->at < j->n) {
        const char *s = j->data + j->at;
        const char *end = memchr(s, '\n', j->n - j->at);
        size_t n = end ? (size_t)(end - s) : j->n - j->at;
        j->at += end ? n + 1 : n;
        j->record_line = j->line++;
        if (blank(s, n))
            continue;
        *more = true;
        return parse(j, s, n, err);
    }
    return DC_OK;
}

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
    out->text = NULL;
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
