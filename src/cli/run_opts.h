/*
 * run_opts.h - the options of `deepconf run`, and (run_plan.c) what they add up
 * to.
 */
#ifndef DC_CLI_RUN_OPTS_H
#define DC_CLI_RUN_OPTS_H

#include "base/arena.h"
#include "cli/chat_opts.h"
#include "cli/opts.h"
#include "cli/server_opts.h"
#include "data/dataset.h"
#include "infer/backend.h"
#include "run/run.h"

#include <deepconf/status.h>

struct dc_run_opts {
    const char *model;
    const char *backend; /* NULL: as the other options have it */
    struct dc_server_opts server;
    const char *benchmark, *data;
    struct dc_opt_list field, keep;
    int64_t num_instances, sample;
    struct dc_opt_seed sample_seed, seed;
    const char *shard;
    int64_t min_traces, max_traces, max_tokens;
    double temperature, top_p, min_p;
    int64_t top_k, logprobs, top_logprobs;
    const char *stop;
    bool stop_given, no_early_stopping, no_batch, compare;
    double calibration_share;
    int64_t answer_window;
    double audit_share;
    bool calibration_share_given, audit_share_given, logprobs_given;
    const char *measure, *vote, *judge;
    struct dc_chat_opts chat;
    int64_t slots, threads, ctx, gpu_layers;
    const char *kv, *flash_attn;
    bool gpu_layers_given, kv_given, flash_attn_given;
    struct dc_opt_list without;
    const char *out;
    bool quiet, json;
    bool dry; /* no option: nothing is written, and `out` isn't needed */
};

extern const struct dc_opt dc_run_options[];
void dc_run_opts_defaults(void *fields);

enum { DC_RUN_MAX_PAIRS = 16 };

/* Everything of a run but the data, the store and the backend themselves. */
struct dc_run_plan {
    struct dc_arena arena; /* owns what the rest points to */
    const struct dc_backend_ops *ops;
    struct dc_servers servers; /* that the backend asks, if it does */
    struct dc_backend_cfg backend;
    struct dc_dataset_cfg data;
    struct dc_run_cfg run;
    struct dc_judge *judge;  /* of run; owned */
    struct dc_shards shards; /* of data; n 0: it is not cut */
    struct dc_kv pair[DC_RUN_MAX_PAIRS];
    const char *out;
};

/*
 * Check the options against each other and the registries, and find the model
 * and data files. DC_USAGE names the option. Call dc_run_plan_release() also
 * after a failure. Strings of o are borrowed.
 */
enum dc_status dc_run_plan_make(const struct dc_run_opts *o,
                                struct dc_run_plan *out, struct dc_err *err);
/* The same without a run to follow; files: also what it would read. */
enum dc_status dc_run_opts_check(const struct dc_run_opts *o, bool files,
                                 struct dc_err *err);
/*
 * What a run that is there goes on with: the day on which it began, and, if an
 * earlier deepconf began it, the way in which that rendered prompts.
 */
enum dc_status dc_run_plan_go_on(struct dc_run_plan *p, struct dc_store *store,
                                 struct dc_err *err);
void dc_run_plan_release(struct dc_run_plan *p);

#endif
