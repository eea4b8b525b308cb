/*
 * test_engine.c - the engine over the fake backend: equal runs whatever the
 * slots, the order and the interruptions; policies see traces in order.
 */
#include "run_util.h"

#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { N_ITEM = 23 };

static struct dc_item item[N_ITEM];
static char text[N_ITEM][32], id[N_ITEM][16];
static struct dc_dataset data = {.item = item, .n = N_ITEM, .n_rows = N_ITEM};

static const char *path_of(const char *name)
{
    static char p[4][512];
    static unsigned at;
    char *out = p[at++ % 4];
    snprintf(out, sizeof p[0], "%s/%s.db", test_dir(), name);
    return out;
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N_ITEM; i++) {
        snprintf(text[i], sizeof text[i], "what is item %d", i);
        snprintf(id[i], sizeof id[i], "p%d", i);
        item[i] =
            (struct dc_item){.id = id[i],
                             .text = text[i],
                             .n_text = strlen(text[i]),
                             .gold = i % 2 ? DC_GOLD_REFUSE : DC_GOLD_ANSWER};
    }
    dc_sha256_hex("engine", 6, data.sha256);
    return 0;
}

static struct dc_backend_cfg fake(void)
{
    struct dc_backend_cfg c = dc_backend_cfg_default();
    c.model = "random:refuse=0.5,len=12,vocab=64";
    return c;
}

static struct dc_run_cfg base_cfg(void)
{
    struct dc_run_cfg c = test_run_cfg();
    c.max_tokens = 24;
    c.data_name = "engine";
    c.benchmark = "generic";
    return c;
}

static void must_run(const char *path, const struct dc_run_cfg *c)
{
    struct dc_backend_cfg b = fake();
    remove_run(path);
    assert_int_equal(run_to(path, "fake", &b, &data, c), DC_OK);
}

static void test_slots_do_not_show(void **state)
{
    (void)state;
    static const unsigned slots[] = {1, 3, 16, 64};
    char first[DC_SHA256_HEX], h[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        c.n_slots = slots[i];
        const char *p = path_of("slots");
        must_run(p, &c);
        hash_run(p, true, i ? h : first);
        if (i)
            assert_string_equal(first, h);
    }
    c.seed = 2;
    must_run(path_of("slots"), &c);
    hash_run(path_of("slots"), true, h);
    assert_string_not_equal(first, h);
}

static void must_keep(const char *path, unsigned n_top)
{
    struct dc_backend_cfg b = fake();
    struct dc_run_cfg c = base_cfg();
    c.n_top = b.n_top = n_top;
    c.n_slots = 3 + n_top;
    remove_run(path);
    assert_int_equal(run_to(path, "fake", &b, &data, &c), DC_OK);
}

/* What is kept beside the tokens changes none of them, nor a decision. */
static void test_top_logprobs_do_not_show(void **state)
{
    static const unsigned n_top[] = {0, 1, 5, 20};
    char first[DC_SHA256_HEX], h[DC_SHA256_HEX];
    (void)state;
    for (size_t i = 0; i < sizeof n_top / sizeof *n_top; i++) {
        must_keep(path_of("top"), n_top[i]);
        hash_run(path_of("top"), true, i ? h : first);
        if (i)
            assert_string_equal(first, h);
    }
}

/* ---- killed at any moment ---- */

static int kill_at, n_judged;
static struct dc_judge deadly;
static struct dc_judge_ops deadly_ops;

static enum dc_status judge_and_die(struct dc_judge *j,
                                    const struct dc_judge_item *it, size_t n,
                                    struct dc_judgement *out,
                                    struct dc_err *err)
{
    if (++n_judged == kill_at)
        kill(getpid(), SIGKILL); /* inside the transaction */
    return dc_judge_find("keywords-request")->judge(j, it, n, out, err);
}

static void test_killed_and_resumed(void **state)
{
    (void)state;
    const char *whole = path_of("whole"), *cut = path_of("cut");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    c.n_slots = 5;
    must_run(whole, &c);
    hash_run(whole, true, want);
    deadly = *request_judge();
    deadly_ops = *deadly.ops;
    deadly_ops.judge = judge_and_die;
    deadly.ops = &deadly_ops;
    c.judge = &deadly;
    remove_run(cut);
    int killed = 0;
    for (kill_at = 1;; kill_at += 3) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct dc_backend_cfg b = fake();
            n_judged = 0;
            _exit(run_to(cut, "fake", &b, &data, &c) != DC_OK);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
        killed++;
    }
    assert_true(killed >= 5);
    hash_run(cut, true, got);
    assert_string_equal(want, got);
}

static atomic_int stop_now;
static unsigned stop_after;

static void stop_some_time(void *arg, const struct dc_run_progress *p)
{
    unsigned *calls = arg;
    (void)p;
    if (++*calls == stop_after)
        atomic_store(&stop_now, 1);
}

static void test_interrupted_and_resumed(void **state)
{
    (void)state;
    const char *whole = path_of("whole"), *cut = path_of("cut");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    struct dc_backend_cfg b = fake();
    c.policy = policy_spec("confidence-percentile(20)");
    c.calibration_share = 0.3;
    must_run(whole, &c);
    hash_run(whole, true, want);
    unsigned calls, n_cut = 0;
    c.interrupt = &stop_now;
    c.progress = stop_some_time;
    c.progress_arg = &calls;
    remove_run(cut);
    for (stop_after = 1;; stop_after += 11) {
        calls = 0;
        atomic_store(&stop_now, 0);
        c.n_slots = 1 + stop_after % 7;
        enum dc_status st = run_to(cut, "fake", &b, &data, &c);
        if (st == DC_OK)
            break;
        assert_int_equal(st, DC_INTERRUPTED);
        n_cut++;
    }
    assert_true(n_cut >= 3);
    hash_run(cut, true, got);
    assert_string_equal(want, got);
}

static void test_other_config_is_refused(void **state)
{
    (void)state;
    const char *p = path_of("config");
    struct dc_run_cfg c = base_cfg();
    struct dc_backend_cfg b = fake();
    must_run(p, &c);
    c.seed = 7;
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_USAGE);
    c = base_cfg();
    c.n_slots = 2; /* not binding */
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_OK);
}

/* ---- decisions ---- */

struct decisions {
    char word[N_ITEM][16];
    int64_t n_trace[N_ITEM];
    size_t n;
};

static enum dc_status keep(void *arg, const struct dc_decision_row *d,
                           struct dc_err *err)
{
    struct decisions *x = arg;
    (void)err;
    snprintf(x->word[d->prompt], sizeof x->word[0], "%s", d->decision);
    x->n_trace[d->prompt] = d->n_trace;
    x->n++;
    return DC_OK;
}

static struct decisions decisions_of(const char *path)
{
    struct decisions x = {.n = 0};
    struct dc_store *s;
    struct dc_err err;
    assert_int_equal(dc_store_open_ro(path, &s, &err), DC_OK);
    assert_int_equal(dc_store_each_decision(s, -1, keep, &x, &err), DC_OK);
    dc_store_close(s);
    return x;
}

static void test_curtail_equals_fixed(void **state)
{
    (void)state;
    const char *pf = path_of("fixed"), *pc = path_of("curtail");
    struct dc_run_cfg c = base_cfg();
    c.policy = policy_spec("fixed");
    must_run(pf, &c);
    c.policy = policy_spec("curtail");
    must_run(pc, &c);
    struct decisions f = decisions_of(pf), q = decisions_of(pc);
    assert_int_equal(f.n, N_ITEM);
    assert_int_equal(q.n, N_ITEM);
    int64_t saved = 0;
    int refused = 0;
    for (int i = 0; i < N_ITEM; i++) {
        assert_string_equal(f.word[i], q.word[i]);
        assert_int_equal(f.n_trace[i], 10);
        saved += f.n_trace[i] - q.n_trace[i];
        refused += !strcmp(f.word[i], "refusal");
    }
    assert_true(saved > N_ITEM);
    assert_true(refused > 0 && refused < N_ITEM);
}

static void test_too_long_prompt_is_recorded(void **state)
{
    (void)state;
    const char *p = path_of("overflow");
    struct dc_run_cfg c = base_cfg();
    c.n_ctx = 5; /* the fake tokeniser makes 1 + 4 tokens of each */
    must_run(p, &c);
    struct decisions d = decisions_of(p);
    assert_int_equal(d.n, N_ITEM);
    for (int i = 0; i < N_ITEM; i++)
        assert_string_equal(d.word[i], "undetermined");
}

static void test_failing_step_keeps_what_is_there(void **state)
{
    (void)state;
    const char *whole = path_of("whole"), *p = path_of("fault");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    struct dc_backend_cfg b = fake();
    must_run(whole, &c);
    hash_run(whole, true, want);
    remove_run(p);
    b.model = "random:refuse=0.5,len=12,vocab=64,fail_step=40";
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_BACKEND);
    assert_true(decisions_of(p).n > 0);
    b = fake();
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_OK);
    hash_run(p, true, got);
    assert_string_equal(want, got);
}

/* Whatever failed, what is in the file goes on to the same end. */
static void must_go_on(const char *p)
{
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    struct dc_backend_cfg b = fake();
    must_run(path_of("whole"), &c);
    hash_run(path_of("whole"), true, want);
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_OK);
    hash_run(p, true, got);
    assert_string_equal(want, got);
}

static void test_failing_start_ends_the_run(void **state)
{
    static const unsigned at[] = {1, 2, 5, 16, 17, 40};
    const char *p = path_of("fault");
    struct dc_run_cfg c = base_cfg();
    struct dc_backend_cfg b = fake();
    char model[80];
    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        remove_run(p);
        snprintf(model, sizeof model, "%s,fail_start=%u", fake().model, at[i]);
        b.model = model;
        assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_BACKEND);
        must_go_on(p);
    }
}

static void by_hand(const char *path, const char *sql)
{
    sqlite3 *h = NULL;
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(h);
}

/*
 * The store fails while other traces of the same step have ended too: their
 * slots are free already in the backend, which asserts that none of those is
 * cancelled. All traces have one length, so that all slots end in one step.
 */
static void test_failing_store_ends_the_run(void **state)
{
    static const char *const refuse[] = {
        "CREATE TRIGGER no BEFORE INSERT ON trace WHEN NEW.idx >= 2"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END",
        "CREATE TRIGGER no BEFORE INSERT ON trace WHEN NEW.prompt = 7"
        " BEGIN SELECT RAISE(FAIL, 'no room'); END",
        "CREATE TRIGGER no BEFORE INSERT ON verdict WHEN NEW.trace = 4"
        " BEGIN SELECT RAISE(ROLLBACK, 'no room'); END",
        "CREATE TRIGGER no BEFORE INSERT ON decision"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END",
    };
    const char *p = path_of("fault");
    struct dc_run_cfg c = base_cfg();
    (void)state;
    c.max_tokens = 2; /* shorter than any answer */
    for (size_t i = 0; i < sizeof refuse / sizeof *refuse; i++) {
        struct dc_backend_cfg b = fake();
        b.model = "random:refuse=0.5,len=12,vocab=64,fail_start=1";
        remove_run(p);
        assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_BACKEND);
        by_hand(p, refuse[i]);
        b = fake();
        assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_STORE);
        by_hand(p, "DROP TRIGGER no");
        assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_OK);
    }
}

/* What the last transaction held is lost, and so the run does not end as if it
 * had been kept. */
static void test_failing_last_commit(void **state)
{
    (void)state;
    const char *p = path_of("last");
    struct dc_run_cfg c = base_cfg();
    struct dc_backend_cfg b = fake();
    unsigned calls = 0;
    remove_run(p);
    b.model = "random:refuse=0.5,len=12,vocab=64,fail_start=1";
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_BACKEND);
    by_hand(p, "CREATE TRIGGER no BEFORE UPDATE ON segment"
               " BEGIN SELECT RAISE(ABORT, 'no room'); END");
    b = fake();
    c.interrupt = &stop_now;
    c.progress = stop_some_time;
    c.progress_arg = &calls;
    stop_after = 20;
    atomic_store(&stop_now, 0);
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_STORE);
    atomic_store(&stop_now, 0);
    by_hand(p, "DROP TRIGGER no");
    c.interrupt = NULL;
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_do_not_show),
        cmocka_unit_test(test_killed_and_resumed),
        cmocka_unit_test(test_top_logprobs_do_not_show),
        cmocka_unit_test(test_interrupted_and_resumed),
        cmocka_unit_test(test_other_config_is_refused),
        cmocka_unit_test(test_curtail_equals_fixed),
        cmocka_unit_test(test_too_long_prompt_is_recorded),
        cmocka_unit_test(test_failing_step_keeps_what_is_there),
        cmocka_unit_test(test_failing_start_ends_the_run),
        cmocka_unit_test(test_failing_store_ends_the_run),
        cmocka_unit_test(test_failing_last_commit),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
