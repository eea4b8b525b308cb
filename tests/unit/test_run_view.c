/*
 * test_run_view.c - a run opened for reading: its prompts and decisions are
 * those of the rows, another judge's decisions are those that a recount by hand
 * gives, and all judges' together cost one walk over the traces.
 */
#include "data/dataset.h"
#include "infer/backend.h"
#include "read/run_view.h"
#include "run_util.h"
#include "store/store_priv.h"

#include <setjmp.h>
#include <stdarg.h>
/* after these */
#include <cmocka.h>

enum { N_PROMPT = 40, K = 5 };

static struct dc_store *store;

static const char *path_of(const char *name)
{
    static char p[512];
    snprintf(p, sizeof p, "%s/%s.db", test_dir(), name);
    return p;
}

/* A verdict that depends on the trace's place alone. */
static enum dc_verdict word_at(int64_t prompt, int64_t idx)
{
    static const enum dc_verdict word[] = {
        DC_VERDICT_REFUSAL,   DC_VERDICT_COMPLIANCE,   DC_VERDICT_PARTIAL,
        DC_VERDICT_REFUSAL,   DC_VERDICT_UNDETERMINED, DC_VERDICT_COMPLIANCE,
        DC_VERDICT_COMPLIANCE};
    return word[(prompt * 3 + idx * idx * 5 + idx) % 7];
}

struct putting {
    const char *judge;
    bool half, two; /* every other trace; in two versions */
    int64_t trace[N_PROMPT * K];
    enum dc_verdict word[N_PROMPT * K];
    size_t n_text[N_PROMPT * K];
    size_t n;
};

static enum dc_status see_unjudged(void *arg, const struct dc_unjudged_row *t,
                                   struct dc_err *err)
{
    struct putting *p = arg;
    (void)err;
    p->trace[p->n] = t->trace;
    p->n_text[p->n] = t->n_text;
    p->word[p->n++] = word_at(t->prompt, t->idx);
    return DC_OK;
}

static void put_judge(struct dc_store *s, struct putting *p)
{
    const struct dc_unjudged_cfg c = {p->judge, "1", INT64_MIN, N_PROMPT * K,
                                      false};
    p->n = 0;
    assert_int_equal(dc_store_each_unjudged(s, &c, see_unjudged, p, NULL),
                     DC_OK);
    assert_true(p->n > N_PROMPT);
    for (size_t i = 0; i < p->n; i += 1 + p->half) {
        const struct dc_verdict_row v = {
            .judge = p->judge,
            .version = p->two && i % 2 ? "2" : "1",
            .verdict = dc_verdict_name(p->word[i]),
            .rule = "by place",
        };
        assert_int_equal(
            dc_store_verdict_put(s, p->trace[i], p->n_text[i], &v, NULL),
            DC_OK);
    }
}

static void make_run(const char *path)
{
    static struct dc_item item[N_PROMPT];
    static char id[N_PROMPT][16];
    static const struct dc_prompt_field field[] = {{"kind", "odd"}};
    struct dc_run_cfg c = test_run_cfg();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_dataset d = {.item = item, .n = N_PROMPT};
    for (size_t i = 0; i < N_PROMPT; i++) {
        snprintf(id[i], sizeof id[i], "p%zu", i);
        item[i] =
            (struct dc_item){.id = id[i],
                             .text = id[i],
                             .n_text = strlen(id[i]),
                             .category = i % 3 ? "b" : "a",
                             .field = i % 2 ? field : NULL,
                             .n_field = i % 2,
                             .gold = i % 3 ? DC_GOLD_ANSWER : DC_GOLD_REFUSE};
    }
    dc_sha256_hex("view", 4, d.sha256);
    b.model = "random:refuse=0.5,len=6,vocab=64";
    c.policy = policy_spec("curtail");
    c.stop.max_traces = K;
    c.max_tokens = 8;
    c.data_name = "view.csv";
    c.benchmark = "generic";
    assert_int_equal(run_to(path, "fake", &b, &d, &c), DC_OK);
}

static int setup(void **state)
{
    static struct putting whole = {.judge = "whole"}, also = {.judge = "also"},
                          half = {.judge = "half", .half = true},
                          two = {.judge = "two", .two = true},
                          window = {.judge = "whole/window(3)", .half = true};
    struct dc_store *s = NULL;
    (void)state;
    make_run(path_of("run"));
    assert_int_equal(dc_store_open_rw(path_of("run"), &s, NULL), DC_OK);
    put_judge(s, &whole);
    put_judge(s, &also);
    put_judge(s, &half);
    put_judge(s, &two);
    put_judge(s, &window);
    dc_store_close(s);
    return dc_store_open_ro(path_of("run"), &store, NULL) != DC_OK;
}

static int teardown(void **state)
{
    (void)state;
    dc_store_close(store);
    return 0;
}

/* ---- what is stored ---- */

static enum dc_status same_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    const struct dc_run_view *r = arg;
    const struct dc_run_prompt *q = &r->prompt[p->ord];
    (void)err;
    assert_in_range(p->ord, 0, r->n_prompt - 1);
    assert_string_equal(q->id, p->id);
    assert_int_equal(q->stream, dc_hash64(p->id, strlen(p->id)));
    assert_string_equal(q->category, p->category);
    assert_int_equal(q->gold, p->gold);
    assert_false(q->problem);
    assert_int_equal(q->n_field, p->n_field);
    for (size_t i = 0; i < p->n_field; i++) {
        assert_string_equal(q->field[i].name, p->field[i].name);
        assert_string_equal(q->field[i].value, p->field[i].value);
    }
    return DC_OK;
}

static enum dc_status same_decision(void *arg, const struct dc_decision_row *d,
                                    struct dc_err *err)
{
    const struct dc_run_view *r = arg;
    struct dc_decision_row x;
    (void)err;
    assert_true(dc_run_view_decision(r, &r->own, (size_t)d->prompt, &x));
    assert_int_equal(x.prompt, d->prompt);
    assert_string_equal(x.decision, d->decision);
    assert_string_equal(x.reason, d->reason);
    assert_int_equal(x.calibration, d->calibration);
    assert_int_equal(x.n_trace, d->n_trace);
    assert_int_equal(x.n_refusal, d->n_refusal);
    assert_int_equal(x.n_compliance, d->n_compliance);
    assert_int_equal(x.n_undetermined, d->n_undetermined);
    return DC_OK;
}

static void test_rows(void **state)
{
    struct dc_run_view r;
    (void)state;
    assert_int_equal(
        dc_run_view_open(store, DC_RUN_AUDIT | DC_RUN_FIELDS, &r, NULL), DC_OK);
    assert_int_equal(r.n_prompt, N_PROMPT);
    assert_int_equal(r.is.max_traces, K);
    assert_true(r.is.knows.drawn && r.is.knows.repeatable);
    assert_int_equal(dc_store_each_prompt(store, same_prompt, &r, NULL), DC_OK);
    assert_int_equal(dc_store_each_decision(store, -1, same_decision, &r, NULL),
                     DC_OK);
    dc_run_view_close(&r);
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    for (size_t i = 0; i < r.n_prompt; i++)
        assert_int_equal(r.prompt[i].n_field, 0);
    dc_run_view_close(&r);
}

struct order {
    const struct dc_run_view *r;
    int64_t prompt, idx, n;
    size_t least; /* verdicts of a trace */
};

static enum dc_status in_order(void *arg, const struct dc_run_prompt *p,
                               const struct dc_trace_row *t, struct dc_err *err)
{
    struct order *o = arg;
    (void)err;
    assert_ptr_equal(p, &o->r->prompt[t->prompt]);
    assert_true(t->prompt > o->prompt ||
                (t->prompt == o->prompt && t->idx > o->idx));
    assert_true(t->tok == NULL && t->n_verdict >= o->least);
    o->prompt = t->prompt;
    o->idx = t->idx;
    o->n++;
    return DC_OK;
}

static void test_traces_in_order(void **state)
{
    struct dc_run_view r;
    int64_t n_all = 0;
    (void)state;
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    assert_int_equal(dc_store_count_traces(store, &n_all, NULL), DC_OK);
    struct order all = {&r, -1, -1, 0, 3}, one = {&r, -1, -1, 0, 3};
    assert_int_equal(
        dc_run_view_each(&r, DC_TRACE_VERDICTS, in_order, &all, NULL), DC_OK);
    assert_int_equal(all.n, n_all);
    for (size_t i = 0; i < r.n_prompt; i++) {
        one.idx = -1;
        assert_int_equal(
            dc_run_view_each_of(&r, i, DC_TRACE_VERDICTS, in_order, &one, NULL),
            DC_OK);
        assert_int_equal(one.prompt, i);
    }
    assert_int_equal(one.n, n_all);
    dc_run_view_close(&r);
}

/* ---- another judge ---- */

/* By the rule in <deepconf/vote.h>, in other words. */
static enum dc_verdict majority(unsigned yes, unsigned no, unsigned n)
{
    if (2 * yes > n)
        return DC_VERDICT_REFUSAL;
    return n > 0 && 2 * no >= n ? DC_VERDICT_COMPLIANCE
                                : DC_VERDICT_UNDETERMINED;
}

/* Over every way in which the traces not drawn might come out. */
static bool could_change(unsigned yes, unsigned no, unsigned n)
{
    enum dc_verdict first = majority(yes + K - n, no, K);
    for (unsigned a = 0; a + n <= K; a++)
        for (unsigned b = 0; a + b + n <= K; b++)
            if (majority(yes + a, no + b, K) != first)
                return true;
    return false;
}

static void test_decisions_of_another(void **state)
{
    struct dc_run_view r;
    const struct dc_run_votes *v = NULL, *again = NULL;
    size_t n_open = 0, n_changed = 0, n_short = 0;
    char says[64];
    (void)state;
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    assert_int_equal(dc_run_view_decisions(&r, "whole", &v, NULL), DC_OK);
    assert_string_equal(v->judge, "whole");
    assert_string_equal(v->version, "1");
    assert_false(v->own);
    for (size_t i = 0; i < r.n_prompt; i++) {
        unsigned n = r.own.vote[i].says.n, yes = 0, no = 0;
        for (unsigned k = 0; k < n; k++) {
            enum dc_verdict w = word_at((int64_t)i, k);
            yes += w == DC_VERDICT_REFUSAL || w == DC_VERDICT_PARTIAL;
            no += w == DC_VERDICT_COMPLIANCE;
        }
        assert_true(v->vote[i].has);
        assert_int_equal(v->vote[i].decision, majority(yes, no, n));
        assert_int_equal(v->vote[i].says.n, n);
        assert_int_equal(v->vote[i].says.refusal, yes);
        assert_int_equal(v->vote[i].says.compliance, no);
        assert_int_equal(v->vote[i].open, n < K && could_change(yes, no, n));
        n_open += v->vote[i].open;
        n_short += n < K;
        n_changed += v->vote[i].decision != r.own.vote[i].decision;
    }
    assert_true(n_open > 0 && n_open < n_short && n_changed > 0);
    assert_int_equal(v->n_open, n_open);
    snprintf(says, sizeof says, "%zu of %d differ", n_changed, N_PROMPT);
    assert_non_null(strstr(v->says, says));
    assert_int_equal(dc_run_view_decisions(&r, "whole", &again, NULL), DC_OK);
    assert_ptr_equal(again, v);
    dc_run_view_close(&r);
}

/* By its former name, too. */
static void test_own(void **state)
{
    struct dc_run_view r;
    const struct dc_run_votes *a = NULL, *b = NULL;
    (void)state;
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    assert_int_equal(dc_run_view_decisions(&r, NULL, &a, NULL), DC_OK);
    assert_int_equal(dc_run_view_decisions(&r, "keywords-request", &b, NULL),
                     DC_OK);
    assert_ptr_equal(a, b);
    assert_true(a->own && !a->says && a->n_open == 0);
    dc_run_view_close(&r);
}

static void test_judges(void **state)
{
    static const char *const label[] = {"also", "half", "phrases10", "two",
                                        "whole"};
    struct dc_run_view r;
    (void)state;
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    assert_int_equal(dc_run_view_judges(&r, NULL), DC_OK);
    assert_int_equal(r.n_judge, 5);
    for (size_t i = 0; i < r.n_judge; i++) {
        const struct dc_run_judge *j = &r.judge[i];
        uint64_t n = 0;
        assert_string_equal(j->label, label[i]);
        assert_int_equal(j->own, i == 2);
        assert_int_equal(dc_run_judge_decides(&r, j), i != 1 && i != 3);
        for (int v = 0; v < DC_VERDICTS; v++)
            n += j->verdict[v];
        assert_int_equal(n, j->n);
        assert_int_equal(j->n == r.n_trace, i != 1);
    }
    assert_string_equal(r.judge[3].other, "2");
    dc_run_view_close(&r);
}

static void check_no(const char *judge, enum dc_status want, const char *says)
{
    struct dc_run_view r;
    struct dc_run_pick pick;
    const struct dc_run_votes *v = NULL;
    struct dc_err err = {.msg = ""};
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    assert_int_equal(dc_run_view_pick(&r, judge, &pick, NULL), want);
    assert_int_equal(dc_run_view_decisions(&r, judge, &v, &err), want);
    if (!strstr(err.msg, says))
        fail_msg("%s", err.msg);
    dc_run_view_close(&r);
}

static void test_who_cannot_decide(void **state)
{
    (void)state;
    check_no("nobody", DC_USAGE,
             "it has those of: also, half, phrases10, two, whole");
    check_no("half", DC_DATA, "half has judged");
    check_no("two", DC_DATA, "of the versions 1 and 2");
    check_no("whole/window(3)", DC_USAGE, "no verdicts");
}

/* All judges' decisions come from the first walk. */
static void test_one_walk_for_all(void **state)
{
    struct dc_run_view r;
    const struct dc_run_votes *v = NULL;
    int64_t sorts, before, after;
    (void)state;
    assert_int_equal(dc_run_view_open(store, 0, &r, NULL), DC_OK);
    assert_int_equal(dc_run_view_decisions(&r, "also", &v, NULL), DC_OK);
    before = dc_db_steps(store->db, &sorts);
    assert_int_equal(dc_run_view_decisions(&r, "whole", &v, NULL), DC_OK);
    after = dc_db_steps(store->db, &sorts);
    assert_int_equal(after, before);
    dc_run_view_close(&r);
}

/* ---- what is no run, and what is damaged ---- */

static void test_no_run(void **state)
{
    struct dc_store *s = NULL;
    struct dc_run_view r;
    struct dc_err err = {.msg = ""};
    (void)state;
    assert_int_equal(dc_store_open_memory("nothing", &s, NULL), DC_OK);
    assert_int_equal(dc_run_view_open(s, 0, &r, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "holds no run yet"));
    dc_run_view_close(&r);
    assert_int_equal(dc_run_view_open(s, DC_RUN_AUDIT, &r, &err), DC_DATA);
    dc_run_view_close(&r);
    dc_store_close(s);
    assert_int_equal(dc_run_view_load("/nowhere/run.db", 0, &r, &err), DC_IO);
    dc_run_view_unload(&r);
}

static void check_damage(const char *sql, const char *says)
{
    struct dc_store *s = NULL;
    struct dc_run_view r;
    struct dc_err err = {.msg = ""};
    struct order o = {&r, -1, -1, 0, 0};
    remove_run(path_of("bad"));
    make_run(path_of("bad"));
    assert_int_equal(dc_store_open_rw(path_of("bad"), &s, NULL), DC_OK);
    assert_int_equal(dc_db_exec(s->db, "PRAGMA foreign_keys = OFF", NULL),
                     DC_OK);
    assert_int_equal(dc_db_exec(s->db, sql, NULL), DC_OK);
    enum dc_status st = dc_run_view_open(s, 0, &r, &err);
    if (!st)
        st = dc_run_view_each(&r, 0, in_order, &o, &err);
    assert_int_equal(st, DC_STORE);
    if (!strstr(err.msg, says))
        fail_msg("%s", err.msg);
    dc_run_view_close(&r);
    dc_store_close(s);
}

static void test_damage(void **state)
{
    (void)state;
    check_damage("DELETE FROM prompt WHERE ord = 8",
                 "prompt 9 stands where 8 was expected");
    check_damage("DELETE FROM field; DELETE FROM prompt WHERE ord = 39",
                 "a decision belongs to prompt 39, of 39");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_traces_in_order),
        cmocka_unit_test(test_decisions_of_another),
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_judges),
        cmocka_unit_test(test_who_cannot_decide),
        cmocka_unit_test(test_one_walk_for_all),
        cmocka_unit_test(test_no_run),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
