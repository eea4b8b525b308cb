/*
 * openai_probe_say.c - what a probe found, as JSON, and held against another's.
 */
#include "base/json_out.h"
#include "infer/openai_probe_priv.h"

#include <math.h>
#include <string.h>

#define AGREE 1e-2         /* nats */
#define AGREE_LEAST (-7.0) /* nats: rarer tokens are not compared */

bool dc_probe_bad(const struct dc_probe *p, enum dc_stream_row *row)
{
    return p->logprobs && dc_stream_check_bad(&p->check, row);
}

/* ---- JSON ---- */

const char *dc_logprob_mode_name(enum dc_logprob_mode m)
{
    static const char *const name[] = {"unknown", "raw", "processed"};
    return name[m];
}

const char *dc_reasoning_name(enum dc_reasoning r)
{
    static const char *const name[] = {"none", "field", "tags", "hidden"};
    return name[r];
}

static void say_known(struct dc_json_out *o, const char *key, enum dc_known k)
{
    dc_jo_key(o, key);
    if (k == DC_KNOWN_NOT)
        dc_jo_null(o);
    else
        dc_jo_bool(o, k == DC_KNOWN_YES);
}

static void say_number(struct dc_json_out *o, const char *key, uint64_t n)
{
    dc_jo_key(o, key);
    if (n == 0)
        dc_jo_null(o);
    else
        dc_jo_int(o, (int64_t)n);
}

const struct dc_probe_field dc_probe_fields[] = {
    {DC_TAKES_TOP_K, "top_k"},
    {DC_TAKES_MIN_P, "min_p"},
    {DC_TAKES_REPETITION, "repetition_penalty"},
    {DC_TAKES_TEMPLATE_ARGS, "chat_template_kwargs"},
    {DC_TAKES_TOKEN_IDS, "return_token_ids"},
    {DC_TAKES_USAGE, "stream_options"},
    {DC_TAKES_MAX_COMPLETION, "max_completion_tokens"},
    {0, NULL},
};

/* The name of the i-th field that is taken; NULL: there are no more. */
static const char *say_field(const struct dc_probe *p, size_t i)
{
    if (p->takes_seed && i-- == 0)
        return "seed";
    for (const struct dc_probe_field *f = dc_probe_fields; f->name; f++)
        if (p->takes & f->bit && i-- == 0)
            return f->name;
    return NULL;
}

void dc_probe_takes(const struct dc_probe *p, struct dc_buf *out)
{
    const char *name;
    for (size_t i = 0; (name = say_field(p, i)); i++)
        dc_buf_addf(out, "%s%s", i > 0 ? ", " : "", name);
}

static void say_takes(struct dc_json_out *o, const struct dc_probe *p)
{
    const char *name;
    dc_jo_array(dc_jo_key(o, "takes"));
    for (size_t i = 0; (name = say_field(p, i)); i++)
        dc_jo_text(o, name);
    dc_jo_end(o);
}

static void say_lists(struct dc_json_out *o, const struct dc_probe *p)
{
    dc_jo_bool(dc_jo_key(o, "logprobs"), p->logprobs);
    dc_jo_text(dc_jo_key(o, "logprob_mode"), dc_logprob_mode_name(p->mode));
    dc_jo_int(dc_jo_key(o, "n_top_max"), p->n_top_max);
    dc_jo_int(dc_jo_key(o, "k_max"), p->k_max);
    dc_jo_bool(dc_jo_key(o, "displaces"), p->displaces);
    dc_jo_bool(dc_jo_key(o, "stream"), p->stream);
    dc_jo_bool(dc_jo_key(o, "whole"), p->whole);
    dc_jo_bool(dc_jo_key(o, "bytes"), p->bytes);
    dc_jo_bool(dc_jo_key(o, "ids"), p->ids);
    dc_jo_bool(dc_jo_key(o, "spells"), p->spells);
    dc_jo_bool(dc_jo_key(o, "lists_thoughts"), p->lists_thoughts);
    say_known(o, "eos_token", p->eos_token);
}

static void say_notes(struct dc_json_out *o, const struct dc_probe *p)
{
    dc_jo_array(dc_jo_key(o, "notes"));
    for (size_t i = 0; i < p->n_note; i++) {
        dc_jo_object(o);
        dc_jo_bool(dc_jo_key(o, "fault"), p->note[i].fault);
        dc_jo_text(dc_jo_key(o, "text"), p->note[i].text);
        dc_jo_end(o);
    }
    dc_jo_end(o);
}

void dc_probe_json(const struct dc_probe *p, struct dc_buf *out)
{
    struct dc_json_out o;
    dc_jo_init(&o, out);
    dc_jo_object(&o);
    dc_jo_text(dc_jo_key(&o, "url"), p->url);
    dc_jo_text(dc_jo_key(&o, "model"), p->model);
    dc_jo_text(dc_jo_key(&o, "server"), p->server);
    dc_jo_text(dc_jo_key(&o, "fingerprint"), p->fingerprint);
    dc_jo_text(dc_jo_key(&o, "path"), p->path);
    say_number(&o, "n_params", p->n_params);
    say_number(&o, "n_bytes", p->n_bytes);
    say_number(&o, "n_ctx", p->n_ctx);
    say_number(&o, "n_slots", p->n_slots);
    dc_jo_bool(dc_jo_key(&o, "chat"), p->chat);
    dc_jo_bool(dc_jo_key(&o, "completions"), p->completions);
    say_takes(&o, p);
    say_lists(&o, p);
    dc_jo_bool(dc_jo_key(&o, "usage"), p->usage);
    dc_jo_bool(dc_jo_key(&o, "n"), p->several);
    dc_jo_bool(dc_jo_key(&o, "n_together"), p->together);
    dc_jo_bool(dc_jo_key(&o, "n_counts_first"), p->counts_first);
    dc_jo_bool(dc_jo_key(&o, "seed_repeats"), p->seed_repeats);
    dc_jo_bool(dc_jo_key(&o, "prompt_logprobs"), p->prompt_logprobs);
    say_known(&o, "markers_read", p->markers);
    say_known(&o, "think_switch", p->think);
    dc_jo_text(dc_jo_key(&o, "reasoning"), dc_reasoning_name(p->reasoning));
    say_known(&o, "abort_stops", p->abort_stops);
    say_known(&o, "n_shares_prompt", p->shares);
    say_notes(&o, p);
    dc_jo_end(&o);
}

/* ---- two URLs ---- */

static bool agree_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool agree_same(const struct dc_probe_alt *a,
                       const struct dc_probe_alt *b)
{
    if (a->id >= 0 && b->id >= 0)
        return a->id == b->id;
    return a->bytes && b->bytes && a->n == b->n &&
           memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* Two numbers that were both told. */
static bool agree_differ(uint64_t a, uint64_t b)
{
    return a > 0 && b > 0 && a != b;
}

/* The largest difference of a token in both lists; false: there is none. */
static bool agree_most(const struct dc_probe *a, const struct dc_probe *b,
                       double *most)
{
    bool any = false;
    *most = 0;
    for (size_t i = 0; i < a->n_first; i++) {
        for (size_t k = 0; k < b->n_first; k++) {
            const struct dc_probe_alt *x = &a->first[i], *y = &b->first[k];
            if (!agree_same(x, y) || x->logprob < AGREE_LEAST)
                continue;
            *most = fmax(*most, fabs(x->logprob - y->logprob));
            any = true;
            break;
        }
    }
    return any;
}

static enum dc_status agree_fail(const struct dc_probe *a,
                                 const struct dc_probe *b, const char *what,
                                 struct dc_err *err)
{
    return dc_fail(err, DC_BACKEND,
                   "%s and %s are not one model to a run: %s. Start both with "
                   "the same, or give the URLs to runs of their own (--shard)",
                   a->url, b->url, what);
}

enum dc_status dc_probe_agree(const struct dc_probe *a,
                              const struct dc_probe *b, struct dc_err *err)
{
    double most;
    char words[120];
    if (!agree_text(a->model, b->model))
        return agree_fail(a, b, "their models have other names", err);
    if (!agree_text(a->fingerprint, b->fingerprint))
        return agree_fail(a, b, "their system_fingerprints differ", err);
    if (agree_differ(a->n_params, b->n_params) ||
        agree_differ(a->n_bytes, b->n_bytes))
        return agree_fail(a, b, "their models are of other sizes", err);
    if (a->logprobs != b->logprobs || a->n_top_max != b->n_top_max)
        return agree_fail(a, b, "their lists of alternatives differ in length",
                          err);
    if (a->mode != b->mode && a->mode != DC_LOGPROB_UNKNOWN &&
        b->mode != DC_LOGPROB_UNKNOWN)
        return agree_fail(a, b,
                          "the log-probabilities of one are raw, of the other "
                          "after the temperature",
                          err);
    bool any = agree_most(a, b, &most);
    if (!any && a->n_first > 0 && b->n_first > 0)
        return agree_fail(a, b, "for one prompt they have other tokens in mind",
                          err);
    double taken = a->n_bytes > 0 && b->n_bytes > 0 ? DC_PROBE_MOVED : AGREE;
    if (most <= taken)
        return DC_OK;
    snprintf(words, sizeof words,
             "a token's log-probability differs by %.2g for one prompt, of "
             "which %g is taken",
             most, taken);
    return agree_fail(a, b, words, err);
}
