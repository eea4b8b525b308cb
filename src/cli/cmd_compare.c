/*
 * cmd_compare.c - `deepconf compare A B...`: two runs or more, paired by
 * prompt; as a page, too.
 */
#include "base/mem.h"
#include "base/path.h"
#include "base/write_file.h"
#include "cli/open_run.h"
#include "page/page_runs.h"
#include "results/compare_report.h"
#include "results/runs_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct compare_opts {
    const char *page;
    struct dc_opt_list judge;
    struct dc_boot_opts boot;
    bool ignore_gold, allow_different, json;
};

#define OFF(f) offsetof(struct compare_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What may differ"},
    {.kind = DC_OPT_FLAG, .name = "ignore-gold",
     .help = "compare decisions alone: gold labels may differ",
     .off = OFF(ignore_gold)},
    {.kind = DC_OPT_FLAG, .name = "allow-different-prompts",
     .help = "pair prompts by id even if their texts differ",
     .off = OFF(allow_different)},

    {.kind = DC_OPT_GROUP, .help = "Under which judge [default]"},
    {.kind = DC_OPT_LIST, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP "; given several times: one for each run",
     .off = OFF(judge), .shown = "each run's"},

    {.kind = DC_OPT_GROUP, .help = "How [default]"},
    {.kind = DC_OPT_INT, .name = "resamples", .arg = "N",
     .help = "of the bootstrap, for the means", .off = OFF(boot.resamples),
     .min = 100, .max = 1000000},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",
     .help = "of the bootstrap", .off = OFF(boot.seed)},
    DC_THREADS_OPTION(OFF(boot.threads)),

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_TEXT, .name = "page", .arg = "FILE",
     .help = "also write a page for a browser, which has every prompt with the "
             "traces of each run beside each other; -: the page alone, to "
             "standard output",
     .off = OFF(page)},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct compare_opts *)fields =
        (struct compare_opts){.boot = DC_BOOT_OPTS_DEFAULT};
}

/* What is compared, open as long as it may be shown. */
struct compare_work {
    size_t n;
    struct dc_compare_file file[DC_RUNS_MAX]; /* [n] */
    char name[DC_RUNS_MAX][300];
    struct dc_runs runs; /* [2] have one pair */
};

static bool compare_is_named(const struct compare_work *w, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (!strcmp(w->name[i], w->name[k]))
            return true;
    return false;
}

/* A name for each: the file's; with the judge's, or a number, where another has
 * that name. */
static void compare_names(struct compare_work *w, const struct dc_args *args)
{
    for (size_t k = 0; k < w->n; k++) {
        const char *file = dc_path_name(args->item[k]);
        const char *judge = dc_compare_side_key(&w->file[k].side, "judge");
        snprintf(w->name[k], sizeof w->name[k], "%.120s", file);
        if (compare_is_named(w, k))
            snprintf(w->name[k], sizeof w->name[k], "%.120s by %.80s", file,
                     judge ? judge : "?");
        for (unsigned n = 2; compare_is_named(w, k); n++)
            snprintf(w->name[k], sizeof w->name[k], "%.120s (%u)", file, n);
    }
}

/* A run beside itself differs in nothing: by another judge alone. */
static enum dc_status compare_check_twice(const struct compare_work *w,
                                          const struct dc_args *args,
                                          struct dc_err *err)
{
    struct stat at[DC_RUNS_MAX];
    for (size_t k = 0; k < w->n; k++) {
        bool there = stat(args->item[k], &at[k]) == 0;
        const char *judge = dc_compare_side_key(&w->file[k].side, "judge");
        for (size_t i = 0; there && judge && i < k; i++)
            if (at[i].st_dev == at[k].st_dev && at[i].st_ino == at[k].st_ino &&
                !strcmp(dc_compare_side_key(&w->file[i].side, "judge"), judge))
                return dc_fail(err, DC_USAGE,
                               "%.200s is given twice, both times by the judge "
                               "%.200s: nothing could differ. Give another "
                               "run, or --judge once for each run",
                               args->item[k], judge);
    }
    return DC_OK;
}

static enum dc_status compare_runs(struct compare_work *w,
                                   const struct compare_opts *o,
                                   const struct dc_args *args,
                                   struct dc_err *err)
{
    const struct dc_compare_cfg cfg = {
        .ignore_gold = o->ignore_gold,
        .allow_different = o->allow_different,
        .boot = dc_boot_opts_cfg(&o->boot),
        .no_detectable = args->n > 2 && !o->json,
    };
    struct dc_runs_run run[DC_RUNS_MAX] = {{.n = 0}};
    enum dc_status st = DC_OK;
    for (size_t k = 0; k < args->n && !st; k++)
        st = dc_compare_file_open(args->item[k], dc_open_judge_of(&o->judge, k),
                                  &w->file[w->n++], err);
    if (!st)
        st = compare_check_twice(w, args, err);
    if (st)
        return st;
    compare_names(w, args);
    for (size_t k = 0; k < w->n; k++)
        run[k] =
            (struct dc_runs_run){.name = w->name[k], .side = &w->file[k].side};
    return dc_runs_compare(run, w->n, &cfg, &w->runs, err);
}

static void compare_print(struct dc_cli *cli, const struct compare_work *w,
                          const char *const *file, bool json)
{
    const struct dc_compare *two = w->n == 2 ? w->runs.pair[0].c : NULL;
    if (json && two)
        dc_compare_json(two, file[0], file[1], &cli->out);
    else if (json)
        dc_runs_json(&w->runs, &cli->out);
    else if (two)
        dc_compare_doc(two, file[0], file[1], cli->doc);
    else
        dc_runs_doc(&w->runs, cli->doc);
}

static enum dc_status compare_page(struct compare_work *w, const char *path,
                                   struct dc_err *err)
{
    struct dc_page_runs_cfg cfg = dc_page_runs_cfg_default();
    struct dc_file_out to;
    cfg.runs = &w->runs;
    for (size_t k = 0; k < w->n; k++) {
        cfg.run[k] = &w->file[k].run;
        cfg.judge[k] = w->file[k].judge.label;
    }
    enum dc_status st = dc_file_out_open(&to, path, err);
    if (!st) {
        st = dc_page_runs_write(&cfg, to.f, err);
        st = dc_file_out_close(&to, st, err);
    }
    return dc_err_prefix(err, st, "--page");
}

static void compare_end(struct compare_work *w)
{
    dc_runs_release(&w->runs);
    for (size_t k = 0; k < w->n; k++)
        dc_compare_file_close(&w->file[k]);
    free(w);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct compare_opts *o = fields;
    bool to_stdout = o->page && !strcmp(o->page, "-");
    enum dc_status st = dc_open_judges_check(&o->judge, args->n, "run", err);
    if (!st && to_stdout && o->json)
        st = dc_fail(err, DC_USAGE,
                     "--page - and --json both go to standard output: name a "
                     "file with --page");
    if (st)
        return st;
    struct compare_work *w = dc_xcalloc(1, sizeof *w); /* large */
    st = compare_runs(w, o, args, err);
    if (!st && o->page)
        st = compare_page(w, o->page, err);
    if (!st && !to_stdout)
        compare_print(cli, w, args->item, o->json);
    compare_end(w);
    return st;
}

static const struct dc_example examples[] = {
    {"Does another model refuse more?", "deepconf compare qwen.db smollm2.db"},
    {"What did early stopping change?",
     "deepconf compare fixed.db curtail.db --json"},
    {"What does another judge change, on the same traces?",
     "deepconf compare run.db run.db --judge phrases10 --judge "
     "keywords"},
    {"Three models on one page, for a browser",
     "deepconf compare a.db b.db c.db --page models.html"},
    {0},
};

const struct dc_cmd dc_cmd_compare = {
    .name = "compare",
    .args = "A B...",
    .summary = "runs, paired by prompt: what differs, and is it chance",
    .about =
        "Pairs the prompts of two runs by their id and prints how their "
        "configurations differ, decisions changed, and the shares refused, "
        "decided as labelled, refused of harmful prompts, answered of harmless "
        "ones and undetermined with the exact McNemar test, an interval of the "
        "difference (B - A), p-values "
        "corrected for all of them (Holm), and the smallest difference that so "
        "many prompts could have shown; then the means of traces, tokens and "
        "measures with bootstrap intervals over prompts. Prompts that one of "
        "the runs has not decided are counted apart. Outputs that are nearly "
        "all the same though the model or the seed is not raise an alarm. Of "
        "more than two runs: each alone, over the prompts that all decided, "
        "ranked; every two with the same tests, corrected for all of them; the "
        "settings that differ, and the prompts decided otherwise.",
    .opt = options,
    .n_fields = sizeof(struct compare_opts),
    .defaults = defaults,
    .min_args = 2,
    .max_args = DC_RUNS_MAX,
    .example = examples,
    .exec = exec,
};
