/*
 * run_opts.c - the table of run's options and their defaults.
 */
#include "cli/run_opts.h"

#define OFF(f) offsetof(struct dc_run_opts, f)
#define TEXT(n, a, h, f)                                                       \
    {                                                                          \
        .kind = DC_OPT_TEXT, .name = n, .arg = a, .help = h, .off = OFF(f)     \
    }
#define INT(n, h, f, lo, hi)                                                   \
    {                                                                          \
        .kind = DC_OPT_INT, .name = n, .arg = "N", .help = h, .off = OFF(f),   \
        .min = lo, .max = hi                                                   \
    }
#define GROUP(h)                                                               \
    {                                                                          \
        .kind = DC_OPT_GROUP, .help = h                                        \
    }

/* Largest counts that make sense; they keep products far from overflow. */
#define MANY 1e9

/* clang-format off */
const struct dc_opt dc_run_options[] = {
    GROUP("What to run [default]"),
    {.kind = DC_OPT_TEXT, .letter = 'm', .name = "model", .arg = "NAME|PATH",
     .help = "a GGUF file, or a name of `deepconf list models`; with "
             "--base-url what the server calls the model",
     .off = OFF(model)},
    {.kind = DC_OPT_TEXT, .name = "backend", .arg = "NAME",
     .help = "where responses come from: see `deepconf list backends`",
     .off = OFF(backend), .shown = "openai with a server, else llama"},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .alias = "output",
     .arg = "FILE", .off = OFF(out),
     .help = "the run file; if it holds this run already, the run goes on"},

    GROUP("Servers"),
    DC_SERVER_OPTIONS(struct dc_run_opts, server),

    GROUP("Data"),
    {.kind = DC_OPT_TEXT, .letter = 'd', .name = "data", .arg = "FILE",
     .help = "CSV or JSONL; without it, BENCHMARK.csv or .jsonl is looked for "
             "in the folder data and in the cache", .off = OFF(data)},
    {.kind = DC_OPT_TEXT, .letter = 'b', .name = "benchmark", .arg = "NAME",
     .help = "what the columns and labels mean: see `deepconf list "
             "benchmarks`", .off = OFF(benchmark)},
    {.kind = DC_OPT_LIST, .name = "field", .arg = "KEY=COLUMN",
     .help = "the column to use for prompt, id, label or category; may be "
             "given again", .off = OFF(field), .shown = ""},
    {.kind = DC_OPT_INT, .letter = 'n', .name = "num-instances", .arg = "N",
     .help = "the first N prompts only", .off = OFF(num_instances),
     .min = 1, .max = MANY, .shown = "all"},
    {.kind = DC_OPT_INT, .name = "sample", .arg = "N",
     .help = "N prompts drawn at random, in the gold labels' proportions",
     .off = OFF(sample), .min = 1, .max = MANY, .shown = "off"},
    {.kind = DC_OPT_SEED, .name = "sample-seed", .arg = "S",
     .help = "of --sample", .off = OFF(sample_seed), .shown = "--seed"},
    {.kind = DC_OPT_TEXT, .name = "shard", .arg = "I/N",
     .help = "of the prompts above only those whose id falls into part I of N: "
             "a run on each of N machines, joined by `deepconf merge`",
     .off = OFF(shard), .shown = "all"},

    GROUP("Traces"),
    INT("min-traces", "of a prompt, at least", min_traces, 1, DC_STOP_K_MAX),
    INT("max-traces", "of a prompt, at most (K)", max_traces, 1,
        DC_STOP_K_MAX),
    INT("max-tokens", "of a trace, at most", max_tokens, 1, 65536),
    {.kind = DC_OPT_REAL, .name = "temperature", .arg = "T",
     .help = "0 is greedy: all traces of a prompt are then the same",
     .off = OFF(temperature), .min = 0, .max = 100},
    {.kind = DC_OPT_REAL, .name = "top-p", .arg = "P", .help = "1 is off",
     .off = OFF(top_p), .min = 0, .open_min = true, .max = 1},
    INT("top-k", "0 is off", top_k, 0, MANY),
    {.kind = DC_OPT_REAL, .name = "min-p", .arg = "P", .help = "0 is off",
     .off = OFF(min_p), .min = 0, .max = 1, .open_max = true},
    {.kind = DC_OPT_SEED, .letter = 's', .name = "seed", .arg = "S",
     .help = "of the run: the same seed gives the same traces",
     .off = OFF(seed)},
    {.kind = DC_OPT_INT, .name = "logprobs", .arg = "K",
     .help = "most likely tokens that a token's confidence is made of",
     .off = OFF(logprobs), .min = 1, .max = DC_CONF_K_MAX,
     .given = OFF(logprobs_given), .shown = "20; of a server 20 or as many as "
     "it gives exactly"},
    {.kind = DC_OPT_INT, .name = "top-logprobs", .arg = "N",
     .help = "of those, keep the N most likely of each token with their "
             "log-probabilities: what else it could have said; 0 keeps none",
     .off = OFF(top_logprobs), .min = 0, .max = DC_RUN_MAX_TOP},

    GROUP("Stopping and judging"),
    TEXT("stop", "POLICY", "when a prompt needs no further trace, as in "
         "'hypergeometric(0.01)': see `deepconf list policies`", stop),
    TEXT("measure", "NAME", "the confidence that a policy looks at: see "
         "`deepconf list measures`", measure),
    TEXT("vote", "VOTE", "from verdicts to the decision: see `deepconf list "
         "votes`", vote),
    {.kind = DC_OPT_REAL, .name = "calibration-share", .arg = "SHARE",
     .help = "of the prompts, drawn to K traces to find the threshold of "
             "confidence-percentile(q)",
     .off = OFF(calibration_share), .min = 0, .open_min = true, .max = 1,
     .given = OFF(calibration_share_given)},
    {.kind = DC_OPT_INT, .name = "answer-window", .arg = "N",
     .help = "end traces after N tokens and judge those", .shown = "off",
     .off = OFF(answer_window), .min = 1, .max = 65536},
    {.kind = DC_OPT_REAL, .name = "audit-share", .arg = "SHARE",
     .help = "of the prompts, whose traces run on past the answer window",
     .off = OFF(audit_share), .min = 0, .max = 1,
     .given = OFF(audit_share_given)},
    TEXT("judge", "NAME", "what decides whether a trace refuses", judge),

    GROUP("Chat"),
    DC_CHAT_OPTIONS(struct dc_run_opts, chat),

    GROUP("Speed"),
    {.kind = DC_OPT_INT, .name = "slots", .arg = "N",
     .help = "traces drawn side by side; changes no trace", .off = OFF(slots),
     .min = 1, .max = 1024, .shown = "as tuned, or 16"},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "changes no trace either", .off = OFF(threads), .min = 1,
     .max = 4096, .shown = "as tuned, or the cores this process may use"},
    {.kind = DC_OPT_INT, .name = "ctx", .arg = "N",
     .help = "most tokens of prompt and response together", .off = OFF(ctx),
     .min = 16, .max = 1 << 20, .shown = "the model's, at most 4096"},
    {.kind = DC_OPT_INT, .name = "gpu-layers", .arg = "N",
     .help = "layers of the model on a GPU, if there is one; -1 is all",
     .off = OFF(gpu_layers), .min = -1, .max = 100000,
     .given = OFF(gpu_layers_given)},
    {.kind = DC_OPT_TEXT, .name = "kv", .arg = "split|unified",
     .help = "one KV cache a trace, or one for all: a trace then depends on "
             "its neighbours, and the run says so", .off = OFF(kv),
     .given = OFF(kv_given)},
    {.kind = DC_OPT_TEXT, .name = "flash-attn", .arg = "on|off",
     .help = "off: as above, and only with --kv unified",
     .off = OFF(flash_attn), .given = OFF(flash_attn_given)},
    {.kind = DC_OPT_LIST, .name = "without", .arg = "WHAT",
     .help = "leave out what is for speed alone and changes no trace: prefix "
             "(shared cells), pack (moving traces together), team (threads "
             "for logits); may be given again", .off = OFF(without),
     .shown = ""},

    GROUP("Output"),
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress", .off = OFF(quiet)},
    {.kind = DC_OPT_FLAG, .name = "json",
     .help = "print the summary as JSON", .off = OFF(json)},
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
