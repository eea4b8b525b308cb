/*
 * cmd_stability.c - `deepconf stability FILE`: would the prompts of a run come
 * out the same way another time, with fewer traces, or with more tries?
 *
 * A command of its own, since it has options of its own, and needs verdicts
 * alone: `stats` reads every measure of every trace.
 */
#include "cli/open_run.h"
#include "results/stability_report.h"

struct stability_opts {
    const char *judge;
    int64_t tries;
    struct dc_boot_opts boot;
    bool full, json;
};

#define OFF(f) offsetof(struct stability_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What is looked at [default]"},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},
    {.kind = DC_OPT_INT, .name = "tries", .arg = "N",
     .help = "also say how many prompts that should be refused get a "
             "compliance in N tries",
     .off = OFF(tries), .min = 1, .max = DC_TRIES_MAX,
     .shown = "up to ten times the traces"},

    {.kind = DC_OPT_GROUP, .help = "How"},
    DC_BOOT_OPTIONS(struct stability_opts),

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
    *(struct stability_opts *)fields =
        (struct stability_opts){.boot = DC_BOOT_OPTS_DEFAULT};
}

static enum dc_status stability(const struct dc_open_run *run,
                                const void *fields, struct dc_err *err)
{
    const struct stability_opts *o = fields;
    const struct dc_record_cfg c = {.judged = run->pick.label};
    const struct dc_stability_cfg how = {.boot = dc_boot_opts_cfg(&o->boot),
                                         .tries = (unsigned)o->tries};
    struct dc_summary sum;
    struct dc_record r;
    struct dc_stability s;
    enum dc_status st = dc_audit_run(run->view->store, err);
    if (!st)
        st = dc_summary_of(
            run->view, &(struct dc_summary_cfg){.judge = c.judged}, &sum, err);
    if (st)
        return st;
    st = dc_record_read(run->view, &c, &r, err);
    if (st)
        goto out;
    st = dc_stability_run(&r, &how, &s, err);
    if (!st) {
        if (o->json)
            dc_json_print(dc_stability_json(&s, &sum, run->file),
                          &run->cli->out);
        else
            dc_stability_doc(&s, &sum, run->file, run->cli->doc);
        if (o->full)
            dc_doc_unfold(run->cli->doc);
        dc_stability_release(&s);
    }
    dc_record_release(&r);
out:
    dc_summary_release(&sum);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct stability_opts *o = fields;
    return dc_open_run(cli, args->item[0], o->judge, stability, o, err);
}

static const struct dc_example examples[] = {
    {"Do prompts get one verdict, and how many would comply once in ten tries:",
     "deepconf stability run.db"},
    {"Once in a thousand tries, by another judge of the file, for programs:",
     "deepconf stability run.db --judge keywords --tries 1000 --json"},
    {0},
};

const struct dc_cmd dc_cmd_stability = {
    .name = "stability",
    .args = "FILE",
    .summary = "would prompts come out the same another time",
    .about =
        "Says how far the traces of a prompt agree (unanimous share, Safety "
        "Stability Index, flip rate), how often fewer traces would decide the "
        "same, and how many prompts that should be refused get a compliance in "
        "so many tries: counted as far as traces were drawn, fitted beyond. Of "
        "a run that stopped early, only what stopping can't have biased.",
    .opt = options,
    .n_fields = sizeof(struct stability_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
