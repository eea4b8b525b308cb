/*
 * test_stop_fits.c - parameters under which a policy could never act among K
 * traces, against a search over every sequence of verdicts.
 */
#include "stop_util.h"

enum { K_MOST = 9 };

/* Does some sequence of verdicts end a prompt by the rule, certainty apart? */
static bool ends(const struct dc_stop_spec *p, unsigned k)
{
    const struct dc_stop_cfg c = {.min_traces = 1, .max_traces = k};
    for (unsigned long seq = 0; seq < 1ul << k; seq++) {
        struct dc_stop_trace trace[K_MOST];
        struct dc_stop_state s = {.trace = trace};
        for (unsigned n = 0; n < k; n++) {
            struct dc_stop_next next = {.reason = ""};
            trace[n] = (struct dc_stop_trace){
                .verdict =
                    seq >> n & 1 ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE};
            dc_tally_add(&s.tally, trace[n].verdict);
            const struct dc_stop_view v = {&s, &c, p->spec.arg};
            p->row->next(&v, &next);
            if (next.stop)
                return true;
        }
    }
    return false;
}

static void test_every_policy(void **state)
{
    static const char *const more[] = {"unanimous(9)",
                                       "unanimous(10)",
                                       "esc(9)",
                                       "esc(10)",
                                       "sprt(0.4,0.6,0.001,0.001)",
                                       "e-process(0.001)",
                                       "hypergeometric(1e-9)",
                                       "adaptive-consistency(0.9999)"};
    unsigned refused = 0, n = DC_COUNT(every_policy);
    (void)state;
    for (size_t i = 0; i < n + DC_COUNT(more); i++) {
        struct dc_stop_spec p = policy(i < n ? every_policy[i] : more[i - n]);
        struct dc_err err = {.msg = ""};
        if (dc_stop_looks(p.row) || !strcmp(p.row->name, "fixed"))
            continue;
        for (unsigned k = 1; k <= K_MOST; k++) {
            enum dc_status st = dc_stop_fits(&p, k, &err);
            if ((st == DC_OK) != ends(&p, k))
                fail_msg("%s, K = %u: %s", p.spec.text, k, err.msg);
            assert_true(st == DC_OK || strstr(err.msg, p.spec.text));
            refused += st != DC_OK;
        }
    }
    assert_true(refused > 40);
}

static void test_counts(void **state)
{
    static const struct {
        const char *text;
        unsigned k;
        bool fits;
    } row[] = {
        {"unanimous(10)", 10, true},
        {"unanimous(11)", 10, false},
        {"unanimous(99)", 10, false},
        {"esc(10)", 10, true},
        {"esc(11)", 10, false},
        {"deepconf(0.9,0.95,32,10)", 10, true},
        {"deepconf(0.9,0.95,32,11)", 10, false},
        {"deepconf", 2, false},
        {"own-percentile(20,10)", 10, true},
        {"own-percentile(20,11)", 10, false},
        {"fixed", 1, true},
        {"curtail", 1, true},
        {"confidence-percentile", 1, true},
        {"sprt", 3, true}, /* counts no traces */
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_stop_spec p = policy(row[i].text);
        struct dc_err err = {.msg = ""};
        enum dc_status st = dc_stop_counts(&p, row[i].k, &err);
        assert_int_equal(st, row[i].fits ? DC_OK : DC_USAGE);
        assert_true(row[i].fits || strstr(err.msg, "could never act"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_policy),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
