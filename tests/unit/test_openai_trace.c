/*
 * test_openai_trace.c - answers as tokens with their pieces of the text: texts
 * that lag, leave tokens out, or are of something else; thoughts in a field of
 * their own; values and alternatives from lists of every kind; ends.
 */
#include "base/mem.h"
#include "base/thoughts.h"
#include "infer/openai_trace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

static struct dc_chunk_reader *reader;
static struct dc_otrace trace;
static const struct dc_otrace_cfg usual = {
    .k = 2, .n_top = 2, .n_asked = 3, .max_tokens = 64};

static void begin(const struct dc_otrace_cfg *cfg)
{
    dc_otrace_begin(&trace, cfg);
}

static bool add(const char *json)
{
    const struct dc_chunk *c = NULL;
    struct dc_err err = {.msg = ""};
    if (dc_chunk_read(reader, json, strlen(json), &c, &err))
        fail_msg("%s", err.msg);
    return dc_otrace_add(&trace, c);
}

/* A token with a list of its own, as JSON. No two lists are the same. */
static void token_json(const char *s, size_t len, struct dc_buf *out)
{
    int l = (int)len;
    static unsigned n;
    double p = 0.5 + 1e-4 * (n++ % 1000);
    dc_buf_addf(out,
                "{\"token\":\"%.*s\",\"logprob\":%.9g,\"bytes\":null,"
                "\"top_logprobs\":[{\"token\":\"%.*s\",\"logprob\":%.9g},"
                "{\"token\":\"~\",\"logprob\":-2.5},"
                "{\"token\":\"^\",\"logprob\":-3.5}]}",
                l, s, log(p), l, s, log(p));
}

/* A chunk: fields of its delta, and its tokens, "&" between them; NULL: there
 * is no list. */
static bool say(const char *delta, const char *tokens)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "{\"choices\":[{\"index\":0,\"delta\":{%s}", delta);
    if (tokens) {
        dc_buf_adds(&b, ",\"logprobs\":{\"content\":[");
        for (const char *s = tokens;; s += strcspn(s, "&") + 1) {
            token_json(s, strcspn(s, "&"), &b);
            if (!s[strcspn(s, "&")])
                break;
            dc_buf_adds(&b, ",");
        }
        dc_buf_adds(&b, "]}");
    }
    dc_buf_adds(&b, ",\"finish_reason\":null}]}");
    bool ok = add(b.data);
    dc_buf_release(&b);
    return ok;
}

static bool text(const char *content, const char *tokens)
{
    char delta[600];
    snprintf(delta, sizeof delta, "\"content\":\"%s\"", content);
    return say(delta, tokens);
}

static bool thought(const char *content, const char *tokens)
{
    char delta[600];
    snprintf(delta, sizeof delta, "\"reasoning_content\":\"%s\"", content);
    return say(delta, tokens);
}

static bool finish(const char *word)
{
    char json[200];
    snprintf(json, sizeof json,
             "{\"choices\":[{\"index\":0,\"delta\":{},"
             "\"finish_reason\":\"%s\"}]}",
             word);
    return add(json) && dc_otrace_end(&trace);
}

/* The ready tokens are those, "&" between their pieces. */
static void pieces_are(const char *want)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < trace.n_ready; i++) {
        dc_buf_adds(&b, i ? "&" : "");
        dc_buf_add(&b, trace.bytes.data + trace.tok[i].piece,
                   trace.tok[i].n_piece);
    }
    assert_string_equal(b.data, want);
    dc_buf_release(&b);
}

static void fault_has(const char *words)
{
    if (!strstr(trace.fault.data, words))
        fail_msg("%s", trace.fault.data);
}

/* ---- text and tokens ---- */

static void test_as_it_should_be(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(say("\"role\":\"assistant\",\"content\":\"\"", NULL));
    assert_true(text("I'm", "I'm"));
    pieces_are("I'm");
    assert_true(text(" sorry, but", " sorry&,& but"));
    pieces_are("I'm& sorry&,& but");
    assert_int_equal(trace.tok[0].parts, DC_TOKEN_LOGPROB | DC_TOKEN_CONF);
    assert_true(finish("stop"));
    assert_int_equal(trace.finish, DC_FINISH_STOP);
    assert_string_equal(trace.words, "stop");
    assert_int_equal(trace.n_out, 4);
}

static void test_text_that_lags(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("", "Sure"));
    pieces_are(""); /* it may yet be the end of the answer */
    assert_true(text("Su", "! Here"));
    assert_true(text("re! He", NULL));
    pieces_are("Sure");
    assert_true(text("re", " is"));
    pieces_are("Sure&! Here");
    assert_true(text(" is", NULL));
    assert_true(finish("length"));
    pieces_are("Sure&! Here& is");
    assert_int_equal(trace.finish, DC_FINISH_LENGTH);
}

static void test_text_before_its_tokens(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("Sure! Here", NULL));
    assert_true(text("", "Sure&!"));
    pieces_are("Sure&!");
    assert_true(text("", " Here"));
    assert_true(finish("stop"));
    pieces_are("Sure&!& Here");
}

static void test_halves_of_a_character_with_bytes(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("", "bytes:\\\\xf0\\\\x9f"));
    pieces_are("");
    assert_true(text("\xF0\x9F\x98\x80", "bytes:\\\\x98\\\\x80"));
    assert_true(finish("stop"));
    pieces_are("\xF0\x9F&\x98\x80");
}

/* Tokens whose bytes are not told: U+FFFD stands for half a character. */
static void test_halves_of_a_character_without_bytes(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("", "\xEF\xBF\xBD"));
    assert_true(text("\xF0\x9F\x98\x80", "\xEF\xBF\xBD"));
    assert_true(text(" is", " is"));
    assert_true(finish("stop"));
    pieces_are("&\xF0\x9F\x98\x80& is");

    begin(&usual);
    assert_true(
        text("a\xF0\x9F\x98\x80 is", "a&\xEF\xBF\xBD&\xEF\xBF\xBD& is"));
    assert_true(finish("stop"));
    pieces_are("a&&\xF0\x9F\x98\x80& is");
    /* a model that says U+FFFD itself */
    begin(&usual);
    assert_true(text("a\xEF\xBF\xBD.", "a&\xEF\xBF\xBD&."));
    assert_true(finish("stop"));
    pieces_are("a&\xEF\xBF\xBD&.");
}

/* Bytes that are no text, which the server's text has as U+FFFD. */
static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("a\xEF\xBF\xBD.", "a&bytes:\\\\xff\\\\xfe&."));
    assert_true(finish("stop"));
    pieces_are("a&\xEF\xBF\xBD&.");
}

static void test_half_a_character_at_the_end(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("a", "a"));
    assert_true(text("", "bytes:\\\\xf0\\\\x9f"));
    assert_true(finish("length"));
    pieces_are("a&");
    assert_int_equal(trace.n_out, 2);
}

/* ---- tokens that the text leaves out ---- */

static void test_the_end_of_the_answer_is_no_token(void **state)
{
    (void)state;
    static const char *const end[] = {"<|im_end|>", "</s>", "<eos>", ""};
    for (size_t i = 0; i < DC_COUNT(end); i++) {
        begin(&usual);
        assert_true(text("No.", "No&."));
        assert_true(text("", end[i]));
        pieces_are("No&.");
        assert_true(finish("stop"));
        pieces_are("No&.");
        assert_int_equal(trace.n_out, 2);
    }
}

/* The probe knows that it comes, however it is written. */
static void test_an_end_that_looks_like_text(void **state)
{
    (void)state;
    struct dc_otrace_cfg cfg = usual;
    cfg.eos = true;
    begin(&cfg);
    assert_true(text("No.", "No&.&\\u0003"));
    assert_true(finish("stop"));
    pieces_are("No&.");
}

static void test_a_length_has_no_end(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("No.", "No&.&<|end|>"));
    assert_true(finish("length"));
    assert_int_equal(trace.n_out, 3);
}

static void test_an_end_that_the_text_has(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("No.</s>", "No&.&</s>"));
    assert_true(finish("stop"));
    pieces_are("No&.&</s>");
}

static void test_markers_within(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("", "<|reserved_1|>"));
    assert_true(text("No", "No"));
    assert_true(finish("stop"));
    pieces_are("&No");
}

static void test_stripped_space(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("", "\\n\\n"));
    assert_true(text("No", " No"));
    assert_true(text(".", ".&\\n"));
    assert_true(finish("stop"));
    pieces_are("&No&.&");
}

/* ---- faults ---- */

static void test_another_text(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("Sure", "Sure"));
    assert_false(text(" thing", "! Here"));
    fault_has("not that of its tokens");
    assert_false(text("x", "x"));
    begin(&usual); /* and all is well again */
    assert_true(text("x", "x"));
}

static void test_text_without_tokens(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("Sure", "Sure"));
    assert_true(text(" thing, one that is longer than what a server may have "
                     "held back at the end",
                     NULL));
    assert_false(finish("stop"));
    fault_has("without log-probabilities");
    begin(&usual);
    assert_true(text("Sure", NULL));
    assert_false(finish("stop"));
    fault_has("without log-probabilities");
}

/* llama-server sends no entry for tokens whose text it held back. */
static void test_gaps_in_the_list(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("a", "a"));
    assert_true(text("<b>c", "c"));
    pieces_are("a&<b>c");
    assert_int_equal(trace.n_gap, 1);
    assert_true(text("<", NULL));
    assert_true(finish("stop"));
    pieces_are("a&<b>c&<");
    assert_int_equal(trace.n_gap, 2);
    assert_int_equal(trace.tok[2].parts, 0);
}

static void test_tokens_without_text(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(text("Sure", "Sure& thing& is"));
    assert_false(finish("stop"));
    fault_has("ends before its tokens");
    struct dc_otrace_cfg cfg = usual;
    cfg.stops = true; /* the text of a stop is left out */
    begin(&cfg);
    assert_true(text("Sure", "Sure& thing& is"));
    assert_true(finish("stop"));
    pieces_are("Sure&&");
}

static void test_a_choice_too_many(void **state)
{
    (void)state;
    begin(&usual);
    assert_false(add("{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"\"},"
                     "\"finish_reason\":null}]}"));
    fault_has("a choice beside");
}

static void test_what_is_passed_over_is_a_fault(void **state)
{
    (void)state;
    begin(&usual);
    assert_false(add("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},"
                     "\"logprobs\":{\"content\":[17]}}]}"));
    fault_has("not known");
}

static void test_faults_of_lists(void **state)
{
    (void)state;
    begin(&usual);
    assert_false(add(
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":"
        "{\"content\":[{\"token\":\"a\",\"logprob\":0.5,\"top_logprobs\":["
        "{\"token\":\"a\",\"logprob\":0.5}]}]}}]}"));
    fault_has("positive: 1 of 1 tokens");
    assert_null(strchr(trace.fault.data, '\n'));
}

/* ---- thoughts ---- */

static void answer_is(const char *want)
{
    struct dc_buf b;
    size_t off = 0;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < trace.n_ready; i++)
        dc_buf_add(&b, trace.bytes.data + trace.tok[i].piece,
                   trace.tok[i].n_piece);
    assert_true(dc_answer_offset(b.data, b.n, false, &off));
    assert_string_equal(b.data + off, want);
    dc_buf_release(&b);
}

static void test_thoughts_without_tokens(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(thought("Let me", NULL));
    assert_true(thought(" think.", NULL));
    assert_true(text("No", "No"));
    assert_true(text(".", "."));
    assert_true(finish("stop"));
    pieces_are("<think>Let me& think.&</think>No&.");
    answer_is("No.");
    assert_int_equal(trace.tok[0].parts, 0); /* nobody knows their values */
    assert_int_equal(trace.tok[2].parts, DC_TOKEN_LOGPROB | DC_TOKEN_CONF);
}

static void test_thoughts_with_tokens(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(thought("Let me", "Let& me"));
    assert_true(thought(" think.", " think&."));
    assert_true(text("No", "\\n\\n&No"));
    assert_true(finish("stop"));
    pieces_are("<think>Let& me& think&.&&</think>No");
    answer_is("No");
}

/* The list has the marks, which the fields leave out. */
static void test_thoughts_with_tokens_and_marks(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(say("", "<think>&\\n"));
    assert_true(thought("Let me.", "Let& me&."));
    assert_true(say("", "\\n&</think>"));
    assert_true(text("No", "\\n\\n&No&<|im_end|>"));
    assert_true(finish("stop"));
    pieces_are("<think>&&Let& me&.&&</think>&&No");
    answer_is("No");
}

static void test_harmony(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(thought("Hm.", "<|channel|>&analysis&<|message|>&Hm&."));
    assert_true(say("", "<|end|>&<|start|>&assistant&<|channel|>&final"));
    assert_true(text("No.", "<|message|>&No&.&<|return|>"));
    assert_true(finish("stop"));
    answer_is("No.");
    assert_int_equal(trace.n_out, 13);
}

static void test_unfinished_thoughts(void **state)
{
    (void)state;
    size_t off;
    begin(&usual);
    assert_true(thought("Let me", "Let& me"));
    assert_true(finish("length"));
    pieces_are("<think>Let& me");
    assert_false(dc_answer_offset("<think>Let me", 13, false, &off));
}

/* ---- ends ---- */

static void test_finish_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum dc_finish finish;
    } row[] = {
        {"stop", DC_FINISH_STOP},
        {"length", DC_FINISH_LENGTH},
        {"content_filter", DC_FINISH_FILTER},
        {"model_length", DC_FINISH_CONTEXT},
        {"tool_calls", DC_FINISH_ERROR},
        {"weather", DC_FINISH_ERROR},
        {"malformed_function_call", DC_FINISH_ERROR},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        begin(&usual);
        assert_true(text("No", "No"));
        assert_true(finish(row[i].word));
        assert_int_equal(trace.finish, row[i].finish);
        assert_string_equal(trace.words, row[i].word);
    }
}

/* A server that broke off is no answer of the model's, whatever it calls it. */
static void test_broken_off(void **state)
{
    (void)state;
    static const char *const word[] = {"error", "abort", "timeout",
                                       "cancelled"};
    for (size_t i = 0; i < DC_COUNT(word); i++) {
        begin(&usual);
        assert_true(text("No", "No"));
        assert_false(finish(word[i]));
        fault_has(word[i]);
    }
    begin(&usual);
    assert_true(text("No", "No"));
    assert_false(dc_otrace_end(&trace));
    fault_has("finish_reason");
}

static void test_a_tool_call_is_no_answer(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(say("\"tool_calls\":[{\"index\":0}]", NULL));
    assert_true(finish("stop"));
    assert_int_equal(trace.finish, DC_FINISH_ERROR);
}

/* llama-server says "length" where the context was full. */
static void test_a_full_context(void **state)
{
    (void)state;
    static const unsigned n[] = {63, 64};
    for (unsigned i = 0; i < 2; i++) {
        char usage[80];
        snprintf(usage, sizeof usage,
                 "{\"choices\":[],\"usage\":{\"completion_tokens\":%u}}", n[i]);
        begin(&usual);
        assert_true(text("No", "No"));
        assert_true(add(usage));
        assert_true(finish("length"));
        assert_int_equal(trace.finish,
                         i ? DC_FINISH_LENGTH : DC_FINISH_CONTEXT);
    }
    /* one that counts nothing is not believed against what came */
    struct dc_otrace_cfg two = usual;
    two.max_tokens = 2;
    begin(&two);
    assert_true(text("No", "No") && text(" no", " no"));
    assert_true(add("{\"choices\":[],\"usage\":{\"completion_tokens\":0}}"));
    assert_true(finish("length"));
    assert_int_equal(trace.finish, DC_FINISH_LENGTH);
}

static void test_no_token_at_all(void **state)
{
    (void)state;
    begin(&usual);
    assert_true(finish("stop"));
    assert_int_equal(trace.n_out, 0);
    assert_int_equal(trace.finish, DC_FINISH_STOP);
}

static void test_a_server_that_goes_on(void **state)
{
    (void)state;
    struct dc_otrace_cfg cfg = usual;
    cfg.max_tokens = 2;
    begin(&cfg);
    assert_true(text("a b", "a& b"));
    assert_false(dc_otrace_is_full(&trace));
    assert_true(text(" c", " c"));
    assert_false(dc_otrace_is_full(&trace)); /* it may be the end */
    assert_true(text(" d", " d"));
    assert_true(dc_otrace_is_full(&trace));
    pieces_are("a& b");
    assert_true(finish("stop"));
    assert_int_equal(trace.finish, DC_FINISH_LENGTH);

    begin(&cfg);
    assert_true(text("a b", "a& b&</s>"));
    assert_true(finish("stop"));
    assert_int_equal(trace.finish, DC_FINISH_STOP);
    assert_int_equal(trace.n_out, 2);
}

static void test_usage(void **state)
{
    (void)state;
    begin(&usual);
    assert_false(trace.has_prompt);
    assert_true(add("{\"choices\":[],\"usage\":{\"prompt_tokens\":17}}"));
    assert_true(trace.has_prompt);
    assert_int_equal(trace.n_prompt, 17);
}

/* ---- values ---- */

/* A token "a" of this log-probability with this list. */
static void list(const char *logprob, const char *alts)
{
    char json[600];
    snprintf(json, sizeof json,
             "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},"
             "\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":%s,"
             "\"top_logprobs\":[%s]}]}}]}",
             logprob, alts);
    begin(&usual);
    if (!add(json))
        fail_msg("%s", trace.fault.data);
    assert_int_equal(trace.n_ready, 1);
}
#define A(token, logprob) "{\"token\":\"" token "\",\"logprob\":" logprob "}"

static void alts_are(size_t n, const char *first, const char *second)
{
    const struct dc_otrace_tok *k = &trace.tok[0];
    const char *want[] = {first, second};
    assert_int_equal(k->n_alt, n);
    for (size_t i = 0; i < n; i++) {
        const struct dc_otrace_alt *a = &trace.alt[k->alt + i];
        assert_int_equal(a->n, strlen(want[i]));
        assert_memory_equal(trace.bytes.data + a->bytes, want[i], a->n);
    }
}

static void test_confidence_and_alternatives(void **state)
{
    (void)state;
    const struct dc_otrace_tok *k;
    list("-1.0", A("a", "-1.0") "," A("b", "-2.0") "," A("c", "-3.0"));
    k = &trace.tok[0];
    assert_true(k->token.conf == 1.5F && k->token.logprob == -1.0F);
    assert_int_equal(k->token.id, -1);
    alts_are(2, "a", "b");
    /* unsorted */
    list("-2.0", A("c", "-3.0") "," A("a", "-2.0") "," A("b", "-1.0"));
    assert_true(trace.tok[0].token.conf == 1.5F);
    alts_are(2, "b", "a");
    /* the sampled token in place of the last rank: two are sure */
    list("-9.0", A("a", "-9.0") "," A("b", "-1.0") "," A("c", "-2.0"));
    assert_true(trace.tok[0].token.conf == 1.5F);
    assert_true(trace.tok[0].token.logprob == -9.0F);
    alts_are(2, "b", "c");
}

/* Where the list has not surely the k most probable there is no C. */
static void test_no_confidence(void **state)
{
    (void)state;
    list("-9.0", A("a", "-9.0") "," A("b", "-1.0"));
    assert_int_equal(trace.tok[0].parts, DC_TOKEN_LOGPROB);
    alts_are(1, "b", NULL);
    list("-1.0", A("a", "-1.0"));
    assert_int_equal(trace.tok[0].parts, DC_TOKEN_LOGPROB);
    alts_are(1, "a", NULL);
    list("-1.0", A("a", "-1.0") "," A("b", "-9999.0") "," A("c", "-3.0"));
    assert_int_equal(trace.tok[0].parts, DC_TOKEN_LOGPROB);
    alts_are(0, NULL, NULL);
}

/* 1.0 as a float that rounding made larger. */
static void test_above_zero_by_rounding(void **state)
{
    (void)state;
    list("0.0000001",
         A("a", "0.0000001") "," A("b", "-20.0") "," A("c", "-21"));
    assert_true(trace.tok[0].token.logprob == 0);
    assert_true(trace.tok[0].token.conf == 10.0F);
    assert_true(trace.alt[0].logprob == 0);
}

/* ---- memory ---- */

/* With one token waiting all the time, what was taken is given up. */
static void test_memory_of_a_text_that_always_lags(void **state)
{
    (void)state;
    struct dc_otrace_cfg cfg = usual;
    size_t most = 0;
    cfg.max_tokens = 100000;
    begin(&cfg);
    assert_true(text("", "a0"));
    for (unsigned i = 1; i < 3000; i++) {
        char was[20], now[20];
        snprintf(was, sizeof was, "a%u", i - 1);
        snprintf(now, sizeof now, "a%u", i);
        assert_true(text(was, now));
        pieces_are(was);
        const struct dc_otrace_alt *a = &trace.alt[trace.tok[0].alt];
        assert_memory_equal(trace.bytes.data + a->bytes, was, strlen(was));
        dc_otrace_take(&trace, 1);
        most = trace.bytes.n > most ? trace.bytes.n : most;
    }
    assert_true(most < 200 && trace.text.n < 20000);
    assert_true(text("a2999", NULL));
    assert_true(finish("stop"));
    pieces_are("a2999");
    assert_int_equal(trace.n_out, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_should_be),
        cmocka_unit_test(test_text_that_lags),
        cmocka_unit_test(test_text_before_its_tokens),
        cmocka_unit_test(test_halves_of_a_character_with_bytes),
        cmocka_unit_test(test_halves_of_a_character_without_bytes),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_half_a_character_at_the_end),
        cmocka_unit_test(test_the_end_of_the_answer_is_no_token),
        cmocka_unit_test(test_an_end_that_looks_like_text),
        cmocka_unit_test(test_a_length_has_no_end),
        cmocka_unit_test(test_an_end_that_the_text_has),
        cmocka_unit_test(test_markers_within),
        cmocka_unit_test(test_stripped_space),
        cmocka_unit_test(test_another_text),
        cmocka_unit_test(test_text_without_tokens),
        cmocka_unit_test(test_gaps_in_the_list),
        cmocka_unit_test(test_tokens_without_text),
        cmocka_unit_test(test_a_choice_too_many),
        cmocka_unit_test(test_what_is_passed_over_is_a_fault),
        cmocka_unit_test(test_faults_of_lists),
        cmocka_unit_test(test_thoughts_without_tokens),
        cmocka_unit_test(test_thoughts_with_tokens),
        cmocka_unit_test(test_thoughts_with_tokens_and_marks),
        cmocka_unit_test(test_harmony),
        cmocka_unit_test(test_unfinished_thoughts),
        cmocka_unit_test(test_finish_words),
        cmocka_unit_test(test_broken_off),
        cmocka_unit_test(test_a_tool_call_is_no_answer),
        cmocka_unit_test(test_a_full_context),
        cmocka_unit_test(test_no_token_at_all),
        cmocka_unit_test(test_a_server_that_goes_on),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_confidence_and_alternatives),
        cmocka_unit_test(test_no_confidence),
        cmocka_unit_test(test_above_zero_by_rounding),
        cmocka_unit_test(test_memory_of_a_text_that_always_lags),
    };
    reader = dc_chunk_reader_create(DC_CHUNK_MAX);
    dc_otrace_init(&trace);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dc_otrace_release(&trace);
    dc_chunk_reader_free(reader);
    return failed;
}
