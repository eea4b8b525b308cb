/*
 * out_plots.c - plots/NAME.svg and NAME.png, with NAME.gp and NAME.dat that
 * draw them, for every row of plots.def but those of several judges where there
 * is one: they would say that alone.
 */
#include "base/mem.h"
#include "plot/plot.h"
#include "report/output.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool plot_is_wanted(const struct dc_plot_row *row,
                           const struct dc_judges *judges)
{
    return judges->n > 1 || (strcmp(row->name, "rates_by_judge") != 0 &&
                             strcmp(row->name, "judge_agreement") != 0);
}

/* What was written into the folder is of this set. */
static enum dc_status add_plot(struct dc_out_dir *o, const char *plot,
                               const char *ending, struct dc_err *err)
{
    char name[128];
    snprintf(name, sizeof name, "plots/%s.%s", plot, ending);
    return dc_out_add(o, name, err);
}

/* The drawing, by a thread of its own, since most of it is waiting for gnuplot,
 * which has a core meanwhile. */
struct plots {
    struct dc_plot_src src;
    const struct dc_facts *facts;
    const char *dir;
    char version[DC_PLOT_VERSION];
    pthread_t thread;
    bool started;
    atomic_bool enough; /* nobody waits for them any more */
    enum dc_status st;
    struct dc_err err;
};

static void *draw_plots(void *arg)
{
    struct plots *x = arg;
    size_t n;
    const struct dc_plot_row *const *row = dc_plots(&n);
    x->st = dc_plot_version(x->version, x->src.stop, &x->err);
    if (x->st)
        dc_err_prefix(&x->err, x->st, "plots (--no-plots leaves them out)");
    for (size_t i = 0; i < n && !x->st && !atomic_load(&x->enough); i++)
        if (plot_is_wanted(row[i], x->src.judges))
            x->st =
                dc_plot_write(row[i], &x->src, x->dir,
                              dc_output_name(x->facts, row[i]->name), &x->err);
    if (!x->st)
        x->st = dc_plot_write_style(x->dir, &x->err);
    return NULL;
}

static void *begin_plots(const struct dc_facts *f, struct dc_out_dir *o)
{
    if (!f->plots)
        return NULL;
    struct plots *x = dc_xcalloc(1, sizeof *x);
    x->facts = f;
    x->src = (struct dc_plot_src){
        .name = f->name,
        .summary = &f->summary,
        .record = &f->record,
        .stats = f->has_stats ? &f->stats : NULL,
        .sweep = f->has_sweep ? &f->sweep : NULL,
        .judges = f->judges,
        .by = f->by,
        .n_by = f->n_by,
        .stability = f->has_stability ? &f->stability : NULL,
        .risky = f->has_risky ? &f->risky : NULL,
        .why_stability = f->why_stability,
        .why_stats = f->why_stats,
        .why_sweep = f->why_sweep,
        .stop = o->stop,
    };
    x->st = dc_out_path(o, "plots/x", &x->dir, &x->err);
    if (x->st)
        return x;
    x->dir = dc_arena_strndup(&o->arena, x->dir,
                              (size_t)(strrchr(x->dir, '/') - x->dir));
    x->started = f->n_threads > 1 &&
                 pthread_create(&x->thread, NULL, draw_plots, x) == 0;
    if (!x->started)
        draw_plots(x);
    return x;
}

static void drop_plots(void *begun)
{
    struct plots *x = begun;
    if (x && x->started) {
        atomic_store(&x->enough, true);
        pthread_join(x->thread, NULL);
    }
    free(x);
}

static enum dc_status end_plots(void *begun, const struct dc_facts *f,
                                struct dc_out_dir *o, struct dc_err *err)
{
    static const char *const ending[] = {"svg", "png", "gp", "dat"};
    struct plots *x = begun;
    size_t n;
    const struct dc_plot_row *const *row = dc_plots(&n);
    if (!x)
        return DC_OK;
    if (x->started)
        pthread_join(x->thread, NULL);
    x->started = false;
    enum dc_status st = x->st ? dc_fail(err, x->st, "%s", x->err.msg) : DC_OK;
    o->gnuplot = st ? NULL : dc_arena_strdup(&o->arena, x->version);
    for (size_t i = 0; i < DC_COUNT(ending) * n && !st; i++) {
        const struct dc_plot_row *r = row[i / DC_COUNT(ending)];
        if (plot_is_wanted(r, f->judges))
            st = add_plot(o, dc_output_name(f, r->name),
                          ending[i % DC_COUNT(ending)], err);
    }
    if (!st)
        st = add_plot(o, "style", "gp", err);
    drop_plots(x);
    return st;
}

const struct dc_output dc_output_plots = {
    .files = "plots/*.svg, plots/*.png, plots/*.gp, plots/*.dat",
    .what = "figures with their counts and intervals, and the gnuplot scripts "
            "and data that draw them",
    .begin = begin_plots,
    .end = end_plots,
    .drop = drop_plots,
};
