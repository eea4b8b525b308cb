/*
 * served_reply.c - free replies of a model at a server, and the grammar that
 * it may be held to.
 *
 * GBNF is llama-server's field "grammar" and, by xgrammar, which reads it too,
 * vLLM's "structured_outputs" (before 0.12 "guided_grammar"). A server that
 * does not know a field drops it in silence, so each is tried: under a grammar
 * of one odd word a model says that word only if it is held to it.
 */
#include "base/json.h"
#include "base/mem.h"
#include "infer/openai_call.h"
#include "infer/served_ask_priv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- replies ---- */

static void add_text(struct dc_buf *out, struct dc_chunk_text t)
{
    if (t.n > 0)
        dc_buf_add(out, t.s, t.n);
}

struct replying {
    struct dc_served_ask *a;
    const struct dc_ask_pair *pair;
    struct dc_ask_reply *out;
};

static enum dc_status reply_body(void *arg, size_t i, struct dc_buf *out,
                                 struct dc_err *err)
{
    const struct replying *r = arg;
    const struct dc_served_req q = {.pair = &r->pair[i],
                                    .max_tokens = r->a->max_tokens,
                                    .n_top = r->a->n_top};
    return dc_served_body(r->a, &q, out, err);
}

static void begin_reply(void *arg, size_t i)
{
    struct replying *r = arg;
    dc_buf_clear(&r->a->base.text[i]);
    r->out[i] = (struct dc_ask_reply){.text = ""};
}

static const char *take_reply(void *arg, size_t i,
                              const struct dc_served_answer *x)
{
    struct replying *r = arg;
    struct dc_buf *text = &r->a->base.text[i];
    if (x->finish)
        r->out[i].finish = x->finish;
    r->out[i].failed = x->failed;
    if (!x->chunk)
        return NULL;
    dc_served_score(r->a, text, x, &r->out[i]);
    if (x->choice)
        add_text(text,
                 x->choice->text.n > 0 ? x->choice->text : x->choice->refusal);
    if (x->chunk->usage.has_completion && x->chunk->usage.completion < 1u << 30)
        r->out[i].n_tok = (unsigned)x->chunk->usage.completion;
    return NULL;
}

enum dc_status dc_served_reply(struct dc_ask *base,
                               const struct dc_ask_pair *pair, size_t n,
                               struct dc_ask_reply *out, struct dc_err *err)
{
    struct dc_served_ask *a = (struct dc_served_ask *)base;
    assert(a->max_tokens > 0 && base->n_question == 0);
    struct replying r = {a, pair, out};
    const struct dc_served_job job = {n, reply_body, begin_reply, take_reply,
                                      &r};
    dc_ask_begin(base, out, n);
    enum dc_status st = dc_served_run(a, &job, err);
    dc_ask_finish(base, out, n);
    return st;
}

/* ---- the grammar ---- */

static const char odd_word[] = "qvxjz";

/* {KEY: text} or, with an inner key, {KEY: {INNER: text}} as arguments. */
static enum dc_status grammar_args(const char *const key[2], const char *text,
                                   struct dc_request_args **out,
                                   struct dc_err *err)
{
    struct dc_buf b;
    json_t *s = dc_json_text(text);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s%s%s=", key[0], key[1] ? "." : "", key[1] ? key[1] : "");
    dc_json_dump(s, JSON_COMPACT | JSON_ENCODE_ANY, &b);
    *out = dc_request_args_create();
    enum dc_status st = dc_request_args_add(*out, b.data, err);
    json_decref(s);
    dc_buf_release(&b);
    return st;
}

static bool take_odd(void *arg, const struct dc_chunk *chunk)
{
    struct dc_buf *text = arg;
    if (!chunk)
        dc_buf_clear(text);
    else if (chunk->n_choice > 0)
        add_text(text, chunk->choice[0].text);
    return true;
}

/* Does the model say the odd word when it may say nothing else? A server that
 * refuses the field says no, too. */
static enum dc_status is_held(const struct dc_served_ask *a, struct dc_call *c,
                              bool *held, struct dc_err *err)
{
    static const struct dc_ask_pair pair = {"Why?", 4, "Because.", 8};
    const struct dc_served_req q = {.pair = &pair, .max_tokens = 16};
    struct dc_call_reply reply = {.status = 0};
    struct dc_buf body, text;
    const struct dc_call_question ask = {
        .path = dc_openai_path(a->api),
        .body = &body,
        .take = take_odd,
        .arg = &text,
    };
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_init(&body, SIZE_MAX);
    enum dc_status st = dc_served_body(a, &q, &body, err);
    if (!st)
        st = dc_call_post(c, &ask, &reply, err);
    *held = !st && text.n == strlen(odd_word) &&
            !memcmp(text.data, odd_word, text.n);
    dc_buf_release(&body);
    dc_buf_release(&text);
    return st;
}

enum dc_status dc_served_grammar(struct dc_served_ask *a, const char *grammar,
                                 bool *taken, struct dc_err *err)
{
    static const char *const key[][2] = {
        {"grammar", NULL},
        {"structured_outputs", "grammar"},
        {"guided_grammar", NULL},
    };
    struct dc_call_cfg cfg = dc_call_cfg_default(a->url);
    struct dc_call *c = NULL;
    char odd[64];
    snprintf(odd, sizeof odd, "root ::= \"%s\"", odd_word);
    *taken = false;
    cfg.key = a->key;
    enum dc_status st = dc_call_open(&cfg, &c, err);
    for (size_t i = 0; i < DC_COUNT(key) && !st && !*taken; i++) {
        st = grammar_args(key[i], odd, &a->args, err);
        if (!st)
            st = is_held(a, c, taken, err);
        dc_request_args_free(a->args);
        a->args = NULL;
        if (!st && *taken)
            st = grammar_args(key[i], grammar, &a->args, err);
    }
    dc_call_close(c);
    return st;
}
