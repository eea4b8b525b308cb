/*
 * test_boot.c - the cluster bootstrap: every resample against the same rows
 * written out, threads, properties, and simulations in which the truth is
 * known: the interval covers it with prompts as the unit, and does not with
 * traces as the unit.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat_util.h"

#include <deepconf/boot.h>
#include <stdlib.h>
#include <string.h>

enum { CLUSTERS = 23, ROWS = 200, RESAMPLES = 50 };

struct data {
    size_t n;
    double *score;
    bool *positive;
    uint32_t *cluster;
    size_t n_clusters;
};

static struct data *data_create(size_t n, size_t n_clusters)
{
    struct data *d = dc_xcalloc(1, sizeof *d);
    d->n = n;
    d->n_clusters = n_clusters;
    d->score = dc_xcalloc(n + 1, sizeof *d->score);
    d->positive = dc_xcalloc(n + 1, sizeof *d->positive);
    d->cluster = dc_xcalloc(n + 1, sizeof *d->cluster);
    return d;
}

static void data_free(struct data *d)
{
    free(d->cluster);
    free(d->positive);
    free(d->score);
    free(d);
}

static struct data *roll(struct dice *dice, uint32_t levels)
{
    struct data *d = data_create(120 + dice_below(dice, ROWS - 119), CLUSTERS);
    for (size_t i = 0; i < d->n; i++) {
        d->score[i] = dice_below(dice, levels);
        d->positive[i] = dice_below(dice, 3) == 0;
        d->cluster[i] = dice_below(dice, CLUSTERS - 2); /* two stay empty */
    }
    return d;
}

static struct dc_scored scored(const struct data *d)
{
    return (struct dc_scored){d->score, d->positive, d->cluster, d->n,
                              d->n_clusters};
}

/* 50 resamples are not a whole number of the blocks they are computed in. */
static struct dc_boot_cfg config(double *keep)
{
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    cfg.n_resamples = RESAMPLES;
    cfg.seed = 42;
    cfg.keep = keep;
    return cfg;
}

/* The rows of one resample, cluster by cluster as drawn. */
static struct data *write_out(const struct data *d, uint64_t seed, uint32_t r)
{
    uint32_t drawn[CLUSTERS];
    struct data *out = data_create(d->n * CLUSTERS, d->n_clusters);
    out->n = 0;
    dc_boot_draw(seed, r, CLUSTERS, drawn);
    for (uint32_t g = 0; g < CLUSTERS; g++) {
        for (size_t i = 0; i < d->n; i++) {
            if (d->cluster[i] != drawn[g])
                continue;
            out->score[out->n] = d->score[i];
            out->positive[out->n] = d->positive[i];
            out->cluster[out->n++] = d->cluster[i];
        }
    }
    return out;
}

/* ---- draws ---- */

/* A bootstrap computed today and in ten years has the same draws. */
static void test_draws_stay(void **state)
{
    (void)state;
    /* by a second program, in Python */
    static const uint32_t want[7] = {4, 1, 4, 5, 1, 3, 5};
    uint32_t got[7], again[7];
    dc_boot_draw(42, 3, 7, got);
    assert_memory_equal(got, want, sizeof got);
    dc_boot_draw(42, 3, 7, again);
    assert_memory_equal(got, again, sizeof got);
    dc_boot_draw(42, 4, 7, again);
    assert_memory_not_equal(got, again, sizeof got);
    dc_boot_draw(43, 3, 7, again);
    assert_memory_not_equal(got, again, sizeof got);
}

/* Several at once, or one by one: the same integers. */
static void test_draws_are_the_same_at_once(void **state)
{
    (void)state;
    enum { MOST = 5083 };
    static const uint32_t size[] = {1,  2,  3,  7,   8,    9,    15,
                                    16, 17, 31, 364, 1725, 4719, MOST};
    static const uint64_t seed[] = {0, 1, 0xffffffff, 0x123456789abcdef0,
                                    UINT64_MAX};
    static uint32_t once[MOST + 1], plain[MOST + 1];
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++)
        for (size_t k = 0; k < sizeof seed / sizeof seed[0]; k++) {
            uint32_t n = size[i], r = (uint32_t)(1000 * i + k);
            once[n] = plain[n] = 0xdeadbeef; /* nobody's */
            dc_boot_draw(seed[k], r, n, once);
            dc_boot_draw_plain(seed[k], r, n, plain);
            assert_memory_equal(once, plain, (n + 1) * sizeof *once);
        }
}

static void test_draws_are_uniform(void **state)
{
    (void)state;
    enum { N = 50, ROUNDS = 4000 };
    uint32_t drawn[N], count[N] = {0};
    uint64_t together = 0;
    for (uint32_t r = 0; r < ROUNDS; r++) {
        dc_boot_draw(7, r, N, drawn);
        for (int i = 0; i < N; i++) {
            assert_true(drawn[i] < N);
            count[drawn[i]]++;
            together += i > 0 && drawn[i] == drawn[i - 1];
        }
    }
    double chi2 = 0;
    for (int i = 0; i < N; i++)
        chi2 += pow(count[i] - (double)ROUNDS, 2) / ROUNDS;
    assert_true(chi2 < 85 && chi2 > 24); /* 49 degrees: p of about 0.001 */
    /* equal neighbours: (N - 1) ROUNDS / N = 3,920 with sd 62 */
    assert_true(together > 3670 && together < 4170);
}

/* ---- AUROC ---- */

static void test_auroc_of_each_resample(void **state)
{
    (void)state;
    struct dice dice = {.seed = 1};
    static const uint32_t levels[] = {1, 2, 5, 40, 1000000};
    for (size_t l = 0; l < DC_COUNT(levels); l++) {
        struct data *d = roll(&dice, levels[l]);
        struct dc_scored s = scored(d);
        double keep[RESAMPLES], value;
        struct dc_boot_cfg cfg = config(keep);
        struct dc_boot b;
        assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
        assert_true(dc_auroc(d->score, d->positive, d->n, &value));
        assert_true(b.value.defined && b.value.value == value);
        assert_true(b.n_valued == RESAMPLES && b.n_clusters == CLUSTERS);
        for (uint32_t r = 0; r < RESAMPLES; r++) {
            struct data *e = write_out(d, cfg.seed, r);
            assert_true(dc_auroc(e->score, e->positive, e->n, &value));
            assert_true(value == keep[r]);
            data_free(e);
        }
        data_free(d);
    }
}

static void test_auroc_threads(void **state)
{
    (void)state;
    struct dice dice = {.seed = 2};
    struct data *d = roll(&dice, 30);
    struct dc_scored s = scored(d);
    double one[RESAMPLES], many[RESAMPLES];
    struct dc_boot_cfg cfg = config(one);
    struct dc_boot a, b;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &a, NULL), DC_OK);
    cfg.keep = many;
    for (uint32_t threads = 2; threads <= 9; threads++) {
        cfg.n_threads = threads;
        memset(many, 0, sizeof many);
        assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
        assert_memory_equal(one, many, sizeof one);
        assert_true(a.lo == b.lo && a.hi == b.hi && a.se == b.se);
    }
    /* fewer resamples are the first of more */
    cfg.n_resamples = 7;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_memory_equal(one, many, 7 * sizeof *one);
    cfg.seed++;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_memory_not_equal(one, many, 7 * sizeof *one);
    data_free(d);
}

static void test_auroc_order_and_transform(void **state)
{
    (void)state;
    struct dice dice = {.seed = 3};
    struct data *d = roll(&dice, 12), *e = data_create(d->n, CLUSTERS);
    assert_true(d->n % 211 != 0); /* a prime: j takes every value */
    for (size_t i = 0; i < d->n; i++) {
        size_t j = (i * 211) % d->n;
        e->score[i] = exp(d->score[j]) - 3;
        e->positive[i] = d->positive[j];
        e->cluster[i] = d->cluster[j];
    }
    struct dc_scored s = scored(d), t = scored(e);
    struct dc_boot_cfg cfg = config(NULL);
    struct dc_boot a, b;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &a, NULL), DC_OK);
    assert_int_equal(dc_boot_auroc(&t, &cfg, &b, NULL), DC_OK);
    assert_true(a.defined && a.lo == b.lo && a.hi == b.hi && a.se == b.se);
    for (size_t i = 0; i < e->n; i++)
        e->score[i] = -e->score[i];
    assert_int_equal(dc_boot_auroc(&t, &cfg, &b, NULL), DC_OK);
    assert_close(b.lo, 1 - a.hi, 1e-14);
    assert_close(b.hi, 1 - a.lo, 1e-14);
    data_free(e);
    data_free(d);
}

static void test_interval_is_the_percentiles(void **state)
{
    (void)state;
    struct dice dice = {.seed = 4};
    struct data *d = roll(&dice, 100);
    struct dc_scored s = scored(d);
    double keep[RESAMPLES], sum = 0, squares = 0;
    struct dc_boot_cfg cfg = config(keep);
    struct dc_boot b;
    cfg.level = 0.9;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    for (int i = 0; i < RESAMPLES; i++)
        sum += keep[i] / RESAMPLES;
    for (int i = 0; i < RESAMPLES; i++)
        squares += pow(keep[i] - sum, 2) / (RESAMPLES - 1);
    assert_close(b.se, sqrt(squares), 1e-14);
    assert_close(b.lo, dc_percentile(keep, RESAMPLES, 5), 1e-14);
    assert_close(b.hi, dc_percentile(keep, RESAMPLES, 95), 1e-14);
    assert_true(b.lo < b.value.value && b.value.value < b.hi);
    data_free(d);
}

/* ---- no value ---- */

static void test_no_value(void **state)
{
    (void)state;
    double score[40];
    bool positive[40] = {false};
    uint32_t cluster[40];
    for (uint32_t i = 0; i < 40; i++) {
        score[i] = i;
        cluster[i] = i;
    }
    struct dc_scored s = {score, positive, cluster, 40, 40};
    struct dc_boot_cfg cfg = config(NULL);
    struct dc_boot b;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(!b.value.defined && !b.defined && b.n_valued == 0);
    /* one positive prompt: about 37 % of the resamples miss it */
    positive[5] = true;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(b.value.defined && !b.defined);
    assert_true(b.n_valued > RESAMPLES / 3 && b.n_valued < RESAMPLES - 5);
    /* ten: next to none does, but that is too few for an interval */
    memset(positive, 1, 10);
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(b.n_valued > RESAMPLES - 5 && b.few && !b.defined);
    assert_int_equal(b.n_rarer, 10);
    dc_boot_aurc(&s, &cfg, &b);
    assert_true(b.value.defined && b.few && !b.defined);
    memset(positive, 1, DC_BOOT_FEW);
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(b.defined && !b.few && b.n_rarer == DC_BOOT_FEW);
    memset(positive, 1, 40 - DC_BOOT_FEW + 1); /* the others are few now */
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(b.few && !b.defined && b.n_rarer == DC_BOOT_FEW - 1);
    memset(positive, 0, 40);
    memset(positive, 1, 20);
    /* one cluster: its interval would be a point */
    memset(cluster, 0, sizeof cluster);
    s.n_groups = 1;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(b.value.defined && !b.defined);
    s.n = s.n_groups = 0;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, NULL), DC_OK);
    assert_true(!b.value.defined && !b.defined);
    dc_boot_aurc(&s, &cfg, &b);
    assert_true(!b.value.defined && !b.defined);
}

/*
 * Rates of clusters of which few are of a kind, or none: the interval is that
 * of a beta distribution. 40 clusters of 5 that are all alike are 40 responses:
 * Jeffreys' interval of 0, 3 and 40 of 40, for any size of a cluster.
 */
static void test_rate_of_few(void **state)
{
    (void)state;
    static const size_t kind[] = {0, 3, 40};
    for (size_t i = 0; i < DC_COUNT(kind); i++)
        for (double size = 1; size <= 5; size += 4) {
            double num[40], den[40];
            const struct dc_boot_sums s = {num, den, 40};
            struct dc_boot_cfg cfg = config(NULL);
            struct dc_boot b;
            for (size_t c = 0; c < 40; c++) {
                den[c] = size;
                num[c] = c < kind[i] ? size : 0;
            }
            dc_boot_rate(&s, &cfg, &b);
            assert_true(b.defined && b.few && b.beta);
            double k = (double)kind[i] + 0.5, rest = 41 - k;
            double lo = dc_beta_quantile(k, rest, 0.025);
            double hi = dc_beta_quantile(k, rest, 0.975);
            assert_close(b.lo, kind[i] == 0 ? 0 : lo, 1e-12);
            assert_close(b.hi, kind[i] == 40 ? 1 : hi, 1e-12);
        }
    /* one cluster: none */
    const double one = 1, two = 2;
    struct dc_boot_cfg cfg = config(NULL);
    struct dc_boot b;
    dc_boot_rate(&(struct dc_boot_sums){&one, &two, 1}, &cfg, &b);
    assert_true(b.value.defined && !b.defined);
}

/* Where enough clusters are of either kind a rate is the ratio it was. */
static void test_rate_of_many(void **state)
{
    (void)state;
    double num[40], den[40];
    const struct dc_boot_sums s = {num, den, 40};
    struct dc_boot_cfg cfg = config(NULL);
    struct dc_boot a, b;
    for (size_t c = 0; c < 40; c++) {
        den[c] = 3;
        num[c] = c < DC_BOOT_FEW ? 1 + (double)(c % 3) : 0;
    }
    dc_boot_ratio(&s, &cfg, &a);
    dc_boot_rate(&s, &cfg, &b);
    assert_true(b.defined && !b.few && !b.beta);
    assert_true(a.lo == b.lo && a.hi == b.hi && a.se == b.se);
}

static void test_too_large_for_the_counts(void **state)
{
    (void)state;
    struct data *d = data_create(70000, 70000);
    struct dc_scored s = scored(d);
    struct dc_boot_cfg cfg = config(NULL);
    struct dc_boot b;
    struct dc_err err = {.status = DC_OK};
    assert_int_equal(dc_boot_auroc(&s, &cfg, &b, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "70000"));
    data_free(d);
}

/* ---- other statistics ---- */

/* A statistic of weights that writes the rows out: the definition itself. */
static bool auroc_of_weights(const void *arg, const uint32_t *weight,
                             double *value)
{
    const struct data *d = arg;
    struct data *e = data_create(d->n * CLUSTERS, CLUSTERS);
    e->n = 0;
    for (size_t i = 0; i < d->n; i++) {
        for (uint32_t k = 0; k < weight[d->cluster[i]]; k++) {
            e->score[e->n] = d->score[i];
            e->positive[e->n++] = d->positive[i];
        }
    }
    bool has = dc_auroc(e->score, e->positive, e->n, value);
    data_free(e);
    return has;
}

static void test_generic_is_the_fast_one(void **state)
{
    (void)state;
    struct dice dice = {.seed = 5};
    struct data *d = roll(&dice, 9);
    struct dc_scored s = scored(d);
    double fast[RESAMPLES], slow[RESAMPLES];
    struct dc_boot_cfg cfg = config(fast);
    struct dc_boot a, b;
    const struct dc_boot_stat stat = {d, auroc_of_weights};
    assert_int_equal(dc_boot_auroc(&s, &cfg, &a, NULL), DC_OK);
    cfg.keep = slow;
    cfg.n_threads = 3;
    dc_boot_run(&stat, CLUSTERS, &cfg, &b);
    assert_memory_equal(fast, slow, sizeof fast);
    assert_true(a.value.value == b.value.value && a.lo == b.lo && a.hi == b.hi);
    data_free(d);
}

/*
 * The AURC of many resamples a pass against one after the other: with and
 * without ties, and with one cluster so large that there is no table.
 */
static void test_aurc_by_passes_and_plain(void **state)
{
    (void)state;
    static const uint32_t levels[] = {2, 15, 1000000};
    struct dice dice = {.seed = 16};
    double fast[RESAMPLES], plain[RESAMPLES];
    for (int i = 0; i < 6; i++) {
        struct data *d = roll(&dice, levels[i % 3]);
        struct dc_scored s = scored(d);
        struct dc_boot_cfg cfg = config(fast);
        struct dc_boot a, b;
        dc_boot_aurc(&s, &cfg, &a);
        cfg.keep = plain;
        dc_boot_aurc_plain(&s, &cfg, &b);
        assert_close(a.value.value, b.value.value, 0);
        assert_int_equal(a.n_valued, b.n_valued);
        for (uint32_t r = 0; r < RESAMPLES; r++)
            assert_close(fast[r], plain[r], 1e-13);
        data_free(d);
    }
    enum { MANY = 1500 }; /* 1,500 clusters, one of 1,500 rows: 2.25 million */
    struct data *d = data_create(2 * MANY, MANY);
    for (size_t i = 0; i < d->n; i++) {
        d->score[i] = dice_uniform(&dice);
        d->positive[i] = dice_below(&dice, 4) == 0;
        d->cluster[i] = i < MANY ? (uint32_t)i : 0;
    }
    struct dc_scored s = scored(d);
    struct dc_boot_cfg cfg = config(fast);
    struct dc_boot a;
    dc_boot_aurc(&s, &cfg, &a);
    cfg.keep = plain;
    dc_boot_aurc_plain(&s, &cfg, &a);
    assert_memory_equal(fast, plain, sizeof fast);
    data_free(d);
}

/* What one round asks for: three statistics, of three numbers of clusters. */
struct asked {
    double auroc[RESAMPLES], aurc[RESAMPLES], ratio[RESAMPLES];
    struct dc_boot got[3];
};

static void ask(const struct data *d, struct dc_boot_cfg cfg, uint32_t round,
                struct asked *to)
{
    struct dc_scored s = scored(d);
    double num[CLUSTERS], den[CLUSTERS];
    const struct dc_boot_sums sums = {num, den, CLUSTERS - round % 2};
    for (size_t i = 0; i < CLUSTERS; i++)
        den[i] = 1 + (num[i] = (double)((i * 7 + round) % 9));
    s.n_groups = CLUSTERS + round % 12;
    cfg.keep = to->auroc;
    assert_int_equal(dc_boot_auroc(&s, &cfg, &to->got[0], NULL), DC_OK);
    cfg.keep = to->aurc;
    dc_boot_aurc(&s, &cfg, &to->got[1]);
    cfg.keep = to->ratio;
    dc_boot_rate(&sums, &cfg, &to->got[2]);
}

/* Asked for together, under two seeds and one to three threads, each statistic
 * is what it is alone; what it was asked of need not stay. */
static void test_batch_changes_nothing(void **state)
{
    (void)state;
    enum { ROUNDS = 24 };
    struct dice dice = {.seed = 17};
    struct dc_boot_batch *batch = dc_boot_batch_new();
    struct asked *with = dc_xcalloc(ROUNDS, sizeof *with);
    struct asked *alone = dc_xcalloc(ROUNDS, sizeof *alone);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct data *d = roll(&dice, 15);
        struct dc_boot_cfg cfg = config(NULL);
        cfg.seed = 42 + round / 12;
        cfg.n_threads = 1 + round % 3;
        ask(d, cfg, round, &alone[round]);
        cfg.batch = batch;
        ask(d, cfg, round, &with[round]);
        data_free(d);
    }
    assert_int_equal(dc_boot_batch_drawn(batch), 0); /* noted, not computed */
    dc_boot_batch_run(batch);
    assert_memory_equal(with, alone, ROUNDS * sizeof *with);
    dc_boot_batch_free(batch);
    dc_boot_batch_free(NULL);
    free(with);
    free(alone);
}

/* However many statistics look at the same prompts, these are drawn once. */
static void test_batch_draws_once(void **state)
{
    (void)state;
    struct dice dice = {.seed = 18};
    struct data *d = roll(&dice, 15);
    const struct dc_scored s = scored(d);
    struct dc_boot got[40];
    struct dc_boot_cfg cfg = config(NULL);
    cfg.batch = dc_boot_batch_new();
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(dc_boot_auroc(&s, &cfg, &got[i], NULL), DC_OK);
    dc_boot_batch_run(cfg.batch);
    assert_int_equal(dc_boot_batch_drawn(cfg.batch), RESAMPLES);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(got[i].n_valued, RESAMPLES);
    cfg.seed++;
    dc_boot_aurc(&s, &cfg, &got[0]);
    dc_boot_batch_run(cfg.batch);
    assert_int_equal(dc_boot_batch_drawn(cfg.batch), 2 * RESAMPLES);
    dc_boot_batch_free(cfg.batch);
    data_free(d);
}

static void test_ratio_and_aurc_of_each_resample(void **state)
{
    (void)state;
    struct dice dice = {.seed = 6};
    struct data *d = roll(&dice, 15);
    struct dc_scored s = scored(d);
    double num[CLUSTERS] = {0}, den[CLUSTERS] = {0};
    double rate[RESAMPLES], aurc[RESAMPLES], again[RESAMPLES];
    for (size_t i = 0; i < d->n; i++) {
        num[d->cluster[i]] += d->positive[i];
        den[d->cluster[i]] += 1;
    }
    const struct dc_boot_sums sums = {num, den, CLUSTERS};
    struct dc_boot_cfg cfg = config(rate);
    struct dc_boot b, c;
    struct dc_risk risk;
    dc_boot_ratio(&sums, &cfg, &b);
    cfg.keep = aurc;
    dc_boot_aurc(&s, &cfg, &c);
    assert_true(dc_risk_coverage(d->score, d->positive, d->n, &risk));
    assert_close(b.value.value, risk.risk, 1e-15);
    assert_close(c.value.value, risk.aurc, 1e-15);
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        struct data *e = write_out(d, cfg.seed, r);
        assert_true(dc_risk_coverage(e->score, e->positive, e->n, &risk));
        assert_close(rate[r], risk.risk, 1e-15);
        assert_close(aurc[r], risk.aurc, 1e-14);
        data_free(e);
    }
    cfg.keep = again;
    cfg.n_threads = 4;
    dc_boot_aurc(&s, &cfg, &c);
    assert_memory_equal(aurc, again, sizeof aurc);
    dc_boot_ratio(&sums, &cfg, &c);
    assert_memory_equal(rate, again, sizeof rate);
    assert_true(b.lo == c.lo && b.hi == c.hi && b.se == c.se);
    memset(den, 0, sizeof den);
    dc_boot_ratio(&sums, &cfg, &b);
    assert_true(!b.value.defined && !b.defined && b.n_valued == 0);
    data_free(d);
}

/* ---- does it cover the truth? ---- */

enum { SIMULATIONS = 400, PROMPTS = 70, TRACES = 10 };

struct coverage {
    uint32_t by_prompt, by_trace; /* intervals that hold the truth */
};

static void count_cover(struct coverage *c, const struct dc_boot *by_prompt,
                        const struct dc_boot *by_trace, double truth)
{
    assert_true(by_prompt->defined && by_trace->defined);
    c->by_prompt += by_prompt->lo <= truth && truth <= by_prompt->hi;
    c->by_trace += by_trace->lo <= truth && truth <= by_trace->hi;
}

/*
 * Nominal 95 % with prompts as the unit. Over 400 simulations the standard
 * error of a coverage of 0.95 is 0.011.
 */
static void assert_coverage(const struct coverage *c, double naive_at_most)
{
    double by_prompt = (double)c->by_prompt / SIMULATIONS;
    double by_trace = (double)c->by_trace / SIMULATIONS;
    print_message("covered by prompt %.3f, by trace %.3f\n", by_prompt,
                  by_trace);
    assert_true(by_prompt >= 0.92 && by_prompt <= 0.98);
    assert_true(by_trace <= naive_at_most);
}

/*
 * Scores 1.2 y + 2 u + e with y the prompt's class, u of the prompt and e of
 * the trace standard normal. Two traces of different prompts differ by a normal
 * with variance 2 (4 + 1), so the AUROC is Phi(1.2 / sqrt(10)).
 */
static void test_coverage_auroc(void **state)
{
    (void)state;
    const double truth = 0.5 * erfc(-1.2 / sqrt(10) / sqrt(2));
    struct dice dice = {.seed = 10};
    struct data *d = data_create((size_t)PROMPTS * TRACES, PROMPTS);
    uint32_t *row = dc_xcalloc(d->n, sizeof *row);
    struct coverage c = {0};
    for (uint32_t sim = 0; sim < SIMULATIONS; sim++) {
        for (uint32_t i = 0; i < d->n; i += TRACES) {
            double effect = 2 * dice_normal(&dice);
            bool y = dice_below(&dice, 5) < 2;
            for (uint32_t j = i; j < i + TRACES; j++) {
                d->score[j] = (y ? 1.2 : 0) + effect + dice_normal(&dice);
                d->positive[j] = y;
                d->cluster[j] = i / TRACES;
                row[j] = j;
            }
        }
        struct dc_scored s = scored(d), naive = s;
        naive.group = row;
        naive.n_groups = d->n;
        struct dc_boot_cfg cfg = config(NULL);
        struct dc_boot a, b;
        cfg.n_resamples = 300;
        cfg.seed = sim;
        assert_int_equal(dc_boot_auroc(&s, &cfg, &a, NULL), DC_OK);
        assert_int_equal(dc_boot_auroc(&naive, &cfg, &b, NULL), DC_OK);
        count_cover(&c, &a, &b, truth);
    }
    assert_coverage(&c, 0.65);
    free(row);
    data_free(d);
}

/* Each prompt is refused with probability 0.05 or 0.85, half and half. */
static void test_coverage_rate(void **state)
{
    (void)state;
    enum { N = PROMPTS * TRACES };
    struct dice dice = {.seed = 11};
    struct coverage c = {0};
    double y[N], one[N], num[PROMPTS], den[PROMPTS];
    for (uint32_t sim = 0; sim < SIMULATIONS; sim++) {
        for (int g = 0; g < PROMPTS; g++) {
            double p = dice_below(&dice, 2) ? 0.05 : 0.85;
            num[g] = 0;
            den[g] = TRACES;
            for (int t = 0; t < TRACES; t++) {
                y[g * TRACES + t] = dice_uniform(&dice) < p;
                one[g * TRACES + t] = 1;
                num[g] += y[g * TRACES + t];
            }
        }
        const struct dc_boot_sums s = {num, den, PROMPTS}, naive = {y, one, N};
        struct dc_boot_cfg cfg = config(NULL);
        struct dc_boot a, b;
        cfg.n_resamples = 300;
        cfg.seed = sim;
        dc_boot_ratio(&s, &cfg, &a);
        dc_boot_ratio(&naive, &cfg, &b);
        count_cover(&c, &a, &b, 0.45);
    }
    assert_coverage(&c, 0.65);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_stay),
        cmocka_unit_test(test_draws_are_the_same_at_once),
        cmocka_unit_test(test_draws_are_uniform),
        cmocka_unit_test(test_auroc_of_each_resample),
        cmocka_unit_test(test_auroc_threads),
        cmocka_unit_test(test_auroc_order_and_transform),
        cmocka_unit_test(test_interval_is_the_percentiles),
        cmocka_unit_test(test_no_value),
        cmocka_unit_test(test_rate_of_few),
        cmocka_unit_test(test_rate_of_many),
        cmocka_unit_test(test_too_large_for_the_counts),
        cmocka_unit_test(test_generic_is_the_fast_one),
        cmocka_unit_test(test_ratio_and_aurc_of_each_resample),
        cmocka_unit_test(test_aurc_by_passes_and_plain),
        cmocka_unit_test(test_batch_changes_nothing),
        cmocka_unit_test(test_batch_draws_once),
        cmocka_unit_test(test_coverage_auroc),
        cmocka_unit_test(test_coverage_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
