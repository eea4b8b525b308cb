/*
 * test_calib.c - ECE and Brier score against NumPy
 * (tests/data/calib_golden.json), the parts of the Brier score, both binnings
 * against their definitions, refused values, and bootstrap resamples against
 * the same rows written out.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat/calib_priv.h"
#include "stat_util.h"

#include <deepconf/calib.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 300 };

struct data {
    size_t n;
    double p[MOST];
    bool y[MOST];
    uint32_t cluster[MOST];
};

/* p on a grid of `levels` + 1 values, so that few levels give long ties. */
static void roll(struct data *d, struct dice *dice, uint32_t levels)
{
    d->n = 1 + dice_below(dice, MOST);
    for (size_t i = 0; i < d->n; i++) {
        d->p[i] = (double)dice_below(dice, levels + 1) / levels;
        d->y[i] = dice_uniform(dice) < 0.2 + 0.5 * d->p[i];
        d->cluster[i] = dice_below(dice, 11);
    }
}

static struct dc_calib measure(const struct data *d, enum dc_binning binning,
                               uint32_t n_bins)
{
    struct dc_calib_cfg cfg = dc_calib_cfg_default();
    const struct dc_forecast f = {d->p, d->y, d->n};
    struct dc_calib c;
    cfg.binning = binning;
    cfg.n_bins = n_bins;
    assert_int_equal(dc_calib_measure(&f, &cfg, &c, NULL), DC_OK);
    return c;
}

static void test_golden(void **state)
{
    (void)state;
    json_t *rows = golden_rows("calib_golden.json", "ece_15_equal_width");
    json_t *row, *x;
    size_t r, i;
    json_array_foreach(rows, r, row)
    {
        json_t *p = json_object_get(row, "p"), *y = json_object_get(row, "y");
        size_t n = json_array_size(p);
        double *pd = dc_xcalloc(n, sizeof *pd);
        bool *yd = dc_xcalloc(n, sizeof *yd);
        json_array_foreach(p, i, x) pd[i] = json_number_value(x);
        json_array_foreach(y, i, x) yd[i] = json_integer_value(x) == 1;
        const struct dc_forecast f = {pd, yd, n};
        const struct dc_calib_cfg cfg = dc_calib_cfg_default();
        struct dc_calib c;
        assert_int_equal(dc_calib_measure(&f, &cfg, &c, NULL), DC_OK);
        assert_true(c.defined && c.n_bins == 15);
        assert_close(c.ece, json_number_value(json_object_get(row, "ece")),
                     1e-14);
        assert_close(c.brier, json_number_value(json_object_get(row, "brier")),
                     1e-14);
        free(yd);
        free(pd);
    }
    json_decref(rows);
}

/* Two bins: 0.2 0.4 (rate 1/2, mean 0.3) and 0.7 0.9 (rate 1, mean 0.8). */
static void test_known(void **state)
{
    (void)state;
    struct data d = {
        .n = 4, .p = {0.2, 0.4, 0.7, 0.9}, .y = {false, true, true, true}};
    struct dc_calib c = measure(&d, DC_BINNING_WIDTH, 2);
    assert_close(c.ece, 0.2, 1e-15);
    assert_close(c.mce, 0.2, 1e-15);
    assert_close(c.brier, (0.04 + 0.36 + 0.09 + 0.01) / 4, 1e-15);
    assert_close(c.reliability, 0.04, 1e-15);
    assert_close(c.resolution, 0.0625, 1e-15);
    assert_close(c.uncertainty, 0.1875, 1e-15);
    assert_close(c.within_variance, 0.01, 1e-15);
    assert_close(c.within_covariance, 2 * (0.05 + 0.05) / 4, 1e-15);
    assert_close(c.log_loss, -(log(0.8) + log(0.4) + log(0.7) + log(0.9)) / 4,
                 1e-15);
    assert_true(c.n_clipped == 0);
    struct dc_prop want = dc_prop_wilson(1, 2, 0.95);
    assert_true(c.bin[0].observed.k == 1 && c.bin[0].observed.n == 2);
    assert_true(c.bin[0].observed.lo == want.lo);
    assert_true(c.bin[0].p_least == 0.2 && c.bin[0].p_most == 0.4);
    assert_close(c.bin[1].p_mean, 0.8, 1e-15);
}

static void test_edges(void **state)
{
    (void)state;
    struct data d = {
        .n = 4, .p = {0, 1, -0.0, 0.5}, .y = {false, true, false, true}};
    struct dc_calib c = measure(&d, DC_BINNING_WIDTH, 4);
    assert_true(c.bin[0].observed.n == 2 && c.bin[2].observed.n == 1);
    assert_true(c.bin[3].observed.n == 1 && !c.bin[1].observed.defined);
    assert_true(c.n_clipped == 3);
    /* certain and right is nearly free; certain and wrong costs -log clip */
    assert_close(c.log_loss, log(2) / 4, 1e-14);
    d.y[0] = true;
    c = measure(&d, DC_BINNING_WIDTH, 4);
    assert_close(c.log_loss, (log(2) - log(1e-15)) / 4, 1e-13);
    assert_close(c.mce, 0.5, 0);
    d.n = 0;
    assert_false(measure(&d, DC_BINNING_WIDTH, 4).defined);
    assert_false(measure(&d, DC_BINNING_MASS, 4).defined);
}

static void test_outside_is_refused(void **state)
{
    (void)state;
    const double bad[] = {-1e-300,   nextafter(1, 2), 17,
                          -HUGE_VAL, HUGE_VAL,        nan("")};
    const uint32_t cluster[3] = {0, 1, 2};
    const bool y[3] = {false};
    for (size_t i = 0; i < DC_COUNT(bad); i++) {
        const double p[3] = {0.5, 1, bad[i]};
        const struct dc_forecast f = {p, y, 3};
        const struct dc_forecast_clusters fc = {&f, cluster, 3};
        const struct dc_calib_cfg cfg = dc_calib_cfg_default();
        const struct dc_boot_cfg boot = dc_boot_cfg_default();
        struct dc_calib c;
        struct dc_boot b;
        struct dc_calib_noise x;
        struct dc_err err = {.status = DC_OK};
        assert_int_equal(dc_calib_measure(&f, &cfg, &c, &err), DC_DATA);
        assert_non_null(strstr(err.msg, "value 2 is"));
        assert_int_equal(dc_calib_noise(&fc, &cfg, &boot, &x, NULL), DC_DATA);
        assert_int_equal(dc_calib_brier_boot(&fc, &boot, &b, NULL), DC_DATA);
    }
}

/* ---- properties over both binnings ---- */

static void test_brier_adds_up(void **state)
{
    (void)state;
    struct dice dice = {.seed = 1};
    double without = 0;
    for (int round = 0; round < 400; round++) {
        struct data d;
        roll(&d, &dice, round % 3 ? 1000 : 7);
        struct dc_calib c =
            measure(&d, round % 2 ? DC_BINNING_MASS : DC_BINNING_WIDTH,
                    1 + dice_below(&dice, DC_CALIB_BINS_MAX));
        double murphy = c.reliability - c.resolution + c.uncertainty;
        assert_close(murphy + c.within_variance - c.within_covariance, c.brier,
                     1e-14);
        without = fmax(without, fabs(murphy - c.brier));
        assert_true(c.ece >= 0 && c.ece <= c.mce + 1e-15 && c.mce <= 1);
        /* Jensen: the ECE is at most the root of the reliability */
        assert_true(c.ece <= sqrt(c.reliability) + 1e-14);
    }
    assert_true(without > 0.01); /* the within-bin terms are needed */
}

/* ECE and MCE from rows and assigned bins alone. */
static void test_ece_by_definition(void **state)
{
    (void)state;
    struct dice dice = {.seed = 2};
    for (int round = 0; round < 200; round++) {
        struct data d;
        uint8_t bin[MOST];
        struct dc_calib_cfg cfg = dc_calib_cfg_default();
        roll(&d, &dice, round % 3 ? 1000 : 7);
        const struct dc_forecast f = {d.p, d.y, d.n};
        cfg.binning = round % 2 ? DC_BINNING_MASS : DC_BINNING_WIDTH;
        dc_calib_assign(&f, &cfg, bin);
        double ece = 0, mce = 0;
        for (uint32_t b = 0; b < cfg.n_bins; b++) {
            double n = 0, gap = 0;
            for (size_t i = 0; i < d.n; i++) {
                n += bin[i] == b;
                gap += bin[i] == b ? d.y[i] - d.p[i] : 0;
            }
            ece += fabs(gap) / (double)d.n;
            mce = n > 0 ? fmax(mce, fabs(gap) / n) : mce;
        }
        struct dc_calib c = measure(&d, cfg.binning, cfg.n_bins);
        assert_close(c.ece, ece, 1e-14);
        assert_close(c.mce, mce, 1e-14);
    }
}

static void test_mass_bins(void **state)
{
    (void)state;
    struct dice dice = {.seed = 3};
    for (int round = 0; round < 200; round++) {
        struct data d;
        uint8_t bin[MOST];
        uint32_t n_in[DC_CALIB_BINS_MAX] = {0};
        struct dc_calib_cfg cfg = dc_calib_cfg_default();
        roll(&d, &dice, 1 + (uint32_t)round % 20);
        cfg.binning = DC_BINNING_MASS;
        cfg.n_bins = 1 + dice_below(&dice, DC_CALIB_BINS_MAX);
        const struct dc_forecast f = {d.p, d.y, d.n};
        dc_calib_assign(&f, &cfg, bin);
        for (size_t i = 0; i < d.n; i++) {
            assert_true(bin[i] < cfg.n_bins);
            for (size_t j = 0; j < d.n; j++)
                assert_true(d.p[i] < d.p[j]
                                ? bin[i] <= bin[j]
                                : d.p[i] > d.p[j] || bin[i] == bin[j]);
        }
        /* without ties: sizes differ by one at most */
        for (size_t i = 0; i < d.n; i++)
            d.p[i] = (double)((i * 307) % d.n) / MOST;
        if (d.n % 307 == 0)
            continue;
        dc_calib_assign(&f, &cfg, bin);
        for (size_t i = 0; i < d.n; i++)
            n_in[bin[i]]++;
        for (uint32_t b = 0; b < cfg.n_bins; b++)
            assert_true(n_in[b] == d.n / cfg.n_bins ||
                        n_in[b] == d.n / cfg.n_bins + 1);
    }
}

/* A tie of three behind one row: floor(4 (2 + 3 - 1) / 8) = 2. */
static void test_mass_tie_goes_to_its_middle(void **state)
{
    (void)state;
    struct data d = {.n = 4, .p = {0.5, 0.1, 0.5, 0.5}};
    struct dc_calib c = measure(&d, DC_BINNING_MASS, 4);
    assert_true(c.bin[0].observed.n == 1 && c.bin[2].observed.n == 3);
    assert_false(c.bin[1].observed.defined || c.bin[3].observed.defined);
}

static void test_order_of_rows(void **state)
{
    (void)state;
    struct dice dice = {.seed = 4};
    for (int round = 0; round < 100; round++) {
        struct data d, e = {0};
        enum dc_binning how = round % 2 ? DC_BINNING_MASS : DC_BINNING_WIDTH;
        roll(&d, &dice, 40);
        e.n = d.n;
        for (size_t i = 0; i < d.n; i++) {
            e.p[i] = d.p[d.n - 1 - i];
            e.y[i] = d.y[d.n - 1 - i];
        }
        struct dc_calib a = measure(&d, how, 15), b = measure(&e, how, 15);
        assert_close(a.ece, b.ece, 1e-14);
        assert_close(a.brier, b.brier, 1e-14);
        assert_close(a.log_loss, b.log_loss, 1e-12);
        for (int i = 0; i < 15; i++)
            assert_true(a.bin[i].observed.k == b.bin[i].observed.k &&
                        a.bin[i].observed.n == b.bin[i].observed.n);
    }
}

/* ---- bootstrap ---- */

/* Rows of a resample: as often as the cluster was drawn. */
static double brier_written_out(const struct data *d, const uint32_t *drawn)
{
    double sum = 0, n = 0;
    for (int g = 0; g < 11; g++) {
        for (size_t i = 0; i < d->n; i++) {
            if (d->cluster[i] != drawn[g])
                continue;
            sum += (d->p[i] - d->y[i]) * (d->p[i] - d->y[i]);
            n++;
        }
    }
    return sum / n;
}

/* The gaps of the bins, over all rows. */
static void gaps_written_out(const struct data *d, const uint32_t *drawn,
                             const uint8_t *bin, double gap[15])
{
    double n = 0;
    memset(gap, 0, 15 * sizeof *gap);
    for (int g = 0; g < 11; g++) {
        for (size_t i = 0; i < d->n; i++) {
            if (d->cluster[i] != drawn[g])
                continue;
            gap[bin[i]] += d->y[i] - d->p[i];
            n++;
        }
    }
    for (int b = 0; b < 15; b++)
        gap[b] /= n;
}

static double noise_written_out(const struct data *d, const uint32_t *drawn,
                                const uint8_t *bin)
{
    static const uint32_t once[11] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    double of_all[15], gap[15], sum = 0;
    gaps_written_out(d, once, bin, of_all);
    gaps_written_out(d, drawn, bin, gap);
    for (int b = 0; b < 15; b++)
        sum += fabs(gap[b] - of_all[b]);
    return sum;
}

static void test_boot_of_each_resample(void **state)
{
    (void)state;
    struct dice dice = {.seed = 5};
    struct data d;
    uint8_t bin[MOST];
    double ece[40], brier[40];
    do
        roll(&d, &dice, 100);
    while (d.n < 150);
    const struct dc_forecast f = {d.p, d.y, d.n};
    const struct dc_forecast_clusters fc = {&f, d.cluster, 11};
    struct dc_calib_cfg cfg = dc_calib_cfg_default();
    struct dc_boot_cfg boot = dc_boot_cfg_default();
    struct dc_calib_noise a;
    struct dc_boot b;
    boot.n_resamples = 40;
    for (int how = 0; how < 2; how++) {
        cfg.binning = how ? DC_BINNING_MASS : DC_BINNING_WIDTH;
        boot.n_threads = how ? 3 : 1;
        dc_calib_assign(&f, &cfg, bin);
        boot.keep = ece;
        assert_int_equal(dc_calib_noise(&fc, &cfg, &boot, &a, NULL), DC_OK);
        boot.keep = brier;
        assert_int_equal(dc_calib_brier_boot(&fc, &boot, &b, NULL), DC_OK);
        struct dc_calib c = measure(&d, cfg.binning, 15);
        assert_close(a.ece, c.ece, 1e-14);
        assert_close(b.value.value, c.brier, 1e-14);
        assert_true(!a.defined && b.few); /* eleven clusters */
        assert_true(a.p >= 1.0 / 41 && a.p <= 1);
        for (uint32_t r = 0; r < 40; r++) {
            uint32_t drawn[11];
            dc_boot_draw(boot.seed, r, 11, drawn);
            assert_close(brier[r], brier_written_out(&d, drawn), 1e-14);
            assert_close(ece[r], noise_written_out(&d, drawn, bin), 1e-14);
        }
    }
}

/* A perfect p is told from noise as seldom as a test at 5 % may, and one that
 * is off by 0.4 always; its ECE lies near the noise, and far above it. */
static void test_noise_tells_a_perfect_probability(void **state)
{
    (void)state;
    enum { N = 60, ROWS = 3, ROUNDS = 200 };
    struct dice dice = {.seed = 12};
    int wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double p[N * ROWS], high[N * ROWS];
        bool y[N * ROWS];
        uint32_t cluster[N * ROWS];
        for (uint32_t i = 0; i < N * ROWS; i++) {
            cluster[i] = i / ROWS;
            p[i] = i % ROWS ? p[i - 1] : 0.6 * dice_uniform(&dice);
            y[i] = dice_uniform(&dice) < p[i];
            high[i] = p[i] + 0.4;
        }
        const struct dc_forecast f[2] = {{p, y, N * ROWS}, {high, y, N * ROWS}};
        struct dc_calib_noise x[2];
        struct dc_boot_cfg boot = dc_boot_cfg_default();
        const struct dc_calib_cfg cfg = dc_calib_cfg_default();
        boot.n_resamples = 200;
        for (int k = 0; k < 2; k++) {
            const struct dc_forecast_clusters c = {&f[k], cluster, N};
            assert_int_equal(dc_calib_noise(&c, &cfg, &boot, &x[k], NULL),
                             DC_OK);
            assert_true(x[k].defined && x[k].mean < x[k].most);
        }
        wrong += x[0].p <= 0.05;
        assert_true(x[1].p <= 0.05);
    }
    assert_in_range(wrong, 0, 20); /* of 200 at 5 %, three deviations more */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_noise_tells_a_perfect_probability),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_outside_is_refused),
        cmocka_unit_test(test_brier_adds_up),
        cmocka_unit_test(test_ece_by_definition),
        cmocka_unit_test(test_mass_bins),
        cmocka_unit_test(test_mass_tie_goes_to_its_middle),
        cmocka_unit_test(test_order_of_rows),
        cmocka_unit_test(test_boot_of_each_resample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
