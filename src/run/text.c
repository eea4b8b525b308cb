/*
 * text.c - a trace's bytes as clean text, with the place of each token in it;
 * and the texts of tokens that were not sampled, as the bytes they are.
 *
 * A token may end inside a character, and what is no UTF-8 becomes U+FFFD. The
 * text is cleaned from one safe place to the next: safe is where no character
 * is pending, so that cleaning in parts gives what cleaning at once gives. The
 * text of the first i tokens is then text[0 .. end[i]), and one U+FFFD if a
 * character is pending there.
 */
#include "base/banned.h"
#include "base/utf8.h"
#include "run/engine.h"

#include <string.h>

/* Append s [n] as valid UTF-8 without NUL, which would end it early. */
static void clean(struct dc_buf *out, const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        const char *nul = memchr(s + at, '\0', n - at);
        size_t len = nul ? (size_t)(nul - s) - at : n - at;
        dc_utf8_sanitize(out, s + at, len);
        if (nul)
            dc_buf_adds(out, "\xEF\xBF\xBD");
        at += len + (nul != NULL);
    }
}

/* Do these bytes begin a character? The last `missing` ones are to come. */
static bool begins(const char *s, size_t have, size_t missing)
{
    char c[4];
    memset(c, 0x80, sizeof c);
    memcpy(c, s, have);
    for (int second = 0x80; have == 1 && second < 0xC0; second += 0x10) {
        c[1] = (char)second;
        if (dc_utf8_valid(c, have + missing, NULL))
            return true;
    }
    return dc_utf8_valid(c, have + missing, NULL);
}

/*
 * Bytes at the end of s [n] that begin a character and want more. What no byte
 * can complete (C0, E0 80) is not pending but wrong already, and may be more
 * than one U+FFFD.
 */
static size_t pending(const char *s, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)s[n - back];
        size_t want = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        if (c >= 0xC0)
            return want > back && begins(s + n - back, back, want - back) ? back
                                                                          : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

void dc_live_text(const struct dc_pool_trace *t, struct dc_buf *out,
                  uint32_t *end)
{
    size_t safe = 0;
    for (size_t i = 0; i < t->n_tok; i++) {
        size_t to = t->end[i];
        size_t open = pending(t->text.data + safe, to - safe);
        clean(out, t->text.data + safe, to - open - safe);
        safe = to - open;
        end[i] = (uint32_t)out->n | (open ? DC_TOK_PENDING : 0);
    }
    clean(out, t->text.data + safe, t->text.n - safe);
}

/* A token of the vocabulary: its text is written once. */
static enum dc_status keep_piece(struct dc_engine *e, int32_t id,
                                 struct dc_err *err)
{
    unsigned char bit = (unsigned char)(1U << (id & 7));
    struct dc_buf b;
    if (e->has_piece[id / 8] & bit)
        return DC_OK;
    dc_buf_init(&b, SIZE_MAX);
    e->ops->token_text(e->backend, id, &b);
    enum dc_status st = dc_store_piece_add(e->store, id, b.data, b.n, err);
    e->has_piece[id / 8] |= bit;
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_live_top(struct dc_engine *e, const struct dc_pool_trace *t,
                           struct dc_top_logprob *out, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < t->n_tok * e->cfg->n_top && !st; i++) {
        const struct dc_pool_alt *a = &t->alt[i];
        out[i] = (struct dc_top_logprob){a->id, a->logprob};
        if (a->has_bytes) {
            const struct dc_piece x = {-1, t->alt_text.data + a->off, a->len};
            st = dc_piece_ids_of(e->piece_ids, e->store, &x, &out[i].id, err);
        } else if (a->id >= 0) {
            st = keep_piece(e, a->id, err);
        }
    }
    return st;
}
