/*
 * test_answers.c - votes over answers: ties, traces without an answer, the bar
 * of the filtered votes, and the winner against a plain count. Whole files of
 * reference values: golden_check.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/answers.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the winner ---- */

static void test_winner(void **state)
{
    (void)state;
    const struct dc_answer_ballot b[] = {
        {NULL, 100}, {"b", 1},  {"a", 1.5},  {"", 100},
        {"b", 0.75}, {"a", .5}, {"c", 1.75}, {"b", .25},
    };
    assert_null(dc_answer_winner(NULL, 0));
    assert_null(dc_answer_winner(b, 1)); /* no answer */
    assert_string_equal(dc_answer_winner(b, 2), "b");
    assert_string_equal(dc_answer_winner(b, 3), "a");
    assert_string_equal(dc_answer_winner(b, 5), "b");
    assert_string_equal(dc_answer_winner(b, 6), "a");
    assert_string_equal(dc_answer_winner(b, 8), "b"); /* 2 to 2: seen first */
    assert_string_equal(dc_answer_winner(b + 2, 5), "a");
    assert_string_equal(dc_answer_winner(b + 3, 4), "c");
}

static void test_winner_weighs_nothing(void **state)
{
    (void)state;
    const struct dc_answer_ballot zero[] = {{"z", 0}, {"a", 0}};
    const struct dc_answer_ballot less[] = {{"z", -2}, {"a", -1}};
    assert_string_equal(dc_answer_winner(zero, 2), "z");
    assert_string_equal(dc_answer_winner(less, 2), "a");
}

/* Bytes decide: nothing is folded, trimmed or taken for a number. */
static void test_answers_are_bytes(void **state)
{
    (void)state;
    const struct dc_answer_ballot b[] = {
        {"1", 1},  {"1.0", 1.5}, {"A", 1.9},   {"a", 1},
        {"a ", 1}, {"\xff", 1},  {"\xff", 1.1}};
    assert_string_equal(dc_answer_winner(b, DC_COUNT(b)), "\xff");
    assert_string_equal(dc_answer_winner(b, 5), "A");
}

/* By comparing each with each: the sums of the first bearers. */
static const char *plain_winner(const struct dc_answer_ballot *b, size_t n)
{
    size_t best = n;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        bool first = b[i].answer && *b[i].answer;
        for (size_t j = 0; j < n && first; j++) {
            if (!b[j].answer || strcmp(b[j].answer, b[i].answer))
                continue;
            first = j >= i;
            sum += b[j].weight;
        }
        if (first && (best == n || sum > most)) {
            best = i;
            most = sum;
        }
    }
    return best < n ? b[best].answer : NULL;
}

static void test_winner_against_a_plain_count(void **state)
{
    (void)state;
    static const char *const answer[] = {"7", "12", "x", "", NULL, "-1", "yy"};
    const struct dc_rng_key key = {.seed = 3, .stream = 9};
    struct dc_answer_ballot b[60];

    for (uint32_t t = 0; t < 3000; t++) {
        size_t n = dc_rng_below(&key, t, 1000, DC_COUNT(b) + 1);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t r = dc_rng_below(&key, t, i, DC_COUNT(answer) * 4);
            b[i].answer = answer[r % DC_COUNT(answer)];
            /* quarters have exact sums, so that there are true ties */
            b[i].weight = t % 2 ? dc_rng_uniform(&key, t, i)
                                : 0.25 * (r / DC_COUNT(answer));
        }
        const char *got = dc_answer_winner(b, n), *want = plain_winner(b, n);
        if (got != want && (!got || !want || strcmp(got, want)))
            fail_msg("draw %u: got %s, expected %s", t, got, want);
    }
}

static void test_many_different_answers(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct dc_answer_ballot *b = dc_xcalloc(N, sizeof *b);
    char(*text)[8] = dc_xcalloc(N, sizeof *text);

    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof *text, "%zu", i);
        b[i] = (struct dc_answer_ballot){text[i], 1};
    }
    assert_string_equal(dc_answer_winner(b, N), "0");
    b[N / 2].weight = 1.5;
    assert_ptr_equal(dc_answer_winner(b, N), text[N / 2]);
    free(text);
    free(b);
}

/* ---- the seven ---- */

static void test_table(void **state)
{
    (void)state;
    static const char *const name[] = {
        "majority",
        "mean_confidence_weighted",
        "tail_confidence_weighted",
        "bottom_window_weighted",
        "min_window_weighted",
        "top10_tail_filtered",
        "top10_bottom_window_filtered",
    };
    size_t n;
    const struct dc_answer_vote *vote = dc_answer_votes(&n);

    assert_int_equal(n, DC_COUNT(name));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(vote[i].name, name[i]);
        assert_ptr_equal(dc_answer_vote_find(name[i]), &vote[i]);
        assert_true(*vote[i].rule && vote[i].keep > 0 && vote[i].keep <= 1);
        assert_true(vote[i].weight < DC_ANSWER_N_WEIGHTS);
    }
    assert_null(dc_answer_vote_find("top10"));
    assert_null(dc_answer_vote_find(""));
}

static struct dc_answer_result hold(const char *name,
                                    const struct dc_answer_trace *t, size_t n)
{
    struct dc_answer_result r = {0};
    assert_true(dc_answer_vote_hold(dc_answer_vote_find(name), t, n, &r));
    return r;
}

static void test_each_looks_at_its_weight(void **state)
{
    (void)state;
    /* mean, tail, bottom, min */
    const struct dc_answer_trace t[] = {
        {"p", {9, 1, 1, 1}},    {"q", {2, 9, 2, 2}},  {"r", {3, 3, 9, 3}},
        {"s", {4, 4, 4, 9}},    {"r", {.5, 1, 0, 1}}, {NULL, {99, 99, 99, 99}},
        {"", {99, 99, 99, 99}},
    };
    struct dc_answer_result r = hold("majority", t, DC_COUNT(t));
    assert_string_equal(r.answer, "r");
    assert_true(r.n_votes == 5 && !r.weighted);
    r = hold("mean_confidence_weighted", t, DC_COUNT(t));
    assert_string_equal(r.answer, "p");
    assert_true(r.n_votes == 5 && r.weighted && r.conf == 18.5 / 5);
    r = hold("tail_confidence_weighted", t, DC_COUNT(t));
    assert_string_equal(r.answer, "q");
    assert_true(r.conf == 18.0 / 5);
    r = hold("bottom_window_weighted", t, DC_COUNT(t));
    assert_string_equal(r.answer, "r");
    assert_true(r.conf == 16.0 / 5);
    r = hold("min_window_weighted", t, DC_COUNT(t));
    assert_string_equal(r.answer, "s");
    /* 90 % of the way from 1 to 9 over five: above 4, so one votes */
    r = hold("top10_tail_filtered", t, DC_COUNT(t));
    assert_string_equal(r.answer, "q");
    assert_true(r.n_votes == 1 && r.conf == 9);
    r = hold("top10_bottom_window_filtered", t, DC_COUNT(t));
    assert_string_equal(r.answer, "r");
    assert_true(r.n_votes == 1 && r.conf == 9);
}

/* Of 21 traces the bar is the third largest weight: equals of it stay. */
static void test_ties_at_the_bar_stay(void **state)
{
    (void)state;
    struct dc_answer_trace t[21];

    for (size_t i = 0; i < DC_COUNT(t); i++)
        t[i] = (struct dc_answer_trace){"low", {0, 1, 0, 0}};
    t[3] = (struct dc_answer_trace){"top", {0, 8, 0, 0}};
    t[5] = (struct dc_answer_trace){"tie", {0, 5, 0, 0}};
    t[9] = t[11] = t[20] = t[5];
    struct dc_answer_result r = hold("top10_tail_filtered", t, DC_COUNT(t));
    assert_int_equal(r.n_votes, 5);
    assert_string_equal(r.answer, "tie");
    assert_true(r.conf == 28.0 / 5);
    t[9].weight[DC_ANSWER_TAIL] = t[11].weight[DC_ANSWER_TAIL] =
        t[20].weight[DC_ANSWER_TAIL] = 4.999; /* now the bar is among them */
    r = hold("top10_tail_filtered", t, DC_COUNT(t));
    assert_int_equal(r.n_votes, 5);
    t[9].weight[DC_ANSWER_TAIL] = 5.001; /* and now between */
    r = hold("top10_tail_filtered", t, DC_COUNT(t));
    assert_int_equal(r.n_votes, 3);
}

static void test_no_result(void **state)
{
    (void)state;
    const struct dc_answer_trace none[] = {{NULL, {1, 1, 1, 1}},
                                           {"", {1, 1, 1, 1}}};
    const struct dc_answer_trace zero[] = {{"b", {0}}, {"a", {0}}};
    size_t n;
    const struct dc_answer_vote *vote = dc_answer_votes(&n);
    struct dc_answer_result r = {.n_votes = 77};

    for (size_t i = 0; i < n; i++) {
        assert_false(dc_answer_vote_hold(&vote[i], none, 0, &r));
        assert_false(dc_answer_vote_hold(&vote[i], none, 2, &r));
        if (vote[i].weighted)
            assert_false(dc_answer_vote_hold(&vote[i], zero, 2, &r));
    }
    assert_int_equal(r.n_votes, 77); /* untouched */
    r = hold("majority", zero, 2);
    assert_string_equal(r.answer, "b");
}

static void test_unanimous(void **state)
{
    (void)state;
    size_t n;
    const struct dc_answer_vote *vote = dc_answer_votes(&n);
    struct dc_answer_trace t[12];

    for (size_t i = 0; i < DC_COUNT(t); i++)
        t[i] = (struct dc_answer_trace){"yes", {2.5, 2.5, 2.5, 2.5}};
    for (size_t i = 0; i < n; i++) {
        struct dc_answer_result r = hold(vote[i].name, t, DC_COUNT(t));
        assert_string_equal(r.answer, "yes");
        assert_int_equal(r.n_votes, DC_COUNT(t));
        assert_true(!r.weighted || r.conf == 2.5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_winner),
        cmocka_unit_test(test_winner_weighs_nothing),
        cmocka_unit_test(test_answers_are_bytes),
        cmocka_unit_test(test_winner_against_a_plain_count),
        cmocka_unit_test(test_many_different_answers),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_each_looks_at_its_weight),
        cmocka_unit_test(test_ties_at_the_bar_stay),
        cmocka_unit_test(test_no_result),
        cmocka_unit_test(test_unanimous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
