/*
 * figure.h - a figure while it is being filled (private to src/plot).
 *
 * A row's draw() says what it shows in words, puts its numbers into f->data and
 * what else is drawn into f->draw. Both become NAME.dat (dat.h), which
 * data/plot/NAME.gp draws: places, colours and the words of axes stand there.
 */
#ifndef DC_PLOT_FIGURE_H
#define DC_PLOT_FIGURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "plot/dat.h"
#include "plot/plot.h"

enum { DC_FIG_MAX_LINES = 8 }; /* of a sentence */

struct dc_fig {
    struct dc_arena arena;
    const char *name;        /* of the files, without ending */
    const char *title;       /* a few words */
    struct dc_buf say, note; /* sentences, under the title and below */
    unsigned long long n_prompt, n_trace;
    const char *empty; /* why nothing is drawn; NULL */
    json_t *data;      /* the figures behind it, an object */
    json_t *draw;      /* what else the drawing needs: not stated in the SVG */
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
bool dc_plot_needs_risky(const struct dc_plot_src *src, struct dc_fig *f);
/* The statistics of the run's own measure. */
const struct dc_trace_measure *dc_plot_own(const struct dc_plot_src *src);

/* A sentence under the title, and one at the foot. */
void dc_fig_say(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);
void dc_fig_note(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);
/* There is nothing to draw, and why. */
void dc_fig_empty(struct dc_fig *f, const char *fmt, ...) DC_PRINTF(2, 3);

/* Lines of at most so many columns into f->draw, under a name: why a panel
 * shows nothing. */
void dc_fig_why(struct dc_fig *f, const char *name, size_t cols,
                const char *fmt, ...) DC_PRINTF(4, 5);

/* What it is drawn from: words, f->data and f->draw. */
void dc_fig_dat(struct dc_fig *f, struct dc_dat *d);

/* A text cut to so many columns, in the arena. */
const char *dc_fig_short(struct dc_fig *f, size_t max_cols, const char *text);
/* "1,234"; in the figure's arena. */
const char *dc_fig_count(struct dc_fig *f, uint64_t n);
/* "54 of 1,362" */
const char *dc_fig_of(struct dc_fig *f, uint64_t k, uint64_t n);
/* "mean_prob (probability, larger = surer)", in the arena. */
const char *dc_fig_measure(struct dc_fig *f, const struct dc_measure_spec *m);

/* Title, sentences and notes as plain text. */
void dc_fig_words(const struct dc_fig *f, struct dc_buf *out);

#endif
