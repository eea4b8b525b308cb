/*
 * cmd_verify.c - `deepconf verify DIR --run FILE`: is every number of a report,
 * or of a page of results, the run's?
 */
#include "base/file_in.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/interrupt.h"
#include "exchange/claims.h"
#include "report/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The sweep of another program, as one file of JSON? */
static bool is_claims(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && !strcmp(path + n - 5, ".json");
}

static bool is_run(const char *path)
{
    char head[DC_FILE_HEAD];
    FILE *f = NULL;
    if (dc_file_open(path, "", &f, NULL))
        return false;
    size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    const char *kind = dc_file_kind(head, n);
    return kind && strstr(kind, "database");
}

static enum dc_status check_claims(struct dc_cli *cli,
                                   const struct verify_opts *o,
                                   const char *path, struct dc_err *err)
{
    struct dc_claims *c = dc_xcalloc(1, sizeof *c);
    enum dc_status st = DC_OK;
    if (o->run.n > 1 || o->correct_with)
        st = dc_fail(err, DC_USAGE,
                     "%.300s speaks of one run: name it with one --run, and "
                     "leave out --correct-with",
                     path);
    if (!st)
        st = dc_claims_check(path, o->run.n ? o->run.item[0] : NULL, c, err);
    if (!st && o->json)
        dc_json_print(dc_claims_json(c, path), &cli->out);
    else if (!st)
        dc_claims_doc(c, path, cli->doc);
    if (!st && dc_claims_are_wrong(c))
        st = dc_fail(err, DC_GATE,
                     "%.300s: its figures do not follow, or mean the opposite "
                     "of their names",
                     path);
    dc_claims_release(c);
    free(c);
    return st;
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
    if (is_claims(args->item[0]))
        return check_claims(cli, o, args->item[0], err);
    if (access(args->item[0], F_OK) != 0)
        return dc_fail(err, DC_IO,
                       "%.300s: can't be read: %s; name the folder of a "
                       "report, a page of results or a sweep",
                       args->item[0], strerror(errno));
    if (is_run(args->item[0]))
        return dc_fail(err, DC_USAGE,
                       "%.300s is a run file: verify is for what was made of "
                       "one (a report, RESULTS.md, a sweep), with --run for "
                       "the run; a run file is checked whenever it is read, as "
                       "by `deepconf show %.300s`",
                       args->item[0], args->item[0]);
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
    {"The sweep that deep_conf_safety wrote, against its traces:",
     "deepconf verify toxicchat_percentile_safety_analysis.json --run run.db"},
    {0},
};

const struct dc_cmd dc_cmd_verify = {
    .name = "verify",
    .args = "DIR|RESULTS.md|SWEEP.json",
    .summary = "is every number of a report the run's?",
    .about =
        "Makes the report again from the run files, by the options in its "
        "manifest, and compares. What differs is shown number against number, "
        "with the figure that has the value; missing and surplus files are "
        "named. Exit code 1: something differs, in the report or in the run "
        "file. Pictures that another gnuplot drew are compared by the figures "
        "that their SVGs state, and by their hashes in the manifest. A page "
        "RESULTS.md is checked alone: its last line names its runs. A "
        "percentile_safety_analysis.json of deep_conf_safety is held against "
        "its own counts, and, with --run, against an import of its "
        "predictions.jsonl (docs/EXCHANGE.md).",
    .opt = options,
    .n_fields = sizeof(struct verify_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
