/*
 * plan_draw.c - plan_draw.h.
 *
 * The sample is a run of its own under `fixed`, into a store in memory; the
 * policy is then replayed on it, so that both costs are of the same traces.
 */
#include "cli/plan_draw.h"

#include "base/mem.h"
#include "cli/interrupt.h"
#include "cli/run_source.h"
#include "replay/plan.h"
#include "replay/replay.h"
#include "store/store.h"

#include <string.h>

/* ---- how fast ---- */

/*
 * Looks on from the progress of the sample's run. Its last traces leave more
 * and more slots empty, which a whole run does for a moment at its end: the
 * speed is that up to the last time that nearly all were in use.
 */
struct drawn_watch {
    struct dc_progress *prog;
    struct dc_run_progress last;
    unsigned most; /* traces side by side */
    uint64_t n_tok;
    double seconds;
};

static void drawn_look(void *arg, const struct dc_run_progress *now)
{
    struct drawn_watch *w = arg;
    w->last = *now;
    w->last.draining = false; /* nothing is waited for: dc_interrupt_guard() */
    dc_progress_tell(w->prog, &w->last);
    if (now->n_running > w->most)
        w->most = now->n_running;
    if (10 * (uint64_t)now->n_running < 9 * (uint64_t)w->most)
        return;
    w->n_tok = now->n_tok;
    w->seconds = now->seconds;
}

/* Where most tokens came while slots were empty there is no better figure. */
static double drawn_rate(const struct drawn_watch *w)
{
    const struct dc_run_progress *l = &w->last;
    if (w->n_tok > l->n_tok / 2 && w->seconds > 0)
        return (double)w->n_tok / w->seconds;
    return l->seconds > 0 ? (double)l->n_tok / l->seconds : 0;
}

/* ---- the run of the sample ---- */

static void drawn_pick(const struct dc_run_plan *p, const struct dc_dataset *d,
                       struct dc_drawn *out, struct dc_dataset *sample)
{
    size_t m = out->n;
    size_t *pick = dc_arena_array(&out->arena, m, sizeof *pick);
    dc_plan_pick(d->n, m, p->run.seed, pick);
    *sample = *d;
    sample->item = dc_arena_array(&out->arena, m, sizeof *sample->item);
    for (size_t i = 0; i < m; i++)
        sample->item[i] = d->item[pick[i]];
    sample->n = sample->n_whole = m;
}

static void drawn_source(const struct dc_run_plan *p, struct dc_backend *b,
                         struct dc_drawn *out)
{
    const struct dc_backend_info *i = p->ops->info(b);
    out->served = i->n_endpoint > 0;
    out->repeatable = i->caps.repeatable;
    out->model = dc_arena_strdup(&out->arena, i->model_name);
    out->desc = dc_arena_strdup(&out->arena, i->model_desc);
    out->backend = i->name;
}

static enum dc_status drawn_run(struct dc_run_plan *p,
                                const struct dc_dataset *sample,
                                struct dc_store *store,
                                struct dc_progress *prog, struct dc_drawn *out,
                                struct dc_err *err)
{
    struct drawn_watch w = {.prog = prog};
    struct dc_backend *b = NULL;
    const atomic_int *interrupt = dc_interrupt_guard();
    enum dc_status st = dc_run_source_open(p, prog, &b, err);
    if (st)
        return st;
    struct dc_run_cfg c = p->run;
    c.shards = NULL;
    c.progress = drawn_look;
    c.progress_arg = &w;
    c.interrupt = interrupt;
    st = dc_stop_parse("fixed", &c.policy, err);
    drawn_source(p, b, out);
    if (!st)
        st = dc_run(&c, sample, p->ops, b, store, err);
    p->ops->close(b);
    out->n_trace = w.last.n_trace;
    out->n_tok = w.last.n_tok;
    out->seconds = w.last.seconds;
    out->rate = drawn_rate(&w);
    out->traffic = w.last.traffic;
    if (st == DC_INTERRUPTED)
        return dc_fail(err, st, "interrupted; a plan keeps nothing");
    return st;
}

/* ---- what it cost ---- */

static enum dc_status drawn_prompt(void *arg, const struct dc_prompt_row *p,
                                   struct dc_err *err)
{
    struct dc_drawn *out = arg;
    struct dc_drawn_cost *full = &out->full[p->ord];
    (void)err;
    full->in = p->has_n_tok ? (double)p->n_tok : 0;
    out->n_cannot += p->problem != NULL;
    out->has_in = out->has_in && (p->problem || (p->has_n_tok && p->n_tok > 0));
    return DC_OK;
}

static void drawn_costs(const struct dc_record *r, struct dc_replay *policy,
                        struct dc_drawn *out)
{
    for (size_t i = 0; i < out->n; i++) {
        const struct dc_record_prompt *q = &r->prompt[i];
        struct dc_drawn_cost *full = &out->full[i], *early = &out->early[i];
        double prompt = full->in;
        struct dc_outcome o;
        if (q->problem) {
            *full = *early = (struct dc_drawn_cost){0};
            continue;
        }
        dc_replay_prompt(policy, i, NULL, &o);
        full->traces = q->n_trace;
        for (size_t t = q->first; t < q->first + q->n_trace; t++)
            full->out += r->trace[t].n_tok;
        early->traces = o.n_trace;
        early->out = (double)o.n_tok;
        full->in = prompt * (out->served ? full->traces : 1);
        early->in = prompt * (out->served ? early->traces : 1);
    }
}

static enum dc_status drawn_setting(const struct dc_run_plan *p,
                                    struct dc_setting *out, struct dc_err *err)
{
    const struct dc_run_cfg *c = &p->run;
    *out = dc_setting_default();
    out->min_traces = c->stop.min_traces;
    out->calibration = DC_CALIBRATION_CROSS;
    enum dc_status st =
        dc_setting_policy(out, c->policy.spec.text, c->measure.spec.text, err);
    return st ? st : dc_setting_vote(out, c->vote.spec.text, err);
}

static enum dc_status drawn_replay(const struct dc_run_plan *p,
                                   struct dc_store *store, struct dc_drawn *out,
                                   struct dc_err *err)
{
    struct dc_record_cfg c = {.n_column = 0};
    struct dc_replay *policy = NULL;
    struct dc_setting s;
    struct dc_run_view run;
    struct dc_record r;
    out->has_in = true;
    enum dc_status st = dc_run_view_open(store, 0, &run, err);
    if (!st)
        st = dc_store_each_prompt(store, drawn_prompt, out, err);
    if (!st)
        st = drawn_setting(p, &s, err);
    if (!st)
        st = dc_setting_want(&s, &c, err);
    if (!st)
        st = dc_record_read(&run, &c, &r, err);
    if (st)
        goto out;
    st = dc_replay_create(&r, &s, &policy, err);
    if (!st)
        drawn_costs(&r, policy, out);
    dc_replay_free(policy);
    dc_record_release(&r);
out:
    dc_run_view_close(&run);
    return st;
}

enum dc_status dc_drawn_make(struct dc_run_plan *p, const struct dc_dataset *d,
                             size_t m, struct dc_progress *prog,
                             struct dc_drawn *out, struct dc_err *err)
{
    struct dc_dataset sample;
    struct dc_store *store = NULL;
    *out = (struct dc_drawn){.n = m};
    dc_arena_init(&out->arena);
    out->full = dc_arena_array(&out->arena, m, sizeof *out->full);
    out->early = dc_arena_array(&out->arena, m, sizeof *out->early);
    memset(out->full, 0, m * sizeof *out->full);
    memset(out->early, 0, m * sizeof *out->early);
    drawn_pick(p, d, out, &sample);
    enum dc_status st = dc_store_open_memory("the plan", &store, err);
    if (st)
        return st;
    st = drawn_run(p, &sample, store, prog, out, err);
    if (!st)
        st = drawn_replay(p, store, out, err);
    dc_store_close(store);
    return st;
}

void dc_drawn_release(struct dc_drawn *d)
{
    dc_arena_release(&d->arena);
}
