/*
 * cmd_budgets.c - `deepconf budgets FILE`: what 1 trace, 5 traces, and as many
 * as a policy wants would have given on the traces of a run.
 *
 * A command of its own beside `sweep`: that holds every policy against all K
 * traces; this holds numbers of traces against each other, with rates and
 * paired intervals.
 */
#include "cli/open_run.h"
#include "cli/run_budgets.h"
#include "results/budgets_report.h"

struct budgets_opts {
    struct dc_opt_list policy;
    const char *judge;
    int64_t min_traces;
    struct dc_boot_opts boot;
    bool json;
};

#define OFF(f) offsetof(struct budgets_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What is replayed [default]"},
    {.kind = DC_OPT_LIST, .letter = 'p', .name = "policy", .alias = "stop",
     .arg = "POLICY",
     .help = "how many traces a prompt gets; may be given again",
     .off = OFF(policy), .shown = "curtail"},
    {.kind = DC_OPT_INT, .name = "min-traces", .arg = "N",
     .help = "of a prompt under the policy, at least", .off = OFF(min_traces),
     .min = 1, .max = DC_STOP_K_MAX, .shown = "the run's; of an import 3"},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},

    {.kind = DC_OPT_GROUP, .help = "How"},
    DC_BOOT_OPTIONS(struct budgets_opts),

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct budgets_opts *)fields =
        (struct budgets_opts){.boot = DC_BOOT_OPTS_DEFAULT};
}

static enum dc_status make_plan(const struct dc_open_run *run,
                                const struct budgets_opts *o,
                                struct dc_record_cfg *want,
                                struct dc_budgets *b, struct dc_err *err)
{
    static const char *const usual[] = {"curtail"};
    const struct dc_audit_config *is = &run->view->is;
    size_t n = o->policy.n ? o->policy.n : 1;
    unsigned min =
        (unsigned)(o->min_traces ? (uint64_t)o->min_traces : is->replay_min);
    if (n > DC_BUDGETS_MAX - 3)
        return dc_fail(err, DC_USAGE,
                       "--policy is given %zu times; at most %d can stand side "
                       "by side (`deepconf sweep` takes more)",
                       n, DC_BUDGETS_MAX - 3);
    if (min > is->max_traces)
        return dc_fail(err, DC_USAGE,
                       "--min-traces is %u; the run has at most %llu traces a "
                       "prompt",
                       min, (unsigned long long)is->max_traces);
    const struct dc_budgets_cfg c = {
        .policy = o->policy.n ? o->policy.item : usual,
        .n_policy = n,
        .measure = is->measure,
        .min_traces = min,
        .k = (unsigned)is->max_traces,
    };
    enum dc_status st = dc_budgets_plan(&c, b, err);
    if (st)
        return dc_err_prefix(err, st, "--policy");
    for (size_t i = 0; i < b->n && !st; i++)
        st = dc_setting_want(&b->budget[i].setting, want, err);
    return st;
}

static enum dc_status replay(const struct dc_open_run *run,
                             const struct budgets_opts *o,
                             const struct dc_record_cfg *want,
                             struct dc_budgets *b, struct dc_err *err)
{
    const struct dc_boot_cfg boot = dc_boot_opts_cfg(&o->boot);
    struct dc_record r;
    enum dc_status st = dc_audit_run(run->view->store, err);
    if (!st)
        st = dc_record_read(run->view, want, &r, err);
    if (st)
        return st;
    st = dc_budgets_run(&r, &boot, b, err);
    if (!st && o->json)
        dc_json_print(dc_budgets_json(b), &run->cli->out);
    else if (!st)
        dc_budgets_doc(b, run->cli->doc);
    dc_record_release(&r);
    return st;
}

static enum dc_status budgets(const struct dc_open_run *run, const void *fields,
                              struct dc_err *err)
{
    struct dc_record_cfg want = {.judged = run->pick.label};
    struct dc_budgets b = {.n = 0};
    enum dc_status st = make_plan(run, fields, &want, &b, err);
    if (!st)
        st = replay(run, fields, &want, &b, err);
    dc_budgets_release(&b);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct budgets_opts *o = fields;
    return dc_open_run(cli, args->item[0], o->judge, budgets, o, err);
}

enum dc_status dc_budgets_of_run(struct dc_cli *cli, const char *file,
                                 const char *policy, struct dc_err *err)
{
    struct budgets_opts o = {.boot = DC_BOOT_OPTS_DEFAULT,
                             .policy = {&policy, 1}};
    return dc_open_run(cli, file, NULL, budgets, &o, err);
}

static const struct dc_example examples[] = {
    {"1 trace, 5 traces, and 3 to 10 as `curtail` has it:",
     "deepconf budgets run.db"},
    {"The rule of an earlier evaluation beside it:",
     "deepconf budgets run.db --policy curtail --policy 'own-percentile(20)'"},
    {0},
};

const struct dc_cmd dc_cmd_budgets = {
    .name = "budgets",
    .args = "FILE",
    .summary = "one trace, five, or as many as a policy wants: rates and cost",
    .about =
        "Replays the recorded traces of a run as if each prompt had got 1 "
        "trace, 5 traces, as many as a policy wants, or all K, and prints "
        "rates, cost and agreement of each with intervals, and the differences "
        "from all K, paired by prompt (--json: of every two). Needs a run that "
        "was drawn far enough: `deepconf run --no-early-stopping`. `deepconf "
        "run --compare` draws such a run and prints this at its end.",
    .opt = options,
    .n_fields = sizeof(struct budgets_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
