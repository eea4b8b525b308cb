/*
 * llama_marker.c - which tokens are markers, and finding them in a text.
 *
 * CONTROL tokens are. So are USER_DEFINED ones ("<think>" of Qwen3, all chat
 * markers of Command R), but not where the token is plain text: the same kind
 * is given to runs of spaces (GPT-NeoX, Gemma), to letters (DeepSeek) and to
 * HTML tags (Gemma 1 to 3), so that a tokeniser never cuts through them. Those
 * frame nothing, they are in every text that the model was trained on, and any
 * other spelling of them would be a text that it has hardly seen. So a
 * USER_DEFINED token is plain text if it is one character, or all letters,
 * digits and white space, or a bare HTML tag; else it is a marker. The same
 * holds for UNUSED tokens. docs/DECISIONS.md has more.
 *
 * One character of whatever kind is no marker: it can't be spelled otherwise.
 */
#include "infer/llama_marker.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Without "s", whose tags are the names of BOS and EOS in other models. */
static const char *const html_tag[] = {
    "a",     "b",      "blockquote", "body",   "br",  "caption", "code",  "div",
    "em",    "footer", "h1",         "h2",     "h3",  "h4",      "h5",    "h6",
    "hr",    "html",   "i",          "iframe", "img", "li",      "ol",    "p",
    "pre",   "span",   "strong",     "sub",    "sup", "table",   "tbody", "td",
    "tfoot", "th",     "thead",      "tr",     "u",   "ul",
};

static bool is_html_tag(const char *s, size_t n)
{
    size_t from = n > 1 && s[1] == '/' ? 2 : 1;
    if (n < from + 2 || s[0] != '<' || s[n - 1] != '>')
        return false;
    for (size_t i = 0; i < DC_COUNT(html_tag); i++)
        if (strlen(html_tag[i]) == n - from - 1 &&
            memcmp(s + from, html_tag[i], n - from - 1) == 0)
            return true;
    return false;
}

static bool is_plain(const char *s, size_t n)
{
    size_t len = 0;
    if (!dc_utf8_valid(s, n, NULL))
        return false;
    for (size_t i = 0; i < n; i += len) {
        uint32_t c = dc_utf8_code(s + i, &len);
        bool space = c == 0x2581; /* how SentencePiece writes a space */
        if (len < n && !space && !dc_utf8_is_wordy(c))
            return is_html_tag(s, n);
    }
    return true;
}

static bool is_one_character(const char *s, size_t n)
{
    size_t len = 0;
    return dc_utf8_valid(s, n, NULL) && (dc_utf8_code(s, &len), len == n);
}

/* Is it a marker by its kind and its text? */
static bool is_marker(enum llama_token_attr attr, const char *s, size_t n)
{
    const unsigned by_look =
        LLAMA_TOKEN_ATTR_USER_DEFINED | LLAMA_TOKEN_ATTR_UNUSED;
    if (n == 0)
        return false;
    if (attr & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN))
        return !is_one_character(s, n);
    return (attr & by_look) && !is_plain(s, n);
}

bool dc_marker_is(const struct llama_vocab *vocab, llama_token id)
{
    enum llama_token_attr attr = llama_vocab_get_attr(vocab, id);
    const char *text = llama_vocab_get_text(vocab, id);
    /* what no token spells becomes UNKNOWN: that is no marker */
    return !(attr & LLAMA_TOKEN_ATTR_UNKNOWN) && text &&
           is_marker(attr, text, strlen(text));
}

static int by_bytes(const void *a, const void *b)
{
    const struct dc_marker *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

void dc_markers_init(struct dc_markers *m, const struct llama_vocab *vocab)
{
    const unsigned control =
        LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN;
    int32_t n_vocab = llama_vocab_n_tokens(vocab);
    size_t cap = 0, k = 0;
    *m = (struct dc_markers){.vocab = vocab};
    for (llama_token id = 0; id < n_vocab; id++) {
        struct dc_marker x = {.id = id,
                              .attr = llama_vocab_get_attr(vocab, id),
                              .text = llama_vocab_get_text(vocab, id)};
        x.n = x.text ? strlen(x.text) : 0;
        if (!is_marker(x.attr, x.text, x.n))
            continue;
        bool user = x.attr & LLAMA_TOKEN_ATTR_USER_DEFINED;
        x.read = (x.attr & control) || user;
        x.eager = user && !(x.attr & control);
        m->has_eager |= x.eager;
        if (m->n == cap) {
            cap = cap ? 2 * cap : 64;
            m->marker = dc_xrealloc(m->marker, cap, sizeof *m->marker);
        }
        m->marker[m->n++] = x;
    }
    if (m->n > 0)
        qsort(m->marker, m->n, sizeof *m->marker, by_bytes);
    for (size_t b = 0; b < DC_COUNT(m->first); b++) {
        while (k < m->n && (unsigned char)m->marker[k].text[0] < b)
            k++;
        m->first[b] = k;
    }
}

void dc_markers_release(struct dc_markers *m)
{
    free(m->marker);
    *m = (struct dc_markers){0};
}

/* The first marker of lo .. hi-1 whose byte at depth is c or more. */
static size_t lower_bound(const struct dc_markers *m,
                          const struct dc_marker_find *f, unsigned c)
{
    size_t lo = f->lo, hi = f->hi;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((unsigned char)m->marker[mid].text[f->depth] < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct dc_marker *dc_marker_next(const struct dc_markers *m,
                                       const char *s, size_t n,
                                       struct dc_marker_find *f)
{
    if (f->depth == 0 && n > 0) {
        f->lo = m->first[(unsigned char)s[0]];
        f->hi = m->first[(unsigned char)s[0] + 1];
        f->depth = 1;
    }
    /* lo .. hi-1 begin with the first depth bytes of s, the shortest first */
    while (f->lo < f->hi) {
        if (m->marker[f->lo].n == f->depth)
            return &m->marker[f->lo++];
        if (f->depth >= n)
            break;
        unsigned c = (unsigned char)s[f->depth];
        size_t lo = lower_bound(m, f, c);
        f->hi = lower_bound(m, f, c + 1);
        f->lo = lo;
        f->depth++;
    }
    return NULL;
}
