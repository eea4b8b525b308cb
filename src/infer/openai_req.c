/*
 * openai_req.c - seeds and bodies of requests (openai_req.h).
 *
 * "Off" is written so that vLLM, SGLang and llama-server all take it: top_k -1,
 * min_p 0, repetition_penalty 1.
 */
#include "infer/openai_req.h"

#include "base/json_out.h"
#include "base/rng.h"
#include "infer/openai_req_priv.h"

#include <assert.h>
#include <string.h>

uint32_t dc_request_seed(uint64_t seed, uint64_t stream, uint32_t index)
{
    const struct dc_rng_key key = {seed, stream};
    assert(index < DC_REQUEST_MAX_INDEX);
    return index +
           dc_rng_below(&key, 0, 0, (UINT32_C(1) << 31) - DC_REQUEST_MAX_INDEX);
}

/* ---- the body ---- */

const char *dc_openai_path(enum dc_api api)
{
    return api == DC_API_CHAT ? "chat/completions" : "completions";
}

static enum dc_status refuse(const char *what, const char *option,
                             struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "this server takes no %s, as its probe found: leave out %s",
                   what, option);
}

static enum dc_status check(const struct dc_openai_req *r, struct dc_err *err)
{
    const struct dc_sampling *s = &r->sampling;
    if (s->top_k > 0 && !(r->takes & DC_TAKES_TOP_K))
        return refuse("top_k", "--top-k", err);
    if (s->min_p > 0 && !(r->takes & DC_TAKES_MIN_P))
        return refuse("min_p", "--min-p", err);
    if (r->api == DC_API_COMPLETIONS && r->system)
        return dc_fail(err, DC_USAGE,
                       "--system has no effect on /v1/completions, which takes "
                       "a prompt as it is");
    if (r->think != DC_THINK_AUTO &&
        (r->api == DC_API_COMPLETIONS || !(r->takes & DC_TAKES_TEMPLATE_ARGS)))
        return refuse("chat_template_kwargs", "--think", err);
    if (r->n_stop > 0 && r->args && dc_request_args_has(r->args, "stop"))
        return dc_fail(err, DC_USAGE,
                       "--request-arg stop: this request has ends of its own");
    return DC_OK;
}

static void put_message(struct dc_json_out *o, const char *role,
                        const char *text, size_t n)
{
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "role"), role);
    dc_jo_textn(dc_jo_key(o, "content"), text, n);
    dc_jo_end(o);
}

static void put_prompt(const struct dc_openai_req *r, struct dc_json_out *o)
{
    dc_jo_text(dc_jo_key(o, "model"), r->model);
    if (r->api == DC_API_COMPLETIONS) {
        dc_jo_textn(dc_jo_key(o, "prompt"), r->text, r->n_text);
        return;
    }
    dc_jo_array(dc_jo_key(o, "messages"));
    if (r->system)
        put_message(o, "system", r->system, strlen(r->system));
    put_message(o, "user", r->text, r->n_text);
    if (r->answer)
        put_message(o, "assistant", r->answer, r->n_answer);
    if (r->again)
        put_message(o, "user", r->again, strlen(r->again));
    dc_jo_end(o);
}

static void put_sampling(const struct dc_openai_req *r, struct dc_json_out *o)
{
    const struct dc_sampling *s = &r->sampling;
    dc_jo_int(dc_jo_key(o, "n"), r->n);
    if (r->has_seed)
        dc_jo_int(dc_jo_key(o, "seed"), r->seed);
    dc_jo_int(dc_jo_key(o, r->takes & DC_TAKES_MAX_COMPLETION
                               ? "max_completion_tokens"
                               : "max_tokens"),
              r->max_tokens);
    dc_jo_real(dc_jo_key(o, "temperature"), s->temperature);
    dc_jo_real(dc_jo_key(o, "top_p"), s->top_p);
    if (r->takes & DC_TAKES_TOP_K)
        dc_jo_int(dc_jo_key(o, "top_k"), s->top_k ? (int64_t)s->top_k : -1);
    if (r->takes & DC_TAKES_MIN_P)
        dc_jo_real(dc_jo_key(o, "min_p"), s->min_p);
    if (r->takes & DC_TAKES_REPETITION &&
        !(r->args && dc_request_args_has(r->args, "repetition_penalty")))
        dc_jo_real(dc_jo_key(o, "repetition_penalty"), 1);
    if (r->n_stop == 0)
        return;
    dc_jo_array(dc_jo_key(o, "stop"));
    for (size_t i = 0; i < r->n_stop; i++)
        dc_jo_text(o, r->stop[i]);
    dc_jo_end(o);
}

static void put_output(const struct dc_openai_req *r, struct dc_json_out *o)
{
    if (r->logprobs && r->api == DC_API_CHAT) {
        dc_jo_bool(dc_jo_key(o, "logprobs"), true);
        if (r->n_top > 0)
            dc_jo_int(dc_jo_key(o, "top_logprobs"), r->n_top);
    } else if (r->logprobs) {
        dc_jo_int(dc_jo_key(o, "logprobs"), r->n_top);
    }
    if (r->takes & DC_TAKES_TOKEN_IDS)
        dc_jo_bool(dc_jo_key(o, "return_token_ids"), true);
    dc_jo_bool(dc_jo_key(o, "stream"), r->stream);
    if (!r->stream || !(r->takes & DC_TAKES_USAGE))
        return;
    dc_jo_object(dc_jo_key(o, "stream_options"));
    dc_jo_bool(dc_jo_key(o, "include_usage"), true);
    dc_jo_end(o);
}

enum dc_status dc_openai_body(const struct dc_openai_req *r, struct dc_buf *out,
                              struct dc_err *err)
{
    struct dc_json_out o;
    assert(r->n >= 1 && r->n <= DC_REQUEST_MAX_N && r->max_tokens > 0);
    enum dc_status st = check(r, err);
    if (!st && r->think != DC_THINK_AUTO && r->args &&
        dc_request_args_thinks(r->args))
        st = dc_fail(err, DC_USAGE,
                     "--request-arg chat_template_kwargs.enable_thinking: "
                     "--think sets it, too; leave out one of them");
    if (st)
        return st;
    dc_jo_init(&o, out);
    dc_jo_object(&o);
    put_prompt(r, &o);
    put_sampling(r, &o);
    put_output(r, &o);
    dc_request_args_put(r->args, r->think, &o);
    dc_jo_end(&o);
    return DC_OK;
}
