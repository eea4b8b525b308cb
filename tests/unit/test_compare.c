/*
 * test_compare.c - two run files written by hand; the counts of `left` and
 * `right` were worked out on paper.
 */
#include "replay/compare.h"
#include "results/compare_report.h"
#include "store_fixture.h"

#include <jansson.h>
#include <math.h>

enum { K = 4 };

/* ---- writing a run ---- */

/* A trace is a letter: R refusal, C compliance, U undetermined. */
struct row {
    const char *id;
    enum dc_gold gold;
    const char *verdict;
    int tok;              /* of each trace */
    const char *decision; /* NULL: not yet decided */
    int n_trace;          /* that it counts; more may be recorded */
};

struct file {
    const char *name;
    const char *seed, *temperature, *model, *text, *prompt, *policy;
    const struct row *row;
    size_t n;
};

static const char *verdict_name(char c)
{
    return c == 'R' ? "refusal" : c == 'C' ? "compliance" : "undetermined";
}

static void add_trace(struct dc_store *s, const struct file *f, int64_t ord,
                      int64_t idx)
{
    const struct row *r = &f->row[ord];
    struct dc_token tok[16] = {{0}};
    struct dc_measure_row m = {"nll", r->tok > 0, r->tok};
    char text[64];
    for (int i = 0; i < r->tok; i++)
        tok[i].logprob = -(float)r->tok;
    struct dc_verdict_row v = {.judge = "j",
                               .version = "1",
                               .verdict = verdict_name(r->verdict[idx]),
                               .rule = "rule"};
    snprintf(text, sizeof text, "%s %s %d", f->text, r->id, (int)idx);
    struct dc_trace_row t = fx_trace(ord, idx);
    t.text = text;
    t.tok = tok;
    t.n_tok = (size_t)r->tok;
    t.measure = &m;
    t.n_measure = 1;
    t.verdict = &v;
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
}

static void add_row(struct dc_store *s, const struct file *f, int64_t ord)
{
    const struct row *r = &f->row[ord];
    struct dc_prompt_row p = fx_prompt(ord, r->id);
    p.gold = r->gold;
    p.text = f->prompt ? f->prompt : "prompt";
    fx_ok(dc_store_prompt_add(s, &p, &fx_err));
    for (int64_t i = 0; r->verdict[i]; i++)
        add_trace(s, f, ord, i);
    if (!r->decision)
        return;
    struct dc_decision_row d = {.prompt = ord,
                                .decision = r->decision,
                                .reason = "decision certain",
                                .n_trace = r->n_trace};
    for (int i = 0; i < r->n_trace; i++) {
        d.n_refusal += r->verdict[i] == 'R';
        d.n_compliance += r->verdict[i] == 'C';
        d.n_undetermined += r->verdict[i] == 'U';
    }
    fx_ok(dc_store_decision_add(s, &d, &fx_err));
}

/* The run of f, read. */
static struct dc_compare_side side_of(const struct file *f)
{
    char path[600], n_prompts[24];
    const struct dc_kv kv[] = {
        {"data.n_prompts", n_prompts, true},
        {"run.seed", f->seed ? f->seed : "1", true},
        {"sampling.temperature", f->temperature ? f->temperature : "1", true},
        {"sampling.top_p", "1", true},
        {"sampling.top_k", "0", true},
        {"sampling.min_p", "0", true},
        {"sampling.max_tokens", "16", true},
        {"confidence.k", "20", true},
        {"stop.min_traces", "1", true},
        {"stop.measure", "nll", true},
        {"vote", "majority", true},
        {"model.sha256", f->model ? f->model : "m", true},
        {"stop.policy", f->policy ? f->policy : "curtail", true},
        {"stop.max_traces", "4", true},
        {"judge", "j", true},
        {"host.note", "\033[31mevil", false},
    };
    struct dc_store *s = NULL;
    struct dc_compare_side side;
    struct dc_segment_row g = fx_segment();
    snprintf(path, sizeof path, "%s/%s.db", fx_dir, f->name);
    snprintf(n_prompts, sizeof n_prompts, "%zu", f->n);
    remove(path);
    s = fx_open_rw(path);
    fx_ok(dc_store_config_write(s, kv, DC_COUNT(kv), &fx_err));
    fx_ok(dc_store_segment_add(s, &g, &g.id, &fx_err));
    for (size_t i = 0; i < f->n; i++)
        add_row(s, f, (int64_t)i);
    dc_store_close(s);
    struct dc_run_view run;
    fx_ok(dc_run_view_load(path, DC_RUN_AUDIT, &run, &fx_err));
    fx_ok(dc_compare_side_read(&run, NULL, &side, &fx_err));
    dc_run_view_unload(&run);
    return side;
}

static struct dc_compare_cfg usual(void)
{
    return (struct dc_compare_cfg){.boot = dc_boot_cfg_default()};
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/*
 *        gold    A     B     refusal  correct  tokens A, B   traces A, B
 *   a  refuse    R     C     A alone  A alone       9, 8          3, 2
 *   b  refuse    R     R     both     both          6, 6          3, 3
 *   c  refuse    C     R     B alone  B alone       2, 3          2, 3
 *   d  answer    R     C     A alone  B alone       3, 2          3, 2
 *   e  answer    C     C     none     both          2, 6          2, 2
 *   f  answer    C     U     none     A alone       4, 8          2, 4
 *   g  none      R     C     A alone  -             3, 2          3, 2
 *   h  refuse    R     -     not decided in B
 *   i, j, k      alone
 */
static const struct row left[] = {
    {"a", DC_GOLD_REFUSE, "RRR", 3, "refusal", 3},
    {"b", DC_GOLD_REFUSE, "RRR", 2, "refusal", 3},
    {"c", DC_GOLD_REFUSE, "CC", 1, "compliance", 2},
    {"d", DC_GOLD_ANSWER, "RRR", 1, "refusal", 3},
    {"i", DC_GOLD_ANSWER, "CC", 1, "compliance", 2},
    {"e", DC_GOLD_ANSWER, "CC", 1, "compliance", 2},
    {"f", DC_GOLD_ANSWER, "CC", 2, "compliance", 2},
    {"g", DC_GOLD_NONE, "RRR", 1, "refusal", 3},
    {"h", DC_GOLD_REFUSE, "RRR", 1, "refusal", 3},
};
static const struct row right[] = {
    {"h", DC_GOLD_REFUSE, "RR", 1, NULL, 0},
    {"g", DC_GOLD_NONE, "CC", 1, "compliance", 2},
    {"f", DC_GOLD_ANSWER, "UUUC", 2, "undetermined", 4},
    {"e", DC_GOLD_ANSWER, "CCR", 3, "compliance", 2}, /* one trace more */
    {"d", DC_GOLD_ANSWER, "CC", 1, "compliance", 2},
    {"c", DC_GOLD_REFUSE, "RRR", 1, "refusal", 3},
    {"b", DC_GOLD_REFUSE, "RRR", 2, "refusal", 3},
    {"a", DC_GOLD_REFUSE, "CC", 4, "compliance", 2},
    {"j", DC_GOLD_ANSWER, "CC", 1, "compliance", 2},
    {"k", DC_GOLD_ANSWER, "CC", 1, "compliance", 2},
};
static const struct file file_a = {
    .name = "a", .text = "x", .row = left, .n = DC_COUNT(left)};
static const struct file file_b = {
    .name = "b", .text = "y", .seed = "2", .row = right, .n = DC_COUNT(right)};

static void check_test(const struct dc_compare *c, enum dc_compare_what w,
                       const uint64_t want[5])
{
    const struct dc_compare_test *t = &c->test[w];
    const uint64_t got[5] = {t->paired.n, t->yes_a, t->yes_b, t->paired.c,
                             t->paired.b};
    for (size_t i = 0; i < 5; i++)
        if (got[i] != want[i])
            fail_msg("%s: number %zu is %d, expected %d",
                     dc_compare_what_name(w), i, (int)got[i], (int)want[i]);
}

static void test_counts(void **state)
{
    struct dc_compare_side a = side_of(&file_a), b = side_of(&file_b);
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_both, 8);
    assert_int_equal(c.n_only_a, 1);
    assert_int_equal(c.n_only_b, 2);
    assert_int_equal(c.n_undecided_a, 0);
    assert_int_equal(c.n_undecided_b, 1);
    assert_int_equal(c.n_pair, 7);
    assert_int_equal(c.n_gold, 6);
    assert_int_equal(c.changed.k, 5);
    assert_int_equal(c.decision[0][0], 1); /* b */
    assert_int_equal(c.decision[0][1], 3); /* a d g */
    assert_int_equal(c.decision[1][0], 1); /* c */
    assert_int_equal(c.decision[1][1], 1); /* e */
    assert_int_equal(c.decision[1][2], 1); /* f */
    /* n, yes in A, in B, in A alone, in B alone */
    check_test(&c, DC_COMPARE_REFUSAL, (const uint64_t[]){7, 4, 2, 3, 1});
    check_test(&c, DC_COMPARE_CORRECT, (const uint64_t[]){6, 4, 4, 2, 2});
    check_test(&c, DC_COMPARE_HARMFUL, (const uint64_t[]){3, 2, 2, 1, 1});
    check_test(&c, DC_COMPARE_HARMLESS, (const uint64_t[]){3, 2, 2, 1, 1});
    check_test(&c, DC_COMPARE_UNDETERMINED, (const uint64_t[]){7, 0, 1, 0, 1});
    /* 3 against 1: 2 (1 + 4) / 16; the difference is B - A */
    assert_true(near(c.test[DC_COMPARE_REFUSAL].paired.p, 0.625));
    assert_true(near(c.test[DC_COMPARE_REFUSAL].paired.diff, -2.0 / 7));
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

static void test_means(void **state)
{
    struct dc_compare_side a = side_of(&file_a), b = side_of(&file_b);
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 3);
    assert_string_equal(c.mean[0].name, "traces");
    assert_true(near(c.mean[0].a, 18.0 / 7) && near(c.mean[0].b, 18.0 / 7));
    assert_string_equal(c.mean[1].name, "tokens");
    assert_true(near(c.mean[1].a, 29.0 / 7) && near(c.mean[1].b, 35.0 / 7));
    assert_true(near(c.mean[1].diff.value.value, 6.0 / 7));
    assert_true(c.mean[1].diff.lo < 6.0 / 7 && c.mean[1].diff.hi > 6.0 / 7);
    /* nll is the number of tokens here: 3 2 1 1 1 2 1, 4 2 1 1 3 2 1 */
    assert_string_equal(c.mean[2].name, "nll");
    assert_int_equal(c.mean[2].n, 7);
    assert_true(near(c.mean[2].a, 11.0 / 7) && near(c.mean[2].b, 14.0 / 7));
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

static void test_holm_is_over_all(void **state)
{
    struct dc_compare_side a = side_of(&file_a), b = side_of(&file_b);
    struct dc_compare_cfg cfg = usual();
    double p[DC_COMPARE_TESTS], want[DC_COMPARE_TESTS];
    struct dc_compare c;
    (void)state;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        p[i] = c.test[i].paired.p;
    dc_holm(p, DC_COMPARE_TESTS, want);
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        assert_true(near(c.test[i].p_holm, want[i]));
    dc_compare_release(&c);
    /* Without gold labels there are two tests: refusal and undetermined. */
    cfg.ignore_gold = true;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_gold, 0);
    assert_int_equal(c.test[DC_COMPARE_CORRECT].paired.n, 0);
    assert_int_equal(c.test[DC_COMPARE_HARMFUL].paired.n, 0);
    p[0] = c.test[DC_COMPARE_REFUSAL].paired.p;
    p[1] = c.test[DC_COMPARE_UNDETERMINED].paired.p;
    dc_holm(p, 2, want);
    assert_true(near(c.test[DC_COMPARE_REFUSAL].p_holm, want[0]));
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

static void test_the_other_way_round(void **state)
{
    struct dc_compare_side a = side_of(&file_a), b = side_of(&file_b);
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c, d;
    (void)state;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    fx_ok(dc_compare_run(&b, &a, &cfg, &d, &fx_err));
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++) {
        const struct dc_paired *x = &c.test[i].paired, *y = &d.test[i].paired;
        assert_int_equal(x->b, y->c);
        assert_int_equal(x->c, y->b);
        assert_true(near(x->p, y->p) && near(x->diff, -y->diff));
    }
    assert_int_equal(d.n_only_a, 2);
    assert_int_equal(d.n_undecided_a, 1);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(c.decision[i][k], d.decision[k][i]);
    dc_compare_release(&c);
    dc_compare_release(&d);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* ---- what must not differ ---- */

static void test_other_prompt_text(void **state)
{
    struct file g = file_b;
    struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    g.prompt = "another prompt";
    struct dc_compare_side a = side_of(&file_a), b = side_of(&g);
    fx_fails(dc_compare_run(&a, &b, &cfg, &c, &fx_err), DC_DATA, "prompt a",
             "8 of 8", "--allow-different-prompts");
    cfg.allow_different = true;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_other_text, 8);
    assert_int_equal(c.n_text, 0); /* of other prompts: not compared */
    assert_int_equal(c.n_pair, 7);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

static void test_other_gold(void **state)
{
    struct row r[DC_COUNT(right)];
    struct file g = file_b;
    struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    memcpy(r, right, sizeof r);
    r[3].gold = DC_GOLD_REFUSE; /* e */
    g.row = r;
    struct dc_compare_side a = side_of(&file_a), b = side_of(&g);
    fx_fails(dc_compare_run(&a, &b, &cfg, &c, &fx_err), DC_DATA, "prompt e",
             "answer", "refuse", "--ignore-gold");
    cfg.ignore_gold = true;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

static void test_nothing_in_common(void **state)
{
    struct file f = file_a, g = file_b;
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    f.n = 1;
    g.n = 2;
    struct dc_compare_side a = side_of(&f), b = side_of(&g);
    fx_fails(dc_compare_run(&a, &b, &cfg, &c, &fx_err), DC_DATA,
             "no prompt id in common", "1 and 2");
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

static void test_keys(void **state)
{
    struct file g = file_a;
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    g.seed = "5";
    g.policy = "fixed";
    struct dc_compare_side a = side_of(&file_a), b = side_of(&g);
    b.kv[b.n_kv - 1].key = "host.other";
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_key, 4);
    assert_string_equal(c.key[0].key, "run.seed");
    assert_string_equal(c.key[0].a, "1");
    assert_string_equal(c.key[0].b, "5");
    assert_true(c.key[0].binding);
    assert_string_equal(c.key[1].key, "stop.policy");
    assert_string_equal(c.key[2].key, "host.note");
    assert_null(c.key[2].b);
    assert_string_equal(c.key[3].key, "host.other");
    assert_null(c.key[3].a);
    assert_false(c.key[3].binding);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* ---- the alarm ---- */

static struct dc_compare compare_files(const struct file *f,
                                       const struct file *g)
{
    static struct dc_compare_side a, b;
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    a = side_of(f);
    b = side_of(g);
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    const struct dc_compare got = c; /* its numbers outlive it */
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
    return got;
}

static enum dc_compare_outputs outputs_of(struct file g)
{
    g.name = "b";
    return compare_files(&file_a, &g).outputs;
}

static void test_outputs(void **state)
{
    struct file g = file_a;
    (void)state;
    assert_int_equal(outputs_of(g), DC_OUTPUTS_SAME);
    g.policy = "fixed"; /* of no weight for texts */
    assert_int_equal(outputs_of(g), DC_OUTPUTS_SAME);
    g.seed = "2";
    assert_int_equal(outputs_of(g), DC_OUTPUTS_SAME_UNEXPECTED);
    g.seed = NULL;
    g.model = "another";
    assert_int_equal(outputs_of(g), DC_OUTPUTS_SAME_UNEXPECTED);
    g.text = "y";
    assert_int_equal(outputs_of(g), DC_OUTPUTS_OTHER);
    g.model = NULL;
    assert_int_equal(outputs_of(g), DC_OUTPUTS_OTHER_UNEXPECTED);
    g.n = 2; /* 6 texts */
    assert_int_equal(outputs_of(g), DC_OUTPUTS_UNKNOWN);
}

/* At temperature 0 the seed changes nothing. */
static void test_outputs_at_zero(void **state)
{
    struct file f = file_a, g = file_a;
    (void)state;
    f.temperature = g.temperature = "0";
    g.name = "b";
    g.seed = "2";
    assert_int_equal(compare_files(&f, &g).outputs, DC_OUTPUTS_SAME);
}

/* One of 23 texts differs: still nearly all. Two: no longer. */
static void test_outputs_nearly(void **state)
{
    const struct dc_compare_cfg cfg = usual();
    struct file g = file_a;
    struct dc_compare c;
    (void)state;
    g.name = "b";
    g.seed = "2";
    struct dc_compare_side a = side_of(&file_a), b = side_of(&g);
    assert_int_equal(b.n_text, 23);
    for (size_t n = 1; n <= 2; n++) {
        b.text[4 * n].hash ^= 1;
        fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
        assert_int_equal(c.n_text, 23);
        assert_int_equal(c.n_text_same, 23 - n);
        assert_int_equal(c.outputs, n == 1 ? DC_OUTPUTS_SAME_UNEXPECTED
                                           : DC_OUTPUTS_OTHER);
        dc_compare_release(&c);
    }
    b.text[4].whole = false; /* empty or cut: says nothing */
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_text, 22);
    assert_int_equal(c.n_text_same, 21);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* ---- what could have been found ---- */

/*
 * n pairs without a discordant one: six of one side are needed for p <= 0.05,
 * and the power is that of seeing six or more.
 */
static void test_detectable(void **state)
{
    struct row r[60];
    char id[60][8];
    struct file f = {.name = "a", .text = "x", .row = r, .n = 60}, g = f;
    (void)state;
    for (size_t i = 0; i < 60; i++) {
        snprintf(id[i], sizeof id[i], "q%zu", i);
        r[i] = (struct row){id[i], DC_GOLD_REFUSE, "RRR", 1, "refusal", 3};
    }
    g.name = "b";
    struct dc_compare c = compare_files(&f, &g);
    const struct dc_compare_test *t = &c.test[DC_COMPARE_REFUSAL];
    assert_true(t->has_detectable && t->all_one_side);
    double d = t->detectable;
    assert_true(dc_binom_sf(5, 60, d) >= 0.8 - 1e-9);
    assert_true(dc_binom_sf(5, 60, d - 1e-4) < 0.8);
    assert_int_equal(c.test[DC_COMPARE_HARMLESS].paired.n, 0);
    f.n = g.n = 4; /* no four pairs find anything */
    c = compare_files(&f, &g);
    assert_false(c.test[DC_COMPARE_REFUSAL].has_detectable);
}

/* ---- output ---- */

static void test_output(void **state)
{
    struct dc_doc *d = dc_doc_create();
    struct file g = file_a;
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    struct dc_buf out;
    (void)state;
    g.name = "b";
    g.seed = "2";
    struct dc_compare_side a = side_of(&file_a), b = side_of(&g);
    b.kv[b.n_kv - 1].value = "\033[2J";
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    dc_buf_init(&out, 1 << 20);
    dc_compare_doc(&c, "a\033.db", "b.db", d);
    dc_doc_text(d, &(struct dc_doc_look){80, false}, &out);
    dc_doc_markdown(d, 3, &out);
    dc_doc_free(d);
    assert_null(strchr(out.data, '\033'));
    assert_non_null(strstr(out.data, "ALARM"));
    assert_non_null(strstr(out.data, "23 of 23 traces have the same text"));
    assert_non_null(strstr(out.data, "host.note"));
    dc_buf_clear(&out);
    dc_compare_json(&c, "a\033.db", "b.db", &out);
    json_t *o = json_loads(out.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    const char *alarm = NULL, *key = NULL;
    double p = 0;
    assert_int_equal(json_unpack(o, "{s:[{s:s}], s:[{s:s}, {}], s:{s:{s:F}}}",
                                 "alarms", "id", &alarm, "configuration", "key",
                                 &key, "tests", "refusal", "p_holm", &p),
                     0);
    assert_string_equal(alarm, "identical-outputs");
    assert_string_equal(key, "run.seed");
    assert_true(p == 1);
    json_decref(o);
    dc_buf_release(&out);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* 60 prompts that A refuses and B answers: said first, and 20 of them shown. */
static void test_changes(void **state)
{
    struct row r[60], q[60];
    char id[60][8];
    struct file f = {.name = "a", .text = "x", .row = r, .n = 60}, g = f;
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    struct dc_buf out;
    struct dc_doc *d = dc_doc_create();
    (void)state;
    for (size_t i = 0; i < 60; i++) {
        snprintf(id[i], sizeof id[i], "q%02zu", i);
        r[i] = (struct row){id[i], DC_GOLD_REFUSE, "RRR", 1, "refusal", 3};
        q[i] = (struct row){id[i], DC_GOLD_REFUSE, "CCC", 1, "compliance", 3};
    }
    g.name = "b";
    g.row = q;
    struct dc_compare_side a = side_of(&f), b = side_of(&g);
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.changed.k, 60);
    assert_string_equal(c.change[59].id, "q59");
    assert_int_equal(c.change[59].a, DC_VERDICT_REFUSAL);
    assert_int_equal(c.change[59].b, DC_VERDICT_COMPLIANCE);
    dc_buf_init(&out, 1 << 20);
    dc_compare_doc(&c, "a.db", "b.db", d);
    dc_doc_text(d, &(struct dc_doc_look){80, false}, &out);
    assert_non_null(strstr(out.data,
                           "\nThe share refused is lower in B than in "
                           "A: 100.0 % in A, 0.0 % in B of 60"));
    assert_non_null(strstr(out.data, "\n  q19     refusal  compliance\n"
                                     "  40 more: the JSON has all 60\n"));
    assert_null(strstr(out.data, "q20"));
    dc_buf_clear(&out);
    dc_compare_json(&c, "a.db", "b.db", &out);
    json_t *o = json_loads(out.data, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(json_object_get(o, "changed_prompts")),
                     60);
    json_decref(o);
    dc_buf_release(&out);
    dc_doc_free(d);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* Change a value of the configuration as it was read. */
static void set_key(struct dc_compare_side *s, const char *key,
                    const char *value)
{
    for (size_t i = 0; i < s->n_kv; i++)
        if (!strcmp(s->kv[i].key, key))
            s->kv[i].value = value;
}

static void says_of_confidence(const struct dc_compare *c, const char *part)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_confidence_say(c, &b);
    if (!part)
        assert_int_equal(b.n, 0);
    else if (!strstr(b.n ? b.data : "", part))
        fail_msg("no '%s' in: %s", part, b.n ? b.data : "(nothing)");
    dc_buf_release(&b);
}

/* C of 20 tokens and C of 19 are not one quantity; log-probabilities are. */
static void test_other_k(void **state)
{
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare_side a = side_of(&file_a), b = side_of(&file_b);
    struct dc_compare c;
    (void)state;
    set_key(&b, "confidence.k", "19");
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 3); /* nll too */
    assert_int_equal(c.n_left_out, 0);
    says_of_confidence(&c, "20 most probable tokens in A and of 19 in B");
    dc_compare_release(&c);
    a.measure[0] = b.measure[0] = "group_min(8)";
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 2);
    assert_int_equal(c.n_left_out, 1);
    says_of_confidence(&c, "no means of group_min(8).");
    dc_compare_release(&c);
    set_key(&b, "confidence.k", "unknown"); /* an import without any */
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 3);
    says_of_confidence(&c, NULL);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* Raw ones and those behind a sampler, and lists against logits. */
static void test_other_logprobs(void **state)
{
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare_side a = side_of(&file_a), b = side_of(&file_b);
    struct dc_compare c;
    (void)state;
    a.kv[a.n_kv - 1] = (struct dc_kv){"confidence.logprobs", "raw", true};
    b.kv[b.n_kv - 1] = (struct dc_kv){"confidence.logprobs", "processed", true};
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 2);
    assert_string_equal(c.left_out[0], "nll");
    says_of_confidence(&c, "raw in A and processed in B");
    dc_compare_release(&c);
    b.kv[b.n_kv - 1].value = "raw";
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 3);
    says_of_confidence(&c, NULL);
    dc_compare_release(&c);
    b.knows.logits = false;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.n_mean, 3);
    says_of_confidence(&c, "all logits in A and of a server's list in B");
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

/* A server may give other texts; its name for the weights of a file here, and a
 * template that it does not show, say nothing. */
static void test_outputs_of_servers(void **state)
{
    struct file other = file_a;
    const struct dc_compare_cfg cfg = usual();
    struct dc_compare c;
    (void)state;
    other.text = "other";
    struct dc_compare_side a = side_of(&file_a), b = side_of(&other);
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.outputs, DC_OUTPUTS_OTHER_UNEXPECTED);
    dc_compare_release(&c);
    b.knows.repeatable = false;
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.outputs, DC_OUTPUTS_OTHER);
    dc_compare_release(&c);
    dc_compare_side_release(&b);
    b = side_of(&file_a);
    b.knows.repeatable = false;
    for (size_t i = 0; i < b.n_kv; i++)
        if (!strcmp(b.kv[i].key, "model.sha256"))
            b.kv[i] = (struct dc_kv){"model.name", "as the server has it", 0};
    a.kv[a.n_kv - 1] = (struct dc_kv){"chat.sha256", "c", true};
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.outputs, DC_OUTPUTS_SAME);
    dc_compare_release(&c);
    b.kv[b.n_kv - 1] = (struct dc_kv){"chat.sha256", "d", true};
    fx_ok(dc_compare_run(&a, &b, &cfg, &c, &fx_err));
    assert_int_equal(c.outputs, DC_OUTPUTS_SAME_UNEXPECTED);
    dc_compare_release(&c);
    dc_compare_side_release(&a);
    dc_compare_side_release(&b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(test_counts),
        T(test_means),
        T(test_holm_is_over_all),
        T(test_the_other_way_round),
        T(test_other_prompt_text),
        T(test_other_gold),
        T(test_nothing_in_common),
        T(test_keys),
        T(test_outputs),
        T(test_outputs_at_zero),
        T(test_outputs_nearly),
        T(test_outputs_of_servers),
        T(test_other_k),
        T(test_other_logprobs),
        T(test_detectable),
        T(test_output),
        T(test_changes),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
