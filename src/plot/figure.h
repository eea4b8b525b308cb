/*
 * figure.h - a figure while it is being filled (private to src/plot).
 *
 * A row's draw() says what it shows in words, puts its numbers into f->data and
 * draws panels of them; figure.c makes one gnuplot script of it. Places are in
 * pixels of the SVG, from the top left.
 *
 * Words and numbers reach gnuplot in two ways only. Numbers are printed into
 * blocks (datablocks) and commands. Every word, ours or from data, is a line of
 * one block that gnuplot reads raw, and commands name it by its number: T(7).
 * No text is ever part of a command, and enhanced-text markup is off, so that
 * quotes, backticks, '@', '$', '{}' and backslashes have no meaning anywhere.
 */
#ifndef DC_PLOT_FIGURE_H
#define DC_PLOT_FIGURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "plot/plot.h"

enum {
    DC_FIG_W = 900,
    DC_FIG_TOP = 100,   /* the first pixel below the head */
    DC_FIG_XLABEL = 45, /* pixels from an axis to the middle of its label */
    DC_FIG_TEXT = 900,  /* bytes of a text, at most */
    DC_FIG_MAX_LINES = 8
};

/*
 * A colour means one thing in every figure and on the page (data/page/page.css,
 * whose tones are fit to be read as text). The five of verdicts and outcomes
 * are Okabe and Ito's (2008), told apart with any colour vision; policies have
 * their own, see series.h. What a colour tells, a point, a dash or a word tells
 * too. In commands INK, ...
 */
#define DC_FIG_COLOURS(X)                                                      \
    X(INK, 0x222222)                                                           \
    X(NOTE, 0x595959)                                                          \
    X(FRAME, 0x666666)                                                         \
    X(GRID, 0xE3E3E3)                                                          \
    X(REFUSAL, 0xD55E00)                                                       \
    X(COMPLIANCE, 0x0072B2)                                                    \
    X(UNDETERMINED, 0x999999)                                                  \
    X(RIGHT, 0x009E73)                                                         \
    X(WRONG, 0xCC79A7)                                                         \
    /* the same, less sure */                                                  \
    X(REFUSAL_PALE, 0xF0A679)                                                  \
    X(COMPLIANCE_PALE, 0x7DB5D8)                                               \
    /* ink is the run's own measure; beside it the best other, and the rest */ \
    X(BEST, 0xE69F00)                                                          \
    X(REST, 0xBDBDBD)                                                          \
    X(COUNT, 0xB9C3CC) /* bars that count, and what agrees */                  \
    X(ALARM, 0xA3002F) /* gaps, and what is worse than chance */
enum {
#define X(name, rgb) DC_##name = rgb,
    DC_FIG_COLOURS(X)
#undef X
};

/* gnuplot's point types, the same in both terminals. */
enum {
    DC_POINT_SQUARE = 5,
    DC_POINT_DISC = 7,
    DC_POINT_UP = 9,
    DC_POINT_DOWN = 11,
    DC_POINT_DIAMOND = 13
};

struct dc_fig {
    struct dc_arena arena;
    struct dc_buf text, block, body; /* of the script */
    size_t n_text, n_block;
    const char *title;
    struct dc_buf say, note; /* sentences, under the title and below */
    double bottom;           /* dc_fig_bottom() */
    unsigned height;         /* pixels, known when the script is made */
    unsigned long long n_prompt, n_trace;
    const char *empty; /* why nothing is drawn; NULL */
    json_t *data;      /* the figures behind it, an object */
};

void dc_fig_init(struct dc_fig *f, const char *title);
void dc_fig_release(struct dc_fig *f);

/* ---- words ---- */

/*
 * The first lines: run, model, n, judge; then the measure with its direction (m
 * may be NULL). The counts are what the figure is about.
 */
void dc_fig_head(struct dc_fig *f, const struct dc_plot_src *src,
                 uint64_t n_prompt, uint64_t n_trace,
                 const struct dc_measure_spec *m);
/* False, and the figure says why, if there are no statistics of traces. */
bool dc_plot_needs_stats(const struct dc_plot_src *src, struct dc_fig *f);
/* The same for the sweep, several judges, and stability. */
bool dc_plot_needs_sweep(const struct dc_plot_src *src, struct dc_fig *f);
bool dc_plot_needs_judges(const struct dc_plot_src *src, struct dc_fig *f);
bool dc_plot_needs_stability(const struct dc_plot_src *src, struct dc_fig *f);
/* The statistics of the run's own measure. */
const struct dc_trace_measure *dc_plot_own(const struct dc_plot_src *src);

/* A sentence under the title, and one at the foot. */
void dc_fig_say(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);
void dc_fig_note(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);
/* There is nothing to draw, and why. */
void dc_fig_empty(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);

/* "T(7)": a text as a command names it; made safe and cut to DC_FIG_TEXT. */
const char *dc_fig_text(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);
/* A text cut to so many columns, in the arena. */
const char *dc_fig_short(struct dc_fig *f, size_t max_cols, const char *text);
/* "1,234"; in the figure's arena. */
const char *dc_fig_count(struct dc_fig *f, uint64_t n);
/* "54 of 1,362" */
const char *dc_fig_of(struct dc_fig *f, uint64_t k, uint64_t n);
/* "mean_prob (probability, larger = surer)", in the arena. */
const char *dc_fig_measure(struct dc_fig *f, const struct dc_measure_spec *m);

/* ---- numbers ---- */

/* Begin a block and get its name ("$D3"); then its lines; then its end. */
const char *dc_fig_block(struct dc_fig *f);
void dc_fig_row(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);
void dc_fig_block_end(struct dc_fig *f);
/*
 * A block of an array of objects, a line each. Columns are keys, parted by
 * blanks: "traces %refused.value" is two, the second times 100, below the key
 * "refused". A key of an object with value, lo and hi stands for those three,
 * without an interval for the value three times; a number stands for itself.
 * Objects that lack one of the numbers are left out.
 */
const char *dc_fig_table(struct dc_fig *f, const json_t *rows,
                         const char *columns);

/* ---- drawing ---- */

/*
 * A command of ours and its line feed; words in it are T(n), and X(p) and Y(p)
 * are pixels as parts of the screen.
 */
void dc_fig_cmd(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);

/* Where a panel's axes are, and what they say; NULL: nothing. */
struct dc_panel {
    double x, y, w, h; /* pixels from the top left */
    const char *title, *xlabel, *ylabel;
    double title_x; /* 0: above the axes */
};
/* Everything of the last panel is forgotten; set ranges and tics after it. */
void dc_fig_panel(struct dc_fig *f, const struct dc_panel *p);
/* The distance of at most `most` tics from 0 to `range`: 1, 2 or 5 times a
 * power of ten; 1 if there is no range. */
double dc_fig_tics(double range, int most);
/* The same between whole numbers: 1 or more. */
unsigned dc_fig_whole_tics(unsigned range, int most);
/* A panel with its title that is empty, and in it why. */
void dc_fig_panel_says(struct dc_fig *f, const struct dc_panel *p,
                       const char *fmt, ...) DC_PRINTF(3, 4);
/* A dashed line across the next panel drawn, at x or y of its axes. */
void dc_fig_line_at_x(struct dc_fig *f, double x);
void dc_fig_line_at_y(struct dc_fig *f, double y);
/* The last pixel of panels and their axes: notes stand below it. */
void dc_fig_bottom(struct dc_fig *f, double y);

/* A text on the next panel drawn, at a pixel, in one of these styles or
 * another of gnuplot's. */
#define DC_FIG_LEFT "left textcolor rgb INK"
#define DC_FIG_RIGHT "right textcolor rgb INK"
#define DC_FIG_CENTER "center textcolor rgb INK"
#define DC_FIG_SMALL "left font FONT_SMALL textcolor rgb INK"
#define DC_FIG_HEADING "left font FONT_PANEL textcolor rgb INK"
void dc_fig_label(struct dc_fig *f, double x, double y, const char *style,
                  const char *text);

/* The whole script but for terminal and output; body as often as called. Texts
 * of a PNG are $P, which the font has all characters of. */
void dc_fig_prelude(struct dc_fig *f, struct dc_buf *out);
void dc_fig_draw(const struct dc_fig *f, struct dc_buf *out);
/* Title, sentences and notes as plain text. */
void dc_fig_words(const struct dc_fig *f, struct dc_buf *out);

#endif
