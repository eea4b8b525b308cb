/*
 * keywords_pattern.c - patterns of keyword rules, from text to expressions of
 * PCRE2, and the words they are made of.
 *
 * An expression reads backwards, from the last word of a match to its first,
 * and a character of it is the number of a word: so the words read so far can
 * be matched from their end, where a match is looked for.
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

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The slot of the word s [n], which may be in capitals: its number, or where
 * that goes. */
static uint16_t *slot_of(const struct dc_kw_rules *r, const char *s, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)lower(s[i])) * 16777619u;
    for (size_t at = h ^ h >> 15;; at++) {
        uint16_t *slot = &r->slot[at % DC_KW_SLOTS];
        const char *word = r->word[*slot];
        size_t i = 0;
        while (*slot && i < n && lower(s[i]) == word[i])
            i++;
        if (!*slot || (i == n && !word[n]))
            return slot;
    }
}

uint16_t dc_kw_find(const struct dc_kw_rules *r, const char *s, size_t n)
{
    return *slot_of(r, s, n);
}

static uint16_t new_word(struct dc_kw_reader *rd, const char *s, size_t n)
{
    struct dc_kw_rules *r = rd->r;
    uint16_t *slot = slot_of(r, s, n);
    if (*slot)
        return *slot;
    if (r->n_words == DC_KW_MAX_WORDS) {
        dc_kw_wrong(rd, "more than %d different words", DC_KW_MAX_WORDS);
        return 0;
    }
    char *word = dc_arena_strndup(&r->arena, s, n);
    for (size_t i = 0; i < n; i++)
        word[i] = lower(word[i]);
    r->word[r->n_words] = word;
    return *slot = (uint16_t)r->n_words++;
}

uint16_t dc_kw_word(struct dc_kw_reader *rd, const char *s, size_t n)
{
    struct dc_buf b;
    if (n == 0 || n > DC_KW_WORD_BYTES) {
        dc_kw_wrong(rd, "a word of %zu bytes; 1 to %d are possible", n,
                    DC_KW_WORD_BYTES);
        return 0;
    }
    dc_buf_init(&b, DC_KW_FOLDED_BYTES);
    dc_kw_fold(&b, s, n);
    uint16_t word = new_word(rd, b.data, b.n);
    dc_buf_release(&b);
    return word;
}

/* ---- expressions ---- */

#define NO_EDGE "[^\\x{101}]" /* any word: DC_KW_SIGN + DC_KW_BOUNDARY */

/* Nothing more is written past DC_KW_MAX_TEXT; end_row() says so. */
static void put(struct dc_kw_reader *rd, struct dc_kw_text *t,
                const uint16_t *s, size_t n)
{
    rd->n_text += n;
    for (size_t i = 0; i < n && rd->n_text <= DC_KW_MAX_TEXT; i++) {
        t->s = dc_arena_more(&rd->r->arena, t->s, t->n, sizeof *t->s);
        t->s[t->n++] = s[i];
    }
}

static void put_signs(struct dc_kw_reader *rd, struct dc_kw_text *t,
                      const char *s)
{
    for (; *s; s++)
        put(rd, t, &(uint16_t){(unsigned char)*s}, 1);
}

static void put_gap(struct dc_kw_reader *rd, struct dc_kw_text *t, unsigned n)
{
    char s[32];
    snprintf(s, sizeof s, NO_EDGE "{0,%u}", n);
    put_signs(rd, t, s);
}

static int by_number(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static void put_class(struct dc_kw_reader *rd, struct dc_kw_text *t,
                      const struct dc_kw_alt *a)
{
    qsort(a->word, a->n_words, sizeof *a->word, by_number);
    put_signs(rd, t, a->n_words > 1 ? "[" : "");
    for (size_t i = 0, to; i < a->n_words; i = to) {
        for (to = i + 1; to < a->n_words && a->word[to] <= a->word[to - 1] + 1;
             to++)
            ;
        const uint16_t range[] = {(uint16_t)(DC_KW_SIGN + a->word[i]), '-',
                                  (uint16_t)(DC_KW_SIGN + a->word[to - 1])};
        put(rd, t, range, to > i + 1 ? 3 : 1);
    }
    put_signs(rd, t, a->n_words > 1 ? "]" : "");
}

static void put_alternatives(struct dc_kw_reader *rd, struct dc_kw_text *t,
                             const struct dc_kw_alt *a)
{
    if (a->longer.n)
        put_signs(rd, t, "(?:");
    if (a->n_words)
        put_class(rd, t, a);
    if (a->longer.n) {
        put_signs(rd, t, a->n_words ? "|" : "");
        put(rd, t, a->longer.s, a->longer.n);
        put_signs(rd, t, ")");
    }
}

static void add_words(struct dc_kw_reader *rd, struct dc_kw_alt *to,
                      const uint16_t *word, size_t n)
{
    rd->n_text += n;
    for (size_t i = 0; i < n && rd->n_text <= DC_KW_MAX_TEXT; i++) {
        to->word = dc_arena_more(&rd->r->arena, to->word, to->n_words,
                                 sizeof *to->word);
        to->word[to->n_words++] = word[i];
    }
}

/* One more alternative, which may be several. */
static void add_alternative(struct dc_kw_reader *rd, struct dc_kw_alt *to,
                            const struct dc_kw_alt *a)
{
    add_words(rd, to, a->word, a->n_words);
    if (a->longer.n && to->longer.n)
        put_signs(rd, &to->longer, "|");
    put(rd, &to->longer, a->longer.s, a->longer.n);
    if (to->n++ == 0 || a->shortest < to->shortest)
        to->shortest = a->shortest;
    if (a->longest > to->longest)
        to->longest = a->longest;
}

/* ---- rows ---- */

/* Items of an alternative, in the order of the pattern. */
struct row {
    struct dc_kw_alt *item; /* [n] */
    size_t n;
};

static void add_item(struct dc_kw_reader *rd, struct row *row,
                     const struct dc_kw_alt *a)
{
    row->item =
        dc_arena_more(&rd->r->arena, row->item, row->n, sizeof *row->item);
    row->item[row->n++] = *a;
}

/* Items from `first` on as one. */
static struct dc_kw_alt join(struct dc_kw_reader *rd, const struct row *row,
                             size_t first)
{
    struct dc_kw_alt all = {.n = 1};
    if (row->n == first + 1)
        return row->item[first];
    for (size_t i = row->n; i-- > first;) {
        put_alternatives(rd, &all.longer, &row->item[i]);
        all.shortest += row->item[i].shortest;
        all.longest += row->item[i].longest;
    }
    if (all.longest > 10000) /* as good as endless */
        all.longest = 10000;
    return all;
}

static bool is_edge(const struct dc_kw_alt *a)
{
    return !a->longer.n && a->n_words == 1 && a->word[0] == DC_KW_BOUNDARY;
}

/*
 * Ints that matching may need for a byte of a compiled expression: it keeps two
 * lists of states of 3 ints each, a state is a place of 2 bytes and, in a gap
 * of some 4 places, a count; and each is reached from two others at most.
 */
enum { WORK = 2 * 3 / 2 * (DC_KW_MAX_GAP + 1) / 4 * 2 };

static enum dc_status compile(struct dc_kw_reader *rd, struct dc_kw_match *m,
                              const struct dc_kw_alt *a)
{
    struct dc_kw_text t = {0};
    int code = 0;
    size_t at, size;
    put_alternatives(rd, &t, a);
    if (m->lead >= 0) {
        put_signs(rd, &t, "(?=");
        put_gap(rd, &t, (unsigned)m->lead);
        put_signs(rd, &t, "\\x{101})");
    }
    if (rd->n_text > DC_KW_MAX_TEXT)
        return DC_OK; /* end_row() says it */
    m->re = pcre2_compile(t.s, t.n,
                          PCRE2_ANCHORED | PCRE2_NO_AUTO_POSSESS |
                              PCRE2_NO_START_OPTIMIZE,
                          &code, &at, NULL);
    if (!m->re)
        return dc_kw_wrong(rd,
                           "the rules are too large: a pattern of the rule %s "
                           "(PCRE2's error %d)",
                           rd->rule->id, code);
    if (pcre2_pattern_info(m->re, PCRE2_INFO_SIZE, &size) == 0 &&
        WORK * size > rd->r->n_work)
        rd->r->n_work = WORK * size;
    /* where a system forbids it, PCRE2 matches without */
    pcre2_jit_compile(m->re, PCRE2_JIT_COMPLETE);
    return DC_OK;
}

static enum dc_status check_lengths(struct dc_kw_reader *rd,
                                    const struct dc_kw_alt *a)
{
    if (a->shortest == 0)
        return dc_kw_wrong(rd, "the rule %s matches no words at all",
                           rd->rule->id);
    if (a->longest > DC_KW_MAX_SYMBOLS)
        return dc_kw_wrong(rd,
                           "the rule %s can match %u words or boundaries; at "
                           "most %d are possible",
                           rd->rule->id, a->longest, DC_KW_MAX_SYMBOLS);
    if (rd->r->n_matches == DC_KW_MAX_MATCHES)
        return dc_kw_wrong(rd, "the rules are too large: more than %d patterns",
                           DC_KW_MAX_MATCHES);
    return DC_OK;
}

/* A pattern of a rule. "^ ...N" at its head is not a part of what it matches,
 * but has to be in front of that. */
static enum dc_status add_match(struct dc_kw_reader *rd, struct row row)
{
    struct dc_kw_rules *r = rd->r;
    while (row.n == 1 && row.item[0].n_only)
        row = (struct row){row.item[0].only, row.item[0].n_only};
    bool lead = row.n > 2 && is_edge(&row.item[0]) && row.item[1].gap;
    const struct dc_kw_alt a = join(rd, &row, lead ? 2 : 0);
    struct dc_kw_match m = {.rule = (uint32_t)(rd->rule - r->rule),
                            .lead = lead ? (int)row.item[1].gap : -1};
    unsigned line = rd->line;
    rd->line = rd->rule->line;
    enum dc_status st = check_lengths(rd, &a);
    if (!st)
        st = compile(rd, &m, &a);
    rd->line = line;
    if (st || !m.re)
        return st;
    r->match =
        dc_arena_more(&r->arena, r->match, r->n_matches, sizeof *r->match);
    r->match[r->n_matches++] = m;
    return DC_OK;
}

static enum dc_status end_row(struct dc_kw_reader *rd, const struct row *row,
                              struct dc_kw_alt *into)
{
    enum dc_status st = DC_OK;
    if (row->n == 0)
        return dc_kw_wrong(rd, "an alternative is empty");
    if (rd->rule && rd->depth == 0) {
        into->n++;
        st = add_match(rd, *row);
    } else {
        const struct dc_kw_alt a = join(rd, row, 0);
        into->only = row->item;
        into->n_only = into->n ? 0 : row->n;
        add_alternative(rd, into, &a);
    }
    if (!st && rd->n_text > DC_KW_MAX_TEXT)
        st = dc_kw_wrong(rd,
                         "the rules are too large: more than %d signs, with "
                         "what sets stand for",
                         DC_KW_MAX_TEXT);
    return st;
}

/* ---- text to expressions ---- */

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

static enum dc_status parse_ref(struct dc_kw_reader *rd, struct row *row)
{
    rd->at++;
    size_t n = plain_length(rd);
    for (size_t i = 0; i < rd->n_sets; i++)
        if (strncmp(rd->set[i]->name, rd->at, n) == 0 &&
            rd->set[i]->name[n] == '\0') {
            rd->at += n;
            add_item(rd, row, &rd->set[i]->alt);
            return DC_OK;
        }
    return dc_kw_wrong(rd, "no set @%.*s is defined above this line",
                       n > 40 ? 40 : (int)n, rd->at);
}

static enum dc_status parse_group(struct dc_kw_reader *rd, struct row *row)
{
    bool optional = *rd->at++ == '[';
    char close = optional ? ']' : ')';
    struct dc_kw_alt alt = {0};
    if (++rd->depth > DC_KW_MAX_DEPTH)
        return dc_kw_wrong(rd, "brackets are nested more than %d deep",
                           DC_KW_MAX_DEPTH);
    enum dc_status st = dc_kw_parse(rd, &alt);
    rd->depth--;
    if (st)
        return st;
    if (rd->at == rd->end || *rd->at != close)
        return dc_kw_wrong(rd, "'%c' is missing", close);
    rd->at++;
    if (optional) {
        struct dc_kw_alt opt = {.longest = alt.longest, .n = 1};
        put_alternatives(rd, &opt.longer, &alt);
        put_signs(rd, &opt.longer, "?");
        alt = opt;
    }
    add_item(rd, row, &alt);
    return DC_OK;
}

static enum dc_status parse_gap(struct dc_kw_reader *rd, size_t n,
                                struct row *row)
{
    char *end;
    long words = strtol(rd->at + 3, &end, 10);
    if (end != rd->at + n || n == 3 || words < 1 || words > DC_KW_MAX_GAP)
        return dc_kw_wrong(rd, "expected ...1 to ...%d, got \"%.*s\"",
                           DC_KW_MAX_GAP, n > 40 ? 40 : (int)n, rd->at);
    struct dc_kw_alt gap = {
        .longest = (unsigned)words, .gap = (unsigned)words, .n = 1};
    put_gap(rd, &gap.longer, gap.gap);
    add_item(rd, row, &gap);
    rd->at += n;
    return DC_OK;
}

static void add_word(struct dc_kw_reader *rd, struct row *row, uint16_t word)
{
    struct dc_kw_alt a = {.shortest = 1, .longest = 1, .n = 1};
    add_words(rd, &a, &word, 1);
    add_item(rd, row, &a);
}

static enum dc_status parse_words(struct dc_kw_reader *rd, struct row *row)
{
    struct dc_kw_alt any = {.shortest = 1, .longest = 1, .n = 1};
    size_t n = plain_length(rd);
    if (n >= 3 && memcmp(rd->at, "...", 3) == 0)
        return parse_gap(rd, n, row);
    if (n == 1 && *rd->at == '_') {
        put_signs(rd, &any.longer, NO_EDGE);
        add_item(rd, row, &any);
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
        add_word(rd, row, word);
        rd->at += len + (dash ? 1 : 0);
    }
    return DC_OK;
}

static enum dc_status parse_item(struct dc_kw_reader *rd, struct row *row)
{
    switch (*rd->at) {
    case '@':
        return parse_ref(rd, row);
    case '(':
    case '[':
        return parse_group(rd, row);
    case '^':
        rd->at++;
        add_word(rd, row, DC_KW_BOUNDARY);
        return DC_OK;
    default:
        return parse_words(rd, row);
    }
}

enum dc_status dc_kw_parse(struct dc_kw_reader *rd, struct dc_kw_alt *into)
{
    struct row row = {0};
    for (;;) {
        skip_space(rd);
        char c = rd->at < rd->end ? *rd->at : '\0';
        bool over = c == '\0' || c == ')' || c == ']';
        enum dc_status st = DC_OK;
        if (over && rd->depth == 0 && c)
            return dc_kw_wrong(rd, "'%c' closes nothing", c);
        if (!over && c != '|') {
            st = parse_item(rd, &row);
        } else {
            st = end_row(rd, &row, into);
            if (over)
                return st;
            row = (struct row){0};
            rd->at++;
        }
        if (st)
            return st;
    }
}
