/*
 * cmd_stability.c - `deepconf stability FILE`: would the prompts of a run come
 * out the same way another time, with fewer traces, or with more tries?
 *
 * A command of its own, since it has options of its own, and needs verdicts
 * alone: `stats` reads every measure of every trace.
 */
#include "cli/cli.h"
#include "cli/cores.h"
#include "results/judge_start.h"
#include "results/stability_report.h"

struct stability_opts {
    const char *judge;
    int64_t tries, resamples, threads;
    struct dc_opt_seed seed;
    bool full, json;
};

#define OFF(f) offsetof(struct stability_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What is looked at [default]"},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},
    {.kind = DC_OPT_INT, .name = "tries", .arg = "N",
     .help = "so many tries of a prompt that should be refused, too",
     .off = OFF(tries), .min = 1, .max = DC_TRIES_MAX,
     .shown = "up to ten times the traces"},

    {.kind = DC_OPT_GROUP, .help = "How"},
    {.kind = DC_OPT_INT, .name = "resamples", .arg = "N",
     .help = "of the prompts, for the intervals", .off = OFF(resamples),
     .min = 1, .max = 1000000},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",
     .help = "of the resamples", .off = OFF(seed)},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "changes no figure", .off = OFF(threads), .min = 1, .max = 256,
     .shown = "the cores this process may use"},

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
        (struct stability_opts){.resamples = 2000, .seed = {0, 1}};
}

static void print(struct dc_cli *cli, const struct stability_opts *o,
                  const struct dc_stability *s, const struct dc_summary *sum,
                  const char *file)
{
    const struct dc_doc_look look = {cli->to.width, cli->to.colour};
    if (o->json) {
        dc_json_print(dc_stability_json(s, sum, file), &cli->out);
        return;
    }
    struct dc_doc *d = dc_doc_create();
    dc_stability_doc(s, sum, file, d);
    if (o->full)
        dc_doc_unfold(d);
    dc_doc_text(d, &look, &cli->out);
    dc_doc_free(d);
}

static enum dc_status stability(struct dc_cli *cli,
                                const struct stability_opts *o,
                                struct dc_store *store, const char *file,
                                struct dc_err *err)
{
    struct dc_judge_pick pick;
    struct dc_record_cfg c = {.n_column = 0};
    struct dc_summary sum;
    struct dc_record r;
    struct dc_stability s;
    struct dc_stability_cfg how = {.boot = dc_boot_cfg_default(),
                                   .tries = (unsigned)o->tries};
    how.boot.n_resamples = (uint32_t)o->resamples;
    how.boot.n_threads = o->threads ? (uint32_t)o->threads : dc_cores();
    how.boot.seed = o->seed.value;
    enum dc_status st = dc_judge_pick(o->judge, &pick, err);
    if (st)
        return st;
    c.judged = pick.label;
    st = dc_summary_read(store, pick.label, &sum, err);
    if (st)
        return st;
    st = dc_record_read(store, &c, &r, err);
    if (st)
        goto out;
    st = dc_stability_run(&r, &how, &s, err);
    if (!st) {
        print(cli, o, &s, &sum, file);
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
    struct dc_store *store = NULL;
    enum dc_status st = dc_store_open_ro(args->item[0], &store, err);
    if (st)
        return st;
    st = stability(cli, fields, store, args->item[0], err);
    dc_store_close(store);
    return st;
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
