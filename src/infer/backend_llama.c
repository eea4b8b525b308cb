/*
 * backend_llama.c - any GGUF model, by libllama.
 *
 * A slot holds a trace; a stream holds KV cells, one sequence each. A step
 * decodes one row per trace in work and samples from the raw logits.
 *
 * Bits. A trace must not depend on slots, neighbours or threads. What breaks
 * that in ggml's CPU kernels, and how it is kept from happening:
 *  - flash attention over exactly one row of one stream cuts the KV by thread
 *    count, a product of float weights with one column takes another kernel
 *    than with two, and one of K-quants (Q4_K and its like) takes the columns
 *    in groups of four and what is left over by another kernel. Four columns
 *    alone came out otherwise than eight with the demo model (Q4_K_M), for
 *    which no kernel was found to blame. Every step therefore decodes a
 *    contiguous run of streams, a multiple of four and eight at least, and
 *    asks for as many rows of logits. Idle streams in the run get a row whose
 *    cell is cleared at once;
 *  - a prompt is prefilled alone, in chunks that depend on the template and its
 *    own tokens only, below the tile size of the tiled attention kernel, never
 *    of one row.
 * A unified KV cache keeps none of this: its attention runs over the cells of
 * all traces. GPU backends promise less; what ran is recorded with the run.
 *
 * Speed, each with a way to leave it out (backend.h, `without`):
 *  - a prompt is prefilled once: its last logits are kept with it, and the KV
 *    cells are copied from any stream that still holds them. All prompts begin
 *    with the template's head (system prompt and header), which every stream
 *    keeps from prompt to prompt. Models whose memory can't be cut at a
 *    position (recurrent) prefill every trace;
 *  - traces are moved together when streams fall idle, so that a step at the
 *    end of a run has few rows that nobody wants;
 *  - rows of logits are scanned by as many threads as decode, in the team that
 *    libllama's own loops run in.
 */
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "infer/llama_chat.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

enum {
    CHUNK = 60,     /* prefill rows: below ggml's attention tile of 64 */
    ROWS = 4,       /* a decode step has a multiple of so many rows ... */
    ROWS_MIN = 8,   /* ... and no fewer than this */
    PIECE_MAX = 512 /* bytes of one token's text */
};

struct prompt {
    struct dc_backend_prompt pub;
    llama_token *id; /* [pub.n_tok] */
    size_t n_head; /* tokens that are the template's head; 0: prefill it all */
    float *logits; /* [n_vocab] behind the last token; NULL: not yet */
    struct prompt *next, *prev;
};

/* A sequence of the KV cache. What is not behind `prefix` or the head is
 * nobody's once the stream is idle. */
struct stream {
    struct slot *user;     /* whose trace is in it; NULL: idle */
    bool head;             /* it starts with the cells of the head */
    struct prompt *prefix; /* whose cells it starts with; NULL: none's */
    int32_t row;           /* in the batch; -1: none */
};

struct slot {
    bool busy;
    bool fresh; /* has no stream; its first token comes from the prompt */
    unsigned stream;
    struct dc_trace_req req;
    uint32_t n_gen;
    llama_token next; /* sampled, not yet decoded */
    char piece[PIECE_MAX];
};

/* A row of logits to sample from. */
struct draw {
    unsigned slot;
    const float *z; /* [n_vocab] */
    bool ok;        /* it could be read */
    struct dc_token token;
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
    struct dc_logits *logits; /* [n_team] */
    unsigned n_team;
    unsigned n_threads, k, without;
    bool unified, no_flash;
    bool can_share;    /* prefix cells can be copied and cut */
    llama_token *head; /* [n_head] that prompts begin with */
    size_t n_head;
    unsigned n_slots, n_streams, n_ctx;
    struct slot *slot;     /* [n_slots] */
    struct stream *stream; /* [n_streams] */
    struct draw *draw;     /* [n_slots] */
    struct prompt *prompts;
    struct dc_backend_times times;
};

/* ---- libllama's log: the last errors become part of our message ---- */

static char log_tail[512];

static void on_log(enum ggml_log_level level, const char *text, void *arg)
{
    (void)arg;
    if (getenv("DEEPCONF_LLAMA_LOG"))
        fputs(text, stderr);
    if (level != GGML_LOG_LEVEL_ERROR)
        return;
    size_t n = strlen(log_tail), m = strlen(text);
    if (n + m >= sizeof log_tail)
        n = 0;
    if (m >= sizeof log_tail)
        m = sizeof log_tail - 1;
    memcpy(log_tail + n, text, m);
    log_tail[n + m] = '\0';
}

/* The collected errors on one line. */
static const char *log_errors(void)
{
    for (char *p = log_tail; *p; p++)
        if (*p == '\n')
            *p = p[1] ? ';' : '\0';
    return log_tail[0] ? log_tail : "no reason given";
}

/* ---- opening ---- */

static struct backend_llama *self_of(struct dc_backend *b)
{
    return (struct backend_llama *)b;
}

/* With libllama's log, what was decoded and how much of it for nobody. */
static void log_work(const struct dc_backend_times *t)
{
    if (getenv("DEEPCONF_LLAMA_LOG"))
        fprintf(stderr,
                "deepconf: %llu steps, %llu rows of traces, %llu idle rows, "
                "%llu prompt tokens, %llu copies of a stream\n",
                (unsigned long long)t->n_steps,
                (unsigned long long)t->n_decode_rows,
                (unsigned long long)t->n_idle_rows,
                (unsigned long long)t->n_prefill_tok,
                (unsigned long long)t->n_copies);
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
        log_work(&s->times);
        llama_batch_free(s->batch);
        llama_free(s->ctx);
        for (unsigned i = 0; i < s->n_team; i++)
            dc_logits_release(&s->logits[i]);
    }
    dc_llama_chat_release(&s->chat);
    if (s->model)
        llama_model_free(s->model);
    free(s->logits);
    free(s->slot);
    free(s->stream);
    free(s->draw);
    free(s->head);
    free(s->model_name);
    free(s);
}

static enum dc_status load_model(struct backend_llama *s,
                                 const struct dc_backend_cfg *cfg,
                                 struct dc_err *err)
{
    struct llama_model_params mp = llama_model_default_params();
    mp.n_gpu_layers = cfg->gpu_layers < 0 ? 999 : cfg->gpu_layers;
    log_tail[0] = '\0';
    s->model = llama_model_load_from_file(cfg->model, mp);
    if (!s->model)
        return dc_fail(err, DC_BACKEND,
                       "%s: libllama can't load this model: %s\nIs the file a "
                       "whole GGUF? Compare its size and checksum with the "
                       "source and fetch it again.",
                       cfg->model, log_errors());
    if (!llama_model_has_decoder(s->model) || llama_model_has_encoder(s->model))
        return dc_fail(err, DC_BACKEND,
                       "%s: not a decoder-only model; deepconf samples from "
                       "text-generation models",
                       cfg->model);
    return DC_OK;
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
    s->without = cfg->without;
    s->unified = cfg->kv_unified;
    s->no_flash = cfg->no_flash;
    llama_log_set(on_log, NULL);
    llama_backend_init();
    enum dc_status st = dc_sha256_file(cfg->model, s->info.model_sha256, err);
    if (!st)
        st = load_model(s, cfg, err);
    if (!st)
        st = dc_llama_chat_init(&s->chat, s->model, cfg, err);
    if (!st)
        st = dc_llama_chat_head(&s->chat, &s->head, &s->n_head, err);
    if (st) {
        bl_close(&s->base);
        return st;
    }
    fill_info(s, cfg);
    s->n_head -= s->n_head % ROWS;
    s->can_share = !llama_model_is_recurrent(s->model) &&
                   !llama_model_is_hybrid(s->model) &&
                   !(s->without & DC_WITHOUT_PREFIX);
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
    if (p->pub.n_tok >= s->n_head + 2 &&
        !memcmp(p->id, s->head, s->n_head * sizeof *s->head))
        p->n_head = s->n_head;
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
    for (unsigned i = 0; i < s->n_slots; i++)
        assert(!s->slot[i].busy || s->slot[i].req.prompt != pp);
    for (unsigned i = 0; i < s->n_streams; i++)
        if (s->stream[i].prefix == p)
            s->stream[i].prefix = NULL;
    *(p->prev ? &p->prev->next : &s->prompts) = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free(p->id);
    free(p->logits);
    free(p);
}

/* ---- slots ---- */

/* Several threads scan logits where the compiler has them, in libllama's own
 * team: threads of another one would fight with those that wait there. */
static void make_team(struct backend_llama *s)
{
    s->n_team = 1;
#ifdef _OPENMP
    if (!(s->without & DC_WITHOUT_TEAM))
        s->n_team = s->n_threads < s->n_slots ? s->n_threads : s->n_slots;
#endif
    s->logits = dc_xcalloc(s->n_team, sizeof *s->logits);
    for (unsigned i = 0; i < s->n_team; i++)
        dc_logits_init(&s->logits[i], s->info.n_vocab, s->k);
}

static struct llama_context_params params(const struct backend_llama *s,
                                          unsigned cells)
{
    struct llama_context_params cp = llama_context_default_params();
    cp.n_ctx = cells * s->n_streams;
    cp.n_seq_max = s->n_streams;
    cp.n_batch = cp.n_ubatch = s->n_streams > 64 ? s->n_streams : 64;
    cp.n_outputs_max = s->n_streams; /* else room for n_batch rows of logits */
    cp.n_threads = cp.n_threads_batch = (int32_t)s->n_threads;
    cp.flash_attn_type = s->no_flash ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                     : LLAMA_FLASH_ATTN_TYPE_ENABLED;
    cp.kv_unified = s->unified;
    cp.swa_full = true;
    cp.no_perf = true;
    return cp;
}

/* Rows that a step over n traces has, and rows of logits it asks for. */
static unsigned whole_groups(unsigned n)
{
    return n < ROWS_MIN ? ROWS_MIN : (n + ROWS - 1) / ROWS * ROWS;
}

static enum dc_status bl_begin(struct dc_backend *b, unsigned n_slots,
                               unsigned n_ctx, struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    assert(!s->ctx && n_slots > 0);
    s->n_slots = n_slots;
    s->n_streams = whole_groups(n_slots);
    s->n_ctx = n_ctx;
    s->slot = dc_xcalloc(s->n_slots, sizeof *s->slot);
    s->stream = dc_xcalloc(s->n_streams, sizeof *s->stream);
    s->draw = dc_xcalloc(s->n_slots, sizeof *s->draw);
    size_t most = llama_max_parallel_sequences();
    if (s->n_streams > most)
        return dc_fail(err, DC_USAGE, "%u slots: libllama has at most %zu",
                       n_slots, most);
    unsigned cells = (n_ctx + 255) / 256 * 256;
    struct llama_context_params cp = params(s, cells);
    log_tail[0] = '\0';
    s->ctx = llama_init_from_model(s->model, cp);
    if (!s->ctx)
        return dc_fail(err, DC_BACKEND,
                       "libllama can't make a context of %u slots x %u "
                       "tokens: %s\nTry fewer --slots or a smaller --ctx.",
                       s->n_streams, cells, log_errors());
    s->mem = llama_get_memory(s->ctx);
    s->batch = llama_batch_init((int32_t)cp.n_batch, 0, 1);
    make_team(s);
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

static void leave(struct backend_llama *s, struct slot *sl)
{
    if (!sl->fresh)
        s->stream[sl->stream].user = NULL;
    sl->busy = false;
}

static void bl_cancel(struct dc_backend *b, unsigned slot)
{
    struct backend_llama *s = self_of(b);
    assert(slot < s->n_slots && s->slot[slot].busy);
    leave(s, &s->slot[slot]);
}

/* ---- cells ---- */

static void cut(struct backend_llama *s, unsigned stream, size_t from)
{
    llama_memory_seq_rm(s->mem, (llama_seq_id)stream, (llama_pos)from, -1);
}

/* All cells, and what is known of them. */
static void copy(struct backend_llama *s, unsigned from, unsigned to)
{
    cut(s, to, 0);
    llama_memory_seq_cp(s->mem, (llama_seq_id)from, (llama_seq_id)to, -1, -1);
    s->stream[to].head = s->stream[from].head;
    s->stream[to].prefix = s->stream[from].prefix;
    s->times.n_copies++;
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
    log_tail[0] = '\0';
    int32_t rc = llama_decode(s->ctx, s->batch);
    llama_synchronize(s->ctx);
    *ms += dc_clock_ms() - t0;
    if (rc)
        return dc_fail(err, DC_BACKEND, "llama_decode failed with code %d: %s",
                       (int)rc, log_errors());
    return DC_OK;
}

/* Compute cells from .. to-1 of p in chunks. */
static enum dc_status prefill_part(struct backend_llama *s,
                                   const struct prompt *p, unsigned stream,
                                   size_t from, size_t to, struct dc_err *err)
{
    while (from < to) {
        size_t m = to - from < CHUNK ? to - from : CHUNK;
        if (to - from - m == 1)
            m--; /* never a last chunk of one row */
        s->batch.n_tokens = 0;
        for (size_t i = from; i < from + m; i++)
            add_row(s, p->id[i], i, stream, i + 1 == p->pub.n_tok);
        enum dc_status st = decode(s, &s->times.prefill_ms, err);
        if (st)
            return st;
        from += m;
        s->times.n_prefill_tok += m;
    }
    return DC_OK;
}

/* A stream that starts with the head, `stream` itself if it does. */
static bool find_head(const struct backend_llama *s, unsigned stream,
                      unsigned *from)
{
    *from = stream;
    if (!s->can_share || s->stream[stream].head)
        return s->can_share;
    for (unsigned i = 0; i < s->n_streams; i++) {
        if (s->stream[i].head) {
            *from = i;
            return true;
        }
    }
    return false;
}

/* Compute p's cells in this stream, and its last logits if not there yet. */
static enum dc_status prefill(struct backend_llama *s, struct prompt *p,
                              unsigned stream, struct dc_err *err)
{
    unsigned from;
    enum dc_status st = DC_OK;
    if (p->n_head > 0 && find_head(s, stream, &from)) {
        if (from != stream)
            copy(s, from, stream);
        cut(s, stream, p->n_head);
    } else {
        cut(s, stream, 0);
        st = prefill_part(s, p, stream, 0, p->n_head, err);
    }
    s->stream[stream].prefix = NULL;
    s->stream[stream].head = s->can_share && p->n_head > 0;
    if (!st)
        st = prefill_part(s, p, stream, p->n_head, p->pub.n_tok, err);
    if (st)
        return st;
    if (!p->logits) {
        const float *z = llama_get_logits_ith(s->ctx, -1);
        p->logits = dc_xcalloc(s->info.n_vocab, sizeof *p->logits);
        memcpy(p->logits, z, s->info.n_vocab * sizeof *z);
    }
    s->stream[stream].prefix = s->can_share ? p : NULL;
    return DC_OK;
}

/* An idle stream for a trace of p: one that holds its prompt, else one that
 * holds nobody's, else the first. */
static unsigned pick_stream(const struct backend_llama *s,
                            const struct prompt *p)
{
    unsigned best = s->n_streams, rank = 3;
    for (unsigned i = 0; i < s->n_streams; i++) {
        const struct stream *t = &s->stream[i];
        unsigned r = t->prefix == p ? 0 : t->prefix ? 2 : 1;
        if (!t->user && r < rank) {
            best = i;
            rank = r;
        }
    }
    assert(best < s->n_streams);
    return best;
}

/* Give the trace a stream that holds exactly the cells of its prompt. */
static enum dc_status load_prefix(struct backend_llama *s, struct slot *sl,
                                  struct dc_err *err)
{
    struct prompt *p = (struct prompt *)sl->req.prompt;
    unsigned to = pick_stream(s, p), from = to;
    if (s->stream[to].prefix != p)
        for (from = 0; from < s->n_streams && s->stream[from].prefix != p;)
            from++;
    if (from == s->n_streams || !p->logits) {
        enum dc_status st = prefill(s, p, to, err);
        if (st)
            return st;
    } else if (from != to) {
        copy(s, from, to);
    }
    cut(s, to, p->pub.n_tok);
    s->stream[to].user = sl;
    sl->stream = to;
    sl->fresh = false;
    return DC_OK;
}

/* ---- sampling ---- */

/* Draw a slot's next token; pure, but for the workspace. */
static void sample(const struct backend_llama *s, struct dc_logits *w,
                   struct draw *d)
{
    const struct slot *sl = &s->slot[d->slot];
    struct dc_rng_key key = {sl->req.seed, sl->req.stream};
    double u = dc_rng_uniform(&key, sl->req.index, sl->n_gen);
    d->ok = dc_logits_scan(w, d->z);
    if (d->ok)
        dc_logits_sample(w, d->z, &sl->req.sampling, u, &d->token);
}

static void sample_all(struct backend_llama *s, size_t n)
{
#ifdef _OPENMP
    int team = (int)s->n_team;
#pragma omp parallel for num_threads(team) schedule(static) if (team > 1)
    for (size_t i = 0; i < n; i++)
        sample(s, &s->logits[omp_get_thread_num()], &s->draw[i]);
#else
    for (size_t i = 0; i < n; i++)
        sample(s, &s->logits[0], &s->draw[i]);
#endif
}

/* Say what came of a drawn token. */
static void take(struct backend_llama *s, const struct draw *d,
                 struct dc_step_event *ev)
{
    struct slot *sl = &s->slot[d->slot];
    *ev = (struct dc_step_event){.slot = d->slot};
    if (!d->ok || llama_vocab_is_eog(s->chat.vocab, d->token.id)) {
        ev->finish = d->ok ? DC_FINISH_STOP : DC_FINISH_ERROR;
        leave(s, sl);
        return;
    }
    int32_t n = llama_token_to_piece(s->chat.vocab, d->token.id, sl->piece,
                                     PIECE_MAX, 0, false);
    ev->token = d->token;
    ev->has_token = true;
    ev->piece = sl->piece;
    ev->n_piece = n > 0 ? (size_t)n : 0;
    sl->next = d->token.id;
    sl->n_gen++;
    if (sl->n_gen >= sl->req.max_tokens)
        ev->finish = DC_FINISH_LENGTH;
    else if (sl->req.prompt->n_tok + sl->n_gen >= s->n_ctx)
        ev->finish = DC_FINISH_CONTEXT;
    if (ev->finish != DC_FINISH_NONE)
        leave(s, sl);
}

static void take_all(struct backend_llama *s, size_t n,
                     struct dc_step_event *ev)
{
    sample_all(s, n);
    for (size_t i = 0; i < n; i++)
        take(s, &s->draw[i], &ev[i]);
}

/* ---- a step ---- */

/* The streams in use: how many, and the run lo .. hi-1 that has them all. */
static unsigned find_used(const struct backend_llama *s, unsigned *lo,
                          unsigned *hi)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->n_streams; i++) {
        if (!s->stream[i].user)
            continue;
        if (n++ == 0)
            *lo = i;
        *hi = i + 1;
    }
    return n;
}

/* Move the last trace of the run into a gap, while that saves a group. */
static void pack(struct backend_llama *s)
{
    unsigned lo = 0, hi = 0;
    unsigned n = find_used(s, &lo, &hi);
    while (whole_groups(hi - lo) > whole_groups(n)) {
        unsigned gap = lo, last = hi - 1;
        while (s->stream[gap].user)
            gap++;
        copy(s, last, gap);
        s->stream[gap].user = s->stream[last].user;
        s->stream[gap].user->stream = gap;
        s->stream[last].user = NULL;
        find_used(s, &lo, &hi);
    }
}

/* Where a row of an idle stream goes: behind what is worth keeping. */
static size_t idle_pos(const struct backend_llama *s, const struct stream *t)
{
    return t->prefix ? t->prefix->pub.n_tok : t->head ? s->n_head : 0;
}

static void add_trace_row(struct backend_llama *s, const struct slot *sl)
{
    size_t pos = sl->req.prompt->n_tok + sl->n_gen - 1;
    s->stream[sl->stream].row = s->batch.n_tokens;
    add_row(s, sl->next, pos, sl->stream, true);
    s->times.n_decode_rows++;
}

/* One row for each stream of the run, in order. */
static void fill_batch(struct backend_llama *s, unsigned lo, unsigned hi,
                       unsigned n_out)
{
    s->batch.n_tokens = 0;
    for (unsigned i = lo; i < hi; i++) {
        s->stream[i].row = -1;
        if (s->stream[i].user) {
            add_trace_row(s, s->stream[i].user);
        } else if (!s->unified) {
            size_t pos = idle_pos(s, &s->stream[i]);
            bool fill = n_out != whole_groups(n_out); /* logits as well */
            n_out += fill;
            cut(s, i, pos);
            add_row(s, 0, pos, i, fill);
            s->times.n_idle_rows++;
        }
    }
}

/* Decode all traces that have a stream, and take what they gave. */
static enum dc_status advance(struct backend_llama *s, struct dc_step_event *ev,
                              size_t *n_ev, struct dc_err *err)
{
    unsigned lo = 0, hi = 0;
    if (!s->unified && !(s->without & DC_WITHOUT_PACK))
        pack(s);
    unsigned n = find_used(s, &lo, &hi);
    while (!s->unified && hi - lo != whole_groups(hi - lo)) {
        if (hi < s->n_streams)
            hi++;
        else
            lo--;
    }
    fill_batch(s, lo, hi, n);
    enum dc_status st = decode(s, &s->times.decode_ms, err);
    if (st)
        return st;
    for (unsigned i = lo; i < hi; i++)
        if (!s->stream[i].user && !s->unified)
            cut(s, i, idle_pos(s, &s->stream[i]));
    for (unsigned i = 0; i < s->n_slots; i++)
        if (s->slot[i].busy)
            s->draw[(*n_ev)++] =
                (struct draw){.slot = i,
                              .z = llama_get_logits_ith(
                                  s->ctx, s->stream[s->slot[i].stream].row)};
    take_all(s, *n_ev, ev);
    return DC_OK;
}

/*
 * New traces first: their first token needs no decoding, and they then join the
 * others' next step, so that no row of it is idle for them.
 */
static enum dc_status bl_step(struct dc_backend *b, struct dc_step_event *ev,
                              size_t *n_ev, struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    size_t n_busy = 0;
    *n_ev = 0;
    for (unsigned i = 0; i < s->n_slots; i++) {
        struct slot *sl = &s->slot[i];
        n_busy += sl->busy;
        if (!sl->busy || !sl->fresh)
            continue;
        enum dc_status st = load_prefix(s, sl, err);
        if (st)
            return st;
        s->draw[(*n_ev)++] = (struct draw){
            .slot = i, .z = ((struct prompt *)sl->req.prompt)->logits};
    }
    if (*n_ev > 0 || n_busy == 0) {
        take_all(s, *n_ev, ev);
        return DC_OK;
    }
    s->times.n_steps++;
    return advance(s, ev, n_ev, err);
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
