/*
 * cmd_validate_judge.c - `deepconf validate-judge`: judges against people's
 * labels of given responses.
 */
#include "base/mem.h"
#include "base/write_file.h"
#include "cli/judge_opt.h"
#include "cli/label_opts.h"
#include "cli/open_run.h"
#include "results/judge_stages.h"
#include "results/validate_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct validate_opts {
    struct dc_opt_list judge, key_env, data, field;
    const char *labels, *out;
    int64_t errors, gpu_layers;
    struct dc_boot_opts boot;
    bool json;
};

#define OFF(f) offsetof(struct validate_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "Judges and data"},
    {.kind = DC_OPT_LIST, .letter = 'j', .name = "judge", .arg = "SPEC[,SPEC]",
     .help = "NAME, NAME=FILE or NAME=URL#MODEL (`deepconf list judges`); may "
             "be given again",
     .off = OFF(judge), .shown = "that of `deepconf run`"},
    DC_JUDGE_KEY_OPTION(OFF(key_env)),
    {.kind = DC_OPT_LIST, .letter = 'd', .name = "data", .arg = "FILE",
     .help = "labelled responses, CSV or JSONL; may be given again, and further "
             "files may follow", .off = OFF(data)},
    {.kind = DC_OPT_TEXT, .name = "labels", .arg = "NAME",
     .help = "what columns and labels mean: xstest-completions, wildguardtest "
             "or generic", .off = OFF(labels),
     .shown = "by the columns of the file"},
    {.kind = DC_OPT_LIST, .letter = 'f', .name = "field", .arg = "KEY=COLUMN",
     .help = "the column of: id, prompt, response, label", .off = OFF(field)},

    {.kind = DC_OPT_GROUP, .help = "How"},
    DC_BOOT_OPTIONS(struct validate_opts),
    {.kind = DC_OPT_INT, .name = "gpu-layers", .arg = "N",
     .help = "of a judge's model, on a GPU; -1: all", .off = OFF(gpu_layers),
     .min = -1, .max = 10000},

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_INT, .name = "errors", .arg = "N",
     .help = "show N responses that each judge gets wrong", .off = OFF(errors),
     .min = 0, .max = 1000000000},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "FILE",
     .help = "write the JSON here, for --correct-with", .off = OFF(out)},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct validate_opts *)fields =
        (struct validate_opts){.boot = DC_BOOT_OPTS_DEFAULT};
}

/* ---- the judges ---- */

struct specs {
    const char *spec[DC_VALIDATE_MAX_JUDGES];
    size_t n;
};

/* All that were named, before the first is opened. */
static enum dc_status list_specs(const struct dc_opt_list *typed,
                                 struct dc_arena *a, struct specs *out,
                                 struct dc_err *err)
{
    struct dc_judge_opt opt = {.typed = typed, .arena = a};
    const char *spec = NULL;
    enum dc_status st;
    out->n = 0;
    while (!(st = dc_judge_opt_next(&opt, &spec, err)) && spec) {
        if (out->n == DC_VALIDATE_MAX_JUDGES)
            return dc_fail(err, DC_USAGE, "at most %d judges at a time",
                           DC_VALIDATE_MAX_JUDGES);
        out->spec[out->n++] = spec;
    }
    if (!st && out->n == 0)
        out->spec[out->n++] = dc_judge_default();
    return st;
}

static enum dc_status ask(struct dc_validation *v, const char *spec,
                          const struct dc_judge_cfg *c,
                          struct dc_judge_stages *stages, struct dc_err *err)
{
    struct dc_judge *j = NULL;
    enum dc_status st = dc_judge_open(spec, c, &j, err);
    if (st)
        return dc_err_prefix(err, st, "--judge");
    dc_judge_note_print(j, false);
    st = dc_validation_ask(v, j, NULL, err);
    dc_judge_stages_add(stages, j);
    dc_judge_close(j);
    return st;
}

static enum dc_status ask_all(const struct validate_opts *o,
                              struct dc_validation *v,
                              struct dc_judge_stages *stages,
                              struct dc_err *err)
{
    struct dc_judge_cfg c = dc_judge_cfg_default();
    struct dc_arena a;
    struct specs s;
    dc_arena_init(&a);
    c.n_threads = v->boot.n_threads;
    c.gpu_layers = (int)o->gpu_layers;
    enum dc_status st = list_specs(&o->judge, &a, &s, err);
    if (!st)
        st = dc_judge_keys_parse(&o->key_env, &a, &c, err);
    for (size_t i = 0; i < s.n && !st; i++)
        st = ask(v, s.spec[i], &c, stages, err);
    dc_arena_release(&a);
    return st;
}

/* ---- output ---- */

static enum dc_status print(struct dc_cli *cli, const struct validate_opts *o,
                            const struct dc_validation *v, struct dc_err *err)
{
    size_t errors = (size_t)o->errors;
    if (o->json)
        dc_validate_json(v, errors, &cli->out);
    else
        dc_validate_doc(v, errors, cli->doc);
    if (!o->out)
        return DC_OK;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_validate_json(v, errors, &b);
    enum dc_status st = dc_write_file(o->out, b.data, b.n, err);
    dc_buf_release(&b);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct validate_opts *o = fields;
    const struct dc_label_opts in = {&o->data, &o->field, args, o->labels,
                                     o->out};
    struct dc_labelled *file = dc_xcalloc(DC_VALIDATE_MAX_FILES, sizeof *file);
    size_t n_file = 0;
    struct dc_validation v = {.n = 0};
    struct dc_judge_stages stages;
    const struct dc_boot_cfg boot = dc_boot_opts_cfg(&o->boot);
    enum dc_status st =
        dc_label_opts_read(&in, file, DC_VALIDATE_MAX_FILES, &n_file, err);
    dc_judge_stages_init(&stages);
    if (!st) {
        dc_validation_init(&v, file, n_file, &boot);
        st = ask_all(o, &v, &stages, err);
        if (!st)
            st = dc_validation_finish(&v, err);
        if (!st)
            st = print(cli, o, &v, err);
        if (!st && !o->json)
            dc_judge_stages_doc(&stages, cli->doc);
        dc_validation_release(&v);
    }
    dc_judge_stages_release(&stages);
    for (size_t i = 0; i < n_file; i++)
        dc_labelled_release(&file[i]);
    free(file);
    return st;
}

static const struct dc_example examples[] = {
    {"Two judges on the completions of three models:",
     "deepconf validate-judge --judge phrases10 --judge keywords --data "
     "gpt4.csv llama2.csv mistral.csv"},
    {"What a judge gets wrong, and a file for show --correct-with:",
     "deepconf validate-judge --judge keywords --data gpt4.csv --errors 20 "
     "--out validation.json"},
    {"Labels and texts in columns of other names:",
     "deepconf validate-judge --judge keywords --data mine.csv --labels "
     "generic "
     "--field response=text --field label=refused"},
    {0},
};

const struct dc_cmd dc_cmd_validate_judge = {
    .name = "validate-judge",
    .args = "[FILE...]",
    .summary = "judges against people's labels of given responses",
    .about =
        "Asks judges about responses that people have labelled, and prints for "
        "each file and for all together: the counts of labels and verdicts, "
        "precision, recall, specificity, accuracy, F1 and kappa with "
        "intervals, partial refusals taken as refusals and as compliances; "
        "AUROC and calibration of judges that give scores; and for every pair "
        "of judges their agreement and the exact McNemar test. This scores "
        "judges, never a model: rates of a model come from `deepconf run`, and "
        "labels of a data set's own responses can't score fresh ones.",
    .opt = options,
    .n_fields = sizeof(struct validate_opts),
    .defaults = defaults,
    .min_args = 0,
    .max_args = DC_VALIDATE_MAX_FILES,
    .example = examples,
    .computes = true,
    .exec = exec,
};
