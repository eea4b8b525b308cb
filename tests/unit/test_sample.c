/*
 * Drawing tokens, against a plain reference: sort everything, filter, add up.
 *
 * A draw is right if u lies between the values of the exact distribution
 * function before and at the token, give or take EPS: the block sums are
 * floats. Observed over the draws here: 2e-14, that is, no u happened to fall
 * into such a gap.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "logits_rows.h"

#include <deepconf/conf.h>
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EPS 1e-6

/* Switches on the filters' code and filters nothing. */
static struct dc_sampling general(double t)
{
    return (struct dc_sampling){.temperature = t, .top_p = 1, .min_p = 1e-300};
}

struct drawer {
    struct dc_logits w;
    const float *z;
};

static void start(struct drawer *d, const float *z, size_t n)
{
    d->z = z;
    dc_logits_init(&d->w, n, n < 100 ? 1 : DC_CONF_K_DEFAULT);
    assert_true(dc_logits_scan(&d->w, z));
}

static size_t draw(struct drawer *d, const struct dc_sampling *how, double u)
{
    struct dc_token t;
    dc_logits_sample(&d->w, d->z, how, u, &t);
    assert_true(t.id >= 0 && (size_t)t.id < d->w.n_vocab);
    assert_true(d->z[t.id] > -INFINITY);
    return (size_t)t.id;
}

/* ---- the reference ---- */

static const float *sorted_by;

static int by_logit(const void *a, const void *b)
{
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (sorted_by[i] != sorted_by[j])
        return sorted_by[i] > sorted_by[j] ? -1 : 1;
    return (i > j) - (i < j);
}

/* p [n]: the probability of each token after the filters. */
static void reference(const float *z, size_t n, const struct dc_sampling *how,
                      double *p)
{
    size_t *order = dc_xcalloc(n, sizeof(*order));
    size_t m = how->top_k > 0 && how->top_k < n ? how->top_k : n;
    long double all = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    sorted_by = z;
    qsort(order, n, sizeof(*order), by_logit);
    double max = (double)z[order[0]];
    for (size_t i = 0; i < n; i++)
        p[i] = 0;
    for (size_t i = 0; i < m; i++)
        all += expl(((long double)z[order[i]] - max) / how->temperature);
    for (size_t i = 0; i < m && sum < how->top_p * all; i++) {
        long double e =
            expl(((long double)z[order[i]] - max) / how->temperature);
        p[order[i]] = e >= how->min_p ? (double)e : 0;
        sum += e;
    }
    double kept = 0;
    for (size_t i = 0; i < n; i++)
        kept += p[i];
    for (size_t i = 0; i < n; i++)
        p[i] /= kept;
    free(order);
}

static void assert_right_at(const double *p, size_t id, double u)
{
    double before = 0;
    for (size_t i = 0; i < id; i++)
        before += p[i];
    assert_true(p[id] > 0);
    assert_true(u > before - EPS && u < before + p[id] + EPS);
}

/* ---- tests ---- */

/* Chi-square of 100,000 draws: 29.6 is its 99.9 % point for 10 d.f. */
static void draws_follow_softmax(void **state)
{
    enum { N = 12, DRAWS = 100000 };
    static const float z[N] = {0.5F, -1, 2,    -INFINITY, 1,     0,
                               -2,   3,  0.1F, 1.5F,      -0.5F, 2.5F};
    const struct dc_rng_key key = {20250815, 7};
    const double temperatures[] = {1, 0.7, 1.6};
    struct drawer d;

    (void)state;
    start(&d, z, N);
    for (uint32_t t = 0; t < 2 * DC_COUNT(temperatures); t++) {
        double p[N], count[N] = {0}, chi2 = 0;
        struct dc_sampling how = dc_sampling_default();
        how.temperature = temperatures[t / 2];
        reference(z, N, &how, p);
        if (t % 2)
            how = general(how.temperature);
        for (uint32_t i = 0; i < DRAWS; i++)
            count[draw(&d, &how, dc_rng_uniform(&key, t, i))] += 1;
        assert_true(count[3] == 0);
        for (int i = 0; i < N; i++)
            if (p[i] > 0)
                chi2 += pow(count[i] - DRAWS * p[i], 2) / (DRAWS * p[i]);
        assert_true(chi2 > 0 && chi2 < 29.6);
    }
    dc_logits_release(&d.w);
}

/* With u on a grid, each token is hit N p times, give or take one. */
static void a_grid_of_u_gives_the_distribution(void **state)
{
    enum { N = 600, GRID = 20000 };
    float z[N];
    double p[N];
    struct drawer d;

    (void)state;
    for (unsigned kind = 0; kind < ROW_KINDS; kind++) {
        const struct dc_sampling hows[] = {
            dc_sampling_default(),
            general(1),
            {.temperature = 0.6, .top_p = 1},
            {.temperature = 1.3, .top_p = 0.9173, .top_k = 50, .min_p = 0.01},
        };
        row_fill(z, N, (enum row_kind)kind, 31);
        start(&d, z, N);
        for (size_t h = 0; h < DC_COUNT(hows); h++) {
            double count[N] = {0};
            reference(z, N, &hows[h], p);
            for (int i = 0; i < GRID; i++)
                count[draw(&d, &hows[h], (i + 0.5) / GRID)] += 1;
            for (int i = 0; i < N; i++) {
                assert_true(fabs(count[i] - GRID * p[i]) < 1 + 2 * EPS * GRID);
                assert_true(p[i] > 0 || count[i] == 0);
            }
        }
        dc_logits_release(&d.w);
    }
}

/* With and without the shortcut over block sums: the same token. */
static void shortcut_equals_general_path(void **state)
{
    static const size_t sizes[] = {1, 9, 256, 257, 5000, 151936};
    float *z = dc_xcalloc(151936, sizeof(*z));
    double *p = dc_xcalloc(151936, sizeof(*p));
    const struct dc_rng_key key = {3, 4};
    struct drawer d;
    size_t n_draw = 0, n_other = 0;

    (void)state;
    for (size_t s = 0; s < DC_COUNT(sizes); s++) {
        size_t n = sizes[s];
        for (unsigned kind = 0; kind < ROW_KINDS; kind++) {
            struct dc_sampling plain = dc_sampling_default();
            struct dc_sampling full = general(1);
            row_fill(z, n, (enum row_kind)kind, n);
            reference(z, n, &plain, p);
            start(&d, z, n);
            for (uint32_t i = 0; i < (n > 5000 ? 20U : 200U); i++) {
                double u = dc_rng_uniform(&key, (uint32_t)n, i);
                size_t a = draw(&d, &plain, u), b = draw(&d, &full, u);
                assert_right_at(p, a, u);
                assert_right_at(p, b, u);
                n_draw++;
                n_other += a != b;
            }
            dc_logits_release(&d.w);
        }
    }
    assert_true(n_draw > 7000);
    assert_int_equal(n_other, 0);
    free(z);
    free(p);
}

static struct dc_sampling random_sampling(const struct dc_rng_key *key,
                                          uint32_t i)
{
    static const double temperatures[] = {1, 0.2, 0.7, 1.5, 30};
    /* odd values: no tie between equal tokens falls on them */
    static const double top_p[] = {1, 1e-9, 0.31731, 0.91173, 0.99871};
    static const double min_p[] = {0, 1e-4, 0.05, 0.5, 0.999};
    static const uint32_t top_k[] = {0, 1, 5, 20, 40, 700, UINT32_MAX};
    return (struct dc_sampling){
        .temperature = temperatures[dc_rng_below(key, i, 10, 5)],
        .top_p = top_p[dc_rng_below(key, i, 11, 5)],
        .min_p = min_p[dc_rng_below(key, i, 12, 5)],
        .top_k = top_k[dc_rng_below(key, i, 13, 7)],
    };
}

/* Every mixture of the filters keeps what the reference keeps. */
static void filters_keep_the_right_tokens(void **state)
{
    enum { MIXES = 600, U = 40 };
    static const size_t sizes[] = {1, 2, 30, 300, 2000};
    const struct dc_rng_key key = {9, 9};
    float z[2000];
    double p[2000];
    struct drawer d;

    (void)state;
    for (uint32_t i = 0; i < MIXES; i++) {
        struct dc_sampling how = random_sampling(&key, i);
        size_t n = sizes[i % 5];
        row_fill(z, n, (enum row_kind)(i % ROW_KINDS), i);
        reference(z, n, &how, p);
        start(&d, z, n);
        for (int j = 0; j < U; j++) {
            double u = (j + 0.5) / U;
            assert_right_at(p, draw(&d, &how, u), u);
        }
        dc_logits_release(&d.w);
    }
}

static void small_supports(void **state)
{
    /* p = 0.5, 0.25, 0.125, 0.0625, 0.0625 in another order */
    static const float z[5] = {-2.0794415F, -0.6931472F, -2.7725887F,
                               -1.3862944F, -2.7725887F};
    static const struct {
        struct dc_sampling how;
        unsigned kept; /* bit i: token i */
    } rows[] = {
        {{.temperature = 1, .top_p = 1, .top_k = 1}, 1 << 1},
        {{.temperature = 1, .top_p = 1, .top_k = 2}, 1 << 1 | 1 << 3},
        {{.temperature = 1, .top_p = 1, .top_k = 4},
         1 | 1 << 1 | 1 << 2 | 1 << 3},
        {{.temperature = 1, .top_p = 1, .top_k = 99}, 31},
        {{.temperature = 1, .top_p = 0.49}, 1 << 1},
        {{.temperature = 1, .top_p = 0.74}, 1 << 1 | 1 << 3},
        {{.temperature = 1, .top_p = 0.76}, 1 | 1 << 1 | 1 << 3},
        {{.temperature = 1, .top_p = 0.9}, 1 | 1 << 1 | 1 << 2 | 1 << 3},
        {{.temperature = 1, .top_p = 0.95}, 31},
        {{.temperature = 1, .top_p = 1, .min_p = 0.51}, 1 << 1},
        {{.temperature = 1, .top_p = 1, .min_p = 0.24}, 1 | 1 << 1 | 1 << 3},
        /* of the two heaviest, 2/3 and 1/3: */
        {{.temperature = 1, .top_p = 0.65, .top_k = 2}, 1 << 1},
        {{.temperature = 1, .top_p = 0.68, .top_k = 2}, 1 << 1 | 1 << 3},
        /* squared: 0.744, 0.186, 0.047, 0.012, 0.012 */
        {{.temperature = 0.5, .top_p = 0.75}, 1 << 1 | 1 << 3},
        {{.temperature = 0.5, .top_p = 0.74}, 1 << 1},
        {{.temperature = 0, .top_p = 1}, 1 << 1},
    };
    struct drawer d;

    (void)state;
    start(&d, z, 5);
    for (size_t r = 0; r < DC_COUNT(rows); r++) {
        unsigned seen = 0;
        for (int i = 0; i < 1000; i++)
            seen |= 1U << draw(&d, &rows[r].how, (i + 0.5) / 1000);
        assert_int_equal(seen, rows[r].kept);
    }
    dc_logits_release(&d.w);
}

/* T = 0: the largest, the lowest id of equals, whatever u and the filters. */
static void greedy_takes_the_first_of_the_largest(void **state)
{
    struct dc_sampling how = {.temperature = 0, .top_p = 0.5, .min_p = 0.5};
    float z[1000];
    struct drawer d;

    (void)state;
    row_fill(z, 1000, ROW_TIES, 2);
    z[513] = z[514] = z[900] = 7;
    start(&d, z, 1000);
    assert_int_equal(draw(&d, &how, 1e-9), 513);
    assert_int_equal(draw(&d, &how, 0.999), 513);
    how.temperature = 1e-30; /* all but greedy: 513, 514 and 900 share */
    how.top_p = 1;
    how.min_p = 0;
    assert_int_equal(draw(&d, &how, 0.1), 513);
    assert_int_equal(draw(&d, &how, 0.5), 514);
    assert_int_equal(draw(&d, &how, 0.9), 900);
    dc_logits_release(&d.w);
    z[0] = 9;
    start(&d, z, 1000);
    how.temperature = 0;
    assert_int_equal(draw(&d, &how, 0.5), 0);
    dc_logits_release(&d.w);
}

/* draw() itself asserts that no token at -inf is returned. */
static void ends_of_the_unit_interval(void **state)
{
    enum { N = 800 };
    static const double temperatures[] = {1, 1e-300, 0.01, 0.7, 5, 1e300};
    float z[N];
    struct drawer d;

    (void)state;
    for (int i = 0; i < N; i++)
        z[i] = -INFINITY;
    for (int i = 300; i < 340; i++)
        z[i] = 2;
    z[299] = z[340] = -2000; /* no weight unless T is large */
    start(&d, z, N);
    for (size_t t = 0; t < DC_COUNT(temperatures); t++) {
        const struct dc_sampling hows[] = {
            {.temperature = temperatures[t], .top_p = 1},
            {.temperature = temperatures[t], .top_p = 1, .min_p = 1e-9},
            {.temperature = temperatures[t], .top_p = 1, .top_k = 41},
            {.temperature = temperatures[t], .top_p = 0.9999999},
        };
        bool hot = temperatures[t] > 1e6;
        for (size_t h = 0; h < DC_COUNT(hows); h++) {
            size_t lo = draw(&d, &hows[h], 0x1p-53);
            size_t hi = draw(&d, &hows[h], 1 - 0x1p-53);
            /* top_k: of the two equal last ones the lower id is kept */
            assert_int_equal(lo, hot ? 299 : 300);
            assert_int_equal(hi, hot && h != 2 ? 340 : 339);
        }
    }
    dc_logits_release(&d.w);
}

static void record_is_complete_and_in_range(void **state)
{
    static const size_t sizes[] = {1, 20, 700};
    const struct dc_sampling how = {.temperature = 0.8, .top_p = 0.95};
    float z[700];
    struct drawer d;

    (void)state;
    for (uint32_t i = 0; i < 3 * ROW_KINDS; i++) {
        struct dc_token t;
        row_fill(z, sizes[i % 3], (enum row_kind)(i / 3), i);
        start(&d, z, sizes[i % 3]);
        dc_logits_sample(&d.w, z, &how, 0.3, &t);
        assert_true(t.logprob <= 0 && t.conf >= 0 && t.entropy >= 0);
        assert_true(t.self_cert >= 0 && isfinite(t.self_cert));
        assert_true(isfinite(t.logprob) && isfinite(t.conf));
        if (i / 3 != ROW_WIDE) {
            double want = (double)z[t.id] - d.w.lse;
            assert_true(fabs((double)t.logprob - want) <
                        1e-6 * (1 + fabs(want)));
            assert_true(fabs((double)t.conf - d.w.conf) < 1e-5);
            assert_true(fabs((double)t.entropy - d.w.entropy) < 1e-5);
            assert_true(fabs((double)t.self_cert - d.w.self_cert) < 1e-5);
        }
        if (sizes[i % 3] == 1)
            assert_true(t.id == 0 && t.logprob == 0 && t.conf == 0);
        dc_logits_release(&d.w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_softmax),
        cmocka_unit_test(a_grid_of_u_gives_the_distribution),
        cmocka_unit_test(shortcut_equals_general_path),
        cmocka_unit_test(filters_keep_the_right_tokens),
        cmocka_unit_test(small_supports),
        cmocka_unit_test(greedy_takes_the_first_of_the_largest),
        cmocka_unit_test(ends_of_the_unit_interval),
        cmocka_unit_test(record_is_complete_and_in_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
