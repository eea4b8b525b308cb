/*
 * run_opts.c - the table of run's options and their defaults.
 */
#include "cli/run_opts.h"

#define DC_RUN_FIELDS struct dc_run_opts
#define DC_RUN_IN(f) f
#define DC_RUN_OUT_HELP                                                        \
    "the run file; if it holds this run already, the run goes on"

/* clang-format off */
const struct dc_opt dc_run_options[] = {
#include "cli/run_options.def"
    {.kind = DC_OPT_END},
};
/* clang-format on */

void dc_run_opts_defaults(void *fields)
{
    struct dc_run_cfg c = dc_run_cfg_default();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    *(struct dc_run_opts *)fields = (struct dc_run_opts){
        .server = dc_server_opts_default(),
        .benchmark = "generic",
        .seed = {false, c.seed},
        .min_traces = c.stop.min_traces,
        .max_traces = c.stop.max_traces,
        .max_tokens = c.max_tokens,
        .temperature = c.sampling.temperature,
        .top_p = c.sampling.top_p,
        .min_p = c.sampling.min_p,
        .top_k = c.sampling.top_k,
        .logprobs = c.k,
        .stop = "curtail",
        .calibration_share = c.calibration_share,
        .audit_share = c.audit_share,
        .measure = "mean_prob",
        .vote = "majority",
        .judge = dc_judge_default(),
        .chat = dc_chat_opts_default(),
        .kv = "split",
        .flash_attn = "on",
        .gpu_layers = b.llama.gpu_layers,
    };
}
