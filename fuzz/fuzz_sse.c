/*
 * fuzz_sse.c - any bytes through the reader of server-sent events, in pieces.
 *
 * What must hold: however the bytes are cut into pieces, the events are those
 * that a second reader, written to be simple, finds in the whole; the counts
 * too; and a text that is too long is found so either way.
 */
#define FUZZ_NAME "fuzz_sse"

#include "base/mem.h"
#include "fuzz.h"
#include "net/sse.h"

#include <inttypes.h>

enum { FUZZ_SSE_MAX = 64, FUZZ_SSE_FILE = 1 << 20 };

/* What the inputs reached. */
static size_t fuzz_n_event, fuzz_n_cut, fuzz_n_error;

/* All that a reader says of a stream, as one text. */
static void put_event(struct dc_buf *out, const struct dc_sse_event *e)
{
    size_t n_type = strlen(e->type);
    dc_buf_addf(out, "%s%zu,%zu:", e->cut ? "cut " : "", n_type, e->n);
    dc_buf_add(out, e->type, n_type);
    dc_buf_add(out, e->data, e->n);
}

static void put_end(struct dc_buf *out, bool ok, uint64_t n_comment,
                    uint64_t n_skipped)
{
    dc_buf_addf(out, "%s after %" PRIu64 " comments, %" PRIu64 " other lines",
                ok ? "end" : "too long", n_comment, n_skipped);
}

/* The simple reader, and its event so far. */
struct simple {
    struct dc_buf type, data;
    bool has;
    uint64_t n_comment, n_skipped;
};

static void simple_end(struct simple *s, bool cut, struct dc_buf *out)
{
    const struct dc_sse_event e = {
        .data = s->data.data, .n = s->data.n, .type = s->type.data, .cut = cut};
    if (s->has)
        put_event(out, &e);
    dc_buf_clear(&s->type);
    dc_buf_clear(&s->data);
    s->has = false;
}

/* False: too long. */
static bool simple_line(struct simple *s, const char *line, size_t n,
                        struct dc_buf *out)
{
    size_t name = 0;
    if (n == 0) {
        simple_end(s, false, out);
        return true;
    }
    while (name < n && line[name] != ':')
        name++;
    size_t at = name < n ? name + 1 : n;
    if (at < n && line[at] == ' ')
        at++;
    if (name == 5 && !memcmp(line, "event", 5)) {
        dc_buf_clear(&s->type);
        dc_buf_add(&s->type, line + at, n - at);
        return true;
    }
    if (name != 4 || memcmp(line, "data", 4) != 0) {
        s->n_comment += name == 0;
        s->n_skipped += name > 0;
        return true;
    }
    if (s->data.n + s->has + (n - at) > FUZZ_SSE_MAX)
        return false;
    if (s->has)
        dc_buf_addc(&s->data, '\n');
    dc_buf_add(&s->data, line + at, n - at);
    s->has = true;
    return true;
}

static void simple_read(const char *text, size_t n, struct dc_buf *out)
{
    struct simple s = {.has = false};
    size_t at = 0;
    bool ok = true, first = true;
    dc_buf_init(&s.type, SIZE_MAX);
    dc_buf_init(&s.data, SIZE_MAX);
    while (ok && at < n) {
        size_t end = at;
        while (end < n && text[end] != '\n' && text[end] != '\r')
            end++;
        size_t skip = 0;
        ok = end - at <= FUZZ_SSE_MAX;
        if (ok && first && end - at >= 3 &&
            !memcmp(text + at, "\xEF\xBB\xBF", 3))
            skip = 3;
        first = false;
        if (ok && (end < n || end > at + skip))
            ok = simple_line(&s, text + at + skip, end - at - skip, out);
        at = end + 1 +
             (end + 1 < n && text[end] == '\r' && text[end + 1] == '\n');
    }
    if (ok)
        simple_end(&s, true, out);
    put_end(out, ok, s.n_comment, s.n_skipped);
    dc_buf_release(&s.type);
    dc_buf_release(&s.data);
}

/* Hand out what there is; false: too long. */
static bool drain(struct dc_sse *s, struct dc_buf *out)
{
    struct dc_sse_event e;
    struct dc_err err;
    bool more = false;
    for (;;) {
        if (dc_sse_next(s, &e, &more, &err)) {
            must_be_shown(&err, "");
            return false;
        }
        if (!more)
            return true;
        must(e.data[e.n] == '\0', "data without a NUL behind it");
        put_event(out, &e);
        fuzz_n_event++;
        fuzz_n_cut += e.cut;
    }
}

/* Pieces of 1 to most bytes, of sizes that the bytes themselves choose. */
static void read_pieces(const char *text, size_t n, size_t most,
                        struct dc_buf *out)
{
    struct dc_sse s;
    bool ok = true;
    size_t len, at = 0;
    unsigned x = (unsigned)n;
    dc_sse_init(&s, FUZZ_SSE_MAX);
    for (; ok && at < n; at += len) {
        x = x * 31 + (unsigned char)text[at];
        len = 1 + x % most;
        len = len < n - at ? len : n - at;
        char *piece =
            dc_xstrndup(text + at, len); /* of this size, to be seen */
        dc_sse_feed(&s, piece, len);
        ok = drain(&s, out);
        free(piece);
    }
    if (ok) {
        dc_sse_end(&s);
        ok = drain(&s, out);
    }
    put_end(out, ok, s.n_comment, s.n_skipped);
    fuzz_n_error += !ok;
    must(ok || dc_sse_next(&s, &(struct dc_sse_event){0}, &(bool){false}, NULL),
         "a stream goes on after it was too long");
    dc_sse_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t most[] = {1, 7, FUZZ_SSE_FILE};
    struct dc_buf want, got;
    const char *text = (const char *)data;
    /* A type is compared as a C string. */
    if (size > FUZZ_SSE_FILE || (size && memchr(data, 0, size)))
        return 0;
    dc_buf_init(&want, SIZE_MAX);
    dc_buf_init(&got, SIZE_MAX);
    simple_read(text, size, &want);
    for (size_t i = 0; i < DC_COUNT(most); i++) {
        dc_buf_clear(&got);
        read_pieces(text, size, most[i], &got);
        must(got.n == want.n && !memcmp(got.data, want.data, want.n),
             "other events than in the whole");
    }
    dc_buf_release(&got);
    dc_buf_release(&want);
    return 0;
}

#ifdef DC_FUZZ_MAIN
int main(int argc, char **argv)
{
    bool ok = fuzz_files(argc, argv, FUZZ_SSE_FILE);
    printf("%zu events, %zu cut, %zu errors\n", fuzz_n_event, fuzz_n_cut,
           fuzz_n_error);
    return ok ? 0 : 1;
}
#endif
