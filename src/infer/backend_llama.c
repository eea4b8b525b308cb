/*
 * backend_llama.c - any GGUF model, by libllama.
 *
 * A slot is a sequence with a KV stream of its own (kv_unified = false). A
 * step decodes one row per busy slot and samples from the raw logits.
 *
 * Bits. A trace must not depend on slots, neighbours or threads. What breaks
 * that in ggml's CPU kernels, and how it is kept from happening:
 *  - flash attention over exactly one row of one stream cuts the KV by thread
 *    count, a product of float weights with one column takes another kernel
 *    than with two, and one of K-quants (Q4_K and its like) takes the columns
 * in groups of four and what is left over by another kernel: every step
 *    therefore decodes a contiguous run of streams whose number is a multiple
 *    of four, and asks for the logits of a multiple of four. Idle streams in
 *    the run get a row whose cell is cleared at once;
 *  - four rows alone gave other bits than eight and more (seen with Q4_K_M; the
 *    kernel was not found): a run has at least eight rows, and so have logits;
 *  - a prompt is prefilled alone, in chunks that depend on its length only,
 *    below the tile size of the tiled attention kernel, never of one row.
 * GPU backends promise less; what ran is recorded with the run.
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

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 60,     /* prefill rows: below ggml's attention tile of 64 */
    ROWS = 4,       /* a decode step has a multiple of so many rows ... */
    LEAST = 8,      /* ... and no fewer than this */
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
    struct llama_context *ctx;
    llama_memory_t mem;
    struct llama_batch batch;
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
    if (s->ctx) {
        llama_batch_free(s->batch);
        llama_free(s->ctx);
        dc_logits_release(&s->logits);
    }
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
    assert(!s->ctx && n_slots > 0);
    unsigned n_streams =
        n_slots < LEAST ? LEAST : (n_slots + ROWS - 1) / ROWS * ROWS;
    size_t most = llama_max_parallel_sequences();
    if (n_streams > most)
        return dc_fail(err, DC_USAGE, "%u slots: libllama has at most %zu",
                       n_slots, most);
    unsigned cells = (n_ctx + 255) / 256 * 256;
    struct llama_context_params cp = llama_context_default_params();
    cp.n_ctx = cells * n_streams;
    cp.n_seq_max = n_streams;
    cp.n_batch = cp.n_ubatch = n_streams > 64 ? n_streams : 64;
    cp.n_threads = cp.n_threads_batch = (int32_t)s->n_threads;
    cp.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    cp.kv_unified = false;
    cp.swa_full = true;
    cp.no_perf = true;
    dc_llama_errors_clear();
    s->ctx = llama_init_from_model(s->model, cp);
    if (!s->ctx)
        return dc_fail(err, DC_BACKEND,
                       "libllama can't make a context of %u slots x %u "
                       "tokens: %s\nTry fewer --slots or a smaller --ctx.",
                       n_streams, cells, dc_llama_errors());
    s->mem = llama_get_memory(s->ctx);
    s->batch = llama_batch_init((int32_t)cp.n_batch, 0, 1);
    dc_logits_init(&s->logits, s->info.n_vocab, s->k);
    s->n_slots = n_slots;
    s->n_streams = n_streams;
    s->n_ctx = n_ctx;
    s->slot = dc_xcalloc(n_streams, sizeof *s->slot);
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

static void add_row(struct backend_llama *s, llama_token id, size_t pos,
                    unsigned stream, bool want_logits)
{
    int32_t i = s->batch.n_tokens++;
    s->batch.token[i] = id;
    s->batch.pos[i] = (llama_pos)pos;
    s->batch.n_seq_id[i] = 1;
    s->batch.seq_id[i][0] = (llama_seq_id)stream;
    s->batch.logits[i] = want_logits;
}

static enum dc_status decode(struct backend_llama *s, double *ms,
                             struct dc_err *err)
{
    double t0 = dc_clock_ms();
    dc_llama_errors_clear();
    int32_t rc = llama_decode(s->ctx, s->batch);
    llama_synchronize(s->ctx);
    *ms += dc_clock_ms() - t0;
    if (rc)
        return dc_fail(err, DC_BACKEND, "llama_decode failed with code %d: %s",
                       (int)rc, dc_llama_errors());
    return DC_OK;
}

/* Compute p's cells in this stream, and its last logits if not there yet. */
static enum dc_status prefill(struct backend_llama *s, struct prompt *p,
                              unsigned stream, struct dc_err *err)
{
    size_t n = p->pub.n_tok;
    llama_memory_seq_rm(s->mem, (llama_seq_id)stream, -1, -1);
    s->slot[stream].prefix = NULL;
    for (size_t done = 0; done < n;) {
        size_t m = n - done < CHUNK ? n - done : CHUNK;
        if (n - done - m == 1)
            m--; /* never a last chunk of one row */
        s->batch.n_tokens = 0;
        for (size_t i = done; i < done + m; i++)
            add_row(s, p->id[i], i, stream, i + 1 == n);
        enum dc_status st = decode(s, &s->times.prefill_ms, err);
        if (st)
            return st;
        done += m;
        s->times.n_prefill_tok += m;
    }
    if (!p->logits) {
        const float *z = llama_get_logits_ith(s->ctx, -1);
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
    llama_seq_id to = (llama_seq_id)stream;
    if (from != stream)
        llama_memory_seq_cp(s->mem, (llama_seq_id)from, to, -1, -1);
    llama_memory_seq_rm(s->mem, to, (llama_pos)p->pub.n_tok, -1);
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
    while ((*hi - *lo) % ROWS != 0 || *hi - *lo < LEAST) {
        if (*hi < s->n_streams)
            ++*hi;
        else
            --*lo;
    }
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
    s->batch.n_tokens = 0;
    for (unsigned i = lo; i < hi; i++) {
        struct slot *sl = &s->slot[i];
        if (sl->busy && !sl->fresh) {
            size_t pos = sl->req.prompt->n_tok + sl->n_gen - 1;
            add_row(s, sl->next, pos, i, true);
            s->times.n_decode_rows++;
            continue;
        }
        llama_memory_seq_rm(s->mem, (llama_seq_id)i, (llama_pos)idle_pos(sl),
                            -1);
        bool fill = n_out % ROWS != 0 || n_out < LEAST; /* logits too */
        n_out += fill;
        add_row(s, 0, idle_pos(sl), i, fill);
    }
    enum dc_status st = decode(s, &s->times.decode_ms, err);
    for (unsigned i = lo; i < hi && !st; i++) {
        struct slot *sl = &s->slot[i];
        if (!sl->busy || sl->fresh)
            llama_memory_seq_rm(s->mem, (llama_seq_id)i,
                                (llama_pos)idle_pos(sl), -1);
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
                take(s, i, llama_get_logits_ith(s->ctx, (int32_t)(i - lo)),
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
