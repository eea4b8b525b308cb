/*
 * test_replay.c - a live run under any policy equals the replay of that policy
 * over a full `fixed` run of the same seed: the same traces used, the same
 * tokens drawn, the same decision, prompt by prompt. Every policy row, in-trace
 * cuts, answer windows with their audit, votes that weigh.
 *
 * (test_engine_rows.c holds the engine against a walk of its own; here the walk
 * is the one that `sweep` and `calibrate` use.)
 */
#include "replay/sweep.h"
#include "results/judge_start.h"
#include "run_util.h"
#include "stop_util.h"

enum { N_ITEM = 23, K = 8, MAX_TOKENS = 24, WINDOW = 6 };

static struct dc_item item[N_ITEM];
static char item_text[N_ITEM][32], item_id[N_ITEM][16];
static struct dc_dataset data = {.item = item, .n = N_ITEM, .n_rows = N_ITEM};
static struct dc_store *full;
static struct dc_run_view full_run;

static const char *path_of(const char *name)
{
    static char p[512];
    snprintf(p, sizeof p, "%s/%s.db", test_dir(), name);
    return p;
}

static struct dc_run_cfg cfg_of(const char *stop)
{
    struct dc_run_cfg c = test_run_cfg();
    c.policy = policy(stop);
    c.max_tokens = MAX_TOKENS;
    c.stop.min_traces = 2;
    c.stop.max_traces = K;
    c.calibration_share = 0.3;
    c.audit_share = 0.3;
    c.data_name = "replay";
    c.benchmark = "generic";
    c.n_slots = 5;
    return c;
}

static void run_as(const char *name, const struct dc_run_cfg *c)
{
    struct dc_backend_cfg b = dc_backend_cfg_default();
    b.model = "random:refuse=0.5,len=14,vocab=64";
    remove_run(path_of(name));
    assert_int_equal(run_to(path_of(name), "fake", &b, &data, c), DC_OK);
}

static struct dc_store *open_run(const char *name)
{
    struct dc_store *s = NULL;
    assert_int_equal(dc_store_open_ro(path_of(name), &s, NULL), DC_OK);
    return s;
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N_ITEM; i++) {
        snprintf(item_text[i], sizeof item_text[i], "what is item %d", i);
        snprintf(item_id[i], sizeof item_id[i], "p%d", i);
        item[i] = (struct dc_item){.id = item_id[i],
                                   .text = item_text[i],
                                   .n_text = strlen(item_text[i]),
                                   .gold = DC_GOLD_ANSWER};
    }
    dc_sha256_hex("replay", 6, data.sha256);
    struct dc_run_cfg c = cfg_of("fixed");
    run_as("full", &c);
    full = open_run("full");
    assert_int_equal(dc_run_view_open(full, 0, &full_run, NULL), DC_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dc_run_view_close(&full_run);
    dc_store_close(full);
    return 0;
}

/* ---- what a run drew and decided ---- */

struct drawn {
    unsigned n_trace, n_cut;
    uint64_t n_tok;
    enum dc_verdict decision;
    char reason[64];
};

static enum dc_status add_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct drawn *d = (struct drawn *)arg + t->prompt;
    (void)err;
    d->n_trace++;
    d->n_tok += t->n_tok;
    d->n_cut += t->cut == DC_CUT_CONFIDENCE;
    return DC_OK;
}

static enum dc_status add_decision(void *arg, const struct dc_decision_row *r,
                                   struct dc_err *err)
{
    struct drawn *d = (struct drawn *)arg + r->prompt;
    (void)err;
    assert_int_equal(r->n_trace, d->n_trace);
    assert_true(dc_verdict_parse(r->decision, &d->decision));
    snprintf(d->reason, sizeof d->reason, "%s", r->reason);
    return DC_OK;
}

static void read_live(struct drawn *d)
{
    struct dc_store *s = open_run("live");
    memset(d, 0, N_ITEM * sizeof *d);
    assert_int_equal(dc_store_each_trace(s, -1, 0, add_trace, d, NULL), DC_OK);
    assert_int_equal(dc_store_each_decision(s, -1, add_decision, d, NULL),
                     DC_OK);
    dc_store_close(s);
}

/* ---- the same by replay ---- */

static struct dc_setting setting_of(const struct dc_run_cfg *c)
{
    struct dc_setting s = dc_setting_default();
    assert_int_equal(
        dc_setting_policy(&s, c->policy.spec.text, c->measure.spec.text, NULL),
        DC_OK);
    assert_int_equal(dc_setting_vote(&s, c->vote.spec.text, NULL), DC_OK);
    s.min_traces = c->stop.min_traces;
    s.has_window = c->has_window;
    s.window = (unsigned)c->window;
    s.audit_share = c->audit_share;
    s.calibration = DC_CALIBRATION_LIVE;
    s.calibration_share = c->calibration_share;
    return s;
}

/* The record that s needs, of the full run. */
static void read_full(const struct dc_setting *s, struct dc_record *r)
{
    struct dc_record_cfg want = {.n_column = 0};
    struct dc_judge_start judge = {NULL, false};
    struct dc_judge_pick pick;
    struct dc_err err = {.msg = ""};
    assert_int_equal(dc_setting_want(s, &want, NULL), DC_OK);
    assert_int_equal(dc_judge_pick(NULL, &pick, NULL), DC_OK);
    assert_int_equal(dc_judge_start_open(&full_run, &pick, &judge, &want, &err),
                     DC_OK);
    if (dc_record_read(&full_run, &want, r, &err))
        fail_msg("%s", err.msg);
    dc_judge_start_close(&judge);
}

/* Run c, replay c, compare. Returns how many traces confidence cut. */
static unsigned check(const struct dc_run_cfg *c)
{
    struct drawn live[N_ITEM];
    struct dc_setting s = setting_of(c);
    struct dc_record r;
    struct dc_replay *p = NULL;
    unsigned n_cut = 0;
    run_as("live", c);
    read_live(live);
    read_full(&s, &r);
    assert_int_equal(dc_replay_create(&r, &s, &p, NULL), DC_OK);
    for (size_t i = 0; i < N_ITEM; i++) {
        struct dc_outcome o;
        dc_replay_prompt(p, i, NULL, &o);
        if (o.missing || o.n_trace != live[i].n_trace ||
            o.decision != live[i].decision || o.n_tok != live[i].n_tok ||
            strcmp(o.reason, live[i].reason) != 0)
            fail_msg("%s, %s%s: prompt %zu: live %u traces, %u tokens, %s, "
                     "%s; replay %u, %u, %s, %s",
                     c->policy.spec.text, c->vote.spec.text,
                     c->has_window ? ", window" : "", i, live[i].n_trace,
                     (unsigned)live[i].n_tok, dc_verdict_name(live[i].decision),
                     live[i].reason, o.n_trace, (unsigned)o.n_tok,
                     dc_verdict_name(o.decision), o.reason);
        n_cut += live[i].n_cut;
    }
    dc_replay_free(p);
    dc_record_release(&r);
    return n_cut;
}

/* ---- tests ---- */

static void test_every_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_run_cfg c = cfg_of(every_policy[i]);
        check(&c);
    }
}

static void test_every_policy_in_an_answer_window(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_run_cfg c = cfg_of(every_policy[i]);
        c.has_window = true;
        c.window = WINDOW;
        check(&c);
    }
}

static void test_cuts_happen(void **state)
{
    static const char *const stop[] = {
        "deepconf(0.1,1,4,2)", "deepconf(0.5,1,1,3)", "deepconf(0.1,0.95,3,2)"};
    unsigned n_cut[2] = {0, 0};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(stop); i++)
        for (unsigned window = 0; window < 2; window++) {
            struct dc_run_cfg c = cfg_of(stop[i]);
            c.has_window = window;
            c.window = WINDOW;
            n_cut[window] += check(&c);
        }
    assert_true(n_cut[0] >= 15 && n_cut[1] >= 5);
}

static void test_every_vote(void **state)
{
    static const char *const vote[] = {"weighted(tail(4))", "weighted(nll)",
                                       "filtered(0.5, mean)",
                                       "filtered(0.1, group_min(4))"};
    static const char *const stop[] = {"curtail", "unanimous(3)", "esc(2)",
                                       "confidence-percentile(40)"};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(vote); i++)
        for (size_t j = 0; j < DC_COUNT(stop); j++) {
            struct dc_run_cfg c = cfg_of(stop[j]);
            c.vote = vote_spec(vote[i]);
            c.has_window = (i + j) % 2;
            c.window = WINDOW;
            check(&c);
        }
}

/* Every measure where a policy looks at it. */
static void test_every_measure(void **state)
{
    size_t n;
    const struct dc_measure *const *m = dc_measures(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct dc_run_cfg c = cfg_of("confidence-percentile(60)");
        assert_int_equal(dc_measure_parse(m[i]->name, &c.measure, NULL), DC_OK);
        check(&c);
    }
}

/* ---- the default sweep ---- */

static void full_sweep(unsigned n_threads, struct dc_record *r,
                       struct dc_sweep *out)
{
    const struct dc_sweep_defaults d = {"mean_prob", 2, MAX_TOKENS, true,
                                        0,           0, false};
    const struct dc_sweep_cfg how = {20, 3, n_threads, 0.95, false};
    struct dc_record_cfg want = {.n_column = 0};
    struct dc_judge_start judge = {NULL, false};
    struct dc_judge_pick pick;
    struct dc_setting *s = NULL;
    size_t n = 0;
    assert_int_equal(dc_sweep_default(&d, &s, &n, NULL), DC_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(dc_setting_want(&s[i], &want, NULL), DC_OK);
    assert_int_equal(dc_judge_pick(NULL, &pick, NULL), DC_OK);
    assert_int_equal(dc_judge_start_open(&full_run, &pick, &judge, &want, NULL),
                     DC_OK);
    assert_int_equal(dc_record_read(&full_run, &want, r, NULL), DC_OK);
    assert_int_equal(dc_sweep_run(r, s, n, &how, out, NULL), DC_OK);
    dc_judge_start_close(&judge);
    free(s);
}

/* Every policy of the table has a row, whose figures add up. */
static void test_default_sweep(void **state)
{
    struct dc_record r;
    struct dc_sweep s;
    size_t n;
    const struct dc_stop_policy *const *row = dc_stop_policies(&n);
    (void)state;
    full_sweep(1, &r, &s);
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < s.n_row && s.row[j].setting.policy.row != row[i])
            j++;
        if (j == s.n_row)
            fail_msg("add %s to src/replay/sweep_default.c", row[i]->name);
    }
    for (size_t i = 0; i < s.n_row; i++) {
        const struct dc_sweep_row *x = &s.row[i];
        const struct dc_matrix *m = &x->matrix;
        assert_int_equal(x->n, N_ITEM);
        assert_int_equal(m->tp + m->fn + m->fp + m->tn + x->n_undetermined,
                         N_ITEM);
        assert_int_equal(x->changed.k,
                         x->n_lost_refusal + x->n_new_refusal + x->n_other);
        assert_true(x->n_trace <= s.full_trace && x->n_tok <= s.full_tok);
        assert_true(x->p_changed.min <= x->p_changed.mean &&
                    x->p_changed.mean <= x->p_changed.max);
        if (x->has_table && x->worst_missed + x->worst_false == 0)
            assert_true(x->changed.k == 0 && x->p_changed.max == 0);
        if (x->setting.policy.row->needs_calibration)
            assert_int_equal(x->setting.calibration, DC_CALIBRATION_CROSS);
    }
    dc_sweep_release(&s);
    dc_record_release(&r);
}

static void test_threads_change_no_figure(void **state)
{
    struct dc_record r1, r3;
    struct dc_sweep a, b;
    (void)state;
    full_sweep(1, &r1, &a);
    full_sweep(3, &r3, &b);
    assert_int_equal(a.n_row, b.n_row);
    for (size_t i = 0; i < a.n_row; i++) {
        const struct dc_sweep_row *x = &a.row[i], *y = &b.row[i];
        assert_string_equal(x->text, y->text);
        assert_int_equal(x->n_tok, y->n_tok);
        assert_int_equal(x->changed.k, y->changed.k);
        assert_memory_equal(&x->p_tok, &y->p_tok, sizeof x->p_tok);
        assert_memory_equal(&x->p_changed, &y->p_changed, sizeof x->p_changed);
        assert_int_equal(x->on_front, y->on_front);
    }
    dc_sweep_release(&a);
    dc_sweep_release(&b);
    dc_record_release(&r1);
    dc_record_release(&r3);
}

/* The front by its definition, over all pairs of rows. */
static void test_front(void **state)
{
    struct dc_record r;
    struct dc_sweep s;
    unsigned n_on = 0;
    (void)state;
    full_sweep(2, &r, &s);
    for (size_t i = 0; i < s.n_row; i++) {
        bool beaten = false;
        for (size_t j = 0; j < s.n_row; j++) {
            uint64_t ti = s.row[i].n_tok, tj = s.row[j].n_tok;
            uint64_t ci = s.row[i].changed.k, cj = s.row[j].changed.k;
            beaten = beaten || (tj < ti && cj <= ci) || (tj <= ti && cj < ci);
        }
        assert_int_equal(s.row[i].on_front, !beaten);
        n_on += !beaten;
    }
    assert_true(n_on >= 2 && n_on < s.n_row);
    dc_sweep_release(&s);
    dc_record_release(&r);
}

/* Orders are permutations, uniform, and of no number but their own. */
static void test_orders(void **state)
{
    enum { N = 5, DRAWS = 6000 };
    unsigned at[N][N] = {{0}};
    (void)state;
    for (uint32_t number = 0; number <= DRAWS; number++) {
        unsigned order[N], again[N], seen = 0;
        dc_replay_order(7, 99, number, N, order);
        dc_replay_order(7, 99, number, N, again);
        assert_memory_equal(order, again, sizeof order);
        for (unsigned i = 0; i < N; i++) {
            assert_true(order[i] < N);
            seen |= 1u << order[i];
            at[i][order[i]] += number > 0;
            assert_true(number > 0 || order[i] == i);
        }
        assert_int_equal(seen, (1u << N) - 1);
    }
    for (unsigned i = 0; i < N; i++)
        for (unsigned j = 0; j < N; j++) /* 1200 +- 31 */
            assert_true(at[i][j] > 1050 && at[i][j] < 1350);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_policy),
        cmocka_unit_test(test_every_policy_in_an_answer_window),
        cmocka_unit_test(test_cuts_happen),
        cmocka_unit_test(test_every_vote),
        cmocka_unit_test(test_every_measure),
        cmocka_unit_test(test_default_sweep),
        cmocka_unit_test(test_threads_change_no_figure),
        cmocka_unit_test(test_front),
        cmocka_unit_test(test_orders),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
