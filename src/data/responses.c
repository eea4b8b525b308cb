/*
 * responses.c - a row at a time: the bytes of a record are gathered and then
 * read by csv.h or jsonl.h, as if they were a file of one record.
 *
 * A CSV record ends at the first line end with an even number of quotes before
 * it. That holds for every record that csv.h accepts: a quote opens or closes a
 * quoted field, or is one of a doubled pair inside it.
 */
#include "data/responses.h"

#include "base/file_in.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "data/csv.h"
#include "data/dataset_priv.h"
#include "data/jsonl.h"
#include "data/text_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 1 << 16, MAX_KEYS = 64, MAX_LIST = 2000 };

enum { RESPONSE, PROMPT, ID, N_FIELD };

static const char *const key_of[N_FIELD] = {"response", "prompt", "id"};

struct dc_responses {
    FILE *f;
    char *path;
    char chunk[CHUNK + 1]; /* a NUL behind it */
    size_t at, n_chunk;
    uint64_t n_read, n_all; /* bytes; n_all 0: not known */
    struct dc_buf record;
    size_t line;              /* of the next record */
    struct dc_sha256 *sha256; /* of the rows that were given; NULL: no marks */
    uint64_t n_given;         /* their bytes, with what is before them */
    size_t line_given;        /* the one behind them */
    char *name[N_FIELD];      /* of the columns */
    bool needed[N_FIELD];
    bool is_jsonl, is_array;
    char sep;                         /* of CSV; 0: not known yet */
    size_t column[N_FIELD], n_column; /* CSV; n_column: it is not there */
    struct dc_csv csv;                /* of the record at hand */
    struct dc_jsonl jsonl;
    struct dc_jsonl_value value[N_FIELD];
    uint64_t n_nul; /* values with NULs or halves of surrogate pairs */
};

/* ---- bytes ---- */

static bool fill(struct dc_responses *r)
{
    if (r->at < r->n_chunk)
        return true;
    r->at = 0;
    r->n_chunk = fread(r->chunk, 1, CHUNK, r->f);
    r->chunk[r->n_chunk] = '\0';
    r->n_read += r->n_chunk;
    return r->n_chunk > 0;
}

static enum dc_status too_long(const struct dc_responses *r, struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "line %zu: a row of more than %d bytes%s; split it", r->line,
                   (int)DC_RESPONSES_MAX_ROW,
                   r->is_jsonl ? "" : ", or a quote that never ends");
}

/* Append a line with its end to the record; *more false: there is none. */
static enum dc_status add_line(struct dc_responses *r, bool *more,
                               struct dc_err *err)
{
    *more = false;
    while (fill(r)) {
        const char *s = r->chunk + r->at;
        const char *end = memchr(s, '\n', r->n_chunk - r->at);
        size_t n = end ? (size_t)(end - s) + 1 : r->n_chunk - r->at;
        if (n > dc_buf_room(&r->record))
            return too_long(r, err);
        dc_buf_add(&r->record, s, n);
        r->at += n;
        *more = true;
        if (end)
            break;
    }
    if (ferror(r->f))
        return dc_file_errno(NULL, err);
    return DC_OK;
}

static bool quotes_are_even(const char *s, size_t n)
{
    bool even = true;
    for (const char *q; n > 0 && (q = memchr(s, '"', n));) {
        n -= (size_t)(q - s) + 1;
        s = q + 1;
        even = !even;
    }
    return even;
}

/* ---- objects of JSON ---- */

enum stage { BEFORE, INSIDE, NO_OBJECT, BEHIND, DONE };

/* What of s [n] belongs to the record, and what comes then. */
static size_t take_json(const char *s, size_t n, enum stage *at,
                        struct dc_jsonl_scan *x)
{
    size_t i = 0;
    switch (*at) {
    case INSIDE:
        i = dc_jsonl_scan(x, s, n);
        *at = x->ended ? BEHIND : INSIDE;
        return i;
    case NO_OBJECT:
        while (i < n && s[i] != '\n')
            i++;
        *at = i < n ? DONE : NO_OBJECT;
        return i < n ? i + 1 : n;
    case BEHIND:
        while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r'))
            i++;
        *at = i < n ? DONE : BEHIND;
        return i < n && s[i] == '\n' ? i + 1 : i;
    default:
        while (i < n && s[i] != '\n' && strchr(" \t\r[],\xEF\xBB\xBF", s[i]))
            i++;
        if (i == n)
            return n;
        *at = s[i] == '{' ? INSIDE : s[i] == '\n' ? DONE : NO_OBJECT;
        return s[i] == '\n' ? i + 1 : i;
    }
}

/* The bytes up to the end of the next object and of its line. */
static enum dc_status gather_json(struct dc_responses *r, bool *more,
                                  struct dc_err *err)
{
    struct dc_jsonl_scan x = {.depth = 0};
    enum stage at = BEFORE;
    dc_buf_clear(&r->record);
    *more = false;
    while (at != DONE && fill(r)) {
        const char *s = r->chunk + r->at;
        size_t n = take_json(s, r->n_chunk - r->at, &at, &x);
        if (n > dc_buf_room(&r->record))
            return too_long(r, err);
        dc_buf_add(&r->record, s, n);
        r->at += n;
        *more = true;
    }
    if (ferror(r->f))
        return dc_file_errno(NULL, err);
    return DC_OK;
}

/* The bytes of the next record of CSV; of blank lines too. */
static enum dc_status gather(struct dc_responses *r, bool *more,
                             struct dc_err *err)
{
    bool even = true, line = true;
    dc_buf_clear(&r->record);
    *more = false;
    do {
        size_t from = r->record.n;
        enum dc_status st = add_line(r, &line, err);
        if (st)
            return st;
        *more = *more || line;
        if (!quotes_are_even(r->record.data + from, r->record.n - from))
            even = !even;
    } while (line && !even);
    return DC_OK;
}

static size_t lines_in(const struct dc_buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += b->data[i] == '\n';
    return n;
}

/* The record at hand has been dealt with: marks are behind it. */
static void settle(struct dc_responses *r)
{
    if (r->sha256)
        dc_sha256_add(r->sha256, r->record.data, r->record.n);
    r->n_given += r->record.n;
    r->line_given = r->line;
}

/* ---- columns ---- */

static enum dc_status lacks(const struct dc_responses *r, int k,
                            const struct dc_names *have, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, MAX_LIST + 8 * DC_SHOWN_MAX);
    for (size_t i = 0; i < have->n && b.n < MAX_LIST; i++) {
        dc_buf_adds(&b, i ? ", " : "");
        dc_show_value(&b, have->name[i]);
    }
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "there is no column \"%.60s\"; the columns are: %s. Name another with "
        "--field %s=COLUMN",
        r->name[k], b.data, key_of[k]);
    dc_buf_release(&b);
    return st;
}

static enum dc_status read_header(struct dc_responses *r, struct dc_err *err)
{
    const char *name[DC_CSV_MAX_FIELDS];
    r->n_column = r->csv.n_field;
    for (size_t i = 0; i < r->n_column; i++)
        name[i] = dc_csv_field(&r->csv, i);
    const struct dc_names have = {name, r->n_column};
    for (int k = 0; k < N_FIELD; k++) {
        size_t n = 0;
        r->column[k] = have.n;
        for (size_t i = 0; i < have.n; i++) {
            if (strcmp(name[i], r->name[k]) != 0)
                continue;
            r->column[k] = i;
            n++;
        }
        if (n > 1)
            return dc_fail(err, DC_DATA,
                           "the header names the column \"%.60s\" %zu times; "
                           "rename one",
                           r->name[k], n);
        if (n == 0 && r->needed[k])
            return lacks(r, k, &have, err);
    }
    return DC_OK;
}

/* ---- records ---- */

static enum dc_status check_utf8(const struct dc_responses *r,
                                 struct dc_err *err)
{
    size_t bad;
    if (dc_utf8_valid(r->record.data, r->record.n, &bad))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "line %zu: not valid UTF-8 (0x%02X, byte %zu of the row); "
                   "convert the file, for example with iconv -f LATIN1 -t "
                   "UTF-8",
                   r->line, (unsigned)(unsigned char)r->record.data[bad],
                   bad + 1);
}

/* *is false: a blank line. */
static enum dc_status read_csv(struct dc_responses *r, bool *is,
                               struct dc_err *err)
{
    dc_csv_release(&r->csv);
    enum dc_status st = check_utf8(r, err);
    if (st)
        return st;
    if (r->sep)
        dc_csv_init_rows(&r->csv, r->sep, r->record.data, r->record.n);
    else
        dc_csv_init(&r->csv, r->record.data, r->record.n);
    r->csv.line += r->line - 1;
    st = dc_csv_next(&r->csv, is, err);
    if (*is || r->csv.at > 0)
        r->sep = r->csv.sep;
    return st;
}

static enum dc_status read_jsonl(struct dc_responses *r, bool *is,
                                 struct dc_err *err)
{
    dc_jsonl_go_on(&r->jsonl, r->record.data, r->record.n);
    enum dc_status st = dc_jsonl_next(&r->jsonl, is, err);
    dc_jsonl_end_line(&r->jsonl);
    return st;
}

/* The next record that is not blank, parsed. */
static enum dc_status parse_next(struct dc_responses *r, size_t *line,
                                 bool *more, struct dc_err *err)
{
    bool is = false;
    enum dc_status st = DC_OK;
    while (!is) {
        st = r->is_jsonl ? gather_json(r, more, err) : gather(r, more, err);
        if (!st && !*more && r->is_jsonl)
            st = dc_jsonl_end(&r->jsonl, err);
        if (st || !*more)
            return st;
        st = r->is_jsonl ? read_jsonl(r, &is, err) : read_csv(r, &is, err);
        if (st)
            return st;
        *line = r->is_jsonl ? r->jsonl.record_line : r->line;
        r->line += lines_in(&r->record);
        if (!is)
            settle(r);
    }
    return DC_OK;
}

/* ---- rows ---- */

static enum dc_status csv_value(struct dc_responses *r, int k, size_t line,
                                const char **out, struct dc_err *err)
{
    if (r->csv.n_field != r->n_column)
        return dc_fail(err, DC_DATA,
                       "line %zu: %zu field%s where the header has %zu; a "
                       "%s or newline inside a field needs quotes",
                       line, r->csv.n_field, dc_plural(r->csv.n_field),
                       r->n_column, dc_csv_sep_name(r->sep));
    *out =
        r->column[k] < r->n_column ? dc_csv_field(&r->csv, r->column[k]) : NULL;
    return DC_OK;
}

static enum dc_status jsonl_value(struct dc_responses *r, int k, size_t line,
                                  const char **out, struct dc_err *err)
{
    const char *key[MAX_KEYS];
    enum dc_status st = dc_jsonl_get(&r->jsonl, r->name[k], &r->value[k], err);
    if (!st && !r->value[k].present && r->needed[k]) {
        const struct dc_names have = {key,
                                      dc_jsonl_keys(&r->jsonl, key, MAX_KEYS)};
        st = dc_err_prefix(err, lacks(r, k, &have, err), "line %zu", line);
    }
    *out = st ? NULL : r->value[k].text;
    return st;
}

static enum dc_status next_row(struct dc_responses *r,
                               struct dc_responses_row *row, bool *more,
                               struct dc_err *err)
{
    const char *v[N_FIELD] = {NULL};
    size_t line = 0;
    enum dc_status st = parse_next(r, &line, more, err);
    if (st || !*more)
        return st;
    for (int k = 0; k < N_FIELD && !st; k++)
        st = r->is_jsonl ? jsonl_value(r, k, line, &v[k], err)
                         : csv_value(r, k, line, &v[k], err);
    *row = (struct dc_responses_row){
        .line = line,
        .id = v[ID] && v[ID][0] ? v[ID] : NULL,
        .prompt = v[PROMPT] ? v[PROMPT] : "",
        .response = v[RESPONSE] ? v[RESPONSE] : "",
    };
    row->n_prompt = strlen(row->prompt);
    row->n = strlen(row->response);
    for (int k = 0; k < N_FIELD && !st && r->is_jsonl; k++)
        r->n_nul += r->value[k].had_nul;
    if (!st)
        settle(r);
    return st;
}

static enum dc_status name_file(const struct dc_responses *r, enum dc_status st,
                                struct dc_err *err)
{
    return dc_err_prefix(err, st, "%.300s", r->path);
}

enum dc_status dc_responses_next(struct dc_responses *r,
                                 struct dc_responses_row *row, bool *more,
                                 struct dc_err *err)
{
    enum dc_status st = next_row(r, row, more, err);
    return st ? name_file(r, st, err) : st;
}

/* ---- opening ---- */

static const char wanted[] = "a CSV or JSONL file";

static enum dc_status open_file(struct dc_responses *r, const char *path,
                                struct dc_err *err)
{
    struct stat sb;
    bool is_stdin = !strcmp(path, "-");
    r->f = stdin;
    enum dc_status st =
        is_stdin ? DC_OK : dc_file_stream(path, wanted, &r->f, err);
    if (st)
        return st;
    if (!is_stdin && fstat(fileno(r->f), &sb) == 0 && S_ISREG(sb.st_mode))
        r->n_all = (uint64_t)sb.st_size;
    return DC_OK;
}

/* What is no text at all says so, instead of some row's error. */
static enum dc_status check_kind(struct dc_responses *r, struct dc_err *err)
{
    const char *kind = fill(r) ? dc_file_kind(r->chunk, r->n_chunk) : NULL;
    if (!kind)
        return DC_OK;
    return dc_fail(err, DC_DATA, "is %s; name %s%s", kind, wanted,
                   dc_file_kind_advice(kind));
}

static void find_format(struct dc_responses *r)
{
    if (!fill(r))
        return;
    r->is_jsonl = dc_text_is_jsonl(r->path, r->chunk, r->n_chunk);
    if (!r->is_jsonl)
        return;
    /* an array, should the rows before a mark be passed over */
    dc_jsonl_init(&r->jsonl, r->chunk, r->n_chunk);
    const char *s = r->chunk + r->jsonl.at;
    r->is_array = s[strspn(s, " \t\r\n")] == '[';
}

static enum dc_status start(struct dc_responses *r, struct dc_err *err)
{
    size_t line;
    bool more = true;
    enum dc_status st = check_kind(r, err);
    if (st)
        return st;
    find_format(r);
    if (r->is_jsonl)
        return DC_OK;
    st = parse_next(r, &line, &more, err);
    if (!st && !more)
        st = dc_fail(err, DC_DATA,
                     "is empty; expected a header line with the columns "
                     "prompt and response, or JSON objects");
    if (!st)
        st = read_header(r, err);
    if (!st)
        settle(r);
    return st;
}

enum dc_status dc_responses_open(const struct dc_responses_cfg *cfg,
                                 struct dc_responses **out, struct dc_err *err)
{
    struct dc_responses *r = dc_xcalloc(1, sizeof *r);
    const char *const named[N_FIELD] = {cfg->field_response, cfg->field_prompt,
                                        cfg->field_id};
    const bool needed[N_FIELD] = {true, cfg->needs_prompt, false};
    r->line = r->line_given = 1;
    if (cfg->marks)
        r->sha256 = dc_sha256_create();
    r->path = dc_xstrdup(strcmp(cfg->path, "-") ? cfg->path : "standard input");
    dc_buf_init(&r->record, DC_RESPONSES_MAX_ROW);
    for (int k = 0; k < N_FIELD; k++) {
        r->name[k] = dc_xstrdup(named[k] ? named[k] : key_of[k]);
        r->needed[k] = named[k] || needed[k];
    }
    enum dc_status st = open_file(r, cfg->path, err);
    if (!st)
        st = start(r, err);
    if (st) {
        st = name_file(r, st, err);
        dc_responses_close(r);
        return st;
    }
    *out = r;
    return DC_OK;
}

/* ---- marks ---- */

void dc_responses_mark(const struct dc_responses *r,
                       struct dc_responses_mark *out)
{
    out->n_bytes = r->n_given;
    out->line = r->line_given;
    dc_sha256_now(r->sha256, out->sha256);
}

enum dc_status dc_responses_skip(struct dc_responses *r,
                                 const struct dc_responses_mark *to, bool *same,
                                 struct dc_err *err)
{
    char now[DC_SHA256_HEX];
    while (r->n_given < to->n_bytes && fill(r)) {
        uint64_t left = to->n_bytes - r->n_given;
        size_t n = r->n_chunk - r->at;
        n = left < n ? (size_t)left : n;
        dc_sha256_add(r->sha256, r->chunk + r->at, n);
        r->at += n;
        r->n_given += n;
    }
    if (ferror(r->f))
        return name_file(r, dc_file_errno(NULL, err), err);
    dc_sha256_now(r->sha256, now);
    *same = r->n_given == to->n_bytes && !strcmp(now, to->sha256);
    r->line = r->line_given = r->jsonl.line = to->line;
    if (r->is_array && to->n_bytes > 0) {
        r->jsonl.in_array = true;
        r->jsonl.n_object = 1;
    }
    return DC_OK;
}

bool dc_responses_share(const struct dc_responses *r, double *share)
{
    if (r->n_all == 0)
        return false;
    *share = (double)(r->n_read - (r->n_chunk - r->at)) / (double)r->n_all;
    return true;
}

struct dc_data_notes dc_responses_notes(const struct dc_responses *r)
{
    return (struct dc_data_notes){.n_not_finite = r->jsonl.feed.n_not_finite,
                                  .n_nul = r->n_nul,
                                  .sep = r->is_jsonl ? '\0' : r->sep};
}

void dc_responses_close(struct dc_responses *r)
{
    if (!r)
        return;
    if (r->f && r->f != stdin)
        fclose(r->f);
    dc_csv_release(&r->csv);
    dc_jsonl_release(&r->jsonl);
    dc_buf_release(&r->record);
    dc_sha256_free(r->sha256);
    for (int k = 0; k < N_FIELD; k++)
        free(r->name[k]);
    free(r->path);
    free(r);
}
