/*
 * summary.c - a run's prompts and decisions, and one walk over its traces, of
 * which a few counters are kept for each prompt.
 */
#include "results/summary.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/plural.h"
#include "conf/measure_memo.h"
#include "results/served.h"
#include "results/stats_report.h"

#include <deepconf/conf.h>
#include <deepconf/vote.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

enum { SHOWN_REASONS = 50 };

/* What the traces of a prompt cost. */
struct seen {
    uint64_t n_trace, n_tok;
    double ms;
};

struct walk {
    struct dc_run_view *run;
    const struct dc_run_votes *by;
    struct dc_summary *s;
    struct dc_measure_memo memo;
    struct seen *p;                  /* [n_prompt of the run], by ord */
    struct dc_redrawn_prompt *drawn; /* as p; NULL: each trace was drawn once,
                                        as the run is repeatable */
    uint64_t n_attempt;              /* draws of all traces */
    bool by_tally;                   /* decisions are made so */
    struct dc_names reason, unclear;
    struct dc_summary_doubts doubt;
};

/* ---- prompts ---- */

static void add_saved(struct walk *w, const struct seen *p, unsigned n_trace)
{
    struct dc_summary_cost *saved = &w->s->saved, *dec = &w->s->decided;
    dec->n_trace += p->n_trace;
    dec->n_tok += (double)p->n_tok;
    dec->ms += p->ms;
    if (p->n_trace == 0 || n_trace >= w->s->max_traces || !w->s->knows.drawn)
        return;
    uint64_t n = w->s->max_traces - n_trace;
    saved->n_trace += n;
    saved->n_tok += (double)n * (double)p->n_tok / (double)p->n_trace;
    saved->ms += (double)n * p->ms / (double)p->n_trace;
}

static void count_decision(struct walk *w, size_t i)
{
    const struct dc_run_prompt *p = &w->run->prompt[i];
    const struct dc_run_vote *v = &w->by->vote[i];
    const struct dc_tally *t = &v->says;
    struct dc_summary_class *c = &w->s->gold[p->gold];
    c->refusal += v->decision == DC_VERDICT_REFUSAL;
    c->compliance += v->decision == DC_VERDICT_COMPLIANCE;
    c->undetermined += v->decision == DC_VERDICT_UNDETERMINED;
    c->tie += w->by_tally && t->compliance > 0 && t->undetermined == 0 &&
              t->refusal == t->compliance;
    w->s->n_decided++;
    w->s->n_calibration += p->calibration;
    dc_names_add(&w->reason, &w->s->arena, p->reason, 1);
    if (p->problem)
        return;
    if (w->drawn)
        w->drawn[i].decided = w->by_tally;
    add_saved(w, &w->p[i], t->n);
}

/* After all traces. */
static void count_prompts(struct walk *w)
{
    struct dc_summary *s = w->s;
    s->n_prompt = w->run->n_prompt;
    for (size_t i = 0; i < w->run->n_prompt; i++) {
        s->n_problem += w->run->prompt[i].problem;
        s->gold[w->run->prompt[i].gold].n++;
        if (w->by->vote[i].has)
            count_decision(w, i);
    }
}

/* ---- traces ---- */

static void check_range(struct walk *w, const struct dc_run_prompt *p,
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
        if (strcmp(t->verdict[i].judge, w->by->judge) != 0)
            continue;
        dc_verdict_parse(t->verdict[i].verdict, &v);
        if (v == DC_VERDICT_UNDETERMINED)
            dc_names_add(&w->unclear, &w->s->arena, t->verdict[i].rule, 1);
    }
    return v;
}

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *p,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    struct seen *x = &w->p[t->prompt];
    enum dc_verdict v = see_verdict(w, t);
    bool refusal = v == DC_VERDICT_REFUSAL || v == DC_VERDICT_PARTIAL;
    (void)err;
    x->n_trace++;
    x->n_tok += t->n_tok;
    x->ms += t->ms;
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

static enum dc_status read_config(struct walk *w, struct dc_err *err)
{
    struct dc_summary *s = w->s;
    struct dc_kv *kv = NULL;
    enum dc_status st =
        dc_store_config_read(w->run->store, &s->arena, &kv, &s->n_config, err);
    if (st)
        return st;
    s->config = kv;
    s->knows = w->run->is.knows;
    w->by_tally = dc_audit_by_tally(w->run->is.vote, w->run->is.policy);
    s->max_traces = (unsigned)w->run->is.max_traces;
    return dc_store_threshold_get(w->run->store, &s->arena, &s->threshold,
                                  &s->has_threshold, err);
}

static enum dc_status find_judge(struct walk *w, const struct dc_summary_cfg *c,
                                 struct dc_err *err)
{
    struct dc_summary *s = w->s;
    enum dc_status st = dc_run_view_decisions(w->run, c->judge, &w->by, err);
    if (!st)
        st = dc_run_view_judges(w->run, err);
    if (st)
        return st;
    s->judge = dc_arena_strdup(&s->arena, w->by->judge);
    s->judge_version = dc_arena_strdup(&s->arena, w->by->version);
    s->judge_note =
        w->by->says ? dc_arena_strdup(&s->arena, w->by->says) : NULL;
    s->lent_judges = c->judges != NULL;
    if (c->judges)
        s->judges = *c->judges;
    else /* if there are several: what each would decide */
        st = dc_judges_of(w->run, w->run->n_judge > 1, &s->judges, err);
    return st;
}

static enum dc_status walk_all(struct walk *w, const struct dc_summary_cfg *c,
                               struct dc_err *err)
{
    struct dc_run_view *r = w->run;
    enum dc_status st = read_config(w, err);
    if (!st)
        st = find_judge(w, c, err);
    if (!st)
        st = dc_served_read(r->store, w->s, err);
    w->p = dc_xcalloc(r->n_prompt + 1, sizeof *w->p);
    if (!w->s->knows.repeatable)
        w->drawn = dc_xcalloc(r->n_prompt + 1, sizeof *w->drawn);
    if (!st)
        st = dc_run_view_each(r, DC_TRACE_VERDICTS, see_trace, w, err);
    if (!st)
        st = dc_store_each_segment(r->store, see_segment, w, err);
    if (!st)
        st = dc_window_audit_read(r, LEVEL, &w->s->window, err);
    if (st)
        return st;
    count_prompts(w);
    dc_summary_find_promise(w->s, w->by->n_open > 0 ? r->is.judge : NULL);
    return DC_OK;
}

enum dc_status dc_summary_of(struct dc_run_view *r,
                             const struct dc_summary_cfg *cfg,
                             struct dc_summary *out, struct dc_err *err)
{
    struct walk w = {.run = r, .s = out};
    *out = (struct dc_summary){0};
    dc_arena_init(&out->arena);
    enum dc_status st = walk_all(&w, cfg, err);
    if (!st && w.drawn)
        dc_redrawn_find(w.drawn, r->n_prompt, w.n_attempt, LEVEL,
                        &out->redrawn);
    free(w.p);
    free(w.drawn);
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

enum dc_status dc_summary_read(struct dc_store *s, const char *judge,
                               unsigned n_threads, struct dc_summary *out,
                               struct dc_err *err)
{
    struct dc_run_view r;
    *out = (struct dc_summary){0};
    /* One snapshot, should a run be writing meanwhile. */
    enum dc_status st = dc_store_begin(s, err);
    if (st)
        return st;
    st = dc_run_view_open(s, DC_RUN_AUDIT, &r, err);
    if (!st)
        st = dc_summary_of(&r, &(struct dc_summary_cfg){.judge = judge}, out,
                           err);
    if (!st && n_threads > 0) {
        st = dc_stats_find_confidence(&r, judge, n_threads, out, err);
        if (st)
            dc_summary_release(out);
    }
    dc_run_view_close(&r);
    dc_store_rollback(s);
    return st;
}

void dc_summary_release(struct dc_summary *s)
{
    if (!s->lent_judges)
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
