/*
 * llama_streams.c - streams of tokens for a judge.
 *
 * The same care for bits as in backend_llama.c, whose head has the reasons:
 * every stream has a KV of its own; a stream's ids are computed alone in pieces
 * that depend on their number only, never of one row, below the tile size of
 * the attention; a step computes one row each of a run of streams, a multiple
 * of four, with the logits of a multiple of four. The shared beginning is a
 * boundary of the pieces whether it is shared or not, so copying its cells
 * changes nothing.
 *
 * A piece of one row gets a second row behind it, whose cell is removed at
 * once: the mask keeps the first from seeing it. Recurrent models have no cells
 * to remove or copy: nothing is shared, and a piece may be of one row.
 */
#include "infer/llama_streams.h"

#include "base/clock.h"
#include "base/mem.h"
#include "infer/llama_load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 60, ROWS = DC_STREAMS_ROWS };

enum dc_status dc_streams_init(struct dc_streams *s, struct llama_model *model,
                               unsigned n, unsigned n_cell, unsigned n_threads,
                               struct dc_err *err)
{
    assert(n == 1 || n % DC_STREAMS_ROWS == 0);
    *s = (struct dc_streams){.n_stream = n, .n_cell = n_cell};
    if (n > llama_max_parallel_sequences())
        return dc_fail(err, DC_USAGE, "%u slots: libllama has at most %zu", n,
                       llama_max_parallel_sequences());
    struct llama_context_params cp = llama_context_default_params();
    cp.n_ctx = (n_cell + 255) / 256 * 256 * n;
    cp.n_seq_max = n;
    cp.n_batch = cp.n_ubatch = n > 64 ? n : 64;
    cp.n_threads = cp.n_threads_batch = (int32_t)n_threads;
    cp.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    cp.kv_unified = false;
    cp.swa_full = true;
    cp.no_perf = true;
    dc_llama_errors_clear();
    s->ctx = llama_init_from_model(model, cp);
    if (!s->ctx)
        return dc_fail(err, DC_BACKEND,
                       "libllama can't make a context of %u slots x %u "
                       "tokens: %s\nTry fewer --slots.",
                       n, n_cell, dc_llama_errors());
    s->mem = llama_get_memory(s->ctx);
    s->batch = llama_batch_init((int32_t)cp.n_batch, 0, 1);
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
    if (s->ctx) {
        llama_batch_free(s->batch);
        llama_free(s->ctx);
    }
    s->ctx = NULL;
    s->stream = NULL;
}

/* ---- ids ---- */

void dc_streams_append(struct dc_streams *s, unsigned i, const llama_token *id,
                       size_t n)
{
    struct dc_form_ids *ids = &s->stream[i].ids;
    assert(ids->n + n <= s->n_cell);
    if (ids->n + n > ids->cap) {
        ids->cap = ids->n + n + 64;
        ids->id = dc_xrealloc(ids->id, ids->cap, sizeof *ids->id);
    }
    for (size_t k = 0; k < n; k++)
        ids->id[ids->n + k] = id[k];
    ids->n += n;
}

static void remove_cells(struct dc_streams *s, unsigned i, size_t from)
{
    llama_pos pos = from > 0 ? (llama_pos)from : -1;
    llama_memory_seq_rm(s->mem, (llama_seq_id)i, pos, -1);
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
    remove_cells(s, i, n);
}

static bool starts_with_prefix(const struct dc_streams *s,
                               const struct dc_form_ids *ids)
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
        llama_memory_seq_cp(s->mem, (llama_seq_id)k, (llama_seq_id)i, -1, -1);
        t->holds_prefix = true;
    }
}

void dc_streams_set(struct dc_streams *s, unsigned i,
                    const struct dc_form_ids *ids)
{
    struct dc_stream *t = &s->stream[i];
    t->ids.n = 0;
    dc_streams_append(s, i, ids->id, ids->n);
    if (s->share && starts_with_prefix(s, ids))
        copy_prefix(s, i);
    else
        t->holds_prefix = false;
    t->n_done = t->holds_prefix ? s->prefix->n : 0;
    remove_cells(s, i, t->n_done);
}

/* ---- computing ---- */

static void add_row(struct dc_streams *s, llama_token id, size_t pos,
                    unsigned stream, bool want_logits)
{
    int32_t i = s->batch.n_tokens++;
    s->batch.token[i] = id;
    s->batch.pos[i] = (llama_pos)pos;
    s->batch.n_seq_id[i] = 1;
    s->batch.seq_id[i][0] = (llama_seq_id)stream;
    s->batch.logits[i] = want_logits;
}

static enum dc_status decode(struct dc_streams *s, double *ms,
                             struct dc_err *err)
{
    double t0 = dc_clock_ms();
    dc_llama_errors_clear();
    int32_t rc = llama_decode(s->ctx, s->batch);
    llama_synchronize(s->ctx);
    *ms += dc_clock_ms() - t0;
    if (rc)
        return dc_fail(err, DC_BACKEND, "llama_decode failed with code %d: %s",
                       (int)rc, dc_llama_errors());
    return DC_OK;
}

/* The next m ids of stream i. */
static enum dc_status piece(struct dc_streams *s, unsigned i, size_t m,
                            bool all, struct dc_err *err)
{
    struct dc_stream *t = &s->stream[i];
    size_t end = t->n_done + m;
    bool alone = m == 1 && s->can_cut && end < s->n_cell;
    s->batch.n_tokens = 0;
    for (size_t k = t->n_done; k < end; k++)
        add_row(s, t->ids.id[k], k, i, all || k + 1 == t->ids.n);
    if (alone)
        add_row(s, t->ids.id[end - 1], end, i, false);
    enum dc_status st = decode(s, &s->times.prefill_ms, err);
    if (alone)
        remove_cells(s, i, end);
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
        size_t left = end - t->n_done, m = left < PIECE ? left : PIECE;
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
    assert(s->n_stream % ROWS == 0);
    unsigned lo = s->n_stream, hi = 0;
    for (unsigned i = 0; i < s->n_stream; i++) {
        if (!s->stream[i].busy)
            continue;
        lo = lo < i ? lo : i;
        hi = i + 1;
    }
    while (hi > lo && (hi - lo) % ROWS != 0 && hi - lo < s->n_stream) {
        if (hi < s->n_stream)
            hi++;
        else
            lo--;
    }
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
    s->batch.n_tokens = 0;
    for (unsigned i = *first; i < *first + *n; i++) {
        struct dc_stream *t = &s->stream[i];
        if (t->busy) {
            assert(t->ids.n == t->n_done + 1);
            add_row(s, t->ids.id[t->n_done], t->n_done, i, true);
            t->n_done++;
            s->times.n_decode_rows++;
            continue;
        }
        size_t pos = t->holds_prefix ? s->prefix->n : 0;
        remove_cells(s, i, pos);
        bool fill = n_out % ROWS != 0;
        n_out += fill;
        add_row(s, 0, pos, i, fill);
    }
    s->times.n_steps++;
    enum dc_status st = decode(s, &s->times.decode_ms, err);
    for (unsigned i = *first; i < *first + *n; i++) {
        struct dc_stream *t = &s->stream[i];
        if (t->busy)
            continue;
        t->n_done = t->holds_prefix ? s->prefix->n : 0;
        t->ids.n = 0;
        remove_cells(s, i, t->n_done);
    }
    return st;
}

const float *dc_streams_logits(struct dc_streams *s, int32_t row)
{
    return llama_get_logits_ith(s->ctx, row);
}
