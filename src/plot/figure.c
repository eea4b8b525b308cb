/*
 * figure.c - figure.h: words, blocks and panels, and the one style of all
 * figures.
 */
#include "plot/figure.h"

#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "plot/glyphs.h"

#include <ctype.h>
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

const char *dc_fig_text(struct dc_fig *f, const char *fmt, ...)
{
    enum { TEXT_COLS = 200 };
    struct dc_buf raw, b;
    va_list ap;
    dc_buf_init(&raw, SIZE_MAX);
    dc_buf_init(&b, SIZE_MAX);
    va_start(ap, fmt);
    add_format(&raw, fmt, ap);
    va_end(ap);
    dc_utf8_display(&b, raw.data, raw.n, TEXT_COLS);
    /* marks on letters may take many bytes and no column */
    while (b.n > DC_FIG_TEXT) {
        size_t cut = b.n - 1;
        while (((unsigned char)b.data[cut] & 0xc0) == 0x80)
            cut--;
        dc_buf_cut(&b, cut);
    }
    part_cdata_end(b.data);
    dc_buf_addf(&f->text, "= %s\n", b.data);
    dc_buf_release(&raw);
    dc_buf_release(&b);
    return dc_arena_printf(&f->arena, "T(%zu)", ++f->n_text);
}

const char *dc_fig_short(struct dc_fig *f, size_t max_cols, const char *text)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), max_cols);
    const char *s = dc_arena_strndup(&f->arena, b.data, b.n);
    dc_buf_release(&b);
    return s;
}

const char *dc_fig_count(struct dc_fig *f, uint64_t n)
{
    char digits[DC_GROUPED];
    return dc_arena_strdup(&f->arena, dc_grouped(n, digits));
}

const char *dc_fig_of(struct dc_fig *f, uint64_t k, uint64_t n)
{
    return dc_arena_printf(&f->arena, "%s of %s", dc_fig_count(f, k),
                           dc_fig_count(f, n));
}

static const char *direction_of(const struct dc_measure *m)
{
    return m->direction > 0 ? "larger = surer" : "smaller = surer";
}

const char *dc_fig_measure(struct dc_fig *f, const struct dc_measure_spec *m)
{
    return dc_arena_printf(&f->arena, "%s (%s, %s)", m->spec.text, m->row->unit,
                           direction_of(m->row));
}

void dc_fig_head(struct dc_fig *f, const struct dc_plot_src *src,
                 uint64_t n_prompt, uint64_t n_trace,
                 const struct dc_measure_spec *m)
{
    const struct dc_record *r = src->record;
    f->n_prompt = n_prompt;
    f->n_trace = n_trace;
    dc_fig_say(f, "%.60s, model %.60s: n = %s prompt%s, %s trace%s", src->name,
               dc_summary_config(src->summary, "model.name", "?"),
               dc_fig_count(f, n_prompt), dc_plural(n_prompt),
               dc_fig_count(f, n_trace), dc_plural(n_trace));
    dc_fig_say(f, "Judge %.60s, version %.20s%s%s", r->judge,
               r->judge_version ? r->judge_version : "?",
               m ? "; confidence " : "", m ? dc_fig_measure(f, m) : "");
    if (r->judge_note)
        dc_fig_note(f, "%s", r->judge_note);
}

static bool needs(bool has, const char *why, const struct dc_plot_src *src,
                  struct dc_fig *f)
{
    if (has)
        return true;
    dc_fig_head(f, src, 0, 0, NULL);
    dc_fig_empty(f, "%s", why ? why : "the run has no such figures");
    return false;
}

bool dc_plot_needs_stats(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->stats && src->stats->n_measure > 0, src->why_stats, src,
                 f);
}

bool dc_plot_needs_sweep(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->sweep != NULL, src->why_sweep, src, f);
}

bool dc_plot_needs_stability(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->stability != NULL, src->why_stability, src, f);
}

bool dc_plot_needs_judges(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->judges->n > 1,
                 "one judge has seen this run; deepconf judge --judge NAME "
                 "lets another one judge its traces",
                 src, f);
}

const struct dc_trace_measure *dc_plot_own(const struct dc_plot_src *src)
{
    const struct dc_trace_stats *s = src->stats;
    for (size_t i = 0; i < s->n_measure; i++)
        if (!strcmp(s->measure[i].column->measure.spec.text,
                    src->record->measure))
            return &s->measure[i];
    return &s->measure[0];
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

/* What is at a path [n] of keys parted by points; NULL: nothing. */
static const json_t *value_at(const json_t *o, const char *path, size_t n)
{
    char key[64];
    for (size_t at = 0; at < n && o;) {
        int len = (int)strcspn(path + at, ". ");
        snprintf(key, sizeof key, "%.*s", len, path + at);
        o = json_object_get(o, key);
        at += (size_t)len + 1;
    }
    return o;
}

/* A column [n] of one object; false: there is no number. */
static bool add_column(struct dc_buf *line, const json_t *o, const char *column,
                       size_t n)
{
    static const char *const end[] = {"lo", "hi"};
    const double unit = column[0] == '%' ? 100 : 1;
    if (isdigit((unsigned char)column[0])) {
        dc_buf_addf(line, "%.*s ", (int)n, column);
        return true;
    }
    size_t skip = column[0] == '%';
    const json_t *x = value_at(o, column + skip, n - skip);
    const json_t *value = json_is_object(x) ? json_object_get(x, "value") : x;
    if (!json_is_number(value))
        return false;
    dc_buf_addf(line, "%.9g ", unit * json_number_value(value));
    for (size_t i = 0; i < DC_COUNT(end) && json_is_object(x); i++) {
        const json_t *at = json_object_get(x, end[i]);
        dc_buf_addf(line, "%.9g ",
                    unit * json_number_value(json_is_number(at) ? at : value));
    }
    return true;
}

const char *dc_fig_table(struct dc_fig *f, const json_t *rows,
                         const char *columns)
{
    const char *name = dc_fig_block(f);
    struct dc_buf line;
    dc_buf_init(&line, SIZE_MAX);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        bool whole = true;
        dc_buf_clear(&line);
        for (const char *c = columns; *c && whole;) {
            size_t n = strcspn(c, " ");
            whole = add_column(&line, json_array_get(rows, i), c, n);
            c += n + (c[n] == ' ');
        }
        if (whole)
            dc_fig_row(f, "%s", line.data);
    }
    dc_buf_release(&line);
    dc_fig_row(f, "NaN NaN NaN NaN NaN");
    dc_fig_block_end(f);
    return name;
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
                   dc_fig_text(f, "%s", p->title),
                   p->title_x > 0 ? p->title_x : p->x, p->y - 14);
}

void dc_fig_label(struct dc_fig *f, double x, double y, const char *style,
                  const char *text)
{
    dc_fig_cmd(f, "set label %s at screen X(%g),Y(%g) %s",
               dc_fig_text(f, "%s", text), x, y, style);
}

#define DASHED "nohead dt 2 lc rgb FRAME lw 1.2 back"

void dc_fig_line_at_x(struct dc_fig *f, double x)
{
    dc_fig_cmd(
        f, "set arrow from first %.9g, graph 0 to first %.9g, graph 1 " DASHED,
        x, x);
}

void dc_fig_line_at_y(struct dc_fig *f, double y)
{
    dc_fig_cmd(
        f, "set arrow from graph 0, first %.9g to graph 1, first %.9g " DASHED,
        y, y);
}

/* ---- the whole ---- */

/* How lines of text stand below each other. */
struct lines {
    size_t cols; /* of a line, at most */
    double x, y, step;
    const char *style;
};

/* Sentences, folded; where the line below them would stand. */
static double put_lines(struct dc_fig *f, const char *sentences,
                        const struct lines *how)
{
    const struct dc_wrap fold = {.width = how->cols,
                                 .max_lines = DC_FIG_MAX_LINES};
    struct dc_buf lines;
    double y = how->y;
    dc_buf_init(&lines, SIZE_MAX);
    for (const char *s = sentences, *end; (end = strchr(s, '\n')); s = end + 1)
        dc_wrap(&lines, s, (size_t)(end - s), &fold);
    for (const char *s = lines.data, *end; (end = strchr(s, '\n'));
         s = end + 1, y += how->step)
        dc_fig_label(f, how->x, y, how->style,
                     dc_arena_printf(&f->arena, "%.*s", (int)(end - s), s));
    dc_buf_release(&lines);
    return y;
}

/* Below what is drawn; the end of them is that of the figure. */
static void put_notes(struct dc_fig *f)
{
    double end =
        put_lines(f, f->note.data,
                  &(struct lines){NOTE_COLS, MARGIN, f->bottom + NOTE_GAP, LINE,
                                  "left font FONT_NOTE textcolor rgb NOTE"});
    f->height = (unsigned)(end + MARGIN / 4.0);
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

unsigned dc_fig_whole_tics(unsigned range, int most)
{
    double step = dc_fig_tics(range, most);
    return step > 1 ? (unsigned)step : 1;
}

void dc_fig_panel_says(struct dc_fig *f, const struct dc_panel *p,
                       const char *fmt, ...)
{
    enum { PIXELS = 8 }; /* of a column */
    const size_t cols = (size_t)(p->w / PIXELS);
    struct dc_buf why;
    struct dc_panel bare = *p;
    va_list ap;
    dc_buf_init(&why, SIZE_MAX);
    va_start(ap, fmt);
    add_sentence(&why, fmt, ap);
    va_end(ap);
    bare.xlabel = bare.ylabel = NULL;
    dc_fig_panel(f, &bare);
    put_lines(f, why.data,
              &(struct lines){cols, p->x + p->w / 2,
                              p->y + p->h / 2 -
                                  LINE / 2.0 * (double)(why.n / (cols + 1)),
                              LINE, "center textcolor rgb NOTE"});
    dc_fig_cmd(f, "unset tics; unset grid");
    dc_fig_cmd(f, "plot [0:1][0:1] 2 notitle");
    dc_buf_release(&why);
}

/* Title, sentences and notes, on a panel of their own over the whole. */
static void put_frame(struct dc_fig *f)
{
    dc_fig_panel(f, &(struct dc_panel){.w = DC_FIG_W});
    dc_fig_cmd(f, "set bmargin at screen 0");
    dc_fig_label(f, MARGIN, TITLE_Y, "left font FONT_TITLE textcolor rgb INK",
                 f->title);
    put_lines(f, f->say.data,
              &(struct lines){SAY_COLS, MARGIN, SAY_Y, LINE, DC_FIG_LEFT});
    put_notes(f);
    if (f->empty)
        put_lines(f,
                  dc_arena_printf(&f->arena, "Nothing to draw: %s\n", f->empty),
                  &(struct lines){80, MARGIN, f->bottom / 2, 24,
                                  "left font FONT_WHY textcolor rgb INK"});
    dc_fig_cmd(f, "unset border; unset tics; unset grid");
    dc_fig_cmd(f, "plot [0:1][0:1] 2 notitle");
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
    dc_buf_adds(out, "$P << END_OF_BLOCK\n");
    dc_glyphs_put(f->text.data, out);
    dc_buf_adds(out, "END_OF_BLOCK\n");
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
