/*
 * run_plan.c - from run's options to everything a run needs.
 *
 * What selects or reads the data goes into the run file as binding pairs; what
 * the engine is given otherwise (sampling, policy, hashes) it records itself.
 */
#include "base/mem.h"
#include "base/nearest.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/field_opt.h"
#include "cli/run_opts.h"
#include "cli/run_source.h"
#include "cli/share.h"
#include "fetch/fetch.h"
#include "infer/models.h"
#include "infer/speed.h"
#include "read/rule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- names of registries ---- */

static enum dc_status find_benchmark(const char *name, struct dc_run_plan *p,
                                     struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    size_t n;
    const struct dc_benchmark *const *row = dc_benchmarks(&n);
    p->data.benchmark = dc_benchmark_find(name);
    for (size_t i = 0; i < n; i++)
        dc_nearest_offer(&near, row[i]->name);
    enum dc_status st =
        p->data.benchmark
            ? DC_OK
            : dc_cli_no_such("benchmark", &near,
                             "see `deepconf list benchmarks`", err);
    return dc_err_prefix(err, st, "--benchmark");
}

static enum dc_status find_judge(const char *spec, struct dc_run_plan *p,
                                 struct dc_err *err)
{
    struct dc_judge_cfg c = dc_judge_cfg_default();
    char label[DC_JUDGE_LABEL];
    bool slow = dc_judge_spec_is_slow(spec);
    enum dc_status st = dc_judge_label(spec, label, err);
    if (!st && !slow)
        st = dc_judge_open(spec, &c, &p->judge, err);
    if (st)
        return dc_err_prefix(err, st, "--judge");
    p->run.judge = p->judge;
    if (slow || p->judge->slow)
        return dc_fail(err, DC_USAGE,
                       "--judge %s asks a language model, and sampling would "
                       "wait for each of its verdicts: run with a quick judge "
                       "and --stop fixed, then `deepconf judge` the run file",
                       label);
    return DC_OK;
}

/* With --compare the policy of --stop is replayed, and all traces are drawn. */
static enum dc_status find_policy(const struct dc_run_opts *o,
                                  struct dc_run_cfg *r, struct dc_err *err)
{
    struct dc_measure_spec looks_at;
    enum dc_status st = dc_rule_policy(o->stop, r->measure.spec.text,
                                       &r->policy, &looks_at, err);
    bool fixed = !st && r->policy.row == dc_stop_find("fixed");
    if (!st && o->compare)
        st = dc_stop_fits(&r->policy, (unsigned)o->max_traces, err);
    if (st)
        return dc_err_prefix(err, st, "--stop");
    if (o->no_early_stopping && o->stop_given && !fixed)
        return dc_fail(err, DC_USAGE,
                       "--no-early-stopping draws all %lld traces of a prompt, "
                       "and --stop %s would end it before: leave one of them "
                       "out",
                       (long long)o->max_traces, r->policy.spec.text);
    if (o->compare && o->json)
        return dc_fail(err, DC_USAGE,
                       "--compare and --json: both would be standard output. "
                       "Run with --no-early-stopping --json, then `deepconf "
                       "budgets --json` on the run file");
    if (o->no_early_stopping || o->compare)
        st = dc_stop_parse("fixed", &r->policy, err);
    return st;
}

/* What --stop, --measure and --vote name, and what goes with them. */
static enum dc_status find_method(const struct dc_run_opts *o,
                                  struct dc_run_plan *p, struct dc_err *err)
{
    struct dc_run_cfg *r = &p->run;
    enum dc_status st = dc_measure_parse(o->measure, &r->measure, err);
    if (st)
        return dc_err_prefix(err, st, "--measure");
    st = find_policy(o, r, err);
    if (st)
        return st;
    st = dc_vote_parse(o->vote, &r->vote, err);
    if (!st && !r->vote.row->by_tally) {
        struct dc_measure_spec m;
        st = dc_measure_parse(r->vote.spec.measure, &m, err);
        if (!st)
            dc_vote_set_measure(&r->vote, m.spec.text);
    }
    if (st)
        return dc_err_prefix(err, st, "--vote");
    if (r->policy.row->decide && !r->vote.row->by_tally)
        return dc_fail(err, DC_USAGE,
                       "--vote %s: the policy %s decides by a rule of its own; "
                       "leave --vote out",
                       r->vote.spec.text, r->policy.row->name);
    return DC_OK;
}

/* A run file that is there goes on as it was begun, whatever its rule. */
static enum dc_status check_rule(const struct dc_run_opts *o,
                                 const struct dc_run_plan *p,
                                 struct dc_err *err)
{
    if (!o->dry && o->out && access(o->out, F_OK) == 0)
        return DC_OK;
    return dc_err_prefix(
        err, dc_stop_fits(&p->run.policy, (unsigned)o->max_traces, err),
        "--stop");
}

static enum dc_status find_window(const struct dc_run_opts *o,
                                  struct dc_run_plan *p, struct dc_err *err)
{
    p->run.has_window = o->answer_window > 0;
    p->run.window = (unsigned)o->answer_window;
    p->run.audit_share = o->audit_share;
    if (p->run.has_window && o->answer_window >= o->max_tokens)
        return dc_fail(err, DC_USAGE,
                       "--answer-window is %lld and --max-tokens %lld; the "
                       "window must be smaller",
                       (long long)o->answer_window, (long long)o->max_tokens);
    if (p->run.has_window && p->backend.chat.think == DC_THINK_ON)
        return dc_fail(err, DC_USAGE,
                       "--answer-window reads the first tokens of a trace, "
                       "which are thoughts under --think on: use one of them");
    return DC_OK;
}

/* Options that would have no effect, after the policy was found. */
static enum dc_status check_idle(const struct dc_run_opts *o,
                                 const struct dc_run_plan *p,
                                 struct dc_err *err)
{
    if (o->calibration_share_given && !p->run.policy.row->needs_calibration)
        return dc_fail(err, DC_USAGE,
                       "--calibration-share has no effect under the policy %s, "
                       "which needs no calibration: leave it out, or choose "
                       "another policy with --stop (see `deepconf list "
                       "policies`)",
                       p->run.policy.row->name);
    if (o->top_logprobs > o->logprobs)
        return dc_fail(err, DC_USAGE,
                       "--top-logprobs is %lld and --logprobs %lld: the "
                       "tokens to keep are of those that confidence is made "
                       "of; keep fewer, or raise --logprobs",
                       (long long)o->top_logprobs, (long long)o->logprobs);
    if (o->audit_share_given && !p->run.has_window)
        return dc_fail(err, DC_USAGE,
                       "--audit-share has no effect without --answer-window N: "
                       "leave it out, or give the window");
    return DC_OK;
}

/* All the shards of N are no part: the run is then as without them. */
static enum dc_status find_shards(const struct dc_run_opts *o,
                                  struct dc_run_plan *p, struct dc_err *err)
{
    struct dc_buf text;
    if (!o->shard)
        return DC_OK;
    enum dc_status st = dc_shards_parse(o->shard, &p->shards, err);
    if (st)
        return dc_err_prefix(err, st, "--shard");
    if (dc_shards_is_all(&p->shards))
        return DC_OK;
    if (p->run.policy.row->needs_calibration)
        return dc_fail(err, DC_USAGE,
                       "--shard: the policy %s is calibrated on prompts of the "
                       "whole run, which a shard does not have: run it without "
                       "--shard, or run all shards with --stop fixed, merge "
                       "them and see with `deepconf sweep` what it would do",
                       p->run.policy.row->name);
    dc_buf_init(&text, SIZE_MAX);
    dc_shards_put(&p->shards, &text);
    p->run.shards = dc_arena_strdup(&p->arena, text.data);
    p->data.shards = &p->shards;
    dc_buf_release(&text);
    return DC_OK;
}

static enum dc_status find_speed(const struct dc_run_opts *o,
                                 struct dc_run_plan *p, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    p->backend.llama.kv_unified = !strcmp(o->kv, "unified");
    p->backend.llama.no_flash = !strcmp(o->flash_attn, "off");
    if (!p->backend.llama.kv_unified && strcmp(o->kv, "split") != 0)
        return dc_fail(err, DC_USAGE, "--kv %.60s: expected split or unified",
                       o->kv);
    if (!p->backend.llama.no_flash && strcmp(o->flash_attn, "on") != 0)
        return dc_fail(err, DC_USAGE, "--flash-attn %.60s: expected on or off",
                       o->flash_attn);
    if (p->backend.llama.no_flash && !p->backend.llama.kv_unified)
        return dc_fail(err, DC_USAGE,
                       "--flash-attn off gives up that a trace is the same "
                       "beside any others, and so does --kv unified: give "
                       "both, or neither");
    for (size_t i = 0; i < o->without.n && !st; i++)
        st = dc_without_parse(o->without.item[i], &p->backend.llama.without,
                              err);
    return st;
}

/* ---- files ---- */

/* The benchmark's data file below a folder; NULL: it has none. */
static const char *data_in(struct dc_run_plan *p, const char *folder)
{
    static const char *const ext[] = {"csv", "jsonl"};
    bool here = !strcmp(folder, ".");
    for (size_t i = 0; i < DC_COUNT(ext); i++) {
        const char *path =
            dc_arena_printf(&p->arena, "%s%sdata/%s.%s", here ? "" : folder,
                            here ? "" : "/", p->data.benchmark->name, ext[i]);
        if (access(path, F_OK) == 0)
            return path;
    }
    return NULL;
}

/* The data file of a benchmark that was named without one. */
static enum dc_status find_data(const struct dc_run_opts *o,
                                struct dc_run_plan *p, struct dc_err *err)
{
    struct dc_buf cache, share;
    const struct dc_data_row *row = dc_data_row_find(p->data.benchmark->name);
    p->data.path = o->data;
    if (o->data)
        return DC_OK;
    dc_buf_init(&cache, 1 << 16);
    dc_buf_init(&share, 1 << 16);
    p->data.path = data_in(p, ".");
    if (!p->data.path && dc_cache_dir(&cache, NULL) == DC_OK)
        p->data.path = data_in(p, cache.data);
    if (!p->data.path && dc_share_dir(&share))
        p->data.path = data_in(p, share.data);
    dc_buf_release(&cache);
    dc_buf_release(&share);
    if (p->data.path)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "no data: name a CSV or JSONL file with --data FILE. "
                   "(Without it, %s.csv or %s.jsonl is looked for in the "
                   "folder data and in data of the cache folder%s%s%s.)",
                   p->data.benchmark->name, p->data.benchmark->name,
                   row ? "; `deepconf data fetch " : "", row ? row->name : "",
                   row ? "` brings it there" : "");
}

/* ---- columns ---- */

static enum dc_status set_fields(const struct dc_run_opts *o,
                                 struct dc_run_plan *p, struct dc_err *err)
{
    const struct dc_field field[] = {
        {"prompt", &p->data.field_prompt, NULL},
        {"id", &p->data.field_id, NULL},
        {"label", &p->data.field_label, NULL},
        {"category", &p->data.field_category, NULL},
    };
    p->data.keep = o->keep.item;
    p->data.n_keep = o->keep.n;
    return dc_fields_set(&o->field, field, DC_COUNT(field), err);
}

/* ---- the plan ---- */

static void note(struct dc_run_plan *p, const char *key, const char *value,
                 bool binding)
{
    assert(p->run.n_extra < DC_RUN_MAX_PAIRS);
    p->pair[p->run.n_extra++] = (struct dc_kv){key, value, binding};
}

static void pair(struct dc_run_plan *p, const char *key, const char *value)
{
    note(p, key, value, true);
}

static const char *number(struct dc_run_plan *p, uint64_t v)
{
    return dc_arena_printf(&p->arena, "%llu", (unsigned long long)v);
}

/* A template file is known by its text, wherever it lies. */
static void set_chat_pairs(struct dc_run_plan *p)
{
    const struct dc_chat_cfg *c = &p->backend.chat;
    const char *args = dc_chat_args_json(c, &p->arena);
    char hash[DC_SHA256_HEX];
    if (c->source) {
        dc_sha256_hex(c->source, strlen(c->source), hash);
        pair(p, "chat.template", dc_arena_printf(&p->arena, "jinja %s", hash));
    } else {
        pair(p, "chat.template", c->name ? c->name : "");
    }
    if (*args) /* without, a run of an earlier deepconf goes on */
        pair(p, "chat.args", args);
    /* for the record: a template with a system prompt of its own has another
     * hash where the same words were typed */
    if (c->system)
        note(p, "chat.system_given", "yes", false);
    if (c->think != DC_THINK_AUTO || p->backend.server)
        note(p, "chat.think_given",
             c->think == DC_THINK_AUTO ? "auto"
             : c->think == DC_THINK_ON ? "on"
                                       : "off",
             false);
}

static void set_pairs(struct dc_run_plan *p)
{
    const struct dc_dataset_cfg *d = &p->data;
    const char *col[] = {d->field_prompt, d->field_id, d->field_label,
                         d->field_category};
    static const char *const key[] = {"data.field.prompt", "data.field.id",
                                      "data.field.label",
                                      "data.field.category"};
    for (size_t i = 0; i < DC_COUNT(col); i++)
        pair(p, key[i], col[i] ? col[i] : "");
    /* for the record: traces don't hang on it, and older runs lack it */
    if (dc_dataset_category(d))
        note(p, "data.category", dc_dataset_category(d), false);
    pair(p, "data.num_instances", number(p, d->num_instances));
    pair(p, "data.sample", number(p, d->sample));
    pair(p, "data.sample_seed", number(p, d->sample ? d->sample_seed : 0));
    set_chat_pairs(p);
    if (p->backend.llama.kv_unified)
        pair(p, "backend.kv", "unified");
    if (p->backend.llama.no_flash)
        pair(p, "backend.flash_attn", "off");
    p->run.extra = p->pair;
}

/* Slots and threads: as told, else as `deepconf tune` found, else as usual. At
 * servers a slot is a request in flight. */
static void set_speed(const struct dc_run_opts *o, struct dc_run_plan *p)
{
    const struct dc_server_cfg *s = p->backend.server;
    unsigned cores = dc_cores();
    struct dc_tuned t = {.n_threads = cores};
    if (s) {
        p->backend.llama.n_threads = 0;
        p->run.n_slots = s->in_flight * (unsigned)s->n_url;
        return;
    }
    if (p->ops->model_file && (!o->slots || !o->threads) &&
        !dc_tuned_find(p->backend.model, cores, &t))
        t = (struct dc_tuned){.n_threads = cores};
    p->backend.llama.n_threads =
        o->threads ? (unsigned)o->threads : t.n_threads;
    p->run.n_slots = o->slots ? (unsigned)o->slots : t.n_slots;
}

static void set_numbers(const struct dc_run_opts *o, struct dc_run_plan *p)
{
    struct dc_run_cfg *r = &p->run;
    p->data.num_instances = (size_t)o->num_instances;
    p->data.sample = (size_t)o->sample;
    p->data.sample_seed =
        o->sample_seed.given ? o->sample_seed.value : o->seed.value;
    set_speed(o, p);
    p->backend.llama.gpu_layers = (int)o->gpu_layers;
    p->backend.k = (unsigned)o->logprobs;
    p->backend.k_at_most = p->ops->servers && !o->logprobs_given;
    r->data_name = dc_path_name(p->data.path);
    r->benchmark = p->data.benchmark->name;
    r->label_means = p->data.benchmark->label_means;
    r->seed = o->seed.value;
    r->sampling = (struct dc_sampling){.temperature = o->temperature,
                                       .top_p = o->top_p,
                                       .min_p = o->min_p,
                                       .top_k = (uint32_t)o->top_k};
    r->max_tokens = (unsigned)o->max_tokens;
    r->k = (unsigned)o->logprobs;
    r->n_top = p->backend.n_top = (unsigned)o->top_logprobs;
    r->n_threads = p->backend.llama.n_threads;
    r->n_ctx = (unsigned)o->ctx;
    r->calibration_share = o->calibration_share;
}

static enum dc_status check_needed(const struct dc_run_opts *o,
                                   struct dc_err *err)
{
    /* of a server it is the only one that it lists */
    if ((!o->model && o->server.base_url.n == 0) || (o->model && !o->model[0]))
        return dc_fail(err, DC_USAGE,
                       "--model is needed: a GGUF file, a name of `deepconf "
                       "list models`, or, with --base-url URL, what a server "
                       "calls the model");
    if (!o->dry && (!o->out || !o->out[0]))
        return dc_fail(err, DC_USAGE,
                       "--out FILE is needed: where the run is kept");
    if (o->min_traces > o->max_traces)
        return dc_fail(err, DC_USAGE,
                       "--min-traces is %lld and --max-traces %lld: lower the "
                       "first or raise the second",
                       (long long)o->min_traces, (long long)o->max_traces);
    if (o->sample_seed.given && !o->sample)
        return dc_fail(err, DC_USAGE,
                       "--sample-seed has no effect without --sample N");
    return DC_OK;
}

/* All that needs no file. */
static enum dc_status find_names(const struct dc_run_opts *o,
                                 struct dc_run_plan *out, struct dc_err *err)
{
    *out = (struct dc_run_plan){
        .backend = dc_backend_cfg_default(),
        .data = dc_dataset_cfg_default(),
        .run = dc_run_cfg_default(),
        .out = o->out,
    };
    dc_arena_init(&out->arena);
    out->run.stop.min_traces = (unsigned)o->min_traces;
    out->run.stop.max_traces = (unsigned)o->max_traces;
    enum dc_status st = check_needed(o, err);
    if (!st)
        st = dc_stop_check(&out->run.stop, err);
    if (!st)
        st = dc_run_source_find(o, out, err);
    if (!st)
        st = find_benchmark(o->benchmark, out, err);
    if (!st)
        st = find_method(o, out, err);
    if (!st)
        st = dc_run_source_parts(out, out->ops->parts, err);
    if (!st)
        st = check_rule(o, out, err);
    if (!st)
        st = dc_chat_opts_make(&o->chat, &out->arena, &out->backend.chat, err);
    if (!st)
        st = find_speed(o, out, err);
    if (!st)
        st = find_window(o, out, err);
    if (!st)
        st = check_idle(o, out, err);
    if (!st)
        st = find_shards(o, out, err);
    if (!st)
        st = set_fields(o, out, err);
    return st;
}

enum dc_status dc_run_plan_make(const struct dc_run_opts *o,
                                struct dc_run_plan *out, struct dc_err *err)
{
    enum dc_status st = find_names(o, out, err);
    if (!st)
        st = find_judge(o->judge, out, err);
    if (!st)
        st = dc_run_source_model(o, out, err);
    if (!st)
        st = find_data(o, out, err);
    if (!st) {
        set_numbers(o, out);
        set_pairs(out);
        out->servers.cfg.closes = out->run.policy.row != dc_stop_find("fixed");
    }
    return st;
}

/* A pipe would be empty when the run itself reads it. */
static enum dc_status check_data(const struct dc_run_plan *p,
                                 struct dc_err *err)
{
    struct dc_dataset data;
    struct stat s;
    if (stat(p->data.path, &s) == 0 && !S_ISREG(s.st_mode) &&
        !S_ISDIR(s.st_mode))
        return DC_OK;
    enum dc_status st = dc_dataset_read(&p->data, &data, err);
    if (!st)
        dc_dataset_release(&data);
    return st ? dc_err_prefix(err, st, "--data") : st;
}

enum dc_status dc_run_opts_check(const struct dc_run_opts *o, bool files,
                                 struct dc_err *err)
{
    struct dc_run_plan p;
    char label[DC_JUDGE_LABEL];
    enum dc_status st =
        files ? dc_run_plan_make(o, &p, err) : find_names(o, &p, err);
    if (!st && !files)
        st =
            dc_err_prefix(err, dc_judge_label(o->judge, label, err), "--judge");
    if (!st && files && p.ops->model_file)
        st =
            dc_err_prefix(err, dc_model_check(p.backend.model, err), "--model");
    if (!st && files)
        st = check_data(&p, err);
    dc_run_plan_release(&p);
    return st;
}

enum dc_status dc_run_plan_go_on(struct dc_run_plan *p, struct dc_store *store,
                                 struct dc_err *err)
{
    const char *by = NULL, *day = NULL, *judge = NULL;
    bool fresh = true;
    enum dc_status st = dc_store_is_fresh(store, &fresh, err);
    if (st || fresh)
        return st;
    st = dc_store_config_get(store, &p->arena, "chat.rendered_by", &by, err);
    if (!st)
        st = dc_store_config_get(store, &p->arena, "chat.date", &day, err);
    if (!st)
        st = dc_store_config_get(store, &p->arena, "judge", &judge, err);
    if (st)
        return st;
    if (judge)
        dc_judge_take_name(p->judge, judge);
    if (!dc_chat_go_on(&p->backend.chat, by, day))
        return dc_fail(err, DC_DATA,
                       "%s: configuration key chat.date: expected a day as in "
                       "2026-11-30, got %.60s",
                       p->out, day);
    return DC_OK;
}

void dc_run_plan_release(struct dc_run_plan *p)
{
    dc_judge_close(p->judge);
    dc_servers_release(&p->servers);
    dc_shards_release(&p->shards);
    dc_arena_release(&p->arena);
}
