/*
 * sse.h - server-sent events out of a stream of bytes; pure.
 *
 * Bytes come as they come: feed() is given a piece, next() hands out the events
 * that are whole by now, until it has none. Pieces may end anywhere, inside a
 * character too. The rules are those of the HTML standard, section 9.2.6: lines
 * end in LF, CR or CRLF; a line that begins with a colon is a comment; several
 * data lines are one text with LF between them; a byte order mark at the very
 * start is skipped; an event without data is none. Fields but data and event
 * (id and retry are for reconnecting, which nobody does here) are counted and
 * skipped. What data says is the caller's affair, "[DONE]" too.
 *
 * A line or an event's data of more than max bytes ends the stream with
 * DC_DATA, for good.
 */
#ifndef DC_NET_SSE_H
#define DC_NET_SSE_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_sse {
    size_t max;
    const char *in; /* [n_in], borrowed: what was fed */
    size_t n_in, at;
    size_t lf, cr; /* the next of each in in, at or behind at; n_in: none */
    struct dc_buf line; /* the start of a line whose end has not come */
    struct dc_buf type, data;
    bool has_data;  /* the event at hand has a data line */
    bool told;      /* data is that of an event handed out */
    bool after_cr;  /* an LF that comes next belongs to that CR */
    bool started;   /* the first line is over */
    bool ended;     /* no more bytes come */
    bool too_large; /* nothing more is read */
    uint64_t n_comment, n_skipped; /* comments; lines of other fields */
};

struct dc_sse_event {
    const char
        *data; /* [n], NUL behind it; until the next call of any function */
    size_t n;
    const char *type; /* of the event field; "" if there is none */
    bool cut; /* the stream ended before the empty line that ends an event */
};

/* Is this the Content-Type of such a stream? */
bool dc_sse_is_type(const char *type);

void dc_sse_init(struct dc_sse *s, size_t max);
void dc_sse_release(struct dc_sse *s);
/* Ready for another stream, with the memory of the one before. */
void dc_sse_clear(struct dc_sse *s);

/*
 * The next bytes of the stream, borrowed until next() has handed out all
 * events. next() must have done so of the bytes before.
 */
void dc_sse_feed(struct dc_sse *s, const char *data, size_t n);
/* The stream is over: next() hands out what is left, marked as cut. */
void dc_sse_end(struct dc_sse *s);

/*
 * The next event; *more is false if there is none until more is fed. DC_DATA: a
 * line or an event is too long.
 */
enum dc_status dc_sse_next(struct dc_sse *s, struct dc_sse_event *e, bool *more,
                           struct dc_err *err);

#endif
