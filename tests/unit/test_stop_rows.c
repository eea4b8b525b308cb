/*
 * test_stop_rows.c - what every policy of the table must keep, over every
 * sequence of verdicts, and the rules of each against their formulas.
 */
#include "stop_util.h"

#include <math.h>

/* ---- every row ---- */

static struct dc_stop_cfg cfg(unsigned min, unsigned max)
{
    return (struct dc_stop_cfg){.min_traces = min,
                                .max_traces = max,
                                .has_threshold = true,
                                .threshold = 7};
}

/* Asks at every trace; holds `need` and the bounds to what happens. */
static void check_sequence(const struct dc_stop_spec *p,
                           const struct dc_stop_trace *t,
                           const struct dc_stop_cfg *c)
{
    struct dc_stop_state s = {.trace = t};
    unsigned due = 0;
    for (;;) {
        struct dc_stop_next next = dc_stop_ask(p, &s, c);
        struct dc_stop_next again = dc_stop_ask(p, &s, c);
        unsigned n = s.tally.n;
        assert_true(next.stop == again.stop && next.need == again.need);
        if (next.stop) {
            if (n < due || n < c->min_traces)
                fail_msg("%s stops at %u, not before %u", p->spec.text, n, due);
            return;
        }
        assert_true(n < c->max_traces);
        assert_true(next.need >= 1 && n + next.need <= c->max_traces);
        if (p->row->under_curtail && !c->weighted && n >= c->min_traces)
            assert_false(dc_tally_decided(&s.tally, c->max_traces, NULL));
        due = due > n + next.need ? due : n + next.need;
        dc_tally_add(&s.tally, t[n].verdict);
    }
}

static void test_every_sequence(void **state)
{
    struct dc_stop_trace t[8];
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_stop_spec p = policy(every_policy[i]);
        for (unsigned k = 1; k <= 7; k++)
            for (unsigned min = 1; min <= k; min += 2)
                for (unsigned long seq = 0; seq < power(3, k); seq++) {
                    struct dc_stop_cfg c = cfg(min, k);
                    make_traces(t, k, seq, 3);
                    check_sequence(&p, t, &c);
                    c.weighted = true;
                    check_sequence(&p, t, &c);
                }
    }
}

/* All rows of the table are among them, by their defaults. */
static void test_no_row_is_left_out(void **state)
{
    size_t n;
    const struct dc_stop_policy *const *row = dc_stop_policies(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        bool there = false;
        for (size_t j = 0; j < DC_COUNT(every_policy); j++)
            there |= !strcmp(every_policy[j], row[i]->name);
        if (!there)
            fail_msg("add %s to stop_util.h", row[i]->name);
    }
}

/*
 * A decision follows from verdicts that were given: compliance needs at least
 * as many compliances as refusals and more than undetermined ones alone.
 */
static void test_undetermined_is_no_compliance(void **state)
{
    struct dc_stop_trace t[8];
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_stop_spec p = policy(every_policy[i]);
        bool weighs = p.row->decide != NULL;
        for (unsigned k = 1; k <= 7; k++)
            for (unsigned long seq = 0; seq < power(3, k); seq++) {
                struct dc_stop_cfg c = cfg(1, k);
                struct dc_tally seen = {0};
                make_traces(t, k, seq, 3);
                struct outcome o = draw(&p, t, &c);
                for (unsigned j = 0; j < o.n; j++)
                    dc_tally_add(&seen, t[j].verdict);
                assert_int_not_equal(o.decision, DC_VERDICT_PARTIAL);
                if (o.decision == DC_VERDICT_COMPLIANCE)
                    assert_true(seen.compliance > 0);
                if (o.decision == DC_VERDICT_REFUSAL)
                    assert_true(seen.refusal > 0);
                if (weighs)
                    continue;
                if (o.decision == DC_VERDICT_COMPLIANCE)
                    assert_true(2 * seen.compliance >= seen.n);
                if (o.decision == DC_VERDICT_REFUSAL)
                    assert_true(2 * seen.refusal > seen.n);
            }
    }
}

/* With votes still open, an undetermined trace never brings a decision that
 * the same traces with a compliance in its place would not. */
static void test_undetermined_helps_no_side(void **state)
{
    static const char *const name[] = {
        "unanimous(2)", "hypergeometric(0.2)", "adaptive-consistency(0.8)",
        "e-process(0.4)", "sprt(0.4,0.6,0.2,0.2)"};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(name); i++) {
        struct dc_stop_spec p = policy(name[i]);
        struct dc_stop_cfg c = cfg(1, 12);
        for (unsigned r = 0; r <= 6; r++)
            for (unsigned u = 1; r + u < 12; u++) {
                struct dc_stop_state with = {
                    .tally = {.n = r + u, .refusal = r, .undetermined = u}};
                struct dc_stop_state instead = {
                    .tally = {.n = r + u, .refusal = r, .compliance = u}};
                const struct dc_stop_view a = {&with, &c, p.spec.arg};
                const struct dc_stop_view b = {&instead, &c, p.spec.arg};
                struct dc_stop_next x, y;
                p.row->next(&a, &x);
                p.row->next(&b, &y);
                if (x.stop && !y.stop)
                    fail_msg("%s: %u refusals, %u undetermined", name[i], r, u);
            }
    }
}

/* ---- formulas ---- */

static double choose(unsigned n, unsigned k)
{
    double c = 1;
    for (unsigned i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return c;
}

static bool says_stop(const char *text, unsigned r, unsigned c, unsigned u,
                      unsigned k)
{
    struct dc_stop_spec p = policy(text);
    struct dc_stop_cfg cf = cfg(1, k);
    struct dc_stop_state s = {.tally = {r + c + u, r, c, u}};
    const struct dc_stop_view v = {&s, &cf, p.spec.arg};
    struct dc_stop_next out;
    p.row->next(&v, &out);
    return out.stop;
}

/* P(X >= x) of n drawn from k with m marked, by counting. */
static double hyper(unsigned x, unsigned n, unsigned m, unsigned k)
{
    double sum = 0;
    for (unsigned j = x; j <= n && j <= m; j++)
        if (n - j <= k - m)
            sum += choose(m, j) * choose(k - m, n - j) / choose(k, n);
    return sum;
}

static void test_hypergeometric_formula(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= 24; k++)
        for (unsigned n = 0; n < k; n++)
            for (unsigned r = 0; r <= n; r++) {
                double p = fmin(hyper(r, n, k / 2, k),
                                hyper(n - r, n, k - k / 2 - 1, k));
                if (fabs(p - 0.013) < 1e-9)
                    continue;
                assert_int_equal(
                    says_stop("hypergeometric(0.013)", r, n - r, 0, k),
                    p <= 0.013);
            }
}

static void test_adaptive_consistency_formula(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 30; n++)
        for (unsigned r = 0; r <= n; r++) {
            unsigned a = r > n - r ? r : n - r;
            double p = 0;
            for (unsigned j = 0; j <= a; j++)
                p += choose(n + 1, j) / pow(2, n + 1);
            if (fabs(p - 0.93) < 1e-9)
                continue;
            assert_int_equal(
                says_stop("adaptive-consistency(0.93)", r, n - r, 0, 30),
                p >= 0.93);
        }
}

static void test_sprt_formula(void **state)
{
    double up = log(0.93 / 0.05), down = log(0.07 / 0.95);
    (void)state;
    for (unsigned n = 0; n < 40; n++)
        for (unsigned r = 0; r <= n; r++) {
            double l =
                r * log(0.7 / 0.35) + (n - r) * log((1 - 0.7) / (1 - 0.35));
            assert_int_equal(
                says_stop("sprt(0.35,0.7,0.05,0.07)", r, n - r, 0, 40),
                l >= up || l <= down);
        }
}

/* E_n by its sum of products: the mixture of likelihoods over (1/2, 1). */
static double e_value(unsigned x, unsigned n)
{
    enum { STEPS = 4000 };
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) { /* Simpson */
        double p = 0.5 + 0.5 * i / STEPS;
        double w = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        sum += w * pow(2 * p, x) * pow(2 * (1 - p), n - x);
    }
    return sum / (3 * STEPS);
}

static void test_e_process_formula(void **state)
{
    unsigned n_stop = 0;
    (void)state;
    for (unsigned n = 0; n < 40; n++)
        for (unsigned r = 0; r <= n; r++) {
            double e = fmax(e_value(r, n), e_value(n - r, n));
            if (fabs(e - 1 / 0.07) < 1e-5)
                continue;
            bool want = e >= 1 / 0.07;
            assert_int_equal(says_stop("e-process(0.07)", r, n - r, 0, 40),
                             want);
            n_stop += want;
        }
    assert_true(n_stop > 100);
}

/* P(it ever claims refusal) at p = 1/2, exactly: at most alpha per side. */
static void test_e_process_promise(void **state)
{
    enum { K = 40 };
    static const double alpha[] = {0.2, 0.05, 0.01};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(alpha); i++) {
        char text[64];
        double mass[K + 2] = {1}, wrong = 0;
        snprintf(text, sizeof text, "e-process(%g)", alpha[i]);
        for (unsigned n = 0; n <= K; n++) {
            double next[K + 2] = {0};
            for (unsigned r = 0; r <= n; r++) {
                if (2 * r > n && says_stop(text, r, n - r, 0, K + 1)) {
                    wrong += mass[r];
                    continue;
                }
                next[r] += mass[r] / 2;
                next[r + 1] += mass[r] / 2;
            }
            memcpy(mass, next, sizeof mass);
        }
        if (wrong > alpha[i])
            fail_msg("%s: %g", text, wrong);
        assert_true(wrong > alpha[i] / 10);
    }
}

/* ---- policies that look at more than counts ---- */

static void set(struct dc_stop_trace *t, const char *verdicts)
{
    for (size_t i = 0; verdicts[i]; i++)
        t[i] = (struct dc_stop_trace){
            .verdict = verdicts[i] == 'R'   ? DC_VERDICT_REFUSAL
                       : verdicts[i] == 'P' ? DC_VERDICT_PARTIAL
                       : verdicts[i] == 'C' ? DC_VERDICT_COMPLIANCE
                                            : DC_VERDICT_UNDETERMINED,
            .has_conf = true,
            .conf = 1};
}

static void test_esc(void **state)
{
    static const struct {
        const char *verdicts;
        unsigned n;
    } row[] = {{"RRRRCCCCCCCC", 4}, {"CRRRRRRRCCCC", 8}, {"CRRRRCCCRRRR", 12},
               {"PRPRCCCCCCCC", 4}, {"UUUUCCCCRRRR", 8}, {"RRRUCCCURRRR", 12}};
    struct dc_stop_spec p = policy("esc(4)");
    struct dc_stop_cfg c = cfg(1, 24);
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_stop_trace t[24];
        set(t, "UUUUUUUUUUUUUUUUUUUUUUUU");
        set(t, row[i].verdicts);
        struct dc_stop_state s = {.trace = t};
        for (unsigned n = 0; n < row[i].n; n++) {
            struct dc_stop_next next = dc_stop_ask(&p, &s, &c);
            assert_false(next.stop);
            assert_int_equal(next.need, 4 - n % 4);
            dc_tally_add(&s.tally, t[n].verdict);
        }
        assert_true(dc_stop_ask(&p, &s, &c).stop);
    }
}

static enum dc_verdict deepconf_decision(const struct dc_stop_spec *p,
                                         const struct dc_stop_trace *t,
                                         const struct dc_stop_cfg *c,
                                         unsigned *n)
{
    struct outcome o = draw(p, t, c);
    *n = o.n;
    return o.decision;
}

static void test_deepconf(void **state)
{
    struct dc_stop_spec p = policy("deepconf(0.5,0.8,4,3)");
    struct dc_stop_cfg c = cfg(1, 10);
    struct dc_stop_trace t[10];
    struct dc_stop_state s = {.trace = t};
    double bar = 0;
    size_t window = 0;
    unsigned n;
    char m[DC_SPEC_TEXT];
    (void)state;
    dc_stop_measure(&p, "mean", m);
    assert_string_equal(m, "group_min(4)");
    set(t, "RRCCCCCCCC");
    t[0].conf = 4, t[1].conf = 2, t[2].conf = 1;
    assert_false(dc_stop_bar(&p, &s, &c, &bar, &window));
    for (unsigned i = 0; i < 3; i++)
        dc_tally_add(&s.tally, t[i].verdict);
    assert_true(dc_stop_bar(&p, &s, &c, &bar, &window));
    assert_true(bar == 2); /* the median of 1, 2, 4 */
    assert_int_equal(window, 4);
    /* trace 2 lies below the bar: R 6, C 0 */
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_REFUSAL);
    assert_int_equal(n, 3);
    /* a split warm-up: R 4 against C 2, then R 9 against 2 */
    t[1].verdict = DC_VERDICT_COMPLIANCE;
    t[3].verdict = DC_VERDICT_REFUSAL;
    t[3].conf = 5;
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_REFUSAL);
    assert_int_equal(n, 4);
    /* a cut trace has no say, however sure it was */
    t[3].cut = true;
    t[3].verdict = DC_VERDICT_UNDETERMINED;
    t[4].conf = 100;
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_COMPLIANCE);
    assert_int_equal(n, 5);
    /* nobody has a confidence: nothing weighs, all K, undetermined */
    for (unsigned i = 0; i < 10; i++)
        t[i].has_conf = false;
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_UNDETERMINED);
    assert_int_equal(n, 10);
}

/* 0.7 of 21 traces: the bar is the seventh, which is among those that vote. */
static void test_deepconf_at_its_bar(void **state)
{
    struct dc_stop_spec p = policy("deepconf(0.7,1,4,21)");
    struct dc_stop_cfg c = cfg(21, 21);
    struct dc_stop_trace t[21];
    struct dc_stop_state s = {.trace = t};
    double bar = 0;
    size_t window;
    unsigned n;
    (void)state;
    set(t, "CCCCCCRCCCCCCCCRRRRRR");
    for (unsigned i = 0; i < 21; i++) {
        t[i].conf = 1 + i;
        dc_tally_add(&s.tally, t[i].verdict);
    }
    t[15].verdict = DC_VERDICT_COMPLIANCE;
    assert_true(dc_stop_bar(&p, &s, &c, &bar, &window));
    assert_true(bar == 7);
    /* 7 and 17 to 21 of 7 to 21: 102 of 210; without the seventh 95 of 203 */
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_COMPLIANCE);
    /* 7, 8 and 17 to 21: 110 of 210; without the seventh 103 of 203 */
    t[7].verdict = DC_VERDICT_REFUSAL;
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_REFUSAL);
    /* 8 and 17 to 21: 103 of 210, but of 203 more than half */
    t[6].verdict = DC_VERDICT_COMPLIANCE;
    assert_int_equal(deepconf_decision(&p, t, &c, &n), DC_VERDICT_COMPLIANCE);
}

/* No trace may start without its bar, however large min_traces is. */
static void test_cutting_waits_for_the_bar(void **state)
{
    struct dc_stop_spec p = policy("deepconf(0.9,0.95,4,2)");
    struct dc_stop_cfg c = cfg(5, 10);
    struct dc_stop_trace t[10];
    struct dc_stop_state s = {.trace = t};
    (void)state;
    set(t, "RRRRRRRRRR");
    assert_int_equal(dc_stop_ask(&p, &s, &c).need, 2);
    dc_tally_add(&s.tally, t[0].verdict);
    assert_int_equal(dc_stop_ask(&p, &s, &c).need, 1);
    dc_tally_add(&s.tally, t[1].verdict);
    assert_int_equal(dc_stop_ask(&p, &s, &c).need, 3);
    assert_int_equal(draw(&p, t, &c).n, 5);
}

/* The share of prompts is kept, and depends on the prompt and the seed only. */
static void test_audit_share(void **state)
{
    (void)state;
    for (int share = 0; share <= 10; share++) {
        unsigned n = 0;
        for (uint64_t i = 0; i < 20000; i++) {
            bool in = dc_window_audited(7, i * 77777, share / 10.0);
            assert_int_equal(in, dc_window_audited(7, i * 77777, share / 10.0));
            /* a larger share audits the same prompts and more */
            assert_true(!in ||
                        dc_window_audited(7, i * 77777, share / 10.0 + 0.1));
            n += in;
        }
        assert_true(n >= 2000u * (unsigned)share - (share ? 300u : 0u));
        assert_true(n <= 2000u * (unsigned)share + (share ? 300u : 0u));
    }
    unsigned differ = 0;
    for (uint64_t i = 0; i < 1000; i++)
        differ += dc_window_audited(1, i, 0.5) != dc_window_audited(2, i, 0.5);
    assert_true(differ > 400 && differ < 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sequence),
        cmocka_unit_test(test_no_row_is_left_out),
        cmocka_unit_test(test_undetermined_is_no_compliance),
        cmocka_unit_test(test_undetermined_helps_no_side),
        cmocka_unit_test(test_hypergeometric_formula),
        cmocka_unit_test(test_adaptive_consistency_formula),
        cmocka_unit_test(test_sprt_formula),
        cmocka_unit_test(test_e_process_formula),
        cmocka_unit_test(test_e_process_promise),
        cmocka_unit_test(test_esc),
        cmocka_unit_test(test_deepconf),
        cmocka_unit_test(test_deepconf_at_its_bar),
        cmocka_unit_test(test_cutting_waits_for_the_bar),
        cmocka_unit_test(test_audit_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
