/*
 * cmd_compare.c - `deepconf compare A B`: two runs, paired by prompt.
 */
#include "cli/open_run.h"
#include "results/compare_report.h"

struct compare_opts {
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
     .help = DC_JUDGE_PICK_HELP "; given twice: that of A, that of B",
     .off = OFF(judge), .shown = "each run's"},

    {.kind = DC_OPT_GROUP, .help = "How [default]"},
    {.kind = DC_OPT_INT, .name = "resamples", .arg = "N",
     .help = "of the bootstrap, for the means", .off = OFF(boot.resamples),
     .min = 100, .max = 1000000},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",
     .help = "of the bootstrap", .off = OFF(boot.seed)},
    DC_BOOT_THREADS(struct compare_opts),

    {.kind = DC_OPT_GROUP, .help = "Output"},
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

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct compare_opts *o = fields;
    const struct dc_compare_cfg cfg = {
        .ignore_gold = o->ignore_gold,
        .allow_different = o->allow_different,
        .boot = dc_boot_opts_cfg(&o->boot),
    };
    const char *const *file = args->item;
    struct dc_compare_side side[2] = {{.n_prompt = 0}, {.n_prompt = 0}};
    struct dc_compare c = {.n_key = 0};
    const struct dc_opt_list *j = &o->judge;
    enum dc_status st = DC_OK;
    if (j->n > 2)
        return dc_fail(err, DC_USAGE,
                       "--judge is given %zu times; expected once, or once "
                       "for A and once for B",
                       j->n);
    for (size_t i = 0; i < 2 && !st; i++)
        st = dc_compare_side_open(
            file[i], j->n ? j->item[i < j->n ? i : 0] : NULL, &side[i], err);
    if (!st)
        st = dc_compare_run(&side[0], &side[1], &cfg, &c, err);
    if (!st && o->json)
        dc_compare_json(&c, file[0], file[1], &cli->out);
    else if (!st)
        dc_compare_doc(&c, file[0], file[1], cli->doc);
    dc_compare_release(&c);
    dc_compare_side_release(&side[0]);
    dc_compare_side_release(&side[1]);
    return st;
}

static const struct dc_example examples[] = {
    {"Does another model refuse more?", "deepconf compare qwen.db smollm2.db"},
    {"What did early stopping change?",
     "deepconf compare fixed.db curtail.db --json"},
    {"What does another judge change, on the same traces?",
     "deepconf compare run.db run.db --judge phrases10 --judge "
     "keywords"},
    {0},
};

const struct dc_cmd dc_cmd_compare = {
    .name = "compare",
    .args = "A B",
    .summary = "two runs, paired by prompt: what changed, and is it chance",
    .about =
        "Pairs the prompts of two runs by their id and prints how their "
        "configurations differ, decisions changed, refusals, correctness, "
        "sensitivity, specificity and undetermined prompts with the exact "
        "McNemar test, an interval of the difference (B - A), p-values "
        "corrected for all of them (Holm), and the smallest difference that so "
        "many prompts could have shown; then the means of traces, tokens and "
        "measures with bootstrap intervals over prompts. Prompts that one of "
        "the runs has not decided are counted apart. Outputs that are nearly "
        "all the same though the model or the seed is not raise an alarm.",
    .opt = options,
    .n_fields = sizeof(struct compare_opts),
    .defaults = defaults,
    .min_args = 2,
    .max_args = 2,
    .example = examples,
    .exec = exec,
};
