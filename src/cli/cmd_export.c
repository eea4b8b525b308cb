/*
 * cmd_export.c - `deepconf export FILE --format NAME`: a run in the format of
 * another program.
 *
 * Files that fit standard output go there at once, past cli->out, which would
 * have to hold them whole.
 */
#include "base/nearest.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "exchange/exchange.h"
#include "results/judge_start.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct export_opts {
    const char *format, *out, *judge;
};

#define OFF(f) offsetof(struct export_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_TEXT, .letter = 'f', .name = "format", .arg = "NAME",
     .help = "inspect, lm-eval, garak, jsonl (also called deepconf), csv, "
             "every-eval-ever or deep-conf-safety: see `deepconf list "
             "formats`", .off = OFF(format)},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .alias = "output",
     .arg = "PATH", .help = "the file; of a format of several files, such as "
             "lm-eval, a folder; for inspect, whose viewer looks for certain "
             "names, a folder too: one that exists, or DIR/",
     .off = OFF(out), .shown = "standard output"},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = DC_JUDGE_PICK_HELP, .off = OFF(judge), .shown = "the run's"},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct export_opts *)fields = (struct export_opts){0};
}

static enum dc_status find(const struct export_opts *o,
                           const struct dc_format **out, struct dc_err *err)
{
    struct dc_nearest near = {.typed = o->format};
    size_t n;
    const struct dc_format *const *row = dc_formats(&n);
    if (!o->format)
        return dc_fail(err, DC_USAGE,
                       "--format NAME is needed: see `deepconf list formats`");
    *out = dc_format_find(o->format);
    for (size_t i = 0; i < n; i++)
        if (row[i]->write)
            dc_nearest_offer(&near, row[i]->name);
    if (!*out || !(*out)->write)
        return dc_cli_no_such("format to export to", &near,
                              "see `deepconf list formats`", err);
    if ((*out)->lossless && o->judge)
        return dc_fail(err, DC_USAGE,
                       "--judge has no effect on --format %s, which holds the "
                       "verdicts of all judges: leave it out",
                       (*out)->name);
    return DC_OK;
}

static void say(const struct dc_export_count *c, const struct export_opts *o,
                struct dc_doc *d)
{
    dc_doc_say(d, "%s: %" PRIu64 " prompt%s, %" PRIu64 " trace%s",
               dc_doc_code(d, o->out), c->n_prompt, dc_plural(c->n_prompt),
               c->n_trace, dc_plural(c->n_trace));
    if (c->n_no_text > 0 && !strcmp(o->format, "inspect"))
        dc_doc_note(d,
                    "%" PRIu64 " trace%s without log-probabilities: the run "
                    "file does not say which text their tokens are",
                    c->n_no_text, dc_plural(c->n_no_text));
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct export_opts *o = fields;
    struct dc_export_cfg cfg = {.out = o->out};
    struct dc_export_count count;
    struct dc_judge_pick pick;
    struct dc_store *store = NULL;
    enum dc_status st = find(o, &cfg.format, err);
    if (!st)
        st = dc_judge_pick(o->judge, &pick, err);
    if (!st)
        st = dc_store_open_ro(args->item[0], &store, err);
    if (st)
        return st;
    cfg.judge = pick.label;
    st = dc_export(store, &cfg, &count, err);
    dc_store_close(store);
    if (!st && o->out && strcmp(o->out, "-") != 0)
        say(&count, o, cli->doc);
    return st;
}

static const struct dc_example examples[] = {
    {"For Inspect's viewer:",
     "deepconf export run.db --format inspect --out logs/"},
    {"Everything, to be read back with `deepconf import`:",
     "deepconf export run.db --format jsonl --out run.jsonl"},
    {"A table for a spreadsheet, decided by another judge of the file:",
     "deepconf export run.db --format csv --judge keywords --out run.csv"},
    {0},
};

const struct dc_cmd dc_cmd_export = {
    .name = "export",
    .args = "FILE",
    .summary = "a run in the format of another program",
    .about =
        "Writes a run file as an Inspect log, as the files of "
        "lm-evaluation-harness, garak, Every Eval Ever or deep_conf_safety, as "
        "JSONL with everything in it, or as CSV. The same run gives the same "
        "bytes. A run that is not finished is written as far as it is. "
        "docs/EXCHANGE.md says what stands where and what a format has no "
        "place for.",
    .opt = options,
    .n_fields = sizeof(struct export_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
