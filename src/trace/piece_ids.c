/*
 * piece_ids.c - piece_ids.h: open addressing, at most half full.
 */
#include "trace/piece_ids.h"

#include "base/banned.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct dc_piece_ids {
    struct dc_piece *item; /* [n] by number */
    size_t n, cap;
    size_t *at; /* [n_at] number + 1; 0: empty */
    size_t n_at;
    struct dc_arena arena;
};

struct dc_piece_ids *dc_piece_ids_create(void)
{
    struct dc_piece_ids *p = dc_xcalloc(1, sizeof *p);
    dc_arena_init(&p->arena);
    return p;
}

void dc_piece_ids_free(struct dc_piece_ids *p)
{
    if (!p)
        return;
    free(p->item);
    free(p->at);
    dc_arena_release(&p->arena);
    free(p);
}

static size_t place_of(const struct dc_piece_ids *p, const char *bytes,
                       size_t n)
{
    size_t i = (size_t)dc_hash64(bytes, n) & (p->n_at - 1);
    while (p->at[i] && (p->item[p->at[i] - 1].n != n ||
                        memcmp(p->item[p->at[i] - 1].bytes, bytes, n) != 0))
        i = (i + 1) & (p->n_at - 1);
    return i;
}

static void piece_room(struct dc_piece_ids *p)
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
        p->at[place_of(p, p->item[i].bytes, p->item[i].n)] = i + 1;
}

/* Append a text that is not there, at its place of the table. */
static void append(struct dc_piece_ids *p, size_t at, const char *bytes,
                   size_t n)
{
    p->item[p->n] = (struct dc_piece){(int32_t)p->n,
                                      dc_arena_strndup(&p->arena, bytes, n), n};
    p->at[at] = ++p->n;
}

struct reading {
    struct dc_piece_ids *ids;
    struct dc_store *store;
};

static enum dc_status read_piece(void *arg, const struct dc_piece *x,
                                 struct dc_err *err)
{
    const struct reading *r = arg;
    struct dc_piece_ids *p = r->ids;
    if (x->id < 0 || (size_t)x->id != p->n)
        return dc_store_damaged(r->store, err,
                                "token text %ld where %zu was to follow",
                                (long)x->id, p->n);
    piece_room(p);
    append(p, place_of(p, x->bytes, x->n), x->bytes, x->n);
    return DC_OK;
}

enum dc_status dc_piece_ids_read(struct dc_piece_ids *p, struct dc_store *s,
                                 struct dc_err *err)
{
    struct reading r = {p, s};
    return dc_store_each_piece(s, read_piece, &r, err);
}

enum dc_status dc_piece_ids_of(struct dc_piece_ids *p, struct dc_store *s,
                               const struct dc_piece *text, int32_t *id,
                               struct dc_err *err)
{
    piece_room(p);
    size_t at = place_of(p, text->bytes, text->n);
    if (p->at[at]) {
        *id = p->item[p->at[at] - 1].id;
        return DC_OK;
    }
    if (p->n == INT32_MAX)
        return dc_fail(err, DC_DATA, "more than %d texts of tokens", INT32_MAX);
    *id = (int32_t)p->n;
    append(p, at, text->bytes, text->n);
    return dc_store_piece_add(s, *id, text->bytes, text->n, err);
}
