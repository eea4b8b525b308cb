/*
 * test_store_mend.c - every state that a kill can leave a run file in, built by
 * hand: it is read, it can be gone on with, and what was committed is there. A
 * reader that may write leaves one plain file behind.
 */
#include "store/lock.h"
#include "store/store_priv.h"
#include "store_fixture.h"

#include <fcntl.h>
#include <poll.h>

/* ---- what is copied back and forth ---- */

static const char *const suffix[] = {"", "-wal", "-shm", "-journal", "-lock"};

/* The run file and all beside it, as bytes; data NULL: no such file. */
struct state {
    char *data[DC_COUNT(suffix)];
    size_t n[DC_COUNT(suffix)];
};

static void keep(struct state *x)
{
    *x = (struct state){{NULL}, {0}};
    for (size_t i = 0; i < DC_COUNT(suffix); i++)
        if (access(fx_beside(suffix[i]), F_OK) == 0)
            x->data[i] = fx_read_file(fx_beside(suffix[i]), &x->n[i]);
}

static void put_back(const struct state *x)
{
    for (size_t i = 0; i < DC_COUNT(suffix); i++) {
        remove(fx_beside(suffix[i]));
        if (x->data[i])
            fx_write_file(fx_beside(suffix[i]), x->data[i], x->n[i]);
    }
}

static void forget(struct state *x)
{
    for (size_t i = 0; i < DC_COUNT(suffix); i++)
        free(x->data[i]);
}

static int n_traces_ro(void)
{
    struct dc_store *s = fx_open_ro(fx_path);
    int n = fx_n_traces(s);

    dc_store_close(s);
    return n;
}

/* A reader, a writer, and both in turn, each on the state as it was. */
static void opens_in_every_way(const struct state *x, int n)
{
    struct dc_store *s;

    put_back(x);
    assert_int_equal(n_traces_ro(), n);
    assert_string_equal(fx_names(), "run.db ");
    s = fx_open_rw(fx_path);
    assert_int_equal(fx_n_traces(s), n);
    dc_store_close(s);

    put_back(x);
    s = fx_open_rw(fx_path);
    assert_int_equal(fx_n_traces(s), n);
    fx_ok(fx_try_trace(s, 1, 7)); /* it goes on */
    fx_ok(dc_store_end(s, DC_OK, &fx_err));
    assert_string_equal(fx_names(), "run.db ");
    assert_int_equal(n_traces_ro(), n + 1);
}

/* ---- a log that begins, or that is not closed ---- */

/* In write-ahead mode, with one trace more that stands in the log alone. */
static void hold_one_more(const char *path)
{
    struct dc_store *s = NULL;

    fx_child_ok(dc_store_open_rw(path, &s, &fx_err), 10);
    fx_child_ok(fx_try_trace(s, 1, 0), 11);
}

static void killed_with_log(struct state *x)
{
    struct fx_child c;

    fx_make_run(fx_path);
    c = fx_spawn(hold_one_more);
    fx_kill(&c);
    keep(x);
    assert_non_null(x->data[1]);
    assert_true(x->n[1] > 32 + 24 && x->n[2] >= 32768);
}

enum { WHOLE = -1, ABSENT = -2 };

/* Any length of log with any kind of index. */
static void test_log_and_index(void **state)
{
    static const int log_size[] = {ABSENT, 0,       1,    31,   32,
                                   33,     32 + 24, 4000, WHOLE};
    enum { LEFT, GONE, EMPTY, SHORT, ZEROES, NO_SALT, NOISE, N_INDEX };
    struct state x, now;

    (void)state;
    killed_with_log(&x);
    for (size_t i = 0; i < DC_COUNT(log_size); i++) {
        for (int index = LEFT; index < N_INDEX; index++) {
            char *shm = dc_xmalloc(x.n[2]);
            memcpy(shm, x.data[2], x.n[2]);
            now = x;
            now.data[1] = log_size[i] == ABSENT ? NULL : x.data[1];
            now.n[1] = log_size[i] == WHOLE ? x.n[1] : (size_t)log_size[i];
            now.data[2] = index == GONE ? NULL : shm;
            now.n[2] = index == EMPTY ? 0 : index == SHORT ? 100 : x.n[2];
            if (index == ZEROES)
                memset(shm, 0, x.n[2]);
            if (index == NO_SALT) { /* of both copies of the header */
                memset(shm + 32, 0, 8);
                memset(shm + 80, 0, 8);
            }
            for (size_t k = 0; index == NOISE && k < x.n[2]; k++)
                shm[k] = (char)(k * 37 + 11);
            opens_in_every_way(&now, log_size[i] == WHOLE ? 4 : 3);
            free(shm);
        }
    }
    forget(&x);
}

/* The two bytes that note write-ahead mode, in any combination. */
static void test_header_half_way(void **state)
{
    struct state x, now;

    (void)state;
    killed_with_log(&x);
    for (int bits = 0; bits < 8; bits++) {
        char *db = dc_xmalloc(x.n[0]);
        memcpy(db, x.data[0], x.n[0]);
        db[18] = bits & 1 ? 2 : 1;
        db[19] = bits & 2 ? 2 : 1;
        now = x;
        now.data[0] = db;
        if (bits & 4) /* and no lock: a reader has no reason to remove it */
            now.data[1] = now.data[2] = now.data[4] = NULL;
        opens_in_every_way(&now, bits & 4 ? 3 : 4);
        free(db);
    }
    forget(&x);
}

/* ---- a journal ---- */

/* A change that is half in the file, with what undoes it in the journal. */
static void hold_half_a_change(const char *path)
{
    sqlite3 *h = NULL;

    if (sqlite3_open(path, &h) != SQLITE_OK ||
        sqlite3_exec(h,
                     "PRAGMA cache_size = 1; BEGIN; PRAGMA user_version = 99;"
                     "UPDATE prompt SET text = text || 'x';"
                     "DELETE FROM verdict; DELETE FROM measure;"
                     "DELETE FROM trace;",
                     NULL, NULL, NULL) != SQLITE_OK)
        _exit(10);
}

static void half_a_change(struct state *x)
{
    struct fx_child c;

    fx_make_run(fx_path);
    c = fx_spawn(hold_half_a_change);
    fx_kill(&c);
    keep(x);
    assert_non_null(x->data[3]);
    assert_true(x->n[3] > 512); /* the case is the one meant */
}

static void test_hot_journal(void **state)
{
    struct state x, now;

    (void)state;
    half_a_change(&x);
    opens_in_every_way(&x, 3);
    /* the change was that of the mode, say: the header is of the journal */
    now = x;
    now.data[0] = dc_xmalloc(x.n[0]);
    memcpy(now.data[0], x.data[0], x.n[0]);
    now.data[0][18] = now.data[0][19] = 2;
    opens_in_every_way(&now, 3);
    memset(now.data[0], 0, 100);
    opens_in_every_way(&now, 3);
    free(now.data[0]);
    forget(&x);
}

/* Begun, but nothing in the file was changed yet: SQLite removes it. */
static void test_journal_that_is_cold(void **state)
{
    struct state x, now;

    (void)state;
    half_a_change(&x);
    dc_store_close(fx_open_ro(fx_path));
    now = x;
    now.data[0] = fx_read_file(fx_path, &now.n[0]);
    now.n[3] = 512; /* a header without a page behind it */
    opens_in_every_way(&now, 3);
    now.n[3] = 0; /* which is none */
    put_back(&now);
    assert_int_equal(n_traces_ro(), 3);
    dc_store_close(fx_open_rw(fx_path));
    assert_int_equal(n_traces_ro(), 3);
    free(now.data[0]);
    forget(&x);
}

/* ---- what SQLite did not put there ---- */

/* Nobody waits for a pipe, and nothing is done through a link. */
static void test_no_plain_file_beside(void **state)
{
    static const char *const what[] = {"-wal", "-shm", "-journal"};
    struct dc_store *s = NULL;

    (void)state;
    fx_make_run(fx_path);
    for (size_t i = 0; i < DC_COUNT(what); i++) {
        assert_int_equal(mkfifo(fx_beside(what[i]), 0666), 0);
        fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_STORE, what[i],
                 "no plain file");
        fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE, what[i],
                 "no plain file");
        assert_int_equal(remove(fx_beside(what[i])), 0);
        assert_int_equal(symlink("run.db", fx_beside(what[i])), 0);
        fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_STORE, what[i],
                 "no plain file");
        assert_int_equal(remove(fx_beside(what[i])), 0);
    }
    assert_int_equal(n_traces_ro(), 3);
}

/*
 * A journal of a change of several databases, which SQLite ends by removing the
 * file that the journal names: of a received folder, anybody's file.
 */
static void test_journal_that_names_a_file(void **state)
{
    static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9,
                                           0x20, 0xa1, 0x63, 0xd7};
    char victim[400], *text;
    struct dc_store *s = NULL;
    unsigned sum = 0;
    struct state x;
    size_t n = 0;
    FILE *f;

    (void)state;
    half_a_change(&x);
    put_back(&x);
    snprintf(victim, sizeof(victim), "%s/victim", fx_dir);
    fx_write_file(victim, "kept", 4);
    for (size_t i = 0; i < strlen(victim); i++)
        sum += (unsigned char)victim[i];
    f = fopen(fx_beside("-journal"), "ab");
    assert_non_null(f);
    for (int i = 3; i >= 0; i--) /* the page of the lock byte */
        fputc(((0x40000000 / 4096 + 1) >> (8 * i)) & 255, f);
    fputs(victim, f);
    for (int i = 3; i >= 0; i--)
        fputc((int)(strlen(victim) >> (8 * i)) & 255, f);
    for (int i = 3; i >= 0; i--)
        fputc((int)(sum >> (8 * i)) & 255, f);
    fwrite(magic, 1, sizeof(magic), f);
    assert_int_equal(fclose(f), 0);
    fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_STORE,
             "-journal beside it names another file");
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE,
             "-journal beside it names another file");
    text = fx_read_file(victim, &n);
    assert_string_equal(text, "kept");
    free(text);
    forget(&x);
}

/* ---- where nothing can be written ---- */

/* Makes the state's folder read-only: false if that can't be had here. */
static bool put_read_only(const struct state *x)
{
    bool mounted = fx_mount_tmpfs("4m");

    put_back(x);
    return fx_make_read_only(mounted);
}

static void reads_without_writing(struct state *x, int n)
{
    char before[256];

    if (put_read_only(x)) {
        snprintf(before, sizeof(before), "%s", fx_names());
        assert_int_equal(n_traces_ro(), n);
        assert_string_equal(fx_names(), before);
    } else {
        skip();
    }
}

static void read_only_log(int log_size, bool index, int n)
{
    struct state x, now;

    killed_with_log(&x);
    now = x;
    now.n[1] = log_size == WHOLE ? x.n[1] : (size_t)log_size;
    now.data[2] = index ? x.data[2] : NULL;
    reads_without_writing(&now, n);
    forget(&x);
}

static void test_read_only_log_without_index(void **state)
{
    (void)state;
    read_only_log(WHOLE, false, 4);
}

static void test_read_only_log_without_frame(void **state)
{
    (void)state;
    read_only_log(32, true, 3);
}

static void test_read_only_empty_log(void **state)
{
    (void)state;
    read_only_log(0, false, 3);
}

/* It can't be undone here: the message says what can be done. */
static void test_read_only_hot_journal(void **state)
{
    struct dc_store *s = NULL;
    struct state x;

    (void)state;
    half_a_change(&x);
    if (!put_read_only(&x))
        skip();
    fx_fails(dc_store_open_ro(fx_path, &s, &fx_err), DC_STORE, fx_path,
             "copy it together with its -journal");
    assert_null(strstr(fx_err.msg, "deepconf run"));
    forget(&x);
}

/* ---- beside others ---- */

/* On a machine with more to do than cores a reader may be in the way for longer
 * than a writer waits. That is said, and is no fault of the file. */
static enum dc_status open_in_turn(const char *path, struct dc_store **s)
{
    enum dc_status st;
    do
        st = dc_store_open_rw(path, s, &fx_err);
    while (st && strstr(fx_err.msg, "keeps the file locked"));
    return st;
}

/* Opens, writes and closes, over and over, until it is killed. */
static void write_and_close(const char *path)
{
    struct dc_store *s = NULL;

    for (int64_t i = 0;; i++) {
        fx_child_ok(open_in_turn(path, &s), 10);
        fx_child_ok(fx_try_trace(s, 1, i), 11);
        fx_child_ok(dc_store_end(s, DC_OK, &fx_err), 12);
    }
}

/* A reader meets the writer at every moment of its opening and closing. */
static void test_reader_of_a_file_that_opens_and_closes(void **state)
{
    int last = 0;
    pid_t pid;

    (void)state;
    fx_make_run(fx_path);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        write_and_close(fx_path);
        _exit(0);
    }
    for (int i = 0; i < 150; i++) {
        int n = n_traces_ro();
        assert_true(n >= last);
        last = n;
    }
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it is still well */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_true(n_traces_ro() >= last);
}

/* A writer that comes while a reader mends waits for it. */
static void test_writer_waits_for_a_mending_reader(void **state)
{
    struct dc_lock lock = {.path = NULL};
    struct pollfd p;
    int fd[2], status = 0;
    char byte = 0;
    pid_t pid;

    (void)state;
    fx_make_run(fx_path);
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(dc_lock_try(fx_path, &lock), DC_LOCK_OURS);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct dc_store *s = NULL;
        close(lock.fd); /* a lock that is shared with a child stays */
        fx_child_ok(dc_store_open_rw(fx_path, &s, &fx_err), 10);
        _exit(write(fd[1], "w", 1) == 1 ? 0 : 11);
    }
    p = (struct pollfd){.fd = fd[0], .events = POLLIN};
    assert_int_equal(poll(&p, 1, 50), 0); /* not before it is let */
    dc_lock_release(&lock);
    assert_int_equal(read(fd[0], &byte, 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(fd[0]);
    close(fd[1]);
}

/* ---- removed, moved, replaced ---- */

#define MOVED "was removed, moved or replaced"

static void begin_writing(struct dc_store **s)
{
    fx_make_run(fx_path);
    *s = fx_open_rw(fx_path);
    fx_ok(fx_try_trace(*s, 1, 0));
}

static void test_removed_while_writing(void **state)
{
    struct dc_store *s;

    (void)state;
    begin_writing(&s);
    assert_int_equal(remove(fx_path), 0);
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 1, 1));
    fx_fails(dc_store_commit(s, &fx_err), DC_STORE, fx_path, MOVED);
    dc_store_rollback(s);
    fx_fails(dc_store_end(s, DC_OK, &fx_err), DC_STORE, fx_path, MOVED);
    assert_string_equal(fx_names(), "");
}

/* What was committed is in the file, under its new name. */
static void test_moved_while_writing(void **state)
{
    char other[400];
    struct dc_store *s;

    (void)state;
    snprintf(other, sizeof(other), "%s/other.db", fx_dir);
    begin_writing(&s);
    assert_int_equal(rename(fx_path, other), 0);
    fx_fails(dc_store_end(s, DC_INTERRUPTED, &fx_err), DC_STORE, MOVED);
    s = fx_open_ro(other);
    assert_int_equal(fx_n_traces(s), 4);
    dc_store_close(s);
    assert_string_equal(fx_names(), "other.db ");
}

/* Another file at its name is not touched, and gets no log of ours. */
static void test_replaced_while_writing(void **state)
{
    size_t n = 0, n_after = 0;
    struct dc_store *s;
    char other[400], *before, *after;

    (void)state;
    snprintf(other, sizeof(other), "%s/other.db", fx_dir);
    fx_make_run(other);
    before = fx_read_file(other, &n);
    begin_writing(&s);
    assert_int_equal(rename(other, fx_path), 0);
    fx_fails(dc_store_end(s, DC_OK, &fx_err), DC_STORE, MOVED);
    after = fx_read_file(fx_path, &n_after);
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    assert_string_equal(fx_names(), "run.db ");
    free(before);
    free(after);
}

/* "rm run.db*" and the same run begun anew, while the first still writes. */
static void test_begun_anew_while_writing(void **state)
{
    struct dc_store *old, *new;

    (void)state;
    begin_writing(&old);
    for (size_t i = 0; i < DC_COUNT(suffix); i++)
        remove(fx_beside(suffix[i]));
    new = fx_open_rw(fx_path);
    fx_begin_run(new, 1);
    fx_ok(fx_try_trace(new, 0, 0));
    fx_fails(dc_store_end(old, DC_OK, &fx_err), DC_STORE, MOVED);
    assert_string_equal(fx_names(),
                        "run.db run.db-lock run.db-shm run.db-wal ");
    fx_ok(fx_try_trace(new, 0, 1));
    fx_ok(dc_store_end(new, DC_OK, &fx_err));
    assert_int_equal(n_traces_ro(), 2);
}

/* What a failed command made is removed, what it found is not. */
static void test_left_empty(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    assert_int_equal(dc_store_end(s, DC_DATA, &fx_err), DC_DATA);
    assert_string_equal(fx_names(), "");
    dc_store_close(fx_open_rw(fx_path));
    s = fx_open_rw(fx_path);
    assert_int_equal(dc_store_end(s, DC_DATA, &fx_err), DC_DATA);
    assert_string_equal(fx_names(), "run.db ");
}

/* ---- the lock file ---- */

/* Nothing is written through a link, and into nothing but a plain file. */
static void test_lock_that_is_a_link(void **state)
{
    struct dc_store *s = NULL;
    char victim[400], *text;
    size_t n = 0;

    (void)state;
    snprintf(victim, sizeof(victim), "%s/victim", fx_dir);
    fx_write_file(victim, "kept", 4);
    assert_int_equal(symlink("victim", fx_beside("-lock")), 0);
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE,
             "-lock is there");
    assert_int_equal(remove(fx_beside("-lock")), 0);
    assert_int_equal(link(victim, fx_beside("-lock")), 0);
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE,
             "-lock is there");
    assert_int_equal(remove(fx_beside("-lock")), 0);
    assert_int_equal(mkfifo(fx_beside("-lock"), 0666), 0);
    fx_fails(dc_store_open_rw(fx_path, &s, &fx_err), DC_STORE,
             "-lock is there");
    text = fx_read_file(victim, &n);
    assert_string_equal(text, "kept");
    free(text);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)
#define M(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_unmount_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_log_and_index),
        T(test_header_half_way),
        T(test_hot_journal),
        T(test_journal_that_is_cold),
        T(test_no_plain_file_beside),
        T(test_journal_that_names_a_file),
        M(test_read_only_log_without_index),
        M(test_read_only_log_without_frame),
        M(test_read_only_empty_log),
        M(test_read_only_hot_journal),
        T(test_reader_of_a_file_that_opens_and_closes),
        T(test_writer_waits_for_a_mending_reader),
        T(test_removed_while_writing),
        T(test_moved_while_writing),
        T(test_replaced_while_writing),
        T(test_begun_anew_while_writing),
        T(test_left_empty),
        T(test_lock_that_is_a_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
