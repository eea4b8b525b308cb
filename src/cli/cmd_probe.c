/*
 * cmd_probe.c - `deepconf probe --base-url URL`: what a server can do and what
 * it gets wrong, before a run relies on it.
 */
#include "base/json_out.h"
#include "cli/cli.h"
#include "cli/probe_view.h"
#include "cli/progress.h"
#include "cli/server_opts.h"
#include "infer/openai_probe.h"

#include <stdlib.h>

struct fields {
    const char *model;
    struct dc_server_opts server;
    int64_t logprobs;
    bool json, quiet;
};

static void defaults(void *fields)
{
    *(struct fields *)fields = (struct fields){
        .server = dc_server_opts_default(),
        .logprobs = DC_CONF_K_DEFAULT,
    };
}

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_TEXT, .letter = 'm', .name = "model", .arg = "NAME",
     .help = "the name that the server has for the model",
     .off = offsetof(struct fields, model),
     .shown = "the only one that it lists"},
    DC_SERVER_OPTIONS_PROBE(struct fields, server,
                            "OPENAI_BASE_URL, if it is set"),
    {.kind = DC_OPT_INT, .name = "logprobs", .arg = "K",
     .help = "alternatives of a token that a run would need",
     .off = offsetof(struct fields, logprobs), .min = 1, .max = DC_CONF_K_MAX},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "print JSON",
     .off = offsetof(struct fields, json)},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress, no notes", .off = offsetof(struct fields, quiet)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

/* The probes of all URLs. */
struct probed {
    struct dc_probe *of; /* [n] */
    size_t n;
    enum dc_status agree;
    struct dc_err why; /* they are not one model */
};

static enum dc_status probe_all(struct dc_cli *cli, const struct fields *f,
                                struct dc_server_cfg *s, struct probed *r,
                                struct dc_err *err)
{
    struct dc_progress prog;
    enum dc_status st = DC_OK;
    dc_progress_init(&prog, &cli->log, f->quiet);
    dc_servers_watch(s, &prog);
    for (size_t i = 0; i < s->n_url && !st; i++) {
        struct dc_probe_cfg c = dc_probe_cfg_of(s, i);
        c.model = f->model;
        c.key = s->key_env ? getenv(s->key_env) : NULL;
        c.k = (unsigned)f->logprobs;
        c.whole = true;
        st = dc_openai_probe(&c, &r->of[i], err);
        r->n += !st;
    }
    dc_progress_end(&prog, false);
    for (size_t i = 1; i < r->n && !r->agree; i++)
        r->agree = dc_probe_agree(&r->of[0], &r->of[i], &r->why);
    return st;
}

static void print_json(const struct probed *r, struct dc_buf *out)
{
    struct dc_json_out o;
    dc_buf_adds(out, "{\"endpoints\": [");
    for (size_t i = 0; i < r->n; i++) {
        dc_buf_adds(out, i > 0 ? ",\n " : "\n ");
        dc_probe_json(&r->of[i], out);
    }
    dc_buf_addf(out, "],\n \"one_model\": %s, \"differs\": ",
                r->n < 2   ? "null"
                : r->agree ? "false"
                           : "true");
    dc_jo_init(&o, out);
    dc_jo_text(&o, r->agree ? r->why.msg : NULL);
    dc_buf_adds(out, "}\n");
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct fields *f = fields;
    struct dc_arena arena = {0};
    struct dc_servers s;
    struct probed r = {.n = 0};
    (void)args;
    enum dc_status st = dc_server_opts_make(&f->server, true, &arena, &s, err);
    if (!st && !s.asked)
        st = dc_fail(err, DC_USAGE,
                     "--base-url URL is needed: the server, as in "
                     "http://localhost:8000/v1");
    if (!st) {
        dc_servers_notes_print(&s, f->quiet);
        r.of = dc_arena_array(&arena, s.cfg.n_url, sizeof *r.of);
        st = probe_all(cli, f, &s.cfg, &r, err);
    }
    if (!st && f->json)
        print_json(&r, &cli->out);
    for (size_t i = 0; i < r.n && !f->json; i++)
        dc_probe_doc(&r.of[i], cli->doc);
    dc_cli_show(cli); /* also if a later one fails, or they don't agree */
    if (!st && r.agree)
        st = dc_fail(err, r.agree, "%s", r.why.msg);
    for (size_t i = 0; i < r.n; i++)
        dc_probe_release(&r.of[i]);
    dc_servers_release(&s);
    dc_arena_release(&arena);
    return st;
}

static const struct dc_example examples[] = {
    {"What a server on this machine gives:",
     "deepconf probe --base-url http://localhost:8000/v1"},
    {"Are two servers one model?",
     "deepconf probe --model Qwen/Qwen3-0.6B --base-url http://a:8000/v1 "
     "--base-url http://b:8000/v1"},
    {0},
};

const struct dc_cmd dc_cmd_probe = {
    .name = "probe",
    .args = "",
    .summary = "say what a server with OpenAI's interface can do",
    .about =
        "Servers answer what was not asked: fields are dropped in silence, "
        "log-probabilities are zeros, placeholders, those of another token or "
        "those after the temperature, and a sampled token may stand in place "
        "of the last rank of its list. `probe` finds out by a few short "
        "requests, believes nothing by a server's name, and says what it saw, "
        "with the thread that describes a known fault. A run asks the same "
        "before its first prompt, but for what only people want to know: "
        "whether closing a connection stops the server's work, whether choices "
        "of one request share the work on their prompt, how many alternatives "
        "there are at most, and which families' markers are read in a user's "
        "text.\n\n"
        "With several URLs it also says whether they are one model to a run: "
        "the same name and fingerprint, and log-probabilities of one prompt "
        "that agree to 0.01. It asks about 30 times, for up to 1,500 tokens "
        "once.",
    .opt = options,
    .n_fields = sizeof(struct fields),
    .defaults = defaults,
    .min_args = 0,
    .max_args = 0,
    .example = examples,
    .exec = exec,
};
