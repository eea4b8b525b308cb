/*
 * test_basis.c - which prompts a replay is over: all that could be run, those
 * before the first undecided one, or none. Records by hand, over every policy,
 * and the messages that say why.
 */
#include "base/mem.h"
#include "replay/calibrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { K = 4 };

/* A prompt as its verdicts, R C or U; "!": could not be run; "?..." undecided.
 */
static void add(struct dc_record *r, const char *verdict)
{
    struct dc_record_prompt p = {
        .id = "p",
        .first = r->n_trace,
        .problem = verdict[0] == '!',
        .has_decision = verdict[0] != '?',
    };
    verdict += verdict[0] == '!' || verdict[0] == '?';
    p.n_trace = (unsigned)strlen(verdict);
    r->trace = dc_xrealloc(r->trace, r->n_trace + K + 1, sizeof *r->trace);
    for (; *verdict; verdict++)
        r->trace[r->n_trace++] = (struct dc_record_trace){
            .verdict = *verdict == 'R'   ? DC_VERDICT_REFUSAL
                       : *verdict == 'C' ? DC_VERDICT_COMPLIANCE
                                         : DC_VERDICT_UNDETERMINED,
            .n_tok = 3};
    r->prompt = dc_xrealloc(r->prompt, r->n_prompt + 1, sizeof *r->prompt);
    r->prompt[r->n_prompt++] = p;
}

static struct dc_record make(const char *policy, const char *const *prompt)
{
    struct dc_record r = {.knows = dc_knows_all(),
                          .k = K,
                          .min_traces = 1,
                          .max_tokens = 9,
                          .policy = policy,
                          .measure = "mean_prob",
                          .vote = "majority",
                          .judge = "j",
                          .judge_version = "1"};
    dc_arena_init(&r.arena);
    for (; *prompt; prompt++)
        add(&r, *prompt);
    return r;
}

static void release(struct dc_record *r)
{
    dc_record_release(r);
}

static const char *const whole[] = {"RRCC", "CCCC", "RRRU", NULL};
static const char *const curtailed[] = {"CC", "RRR", "RCRC", NULL};
static const char *const stopped[] = {"R", "RRR", "CC", NULL};

static void refused(struct dc_record *r, const char *word)
{
    const struct dc_sweep_cfg how = {.n_threads = 1, .level = 0.95};
    const struct dc_calibrate_cfg calibrate = {
        .promise = {0.5, 0.5}, .share = 0.5, .level = 0.95};
    struct dc_setting s = dc_setting_default();
    struct dc_sweep sweep;
    struct dc_calibrate c;
    struct dc_err err = {.msg = ""};
    assert_non_null(r->no_replay);
    assert_non_null(strstr(r->no_replay, word));
    assert_int_equal(dc_sweep_run(r, &s, 1, &how, &sweep, &err), DC_DATA);
    assert_string_equal(err.msg, r->no_replay);
    assert_int_equal(dc_calibrate_run(r, &s, 1, &calibrate, &c, &err), DC_DATA);
    assert_string_equal(err.msg, r->no_replay);
    for (size_t i = 0; i < r->n_prompt; i++)
        assert_false(r->prompt[i].has_full);
}

/* Every policy of the table, by its name alone. */
static void test_every_policy(void **state)
{
    size_t n;
    const struct dc_stop_policy *const *row = dc_stop_policies(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        bool certain =
            !strcmp(row[i]->name, "fixed") || !strcmp(row[i]->name, "curtail");
        struct dc_record r = make(row[i]->name, whole);
        dc_record_settle(&r);
        assert_null(r.no_replay);
        assert_int_equal(r.n_full, 3);
        assert_int_equal(r.prompt[0].full, DC_VERDICT_COMPLIANCE);
        release(&r);
        r = make(row[i]->name, curtailed);
        dc_record_settle(&r);
        if (certain)
            assert_null(r.no_replay);
        else
            refused(&r, row[i]->name);
        assert_int_equal(r.n_full, certain ? 3 : 0);
        release(&r);
        r = make(row[i]->name, stopped); /* no run of curtail looks so */
        dc_record_settle(&r);
        refused(&r, "2 of 3 prompts");
        release(&r);
    }
}

static void test_cut_traces(void **state)
{
    (void)state;
    struct dc_record r = make("deepconf(0.9,0.95,32,3)", whole);
    dc_record_settle(&r);
    assert_null(r.no_replay);
    r.trace[2].cut = true;
    dc_record_settle(&r);
    refused(&r, "cut 1 trace:");
    release(&r);
}

static void test_another_judge(void **state)
{
    (void)state;
    struct dc_record r = make("curtail", stopped);
    r.judge_note = "decisions are those of j";
    dc_record_settle(&r);
    refused(&r, "under the verdicts of another judge than j");
    refused(&r, "for 1 of them");
    release(&r);
    r = make("curtail", curtailed); /* that judge leaves none open */
    r.judge_note = "decisions are those of j";
    dc_record_settle(&r);
    assert_null(r.no_replay);
    assert_int_equal(r.n_full, 3);
    release(&r);
    r = make("fixed", whole);
    r.judge_note = "decisions are those of j";
    dc_record_settle(&r);
    assert_null(r.no_replay);
    release(&r);
}

static void test_imports(void **state)
{
    (void)state;
    struct dc_record r = make("fixed", curtailed);
    r.knows.drawn = false;
    dc_record_settle(&r);
    refused(&r, "2 of 3 prompts of the input have fewer than 4 traces");
    release(&r);
    r = make("fixed", whole);
    r.knows.drawn = false;
    dc_record_settle(&r);
    assert_null(r.no_replay);
    release(&r);
}

/* What stands behind the first undecided prompt is in no figure. */
static void test_not_finished(void **state)
{
    static const char *const half[] = {"!",    "CC", "RRR", "?RCR",
                                       "RCCC", "CC", "?",   NULL};
    struct dc_buf says;
    (void)state;
    struct dc_record r = make("curtail", half);
    dc_record_settle(&r);
    assert_null(r.no_replay);
    assert_int_equal(r.n_full, 2);
    assert_int_equal(r.n_cannot, 1);
    assert_int_equal(r.n_behind, 4);
    assert_true(r.prompt[1].has_full && r.prompt[2].has_full);
    assert_false(r.prompt[3].has_full || r.prompt[4].has_full ||
                 r.prompt[5].has_full || r.prompt[0].has_full);
    dc_buf_init(&says, SIZE_MAX);
    dc_record_basis(&r, &says);
    assert_non_null(strstr(says.data, "1 prompt left out: could not be run."));
    assert_non_null(strstr(says.data, "not finished"));
    assert_non_null(strstr(says.data, "4 left out, 2 of them decided"));
    dc_buf_clear(&says);
    release(&r);
    static const char *const in_order[] = {"CC", "?", "?RC", NULL};
    r = make("curtail", in_order);
    dc_record_settle(&r);
    dc_record_basis(&r, &says);
    assert_non_null(strstr(says.data, "2 left out."));
    dc_buf_release(&says);
    release(&r);
    /* what could not be run has a decision, and is left out for that alone */
    static const char *const odd[] = {"CC", "?R", "CC", "!", NULL};
    dc_buf_init(&says, SIZE_MAX);
    r = make("curtail", odd);
    dc_record_settle(&r);
    dc_record_basis(&r, &says);
    assert_non_null(strstr(says.data, "1 prompt left out: could not be run."));
    assert_non_null(strstr(says.data, "2 left out, 1 of them decided"));
    dc_buf_release(&says);
    release(&r);
    /* another policy has not had its chance yet */
    static const char *const begun[] = {"RRCC", "?", NULL};
    r = make("unanimous(3)", begun);
    dc_record_settle(&r);
    refused(&r, "unanimous(3)");
    release(&r);
}

static void test_settling_again_changes_nothing(void **state)
{
    (void)state;
    struct dc_record r = make("curtail", curtailed);
    for (int i = 0; i < 3; i++) {
        dc_record_settle(&r);
        assert_null(r.no_replay);
        assert_int_equal(r.n_full, 3);
        assert_int_equal(r.n_cannot + r.n_behind, 0);
    }
    release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_policy),
        cmocka_unit_test(test_cut_traces),
        cmocka_unit_test(test_another_judge),
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_not_finished),
        cmocka_unit_test(test_settling_again_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
