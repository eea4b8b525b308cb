/*
 * cmd_judge.c - `deepconf judge FILE`: further judges on the traces of a run;
 * `deepconf judge --input FILE`: judges on responses made elsewhere.
 */
#include "base/judge_name.h"
#include "cli/cores.h"
#include "cli/judge_cmd.h"
#include "cli/judge_opt.h"

#include <stddef.h>
#include <string.h>

#define OFF(f) offsetof(struct dc_judge_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "Who judges [default]"},
    {.kind = DC_OPT_LIST, .letter = 'j', .name = "judge", .arg = "SPEC[,SPEC]",
     .help = "NAME, or NAME=FILE for a judge that reads a file, or "
             "NAME=URL#MODEL for one whose model a server has: see `deepconf "
             "list judges`; may be given again. Without it, the judges of the "
             "run file are compared",
     .off = OFF(judge), .shown = ""},
    {.kind = DC_OPT_FLAG, .name = "again",
     .help = "replace the verdicts of another version of the judge",
     .off = OFF(again)},
    {.kind = DC_OPT_FLAG, .name = "again-undetermined",
     .help = "judge again what the judge has left undetermined",
     .off = OFF(again_undetermined)},
    DC_JUDGE_KEY_OPTION(OFF(key_env)),

    {.kind = DC_OPT_GROUP, .help = "Responses made elsewhere"},
    {.kind = DC_OPT_TEXT, .letter = 'i', .name = "input", .arg = "FILE",
     .help = "CSV or JSONL with the columns prompt and response, judged row "
             "by row in constant memory; - is standard input",
     .off = OFF(input), .shown = ""},
    {.kind = DC_OPT_LIST, .name = "field", .arg = "KEY=COLUMN",
     .help = "another column for prompt, response or id", .off = OFF(field),
     .shown = ""},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "FILE",
     .help = "where the verdicts go: CSV if its name ends in .csv, else JSONL; "
             "in a file they can be gone on with by the same command",
     .off = OFF(out), .shown = "standard output"},

    {.kind = DC_OPT_GROUP, .help = "Speed, of judges that ask a model"},
    {.kind = DC_OPT_INT, .name = "slots", .arg = "N",
     .help = "responses at a time", .off = OFF(slots), .min = 1, .max = 1024,
     .shown = "8; at a server as many as it takes well"},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "changes no verdict", .off = OFF(threads), .min = 1, .max = 4096,
     .shown = "the cores this process may use"},
    {.kind = DC_OPT_INT, .name = "gpu-layers", .arg = "N",
     .help = "layers of the model on a GPU, if there is one; -1 is all",
     .off = OFF(gpu_layers), .min = -1, .max = 100000},

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress", .off = OFF(quiet)},
    {.kind = DC_OPT_FLAG, .name = "json",
     .help = "print the table as JSON", .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    const struct dc_judge_cfg c = dc_judge_cfg_default();
    *(struct dc_judge_opts *)fields = (struct dc_judge_opts){
        .gpu_layers = c.gpu_layers,
    };
}

/* ---- which judges ---- */

static enum dc_status add_judge(struct dc_judge_list *l, const char *spec,
                                struct dc_err *err)
{
    if (l->n == DC_JUDGES_MAX)
        return dc_fail(err, DC_USAGE, "more than %d judges at once",
                       (int)DC_JUDGES_MAX);
    enum dc_status st = dc_judge_label(spec, l->label[l->n], err);
    for (size_t i = 0; i < l->n && !st; i++)
        if (dc_judge_name_same(l->label[i], l->label[l->n]))
            st = dc_fail(err, DC_USAGE,
                         "%s and %s would both be stored as %s; rename a file, "
                         "or name one of them",
                         l->spec[i], spec, l->label[i]);
    if (!st)
        l->spec[l->n++] = spec;
    return st ? dc_err_prefix(err, st, "--judge") : st;
}

static enum dc_status list_judges(const struct dc_judge_opts *o,
                                  struct dc_judge_list *l, struct dc_err *err)
{
    struct dc_judge_opt opt = {.typed = &o->judge, .arena = &l->arena};
    const char *spec = NULL;
    enum dc_status st = dc_judge_opt_next(&opt, &spec, err);
    while (!st && spec) {
        st = add_judge(l, spec, err);
        if (!st)
            st = dc_judge_opt_next(&opt, &spec, err);
    }
    l->cfg = dc_judge_cfg_default();
    l->cfg.n_threads = o->threads ? (unsigned)o->threads : dc_cores();
    l->cfg.n_slots = (unsigned)o->slots;
    l->cfg.gpu_layers = (int)o->gpu_layers;
    return st ? st : dc_judge_keys_parse(&o->key_env, &l->arena, &l->cfg, err);
}

/* ---- the command ---- */

static enum dc_status check_opts(const struct dc_judge_opts *o, size_t n_file,
                                 struct dc_err *err)
{
    if (o->input && n_file > 0)
        return dc_fail(err, DC_USAGE,
                       "a run file and --input exclude each other: the traces "
                       "of a run are judged into the run file");
    if (!o->input && n_file == 0)
        return dc_fail(err, DC_USAGE,
                       "judge needs a run file, or --input FILE with "
                       "responses; see `deepconf help judge`");
    if (o->input && o->judge.n == 0)
        return dc_fail(err, DC_USAGE,
                       "--input needs --judge NAME: see `deepconf list "
                       "judges`");
    if (o->input && (o->again || o->again_undetermined))
        return dc_fail(err, DC_USAGE,
                       "%s is for a run file; --input has no verdicts to "
                       "replace",
                       o->again ? "--again" : "--again-undetermined");
    if (!o->input && (o->out || o->field.n))
        return dc_fail(err, DC_USAGE,
                       "%s has no effect without --input FILE: verdicts on a "
                       "run go into the run file",
                       o->out ? "--out" : "--field");
    const char *idle = o->again                ? "--again"
                       : o->again_undetermined ? "--again-undetermined"
                       : o->key_env.n > 0      ? "--judge-api-key-env"
                                               : NULL;
    if (idle && o->judge.n == 0)
        return dc_fail(err, DC_USAGE, "%s has no effect without --judge", idle);
    return DC_OK;
}

static enum dc_status check(const void *fields, const struct dc_ahead *ahead,
                            struct dc_err *err)
{
    const struct dc_judge_opts *o = fields;
    struct dc_judge_list list = {.n = 0};
    enum dc_status st = check_opts(o, 1, err);
    if (st)
        return st;
    dc_arena_init(&list.arena);
    st = list_judges(o, &list, err);
    for (size_t i = 0; i < list.n && ahead->files && !st; i++) {
        struct dc_judge *j = NULL;
        st = dc_judge_open(list.spec[i], &list.cfg, &j, err);
        st = st ? dc_err_prefix(err, st, "--judge") : st;
        dc_judge_close(j);
    }
    dc_arena_release(&list.arena);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct dc_judge_opts *o = fields;
    struct dc_judge_list list = {.n = 0};
    enum dc_status st = check_opts(o, args->n, err);
    if (st)
        return st;
    dc_arena_init(&list.arena);
    st = list_judges(o, &list, err);
    if (!st && o->input)
        st = dc_judge_input(cli, o, &list, err);
    else if (!st)
        st = dc_judge_stored(cli, o, &list, args->item[0], err);
    dc_arena_release(&list.arena);
    return st;
}

static const struct dc_example examples[] = {
    {"A second judge on the traces of a run, and how the two agree:",
     "deepconf judge run.db --judge phrases10"},
    {"What the judges of a run file say, without judging anything:",
     "deepconf judge run.db"},
    {"A judge whose model a second server has:",
     "deepconf judge run.db --judge "
     "wildguard=http://localhost:8001/v1#allenai/wildguard"},
    {"Responses from anywhere:",
     "deepconf judge --input answers.jsonl --judge phrases10 --out "
     "verdicts.jsonl"},
    {0},
};

const struct dc_cmd dc_cmd_judge = {
    .name = "judge",
    .args = "[FILE]",
    .summary = "further judges on the traces of a run, or on other responses",
    .about =
        "Has judges read the traces of a run file and stores their verdicts "
        "beside those of the run's own judge, each under the judge's label "
        "with its version, rule, span, score and raw reply. What a judge has "
        "judged is passed over, so an interrupted command is given again; "
        "another version of a judge replaces the old verdicts only with "
        "--again. Decisions of the run stay as they are; `deepconf show`, "
        "`stats`, `sweep`, `report` and others take --judge LABEL to report "
        "under any judge of the file. Prints what each judge says, how "
        "often it is undetermined and why, and how far the judges agree. A "
        "verdict `partial` counts as a refusal wherever two sides are "
        "compared. With --input, judges responses made elsewhere and writes a "
        "row for each response and judge. Until all is judged the rows are in "
        "FILE.part, with FILE.part.state beside it; the same command goes on "
        "where a stopped one ended (by a broken row too, once that is mended), "
        "and FILE is the same as if nothing had happened. Other judges, other "
        "columns or another input are refused. Verdicts on standard output "
        "can't be gone on with.",
    .opt = options,
    .n_fields = sizeof(struct dc_judge_opts),
    .defaults = defaults,
    .min_args = 0,
    .max_args = 1,
    .example = examples,
    .computes = true,
    .check = check,
    .exec = exec,
};
