/*
 * test_stop.c - stopping policies over every sequence of verdicts: curtailment
 * changes no decision, and `need` is neither too small nor too large.
 */
#include <deepconf/stop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { K_MAX = 12 };

static struct dc_stop_spec policy(const char *text)
{
    struct dc_stop_spec p;
    assert_int_equal(dc_stop_parse(text, &p, NULL), DC_OK);
    return p;
}

static struct dc_stop_next ask(const char *name, struct dc_tally t,
                               unsigned min, unsigned max)
{
    struct dc_stop_state s = {.tally = t};
    struct dc_stop_cfg c = {.min_traces = min, .max_traces = max};
    struct dc_stop_spec p = policy(name);
    return dc_stop_ask(&p, &s, &c);
}

static struct dc_tally tally(unsigned r, unsigned c, unsigned u)
{
    return (struct dc_tally){
        .n = r + c + u, .refusal = r, .compliance = c, .undetermined = u};
}

/* ---- the frame ---- */

static void test_registry(void **state)
{
    (void)state;
    size_t n;
    const struct dc_stop_policy *const *p = dc_stop_policies(&n);
    assert_true(n >= 10);
    assert_string_equal(p[0]->name, "curtail");
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(dc_stop_find(p[i]->name), p[i]);
        assert_true(p[i]->rule[0] && p[i]->promise[0]);
        assert_int_equal(p[i]->under_curtail,
                         strcmp(p[i]->name, "fixed") != 0 &&
                             strcmp(p[i]->name, "deepconf") != 0 &&
                             strcmp(p[i]->name, "own-percentile") != 0 &&
                             strcmp(p[i]->name, "cges") != 0);
        assert_int_equal(p[i]->bar != NULL, p[i]->own_measure != NULL);
        assert_int_equal(p[i]->needs_calibration,
                         strcmp(p[i]->name, "confidence-percentile") == 0);
    }
    assert_null(dc_stop_find("no-such-policy"));
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        unsigned min, max;
        enum dc_status want;
        const char *says;
    } row[] = {
        {1, 1, DC_OK, NULL},
        {3, 10, DC_OK, NULL},
        {10, 10, DC_OK, NULL},
        {1, DC_STOP_K_MAX, DC_OK, NULL},
        {0, 10, DC_USAGE, "at least 1"},
        {11, 10, DC_USAGE, "min traces (11) is larger than max traces (10)"},
        {1, DC_STOP_K_MAX + 1, DC_USAGE, "4097"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct dc_err err = {.msg = ""};
        struct dc_stop_cfg c = {.min_traces = row[i].min,
                                .max_traces = row[i].max};
        assert_int_equal(dc_stop_check(&c, &err), row[i].want);
        if (row[i].says)
            assert_non_null(strstr(err.msg, row[i].says));
        else
            assert_string_equal(err.msg, "");
        assert_int_equal(dc_stop_check(&c, NULL), row[i].want);
    }
}

static void test_budget_ends_every_policy(void **state)
{
    (void)state;
    size_t n;
    const struct dc_stop_policy *const *p = dc_stop_policies(&n);
    for (size_t i = 0; i < n; i++) {
        struct dc_stop_next next = ask(p[i]->name, tally(4, 3, 3), 3, 10);
        assert_true(next.stop);
        assert_string_equal(next.reason, "budget spent");
    }
}

static void test_known_answers_of_curtail(void **state)
{
    (void)state;
    static const struct {
        unsigned r, c, u, min, max;
        bool stop;
        unsigned need;
    } row[] = {
        {0, 0, 0, 1, 10, false, 5}, {0, 0, 0, 3, 10, false, 5},
        {0, 0, 0, 8, 10, false, 8}, {0, 5, 0, 3, 10, true, 0},
        {0, 5, 0, 8, 10, false, 3}, {5, 0, 0, 3, 10, false, 1},
        {6, 0, 0, 3, 10, true, 0},  {0, 4, 0, 3, 10, false, 1},
        {0, 0, 4, 3, 10, false, 2}, {0, 0, 6, 3, 10, true, 0},
        {5, 4, 0, 3, 10, false, 1}, {0, 0, 0, 1, 1, false, 1},
        {0, 0, 0, 1, 3, false, 2},  {2, 2, 0, 1, 9, false, 3},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct dc_stop_next next =
            ask("curtail", tally(row[i].r, row[i].c, row[i].u), row[i].min,
                row[i].max);
        assert_int_equal(next.stop, row[i].stop);
        assert_string_equal(next.reason, row[i].stop ? "decision certain" : "");
        if (!row[i].stop)
            assert_int_equal(next.need, row[i].need);
    }
}

/* ---- every tally ---- */

/* The fewest traces after which some continuation of t makes it certain. */
static unsigned need_by_trying(const struct dc_tally *t, unsigned k)
{
    for (unsigned m = 0;; m++)
        for (unsigned r = 0; r <= m; r++)
            for (unsigned c = 0; c <= m - r; c++) {
                struct dc_tally to = tally(t->refusal + r, t->compliance + c,
                                           t->undetermined + m - r - c);
                if (dc_tally_decided(&to, k, NULL))
                    return m;
            }
}

static void check_need(struct dc_tally t, unsigned min, unsigned k)
{
    struct dc_stop_next next = ask("curtail", t, min, k);
    unsigned need = need_by_trying(&t, k);
    assert_int_equal(next.stop, need == 0 && t.n >= min);
    if (next.stop)
        return;
    if (t.n < min && need < min - t.n)
        need = min - t.n;
    assert_int_equal(next.need, need);
    assert_true(next.need >= 1 && next.need <= k - t.n);
    assert_int_equal(ask("fixed", t, min, k).need, k - t.n);
}

static void test_need_is_exact(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= K_MAX; k++)
        for (unsigned r = 0; r < k; r++)
            for (unsigned c = 0; c < k - r; c++)
                for (unsigned u = 0; u < k - r - c; u++)
                    for (unsigned min = 1; min <= k; min++)
                        check_need(tally(r, c, u), min, k);
}

/* ---- every sequence ---- */

struct run {
    enum dc_verdict decision;
    unsigned n; /* traces drawn */
};

/*
 * Draw traces as an engine does, `need` at a time, and check on the way that
 * the policy would not have stopped before.
 */
static struct run run_policy(const struct dc_stop_spec *p,
                             const enum dc_verdict *v,
                             const struct dc_stop_cfg *c)
{
    struct dc_stop_state s = {.tally = {0}};
    struct dc_stop_next next = dc_stop_ask(p, &s, c);
    while (!next.stop) {
        unsigned due = s.tally.n + next.need;
        assert_true(next.need >= 1 && due <= c->max_traces);
        while (s.tally.n < due) {
            dc_tally_add(&s.tally, v[s.tally.n]);
            struct dc_stop_next early = dc_stop_ask(p, &s, c);
            assert_true(s.tally.n == due || !early.stop);
            next = early;
        }
    }
    assert_true(s.tally.n >= c->min_traces && s.tally.n <= c->max_traces);
    struct run r = {.n = s.tally.n};
    if (!dc_tally_decided(&s.tally, c->max_traces, &r.decision))
        r.decision = dc_tally_decide(&s.tally);
    return r;
}

static void check_sequences(unsigned k, unsigned n_outcome, unsigned min)
{
    static const enum dc_verdict outcome[] = {
        DC_VERDICT_COMPLIANCE, DC_VERDICT_REFUSAL, DC_VERDICT_UNDETERMINED};
    struct dc_stop_spec fixed = policy("fixed");
    struct dc_stop_spec curtail = policy("curtail");
    struct dc_stop_cfg c = {.min_traces = min, .max_traces = k};
    unsigned long n_seq = 1;
    for (unsigned i = 0; i < k; i++)
        n_seq *= n_outcome;
    unsigned long saved = 0;
    for (unsigned long seq = 0; seq < n_seq; seq++) {
        enum dc_verdict v[K_MAX];
        unsigned long code = seq;
        for (unsigned i = 0; i < k; i++, code /= n_outcome)
            v[i] = outcome[code % n_outcome];
        struct run all = run_policy(&fixed, v, &c);
        struct run some = run_policy(&curtail, v, &c);
        assert_int_equal(all.n, k);
        assert_int_equal(some.decision, all.decision);
        saved += all.n - some.n;
    }
    if (k > 2 && min <= k / 2)
        assert_true(saved > 0);
}

static void test_curtail_changes_no_decision(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= 8; k++)
        for (unsigned min = 1; min <= k; min++)
            check_sequences(k, 3, min);
    for (unsigned k = 1; k <= K_MAX; k++)
        check_sequences(k, 2, k < 3 ? k : 3);
}

/* ---- confidence-percentile ---- */

static struct dc_stop_next ask_conf(struct dc_tally t, bool has, double conf)
{
    struct dc_stop_trace trace[10] = {{0}};
    struct dc_stop_state s = {.tally = t, .trace = trace};
    struct dc_stop_cfg c = {.min_traces = 3,
                            .max_traces = 10,
                            .has_threshold = true,
                            .threshold = -0.5};
    struct dc_stop_spec p = policy("confidence-percentile");
    if (t.n > 0) {
        trace[t.n - 1].has_conf = has;
        trace[t.n - 1].conf = conf;
    }
    return dc_stop_ask(&p, &s, &c);
}

static void test_confidence_percentile(void **state)
{
    (void)state;
    struct dc_stop_next next = ask_conf(tally(0, 0, 0), false, 0);
    assert_false(next.stop);
    assert_int_equal(next.need, 3);
    next = ask_conf(tally(1, 1, 0), true, 9); /* below min */
    assert_false(next.stop);
    assert_int_equal(next.need, 1);
    next = ask_conf(tally(2, 1, 0), true, -0.4);
    assert_true(next.stop);
    assert_string_equal(next.reason, "confidence above threshold");
    next = ask_conf(tally(2, 1, 0), true, -0.5); /* strict */
    assert_false(next.stop);
    assert_int_equal(next.need, 1);
    next = ask_conf(tally(2, 1, 0), false, 9); /* no confidence, no stop */
    assert_false(next.stop);
    /* curtailment goes first, surer trace or not */
    next = ask_conf(tally(6, 1, 0), true, -9);
    assert_true(next.stop);
    assert_string_equal(next.reason, "decision certain");
    next = ask_conf(tally(6, 1, 0), true, 9);
    assert_string_equal(next.reason, "decision certain");
    next = ask_conf(tally(5, 5, 0), true, 9);
    assert_string_equal(next.reason, "budget spent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_budget_ends_every_policy),
        cmocka_unit_test(test_known_answers_of_curtail),
        cmocka_unit_test(test_need_is_exact),
        cmocka_unit_test(test_curtail_changes_no_decision),
        cmocka_unit_test(test_confidence_percentile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
