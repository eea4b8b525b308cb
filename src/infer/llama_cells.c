/*
 * llama_cells.c - streams and the prompts in them (llama_cells.h).
 */
#include "infer/llama_cells.h"

#include "base/banned.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_GROUP = 4 };

void dc_cells_set_head(struct dc_cells *c, llama_token *head, size_t n)
{
    c->id = head;
    c->n_head = n - n % HEAD_GROUP;
}

void dc_cells_begin(struct dc_cells *c, struct dc_rows *rows, unsigned n_stream,
                    bool unified)
{
    c->rows = rows;
    c->unified = unified;
    c->n_stream = n_stream;
    c->stream = dc_xcalloc(n_stream, sizeof *c->stream);
}

void dc_cells_release(struct dc_cells *c)
{
    free(c->id);
    free(c->stream);
}

size_t dc_cells_head_of(const struct dc_cells *c, const llama_token *id,
                        size_t n)
{
    bool has = n >= c->n_head + 2 &&
               (c->n_head == 0 || !memcmp(id, c->id, c->n_head * sizeof *id));
    return has ? c->n_head : 0;
}

/* All cells, and what is known of them. */
static void copy(struct dc_cells *c, unsigned from, unsigned to)
{
    dc_rows_cut(c->rows, to, 0);
    dc_rows_copy(c->rows, from, to);
    c->stream[to].head = c->stream[from].head;
    c->stream[to].prefix = c->stream[from].prefix;
    c->n_copies++;
}

/* Compute cells from .. to-1 of p in pieces. */
static enum dc_status compute(struct dc_cells *c,
                              const struct dc_cells_prompt *p, unsigned stream,
                              size_t from, size_t to, struct dc_err *err)
{
    while (from < to) {
        size_t m = to - from < DC_ROWS_PIECE ? to - from : DC_ROWS_PIECE;
        if (to - from - m == 1)
            m--; /* never a last piece of one row */
        dc_rows_clear(c->rows);
        for (size_t i = from; i < from + m; i++)
            dc_rows_add(c->rows, p->id[i], i, stream, i + 1 == p->n);
        enum dc_status st = dc_rows_decode(c->rows, &c->prefill_ms, err);
        if (st)
            return st;
        from += m;
        c->n_prefill_tok += m;
    }
    return DC_OK;
}

/* A stream that starts with the head, `stream` itself if it does. */
static bool find_head(const struct dc_cells *c, unsigned stream, unsigned *from)
{
    *from = stream;
    if (!c->share || c->stream[stream].head)
        return c->share;
    for (unsigned i = 0; i < c->n_stream; i++) {
        if (c->stream[i].head) {
            *from = i;
            return true;
        }
    }
    return false;
}

static void keep_logits(struct dc_cells *c, struct dc_cells_prompt *p)
{
    const float *z = dc_rows_logits(c->rows, -1);
    p->logits = dc_xcalloc(c->n_vocab, sizeof *p->logits);
    memcpy(p->logits, z, c->n_vocab * sizeof *z);
}

/* Compute p's cells in this stream, and its last logits if not there yet. */
static enum dc_status prefill(struct dc_cells *c, struct dc_cells_prompt *p,
                              unsigned stream, struct dc_err *err)
{
    unsigned from;
    struct dc_cells_stream *s = &c->stream[stream];
    enum dc_status st = DC_OK;
    if (p->n_head > 0 && find_head(c, stream, &from)) {
        if (from != stream)
            copy(c, from, stream);
        dc_rows_cut(c->rows, stream, p->n_head);
    } else {
        dc_rows_cut(c->rows, stream, 0);
        s->head = false;
        st = compute(c, p, stream, 0, p->n_head, err);
    }
    s->prefix = NULL;
    if (!st)
        s->head = c->share && p->n_head > 0;
    if (!st)
        st = compute(c, p, stream, p->n_head, p->n, err);
    if (st)
        return st;
    if (!p->logits)
        keep_logits(c, p);
    s->prefix = c->share ? p : NULL;
    return DC_OK;
}

/* An idle stream for p: one that holds it, else one that holds nobody's, else
 * the first. */
static unsigned pick(const struct dc_cells *c, const struct dc_cells_prompt *p)
{
    unsigned best = c->n_stream, rank = 3;
    for (unsigned i = 0; i < c->n_stream; i++) {
        const struct dc_cells_stream *s = &c->stream[i];
        unsigned r = s->prefix == p ? 0 : s->prefix ? 2 : 1;
        if (!s->busy && r < rank) {
            best = i;
            rank = r;
        }
    }
    assert(best < c->n_stream);
    return best;
}

enum dc_status dc_cells_take(struct dc_cells *c, struct dc_cells_prompt *p,
                             unsigned *stream, struct dc_err *err)
{
    unsigned to = pick(c, p), from = 0;
    while (from < c->n_stream && c->stream[from].prefix != p)
        from++;
    if (from == c->n_stream || !p->logits) {
        enum dc_status st = prefill(c, p, to, err);
        if (st)
            return st;
    } else if (c->stream[to].prefix != p) {
        copy(c, from, to);
    }
    dc_rows_cut(c->rows, to, p->n);
    c->stream[to].busy = true;
    *stream = to;
    return DC_OK;
}

void dc_cells_leave(struct dc_cells *c, unsigned stream)
{
    assert(c->stream[stream].busy);
    c->stream[stream].busy = false;
}

void dc_cells_forget(struct dc_cells *c, const struct dc_cells_prompt *p)
{
    for (unsigned i = 0; i < c->n_stream; i++) {
        if (c->stream[i].prefix != p)
            continue;
        assert(!c->stream[i].busy);
        c->stream[i].prefix = NULL;
    }
}

/* The streams in work: how many, and the run that has them all. */
static unsigned find_busy(const struct dc_cells *c, unsigned *lo, unsigned *hi)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->n_stream; i++) {
        if (!c->stream[i].busy)
            continue;
        if (n++ == 0)
            *lo = i;
        *hi = i + 1;
    }
    return n;
}

bool dc_cells_run(const struct dc_cells *c, unsigned *lo, unsigned *hi)
{
    if (find_busy(c, lo, hi) == 0)
        return false;
    if (!c->unified)
        dc_rows_widen(c->n_stream, lo, hi);
    return true;
}

bool dc_cells_pack(struct dc_cells *c, unsigned *from, unsigned *to)
{
    unsigned lo = 0, hi = 0;
    unsigned n = find_busy(c, &lo, &hi);
    if (c->unified || n == 0 || dc_rows_streams(hi - lo) == dc_rows_streams(n))
        return false;
    *from = hi - 1;
    for (*to = lo; c->stream[*to].busy;)
        ++*to;
    copy(c, *from, *to);
    c->stream[*to].busy = true;
    c->stream[*from].busy = false;
    return true;
}

size_t dc_cells_idle_pos(const struct dc_cells *c, unsigned stream)
{
    const struct dc_cells_stream *s = &c->stream[stream];
    return s->prefix ? s->prefix->n : s->head ? c->n_head : 0;
}
