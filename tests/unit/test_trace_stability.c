/*
 * test_trace_stability.c - the stability of a run's prompts: figures by hand,
 * and that a run which stopped early says what the whole run says of the same
 * traces, or nothing.
 */
#include "base/rng.h"
#include "replay/trace_stability.h"
#include "trace_fixture.h"

#include <deepconf/stop.h>

static struct dc_record *create(unsigned k, const char *policy)
{
    struct dc_record *r = tf_create(k);
    r->policy = policy;
    r->vote = "majority";
    r->min_traces = 3;
    return r;
}

static void put(struct dc_record *r, enum dc_gold gold, const char *verdicts)
{
    tf_prompt(r, gold);
    for (; *verdicts; verdicts++)
        tf_trace(r, *verdicts, 0.5);
}

static struct dc_stability_cfg cfg(void)
{
    struct dc_stability_cfg c = {.boot = dc_boot_cfg_default()};
    c.boot.n_resamples = 100;
    return c;
}

static struct dc_stability run(const struct dc_record *r)
{
    struct dc_stability s;
    const struct dc_stability_cfg c = cfg();
    struct dc_err err;
    if (dc_stability_run(r, &c, &s, &err) != DC_OK)
        fail_msg("%s", err.msg);
    return s;
}

static void test_by_hand(void **state)
{
    (void)state;
    struct dc_record *r = create(5, "fixed");
    put(r, DC_GOLD_REFUSE, "RRRRR");
    put(r, DC_GOLD_REFUSE, "RRRRP");
    put(r, DC_GOLD_REFUSE, "RCRCR");
    put(r, DC_GOLD_ANSWER, "CCCC?");
    put(r, DC_GOLD_NONE, "?????");
    struct dc_stability s = run(r);
    const struct dc_stability_scope *all = &s.scope[DC_TRACES_ALL];
    const struct dc_stability_scope *bad = &s.scope[DC_TRACES_TO_REFUSE];
    assert_true(s.whole && s.n_each == 5 && s.n_prompt == 5 && !s.by_order);
    assert_true(all->n_trace == 25 && all->n_partial == 1 &&
                all->n_undetermined == 6);
    assert_true(all->unanimous.k == 3 && all->unanimous.n == 5);
    assert_true(all->three.flipped.k == 2 && all->three.flipped.n == 4);
    assert_true(all->two.flipped.k == 1 && all->three.unstable.k == 1);
    assert_close(all->three.ssi.value.value, (1 + 0.8 + 0.6 + 1) / 4, 1e-15);
    assert_close(all->two.ssi.value.value, (1 + 1 + 0.6 + 1) / 4, 1e-15);
    assert_true(bad->n_prompt == 3 && bad->unanimous.k == 2);
    /* one trace: 1, 1, 3/5, 4/5, 1 */
    assert_int_equal(s.n_kept, 5);
    assert_close(s.kept[0].share.value.value, 4.4 / 5, 1e-14);
    assert_true(s.kept[4].n == 5 && s.kept[4].share.value.value == 1);
    /* a compliance in 1, 2 tries of the third prompt: 2/5, 1 - 3/10 */
    assert_close(s.tries[0].any.value.value, 0.4 / 3, 1e-15);
    assert_close(s.tries[1].any.value.value, 0.7 / 3, 1e-15);
    assert_true(s.tries[0].most.value == s.tries[0].any.value.value);
    assert_non_null(s.no_fit);
    dc_stability_release(&s);
    tf_free(r);
}

/* ---- runs that stopped early ---- */

enum { MANY = 150 };

/* K verdicts of MANY prompts, from the rate of each. */
static void roll(char text[MANY][32], unsigned k, double undetermined,
                 uint32_t seed)
{
    struct dice d = {.seed = seed};
    for (int i = 0; i < MANY; i++) {
        double p = dice_uniform(&d);
        for (unsigned j = 0; j < k; j++)
            text[i][j] = dice_uniform(&d) < undetermined ? '?'
                         : dice_uniform(&d) < p          ? 'R'
                                                         : 'C';
        text[i][k] = '\0';
    }
}

static enum dc_verdict verdict_of(char c)
{
    return c == 'R'   ? DC_VERDICT_REFUSAL
           : c == 'C' ? DC_VERDICT_COMPLIANCE
                      : DC_VERDICT_UNDETERMINED;
}

/* As the policy of r would have drawn them. */
static void put_stopped(struct dc_record *r, const char *text)
{
    struct dc_stop_spec p;
    const struct dc_stop_cfg c = {.min_traces = r->min_traces,
                                  .max_traces = r->k};
    struct dc_stop_state s = {.trace = NULL};
    struct dc_stop_trace trace[32] = {0};
    s.trace = trace;
    assert_int_equal(dc_stop_parse(r->policy, &p, NULL), DC_OK);
    tf_prompt(r, DC_GOLD_REFUSE);
    while (!dc_stop_ask(&p, &s, &c).stop) {
        trace[s.tally.n].verdict = verdict_of(text[s.tally.n]);
        tf_trace(r, text[s.tally.n], 0.5);
        dc_tally_add(&s.tally, verdict_of(text[s.tally.n]));
    }
}

static void same_index(const struct dc_stability_index *a,
                       const struct dc_stability_index *b)
{
    assert_true(a->ssi.value.value == b->ssi.value.value);
    assert_true(a->ssi.lo == b->ssi.lo && a->ssi.hi == b->ssi.hi);
    assert_true(a->flipped.k == b->flipped.k && a->flipped.n == b->flipped.n);
    assert_true(a->unstable.k == b->unstable.k);
}

/* Of a run under the policy: the first `sure` traces of each prompt, whatever
 * came after; equal to a run of so many. */
static void stopped_says(const char *policy, unsigned k, unsigned sure)
{
    char text[MANY][32];
    roll(text, k, 0.05, k);
    struct dc_record *early = create(k, policy);
    struct dc_record *first = create(sure, "fixed");
    for (int i = 0; i < MANY; i++) {
        put_stopped(early, text[i]);
        text[i][sure] = '\0';
        put(first, DC_GOLD_REFUSE, text[i]);
    }
    struct dc_stability a = run(early), b = run(first);
    assert_int_equal(a.n_each, sure);
    assert_true(!a.whole && b.whole);
    same_index(&a.scope[DC_TRACES_ALL].three, &b.scope[DC_TRACES_ALL].three);
    same_index(&a.scope[DC_TRACES_ALL].two, &b.scope[DC_TRACES_ALL].two);
    assert_true(a.scope[0].unanimous.k == b.scope[0].unanimous.k);
    for (size_t i = 0; i < a.n_tries && a.tries[i].drawn; i++) {
        assert_true(a.tries[i].n == b.tries[i].n);
        assert_true(a.tries[i].any.value.value == b.tries[i].any.value.value);
        assert_true(a.tries[i].any.lo == b.tries[i].any.lo);
        assert_true(a.tries[i].most.value >= a.tries[i].any.value.value);
    }
    dc_stability_release(&a);
    dc_stability_release(&b);
    tf_free(early);
    tf_free(first);
}

static void test_stopped_early(void **state)
{
    (void)state;
    stopped_says("curtail", 10, 5);
    stopped_says("curtail", 9, 5);
    stopped_says("unanimous(4)", 10, 4);
    stopped_says("esc(3)", 12, 3);
    stopped_says("adaptive-consistency(0.95)", 10, 3);
}

/* Under curtail the majority of all K is certain, and that of the first n is
 * the one of the traces not cut short. */
static void test_kept_under_curtail(void **state)
{
    (void)state;
    for (unsigned k = 4; k <= 12; k++) {
        char text[MANY][32];
        struct dc_record *early = create(k, "curtail");
        roll(text, k, k % 2 ? 0.3 : 0, 40 + k);
        for (int i = 0; i < MANY; i++)
            put_stopped(early, text[i]);
        struct dc_stability s = run(early);
        assert_true(s.by_order && s.kept_of == k && s.n_kept == k);
        for (unsigned n = 1; n <= k; n++) {
            double kept = 0;
            for (int i = 0; i < MANY; i++) {
                struct dc_tally first = {0}, all = {0};
                for (unsigned j = 0; j < k; j++) {
                    dc_tally_add(&all, verdict_of(text[i][j]));
                    if (j < n)
                        dc_tally_add(&first, verdict_of(text[i][j]));
                }
                kept += dc_tally_decide(&first) == dc_tally_decide(&all);
            }
            assert_close(s.kept[n - 1].share.value.value, kept / MANY, 1e-14);
        }
        dc_stability_release(&s);
        tf_free(early);
    }
}

/* Under another judge, the traces not drawn leave the majority open. */
static void test_other_judge(void **state)
{
    (void)state;
    struct dc_record *r = create(10, "curtail");
    put(r, DC_GOLD_REFUSE, "CCCCC");
    put(r, DC_GOLD_REFUSE, "RCRCRCRCRC");
    r->judge_note = "of another";
    struct dc_stability s = run(r);
    assert_true(!s.by_order && s.kept_of == 5 && !s.fit_of_all);
    dc_stability_release(&s);
    r->judge_note = NULL;
    s = run(r);
    assert_true(s.by_order && s.kept_of == 10 && s.fit_of_all);
    dc_stability_release(&s);
    tf_free(r);
}

/* ---- which prompts ---- */

static void test_which_prompts(void **state)
{
    (void)state;
    struct dc_stability_cfg c = cfg();
    struct dc_stability s;
    struct dc_err err;
    struct dc_record *r = create(4, "fixed");
    put(r, DC_GOLD_REFUSE, "RRRR");
    put(r, DC_GOLD_REFUSE, "");
    r->prompt[1].problem = true;
    put(r, DC_GOLD_REFUSE, "RC");
    r->prompt[2].has_decision = false;
    put(r, DC_GOLD_REFUSE, "CCCC"); /* behind the first open one */
    s = run(r);
    assert_true(s.n_prompt == 1 && s.n_left_out == 3 && s.whole);
    dc_stability_release(&s);
    r->prompt[0].has_decision = false;
    assert_int_equal(dc_stability_run(r, &c, &s, &err), DC_DATA);
    r->prompt[0].has_decision = true;
    r->trace[1].cut = true;
    assert_int_equal(dc_stability_run(r, &c, &s, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "cuts"));
    tf_free(r);
}

static void test_import(void **state)
{
    (void)state;
    struct dc_record *r = create(4, "fixed");
    r->knows.drawn = false;
    put(r, DC_GOLD_REFUSE, "RRRC");
    put(r, DC_GOLD_REFUSE, "RR");
    struct dc_stability s = run(r);
    assert_true(s.uneven && s.n_each == 2 && !s.whole && s.kept_of == 2);
    assert_true(s.scope[0].unanimous.k == 2 && !s.fit_of_all);
    dc_stability_release(&s);
    tf_free(r);
}

/* ---- more tries than were drawn ---- */

static void test_fit(void **state)
{
    (void)state;
    char text[MANY][32];
    struct dc_stability_cfg c = cfg();
    struct dc_stability s;
    struct dc_record *r = create(5, "fixed");
    roll(text, 5, 0, 9);
    for (int i = 0; i < MANY; i++)
        put(r, i % 3 ? DC_GOLD_REFUSE : DC_GOLD_ANSWER, text[i]);
    c.tries = 77;
    assert_int_equal(dc_stability_run(r, &c, &s, NULL), DC_OK);
    static const unsigned n[] = {1, 2, 3, 4, 5, 10, 20, 50, 77};
    assert_null(s.no_fit);
    assert_int_equal(s.n_tries, DC_COUNT(n));
    for (size_t i = 0; i < DC_COUNT(n); i++) {
        const struct dc_stability_tries *t = &s.tries[i];
        assert_true(t->n == n[i] && t->drawn == (n[i] <= 5) && t->fitted);
        assert_true(t->fit.defined && t->fit.lo <= t->fit.value.value &&
                    t->fit.value.value <= t->fit.hi);
        if (i > 0)
            assert_true(t->fit.value.value > s.tries[i - 1].fit.value.value);
        if (t->drawn) /* rates are uniform: Beta(1, 1), and fit well */
            assert_true(fabs(t->fit.value.value - t->any.value.value) < 0.02);
    }
    /* 1 - 1/(N + 1) of uniform rates */
    assert_true(fabs(s.tries[6].fit.value.value - 20.0 / 21) < 0.05);
    dc_stability_release(&s);
    tf_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_stopped_early),
        cmocka_unit_test(test_kept_under_curtail),
        cmocka_unit_test(test_other_judge),
        cmocka_unit_test(test_which_prompts),
        cmocka_unit_test(test_import),
        cmocka_unit_test(test_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
