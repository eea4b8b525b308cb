/*
 * plot.c - the table of figures, and a figure's way into its files.
 *
 * gnuplot draws one script twice, for the SVG and for the PNG at twice its
 * pixels.
 */
#include "plot/plot.h"

#include "base/mem.h"
#include "plot/figure.h"
#include "plot/gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define X(name) extern const struct dc_plot_row dc_plot_##name;
#include "plot/plots.def"
#undef X

static const struct dc_plot_row *const rows[] = {
#define X(name) &dc_plot_##name,
#include "plot/plots.def"
#undef X
};

const struct dc_plot_row *const *dc_plots(size_t *n)
{
    *n = DC_COUNT(rows);
    return rows;
}

const struct dc_plot_row *dc_plot_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (!strcmp(rows[i]->name, name))
            return rows[i];
    return NULL;
}

/* ---- the script ---- */

static void put_fonts(struct dc_buf *out, const char *family, double scale)
{
    static const struct {
        const char *name, *face;
        double size;
    } font[] = {{"FONT_TITLE", ":Bold", 18}, {"FONT_PANEL", ":Bold", 14.5},
                {"FONT_WHY", "", 16},        {"FONT_NOTE", "", 13},
                {"FONT_BIG", ":Bold", 24},   {"FONT_SMALL", "", 13}};
    for (size_t i = 0; i < DC_COUNT(font); i++)
        dc_buf_addf(out, "%s = '%s%s,%g'\n", font[i].name, family, font[i].face,
                    scale * font[i].size);
}

/* Sizes are those of the SVG; a PNG has two pixels for each of its. */
static void make_script(struct dc_fig *f, struct dc_buf *out)
{
    dc_fig_prelude(f, out);
    put_fonts(out, "DejaVu Sans", 1);
    dc_buf_addf(out,
                "set terminal svg noenhanced size %u,%u background "
                "rgb 'white' font 'DejaVu Sans,14.5'\n"
                "set output '" DC_GNUPLOT_SVG "'\n",
                (unsigned)DC_FIG_W, f->height);
    dc_fig_draw(f, out);
    dc_buf_addf(out,
                "set terminal pngcairo noenhanced size %u,%u background "
                "rgb 'white' fontscale 1.5 linewidth 2 pointscale 2 font "
                "'DejaVu Sans,14.5'\nset output '" DC_GNUPLOT_PNG "'\n",
                2u * DC_FIG_W, 2 * f->height);
    dc_buf_adds(out, "T(i) = substr($P[i], 3, strlen($P[i]))\n");
    dc_fig_draw(f, out);
}

/* ---- the files ---- */

/* Into a folder that is temporary itself: see out_dir.h. */
static enum dc_status write_file(const char *dir, const char *name,
                                 const char *ending, const struct dc_buf *b,
                                 struct dc_err *err)
{
    struct dc_buf path;
    dc_buf_init(&path, SIZE_MAX);
    dc_buf_addf(&path, "%s/%s%s", dir, name, ending);
    FILE *out = fopen(path.data, "wb");
    bool ok = out && fwrite(b->data, 1, b->n, out) == b->n;
    if (out && fclose(out))
        ok = false;
    enum dc_status st = DC_OK;
    if (!ok)
        st = dc_fail(err, DC_IO, "%s: can't be written: %s", path.data,
                     strerror(errno));
    if (!ok && out)
        unlink(path.data);
    dc_buf_release(&path);
    return st;
}

/* One object, keys in the order they were put. */
static void put_json(const struct dc_plot_row *row, const struct dc_fig *f,
                     struct dc_buf *out)
{
    json_t *o = json_object();
    dc_json_put(o, "plot", json_string(row->name));
    dc_json_put(o, "title", json_string(row->title));
    dc_json_put(o, "n_prompt", json_integer((json_int_t)f->n_prompt));
    dc_json_put(o, "n_trace", json_integer((json_int_t)f->n_trace));
    dc_json_put(o, "empty", dc_json_text(f->empty));
    dc_json_put(o, "data", json_incref(f->data));
    dc_json_print(o, out);
}

static enum dc_status finish_svg(const struct dc_plot_row *row,
                                 const struct dc_fig *f,
                                 const struct dc_buf *svg, struct dc_buf *out,
                                 struct dc_err *err)
{
    struct dc_buf words, json;
    dc_buf_init(&words, SIZE_MAX);
    dc_buf_init(&json, SIZE_MAX);
    dc_fig_words(f, &words);
    put_json(row, f, &json);
    const struct dc_svg_words w = {row->title, words.data, json.data};
    enum dc_status st = dc_svg_finish(svg, &w, out, err);
    dc_buf_release(&words);
    dc_buf_release(&json);
    return st;
}

static enum dc_status render(const struct dc_plot_row *row, struct dc_fig *f,
                             const atomic_int *stop, const char *dir,
                             struct dc_err *err)
{
    struct dc_buf script, svg;
    struct dc_gnuplot_out drawn;
    dc_buf_init(&script, SIZE_MAX);
    dc_buf_init(&svg, SIZE_MAX);
    dc_gnuplot_out_init(&drawn);
    make_script(f, &script);
    enum dc_status st = dc_gnuplot_run(&script, &drawn, stop, err);
    if (!st && drawn.png.n == 0)
        st = dc_fail(err, DC_IO,
                     "gnuplot drew no PNG: it lacks the terminal "
                     "pngcairo; " DC_GNUPLOT_INSTALL);
    if (!st)
        st = finish_svg(row, f, &drawn.svg, &svg, err);
    if (!st)
        st = write_file(dir, row->name, ".svg", &svg, err);
    if (!st)
        st = write_file(dir, row->name, ".png", &drawn.png, err);
    dc_gnuplot_out_release(&drawn);
    dc_buf_release(&script);
    dc_buf_release(&svg);
    return st;
}

enum dc_status dc_plot_write(const struct dc_plot_row *row,
                             const struct dc_plot_src *src, const char *dir,
                             struct dc_err *err)
{
    struct dc_fig f;
    dc_fig_init(&f, row->title);
    row->draw(src, &f);
    enum dc_status st = render(row, &f, src->stop, dir, err);
    dc_fig_release(&f);
    return dc_err_prefix(err, st, "plot %s", row->name);
}

enum dc_status dc_plot_version(char out[DC_PLOT_VERSION],
                               const atomic_int *stop, struct dc_err *err)
{
    struct dc_buf script;
    struct dc_gnuplot_out drawn;
    dc_buf_init(&script, SIZE_MAX);
    dc_gnuplot_out_init(&drawn);
    dc_buf_adds(&script, "set print '-'\nprint sprintf('gnuplot %.1f "
                         "patchlevel %s', GPVAL_VERSION, GPVAL_PATCHLEVEL)\n");
    enum dc_status st = dc_gnuplot_run(&script, &drawn, stop, err);
    if (!st) {
        drawn.said.data[strcspn(drawn.said.data, "\n")] = '\0';
        snprintf(out, DC_PLOT_VERSION, "%s", drawn.said.data);
    }
    dc_buf_release(&script);
    dc_gnuplot_out_release(&drawn);
    return st;
}
