/*
 * read_csv.c - responses as CSV: a header, and a row a response, with the
 * columns that read_jsonl.c has as keys (--field names others).
 *
 * A row becomes the object that a line of JSONL would be: cells are texts, but
 * for tokens and seconds, which are numbers; an empty cell says nothing, except
 * of a response, which is then an empty one.
 */
#include "base/file_in.h"
#include "base/mem.h"
#include "data/csv.h"
#include "exchange/import_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct csv_in {
    struct dc_import *in;
    struct dc_csv csv;
    char **name; /* [n] of the columns, heap */
    size_t n;
    struct dc_json_feed feed; /* of no value: a header has no key twice */
};

static enum dc_status csv_header(struct csv_in *x, struct dc_err *err)
{
    bool more;
    enum dc_status st = dc_csv_next(&x->csv, &more, err);
    if (!st && !more)
        st = dc_fail(err, DC_DATA, "has no header");
    if (st)
        return st;
    x->name = dc_xcalloc(x->csv.n_field + 1, sizeof *x->name);
    for (; x->n < x->csv.n_field; x->n++) {
        const char *name = dc_csv_field(&x->csv, x->n);
        for (size_t i = 0; i < x->n; i++)
            if (*name && !strcmp(x->name[i], name))
                return dc_fail(err, DC_DATA,
                               "line %zu: the column \"%.60s\" is there "
                               "twice; take out all but one",
                               x->csv.record_line, name);
        x->name[x->n] = dc_xstrdup(name);
    }
    return DC_OK;
}

/* A cell of a column; NULL: it says nothing. */
static json_t *csv_cell(const struct csv_in *x, size_t i)
{
    const struct dc_import_cfg *c = x->in->cfg;
    const char *name = x->name[i], *s = dc_csv_field(&x->csv, i);
    const char *response = c->field_response ? c->field_response : "response";
    char *end = NULL;
    double v = strtod(s, &end);
    if (!*s && strcmp(name, response) != 0)
        return NULL;
    /* strtod() takes nan, inf and 0x10, too */
    if ((strcmp(name, "tokens") != 0 && strcmp(name, "seconds") != 0) || *end ||
        s[strspn(s, "0123456789+-.eE")] || !isfinite(v))
        return json_string(s);
    return json_real(v);
}

static enum dc_status csv_row(struct csv_in *x, struct dc_err *err)
{
    if (x->csv.n_field != x->n)
        return dc_fail(err, DC_DATA,
                       "line %zu: expected %zu fields as in the header, got "
                       "%zu",
                       x->csv.record_line, x->n, x->csv.n_field);
    json_t *o = json_object();
    for (size_t i = 0; i < x->n; i++) {
        json_t *v = csv_cell(x, i);
        if (v)
            json_object_set_new(o, x->name[i], v);
    }
    enum dc_status st =
        dc_import_object(x->in, o, &x->feed, x->csv.record_line, err);
    json_decref(o);
    return st;
}

static enum dc_status csv_rows(struct csv_in *x, struct dc_err *err)
{
    bool more = true;
    enum dc_status st = csv_header(x, err);
    while (!st && !(st = dc_csv_next(&x->csv, &more, err)) && more)
        st = csv_row(x, err);
    return st ? st : dc_import_check_named(x->in, "there is no column", err);
}

enum dc_status dc_read_csv(struct dc_import *in, struct dc_err *err)
{
    struct csv_in x = {.in = in};
    struct dc_buf text;
    dc_buf_init(&text, DC_DATA_MAX_FILE);
    dc_json_feed_init(&x.feed);
    enum dc_status st = dc_file_text(in->cfg->path, "a CSV file", &text, err);
    if (!st) {
        dc_csv_init(&x.csv, text.data, text.n);
        st = csv_rows(&x, err);
        dc_csv_release(&x.csv);
    }
    for (size_t i = 0; i < x.n; i++)
        free(x.name[i]);
    free(x.name);
    dc_json_feed_release(&x.feed);
    dc_buf_release(&text);
    return st;
}
