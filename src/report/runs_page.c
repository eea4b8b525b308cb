/*
 * runs_page.c - compare.html (runs_page.h).
 */
#include "report/runs_page.h"

#include "base/mem.h"
#include "page/page_runs.h"
#include "results/judge_start.h"

#include <stdlib.h>

struct runs_set {
    size_t n;
    struct dc_run_view view[DC_RUNS_MAX];
    struct dc_judge_pick pick[DC_RUNS_MAX];
    struct dc_compare_side side[DC_RUNS_MAX]; /* [n] */
    struct dc_runs_run run[DC_RUNS_MAX];
    struct dc_runs runs;
};

_Static_assert((int)DC_REPORT_MAX_RUNS <= (int)DC_RUNS_MAX,
               "a page has room for the runs of a report");

static enum dc_status runs_set_read(struct runs_set *w,
                                    const struct dc_report_run *r,
                                    struct dc_err *err)
{
    size_t k = w->n;
    enum dc_status st = dc_judge_pick(r->judge, &w->pick[k], err);
    if (!st)
        st = dc_run_view_load(r->path, DC_RUN_AUDIT, &w->view[k], err);
    if (!st)
        st = dc_compare_side_read(&w->view[k], w->pick[k].label, &w->side[k],
                                  err);
    if (st)
        return st;
    w->run[k] = (struct dc_runs_run){.name = r->name, .side = &w->side[k]};
    w->n++;
    return DC_OK;
}

static enum dc_status runs_set_write(struct runs_set *w, struct dc_out_dir *o,
                                     struct dc_err *err)
{
    static const char name[] = "compare.html";
    struct dc_page_runs_cfg cfg = dc_page_runs_cfg_default();
    struct dc_err late = {.msg = ""};
    FILE *out = NULL;
    cfg.runs = &w->runs;
    for (size_t k = 0; k < w->n; k++) {
        cfg.run[k] = &w->view[k];
        cfg.judge[k] = w->pick[k].label;
    }
    enum dc_status st = dc_out_open(o, name, &out, err);
    if (st)
        return st;
    st = dc_page_runs_write(&cfg, out, err);
    enum dc_status end = dc_out_close(o, name, out, st ? &late : err);
    return st ? st : end;
}

enum dc_status dc_runs_page_write(const struct dc_report_cfg *cfg,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    struct runs_set *w = dc_xcalloc(1, sizeof *w); /* large */
    struct dc_compare_cfg how = {.boot = dc_boot_cfg_default()};
    struct dc_err why = {.msg = ""};
    enum dc_status st = DC_OK;
    how.boot.n_threads = cfg->n_threads;
    how.boot.seed = 1;
    for (size_t k = 0; k < cfg->n_run && !st; k++)
        st = runs_set_read(w, &cfg->run[k], err);
    if (!st) {
        st = dc_runs_compare(w->run, w->n, &how, &w->runs, &why);
        if (!st)
            st = runs_set_write(w, o, err);
        else if (st == DC_DATA)
            st = DC_OK;
        else
            dc_fail(err, st, "%s", why.msg);
    }
    dc_runs_release(&w->runs);
    for (size_t k = 0; k < DC_RUNS_MAX; k++) {
        if (k < w->n)
            dc_compare_side_release(&w->side[k]);
        dc_run_view_unload(&w->view[k]);
    }
    free(w);
    return st;
}
