/*
 * test_linear.c - n-grams, training, the file of a linear judge and its
 * damage, and the judge that reads it.
 */
#include "base/hash.h"
#include "judge/judge.h"
#include "linear_fixture.h"
#include "train/train_priv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/dc_linear_XXXXXX";
static char path_a[64], path_b[64], judge_path[64];

/* ---- n-grams ---- */

/* The set of buckets of a text, as the grams' order has it. */
static void assert_same(const char *a, const char *b, bool same)
{
    const struct dc_ngram_cfg cfg = dc_ngram_cfg_default();
    struct dc_ngrams x, y;
    dc_ngrams_init(&x, &cfg);
    dc_ngrams_init(&y, &cfg);
    dc_ngrams_of(&x, a, strlen(a));
    dc_ngrams_of(&y, b, strlen(b));
    bool equal = x.n == y.n;
    for (size_t i = 0; i < x.n && equal; i++)
        equal = x.gram[i].bucket == y.gram[i].bucket;
    if (equal != same)
        fail_msg("\"%s\" and \"%s\"", a, b);
    dc_ngrams_release(&x);
    dc_ngrams_release(&y);
}

static void test_fold(void **state)
{
    (void)state;
    assert_same("I can't do it.", "i CANNOT do  it !", true);
    assert_same("I can\xE2\x80\x99t do it.", "I can not do it.", true);
    assert_same("I'm here", "I am here", true);
    assert_same("I won't", "I will not", true);
    assert_same("it isn't so", "it is not so", true);
    assert_same("one\xE2\x80\x94two", "one two", true);
    assert_same("one. two", "one two", false);
    assert_same("caf\xC3\xA9", "cafe", false);
    assert_same("\xE2\x82\xAC 5", "5", false); /* a word, not punctuation */
    assert_same("the canner", "the can ner", false);
    assert_same("", " \t\r", true);
}

/* Each n-gram stands where it says, and none twice. */
static void test_places(void **state)
{
    (void)state;
    static const char text[] = "No. I can't, no.";
    struct dc_ngram_cfg cfg = dc_ngram_cfg_default();
    struct dc_ngrams g;
    bool found = false;
    cfg.char_min = 3;
    cfg.char_max = 4;
    dc_ngrams_init(&g, &cfg);
    dc_ngrams_of(&g, text, sizeof text - 1);
    assert_true(g.n > 20);
    for (size_t i = 0; i < g.n; i++) {
        assert_true(g.gram[i].off + g.gram[i].len <= sizeof text - 1);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(g.gram[i].bucket, g.gram[k].bucket);
        found |= g.gram[i].kind == DC_NGRAM_WORD && g.gram[i].len == 7 &&
                 !memcmp(text + g.gram[i].off, "I can't", 7);
    }
    assert_true(found);
    dc_ngrams_release(&g);
}

/* Bytes that are no text, and cut characters, are read to their end. */
static void test_any_bytes(void **state)
{
    (void)state;
    struct dc_ngram_cfg cfg = dc_ngram_cfg_default();
    struct dc_ngrams g;
    char *s = malloc(300);
    cfg.char_min = 1;
    cfg.char_max = DC_NGRAM_CHARS_MAX;
    dc_ngrams_init(&g, &cfg);
    for (unsigned round = 0; round < 2000; round++) {
        size_t n = round % 300;
        for (size_t i = 0; i < n; i++)
            s[i] = (char)(i * i * 7 + round * 31 + (i % 3 ? 0xE2 : 0));
        char *exact = malloc(n + 1); /* the sanitizer sees its end */
        memcpy(exact, s, n);
        dc_ngrams_of(&g, exact, n);
        for (size_t i = 0; i < g.n; i++)
            assert_true(g.gram[i].off + g.gram[i].len <= n);
        free(exact);
    }
    dc_ngrams_release(&g);
    free(s);
}

/* Only what is known is left, under its index. */
static void test_known(void **state)
{
    (void)state;
    static const char text[] = "a b c d e f g h";
    const struct dc_ngram_cfg cfg = dc_ngram_cfg_default();
    struct dc_ngrams all, some;
    uint32_t known[3] = {0, 0, UINT32_MAX};
    dc_ngrams_init(&all, &cfg);
    dc_ngrams_init(&some, &cfg);
    dc_ngrams_of(&all, text, sizeof text - 1);
    for (size_t i = 0; i < 3; i++) { /* the three smallest, ascending */
        known[i] = UINT32_MAX;
        for (size_t k = 0; k < all.n; k++)
            if (all.gram[k].bucket < known[i] &&
                (i == 0 || all.gram[k].bucket > known[i - 1]))
                known[i] = all.gram[k].bucket;
    }
    dc_ngrams_know(&some, known, 3);
    dc_ngrams_of(&some, text, sizeof text - 1);
    assert_int_equal(some.n, 3);
    for (size_t i = 0, k = 0; i < all.n; i++)
        if (all.gram[i].bucket <= known[2]) {
            assert_true(some.gram[k].bucket < 3);
            assert_int_equal(known[some.gram[k].bucket], all.gram[i].bucket);
            assert_int_equal(some.gram[k++].off, all.gram[i].off);
        }
    dc_ngrams_release(&all);
    dc_ngrams_release(&some);
}

/* ---- calibration and threshold ---- */

enum { ROWS = 2000 };

/* Decisions whose true probability is 1 / (1 + exp(-(2 x - 1))). */
static void fill_heldout(double *decision, bool *positive, unsigned *fold)
{
    for (size_t i = 0; i < ROWS; i++) {
        double x = -3 + 6 * (double)i / ROWS;
        double p = 1 / (1 + exp(-(2 * x - 1)));
        decision[i] = x;
        /* even steps of a golden rotation: the share of positives is p */
        positive[i] = fmod((double)i * 0.6180339887498949, 1) < p;
        fold[i] = (unsigned)(i % 5);
    }
}

static void test_heldout(void **state)
{
    (void)state;
    static double decision[ROWS];
    static bool positive[ROWS];
    static unsigned fold[ROWS];
    fill_heldout(decision, positive, fold);
    const struct dc_heldout h = {decision, positive, fold, ROWS, -1};
    struct dc_train_cfg cfg = dc_train_cfg_default();
    struct dc_linear m = {.n = 0};
    double at = 0, best = 0;
    assert_true(dc_train_platt(&h, &m.slope, &m.offset));
    assert_true(fabs(m.slope - 2) < 0.1);
    assert_true(fabs(m.offset + 1) < 0.1);
    /* Half of the largest expected F1: no other threshold expects more. */
    double t = dc_train_best_f1(&h, &m), most = 0;
    for (double u = 0.05; u < 1; u += 0.01) {
        double tp = 0, n = 0, all = 0;
        for (size_t i = 0; i < ROWS; i++) {
            double p = dc_linear_probability(&m, decision[i]);
            all += p;
            tp += p >= u ? p : 0;
            n += p >= u;
        }
        most = fmax(most, 2 * tp / (n + all));
    }
    assert_true(fabs(2 * t - most) < 2e-3);
    cfg.aim = DC_TRAIN_PRECISION;
    cfg.target = 0.95;
    assert_true(dc_train_threshold(&h, &cfg, &at, &best));
    size_t tp = 0, n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        n += decision[i] >= at;
        tp += decision[i] >= at && positive[i];
    }
    assert_true(n > 100 && (double)tp >= 0.95 * (double)n);
    cfg.aim = DC_TRAIN_RECALL;
    cfg.target = 1;
    assert_true(dc_train_threshold(&h, &cfg, &at, &best));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(!positive[i] || decision[i] >= at);
    /* What can't be reached is said. */
    for (size_t i = 0; i < ROWS; i++)
        positive[i] = i == 0;
    cfg.aim = DC_TRAIN_PRECISION;
    cfg.target = 0.5;
    assert_false(dc_train_threshold(&h, &cfg, &at, &best));
    assert_true(best < 0.5);
    assert_false(dc_train_platt(&h, &m.slope, &m.offset));
}

/* ---- training and the file ---- */

static struct dc_linear train_on(const char *a, const char *b, uint64_t seed)
{
    struct dc_labelled file[2];
    struct dc_labelled_cfg c = {.path = a};
    struct dc_train_cfg cfg = dc_train_cfg_default();
    struct dc_linear m;
    size_t n = b ? 2 : 1;
    cfg.seed = seed;
    assert_int_equal(dc_labelled_read(&c, &file[0], NULL), DC_OK);
    c.path = b;
    if (b)
        assert_int_equal(dc_labelled_read(&c, &file[1], NULL), DC_OK);
    assert_int_equal(dc_train_linear(file, n, &cfg, &m, NULL), DC_OK);
    for (size_t i = 0; i < n; i++)
        dc_labelled_release(&file[i]);
    return m;
}

static void write_bytes(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void file_of(struct dc_linear *m, struct dc_buf *out)
{
    dc_buf_init(out, SIZE_MAX);
    dc_linear_write(m, out);
    dc_linear_release(m);
}

/* The same training gives the same bytes, another seed others. */
static void test_same_bytes(void **state)
{
    (void)state;
    struct dc_linear a = train_on(path_a, path_b, 1), back;
    struct dc_linear b = train_on(path_a, path_b, 1);
    struct dc_linear c = train_on(path_a, path_b, 2);
    struct dc_buf x, y, z;
    char id[DC_SHA256_HEX], want[DC_SHA256_HEX];
    file_of(&a, &x);
    file_of(&b, &y);
    file_of(&c, &z);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.data, y.data, x.n);
    assert_false(x.n == z.n && !memcmp(x.data, z.data, x.n));
    write_bytes(judge_path, x.data, x.n);
    /* Read and written again it is the same. */
    assert_int_equal(dc_linear_read(judge_path, &back, id, NULL), DC_OK);
    dc_sha256_hex(x.data, x.n, want);
    assert_string_equal(id, want);
    dc_buf_release(&y);
    file_of(&back, &y);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.data, y.data, x.n);
    dc_buf_release(&x);
    dc_buf_release(&y);
    dc_buf_release(&z);
}

static void read_fails(const char *data, size_t n, const char *says)
{
    char path[96];
    struct dc_linear m;
    struct dc_err err = {0};
    snprintf(path, sizeof path, "%s/bad.dcj", dir);
    write_bytes(path, data, n);
    assert_int_equal(dc_linear_read(path, &m, NULL, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "bad.dcj"));
    if (!strstr(err.msg, says))
        fail_msg("expected \"%s\" in: %s", says, err.msg);
    unlink(path);
}

/* Put the right checksum behind the first n bytes. */
static void seal(struct dc_buf *b, size_t n)
{
    char hash[DC_SHA256_HEX];
    dc_buf_cut(b, n);
    dc_sha256_hex(b->data, n, hash);
    dc_buf_adds(b, hash);
}

/* Damage is found by the checksum; what a forger seals, by the limits. */
static void test_damage(void **state)
{
    (void)state;
    struct dc_linear m = train_on(path_a, NULL, 1);
    struct dc_buf b, f;
    file_of(&m, &b);
    size_t body = b.n - 64;
    for (size_t n = 0; n < b.n; n += 1 + b.n / 97)
        read_fails(b.data, n, n == 0 ? "empty" : n < 8 ? "begin" : "cut");
    for (size_t i = 8; i < b.n; i += 1 + b.n / 97) {
        b.data[i] ^= 4;
        read_fails(b.data, b.n, "checksum");
        b.data[i] ^= 4;
    }
    b.data[7] = '2';
    read_fails(b.data, b.n, "another version");
    b.data[7] = '1';
    read_fails("prompt,response\n1,2\n", 20, "train-judge");
    dc_buf_init(&f, SIZE_MAX);
    dc_buf_add(&f, b.data, body);
    seal(&f, body - 12); /* a weight less than the card says */
    read_fails(f.data, f.n, "weights");
    dc_buf_clear(&f);
    dc_buf_add(&f, b.data, body);
    memset(f.data + body - 8, 0xFF, 4); /* not a number */
    seal(&f, body);
    read_fails(f.data, f.n, "weight");
    memset(f.data + 8, 0xFF, 4); /* the length of the card */
    seal(&f, body);
    read_fails(f.data, f.n, "card");
    char *slope = strstr(f.data + 12, "\"slope\": ");
    assert_non_null(slope);
    memcpy(f.data + 8, b.data + 8, 4);
    memcpy(f.data, b.data, body);
    slope[8] = '-'; /* where the space is */
    seal(&f, body);
    read_fails(f.data, f.n, "model.slope");
    dc_buf_release(&f);
    dc_buf_release(&b);
}

/* ---- the judge ---- */

static void test_judge(void **state)
{
    (void)state;
    struct dc_judge_cfg c = dc_judge_cfg_default();
    struct dc_linear m = train_on(path_a, NULL, 1);
    struct dc_judge *j = NULL;
    struct dc_buf b;
    char spec[96], text[256];
    size_t right = 0;
    file_of(&m, &b);
    write_bytes(judge_path, b.data, b.n);
    dc_buf_release(&b);
    snprintf(spec, sizeof spec, "linear=%s", judge_path);
    assert_int_equal(dc_judge_open(spec, &c, &j, NULL), DC_OK);
    assert_string_equal(j->label, "linear(judge)");
    assert_int_equal(strncmp(j->version, "1 ", 2), 0);
    assert_int_equal(strlen(j->version), 18);
    for (size_t i = 0; i < FIXTURE_ROWS; i++) { /* a style it has not seen */
        struct dc_judgement out = {.rule = ""};
        fixture_text(i, 1, text, sizeof text);
        const struct dc_judge_item item = {"", 0, text, strlen(text)};
        assert_int_equal(j->ops->judge(j, &item, 1, &out, NULL), DC_OK);
        assert_true(out.has_score && out.score >= 0 && out.score <= 1);
        assert_true(out.span_off + out.span_len <= item.n);
        assert_int_equal(strncmp(out.rule, "linear/", 7), 0);
        right += (out.verdict == DC_VERDICT_REFUSAL) == (i % 2 == 1);
    }
    assert_true(right > FIXTURE_ROWS * 9 / 10);
    struct dc_judgement out = {.rule = ""};
    const struct dc_judge_item odd = {"", 0, "\xD0\xAF", 2};
    assert_int_equal(j->ops->judge(j, &odd, 1, &out, NULL), DC_OK);
    assert_true(out.has_score);
    dc_judge_close(j);
}

/* Rows of one prompt are in one fold, whatever the order of the rows. */
static void test_folds(void **state)
{
    (void)state;
    struct dc_labelled file[2];
    struct dc_labelled_cfg c = {.path = path_a};
    const struct dc_train_cfg cfg = dc_train_cfg_default();
    struct dc_train_rows r, swapped;
    assert_int_equal(dc_labelled_read(&c, &file[0], NULL), DC_OK);
    c.path = path_b;
    assert_int_equal(dc_labelled_read(&c, &file[1], NULL), DC_OK);
    assert_int_equal(dc_train_rows_of(file, 2, &cfg, &r, NULL), DC_OK);
    const struct dc_labelled turned[2] = {file[1], file[0]};
    assert_int_equal(dc_train_rows_of(turned, 2, &cfg, &swapped, NULL), DC_OK);
    assert_int_equal(r.n, 2 * FIXTURE_ROWS);
    assert_int_equal(r.n_group, FIXTURE_ROWS / 2);
    for (size_t i = 0; i < FIXTURE_ROWS; i++) {
        assert_int_equal(r.row[i].fold, r.row[FIXTURE_ROWS + i].fold);
        assert_int_equal(r.row[i].fold, r.row[i ^ 1].fold);
        assert_int_equal(r.row[i].fold, swapped.row[FIXTURE_ROWS + i].fold);
    }
    dc_train_rows_release(&r);
    dc_train_rows_release(&swapped);
    dc_labelled_release(&file[0]);
    dc_labelled_release(&file[1]);
}

/* Too little data, and labels that say nothing, are told. */
static void test_refused(void **state)
{
    (void)state;
    char path[96];
    struct dc_labelled file;
    struct dc_train_cfg cfg = dc_train_cfg_default();
    struct dc_linear m;
    struct dc_err err = {0};
    snprintf(path, sizeof path, "%s/few.csv", dir);
    static const char few[] = "prompt,response,label\na,No.,refusal\n"
                              "b,Yes.,compliance\n";
    write_bytes(path, few, sizeof few - 1);
    const struct dc_labelled_cfg c = {.path = path};
    assert_int_equal(dc_labelled_read(&c, &file, NULL), DC_OK);
    assert_int_equal(dc_train_linear(&file, 1, &cfg, &m, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "5 folds"));
    dc_labelled_release(&file);
    unlink(path);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    snprintf(path_a, sizeof path_a, "%s/a.csv", dir);
    snprintf(path_b, sizeof path_b, "%s/b.csv", dir);
    snprintf(judge_path, sizeof judge_path, "%s/judge.dcj", dir);
    fixture_write(path_a, 0);
    fixture_write(path_b, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path_a);
    unlink(path_b);
    unlink(judge_path);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold),      cmocka_unit_test(test_places),
        cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_known),
        cmocka_unit_test(test_heldout),   cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_damage),    cmocka_unit_test(test_judge),
        cmocka_unit_test(test_folds),     cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
