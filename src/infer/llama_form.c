/*
 * llama_form.c - filling and tokenising a form.
 *
 * libllama cuts a text at its markers first and tokenises what lies between.
 * The same is done here, with markers looked for in the form's own text alone;
 * the runs of text between them, users' text included, are tokenised without
 * reading control tokens. So a harmless text gets the ids it would get as part
 * of the whole prompt (no seam at the edge of a hole), and a hostile one can't
 * add a marker.
 *
 * Tokens that are "user defined" are read in any text, and in some models the
 * chat markers are of that kind. Where the form itself uses such a token, a run
 * that spells it is cut behind its first character, so that it stays text.
 */
#include "infer/llama_form.h"

#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct dc_form_marker {
    llama_token id;
    const char *text; /* borrowed from the vocabulary */
    size_t n;
    enum llama_token_attr attr;
};

/* ---- text with holes ---- */

static const char *const hole_name[DC_FORM_HOLES] = {"{prompt}", "{response}"};

/* The hole that s starts with; DC_FORM_HOLES: none. */
static unsigned hole_at(const char *s)
{
    unsigned h = 0;
    while (h < DC_FORM_HOLES &&
           strncmp(s, hole_name[h], strlen(hole_name[h])) != 0)
        h++;
    return h;
}

static bool add(struct dc_buf *out, const char *s, size_t n)
{
    if (dc_buf_room(out) < n)
        return false;
    dc_buf_add(out, s, n);
    return true;
}

bool dc_form_render(const char *text, const struct dc_form_text hole[],
                    struct dc_buf *out)
{
    while (*text) {
        unsigned h = hole_at(text);
        bool is_hole = h < DC_FORM_HOLES;
        size_t n = is_hole ? hole[h].n : 1;
        if (n > 0 && !add(out, is_hole ? hole[h].s : text, n))
            return false;
        text += is_hole ? strlen(hole_name[h]) : 1;
    }
    return true;
}

/* ---- markers ---- */

static int by_length(const void *a, const void *b)
{
    const struct dc_form_marker *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static void find_markers(struct dc_form *f)
{
    const enum llama_token_attr kinds = (enum llama_token_attr)(
        LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN |
        LLAMA_TOKEN_ATTR_USER_DEFINED);
    int32_t n_vocab = llama_vocab_n_tokens(f->vocab);
    size_t cap = 0;
    for (llama_token id = 0; id < n_vocab; id++) {
        struct dc_form_marker m = {.id = id,
                                   .attr = llama_vocab_get_attr(f->vocab, id),
                                   .text = llama_vocab_get_text(f->vocab, id)};
        m.n = m.text ? strlen(m.text) : 0;
        if (!(m.attr & kinds) || m.n == 0)
            continue;
        if (f->n_marker == cap) {
            cap = cap ? 2 * cap : 64;
            f->marker = dc_xrealloc(f->marker, cap, sizeof *f->marker);
        }
        f->marker[f->n_marker++] = m;
    }
    if (f->n_marker > 0)
        qsort(f->marker, f->n_marker, sizeof *f->marker, by_length);
    f->used = dc_xcalloc(f->n_marker + 1, sizeof *f->used);
}

/* The longest marker s [n] starts with; n_marker: none. */
static size_t marker_at(const struct dc_form *f, const char *s, size_t n)
{
    size_t i = 0;
    while (i < f->n_marker &&
           (f->marker[i].n > n ||
            memcmp(s, f->marker[i].text, f->marker[i].n) != 0))
        i++;
    return i;
}

static void note_used(struct dc_form *f)
{
    for (const char *p = f->text; *p;) {
        size_t i = marker_at(f, p, strlen(p));
        if (i < f->n_marker) {
            f->used[i] = true;
            f->has_lookalikes |=
                (f->marker[i].attr & LLAMA_TOKEN_ATTR_USER_DEFINED) != 0;
        }
        p += i < f->n_marker ? f->marker[i].n : 1;
    }
}

/* ---- ids ---- */

static void put_id(struct dc_form_ids *out, llama_token id)
{
    if (out->n == out->cap) {
        out->cap = out->cap ? 2 * out->cap : 256;
        out->id = dc_xrealloc(out->id, out->cap, sizeof *out->id);
    }
    out->id[out->n++] = id;
}

static enum dc_status add_text(const struct dc_form *f, const char *s, size_t n,
                               struct dc_form_ids *out, struct dc_err *err)
{
    if (n == 0)
        return DC_OK;
    if (n > DC_FORM_MAX)
        return dc_fail(err, DC_DATA, "a prompt of %zu bytes is too long", n);
    int32_t room = 0, got = 0;
    do {
        room = got < 0 ? -got : (int32_t)(n / 2 + 16);
        if (out->n + (size_t)room > out->cap) {
            out->cap = out->n + (size_t)room;
            out->id = dc_xrealloc(out->id, out->cap, sizeof *out->id);
        }
        got = llama_tokenize(f->vocab, s, (int32_t)n, out->id + out->n, room,
                             false, false);
    } while (got < 0 && got != INT32_MIN && -got > room);
    if (got < 0)
        return dc_fail(err, DC_BACKEND, "libllama can't tokenise a prompt");
    out->n += (size_t)got;
    return DC_OK;
}

/* Does s [n] start with a user-defined marker of the form? */
static bool is_lookalike(const struct dc_form *f, const char *s, size_t n)
{
    for (size_t i = 0; i < f->n_marker; i++)
        if (f->used[i] && f->marker[i].n <= n &&
            (f->marker[i].attr & LLAMA_TOKEN_ATTR_USER_DEFINED) &&
            memcmp(s, f->marker[i].text, f->marker[i].n) == 0)
            return true;
    return false;
}

/* A run without markers of the form; its lookalikes stay text. */
static enum dc_status add_run(const struct dc_form *f, const char *s, size_t n,
                              struct dc_form_ids *out, struct dc_err *err)
{
    size_t from = 0;
    for (size_t i = 0; i < n && f->has_lookalikes; i++) {
        if (!is_lookalike(f, s + i, n - i))
            continue;
        size_t cut = i + 1;
        while (cut < n && ((unsigned char)s[cut] & 0xC0) == 0x80)
            cut++;
        enum dc_status st = add_text(f, s + from, cut - from, out, err);
        if (st)
            return st;
        from = cut;
    }
    return add_text(f, s + from, n - from, out, err);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* End the run before marker m, take the marker, and begin the next. */
static enum dc_status add_marker(const struct dc_form *f, size_t m,
                                 struct dc_buf *run, bool *strip,
                                 struct dc_form_ids *out, struct dc_err *err)
{
    enum llama_token_attr attr = f->marker[m].attr;
    while ((attr & LLAMA_TOKEN_ATTR_LSTRIP) && run->n > 0 &&
           is_space(run->data[run->n - 1]))
        dc_buf_cut(run, run->n - 1);
    enum dc_status st = add_run(f, run->data, run->n, out, err);
    if (st)
        return st;
    dc_buf_clear(run);
    put_id(out, f->marker[m].id);
    *strip = attr & LLAMA_TOKEN_ATTR_RSTRIP;
    return DC_OK;
}

/* The form's own text s, with holes; what is not ended stays in run. */
static enum dc_status add_form(const struct dc_form *f, const char *s,
                               const struct dc_form_text hole[],
                               struct dc_buf *run, struct dc_form_ids *out,
                               struct dc_err *err)
{
    bool strip = false;
    while (*s) {
        unsigned h = hole_at(s);
        size_t m = h < DC_FORM_HOLES ? f->n_marker : marker_at(f, s, strlen(s));
        enum dc_status st = DC_OK;
        bool fits = true;
        if (m < f->n_marker)
            st = add_marker(f, m, run, &strip, out, err);
        else if (h < DC_FORM_HOLES)
            fits = hole[h].n == 0 || add(run, hole[h].s, hole[h].n);
        else if (!strip || run->n > 0 || !is_space(*s))
            fits = add(run, s, 1);
        if (!fits)
            st = dc_fail(err, DC_DATA, "a prompt of more than %d bytes",
                         DC_FORM_MAX);
        if (st)
            return st;
        s += h < DC_FORM_HOLES ? strlen(hole_name[h])
             : m < f->n_marker ? f->marker[m].n
                               : 1;
    }
    return DC_OK;
}

enum dc_status dc_form_tokenize(const struct dc_form *f,
                                const struct dc_form_text hole[],
                                const char *then, struct dc_form_ids *out,
                                struct dc_err *err)
{
    struct dc_buf run;
    llama_token bos = llama_vocab_bos(f->vocab);
    bool add_bos = llama_vocab_get_add_bos(f->vocab);
    out->n = 0;
    dc_buf_init(&run, DC_FORM_MAX);
    if (add_bos)
        put_id(out, bos);
    enum dc_status st = add_form(f, f->text, hole, &run, out, err);
    if (!st && then)
        st = add_form(f, then, hole, &run, out, err);
    if (!st)
        st = add_run(f, run.data, run.n, out, err);
    dc_buf_release(&run);
    if (!st && add_bos && out->n >= 2 && out->id[1] == bos) {
        /* a form that spells its own BOS has two */
        memmove(out->id, out->id + 1, (out->n - 1) * sizeof *out->id);
        out->n--;
    }
    return st;
}

enum dc_status dc_form_prefix(const struct dc_form *f, struct dc_form_ids *out,
                              struct dc_err *err)
{
    /* what tokenisers are known to treat in different ways */
    static const char *const probe[] = {"a", "\n", " ", ".", "\n\n", "A1", "<"};
    struct dc_form_ids other = {0};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < DC_COUNT(probe) && !st; i++) {
        const struct dc_form_text t = {probe[i], strlen(probe[i])};
        const struct dc_form_text hole[DC_FORM_HOLES] = {t, t};
        st = dc_form_tokenize(f, hole, NULL, i ? &other : out, err);
        size_t n = 0;
        while (i && n < out->n && n < other.n && out->id[n] == other.id[n])
            n++;
        if (i)
            out->n = n;
    }
    free(other.id);
    return st;
}

/* ---- opening ---- */

/* Do our pieces give what libllama gives for the whole, harmlessly filled? */
static enum dc_status check_pieces(const struct dc_form *f, struct dc_err *err)
{
    const struct dc_form_text t = {"word", 4};
    const struct dc_form_text hole[DC_FORM_HOLES] = {t, t};
    struct dc_form_ids ours = {0};
    struct dc_buf whole;
    dc_buf_init(&whole, DC_FORM_MAX);
    enum dc_status st = dc_form_tokenize(f, hole, NULL, &ours, err);
    if (!st && !dc_form_render(f->text, hole, &whole))
        st = dc_fail(err, DC_DATA, "the prompt of the judge is too long");
    size_t cap = whole.n + 8;
    llama_token *id = dc_xcalloc(cap, sizeof *id);
    int32_t n = 0;
    if (!st)
        n = llama_tokenize(f->vocab, whole.data, (int32_t)whole.n, id,
                           (int32_t)cap, true, true);
    llama_token bos = llama_vocab_bos(f->vocab);
    int32_t skip = n >= 2 && id[0] == bos && id[1] == bos;
    if (!st && (n < skip || (size_t)(n - skip) != ours.n ||
                memcmp(id + skip, ours.id, ours.n * sizeof *id) != 0))
        st = dc_fail(err, DC_BACKEND,
                     "the tokeniser of this model reads the judge's prompt in "
                     "another way as a whole than piece by piece (%d tokens "
                     "against %zu); use another model",
                     (int)(n - skip), ours.n);
    free(id);
    free(ours.id);
    dc_buf_release(&whole);
    return st;
}

enum dc_status dc_form_init(struct dc_form *f, const struct llama_vocab *vocab,
                            const char *text, struct dc_err *err)
{
    *f = (struct dc_form){.vocab = vocab, .text = dc_xstrdup(text)};
    if (llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_NONE)
        return dc_fail(err, DC_BACKEND, "the model has no tokeniser");
    find_markers(f);
    note_used(f);
    return check_pieces(f, err);
}

void dc_form_release(struct dc_form *f)
{
    free(f->text);
    free(f->marker);
    free(f->used);
    *f = (struct dc_form){0};
}
