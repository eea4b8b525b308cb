/*
 * test_logits.c - the pass over a row of logits, against sums in long double
 * and kernel against kernel.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum kind {
    NORMAL,
    PEAKED,
    HUGE_RANGE,
    CONSTANT,
    ASCENDING,
    DESCENDING,
    MASKED, /* two of three logits are -inf */
    FAR,    /* near 1e30: float sums of a block would still fit, e^z not */
    N_KIND
};

static double draw(uint32_t row, size_t i)
{
    const struct dc_rng_key key = {.seed = 7, .stream = 11};
    return dc_rng_uniform(&key, row, (uint32_t)i);
}

static float logit(enum kind kind, uint32_t row, size_t i, size_t n)
{
    double u = draw(row, i), x = log(u / (1 - u));
    switch (kind) {
    case PEAKED:
        return (float)(x + (i == n / 2 ? 30 : 0));
    case HUGE_RANGE:
        return (float)((u - 0.5) * 2e4);
    case CONSTANT:
        return -3.25f;
    case ASCENDING:
        return (float)i * 0.01f - 20;
    case DESCENDING:
        return (float)(n - i) * 0.01f - 20;
    case MASKED:
        return u < 2.0 / 3 && i > 2 ? -INFINITY : (float)(9 * u - 4);
    case FAR:
        return (float)((u - 0.5) * 1e30);
    default:
        return (float)(2.5 * x);
    }
}

static float *make_row(enum kind kind, uint32_t row, size_t n)
{
    float *z = dc_xcalloc(n, sizeof *z);
    for (size_t i = 0; i < n; i++)
        z[i] = logit(kind, row, i, n);
    return z;
}

static int descending(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

struct reference {
    long double lse, mean, scale, entropy, conf, self_cert;
};

static struct reference refer(const float *z, size_t n, size_t k)
{
    struct reference r = {0};
    long double sum = 0, xsum = 0, top = 0, max;
    size_t n_finite = 0;
    float *sorted = dc_xcalloc(n, sizeof *sorted);
    memcpy(sorted, z, n * sizeof *z);
    qsort(sorted, n, sizeof *sorted, descending);
    max = (long double)sorted[0];
    for (size_t i = 0; i < n && sorted[i] > -INFINITY; i++) {
        long double x = (long double)sorted[i] - max;
        sum += expl(x);
        xsum += x * expl(x);
        r.mean += (long double)sorted[i];
        r.scale = fmaxl(r.scale, fabsl((long double)sorted[i]));
        n_finite++;
    }
    for (size_t i = 0; i < k; i++)
        top += (long double)sorted[i];
    free(sorted);
    r.mean /= (long double)n_finite;
    r.lse = max + logl(sum);
    r.entropy = logl(sum) - xsum / sum;
    r.conf = r.lse - top / (long double)k;
    r.self_cert = r.lse - r.mean - logl((long double)n);
    if (r.self_cert < 0)
        r.self_cert = 0;
    return r;
}

/* Within 1e-6 of `scale`, or of 1 where that is smaller. */
static void near(const char *what, double got, long double want,
                 long double scale)
{
    if (fabsl((long double)got - want) <= 1e-6L * fmaxl(1, scale))
        return;
    fail_msg("%s: got %.17g, expected %.17Lg", what, got, want);
}

static void check_row(const float *z, size_t n, size_t k)
{
    struct dc_logits w;
    struct reference r = refer(z, n, k);
    dc_logits_init(&w, n, k);
    assert_true(dc_logits_scan(&w, z));
    near("lse", w.lse, r.lse, fabsl(r.lse));
    near("mean", w.mean, r.mean, r.scale);
    near("entropy", w.entropy, r.entropy, r.entropy);
    near("conf", w.conf, r.conf, r.conf);
    near("self_cert", w.self_cert, r.self_cert, r.scale);
    assert_true(w.entropy >= 0 && w.conf >= 0 && w.self_cert >= 0);
    for (size_t i = 1; i < k; i++)
        assert_true(w.top[i - 1] >= w.top[i]);
    dc_logits_release(&w);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void test_reference(void **state)
{
    static const size_t size[] = {1,   2,    7,    8,    9,     255,   256,
                                  257, 1000, 2047, 3000, 49152, 151936};
    (void)state;
    for (int simd = DC_SIMD_SCALAR; simd <= DC_SIMD_AVX2; simd++) {
        if (!dc_logits_set_simd((enum dc_simd)simd))
            continue;
        for (int kind = 0; kind < N_KIND; kind++) {
            for (size_t s = 0; s < DC_COUNT(size); s++) {
                size_t n = size[s];
                float *z = make_row((enum kind)kind, (uint32_t)s, n);
                check_row(z, n, 1);
                if (kind != MASKED || n > 1000)
                    check_row(z, n, least(n, DC_CONF_K_DEFAULT));
                if (n > 2000)
                    check_row(z, n, DC_CONF_K_MAX);
                free(z);
            }
        }
    }
    dc_logits_set_simd(DC_SIMD_AUTO);
}

static void check_same(const float *z, size_t n, size_t k)
{
    struct dc_logits a, b;
    dc_logits_set_simd(DC_SIMD_SCALAR);
    assert_string_equal(dc_logits_simd_name(), "scalar");
    dc_logits_init(&a, n, k);
    bool ok = dc_logits_scan(&a, z);
    assert_true(dc_logits_set_simd(DC_SIMD_AVX2));
    assert_string_equal(dc_logits_simd_name(), "avx2");
    dc_logits_init(&b, n, k);
    assert_int_equal(ok, dc_logits_scan(&b, z));
    if (ok) {
        const double x[] = {a.max,     a.lse,  a.mean,
                            a.entropy, a.conf, a.self_cert};
        const double y[] = {b.max,     b.lse,  b.mean,
                            b.entropy, b.conf, b.self_cert};
        size_t n_block = a.n_block;
        assert_memory_equal(x, y, sizeof x);
        assert_memory_equal(a.top, b.top, k * sizeof *a.top);
        assert_memory_equal(a.block_sum, b.block_sum,
                            n_block * sizeof *a.block_sum);
        assert_memory_equal(a.block_max, b.block_max,
                            n_block * sizeof *a.block_max);
        assert_memory_equal(a.block_xsum, b.block_xsum,
                            n_block * sizeof *a.block_xsum);
    }
    dc_logits_release(&a);
    dc_logits_release(&b);
}

static void test_kernels_equal(void **state)
{
    (void)state;
    if (!dc_logits_set_simd(DC_SIMD_AVX2))
        skip();
    for (int kind = 0; kind < N_KIND; kind++) {
        for (uint32_t row = 0; row < 150; row++) {
            size_t n = 1 + (size_t)(draw(1000 + row, 0) * 3000);
            n = row < 20 ? row + 1 : n;
            float *z = make_row((enum kind)kind, row, n);
            check_same(z, n, least(n, 20));
            free(z);
        }
        for (size_t n = 49152; n <= 151936; n += 151936 - 49152) {
            float *z = make_row((enum kind)kind, 3, n);
            check_same(z, n, 20);
            free(z);
        }
    }
    dc_logits_set_simd(DC_SIMD_AUTO);
}

/* Values that can be worked out by hand. */
static void test_known(void **state)
{
    const float two[] = {logf(3), 0};
    const float masked[] = {-INFINITY, 5, -INFINITY, 5, -INFINITY};
    struct dc_logits w;
    (void)state;
    dc_logits_init(&w, 2, 2);
    assert_true(dc_logits_scan(&w, two)); /* p = 3/4, 1/4 */
    near("lse", w.lse, logl(4), 1);
    near("entropy", w.entropy, 2 * logl(2) - 0.75L * logl(3), 1);
    near("conf", w.conf, -(logl(0.75L) + logl(0.25L)) / 2, 1);
    near("self_cert", w.self_cert, -(logl(1.5L) + logl(0.5L)) / 2, 1);
    dc_logits_release(&w);
    dc_logits_init(&w, 5, 2);
    assert_true(dc_logits_scan(&w, masked)); /* p = 1/2, 1/2 */
    near("lse", w.lse, 5 + logl(2), 1);
    near("mean", w.mean, 5, 1);
    near("entropy", w.entropy, logl(2), 1);
    near("conf", w.conf, logl(2), 1);
    dc_logits_release(&w);
}

/* Adding a constant moves lse and mean by it, and nothing else. */
static void test_shift(void **state)
{
    enum { N = 1500 };
    struct dc_logits a, b;
    (void)state;
    float *z = make_row(NORMAL, 5, N), *y = dc_xcalloc(N, sizeof *y);
    for (size_t i = 0; i < N; i++) {
        z[i] = rintf(z[i] * 64) / 64; /* the shift is then exact */
        y[i] = z[i] + 1024;
    }
    dc_logits_init(&a, N, 20);
    dc_logits_init(&b, N, 20);
    assert_true(dc_logits_scan(&a, z) && dc_logits_scan(&b, y));
    near("lse", b.lse - a.lse, 1024, 1);
    assert_true(a.entropy == b.entropy);
    near("conf", b.conf, (long double)a.conf, 1);
    dc_logits_release(&a);
    dc_logits_release(&b);
    free(z);
    free(y);
}

static void test_refused(void **state)
{
    enum { N = 1003 };
    const float bad[] = {NAN, -NAN, INFINITY};
    struct dc_logits w;
    (void)state;
    float *z = make_row(MASKED, 9, N), *fine = make_row(NORMAL, 9, N);
    for (int simd = DC_SIMD_SCALAR; simd <= DC_SIMD_AVX2; simd++) {
        if (!dc_logits_set_simd((enum dc_simd)simd))
            continue;
        dc_logits_init(&w, N, 20);
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < DC_COUNT(bad); j++) {
                float keep = z[i], keep_fine = fine[i];
                z[i] = fine[i] = bad[j];
                assert_false(dc_logits_scan(&w, z));
                assert_false(dc_logits_scan(&w, fine));
                z[i] = keep;
                fine[i] = keep_fine;
            }
        }
        assert_true(dc_logits_scan(&w, z) && dc_logits_scan(&w, fine));
        dc_logits_release(&w);
    }
    free(z);
    free(fine);
    dc_logits_set_simd(DC_SIMD_AUTO);
}

/* A NaN beside a +inf or among nothing but -inf must not hide. */
static void test_refused_mixed(void **state)
{
    float z[600];
    struct dc_logits w;
    (void)state;
    dc_logits_init(&w, 600, 1);
    for (size_t i = 0; i < 600; i++)
        z[i] = -INFINITY;
    assert_false(dc_logits_scan(&w, z));
    z[10] = 1;
    assert_true(dc_logits_scan(&w, z));
    assert_true(w.conf == 0 && w.lse == 1);
    assert_true(w.entropy < 1e-30); /* e^-87 stands for e^-inf */
    z[599] = NAN;
    assert_false(dc_logits_scan(&w, z));
    z[598] = INFINITY;
    assert_false(dc_logits_scan(&w, z));
    z[599] = -INFINITY;
    assert_false(dc_logits_scan(&w, z));
    z[598] = -FLT_MAX;
    assert_true(dc_logits_scan(&w, z));
    dc_logits_release(&w);
}

static void test_too_few(void **state)
{
    enum { N = 700, K = 20 };
    float z[N];
    struct dc_logits w;
    (void)state;
    dc_logits_init(&w, N, K);
    for (size_t i = 0; i < N; i++)
        z[i] = -INFINITY;
    for (size_t i = 0; i < K; i++) {
        assert_false(dc_logits_scan(&w, z));
        z[i * 31] = (float)i;
    }
    assert_true(dc_logits_scan(&w, z));
    assert_true(w.top[0] == K - 1 && w.top[K - 1] == 0);
    dc_logits_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_kernels_equal),
        cmocka_unit_test(test_known),     cmocka_unit_test(test_shift),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_refused_mixed),
        cmocka_unit_test(test_too_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
