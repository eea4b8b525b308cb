/*
 * Philox4x32-10 against the known answers of its authors' library (Random123,
 * kat_vectors), and what is made of it against values from an independent
 * program. The extremes come from counters that were found by running the ten
 * rounds backwards: the block of {ff..ff} and of zeroes exists for every key.
 */
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_answers(void **state)
{
    static const struct {
        uint64_t key;
        uint32_t ctr[4];
        uint32_t want[4];
    } kat[] = {
        {0, {0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX,
         {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(kat) / sizeof(kat[0]); i++) {
        uint32_t got[4];
        dc_philox4x32(kat[i].key, kat[i].ctr, got);
        assert_memory_equal(got, kat[i].want, sizeof(got));
    }
}

/* A trace drawn today and in ten years is the same trace. */
static void golden_draws(void **state)
{
    static const struct {
        struct dc_rng_key key;
        uint32_t a, b;
        double uniform;
        uint32_t below_10, below_most;
    } rows[] = {
        {{42, 0x0123456789abcdef}, 0, 0, 0x1.b210ed6902288p-4, 2, 1134691513},
        {{42, 0x0123456789abcdef}, 9, 255, 0x1.cbdbc24153093p-1, 4, 1734532367},
        {{0xfedcba9876543210, 7}, 1, 2, 0x1.b63c012006e3dp-1, 3, 1642366403},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct dc_rng_key *k = &rows[i].key;
        uint32_t a = rows[i].a;
        uint32_t b = rows[i].b;
        assert_true(dc_rng_uniform(k, a, b) == rows[i].uniform);
        assert_int_equal(dc_rng_below(k, a, b, 10), rows[i].below_10);
        assert_int_equal(dc_rng_below(k, a, b, UINT32_MAX), rows[i].below_most);
        assert_int_equal(dc_rng_below(k, a, b, 1), 0);
    }
}

static void extremes_stay_inside(void **state)
{
    const struct dc_rng_key zeroes = {1, 0xd45467c7ca90ff34};
    const struct dc_rng_key ones = {1, 0x26ee8a863d0faeb5};
    const uint32_t z[2] = {0xfd264ead, 0x1fbd5b10};
    const uint32_t o[2] = {0x1dda3b71, 0xde7c12fe};

    (void)state;
    assert_true(dc_rng_uniform(&zeroes, z[0], z[1]) == 0x1p-53);
    assert_true(dc_rng_uniform(&ones, o[0], o[1]) == 1 - 0x1p-53);
    assert_int_equal(dc_rng_below(&zeroes, z[0], z[1], 7), 0);
    assert_int_equal(dc_rng_below(&ones, o[0], o[1], 7), 6);
    assert_int_equal(dc_rng_below(&ones, o[0], o[1], UINT32_MAX),
                     UINT32_MAX - 1);
}

/* Each of seed, both halves of the stream, a and b changes the draw. */
static void every_part_of_the_key_counts(void **state)
{
    const struct dc_rng_key k = {5, 6};
    const struct dc_rng_key others[] = {
        {4, 6}, {5 | 1ULL << 40, 6}, {5, 7}, {5, 6 | 1ULL << 40}};
    double u = dc_rng_uniform(&k, 1, 2);

    (void)state;
    assert_true(u == dc_rng_uniform(&k, 1, 2));
    assert_true(u != dc_rng_uniform(&k, 2, 1));
    assert_true(u != dc_rng_uniform(&k, 1, 3));
    assert_true(u != dc_rng_uniform(&k, 0, 2));
    for (int i = 0; i < 4; i++)
        assert_true(u != dc_rng_uniform(&others[i], 1, 2));
}

/*
 * Moments over 100,000 consecutive draws, within 4.5 standard errors: the mean
 * 1/2, the variance 1/12, and no correlation with the next draw.
 */
static void looks_uniform(void **state)
{
    enum { N = 100000 };
    const struct dc_rng_key k = {2025, 815};
    double sum = 0, square = 0, next = 0;

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        double u = dc_rng_uniform(&k, 3, i) - 0.5;
        sum += u;
        square += u * u;
        next += u * (dc_rng_uniform(&k, 3, i + 1) - 0.5);
    }
    double unit = 4.5 / sqrt((double)N);
    assert_true(fabs(sum / N) < unit * sqrt(1.0 / 12));
    assert_true(fabs(square / N - 1.0 / 12) < unit * sqrt(1.0 / 180));
    assert_true(fabs(next / N) < unit / 12);
}

/* Chi-square of 100,000 draws below 10: 27.9 is its 99.9 % point, 9 d.f. */
static void below_is_flat(void **state)
{
    enum { N = 100000, K = 10 };
    const struct dc_rng_key k = {2025, 815};
    double count[K] = {0};
    double chi2 = 0;

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        uint32_t x = dc_rng_below(&k, i, 0, K);
        assert_true(x < K);
        count[x] += 1;
    }
    for (int i = 0; i < K; i++) {
        double d = count[i] - (double)N / K;
        chi2 += d * d / ((double)N / K);
    }
    assert_true(chi2 > 0 && chi2 < 27.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(golden_draws),
        cmocka_unit_test(extremes_stay_inside),
        cmocka_unit_test(every_part_of_the_key_counts),
        cmocka_unit_test(looks_uniform),
        cmocka_unit_test(below_is_flat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
