/*
 * One pass over the logits: the kernels against each other to the last bit, and
 * against sums in long double. What was observed stands beside each tolerance.
 */
#include "base/mem.h"
#include "conf/logits_priv.h"
#include "logits_rows.h"

#include <deepconf/conf.h>
#include <float.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BIG = 151936 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int descending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* ---- one kernel against the other ---- */

/* Scan z at an odd address, so that nothing relies on alignment. */
static bool scan_with(enum dc_simd simd, struct dc_logits *w, const float *z,
                      size_t n)
{
    dc_logits_init(w, n, least(n, DC_CONF_K_DEFAULT));
    assert_true(dc_logits_set_simd(simd));
    bool ok = dc_logits_scan(w, z);
    dc_logits_set_simd(DC_SIMD_AUTO);
    return ok;
}

static void assert_same_bits(const float *z, size_t n)
{
    struct dc_logits a, b;
    bool ok = scan_with(DC_SIMD_SCALAR, &a, z, n);
    assert_int_equal(scan_with(DC_SIMD_AVX2, &b, z, n), ok);
    if (ok) {
        const double x[] = {a.max,     a.lse,  a.mean,
                            a.entropy, a.conf, a.self_cert};
        const double y[] = {b.max,     b.lse,  b.mean,
                            b.entropy, b.conf, b.self_cert};
        assert_memory_equal(x, y, sizeof(x));
        assert_memory_equal(a.block_max, b.block_max,
                            a.n_block * sizeof(*a.block_max));
        assert_memory_equal(a.block_sum, b.block_sum,
                            a.n_block * sizeof(*a.block_sum));
        assert_memory_equal(a.top, b.top, a.k * sizeof(*a.top));
        assert_memory_equal(a.top_id, b.top_id, a.k * sizeof(*a.top_id));
    }
    dc_logits_release(&a);
    dc_logits_release(&b);
}

static void kernels_agree_to_the_last_bit(void **state)
{
    (void)state;
    if (!dc_logits_set_simd(DC_SIMD_AVX2))
        skip();
    float *z = dc_xcalloc(BIG + 1, sizeof(*z));
    for (unsigned kind = 0; kind < ROW_KINDS; kind++) {
        for (size_t n = 1; n <= 3000; n += n < 600 ? 1 : 7) {
            row_fill(z + 1, n, (enum row_kind)kind, n);
            assert_same_bits(z + 1, n);
        }
        row_fill(z + 1, BIG, (enum row_kind)kind, 1);
        assert_same_bits(z + 1, 49152);
        assert_same_bits(z + 1, BIG);
    }
    free(z);
}

static void tempered_sums_agree_too(void **state)
{
    (void)state;
#if defined(__x86_64__)
    if (!dc_logits_set_simd(DC_SIMD_AVX2))
        skip();
    for (unsigned kind = 0; kind < ROW_KINDS; kind++) {
        float z[DC_LOGITS_BLOCK];
        row_fill(z, DC_LOGITS_BLOCK, (enum row_kind)kind, 3);
        for (float inv_t = 0.1F; inv_t < 1e9F; inv_t *= 1.7F) {
            double a = dc_logits_kernel_scalar.tempered(z, 3e38F, inv_t);
            double b = dc_logits_kernel_avx2.tempered(z, 3e38F, inv_t);
            assert_memory_equal(&a, &b, sizeof(a));
            a = dc_logits_kernel_scalar.tempered(z, 30, inv_t);
            b = dc_logits_kernel_avx2.tempered(z, 30, inv_t);
            assert_true(kind == ROW_WIDE || memcmp(&a, &b, sizeof(a)) == 0);
        }
    }
#else
    skip();
#endif
}

/* ---- the most probable tokens ---- */

static const float *ranked; /* for rank_order */

static int rank_order(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    if (ranked[x] != ranked[y])
        return ranked[x] < ranked[y] ? 1 : -1;
    return (x > y) - (x < y);
}

/* Every list against a sort of the whole row: ids, with the lower first in a
 * tie; log-probabilities as a sampled token has them; C from their mean. */
static void check_top(const float *z, size_t n, size_t k)
{
    struct dc_logits w;
    struct dc_top_logprob top[DC_CONF_K_MAX];
    struct dc_token tok;
    const struct dc_sampling greedy = {.temperature = 0, .top_p = 1};
    int32_t *id = dc_xcalloc(n, sizeof(*id));
    double sum = 0;
    dc_logits_init(&w, n, k);
    assert_true(dc_logits_scan(&w, z));
    for (size_t i = 0; i < n; i++)
        id[i] = (int32_t)i;
    ranked = z;
    qsort(id, n, sizeof(*id), rank_order);
    dc_logits_top(&w, k, top);
    for (size_t i = 0; i < k; i++) {
        assert_int_equal(top[i].id, id[i]);
        assert_true(i == 0 || top[i].logprob <= top[i - 1].logprob);
        sum -= (double)top[i].logprob;
    }
    dc_logits_sample(&w, z, &greedy, 0.5, &tok);
    assert_int_equal(tok.id, top[0].id);
    assert_memory_equal(&tok.logprob, &top[0].logprob, sizeof(tok.logprob));
    assert_true(fabs(sum / (double)k - w.conf) <= 1e-6 * (1 + w.conf));
    dc_logits_release(&w);
    free(id);
}

static void top_is_the_top(void **state)
{
    static const size_t size[] = {1, 2, 19, 20, 21, 255, 256, 257, 1000, 5003};
    float z[5003];
    (void)state;
    for (unsigned kind = 0; kind < ROW_KINDS; kind++) {
        for (size_t i = 0; i < sizeof(size) / sizeof(*size); i++) {
            row_fill(z, size[i], (enum row_kind)kind, i);
            for (size_t k = 1; k <= 20 && k <= size[i]; k += k == 1 ? 4 : 15) {
                struct dc_logits w;
                dc_logits_init(&w, size[i], k);
                bool ok = dc_logits_scan(&w, z);
                dc_logits_release(&w);
                if (ok && kind != ROW_WIDE)
                    check_top(z, size[i], k);
            }
        }
    }
}

static void kernels_have_names(void **state)
{
    (void)state;
    assert_true(dc_logits_set_simd(DC_SIMD_SCALAR));
    assert_string_equal(dc_logits_simd_name(), "scalar");
    bool avx2 = dc_logits_set_simd(DC_SIMD_AVX2);
    assert_string_equal(dc_logits_simd_name(), avx2 ? "avx2" : "scalar");
    assert_true(dc_logits_set_simd(DC_SIMD_AUTO));
    assert_string_equal(dc_logits_simd_name(), avx2 ? "avx2" : "scalar");
}

/*
 * exp in [-87, 0], by way of a block with one finite logit. Observed over 7e6
 * points: 1.28 ulp of a float at most.
 */
static void exponential_is_good_to_1_5_ulp(void **state)
{
    const struct dc_logits_kernel *kern = dc_logits_kernel();
    float z[DC_LOGITS_BLOCK];

    (void)state;
    for (size_t i = 0; i < DC_LOGITS_BLOCK; i++)
        z[i] = -INFINITY;
    for (int i = 0; i <= 200000; i++) {
        z[77] = -87.0F * (float)i / 200000;
        double want = exp((double)z[77]);
        double ulp = ldexp(1, ilogb(want) - (FLT_MANT_DIG - 1));
        assert_true(fabs(kern->tempered(z, 0, 1) - want) <= 1.5 * ulp);
    }
    z[77] = 0;
    assert_true(kern->tempered(z, 0, 1) == 1);
    z[77] = -87.00001F;
    assert_true(kern->tempered(z, 0, 1) == 0);
    z[77] = -FLT_MAX;
    assert_true(kern->tempered(z, 0, 1) == 0);
}

/* ---- against long double ---- */

struct exact {
    long double lse, mean, entropy, conf, self_cert;
};

static struct exact exact_of(const float *z, size_t n, size_t k)
{
    struct exact e = {0};
    float *sorted = dc_xcalloc(n, sizeof(*sorted));
    memcpy(sorted, z, n * sizeof(*z));
    qsort(sorted, n, sizeof(*sorted), descending);
    long double max = (long double)sorted[0];
    long double rest = 0, xsum = 0, top = 0; /* rest: all but one maximum */
    size_t n_finite = 0;
    for (size_t i = 0; i < n && sorted[i] > -INFINITY; i++) {
        long double x = (long double)sorted[i] - max;
        rest += i > 0 ? expl(x) : 0;
        xsum += x * expl(x);
        e.mean += (long double)sorted[i];
        top += i < k ? x : 0;
        n_finite++;
    }
    e.mean /= (long double)n_finite;
    e.lse = max + log1pl(rest);
    e.entropy = log1pl(rest) - xsum / (1 + rest);
    e.conf = log1pl(rest) - top / (long double)k;
    e.self_cert = e.lse - e.mean - logl((long double)n_finite);
    free(sorted);
    return e;
}

/*
 * |got - want| / |want|. A mean, and what is made of it, can be 0 by chance:
 * those are compared relative to 1 there.
 */
static double off(double got, long double want, long double at_least)
{
    long double size = fabsl(want) > at_least ? fabsl(want) : at_least;
    return (double)(fabsl((long double)got - want) / size);
}

/*
 * Tolerance 1e-6. Observed over these rows: lse 4.1e-9, mean 3.3e-8, entropy
 * 2.9e-8, conf 4.3e-9, self-certainty 2.6e-8.
 */
static void agrees_with_long_double(void **state)
{
    static const enum row_kind kinds[] = {ROW_NORMAL, ROW_PEAKED, ROW_HOLES,
                                          ROW_TIES, ROW_RISING};
    static const size_t sizes[] = {3, 20, 255, 256, 257, 3000, 49152, BIG};
    double worst[5] = {0};
    float *z = dc_xcalloc(BIG, sizeof(*z));

    (void)state;
    for (size_t i = 0; i < DC_COUNT(kinds); i++) {
        for (size_t j = 0; j < DC_COUNT(sizes); j++) {
            struct dc_logits w;
            size_t n = sizes[j], k = n < 100 ? 1 : DC_CONF_K_DEFAULT;
            row_fill(z, n, kinds[i], 11);
            struct exact e = exact_of(z, n, k);
            dc_logits_init(&w, n, k);
            assert_true(dc_logits_scan(&w, z));
            const double d[] = {off(w.lse, e.lse, 1), off(w.mean, e.mean, 1),
                                off(w.entropy, e.entropy, 0),
                                off(w.conf, e.conf, 0),
                                off(w.self_cert, e.self_cert, 1)};
            for (size_t m = 0; m < DC_COUNT(d); m++) {
                worst[m] = d[m] > worst[m] ? d[m] : worst[m];
                assert_true(d[m] < 1e-6);
            }
            qsort(z, n, sizeof(*z), descending);
            assert_memory_equal(w.top, z, k * sizeof(*z));
            assert_true(w.max == (double)z[0]);
            dc_logits_release(&w);
        }
    }
    print_message("relative errors: lse %.1e mean %.1e entropy %.1e conf %.1e "
                  "self-certainty %.1e\n",
                  worst[0], worst[1], worst[2], worst[3], worst[4]);
    free(z);
}

/*
 * One token takes all but d of the mass, down to d = 1e-13: H and C (k = 1) are
 * all in d. Observed relative error: 1.9e-8 at most.
 */
static void peaked_rows_keep_their_digits(void **state)
{
    enum { N = 1000 };
    float z[N];
    struct dc_logits w;

    (void)state;
    dc_logits_init(&w, N, 1);
    for (float peak = 5; peak < 36; peak += 1) {
        row_fill(z, N, ROW_NORMAL, 5);
        for (size_t i = 0; i < N; i++)
            z[i] = z[i] > 4 ? 4 : z[i];
        z[700] = 4 + peak;
        struct exact e = exact_of(z, N, 1);
        assert_true(dc_logits_scan(&w, z));
        double d[] = {off(w.conf, e.conf, 0), off(w.entropy, e.entropy, 0)};
        assert_true(d[0] < 1e-6 && d[1] < 1e-6);
    }
    dc_logits_release(&w);
}

/* ---- known values and edges ---- */

static void known_distributions(void **state)
{
    struct dc_logits w;
    float flat[1000];
    const float quarter[] = {logf(1), logf(3)};
    const float sure[] = {-INFINITY, 5, -INFINITY};
    const float one[] = {-123};

    (void)state;
    row_fill(flat, 1000, ROW_CONSTANT, 0);
    dc_logits_init(&w, 1000, 20);
    assert_true(dc_logits_scan(&w, flat));
    assert_true(fabs(w.entropy - log(1000)) < 1e-12);
    assert_true(fabs(w.conf - log(1000)) < 1e-12);
    assert_true(w.self_cert >= 0 && w.self_cert < 1e-6);
    dc_logits_release(&w);

    dc_logits_init(&w, 2, 2);
    assert_true(dc_logits_scan(&w, quarter));
    assert_true(fabs(w.lse - log(4)) < 1e-7);
    assert_true(fabs(w.entropy - (log(4) - 0.75 * log(3))) < 1e-7);
    assert_true(fabs(w.conf - (log(4) - log(3) / 2)) < 1e-7);
    assert_true(fabs(w.self_cert - (log(4) - log(3) / 2 - log(2))) < 1e-7);
    dc_logits_release(&w);

    dc_logits_init(&w, 3, 1);
    assert_true(dc_logits_scan(&w, sure));
    assert_true(w.lse == 5 && w.mean == 5 && w.entropy == 0);
    assert_true(w.conf == 0 && w.self_cert == 0);
    dc_logits_release(&w);

    dc_logits_init(&w, 1, 1);
    assert_true(dc_logits_scan(&w, one));
    assert_true(w.lse == -123 && w.entropy == 0 && w.conf == 0);
    dc_logits_release(&w);
}

/* Tokens at -inf are outside the vocabulary: without them nothing changes. */
static void minus_infinity_is_absence(void **state)
{
    enum { N = 900 };
    float z[N], dense[N];
    struct dc_logits w, d;
    size_t n = 0;

    (void)state;
    row_fill(z, N, ROW_HOLES, 8);
    for (size_t i = 0; i < N; i++)
        if (z[i] > -INFINITY)
            dense[n++] = z[i];
    assert_true(n < N);
    dc_logits_init(&w, N, 20);
    dc_logits_init(&d, n, 20);
    assert_true(dc_logits_scan(&w, z) && dc_logits_scan(&d, dense));
    assert_true(fabs(w.lse - d.lse) < 1e-6);
    assert_true(fabs(w.mean - d.mean) < 1e-6);
    assert_true(fabs(w.entropy - d.entropy) < 1e-6);
    assert_true(fabs(w.conf - d.conf) < 1e-6);
    assert_true(fabs(w.self_cert - d.self_cert) < 1e-6);
    dc_logits_release(&w);
    dc_logits_release(&d);
}

static void bad_rows_are_refused(void **state)
{
    static const size_t at[] = {0, 7, 255, 256, 511, 512, 599};
    const float bad[] = {NAN, -NAN, INFINITY};
    float z[600];
    struct dc_logits w;

    (void)state;
    for (unsigned simd = DC_SIMD_SCALAR; simd <= DC_SIMD_AVX2; simd++) {
        if (!dc_logits_set_simd((enum dc_simd)simd))
            continue;
        dc_logits_init(&w, 600, 3);
        for (size_t i = 0; i < DC_COUNT(at) * DC_COUNT(bad); i++) {
            row_fill(z, 600, i % 2 ? ROW_NORMAL : ROW_HOLES, 4);
            assert_true(dc_logits_scan(&w, z));
            z[at[i / DC_COUNT(bad)]] = bad[i % DC_COUNT(bad)];
            assert_false(dc_logits_scan(&w, z));
        }
        for (size_t i = 0; i < 600; i++)
            z[i] = -INFINITY;
        assert_false(dc_logits_scan(&w, z));
        z[3] = z[300] = 1;
        assert_false(dc_logits_scan(&w, z)); /* two finite, k = 3 */
        z[599] = -FLT_MAX;
        assert_true(dc_logits_scan(&w, z));
        assert_true(fabs(w.entropy - log(2)) < 1e-12);
        dc_logits_release(&w);
    }
    dc_logits_set_simd(DC_SIMD_AUTO);
}

/* Logits at the ends of the floats: everything stays finite and >= 0. */
static void wide_rows_stay_finite(void **state)
{
    float z[3000];
    struct dc_logits w;

    (void)state;
    dc_logits_init(&w, 3000, 20);
    for (uint64_t seed = 0; seed < 20; seed++) {
        row_fill(z, 3000, ROW_WIDE, seed);
        z[0] = -FLT_MAX;
        z[2999] = FLT_MAX;
        assert_true(dc_logits_scan(&w, z));
        assert_true(w.lse == (double)FLT_MAX && w.entropy == 0);
        assert_true(isfinite(w.mean) && isfinite(w.conf) && w.conf > 0);
        assert_true(isfinite(w.self_cert) && w.self_cert > 0);
    }
    dc_logits_release(&w);
}

/*
 * C of the authors' package. Their lists are the top k of distributions that
 * are not stored, so the rest of the row is made up of logits below them, in
 * other blocks too; C less logsumexp is then minus the mean of the list.
 */
static void golden_confidences(void **state)
{
    enum { N = 700 };
    json_error_t why;
    json_t *doc = json_load_file(DC_TEST_DATA "/conf_golden.json", 0, &why);
    size_t i, j;
    json_t *row, *lp;

    (void)state;
    assert_non_null(doc);
    json_t *rows = json_object_get(doc, "rows");
    assert_true(json_array_size(rows) >= 12);
    json_array_foreach(rows, i, row)
    {
        json_t *list = json_object_get(row, "top_logprobs");
        double want = json_number_value(json_object_get(row, "conf"));
        struct dc_logits w;
        float z[N];
        for (j = 0; j < N; j++)
            z[j] = -40 - (float)j / N;
        json_array_foreach(list, j, lp)
        {
            z[(j * 37 + i) % N] = (float)json_number_value(lp);
        }
        dc_logits_init(&w, N, json_array_size(list));
        assert_true(dc_logits_scan(&w, z));
        assert_true(rint(1000 * (w.conf - w.lse)) / 1000 == want);
        dc_logits_release(&w);
    }
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_to_the_last_bit),
        cmocka_unit_test(tempered_sums_agree_too),
        cmocka_unit_test(top_is_the_top),
        cmocka_unit_test(kernels_have_names),
        cmocka_unit_test(exponential_is_good_to_1_5_ulp),
        cmocka_unit_test(agrees_with_long_double),
        cmocka_unit_test(peaked_rows_keep_their_digits),
        cmocka_unit_test(known_distributions),
        cmocka_unit_test(minus_infinity_is_absence),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(wide_rows_stay_finite),
        cmocka_unit_test(golden_confidences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
