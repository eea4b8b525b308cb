/*
 * backend_openai.c - traces from servers with OpenAI's interface: the row that
 * brings their requests (openai_client.h) and their answers (openai_trace.h)
 * together.
 *
 * A slot is a request that is streamed, and its trace so far. What the servers
 * can do is found out at open (openai_probe.h), and what they can't is refused
 * there with the reason. Nothing here is repeatable: a trace that is lost is
 * asked for again with the same seed, and says so by RESTART.
 *
 * A trace that nothing will cancel is asked for in one piece, where that gives
 * the same tokens, as it costs a server less (docs/SERVERS.md has figures). It
 * has to fit into memory together with the others. Those of one prompt are
 * asked for together, where the probe saw that a server shares the work on it:
 * the client decides, as they leave, which of them become one request.
 */
#include "base/mem.h"
#include "infer/backend_openai_priv.h"

#include <assert.h>
#include <stdlib.h>

extern const struct dc_backend_ops dc_backend_openai;

/* Alternatives in an answer that is not streamed: of one, which is then within
 * what is read of one, and of all in flight, some 170 MB if they come at once.
 */
enum { WHOLE_ALTS = 1 << 17, WHOLE_ALTS_ALL = 1 << 21 };

static struct dc_ob *ob_self(struct dc_backend *b)
{
    assert(b && b->ops == &dc_backend_openai);
    return (struct dc_ob *)b;
}

/* ---- open, close ---- */

static void ob_close(struct dc_backend *b)
{
    if (!b)
        return;
    struct dc_ob *s = ob_self(b);
    for (struct dc_ob_prompt *p = s->open, *next; p; p = next) {
        next = p->next;
        free(p->text);
        free(p);
    }
    for (unsigned i = 0; i < s->n_slots; i++)
        dc_otrace_release(&s->slot[i].trace);
    dc_client_free(s->client);
    free(s->slot);
    free(s->alt);
    free(s->at);
    dc_buf_release(&s->body);
    dc_buf_release(&s->body_whole);
    dc_ob_facts_release(s);
    free(s);
}

static enum dc_status ob_open(const struct dc_backend_cfg *cfg,
                              struct dc_backend **out, struct dc_err *err)
{
    struct dc_ob *s = dc_xcalloc(1, sizeof *s);
    s->base.ops = &dc_backend_openai;
    s->info.name = "openai";
    s->cfg = *cfg;
    dc_buf_init(&s->body, SIZE_MAX);
    dc_buf_init(&s->body_whole, SIZE_MAX);
    enum dc_status st = dc_ob_facts_find(s, err);
    if (st) {
        ob_close(&s->base);
        return st;
    }
    *out = &s->base;
    return DC_OK;
}

static const struct dc_backend_info *ob_info(struct dc_backend *b)
{
    return &ob_self(b)->info;
}

static void ob_identity(struct dc_backend *b, dc_backend_put *put, void *arg)
{
    dc_ob_facts_put(ob_self(b), put, arg);
}

/* ---- prompts ---- */

static enum dc_status ob_prompt_open(struct dc_backend *b, const char *text,
                                     size_t n, struct dc_backend_prompt **out,
                                     struct dc_err *err)
{
    (void)err;
    struct dc_ob *s = ob_self(b);
    struct dc_ob_prompt *p = dc_xcalloc(1, sizeof *p);
    p->text = dc_xstrndup(text, n);
    p->n = n;
    p->next = s->open;
    if (s->open)
        s->open->prev = p;
    s->open = p;
    *out = &p->base;
    return DC_OK;
}

static void ob_prompt_close(struct dc_backend *b,
                            struct dc_backend_prompt *prompt)
{
    struct dc_ob *s = ob_self(b);
    struct dc_ob_prompt *p = (struct dc_ob_prompt *)prompt;
    if (!p)
        return;
    assert(p->n_running == 0);
    if (p->prev)
        p->prev->next = p->next;
    else
        s->open = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free(p->text);
    free(p);
}

/* ---- slots ---- */

/* The body for n traces, of which the slot's is the first. */
static void ob_several(void *arg, unsigned slot, unsigned n, struct dc_buf *out)
{
    const struct dc_ob *s = arg;
    struct dc_openai_req q = s->slot[slot].ask;
    q.stream = false;
    q.n = n;
    enum dc_status st = dc_openai_body(&q, out, NULL);
    assert(st == DC_OK); /* that of one was made */
    (void)st;
}

/* n_ctx is the server's affair: it says when a prompt is too long for it. */
static enum dc_status ob_begin(struct dc_backend *b, unsigned n_slots,
                               unsigned n_ctx, struct dc_err *err)
{
    (void)n_ctx;
    struct dc_ob *s = ob_self(b);
    struct dc_client_cfg c = dc_client_cfg_of(s->cfg.server);
    assert(!s->slot && n_slots > 0);
    c.key = s->key;
    c.key_env = s->key ? s->cfg.server->key_env : NULL;
    c.n_max = n_slots;
    c.n_slots = s->n_slots_told;
    c.stream = s->probe[0].stream;
    c.announces = true;
    c.several = s->together ? ob_several : NULL;
    c.arg = s;
    enum dc_status st = dc_client_create(&c, &s->client, err);
    if (st)
        return st;
    s->slot = dc_xcalloc(n_slots, sizeof *s->slot);
    s->n_slots = n_slots;
    s->reading = n_slots;
    for (unsigned i = 0; i < n_slots; i++)
        dc_otrace_init(&s->slot[i].trace);
    return DC_OK;
}

/* What is asked for a trace. */
static struct dc_openai_req ob_request(const struct dc_ob *s,
                                       const struct dc_trace_req *req)
{
    const struct dc_ob_prompt *p = (const struct dc_ob_prompt *)req->prompt;
    struct dc_openai_req q = {
        .api = s->cfg.server->api,
        .takes = s->takes,
        .model = s->probe[0].model,
        .system = s->cfg.chat.system,
        .text = p->text,
        .n_text = p->n,
        .n = 1,
        .has_seed = s->probe[0].takes_seed,
        .seed = dc_request_seed(req->seed, req->stream, req->index),
        .max_tokens = req->max_tokens,
        .sampling = req->sampling,
        .logprobs = true,
        .n_top = s->n_asked,
        .stream = s->probe[0].stream,
        .think = s->think,
        .args = s->cfg.server->args,
    };
    return q;
}

/* Traces of the prompt that may be asked for together have one number. */
static uint64_t ob_kin(struct dc_ob *s, struct dc_ob_prompt *p,
                       const struct dc_trace_req *req)
{
    const struct dc_sampling *a = &p->sampling, *b = &req->sampling;
    bool same = p->kin > 0 && p->max_tokens == req->max_tokens &&
                a->temperature == b->temperature && a->top_k == b->top_k &&
                a->top_p == b->top_p && a->min_p == b->min_p;
    if (!same)
        p->kin = ++s->n_kin;
    p->sampling = req->sampling;
    p->max_tokens = req->max_tokens;
    return p->kin;
}

/* Alternatives of a trace at most, those that were sampled among them. */
static uint64_t ob_alts(const struct dc_ob *s, const struct dc_trace_req *req)
{
    return (uint64_t)req->max_tokens * (s->n_asked + 1);
}

static bool ob_may_be_whole(const struct dc_ob *s,
                            const struct dc_trace_req *req)
{
    uint64_t n = ob_alts(s, req);
    return req->to_end && s->whole && n <= WHOLE_ALTS &&
           n * s->n_slots <= WHOLE_ALTS_ALL;
}

/* How many such traces fit into one answer. */
static unsigned ob_together_most(const struct dc_ob *s,
                                 const struct dc_trace_req *req)
{
    uint64_t n = WHOLE_ALTS / ob_alts(s, req);
    return n < DC_REQUEST_MAX_N ? (unsigned)n : DC_REQUEST_MAX_N;
}

/* The bodies of q, of the second only if it may be asked so. */
static enum dc_status ob_bodies(struct dc_ob *s, const struct dc_openai_req *q,
                                bool may_be_whole, struct dc_err *err)
{
    struct dc_openai_req whole = *q;
    dc_buf_clear(&s->body);
    dc_buf_clear(&s->body_whole);
    enum dc_status st = dc_openai_body(q, &s->body, err);
    if (st || !may_be_whole)
        return st;
    whole.stream = false;
    return dc_openai_body(&whole, &s->body_whole, err);
}

static enum dc_status ob_start(struct dc_backend *b, unsigned slot,
                               const struct dc_trace_req *req,
                               struct dc_err *err)
{
    struct dc_ob *s = ob_self(b);
    assert(slot < s->n_slots && !s->slot[slot].busy && req->max_tokens > 0);
    struct dc_ob_slot *sl = &s->slot[slot];
    struct dc_ob_prompt *p = (struct dc_ob_prompt *)req->prompt;
    bool may_be_whole = ob_may_be_whole(s, req);
    sl->ask = ob_request(s, req);
    enum dc_status st = ob_bodies(s, &sl->ask, may_be_whole, err);
    if (st)
        return st;
    sl->cfg = (struct dc_otrace_cfg){
        .k = s->cfg.k,
        .n_top = s->cfg.n_top,
        .n_asked = s->n_asked,
        .max_tokens = req->max_tokens,
        .stops = s->stops,
        .eos = s->probe[0].eos_token == DC_KNOWN_YES,
    };
    sl->fresh = true;
    sl->prompt = p;
    p->n_running++;
    sl->busy = true;
    sl->pending = 0;
    sl->has_endpoint = false;
    const struct dc_client_ask ask = {
        .body = s->body.data,
        .n_body = s->body.n,
        .whole = may_be_whole ? s->body_whole.data : NULL,
        .n_whole = s->body_whole.n,
        .seed = sl->ask.seed,
        .kin = may_be_whole ? ob_kin(s, p, req) : 0,
        .n_most = ob_together_most(s, req)};
    dc_client_send(s->client, slot, &ask);
    return DC_OK;
}

void dc_ob_leave(struct dc_ob *s, struct dc_ob_slot *sl)
{
    sl->busy = false;
    sl->prompt->n_running--;
    dc_client_abort(s->client, (unsigned)(sl - s->slot));
}

static void ob_cancel(struct dc_backend *b, unsigned slot)
{
    struct dc_ob *s = ob_self(b);
    assert(slot < s->n_slots && s->slot[slot].busy);
    if (s->reading == slot)
        s->reading = s->n_slots;
    dc_ob_leave(s, &s->slot[slot]);
}

static enum dc_status ob_poll(struct dc_backend *b, unsigned wait_ms,
                              struct dc_event *ev, size_t max, size_t *n_ev,
                              struct dc_err *err)
{
    return dc_ob_poll(ob_self(b), wait_ms, ev, max, n_ev, err);
}

static void ob_traffic(struct dc_backend *b, struct dc_backend_traffic *out)
{
    const struct dc_ob *s = ob_self(b);
    struct dc_client_counts n = {.n_in_flight = 0};
    if (s->client)
        dc_client_counts(s->client, &n);
    *out = (struct dc_backend_traffic){.n_in_flight = n.n_in_flight,
                                       .n_request = n.n_request,
                                       .n_retry = n.n_retry,
                                       .n_limited = n.n_limited,
                                       .n_received = s->n_received,
                                       .n_wrong = n.n_fault,
                                       .n_unlisted = s->n_unlisted,
                                       .n_uncounted = s->n_uncounted};
    out->too_long = s->too_long;
    uint64_t most = 0;
    for (unsigned i = 0; i < DC_CHUNK_N_ODD; i++) {
        out->n_odd += n.n_odd[i];
        if (n.n_odd[i] <= most)
            continue;
        most = n.n_odd[i];
        out->odd = dc_chunk_odd_text((enum dc_chunk_odd)i);
    }
}

const struct dc_backend_ops dc_backend_openai = {
    .name = "openai",
    .summary = "a model behind servers with OpenAI's interface (vLLM, "
               "llama-server, SGLang, Ollama, gateways)",
    .servers = true,
    .parts = DC_TOKEN_LOGPROB | DC_TOKEN_CONF,
    .open = ob_open,
    .close = ob_close,
    .info = ob_info,
    .identity = ob_identity,
    .prompt_open = ob_prompt_open,
    .prompt_close = ob_prompt_close,
    .begin = ob_begin,
    .start = ob_start,
    .cancel = ob_cancel,
    .poll = ob_poll,
    .traffic = ob_traffic,
};
