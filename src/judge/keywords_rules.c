/*
 * keywords_rules.c - read a file of keyword rules, line by line.
 *
 * The language stands at the head of data/keywords.rules. A file from outside
 * may be anything: sizes are compared with stated maxima, sets may only name
 * sets above them (no cycles), and whatever is wrong is said with its line.
 */
#include "judge/keywords_rules.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "judge/keywords_pattern.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[DC_KW_KINDS] = {
    "refuse", "lecture", "help", "override", "partial", "no-answer"};
static const char *const scopes[DC_KW_SCOPES] = {"anywhere", "start", "first",
                                                 "whole"};
static const char *const params[DC_KW_N_PARAMS] = {
#define X(name) #name,
    DC_KW_PARAMS(X)
#undef X
};

enum { UNSET = 1000000, INDENT = 4 };

/* What the indented lines below belong to. */
struct block {
    struct dc_kw_set *set;
    struct dc_kw_rule *rule;
    struct dc_kw_alt *alt; /* the alternatives read so far */
    struct dc_kw_alt of_rule;
    struct dc_buf text; /* the pattern whose lines are being read */
    unsigned line;      /* where that starts */
};

/* The next word of a line; its length, 0 at the end. */
static size_t next_word(const char **at, const char *end, const char **word)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
    *word = *at;
    while (*at < end && **at != ' ' && **at != '\t')
        ++*at;
    return (size_t)(*at - *word);
}

static bool is(const char *word, size_t n, const char *what)
{
    return strlen(what) == n && memcmp(word, what, n) == 0;
}

static int find(const char *const *names, size_t n_names, const char *word,
                size_t n)
{
    for (size_t i = 0; i < n_names; i++)
        if (is(word, n, names[i]))
            return (int)i;
    return -1;
}

static bool is_name(const char *s, size_t n, const char *signs)
{
    for (size_t i = 0; i < n; i++)
        if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
            !(s[i] >= 'A' && s[i] <= 'Z') && !strchr(signs, s[i]))
            return false;
    return n > 0 && n <= 48;
}

/* ---- the ends of blocks ---- */

static bool is_sentence(const struct dc_kw_reader *rd)
{
    const char *from = rd->at, *end = rd->end;
    while (from < end && *from == ' ')
        from++;
    while (end > from && end[-1] == ' ')
        end--;
    return end - from > 1 && *from == '^' && end[-1] == '^';
}

/* The pattern gathered so far has ended. */
static enum dc_status end_pattern(struct dc_kw_reader *rd, struct block *b)
{
    enum dc_status st = DC_OK;
    const char *from = b->text.n ? b->text.data : "";
    if (!b->text.n)
        return DC_OK;
    rd->at = from + (*from == '|'); /* a "|" may begin it */
    rd->end = from + b->text.n;
    unsigned line = rd->line;
    rd->line = b->line;
    if (b->rule && b->rule->scope == DC_KW_WHOLE && !is_sentence(rd))
        return dc_kw_wrong(rd, "a pattern of the scope whole is a sentence: it "
                               "begins and ends with ^");
    rd->rule = b->rule;
    st = dc_kw_parse(rd, b->alt);
    rd->line = line;
    dc_buf_clear(&b->text);
    return st;
}

static enum dc_status end_block(struct dc_kw_reader *rd, struct block *b)
{
    enum dc_status st = end_pattern(rd, b);
    unsigned line = rd->line;
    if (b->rule)
        rd->line = b->rule->line;
    if (st)
        return st;
    if (b->alt && b->alt->n == 0)
        st = dc_kw_wrong(rd, "%s %s has no patterns; indent them below it",
                         b->rule ? "the rule" : "the set",
                         b->rule ? b->rule->id : b->set->name);
    if (!st && b->set)
        rd->set[rd->n_sets++] = b->set;
    rd->line = line;
    b->set = NULL;
    b->rule = NULL;
    b->alt = NULL;
    return st;
}

/* ---- lines ---- */

/* A line [n], `deep` bytes from the margin: a pattern, or more of the one above
 * if it is deeper than INDENT. */
static enum dc_status read_indented(struct dc_kw_reader *rd, struct block *b,
                                    size_t deep, const char *s, size_t n)
{
    if (!b->alt)
        return dc_kw_wrong(rd, "an indented line belongs to a set or a rule "
                               "above it");
    if (deep > 0 && deep < INDENT)
        return dc_kw_wrong(rd,
                           "indented by %zu; a pattern is indented by %d, "
                           "a line that goes on with it by more",
                           deep, INDENT);
    enum dc_status st = deep == INDENT ? end_pattern(rd, b) : DC_OK;
    if (st)
        return st;
    if (n + 1 > dc_buf_room(&b->text))
        return dc_kw_wrong(rd, "a pattern of more than %d bytes",
                           DC_KW_MAX_PATTERN);
    if (!b->text.n)
        b->line = rd->line;
    dc_buf_add(&b->text, s, n);
    dc_buf_addc(&b->text, ' ');
    return DC_OK;
}

static enum dc_status read_set(struct dc_kw_reader *rd, struct block *b)
{
    const char *name;
    size_t n = next_word(&rd->at, rd->end, &name);
    if (!is_name(name, n, "_"))
        return dc_kw_wrong(rd, "a set needs a name of letters, digits and _");
    for (size_t i = 0; i < rd->n_sets; i++)
        if (is(name, n, rd->set[i]->name))
            return dc_kw_wrong(rd, "the set %s is defined twice",
                               rd->set[i]->name);
    if (rd->n_sets == DC_KW_MAX_SETS)
        return dc_kw_wrong(rd, "more than %d sets", DC_KW_MAX_SETS);
    b->set = dc_arena_alloc(&rd->r->arena, sizeof *b->set);
    b->set->name = dc_arena_strndup(&rd->r->arena, name, n);
    b->alt = &b->set->alt;
    const char *sign;
    n = next_word(&rd->at, rd->end, &sign);
    if (!is(sign, n, "="))
        return dc_kw_wrong(rd, "expected \"set %s = ...\"", b->set->name);
    if (next_word(&rd->at, rd->end, &sign) == 0)
        return DC_OK;
    return read_indented(rd, b, 0, sign, (size_t)(rd->end - sign));
}

static enum dc_status read_rule(struct dc_kw_reader *rd, struct block *b)
{
    struct dc_kw_rules *r = rd->r;
    const char *id, *kind, *scope;
    size_t n_id = next_word(&rd->at, rd->end, &id);
    size_t n_kind = next_word(&rd->at, rd->end, &kind);
    size_t n_scope = next_word(&rd->at, rd->end, &scope);
    int k = find(kinds, DC_KW_KINDS, kind, n_kind);
    int s = find(scopes, DC_KW_SCOPES, scope, n_scope);
    if (!is_name(id, n_id, "_-/."))
        return dc_kw_wrong(rd, "a rule needs an id of letters, digits, -, /, . "
                               "and _, of at most 48 bytes");
    for (size_t i = 0; i < r->n_rules; i++)
        if (is(id, n_id, r->rule[i].id))
            return dc_kw_wrong(rd, "the rule %s stands in line %u already",
                               r->rule[i].id, r->rule[i].line);
    if (k < 0)
        return dc_kw_wrong(
            rd,
            "expected refuse, lecture, help, override, "
            "partial or no-answer behind the id of a rule, got \"%.*s\"",
            n_kind > 40 ? 40 : (int)n_kind, kind);
    if (s < 0)
        return dc_kw_wrong(
            rd,
            "expected anywhere, start, first or whole behind the "
            "kind of a rule, got \"%.*s\"",
            n_scope > 40 ? 40 : (int)n_scope, scope);
    if (s == DC_KW_WHOLE && (k == DC_KW_OVERRIDE || k == DC_KW_NO_ANSWER))
        return dc_kw_wrong(rd,
                           "a rule of the kind %s can't have the scope "
                           "whole",
                           kinds[k]);
    if (r->n_rules == DC_KW_MAX_RULES)
        return dc_kw_wrong(rd, "more than %d rules", DC_KW_MAX_RULES);
    while (rd->at < rd->end && *rd->at == ' ')
        rd->at++;
    if (rd->at == rd->end)
        return dc_kw_wrong(rd, "say in a few words what the rule is for, "
                               "behind its scope");
    b->rule = &r->rule[r->n_rules++];
    *b->rule = (struct dc_kw_rule){
        .id = dc_arena_strndup(&r->arena, id, n_id),
        .about =
            dc_arena_strndup(&r->arena, rd->at, (size_t)(rd->end - rd->at)),
        .kind = (enum dc_kw_kind)k,
        .scope = (enum dc_kw_scope)s,
        .line = rd->line,
    };
    b->of_rule = (struct dc_kw_alt){0};
    b->alt = &b->of_rule;
    return DC_OK;
}

static enum dc_status read_param(struct dc_kw_reader *rd)
{
    const char *name, *number;
    size_t n = next_word(&rd->at, rd->end, &name);
    size_t digits = next_word(&rd->at, rd->end, &number);
    int p = find(params, DC_KW_N_PARAMS, name, n);
    if (p < 0)
        return dc_kw_wrong(rd, "there is no param \"%.*s\"",
                           n > 40 ? 40 : (int)n, name);
    unsigned value = 0;
    for (size_t i = 0; i < digits && i < 7; i++)
        value = value * 10 + (unsigned)(number[i] - '0');
    if (digits == 0 || digits > 6 || strspn(number, "0123456789") < digits)
        return dc_kw_wrong(rd, "expected a number from 0 to 999999 behind %s",
                           params[p]);
    if (rd->r->param[p] != UNSET)
        return dc_kw_wrong(rd, "the param %s is given twice", params[p]);
    rd->r->param[p] = value;
    return DC_OK;
}

/* Words of a line that only marks them. */
static enum dc_status read_flags(struct dc_kw_reader *rd, uint8_t flag)
{
    const char *word;
    size_t n;
    while ((n = next_word(&rd->at, rd->end, &word)) > 0) {
        uint16_t w = dc_kw_word(rd, word, n);
        if (!w)
            return DC_DATA;
        rd->r->flags[w] |= flag;
    }
    return DC_OK;
}

static enum dc_status read_version(struct dc_kw_reader *rd)
{
    const char *word;
    size_t n = next_word(&rd->at, rd->end, &word);
    if (!is_name(word, n, ".-_") || n >= sizeof rd->r->version)
        return dc_kw_wrong(rd, "a version has 1 to 23 letters, digits, ., - "
                               "and _");
    if (rd->r->version[0])
        return dc_kw_wrong(rd, "the version is given twice");
    memcpy(rd->r->version, word, n);
    return DC_OK;
}

static enum dc_status read_head(struct dc_kw_reader *rd, struct block *b)
{
    const char *at = rd->at, *end = rd->end, *word;
    enum dc_status st = end_block(rd, b);
    if (st)
        return st;
    rd->at = at;
    rd->end = end;
    size_t n = next_word(&rd->at, rd->end, &word);
    if (is(word, n, "set"))
        return read_set(rd, b);
    if (is(word, n, "rule"))
        return read_rule(rd, b);
    if (is(word, n, "param"))
        return read_param(rd);
    if (is(word, n, "abbrev"))
        return read_flags(rd, DC_KW_IS_ABBREV);
    if (is(word, n, "self"))
        return read_flags(rd, DC_KW_IS_SELF);
    if (is(word, n, "english"))
        rd->r->knows_english = true;
    if (is(word, n, "english"))
        return read_flags(rd, DC_KW_IS_ENGLISH);
    if (is(word, n, "foreign"))
        return read_flags(rd, DC_KW_IS_FOREIGN);
    if (is(word, n, "version"))
        return read_version(rd);
    return dc_kw_wrong(rd,
                       "expected version, param, abbrev, self, english, "
                       "foreign, set or rule, "
                       "got \"%.*s\"; patterns are indented",
                       n > 40 ? 40 : (int)n, word);
}

/* One line without its end. */
static enum dc_status read_line(struct dc_kw_reader *rd, const char *line,
                                size_t n, struct block *b)
{
    const char *hash = memchr(line, '#', n);
    const char *word;
    if (hash)
        n = (size_t)(hash - line);
    while (n && strchr(" \t\r", line[n - 1]))
        n--;
    rd->at = line;
    rd->end = line + n;
    const char *at = line;
    if (next_word(&at, rd->end, &word) == 0)
        return DC_OK;
    if (word == line)
        return read_head(rd, b);
    return read_indented(rd, b, (size_t)(word - line), word,
                         (size_t)(rd->end - word));
}

/* ---- the file ---- */

static enum dc_status check_text(struct dc_kw_reader *rd, const char *text,
                                 size_t n)
{
    size_t bad;
    if (n > DC_KW_MAX_FILE)
        return dc_fail(rd->err, DC_DATA,
                       "%.200s: %zu bytes; a file of rules has at most %d",
                       rd->file, n, DC_KW_MAX_FILE);
    if (dc_utf8_valid(text, n, &bad) && !memchr(text, '\0', n))
        return DC_OK;
    if (dc_utf8_valid(text, n, NULL))
        bad = (size_t)((const char *)memchr(text, '\0', n) - text);
    for (size_t i = 0; i < bad; i++)
        rd->line += text[i] == '\n';
    rd->line++;
    return dc_kw_wrong(rd, "this is not UTF-8 text");
}

static bool kind_is_used(const struct dc_kw_rules *r, enum dc_kw_kind kind)
{
    for (size_t i = 0; i < r->n_rules; i++)
        if (r->rule[i].kind == kind)
            return true;
    return false;
}

static enum dc_status check_complete(struct dc_kw_reader *rd)
{
    /* files of before version 4 don't have these: they change nothing there */
    if (!kind_is_used(rd->r, DC_KW_NO_ANSWER))
        rd->r->param[DC_KW_no_answer_words] = 0;
    if (rd->r->param[DC_KW_agreed_words] == UNSET)
        rd->r->param[DC_KW_agreed_words] = UINT_MAX;
    rd->r->knows_partial = kind_is_used(rd->r, DC_KW_PARTIAL);
    if (rd->r->knows_partial)
        rd->r->param[DC_KW_partial_items] = 0;
    if (!rd->r->version[0])
        return dc_fail(rd->err, DC_DATA,
                       "%.200s: a line \"version ...\" is "
                       "missing",
                       rd->file);
    for (size_t i = 0; i < DC_KW_N_PARAMS; i++)
        if (rd->r->param[i] == UNSET)
            return dc_fail(rd->err, DC_DATA,
                           "%.200s: a line \"param %s ...\" is missing",
                           rd->file, params[i]);
    if (kind_is_used(rd->r, DC_KW_REFUSE))
        return DC_OK;
    return dc_fail(rd->err, DC_DATA,
                   "%.200s: there is no rule of the kind refuse", rd->file);
}

static enum dc_status read_lines(struct dc_kw_reader *rd, const char *text,
                                 size_t n)
{
    struct block b = {0};
    enum dc_status st = DC_OK;
    dc_buf_init(&b.text, DC_KW_MAX_PATTERN);
    for (size_t at = 0; at < n && !st;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - text) - at : n - at;
        rd->line++;
        st = read_line(rd, text + at, len, &b);
        at += len + 1;
    }
    if (!st)
        st = end_block(rd, &b);
    dc_buf_release(&b.text);
    return st;
}

static void start(struct dc_kw_reader *rd)
{
    struct dc_kw_rules *r = rd->r = dc_xcalloc(1, sizeof *rd->r);
    dc_arena_init(&r->arena);
    for (size_t i = 0; i < DC_KW_N_PARAMS; i++)
        r->param[i] = UNSET;
    r->rule = dc_arena_array(&r->arena, DC_KW_MAX_RULES, sizeof *r->rule);
    r->word = dc_arena_array(&r->arena, DC_KW_MAX_WORDS, sizeof *r->word);
    r->slot = dc_arena_array(&r->arena, DC_KW_SLOTS, sizeof *r->slot);
    r->flags = dc_arena_array(&r->arena, DC_KW_MAX_WORDS, 1);
    r->n_words = 2;
}

enum dc_status dc_kw_rules_read(const char *name, const char *text, size_t n,
                                struct dc_kw_rules **out, struct dc_err *err)
{
    struct dc_kw_reader rd = {.file = name, .err = err};
    start(&rd);
    enum dc_status st = check_text(&rd, text, n);
    if (!st)
        st = read_lines(&rd, text, n);
    if (!st)
        st = check_complete(&rd);
    if (st) {
        dc_kw_rules_free(rd.r);
        return st;
    }
    *out = rd.r;
    return DC_OK;
}

void dc_kw_rules_free(struct dc_kw_rules *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_matches; i++)
        pcre2_code_free(r->match[i].re);
    dc_arena_release(&r->arena);
    free(r);
}
