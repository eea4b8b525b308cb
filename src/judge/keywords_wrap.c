/*
 * keywords_wrap.c - taking a response out of what stands around all of it.
 *
 * Layer by layer, up to MAX_LAYERS: a pair of quotes with no such quote
 * inside; an element of HTML; one fenced block of text; lines that all begin
 * with ">"; a JSON object or array. Of JSON the texts remain, a paragraph each.
 * Those that are no answer are left out while there are others: texts under a
 * key for thoughts (THOUGHT_KEYS), then single words and roles. Python's way of
 * writing an object, with single quotes, is read too, and so is one that was
 * cut: models write JSON for people.
 */
#include "judge/keywords_wrap.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum { MAX_LAYERS = 6 };

struct window {
    char *text;
    size_t from, to;
};

static void blank(char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != '\n')
            s[i] = ' ';
}

static void trim(struct window *w)
{
    while (w->from < w->to && dc_is_space(w->text[w->from]))
        w->from++;
    while (w->to > w->from && dc_is_space(w->text[w->to - 1]))
        w->to--;
}

static size_t line_end(const struct window *w, size_t i)
{
    const char *end = memchr(w->text + i, '\n', w->to - i);
    return end ? (size_t)(end - w->text) : w->to;
}

/* ---- quotes ---- */

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Is the mark in s? Between two letters it may be an apostrophe. */
static bool has_quote(const char *s, size_t n, const char *mark)
{
    size_t len = strlen(mark);
    bool may_join = !strcmp(mark, "'") || !strcmp(mark, "\xE2\x80\x99");
    for (size_t i = 0; i + len <= n; i++)
        if (!memcmp(s + i, mark, len) &&
            !(may_join && i > 0 && i + len < n && is_letter(s[i - 1]) &&
              is_letter(s[i + len])))
            return true;
    return false;
}

static bool take_quotes(struct window *w)
{
    static const char *const pair[][2] = {
        {"\"", "\""},
        {"`", "`"},
        {"'", "'"},
        {"\xE2\x80\x98", "\xE2\x80\x99"}, /* U+2018, U+2019 */
        {"\xE2\x80\x9C", "\xE2\x80\x9D"}, /* U+201C, U+201D */
        {"\xE2\x80\x9E", "\xE2\x80\x9C"}, /* U+201E, U+201C */
        {"\xC2\xAB", "\xC2\xBB"},         /* U+00AB, U+00BB */
        {"\xE3\x80\x8C", "\xE3\x80\x8D"}, /* U+300C, U+300D */
    };
    char *s = w->text + w->from;
    size_t n = w->to - w->from;
    for (size_t i = 0; i < DC_COUNT(pair); i++) {
        size_t a = strlen(pair[i][0]), b = strlen(pair[i][1]);
        if (n < a + b || memcmp(s, pair[i][0], a) != 0 ||
            memcmp(s + n - b, pair[i][1], b) != 0 ||
            has_quote(s + a, n - a - b, pair[i][0]) ||
            has_quote(s + a, n - a - b, pair[i][1]))
            continue;
        blank(s, a);
        blank(s + n - b, b);
        return true;
    }
    return false;
}

/* ---- an element of HTML or XML ---- */

/* "<p>...</p>" with no other mark inside. */
static bool take_element(struct window *w)
{
    char *s = w->text + w->from;
    size_t n = w->to - w->from, len = 1;
    while (len < n && ((s[len] | 0x20) >= 'a' && (s[len] | 0x20) <= 'z'))
        len++;
    /* len: of "<p"; and of "</p>" that plus 2 */
    if (s[0] != '<' || len < 2 || n < 2 * len + 3 || s[len] != '>' ||
        memcmp(s + n - len - 2, "</", 2) != 0 || s[n - 1] != '>' ||
        memcmp(s + n - len, s + 1, len - 1) != 0 ||
        memchr(s + 1, '<', n - len - 3))
        return false;
    blank(s, len + 1);
    blank(s + n - len - 2, len + 2);
    return true;
}

/* ---- fences ---- */

/* The marks of a fence that the line at i begins with: how many, 0: none. */
static size_t fence(const struct window *w, size_t i)
{
    size_t n = 0;
    char c = i < w->to ? w->text[i] : '\0';
    while ((c == '`' || c == '~') && i + n < w->to && w->text[i + n] == c)
        n++;
    return n >= 3 ? n : 0;
}

/* Is the word behind an opening fence one for text, not for a program's? */
static bool is_text_block(const char *s, size_t n)
{
    static const char *const kinds[] = {
        "",   "text", "txt",   "plaintext", "plain",  "markdown",
        "md", "json", "jsonc", "jsonl",     "output", "response",
    };
    while (n && dc_is_space(*s)) {
        s++;
        n--;
    }
    while (n && dc_is_space(s[n - 1]))
        n--;
    for (size_t i = 0; i < DC_COUNT(kinds); i++) {
        size_t k = 0;
        while (k < n && kinds[i][k] && (s[k] | 0x20) == kinds[i][k])
            k++;
        if (k == n && !kinds[i][k])
            return true;
    }
    return false;
}

static bool take_fence(struct window *w)
{
    size_t n = fence(w, w->from), first = line_end(w, w->from);
    if (!n || !is_text_block(w->text + w->from + n, first - w->from - n))
        return false;
    size_t end = w->to;
    for (size_t i = first + 1; i < w->to; i = line_end(w, i) + 1) {
        size_t k = fence(w, i);
        if (k < n || w->text[i] != w->text[w->from])
            continue;
        if (i + k != w->to) /* more stands behind the block */
            return false;
        end = i;
    }
    blank(w->text + w->from, first - w->from);
    blank(w->text + end, w->to - end);
    return true;
}

/* ---- block quotes ---- */

static bool take_block_quote(struct window *w)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = w->from; i < w->to; i = line_end(w, i) + 1) {
            size_t end = line_end(w, i), k = i;
            while (k < end && dc_is_space(w->text[k]))
                k++;
            if (k == end)
                continue;
            if (w->text[k] != '>')
                return false;
            if (pass)
                w->text[k] = ' ';
        }
    return true;
}

/* ---- JSON ---- */

enum keep { ANSWERS, ALL_BUT_THOUGHTS, EVERYTHING };

/* A string of JSON: [from, to) without its quotes. */
struct string {
    size_t from, to, behind;
};

static size_t skip_space(const struct window *w, size_t i)
{
    while (i < w->to && dc_is_space(w->text[i]))
        i++;
    return i;
}

/* Does the quote at i end a string? In single quotes, "can't" goes on. */
static bool ends_string(const struct window *w, size_t i)
{
    if (w->text[i] == '"')
        return true;
    i = skip_space(w, i + 1);
    return i == w->to || strchr(",:}]", w->text[i]);
}

/* The string whose opening quote is at i; it may be cut. */
static struct string read_string(const struct window *w, size_t i)
{
    struct string s = {.from = i + 1, .to = i + 1};
    while (s.to < w->to &&
           !(w->text[s.to] == w->text[i] && ends_string(w, s.to)))
        s.to += w->text[s.to] == '\\' && s.to + 1 < w->to ? 2 : 1;
    s.behind = s.to < w->to ? s.to + 1 : w->to;
    return s;
}

static bool is_key(const struct window *w, const struct string *s)
{
    size_t i = skip_space(w, s->behind);
    return s->behind > s->to && i < w->to && w->text[i] == ':';
}

static bool one_of(const struct window *w, const struct string *key,
                   const char *const *word, size_t n)
{
    size_t len = key->to - key->from;
    for (size_t i = 0; i < n; i++) {
        if (strlen(word[i]) != len)
            continue;
        size_t k = 0;
        while (k < len &&
               (w->text[key->from + k] | 0x20) == (word[i][k] | 0x20))
            k++;
        if (k == len)
            return true;
    }
    return false;
}

/* Is the text `s` under `key` (from 0: none) an answer, as far as `keep`
 * asks? */
static bool is_kept(const struct window *w, const struct string *key,
                    const struct string *s, enum keep keep)
{
    static const char *const thoughts[] = {
        "thoughts",  "thought",           "thinking",         "think",
        "reasoning", "reasoning_content", "chain_of_thought", "scratchpad",
        "analysis",
    };
    static const char *const roles[] = {
        "role", "type", "id", "model", "object", "name", "finish_reason"};
    if (keep == EVERYTHING)
        return true;
    if (key->from && (one_of(w, key, thoughts, DC_COUNT(thoughts)) ||
                      one_of(w, key, roles, DC_COUNT(roles))))
        return false;
    size_t i = skip_space(w, s->from);
    while (i < s->to && !dc_is_space(w->text[i]))
        i++;
    return keep != ANSWERS || skip_space(w, i) < s->to;
}

static unsigned hex4(const char *s)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        char c = (char)(s[i] | 0x20);
        if (c >= '0' && c <= '9')
            v = v * 16 + (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v * 16 + (unsigned)(c - 'a' + 10);
        else
            return 0xFFFFFFFF;
    }
    return v;
}

/* Characters that a word goes on over, of n bytes in all, n >= 2. */
static size_t pad(char *to, size_t n)
{
    for (size_t i = 0; i < n;) {
        bool wide = (n - i) % 2; /* U+200D, else U+00AD */
        memcpy(to + i, wide ? "\xE2\x80\x8D" : "\xC2\xAD", wide ? 3 : 2);
        i += wide ? 3 : 2;
    }
    return n;
}

static size_t put_utf8(char *to, uint32_t c)
{
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (n == 1) {
        to[0] = (char)(c < ' ' ? ' ' : c);
        return n;
    }
    for (size_t i = n; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(lead[n] | c);
    return n;
}

/* \uXXXX at s [n], or a pair of them: spelt out in their place. Bytes taken;
 * 0: it is none. */
static size_t spell_code(char *s, size_t n)
{
    size_t len = 6;
    uint32_t c = n >= 6 ? hex4(s + 2) : 0xFFFFFFFF;
    if (c == 0xFFFFFFFF)
        return 0;
    if (c >= 0xD800 && c < 0xE000) {
        uint32_t low =
            n >= 12 && s[6] == '\\' && (s[7] | 0x20) == 'u' ? hex4(s + 8) : 0;
        if (c >= 0xDC00 || low < 0xDC00 || low >= 0xE000) {
            blank(s, 6);
            return 6;
        }
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        len = 12;
    }
    char as[4];
    size_t k = put_utf8(as, c);
    pad(s, len - k);
    memcpy(s + len - k, as, k);
    return len;
}

static void spell(char *s, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (s[i] != '\\')
            continue;
        char c = s[i + 1];
        size_t len = c == 'u' ? spell_code(s + i, n - i) : 0;
        if (len) {
            i += len - 1;
            continue;
        }
        s[i] = ' ';
        if (c == '\'') /* U+00B4, an apostrophe of two bytes */
            memcpy(s + i, "\xC2\xB4", 2);
        else if (strchr("bfrt\\", c))
            s[i + 1] = ' ';
        else if (c == 'n')
            s[i + 1] = '\n';
        i++;
    }
}

static bool starts_json(const struct window *w)
{
    size_t i = skip_space(w, w->from + 1);
    char open = w->text[w->from], c = i < w->to ? w->text[i] : '\0';
    if (open == '[')
        return c == '"' || c == '\'' || c == '{';
    if (open != '{' || (c != '"' && c != '\''))
        return false;
    const struct string key = read_string(w, i);
    return is_key(w, &key);
}

/* The string at w->text + i, which is a key or stays or goes. */
static void rewrite(struct window *w, size_t i, const struct string *s,
                    bool stays)
{
    if (stays)
        spell(w->text + s->from, s->to - s->from);
    else
        blank(w->text + s->from, s->to - s->from);
    w->text[i] = '\n';
    if (s->behind > s->to)
        w->text[s->to] = '\n';
}

/* Of the JSON that the window begins with, leave what `keep` says, or only
 * count: how many texts these are. */
static size_t leave_texts(struct window *w, const char *whole, enum keep keep,
                          bool count)
{
    const struct window was = {(char *)whole, w->from, w->to};
    struct string key = {0};
    size_t depth = 0, kept = 0, i = w->from;
    while (i < w->to) {
        char c = w->text[i];
        if (c != '"' && c != '\'') {
            depth += (c == '{' || c == '[');
            depth -= (c == '}' || c == ']');
            if (!count)
                blank(w->text + i, 1);
            i++;
            if (depth == 0)
                break;
            continue;
        }
        const struct string s = read_string(w, i);
        bool named = is_key(w, &s);
        bool stays = !named && is_kept(&was, &key, &s, keep);
        key = named ? s : (struct string){0};
        kept += stays && skip_space(w, s.from) < s.to;
        if (!count)
            rewrite(w, i, &s, stays);
        i = s.behind;
    }
    return kept;
}

static bool take_json(struct window *w, const char *whole)
{
    if (!starts_json(w))
        return false;
    for (int keep = ANSWERS; keep <= EVERYTHING; keep++)
        if (leave_texts(w, whole, (enum keep)keep, true) > 0) {
            leave_texts(w, whole, (enum keep)keep, false);
            return true;
        }
    return false;
}

bool dc_kw_unwrap(struct dc_buf *out, const char *text, size_t n)
{
    struct window w = {.from = 0, .to = n};
    bool wrapped = false;
    while (w.from < w.to && dc_is_space(text[w.from]))
        w.from++;
    if (w.from == w.to || !strchr("\"'`~>{[<\xE2\xC2\xE3", text[w.from]))
        return false;
    dc_buf_add(out, text, n);
    w.text = out->data;
    for (int i = 0; i < MAX_LAYERS; i++) {
        trim(&w);
        if (w.from == w.to)
            break;
        if (take_json(&w, text)) {
            wrapped = true;
            break;
        }
        if (!take_fence(&w) && !take_quotes(&w) && !take_block_quote(&w) &&
            !take_element(&w))
            break;
        wrapped = true;
    }
    if (!wrapped)
        dc_buf_clear(out);
    return wrapped;
}
