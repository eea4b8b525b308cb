/*
 * page_top.c - lists of top log-probabilities for the viewer: what else a token
 * could have been.
 *
 * Of a trace: "w", how many stand in each list, and "o", for each token one
 * character, the place of the sampled token in the list (63: it is not in it),
 * and 5 for each entry: the place of its text in "dc-pieces", 18 bits, and its
 * log-probability as in "q" (page_traces.c). A list that is shorter is filled
 * up with the place 262143.
 *
 * Block "dc-pieces" (type application/json): an array, a line for each text, in
 * the order of their first use. A text is a string or, where it is no whole
 * UTF-8 or holds a NUL, an array of its bytes; long ones are cut.
 */
#include "base/utf8.h"
#include "page/page_priv.h"
#include "page/page_put.h"

#include <math.h>
#include <string.h>

enum {
    OUTSIDE = 63,
    NO_PIECE = (1 << 18) - 1,
    ENTRY = 5,
    FRAME = 14,
    LEVEL_MAX = 4095,
    MAX_TEXT = 160, /* bytes of a text that are shown */
    MAX_RAW = 24    /* and of one that is no text */
};

static size_t width_of(const struct dc_trace_row *t)
{
    return t->n_top < DC_PAGE_TOP ? t->n_top : DC_PAGE_TOP;
}

uint64_t dc_page_top_bytes(const struct dc_trace_row *t)
{
    size_t w = width_of(t);
    return w && t->n_tok ? FRAME + (uint64_t)t->n_tok * (1 + ENTRY * w) : 0;
}

/* The place of a text in "dc-pieces"; it gets one with its first use. */
static uint32_t place_of(struct dc_page *p, int32_t id)
{
    const struct dc_piece *x = dc_pieces_find(&p->pieces, id);
    if (!x)
        return NO_PIECE;
    size_t i = (size_t)(x - p->pieces.item);
    if (!p->piece_at[i] && p->n_used < NO_PIECE) {
        p->used[p->n_used] = (uint32_t)i;
        p->piece_at[i] = (uint32_t)++p->n_used;
    }
    return p->piece_at[i] ? p->piece_at[i] - 1 : NO_PIECE;
}

static void put_entry(struct dc_page *p, const struct dc_top_logprob *x)
{
    double level = x ? rint(-200 * (double)x->logprob) : LEVEL_MAX;
    dc_page_sixbits(&p->b, x ? place_of(p, x->id) : NO_PIECE, 3);
    dc_page_sixbits(&p->b, level < LEVEL_MAX ? (uint32_t)level : LEVEL_MAX, 2);
}

void dc_page_top(struct dc_page *p, const struct dc_trace_row *t)
{
    size_t w = width_of(t), n, at;
    if (w == 0 || t->n_tok == 0)
        return;
    dc_buf_addf(&p->b, ",\"w\":%zu,\"o\":\"", w);
    for (size_t i = 0; i < t->n_tok; i++) {
        const struct dc_top_logprob *top = dc_top_of(t, i, &n);
        bool in = dc_top_sampled(&p->pieces, t, i, &at) && at < w;
        dc_page_sixbits(&p->b, in ? (uint32_t)at : OUTSIDE, 1);
        for (size_t k = 0; k < w; k++)
            put_entry(p, k < n ? &top[k] : NULL);
    }
    dc_buf_addc(&p->b, '"');
}

/* ---- texts ---- */

static void put_raw(struct dc_page *p, const struct dc_piece *x)
{
    dc_buf_addc(&p->b, '[');
    for (size_t i = 0; i < x->n && i < MAX_RAW; i++)
        dc_buf_addf(&p->b, "%s%u", i ? "," : "", (unsigned char)x->bytes[i]);
    dc_buf_addc(&p->b, ']');
}

static void put_piece(struct dc_page *p, const struct dc_piece *x)
{
    struct dc_buf b;
    size_t n = x->n;
    if (!dc_utf8_valid(x->bytes, n, NULL) || memchr(x->bytes, '\0', n)) {
        put_raw(p, x);
        return;
    }
    dc_buf_init(&b, MAX_TEXT + 8);
    while (n > MAX_TEXT ||
           (n > 0 && n < x->n && ((unsigned char)x->bytes[n] & 0xC0) == 0x80))
        n = n > MAX_TEXT ? MAX_TEXT : n - 1;
    dc_buf_add(&b, x->bytes, n);
    if (n < x->n)
        dc_buf_adds(&b, "\xE2\x80\xA6");
    dc_page_json(&p->b, b.data);
    dc_buf_release(&b);
}

void dc_page_pieces(struct dc_page *p)
{
    if (p->n_used == 0)
        return;
    dc_buf_adds(&p->b, "<script type=\"application/json\" id=\"dc-pieces\">[");
    for (size_t i = 0; i < p->n_used; i++) {
        dc_buf_adds(&p->b, i ? ",\n" : "\n");
        put_piece(p, &p->pieces.item[p->used[i]]);
        dc_page_flush(p, false);
    }
    dc_buf_adds(&p->b, "\n]</script>\n");
}
