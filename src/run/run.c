/*
 * run.c - the loop of the engine.
 *
 *   fill    give each free slot the next trace that is certainly needed: of the
 *           jobs in work first, then of the next prompt
 *   step    the backend advances every slot by a token
 *   take    finished traces are judged, measured and written
 *   ask     the policies of the prompts they belong to are asked
 *   commit  one transaction holds what the step brought
 *
 * No trace is started that its policy might turn out not to need, so stopping
 * early wastes nothing. Cancelled are a trace whose confidence fell below the
 * policy's bar, and what is busy when the run ends by an error or a signal.
 */
#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "run/engine.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_DEFAULT = 16, MAX_TEXT = 64 << 20 };

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

static enum dc_status start(struct dc_engine *e, unsigned slot,
                            struct dc_job *j, uint32_t idx, struct dc_err *err)
{
    struct dc_live *l = &e->live[slot];
    struct dc_trace_req req = {
        .prompt = j->prompt,
        .seed = e->cfg->seed,
        .stream = j->stream,
        .index = idx,
        .max_tokens = j->max_tokens,
        .sampling = e->cfg->sampling,
    };
    enum dc_status st = e->ops->start(e->backend, slot, &req, err);
    if (st)
        return st;
    l->job = j;
    l->busy = true;
    l->idx = idx;
    l->n_tok = 0;
    l->ms = 0;
    dc_buf_clear(&l->text);
    l->has_bar = !j->calibration && dc_stop_bar(&e->cfg->policy, &j->seen,
                                                &e->stop, &l->bar, &l->window);
    j->state[idx] = DC_TRACE_RUNNING;
    e->n_busy++;
    return DC_OK;
}

static enum dc_status fill(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (unsigned s = 0; s < e->n_slots && !st; s++) {
        struct dc_job *j;
        uint32_t idx;
        if (e->live[s].job)
            continue;
        if (!next_trace(e, &j, &idx, &st, err))
            break;
        st = start(e, s, j, idx, err);
    }
    return st;
}

/* ---- what a step brought ---- */

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

static enum dc_status end_trace(struct dc_engine *e, struct dc_live *l,
                                const struct dc_ending *how, struct dc_err *err)
{
    struct dc_job *j = l->job;
    enum dc_status st = dc_engine_finish_trace(e, l, how, err);
    l->job = NULL;
    e->n_busy--;
    if (!st && !j->decided)
        st = dc_engine_ask(e, j, err);
    if (!st && j->decided && j->prompt)
        close_job(e, j);
    return st;
}

/* The token's list of top log-probabilities, filled up if it is shorter. */
static void add_top(const struct dc_engine *e, const struct dc_live *l,
                    const struct dc_step_event *ev)
{
    size_t n = e->cfg->n_top;
    assert(ev->n_top <= n);
    for (size_t i = 0; i < n; i++)
        l->top[l->n_tok * n + i] =
            i < ev->n_top ? ev->top[i] : (struct dc_top_logprob){-1, NAN};
}

static void add_token(struct dc_engine *e, struct dc_live *l,
                      const struct dc_step_event *ev)
{
    assert(l->n_tok < l->job->max_tokens);
    dc_buf_add(&l->text, ev->piece, ev->n_piece);
    l->end[l->n_tok] = l->text.n;
    l->conf[l->n_tok] = ev->token.conf;
    add_top(e, l, ev);
    l->tok[l->n_tok++] = ev->token;
    e->progress.n_tok++;
}

/* How the event ends its trace; .finish is DC_FINISH_NONE if it does not. */
static struct dc_ending ending_of(const struct dc_engine *e,
                                  const struct dc_live *l,
                                  const struct dc_step_event *ev)
{
    struct dc_ending how = {.finish = ev->finish};
    if (ev->has_token && l->has_bar && l->n_tok >= l->window &&
        dc_group_below(l->conf, l->n_tok, l->window, l->bar))
        how = (struct dc_ending){DC_FINISH_LENGTH, DC_CUT_CONFIDENCE};
    else if (ev->finish == DC_FINISH_LENGTH && l->n_tok < e->cfg->max_tokens)
        how.cut = DC_CUT_WINDOW;
    return how;
}

static void cancel(struct dc_engine *e, unsigned slot)
{
    if (e->live[slot].busy)
        e->ops->cancel(e->backend, slot);
    e->live[slot].busy = false;
}

/* The slots of traces that ended in this step are free, whatever comes of
 * writing them. */
static void note_free_slots(struct dc_engine *e, size_t n_ev)
{
    for (size_t i = 0; i < n_ev; i++)
        if (e->event[i].finish != DC_FINISH_NONE)
            e->live[e->event[i].slot].busy = false;
}

static enum dc_status take(struct dc_engine *e, size_t n_ev, double ms,
                           bool *ended, struct dc_err *err)
{
    note_free_slots(e, n_ev);
    for (size_t i = 0; i < n_ev; i++) {
        const struct dc_step_event *ev = &e->event[i];
        struct dc_live *l = &e->live[ev->slot];
        assert(l->job);
        l->ms += ms / (double)n_ev;
        if (ev->has_token)
            add_token(e, l, ev);
        const struct dc_ending how = ending_of(e, l, ev);
        if (how.finish == DC_FINISH_NONE)
            continue;
        cancel(e, ev->slot);
        if (!*ended) {
            enum dc_status st = dc_store_begin(e->store, err);
            if (st)
                return st;
            *ended = true;
        }
        enum dc_status st = end_trace(e, l, &how, err);
        if (st)
            return st;
    }
    return DC_OK;
}

static void update_segment(struct dc_engine *e)
{
    struct dc_backend_times t = {0};
    if (e->ops->times)
        e->ops->times(e->backend, &t);
    e->segment.wall_ms = dc_clock_ms() - e->t0;
    e->segment.decode_ms = t.decode_ms;
    e->segment.prefill_ms = t.prefill_ms;
}

static void tell(struct dc_engine *e)
{
    e->progress.seconds = (dc_clock_ms() - e->t0) / 1000;
    e->progress.calibrating = e->n_calibration > 0 && !e->stop.has_threshold;
    if (e->cfg->progress)
        e->cfg->progress(e->cfg->progress_arg, &e->progress);
}

static enum dc_status commit(struct dc_engine *e, struct dc_err *err)
{
    update_segment(e);
    enum dc_status st = dc_store_segment_update(e->store, &e->segment, err);
    return st ? st : dc_store_commit(e->store, err);
}

static enum dc_status step(struct dc_engine *e, struct dc_err *err)
{
    size_t n_ev = 0;
    bool ended = false;
    double t = dc_clock_ms();
    enum dc_status st = e->ops->step(e->backend, e->event, &n_ev, err);
    if (st)
        return st;
    st = take(e, n_ev, dc_clock_ms() - t, &ended, err);
    if (!st && ended)
        st = commit(e, err);
    if (st && ended)
        dc_store_rollback(e->store);
    return st;
}

/* Once nothing is left to do before the threshold, find it. */
static enum dc_status calibrate(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = dc_store_begin(e->store, err);
    if (st)
        return st;
    st = dc_engine_calibrate(e, err);
    if (!st)
        st = dc_store_commit(e->store, err);
    if (st)
        dc_store_rollback(e->store);
    return st;
}

static enum dc_status loop(struct dc_engine *e, struct dc_err *err)
{
    for (;;) {
        if (e->cfg->interrupt && atomic_load(e->cfg->interrupt))
            return dc_fail(err, DC_INTERRUPTED,
                           "interrupted; %zu of %zu prompts are decided, and "
                           "%zu finished trace%s kept. The same command goes "
                           "on from there.",
                           e->progress.n_decided, e->n_job, e->progress.n_trace,
                           e->progress.n_trace == 1 ? " is" : "s are");
        enum dc_status st = fill(e, err);
        if (!st && e->n_busy > 0)
            st = step(e, err);
        else if (!st && e->n_calibration > 0 && !e->stop.has_threshold)
            st = calibrate(e, err);
        else if (!st)
            return DC_OK;
        if (st)
            return st;
        tell(e);
    }
}

/* ---- life ---- */

static enum dc_status begin(struct dc_engine *e, struct dc_err *err)
{
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
    unsigned n_ctx = need < e->n_ctx ? (unsigned)need : e->n_ctx;
    e->n_slots = e->cfg->n_slots ? e->cfg->n_slots : SLOTS_DEFAULT;
    if (e->n_slots > todo * e->stop.max_traces)
        e->n_slots = (unsigned)(todo * e->stop.max_traces);
    if (e->n_slots == 0)
        return DC_OK;
    e->live = dc_xcalloc(e->n_slots, sizeof *e->live);
    e->event = dc_xcalloc(e->n_slots, sizeof *e->event);
    e->active = dc_xcalloc(e->n_slots + 1, sizeof(struct dc_job *));
    for (unsigned i = 0; i < e->n_slots; i++) {
        dc_buf_init(&e->live[i].text, MAX_TEXT);
        unsigned n = e->cfg->max_tokens;
        e->live[i].tok = dc_xcalloc(n, sizeof *e->live->tok);
        e->live[i].end = dc_xcalloc(n, sizeof *e->live->end);
        e->live[i].conf = dc_xcalloc(n, sizeof *e->live->conf);
        if (e->cfg->n_top > 0)
            e->live[i].top =
                dc_xcalloc((size_t)n * e->cfg->n_top, sizeof *e->live->top);
    }
    e->has_piece = dc_xcalloc(e->ops->info(e->backend)->n_vocab / 8 + 1, 1);
    double t = dc_clock_ms();
    enum dc_status st = e->ops->begin(e->backend, e->n_slots, n_ctx, err);
    if (st)
        return st;
    e->t0 += dc_clock_ms() - t; /* as loading the weights: not the run's time */
    char started[32];
    dc_clock_utc(started);
    const struct dc_backend_info *info = e->ops->info(e->backend);
    e->segment = (struct dc_segment_row){
        .started = dc_arena_strdup(&e->arena, started),
        .version = DC_VERSION,
        .library = info->version,
        .host = dc_arena_printf(&e->arena, "confidence kernel %s",
                                dc_logits_simd_name()),
        .n_slots = e->n_slots,
        .n_threads = e->cfg->n_threads,
    };
    st = dc_store_segment_add(e->store, &e->segment, &e->segment.id, err);
    e->recorder.segment = e->segment.id;
    return st;
}

static void release(struct dc_engine *e)
{
    for (unsigned i = 0; i < e->n_slots && e->live; i++) {
        cancel(e, i);
        dc_buf_release(&e->live[i].text);
        free(e->live[i].tok);
        free(e->live[i].end);
        free(e->live[i].conf);
        free(e->live[i].top);
    }
    for (size_t i = 0; i < e->n_job; i++) {
        if (e->job[i].prompt)
            e->ops->prompt_close(e->backend, e->job[i].prompt);
        dc_job_close(&e->job[i]);
    }
    free(e->job);
    free(e->live);
    free(e->event);
    free(e->active);
    free(e->has_piece);
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
