/*
 * store_fixture.h - what the store's tests share: a folder of their own, rows
 * to write, child processes that hold a store and are killed.
 *
 * A test that opens a store in a child does so before it opens one itself:
 * SQLite connections do not survive fork().
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "base/mem.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a folder ---- */

static char fx_dir[256];  /* of the test that runs */
static char fx_path[300]; /* run.db in it */

static inline int fx_setup(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(fx_dir, sizeof(fx_dir), "%s/dc_store_XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(fx_dir))
        return -1;
    snprintf(fx_path, sizeof(fx_path), "%s/run.db", fx_dir);
    return 0;
}

static inline int fx_teardown(void **state)
{
    DIR *d = opendir(fx_dir);
    struct dirent *e;
    char path[600];

    (void)state;
    while (d && (e = readdir(d))) {
        snprintf(path, sizeof(path), "%s/%s", fx_dir, e->d_name);
        if (e->d_name[0] != '.')
            remove(path);
    }
    if (d)
        closedir(d);
    return rmdir(fx_dir);
}

/* The names in the folder but its own, sorted, each followed by a blank. */
static inline const char *fx_names_in(const char *dir)
{
    static char out[1024];
    struct dirent **e = NULL;
    int n = scandir(dir, &e, NULL, alphasort);
    size_t at = 0;

    out[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (e[i]->d_name[0] != '.')
            at += (size_t)snprintf(out + at, sizeof(out) - at, "%s ",
                                   e[i]->d_name);
        free(e[i]);
    }
    free(e);
    return out;
}

static inline const char *fx_names(void)
{
    return fx_names_in(fx_dir);
}

static inline void fx_write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Caller frees. */
static inline char *fx_read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    struct stat sb;
    char *data;

    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &sb), 0);
    *n = (size_t)sb.st_size;
    data = dc_xmalloc(*n + 1);
    assert_int_equal(fread(data, 1, *n, f), *n);
    data[*n] = '\0';
    fclose(f);
    return data;
}

/* A path beside the run file; static, overwritten by the next call. */
static inline const char *fx_beside(const char *suffix)
{
    static char path[400];

    snprintf(path, sizeof(path), "%s%s", fx_path, suffix);
    return path;
}

/* ---- other file systems ---- */

/* A tmpfs over the test's folder. False, with a word about it, if not. */
static inline bool fx_mount_tmpfs(const char *size)
{
#ifdef __linux__
    char data[32];

    snprintf(data, sizeof(data), "size=%s", size);
    if (mount("tmpfs", fx_dir, "tmpfs", 0, data) == 0)
        return true;
    print_message("can't mount a tmpfs: %s\n", strerror(errno));
#else
    (void)size;
    print_message("no tmpfs on this system\n");
#endif
    return false;
}

static inline int fx_unmount_teardown(void **state)
{
#ifdef __linux__
    umount2(fx_dir, MNT_DETACH); /* fails if nothing is mounted */
#endif
    chmod(fx_dir, 0777);
    return fx_teardown(state);
}

/* Makes the folder read-only, the way that binds this user. */
static inline bool fx_make_read_only(bool mounted)
{
#ifdef __linux__
    if (mounted)
        return mount("tmpfs", fx_dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) ==
               0;
#else
    (void)mounted;
#endif
    if (geteuid() == 0) {
        print_message("SKIP: permission bits do not bind root\n");
        return false;
    }
    return chmod(fx_path, 0444) == 0 && chmod(fx_dir, 0555) == 0;
}

/* ---- statuses ---- */

static struct dc_err fx_err;

#define fx_ok(call)                                                            \
    do {                                                                       \
        enum dc_status fx_st_ = (call);                                        \
        if (fx_st_)                                                            \
            print_message("%s\n", fx_err.msg);                                 \
        assert_int_equal(fx_st_, DC_OK);                                       \
    } while (0)

/* The call fails with this status, and its message has each of these parts. */
#define fx_fails(call, want, ...)                                              \
    do {                                                                       \
        const char *const fx_part_[] = {__VA_ARGS__, NULL};                    \
        fx_err = (struct dc_err){DC_OK, ""};                                   \
        assert_int_equal((call), (want));                                      \
        assert_int_equal(fx_err.status, (want));                               \
        for (size_t fx_i_ = 0; fx_part_[fx_i_]; fx_i_++)                       \
            if (!strstr(fx_err.msg, fx_part_[fx_i_]))                          \
                fail_msg("no '%s' in: %s", fx_part_[fx_i_], fx_err.msg);       \
    } while (0)

static inline struct dc_store *fx_open_rw(const char *path)
{
    struct dc_store *s = NULL;

    fx_ok(dc_store_open_rw(path, &s, &fx_err));
    return s;
}

static inline struct dc_store *fx_open_ro(const char *path)
{
    struct dc_store *s = NULL;

    fx_ok(dc_store_open_ro(path, &s, &fx_err));
    return s;
}

/* ---- rows ---- */

static const struct dc_token fx_tok[3] = {{1, -0.5f, 2.0f, 0.25f, 3.0f},
                                          {7, -1.5f, 1.0f, 0.75f, 2.0f},
                                          {-1, -0.0f, 0.5f, 1.25f, 1.0f}};
static const struct dc_measure_row fx_measure[2] = {
    {"mean", true, 1.1666666666666667}, {"mean_prob", false, 0}};
static const struct dc_verdict_row fx_verdict[1] = {
    {.judge = "keywords-request",
     .version = "1",
     .verdict = "refusal",
     .rule = "i-cannot",
     .span_len = 8}};

static inline struct dc_prompt_row fx_prompt(int64_t ord, const char *id)
{
    return (struct dc_prompt_row){.ord = ord,
                                  .id = id,
                                  .text = "How do I kill a process?",
                                  .gold = DC_GOLD_ANSWER,
                                  .has_n_tok = true,
                                  .n_tok = 9};
}

static inline struct dc_segment_row fx_segment(void)
{
    return (struct dc_segment_row){.started = "2026-01-02T03:04:05Z",
                                   .version = "0.1.0",
                                   .library = "fake 1",
                                   .host = "avx2",
                                   .n_slots = 4,
                                   .n_threads = 2};
}

static inline struct dc_trace_row fx_trace(int64_t prompt, int64_t idx)
{
    return (struct dc_trace_row){.prompt = prompt,
                                 .idx = idx,
                                 .text = "I cannot help with that.",
                                 .finish = DC_FINISH_STOP,
                                 .has_answer = true,
                                 .answer_off = 0,
                                 .tok = fx_tok,
                                 .answer_rule = 1,
                                 .n_tok = 3,
                                 .has_count = true,
                                 .k = 20,
                                 .has_ms = true,
                                 .ms = 12.5,
                                 .attempts = 1,
                                 .segment = 1,
                                 .measure = fx_measure,
                                 .n_measure = 2,
                                 .verdict = fx_verdict,
                                 .n_verdict = 1};
}

static inline enum dc_status fx_try_trace(struct dc_store *s, int64_t prompt,
                                          int64_t idx)
{
    struct dc_trace_row t = fx_trace(prompt, idx);

    return dc_store_trace_add(s, &t, &fx_err);
}

/* Segment 1 and n prompts "p0", "p1", ... */
static inline void fx_begin_run(struct dc_store *s, int n)
{
    struct dc_segment_row g = fx_segment();
    int64_t id = 0;
    char name[16];

    fx_ok(dc_store_segment_add(s, &g, &id, &fx_err));
    assert_int_equal(id, 1);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        struct dc_prompt_row p = fx_prompt(i, name);
        fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    }
}

static inline enum dc_status
fx_count_fn(void *arg, const struct dc_trace_row *t, struct dc_err *err)
{
    int *n = arg;

    (void)t;
    (void)err;
    ++*n;
    return DC_OK;
}

static inline int fx_n_traces(struct dc_store *s)
{
    int n = 0;

    fx_ok(dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                              fx_count_fn, &n, &fx_err));
    return n;
}

/* A small closed run: 2 prompts, 3 traces of the first, everything else. */
static inline void fx_make_run(const char *path)
{
    struct dc_store *s = fx_open_rw(path);
    struct dc_kv kv[2] = {{"seed", "1", true}, {"threads", "2", false}};
    struct dc_decision_row d = {.prompt = 0,
                                .decision = "refusal",
                                .reason = "decided",
                                .n_trace = 3,
                                .n_refusal = 3};
    struct dc_threshold_row t = {
        "confidence-percentile", "mean", 90, 1.5, 1, 3};

    fx_ok(dc_store_config_write(s, kv, 2, &fx_err));
    fx_begin_run(s, 2);
    for (int i = 0; i < 3; i++)
        fx_ok(fx_try_trace(s, 0, i));
    fx_ok(dc_store_decision_add(s, &d, &fx_err));
    fx_ok(dc_store_threshold_add(s, &t, &fx_err));
    dc_store_close(s);
}

/* Run SQL on the file behind the store's back, with its checks off. */
static inline void fx_tamper(const char *path, const char *sql)
{
    sqlite3 *h = NULL;

    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h,
                                  "PRAGMA ignore_check_constraints = ON;"
                                  "PRAGMA foreign_keys = OFF",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    if (sqlite3_exec(h, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(h));
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

/* The number that a query by SQLite itself gives. */
static inline int64_t fx_int(const char *path, const char *sql)
{
    sqlite3 *h = NULL;
    sqlite3_stmt *q = NULL;

    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
    return v;
}

/* ---- children ---- */

/*
 * A child that runs fn(path), says so, and then waits to be killed. It also
 * ends when this process does, so that a failed test leaves nobody behind.
 */
struct fx_child {
    pid_t pid;
    int says;  /* read end: one byte when fn is done */
    int keeps; /* write end: the child lives as long as it is open */
};

/* fn runs in the child: no assertions of cmocka there, only exit codes. */
static inline struct fx_child fx_spawn(void (*fn)(const char *path))
{
    struct fx_child c;
    int up[2], down[2];
    char byte = 0;

    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    c.pid = fork();
    assert_true(c.pid >= 0);
    if (c.pid == 0) {
        close(up[0]);
        close(down[1]);
        fn(fx_path);
        if (write(up[1], "k", 1) != 1)
            _exit(98);
        _exit(read(down[0], &byte, 1) == 0 ? 0 : 97);
    }
    close(up[1]);
    close(down[0]);
    c.says = up[0];
    c.keeps = down[1];
    assert_int_equal(read(c.says, &byte, 1), 1); /* 0: it died */
    return c;
}

static inline void fx_kill(struct fx_child *c)
{
    int status = 0;

    assert_int_equal(kill(c->pid, SIGKILL), 0);
    assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
    assert_true(WIFSIGNALED(status));
    close(c->says);
    close(c->keeps);
}

/* In a child: end it with this code unless the call succeeds. */
#define fx_child_ok(call, code)                                                \
    do {                                                                       \
        if ((call) != DC_OK)                                                   \
            _exit(code);                                                       \
    } while (0)

#endif
