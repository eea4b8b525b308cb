/*
 * ngram.h - the features of a response for linear judges: n-grams of words and
 * of characters, present or not, hashed into 2^bits buckets.
 *
 * The text is folded first: ASCII letters lower case, U+2019 an apostrophe,
 * other general punctuation (U+2000 to U+203F) and runs of white space one
 * space. A word is a run of ASCII letters, digits, apostrophes and of the bytes
 * of other characters. The start of the text and of every sentence (behind . !
 * ? or a line feed) is a word of its own, so that "how a sentence opens" is an
 * n-gram too. "cannot", "can't" and "can not" are the same two words, as are
 * "I'm" and "I am": models differ in which they write, and a judge that has
 * seen one model should know the other's. Each kind has buckets of its own, up
 * to collisions.
 *
 * Only the first DC_NGRAM_TEXT bytes of a response are read.
 */
#ifndef DC_JUDGE_NGRAM_H
#define DC_JUDGE_NGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
    DC_NGRAM_TEXT = 1 << 20,
    DC_NGRAM_BITS_MIN = 10,
    DC_NGRAM_BITS_MAX = 22,
    DC_NGRAM_WORDS_MAX = 5,
    DC_NGRAM_CHARS_MAX = 8,
};

struct dc_ngram_cfg {
    unsigned bits;
    unsigned words;   /* n-grams of 1 to this many words; 0: none */
    unsigned opening; /* those of the first so many words once more, apart */
    unsigned char_min, char_max; /* n-grams of characters (bytes); 0: none */
};
/* 18 bits, 1 and 2 words, an opening of 50 words, no characters. */
struct dc_ngram_cfg dc_ngram_cfg_default(void);

enum dc_ngram_kind { DC_NGRAM_WORD, DC_NGRAM_OPENING, DC_NGRAM_CHAR };

/* Where a bucket was first met in the response. */
struct dc_ngram {
    uint32_t bucket; /* < 2^bits, or an index: dc_ngrams_know() */
    uint32_t off, len;
    enum dc_ngram_kind kind;
};

struct dc_ngrams {
    struct dc_ngram *gram; /* [n] distinct, in order of the text */
    size_t n, cap;
    struct dc_ngram_cfg cfg;
    uint64_t *known; /* [2^bits / 64]: a bit for each bucket that counts */
    uint32_t *rank;  /* [2^bits / 64]: bits set before */
    uint32_t *seen;  /* [n_seen]: number of the last text */
    uint32_t text;   /* number of this text */
    size_t n_seen;
    char *fold;   /* [DC_NGRAM_TEXT], for n-grams of characters */
    uint32_t *at; /* [DC_NGRAM_TEXT + 1]: offset in the response */
    uint8_t class_of[256], lower[256]; /* of bytes */
    uint8_t plain[256]; /* what a byte of a word is folded to; 0: none */
};

/* cfg within the limits above. */
void dc_ngrams_init(struct dc_ngrams *g, const struct dc_ngram_cfg *cfg);
/*
 * From here on only bucket [n], ascending, count, and dc_ngram.bucket is an
 * index into them. Once, before the first text.
 */
void dc_ngrams_know(struct dc_ngrams *g, const uint32_t *bucket, size_t n);
void dc_ngrams_release(struct dc_ngrams *g);
/* The n-grams of s [n], valid UTF-8 (any bytes are safe), into g->gram. */
void dc_ngrams_of(struct dc_ngrams *g, const char *s, size_t n);

#endif
