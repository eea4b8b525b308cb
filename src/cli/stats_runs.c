/*
 * stats_runs.c - asks one run after the other by one measure, and keeps what
 * each answers (stats_runs.h).
 */
#include "cli/stats_runs.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/write_file.h"
#include "results/risky_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stats_run {
    struct dc_run_view view; /* what the record borrows from */
    bool is_open, has;
    size_t n_column; /* of the record */
    struct dc_record record;
    struct dc_risky risky;
    char name[300];
};

struct stats_runs {
    const struct dc_stats_runs *o;
    struct stats_run *run; /* [n] */
    size_t n;
};

/* Show the first measure that a trace has alone: the answer is by that. All of
 * them are the record's again before it is released. */
static void runs_one_column(struct stats_run *x)
{
    struct dc_record *r = &x->record;
    x->n_column = r->n_column;
    r->n_column = 1;
    for (size_t i = 0; i < x->n_column; i++)
        for (size_t t = 0; t < r->n_trace; t++)
            if (r->column[i].has[t]) {
                const struct dc_record_column first = r->column[0];
                r->column[0] = r->column[i];
                r->column[i] = first;
                return;
            }
}

static void runs_release_record(struct stats_run *x)
{
    x->record.n_column = x->n_column;
    dc_record_release(&x->record);
}

static enum dc_status runs_want(const struct dc_stats_runs *o,
                                const struct dc_run_view *view,
                                struct dc_record_cfg *c, struct dc_err *err)
{
    struct dc_measure_spec m;
    if (!o->measure)
        return dc_trace_stats_want(c, view->is.measure, err);
    enum dc_status st = dc_measure_parse(o->measure, &m, err);
    if (st)
        return dc_err_prefix(err, st, "--measure");
    return dc_record_want(c, &m, false, 0, err);
}

static enum dc_status runs_ask(const struct stats_runs *w, const char *path,
                               struct stats_run *x, struct dc_err *err)
{
    struct dc_judge_pick pick;
    enum dc_status st = dc_judge_pick(w->o->judge, &pick, err);
    if (st)
        return st;
    x->is_open = true;
    st = dc_run_view_load(path, DC_RUN_FIELDS, &x->view, err);
    if (!st)
        st = dc_audit_run(x->view.store, err);
    struct dc_record_cfg c = {.judged = pick.label};
    if (!st)
        st = runs_want(w->o, &x->view, &c, err);
    if (!st)
        st = dc_record_read(&x->view, &c, &x->record, err);
    if (st)
        return st;
    runs_one_column(x);
    st = dc_risky_run(&x->record, &w->o->how, &x->risky, err);
    if (st)
        runs_release_record(x);
    x->has = !st;
    return st;
}

static void runs_forget(struct stats_run *x)
{
    if (x->has) {
        dc_risky_release(&x->risky);
        runs_release_record(x);
    }
    if (x->is_open)
        dc_run_view_unload(&x->view);
}

static bool runs_are_named(const struct stats_runs *w, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(w->run[k].name, w->run[i].name))
            return true;
    return false;
}

/* The file's name; with a number where another run has that name. */
static void runs_name(struct stats_runs *w, size_t i, const char *path)
{
    char *name = w->run[i].name;
    snprintf(name, sizeof w->run[i].name, "%.200s", dc_path_name(path));
    for (unsigned k = 2; runs_are_named(w, i); k++)
        snprintf(name, sizeof w->run[i].name, "%.200s (%u)", dc_path_name(path),
                 k);
}

static void runs_print(struct dc_cli *cli, const struct stats_runs *w)
{
    struct dc_risky_run run[DC_RISKY_RUNS_MAX];
    for (size_t i = 0; i < w->n; i++)
        run[i] = (struct dc_risky_run){w->run[i].name, &w->run[i].risky};
    if (w->o->json)
        dc_json_print(dc_risky_runs_json(run, w->n), &cli->out);
    else
        dc_risky_runs_doc(run, w->n, cli->doc);
}

static enum dc_status runs_check(const struct dc_args *args, struct dc_err *err)
{
    for (size_t i = 0; i < args->n; i++)
        for (size_t k = 0; k < i; k++)
            if (dc_file_same(args->item[i], args->item[k]))
                return dc_fail(err, DC_USAGE,
                               "%.200s is given twice: it would count as "
                               "further evidence; leave one out",
                               args->item[i]);
    return DC_OK;
}

enum dc_status dc_stats_runs(struct dc_cli *cli, const struct dc_args *args,
                             const struct dc_stats_runs *o, struct dc_err *err)
{
    struct stats_runs w = {.o = o};
    enum dc_status st = runs_check(args, err);
    if (st)
        return st;
    w.run = dc_xcalloc(args->n, sizeof *w.run);
    w.n = args->n;
    for (size_t i = 0; i < args->n && !st; i++) {
        runs_name(&w, i, args->item[i]);
        st = runs_ask(&w, args->item[i], &w.run[i], err);
    }
    if (!st)
        runs_print(cli, &w);
    for (size_t i = 0; i < w.n; i++)
        runs_forget(&w.run[i]);
    free(w.run);
    return st;
}
