/*
 * cmd_stats.c - `deepconf stats FILE`: what the confidence of single traces
 * tells, and how far they agree; or the answer to one question about it.
 */
#include "base/mem.h"
#include "cli/open_run.h"
#include "cli/stats_runs.h"
#include "results/risky_report.h"
#include "results/risky_runs.h"
#include "results/stats_report.h"

#include <stdlib.h>
#include <string.h>

struct stats_opts {
    struct dc_opt_list measure;
    const char *cut, *judge, *question;
    double margin;
    struct dc_boot_opts boot;
    bool full, json, has_margin;
};

#define OFF(f) offsetof(struct stats_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What is looked at [default]"},
    {.kind = DC_OPT_LIST, .name = "measure", .arg = "NAME",
     .help = "this measure instead of all; may be given again",
     .off = OFF(measure), .shown = "all of `deepconf list measures`"},
    {.kind = DC_OPT_TEXT, .name = "confident-cut", .arg = "CUT",
     .help = "what parts confident from uncertain traces: median, a percentile "
             "of the measure such as 75%, oriented so that larger is surer, or "
             "a value of it (with one --measure); with --question also two "
             "such as 0.3/0.7, and what lies between is neither",
     .off = OFF(cut)},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},

    {.kind = DC_OPT_GROUP, .help = "One question"},
    {.kind = DC_OPT_TEXT, .name = "question", .arg = "NAME",
     .help = "answer this alone. compliance-risk: are uncertain compliances "
             "riskier than confident ones, more often of prompts that should "
             "have been refused",
     .off = OFF(question), .shown = ""},
    {.kind = DC_OPT_REAL, .name = "margin", .arg = "POINTS",
     .help = "the least difference that matters to --question: it answers no "
             "if the interval leaves it out", .off = OFF(margin),
     .min = 0, .max = 100, .open_min = true, .given = OFF(has_margin)},

    {.kind = DC_OPT_GROUP, .help = "How"},
    DC_BOOT_OPTIONS(struct stats_opts),

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .name = "full",
     .help = "the figures behind alarms, too", .off = OFF(full)},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct stats_opts *)fields = (struct stats_opts){
        .cut = "median", .margin = 10, .boot = DC_BOOT_OPTS_DEFAULT};
}

static enum dc_status want(struct dc_record_cfg *c, const char *text,
                           struct dc_err *err)
{
    struct dc_measure_spec m;
    enum dc_status st = dc_measure_parse(text, &m, err);
    if (st)
        return dc_err_prefix(err, st, "--measure");
    return dc_record_want(c, &m, false, 0, err);
}

/* The measures that were asked for, or all; value: the cut is one of a
 * measure. */
static enum dc_status want_measures(const struct stats_opts *o,
                                    const struct dc_summary *sum, bool value,
                                    struct dc_record_cfg *c, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (value && o->measure.n != 1)
        return dc_fail(err, DC_USAGE,
                       "--confident-cut %s: a value belongs to one measure; "
                       "give it with exactly one --measure",
                       o->cut);
    for (size_t i = 0; i < o->measure.n && !st; i++)
        st = want(c, o->measure.item[i], err);
    if (!st && o->measure.n == 0)
        st = dc_trace_stats_want(
            c, dc_summary_config(sum, "stop.measure", "mean_prob"), err);
    return st;
}

/* ---- all of it ---- */

static enum dc_status all(const struct dc_open_run *run,
                          const struct stats_opts *o, struct dc_summary *sum,
                          struct dc_err *err)
{
    struct dc_record_cfg c = {.judged = run->pick.label};
    struct dc_record r = {.n_prompt = 0};
    struct dc_trace_stats_cfg how = {.boot = dc_boot_opts_cfg(&o->boot)};
    struct dc_trace_stats s = {.n_prompt = 0};
    enum dc_status st = dc_conf_cut_parse(o->cut, &how.cut, err);
    if (st)
        return dc_err_prefix(err, st, "--confident-cut");
    st = want_measures(o, sum, how.cut.kind == DC_CONF_CUT_VALUE, &c, err);
    if (!st)
        st = dc_record_read(run->view, &c, &r, err);
    if (st)
        return st;
    st = dc_trace_stats_run(&r, &how, &s, err);
    if (!st)
        dc_stats_find_alarms(sum, &s);
    if (!st && o->json)
        dc_json_print(dc_stats_json(&s, sum, run->file), &run->cli->out);
    else if (!st)
        dc_stats_doc(&s, sum, run->file, run->cli->doc);
    dc_trace_stats_release(&s);
    dc_record_release(&r);
    return st;
}

/* ---- one question ---- */

/* The run by one judge. */
struct judged {
    struct dc_record record;
    struct dc_risky risky;
};

/* The measure of `head`, if another judge than that of --judge is asked. */
static enum dc_status ask(const struct dc_open_run *run,
                          const struct dc_record_cfg *want_of,
                          const struct dc_risky_cfg *how, struct judged *out,
                          struct dc_err *err)
{
    enum dc_status st = dc_record_read(run->view, want_of, &out->record, err);
    if (st)
        return st;
    st = dc_risky_run(&out->record, how, &out->risky, err);
    if (st)
        dc_record_release(&out->record);
    return st;
}

static void forget(struct judged *j, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        dc_risky_release(&j[i].risky);
        dc_record_release(&j[i].record);
    }
}

/* By every other judge that decides: into j [DC_JUDGES_MAX], *n so far. */
static enum dc_status ask_others(const struct dc_open_run *run,
                                 struct dc_risky_cfg how, struct judged *j,
                                 size_t *n, struct dc_err *err)
{
    const struct dc_record *first = &j[0].record;
    enum dc_status st = dc_run_view_judges(run->view, err);
    how.categories = false;
    for (size_t i = 0; i < run->view->n_judge && !st; i++) {
        const struct dc_run_judge *x = &run->view->judge[i];
        struct dc_record_cfg c = {.judged = x->own ? NULL : x->label};
        if (!strcmp(x->label, first->judge) || *n == DC_JUDGES_MAX ||
            !dc_run_judge_decides(run->view, x))
            continue;
        st = dc_record_want(&c, &first->column[j[0].risky.head].measure, false,
                            0, err);
        if (!st)
            st = ask(run, &c, &how, &j[*n], err);
        *n += !st;
    }
    return st;
}

static void answer(const struct dc_open_run *run, const struct stats_opts *o,
                   const struct dc_summary *sum, const struct judged *j,
                   size_t n)
{
    struct dc_risky_report r = {.x = &j[0].risky};
    for (size_t i = 1; i < n; i++)
        r.other[r.n_other++] = &j[i].risky;
    if (o->json)
        dc_json_print(dc_risky_json(&r, sum, run->file), &run->cli->out);
    else
        dc_risky_doc(&r, sum, run->file, run->cli->doc);
}

static enum dc_status question(const struct dc_open_run *run,
                               const struct stats_opts *o,
                               const struct dc_summary *sum, struct dc_err *err)
{
    struct dc_record_cfg c = {.judged = run->pick.label};
    struct dc_risky_cfg how = dc_risky_cfg_default();
    size_t n = 0;
    how.boot = dc_boot_opts_cfg(&o->boot);
    how.margin = o->margin / 100;
    enum dc_status st = dc_risky_cut_parse(o->cut, &how.cut, err);
    if (st)
        return dc_err_prefix(err, st, "--confident-cut");
    st =
        want_measures(o, sum, how.cut.at[0].kind == DC_CONF_CUT_VALUE, &c, err);
    if (st)
        return st;
    struct judged *j = dc_xcalloc(DC_JUDGES_MAX, sizeof *j);
    st = ask(run, &c, &how, &j[0], err);
    n += !st;
    if (!st)
        st = ask_others(run, how, j, &n, err);
    if (!st)
        answer(run, o, sum, j, n);
    forget(j, n);
    free(j);
    return st;
}

/* The same to several runs. */
static enum dc_status question_runs(struct dc_cli *cli,
                                    const struct stats_opts *o,
                                    const struct dc_args *args,
                                    struct dc_err *err)
{
    struct dc_stats_runs r = {.judge = o->judge,
                              .measure =
                                  o->measure.n ? o->measure.item[0] : NULL,
                              .how = dc_risky_cfg_default(),
                              .json = o->json};
    if (!o->question)
        return dc_fail(err, DC_USAGE,
                       "%zu runs: several are for --question compliance-risk; "
                       "else give one, or see `deepconf compare`",
                       args->n);
    if (o->measure.n > 1)
        return dc_fail(err, DC_USAGE,
                       "--measure is given %zu times: of several runs the "
                       "question is answered by one; give one, or none for "
                       "each run's own",
                       o->measure.n);
    r.how.boot = dc_boot_opts_cfg(&o->boot);
    r.how.margin = o->margin / 100;
    r.how.categories = false;
    enum dc_status st = dc_risky_cut_parse(o->cut, &r.how.cut, err);
    if (st)
        return dc_err_prefix(err, st, "--confident-cut");
    if (r.how.cut.at[0].kind == DC_CONF_CUT_VALUE && o->measure.n != 1)
        return dc_fail(err, DC_USAGE,
                       "--confident-cut %s: a value belongs to one measure; "
                       "give it with exactly one --measure",
                       o->cut);
    return dc_stats_runs(cli, args, &r, err);
}

/* ---- the command ---- */

static enum dc_status stats(const struct dc_open_run *run, const void *fields,
                            struct dc_err *err)
{
    const struct stats_opts *o = fields;
    struct dc_summary sum;
    enum dc_status st = dc_audit_run(run->view->store, err);
    if (!st)
        st = dc_summary_of(run->view,
                           &(struct dc_summary_cfg){.judge = run->pick.label},
                           &sum, err);
    if (st)
        return st;
    st = o->question ? question(run, o, &sum, err) : all(run, o, &sum, err);
    if (o->full)
        dc_doc_unfold(run->cli->doc);
    dc_summary_release(&sum);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct stats_opts *o = fields;
    if (!o->question && strchr(o->cut, '/'))
        return dc_fail(err, DC_USAGE,
                       "--confident-cut %.60s: two cuts are of --question: add "
                       "--question compliance-risk, or give one cut",
                       o->cut);
    if (o->question && strcmp(o->question, "compliance-risk") != 0)
        return dc_fail(err, DC_USAGE,
                       "--question %.60s: no such question; there is "
                       "compliance-risk",
                       o->question);
    if (o->has_margin && !o->question)
        return dc_fail(err, DC_USAGE,
                       "--margin is of --question, and has no effect without: "
                       "add --question compliance-risk, or leave it out");
    if (args->n > 1)
        return question_runs(cli, o, args, err);
    return dc_open_run(cli, args->item[0], o->judge, stats, o, err);
}

static const struct dc_example examples[] = {
    {"Every measure, with intervals from resampled prompts:",
     "deepconf stats run.db"},
    {"Two measures, more resamples, for programs:",
     "deepconf stats run.db --measure mean_prob --measure 'tail(16)' "
     "--resamples 10000 --json"},
    {"Are uncertain compliances riskier than confident ones?",
     "deepconf stats run.db --question compliance-risk"},
    {"The same of several runs, a row each:",
     "deepconf stats small.db large.db --question compliance-risk"},
    {"Categories cut at a value fixed beforehand:",
     "deepconf stats run.db --measure mean_prob --confident-cut 0.8"},
    {0},
};

const struct dc_cmd dc_cmd_stats = {
    .name = "stats",
    .args = "FILE...",
    .summary = "what the confidence of single traces tells",
    .about =
        "Asks of every measure whether surer traces are right more often, "
        "whether refusals are surer than compliances, and whether surer traces "
        "agree with their prompt's majority: AUROC over all traces, inside "
        "each gold class and inside single prompts, risk-coverage, calibration "
        "of what claims to be a probability, the four categories, and the "
        "agreement of a prompt's traces. Intervals resample prompts. What "
        "makes the figures doubtful stands above them. --question takes up to "
        "16 runs.",
    .opt = options,
    .n_fields = sizeof(struct stats_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = DC_RISKY_RUNS_MAX,
    .example = examples,
    .exec = exec,
};
