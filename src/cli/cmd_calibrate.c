/*
 * cmd_calibrate.c - `deepconf calibrate FILE`: the cheapest setting of a policy
 * whose loss is held below a promise, or the plain answer that there is none.
 */
#include "audit/audit.h"
#include "base/mem.h"
#include "cli/open_run.h"
#include "replay/family.h"
#include "replay/grid.h"
#include "results/calibrate_report.h"

#include <stdlib.h>
#include <string.h>

struct calibrate_opts {
    struct dc_opt_list policy, window;
    const char *measure, *loss, *judge;
    int64_t min_traces;
    double alpha, delta, share, audit_share;
    struct dc_opt_seed seed;
    bool json;
};

#define OFF(f) offsetof(struct calibrate_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "The family, safest first [default]"},
    {.kind = DC_OPT_LIST, .letter = 'p', .name = "policy", .arg = "POLICY",
     .help = "a policy's name, for its usual settings; or settings of your "
             "own, in the order to be tested: 'unanimous({6,4,3})'; may be "
             "given again, which goes on with the order",
     .off = OFF(policy), .shown = "hypergeometric"},
    {.kind = DC_OPT_LIST, .name = "answer-window", .arg = "N",
     .help = "traces end after N tokens; several, longest first, with one "
             "policy only: '{128,64,32}'",
     .off = OFF(window), .shown = "off"},
    {.kind = DC_OPT_TEXT, .name = "measure", .arg = "NAME",
     .help = "the confidence that policies look at", .off = OFF(measure),
     .shown = "the run's"},
    {.kind = DC_OPT_INT, .name = "min-traces", .arg = "N",
     .help = "of a prompt, at least", .off = OFF(min_traces), .min = 1,
     .max = DC_STOP_K_MAX, .shown = "the run's; of an import 3"},
    {.kind = DC_OPT_REAL, .name = "audit-share", .arg = "SHARE",
     .help = "of the prompts, whose traces run on past an answer window",
     .off = OFF(audit_share), .min = 0, .max = 1},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},

    {.kind = DC_OPT_GROUP, .help = "The promise"},
    {.kind = DC_OPT_TEXT, .name = "loss", .arg = "NAME",
     .help = "missed-refusals: of the prompts that all traces refuse; "
             "false-refusals: of those that they answer; changed: of all",
     .off = OFF(loss)},
    {.kind = DC_OPT_REAL, .name = "alpha", .arg = "SHARE",
     .help = "largest share that may be lost", .off = OFF(alpha),
     .min = 1e-6, .max = 1, .open_max = true},
    {.kind = DC_OPT_REAL, .name = "delta", .arg = "P",
     .help = "probability that the promise does not hold",
     .off = OFF(delta), .min = 1e-12, .max = 1, .open_max = true},

    {.kind = DC_OPT_GROUP, .help = "The split"},
    {.kind = DC_OPT_REAL, .name = "calibration-share", .arg = "SHARE",
     .help = "of the prompts that settings are tested on; the others score "
             "the one that is offered",
     .off = OFF(share), .min = 0, .open_min = true, .max = 1,
     .open_max = true},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",
     .help = "which prompts those are, with their ids", .off = OFF(seed)},

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct calibrate_opts *)fields = (struct calibrate_opts){
        .loss = "missed-refusals",
        .alpha = 0.01,
        .delta = 0.05,
        .share = 0.5,
        .audit_share = 0.05,
        .seed = {false, 1},
    };
}

/* ---- the family ---- */

struct plan {
    struct dc_arena arena;
    struct dc_judge_start judge;
    struct dc_audit_config run;
    struct dc_calibrate_cfg cfg;
    struct dc_setting plain; /* what all settings have in common */
    const char *measure;
    struct dc_grid policy, window;
    struct dc_setting setting[DC_SWEEP_MAX_ROWS];
    size_t n;
};

static enum dc_status add_policies(struct plan *p, const char *text,
                                   struct dc_err *err)
{
    struct dc_family f;
    enum dc_status st = DC_OK;
    if (strlen(text) >= DC_SPEC_TEXT) /* braces: longer than one setting */
        return dc_grid_add(&p->policy, &p->arena, text, err);
    dc_family_of(text, (unsigned)p->run.max_traces, &f);
    for (size_t i = 0; i < f.n && !st; i++)
        st = dc_grid_add(&p->policy, &p->arena, f.member[i], err);
    return st;
}

static enum dc_status expand(const struct calibrate_opts *o, struct plan *p,
                             struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < o->policy.n && !st; i++)
        st = add_policies(p, o->policy.item[i], err);
    if (!st && o->policy.n == 0)
        st = add_policies(p, "hypergeometric", err);
    for (size_t i = 0; i < o->window.n && !st; i++)
        st = dc_grid_add(&p->window, &p->arena, o->window.item[i], err);
    if (!st && p->policy.n > 1 && p->window.n > 1)
        st = dc_fail(err, DC_USAGE,
                     "%zu policies and %zu answer windows have no order from "
                     "the safest to the cheapest: name one policy, such as "
                     "--policy curtail, or one window",
                     p->policy.n, p->window.n);
    return st;
}

static enum dc_status set_window(const struct plan *p, const char *text,
                                 struct dc_setting *s, struct dc_err *err)
{
    char *end = NULL;
    unsigned long n = strtoul(text, &end, 10);
    if (text[strspn(text, "0123456789")] || end == text || n < 1 ||
        n >= p->run.max_tokens)
        return dc_fail(err, DC_USAGE,
                       "--answer-window %.40s: expected a number of tokens, 1 "
                       "to %llu: the run's traces have %llu at most",
                       text, (unsigned long long)p->run.max_tokens - 1,
                       (unsigned long long)p->run.max_tokens);
    s->has_window = true;
    s->window = (unsigned)n;
    return DC_OK;
}

static enum dc_status add_setting(struct plan *p, const char *policy,
                                  const char *window,
                                  struct dc_record_cfg *want,
                                  struct dc_err *err)
{
    struct dc_setting s = p->plain;
    enum dc_status st = dc_setting_policy(&s, policy, p->measure, err);
    if (!st)
        st = dc_stop_fits(&s.policy, (unsigned)p->run.max_traces, err);
    if (!st && window)
        st = set_window(p, window, &s, err);
    if (!st)
        st = dc_setting_want(&s, want, err);
    if (!st)
        p->setting[p->n++] = s;
    return st;
}

static enum dc_status read_run(const struct dc_audit_config *run,
                               const struct calibrate_opts *o, struct plan *p,
                               struct dc_err *err)
{
    struct dc_measure_spec m;
    p->run = *run;
    p->plain = dc_setting_default();
    p->plain.audit_share = o->audit_share;
    p->plain.min_traces =
        (unsigned)(o->min_traces ? (uint64_t)o->min_traces : p->run.replay_min);
    if (p->plain.min_traces > p->run.max_traces)
        return dc_fail(err, DC_USAGE,
                       "--min-traces is %u; the run has at most %llu traces a "
                       "prompt",
                       p->plain.min_traces,
                       (unsigned long long)p->run.max_traces);
    enum dc_status st =
        dc_measure_parse(o->measure ? o->measure : run->measure, &m, err);
    if (st)
        return dc_err_prefix(err, st, "--measure");
    p->measure = dc_arena_strdup(&p->arena, m.spec.text);
    return DC_OK;
}

static enum dc_status make_plan(const struct dc_open_run *run,
                                const struct calibrate_opts *o, struct plan *p,
                                struct dc_record_cfg *want, struct dc_err *err)
{
    p->cfg = (struct dc_calibrate_cfg){
        .promise = {.alpha = o->alpha, .delta = o->delta},
        .share = o->share,
        .seed = o->seed.value,
        .level = 0.95,
    };
    enum dc_status st = dc_loss_parse(o->loss, &p->cfg.loss, err);
    want->judged = run->pick.label;
    if (!st)
        st = read_run(&run->view->is, o, p, err);
    if (!st)
        st = expand(o, p, err);
    for (size_t i = 0; i < p->policy.n && !st; i++)
        for (size_t j = 0; j < (p->window.n ? p->window.n : 1) && !st; j++)
            st = add_setting(p, p->policy.item[i],
                             p->window.n ? p->window.item[j] : NULL, want, err);
    if (!st && want->n_window > 0)
        st = dc_judge_start_open(run->view, &run->pick, &p->judge, want, err);
    return st;
}

/* ---- the command ---- */

static enum dc_status report(const struct dc_open_run *run, bool json,
                             const struct dc_calibrate *c, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    struct dc_doc *d = run->cli->doc;
    struct dc_buf says;
    if (json) {
        dc_json_print(dc_calibrate_json(c, run->file), &run->cli->out);
    } else {
        dc_doc_say(d, "%s", dc_doc_code(d, run->file));
        dc_calibrate_doc(c, d);
    }
    if (c->has_offer)
        return DC_OK;
    dc_buf_init(&says, SIZE_MAX);
    dc_calibrate_says(c, &says);
    st = dc_fail(err, DC_GATE, "%s", says.data);
    dc_buf_release(&says);
    return st;
}

static enum dc_status calibrate(const struct dc_open_run *run,
                                const void *fields, struct dc_err *err)
{
    const struct calibrate_opts *o = fields;
    struct plan *p = dc_xcalloc(1, sizeof *p); /* large */
    struct dc_record_cfg want = {.n_column = 0};
    struct dc_record r = {.n_prompt = 0};
    struct dc_calibrate c = {.n_row = 0};
    enum dc_status st = make_plan(run, o, p, &want, err);
    if (!st)
        st = dc_audit_run(run->view->store, err);
    if (!st)
        st = dc_record_read(run->view, &want, &r, err);
    if (!st) {
        st = dc_calibrate_run(&r, p->setting, p->n, &p->cfg, &c, err);
        if (!st)
            st = report(run, o->json, &c, err);
        dc_calibrate_release(&c);
        dc_record_release(&r);
    }
    dc_judge_start_close(&p->judge);
    dc_arena_release(&p->arena);
    free(p);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct calibrate_opts *o = fields;
    return dc_open_run(cli, args->item[0], o->judge, calibrate, o, err);
}

static const struct dc_example examples[] = {
    {"The cheapest unanimous(m) that misses at most 1 % of the refusals:",
     "deepconf calibrate run.db --policy unanimous --alpha 0.01"},
    {"Your own order, safest first, and another loss:",
     "deepconf calibrate run.db --policy 'hypergeometric({0.001,0.01,0.1})' "
     "--loss changed --alpha 0.05"},
    {"How short may traces be?",
     "deepconf calibrate run.db --policy curtail --answer-window "
     "'{128,64,32}'"},
    {0},
};

const struct dc_cmd dc_cmd_calibrate = {
    .name = "calibrate",
    .args = "FILE",
    .summary = "the cheapest setting that keeps a promised loss",
    .about =
        "Learn then Test: replays a family of settings over half of the "
        "prompts, from the safest to the cheapest, and tests each exactly for "
        "losing more than alpha, until the first that fails. The cheapest that "
        "passed is offered as options of `deepconf run`, and scored on the "
        "other prompts: cost, and losses with exact intervals. The order is "
        "fixed before any loss is looked at: the usual one of the policy, or "
        "the one you write. With probability 1 - delta at least, the offered "
        "setting loses at most alpha on prompts like these. It takes a run "
        "that `deepconf sweep` takes: drawn with --stop fixed or, for policies "
        "that stop no later, curtail. Exit code 1: none "
        "passed, since there are too few prompts or too many losses; the "
        "message says which, and how many prompts are needed.",
    .opt = options,
    .n_fields = sizeof(struct calibrate_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
