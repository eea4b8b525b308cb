/*
 * test_compat.c - rounding, groups, weights and the stop of the authors'
 * package: figures of NumPy 2.4 for the same arithmetic, definitions written
 * out, and properties. Whole files of reference values: golden_check.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/compat.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Confidences with three decimals, 0 to 10, equal for equal i. */
static void fill(double *conf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        conf[i] = (double)(i * 7919 % 10007) / 1000;
}

static void draw(double *conf, size_t n, uint32_t trace)
{
    const struct dc_rng_key key = {.seed = 8, .stream = 3};
    for (size_t i = 0; i < n; i++)
        conf[i] =
            dc_compat_round(20 * dc_rng_uniform(&key, trace, (uint32_t)i));
}

/* ---- rounding ---- */

static void test_round(void **state)
{
    (void)state;
    static const struct {
        double x, r;
    } row[] = {
        {0, 0},
        {1.2344, 1.234},
        {1.2346, 1.235},
        {12, 12},
        {0.0005, 0},
        {0.0015, 0.002},
        {0.0025, 0.002},
        {2.0025, 2.002},
        {1.0625, 1.062},
        {1.0635, 1.064},
        {0.3125, 0.312},
        {0.0004999, 0},
        {-0.0015, -0.002},
        {17.9995, 18},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        assert_true(dc_compat_round(row[i].x) == row[i].r);
}

static void test_conf(void **state)
{
    (void)state;
    const double three[] = {-0.5, -1.2345, -3.0006};
    const double even[] = {-0.0005}, odd[] = {-0.0015}, sure[] = {0};
    double same[40];

    assert_true(dc_compat_conf(three, 3) == 1.578);
    assert_true(dc_compat_conf(even, 1) == 0);
    assert_true(dc_compat_conf(odd, 1) == 0.002);
    assert_true(dc_compat_conf(sure, 1) == 0);
    for (size_t k = 1; k <= DC_COUNT(same); k++) {
        same[k - 1] = -2.7182;
        assert_true(dc_compat_conf(same, k) == 2.718);
    }
}

/* ---- groups ---- */

static void test_groups_by_hand(void **state)
{
    (void)state;
    const double conf[] = {1, 2, 4, 2.001};
    double g[4];

    assert_int_equal(dc_compat_n_groups(4, 2), 3);
    dc_compat_groups(conf, 4, 2, g);
    assert_true(g[0] == 1.5 && g[1] == 3 && g[2] == 3); /* 3.0005, to even */
    assert_true(dc_compat_min_conf(conf, 4, 2) == 1.5);
    assert_int_equal(dc_compat_n_groups(4, 4), 1);
    dc_compat_groups(conf, 4, 4, g);
    assert_true(g[0] == 2.25);
    assert_int_equal(dc_compat_n_groups(4, 5), 1); /* and is not rounded */
    dc_compat_groups(conf, 4, 5, g);
    assert_true(g[0] == (1.0 + 2 + 4 + 2.001) / 4 && g[0] != 2.25);
    dc_compat_groups(conf, 4, 1, g);
    for (size_t i = 0; i < 4; i++)
        assert_true(g[i] == conf[i]);
    assert_int_equal(dc_compat_n_groups(0, 3), 1); /* no tokens: 0 */
    dc_compat_groups(conf, 0, 3, g);
    assert_true(g[0] == 0 && dc_compat_min_conf(conf, 0, 3) == 0);
}

static void test_groups_and_their_minimum(void **state)
{
    (void)state;
    double conf[90], g[90];

    for (uint32_t t = 0; t < 200; t++) {
        size_t n = 1 + t % DC_COUNT(conf), w = 1 + t % 17;
        draw(conf, n, t);
        size_t m = dc_compat_n_groups(n, w);
        double min = INFINITY;
        dc_compat_groups(conf, n, w, g);
        for (size_t i = 0; i < m; i++) {
            double sum = 0;
            size_t len = n < w ? n : w;
            for (size_t j = 0; j < len; j++)
                sum += conf[i + j];
            assert_true(fabs(g[i] - sum / (double)len) < 0.00051);
            assert_true(n < w || g[i] == dc_compat_round(g[i]));
            min = fmin(min, g[i]);
        }
        assert_true(dc_compat_min_conf(conf, n, w) == min);
    }
}

/* ---- weights ---- */

static void test_weights_of_numpy(void **state)
{
    (void)state;
    enum { N = 2600 };
    static double conf[N];
    const struct dc_compat_cfg cfg = dc_compat_cfg_default();

    fill(conf, N);
    struct dc_compat_weights w = dc_compat_weights(conf, N, &cfg);
    assert_true(w.mean == 0x1.4073b23d301ccp+2);
    assert_true(w.tail == 0x1.4097fdf3b645ap+2);
    assert_true(w.bottom == 0x1.4020f65b14856p+2);
    assert_true(w.min == 0x1.3ffc5810624eap+2);
    assert_true(dc_compat_min_conf(conf, N, DC_COMPAT_WINDOW) == 5.0);
    /* one token short of a window: the mean; one window: the same again */
    w = dc_compat_weights(conf, DC_COMPAT_WINDOW - 1, &cfg);
    assert_true(w.bottom == w.mean && w.min == w.mean && w.tail == w.mean);
    w = dc_compat_weights(conf, DC_COMPAT_WINDOW, &cfg);
    assert_true(w.bottom == w.min && fabs(w.min - w.mean) < 1e-12);
}

static void test_weights_by_hand(void **state)
{
    (void)state;
    const double conf[] = {4, 1, 2, 6, 3};
    struct dc_compat_cfg cfg = {.window = 2, .tail = 2, .share = 0.5};
    struct dc_compat_weights w = dc_compat_weights(conf, 5, &cfg);

    /* windows 2.5 1.5 4 4.5 */
    assert_true(w.mean == 3.2 && w.tail == 4.5);
    assert_true(w.min == 1.5 && w.bottom == 2);
    cfg.share = 0.74; /* of 4: 2 */
    assert_true(dc_compat_weights(conf, 5, &cfg).bottom == 2);
    cfg.share = 0.1; /* less than one: one */
    assert_true(dc_compat_weights(conf, 5, &cfg).bottom == 1.5);
    cfg.share = 1;
    assert_true(dc_compat_weights(conf, 5, &cfg).bottom == 3.125);
    cfg.tail = 99;
    assert_true(dc_compat_weights(conf, 5, &cfg).tail == w.mean);
    w = dc_compat_weights(conf, 0, &cfg);
    assert_true(w.mean == 0 && w.tail == 0 && w.bottom == 0 && w.min == 0);
}

static void test_weights_against_windows_summed_anew(void **state)
{
    (void)state;
    double conf[300];

    for (uint32_t t = 0; t < 100; t++) {
        size_t n = 1 + 3 * t % DC_COUNT(conf);
        struct dc_compat_cfg cfg = {1 + t % 40, 1 + t % 50, 0.1};
        draw(conf, n, t);
        struct dc_compat_weights w = dc_compat_weights(conf, n, &cfg);
        double min = INFINITY;
        for (size_t i = 0; i + cfg.window <= n; i++) {
            double sum = 0;
            for (size_t j = 0; j < cfg.window; j++)
                sum += conf[i + j];
            min = fmin(min, sum / (double)cfg.window);
        }
        if (n < cfg.window)
            min = w.mean;
        assert_true(fabs(w.min - min) < 1e-11);
        assert_true(w.min <= w.bottom);
        size_t m = dc_compat_n_groups(n, cfg.window);
        assert_true(m / 10 >= 2 ? w.bottom > w.min : w.bottom == w.min);
    }
}

/* To the last bit, the drift included: from a first sum, left to right, the
 * token that leaves is subtracted before the next is added. */
static void test_windows_run_on(void **state)
{
    (void)state;
    double conf[120];

    for (uint32_t t = 0; t < 200; t++) {
        size_t w = 1 + t % 60, n = w + t % 3 * 20;
        struct dc_compat_cfg cfg = {w, 1, 0.1};
        double sum = 0, min;
        draw(conf, n, t);
        for (size_t i = 0; i < w; i++)
            sum += conf[i];
        min = sum / (double)w;
        for (size_t i = w; i < n; i++) {
            sum -= conf[i - w];
            sum += conf[i];
            min = fmin(min, sum / (double)w);
        }
        assert_true(dc_compat_weights(conf, n, &cfg).min == min);
    }
}

/* ---- the stop ---- */

/* Tokens of conf [n] after which it stops; 0: never. */
static size_t stops_at(struct dc_compat_stop *s, const double *conf, size_t n)
{
    dc_compat_stop_clear(s);
    for (size_t i = 0; i < n; i++)
        if (dc_compat_stop_push(s, conf[i]))
            return i + 1;
    return 0;
}

static void test_stop_by_hand(void **state)
{
    (void)state;
    const double conf[] = {1, 1, 5, 5, 4, 2, 1};
    struct dc_compat_stop s;

    dc_compat_stop_init(&s, 3, 7.0 / 3);
    assert_int_equal(stops_at(&s, conf, 7), 0); /* 7/3 itself is not below */
    dc_compat_stop_release(&s);
    dc_compat_stop_init(&s, 3, 2.34);
    assert_int_equal(stops_at(&s, conf, 7), 3); /* not before a full window */
    assert_int_equal(stops_at(&s, conf, 2), 0);
    assert_int_equal(stops_at(&s, conf + 1, 6), 6);
    dc_compat_stop_release(&s);
    dc_compat_stop_init(&s, 1, 2);
    assert_int_equal(stops_at(&s, conf + 2, 5), 5); /* 2 is not below 2 */
    assert_int_equal(stops_at(&s, conf, 7), 1);
    dc_compat_stop_release(&s);
}

/* It stops exactly if some window is below the bar, and at the first. */
static void test_stop_is_the_first_window_below(void **state)
{
    (void)state;
    double conf[200];

    for (uint32_t t = 0; t < 300; t++) {
        size_t n = 1 + 7 * t % DC_COUNT(conf), w = 1 + t % 23, want = 0;
        double bar = 6 + 0.01 * t + 1e-4 / 3; /* no window mean is so near */
        struct dc_compat_stop s;
        draw(conf, n, t);
        for (size_t i = w; i <= n && !want; i++) {
            double sum = 0;
            for (size_t j = i - w; j < i; j++)
                sum += conf[j];
            if (sum / (double)w < bar)
                want = i;
        }
        dc_compat_stop_init(&s, w, bar);
        assert_int_equal(stops_at(&s, conf, n), want);
        dc_compat_stop_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_conf),
        cmocka_unit_test(test_groups_by_hand),
        cmocka_unit_test(test_groups_and_their_minimum),
        cmocka_unit_test(test_weights_of_numpy),
        cmocka_unit_test(test_weights_by_hand),
        cmocka_unit_test(test_weights_against_windows_summed_anew),
        cmocka_unit_test(test_windows_run_on),
        cmocka_unit_test(test_stop_by_hand),
        cmocka_unit_test(test_stop_is_the_first_window_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
