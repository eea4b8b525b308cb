/*
 * cmd_run.c - `deepconf run`: prompts in, a run file out, its summary printed.
 *
 * Checked in the order of cost: options, data, run file, model. Ctrl-C and
 * SIGTERM set a flag that the engine looks at between two steps; the second
 * ends the program on the spot, which the run file survives too.
 */
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/data_notes.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/run_budgets.h"
#include "cli/run_opts.h"
#include "cli/run_source.h"
#include "results/summary_doc.h"

#include <stdio.h>
#include <string.h>

static enum dc_status open_and_run(struct dc_run_plan *p,
                                   const struct dc_dataset *data,
                                   struct dc_store *store,
                                   struct dc_progress *prog, struct dc_err *err)
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

static enum dc_status summarise(struct dc_cli *cli, struct dc_store *store,
                                const char *file, bool json, struct dc_err *err)
{
    struct dc_summary s;
    enum dc_status st = dc_summary_read(store, NULL, &s, err);
    if (st)
        return st;
    if (json)
        dc_summary_json(&s, file, &cli->out);
    else
        dc_summary_doc(&s, file, cli->doc);
    dc_summary_release(&s);
    return DC_OK;
}

static enum dc_status check(const void *fields, const struct dc_ahead *ahead,
                            struct dc_err *err)
{
    return dc_run_opts_check(fields, ahead->files, err);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct dc_run_opts *o = fields;
    struct dc_run_plan plan;
    struct dc_dataset data = {0};
    struct dc_store *store = NULL;
    struct dc_progress prog;
    bool has_data = false;
    (void)args;
    enum dc_status st = dc_run_plan_make(o, &plan, err);
    if (st)
        goto out;
    dc_servers_notes_print(&plan.servers, o->quiet);
    if (o->no_batch && !o->quiet)
        fputs("note: --no-batch changes nothing: a trace does not depend on "
              "what is drawn beside it, and --slots N says how many are\n",
              stderr);
    st = dc_dataset_read(&plan.data, &data, err);
    if (st)
        goto out;
    has_data = true;
    dc_data_notes_print(plan.data.path, &data.notes, o->quiet);
    st = dc_store_open_rw(plan.out, &store, err);
    if (st)
        goto out;
    st = dc_run_plan_go_on(&plan, store, err);
    if (st)
        goto end;
    dc_progress_init(&prog, &cli->log, o->quiet);
    plan.run.progress = dc_progress_tell;
    plan.run.progress_arg = &prog;
    plan.run.interrupt = dc_interrupt_catch();
    st = open_and_run(&plan, &data, store, &prog, err);
    if (!st)
        st = summarise(cli, store, plan.out, o->json, err);
end:
    st = dc_store_end(store, st, err);
    if (!st && o->compare)
        st = dc_budgets_of_run(cli, plan.out, o->stop, err);
out:
    if (has_data)
        dc_dataset_release(&data);
    dc_run_plan_release(&plan);
    return st;
}

static const struct dc_example examples[] = {
    {"The project's own contrast set with a small model:",
     "deepconf run --model qwen2.5-coder-0.5b --benchmark demo --out demo.db"},
    {"Your own model and data, the columns named:",
     "deepconf run --model qwen3.gguf --data my.csv --field prompt=question "
     "--out my.db"},
    {"A model behind a server (vLLM, llama-server, OpenAI, ...):",
     "deepconf run --model Qwen/Qwen3-0.6B --base-url http://localhost:8000/v1 "
     "--benchmark toxicchat --data toxicchat.csv --out served.db"},
    {"200 ToxicChat prompts, in the labels' proportions:",
     "deepconf run --model qwen3.gguf --benchmark toxicchat --data "
     "toxicchat.csv --sample 200 --out toxic.db"},
    {0},
};

const struct dc_cmd dc_cmd_run = {
    .name = "run",
    .args = "",
    .summary = "sample, measure, judge and decide prompts into a run file",
    .about =
        "Draws traces of each prompt until its decision is certain (or as the "
        "policy says), judges each trace for refusal, and writes everything "
        "into the run file. Stop it whenever you like: the same command goes "
        "on where the file ends (`deepconf help resume`). Prints the summary "
        "of `deepconf show` at the end. `deepconf plan` with the same options "
        "says beforehand what a run will cost.",
    .opt = dc_run_options,
    .n_fields = sizeof(struct dc_run_opts),
    .defaults = dc_run_opts_defaults,
    .example = examples,
    .computes = true,
    .check = check,
    .exec = exec,
};
