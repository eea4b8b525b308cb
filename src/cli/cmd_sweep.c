/*
 * cmd_sweep.c - `deepconf sweep FILE`: every stopping policy replayed over one
 * recorded run, in seconds and without a model.
 */
#include "audit/audit.h"
#include "base/mem.h"
#include "base/write_file.h"
#include "cli/cores.h"
#include "cli/open_run.h"
#include "replay/grid.h"
#include "results/sweep_report.h"

#include <stdlib.h>
#include <string.h>

struct sweep_opts {
    struct dc_opt_list policy, vote, window;
    const char *measure, *threshold, *percentiles, *judge;
    int64_t min_traces, permutations, threads;
    double audit_share, calibration_share;
    struct dc_opt_seed seed;
    bool json, csv;
};

#define OFF(f) offsetof(struct sweep_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What is replayed [default]"},
    {.kind = DC_OPT_LIST, .letter = 'p', .name = "policy", .arg = "POLICY",
     .help = "this policy instead of the usual set; may be given again, and "
             "braces stand for several: 'unanimous({3..5})'",
     .off = OFF(policy), .shown = "all of `deepconf list policies`"},
    {.kind = DC_OPT_LIST, .name = "vote", .arg = "VOTE",
     .help = "with each of these votes; braces too", .off = OFF(vote),
     .shown = "majority"},
    {.kind = DC_OPT_LIST, .name = "answer-window", .arg = "N",
     .help = "with traces that end after N tokens; braces too",
     .off = OFF(window), .shown = "off"},
    {.kind = DC_OPT_TEXT, .name = "measure", .arg = "NAME",
     .help = "the confidence that policies look at", .off = OFF(measure),
     .shown = "the run's"},
    {.kind = DC_OPT_INT, .name = "min-traces", .arg = "N",
     .help = "of a prompt, at least", .off = OFF(min_traces), .min = 1,
     .max = DC_STOP_K_MAX, .shown = "the run's; of an import 3"},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},

    {.kind = DC_OPT_GROUP, .help = "How"},
    {.kind = DC_OPT_INT, .name = "permutations", .arg = "N",
     .help = "average over N orders of each prompt's traces",
     .off = OFF(permutations), .min = 0, .max = 100000},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",
     .help = "of the permutations", .off = OFF(seed)},
    {.kind = DC_OPT_TEXT, .name = "threshold", .arg = "cross|live|in-sample",
     .help = "where the threshold of confidence-percentile comes from: the "
             "other prompts in five folds; the first share, as in a live run; "
             "or the very prompts it is scored on", .off = OFF(threshold)},
    {.kind = DC_OPT_REAL, .name = "calibration-share", .arg = "SHARE",
     .help = "of the prompts, for --threshold live",
     .off = OFF(calibration_share), .min = 0, .open_min = true, .max = 1},
    {.kind = DC_OPT_REAL, .name = "audit-share", .arg = "SHARE",
     .help = "of the prompts, whose traces run on past an answer window",
     .off = OFF(audit_share), .min = 0, .max = 1},
    DC_THREADS_OPTION(OFF(threads)),

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_FLAG, .name = "csv", .help = "CSV instead of text",
     .off = OFF(csv)},
    {.kind = DC_OPT_TEXT, .name = "percentile-analysis", .arg = "FILE",
     .help = "also write the rows of confidence-percentile, as the "
             "NAME_percentile_analysis.json of a report has them",
     .off = OFF(percentiles), .shown = ""},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct sweep_opts *)fields = (struct sweep_opts){
        .threshold = "cross",
        .seed = {false, 1},
        .audit_share = 0.05,
        .calibration_share = 0.1,
    };
}

/* ---- settings ---- */

struct plan {
    struct dc_arena arena;
    const char *measure; /* of the run, or the option's */
    unsigned min_traces, max_tokens, max_traces;
    enum dc_calibration calibration;
    struct dc_judge_start judge;
    struct dc_setting *setting;
    size_t n, cap;
};

static enum dc_status
find_calibration(const char *name, enum dc_calibration *out, struct dc_err *err)
{
    static const struct {
        const char *name;
        enum dc_calibration is;
    } known[] = {{"cross", DC_CALIBRATION_CROSS},
                 {"live", DC_CALIBRATION_LIVE},
                 {"in-sample", DC_CALIBRATION_IN_SAMPLE}};
    for (size_t i = 0; i < DC_COUNT(known); i++) {
        if (strcmp(known[i].name, name) != 0)
            continue;
        *out = known[i].is;
        return DC_OK;
    }
    return dc_fail(err, DC_USAGE,
                   "--threshold %.60s: expected cross, live or in-sample",
                   name);
}

static enum dc_status expand(const struct dc_opt_list *list, const char *name,
                             const char *plain, struct dc_arena *a,
                             struct dc_grid *g, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    g->n = 0;
    for (size_t i = 0; i < list->n && !st; i++)
        st = dc_grid_add(g, a, list->item[i], err);
    if (!st && list->n == 0)
        st = dc_grid_add(g, a, plain, err);
    return dc_err_prefix(err, st, "--%s", name);
}

static enum dc_status set_window(const struct plan *p, const char *text,
                                 struct dc_setting *s, struct dc_err *err)
{
    char *end = NULL;
    if (!text[0])
        return DC_OK;
    unsigned long n = strtoul(text, &end, 10);
    if (text[strspn(text, "0123456789")] || end == text || n < 1 ||
        n >= p->max_tokens)
        return dc_fail(err, DC_USAGE,
                       "--answer-window %.40s: expected a number of tokens, 1 "
                       "to %u: the run's traces have %u at most",
                       text, p->max_tokens - 1, p->max_tokens);
    s->has_window = true;
    s->window = (unsigned)n;
    return DC_OK;
}

static enum dc_status add_setting(struct plan *p, const char *policy,
                                  const char *vote, const char *window,
                                  struct dc_err *err)
{
    struct dc_setting s = dc_setting_default();
    enum dc_status st = dc_setting_policy(&s, policy, p->measure, err);
    if (!st)
        st = dc_stop_counts(&s.policy, p->max_traces, err);
    st = dc_err_prefix(err, st, "--policy");
    if (!st)
        st = dc_err_prefix(err, dc_setting_vote(&s, vote, err), "--vote");
    if (!st)
        st = set_window(p, window, &s, err);
    if (!st && s.policy.row->decide && !s.vote.row->by_tally)
        st = dc_fail(err, DC_USAGE,
                     "--policy %s decides by a rule of its own: name it in a "
                     "sweep "
                     "without --vote %s",
                     s.policy.spec.text, s.vote.spec.text);
    if (!st && p->n == DC_SWEEP_MAX_ROWS)
        st = dc_fail(err, DC_USAGE, "more than %d rows; ask for fewer at once",
                     (int)DC_SWEEP_MAX_ROWS);
    if (!st)
        p->setting[p->n++] = s;
    return st;
}

static enum dc_status named(const struct sweep_opts *o, struct plan *p,
                            struct dc_err *err)
{
    static struct dc_grid policy, vote, window; /* large */
    enum dc_status st =
        expand(&o->policy, "policy", "curtail", &p->arena, &policy, err);
    if (!st)
        st = expand(&o->vote, "vote", "majority", &p->arena, &vote, err);
    if (!st)
        st = expand(&o->window, "answer-window", "", &p->arena, &window, err);
    p->setting = dc_xcalloc(DC_SWEEP_MAX_ROWS, sizeof *p->setting);
    for (size_t i = 0; i < policy.n && !st; i++)
        for (size_t j = 0; j < vote.n && !st; j++)
            for (size_t k = 0; k < window.n && !st; k++)
                st = add_setting(p, policy.item[i], vote.item[j],
                                 window.item[k], err);
    return st;
}

static enum dc_status usual(struct dc_store *store, struct plan *p,
                            bool windows, struct dc_err *err)
{
    struct dc_sweep_defaults d = {
        .measure = p->measure,
        .min_traces = p->min_traces,
        .max_tokens = p->max_tokens,
        .windows = windows,
        .max_traces = p->max_traces,
    };
    enum dc_status st = dc_store_lacks(store, &d.lacks, err);
    return st ? st : dc_sweep_default(&d, &p->setting, &p->n, err);
}

static enum dc_status check_least(const struct plan *p, uint64_t max_traces,
                                  struct dc_err *err)
{
    if (p->min_traces <= max_traces)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--min-traces is %u; the run has at most %llu traces a "
                   "prompt",
                   p->min_traces, (unsigned long long)max_traces);
}

static enum dc_status find_measure(struct plan *p, const char *name,
                                   struct dc_err *err)
{
    struct dc_measure_spec m;
    enum dc_status st = dc_measure_parse(name, &m, err);
    if (st)
        return dc_err_prefix(err, st, "--measure");
    p->measure = dc_arena_strdup(&p->arena, m.spec.text);
    return DC_OK;
}

/* What the run itself says, unless the options do. */
static enum dc_status read_run(const struct dc_audit_config *run,
                               const struct sweep_opts *o, struct plan *p,
                               struct dc_err *err)
{
    p->min_traces =
        (unsigned)(o->min_traces ? (uint64_t)o->min_traces : run->replay_min);
    p->max_tokens = (unsigned)run->max_tokens;
    p->max_traces = (unsigned)run->max_traces;
    enum dc_status st = check_least(p, run->max_traces, err);
    if (!st)
        st = find_measure(p, o->measure ? o->measure : run->measure, err);
    if (st)
        return st;
    return find_calibration(o->threshold, &p->calibration, err);
}

/* Can the judge be asked about answer windows? Nobody named one. */
static bool can_ask(const struct dc_open_run *run)
{
    struct dc_judge_start s = {.judge = NULL};
    struct dc_record_cfg c = {.n_column = 0};
    bool can =
        dc_judge_start_open(run->view, &run->pick, &s, &c, NULL) == DC_OK;
    dc_judge_start_close(&s);
    return can;
}

static enum dc_status make_plan(const struct dc_open_run *open,
                                const struct sweep_opts *o, struct plan *p,
                                struct dc_record_cfg *want, struct dc_err *err)
{
    bool windows = false;
    enum dc_status st = read_run(&open->view->is, o, p, err);
    want->judged = open->pick.label;
    if (!st)
        st = dc_store_has_tok_ends(open->view->store, &windows, err);
    if (st)
        return st;
    if (o->policy.n + o->vote.n + o->window.n > 0)
        st = named(o, p, err);
    else
        st = usual(open->view->store, p,
                   windows && open->view->is.window == 0 && can_ask(open), err);
    for (size_t i = 0; i < p->n && !st; i++) {
        struct dc_setting *s = &p->setting[i];
        s->min_traces = p->min_traces;
        s->audit_share = o->audit_share;
        s->calibration = p->calibration;
        s->calibration_share = o->calibration_share;
        st = dc_setting_want(s, want, err);
    }
    if (!st && want->n_window > 0)
        st = dc_judge_start_open(open->view, &open->pick, &p->judge, want, err);
    return st;
}

/* ---- output ---- */

/* Why no row of confidence-percentile has figures. */
static const char *no_percentiles(const struct dc_sweep *s)
{
    const char *why = dc_sweep_why_blank(s, "confidence-percentile");
    if (why)
        return why;
    if (!s->has_full_cost)
        return "run with --stop fixed";
    return s->record->knows.drawn
               ? "name it with --policy, or name no policy at all"
               : "name it with --policy; without any, it is left out where the "
                 "input has no log-probabilities";
}

static enum dc_status write_percentiles(const struct dc_sweep *s,
                                        const char *path, struct dc_err *err)
{
    struct dc_buf b;
    enum dc_status st = DC_OK;
    dc_buf_init(&b, SIZE_MAX);
    if (dc_sweep_percentiles(s, &b) > 0)
        st = dc_write_file(path, b.data, b.n, err);
    else
        st = dc_fail(err, DC_USAGE,
                     "--percentile-analysis: no row of confidence-percentile "
                     "has figures; %s",
                     no_percentiles(s));
    dc_buf_release(&b);
    return st;
}

static enum dc_status print(const struct dc_open_run *run,
                            const struct sweep_opts *o,
                            const struct dc_sweep *s, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    struct dc_doc *d = run->cli->doc;
    if (o->percentiles)
        st = write_percentiles(s, o->percentiles, err);
    if (st)
        return st;
    if (o->json) {
        dc_json_print(dc_sweep_json(s, run->file), &run->cli->out);
    } else if (o->csv) {
        dc_sweep_csv(s, &run->cli->out);
    } else {
        dc_doc_say(d, "%s", dc_doc_code(d, run->file));
        dc_sweep_doc_answer(s, d);
        dc_sweep_doc_basis(s, d);
        dc_sweep_doc(s, d);
    }
    return DC_OK;
}

static enum dc_status sweep(const struct dc_open_run *run, const void *fields,
                            struct dc_err *err)
{
    const struct sweep_opts *o = fields;
    struct plan p = {.n = 0};
    struct dc_record_cfg want = {.n_column = 0};
    struct dc_record r = {.n_prompt = 0};
    struct dc_sweep s = {.n_row = 0};
    const struct dc_sweep_cfg how = {
        .n_permutation = (unsigned)o->permutations,
        .seed = o->seed.value,
        .n_threads = o->threads ? (unsigned)o->threads : dc_cores(),
        .level = 0.95,
        .nobody_named = o->policy.n + o->vote.n + o->window.n == 0,
    };
    dc_arena_init(&p.arena);
    enum dc_status st = make_plan(run, o, &p, &want, err);
    if (!st)
        st = dc_audit_run(run->view->store, err);
    if (st)
        goto out;
    st = dc_record_read(run->view, &want, &r, err);
    if (st)
        goto out;
    st = dc_sweep_run(&r, p.setting, p.n, &how, &s, err);
    if (!st)
        st = print(run, o, &s, err);
    dc_sweep_release(&s);
    dc_record_release(&r);
out:
    free(p.setting);
    dc_judge_start_close(&p.judge);
    dc_arena_release(&p.arena);
    return st;
}

static enum dc_status check_output(const struct sweep_opts *o, bool files,
                                   struct dc_err *err)
{
    if (o->json && o->csv)
        return dc_fail(err, DC_USAGE, "--json and --csv exclude each other");
    if (!files || !o->percentiles)
        return DC_OK;
    return dc_err_prefix(err, dc_file_out_check(o->percentiles, err),
                         "--percentile-analysis");
}

static enum dc_status check(const void *fields, const struct dc_ahead *ahead,
                            struct dc_err *err)
{
    const struct sweep_opts *o = fields;
    struct plan p = {
        .min_traces = (unsigned)o->min_traces,
        .max_tokens = ahead->max_tokens,
        .max_traces = ahead->max_traces,
    };
    dc_arena_init(&p.arena);
    enum dc_status st = check_least(&p, ahead->max_traces, err);
    if (!st)
        st = find_measure(&p, o->measure ? o->measure : "mean_prob", err);
    if (!st)
        st = find_calibration(o->threshold, &p.calibration, err);
    if (!st)
        st = dc_ahead_judge(ahead, o->judge, err);
    if (!st)
        st = dc_ahead_replay(ahead, o->judge, err);
    if (!st)
        st = named(o, &p, err);
    if (!st)
        st = check_output(o, ahead->files, err);
    free(p.setting);
    dc_arena_release(&p.arena);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct sweep_opts *o = fields;
    enum dc_status st = check_output(o, false, err);
    return st ? st : dc_open_run(cli, args->item[0], o->judge, sweep, o, err);
}

static const struct dc_example examples[] = {
    {"Everything, averaged over 100 orders of the traces:",
     "deepconf sweep run.db --permutations 100"},
    {"Some policies over a grid:",
     "deepconf sweep run.db --policy 'hypergeometric({0.1,0.05,0.01})' "
     "--policy 'unanimous({3..5})'"},
    {"What each percentile of confidence would have saved, as a file:",
     "deepconf sweep run.db --percentile-analysis "
     "run_percentile_safety_analysis.json"},
    {0},
};

const struct dc_cmd dc_cmd_sweep = {
    .name = "sweep",
    .args = "FILE",
    .summary = "what every stopping policy would have cost and changed",
    .about =
        "Replays stopping policies over the traces of a run and prints, sorted "
        "by cost: traces, tokens and seconds per prompt, decisions changed "
        "against all K traces with interval and exact McNemar test, the exact "
        "worst case where there is one, and the rates against the gold "
        "labels. A run drawn with --stop fixed can be "
        "replayed under any policy, and under any judge of the file; one drawn "
        "with curtail under policies that stop no later, and under another "
        "judge only if the traces drawn settle every prompt for that judge. "
        "A run that another policy stopped, or an import with fewer traces for "
        "some prompts, is refused (exit code 3): the prompts whose majority "
        "over all traces is known are then chosen by what is asked about. Of "
        "a run that is not finished the prompts before the first undecided "
        "one count. Thresholds come from other prompts than those they "
        "are scored on, unless --threshold says otherwise.",
    .opt = options,
    .n_fields = sizeof(struct sweep_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .check = check,
    .exec = exec,
};
