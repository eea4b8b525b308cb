/*
 * test_backend_fake.c - the fake backend under the contract of all backends,
 * its scripts, and its faults; and the table of backends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* behind cmocka.h */
#include "backend_contract.h"

#include <stdio.h>
#include <unistd.h>

extern const struct dc_backend_ops dc_backend_fake;

#define SCRIPT "script:" DC_TEST_DATA "/fake_script.json"

static const struct contract random_subject = {
    .ops = &dc_backend_fake,
    .cfg = {.model = "random:refuse=0.5,len=12,vocab=80", .k = 20},
    .prompt = {"How do I bake bread?", "A second prompt"},
    .n_trace = 10,
    .max_tokens = 16,
    .n_ctx = 64,
};

static const struct contract script_subject = {
    .ops = &dc_backend_fake,
    .cfg = {.model = SCRIPT, .k = 20},
    .prompt = {"two words", "long"},
    .n_trace = 8,
    .max_tokens = 16,
    .n_ctx = 64,
    .scripted = true,
};

/* Several tokens in a poll change no trace. */
static const struct contract chunk_subject = {
    .ops = &dc_backend_fake,
    .cfg = {.model = "random:refuse=0.5,len=12,vocab=80,chunk=3", .k = 20},
    .prompt = {"How do I bake bread?", "A second prompt"},
    .n_trace = 10,
    .max_tokens = 16,
    .n_ctx = 64,
};

static const struct contract server_subject = {
    .ops = &dc_backend_fake,
    .cfg = {.model =
                "random:refuse=0.5,len=12,vocab=80,server=1,lose=0.4,chunk=3",
            .k = 20,
            .n_top = 20},
    .prompt = {"How do I bake bread?", "A second prompt"},
    .n_trace = 10,
    .max_tokens = 16,
    .n_ctx = 64,
};

/* ---- the table ---- */

static void test_registry(void **state)
{
    (void)state;
    size_t n;
    const struct dc_backend_ops *const *b = dc_backends(&n);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(dc_backend_find(b[i]->name), b[i]);
    assert_ptr_equal(dc_backend_find("fake"), &dc_backend_fake);
    assert_ptr_equal(b[0], &dc_backend_llama);
    assert_true(dc_backend_fake.for_tests);
    assert_null(dc_backend_find("no-such-backend"));
    struct dc_backend_cfg cfg = dc_backend_cfg_default();
    assert_int_equal(cfg.k, 20);
    assert_true(cfg.llama.n_threads >= 1);
    assert_int_equal(cfg.chat.think, DC_THINK_AUTO);
}

static void test_finish_names(void **state)
{
    (void)state;
    static const char *const name[] = {"none",    "stop",   "length",
                                       "context", "filter", "error"};
    for (int f = 0; f < 6; f++) {
        enum dc_finish back = DC_FINISH_NONE;
        assert_string_equal(dc_finish_name((enum dc_finish)f), name[f]);
        assert_true(dc_finish_parse(name[f], &back));
        assert_int_equal(back, f);
    }
    enum dc_finish untouched = DC_FINISH_FILTER;
    assert_false(dc_finish_parse("STOP", &untouched));
    assert_int_equal(untouched, DC_FINISH_FILTER);
}

/* ---- one trace at a time ---- */

static enum dc_status open_model(const char *model, struct dc_backend **b,
                                 struct dc_err *err)
{
    struct dc_backend_cfg cfg = dc_backend_cfg_default();
    cfg.model = model;
    *b = NULL;
    *err = (struct dc_err){.msg = ""};
    return dc_backend_fake.open(&cfg, b, err);
}

struct trace {
    char text[512];
    struct dc_token tok[64];
    size_t n;
    enum dc_finish finish;
};

/* Trace `index` of a prompt, alone in slot 0 of b, which has begun. */
static struct trace draw(struct dc_backend *b, const char *text,
                         uint64_t stream, uint32_t index)
{
    const struct dc_backend_ops *ops = b->ops;
    struct dc_backend_prompt *p;
    struct trace t = {.n = 0};
    struct dc_event ev;
    size_t n_ev, n_text = 0;
    assert_int_equal(ops->prompt_open(b, text, strlen(text), &p, NULL), DC_OK);
    struct dc_trace_req req = {.prompt = p,
                               .seed = 1,
                               .stream = stream,
                               .index = index,
                               .max_tokens = 64};
    assert_int_equal(ops->start(b, 0, &req, NULL), DC_OK);
    while (t.finish == DC_FINISH_NONE) {
        assert_int_equal(ops->poll(b, 0, &ev, 1, &n_ev, NULL), DC_OK);
        assert_int_equal(n_ev, 1);
        if (ev.what & DC_EVENT_TOKEN) {
            assert_true(n_text + ev.n_piece < sizeof t.text);
            memcpy(t.text + n_text, ev.piece, ev.n_piece);
            n_text += ev.n_piece;
            t.tok[t.n++] = ev.token;
        }
        t.finish = ev.finish;
    }
    t.text[n_text] = '\0';
    ops->prompt_close(b, p);
    return t;
}

static struct dc_backend *begun(const char *model)
{
    struct dc_backend *b;
    struct dc_err err;
    if (open_model(model, &b, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(b->ops->begin(b, 1, 4096, &err), DC_OK);
    return b;
}

/* ---- scripts ---- */

static void test_script(void **state)
{
    (void)state;
    static const struct {
        const char *prompt;
        uint32_t index;
        const char *text;
        size_t n;
        enum dc_finish finish;
    } row[] = {
        {"two words", 0, "Yes it is.", 3, DC_FINISH_STOP},
        {"two words", 1, "I'm sorry, no.", 3, DC_FINISH_STOP},
        {"two words", 2, "", 0, DC_FINISH_STOP},
        {"two words", 3, "half ", 1, DC_FINISH_ERROR},
        {"two words", 4, "Yes it is.", 3, DC_FINISH_STOP},
        {"blocked", 0, "", 0, DC_FINISH_FILTER},
        {"long", 0, "one two three four", 4, DC_FINISH_LENGTH},
        {"long", 1, "one two", 2, DC_FINISH_CONTEXT},
        {"thinks", 0, "<think>I cannot</think>\n\nSure.", 4, DC_FINISH_STOP},
        {"thinks", 1, "<think>I cannot", 2, DC_FINISH_LENGTH},
        {"records", 0, "a\xE2\x82\xAC", 3, DC_FINISH_STOP},
        {"anything else", 5, "Whatever you say.", 3, DC_FINISH_STOP},
        {"two word", 0, "Whatever you say.", 3, DC_FINISH_STOP},
    };
    struct dc_backend *b = begun(SCRIPT);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct trace t = draw(b, row[i].prompt, 0, row[i].index);
        assert_string_equal(t.text, row[i].text);
        assert_int_equal(t.n, row[i].n);
        assert_int_equal(t.finish, row[i].finish);
    }
    assert_int_equal(b->ops->info(b)->n_vocab, 50);
    assert_true(b->ops->info(b)->can_think);
    assert_int_equal(b->ops->info(b)->think, DC_THINK_ON);
    b->ops->close(b);
}

static void test_script_records(void **state)
{
    (void)state;
    struct dc_backend *b = begun(SCRIPT);
    struct trace t = draw(b, "records", 0, 0);
    assert_int_equal(t.tok[0].id, 7);
    assert_true(t.tok[0].logprob == -2 && t.tok[0].conf == 3.5f);
    assert_true(t.tok[0].entropy == 0.5f && t.tok[0].self_cert == 6);
    assert_true(t.tok[1].logprob == -0.5f && t.tok[1].conf == 8);
    t = draw(b, "two words", 0, 1);
    assert_true(t.tok[2].logprob == -0.25f && t.tok[2].conf == 11);
    b->ops->close(b);
}

/* Open a script made of `json`. */
static enum dc_status open_json(const char *json, struct dc_err *err)
{
    char path[] = "/tmp/deepconf-fake-XXXXXX";
    char model[64];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, json, strlen(json)), strlen(json));
    close(fd);
    snprintf(model, sizeof model, "script:%s", path);
    struct dc_backend *b;
    enum dc_status st = open_model(model, &b, err);
    dc_backend_fake.close(b);
    unlink(path);
    return st;
}

static void test_bad_scripts(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"prompts\": 3}",
        "{\"prompts\": [{\"text\": \"a\"}]}",
        "{\"prompts\": [{\"text\": \"a\", \"traces\": []}]}",
        "{\"prompts\": [{\"traces\": [{\"text\": \"x\"}]}]}",
        "{\"default\": {\"text\": \"a\", \"traces\": [{\"text\": \"x\"}]}}",
        "{\"default\": {\"traces\": [{}]}}",
        "{\"default\": {\"traces\": [3]}}",
        "{\"default\": {\"traces\": [{\"text\": \"x\", \"tokens\": []}]}}",
        "{\"default\": {\"traces\": [{\"text\": \"x\", \"finsh\": \"stop\"}]}}",
        "{\"default\": {\"traces\": [{\"text\": \"x\", \"finish\": "
        "\"none\"}]}}",
        "{\"default\": {\"traces\": [{\"text\": \"x\", \"finish\": \"end\"}]}}",
        "{\"default\": {\"traces\": [{\"text\": \"x\", \"logprob\": 1}]}}",
        "{\"default\": {\"traces\": [{\"tokens\": [3]}]}}",
        "{\"default\": {\"traces\": [{\"tokens\": [{\"id\": 1}]}]}}",
        "{\"default\": {\"traces\": [{\"tokens\": [{\"bytes\": \"e\"}]}]}}",
        "{\"default\": {\"traces\": [{\"tokens\": [{\"bytes\": \"zz\"}]}]}}",
        "{\"default\":{\"traces\":[{\"tokens\":[{\"bytes\":\"61\",\"id\":1024}]"
        "}]}}",
    };
    struct dc_err err;
    for (size_t i = 0; i < DC_COUNT(bad); i++) {
        if (open_json(bad[i], &err) != DC_BACKEND)
            fail_msg("not refused: %s", bad[i]);
        assert_non_null(strstr(err.msg, "/tmp/deepconf-fake-"));
    }
    assert_int_equal(
        open_json("{\"default\": {\"traces\": [{\"text\": \"x\"}]}}", &err),
        DC_OK);
}

static void test_script_without_the_prompt(void **state)
{
    (void)state;
    char path[] = "/tmp/deepconf-fake-XXXXXX", model[64];
    const char *json =
        "{\"prompts\": [{\"text\": \"a\", \"traces\": [{\"text\": \"x\"}]}]}";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, json, strlen(json)), strlen(json));
    close(fd);
    snprintf(model, sizeof model, "script:%s", path);
    struct dc_backend *b = begun(model);
    struct dc_backend_prompt *p = NULL;
    struct dc_err err = {.msg = ""};
    assert_int_equal(b->ops->prompt_open(b, "b c", 3, &p, &err), DC_BACKEND);
    assert_null(p);
    assert_non_null(strstr(err.msg, "\"b c\""));
    assert_int_equal(b->ops->prompt_open(b, "a", 1, &p, &err), DC_OK);
    assert_false(b->ops->info(b)->can_think);
    b->ops->close(b);

    struct dc_backend_cfg cfg = dc_backend_cfg_default();
    cfg.model = model;
    cfg.chat.think = DC_THINK_ON;
    assert_int_equal(dc_backend_fake.open(&cfg, &b, &err), DC_USAGE);
    unlink(path);
}

/* ---- random traces ---- */

static const char REFUSAL[] = "I'm sorry, but I can't help with that.";

static bool refuses(const struct trace *t)
{
    return strncmp(t->text, REFUSAL, strlen(REFUSAL)) == 0;
}

static void test_random_refusals(void **state)
{
    (void)state;
    enum { N_PROMPT = 200, N_TRACE = 10 };
    struct dc_backend *b = begun("random:refuse=0.4,len=12,vocab=64");
    unsigned n_refusal = 0, n_never = 0, n_always = 0, n_tok = 0;
    for (uint64_t p = 0; p < N_PROMPT; p++) {
        unsigned r = 0;
        for (uint32_t i = 0; i < N_TRACE; i++) {
            struct trace t = draw(b, "a prompt", dc_hash64(&p, sizeof p), i);
            assert_int_equal(t.finish, DC_FINISH_STOP);
            assert_true(t.n >= 1 && t.n <= 23);
            if (refuses(&t))
                r++;
            else
                assert_null(strchr(t.text, '\''));
            n_tok += (unsigned)t.n;
        }
        n_refusal += r;
        n_never += r == 0;
        n_always += r == N_TRACE;
    }
    /* means 0.4 and about 12 to 14; five standard errors wide */
    assert_in_range(n_refusal, 600, 1000);
    assert_in_range(n_tok / (N_PROMPT * N_TRACE), 11, 15);
    assert_true(n_never >= 10 && n_always >= 2);
    assert_true(n_never + n_always < N_PROMPT * 3 / 4);
    b->ops->close(b);
}

static void test_random_rates_at_the_ends(void **state)
{
    (void)state;
    struct dc_backend *never = begun("random:refuse=0,len=5");
    struct dc_backend *always = begun("random:refuse=1,len=5");
    for (uint32_t i = 0; i < 50; i++) {
        struct trace a = draw(never, "p", i, i), b = draw(always, "p", i, i);
        assert_false(refuses(&a));
        assert_true(refuses(&b));
        assert_true(a.n <= 9 && b.n >= 8);
    }
    never->ops->close(never);
    always->ops->close(always);
}

static void test_prompt_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n_tok;
    } row[] = {{"one", 2}, {" one\ttwo\n\nthree ", 4}, {" ", 1}};
    struct dc_backend *b = begun("random");
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_backend_prompt *p;
        const char *text = row[i].text;
        assert_int_equal(b->ops->prompt_open(b, text, strlen(text), &p, NULL),
                         DC_OK);
        assert_int_equal(p->n_tok, row[i].n_tok);
    }
    assert_int_equal(b->ops->info(b)->caps.n_ctx, 4096);
    b->ops->close(b);
}

static void test_bad_notation(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum dc_status want;
        const char *says;
    } row[] = {
        {"random:refuse=1.5", DC_USAGE, "from 0 to 1"},
        {"random:refuse=-1", DC_USAGE, "refuse=-1"},
        {"random:refuse=nan", DC_USAGE, "refuse=nan"},
        {"random:refuse=", DC_USAGE, "refuse="},
        {"random:len=3x", DC_USAGE, "len=3x"},
        {"random:len=0", DC_USAGE, "from 1 to"},
        {"random:vocab=8", DC_USAGE, "from 16"},
        {"random:len", DC_USAGE, "KEY=VALUE"},
        {"random:,", DC_USAGE, "KEY=VALUE"},
        {"random:len=3,wat=1", DC_USAGE, "\"wat=1\""},
        {"random:fail_open=1", DC_BACKEND, "fail_open"},
        {"randomly", DC_BACKEND, "randomly"},
        {"", DC_BACKEND, "random:KEY=VALUE"},
        {"script:/nonexistent.json", DC_BACKEND, "/nonexistent.json"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_backend *b;
        struct dc_err err;
        assert_int_equal(open_model(row[i].model, &b, &err), row[i].want);
        assert_null(b);
        assert_non_null(strstr(err.msg, row[i].says));
    }
}

/* ---- faults ---- */

static void hash_of(const char *model, char out[DC_SHA256_HEX])
{
    struct dc_backend *b;
    struct dc_err err;
    if (open_model(model, &b, &err))
        fail_msg("%s", err.msg);
    memcpy(out, b->ops->info(b)->model_sha256, DC_SHA256_HEX);
    b->ops->close(b);
}

static void test_hash_leaves_faults_out(void **state)
{
    (void)state;
    char plain[DC_SHA256_HEX], h[DC_SHA256_HEX];
    hash_of("random:refuse=0.4,len=9", plain);
    static const char *const same[] = {
        "random:refuse=0.4,len=9,fail_step=9",
        "random:step_us=10,refuse=0.4,len=9",
        "random:refuse=0.4,step_us=0,len=9,fail_step=3",
        "random:refuse=0.4,fail_start=2,len=9",
    };
    for (size_t i = 0; i < DC_COUNT(same); i++) {
        hash_of(same[i], h);
        assert_string_equal(h, plain);
    }
    hash_of("random:refuse=0.4,len=9,trace_error=3", h);
    assert_string_not_equal(h, plain);
    hash_of("random:refuse=0.4,len=8", h);
    assert_string_not_equal(h, plain);
    dc_sha256_hex("random:refuse=0.4,len=9", 23, h);
    assert_string_equal(h, plain);
}

/* A start that fails leaves its slot free and its prompt without a trace. */
static void test_fail_start(void **state)
{
    (void)state;
    struct dc_backend *b = begun("random:refuse=1,fail_start=2");
    struct dc_backend_prompt *p;
    struct dc_err err = {.msg = ""};
    assert_int_equal(b->ops->prompt_open(b, "p", 1, &p, NULL), DC_OK);
    struct dc_trace_req req = {.prompt = p, .max_tokens = 64};
    assert_int_equal(b->ops->start(b, 0, &req, NULL), DC_OK);
    b->ops->cancel(b, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(b->ops->start(b, 0, &req, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "fail_start=2"));
    b->ops->prompt_close(b, p); /* which no trace may be running of */
    b->ops->close(b);
}

static void test_fail_step(void **state)
{
    (void)state;
    struct dc_backend *b = begun("random:refuse=1,fail_step=3");
    struct dc_backend_prompt *p;
    struct dc_event ev;
    struct dc_err err = {.msg = ""};
    size_t n_ev;
    assert_int_equal(b->ops->prompt_open(b, "p", 1, &p, NULL), DC_OK);
    struct dc_trace_req req = {.prompt = p, .max_tokens = 64};
    assert_int_equal(b->ops->start(b, 0, &req, NULL), DC_OK);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(b->ops->poll(b, 0, &ev, 1, &n_ev, &err),
                         i < 3 ? DC_OK : DC_BACKEND);
    assert_non_null(strstr(err.msg, "fail_step=3"));
    b->ops->close(b); /* with a busy slot */
}

static void test_trace_error(void **state)
{
    (void)state;
    struct dc_backend *good = begun("random:refuse=0.5,len=12");
    struct dc_backend *bad = begun("random:refuse=0.5,len=12,trace_error=3");
    for (uint32_t i = 0; i < 12; i++) {
        struct trace a = draw(good, "p", 5, i), b = draw(bad, "p", 5, i);
        bool fails = i % 3 == 2;
        assert_int_equal(a.finish, DC_FINISH_STOP);
        assert_int_equal(b.finish, fails ? DC_FINISH_ERROR : DC_FINISH_STOP);
        assert_int_equal(b.n, fails ? a.n / 2 : a.n);
        assert_memory_equal(a.text, b.text, strlen(b.text));
    }
    good->ops->close(good);
    bad->ops->close(bad);
}

/* The traces of chunk_subject are those of random_subject. */
static void test_chunks_change_no_trace(void **state)
{
    (void)state;
    struct contract_jobs one, three;
    struct contract_how how = {.n_slots = 3, .seed = 7};
    contract_reference(&random_subject, &one);
    contract_jobs_init(&three, &chunk_subject, 0, 1);
    contract_run(&chunk_subject, &how, &three);
    for (size_t i = 0; i < one.n; i++)
        contract_same(&three.job[i], &one.job[i]);
    contract_jobs_release(&one);
    contract_jobs_release(&three);
}

/* Some attempts are lost, some traces need none, and each ends as it would have
 * without losses before. */
static void test_losses(void **state)
{
    (void)state;
    struct contract_jobs run;
    size_t n_again = 0;
    contract_jobs_init(&run, &server_subject, 0, 1);
    contract_run(&server_subject,
                 &(struct contract_how){.n_slots = 3, .seed = 7}, &run);
    for (size_t i = 0; i < run.n; i++)
        n_again += run.job[i].attempt > 1;
    assert_true(n_again > 0 && n_again < run.n);
    contract_jobs_release(&run);

    struct dc_backend *b;
    struct dc_err err;
    assert_int_equal(open_model("random:lose=0.5", &b, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "server=1"));
}

static void test_step_takes_time(void **state)
{
    (void)state;
    struct dc_backend *b = begun("random:refuse=1,len=1,step_us=2000");
    struct trace t = draw(b, "p", 5, 0);
    struct dc_backend_times times;
    b->ops->times(b, &times);
    assert_int_equal(times.n_steps, t.n + 1);
    assert_int_equal(times.n_decode_rows, t.n + 1);
    assert_int_equal(times.n_prefill_tok, 2);
    assert_true(times.decode_ms >= 2.0 * (double)times.n_steps);
    b->ops->close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS(&random_subject),
        CONTRACT_REPEATABLE_TESTS(&random_subject),
        CONTRACT_TESTS(&script_subject),
        CONTRACT_REPEATABLE_TESTS(&script_subject),
        CONTRACT_TESTS(&chunk_subject),
        CONTRACT_TEST(contract_test_slots, &chunk_subject),
        CONTRACT_TEST(contract_test_order, &chunk_subject),
        CONTRACT_TEST(contract_test_max_tokens, &chunk_subject),
        CONTRACT_TESTS(&server_subject),
        cmocka_unit_test(test_chunks_change_no_trace),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_finish_names),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_script_records),
        cmocka_unit_test(test_bad_scripts),
        cmocka_unit_test(test_script_without_the_prompt),
        cmocka_unit_test(test_random_refusals),
        cmocka_unit_test(test_random_rates_at_the_ends),
        cmocka_unit_test(test_prompt_tokens),
        cmocka_unit_test(test_bad_notation),
        cmocka_unit_test(test_hash_leaves_faults_out),
        cmocka_unit_test(test_fail_start),
        cmocka_unit_test(test_fail_step),
        cmocka_unit_test(test_trace_error),
        cmocka_unit_test(test_step_takes_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
