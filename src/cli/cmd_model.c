/*
 * cmd_model.c - `deepconf model show FILE`: what a model is and what its chat
 * makes of a message (model_view.c); `deepconf model optimize IN --out OUT`:
 * weights of a type that this machine decodes quickly.
 */
#include "base/hash.h"
#include "cli/chat_opts.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/model_view.h"
#include "cli/progress.h"
#include "infer/llama_quantize.h"
#include "infer/models.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fields {
    const char *out, *type;
    int64_t threads;
    struct dc_chat_opts chat;
    const char *prompt;
    bool quiet, json;
};

static void defaults(void *fields)
{
    *(struct fields *)fields = (struct fields){
        .chat = dc_chat_opts_default(),
    };
}

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "Of `model show` [default]"},
    {.kind = DC_OPT_TEXT, .name = "prompt", .arg = "TEXT",
     .help = "the message that is shown as the model gets it",
     .off = offsetof(struct fields, prompt), .shown = "Why is the sky blue?"},
    DC_CHAT_OPTIONS(struct fields, chat),
    {.kind = DC_OPT_FLAG, .name = "json", .help = "print JSON",
     .off = offsetof(struct fields, json)},
    {.kind = DC_OPT_GROUP, .help = "Of `model optimize`"},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "FILE",
     .help = "the new GGUF file; it must not exist",
     .off = offsetof(struct fields, out)},
    {.kind = DC_OPT_TEXT, .name = "type", .arg = "Q8_0|Q4_0",
     .help = "of the weights: Q8_0 loses next to nothing, Q4_0 is smaller",
     .off = offsetof(struct fields, type), .shown = "Q8_0"},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "to quantise with", .off = offsetof(struct fields, threads),
     .min = 1, .max = 4096, .shown = "the cores this process may use"},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress", .off = offsetof(struct fields, quiet)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void tell(void *arg, unsigned at, unsigned total)
{
    char line[64];
    snprintf(line, sizeof line, "quantising tensor %u of %u", at, total);
    dc_progress_note(arg, line);
}

/* Size and hash of a file. */
static enum dc_status say_file(struct dc_doc *d, const char *word,
                               const char *path, struct dc_err *err)
{
    struct stat sb;
    char hash[DC_SHA256_HEX];
    enum dc_status st = dc_sha256_file(path, hash, err);
    if (st)
        return st;
    if (stat(path, &sb) != 0)
        return dc_fail(err, DC_IO, "%s: can't be looked at", path);
    dc_doc_itemf(d, word, "%lld bytes, sha256 %s, %s", (long long)sb.st_size,
                 hash, dc_doc_code(d, path));
    return DC_OK;
}

/* in: the path of the model that was named so. */
static enum dc_status optimize(struct dc_cli *cli, const struct fields *f,
                               const char *named, const char *in,
                               struct dc_err *err)
{
    struct dc_progress prog;
    struct dc_quantize_cfg c = {
        .in = in,
        .want_sha256 = dc_model_sha256(named),
        .out = f->out,
        .type = f->type ? f->type : "Q8_0",
        .n_threads = f->threads ? (unsigned)f->threads : dc_cores(),
        .progress = tell,
        .progress_arg = &prog,
    };
    dc_progress_init(&prog, &cli->log, f->quiet);
    enum dc_status st = dc_llama_quantize(&c, err);
    dc_progress_end(&prog, false);
    if (!st)
        st = say_file(cli->doc, "in", in, err);
    if (!st)
        st = say_file(cli->doc, "out", f->out, err);
    if (!st)
        dc_doc_say(cli->doc,
                   "This is another model to a run: its traces differ. "
                   "`deepconf compare` of a run with each shows what that did "
                   "to the decisions.");
    return st;
}

/* Options of the other verb have no effect. */
static enum dc_status check_verb(const struct fields *f, bool show,
                                 struct dc_err *err)
{
    const struct dc_chat_opts *c = &f->chat;
    const char *idle = NULL;
    if (show)
        idle = f->out       ? "--out"
               : f->type    ? "--type"
               : f->threads ? "--threads"
               : f->quiet   ? "--quiet"
                            : NULL;
    else
        idle = c->system                       ? "--system"
               : c->chat_template              ? "--chat-template"
               : c->template_arg.n > 0         ? "--template-arg"
               : f->json                       ? "--json"
               : f->prompt                     ? "--prompt"
               : strcmp(c->think, "auto") != 0 ? "--think"
                                               : NULL;
    if (idle)
        return dc_fail(err, DC_USAGE,
                       "%s has no effect under `model %s`: leave it out", idle,
                       show ? "show" : "optimize");
    if (!show && (!f->out || !f->out[0]))
        return dc_fail(err, DC_USAGE,
                       "--out FILE is needed: the new GGUF file");
    return DC_OK;
}

static enum dc_status show(struct dc_cli *cli, const struct fields *f,
                           const char *named, const char *path,
                           struct dc_err *err)
{
    const struct dc_model_view v = {
        .named = named,
        .path = path,
        .chat = &f->chat,
        .prompt = f->prompt ? f->prompt : "Why is the sky blue?",
        .json = f->json,
    };
    return dc_model_view(cli, &v, err);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct fields *f = fields;
    const char *verb = args->item[0], *named = args->item[1];
    bool shows = !strcmp(verb, "show");
    struct dc_buf path;
    if (!shows && strcmp(verb, "optimize") != 0)
        return dc_fail(err, DC_USAGE,
                       "model %.60s: expected `model show NAME|PATH` or `model "
                       "optimize NAME|PATH --out FILE`",
                       verb);
    enum dc_status st = check_verb(f, shows, err);
    if (st)
        return st;
    dc_buf_init(&path, 1 << 16);
    st = dc_model_resolve(named, &path, err);
    if (!st)
        st = shows ? show(cli, f, named, path.data, err)
                   : optimize(cli, f, named, path.data, err);
    dc_buf_release(&path);
    return st;
}

static const struct dc_example examples[] = {
    {"What a model gets for a message, and what ends its traces:",
     "deepconf model show qwen3.gguf --prompt 'How do I pick a lock?'"},
    {"The test model in weights that decode faster:",
     "deepconf model optimize smollm2 --out smollm2-q8_0.gguf"},
    {0},
};

const struct dc_cmd dc_cmd_model = {
    .name = "model",
    .args = "show|optimize NAME|PATH",
    .summary = "show a model and its chat; make weights that decode quickly",
    .about =
        "`model show` prints what a GGUF file says of its model, the tokens "
        "that end a trace, and the prompt that its chat template makes of a "
        "message, with the tokens that are no text in brackets. It takes the "
        "same options of the chat as `deepconf run` and reads no weights.\n\n"
        "`model optimize` writes the model again with weights of another type, "
        "by libllama's own quantiser. ggml's CPU kernels take several "
        "sequences at once fastest with Q4_0 and Q8_0, so that a file in "
        "another type of four bits may decode quicker as either. What comes "
        "out is another model, with a hash of its own: a run that was begun "
        "with the old one does not go on with the new one.",
    .opt = options,
    .n_fields = sizeof(struct fields),
    .defaults = defaults,
    .min_args = 2,
    .max_args = 2,
    .example = examples,
    .exec = exec,
};
