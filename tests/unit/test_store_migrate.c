/*
 * test_store_migrate.c - run files of older schemas: read as they are, brought
 * up to date by a writer, and what each schema added.
 */
#include "base/thoughts.h"
#include "store/pieces.h"
#include "store_fixture.h"

#include <math.h>

/* What later schemas added, taken off again. */
static void make_schema_6(void)
{
    fx_make_run(fx_path);
    fx_tamper(fx_path,
              "ALTER TABLE trace DROP COLUMN answer_rule;"
              "ALTER TABLE trace DROP COLUMN has_count;"
              "ALTER TABLE trace DROP COLUMN has_ms;"
              "ALTER TABLE trace DROP COLUMN attempts;"
              "ALTER TABLE trace DROP COLUMN first_ms;"
              "ALTER TABLE trace DROP COLUMN endpoint;"
              "DROP TABLE flight;"
              "DROP TABLE field;"
              "DROP TABLE endpoint;"
              "ALTER TABLE prompt RENAME COLUMN n_tok TO n;"
              "ALTER TABLE prompt ADD COLUMN n_tok INTEGER NOT NULL DEFAULT 0"
              "  CHECK (n_tok >= 0);"
              "UPDATE prompt SET n_tok = coalesce(n, 0);"
              "ALTER TABLE prompt DROP COLUMN n;"
              "PRAGMA user_version = 6");
}

static void make_schema_5(void)
{
    make_schema_6();
    fx_tamper(fx_path, "ALTER TABLE prompt DROP COLUMN place;"
                       "PRAGMA user_version = 5");
}

static void make_schema_4(void)
{
    make_schema_5();
    fx_tamper(fx_path, "ALTER TABLE trace DROP COLUMN tok_top;"
                       "ALTER TABLE trace DROP COLUMN n_top;"
                       "DROP TABLE piece;"
                       "PRAGMA user_version = 4");
}

static void make_schema_3(void)
{
    make_schema_4();
    fx_tamper(fx_path, "ALTER TABLE trace DROP COLUMN lacks;"
                       "PRAGMA user_version = 3");
}

static void make_schema_2(void)
{
    make_schema_3();
    fx_tamper(fx_path, "DROP VIEW v_trace;"
                       "ALTER TABLE verdict DROP COLUMN score;"
                       "ALTER TABLE verdict DROP COLUMN reply;"
                       "CREATE VIEW v_trace AS SELECT 1 AS ord;"
                       "PRAGMA user_version = 2");
}

static void make_schema_1(void)
{
    make_schema_2();
    fx_tamper(fx_path, "ALTER TABLE trace DROP COLUMN cut;"
                       "ALTER TABLE trace DROP COLUMN tok_end;"
                       "PRAGMA user_version = 1");
}

static enum dc_status check_old(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    int *n = arg;
    (void)err;
    ++*n;
    assert_int_equal(t->cut, DC_CUT_NONE);
    assert_null(t->tok_end);
    assert_null(t->top);
    assert_int_equal(t->n_top, 0);
    assert_string_equal(t->text, "I cannot help with that.");
    assert_int_equal(t->n_tok, 3);
    if (t->tok)
        assert_memory_equal(t->tok, fx_tok, sizeof fx_tok);
    assert_int_equal(t->n_measure, 2);
    assert_int_equal(t->n_verdict, 1);
    assert_false(t->verdict[0].has_score);
    assert_null(t->verdict[0].reply);
    return DC_OK;
}

static int64_t number(const char *sql)
{
    return fx_int(fx_path, sql);
}

static void test_reading_changes_nothing(void **state)
{
    struct dc_store *s = NULL;
    size_t n = 0, m = 0;
    int n_seen = 0;
    (void)state;
    make_schema_1();
    char *before = fx_read_file(fx_path, &n);
    s = fx_open_ro(fx_path);
    fx_ok(dc_store_each_trace(
        s, -1, DC_TRACE_TOKENS | DC_TRACE_TOP | DC_TRACE_VERDICTS, check_old,
        &n_seen, &fx_err));
    assert_int_equal(n_seen, 3);
    bool has = true;
    fx_ok(dc_store_has_tok_ends(s, &has, &fx_err));
    assert_false(has);
    dc_store_close(s);
    char *after = fx_read_file(fx_path, &m);
    assert_int_equal(n, m);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
}

static void test_writing_migrates(void **state)
{
    struct dc_store *s;
    int n = 0;
    (void)state;
    make_schema_1();
    assert_int_equal(number("PRAGMA user_version"), 1);
    dc_store_close(fx_open_rw(fx_path));
    assert_int_equal(number("PRAGMA user_version"), DC_STORE_SCHEMA);
    assert_int_equal(number("SELECT count(*) FROM pragma_table_info('verdict')"
                            " WHERE name IN ('score', 'reply')"),
                     2);
    assert_int_equal(number("SELECT count(*) FROM v_trace WHERE score IS NULL"),
                     3);
    assert_int_equal(number("SELECT count(*) FROM pragma_table_info('trace')"
                            " WHERE name IN ('cut', 'tok_end', 'lacks',"
                            " 'n_top', 'tok_top')"),
                     5);
    assert_int_equal(number("SELECT count(*) FROM pragma_table_info('prompt')"
                            " WHERE name = 'place'"),
                     1);
    s = fx_open_ro(fx_path);
    fx_ok(dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                              check_old, &n, &fx_err));
    assert_int_equal(n, 3);
    dc_store_close(s);
    dc_store_close(fx_open_rw(fx_path)); /* once more: nothing to do */
    assert_int_equal(number("PRAGMA user_version"), DC_STORE_SCHEMA);
}

/* ---- what schema 7 keeps ---- */

/* What is known of the traces 0, 1, 2 of an old import. */
static enum dc_status check_facts(void *arg, const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    static const bool has_count[] = {true, false, true};
    static const bool has_ms[] = {true, false, false};
    int *n = arg;
    (void)err;
    if (t->idx < 3) {
        assert_int_equal(t->has_count, has_count[t->idx]);
        assert_int_equal(t->has_ms, has_ms[t->idx]);
        assert_int_equal(t->attempts, 1);
        assert_false(t->has_first_ms);
        assert_int_equal(t->endpoint, 0);
    }
    /* thoughts that the rule of then took for the answer */
    assert_int_equal(t->answer_rule, DC_ANSWER_RULE);
    if (t->idx == 2) {
        assert_false(t->has_answer);
    } else {
        assert_true(t->has_answer);
        assert_int_equal(t->answer_off, t->idx == 1 ? 17 : 0);
    }
    ++*n;
    return DC_OK;
}

static enum dc_status check_prompt_tokens(void *arg,
                                          const struct dc_prompt_row *p,
                                          struct dc_err *err)
{
    int *n = arg;
    (void)err;
    assert_int_equal(p->has_n_tok, p->ord != 1);
    assert_int_equal(p->n_tok, p->ord != 1 ? 9 : 0);
    ++*n;
    return DC_OK;
}

static void check_facts_of(struct dc_store *s)
{
    int n = 0, n_prompt = 0;
    fx_ok(
        dc_store_each_trace(s, 0, DC_TRACE_VERDICTS, check_facts, &n, &fx_err));
    assert_int_equal(n, 3);
    fx_ok(dc_store_each_prompt(s, check_prompt_tokens, &n_prompt, &fx_err));
    assert_true(n_prompt >= 1);
    dc_store_close(s);
}

/* What old files leave to be guessed is read as a fact, and kept as one. */
static void test_guesses_become_facts(void **state)
{
    (void)state;
    make_schema_5();
    fx_tamper(
        fx_path,
        "INSERT INTO config VALUES (99, 'run.mode', 'imported', 1);"
        "UPDATE prompt SET n_tok = 0 WHERE ord = 1;"
        "UPDATE trace SET ms = 0, n_tok = 0, lacks = 'id logprob',"
        "  tok_logprob = x'', tok_id = x'', tok_conf = x'', tok_entropy = x'',"
        "  tok_self_cert = x'', text = '<think>a</think> I help.',"
        "  answer_off = 0 WHERE idx = 1;"
        "UPDATE trace SET ms = 0, lacks = 'finish', text = '<think>no end',"
        "  answer_off = 0 WHERE idx = 2");
    check_facts_of(fx_open_ro(fx_path));
    dc_store_close(fx_open_rw(fx_path));
    assert_int_equal(number("PRAGMA user_version"), DC_STORE_SCHEMA);
    assert_int_equal(number("SELECT count(*) FROM trace WHERE has_count = 0"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM trace WHERE has_ms = 0"), 2);
    assert_int_equal(number("SELECT count(*) FROM prompt WHERE n_tok IS NULL"),
                     1);
    check_facts_of(fx_open_ro(fx_path));
}

static enum dc_status check_endpoint(void *arg, const struct dc_endpoint_row *p,
                                     struct dc_err *err)
{
    int *n = arg;
    (void)err;
    assert_int_equal(p->id, ++*n);
    assert_string_equal(p->url, "http://h:1/v1");
    assert_string_equal(p->model, *n == 1 ? "m" : "m2");
    assert_null(p->fingerprint);
    assert_string_equal(p->probe, "{}");
    return DC_OK;
}

static enum dc_status check_served(void *arg, const struct dc_trace_row *t,
                                   struct dc_err *err)
{
    int *n = arg;
    (void)err;
    if (t->idx != 3)
        return DC_OK;
    assert_int_equal(t->attempts, 4);
    assert_true(t->has_first_ms);
    assert_true(t->first_ms == 1.5);
    assert_int_equal(t->endpoint, 2);
    assert_false(t->has_ms);
    ++*n;
    return DC_OK;
}

static void test_served_traces_round_trip(void **state)
{
    struct dc_endpoint_row p = {
        .url = "http://h:1/v1", .model = "m", .probe = "{}"};
    int64_t id = 0;
    int n = 0;
    (void)state;
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_rw(fx_path);
    for (int i = 0; i < 2; i++) { /* the second time it is there */
        p.model = "m";
        fx_ok(dc_store_endpoint_add(s, &p, &id, &fx_err));
        assert_int_equal(id, 1);
        p.model = "m2";
        fx_ok(dc_store_endpoint_add(s, &p, &id, &fx_err));
        assert_int_equal(id, 2);
    }
    struct dc_trace_row t = fx_trace(0, 3);
    t.attempts = 4;
    t.has_first_ms = true;
    t.first_ms = 1.5;
    t.endpoint = 2;
    t.has_ms = false;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    t.idx = 4;
    t.endpoint = 3;
    fx_fails(dc_store_trace_add(s, &t, &fx_err), DC_STORE, "FOREIGN KEY");
    t.endpoint = 0;
    t.attempts = 0;
    fx_fails(dc_store_trace_add(s, &t, &fx_err), DC_STORE, "CHECK");
    t.attempts = 1;
    t.has_count = false; /* but there are tokens */
    fx_fails(dc_store_trace_add(s, &t, &fx_err), DC_STORE, "CHECK");
    fx_ok(dc_store_each_endpoint(s, check_endpoint, &n, &fx_err));
    assert_int_equal(n, 2);
    n = 0;
    fx_ok(dc_store_each_trace(s, -1, 0, check_served, &n, &fx_err));
    assert_int_equal(n, 1);
    dc_store_close(s);
}

/* A file of schema 2 is judged further without a word lost. */
static void test_schema_2_gains_scores(void **state)
{
    int n = 0;
    (void)state;
    make_schema_2();
    struct dc_store *s = fx_open_ro(fx_path);
    fx_ok(
        dc_store_each_trace(s, -1, DC_TRACE_VERDICTS, check_old, &n, &fx_err));
    assert_int_equal(n, 3);
    dc_store_close(s);
    dc_store_close(fx_open_rw(fx_path));
    assert_int_equal(number("PRAGMA user_version"), DC_STORE_SCHEMA);
    fx_tamper(fx_path, "UPDATE verdict SET score = 1.5 WHERE trace = 1");
    s = fx_open_ro(fx_path);
    fx_fails(
        dc_store_each_trace(s, -1, DC_TRACE_VERDICTS, fx_count_fn, &n, &fx_err),
        DC_STORE, "verdict of trace 0 of prompt 0");
    dc_store_close(s);
}

/* ---- what schema 5 keeps ---- */

static const struct dc_top_logprob tops[6] = {
    {1, -0.5f}, {7, -1.25f}, {7, -1.5f}, {-1, NAN}, {-1, NAN}, {-1, NAN}};

static enum dc_status check_top(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    int *n = arg;
    (void)err;
    if (t->idx < 3) {
        assert_int_equal(t->n_top, 0);
        assert_null(t->top);
        return DC_OK;
    }
    ++*n;
    assert_int_equal(t->n_top, t->idx == 3 ? 2 : 9);
    assert_non_null(t->top);
    for (size_t i = 0; t->idx == 3 && i < 6; i++) {
        assert_int_equal(t->top[i].id, tops[i].id);
        assert_true(tops[i].id < 0 ? isnan(t->top[i].logprob)
                                   : t->top[i].logprob == tops[i].logprob);
    }
    return DC_OK;
}

static void test_top_logprobs_round_trip(void **state)
{
    static const unsigned parts = DC_TRACE_TOKENS | DC_TRACE_TOP;
    struct dc_pieces p;
    int n = 0;
    (void)state;
    make_schema_4();
    struct dc_store *s = fx_open_ro(fx_path);
    fx_ok(dc_pieces_read(s, &p, &fx_err));
    assert_int_equal(p.n, 0);
    assert_null(dc_pieces_find(&p, 0));
    dc_pieces_release(&p);
    dc_store_close(s);
    s = fx_open_rw(fx_path);
    struct dc_trace_row t = fx_trace(0, 3);
    t.top = tops;
    t.n_top = 2;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    t = fx_trace(0, 4);
    t.n_tok = 0; /* lists, of no token */
    t.n_top = 9;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    t = fx_trace(0, 5);
    t.n_tok = 0;
    t.n_top = 257;
    fx_fails(dc_store_trace_add(s, &t, &fx_err), DC_STORE,
             "trace 5 of prompt 0", "CHECK");
    fx_ok(dc_store_piece_add(s, 7, "a\0\xff", 3, &fx_err));
    fx_ok(
        dc_store_piece_add(s, 7, "another", 7, &fx_err)); /* the first stays */
    fx_ok(dc_store_piece_add(s, 1, "", 0, &fx_err));
    fx_ok(dc_store_piece_add(s, INT32_MAX, "far", 3, &fx_err));
    fx_fails(dc_store_piece_add(s, -1, "x", 1, &fx_err), DC_STORE, "piece -1");
    fx_ok(dc_store_each_trace(s, 0, parts, check_top, &n, &fx_err));
    assert_int_equal(n, 2);
    fx_ok(dc_pieces_read(s, &p, &fx_err));
    assert_int_equal(p.n, 3);
    assert_memory_equal(dc_pieces_find(&p, 7)->bytes, "a\0\xff", 3);
    assert_int_equal(dc_pieces_find(&p, 1)->n, 0);
    assert_int_equal(dc_pieces_find(&p, INT32_MAX)->n, 3);
    assert_null(dc_pieces_find(&p, 2));
    assert_null(dc_pieces_find(&p, -1));
    dc_pieces_release(&p);
    dc_store_close(s);
}

static void test_tampered_top_is_named(void **state)
{
    static const char *const sql[] = {
        "UPDATE trace SET tok_top = NULL WHERE idx = 3",
        "UPDATE trace SET n_top = NULL WHERE idx = 3",
        "UPDATE trace SET n_top = 3 WHERE idx = 3",
        "UPDATE trace SET tok_top = x'00' WHERE idx = 3",
        "UPDATE trace SET tok_top = CAST(zeroblob(44) || x'0000c07f' AS BLOB)"
        " WHERE idx = 3",
        "UPDATE trace SET tok_top = CAST(zeroblob(44) || x'0000803f' AS BLOB)"
        " WHERE idx = 3",
    };
    size_t n = 0;
    (void)state;
    fx_make_run(fx_path);
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_trace_row t = fx_trace(0, 3);
    t.top = tops;
    t.n_top = 2;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    dc_store_close(s);
    char *whole = fx_read_file(fx_path, &n);
    for (size_t i = 0; i < DC_COUNT(sql); i++) {
        int count = 0;
        fx_write_file(fx_path, whole, n);
        fx_tamper(fx_path, sql[i]);
        s = fx_open_ro(fx_path);
        fx_fails(dc_store_each_trace(s, -1, DC_TRACE_TOKENS | DC_TRACE_TOP,
                                     fx_count_fn, &count, &fx_err),
                 DC_STORE, "trace 3 of prompt 0");
        dc_store_close(s);
    }
    free(whole);
}

/* ---- what schema 4 keeps ---- */

static enum dc_status check_lacks(void *arg, const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    int *n = arg;
    (void)err;
    ++*n;
    for (size_t i = 0; i < t->n_tok; i++) {
        bool all = t->lacks == DC_TOKEN_ALL;
        assert_int_equal(t->tok[i].id, all ? -1 : fx_tok[i].id);
        assert_true(all ? isnan(t->tok[i].logprob)
                        : t->tok[i].logprob == fx_tok[i].logprob);
        assert_true(t->lacks ? isnan(t->tok[i].conf)
                             : t->tok[i].conf == fx_tok[i].conf);
    }
    if (t->idx == 3)
        assert_int_equal(t->lacks, DC_TOKEN_CONF | DC_TOKEN_SELF_CERT);
    else
        assert_int_equal(t->lacks, t->idx == 4 ? DC_TOKEN_ALL : 0);
    return DC_OK;
}

static void test_what_lacks_is_not_a_number(void **state)
{
    unsigned lacks = 1;
    bool has = true;
    int n = 0;
    (void)state;
    make_schema_3();
    struct dc_store *s = fx_open_ro(fx_path);
    fx_ok(dc_store_lacks(s, &lacks, &fx_err));
    assert_int_equal(lacks, 0);
    dc_store_close(s);
    s = fx_open_rw(fx_path);
    struct dc_trace_row t = fx_trace(0, 3);
    t.lacks = DC_TOKEN_CONF | DC_TOKEN_SELF_CERT;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    fx_ok(dc_store_lacks(s, &lacks, &fx_err));
    assert_int_equal(lacks, t.lacks);
    t = fx_trace(0, 4);
    t.tok = NULL;
    t.lacks = DC_TOKEN_ALL;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    fx_ok(dc_store_lacks(s, &lacks, &fx_err));
    assert_int_equal(lacks, DC_TOKEN_ALL);
    fx_ok(dc_store_each_trace(s, 0, DC_TRACE_TOKENS, check_lacks, &n, &fx_err));
    assert_true(n >= 3);
    fx_ok(dc_store_has_tok_ends(s, &has, &fx_err));
    assert_false(has);
    dc_store_close(s);
    fx_tamper(fx_path, "UPDATE trace SET lacks = 'conf courage' WHERE idx = 3");
    s = fx_open_ro(fx_path);
    fx_fails(
        dc_store_each_trace(s, 0, DC_TRACE_TOKENS, fx_count_fn, &n, &fx_err),
        DC_STORE, "trace 3 of prompt 0", "names no part of a token");
    fx_fails(dc_store_lacks(s, &lacks, &fx_err), DC_STORE, "lacks");
    dc_store_close(s);
}

/* ---- what schema 2 keeps ---- */

static const uint32_t ends[3] = {4, 4 | DC_TOK_PENDING, 24};

static enum dc_status check_new(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    int *n = arg;
    (void)err;
    ++*n;
    if (t->idx == 3) {
        assert_int_equal(t->cut, DC_CUT_WINDOW);
        assert_memory_equal(t->tok_end, ends, sizeof ends);
    } else if (t->idx == 4) {
        assert_int_equal(t->cut, DC_CUT_CONFIDENCE);
        assert_null(t->tok_end);
    } else {
        assert_int_equal(t->cut, DC_CUT_NONE);
        assert_null(t->tok_end);
    }
    return DC_OK;
}

static void test_cut_and_ends_round_trip(void **state)
{
    struct dc_store *s;
    int n = 0;
    (void)state;
    make_schema_1(); /* old rows and new ones in one file */
    s = fx_open_rw(fx_path);
    struct dc_trace_row t = fx_trace(0, 3);
    t.cut = DC_CUT_WINDOW;
    t.tok_end = ends;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    t = fx_trace(0, 4);
    t.cut = DC_CUT_CONFIDENCE;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    dc_store_close(s);
    s = fx_open_ro(fx_path);
    fx_ok(dc_store_each_trace(s, -1, DC_TRACE_TOKENS, check_new, &n, &fx_err));
    assert_int_equal(n, 5);
    dc_store_close(s);
}

static void test_tampered_ends_are_named(void **state)
{
    static const char *const sql[] = {
        "UPDATE trace SET tok_end = x'000000000100000019000000' WHERE idx = 0",
        "UPDATE trace SET tok_end = x'050000000400000018000000' WHERE idx = 0",
        "UPDATE trace SET tok_end = x'0500' WHERE idx = 0",
        "UPDATE trace SET cut = 'no' WHERE idx = 0",
    };
    size_t n = 0;
    (void)state;
    fx_make_run(fx_path);
    char *whole = fx_read_file(fx_path, &n);
    for (size_t i = 0; i < DC_COUNT(sql); i++) {
        int count = 0;
        fx_write_file(fx_path, whole, n);
        fx_tamper(fx_path, sql[i]);
        struct dc_store *s = fx_open_ro(fx_path);
        fx_fails(dc_store_each_trace(s, -1, DC_TRACE_TOKENS, fx_count_fn,
                                     &count, &fx_err),
                 DC_STORE, "trace 0 of prompt 0");
        dc_store_close(s);
    }
    free(whole);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_reading_changes_nothing), T(test_writing_migrates),
        T(test_schema_2_gains_scores),   T(test_what_lacks_is_not_a_number),
        T(test_cut_and_ends_round_trip), T(test_tampered_ends_are_named),
        T(test_top_logprobs_round_trip), T(test_tampered_top_is_named),
        T(test_guesses_become_facts),    T(test_served_traces_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
