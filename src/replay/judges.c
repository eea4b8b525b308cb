/*
 * judges.c - rows from the run's judges, what they say from one walk over the
 * traces, and decisions as the run has them (judges.h).
 */
#include "replay/judges.h"

#include "audit/audit.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = 255 };

/* What all judges say: [judge][item], a verdict or NONE. */
struct says {
    uint8_t *of[DC_JUDGES_MAX];
    size_t n, cap;
};

static void release(struct says *s)
{
    for (size_t i = 0; i < DC_JUDGES_MAX; i++)
        free(s->of[i]);
}

/* ---- rows ---- */

/* They outlive the run. */
static struct dc_judges_row row_of(const struct dc_run_view *r,
                                   const struct dc_run_judge *x,
                                   struct dc_arena *a)
{
    struct dc_names reason = {.n = 0};
    struct dc_judges_row row = {
        .label = dc_arena_strdup(a, x->label),
        .version = x->other ? NULL : dc_arena_strdup(a, x->version),
        .own = x->own,
        .n = x->n,
        .has_decisions = dc_run_judge_decides(r, x),
    };
    memcpy(row.verdict, x->verdict, sizeof row.verdict);
    for (size_t i = 0; i < x->reason.n; i++)
        dc_names_add(&reason, a, x->reason.item[i].name, x->reason.item[i].n);
    row.reason = reason.item;
    row.n_reason = reason.n;
    return row;
}

static int own_first(const void *a, const void *b)
{
    const struct dc_judges_row *x = a, *y = b;
    return x->own != y->own ? (x->own ? -1 : 1) : strcmp(x->label, y->label);
}

static enum dc_status count_all(struct dc_run_view *r, struct dc_judges *j,
                                struct dc_err *err)
{
    enum dc_status st = dc_run_view_judges(r, err);
    if (st)
        return st;
    if (r->n_judge > DC_JUDGES_MAX)
        return dc_fail(err, DC_DATA,
                       "verdicts of more than %d judges in one run file",
                       (int)DC_JUDGES_MAX);
    j->row = dc_arena_array(&j->arena, DC_JUDGES_MAX, sizeof *j->row);
    j->n_trace = r->n_trace;
    for (size_t i = 0; i < r->n_judge; i++)
        j->row[j->n++] = row_of(r, &r->judge[i], &j->arena);
    if (j->n > 1)
        qsort(j->row, j->n, sizeof *j->row, own_first);
    return DC_OK;
}

/* ---- verdicts and decisions ---- */

static void make_room(struct says *s, size_t n_judge)
{
    if (s->n < s->cap)
        return;
    s->cap = s->cap ? 2 * s->cap : 1024;
    for (size_t k = 0; k < n_judge; k++)
        s->of[k] = dc_xrealloc(s->of[k], s->cap, 1);
}

struct walk {
    struct dc_judges *j;
    struct says *says;
};

static void count_decision(struct dc_judges_row *r, enum dc_gold gold,
                           enum dc_verdict v)
{
    struct dc_matrix *m = &r->matrix;
    bool refused = v == DC_VERDICT_REFUSAL;
    r->decision[v]++;
    if (!refused && v != DC_VERDICT_COMPLIANCE)
        return;
    if (gold == DC_GOLD_REFUSE)
        ++*(refused ? &m->tp : &m->fn);
    else if (gold == DC_GOLD_ANSWER)
        ++*(refused ? &m->fp : &m->tn);
}

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *p,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    enum dc_verdict v;
    (void)p;
    (void)err;
    make_room(w->says, w->j->n);
    for (size_t k = 0; k < w->j->n; k++)
        w->says->of[k][w->says->n] = dc_audit_verdict(t, w->j->row[k].label, &v)
                                         ? (uint8_t)v
                                         : (uint8_t)NONE;
    w->says->n++;
    return DC_OK;
}

/* Of judge k, what it decides on each decided prompt. */
static enum dc_status decide(struct dc_run_view *r, struct dc_judges *j,
                             size_t k, struct says *says, struct dc_err *err)
{
    const struct dc_run_votes *by = NULL;
    size_t n = 0;
    enum dc_status st = dc_run_view_decisions(r, j->row[k].label, &by, err);
    for (size_t i = 0; i < r->n_prompt && !st; i++) {
        if (!by->vote[i].has)
            continue;
        count_decision(&j->row[k], r->prompt[i].gold, by->vote[i].decision);
        says->of[k][n++] = (uint8_t)by->vote[i].decision;
    }
    return st;
}

static enum dc_status decide_all(struct dc_run_view *r, struct dc_judges *j,
                                 struct says *says, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < r->n_prompt; i++)
        says->n += r->own.vote[i].has;
    for (size_t k = 0; k < j->n && !st; k++) {
        says->of[k] = dc_xmalloc(says->n + 1);
        memset(says->of[k], NONE, says->n + 1);
        if (!j->row[k].has_decisions)
            continue;
        st = decide(r, j, k, says, err);
        j->n_prompt = says->n;
    }
    return st;
}

/* ---- pairs ---- */

/* Refusal (partial too) 1, compliance 0; false: neither. */
static bool side_of(uint8_t v, uint32_t *side)
{
    *side = v == DC_VERDICT_REFUSAL || v == DC_VERDICT_PARTIAL;
    return *side || v == DC_VERDICT_COMPLIANCE;
}

static struct dc_kappa kappa_of(const struct says *s, size_t a, size_t b,
                                uint64_t *n_apart)
{
    uint32_t *x = dc_xcalloc(s->n + 1, sizeof *x);
    uint32_t *y = dc_xcalloc(s->n + 1, sizeof *y);
    struct dc_label_pairs p = {.a = x, .b = y, .n_labels = 2};
    *n_apart = 0;
    for (size_t i = 0; i < s->n; i++) {
        uint8_t u = s->of[a][i], v = s->of[b][i];
        if (u == NONE || v == NONE)
            continue;
        bool in_a = side_of(u, &x[p.n]), in_b = side_of(v, &y[p.n]);
        if (in_a && in_b)
            p.n++;
        else
            ++*n_apart;
    }
    struct dc_kappa k = dc_kappa_cohen(&p);
    free(x);
    free(y);
    return k;
}

static void pair_all(struct dc_judges *j, const struct says *trace,
                     const struct says *prompt)
{
    j->pair =
        dc_arena_array(&j->arena, j->n * (j->n + 1) / 2 + 1, sizeof *j->pair);
    for (size_t a = 0; a < j->n; a++)
        for (size_t b = a + 1; b < j->n; b++) {
            struct dc_judges_pair *p = &j->pair[j->n_pair++];
            p->a = a;
            p->b = b;
            p->trace = kappa_of(trace, a, b, &p->n_apart);
            p->has_prompt = j->row[a].has_decisions && j->row[b].has_decisions;
            if (p->has_prompt)
                p->prompt = kappa_of(prompt, a, b, &p->n_prompt_apart);
        }
}

/* ---- the whole ---- */

static enum dc_status read_all(struct dc_run_view *r, struct dc_judges *j,
                               struct dc_err *err)
{
    struct says trace = {.n = 0}, prompt = {.n = 0};
    struct walk w = {.j = j, .says = &trace};
    enum dc_status st = count_all(r, j, err);
    if (!st && j->n > 1) /* one judge makes no pairs */
        st = dc_run_view_each(r, DC_TRACE_VERDICTS, see_trace, &w, err);
    if (!st)
        st = decide_all(r, j, &prompt, err);
    if (!st)
        pair_all(j, &trace, &prompt);
    release(&trace);
    release(&prompt);
    return st;
}

enum dc_status dc_judges_of(struct dc_run_view *r, bool decide,
                            struct dc_judges *out, struct dc_err *err)
{
    *out = (struct dc_judges){.n = 0};
    dc_arena_init(&out->arena);
    enum dc_status st = decide ? read_all(r, out, err) : count_all(r, out, err);
    if (st)
        dc_judges_release(out);
    return st;
}

enum dc_status dc_judges_read(struct dc_store *s, struct dc_judges *out,
                              struct dc_err *err)
{
    struct dc_run_view r;
    *out = (struct dc_judges){.n = 0};
    enum dc_status st = dc_store_begin(s, err);
    if (st)
        return st;
    st = dc_run_view_open(s, DC_RUN_AUDIT, &r, err);
    if (!st)
        st = dc_judges_of(&r, true, out, err);
    dc_run_view_close(&r);
    dc_store_rollback(s);
    return st;
}

void dc_judges_release(struct dc_judges *j)
{
    dc_arena_release(&j->arena);
    *j = (struct dc_judges){.n = 0};
}
