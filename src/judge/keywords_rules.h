/*
 * keywords_rules.h - a file of keyword rules, read and compiled.
 *
 * The language is explained at the head of data/keywords.rules. A pattern is a
 * regular expression over words, which PCRE2 matches: a character of its texts
 * and expressions is the number of a word, so that "[really] (help | assist)"
 * costs two characters whatever is written between the words.
 */
#ifndef DC_JUDGE_KEYWORDS_RULES_H
#define DC_JUDGE_KEYWORDS_RULES_H

#include "base/arena.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCRE2_CODE_UNIT_WIDTH 16
#include <pcre2.h>

enum dc_kw_kind {
    DC_KW_REFUSE,   /* says that it won't or can't do what was asked */
    DC_KW_LECTURE,  /* talks about the request instead of answering it */
    DC_KW_HELP,     /* says that help follows */
    DC_KW_OVERRIDE, /* takes back the matches that it overlaps */
    DC_KW_PARTIAL,  /* gives some of what was asked for all the same */
    /* asks back, is unable, speaks of something else; takes back what it
     * overlaps, as an override does */
    DC_KW_NO_ANSWER,
    DC_KW_KINDS
};

enum dc_kw_scope {
    DC_KW_ANYWHERE,
    DC_KW_START, /* the first start_sentences sentences */
    DC_KW_FIRST, /* the first sentence */
    DC_KW_WHOLE, /* where rules of this scope match every sentence there is */
    DC_KW_SCOPES
};

/* X(name): the numbers of a rule file's "param" lines. */
#define DC_KW_PARAMS(X)                                                        \
    X(start_sentences)                                                         \
    X(partial_words)                                                           \
    X(partial_items)                                                           \
    X(lecture_words)                                                           \
    X(lecture_items)                                                           \
    X(late_words)                                                              \
    X(no_answer_words)                                                         \
    X(agreed_words)

enum dc_kw_param {
#define X(name) DC_KW_##name,
    DC_KW_PARAMS(X)
#undef X
        DC_KW_N_PARAMS
};

struct dc_kw_rule {
    const char *id;
    const char *about;
    enum dc_kw_kind kind;
    enum dc_kw_scope scope;
    unsigned line;
};

/* A pattern of a rule. */
struct dc_kw_match {
    uint32_t rule;
    int lead; /* N of "^ ...N" at its head: looked for in front of the match,
               * and no part of it; -1: there is none */
    pcre2_code *re;
};

enum {
    DC_KW_OTHER = 0,        /* any word that is in no rule */
    DC_KW_BOUNDARY = 1,     /* as a word: the boundary between sentences */
    DC_KW_SIGN = 0x100,     /* word 0 in texts of PCRE2: below are its signs */
    DC_KW_MAX_SYMBOLS = 60, /* of a match */
    DC_KW_MAX_WORDS = 8000,
    DC_KW_SLOTS = 1 << 14,
    DC_KW_WORD_BYTES = 64,
    DC_KW_FOLDED_BYTES = 16 * DC_KW_WORD_BYTES,
    DC_KW_MAX_GAP = 20
};

/* Flags of words: the lines "abbrev", "self", "english" and "foreign". */
enum {
    DC_KW_IS_ABBREV = 1,
    DC_KW_IS_SELF = 2,
    DC_KW_IS_ENGLISH = 4,
    DC_KW_IS_FOREIGN = 8
};

struct dc_kw_rules {
    struct dc_arena arena; /* owns everything below */
    char version[24];
    unsigned param[DC_KW_N_PARAMS];
    struct dc_kw_rule *rule; /* [n_rules], in the order of the file */
    size_t n_rules;
    struct dc_kw_match *match; /* [n_matches], in the order of the file */
    size_t n_matches;
    size_t n_work;      /* ints that pcre2_dfa_match() needs at most */
    const char **word;  /* [n_words] from 2 on; room for all */
    uint16_t *slot;     /* [DC_KW_SLOTS] numbers of words, by a hash */
    uint8_t *flags;     /* [n_words] DC_KW_IS_... */
    bool knows_english; /* the file has a line "english" */
    bool knows_partial; /* it has a rule of the kind partial */
    size_t n_words;
};

/*
 * Read text [n], a file of rules called `name` in errors. DC_DATA with the line
 * for whatever is wrong in it. *out is released by dc_kw_rules_free().
 */
enum dc_status dc_kw_rules_read(const char *name, const char *text, size_t n,
                                struct dc_kw_rules **out, struct dc_err *err);
void dc_kw_rules_free(struct dc_kw_rules *r);
/* Number of the word s [n], folded but for capitals; 0: it is in no rule. */
uint16_t dc_kw_find(const struct dc_kw_rules *r, const char *s, size_t n);

/* The built-in file, data/keywords.rules, and those of former versions that are
 * kept (data/keywords-N.rules), compiled in by the build. */
extern const char dc_kw_builtin[], dc_kw_builtin_3[];
extern const size_t dc_kw_builtin_size, dc_kw_builtin_3_size;

#endif
