/*
 * test_store_fields.c - the fields of prompts: written with their prompt or
 * behind it, read in order beside the prompts, absent from older files, and
 * never believed where a file was tampered with.
 */
#include "store_fixture.h"

static const struct dc_prompt_field odd[] = {
    {"\x1b[31mred\n", "tab\there, \"quotes\", <b>"},
    {"topic", "violence"},
    {"\xC3\xBC", " \xE2\x80\xAE"},
};

/* The fields of all prompts, "ord name=value;" each. */
struct spelled {
    char text[400];
};

static enum dc_status spell(void *arg, const struct dc_prompt_row *p,
                            struct dc_err *err)
{
    struct spelled *x = arg;
    size_t n = strlen(x->text);
    (void)err;
    for (size_t i = 0; i < p->n_field; i++)
        n += (size_t)snprintf(x->text + n, sizeof x->text - n, "%d %s=%s;",
                              (int)p->ord, p->field[i].name, p->field[i].value);
    return DC_OK;
}

static enum dc_status read_all(struct dc_store *s, struct spelled *x)
{
    *x = (struct spelled){""};
    return dc_store_each_prompt(s, spell, x, &fx_err);
}

static void expect(const char *want)
{
    struct spelled x;
    struct dc_store *s = fx_open_ro(fx_path);
    fx_ok(read_all(s, &x));
    assert_string_equal(x.text, want);
    dc_store_close(s);
}

static void test_round_trip(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_prompt_row p = fx_prompt(2, "c");
    struct spelled x = {""};
    (void)state;
    p.field = odd;
    p.n_field = DC_COUNT(odd);
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    p = fx_prompt(0, "a");
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    p = fx_prompt(1, "b");
    p.field = &odd[1];
    p.n_field = 1;
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    dc_store_close(s);
    expect("1 topic=violence;"
           "2 \x1b[31mred\n=tab\there, \"quotes\", <b>;"
           "2 topic=violence;2 \xC3\xBC= \xE2\x80\xAE;");
    s = fx_open_ro(fx_path);
    fx_ok(dc_store_prompt_by_id(s, "b", spell, &x, &fx_err));
    assert_string_equal(x.text, "1 topic=violence;");
    dc_store_close(s);
}

/* A prompt is written with its fields, or not at all. */
static void test_whole_or_not_at_all(void **state)
{
    const struct dc_prompt_field bad[] = {{"a", "1"}, {"b", ""}};
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_prompt_row p = fx_prompt(0, "a");
    struct spelled x;
    (void)state;
    p.field = bad;
    p.n_field = 2;
    fx_fails(dc_store_prompt_add(s, &p, &fx_err), DC_STORE,
             "a field of prompt 0", "CHECK");
    p.n_field = 1;
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    fx_fails(dc_store_fields_add(s, 7, bad, 1, &fx_err), DC_STORE,
             "a field of prompt 7", "FOREIGN KEY");
    fx_ok(read_all(s, &x));
    assert_string_equal(x.text, "0 a=1;");
    dc_store_close(s);
}

/* What a file says already is not written over. */
static void test_adding_keeps_what_is_there(void **state)
{
    const struct dc_prompt_field more[] = {{"topic", "other"}, {"n", "2"}};
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_prompt_row p = fx_prompt(0, "a");
    (void)state;
    p.field = &odd[1];
    p.n_field = 1;
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    fx_ok(dc_store_fields_add(s, 0, more, 2, &fx_err));
    dc_store_close(s);
    expect("0 n=2;0 topic=violence;");
}

/* A file of schema 8 has none, and may be given some. */
static void test_older_file(void **state)
{
    struct dc_store *s;
    (void)state;
    fx_make_run(fx_path);
    fx_tamper(fx_path, "DROP TABLE field; PRAGMA user_version = 8");
    expect("");
    assert_int_equal(fx_int(fx_path, "PRAGMA user_version"), 8);
    s = fx_open_rw(fx_path);
    fx_ok(dc_store_fields_add(s, 1, &odd[1], 1, &fx_err));
    dc_store_close(s);
    assert_int_equal(fx_int(fx_path, "PRAGMA user_version"), DC_STORE_SCHEMA);
    expect("1 topic=violence;");
}

static void test_tampered_rows_are_named(void **state)
{
    static const char *const row[][2] = {
        {"INSERT INTO field VALUES (9, 'a', 'b')",
         "a field belongs to prompt 9, which is not there"},
        {"INSERT INTO field VALUES (-1, 'a', 'b')", "a field"},
        {"ALTER TABLE field RENAME TO f; CREATE TABLE field AS SELECT 0 AS"
         " prompt, 'a' AS name, x'00' AS value",
         "a field of prompt 0"},
        {"ALTER TABLE field RENAME TO f; CREATE TABLE field AS SELECT 0 AS"
         " prompt, CAST(x'ff' AS TEXT) AS name, 'v' AS value",
         "a field of prompt 0"},
        {"WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c"
         " WHERE i < 5000) INSERT INTO field SELECT 1, 'm' || i, 'v' FROM c",
         "a field of prompt 1"},
        {"DROP TABLE field", "no such table"},
    };
    struct spelled x;
    size_t n = 0;
    (void)state;
    fx_make_run(fx_path);
    char *whole = fx_read_file(fx_path, &n);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        fx_write_file(fx_path, whole, n);
        fx_tamper(fx_path, row[i][0]);
        struct dc_store *s = fx_open_ro(fx_path);
        fx_fails(read_all(s, &x), DC_STORE, fx_path, row[i][1]);
        dc_store_close(s);
    }
    free(whole);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_round_trip),
        T(test_whole_or_not_at_all),
        T(test_adding_keeps_what_is_there),
        T(test_older_file),
        T(test_tampered_rows_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
