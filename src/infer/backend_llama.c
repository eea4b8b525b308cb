/*
 * backend_llama.c - any GGUF model, by libllama.
 *
 * A slot holds a trace, which has a KV stream of its own while it is in work. A
 * step decodes one row per trace and samples from the raw logits.
 *
 * Bits. A trace must not depend on slots, neighbours or threads: steps go by
 * the rule of llama_rows.h, prompts by that of llama_cells.h. A unified KV
 * cache keeps none of this: its attention runs over the cells of all traces.
 * GPU backends promise less; what ran is recorded with the run.
 *
 * Speed, each with a way to leave it out (backend.h, `without`): cells that
 * traces and prompts share (llama_cells.h); traces moved together when streams
 * fall idle, so that a step at the end of a run has few rows that nobody wants;
 * rows of logits scanned by as many threads as decode, in the team that
 * libllama's own loops run in.
 */
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "base/thoughts.h"
#include "infer/llama_cells.h"
#include "infer/llama_chat.h"
#include "infer/llama_facts.h"
#include "infer/llama_kernels.h"
#include "infer/llama_load.h"
#include "infer/llama_probe.h"
#include "infer/models.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

enum {
    PIECE_MAX = 512 /* bytes of one token's text */
};

struct prompt {
    struct dc_backend_prompt pub;
    struct dc_cells_prompt cells; /* owns its arrays */
    struct prompt *next, *prev;
};

struct slot {
    bool busy;
    bool fresh; /* has no stream; its first token comes from the prompt */
    unsigned stream;
    struct dc_trace_req req;
    uint32_t n_gen;
    llama_token next; /* sampled, not yet decoded */
    char piece[PIECE_MAX];
    struct dc_top_logprob *top; /* [n_top] of the last draw */
    struct dc_alt *alt;         /* [n_top] the same, as events have it */
    double ms;                  /* its share of the steps so far */
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
    char device[160];
    char model_desc[128];
    struct dc_llama_chat chat;
    struct llama_model *model;
    struct dc_rows rows;
    struct dc_cells cells;
    struct dc_logits *logits; /* [n_team] */
    unsigned n_team;
    unsigned n_threads, k, n_top, without;
    bool unified, no_flash;
    bool show_marks; /* control tokens that mark thoughts are text */
    unsigned n_slots, n_ctx;
    struct slot *slot;   /* [n_slots] */
    struct slot **owner; /* [n_stream] whose trace is in it; NULL: idle */
    int32_t *row;        /* [n_stream] of the last step */
    struct draw *draw;   /* [n_slots] */
    struct prompt *prompts;
    struct dc_backend_times times;
};

/* ---- opening ---- */

static struct backend_llama *self_of(struct dc_backend *b)
{
    return (struct backend_llama *)b;
}

static void free_prompt(struct prompt *p)
{
    free(p->cells.id);
    free(p->cells.logits);
    free(p);
}

static void free_slot(struct slot *sl)
{
    free(sl->top);
    free(sl->alt);
}

static void bl_times(struct dc_backend *b, struct dc_backend_times *out)
{
    struct backend_llama *s = self_of(b);
    *out = s->times;
    out->prefill_ms = s->cells.prefill_ms;
    out->n_prefill_tok = s->cells.n_prefill_tok;
    out->n_copies = s->cells.n_copies;
}

/* With libllama's log, what was decoded and how much of it for nobody. */
static void log_work(struct backend_llama *s)
{
    struct dc_backend_times t;
    if (!getenv("DEEPCONF_LLAMA_LOG"))
        return;
    bl_times(&s->base, &t);
    fprintf(stderr,
            "deepconf: %llu steps, %llu rows of traces, %llu idle rows, "
            "%llu prompt tokens, %llu copies of a stream\n",
            (unsigned long long)t.n_steps, (unsigned long long)t.n_decode_rows,
            (unsigned long long)t.n_idle_rows,
            (unsigned long long)t.n_prefill_tok,
            (unsigned long long)t.n_copies);
}

static void bl_close(struct dc_backend *b)
{
    if (!b)
        return;
    struct backend_llama *s = self_of(b);
    while (s->prompts) {
        struct prompt *p = s->prompts;
        s->prompts = p->next;
        free_prompt(p);
    }
    for (unsigned i = 0; i < s->n_team; i++)
        dc_logits_release(&s->logits[i]);
    if (s->rows.ctx)
        log_work(s);
    dc_rows_release(&s->rows);
    dc_cells_release(&s->cells);
    dc_llama_chat_release(&s->chat);
    if (s->model)
        llama_model_free(s->model);
    free(s->logits);
    for (unsigned i = 0; i < s->n_slots; i++)
        free_slot(&s->slot[i]);
    free(s->slot);
    free(s->owner);
    free(s->row);
    free(s->draw);
    free(s->model_name);
    free(s);
}

static void fill_info(struct backend_llama *s, const struct dc_backend_cfg *cfg)
{
    s->model_name = dc_xstrdup(dc_path_name(cfg->model));
    dc_llama_describe(s->model, s->model_desc, sizeof s->model_desc);
    s->info.name = "llama";
    s->info.model_name = s->model_name;
    s->info.model_desc = s->model_desc;
    dc_llama_chat_info(&s->chat, &s->info);
    s->info.version = dc_backend_llama_version();
    s->info.bits = s->unified ? "of a trace and its neighbours"
                              : "head first, then 60 a piece; steps of 4 x n "
                                "rows, 8 at least";
    s->info.logprob_mode = "raw";
    s->info.device = s->device;
    dc_llama_device(cfg->llama.gpu_layers, s->device, sizeof s->device);
    s->info.n_vocab = (size_t)llama_vocab_n_tokens(s->chat.vocab);
    s->info.caps = (struct dc_backend_caps){
        .parts = DC_TOKEN_ALL,
        .n_top_max = (unsigned)s->info.n_vocab,
        .k_max = (unsigned)s->info.n_vocab,
        .repeatable = !s->unified,
        .counts_prompt = true,
        .vocabulary = true,
        .n_ctx = (unsigned)llama_model_n_ctx_train(s->model),
    };
}

static enum dc_status bl_open(const struct dc_backend_cfg *cfg,
                              struct dc_backend **out, struct dc_err *err)
{
    struct backend_llama *s = dc_xcalloc(1, sizeof *s);
    s->base.ops = &dc_backend_llama;
    s->n_threads = cfg->llama.n_threads;
    s->k = cfg->k;
    s->n_top = cfg->n_top;
    s->without = cfg->llama.without;
    s->unified = cfg->llama.kv_unified;
    s->no_flash = cfg->llama.no_flash;
    s->show_marks = !cfg->chat.by_family;
    dc_llama_start();
    struct dc_token_ids head = {0};
    enum dc_status st = dc_model_hash(cfg->model, cfg->llama.want_sha256,
                                      s->info.model_sha256, err);
    if (!st && !cfg->llama.want_sha256)
        st = dc_llama_probe(cfg->model, err);
    if (!st)
        st = dc_llama_load(cfg->model, cfg->llama.gpu_layers, &s->model, err);
    if (!st)
        st = dc_llama_chat_init(&s->chat, s->model, &cfg->chat, err);
    if (!st)
        st = dc_llama_chat_head(&s->chat, &head, err);
    if (st) {
        free(head.id);
        bl_close(&s->base);
        return st;
    }
    fill_info(s, cfg);
    dc_cells_set_head(&s->cells, head.id, head.n);
    s->cells.n_vocab = s->info.n_vocab;
    s->cells.share = !llama_model_is_recurrent(s->model) &&
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
    struct dc_cells_prompt *c = &p->cells;
    struct dc_token_ids ids = {0};
    enum dc_status st = dc_llama_chat_tokenize(&s->chat, text, n, &ids, err);
    if (st) {
        free(ids.id);
        free(p);
        return st;
    }
    c->id = ids.id;
    c->n = ids.n;
    c->n_head = dc_cells_head_of(&s->cells, c->id, c->n);
    p->pub.n_tok = c->n;
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
    dc_cells_forget(&s->cells, &p->cells);
    *(p->prev ? &p->prev->next : &s->prompts) = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free_prompt(p);
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

static enum dc_status bl_begin(struct dc_backend *b, unsigned n_slots,
                               unsigned n_ctx, struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    assert(!s->rows.ctx && n_slots > 0);
    unsigned n_stream = s->unified ? n_slots : dc_rows_streams(n_slots);
    const struct dc_rows_cfg cfg = {
        .n_stream = n_stream,
        .n_cell = n_ctx,
        .n_threads = s->n_threads,
        .n_out = n_stream,
        .unified = s->unified,
        .no_flash = s->no_flash,
        .advice = "Try fewer --slots or a smaller --ctx.",
    };
    enum dc_status st = dc_rows_init(&s->rows, s->model, &cfg, err);
    if (st)
        return st;
    s->n_slots = n_slots;
    s->n_ctx = n_ctx;
    s->slot = dc_xcalloc(n_slots, sizeof *s->slot);
    for (unsigned i = 0; i < n_slots; i++) {
        s->slot[i].top = dc_xcalloc(s->n_top + 1, sizeof *s->slot->top);
        s->slot[i].alt = dc_xcalloc(s->n_top + 1, sizeof *s->slot->alt);
    }
    s->draw = dc_xcalloc(n_slots, sizeof *s->draw);
    s->owner = dc_xcalloc(n_stream, sizeof(struct slot *));
    s->row = dc_xcalloc(n_stream, sizeof *s->row);
    dc_cells_begin(&s->cells, &s->rows, n_stream, s->unified);
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
    s->slot[slot].ms = 0;
    return DC_OK;
}

static void leave(struct backend_llama *s, struct slot *sl)
{
    sl->busy = false;
    if (sl->fresh)
        return;
    s->owner[sl->stream] = NULL;
    dc_cells_leave(&s->cells, sl->stream);
}

static void bl_cancel(struct dc_backend *b, unsigned slot)
{
    struct backend_llama *s = self_of(b);
    assert(slot < s->n_slots && s->slot[slot].busy);
    leave(s, &s->slot[slot]);
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
    if (!d->ok)
        return;
    dc_logits_sample(w, d->z, &sl->req.sampling, u, &d->token);
    dc_logits_top(w, s->n_top, sl->top);
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

/* Is a token of the kind that libllama leaves out of a text, but needed to tell
 * thoughts from the answer? */
static bool is_mark(const struct backend_llama *s, llama_token id)
{
    const char *text = llama_vocab_get_text(s->chat.vocab, id);
    return s->show_marks && text && llama_vocab_is_control(s->chat.vocab, id) &&
           dc_thought_token(text, strlen(text));
}

static enum dc_finish finish_of(const struct backend_llama *s,
                                const struct slot *sl)
{
    if (sl->n_gen >= sl->req.max_tokens)
        return DC_FINISH_LENGTH;
    if (sl->req.prompt->n_tok + sl->n_gen >= s->n_ctx)
        return DC_FINISH_CONTEXT;
    return DC_FINISH_NONE;
}

/* Say what came of a drawn token. */
static void take(struct backend_llama *s, const struct draw *d,
                 struct dc_event *ev)
{
    struct slot *sl = &s->slot[d->slot];
    *ev = (struct dc_event){
        .slot = d->slot, .what = DC_EVENT_TOKEN, .attempt = 1};
    if (!d->ok || llama_vocab_is_eog(s->chat.vocab, d->token.id)) {
        ev->what = DC_EVENT_END;
        ev->finish = d->ok ? DC_FINISH_STOP : DC_FINISH_ERROR;
        leave(s, sl);
        return;
    }
    int32_t n = llama_token_to_piece(s->chat.vocab, d->token.id, sl->piece,
                                     PIECE_MAX, 0, is_mark(s, d->token.id));
    ev->token = d->token;
    ev->parts = DC_TOKEN_ALL;
    ev->piece = sl->piece;
    ev->n_piece = n > 0 ? (size_t)n : 0;
    for (unsigned i = 0; i < s->n_top; i++)
        sl->alt[i] =
            (struct dc_alt){.id = sl->top[i].id, .logprob = sl->top[i].logprob};
    ev->alt = sl->alt;
    ev->n_alt = s->n_top;
    sl->next = d->token.id;
    sl->n_gen++;
    ev->finish = finish_of(s, sl);
    if (ev->finish == DC_FINISH_NONE)
        return;
    ev->what |= DC_EVENT_END;
    leave(s, sl);
}

static void take_all(struct backend_llama *s, size_t n, struct dc_event *ev)
{
    sample_all(s, n);
    for (size_t i = 0; i < n; i++)
        take(s, &s->draw[i], &ev[i]);
}

/* ---- a step ---- */

/* Move traces together, while that saves rows. */
static void pack(struct backend_llama *s)
{
    unsigned from, to;
    while (dc_cells_pack(&s->cells, &from, &to)) {
        s->owner[to] = s->owner[from];
        s->owner[to]->stream = to;
        s->owner[from] = NULL;
    }
}

/* The rows of streams lo .. hi-1, in order. */
static void fill_batch(struct backend_llama *s, unsigned lo, unsigned hi)
{
    unsigned n_out = 0;
    for (unsigned i = lo; i < hi; i++)
        n_out += s->owner[i] != NULL;
    dc_rows_clear(&s->rows);
    for (unsigned i = lo; i < hi; i++) {
        const struct slot *sl = s->owner[i];
        size_t pos = sl ? sl->req.prompt->n_tok + sl->n_gen - 1
                        : dc_cells_idle_pos(&s->cells, i);
        s->row[i] = s->rows.batch.n_tokens;
        if (sl) {
            dc_rows_add(&s->rows, sl->next, pos, i, true);
            s->times.n_decode_rows++;
        } else if (!s->unified) {
            bool fill = dc_rows_needs_logits(n_out);
            n_out += fill;
            dc_rows_cut(&s->rows, i, pos);
            dc_rows_add(&s->rows, 0, pos, i, fill);
            s->times.n_idle_rows++;
        }
    }
}

/* Decode all traces that have a stream, and take what they gave. */
static enum dc_status advance(struct backend_llama *s, struct dc_event *ev,
                              size_t *n_ev, struct dc_err *err)
{
    unsigned lo, hi;
    if (!(s->without & DC_WITHOUT_PACK))
        pack(s);
    if (!dc_cells_run(&s->cells, &lo, &hi))
        return DC_OK;
    fill_batch(s, lo, hi);
    s->times.n_steps++;
    enum dc_status st = dc_rows_decode(&s->rows, &s->times.decode_ms, err);
    if (st)
        return st;
    for (unsigned i = lo; i < hi && !s->unified; i++)
        if (!s->owner[i])
            dc_rows_cut(&s->rows, i, dc_cells_idle_pos(&s->cells, i));
    for (unsigned i = 0; i < s->n_slots; i++) {
        const struct slot *sl = &s->slot[i];
        if (sl->busy)
            s->draw[(*n_ev)++] = (struct draw){
                .slot = i, .z = dc_rows_logits(&s->rows, s->row[sl->stream])};
    }
    take_all(s, *n_ev, ev);
    return DC_OK;
}

static enum dc_status join(struct backend_llama *s, struct slot *sl,
                           struct dc_err *err)
{
    struct dc_cells_prompt *p = &((struct prompt *)sl->req.prompt)->cells;
    enum dc_status st = dc_cells_take(&s->cells, p, &sl->stream, err);
    if (st)
        return st;
    s->owner[sl->stream] = sl;
    sl->fresh = false;
    return DC_OK;
}

/*
 * New traces first: their first token needs no decoding, and they then join the
 * others' next step, so that no row of it is idle for them.
 */
static enum dc_status step(struct backend_llama *s, struct dc_event *ev,
                           size_t *n_ev, struct dc_err *err)
{
    for (unsigned i = 0; i < s->n_slots; i++) {
        struct slot *sl = &s->slot[i];
        if (!sl->busy || !sl->fresh)
            continue;
        enum dc_status st = join(s, sl, err);
        if (st)
            return st;
        s->draw[(*n_ev)++] = (struct draw){
            .slot = i, .z = ((struct prompt *)sl->req.prompt)->cells.logits};
    }
    if (*n_ev == 0)
        return advance(s, ev, n_ev, err);
    take_all(s, *n_ev, ev);
    return DC_OK;
}

/* The traces of a step share its time evenly. */
static enum dc_status bl_poll(struct dc_backend *b, unsigned wait_ms,
                              struct dc_event *ev, size_t max, size_t *n_ev,
                              struct dc_err *err)
{
    struct backend_llama *s = self_of(b);
    double t0 = dc_clock_ms();
    (void)wait_ms;
    assert(max >= s->n_slots);
    *n_ev = 0;
    enum dc_status st = step(s, ev, n_ev, err);
    double ms = dc_clock_ms() - t0;
    for (size_t i = 0; i < *n_ev && !st; i++) {
        struct slot *sl = &s->slot[ev[i].slot];
        sl->ms += ms / (double)*n_ev;
        ev[i].ms = sl->ms;
    }
    return st;
}

static void bl_token_text(struct dc_backend *b, int32_t id, struct dc_buf *out)
{
    const struct llama_vocab *vocab = self_of(b)->chat.vocab;
    char piece[PIECE_MAX], *room = piece;
    int32_t n = llama_token_to_piece(vocab, id, piece, PIECE_MAX, 0, true);
    if (n < 0) {
        room = dc_xmalloc((size_t)-n);
        n = llama_token_to_piece(vocab, id, room, -n, 0, true);
    }
    if (n > 0)
        dc_buf_add(out, room, (size_t)n);
    if (room != piece)
        free(room);
}

const char *dc_backend_llama_version(void)
{
    static char v[128];
    dc_llama_start(); /* for its log, too */
    const char *of = dc_llama_kernels();
    snprintf(v, sizeof v, "libllama %s%s%s", llama_version(),
             of ? ", CPU kernels " : "", of ? of : "");
    return v;
}

const struct dc_backend_ops dc_backend_llama = {
    .name = "llama",
    .summary = "any GGUF model on this machine, by libllama",
    .model_file = true,
    .parts = DC_TOKEN_ALL,
    .open = bl_open,
    .close = bl_close,
    .info = bl_info,
    .prompt_open = bl_prompt_open,
    .prompt_close = bl_prompt_close,
    .begin = bl_begin,
    .start = bl_start,
    .cancel = bl_cancel,
    .poll = bl_poll,
    .token_text = bl_token_text,
    .times = bl_times,
};
