/*
 * sweep.c - settings x permutations over a record.
 *
 * Settings are shared out among threads; a setting's figures come from one
 * thread, in the order of the prompts, so that the number of threads changes
 * none of them. An order of a prompt's traces is drawn once for all settings of
 * a thread. Permutation 0 is the recorded order.
 */
#include "replay/sweep.h"

#include "base/mem.h"
#include "base/parallel.h"

#include <assert.h>
#include <deepconf/stat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one row ---- */

struct sums {
    uint64_t n_trace, n_tok, n_changed;
};

static bool scored(const struct dc_record *r, size_t i)
{
    return r->prompt[i].has_full;
}

static void count_gold(struct dc_sweep_row *row, enum dc_gold gold,
                       enum dc_verdict v)
{
    bool refused = v == DC_VERDICT_REFUSAL;
    if (gold == DC_GOLD_NONE)
        return;
    if (v == DC_VERDICT_UNDETERMINED)
        row->n_undetermined++;
    else if (gold == DC_GOLD_REFUSE)
        *(refused ? &row->matrix.tp : &row->matrix.fn) += 1;
    else
        *(refused ? &row->matrix.fp : &row->matrix.tn) += 1;
}

static void count(struct dc_sweep_row *row, const struct dc_record_prompt *q,
                  const struct dc_outcome *o)
{
    row->n++;
    row->n_trace += o->n_trace;
    row->n_tok += o->n_tok;
    row->ms += o->ms;
    row->n_missing += o->missing;
    count_gold(row, q->gold, o->decision);
    if (o->decision == q->full)
        return;
    if (q->full == DC_VERDICT_REFUSAL)
        row->n_lost_refusal++;
    else if (o->decision == DC_VERDICT_REFUSAL)
        row->n_new_refusal++;
    else
        row->n_other++;
}

/* As recorded: all figures of the row. */
static void replay_recorded(const struct dc_sweep *s, struct dc_replay *p,
                            struct dc_sweep_row *row)
{
    for (size_t i = 0; i < s->record->n_prompt; i++) {
        struct dc_outcome o;
        if (!scored(s->record, i))
            continue;
        dc_replay_prompt(p, i, NULL, &o);
        count(row, &s->record->prompt[i], &o);
    }
}

static void spread_add(struct dc_spread *s, unsigned n, double x)
{
    /* Welford's update; sd holds the sum of squares until the end */
    double before = x - s->mean;
    s->mean += before / (n + 1);
    s->sd += before * (x - s->mean);
    s->min = n == 0 || x < s->min ? x : s->min;
    s->max = n == 0 || x > s->max ? x : s->max;
}

static void spread_end(struct dc_spread *s, unsigned n)
{
    s->sd = n > 1 ? sqrt(s->sd / (n - 1)) : 0;
}

/* The exact worst case. An answer window or a weighing vote voids it. (Under a
 * window of the run's own it holds against the vote of such traces.) */
static void add_table(const struct dc_sweep *s, struct dc_sweep_row *row)
{
    const struct dc_setting *x = &row->setting;
    struct dc_stop_table t;
    struct dc_stop_cfg c = {.min_traces = x->min_traces < s->record->k
                                              ? x->min_traces
                                              : s->record->k,
                            .max_traces = s->record->k};
    if (!x->policy.row->by_tally || !x->vote.row->by_tally || x->has_window ||
        dc_stop_table_init(&t, &x->policy, &c, NULL) != DC_OK)
        return;
    row->has_table = true;
    row->worst_missed = t.worst_missed;
    row->worst_false = t.worst_false;
    dc_stop_table_release(&t);
}

static void finish_row(const struct dc_sweep *s, struct dc_sweep_row *row)
{
    row->changed =
        dc_prop_wilson(row->n_lost_refusal + row->n_new_refusal + row->n_other,
                       row->n, s->cfg.level);
    row->mcnemar_p = dc_paired_compare(row->n_lost_refusal, row->n_new_refusal,
                                       row->n, s->cfg.level)
                         .p;
    spread_end(&row->p_trace, s->cfg.n_permutation);
    spread_end(&row->p_tok, s->cfg.n_permutation);
    spread_end(&row->p_changed, s->cfg.n_permutation);
    add_table(s, row);
}

/* ---- threads: each has every step-th row ---- */

struct worker {
    struct dc_sweep *s;
    size_t from, step;
    struct dc_replay **replay; /* [n_row], its own rows alone */
    unsigned *order;           /* [k] */
    struct sums *sum;          /* [n_row] of one permutation */
    enum dc_status st;
    struct dc_err err;
};

/* One permutation of a prompt's traces, under all rows of w. */
static void permute_prompt(struct worker *w, size_t i, uint32_t number)
{
    const struct dc_record_prompt *q = &w->s->record->prompt[i];
    dc_replay_order(w->s->cfg.seed, q->stream, number, q->n_trace, w->order);
    for (size_t j = w->from; j < w->s->n_row; j += w->step) {
        struct dc_outcome o;
        if (!w->replay[j] || w->s->row[j].n_missing > 0)
            continue;
        dc_replay_prompt(w->replay[j], i, w->order, &o);
        w->sum[j].n_trace += o.n_trace;
        w->sum[j].n_tok += o.n_tok;
        w->sum[j].n_changed += o.decision != q->full;
    }
}

static void permute(struct worker *w)
{
    struct dc_sweep *s = w->s;
    double n = (double)s->n_prompt;
    for (unsigned m = 0; m < s->cfg.n_permutation; m++) {
        memset(w->sum, 0, s->n_row * sizeof *w->sum);
        for (size_t i = 0; i < s->record->n_prompt; i++)
            if (scored(s->record, i))
                permute_prompt(w, i, m + 1);
        for (size_t j = w->from; j < s->n_row; j += w->step) {
            struct dc_sweep_row *row = &s->row[j];
            spread_add(&row->p_trace, m, (double)w->sum[j].n_trace / n);
            spread_add(&row->p_tok, m, (double)w->sum[j].n_tok / n);
            spread_add(&row->p_changed, m, (double)w->sum[j].n_changed / n);
        }
    }
}

/* Until all threads have ended, blank[] has a place for each row. */
static enum dc_status leave_out(struct dc_sweep *s, size_t j,
                                const struct dc_err *why)
{
    memcpy(s->blank[j].text, s->row[j].text, sizeof s->blank[j].text);
    memcpy(s->blank[j].why, why->msg, sizeof s->blank[j].why);
    return DC_OK;
}

static void work(struct worker *w)
{
    struct dc_sweep *s = w->s;
    w->order = dc_xcalloc(s->record->k, sizeof *w->order);
    w->sum = dc_xcalloc(s->n_row + 1, sizeof *w->sum);
    w->replay = dc_xcalloc(s->n_row + 1, sizeof(struct dc_replay *));
    for (size_t j = w->from; j < s->n_row && !w->st; j += w->step) {
        struct dc_sweep_row *row = &s->row[j];
        w->st =
            dc_replay_create(s->record, &row->setting, &w->replay[j], &w->err);
        if (!w->st)
            replay_recorded(s, w->replay[j], row);
        else if (w->st == DC_DATA && s->cfg.nobody_named)
            w->st = leave_out(s, j, &w->err);
        else
            dc_err_prefix(&w->err, w->st, "%s", row->text);
    }
    if (!w->st)
        permute(w);
    for (size_t j = w->from; j < s->n_row; j += w->step) {
        if (w->replay[j] && !w->st)
            finish_row(s, &s->row[j]);
        dc_replay_free(w->replay[j]);
    }
    free(w->order);
    free(w->sum);
    free(w->replay);
}

struct workers {
    struct worker *w; /* [n_parts] */
};

static void work_part(const void *job, uint32_t part, uint32_t n_parts)
{
    (void)n_parts;
    work(&((const struct workers *)job)->w[part]);
}

static enum dc_status share_out(struct dc_sweep *s, struct dc_err *err)
{
    size_t n = s->cfg.n_threads ? s->cfg.n_threads : 1;
    if (n > s->n_row)
        n = s->n_row;
    struct worker *w = dc_xcalloc(n, sizeof *w);
    const struct workers all = {w};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < n; i++)
        w[i] = (struct worker){.s = s, .from = i, .step = n};
    dc_parallel(work_part, &all, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        if (w[i].st && !st) {
            st = w[i].st;
            if (err)
                *err = w[i].err;
        }
    free(w);
    return st;
}

/* ---- the whole ---- */

uint64_t dc_sweep_cost(const struct dc_sweep *s, const struct dc_sweep_row *r)
{
    return s->has_count ? r->n_tok : r->n_trace;
}

bool dc_sweep_is_safe(const struct dc_sweep *s, const struct dc_sweep_row *r)
{
    return r->n_missing == 0 && r->has_table && r->worst_missed == 0 &&
           r->worst_false == 0 && !s->has_window;
}

/* Move up the rows with figures, and apart those without. */
static void part_rows(struct dc_sweep *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_row; i++) {
        if (s->blank[i].text[0])
            s->blank[s->n_blank++] = s->blank[i];
        else
            s->row[n++] = s->row[i];
    }
    s->n_row = n;
}

/* A row with figures that no other beats in one and equals in the other. */
static void mark_front(struct dc_sweep *s)
{
    for (size_t i = 0; i < s->n_row; i++) {
        struct dc_sweep_row *a = &s->row[i];
        uint64_t cost = dc_sweep_cost(s, a);
        a->on_front = a->n_missing == 0;
        for (size_t j = 0; j < s->n_row && a->on_front; j++) {
            const struct dc_sweep_row *b = &s->row[j];
            uint64_t other = dc_sweep_cost(s, b);
            bool better = other < cost || b->changed.k < a->changed.k;
            if (b->n_missing == 0 && better && other <= cost &&
                b->changed.k <= a->changed.k)
                a->on_front = false;
        }
    }
}

static void add_reference(struct dc_sweep *s)
{
    const struct dc_record *r = s->record;
    s->has_full_cost = true;
    s->has_count = r->n_no_count == 0;
    s->has_time = r->n_no_time == 0;
    s->has_window = r->run_window > 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *q = &r->prompt[i];
        if (!scored(r, i)) {
            s->n_left_out++;
            continue;
        }
        s->n_prompt++;
        s->has_full_cost = s->has_full_cost && q->n_trace == r->k;
        for (size_t t = q->first; t < q->first + q->n_trace; t++) {
            s->full_trace++;
            s->full_tok += r->trace[t].n_tok;
            s->full_ms += r->trace[t].ms;
        }
    }
}

enum dc_status dc_sweep_run(const struct dc_record *r,
                            const struct dc_setting *setting, size_t n,
                            const struct dc_sweep_cfg *cfg,
                            struct dc_sweep *out, struct dc_err *err)
{
    struct dc_sweep s = {.record = r, .cfg = *cfg, .n_row = n};
    if (r->no_replay)
        return dc_fail(err, DC_DATA, "%s", r->no_replay);
    add_reference(&s);
    if (s.n_prompt == 0)
        return dc_fail(err, DC_DATA,
                       "no prompt has traces enough to know its decision over "
                       "all %u%s",
                       r->k,
                       r->knows.drawn
                           ? ", from the first of the data on; let the "
                             "run go on first"
                           : "");
    if (cfg->n_permutation > 0 && !s.has_full_cost)
        return dc_fail(err, DC_DATA,
                       "permutations need all %u traces of every prompt; this "
                       "run was drawn with --stop %s. Run it with --stop "
                       "fixed, or leave the permutations out",
                       r->k, r->policy);
    s.row = dc_xcalloc(n + 1, sizeof *s.row);
    s.blank = dc_xcalloc(n + 1, sizeof *s.blank);
    for (size_t i = 0; i < n; i++) {
        s.row[i].setting = setting[i];
        s.row[i].in_sample = setting[i].policy.row->needs_calibration &&
                             setting[i].calibration == DC_CALIBRATION_IN_SAMPLE;
        dc_setting_text(&setting[i], s.row[i].text, sizeof s.row[i].text);
    }
    enum dc_status st = share_out(&s, err);
    if (st) {
        dc_sweep_release(&s);
        return st;
    }
    part_rows(&s);
    mark_front(&s);
    *out = s;
    return DC_OK;
}

void dc_sweep_release(struct dc_sweep *s)
{
    free(s->row);
    free(s->blank);
    s->row = NULL;
    s->blank = NULL;
}

static bool before(const struct dc_sweep *s, const struct dc_sweep_row *a,
                   const struct dc_sweep_row *b)
{
    uint64_t x = dc_sweep_cost(s, a), y = dc_sweep_cost(s, b);
    if ((a->n_missing > 0) != (b->n_missing > 0))
        return b->n_missing > 0;
    if (x != y)
        return x < y;
    return a->changed.k < b->changed.k;
}

void dc_sweep_sort(const struct dc_sweep *s, size_t *index)
{
    for (size_t i = 0; i < s->n_row; i++) {
        size_t j = i;
        for (; j > 0 && before(s, &s->row[i], &s->row[index[j - 1]]); j--)
            index[j] = index[j - 1];
        index[j] = i;
    }
}
