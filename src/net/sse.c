/*
 * sse.c - server-sent events by lines.
 *
 * A line is a view into the bytes that were fed unless it began in an earlier
 * piece; only data is copied, once. Where the next LF and CR are is remembered,
 * so that a stream with one kind of line end is not searched again and again
 * for the other: the time is linear in the bytes whatever they are.
 */
#include "net/sse.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

bool dc_sse_is_type(const char *type)
{
    static const char stream[] = "text/event-stream";

    return strncasecmp(type, stream, sizeof stream - 1) == 0;
}

void dc_sse_init(struct dc_sse *s, size_t max)
{
    *s = (struct dc_sse){.max = max};
    dc_buf_init(&s->line, max);
    dc_buf_init(&s->type, max);
    dc_buf_init(&s->data, max);
}

void dc_sse_release(struct dc_sse *s)
{
    dc_buf_release(&s->line);
    dc_buf_release(&s->type);
    dc_buf_release(&s->data);
    dc_sse_init(s, s->max);
}

void dc_sse_clear(struct dc_sse *s)
{
    struct dc_buf line = s->line, type = s->type, data = s->data;

    dc_buf_clear(&line);
    dc_buf_clear(&type);
    dc_buf_clear(&data);
    *s = (struct dc_sse){
        .max = s->max, .line = line, .type = type, .data = data};
}

/* The place of c in what is fed, from at on; n_in if it is not there. */
static size_t sse_find(const struct dc_sse *s, int c)
{
    const char *found =
        s->at < s->n_in ? memchr(s->in + s->at, c, s->n_in - s->at) : NULL;

    return found ? (size_t)(found - s->in) : s->n_in;
}

void dc_sse_feed(struct dc_sse *s, const char *data, size_t n)
{
    assert(s->at == s->n_in && !s->ended);
    s->in = data;
    s->n_in = s->too_large ? 0 : n;
    s->at = 0;
    s->lf = sse_find(s, '\n');
    s->cr = sse_find(s, '\r');
}

void dc_sse_end(struct dc_sse *s)
{
    assert(s->at == s->n_in);
    s->ended = true;
}

static enum dc_status sse_too_large(struct dc_sse *s, struct dc_err *err)
{
    s->too_large = true;
    s->at = s->n_in;
    return dc_fail(err, DC_DATA,
                   "a server-sent event has a line or a text of more than %zu "
                   "bytes; is this a stream of events?",
                   s->max);
}

/*
 * Take the rest of what is fed, or all of it up to a line's end, which is
 * passed over. True if a line is whole: *text [*n], a view.
 */
static bool sse_line(struct dc_sse *s, const char **text, size_t *n)
{
    if (s->after_cr && s->at < s->n_in) {
        s->at += s->in[s->at] == '\n';
        s->after_cr = false;
    }
    if (s->lf < s->at)
        s->lf = sse_find(s, '\n');
    if (s->cr < s->at)
        s->cr = sse_find(s, '\r');
    size_t end = s->lf < s->cr ? s->lf : s->cr, from = s->at;
    bool whole = end < s->n_in;
    *text = s->in + from;
    *n = end - from;
    s->at = end + whole;
    s->after_cr = whole && s->in[end] == '\r';
    return whole;
}

/* Keep the start of a line, or put its end behind the start that was kept. */
static bool sse_keep(struct dc_sse *s, const char *text, size_t n)
{
    if (n > dc_buf_room(&s->line))
        return false;
    dc_buf_add(&s->line, text, n);
    return true;
}

static void sse_set_type(struct dc_sse *s, const char *value, size_t n)
{
    dc_buf_clear(&s->type);
    dc_buf_add(&s->type, value, n);
}

static bool sse_add_data(struct dc_sse *s, const char *value, size_t n)
{
    if (n + s->has_data > dc_buf_room(&s->data))
        return false;
    if (s->has_data)
        dc_buf_addc(&s->data, '\n');
    dc_buf_add(&s->data, value, n);
    s->has_data = true;
    return true;
}

/* One line that is not empty. False if the event gets too long by it. */
static bool sse_field(struct dc_sse *s, const char *text, size_t n)
{
    const char *colon = memchr(text, ':', n);
    size_t n_name = colon ? (size_t)(colon - text) : n;
    const char *value = text + n_name + (colon != NULL);
    size_t n_value = n - n_name - (colon != NULL);

    if (n_name == 0) {
        s->n_comment++;
        return true;
    }
    if (n_value > 0 && *value == ' ') {
        value++;
        n_value--;
    }
    if (n_name == 4 && !memcmp(text, "data", 4))
        return sse_add_data(s, value, n_value);
    if (n_name == 5 && !memcmp(text, "event", 5))
        sse_set_type(s, value, n_value);
    else
        s->n_skipped++;
    return true;
}

/* What an empty line ends; false if it has no data and so is no event. */
static bool sse_dispatch(struct dc_sse *s, bool cut, struct dc_sse_event *e)
{
    bool is_event = s->has_data;

    s->told = true;
    s->has_data = false;
    *e = (struct dc_sse_event){
        .data = s->data.data, .n = s->data.n, .type = s->type.data, .cut = cut};
    return is_event;
}

static void sse_forget_told(struct dc_sse *s)
{
    if (!s->told)
        return;
    s->told = false;
    dc_buf_clear(&s->type);
    dc_buf_clear(&s->data);
}

/* A whole line: *is_event if it ends an event. False: it is too long. */
static bool sse_take(struct dc_sse *s, const char *text, size_t n,
                     struct dc_sse_event *e, bool *is_event)
{
    bool in_pieces = s->line.n > 0;

    if (in_pieces) {
        if (!sse_keep(s, text, n))
            return false;
        text = s->line.data;
        n = s->line.n;
    }
    if (n > s->max)
        return false;
    if (!s->started && n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) {
        text += 3;
        n -= 3;
    }
    s->started = true;
    sse_forget_told(s);
    bool ok = true;
    if (n == 0)
        *is_event = sse_dispatch(s, false, e);
    else
        ok = sse_field(s, text, n);
    if (in_pieces)
        dc_buf_clear(&s->line);
    return ok;
}

/* What is left when no more bytes come: a line without its end, an event. */
static bool sse_last(struct dc_sse *s, struct dc_sse_event *e, bool *more)
{
    bool unused = false;

    if (s->line.n > 0 && !sse_take(s, "", 0, e, &unused))
        return false;
    sse_forget_told(s);
    *more = sse_dispatch(s, true, e);
    return true;
}

enum dc_status dc_sse_next(struct dc_sse *s, struct dc_sse_event *e, bool *more,
                           struct dc_err *err)
{
    const char *text;
    size_t n;

    *more = false;
    if (s->too_large)
        return sse_too_large(s, err);
    sse_forget_told(s);
    while (!*more && s->at < s->n_in) {
        bool whole = sse_line(s, &text, &n);
        if (whole ? !sse_take(s, text, n, e, more) : !sse_keep(s, text, n))
            return sse_too_large(s, err);
    }
    if (!*more && s->ended && !sse_last(s, e, more))
        return sse_too_large(s, err);
    return DC_OK;
}
