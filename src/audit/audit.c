/*
 * audit.c - one walk over a run file that holds its rows against each other
 * (audit.h): prompts, decisions, sessions, then the traces in their order.
 *
 * A few counters are kept of each prompt, nothing of a trace. Measures are
 * computed again from the tokens; exp() may differ in its last bits from one
 * machine to another, hence TOLERANCE.
 */
#include "audit/audit.h"

#include "audit/audit_top.h"
#include "base/mem.h"
#include "base/shard.h"
#include "base/thoughts.h"
#include "base/utf8.h"
#include "conf/measure_memo.h"

#include <deepconf/conf.h>
#include <deepconf/stop.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-9 /* relative */

enum { SHOW_COLS = 60, NUM = 32 };

/* What is kept of a prompt. */
struct seen {
    const char *id; /* fit for a message; in the arena */
    bool problem, decided;
    enum dc_verdict decision;
    struct dc_tally says; /* the counts of its decision */
    struct dc_tally has;  /* of the traces 0 .. has.n-1 that it counts */
};

struct session {
    int64_t id;
    bool used;
    size_t n_measure; /* of each of its traces */
};

struct walk {
    struct dc_measure_memo memo;
    struct dc_store *s;
    struct dc_arena arena;
    struct dc_audit_config c;
    struct dc_audit_top top;
    struct dc_shards shards; /* the run's; n 0: it is whole */
    int64_t place;           /* of the last prompt in the whole run; -1 */
    struct seen *p;          /* [n_p] by ord */
    size_t n_p, cap_p;
    int64_t *endpoint; /* [n_endpoint] ids, few */
    size_t n_endpoint;
    struct session *session; /* [n_session] by id */
    size_t n_session, cap_session;
};

bool dc_audit_verdict(const struct dc_trace_row *t, const char *judge,
                      enum dc_verdict *out)
{
    for (size_t i = 0; i < t->n_verdict; i++)
        if (!strcmp(t->verdict[i].judge, judge))
            return dc_verdict_parse(t->verdict[i].verdict, out);
    return false;
}

bool dc_audit_by_tally(const char *vote, const char *policy)
{
    struct dc_stop_spec p;
    return strcmp(vote, "majority") == 0 &&
           (dc_stop_parse(policy, &p, NULL) != DC_OK || !p.row->decide);
}

bool dc_judge_is_window(const char *label)
{
    return strstr(label, "/window(") != NULL;
}

/* ---- prompts ---- */

static const char *for_message(struct dc_arena *a, const char *text)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), SHOW_COLS);
    const char *out = dc_arena_strdup(a, b.data);
    dc_buf_release(&b);
    return out;
}

/* Where it stands in the whole run, and whether it is one of these shards. */
static enum dc_status check_place(struct walk *w, const struct dc_prompt_row *p,
                                  const char *id, struct dc_err *err)
{
    int64_t last = w->place;
    w->place = p->place;
    if (w->shards.n == 0 && !p->has_place)
        return DC_OK;
    if (w->shards.n == 0)
        return dc_store_damaged(w->s, err,
                                "prompt %s: has a place in a larger run, which "
                                "only a run of shards has",
                                id);
    if (!p->has_place || p->place <= last || (uint64_t)p->place >= w->c.n_whole)
        return dc_store_damaged(
            w->s, err,
            "prompt %s: its place in the whole run is %" PRId64
            ", expected one from %" PRId64 " on and below %" PRIu64,
            id, p->has_place ? p->place : -1, last + 1, w->c.n_whole);
    if (!dc_shards_holds(&w->shards, p->id))
        return dc_store_damaged(w->s, err,
                                "prompt %s: is in no shard of this file, which "
                                "is shard %.60s (configuration key %s)",
                                id, w->c.shards, DC_AUDIT_SHARD);
    return DC_OK;
}

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct walk *w = arg;
    if (p->ord != (int64_t)w->n_p)
        return dc_store_damaged(w->s, err,
                                "prompt %" PRId64 " stands where prompt %zu "
                                "was expected",
                                p->ord, w->n_p);
    if (w->n_p == w->cap_p) {
        w->cap_p = w->cap_p ? 2 * w->cap_p : 256;
        w->p = dc_xrealloc(w->p, w->cap_p, sizeof *w->p);
    }
    struct seen *x = &w->p[w->n_p++];
    *x = (struct seen){.id = for_message(&w->arena, p->id),
                       .problem = p->problem != NULL};
    return check_place(w, p, x->id, err);
}

static enum dc_status read_prompts(struct walk *w, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    w->place = -1;
    if (w->c.shards && dc_shards_parse(w->c.shards, &w->shards, NULL))
        return dc_store_damaged(w->s, err,
                                "configuration key %s is '%s', expected shards "
                                "as in 2/4",
                                DC_AUDIT_SHARD,
                                for_message(&w->arena, w->c.shards));
    st = dc_store_each_prompt(w->s, see_prompt, w, err);
    if (st || w->n_p == w->c.n_prompts)
        return st;
    return dc_store_damaged(w->s, err,
                            "the table prompt has %zu rows, expected %" PRIu64
                            " (configuration key data.n_prompts)",
                            w->n_p, w->c.n_prompts);
}

/* The prompt that a row belongs to. */
static enum dc_status prompt_at(struct walk *w, int64_t ord, const char *what,
                                struct seen **out, struct dc_err *err)
{
    if (ord < 0 || (uint64_t)ord >= w->n_p)
        return w->n_p == 0 ? dc_store_damaged(w->s, err,
                                              "a %s belongs to prompt %" PRId64
                                              ", and there is no prompt",
                                              what, ord)
                           : dc_store_damaged(w->s, err,
                                              "a %s belongs to prompt %" PRId64
                                              ", expected 0 to %zu",
                                              what, ord, w->n_p - 1);
    *out = &w->p[ord];
    return DC_OK;
}

/* ---- decisions ---- */

static enum dc_status see_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    struct seen *p = NULL;
    enum dc_status st = prompt_at(w, d->prompt, "decision", &p, err);
    if (st)
        return st;
    uint64_t least = p->problem ? 0 : w->c.min_traces;
    uint64_t most = p->problem ? 0 : w->c.max_traces;
    if ((uint64_t)d->n_trace < least || (uint64_t)d->n_trace > most)
        return dc_store_damaged(w->s, err,
                                "prompt %s: its decision counts %" PRId64
                                " traces, expected %" PRIu64 " to %" PRIu64
                                "%s",
                                p->id, d->n_trace, least, most,
                                p->problem ? " as it could not be run" : "");
    p->decided = true;
    dc_verdict_parse(d->decision, &p->decision);
    p->says = (struct dc_tally){.n = (unsigned)d->n_trace,
                                .refusal = (unsigned)d->n_refusal,
                                .compliance = (unsigned)d->n_compliance,
                                .undetermined = (unsigned)d->n_undetermined};
    return DC_OK;
}

/* What the vote makes of the tally; false if decisions are not made so. */
static bool decision_of(const struct walk *w, const struct dc_tally *t,
                        enum dc_verdict *out)
{
    if (!dc_audit_by_tally(w->c.vote, w->c.policy))
        return false;
    if (!dc_tally_decided(t, (unsigned)w->c.max_traces, out))
        *out = dc_tally_decide(t);
    return true;
}

/* After all traces were seen. */
static enum dc_status check_prompt(const struct walk *w, const struct seen *p,
                                   struct dc_err *err)
{
    const struct dc_tally *a = &p->says, *b = &p->has;
    enum dc_verdict want = DC_VERDICT_UNDETERMINED;
    if (!p->decided)
        return p->problem
                   ? dc_store_damaged(w->s, err,
                                      "prompt %s: could not be run, but has no "
                                      "decision",
                                      p->id)
                   : DC_OK;
    if (b->n < a->n)
        return dc_store_damaged(w->s, err,
                                "prompt %s: trace %u is missing, of the %u "
                                "that its decision counts",
                                p->id, b->n, a->n);
    if (a->refusal != b->refusal || a->compliance != b->compliance)
        return dc_store_damaged(
            w->s, err,
            "prompt %s: its decision counts %u refusal, %u compliance and %u "
            "undetermined; the verdicts by %.60s are %u, %u and %u",
            p->id, a->refusal, a->compliance, a->undetermined, w->c.judge,
            b->refusal, b->compliance, b->undetermined);
    if ((p->problem || decision_of(w, b, &want)) && p->decision != want)
        return dc_store_damaged(
            w->s, err,
            "prompt %s: its decision is %s, expected %s from %u refusal, %u "
            "compliance and %u undetermined",
            p->id, dc_verdict_name(p->decision), dc_verdict_name(want),
            b->refusal, b->compliance, b->undetermined);
    return DC_OK;
}

/* ---- sessions ---- */

static enum dc_status see_segment(void *arg, const struct dc_segment_row *g,
                                  struct dc_err *err)
{
    struct walk *w = arg;
    (void)err;
    if (w->n_session == w->cap_session) {
        w->cap_session = w->cap_session ? 2 * w->cap_session : 16;
        w->session =
            dc_xrealloc(w->session, w->cap_session, sizeof *w->session);
    }
    w->session[w->n_session++] = (struct session){.id = g->id};
    return DC_OK;
}

static int by_id(const void *key, const void *element)
{
    const int64_t *id = key;
    const struct session *s = element;
    return *id < s->id ? -1 : *id > s->id;
}

/* ---- traces ---- */

/* False for an infinity or a NaN on either side: nothing computed from a right
 * file is one. */
static bool same(double a, double b)
{
    return isfinite(a) && isfinite(b) &&
           fabs(a - b) <= TOLERANCE * fmax(fabs(a), fabs(b));
}

static const char *shown(bool has, double v, char out[NUM])
{
    if (!has)
        return "none";
    snprintf(out, NUM, "%.9g", v);
    return out;
}

/* Did its values come with traces made elsewhere, without their tokens? */
static bool measure_came(const struct walk *w, const char *name)
{
    const char *list = dc_kv_value(w->c.kv, w->c.n_kv, DC_AUDIT_MEASURES);
    size_t n = strlen(name);
    while (!w->c.knows.drawn && list && *list) {
        if (!strncmp(list, name, n) && (!list[n] || list[n] == ' '))
            return true;
        list += strcspn(list, " ");
        list += *list == ' ';
    }
    return false;
}

static enum dc_status check_measure(struct walk *w, const struct seen *p,
                                    const struct dc_trace_row *t, size_t i,
                                    struct dc_err *err)
{
    const struct dc_measure_row *m = &t->measure[i];
    const struct dc_measure_spec *row =
        dc_measure_recall(&w->memo, i, m->measure);
    char is[NUM], want[NUM];
    double v = 0;
    if (!row)
        return DC_OK;
    bool has = !(row->row->reads & t->lacks) &&
               dc_measure_compute(row, t->tok, t->n_tok, &v);
    if (has == m->has_value && (!has || same(v, m->value)))
        return DC_OK;
    if (!has && m->has_value && measure_came(w, m->measure))
        return DC_OK;
    return dc_store_damaged(
        w->s, err,
        "prompt %s: measure %s of trace %" PRId64 " is %s, expected %s from "
        "its tokens",
        p->id, row->spec.text, t->idx, shown(m->has_value, m->value, is),
        shown(has, v, want));
}

/* All of a session's traces have the same measures, the policy's among them. */
static enum dc_status check_measures(struct walk *w, const struct seen *p,
                                     const struct dc_trace_row *t,
                                     struct dc_err *err)
{
    bool has = false;
    struct session *g = NULL;
    for (size_t i = 0; i < t->n_measure; i++) {
        enum dc_status st = check_measure(w, p, t, i, err);
        if (st)
            return st;
        has = has || !strcmp(t->measure[i].measure, w->c.measure);
    }
    if (!has)
        return dc_store_damaged(
            w->s, err, "prompt %s: trace %" PRId64 " has no measure %.60s",
            p->id, t->idx, w->c.measure);
    if (w->n_session > 0)
        g = bsearch(&t->segment, w->session, w->n_session, sizeof *g, by_id);
    if (!g)
        return dc_store_damaged(w->s, err,
                                "prompt %s: session %" PRId64
                                " of trace %" PRId64 " is missing",
                                p->id, t->segment, t->idx);
    if (!g->used)
        g->n_measure = t->n_measure;
    g->used = true;
    if (g->n_measure != t->n_measure)
        return dc_store_damaged(w->s, err,
                                "prompt %s: trace %" PRId64 " has %zu measures,"
                                " expected %zu as the others of its session",
                                p->id, t->idx, t->n_measure, g->n_measure);
    return DC_OK;
}

/* The run's own judge is of one version; those that came later need not be. */
static enum dc_status check_version(const struct walk *w, const struct seen *p,
                                    const struct dc_trace_row *t,
                                    struct dc_err *err)
{
    for (size_t i = 0; i < t->n_verdict && w->c.judge_version[0]; i++) {
        const struct dc_verdict_row *v = &t->verdict[i];
        if (!strcmp(v->judge, w->c.judge) &&
            strcmp(v->version, w->c.judge_version) != 0)
            return dc_store_damaged(
                w->s, err,
                "prompt %s: the verdict by %.60s on trace %" PRId64
                " is of version %.90s, expected %.90s",
                p->id, v->judge, t->idx, v->version, w->c.judge_version);
    }
    return DC_OK;
}

static enum dc_status see_endpoint(void *arg, const struct dc_endpoint_row *p,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    (void)err;
    w->endpoint = dc_arena_more(&w->arena, w->endpoint, w->n_endpoint,
                                sizeof *w->endpoint);
    w->endpoint[w->n_endpoint++] = p->id;
    return DC_OK;
}

/* What only a server's trace can have. */
static enum dc_status check_served(const struct walk *w, const struct seen *p,
                                   const struct dc_trace_row *t,
                                   struct dc_err *err)
{
    bool there = t->endpoint == 0;
    if (t->attempts > 1 && w->c.knows.repeatable)
        return dc_store_damaged(w->s, err,
                                "prompt %s: trace %" PRId64
                                " was drawn %u times, and the run is "
                                "repeatable",
                                p->id, t->idx, t->attempts);
    for (size_t i = 0; i < w->n_endpoint && !there; i++)
        there = w->endpoint[i] == t->endpoint;
    if (there)
        return DC_OK;
    return dc_store_damaged(w->s, err,
                            "prompt %s: endpoint %" PRId64 " of trace %" PRId64
                            " is missing",
                            p->id, t->endpoint, t->idx);
}

/* No trace has parts of its tokens that the run's backend does not give. */
static enum dc_status check_parts(const struct walk *w, const struct seen *p,
                                  const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    unsigned more = DC_TOKEN_ALL & ~t->lacks & ~w->c.knows.parts;
    struct dc_buf is, may;
    if (t->n_tok == 0 || more == 0)
        return DC_OK;
    dc_buf_init(&is, SIZE_MAX);
    dc_buf_init(&may, SIZE_MAX);
    dc_knows_put_parts(more, &is);
    dc_knows_put_parts(w->c.knows.parts, &may);
    enum dc_status st = dc_store_damaged(
        w->s, err,
        "prompt %s: the tokens of trace %" PRId64
        " have %s, expected %s at most (configuration key " DC_KNOWS_PARTS ")",
        p->id, t->idx, is.data, may.data);
    dc_buf_release(&is);
    dc_buf_release(&may);
    return st;
}

/* What is stored by the present rule; what another found is found anew by the
 * reader. */
static enum dc_status check_answer(const struct walk *w, const struct seen *p,
                                   const struct dc_trace_row *t,
                                   struct dc_err *err)
{
    size_t off = 0;
    bool has =
        dc_answer_offset(t->text, strlen(t->text), w->c.think_opened, &off);
    char is[NUM], want[NUM];
    if (has == t->has_answer && (!has || (int64_t)off == t->answer_off))
        return DC_OK;
    return dc_store_damaged(
        w->s, err,
        "prompt %s: the answer of trace %" PRId64 " begins at %s, expected %s "
        "from its text",
        p->id, t->idx, shown(t->has_answer, (double)t->answer_off, is),
        shown(has, (double)off, want));
}

static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    struct seen *p = NULL;
    enum dc_verdict v = DC_VERDICT_UNDETERMINED;
    enum dc_status st = prompt_at(w, t->prompt, "trace", &p, err);
    if (st)
        return st;
    if (p->problem || (uint64_t)t->idx >= w->c.max_traces)
        return dc_store_damaged(w->s, err,
                                "prompt %s: has a trace %" PRId64
                                ", expected %" PRIu64 " traces at most",
                                p->id, t->idx,
                                p->problem ? 0 : w->c.max_traces);
    st = check_parts(w, p, t, err);
    if (!st)
        st = check_served(w, p, t, err);
    if (st)
        return st;
    bool no_conf =
        (t->n_tok == 0 && !w->c.knows.drawn) || (t->lacks & DC_TOKEN_CONF) != 0;
    if (t->k != w->c.k && !no_conf)
        return dc_store_damaged(w->s, err,
                                "prompt %s: k of trace %" PRId64
                                " is %u, expected %" PRIu64
                                " (configuration key confidence.k)",
                                p->id, t->idx, t->k, w->c.k);
    if (!dc_audit_verdict(t, w->c.judge, &v))
        return dc_store_damaged(
            w->s, err, "prompt %s: trace %" PRId64 " has no verdict by %.60s",
            p->id, t->idx, w->c.judge);
    st = check_version(w, p, t, err);
    if (st)
        return st;
    if (t->idx == p->has.n && t->idx < p->says.n)
        dc_tally_add(&p->has, v);
    st = check_answer(w, p, t, err);
    if (!st)
        st = check_measures(w, p, t, err);
    return st ? st : dc_audit_top(&w->top, t, p->id, err);
}

/* ---- the whole ---- */

static enum dc_status walk_all(struct walk *w, struct dc_err *err)
{
    enum dc_status st = dc_audit_config_read(w->s, &w->arena, &w->c, err);
    if (!st)
        st = read_prompts(w, err);
    if (!st)
        st = dc_store_each_decision(w->s, -1, see_decision, w, err);
    if (!st)
        st = dc_store_each_segment(w->s, see_segment, w, err);
    if (!st)
        st = dc_store_each_endpoint(w->s, see_endpoint, w, err);
    if (!st)
        st = dc_pieces_read(w->s, &w->top.pieces, err);
    if (!st)
        st = dc_store_each_trace(
            w->s, -1, DC_TRACE_TOKENS | DC_TRACE_TOP | DC_TRACE_VERDICTS,
            see_trace, w, err);
    for (size_t i = 0; !st && i < w->n_p; i++)
        st = check_prompt(w, &w->p[i], err);
    return st;
}

enum dc_status dc_audit_begun(struct dc_store *s, struct dc_err *err)
{
    bool fresh = false;
    enum dc_status st = dc_store_is_fresh(s, &fresh, err);
    if (!st && fresh)
        st = dc_fail(err, DC_DATA,
                     "%s: holds no run yet: make one with `deepconf run`",
                     dc_store_path(s));
    return st;
}

enum dc_status dc_audit_run(struct dc_store *s, struct dc_err *err)
{
    struct walk w = {.s = s};
    enum dc_status st = dc_audit_begun(s, err);
    if (st)
        return st;
    dc_arena_init(&w.arena);
    w.top = (struct dc_audit_top){.store = s, .config = &w.c};
    st = walk_all(&w, err);
    dc_pieces_release(&w.top.pieces);
    dc_shards_release(&w.shards);
    dc_arena_release(&w.arena);
    free(w.p);
    free(w.session);
    return st;
}
