/*
 * thoughts.c - the marks of thoughts.def in a text, and which of them count.
 *
 * An answer may quote such marks or talk about them ("use the <think> tag"), so
 * not every one divides the text:
 *
 *   an opening mark counts at the start of the text or of a line, behind the
 *   end of a sentence, or where it touches the word before it. It does not in
 *   code, in quotes, or within a sentence;
 *   a closing mark counts within thoughts. Without an opening one it counts
 *   too (the prompt had it), unless it stands in code, in quotes or within a
 *   sentence, or closes an opening mark that did not count;
 *   thoughts end with their own mark. If they have none, then with that of
 *   another family which was not opened in them; then with a mark that would
 *   not have counted elsewhere. With none of these the text was cut in them;
 *   a span that text stands before and none behind is part of the answer.
 *
 * White space is what Unicode calls so (property White_Space), and the two
 * invisible characters that models emit like it, U+200B and U+FEFF: an answer
 * of nothing else must not be judged a compliance.
 */
#include "base/thoughts.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ATTRIBUTES = 200 };

/* How sure it is that a mark divides the text. */
enum weight {
    QUOTED, /* it is only spoken of */
    WEAK,   /* within a sentence, or in code */
    STRONG,
};

struct mark {
    size_t at;
    uint16_t len;
    uint8_t family;
    uint8_t weight; /* enum weight */
    bool close;
    bool pair; /* a closing mark that needs its opening one */
};

struct row {
    const char *open, *close;
    bool pair;
    bool first; /* OPEN counts at the start of a text only */
};

static const struct row rows[] = {
#define DC_THOUGHTS(open, close) {open, close, false, false},
#define DC_THOUGHTS_PAIR(open, close) {open, close, true, false},
#define DC_THOUGHTS_FIRST(open, close) {open, close, false, true},
#include "base/thoughts.def"
};

static const struct row words[] = {
#define DC_THOUGHT_WORDS(open, close) {open, close, false, false},
#include "base/thoughts.def"
};

static const char *const answer_open[] = {
#define DC_ANSWER_OPEN(mark) mark,
#include "base/thoughts.def"
};

static const char *const answer_close[] = {
#define DC_ANSWER_CLOSE(mark) mark,
#include "base/thoughts.def"
};

/* ---- white space ---- */

static const char *const wide_space[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
    "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF",
};

/* Bytes of the white-space character s [n] starts with; 0: none. */
static size_t space_len(const char *s, size_t n)
{
    if (n == 0)
        return 0;
    if (s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r'))
        return 1;
    /* U+2000 .. U+200A and U+200B */
    if (n >= 3 && memcmp(s, "\xE2\x80", 2) == 0 &&
        (unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8B)
        return 3;
    for (size_t i = 0; i < DC_COUNT(wide_space); i++) {
        size_t len = strlen(wide_space[i]);
        if (n >= len && memcmp(s, wide_space[i], len) == 0)
            return len;
    }
    return 0;
}

size_t dc_space_span(const char *s, size_t n)
{
    size_t off = 0, len;
    while ((len = space_len(s + off, n - off)) > 0)
        off += len;
    return off;
}

static bool is_blank(const char *s, size_t n)
{
    return dc_space_span(s, n) == n;
}

/* ---- one mark ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool same(const char *s, const char *lower_case, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(s[i]) != lower_case[i])
            return false;
    return true;
}

/* Bytes up to the ">" of a tag whose name ends before s [n]; 0: none. */
static size_t tag_rest(const char *s, size_t n)
{
    size_t most = n < MAX_ATTRIBUTES ? n : MAX_ATTRIBUTES;
    if (n == 0 || (s[0] != ' ' && s[0] != '\t' && s[0] != '>'))
        return 0;
    for (size_t i = 0; i < most; i++) {
        if (s[i] == '>')
            return i + 1;
        if (s[i] == '<' || s[i] == '\n')
            return 0;
    }
    return 0;
}

/* Bytes of the mark that s [n] begins with; 0: it does not. */
static size_t mark_len(const char *s, size_t n, const char *mark)
{
    size_t len = strlen(mark);
    bool tag = mark[0] == '<' && is_letter(mark[1 + (mark[1] == '/')]) &&
               mark[len - 1] == '>';
    len -= tag;
    if (n < len || !same(s, mark, len))
        return 0;
    if (!tag)
        return len;
    size_t rest = tag_rest(s + len, n - len);
    return rest ? len + rest : 0;
}

/* Bytes of the first of marks [n_marks] that s [n] begins with; 0: none. */
static size_t any_len(const char *s, size_t n, const char *const *marks,
                      size_t n_marks)
{
    for (size_t i = 0; i < n_marks; i++) {
        size_t len = mark_len(s, n, marks[i]);
        if (len)
            return len;
    }
    return 0;
}

/* The first row that closes as row i does. */
static uint8_t family_of(size_t i)
{
    size_t k = 0;
    while (strcmp(rows[k].close, rows[i].close) != 0)
        k++;
    return (uint8_t)k;
}

/* The mark that s [n] begins with; false: there is none. first: s is where a
 * text starts. */
static bool read_mark(const char *s, size_t n, bool first, struct mark *m)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++) {
        bool may_open = first || !rows[i].first;
        size_t open = may_open ? mark_len(s, n, rows[i].open) : 0;
        size_t len = open ? open : mark_len(s, n, rows[i].close);
        if (!len)
            continue;
        *m = (struct mark){.len = (uint16_t)len,
                           .family = family_of(i),
                           .close = !open,
                           .pair = rows[i].pair};
        return true;
    }
    return false;
}

enum dc_thoughts_end dc_thoughts_end(const char *text, size_t n)
{
    enum dc_thoughts_end end = DC_THOUGHTS_NONE;
    for (size_t i = 0; i < n;) {
        struct mark m;
        bool is_mark = read_mark(text + i, n - i, true, &m);
        if (is_mark)
            end = m.close ? DC_THOUGHTS_CLOSED : DC_THOUGHTS_OPEN;
        else if (end == DC_THOUGHTS_OPEN &&
                 any_len(text + i, n - i, answer_close, DC_COUNT(answer_close)))
            end = DC_THOUGHTS_CLOSED;
        i += is_mark ? m.len : 1;
    }
    return end;
}

/* The row of the first opening mark in text [n], or closing one; rows [result],
 * DC_COUNT(rows): there is none. */
static size_t first_row(const char *text, size_t n, bool close)
{
    for (size_t at = 0; at < n; at++)
        for (size_t i = 0; i < DC_COUNT(rows); i++)
            if (close ? !rows[i].pair &&
                            mark_len(text + at, n - at, rows[i].close)
                      : mark_len(text + at, n - at, rows[i].open))
                return i;
    return DC_COUNT(rows);
}

void dc_thoughts_tags(const char *text, size_t n, const char **open,
                      const char **close)
{
    size_t i = first_row(text, n, false);
    if (i == DC_COUNT(rows))
        i = first_row(text, n, true);
    *open = i < DC_COUNT(rows) ? rows[i].open : NULL;
    *close = i < DC_COUNT(rows) ? rows[i].close : NULL;
}

/* ---- all marks ---- */

struct scan {
    const char *text; /* [n] */
    size_t n;
    struct mark *mark; /* [n_marks]; caller frees */
    size_t n_marks, cap;
    size_t first;                /* behind the white space at the start */
    size_t line;                 /* where the line starts */
    bool fenced;                 /* the line is in a fenced block */
    bool ticked;                 /* an inline code of the line is open */
    size_t last[DC_COUNT(rows)]; /* 1 + index of its last strong close, or 0 */
};

/* The last byte before `at` that is no blank; 0: the line has none. */
static char word_before(const struct scan *s, size_t at)
{
    while (at > s->line && (s->text[at - 1] == ' ' || s->text[at - 1] == '\t'))
        at--;
    return at > s->line ? s->text[at - 1] : '\0';
}

static bool is_quote(char c)
{
    return c && strchr("'\"`*_", c);
}

/* Does something new begin behind c? */
static bool ends_sentence(char c)
{
    return c == '\0' || strchr(".!?;>]}", c) || (c & 0x80);
}

/* "Assistant:" and the like, as all that the text has before `at`. */
static bool behind_speaker(const struct scan *s, size_t at)
{
    size_t i = s->first;
    while (i < at && is_letter(s->text[i]))
        i++;
    return i < at && s->text[i] == ':' && is_blank(s->text + i + 1, at - i - 1);
}

static enum weight open_weight(const struct scan *s, const struct mark *m)
{
    size_t at = m->at, end = at + m->len;
    char last = word_before(s, at);
    char before = at > s->line ? s->text[at - 1] : '\0';
    char behind = end < s->n ? s->text[end] : '\n';
    if (!last || at == s->first)
        return s->fenced ? QUOTED : STRONG;
    if (s->fenced || s->ticked || (is_quote(before) && behind == before))
        return QUOTED;
    bool apart = before == ' ' || before == '\t';
    if (apart ? ends_sentence(last) : !strchr("'\"`([", before))
        return STRONG;
    if (behind_speaker(s, at))
        return STRONG;
    return is_letter(behind) ? WEAK : QUOTED;
}

static enum weight close_weight(const struct scan *s, const struct mark *m)
{
    size_t at = m->at, end = at + m->len;
    char before = at > s->line ? s->text[at - 1] : '\0';
    char behind = end < s->n ? s->text[end] : '\n';
    if (is_quote(before) && behind == before)
        return QUOTED;
    if (s->fenced || s->ticked)
        return WEAK;
    bool apart = before == ' ' || before == '\t';
    bool goes_on = strchr(".,;:)", behind) != NULL;
    if (behind == ' ' && end + 1 < s->n)
        goes_on = is_letter(s->text[end + 1]) &&
                  lower(s->text[end + 1]) == s->text[end + 1];
    char last = word_before(s, at);
    bool within = !ends_sentence(last) && !strchr(")\"*_", last);
    return apart && goes_on && within ? WEAK : STRONG;
}

static void add_mark(struct scan *s, struct mark m, size_t at)
{
    m.at = at;
    m.weight = (uint8_t)(m.close ? close_weight(s, &m) : open_weight(s, &m));
    if (s->n_marks == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 16;
        s->mark = dc_xrealloc(s->mark, s->cap, sizeof *s->mark);
    }
    s->mark[s->n_marks++] = m;
    if (m.close && m.weight == STRONG)
        s->last[m.family] = s->n_marks;
}

/* A new line at i: does it open or close a fenced block? */
static void start_line(struct scan *s, size_t i)
{
    size_t k = i;
    s->line = i;
    s->ticked = false;
    while (k < s->n && (s->text[k] == ' ' || s->text[k] == '\t'))
        k++;
    if (s->n - k >= 3 &&
        (!memcmp(s->text + k, "```", 3) || !memcmp(s->text + k, "~~~", 3)))
        s->fenced = !s->fenced;
}

static void find_marks(struct scan *s)
{
    s->first = dc_space_span(s->text, s->n);
    start_line(s, 0);
    for (size_t i = 0; i < s->n;) {
        struct mark m;
        char c = s->text[i];
        bool first = i == s->first;
        if ((first || c == '<' || c == '[' || c == '\xE2') &&
            read_mark(s->text + i, s->n - i, first, &m)) {
            add_mark(s, m, i);
            i += m.len;
            continue;
        }
        s->ticked ^= c == '`';
        i++;
        if (c == '\n')
            start_line(s, i);
    }
}

/* ---- which of them count ---- */

/*
 * The mark behind `from` that ends thoughts of a family, or, family < 0, of
 * any; s->n_marks: none does.
 */
static size_t find_close(const struct scan *s, size_t from, int family)
{
    uint8_t open[DC_COUNT(rows)] = {0};
    size_t other = s->n_marks, weak = s->n_marks;
    for (size_t i = from; i < s->n_marks; i++) {
        const struct mark *m = &s->mark[i];
        bool own = family < 0 ? !m->pair : m->family == family;
        if (!m->close) {
            open[m->family] |= m->weight != QUOTED;
            continue;
        }
        if (m->weight == WEAK && own)
            weak = i;
        if (m->weight != STRONG)
            continue;
        if (own && (family >= 0 || !open[m->family]))
            return i;
        if (!open[m->family] && !m->pair && other == s->n_marks)
            other = i;
        open[m->family] = 0;
        /* no second walk over all the marks behind a span of this kind */
        if (other == i && family >= 0 && s->last[family] <= i)
            return i;
    }
    return other < s->n_marks ? other : weak;
}

/* The next mark of the family of mark i, if it closes it; else i. */
static size_t closed_by(const struct scan *s, size_t i)
{
    for (size_t k = i + 1; k < s->n_marks; k++)
        if (s->mark[k].family == s->mark[i].family)
            return s->mark[k].close ? k : i;
    return i;
}

static size_t end_of(const struct mark *m)
{
    return m->at + m->len;
}

/* An opening mark that counts, of index *i: where the answer starts behind its
 * thoughts into *off, the next mark into *i. False: the text was cut. */
static bool skip_span(const struct scan *s, size_t *i, size_t *off)
{
    size_t k = find_close(s, *i + 1, s->mark[*i].family);
    if (k == s->n_marks)
        return false;
    size_t end = end_of(&s->mark[k]);
    bool first = is_blank(s->text + *off, s->mark[*i].at - *off);
    if (first || !is_blank(s->text + end, s->n - end))
        *off = end;
    *i = k + 1;
    return true;
}

static bool divide(const struct scan *s, bool opened, size_t *off)
{
    size_t i = 0;
    if (opened &&
        (s->n_marks == 0 || s->mark[0].close || s->mark[0].at > s->first)) {
        size_t k = find_close(s, 0, -1);
        if (k == s->n_marks)
            return false;
        *off = end_of(&s->mark[k]);
        i = k + 1;
    }
    while (i < s->n_marks) {
        const struct mark *m = &s->mark[i];
        if (m->close) {
            if (m->weight == STRONG && !m->pair)
                *off = end_of(m);
            i++;
        } else if (m->weight == STRONG) {
            if (!skip_span(s, &i, off))
                return false;
        } else {
            i = (m->weight == WEAK ? closed_by(s, i) : i) + 1;
        }
    }
    return true;
}

/* ---- words ---- */

static const char *find(const char *s, size_t n, const char *word)
{
    size_t len = strlen(word);
    const char *end = s + n;
    while ((s = memchr(s, word[0], (size_t)(end - s)))) {
        if ((size_t)(end - s) < len)
            return NULL;
        if (!memcmp(s, word, len))
            return s;
        s++;
    }
    return NULL;
}

/*
 * Thoughts between words at the start of the text: where they end. False: the
 * text was cut in them, which shows only where a capital letter follows the
 * opening word without a space.
 */
static bool skip_words(const char *text, size_t n, size_t *off)
{
    size_t from = dc_space_span(text, n);
    for (size_t i = 0; i < DC_COUNT(words); i++) {
        size_t len = strlen(words[i].open);
        if (n - from < len || memcmp(text + from, words[i].open, len) != 0)
            continue;
        const char *s = text + from + len;
        size_t left = n - from - len;
        const char *end = find(s, left, words[i].close);
        if (end)
            *off = (size_t)(end - text) + strlen(words[i].close);
        else if (left && *s >= 'A' && *s <= 'Z')
            return false;
    }
    return true;
}

/* Behind the marks that announce an answer, if there is one behind them. */
static size_t skip_announced(const char *text, size_t n, size_t off)
{
    size_t at = off + dc_space_span(text + off, n - off), len;
    size_t start = off > 0 ? at : 0;
    while ((
        len = any_len(text + at, n - at, answer_open, DC_COUNT(answer_open)))) {
        at += len;
        at += dc_space_span(text + at, n - at);
        if (at < n)
            start = at;
    }
    return start;
}

bool dc_answer_offset(const char *text, size_t n, bool opened, size_t *off)
{
    struct scan s = {0};
    size_t from = 0, at = 0;
    if (!opened && !skip_words(text, n, &from))
        return false;
    s.text = text + from;
    s.n = n - from;
    find_marks(&s);
    bool has = divide(&s, opened, &at);
    free(s.mark);
    if (has)
        *off = skip_announced(text, n, from + at);
    return has;
}

/* Bytes of the white-space character that s [n] ends with; 0: none. */
static size_t space_before(const char *s, size_t n)
{
    for (size_t len = 1; len <= 3 && len <= n; len++)
        if (space_len(s + n - len, len) == len)
            return len;
    return 0;
}

/* Bytes of the closing mark that s [n] ends with; 0: none. */
static size_t close_before(const char *s, size_t n)
{
    for (size_t i = 0; i < DC_COUNT(answer_close); i++) {
        size_t len = strlen(answer_close[i]);
        if (n >= len && same(s + n - len, answer_close[i], len))
            return len;
    }
    return 0;
}

size_t dc_answer_trim(const char *answer, size_t n)
{
    for (size_t end = n, len;;) {
        while ((len = space_before(answer, end)) > 0)
            end -= len;
        len = close_before(answer, end);
        if (!len)
            return is_blank(answer, n) ? 0 : n;
        n = end -= len;
    }
}

/* ---- tokens ---- */

static bool is_piece_of(const char *token, size_t n, const char *mark)
{
    size_t len = strlen(mark);
    for (size_t i = 0; i + n <= len; i++)
        if (same(token, mark + i, n))
            return true;
    return false;
}

static bool is_piece_of_any(const char *token, size_t n,
                            const char *const *marks, size_t n_marks)
{
    for (size_t i = 0; i < n_marks; i++)
        if (is_piece_of(token, n, marks[i]))
            return true;
    return false;
}

bool dc_thought_token(const char *token, size_t n)
{
    if (n == 0)
        return false;
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (is_piece_of(token, n, rows[i].open) ||
            is_piece_of(token, n, rows[i].close))
            return true;
    return is_piece_of_any(token, n, answer_open, DC_COUNT(answer_open)) ||
           is_piece_of_any(token, n, answer_close, DC_COUNT(answer_close));
}
