/*
 * test_llama_model.c - the real model: what a trace is must not depend on
 * slots, neighbours, threads, interruption or policy.
 *
 * 12 prompts: ToxicChat's where the shared data is there (nine short ones and
 * three of 1,400 to 2,500 characters), else the demo set's with three made
 * long. Ranges and invariants only; what the model says is no test's business.
 */
#include "infer/models.h"
#include "run_util.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N_SHORT = 9, N_ITEM = 12, LONG_MIN = 1400, LONG_MAX = 2500 };
enum { K = 3, MAX_TOKENS = 10 };

static struct dc_item item[N_ITEM];
static struct dc_dataset source, data = {.item = item, .n = N_ITEM};
static struct dc_buf model;
static char reference[DC_SHA256_HEX];

static struct dc_backend_cfg backend_cfg(unsigned n_threads)
{
    struct dc_backend_cfg c = dc_backend_cfg_default();
    c.model = model.data;
    c.llama.n_threads = n_threads;
    return c;
}

static struct dc_run_cfg run_cfg(void)
{
    struct dc_run_cfg c = test_run_cfg();
    c.max_tokens = MAX_TOKENS;
    c.stop.min_traces = 1;
    c.stop.max_traces = K;
    c.policy = policy_spec("fixed");
    return c;
}

static const char *path_of(const char *name)
{
    static char p[2][512];
    static unsigned at;
    char *out = p[at++ % 2];
    snprintf(out, sizeof p[0], "%s/%s.db", test_dir(), name);
    return out;
}

/* Long prompts where the data has none: a text said again and again. */
static const char *make_long(struct dc_arena *a, const char *s)
{
    char *out = dc_arena_alloc(a, LONG_MIN + 600);
    size_t n = 0, m = strlen(s);
    while (n < LONG_MIN && n + m + 2 < LONG_MIN + 600) {
        memcpy(out + n, s, m);
        out[n + m] = ' ';
        n += m + 1;
    }
    return out;
}

static void choose(void)
{
    size_t n = 0;
    for (; n < N_SHORT; n++)
        item[n] = source.item[n];
    for (size_t i = N_SHORT; i < source.n && n < N_ITEM; i++)
        if (source.item[i].n_text >= LONG_MIN &&
            source.item[i].n_text <= LONG_MAX)
            item[n++] = source.item[i];
    for (size_t i = N_SHORT; n < N_ITEM; i++) {
        item[n] = source.item[i];
        item[n].text = make_long(&source.arena, item[n].text);
        item[n].n_text = strlen(item[n].text);
        n++;
    }
}

static int setup(void **state)
{
    (void)state;
    struct dc_err err = {0};
    struct dc_dataset_cfg dc = dc_dataset_cfg_default();
    dc_buf_init(&model, 4096);
    if (dc_model_resolve("smollm2", &model, &err)) {
        printf("SKIP: %s\n", err.msg);
        exit(77);
    }
    dc.path = DC_SHARED_DIR "/data/toxicchat/toxicchat_test.csv";
    dc.benchmark = dc_benchmark_find("toxicchat");
    if (access(dc.path, R_OK) != 0) {
        dc.path = DC_TEST_DATA "/../../data/demo.csv";
        dc.benchmark = dc_benchmark_find("demo");
    }
    if (dc_dataset_read(&dc, &source, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    choose();
    memcpy(data.sha256, source.sha256, sizeof data.sha256);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dc_dataset_release(&source);
    dc_buf_release(&model);
    return 0;
}

static void run_and_hash(unsigned slots, unsigned threads, char h[])
{
    const char *p = path_of("bits");
    struct dc_backend_cfg b = backend_cfg(threads);
    struct dc_run_cfg c = run_cfg();
    c.n_slots = slots;
    remove_run(p);
    assert_int_equal(run_to(p, "llama", &b, &data, &c), DC_OK);
    hash_run(p, true, h);
}

static void test_slots_and_threads_do_not_show(void **state)
{
    (void)state;
    static const unsigned how[][2] = {{1, 1}, {3, 2}, {16, 1}, {1, 2}};
    char h[DC_SHA256_HEX];
    run_and_hash(16, 2, reference);
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        run_and_hash(how[i][0], how[i][1], h);
        assert_string_equal(reference, h);
    }
}

static atomic_int stop_now;

static void stop_soon(void *arg, const struct dc_run_progress *p)
{
    size_t *until = arg;
    if (p->n_trace >= *until)
        atomic_store(&stop_now, 1);
}

static void test_interrupted_and_resumed(void **state)
{
    (void)state;
    const char *p = path_of("cut");
    char h[DC_SHA256_HEX];
    struct dc_backend_cfg b = backend_cfg(2);
    struct dc_run_cfg c = run_cfg();
    size_t until = 0;
    c.interrupt = &stop_now;
    c.progress = stop_soon;
    c.progress_arg = &until;
    remove_run(p);
    enum dc_status st = DC_INTERRUPTED;
    for (unsigned i = 0; st == DC_INTERRUPTED; i++) {
        until += 11;
        atomic_store(&stop_now, 0);
        c.n_slots = i % 2 ? 16 : 3;
        st = run_to(p, "llama", &b, &data, &c);
    }
    assert_int_equal(st, DC_OK);
    hash_run(p, true, h);
    assert_string_equal(reference, h);
}

struct decisions {
    char word[N_ITEM][16];
    int64_t n_trace;
};

static enum dc_status keep(void *arg, const struct dc_decision_row *d,
                           struct dc_err *err)
{
    struct decisions *x = arg;
    (void)err;
    snprintf(x->word[d->prompt], sizeof x->word[0], "%s", d->decision);
    x->n_trace += d->n_trace;
    return DC_OK;
}

static enum dc_status check_trace(void *arg, const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    size_t *n = arg;
    (void)err;
    for (size_t i = 0; i < t->n_tok; i++) {
        const struct dc_token *k = &t->tok[i];
        assert_true(isfinite(k->logprob) && k->logprob <= 0);
        assert_true(isfinite(k->conf) && k->conf >= 0);
        assert_true(isfinite(k->entropy) && k->entropy >= 0);
        assert_true(isfinite(k->self_cert) && k->self_cert >= 0);
    }
    for (size_t i = 0; i < t->n_measure; i++) {
        if (strcmp(t->measure[i].measure, "mean_prob") != 0)
            continue;
        assert_int_equal(t->measure[i].has_value, t->n_tok > 0);
        if (t->n_tok)
            assert_true(t->measure[i].value > 0 && t->measure[i].value <= 1);
    }
    ++*n;
    return DC_OK;
}

static void read_back(const char *path, struct decisions *out, size_t *n)
{
    struct dc_store *s;
    struct dc_err err;
    *out = (struct decisions){.n_trace = 0};
    assert_int_equal(dc_store_open_ro(path, &s, &err), DC_OK);
    assert_int_equal(dc_store_each_decision(s, -1, keep, out, &err), DC_OK);
    assert_int_equal(dc_store_each_trace(s, -1,
                                         DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                                         check_trace, n, &err),
                     DC_OK);
    dc_store_close(s);
}

/* The last run of the first test is the fixed one. */
static void test_curtail_equals_fixed(void **state)
{
    (void)state;
    const char *p = path_of("curtail");
    struct dc_backend_cfg b = backend_cfg(2);
    struct dc_run_cfg cfg = run_cfg();
    struct decisions f, c;
    size_t nf = 0, nc = 0;
    cfg.policy = policy_spec("curtail");
    remove_run(p);
    assert_int_equal(run_to(p, "llama", &b, &data, &cfg), DC_OK);
    read_back(path_of("bits"), &f, &nf);
    read_back(p, &c, &nc);
    assert_int_equal(nf, N_ITEM * K);
    assert_int_equal(nc, c.n_trace);
    assert_true(nc < nf);
    for (int i = 0; i < N_ITEM; i++)
        assert_string_equal(f.word[i], c.word[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_and_threads_do_not_show),
        cmocka_unit_test(test_interrupted_and_resumed),
        cmocka_unit_test(test_curtail_equals_fixed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
