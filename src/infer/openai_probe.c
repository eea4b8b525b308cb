/*
 * openai_probe.c - the questions of a probe, in their order.
 *
 * One text is asked three times: streamed, in one piece with the same seed, and
 * at T = 2 for four choices with lists of three, of which
 * openai_probe_several.c may ask more. A second text has a short answer, to see
 * its end, and is what markers are put behind. Two more questions find out
 * whether top_k and min_p do anything: a server that drops them would be asked
 * for one distribution and draw from another.
 */
#include "infer/openai_probe.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/plural.h"
#include "infer/openai_probe_priv.h"
#include "infer/openai_req_priv.h"

#include <stdlib.h>
#include <string.h>

#define PROBE_TEXT "Write one sentence about the sea."
#define PROBE_SHORT "Reply with the word yes and nothing else."
enum {
    PROBE_SHORT_TOP = 3,
    PROBE_HOT = 4,    /* tokens of each choice at T = 2 */
    PROBE_WHOLE = 64, /* tokens in which small models end, too */
    PROBE_FILTER = 6  /* tokens, to see top_k or min_p act */
};

/* ---- life ---- */

void dc_probe_release(struct dc_probe *p)
{
    for (size_t i = 0; i < p->n_note; i++)
        free(p->note[i].text);
    for (size_t i = 0; i < p->n_first; i++)
        free(p->first[i].bytes);
    free(p->note);
    free(p->first);
    free(p->url);
    free(p->model);
    free(p->fingerprint);
    free(p->server);
    free(p->path);
    *p = (struct dc_probe){.url = NULL};
}

static void probe_begin(struct dc_prober *b)
{
    const struct dc_probe_cfg *c = b->cfg;
    unsigned n = c->k > c->n_top ? c->k : c->n_top;
    *b->p = (struct dc_probe){
        .url = dc_openai_url_shown(c->url),
        .api = c->api,
        .takes = DC_TAKES_TOP_K | DC_TAKES_MIN_P | DC_TAKES_REPETITION |
                 DC_TAKES_TOKEN_IDS | DC_TAKES_USAGE |
                 (c->api == DC_API_CHAT ? DC_TAKES_TEMPLATE_ARGS : 0),
        .takes_seed = true,
        .logprobs = true,
    };
    b->n_ask = n > 0 ? n : DC_PROBE_TOP;
}

/* ---- the questions ---- */

/* Even the first request is refused: what it asked for, and what to do. */
static enum dc_status probe_refused(const struct dc_prober *b,
                                    const struct dc_probe_ask *q,
                                    const struct dc_probe_answer *a,
                                    struct dc_err *err)
{
    bool chat = b->p->api == DC_API_CHAT;
    char top[64] = "";
    if (a->status != 0 && a->status != 400 && a->status != 422)
        return dc_fail(err, DC_BACKEND, "%s", a->why.msg);
    if (b->p->logprobs)
        snprintf(top, sizeof top,
                 " with log-probabilities and %u alternative%s", a->n_asked,
                 dc_plural(a->n_asked));
    return dc_fail(
        err, DC_BACKEND,
        "%s. It was asked for a streamed %s of up to %u tokens%s%s%s, without "
        "the fields that it had refused by name; say what it wants instead "
        "(--api %s, --request-arg%s), or see its log",
        a->why.msg, chat ? "chat answer" : "completion", q->max_tokens, top,
        b->cfg->system ? ", under --system" : "",
        b->cfg->args ? ", with what --request-arg adds" : "",
        chat ? "completions" : "chat", b->cfg->system ? ", --system" : "");
}

/* The first answer, streamed. An interface that does not answer is an error. */
static enum dc_status probe_first(struct dc_prober *b,
                                  struct dc_probe_answer *a, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_TEXT);
    bool refused;
    q.stream = q.first = true;
    enum dc_status st = dc_probe_ask(b, &q, a, &refused, err);
    if (st)
        return st;
    if (refused && strstr(a->why.msg, " answers 404") && b->is_listed)
        return dc_fail(err, DC_BACKEND, "%s %s", a->why.msg,
                       b->cfg->api == DC_API_CHAT
                           ? "The model is there: --api completions asks it "
                             "without a chat"
                           : "The model is there: the server seems to take "
                             "chats only");
    if (refused && b->lists && !b->is_listed)
        return dc_fail(err, DC_BACKEND, "%s (it lists %s)", a->why.msg,
                       b->listed);
    if (refused)
        return probe_refused(b, &q, a, err);
    if (a->n_choice == 0)
        return dc_fail(
            err, DC_BACKEND,
            "%s: expected an answer with \"choices\", and none came: "
            "is this a server with OpenAI's interface?",
            b->p->url);
    if (b->p->api == DC_API_CHAT)
        b->p->chat = true;
    else
        b->p->completions = true;
    if (b->lists && !b->is_listed)
        dc_probe_note(b->p, false, "answers for a model that it does not list");
    dc_probe_find_first(b, a);
    return DC_OK;
}

/* A further question; *refused in words becomes a note. */
static enum dc_status probe_ask(struct dc_prober *b,
                                const struct dc_probe_ask *q, const char *what,
                                struct dc_probe_answer *a, bool *refused,
                                struct dc_err *err)
{
    enum dc_status st = dc_probe_ask(b, q, a, refused, err);
    if (!st && *refused)
        dc_probe_note(b->p, false, "%s is refused: \"%s\"", what,
                      a->words.data);
    return st;
}

static enum dc_status probe_whole(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_TEXT);
    struct dc_probe_answer a;
    bool refused;
    dc_probe_answer_init(&a);
    enum dc_status st =
        probe_ask(b, &q, "an answer that is not streamed", &a, &refused, err);
    if (!st && !refused)
        dc_probe_find_whole(b, b->first, &a);
    dc_probe_answer_release(&a);
    return st;
}

enum dc_status dc_probe_list(struct dc_prober *b, unsigned n, unsigned *got,
                             unsigned *told, struct dc_err *err)
{
    struct dc_probe_ask q;
    struct dc_probe_answer a;
    unsigned before = b->n_ask;
    bool refused;
    b->n_ask = n;
    q = dc_probe_ask_default(b, PROBE_TEXT);
    q.max_tokens = 1;
    q.may_lack = "logprob";
    dc_probe_answer_init(&a);
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    b->n_ask = before;
    *got = *told = 0;
    if (!st && refused)
        *told = dc_probe_number(a.words.data, n);
    else if (!st && a.choice[0].n_tok > 0)
        *got = (unsigned)a.choice[0].tok[0].n_alt;
    dc_probe_answer_release(&a);
    return st;
}

/* One more alternative, where the last of a list can't be counted on and the
 * run wants as many. */
static enum dc_status probe_one_more(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe *p = b->p;
    unsigned got, told, n = b->n_ask + 1;
    if (!p->displaces || p->n_top_max < b->n_ask)
        return DC_OK;
    enum dc_status st = dc_probe_list(b, n, &got, &told, err);
    if (!st && got == n)
        b->n_ask = p->n_top_max = n;
    return st;
}

static enum dc_status probe_hot(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_TEXT);
    struct dc_probe_answer a;
    bool refused;
    dc_probe_answer_init(&a);
    q.n = DC_PROBE_CHOICES;
    q.n_top = PROBE_SHORT_TOP;
    q.max_tokens = PROBE_HOT;
    q.temperature = 2;
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    for (unsigned i = 0; i < 2 && !st && refused; i++) {
        if (strstr(a.words.data, "temperature") && q.temperature > 1) {
            q.temperature = 1;
            b->p->takes &= ~(unsigned)(DC_TAKES_TOP_K | DC_TAKES_MIN_P);
            dc_probe_note(b->p, false,
                          "a temperature of 2 is refused, so that nothing can "
                          "be said of top_k and min_p: \"%s\"",
                          a.words.data);
        } else {
            q.n = 1;
            dc_probe_note(b->p, false,
                          "n = 4 in one request is refused: \"%s\"",
                          a.words.data);
        }
        dc_probe_answer_release(&a);
        dc_probe_answer_init(&a);
        st = dc_probe_ask(b, &q, &a, &refused, err);
    }
    if (!st && !refused)
        dc_probe_find_hot(b, b->first, &a, q.temperature > 1);
    if (!st && !refused)
        st = dc_probe_several(b, &q, &a, err);
    dc_probe_answer_release(&a);
    return st ? st : probe_one_more(b, err);
}

/* Does a sampler's setting that leaves one token act? */
static enum dc_status probe_filter(struct dc_prober *b, unsigned bit,
                                   const char *name, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_TEXT);
    struct dc_probe_answer a;
    bool refused;
    if (!(b->p->takes & bit) || !b->p->logprobs || dc_probe_bad(b->p, NULL))
        return DC_OK;
    dc_probe_answer_init(&a);
    q.n_top = PROBE_SHORT_TOP;
    q.max_tokens = PROBE_FILTER;
    q.temperature = 2;
    q.top_k = bit == DC_TAKES_TOP_K;
    q.min_p = bit == DC_TAKES_MIN_P;
    enum dc_status st = probe_ask(b, &q, name, &a, &refused, err);
    if (!st && (refused || !dc_probe_is_greedy(&a))) {
        b->p->takes &= ~bit;
        if (!refused)
            dc_probe_note(b->p, false,
                          "%s is taken and has no effect; deepconf will not "
                          "send it",
                          name);
    }
    dc_probe_answer_release(&a);
    return st;
}

static enum dc_status probe_top_k(struct dc_prober *b, struct dc_err *err)
{
    return probe_filter(b, DC_TAKES_TOP_K, "top_k", err);
}

static enum dc_status probe_min_p(struct dc_prober *b, struct dc_err *err)
{
    return probe_filter(b, DC_TAKES_MIN_P, "min_p", err);
}

/* The prompt's length changes with enable_thinking? */
static void probe_think(struct dc_prober *b, const struct dc_probe_answer *own,
                        const struct dc_probe_answer *other)
{
    if (own->usage.has_prompt && other->usage.has_prompt)
        b->p->think = own->usage.prompt == other->usage.prompt ? DC_KNOWN_NO
                                                               : DC_KNOWN_YES;
}

/* The short text: its end, whether chat_template_kwargs are taken, markers. */
static enum dc_status probe_end(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_SHORT);
    struct dc_probe_answer a, other;
    bool refused, asks = b->cfg->args && dc_request_args_thinks(b->cfg->args);
    dc_probe_answer_init(&a);
    dc_probe_answer_init(&other);
    q.temperature = 0;
    if (b->cfg->whole)
        q.max_tokens = PROBE_WHOLE;
    q.n_top = PROBE_SHORT_TOP;
    if (q.think == DC_THINK_AUTO && b->p->api == DC_API_CHAT && !asks)
        q.think = DC_THINK_OFF;
    enum dc_status st =
        probe_ask(b, &q, "a temperature of 0", &a, &refused, err);
    if (!st && !refused) {
        dc_probe_find_end(b, &a);
        st = dc_probe_markers(b, &q, &a, err);
    }
    if (!st && !refused && !asks && b->p->takes & DC_TAKES_TEMPLATE_ARGS &&
        (b->cfg->whole || b->cfg->think != DC_THINK_AUTO)) {
        q.think = q.think == DC_THINK_ON ? DC_THINK_OFF : DC_THINK_ON;
        q.max_tokens = 1;
        st = dc_probe_ask(b, &q, &other, &refused, err);
        if (!st && !refused)
            probe_think(b, &a, &other);
    }
    dc_probe_answer_release(&other);
    dc_probe_answer_release(&a);
    return st;
}

/* Does the answer hold what vLLM calls prompt_logprobs? */
static bool probe_has_scores(const json_t *root)
{
    json_t *c = json_array_get(json_object_get(root, "choices"), 0);
    return json_array_size(json_object_get(c, "prompt_logprobs")) > 1;
}

/* The interface of raw prompts, and log-probabilities of given tokens. */
static enum dc_status probe_raw(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_TEXT);
    struct dc_request_args *args = dc_request_args_create();
    struct dc_probe_answer a;
    bool refused = false, asks = true;
    enum dc_status st = dc_request_args_add(args, "prompt_logprobs=1", err);
    dc_probe_answer_init(&a);
    q.args = args;
    q.n_top = 1;
    q.max_tokens = 1;
    q.think = DC_THINK_AUTO;
    q.may_lack = "prompt_logprobs";
    if (!st)
        st = dc_probe_ask(b, &q, &a, &refused, err);
    if (!st && refused) {
        q.args = NULL;
        asks = false;
        dc_probe_answer_release(&a);
        dc_probe_answer_init(&a);
        st = dc_probe_ask(b, &q, &a, &refused, err);
    }
    if (!st && !refused && a.choice[0].seen) {
        b->p->completions = true;
        b->p->prompt_logprobs = asks && probe_has_scores(a.json);
    }
    dc_probe_answer_release(&a);
    dc_request_args_free(args);
    return st;
}

static enum dc_status probe_chat(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, PROBE_TEXT);
    struct dc_probe_answer a;
    bool refused;
    dc_probe_answer_init(&a);
    q.n_top = 1;
    q.max_tokens = 1;
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    b->p->chat = !st && !refused && a.choice[0].seen;
    dc_probe_answer_release(&a);
    return st;
}

/* What was not asked so far of either interface. */
static enum dc_status probe_interfaces(struct dc_prober *b, struct dc_err *err)
{
    enum dc_api api = b->p->api;
    enum dc_status st = DC_OK;
    if (api == DC_API_COMPLETIONS) {
        b->p->api = DC_API_CHAT;
        st = probe_chat(b, err);
    }
    b->p->api = DC_API_COMPLETIONS;
    if (!st)
        st = probe_raw(b, err);
    b->p->api = api;
    return st;
}

/* Behind what it serves, and a first answer. */
static const struct {
    const char *what;
    enum dc_status (*ask)(struct dc_prober *b, struct dc_err *err);
} probe_question[] = {
    {"the same answer in one piece", probe_whole},
    {"four choices at a temperature of 2", probe_hot},
    {"whether top_k acts", probe_top_k},
    {"whether min_p acts", probe_min_p},
    {"how an answer ends, and markers in a prompt", probe_end},
    {"its other interface, and given tokens", probe_interfaces},
};

void dc_probe_tell(struct dc_prober *b, const char *what)
{
    enum { FIRST = 2 };
    const struct dc_server_watch *w = &b->cfg->watch;
    const struct dc_probe_step s = {
        .url = b->p->url,
        .what = what,
        .at = ++b->n_step,
        .n = FIRST + (unsigned)DC_COUNT(probe_question) +
             dc_probe_more_count(b->cfg),
    };
    if (w->asks)
        w->asks(w->arg, &s);
}

static enum dc_status probe_ask_all(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe_answer first;
    dc_probe_answer_init(&first);
    dc_probe_tell(b, "a streamed answer");
    enum dc_status st = probe_first(b, &first, err);
    b->first = &first;
    for (size_t i = 0; i < DC_COUNT(probe_question) && !st; i++) {
        dc_probe_tell(b, probe_question[i].what);
        st = probe_question[i].ask(b, err);
    }
    if (!st)
        st = dc_probe_more(b, err);
    if (!st)
        dc_probe_find_rest(b);
    dc_probe_answer_release(&first);
    return st;
}

struct dc_probe_cfg dc_probe_cfg_of(const struct dc_server_cfg *s, size_t i)
{
    return (struct dc_probe_cfg){
        .url = s->url[i],
        .key_env = s->key_env,
        .api = s->api,
        .args = s->args,
        .connect_s = s->connect_s,
        .silence_s = s->silence_s,
        .closes = s->closes,
        .watch = s->watch,
    };
}

enum dc_status dc_openai_probe(const struct dc_probe_cfg *c,
                               struct dc_probe *out, struct dc_err *err)
{
    struct dc_prober b = {.cfg = c, .p = out};
    struct dc_call_cfg *call = &b.call_cfg;
    *call = dc_call_cfg_default(c->url);
    call->key = c->key;
    call->key_env = c->key_env;
    call->stop = c->watch.stop;
    if (c->connect_s > 0)
        call->connect_ms = c->connect_s * 1000;
    if (c->silence_s > 0)
        call->silence_ms = c->silence_s * 1000;
    if (call->total_ms < 2 * call->silence_ms)
        call->total_ms = 2 * call->silence_ms;
    if (c->tries > 0)
        call->tries = c->tries;
    *out = (struct dc_probe){.url = NULL};
    enum dc_status st = dc_call_open(call, &b.call, err);
    if (st)
        return st;
    probe_begin(&b);
    dc_probe_tell(&b, "what it serves");
    st = dc_probe_server(&b, err);
    if (!st)
        st = probe_ask_all(&b, err);
    dc_call_close(b.call);
    free(b.template);
    free(b.listed);
    /* A server may repeat what it was sent. */
    for (size_t i = 0; i < out->n_note; i++)
        dc_server_hide_key(out->note[i].text, c->key);
    if (st && err)
        dc_server_hide_key(err->msg, c->key);
    if (st)
        dc_probe_release(out);
    return st;
}
