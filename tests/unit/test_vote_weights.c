/*
 * test_vote_weights.c - votes that weigh: equal weights are the majority, and
 * what weighs nothing is not there.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/vote.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COMPLIANCE DC_VERDICT_COMPLIANCE
#define PARTIAL DC_VERDICT_PARTIAL
#define REFUSAL DC_VERDICT_REFUSAL
#define UNDETERMINED DC_VERDICT_UNDETERMINED

static const char *const weighing[] = {
    "weighted", "filtered(1)", "filtered(0.5)", "filtered(0.25)", "filtered"};

static struct dc_vote_spec spec(const char *text)
{
    struct dc_vote_spec v;
    assert_int_equal(dc_vote_parse(text, &v, NULL), DC_OK);
    assert_false(v.row->by_tally && v.row->n_param);
    return v;
}

static enum dc_verdict decide(const char *text, const struct dc_ballot *b,
                              size_t n)
{
    struct dc_vote_spec v = spec(text);
    return dc_vote_decide(&v, b, n);
}

static void draw(struct dc_ballot *b, size_t n, uint32_t trial)
{
    const struct dc_rng_key key = {.seed = 40, .stream = 2};
    for (uint32_t i = 0; i < n; i++) {
        double u = dc_rng_uniform(&key, trial, i);
        b[i].verdict =
            (enum dc_verdict)(4 * dc_rng_uniform(&key, trial, i + 1000));
        b[i].weight = 16 * u;
    }
}

/* Every combination of verdicts up to n = 7, all of one weight. */
static void test_equal_weights_are_the_majority(void **state)
{
    static const double weight[] = {1e-300, 0.1, 1, 3.7, 1e300 / 7};
    (void)state;
    for (size_t n = 0; n <= 7; n++)
        for (unsigned seq = 0; seq < 1u << (2 * n); seq++) {
            struct dc_ballot b[7];
            for (size_t w = 0; w < DC_COUNT(weight); w++) {
                for (size_t i = 0; i < n; i++)
                    b[i] = (struct dc_ballot){
                        (enum dc_verdict)(seq >> (2 * i) & 3), weight[w]};
                enum dc_verdict want = decide("majority", b, n);
                for (size_t k = 0; k < DC_COUNT(weighing); k++)
                    assert_int_equal(decide(weighing[k], b, n), want);
                if (n > 4)
                    break;
            }
        }
}

static void test_scale_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 4000; trial++) {
        struct dc_ballot b[12], c[12];
        size_t n = 1 + trial % 12;
        draw(b, n, trial);
        for (int e = -40; e <= 40; e += 20) {
            for (size_t i = 0; i < n; i++) {
                c[i] = b[i];
                c[i].weight = ldexp(b[i].weight, e);
            }
            for (size_t k = 0; k < DC_COUNT(weighing); k++)
                assert_int_equal(decide(weighing[k], c, n),
                                 decide(weighing[k], b, n));
        }
    }
}

static void test_weight_zero_is_absent(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 4000; trial++) {
        struct dc_ballot b[12], with[24];
        size_t n = 1 + trial % 12;
        draw(b, n, trial);
        for (size_t i = 0; i < n; i++) {
            with[2 * i] = b[i];
            with[2 * i + 1] = (struct dc_ballot){b[n - 1 - i].verdict, 0};
        }
        for (size_t k = 0; k < DC_COUNT(weighing); k++)
            assert_int_equal(decide(weighing[k], with, 2 * n),
                             decide(weighing[k], b, n));
    }
    const struct dc_ballot none[] = {{COMPLIANCE, 0}, {COMPLIANCE, 0}};
    for (size_t k = 0; k < DC_COUNT(weighing); k++)
        assert_int_equal(decide(weighing[k], none, 2), UNDETERMINED);
}

static void test_order_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 2000; trial++) {
        struct dc_ballot b[11], back[11];
        draw(b, 11, trial);
        for (size_t i = 0; i < 11; i++) {
            b[i].weight = rint(b[i].weight); /* sums without rounding */
            back[i * 3 % 11] = b[i];
        }
        for (size_t i = 0; i < 11; i++)
            back[i * 3 % 11] = b[i];
        for (size_t k = 0; k < DC_COUNT(weighing); k++)
            assert_int_equal(decide(weighing[k], back, 11),
                             decide(weighing[k], b, 11));
    }
}

static void test_halves(void **state)
{
    (void)state;
    struct dc_ballot b[] = {{REFUSAL, 2}, {COMPLIANCE, 1}, {COMPLIANCE, 1}};
    double share = 9;
    assert_int_equal(dc_ballots_decide(b, 3, &share), COMPLIANCE); /* a tie */
    assert_true(share == 0.5);
    b[0].weight = 2.5;
    assert_int_equal(dc_ballots_decide(b, 3, &share), REFUSAL);
    assert_true(share == 2.5 / 4.5);
    b[0].verdict = PARTIAL;
    assert_int_equal(dc_ballots_decide(b, 3, NULL), REFUSAL);
    /* undetermined weight holds both sides down, and has no share */
    b[2].verdict = UNDETERMINED;
    b[0].weight = 2;
    assert_int_equal(dc_ballots_decide(b, 3, &share), UNDETERMINED);
    assert_true(share == 2.0 / 3);
    b[0].verdict = UNDETERMINED;
    b[1].weight = 3;
    assert_int_equal(dc_ballots_decide(b, 3, &share), COMPLIANCE);
    assert_true(share == 1);
    b[1].verdict = UNDETERMINED;
    assert_int_equal(dc_ballots_decide(b, 3, &share), UNDETERMINED);
    assert_true(share == 0);
    assert_int_equal(dc_ballots_decide(b, 0, &share), UNDETERMINED);
}

/* One sure trace against many: what majority can't see. */
static void test_known(void **state)
{
    (void)state;
    const struct dc_ballot b[] = {{REFUSAL, 10},   {COMPLIANCE, 3},
                                  {COMPLIANCE, 3}, {COMPLIANCE, 3},
                                  {PARTIAL, 2},    {COMPLIANCE, 9}};
    assert_int_equal(decide("majority", b, 6), COMPLIANCE);
    assert_int_equal(decide("weighted", b, 6), COMPLIANCE); /* 12 of 30 */
    /* the 90th percentile lies above 9: the refusal alone */
    assert_int_equal(decide("filtered", b, 6), REFUSAL);
    /* the 60th is 3: at the bar they stay, 10 against 18 */
    assert_int_equal(decide("filtered(0.4)", b, 6), COMPLIANCE);
    assert_int_equal(decide("weighted", b, 5), REFUSAL); /* 12 of 21 */
    assert_int_equal(decide("majority", b, 5), COMPLIANCE);
}

/*
 * n traces of which `above` outweigh the one at the bar, which weighs 2. Of an
 * even number half refuse, at 3 each; of an odd number two fewer than the rest,
 * but one of them weighs 5. Without the one at the bar compliance wins by a tie
 * or by 1.
 */
static size_t around_a_bar(struct dc_ballot *b, unsigned n, unsigned above)
{
    unsigned low = n - 1 - above, k = above / 2;
    for (unsigned i = 0; i < low; i++)
        b[i] = (struct dc_ballot){COMPLIANCE, 0.01 * (i + 1)};
    for (unsigned i = low + 1; i < n; i++)
        b[i] = (struct dc_ballot){i <= low + k ? REFUSAL : COMPLIANCE, 3};
    if (above % 2)
        b[low + 1].weight = 5;
    return low;
}

/* Every share of two digits and every n to 64 with a trace at the bar. */
static void test_a_trace_at_the_bar_votes(void **state)
{
    unsigned n_pairs = 0;
    (void)state;
    for (unsigned e = 1; e < 100; e++)
        for (unsigned n = 2; n <= 64; n++) {
            unsigned above = n - 1 - (n - 1) * (100 - e) / 100;
            struct dc_ballot b[64];
            char text[32];
            if ((n - 1) * (100 - e) % 100)
                continue;
            n_pairs++;
            if (above == 1) /* decides alone */
                continue;
            size_t low = around_a_bar(b, n, above);
            snprintf(text, sizeof text, "filtered(0.%02u)", e);
            b[low] = (struct dc_ballot){REFUSAL, 2};
            if (decide(text, b, n) != REFUSAL)
                fail_msg("%s of %u: the trace at the bar has no vote", text, n);
            b[low].verdict = COMPLIANCE;
            assert_int_equal(decide(text, b, n), COMPLIANCE);
        }
    assert_int_equal(n_pairs, 217);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_weights_are_the_majority),
        cmocka_unit_test(test_scale_changes_nothing),
        cmocka_unit_test(test_weight_zero_is_absent),
        cmocka_unit_test(test_order_changes_nothing),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_a_trace_at_the_bar_votes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
