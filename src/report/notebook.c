/*
 * notebook.c - cells as nbformat 4.4 wants them (notebook.h). Lines of a source
 * are elements of a list, so that two notebooks can be compared line by line.
 */
#include "report/notebook.h"

#include <string.h>

json_t *dc_notebook_new(void)
{
    json_t *nb = json_object(), *meta = json_object();
    json_t *kernel = json_object(), *language = json_object();
    dc_json_put(kernel, "display_name", json_string("Python 3"));
    dc_json_put(kernel, "language", json_string("python"));
    dc_json_put(kernel, "name", json_string("python3"));
    dc_json_put(language, "name", json_string("python"));
    dc_json_put(meta, "kernelspec", kernel);
    dc_json_put(meta, "language_info", language);
    dc_json_put(nb, "cells", json_array());
    dc_json_put(nb, "metadata", meta);
    dc_json_put(nb, "nbformat", json_integer(4));
    dc_json_put(nb, "nbformat_minor", json_integer(4));
    return nb;
}

static json_t *lines(const char *s, size_t n)
{
    json_t *list = json_array();
    while (n > 0 && s[n - 1] == '\n')
        n--;
    for (size_t at = 0; at < n;) {
        const char *feed = memchr(s + at, '\n', n - at);
        size_t len = feed ? (size_t)(feed - s) - at + 1 : n - at;
        json_array_append_new(list, json_stringn(s + at, len));
        at += len;
    }
    return list;
}

static json_t *add_cell(json_t *nb, const char *type)
{
    json_t *c = json_object();
    dc_json_put(c, "cell_type", json_string(type));
    dc_json_put(c, "metadata", json_object());
    json_array_append_new(json_object_get(nb, "cells"), c);
    return c;
}

void dc_notebook_text(json_t *nb, const char *text, size_t n)
{
    dc_json_put(add_cell(nb, "markdown"), "source", lines(text, n));
}

static json_int_t next_count(const json_t *nb)
{
    const json_t *cells = json_object_get(nb, "cells");
    json_int_t n = 1;
    for (size_t i = 0; i < json_array_size(cells); i++)
        n += json_is_integer(
            json_object_get(json_array_get(cells, i), "execution_count"));
    return n;
}

void dc_notebook_code(json_t *nb, const char *source, size_t n, json_t *output)
{
    json_int_t count = next_count(nb);
    json_t *c = add_cell(nb, "code"), *list = json_array();
    dc_json_put(c, "source", lines(source, n));
    dc_json_put(c, "execution_count", output ? json_integer(count) : NULL);
    if (output) {
        json_t *o = json_object();
        dc_json_put(o, "output_type", json_string("display_data"));
        dc_json_put(o, "data", output);
        dc_json_put(o, "metadata", json_object());
        json_array_append_new(list, o);
    }
    dc_json_put(c, "outputs", list);
}

/* ---- percent form ---- */

/* The text of a Markdown cell, without "# " before each line. */
static void uncomment(struct dc_buf *b, const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        const char *feed = memchr(s + at, '\n', n - at);
        size_t len = feed ? (size_t)(feed - s) - at + 1 : n - at;
        size_t skip = s[at] != '#' ? 0 : len > 1 && s[at + 1] == ' ' ? 2 : 1;
        dc_buf_add(b, s + at + skip, len - skip);
        at += len;
    }
}

static void put_cell(json_t *nb, const char *head, const char *s, size_t n)
{
    static const char text[] = "# %% [markdown]";
    if (strncmp(head, text, sizeof text - 1) != 0) {
        dc_notebook_code(nb, s, n, NULL);
        return;
    }
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    uncomment(&b, s, n);
    dc_notebook_text(nb, b.data, b.n);
    dc_buf_release(&b);
}

void dc_notebook_percent(json_t *nb, const char *file, size_t n)
{
    static const char mark[] = "\n# %%";
    const char *end = file + n, *head = file;
    while (head < end) {
        const char *body = memchr(head, '\n', (size_t)(end - head));
        const char *next = body ? strstr(body, mark) : NULL;
        if (!body)
            return;
        put_cell(nb, head, body + 1,
                 (size_t)((next ? next + 1 : end) - body - 1));
        head = next ? next + 1 : end;
    }
}
