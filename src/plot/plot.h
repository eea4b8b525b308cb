/*
 * plot.h - figures of a run: NAME.svg and NAME.png, drawn by gnuplot from
 * NAME.dat by NAME.gp, which is data/plot/NAME.gp.
 *
 * A figure computes nothing a second way: it takes what summary, trace
 * statistics, sweep and judges found, and counts of traces by place. Every one
 * says its n, the judge, and what a measure's larger values mean. A figure that
 * the run has no data for is made all the same and says in words why it is
 * empty. The same run gives the same bytes, for one release of gnuplot and one
 * set of fonts.
 *
 * The figures behind a picture stand in the SVG too: <desc> says it in words,
 * and <metadata id="deepconf"> holds one JSON object {"plot": NAME, "title",
 * "n_prompt", "n_trace", "empty": why or null, "data": {...}}, rates as
 * fractions, a rate with its counts and interval.
 */
#ifndef DC_PLOT_PLOT_H
#define DC_PLOT_PLOT_H

#include "replay/by_field.h"
#include "replay/judges.h"
#include "replay/risky.h"
#include "replay/sweep.h"
#include "replay/trace_stability.h"
#include "results/summary.h"

#include <deepconf/status.h>
#include <stdatomic.h>
#include <stddef.h>

/* What is drawn; all of one run and one judge, borrowed. */
struct dc_plot_src {
    const char *name;                 /* what the report calls the run */
    const struct dc_summary *summary; /* required */
    const struct dc_record *record;   /* required; columns are not looked at */
    const struct dc_trace_stats *stats; /* NULL: none; why_stats says why */
    const struct dc_sweep *sweep;       /* NULL: none; why_sweep says why */
    const struct dc_judges *judges;     /* required, with pairs */
    const struct dc_by_field *by;       /* [n_by] fields of the data */
    size_t n_by;
    const struct dc_stability *stability; /* NULL: none; why_stability */
    const struct dc_risky *risky;         /* NULL: none; why_stability */
    const char *why_stats, *why_sweep;    /* NULL with what is there */
    const char *why_stability;
    const atomic_int *stop; /* as that of dc_gnuplot_run() */
};

struct dc_fig; /* figure.h */

struct dc_plot_row {
    const char *name;  /* of the files, without ending */
    const char *title; /* a few words */
    const char *about; /* how to read it: a sentence or two, plain text */
    /* required: fill the figure, or say in it why there is none */
    void (*draw)(const struct dc_plot_src *src, struct dc_fig *fig);
    const char *gp; /* data/plot/NAME.gp */
    const char
        *gp_more; /* what follows it, of several figures; NULL: nothing */
};

#define X(name) extern const char dc_plot_##name##_gp[];
#include "plot/plots.def"
#undef X

extern const char dc_plot_groups_gp[], dc_plot_style_gp[];

/* All rows in the order of plots.def. */
const struct dc_plot_row *const *dc_plots(size_t *n);
/* NULL if there is none. */
const struct dc_plot_row *dc_plot_find(const char *name);

/*
 * Write DIR/NAME.svg and DIR/NAME.png, and what they are drawn by and from,
 * NAME.gp and NAME.dat; DIR is there. DC_IO: gnuplot is not installed (says
 * what to install) or failed (its words), or a file can't be written.
 */
enum dc_status dc_plot_write(const struct dc_plot_row *row,
                             const struct dc_plot_src *src, const char *dir,
                             const char *name, struct dc_err *err);
/* DIR/style.gp, which each NAME.gp loads. */
enum dc_status dc_plot_write_style(const char *dir, struct dc_err *err);

enum { DC_PLOT_VERSION = 64 };
/*
 * "gnuplot 5.4 patchlevel 4", of the program that dc_plot_write() would use.
 * DC_IO if it is not installed.
 */
enum dc_status dc_plot_version(char out[DC_PLOT_VERSION],
                               const atomic_int *stop, struct dc_err *err);

#endif
