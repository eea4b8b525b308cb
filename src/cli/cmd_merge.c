/*
 * cmd_merge.c - `deepconf merge FILE...`: the run files of shards as one run.
 */
#include "base/json.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "results/json_stat.h"
#include "run/merge.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_FILES = 1 << 20 };

struct merge_opts {
    const char *out;
    bool partial, quiet, json;
};

#define OFF(f) offsetof(struct merge_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "Into what [default]"},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .alias = "output",
     .arg = "FILE", .help = "the merged run file, which must not be there yet",
     .off = OFF(out)},
    {.kind = DC_OPT_FLAG, .name = "partial",
     .help = "merge the shards that are given though others are missing; the "
             "file says which it holds, and can be merged again",
     .off = OFF(partial)},

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress", .off = OFF(quiet)},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct merge_opts *)fields = (struct merge_opts){.out = NULL};
}

static void tell_file(void *arg, const char *path, size_t i, size_t n)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "merging file %zu of %zu: ", i + 1, n);
    dc_buf_adds(&b, path);
    dc_progress_note(arg, b.data);
    dc_buf_release(&b);
}

/* ---- what is said ---- */

static void say_undecided(const struct dc_merge *m, struct dc_doc *d)
{
    if (m->n_decided == m->n_prompt)
        return;
    dc_doc_note(d,
                "%" PRIu64 " prompt%s not decided yet: `deepconf run` with the "
                "same options%s%s and this file as --out goes on",
                m->n_prompt - m->n_decided,
                m->n_prompt - m->n_decided == 1 ? " is" : "s are",
                m->missing ? ", --shard " : ", without --shard,",
                m->missing ? m->shards : "");
}

static void say_text(struct dc_cli *cli, const struct merge_opts *o,
                     const struct dc_merge *m, size_t n_file)
{
    struct dc_doc *d = cli->doc;
    dc_doc_say(d,
               "%s: %" PRIu64 " prompt%s, %" PRIu64 " trace%s, %" PRIu64
               " session%s of %zu file%s; %s",
               dc_doc_code(d, o->out), m->n_prompt, dc_plural(m->n_prompt),
               m->n_trace, dc_plural(m->n_trace), m->n_session,
               dc_plural(m->n_session), n_file, dc_plural(n_file),
               m->missing ? "not the whole run" : "the whole run");
    if (m->missing)
        dc_doc_note(d,
                    "it holds shard %s, %" PRIu64 " of %" PRIu64
                    " prompts; %s is missing: `deepconf merge` joins this "
                    "file with those",
                    m->shards, m->n_prompt, m->n_whole, m->missing);
    say_undecided(m, d);
    for (size_t i = 0; i < m->n_note; i++)
        dc_doc_note(d, "%s", m->note[i]);
}

static void say_json(struct dc_cli *cli, const struct merge_opts *o,
                     const struct dc_merge *m, size_t n_file)
{
    json_t *t = json_object(), *notes = json_array();
    for (size_t i = 0; i < m->n_note; i++)
        json_array_append_new(notes, dc_json_text(m->note[i]));
    dc_json_put(t, "file", dc_json_text(o->out));
    dc_json_put(t, "files", dc_json_count(n_file));
    dc_json_put(t, "shards", json_string(m->shards));
    dc_json_put(t, "missing", m->missing ? json_string(m->missing) : NULL);
    dc_json_put(t, "prompts", dc_json_count(m->n_prompt));
    dc_json_put(t, "prompts_of_the_whole_run", dc_json_count(m->n_whole));
    dc_json_put(t, "decided", dc_json_count(m->n_decided));
    dc_json_put(t, "traces", dc_json_count(m->n_trace));
    dc_json_put(t, "sessions", dc_json_count(m->n_session));
    dc_json_put(t, "notes", notes);
    dc_json_print(t, &cli->out);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct merge_opts *o = fields;
    struct dc_progress prog;
    struct dc_merge m;
    struct dc_merge_cfg cfg = {.path = args->item,
                               .n = args->n,
                               .out = o->out,
                               .partial = o->partial,
                               .progress = tell_file,
                               .progress_arg = &prog};
    if (!o->out || !o->out[0])
        return dc_fail(err, DC_USAGE,
                       "--out FILE is needed: where the merged run goes");
    dc_interrupt_guard();
    dc_progress_init(&prog, &cli->log, o->quiet);
    enum dc_status st = dc_merge_run(&cfg, &m, err);
    dc_progress_end(&prog, false);
    if (st)
        return st;
    (o->json ? say_json : say_text)(cli, o, &m, args->n);
    dc_merge_release(&m);
    return DC_OK;
}

static const struct dc_example examples[] = {
    {"Four machines, a shard each, and then one run of them:",
     "deepconf merge run-1.db run-2.db run-3.db run-4.db --out run.db"},
    {"What is there so far, while shard 3 still runs elsewhere:",
     "deepconf merge run-1.db run-2.db run-4.db --partial --out so-far.db"},
    {0},
};

const struct dc_cmd dc_cmd_merge = {
    .name = "merge",
    .args = "FILE...",
    .summary = "the run files of shards as one run",
    .about =
        "Joins run files of `deepconf run --shard I/N`, in any order, into the "
        "run that one machine would have made: prompts in the order of the "
        "data, the same traces, verdicts and decisions, with the sessions of "
        "all files and the verdicts of every judge. Each file is held against "
        "itself first. Files of different configurations are refused, with the "
        "first difference named, and so are a shard that is given twice and, "
        "without --partial, one that is missing. Shards that are not finished "
        "make a run that `deepconf run` goes on with, with the same options "
        "but --shard. The files stay as they are; the new one has its name "
        "only when it is whole. docs/SCALE.md has the way from a cluster's "
        "scheduler to here.",
    .opt = options,
    .n_fields = sizeof(struct merge_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = MAX_FILES,
    .example = examples,
    .exec = exec,
};
