/*
 * run_util.h - run a configuration into a file and boil the file down to one
 * hash over everything a trace is: ids, records, text, verdicts, decisions.
 * What may differ between equal runs (times, sessions, row order) stays out.
 */
#ifndef TEST_RUN_UTIL_H
#define TEST_RUN_UTIL_H

#include "base/buf.h"
#include "base/hash.h"
#include "run/run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *test_dir_made;

static inline void test_dir_remove(void)
{
    DIR *d = opendir(test_dir_made);
    struct dirent *e;
    char p[512];
    while (d && (e = readdir(d))) {
        snprintf(p, sizeof p, "%s/%s", test_dir_made, e->d_name);
        unlink(p);
    }
    if (d)
        closedir(d);
    rmdir(test_dir_made);
}

/* In memory if there is such a place: a commit waits for the disk. */
static inline char *test_dir(void)
{
    static char shm[] = "/dev/shm/deepconf-test-XXXXXX";
    static char tmp[] = "/tmp/deepconf-test-XXXXXX";
    if (test_dir_made)
        return test_dir_made;
    test_dir_made = mkdtemp(shm);
    if (!test_dir_made)
        test_dir_made = mkdtemp(tmp);
    atexit(test_dir_remove);
    return test_dir_made;
}

static inline struct dc_stop_spec policy_spec(const char *text)
{
    struct dc_stop_spec p;
    struct dc_err err = {0};
    if (dc_stop_parse(text, &p, &err) == DC_OK)
        return p;
    fprintf(stderr, "policy_spec: %s\n", err.msg);
    abort();
}

static inline struct dc_vote_spec vote_spec(const char *text)
{
    struct dc_vote_spec v;
    struct dc_measure_spec m;
    struct dc_err err = {0};
    if (dc_vote_parse(text, &v, &err) == DC_OK &&
        (v.row->by_tally ||
         dc_measure_parse(v.spec.measure, &m, &err) == DC_OK)) {
        if (!v.row->by_tally)
            dc_vote_set_measure(&v, m.spec.text);
        return v;
    }
    fprintf(stderr, "vote_spec: %s\n", err.msg);
    abort();
}

/* The judge phrases10, open for ever: every text of the fake backend is a
 * refusal by them or is not, and never partial. */
static inline struct dc_judge *request_judge(void)
{
    static struct dc_judge *j;
    const struct dc_judge_cfg c = dc_judge_cfg_default();
    struct dc_err err = {0};
    if (j || dc_judge_open("phrases10", &c, &j, &err) == DC_OK)
        return j;
    fprintf(stderr, "request_judge: %s\n", err.msg);
    abort();
}

static inline struct dc_run_cfg test_run_cfg(void)
{
    struct dc_run_cfg c = dc_run_cfg_default();
    c.judge = request_judge();
    return c;
}

static inline void remove_run(const char *path)
{
    static const char *const tail[] = {"", "-wal", "-shm", "-lock"};
    char p[512];
    for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
        snprintf(p, sizeof p, "%s%s", path, tail[i]);
        unlink(p);
    }
}

static inline enum dc_status hash_trace(void *arg, const struct dc_trace_row *t,
                                        struct dc_err *err)
{
    struct dc_buf *b = arg;
    (void)err;
    dc_buf_addf(b, "%lld/%lld %s %d %lld %zu %u|", (long long)t->prompt,
                (long long)t->idx, dc_finish_name(t->finish), t->has_answer,
                (long long)t->answer_off, t->n_tok, t->k);
    dc_buf_add(b, t->text, strlen(t->text));
    dc_buf_add(b, t->tok, t->n_tok * sizeof *t->tok);
    for (size_t i = 0; i < t->n_measure; i++)
        dc_buf_addf(b, "|%s %d %.17g", t->measure[i].measure,
                    t->measure[i].has_value,
                    t->measure[i].has_value ? t->measure[i].value : 0.0);
    for (size_t i = 0; i < t->n_verdict; i++)
        dc_buf_addf(b, "|%s %s %s %lld", t->verdict[i].judge,
                    t->verdict[i].verdict, t->verdict[i].rule,
                    (long long)t->verdict[i].span_off);
    dc_buf_addf(b, "|%s|", t->cut ? dc_cut_name(t->cut) : "");
    if (t->tok_end)
        dc_buf_add(b, t->tok_end, t->n_tok * sizeof *t->tok_end);
    dc_buf_addc(b, '\n');
    return DC_OK;
}

static inline enum dc_status
hash_decision(void *arg, const struct dc_decision_row *d, struct dc_err *err)
{
    (void)err;
    dc_buf_addf(arg, "%lld %s %s %d %lld %lld\n", (long long)d->prompt,
                d->decision, d->reason, d->calibration, (long long)d->n_trace,
                (long long)d->n_refusal);
    return DC_OK;
}

/* The traces (and, if asked, the decisions) of a run file as one hash. */
static inline void hash_run(const char *path, bool decisions,
                            char out[DC_SHA256_HEX])
{
    struct dc_store *s = NULL;
    struct dc_err err = {0};
    struct dc_buf b;
    dc_buf_init(&b, 256u << 20);
    enum dc_status st = dc_store_open_ro(path, &s, &err);
    if (!st)
        st = dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                                 hash_trace, &b, &err);
    if (!st && decisions)
        st = dc_store_each_decision(s, -1, hash_decision, &b, &err);
    if (st) {
        fprintf(stderr, "hash_run: %s\n", err.msg);
        abort();
    }
    dc_store_close(s);
    dc_sha256_hex(b.data, b.n, out);
    dc_buf_release(&b);
}

/* Open a backend and run; errors are printed and returned. */
static inline enum dc_status run_to(const char *path, const char *backend,
                                    const struct dc_backend_cfg *bc,
                                    const struct dc_dataset *d,
                                    const struct dc_run_cfg *rc)
{
    const struct dc_backend_ops *ops = dc_backend_find(backend);
    struct dc_backend *b = NULL;
    struct dc_store *s = NULL;
    struct dc_err err = {0};
    enum dc_status st = dc_store_open_rw(path, &s, &err);
    if (!st)
        st = ops->open(bc, &b, &err);
    if (!st)
        st = dc_run(rc, d, ops, b, s, &err);
    ops->close(b);
    dc_store_close(s);
    if (st && st != DC_INTERRUPTED)
        fprintf(stderr, "run_to: %s\n", err.msg);
    return st;
}

#endif
