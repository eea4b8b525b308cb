/*
 * deepthink.c - the loop: one question at a time, its traces side by side.
 *
 *   phase   traces from .. to-1 are put into free slots and advanced until all
 *           have ended; online the first phase is the warm-up, then one a batch
 *   look    between two phases: bar, consensus
 *
 * What a phase decides depends on all its traces and not on the order in which
 * they end, so slots do not show. A question's memory is one arena.
 */
#include "run/deepthink.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "run/engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct deep {
    const struct dc_deep_cfg *cfg;
    const struct dc_dataset *data;
    const struct dc_backend_ops *ops;
    struct dc_backend *backend;
    struct dc_backend_prompt **prompt; /* [data->n]; NULL: not open */
    struct dc_pool *pool;
    struct dc_compat_stop *stop; /* [n_slots] the running group of each trace */
    unsigned n_slots, n_ctx;
    bool
        overflow; /* a server has refused the question at hand for its length */
    struct dc_deep_result now; /* the question in work */
    struct dc_arena arena;     /* of it */
    struct dc_run_progress progress;
    double t0;
};

struct dc_deep_cfg dc_deep_cfg_default(void)
{
    return (struct dc_deep_cfg){
        .compat = true,
        .seed = 1,
        .sampling = dc_sampling_default(),
        .max_tokens = 4096,
        .budget = 16,
        .warmup = 8,
        .batch = 4,
        .window = DC_COMPAT_WINDOW,
        .tail = DC_COMPAT_WINDOW,
        .keep = 90,
        .consensus = 0.95,
        .suffix = "Please reason step by step, and put your final answer "
                  "within \\boxed{}.",
    };
}

static enum dc_status bad_window(const struct dc_deep_cfg *c, size_t longest,
                                 struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "--window %zu: traces have at most %zu tokens here, so no "
                   "window would ever be full and nothing cut; use --window "
                   "%zu or less (a quarter of the trace, %zu, leaves room to "
                   "cut), or raise --max-tokens",
                   c->window, longest, longest,
                   longest < 4 ? (size_t)1 : longest / 4);
}

enum dc_status dc_deep_check(const struct dc_deep_cfg *c, struct dc_err *err)
{
    if (c->window > c->max_tokens)
        return bad_window(c, c->max_tokens, err);
    if (c->online && c->warmup > c->budget)
        return dc_fail(err, DC_USAGE,
                       "--warmup-traces is %u and --budget, which counts them "
                       "too, %u; lower the one or raise the other",
                       c->warmup, c->budget);
    return DC_OK;
}

/* ---- one trace ---- */

static bool has_bar(const struct deep *e)
{
    return e->cfg->online && e->now.has_bar;
}

static enum dc_status start(struct deep *e, uint32_t index, struct dc_err *err)
{
    const struct dc_item *it = e->now.item;
    struct dc_pool_trace *t;
    struct dc_trace_req req = {
        .prompt = e->prompt[e->now.ord],
        .seed = e->cfg->seed,
        .stream = dc_hash64(it->id, strlen(it->id)),
        .index = index,
        .to_end = !has_bar(e),
        .max_tokens = e->cfg->max_tokens,
        .sampling = e->cfg->sampling,
    };
    enum dc_status st = dc_pool_start(e->pool, &req, NULL, &t, err);
    if (st)
        return st;
    dc_compat_stop_clear(&e->stop[t->slot]);
    e->stop[t->slot].bar = e->now.bar;
    return DC_OK;
}

/* Is the trace to be cut at the token just added? One that a server begins anew
 * has a new group, too. */
static bool is_below(void *arg, struct dc_pool_trace *t)
{
    struct deep *e = arg;
    if (!has_bar(e))
        return false;
    if (e->cfg->compat && t->n_tok == 1) {
        dc_compat_stop_clear(&e->stop[t->slot]);
        e->stop[t->slot].bar = e->now.bar;
    }
    if (e->cfg->compat)
        return dc_compat_stop_push(&e->stop[t->slot],
                                   (double)t->conf[t->n_tok - 1]);
    return t->n_tok >= e->cfg->window &&
           dc_group_below(t->conf, t->n_tok, e->cfg->window, e->now.bar);
}

static enum dc_status take_trace(void *arg, struct dc_pool_trace *l,
                                 struct dc_err *err)
{
    struct deep *e = arg;
    struct dc_deep_trace *t = &e->now.trace[l->index];
    uint32_t *end = dc_xcalloc(l->n_tok + 1, sizeof *end);
    struct dc_buf text;
    (void)err;
    dc_buf_init(&text, SIZE_MAX);
    dc_live_text(l, &text, end);
    *t = (struct dc_deep_trace){
        .index = l->index,
        .warmup = e->cfg->online && l->index < e->cfg->warmup,
        .finish = l->finish,
        .cut = l->cut,
        .text = dc_arena_strndup(&e->arena, text.data, text.n),
        .id = dc_arena_array(&e->arena, l->n_tok, sizeof *t->id),
        .conf = dc_arena_array(&e->arena, l->n_tok, sizeof *t->conf),
        .n_tok = l->n_tok,
    };
    dc_buf_release(&text);
    free(end);
    for (size_t i = 0; i < l->n_tok; i++) {
        double c = (double)l->conf[i];
        t->id[i] = l->tok[i].id;
        t->conf[i] = e->cfg->compat ? dc_compat_round(c) : c;
    }
    dc_deep_measure(e->cfg, &e->arena, t);
    if (e->now.n_prompt_tok == 0)
        e->now.n_prompt_tok = l->n_prompt;
    e->overflow =
        e->overflow || (l->finish == DC_FINISH_CONTEXT && l->n_tok == 0);
    e->progress.n_trace++;
    return DC_OK;
}

/* ---- one question ---- */

static void tell(struct deep *e)
{
    e->progress.seconds = (dc_clock_ms() - e->t0) / 1000;
    if (e->pool)
        e->progress.n_tok = dc_pool_n_tok(e->pool);
    if (e->ops->traffic)
        e->ops->traffic(e->backend, &e->progress.traffic);
    if (e->cfg->progress)
        e->cfg->progress(e->cfg->progress_arg, &e->progress);
}

static enum dc_status interrupted(const struct deep *e, struct dc_err *err)
{
    return dc_fail(err, DC_INTERRUPTED,
                   "interrupted; %zu of %zu question%s %s answered and kept. "
                   "The same command goes on from there.",
                   e->progress.n_decided, e->progress.n_prompt,
                   dc_plural(e->progress.n_prompt),
                   dc_are(e->progress.n_decided));
}

/* Draw traces n_trace .. to-1. */
static enum dc_status phase(struct deep *e, unsigned to, struct dc_err *err)
{
    uint32_t next = e->now.n_trace;
    while (next < to || dc_pool_n_busy(e->pool) > 0) {
        enum dc_status st = DC_OK;
        if (e->cfg->interrupt && atomic_load(e->cfg->interrupt))
            return interrupted(e, err);
        while (!st && next < to && dc_pool_n_free(e->pool) > 0)
            st = start(e, next++, err);
        if (!st)
            st = dc_pool_poll(e->pool, err);
        if (st)
            return st;
        tell(e);
    }
    e->now.n_trace = to;
    return DC_OK;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static enum dc_status think_online(struct deep *e, struct dc_err *err)
{
    const struct dc_deep_cfg *c = e->cfg;
    struct dc_deep_result *r = &e->now;
    double t = dc_clock_ms();
    enum dc_status st = phase(e, c->warmup, err);
    r->n_warmup = c->warmup;
    r->warmup_ms = dc_clock_ms() - t;
    r->has_bar = !st && dc_deep_bar(c, r, &r->bar);
    while (!st) {
        if (dc_deep_look(c, r) && r->n_trace < c->budget)
            r->reason = "consensus";
        if (r->reason || r->n_trace == c->budget)
            break;
        st = phase(e, least(c->budget, r->n_trace + c->batch), err);
    }
    return st;
}

static enum dc_status think(struct deep *e, size_t i, struct dc_err *err)
{
    const struct dc_deep_cfg *c = e->cfg;
    struct dc_deep_result *r = &e->now;
    enum dc_status st = DC_OK;
    double t = dc_clock_ms();
    *r = (struct dc_deep_result){
        .item = &e->data->item[i],
        .ord = i,
        .n_prompt_tok = e->prompt[i]->n_tok,
        .trace = dc_arena_array(&e->arena, c->budget, sizeof *r->trace),
    };
    e->overflow = false;
    if (e->n_ctx > 0 && r->n_prompt_tok >= e->n_ctx) {
        r->reason = DC_CONTEXT_OVERFLOW;
    } else if (c->online) {
        st = think_online(e, err);
    } else {
        st = phase(e, c->budget, err);
        dc_deep_look(c, r);
    }
    if (st)
        return st;
    if (e->overflow)
        r->reason = DC_CONTEXT_OVERFLOW;
    r->reason = r->reason ? r->reason : "budget";
    dc_deep_hold(r);
    r->total_ms = dc_clock_ms() - t;
    return c->take(c->take_arg, r, err);
}

static enum dc_status think_all(struct deep *e, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < e->data->n && !st; i++) {
        if (e->cfg->done && e->cfg->done[i])
            continue;
        dc_arena_init(&e->arena);
        st = think(e, i, err);
        if (!st) {
            e->ops->prompt_close(e->backend, e->prompt[i]);
            e->prompt[i] = NULL;
            e->progress.n_decided++;
            tell(e);
            dc_arena_release(&e->arena);
        }
    }
    return st;
}

/* ---- life ---- */

static enum dc_status open_prompt(struct deep *e, size_t i, struct dc_err *err)
{
    const struct dc_item *it = &e->data->item[i];
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, it->text, it->n_text);
    if (e->cfg->suffix && e->cfg->suffix[0])
        dc_buf_addf(&b, "\n%s", e->cfg->suffix);
    enum dc_status st =
        e->ops->prompt_open(e->backend, b.data, b.n, &e->prompt[i], err);
    dc_buf_release(&b);
    return dc_err_prefix(err, st, "line %zu", it->line);
}

/* Open the prompts to do; the fewest and the most tokens of one that fits. */
static enum dc_status open_prompts(struct deep *e, size_t *fewest, size_t *most,
                                   struct dc_err *err)
{
    *fewest = SIZE_MAX;
    *most = 0;
    for (size_t i = 0; i < e->data->n; i++) {
        if (e->cfg->done && e->cfg->done[i]) {
            e->progress.n_decided++;
            continue;
        }
        enum dc_status st = open_prompt(e, i, err);
        if (st)
            return st;
        size_t n = e->prompt[i]->n_tok;
        if (e->n_ctx > 0 && n >= e->n_ctx)
            continue;
        *fewest = n < *fewest ? n : *fewest;
        *most = n > *most ? n : *most;
    }
    e->progress.n_decided_before = e->progress.n_decided;
    e->progress.resumed = e->progress.n_decided > 0;
    return DC_OK;
}

static enum dc_status make_pool(struct deep *e, struct dc_err *err)
{
    const struct dc_deep_cfg *c = e->cfg;
    unsigned usual = dc_pool_usual_slots(&e->ops->info(e->backend)->caps);
    e->n_slots = least(c->n_slots ? c->n_slots : usual, c->budget);
    e->stop = dc_xcalloc(e->n_slots, sizeof *e->stop);
    for (unsigned i = 0; i < e->n_slots; i++)
        dc_compat_stop_init(&e->stop[i], c->window, 0);
    const struct dc_pool_cfg pool = {
        .ops = e->ops,
        .backend = e->backend,
        .n_slots = e->n_slots,
        .n_ctx = e->n_ctx,
        .enough = is_below,
        .ended = take_trace,
        .arg = e,
    };
    return dc_pool_open(&pool, &e->pool, err);
}

static enum dc_status begin(struct deep *e, struct dc_err *err)
{
    const struct dc_deep_cfg *c = e->cfg;
    const struct dc_backend_caps *caps = &e->ops->info(e->backend)->caps;
    size_t fewest, most;
    e->n_ctx = c->n_ctx && caps->n_ctx ? least(c->n_ctx, caps->n_ctx)
               : c->n_ctx              ? c->n_ctx
                                       : caps->n_ctx;
    enum dc_status st = open_prompts(e, &fewest, &most, err);
    if (st || fewest == SIZE_MAX)
        return st;
    /* the last token of a full context still counts */
    size_t room = e->n_ctx > 0 ? e->n_ctx - fewest : SIZE_MAX;
    if (c->window > room)
        return bad_window(c, room, err);
    size_t need = most + c->max_tokens;
    if (caps->counts_prompt && need < e->n_ctx)
        e->n_ctx = (unsigned)need;
    return make_pool(e, err);
}

static void release(struct deep *e)
{
    dc_pool_close(e->pool);
    for (unsigned i = 0; i < e->n_slots; i++)
        dc_compat_stop_release(&e->stop[i]);
    for (size_t i = 0; i < e->data->n; i++)
        if (e->prompt[i])
            e->ops->prompt_close(e->backend, e->prompt[i]);
    free(e->prompt);
    free(e->stop);
    dc_arena_release(&e->arena);
}

enum dc_status dc_deep_run(const struct dc_deep_cfg *cfg,
                           const struct dc_dataset *d,
                           const struct dc_backend_ops *ops,
                           struct dc_backend *b, struct dc_err *err)
{
    struct deep e = {
        .cfg = cfg,
        .data = d,
        .ops = ops,
        .backend = b,
        .progress = {.n_prompt = d->n, .no_verdicts = true},
        .t0 = dc_clock_ms(),
    };
    enum dc_status st = dc_deep_check(cfg, err);
    if (st)
        return st;
    dc_arena_init(&e.arena);
    e.prompt = dc_xcalloc(d->n, sizeof(struct dc_backend_prompt *));
    st = begin(&e, err);
    if (!st)
        st = think_all(&e, err);
    tell(&e);
    release(&e);
    return st;
}
