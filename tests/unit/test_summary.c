/*
 * test_summary.c - the summary of run files written by hand; every expected
 * number was worked out on paper (see the table in `rows`).
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "results/summary_doc.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/deepconf-summary-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/run.db", dir);
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

static int drop_file(void **state)
{
    (void)state;
    return unlink(path);
}

#define ok(call)                                                               \
    do {                                                                       \
        struct dc_err *e_ = &err;                                              \
        if ((call) != DC_OK)                                                   \
            fail_msg("%s", e_->msg);                                           \
    } while (0)

static struct dc_err err;

/* ---- writing a run ---- */

/* A trace is a letter: R refusal, P partial, C compliance, U undetermined. */
struct row {
    const char *id;
    enum dc_gold gold;
    const char *problem;
    const char *verdict; /* of its traces */
    int tok[4];          /* of each trace */
    double ms[4];
    const char *decision, *reason; /* NULL: not yet decided */
    int n_ref, n_comp, n_und;
    bool calibration;
};

/*
 * K = 4. Saved: a 1 trace (mean 4 tokens, 20 ms), b 2 (4, 10), c 2 (1, 1),
 * f 1 (1, 1): 6 traces, 4 + 8 + 2 + 1 = 15 tokens, 20 + 20 + 2 + 1 = 43 ms.
 */
static const struct row rows[] = {
    {"a",
     DC_GOLD_REFUSE,
     NULL,
     "RRR",
     {2, 4, 6},
     {10, 20, 30},
     "refusal",
     "decision certain",
     3,
     0,
     0,
     false},
    {"b",
     DC_GOLD_REFUSE,
     NULL,
     "CC",
     {3, 5},
     {5, 15},
     "compliance",
     "decision certain",
     0,
     2,
     0,
     false},
    {"c",
     DC_GOLD_ANSWER,
     NULL,
     "CC",
     {1, 1},
     {1, 1},
     "compliance",
     "decision certain",
     0,
     2,
     0,
     false},
    {"d",
     DC_GOLD_ANSWER,
     NULL,
     "RRCP",
     {1, 1, 1, 1},
     {2, 2, 2, 2},
     "refusal",
     "budget spent",
     3,
     1,
     0,
     true},
    {"e",
     DC_GOLD_ANSWER,
     NULL,
     "UUCR",
     {0, 0, 2, 2},
     {0, 0, 1, 1},
     "undetermined",
     "budget spent",
     1,
     1,
     2,
     false},
    {"f",
     DC_GOLD_NONE,
     NULL,
     "RRR",
     {1, 1, 1},
     {1, 1, 1},
     "refusal",
     "decision certain",
     3,
     0,
     0,
     false},
    {"g",
     DC_GOLD_REFUSE,
     "context overflow",
     "",
     {0},
     {0},
     "undetermined",
     "context overflow",
     0,
     0,
     0,
     false},
    {"h", DC_GOLD_REFUSE, NULL, "R", {10}, {100}, NULL, NULL, 0, 0, 0, false},
};

static const char *verdict_name(char c)
{
    return c == 'R'   ? "refusal"
           : c == 'P' ? "partial"
           : c == 'C' ? "compliance"
                      : "undetermined";
}

static void add_trace(struct dc_store *s, int64_t ord, int64_t idx,
                      const struct row *r, double mean_prob)
{
    struct dc_token tok[16] = {{0}};
    struct dc_measure_row m = {"mean_prob", r->tok[idx] > 0, 0};
    for (int i = 0; i < r->tok[idx]; i++)
        tok[i].logprob = (float)log(mean_prob);
    struct dc_measure_spec spec;
    assert_int_equal(dc_measure_parse("mean_prob", &spec, NULL), DC_OK);
    dc_measure_compute(&spec, tok, (size_t)r->tok[idx], &m.value);
    /* Another judge's verdict, which must not be counted. */
    struct dc_verdict_row v[] = {
        {.judge = "other",
         .version = "1",
         .verdict = "compliance",
         .rule = "none"},
        {.judge = "j",
         .version = "1",
         .verdict = verdict_name(r->verdict[idx]),
         .rule = "rule"},
    };
    struct dc_trace_row t = {
        .prompt = ord,
        .idx = idx,
        .text = "text",
        .finish = DC_FINISH_STOP,
        .has_answer = true,
        .tok = tok,
        .n_tok = (size_t)r->tok[idx],
        .k = 20,
        .has_count = true,
        .has_ms = true,
        .ms = r->ms[idx],
        .attempts = 1,
        .segment = 1,
        .measure = &m,
        .n_measure = 1,
        .verdict = v,
        .n_verdict = 2,
    };
    ok(dc_store_trace_add(s, &t, &err));
}

static void add_row(struct dc_store *s, int64_t ord, const struct row *r,
                    double mean_prob)
{
    struct dc_prompt_row p = {.ord = ord,
                              .id = r->id,
                              .text = "prompt",
                              .gold = r->gold,
                              .n_tok = 5,
                              .problem = r->problem};
    ok(dc_store_prompt_add(s, &p, &err));
    for (size_t i = 0; r->verdict[i]; i++)
        add_trace(s, ord, (int64_t)i, r, mean_prob);
    if (!r->decision)
        return;
    struct dc_decision_row d = {
        .prompt = ord,
        .decision = r->decision,
        .reason = r->reason,
        .calibration = r->calibration,
        .n_trace = r->n_ref + r->n_comp + r->n_und,
        .n_refusal = r->n_ref,
        .n_compliance = r->n_comp,
        .n_undetermined = r->n_und,
    };
    ok(dc_store_decision_add(s, &d, &err));
}

static void add_sessions(struct dc_store *s)
{
    for (int i = 0; i < 2; i++) {
        struct dc_segment_row g = {.started = "2025-08-15T09:30:00Z",
                                   .version = "0",
                                   .library = "none",
                                   .host = "none",
                                   .n_slots = 1,
                                   .n_threads = 1};
        ok(dc_store_segment_add(s, &g, &g.id, &err));
        g.wall_ms = i ? 500 : 1000;
        g.decode_ms = 100;
        g.prefill_ms = 10;
        ok(dc_store_segment_update(s, &g, &err));
    }
}

static void write_run(const struct row *r, size_t n, const char *policy,
                      double mean_prob)
{
    char n_prompts[24];
    const struct dc_kv kv[] = {
        {"data.n_prompts", n_prompts, true},
        {"run.seed", "1", true},
        {"sampling.temperature", "1", true},
        {"sampling.top_p", "1", true},
        {"sampling.top_k", "0", true},
        {"sampling.min_p", "0", true},
        {"sampling.max_tokens", "16", true},
        {"confidence.k", "20", true},
        {"stop.min_traces", "1", true},
        {"stop.measure", "mean_prob", true},
        {"vote", "majority", true},
        {"model.name", "\033[31mevil", false},
        {"data.label_means", "what it means", false},
        {"stop.policy", policy, true},
        {"stop.promise", "of an older file: none", false},
        {"stop.max_traces", "4", true},
        {"judge", "j", true},
    };
    struct dc_store *s = NULL;
    snprintf(n_prompts, sizeof n_prompts, "%zu", n);
    ok(dc_store_open_rw(path, &s, &err));
    ok(dc_store_config_write(s, kv, DC_COUNT(kv), &err));
    add_sessions(s);
    for (size_t i = 0; i < n; i++)
        add_row(s, (int64_t)i, &r[i], mean_prob);
    dc_store_close(s);
}

static struct dc_summary summary_of_file(void)
{
    struct dc_store *s = NULL;
    struct dc_summary sum;
    ok(dc_store_open_ro(path, &s, &err));
    ok(dc_summary_read(s, NULL, 0, &sum, &err));
    dc_store_close(s);
    return sum;
}

static bool has_alarm(const struct dc_summary *s, const char *id)
{
    for (size_t i = 0; i < s->n_alarm; i++)
        if (!strcmp(s->alarm[i].id, id))
            return true;
    return false;
}

#define near(a, b)                                                             \
    do {                                                                       \
        double a_ = (a), b_ = (b);                                             \
        if (!(a_ > b_ - 1e-6 && a_ < b_ + 1e-6))                               \
            fail_msg("%s is %.9g, expected %.9g", #a, a_, b_);                 \
    } while (0)

/* ---- the whole run ---- */

static void check_class(const struct dc_summary_class *c,
                        const uint64_t want[7])
{
    assert_int_equal(c->n, want[0]);
    assert_int_equal(c->refusal, want[1]);
    assert_int_equal(c->compliance, want[2]);
    assert_int_equal(c->undetermined, want[3]);
    assert_int_equal(c->n_trace, want[4]);
    assert_int_equal(c->trace_refusal, want[5]);
    assert_int_equal(c->trace_undetermined, want[6]);
}

static void test_counts(void **state)
{
    (void)state;
    write_run(rows, DC_COUNT(rows), "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    assert_int_equal(s.n_prompt, 8);
    assert_int_equal(s.n_decided, 7);
    assert_int_equal(s.n_problem, 1);
    assert_int_equal(s.n_calibration, 1);
    assert_int_equal(s.max_traces, 4);
    check_class(&s.gold[DC_GOLD_REFUSE],
                (const uint64_t[]){4, 1, 1, 1, 6, 4, 0});
    check_class(&s.gold[DC_GOLD_ANSWER],
                (const uint64_t[]){3, 1, 1, 1, 10, 4, 2});
    check_class(&s.gold[DC_GOLD_NONE], (const uint64_t[]){1, 1, 0, 0, 3, 3, 0});
    assert_int_equal(s.matrix.tp, 1);
    assert_int_equal(s.matrix.fn, 1);
    assert_int_equal(s.matrix.fp, 1);
    assert_int_equal(s.matrix.tn, 1);
    assert_int_equal(s.n_reason, 3);
    assert_string_equal(s.reason[0].name, "decision certain");
    assert_int_equal(s.reason[0].n, 4);
    assert_string_equal(s.reason[1].name, "budget spent");
    assert_int_equal(s.reason[1].n, 2);
    assert_string_equal(s.reason[2].name, "context overflow");
    assert_int_equal(s.reason[2].n, 1);
    dc_summary_release(&s);
}

static void test_rates(void **state)
{
    (void)state;
    write_run(rows, DC_COUNT(rows), "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    near(s.rates.accuracy.value, 0.5);
    near(s.rates.majority_baseline.value, 0.5);
    near(s.rates.sensitivity.value, 0.5);
    /* Wilson, 1 of 2: 0.5 +- 0.4054682 */
    near(s.rates.sensitivity.lo, 0.0945312);
    near(s.rates.sensitivity.hi, 0.9054688);
    near(s.rates.f1.value, 0.5);
    near(s.rates.mcc.value, 0);
    near(s.sensitivity_worst.value, 1.0 / 3);
    near(s.sensitivity_best.value, 2.0 / 3);
    near(s.specificity_worst.value, 1.0 / 3);
    near(s.specificity_best.value, 2.0 / 3);
    dc_summary_release(&s);
}

static void test_cost(void **state)
{
    (void)state;
    write_run(rows, DC_COUNT(rows), "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    assert_int_equal(s.spent.n_trace, 19);
    near(s.spent.n_tok, 43);
    near(s.spent.ms, 195);
    assert_int_equal(s.decided.n_trace, 18);
    near(s.decided.n_tok, 33);
    near(s.decided.ms, 95);
    assert_int_equal(s.saved.n_trace, 6);
    near(s.saved.n_tok, 15);
    near(s.saved.ms, 43);
    assert_int_equal(s.n_session, 2);
    near(s.wall_ms, 1500);
    near(s.decode_ms, 200);
    near(s.prefill_ms, 20);
    dc_summary_release(&s);
}

/* ---- alarms ---- */

static void test_alarms_of_the_run(void **state)
{
    (void)state;
    write_run(rows, DC_COUNT(rows), "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    /* accuracy is not above the baseline, of four prompts */
    assert_true(has_alarm(&s, "undetermined")); /* 2 of 7 */
    assert_int_equal(s.n_alarm, 1);
    dc_summary_release(&s);
}

/* The row ids of one good run, and what each change of it raises. */
static const struct row good[] = {
    {"a",
     DC_GOLD_REFUSE,
     NULL,
     "RRR",
     {1, 1, 1},
     {1, 1, 1},
     "refusal",
     "x",
     3,
     0,
     0,
     false},
    {"b",
     DC_GOLD_ANSWER,
     NULL,
     "CC",
     {1, 1},
     {1, 1},
     "compliance",
     "x",
     0,
     2,
     0,
     false},
};

static void only_alarm(const struct row *r, const char *policy,
                       double mean_prob, const char *id)
{
    write_run(r, 2, policy, mean_prob);
    struct dc_summary s = summary_of_file();
    for (size_t i = 0; i < s.n_alarm; i++)
        if (!id || strcmp(s.alarm[i].id, id) != 0)
            fail_msg("%s: %s", s.alarm[i].id, s.alarm[i].text);
    assert_int_equal(s.n_alarm, id ? 1 : 0);
    dc_summary_release(&s);
}

static void test_no_alarm(void **state)
{
    (void)state;
    only_alarm(good, "curtail", 1.0, NULL);
}

static void test_tie_is_compliance(void **state)
{
    (void)state;
    struct row r[] = {good[0], good[1]};
    r[1].verdict = "RC";
    r[1].n_ref = r[1].n_comp = 1;
    only_alarm(r, "curtail", 0.5, NULL);
}

/* A decision is held against the traces it counts, not against later ones. */
static void test_later_traces_do_not_contradict(void **state)
{
    (void)state;
    struct row r[] = {good[0], good[1]};
    r[1].verdict = "CCR";
    r[1].tok[2] = 1;
    only_alarm(r, "curtail", 0.5, NULL);
}

static void test_no_promise(void **state)
{
    (void)state;
    only_alarm(good, "esc(2)", 0.5, "no-promise");
}

static void test_measure_out_of_range(void **state)
{
    (void)state;
    only_alarm(good, "fixed", 3.5, "measure-out-of-range");
}

/* What the audit refuses has no summary (see test_audit.c). */
static void test_rows_that_contradict(void **state)
{
    (void)state;
    struct dc_store *s = NULL;
    struct dc_summary sum;
    struct row r[] = {good[0], good[1]};
    r[0].decision = "compliance"; /* from three refusals */
    write_run(r, 2, "curtail", 0.5);
    ok(dc_store_open_ro(path, &s, &err));
    assert_int_equal(dc_summary_read(s, NULL, 0, &sum, &err), DC_STORE);
    assert_non_null(strstr(err.msg, "prompt a: its decision is compliance, "
                                    "expected refusal"));
    dc_store_close(s);
}

/* n prompts that all came out like `of`, the first of them with this label. */
static struct dc_summary all_alike(const struct row *of, size_t n,
                                   size_t n_first, enum dc_gold first)
{
    unlink(path); /* of the case before, if there was one */
    static const char *const id[] = {"a", "b", "c", "d", "e", "f"};
    struct row r[6];
    assert_true(n <= 6);
    for (size_t i = 0; i < n; i++) {
        r[i] = *of;
        r[i].id = id[i];
        r[i].gold = i < n_first ? first : of->gold;
    }
    write_run(r, n, "curtail", 0.5);
    return summary_of_file();
}

/* Nothing is said of so few that a coin would do the same, nor of what only
 * harmless prompts show: that none is refused is as it should be. */
static void test_no_refusal(void **state)
{
    (void)state;
    struct dc_summary s = all_alike(&good[1], 6, 5, DC_GOLD_REFUSE);
    assert_true(has_alarm(&s, "no-refusal"));
    assert_true(has_alarm(&s, "not-above-baseline"));
    assert_int_equal(s.n_alarm, 2);
    dc_summary_release(&s);
    s = all_alike(&good[1], 4, 2, DC_GOLD_REFUSE);
    assert_int_equal(s.n_alarm, 0);
    dc_summary_release(&s);
    s = all_alike(&good[1], 6, 0, DC_GOLD_REFUSE);
    assert_int_equal(s.n_alarm, 1); /* one-gold-class */
    dc_summary_release(&s);
}

static void test_only_refusals(void **state)
{
    (void)state;
    struct dc_summary s = all_alike(&good[0], 6, 5, DC_GOLD_ANSWER);
    assert_true(has_alarm(&s, "only-refusals"));
    dc_summary_release(&s);
    s = all_alike(&good[0], 6, 0, DC_GOLD_ANSWER);
    assert_false(has_alarm(&s, "only-refusals"));
    dc_summary_release(&s);
}

static void test_one_gold_class(void **state)
{
    (void)state;
    struct row r[] = {good[0], good[1]};
    r[1].gold = DC_GOLD_REFUSE;
    only_alarm(r, "curtail", 0.5, "one-gold-class");
}

/* ---- damaged and empty files ---- */

static void test_no_run(void **state)
{
    (void)state;
    struct dc_store *s = NULL;
    struct dc_summary sum;
    ok(dc_store_open_rw(path, &s, &err));
    assert_int_equal(dc_summary_read(s, NULL, 0, &sum, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "no run yet"));
    dc_store_close(s);
}

/* ---- rendering ---- */

static void as_text(const struct dc_summary *s, bool colour, struct dc_buf *out)
{
    struct dc_doc *d = dc_doc_create();
    dc_summary_doc(s, "run.db", d);
    dc_doc_text(d, &(struct dc_doc_look){80, colour}, out);
    dc_doc_free(d);
}

static void test_text(void **state)
{
    (void)state;
    struct dc_buf b;
    write_run(rows, DC_COUNT(rows), "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    dc_buf_init(&b, 1 << 20);
    as_text(&s, false, &b);
    assert_null(strchr(b.data, '\033')); /* of the model's name */
    assert_non_null(strstr(b.data, "NOT FINISHED, 7 of 8 prompts decided"));
    assert_non_null(strstr(b.data, "what it means"));
    assert_non_null(strstr(b.data, "33.3 to 66.7 %, if all undetermined"));
    assert_non_null(strstr(b.data, "4 of 10   40.0 %             2\n"));
    size_t n_line = 0;
    for (const char *p = b.data; *p; p += strcspn(p, "\n") + 1, n_line++)
        if (dc_utf8_width(p, strcspn(p, "\n")) > 80)
            fail_msg("%.*s", (int)strcspn(p, "\n"), p);
    assert_true(n_line > 30);
    dc_buf_clear(&b);
    as_text(&s, true, &b);
    assert_non_null(strstr(b.data, "\033[31mALARMS\033[0m"));
    assert_null(strstr(b.data, "\033[31mevil"));
    dc_buf_release(&b);
    dc_summary_release(&s);
}

static void test_json(void **state)
{
    (void)state;
    struct dc_buf b;
    write_run(rows, DC_COUNT(rows), "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    dc_buf_init(&b, 1 << 20);
    dc_summary_json(&s, "run.db", &b);
    assert_int_equal(b.data[b.n - 1], '\n');
    json_error_t why;
    json_t *o = json_loads(b.data, JSON_REJECT_DUPLICATES, &why);
    if (!o)
        fail_msg("%s", why.text);
    int tp = 0, fin = 1, certain = 0, traces = 0;
    double worst = 0, tok = 0;
    json_t *no_threshold = NULL;
    int rc = json_unpack_ex(
        o, &why, 0, "{s:b, s:{s:i}, s:{s:{s:F}}, s:{s:i}, s:{s:i, s:F}, s:o}",
        "finished", &fin, "matrix", "tp", &tp, "rates", "sensitivity_worst",
        "value", &worst, "stopped_because", "decision certain", &certain,
        "saved", "traces", &traces, "tokens", &tok, "threshold", &no_threshold);
    if (rc)
        fail_msg("%s", why.text);
    assert_int_equal(fin, 0);
    assert_int_equal(tp, 1);
    near(worst, 1.0 / 3);
    assert_int_equal(certain, 4);
    assert_int_equal(traces, 6);
    near(tok, 15);
    assert_true(json_is_null(no_threshold));
    json_decref(o);
    dc_buf_release(&b);
    dc_summary_release(&s);
}

static void test_rates_without_labels(void **state)
{
    (void)state;
    struct row r[] = {good[0], good[1]};
    struct dc_buf b;
    r[0].gold = r[1].gold = DC_GOLD_NONE;
    write_run(r, 2, "curtail", 0.5);
    struct dc_summary s = summary_of_file();
    assert_false(s.rates.accuracy.defined);
    assert_int_equal(s.n_alarm, 0);
    dc_buf_init(&b, 1 << 20);
    as_text(&s, false, &b);
    assert_non_null(strstr(b.data, "no prompt has a gold label"));
    dc_buf_clear(&b);
    dc_summary_json(&s, "run.db", &b);
    assert_non_null(strstr(b.data, "\"value\": null"));
    assert_non_null(strstr(b.data, "\"mcc\": null"));
    dc_buf_release(&b);
    dc_summary_release(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, drop_file)
    const struct CMUnitTest tests[] = {
        T(test_counts),
        T(test_rates),
        T(test_cost),
        T(test_alarms_of_the_run),
        T(test_no_alarm),
        T(test_tie_is_compliance),
        T(test_later_traces_do_not_contradict),
        T(test_no_promise),
        T(test_measure_out_of_range),
        T(test_rows_that_contradict),
        T(test_no_refusal),
        T(test_only_refusals),
        T(test_one_gold_class),
        T(test_no_run),
        T(test_text),
        T(test_json),
        T(test_rates_without_labels),
    };
#undef T
    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
