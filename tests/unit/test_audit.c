/*
 * test_audit.c - a run file whose rows contradict each other is refused by all
 * who would use it: the audit, the summary, and a run that goes on.
 *
 * The file is a real run over the fake backend, changed row by row behind the
 * store's back; each change is one that the schema and the reader let pass.
 */
#include "audit/audit.h"
#include "results/summary.h"
#include "run_util.h"
#include "store_fixture.h"

enum { N_ITEM = 6, LONG_ONE = 5, N_CTX = 300 };

static struct dc_item item[N_ITEM];
static struct dc_dataset data = {.item = item, .n = N_ITEM, .n_rows = N_ITEM};
static char text[N_ITEM][1024], id[N_ITEM][16];
static char *whole; /* the file's bytes, [n_whole] */
static size_t n_whole;

static struct dc_run_cfg config(void)
{
    struct dc_run_cfg c = test_run_cfg();
    c.max_tokens = 24;
    c.n_top = 4;
    c.n_ctx = N_CTX;
    c.data_name = "audit";
    c.benchmark = "generic";
    return c;
}

static enum dc_status go_on(const char *path)
{
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_run_cfg c = config();
    b.model = "random:refuse=0.5,len=12,vocab=64";
    b.n_top = c.n_top;
    return run_to(path, "fake", &b, &data, &c);
}

/* A run of N_ITEM prompts, the last too long to be run. */
static int setup(void **state)
{
    if (fx_setup(state))
        return -1;
    for (int i = 0; i < N_ITEM; i++) {
        snprintf(id[i], sizeof id[i], "p\033%d", i);
        memset(text[i], 'x', i == LONG_ONE ? 1000 : 10);
        for (int k = 0; text[i][k]; k += 2)
            text[i][k] = ' ';
        item[i] = (struct dc_item){.id = id[i],
                                   .text = text[i],
                                   .n_text = strlen(text[i]),
                                   .gold = DC_GOLD_REFUSE};
    }
    dc_sha256_hex("audit", 5, data.sha256);
    if (go_on(fx_path))
        return -1;
    whole = fx_read_file(fx_path, &n_whole);
    return 0;
}

static int teardown(void **state)
{
    free(whole);
    remove_run(fx_path);
    return fx_teardown(state);
}

static enum dc_status audit(struct dc_err *err)
{
    struct dc_store *s = fx_open_ro(fx_path);
    enum dc_status st = dc_audit_run(s, err);
    dc_store_close(s);
    return st;
}

static enum dc_status summarise(struct dc_err *err)
{
    struct dc_summary sum;
    struct dc_store *s = fx_open_ro(fx_path);
    enum dc_status st = dc_summary_read(s, NULL, 0, &sum, err);
    if (!st)
        dc_summary_release(&sum);
    dc_store_close(s);
    return st;
}

static size_t n_times(const char *what, const char *in)
{
    size_t n = 0;
    for (; (in = strstr(in, what)); in++)
        n++;
    return n;
}

static void refused(const char *sql, const char *says)
{
    fx_write_file(fx_path, whole, n_whole);
    fx_tamper(fx_path, sql);
    enum dc_status st = summarise(&fx_err);
    if (st != DC_STORE)
        fail_msg("%s: status %d, expected %d", sql, (int)st, (int)DC_STORE);
    if (!strstr(fx_err.msg, says))
        fail_msg("%s: no '%s' in: %s", sql, says, fx_err.msg);
    assert_non_null(strstr(fx_err.msg, "put back a copy, or remove it"));
    assert_int_equal(n_times(fx_path, fx_err.msg), 1);
    assert_null(strchr(fx_err.msg, '\033'));
    if (go_on(fx_path) != DC_STORE)
        fail_msg("%s: the run goes on", sql);
}

#define OF(p, i) "(SELECT id FROM trace WHERE prompt = " #p " AND idx = " #i ")"
#define DROP_TRACE(p, i)                                                       \
    "DELETE FROM verdict WHERE trace = " OF(                                   \
        p, i) ";"                                                              \
              "DELETE FROM measure WHERE trace = " OF(                         \
                  p, i) ";"                                                    \
                        "DELETE FROM trace WHERE id = " OF(p, i)
#define FLIP(what)                                                             \
    " SET " what " = CASE " what                                               \
    " WHEN 'refusal' THEN 'compliance' ELSE 'refusal' END "
#define SET(key, value)                                                        \
    "UPDATE config SET value = '" value "' WHERE key = '" key "'"

static void test_right_as_it_is(void **state)
{
    (void)state;
    fx_ok(audit(&fx_err));
    fx_ok(summarise(&fx_err));
    assert_int_equal(go_on(fx_path), DC_OK);
}

static void test_rows_that_contradict(void **state)
{
    static const char *const row[][2] = {
        {"UPDATE verdict" FLIP("verdict") "WHERE trace = " OF(1, 2),
         "undetermined; the verdicts by phrases10 are "},
        {"DELETE FROM verdict WHERE trace = " OF(1, 2),
         "trace 2 has no verdict by phrases10"},
        {"UPDATE verdict SET judge = 'x' WHERE trace = " OF(0, 0),
         "trace 0 has no verdict by phrases10"},
        {"UPDATE decision" FLIP("decision") "WHERE prompt = 3",
         "its decision is "},
        {"UPDATE decision SET decision = 'undetermined' WHERE prompt = 3",
         "its decision is undetermined, expected "},
        {"UPDATE decision SET n_refusal = n_compliance, n_compliance = "
         "n_refusal WHERE prompt = 2 AND n_compliance <> n_refusal",
         "its decision counts "},
        {"UPDATE decision SET n_trace = n_trace + 1, n_undetermined = 1 WHERE "
         "prompt = 2",
         " is missing, of the "},
        {"UPDATE decision SET n_trace = n_trace + 2000000, n_undetermined = "
         "2000000 WHERE prompt = 2",
         "traces, expected 3 to 10"},
        {"UPDATE decision SET n_trace = 0, n_refusal = 0, n_compliance = 0, "
         "n_undetermined = 0, decision = 'undetermined' WHERE prompt = 2",
         "its decision counts 0 traces, expected 3 to 10"},
        {DROP_TRACE(4, 0), "trace 0 is missing"},
        {DROP_TRACE(4, 3), "trace 3 is missing"},
        {"DELETE FROM verdict; DELETE FROM measure; DELETE FROM trace",
         "trace 0 is missing"},
        {"UPDATE trace SET idx = 77 WHERE id = " OF(4, 3),
         "has a trace 77, expected 10"},
        {"UPDATE trace SET prompt = 5 WHERE id = " OF(4, 4),
         "has a trace 4, expected 0"},
        {"UPDATE trace SET prompt = 99 WHERE id = " OF(4, 4),
         "a trace belongs to prompt 99, expected 0 to 5"},
        {"UPDATE trace SET k = 21 WHERE id = " OF(0, 1),
         "k of trace 1 is 21, expected 20"},
        {"UPDATE trace SET segment = 9 WHERE id = " OF(0, 1),
         "session 9 of trace 1 is missing"},
        {"UPDATE trace SET answer_off = 1 WHERE id = " OF(0, 1),
         "the answer of trace 1 begins at 1, expected 0 from its text"},
        {"UPDATE trace SET answer_off = NULL WHERE id = " OF(0, 1),
         "the answer of trace 1 begins at none, expected 0 from its text"},
        {"DELETE FROM segment", "session 1 of trace 0 is missing"},
        {"DELETE FROM decision WHERE prompt = 5",
         "could not be run, but has no decision"},
        {"UPDATE decision SET decision = 'refusal' WHERE prompt = 5",
         "its decision is refusal, expected undetermined"},
        {"UPDATE prompt SET problem = 'x' WHERE ord = 1",
         "expected 0 to 0 as it could not be run"},
        {"UPDATE decision SET prompt = 9 WHERE prompt = 5",
         "a decision belongs to prompt 9"},
        {"DELETE FROM prompt WHERE ord = 5", "has 5 rows, expected 6"},
        {"DELETE FROM prompt WHERE ord = 2", "prompt 3 stands where prompt 2"},
        {"INSERT INTO prompt(ord, id, gold, n_tok, text) VALUES (6, 'x', "
         "'none', 1, 'x')",
         "has 7 rows, expected 6"},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++)
        refused(row[i][0], row[i][1]);
}

/* The place and the shard of each prompt, where the run is a part. */
static void test_shards(void **state)
{
#define SHARD(text, whole)                                                     \
    "INSERT INTO config VALUES (900, 'data.shard', '" text                     \
    "', 1), (901, 'data.n_whole', '" whole "', 1);"
    static const char *const row[][2] = {
        {"UPDATE prompt SET place = 7 WHERE ord = 2", "has a place in a larger "
                                                      "run"},
        {SHARD("1-3/3", "9"), "its place in the whole run is -1"},
        {SHARD("1/x", "9") "UPDATE prompt SET place = ord",
         "configuration key data.shard is '1/x', expected shards"},
        {SHARD("1-3/3", "5") "UPDATE prompt SET place = ord",
         "expected one from 5 on and below 5"},
        {SHARD("1-3/3", "9") "UPDATE prompt SET place = 5 + (ord > 3)",
         "its place in the whole run is 5, expected one from 6 on"},
        {SHARD("1/1000", "9") "UPDATE prompt SET place = ord",
         "is in no shard of this file, which is shard 1/1000"},
        {SHARD("1-3/3", "many") "UPDATE prompt SET place = ord",
         "configuration key data.n_whole is 'many'"},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++)
        refused(row[i][0], row[i][1]);
    fx_write_file(fx_path, whole, n_whole);
    fx_tamper(fx_path, SHARD("1-3/3", "9") "UPDATE prompt SET place = ord + 3");
    fx_ok(audit(&fx_err));
#undef SHARD
}

static void test_measures(void **state)
{
    static const char *const row[][2] = {
        {"UPDATE measure SET value = value * 1.001 WHERE measure = 'mean_prob' "
         "AND trace = " OF(2, 2),
         "measure mean_prob of trace 2 is "},
        {"UPDATE measure SET value = NULL WHERE measure = 'mean' AND trace "
         "= " OF(2, 2),
         "measure mean of trace 2 is none, expected "},
        {"DELETE FROM measure WHERE measure = 'mean_prob'",
         "trace 0 has no measure mean_prob"},
        {"DELETE FROM measure WHERE measure = 'mean' AND trace = " OF(2, 2),
         "as the others of its session"},
        {"UPDATE trace SET tok_logprob = zeroblob(4 * n_tok) WHERE id = " OF(1,
                                                                             1),
         "measure mean_prob of trace 1 is "},
        {"UPDATE measure SET value = 9e999 WHERE trace = " OF(2, 2),
         "column value is not finite"},
        {"UPDATE measure SET value = -9e999 WHERE trace = " OF(2, 2),
         "column value is not finite"},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++)
        refused(row[i][0], row[i][1]);
}

/* Lists of top log-probabilities against each other and the token records;
 * an entry has 8 bytes, a list four of them. */
static void test_top_logprobs(void **state)
{
#define TOP(expression)                                                        \
    "UPDATE trace SET tok_top = CAST(" expression                              \
    " AS BLOB) WHERE id = " OF(2, 2)
#define ENTRY(k) "substr(tok_top, " #k " * 8 + 1, 8)"
#define REST "substr(tok_top, 33)"
    static const char *const row[][2] = {
        {TOP(ENTRY(1) "||" ENTRY(0) "||" ENTRY(2) "||" ENTRY(3) "||" REST),
         "token 0 of trace 2: they are not in order"},
        {TOP(ENTRY(0) "||" ENTRY(0) "||" ENTRY(2) "||" ENTRY(3) "||" REST),
         "token 0 of trace 2: a token is there twice"},
        {TOP(ENTRY(0) "||" ENTRY(1) "||" ENTRY(2) "|| x'ff7f0000' || "
                                                  "substr(tok_top, 29)"),
         "token 0 of trace 2: one has no text in the table piece"},
        {TOP(ENTRY(0) "|| x'ffffffff0000c07f' ||" ENTRY(2) "||" ENTRY(
             3) "||" REST),
         "token 0 of trace 2: there is a gap in the list"},
        {TOP("substr(tok_top, 1, 4) || x'00007ac4' || substr(tok_top, 9, 4) "
             "|| x'00007ac4' || substr(tok_top, 17, 4) || x'00007ac4' || "
             "substr(tok_top, 25, 4) || x'00007ac4' ||" REST),
         "token 0 of trace 2: they do not give the token's confidence"},
        {"UPDATE trace SET tok_id = CAST(substr(tok_top, CASE substr(tok_id, 1,"
         " 4) WHEN substr(tok_top, 1, 4) THEN 9 ELSE 1 END, 4) || "
         "substr(tok_id, 5) AS BLOB) WHERE id = " OF(2, 2),
         "token 0 of trace 2: the sampled token has another one"},
        {"DELETE FROM piece", "has no text in the table piece"},
        {"UPDATE trace SET n_top = NULL, tok_top = NULL WHERE id = " OF(2, 2),
         "trace 2 has 0 top log-probabilities a token, expected 4"},
        {SET("confidence.top_logprobs", "3"), "a token, expected 3"},
        {SET("confidence.top_logprobs", "0"),
         "key confidence.top_logprobs is '0'"},
        {"DELETE FROM config WHERE key = 'confidence.top_logprobs'",
         "a token, expected 0"},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++)
        refused(row[i][0], row[i][1]);
}

/* Prompt ids are hostile, the key and the value too. */
static void test_configuration(void **state)
{
    static const char *const row[][2] = {
        {SET("stop.max_traces", "-1"), "key stop.max_traces is '-1', expected"},
        {SET("stop.max_traces", "10x"), "key stop.max_traces is '10x'"},
        {SET("stop.max_traces", ""), "key stop.max_traces is ''"},
        {SET("stop.max_traces", "4097"), "a whole number, 1 to 4096"},
        {SET("stop.max_traces", "18446744073709551617"), "1 to 4096"},
        {SET("stop.max_traces", "2"), "stop.min_traces is 3, expected at most"},
        {SET("stop.min_traces", "0"), "key stop.min_traces is '0'"},
        {SET("data.n_prompts", "7"), "has 6 rows, expected 7"},
        {SET("data.n_prompts", "-6"), "key data.n_prompts is '-6'"},
        {SET("data.n_prompts", "268435456"), "has 6 rows, expected 268435456"},
        {SET("confidence.k", "257"), "key confidence.k is '257'"},
        {SET("confidence.k", "19"), "k of trace 0 is 20, expected 19"},
        {SET("sampling.temperature", "nan"), "a number, 0 to 100"},
        {SET("sampling.temperature", "1e999"), "a number, 0 to 100"},
        {SET("sampling.top_p", "0"), "key sampling.top_p is '0'"},
        {SET("sampling.min_p", "1"), "key sampling.min_p is '1'"},
        {SET("run.seed", "18446744073709551616"), "key run.seed is"},
        {"UPDATE config SET value = char(27) || '[31m' WHERE key = 'run.seed'",
         "key run.seed is"},
        {"DELETE FROM config WHERE key = 'judge'", "key judge is missing"},
        {"DELETE FROM config WHERE key = 'stop.max_traces'",
         "key stop.max_traces is missing"},
        {"DELETE FROM config", "table config is empty, but other tables"},
        {"DELETE FROM config; DELETE FROM decision; DELETE FROM verdict; "
         "DELETE FROM measure; DELETE FROM trace; DELETE FROM segment",
         "table config is empty, but other tables"},
        {"DROP TABLE config", "no such table: config"},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++)
        refused(row[i][0], row[i][1]);
}

/* Four bytes of a per-token blob, put in the place of the first or the last
 * token's. */
static void test_tokens_are_finite(void **state)
{
    static const char *const column[] = {"tok_logprob", "tok_conf",
                                         "tok_entropy", "tok_self_cert"};
    static const char *const bits[] = {"x'0000807f'", "x'000080ff'",
                                       "x'0000c07f'", "x'010080ff'"};
    char sql[256], says[64];

    (void)state;
    for (size_t i = 0; i < DC_COUNT(column) * DC_COUNT(bits) * 2; i++) {
        const char *c = column[i / 2 / DC_COUNT(bits)];
        const char *b = bits[i / 2 % DC_COUNT(bits)];
        if (i % 2)
            snprintf(sql, sizeof sql,
                     "UPDATE trace SET %s = CAST(%s || substr(%s, 5) AS BLOB)"
                     " WHERE id = " OF(1, 2),
                     c, b, c);
        else
            snprintf(sql, sizeof sql,
                     "UPDATE trace SET %s = CAST(substr(%s, 1, 4 * n_tok - 4)"
                     " || %s AS BLOB) WHERE id = " OF(1, 2),
                     c, c, b);
        snprintf(says, sizeof says,
                 "column %s holds a number that is not finite", c);
        refused(sql, says);
    }
}

/* Every other column with a number in it. */
static void test_numbers_are_finite(void **state)
{
    static const char *const row[][2] = {
        {"UPDATE verdict SET score = 9e999 WHERE trace = " OF(0, 0),
         "column score is not finite"},
        {"UPDATE verdict SET score = -9e999 WHERE trace = " OF(0, 0),
         "column score is not finite"},
        {"UPDATE trace SET tok_top = CAST(substr(tok_top, 1, 4) || "
         "x'000080ff' || substr(tok_top, 9) AS BLOB) WHERE id = " OF(2, 2),
         "column tok_top holds no log-probability of a token"},
        {"UPDATE trace SET tok_top = CAST(substr(tok_top, 1, 4) || "
         "x'0000c07f' || substr(tok_top, 9) AS BLOB) WHERE id = " OF(2, 2),
         "column tok_top holds no log-probability of a token"},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++)
        refused(row[i][0], row[i][1]);
}

static void test_thresholds_are_finite(void **state)
{
    static const char *const set[] = {"value = 9e999", "value = -9e999",
                                      "q = 9e999", "q = -9e999"};
    struct dc_threshold_row t;
    struct dc_arena a;
    bool found;
    char sql[160];

    (void)state;
    for (size_t i = 0; i < DC_COUNT(set); i++) {
        fx_write_file(fx_path, whole, n_whole);
        snprintf(sql, sizeof sql,
                 "INSERT INTO threshold VALUES (1, 'x', 'mean', 10, 0.5, 1, 1);"
                 "UPDATE threshold SET %s",
                 set[i]);
        fx_tamper(fx_path, sql);
        struct dc_store *s = fx_open_ro(fx_path);
        dc_arena_init(&a);
        fx_fails(dc_store_threshold_get(s, &a, &t, &found, &fx_err), DC_STORE,
                 fx_path, "is not finite");
        dc_arena_release(&a);
        dc_store_close(s);
    }
}

/* SQLite can store what no clock can measure. */
static void test_times(void **state)
{
    static const char *const row[][2] = {
        {"UPDATE trace SET ms = 9e999", "column ms is not finite"},
        {"UPDATE trace SET ms = 1e308", "column ms is out of range"},
        {"UPDATE trace SET ms = -1.0", "column ms is out of range"},
        {"UPDATE segment SET wall_ms = 9e999", "column wall_ms is not finite"},
        {"UPDATE segment SET decode_ms = 1e14",
         "column decode_ms is out of range"},
        {"UPDATE segment SET prefill_ms = 1e308",
         "column prefill_ms is out of range"},
    };

    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        fx_write_file(fx_path, whole, n_whole);
        fx_tamper(fx_path, row[i][0]);
        fx_fails(summarise(&fx_err), DC_STORE, fx_path, row[i][1]);
    }
}

/* Part of a run is a run: decisions may be missing, and traces after them. */
static void test_unfinished(void **state)
{
    (void)state;
    fx_tamper(fx_path, "DELETE FROM decision WHERE prompt IN (1, 3)");
    fx_tamper(fx_path, DROP_TRACE(3, 1));
    fx_ok(audit(&fx_err));
    assert_int_equal(go_on(fx_path), DC_OK);
    fx_ok(audit(&fx_err));
    fx_tamper(fx_path, "DELETE FROM decision WHERE prompt < 5;"
                       "DELETE FROM verdict; DELETE FROM measure;"
                       "DELETE FROM trace; DELETE FROM segment");
    fx_ok(audit(&fx_err));
    assert_int_equal(go_on(fx_path), DC_OK);
}

static void test_no_run_yet(void **state)
{
    (void)state;
    remove_run(fx_path);
    dc_store_close(fx_open_rw(fx_path));
    fx_fails(audit(&fx_err), DC_DATA, fx_path, "holds no run yet");
}

/* A vote that this version does not know is not second-guessed; counts are. */
static void test_other_vote(void **state)
{
    (void)state;
    fx_tamper(fx_path, SET("vote", "other") ";UPDATE decision" FLIP(
                           "decision") "WHERE prompt = 3");
    fx_ok(audit(&fx_err));
    fx_tamper(fx_path, DROP_TRACE(3, 1));
    fx_fails(audit(&fx_err), DC_STORE, "trace 1 is missing");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_right_as_it_is),
        T(test_rows_that_contradict),
        T(test_shards),
        T(test_measures),
        T(test_configuration),
        T(test_times),
        T(test_unfinished),
        T(test_no_run_yet),
        T(test_other_vote),
        T(test_top_logprobs),
        T(test_tokens_are_finite),
        T(test_numbers_are_finite),
        T(test_thresholds_are_finite),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
