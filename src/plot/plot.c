/*
 * plot.c - the table of figures, and a figure's way into its files.
 *
 * gnuplot draws one script twice, for the SVG and for the PNG at twice its
 * pixels.
 */
#include "plot/plot.h"

#include "base/mem.h"
#include "plot/figure.h"
#include "plot/glyphs.h"
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

extern const char dc_plot_empty_gp[];

/* In the arena. */
static const char *drawing_of(const struct dc_plot_row *row, struct dc_fig *f)
{
    if (f->empty)
        return dc_plot_empty_gp;
    return dc_arena_printf(&f->arena, "%s%s", row->gp,
                           row->gp_more ? row->gp_more : "");
}

/* The drawing twice; the PNG's words are those that its font has. */
static void put_script(const struct dc_dat *d, const char *gp,
                       struct dc_buf *out)
{
    struct dc_buf known;
    dc_buf_init(&known, SIZE_MAX);
    dc_glyphs_put(d->text.data, &known);
    dc_dat_write(d, out);
    dc_buf_adds(out, dc_plot_style_gp);
    dc_buf_adds(out, "png = 0; OUT = '" DC_GNUPLOT_SVG "'\n");
    dc_buf_adds(out, gp);
    dc_dat_write_text(&known, out);
    dc_buf_adds(out, "png = 1; OUT = '" DC_GNUPLOT_PNG "'\n");
    dc_buf_adds(out, gp);
    dc_buf_release(&known);
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

enum dc_status dc_plot_write_style(const char *dir, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, dc_plot_style_gp);
    enum dc_status st = write_file(dir, "style", ".gp", &b, err);
    dc_buf_release(&b);
    return st;
}

/* NAME.dat, and NAME.gp, which a reader may run beside it. */
static enum dc_status write_drawing(const struct dc_dat *d, const char *gp,
                                    const char *dir, const char *name,
                                    struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_dat_write(d, &b);
    enum dc_status st = write_file(dir, name, ".dat", &b, err);
    dc_buf_clear(&b);
    dc_buf_addf(&b,
                "# `gnuplot %s.gp` in this folder draws %s-new.svg, and\n"
                "# `gnuplot -e 'png = 1' %s.gp` %s-new.png.\n"
                "if (!exists('png')) { png = 0 }\n"
                "OUT = png ? '%s-new.png' : '%s-new.svg'\n"
                "load '%s.dat'\nload 'style.gp'\n\n%s",
                name, name, name, name, name, name, name, gp);
    if (!st)
        st = write_file(dir, name, ".gp", &b, err);
    dc_buf_release(&b);
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

/* The files of a figure, when it is drawn. */
static enum dc_status write_all(const struct dc_plot_row *row, struct dc_fig *f,
                                const struct dc_dat *d,
                                const struct dc_gnuplot_out *drawn,
                                const char *dir, struct dc_err *err)
{
    struct dc_buf svg;
    dc_buf_init(&svg, SIZE_MAX);
    enum dc_status st = finish_svg(row, f, &drawn->svg, &svg, err);
    if (!st)
        st = write_file(dir, f->name, ".svg", &svg, err);
    if (!st)
        st = write_file(dir, f->name, ".png", &drawn->png, err);
    if (!st)
        st = write_drawing(d, drawing_of(row, f), dir, f->name, err);
    dc_buf_release(&svg);
    return st;
}

static enum dc_status render(const struct dc_plot_row *row, struct dc_fig *f,
                             const atomic_int *stop, const char *dir,
                             struct dc_err *err)
{
    struct dc_buf script;
    struct dc_gnuplot_out drawn;
    struct dc_dat d;
    dc_buf_init(&script, SIZE_MAX);
    dc_gnuplot_out_init(&drawn);
    dc_dat_init(&d);
    dc_fig_dat(f, &d);
    put_script(&d, drawing_of(row, f), &script);
    enum dc_status st = dc_gnuplot_run(&script, &drawn, stop, err);
    if (!st && drawn.png.n == 0)
        st = dc_fail(err, DC_IO,
                     "gnuplot drew no PNG: it lacks the terminal "
                     "pngcairo; " DC_GNUPLOT_INSTALL);
    if (!st)
        st = write_all(row, f, &d, &drawn, dir, err);
    dc_gnuplot_out_release(&drawn);
    dc_buf_release(&script);
    dc_dat_release(&d);
    return st;
}

enum dc_status dc_plot_write(const struct dc_plot_row *row,
                             const struct dc_plot_src *src, const char *dir,
                             const char *name, struct dc_err *err)
{
    struct dc_fig f;
    dc_fig_init(&f, row->title);
    f.name = name;
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
