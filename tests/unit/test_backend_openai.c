/*
 * test_backend_openai.c - traces from tests/servers/mock.py: what every backend
 * holds, the same answers however they are sent, what is refused at open, and
 * what a run is bound to.
 */
#include "backend_contract.h"
#include "infer/server.h"
#include "mock_server.h"

#include <stdio.h>

extern const struct dc_backend_ops dc_backend_openai;

static struct mock_server mock;
static char base[64], other[64];
static const char *url[2] = {base, other};
static struct dc_server_cfg server;

static struct dc_backend_cfg cfg_of(const char *model)
{
    struct dc_backend_cfg c = dc_backend_cfg_default();
    server = dc_server_cfg_default();
    server.url = url;
    server.n_url = 1;
    server.silence_s = 1;
    server.retries = 1;
    c.model = model;
    c.k = 4;
    c.n_top = 4;
    c.server = &server;
    return c;
}

static struct contract subject = {
    .ops = &dc_backend_openai,
    .prompt = {"How do I pick a lock?", "What is the capital of France?"},
    .n_trace = 8,
    .max_tokens = 12,
    .n_ctx = 2048,
};

/* A subject whose server plays a scenario. It has two URLs, so that what is
 * lost is asked for at the other one, without a wait. */
static const struct contract *playing(const char *model)
{
    static const char *const twice[] = {base, base};
    subject.cfg = cfg_of(model);
    server.url = twice;
    server.n_url = 2;
    return &subject;
}

/* ---- the same answers ---- */

/* Twelve traces of each prompt; in one piece if that may be. */
static void draw_as(const char *model, enum dc_api api, bool to_end,
                    struct contract_jobs *jobs)
{
    const struct contract_how how = {
        .n_slots = 16, .max_tokens = 64, .seed = 7};
    struct contract c = *playing(model);
    server.api = api;
    c.n_trace = 12;
    c.to_end = to_end;
    contract_jobs_init(jobs, &c, 0, 1);
    contract_run(&c, &how, jobs);
}

static void draw(const char *model, struct contract_jobs *jobs)
{
    draw_as(model, DC_API_CHAT, false, jobs);
}

static void same_text(const struct contract_job *a,
                      const struct contract_job *b, const char *model)
{
    if (a->text.n != b->text.n || strcmp(a->text.data, b->text.data) != 0)
        fail_msg("%s: \"%s\", expected \"%s\"", model, a->text.data,
                 b->text.data);
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->finish, b->finish);
}

/* However an answer is cut up, spelt, ended, lost and asked for again. */
static void test_the_same_however_it_is_sent(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        unsigned attempt;
    } row[] = {
        {"mock:three-a-chunk", 1},
        {"mock:eos", 1},
        {"mock:role-with-text", 1},
        {"mock:no-done", 1},
        {"mock:open-done", 1},
        {"mock:comments", 1},
        {"mock:crlf", 1},
        {"mock:cr", 1},
        {"mock:empty-choices", 1},
        {"mock:index-missing", 1},
        {"mock:index-zero", 1},
        {"mock:legacy-logprobs", 1},
        {"mock:bytes-null", 1},
        {"mock:sorted", 1},
        {"mock:close-after", 1},
        {"mock:wrong-in-chunk", 1},
        {"mock:cut,times=1,from=9", 2},
        {"mock:cut-utf8,times=1,from=9", 0},
        {"mock:reset,times=1,from=9", 2},
        {"mock:garbage,times=1,from=9", 2},
        {"mock:error-in-stream,times=1,from=9", 2},
        {"mock:500-then-fine,from=9", 2},
        {"mock:no-finish,times=1,from=9", 2},
        {"mock:503,times=1,retry_after=0,from=9", 1},
        {"mock:429,times=1,from=9", 1},
    };
    struct contract_jobs want;
    draw("mock", &want);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct contract_jobs got;
        draw(row[i].model, &got);
        for (size_t j = 0; j < want.n; j++) {
            same_text(&got.job[j], &want.job[j], row[i].model);
            if (row[i].attempt)
                assert_int_equal(got.job[j].attempt, row[i].attempt);
        }
        contract_jobs_release(&got);
    }
    contract_jobs_release(&want);
}

/* The values are those of the server's lists, to the bit, whatever was lost. */
static void test_the_same_values(void **state)
{
    (void)state;
    static const char *const model[] = {"mock:three-a-chunk",
                                        "mock:cut,times=1,from=9"};
    struct contract_jobs want, got;
    draw("mock", &want);
    for (size_t i = 0; i < DC_COUNT(model); i++) {
        draw(model[i], &got);
        for (size_t j = 0; j < want.n; j++)
            contract_same(&got.job[j], &want.job[j]);
        contract_jobs_release(&got);
    }
    contract_jobs_release(&want);
}

/* How many of the jobs came in one piece? */
static unsigned n_whole(const struct contract_jobs *j)
{
    unsigned n = 0;
    for (size_t i = 0; i < j->n; i++)
        n += j->job[i].whole;
    return n;
}

/* An answer in one piece is the streamed one, to the bit, its prompt's length
 * and its end among it. */
static void test_in_one_piece(void **state)
{
    (void)state;
    static const char *const model[] = {"mock",
                                        "mock:eos",
                                        "mock:bytes-null",
                                        "mock:think-tags",
                                        "mock:markers",
                                        "mock:429,times=1,from=9"};
    for (size_t i = 0; i < 2 * DC_COUNT(model); i++) {
        struct contract_jobs want, got;
        enum dc_api api = i % 2 ? DC_API_COMPLETIONS : DC_API_CHAT;
        draw_as(model[i / 2], api, false, &want);
        draw_as(model[i / 2], api, true, &got);
        assert_int_equal(n_whole(&want), 0);
        if (n_whole(&got) != got.n && !strstr(model[i / 2], "429"))
            fail_msg("%s, api %d: %u in one piece", model[i / 2], api,
                     n_whole(&got));
        for (size_t j = 0; j < want.n; j++) {
            contract_same(&got.job[j], &want.job[j]);
            assert_int_equal(got.job[j].n_prompt, want.job[j].n_prompt);
            assert_int_equal(got.job[j].attempt, 1);
        }
        contract_jobs_release(&got);
        contract_jobs_release(&want);
    }
}

/* A failure in one piece is one of a stream: drawn again, to the same trace. */
static void test_lost_in_one_piece(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        unsigned least, most; /* attempts */
    } row[] = {
        {"mock:500-then-fine,from=10", 2, 2},
        {"mock:cut,times=1,from=10", 2, 2},
        {"mock:cut-utf8,times=1,from=10", 1, 2},
        {"mock:reset,times=1,from=10", 2, 2},
        {"mock:empty-reply,times=1,from=10", 2, 2},
        {"mock:garbage,times=1,from=10", 2, 2},
        {"mock:html,times=1,from=10", 2, 2},
        {"mock:error-in-stream,times=1,from=10", 2, 2},
        {"mock:no-finish,times=1,from=10", 2, 2},
        {"mock:bytes-wrong,times=1,from=10", 2, 2},
        {"mock:zeros,times=1,from=10", 1, 2},
        {"mock:positive,times=1,from=10", 2, 2},
        {"mock:no-logprobs,times=1,from=10", 2, 2},
        {"mock:503,times=1,retry_after=0,from=10", 1, 1},
    };
    struct contract_jobs want;
    draw("mock", &want);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct contract_jobs got;
        draw_as(row[i].model, DC_API_CHAT, true, &got);
        for (size_t j = 0; j < want.n; j++) {
            same_text(&got.job[j], &want.job[j], row[i].model);
            contract_same(&got.job[j], &want.job[j]);
            if (got.job[j].attempt < row[i].least ||
                got.job[j].attempt > row[i].most)
                fail_msg("%s: %u attempts", row[i].model, got.job[j].attempt);
        }
        contract_jobs_release(&got);
    }
    contract_jobs_release(&want);
}

/* Where the probe did not see that both ways give the same, or the answers may
 * be too large, there are streams. */
static void test_not_in_one_piece(void **state)
{
    (void)state;
    static const char *const model[] = {
        "mock:seed-ignored", "mock:reasoning-content", "mock:seed-refused"};
    struct contract_jobs got;
    for (size_t i = 0; i < DC_COUNT(model); i++) {
        draw_as(model[i], DC_API_CHAT, true, &got);
        assert_int_equal(n_whole(&got), 0);
        contract_jobs_release(&got);
    }
    struct contract c = *playing("mock");
    struct contract_how how = {.n_slots = 16, .seed = 7};
    for (unsigned i = 0; i < 2; i++) {
        how.max_tokens = i ? 1 << 15 : 1 << 14; /* lists of 4 + 1 */
        c.to_end = true;
        contract_jobs_init(&got, &c, 0, 0);
        contract_run(&c, &how, &got);
        assert_int_equal(n_whole(&got), i ? 0 : got.n);
        contract_jobs_release(&got);
    }
}

static void test_thoughts(void **state)
{
    (void)state;
    static const char *const model[] = {"mock:reasoning-content",
                                        "mock:think-tags"};
    static const char head[] = "<think>Let me think about it.</think>";
    struct contract_jobs want, got;
    draw("mock", &want);
    for (size_t i = 0; i < DC_COUNT(model); i++) {
        draw(model[i], &got);
        for (size_t j = 0; j < want.n; j++) {
            assert_memory_equal(got.job[j].text.data, head, sizeof head - 1);
            assert_string_equal(got.job[j].text.data + sizeof head - 1,
                                want.job[j].text.data);
        }
        contract_jobs_release(&got);
    }
    contract_jobs_release(&want);
}

static void test_ends_that_are_data(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum dc_finish finish;
    } row[] = {
        {"mock:content-filter", DC_FINISH_FILTER},
        {"mock:tool-calls", DC_FINISH_ERROR},
        {"mock:finish-unknown", DC_FINISH_ERROR},
        {"mock:refusal-field", DC_FINISH_STOP},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct contract_jobs got;
        draw(row[i].model, &got);
        for (size_t j = 0; j < got.n; j++) {
            assert_int_equal(got.job[j].finish, row[i].finish);
            assert_int_equal(got.job[j].attempt, 1);
            assert_true(got.job[j].n > 0);
        }
        contract_jobs_release(&got);
    }
}

/* ---- one trace ---- */

static struct dc_backend *begun(const struct dc_backend_cfg *c)
{
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    if (dc_backend_openai.open(c, &b, &err) || b->ops->begin(b, 2, 0, &err))
        fail_msg("%s", err.msg);
    return b;
}

static void start_trace(struct dc_backend *b, unsigned slot, const char *text)
{
    struct dc_backend_prompt *p = NULL;
    struct dc_err err = {.msg = ""};
    assert_int_equal(b->ops->prompt_open(b, text, strlen(text), &p, &err),
                     DC_OK);
    const struct dc_trace_req req = {
        .prompt = p,
        .seed = 1,
        .stream = 2,
        .index = slot,
        .max_tokens = 64,
        .sampling = {.temperature = 1, .top_p = 1}};
    if (b->ops->start(b, slot, &req, &err))
        fail_msg("%s", err.msg);
}

/* Poll until there is an event with one of these, and return it. */
static enum dc_status poll_for(struct dc_backend *b, unsigned what,
                               struct dc_event *out, struct dc_err *err)
{
    for (;;) {
        struct dc_event ev[8];
        size_t n = 0;
        enum dc_status st = b->ops->poll(b, 250, ev, DC_COUNT(ev), &n, err);
        assert_true(!st || n == 0);
        if (st)
            return st;
        for (size_t i = 0; i < n; i++) {
            if (!(ev[i].what & what))
                continue;
            *out = ev[i];
            return DC_OK;
        }
    }
}

static void test_a_prompt_that_is_too_long(void **state)
{
    (void)state;
    char text[2000];
    struct dc_backend_cfg c = cfg_of("mock:context-64");
    struct dc_backend *b = begun(&c);
    struct dc_event e;
    struct dc_err err = {.msg = ""};
    for (unsigned i = 0; i < 100; i++)
        memcpy(text + 5 * i, "word ", 6);
    start_trace(b, 0, text);
    assert_int_equal(poll_for(b, DC_EVENT_END, &e, &err), DC_OK);
    assert_int_equal(e.finish, DC_FINISH_CONTEXT);
    assert_non_null(strstr(e.words, "maximum context length is 64"));
    start_trace(b, 0, "short"); /* others can be held */
    assert_int_equal(poll_for(b, DC_EVENT_END, &e, &err), DC_OK);
    assert_int_equal(e.finish, DC_FINISH_STOP);
    assert_string_equal(e.words, "stop");
    b->ops->close(b);
}

/* No verdict comes of it: the run stops, and the slots stay busy. */
static void test_retries_spent(void **state)
{
    (void)state;
    struct dc_backend_cfg c = cfg_of("mock:bytes-wrong,from=9");
    struct dc_backend *b = begun(&c);
    struct dc_event e;
    struct dc_err err = {.msg = ""}, again = {.msg = ""};
    start_trace(b, 0, "x");
    start_trace(b, 1, "y");
    assert_int_equal(poll_for(b, DC_EVENT_END, &e, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, base));
    assert_non_null(strstr(err.msg, "not that of its tokens"));
    assert_int_equal(poll_for(b, DC_EVENT_END, &e, &again), DC_BACKEND);
    assert_string_equal(again.msg, err.msg);
    struct dc_backend_traffic t;
    b->ops->traffic(b, &t);
    assert_true(t.n_request >= 3 && t.n_retry >= 1);
    b->ops->cancel(b, 0);
    b->ops->close(b); /* with a busy slot */
}

static void test_traffic(void **state)
{
    (void)state;
    struct dc_backend_cfg c = cfg_of("mock:silence,times=0");
    struct dc_backend_traffic t;
    struct dc_event e;
    struct dc_err err = {.msg = ""};
    struct dc_backend *b;
    c.model = "mock:429-ms,times=1,from=9";
    b = begun(&c);
    b->ops->traffic(b, &t);
    assert_int_equal(t.n_request + t.n_in_flight, 0); /* the probe's are not */
    start_trace(b, 0, "traffic");
    assert_int_equal(poll_for(b, DC_EVENT_END, &e, &err), DC_OK);
    b->ops->traffic(b, &t);
    assert_int_equal(t.n_in_flight, 0);
    assert_int_equal(t.n_request, 2);
    assert_int_equal(t.n_retry, 1);
    assert_int_equal(t.n_limited, 1);
    assert_true(t.n_received > 3);
    b->ops->close(b);
}

/* ---- what is refused ---- */

struct refusal {
    const char *name, *model;
    unsigned k, n_top;
    bool completions;
    enum dc_think think;
    const char *system, *key_env;
    unsigned n_url;
    enum dc_status st;
    const char *says;
};

static const struct refusal refusals[] = {
    {.name = "k", .model = "mock", .k = 40, .st = DC_USAGE, .says = "ask for"},
    {.name = "n_top",
     .model = "mock:short-list",
     .k = 3,
     .n_top = 9,
     .st = DC_USAGE,
     .says = "log-probabilities of each token"},
    {.name = "none",
     .model = "mock:no-logprobs",
     .k = 4,
     .st = DC_BACKEND,
     .says = "no log-probabilities"},
    {.name = "zeros",
     .model = "mock:zeros",
     .k = 4,
     .st = DC_BACKEND,
     .says = "all-zero"},
    {.name = "chat only",
     .model = "mock:chat-only",
     .k = 4,
     .completions = true,
     .st = DC_BACKEND,
     .says = "completions"},
    {.name = "no chat",
     .model = "mock:no-chat",
     .k = 4,
     .st = DC_BACKEND,
     .says = "completions"},
    {.name = "think",
     .model = "mock:strict-unnamed",
     .k = 4,
     .think = DC_THINK_ON,
     .st = DC_USAGE,
     .says = "--think"},
    {.name = "system",
     .model = "mock",
     .k = 4,
     .completions = true,
     .system = "Be kind.",
     .st = DC_USAGE,
     .says = "--system"},
    {.name = "two",
     .model = "mock",
     .k = 4,
     .n_url = 2,
     .st = DC_BACKEND,
     .says = "not one model"},
    {.name = "no key",
     .model = "mock",
     .k = 4,
     .key_env = "DC_TEST_NO_KEY",
     .st = DC_USAGE,
     .says = "DC_TEST_NO_KEY"},
    {.name = "a key",
     .model = "mock:401",
     .k = 4,
     .key_env = "DC_TEST_KEY",
     .st = DC_BACKEND,
     .says = "Incorrect API key"},
    {.name = "403",
     .model = "mock:403",
     .k = 4,
     .st = DC_BACKEND,
     .says = "not allowed"},
    {.name = "no model",
     .model = "nobody/nothing",
     .k = 4,
     .st = DC_BACKEND,
     .says = "nobody/nothing"},
    {.name = "400",
     .model = "mock:400",
     .k = 4,
     .st = DC_BACKEND,
     .says = "Unknown parameter"},
    {.name = "html",
     .model = "mock:html",
     .k = 4,
     .st = DC_BACKEND,
     .says = "Sign in"},
};

static void test_refused_at_open(void **state)
{
    (void)state;
    setenv("DC_TEST_KEY", "sk-secret-0123", 1);
    unsetenv("DC_TEST_NO_KEY");
    for (size_t i = 0; i < DC_COUNT(refusals); i++) {
        const struct refusal *r = &refusals[i];
        struct dc_backend_cfg c = cfg_of(r->model);
        struct dc_backend *b = NULL;
        struct dc_err err = {.msg = ""};
        c.k = r->k;
        c.n_top = r->n_top;
        c.chat.think = r->think;
        c.chat.system = r->system;
        server.api = r->completions ? DC_API_COMPLETIONS : DC_API_CHAT;
        server.key_env = r->key_env;
        server.n_url = r->n_url ? r->n_url : 1;
        enum dc_status st = dc_backend_openai.open(&c, &b, &err);
        if (st != r->st || !strstr(err.msg, r->says))
            fail_msg("%s: status %d, expected %d and \"%s\": %s", r->name, st,
                     r->st, r->says, err.msg);
        assert_null(b);
        assert_null(strstr(err.msg, "sk-secret"));
        if (!r->key_env || strcmp(r->key_env, "DC_TEST_NO_KEY") != 0)
            assert_true(strstr(err.msg, base) || r->system);
    }
}

static void test_no_server(void **state)
{
    (void)state;
    struct dc_backend_cfg c = cfg_of("mock");
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    c.server = NULL;
    assert_int_equal(dc_backend_openai.open(&c, &b, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "--base-url"));
    c = cfg_of("mock");
    c.chat.source = "{{ x }}";
    assert_int_equal(dc_backend_openai.open(&c, &b, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "chat template"));
}

/* ---- what is known of it ---- */

static void test_k_that_may_be_less(void **state)
{
    (void)state;
    struct dc_backend_cfg c = cfg_of("mock:displaced");
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    c.k = 20;
    assert_int_equal(dc_backend_openai.open(&c, &b, &err), DC_USAGE);
    c.k_at_most = true;
    if (dc_backend_openai.open(&c, &b, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(b->ops->info(b)->caps.k_max, 19);
    b->ops->close(b);
}

struct pairs {
    char text[2000];
    unsigned n_free;
};

static void put_pair(void *arg, const char *key, const char *value,
                     bool binding)
{
    struct pairs *p = arg;
    size_t n = strlen(p->text);
    snprintf(p->text + n, sizeof p->text - n, "%s=%s\n", key, value);
    p->n_free += !binding;
}

static void identity_of(const char *model, unsigned at, struct pairs *out)
{
    struct dc_backend_cfg c = cfg_of(model);
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    server.url = &url[at];
    if (dc_backend_openai.open(&c, &b, &err))
        fail_msg("%s", err.msg);
    *out = (struct pairs){.text = ""};
    b->ops->identity(b, put_pair, out);
    b->ops->close(b);
}

/* What a run is bound to: not where a server is, but which one. */
static void test_identity(void **state)
{
    (void)state;
    struct pairs a, same, weights, model;
    identity_of("mock", 0, &a);
    identity_of("mock", 0, &same);
    assert_string_equal(a.text, same.text);
    assert_null(strstr(a.text, "127.0.0.1"));
    assert_non_null(strstr(a.text, "server.model=mock\n"));
    assert_non_null(strstr(a.text, "server.api=chat\n"));
    assert_non_null(strstr(a.text, "server.args={}\n"));
    assert_non_null(strstr(a.text, "server.fingerprint=fp_mock\n"));
    assert_int_equal(a.n_free, 2);
    identity_of("mock", 1, &weights);
    assert_string_not_equal(a.text, weights.text);
    identity_of("mock:displaced", 0, &model);
    assert_string_not_equal(a.text, model.text);
}

static void test_endpoints(void **state)
{
    (void)state;
    const char *twice[] = {base, base};
    struct dc_backend_cfg c = cfg_of("mock");
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    server.url = twice;
    server.n_url = 2;
    if (dc_backend_openai.open(&c, &b, &err))
        fail_msg("%s", err.msg);
    const struct dc_backend_info *i = b->ops->info(b);
    assert_int_equal(i->n_endpoint, 2);
    for (unsigned k = 0; k < 2; k++) {
        assert_string_equal(i->endpoint[k].url, base);
        assert_string_equal(i->endpoint[k].model, "mock");
        assert_string_equal(i->endpoint[k].fingerprint, "fp_mock");
        assert_int_equal(i->endpoint[k].probe[0], '{');
    }
    assert_false(i->caps.repeatable || i->caps.counts_prompt ||
                 i->caps.vocabulary);
    assert_int_equal(i->caps.parts, DC_TOKEN_LOGPROB | DC_TOKEN_CONF);
    b->ops->close(b);
}

/* ---- the contract, over servers that behave and misbehave ---- */

static int contract_over(const char *model)
{
    const struct CMUnitTest tests[] = {CONTRACT_TESTS(&subject)};
    playing(model);
    printf("# %s\n", model);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_however_it_is_sent),
        cmocka_unit_test(test_the_same_values),
        cmocka_unit_test(test_in_one_piece),
        cmocka_unit_test(test_lost_in_one_piece),
        cmocka_unit_test(test_not_in_one_piece),
        cmocka_unit_test(test_thoughts),
        cmocka_unit_test(test_ends_that_are_data),
        cmocka_unit_test(test_a_prompt_that_is_too_long),
        cmocka_unit_test(test_retries_spent),
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_refused_at_open),
        cmocka_unit_test(test_no_server),
        cmocka_unit_test(test_k_that_may_be_less),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_endpoints),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    snprintf(base, sizeof base, "http://127.0.0.1:%u/v1", mock.port);
    snprintf(other, sizeof other, "http://127.0.0.1:%u/other/v1", mock.port);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += contract_over("mock:three-a-chunk,eos=1");
    failed += contract_over("mock:cut,times=1,from=9");
    subject.to_end = true;
    failed += contract_over("mock");
    failed += contract_over("mock:cut,times=1,from=9");
    mock_server_stop(&mock);
    return failed;
}
