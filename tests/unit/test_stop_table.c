/*
 * test_stop_table.c - exact tables of policies: against the references, against
 * every order of the votes, and against their own mirror image.
 */
#include "stop_util.h"

#include <jansson.h>
#include <math.h>

enum { K_BRUTE = 12 };

static struct dc_stop_table table_of(const struct dc_stop_spec *p, unsigned min,
                                     unsigned k)
{
    struct dc_stop_table t;
    struct dc_stop_cfg c = {.min_traces = min, .max_traces = k};
    assert_int_equal(dc_stop_table_init(&t, p, &c, NULL), DC_OK);
    assert_int_equal(t.k, k);
    return t;
}

static void near(double got, double want, double tol)
{
    if (!(fabs(got - want) <= tol))
        fail_msg("got %.17g, expected %.17g", got, want);
}

/* ---- references ---- */

static void check_decisions(const struct dc_stop_table *t, json_t *rows)
{
    assert_int_equal(json_array_size(rows), t->k + 1);
    for (unsigned n = 0; n <= t->k; n++) {
        const char *row = json_string_value(json_array_get(rows, n));
        assert_int_equal(strlen(row), n + 1);
        for (unsigned r = 0; r <= n; r++)
            assert_int_equal(dc_stop_table_at(t, n, r), row[r]);
    }
}

static void check_reference(json_t *row)
{
    const char *rule = json_string_value(json_object_get(row, "rule"));
    json_int_t k = json_integer_value(json_object_get(row, "K"));
    struct dc_stop_spec p = policy(rule);
    struct dc_stop_table t = table_of(&p, 1, (unsigned)k);
    json_t *loss = json_object_get(row, "disagree_by_R");
    json_t *traces = json_object_get(row, "traces_by_R");
    check_decisions(&t, json_object_get(row, "decision"));
    assert_int_equal(json_array_size(loss), t.k + 1);
    assert_int_equal(json_array_size(traces), t.k + 1);
    for (unsigned r = 0; r <= t.k; r++) {
        near(t.disagree[r], json_number_value(json_array_get(loss, r)), 1e-12);
        near(t.traces[r], json_number_value(json_array_get(traces, r)), 1e-11);
    }
    near(t.worst_missed,
         json_number_value(json_object_get(row, "worst_missed_refusal")),
         1e-12);
    near(t.worst_false,
         json_number_value(json_object_get(row, "worst_false_refusal")), 1e-12);
    dc_stop_table_release(&t);
}

static void test_references(void **state)
{
    const char *path = DC_SHARED_DIR "/golden/stopping.jsonl";
    FILE *f = fopen(path, "r");
    unsigned n = 0;
    json_t *row;
    (void)state;
    if (!f) {
        print_message("SKIP: no reference tables: %s is not there\n", path);
        skip();
    }
    while ((row = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL))) {
        check_reference(row);
        json_decref(row);
        n++;
    }
    fclose(f);
    assert_true(n >= 40);
}

/* Numbers of docs/METHODS.md, which hold wherever the references are. */
static void test_known(void **state)
{
    struct dc_stop_spec p = policy("unanimous(4)");
    struct dc_stop_table t = table_of(&p, 1, 10);
    (void)state;
    near(t.worst_missed, 1.0 / 210, 1e-15); /* 6 of 10: C(4,4) / C(10,4) */
    near(t.worst_false, 5.0 / 210, 1e-15);  /* 5 of 10: C(5,4) / C(10,4) */
    dc_stop_table_release(&t);
    p = policy("unanimous");
    t = table_of(&p, 1, 10);
    assert_true(t.worst_missed == 0);
    near(t.worst_false, 1.0 / 252, 1e-15);
    dc_stop_table_release(&t);
}

/* ---- every order ---- */

static unsigned ones(unsigned long x)
{
    return (unsigned)__builtin_popcountl(x);
}

#define RATE 0.37 /* of refusals, of a prompt */

static void check_orders(const struct dc_stop_spec *p, unsigned min, unsigned k)
{
    struct dc_stop_table t = table_of(p, min, k);
    struct dc_stop_cfg c = {.min_traces = min, .max_traces = k};
    double loss[K_BRUTE + 1] = {0}, traces[K_BRUTE + 1] = {0};
    double orders[K_BRUTE + 1] = {0}, refuses = 0;
    for (unsigned long seq = 0; seq < 1ul << k; seq++) {
        struct dc_stop_trace trace[K_BRUTE];
        unsigned r = ones(seq);
        make_traces(trace, k, seq, 2);
        struct outcome o = draw(p, trace, &c);
        enum dc_verdict all =
            2 * r > k ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
        refuses += o.decision == DC_VERDICT_REFUSAL
                       ? pow(RATE, r) * pow(1 - RATE, k - r)
                       : 0;
        loss[r] += o.decision != all;
        traces[r] += o.n;
        orders[r]++;
    }
    near(dc_stop_table_refuses(&t, RATE), refuses, 1e-12);
    for (unsigned r = 0; r <= k; r++) {
        near(t.disagree[r], loss[r] / orders[r], 1e-12);
        near(t.traces[r], traces[r] / orders[r], 1e-11);
        assert_true(dc_stop_table_at(&t, k, r) == (2 * r > k ? 'R' : 'C'));
    }
    dc_stop_table_release(&t);
}

static void test_every_order(void **state)
{
    unsigned n = 0;
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_stop_spec p = policy(every_policy[i]);
        if (!p.row->by_tally)
            continue;
        n++;
        for (unsigned k = 1; k <= K_BRUTE; k++) {
            check_orders(&p, 1, k);
            if (k > 3)
                check_orders(&p, 3, k);
        }
    }
    assert_true(n >= 12);
}

/* ---- facts ---- */

static void test_curtail_and_fixed_lose_nothing(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= 60; k++) {
        struct dc_stop_spec curtail = policy("curtail"),
                            fixed = policy("fixed");
        struct dc_stop_table a = table_of(&curtail, 1, k);
        struct dc_stop_table b = table_of(&fixed, 1, k);
        for (unsigned r = 0; r <= k; r++) {
            assert_true(a.disagree[r] == 0 && b.disagree[r] == 0);
            near(b.traces[r], k, 1e-9);
            assert_true(a.traces[r] <= b.traces[r] + 1e-9);
        }
        assert_true(a.worst_missed == 0 && a.worst_false == 0);
        dc_stop_table_release(&a);
        dc_stop_table_release(&b);
    }
}

/* K odd has no ties: calling refusals compliances mirrors the table. */
static void test_mirror(void **state)
{
    static const char *const name[] = {
        "curtail", "unanimous(3)", "hypergeometric(0.05)",
        "adaptive-consistency(0.9)", "e-process(0.1)"};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(name); i++) {
        struct dc_stop_spec p = policy(name[i]);
        for (unsigned k = 1; k <= 31; k += 2) {
            struct dc_stop_table t = table_of(&p, 1, k);
            for (unsigned n = 0; n <= k; n++)
                for (unsigned r = 0; r <= n; r++) {
                    char a = dc_stop_table_at(&t, n, r);
                    char b = dc_stop_table_at(&t, n, n - r);
                    assert_int_equal(a, b == 'R' ? 'C' : b == 'C' ? 'R' : '-');
                }
            for (unsigned r = 0; r <= k; r++) {
                near(t.disagree[r], t.disagree[k - r], 1e-12);
                near(t.traces[r], t.traces[k - r], 1e-11);
            }
            near(t.worst_missed, t.worst_false, 1e-12);
            dc_stop_table_release(&t);
        }
    }
}

/* No path runs past a state that is decided, in any table. */
static void test_tables_never_run_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_stop_spec p = policy(every_policy[i]);
        if (!p.row->by_tally || !p.row->under_curtail)
            continue;
        struct dc_stop_table t = table_of(&p, 1, 40);
        for (unsigned n = 0; n <= 40; n++)
            for (unsigned r = 0; r <= n; r++) {
                struct dc_tally seen = {
                    .n = n, .refusal = r, .compliance = n - r};
                if (dc_tally_decided(&seen, 40, NULL))
                    assert_true(dc_stop_table_at(&t, n, r) != '-');
            }
        dc_stop_table_release(&t);
    }
}

static void test_no_table_of_others(void **state)
{
    size_t n, n_none = 0;
    const struct dc_stop_policy *const *row = dc_stop_policies(&n);
    struct dc_stop_cfg c = {.min_traces = 1, .max_traces = 10};
    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct dc_stop_spec p = policy(row[i]->name);
        struct dc_stop_table t;
        struct dc_err err = {.msg = ""};
        if (row[i]->by_tally)
            continue;
        n_none++;
        assert_int_equal(dc_stop_table_init(&t, &p, &c, &err), DC_USAGE);
        assert_non_null(strstr(err.msg, p.spec.text));
    }
    assert_true(n_none > 0);
    struct dc_stop_spec p = policy("curtail");
    struct dc_stop_table t;
    c.weighted = true;
    assert_int_equal(dc_stop_table_init(&t, &p, &c, NULL), DC_USAGE);
    c = (struct dc_stop_cfg){.min_traces = 5, .max_traces = 4};
    assert_int_equal(dc_stop_table_init(&t, &p, &c, NULL), DC_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_curtail_and_fixed_lose_nothing),
        cmocka_unit_test(test_mirror),
        cmocka_unit_test(test_tables_never_run_on),
        cmocka_unit_test(test_no_table_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
