/*
 * test_openai_limit.c - how many requests a server is given: growth, the fall
 * for an episode of "too many requests", and waits, by a made clock.
 */
#include "infer/openai_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

/* A round: as many answers begun as the limit is. */
static void round_at(struct dc_limit *l, double now)
{
    unsigned n = (unsigned)(l->now + 0.999);
    for (unsigned i = 0; i < n; i++)
        dc_limit_begun(l, now);
}

static void fill(struct dc_limit *l, double now)
{
    while (dc_limit_room(l, now) > 0)
        dc_limit_sent(l, 1);
}

static void test_doubles_until_it_hears_no(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(20, 100);
    const double want[] = {40, 80, 100, 100};
    for (size_t i = 0; i < 4; i++) {
        round_at(&l, 0);
        assert_true(l.now == want[i]);
    }
    fill(&l, 0);
    assert_int_equal(l.in_flight, 100);
}

static void test_a_round_is_not_over_early(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(20, 100);
    for (unsigned i = 0; i < 19; i++)
        dc_limit_begun(&l, 0);
    assert_true(l.now == 20);
    dc_limit_failed(&l); /* which holds growth up and takes nothing away */
    for (unsigned i = 0; i < 19; i++)
        dc_limit_begun(&l, 0);
    assert_true(l.now == 20);
    dc_limit_begun(&l, 0);
    assert_true(l.now == 40);
}

static void test_an_episode_shrinks_once(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(50, 200);
    fill(&l, 0);
    for (unsigned i = 0; i < 30; i++)
        dc_limit_refused(&l, 100 * i, 0);
    assert_true(l.now == 40);
    /* The episode goes on for 15 s behind its last refusal. */
    dc_limit_refused(&l, 2900 + 15000, 0);
    assert_true(l.now == 32);
    assert_int_equal(dc_limit_room(&l, 1e9), 0);
}

static void test_grows_slowly_afterwards(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(100, 200);
    fill(&l, 0);
    dc_limit_refused(&l, 0, 0);
    assert_true(l.now == 80);
    round_at(&l, 14999); /* still the episode */
    assert_true(l.now == 80);
    round_at(&l, 15000);
    assert_true(l.now == 84);
    struct dc_limit few = dc_limit_start(2, 10);
    fill(&few, 0);
    dc_limit_refused(&few, 0, 0);
    assert_true(few.now == 1.6); /* of which 1 counts */
    assert_int_equal((unsigned)few.now, 1);
    round_at(&few, 20000);
    assert_true(few.now == 2.6);
}

static void test_never_below_one(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(3, 3);
    dc_limit_sent(&l, 1);
    for (unsigned i = 0; i < 20; i++)
        dc_limit_refused(&l, 1e5 * i, 0);
    assert_true(l.now == 1);
    dc_limit_over(&l, 1);
    assert_true(dc_limit_room(&l, 1e9) > 0);
}

/* What was in flight was too much, not what might have been. */
static void test_shrinks_from_what_was_in_flight(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(100, 100);
    for (unsigned i = 0; i < 10; i++)
        dc_limit_sent(&l, 1);
    dc_limit_refused(&l, 0, 0);
    assert_true(l.now == 8);
}

static void test_waits_as_long_as_the_server_asks(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(4, 4);
    dc_limit_refused(&l, 1000, 30000);
    assert_int_equal(dc_limit_room(&l, 30999), 0);
    assert_true(dc_limit_room(&l, 31000) > 0);
    /* A refusal within the wait is of the same episode. */
    double before = l.now;
    dc_limit_refused(&l, 30000, 0);
    assert_true(l.now == before);
}

static void test_away(void **state)
{
    (void)state;
    struct dc_limit l = dc_limit_start(4, 4);
    dc_limit_away(&l, 0, 50);
    for (unsigned i = 0; i < 16; i++)
        dc_limit_away(&l, 1, 0); /* all that was in flight, lost together */
    assert_int_equal(l.n_failed, 1);
    dc_limit_away(&l, 100, 1000);
    assert_int_equal(l.n_failed, 2);
    assert_true(l.now == 4);
    assert_int_equal(dc_limit_room(&l, 1099), 0);
    assert_true(dc_limit_room(&l, 1100) > 0);
    dc_limit_begun(&l, 1200);
    assert_int_equal(l.n_failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_until_it_hears_no),
        cmocka_unit_test(test_a_round_is_not_over_early),
        cmocka_unit_test(test_an_episode_shrinks_once),
        cmocka_unit_test(test_grows_slowly_afterwards),
        cmocka_unit_test(test_never_below_one),
        cmocka_unit_test(test_shrinks_from_what_was_in_flight),
        cmocka_unit_test(test_waits_as_long_as_the_server_asks),
        cmocka_unit_test(test_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
