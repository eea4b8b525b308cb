/*
 * keywords_pattern.h - private to the reader of keyword rules: patterns as
 * trees, and from trees to nodes of the automaton.
 */
#ifndef DC_JUDGE_KEYWORDS_PATTERN_H
#define DC_JUDGE_KEYWORDS_PATTERN_H

#include "judge/keywords_rules.h"

enum dc_kw_form {
    DC_KW_WORD, /* arg: word */
    DC_KW_EDGE, /* ^ */
    DC_KW_GAP,  /* ...N: up to arg words */
    DC_KW_ONE,  /* _ : exactly one word */
    DC_KW_SEQ,
    DC_KW_ALT,
    DC_KW_OPT,
    DC_KW_REF /* arg: set */
};

struct dc_kw_tree {
    enum dc_kw_form form;
    uint32_t arg;
    struct dc_kw_tree *kid;  /* first of SEQ, ALT, OPT */
    struct dc_kw_tree *next; /* behind this one, in its parent */
};

struct dc_kw_set {
    const char *name;
    struct dc_kw_tree *tree; /* an ALT */
    size_t n_leaves;
};

enum {
    DC_KW_MAX_WORDS = 8000,
    DC_KW_MAX_SETS = 250,
    DC_KW_MAX_RULES = 250,
    DC_KW_MAX_NODES = 100000,
    DC_KW_MAX_DEPTH = 24,
    DC_KW_MAX_TRIE = 65000,
    DC_KW_WORD_BYTES = 64,
    DC_KW_MAX_FILE = 1 << 20,
    DC_KW_MAX_PATTERN = 16384
};

/* What reading needs and the automaton does not. */
struct dc_kw_reader {
    struct dc_kw_rules *r;
    const char *file;
    unsigned line;
    const char *at, *end; /* what is left of the pattern being parsed */
    unsigned depth;
    struct dc_kw_set *set[DC_KW_MAX_SETS];
    size_t n_sets;
    size_t cap_matches, cap_nodes, cap_trie, cap_words;
    uint16_t **symbols; /* [r->n_sets] words of each, 0-ended */
    size_t cap_symbols;
    struct dc_err *err;
};

/* Number of the word [n] (folded here), made if it is new; 0: an error. */
uint16_t dc_kw_word(struct dc_kw_reader *rd, const char *s, size_t n);
/* Append the alternatives in rd->at to the ALT `into`. */
enum dc_status dc_kw_parse(struct dc_kw_reader *rd, struct dc_kw_tree *into);
/*
 * Make nodes of a tree in front of node `out`; *start is its first. DC_DATA if
 * that takes too many.
 */
enum dc_status dc_kw_compile(struct dc_kw_reader *rd,
                             const struct dc_kw_tree *t, uint32_t out,
                             uint32_t *start);
/* Make the nodes of a rule with these alternatives, each a match. */
enum dc_status dc_kw_compile_rule(struct dc_kw_reader *rd,
                                  struct dc_kw_rule *rule,
                                  const struct dc_kw_tree *alt);
/* Words in a tree, those behind references included: bounds all work on it. */
size_t dc_kw_leaves(const struct dc_kw_reader *rd, const struct dc_kw_tree *t);
/* Symbols of the shortest and the longest match. */
void dc_kw_lengths(const struct dc_kw_reader *rd, const struct dc_kw_tree *t,
                   unsigned *shortest, unsigned *longest);
/* Number the classes and fill r->holds. */
void dc_kw_classes(struct dc_kw_reader *rd);
/* "FILE:LINE: " and what is wrong. */
enum dc_status dc_kw_wrong(struct dc_kw_reader *rd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
