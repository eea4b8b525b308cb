/*
 * open_run.c - open_run.h.
 */
#include "cli/open_run.h"

#include "base/plural.h"

enum dc_status dc_open_run(struct dc_cli *cli, const char *file,
                           const char *judge, dc_open_run_fn *use,
                           const void *fields, struct dc_err *err)
{
    struct dc_run_view view;
    struct dc_open_run r = {.cli = cli, .file = file, .view = &view};
    enum dc_status st = dc_judge_pick(judge, &r.pick, err);
    if (st)
        return st;
    st = dc_run_view_load(file, DC_RUN_FIELDS, &view, err);
    if (!st)
        st = use(&r, fields, err);
    dc_run_view_unload(&view);
    return st;
}

enum dc_status dc_open_judges_check(const struct dc_opt_list *typed,
                                    size_t n_run, const char *run,
                                    struct dc_err *err)
{
    if (typed->n <= 1 || typed->n == n_run)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--judge is given %zu times for %zu %s%s; expected once, or "
                   "once for each",
                   typed->n, n_run, run, dc_plural(n_run));
}

const char *dc_open_judge_of(const struct dc_opt_list *typed, size_t i)
{
    return typed->n ? typed->item[typed->n > 1 ? i : 0] : NULL;
}

struct dc_boot_cfg dc_boot_opts_cfg(const struct dc_boot_opts *o)
{
    struct dc_boot_cfg c = dc_boot_cfg_default();
    c.n_resamples = (uint32_t)o->resamples;
    c.n_threads = o->threads ? (uint32_t)o->threads : dc_cores();
    c.seed = o->seed.value;
    return c;
}
