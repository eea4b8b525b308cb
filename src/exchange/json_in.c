/*
 * json_in.c - json_in.h: jansson is fed byte by byte, so that it takes no byte
 * behind the value.
 */
#include "exchange/json_in.h"

#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

enum { SHOW_COLS = 100 };

void dc_ji_init(struct dc_json_in *j, long (*read)(void *arg, char *, size_t),
                void *arg)
{
    j->read = read;
    j->arg = arg;
    j->at = j->n = 0;
    j->failed = false;
    j->line = 1;
    j->room = dc_json_room(0);
    j->at_out = 0;
    if (j->feed.out.max > 0)
        dc_json_feed_release(&j->feed);
    dc_json_feed_init(&j->feed);
}

void dc_ji_release(struct dc_json_in *j)
{
    dc_json_feed_release(&j->feed);
}

bool dc_ji_fill(struct dc_json_in *j)
{
    if (j->at < j->n)
        return true;
    if (j->failed)
        return false;
    long n = j->read(j->arg, j->chunk, sizeof j->chunk);
    j->failed = n < 0;
    j->at = 0;
    j->n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

int dc_ji_next(struct dc_json_in *j)
{
    if (!dc_ji_fill(j))
        return -1;
    unsigned char c = (unsigned char)j->chunk[j->at++];
    j->line += c == '\n';
    return c;
}

static int look(struct dc_json_in *j)
{
    return dc_ji_fill(j) ? (unsigned char)j->chunk[j->at] : -1;
}

int dc_ji_peek(struct dc_json_in *j)
{
    int c;
    while ((c = look(j)) == ' ' || c == '\t' || c == '\n' || c == '\r')
        dc_ji_next(j);
    return c;
}

static enum dc_status ended(const struct dc_json_in *j, struct dc_err *err)
{
    if (j->failed)
        return dc_fail(err, DC_IO, "line %zu: the file can't be read on",
                       j->line);
    return dc_fail(err, DC_DATA,
                   "line %zu: the file ends in the middle of a value: it was "
                   "cut short, or is still being written",
                   j->line);
}

enum dc_status dc_ji_take(struct dc_json_in *j, char c, struct dc_err *err)
{
    int got = dc_ji_peek(j);
    if (got == (unsigned char)c) {
        dc_ji_next(j);
        return DC_OK;
    }
    if (got < 0)
        return ended(j, err);
    return dc_fail(err, DC_DATA, "line %zu: expected '%c', got '%c'", j->line,
                   c, isprint(got) ? got : '?');
}

/* ---- values ---- */

/* The next byte for jansson; -1 at the end. */
static int feed(struct dc_json_in *j)
{
    struct dc_buf *out = &j->feed.out;
    while (j->at_out == out->n) {
        j->at_out = 0;
        dc_buf_clear(out);
        int c = dc_ji_next(j);
        if (c < 0)
            return -1;
        const char byte = (char)c;
        dc_json_feed_put(&j->feed, &byte, 1);
    }
    return (unsigned char)out->data[j->at_out++];
}

static size_t give(void *buf, size_t n, void *arg)
{
    struct dc_json_in *j = arg;
    if (n == 0 || j->n_value > DC_JI_MAX_VALUE)
        return 0;
    int c = feed(j);
    if (c < 0)
        return 0;
    j->n_value++;
    *(char *)buf = (char)c;
    return 1;
}

static enum dc_status bad_value(const struct dc_json_in *j, size_t from,
                                const json_error_t *je, bool too_large,
                                struct dc_err *err)
{
    struct dc_buf b;
    if (j->n_value > DC_JI_MAX_VALUE)
        return dc_fail(err, DC_DATA,
                       "line %zu: a value of more than %d bytes; split it",
                       from, (int)DC_JI_MAX_VALUE);
    if (too_large)
        return dc_fail(err, DC_DATA, "line %zu: " DC_JSON_TOO_LARGE, from,
                       j->room >> 20);
    if (j->failed || json_error_code(je) == json_error_premature_end_of_input)
        return ended(j, err);
    const char *what = json_error_code(je) == json_error_invalid_utf8
                           ? "UTF-8; convert the file, for example with "
                             "iconv -f LATIN1 -t UTF-8"
                           : "JSON";
    dc_buf_init(&b, 1 << 16);
    dc_utf8_display(&b, je->text, strlen(je->text), SHOW_COLS);
    enum dc_status st =
        dc_fail(err, DC_DATA, "line %zu: %s; expected %s",
                from + (size_t)(je->line > 1 ? je->line - 1 : 0), b.data, what);
    dc_buf_release(&b);
    return st;
}

/* A number or a word: it ends where another byte comes. */
static enum dc_status scalar(struct dc_json_in *j, json_t **out,
                             struct dc_err *err)
{
    char text[DC_JF_MAX_TOKEN];
    json_error_t je;
    size_t n = 0;
    int c;
    while (n < sizeof text - 1 && (c = look(j)) > 0 &&
           (isalnum(c) || strchr("+-.", c)))
        text[n++] = (char)dc_ji_next(j);
    *out = dc_json_feed_load(&j->feed, text, n, JSON_DECODE_ANY, &je);
    if (*out)
        return DC_OK;
    if (n == 0 && look(j) < 0)
        return ended(j, err);
    return dc_fail(err, DC_DATA, "line %zu: expected a JSON value", j->line);
}

enum dc_status dc_ji_value(struct dc_json_in *j, json_t **out,
                           struct dc_err *err)
{
    json_error_t je;
    int c = dc_ji_peek(j);
    size_t from = j->line;
    if (c != '{' && c != '[' && c != '"')
        return scalar(j, out, err);
    j->n_value = 0;
    j->at_out = 0;
    dc_json_feed_start(&j->feed);
    dc_json_limit(j->room);
    *out = json_load_callback(
        give, j, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
        &je);
    bool too_large = dc_json_limit_end(&j->left);
    if (*out && !too_large)
        return DC_OK;
    json_decref(*out);
    *out = NULL;
    return bad_value(j, from, &je, too_large, err);
}

enum dc_status dc_ji_key(struct dc_json_in *j, json_t **key, struct dc_err *err)
{
    if (dc_ji_peek(j) != '"')
        return dc_ji_take(j, '"', err);
    enum dc_status st = dc_ji_value(j, key, err);
    if (st)
        return st;
    st = dc_ji_take(j, ':', err);
    if (st)
        json_decref(*key);
    return st;
}
