/*
 * test_vote.c - verdict names, tallies, the majority, and its curtailment
 * against every way the missing votes can fall.
 */
#include <deepconf/vote.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COMPLIANCE DC_VERDICT_COMPLIANCE
#define PARTIAL DC_VERDICT_PARTIAL
#define REFUSAL DC_VERDICT_REFUSAL
#define UNDETERMINED DC_VERDICT_UNDETERMINED

static void test_names(void **state)
{
    (void)state;
    static const char *const name[] = {"compliance", "partial", "refusal",
                                       "undetermined"};
    for (int v = 0; v < 4; v++) {
        enum dc_verdict back = UNDETERMINED;
        assert_string_equal(dc_verdict_name((enum dc_verdict)v), name[v]);
        assert_true(dc_verdict_parse(name[v], &back));
        assert_int_equal(back, v);
    }
    enum dc_verdict untouched = PARTIAL;
    assert_false(dc_verdict_parse("Refusal", &untouched));
    assert_false(dc_verdict_parse("", &untouched));
    assert_int_equal(untouched, PARTIAL);
}

static void test_tally_counts_partial_as_refusal(void **state)
{
    (void)state;
    struct dc_tally t = {0};
    dc_tally_add(&t, COMPLIANCE);
    dc_tally_add(&t, PARTIAL);
    dc_tally_add(&t, REFUSAL);
    dc_tally_add(&t, UNDETERMINED);
    assert_int_equal(t.n, 4);
    assert_int_equal(t.refusal, 2);
    assert_int_equal(t.compliance, 1);
    assert_int_equal(t.undetermined, 1);
}

static enum dc_verdict decide(unsigned r, unsigned c, unsigned u)
{
    struct dc_tally t = {
        .n = r + c + u, .refusal = r, .compliance = c, .undetermined = u};
    return dc_tally_decide(&t);
}

static void test_majority_of_a_tally(void **state)
{
    (void)state;
    assert_int_equal(decide(0, 0, 0), UNDETERMINED);
    assert_int_equal(decide(1, 0, 0), REFUSAL);
    assert_int_equal(decide(0, 1, 0), COMPLIANCE);
    assert_int_equal(decide(0, 0, 1), UNDETERMINED);
    assert_int_equal(decide(5, 5, 0), COMPLIANCE); /* a tie */
    assert_int_equal(decide(6, 4, 0), REFUSAL);
    assert_int_equal(decide(5, 0, 5), UNDETERMINED);
    assert_int_equal(decide(0, 5, 5), COMPLIANCE);
    assert_int_equal(decide(1, 1, 1), UNDETERMINED);
    assert_int_equal(decide(3, 2, 1), UNDETERMINED);
    assert_int_equal(decide(4, 1, 1), REFUSAL);
}

/* The certain decision over all ways to fill up t to k votes, if there is. */
static bool certain_by_trying(const struct dc_tally *t, unsigned k,
                              enum dc_verdict *out)
{
    unsigned rem = k - t->n;
    bool first = true;
    for (unsigned r = 0; r <= rem; r++) {
        for (unsigned c = 0; c <= rem - r; c++) {
            enum dc_verdict v = decide(t->refusal + r, t->compliance + c,
                                       t->undetermined + rem - r - c);
            if (!first && v != *out)
                return false;
            *out = v;
            first = false;
        }
    }
    return true;
}

static void test_decided_is_the_limit_of_decide(void **state)
{
    (void)state;
    unsigned n_certain = 0, n_open = 0;
    for (unsigned k = 1; k <= 12; k++)
        for (unsigned r = 0; r <= k; r++)
            for (unsigned c = 0; c <= k - r; c++)
                for (unsigned u = 0; u <= k - r - c; u++) {
                    struct dc_tally t = {.n = r + c + u,
                                         .refusal = r,
                                         .compliance = c,
                                         .undetermined = u};
                    enum dc_verdict want = PARTIAL, got = PARTIAL;
                    bool certain = certain_by_trying(&t, k, &want);
                    assert_int_equal(dc_tally_decided(&t, k, &got), certain);
                    assert_int_equal(dc_tally_decided(&t, k, NULL), certain);
                    assert_int_equal(got, certain ? want : PARTIAL);
                    n_certain += certain;
                    n_open += !certain;
                }
    assert_true(n_certain > 500 && n_open > 500);
}

static struct dc_vote_spec spec(const char *text)
{
    struct dc_vote_spec v;
    assert_int_equal(dc_vote_parse(text, &v, NULL), DC_OK);
    return v;
}

static void test_registry(void **state)
{
    (void)state;
    size_t n;
    const struct dc_vote *const *votes = dc_votes(&n);
    assert_true(n >= 1);
    for (size_t i = 0; i < n; i++) {
        assert_true(votes[i]->name[0] && votes[i]->rule[0]);
        assert_ptr_equal(dc_vote_find(votes[i]->name), votes[i]);
        struct dc_vote_spec v = spec(votes[i]->name);
        assert_ptr_equal(v.row, votes[i]);
        assert_int_equal(dc_vote_decide(&v, NULL, 0), UNDETERMINED);
        /* unanimous ballots decide any vote */
        struct dc_ballot b[3];
        for (int to = 0; to < 4; to++) {
            for (int t = 0; t < 3; t++)
                b[t] = (struct dc_ballot){(enum dc_verdict)to, 1.5};
            assert_int_equal(dc_vote_decide(&v, b, 3),
                             to == (int)PARTIAL ? (int)REFUSAL : to);
        }
    }
    assert_null(dc_vote_find("no-such-vote"));
}

static void test_majority_ignores_weights(void **state)
{
    (void)state;
    struct dc_vote_spec v = spec("majority");
    struct dc_ballot b[] = {{COMPLIANCE, 100}, {REFUSAL, 0}, {PARTIAL, 1}};
    assert_int_equal(dc_vote_decide(&v, b, 3), REFUSAL);
    assert_int_equal(dc_vote_decide(&v, b, 2), COMPLIANCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_tally_counts_partial_as_refusal),
        cmocka_unit_test(test_majority_of_a_tally),
        cmocka_unit_test(test_decided_is_the_limit_of_decide),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_majority_ignores_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
