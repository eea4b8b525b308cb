/*
 * test_deepthink.c - the loop of deepthink over scripted traces: where a trace
 * is cut, who votes, when a question ends; slots do not show.
 *
 * The script has eight traces, gone through in a circle. Confidences are 8
 * unless said otherwise.
 */
#include "run/deepthink.h"
#include "run_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct dc_item item = {
    .id = "q", .text = "question", .n_text = 8, .category = "4", .line = 1};
static struct dc_dataset data = {.item = &item, .n = 1};

/* What a run gave, boiled down. */
struct got {
    struct dc_buf text; /* every trace in words */
    unsigned n_trace, n_warmup, n_cut, n_votes;
    size_t n_tok[32];
    bool cut[32], votes[32];
    bool has_bar, voted;
    double bar, share;
    char answer[32], reason[32];
    unsigned n_held;
    size_t majority_votes;
};

static enum dc_status keep(void *arg, const struct dc_deep_result *r,
                           struct dc_err *err)
{
    struct got *g = arg;
    (void)err;
    g->n_trace = r->n_trace;
    g->n_warmup = r->n_warmup;
    g->has_bar = r->has_bar;
    g->bar = r->bar;
    g->share = r->share;
    g->voted = r->voted != NULL;
    snprintf(g->answer, sizeof g->answer, "%s", r->voted ? r->voted : "");
    snprintf(g->reason, sizeof g->reason, "%s", r->reason);
    for (unsigned i = 0; i < r->n_trace; i++) {
        const struct dc_deep_trace *t = &r->trace[i];
        assert_int_equal(t->index, i);
        g->n_tok[i] = t->n_tok;
        g->cut[i] = t->cut;
        g->votes[i] = t->votes;
        g->n_cut += t->cut;
        g->n_votes += t->votes;
        dc_buf_addf(&g->text, "%u %d %zu %.17g %s %s|", i, t->cut, t->n_tok,
                    t->min_conf, t->text, t->answer ? t->answer : "-");
    }
    for (int i = 0; i < DC_DEEP_N_VOTES; i++)
        g->n_held += r->vote[i].held;
    g->majority_votes = r->vote[0].held ? r->vote[0].result.n_votes : 0;
    return DC_OK;
}

static const char *script(const char *traces)
{
    static char notation[256];
    char path[200];
    snprintf(path, sizeof path, "%s/script.json", test_dir());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "{\"default\": {\"traces\": [%s]}}", traces);
    fclose(f);
    snprintf(notation, sizeof notation, "script:%s", path);
    return notation;
}

static enum dc_status run(const char *traces, struct dc_deep_cfg *c,
                          struct got *g)
{
    const struct dc_backend_ops *ops = dc_backend_find("fake");
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_backend *backend = NULL;
    struct dc_err err = {0};
    *g = (struct got){.n_trace = 0};
    dc_buf_init(&g->text, 1 << 20);
    b.model = script(traces);
    c->take = keep;
    c->take_arg = g;
    assert_int_equal(ops->open(&b, &backend, &err), DC_OK);
    enum dc_status st = dc_deep_run(c, &data, ops, backend, &err);
    ops->close(backend);
    return st;
}

static struct dc_deep_cfg online(void)
{
    struct dc_deep_cfg c = dc_deep_cfg_default();
    c.online = true;
    c.max_tokens = 64;
    c.window = 2;
    c.tail = 2;
    c.budget = 8;
    c.warmup = 2;
    c.batch = 2;
    c.consensus = 1;
    return c;
}

/* Two warm-up traces at 8: the bar is 8. Then: 8, 8, 7 (mean 7.5: cut at token
 * 3), and one whose only low token stands before a full window. */
static const char mixed[] =
    "{\"text\": \"a b c \\\\boxed{4}\"}, {\"text\": \"a b c \\\\boxed{5}\"},"
    "{\"tokens\": [\"a\", \" b\", {\"piece\": \" c\", \"conf\": 7}, \" d\","
    "              \" \\\\boxed{6}\"]},"
    "{\"tokens\": [{\"piece\": \"a\", \"conf\": 9}, {\"piece\": \" b\", "
    "\"conf\": 7}, \" \\\\boxed{4}\"]}";

static void test_cut_at_the_exact_token(void **state)
{
    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        struct got g;
        struct dc_deep_cfg c = online();
        c.compat = compat;
        c.budget = 4;
        assert_int_equal(run(mixed, &c, &g), DC_OK);
        assert_int_equal(g.n_trace, 4);
        assert_int_equal(g.n_warmup, 2);
        assert_true(g.has_bar && g.bar >= 8 && g.bar <= 8);
        assert_true(g.cut[2] && g.n_tok[2] == 3);
        /* 9, 7: the mean is the bar, and only what is below it is cut; 7, 8
         * is below it */
        assert_true(g.cut[3] && g.n_tok[3] == 3);
        assert_int_equal(g.n_cut, 2);
        assert_false(g.votes[2]);
        assert_true(g.votes[0] && g.votes[1]);
        assert_string_equal(g.reason, "budget");
        assert_true(g.share > 0.49 && g.share < 0.51);
        assert_string_equal(g.answer, "4"); /* the first of two equals */
        dc_buf_release(&g.text);
    }
}

static void test_offline_cuts_nothing(void **state)
{
    (void)state;
    struct got g;
    struct dc_deep_cfg c = online();
    c.online = false;
    c.budget = 4;
    assert_int_equal(run(mixed, &c, &g), DC_OK);
    assert_int_equal(g.n_cut, 0);
    assert_int_equal(g.n_warmup, 0);
    assert_false(g.has_bar);
    assert_int_equal(g.n_votes, 4);
    assert_int_equal(g.n_held, DC_DEEP_N_VOTES);
    assert_int_equal(g.majority_votes, 4);
    assert_string_equal(g.answer, "4");
    dc_buf_release(&g.text);
}

/* A warm-up trace below the bar does not vote. */
static void test_low_warm_up_has_no_vote(void **state)
{
    (void)state;
    struct got g;
    struct dc_deep_cfg c = online();
    c.warmup = 3;
    c.keep = 50; /* the median of 8, 5, 8 */
    assert_int_equal(run("{\"text\": \"a \\\\boxed{4}\"},"
                         "{\"text\": \"a \\\\boxed{5}\", \"conf\": 5},"
                         "{\"text\": \"a \\\\boxed{4}\"}",
                         &c, &g),
                     DC_OK);
    assert_true(g.bar >= 8 && g.bar <= 8);
    assert_true(g.votes[0] && !g.votes[1] && g.votes[2]);
    assert_string_equal(g.reason, "consensus");
    assert_int_equal(g.n_trace, 3);
    assert_true(g.share >= 1);
    dc_buf_release(&g.text);
}

/* 4, 5, then 4s only: with a bar of shares at 0.7 the question ends after the
 * first batch that leads with 3 of 4. */
static void test_consensus_after_a_batch(void **state)
{
    static const char t[] =
        "{\"text\": \"a \\\\boxed{4}\"}, {\"text\": \"a \\\\boxed{5}\"},"
        "{\"text\": \"a \\\\boxed{4}\"}, {\"text\": \"a \\\\boxed{4}\"}";
    (void)state;
    struct got g;
    struct dc_deep_cfg c = online();
    c.consensus = 0.75;
    assert_int_equal(run(t, &c, &g), DC_OK);
    assert_int_equal(g.n_trace, 4);
    assert_string_equal(g.reason, "consensus");
    dc_buf_release(&g.text);
    c.consensus = 0.76;
    assert_int_equal(run(t, &c, &g), DC_OK);
    assert_int_equal(g.n_trace, 8);
    assert_string_equal(g.reason, "budget");
    dc_buf_release(&g.text);
    c.budget = 5; /* the last batch is shorter */
    assert_int_equal(run(t, &c, &g), DC_OK);
    assert_int_equal(g.n_trace, 5);
    dc_buf_release(&g.text);
}

static void test_no_answer_no_vote(void **state)
{
    (void)state;
    struct got g;
    struct dc_deep_cfg c = online();
    assert_int_equal(run("{\"text\": \"no idea\"}, {\"tokens\": []},"
                         "{\"text\": \"half\", \"finish\": \"error\"},"
                         "{\"text\": \"\\\\boxed{}\"}",
                         &c, &g),
                     DC_OK);
    assert_false(g.voted);
    assert_int_equal(g.n_held, 0);
    assert_int_equal(g.n_votes, 0);
    assert_int_equal(g.n_trace, 8);
    dc_buf_release(&g.text);
}

static void test_slots_do_not_show(void **state)
{
    (void)state;
    struct got g, h;
    struct dc_deep_cfg c = online();
    c.n_slots = 1;
    assert_int_equal(run(mixed, &c, &g), DC_OK);
    for (unsigned n = 2; n < 10; n++) {
        c.n_slots = n;
        assert_int_equal(run(mixed, &c, &h), DC_OK);
        assert_string_equal(g.text.data, h.text.data);
        assert_string_equal(g.reason, h.reason);
        dc_buf_release(&h.text);
    }
    dc_buf_release(&g.text);
}

static void test_window_must_fit(void **state)
{
    (void)state;
    struct got g;
    struct dc_deep_cfg c = online();
    struct dc_err err = {0};
    c.window = 65;
    assert_int_equal(dc_deep_check(&c, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "--window 64 or less"));
    c.window = 64;
    assert_int_equal(dc_deep_check(&c, &err), DC_OK);
    /* the context leaves less than max_tokens: 1 + 14 words of prompt */
    c.n_ctx = 40;
    assert_int_equal(run(mixed, &c, &g), DC_USAGE);
    dc_buf_release(&g.text);
    c.warmup = 9;
    assert_int_equal(dc_deep_check(&c, &err), DC_USAGE);
}

static void test_too_long_a_question(void **state)
{
    (void)state;
    struct got g;
    struct dc_deep_cfg c = online();
    c.n_ctx = 5;
    assert_int_equal(run(mixed, &c, &g), DC_OK);
    assert_int_equal(g.n_trace, 0);
    assert_string_equal(g.reason, "context overflow");
    assert_false(g.voted);
    dc_buf_release(&g.text);
}

/* The votes' windows are the package's, whatever the group's are. */
static void test_vote_windows_are_the_package_s(void **state)
{
    enum { LONG = DC_COMPAT_WINDOW + 300 };
    static double conf[LONG];
    const struct dc_compat_cfg package = dc_compat_cfg_default();
    (void)state;
    for (size_t i = 0; i < LONG; i++)
        conf[i] = dc_compat_round(3 + 0.01 * (double)(i * i % 977));
    for (int compat = 0; compat < 2; compat++)
        for (size_t n = 1; n <= LONG; n += n == 1 ? 39 : 511) {
            struct dc_arena a;
            struct dc_deep_cfg c = dc_deep_cfg_default();
            struct dc_deep_trace t = {.finish = DC_FINISH_STOP,
                                      .text = "\\boxed{4}",
                                      .conf = conf,
                                      .n_tok = n};
            struct dc_compat_weights w = dc_compat_weights(conf, n, &package);
            c.window = 16;
            c.compat = compat;
            dc_arena_init(&a);
            dc_deep_measure(&c, &a, &t);
            dc_arena_release(&a);
            assert_memory_equal(&t.weight, &w, sizeof w);
            assert_true(n < 16 || t.min_conf < w.min); /* that is by 16 */
        }
}

#define TWO(box, a, b)                                                         \
    "{\"tokens\": [{\"piece\": \"\\\\boxed{" box "}\", \"conf\": " a "},"      \
    " {\"piece\": \" b\", \"conf\": " b "}, \" c\"]}"

/* Two traces of warm-up, then `later`, all of them drawn; compat or not. */
static void draw_later(const char *traces, bool compat, struct got *g)
{
    struct dc_deep_cfg c = online();
    c.budget = 4;
    c.consensus = 2; /* never */
    c.compat = compat;
    assert_int_equal(run(traces, &c, g), DC_OK);
    assert_int_equal(g->n_trace, 4);
    assert_true(g->has_bar);
}

/*
 * Later traces below the bar that the engine does not cut: one too short for a
 * group, and one whose groups are below when they are rounded. The package
 * drops both. It keeps one that is cut though its rounded group is at the bar.
 */
static void test_a_finished_trace_below_the_bar(void **state)
{
    struct got g;
    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        draw_later(
            "{\"text\": \"\\\\boxed{4} a\"}, {\"text\": \"\\\\boxed{4} a\"},"
            "{\"text\": \"\\\\boxed{5}\", \"conf\": 7}," TWO("7", "7.9999",
                                                             "7.9999"),
            compat, &g);
        assert_true(g.bar >= 8 && g.bar <= 8);
        assert_true(!g.cut[2] && g.n_tok[2] == 1 && !g.votes[2]);
        assert_true(g.cut[3] && g.n_tok[3] == 2);
        assert_int_equal(g.votes[3], compat);
        dc_buf_release(&g.text);
        draw_later("{\"text\": \"\\\\boxed{4} a\"},"
                   "{\"text\": \"\\\\boxed{4} a\", \"conf\": 8.001}," TWO(
                       "6", "8.0002", "8.0002") "," TWO("7", "9", "9"),
                   compat, &g);
        assert_true(g.bar > 8.0000999 && g.bar < 8.0001001);
        assert_true(!g.cut[2] && g.n_tok[2] == 3);
        assert_int_equal(g.votes[2], !compat);
        assert_true(g.votes[3] && !g.votes[0]);
        dc_buf_release(&g.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_at_the_exact_token),
        cmocka_unit_test(test_offline_cuts_nothing),
        cmocka_unit_test(test_low_warm_up_has_no_vote),
        cmocka_unit_test(test_consensus_after_a_batch),
        cmocka_unit_test(test_no_answer_no_vote),
        cmocka_unit_test(test_slots_do_not_show),
        cmocka_unit_test(test_window_must_fit),
        cmocka_unit_test(test_too_long_a_question),
        cmocka_unit_test(test_vote_windows_are_the_package_s),
        cmocka_unit_test(test_a_finished_trace_below_the_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
