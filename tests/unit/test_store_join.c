/*
 * test_store_join.c - a run file put together from the rows of others: what is
 * made anew and what is taken over as it is, and that it has its name only when
 * it is whole.
 */
#include "store/join.h"
#include "store/pieces.h"
#include "store_fixture.h"

#include <math.h>

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
        "config",  "segment",  "prompt",    "piece",    "trace",  "measure",
        "verdict", "decision", "threshold", "endpoint", "flight", "field"};
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
    assert_int_equal(n, 8);
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
    const struct dc_join_cfg cfg = {.ord = ord, .n_ord = (size_t)n_prompt};
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
    fx_tamper(fx_path, "INSERT INTO field VALUES (1, 'topic', 'first')");
    fx_tamper(second, "INSERT INTO field VALUES (0, 'topic', 'second'),"
                      " (1, 'topic', 'second')");
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
    assert_int_equal(fx_int(out, "SELECT count(*) FROM field"), 3);
    assert_int_equal(fx_int(out, "SELECT count(*) FROM field f JOIN prompt p"
                                 " ON p.ord = f.prompt WHERE f.value ="
                                 " iif(p.id LIKE '%x', 'second', 'first')"),
                     3);
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

/* ---- pieces without a vocabulary ---- */

/* Texts "a" .. "z" have the numbers that they had first. */
struct letters {
    struct dc_store *to;
    int32_t id[26]; /* + 1; 0: none yet */
    int32_t n;
};

static enum dc_status number_letter(void *arg, const struct dc_piece *p,
                                    int32_t *id, struct dc_err *err)
{
    struct letters *x = arg;
    int32_t *at = &x->id[p->bytes[0] - 'a'];
    assert_int_equal(p->n, 1);
    if (*at == 0) {
        *at = ++x->n;
        fx_ok(dc_store_piece_add(x->to, *at - 1, p->bytes, p->n, err));
    }
    *id = *at - 1;
    return DC_OK;
}

/* A run of one trace of one prompt whose lists are of `letters`, [2] a token,
 * numbered in their order. */
static void make_ordered(const char *path, const char *id, const char *letters)
{
    struct dc_store *s = fx_open_rw(path);
    struct dc_kv kv = {"seed", "1", true};
    struct dc_segment_row g = fx_segment();
    struct dc_prompt_row p = fx_prompt(0, id);
    struct dc_trace_row t = fx_trace(0, 0);
    struct dc_top_logprob top[6];
    int64_t segment = 0;
    fx_ok(dc_store_config_write(s, &kv, 1, &fx_err));
    fx_ok(dc_store_segment_add(s, &g, &segment, &fx_err));
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    for (int32_t i = 0; i < 6; i++) {
        bool has = letters[i] != '-'; /* what fills up a list */
        top[i] = (struct dc_top_logprob){has ? i : -1,
                                         has ? -0.5f * (float)(i + 1) : NAN};
        if (has)
            fx_ok(dc_store_piece_add(s, i, &letters[i], 1, &fx_err));
    }
    t.top = top;
    t.n_top = 2;
    t.lacks = DC_TOKEN_ID;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    dc_store_close(s);
}

struct spelled {
    const struct dc_pieces *pieces;
    char text[64];
};

static enum dc_status spell(void *arg, const struct dc_trace_row *t,
                            struct dc_err *err)
{
    struct spelled *x = arg;
    (void)err;
    for (size_t i = 0; i < t->n_tok * t->n_top; i++) {
        const struct dc_piece *p = dc_pieces_find(x->pieces, t->top[i].id);
        size_t n = strlen(x->text);
        x->text[n] = p ? p->bytes[0] : '-';
        if (p)
            assert_true(t->top[i].logprob == -0.5f * (float)(i + 1));
        else
            assert_true(isnan(t->top[i].logprob));
    }
    return DC_OK;
}

/* What was number 0 in each file is another text in the next. */
static void test_pieces_are_numbered_anew(void **state)
{
    static const char *const letters[2] = {"abcde-", "xbaycz"};
    struct dc_join_count n = {0};
    struct letters x = {.n = 0};
    struct dc_pieces pieces;
    int64_t ord[1];
    (void)state;
    fx_ok(dc_store_join_begin(fx_beside(".out"), &x.to, &fx_err));
    for (int i = 0; i < 2; i++) {
        const char *path = i ? fx_beside(".2") : fx_path;
        make_ordered(path, i ? "p1" : "p0", letters[i]);
        struct dc_store *from = fx_open_ro(path);
        const struct dc_join_cfg cfg = {
            .ord = ord, .n_ord = 1, .number = number_letter, .number_arg = &x};
        ord[0] = i;
        fx_ok(dc_store_join_rows(x.to, from, &cfg, &n, &fx_err));
        dc_store_close(from);
    }
    fx_ok(dc_store_join_end(x.to, DC_OK, &fx_err));
    struct dc_store *s = fx_open_ro(fx_beside(".out"));
    fx_ok(dc_pieces_read(s, &pieces, &fx_err));
    struct spelled got = {.pieces = &pieces};
    fx_ok(dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_TOP, spell,
                              &got, &fx_err));
    assert_string_equal(got.text, "abcde-xbaycz");
    assert_int_equal(pieces.n, 8);
    dc_pieces_release(&pieces);
    dc_store_close(s);
}

/* A list that names a text which the file does not have. */
static void test_a_missing_piece_is_damage(void **state)
{
    struct dc_join_count n = {0};
    struct letters x = {.n = 0};
    int64_t ord[1] = {0};
    const struct dc_join_cfg cfg = {
        .ord = ord, .n_ord = 1, .number = number_letter, .number_arg = &x};
    (void)state;
    make_ordered(fx_path, "p0", "abcdef");
    fx_tamper(fx_path, "DELETE FROM piece WHERE id = 5");
    struct dc_store *from = fx_open_ro(fx_path);
    fx_ok(dc_store_join_begin(fx_beside(".out"), &x.to, &fx_err));
    fx_fails(dc_store_join_rows(x.to, from, &cfg, &n, &fx_err), DC_STORE,
             "piece 5 of a trace is missing");
    dc_store_close(from);
    assert_int_equal(dc_store_join_end(x.to, DC_STORE, &fx_err), DC_STORE);
    fx_tamper(fx_path, "UPDATE piece SET id = 7 WHERE id = 3");
    from = fx_open_ro(fx_path);
    x = (struct letters){.n = 0};
    fx_ok(dc_store_join_begin(fx_beside(".out"), &x.to, &fx_err));
    fx_fails(dc_store_join_rows(x.to, from, &cfg, &n, &fx_err), DC_STORE,
             "piece 4 stands where 3 was expected");
    dc_store_close(from);
    assert_int_equal(dc_store_join_end(x.to, DC_STORE, &fx_err), DC_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_every_reference_is_followed),
        T(test_rows_follow_their_numbers),
        T(test_pieces_are_numbered_anew),
        T(test_a_missing_piece_is_damage),
        T(test_older_file),
        T(test_named_when_whole),
        T(test_taken_meanwhile),
        T(test_what_another_file_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
