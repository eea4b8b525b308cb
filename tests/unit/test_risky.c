/*
 * test_risky.c - are uncertain compliances riskier? Figures by hand, why there
 * is no answer, what counts as one, and that neither early stopping nor hostile
 * categories move anything.
 */
#include "replay/risky.h"
#include "trace_fixture.h"

static struct dc_record *create(unsigned k, const char *policy)
{
    struct dc_record *r = tf_create(k);
    r->policy = policy;
    r->vote = "majority";
    r->min_traces = 3;
    r->measure = "mean_prob";
    return r;
}

/* "C.8 R.2 C.9": verdict and mean_prob; the decision is the majority. */
static struct dc_record_prompt *put(struct dc_record *r, enum dc_gold gold,
                                    const char *traces)
{
    struct dc_record_prompt *p = tf_prompt(r, gold);
    struct dc_tally t = {0};
    while (*traces) {
        char *end;
        char verdict = *traces++;
        tf_trace(r, verdict, strtod(traces, &end));
        dc_tally_add(&t, r->trace[r->n_trace - 1].verdict);
        traces = end + strspn(end, " ");
    }
    p->decision = dc_tally_decide(&t);
    return p;
}

static struct dc_risky_cfg cfg(void)
{
    struct dc_risky_cfg c = dc_risky_cfg_default();
    c.boot.n_resamples = 200;
    c.boot.seed = 3;
    return c;
}

static struct dc_risky run_with(const struct dc_record *r, const char *cut)
{
    struct dc_risky x;
    struct dc_risky_cfg c = cfg();
    struct dc_err err;
    assert_int_equal(dc_risky_cut_parse(cut, &c.cut, &err), DC_OK);
    if (dc_risky_run(r, &c, &x, &err) != DC_OK)
        fail_msg("%s", err.msg);
    return x;
}

static struct dc_risky run(const struct dc_record *r)
{
    return run_with(r, "median");
}

static void cell_is(const struct dc_risky_part *p, enum dc_category k,
                    uint64_t n, uint64_t n_refuse, size_t n_prompt)
{
    const struct dc_risky_cell *c = &p->cell[k];
    if (c->n != n || c->n_refuse != n_refuse || c->n_prompt != n_prompt)
        fail_msg("%s: %d of %d in %d", dc_category_name(k), (int)c->n_refuse,
                 (int)c->n, (int)c->n_prompt);
}

static void put_some(struct dc_record *r)
{
    put(r, DC_GOLD_REFUSE, "C.30 C.40 R.90");
    put(r, DC_GOLD_REFUSE, "R.95 R.85 C.75");
    put(r, DC_GOLD_ANSWER, "C.80 C.92 C.20");
    put(r, DC_GOLD_ANSWER, "C.60 R.10 C.96");
    put(r, DC_GOLD_NONE, "C.97 C.98 C.99");
    put(r, DC_GOLD_ANSWER, "?.70 C.71 C.72");
}

static void test_by_hand(void **state)
{
    (void)state;
    struct dc_record *r = create(3, "fixed");
    put_some(r);
    struct dc_risky x = run(r);
    const struct dc_risky_part *p = &x.part[DC_RISKY_TRACES][TF_PROBABILITY];
    assert_true(x.named && x.head == TF_PROBABILITY && x.even.whole);
    assert_true(x.n_undetermined == 1 && p->n_no_label == 3 && p->n_gold == 5);
    /* .10 .20 .30 .40 .60 .71 .72 .75 [.80] .85 .90 .92 .95 .96 .97 .98 .99 */
    assert_true(p->cut[0] == 0.8 && p->cut[1] == 0.8);
    cell_is(p, DC_UNCERTAIN_COMPLIANCE, 8, 3, 5);
    cell_is(p, DC_CONFIDENT_COMPLIANCE, 2, 0, 2);
    cell_is(p, DC_UNCERTAIN_REFUSAL, 1, 0, 1);
    cell_is(p, DC_CONFIDENT_REFUSAL, 3, 3, 2);
    assert_close(p->diff.value.value, 3.0 / 8, 1e-15);
    assert_close(p->cell[DC_UNCERTAIN_COMPLIANCE].share.value.value, 3.0 / 8,
                 1e-15);
    assert_true(p->n_prompt == 5 && p->n_prompt_refuse == 2);
    /* risky .30 .40 .75 against .80 .92 .20 .60 .96 .71 .72: 6 + 6 + 3 of 21 */
    assert_close(p->auroc.value.value, 15.0 / 21, 1e-15);
    assert_true(p->diff.few && !p->diff.defined && p->has_p);
    assert_int_equal(p->answer, DC_RISKY_NOT_SHOWN);
    /* nll is the same order, upside down; its p stands alone among the others,
     * as that of mean_prob, named before the run, is not counted */
    const struct dc_risky_part *q = &x.part[DC_RISKY_TRACES][TF_NLL];
    cell_is(q, DC_UNCERTAIN_COMPLIANCE, 8, 3, 5);
    assert_close(q->auroc.value.value, 15.0 / 21, 1e-15);
    assert_close(q->cut[0], -log(0.8), 1e-12);
    assert_true(q->p == p->p && q->p_holm == q->p && p->p_holm == p->p);
    dc_risky_release(&x);
    tf_free(r);
}

static void test_decisions(void **state)
{
    (void)state;
    struct dc_record *r = create(3, "fixed");
    put_some(r);
    struct dc_risky x = run(r);
    const struct dc_risky_part *p = &x.part[DC_RISKY_DECISIONS][TF_PROBABILITY];
    /* means: C .5333, R .85, C .64, C .5533, (no label) C .98, C .715 */
    assert_close(p->cut[0], (0.64 + 0.715) / 2, 1e-12);
    cell_is(p, DC_UNCERTAIN_COMPLIANCE, 3, 1, 3);
    cell_is(p, DC_CONFIDENT_COMPLIANCE, 1, 0, 1);
    cell_is(p, DC_CONFIDENT_REFUSAL, 1, 1, 1);
    cell_is(p, DC_UNCERTAIN_REFUSAL, 0, 0, 0);
    assert_close(p->auroc.value.value, 1, 1e-15);
    dc_risky_release(&x);
    tf_free(r);
}

static void test_cuts(void **state)
{
    (void)state;
    struct dc_record *r = create(3, "fixed");
    struct dc_risky_cut c;
    struct dc_err err;
    put_some(r);
    struct dc_risky x = run_with(r, "0.3/0.8");
    const struct dc_risky_part *p = &x.part[DC_RISKY_TRACES][TF_PROBABILITY];
    /* strictly below .3, strictly above .8 */
    cell_is(p, DC_UNCERTAIN_COMPLIANCE, 1, 0, 1);
    cell_is(p, DC_CONFIDENT_COMPLIANCE, 2, 0, 2);
    cell_is(p, DC_UNCERTAIN_REFUSAL, 1, 0, 1);
    cell_is(p, DC_CONFIDENT_REFUSAL, 3, 3, 2);
    assert_int_equal(p->n_between, 7);
    assert_string_equal(p->why,
                        "no compliance is of a prompt that should have been "
                        "refused");
    assert_int_equal(p->answer, DC_RISKY_NONE);
    dc_risky_release(&x);
    x = run_with(r, "0%");
    assert_true(x.part[DC_RISKY_TRACES][0].cut[0] == 0.1);
    dc_risky_release(&x);
    static const char *const bad[] = {"",         "x",         "0.3/",
                                      "/0.7",     "0.7/0.3",   "0.3/0.3",
                                      "25%/0.7",  "0.3/0.5/1", "median/median",
                                      "0.3/101%", "0.3/inf"};
    for (size_t i = 0; i < DC_COUNT(bad); i++)
        assert_int_equal(dc_risky_cut_parse(bad[i], &c, &err), DC_USAGE);
    assert_int_equal(dc_risky_cut_parse("25%/75%", &c, &err), DC_OK);
    assert_true(c.two && c.at[0].x == 25 && c.at[1].x == 75);
    tf_free(r);
}

/* ---- why there is none ---- */

static void says_why(struct dc_record *r, const char *cut, const char *why)
{
    struct dc_risky x = run_with(r, cut);
    for (int u = 0; u < DC_N_RISKY_UNIT; u++) {
        const struct dc_risky_part *p = &x.part[u][TF_PROBABILITY];
        assert_int_equal(p->answer, DC_RISKY_NONE);
        if (!p->why || !strstr(p->why, why))
            fail_msg("got \"%s\", expected \"%s\"", p->why ? p->why : "none",
                     why);
        assert_true(!p->has_p && !p->has_needed && !p->diff.defined);
    }
    dc_risky_release(&x);
    tf_free(r);
}

static void test_why(void **state)
{
    (void)state;
    struct dc_record *r = create(1, "fixed");
    put(r, DC_GOLD_NONE, "C.3");
    put(r, DC_GOLD_NONE, "C.8");
    says_why(r, "median", "no prompt has a gold label");
    r = create(1, "fixed");
    put(r, DC_GOLD_REFUSE, "R.3");
    put(r, DC_GOLD_ANSWER, "P.8");
    says_why(r, "median", "nothing complies");
    r = create(1, "fixed");
    put(r, DC_GOLD_REFUSE, "C.3");
    put(r, DC_GOLD_ANSWER, "C.8");
    r->column[TF_PROBABILITY].has[0] = r->column[TF_PROBABILITY].has[1] = false;
    says_why(r, "median", "nothing has a confidence");
    r = create(1, "fixed");
    put(r, DC_GOLD_REFUSE, "C.3");
    put(r, DC_GOLD_REFUSE, "C.8");
    says_why(r, "median", "harmless prompts are missing");
    r = create(1, "fixed");
    put(r, DC_GOLD_ANSWER, "C.3");
    put(r, DC_GOLD_REFUSE, "R.8");
    says_why(r, "median", "should have been refused");
    r = create(1, "fixed");
    put(r, DC_GOLD_ANSWER, "C.3");
    put(r, DC_GOLD_REFUSE, "C.3");
    says_why(r, "median", "no compliance is confident");
    r = create(1, "fixed");
    put(r, DC_GOLD_ANSWER, "C.3");
    put(r, DC_GOLD_REFUSE, "C.3");
    says_why(r, "0.1", "no compliance is uncertain");
    r = create(1, "fixed");
    put(r, DC_GOLD_ANSWER, "C.5");
    put(r, DC_GOLD_REFUSE, "C.5");
    says_why(r, "0.1/0.9", "outside the cuts");
}

static void test_refused(void **state)
{
    (void)state;
    struct dc_risky x;
    struct dc_err err;
    const struct dc_risky_cfg c = cfg();
    struct dc_record *r = create(2, "deepconf(0.5,0.9,1,4)");
    assert_int_equal(dc_risky_run(r, &c, &x, &err), DC_DATA);
    put(r, DC_GOLD_REFUSE, "C.3 C.4");
    r->trace[1].cut = true;
    assert_int_equal(dc_risky_run(r, &c, &x, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "cuts traces by their confidence"));
    r->trace[1].cut = false;
    r->prompt[0].has_decision = false;
    assert_int_equal(dc_risky_run(r, &c, &x, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "no prompt of the run is decided yet"));
    tf_free(r);
}

/* ---- answers ---- */

/*
 * n prompts of three traces, half of them harmful; a harmful one's compliances
 * are less sure by `effect`, of a spread of about 0.3.
 */
static struct dc_record *world(size_t n, double effect, uint32_t seed)
{
    struct dice d = {.seed = seed};
    struct dc_record *r = create(3, "fixed");
    for (size_t i = 0; i < n; i++) {
        bool harmful = dice_uniform(&d) < 0.5;
        double own = 0.2 * dice_uniform(&d) + (harmful ? -effect : 0) + 0.4;
        struct dc_record_prompt *p =
            tf_prompt(r, harmful ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
        for (int k = 0; k < 3; k++) {
            double conf = own + 0.2 * dice_uniform(&d);
            bool refuses = dice_uniform(&d) < (harmful ? 0.4 : 0.1);
            tf_trace(r, refuses ? 'R' : 'C', conf);
        }
        p->decision = r->trace[p->first].verdict;
    }
    return r;
}

static enum dc_risky_answer answer_of(struct dc_record *r)
{
    struct dc_risky x = run(r);
    enum dc_risky_answer a = x.part[DC_RISKY_TRACES][0].answer;
    dc_risky_release(&x);
    tf_free(r);
    return a;
}

static void test_answers(void **state)
{
    (void)state;
    assert_int_equal(answer_of(world(200, 0.1, 1)), DC_RISKY_YES);
    assert_int_equal(answer_of(world(200, -0.1, 2)), DC_RISKY_REVERSED);
    assert_int_equal(answer_of(world(1200, 0, 3)), DC_RISKY_NO);
    assert_int_equal(answer_of(world(60, 0, 4)), DC_RISKY_NOT_SHOWN);
    assert_int_equal(answer_of(world(12, 0.3, 5)), DC_RISKY_NOT_SHOWN);
}

/* Without an effect "yes" is seldom, and so is the reverse. */
static void test_null(void **state)
{
    (void)state;
    enum { TRIALS = 400 };
    int yes = 0, reversed = 0;
    for (uint32_t i = 0; i < TRIALS; i++) {
        enum dc_risky_answer a = answer_of(world(100, 0, 100 + i));
        yes += a == DC_RISKY_YES;
        reversed += a == DC_RISKY_REVERSED;
    }
    print_message("without an effect: yes %d, the reverse %d of %d\n", yes,
                  reversed, TRIALS);
    assert_true(yes <= 20 && reversed <= 20);
}

static void test_not_named(void **state)
{
    (void)state;
    struct dc_record *r = world(200, 0.1, 1);
    r->measure = "tail(16)";
    struct dc_risky x = run(r);
    assert_true(!x.named && x.head == 0);
    const struct dc_risky_part *p = x.part[DC_RISKY_TRACES];
    assert_close(p[0].p_holm, fmin(1, 2 * p[0].p), 1e-15);
    dc_risky_release(&x);
    r->measure = "nll";
    x = run(r);
    assert_true(x.named && x.head == TF_NLL);
    dc_risky_release(&x);
    tf_free(r);
}

/* ---- what must not move it ---- */

/* A run that stopped early, and one of the traces that it drew whatever they
 * said: the same figures. */
static void test_stopped_early(void **state)
{
    (void)state;
    struct dc_record *early = create(5, "curtail");
    struct dc_record *first = create(3, "fixed");
    struct dice d = {.seed = 8};
    for (int i = 0; i < 120; i++) {
        enum dc_gold gold = i % 2 ? DC_GOLD_REFUSE : DC_GOLD_ANSWER;
        char text[64] = "";
        for (int k = 0; k < 3; k++)
            snprintf(text + strlen(text), 16, "%c%.3f ",
                     dice_uniform(&d) < 0.3 ? 'R' : 'C', dice_uniform(&d));
        struct dc_record_prompt *p = put(first, gold, text);
        enum dc_verdict decision = p->decision;
        if (i % 3 == 0) /* more were drawn of some, all of them sure */
            snprintf(text + strlen(text), 16, "C.999 C.998");
        p = put(early, gold, text);
        p->decision = decision;
    }
    struct dc_risky a = run(early), b = run(first);
    assert_true(a.even.n_each == 3 && !a.even.whole && b.even.whole);
    for (int u = 0; u < DC_N_RISKY_UNIT; u++) {
        const struct dc_risky_part *x = &a.part[u][0], *y = &b.part[u][0];
        assert_true(x->cut[0] == y->cut[0] && x->p == y->p);
        assert_true(x->diff.value.value == y->diff.value.value);
        assert_true(x->diff.lo == y->diff.lo && x->auroc.hi == y->auroc.hi);
    }
    dc_risky_release(&a);
    dc_risky_release(&b);
    tf_free(early);
    tf_free(first);
}

static void test_categories(void **state)
{
    (void)state;
    static char name[80][8];
    struct dc_record *r = world(480, 0.1, 6);
    for (size_t i = 0; i < r->n_prompt; i++) {
        snprintf(name[i % 80], sizeof name[0], "c%02d", (int)(i % 80));
        r->prompt[i].category = i < 160   ? ""
                                : i < 320 ? "\x1b[31m</td>\""
                                          : NULL;
        if (i >= 400)
            r->prompt[i].category = name[i % 80];
    }
    struct dc_risky x = run(r);
    assert_true(x.n_category == 2 && x.n_one_label <= 80 && x.n_unshown == 0);
    assert_true(x.n_one_label >= 60); /* of one prompt each */
    const struct dc_risky_part *c = x.category;
    assert_true(c[0].n_gold == 160 && c[1].n_gold == 160);
    assert_true(c[0].cut[0] == x.part[DC_RISKY_TRACES][0].cut[0]);
    double least = fmin(c[0].p, c[1].p), most = fmax(c[0].p, c[1].p);
    assert_close(fmin(c[0].p_holm, c[1].p_holm), fmin(1, 2 * least), 1e-15);
    assert_close(fmax(c[0].p_holm, c[1].p_holm), fmax(most, fmin(1, 2 * least)),
                 1e-15);
    uint64_t n = 0;
    for (size_t i = 0; i < 160; i++)
        for (size_t t = 0; t < 3; t++)
            n += r->trace[r->prompt[i].first + t].verdict ==
                 DC_VERDICT_COMPLIANCE;
    assert_int_equal(c[0].cell[DC_UNCERTAIN_COMPLIANCE].n +
                         c[0].cell[DC_CONFIDENT_COMPLIANCE].n,
                     n);
    dc_risky_release(&x);
    tf_free(r);
}

/* Each of 120 names twice, once harmful: only so many are shown. */
static void test_many_categories(void **state)
{
    (void)state;
    static char name[120][8];
    struct dc_record *r = create(1, "fixed");
    for (int i = 0; i < 240; i++) {
        snprintf(name[i % 120], sizeof name[0], "c%03d", i % 120);
        put(r, i < 120 ? DC_GOLD_REFUSE : DC_GOLD_ANSWER, i % 2 ? "C.3" : "C.8")
            ->category = name[i % 120];
    }
    struct dc_risky x = run(r);
    assert_true(x.one_trace && x.n_category == 50 && x.n_unshown == 70);
    assert_string_equal(x.category[0].name, "c000");
    assert_int_equal(x.category[0].answer, DC_RISKY_NONE); /* one cell */
    dc_risky_release(&x);
    tf_free(r);
}

/* What is said to be needed, and what one of that many finds. */
static void test_needed(void **state)
{
    (void)state;
    struct dc_record *r = world(1300, 0.03, 7);
    struct dc_risky x = run(r);
    const struct dc_risky_part *p = x.part[DC_RISKY_TRACES];
    assert_true(p->answer == DC_RISKY_YES && p->has_needed);
    size_t n = (size_t)p->n_needed;
    double want = p->detects / p->diff.value.value;
    assert_close(p->n_needed, ceil(1300 * want * want), 1e-12);
    assert_true(n > 60 && n < 1300);
    dc_risky_release(&x);
    tf_free(r);
    int found = 0;
    for (uint32_t i = 0; i < 200; i++)
        found += answer_of(world(n, 0.03, 1000 + i)) == DC_RISKY_YES;
    print_message("%d of 200 runs of %zu prompts find it\n", found, n);
    assert_true(found >= 130 && found <= 185);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_not_named),
        cmocka_unit_test(test_stopped_early),
        cmocka_unit_test(test_categories),
        cmocka_unit_test(test_many_categories),
        cmocka_unit_test(test_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
