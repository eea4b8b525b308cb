/*
 * judges.c - counts by one query, verdicts by one walk over the traces,
 * decisions by a walk for each judge that has judged them all (judges.h).
 */
#include "replay/judges.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "replay/rejudge.h"

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

/* ---- counts ---- */

struct counting {
    struct dc_judges *j;
    const char *own;
    struct dc_names reason; /* of the last row */
};

/* The last row is complete. */
static void end_row(struct counting *w)
{
    struct dc_judges *j = w->j;
    if (w->reason.n > 0) {
        j->row[j->n - 1].reason = w->reason.item;
        j->row[j->n - 1].n_reason = w->reason.n;
    }
    w->reason = (struct dc_names){.n = 0};
}

static enum dc_status row_of(struct counting *w, const char *label,
                             struct dc_judges_row **out, struct dc_err *err)
{
    struct dc_judges *j = w->j;
    if (j->n > 0 && !strcmp(j->row[j->n - 1].label, label)) {
        *out = &j->row[j->n - 1];
        return DC_OK;
    }
    if (j->n == DC_JUDGES_MAX)
        return dc_fail(err, DC_DATA,
                       "verdicts of more than %d judges in one run file",
                       (int)DC_JUDGES_MAX);
    end_row(w);
    *out = &j->row[j->n++];
    (*out)->label = dc_arena_strdup(&j->arena, label);
    (*out)->own = !strcmp(label, w->own);
    return DC_OK;
}

static enum dc_status see_count(void *arg, const struct dc_verdict_count_row *c,
                                struct dc_err *err)
{
    struct counting *w = arg;
    struct dc_judges_row *r = NULL;
    enum dc_verdict v = DC_VERDICT_UNDETERMINED;
    if (dc_judge_is_window(c->judge))
        return DC_OK;
    enum dc_status st = row_of(w, c->judge, &r, err);
    if (st)
        return st;
    dc_verdict_parse(c->verdict, &v);
    if (r->n == 0)
        r->version = dc_arena_strdup(&w->j->arena, c->version);
    else if (r->version && strcmp(r->version, c->version) != 0)
        r->version = NULL;
    r->n += (uint64_t)c->n;
    r->verdict[v] += (uint64_t)c->n;
    if (v == DC_VERDICT_UNDETERMINED)
        dc_names_add(&w->reason, &w->j->arena, c->reason, (uint64_t)c->n);
    return DC_OK;
}

static int own_first(const void *a, const void *b)
{
    const struct dc_judges_row *x = a, *y = b;
    return x->own != y->own ? (x->own ? -1 : 1) : strcmp(x->label, y->label);
}

static enum dc_status count_all(struct dc_store *s, struct dc_judges *j,
                                struct dc_err *err)
{
    struct dc_audit_config c;
    int64_t n = 0;
    j->row = dc_arena_array(&j->arena, DC_JUDGES_MAX, sizeof *j->row);
    enum dc_status st = dc_audit_config_read(s, &j->arena, &c, err);
    if (st)
        return st;
    struct counting w = {.j = j, .own = c.judge};
    st = dc_store_each_verdict_count(s, see_count, &w, err);
    if (!st)
        end_row(&w);
    if (!st)
        st = dc_store_count_traces(s, &n, err);
    j->n_trace = (uint64_t)n;
    if (j->n > 1)
        qsort(j->row, j->n, sizeof *j->row, own_first);
    for (size_t i = 0; i < j->n; i++)
        j->row[i].has_decisions =
            j->row[i].n == j->n_trace && j->row[i].version;
    return st;
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
    const struct says *gold; /* of[0], by prompt: enum dc_gold */
    size_t at;               /* judge whose decisions are walked over */
    size_t i;                /* prompt */
};

static enum dc_status see_gold(void *arg, const struct dc_prompt_row *p,
                               struct dc_err *err)
{
    struct says *gold = arg;
    (void)err;
    make_room(gold, 1);
    gold->of[0][gold->n++] = (uint8_t)p->gold;
    return DC_OK;
}

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

static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    enum dc_verdict v;
    (void)err;
    make_room(w->says, w->j->n);
    for (size_t k = 0; k < w->j->n; k++)
        w->says->of[k][w->says->n] = dc_audit_verdict(t, w->j->row[k].label, &v)
                                         ? (uint8_t)v
                                         : (uint8_t)NONE;
    w->says->n++;
    return DC_OK;
}

static enum dc_status see_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    struct says *s = w->says;
    enum dc_verdict v = DC_VERDICT_UNDETERMINED;
    if (d->prompt < 0 || (uint64_t)d->prompt >= w->gold->n)
        return dc_fail(err, DC_STORE,
                       "a decision belongs to prompt %lld, which is not in the "
                       "file",
                       (long long)d->prompt);
    dc_verdict_parse(d->decision, &v);
    count_decision(&w->j->row[w->at], (enum dc_gold)w->gold->of[0][d->prompt],
                   v);
    if (w->i == s->n) { /* the first judge that decides */
        make_room(s, w->j->n);
        for (size_t k = 0; k < w->j->n; k++)
            s->of[k][s->n] = NONE;
        s->n++;
    }
    s->of[w->at][w->i++] = (uint8_t)v;
    return DC_OK;
}

static enum dc_status decide_all(struct dc_store *s, struct dc_judges *j,
                                 struct says *says, struct dc_err *err)
{
    struct says gold = {.n = 0};
    enum dc_status st = dc_store_each_prompt(s, see_gold, &gold, err);
    for (size_t k = 0; k < j->n && !st; k++) {
        struct dc_rejudge r;
        struct walk w = {.j = j, .says = says, .gold = &gold, .at = k};
        if (!j->row[k].has_decisions)
            continue;
        st = dc_rejudge_open(s, j->row[k].label, &r, err);
        if (!st)
            st = dc_rejudge_each(&r, -1, see_decision, &w, err);
        dc_rejudge_release(&r);
    }
    release(&gold);
    j->n_prompt = says->n;
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

static enum dc_status walk_all(struct dc_store *s, struct dc_judges *j,
                               struct dc_err *err)
{
    struct says trace = {.n = 0}, prompt = {.n = 0};
    struct walk w = {.j = j, .says = &trace};
    enum dc_status st = count_all(s, j, err);
    if (!st)
        st = dc_store_each_trace(s, -1, DC_TRACE_VERDICTS, see_trace, &w, err);
    if (!st)
        st = decide_all(s, j, &prompt, err);
    if (!st)
        pair_all(j, &trace, &prompt);
    release(&trace);
    release(&prompt);
    return st;
}

static enum dc_status audit_and_walk(struct dc_store *s, struct dc_judges *j,
                                     struct dc_err *err)
{
    enum dc_status st = dc_audit_run(s, err);
    return st ? st : walk_all(s, j, err);
}

static enum dc_status in_snapshot(struct dc_store *s, struct dc_judges *out,
                                  enum dc_status (*fn)(struct dc_store *,
                                                       struct dc_judges *,
                                                       struct dc_err *),
                                  struct dc_err *err)
{
    *out = (struct dc_judges){.n = 0};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_store_begin(s, err);
    if (!st) {
        st = fn(s, out, err);
        dc_store_rollback(s);
    }
    if (st)
        dc_judges_release(out);
    return st;
}

enum dc_status dc_judges_read(struct dc_store *s, struct dc_judges *out,
                              struct dc_err *err)
{
    return in_snapshot(s, out, audit_and_walk, err);
}

enum dc_status dc_judges_read_audited(struct dc_store *s, struct dc_judges *out,
                                      struct dc_err *err)
{
    return in_snapshot(s, out, walk_all, err);
}

enum dc_status dc_judges_count(struct dc_store *s, struct dc_judges *out,
                               struct dc_err *err)
{
    return in_snapshot(s, out, count_all, err);
}

void dc_judges_release(struct dc_judges *j)
{
    dc_arena_release(&j->arena);
    *j = (struct dc_judges){.n = 0};
}
