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
#include <strings.h>

static const char seps[] = {',', ';', '\t', '|'};
enum { N_SEP = sizeof seps };

/* Does the file begin with a line "sep=X"? Its bytes, and X. */
static size_t sep_line(const char *s, size_t n, char *sep)
{
    size_t quote = n > 0 && s[0] == '"', at = quote + 4;
    if (n < at + 1 || strncasecmp(s + quote, "sep=", 4) != 0 ||
        strchr("\"\r\n", s[at]))
        return 0;
    *sep = s[at++];
    at += quote && at < n && s[at] == '"';
    at += at < n && s[at] == '\r';
    return at < n && s[at] == '\n' ? at + 1 : at == n ? at : 0;
}

/* How often each separator stands in a record; where the record ends. */
static size_t count_seps(const char *s, size_t n, size_t count[N_SEP])
{
    bool quoted = false;
    size_t i = 0;
    memset(count, 0, N_SEP * sizeof *count);
    for (; i < n && (quoted || s[i] != '\n'); i++) {
        quoted ^= s[i] == '"';
        const char *at = quoted ? NULL : memchr(seps, s[i], N_SEP);
        if (at)
            count[at - seps]++;
    }
    return i < n ? i + 1 : n;
}

/*
 * What separates the fields: of those that stand in the first row as often as
 * in the header the comma, or else the most frequent one. If none does: the
 * comma if it is in the header, or else the most frequent one there.
 */
static char find_sep(const char *s, size_t n)
{
    size_t head[N_SEP], row[N_SEP], fit = N_SEP, most = 0;
    for (; n > 0 && (*s == '\n' || *s == '\r'); n--)
        s++;
    size_t from = count_seps(s, n, head);
    count_seps(s + from, n - from, row);
    for (size_t i = 0; i < N_SEP; i++) {
        bool fits = head[i] > 0 && (from == n || row[i] == head[i]);
        if (fits && (fit == N_SEP || (fit > 0 && head[i] > head[fit])))
            fit = i;
        if (most > 0 || head[0] == 0)
            most = head[i] > head[most] ? i : most;
    }
    return seps[fit < N_SEP ? fit : most];
}

const char *dc_csv_sep_name(char sep)
{
    static const char *const name[] = {"comma", "semicolon", "tab", "bar"};
    const char *at = memchr(seps, sep, N_SEP);
    return at ? name[at - seps] : "separator";
}

void dc_csv_init_rows(struct dc_csv *c, char sep, const char *data, size_t n)
{
    *c = (struct dc_csv){.data = data, .n = n, .line = 1, .sep = sep};
    dc_buf_init(&c->text, n + DC_CSV_MAX_FIELDS + 1);
}

void dc_csv_init(struct dc_csv *c, const char *data, size_t n)
{
    dc_csv_init_rows(c, ',', data, n);
    if (n >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3))
        c->at = 3;
    size_t line = sep_line(data + c->at, n - c->at, &c->sep);
    c->at += line;
    c->line += line > 0;
    if (line == 0)
        c->sep = find_sep(data + c->at, n - c->at);
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
                if (!at_end(c) && c->data[c->at] != c->sep && !line_end(c))
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
    for (; !at_end(c) && c->data[c->at] != c->sep && !line_end(c); c->at++) {
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
        if (c->data[c->at] == c->sep) {
            c->at++;
            continue;
        }
        c->at += line_end(c);
        c->line++;
        return DC_OK;
    }
}
