/*
 * keywords_pattern.c - patterns of keyword rules, from text to a tree, and the
 * words they are made of.
 *
 * While the rules are read the trie has 64 columns, so that a new letter moves
 * nothing.
 */
#include "judge/keywords_pattern.h"

#include "base/mem.h"
#include "judge/keywords_fold.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum dc_status dc_kw_wrong(struct dc_kw_reader *rd, const char *fmt, ...)
{
    char msg[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    return dc_fail(rd->err, DC_DATA, "%.200s:%u: %s", rd->file, rd->line, msg);
}

/* ---- vocabulary ---- */

static uint16_t trie_step(struct dc_kw_reader *rd, uint16_t node, uint8_t byte)
{
    struct dc_kw_trie *t = &rd->r->trie;
    if (t->column[byte] == 0) {
        if (t->n_columns == DC_KW_COLUMNS)
            return 0;
        t->column[byte] = (uint8_t)t->n_columns++;
        if (byte >= 'a' && byte <= 'z')
            t->column[byte - 'a' + 'A'] = t->column[byte];
    }
    uint16_t *slot = &t->next[(size_t)node * DC_KW_COLUMNS + t->column[byte]];
    if (*slot)
        return *slot;
    if (t->n_nodes == rd->cap_trie) {
        size_t cap = rd->cap_trie * 2;
        if (cap > DC_KW_MAX_TRIE)
            return 0;
        t->next = dc_xrealloc(t->next, cap * DC_KW_COLUMNS, sizeof *t->next);
        t->word = dc_xrealloc(t->word, cap, sizeof *t->word);
        memset(t->next + rd->cap_trie * DC_KW_COLUMNS, 0,
               (cap - rd->cap_trie) * DC_KW_COLUMNS * sizeof *t->next);
        memset(t->word + rd->cap_trie, 0,
               (cap - rd->cap_trie) * sizeof *t->word);
        rd->cap_trie = cap;
        slot = &t->next[(size_t)node * DC_KW_COLUMNS + t->column[byte]];
    }
    *slot = (uint16_t)t->n_nodes++;
    return *slot;
}

static uint16_t add_word(struct dc_kw_reader *rd, const char *s, size_t n)
{
    struct dc_kw_rules *r = rd->r;
    uint16_t node = 1;
    for (size_t i = 0; i < n && node; i++)
        node = trie_step(rd, node, (uint8_t)s[i]);
    if (!node) {
        dc_kw_wrong(rd, "too many words or letters in the rules");
        return 0;
    }
    if (r->trie.word[node])
        return r->trie.word[node];
    if (r->n_words == DC_KW_MAX_WORDS) {
        dc_kw_wrong(rd, "more than %d different words", DC_KW_MAX_WORDS);
        return 0;
    }
    if (r->n_words == rd->cap_words) {
        rd->cap_words *= 2;
        r->flags = dc_xrealloc(r->flags, rd->cap_words, 1);
    }
    r->flags[r->n_words] = 0;
    r->trie.word[node] = (uint16_t)r->n_words++;
    return r->trie.word[node];
}

uint16_t dc_kw_word(struct dc_kw_reader *rd, const char *s, size_t n)
{
    struct dc_buf b;
    if (n == 0 || n > DC_KW_WORD_BYTES) {
        dc_kw_wrong(rd, "a word of %zu bytes; 1 to %d are possible", n,
                    DC_KW_WORD_BYTES);
        return 0;
    }
    dc_buf_init(&b, 16 * DC_KW_WORD_BYTES);
    dc_kw_fold(&b, s, n);
    uint16_t word = add_word(rd, b.data, b.n);
    dc_buf_release(&b);
    return word;
}

/* ---- text to tree ---- */

static struct dc_kw_tree *new_tree(struct dc_kw_reader *rd,
                                   enum dc_kw_form form, uint32_t arg)
{
    struct dc_kw_tree *t = dc_arena_alloc(&rd->r->arena, sizeof *t);
    t->form = form;
    t->arg = arg;
    return t;
}

static void add_kid(struct dc_kw_tree *parent, struct dc_kw_tree *kid)
{
    struct dc_kw_tree **last = &parent->kid;
    while (*last)
        last = &(*last)->next;
    *last = kid;
}

static void skip_space(struct dc_kw_reader *rd)
{
    while (rd->at < rd->end && (*rd->at == ' ' || *rd->at == '\t'))
        rd->at++;
}

/* Bytes up to a space or a sign of the language. */
static size_t plain_length(const struct dc_kw_reader *rd)
{
    size_t n = 0;
    while (rd->at + n < rd->end && !strchr(" \t|()[]@^", rd->at[n]))
        n++;
    return n;
}

static enum dc_status parse_ref(struct dc_kw_reader *rd,
                                struct dc_kw_tree *into)
{
    rd->at++;
    size_t n = plain_length(rd);
    for (size_t i = 0; i < rd->n_sets; i++)
        if (strncmp(rd->set[i]->name, rd->at, n) == 0 &&
            rd->set[i]->name[n] == '\0') {
            rd->at += n;
            add_kid(into, new_tree(rd, DC_KW_REF, (uint32_t)i));
            return DC_OK;
        }
    return dc_kw_wrong(rd, "no set @%.*s is defined above this line",
                       n > 40 ? 40 : (int)n, rd->at);
}

static enum dc_status parse_group(struct dc_kw_reader *rd,
                                  struct dc_kw_tree *into)
{
    bool optional = *rd->at++ == '[';
    char close = optional ? ']' : ')';
    struct dc_kw_tree *alt = new_tree(rd, DC_KW_ALT, 0);
    if (++rd->depth > DC_KW_MAX_DEPTH)
        return dc_kw_wrong(rd, "brackets are nested more than %d deep",
                           DC_KW_MAX_DEPTH);
    enum dc_status st = dc_kw_parse(rd, alt);
    rd->depth--;
    if (st)
        return st;
    if (rd->at == rd->end || *rd->at != close)
        return dc_kw_wrong(rd, "'%c' is missing", close);
    rd->at++;
    if (!optional) {
        add_kid(into, alt);
        return DC_OK;
    }
    struct dc_kw_tree *opt = new_tree(rd, DC_KW_OPT, 0);
    opt->kid = alt;
    add_kid(into, opt);
    return DC_OK;
}

static enum dc_status parse_gap(struct dc_kw_reader *rd, size_t n,
                                struct dc_kw_tree *into)
{
    char *end;
    long words = strtol(rd->at + 3, &end, 10);
    if (end != rd->at + n || n == 3 || words < 1 || words > DC_KW_MAX_GAP)
        return dc_kw_wrong(rd, "expected ...1 to ...%d, got \"%.*s\"",
                           DC_KW_MAX_GAP, n > 40 ? 40 : (int)n, rd->at);
    add_kid(into, new_tree(rd, DC_KW_GAP, (uint32_t)words));
    rd->at += n;
    return DC_OK;
}

static enum dc_status parse_words(struct dc_kw_reader *rd,
                                  struct dc_kw_tree *into)
{
    size_t n = plain_length(rd);
    if (n >= 3 && memcmp(rd->at, "...", 3) == 0)
        return parse_gap(rd, n, into);
    if (n == 1 && *rd->at == '_') {
        add_kid(into, new_tree(rd, DC_KW_ONE, 0));
        rd->at++;
        return DC_OK;
    }
    /* a hyphen parts words in texts, and so it does here */
    const char *stop = rd->at + n;
    while (rd->at < stop) {
        const char *dash = memchr(rd->at, '-', (size_t)(stop - rd->at));
        size_t len = (size_t)((dash ? dash : stop) - rd->at);
        for (size_t i = 0; i < len; i++)
            if ((unsigned char)rd->at[i] < 0x80 &&
                !strchr("abcdefghijklmnopqrstuvwxyz0123456789'", rd->at[i]))
                return dc_kw_wrong(rd, "'%c' can't stand in a word",
                                   rd->at[i] < ' ' ? '?' : rd->at[i]);
        uint16_t word = dc_kw_word(rd, rd->at, len);
        if (!word)
            return DC_DATA;
        add_kid(into, new_tree(rd, DC_KW_WORD, word));
        rd->at += len + (dash ? 1 : 0);
    }
    return DC_OK;
}

static enum dc_status parse_item(struct dc_kw_reader *rd,
                                 struct dc_kw_tree *into)
{
    switch (*rd->at) {
    case '@':
        return parse_ref(rd, into);
    case '(':
    case '[':
        return parse_group(rd, into);
    case '^':
        rd->at++;
        add_kid(into, new_tree(rd, DC_KW_EDGE, 0));
        return DC_OK;
    default:
        return parse_words(rd, into);
    }
}

enum dc_status dc_kw_parse(struct dc_kw_reader *rd, struct dc_kw_tree *into)
{
    struct dc_kw_tree *seq = new_tree(rd, DC_KW_SEQ, 0);
    for (;;) {
        skip_space(rd);
        char c = rd->at < rd->end ? *rd->at : '\0';
        bool over = c == '\0' || c == ')' || c == ']';
        if (over && rd->depth == 0 && c)
            return dc_kw_wrong(rd, "'%c' closes nothing", c);
        if (over || c == '|') {
            if (!seq->kid)
                return dc_kw_wrong(rd, "an alternative is empty");
            add_kid(into, seq->kid->next ? seq : seq->kid);
            if (over)
                return DC_OK;
            seq = new_tree(rd, DC_KW_SEQ, 0);
            rd->at++;
            continue;
        }
        enum dc_status st = parse_item(rd, seq);
        if (st)
            return st;
    }
}
