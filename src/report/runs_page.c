/*
 * runs_page.c - compare.html (runs_page.h).
 */
#include "report/runs_page.h"

#include "base/mem.h"
#include "page/page_runs.h"

#include <stdlib.h>

_Static_assert((int)DC_REPORT_MAX_RUNS <= (int)DC_RUNS_MAX,
               "a page has room for the runs of a report");

static enum dc_status runs_page_put(const struct dc_runs *runs,
                                    struct dc_compare_file *file,
                                    struct dc_out_dir *o, struct dc_err *err)
{
    static const char name[] = "compare.html";
    struct dc_page_runs_cfg cfg = dc_page_runs_cfg_default();
    struct dc_err late = {.msg = ""};
    FILE *out = NULL;
    cfg.runs = runs;
    for (size_t k = 0; k < runs->n_run; k++) {
        cfg.run[k] = &file[k].run;
        cfg.judge[k] = file[k].judge.label;
    }
    enum dc_status st = dc_out_open(o, name, &out, err);
    if (st)
        return st;
    st = dc_page_runs_write(&cfg, out, err);
    enum dc_status end = dc_out_close(o, name, out, st ? &late : err);
    return st ? st : end;
}

enum dc_status dc_runs_page_write(const struct dc_report_cfg *cfg,
                                  struct dc_compare_file *file,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_runs *runs = dc_xcalloc(1, sizeof *runs); /* large */
    struct dc_runs_run run[DC_RUNS_MAX] = {{.n = 0}};
    struct dc_compare_cfg how = {.boot = dc_boot_cfg_default()};
    struct dc_err why = {.msg = ""};
    how.boot.n_threads = cfg->n_threads;
    how.boot.seed = 1;
    for (size_t k = 0; k < cfg->n_run; k++)
        run[k] = (struct dc_runs_run){.name = cfg->run[k].name,
                                      .side = &file[k].side};
    enum dc_status st = dc_runs_compare(run, cfg->n_run, &how, runs, &why);
    if (!st)
        st = runs_page_put(runs, file, o, err);
    else if (st == DC_DATA)
        st = DC_OK;
    else
        dc_fail(err, st, "%s", why.msg);
    dc_runs_release(runs);
    free(runs);
    return st;
}
