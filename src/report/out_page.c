/*
 * out_page.c - report.html, with the run's figures in it: those whose SVG the
 * parts before this one have put under plots/.
 */
#include "base/mem.h"
#include "page/page.h"
#include "plot/plot.h"
#include "report/findings.h"
#include "report/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct figures {
    struct dc_page_figure *figure; /* [n] */
    size_t n;
};

static enum dc_status read_svg(struct dc_out_dir *o, const char *name,
                               struct dc_page_figure *out, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    enum dc_status st = dc_out_read(o, name, &b, err);
    out->n_svg = b.n;
    out->svg = dc_buf_detach(&b);
    return st;
}

/* The text of the first <tag> of an SVG, entities resolved; else `otherwise`.
 */
static const char *element(struct dc_out_dir *o, const struct dc_page_figure *f,
                           const char *tag, const char *otherwise)
{
    static const char *const entity[][2] = {{"&lt;", "<"},    {"&gt;", ">"},
                                            {"&quot;", "\""}, {"&apos;", "'"},
                                            {"&#39;", "'"},   {"&amp;", "&"}};
    const char *open = dc_arena_printf(&o->arena, "<%s>", tag);
    const char *close = dc_arena_printf(&o->arena, "</%s>", tag);
    const char *from = strstr(f->svg, open);
    const char *to = from ? strstr(from, close) : NULL;
    struct dc_buf b;
    if (!to)
        return otherwise;
    dc_buf_init(&b, SIZE_MAX);
    for (const char *p = from + strlen(open); p < to;) {
        size_t e = 0;
        while (e < DC_COUNT(entity) &&
               strncmp(p, entity[e][0], strlen(entity[e][0])) != 0)
            e++;
        if (e == DC_COUNT(entity)) {
            dc_buf_addc(&b, *p++);
            continue;
        }
        dc_buf_adds(&b, entity[e][1]);
        p += strlen(entity[e][0]);
    }
    const char *text = dc_arena_strdup(&o->arena, b.data);
    dc_buf_release(&b);
    return text;
}

static enum dc_status read_figures(struct dc_out_dir *o, struct figures *out,
                                   struct dc_err *err)
{
    enum dc_status st = DC_OK;
    out->figure = dc_xcalloc(o->n + 1, sizeof *out->figure);
    for (size_t i = 0; i < o->n && !st; i++) {
        const char *name = dc_out_plot(o, &o->file[i], ".svg");
        if (!name)
            continue;
        struct dc_page_figure *f = &out->figure[out->n];
        f->name = name;
        st = read_svg(o, o->file[i].path + strlen(o->sub), f, err);
        out->n += f->svg != NULL;
        if (st)
            break;
        const struct dc_plot_row *row = dc_plot_find(dc_output_asked(name));
        f->title = element(o, f, "title", name);
        f->about = row ? row->about : f->title;
        f->alt = element(o, f, "desc", f->title);
    }
    return st;
}

#define PAGE "report.html"

/* While the figures are drawn, what stands behind them is put into a file that
 * nobody else sees. */
struct page {
    struct dc_page_cfg cfg;
    FILE *body;              /* NULL: not begun */
    struct dc_page *written; /* into it */
    enum dc_status st;
    struct dc_err err;
};

static void fill_cfg(const struct dc_facts *f, struct dc_page_cfg *cfg)
{
    *cfg = dc_page_cfg_default();
    cfg->file = f->name;
    cfg->judge = f->pick.label;
    cfg->max_token_bytes = (size_t)f->page_mb << 20;
    cfg->max_top_bytes = cfg->max_token_bytes / 2;
    cfg->summary = &f->summary;
    cfg->by = f->by;
    cfg->n_by = f->n_by;
    cfg->stability = f->has_stability ? &f->stability : NULL;
    cfg->budgets = f->has_budgets ? &f->budgets : NULL;
    cfg->risky = f->risky_says;
    cfg->sweep = f->has_sweep ? &f->sweep : NULL;
    cfg->why_sweep = f->why_sweep;
}

static void *begin_page(const struct dc_facts *f, struct dc_out_dir *o)
{
    static const char name[] = PAGE ".body";
    const char *path = NULL;
    struct page *x = dc_xcalloc(1, sizeof *x);
    fill_cfg(f, &x->cfg);
    if (!f->plots || f->n_threads < 2)
        return x;
    x->st = dc_out_path(o, name, &path, &x->err);
    if (!x->st && (!(x->body = fopen(path, "w+b")) || unlink(path)))
        x->st = dc_fail(&x->err, DC_IO, "%s: can't be written: %s",
                        dc_out_place(o, name), strerror(errno));
    if (!x->st)
        x->st = dc_page_begin(&x->cfg, f->run, x->body, &x->written, &x->err);
    return x;
}

static void drop_page(void *begun)
{
    struct page *x = begun;
    dc_page_free(x->written);
    if (x->body)
        fclose(x->body);
    for (size_t i = 0; i < x->cfg.n_figure; i++)
        free((char *)x->cfg.figure[i].svg);
    free((void *)x->cfg.figure);
    free(x);
}

static enum dc_status write_page(struct page *x, const struct dc_facts *f,
                                 struct dc_out_dir *o, struct dc_err *err)
{
    struct figures figures = {.n = 0};
    struct dc_err late = {.msg = ""};
    FILE *out = NULL;
    enum dc_status st = read_figures(o, &figures, err);
    x->cfg.figure = figures.figure;
    x->cfg.n_figure = figures.n;
    if (!st)
        st = dc_out_open(o, PAGE, &out, err);
    if (st)
        return st;
    st = x->written ? dc_page_end(x->written, out, err)
                    : dc_page_write(&x->cfg, f->run, out, err);
    enum dc_status end = dc_out_close(o, PAGE, out, st ? &late : err);
    return st ? st : end;
}

static enum dc_status end_page(void *begun, const struct dc_facts *f,
                               struct dc_out_dir *o, struct dc_err *err)
{
    struct page *x = begun;
    enum dc_status st = x->st ? dc_fail(err, x->st, "%s", x->err.msg)
                              : write_page(x, f, o, err);
    drop_page(x);
    return st;
}

const struct dc_output dc_output_page = {
    .files = PAGE,
    .what = "summary, plots, policies and every trace, for a browser; one file "
            "without a network",
    .begin = begin_page,
    .end = end_page,
    .drop = drop_page,
};
