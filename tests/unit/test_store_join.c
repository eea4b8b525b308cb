/*
 * test_store_join.c - a run file put together from the rows of others: what is
 * made anew and what is taken over as it is, and that it has its name only when
 * it is whole.
 */
#include "store/join.h"
#include "store_fixture.h"

static bool is_key(const char *table, const char *column)
{
    for (const struct dc_join_key *k = dc_join_keys; k->table; k++)
        if (!strcmp(k->table, table) && !strcmp(k->column, column))
            return true;
    return false;
}

/*
 * What join.c has to know of the schema: a table that it does not name would
 * be lost, and a reference that it does not follow would lead to another row.
 */
static void test_every_reference_is_followed(void **state)
{
    static const char *const taken[] = {
        "config",  "segment",  "prompt",    "piece",    "trace", "measure",
        "verdict", "decision", "threshold", "endpoint", "flight"};
    sqlite3 *h = NULL;
    sqlite3_stmt *q = NULL;
    size_t n = 0;
    (void)state;
    fx_make_run(fx_path);
    assert_int_equal(sqlite3_open(fx_path, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(h,
                           "SELECT m.name, f.\"table\", f.\"from\", f.\"to\""
                           " FROM sqlite_schema m LEFT JOIN"
                           " pragma_foreign_key_list(m.name) f"
                           " WHERE m.type = 'table'",
                           -1, &q, NULL),
        SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(q, 0);
        bool known = false;
        for (size_t i = 0; i < DC_COUNT(taken); i++)
            known = known || !strcmp(table, taken[i]);
        if (!known)
            fail_msg("join.c does not take over the table %s", table);
        if (sqlite3_column_type(q, 1) == SQLITE_NULL)
            continue;
        n++;
        const char *to = (const char *)sqlite3_column_text(q, 1);
        const char *from = (const char *)sqlite3_column_text(q, 2);
        const char *number = (const char *)sqlite3_column_text(q, 3);
        if (!is_key(table, from))
            fail_msg("join.c does not follow %s.%s", table, from);
        if (!is_key(to, number))
            fail_msg("join.c does not make %s.%s anew", to, number);
    }
    assert_int_equal(n, 7);
    sqlite3_finalize(q);
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

/* Join a run into `to`, its prompts from ord `at` on. */
static void join_from(struct dc_store *to, const char *path, int64_t at,
                      struct dc_join_count *n)
{
    struct dc_store *from = fx_open_ro(path);
    int64_t n_prompt = fx_int(path, "SELECT count(*) FROM prompt");
    int64_t ord[16];
    for (int64_t i = 0; i < n_prompt; i++)
        ord[i] = at + i;
    const struct dc_join_cfg cfg = {ord, (size_t)n_prompt, false};
    fx_ok(dc_store_begin(from, &fx_err));
    fx_ok(dc_store_join_rows(to, from, &cfg, n, &fx_err));
    dc_store_close(from);
}

/* Of two runs with other ids, the second in front of the first. */
static void test_rows_follow_their_numbers(void **state)
{
    struct dc_join_count n = {0};
    struct dc_store *to = NULL;
    char second[400];
    (void)state;
    snprintf(second, sizeof second, "%s", fx_beside(".2"));
    fx_make_run(fx_path);
    fx_make_run(second);
    fx_tamper(second, "DELETE FROM threshold;"
                      "UPDATE prompt SET id = id || 'x';"
                      "UPDATE trace SET id = 1000 - id, segment = -5;"
                      "UPDATE segment SET id = -5, host = 'other';"
                      "UPDATE measure SET trace = 1000 - trace;"
                      "UPDATE verdict SET trace = 1000 - trace, rule = 'o'");
    fx_tamper(fx_path, "INSERT INTO endpoint(id, url, model) VALUES"
                       " (4, 'http://a/v1', 'm'), (9, 'http://b/v1', 'm');"
                       "UPDATE trace SET endpoint = 9 WHERE idx = 0");
    fx_tamper(fx_path, "INSERT INTO flight VALUES (0, 9, 2)");
    fx_tamper(second, "INSERT INTO flight VALUES (0, 9, 1)");
    fx_tamper(second, "INSERT INTO endpoint(id, url, model) VALUES"
                      " (4, 'http://c/v1', 'm'), (5, 'http://a/v1', 'm');"
                      "UPDATE trace SET endpoint = 4 WHERE idx = 0");
    int64_t n_prompt = fx_int(fx_path, "SELECT count(*) FROM prompt");
    int64_t n_trace = fx_int(fx_path, "SELECT count(*) FROM trace");
    fx_ok(dc_store_join_begin(fx_beside(".out"), &to, &fx_err));
    join_from(to, fx_path, n_prompt, &n);
    join_from(to, second, 0, &n);
    fx_ok(dc_store_join_end(to, DC_OK, &fx_err));
    assert_int_equal(n.n_prompt, 2 * n_prompt);
    assert_int_equal(n.n_trace, 2 * n_trace);
    assert_int_equal(n.n_session, 2);
    const char *out = fx_beside(".out");
    assert_int_equal(fx_int(out, "SELECT count(*) FROM trace"), 2 * n_trace);
    assert_int_equal(fx_int(out, "SELECT max(id) FROM trace"), 2 * n_trace);
    /* the second's: prompts, session, verdicts and measures are together */
    assert_int_equal(
        fx_int(out, "SELECT count(*) FROM trace t JOIN prompt p ON p.ord ="
                    " t.prompt JOIN segment g ON g.id = t.segment JOIN"
                    " verdict v ON v.trace = t.id JOIN measure m ON m.trace ="
                    " t.id AND m.measure = 'mean' WHERE p.id LIKE '%x' AND"
                    " g.host = 'other' AND v.rule = 'o'"),
        n_trace);
    assert_int_equal(fx_int(out, "SELECT count(*) FROM verdict v JOIN trace t"
                                 " ON t.id = v.trace WHERE (rule = 'o') <>"
                                 " (t.segment = 2)"),
                     0);
    assert_int_equal(fx_int(out, "SELECT count(*) FROM flight"), 2);
    assert_int_equal(fx_int(out, "SELECT count(DISTINCT prompt) FROM flight"),
                     2);
    assert_int_equal(fx_int(out, "SELECT count(*) FROM endpoint"), 3);
    assert_int_equal(fx_int(out, "SELECT count(*) FROM trace t LEFT JOIN"
                                 " endpoint e ON e.id = t.endpoint WHERE"
                                 " coalesce(e.url, '') <> CASE WHEN idx > 0"
                                 " THEN '' WHEN t.segment = 2 THEN"
                                 " 'http://c/v1' ELSE 'http://b/v1' END"),
                     0);
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM prompt WHERE (ord < %d) <> (id LIKE '%%x')",
             (int)n_prompt);
    assert_int_equal(fx_int(out, sql), 0);
    assert_int_equal(fx_int(out, "SELECT count(*) FROM"
                                 " pragma_foreign_key_check"),
                     0);
}

static enum dc_status count_trace(void *arg, const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    int *n = arg;
    (void)err;
    ++*n;
    assert_int_equal(t->n_tok, 3);
    assert_memory_equal(t->tok, fx_tok, sizeof fx_tok);
    assert_int_equal(t->n_measure, 2);
    assert_int_equal(t->n_verdict, 1);
    return DC_OK;
}

/* Columns and tables that an older file lacks are not asked for. */
static void test_older_file(void **state)
{
    struct dc_join_count n = {0};
    struct dc_store *to = NULL;
    int n_seen = 0;
    (void)state;
    fx_make_run(fx_path);
    fx_tamper(fx_path, "ALTER TABLE prompt DROP COLUMN place;"
                       "ALTER TABLE trace DROP COLUMN tok_top;"
                       "ALTER TABLE trace DROP COLUMN n_top;"
                       "ALTER TABLE trace DROP COLUMN lacks;"
                       "DROP TABLE piece; PRAGMA user_version = 3");
    fx_ok(dc_store_join_begin(fx_beside(".out"), &to, &fx_err));
    join_from(to, fx_path, 0, &n);
    fx_ok(dc_store_join_end(to, DC_OK, &fx_err));
    assert_int_equal(fx_int(fx_beside(".out"), "PRAGMA user_version"),
                     DC_STORE_SCHEMA);
    struct dc_store *s = fx_open_ro(fx_beside(".out"));
    fx_ok(dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                              count_trace, &n_seen, &fx_err));
    assert_int_equal(n_seen, 3);
    dc_store_close(s);
}

/* Its name is free until the end; of two, the first to end has it. */
static void test_named_when_whole(void **state)
{
    struct dc_store *s = NULL, *other = NULL;
    struct dc_join_count n = {0};
    char from[400];
    (void)state;
    snprintf(from, sizeof from, "%s", fx_beside(".from"));
    fx_make_run(from);
    fx_ok(dc_store_join_begin(fx_path, &s, &fx_err));
    assert_int_not_equal(access(fx_path, F_OK), 0);
    join_from(s, from, 0, &n);
    assert_int_equal(dc_store_join_end(s, DC_INTERRUPTED, &fx_err),
                     DC_INTERRUPTED);
    assert_string_equal(fx_names(), "run.db.from ");
    fx_ok(dc_store_join_begin(fx_path, &s, &fx_err));
    fx_ok(dc_store_join_begin(fx_path, &other, &fx_err));
    join_from(s, from, 0, &n);
    fx_ok(dc_store_join_end(s, DC_OK, &fx_err));
    fx_fails(dc_store_join_end(other, DC_OK, &fx_err), DC_IO,
             "was made by others meanwhile");
    assert_string_equal(fx_names(), "run.db run.db.from ");
    fx_fails(dc_store_join_begin(fx_path, &s, &fx_err), DC_USAGE,
             "is there already");
    fx_fails(dc_store_join_begin(fx_dir, &s, &fx_err), DC_USAGE,
             "is there already");
}

/* A file that others put there meanwhile is not written over, nor a run that
 * has just begun there. */
static void test_taken_meanwhile(void **state)
{
    struct dc_store *s = NULL, *run = NULL;
    size_t n = 0;
    (void)state;
    fx_ok(dc_store_join_begin(fx_path, &s, &fx_err));
    run = fx_open_rw(fx_path);
    fx_fails(dc_store_join_end(s, DC_OK, &fx_err), DC_STORE,
             "is writing this run");
    dc_store_close(run);
    assert_int_equal(unlink(fx_path), 0);
    fx_ok(dc_store_join_begin(fx_path, &s, &fx_err));
    fx_write_file(fx_path, "mine", 4);
    fx_fails(dc_store_join_end(s, DC_OK, &fx_err), DC_IO,
             "was made by others meanwhile");
    char *is = fx_read_file(fx_path, &n);
    assert_string_equal(is, "mine");
    free(is);
    assert_string_equal(fx_names(), "run.db ");
}

/* The journal or log of a file that is gone would be taken for the new one's.
 */
static void test_what_another_file_left(void **state)
{
    static const char *const suffix[] = {"-journal", "-wal"};
    struct dc_store *s = NULL;
    (void)state;
    for (size_t i = 0; i < DC_COUNT(suffix); i++) {
        const char *path = fx_beside(suffix[i]);
        fx_write_file(path, "left", 4);
        fx_fails(dc_store_join_begin(fx_path, &s, &fx_err), DC_USAGE, suffix[i],
                 "is left of another file");
        fx_write_file(path, "", 0);
        fx_ok(dc_store_join_begin(fx_path, &s, &fx_err));
        fx_write_file(path, "left", 4);
        fx_fails(dc_store_join_end(s, DC_OK, &fx_err), DC_USAGE,
                 "is left of another file");
        assert_int_not_equal(access(fx_path, F_OK), 0);
        assert_int_equal(unlink(path), 0);
    }
    assert_string_equal(fx_names(), "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_every_reference_is_followed),
        T(test_rows_follow_their_numbers),
        T(test_older_file),
        T(test_named_when_whole),
        T(test_taken_meanwhile),
        T(test_what_another_file_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
