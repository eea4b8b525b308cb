/*
 * cmd_import.c - `deepconf import FILE --format NAME --out run.db`: responses
 * made elsewhere as a run file, and its summary.
 */
#include "base/json.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/field_opt.h"
#include "exchange/exchange.h"
#include "judge/judge.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct import_opts {
    const char *format, *out, *judge, *benchmark, *model, *verdicts_by;
    const char *data, *confidence_means;
    struct dc_opt_list field, keep;
    int64_t k;
    bool json;
};

#define OFF(f) offsetof(struct import_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What is read [default]"},
    {.kind = DC_OPT_TEXT, .letter = 'f', .name = "format", .arg = "NAME",
     .help = "inspect (.json or .eval), lm-eval (samples_*.jsonl), deepconf, "
             "garak (report.jsonl), promptfoo, harmbench, "
             "jailbreakbench, deep-conf-safety (predictions.jsonl), csv or "
             "jsonl: see `deepconf list formats`",
     .off = OFF(format)},
    {.kind = DC_OPT_LIST, .name = "field", .arg = "KEY=NAME",
     .help = "where the input has it: prompt, response, id, label, category, "
             "verdict (of each response, by another judge; jsonl, csv); may be "
             "given again", .off = OFF(field), .shown = ""},
    {.kind = DC_OPT_LIST, .name = "keep", .arg = "NAME",
     .help = "keep what the input has under this name (metadata of Inspect, a "
             "doc of lm-eval) as a field of the prompts, for `show --by NAME`; "
             "may be given again", .off = OFF(keep), .shown = ""},
    {.kind = DC_OPT_TEXT, .name = "data", .arg = "FILE",
     .help = "with --format deep-conf-safety, whose file has ids alone: the "
             "data set that has the prompts and labels", .off = OFF(data)},
    {.kind = DC_OPT_TEXT, .name = "confidence-means", .arg = "WORD",
     .help = "with --format deep-conf-safety: what its confidences are, nll, "
             "logprob, probability, entropy, token-confidence or unknown",
     .off = OFF(confidence_means),
     .shown = "what our export says, else unknown"},
    {.kind = DC_OPT_TEXT, .name = "verdicts-by", .arg = "LABEL",
     .help = "with --field verdict=KEY: the judge that gave them",
     .off = OFF(verdicts_by), .shown = "given"},
    {.kind = DC_OPT_TEXT, .letter = 'b', .name = "benchmark", .arg = "NAME",
     .help = "what the labels mean: see `deepconf list benchmarks`",
     .off = OFF(benchmark), .shown = "generic"},
    {.kind = DC_OPT_TEXT, .letter = 'm', .name = "model", .arg = "NAME",
     .help = "the model that responded, for the record", .off = OFF(model),
     .shown = "the input's"},

    {.kind = DC_OPT_GROUP, .help = "What is made of it"},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .alias = "output",
     .arg = "FILE", .help = "the run file, which must not hold a run yet",
     .off = OFF(out)},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "NAME",
     .help = "what decides whether a response refuses; `deepconf judge` adds "
             "others later", .off = OFF(judge), .shown = "keywords"},
    {.kind = DC_OPT_INT, .name = "k", .arg = "N",
     .help = "token confidence is made of the N most likely tokens; a list that "
             "has less of them for sure gives none", .off = OFF(k), .min = 1,
     .max = DC_CONF_K_MAX, .shown = "what the first response allows"},
    {.kind = DC_OPT_FLAG, .name = "json",
     .help = "print the summary as JSON", .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct import_opts *)fields = (struct import_opts){.out = NULL};
}

static enum dc_status find_format(const char *name, struct dc_import_cfg *c,
                                  struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    size_t n;
    const struct dc_format *const *row = dc_formats(&n);
    if (!name)
        return dc_fail(err, DC_USAGE,
                       "--format NAME is needed: see `deepconf list formats`");
    c->format = dc_format_find(name);
    for (size_t i = 0; i < n; i++)
        if (row[i]->read)
            dc_nearest_offer(&near, row[i]->name);
    return c->format && c->format->read
               ? DC_OK
               : dc_cli_no_such("format to import from", &near,
                                "see `deepconf list formats`", err);
}

static enum dc_status find_benchmark(const char *name, struct dc_import_cfg *c,
                                     struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    size_t n;
    const struct dc_benchmark *const *row = dc_benchmarks(&n);
    c->benchmark = dc_benchmark_find(name);
    for (size_t i = 0; i < n; i++)
        dc_nearest_offer(&near, row[i]->name);
    return c->benchmark ? DC_OK
                        : dc_cli_no_such("benchmark", &near,
                                         "see `deepconf list benchmarks`", err);
}

/* A copy of a run is what it is. */
static enum dc_status check_copy(const struct import_opts *o,
                                 const struct dc_import_cfg *c,
                                 struct dc_err *err)
{
    const char *idle = o->benchmark     ? "--benchmark"
                       : o->judge       ? "--judge"
                       : o->model       ? "--model"
                       : o->field.n     ? "--field"
                       : o->keep.n      ? "--keep"
                       : o->k           ? "--k"
                       : o->verdicts_by ? "--verdicts-by"
                                        : NULL;
    if (!idle || strcmp(c->format->name, "deepconf") != 0)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%s has no effect on --format deepconf, which holds a "
                   "whole run: leave it out",
                   idle);
}

static enum dc_status make_cfg(const struct import_opts *o,
                               struct dc_import_cfg *c, struct dc_err *err)
{
    const struct dc_field field[] = {
        {"prompt", &c->field_prompt, NULL},
        {"response", &c->field_response, NULL},
        {"id", &c->field_id, NULL},
        {"label", &c->field_label, NULL},
        {"category", &c->field_category, NULL},
        {"verdict", &c->field_verdict, NULL},
    };
    enum dc_status st = find_format(o->format, c, err);
    if (!st)
        st = check_copy(o, c, err);
    if (!st && (!o->out || !o->out[0]))
        st = dc_fail(err, DC_USAGE,
                     "--out FILE is needed: the run file to make");
    if (!st)
        st = find_benchmark(o->benchmark ? o->benchmark : "generic", c, err);
    c->judge = o->judge ? o->judge : dc_judge_default();
    c->model = o->model;
    c->k = (unsigned)o->k;
    c->keep = o->keep.item;
    c->n_keep = o->keep.n;
    c->data = o->data;
    c->confidence_means = o->confidence_means;
    if (!st && (o->data || o->confidence_means) &&
        strcmp(c->format->name, "deep-conf-safety") != 0)
        st = dc_fail(
            err, DC_USAGE, "%s has no effect on --format %s: leave it out",
            o->data ? "--data" : "--confidence-means", c->format->name);
    c->verdicts_by = o->verdicts_by ? o->verdicts_by : "given";
    if (!st)
        st = dc_fields_set(&o->field, field, sizeof field / sizeof *field, err);
    if (!st && o->verdicts_by && !c->field_verdict)
        st = dc_fail(err, DC_USAGE,
                     "--verdicts-by has no effect without --field verdict=KEY, "
                     "which says where they are");
    return st;
}

static enum dc_status summarise(struct dc_cli *cli, struct dc_store *store,
                                const struct import_opts *o,
                                const struct dc_import_count *count,
                                struct dc_err *err)
{
    struct dc_summary s;
    enum dc_status st =
        dc_summary_read(store, NULL, o->json ? 0 : dc_cores(), &s, err);
    if (st)
        return st;
    if (o->json) {
        json_t *tree = dc_summary_tree(&s, o->out);
        dc_json_put(tree, "import", dc_import_count_json(count));
        dc_json_print(tree, &cli->out);
    } else {
        dc_summary_doc(&s, o->out, cli->doc);
        dc_import_count_doc(count, cli->doc);
    }
    dc_summary_release(&s);
    return DC_OK;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct import_opts *o = fields;
    struct dc_import_cfg cfg = {.path = args->item[0]};
    struct dc_import_count count;
    struct dc_store *store = NULL;
    enum dc_status st = make_cfg(o, &cfg, err);
    if (st)
        return st;
    st = dc_store_open_rw(o->out, &store, err);
    if (st)
        return st;
    st = dc_import(store, &cfg, &count, err);
    if (!st)
        st = summarise(cli, store, o, &count, err);
    return dc_store_end(store, st, err);
}

static const struct dc_example examples[] = {
    {"An Inspect log whose samples' metadata say what is harmful:",
     "deepconf import log.eval --format inspect --field label=harm --out "
     "run.db"},
    {"Responses of your own, a line each:",
     "deepconf import responses.jsonl --format jsonl --out run.db"},
    {"Responses with the verdicts of another judge, beside our own:",
     "deepconf import responses.jsonl --format jsonl --field verdict=judged "
     "--verdicts-by haiku --out run.db"},
    {"What deep_conf_safety wrote, with the data set that it ran over:",
     "deepconf import predictions.jsonl --format deep-conf-safety --data "
     "toxicchat_test.csv --benchmark toxicchat --confidence-means nll --out "
     "run.db"},
    {"A run that was exported:",
     "deepconf import run.jsonl --format deepconf --out copy.db"},
    {0},
};

const struct dc_cmd dc_cmd_import = {
    .name = "import",
    .args = "FILE",
    .summary = "responses made elsewhere, as a run file",
    .about =
        "Reads responses that another program sampled into a run file, judges "
        "them, and prints the summary. All commands that read a run file work "
        "on it, but `deepconf run` can't go on with it. What the input does "
        "not say (sampling, model, token records) is recorded as unknown, and "
        "measures exist only where there are log-probabilities. All of the "
        "input is read or nothing, and notes count what of it was left out. "
        "Targets and labels that other programs wrote count as gold labels "
        "only if all of them are words of the benchmark, or where --field "
        "label=KEY names them. docs/EXCHANGE.md has the formats.",
    .opt = options,
    .n_fields = sizeof(struct import_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
