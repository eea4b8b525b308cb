/*
 * cmd_report.c - `deepconf report FILE...`: documents, plots, page, notebooks
 * and records of one run or several, into a folder.
 */
#include "cli/cores.h"
#include "cli/interrupt.h"
#include "cli/open_run.h"
#include "page/page.h"
#include "plot/plot.h"
#include "report/report.h"
#include "results/correction.h"

#include <stdio.h>
#include <string.h>

struct report_opts {
    const char *out, *correct_with;
    struct dc_opt_list judge;
    int64_t page_mb, threads;
    bool no_plots;
};

#define OFF(f) offsetof(struct report_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "DIR",
     .help = "the folder; made if it is not there. One that holds a report is "
             "written over, one that holds other files is refused",
     .off = OFF(out), .shown = "FILE's name and -report"},
    {.kind = DC_OPT_LIST, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP "; given several times: one for each FILE",
     .off = OFF(judge), .shown = "each run's"},
    {.kind = DC_OPT_TEXT, .name = "correct-with", .arg = "FILE",
     .help = "also give shares of refusals corrected for the judge's errors: "
             "by the file of `deepconf validate-judge --out FILE`, or by the "
             "labels of `deepconf label`",
     .off = OFF(correct_with)},
    {.kind = DC_OPT_FLAG, .name = "no-plots",
     .help = "leave the plots out, which need gnuplot", .off = OFF(no_plots)},
    {.kind = DC_OPT_INT, .name = "page-tokens", .arg = "MIB",
     .help = "most token data in report.html, about 7 bytes a token; texts of "
             "the prompts behind it stand there without a heat map",
     .off = OFF(page_mb), .min = 0, .max = DC_REPORT_MAX_PAGE_MB},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "changes no byte", .off = OFF(threads), .min = 1, .max = 256,
     .shown = "the cores this process may use"},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct report_opts *)fields = (struct report_opts){
        .page_mb = DC_PAGE_TOKEN_BYTES >> 20,
    };
}

static enum dc_status make_cfg(const struct report_opts *o,
                               const struct dc_args *args,
                               struct dc_report_cfg *cfg, struct dc_err *err)
{
    enum dc_status st =
        dc_open_judges_check(&o->judge, args->n, "run file", err);
    if (st)
        return st;
    *cfg = (struct dc_report_cfg){
        .n_run = args->n,
        .correct_with = o->correct_with,
        .page_mb = (uint32_t)o->page_mb,
        .n_threads = o->threads ? (uint32_t)o->threads : dc_cores(),
        .no_plots = o->no_plots,
    };
    for (size_t i = 0; i < args->n; i++) {
        cfg->run[i].path = args->item[i];
        cfg->run[i].judge = dc_open_judge_of(&o->judge, i);
    }
    dc_report_names(cfg);
    return DC_OK;
}

/* Is gnuplot there? It is needed when the run has ended. */
static enum dc_status check_gnuplot(struct dc_err *err)
{
    char version[DC_PLOT_VERSION];
    enum dc_status st = dc_plot_version(version, NULL, err);
    return st ? dc_err_prefix(err, st, "plots (--no-plots leaves them out)")
              : st;
}

/* Does the validation speak of the judge that will be reported? */
static enum dc_status check_correction(const struct report_opts *o,
                                       const struct dc_ahead *ahead,
                                       struct dc_err *err)
{
    struct dc_judge_pick pick;
    enum dc_status st =
        dc_judge_pick(o->judge.n ? o->judge.item[0] : NULL, &pick, err);
    if (st)
        return st;
    const char *own = ahead->n_label ? ahead->label[0] : NULL;
    const char *label = pick.label ? pick.label : own;
    const struct dc_judge_cfg usual = dc_judge_cfg_default();
    struct dc_judge *built_in = NULL; /* its label is its name alone */
    if (own && dc_judge_find(label))
        st = dc_judge_open(label, &usual, &built_in, err);
    if (!st)
        st = dc_correction_check(o->correct_with, label,
                                 built_in ? built_in->version : NULL, err);
    dc_judge_close(built_in);
    return dc_err_prefix(err, st, "--correct-with");
}

static enum dc_status check_files(const struct report_opts *o,
                                  const struct dc_ahead *ahead,
                                  struct dc_err *err)
{
    struct dc_out_dir dir;
    enum dc_status st = DC_OK;
    if (o->correct_with)
        st = check_correction(o, ahead, err);
    if (st)
        return st;
    st = dc_err_prefix(err, dc_out_begin(o->out, &dir, err), "--out");
    dc_out_end(&dir);
    return !st && !o->no_plots ? check_gnuplot(err) : st;
}

static enum dc_status check(const void *fields, const struct dc_ahead *ahead,
                            struct dc_err *err)
{
    const struct report_opts *o = fields;
    const char *const judge = o->judge.n ? o->judge.item[0] : NULL;
    if (o->judge.n > 1)
        return dc_fail(err, DC_USAGE,
                       "--judge is given %zu times; an experiment has one run, "
                       "which is reported under one judge",
                       o->judge.n);
    enum dc_status st = dc_ahead_judge(ahead, judge, err);
    return st || !ahead->files ? st : check_files(o, ahead, err);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct report_opts *o = fields;
    struct dc_report_cfg cfg;
    struct dc_out_dir dir = {.n = 0};
    char made[DC_REPORT_NAME + 16];
    enum dc_status st = make_cfg(o, args, &cfg, err);
    if (st)
        return st;
    snprintf(made, sizeof made, "%s-report", cfg.run[0].name);
    const char *out = o->out ? o->out : made;
    cfg.stop = dc_interrupt_guard();
    st = dc_out_begin(out, &dir, err);
    if (!st)
        st = dc_report_make(&cfg, &dir, err);
    if (!st)
        dc_doc_say(cli->doc, "%s: %zu files, %s names them; open %s/%s",
                   dc_doc_code(cli->doc, out), dir.n + 1, DC_MANIFEST,
                   dc_doc_code(cli->doc, out),
                   cfg.n_run > 1 ? "COMPARISON.md" : "report.html");
    dc_out_end(&dir);
    return st;
}

static const struct dc_example examples[] = {
    {"Everything about a run, into the folder run-report:",
     "deepconf report run.db"},
    {"Two runs and their comparison:",
     "deepconf report heuristic.db wildguard.db --out report"},
    {"The same traces under two judges:",
     "deepconf report run.db run.db --judge phrases10 --judge keywords "
     "--out judges"},
    {0},
};

const struct dc_cmd dc_cmd_report = {
    .name = "report",
    .args = "FILE...",
    .summary = "documents, plots, page and notebooks of a run, into a folder",
    .about =
        "Writes a set of files that follow from the run file and the options "
        "alone: the same ones give the same bytes, and `deepconf verify` makes "
        "them again to find a figure that is not the run's. Several runs get a "
        "folder each, a comparison of every two, and two pages of all of them "
        "(RESULTS.md, compare.html).",
    .opt = options,
    .n_fields = sizeof(struct report_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = DC_REPORT_MAX_RUNS,
    .example = examples,
    .check = check,
    .exec = exec,
};
