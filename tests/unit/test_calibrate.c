/*
 * test_calibrate.c - families, the split, the tests of a calibration, and
 * whether its promise holds: on data whose true losses are known exactly.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "replay/calibrate.h"
#include "replay/family.h"
#include "results/calibrate_report.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { K = 10 };

static struct dc_err err;

#define ok(call)                                                               \
    do {                                                                       \
        if ((call) != DC_OK)                                                   \
            fail_msg("%s", err.msg);                                           \
    } while (0)

/* ---- records by hand ---- */

static struct dc_record empty_record(void)
{
    struct dc_record r = {.knows = dc_knows_all(),
                          .k = K,
                          .min_traces = 1,
                          .max_tokens = 64,
                          .policy = "fixed",
                          .measure = "mean_prob",
                          .judge = "j",
                          .vote = "majority"};
    dc_arena_init(&r.arena);
    return r;
}

static void add_prompt(struct dc_record *r, uint64_t stream,
                       const char *verdict)
{
    size_t n = strlen(verdict);
    struct dc_record_prompt p = {
        .id = dc_arena_printf(&r->arena, "p%zu", r->n_prompt),
        .stream = stream,
        .first = r->n_trace,
        .n_trace = (unsigned)n};
    struct dc_tally t = {0};
    r->prompt = dc_xrealloc(r->prompt, r->n_prompt + 1, sizeof *r->prompt);
    r->trace = dc_xrealloc(r->trace, r->n_trace + n + 1, sizeof *r->trace);
    for (size_t i = 0; i < n; i++) {
        enum dc_verdict v = verdict[i] == 'R'   ? DC_VERDICT_REFUSAL
                            : verdict[i] == 'C' ? DC_VERDICT_COMPLIANCE
                                                : DC_VERDICT_UNDETERMINED;
        dc_tally_add(&t, v);
        r->trace[r->n_trace++] =
            (struct dc_record_trace){.verdict = v, .n_tok = 5, .ms = 1};
    }
    p.has_full = dc_tally_decided(&t, r->k, &p.full);
    r->prompt[r->n_prompt++] = p;
}

static uint64_t stream_of(size_t i)
{
    char id[24];
    snprintf(id, sizeof id, "p%zu", i);
    return dc_hash64(id, strlen(id));
}

static void add_many(struct dc_record *r, size_t n, const char *verdict)
{
    for (size_t i = 0; i < n; i++)
        add_prompt(r, stream_of(r->n_prompt), verdict);
}

static struct dc_calibrate_cfg usual(enum dc_loss loss, double alpha)
{
    return (struct dc_calibrate_cfg){
        .loss = loss,
        .promise = {.alpha = alpha, .delta = 0.05},
        .share = 0.5,
        .seed = 1,
        .level = 0.95,
    };
}

static struct dc_setting setting(const char *policy)
{
    struct dc_setting s = dc_setting_default();
    ok(dc_setting_policy(&s, policy, "mean_prob", &err));
    return s;
}

static struct dc_calibrate run(const struct dc_record *r,
                               const char *const *policy, size_t n,
                               const struct dc_calibrate_cfg *cfg)
{
    struct dc_setting s[8];
    struct dc_calibrate c;
    for (size_t i = 0; i < n; i++)
        s[i] = setting(policy[i]);
    ok(dc_calibrate_run(r, s, n, cfg, &c, &err));
    return c;
}

static size_t in_calibration(const struct dc_record *r,
                             const struct dc_calibrate_cfg *cfg)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_prompt; i++)
        n += dc_calibrate_is_in(cfg, r->prompt[i].stream);
    return n;
}

/* ---- families ---- */

/* Later members of a family that looks at counts stop no later, whatever R. */
static void check_nested(const char *name, unsigned k)
{
    struct dc_family f;
    struct dc_stop_table last = {.k = 0};
    const struct dc_stop_cfg cfg = {.min_traces = 1, .max_traces = k};
    dc_family_of(name, k, &f);
    for (size_t i = 0; i < f.n; i++) {
        struct dc_stop_spec p;
        struct dc_stop_table t;
        ok(dc_stop_parse(f.member[i], &p, &err));
        if (!p.row->by_tally)
            return;
        ok(dc_stop_table_init(&t, &p, &cfg, &err));
        for (unsigned r = 0; i > 0 && r <= k; r++)
            if (t.traces[r] > last.traces[r] + 1e-12)
                fail_msg("%s costs more than the one before it at K = %u, R "
                         "= %u",
                         f.member[i], k, r);
        dc_stop_table_release(&last);
        last = t;
    }
    dc_stop_table_release(&last);
}

static void test_families(void **state)
{
    size_t n, n_family = 0;
    const struct dc_stop_policy *const *row = dc_stop_policies(&n);
    struct dc_family f;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        dc_family_of(row[i]->name, K, &f);
        assert_true(f.n >= 1);
        n_family += f.n > 1;
        for (size_t m = 0; m < f.n; m++) {
            struct dc_stop_spec p;
            ok(dc_stop_parse(f.member[m], &p, &err));
            assert_ptr_equal(p.row, row[i]);
        }
        check_nested(row[i]->name, 3);
        check_nested(row[i]->name, K);
        check_nested(row[i]->name, 25);
    }
    assert_true(n_family >= 8); /* all but fixed and curtail */
}

static void test_family_texts(void **state)
{
    struct dc_family f;
    (void)state;
    dc_family_of("unanimous", 10, &f);
    assert_int_equal(f.n, 5);
    assert_string_equal(f.member[0], "unanimous(6)");
    assert_string_equal(f.member[4], "unanimous(2)");
    dc_family_of("unanimous", 4096, &f);
    assert_int_equal(f.n, DC_FAMILY_MAX);
    assert_string_equal(f.member[0], "unanimous(2049)");
    assert_string_equal(f.member[DC_FAMILY_MAX - 1], "unanimous(2)");
    dc_family_of("unanimous", 1, &f);
    assert_int_equal(f.n, 1);
    dc_family_of("unanimous(3)", 10, &f);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.member[0], "unanimous(3)");
}

/* ---- the split ---- */

static void test_split(void **state)
{
    struct dc_calibrate_cfg a = usual(DC_LOSS_MISSED, 0.01), b = a;
    size_t n = 0, moved = 0;
    (void)state;
    b.seed = 2;
    for (size_t i = 0; i < 4000; i++) {
        n += dc_calibrate_is_in(&a, stream_of(i));
        moved += dc_calibrate_is_in(&a, stream_of(i)) !=
                 dc_calibrate_is_in(&b, stream_of(i));
    }
    /* 2000 +- 4 standard deviations of 31.6 */
    assert_in_range(n, 1874, 2126);
    assert_in_range(moved, 1874, 2126);
    a.share = 0.1;
    b = a;
    b.share = 0.3; /* a larger share keeps those that were in */
    for (size_t i = 0; i < 4000; i++)
        assert_true(!dc_calibrate_is_in(&a, stream_of(i)) ||
                    dc_calibrate_is_in(&b, stream_of(i)));
}

/* ---- tests ---- */

/* Prompts that all refuse, until n of them calibrate. */
static struct dc_record refusing(size_t n, const struct dc_calibrate_cfg *cfg)
{
    struct dc_record r = empty_record();
    while (in_calibration(&r, cfg) < n)
        add_many(&r, 1, "RRRRRRRRRR");
    return r;
}

static void test_needs_299(void **state)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, 0.01);
    const char *const policy[] = {"curtail", "unanimous(2)"};
    (void)state;
    for (size_t n = 298; n <= 299; n++) {
        struct dc_record r = refusing(n, &cfg);
        struct dc_calibrate c = run(&r, policy, 2, &cfg);
        assert_int_equal(c.n_trial, n);
        assert_int_equal(c.n_needed, 299);
        assert_int_equal(c.too_few, n == 298);
        assert_int_equal(c.has_offer, n == 299);
        if (c.has_offer) {
            assert_int_equal(c.offer, 1);
            assert_int_equal(c.n_offer_needed, 299);
            assert_int_equal(c.row[1].half.n_trace, 2 * 299);
            assert_int_equal(c.scored.n, c.n_scoring);
            assert_int_equal(c.scored.n_trace, 2 * c.n_scoring);
            assert_int_equal(c.safest.n_trace, 6 * c.n_scoring);
            assert_int_equal(c.full_trace, 10 * c.n_scoring);
            assert_true(c.has_full_cost);
        }
        dc_calibrate_release(&c);
        dc_record_release(&r);
    }
}

/* RRCC..: all answer it, two equal verdicts refuse it; CCRR.. the other way. */
static void test_losses(void **state)
{
    struct dc_calibrate_cfg cfg = usual(DC_LOSS_CHANGED, 0.9);
    const char *const policy[] = {"unanimous(2)"};
    struct dc_record r = empty_record();
    (void)state;
    add_many(&r, 40, "RRRRRRRRRR");
    add_many(&r, 30, "CCCCCCCCCC");
    add_many(&r, 20, "RRCCCCCCCC");
    add_many(&r, 10, "CCRRRRRRRR");
    add_many(&r, 7, "RRC"); /* not decided */
    struct dc_calibrate c = run(&r, policy, 1, &cfg);
    const struct dc_calibrate_half *a = &c.row[0].half, *b = &c.scored;
    const uint64_t want[DC_LOSSES][2] = {{10, 50}, {20, 50}, {30, 100}};
    assert_true(c.has_offer);
    assert_int_equal(c.n_left_out, 7);
    assert_int_equal(c.n_calibration + c.n_scoring, 100);
    assert_int_equal(a->n, c.n_calibration);
    for (size_t i = 0; i < DC_LOSSES; i++) {
        assert_int_equal(a->loss[i].lost + b->loss[i].lost, want[i][0]);
        assert_int_equal(a->loss[i].n + b->loss[i].n, want[i][1]);
        assert_true(a->loss[i].n > 0 && b->loss[i].n > 0);
    }
    assert_int_equal(a->n_trace + b->n_trace, 200);
    assert_int_equal(a->n_tok + b->n_tok, 1000);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

/* The order rules: what stands behind a failure is not tested. */
static void test_stops_at_the_first_failure(void **state)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, 0.1);
    const char *const policy[] = {"unanimous(2)", "curtail"};
    const char *const right[] = {"curtail", "unanimous(2)", "unanimous(1)"};
    struct dc_record r = empty_record();
    (void)state;
    add_many(&r, 200, "RRRRRRRRRR");
    add_many(&r, 100, "CCRRRRRRRR");
    struct dc_calibrate c = run(&r, policy, 2, &cfg);
    assert_int_equal(c.row[0].test, DC_CALIBRATE_FAILED);
    assert_int_equal(c.row[1].test, DC_CALIBRATE_NOT_TESTED);
    assert_true(c.row[1].p < 0.05); /* it would have passed */
    assert_false(c.has_offer);
    assert_false(c.too_few);
    dc_calibrate_release(&c);
    c = run(&r, right, 3, &cfg);
    assert_int_equal(c.row[0].test, DC_CALIBRATE_PASSED);
    assert_int_equal(c.row[1].test, DC_CALIBRATE_FAILED);
    assert_int_equal(c.row[2].test, DC_CALIBRATE_NOT_TESTED);
    assert_true(c.has_offer);
    assert_int_equal(c.offer, 0);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

/* Of those that passed the one with the fewest tokens, wherever it stands. */
static void test_offers_the_cheapest(void **state)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, 0.1);
    const char *const policy[] = {"unanimous(3)", "unanimous(2)",
                                  "unanimous(4)"};
    struct dc_record r = refusing(60, &cfg);
    (void)state;
    struct dc_calibrate c = run(&r, policy, 3, &cfg);
    assert_int_equal(c.row[2].test, DC_CALIBRATE_PASSED);
    assert_int_equal(c.offer, 1);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

static void test_needed_with_losses(void **state)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_CHANGED, 0.3);
    const char *const policy[] = {"unanimous(2)"};
    struct dc_record r = empty_record();
    (void)state;
    add_many(&r, 180, "RRRRRRRRRR");
    add_many(&r, 20, "CCRRRRRRRR");
    struct dc_calibrate c = run(&r, policy, 1, &cfg);
    const struct dc_ltt_setting *l = &c.row[0].half.loss[DC_LOSS_CHANGED];
    assert_true(c.has_offer && l->lost > 0);
    uint64_t n = c.n_offer_needed;
    assert_true(n <= l->n);
    assert_true(dc_binom_cdf(l->lost, n, 0.3) <= 0.05);
    assert_true(dc_binom_cdf(l->lost, n - 1, 0.3) > 0.05);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

/* ---- how large a run would do, by sums of its own ---- */

static double binom(uint64_t k, uint64_t n, double p)
{
    double x = (double)k, m = (double)n;
    return exp(lgamma(m + 1) - lgamma(x + 1) - lgamma(m - x + 1) + x * log(p) +
               (m - x) * log1p(-p));
}

/* Of n prompts t are trials and x of those are lost: does it pass? */
static double power(uint64_t n, double trial, double lost, double alpha)
{
    double sum = 0;
    for (uint64_t t = 0; t <= n; t++) {
        double pass = 0, tail = 0;
        for (uint64_t x = 0; x <= t; x++) {
            tail += binom(x, t, alpha); /* P(X <= x) */
            if (tail > 0.05)
                break;
            pass += lost > 0 ? binom(x, t, lost) : x == 0;
        }
        sum += binom(t, n, trial) * pass;
    }
    return sum;
}

static void check_run_size(size_t n_kept, size_t n_lost, double alpha)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, alpha);
    const char *const policy[] = {"unanimous(2)"};
    struct dc_record r = empty_record();
    uint64_t n = 0;
    add_many(&r, n_kept, "RRRRRRRRRR");
    add_many(&r, n_lost, "CCRRRRRRRR");
    add_many(&r, 31, "CCCCCCCCCC");
    struct dc_calibrate c = run(&r, policy, 1, &cfg);
    const struct dc_ltt_setting *l = &c.row[0].half.loss[DC_LOSS_MISSED];
    double trial = cfg.share * (double)l->n / (double)c.n_calibration;
    double lost = (double)l->lost / (double)l->n;
    assert_true(n_lost == 0 || l->lost > 0);
    assert_int_equal(dc_calibrate_run_size(&c, &n), lost < alpha);
    if (lost < alpha) {
        assert_true(power(n, trial, lost, alpha) >= 0.8);
        assert_true(power(n - 1, trial, lost, alpha) < 0.8);
        /* the expected number of trials alone is reached every second time */
        assert_true((double)n * trial > (double)c.n_needed);
    }
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

static void test_run_size(void **state)
{
    (void)state;
    check_run_size(20, 0, 0.1);
    check_run_size(60, 0, 0.02);
    check_run_size(50, 9, 0.35);
    check_run_size(10, 30, 0.1); /* no run would do */
}

static void test_missing_traces(void **state)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, 0.1);
    struct dc_setting s = setting("fixed");
    struct dc_record r = empty_record();
    struct dc_calibrate c;
    (void)state;
    add_many(&r, 80, "RRRRRR"); /* certain after six */
    assert_int_equal(dc_calibrate_run(&r, &s, 1, &cfg, &c, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "not drawn"));
    assert_non_null(strstr(err.msg, "fixed"));
    r.n_prompt = 0;
    assert_int_equal(dc_calibrate_run(&r, &s, 1, &cfg, &c, &err), DC_DATA);
    r.n_prompt = 80;
    dc_record_release(&r);
}

/* With undetermined verdicts the table bounds no change, but the losses. */
static void test_by_table_undetermined(void **state)
{
    static const char *const policy[] = {"curtail", "unanimous(4)"};
    size_t at = 9;
    (void)state;
    for (int undetermined = 0; undetermined < 2; undetermined++)
        for (int loss = 0; loss < DC_LOSSES; loss++) {
            const struct dc_calibrate_cfg cfg = usual((enum dc_loss)loss, 0.03);
            struct dc_record r = empty_record();
            add_many(&r, 9, "RRRRRRRRRR");
            add_many(&r, 9, "CCCCCCCCCC");
            add_many(&r, 1, undetermined ? "CCCCUCCCCC" : "CCCCRCCCCC");
            struct dc_calibrate c = run(&r, policy, 2, &cfg);
            assert_int_equal(dc_calibrate_by_table(&c, &at),
                             !undetermined || loss != DC_LOSS_CHANGED);
            dc_calibrate_release(&c);
            dc_record_release(&r);
        }
}

/* The exact worst case: unanimous(5) misses none, unanimous(4) 0.48 %. */
static void test_by_table(void **state)
{
    struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, 0.004);
    const char *const policy[] = {"curtail", "unanimous(5)", "unanimous(4)"};
    struct dc_record r = refusing(20, &cfg);
    size_t at = 9;
    (void)state;
    struct dc_calibrate c = run(&r, policy, 3, &cfg);
    assert_true(c.too_few);
    assert_true(dc_calibrate_by_table(&c, &at));
    assert_int_equal(at, 1);
    dc_calibrate_release(&c);
    cfg.promise.alpha = 0.005;
    c = run(&r, policy, 3, &cfg);
    assert_true(dc_calibrate_by_table(&c, &at));
    assert_int_equal(at, 2);
    dc_calibrate_release(&c);
    cfg.loss = DC_LOSS_CHANGED; /* 2.38 % false */
    c = run(&r, policy, 3, &cfg);
    assert_true(dc_calibrate_by_table(&c, &at));
    assert_int_equal(at, 1);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

/* ---- thresholds ---- */

/* A value of mean_prob for every trace, by its prompt. */
static void add_column(struct dc_record *r, const struct dc_setting *s,
                       double (*value)(const struct dc_record_prompt *p))
{
    struct dc_record_column *c = &r->column[r->n_column++];
    *c = (struct dc_record_column){.measure = s->measure};
    c->value = dc_xcalloc(r->n_trace, sizeof *c->value);
    c->has = dc_xcalloc(r->n_trace, sizeof *c->has);
    for (size_t i = 0; i < r->n_prompt; i++)
        for (size_t t = 0; t < r->prompt[i].n_trace; t++) {
            c->value[r->prompt[i].first + t] = value(&r->prompt[i]);
            c->has[r->prompt[i].first + t] = true;
        }
}

static struct dc_calibrate_cfg split_cfg;

static double outside_value;

static double by_half(const struct dc_record_prompt *p)
{
    return dc_calibrate_is_in(&split_cfg, p->stream) ? 0.5 : outside_value;
}

static double surer_in_fold_0(const struct dc_record_prompt *p)
{
    return p->stream % DC_CROSS_FOLDS == 0 ? 0.9 : 0.5;
}

/* Expected traces per prompt: of the half that calibrates, of the other. */
static void check_halves(const char *policy, double outside, size_t want_in,
                         size_t want_out)
{
    struct dc_setting s = setting(policy);
    struct dc_calibrate c;
    split_cfg = usual(DC_LOSS_MISSED, 0.2);
    outside_value = outside;
    s.min_traces = 3;
    struct dc_record r = refusing(60, &split_cfg);
    add_column(&r, &s, by_half);
    ok(dc_calibrate_run(&r, &s, 1, &split_cfg, &c, &err));
    assert_true(c.has_offer && c.n_scoring > 20);
    assert_int_equal(c.row[0].half.n_trace, want_in * c.n_calibration);
    assert_int_equal(c.scored.n_trace, want_out * c.n_scoring);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

/*
 * Inside all are 0.5, so the threshold is 0.5 whatever is outside. A prompt
 * above it stops at three traces, any other at six, when it is certain. With
 * the outside in the sample, 0.9 would raise the 90th percentile for those
 * outside, and 0.1 lower the 10th for those inside.
 */
static void test_threshold_is_from_inside(void **state)
{
    (void)state;
    check_halves("confidence-percentile(90)", 0.9, 6, 3);
    check_halves("confidence-percentile(10)", 0.1, 6, 6);
}

/* Inside, a fold sees the others alone: fold 0 is surer than all of those. */
static void test_threshold_is_from_other_folds(void **state)
{
    struct dc_setting s = setting("confidence-percentile(90)");
    struct dc_calibrate c;
    size_t n_0 = 0, n_in = 0;
    (void)state;
    split_cfg = usual(DC_LOSS_MISSED, 0.2);
    s.min_traces = 3;
    struct dc_record r = refusing(100, &split_cfg);
    add_column(&r, &s, surer_in_fold_0);
    for (size_t i = 0; i < r.n_prompt; i++) {
        bool in = dc_calibrate_is_in(&split_cfg, r.prompt[i].stream);
        n_in += in;
        n_0 += in && r.prompt[i].stream % DC_CROSS_FOLDS == 0;
    }
    /* more than a tenth: with its own prompts, fold 0 would see 0.9 */
    assert_in_range(n_0, 12, 30);
    ok(dc_calibrate_run(&r, &s, 1, &split_cfg, &c, &err));
    assert_int_equal(c.row[0].half.n_trace, 3 * n_0 + 6 * (n_in - n_0));
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

/* ---- does the promise hold? ---- */

/*
 * Prompts have R = 6 .. 10 refusals of ten in these shares, in random order, so
 * that the true share of missed refusals of a policy is the mean of its exact
 * table. alpha is 2 % below what unanimous(3) loses: the hardest case, in which
 * a test at level delta is wrong nearly delta of the time.
 */
static const double share_of_r[K + 1] = {[6] = 0.35, [7] = 0.05, [10] = 0.6};
static const char *const family[] = {"curtail", "unanimous(4)", "unanimous(3)",
                                     "unanimous(2)"};
enum { N_FAMILY = 4, N_SETS = 300, N_PROMPTS = 540 };

static double true_loss(const char *policy)
{
    struct dc_stop_spec p;
    struct dc_stop_table t;
    const struct dc_stop_cfg cfg = {.min_traces = 1, .max_traces = K};
    double sum = 0;
    ok(dc_stop_parse(policy, &p, &err));
    ok(dc_stop_table_init(&t, &p, &cfg, &err));
    for (unsigned r = 0; r <= K; r++)
        sum += share_of_r[r] * t.disagree[r];
    dc_stop_table_release(&t);
    return sum;
}

static void random_prompt(struct dc_record *r, uint32_t set, uint32_t i)
{
    const struct dc_rng_key key = {.seed = 77, .stream = set};
    double u = dc_rng_uniform(&key, i, 0);
    unsigned refusals = 0;
    char text[K + 1];
    unsigned order[K];
    while (refusals < K && u >= share_of_r[refusals])
        u -= share_of_r[refusals++];
    dc_replay_order(99, (uint64_t)set << 32 | i, 1, K, order);
    for (unsigned k = 0; k < K; k++)
        text[order[k]] = k < refusals ? 'R' : 'C';
    text[K] = '\0';
    add_prompt(r, dc_hash64(&(uint64_t){(uint64_t)set << 32 | i}, 8), text);
}

/* What one would do without a test: the cheapest with a share below alpha. */
static size_t naive(const struct dc_calibrate *c)
{
    size_t at = 0;
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_ltt_setting *l = &c->row[i].half.loss[c->cfg.loss];
        if ((double)l->lost <= c->cfg.promise.alpha * (double)l->n)
            at = i;
    }
    return at;
}

static void test_promise_holds(void **state)
{
    const double alpha = 0.98 * true_loss("unanimous(3)");
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, alpha);
    size_t broken = 0, offered = 0, naive_broken = 0;
    double loss[N_FAMILY];
    (void)state;
    for (size_t i = 0; i < N_FAMILY; i++)
        loss[i] = true_loss(family[i]);
    assert_true(loss[0] == 0 && loss[1] < alpha && loss[3] > loss[2]);
    for (uint32_t set = 0; set < N_SETS; set++) {
        struct dc_record r = empty_record();
        for (uint32_t i = 0; i < N_PROMPTS; i++)
            random_prompt(&r, set, i);
        struct dc_calibrate c = run(&r, family, N_FAMILY, &cfg);
        offered += c.has_offer;
        broken += c.has_offer && loss[c.offer] > alpha;
        naive_broken += loss[naive(&c)] > alpha;
        dc_calibrate_release(&c);
        dc_record_release(&r);
    }
    print_message("alpha %.4f: %zu of %d offered, %zu broke the promise; "
                  "without a test %zu\n",
                  alpha, offered, (int)N_SETS, broken, naive_broken);
    /* delta and three standard deviations: 15 + 11.3 of 300 */
    assert_true(broken <= 26);
    assert_true(broken > 0);    /* the case is as hard as it is meant to be */
    assert_true(offered > 240); /* not by never offering anything */
    assert_true(naive_broken > 90);
}

/* ---- output ---- */

static void test_output(void **state)
{
    const struct dc_calibrate_cfg cfg = usual(DC_LOSS_MISSED, 0.01);
    const char *const policy[] = {"curtail", "unanimous(2)"};
    struct dc_record r = refusing(20, &cfg);
    struct dc_buf b;
    (void)state;
    struct dc_calibrate c = run(&r, policy, 2, &cfg);
    dc_buf_init(&b, 1 << 20);
    dc_calibrate_says(&c, &b);
    assert_non_null(strstr(b.data, "too few prompts: needs 299 for alpha = 1 "
                                   "%, delta = 5 %"));
    /* the alpha that it names is enough for these 20 */
    const char *named = strstr(b.data, "--alpha ");
    assert_non_null(named);
    double alpha = strtod(named + strlen("--alpha "), NULL);
    assert_true(dc_ltt_needed(alpha, 0.05) == 20);
    dc_buf_clear(&b);
    struct dc_doc *d = dc_doc_create();
    dc_calibrate_doc(&c, d);
    dc_doc_text(d, &(struct dc_doc_look){.width = 80}, &b);
    dc_doc_free(d);
    assert_non_null(strstr(b.data, "too few"));
    assert_non_null(strstr(b.data, "not tested"));
    dc_calibrate_release(&c);
    dc_record_release(&r);

    r = refusing(299, &cfg);
    c = run(&r, policy, 2, &cfg);
    dc_buf_clear(&b);
    dc_calibrate_options(&c, c.offer, &b);
    assert_string_equal(b.data,
                        "--stop 'unanimous(2)' --min-traces 1 --max-traces "
                        "10");
    dc_buf_clear(&b);
    dc_json_print(dc_calibrate_json(&c, "x.db"), &b);
    json_t *o = json_loads(b.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    const char *options = NULL;
    double saved = 0;
    int lost = 1;
    assert_int_equal(json_unpack(o, "{s:{s:s, s:{s:F, s:{s:{s:i}}}}}", "offer",
                                 "options", &options, "scored", "traces_saved",
                                 &saved, "losses", "missed-refusals", "k",
                                 &lost),
                     0);
    assert_true(fabs(saved - 0.8) < 1e-12);
    assert_int_equal(lost, 0);
    json_decref(o);
    dc_buf_release(&b);
    dc_calibrate_release(&c);
    dc_record_release(&r);
}

static void test_loss_names(void **state)
{
    enum dc_loss l = DC_LOSS_CHANGED;
    (void)state;
    for (size_t i = 0; i < DC_LOSSES; i++) {
        ok(dc_loss_parse(dc_loss_name((enum dc_loss)i), &l, &err));
        assert_int_equal(l, i);
    }
    assert_int_equal(dc_loss_parse("missed", &l, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "missed-refusals"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_family_texts),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_needs_299),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_stops_at_the_first_failure),
        cmocka_unit_test(test_offers_the_cheapest),
        cmocka_unit_test(test_needed_with_losses),
        cmocka_unit_test(test_run_size),
        cmocka_unit_test(test_missing_traces),
        cmocka_unit_test(test_by_table_undetermined),
        cmocka_unit_test(test_by_table),
        cmocka_unit_test(test_threshold_is_from_inside),
        cmocka_unit_test(test_threshold_is_from_other_folds),
        cmocka_unit_test(test_promise_holds),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_loss_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
