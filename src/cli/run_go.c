/*
 * run_go.c - run_go.h.
 *
 * Checked in the order of cost: options, data, run file, model. Ctrl-C and
 * SIGTERM set a flag that the engine looks at between two steps; the second
 * ends the program on the spot, which the run file survives too.
 */
#include "cli/run_go.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "cli/cores.h"
#include "cli/data_notes.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/run_budgets.h"
#include "cli/run_recall.h"
#include "cli/run_source.h"
#include "infer/models.h"
#include "results/summary_doc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum dc_status run_open(struct dc_run_plan *p,
                               const struct dc_dataset *data,
                               struct dc_store *store, struct dc_progress *prog,
                               struct dc_err *err)
{
    struct dc_backend *b = NULL;
    enum dc_status st = dc_run_source_open(p, prog, &b, err);
    if (!st) {
        st = dc_run(&p->run, data, p->ops, b, store, err);
        p->ops->close(b);
    }
    dc_progress_end(prog, st == DC_OK);
    return st;
}

static enum dc_status run_summarise(struct dc_cli *cli, struct dc_store *store,
                                    const char *file, bool json,
                                    struct dc_err *err)
{
    struct dc_summary s;
    enum dc_status st =
        dc_summary_read(store, NULL, json ? 0 : dc_cores(), &s, err);
    if (st)
        return st;
    if (json)
        dc_summary_json(&s, file, &cli->out);
    else
        dc_summary_doc(&s, file, cli->doc);
    dc_summary_release(&s);
    return DC_OK;
}

/* With the data, which are read from their file, or from the run's. */
static enum dc_status run_into(struct dc_cli *cli, const struct dc_run_opts *o,
                               struct dc_run_plan *plan,
                               const struct dc_dataset *data,
                               struct dc_store *store, struct dc_err *err)
{
    struct dc_progress prog;
    enum dc_status st = dc_run_plan_go_on(plan, store, err);
    if (st)
        return st;
    dc_progress_init(&prog, &cli->log, o->quiet);
    plan->run.progress = dc_progress_tell;
    plan->run.progress_arg = &prog;
    plan->run.interrupt = dc_interrupt_catch();
    st = run_open(plan, data, store, &prog, err);
    return st ? st : run_summarise(cli, store, plan->out, o->json, err);
}

static enum dc_status run_planned(struct dc_cli *cli,
                                  const struct dc_run_opts *o,
                                  struct dc_run_plan *plan, bool recalled,
                                  struct dc_err *err)
{
    struct dc_dataset data = {0};
    struct dc_store *store = NULL;
    enum dc_status st = DC_OK;
    if (!recalled) {
        st = dc_dataset_read(&plan->data, &data, err);
        if (st)
            return st;
        dc_data_notes_print(plan->data.path, &data.notes, o->quiet);
    }
    st = dc_store_open_rw(plan->out, &store, err);
    if (!st) {
        if (recalled)
            st = dc_recall_data(store, &data, err);
        if (!st)
            st = run_into(cli, o, plan, &data, store, err);
        st = dc_store_end(store, st, err);
    }
    dc_dataset_release(&data);
    if (!st && o->compare)
        st = dc_budgets_of_run(cli, plan->out, o->stop, err);
    return st;
}

enum dc_status dc_run_go(struct dc_cli *cli, const struct dc_run_opts *o,
                         bool recalled, struct dc_err *err)
{
    struct dc_run_plan plan;
    enum dc_status st = dc_run_plan_make(o, &plan, err);
    if (!st) {
        dc_servers_notes_print(&plan.servers, o->quiet);
        if (o->no_batch && !o->quiet)
            fputs("note: --no-batch changes nothing: a trace does not depend "
                  "on what is drawn beside it, and --slots N says how many "
                  "are\n",
                  stderr);
        st = run_planned(cli, o, &plan, recalled, err);
    }
    dc_run_plan_release(&plan);
    return st;
}

/* ---- going on with a run file ---- */

static void run_say(const struct dc_recall *r, const char *file)
{
    struct dc_buf b, shown;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_init(&shown, SIZE_MAX);
    dc_recall_words(r, file, &b);
    dc_utf8_display(&shown, b.data, b.n, 0);
    fprintf(stderr, "going on with: %s\n", shown.data);
    dc_buf_release(&b);
    dc_buf_release(&shown);
}

/* A run file knows its model by name and hash, not where it lies now. */
static enum dc_status run_finds_model(const struct dc_recall *r,
                                      const struct dc_run_opts *o,
                                      struct dc_err *err)
{
    if (r->served || o->backend || dc_model_find(o->model) ||
        access(o->model, F_OK) == 0)
        return DC_OK;
    return dc_fail(err, DC_BACKEND,
                   "%s: its model is not here: say with --model PATH where "
                   "%.200s with the SHA-256 %.64s is",
                   o->out, o->model, r->model_sha256);
}

enum dc_status dc_run_resume(struct dc_cli *cli, const struct dc_opt *table,
                             const char *file, const struct dc_run_opts *typed,
                             const struct dc_args *args, struct dc_err *err)
{
    struct dc_recall r;
    struct dc_run_opts o;
    enum dc_status st = dc_recall_read(file, &r, err);
    if (!st) {
        st = dc_recall_opts(&r, table, typed, args, &o, err);
        if (st)
            dc_err_prefix(err, st, "%s", file);
    }
    if (!st && r.template_sha256 && !typed->chat.chat_template)
        st = dc_fail(err, DC_USAGE,
                     "%s: its chat template was a file with the SHA-256 %.64s: "
                     "name it with --chat-template FILE",
                     file, r.template_sha256);
    if (!st) {
        o.out = file;
        o.server.from_file = r.served && typed->server.base_url.n == 0;
        if (!typed->model)
            st = run_finds_model(&r, &o, err);
    }
    if (!st) {
        if (!o.quiet)
            run_say(&r, file);
        st = dc_run_go(cli, &o, !typed->data, err);
    }
    dc_recall_release(&r);
    return st;
}
