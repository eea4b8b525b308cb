/*
 * out_page.c - report.html, with the run's figures in it: those whose SVG the
 * parts before this one have put under plots/.
 */
#include "base/mem.h"
#include "page/page.h"
#include "plot/plot.h"
#include "report/findings.h"
#include "report/output.h"

#include <stdlib.h>
#include <string.h>

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

static enum dc_status write_page(const struct dc_facts *f, struct dc_out_dir *o,
                                 struct dc_err *err)
{
    static const char name[] = "report.html";
    struct figures figures = {.n = 0};
    struct dc_page_cfg cfg = dc_page_cfg_default();
    FILE *out = NULL;
    cfg.file = f->name;
    cfg.judge = f->pick.label;
    cfg.max_token_bytes = (size_t)f->page_mb << 20;
    cfg.max_top_bytes = cfg.max_token_bytes / 2;
    cfg.summary = &f->summary;
    cfg.by = f->by;
    cfg.n_by = f->n_by;
    cfg.stability = f->has_stability ? &f->stability : NULL;
    cfg.confidence = dc_findings_confidence(f);
    cfg.sweep = f->has_sweep ? &f->sweep : NULL;
    cfg.why_sweep = f->why_sweep;
    enum dc_status st = read_figures(o, &figures, err);
    cfg.figure = figures.figure;
    cfg.n_figure = figures.n;
    if (!st)
        st = dc_out_open(o, name, &out, err);
    if (!st) {
        struct dc_err late = {.msg = ""};
        st = dc_page_write(&cfg, f->run, out, err);
        enum dc_status end = dc_out_close(o, name, out, st ? &late : err);
        st = st ? st : end;
    }
    for (size_t i = 0; i < figures.n; i++)
        free((char *)figures.figure[i].svg);
    free(figures.figure);
    return st;
}

const struct dc_output dc_output_page = {
    .files = "report.html",
    .what = "summary, plots, policies and every trace, for a browser; one file "
            "without a network",
    .write = write_page,
};
