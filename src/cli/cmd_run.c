/*
 * cmd_run.c - `deepconf run`: prompts in, a run file out, its summary printed.
 */
#include "cli/cli.h"
#include "cli/run_go.h"

#include <unistd.h>

static enum dc_status check(const void *fields, const struct dc_ahead *ahead,
                            struct dc_err *err)
{
    return dc_run_opts_check(fields, ahead->files, err);
}

/* Nothing but the file of a run that is there: go on with what it says. */
static bool is_bare(const struct dc_run_opts *o)
{
    return !o->model && !o->data && o->server.base_url.n == 0 && o->out &&
           access(o->out, F_OK) == 0;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct dc_run_opts *o = fields;
    if (is_bare(o))
        return dc_run_resume(cli, dc_run_options, o->out, o, args, err);
    return dc_run_go(cli, o, false, err);
}

static const struct dc_example examples[] = {
    {"The project's own contrast set with a small model:",
     "deepconf run --model qwen2.5-coder-0.5b --benchmark demo --out demo.db"},
    {"Your own model and data, the columns named:",
     "deepconf run --model qwen3.gguf --data my.csv --field prompt=question "
     "--out my.db"},
    {"A model behind a server (vLLM, llama-server, OpenAI, ...):",
     "deepconf run --model Qwen/Qwen3-0.6B --base-url http://localhost:8000/v1 "
     "--benchmark toxicchat --data toxicchat.csv --out served.db"},
    {"200 ToxicChat prompts, in the labels' proportions:",
     "deepconf run --model qwen3.gguf --benchmark toxicchat --data "
     "toxicchat.csv --sample 200 --out toxic.db"},
    {"Go on with a run, as its file says:", "deepconf run --out my.db"},
    {0},
};

const struct dc_cmd dc_cmd_run = {
    .name = "run",
    .args = "",
    .summary = "sample, measure, judge and decide prompts into a run file",
    .about =
        "Draws traces of each prompt until its decision is certain (or as the "
        "policy says), judges each trace for refusal, and writes everything "
        "into the run file. Stop it whenever you like: the same command goes "
        "on where the file ends, and so does `deepconf run --out FILE` alone, "
        "by what the file says (`deepconf help interruptions`). Prints the "
        "summary "
        "of `deepconf show` at the end. `deepconf plan` with the same options "
        "says beforehand what a run will cost.",
    .opt = dc_run_options,
    .n_fields = sizeof(struct dc_run_opts),
    .defaults = dc_run_opts_defaults,
    .example = examples,
    .computes = true,
    .check = check,
    .exec = exec,
};
