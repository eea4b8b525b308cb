/*
 * label_view.c - one trace, its place in the list, and the keys.
 *
 * Texts come from data and models: all of them pass dc_wrap() or
 * dc_utf8_display(). Lines of the screen are never wider than it is.
 */
#include "cli/label_view.h"

#include "base/judge_name.h"
#include "base/utf8.h"
#include "base/wrap.h"

#include <inttypes.h>
#include <string.h>

enum { NARROW = 60, WIDE = 100, FRAME = 5, LEAST = 3 };

const char *dc_label_word(enum dc_verdict v)
{
    return v == DC_VERDICT_UNDETERMINED ? "can't tell" : dc_verdict_name(v);
}

static size_t text_width(size_t width)
{
    return width < WIDE ? width : WIDE;
}

/* ---- the text ---- */

static void put_part(struct dc_buf *out, const char *head, const char *text,
                     size_t width)
{
    const struct dc_wrap how = {.width = width, .indent = 2};
    dc_buf_addf(out, "%s\n", head);
    if (text[0])
        dc_wrap(out, text, strlen(text), &how);
    else
        dc_buf_adds(out, "  (empty)\n");
}

static void put_says(const struct dc_label_session *s, struct dc_buf *out,
                     size_t width)
{
    struct dc_buf line;
    char rule[DC_RULE_SAYS];
    dc_buf_init(&line, SIZE_MAX);
    dc_buf_adds(out, "\nWhat judges say\n");
    for (size_t i = 0; i < s->text.n_says; i++) {
        const struct dc_label_says *x = &s->text.says[i];
        dc_buf_clear(&line);
        dc_buf_addf(&line, "%s %s: %s", x->judge, x->version, x->verdict);
        if (x->rule[0])
            dc_buf_addf(&line, ", %s", dc_rule_says(x->rule, rule));
        dc_wrap_item(out, width, 2, "", line.data);
    }
    dc_buf_release(&line);
}

static void put_text(const struct dc_label_session *s, size_t width,
                     struct dc_buf *out)
{
    put_part(out, "Prompt", s->text.prompt, width);
    dc_buf_addc(out, '\n');
    put_part(out, "Response", s->text.response, width);
    if (s->shows_verdict)
        put_says(s, out, width);
}

static void put_place(const struct dc_label_session *s, struct dc_buf *out)
{
    const struct dc_label_trace *t = &s->frame->trace[s->item[s->at].trace];
    dc_buf_adds(out, s->frame->prompt[t->prompt].id);
    dc_buf_addf(out, ", trace %" PRIu32, t->idx + 1);
    if (s->item[s->at].has_label)
        dc_buf_addf(out, ": %s", dc_label_word(s->item[s->at].label));
    if (s->item[s->at].note)
        dc_buf_addf(out, " (%s)", s->item[s->at].note);
}

static void put_end(const struct dc_label_session *s, struct dc_buf *out,
                    size_t width)
{
    struct dc_buf b;
    size_t done = dc_label_session_done(s);
    dc_buf_init(&b, SIZE_MAX);
    if (done == s->n)
        dc_buf_addf(&b,
                    "All %zu traces have a label. Press q to end, b to go "
                    "back.",
                    s->n);
    else
        dc_buf_addf(&b,
                    "%zu of %zu traces have no label. Press s to go through "
                    "them again, b to go back, q to end: starting again goes "
                    "on with them.",
                    s->n - done, s->n);
    dc_wrap_item(out, width, 0, "", b.data);
    dc_buf_release(&b);
}

void dc_label_plain(const struct dc_label_session *s, size_t width,
                    struct dc_buf *out)
{
    struct dc_buf place;
    width = text_width(width);
    if (s->at >= s->n) {
        dc_buf_addc(out, '\n');
        put_end(s, out, width);
        return;
    }
    dc_buf_init(&place, SIZE_MAX);
    put_place(s, &place);
    dc_buf_addf(out, "\n%zu of %zu  ", s->at + 1, s->n);
    dc_utf8_display(out, place.data, place.n, 0);
    dc_buf_adds(out, "\n\n");
    put_text(s, width, out);
    dc_buf_release(&place);
}

/* ---- the screen ---- */

/* A line of the frame, cut to the width, and the end of what stood there. */
static void put_line(struct dc_buf *out, const char *text, size_t width,
                     const char *on)
{
    dc_buf_adds(out, on);
    dc_utf8_display(out, text, strlen(text), width);
    dc_buf_adds(out, on[0] ? "\033[0m" : "");
    dc_buf_adds(out, "\033[K\n");
}

/* The lines of text from `top` on, `rows` of them; how many there are. */
static size_t put_rows(struct dc_buf *out, const char *text, size_t top,
                       size_t rows)
{
    size_t line = 0, put = 0;
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t n = end ? (size_t)(end - text) : strlen(text);
        if (line >= top && put < rows) {
            dc_buf_add(out, text, n);
            dc_buf_adds(out, "\033[K\n");
            put++;
        }
        line++;
        text += n + (end != NULL);
    }
    for (; put < rows; put++)
        dc_buf_adds(out, "\033[K\n");
    return line;
}

static size_t count_rows(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void put_keys(const struct dc_label_look *look, struct dc_buf *out)
{
    bool narrow = look->width < NARROW;
    put_line(out,
             narrow ? "r refusal c compl. p partial u unsure"
                    : "r refusal   c compliance   p partial refusal   u can't "
                      "tell",
             look->width, "");
    const char *more =
        narrow ? "n note b back s skip v verdict q quit"
               : "n note  b back  s skip  x no label  v verdict  q quit";
    dc_utf8_display(out, more, strlen(more), look->width);
    dc_buf_adds(out, "\033[K");
}

static void put_status(const struct dc_label_look *look, size_t rows,
                       size_t lines, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (look->note)
        dc_buf_addf(&b, "Note: %s_", look->note->data);
    else if (look->message[0])
        dc_buf_adds(&b, look->message);
    if (!look->note && lines > rows) {
        size_t last = look->top + rows < lines ? look->top + rows : lines;
        dc_buf_addf(&b, "%slines %zu to %zu of %zu, space: more",
                    b.n ? "; " : "", look->top + 1, last, lines);
    }
    put_line(out, b.data, look->width, look->colour ? "\033[2m" : "");
    dc_buf_release(&b);
}

size_t dc_label_screen(const struct dc_label_session *s,
                       const struct dc_label_look *look, struct dc_buf *out)
{
    struct dc_buf head, text;
    size_t width = text_width(look->width);
    size_t rows = look->height > FRAME + LEAST ? look->height - FRAME : LEAST;
    dc_buf_init(&head, SIZE_MAX);
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_addf(&head, "%s  %zu of %zu  %zu labelled", s->db,
                s->at < s->n ? s->at + 1 : s->n, s->n,
                dc_label_session_done(s));
    dc_buf_adds(out, "\033[H");
    put_line(out, head.data, look->width, look->colour ? "\033[1m" : "");
    dc_buf_clear(&head);
    if (s->at < s->n) {
        put_place(s, &head);
        put_text(s, width, &text);
    } else {
        put_end(s, &text, width);
    }
    put_line(out, head.data, look->width, "");
    size_t lines = count_rows(text.data);
    put_rows(out, text.data, look->top, rows);
    put_status(look, rows, lines, out);
    put_keys(look, out);
    dc_buf_adds(out, "\033[J");
    dc_buf_release(&head);
    dc_buf_release(&text);
    return lines > rows ? lines - rows : 0;
}
