/*
 * page_tool.c - page_tool RUN.db OUT.html [MAX_TOKEN_BYTES [FIGURE.svg ...]]:
 * the page alone, as the tests of the page want it, with the usual policies.
 */
#include "base/mem.h"
#include "page/page.h"
#include "replay/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIGURE = 16, MAX_SVG = 1 << 22 };

static enum dc_status read_figures(char **path, size_t n,
                                   struct dc_page_figure *out,
                                   struct dc_err *err)
{
    for (size_t i = 0; i < n; i++) {
        FILE *f = fopen(path[i], "rb");
        if (!f)
            return dc_fail(err, DC_IO, "%s: can't be read", path[i]);
        char *svg = dc_xmalloc(MAX_SVG);
        size_t len = fread(svg, 1, MAX_SVG, f);
        fclose(f);
        out[i] = (struct dc_page_figure){.name = "figure",
                                         .title = path[i],
                                         .alt = path[i],
                                         .svg = svg,
                                         .n_svg = len};
    }
    return DC_OK;
}

static enum dc_status replay_all(struct dc_store *s, struct dc_record *r,
                                 struct dc_setting **set, struct dc_sweep *out,
                                 struct dc_err *err)
{
    const struct dc_sweep_defaults d = {
        .measure = "mean_prob", .min_traces = 3, .max_tokens = 1};
    const struct dc_sweep_cfg how = {.n_threads = 1, .level = 0.95};
    struct dc_record_cfg want = {.n_column = 0};
    size_t n = 0;
    enum dc_status st = dc_sweep_default(&d, set, &n, err);
    for (size_t i = 0; i < n && !st; i++)
        st = dc_setting_want(&(*set)[i], &want, err);
    if (!st)
        st = dc_record_read(s, &want, r, err);
    if (!st)
        st = dc_sweep_run(r, *set, n, &how, out, err);
    return st;
}

static enum dc_status write_page(struct dc_store *s, struct dc_page_cfg *c,
                                 FILE *f, struct dc_err *err)
{
    struct dc_summary sum;
    struct dc_record r = {.n_prompt = 0};
    struct dc_sweep sweep = {.n_row = 0};
    struct dc_setting *set = NULL;
    enum dc_status st = dc_summary_read(s, NULL, &sum, err);
    if (st)
        return st;
    c->summary = &sum;
    c->sweep = &sweep;
    st = replay_all(s, &r, &set, &sweep, err);
    if (!st)
        st = dc_page_write(c, s, f, err);
    dc_sweep_release(&sweep);
    dc_record_release(&r);
    dc_summary_release(&sum);
    free(set);
    return st;
}

int main(int argc, char **argv)
{
    struct dc_page_figure figure[MAX_FIGURE];
    struct dc_page_cfg c = dc_page_cfg_default();
    struct dc_store *s = NULL;
    struct dc_err err = {.msg = ""};
    if (argc < 3 || argc > 4 + MAX_FIGURE)
        return 2;
    const char *base = strrchr(argv[1], '/');
    c.file = base ? base + 1 : argv[1];
    if (argc > 3)
        c.max_token_bytes = strtoull(argv[3], NULL, 10);
    c.figure = figure;
    c.n_figure = argc > 4 ? (size_t)argc - 4 : 0;
    enum dc_status st = read_figures(argv + 4, c.n_figure, figure, &err);
    if (!st)
        st = dc_store_open_ro(argv[1], &s, &err);
    FILE *f = fopen(argv[2], "wb");
    if (!st)
        st = f ? write_page(s, &c, f, &err) : DC_IO;
    if (f)
        fclose(f);
    dc_store_close(s);
    for (size_t i = 0; i < c.n_figure; i++)
        free((char *)figure[i].svg);
    if (st)
        fprintf(stderr, "page_tool: %s\n", err.msg);
    return (int)st;
}
