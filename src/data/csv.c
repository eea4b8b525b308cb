/*
 * csv.c - a strict RFC 4180 reader.
 *
 * Strict, because a file that is read in a lenient way gives other prompts than
 * the ones its author meant. What is wrong is said with its line.
 */
#include "data/csv.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void dc_csv_init(struct dc_csv *c, const char *data, size_t n)
{
    *c = (struct dc_csv){.data = data, .n = n, .line = 1};
    dc_buf_init(&c->text, n + DC_CSV_MAX_FIELDS + 1);
    if (n >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3))
        c->at = 3;
}

void dc_csv_release(struct dc_csv *c)
{
    dc_buf_release(&c->text);
    free(c->off);
    free(c->len);
    *c = (struct dc_csv){0};
}

const char *dc_csv_field(const struct dc_csv *c, size_t i)
{
    return c->text.data + c->off[i];
}

static bool at_end(const struct dc_csv *c)
{
    return c->at >= c->n;
}

/* The length of the line end here: 0 if there is none. */
static size_t line_end(const struct dc_csv *c)
{
    if (c->data[c->at] == '\n')
        return 1;
    if (c->data[c->at] == '\r' && c->at + 1 < c->n &&
        c->data[c->at + 1] == '\n')
        return 2;
    return c->data[c->at] == '\r' && c->at + 1 == c->n;
}

/*
 * Is this a CR that ends no line, in the header? In a file whose lines end in
 * CR alone all is the header.
 */
static bool lone_cr(const struct dc_csv *c)
{
    return c->line == 1 && c->data[c->at] == '\r' && !line_end(c);
}

static enum dc_status fail_cr(struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "line 1: a CR without LF; expected lines that end in LF or "
                   "CRLF: convert the file, for example with tr '\\r' '\\n'");
}

static enum dc_status open_field(struct dc_csv *c, struct dc_err *err)
{
    if (c->n_field == DC_CSV_MAX_FIELDS)
        return dc_fail(err, DC_DATA, "line %zu: more than %d fields",
                       c->record_line, DC_CSV_MAX_FIELDS);
    if (c->n_field == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 16;
        c->off = dc_xrealloc(c->off, c->cap, sizeof *c->off);
        c->len = dc_xrealloc(c->len, c->cap, sizeof *c->len);
    }
    c->off[c->n_field] = c->text.n;
    return DC_OK;
}

static void close_field(struct dc_csv *c)
{
    c->len[c->n_field] = c->text.n - c->off[c->n_field];
    dc_buf_addc(&c->text, '\0');
    c->n_field++;
}

static enum dc_status quoted(struct dc_csv *c, struct dc_err *err)
{
    size_t opened = c->line;
    for (c->at++; !at_end(c); c->at++) {
        char ch = c->data[c->at];
        if (ch == '"') {
            if (c->at + 1 < c->n && c->data[c->at + 1] == '"') {
                c->at++;
            } else {
                c->at++;
                if (!at_end(c) && lone_cr(c))
                    return fail_cr(err);
                if (!at_end(c) && c->data[c->at] != ',' && !line_end(c))
                    return dc_fail(err, DC_DATA,
                                   "line %zu: text behind a closing quote; a "
                                   "quote inside a quoted field is doubled "
                                   "(\"\")",
                                   c->line);
                return DC_OK;
            }
        } else if (ch == '\n') {
            c->line++;
        } else if (ch == '\0') {
            return dc_fail(err, DC_DATA, "line %zu: a NUL byte", c->line);
        }
        dc_buf_addc(&c->text, ch);
    }
    return dc_fail(err, DC_DATA,
                   "line %zu: the quote that opens here never ends", opened);
}

static enum dc_status bare(struct dc_csv *c, struct dc_err *err)
{
    for (; !at_end(c) && c->data[c->at] != ',' && !line_end(c); c->at++) {
        char ch = c->data[c->at];
        if (ch == '"')
            return dc_fail(err, DC_DATA,
                           "line %zu: a quote inside an unquoted field; quote "
                           "the whole field and double the quote",
                           c->line);
        if (ch == '\0')
            return dc_fail(err, DC_DATA, "line %zu: a NUL byte", c->line);
        if (lone_cr(c))
            return fail_cr(err);
        dc_buf_addc(&c->text, ch);
    }
    return DC_OK;
}

enum dc_status dc_csv_next(struct dc_csv *c, bool *more, struct dc_err *err)
{
    size_t end;
    while (!at_end(c) && (end = line_end(c)) > 0) {
        c->at += end;
        c->line++;
    }
    *more = !at_end(c);
    if (!*more)
        return DC_OK;
    c->record_line = c->line;
    c->n_field = 0;
    dc_buf_clear(&c->text);
    for (;;) {
        enum dc_status st = open_field(c, err);
        if (!st)
            st = !at_end(c) && c->data[c->at] == '"' ? quoted(c, err)
                                                     : bare(c, err);
        if (st)
            return st;
        close_field(c);
        if (at_end(c))
            return DC_OK;
        if (c->data[c->at] == ',') {
            c->at++;
            continue;
        }
        c->at += line_end(c);
        c->line++;
        return DC_OK;
    }
}
