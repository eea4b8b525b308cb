/*
 * audit_config.c - the numbers of a run file's configuration.
 *
 * One row per key that holds a number, with the range that `deepconf run` would
 * have taken or recorded. Values are compared as text when a run goes on
 * (store.h); whoever computes with one relies on this check.
 */
#include "audit/audit.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <deepconf/stop.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOW_COLS = 40 };

#define MAX_PROMPTS (1 << 28)

/* Closed ranges; a bound that is itself wrong is nearly met instead. */
struct rule {
    const char *key;
    bool whole;
    bool may_lack;
    double min, max;
    bool sampled; /* "unknown" where traces were given */
};

/* clang-format off */
static const struct rule rules[] = {
    {"data.n_prompts", true, false, 0, MAX_PROMPTS, false},
    {DC_AUDIT_WHOLE, true, true, 0, MAX_PROMPTS, false},
    {"model.n_vocab", true, true, 1, INT32_MAX, false},
    {"run.seed", true, false, 0, 18446744073709551615.0, true},
    {"sampling.temperature", false, false, 0, 100, true},
    {"sampling.top_p", false, false, DBL_MIN, 1, true},
    {"sampling.top_k", true, false, 0, UINT32_MAX, true},
    {"sampling.min_p", false, false, 0, 1 - DBL_EPSILON / 2, true},
    {"sampling.max_tokens", true, false, 1, 1 << 20, true},
    {"sampling.max_context", true, true, 1, INT32_MAX, false},
    {"confidence.k", true, false, 1, DC_CONF_K_MAX, true},
    {"confidence.top_logprobs", true, true, 1, DC_CONF_K_MAX, false},
    {"stop.min_traces", true, false, 1, DC_STOP_K_MAX, false},
    {"stop.max_traces", true, false, 1, DC_STOP_K_MAX, false},
    {"stop.percentile", false, true, 0, 100, false},
    {"window.tokens", true, true, 0, 1 << 20, false},
    {"window.audit_share", false, true, 0, 1, false},
    {"stop.calibration_share", false, true, DBL_MIN, 1, false},
    {"stop.calibration_prompts", true, true, 0, MAX_PROMPTS, false},
    {"data.num_instances", true, true, 0, 1e9, false},
    {"data.sample", true, true, 0, 1e9, false},
    {"data.sample_seed", true, true, 0, 18446744073709551615.0, false},
};
/* clang-format on */

static bool is_right(const struct rule *r, const char *text)
{
    char *end = NULL;
    double v;
    errno = 0;
    if (r->whole) {
        if (!text[0] || text[strspn(text, "0123456789")])
            return false;
        v = (double)strtoull(text, &end, 10);
        return !errno && v >= r->min && v <= r->max;
    }
    v = strtod(text, &end);
    return text[0] && !text[strspn(text, "-+.0123456789e")] && !*end &&
           isfinite(v) && v >= r->min && v <= r->max;
}

static enum dc_status wrong(const struct dc_store *s, const struct rule *r,
                            const char *text, struct dc_err *err)
{
    struct dc_buf b;
    const char *kind = r->whole ? "a whole number" : "a number";
    dc_buf_init(&b, SIZE_MAX);
    if (text)
        dc_utf8_display(&b, text, strlen(text), SHOW_COLS);
    enum dc_status st =
        text ? dc_store_damaged(s, err,
                                "configuration key %s is '%s', expected %s, "
                                "%.10g to %.10g",
                                r->key, b.data, kind, r->min, r->max)
             : dc_store_damaged(s, err,
                                "configuration key %s is missing, expected %s",
                                r->key, kind);
    dc_buf_release(&b);
    return st;
}

/* After the ranges were checked; 0 for what is unknown. */
static uint64_t number(const struct dc_kv *kv, size_t n, const char *key)
{
    return strtoull(dc_kv_value(kv, n, key), NULL, 10);
}

enum dc_status dc_audit_config_read(struct dc_store *s, struct dc_arena *a,
                                    struct dc_audit_config *out,
                                    struct dc_err *err)
{
    struct dc_kv *kv = NULL;
    size_t n = 0;
    enum dc_status st = dc_store_config_read(s, a, &kv, &n, err);
    if (st)
        return st;
    const struct dc_knows knows = dc_knows_of(kv, n);
    for (size_t i = 0; i < DC_COUNT(rules); i++) {
        const char *text = dc_kv_value(kv, n, rules[i].key);
        if (!knows.drawn && rules[i].sampled && text &&
            !strcmp(text, "unknown"))
            continue;
        if (text ? !is_right(&rules[i], text) : !rules[i].may_lack)
            return wrong(s, &rules[i], text, err);
    }
    st = dc_knows_check(s, kv, n, err);
    if (st)
        return st;
    const char *opened = dc_kv_value(kv, n, "chat.think_opened");
    const char *share = dc_kv_value(kv, n, "window.audit_share");
    *out = (struct dc_audit_config){
        .kv = kv,
        .n_kv = n,
        .knows = knows,
        .think_opened = opened && !strcmp(opened, "yes"),
        .n_prompts = number(kv, n, "data.n_prompts"),
        .min_traces = number(kv, n, "stop.min_traces"),
        .max_traces = number(kv, n, "stop.max_traces"),
        .max_tokens = number(kv, n, "sampling.max_tokens"),
        .k = number(kv, n, "confidence.k"),
        .n_top = dc_kv_value(kv, n, "confidence.top_logprobs")
                     ? number(kv, n, "confidence.top_logprobs")
                     : 0,
        .seed = number(kv, n, "run.seed"),
        .window = dc_kv_value(kv, n, "window.tokens")
                      ? number(kv, n, "window.tokens")
                      : 0,
        .audit_share = share ? strtod(share, NULL) : 0,
        .shards = dc_kv_value(kv, n, DC_AUDIT_SHARD),
        .policy = dc_kv_value(kv, n, "stop.policy"),
        .judge = dc_kv_value(kv, n, "judge"),
        .judge_version = dc_kv_value(kv, n, "judge.version"),
        .judge_spec = dc_kv_value(kv, n, "judge.spec"),
        .vote = dc_kv_value(kv, n, "vote"),
        .measure = dc_kv_value(kv, n, "stop.measure"),
    };
    if (out->max_tokens == 0) /* not known */
        out->max_tokens = 1 << 20;
    out->replay_min = out->min_traces;
    if (!out->knows.drawn && out->min_traces > DC_AUDIT_USUAL_MIN)
        out->replay_min = DC_AUDIT_USUAL_MIN;
    out->n_whole = out->shards && dc_kv_value(kv, n, DC_AUDIT_WHOLE)
                       ? number(kv, n, DC_AUDIT_WHOLE)
                       : out->n_prompts;
    if (!out->judge_version)
        out->judge_version = "";
    if (!out->judge_spec) /* files of before there were judges with files */
        out->judge_spec = out->judge;
    if (out->min_traces > out->max_traces)
        return dc_store_damaged(s, err,
                                "configuration key stop.min_traces is %llu, "
                                "expected at most stop.max_traces, %llu",
                                (unsigned long long)out->min_traces,
                                (unsigned long long)out->max_traces);
    const char *lacks = !out->judge     ? "judge"
                        : !out->vote    ? "vote"
                        : !out->measure ? "stop.measure"
                        : !out->policy  ? "stop.policy"
                                        : NULL;
    return lacks ? dc_store_damaged(s, err, "configuration key %s is missing",
                                    lacks)
                 : DC_OK;
}
