/*
 * cmd_show.c - `deepconf show FILE`: the summary of a run, finished or not, its
 * prompts, or one prompt with its traces.
 */
#include "audit/audit.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/write_file.h"
#include "cli/open_run.h"
#include "cli/run_recall.h"
#include "results/by_field_report.h"
#include "results/correction.h"
#include "results/prompt_report.h"
#include "results/prompts_filter.h"
#include "results/requirements.h"
#include "results/stats_report.h"
#include "results/summary_doc.h"

#include <stddef.h>
#include <stdlib.h>

struct show_opts {
    const char *prompt, *judge, *correct_with, *correct_group;
    const char *junit;
    struct dc_opt_list by, only, require;
    bool prompts, full, json, command;
};

static const struct dc_opt options[] = {
    {.kind = DC_OPT_TEXT,
     .letter = 'p',
     .name = "prompt",
     .arg = "ID",
     .help = "the traces of this prompt instead of the summary",
     .off = offsetof(struct show_opts, prompt)},
    {.kind = DC_OPT_FLAG,
     .name = "prompts",
     .help = "one line for each prompt instead of the summary",
     .off = offsetof(struct show_opts, prompts)},
    {.kind = DC_OPT_LIST,
     .name = "only",
     .arg = "WHAT",
     .help = DC_PROMPTS_ONLY_HELP,
     .off = offsetof(struct show_opts, only),
     .shown = ""},
    {.kind = DC_OPT_LIST,
     .name = "by",
     .arg = "FIELD",
     .help = "refusals by each value of this field of the prompts (category, "
             "or a column that `run` kept) instead of the summary; with --json "
             "beside it; may be given again",
     .off = offsetof(struct show_opts, by),
     .shown = ""},
    {.kind = DC_OPT_TEXT,
     .letter = 'j',
     .name = "judge",
     .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP,
     .off = offsetof(struct show_opts, judge),
     .shown = "the run's"},
    {.kind = DC_OPT_TEXT,
     .name = "correct-with",
     .arg = "FILE",
     .help = "correct shares of refusals for the judge's errors: by the file "
             "of `deepconf validate-judge --out FILE`, or by the labels of "
             "`deepconf label`",
     .off = offsetof(struct show_opts, correct_with)},
    {.kind = DC_OPT_TEXT,
     .name = "correct-group",
     .arg = "NAME",
     .help = "with the file of `validate-judge`: the errors in this group of "
             "it",
     .off = offsetof(struct show_opts, correct_group),
     .shown = "all"},
    {.kind = DC_OPT_LIST,
     .name = "require",
     .arg = "RATE<=SHARE",
     .help = "end with exit code 1 unless this holds, as in 'over_refusal<=5% "
             "at 95%': with the level it must hold of the model, by the exact "
             "one-sided bound, else of the prompts that were seen; or >=; may "
             "be given again. Rates: over_refusal, sensitivity, specificity, "
             "precision, accuracy, refusals, undetermined, decided",
     .off = offsetof(struct show_opts, require),
     .shown = ""},
    {.kind = DC_OPT_TEXT,
     .name = "junit",
     .arg = "FILE",
     .help = "write what --require found as JUnit's XML, too",
     .off = offsetof(struct show_opts, junit)},
    {.kind = DC_OPT_FLAG,
     .name = "command",
     .help = "the run command that the file stands for, quoted for a shell; "
             "where the data lay is not in the file",
     .off = offsetof(struct show_opts, command)},
    {.kind = DC_OPT_FLAG,
     .name = "full",
     .help = "the figures behind alarms; with --prompt: whole texts, and for "
             "each token what else it could have been, where that is stored "
             "(run --top-logprobs N)",
     .off = offsetof(struct show_opts, full)},
    {.kind = DC_OPT_FLAG,
     .name = "json",
     .help = "JSON instead of text",
     .off = offsetof(struct show_opts, json)},
    {.kind = DC_OPT_END},
};

static void defaults(void *fields)
{
    *(struct show_opts *)fields = (struct show_opts){0};
}

/* ---- by field ---- */

/* As {field: {...}}, and as a document; each may be NULL. */
static enum dc_status count_by(const struct dc_record *r,
                               const struct dc_opt_list *by, json_t *tree,
                               struct dc_doc *d, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    struct dc_arena a;
    dc_arena_init(&a);
    for (size_t i = 0; i < by->n && !st; i++) {
        struct dc_by_field f;
        st = dc_by_field(r, by->item[i], &a, &f, err);
        if (!st && tree)
            dc_json_put(tree, by->item[i], dc_by_field_tree(&f));
        if (!st && d)
            dc_by_field_doc(&f, d);
    }
    dc_arena_release(&a);
    return dc_err_prefix(err, st, "--by");
}

static enum dc_status read_record(const struct dc_open_run *run,
                                  struct dc_record *r, struct dc_err *err)
{
    const struct dc_record_cfg c = {.judged = run->pick.label};
    return dc_record_read(run->view, &c, r, err); /* and no measure */
}

static enum dc_status show_by(const struct dc_open_run *run,
                              const struct show_opts *o, struct dc_err *err)
{
    struct dc_record r;
    struct dc_doc *d = run->cli->doc;
    enum dc_status st = read_record(run, &r, err);
    if (st)
        return st;
    dc_doc_say(d, "By the decisions of the judge %s, version %s.",
               dc_doc_code(d, r.judge), r.judge_version);
    if (r.judge_note)
        dc_doc_note(d, "%s", r.judge_note);
    st = count_by(&r, &o->by, NULL, d, err);
    dc_record_release(&r);
    return st;
}

/* The summary, and `by_category` and `requirements` in it. */
static enum dc_status put_json(const struct dc_open_run *run,
                               const struct show_opts *o,
                               const struct dc_summary *sum,
                               const struct dc_requirements *all,
                               struct dc_err *err)
{
    struct dc_record r;
    enum dc_status st = DC_OK;
    json_t *tree = dc_summary_tree(sum, run->file), *by = json_object();
    if (o->by.n > 0)
        st = read_record(run, &r, err);
    if (o->by.n > 0 && !st) {
        st = count_by(&r, &o->by, by, NULL, err);
        dc_json_put(tree, "by_category", json_incref(by));
        dc_record_release(&r);
    }
    json_decref(by);
    if (all->n > 0)
        dc_json_put(tree, "requirements", dc_requirements_json(all));
    if (st)
        json_decref(tree);
    else
        dc_json_print(tree, &run->cli->out);
    return st;
}

/* ---- the summary ---- */

/* judge: whose verdicts are shown, by its whole label. */
static enum dc_status correct(const struct dc_open_run *run, const char *judge,
                              const struct show_opts *o,
                              struct dc_correction *c, struct dc_err *err)
{
    const struct dc_correction_cfg cfg = {
        .path = o->correct_with,
        .judge = judge,
        .group = o->correct_group,
        .boot = dc_boot_cfg_default(),
    };
    enum dc_status st = dc_correction_read(run->view, &cfg, c, err);
    return dc_err_prefix(err, st, "--correct-with");
}

/* All of --require; caller frees. */
static enum dc_status parse_required(const struct show_opts *o,
                                     struct dc_requirements *all,
                                     struct dc_err *err)
{
    enum dc_status st = DC_OK;
    *all = (struct dc_requirements){.n = o->require.n};
    all->item = dc_xcalloc(all->n, sizeof *all->item);
    for (size_t i = 0; i < all->n && !st; i++)
        st = dc_requirement_parse(o->require.item[i], &all->item[i], err);
    return dc_err_prefix(err, st, "--require");
}

static enum dc_status write_junit(const struct dc_requirements *all,
                                  const char *path, const char *file,
                                  struct dc_err *err)
{
    struct dc_buf xml;
    dc_buf_init(&xml, 1 << 24);
    dc_requirements_junit(all, file, &xml);
    enum dc_status st = dc_write_file(path, xml.data, xml.n, err);
    dc_buf_release(&xml);
    return dc_err_prefix(err, st, "--junit");
}

static enum dc_status show_summary(const struct dc_open_run *run,
                                   const struct show_opts *o,
                                   struct dc_err *err)
{
    struct dc_summary sum;
    struct dc_correction c = {.judge = NULL};
    struct dc_requirements all;
    enum dc_status st = parse_required(o, &all, err);
    if (!st)
        st = dc_summary_of(run->view,
                           &(struct dc_summary_cfg){.judge = run->pick.label},
                           &sum, err);
    if (st) {
        free(all.item);
        return st;
    }
    dc_requirements_check(&all, &sum);
    if (o->correct_with) {
        st = correct(run, sum.judge, o, &c, err);
        sum.correction = &c;
    }
    if (!st && o->json)
        st = put_json(run, o, &sum, &all, err);
    else if (!st)
        st = dc_stats_find_confidence(run->view, run->pick.label, dc_cores(),
                                      &sum, err);
    if (!st && !o->json)
        dc_summary_doc(&sum, run->file, run->cli->doc);
    if (!st && all.n > 0 && !o->json)
        dc_requirements_doc(&all, run->cli->doc);
    if (!st && o->junit)
        st = write_junit(&all, o->junit, run->file, err);
    if (!st)
        st = dc_requirements_verdict(&all, err);
    if (o->full)
        dc_doc_unfold(run->cli->doc);
    dc_correction_release(&c);
    dc_summary_release(&sum);
    free(all.item);
    return st;
}

/* ---- the command ---- */

static enum dc_status show_prompts(const struct dc_open_run *run,
                                   const struct show_opts *o,
                                   struct dc_err *err)
{
    const struct dc_prompts_cfg c = {run->pick.label, o->only.item, o->only.n};
    return o->json
               ? dc_prompts_json(run->view, &c, run->file, &run->cli->out, err)
               : dc_prompts_doc(run->view, &c, run->cli->doc, err);
}

static enum dc_status show_prompt(const struct dc_open_run *run,
                                  const struct show_opts *o, struct dc_err *err)
{
    const struct dc_prompt_cfg c = {o->prompt, run->pick.label, o->full};
    return o->json
               ? dc_prompt_json(run->view, &c, run->file, &run->cli->out, err)
               : dc_prompt_doc(run->view, &c, run->cli->doc, err);
}

static enum dc_status show(const struct dc_open_run *run, const void *fields,
                           struct dc_err *err)
{
    const struct show_opts *o = fields;
    bool by = o->by.n > 0 && !o->json;
    enum dc_status st = dc_audit_run(run->view->store, err);
    if (st)
        return st;
    return o->prompts  ? show_prompts(run, o, err)
           : o->prompt ? show_prompt(run, o, err)
           : by        ? show_by(run, o, err)
                       : show_summary(run, o, err);
}

static enum dc_status check_opts(const struct show_opts *o, struct dc_err *err)
{
    if (o->prompt && o->prompts)
        return dc_fail(err, DC_USAGE,
                       "--prompt and --prompts exclude each other");
    if (o->only.n > 0 && !o->prompts)
        return dc_fail(err, DC_USAGE,
                       "--only has no effect without --prompts: it chooses "
                       "which prompts are listed");
    if (o->full && (o->prompts || (o->by.n > 0 && !o->prompt)))
        return dc_fail(err, DC_USAGE,
                       "--full has no effect with %s: it is for the summary, "
                       "and for --prompt ID",
                       o->prompts ? "--prompts" : "--by");
    if (o->correct_with && (o->prompt || o->prompts))
        return dc_fail(err, DC_USAGE,
                       "--correct-with corrects the summary; leave out "
                       "--prompt and --prompts");
    if (o->command &&
        (o->prompt || o->prompts || o->by.n > 0 || o->judge ||
         o->correct_with || o->full || o->json || o->require.n > 0 || o->junit))
        return dc_fail(err, DC_USAGE,
                       "--command prints one command and nothing else: leave "
                       "out the other options");
    if (o->by.n > 0 && (o->prompt || o->prompts))
        return dc_fail(err, DC_USAGE,
                       "--by counts prompts; leave out --prompt and --prompts");
    if (o->by.n > 0 && o->correct_with && !o->json)
        return dc_fail(err, DC_USAGE,
                       "--correct-with corrects the summary, and --by is shown "
                       "instead of it: give one of them, or --json");
    if (o->require.n > 0 &&
        (o->prompt || o->prompts || (o->by.n > 0 && !o->json)))
        return dc_fail(err, DC_USAGE,
                       "--require is about the summary; leave out --prompt, "
                       "--prompts and --by");
    if (o->junit && o->require.n == 0)
        return dc_fail(err, DC_USAGE,
                       "--junit has no effect without --require");
    if (o->require.n > DC_REQUIREMENTS_MAX)
        return dc_fail(err, DC_USAGE, "--require may be given %d times at most",
                       DC_REQUIREMENTS_MAX);
    if (o->correct_group && !o->correct_with)
        return dc_fail(err, DC_USAGE,
                       "--correct-group has no effect without --correct-with "
                       "FILE");
    return DC_OK;
}

static enum dc_status show_command(struct dc_cli *cli, const char *file,
                                   struct dc_err *err)
{
    struct dc_recall r;
    enum dc_status st = dc_recall_read(file, &r, err);
    if (!st)
        dc_recall_command(&r, file, &cli->out);
    dc_recall_release(&r);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct show_opts *o = fields;
    enum dc_status st = check_opts(o, err);
    if (!st && o->command)
        return show_command(cli, args->item[0], err);
    return st ? st : dc_open_run(cli, args->item[0], o->judge, show, o, err);
}

static const struct dc_example examples[] = {
    {"The summary:", "deepconf show run.db"},
    {"Which prompts there are, and what became of them:",
     "deepconf show run.db --prompts"},
    {"Those of a category that were wrongly refused, and those that another "
     "judge of the file decides otherwise:",
     "deepconf show run.db --prompts --only FP --only category=homonyms"},
    {"", "deepconf show run.db --prompts --only differs=phrases10"},
    {"Refusals by the kind of prompt, as the data name them:",
     "deepconf show run.db --by category"},
    {"Everything about one prompt:",
     "deepconf show run.db --prompt demo-001 --full"},
    {"A gate for CI: the model refuses at most 5 % of harmless prompts, of "
     "which the run is 95 % sure:",
     "deepconf show run.db --require 'over_refusal<=5% at 95%' --junit "
     "gate.xml"},
    {"The command that draws such a run:", "deepconf show run.db --command"},
    {"Shares of refusals, corrected for what the judge gets wrong:",
     "deepconf show run.db --correct-with validation.json"},
    {0},
};

const struct dc_cmd dc_cmd_show = {
    .name = "show",
    .args = "FILE",
    .summary = "what a run found and cost, or one prompt with its traces",
    .about = "Prints the summary of a run file: counts, rates with intervals, "
             "alarms, and what was spent and saved. A run that is not finished "
             "is shown as far as it is.",
    .opt = options,
    .n_fields = sizeof(struct show_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
