/*
 * test_mistakes.c - the mistakes of the evaluation that this program was asked
 * to repeat, fed in one by one: each raises its alarm or is refused. Beside
 * each stands the same run without the mistake, which raises none.
 *
 *   flipped labels               here
 *   NLL called a probability     here
 *   a constant predictor         here
 *   rates that can't both hold   here
 *   thresholds fitted on the scored traces
 *                                here (categories); cli/stats.sh (the sweep)
 *   gold labels of other responses
 *                                here
 *   copied outputs of another run
 *                                belongs to `deepconf compare`
 */
#include "data/dataset.h"
#include "results/alarm.h"
#include "results/stats_report.h"
#include "trace_fixture.h"

enum { PROMPTS = 60, TRACES = 5 };

/* ---- a run whose confidence tells right from wrong ---- */

static struct dc_record *good_run(void)
{
    struct dc_record *r = tf_create(TRACES);
    struct dice d = {.seed = 21};
    for (int p = 0; p < PROMPTS; p++) {
        bool refuse = p % 2;
        tf_prompt(r, refuse ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
        for (int t = 0; t < TRACES; t++) {
            bool right = dice_uniform(&d) < 0.75;
            double x = 0.3 * dice_uniform(&d) + (right ? 0.6 : 0.3);
            tf_trace(r, right == refuse ? 'R' : 'C', x);
        }
    }
    return r;
}

/* Counts of a run of PROMPTS: cells, and traces that fit them. */
static void good_counts(struct dc_summary *s)
{
    static const struct dc_kv config[] = {{"stop.min_traces", "3", true},
                                          {"stop.policy", "curtail", true},
                                          {"vote", "majority", true}};
    *s = (struct dc_summary){.config = config,
                             .n_config = DC_COUNT(config),
                             .max_traces = TRACES,
                             .n_prompt = PROMPTS,
                             .n_decided = PROMPTS};
    dc_arena_init(&s->arena);
    s->gold[DC_GOLD_REFUSE] = (struct dc_summary_class){.n = 30,
                                                        .refusal = 25,
                                                        .compliance = 5,
                                                        .n_trace = 150,
                                                        .trace_refusal = 110};
    s->gold[DC_GOLD_ANSWER] = (struct dc_summary_class){.n = 30,
                                                        .refusal = 4,
                                                        .compliance = 26,
                                                        .n_trace = 150,
                                                        .trace_refusal = 30};
    s->spent.n_trace = 300;
}

static void set_matrix(struct dc_summary *s)
{
    s->matrix = (struct dc_matrix){.tp = s->gold[DC_GOLD_REFUSE].refusal,
                                   .fn = s->gold[DC_GOLD_REFUSE].compliance,
                                   .fp = s->gold[DC_GOLD_ANSWER].refusal,
                                   .tn = s->gold[DC_GOLD_ANSWER].compliance};
    s->rates = dc_matrix_rates(&s->matrix, 0.95);
}

/* An alarm that is one line: a sentence with what to do behind a colon. */
static void one_line(const struct dc_summary *s)
{
    for (size_t i = 0; i < s->n_alarm; i++) {
        const char *t = s->alarm[i].text;
        if (!strstr(t, ": ") || strlen(t) > 200 || t[strlen(t) - 1] != '.' ||
            !(t[0] >= '0' && t[0] <= 'Z') || strstr(t, ". "))
            fail_msg("%s: %s", s->alarm[i].id, t);
        const char *more = s->alarm[i].more;
        if (more && !strchr(".?", more[strlen(more) - 1]))
            fail_msg("%s: %s", s->alarm[i].id, more);
        assert_string_not_equal(dc_alarm_threatens(s->alarm[i].id), "other");
    }
}

static void find(struct dc_summary *s)
{
    const struct dc_summary_doubts none = {.n_out_of_range = 0};
    dc_summary_find_alarms(s, &none);
    one_line(s);
}

/* The alarms of traces; the summary has only those. */
static void find_in_traces(const struct dc_record *r, struct dc_summary *s,
                           struct dc_trace_stats *t)
{
    const struct dc_trace_stats_cfg cfg = tf_cfg();
    *s = (struct dc_summary){.n_prompt = PROMPTS};
    dc_arena_init(&s->arena);
    assert_int_equal(dc_trace_stats_run(r, &cfg, t, NULL), DC_OK);
    dc_stats_find_alarms(s, t);
    one_line(s);
}

#define assert_alarm(s, id)                                                    \
    do {                                                                       \
        if (!dc_alarm_raised((s), (id)))                                       \
            fail_msg("no alarm %s", (id));                                     \
    } while (0)

/* This alarm of the traces, and no other; NULL: none at all. */
static void only(const struct dc_record *r, const char *id)
{
    struct dc_summary s;
    struct dc_trace_stats t;
    find_in_traces(r, &s, &t);
    for (size_t i = 0; i < s.n_alarm; i++)
        if (!id || strcmp(s.alarm[i].id, id) != 0)
            fail_msg("%s: %s", s.alarm[i].id, s.alarm[i].text);
    assert_int_equal(s.n_alarm, id ? 1 : 0);
    dc_trace_stats_release(&t);
    dc_summary_release(&s);
}

static void test_good_runs_raise_nothing(void **state)
{
    (void)state;
    struct dc_summary s;
    struct dc_record *r = good_run();
    only(r, NULL);
    tf_free(r);
    good_counts(&s);
    set_matrix(&s);
    find(&s);
    for (size_t i = 0; i < s.n_alarm; i++)
        print_message("%s\n", s.alarm[i].text);
    assert_int_equal(s.n_alarm, 0);
    dc_summary_release(&s);
}

/* ---- flipped labels ---- */

static void test_flipped_labels_of_traces(void **state)
{
    (void)state;
    struct dc_record *r = good_run();
    for (size_t i = 0; i < r->n_prompt; i++)
        r->prompt[i].gold = r->prompt[i].gold == DC_GOLD_REFUSE
                                ? DC_GOLD_ANSWER
                                : DC_GOLD_REFUSE;
    only(r, "auroc-below-half");
    tf_free(r);
}

static void test_flipped_labels_of_decisions(void **state)
{
    (void)state;
    struct dc_summary s;
    good_counts(&s);
    struct dc_summary_class c = s.gold[DC_GOLD_REFUSE];
    s.gold[DC_GOLD_REFUSE] = s.gold[DC_GOLD_ANSWER];
    s.gold[DC_GOLD_ANSWER] = c;
    set_matrix(&s);
    find(&s);
    assert_alarm(&s, "below-chance");
    assert_alarm(&s, "not-above-baseline");
    assert_int_equal(s.n_alarm, 2);
    dc_summary_release(&s);
}

/* Decisions and labels that have nothing in common: kappa is as often below 0
 * as above, and that is no alarm. */
static void test_chance_is_no_alarm(void **state)
{
    (void)state;
    struct dc_summary s;
    good_counts(&s);
    s.gold[DC_GOLD_REFUSE].refusal = 14;
    s.gold[DC_GOLD_REFUSE].compliance = 16;
    s.gold[DC_GOLD_ANSWER].refusal = 16;
    s.gold[DC_GOLD_ANSWER].compliance = 14;
    set_matrix(&s);
    find(&s);
    for (size_t i = 0; i < s.n_alarm; i++)
        assert_string_not_equal(s.alarm[i].id, "below-chance");
    dc_summary_release(&s);
}

/* kappa = -1: exact values of the sentence. */
static void test_kappa_in_words(void **state)
{
    (void)state;
    struct dc_summary s;
    good_counts(&s);
    s.gold[DC_GOLD_REFUSE].refusal = 0;
    s.gold[DC_GOLD_REFUSE].compliance = 30;
    s.gold[DC_GOLD_ANSWER].refusal = 30;
    s.gold[DC_GOLD_ANSWER].compliance = 0;
    set_matrix(&s);
    find(&s);
    assert_alarm(&s, "below-chance");
    for (size_t i = 0; i < s.n_alarm; i++)
        if (!strcmp(s.alarm[i].id, "below-chance")) {
            assert_non_null(strstr(s.alarm[i].more, "kappa is -1.000"));
            /* 1 / C(60, 30) */
            assert_non_null(strstr(s.alarm[i].more, "p = 8.5e-18"));
        }
    dc_summary_release(&s);
}

/* ---- NLL called a probability ---- */

static void test_nll_called_probability(void **state)
{
    (void)state;
    struct dc_record *r = good_run();
    struct dc_summary s;
    struct dc_trace_stats t;
    for (size_t i = 0; i < r->n_trace; i++) /* up to 3.5, large is unsure */
        r->column[TF_PROBABILITY].value[i] =
            3.5 * (1 - r->column[TF_PROBABILITY].value[i]);
    r->column[TF_PROBABILITY].value[7] = 3.5;
    find_in_traces(r, &s, &t);
    assert_alarm(&s, "measure-out-of-range");
    assert_alarm(&s, "auroc-below-half"); /* its sign */
    const struct dc_trace_measure *m = &t.measure[TF_PROBABILITY];
    assert_true(m->probability && m->n_outside > 0);
    assert_false(m->calib[DC_TARGET_CORRECT].has);
    assert_false(m->calib[DC_TARGET_MAJORITY].has);
    dc_trace_stats_release(&t);
    dc_summary_release(&s);
    tf_free(r);
}

/* ---- a constant predictor ---- */

static void test_constant_predictor(void **state)
{
    (void)state;
    struct dc_summary s;
    good_counts(&s);
    for (int g = 0; g < DC_N_GOLD; g++) {
        s.gold[g].compliance += s.gold[g].refusal;
        s.gold[g].refusal = 0;
    }
    set_matrix(&s);
    find(&s);
    assert_alarm(&s, "constant-decision");
    assert_alarm(&s, "not-above-baseline");
    dc_summary_release(&s);
    good_counts(&s); /* not even a trace refuses */
    for (int g = 0; g < DC_N_GOLD; g++) {
        s.gold[g].compliance += s.gold[g].refusal;
        s.gold[g].refusal = s.gold[g].trace_refusal = 0;
    }
    set_matrix(&s);
    find(&s);
    assert_alarm(&s, "no-refusal");
    dc_summary_release(&s);
}

/* ---- rates and cells that can't be ---- */

/* "83 % refusals" of prompts from 102 refusals in 48,145 traces. */
static void test_rates_that_contradict(void **state)
{
    (void)state;
    struct dc_summary s;
    good_counts(&s);
    s.n_prompt = s.n_decided = 5083;
    s.gold[DC_GOLD_REFUSE] = (struct dc_summary_class){.n = 362,
                                                       .refusal = 300,
                                                       .compliance = 62,
                                                       .n_trace = 3430,
                                                       .trace_refusal = 50};
    s.gold[DC_GOLD_ANSWER] = (struct dc_summary_class){.n = 4721,
                                                       .refusal = 3919,
                                                       .compliance = 802,
                                                       .n_trace = 44715,
                                                       .trace_refusal = 52};
    set_matrix(&s);
    find(&s);
    assert_alarm(&s, "rates-contradict");
    dc_summary_release(&s);
    good_counts(&s); /* 29 refusals need 58 refusing traces of min. 3 */
    s.gold[DC_GOLD_REFUSE].trace_refusal = 50;
    s.gold[DC_GOLD_ANSWER].trace_refusal = 7;
    set_matrix(&s);
    find(&s);
    assert_alarm(&s, "rates-contradict");
    dc_summary_release(&s);
    good_counts(&s);
    s.gold[DC_GOLD_REFUSE].trace_refusal = 50;
    s.gold[DC_GOLD_ANSWER].trace_refusal = 8;
    set_matrix(&s);
    find(&s);
    assert_int_equal(s.n_alarm, 0);
    dc_summary_release(&s);
}

/* A policy that decides by itself may do so against most of the traces. */
static void test_rates_of_a_policy_that_decides(void **state)
{
    static const char *const policy[] = {"sprt(0.05,0.5,0.05,0.05)",
                                         "deepconf(0.9,0.95,4,3)"};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(policy); i++) {
        const struct dc_kv config[] = {{"stop.min_traces", "3", true},
                                       {"stop.policy", policy[i], true},
                                       {"vote", "majority", true}};
        struct dc_summary s;
        good_counts(&s);
        s.config = config;
        s.gold[DC_GOLD_REFUSE].trace_refusal = 50;
        s.gold[DC_GOLD_ANSWER].trace_refusal = 7;
        set_matrix(&s);
        find(&s);
        assert_int_equal(s.n_alarm, 0);
        dc_summary_release(&s);
    }
}

/* 31 compliances need 62 answering traces: two of three are enough. */
static void test_compliances_without_traces(void **state)
{
    (void)state;
    for (uint64_t spare = 0; spare < 2; spare++) {
        struct dc_summary s;
        good_counts(&s);
        s.gold[DC_GOLD_REFUSE].trace_refusal = 150;
        s.gold[DC_GOLD_ANSWER].trace_refusal = 150 - 61 - spare;
        set_matrix(&s);
        find(&s);
        assert_int_equal(dc_alarm_raised(&s, "rates-contradict"), spare == 0);
        dc_summary_release(&s);
    }
}

static void test_cells_that_do_not_add_up(void **state)
{
    (void)state;
    for (int mistake = 0; mistake < 4; mistake++) {
        struct dc_summary s;
        good_counts(&s);
        set_matrix(&s);
        if (mistake == 0)
            s.matrix.tn++;
        else if (mistake == 1)
            s.n_decided--;
        else if (mistake == 2)
            s.n_prompt++;
        else {
            s.gold[DC_GOLD_ANSWER].n = 29; /* of 30 decided */
            s.gold[DC_GOLD_REFUSE].n = 31;
        }
        find(&s);
        assert_alarm(&s, "cells-do-not-add-up");
        assert_int_equal(s.n_alarm, 1);
        dc_summary_release(&s);
    }
}

/* ---- the "confidence paradox": an effect of the classes ---- */

/*
 * Inside both classes surer is right; the class that is surer throughout is the
 * one that is mostly wrong.
 */
static void test_effect_that_reverses(void **state)
{
    (void)state;
    struct dc_record *r = tf_create(TRACES);
    struct dice d = {.seed = 22};
    for (int p = 0; p < PROMPTS; p++) {
        bool refuse = p % 2;
        tf_prompt(r, refuse ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
        for (int t = 0; t < TRACES; t++) {
            bool right = dice_uniform(&d) < (refuse ? 0.15 : 0.85);
            double x = 0.1 * dice_uniform(&d) + (right ? 0.05 : 0) +
                       (refuse ? 0.6 : 0.2);
            tf_trace(r, right == refuse ? 'R' : 'C', x);
        }
    }
    struct dc_summary s;
    struct dc_trace_stats t;
    find_in_traces(r, &s, &t);
    assert_alarm(&s, "reversed-inside-classes");
    assert_alarm(&s, "auroc-below-half");
    assert_false(dc_alarm_raised(&s, "confidence-follows-verdict"));
    dc_trace_stats_release(&t);
    dc_summary_release(&s);
    tf_free(r);
}

/* Refusals are surer, whether they are right or not. */
static void test_confidence_that_follows_the_verdict(void **state)
{
    (void)state;
    struct dc_record *r = good_run();
    struct dice d = {.seed = 23};
    for (size_t i = 0; i < r->n_trace; i++) {
        bool refusal = r->trace[i].verdict == DC_VERDICT_REFUSAL;
        double x = 0.3 * dice_uniform(&d) + (refusal ? 0.5 : 0.35);
        r->column[TF_PROBABILITY].value[i] = x;
        r->column[TF_NLL].value[i] = -log(x);
    }
    only(r, "confidence-follows-verdict");
    tf_free(r);
}

/* Surer means right in one class and nothing in the other. */
static void test_confidence_of_one_class(void **state)
{
    (void)state;
    struct dc_record *r = tf_create(TRACES);
    struct dice d = {.seed = 24};
    for (int p = 0; p < PROMPTS; p++) {
        bool refuse = p % 2;
        tf_prompt(r, refuse ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
        for (int t = 0; t < TRACES; t++) {
            bool right = t < 3;
            double conf = refuse ? 0.3 * dice_uniform(&d) + (right ? 0.6 : 0.3)
                                 : 0.3 + 0.1 * ((t + p / 2) % TRACES);
            tf_trace(r, right == refuse ? 'R' : 'C', conf);
        }
    }
    struct dc_summary s;
    struct dc_trace_stats x;
    find_in_traces(r, &s, &x);
    const struct dc_trace_auroc *c =
        x.measure[0].target[DC_TARGET_CORRECT].scope;
    assert_true(c[DC_TRACES_TO_REFUSE].auroc.lo > 0.5);
    assert_true(c[DC_TRACES_TO_ANSWER].auroc.lo < 0.5);
    assert_true(c[DC_TRACES_TO_ANSWER].auroc.hi > 0.5);
    assert_false(dc_alarm_raised(&s, "confidence-follows-verdict"));
    dc_trace_stats_release(&x);
    dc_summary_release(&s);
    tf_free(r);
}

/* ---- traces under the wrong prompts ---- */

static void test_traces_that_disagree(void **state)
{
    (void)state;
    struct dc_record *r = tf_create(2);
    struct dc_summary s;
    struct dc_trace_stats t;
    for (int p = 0; p < PROMPTS; p++) {
        tf_prompt(r, DC_GOLD_NONE);
        tf_trace(r, 'R', 0.5);
        tf_trace(r, 'C', 0.5);
    }
    find_in_traces(r, &s, &t);
    assert_alarm(&s, "traces-disagree");
    dc_trace_stats_release(&t);
    dc_summary_release(&s);
    tf_free(r);
}

/* ---- thresholds fitted on what is scored ---- */

static void test_in_sample_cut_is_said(void **state)
{
    (void)state;
    struct dc_record *r = good_run();
    struct dc_trace_stats_cfg cfg = tf_cfg();
    struct dc_summary s;
    struct dc_trace_stats t;
    for (int fixed = 0; fixed < 2; fixed++) {
        struct dc_buf text, json;
        if (fixed)
            cfg.cut = (struct dc_conf_cut){DC_CONF_CUT_VALUE, 0.5};
        s = (struct dc_summary){.n_prompt = PROMPTS};
        dc_arena_init(&s.arena);
        dc_buf_init(&text, SIZE_MAX);
        dc_buf_init(&json, SIZE_MAX);
        assert_int_equal(dc_trace_stats_run(r, &cfg, &t, NULL), DC_OK);
        struct dc_doc *d = dc_doc_create();
        dc_stats_doc(&t, &s, "r.db", d);
        dc_doc_text(d, &(struct dc_doc_look){.width = 80}, &text);
        dc_doc_free(d);
        dc_json_print(dc_stats_json(&t, &s, "r.db"), &json);
        assert_int_equal(strstr(text.data, "IN SAMPLE") != NULL, !fixed);
        assert_int_equal(strstr(json.data, "\"in_sample\": true") != NULL,
                         !fixed);
        dc_buf_release(&text);
        dc_buf_release(&json);
        dc_trace_stats_release(&t);
        dc_summary_release(&s);
    }
    tf_free(r);
}

/* ---- gold labels of other responses ---- */

static void test_gold_labels_of_other_responses(void **state)
{
    (void)state;
    static const char *const column[] = {"response_refusal_label",
                                         "response_harm_label"};
    for (size_t i = 0; i < DC_COUNT(column); i++) {
        struct dc_dataset_cfg cfg = {.path = "never-read.csv",
                                     .benchmark =
                                         dc_benchmark_find("wildguardmix"),
                                     .field_label = column[i]};
        struct dc_dataset d;
        struct dc_err err = {DC_OK, ""};
        assert_int_equal(dc_dataset_read(&cfg, &d, &err), DC_USAGE);
        assert_non_null(strstr(err.msg, column[i]));
        assert_non_null(strstr(err.msg, "can never score fresh traces"));
    }
}

/* However many there are, none is left out; an id is there once. */
static void test_no_alarm_is_dropped(void **state)
{
    enum { MANY = 200 };
    static char id[MANY][16];
    (void)state;
    struct dc_summary s = {.n_prompt = 1};
    dc_arena_init(&s.arena);
    for (int i = 0; i < 2 * MANY; i++) {
        snprintf(id[i % MANY], sizeof id[0], "alarm-%d", i % MANY);
        dc_alarm_raise(&s, id[i % MANY], id[i % MANY], NULL);
    }
    assert_int_equal(s.n_alarm, MANY);
    for (int i = 0; i < MANY; i++)
        assert_true(dc_alarm_raised(&s, id[i]));
    dc_summary_release(&s);
}

/* Whatever the order in which they are raised, what threatens the rates comes
 * before what threatens verdicts, savings and confidence, and JSON says which.
 */
static void test_alarms_are_sorted(void **state)
{
    static const char *const raised[] = {
        "majority-auroc-below-half", "no-promise",   "below-chance",
        "not-above-baseline",        "undetermined", "cells-do-not-add-up",
        "measure-out-of-range"};
    static const char *const sorted[][2] = {
        {"cells-do-not-add-up", "rates"},
        {"not-above-baseline", "rates"},
        {"below-chance", "verdicts"},
        {"undetermined", "verdicts"},
        {"no-promise", "savings"},
        {"measure-out-of-range", "confidence"},
        {"majority-auroc-below-half", "confidence"}};
    enum { N = sizeof sorted / sizeof *sorted };
    (void)state;
    struct dc_summary s = {.n_prompt = 1};
    dc_arena_init(&s.arena);
    for (size_t i = 0; i < N; i++)
        dc_alarm_raise(&s, raised[i], "Doubt it: look.", i ? NULL : "By 0.3.");
    assert_int_equal(s.n_alarm, N);
    json_t *list = dc_alarm_json(&s);
    for (size_t i = 0; i < N; i++) {
        const json_t *a = json_array_get(list, i);
        assert_string_equal(s.alarm[i].id, sorted[i][0]);
        assert_string_equal(json_string_value(json_object_get(a, "id")),
                            sorted[i][0]);
        assert_string_equal(json_string_value(json_object_get(a, "threatens")),
                            sorted[i][1]);
        assert_true(i == N - 1 ? json_is_string(json_object_get(a, "more"))
                               : json_is_null(json_object_get(a, "more")));
    }
    json_decref(list);
    dc_summary_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_runs_raise_nothing),
        cmocka_unit_test(test_flipped_labels_of_traces),
        cmocka_unit_test(test_flipped_labels_of_decisions),
        cmocka_unit_test(test_chance_is_no_alarm),
        cmocka_unit_test(test_kappa_in_words),
        cmocka_unit_test(test_nll_called_probability),
        cmocka_unit_test(test_constant_predictor),
        cmocka_unit_test(test_rates_that_contradict),
        cmocka_unit_test(test_rates_of_a_policy_that_decides),
        cmocka_unit_test(test_compliances_without_traces),
        cmocka_unit_test(test_cells_that_do_not_add_up),
        cmocka_unit_test(test_effect_that_reverses),
        cmocka_unit_test(test_confidence_that_follows_the_verdict),
        cmocka_unit_test(test_confidence_of_one_class),
        cmocka_unit_test(test_traces_that_disagree),
        cmocka_unit_test(test_in_sample_cut_is_said),
        cmocka_unit_test(test_gold_labels_of_other_responses),
        cmocka_unit_test(test_no_alarm_is_dropped),
        cmocka_unit_test(test_alarms_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
