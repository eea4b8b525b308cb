/*
 * test_store_verdicts.c - verdicts on traces that are stored already: what a
 * judge has not judged, writing and replacing, counts.
 */
#include "store_fixture.h"

enum { MAX_SEEN = 16 };

struct seen {
    int64_t trace[MAX_SEEN];
    int n;
};

static enum dc_status see(void *arg, const struct dc_unjudged_row *t,
                          struct dc_err *err)
{
    struct seen *s = arg;
    (void)err;
    assert_in_range(s->n, 0, MAX_SEEN - 1);
    s->trace[s->n++] = t->trace;
    assert_string_equal(t->text, "I cannot help with that.");
    assert_int_equal(t->n_text, strlen(t->text));
    assert_string_equal(t->prompt_text, "How do I kill a process?");
    assert_int_equal(t->n_prompt_text, strlen(t->prompt_text));
    assert_int_equal(t->finish, DC_FINISH_STOP);
    assert_true(t->has_answer);
    assert_int_equal(t->answer_off, 0);
    assert_int_equal(t->cut, DC_CUT_NONE);
    return DC_OK;
}

static struct seen unjudged(struct dc_store *s, const char *judge,
                            const char *version, int64_t after, int64_t limit)
{
    struct seen seen = {.n = 0};
    const struct dc_unjudged_cfg c = {judge, version, after, limit, false};
    fx_ok(dc_store_each_unjudged(s, &c, see, &seen, &fx_err));
    return seen;
}

static struct dc_verdict_row verdict(const char *judge, const char *version,
                                     const char *word)
{
    return (struct dc_verdict_row){.judge = judge,
                                   .version = version,
                                   .verdict = word,
                                   .rule = "r",
                                   .has_score = true,
                                   .score = 0.5,
                                   .reply = "Response refusal: yes"};
}

static void put(struct dc_store *s, int64_t trace, const char *judge,
                const char *version, const char *word)
{
    struct dc_verdict_row v = verdict(judge, version, word);
    fx_ok(dc_store_verdict_put(s, trace, 24, &v, &fx_err));
}

static void test_what_is_not_judged(void **state)
{
    (void)state;
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_rw(fx_path);
    struct seen x = unjudged(s, "keywords-request", "1", INT64_MIN, 9);
    assert_int_equal(x.n, 0);
    x = unjudged(s, "keywords-request", "2", INT64_MIN, 9);
    assert_int_equal(x.n, 3);
    x = unjudged(s, "new", "1", INT64_MIN, 2);
    assert_int_equal(x.n, 2);
    put(s, x.trace[0], "new", "1", "partial");
    struct seen y = unjudged(s, "new", "1", INT64_MIN, 9);
    assert_int_equal(y.n, 2);
    assert_int_equal(y.trace[0], x.trace[1]);
    y = unjudged(s, "new", "1", y.trace[0], 9);
    assert_int_equal(y.n, 1);
    dc_store_close(s);
}

/* ---- counts ---- */

struct says {
    const char *judge, *version, *verdict, *reason;
    int64_t n;
};

static enum dc_status
check_count(void *arg, const struct dc_verdict_count_row *c, struct dc_err *err)
{
    const struct says **next = arg, *w = (*next)++;
    (void)err;
    assert_non_null(w->judge);
    assert_string_equal(c->judge, w->judge);
    assert_string_equal(c->version, w->version);
    assert_string_equal(c->verdict, w->verdict);
    assert_string_equal(c->reason, w->reason);
    assert_int_equal(c->n, w->n);
    return DC_OK;
}

static void check_counts(struct dc_store *s, const struct says *want)
{
    const struct says *next = want;
    fx_ok(dc_store_each_verdict_count(s, check_count, &next, &fx_err));
    assert_null(next->judge);
}

static void test_put_and_replace(void **state)
{
    static const struct says before[] = {
        {"keywords-request", "1", "refusal", "", 3},
        {"new", "1", "partial", "", 2},
        {"new", "1", "undetermined", "r", 1},
        {0}};
    static const struct says after[] = {
        {"keywords-request", "1", "refusal", "", 3},
        {"new", "1", "partial", "", 1},
        {"new", "1", "undetermined", "r", 1},
        {"new", "2", "compliance", "", 1},
        {0}};
    int64_t n = 0;
    (void)state;
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_rw(fx_path);
    put(s, 1, "new", "1", "partial");
    put(s, 2, "new", "1", "partial");
    put(s, 3, "new", "1", "undetermined");
    check_counts(s, before);
    put(s, 2, "new", "2", "compliance");
    check_counts(s, after);
    fx_ok(dc_store_count_traces(s, &n, &fx_err));
    assert_int_equal(n, 3);
    dc_store_close(s);
}

static enum dc_status check_new(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    int *n = arg;
    (void)err;
    ++*n;
    assert_int_equal(t->n_verdict, t->idx == 1 ? 2 : 1);
    if (t->idx == 1) {
        assert_string_equal(t->verdict[1].judge, "new");
        assert_true(t->verdict[1].has_score && t->verdict[1].score == 0.5);
        assert_string_equal(t->verdict[1].reply, "Response refusal: yes");
    }
    return DC_OK;
}

/* A batch that is rolled back leaves nothing; a committed one all of it. */
static void test_batches(void **state)
{
    int n = 0;
    (void)state;
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_rw(fx_path);
    fx_ok(dc_store_begin(s, &fx_err));
    put(s, 1, "new", "1", "partial");
    dc_store_rollback(s);
    fx_ok(dc_store_begin(s, &fx_err));
    put(s, 2, "new", "1", "partial");
    fx_ok(dc_store_commit(s, &fx_err));
    dc_store_close(s);
    s = fx_open_ro(fx_path);
    fx_ok(
        dc_store_each_trace(s, -1, DC_TRACE_VERDICTS, check_new, &n, &fx_err));
    assert_int_equal(n, 3);
    dc_store_close(s);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_rw(fx_path);
    put(s, 1, "new", "1", "refusal");
    struct dc_verdict_row v = verdict("new", "2", "refusal");
    v.score = 1.25;
    fx_fails(dc_store_verdict_put(s, 1, 24, &v, &fx_err), DC_STORE,
             "verdict of new on trace row 1", "CHECK");
    v.score = 0.25;
    v.span_off = 20;
    v.span_len = 5;
    fx_fails(dc_store_verdict_put(s, 1, 24, &v, &fx_err), DC_STORE,
             "span of judge new (20, 5)", "24 bytes");
    v.span_len = 4;
    v.verdict = "maybe";
    fx_fails(dc_store_verdict_put(s, 1, 24, &v, &fx_err), DC_STORE, "CHECK");
    v.verdict = "refusal";
    fx_fails(dc_store_verdict_put(s, 99, 24, &v, &fx_err), DC_STORE,
             "trace row 99", "FOREIGN KEY");
    static const struct says kept[] = {
        {"keywords-request", "1", "refusal", "", 3},
        {"new", "1", "refusal", "", 1},
        {0}};
    check_counts(s, kept); /* the old verdict outlives a refused new one */
    dc_store_close(s);
}

/* ---- walks ---- */

struct own_rows {
    int64_t last;
    int n, n_bare;
};

static enum dc_status see_own_rows(void *arg, const struct dc_trace_row *t,
                                   struct dc_err *err)
{
    struct own_rows *x = arg;
    (void)err;
    assert_true(t->idx > x->last);
    x->last = t->idx;
    x->n++;
    x->n_bare += t->n_verdict == 0;
    assert_true(t->n_measure > 0);
    for (size_t i = 0; i < t->n_measure; i++)
        assert_true(t->measure[i].value == (double)t->idx);
    return DC_OK;
}

/* Traces whose ids go the other way than the walk, one without verdicts. */
static void test_rows_of_a_trace_are_its_own(void **state)
{
    (void)state;
    struct own_rows x = {.last = -1};
    sqlite3 *db = NULL;
    fx_make_run(fx_path);
    assert_int_equal(sqlite3_open(fx_path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "UPDATE trace SET idx = 50 - idx;"
                     "UPDATE measure SET value ="
                     " (SELECT idx FROM trace WHERE id = trace);"
                     "DELETE FROM verdict WHERE trace ="
                     " (SELECT id FROM trace ORDER BY id LIMIT 1 OFFSET 1)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    struct dc_store *s = fx_open_rw(fx_path);
    fx_ok(dc_store_each_trace(s, -1, DC_TRACE_VERDICTS, see_own_rows, &x,
                              &fx_err));
    assert_int_equal(x.n, 3);
    assert_int_equal(x.n_bare, 1);
    dc_store_close(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_is_not_judged),
        T(test_put_and_replace),
        T(test_batches),
        T(test_what_is_refused),
        T(test_rows_of_a_trace_are_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
