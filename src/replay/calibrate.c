/*
 * calibrate.c - Learn then Test over replays (calibrate.h).
 *
 * The test of a setting counts the calibration prompts that its loss is about
 * and those it lost, and has the exact binomial p-value of dc_ltt_p(). Which
 * half a prompt falls into depends on its id and the seed alone, so neither the
 * order of the prompts nor the other prompts move it.
 *
 * A policy with a threshold is tested with the threshold of the other four
 * folds of the calibration prompts, and scored with that of all of them: no
 * prompt sees a threshold that it had a part in.
 */
#include "replay/calibrate.h"

#include "base/mem.h"
#include "base/plural.h"
#include "base/rng.h"

#include <deepconf/dist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const loss_name[DC_LOSSES] = {
    "missed-refusals",
    "false-refusals",
    "changed",
};

const char *dc_loss_name(enum dc_loss l)
{
    return loss_name[l];
}

enum dc_status dc_loss_parse(const char *name, enum dc_loss *out,
                             struct dc_err *err)
{
    for (size_t i = 0; i < DC_LOSSES; i++) {
        if (strcmp(name, loss_name[i]) != 0)
            continue;
        *out = (enum dc_loss)i;
        return DC_OK;
    }
    return dc_fail(err, DC_USAGE,
                   "--loss %.60s: expected missed-refusals, false-refusals or "
                   "changed",
                   name);
}

bool dc_calibrate_is_in(const struct dc_calibrate_cfg *cfg, uint64_t stream)
{
    const struct dc_rng_key key = {.seed = cfg->seed ^ 0x63616c69,
                                   .stream = stream};
    return dc_rng_uniform(&key, 0, 0) < cfg->share;
}

/* ---- one setting on one half ---- */

static void add_loss(struct dc_ltt_setting *l, bool about, bool lost)
{
    l->n += about;
    l->lost += about && lost;
}

static void add(struct dc_calibrate_half *h, const struct dc_record_prompt *q,
                const struct dc_outcome *o)
{
    bool refused = o->decision == DC_VERDICT_REFUSAL;
    h->n++;
    h->n_trace += o->n_trace;
    h->n_tok += o->n_tok;
    h->ms += o->ms;
    add_loss(&h->loss[DC_LOSS_MISSED], q->full == DC_VERDICT_REFUSAL, !refused);
    add_loss(&h->loss[DC_LOSS_FALSE], q->full == DC_VERDICT_COMPLIANCE,
             refused);
    add_loss(&h->loss[DC_LOSS_CHANGED], true, o->decision != q->full);
}

static enum dc_status
replay_half(const struct dc_calibrate *c, const struct dc_calibrate_row *row,
            bool calibration, struct dc_calibrate_half *out, struct dc_err *err)
{
    const struct dc_record *r = c->record;
    struct dc_replay *p = NULL;
    size_t n_missing = 0;
    enum dc_status st = dc_replay_create(r, &row->setting, &p, err);
    if (st)
        return dc_err_prefix(err, st, "%s", row->text);
    *out = (struct dc_calibrate_half){.n = 0};
    for (size_t i = 0; i < r->n_prompt; i++) {
        struct dc_outcome o;
        if (!r->prompt[i].has_full || c->subset[i] != calibration)
            continue;
        dc_replay_prompt(p, i, NULL, &o);
        n_missing += o.missing;
        add(out, &r->prompt[i], &o);
    }
    dc_replay_free(p);
    if (n_missing > 0)
        return dc_fail(err, DC_DATA,
                       "%s would need traces that were not drawn for %zu of "
                       "%zu prompt%s: the run was drawn with --stop %s; run it "
                       "with --stop fixed, or name settings that stop no later",
                       row->text, n_missing, out->n, dc_plural(out->n),
                       r->policy);
    return DC_OK;
}

/* The exact worst case. An answer window or a weighing vote voids it. */
static void add_table(const struct dc_calibrate *c,
                      struct dc_calibrate_row *row)
{
    const struct dc_setting *x = &row->setting;
    unsigned k = c->record->k;
    struct dc_stop_table t;
    struct dc_stop_cfg cfg = {
        .min_traces = x->min_traces < k ? x->min_traces : k, .max_traces = k};
    if (!x->policy.row->by_tally || !x->vote.row->by_tally || x->has_window ||
        dc_stop_table_init(&t, &x->policy, &cfg, NULL) != DC_OK)
        return;
    row->has_table = true;
    row->worst = c->cfg.loss == DC_LOSS_FALSE ? t.worst_false : t.worst_missed;
    if (c->cfg.loss == DC_LOSS_CHANGED && t.worst_false > row->worst)
        row->worst = t.worst_false;
    dc_stop_table_release(&t);
}

/* ---- the family ---- */

static void split(struct dc_calibrate *c)
{
    const struct dc_record *r = c->record;
    for (size_t i = 0; i < r->n_prompt; i++) {
        c->subset[i] = dc_calibrate_is_in(&c->cfg, r->prompt[i].stream);
        if (!r->prompt[i].has_full)
            c->n_left_out++;
        else if (c->subset[i])
            c->n_calibration++;
        else
            c->n_scoring++;
    }
}

static void prepare(struct dc_calibrate *c, const struct dc_setting *setting)
{
    for (size_t i = 0; i < c->n_row; i++) {
        struct dc_calibrate_row *row = &c->row[i];
        row->setting = setting[i];
        row->setting.calibration = DC_CALIBRATION_SUBSET;
        row->setting.subset = c->subset;
        dc_setting_text(&row->setting, row->text, sizeof row->text);
        add_table(c, row);
    }
}

static enum dc_status test_all(struct dc_calibrate *c, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    struct dc_ltt_setting *l = dc_xcalloc(c->n_row, sizeof *l);
    for (size_t i = 0; i < c->n_row && !st; i++) {
        struct dc_calibrate_row *row = &c->row[i];
        st = replay_half(c, row, true, &row->half, err);
        l[i] = row->half.loss[c->cfg.loss];
        row->p = dc_ltt_p(&l[i], c->cfg.promise.alpha);
    }
    size_t passed = st ? 0 : dc_ltt_passed(l, c->n_row, c->cfg.promise);
    for (size_t i = 0; i < c->n_row; i++)
        c->row[i].test = i < passed    ? DC_CALIBRATE_PASSED
                         : i == passed ? DC_CALIBRATE_FAILED
                                       : DC_CALIBRATE_NOT_TESTED;
    c->n_trial = l[0].n;
    c->n_needed = dc_ltt_needed(c->cfg.promise.alpha, c->cfg.promise.delta);
    c->too_few = c->n_trial < c->n_needed;
    free(l);
    return st;
}

/* The smallest n at which a setting with these losses passes. */
static uint64_t needed_with(uint64_t lost, struct dc_ltt_promise promise)
{
    uint64_t lo = lost, hi = lost + 1;
    for (;; hi *= 2) {
        struct dc_ltt_setting s = {lost, hi};
        if (dc_ltt_passed(&s, 1, promise) == 1)
            break;
        lo = hi;
    }
    while (hi - lo > 1) { /* not at lo, at hi */
        struct dc_ltt_setting s = {lost, lo + (hi - lo) / 2};
        *(dc_ltt_passed(&s, 1, promise) == 1 ? &hi : &lo) = s.n;
    }
    return hi;
}

static uint64_t cost(const struct dc_calibrate *c, size_t row)
{
    const struct dc_calibrate_half *h = &c->row[row].half;
    return c->has_count ? h->n_tok : h->n_trace;
}

/* ---- how large a run would do ---- */

enum { RUN_MOST = 1 << 28 };

/* Losses with which n trials still pass; false: they don't even without. */
static bool most_losses(const struct dc_calibrate *c, uint64_t n,
                        uint64_t *most)
{
    const struct dc_ltt_promise p = c->cfg.promise;
    struct dc_ltt_setting s = {*most, n};
    if (dc_ltt_passed(&s, 1, p) == 0)
        return false;
    while (dc_ltt_passed(&(struct dc_ltt_setting){s.lost + 1, n}, 1, p) == 1)
        s.lost++;
    *most = s.lost;
    return true;
}

/*
 * That the safest setting passes in a run of n prompts, of each of which a
 * share is a trial, and of each trial a share `lost` is lost.
 */
static double chance(const struct dc_calibrate *c, uint64_t n, double trial,
                     double lost)
{
    double sd = sqrt((double)n * trial * (1 - trial)), sum = 0;
    double lo = (double)n * trial - 8 * sd, hi = (double)n * trial + 8 * sd;
    uint64_t most = 0, t = lo > 0 ? (uint64_t)lo : 0;
    if (lost == 0)
        return n < c->n_needed ? 0 : dc_binom_sf(c->n_needed - 1, n, trial);
    for (; t <= n && (double)t <= hi; t++)
        if (most_losses(c, t, &most))
            sum += dc_binom_pmf(t, n, trial) * dc_binom_cdf(most, t, lost);
    return sum;
}

bool dc_calibrate_run_size(const struct dc_calibrate *c, uint64_t *n)
{
    const struct dc_ltt_setting *l = &c->row[0].half.loss[c->cfg.loss];
    if (l->n == 0 || c->n_calibration == 0)
        return false;
    double trial = c->cfg.share * (double)l->n / (double)c->n_calibration;
    double lost = (double)l->lost / (double)l->n;
    if (lost >= c->cfg.promise.alpha)
        return false;
    uint64_t lo = 0, hi = c->n_needed;
    for (; chance(c, hi, trial, lost) < DC_CALIBRATE_POWER; hi *= 2) {
        if (hi > (lost > 0 ? RUN_MOST >> 10 : RUN_MOST))
            return false;
        lo = hi;
    }
    while (hi - lo > 1) { /* not at lo, at hi */
        uint64_t mid = lo + (hi - lo) / 2;
        *(chance(c, mid, trial, lost) < DC_CALIBRATE_POWER ? &lo : &hi) = mid;
    }
    *n = hi;
    return true;
}

/* All that passed keep the promise together, so any of them may be taken. */
static void choose(struct dc_calibrate *c)
{
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_calibrate_row *row = &c->row[i];
        if (row->test != DC_CALIBRATE_PASSED)
            break;
        if (!c->has_offer || cost(c, i) < cost(c, c->offer))
            c->offer = i;
        c->has_offer = true;
    }
    if (c->has_offer)
        c->n_offer_needed = needed_with(
            c->row[c->offer].half.loss[c->cfg.loss].lost, c->cfg.promise);
}

static void add_full_cost(struct dc_calibrate *c)
{
    const struct dc_record *r = c->record;
    c->has_full_cost = c->n_scoring > 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *q = &r->prompt[i];
        if (!q->has_full || c->subset[i])
            continue;
        c->has_full_cost = c->has_full_cost && q->n_trace == r->k;
        c->full_trace += q->n_trace;
        for (size_t t = q->first; t < q->first + q->n_trace; t++)
            c->full_tok += r->trace[t].n_tok;
    }
}

static enum dc_status score(struct dc_calibrate *c, struct dc_err *err)
{
    add_full_cost(c);
    if (!c->has_offer)
        return DC_OK;
    enum dc_status st =
        replay_half(c, &c->row[c->offer], false, &c->scored, err);
    return st ? st : replay_half(c, &c->row[0], false, &c->safest, err);
}

enum dc_status dc_calibrate_run(const struct dc_record *r,
                                const struct dc_setting *setting, size_t n,
                                const struct dc_calibrate_cfg *cfg,
                                struct dc_calibrate *out, struct dc_err *err)
{
    struct dc_calibrate c = {.record = r,
                             .cfg = *cfg,
                             .n_row = n,
                             .has_count = r->n_no_count == 0,
                             .has_time = r->n_no_time == 0};
    c.subset = dc_xcalloc(r->n_prompt + 1, sizeof *c.subset);
    c.row = dc_xcalloc(n, sizeof *c.row);
    enum dc_status st = DC_OK;
    split(&c);
    if (r->no_replay)
        st = dc_fail(err, DC_DATA, "%s", r->no_replay);
    else if (c.n_calibration + c.n_scoring == 0)
        st = dc_fail(err, DC_DATA,
                     "no prompt has traces enough to know its decision over "
                     "all %u; let the run go on first",
                     r->k);
    if (!st) {
        prepare(&c, setting);
        st = test_all(&c, err);
    }
    if (!st) {
        choose(&c);
        st = score(&c, err);
    }
    if (st)
        dc_calibrate_release(&c);
    else
        *out = c;
    return st;
}

void dc_calibrate_release(struct dc_calibrate *c)
{
    free(c->subset);
    free(c->row);
    *c = (struct dc_calibrate){.n_row = 0};
}

static bool has_undetermined(const struct dc_record *r)
{
    for (size_t i = 0; i < r->n_trace; i++)
        if (r->trace[i].verdict == DC_VERDICT_UNDETERMINED)
            return true;
    return false;
}

bool dc_calibrate_by_table(const struct dc_calibrate *c, size_t *row)
{
    bool found = false;
    if (c->cfg.loss == DC_LOSS_CHANGED && has_undetermined(c->record))
        return false;
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_calibrate_row *x = &c->row[i];
        if (!x->has_table || x->worst > c->cfg.promise.alpha)
            continue;
        if (!found || cost(c, i) < cost(c, *row))
            *row = i;
        found = true;
    }
    return found;
}
