/*
 * backend_llama.c - any GGUF model, by libllama.
 *
 * A slot is a sequence with a KV stream of its own (kv_unified = false). A
 * step decodes one row per busy slot and samples from the raw logits.
 *
 * Bits. A trace must not depend on slots, neighbours or threads: steps go by
 * the rule of llama_rows.h, and a prompt is prefilled alone, in chunks that
 * depend on its length only, never of one row. GPU backends promise less; what
 * ran is recorded with the run.
 *
 * Prefix. A prompt is prefilled once; its last logits are kept with it, and the
 * KV cells are copied from any stream that still holds them. Models whose
 * memory can't be cut at a position (recurrent) prefill every trace.
 */
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "infer/llama_chat.h"
#include "infer/llama_load.h"
#include "infer/llama_rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_MAX = 512 /* bytes of one token's text */
};

struct prompt {
    struct dc_backend_prompt pub;
    llama_token *id; /* [pub.n_tok] */
    float *logits;   /* [n_vocab] behind the last token; NULL: not yet */
    struct prompt *next, *prev;
};

struct slot {
    bool busy;
    bool fresh;            /* its first token comes from the prompt's logits */
    struct prompt *prefix; /* whose cells stand at the stream's start */
    struct dc_trace_req req;
    uint32_t n_gen;
    llama_token next; /* sampled, not yet decoded */
    char piece[PIECE_MAX];
};

struct backend_llama {
    struct dc_backend base;
    struct dc_backend_info info;
    char *model_name;
    char device[40];
    char model_desc[128];
    struct dc_llama_chat chat;
    struct llama_model *model;
    struct dc_rows rows;
    struct dc_logits logits;
    unsigned n_threads, k;
    bool can_share; /* prefix cells can be copied and cut */
    unsigned n_slots, n_streams, n_ctx;
    struct slot *slot; /* [n_streams]; those from n_slots on stay idle */
    struct prompt *prompts;
    struct dc_backend_times times;
};

/* ---- opening ---- */

static struct backend_llama *self_of(struct dc_backend *b)
{
    return (struct backend_llama *)b;
}

static void bl_close(struct dc_backend *b)
{
    if (!b)
        return;
    struct backend_llama *s = self_of(b);
    while (s->prompts) {
        struct prompt *p = s->prompts;
        s->prompts = p->next;
        free(p->id);
        free(p->logits);
        free(p);
    }
    if (s->rows.ctx)
        dc_logits_release(&s->logits);
    dc_rows_release(&s->rows);
    dc_llama_chat_release(&s->chat);
    if (s->model)
        llama_model_free(s->model);
    free(s->slot);
    free(s->model_name);
    free(s);
}

static void fill_info(struct backend_llama *s, const struct dc_backend_cfg *cfg)
{
    const char *slash = strrchr(cfg->model, '/');
    s->model_name = dc_xstrdup(slash ? slash + 1 : cfg->model);
    llama_model_desc(s->model, s->model_desc, sizeof s->model_desc);
    s->info.name = "llama";
    s->info.model_name = s->model_name;
    s->info.model_desc = s->model_desc;
    s->info.system = s->chat.system;
    s->info.version = dc_backend_llama_version();
    s->info.logprob_mode = "raw";
    s->info.can_think = s->chat.can_think;
    s->info.think = s->chat.think;
    s->info.think_opened = s->chat.think_opened;
    s->info.device = s->device;
    if (cfg->gpu_layers == 0 || !llama_supports_gpu_offload())
        snprintf(s->device, sizeof s->device, "cpu");
    else if (cfg->gpu_layers < 0)
        snprintf(s->device, sizeof s->device, "gpu (all layers)");
    else
        snprintf(s->device, sizeof s->device, "gpu (%d layers)",
                 cfg->gpu_layers);
    s->info.n_vocab = (size_t)llama_vocab_n_tokens(s->chat.vocab);
    s->info.n_ctx_train = (unsigned)llama_model_n_ctx_train(s->model);
    memcpy(s->info.template_sha256, s->chat.hash, DC_SHA256_HEX);
}

static enum dc_status bl_open(const struct dc_backend_cfg *cfg,
                              struct dc_backend **out, struct dc_err *err)
{
    struct backend_llama *s = dc_xcalloc(1, sizeof *s);
    s->base.ops = &dc_backend_llama;
    s->n_threads = cfg->n_threads;
    s->k = cfg->k;
    dc_llama_start();
    enum dc_status st = dc_sha256_file(cfg->model, s->info.model_sha256, err);
    if (!st)
        st = dc_llama_load(cfg->model, cfg->gpu_layers, &s->model, err);
    if (!st)
        st = dc_llama_chat_init(&s->chat, s->model, cfg, err);
    if (st) {
        bl_close(&s->base);
        return st;
    }
    fill_info(s, cfg);
    s->can_share =
        !llama_model_is_recurrent(s->model) && !llama_model_is_hybrid(s->model);
    *out = &s->base;
    return DC_OK;
}

static const struct dc_backend_info *bl_info(struct dc_backend *b)
{
    return &self_of(b)->info;
}

/* ---- prompts ---- */

static enum dc_status bl_prompt_open(struct dc_backend *b, const char *text,
                                     size_t n, struct dc_backend_prompt **out,
                                     struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    struct prompt *p = dc_xcalloc(1, sizeof *p);
    enum dc_status st =
        dc_llama_chat_tokenize(&s->chat, text, n, &p->id, &p->pub.n_tok, err);
    if (st) {
        free(p);
        return st;
    }
    p->next = s->prompts;
    if (p->next)
        p->next->prev = p;
    s->prompts = p;
    *out = &p->pub;
    return DC_OK;
}

static void bl_prompt_close(struct dc_backend *b, struct dc_backend_prompt *pp)
{
    struct backend_llama *s = self_of(b);
    struct prompt *p = (struct prompt *)pp;
    if (!p)
        return;
    for (unsigned i = 0; i < s->n_streams; i++) {
        assert(!s->slot[i].busy || s->slot[i].req.prompt != pp);
        if (s->slot[i].prefix == p)
            s->slot[i].prefix = NULL;
    }
    *(p->prev ? &p->prev->next : &s->prompts) = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free(p->id);
    free(p->logits);
    free(p);
}

/* ---- slots ---- */

static enum dc_status bl_begin(struct dc_backend *b, unsigned n_slots,
                               unsigned n_ctx, struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    assert(!s->rows.ctx && n_slots > 0);
    const struct dc_rows_cfg cfg = {
        .n_stream = dc_rows_streams(n_slots),
        .n_cell = n_ctx,
        .n_threads = s->n_threads,
        .advice = "Try fewer --slots or a smaller --ctx.",
    };
    enum dc_status st = dc_rows_init(&s->rows, s->model, &cfg, err);
    if (st)
        return st;
    dc_logits_init(&s->logits, s->info.n_vocab, s->k);
    s->n_slots = n_slots;
    s->n_streams = cfg.n_stream;
    s->n_ctx = n_ctx;
    s->slot = dc_xcalloc(cfg.n_stream, sizeof *s->slot);
    return DC_OK;
}

static enum dc_status bl_start(struct dc_backend *b, unsigned slot,
                               const struct dc_trace_req *req,
                               struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    (void)err;
    assert(slot < s->n_slots && !s->slot[slot].busy);
    assert(req->prompt->n_tok < s->n_ctx && req->max_tokens > 0);
    s->slot[slot].busy = true;
    s->slot[slot].fresh = true;
    s->slot[slot].req = *req;
    s->slot[slot].n_gen = 0;
    return DC_OK;
}

static void bl_cancel(struct dc_backend *b, unsigned slot)
{
    struct backend_llama *s = self_of(b);
    assert(slot < s->n_slots && s->slot[slot].busy);
    s->slot[slot].busy = false;
}

/* Compute p's cells in this stream, and its last logits if not there yet. */
static enum dc_status prefill(struct backend_llama *s, struct prompt *p,
                              unsigned stream, struct dc_err *err)
{
    size_t n = p->pub.n_tok;
    dc_rows_cut(&s->rows, stream, 0);
    s->slot[stream].prefix = NULL;
    for (size_t done = 0; done < n;) {
        size_t m = n - done < DC_ROWS_PIECE ? n - done : DC_ROWS_PIECE;
        if (n - done - m == 1)
            m--; /* never a last chunk of one row */
        dc_rows_clear(&s->rows);
        for (size_t i = done; i < done + m; i++)
            dc_rows_add(&s->rows, p->id[i], i, stream, i + 1 == n);
        enum dc_status st = dc_rows_decode(&s->rows, &s->times.prefill_ms, err);
        if (st)
            return st;
        done += m;
        s->times.n_prefill_tok += m;
    }
    if (!p->logits) {
        const float *z = dc_rows_logits(&s->rows, -1);
        p->logits = dc_xcalloc(s->info.n_vocab, sizeof *p->logits);
        memcpy(p->logits, z, s->info.n_vocab * sizeof *z);
    }
    s->slot[stream].prefix = s->can_share ? p : NULL;
    return DC_OK;
}

/* Make the stream hold exactly the cells of its trace's prompt. */
static enum dc_status load_prefix(struct backend_llama *s, unsigned stream,
                                  struct dc_err *err)
{
    struct prompt *p = (struct prompt *)s->slot[stream].req.prompt;
    unsigned from = s->n_streams;
    if (s->can_share && p->logits) {
        for (unsigned i = 0; i < s->n_streams && from == s->n_streams; i++)
            if (s->slot[i].prefix == p)
                from = i;
        if (s->slot[stream].prefix == p)
            from = stream;
    }
    if (from == s->n_streams)
        return prefill(s, p, stream, err);
    if (from != stream)
        dc_rows_copy(&s->rows, from, stream);
    dc_rows_cut(&s->rows, stream, p->pub.n_tok);
    s->slot[stream].prefix = p;
    return DC_OK;
}

/* Draw the next token of a slot from z and say what came of it. */
static void take(struct backend_llama *s, unsigned slot, const float *z,
                 struct dc_step_event *ev)
{
    struct slot *sl = &s->slot[slot];
    struct dc_rng_key key = {sl->req.seed, sl->req.stream};
    double u = dc_rng_uniform(&key, sl->req.index, sl->n_gen);
    *ev = (struct dc_step_event){.slot = slot};
    sl->fresh = false;
    if (!dc_logits_scan(&s->logits, z)) {
        ev->finish = DC_FINISH_ERROR;
        sl->busy = false;
        return;
    }
    dc_logits_sample(&s->logits, z, &sl->req.sampling, u, &ev->token);
    if (llama_vocab_is_eog(s->chat.vocab, ev->token.id)) {
        ev->finish = DC_FINISH_STOP;
        sl->busy = false;
        return;
    }
    int32_t n = llama_token_to_piece(s->chat.vocab, ev->token.id, sl->piece,
                                     PIECE_MAX, 0, false);
    ev->has_token = true;
    ev->piece = sl->piece;
    ev->n_piece = n > 0 ? (size_t)n : 0;
    sl->next = ev->token.id;
    sl->n_gen++;
    if (sl->n_gen >= sl->req.max_tokens)
        ev->finish = DC_FINISH_LENGTH;
    else if (sl->req.prompt->n_tok + sl->n_gen >= s->n_ctx)
        ev->finish = DC_FINISH_CONTEXT;
    sl->busy = ev->finish == DC_FINISH_NONE;
}

/* The run of streams lo .. hi-1 to decode; false if no slot goes on. */
static bool find_run(const struct backend_llama *s, unsigned *lo, unsigned *hi)
{
    *lo = s->n_streams;
    *hi = 0;
    for (unsigned i = 0; i < s->n_slots; i++) {
        if (!s->slot[i].busy || s->slot[i].fresh)
            continue;
        if (*lo == s->n_streams)
            *lo = i;
        *hi = i + 1;
    }
    if (*hi == 0)
        return false;
    dc_rows_widen(s->n_streams, lo, hi);
    return true;
}

/* Where a row of an idle stream goes: behind the prefix it still holds. */
static size_t idle_pos(const struct slot *sl)
{
    return sl->prefix ? sl->prefix->pub.n_tok : 0;
}

static enum dc_status decode_run(struct backend_llama *s, unsigned lo,
                                 unsigned hi, struct dc_err *err)
{
    unsigned n_out = 0;
    for (unsigned i = lo; i < hi; i++)
        n_out += s->slot[i].busy && !s->slot[i].fresh;
    dc_rows_clear(&s->rows);
    for (unsigned i = lo; i < hi; i++) {
        struct slot *sl = &s->slot[i];
        if (sl->busy && !sl->fresh) {
            size_t pos = sl->req.prompt->n_tok + sl->n_gen - 1;
            dc_rows_add(&s->rows, sl->next, pos, i, true);
            s->times.n_decode_rows++;
            continue;
        }
        dc_rows_cut(&s->rows, i, idle_pos(sl));
        bool fill = dc_rows_needs_logits(n_out);
        n_out += fill;
        dc_rows_add(&s->rows, 0, idle_pos(sl), i, fill);
    }
    enum dc_status st = dc_rows_decode(&s->rows, &s->times.decode_ms, err);
    for (unsigned i = lo; i < hi && !st; i++) {
        struct slot *sl = &s->slot[i];
        if (!sl->busy || sl->fresh)
            dc_rows_cut(&s->rows, i, idle_pos(sl));
    }
    return st;
}

static enum dc_status bl_step(struct dc_backend *b, struct dc_step_event *ev,
                              size_t *n_ev, struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    unsigned lo, hi;
    *n_ev = 0;
    s->times.n_steps++;
    if (find_run(s, &lo, &hi)) {
        enum dc_status st = decode_run(s, lo, hi, err);
        if (st)
            return st;
        for (unsigned i = lo; i < hi; i++)
            if (s->slot[i].busy && !s->slot[i].fresh)
                take(s, i, dc_rows_logits(&s->rows, (int32_t)(i - lo)),
                     &ev[(*n_ev)++]);
    }
    for (unsigned i = 0; i < s->n_slots; i++) {
        if (!s->slot[i].busy || !s->slot[i].fresh)
            continue;
        enum dc_status st = load_prefix(s, i, err);
        if (st)
            return st;
        take(s, i, ((struct prompt *)s->slot[i].req.prompt)->logits,
             &ev[(*n_ev)++]);
    }
    return DC_OK;
}

static void bl_times(struct dc_backend *b, struct dc_backend_times *out)
{
    *out = self_of(b)->times;
}

const char *dc_backend_llama_version(void)
{
    static char v[64];
    snprintf(v, sizeof v, "libllama %s", llama_version());
    return v;
}

const struct dc_backend_ops dc_backend_llama = {
    .name = "llama",
    .summary = "any GGUF model on this machine, by libllama",
    .open = bl_open,
    .close = bl_close,
    .info = bl_info,
    .prompt_open = bl_prompt_open,
    .prompt_close = bl_prompt_close,
    .begin = bl_begin,
    .start = bl_start,
    .cancel = bl_cancel,
    .step = bl_step,
    .times = bl_times,
};
