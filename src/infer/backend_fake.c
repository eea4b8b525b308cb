/*
 * backend_fake.c - a backend without a model, for tests: traces from random
 * numbers ("random:refuse=0.4,len=24,vocab=64") or from a file
 * ("script:FILE.json"), and faults on demand.
 *
 * It keeps every promise of backend.h and checks its callers with assertions,
 * so that an engine that passes with it makes the calls in the right order.
 * Faults (keys of the random notation):
 *   fail_open=1    open returns DC_BACKEND
 *   fail_start=N   start N, and every later one, returns DC_BACKEND
 *   fail_step=N    step N, and every later one, returns DC_BACKEND
 *   trace_error=N  every Nth trace of a prompt ends in DC_FINISH_ERROR
 *   step_us=N      a step takes N microseconds
 *   chunk=N        a poll gives up to N tokens of a trace
 *   server=1       as a server: no vocabulary, no entropy, no count of a prompt
 *                  before its traces, polls without an event, not repeatable
 *   lose=P         of a server, that share of attempts at a trace breaks off
 *                  and is begun anew, with other random numbers
 *   room=N         of a server, it works on N traces and refuses further ones,
 *                  which are sent again and again
 * The model's hash is that of the notation (of the file for a script) without
 * fail_start, fail_step, step_us, room and chunk, which change no trace: a run
 * that failed by them can be continued without them.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "infer/backend.h"
#include "infer/fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    N_CTX_TRAIN = 4096,
    PIECE_MAX = 64,
    ALT_TEXT_MAX = 1 << 16,
    SALT = 0x10557,   /* for the random numbers of losses */
    SERVER_IDLES = 3, /* every so many polls of a server bring nothing */
    SERVER_PARTS = DC_TOKEN_LOGPROB | DC_TOKEN_CONF
};

struct prompt {
    struct dc_backend_prompt base;     /* first: what callers hold */
    struct prompt *prev, *next;        /* the open prompts of the backend */
    const struct dc_fake_scene *scene; /* of a script; else NULL */
    size_t n_tok;
    unsigned n_running;
};

struct slot {
    bool busy;
    bool sent, taken; /* of a server: the request is, and is worked on */
    struct dc_trace_req req;
    unsigned n_out; /* tokens of this attempt */
    unsigned attempt;
    double ms;
};

/* What an event points to. */
struct shown {
    struct dc_top_logprob *top; /* [n_top] */
    struct dc_alt *alt;         /* [n_top] */
    struct dc_buf piece, alt_text;
};

struct backend_fake {
    struct dc_backend base; /* first */
    struct dc_backend_info info;
    char *model_name, *system;
    struct dc_fake_random random;
    struct dc_fake_script *script; /* NULL: random */
    struct prompt *open;
    struct slot *slot;   /* [n_slots] */
    struct shown *shown; /* [n_slots * chunk] */
    unsigned n_slots, n_ctx, n_top, n_starts;
    struct dc_backend_endpoint endpoint; /* as a server */
    struct dc_backend_traffic traffic;
    struct dc_backend_times times;
};

extern const struct dc_backend_ops dc_backend_fake;

static struct backend_fake *self(struct dc_backend *b)
{
    assert(b && b->ops == &dc_backend_fake);
    return (struct backend_fake *)b;
}

/* ---- open, close ---- */

static void close_fake(struct dc_backend *b)
{
    if (!b)
        return;
    struct backend_fake *s = self(b);
    for (struct prompt *p = s->open, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    for (unsigned i = 0; i < s->n_slots * s->random.chunk; i++) {
        dc_buf_release(&s->shown[i].piece);
        dc_buf_release(&s->shown[i].alt_text);
        free(s->shown[i].top);
        free(s->shown[i].alt);
    }
    free(s->shown);
    free(s->slot);
    dc_fake_script_free(s->script);
    free(s->model_name);
    free(s->system);
    free(s);
}

static enum dc_status open_random(struct backend_fake *s, const char *keys,
                                  struct dc_err *err)
{
    struct dc_buf canon;
    dc_buf_init(&canon, SIZE_MAX);
    enum dc_status st = dc_fake_random_parse(keys, &s->random, &canon, err);
    dc_sha256_hex(canon.data, canon.n, s->info.model_sha256);
    dc_buf_release(&canon);
    if (!st && s->random.fail_open)
        st = dc_fail(err, DC_BACKEND, "fake model: fail_open was asked for");
    s->info.model_desc = "random numbers";
    s->info.n_vocab = s->random.vocab;
    return st;
}

static enum dc_status open_script(struct backend_fake *s, const char *path,
                                  struct dc_err *err)
{
    enum dc_status st = dc_fake_script_load(path, &s->script, err);
    if (!st && dc_sha256_file(path, s->info.model_sha256, err))
        st = dc_err_prefix(err, DC_BACKEND, "fake model");
    if (st)
        return st;
    s->info.model_desc = "script";
    s->info.n_vocab = dc_fake_script_n_vocab(s->script);
    s->info.can_think = dc_fake_script_can_think(s->script);
    return DC_OK;
}

/* What stands behind the scheme of a notation; NULL if it is another one. */
static const char *behind(const char *model, const char *scheme)
{
    size_t n = strlen(scheme);
    return strncmp(model, scheme, n) == 0 ? model + n : NULL;
}

static enum dc_status open_source(struct backend_fake *s, const char *model,
                                  struct dc_err *err)
{
    const char *keys = strcmp(model, "random") ? behind(model, "random:") : "";
    const char *path = behind(model, "script:");
    if (keys)
        return open_random(s, keys, err);
    if (path)
        return open_script(s, path, err);
    return dc_fail(err, DC_BACKEND,
                   "fake model \"%s\": expected random:KEY=VALUE,... or "
                   "script:FILE.json",
                   model);
}

/* What a server does not tell, and what it is. */
static void be_server(struct backend_fake *s)
{
    s->endpoint = (struct dc_backend_endpoint){
        .url = "http://fake.example/v1",
        .model = s->model_name,
        .fingerprint = "fake 1",
        .probe = "{}",
    };
    s->info.endpoint = &s->endpoint;
    s->info.n_endpoint = 1;
    s->info.caps.parts = SERVER_PARTS;
    s->info.caps.repeatable = false;
    s->info.caps.counts_prompt = false;
    s->info.caps.vocabulary = false;
    s->info.rendered_by = "server";
    s->info.model_sha256[0] = '\0';
    s->info.template_sha256[0] = '\0';
    s->info.n_vocab = 0;
}

static enum dc_status open_fake(const struct dc_backend_cfg *cfg,
                                struct dc_backend **out, struct dc_err *err)
{
    struct backend_fake *s = dc_xcalloc(1, sizeof *s);
    s->base.ops = &dc_backend_fake;
    enum dc_status st = open_source(s, cfg->model, err);
    if (!st && cfg->chat.think == DC_THINK_ON && !s->info.can_think)
        st = dc_fail(err, DC_USAGE,
                     "fake model \"%s\" can't think: the script has no "
                     "\"can_think\": true",
                     cfg->model);
    if (st) {
        close_fake(&s->base);
        return st;
    }
    s->random.k = cfg->k;
    if (s->script)
        s->random.chunk = 1;
    s->n_top = cfg->n_top;
    s->model_name = dc_xstrdup(s->script ? "fake-script" : "fake-random");
    s->system = dc_xstrdup(cfg->chat.system ? cfg->chat.system : "");
    s->info.device = "none";
    s->info.name = "fake";
    s->info.model_name = s->model_name;
    s->info.system = s->system;
    s->info.version = "fake 1";
    s->info.logprob_mode = "raw";
    s->info.think = s->info.can_think && cfg->chat.think != DC_THINK_OFF
                        ? DC_THINK_ON
                        : DC_THINK_OFF;
    dc_sha256_hex("", 0, s->info.template_sha256);
    s->info.caps = (struct dc_backend_caps){
        .parts = DC_TOKEN_ALL,
        .n_top_max = (unsigned)s->info.n_vocab,
        .k_max = (unsigned)s->info.n_vocab,
        .repeatable = true,
        .counts_prompt = true,
        .vocabulary = true,
        .n_ctx = N_CTX_TRAIN,
    };
    if (s->random.server)
        be_server(s);
    *out = &s->base;
    return DC_OK;
}

static const struct dc_backend_info *info(struct dc_backend *b)
{
    return &self(b)->info;
}

/* ---- prompts ---- */

static size_t n_words(const char *text, size_t n)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        bool space = text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r');
        words += !space && !inside;
        inside = !space;
    }
    return words;
}

static enum dc_status prompt_open(struct dc_backend *b, const char *text,
                                  size_t n, struct dc_backend_prompt **out,
                                  struct dc_err *err)
{
    struct backend_fake *s = self(b);
    const struct dc_fake_scene *scene = NULL;
    if (s->script) {
        scene = dc_fake_script_find(s->script, text, n);
        if (!scene)
            return dc_fail(err, DC_BACKEND,
                           "fake model: the script has neither the prompt "
                           "\"%.*s\" nor a default",
                           n < 80 ? (int)n : 80, text);
    }
    struct prompt *p = dc_xcalloc(1, sizeof *p);
    p->n_tok = 1 + n_words(text, n);
    p->base.n_tok = s->random.server ? 0 : p->n_tok;
    p->scene = scene;
    p->next = s->open;
    if (s->open)
        s->open->prev = p;
    s->open = p;
    *out = &p->base;
    return DC_OK;
}

static void prompt_close(struct dc_backend *b, struct dc_backend_prompt *prompt)
{
    struct backend_fake *s = self(b);
    struct prompt *p = (struct prompt *)prompt;
    if (!p)
        return;
    assert(p->n_running == 0);
    if (p->prev)
        p->prev->next = p->next;
    else
        s->open = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free(p);
}

/* ---- traces ---- */

static enum dc_status begin(struct dc_backend *b, unsigned n_slots,
                            unsigned n_ctx, struct dc_err *err)
{
    (void)err;
    struct backend_fake *s = self(b);
    assert(!s->slot && n_slots > 0 && (n_ctx > 0 || s->random.server));
    s->slot = dc_xcalloc(n_slots, sizeof *s->slot);
    s->shown = dc_xcalloc((size_t)n_slots * s->random.chunk, sizeof *s->shown);
    s->n_slots = n_slots;
    s->n_ctx = n_ctx ? n_ctx : N_CTX_TRAIN;
    for (unsigned i = 0; i < n_slots * s->random.chunk; i++) {
        struct shown *w = &s->shown[i];
        dc_buf_init(&w->piece, PIECE_MAX);
        dc_buf_init(&w->alt_text, ALT_TEXT_MAX);
        w->top = dc_xcalloc(s->n_top + 1, sizeof *w->top);
        w->alt = dc_xcalloc(s->n_top + 1, sizeof *w->alt);
    }
    return DC_OK;
}

static enum dc_status start(struct dc_backend *b, unsigned slot,
                            const struct dc_trace_req *req, struct dc_err *err)
{
    struct backend_fake *s = self(b);
    assert(slot < s->n_slots && !s->slot[slot].busy);
    assert(s->random.server || req->prompt->n_tok < s->n_ctx);
    assert(req->max_tokens > 0);
    s->n_starts++;
    if (s->random.fail_start > 0 && s->n_starts >= s->random.fail_start)
        return dc_fail(err, DC_BACKEND, "fake model: fail_start=%u was reached",
                       s->random.fail_start);
    struct slot *sl = &s->slot[slot];
    struct prompt *p = (struct prompt *)req->prompt;
    sl->busy = true;
    sl->sent = sl->taken = false;
    sl->req = *req;
    sl->n_out = 0;
    sl->attempt = 1;
    sl->ms = 0;
    if (p->n_running++ == 0)
        s->times.n_prefill_tok += p->n_tok;
    return DC_OK;
}

static void free_slot(struct slot *sl)
{
    struct prompt *p = (struct prompt *)sl->req.prompt;
    p->n_running--;
    sl->busy = false;
}

static void cancel(struct dc_backend *b, unsigned slot)
{
    struct backend_fake *s = self(b);
    assert(slot < s->n_slots && s->slot[slot].busy);
    free_slot(&s->slot[slot]);
}

static void token_text(struct dc_backend *b, int32_t id, struct dc_buf *out)
{
    struct backend_fake *s = self(b);
    if (s->script)
        dc_fake_script_text(s->script, id, out);
    else
        dc_fake_random_text(id, out);
}

/* The token's alternatives; a server knows their texts, and no ids. */
static void set_top(struct backend_fake *s, struct shown *w,
                    const struct dc_fake_at *at, struct dc_event *ev)
{
    if (!s->script) {
        ev->n_alt =
            dc_fake_random_top(&s->random, &at->token, s->n_top, w->top);
    } else {
        ev->n_alt = at->n_top < s->n_top ? at->n_top : s->n_top;
        memcpy(w->top, at->top ? at->top : w->top, ev->n_alt * sizeof *w->top);
    }
    dc_buf_clear(&w->alt_text);
    for (size_t i = 0; i < ev->n_alt; i++) {
        w->alt[i] = (struct dc_alt){w->top[i].id, NULL, 0, w->top[i].logprob};
        if (!s->random.server)
            continue;
        size_t from = w->alt_text.n;
        token_text(&s->base, w->top[i].id, &w->alt_text);
        w->alt[i].id = -1;
        w->alt[i].n = (uint32_t)(w->alt_text.n - from);
    }
    for (size_t i = 0, from = 0; s->random.server && i < ev->n_alt; i++) {
        w->alt[i].bytes = w->alt_text.data + from;
        from += w->alt[i].n;
    }
    ev->alt = w->alt;
}

/* Does this attempt break off, before the token at hand? */
static bool breaks_off(const struct backend_fake *s, const struct slot *sl)
{
    const struct dc_rng_key key = {.seed = sl->req.seed ^ SALT,
                                   .stream = sl->req.stream};
    uint32_t draw = 2 * sl->attempt;
    return s->random.lose > 0 &&
           dc_rng_uniform(&key, sl->req.index, draw) < s->random.lose &&
           sl->n_out ==
               dc_rng_below(&key, sl->req.index, draw + 1, s->random.len);
}

static struct dc_fake_at next_of(const struct backend_fake *s,
                                 const struct slot *sl, struct shown *w)
{
    const struct prompt *p = (const struct prompt *)sl->req.prompt;
    struct dc_trace_req req = sl->req;
    req.seed += sl->attempt - 1; /* a server gives other tokens next time */
    return p->scene ? dc_fake_scene_at(p->scene, req.index, sl->n_out)
                    : dc_fake_random_at(&s->random, &req, sl->n_out, &w->piece);
}

static enum dc_finish finish_of(const struct backend_fake *s,
                                const struct slot *sl)
{
    const struct prompt *p = (const struct prompt *)sl->req.prompt;
    if (sl->n_out == sl->req.max_tokens)
        return DC_FINISH_LENGTH;
    return p->n_tok + sl->n_out >= s->n_ctx ? DC_FINISH_CONTEXT
                                            : DC_FINISH_NONE;
}

static unsigned n_taken(const struct backend_fake *s)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->n_slots; i++)
        n += s->slot[i].busy && s->slot[i].taken;
    return n;
}

/* The way of a request to the server and back, as DC_EVENT_*; 0: it is worked
 * on. */
static unsigned travel(struct backend_fake *s, struct slot *sl)
{
    if (!s->random.server)
        return 0;
    if (!sl->sent) {
        sl->sent = true;
        s->traffic.n_request++;
        return DC_EVENT_SENDING;
    }
    if (!sl->taken && s->random.room > 0 && n_taken(s) >= s->random.room) {
        sl->sent = false;
        s->traffic.n_retry++;
        s->traffic.n_limited++;
        return DC_EVENT_HELD;
    }
    sl->taken = true;
    if (!breaks_off(s, sl))
        return 0;
    sl->attempt++;
    sl->n_out = 0;
    sl->sent = sl->taken = false;
    s->traffic.n_retry++;
    return DC_EVENT_RESTART;
}

/* What comes next of a trace, into ev. */
static void advance(struct backend_fake *s, struct slot *sl, struct shown *w,
                    struct dc_event *ev)
{
    const struct prompt *p = (const struct prompt *)sl->req.prompt;
    *ev = (struct dc_event){.slot = (unsigned)(sl - s->slot)};
    ev->what = travel(s, sl);
    ev->attempt = sl->attempt;
    if (ev->what)
        return;
    if (p->n_tok >= s->n_ctx) {
        ev->what |= DC_EVENT_END;
        ev->finish = DC_FINISH_CONTEXT;
        ev->words = "context_length_exceeded";
        free_slot(sl);
        return;
    }
    struct dc_fake_at at = next_of(s, sl, w);
    ev->finish = at.finish;
    if (at.has_token) {
        ev->what |= DC_EVENT_TOKEN;
        ev->token = at.token;
        ev->piece = at.piece;
        ev->n_piece = at.n_piece;
        set_top(s, w, &at, ev);
        sl->n_out++;
        ev->finish = finish_of(s, sl);
        if (s->random.server)
            ev->token.id = -1;
        ev->parts = s->info.caps.parts;
    }
    s->times.n_decode_rows++;
    s->traffic.n_received += at.has_token;
    if (ev->finish == DC_FINISH_NONE)
        return;
    ev->what |= DC_EVENT_END;
    if (s->random.server) {
        ev->what |= DC_EVENT_PROMPT;
        ev->n_prompt = p->n_tok;
    }
    free_slot(sl);
}

static void take_time(unsigned us)
{
    struct timespec t = {.tv_sec = us / 1000000,
                         .tv_nsec = (long)(us % 1000000) * 1000};
    if (us > 0)
        nanosleep(&t, NULL);
}

/* As much of each busy slot as a chunk holds and there is room for. */
static size_t advance_all(struct backend_fake *s, struct dc_event *ev,
                          size_t max)
{
    size_t n = 0;
    for (unsigned i = 0; i < s->n_slots; i++) {
        struct slot *sl = &s->slot[i];
        size_t rest = s->n_slots - i - 1; /* an event each is theirs */
        for (unsigned c = 0; c < s->random.chunk && sl->busy && n + rest < max;
             c++) {
            advance(s, sl, &s->shown[(size_t)i * s->random.chunk + c], &ev[n]);
            if (ev[n++].what & DC_EVENT_SENDING)
                break; /* the next poll sends it */
        }
    }
    return n;
}

static enum dc_status poll_fake(struct dc_backend *b, unsigned wait_ms,
                                struct dc_event *ev, size_t max, size_t *n_ev,
                                struct dc_err *err)
{
    struct backend_fake *s = self(b);
    double t0 = dc_clock_ms();
    (void)wait_ms;
    assert(max >= s->n_slots);
    *n_ev = 0;
    s->times.n_steps++;
    if (s->random.fail_step > 0 && s->times.n_steps >= s->random.fail_step)
        return dc_fail(err, DC_BACKEND, "fake model: fail_step=%u was reached",
                       s->random.fail_step);
    take_time(s->random.step_us);
    if (s->random.server && s->times.n_steps % SERVER_IDLES == 0)
        return DC_OK;
    *n_ev = advance_all(s, ev, max);
    double ms = dc_clock_ms() - t0;
    s->times.decode_ms += ms;
    for (size_t i = 0; i < *n_ev; i++) {
        struct slot *sl = &s->slot[ev[i].slot];
        sl->ms += ms / (double)*n_ev;
        ev[i].ms = sl->ms;
    }
    return DC_OK;
}

static void times(struct dc_backend *b, struct dc_backend_times *out)
{
    *out = self(b)->times;
}

static void traffic(struct dc_backend *b, struct dc_backend_traffic *out)
{
    const struct backend_fake *s = self(b);
    *out = s->traffic;
    for (unsigned i = 0; i < s->n_slots; i++)
        out->n_in_flight += s->slot[i].busy && s->slot[i].sent;
}

const struct dc_backend_ops dc_backend_fake = {
    .name = "fake",
    .summary = "no model: scripted or random traces, faults on demand",
    .for_tests = true,
    .parts = DC_TOKEN_ALL,
    .open = open_fake,
    .close = close_fake,
    .info = info,
    .prompt_open = prompt_open,
    .prompt_close = prompt_close,
    .begin = begin,
    .start = start,
    .cancel = cancel,
    .poll = poll_fake,
    .token_text = token_text,
    .times = times,
    .traffic = traffic,
};
