/*
 * out_plots.c - plots/NAME.svg and plots/NAME.png, every row of plots.def.
 */
#include "plot/plot.h"
#include "report/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A picture of the folder under the name that it has in this set. */
static enum dc_status add_plot(const struct dc_facts *f, struct dc_out_dir *o,
                               const char *plot, const char *ending,
                               struct dc_err *err)
{
    char name[128];
    const char *from = NULL, *to = NULL;
    snprintf(name, sizeof name, "plots/%s.%s", plot, ending);
    enum dc_status st = dc_out_path(o, name, &from, err);
    snprintf(name, sizeof name, "plots/%s.%s", dc_output_name(f, plot), ending);
    if (!st)
        st = dc_out_path(o, name, &to, err);
    if (!st && strcmp(from, to) != 0 && rename(from, to) != 0)
        return dc_fail(err, DC_IO, "%.400s: can't be renamed: %s", from,
                       strerror(errno));
    return st ? st : dc_out_add(o, name, err);
}

static enum dc_status write_plot(const struct dc_facts *f,
                                 const struct dc_plot_row *row,
                                 const struct dc_plot_src *src,
                                 struct dc_out_dir *o, struct dc_err *err)
{
    const char *path = NULL;
    enum dc_status st = dc_out_path(o, "plots/x", &path, err);
    if (st)
        return st;
    const char *dir =
        dc_arena_strndup(&o->arena, path, (size_t)(strrchr(path, '/') - path));
    st = dc_plot_write(row, src, dir, err);
    if (!st)
        st = add_plot(f, o, row->name, "svg", err);
    return st ? st : add_plot(f, o, row->name, "png", err);
}

static enum dc_status write_plots(const struct dc_facts *f,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    const struct dc_plot_src src = {
        .name = f->name,
        .summary = &f->summary,
        .record = &f->record,
        .stats = f->has_stats ? &f->stats : NULL,
        .sweep = f->has_sweep ? &f->sweep : NULL,
        .judges = f->judges,
        .by = f->by,
        .n_by = f->n_by,
        .stability = f->has_stability ? &f->stability : NULL,
        .why_stability = f->why_stability,
        .why_stats = f->why_stats,
        .why_sweep = f->why_sweep,
        .stop = o->stop,
    };
    char version[DC_PLOT_VERSION];
    size_t n;
    const struct dc_plot_row *const *row = dc_plots(&n);
    if (!f->plots)
        return DC_OK;
    enum dc_status st = dc_plot_version(version, o->stop, err);
    if (st)
        return dc_err_prefix(err, st, "plots (--no-plots leaves them out)");
    o->gnuplot = dc_arena_strdup(&o->arena, version);
    for (size_t i = 0; i < n && !st; i++)
        st = write_plot(f, row[i], &src, o, err);
    return st;
}

const struct dc_output dc_output_plots = {
    .files = "plots/*.svg, plots/*.png",
    .what = "figures with their counts and intervals",
    .write = write_plots,
};
