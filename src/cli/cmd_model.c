/*
 * cmd_model.c - `deepconf model optimize IN --out OUT`: weights of a type that
 * this machine decodes quickly.
 */
#include "base/hash.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/progress.h"
#include "infer/llama_quantize.h"
#include "infer/models.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fields {
    const char *out, *type;
    int64_t threads;
    bool quiet;
};

static void defaults(void *fields)
{
    *(struct fields *)fields = (struct fields){.type = "Q8_0"};
}

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "FILE",
     .help = "the new GGUF file; it must not exist",
     .off = offsetof(struct fields, out)},
    {.kind = DC_OPT_TEXT, .name = "type", .arg = "Q8_0|Q4_0",
     .help = "of the weights: Q8_0 loses next to nothing, Q4_0 is smaller",
     .off = offsetof(struct fields, type)},
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

/* One line: size, hash and path of a file. */
static enum dc_status say_file(struct dc_cli *cli, const char *word,
                               const char *path, struct dc_err *err)
{
    struct stat sb;
    char hash[DC_SHA256_HEX];
    enum dc_status st = dc_sha256_file(path, hash, err);
    if (st)
        return st;
    if (stat(path, &sb) != 0)
        return dc_fail(err, DC_IO, "%s: can't be looked at", path);
    dc_buf_addf(&cli->out, "%-4s %12lld bytes  sha256 %s  ", word,
                (long long)sb.st_size, hash);
    dc_utf8_display(&cli->out, path, strlen(path), SIZE_MAX);
    dc_buf_addc(&cli->out, '\n');
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
        .type = f->type,
        .n_threads = f->threads ? (unsigned)f->threads : dc_cores(),
        .progress = tell,
        .progress_arg = &prog,
    };
    dc_progress_init(&prog, &cli->log, f->quiet);
    enum dc_status st = dc_llama_quantize(&c, err);
    dc_progress_end(&prog, false);
    if (!st)
        st = say_file(cli, "in", in, err);
    if (!st)
        st = say_file(cli, "out", f->out, err);
    if (!st)
        dc_buf_adds(&cli->out,
                    "This is another model to a run: its traces differ. "
                    "`deepconf compare` of a run with each shows what that did "
                    "to the decisions.\n");
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct fields *f = fields;
    struct dc_buf in;
    if (strcmp(args->item[0], "optimize") != 0)
        return dc_fail(err, DC_USAGE,
                       "model %.60s: expected `model optimize IN --out OUT`",
                       args->item[0]);
    if (!f->out || !f->out[0])
        return dc_fail(err, DC_USAGE,
                       "--out FILE is needed: the new GGUF file");
    dc_buf_init(&in, 1 << 16);
    enum dc_status st = dc_model_resolve(args->item[1], &in, err);
    if (!st)
        st = optimize(cli, f, args->item[1], in.data, err);
    dc_buf_release(&in);
    return st;
}

static const struct dc_example examples[] = {
    {"The test model in weights that decode faster:",
     "deepconf model optimize smollm2 --out smollm2-q8_0.gguf"},
    {0},
};

const struct dc_cmd dc_cmd_model = {
    .name = "model",
    .args = "optimize NAME|PATH",
    .summary = "make weights of a type that decodes quickly here",
    .about =
        "Writes the model again with weights of another type, by libllama's "
        "own quantiser. ggml's CPU kernels take several sequences at once "
        "fastest with Q4_0 and Q8_0, so that a file in another type of four "
        "bits may decode quicker as either. What comes out is another model, "
        "with a hash of its own: a run that was begun with the old one does "
        "not go on with the new one.",
    .opt = options,
    .n_fields = sizeof(struct fields),
    .defaults = defaults,
    .min_args = 2,
    .max_args = 2,
    .example = examples,
    .exec = exec,
};
