/*
 * judge_traces.c - judges on the traces of a run file, one judge after the
 * other, each in batches of one transaction: what is committed is never judged
 * twice, and a batch in work is lost at most.
 */
#include "audit/audit.h"
#include "base/clock.h"
#include "base/judge_name.h"
#include "base/mem.h"
#include "base/plural.h"
#include "judging/judging.h"
#include "trace/recorder.h"

#include <inttypes.h>
#include <string.h>

struct batch {
    struct dc_arena arena; /* owns the texts */
    struct dc_response r[DC_JUDGE_BATCH];
    int64_t trace[DC_JUDGE_BATCH];
    size_t n;
};

struct work {
    struct dc_store *store;
    struct dc_judge *judge;
    const struct dc_judging_watch *watch;
    const atomic_int *interrupt;
    struct dc_job_progress now;
    struct batch batch;
    int64_t after; /* the last trace that was looked at */
    bool again_undetermined;
};

/* ---- what there is ---- */

struct census {
    const struct dc_judge *judge;
    int64_t n_same, n_open, n_other; /* n_open of n_same: undetermined */
    char other[DC_JUDGE_VERSION];    /* a version of n_other */
};

static enum dc_status count(void *arg, const struct dc_verdict_count_row *c,
                            struct dc_err *err)
{
    struct census *x = arg;
    (void)err;
    if (strcmp(c->judge, x->judge->label) != 0)
        return DC_OK;
    if (!strcmp(c->version, x->judge->version)) {
        x->n_same += c->n;
        if (!strcmp(c->verdict, dc_verdict_name(DC_VERDICT_UNDETERMINED)))
            x->n_open += c->n;
    } else {
        x->n_other += c->n;
        snprintf(x->other, sizeof x->other, "%s", c->version);
    }
    return DC_OK;
}

/* Under which of the judge's names the file has verdicts, if under any. */
struct names {
    const char *label;
    char other[DC_JUDGE_LABEL]; /* another name that it has had; "": none */
    bool found;
};

static enum dc_status see_name(void *arg, const struct dc_verdict_count_row *c,
                               struct dc_err *err)
{
    struct names *x = arg;
    (void)err;
    if (!strcmp(c->judge, x->label))
        x->found = true;
    else if (dc_judge_name_same(c->judge, x->label))
        snprintf(x->other, sizeof x->other, "%s", c->judge);
    return DC_OK;
}

static enum dc_status take_name(struct work *w, struct dc_err *err)
{
    struct names x = {.label = w->judge->label};
    enum dc_status st =
        dc_store_each_verdict_count(w->store, see_name, &x, err);
    if (!st && !x.found && x.other[0])
        dc_judge_take_name(w->judge, x.other);
    return st;
}

static enum dc_status check_own(struct dc_store *s, const struct census *x,
                                struct dc_err *err)
{
    struct dc_arena a;
    struct dc_audit_config c;
    dc_arena_init(&a);
    enum dc_status st = dc_audit_config_read(s, &a, &c, err);
    if (!st && x->n_other > 0 && !strcmp(c.judge, x->judge->label))
        st = dc_fail(err, DC_USAGE,
                     "%s is the run's own judge, in version %.90s, and its "
                     "decisions rest on those verdicts; this is version "
                     "%.90s. They can't be replaced: %s",
                     x->judge->label, x->other, x->judge->version,
                     dc_judge_keeps(x->judge->ops, x->other)
                         ? "--judge NAME=VERSION asks that version"
                         : "make a new run");
    dc_arena_release(&a);
    return st;
}

static enum dc_status take_stock(struct work *w,
                                 const struct dc_judging_traces *how,
                                 struct dc_err *err)
{
    struct census x = {.judge = w->judge};
    int64_t n_all = 0;
    enum dc_status st = dc_store_each_verdict_count(w->store, count, &x, err);
    if (!st)
        st = dc_store_count_traces(w->store, &n_all, err);
    if (!st)
        st = check_own(w->store, &x, err);
    if (!st && x.n_other > 0 && !how->again)
        st = dc_fail(err, DC_USAGE,
                     "%s: %" PRId64 " verdict%s by %s of version %.90s, and "
                     "this is version %.90s: --again replaces them",
                     dc_store_path(w->store), x.n_other,
                     dc_plural((uint64_t)x.n_other), w->judge->label, x.other,
                     w->judge->version);
    w->again_undetermined = how->again_undetermined;
    if (how->again_undetermined)
        x.n_same -= x.n_open;
    w->now = (struct dc_job_progress){
        .what = w->judge->label,
        .unit = "trace",
        .n = (uint64_t)x.n_same,
        .n_before = (uint64_t)x.n_same,
        .n_all = (uint64_t)n_all,
    };
    if (n_all > 0)
        w->now.share_before = (double)x.n_same / (double)n_all;
    return st;
}

/* ---- a batch ---- */

static enum dc_status take_trace(void *arg, const struct dc_unjudged_row *t,
                                 struct dc_err *err)
{
    struct work *w = arg;
    struct batch *b = &w->batch;
    struct dc_response *r = &b->r[b->n];
    (void)err;
    *r = (struct dc_response){
        .text = dc_arena_strndup(&b->arena, t->text, t->n_text),
        .n = t->n_text,
        .finish = t->finish,
        .has_answer = t->has_answer,
        .answer_off = (size_t)t->answer_off,
        .prompt = dc_arena_strndup(&b->arena, t->prompt_text, t->n_prompt_text),
        .n_prompt = t->n_prompt_text,
        .cut = t->cut == DC_CUT_CONFIDENCE,
    };
    b->trace[b->n++] = t->trace;
    w->after = t->trace;
    return DC_OK;
}

static enum dc_status put(struct work *w, size_t i,
                          const struct dc_judgement *j, struct dc_err *err)
{
    const struct dc_verdict_row v = dc_verdict_row_of(w->judge, j);
    return dc_store_verdict_put(w->store, w->batch.trace[i], w->batch.r[i].n,
                                &v, err);
}

static enum dc_status put_batch(struct work *w, const struct dc_judgement *out,
                                struct dc_err *err)
{
    enum dc_status st = dc_store_begin(w->store, err);
    if (st)
        return st;
    for (size_t i = 0; i < w->batch.n && !st; i++)
        st = put(w, i, &out[i], err);
    if (!st)
        st = dc_store_commit(w->store, err);
    if (st)
        dc_store_rollback(w->store);
    return st;
}

/* Read, judge and write a batch of traces. */
static enum dc_status do_batch(struct work *w, struct dc_err *err)
{
    struct dc_judgement out[DC_JUDGE_BATCH];
    const struct dc_unjudged_cfg c = {
        .judge = w->judge->label,
        .version = w->judge->version,
        .after = w->after,
        .limit = (int64_t)w->judge->batch,
        .undetermined = w->again_undetermined,
    };
    dc_arena_init(&w->batch.arena);
    w->batch.n = 0;
    enum dc_status st =
        dc_store_each_unjudged(w->store, &c, take_trace, w, err);
    if (!st && w->batch.n > 0)
        st = dc_judge_traces(w->judge, w->batch.r, w->batch.n, out, err);
    if (!st && w->batch.n > 0)
        st = put_batch(w, out, err);
    dc_arena_release(&w->batch.arena);
    return st;
}

static enum dc_status interrupted(const struct work *w, struct dc_err *err)
{
    return dc_fail(err, DC_INTERRUPTED,
                   "interrupted: %s has judged %" PRIu64 " of %" PRIu64
                   " traces; the same command goes on",
                   w->judge->label, w->now.n, w->now.n_all);
}

/* The judge can't go on: what it was, and that nothing is lost. */
static enum dc_status gave_up(const struct work *w, struct dc_err *err)
{
    const struct dc_err why = *err;
    return dc_fail(err, DC_BACKEND,
                   "%s. %s has judged %" PRIu64 " of %" PRIu64
                   " traces; the same command goes on",
                   why.msg, w->judge->label, w->now.n, w->now.n_all);
}

static enum dc_status judge_all(struct work *w, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    double start = dc_clock_ms();
    do {
        if (atomic_load(w->interrupt))
            return interrupted(w, err);
        st = do_batch(w, err);
        w->now.seconds = (dc_clock_ms() - start) / 1000;
        w->now.n += st ? 0 : w->batch.n;
        if (w->now.n_all > 0)
            w->now.share = (double)w->now.n / (double)w->now.n_all;
        w->watch->step(w->watch->arg, &w->now);
    } while (!st && w->batch.n > 0);
    return st == DC_BACKEND ? gave_up(w, err) : st;
}

/* ---- judges ---- */

static enum dc_status run_judge(struct work *w, size_t i,
                                const struct dc_judge_list *list,
                                const struct dc_judging_traces *how,
                                struct dc_err *err)
{
    const struct dc_judging_watch *watch = w->watch;
    char note[DC_JUDGE_LABEL + 32];
    w->after = INT64_MIN;
    snprintf(note, sizeof note, "opening the judge %s", list->label[i]);
    watch->note(watch->arg, note);
    enum dc_status st =
        dc_judge_open(list->spec[i], &list->cfg, &w->judge, err);
    if (st) {
        watch->ended(watch->arg, NULL);
        return dc_err_prefix(err, st, "--judge");
    }
    watch->opened(watch->arg, w->judge);
    st = take_name(w, err);
    if (!st)
        st = take_stock(w, how, err);
    if (!st)
        st = judge_all(w, err);
    watch->ended(watch->arg, st ? NULL : &w->now);
    watch->closing(watch->arg, w->judge);
    dc_judge_close(w->judge);
    return st;
}

enum dc_status dc_judging_traces(struct dc_store *s,
                                 const struct dc_judge_list *list,
                                 const struct dc_judging_traces *how,
                                 const struct dc_judging_watch *watch,
                                 struct dc_err *err)
{
    struct work w = {.store = s, .watch = watch};
    enum dc_status st = dc_audit_run(s, err);
    if (!st)
        w.interrupt = watch->interrupt(watch->arg);
    for (size_t i = 0; i < list->n && !st; i++)
        st = run_judge(&w, i, list, how, err);
    return st;
}
