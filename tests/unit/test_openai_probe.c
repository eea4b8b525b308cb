/*
 * What a probe finds, against tests/servers/mock.py. Every scenario of the mock
 * has a row: in what its probe differs from that of a server without faults,
 * and in nothing else, or the error that it ends in.
 */
#include "base/json.h"
#include "base/mem.h"
#include "infer/openai_probe.h"
#include "mock_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct mock_server mock;

#define LISTLESS                                                               \
    "bytes=false eos_token=null k_max=0 logprob_mode=unknown logprobs=false "  \
    "n_top_max=0 spells=false whole=false"
#define NOT_BEYOND "takes=seed,stream_options"
#define NO_FILTER                                                              \
    "takes=seed,repetition_penalty,chat_template_kwargs,return_token_ids,"     \
    "stream_options"
#define UNSEEN "was not seen, so that one is not counted on"
#define NONE_CAME "were asked for, and none came"
#define PLAIN ""
#define SHARED "n_counts_first=true n_shares_prompt=true "
#define ANY(name)                                                              \
    {                                                                          \
        name, NULL, NULL, false                                                \
    } /* whatever it is */
#define OK(name, differs)                                                      \
    {                                                                          \
        name, differs, NULL, false                                             \
    }
#define SAYS(name, differs, note)                                              \
    {                                                                          \
        name, differs, note, false                                             \
    }
#define FAULT(name, differs, note)                                             \
    {                                                                          \
        name, differs, note, true                                              \
    }
#define FAILS(name, error)                                                     \
    {                                                                          \
        name, NULL, error, false                                               \
    }

/* differs: the keys of the JSON whose values are others, by name; NULL: the
 * probe fails. says: in the notes, or the error. */
static const struct {
    const char *scenario, *differs, *says;
    bool fault;
} rows[] = {
    OK("normal", PLAIN),
    OK("eos", "eos_token=true"),
    OK("sorted", PLAIN),
    ANY("flood"),
    FAILS("429", "answers 429 \"mock error\": the server is busy"),
    FAILS("429-seconds", "answers 429"),
    FAILS("429-date", "answers 429"),
    FAILS("429-ms", "answers 429"),
    OK("429-limit", PLAIN),
    FAILS("500", "answers 500 \"mock error\": the server failed at it: see "
                 "its log"),
    FAILS("500-then-fine", "answers 500"),
    FAILS("503", "answers 503 \"mock error\": the server is busy or starting"),
    FAILS("408", "answers 408"),
    FAILS("409", "answers 409"),
    FAILS("425", "answers 425"),
    FAILS("engine-dead", "answers 500 \"EngineCore encountered an issue"),
    FAILS("cut", ": connection closed ("),
    FAILS("cut-utf8", ": connection closed ("),
    FAILS("reset", ": connection closed ("),
    FAILS("empty-reply", ": connection closed ("),
    OK("no-finish", "eos_token=null"),
    FAILS("silence", ": silence ("),
    FAILS("silence-at-once", ": silence ("),
    FAILS("silence-pings", ": silence (the stream is kept open"),
    OK("close-after", PLAIN),
    OK("drip", PLAIN),
    OK("slow", PLAIN),
    FAILS("garbage", ": no JSON: unexpected end of data"),
    FAILS("error-in-stream", " sends an error: \"EngineCore encountered"),
    FAILS("401", "answers 401 \"Incorrect API key provided.\": it wants a "
                 "key, and none was sent: name the variable"),
    FAILS("403", "answers 403 \"You are not allowed"),
    FAILS("404-model", "answers 404 \"The model `nope` does not exist.\""),
    FAILS("400", "answers 400 \"Unknown parameter: 'top_k'.\". It was asked "
                 "for a streamed chat answer of up to 8 tokens with "
                 "log-probabilities and 10 alternatives, without the fields "
                 "that it had refused by name; say what it wants instead "
                 "(--api completions, --request-arg), or see its log"),
    FAILS("400-context", "answers 400 \"This model's maximum context"),
    FAILS("400-context-vllm", "answers 400 \"This model's maximum context"),
    FAILS("400-context-llama", "answers 400 \"the request exceeds"),
    OK("context-64", PLAIN),
    FAILS("400-policy", "content management policy"),
    OK("content-filter", "eos_token=null"),
    OK("tool-calls", "eos_token=null"),
    OK("finish-unknown", "eos_token=null"),
    OK("refusal-field", PLAIN),
    SAYS("empty-text", LISTLESS, NONE_CAME),
    FAILS("redirect", "answers 307: redirects are not followed"),
    FAILS("html", "200 came with \"<html><body>Sign in"),
    FAILS("not-json", "200 came with \"upstream connect error\""),
    FAILS("no-choices", ": expected an answer with \"choices\""),
    FAILS("big", ": too large (the response is longer than 8388608 bytes)"),
    FAILS("big-line", ": too large (the response is longer than 8388608"),
    FAILS("not-http", ": not HTTP ("),
    SAYS("no-logprobs", LISTLESS, NONE_CAME),
    SAYS("null-logprobs", LISTLESS, NONE_CAME),
    SAYS("empty-logprobs", LISTLESS, NONE_CAME),
    FAULT("no-alternatives",
          "k_max=0 logprob_mode=unknown n_top_max=0 whole=false",
          "no-list: 8 of 8 tokens"),
    OK("legacy-logprobs", "bytes=false"),
    FAULT("zeros", "logprob_mode=unknown whole=false", "(llama.cpp #27972)"),
    FAULT("sentinel", "whole=false", "no-value: 1 of 8 tokens, the first at 1"),
    FAULT("lowest", "logprob_mode=unknown whole=false",
          "no-value: 8 of 8 tokens"),
    FAULT("identical", "whole=false", "repeated-list: 7 of 8 tokens"),
    SAYS("displaced", "displaces=true n_top_max=11", "exact up to k = 10"),
    SAYS("wrong-in-chunk", "stream=false whole=false",
         "in a stream, and not in one piece, so that answers are asked for "
         "without "
         "a stream: repeated-list: 5 of 8"),
    OK("neighbours", PLAIN),
    SAYS("other-in-stream", "logprob_mode=processed stream=false whole=false",
         "a stream are not those of the same answer in one piece"),
    OK("three-a-chunk", PLAIN),
    FAULT("positive", "whole=false", "positive: 1 of 8 tokens, the first at 1"),
    FAULT("overfull", "logprob_mode=unknown whole=false",
          "sum-above-one: 8 of 8"),
    FAULT("nan", "bytes=false whole=false", "no-value: 1 of 8 tokens"),
    SAYS("short-list", "k_max=5 n_top_max=5", "short-list: 8 of 8 tokens"),
    FAULT("not-in-list", "k_max=9 n_top_max=9 whole=false",
          "foreign-list: 8 of 8"),
    SAYS("after-temperature", "logprob_mode=processed",
         "are those after the temperature"),
    OK("bytes-null", "bytes=false"),
    SAYS("bytes-wrong", "spells=false", "are not the answer's text"),
    SAYS("400-reasoning", LISTLESS,
         "refused: 400 \"logprobs are not supported with reasoning models.\""),
    SAYS("400-gemini", LISTLESS, "refused: 400 \"Logprobs is not supported"),
    SAYS("400-mistral", LISTLESS, "refused: 400 \"Logprobs are not enabled"),
    OK("n-ignored", "n=false"),
    SAYS("n-error", "n=false", "n = 4 in one request is refused: \"Only one"),
    OK("n-shared", SHARED "n_together=true"),
    OK("n-own", "n_counts_first=true n_shares_prompt=false"),
    SAYS("n-no-logprobs", PLAIN, "only the first has log-probabilities"),
    OK("n-short", "n=false"),
    SAYS("n-seeds", "n_shares_prompt=true",
         "is not what the seed plus one gives alone"),
    OK("index-missing", PLAIN),
    OK("index-zero", "n=false"),
    OK("empty-choices", PLAIN),
    OK("role-with-text", PLAIN),
    OK("no-done", PLAIN),
    OK("open-done", PLAIN),
    OK("no-usage", "markers_read=null usage=false"),
    OK("usage-unasked", PLAIN),
    OK("comments", PLAIN),
    OK("crlf", PLAIN),
    OK("cr", PLAIN),
    OK("seed-ignored", "seed_repeats=false whole=false"),
    SAYS("seed-same", PLAIN, "begin all alike"),
    OK("strict-fields", "prompt_logprobs=false " NOT_BEYOND),
    SAYS("strict-unnamed", "prompt_logprobs=false " NOT_BEYOND,
         "without its name, so none is sent: 400 \"Extra inputs"),
    OK("seed-refused",
       "seed_repeats=false takes=top_k,min_p,repetition_penalty,"
       "chat_template_kwargs,return_token_ids,stream_options whole=false"),
    OK("max-completion",
       "takes=seed,top_k,min_p,repetition_penalty,chat_template_kwargs,"
       "return_token_ids,stream_options,max_completion_tokens"),
    SAYS("no-temperature",
         "eos_token=null logprob_mode=unknown markers_read=null " NO_FILTER,
         "a temperature of 2 is refused"),
    SAYS("filters-ignored", NO_FILTER, "min_p is taken and has no effect"),
    OK("token-ids", "ids=true"),
    FAILS("no-chat", "--api completions asks it without a chat"),
    OK("chat-only", "completions=false prompt_logprobs=false"),
    SAYS("reasoning-content", "reasoning=field whole=false",
         "have no place in the list"),
    SAYS("think-tags", "displaces=true n_top_max=11 reasoning=tags", UNSEEN),
    SAYS("reasoning-gone", "reasoning=hidden",
         "counted in usage, and not sent"),
    SAYS("markers", "markers_read=true", "<|im_end|> in a user's text is read"),
    SAYS("judge", "displaces=true n_top_max=11 " NO_FILTER, UNSEEN),
    SAYS("judge-listed",
         "displaces=true n_top_max=11 prompt_logprobs=false " NO_FILTER,
         UNSEEN),
    SAYS("judge-unlisted",
         "displaces=true n_top_max=11 prompt_logprobs=false " NO_FILTER,
         UNSEEN),
    SAYS("judge-grammar", "displaces=true n_top_max=11 " NO_FILTER, UNSEEN),
    SAYS("judge-structured", "displaces=true n_top_max=11 " NO_FILTER, UNSEEN),
};

static struct dc_probe_cfg cfg_of(const char *path, const char *model)
{
    static char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", mock.port, path);
    return (struct dc_probe_cfg){
        .url = url, .model = model, .k = 10, .tries = 1};
}

static void must(const struct dc_probe_cfg *c, struct dc_probe *p)
{
    struct dc_err err;
    if (dc_openai_probe(c, p, &err))
        fail_msg("%s: %s", c->model, err.msg);
}

static json_t *json_of(const struct dc_probe *p)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_probe_json(p, &b);
    json_t *root = json_loads(b.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    dc_buf_release(&b);
    return root;
}

/* "a", "true", "null", "3" or a list of them. */
static void put_value(struct dc_buf *out, const json_t *v)
{
    size_t i;
    json_t *x;
    if (json_is_string(v)) {
        dc_buf_adds(out, json_string_value(v));
    } else if (json_is_array(v)) {
        json_array_foreach(v, i, x)
        {
            dc_buf_adds(out, i > 0 ? "," : "");
            put_value(out, x);
        }
    } else {
        char *s = json_dumps(v, JSON_ENCODE_ANY);
        dc_buf_adds(out, s);
        free(s);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of root with another value than in base, sorted. */
static void put_differences(struct dc_buf *out, json_t *base, json_t *root)
{
    const char *key, *name[64];
    size_t n = 0;
    json_t *v;
    json_object_foreach(root, key, v)
    {
        assert_true(n < 64);
        name[n++] = key;
    }
    qsort(name, n, sizeof *name, by_name);
    for (size_t i = 0; i < n; i++) {
        v = json_object_get(root, name[i]);
        if (!strcmp(name[i], "model") || !strcmp(name[i], "notes") ||
            json_equal(v, json_object_get(base, name[i])))
            continue;
        dc_buf_addf(out, "%s%s=", out->n > 0 ? " " : "", name[i]);
        put_value(out, v);
    }
}

/* Is there a note that says so, and are all notes printable lines? */
static bool notes_say(const struct dc_probe *p, const char *says, bool fault)
{
    bool found = false;
    for (size_t i = 0; i < p->n_note; i++) {
        assert_null(strchr(p->note[i].text, '\n'));
        found = found ||
                (strstr(p->note[i].text, says) && p->note[i].fault >= fault);
    }
    return found;
}

static void play_row(size_t i, json_t *base)
{
    char model[60];
    struct dc_probe p;
    struct dc_err err;
    struct dc_buf got;
    snprintf(model, sizeof model, "mock:%s", rows[i].scenario);
    struct dc_probe_cfg c = cfg_of("/v1", model);
    if (strncmp(rows[i].scenario, "silence", 7) == 0)
        c.silence_s = 1;
    enum dc_status st = dc_openai_probe(&c, &p, &err);
    if (!rows[i].differs && !rows[i].says) { /* whatever it is */
        if (!st)
            dc_probe_release(&p);
        return;
    }
    if (!rows[i].differs) {
        if (st != DC_BACKEND || !strstr(err.msg, rows[i].says) ||
            strncmp(err.msg, "http://127.0.0.1:", 17) != 0)
            fail_msg("%s: %d %s", model, st, st ? err.msg : "no error");
        assert_null(p.url); /* nothing is left */
        return;
    }
    if (st)
        fail_msg("%s: %s", model, err.msg);
    dc_buf_init(&got, SIZE_MAX);
    json_t *root = json_of(&p);
    put_differences(&got, base, root);
    if (strcmp(got.data, rows[i].differs) != 0)
        fail_msg("%s: differs by\n%s\nexpected\n%s", model, got.data,
                 rows[i].differs);
    if (rows[i].says && !notes_say(&p, rows[i].says, rows[i].fault))
        fail_msg("%s: no note says \"%s\": %s", model, rows[i].says,
                 p.n_note > 0 ? p.note[0].text : "there are none");
    assert_int_equal(dc_probe_bad(&p, NULL), rows[i].fault);
    assert_true(p.n_request <= 17);
    json_decref(root);
    dc_buf_release(&got);
    dc_probe_release(&p);
}

static void every_scenario(void **state)
{
    (void)state;
    struct dc_probe p;
    struct dc_probe_cfg c = cfg_of("/v1", "mock");
    must(&c, &p);
    json_t *base = json_of(&p);
    dc_probe_release(&p);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        play_row(i, base);
    json_decref(base);
}

/* The table knows all scenarios that the mock lists as models. */
static void no_scenario_is_forgotten(void **state)
{
    (void)state;
    char line[300], name[64], command[500];
    const char *python = getenv("DEEPCONF_PYTHON");
    size_t n = 0;
    snprintf(command, sizeof command, "%s %s/../servers/mock.py --list",
             python ? python : "python3", DC_TEST_DATA);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        bool known = false;
        assert_int_equal(sscanf(line, "%63[^\t]", name), 1);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            known = known || !strcmp(rows[i].scenario, name);
        if (!known)
            fail_msg("%s has no row here", name);
        n++;
    }
    assert_int_equal(pclose(f), 0);
    assert_int_equal(n, sizeof rows / sizeof rows[0]);
}

/* ---- beside the scenarios ---- */

static void two_urls_agree_or_not(void **state)
{
    (void)state;
    struct dc_probe a, b;
    struct dc_err err;
    struct dc_probe_cfg c = cfg_of("/v1", "mock");
    must(&c, &a);
    c = cfg_of("/bare/v1", "mock");
    must(&c, &b);
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_OK);
    /* one that could not see whether a rank is displaced agrees, too */
    b.displaces = true;
    b.k_max--;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_OK);
    b.first[0].logprob += 0.009;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_OK);
    b.first[0].logprob += 0.002;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "/v1 and http://127.0.0.1:"));
    assert_non_null(strstr(err.msg, "differs by 0.011 for one prompt"));
    /* the same bytes of weights: what a server's arithmetic may do is taken */
    a.n_bytes = b.n_bytes = 1000;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_OK);
    b.first[0].logprob += 0.25;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "of which 0.25 is taken"));
    a.n_bytes = b.n_bytes = 0;
    b.n_params = a.n_params + 1;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "are of other sizes"));
    b.n_params = 0; /* not told */
    b.mode = DC_LOGPROB_PROCESSED;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "one are raw"));
    b.n_top_max++;
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "differ in length"));
    dc_probe_release(&b);
    c = cfg_of("/other/v1", "mock");
    must(&c, &b);
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "system_fingerprints differ"));
    dc_probe_release(&b);
    c = cfg_of("/v1", "mock:normal");
    must(&c, &b);
    assert_int_equal(dc_probe_agree(&a, &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "have other names"));
    dc_probe_release(&b);
    dc_probe_release(&a);
}

/* A server may repeat what it was sent. */
static void a_key_is_in_no_message(void **state)
{
    (void)state;
    struct dc_probe p;
    struct dc_err err;
    struct dc_probe_cfg c = cfg_of("/v1", "mock:401,echo=1");
    c.key = "sk-mock-0123456789";
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "provided. Bearer ******************"));
    c.key = "k-1"; /* so short it is none, and its bytes are in every word */
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "provided. Bearer k-1"));
}

/* Notes are printed and stored. */
static void a_key_is_in_no_note(void **state)
{
    static const char *const model[] = {
        "mock:400-reasoning,echo=1", "mock:strict-unnamed,echo=1",
        "mock:n-error,echo=1", "mock:no-temperature,echo=1"};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(model); i++) {
        struct dc_probe p;
        struct dc_probe_cfg c = cfg_of("/v1", model[i]);
        c.key = "sk-mock-0123456789";
        must(&c, &p);
        assert_true(notes_say(&p, "Bearer ******************", false));
        assert_false(notes_say(&p, c.key, false));
        dc_probe_release(&p);
    }
}

static void names_are_held_to_the_list(void **state)
{
    (void)state;
    struct dc_probe p;
    struct dc_err err;
    struct dc_probe_cfg c = cfg_of("/vllm/v1", NULL);
    must(&c, &p); /* the only one */
    assert_string_equal(p.model, "mock");
    assert_string_equal(p.server, "vLLM 0.32.0+mock");
    assert_string_equal(p.path, "/models/mock");
    assert_int_equal(p.n_slots, 0);
    dc_probe_release(&p);
    c = cfg_of("/ollama/v1", NULL);
    must(&c, &p);
    assert_string_equal(p.server, "Ollama 0.9.1+mock");
    dc_probe_release(&p);
    c = cfg_of("/vllm/v1", "Mock");
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "has \"mock\", but no model \"Mock\""));
    c = cfg_of("/v1", NULL);
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "has several models: \"mock\", "));
    c = cfg_of("/bare/v1", NULL);
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "has no list of models"));
    c = cfg_of("/v1",
               "mock:normal,tokens=9"); /* one of several may be hidden */
    must(&c, &p);
    assert_true(notes_say(&p, "a model that it does not list", false));
    dc_probe_release(&p);
    c = cfg_of("/bare/v1", "nope");
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_BACKEND);
    assert_null(p.model);
}

static void raw_prompts_are_asked_about(void **state)
{
    (void)state;
    struct dc_probe p;
    struct dc_probe_cfg c = cfg_of("/v1", "mock");
    c.api = DC_API_COMPLETIONS;
    must(&c, &p);
    assert_true(p.completions && p.chat && p.prompt_logprobs && p.logprobs);
    assert_int_equal(p.takes & DC_TAKES_TEMPLATE_ARGS, 0);
    assert_int_equal(p.markers, DC_KNOWN_NOT);
    assert_int_equal(p.k_max, 10);
    dc_probe_release(&p);
    c = cfg_of("/v1", "mock:no-chat");
    c.api = DC_API_COMPLETIONS;
    must(&c, &p);
    assert_true(p.completions && !p.chat);
    dc_probe_release(&p);
}

static void thinking_is_switched_and_seen(void **state)
{
    (void)state;
    struct dc_probe p;
    struct dc_probe_cfg c = cfg_of("/v1", "mock:think-tags");
    c.think = DC_THINK_OFF;
    must(&c, &p);
    assert_int_equal(p.think, DC_KNOWN_YES);
    assert_int_equal(p.reasoning, DC_REASONING_NONE);
    assert_false(p.displaces); /* the answer's first token is not sure */
    dc_probe_release(&p);
    c = cfg_of("/v1", "mock");
    c.think = DC_THINK_ON;
    must(&c, &p);
    assert_int_equal(p.think, DC_KNOWN_NO);
    dc_probe_release(&p);
    /* a server that takes no such switch can't be asked with one */
    struct dc_err err;
    c = cfg_of("/v1", "mock:strict-fields");
    c.think = DC_THINK_OFF;
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "leave out --think"));
}

static void lists_are_as_long_as_wanted(void **state)
{
    static const struct {
        const char *model;
        unsigned k, n_top, n_top_max, k_max;
    } row[] = {
        {"mock", 5, 0, 5, 5},
        {"mock", 5, 12, 12, 12},
        {"mock", 0, 0, 20, 20},
        {"mock", 25, 0, 20, 20},
        {"mock:displaced", 5, 0, 6, 5},
        {"mock:displaced", 20, 0, 20, 19},
        {"mock:displaced", 19, 0, 20, 19},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct dc_probe p;
        struct dc_probe_cfg c = cfg_of("/v1", row[i].model);
        c.k = row[i].k;
        c.n_top = row[i].n_top;
        must(&c, &p);
        assert_int_equal(p.n_top_max, row[i].n_top_max);
        assert_int_equal(p.k_max, row[i].k_max);
        dc_probe_release(&p);
    }
}

static void people_learn_more(void **state)
{
    (void)state;
    struct dc_probe p;
    struct dc_probe_cfg c = cfg_of("/v1", "mock:slow,delay_ms=10,tokens=60");
    c.whole = true;
    must(&c, &p);
    assert_int_equal(p.abort_stops, DC_KNOWN_YES);
    assert_true(p.abort_ms < 5000);
    assert_int_equal(p.n_top_max, 20); /* asked for 10, and for 200 */
    assert_int_equal(p.think, DC_KNOWN_NO);
    dc_probe_release(&p);
}

struct seen_steps {
    unsigned n;
    bool wrong; /* counted otherwise */
};

static void see_step(void *arg, const struct dc_probe_step *s)
{
    struct seen_steps *seen = arg;
    seen->wrong = seen->wrong || s->at != ++seen->n || s->at > s->n;
}

static void several_urls_at_once(void **state)
{
    enum { N = 3 };
    struct dc_probe_cfg c[N];
    struct dc_probe p[N];
    struct dc_err err;
    struct seen_steps seen = {0, false};
    size_t n;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        c[i] = cfg_of("/v1", "mock");
        c[i].watch = (struct dc_server_watch){NULL, see_step, &seen};
    }
    assert_int_equal(dc_openai_probe_all(c, N, p, &n, &err), DC_OK);
    assert_int_equal(n, N);
    assert_true(seen.n > 3 * N && !seen.wrong);
    for (size_t i = 0; i < N; i++) {
        assert_string_equal(p[i].url, c[i].url);
        dc_probe_release(&p[i]);
    }
    /* of those behind a failure nothing is kept, whatever came of them */
    c[1].url = "http://127.0.0.1:1/v1";
    assert_int_equal(dc_openai_probe_all(c, N, p, &n, &err), DC_BACKEND);
    assert_int_equal(n, 1);
    assert_non_null(strstr(err.msg, "127.0.0.1:1/v1"));
    assert_null(p[1].url);
    assert_null(p[2].url);
    dc_probe_release(&p[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario),
        cmocka_unit_test(no_scenario_is_forgotten),
        cmocka_unit_test(two_urls_agree_or_not),
        cmocka_unit_test(a_key_is_in_no_message),
        cmocka_unit_test(a_key_is_in_no_note),
        cmocka_unit_test(names_are_held_to_the_list),
        cmocka_unit_test(raw_prompts_are_asked_about),
        cmocka_unit_test(thinking_is_switched_and_seen),
        cmocka_unit_test(lists_are_as_long_as_wanted),
        cmocka_unit_test(people_learn_more),
        cmocka_unit_test(several_urls_at_once),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    mock_server_stop(&mock);
    return rc;
}
