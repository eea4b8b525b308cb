/*
 * summary.c - one walk over a run file: prompts, traces, decisions, sessions.
 *
 * Of each prompt a few counters are kept, nothing of a trace. That the rows
 * agree with each other was seen by the audit before.
 */
#include "results/summary.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/plural.h"
#include "conf/measure_memo.h"
#include "replay/rejudge.h"
#include "results/served.h"

#include <deepconf/conf.h>
#include <deepconf/vote.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

enum { MAX_PROMPT = 1 << 28, SHOWN_REASONS = 50 };

/* What the walk keeps of a prompt. */
struct seen {
    const char *id; /* in the summary's arena */
    enum dc_gold gold;
    bool problem;
    uint64_t n_trace, n_tok;
    double ms;
};

struct walk {
    const struct dc_store *store;
    struct dc_summary *s;
    const char *judge;
    struct dc_measure_memo memo;
    struct seen *p; /* [n_p], by ord */
    size_t n_p, cap;
    struct dc_redrawn_prompt *drawn; /* [n_p]; NULL: each trace was drawn once,
                                        as the run is repeatable */
    uint64_t n_attempt;              /* draws of all traces */
    bool by_tally;                   /* decisions are made so */
    struct dc_names reason, unclear;
    struct dc_summary_doubts doubt;
    struct dc_rejudge again;
};

/* ---- prompts ---- */

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct walk *w = arg;
    if (p->ord != (int64_t)w->n_p || w->n_p >= MAX_PROMPT)
        return dc_store_damaged(w->store, err,
                                "prompt %" PRId64 " stands where %zu was "
                                "expected",
                                p->ord, w->n_p);
    if (w->n_p == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 256;
        w->p = dc_xrealloc(w->p, w->cap, sizeof *w->p);
        if (!w->s->knows.repeatable)
            w->drawn = dc_xrealloc(w->drawn, w->cap, sizeof *w->drawn);
    }
    if (w->drawn)
        w->drawn[w->n_p] = (struct dc_redrawn_prompt){.decided = false};
    struct seen *q = &w->p[w->n_p++];
    *q = (struct seen){.id = dc_arena_strdup(&w->s->arena, p->id),
                       .gold = p->gold,
                       .problem = p->problem != NULL};
    w->s->n_prompt++;
    w->s->n_problem += q->problem;
    w->s->gold[q->gold].n++;
    return DC_OK;
}

/* ---- decisions ---- */

static enum dc_status seen_at(struct walk *w, int64_t ord, const char *what,
                              struct seen **out, struct dc_err *err)
{
    if (ord < 0 || (uint64_t)ord >= w->n_p)
        return dc_store_damaged(w->store, err,
                                "a %s belongs to prompt %" PRId64
                                ", which is not in the file",
                                what, ord);
    *out = &w->p[ord];
    return DC_OK;
}

static void add_saved(struct walk *w, const struct seen *p, int64_t n_trace)
{
    struct dc_summary_cost *saved = &w->s->saved, *dec = &w->s->decided;
    dec->n_trace += p->n_trace;
    dec->n_tok += (double)p->n_tok;
    dec->ms += p->ms;
    if (p->n_trace == 0 || n_trace >= (int64_t)w->s->max_traces ||
        !w->s->knows.drawn)
        return;
    uint64_t n = w->s->max_traces - (uint64_t)n_trace;
    saved->n_trace += n;
    saved->n_tok += (double)n * (double)p->n_tok / (double)p->n_trace;
    saved->ms += (double)n * p->ms / (double)p->n_trace;
}

static enum dc_status see_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    struct seen *p = NULL;
    enum dc_status st = seen_at(w, d->prompt, "decision", &p, err);
    if (st)
        return st;
    struct dc_summary_class *c = &w->s->gold[p->gold];
    if (!strcmp(d->decision, "refusal"))
        c->refusal++;
    else if (!strcmp(d->decision, "compliance"))
        c->compliance++;
    else
        c->undetermined++;
    c->tie += w->by_tally && d->n_compliance > 0 && d->n_undetermined == 0 &&
              d->n_refusal == d->n_compliance;
    w->s->n_decided++;
    if (w->drawn)
        w->drawn[d->prompt].decided = w->by_tally && !p->problem;
    w->s->n_calibration += d->calibration;
    dc_names_add(&w->reason, &w->s->arena, d->reason, 1);
    if (p->problem)
        return DC_OK;
    add_saved(w, p, d->n_trace);
    return DC_OK;
}

/* ---- traces ---- */

static void check_range(struct walk *w, const struct seen *p,
                        const struct dc_trace_row *t, size_t i)
{
    const struct dc_measure_row *m = &t->measure[i];
    const struct dc_measure_spec *known =
        m->has_value ? dc_measure_recall(&w->memo, i, m->measure) : NULL;
    if (!known)
        return;
    const struct dc_measure *row = known->row;
    if (m->value >= row->min && m->value <= row->max)
        return;
    if (w->doubt.n_out_of_range++ > 0)
        return;
    w->doubt.first_out_of_range = dc_arena_printf(
        &w->s->arena,
        "%s is %.6g in trace %" PRId64 " of prompt %s; its range is %g to %g",
        m->measure, m->value, t->idx, p->id, row->min, row->max);
}

static enum dc_verdict see_verdict(struct walk *w, const struct dc_trace_row *t)
{
    enum dc_verdict v = DC_VERDICT_UNDETERMINED;
    for (size_t i = 0; i < t->n_verdict; i++) {
        if (strcmp(t->verdict[i].judge, w->judge) != 0)
            continue;
        dc_verdict_parse(t->verdict[i].verdict, &v);
        if (v == DC_VERDICT_UNDETERMINED)
            dc_names_add(&w->unclear, &w->s->arena, t->verdict[i].rule, 1);
    }
    return v;
}

static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    struct seen *p = NULL;
    enum dc_status st = seen_at(w, t->prompt, "trace", &p, err);
    if (st)
        return st;
    enum dc_verdict v = see_verdict(w, t);
    bool refusal = v == DC_VERDICT_REFUSAL || v == DC_VERDICT_PARTIAL;
    p->n_trace++;
    p->n_tok += t->n_tok;
    p->ms += t->ms;
    w->s->ended[t->finish]++;
    dc_served_count(w->s, t);
    w->n_attempt += t->attempts;
    if (w->drawn)
        dc_tally_add(t->attempts > 1 ? &w->drawn[t->prompt].again
                                     : &w->drawn[t->prompt].once,
                     v);
    struct dc_summary_class *c = &w->s->gold[p->gold];
    c->n_trace++;
    c->trace_refusal += refusal;
    c->trace_undetermined += v == DC_VERDICT_UNDETERMINED;
    w->s->n_no_count += !t->has_count;
    w->s->n_no_time += !t->has_ms;
    w->s->spent.n_trace++;
    w->s->spent.n_tok += (double)t->n_tok;
    w->s->spent.ms += t->ms;
    for (size_t i = 0; i < t->n_measure; i++)
        check_range(w, p, t, i);
    return DC_OK;
}

static enum dc_status see_segment(void *arg, const struct dc_segment_row *g,
                                  struct dc_err *err)
{
    struct walk *w = arg;
    (void)err;
    w->s->n_session++;
    w->s->wall_ms += g->wall_ms;
    w->s->decode_ms += g->decode_ms;
    w->s->prefill_ms += g->prefill_ms;
    return DC_OK;
}

/* ---- the whole ---- */

static void compute_rates(struct dc_summary *s)
{
    const struct dc_summary_class *pos = &s->gold[DC_GOLD_REFUSE];
    const struct dc_summary_class *neg = &s->gold[DC_GOLD_ANSWER];
    uint64_t tp = pos->refusal, fn = pos->compliance, up = pos->undetermined;
    uint64_t fp = neg->refusal, tn = neg->compliance, un = neg->undetermined;
    s->matrix = (struct dc_matrix){.tp = tp, .fn = fn, .fp = fp, .tn = tn};
    s->rates = dc_matrix_rates(&s->matrix, LEVEL);
    s->ranges = dc_matrix_ranges(&s->matrix, LEVEL);
    s->sensitivity_worst = dc_prop_wilson(tp, tp + fn + up, LEVEL);
    s->sensitivity_best = dc_prop_wilson(tp + up, tp + fn + up, LEVEL);
    s->specificity_worst = dc_prop_wilson(tn, tn + fp + un, LEVEL);
    s->specificity_best = dc_prop_wilson(tn + un, tn + fp + un, LEVEL);
}

static enum dc_status read_config(struct dc_store *st, struct walk *w,
                                  struct dc_err *err)
{
    struct dc_summary *s = w->s;
    struct dc_kv *kv = NULL;
    enum dc_status rc =
        dc_store_config_read(st, &s->arena, &kv, &s->n_config, err);
    if (rc)
        return rc;
    s->config = kv;
    s->knows = dc_knows_of(kv, s->n_config);
    w->by_tally = dc_audit_by_tally(dc_summary_config(s, "vote", ""),
                                    dc_summary_config(s, "stop.policy", ""));
    s->max_traces = (unsigned)strtoul(
        dc_summary_config(s, "stop.max_traces", "0"), NULL, 10);
    return dc_store_threshold_get(st, &s->arena, &s->threshold,
                                  &s->has_threshold, err);
}

static enum dc_status find_judge(struct walk *w, struct dc_store *st,
                                 const char *judge, struct dc_err *err)
{
    struct dc_summary *s = w->s;
    enum dc_status rc = dc_rejudge_open(st, judge, &w->again, err);
    if (rc)
        return rc;
    s->judge = dc_arena_strdup(&s->arena, w->again.judge);
    s->judge_version = dc_arena_strdup(&s->arena, w->again.version);
    w->judge = s->judge;
    rc = dc_judges_count(st, &s->judges, err);
    if (rc || s->judges.n < 2)
        return rc;
    dc_judges_release(&s->judges); /* several: what each would decide */
    return dc_judges_read_audited(st, &s->judges, err);
}

static enum dc_status walk_all(struct dc_store *st, struct walk *w,
                               const char *judge, struct dc_err *err)
{
    enum dc_status rc = dc_audit_run(st, err);
    if (!rc)
        rc = read_config(st, w, err);
    if (!rc)
        rc = find_judge(w, st, judge, err);
    if (!rc)
        rc = dc_served_read(st, w->s, err);
    if (!rc)
        rc = dc_store_each_prompt(st, see_prompt, w, err);
    if (!rc)
        rc = dc_store_each_trace(st, -1, DC_TRACE_VERDICTS, see_trace, w, err);
    if (!rc)
        rc = dc_rejudge_each(&w->again, -1, see_decision, w, err);
    if (!rc)
        rc = dc_store_each_segment(st, see_segment, w, err);
    if (!rc)
        rc = dc_window_audit_read(st, LEVEL, &w->s->window, err);
    const char *says = rc ? NULL : dc_rejudge_says(&w->again);
    if (says)
        w->s->judge_note = dc_arena_strdup(&w->s->arena, says);
    if (!rc)
        dc_summary_find_promise(
            w->s, w->again.note.n_open > 0 ? w->again.run_judge : NULL);
    return rc;
}

enum dc_status dc_summary_read(struct dc_store *s, const char *judge,
                               struct dc_summary *out, struct dc_err *err)
{
    *out = (struct dc_summary){0};
    struct walk w = {.store = s, .s = out};
    dc_arena_init(&out->arena);
    /* One snapshot, should a run be writing meanwhile. */
    enum dc_status st = dc_store_begin(s, err);
    if (!st) {
        st = walk_all(s, &w, judge, err);
        dc_store_rollback(s);
    }
    if (!st && w.drawn)
        dc_redrawn_find(w.drawn, w.n_p, w.n_attempt, LEVEL, &out->redrawn);
    free(w.p);
    free(w.drawn);
    dc_rejudge_release(&w.again);
    if (st) {
        dc_summary_release(out);
        return st;
    }
    compute_rates(out);
    dc_summary_find_ties(out, w.by_tally);
    dc_names_sort(&w.reason);
    dc_names_sort(&w.unclear);
    dc_names_fold(&w.reason, &out->arena, SHOWN_REASONS, "reasons");
    dc_names_fold(&w.unclear, &out->arena, SHOWN_REASONS, "reasons");
    out->reason = w.reason.item;
    out->n_reason = w.reason.n;
    out->unclear = w.unclear.item;
    out->n_unclear = w.unclear.n;
    dc_summary_find_alarms(out, &w.doubt);
    return DC_OK;
}

void dc_summary_release(struct dc_summary *s)
{
    dc_judges_release(&s->judges);
    dc_arena_release(&s->arena);
}

bool dc_summary_has_wall(const struct dc_summary *s)
{
    return s->wall_ms > 0 || s->knows.drawn;
}

bool dc_summary_has_parts(const struct dc_summary *s)
{
    return dc_summary_has_wall(s) && s->n_server == 0;
}

void dc_summary_lacking(const struct dc_summary *s, uint64_t n_lacking,
                        struct dc_buf *out)
{
    dc_buf_adds(out, "not in the input");
    if (n_lacking < s->spent.n_trace)
        dc_buf_addf(out, " for %" PRIu64 " of the traces", n_lacking);
}

void dc_summary_saved_over(const struct dc_summary *s, struct dc_buf *out)
{
    dc_buf_addf(
        out, "over the %" PRIu64 " prompt%s decided, with %" PRIu64 " trace%s",
        s->n_decided, dc_plural(s->n_decided), s->decided.n_trace,
        dc_plural(s->decided.n_trace));
}

const char *dc_summary_config(const struct dc_summary *s, const char *key,
                              const char *fallback)
{
    const struct dc_kv *p = dc_kv_find(s->config, s->n_config, key);
    return p ? p->value : fallback;
}
