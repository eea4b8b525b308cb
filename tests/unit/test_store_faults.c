/*
 * test_store_faults.c - a kill, a full disk or a read error at each single call
 * that opening, writing, mending and closing make: the file opens afterwards,
 * what was committed is there, and what went wrong was said.
 */
#include "store/store_priv.h"
#include "store_fixture.h"
#include "store_vfs.h"

/* Under a sanitizer, where all is slower, every third call. */
#ifdef __SANITIZE_ADDRESS__
enum { MAX_CALLS = 400, STRIDE = 3 };
#else
enum { MAX_CALLS = 400, STRIDE = 1 };
#endif

/* ---- what is done, in a child of its own ---- */

enum { COMMITTED = 1, CLOSED = 2 };

static void check_failed(enum dc_status st)
{
    if ((st != DC_IO && st != DC_STORE) || !fx_err.msg[0])
        _exit(90);
}

/* Opens, adds trace 0 of prompt 1 (and what comes before it), and closes. */
static int write_one(const char *path)
{
    struct dc_segment_row g = fx_segment();
    struct dc_prompt_row p = fx_prompt(0, "p0"), q = fx_prompt(1, "p1");
    struct dc_kv kv = {"seed", "1", true};
    struct dc_store *s = NULL;
    int64_t id = 0;
    bool fresh = false;
    int said = 0;
    enum dc_status st = dc_store_open_rw(path, &s, &fx_err);

    if (st) {
        check_failed(st);
        return 0;
    }
    st = dc_store_begin(s, &fx_err);
    if (!st)
        st = dc_store_is_fresh(s, &fresh, &fx_err);
    if (!st && fresh)
        st = dc_store_config_write(s, &kv, 1, &fx_err);
    if (!st && fresh)
        st = dc_store_segment_add(s, &g, &id, &fx_err);
    if (!st && fresh)
        st = dc_store_prompt_add(s, &p, &fx_err);
    if (!st && fresh)
        st = dc_store_prompt_add(s, &q, &fx_err);
    if (!st)
        st = fx_try_trace(s, 1, 0);
    if (!st)
        st = dc_store_commit(s, &fx_err);
    said |= st ? 0 : COMMITTED;
    if (st) {
        check_failed(st);
        if (dc_db_depth(s->db) > 0)
            dc_store_rollback(s);
    }
    st = dc_store_end(s, st, &fx_err);
    if (st)
        check_failed(st);
    return said | (st ? 0 : CLOSED);
}

static int read_one(const char *path)
{
    struct dc_store *s = NULL;
    enum dc_status st = dc_store_open_ro(path, &s, &fx_err);
    int64_t n = 0;

    if (!st)
        st = dc_store_count_traces(s, &n, &fx_err);
    dc_store_close(s);
    if (st)
        check_failed(st);
    return st ? 0 : CLOSED;
}

struct trial {
    int (*work)(const char *path);
    enum vfs_fault fault;
    int error;
    void (*put)(void); /* the state before it; NULL: nothing is there */
    int n;             /* traces in that */
};

/* In a child. *said as of the work; false: it was killed. */
static bool try_at(const struct trial *t, int at, int *said, bool *reached)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        vfs_install();
        vfs.fault = t->fault;
        vfs.at = at;
        vfs.error = t->error;
        int n = t->work(fx_path);
        int done = t->fault == VFS_READ_ON ? vfs.n_rd : vfs.n;
        _exit(n | (done >= at ? 8 : 0));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *reached = true;
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL); /* no abort */
        return false;
    }
    assert_true(WEXITSTATUS(status) < 16); /* 90: no reason was given */
    *said = WEXITSTATUS(status) & 7;
    *reached = WEXITSTATUS(status) & 8;
    return true;
}

static void is_sound(void)
{
    sqlite3 *h = NULL;
    sqlite3_stmt *q = NULL;

    assert_int_equal(sqlite3_open(fx_path, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(h, "PRAGMA integrity_check", -1, &q, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
    sqlite3_finalize(q);
    sqlite3_close(h);
}

/* Traces that are read; -1: it holds no run yet. */
static int n_now(void)
{
    struct dc_store *s = NULL;
    enum dc_status st = dc_store_open_ro(fx_path, &s, &fx_err);
    int n;

    if (st && strstr(fx_err.msg, "no run yet"))
        return -1;
    if (st && strstr(fx_err.msg, "no such file"))
        return -1;
    fx_ok(st);
    n = fx_n_traces(s);
    dc_store_close(s);
    return n;
}

/* The fault at every call; what is left is as it should be each time. */
static void try_everywhere(const struct trial *t)
{
    bool reached = true;
    int at = 1, said = 0;

    for (; reached; at += STRIDE) {
        bool killed;
        int n;

        assert_true(at < MAX_CALLS);
        for (int i = 0; i < 5; i++)
            remove(fx_beside(
                (const char *[]){"", "-wal", "-shm", "-journal", "-lock"}[i]));
        if (t->put)
            t->put();
        killed = !try_at(t, at, &said, &reached);
        if (!killed && (said & CLOSED) && t->work == write_one)
            assert_string_equal(fx_names(), "run.db "); /* as it said */
        n = n_now();
        if (!killed && (said & COMMITTED))
            assert_int_equal(n, t->n + 1);
        else
            assert_true(n == -1 ? t->n == 0 : n == t->n || n == t->n + 1);
        if (n < t->n + 1 && t->work == write_one) /* the same again */
            assert_int_equal(write_one(fx_path), COMMITTED | CLOSED);
        assert_true(n_now() >= t->n);
        is_sound();
        assert_string_equal(fx_names(), "run.db ");
    }
    print_message("%d calls\n", at - 1 - STRIDE);
    assert_true(at > 3);
}

/* ---- states to begin with ---- */

static void put_closed(void)
{
    fx_make_run(fx_path);
}

static void hold_log(const char *path)
{
    struct dc_store *s = NULL;

    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    fx_child_ok(fx_try_trace(s, 0, 3), 11);
}

static void put_log(void)
{
    struct fx_child c;

    fx_make_run(fx_path);
    c = fx_spawn(hold_log);
    fx_kill(&c);
}

static void hold_change(const char *path)
{
    sqlite3 *h = NULL;

    if (sqlite3_open(path, &h) != SQLITE_OK ||
        sqlite3_exec(h,
                     "PRAGMA cache_size = 1; BEGIN; DELETE FROM verdict;"
                     "DELETE FROM measure; DELETE FROM trace",
                     NULL, NULL, NULL) != SQLITE_OK)
        _exit(10);
}

static void put_journal(void)
{
    struct fx_child c;

    fx_make_run(fx_path);
    c = fx_spawn(hold_change);
    fx_kill(&c);
}

/* ---- tests ---- */

static void test_killed_at_each_call(void **state)
{
    static const struct trial t[] = {
        {write_one, VFS_KILL, 0, NULL, 0},
        {write_one, VFS_KILL, 0, put_closed, 3},
        {write_one, VFS_KILL, 0, put_log, 4},
        {write_one, VFS_KILL, 0, put_journal, 3},
        {read_one, VFS_KILL, 0, put_log, 4},
        {read_one, VFS_KILL, 0, put_journal, 3},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(t); i++)
        try_everywhere(&t[i]);
}

static void test_failing_at_each_call(void **state)
{
    static const struct trial t[] = {
        {write_one, VFS_FAIL_ONCE, EIO, NULL, 0},
        {write_one, VFS_FAIL_ONCE, EIO, put_closed, 3},
        {write_one, VFS_FAIL_ONCE, ENOSPC, put_log, 4},
        {read_one, VFS_FAIL_ONCE, EIO, put_log, 4},
        {write_one, VFS_FAIL_ON, ENOSPC, NULL, 0},
        {write_one, VFS_FAIL_ON, ENOSPC, put_closed, 3},
        {write_one, VFS_FAIL_ON, EIO, put_log, 4},
        {read_one, VFS_FAIL_ON, ENOSPC, put_log, 4},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(t); i++)
        try_everywhere(&t[i]);
}

static void test_reads_that_fail(void **state)
{
    static const struct trial t[] = {
        {write_one, VFS_READ_ON, EIO, put_closed, 3},
        {write_one, VFS_READ_ON, EIO, put_log, 4},
        {read_one, VFS_READ_ON, EIO, put_log, 4},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(t); i++)
        try_everywhere(&t[i]);
}

/* In a child: without shared memory everything goes as it does with it. */
static void work_without_shm(const char *path)
{
    struct dc_store *s = NULL;

    vfs_install();
    vfs.no_shm = true;
    if (write_one(path) != (COMMITTED | CLOSED))
        _exit(20);
    if (read_one(path) != CLOSED)
        _exit(21);
    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 22);
    if (read_one(path) != CLOSED) /* beside a writer */
        _exit(23);
    fx_child_ok(fx_try_trace(s, 0, 9), 24);
    fx_child_ok(dc_store_end(s, DC_OK, &fx_err), 25);
}

static void test_no_shared_memory(void **state)
{
    static void (*const put[])(void) = {NULL, put_closed, put_log, put_journal};
    static const int n[] = {2, 5, 6, 5};

    (void)state;
    for (size_t i = 0; i < DC_COUNT(put); i++) {
        struct fx_child c;

        remove(fx_path);
        if (put[i])
            put[i]();
        c = fx_spawn(work_without_shm);
        assert_string_equal(fx_names(), "run.db ");
        fx_kill(&c);
        assert_int_equal(n_now(), n[i]);
        is_sound();
    }
}

/* In a child: says what is missing, and does not wait for anybody. */
static void work_without_locks(const char *path)
{
    struct dc_store *s = NULL;

    vfs_install();
    vfs.no_locks = true;
    if (dc_store_open_rw(fx_beside(".new"), &s, &fx_err) != DC_IO)
        _exit(19);
    if (dc_store_open_rw(path, &s, &fx_err) != DC_IO)
        _exit(20);
    if (!strstr(fx_err.msg, "no file locks"))
        _exit(21);
    if (dc_store_open_ro(path, &s, &fx_err) != DC_IO)
        _exit(22);
    if (!strstr(fx_err.msg, "no file locks"))
        _exit(23);
}

static void test_no_locks(void **state)
{
    struct fx_child c;

    (void)state;
    put_closed();
    c = fx_spawn(work_without_locks);
    fx_kill(&c);
    assert_string_equal(fx_names(), "run.db "); /* no empty one is left */
    assert_int_equal(n_now(), 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_killed_at_each_call),
        T(test_failing_at_each_call),
        T(test_reads_that_fail),
        T(test_no_shared_memory),
        T(test_no_locks),
    };

    /* thousands of commits: in memory, if there is such a place */
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
