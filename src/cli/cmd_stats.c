/*
 * cmd_stats.c - `deepconf stats FILE`: what the confidence of single traces
 * tells, and how far they agree.
 */
#include "cli/open_run.h"
#include "results/stats_report.h"

struct stats_opts {
    struct dc_opt_list measure;
    const char *cut, *judge;
    struct dc_boot_opts boot;
    bool full, json;
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
             "a value of it (with one --measure)", .off = OFF(cut)},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},

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
    *(struct stats_opts *)fields =
        (struct stats_opts){.cut = "median", .boot = DC_BOOT_OPTS_DEFAULT};
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

static enum dc_status plan(const struct stats_opts *o,
                           const struct dc_summary *sum,
                           struct dc_record_cfg *c,
                           struct dc_trace_stats_cfg *how, struct dc_err *err)
{
    how->boot = dc_boot_opts_cfg(&o->boot);
    enum dc_status st = dc_conf_cut_parse(o->cut, &how->cut, err);
    if (st)
        return dc_err_prefix(err, st, "--confident-cut");
    if (how->cut.kind == DC_CONF_CUT_VALUE && o->measure.n != 1)
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

static enum dc_status stats(const struct dc_open_run *run, const void *fields,
                            struct dc_err *err)
{
    const struct stats_opts *o = fields;
    struct dc_summary sum;
    struct dc_record_cfg c = {.judged = run->pick.label};
    struct dc_record r = {.n_prompt = 0};
    struct dc_trace_stats_cfg how;
    struct dc_trace_stats s = {.n_prompt = 0};
    enum dc_status st = dc_audit_run(run->view->store, err);
    if (!st)
        st = dc_summary_of(
            run->view, &(struct dc_summary_cfg){.judge = c.judged}, &sum, err);
    if (st)
        return st;
    st = plan(o, &sum, &c, &how, err);
    if (st)
        goto out;
    st = dc_record_read(run->view, &c, &r, err);
    if (st)
        goto out;
    st = dc_trace_stats_run(&r, &how, &s, err);
    if (!st)
        dc_stats_find_alarms(&sum, &s);
    if (!st && o->json)
        dc_json_print(dc_stats_json(&s, &sum, run->file), &run->cli->out);
    else if (!st)
        dc_stats_doc(&s, &sum, run->file, run->cli->doc);
    if (o->full)
        dc_doc_unfold(run->cli->doc);
    dc_trace_stats_release(&s);
    dc_record_release(&r);
out:
    dc_summary_release(&sum);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct stats_opts *o = fields;
    return dc_open_run(cli, args->item[0], o->judge, stats, o, err);
}

static const struct dc_example examples[] = {
    {"Every measure, with intervals from resampled prompts:",
     "deepconf stats run.db"},
    {"Two measures, more resamples, for programs:",
     "deepconf stats run.db --measure mean_prob --measure 'tail(16)' "
     "--resamples 10000 --json"},
    {"Categories cut at a value fixed beforehand:",
     "deepconf stats run.db --measure mean_prob --confident-cut 0.8"},
    {0},
};

const struct dc_cmd dc_cmd_stats = {
    .name = "stats",
    .args = "FILE",
    .summary = "what the confidence of single traces tells",
    .about =
        "Asks of every measure whether surer traces are right more often, "
        "whether refusals are surer than compliances, and whether surer traces "
        "agree with their prompt's majority: AUROC over all traces, inside "
        "each gold class and inside single prompts, risk-coverage, calibration "
        "of what claims to be a probability, the four categories, and the "
        "agreement of a prompt's traces. Intervals resample prompts. What "
        "makes the figures doubtful stands above them.",
    .opt = options,
    .n_fields = sizeof(struct stats_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
