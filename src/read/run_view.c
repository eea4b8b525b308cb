/*
 * run_view.c - opening a run, and the walk over its traces (run_view.h).
 */
#include "read/run_view.h"

#include "base/hash.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_MAX_PROMPT = 1 << 28 };

/* One copy of a text that many prompts have. A million prompts have a handful
 * of reasons, but for those that can't be run: a template may refuse each in
 * other words. */
static const char *run_word(struct dc_run_view *r, const char *text)
{
    for (size_t i = 0; i < r->n_word; i++)
        if (!strcmp(r->word[i], text))
            return r->word[i];
    const char *s = dc_arena_strdup(&r->arena, text);
    if (r->n_word < DC_COUNT(r->word))
        r->word[r->n_word++] = s;
    return s;
}

static const struct dc_prompt_field *run_fields(struct dc_arena *a,
                                                const struct dc_prompt_row *p)
{
    struct dc_prompt_field *f = dc_arena_array(a, p->n_field, sizeof *f);
    for (size_t i = 0; i < p->n_field; i++)
        f[i] = (struct dc_prompt_field){dc_arena_strdup(a, p->field[i].name),
                                        dc_arena_strdup(a, p->field[i].value)};
    return f;
}

static enum dc_status run_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct dc_run_view *r = arg;
    if (p->ord != (int64_t)r->n_prompt || r->n_prompt >= RUN_MAX_PROMPT)
        return dc_store_damaged(r->store, err,
                                "prompt %" PRId64 " stands where %zu was "
                                "expected",
                                p->ord, r->n_prompt);
    if (r->n_prompt == r->cap_prompt) {
        r->cap_prompt = r->cap_prompt ? 2 * r->cap_prompt : 256;
        r->prompt = dc_xrealloc(r->prompt, r->cap_prompt, sizeof *r->prompt);
    }
    struct dc_run_prompt *q = &r->prompt[r->n_prompt++];
    *q = (struct dc_run_prompt){
        .id = dc_arena_strdup(&r->arena, p->id),
        .stream = dc_hash64(p->id, strlen(p->id)),
        .category = p->category ? run_word(r, p->category) : NULL,
        .gold = p->gold,
        .problem = p->problem != NULL,
    };
    if (!(r->what & DC_RUN_FIELDS))
        return DC_OK;
    q->field = run_fields(&r->arena, p);
    q->n_field = p->n_field;
    return DC_OK;
}

static enum dc_status run_outside(const struct dc_run_view *r, const char *what,
                                  int64_t ord, struct dc_err *err)
{
    return dc_store_damaged(r->store, err,
                            "a %s belongs to prompt %" PRId64 ", of %zu", what,
                            ord, r->n_prompt);
}

static enum dc_status run_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct dc_run_view *r = arg;
    if (d->prompt < 0 || (uint64_t)d->prompt >= r->n_prompt)
        return run_outside(r, "decision", d->prompt, err);
    struct dc_run_prompt *p = &r->prompt[d->prompt];
    struct dc_run_vote *v = &r->own.vote[d->prompt];
    p->reason = run_word(r, d->reason);
    p->calibration = d->calibration;
    v->has = dc_verdict_parse(d->decision, &v->decision);
    v->says = (struct dc_tally){.n = (unsigned)d->n_trace,
                                .refusal = (unsigned)d->n_refusal,
                                .compliance = (unsigned)d->n_compliance,
                                .undetermined = (unsigned)d->n_undetermined};
    return DC_OK;
}

enum dc_status dc_run_view_open(struct dc_store *s, unsigned what,
                                struct dc_run_view *out, struct dc_err *err)
{
    *out = (struct dc_run_view){.store = s, .what = what};
    dc_arena_init(&out->arena);
    enum dc_status st =
        what & DC_RUN_AUDIT ? dc_audit_run(s, err) : dc_audit_begun(s, err);
    if (!st)
        st = dc_audit_config_read(s, &out->arena, &out->is, err);
    if (!st)
        st = dc_store_each_prompt(s, run_prompt, out, err);
    if (st)
        return st;
    out->own = (struct dc_run_votes){
        .judge = out->is.judge,
        .version = out->is.judge_version,
        .own = true,
        .vote = dc_xcalloc(out->n_prompt + 1, sizeof *out->own.vote),
    };
    return dc_store_each_decision(s, -1, run_decision, out, err);
}

void dc_run_view_close(struct dc_run_view *r)
{
    if (!r)
        return;
    dc_run_view_forget_votes(r);
    free(r->own.vote);
    free(r->prompt);
    dc_arena_release(&r->arena);
    *r = (struct dc_run_view){.store = NULL};
}

enum dc_status dc_run_view_load(const char *path, unsigned what,
                                struct dc_run_view *out, struct dc_err *err)
{
    struct dc_store *s = NULL;
    *out = (struct dc_run_view){.store = NULL};
    enum dc_status st = dc_store_open_ro(path, &s, err);
    if (st)
        return st;
    st = dc_store_begin(s, err);
    bool began = !st;
    if (!st)
        st = dc_run_view_open(s, what, out, err);
    out->store = s;
    out->began = began;
    return st;
}

void dc_run_view_unload(struct dc_run_view *r)
{
    if (r->began)
        dc_store_rollback(r->store);
    dc_store_close(r->store);
    dc_run_view_close(r);
}

/* ---- traces ---- */

struct run_walk {
    const struct dc_run_view *r;
    dc_run_trace_fn *fn;
    void *arg;
};

static enum dc_status run_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    const struct run_walk *w = arg;
    if (t->prompt < 0 || (uint64_t)t->prompt >= w->r->n_prompt)
        return run_outside(w->r, "trace", t->prompt, err);
    return w->fn(w->arg, &w->r->prompt[t->prompt], t, err);
}

enum dc_status dc_run_view_each(const struct dc_run_view *r, unsigned parts,
                                dc_run_trace_fn *fn, void *arg,
                                struct dc_err *err)
{
    struct run_walk w = {r, fn, arg};
    return dc_store_each_trace(r->store, -1, parts, run_trace, &w, err);
}

enum dc_status dc_run_view_each_of(const struct dc_run_view *r, size_t ord,
                                   unsigned parts, dc_run_trace_fn *fn,
                                   void *arg, struct dc_err *err)
{
    struct run_walk w = {r, fn, arg};
    return dc_store_each_trace(r->store, (int64_t)ord, parts, run_trace, &w,
                               err);
}

bool dc_run_view_decision(const struct dc_run_view *r,
                          const struct dc_run_votes *v, size_t ord,
                          struct dc_decision_row *out)
{
    const struct dc_run_prompt *p = &r->prompt[ord];
    const struct dc_run_vote *x = &v->vote[ord];
    if (!x->has)
        return false;
    *out = (struct dc_decision_row){
        .prompt = (int64_t)ord,
        .decision = dc_verdict_name(x->decision),
        .reason = p->reason,
        .calibration = p->calibration,
        .n_trace = x->says.n,
        .n_refusal = x->says.refusal,
        .n_compliance = x->says.compliance,
        .n_undetermined = x->says.undetermined,
    };
    return true;
}
