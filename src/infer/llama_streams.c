/*
 * llama_streams.c - streams of tokens for a judge.
 *
 * Steps go by the rule of llama_rows.h; a stream's ids are computed alone in
 * pieces that depend on their number only, never of one row. The shared
 * beginning is a boundary of the pieces whether it is shared or not, so copying
 * its cells changes nothing.
 *
 * A piece of one row gets a second row behind it, whose cell is removed at
 * once: the mask keeps the first from seeing it. Recurrent models have no cells
 * to remove or copy: nothing is shared, and a piece may be of one row.
 */
#include "infer/llama_streams.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum dc_status dc_streams_init(struct dc_streams *s, struct llama_model *model,
                               unsigned n, unsigned n_cell, unsigned n_threads,
                               struct dc_err *err)
{
    assert(n == 1 || n == dc_rows_streams(n));
    const struct dc_rows_cfg cfg = {
        .n_stream = n,
        .n_cell = n_cell,
        .n_threads = n_threads,
        .advice = "Try fewer --slots.",
    };
    *s = (struct dc_streams){.n_stream = n, .n_cell = n_cell};
    enum dc_status st = dc_rows_init(&s->rows, model, &cfg, err);
    if (st)
        return st;
    s->stream = dc_xcalloc(n, sizeof *s->stream);
    s->can_cut =
        !llama_model_is_recurrent(model) && !llama_model_is_hybrid(model);
    s->share = s->can_cut;
    return DC_OK;
}

void dc_streams_release(struct dc_streams *s)
{
    for (unsigned i = 0; s->stream && i < s->n_stream; i++)
        free(s->stream[i].ids.id);
    free(s->stream);
    dc_rows_release(&s->rows);
    s->stream = NULL;
}

/* ---- ids ---- */

void dc_streams_append(struct dc_streams *s, unsigned i, const llama_token *id,
                       size_t n)
{
    struct dc_token_ids *ids = &s->stream[i].ids;
    assert(ids->n + n <= s->n_cell);
    if (ids->n + n > ids->cap) {
        ids->cap = ids->n + n + 64;
        ids->id = dc_xrealloc(ids->id, ids->cap, sizeof *ids->id);
    }
    for (size_t k = 0; k < n; k++)
        ids->id[ids->n + k] = id[k];
    ids->n += n;
}

void dc_streams_cut(struct dc_streams *s, unsigned i, size_t n)
{
    struct dc_stream *t = &s->stream[i];
    assert(n <= t->ids.n && s->can_cut);
    t->ids.n = n;
    if (t->n_done <= n)
        return;
    t->n_done = n;
    t->holds_prefix = t->holds_prefix && n >= s->prefix->n;
    dc_rows_cut(&s->rows, i, n);
}

static bool starts_with_prefix(const struct dc_streams *s,
                               const struct dc_token_ids *ids)
{
    size_t n = s->prefix ? s->prefix->n : 0;
    return n > 0 && ids->n > n &&
           memcmp(ids->id, s->prefix->id, n * sizeof *ids->id) == 0;
}

/* Bring the shared beginning into stream i, if another stream holds it. */
static void copy_prefix(struct dc_streams *s, unsigned i)
{
    struct dc_stream *t = &s->stream[i];
    for (unsigned k = 0; k < s->n_stream && !t->holds_prefix; k++) {
        if (!s->stream[k].holds_prefix)
            continue;
        dc_rows_copy(&s->rows, k, i);
        t->holds_prefix = true;
    }
}

void dc_streams_set(struct dc_streams *s, unsigned i,
                    const struct dc_token_ids *ids)
{
    struct dc_stream *t = &s->stream[i];
    t->ids.n = 0;
    dc_streams_append(s, i, ids->id, ids->n);
    if (s->share && starts_with_prefix(s, ids))
        copy_prefix(s, i);
    else
        t->holds_prefix = false;
    t->n_done = t->holds_prefix ? s->prefix->n : 0;
    dc_rows_cut(&s->rows, i, t->n_done);
}

/* ---- computing ---- */

/* The next m ids of stream i. */
static enum dc_status piece(struct dc_streams *s, unsigned i, size_t m,
                            bool all, struct dc_err *err)
{
    struct dc_stream *t = &s->stream[i];
    size_t end = t->n_done + m;
    bool alone = m == 1 && s->can_cut && end < s->n_cell;
    dc_rows_clear(&s->rows);
    for (size_t k = t->n_done; k < end; k++)
        dc_rows_add(&s->rows, t->ids.id[k], k, i, all || k + 1 == t->ids.n);
    if (alone)
        dc_rows_add(&s->rows, t->ids.id[end - 1], end, i, false);
    enum dc_status st = dc_rows_decode(&s->rows, &s->times.prefill_ms, err);
    if (alone)
        dc_rows_cut(&s->rows, i, end);
    t->n_done = end;
    s->times.n_prefill_tok += m;
    if (s->share && s->prefix && end == s->prefix->n && !st &&
        starts_with_prefix(s, &t->ids))
        t->holds_prefix = true;
    return st;
}

enum dc_status dc_streams_catch_up(struct dc_streams *s, unsigned i, bool all,
                                   struct dc_err *err)
{
    struct dc_stream *t = &s->stream[i];
    size_t n_prefix = starts_with_prefix(s, &t->ids) ? s->prefix->n : 0;
    assert(t->n_done < t->ids.n);
    assert(!all || t->ids.n - t->n_done <= DC_STREAMS_ALL);
    while (t->n_done < t->ids.n) {
        size_t end = t->n_done < n_prefix ? n_prefix : t->ids.n;
        size_t left = end - t->n_done,
               m = left < DC_ROWS_PIECE ? left : DC_ROWS_PIECE;
        if (left - m == 1)
            m--; /* never a last piece of one row */
        enum dc_status st = piece(s, i, m, all, err);
        if (st)
            return st;
    }
    return DC_OK;
}

/* The run of streams first .. first+n-1 with all that are busy. */
static void find_run(const struct dc_streams *s, unsigned *first, unsigned *n)
{
    unsigned lo = s->n_stream, hi = 0;
    for (unsigned i = 0; i < s->n_stream; i++) {
        if (!s->stream[i].busy)
            continue;
        lo = lo < i ? lo : i;
        hi = i + 1;
    }
    if (hi > lo)
        dc_rows_widen(s->n_stream, &lo, &hi);
    *first = lo;
    *n = hi > lo ? hi - lo : 0;
}

enum dc_status dc_streams_step(struct dc_streams *s, unsigned *first,
                               unsigned *n, struct dc_err *err)
{
    unsigned n_out = 0;
    find_run(s, first, n);
    if (*n == 0)
        return DC_OK;
    for (unsigned i = *first; i < *first + *n; i++)
        n_out += s->stream[i].busy;
    dc_rows_clear(&s->rows);
    for (unsigned i = *first; i < *first + *n; i++) {
        struct dc_stream *t = &s->stream[i];
        if (t->busy) {
            assert(t->ids.n == t->n_done + 1);
            dc_rows_add(&s->rows, t->ids.id[t->n_done], t->n_done, i, true);
            t->n_done++;
            s->times.n_decode_rows++;
            continue;
        }
        size_t pos = t->holds_prefix ? s->prefix->n : 0;
        dc_rows_cut(&s->rows, i, pos);
        bool fill = dc_rows_needs_logits(n_out);
        n_out += fill;
        dc_rows_add(&s->rows, 0, pos, i, fill);
    }
    s->times.n_steps++;
    enum dc_status st = dc_rows_decode(&s->rows, &s->times.decode_ms, err);
    for (unsigned i = *first; i < *first + *n; i++) {
        struct dc_stream *t = &s->stream[i];
        if (t->busy)
            continue;
        t->n_done = t->holds_prefix ? s->prefix->n : 0;
        t->ids.n = 0;
        dc_rows_cut(&s->rows, i, t->n_done);
    }
    return st;
}

const float *dc_streams_logits(struct dc_streams *s, int32_t row)
{
    return dc_rows_logits(&s->rows, row);
}
