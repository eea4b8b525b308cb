/*
 * import_pieces.c - numbers for the texts of alternatives.
 *
 * Other programs write the texts of tokens and no ids. A text gets the next
 * number when it first comes, so that the run file holds it once; the same text
 * has the same number, though two tokens of a vocabulary may share it.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "exchange/import_priv.h"
#include "exchange/import_tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Texts to numbers: open addressing, at most half full. */
struct dc_import_pieces {
    struct dc_piece *item; /* [n] by number */
    size_t n, cap;
    size_t *at; /* [n_at] number + 1; 0: empty */
    size_t n_at;
    struct dc_arena arena;
};

static size_t slot_of(const struct dc_import_pieces *p, const char *bytes,
                      size_t n)
{
    size_t i = (size_t)dc_hash64(bytes, n) & (p->n_at - 1);
    while (p->at[i] && (p->item[p->at[i] - 1].n != n ||
                        memcmp(p->item[p->at[i] - 1].bytes, bytes, n) != 0))
        i = (i + 1) & (p->n_at - 1);
    return i;
}

static void make_room(struct dc_import_pieces *p)
{
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 512;
        p->item = dc_xrealloc(p->item, p->cap, sizeof *p->item);
    }
    if (2 * (p->n + 1) <= p->n_at)
        return;
    free(p->at);
    p->n_at = p->n_at ? 2 * p->n_at : 1024;
    p->at = dc_xcalloc(p->n_at, sizeof *p->at);
    for (size_t i = 0; i < p->n; i++)
        p->at[slot_of(p, p->item[i].bytes, p->item[i].n)] = i + 1;
}

static enum dc_status number_of(struct dc_import *in,
                                const struct dc_import_top *x, int32_t *id,
                                struct dc_err *err)
{
    struct dc_import_pieces *p = in->pieces;
    make_room(p);
    size_t at = slot_of(p, x->bytes, x->n);
    if (p->at[at]) {
        *id = p->item[p->at[at] - 1].id;
        return DC_OK;
    }
    if (p->n == INT32_MAX)
        return dc_fail(err, DC_DATA, "more than %d texts of tokens", INT32_MAX);
    *id = (int32_t)p->n;
    p->item[p->n] = (struct dc_piece){
        *id, dc_arena_strndup(&p->arena, x->bytes, x->n), x->n};
    p->at[at] = ++p->n;
    return dc_store_piece_add(in->store, *id, x->bytes, x->n, err);
}

enum dc_status dc_import_number(struct dc_import *in,
                                const struct dc_import_tokens *t,
                                struct dc_top_logprob **out, struct dc_err *err)
{
    size_t n = t->n * t->n_top;
    enum dc_status st = DC_OK;
    *out = NULL;
    if (n == 0)
        return DC_OK;
    if (!in->pieces) {
        in->pieces = dc_xcalloc(1, sizeof *in->pieces);
        dc_arena_init(&in->pieces->arena);
    }
    *out = dc_xcalloc(n, sizeof **out);
    for (size_t i = 0; i < n && !st; i++) {
        struct dc_top_logprob *x = &(*out)[i];
        *x = (struct dc_top_logprob){-1, NAN};
        if (!t->top[i].bytes)
            continue;
        x->logprob = t->top[i].logprob;
        st = number_of(in, &t->top[i], &x->id, err);
    }
    return st;
}

void dc_import_pieces_free(struct dc_import_pieces *p)
{
    if (!p)
        return;
    free(p->item);
    free(p->at);
    dc_arena_release(&p->arena);
    free(p);
}
