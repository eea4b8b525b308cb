/*
 * test_measure_rows.c - measures fed token by token: the same bits as all at
 * once, windows against a naive recomputation, and which rows care for order.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const every_measure[] = {
    "mean_prob",
    "nll",
    "mean",
    "group_min",
    "group_min(1)",
    "group_min(7)",
    "group_bottom",
    "group_bottom(1,1)",
    "group_bottom(8)",
    "group_bottom(5,0.37)",
    "tail",
    "tail(1)",
    "tail(9)",
    "head",
    "head(1)",
    "head(9)",
    "entropy",
    "self_certainty",
    "group_min(65536)",
    "group_bottom(4,0.0001)",
    "tail(65536)",
    "head(65536)",
};

enum { MAX = 300 };

static struct dc_measure_spec measure(const char *text)
{
    struct dc_measure_spec m;
    struct dc_err err = {.msg = ""};
    if (dc_measure_parse(text, &m, &err))
        fail_msg("%s", err.msg);
    return m;
}

static double value(const char *text, const struct dc_token *tok, size_t n)
{
    struct dc_measure_spec m = measure(text);
    double v = 0;
    assert_true(dc_measure_compute(&m, tok, n, &v));
    return v;
}

static void fill(struct dc_token *tok, size_t n, uint32_t trace)
{
    const struct dc_rng_key key = {.seed = 16, .stream = 1};
    for (size_t i = 0; i < n; i++) {
        double u = dc_rng_uniform(&key, trace, (uint32_t)i);
        tok[i] = (struct dc_token){.id = (int32_t)i,
                                   .logprob = (float)(3 * log(u)),
                                   .conf = (float)(20 * u * u),
                                   .entropy = (float)(5 * (1 - u)),
                                   .self_cert = (float)(12 * u)};
    }
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static void test_no_row_is_left_out(void **state)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        bool there = false;
        for (size_t j = 0; j < DC_COUNT(every_measure); j++)
            there |= !strcmp(every_measure[j], row[i]->name);
        if (!there)
            fail_msg("add %s to every_measure", row[i]->name);
    }
}

/* ---- feeding ---- */

static void feed(const struct dc_measure_spec *m, struct dc_measure_acc *a,
                 const struct dc_token *tok, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double fed = 0, whole = 1;
        dc_measure_push(m, a, &tok[i]);
        assert_true(dc_measure_value(m, a, &fed));
        assert_true(dc_measure_compute(m, tok, i + 1, &whole));
        if (memcmp(&fed, &whole, sizeof fed) != 0)
            fail_msg("%s, token %zu: %.17g fed, %.17g whole", m->spec.text, i,
                     fed, whole);
    }
}

static void test_streaming_is_batch(void **state)
{
    struct dc_token tok[MAX];
    (void)state;
    for (size_t j = 0; j < DC_COUNT(every_measure); j++) {
        struct dc_measure_spec m = measure(every_measure[j]);
        struct dc_measure_acc a;
        double v = 42;
        dc_measure_acc_init(&a);
        assert_false(dc_measure_value(&m, &a, &v));
        for (uint32_t t = 0; t < 4; t++) {
            fill(tok, MAX, t);
            dc_measure_acc_reset(&a); /* equals a fresh one */
            assert_false(dc_measure_value(&m, &a, &v));
            assert_true(v == 42);
            feed(&m, &a, tok, t == 3 ? MAX : 40 * t + 1);
        }
        dc_measure_acc_release(&a);
        dc_measure_acc_release(&a);
    }
}

/* One accumulator may go from row to row after a reset. */
static void test_reset_changes_the_row(void **state)
{
    struct dc_token tok[60];
    struct dc_measure_acc a;
    (void)state;
    fill(tok, 60, 9);
    dc_measure_acc_init(&a);
    for (size_t k = 0; k < 2 * DC_COUNT(every_measure); k++) {
        struct dc_measure_spec m =
            measure(every_measure[k * 7 % DC_COUNT(every_measure)]);
        dc_measure_acc_reset(&a);
        feed(&m, &a, tok, 60);
    }
    dc_measure_acc_release(&a);
}

/* ---- windows ---- */

static double mean_of(const struct dc_token *tok, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)tok[i].conf;
    return sum / (double)n;
}

static double naive_bottom(const struct dc_token *tok, size_t n, size_t w,
                           double share)
{
    double mean[MAX], sum = 0;
    if (n < w)
        return mean_of(tok, n);
    size_t m = n - w + 1, take = (size_t)floor(share * (double)m);
    take = take < 1 ? 1 : take;
    for (size_t i = 0; i < m; i++)
        mean[i] = mean_of(tok + i, w);
    for (size_t i = 0; i < take; i++) { /* selection, not qsort */
        size_t least = i;
        for (size_t j = i + 1; j < m; j++)
            least = mean[j] < mean[least] ? j : least;
        double x = mean[least];
        mean[least] = mean[i];
        mean[i] = x;
        sum += x;
    }
    return sum / (double)take;
}

static void check_windows(const struct dc_token *tok, size_t n, size_t w)
{
    char s[64];
    size_t some = n < w ? n : w;
    snprintf(s, sizeof s, "tail(%zu)", w);
    near(value(s, tok, n), mean_of(tok + n - some, some));
    snprintf(s, sizeof s, "head(%zu)", w);
    near(value(s, tok, n), mean_of(tok, some));
    snprintf(s, sizeof s, "group_min(%zu)", w);
    near(value(s, tok, n), naive_bottom(tok, n, w, 0));
    static const double share[] = {0.1, 0.25, 0.5, 1};
    for (size_t i = 0; i < DC_COUNT(share); i++) {
        snprintf(s, sizeof s, "group_bottom(%zu,%g)", w, share[i]);
        near(value(s, tok, n), naive_bottom(tok, n, w, share[i]));
    }
    /* the least window is below the bottom ones, these below the mean of all */
    snprintf(s, sizeof s, "group_bottom(%zu)", w);
    double bottom = value(s, tok, n);
    snprintf(s, sizeof s, "group_bottom(%zu,1)", w);
    assert_true(bottom <= value(s, tok, n) + 1e-12);
    snprintf(s, sizeof s, "group_min(%zu)", w);
    assert_true(value(s, tok, n) <= bottom + 1e-12);
}

static void test_windows_against_naive(void **state)
{
    static const size_t size[] = {1, 2, 3, 8, 31, 32, 33, 64, 200};
    struct dc_token tok[MAX];
    (void)state;
    for (uint32_t t = 0; t < 20; t++) {
        fill(tok, MAX, 100 + t);
        for (size_t i = 0; i < DC_COUNT(size); i++)
            for (size_t j = 0; j < DC_COUNT(size); j++)
                check_windows(tok, size[i], size[j]);
    }
}

static void test_cut_against_naive(void **state)
{
    struct dc_token tok[MAX];
    float conf[MAX];
    unsigned n_cut = 0, n_whole = 0;
    (void)state;
    for (uint32_t t = 0; t < 60; t++) {
        size_t n = 1 + t * 3 % 90, w = 1 + t % 17;
        fill(tok, n, 200 + t);
        for (size_t i = 0; i < n; i++)
            conf[i] = tok[i].conf;
        for (double bar = 0; bar < 14; bar += 0.5) {
            size_t want = n;
            bool cut, is = false;
            for (size_t i = w; i <= n && !is; i++) {
                is = mean_of(tok + i - w, w) < bar;
                assert_int_equal(dc_group_below(conf, i, w, bar), is);
                want = is ? i : n;
            }
            assert_int_equal(dc_group_cut(conf, n, w, bar, &cut), want);
            assert_int_equal(cut, is);
            n_cut += cut;
            n_whole += !cut;
            /* a cut trace's lowest group is below the bar; no other's is */
            char s[64];
            snprintf(s, sizeof s, "group_min(%zu)", w);
            if (n >= w)
                assert_int_equal(value(s, tok, want) < bar, is);
        }
    }
    assert_true(n_cut > 300 && n_whole > 300);
    bool cut = true;
    const float flat[] = {2, 2, 2};
    assert_int_equal(dc_group_cut(flat, 3, 2, 2, &cut), 3); /* strict */
    assert_false(cut);
    assert_int_equal(dc_group_cut(flat, 0, 2, 9, &cut), 0);
    assert_int_equal(dc_group_cut(flat, 1, 2, 9, &cut), 1); /* never full */
    assert_false(cut);
    assert_int_equal(dc_group_cut(flat, 3, 2, 9, &cut), 2);
    assert_true(cut);
}

/* ---- order ---- */

static void test_order(void **state)
{
    static const char *const blind[] = {"mean_prob",
                                        "nll",
                                        "mean",
                                        "entropy",
                                        "self_certainty",
                                        "group_min(1)",
                                        "group_bottom(1)",
                                        "group_min(65536)",
                                        "tail(65536)",
                                        "head(65536)"};
    struct dc_token tok[MAX], back[MAX];
    (void)state;
    for (uint32_t t = 0; t < 10; t++) {
        fill(tok, MAX, 300 + t);
        for (size_t i = 0; i < MAX; i++)
            back[i * 7 % MAX] = tok[i]; /* 7 and 300 have no common factor */
        for (size_t i = 0; i < DC_COUNT(blind); i++)
            near(value(blind[i], back, MAX), value(blind[i], tok, MAX));
    }
    /* one low half, at the start or spread */
    for (size_t i = 0; i < 64; i++) {
        tok[i] = (struct dc_token){.conf = i < 32 ? 1 : 3};
        back[i] = (struct dc_token){.conf = i % 2 ? 1 : 3};
    }
    near(value("mean", tok, 64), value("mean", back, 64));
    near(value("group_min(8)", tok, 64), 1);
    near(value("group_min(8)", back, 64), 2);
    near(value("group_bottom(8,0.1)", tok, 64), 1);
    near(value("group_bottom(8,0.1)", back, 64), 2);
    near(value("tail(8)", tok, 64), 3);
    near(value("tail(8)", back, 64), 2);
    near(value("head(8)", tok, 64), 1);
    near(value("head(8)", back, 64), 2);
}

/* ---- growth ---- */

/* The lowest window can only get lower, the head stays once it is full. */
static void test_growing_traces(void **state)
{
    struct dc_token tok[MAX];
    (void)state;
    for (uint32_t t = 0; t < 10; t++) {
        fill(tok, MAX, 400 + t);
        for (size_t n = 9; n < MAX; n++) {
            assert_true(value("group_min(8)", tok, n) <=
                        value("group_min(8)", tok, n - 1));
            assert_true(value("head(8)", tok, n) == value("head(8)", tok, 8));
        }
    }
}

static void test_no_drift(void **state)
{
    enum { N = 200000, W = 32 };
    struct dc_token *tok = dc_xcalloc(N, sizeof *tok);
    struct dc_measure_spec m = measure("group_min(32)");
    struct dc_measure_spec tail = measure("tail(32)");
    struct dc_measure_acc a, b;
    double v;
    (void)state;
    /* huge values pass through the window, and must leave nothing behind */
    for (size_t i = 0; i < N; i++)
        tok[i].conf = i % 1000 < 100 ? 1e30f : 0.1f;
    dc_measure_acc_init(&a);
    dc_measure_acc_init(&b);
    for (size_t i = 0; i < N; i++) {
        dc_measure_push(&tail, &b, &tok[i]);
        if (i % 1000 >= 100 + W && i % 997 == 0) {
            assert_true(dc_measure_value(&tail, &b, &v));
            near(v, (double)0.1f);
        }
        dc_measure_push(&m, &a, &tok[i]);
    }
    assert_true(dc_measure_value(&m, &a, &v));
    near(v, (double)0.1f);
    dc_measure_acc_release(&a);
    dc_measure_acc_release(&b);
    free(tok);
}

static void test_weight(void **state)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    struct dc_token tok[MAX];
    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct dc_measure_spec m = measure(row[i]->name);
        for (uint32_t t = 0; t < 20; t++) {
            double a, b;
            fill(tok, MAX, 500 + t);
            assert_true(dc_measure_compute(&m, tok, 40, &a));
            assert_true(dc_measure_compute(&m, tok, MAX, &b));
            double x = dc_measure_weight(row[i], a);
            double y = dc_measure_weight(row[i], b);
            assert_true(isfinite(x) && x >= 0 && isfinite(y) && y >= 0);
            assert_int_equal(row[i]->direction * (a - b) > 0, x > y);
        }
    }
    const struct dc_measure *nll = dc_measure_find("nll");
    fill(tok, 50, 600);
    near(dc_measure_weight(nll, value("nll", tok, 50)),
         value("mean_prob", tok, 50));
    assert_true(dc_measure_weight(nll, 1e300) == 0);
    near(dc_measure_weight(dc_measure_find("mean"), 7.5), 7.5);
}

/* ---- references ---- */

/*
 * The references are of confidences rounded to three decimals, which floats
 * can't hold. A thousand times them are whole numbers, which they can, and
 * measures of C scale with it.
 */
static void check_reference(json_t *row)
{
    struct dc_token tok[4096] = {{0}};
    json_t *conf = json_object_get(row, "confs_rounded_3dp");
    json_t *exact = json_object_get(row, "exact");
    size_t n = json_array_size(conf);
    int w = (int)json_integer_value(json_object_get(row, "window"));
    char least[64], bottom[64];
    assert_true(n <= DC_COUNT(tok));
    for (size_t i = 0; i < n; i++)
        tok[i].conf =
            (float)rint(1000 * json_number_value(json_array_get(conf, i)));
    if (n == 0)
        return; /* none: test_measures.c */
    snprintf(least, sizeof least, "group_min(%d)", w);
    snprintf(bottom, sizeof bottom, "group_bottom(%d,0.1)", w);
    const struct {
        const char *key, *text;
    } same[] = {{"mean", "mean"},
                {"tail_16", "tail(16)"},
                {"min_window", least},
                {"bottom_10pct", bottom}};
    for (size_t i = 0; i < DC_COUNT(same); i++)
        near(value(same[i].text, tok, n) / 1000,
             json_number_value(json_object_get(exact, same[i].key)));
}

static void test_references(void **state)
{
    const char *path = DC_SHARED_DIR "/golden/deepconf_measures.jsonl";
    FILE *f = fopen(path, "r");
    unsigned n = 0;
    json_t *row;
    (void)state;
    if (!f) {
        print_message("SKIP: no reference values: %s is not there\n", path);
        skip();
    }
    while ((row = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL))) {
        check_reference(row);
        json_decref(row);
        n++;
    }
    fclose(f);
    assert_true(n >= 60);
}

/* A part that a row does not read makes no difference, and one that it does
 * read is what it says. */
static void test_rows_read_what_they_say(void **state)
{
    struct dc_token tok[9];
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        fill(tok, 9, 3);
        double before = value(row[i]->name, tok, 9);
        assert_true(row[i]->reads > 0 && row[i]->reads <= DC_TOKEN_ALL);
        for (size_t k = 0; k < 9; k++) {
            unsigned r = row[i]->reads;
            if (!(r & DC_TOKEN_ID))
                tok[k].id = -1;
            if (!(r & DC_TOKEN_LOGPROB))
                tok[k].logprob = NAN;
            if (!(r & DC_TOKEN_CONF))
                tok[k].conf = NAN;
            if (!(r & DC_TOKEN_ENTROPY))
                tok[k].entropy = NAN;
            if (!(r & DC_TOKEN_SELF_CERT))
                tok[k].self_cert = NAN;
        }
        assert_true(value(row[i]->name, tok, 9) == before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_read_what_they_say),
        cmocka_unit_test(test_no_row_is_left_out),
        cmocka_unit_test(test_streaming_is_batch),
        cmocka_unit_test(test_reset_changes_the_row),
        cmocka_unit_test(test_windows_against_naive),
        cmocka_unit_test(test_cut_against_naive),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_growing_traces),
        cmocka_unit_test(test_no_drift),
        cmocka_unit_test(test_weight),
        cmocka_unit_test(test_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
