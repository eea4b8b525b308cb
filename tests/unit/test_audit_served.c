/*
 * test_audit_served.c - the run file of a backend that is a server: no ids, no
 * entropy, traces drawn again, a prompt that is refused late. It passes the
 * audit as it is; what contradicts itself in it is refused.
 */
#include "audit/audit.h"
#include "results/redrawn.h"
#include "results/summary.h"
#include "run_util.h"
#include "store_fixture.h"

#include <math.h>

enum { SERVED_ITEMS = 5, TOO_LONG = 4, SERVED_CTX = 300, SERVED_K = 4 };

static struct dc_item item[SERVED_ITEMS];
static struct dc_dataset data = {
    .item = item, .n = SERVED_ITEMS, .n_rows = SERVED_ITEMS};
static char text[SERVED_ITEMS][1024], id[SERVED_ITEMS][16];
static char *whole; /* the file's bytes, [n_whole] */
static size_t n_whole;

static enum dc_status draw(const char *path)
{
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_run_cfg c = test_run_cfg();
    c.max_tokens = 24;
    c.k = b.k = SERVED_K;
    c.n_top = b.n_top = SERVED_K;
    c.n_ctx = SERVED_CTX;
    c.data_name = "served";
    c.benchmark = "generic";
    b.model = "random:refuse=0.5,len=12,vocab=64,server=1,chunk=3,lose=0.3";
    return run_to(path, "fake", &b, &data, &c);
}

static int setup(void **state)
{
    if (fx_setup(state))
        return -1;
    for (int i = 0; i < SERVED_ITEMS; i++) {
        snprintf(id[i], sizeof id[i], "p%d", i);
        memset(text[i], 'x', i == TOO_LONG ? 1000 : 10);
        for (int k = 0; text[i][k]; k += 2)
            text[i][k] = ' ';
        item[i] = (struct dc_item){.id = id[i],
                                   .text = text[i],
                                   .n_text = strlen(text[i]),
                                   .gold = DC_GOLD_REFUSE};
    }
    dc_sha256_hex("served", 6, data.sha256);
    if (draw(fx_path))
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

static enum dc_status summarise(struct dc_summary *out, struct dc_err *err)
{
    struct dc_store *s = fx_open_ro(fx_path);
    enum dc_status st = dc_summary_read(s, NULL, 0, out, err);
    dc_store_close(s);
    return st;
}

static void tampered(const char *sql)
{
    fx_write_file(fx_path, whole, n_whole);
    fx_tamper(fx_path, sql);
}

static void refused(const char *sql, const char *says)
{
    struct dc_summary sum;
    tampered(sql);
    enum dc_status st = summarise(&sum, &fx_err);
    if (st != DC_STORE)
        fail_msg("%s: status %d, expected %d", sql, (int)st, (int)DC_STORE);
    if (!strstr(fx_err.msg, says))
        fail_msg("%s: no '%s' in: %s", sql, says, fx_err.msg);
}

static void accepted(const char *sql)
{
    struct dc_summary sum;
    tampered(sql);
    fx_ok(summarise(&sum, &fx_err));
    dc_summary_release(&sum);
}

#define SET(key, value)                                                        \
    "UPDATE config SET value = '" value "' WHERE key = '" key "'"
#define ONE " WHERE id = (SELECT min(id) FROM trace)"
#define ENTRY(k) "substr(tok_top, " #k " * 8 + 1, 8)"
#define REST "substr(tok_top, 33)"
#define TOP(expression)                                                        \
    "UPDATE trace SET tok_top = CAST(" expression " AS BLOB)" ONE

/* A server told of the last prompt that it is too long once it was asked. */
static void test_right_as_it_is(void **state)
{
    struct dc_summary s;
    (void)state;
    fx_ok(summarise(&s, &fx_err));
    assert_true(s.knows.drawn);
    assert_false(s.knows.repeatable);
    assert_false(s.knows.logits);
    assert_false(s.knows.vocabulary);
    assert_int_equal(s.knows.parts, DC_TOKEN_LOGPROB | DC_TOKEN_CONF);
    assert_int_equal(s.n_problem, 1);
    assert_int_equal(s.n_decided, SERVED_ITEMS);
    assert_int_equal(s.n_server, 1);
    assert_int_equal(s.server[0].n_trace, s.spent.n_trace);
    assert_int_equal(s.ended[DC_FINISH_STOP] + s.ended[DC_FINISH_LENGTH],
                     s.spent.n_trace);
    dc_summary_release(&s);
    assert_int_equal(fx_int(fx_path, "SELECT count(*) FROM prompt WHERE"
                                     " problem = 'context overflow'"),
                     1);
    assert_int_equal(fx_int(fx_path, "SELECT count(*) FROM prompt WHERE"
                                     " (n_tok IS NULL) <> (ord = 4)"),
                     0);
    assert_int_equal(draw(fx_path), DC_OK); /* goes on: nothing is left to do */
}

static void test_drawn_again_is_counted(void **state)
{
    struct dc_summary s;
    int64_t again =
        fx_int(fx_path, "SELECT count(*) FROM trace WHERE attempts > 1");
    int64_t draws = fx_int(fx_path, "SELECT sum(attempts) FROM trace");
    int64_t refusals = fx_int(
        fx_path, "SELECT count(*) FROM trace t JOIN verdict v ON v.trace = t.id"
                 " WHERE attempts > 1 AND verdict IN ('refusal', 'partial')");
    (void)state;
    assert_true(again > 0);
    fx_ok(summarise(&s, &fx_err));
    assert_int_equal(s.redrawn.n_again, again);
    assert_int_equal(s.redrawn.n_attempt, draws);
    assert_int_equal(s.redrawn.again.k, refusals);
    assert_int_equal(s.redrawn.n_trace, s.spent.n_trace);
    assert_int_equal(s.redrawn.n_decided, SERVED_ITEMS - 1);
    dc_summary_release(&s);
    /* no majority decides under a policy that does so itself */
    tampered("UPDATE config SET value = 'sprt(0.4,0.6,0.2,0.2)'"
             " WHERE key = 'stop.policy'");
    fx_ok(summarise(&s, &fx_err));
    assert_int_equal(s.redrawn.n_decided, 0);
    dc_summary_release(&s);
    /* nothing is said of it where each was drawn once */
    tampered("UPDATE trace SET attempts = 1");
    fx_ok(summarise(&s, &fx_err));
    assert_int_equal(s.redrawn.n_again, 0);
    dc_summary_release(&s);
}

static void test_what_is_known(void **state)
{
    (void)state;
    refused(SET("run.repeatable", "maybe"), "expected 'yes' or 'no'");
    refused(SET("confidence.source", "x\033y"), "expected 'logits' or 'top-k");
    refused(SET("piece.ids", ""), "expected 'vocabulary' or 'order'");
    refused(SET("confidence.parts", "logprob,conf"), "names of the parts");
    refused(SET("confidence.parts", "conf"),
            "have logprob, expected conf at most");
    refused("UPDATE trace SET lacks = 'id entropy'" ONE,
            "column tok_self_cert holds a number that is not finite");
    accepted("INSERT INTO config SELECT max(ord) + 1, 'x', 'y', 0 FROM config");
}

static void test_servers(void **state)
{
    (void)state;
    refused("UPDATE trace SET endpoint = 7" ONE, "endpoint 7 of trace");
    refused("DELETE FROM endpoint", "endpoint 1 of trace");
    refused(SET("run.repeatable", "yes"), "times, and the run is repeatable");
    accepted("UPDATE trace SET endpoint = NULL, first_ms = NULL" ONE);
}

/* The lists have no ids: two tokens of one text are two. */
static void test_lists(void **state)
{
    (void)state;
    accepted(TOP("substr(tok_top, 1, 8) || substr(tok_top, 1, 4) || "
                 "substr(tok_top, 13)"));
    refused(TOP(ENTRY(1) "||" ENTRY(0) "||" ENTRY(2) "||" ENTRY(3) "||" REST),
            "they are not in order");
    refused(TOP(ENTRY(0) "||" ENTRY(1) "||" ENTRY(2) "|| x'ffffff7f' || "
                                                     "substr(tok_top, 29)"),
            "one has no text in the table piece");
    refused("UPDATE trace SET n_top = NULL, tok_top = NULL" ONE,
            "0 top log-probabilities a token, expected 4");
    refused("UPDATE trace SET k = 3" ONE, "is 3, expected 4");
}

/* Lists of k give C. */
static void test_confidence_is_made_again(void **state)
{
    (void)state;
    refused(TOP("substr(tok_top, 1, 28) || x'00007ac4' ||" REST),
            "they do not give the token's confidence");
    refused(TOP("substr(tok_top, 1, 4) || x'00000000' || substr(tok_top, 9)"),
            "they do not give the token's confidence");
}

/* Every token of the first trace gets the log-probability -2^-10, its bytes
 * 000080ba, and so do the measures made of them. */
static void test_sampled_outside_its_list(void **state)
{
    int64_t n = fx_int(fx_path, "SELECT n_tok FROM trace" ONE);
    char sql[2048];
    size_t at = 0;
    (void)state;
    assert_in_range(n, 1, 100);
    at +=
        (size_t)snprintf(sql, sizeof sql, "UPDATE trace SET tok_logprob = x'");
    for (int64_t i = 0; i < n; i++)
        at += (size_t)snprintf(sql + at, sizeof sql - at, "000080ba");
    snprintf(sql + at, sizeof sql - at,
             "'" ONE ";UPDATE measure SET value = CASE measure WHEN 'nll' THEN"
             " %.17g ELSE %.17g END WHERE measure IN ('nll', 'mean_prob') AND"
             " trace = (SELECT min(id) FROM trace)",
             1.0 / 1024, exp(-1.0 / 1024));
    refused(sql, "the sampled token belongs into the list");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_right_as_it_is),
        T(test_drawn_again_is_counted),
        T(test_servers),
        T(test_what_is_known),
        T(test_lists),
        T(test_confidence_is_made_again),
        T(test_sampled_outside_its_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
