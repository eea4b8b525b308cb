/*
 * test_engine_rows.c - a live run is the run that one would compute from all K
 * traces: every policy, vote and answer window against a full `fixed` run of
 * the same seed, walked here trace by trace.
 */
#include "run_util.h"
#include "stop_util.h"

#include <deepconf/stat.h>
#include <math.h>

enum { N_ITEM = 9, K = 8, MAX_TOKENS = 24 };

static struct dc_item item[N_ITEM];
static char item_text[N_ITEM][32], item_id[N_ITEM][16];
static struct dc_dataset data = {.item = item, .n = N_ITEM, .n_rows = N_ITEM};

/* What a trace of the full run is, and what a live one was. */
struct kept {
    bool there;
    size_t n_tok;
    struct dc_token tok[MAX_TOKENS];
    char text[512], cut[16];
    uint32_t end[MAX_TOKENS];
    enum dc_verdict verdict;
    bool has_window_verdict;
    enum dc_verdict window_verdict;
    enum dc_finish finish;
};

struct run_kept {
    struct kept t[N_ITEM][K];
    char decision[N_ITEM][16], reason[N_ITEM][48];
    int64_t n_trace[N_ITEM];
    double threshold;
};

static struct run_kept full, live;

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N_ITEM; i++) {
        snprintf(item_text[i], sizeof item_text[i], "what is item %d", i);
        snprintf(item_id[i], sizeof item_id[i], "p%d", i);
        item[i] = (struct dc_item){.id = item_id[i],
                                   .text = item_text[i],
                                   .n_text = strlen(item_text[i]),
                                   .gold = DC_GOLD_ANSWER};
    }
    dc_sha256_hex("engine rows", 11, data.sha256);
    return 0;
}

static const char *path_of(const char *name)
{
    static char p[512];
    snprintf(p, sizeof p, "%s/%s.db", test_dir(), name);
    return p;
}

/* ---- reading a run back ---- */

static enum dc_status keep_trace(void *arg, const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct run_kept *r = arg;
    struct kept *k = &r->t[t->prompt][t->idx];
    (void)err;
    assert_true(t->idx < K && t->n_tok <= MAX_TOKENS);
    k->there = true;
    k->n_tok = t->n_tok;
    memcpy(k->tok, t->tok, t->n_tok * sizeof *t->tok);
    assert_non_null(t->tok_end);
    memcpy(k->end, t->tok_end, t->n_tok * sizeof *t->tok_end);
    assert_true(strlen(t->text) < sizeof k->text);
    snprintf(k->text, sizeof k->text, "%s", t->text);
    snprintf(k->cut, sizeof k->cut, "%s", t->cut ? dc_cut_name(t->cut) : "");
    k->finish = t->finish;
    for (size_t i = 0; i < t->n_verdict; i++) {
        const struct dc_verdict_row *v = &t->verdict[i];
        bool window = strcmp(v->judge, "phrases10/window(6)") == 0;
        if (!window)
            assert_string_equal(v->judge, "phrases10");
        k->has_window_verdict |= window;
        assert_true(dc_verdict_parse(v->verdict, window ? &k->window_verdict
                                                        : &k->verdict));
    }
    return DC_OK;
}

static enum dc_status keep_decision(void *arg, const struct dc_decision_row *d,
                                    struct dc_err *err)
{
    struct run_kept *r = arg;
    (void)err;
    snprintf(r->decision[d->prompt], sizeof r->decision[0], "%s", d->decision);
    snprintf(r->reason[d->prompt], sizeof r->reason[0], "%s", d->reason);
    r->n_trace[d->prompt] = d->n_trace;
    return DC_OK;
}

static void read_run(const char *path, struct run_kept *out)
{
    struct dc_store *s;
    struct dc_err err;
    struct dc_arena a;
    struct dc_threshold_row th = {.value = 0};
    bool found;
    *out = (struct run_kept){.threshold = 0};
    dc_arena_init(&a);
    assert_int_equal(dc_store_open_ro(path, &s, &err), DC_OK);
    assert_int_equal(dc_store_each_trace(s, -1,
                                         DC_TRACE_TOKENS | DC_TRACE_VERDICTS,
                                         keep_trace, out, &err),
                     DC_OK);
    assert_int_equal(dc_store_each_decision(s, -1, keep_decision, out, &err),
                     DC_OK);
    assert_int_equal(dc_store_threshold_get(s, &a, &th, &found, &err), DC_OK);
    out->threshold = found ? th.value : 0;
    dc_store_close(s);
    dc_arena_release(&a);
}

static struct dc_run_cfg base_cfg(void)
{
    struct dc_run_cfg c = test_run_cfg();
    c.max_tokens = MAX_TOKENS;
    c.stop.min_traces = 2;
    c.stop.max_traces = K;
    c.data_name = "engine";
    c.benchmark = "generic";
    c.n_slots = 5;
    return c;
}

static struct dc_backend_cfg fake(void)
{
    struct dc_backend_cfg c = dc_backend_cfg_default();
    c.model = "random:refuse=0.5,len=14,vocab=64";
    return c;
}

static void run_live(const struct dc_run_cfg *c, struct run_kept *out)
{
    struct dc_backend_cfg b = fake();
    const char *p = path_of("run");
    remove_run(p);
    assert_int_equal(run_to(p, "fake", &b, &data, c), DC_OK);
    read_run(p, out);
}

/* ---- the expected side: the full run, walked ---- */

struct walk {
    const struct dc_run_cfg *cfg;
    struct dc_stop_cfg stop;
    struct dc_measure_spec look, weigh;
    size_t n_calibration;
};

/* The first n_tok tokens of a trace, judged as a trace that ends there. */
static enum dc_verdict judge_prefix(const struct kept *k, size_t n_tok,
                                    enum dc_finish finish)
{
    char s[600];
    uint32_t end = n_tok ? k->end[n_tok - 1] : 0;
    size_t n = end & ~DC_TOK_PENDING, answer = 0;
    memcpy(s, k->text, n);
    if (end & DC_TOK_PENDING) {
        memcpy(s + n, "\xEF\xBF\xBD", 3);
        n += 3;
    }
    s[n] = '\0';
    bool has = dc_answer_offset(s, n, false, &answer);
    struct dc_response r = {.text = s,
                            .n = n,
                            .finish = finish,
                            .has_answer = has,
                            .answer_off = answer};
    struct dc_judgement j;
    assert_int_equal(dc_judge_traces(request_judge(), &r, 1, &j, NULL), DC_OK);
    return j.verdict;
}

/* One trace as the live run would have it; the live one must be equal. */
static void walk_trace(const struct walk *w, size_t p,
                       const struct dc_stop_state *s,
                       struct dc_stop_trace *trace, struct dc_ballot *ballot)
{
    unsigned idx = s->tally.n;
    const struct kept *f = &full.t[p][idx], *l = &live.t[p][idx];
    bool audited = dc_window_audited(w->cfg->seed,
                                     dc_hash64(item_id[p], strlen(item_id[p])),
                                     w->cfg->audit_share);
    size_t n = f->n_tok, window;
    double bar, v;
    bool cut = false;
    const char *why = "";
    enum dc_verdict verdict = f->verdict;
    float conf[MAX_TOKENS];
    if (w->cfg->has_window && !audited && n >= w->cfg->window) {
        /* a trace whose last token is the window's may end by itself there */
        bool itself = n == w->cfg->window && l->finish == DC_FINISH_STOP;
        n = w->cfg->window;
        why = itself ? "" : "window";
        if (!itself)
            verdict = judge_prefix(f, n, DC_FINISH_LENGTH);
    }
    for (size_t i = 0; i < n; i++)
        conf[i] = f->tok[i].conf;
    if (dc_stop_bar(&w->cfg->policy, s, &w->stop, &bar, &window)) {
        n = dc_group_cut(conf, n, window, bar, &cut);
        if (cut) {
            why = "confidence";
            verdict = DC_VERDICT_UNDETERMINED;
        }
    }
    assert_true(l->there);
    assert_int_equal(l->n_tok, n);
    assert_memory_equal(l->tok, f->tok, n * sizeof *f->tok);
    assert_string_equal(l->cut, why);
    assert_int_equal(l->verdict, verdict);
    assert_int_equal(l->has_window_verdict,
                     w->cfg->has_window && audited && n >= w->cfg->window);
    if (l->has_window_verdict)
        assert_int_equal(l->window_verdict,
                         judge_prefix(f, w->cfg->window, DC_FINISH_LENGTH));
    *trace = (struct dc_stop_trace){.verdict = verdict, .cut = cut};
    *ballot = (struct dc_ballot){verdict, 0};
    if (dc_measure_compute(&w->look, f->tok, n, &v)) {
        trace->has_conf = true;
        trace->conf = w->look.row->direction * v;
    }
    if (!cut && dc_measure_compute(&w->weigh, f->tok, n, &v))
        ballot->weight = dc_measure_weight(w->weigh.row, v);
}

static unsigned walk_prompt(const struct walk *w, size_t p)
{
    struct dc_stop_trace trace[K];
    struct dc_ballot ballot[K];
    struct dc_stop_state s = {.trace = trace};
    struct dc_stop_spec policy_here = w->cfg->policy;
    if (p < w->n_calibration)
        policy_here = policy("fixed");
    for (;;) {
        struct dc_stop_next next = dc_stop_ask(&policy_here, &s, &w->stop);
        unsigned n = s.tally.n;
        if (next.stop) {
            enum dc_verdict d = dc_stop_decide(&policy_here, &s, &w->stop,
                                               &w->cfg->vote, ballot);
            assert_int_equal(live.n_trace[p], n);
            assert_string_equal(live.decision[p], dc_verdict_name(d));
            assert_string_equal(live.reason[p], next.reason);
            assert_true(n == K || !live.t[p][n].there);
            return n;
        }
        walk_trace(w, p, &s, &trace[n], &ballot[n]);
        dc_tally_add(&s.tally, trace[n].verdict);
    }
}

static void parse_measure(const char *text, struct dc_measure_spec *m)
{
    assert_int_equal(dc_measure_parse(text, m, NULL), DC_OK);
}

/* Run c and hold it against the full run. Returns the traces it drew. */
static unsigned check_run(const struct dc_run_cfg *c)
{
    struct walk w = {.cfg = c, .stop = c->stop};
    char text[DC_SPEC_TEXT];
    unsigned n = 0;
    run_live(c, &live);
    w.stop.weighted = !c->vote.row->by_tally;
    dc_stop_measure(&c->policy, c->measure.spec.text, text);
    parse_measure(text, &w.look);
    parse_measure(c->vote.row->by_tally ? "mean" : c->vote.spec.measure,
                  &w.weigh);
    if (c->policy.row->needs_calibration) {
        w.stop.has_threshold = true;
        w.stop.threshold = live.threshold;
        w.n_calibration = (size_t)ceil(c->calibration_share * N_ITEM);
    }
    for (size_t p = 0; p < N_ITEM; p++)
        n += walk_prompt(&w, p);
    return n;
}

static void make_full(void)
{
    struct dc_run_cfg c = base_cfg();
    c.policy = policy("fixed");
    run_live(&c, &full);
    for (size_t p = 0; p < N_ITEM; p++)
        assert_int_equal(full.n_trace[p], K);
}

/* ---- tests ---- */

static void test_every_policy(void **state)
{
    (void)state;
    make_full();
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        for (unsigned slots = 1; slots <= 7; slots += 6) {
            struct dc_run_cfg c = base_cfg();
            c.policy = policy(every_policy[i]);
            c.calibration_share = 0.3;
            c.n_slots = slots;
            unsigned n = check_run(&c);
            assert_true(n >= 2 * N_ITEM && n <= K * N_ITEM);
        }
    }
}

static unsigned n_cut_by(const char *why)
{
    unsigned n = 0;
    for (size_t p = 0; p < N_ITEM; p++)
        for (size_t i = 0; i < K; i++)
            n += live.t[p][i].there && !strcmp(live.t[p][i].cut, why);
    return n;
}

static void test_cuts_happen(void **state)
{
    struct dc_run_cfg c = base_cfg();
    (void)state;
    make_full();
    c.stop.min_traces = 6; /* larger than the warm-up */
    for (unsigned slots = 1; slots <= 9; slots += 4) {
        c.n_slots = slots;
        c.policy = policy("deepconf(0.1,1,4,2)");
        check_run(&c);
        assert_true(n_cut_by("confidence") >= 5);
        c.policy = policy("deepconf(0.5,1,1,3)");
        check_run(&c);
        assert_true(n_cut_by("confidence") >= 5);
    }
}

static void test_every_vote(void **state)
{
    static const char *const vote[] = {"majority", "weighted(tail(4))",
                                       "weighted(nll)", "filtered(0.5, mean)",
                                       "filtered(0.1, group_min(4))"};
    static const char *const stop[] = {"curtail", "fixed", "unanimous(3)",
                                       "esc(2)"};
    (void)state;
    make_full();
    for (size_t i = 0; i < DC_COUNT(vote); i++)
        for (size_t j = 0; j < DC_COUNT(stop); j++) {
            struct dc_run_cfg c = base_cfg();
            c.policy = policy(stop[j]);
            c.vote = vote_spec(vote[i]);
            unsigned n = check_run(&c);
            if (i > 0 && j == 0) /* nothing is certain early */
                assert_int_equal(n, K * N_ITEM);
        }
}

static void test_answer_window_and_audit(void **state)
{
    static const double share[] = {0, 0.4, 1};
    static const char *const stop[] = {"curtail", "fixed", "unanimous(3)",
                                       "deepconf(0.5,0.9,4,2)"};
    unsigned n_second = 0;
    (void)state;
    make_full();
    for (size_t i = 0; i < DC_COUNT(share); i++)
        for (size_t j = 0; j < DC_COUNT(stop); j++) {
            struct dc_run_cfg c = base_cfg();
            c.policy = policy(stop[j]);
            c.has_window = true;
            c.window = 6;
            c.audit_share = share[i];
            check_run(&c);
            assert_int_equal(n_cut_by("window") == 0, share[i] == 1);
            for (size_t p = 0; p < N_ITEM; p++)
                for (size_t k = 0; k < K; k++)
                    n_second += live.t[p][k].has_window_verdict;
        }
    assert_true(n_second > 50);
}

/* ---- interrupted ---- */

static atomic_int stop_now;
static unsigned stop_after;

static void stop_some_time(void *arg, const struct dc_run_progress *p)
{
    unsigned *calls = arg;
    (void)p;
    if (++*calls == stop_after)
        atomic_store(&stop_now, 1);
}

static void check_resumed(struct dc_run_cfg c)
{
    struct dc_backend_cfg b = fake();
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    unsigned calls, n_cut = 0;
    const char *p = path_of("resumed");
    remove_run(p);
    assert_int_equal(run_to(p, "fake", &b, &data, &c), DC_OK);
    hash_run(p, true, want);
    remove_run(p);
    c.interrupt = &stop_now;
    c.progress = stop_some_time;
    c.progress_arg = &calls;
    for (stop_after = 5;; stop_after += 17) {
        calls = 0;
        atomic_store(&stop_now, 0);
        c.n_slots = 1 + stop_after % 7;
        enum dc_status st = run_to(p, "fake", &b, &data, &c);
        if (st == DC_OK)
            break;
        assert_int_equal(st, DC_INTERRUPTED);
        n_cut++;
    }
    assert_true(n_cut >= 1);
    hash_run(p, true, got);
    assert_string_equal(want, got);
}

static void test_interrupted_and_resumed(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(every_policy); i++) {
        struct dc_run_cfg c = base_cfg();
        c.policy = policy(every_policy[i]);
        c.calibration_share = 0.3;
        c.has_window = i % 3 > 0;
        c.window = 6;
        c.audit_share = 0.4;
        if (i % 3 == 2 && !c.policy.row->decide)
            c.vote = vote_spec("weighted(tail(4))");
        check_resumed(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_policy),
        cmocka_unit_test(test_cuts_happen),
        cmocka_unit_test(test_every_vote),
        cmocka_unit_test(test_answer_window_and_audit),
        cmocka_unit_test(test_interrupted_and_resumed),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
