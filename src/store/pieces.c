/*
 * pieces.c - pieces.h. Numbers are those of a vocabulary, so a table by number
 * finds a text at once; a file with larger ones (damaged, or of another
 * program) is searched instead, so that no number makes a large table.
 */
#include "store/pieces.h"

#include "base/mem.h"
#include "store/store_priv.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PLACE = 1 << 22 };

/* ---- rows ---- */

enum dc_status dc_store_each_piece(struct dc_store *s, dc_piece_fn *fn,
                                   void *arg, struct dc_err *err)
{
    static const char sql[] =
        "SELECT id, length(bytes), bytes FROM piece ORDER BY id";
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = DC_OK;

    if (s->version < 5)
        return DC_OK;
    st = dc_db_take(s->db, sql, &q, err);
    while (!st && !(st = dc_stmt_step(q, &row, err)) && row) {
        struct dc_piece p = {.id = (int32_t)dc_stmt_get_int(q, 0, INT32_MAX)};
        p.n = (size_t)dc_stmt_get_int(q, 0, INT32_MAX);
        p.bytes = (const char *)dc_stmt_get_blob(q, p.n);
        if (!p.bytes)
            p.bytes = "";
        st = dc_stmt_is_bad(q) ? dc_stmt_fail_row(q, err, "piece %d", p.id)
                               : fn(arg, &p, err);
    }
    dc_stmt_end(q);
    return st;
}

/* ---- in memory ---- */

static enum dc_status take(void *arg, const struct dc_piece *p,
                           struct dc_err *err)
{
    struct dc_pieces *out = arg;

    (void)err;
    if (out->n == out->cap) {
        out->cap = out->cap ? 2 * out->cap : 1024;
        out->item = dc_xrealloc(out->item, out->cap, sizeof(*out->item));
    }
    out->item[out->n] = *p;
    out->item[out->n++].bytes = dc_arena_strndup(&out->arena, p->bytes, p->n);
    return DC_OK;
}

static void make_table(struct dc_pieces *p)
{
    if (p->n == 0 || p->item[p->n - 1].id >= MAX_PLACE)
        return;
    p->n_place = (size_t)p->item[p->n - 1].id + 1;
    p->place = dc_xcalloc(p->n_place, sizeof(*p->place));
    for (size_t i = 0; i < p->n; i++)
        p->place[p->item[i].id] = (uint32_t)i + 1;
}

enum dc_status dc_pieces_read(struct dc_store *s, struct dc_pieces *out,
                              struct dc_err *err)
{
    *out = (struct dc_pieces){.n = 0};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_store_each_piece(s, take, out, err);

    if (st)
        dc_pieces_release(out);
    else
        make_table(out);
    return st;
}

void dc_pieces_release(struct dc_pieces *p)
{
    free(p->item);
    free(p->place);
    dc_arena_release(&p->arena);
    *p = (struct dc_pieces){.n = 0};
}

static int by_id(const void *key, const void *element)
{
    const int32_t *id = key;
    const struct dc_piece *p = element;

    return (*id > p->id) - (*id < p->id);
}

const struct dc_piece *dc_pieces_find(const struct dc_pieces *p, int32_t id)
{
    if (id < 0 || p->n == 0)
        return NULL;
    if (p->n_place == 0)
        return bsearch(&id, p->item, p->n, sizeof(*p->item), by_id);
    if ((size_t)id >= p->n_place || p->place[id] == 0)
        return NULL;
    return &p->item[p->place[id] - 1];
}

/* ---- the lists ---- */

const struct dc_top_logprob *dc_top_of(const struct dc_trace_row *t, size_t i,
                                       size_t *n)
{
    const struct dc_top_logprob *top = t->top ? t->top + i * t->n_top : NULL;

    *n = 0;
    while (top && *n < t->n_top && top[*n].id >= 0)
        ++*n;
    return top;
}

struct dc_piece dc_top_text(const struct dc_trace_row *t, size_t i)
{
    size_t from = i > 0 ? t->tok_end[i - 1] & ~DC_TOK_PENDING : 0;
    size_t to = t->tok_end[i] & ~DC_TOK_PENDING;

    return (struct dc_piece){.bytes = t->text + from, .n = to - from};
}

/* Is the text of token i this piece? */
static bool is_text_of(const struct dc_trace_row *t, size_t i,
                       const struct dc_piece *p)
{
    const struct dc_piece own = dc_top_text(t, i);

    return p && p->n > 0 && p->n == own.n && !memcmp(own.bytes, p->bytes, p->n);
}

bool dc_top_sampled(const struct dc_pieces *p, const struct dc_trace_row *t,
                    size_t i, size_t *at)
{
    bool lacks = t->lacks & DC_TOKEN_ID;
    size_t n;
    const struct dc_top_logprob *top = dc_top_of(t, i, &n);
    bool found = false;

    for (size_t k = 0; k < n; k++) {
        if (lacks
                ? !t->tok_end || !is_text_of(t, i, dc_pieces_find(p, top[k].id))
                : top[k].id != t->tok[i].id)
            continue;
        if (!found || top[k].logprob == t->tok[i].logprob)
            *at = k;
        if (top[k].logprob == t->tok[i].logprob)
            return true;
        found = true;
    }
    return found;
}
