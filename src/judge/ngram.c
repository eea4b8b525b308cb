/*
 * ngram.c - n-grams of a response (ngram.h). Words are folded, hashed and
 * looked up in one pass; n-grams of characters need the folded text.
 *
 * Hashes are part of the file format of linear judges: another hash, fold or
 * notion of a word is another DC_LINEAR_FORMAT.
 */
#include "judge/ngram.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum char_class { SPACE, WORD, OTHER, END, LEAD };

struct dc_ngram_cfg dc_ngram_cfg_default(void)
{
    return (struct dc_ngram_cfg){.bits = 18, .words = 2, .opening = 50};
}

static void set_classes(struct dc_ngrams *g)
{
    for (int c = 0; c < 256; c++) {
        bool upper = c >= 'A' && c <= 'Z';
        bool word = (c >= '0' && c <= '9') || upper || (c >= 'a' && c <= 'z') ||
                    c == '\'' || c >= 0x80;
        bool end = c == '.' || c == '!' || c == '?' || c == '\n';
        bool space = c <= ' ' || c == 0x7F;
        g->lower[c] = (uint8_t)(upper ? c - 'A' + 'a' : c);
        g->class_of[c] = word ? WORD : end ? END : space ? SPACE : OTHER;
    }
    for (int c = 0; c < 256; c++)
        g->plain[c] = g->class_of[c] == WORD && c != 0xE2 ? g->lower[c] : 0;
    g->class_of[0xE2] = LEAD; /* of general punctuation, and of words */
}

/* All of them: an index is then the bucket. */
static void know_all(struct dc_ngrams *g)
{
    size_t n = (size_t)1 << g->cfg.bits;
    g->known = dc_xcalloc(n / 64, sizeof *g->known);
    g->rank = dc_xcalloc(n / 64, sizeof *g->rank);
    for (size_t i = 0; i < n / 64; i++) {
        g->known[i] = ~UINT64_C(0);
        g->rank[i] = (uint32_t)i * 64;
    }
    g->n_seen = n ? n : 1;
    g->seen = dc_xcalloc(g->n_seen, sizeof *g->seen);
}

void dc_ngrams_init(struct dc_ngrams *g, const struct dc_ngram_cfg *cfg)
{
    assert(cfg->bits >= DC_NGRAM_BITS_MIN && cfg->bits <= DC_NGRAM_BITS_MAX);
    assert(cfg->words <= DC_NGRAM_WORDS_MAX);
    assert(cfg->char_max <= DC_NGRAM_CHARS_MAX);
    *g = (struct dc_ngrams){.cfg = *cfg};
    set_classes(g);
    know_all(g);
    if (cfg->char_max == 0)
        return;
    g->fold = dc_xcalloc(DC_NGRAM_TEXT, 1);
    g->at = dc_xcalloc(DC_NGRAM_TEXT + 1, sizeof *g->at);
}

void dc_ngrams_know(struct dc_ngrams *g, const uint32_t *bucket, size_t n)
{
    size_t m = ((size_t)1 << g->cfg.bits) / 64;
    memset(g->known, 0, m * sizeof *g->known);
    for (size_t i = 0; i < n; i++)
        g->known[bucket[i] / 64] |= UINT64_C(1) << bucket[i] % 64;
    for (size_t i = 0, rank = 0; i < m; i++) {
        g->rank[i] = (uint32_t)rank;
        while (rank < n && bucket[rank] / 64 == i)
            rank++;
    }
    free(g->seen);
    g->n_seen = n ? n : 1;
    g->seen = dc_xcalloc(g->n_seen, sizeof *g->seen);
}

void dc_ngrams_release(struct dc_ngrams *g)
{
    free(g->gram);
    free(g->known);
    free(g->rank);
    free(g->seen);
    free(g->fold);
    free(g->at);
    *g = (struct dc_ngrams){0};
}

/* ---- n-grams ---- */

static uint64_t mix(uint64_t h)
{
    h *= 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

/* A place in the response. */
struct place {
    size_t from, to;
};

/* Bits set; the instruction for it is not on every machine. */
static uint32_t count_bits(uint64_t x)
{
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (uint32_t)((x * 0x0101010101010101u) >> 56);
}

/* Room for as many more n-grams as one word brings. */
static void make_room(struct dc_ngrams *g)
{
    if (g->cap - g->n >= 2 * DC_NGRAM_WORDS_MAX)
        return;
    g->cap = g->cap ? 2 * g->cap : 1024;
    g->gram = dc_xrealloc(g->gram, g->cap, sizeof *g->gram);
}

/* Without a branch: whether a bucket is known can't be foreseen. */
static void add(struct dc_ngrams *g, uint64_t hash, enum dc_ngram_kind kind,
                struct place p)
{
    static const uint64_t apart[] = {0x243F6A8885A308D3u, 0x13198A2E03707344u,
                                     0xA4093822299F31D0u};
    uint32_t bucket = (uint32_t)(mix(hash ^ apart[kind]) >> (64 - g->cfg.bits));
    g->gram[g->n] = (struct dc_ngram){.bucket = bucket,
                                      .off = (uint32_t)p.from,
                                      .len = (uint32_t)(p.to - p.from),
                                      .kind = kind};
    g->n += g->known[bucket / 64] >> bucket % 64 & 1;
}

/* Buckets become indices, and the first of each is left. */
static void make_distinct(struct dc_ngrams *g)
{
    const struct dc_ngram *from = g->gram;
    struct dc_ngram *to = g->gram;
    uint32_t *seen = g->seen;
    const uint32_t text = g->text;
    for (size_t n = g->n; n > 0; n--, from++) {
        struct dc_ngram x = *from;
        uint64_t below = (UINT64_C(1) << x.bucket % 64) - 1;
        uint64_t bits = g->known[x.bucket / 64] & below;
        x.bucket = g->rank[x.bucket / 64] + count_bits(bits);
        bool fresh = seen[x.bucket] != text;
        seen[x.bucket] = text;
        *to = x;
        to += fresh;
    }
    g->n = (size_t)(to - g->gram);
}

/* ---- words ---- */

/* The last words, in a ring: word number i is at i % RING. */
enum { RING = 8 };
_Static_assert((int)RING >= (int)DC_NGRAM_WORDS_MAX, "an n-gram fits the ring");

struct words {
    uint64_t hash[RING];
    size_t from[RING];
    size_t n; /* words so far, starts of sentences included */
    bool at_start;
};

static void add_word(struct dc_ngrams *g, struct words *w, uint64_t hash,
                     struct place p)
{
    uint64_t h = 0;
    size_t newest = w->n++;
    make_room(g);
    w->hash[newest % RING] = hash;
    w->from[newest % RING] = p.from;
    for (size_t k = 0; k < g->cfg.words && k <= newest; k++) {
        size_t i = (newest - k) % RING;
        const struct place whole = {w->from[i], p.to};
        h = mix(h ^ w->hash[i]);
        add(g, h, DC_NGRAM_WORD, whole);
        if (w->n <= g->cfg.opening)
            add(g, h, DC_NGRAM_OPENING, whole);
    }
}

static void add_start(struct dc_ngrams *g, struct words *w, size_t at)
{
    if (!w->at_start)
        add_word(g, w, '^', (struct place){at, at});
    w->at_start = true;
}

static uint64_t hash_of(const char *s, size_t n)
{
    uint64_t h = DC_FNV1A;
    for (size_t i = 0; i < n; i++)
        h = dc_fnv1a(h, (uint8_t)s[i]);
    return h;
}

/* Bytes of the character at s [n] as part of a word, *as what it is folded to
 * if it is one byte then; 0: it is none. */
static size_t word_char(const struct dc_ngrams *g, const char *s, size_t n,
                        uint8_t *as)
{
    uint8_t class = n > 0 ? g->class_of[(uint8_t)s[0]] : SPACE;
    *as = n > 0 ? g->lower[(uint8_t)s[0]] : 0;
    if (class != LEAD)
        return class == WORD;
    if (n < 3 || s[1] != '\x80')
        return 1;
    *as = '\'';
    return s[2] == '\x99' ? 3 : 0; /* U+2019 */
}

/* A folded word that may be a contraction. */
struct folded {
    char s[16]; /* [n] */
    size_t n;
};

static bool ends_in(const struct folded *f, const char *end)
{
    size_t m = strlen(end);
    return f->n > m && memcmp(f->s + f->n - m, end, m) == 0;
}

/* As the one or two words that it contracts. */
static void add_contracted(struct dc_ngrams *g, struct words *w,
                           const struct folded *f, struct place p)
{
    bool cannot = f->n == 6 && memcmp(f->s, "cannot", 6) == 0;
    bool not_ = cannot || ends_in(f, "n't"), am = ends_in(f, "'m");
    size_t stem = f->n - (not_ ? 3 : am ? 2 : 0);
    if (not_ && stem == 2 && memcmp(f->s, "ca", 2) == 0)
        add_word(g, w, hash_of("can", 3), p);
    else if (not_ && stem == 2 && memcmp(f->s, "wo", 2) == 0)
        add_word(g, w, hash_of("will", 4), p);
    else
        add_word(g, w, hash_of(f->s, stem), p);
    if (not_ || am)
        add_word(g, w, not_ ? hash_of("not", 3) : hash_of("am", 2), p);
}

/* A word whose letters are not all one byte, or that may be a contraction. */
static size_t take_odd_word(struct dc_ngrams *g, struct words *w, const char *s,
                            size_t n, size_t i)
{
    struct folded f = {.n = 0};
    size_t from = i, len;
    uint64_t h = DC_FNV1A;
    uint8_t c;
    while ((len = word_char(g, s + i, n - i, &c)) > 0) {
        h = dc_fnv1a(h, c);
        if (f.n < sizeof f.s)
            f.s[f.n] = (char)c;
        f.n++;
        i += len;
    }
    const struct place p = {from, i};
    if (f.n <= sizeof f.s)
        add_contracted(g, w, &f, p);
    else
        add_word(g, w, h, p);
    return i;
}

/* The word at s[i], i < n; returns where it ends. */
static size_t take_word(struct dc_ngrams *g, struct words *w, const char *s,
                        size_t n, size_t i)
{
    size_t from = i;
    uint64_t h = DC_FNV1A;
    bool odd = false;
    w->at_start = false;
    for (uint8_t c; i < n && (c = g->plain[(uint8_t)s[i]]) > 0; i++) {
        h = dc_fnv1a(h, c);
        odd |= c == '\'';
    }
    odd |= i < n && g->class_of[(uint8_t)s[i]] == LEAD;
    odd |= i - from == 6 && g->lower[(uint8_t)s[from]] == 'c'; /* cannot */
    if (odd)
        return take_odd_word(g, w, s, n, from);
    add_word(g, w, h, (struct place){from, i});
    return i;
}

static void words_of(struct dc_ngrams *g, const char *s, size_t n)
{
    struct words w = {.n = 0};
    uint8_t c;
    add_start(g, &w, 0);
    for (size_t i = 0; i < n;) {
        if (g->plain[(uint8_t)s[i]] || word_char(g, s + i, n - i, &c) > 0)
            i = take_word(g, &w, s, n, i);
        else if (g->class_of[(uint8_t)s[i++]] == END)
            add_start(g, &w, i);
        else if (g->class_of[(uint8_t)s[i - 1]] == LEAD)
            i += 2; /* the rest of the punctuation */
    }
}

/* ---- characters ---- */

/* Into g->fold and g->at; returns the length. */
static size_t fold(struct dc_ngrams *g, const char *s, size_t n)
{
    size_t m = 0;
    uint8_t last = ' ', c;
    for (size_t i = 0, len; i < n; i += len) {
        uint8_t class = g->class_of[(uint8_t)s[i]];
        len = word_char(g, s + i, n - i, &c);
        if (len == 0) {
            len = class == LEAD ? 3 : 1;
            c = class == SPACE || class == LEAD || s[i] == '\n'
                    ? ' '
                    : g->lower[(uint8_t)s[i]];
        }
        if (c == ' ' && last == ' ')
            continue;
        g->at[m] = (uint32_t)i;
        g->fold[m++] = (char)c;
        last = c;
    }
    g->at[m] = (uint32_t)n;
    return m;
}

static void chars_of(struct dc_ngrams *g, size_t m)
{
    for (unsigned n = g->cfg.char_min; n <= g->cfg.char_max; n++) {
        for (size_t i = 0; i + n <= m; i++) {
            uint64_t h = 0;
            make_room(g);
            for (unsigned k = 0; k < n; k++)
                h = h << 8 | (uint8_t)g->fold[i + k];
            add(g, mix(mix(h) + n), DC_NGRAM_CHAR,
                (struct place){g->at[i], g->at[i + n]});
        }
    }
}

void dc_ngrams_of(struct dc_ngrams *g, const char *s, size_t n)
{
    if (++g->text == 0) { /* the numbers have come round */
        memset(g->seen, 0, sizeof *g->seen * g->n_seen);
        g->text = 1;
    }
    g->n = 0;
    if (n > DC_NGRAM_TEXT)
        n = DC_NGRAM_TEXT;
    if (g->cfg.words > 0)
        words_of(g, s, n);
    if (g->cfg.char_max > 0)
        chars_of(g, fold(g, s, n));
    make_distinct(g);
}
