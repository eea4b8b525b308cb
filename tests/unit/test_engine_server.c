/*
 * test_engine_server.c - the engine over a backend that is what servers are:
 * attempts that break off, tokens in chunks and without ids, prompts whose
 * length only the answer tells, and traces that would come out otherwise if
 * they were drawn again.
 */
#include "audit/audit.h"
#include "run_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SERVER "random:refuse=0.5,len=12,vocab=64,server=1"

enum { N_ITEM = 12, N_TOP = 3, N_WORDS_LONG = 5000 };

static struct dc_item item[N_ITEM];
static char text[N_ITEM][32], id[N_ITEM][16];
static struct dc_dataset data = {.item = item, .n = N_ITEM, .n_rows = N_ITEM};

static const char *path_of(const char *name)
{
    static char p[4][512];
    static unsigned at;
    char *out = p[at++ % 4];
    snprintf(out, sizeof p[0], "%s/%s.db", test_dir(), name);
    remove_run(out);
    return out;
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N_ITEM; i++) {
        snprintf(text[i], sizeof text[i], "what is item %d", i);
        snprintf(id[i], sizeof id[i], "p%d", i);
        item[i] =
            (struct dc_item){.id = id[i],
                             .text = text[i],
                             .n_text = strlen(text[i]),
                             .gold = i % 2 ? DC_GOLD_REFUSE : DC_GOLD_ANSWER};
    }
    dc_sha256_hex("server", 6, data.sha256);
    return 0;
}

static struct dc_run_cfg base_cfg(void)
{
    struct dc_run_cfg c = test_run_cfg();
    c.max_tokens = 24;
    c.n_top = N_TOP;
    c.data_name = "server";
    c.benchmark = "generic";
    return c;
}

static enum dc_status run_model(const char *path, const char *model,
                                const struct dc_run_cfg *c)
{
    struct dc_backend_cfg b = dc_backend_cfg_default();
    b.model = model;
    b.n_top = N_TOP;
    return run_to(path, "fake", &b, &data, c);
}

/* What the traces of a file say of their way here. */
struct ways {
    int64_t n, n_again, n_first, n_elsewhere, n_no_top, n_with_entropy;
    unsigned most;
};

static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct ways *w = arg;
    (void)err;
    w->n++;
    w->n_again += t->attempts > 1;
    w->most = t->attempts > w->most ? t->attempts : w->most;
    w->n_first += t->has_first_ms;
    w->n_elsewhere += t->endpoint != 1;
    w->n_no_top += t->n_tok > 0 && (t->n_top != N_TOP || !t->top);
    for (size_t i = 0; i < t->n_measure; i++)
        w->n_with_entropy += !strncmp(t->measure[i].measure, "mean_ent", 8);
    return DC_OK;
}

static struct dc_store *opened(const char *path)
{
    struct dc_store *s = NULL;
    struct dc_err err = {.msg = ""};
    if (dc_store_open_ro(path, &s, &err) || dc_audit_run(s, &err))
        fail_msg("%s", err.msg);
    return s;
}

static struct ways ways_of(const char *path)
{
    struct ways w = {.n = 0};
    struct dc_err err = {.msg = ""};
    struct dc_store *s = opened(path);
    const unsigned all = DC_TRACE_TOKENS | DC_TRACE_VERDICTS | DC_TRACE_TOP;
    if (dc_store_each_trace(s, -1, all, see_trace, &w, &err))
        fail_msg("%s", err.msg);
    dc_store_close(s);
    return w;
}

static enum dc_status see_flight(void *arg, const struct dc_flight_row *f,
                                 struct dc_err *err)
{
    (void)f;
    (void)err;
    ++*(size_t *)arg;
    return DC_OK;
}

/* Traces that were begun and have not ended. */
static size_t flights_of(const char *path)
{
    size_t n = 0;
    struct dc_err err = {.msg = ""};
    struct dc_store *s = opened(path);
    assert_int_equal(dc_store_each_flight(s, see_flight, &n, &err), DC_OK);
    dc_store_close(s);
    return n;
}

/* ---- the tests ---- */

static void test_losses_are_counted(void **state)
{
    (void)state;
    const char *p = path_of("lose");
    const struct dc_run_cfg c = base_cfg();
    assert_int_equal(run_model(p, SERVER ",lose=0.4,chunk=4", &c), DC_OK);
    struct ways w = ways_of(p);
    assert_true(w.n >= 3 * N_ITEM);
    assert_true(w.n_again > 0 && w.n_again < w.n && w.most >= 2);
    assert_int_equal(w.n_first, w.n);
    assert_int_equal(w.n_elsewhere, 0);
    assert_int_equal(w.n_no_top, 0);
    assert_int_equal(w.n_with_entropy, 0);
}

/* Slots and chunks show in nothing but the numbers of texts. */
static void test_slots_and_chunks_do_not_show(void **state)
{
    (void)state;
    const char *a = path_of("one"), *b = path_of("many");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    c.n_slots = 1;
    assert_int_equal(run_model(a, SERVER ",lose=0.3", &c), DC_OK);
    c.n_slots = 9;
    assert_int_equal(run_model(b, SERVER ",lose=0.3,chunk=5", &c), DC_OK);
    hash_run(a, true, want);
    hash_run(b, true, got);
    assert_string_equal(want, got);
}

static enum dc_status see_cut(void *arg, const struct dc_trace_row *t,
                              struct dc_err *err)
{
    (void)err;
    *(size_t *)arg += t->cut == DC_CUT_CONFIDENCE;
    return DC_OK;
}

static size_t n_cut_of(const char *path)
{
    size_t n = 0;
    struct dc_err err = {.msg = ""};
    struct dc_store *s = opened(path);
    assert_int_equal(dc_store_each_trace(s, -1, 0, see_cut, &n, &err), DC_OK);
    dc_store_close(s);
    return n;
}

/* A trace may be cut at a token behind which its end stands in the same batch:
 * the backend's slot is free then. The cuts are those of token after token. */
static void test_cuts_inside_a_chunk(void **state)
{
    (void)state;
    const char *a = path_of("one"), *b = path_of("chunks");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    struct dc_run_cfg c = base_cfg();
    c.policy = policy_spec("deepconf(0.5,0.95,2,3)");
    assert_int_equal(run_model(a, SERVER, &c), DC_OK);
    assert_int_equal(run_model(b, SERVER ",chunk=8", &c), DC_OK);
    assert_true(n_cut_of(a) > 0);
    hash_run(a, true, want);
    hash_run(b, true, got);
    assert_string_equal(want, got);
}

struct prompts {
    int n, n_known, n_problem;
};

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct prompts *x = arg;
    (void)err;
    x->n++;
    x->n_known += p->has_n_tok && p->n_tok == 5;
    x->n_problem += p->problem && !strcmp(p->problem, "context overflow");
    return DC_OK;
}

static struct prompts prompts_of(const char *path)
{
    struct prompts x = {.n = 0};
    struct dc_err err = {.msg = ""};
    struct dc_store *s = opened(path);
    assert_int_equal(dc_store_each_prompt(s, see_prompt, &x, &err), DC_OK);
    dc_store_close(s);
    return x;
}

/* The answer tells how long a prompt was, and that one is too long. */
static void test_prompts_are_learned(void **state)
{
    (void)state;
    const char *p = path_of("learn");
    const struct dc_run_cfg c = base_cfg();
    struct dc_item kept = item[3];
    struct dc_buf words;
    dc_buf_init(&words, 1 << 20);
    for (int i = 0; i < N_WORDS_LONG; i++)
        dc_buf_adds(&words, "word ");
    item[3].text = words.data;
    item[3].n_text = words.n;
    assert_int_equal(run_model(p, SERVER, &c), DC_OK);
    struct prompts x = prompts_of(p);
    assert_int_equal(x.n, N_ITEM);
    assert_int_equal(x.n_known, N_ITEM - 1);
    assert_int_equal(x.n_problem, 1);
    /* once more: nothing is left to do */
    assert_int_equal(run_model(p, SERVER, &c), DC_OK);
    assert_int_equal(prompts_of(p).n_problem, 1);
    assert_int_equal(flights_of(p), 0);
    dc_buf_release(&words);
    item[3] = kept;
}

/* A server that fails for good: what had come is kept, and the run goes on to
 * the same end, as this server's traces are pure. */
static void test_failing_server(void **state)
{
    (void)state;
    const char *a = path_of("well"), *b = path_of("ill");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    const struct dc_run_cfg c = base_cfg();
    assert_int_equal(run_model(a, SERVER, &c), DC_OK);
    assert_int_equal(run_model(b, SERVER ",fail_step=45", &c), DC_BACKEND);
    struct ways w = ways_of(b);
    size_t n_lost = flights_of(b);
    assert_true(w.n > 0 && w.n < ways_of(a).n && n_lost > 0);
    /* before anything is sent, nothing is begun */
    assert_int_equal(run_model(b, SERVER ",fail_step=1", &c), DC_BACKEND);
    assert_int_equal(flights_of(b), n_lost);
    assert_int_equal(run_model(b, SERVER ",fail_step=4", &c), DC_BACKEND);
    assert_true(flights_of(b) >= n_lost);
    n_lost = flights_of(b);
    assert_int_equal(run_model(b, SERVER, &c), DC_OK);
    w = ways_of(b);
    assert_int_equal(w.n_again, n_lost); /* as they had to be begun anew */
    assert_int_equal(w.most, 3);
    assert_int_equal(flights_of(b) + flights_of(a), 0);
    hash_run(a, true, want);
    hash_run(b, true, got);
    assert_string_equal(want, got);
}

/* ---- signals ---- */

static atomic_int signals;
static unsigned signal_at, n_told, n_signal;
static struct dc_run_progress at_signal, at_end;

static void count_calls(void *arg, const struct dc_run_progress *p)
{
    (void)arg;
    if (++n_told == signal_at) {
        atomic_store(&signals, (int)n_signal);
        at_signal = *p;
    }
    at_end = *p;
}

static enum dc_status run_with_signals(const char *p, const char *model,
                                       unsigned at, unsigned n)
{
    struct dc_run_cfg c = base_cfg();
    c.n_slots = 8;
    c.interrupt = &signals;
    c.progress = count_calls;
    signal_at = at;
    n_signal = n;
    n_told = 0;
    atomic_store(&signals, 0);
    return run_model(p, model, &c);
}

/* The first signal lets end what is in flight, since it would come out
 * otherwise next time; the second doesn't. */
static void test_signals(void **state)
{
    (void)state;
    const char *p = path_of("signals");
    assert_int_equal(run_with_signals(p, SERVER, 4, 1), DC_INTERRUPTED);
    assert_int_equal(at_signal.traffic.n_in_flight, 8);
    assert_int_equal(at_end.n_trace, at_signal.n_trace + 8);
    assert_int_equal(at_end.traffic.n_in_flight, 0);
    assert_true(at_end.draining);
    assert_int_equal(ways_of(p).n, at_end.n_trace);
    assert_int_equal(flights_of(p), 0);
    p = path_of("signals");
    assert_int_equal(run_with_signals(p, SERVER, 4, 2), DC_INTERRUPTED);
    assert_int_equal(at_end.n_trace, at_signal.n_trace);
    assert_int_equal(ways_of(p).n, at_end.n_trace);
    assert_int_equal(flights_of(p), 8);
}

/* Where the server works on three at a time, the others are refused again and
 * again: they were not begun, whatever ends the session. */
static void test_what_waits_was_not_begun(void **state)
{
    (void)state;
    const char *a = path_of("room"), *b = path_of("two");
    char want[DC_SHA256_HEX], got[DC_SHA256_HEX];
    const struct dc_run_cfg c = base_cfg();
    assert_int_equal(run_with_signals(a, SERVER ",room=3", 20, 1),
                     DC_INTERRUPTED);
    assert_int_equal(at_end.n_given_up, 5);
    assert_int_equal(at_end.n_trace, at_signal.n_trace + 3);
    assert_int_equal(flights_of(a), 0);
    assert_int_equal(run_with_signals(a, SERVER ",room=3", 20, 2),
                     DC_INTERRUPTED);
    /* three are worked on, and others may be on their way just now */
    size_t n_lost = flights_of(a);
    assert_int_equal(n_lost, at_signal.traffic.n_in_flight);
    assert_true(n_lost >= 3);
    assert_int_equal(run_model(a, SERVER ",room=3", &c), DC_OK);
    assert_int_equal(ways_of(a).n_again, n_lost);
    assert_int_equal(ways_of(a).most, 2);
    assert_int_equal(flights_of(a), 0);
    /* and they come out as without any of this */
    assert_int_equal(run_model(b, SERVER, &c), DC_OK);
    hash_run(a, true, want);
    hash_run(b, true, got);
    assert_string_equal(want, got);
}

/* Attempts that broke off count, also those of a session that is lost. */
static void test_attempts_of_lost_sessions(void **state)
{
    (void)state;
    const char *p = path_of("breaks");
    const struct dc_run_cfg c = base_cfg();
    size_t n = 0;
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(run_with_signals(p, SERVER ",lose=0.8", 30, 2),
                         DC_INTERRUPTED);
    n = flights_of(p);
    assert_int_equal(run_model(p, SERVER ",lose=0.8", &c), DC_OK);
    struct ways w = ways_of(p);
    assert_true(n > 0 && w.most > 12);
    assert_int_equal(flights_of(p), 0);
}

/* All is decided by what was waited for: that is no interrupted run. */
static void test_a_drain_to_the_end(void **state)
{
    (void)state;
    const char *p = path_of("end");
    const size_t n = data.n;
    data.n = 2;
    struct dc_run_cfg c = base_cfg();
    c.policy = policy_spec("fixed");
    c.n_slots = 2 * c.stop.max_traces;
    c.interrupt = &signals;
    c.progress = count_calls;
    signal_at = 4;
    n_signal = 1;
    n_told = 0;
    atomic_store(&signals, 0);
    assert_int_equal(run_model(p, SERVER, &c), DC_OK);
    assert_true(at_end.draining && at_signal.n_decided == 0);
    assert_int_equal(at_end.n_decided, 2);
    /* the signal is there still, and there is nothing to do */
    assert_int_equal(run_model(p, SERVER, &c), DC_OK);
    data.n = n;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_are_counted),
        cmocka_unit_test(test_slots_and_chunks_do_not_show),
        cmocka_unit_test(test_cuts_inside_a_chunk),
        cmocka_unit_test(test_prompts_are_learned),
        cmocka_unit_test(test_failing_server),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_what_waits_was_not_begun),
        cmocka_unit_test(test_attempts_of_lost_sessions),
        cmocka_unit_test(test_a_drain_to_the_end),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
