/*
 * cmd_experiment.c - `deepconf experiment FILE`: run, judge, sweep and report
 * as one YAML file says.
 *
 * A section is a command, and its keys are the command's options: what is right
 * for one is what the command's own table says, and a command is called with
 * the options that stand there, as if they had been typed. So a new option is a
 * key by existing. Commands come in a fixed order, each goes on where an
 * earlier session ended, and so does the experiment. A file with a matrix or
 * stages is a suite: many such experiments, one after the other.
 */
#include "base/path.h"
#include "cli/experiment.h"
#include "cli/experiment_cells.h"
#include "cli/experiment_suite.h"

#include <stddef.h>

enum { MAX_STEM = 200 };

struct experiment_opts {
    struct dc_opt_list set;
    bool check, dry_run;
};

static const struct dc_opt options[] = {
    {.kind = DC_OPT_LIST,
     .name = "set",
     .arg = "SECTION.KEY=VALUE",
     .help = "instead of what the file says; KEY=VALUE means run.KEY; may be "
             "given again",
     .off = offsetof(struct experiment_opts, set),
     .shown = ""},
    {.kind = DC_OPT_FLAG,
     .name = "check",
     .help = "only see whether the file is right",
     .off = offsetof(struct experiment_opts, check)},
    {.kind = DC_OPT_FLAG,
     .name = "dry-run",
     .help = "show what would be done: cells, their files and conditions",
     .off = offsetof(struct experiment_opts, dry_run)},
    {.kind = DC_OPT_END},
};

static void defaults(void *fields)
{
    *(struct experiment_opts *)fields =
        (struct experiment_opts){.check = false};
}

static const char *stem_of(struct dc_exp_work *w)
{
    const char *name = dc_path_name(w->path);
    size_t n = dc_path_stem(name);
    return dc_arena_strndup(&w->arena, name, n < MAX_STEM ? n : MAX_STEM);
}

static enum dc_status work_read(struct dc_exp_work *w,
                                const struct experiment_opts *o,
                                struct dc_err *err)
{
    enum dc_status st = dc_exp_read(w->path, &w->file, err);
    if (st)
        dc_err_prefix(err, st, "%.300s", w->path);
    for (size_t i = 0; i < o->set.n && !st; i++)
        st = dc_exp_apply_set(w, o->set.item[i], err);
    return st ? st : dc_suite_check(w, err);
}

static enum dc_status work_do(struct dc_exp_work *w,
                              const struct experiment_opts *o,
                              struct dc_exp_cells *c, struct dc_err *err)
{
    bool dry = o->check || o->dry_run;
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < c->n && !st; i++)
        st = dc_exp_check(&c->cell[i].work, !dry, err);
    if (st)
        return st;
    if (o->dry_run)
        return dc_suite_dry(w, c, err);
    if (o->check)
        dc_doc_say(w->cli->doc, "%s: is right",
                   dc_doc_code(w->cli->doc, w->path));
    else if (c->suite)
        st = dc_suite_do(w, c, err);
    else
        st = dc_exp_do(&c->cell[0].work, false, err);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct experiment_opts *o = fields;
    struct dc_exp_work w = {.cli = cli, .path = args->item[0]};
    struct dc_exp_cells cells = {.n = 0};
    dc_arena_init(&w.arena);
    w.stem = stem_of(&w);
    enum dc_status st = work_read(&w, o, err);
    if (!st) {
        st = dc_exp_cells_make(&w, &cells, err);
        if (!st)
            st = work_do(&w, o, &cells, err);
        dc_exp_cells_release(&cells);
    }
    dc_exp_release(&w.file);
    dc_arena_release(&w.arena);
    return st;
}

static const struct dc_example examples[] = {
    {"The project's own demo, report and all:",
     "deepconf experiment experiments/demo.yaml"},
    {"Two of four runs, the first 50 prompts each:",
     "deepconf experiment experiments/four-runs.yaml --set "
     "benchmark=toxicchat --set num-instances=50"},
    {"Is a file right?", "deepconf experiment my.yaml --check"},
    {"What would a suite of several runs do?",
     "deepconf experiment my.yaml --dry-run"},
    {0},
};

const struct dc_cmd dc_cmd_experiment = {
    .name = "experiment",
    .args = "FILE",
    .summary = "run, judge, sweep and report as a YAML file says",
    .about =
        "The file's sections are commands (run, judge, sweep, report) and "
        "their keys are the commands' options. `run` always runs, the others "
        "if their section is there. Files are named after the experiment "
        "unless it names them. Give the same command again to go on after an "
        "interruption. A list where `run` takes one value, or a matrix, makes "
        "several runs, in stages with conditions and within a budget if the "
        "file says so, and a page that compares them. docs/EXPERIMENTS.md "
        "explains the format.",
    .opt = options,
    .n_fields = sizeof(struct experiment_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
