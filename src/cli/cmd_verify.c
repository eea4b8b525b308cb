/*
 * cmd_verify.c - `deepconf verify DIR --run FILE`: is every number of a report,
 * or of a page of results, the run's?
 */
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/interrupt.h"
#include "report/verify.h"

struct verify_opts {
    struct dc_opt_list run;
    const char *correct_with;
    int64_t threads;
    bool json;
};

#define OFF(f) offsetof(struct verify_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_LIST, .letter = 'r', .name = "run", .arg = "FILE",
     .help = "the run file; once for each run of the report, in its order",
     .off = OFF(run), .shown = ""},
    {.kind = DC_OPT_TEXT, .name = "correct-with", .arg = "FILE",
     .help = "as the report was made with it", .off = OFF(correct_with)},
    DC_THREADS_OPTION(OFF(threads)),
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct verify_opts *)fields = (struct verify_opts){.json = false};
}

static enum dc_status print(struct dc_cli *cli, const struct verify_opts *o,
                            const struct dc_verify *v, const char *dir,
                            struct dc_err *err)
{
    if (o->json)
        dc_verify_json(v, dir, &cli->out);
    else
        dc_verify_doc(v, dir, cli->doc);
    if (v->n_bad == 0)
        return DC_OK;
    return dc_fail(err, DC_GATE,
                   "%.300s: %zu of %zu files are not what the run gives; make "
                   "the report again, or find out what was changed",
                   dir, v->n_bad, v->n);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct verify_opts *o = fields;
    struct dc_report_cfg cfg = {
        .n_run = o->run.n,
        .correct_with = o->correct_with,
        .n_threads = o->threads ? (uint32_t)o->threads : dc_cores(),
    };
    struct dc_verify v = {.n = 0};
    if (o->run.n == 0 || o->run.n > DC_REPORT_MAX_RUNS)
        return dc_fail(err, DC_USAGE,
                       "--run FILE is needed, once for each run of the report "
                       "(at most %d)",
                       (int)DC_REPORT_MAX_RUNS);
    for (size_t i = 0; i < o->run.n; i++)
        cfg.run[i].path = o->run.item[i];
    cfg.stop = dc_interrupt_guard();
    enum dc_status st = dc_verify_run(args->item[0], &cfg, &v, err);
    if (!st)
        st = print(cli, o, &v, args->item[0], err);
    dc_verify_release(&v);
    return st;
}

static const struct dc_example examples[] = {
    {"Is every number what the run gives?",
     "deepconf verify run-report --run run.db"},
    {"A report of two runs:",
     "deepconf verify report --run heuristic.db --run wildguard.db"},
    {"The page of results alone, wherever it lies:",
     "deepconf verify docs/RESULTS.md --run a.db --run b.db"},
    {0},
};

const struct dc_cmd dc_cmd_verify = {
    .name = "verify",
    .args = "DIR|RESULTS.md",
    .summary = "is every number of a report the run's?",
    .about =
        "Makes the report again from the run files, by the options in its "
        "manifest, and compares. What differs is shown number against number, "
        "with the figure that has the value; missing and surplus files are "
        "named. Exit code 1: something differs, in the report or in the run "
        "file. Pictures that another gnuplot drew are compared by the figures "
        "that their SVGs state, and by their hashes in the manifest. A page "
        "RESULTS.md is checked alone: its last line names its runs.",
    .opt = options,
    .n_fields = sizeof(struct verify_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
