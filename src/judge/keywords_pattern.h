/*
 * keywords_pattern.h - private to the reader of keyword rules: patterns, from
 * their text to expressions of PCRE2.
 */
#ifndef DC_JUDGE_KEYWORDS_PATTERN_H
#define DC_JUDGE_KEYWORDS_PATTERN_H

#include "base/buf.h"
#include "judge/keywords_rules.h"

/* An expression or a part of one. */
struct dc_kw_text {
    uint16_t *s; /* [n] */
    size_t n;
};

/*
 * Alternatives: what stands in a set, in brackets, or a single item of a row.
 * Those of one word are kept apart, as a class of characters is the fastest
 * that there is.
 */
struct dc_kw_alt {
    uint16_t *word; /* [n_words] */
    size_t n_words;
    struct dc_kw_text longer; /* the others, with "|" between them */
    unsigned shortest, longest;
    unsigned gap; /* it is "...N" and nothing else: N */
    size_t n;     /* alternatives */
    /* where it is one alternative, its items; else n_only is 0 */
    struct dc_kw_alt *only;
    size_t n_only;
};

struct dc_kw_set {
    const char *name;
    struct dc_kw_alt alt;
};

enum {
    DC_KW_MAX_SETS = 250,
    DC_KW_MAX_RULES = 250,
    DC_KW_MAX_MATCHES = 10000,
    DC_KW_MAX_TEXT = 1 << 23, /* of all expressions together */
    DC_KW_MAX_DEPTH = 24,
    DC_KW_MAX_FILE = 1 << 20,
    DC_KW_MAX_PATTERN = 16384
};

/* What reading needs and matching does not. */
struct dc_kw_reader {
    struct dc_kw_rules *r;
    const char *file;
    unsigned line;
    const char *at, *end; /* what is left of the pattern being parsed */
    unsigned depth;
    struct dc_kw_rule *rule; /* whose patterns are read; NULL: a set's */
    struct dc_kw_set *set[DC_KW_MAX_SETS];
    size_t n_sets;
    size_t n_text; /* of expressions and their parts */
    struct dc_err *err;
};

/* Number of the word [n] (folded here), made if it is new; 0: an error. */
uint16_t dc_kw_word(struct dc_kw_reader *rd, const char *s, size_t n);
/* Append the alternatives in rd->at to `into`; of a rule each is a match. */
enum dc_status dc_kw_parse(struct dc_kw_reader *rd, struct dc_kw_alt *into);
/* "FILE:LINE: " and what is wrong. */
enum dc_status dc_kw_wrong(struct dc_kw_reader *rd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
