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

void dc_live_text(const struct dc_live *l, struct dc_buf *out, uint32_t *end)
{
    size_t safe = 0;
    for (size_t i = 0; i < l->n_tok; i++) {
        size_t to = l->end[i];
        size_t open = pending(l->text.data + safe, to - safe);
        clean(out, l->text.data + safe, to - open - safe);
        safe = to - open;
        end[i] = (uint32_t)out->n | (open ? DC_TOK_PENDING : 0);
    }
    clean(out, l->text.data + safe, l->text.n - safe);
}

enum dc_status dc_live_pieces(struct dc_engine *e, const struct dc_live *l,
                              struct dc_err *err)
{
    size_t n = l->n_tok * e->cfg->n_top;
    enum dc_status st = DC_OK;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < n && !st; i++) {
        int32_t id = l->top[i].id;
        unsigned char bit = (unsigned char)(1U << (id & 7));
        if (id < 0 || (e->has_piece[id / 8] & bit))
            continue;
        dc_buf_clear(&b);
        e->ops->token_text(e->backend, id, &b);
        st = dc_store_piece_add(e->store, id, b.data, b.n, err);
        e->has_piece[id / 8] |= bit;
    }
    dc_buf_release(&b);
    return st;
}
