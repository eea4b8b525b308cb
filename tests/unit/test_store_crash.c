/*
 * test_store_crash.c - one writer, readers beside it, and kill -9 at any
 * moment: what was committed is there, and nothing else.
 */
#include "store/store_priv.h"
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/file.h>

/* ---- what children do ---- */

static void child_begin_run(struct dc_store *s)
{
    struct dc_segment_row g = fx_segment();
    struct dc_prompt_row p = fx_prompt(0, "p0");
    int64_t id = 0;

    fx_child_ok(dc_store_segment_add(s, &g, &id, &fx_err), 11);
    fx_child_ok(dc_store_prompt_add(s, &p, &fx_err), 12);
}

static void hold_empty(const char *path)
{
    struct dc_store *s = NULL;

    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
}

/* Two traces committed, a third only written. */
static void hold_uncommitted(const char *path)
{
    struct dc_store *s = NULL;

    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    child_begin_run(s);
    fx_child_ok(dc_store_begin(s, &fx_err), 13);
    fx_child_ok(fx_try_trace(s, 0, 0), 14);
    fx_child_ok(fx_try_trace(s, 0, 1), 15);
    fx_child_ok(dc_store_commit(s, &fx_err), 16);
    fx_child_ok(dc_store_begin(s, &fx_err), 17);
    fx_child_ok(fx_try_trace(s, 0, 2), 18);
}

/* An uncommitted batch so large that it spills into the -wal file. */
static void hold_spilled(const char *path)
{
    static char text[1 << 20];
    struct dc_trace_row t = fx_trace(0, 0);
    struct dc_store *s = NULL;

    memset(text, 'x', sizeof(text) - 1);
    t.text = text;
    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    child_begin_run(s);
    fx_child_ok(dc_store_begin(s, &fx_err), 13);
    for (t.idx = 0; t.idx < 8; t.idx++)
        fx_child_ok(dc_store_trace_add(s, &t, &fx_err), 14);
}

/* Commits traces as fast as it can, until it is killed. */
static void write_for_ever(const char *path, int says)
{
    struct dc_store *s = NULL;

    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    if (fx_n_traces(s) == 0)
        child_begin_run(s);
    for (int64_t i = fx_n_traces(s);; i++) {
        fx_child_ok(dc_store_begin(s, &fx_err), 13);
        fx_child_ok(fx_try_trace(s, 0, 2 * i), 14);
        fx_child_ok(fx_try_trace(s, 0, 2 * i + 1), 15);
        fx_child_ok(dc_store_commit(s, &fx_err), 16);
        if (write(says, "c", 1) != 1)
            _exit(17);
    }
}

/* ---- one writer ---- */

static void test_second_writer_is_refused_with_pid(void **state)
{
    struct fx_child c = fx_spawn(hold_uncommitted);
    struct dc_store *s = NULL;
    char pid[48];

    (void)state;
    snprintf(pid, sizeof(pid), "process %ld is writing", (long)c.pid);
    for (int i = 0; i < 3; i++)
        fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE, fx_path, pid,
                 "wait until it has ended, or stop it");
    assert_null(s);
    fx_kill(&c);
    assert_int_equal(access(fx_beside("-lock"), F_OK), 0); /* left behind */
    s = fx_open_rw(fx_path);                               /* and no obstacle */
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
}

static void test_writer_in_same_process_is_refused(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path), *t = NULL;
    char link[400], pid[48];

    (void)state;
    snprintf(pid, sizeof(pid), "process %ld is", (long)getpid());
    fx_fails(dc_store_open_rw(fx_path, &t, &fx_err), DC_STORE, pid);
    /* also by another name */
    snprintf(link, sizeof(link), "%s/link.db", fx_dir);
    assert_int_equal(symlink("run.db", link), 0);
    fx_fails(dc_store_open_rw(link, &t, &fx_err), DC_STORE, link, pid);
    snprintf(link, sizeof(link), "%s/./run.db", fx_dir);
    fx_fails(dc_store_open_rw(link, &t, &fx_err), DC_STORE, pid);
    dc_store_close(s);
    assert_string_equal(fx_names(), "link.db run.db ");
}

static void test_lock_file_has_pid_and_goes(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);
    char want[32], *text;
    size_t n = 0;

    (void)state;
    snprintf(want, sizeof(want), "%ld\n", (long)getpid());
    text = fx_read_file(fx_beside("-lock"), &n);
    assert_string_equal(text, want);
    free(text);
    assert_string_equal(fx_names(),
                        "run.db run.db-lock run.db-shm run.db-wal ");
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
}

static void test_stale_lock_file_does_not_block(void **state)
{
    (void)state;
    fx_write_file(fx_beside("-lock"), "1\n",
                  2); /* pid 1 lives, but holds it not */
    dc_store_close(fx_open_rw(fx_path));
    assert_string_equal(fx_names(), "run.db ");
    fx_write_file(fx_beside("-lock"), "12\0\0", 4); /* a power cut tore it */
    dc_store_close(fx_open_rw(fx_path));
    assert_string_equal(fx_names(), "run.db ");
}

static void test_a_users_own_file_of_that_name_is_kept(void **state)
{
    struct dc_store *s = NULL;

    (void)state;
    fx_write_file(fx_beside("-lock"), "no pid at all", 13);
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE,
             "a file that deepconf did not make");
    assert_string_equal(fx_names(), "run.db-lock ");
    remove(fx_beside("-lock"));
}

static void test_lock_without_pid_is_refused_all_the_same(void **state)
{
    struct dc_store *s = NULL;
    int fd = open(fx_beside("-lock"), O_RDWR | O_CREAT, 0666);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, 2 | 4), 0); /* LOCK_EX | LOCK_NB */
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE,
             "another process is writing");
    close(fd);
    assert_string_equal(fx_names(), "run.db-lock ");
    remove(fx_beside("-lock"));
}

/* As a sqlite3 shell in a transaction of its own. */
static void test_another_program_keeps_it_locked(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);
    sqlite3 *h = NULL;

    (void)state;
    fx_begin_run(s, 1);
    fx_ok(dc_db_exec(s->db, "PRAGMA busy_timeout = 1", &fx_err));
    assert_int_equal(sqlite3_open(fx_path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    fx_fails(dc_store_begin(s, &fx_err), DC_STORE, fx_path,
             "another program keeps the file locked");
    assert_int_equal(sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    fx_ok(fx_try_trace(s, 0, 0));
    sqlite3_close(h);
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
}

/* ---- kill -9 ---- */

static void test_killed_in_transaction(void **state)
{
    struct fx_child c = fx_spawn(hold_uncommitted);
    struct dc_store *s;

    (void)state;
    fx_kill(&c);
    s = fx_open_ro(fx_path); /* before anybody repaired it */
    assert_int_equal(fx_n_traces(s), 2);
    dc_store_close(s);
    s = fx_open_rw(fx_path);
    assert_int_equal(fx_n_traces(s), 2);
    fx_ok(fx_try_trace(s, 0, 2)); /* it goes on where it ended */
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 3);
    dc_store_close(s);
}

static void test_killed_with_batch_spilled_to_disk(void **state)
{
    struct fx_child c = fx_spawn(hold_spilled);
    struct dc_store *s;
    struct stat sb;

    (void)state;
    assert_int_equal(stat(fx_beside("-wal"), &sb), 0);
    assert_true(sb.st_size > 1 << 20); /* the case is the one meant */
    fx_kill(&c);
    s = fx_open_rw(fx_path);
    assert_int_equal(fx_n_traces(s), 0);
    dc_store_close(s);
}

static void test_killed_right_after_opening(void **state)
{
    struct fx_child c = fx_spawn(hold_empty);
    struct dc_store *s;
    bool fresh = false;

    (void)state;
    fx_kill(&c);
    s = fx_open_ro(fx_path);
    fx_ok(dc_store_is_fresh(s, &fresh, &fx_err));
    assert_true(fresh);
    dc_store_close(s);
    fx_make_run(fx_path);
}

/*
 * Kill a busy writer after it reported some number of commits: at least those
 * are there, always whole batches of two, and the next one continues.
 */
static void test_killed_while_busy(void **state)
{
    int least = 0;

    (void)state;
    for (int round = 0; round < 12; round++) {
        struct dc_store *s;
        int fd[2], status = 0, n;
        char byte;

        assert_int_equal(pipe(fd), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            close(fd[0]);
            write_for_ever(fx_path, fd[1]);
        }
        close(fd[1]);
        for (int i = 0; i < 1 + round; i++, least += 2)
            assert_int_equal(read(fd[0], &byte, 1), 1);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        while (read(fd[0], &byte, 1) == 1)
            least += 2; /* reported before it died */
        close(fd[0]);
        s = round % 2 ? fx_open_ro(fx_path) : fx_open_rw(fx_path);
        n = fx_n_traces(s);
        dc_store_close(s);
        assert_true(n >= least && n <= least + 2);
        assert_int_equal(n % 2, 0);
        least = n;
    }
}

/* ---- readers ---- */

static void test_reader_beside_a_writer(void **state)
{
    struct fx_child c = fx_spawn(hold_uncommitted);
    char before[256];
    struct dc_store *s;

    (void)state;
    snprintf(before, sizeof(before), "%s", fx_names());
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 2); /* not the third */
    assert_string_equal(fx_names(), before);
    dc_store_close(s);
    assert_string_equal(fx_names(), before);
    fx_kill(&c);
}

/* Reads while another process commits: never half a batch, never less. */
static void test_reader_while_commits_go_on(void **state)
{
    struct dc_store *s;
    int fd[2], n, last = 0, grown = 0;
    char byte;

    (void)state;
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fd[0]);
        write_for_ever(fx_path, fd[1]);
    }
    close(fd[1]);
    assert_int_equal(read(fd[0], &byte, 1), 1);
    s = fx_open_ro(fx_path);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(read(fd[0], &byte, 1), 1);
        n = fx_n_traces(s);
        assert_true(n >= last && n % 2 == 0);
        grown += n > last;
        last = n;
    }
    assert_true(grown > 5);
    dc_store_close(s);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fd[0]);
}

/* A transaction of a reader is a snapshot. */
static void test_reader_snapshot(void **state)
{
    struct dc_store *w, *r;

    (void)state;
    fx_make_run(fx_path);
    w = fx_open_rw(fx_path);
    r = fx_open_ro(fx_path);
    fx_ok(dc_store_begin(r, &fx_err));
    assert_int_equal(fx_n_traces(r), 3);
    fx_ok(fx_try_trace(w, 1, 0));
    assert_int_equal(fx_n_traces(r), 3);
    fx_ok(dc_store_commit(r, &fx_err));
    assert_int_equal(fx_n_traces(r), 4);

    fx_ok(dc_store_begin(r, &fx_err));
    assert_int_equal(fx_n_traces(r), 4);
    dc_store_close(w); /* with a reader in the way: the -wal stays */
    assert_int_equal(fx_n_traces(r), 4);
    dc_store_close(r);
    r = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(r), 4);
    dc_store_close(r);
    dc_store_close(fx_open_rw(fx_path)); /* tidies up */
    assert_string_equal(fx_names(), "run.db ");
}

/* Nothing is created, nothing is changed, not even a time. */
static void test_reader_leaves_closed_file_alone(void **state)
{
    struct stat a, b;
    struct dc_store *s;

    (void)state;
    fx_make_run(fx_path);
    assert_int_equal(stat(fx_path, &a), 0);
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 3);
    assert_string_equal(fx_names(), "run.db ");
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
    assert_int_equal(stat(fx_path, &b), 0);
    assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
    assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
    assert_int_equal(a.st_size, b.st_size);
}

/* As other tools leave it: write-ahead mode noted, but no -wal beside it. */
static void test_reader_of_wal_file_without_wal(void **state)
{
    struct dc_store *s;

    (void)state;
    fx_make_run(fx_path);
    fx_tamper(fx_path, "PRAGMA journal_mode = WAL; DELETE FROM decision");
    assert_string_equal(fx_names(), "run.db ");
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 3);
    assert_string_equal(fx_names(), "run.db ");
    dc_store_close(s);
    assert_string_equal(fx_names(), "run.db ");
    dc_store_close(fx_open_rw(fx_path));
    assert_string_equal(fx_names(), "run.db ");
}

/* As after a power cut: what was in shared memory is gone. */
static void test_reader_after_kill_with_empty_shm(void **state)
{
    struct fx_child c = fx_spawn(hold_uncommitted);
    struct dc_store *s = NULL;

    (void)state;
    fx_kill(&c);
    assert_int_equal(truncate(fx_beside("-shm"), 0), 0);
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 2);
    assert_string_equal(fx_names(), "run.db "); /* the reader mended it */
    dc_store_close(s);
}

static void test_reader_after_kill_without_shm(void **state)
{
    struct fx_child c = fx_spawn(hold_uncommitted);
    struct dc_store *s = NULL;

    (void)state;
    fx_kill(&c);
    assert_int_equal(remove(fx_beside("-shm")), 0);
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 2);
    assert_string_equal(fx_names(), "run.db ");
    dc_store_close(s);
}

/* A path with characters that mean something in a URI. */
static void test_odd_path(void **state)
{
    char path[400], real[400];
    struct dc_store *s;

    (void)state;
    snprintf(real, sizeof(real), "%s/a?b#c%%20 d&mode=memory'\xc3\xa9.db",
             fx_dir);
    fx_make_run(real);
    s = fx_open_ro(real);
    assert_int_equal(fx_n_traces(s), 3);
    dc_store_close(s);
    assert_non_null(strstr(fx_names(), "mode=memory'"));
    /* and one that SQLite itself gives a meaning to, relative to a folder */
    assert_non_null(getcwd(path, sizeof(path)));
    assert_int_equal(chdir(fx_dir), 0);
    fx_make_run(":memory:");
    assert_int_equal(access(":memory:", F_OK), 0);
    fx_make_run("file:x.db");
    assert_int_equal(access("file:x.db", F_OK), 0);
    assert_int_equal(chdir(path), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_second_writer_is_refused_with_pid),
        T(test_writer_in_same_process_is_refused),
        T(test_lock_file_has_pid_and_goes),
        T(test_stale_lock_file_does_not_block),
        T(test_a_users_own_file_of_that_name_is_kept),
        T(test_lock_without_pid_is_refused_all_the_same),
        T(test_another_program_keeps_it_locked),
        T(test_killed_in_transaction),
        T(test_killed_with_batch_spilled_to_disk),
        T(test_killed_right_after_opening),
        T(test_killed_while_busy),
        T(test_reader_beside_a_writer),
        T(test_reader_while_commits_go_on),
        T(test_reader_snapshot),
        T(test_reader_leaves_closed_file_alone),
        T(test_reader_of_wal_file_without_wal),
        T(test_reader_after_kill_with_empty_shm),
        T(test_reader_after_kill_without_shm),
        T(test_odd_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
