/*
 * cmd_resume.c - `deepconf resume FILE`: go on with a run as its file says.
 */
#include "cli/cli.h"
#include "cli/run_go.h"

#define DC_RUN_FIELDS struct dc_run_opts
#define DC_RUN_IN(f) f
#define DC_RUN_OUT_HELP "not taken here: FILE is the run file"

/* clang-format off */
static const struct dc_opt options[] = {
#include "cli/run_options.def"
    {.kind = DC_OPT_END},
};
/* clang-format on */

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct dc_run_opts *o = fields;
    if (o->out)
        return dc_fail(err, DC_USAGE,
                       "--out: resume goes on in the file it is given; leave "
                       "it out, or begin another run with `deepconf run`");
    return dc_run_resume(cli, options, args->item[0], o, args, err);
}

static const struct dc_example examples[] = {
    {"Go on where it ended:", "deepconf resume run.db"},
    {"Its model lies elsewhere now:",
     "deepconf resume run.db --model ~/models/qwen3.gguf"},
    {"A server that wants a key gets it if you name the server:",
     "deepconf resume run.db --base-url https://api.openai.com/v1 "
     "--api-key-env OPENAI_API_KEY"},
    {0},
};

const struct dc_cmd dc_cmd_resume = {
    .name = "resume",
    .args = "FILE",
    .summary = "go on with a run, by what its file says",
    .about =
        "Goes on with a run that was ended before it was finished, and says "
        "with which options. All of them are in the file, and so are the "
        "prompts: the data file is not read unless --data names it. An option "
        "that is given counts instead of the file's; one that contradicts what "
        "traces were drawn with is refused. A model that is not of `deepconf "
        "model list` is looked for by its name in the working folder, and a "
        "chat template in a file has to be named again. No key is sent to a "
        "server that only the file names, as the file may be another person's: "
        "give --base-url, too.",
    .opt = options,
    .n_fields = sizeof(struct dc_run_opts),
    .defaults = dc_run_opts_defaults,
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .example = examples,
    .exec = exec,
};
