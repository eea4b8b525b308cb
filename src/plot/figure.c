/*
 * figure.c - figure.h: words, blocks and panels, and the one style of all
 * figures.
 */
#include "plot/figure.h"

#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARGIN = 28,
    TITLE_Y = 30,
    SAY_Y = 54, /* first line below the title */
    LINE = 18,
    NOTE_LINE = 18,
    NOTE_GAP = 24,
    SAY_COLS = 108, /* of a line that fits the width */
    NOTE_COLS = 116
};

void dc_fig_init(struct dc_fig *f, const char *title)
{
    *f = (struct dc_fig){.title = title, .bottom = 420};
    dc_arena_init(&f->arena);
    dc_buf_init(&f->text, SIZE_MAX);
    dc_buf_init(&f->block, SIZE_MAX);
    dc_buf_init(&f->body, SIZE_MAX);
    dc_buf_init(&f->say, SIZE_MAX);
    dc_buf_init(&f->note, SIZE_MAX);
    f->data = json_object();
}

void dc_fig_release(struct dc_fig *f)
{
    json_decref(f->data);
    dc_buf_release(&f->text);
    dc_buf_release(&f->block);
    dc_buf_release(&f->body);
    dc_buf_release(&f->say);
    dc_buf_release(&f->note);
    dc_arena_release(&f->arena);
}

void dc_fig_bottom(struct dc_fig *f, double y)
{
    f->bottom = y;
}

/* ---- words ---- */

static void add_format(struct dc_buf *out, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *s = dc_xmalloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    dc_buf_add(out, s, (size_t)n);
    free(s);
}

/* Sentences are kept apart by line feeds: those of data become marks. */
static void add_sentence(struct dc_buf *out, const char *fmt, va_list ap)
{
    struct dc_buf raw;
    dc_buf_init(&raw, SIZE_MAX);
    add_format(&raw, fmt, ap);
    dc_utf8_display(out, raw.data, raw.n, 600);
    dc_buf_addc(out, '\n');
    dc_buf_release(&raw);
}

void dc_fig_say(struct dc_fig *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_sentence(&f->say, fmt, ap);
    va_end(ap);
}

void dc_fig_note(struct dc_fig *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_sentence(&f->note, fmt, ap);
    va_end(ap);
}

void dc_fig_empty(struct dc_fig *f, const char *fmt, ...)
{
    struct dc_buf b;
    va_list ap;
    dc_buf_init(&b, SIZE_MAX);
    va_start(ap, fmt);
    add_sentence(&b, fmt, ap);
    va_end(ap);
    f->empty = dc_arena_strndup(&f->arena, b.data, b.n - 1);
    dc_buf_release(&b);
}

/* SVG can't have "]]>" in its text; gnuplot escapes all else. */
static void part_cdata_end(char *s)
{
    for (char *p = s; (p = strstr(p, "]]>")); p += 3)
        p[2] = ')';
}

static const char *add_text(struct dc_fig *f, const char *s, size_t n,
                            size_t max_cols)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, s, n, max_cols);
    /* marks on letters may take many bytes and no column */
    while (b.n > DC_FIG_TEXT) {
        size_t cut = b.n - 1;
        while (((unsigned char)b.data[cut] & 0xc0) == 0x80)
            cut--;
        dc_buf_cut(&b, cut);
    }
    part_cdata_end(b.data);
    dc_buf_addf(&f->text, "= %s\n", b.data);
    dc_buf_release(&b);
    return dc_arena_printf(&f->arena, "T(%zu)", ++f->n_text);
}

const char *dc_fig_text(struct dc_fig *f, const char *fmt, ...)
{
    struct dc_buf b;
    va_list ap;
    dc_buf_init(&b, SIZE_MAX);
    va_start(ap, fmt);
    add_format(&b, fmt, ap);
    va_end(ap);
    const char *t = add_text(f, b.data, b.n, 200);
    dc_buf_release(&b);
    return t;
}

const char *dc_fig_short(struct dc_fig *f, size_t max_cols, const char *text)
{
    return add_text(f, text, strlen(text), max_cols);
}

const char *dc_fig_count(struct dc_fig *f, uint64_t n)
{
    char digits[32], out[48], *o = out;
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *o++ = ',';
        *o++ = digits[i];
    }
    return dc_arena_strndup(&f->arena, out, (size_t)(o - out));
}

const char *dc_fig_direction(const struct dc_measure *m)
{
    return m->direction > 0 ? "larger = surer" : "smaller = surer";
}

const char *dc_fig_measure(struct dc_fig *f, const struct dc_measure_spec *m)
{
    return dc_arena_printf(&f->arena, "%s (%s, %s)", m->spec.text, m->row->unit,
                           dc_fig_direction(m->row));
}

void dc_fig_head(struct dc_fig *f, const struct dc_plot_src *src,
                 const struct dc_fig_of *of)
{
    const struct dc_record *r = src->record;
    f->n_prompt = of->n_prompt;
    f->n_trace = of->n_trace;
    dc_fig_say(f, "%.60s, model %.60s: n = %s prompt%s, %s trace%s", src->name,
               dc_summary_config(src->summary, "model.name", "?"),
               dc_fig_count(f, of->n_prompt), dc_plural(of->n_prompt),
               dc_fig_count(f, of->n_trace), dc_plural(of->n_trace));
    if (of->measure)
        dc_fig_say(f, "Judge %.60s, version %.20s; confidence %s", r->judge,
                   r->judge_version ? r->judge_version : "?",
                   dc_fig_measure(f, of->measure));
    else
        dc_fig_say(f, "Judge %.60s, version %.20s", r->judge,
                   r->judge_version ? r->judge_version : "?");
    if (r->judge_note)
        dc_fig_note(f, "%s", r->judge_note);
}

/* ---- numbers and commands ---- */

const char *dc_fig_block(struct dc_fig *f)
{
    const char *name = dc_arena_printf(&f->arena, "$D%zu", ++f->n_block);
    dc_buf_addf(&f->block, "%s << END_OF_BLOCK\n", name);
    return name;
}

void dc_fig_row(struct dc_fig *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_format(&f->block, fmt, ap);
    va_end(ap);
    dc_buf_addc(&f->block, '\n');
}

void dc_fig_block_end(struct dc_fig *f)
{
    dc_buf_adds(&f->block, "END_OF_BLOCK\n");
}

void dc_fig_cmd(struct dc_fig *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_format(&f->body, fmt, ap);
    va_end(ap);
    dc_buf_addc(&f->body, '\n');
}

void dc_fig_panel(struct dc_fig *f, const struct dc_panel *p)
{
    dc_buf_adds(
        &f->body,
        "unset label; unset arrow; unset object; unset key\n"
        "unset logscale; unset colorbox; unset x2tics; unset y2tics\n"
        "unset ylabel; unset y2label; unset x2label\n"
        "set autoscale; set border 3 lc rgb FRAME lw 1\n"
        "set tics nomirror out scale 0.6 textcolor rgb INK\n"
        "set xtics nomirror autofreq norotate; set ytics nomirror autofreq\n"
        "set format xy '%g'; unset mxtics; unset mytics\n"
        "set grid xtics ytics lt 1 lc rgb GRID lw 0.8\n"
        "set style fill solid 1 noborder; set boxwidth\n");
    dc_fig_cmd(f, "set lmargin at screen X(%g); set rmargin at screen X(%g)",
               p->x, p->x + p->w);
    dc_fig_cmd(f, "set tmargin at screen Y(%g); set bmargin at screen Y(%g)",
               p->y, p->y + p->h);
    /* gnuplot's own place for it is another one in SVG than in PNG */
    if (p->xlabel)
        dc_fig_cmd(f,
                   "set label 9002 %s at screen X(%g),Y(%g) center front "
                   "textcolor rgb INK",
                   dc_fig_text(f, "%s", p->xlabel), p->x + p->w / 2,
                   p->y + p->h + DC_FIG_XLABEL);
    if (p->ylabel)
        dc_fig_cmd(f, "set ylabel %s textcolor rgb INK",
                   dc_fig_text(f, "%s", p->ylabel));
    if (p->title)
        dc_fig_cmd(f,
                   "set label 9001 %s at screen X(%g),Y(%g) left front "
                   "font FONT_PANEL textcolor rgb INK",
                   dc_fig_text(f, "%s", p->title), p->x, p->y - 14);
}

void dc_fig_put(struct dc_fig *f, const struct dc_spot *at, const char *text)
{
    dc_fig_cmd(f, "set label %s at screen X(%g),Y(%g) %s", text, at->x, at->y,
               at->style);
}

/* ---- the whole ---- */

/* Sentences as lines of at most so many columns, at most max of them. */
static void fold(const struct dc_buf *sentences, size_t cols,
                 struct dc_buf *out)
{
    const char *s = sentences->data, *end;
    for (; (end = strchr(s, '\n')); s = end + 1) {
        const struct dc_wrap how = {.width = cols,
                                    .max_lines = DC_FIG_MAX_LINES};
        dc_wrap(out, s, (size_t)(end - s), &how);
    }
}

struct head {
    double y, step;
    const char *style;
};

static double put_lines(struct dc_fig *f, const struct dc_buf *lines,
                        const struct head *h)
{
    const char *s = lines->data, *end;
    double y = h->y;
    for (; (end = strchr(s, '\n')); s = end + 1, y += h->step)
        dc_fig_cmd(f, "set label %s at graph X(%d),Y(%g) left %s",
                   add_text(f, s, (size_t)(end - s), 0), MARGIN, y, h->style);
    return y;
}

static void put_empty(struct dc_fig *f)
{
    struct dc_buf why, lines;
    dc_buf_init(&why, SIZE_MAX);
    dc_buf_init(&lines, SIZE_MAX);
    dc_buf_addf(&why, "Nothing to draw: %s\n", f->empty);
    fold(&why, 80, &lines);
    put_lines(
        f, &lines,
        &(struct head){f->bottom / 2, 24, "font FONT_WHY textcolor rgb INK"});
    dc_buf_release(&why);
    dc_buf_release(&lines);
}

/* Below what is drawn; the end of them is that of the figure. */
static void put_notes(struct dc_fig *f)
{
    struct dc_buf lines;
    dc_buf_init(&lines, SIZE_MAX);
    fold(&f->note, NOTE_COLS, &lines);
    double end = put_lines(f, &lines,
                           &(struct head){f->bottom + NOTE_GAP, NOTE_LINE,
                                          "font FONT_NOTE textcolor rgb NOTE"});
    f->height = (unsigned)(end + MARGIN / 4.0);
    dc_buf_release(&lines);
}

double dc_fig_tics(double range, int most)
{
    static const double step[] = {1, 2, 5};
    if (!(range > 0))
        return 1;
    double ten = pow(10, floor(log10(range / most)));
    for (;; ten *= 10)
        for (size_t i = 0; i < DC_COUNT(step); i++)
            if (step[i] * ten * most >= range)
                return step[i] * ten;
}

void dc_fig_panel_says(struct dc_fig *f, const struct dc_panel *p,
                       const char *fmt, ...)
{
    enum { PIXELS = 8 }; /* of a column */
    struct dc_buf why, lines;
    size_t n = 0;
    va_list ap;
    dc_buf_init(&why, SIZE_MAX);
    dc_buf_init(&lines, SIZE_MAX);
    va_start(ap, fmt);
    add_sentence(&why, fmt, ap);
    va_end(ap);
    fold(&why, (size_t)(p->w / PIXELS), &lines);
    for (const char *s = lines.data; (s = strchr(s, '\n')); s++)
        n++;
    struct dc_panel bare = *p;
    bare.xlabel = bare.ylabel = NULL;
    dc_fig_panel(f, &bare);
    const char *s = lines.data, *end;
    double y = p->y + p->h / 2 - LINE * (double)(n ? n - 1 : 0) / 2;
    for (; (end = strchr(s, '\n')); s = end + 1, y += LINE)
        dc_fig_put(
            f,
            &(struct dc_spot){p->x + p->w / 2, y, "center textcolor rgb NOTE"},
            add_text(f, s, (size_t)(end - s), 0));
    dc_fig_cmd(f, "unset tics; unset grid");
    dc_fig_cmd(f, "plot [0:1][0:1] 2 notitle");
    dc_buf_release(&why);
    dc_buf_release(&lines);
}

/* Title, sentences and notes, on a panel of their own over the whole. */
static void put_frame(struct dc_fig *f)
{
    struct dc_buf lines, title;
    dc_buf_init(&lines, SIZE_MAX);
    dc_buf_init(&title, SIZE_MAX);
    dc_fig_panel(f, &(struct dc_panel){.w = DC_FIG_W});
    dc_fig_cmd(f, "set bmargin at screen 0");
    dc_buf_addf(&title, "%s\n", f->title);
    put_lines(
        f, &title,
        &(struct head){TITLE_Y, LINE, "font FONT_TITLE textcolor rgb INK"});
    fold(&f->say, SAY_COLS, &lines);
    put_lines(f, &lines, &(struct head){SAY_Y, LINE, "textcolor rgb INK"});
    put_notes(f);
    if (f->empty)
        put_empty(f);
    dc_fig_cmd(f, "unset border; unset tics; unset grid");
    dc_fig_cmd(f, "plot [0:1][0:1] 2 notitle");
    dc_buf_release(&lines);
    dc_buf_release(&title);
}

static void put_colours(struct dc_buf *out)
{
#define X(name, rgb) dc_buf_addf(out, #name " = '#%06X'\n", (unsigned)(rgb));
    DC_FIG_COLOURS(X)
#undef X
}

void dc_fig_prelude(struct dc_fig *f, struct dc_buf *out)
{
    struct dc_buf panels = f->body;
    dc_buf_init(&f->body, SIZE_MAX);
    put_frame(f);
    if (!f->empty)
        dc_buf_add(&f->body, panels.data, panels.n);
    dc_buf_release(&panels);
    dc_buf_addf(out,
                "set encoding utf8\nX(p) = p / %d.0\nY(p) = 1 - p / %u.0\n",
                DC_FIG_W, f->height);
    put_colours(out);
    dc_buf_addf(out,
                "$T << END_OF_BLOCK\n%sEND_OF_BLOCK\n"
                "T(i) = substr($T[i], 3, strlen($T[i]))\n",
                f->text.data);
    dc_buf_adds(out, f->block.data);
}

void dc_fig_draw(const struct dc_fig *f, struct dc_buf *out)
{
    dc_buf_adds(out, "set multiplot\n");
    dc_buf_adds(out, f->body.data);
    dc_buf_adds(out, "unset multiplot\nset output\n");
}

void dc_fig_words(const struct dc_fig *f, struct dc_buf *out)
{
    dc_buf_addf(out, "%s.\n%s", f->title, f->say.data);
    if (f->empty)
        dc_buf_addf(out, "Nothing to draw: %s\n", f->empty);
    dc_buf_adds(out, f->note.data);
}
