/*
 * keywords_rules.h - a file of keyword rules, read and compiled.
 *
 * The language is explained at the head of data/keywords.rules. A pattern is a
 * regular expression over words: each rule becomes a piece of one
 * non-deterministic automaton whose symbols are words, not bytes, so that
 * "[really] (help | assist)" costs two symbols whatever is written between the
 * words. Words that no rule tells apart share a symbol class.
 */
#ifndef DC_JUDGE_KEYWORDS_RULES_H
#define DC_JUDGE_KEYWORDS_RULES_H

#include "base/arena.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/*
 * How a pattern of a rule ends. "^ ...N" at the head of a pattern makes no
 * nodes, as counting words from every sentence's start would make states
 * without number; it is looked up when the rest has matched.
 */
struct dc_kw_match {
    uint32_t rule;
    int lead;       /* N words or fewer from a boundary; -1: anywhere */
    uint32_t start; /* the pattern's first node */
    unsigned shortest, longest; /* symbols of a piece that it matches */
};

enum dc_kw_op { DC_KW_SYMBOL, DC_KW_ANY, DC_KW_SPLIT, DC_KW_MATCH };

/* A node of the automaton. */
struct dc_kw_node {
    uint8_t op;
    uint32_t arg; /* SYMBOL: its set; MATCH: which; SPLIT: the other way out */
    uint32_t out;
};

enum { DC_KW_COLUMNS = 64 };

/*
 * The vocabulary as a trie over bytes. Column 0 stands for a byte that is in no
 * word; node 0 is dead, node 1 the root.
 */
struct dc_kw_trie {
    uint8_t column[256];
    unsigned n_columns;
    uint16_t *next; /* [n_nodes][DC_KW_COLUMNS] */
    uint16_t *word; /* [n_nodes] the word that ends here, or 0 */
    size_t n_nodes;
};

enum {
    DC_KW_OTHER = 0,        /* class of words in no rule */
    DC_KW_BOUNDARY = 1,     /* word and class: the boundary between sentences */
    DC_KW_MAX_SYMBOLS = 60, /* of a match */
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
    struct dc_kw_node *node; /* [n_nodes] */
    size_t n_nodes;
    struct dc_kw_match *match; /* [n_matches] */
    size_t n_matches;
    struct dc_kw_trie trie;
    uint16_t *class_of; /* [n_words] of each word; word 0 is any other */
    uint8_t *flags;     /* [n_words] DC_KW_IS_... */
    bool knows_english; /* the file has a line "english" */
    bool knows_partial; /* it has a rule of the kind partial */
    size_t n_words;
    unsigned n_classes;
    uint64_t *holds; /* [n_sets][n_classes] bits: set s holds class c */
    size_t n_sets;
};

/*
 * Read text [n], a file of rules called `name` in errors. DC_DATA with the line
 * for whatever is wrong in it. *out is released by dc_kw_rules_free().
 */
enum dc_status dc_kw_rules_read(const char *name, const char *text, size_t n,
                                struct dc_kw_rules **out, struct dc_err *err);
void dc_kw_rules_free(struct dc_kw_rules *r);

/* Words of 64 bits that the bits of all classes take. */
static inline size_t dc_kw_class_words(const struct dc_kw_rules *r)
{
    return (r->n_classes + 63) / 64;
}

static inline bool dc_kw_holds(const struct dc_kw_rules *r, uint32_t set,
                               unsigned cls)
{
    return r->holds[set * dc_kw_class_words(r) + cls / 64] >> cls % 64 & 1;
}

/* The built-in file, data/keywords.rules, and those of former versions that are
 * kept (data/keywords-N.rules), compiled in by the build. */
extern const char dc_kw_builtin[], dc_kw_builtin_3[];
extern const size_t dc_kw_builtin_size, dc_kw_builtin_3_size;

#endif
