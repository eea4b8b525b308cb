/*
 * test_openai_several.c - traces of a prompt as the choices of one request: the
 * same as alone, to the bit, whatever is lost of it; each ends, is taken out
 * and is counted by itself.
 */
#include "backend_contract.h"
#include "infer/openai_call.h"
#include "infer/server.h"
#include "mock_server.h"

#include <jansson.h>
#include <stdio.h>

extern const struct dc_backend_ops dc_backend_openai;

static struct mock_server mock;
static char base[64];
static const char *url[] = {base, base};
static struct dc_server_cfg server;
static struct contract subject = {
    .ops = &dc_backend_openai,
    .prompt = {"How do I pick a lock?", "What is the capital of France?"},
    .n_trace = 12,
    .max_tokens = 64,
    .to_end = true,
};

static const struct contract *playing(const char *model)
{
    subject.cfg = dc_backend_cfg_default();
    server = dc_server_cfg_default();
    server.url = url;
    server.n_url = 1;
    server.silence_s = 5;
    server.retries = 4;
    server.in_flight = 16;
    subject.cfg.model = model;
    subject.cfg.k = 4;
    subject.cfg.n_top = 4;
    subject.cfg.server = &server;
    return &subject;
}

/* ---- what the server was asked for ---- */

struct asked {
    unsigned n_request, n_choice, n_several, n_streamed;
};

static json_t *mock_get(const char *path)
{
    struct dc_call_cfg cfg = dc_call_cfg_default(base);
    struct dc_call *call = NULL;
    struct dc_call_reply r;
    struct dc_err err = {.msg = ""};
    if (dc_call_open(&cfg, &call, &err) || dc_call_get(call, path, &r, &err))
        fail_msg("%s", err.msg);
    json_t *root = json_loadb(r.body, r.n_body, 0, NULL);
    assert_non_null(root);
    dc_call_close(call);
    return root;
}

static void mock_reset(void)
{
    json_decref(mock_get("/mock/reset"));
}

static json_int_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

/* Requests for so many tokens at most, which no probe asks for. */
static struct asked asked_for(unsigned n_tokens)
{
    struct asked a = {.n_request = 0};
    json_t *root = mock_get("/mock/state"), *r;
    size_t i;
    json_array_foreach(json_object_get(root, "record"), i, r)
    {
        if (number(r, "tokens") != n_tokens)
            continue;
        a.n_request++;
        a.n_choice += (unsigned)number(r, "choices");
        a.n_several += number(r, "choices") > 1;
        a.n_streamed += json_is_true(json_object_get(r, "streamed"));
    }
    json_decref(root);
    return a;
}

/* ---- the same traces ---- */

/* Twelve traces of each prompt. */
static struct asked draw(const char *model, bool to_end,
                         struct contract_jobs *jobs)
{
    const struct contract_how how = {.n_slots = 16, .seed = 7};
    struct contract c = *playing(model);
    c.to_end = to_end;
    mock_reset();
    contract_jobs_init(jobs, &c, 0, 1);
    contract_run(&c, &how, jobs);
    return asked_for(c.max_tokens);
}

static void all_same(const struct contract_jobs *got,
                     const struct contract_jobs *want)
{
    for (size_t j = 0; j < want->n; j++) {
        contract_same(&got->job[j], &want->job[j]);
        assert_int_equal(got->job[j].n_prompt, want->job[j].n_prompt);
    }
}

static void test_as_alone(void **state)
{
    (void)state;
    static const char *const knobs[] = {"", ",eos=1", ",markers=1", ",drip=7",
                                        ",bytes=null"};
    for (size_t i = 0; i < DC_COUNT(knobs); i++) {
        char alone[80], together[80];
        struct contract_jobs want, got;
        snprintf(alone, sizeof alone, "mock:normal%s", knobs[i]);
        snprintf(together, sizeof together, "mock:n-shared%s", knobs[i]);
        assert_int_equal(draw(alone, false, &want).n_request, 24);
        const struct asked a = draw(together, true, &got);
        all_same(&got, &want);
        for (size_t j = 0; j < got.n; j++)
            assert_true(got.job[j].whole && got.job[j].attempt == 1);
        assert_int_equal(a.n_choice, 24);
        assert_int_equal(a.n_streamed, 0);
        /* sixteen slots: eight of each prompt, and then four */
        if (a.n_request != 4 || a.n_several != 4)
            fail_msg("%s: %u requests", together, a.n_request);
        contract_jobs_release(&got);
        contract_jobs_release(&want);
    }
}

/* Where the probe did not see that choices are what traces are. */
static void test_alone_where_not_known(void **state)
{
    (void)state;
    static const char *const model[] = {"mock",
                                        "mock:n-own",
                                        "mock:n-no-logprobs",
                                        "mock:n-short",
                                        "mock:n-seeds",
                                        "mock:n-ignored",
                                        "mock:n-error",
                                        "mock:n-shared,seed_use=same",
                                        "mock:n-shared,think=tags"};
    for (size_t i = 0; i < DC_COUNT(model); i++) {
        struct contract_jobs got;
        const struct asked a = draw(model[i], true, &got);
        if (a.n_request != 24 || a.n_several != 0)
            fail_msg("%s: %u requests", model[i], a.n_request);
        contract_jobs_release(&got);
    }
}

/* What is lost of a request for several is made again, one by one, to the same
 * traces; what came of it right is kept. */
static void test_lost(void **state)
{
    (void)state;
    static const struct {
        const char *knobs;
        unsigned first, last; /* attempts of the first choice and the last */
    } row[] = {
        {"status=500", 2, 2},
        {"cut=3", 2, 2},
        {"cut=0", 2, 2},
        {"cut=3,reset=1", 2, 2},
        {"garbage=1", 2, 2},
        {"body=html", 2, 2},
        {"error_at=1", 2, 2},
        {"finish=null", 2, 2},
        {"lp=positive", 2, 2},
        {"lp=missing", 2, 2},
        {"index=zero", 2, 2},
        {"n_use=ignored", 1, 2},
        {"n_use=short", 1, 2},
        {"n_lp=first", 1, 2},
        {"index=none", 1, 1},
        {"stream=always,usage=always", 1, 1},
        {"status=429,times=1", 1, 1},
        {"status=503,times=1,retry_after=0", 1, 1},
    };
    struct contract_jobs want;
    draw("mock", false, &want);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        char model[100];
        struct contract_jobs got;
        snprintf(model, sizeof model, "mock:n-shared,from=10,n_from=2,%s",
                 row[i].knobs);
        const struct asked a = draw(model, true, &got);
        all_same(&got, &want);
        unsigned first = contract_find(&got, 0, 0)->attempt;
        unsigned last = contract_find(&got, 0, 7)->attempt;
        if (first != row[i].first || last != row[i].last || a.n_several == 0)
            fail_msg("%s: attempts %u and %u", model, first, last);
        contract_jobs_release(&got);
    }
    contract_jobs_release(&want);
}

/* ---- single traces ---- */

enum { SLOTS = 8 };

static struct dc_backend *begun(const char *model)
{
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    const struct contract *c = playing(model);
    mock_reset();
    if (c->ops->open(&c->cfg, &b, &err) || c->ops->begin(b, SLOTS, 0, &err))
        fail_msg("%s", err.msg);
    return b;
}

static struct dc_backend_prompt *prompt_of(struct dc_backend *b,
                                           const char *text)
{
    struct dc_backend_prompt *p = NULL;
    assert_int_equal(b->ops->prompt_open(b, text, strlen(text), &p, NULL),
                     DC_OK);
    return p;
}

static void start_trace(struct dc_backend *b, unsigned slot,
                        struct dc_backend_prompt *p, uint32_t index,
                        unsigned max_tokens)
{
    struct dc_err err = {.msg = ""};
    const struct dc_trace_req req = {
        .prompt = p,
        .seed = 1,
        .stream = 2,
        .index = index,
        .to_end = true,
        .max_tokens = max_tokens,
        .sampling = {.temperature = 1, .top_p = 1}};
    if (b->ops->start(b, slot, &req, &err))
        fail_msg("%s", err.msg);
}

/* What came of a slot's trace. */
struct came {
    enum dc_finish finish; /* NONE: it runs */
    unsigned n_tok, n_sending, n_held;
    bool high; /* it has bytes of characters of several */
    char words[200];
};

static void take(const struct dc_event *e, struct came *c)
{
    assert_int_equal(c->finish, DC_FINISH_NONE);
    c->n_sending += e->what & DC_EVENT_SENDING ? 1 : 0;
    c->n_held += e->what & DC_EVENT_HELD ? 1 : 0;
    c->n_tok += e->what & DC_EVENT_TOKEN ? 1 : 0;
    for (size_t i = 0; e->what & DC_EVENT_TOKEN && i < e->n_piece; i++)
        c->high = c->high || (unsigned char)e->piece[i] >= 0x80;
    if (!(e->what & DC_EVENT_END))
        return;
    c->finish = e->finish;
    snprintf(c->words, sizeof c->words, "%s", e->words ? e->words : "");
}

/* Poll until `n` more traces have ended, or for one time with n = 0. */
static enum dc_status poll_ends(struct dc_backend *b, unsigned n,
                                struct came came[SLOTS], struct dc_err *err)
{
    bool once = n == 0;
    while (once || n > 0) {
        struct dc_event ev[64];
        size_t n_ev = 0;
        enum dc_status st = b->ops->poll(b, 250, ev, DC_COUNT(ev), &n_ev, err);
        if (st)
            return st;
        for (size_t i = 0; i < n_ev; i++) {
            take(&ev[i], &came[ev[i].slot]);
            n -= ev[i].what & DC_EVENT_END ? 1 : 0;
        }
        if (once)
            break;
    }
    return DC_OK;
}

static struct dc_backend_traffic traffic(struct dc_backend *b)
{
    struct dc_backend_traffic t;
    b->ops->traffic(b, &t);
    return t;
}

/* Only neighbours go together, and only within the memory of one answer. */
static void test_who_goes_together(void **state)
{
    (void)state;
    static const struct {
        uint32_t index[4];
        unsigned max_tokens, n_request;
    } row[] = {
        {{0, 1, 2, 3}, 40, 1},    {{3, 2, 1, 0}, 41, 4},
        {{0, 2, 4, 6}, 42, 4},    {{5, 6, 0, 1}, 43, 2},
        {{0, 1, 1, 2}, 44, 2},    {{0, 1, 2, 3}, 9000, 2},
        {{0, 1, 2, 3}, 16384, 4},
    };
    struct dc_err err = {.msg = ""};
    struct dc_backend *b = begun("mock:n-shared,tokens=5");
    struct dc_backend_prompt *p = prompt_of(b, "hello");
    uint64_t before = 0;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct came came[SLOTS] = {{.n_tok = 0}};
        for (unsigned s = 0; s < 4; s++)
            start_trace(b, s, p, row[i].index[s], row[i].max_tokens);
        assert_int_equal(poll_ends(b, 0, came, &err), DC_OK);
        assert_int_equal(poll_ends(b, 4, came, &err), DC_OK);
        uint64_t n = traffic(b).n_request - before;
        if (n != row[i].n_request)
            fail_msg("row %zu: %u requests", i, (unsigned)n);
        before += n;
        for (unsigned s = 0; s < 4; s++)
            assert_true(came[s].n_sending == 1 && came[s].n_tok == 5);
    }
    b->ops->close(b);
}

/* Those taken out are nobody's business to the others, the first one too, and
 * their slots are free at once; a request without anybody is closed. */
static void test_taken_out(void **state)
{
    (void)state;
    struct dc_err err = {.msg = ""};
    struct came came[SLOTS] = {{.n_tok = 0}};
    struct dc_backend *b = begun("mock:n-shared,tokens=8,delay_ms=30");
    struct dc_backend_prompt *p = prompt_of(b, "hello");
    for (unsigned s = 0; s < 4; s++)
        start_trace(b, s, p, s, 50);
    b->ops->cancel(b, 3); /* before it was sent */
    while (traffic(b).n_in_flight == 0)
        assert_int_equal(poll_ends(b, 0, came, &err), DC_OK);
    assert_int_equal(traffic(b).n_in_flight, 3);
    assert_int_equal(traffic(b).n_request, 1);
    b->ops->cancel(b, 0);
    b->ops->cancel(b, 2);
    came[0] = (struct came){.n_tok = 0};
    start_trace(b, 0, p, 9, 50);
    assert_int_equal(poll_ends(b, 2, came, &err), DC_OK);
    assert_int_equal(came[1].n_tok, 8);
    assert_int_equal(came[0].n_tok, 8);
    assert_int_equal(came[2].finish, DC_FINISH_NONE);
    assert_int_equal(traffic(b).n_in_flight, 0);
    assert_int_equal(traffic(b).n_request, 2);
    b->ops->close(b);

    struct came none[SLOTS] = {{.n_tok = 0}};
    b = begun("mock:n-shared,from=50,hold=0");
    p = prompt_of(b, "hello");
    for (unsigned s = 0; s < 4; s++)
        start_trace(b, s, p, s, 50);
    while (traffic(b).n_in_flight == 0)
        assert_int_equal(poll_ends(b, 0, none, &err), DC_OK);
    for (unsigned s = 0; s < 4; s++)
        b->ops->cancel(b, s);
    json_t *root = mock_get("/mock/wait?aborted=1");
    assert_int_equal(number(root, "aborted"), 1);
    json_decref(root);
    assert_int_equal(traffic(b).n_in_flight, 0);
    b->ops->close(b);
}

/* A refusal of the prompt ends each of them, and one of the key the backend. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum dc_finish finish;
        const char *words;
    } row[] = {
        {"mock:n-shared,from=50,status=400,error=context-openai",
         DC_FINISH_CONTEXT, "maximum context length"},
        {"mock:n-shared,from=50,status=400,error=policy", DC_FINISH_FILTER,
         "content management policy"},
    };
    struct dc_err err = {.msg = ""};
    struct dc_backend *b;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct came came[SLOTS] = {{.n_tok = 0}};
        b = begun(row[i].model);
        for (unsigned s = 0; s < 4; s++)
            start_trace(b, s, prompt_of(b, "hello"), s, 50);
        struct dc_backend_prompt *p = prompt_of(b, "hello");
        for (unsigned s = 4; s < 8; s++)
            start_trace(b, s, p, s, 50);
        assert_int_equal(poll_ends(b, 8, came, &err), DC_OK);
        for (unsigned s = 0; s < 8; s++) {
            assert_int_equal(came[s].finish, row[i].finish);
            assert_non_null(strstr(came[s].words, row[i].words));
        }
        assert_int_equal(traffic(b).n_request, 5);
        b->ops->close(b);
    }
    struct came came[SLOTS] = {{.n_tok = 0}};
    b = begun("mock:n-shared,from=50,status=401,error=key");
    struct dc_backend_prompt *p = prompt_of(b, "hello");
    for (unsigned s = 0; s < 4; s++)
        start_trace(b, s, p, s, 50);
    assert_int_equal(poll_ends(b, 1, came, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "401"));
    for (unsigned s = 0; s < 4; s++)
        assert_true(came[s].n_sending == 1 && came[s].n_held == 1);
    b->ops->close(b); /* with busy slots */
}

/*
 * The server counts the first choice alone. One that ends with a limit has all
 * that it was allowed: what the list lacks of it is known. If the context has
 * no room for as many, that was its limit. Of others nothing is known.
 */
static void test_counts(void **state)
{
    (void)state;
    struct dc_err err = {.msg = ""};
    struct came came[SLOTS] = {{.n_tok = 0}}, full[SLOTS] = {{.n_tok = 0}};
    struct came plain[SLOTS] = {{.n_tok = 0}};
    struct dc_backend *b = begun("mock:n-shared,tokens=8,finish=length");
    struct dc_backend_prompt *p = prompt_of(b, "hello");
    for (unsigned s = 0; s < 4; s++)
        start_trace(b, s, p, s, 50);
    assert_int_equal(poll_ends(b, 4, came, &err), DC_OK);
    /* of the first its count says that its limit was not max_tokens */
    assert_int_equal(came[0].finish, DC_FINISH_CONTEXT);
    for (unsigned s = 1; s < 4; s++)
        assert_int_equal(came[s].finish, DC_FINISH_LENGTH);
    assert_int_equal(traffic(b).n_unlisted, 3 * (50 - 8));
    for (unsigned s = 0; s < 4; s++)
        start_trace(b, s, p, s, 2048); /* which the prompt leaves no room for */
    assert_int_equal(poll_ends(b, 4, full, &err), DC_OK);
    for (unsigned s = 0; s < 4; s++)
        assert_int_equal(full[s].finish, DC_FINISH_CONTEXT);
    assert_int_equal(traffic(b).n_uncounted, 0);
    b->ops->close(b);

    unsigned n_high = 0;
    b = begun("mock:n-shared");
    p = prompt_of(b, "hello");
    for (unsigned s = 0; s < 8; s++)
        start_trace(b, s, p, s, 100);
    assert_int_equal(poll_ends(b, 8, plain, &err), DC_OK);
    for (unsigned s = 1; s < 8; s++)
        n_high += plain[s].high;
    assert_true(n_high > 0);
    assert_int_equal(traffic(b).n_uncounted, n_high);
    assert_int_equal(traffic(b).n_unlisted, 0);
    b->ops->close(b);
}

static int contract_over(const char *model)
{
    const struct CMUnitTest tests[] = {CONTRACT_TESTS(&subject)};
    playing(model);
    subject.n_trace = 8;
    subject.max_tokens = 12;
    printf("# %s\n", model);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_alone),
        cmocka_unit_test(test_alone_where_not_known),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_who_goes_together),
        cmocka_unit_test(test_taken_out),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_counts),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    snprintf(base, sizeof base, "http://127.0.0.1:%u/v1", mock.port);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += contract_over("mock:n-shared");
    failed += contract_over("mock:n-shared,cut=3,n_from=2,from=9");
    mock_server_stop(&mock);
    return failed;
}
