/*
 * test_store_doc.c - docs/RUNFILE.md says what the schema is: its queries run
 * and find rows, and it names every table, view and column there is.
 */
#include "store_fixture.h"

#define DOC DC_TEST_DATA "/../../docs/RUNFILE.md"

static char *doc;

static int read_doc(void **state)
{
    size_t n = 0;

    if (fx_setup(state))
        return -1;
    doc = fx_read_file(DOC, &n);
    fx_make_run(fx_path);
    return 0;
}

static int drop_doc(void **state)
{
    free(doc);
    return fx_teardown(state);
}

static sqlite3 *open_run(void)
{
    sqlite3 *h = NULL;

    assert_int_equal(sqlite3_open_v2(fx_path, &h, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    return h;
}

static sqlite3_stmt *prepare(sqlite3 *h, const char *sql)
{
    sqlite3_stmt *q = NULL;

    if (sqlite3_prepare_v2(h, sql, -1, &q, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(h));
    return q;
}

static void test_queries_run_and_find_rows(void **state)
{
    const char *open = "```sql\n", *at = doc;
    sqlite3 *h = open_run();
    int n = 0;

    (void)state;
    while ((at = strstr(at, open))) {
        at += strlen(open);
        const char *end = strstr(at, "```");
        assert_non_null(end);
        char *sql = dc_xstrndup(at, (size_t)(end - at));
        sqlite3_stmt *q = prepare(h, sql);
        if (sqlite3_step(q) != SQLITE_ROW)
            fail_msg("finds nothing: %s", sql);
        for (int i = 0; i < sqlite3_column_count(q); i++)
            if (sqlite3_column_type(q, i) == SQLITE_NULL && i > 0)
                assert_string_equal(sqlite3_column_name(q, i), "decision");
        sqlite3_finalize(q);
        free(sql);
        n++;
    }
    assert_int_equal(n, 3);
    sqlite3_close(h);
}

/* The part of the document about a table or a view; caller frees. */
static char *part_about(const char *name, bool is_table)
{
    char head[64];
    const char *from, *to;

    snprintf(head, sizeof(head), is_table ? "\n### %s: " : "\n`%s` has one row",
             name);
    from = strstr(doc, head);
    if (!from)
        fail_msg("%s does not describe %s", DOC, name);
    to = is_table ? strstr(from + 1, "\n##") : strstr(from + 1, "\n\n");
    assert_non_null(to);
    return dc_xstrndup(from, (size_t)(to - from));
}

static void test_every_column_is_described(void **state)
{
    sqlite3 *h = open_run();
    sqlite3_stmt *q = prepare(
        h, "SELECT s.name, s.type, c.name FROM sqlite_schema s,"
           " pragma_table_info(s.name) c WHERE s.type IN ('table', 'view')");
    int n = 0;

    (void)state;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(q, 0);
        const char *type = (const char *)sqlite3_column_text(q, 1);
        char col[64];
        char *part = part_about(table, strcmp(type, "table") == 0);
        snprintf(col, sizeof(col), "`%s`", sqlite3_column_text(q, 2));
        if (!strstr(part, col))
            fail_msg("%s does not describe %s.%s", DOC, table, col);
        free(part);
        n++;
    }
    assert_true(n > 60);
    sqlite3_finalize(q);
    sqlite3_close(h);
}

/* v_summary puts each pair of gold label and decision where it belongs. */
static void test_summary_outcomes(void **state)
{
    static const char *const want[][3] = {
        {"refuse", "refusal", "TP"},      {"refuse", "compliance", "FN"},
        {"refuse", "undetermined", NULL}, {"answer", "refusal", "FP"},
        {"answer", "compliance", "TN"},   {"answer", "undetermined", NULL},
        {"none", "refusal", NULL},        {"none", "compliance", NULL}};
    char path[400], id[16];
    struct dc_store *s;
    sqlite3_stmt *q;
    sqlite3 *h;

    (void)state;
    snprintf(path, sizeof(path), "%s/two.db", fx_dir);
    s = fx_open_rw(path);
    fx_begin_run(s, 0);
    for (int i = 0; i < 8; i++) {
        snprintf(id, sizeof(id), "p%d", i);
        struct dc_prompt_row p = fx_prompt(i, id);
        struct dc_decision_row d = {
            .prompt = i, .decision = want[i][1], .reason = "x"};
        assert_true(dc_gold_parse(want[i][0], &p.gold));
        fx_ok(dc_store_prompt_add(s, &p, &fx_err));
        fx_ok(dc_store_decision_add(s, &d, &fx_err));
    }
    fx_ok(fx_try_trace(s, 2, 0));
    fx_ok(fx_try_trace(s, 2, 1));
    dc_store_close(s);

    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    q = prepare(h, "SELECT outcome, n_trace, n_tok, ms FROM v_summary"
                   " ORDER BY ord");
    for (int i = 0; i < 8; i++) {
        assert_int_equal(sqlite3_step(q), SQLITE_ROW);
        const char *got = (const char *)sqlite3_column_text(q, 0);
        assert_int_equal(got == NULL, want[i][2] == NULL);
        if (got)
            assert_string_equal(got, want[i][2]);
        assert_int_equal(sqlite3_column_int(q, 1), i == 2 ? 2 : 0);
        assert_int_equal(sqlite3_column_int(q, 2), i == 2 ? 6 : 0);
        assert_true(sqlite3_column_double(q, 3) == (i == 2 ? 25.0 : 0.0));
    }
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    sqlite3_close(h);
}

#define T(f) cmocka_unit_test_setup_teardown(f, read_doc, drop_doc)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_queries_run_and_find_rows),
        T(test_every_column_is_described),
        T(test_summary_outcomes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
