/*
 * gnuplot.h - run gnuplot on a script, and finish the SVG it writes (private to
 * src/plot).
 */
#ifndef DC_PLOT_GNUPLOT_H
#define DC_PLOT_GNUPLOT_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdatomic.h>

#define DC_GNUPLOT_INSTALL                                                     \
    "install it (Debian: apt-get install gnuplot-nox fonts-dejavu-core)"

/* In a script: where its pictures go. */
#define DC_GNUPLOT_SVG "/dev/fd/3"
#define DC_GNUPLOT_PNG "/dev/fd/4"

/* What a script wrote; each may stay empty. */
struct dc_gnuplot_out {
    struct dc_buf svg, png, said;
};
void dc_gnuplot_out_init(struct dc_gnuplot_out *o);
void dc_gnuplot_out_release(struct dc_gnuplot_out *o);

/*
 * Run `gnuplot -d -` with the script as its input. No start file of the user's
 * or the system's is read, and no path is part of the script. DC_IO: not
 * installed, or it failed: its first words. stop: NULL, or ends gnuplot when it
 * is set, with DC_INTERRUPTED.
 */
enum dc_status dc_gnuplot_run(const struct dc_buf *script,
                              struct dc_gnuplot_out *out,
                              const atomic_int *stop, struct dc_err *err);

/* What an SVG says of itself. */
struct dc_svg_words {
    const char *title, *desc; /* text */
    const char *json;         /* text */
};
/*
 * Append the SVG of gnuplot with title, description and figures in place of
 * gnuplot's own, and fonts that other machines have behind ours. DC_IO if it is
 * not such an SVG.
 */
enum dc_status dc_svg_finish(const struct dc_buf *svg,
                             const struct dc_svg_words *w, struct dc_buf *out,
                             struct dc_err *err);

#endif
