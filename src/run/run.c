/*
 * run.c - the loop of the engine.
 *
 *   fill    give each free slot the next trace that is certainly needed: of the
 *           jobs in work first, then of the next prompt
 *   poll    the backend advances its traces
 *   take    finished traces are judged, measured and written, and the policies
 *           of the prompts they belong to are asked
 *   commit  one transaction holds what came in a quarter of a second
 *
 * Over servers the poll first says which requests the next one sends; that they
 * are begun is in the file before they are (see say_sent()).
 *
 * No trace is started that its policy might turn out not to need, so stopping
 * early wastes nothing. Cancelled are a trace whose confidence fell below the
 * policy's bar, and what is busy when the run ends by an error or a signal. A
 * trace that a server would draw anew, with other tokens, is waited for at the
 * first signal: else the long ones, which are in flight more often, would be
 * lost more often too. What waits to be sent is given up then, and a second
 * signal ends all.
 */
#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "run/engine.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COMMIT_MS = 250,   /* a transaction is open at most about so long, ... */
    COMMIT_TRACES = 64 /* ... and has about so many */
};

struct dc_run_cfg dc_run_cfg_default(void)
{
    struct dc_run_cfg c = {
        .seed = 1,
        .sampling = dc_sampling_default(),
        .max_tokens = 256,
        .k = DC_CONF_K_DEFAULT,
        .stop = {.min_traces = 3, .max_traces = 10},
        .calibration_share = 0.1,
        .audit_share = 0.05,
    };
    enum dc_status st = dc_measure_parse("mean_prob", &c.measure, NULL);
    if (!st)
        st = dc_stop_parse("curtail", &c.policy, NULL);
    if (!st)
        st = dc_vote_parse("majority", &c.vote, NULL);
    assert(!st);
    (void)st;
    return c;
}

/* ---- transactions ---- */

static void update_segment(struct dc_engine *e)
{
    struct dc_backend_times t = {0};
    if (e->ops->times)
        e->ops->times(e->backend, &t);
    e->segment.wall_ms = dc_clock_ms() - e->t0;
    e->segment.decode_ms = t.decode_ms;
    e->segment.prefill_ms = t.prefill_ms;
}

static enum dc_status open_transaction(struct dc_engine *e, struct dc_err *err)
{
    if (e->open)
        return DC_OK;
    enum dc_status st = dc_store_begin(e->store, err);
    if (st)
        return st;
    e->open = true;
    if (!e->unsynced) {
        e->unsynced_ms = dc_clock_ms();
        e->n_unsynced = 0;
    }
    e->unsynced = true;
    return DC_OK;
}

static void roll_back(struct dc_engine *e)
{
    if (e->open)
        dc_store_rollback(e->store);
    e->open = e->unsynced = false;
}

/* Write it; with servers it then outlives this process, but perhaps no power
 * cut. */
static enum dc_status close_transaction(struct dc_engine *e, struct dc_err *err)
{
    if (!e->open)
        return DC_OK;
    enum dc_status st = dc_store_commit(e->store, err);
    if (st)
        roll_back(e);
    e->open = false;
    return st;
}

/* All that came is on the disk. */
static enum dc_status commit(struct dc_engine *e, struct dc_err *err)
{
    bool served = e->n_endpoint > 0;
    enum dc_status st = DC_OK;
    if (!e->unsynced)
        return DC_OK;
    if (served) {
        st = close_transaction(e, err);
        if (!st)
            st = dc_store_wait_for_disk(e->store, true, err);
        if (!st)
            st = open_transaction(e, err);
    }
    update_segment(e);
    if (!st)
        st = dc_store_segment_update(e->store, &e->segment, err);
    if (!st)
        st = close_transaction(e, err);
    if (st)
        roll_back(e);
    e->unsynced = false;
    if (!st && served)
        st = dc_store_wait_for_disk(e->store, false, err);
    return st;
}

/* A run ends with status st: what came is kept, unless the store failed. That
 * it fails now is said in place of what ended the run. */
static enum dc_status end_transaction(struct dc_engine *e, enum dc_status st,
                                      struct dc_err *err)
{
    if (st == DC_STORE || st == DC_IO) {
        roll_back(e);
        return st;
    }
    enum dc_status late = commit(e, err);
    if (!late && e->n_endpoint > 0)
        late = dc_store_wait_for_disk(e->store, true, err);
    return late ? late : st;
}

static bool commit_is_due(const struct dc_engine *e)
{
    return e->n_unsynced >= COMMIT_TRACES || dc_pool_n_busy(e->pool) == 0 ||
           e->progress.draining || dc_clock_ms() - e->unsynced_ms >= COMMIT_MS;
}

/* ---- which trace next ---- */

/* The lowest trace of j that is needed and not started. */
static bool next_of_job(const struct dc_job *j, uint32_t *idx)
{
    for (unsigned i = j->n_seen; i < j->allowed; i++) {
        if (j->state[i] == DC_TRACE_NEW) {
            *idx = i;
            return true;
        }
    }
    return false;
}

/*
 * Bring the next undecided prompt into work. False if there is none, or none
 * before the calibration has ended.
 */
static bool open_next(struct dc_engine *e, enum dc_status *st,
                      struct dc_err *err)
{
    bool wait = e->n_calibration > 0 && !e->stop.has_threshold;
    size_t end = wait ? e->n_calibration : e->n_job;
    for (; e->next_job < end; e->next_job++) {
        struct dc_job *j = &e->job[e->next_job];
        if (j->decided || j->problem)
            continue;
        dc_job_open(e, j);
        *st = dc_engine_ask(e, j, err);
        if (*st)
            return false;
        if (j->decided)
            continue; /* by traces of an earlier session */
        e->active[e->n_active++] = j;
        e->next_job++;
        return true;
    }
    return false;
}

static bool next_trace(struct dc_engine *e, struct dc_job **job, uint32_t *idx,
                       enum dc_status *st, struct dc_err *err)
{
    for (size_t i = 0; i < e->n_active; i++) {
        if (next_of_job(e->active[i], idx)) {
            *job = e->active[i];
            return true;
        }
    }
    while (open_next(e, st, err)) {
        *job = e->active[e->n_active - 1];
        if (next_of_job(*job, idx))
            return true;
    }
    return false;
}

static enum dc_status start(struct dc_engine *e, struct dc_job *j, uint32_t idx,
                            struct dc_err *err)
{
    struct dc_pool_trace *t;
    struct dc_trace_req req = {
        .prompt = j->prompt,
        .seed = e->cfg->seed,
        .stream = j->stream,
        .index = idx,
        .max_tokens = j->max_tokens,
        .sampling = e->cfg->sampling,
    };
    struct dc_live live = {.job = j};
    live.has_bar =
        !j->calibration && dc_stop_bar(&e->cfg->policy, &j->seen, &e->stop,
                                       &live.bar, &live.window);
    req.to_end = !live.has_bar;
    enum dc_status st = dc_pool_start(e->pool, &req, NULL, &t, err);
    if (st)
        return st;
    e->live[t->slot] = live;
    t->tag = &e->live[t->slot];
    j->state[idx] = DC_TRACE_RUNNING;
    return DC_OK;
}

static enum dc_status fill(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    while (!st && dc_pool_n_free(e->pool) > 0) {
        struct dc_job *j;
        uint32_t idx;
        if (!next_trace(e, &j, &idx, &st, err))
            break;
        st = start(e, j, idx, err);
    }
    return st;
}

/* ---- what came ---- */

static void close_job(struct dc_engine *e, struct dc_job *j)
{
    e->ops->prompt_close(e->backend, j->prompt);
    j->prompt = NULL;
    dc_job_close(j);
    for (size_t i = 0; i < e->n_active; i++) {
        if (e->active[i] != j)
            continue;
        memmove(&e->active[i], &e->active[i + 1],
                (--e->n_active - i) * sizeof(struct dc_job *));
        return;
    }
}

static bool is_enough(void *arg, struct dc_pool_trace *t)
{
    const struct dc_live *l = t->tag;
    (void)arg;
    return l->has_bar && t->n_tok >= l->window &&
           dc_group_below(t->conf, t->n_tok, l->window, l->bar);
}

/* A server that takes a prompt for too long says so of its first traces. */
static bool is_refusal_of_prompt(const struct dc_engine *e,
                                 const struct dc_job *j,
                                 const struct dc_pool_trace *t)
{
    if (t->finish != DC_FINISH_CONTEXT || t->n_tok > 0)
        return false;
    for (unsigned i = 0; i < e->stop.max_traces; i++)
        if (j->state[i] == DC_TRACE_DONE)
            return false;
    return true;
}

static enum dc_status refuse_prompt(struct dc_engine *e, struct dc_job *j,
                                    struct dc_err *err)
{
    for (struct dc_pool_trace *t = dc_pool_next(e->pool, NULL), *next; t;
         t = next) {
        next = dc_pool_next(e->pool, t);
        if (((const struct dc_live *)t->tag)->job == j)
            dc_pool_cancel(e->pool, t);
    }
    return dc_engine_refuse_prompt(e, j, err);
}

/*
 * A server would give another trace if this one were lost with the session. So
 * before its request goes out the run file says that it was begun; one that the
 * server took nothing of was not.
 */
static enum dc_status say_sent(void *arg, struct dc_pool_trace *t,
                               struct dc_err *err)
{
    struct dc_engine *e = arg;
    const struct dc_job *j = ((const struct dc_live *)t->tag)->job;
    const struct dc_flight_row f = {.prompt = j->ord,
                                    .idx = t->index,
                                    .begun = j->begun[t->index] + t->attempt -
                                             !t->out};
    enum dc_status st = open_transaction(e, err);
    e->sends = e->sends || t->out;
    if (st)
        return st;
    return f.begun > 0 ? dc_store_flight_put(e->store, &f, err)
                       : dc_store_flight_end(e->store, f.prompt, f.idx, err);
}

static enum dc_status take_trace(void *arg, struct dc_pool_trace *t,
                                 struct dc_err *err)
{
    struct dc_engine *e = arg;
    struct dc_job *j = ((struct dc_live *)t->tag)->job;
    enum dc_status st = open_transaction(e, err);
    if (!st)
        st = dc_engine_add_endpoints(e, err);
    if (!st && is_refusal_of_prompt(e, j, t))
        st = refuse_prompt(e, j, err);
    else if (!st)
        st = dc_engine_finish_trace(e, t, err);
    e->n_unsynced++;
    if (!st && !j->decided)
        st = dc_engine_ask(e, j, err);
    if (!st && j->decided && j->prompt)
        close_job(e, j);
    return st;
}

static void tell(struct dc_engine *e)
{
    e->progress.seconds = (dc_clock_ms() - e->t0) / 1000;
    e->progress.calibrating = e->n_calibration > 0 && !e->stop.has_threshold;
    if (e->pool) {
        e->progress.n_tok = dc_pool_n_tok(e->pool);
        e->progress.n_running = dc_pool_n_busy(e->pool);
    }
    if (e->ops->traffic)
        e->ops->traffic(e->backend, &e->progress.traffic);
    if (e->cfg->progress)
        e->cfg->progress(e->cfg->progress_arg, &e->progress);
}

static enum dc_status advance(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = dc_pool_poll(e->pool, err);
    if (!st && e->unsynced && commit_is_due(e))
        st = commit(e, err);
    else if (!st && e->sends)
        st = close_transaction(e, err);
    e->sends = false;
    return st;
}

/* Once nothing is left to do before the threshold, find it. */
static enum dc_status calibrate(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = open_transaction(e, err);
    if (!st)
        st = dc_engine_calibrate(e, err);
    return st ? st : commit(e, err);
}

static enum dc_status interrupted(const struct dc_engine *e, struct dc_err *err)
{
    return dc_fail(err, DC_INTERRUPTED,
                   "interrupted; %zu of %zu prompt%s %s decided, and "
                   "%zu finished trace%s %s kept. The same command goes "
                   "on from there.",
                   e->progress.n_decided, e->n_job, dc_plural(e->n_job),
                   dc_are(e->progress.n_decided), e->progress.n_trace,
                   dc_plural(e->progress.n_trace), dc_are(e->progress.n_trace));
}

/* Traces that wait to be sent, to a server that has enough to do or is away. */
static void give_up_waiting(struct dc_engine *e)
{
    for (struct dc_pool_trace *t = dc_pool_next(e->pool, NULL), *next; t;
         t = next) {
        next = dc_pool_next(e->pool, t);
        if (t->out)
            continue;
        ((struct dc_live *)t->tag)->job->state[t->index] = DC_TRACE_NEW;
        dc_pool_cancel(e->pool, t);
        e->progress.n_given_up++;
    }
}

/* After a signal; false: nothing is waited for (any more). */
static bool drain(struct dc_engine *e, int signals)
{
    if (signals > 1 || e->ops->info(e->backend)->caps.repeatable)
        return false;
    give_up_waiting(e);
    if (dc_pool_n_busy(e->pool) > 0 && !e->progress.draining) {
        e->progress.draining = true;
        tell(e); /* at once: the next poll may take a while */
    }
    return dc_pool_n_busy(e->pool) > 0;
}

static enum dc_status loop(struct dc_engine *e, struct dc_err *err)
{
    for (;;) {
        enum dc_status st = DC_OK;
        int signals = e->cfg->interrupt ? atomic_load(e->cfg->interrupt) : 0;
        /* a signal that comes when all is decided ends nothing */
        if (signals == 0 || e->progress.n_decided == e->n_job)
            st = fill(e, err);
        else if (!drain(e, signals))
            return interrupted(e, err);
        if (!st && dc_pool_n_busy(e->pool) > 0)
            st = advance(e, err);
        else if (!st && e->n_calibration > 0 && !e->stop.has_threshold)
            st = calibrate(e, err);
        else if (!st)
            return commit(e, err);
        if (st)
            return st;
        tell(e);
    }
}

/* ---- life ---- */

/* As many slots as the run can fill. */
static void choose_slots(struct dc_engine *e, size_t todo)
{
    unsigned usual = dc_pool_usual_slots(&e->ops->info(e->backend)->caps);
    e->n_slots = e->cfg->n_slots ? e->cfg->n_slots : usual;
    if (e->n_slots > todo * e->stop.max_traces)
        e->n_slots = (unsigned)(todo * e->stop.max_traces);
}

static enum dc_status add_segment(struct dc_engine *e, struct dc_err *err)
{
    const struct dc_backend_info *info = e->ops->info(e->backend);
    char started[32];
    dc_clock_utc(started);
    e->segment = (struct dc_segment_row){
        .started = dc_arena_strdup(&e->arena, started),
        .version = DC_VERSION,
        .library = info->version,
        .host = dc_arena_printf(&e->arena, "confidence kernel %s",
                                dc_logits_simd_name()),
        .n_slots = e->n_slots,
        .n_threads = e->cfg->n_threads,
    };
    enum dc_status st =
        dc_store_segment_add(e->store, &e->segment, &e->segment.id, err);
    e->recorder.segment = e->segment.id;
    return st;
}

/* The numbers of texts go on behind those of earlier sessions. */
static enum dc_status know_pieces(struct dc_engine *e, struct dc_err *err)
{
    const struct dc_backend_info *info = e->ops->info(e->backend);
    if (info->caps.vocabulary) {
        e->has_piece = dc_xcalloc(info->n_vocab / 8 + 1, 1);
        return DC_OK;
    }
    e->piece_ids = dc_piece_ids_create();
    return dc_piece_ids_read(e->piece_ids, e->store, err);
}

static enum dc_status begin(struct dc_engine *e, struct dc_err *err)
{
    const struct dc_backend_info *info = e->ops->info(e->backend);
    size_t need = 1, todo = 0;
    for (size_t i = 0; i < e->n_job; i++) {
        const struct dc_job *j = &e->job[i];
        if (j->decided || j->problem)
            continue;
        todo++;
        if (j->n_tok > need)
            need = j->n_tok;
    }
    need += e->cfg->max_tokens;
    choose_slots(e, todo);
    if (e->n_slots == 0)
        return DC_OK;
    e->live = dc_xcalloc(e->n_slots, sizeof *e->live);
    e->active = dc_xcalloc(e->n_slots + 1, sizeof(struct dc_job *));
    const struct dc_pool_cfg pool = {
        .ops = e->ops,
        .backend = e->backend,
        .n_slots = e->n_slots,
        .n_ctx = info->caps.counts_prompt && need < e->n_ctx ? (unsigned)need
                                                             : e->n_ctx,
        .n_top = e->cfg->n_top,
        .enough = is_enough,
        .moved = say_sent,
        .ended = take_trace,
        .arg = e,
    };
    double t = dc_clock_ms();
    enum dc_status st = know_pieces(e, err);
    if (!st)
        st = dc_pool_open(&pool, &e->pool, err);
    if (st)
        return st;
    e->t0 += dc_clock_ms() - t; /* as loading the weights: not the run's time */
    st = dc_engine_add_endpoints(e, err);
    if (!st)
        st = add_segment(e, err);
    if (!st && e->n_endpoint > 0)
        st = dc_store_wait_for_disk(e->store, false, err);
    return st;
}

static void release(struct dc_engine *e)
{
    dc_pool_close(e->pool);
    for (size_t i = 0; i < e->n_job; i++) {
        if (e->job[i].prompt)
            e->ops->prompt_close(e->backend, e->job[i].prompt);
        dc_job_close(&e->job[i]);
    }
    free(e->job);
    free(e->live);
    free(e->active);
    free(e->has_piece);
    free(e->endpoint);
    dc_piece_ids_free(e->piece_ids);
    dc_arena_release(&e->arena);
}

enum dc_status dc_run(const struct dc_run_cfg *cfg, const struct dc_dataset *d,
                      const struct dc_backend_ops *ops, struct dc_backend *b,
                      struct dc_store *store, struct dc_err *err)
{
    struct dc_engine e = {
        .cfg = cfg,
        .ops = ops,
        .backend = b,
        .store = store,
        .data = d,
        .stop = cfg->stop,
        .parts = ops->info(b)->caps.parts,
        .t0 = dc_clock_ms(),
    };
    dc_arena_init(&e.arena);
    enum dc_status st = dc_stop_check(&cfg->stop, err);
    if (!st)
        st = dc_engine_setup(&e, err);
    if (!st)
        st = begin(&e, err);
    if (!st && e.n_slots > 0)
        st = loop(&e, err);
    st = end_transaction(&e, st, err);
    /* a store that just failed would only keep the user waiting */
    if (e.segment.id > 0 && st != DC_STORE && st != DC_IO) {
        update_segment(&e);
        enum dc_status late =
            dc_store_segment_update(store, &e.segment, st ? NULL : err);
        st = st ? st : late;
    }
    tell(&e);
    release(&e);
    return st;
}
