/*
 * rows_jsonl.c - rows of a JSONL file: one object a line, by jansson.
 *
 * Strings, numbers and booleans become text; null and absent are no value.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/dataset_priv.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 64 };

/* The text of a value, which the caller frees; NULL for none. */
static char *text_of(const json_t *v)
{
    char num[64];
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_STRING:
        return dc_xstrndup(json_string_value(v), json_string_length(v));
    case JSON_INTEGER:
        snprintf(num, sizeof num, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(v));
        return dc_xstrdup(num);
    case JSON_REAL:
        snprintf(num, sizeof num, "%.17g", json_real_value(v));
        return dc_xstrdup(num);
    case JSON_TRUE:
        return dc_xstrdup("true");
    case JSON_FALSE:
        return dc_xstrdup("false");
    default:
        return NULL;
    }
}

static enum dc_status no_key(json_t *obj, const char *want, size_t line,
                             struct dc_err *err)
{
    const char *names[MAX_NAMES], *key;
    size_t n = 0;
    json_t *v;
    json_object_foreach(obj, key, v)
    {
        (void)v;
        if (n < MAX_NAMES)
            names[n++] = key;
    }
    enum dc_status st = dc_no_column(want, names, n, err);
    return dc_err_prefix(err, st, "line %zu", line);
}

static enum dc_status add_object(json_t *obj, size_t line,
                                 const struct dc_columns *col,
                                 struct dc_loader *l, struct dc_err *err)
{
    char *text[DC_N_COL] = {NULL};
    struct dc_row row = {.line = line};
    enum dc_status st = DC_OK;
    for (int k = 0; k < DC_N_COL && !st; k++) {
        if (!col->name[k])
            continue;
        const json_t *v = json_object_get(obj, col->name[k]);
        if (!v && !col->may_lack[k]) {
            st = no_key(obj, col->name[k], line, err);
        } else if (json_is_array(v) || json_is_object(v)) {
            st = dc_fail(err, DC_DATA,
                         "line %zu: \"%s\" is an array or object; expected "
                         "text or a number",
                         line, col->name[k]);
        } else {
            text[k] = text_of(v);
            row.value[k] = text[k];
        }
    }
    if (!st)
        st = dc_loader_add(l, &row, err);
    for (int k = 0; k < DC_N_COL; k++)
        free(text[k]);
    return st;
}

/* jansson's words quote the line: it is made safe to show first. */
static enum dc_status bad_json(const json_error_t *je, size_t line,
                               struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    dc_utf8_display(&b, je->text, strlen(je->text), 120);
    enum dc_status st = dc_fail(err, DC_DATA, "line %zu, byte %d: %s", line,
                                je->position, b.data);
    dc_buf_release(&b);
    return st;
}

static bool blank(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", s[i]) || s[i] == '\0')
            return false;
    return true;
}

enum dc_status dc_rows_jsonl(const char *text, size_t n,
                             const struct dc_columns *col, struct dc_loader *l,
                             struct dc_err *err)
{
    size_t at = n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
    for (size_t line = 1; at < n; line++) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t m = end ? (size_t)(end - (text + at)) : n - at;
        if (!blank(text + at, m)) {
            json_error_t je;
            json_t *obj = json_loadb(text + at, m, JSON_REJECT_DUPLICATES, &je);
            if (!obj)
                return bad_json(&je, line, err);
            enum dc_status st =
                json_is_object(obj)
                    ? add_object(obj, line, col, l, err)
                    : dc_fail(err, DC_DATA, "line %zu: expected a JSON object",
                              line);
            json_decref(obj);
            if (st)
                return st;
        }
        at += m + 1;
    }
    return DC_OK;
}
