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
 * The model's hash is that of the notation (of the file for a script) without
 * fail_start, fail_step and step_us, which change no trace: a run that failed
 * by them can be continued without them.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "infer/backend.h"
#include "infer/fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_CTX_TRAIN = 4096, PIECE_MAX = 64 };

struct prompt {
    struct dc_backend_prompt base;     /* first: what callers hold */
    struct prompt *prev, *next;        /* the open prompts of the backend */
    const struct dc_fake_scene *scene; /* of a script; else NULL */
    unsigned n_running;
};

struct slot {
    bool busy;
    struct dc_trace_req req;
    unsigned n_out;             /* tokens so far */
    struct dc_top_logprob *top; /* [n_top] */
    struct dc_buf piece;
};

struct backend_fake {
    struct dc_backend base; /* first */
    struct dc_backend_info info;
    char *model_name, *system;
    struct dc_fake_random random;
    struct dc_fake_script *script; /* NULL: random */
    struct prompt *open;
    struct slot *slot; /* [n_slots] */
    unsigned n_slots, n_ctx, n_top, n_starts;
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
    for (unsigned i = 0; i < s->n_slots; i++) {
        dc_buf_release(&s->slot[i].piece);
        free(s->slot[i].top);
    }
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
    s->info.n_ctx_train = N_CTX_TRAIN;
    dc_sha256_hex("", 0, s->info.template_sha256);
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
    p->base.n_tok = 1 + n_words(text, n);
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
    assert(!s->slot && n_slots > 0 && n_ctx > 0);
    s->slot = dc_xcalloc(n_slots, sizeof *s->slot);
    s->n_slots = n_slots;
    s->n_ctx = n_ctx;
    for (unsigned i = 0; i < n_slots; i++) {
        dc_buf_init(&s->slot[i].piece, PIECE_MAX);
        s->slot[i].top = dc_xcalloc(s->n_top + 1, sizeof *s->slot->top);
    }
    return DC_OK;
}

static enum dc_status start(struct dc_backend *b, unsigned slot,
                            const struct dc_trace_req *req, struct dc_err *err)
{
    struct backend_fake *s = self(b);
    assert(slot < s->n_slots && !s->slot[slot].busy);
    assert(req->prompt->n_tok < s->n_ctx && req->max_tokens > 0);
    s->n_starts++;
    if (s->random.fail_start > 0 && s->n_starts >= s->random.fail_start)
        return dc_fail(err, DC_BACKEND, "fake model: fail_start=%u was reached",
                       s->random.fail_start);
    struct slot *sl = &s->slot[slot];
    struct prompt *p = (struct prompt *)req->prompt;
    sl->busy = true;
    sl->req = *req;
    sl->n_out = 0;
    if (p->n_running++ == 0)
        s->times.n_prefill_tok += p->base.n_tok;
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

static void set_top(const struct backend_fake *s, const struct slot *sl,
                    const struct dc_fake_at *at, struct dc_step_event *ev)
{
    ev->top = sl->top;
    if (!s->script) {
        ev->n_top =
            dc_fake_random_top(&s->random, &at->token, s->n_top, sl->top);
        return;
    }
    ev->n_top = at->n_top < s->n_top ? at->n_top : s->n_top;
    memcpy(sl->top, at->top ? at->top : sl->top, ev->n_top * sizeof *sl->top);
}

static void advance(struct backend_fake *s, struct slot *sl,
                    struct dc_step_event *ev)
{
    const struct prompt *p = (const struct prompt *)sl->req.prompt;
    struct dc_fake_at at =
        p->scene
            ? dc_fake_scene_at(p->scene, sl->req.index, sl->n_out)
            : dc_fake_random_at(&s->random, &sl->req, sl->n_out, &sl->piece);
    *ev = (struct dc_step_event){.slot = (unsigned)(sl - s->slot),
                                 .has_token = at.has_token,
                                 .token = at.token,
                                 .piece = at.piece,
                                 .n_piece = at.n_piece,
                                 .finish = at.finish};
    if (at.has_token) {
        set_top(s, sl, &at, ev);
        sl->n_out++;
        if (sl->n_out == sl->req.max_tokens)
            ev->finish = DC_FINISH_LENGTH;
        else if (p->base.n_tok + sl->n_out >= s->n_ctx)
            ev->finish = DC_FINISH_CONTEXT;
    }
    s->times.n_decode_rows++;
    if (ev->finish != DC_FINISH_NONE)
        free_slot(sl);
}

static void take_time(unsigned us)
{
    struct timespec t = {.tv_sec = us / 1000000,
                         .tv_nsec = (long)(us % 1000000) * 1000};
    if (us > 0)
        nanosleep(&t, NULL);
}

static enum dc_status step(struct dc_backend *b, struct dc_step_event *ev,
                           size_t *n_ev, struct dc_err *err)
{
    struct backend_fake *s = self(b);
    double t0 = dc_clock_ms();
    *n_ev = 0;
    s->times.n_steps++;
    if (s->random.fail_step > 0 && s->times.n_steps >= s->random.fail_step)
        return dc_fail(err, DC_BACKEND, "fake model: fail_step=%u was reached",
                       s->random.fail_step);
    take_time(s->random.step_us);
    for (unsigned i = 0; i < s->n_slots; i++)
        if (s->slot[i].busy)
            advance(s, &s->slot[i], &ev[(*n_ev)++]);
    s->times.decode_ms += dc_clock_ms() - t0;
    return DC_OK;
}

static void token_text(struct dc_backend *b, int32_t id, struct dc_buf *out)
{
    struct backend_fake *s = self(b);
    if (s->script)
        dc_fake_script_text(s->script, id, out);
    else
        dc_fake_random_text(id, out);
}

static void times(struct dc_backend *b, struct dc_backend_times *out)
{
    *out = self(b)->times;
}

const struct dc_backend_ops dc_backend_fake = {
    .name = "fake",
    .summary = "no model: scripted or random traces, faults on demand",
    .for_tests = true,
    .open = open_fake,
    .close = close_fake,
    .info = info,
    .prompt_open = prompt_open,
    .prompt_close = prompt_close,
    .begin = begin,
    .start = start,
    .cancel = cancel,
    .step = step,
    .token_text = token_text,
    .times = times,
};
