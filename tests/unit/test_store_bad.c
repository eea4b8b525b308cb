/*
 * test_store_bad.c - files that are not ours, damaged or tampered with, and
 * disks that are full or can't be written.
 *
 * Cases that need a small or a read-only file system mount one; where that is
 * not allowed they fall back to permission bits, or are skipped and say why.
 */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* ---- not ours ---- */

/* Both ways of opening refuse with these words, and change nothing. */
static void refused(const char *path, enum dc_status want, const char *word)
{
    struct dc_store *s = NULL;
    struct stat sb;
    bool is_file = stat(path, &sb) == 0 && S_ISREG(sb.st_mode);
    size_t n = 0, m = 0;
    char *before = is_file ? fx_read_file(path, &n) : NULL;
    char names[1024];

    snprintf(names, sizeof(names), "%s", fx_names());
    fx_fails(dc_store_open_ro(path, &s, &fx_err), want, path, word);
    fx_fails(dc_store_open_rw(path, &s, &fx_err), want, path, word);
    assert_null(s);
    assert_string_equal(fx_names(), names);
    if (is_file) {
        char *after = fx_read_file(path, &m);
        assert_int_equal(m, n);
        assert_memory_equal(after, before, n);
        free(after);
    }
    free(before);
}

static void test_text_file(void **state)
{
    char page[5000];

    (void)state;
    fx_write_file(fx_path, "id,prompt\n1,hello\n", 18);
    refused(fx_path, DC_STORE, "is not a run file");
    memset(page, 'x', sizeof(page));
    fx_write_file(fx_path, page, sizeof(page));
    refused(fx_path, DC_STORE, "is not a run file");
    fx_write_file(fx_path, "\0", 1);
    refused(fx_path, DC_STORE, "is not a run file");
}

static void test_database_of_another_program(void **state)
{
    (void)state;
    fx_tamper(fx_path, "CREATE TABLE trace(x); INSERT INTO trace VALUES (1)");
    refused(fx_path, DC_STORE, "another program (application id 0");
    fx_tamper(fx_path, "PRAGMA application_id = 252006673"); /* Fossil's */
    refused(fx_path, DC_STORE, "another program (application id 252006673");
    fx_tamper(fx_path, "PRAGMA journal_mode = WAL");
    refused(fx_path, DC_STORE, "another program");
}

static void test_newer_schema(void **state)
{
    (void)state;
    fx_make_run(fx_path);
    fx_tamper(fx_path, "PRAGMA user_version = 10");
    refused(fx_path, DC_STORE,
            "was written by a newer deepconf (schema 10, this program knows "
            "9): update deepconf");
    fx_tamper(fx_path, "PRAGMA user_version = 0");
    refused(fx_path, DC_STORE, "damaged (schema 0)");
}

static void test_folder_and_device(void **state)
{
    (void)state;
    refused(fx_dir, DC_STORE, "is a folder");
    refused("/dev/null", DC_STORE, "no regular file");
}

static void test_path_that_leads_nowhere(void **state)
{
    struct dc_store *s = NULL;
    char path[6000];

    (void)state;
    snprintf(path, sizeof(path), "%s/none/run.db", fx_dir);
    refused(path, DC_IO, "no such folder");
    fx_write_file(fx_path, "", 0);
    refused(fx_beside("/run.db"), DC_IO, "no such folder");
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    path[0] = '/';
    fx_fails(dc_store_open_rw(path, &s, &fx_err), DC_IO, "xxx");
    fx_fails(dc_store_open_rw("", &s, &fx_err), DC_IO, "empty");
}

static void test_reading_what_is_not_there(void **state)
{
    struct dc_store *s = NULL;

    (void)state;
    fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_IO, fx_path,
             "no such file");
    assert_string_equal(fx_names(), "");
    fx_write_file(fx_path, "", 0);
    fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_STORE, fx_path,
             "holds no run yet");
    assert_string_equal(fx_names(), "run.db ");
}

static void test_empty_file_is_fresh(void **state)
{
    (void)state;
    fx_write_file(fx_path, "", 0);
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 3);
    dc_store_close(s);
}

static void test_truncated(void **state)
{
    static const size_t cut[] = {1,   15,   16,   50,   99,   100,  101,
                                 511, 4095, 4096, 4097, 8192, 20000};
    size_t n = 0;
    char *whole;

    (void)state;
    fx_make_run(fx_path);
    whole = fx_read_file(fx_path, &n);
    assert_true(n > 20480);
    for (size_t i = 0; i < DC_COUNT(cut); i++) {
        fx_write_file(fx_path, whole, cut[i]);
        refused(fx_path, DC_STORE,
                cut[i] < 15 ? "not a run file" : "cut short");
    }
    fx_write_file(fx_path, whole, n - 1);
    refused(fx_path, DC_STORE, "cut short");
    fx_write_file(fx_path, whole, n - 4096);
    refused(fx_path, DC_STORE, "cut short");
    fx_write_file(fx_path, whole, n);
    dc_store_close(fx_open_rw(fx_path));
    free(whole);
}

/* ---- tampered with ---- */

static enum dc_status prompt_nop(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    (void)arg;
    (void)err;
    return strlen(p->id) + strlen(p->text) > 0 ? DC_OK : DC_GATE;
}

static enum dc_status decision_nop(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    (void)arg;
    (void)err;
    return strlen(d->decision) > 0 ? DC_OK : DC_GATE;
}

static enum dc_status segment_nop(void *arg, const struct dc_segment_row *g,
                                  struct dc_err *err)
{
    (void)arg;
    (void)err;
    return strlen(g->started) < SIZE_MAX ? DC_OK : DC_GATE;
}

/* Touches every byte of a trace, as a consumer would. */
static enum dc_status trace_sum(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    unsigned *sum = arg;

    (void)err;
    for (size_t i = 0; i < t->n_tok; i++)
        *sum += (unsigned)t->tok[i].id;
    for (size_t i = 0; i < t->n_verdict; i++)
        for (int64_t j = 0; j < t->verdict[i].span_len; j++)
            *sum += (unsigned char)t->text[t->verdict[i].span_off + j];
    for (size_t i = 0; i < t->n_measure; i++)
        *sum += (unsigned)strlen(t->measure[i].measure);
    return DC_OK;
}

/* Read everything there is; the first failure. */
static enum dc_status read_all(struct dc_store *s, struct dc_err *err)
{
    struct dc_threshold_row th;
    struct dc_kv *kv = NULL;
    struct dc_arena a;
    unsigned sum = 0;
    bool found = false;
    size_t n = 0;
    enum dc_status st;

    dc_arena_init(&a);
    st = dc_store_config_read(s, &a, &kv, &n, err);
    if (!st)
        st = dc_store_each_prompt(s, prompt_nop, NULL, err);
    if (!st)
        st = dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                                 trace_sum, &sum, err);
    if (!st)
        st = dc_store_each_decision(s, -1, decision_nop, NULL, err);
    if (!st)
        st = dc_store_each_segment(s, segment_nop, NULL, err);
    if (!st)
        st = dc_store_threshold_get(s, &a, &th, &found, err);
    dc_arena_release(&a);
    return st;
}

static void test_tampered_rows_are_named(void **state)
{
    static const char *const row[][3] = {
        /* what is done, the row named, the column named */
        {"UPDATE trace SET tok_conf = zeroblob(11) WHERE idx = 1",
         "trace 1 of prompt 0", "tok_conf"},
        {"UPDATE trace SET tok_id = x'' WHERE idx = 2", "trace 2 of prompt 0",
         "tok_id"},
        {"UPDATE trace SET n_tok = 4 WHERE idx = 0", "trace 0 of prompt 0",
         "tok_id"},
        {"UPDATE trace SET n_tok = 1 << 40", "trace 0 of prompt 0", "n_tok"},
        {"UPDATE prompt SET n_tok = 9223372036854775807", "prompt 0", "n_tok"},
        {"UPDATE prompt SET n_tok = 1 << 31", "prompt 0", "n_tok"},
        {"UPDATE segment SET n_slots = 1 << 62", "segment 1", "n_slots"},
        {"UPDATE segment SET started = '9223372036854775807'", "segment 1",
         "is no time"},
        {"UPDATE segment SET started = '2026-9223372036854775807-01'",
         "segment 1", "is no time"},
        {"UPDATE segment SET started = '2026-13-01T00:00:00Z'", "segment 1",
         "is no time"},
        {"UPDATE segment SET started = ''", "segment 1", "is no time"},
        {"UPDATE decision SET n_trace = n_trace + (1 << 40),"
         " n_undetermined = n_undetermined + (1 << 40)",
         "decision of prompt 0", "n_trace"},
        {"UPDATE trace SET n_tok = -1", "trace 0 of prompt 0", "n_tok"},
        {"UPDATE trace SET k = 0", "trace 0 of prompt 0", "k"},
        {"UPDATE trace SET finish = 'stop '", "trace 0 of prompt 0", "finish"},
        {"UPDATE trace SET answer_off = 99", "trace 0 of prompt 0",
         "answer_off"},
        {"UPDATE trace SET text = CAST(x'80' AS TEXT)", "trace 0 of prompt 0",
         "text"},
        {"UPDATE trace SET text = CAST(x'410042' AS TEXT)",
         "trace 0 of prompt 0", "text"},
        {"UPDATE verdict SET verdict = 'yes'", "verdict of trace 0 of prompt 0",
         "verdict"},
        {"UPDATE verdict SET span_len = 9223372036854775807",
         "verdict of trace 0 of prompt 0", "span_len"},
        {"UPDATE verdict SET span_off = 20, span_len = 5",
         "verdict of trace 0 of prompt 0", "span_len"},
        {"UPDATE verdict SET span_off = -5", "verdict of trace 0 of prompt 0",
         "span_off"},
        {"UPDATE trace SET text = '', answer_off = 0",
         "verdict of trace 0 of prompt 0", "span_len"},
        {"UPDATE measure SET measure = CAST(x'ff' AS TEXT) WHERE trace = 1 "
         "AND measure = 'mean'",
         "measure of trace 0 of prompt 0", "measure"},
        {"UPDATE prompt SET gold = 'unsafe' WHERE ord = 1", "prompt 1", "gold"},
        {"UPDATE prompt SET text = CAST(x'ff' AS TEXT)", "prompt 0", "text"},
        {"UPDATE prompt SET ord = -7 WHERE ord = 1", "prompt 0", "ord"},
        {"UPDATE decision SET decision = 'partial'", "decision of prompt 0",
         "decision"},
        {"UPDATE decision SET n_refusal = 2", "decision of prompt 0",
         "n_undetermined"},
        {"UPDATE decision SET n_trace = -1", "decision of prompt 0", "n_trace"},
        {"UPDATE config SET binding = 2 WHERE ord = 1", "row 1 of config",
         "binding"},
        {"UPDATE config SET value = CAST(x'00' AS TEXT) WHERE ord = 0",
         "row 0 of config", "value"},
        {"ALTER TABLE segment RENAME TO g; CREATE TABLE segment AS SELECT id, "
         "7 AS started, version, library, host, n_slots, n_threads, wall_ms, "
         "decode_ms, prefill_ms FROM g",
         "segment 1", "started"},
        {"ALTER TABLE segment RENAME TO g; CREATE TABLE segment AS SELECT id, "
         "started, version, library, host, n_slots, n_threads, 'long' AS "
         "wall_ms, decode_ms, prefill_ms FROM g",
         "segment 1", "wall_ms"},
        {"ALTER TABLE threshold RENAME TO t; CREATE TABLE threshold AS SELECT "
         "id, policy, measure, NULL AS q, value, n_prompt, n_trace FROM t",
         "threshold", "q"},
        {"DROP TABLE threshold", "threshold", "no such table"},
        {"ALTER TABLE prompt RENAME COLUMN label TO lable", "label",
         "no such column"},
    };
    struct dc_store *s = NULL;
    size_t n = 0;
    char *whole;

    (void)state;
    fx_make_run(fx_path);
    whole = fx_read_file(fx_path, &n);
    s = fx_open_ro(fx_path);
    fx_ok(read_all(s, &fx_err));
    dc_store_close(s);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        fx_write_file(fx_path, whole, n);
        fx_tamper(fx_path, row[i][0]);
        s = fx_open_ro(fx_path);
        fx_fails(read_all(s, &fx_err), DC_STORE, fx_path, row[i][1], row[i][2]);
        dc_store_close(s);
    }
    free(whole);
}

static void test_too_many_rows_for_one_trace(void **state)
{
    struct dc_store *s;

    (void)state;
    fx_make_run(fx_path);
    fx_tamper(fx_path,
              "WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM "
              "c WHERE i < 5000) INSERT INTO measure SELECT 1, 'm' || i, 0.5 "
              "FROM c");
    s = fx_open_ro(fx_path);
    fx_fails(read_all(s, &fx_err), DC_STORE, "trace 0 of prompt 0",
             "more than 4096 measures");
    dc_store_close(s);
}

/* Whatever bytes are changed: an answer or an error, never more than that. */
static void test_flipped_bytes(void **state)
{
    uint64_t x = 0x9e3779b97f4a7c15u;
    int n_ok = 0, n_bad = 0;
    size_t n = 0;
    char *whole, *copy;

    (void)state;
    fx_make_run(fx_path);
    whole = fx_read_file(fx_path, &n);
    copy = dc_xmalloc(n);
    for (int round = 0; round < 400; round++) {
        struct dc_store *s = NULL;
        enum dc_status st;

        memcpy(copy, whole, n);
        for (int i = 0; i < 1 + round % 20; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            copy[(x >> 33) % n] = (char)(x >> 25);
        }
        fx_write_file(fx_path, copy, n);
        st = dc_store_open_ro(fx_path, &s, &fx_err);
        if (!st)
            st = read_all(s, &fx_err);
        dc_store_close(s);
        assert_true(st == DC_OK || st == DC_STORE || st == DC_GATE);
        *(st ? &n_bad : &n_ok) += 1;
    }
    assert_true(n_ok > 20 && n_bad > 20);
    free(copy);
    free(whole);
}

/* ---- other file systems ---- */

static void test_read_only_folder(void **state)
{
    bool mounted = fx_mount_tmpfs("4m");
    struct dc_store *s = NULL;
    char path[400];

    (void)state;
    fx_make_run(fx_path);
    if (!fx_make_read_only(mounted))
        skip();
    s = fx_open_ro(fx_path);
    fx_ok(read_all(s, &fx_err));
    assert_int_equal(fx_n_traces(s), 3);
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_IO, fx_path,
             "can't be written", "in another folder");
    snprintf(path, sizeof(path), "%s/new.db", fx_dir);
    fx_fails(dc_store_open_rw(path, &s, &fx_err), DC_IO, path,
             "can't be written");
    assert_string_equal(fx_names(), "run.db ");
}

/* As another tool leaves it: only `immutable` can read that here. */
static void test_read_only_folder_wal_noted(void **state)
{
    bool mounted = fx_mount_tmpfs("4m");
    struct dc_store *s = NULL;

    (void)state;
    fx_make_run(fx_path);
    fx_tamper(fx_path, "PRAGMA journal_mode = WAL; DELETE FROM decision");
    assert_string_equal(fx_names(), "run.db ");
    if (!fx_make_read_only(mounted))
        skip();
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 3);
    dc_store_close(s);
}

static void hold_uncommitted(const char *path)
{
    struct dc_store *s = NULL;

    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    fx_child_ok(fx_try_trace(s, 1, 0), 11);
    fx_child_ok(dc_store_begin(s, &fx_err), 12);
    fx_child_ok(fx_try_trace(s, 1, 1), 13);
}

/* A killed run on a medium that became read-only: its -wal is read. */
static void test_read_only_folder_after_kill(void **state)
{
    bool mounted = fx_mount_tmpfs("4m");
    struct dc_store *s = NULL;
    struct fx_child c;

    (void)state;
    fx_make_run(fx_path);
    c = fx_spawn(hold_uncommitted);
    fx_kill(&c);
    if (!fx_make_read_only(mounted))
        skip();
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 4);
    dc_store_close(s);
    assert_string_equal(fx_names(),
                        "run.db run.db-lock run.db-shm run.db-wal ");
}

static void test_read_only_file(void **state)
{
    struct dc_store *s = NULL;

    (void)state;
    fx_make_run(fx_path);
    if (geteuid() == 0) {
        print_message("SKIP: permission bits do not bind root\n");
        skip();
    }
    assert_int_equal(chmod(fx_path, 0444), 0);
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_IO, fx_path,
             "the file is read-only");
    s = fx_open_ro(fx_path);
    dc_store_close(s);
    assert_int_equal(chmod(fx_path, 0), 0);
    fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_IO, fx_path);
}

/* ---- full disks ---- */

/* Batches of two traces with 20 kB of text, until one fails. */
static enum dc_status fill_up(struct dc_store *s, int *n_committed)
{
    static char text[20001];
    enum dc_status st = DC_OK;

    memset(text, 'x', sizeof(text) - 1);
    for (int64_t i = *n_committed; !st && i < 100000; i += 2) {
        struct dc_trace_row t = fx_trace(1, i);
        t.text = text;
        st = dc_store_begin(s, &fx_err);
        if (st)
            return st;
        st = dc_store_trace_add(s, &t, &fx_err);
        t.idx++;
        if (!st)
            st = dc_store_trace_add(s, &t, &fx_err);
        if (!st)
            st = dc_store_commit(s, &fx_err);
        if (!st)
            *n_committed += 2;
        else
            dc_store_rollback(s);
    }
    return st;
}

#define KEPT "What was committed is kept"
#define AGAIN "make space and run the same command again"

static void test_full_disk(void **state)
{
    struct dc_store *s = NULL;
    int n = 0, before;

    (void)state;
    if (!fx_mount_tmpfs("1m"))
        skip();
    fx_make_run(fx_path);
    s = fx_open_rw(fx_path);
    fx_fails(fill_up(s, &n), DC_IO, fx_path, "disk is full", KEPT, AGAIN);
    assert_true(n >= 4);
    fx_fails(fill_up(s, &n), DC_IO, KEPT); /* still full, still well */
    before = n;
    assert_int_equal(fx_n_traces(s), 3 + n);
    dc_store_close(s);

    s = fx_open_ro(fx_path); /* it can be read while the disk is full */
    assert_int_equal(fx_n_traces(s), 3 + n);
    dc_store_close(s);
#ifdef __linux__
    assert_int_equal(mount("tmpfs", fx_dir, "tmpfs", MS_REMOUNT, "size=3m"), 0);
#endif
    s = fx_open_rw(fx_path);
    assert_int_equal(fx_n_traces(s), 3 + n);
    fx_fails(fill_up(s, &n), DC_IO, KEPT);
    assert_true(n > before);
    dc_store_close(s);
}

static void test_new_run_on_full_disk(void **state)
{
    struct dc_store *s = NULL;
    static char block[1 << 16];
    char path[400];
    FILE *f;

    (void)state;
    if (!fx_mount_tmpfs("256k"))
        skip();
    snprintf(path, sizeof(path), "%s/filler", fx_dir);
    f = fopen(path, "wb");
    assert_non_null(f);
    setvbuf(f, NULL, _IONBF, 0);
    while (fwrite(block, 1, sizeof(block), f) == sizeof(block))
        ;
    fclose(f);
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_IO, fx_path, "full",
             AGAIN);
    assert_int_equal(remove(path), 0);
    fx_make_run(fx_path); /* the same command, with space */
}

/* In a child: write under a limit of 200 kB for any one file. */
static void fill_limited(const char *path)
{
    struct rlimit lim = {200000, 200000};
    struct dc_store *s = NULL;
    int n = 0;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
        _exit(9);
    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    if (fill_up(s, &n) != DC_IO)
        _exit(11);
    if (!strstr(fx_err.msg, KEPT) || !strstr(fx_err.msg, AGAIN) || n < 4)
        _exit(12);
    dc_store_close(s);
    _exit(n);
}

static void test_file_size_limit(void **state)
{
    struct dc_store *s;
    int status = 0, n;
    pid_t pid;

    (void)state;
    fx_make_run(fx_path);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        fill_limited(fx_path);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    n = WEXITSTATUS(status);
    assert_true(n >= 4 && n != 9 && n != 11 && n % 2 == 0 && n < 200);
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 3 + n);
    dc_store_close(s);
    s = fx_open_rw(fx_path);
    assert_int_equal(fx_n_traces(s), 3 + n);
    fx_ok(fx_try_trace(s, 1, n));
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)
#define M(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_unmount_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_text_file),
        T(test_database_of_another_program),
        T(test_newer_schema),
        T(test_folder_and_device),
        T(test_path_that_leads_nowhere),
        T(test_reading_what_is_not_there),
        T(test_empty_file_is_fresh),
        T(test_truncated),
        T(test_tampered_rows_are_named),
        T(test_too_many_rows_for_one_trace),
        T(test_flipped_bytes),
        M(test_read_only_folder),
        M(test_read_only_folder_wal_noted),
        M(test_read_only_folder_after_kill),
        T(test_read_only_file),
        M(test_full_disk),
        M(test_new_run_on_full_disk),
        T(test_file_size_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
