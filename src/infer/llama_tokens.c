/*
 * llama_tokens.c - tokenising parts.
 *
 * libllama cuts a text at its markers first, the longest before shorter ones,
 * and tokenises what lies between. The same is done here, with markers looked
 * for in parts that are ours alone. The runs of text between them, users' text
 * included, go to libllama with the order not to read control tokens.
 *
 * That order is not enough. USER_DEFINED tokens are read in any text. So a run
 * is cut behind the first character of each marker of that kind that it spells,
 * and the pieces are tokenised apart. And a tokeniser that merges what its
 * vocabulary has may arrive at any token at all: where an id of a run with a
 * user's text in it is a marker, the run is cut at markers of every kind.
 *
 * SentencePiece puts a space before each text. The pieces behind a cut get
 * none: they are tokenised behind a guard, a character that is in no longer
 * token, and the ids of the guard are taken off again.
 */
#include "infer/llama_tokens.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a run is cut at. */
enum cuts { CUT_NOTHING, CUT_EAGER, CUT_EVERY };

/* A prompt on its way to ids. */
struct token_walk {
    const struct dc_tokens *t;
    struct dc_token_ids *out;
    struct dc_buf run; /* text since the last marker */
    bool theirs;       /* some of it is a user's */
    bool strip;        /* white space at its start is dropped */
};

/* ---- ids ---- */

static enum dc_status too_long(struct dc_err *err)
{
    return dc_fail(err, DC_DATA, "a prompt of more than %d bytes",
                   DC_TOKENS_MAX);
}

static void ids_reserve(struct dc_token_ids *x, size_t more)
{
    if (x->cap - x->n >= more)
        return;
    x->cap = 2 * x->cap > x->n + more ? 2 * x->cap : x->n + more;
    x->id = dc_xrealloc(x->id, x->cap, sizeof *x->id);
}

static void ids_put(struct dc_token_ids *x, llama_token id)
{
    ids_reserve(x, 1);
    x->id[x->n++] = id;
}

static void ids_drop(struct dc_token_ids *x, size_t at, size_t n)
{
    memmove(x->id + at, x->id + at + n, (x->n - at - n) * sizeof *x->id);
    x->n -= n;
}

/* What libllama makes of s [n]. */
static enum dc_status ids_add(const struct dc_tokens *t, const char *s,
                              size_t n, bool read, struct dc_token_ids *out,
                              struct dc_err *err)
{
    int32_t room = (int32_t)(n / 2 + 16), got;
    if (n == 0)
        return DC_OK;
    assert(n <= DC_TOKENS_MAX + 8);
    for (;;) {
        ids_reserve(out, (size_t)room);
        got = llama_tokenize(t->vocab, s, (int32_t)n, out->id + out->n, room,
                             false, read);
        if (got >= 0 || got == INT32_MIN || -got <= room)
            break;
        room = -got;
    }
    if (got < 0)
        return dc_fail(err, DC_BACKEND, "libllama can't tokenise a prompt");
    out->n += (size_t)got;
    return DC_OK;
}

/* ---- runs ---- */

/* s [n] behind a cut: without the space that a text begins with. */
static enum dc_status add_behind_cut(const struct dc_tokens *t, const char *s,
                                     size_t n, struct dc_token_ids *out,
                                     struct dc_err *err)
{
    if (!t->guard || n == 0)
        return ids_add(t, s, n, false, out, err);
    struct dc_buf b;
    size_t from = out->n;
    dc_buf_init(&b, DC_TOKENS_MAX + 8);
    dc_buf_adds(&b, t->guard);
    dc_buf_add(&b, s, n);
    enum dc_status st = ids_add(t, b.data, b.n, false, out, err);
    if (!st)
        ids_drop(out, from, t->n_guard);
    dc_buf_release(&b);
    return st;
}

/* Does s [n] begin with a marker that is to be cut? */
static bool spells(const struct dc_tokens *t, const char *s, size_t n,
                   enum cuts cuts)
{
    struct dc_marker_find f = {0};
    const struct dc_marker *m;
    while ((m = dc_marker_next(&t->markers, s, n, &f)))
        if (cuts == CUT_EVERY || m->eager)
            return true;
    return false;
}

/* The piece of s from one cut to the next. */
static enum dc_status add_piece(const struct dc_tokens *t, const char *s,
                                size_t from, size_t to,
                                struct dc_token_ids *out, struct dc_err *err)
{
    return from ? add_behind_cut(t, s + from, to - from, out, err)
                : ids_add(t, s, to, false, out, err);
}

static enum dc_status add_pieces(const struct dc_tokens *t, const char *s,
                                 size_t n, enum cuts cuts,
                                 struct dc_token_ids *out, struct dc_err *err)
{
    size_t from = 0;
    enum dc_status st = DC_OK;
    for (size_t i = 0; cuts && i < n && !st; i++) {
        if (!spells(t, s + i, n - i, cuts))
            continue;
        size_t cut = i + 1;
        while (cut < n && ((unsigned char)s[cut] & 0xC0) == 0x80)
            cut++;
        st = add_piece(t, s, from, cut, out, err);
        from = cut;
    }
    return st ? st : add_piece(t, s, from, n, out, err);
}

/* The first marker among the ids from `from` on; NULL: there is none. */
static const char *marker_among(const struct dc_tokens *t,
                                const struct dc_token_ids *x, size_t from)
{
    for (size_t i = from; i < x->n; i++)
        if (x->id[i] != t->unknown && dc_marker_is(t->vocab, x->id[i]))
            return llama_vocab_get_text(t->vocab, x->id[i]);
    return NULL;
}

static enum dc_status end_run(struct token_walk *w, struct dc_err *err)
{
    const struct dc_tokens *t = w->t;
    const struct dc_buf *r = &w->run;
    size_t from = w->out->n;
    enum cuts cuts =
        w->theirs && t->markers.has_eager ? CUT_EAGER : CUT_NOTHING;
    enum dc_status st = add_pieces(t, r->data, r->n, cuts, w->out, err);
    const char *bad = NULL;
    if (!st && w->theirs && marker_among(t, w->out, from)) {
        w->out->n = from;
        st = add_pieces(t, r->data, r->n, CUT_EVERY, w->out, err);
        bad = st ? NULL : marker_among(t, w->out, from);
    }
    if (bad)
        st =
            dc_fail(err, DC_BACKEND,
                    "the tokeniser of this model makes its marker %s of a "
                    "prompt's text, and nothing prevents it; use another model",
                    bad);
    dc_buf_clear(&w->run);
    w->theirs = false;
    return st;
}

/* More of a run; white space behind some markers is no part of it. */
static enum dc_status add_run_text(struct token_walk *w, const char *s,
                                   size_t n, bool ours, struct dc_err *err)
{
    while (w->strip && w->run.n == 0 && n > 0 && dc_is_space(*s)) {
        s++;
        n--;
    }
    if (n == 0)
        return DC_OK;
    if (n > dc_buf_room(&w->run))
        return too_long(err);
    dc_buf_add(&w->run, s, n);
    w->theirs |= !ours;
    return DC_OK;
}

/* ---- markers in text of ours ---- */

struct token_claim {
    const struct dc_marker *marker;
    size_t at;
};

static int by_claim(const void *a, const void *b)
{
    const struct token_claim *x = a, *y = b;
    if (x->marker->n != y->marker->n)
        return x->marker->n < y->marker->n ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
    const struct token_claim *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* Every marker that s [n] spells anywhere; caller frees. */
static struct token_claim *all_claims(const struct dc_tokens *t, const char *s,
                                      size_t n, size_t *n_claim)
{
    struct token_claim *c = NULL;
    size_t cap = 0;
    *n_claim = 0;
    for (size_t i = 0; i < n; i++) {
        struct dc_marker_find f = {0};
        const struct dc_marker *m;
        while ((m = dc_marker_next(&t->markers, s + i, n - i, &f))) {
            if (!m->read)
                continue;
            if (*n_claim == cap) {
                cap = cap ? 2 * cap : 16;
                c = dc_xrealloc(c, cap, sizeof *c);
            }
            c[(*n_claim)++] = (struct token_claim){m, i};
        }
    }
    return c;
}

/* Those that libllama reads, in their order: longer ones come first, and what
 * one of them has taken no other gets. */
static struct token_claim *find_claims(const struct dc_tokens *t, const char *s,
                                       size_t n, size_t *n_claim)
{
    size_t n_all, kept = 0;
    struct token_claim *c = all_claims(t, s, n, &n_all);
    bool *taken = dc_xcalloc(n + 1, sizeof *taken);
    if (n_all > 0)
        qsort(c, n_all, sizeof *c, by_claim);
    for (size_t i = 0; i < n_all; i++) {
        size_t len = c[i].marker->n;
        if (memchr(taken + c[i].at, 1, len))
            continue;
        memset(taken + c[i].at, 1, len);
        c[kept++] = c[i];
    }
    if (kept > 0)
        qsort(c, kept, sizeof *c, by_place);
    free(taken);
    *n_claim = kept;
    return c;
}

/* End the run before a marker, take the marker, and begin the next. */
static enum dc_status take_marker(struct token_walk *w,
                                  const struct dc_marker *m, struct dc_err *err)
{
    while ((m->attr & LLAMA_TOKEN_ATTR_LSTRIP) && w->run.n > 0 &&
           dc_is_space(w->run.data[w->run.n - 1]))
        dc_buf_cut(&w->run, w->run.n - 1);
    enum dc_status st = end_run(w, err);
    if (st)
        return st;
    ids_put(w->out, m->id);
    w->strip = m->attr & LLAMA_TOKEN_ATTR_RSTRIP;
    return DC_OK;
}

static enum dc_status walk_ours(struct token_walk *w, const char *s, size_t n,
                                struct dc_err *err)
{
    size_t n_claim, at = 0;
    enum dc_status st = DC_OK;
    struct token_claim *c = find_claims(w->t, s, n, &n_claim);
    for (size_t i = 0; i < n_claim && !st; i++) {
        st = add_run_text(w, s + at, c[i].at - at, true, err);
        if (!st)
            st = take_marker(w, c[i].marker, err);
        at = c[i].at + c[i].marker->n;
    }
    if (!st)
        st = add_run_text(w, s + at, n - at, true, err);
    free(c);
    return st;
}

/* ---- prompts ---- */

/* All of the parts into b; false: there is no room. */
static bool join_parts(const struct dc_prompt_part part[], size_t n_part,
                       struct dc_buf *b)
{
    for (size_t i = 0; i < n_part; i++) {
        if (part[i].n > dc_buf_room(b))
            return false;
        if (part[i].n > 0)
            dc_buf_add(b, part[i].text, part[i].n);
    }
    return true;
}

/* Parts of ours that touch are one text: a marker may stand across them. */
static enum dc_status walk_parts(struct token_walk *w,
                                 const struct dc_prompt_part part[],
                                 size_t n_part, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < n_part && !st;) {
        size_t to = i + 1;
        while (part[i].ours && to < n_part && part[to].ours)
            to++;
        if (!part[i].ours) {
            st = add_run_text(w, part[i].text, part[i].n, false, err);
        } else if (to == i + 1) {
            st = walk_ours(w, part[i].text, part[i].n, err);
        } else {
            struct dc_buf b;
            dc_buf_init(&b, DC_TOKENS_MAX);
            st = join_parts(part + i, to - i, &b)
                     ? walk_ours(w, b.data, b.n, err)
                     : too_long(err);
            dc_buf_release(&b);
        }
        i = to;
    }
    return st ? st : end_run(w, err);
}

/* BOS once: first by the vocabulary's wish, or where the prompt spells it. */
static void one_bos(const struct dc_tokens *t, struct dc_token_ids *out)
{
    llama_token bos = llama_vocab_bos(t->vocab);
    if (out->n >= 2 && out->id[0] == bos && out->id[1] == bos)
        ids_drop(out, 0, 1);
}

enum dc_status dc_tokens_of(const struct dc_tokens *t,
                            const struct dc_prompt_part part[], size_t n_part,
                            struct dc_token_ids *out, struct dc_err *err)
{
    struct token_walk w = {.t = t, .out = out};
    out->n = 0;
    if (t->wants_bos)
        ids_put(out, llama_vocab_bos(t->vocab));
    dc_buf_init(&w.run, DC_TOKENS_MAX);
    enum dc_status st = walk_parts(&w, part, n_part, err);
    dc_buf_release(&w.run);
    if (!st)
        one_bos(t, out);
    return st;
}

enum dc_status dc_tokens_whole(const struct dc_tokens *t,
                               const struct dc_prompt_part part[],
                               size_t n_part, struct dc_token_ids *out,
                               struct dc_err *err)
{
    struct dc_buf b;
    out->n = 0;
    if (t->wants_bos)
        ids_put(out, llama_vocab_bos(t->vocab));
    dc_buf_init(&b, DC_TOKENS_MAX);
    enum dc_status st = join_parts(part, n_part, &b)
                            ? ids_add(t, b.data, b.n, true, out, err)
                            : too_long(err);
    dc_buf_release(&b);
    if (!st)
        one_bos(t, out);
    return st;
}

enum dc_status dc_tokens_prefix(const struct dc_tokens *t,
                                const struct dc_prompt_part part[],
                                size_t n_part, struct dc_token_ids *out,
                                struct dc_err *err)
{
    /* what tokenisers are known to treat in different ways */
    static const char *const probe[] = {"a", "\n", " ", ".", "\n\n", "A1", "<"};
    struct dc_prompt_part *p = dc_xcalloc(n_part + 1, sizeof *p);
    struct dc_token_ids other = {0};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < DC_COUNT(probe) && !st; i++) {
        for (size_t k = 0; k < n_part; k++)
            p[k] = part[k].ours ? part[k]
                                : (struct dc_prompt_part){
                                      probe[i], strlen(probe[i]), false};
        st = dc_tokens_of(t, p, n_part, i ? &other : out, err);
        size_t n = 0;
        while (i && n < out->n && n < other.n && out->id[n] == other.id[n])
            n++;
        if (i)
            out->n = n;
    }
    free(other.id);
    free(p);
    return st;
}

/* ---- opening ---- */

/*
 * Only SentencePiece puts a space before a text. U+0001 is in none of its
 * longer tokens; a vocabulary without that byte can do without a guard.
 */
static enum dc_status find_guard(struct dc_tokens *t, struct dc_err *err)
{
    struct dc_token_ids x = {0};
    bool has_byte = false;
    if (llama_vocab_type(t->vocab) != LLAMA_VOCAB_TYPE_SPM)
        return DC_OK;
    int32_t n = llama_vocab_n_tokens(t->vocab);
    for (llama_token id = 0; id < n; id++) {
        const char *text = llama_vocab_get_text(t->vocab, id);
        if (text && strcmp(text, "<0x01>") == 0)
            has_byte = true;
        if (text && strchr(text, '\x01') && text[1])
            return DC_OK;
    }
    if (!has_byte)
        return DC_OK;
    enum dc_status st = ids_add(t, "\x01", 1, false, &x, err);
    t->guard = "\x01";
    t->n_guard = x.n;
    free(x.id);
    return st;
}

/* libllama says best whether it puts BOS before a text: not every tokeniser
 * does what the vocabulary says. */
static bool puts_bos(const struct llama_vocab *vocab)
{
    llama_token id[4];
    llama_token bos = llama_vocab_bos(vocab);
    int32_t n = llama_tokenize(vocab, "", 0, id, 4, true, false);
    return n > 0 && bos >= 0 && id[0] == bos;
}

/* Of a hieroglyph: bytes, or one id that stands for it. Where that is the id
 * for all that is unknown, it may be of the kind of markers (BERT). */
static llama_token find_unknown(const struct llama_vocab *vocab)
{
    static const char text[] = "\xF0\x93\x80\x80";
    llama_token id[16];
    int32_t n =
        llama_tokenize(vocab, text, sizeof text - 1, id, 16, false, false);
    return n == 1 ? id[0] : -1;
}

enum dc_status dc_tokens_init(struct dc_tokens *t,
                              const struct llama_vocab *vocab,
                              struct dc_err *err)
{
    *t = (struct dc_tokens){.vocab = vocab};
    if (llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_NONE)
        return dc_fail(err, DC_BACKEND, "the model has no tokeniser");
    dc_markers_init(&t->markers, vocab);
    t->wants_bos = puts_bos(vocab);
    t->unknown = find_unknown(vocab);
    return find_guard(t, err);
}

void dc_tokens_release(struct dc_tokens *t)
{
    dc_markers_release(&t->markers);
    *t = (struct dc_tokens){0};
}
