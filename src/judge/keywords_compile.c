/*
 * keywords_compile.c - from trees of patterns to nodes and symbol classes.
 *
 * Nodes are made from the end of a pattern to its start, each in front of what
 * follows it, so that no arrow has to be mended later. An alternative of single
 * words becomes one node with a set of words; that keeps the automaton small
 * however long the lists are.
 */
#include "base/mem.h"
#include "judge/keywords_pattern.h"

#include <stdlib.h>
#include <string.h>

static bool new_node(struct dc_kw_reader *rd, enum dc_kw_op op, uint32_t arg,
                     uint32_t *at)
{
    struct dc_kw_rules *r = rd->r;
    if (r->n_nodes == DC_KW_MAX_NODES) {
        dc_kw_wrong(rd, "the rules are too large: more than %d states",
                    DC_KW_MAX_NODES);
        return false;
    }
    if (r->n_nodes == rd->cap_nodes) {
        rd->cap_nodes = rd->cap_nodes ? 2 * rd->cap_nodes : 1024;
        r->node = dc_xrealloc(r->node, rd->cap_nodes, sizeof *r->node);
    }
    r->node[r->n_nodes] =
        (struct dc_kw_node){.op = (uint8_t)op, .arg = arg, .out = *at};
    *at = (uint32_t)r->n_nodes++;
    return true;
}

/* ---- sets of words ---- */

/* Words gathered from an alternative: [n], room for all there are. */
struct gathered {
    uint16_t *word;
    size_t n;
};

/* The tree behind references and alternatives of one. */
static const struct dc_kw_tree *plain(const struct dc_kw_reader *rd,
                                      const struct dc_kw_tree *t)
{
    for (;;) {
        if (t->form == DC_KW_REF)
            t = rd->set[t->arg]->tree;
        else if (t->form == DC_KW_ALT && !t->kid->next)
            t = t->kid;
        else
            return t;
    }
}

/* Gather the single words of an alternative, inner alternatives included. */
static void gather(const struct dc_kw_reader *rd, const struct dc_kw_tree *alt,
                   struct gathered *g)
{
    for (const struct dc_kw_tree *k = alt->kid; k; k = k->next) {
        const struct dc_kw_tree *p = plain(rd, k);
        if (p->form == DC_KW_ALT)
            gather(rd, p, g);
        else if (p->form == DC_KW_WORD && g->n < DC_KW_MAX_WORDS)
            g->word[g->n++] = (uint16_t)p->arg;
    }
}

static int by_number(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Number of the set that holds just these words. */
static uint32_t intern(struct dc_kw_reader *rd, struct gathered *g)
{
    struct dc_kw_rules *r = rd->r;
    size_t n = 0;
    qsort(g->word, g->n, sizeof *g->word, by_number);
    for (size_t i = 0; i < g->n; i++)
        if (n == 0 || g->word[i] != g->word[n - 1])
            g->word[n++] = g->word[i];
    g->word[n] = 0;
    for (size_t i = 0; i < r->n_sets; i++) {
        size_t k = 0;
        while (k < n && rd->symbols[i][k] == g->word[k])
            k++;
        if (k == n && rd->symbols[i][n] == 0)
            return (uint32_t)i;
    }
    if (r->n_sets == rd->cap_symbols) {
        rd->cap_symbols = rd->cap_symbols ? 2 * rd->cap_symbols : 256;
        rd->symbols =
            dc_xrealloc(rd->symbols, rd->cap_symbols, sizeof *rd->symbols);
    }
    uint16_t *copy = dc_arena_array(&r->arena, n + 1, sizeof *copy);
    memcpy(copy, g->word, (n + 1) * sizeof *copy);
    rd->symbols[r->n_sets] = copy;
    return (uint32_t)r->n_sets++;
}

/* One node for all single words of an alternative, in front of *at. */
static bool symbols(struct dc_kw_reader *rd, struct gathered *g, uint32_t *at)
{
    return new_node(rd, DC_KW_SYMBOL, intern(rd, g), at);
}

/* ---- tree to nodes ---- */

static enum dc_status split(struct dc_kw_reader *rd, uint32_t a, uint32_t *at)
{
    return new_node(rd, DC_KW_SPLIT, a, at) ? DC_OK : DC_DATA;
}

/* The alternatives of `alt` that are more than a word, each in front of out;
 * *start is the split over them and what *start was. */
static enum dc_status longer(struct dc_kw_reader *rd,
                             const struct dc_kw_tree *alt, uint32_t out,
                             uint32_t *start, bool *any)
{
    enum dc_status st = DC_OK;
    for (const struct dc_kw_tree *k = alt->kid; k && !st; k = k->next) {
        const struct dc_kw_tree *p = plain(rd, k);
        uint32_t one = 0;
        if (p->form == DC_KW_WORD)
            continue;
        if (p->form == DC_KW_ALT) {
            st = longer(rd, p, out, start, any);
            continue;
        }
        st = dc_kw_compile(rd, p, out, &one);
        if (!st && *any)
            st = split(rd, one, start);
        else
            *start = one;
        *any = true;
    }
    return st;
}

static enum dc_status alternatives(struct dc_kw_reader *rd,
                                   const struct dc_kw_tree *alt, uint32_t out,
                                   uint32_t *start)
{
    struct gathered g = {dc_xcalloc(DC_KW_MAX_WORDS + 1, sizeof *g.word), 0};
    bool any = false, fine = true;
    gather(rd, alt, &g);
    *start = out;
    if (g.n) {
        fine = symbols(rd, &g, start);
        any = true;
    }
    free(g.word);
    return fine ? longer(rd, alt, out, start, &any) : DC_DATA;
}

static enum dc_status sequence(struct dc_kw_reader *rd,
                               const struct dc_kw_tree *first, uint32_t out,
                               uint32_t *start)
{
    if (!first) {
        *start = out;
        return DC_OK;
    }
    enum dc_status st = sequence(rd, first->next, out, start);
    return st ? st : dc_kw_compile(rd, first, *start, start);
}

static enum dc_status one_symbol(struct dc_kw_reader *rd,
                                 const struct dc_kw_tree *t, uint32_t out,
                                 uint32_t *start)
{
    uint16_t word[2] = {(uint16_t)t->arg, 0};
    struct gathered g = {word, 1};
    *start = out;
    if (t->form == DC_KW_ONE)
        return new_node(rd, DC_KW_ANY, 0, start) ? DC_OK : DC_DATA;
    if (t->form == DC_KW_EDGE)
        word[0] = DC_KW_BOUNDARY;
    return symbols(rd, &g, start) ? DC_OK : DC_DATA;
}

static enum dc_status gap(struct dc_kw_reader *rd, uint32_t words, uint32_t out,
                          uint32_t *start)
{
    *start = out;
    for (uint32_t i = 0; i < words; i++) {
        uint32_t any = *start;
        if (!new_node(rd, DC_KW_ANY, 0, &any))
            return DC_DATA;
        *start = out;
        if (split(rd, any, start))
            return DC_DATA;
    }
    return DC_OK;
}

/* A way past the piece that starts at *start. */
static enum dc_status optional(struct dc_kw_reader *rd, uint32_t out,
                               uint32_t *start)
{
    uint32_t into = *start;
    *start = out;
    return split(rd, into, start);
}

enum dc_status dc_kw_compile(struct dc_kw_reader *rd,
                             const struct dc_kw_tree *t, uint32_t out,
                             uint32_t *start)
{
    t = plain(rd, t);
    enum dc_status st;
    switch (t->form) {
    case DC_KW_SEQ:
        return sequence(rd, t->kid, out, start);
    case DC_KW_ALT:
        return alternatives(rd, t, out, start);
    case DC_KW_OPT:
        st = dc_kw_compile(rd, t->kid, out, start);
        if (st)
            return st;
        return optional(rd, out, start);
    case DC_KW_GAP:
        return gap(rd, t->arg, out, start);
    default:
        return one_symbol(rd, t, out, start);
    }
}

size_t dc_kw_leaves(const struct dc_kw_reader *rd, const struct dc_kw_tree *t)
{
    size_t n = 0;
    if (t->form == DC_KW_REF)
        return rd->set[t->arg]->n_leaves;
    if (t->form == DC_KW_GAP)
        return t->arg;
    if (!t->kid)
        return 1;
    for (const struct dc_kw_tree *k = t->kid; k; k = k->next)
        n += dc_kw_leaves(rd, k);
    return n > DC_KW_MAX_NODES ? DC_KW_MAX_NODES + 1 : n;
}

void dc_kw_lengths(const struct dc_kw_reader *rd, const struct dc_kw_tree *t,
                   unsigned *shortest, unsigned *longest)
{
    t = plain(rd, t);
    unsigned lo = 0, hi = 0, a, b;
    *shortest = *longest = 1;
    if (t->form == DC_KW_GAP) {
        *shortest = 0;
        *longest = t->arg;
    }
    if (t->form != DC_KW_SEQ && t->form != DC_KW_ALT && t->form != DC_KW_OPT)
        return;
    for (const struct dc_kw_tree *k = t->kid; k; k = k->next) {
        dc_kw_lengths(rd, k, &a, &b);
        if (t->form == DC_KW_SEQ) {
            lo += a;
            hi += b;
        } else {
            lo = k == t->kid || a < lo ? a : lo;
            hi = b > hi ? b : hi;
        }
        if (hi > 10000) /* as good as endless */
            hi = 10000;
    }
    *shortest = t->form == DC_KW_OPT ? 0 : lo;
    *longest = hi;
}

/* ---- rules ---- */

/* A pattern: its nodes, the last of which is a MATCH. */
static enum dc_status add_match(struct dc_kw_reader *rd,
                                const struct dc_kw_match *m,
                                const struct dc_kw_tree *t)
{
    struct dc_kw_rules *r = rd->r;
    size_t number = r->n_matches;
    uint32_t at = 0;
    if (r->n_matches == rd->cap_matches) {
        rd->cap_matches = rd->cap_matches ? 2 * rd->cap_matches : 256;
        r->match = dc_xrealloc(r->match, rd->cap_matches, sizeof *r->match);
    }
    r->match[r->n_matches++] = *m;
    if (!new_node(rd, DC_KW_MATCH, (uint32_t)number, &at))
        return DC_DATA;
    return dc_kw_compile(rd, t, at, &r->match[number].start);
}

/* Take "^ ...N" off the head of a pattern: *t is the rest. N, or -1. */
static int take_lead(const struct dc_kw_reader *rd, struct dc_kw_tree *seq,
                     const struct dc_kw_tree **t)
{
    const struct dc_kw_tree *p = plain(rd, *t);
    if (p->form != DC_KW_SEQ || plain(rd, p->kid)->form != DC_KW_EDGE ||
        p->kid->next->form != DC_KW_GAP || !p->kid->next->next)
        return -1;
    *seq = (struct dc_kw_tree){.form = DC_KW_SEQ, .kid = p->kid->next->next};
    *t = seq;
    return (int)p->kid->next->arg;
}

static enum dc_status find_lengths(struct dc_kw_reader *rd,
                                   const struct dc_kw_rule *rule,
                                   const struct dc_kw_tree *t,
                                   struct dc_kw_match *m)
{
    dc_kw_lengths(rd, t, &m->shortest, &m->longest);
    if (m->shortest == 0)
        return dc_kw_wrong(rd, "the rule %s matches no words at all", rule->id);
    if (m->longest > DC_KW_MAX_SYMBOLS)
        return dc_kw_wrong(rd,
                           "the rule %s can match %u words or boundaries; at "
                           "most %d are possible",
                           rule->id, m->longest, DC_KW_MAX_SYMBOLS);
    return DC_OK;
}

enum dc_status dc_kw_compile_rule(struct dc_kw_reader *rd,
                                  struct dc_kw_rule *rule,
                                  const struct dc_kw_tree *alt)
{
    for (const struct dc_kw_tree *k = alt->kid; k; k = k->next) {
        struct dc_kw_tree seq;
        struct dc_kw_match m = {.rule = (uint32_t)(rule - rd->r->rule)};
        const struct dc_kw_tree *t = k;
        m.lead = take_lead(rd, &seq, &t);
        enum dc_status st = find_lengths(rd, rule, t, &m);
        if (!st)
            st = add_match(rd, &m, t);
        if (st)
            return st;
    }
    return DC_OK;
}

/* ---- classes ---- */

/* Number what is in cls [n] anew, without holes; how many there are. */
static unsigned renumber(const uint32_t *cls, size_t n, uint32_t n_old,
                         uint16_t *out)
{
    uint32_t *name = dc_xcalloc(n_old, sizeof *name);
    unsigned n_new = 2;
    for (size_t w = 0; w < n; w++) {
        if (cls[w] >= 2 && !name[cls[w]])
            name[cls[w]] = n_new++;
        out[w] = (uint16_t)(cls[w] < 2 ? cls[w] : name[cls[w]]);
    }
    free(name);
    return n_new;
}

/* Words start in one class; each set splits the classes it cuts through. */
static void split_classes(struct dc_kw_reader *rd, uint32_t *cls, uint32_t *n)
{
    struct dc_kw_rules *r = rd->r;
    for (size_t s = 0; s < r->n_sets; s++) {
        uint32_t *moved = dc_xcalloc(*n, sizeof *moved);
        uint32_t n_old = *n;
        for (const uint16_t *w = rd->symbols[s]; *w; w++) {
            uint32_t old = cls[*w];
            if (*w == DC_KW_BOUNDARY || old >= n_old)
                continue;
            if (!moved[old])
                moved[old] = (*n)++;
            cls[*w] = moved[old];
        }
        free(moved);
    }
}

void dc_kw_classes(struct dc_kw_reader *rd)
{
    struct dc_kw_rules *r = rd->r;
    uint32_t *cls = dc_xcalloc(r->n_words, sizeof *cls), n = 2;
    cls[DC_KW_BOUNDARY] = DC_KW_BOUNDARY;
    split_classes(rd, cls, &n);
    r->class_of = dc_arena_array(&r->arena, r->n_words, sizeof *r->class_of);
    r->n_classes = renumber(cls, r->n_words, n, r->class_of);
    free(cls);
    size_t stride = dc_kw_class_words(r);
    r->holds = dc_arena_array(&r->arena, r->n_sets * stride, sizeof *r->holds);
    for (size_t s = 0; s < r->n_sets; s++)
        for (const uint16_t *w = rd->symbols[s]; *w; w++)
            r->holds[s * stride + r->class_of[*w] / 64] |=
                (uint64_t)1 << r->class_of[*w] % 64;
}
