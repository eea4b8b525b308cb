/*
 * keywords_scan.c - a response cut into words, sentences and lines.
 *
 * ASCII is read byte by byte through tables; what is not goes character by
 * character through a small cache of folded characters.
 *
 * A sentence ends with . ! or ? that is not inside a number or behind an
 * abbreviation, and with a line whose next one does not go on in lower case.
 * Every byte is looked at a bounded number of times.
 */
#include "judge/keywords_scan.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "judge/keywords_wrap.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 32 }; /* bytes of a speaker's name */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (unsigned char)c >= 0x80;
}

/* The byte at i, or a newline behind the end. */
static char at(const struct dc_kw_scan *s, size_t i)
{
    return i < s->n ? s->text[i] : '\n';
}

static const struct dc_kw_folded *folded(struct dc_kw_scan *s, size_t i)
{
    const unsigned char *p = (const unsigned char *)s->text + i;
    size_t n = s->n - i;
    uint32_t key = p[0];
    for (size_t k = 1; k < 4 && k < n && (p[k] & 0xC0) == 0x80; k++)
        key = key << 8 | p[k];
    struct dc_kw_folded *f = &s->cache[(key * 2654435761u) >> 22];
    if (f->key != key) {
        dc_kw_fold_char(s->text + i, n, f);
        f->key = key;
    }
    return f;
}

/* ---- words ---- */

/* An apostrophe between letters at i: bytes of it, or 0. */
static size_t apostrophe(struct dc_kw_scan *s, size_t i)
{
    char c = at(s, i);
    size_t len = 1;
    if ((unsigned char)c >= 0x80) {
        const struct dc_kw_folded *f = folded(s, i);
        if (f->kind != DC_KW_CHAR_ASCII || f->fold[0] != '\'')
            return 0;
        len = f->n;
    } else if (c != '\'' && c != '`') {
        return 0;
    }
    char next = at(s, i + len);
    return is_lower(next) || (next >= 'A' && next <= 'Z') ? len : 0;
}

/* More of the word that is read; one of too many bytes is in no rule. */
static void add(struct dc_kw_scan *s, const void *bytes, size_t n)
{
    bool fits = s->n_word + n <= sizeof s->word;
    if (fits)
        memcpy(s->word + s->n_word, bytes, n);
    s->n_word = fits ? s->n_word + n : sizeof s->word + 1;
}

/*
 * One step of a word that is not plain ASCII letters: an apostrophe, or a
 * character beyond ASCII. Bytes taken; 0: the word ends before i.
 */
static size_t odd_step(struct dc_kw_scan *s, size_t i)
{
    size_t len = apostrophe(s, i);
    if (len) {
        add(s, "'", 1);
        return len;
    }
    if (i >= s->n || (unsigned char)s->text[i] < 0x80)
        return 0;
    const struct dc_kw_folded *f = folded(s, i);
    if (f->kind == DC_KW_CHAR_IGNORED)
        return f->n;
    if (f->kind != DC_KW_CHAR_LETTER &&
        !(f->kind == DC_KW_CHAR_ASCII && is_word((char)f->fold[0])))
        return 0;
    add(s, f->fold, f->n_fold);
    return f->n;
}

/* The word at `from`; where it ends. */
static size_t read_word(struct dc_kw_scan *s, size_t from)
{
    size_t i = from, plain;
    s->n_word = 0;
    for (size_t len = 1; len > 0; i += len) {
        for (plain = i; i < s->n && s->plain[(unsigned char)s->text[i]];)
            i++;
        add(s, s->text + plain, i - plain);
        len = odd_step(s, i);
    }
    dc_kw_feed(
        s,
        s->n_word <= sizeof s->word ? dc_kw_find(s->r, s->word, s->n_word) : 0,
        from, i);
    return i;
}

/* ---- sentences ---- */

/* A full stop at i behind an abbreviation: listed, or "e.g", "U.S". */
static bool abbreviates(const struct dc_kw_scan *s, size_t i)
{
    if (i == 0 || !is_word(s->text[i - 1]))
        return false;
    if (s->r->flags[s->last_word] & DC_KW_IS_ABBREV)
        return true;
    return i >= 3 && s->text[i - 2] == '.' && is_word(s->text[i - 3]);
}

static void full_stop(struct dc_kw_scan *s, size_t i, char c)
{
    if (c == '.' && (is_word(at(s, i + 1)) || abbreviates(s, i)))
        return;
    s->boundary = true;
}

/* ---- quotes ---- */

static void quote(struct dc_kw_scan *s, unsigned char kind,
                  enum dc_kw_char side)
{
    if (s->quote && s->quote_kind == kind && side != DC_KW_CHAR_OPEN)
        dc_kw_close_quote(s);
    else if (!s->quote && side != DC_KW_CHAR_CLOSE)
        dc_kw_open_quote(s, kind);
}

/* ' and ` between a letter and a space: before one they open, behind they
 * close. */
static void single_quote(struct dc_kw_scan *s, size_t i, size_t len)
{
    bool before = i > 0 && !dc_is_space(s->text[i - 1]);
    bool behind = !dc_is_space(at(s, i + len));
    if (before == behind)
        return;
    quote(s, '\'', behind ? DC_KW_CHAR_OPEN : DC_KW_CHAR_CLOSE);
}

/* ---- lines ---- */

static size_t line_end(struct dc_kw_scan *s, size_t i)
{
    const char *end = i < s->n ? memchr(s->text + i, '\n', s->n - i) : NULL;
    size_t at = end ? (size_t)(end - s->text) : s->n;
    s->n_steps += at > i ? at - i : 0;
    return at;
}

static size_t skip_blanks(const struct dc_kw_scan *s, size_t i)
{
    while (i < s->n &&
           (s->text[i] == ' ' || s->text[i] == '\t' || s->text[i] == '\r'))
        i++;
    return i;
}

/* Three or more of the same mark of a fence at i: how many. */
static size_t fence(const struct dc_kw_scan *s, size_t i)
{
    char c = at(s, i);
    size_t n = 0;
    if (c != '`' && c != '~')
        return 0;
    while (at(s, i + n) == c)
        n++;
    return n >= 3 ? n : 0;
}

/* The fenced block whose first line starts at i; where the next line starts.
 * One that never closes goes on to the end. */
static size_t skip_fenced(struct dc_kw_scan *s, size_t i)
{
    size_t start = skip_blanks(s, i), n_open = fence(s, start), from = i;
    char mark = at(s, start);
    for (i = line_end(s, i) + 1; i < s->n; i = line_end(s, i) + 1) {
        size_t k = skip_blanks(s, i), n = fence(s, k);
        if (n >= n_open && at(s, k) == mark &&
            skip_blanks(s, k + n) == line_end(s, k)) {
            i = line_end(s, i) + 1;
            break;
        }
    }
    i = i < s->n ? i : s->n;
    s->n_code += i - from;
    s->boundary = true;
    return i;
}

/* The mark of a list item at i, with the space behind it: its bytes, or 0. */
static size_t item_mark(struct dc_kw_scan *s, size_t i)
{
    size_t n = 0;
    if ((unsigned char)at(s, i) >= 0x80) {
        const struct dc_kw_folded *f = folded(s, i);
        if (f->kind == DC_KW_CHAR_ASCII && f->fold[0] == '*')
            n = f->n;
    } else if (strchr("-*+", at(s, i))) {
        n = 1;
    } else {
        while (n < 3 && is_digit(at(s, i + n)))
            n++;
        if (n && strchr(".)", at(s, i + n)))
            n++;
        else
            n = 0;
    }
    return n && strchr(" \t", at(s, i + n)) ? n : 0;
}

static bool colon_near(const struct dc_kw_scan *s, size_t i)
{
    size_t n = s->n - i;
    return memchr(s->text + i, ':', n < MAX_NAME + 1 ? n : MAX_NAME + 1);
}

/* A speaker's name at i: "Name:" and text behind it in the line. */
static bool speaker(const struct dc_kw_scan *s, size_t i)
{
    unsigned words = 1, n = 0;
    while (strchr("*_#", at(s, i)))
        i++;
    size_t word = i;
    if (at(s, i) < 'A' || at(s, i) > 'Z' || !colon_near(s, i))
        return false;
    for (; n < MAX_NAME && at(s, i) != ':'; n++, i++) {
        char c = at(s, i);
        if (c == ' ')
            words++;
        if (!is_word(c) && !strchr(" .'-()", c))
            return false;
        word = c == ' ' ? i + 1 : word;
    }
    if (at(s, i) != ':' || words > 3 ||
        s->r->flags[dc_kw_find(s->r, s->text + word, i - word)] & DC_KW_IS_SELF)
        return false;
    i++;
    while (strchr("*_ ", at(s, i)))
        i++;
    return at(s, i) != '\n';
}

/* A new line at i: what it starts with; where reading goes on. */
static size_t start_line(struct dc_kw_scan *s, size_t i)
{
    size_t start = skip_blanks(s, i);
    while (fence(s, start)) {
        i = skip_fenced(s, i);
        start = skip_blanks(s, i);
    }
    char c = at(s, start);
    if (c == '\n' || start >= s->n) {
        dc_kw_settle(s);
        s->says = false;
        s->boundary = true;
        return start;
    }
    if (c == '>') {
        s->boundary = true;
        return line_end(s, start);
    }
    bool says = speaker(s, start);
    if (says || s->says) {
        dc_kw_settle(s);
        s->n_spoken += says;
        s->says = says;
    }
    size_t mark = item_mark(s, start);
    s->n_items += mark > 0;
    if (mark || !is_lower(c) || says)
        s->boundary = true;
    return start + mark;
}

/* ---- the text ---- */

static size_t read_odd(struct dc_kw_scan *s, size_t i)
{
    const struct dc_kw_folded *f = folded(s, i);
    switch ((enum dc_kw_char)f->kind) {
    case DC_KW_CHAR_LETTER:
        return read_word(s, i);
    case DC_KW_CHAR_OPEN:
    case DC_KW_CHAR_CLOSE:
    case DC_KW_CHAR_SWITCH:
        quote(s, f->quote, (enum dc_kw_char)f->kind);
        break;
    case DC_KW_CHAR_ASCII:
        if (is_word((char)f->fold[0]))
            return read_word(s, i);
        if (strchr(".!?", (char)f->fold[0]))
            s->boundary = true;
        else if (f->fold[0] == '\'')
            single_quote(s, i, f->n);
        else if (f->fold[0] == '"')
            quote(s, '"', DC_KW_CHAR_SWITCH);
        else if (f->fold[0] == '\n')
            s->boundary = true;
        break;
    default:
        break;
    }
    return i + f->n;
}

static size_t read_sign(struct dc_kw_scan *s, size_t i)
{
    char c = s->text[i];
    switch (c) {
    case '\n':
        return start_line(s, i + 1);
    case '.':
    case '!':
    case '?':
        full_stop(s, i, c);
        break;
    case '"':
        quote(s, '"', DC_KW_CHAR_SWITCH);
        break;
    case '\'':
    case '`':
        single_quote(s, i, 1);
        break;
    default:
        break;
    }
    return i + 1;
}

void dc_kw_scan(struct dc_kw_scan *s, const char *text, size_t n)
{
    dc_buf_clear(&s->unwrapped);
    if (n <= DC_KW_MAX_WRAPPED && dc_kw_unwrap(&s->unwrapped, text, n))
        text = s->unwrapped.data; /* spans are those of the text as it came */
    s->text = text;
    s->n = n;
    dc_kw_start(s);
    size_t i = start_line(s, 0);
    s->n_steps += i;
    while (i < s->n) {
        unsigned char c = (unsigned char)text[i];
        size_t from = i;
        if (s->plain[c])
            i = read_word(s, i);
        else if (c >= 0x80)
            i = read_odd(s, i);
        else
            i = s->sign[c] ? read_sign(s, i) : i + 1;
        s->n_steps += i - from;
    }
    dc_kw_finish(s);
}

void dc_kw_scan_init(struct dc_kw_scan *s, const struct dc_kw_rules *r)
{
    memset(s, 0, sizeof *s);
    s->r = r;
    s->start_sentences = r->param[DC_KW_start_sentences];
    if (s->start_sentences == 0)
        s->start_sentences = 1;
    dc_buf_init(&s->unwrapped, DC_KW_MAX_WRAPPED);
    dc_kw_match_init(s);
    s->cache = dc_xcalloc(DC_KW_CHARS, sizeof *s->cache);
    s->hit = dc_xcalloc(r->n_rules, sizeof *s->hit);
    s->spoken = dc_xcalloc(r->n_rules, sizeof *s->spoken);
    s->last = dc_xcalloc(r->n_rules, sizeof *s->last);
    for (unsigned c = 0; c < 0x80; c++) {
        s->plain[c] = is_word((char)c);
        s->sign[c] = c && strchr("\n.!?\"'`", (char)c);
    }
}

void dc_kw_scan_release(struct dc_kw_scan *s)
{
    dc_kw_match_release(s);
    free(s->cache);
    free(s->hit);
    free(s->spoken);
    free(s->last);
    free(s->pending);
    dc_buf_release(&s->unwrapped);
}
