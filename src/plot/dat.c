/*
 * dat.c - dat.h: one writer for the tables of all figures.
 */
#include "plot/dat.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

void dc_dat_init(struct dc_dat *d)
{
    dc_buf_init(&d->text, SIZE_MAX);
    dc_buf_init(&d->rest, SIZE_MAX);
    d->n_text = 0;
    d->line = json_object();
}

void dc_dat_release(struct dc_dat *d)
{
    dc_buf_release(&d->text);
    dc_buf_release(&d->rest);
    json_decref(d->line);
}

/* SVG can't have "]]>" in its text; gnuplot escapes all else. */
static void part_cdata_end(char *s)
{
    for (char *p = s; (p = strstr(p, "]]>")); p += 3)
        p[2] = ')';
}

size_t dc_dat_text(struct dc_dat *d, const char *text, size_t n)
{
    enum { TEXT_COLS = 200 };
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, n, TEXT_COLS);
    /* marks on letters may take many bytes and no column */
    while (b.n > DC_DAT_TEXT) {
        size_t cut = b.n - 1;
        while (((unsigned char)b.data[cut] & 0xc0) == 0x80)
            cut--;
        dc_buf_cut(&b, cut);
    }
    part_cdata_end(b.data);
    dc_buf_addf(&d->text, "= %s\n", b.data);
    dc_buf_release(&b);
    return ++d->n_text;
}

/* ---- numbers ---- */

static bool is_name(const char *key)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    return key[0] >= 'a' && key[0] <= 'z' && !key[strspn(key, letters)];
}

static json_int_t line_of(struct dc_dat *d, const char *s)
{
    const json_t *known = json_object_get(d->line, s);
    if (known)
        return json_integer_value(known);
    const size_t line = *s ? dc_dat_text(d, s, strlen(s)) : 0;
    dc_json_put(d->line, s, json_integer((json_int_t)line));
    return (json_int_t)line;
}

static void put_cell(struct dc_dat *d, const json_t *x)
{
    const char *s = json_string_value(x);
    if (json_is_integer(x))
        dc_buf_addf(&d->rest, "%lld", (long long)json_integer_value(x));
    else if (json_is_real(x))
        dc_buf_addf(&d->rest, "%.9g", json_real_value(x));
    else if (json_is_boolean(x))
        dc_buf_addf(&d->rest, "%d", json_is_true(x));
    else if (s)
        dc_buf_addf(&d->rest, "%lld", (long long)line_of(d, s));
    else
        dc_buf_adds(&d->rest, "NaN");
}

/* ---- tables ---- */

enum { NAME = 128 }; /* names are ours, and short */

/* The columns that a row needs, as keys of a set: "share.lo". */
static void add_columns(json_t *row, const char *above, json_t *set)
{
    const char *key;
    json_t *x;
    json_object_foreach(row, key, x)
    {
        char name[NAME];
        snprintf(name, sizeof name, "%s%s%s", above, above[0] ? "." : "", key);
        if (!is_name(key))
            continue;
        if (json_is_object(x))
            add_columns(x, name, set);
        else if (!json_is_array(x))
            json_object_set_new(set, name, json_null());
    }
}

static const json_t *at_column(const json_t *row, const char *column)
{
    char key[NAME];
    while (row && *column) {
        const size_t n = strcspn(column, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, column);
        row = json_object_get(row, key);
        column += n + (column[n] == '.');
    }
    return row;
}

static void put_table(struct dc_dat *d, json_t *rows)
{
    json_t *set = json_object(), *none;
    const char *column;
    const size_t n = json_array_size(rows);
    for (size_t i = 0; i < n; i++)
        add_columns(json_array_get(rows, i), "", set);
    json_object_foreach(set, column, none)
        dc_buf_addf(&d->rest, "%s\t", column);
    dc_buf_addc(&d->rest, '\n');
    for (size_t i = 0; i < n; i++) {
        json_object_foreach(set, column, none)
        {
            put_cell(d, at_column(json_array_get(rows, i), column));
            dc_buf_addc(&d->rest, '\t');
        }
        dc_buf_addc(&d->rest, '\n');
    }
    json_decref(set);
}

/* Lines of numbers. */
static void put_lines(struct dc_dat *d, const json_t *lines)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *x = json_array_get(lines, i);
        for (size_t k = 0; k < json_array_size(x); k++) {
            put_cell(d, json_array_get(x, k));
            dc_buf_addc(&d->rest, '\t');
        }
        if (!json_is_array(x))
            put_cell(d, x);
        dc_buf_addc(&d->rest, '\n');
    }
}

/* What the rows have as arrays under this key, one below the other. */
static void put_nested(struct dc_dat *d, const char *name, const json_t *rows,
                       const char *key)
{
    dc_buf_addf(&d->rest, "$%s_%s << END_OF_BLOCK\n", name, key);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *x = json_object_get(json_array_get(rows, i), key);
        dc_buf_adds(&d->rest, i ? "\n\n" : "");
        put_lines(d, x);
        if (json_array_size(x) == 0)
            dc_buf_adds(&d->rest, "NaN\tNaN\tNaN\tNaN\tNaN\n");
    }
    dc_buf_adds(&d->rest, "END_OF_BLOCK\n");
}

static void put_array(struct dc_dat *d, const char *name, json_t *rows)
{
    json_t *first = json_array_get(rows, 0);
    const char *key;
    json_t *x;
    dc_buf_addf(&d->rest, "%s_n = %zu\n", name, json_array_size(rows));
    dc_buf_addf(&d->rest, "$%s << END_OF_BLOCK\n", name);
    if (!first)
        dc_buf_adds(&d->rest, "NaN\n"); /* so that it can be named */
    else if (json_is_object(first))
        put_table(d, rows);
    else
        put_lines(d, rows);
    dc_buf_adds(&d->rest, "END_OF_BLOCK\n");
    json_object_foreach(first, key, x)
    {
        if (json_is_array(x) && is_name(key) &&
            !json_is_object(json_array_get(x, 0)))
            put_nested(d, name, rows, key);
    }
}

static void put_value(struct dc_dat *d, const char *above, json_t *o)
{
    const char *key;
    json_t *x;
    json_object_foreach(o, key, x)
    {
        char name[NAME];
        snprintf(name, sizeof name, "%s%s%s", above, above[0] ? "_" : "", key);
        if (!is_name(key))
            continue;
        if (json_is_object(x)) {
            put_value(d, name, x);
        } else if (json_is_array(x)) {
            put_array(d, name, x);
        } else {
            dc_buf_addf(&d->rest, "%s = ", name);
            put_cell(d, x);
            dc_buf_addc(&d->rest, '\n');
        }
    }
}

void dc_dat_put(struct dc_dat *d, json_t *o)
{
    put_value(d, "", o);
}

/* ---- the file ---- */

void dc_dat_write_text(const struct dc_buf *lines, struct dc_buf *out)
{
    dc_buf_adds(out, "$text << END_OF_BLOCK\n");
    dc_buf_add(out, lines->data, lines->n);
    dc_buf_adds(out, "END_OF_BLOCK\n");
}

void dc_dat_write(const struct dc_dat *d, struct dc_buf *out)
{
    dc_dat_write_text(&d->text, out);
    dc_buf_add(out, d->rest.data, d->rest.n);
}
