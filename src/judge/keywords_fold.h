/*
 * keywords_fold.h - characters as keyword rules see them.
 *
 * Character by character, NFKD of NFKC_Casefold: two texts that fold to the
 * same letters here are equal for caseless, compatible comparison, whether a
 * letter with its accent came as one character or as two.
 */
#ifndef DC_JUDGE_KEYWORDS_FOLD_H
#define DC_JUDGE_KEYWORDS_FOLD_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum dc_kw_char {
    DC_KW_CHAR_LETTER,     /* part of a word: letter, digit, mark */
    DC_KW_CHAR_IGNORED,    /* shows nothing: as if it were not there */
    DC_KW_CHAR_ASCII,      /* the same as the ASCII character fold[0] */
    DC_KW_CHAR_OPEN,       /* opening quote */
    DC_KW_CHAR_CLOSE,      /* closing quote */
    DC_KW_CHAR_SWITCH,     /* a quote that opens or closes (U+201C in German) */
    DC_KW_CHAR_PUNCTUATION /* whatever else */
};

struct dc_kw_folded {
    uint32_t key;   /* its bytes, in a cache; 0: empty */
    int32_t cp;     /* -1: not a character */
    uint8_t kind;   /* enum dc_kw_char */
    uint8_t n_fold; /* of a letter; 0 for one that is in no word of a rule */
    uint8_t n;      /* bytes in the text */
    uint8_t quote;  /* of a quote: which pair it belongs to */
    uint8_t fold[17];
};

/* The character at s [n], n > 0, first byte >= 0x80. */
void dc_kw_fold_char(const char *s, size_t n, struct dc_kw_folded *out);
/* Append the word s [n] of a rule file, folded. */
void dc_kw_fold(struct dc_buf *out, const char *s, size_t n);

#endif
