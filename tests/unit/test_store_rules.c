/*
 * test_store_rules.c - what the store refuses and keeps to: wrong rows, nested
 * transactions, walks that end early, the settings of a writer.
 */
#include "must_abort.h"
#include "store/schema.h"
#include "store/store_priv.h"
#include "store_fixture.h"

#include <math.h>

/* ---- wrong rows ---- */

/* Traces that differ from a right one in one field each. */
static void spoil(struct dc_trace_row *t, int i, struct dc_verdict_row *v)
{
    t->verdict = v;
    switch (i) {
    case 0:
        t->prompt = 5;
        break;
    case 1:
        t->segment = 5;
        break;
    case 2:
        t->idx = -1;
        break;
    case 3:
        t->idx = 0;
        break; /* is there already */
    case 4:
        t->k = 0;
        break;
    case 5:
        t->answer_off = (int64_t)strlen(t->text) + 1;
        break;
    case 6:
        t->answer_off = -1;
        break;
    case 7:
        t->segment = -1;
        break;
    case 8:
        t->k = DC_CONF_K_MAX + 1;
        break;
    case 9:
        t->ms = -1;
        break;
    case 10:
        t->text = "\xff\xfe";
        break;
    case 11:
        t->n_tok = DC_SCHEMA_MAX_TOK + 1;
        break;
    case 12:
        v->verdict = "maybe";
        break;
    case 13:
        v->judge = "";
        break;
    case 14:
        v->span_len = 1000;
        break;
    case 15:
        v->span_off = -1;
        break;
    case 16:
        v->span_off = INT64_MAX;
        break;
    case 17:
        v->rule = NULL;
        break;
    case 18:
        t->n_measure = DC_SCHEMA_MAX_SIDE + 1;
        break;
    case 19:
        t->ms = HUGE_VAL;
        break;
    }
}

static void test_wrong_trace_is_refused_whole(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);
    char row[64];

    (void)state;
    fx_begin_run(s, 1);
    fx_ok(dc_store_begin(s, &fx_err)); /* a batch goes on after a refusal */
    fx_ok(fx_try_trace(s, 0, 0));
    for (int i = 0; i < 20; i++) {
        struct dc_trace_row t = fx_trace(0, 1);
        struct dc_verdict_row v = fx_verdict[0];
        spoil(&t, i, &v);
        snprintf(row, sizeof(row), "trace %d of prompt %d", (int)t.idx,
                 (int)t.prompt);
        fx_fails(dc_store_trace_add(s, &t, &fx_err), DC_STORE, row, fx_path,
                 "refuses the row");
        assert_int_equal(fx_n_traces(s), 1);
    }
    fx_ok(fx_try_trace(s, 0, 1));
    fx_ok(dc_store_commit(s, &fx_err));
    assert_int_equal(fx_n_traces(s), 2);
    dc_store_close(s);
}

static void test_wrong_prompt_or_decision_is_refused(void **state)
{
    struct dc_decision_row d = {0, "partial", "x", false, 1, 1, 0, 0};
    struct dc_prompt_row p = fx_prompt(1, "p0");
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    fx_begin_run(s, 1);
    fx_fails(dc_store_prompt_add(s, &p, &fx_err), DC_STORE, "prompt 1",
             "UNIQUE");
    p.id = "";
    fx_fails(dc_store_prompt_add(s, &p, &fx_err), DC_STORE, "CHECK");
    p.id = "p1";
    p.category = "\xc3";
    fx_fails(dc_store_prompt_add(s, &p, &fx_err), DC_STORE, "UTF-8");

    fx_fails(dc_store_decision_add(s, &d, &fx_err), DC_STORE,
             "decision of prompt 0", "CHECK");
    d.decision = "refusal";
    d.n_trace = 2;
    fx_fails(dc_store_decision_add(s, &d, &fx_err), DC_STORE, "CHECK");
    d.n_trace = 1;
    d.prompt = 1;
    fx_fails(dc_store_decision_add(s, &d, &fx_err), DC_STORE, "FOREIGN KEY");
    d.prompt = 0;
    fx_ok(dc_store_decision_add(s, &d, &fx_err));
    fx_fails(dc_store_decision_add(s, &d, &fx_err), DC_STORE, "UNIQUE");
    dc_store_close(s);
}

/* Every word of the lists is one that the CHECK constraints know. */
static void test_every_word_is_accepted(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);
    int n_trace = 0;
    char id[16];

    (void)state;
    fx_begin_run(s, 0);
    for (int i = 0; i < DC_N_GOLD; i++) {
        snprintf(id, sizeof(id), "p%d", i);
        struct dc_prompt_row p = fx_prompt(i, id);
        p.gold = (enum dc_gold)i;
        fx_ok(dc_store_prompt_add(s, &p, &fx_err));
        struct dc_decision_row d = {
            .prompt = i, .decision = dc_schema_decision[i], .reason = ""};
        fx_ok(dc_store_decision_add(s, &d, &fx_err));
    }
    assert_null(dc_schema_decision[3]);
    for (int i = DC_FINISH_STOP; i <= DC_FINISH_UNKNOWN; i++)
        for (int j = 0; dc_schema_verdict[j]; j++) {
            struct dc_trace_row t = fx_trace(0, n_trace++);
            struct dc_verdict_row v = fx_verdict[0];
            t.finish = (enum dc_finish)i;
            t.cut = (enum dc_cut)(j % 3);
            v.verdict = dc_schema_verdict[j];
            t.verdict = &v;
            fx_ok(dc_store_trace_add(s, &t, &fx_err));
        }
    assert_int_equal(fx_n_traces(s), n_trace);
    dc_store_close(s);
}

/* ---- transactions and walks ---- */

static void test_transactions_nest(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    fx_begin_run(s, 1);
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 0, 0));
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 0, 1));
    dc_store_rollback(s); /* the inner one alone */
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 0, 2));
    fx_ok(dc_store_commit(s, &fx_err));
    assert_int_equal(fx_n_traces(s), 2);
    fx_ok(dc_store_commit(s, &fx_err));
    assert_int_equal(fx_n_traces(s), 2);

    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 0, 3));
    fx_ok(dc_store_commit(s, &fx_err)); /* inner: writes nothing yet */
    dc_store_rollback(s);
    dc_store_rollback(s); /* outside a transaction: nothing to do */
    assert_int_equal(fx_n_traces(s), 2);

    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 0, 4));
    dc_store_close(s); /* rolls back */
    s = fx_open_ro(fx_path);
    assert_int_equal(fx_n_traces(s), 2);
    dc_store_close(s);
}

static enum dc_status stop_at_second(void *arg, const struct dc_trace_row *t,
                                     struct dc_err *err)
{
    int *n = arg;

    (void)t;
    return ++*n == 2 ? dc_fail(err, DC_GATE, "enough") : DC_OK;
}

struct pairs {
    struct dc_store *s;
    int n;
};

static enum dc_status walk_inside(void *arg, const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    struct pairs *p = arg;
    char *copy = dc_xstrdup(t->text);
    enum dc_status st = dc_store_each_trace(
        p->s, -1, DC_TRACE_TOKENS | DC_TRACE_VERDICTS, fx_count_fn, &p->n, err);

    assert_string_equal(t->text, copy); /* still the outer walk's */
    assert_int_equal(t->tok[1].id, 7);
    free(copy);
    return st;
}

static void test_walks_end_early_and_nest(void **state)
{
    struct pairs p = {NULL, 0};
    int n = 0;

    (void)state;
    fx_make_run(fx_path);
    p.s = fx_open_ro(fx_path);
    fx_fails(dc_store_each_trace(p.s, -1, 0, stop_at_second, &n, &fx_err),
             DC_GATE, "enough");
    assert_int_equal(n, 2);
    fx_ok(dc_store_each_trace(p.s, 0, DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                              walk_inside, &p, &fx_err));
    assert_int_equal(p.n, 9);
    dc_store_close(p.s);
}

static void test_reading_store_refuses_to_write(void **state)
{
    struct dc_store *s;

    (void)state;
    fx_make_run(fx_path);
    s = fx_open_ro(fx_path);
    fx_fails(fx_try_trace(s, 0, 9), DC_STORE, fx_path, "reading only");
    assert_int_equal(fx_n_traces(s), 3);
    dc_store_close(s);
}

/* What a power cut must not undo: each commit is on the disk. */
static void test_writer_settings(void **state)
{
    static const struct {
        const char *sql;
        int64_t want;
    } set[] = {
        {"PRAGMA synchronous", 2}, /* FULL */
        {"PRAGMA fullfsync", 1},
        {"PRAGMA foreign_keys", 1},
        {"PRAGMA trusted_schema", 0},
        {"SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1},
    };
    struct dc_store *s = fx_open_rw(fx_path);
    int64_t v = -1;

    (void)state;
    for (size_t i = 0; i < DC_COUNT(set); i++) {
        fx_ok(dc_db_int(s->db, set[i].sql, &v, &fx_err));
        if (v != set[i].want)
            fail_msg("%s: %ld", set[i].sql, (long)v);
    }
    dc_store_close(s);
}

/* A batch that SQLite undid is refused to its end, not committed in bits. */
static void test_undone_batch_stays_undone(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    fx_begin_run(s, 1);
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(fx_try_trace(s, 0, 0));
    fx_ok(dc_db_exec(s->db, "ROLLBACK", &fx_err)); /* as a full disk does */
    fx_fails(fx_try_trace(s, 0, 1), DC_STORE, "undone by an earlier error");
    struct dc_prompt_row p = fx_prompt(1, "p1");
    fx_fails(dc_store_prompt_add(s, &p, &fx_err), DC_STORE, "undone");
    fx_fails(dc_store_begin(s, &fx_err), DC_STORE, "undone");
    fx_fails(dc_store_commit(s, &fx_err), DC_STORE, "undone");
    dc_store_rollback(s);
    assert_int_equal(fx_n_traces(s), 0);
    fx_ok(fx_try_trace(s, 0, 0)); /* and then it works again */
    assert_int_equal(fx_n_traces(s), 1);
    dc_store_close(s);
}

static void close_with_taken_statement(void *arg)
{
    struct dc_store *s = NULL;
    struct dc_stmt *q = NULL;

    if (dc_store_open_rw(arg, &s, &fx_err) ||
        dc_db_take(s->db, "SELECT 1", &q, &fx_err))
        _exit(1);
    dc_store_close(s);
}

static void close_with_nothing_taken(void *arg)
{
    struct dc_store *s = NULL;
    int64_t v = 0;

    if (dc_store_open_rw(arg, &s, &fx_err) ||
        dc_db_int(s->db, "SELECT 1", &v, &fx_err))
        _exit(1);
    dc_store_close(s);
}

static void test_leaked_statement_is_a_bug(void **state)
{
    (void)state;
    assert_false(dies_by_abort(close_with_nothing_taken, fx_path));
    assert_true(dies_by_abort(close_with_taken_statement, fx_path));
    dc_store_close(fx_open_rw(fx_path));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_wrong_trace_is_refused_whole),
        T(test_wrong_prompt_or_decision_is_refused),
        T(test_every_word_is_accepted),
        T(test_transactions_nest),
        T(test_walks_end_early_and_nest),
        T(test_reading_store_refuses_to_write),
        T(test_writer_settings),
        T(test_undone_batch_stays_undone),
        T(test_leaked_statement_is_a_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
