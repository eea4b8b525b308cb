/*
 * ngram.c - n-grams of a response (ngram.h), one pass to fold it and one over
 * the folded text.
 *
 * Hashes are part of the file format of linear judges: another hash, fold or
 * notion of a word is another DC_LINEAR_FORMAT.
 */
#include "judge/ngram.h"

#include "base/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum char_class { SPACE, WORD, OTHER, END };

struct dc_ngram_cfg dc_ngram_cfg_default(void)
{
    return (struct dc_ngram_cfg){.bits = 18, .words = 2, .opening = 50};
}

static void set_classes(uint8_t *class_of)
{
    for (int c = 0; c < 256; c++) {
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                    (c >= 'a' && c <= 'z') || c == '\'' || c >= 0x80;
        bool end = c == '.' || c == '!' || c == '?' || c == '\n';
        class_of[c] = word                    ? WORD
                      : end                   ? END
                      : c <= ' ' || c == 0x7F ? SPACE
                                              : OTHER;
    }
}

void dc_ngrams_init(struct dc_ngrams *g, const struct dc_ngram_cfg *cfg)
{
    assert(cfg->bits >= DC_NGRAM_BITS_MIN && cfg->bits <= DC_NGRAM_BITS_MAX);
    assert(cfg->words <= DC_NGRAM_WORDS_MAX);
    assert(cfg->char_max <= DC_NGRAM_CHARS_MAX);
    *g = (struct dc_ngrams){.cfg = *cfg};
    set_classes(g->class_of);
    g->seen = dc_xcalloc((size_t)1 << cfg->bits, sizeof *g->seen);
    g->fold = dc_xcalloc(DC_NGRAM_TEXT + 8, 1);
    g->at = dc_xcalloc(DC_NGRAM_TEXT + 1, sizeof *g->at);
}

void dc_ngrams_release(struct dc_ngrams *g)
{
    free(g->gram);
    free(g->seen);
    free(g->fold);
    free(g->at);
    *g = (struct dc_ngrams){0};
}

/* ---- folding ---- */

/* General punctuation at s [n], which opens with E2: 3 bytes, else 0. */
static size_t punctuation(const char *s, size_t n, char *as)
{
    if (n < 3 || s[1] != '\x80')
        return 0;
    *as = s[2] == '\x99' ? '\'' : ' ';
    return 3;
}

/* Into g->fold and g->at; returns the length. */
static size_t fold(struct dc_ngrams *g, const char *s, size_t n)
{
    size_t m = 0;
    char last = ' ';
    for (size_t i = 0, len; i < n; i += len) {
        char c = s[i];
        len = 1;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        else if (c == '\xE2' && punctuation(s + i, n - i, &c))
            len = 3;
        else if (g->class_of[(uint8_t)c] == SPACE)
            c = ' ';
        if (c == ' ' && last == ' ')
            continue;
        g->at[m] = (uint32_t)i;
        g->fold[m++] = last = c;
    }
    g->at[m] = (uint32_t)n;
    memset(g->fold + m, 0, 8);
    return m;
}

/* ---- n-grams ---- */

static uint64_t mix(uint64_t h)
{
    h *= 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

/* A place in the folded text. */
struct place {
    size_t from, to;
};

static void add(struct dc_ngrams *g, uint64_t hash, enum dc_ngram_kind kind,
                struct place p)
{
    static const uint64_t apart[] = {0x243F6A8885A308D3u, 0x13198A2E03707344u,
                                     0xA4093822299F31D0u};
    uint32_t bucket = (uint32_t)(mix(hash ^ apart[kind]) >> (64 - g->cfg.bits));
    if (g->seen[bucket] == g->text)
        return;
    g->seen[bucket] = g->text;
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 1024;
        g->gram = dc_xrealloc(g->gram, g->cap, sizeof *g->gram);
    }
    g->gram[g->n++] = (struct dc_ngram){.bucket = bucket,
                                        .off = g->at[p.from],
                                        .len = g->at[p.to] - g->at[p.from],
                                        .kind = kind};
}

/* The last words, newest first: hashes, and where they start. */
struct words {
    uint64_t hash[DC_NGRAM_WORDS_MAX];
    size_t from[DC_NGRAM_WORDS_MAX];
    size_t n; /* words so far, starts of sentences included */
    bool at_start;
};

static void add_word(struct dc_ngrams *g, struct words *w, uint64_t hash,
                     struct place p)
{
    uint64_t h = 0;
    for (size_t k = DC_NGRAM_WORDS_MAX - 1; k > 0; k--) {
        w->hash[k] = w->hash[k - 1];
        w->from[k] = w->from[k - 1];
    }
    w->hash[0] = hash;
    w->from[0] = p.from;
    w->n++;
    for (size_t k = 0; k < g->cfg.words && k < w->n; k++) {
        const struct place whole = {w->from[k], p.to};
        h = mix(h ^ w->hash[k]);
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
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 0x100000001B3u;
    return h;
}

static bool ends_in(const char *s, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n >= m && memcmp(s + n - m, end, m) == 0;
}

/* A word as the one or two words that it contracts. */
static void add_contracted(struct dc_ngrams *g, struct words *w, struct place p)
{
    const char *s = g->fold + p.from;
    size_t n = p.to - p.from, stem = n;
    const char *second = NULL;
    if (n == 6 && memcmp(s, "cannot", 6) == 0) {
        stem = 3;
        second = "not";
    } else if (n > 3 && ends_in(s, n, "n't")) {
        stem = n - 3;
        second = "not";
    } else if (n > 2 && ends_in(s, n, "'m")) {
        stem = n - 2;
        second = "am";
    }
    if (second && stem == 2 && memcmp(s, "ca", 2) == 0)
        add_word(g, w, hash_of("can", 3), p);
    else if (second && stem == 2 && memcmp(s, "wo", 2) == 0)
        add_word(g, w, hash_of("will", 4), p);
    else
        add_word(g, w, hash_of(s, stem), p);
    if (second)
        add_word(g, w, hash_of(second, strlen(second)), p);
}

static void words_of(struct dc_ngrams *g, size_t m)
{
    struct words w = {.n = 0};
    add_start(g, &w, 0);
    for (size_t i = 0; i < m;) {
        uint8_t class = g->class_of[(uint8_t)g->fold[i]];
        size_t from = i++;
        if (class == WORD) {
            bool apostrophe = false;
            for (i = from; g->class_of[(uint8_t)g->fold[i]] == WORD; i++)
                apostrophe |= g->fold[i] == '\'';
            const struct place p = {from, i};
            if (apostrophe || (g->fold[from] == 'c' && i - from == 6))
                add_contracted(g, &w, p);
            else
                add_word(g, &w, hash_of(g->fold + from, i - from), p);
            w.at_start = false;
        } else if (class == END) {
            add_start(g, &w, i);
        }
    }
}

static void chars_of(struct dc_ngrams *g, size_t m)
{
    for (unsigned n = g->cfg.char_min; n > 0 && n <= g->cfg.char_max; n++) {
        for (size_t i = 0; i + n <= m; i++) {
            uint64_t h = 0;
            for (unsigned k = 0; k < n; k++)
                h = h << 8 | (uint8_t)g->fold[i + k];
            add(g, mix(h ^ (uint64_t)n << 60), DC_NGRAM_CHAR,
                (struct place){i, i + n});
        }
    }
}

void dc_ngrams_of(struct dc_ngrams *g, const char *s, size_t n)
{
    if (++g->text == 0) { /* the numbers have come round */
        memset(g->seen, 0, sizeof *g->seen << g->cfg.bits);
        g->text = 1;
    }
    g->n = 0;
    size_t m = fold(g, s, n < DC_NGRAM_TEXT ? n : DC_NGRAM_TEXT);
    if (g->cfg.words > 0)
        words_of(g, m);
    chars_of(g, m);
}
