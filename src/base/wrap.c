/*
 * wrap.c - greedy folding of a text into lines.
 *
 * The text is walked once in its raw bytes, so that a span given in bytes can
 * be marked, and shown piece by piece: a piece is a run of white space or of
 * anything else. White space at a fold is dropped.
 */
#include "base/wrap.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

/* Most bytes of a piece that is broken; characters of no width pile up. */
enum { MAX_PIECE = 1024 };

struct fold {
    struct dc_buf *out;
    const struct dc_wrap *how;
    const char *s;
    size_t from, to; /* bytes of the text to mark */
    size_t body;     /* columns of text in a line */
    size_t col;      /* used of them */
    size_t lines;    /* ended */
    size_t owed;     /* columns of indent before the next character */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void pad(struct dc_buf *out, size_t n)
{
    while (n-- > 0)
        dc_buf_addc(out, ' ');
}

/* End the line and begin the next; false if there may be none. */
static bool next_line(struct fold *f)
{
    if (f->how->max_lines && f->lines + 1 >= f->how->max_lines)
        return false;
    dc_buf_addc(f->out, '\n');
    f->lines++;
    f->owed = f->how->indent; /* an empty line gets none */
    f->col = 0;
    return true;
}

/* Open the mark, or go on with the one that was just closed. */
static void mark_on(struct fold *f)
{
    size_t n = strlen(f->how->off);
    struct dc_buf *out = f->out;
    if (n <= out->n && !memcmp(out->data + out->n - n, f->how->off, n))
        dc_buf_cut(out, out->n - n);
    else
        dc_buf_adds(out, f->how->on);
}

/* Show bytes a..b of the text, the marked part of them marked. */
static void show(struct fold *f, size_t a, size_t b)
{
    const struct dc_wrap *w = f->how;
    size_t from = f->from, to = f->to;
    pad(f->out, f->owed);
    f->owed = 0;
    f->col += dc_utf8_width(f->s + a, b - a);
    if (!w->on || !w->off || from == to || b <= from || a >= to) {
        dc_utf8_display(f->out, f->s + a, b - a, 0);
        return;
    }
    from = from > a ? from : a;
    to = to < b ? to : b;
    dc_utf8_display(f->out, f->s + a, from - a, 0);
    mark_on(f);
    dc_utf8_display(f->out, f->s + from, to - from, 0);
    dc_buf_adds(f->out, w->off);
    dc_utf8_display(f->out, f->s + to, b - to, 0);
}

static size_t next_char(const char *s, size_t a, size_t end)
{
    for (a++; a < end && ((unsigned char)s[a] & 0xC0) == 0x80; a++)
        ;
    return a;
}

/* Where the part a..cut of a longer word ends best: behind a mark between the
 * parts of a name or a path, if one is near; else at `cut`. */
static size_t fold_at_mark(const struct fold *f, size_t a, size_t cut)
{
    static const char *const marks[] = {"./],=&?:", "_-["};
    for (size_t k = 0; k < DC_COUNT(marks); k++)
        for (size_t i = cut; i > a + (cut - a) / 2; i--)
            if (strchr(marks[k], f->s[i - 1]))
                return i;
    return cut;
}

/* Show a word a..b that is wider than a line; false when out of lines. */
static bool show_broken(struct fold *f, size_t a, size_t b)
{
    while (a < b) {
        size_t cut = next_char(f->s, a, b);
        while (cut < b) {
            size_t more = next_char(f->s, cut, b);
            if (more - a > MAX_PIECE ||
                dc_utf8_width(f->s + a, more - a) > f->body - f->col)
                break;
            cut = more;
        }
        cut = cut < b ? fold_at_mark(f, a, cut) : cut;
        show(f, a, cut);
        a = cut;
        if (a < b && !next_line(f))
            return false;
    }
    return true;
}

/* One line of the text, a..end, without its line feed. */
static bool fold_line(struct fold *f, size_t a, size_t end)
{
    while (a < end) {
        size_t gap = a, word;
        while (gap < end && is_blank(f->s[gap]))
            gap++;
        for (word = gap; word < end && !is_blank(f->s[word]);)
            word++;
        if (gap == word)
            return true; /* white space at the end */
        size_t n_gap = dc_utf8_width(f->s + a, gap - a);
        size_t n_word = dc_utf8_width(f->s + gap, word - gap);
        if (f->col + n_gap + n_word <= f->body)
            show(f, a, word);
        else if ((f->col > 0 && !next_line(f)) || !show_broken(f, gap, word))
            return false;
        a = word;
    }
    return true;
}

static bool fold_text(struct fold *f, size_t n)
{
    size_t a = 0;
    for (;;) {
        const char *nl = memchr(f->s + a, '\n', n - a);
        size_t end = nl ? (size_t)(nl - f->s) : n;
        size_t text = end > a && f->s[end - 1] == '\r' ? end - 1 : end;
        if (!fold_line(f, a, text))
            return false;
        if (!nl)
            return true;
        if (!next_line(f))
            return false;
        a = end + 1;
    }
}

bool dc_wrap(struct dc_buf *out, const char *s, size_t n,
             const struct dc_wrap *how)
{
    struct fold f = {.out = out, .how = how, .s = s};
    size_t head = how->head ? dc_utf8_width(how->head, strlen(how->head)) : 0;
    f.from = how->mark_off < n ? how->mark_off : n;
    f.to = how->mark_len < n - f.from ? f.from + how->mark_len : n;
    f.body = how->width > how->indent + DC_WRAP_MIN_BODY
                 ? how->width - how->indent
                 : DC_WRAP_MIN_BODY;
    if (how->head)
        dc_buf_adds(out, how->head);
    if (head > 0 && head >= how->indent) {
        dc_buf_addc(out, '\n');
        head = 0;
    }
    f.owed = how->indent - head;
    bool whole = fold_text(&f, n);
    dc_buf_addc(out, '\n');
    return whole;
}

void dc_wrap_item(struct dc_buf *out, size_t width, size_t indent,
                  const char *head, const char *text)
{
    struct dc_wrap how = {.width = width, .indent = indent, .head = head};
    dc_wrap(out, text, strlen(text), &how);
}
