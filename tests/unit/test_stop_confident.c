/*
 * test_stop_confident.c - the policies that stop by confidence, against
 * formulas of their own: own-percentile by the moments of order statistics,
 * cges by the product of likelihoods.
 */
#include "stop_util.h"

#include <math.h>

static struct dc_stop_cfg cfg(unsigned min, unsigned max)
{
    return (struct dc_stop_cfg){.min_traces = min, .max_traces = max};
}

static struct dc_stop_trace trace(enum dc_verdict verdict, double conf)
{
    return (struct dc_stop_trace){
        .verdict = verdict, .has_conf = true, .conf = conf};
}

/* ---- own-percentile ---- */

/* E[U(a)^i U(b)^j] of the order statistics a <= b of w uniforms (from 1). */
static double moment(unsigned w, unsigned a, unsigned b, unsigned i, unsigned j)
{
    return exp(lgamma(w + 1.0) - lgamma(w + i + j + 1.0) + lgamma(a + i) -
               lgamma(a) + lgamma(b + i + j) - lgamma(b + i));
}

/* E[((1-f) U(a) + f U(a+1))^m]; f 0: of U(a) alone. */
static double threshold_moment(unsigned w, unsigned a, double f, unsigned m)
{
    double sum = 0, choose = 1;
    if (f == 0)
        return moment(w, a, a, m, 0);
    for (unsigned i = 0; i <= m; i++) {
        sum += choose * pow(1 - f, i) * pow(f, m - i) *
               moment(w, a, a + 1, i, m - i);
        choose = choose * (m - i) / (i + 1);
    }
    return sum;
}

/*
 * The expected traces of a prompt whose confidences are independent and
 * uniform. Of the first w, the last is below the threshold if its rank is; each
 * later trace is with the threshold's own value as probability.
 */
static double expected(double q, unsigned w, unsigned k)
{
    double h = (w - 1) * q / 100, f = h - floor(h), sum = w;
    unsigned a = (unsigned)h + 1;
    double below = (f > 0 ? a : a - 1) / (double)w;
    for (unsigned m = 0; w + m < k; m++)
        sum += below * threshold_moment(w, a, f, m);
    return sum;
}

static double simulated(const char *text, unsigned k, double (*of)(double))
{
    enum { PROMPTS = 40000, MOST = 16 };
    struct dc_stop_spec p = policy(text);
    struct dc_stop_cfg c = cfg(1, k);
    struct dc_stop_trace t[MOST];
    uint64_t sum = 0;
    assert_true(k <= MOST);
    for (unsigned i = 0; i < PROMPTS; i++) {
        const struct dc_rng_key key = {.seed = 17, .stream = i};
        for (unsigned n = 0; n < k; n++)
            t[n] = trace(DC_VERDICT_REFUSAL, of(dc_rng_uniform(&key, n, 0)));
        sum += draw(&p, t, &c).n;
    }
    return (double)sum / PROMPTS;
}

static double uniform(double u)
{
    return u;
}

static double skewed(double u)
{
    return -log1p(-u);
}

static void test_own_percentile_expectation(void **state)
{
    static const struct {
        const char *text;
        double q;
        unsigned w, k;
    } row[] = {
        {"own-percentile(20)", 20, 3, 10}, {"own-percentile(90)", 90, 3, 10},
        {"own-percentile(70)", 70, 3, 10}, {"own-percentile(95,5)", 95, 5, 16},
        {"own-percentile(0,4)", 0, 4, 12}, {"own-percentile(30,1)", 30, 1, 10}};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        double want = expected(row[i].q, row[i].w, row[i].k);
        double got = simulated(row[i].text, row[i].k, uniform);
        if (fabs(got - want) > 0.06) /* five standard errors at most */
            fail_msg("%s: %.4f traces, expected %.4f", row[i].text, got, want);
    }
    /* by hand: 3 + (1 + 0.35 + ...)/3. The evaluation that ran the rule saw
     * 3.54 and 5.42 traces. */
    assert_true(fabs(expected(20, 3, 10) - 3.56126) < 1e-5);
    assert_true(fabs(expected(90, 3, 10) - 5.30961) < 1e-5);
}

/* At a percentile that is a rank the distribution does not matter. */
static void test_own_percentile_ranks(void **state)
{
    (void)state;
    assert_true(fabs(simulated("own-percentile(50)", 10, skewed) -
                     expected(50, 3, 10)) < 0.06);
    assert_true(fabs(simulated("own-percentile(100)", 10, skewed) -
                     expected(100, 3, 10)) < 0.06);
}

static struct outcome own(const char *text, unsigned min, const double *conf,
                          unsigned k)
{
    struct dc_stop_trace t[16];
    struct dc_stop_spec p = policy(text);
    struct dc_stop_cfg c = cfg(min, k);
    for (unsigned i = 0; i < k; i++) {
        t[i] = trace(DC_VERDICT_COMPLIANCE, conf[i]);
        t[i].has_conf = conf[i] >= 0;
    }
    return draw(&p, t, &c);
}

static void test_own_percentile_rule(void **state)
{
    /* NumPy: percentile([1, 2, 4], 75) = 3 */
    static const double at[] = {1, 4, 2, 2.9, 3, 9},
                        over[] = {1, 2, 4, 9, 9, 9}, tie[] = {2, 2, 2, 2, 2, 2},
                        some[] = {-1, 4, -1, 3, 9, 9},
                        none[] = {-1, -1, -1, 3, 9, 9};
    (void)state;
    assert_int_equal(own("own-percentile(75)", 1, at, 6).n, 5);
    assert_string_equal(own("own-percentile(75)", 1, at, 6).reason,
                        "as sure as its own first traces");
    assert_int_equal(own("own-percentile(75)", 1, over, 6).n, 3);
    assert_int_equal(own("own-percentile(100)", 1, tie, 6).n, 3);
    /* no curtailment: six equal verdicts of ten do not end it */
    assert_int_equal(own("own-percentile(75)", 6, at, 6).n, 6);
    /* of the first three one has a confidence; then none */
    assert_int_equal(own("own-percentile(20)", 1, some, 6).n, 5);
    assert_int_equal(own("own-percentile(20)", 1, none, 6).n, 6);
}

/* ---- cges ---- */

/* The posterior of refusal by the paper's product over two answers. */
static long double posterior(const struct dc_stop_trace *t, unsigned n)
{
    long double refusal = 1, compliance = 1;
    for (unsigned i = 0; i < n; i++) {
        if (!t[i].has_conf || t[i].verdict == DC_VERDICT_UNDETERMINED)
            continue;
        bool complies = t[i].verdict == DC_VERDICT_COMPLIANCE;
        refusal *= complies ? 1 - (long double)t[i].conf : t[i].conf;
        compliance *= complies ? t[i].conf : 1 - (long double)t[i].conf;
    }
    return refusal / (refusal + compliance);
}

static void check_cges(const struct dc_stop_trace *t, unsigned k)
{
    struct dc_stop_spec p = policy("cges(0.9)");
    struct dc_stop_cfg c = cfg(1, k);
    struct dc_tally seen = {0};
    struct outcome o = draw(&p, t, &c);
    for (unsigned n = 1; n <= o.n; n++) {
        enum dc_verdict v = t[n - 1].verdict;
        if (t[n - 1].has_conf)
            dc_tally_add(&seen, v);
        long double r = posterior(t, n);
        bool above =
            (r > 0.9L && seen.refusal) || (1 - r > 0.9L && seen.compliance);
        if (n < o.n && above)
            fail_msg("goes on at %u with %Lg", n, r);
        if (n == o.n && n < k && !above)
            fail_msg("stops at %u with %Lg", n, r);
        if (n < o.n)
            continue;
        enum dc_verdict want =
            r > 0.5L ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
        if (!seen.compliance)
            want = DC_VERDICT_REFUSAL;
        if (!seen.refusal)
            want = seen.compliance ? DC_VERDICT_COMPLIANCE
                                   : DC_VERDICT_UNDETERMINED;
        assert_int_equal(o.decision, want);
    }
}

static void test_cges_posterior(void **state)
{
    enum { K = 8 };
    struct dc_stop_trace t[K];
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        const struct dc_rng_key key = {.seed = 3, .stream = i};
        make_traces(t, K, i % power(3, K), 3);
        for (unsigned n = 0; n < K; n++)
            t[n].conf = 0.3 + 0.65 * dc_rng_uniform(&key, n, 1);
        check_cges(t, K);
    }
}

static struct outcome cges(const char *text, const struct dc_stop_trace *t,
                           unsigned k)
{
    struct dc_stop_spec p = policy(text);
    struct dc_stop_cfg c = cfg(1, k);
    return draw(&p, t, &c);
}

static void test_cges_edges(void **state)
{
    const enum dc_verdict R = DC_VERDICT_REFUSAL, C = DC_VERDICT_COMPLIANCE,
                          U = DC_VERDICT_UNDETERMINED;
    const struct dc_stop_trace unsure[] = {trace(R, 0.3), trace(R, 0.3),
                                           trace(R, 0.3)};
    const struct dc_stop_trace certain[] = {trace(C, 1), trace(R, 1)};
    const struct dc_stop_trace against[] = {trace(C, 0.6), trace(R, 1)};
    const struct dc_stop_trace nobody[] = {trace(U, 0.9), trace(U, 0.9)};
    const struct dc_stop_trace even[] = {trace(R, 0.75), trace(C, 0.75)};
    const struct dc_stop_trace partial[] = {trace(DC_VERDICT_PARTIAL, 0.97)};
    (void)state;
    /* nobody gave the other verdict, so that it can't lead */
    assert_int_equal(cges("cges", unsure, 3).n, 3);
    assert_int_equal(cges("cges", unsure, 3).decision, R);
    assert_int_equal(cges("cges", certain, 2).n, 1);
    assert_int_equal(cges("cges", against, 2).decision, R);
    assert_int_equal(cges("cges", nobody, 2).decision, U);
    assert_int_equal(cges("cges", even, 2).decision, C); /* a tie */
    assert_int_equal(cges("cges", partial, 1).decision, R);
    /* two certainties cancel, and are no number that is none */
    struct dc_stop_spec p = policy("cges");
    struct dc_stop_cfg c = cfg(2, 3);
    const struct dc_stop_state s = {.tally = {2, 1, 1, 0}, .trace = certain};
    assert_false(dc_stop_ask(&p, &s, &c).stop);
}

/* ---- the measure as a parameter ---- */

static void test_measure_of_a_policy(void **state)
{
    char text[DC_SPEC_TEXT];
    struct dc_stop_spec p = policy("own-percentile(30)");
    (void)state;
    assert_string_equal(p.spec.text, "own-percentile(30,3)");
    dc_stop_measure(&p, "entropy", text);
    assert_string_equal(text, "entropy");
    dc_stop_set_measure(&p, "entropy");
    assert_string_equal(p.spec.text, "own-percentile(30,3,entropy)");
    p = policy("own-percentile( 30, 4, tail(16) )");
    dc_stop_measure(&p, "entropy", text);
    assert_string_equal(text, "tail(16)");
    p = policy("unanimous");
    dc_stop_set_measure(&p, "entropy");
    assert_string_equal(p.spec.text, "unanimous(5)");
    assert_false(dc_stop_looks(dc_stop_find("esc")));
    assert_true(dc_stop_looks(dc_stop_find("cges")));
    assert_true(dc_stop_looks(dc_stop_find("deepconf")));
    assert_true(dc_stop_looks(dc_stop_find("confidence-percentile")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_percentile_expectation),
        cmocka_unit_test(test_own_percentile_ranks),
        cmocka_unit_test(test_own_percentile_rule),
        cmocka_unit_test(test_cges_posterior),
        cmocka_unit_test(test_cges_edges),
        cmocka_unit_test(test_measure_of_a_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
