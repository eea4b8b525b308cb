/*
 * test_import_tokens.c - log-probabilities of other programs as token records:
 * both shapes, confidence, places in the text, and what is refused.
 */
#include "exchange/import_tokens.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NO_CONF =
        DC_TOKEN_ID | DC_TOKEN_CONF | DC_TOKEN_ENTROPY | DC_TOKEN_SELF_CERT,
    WITH_CONF = NO_CONF & ~DC_TOKEN_CONF
};

static struct dc_import_tokens read_ok(const char *json, const char *text)
{
    struct dc_import_tokens t;
    struct dc_err err = {.msg = ""};
    json_t *v = json_loads(json, 0, NULL);
    assert_non_null(v);
    if (dc_import_tokens(v, text, 0, &t, &err))
        fail_msg("%s", err.msg);
    json_decref(v);
    return t;
}

static void of_chat(void **state)
{
    (void)state;
    struct dc_import_tokens t = read_ok(
        "{\"content\":[{\"token\":\"No\",\"logprob\":-0.5,\"top_logprobs\":"
        "[{\"logprob\":-0.5},{\"logprob\":-1.5}]},"
        "{\"token\":\" way\",\"logprob\":-0.25,\"top_logprobs\":"
        "[{\"logprob\":-0.25},{\"logprob\":-3.75}]},"
        "{\"token\":\"<|end|>\",\"logprob\":0.0000001,\"top_logprobs\":"
        "[{\"logprob\":0.0},{\"logprob\":-8}]}]}",
        "No way");
    assert_int_equal(t.n, 3);
    assert_int_equal(t.k, 2);
    assert_int_equal(t.lacks, WITH_CONF);
    assert_true(t.tok[0].conf == 1.0F && t.tok[1].conf == 2.0F &&
                t.tok[2].conf == 4.0F);
    assert_true(t.tok[0].logprob == -0.5F && t.tok[2].logprob == 0);
    assert_int_equal(t.end[0], 2);
    assert_int_equal(t.end[1], 6);
    assert_int_equal(t.end[2], 6);
    dc_import_tokens_release(&t);
}

static void of_completions(void **state)
{
    (void)state;
    struct dc_import_tokens t =
        read_ok("{\"tokens\":[\"a\",\"b\"],\"token_logprobs\":[-1,-2],"
                "\"top_logprobs\":[{\"a\":-1,\"c\":-2,\"d\":-3},"
                "{\"b\":-2,\"x\":-2,\"y\":-2}]}",
                "ab");
    assert_int_equal(t.k, 3);
    assert_true(t.tok[0].conf == 2.0F && t.tok[1].conf == 2.0F);
    assert_int_equal(t.end[1], 2);
    dc_import_tokens_release(&t);
}

static void what_is_missing(void **state)
{
    (void)state;
    struct dc_import_tokens t =
        read_ok("{\"content\":[{\"token\":\"a\",\"logprob\":-1}]}", "a");
    assert_int_equal(t.lacks, NO_CONF);
    assert_int_equal(t.k, 0);
    dc_import_tokens_release(&t);
    /* lists of two lengths are no top k */
    t = read_ok("{\"content\":[{\"token\":\"a\",\"logprob\":-1,"
                "\"top_logprobs\":[{\"logprob\":-1}]},{\"token\":\"b\","
                "\"logprob\":-1,\"top_logprobs\":[{\"logprob\":-1},"
                "{\"logprob\":-2}]}]}",
                "ab");
    assert_int_equal(t.lacks, NO_CONF);
    dc_import_tokens_release(&t);
    t = read_ok("{\"tokens\":[\"a\"],\"token_logprobs\":[null]}", "a");
    assert_int_equal(t.lacks, NO_CONF | DC_TOKEN_LOGPROB);
    dc_import_tokens_release(&t);
    /* tokens of another text, or not all of it */
    t = read_ok("{\"content\":[{\"token\":\"x\",\"logprob\":-1}]}", "ab");
    assert_null(t.end);
    dc_import_tokens_release(&t);
    t = read_ok("{\"content\":[{\"token\":\"a\",\"logprob\":-1}]}", "ab");
    assert_null(t.end);
    dc_import_tokens_release(&t);
}

static void lists_are_kept(void **state)
{
    (void)state;
    /* as vLLM has it: the sampled token first, whatever its rank */
    struct dc_import_tokens t = read_ok(
        "{\"content\":[{\"token\":\"a\",\"logprob\":-3,\"top_logprobs\":["
        "{\"token\":\"a\",\"logprob\":-3},{\"token\":\"b\",\"logprob\":-0.5},"
        "{\"token\":\"\\ufffd\",\"logprob\":-0.5,\"bytes\":[226,130]}]},"
        "{\"token\":\"b\",\"logprob\":-1,\"top_logprobs\":["
        "{\"token\":\"\",\"logprob\":0.0001},{\"logprob\":-1},"
        "{\"token\":\"c\",\"logprob\":null}]}]}",
        "ab");
    assert_int_equal(t.n_top, 3);
    assert_true(t.top[0].logprob == -0.5F && t.top[2].logprob == -3);
    assert_memory_equal(t.top[0].bytes, "b", 1);
    assert_int_equal(t.top[1].n, 2);
    assert_memory_equal(t.top[1].bytes, "\xE2\x82", 2);
    assert_memory_equal(t.top[2].bytes, "a", 1);
    assert_true(t.top[3].logprob == 0 && t.top[3].n == 0 && t.top[3].bytes);
    assert_null(t.top[4].bytes);
    assert_null(t.top[5].bytes);
    dc_import_tokens_release(&t);
    t = read_ok("{\"tokens\":[\"a\",\"b\"],\"token_logprobs\":[-1,-2],"
                "\"top_logprobs\":[{\"c\":-2,\"a\":-1},null]}",
                "ab");
    assert_int_equal(t.n_top, 2);
    assert_memory_equal(t.top[0].bytes, "a", 1);
    assert_true(t.top[1].logprob == -2 && !t.top[2].bytes && !t.top[3].bytes);
    dc_import_tokens_release(&t);
    t = read_ok("{\"content\":[{\"token\":\"a\",\"logprob\":-1,"
                "\"top_logprobs\":[{\"logprob\":-1}]}]}",
                "a");
    assert_int_equal(t.n_top, 0); /* no texts */
    assert_null(t.top);
    dc_import_tokens_release(&t);
}

static void half_characters(void **state)
{
    (void)state;
    struct dc_import_tokens t = read_ok(
        "{\"content\":[{\"token\":\"?\",\"logprob\":-1,\"bytes\":[97,226,130]},"
        "{\"token\":\"?\",\"logprob\":-1,\"bytes\":[172]}]}",
        "a\xE2\x82\xAC");
    assert_non_null(t.end);
    assert_int_equal(t.end[0], 1 | DC_TOK_PENDING);
    assert_int_equal(t.end[1], 4);
    dc_import_tokens_release(&t);
}

static void refused(void **state)
{
    static const char *const json[] = {
        "{\"content\":[{\"token\":\"a\",\"logprob\":0.5}]}", "{}",
        "{\"content\":{}}",
        ("{\"content\":[{\"token\":\"a\",\"logprob\":-1,\"top_logprobs\":"
         "[{\"token\":\"a\",\"logprob\":0.9}]}]}")};
    static const char *const says[] = {"0.5", "shape", "shape", "token 0"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct dc_import_tokens t;
        struct dc_err err = {.msg = ""};
        json_t *v = json_loads(json[i], 0, NULL);
        assert_int_equal(dc_import_tokens(v, "a", 0, &t, &err), DC_DATA);
        assert_non_null(strstr(err.msg, says[i]));
        dc_import_tokens_release(&t);
        json_decref(v);
    }
}

#define TOK(t, lp) "{\"token\":\"" t "\",\"logprob\":" lp "}"

/* What is no logarithm of a probability is no measurement, and no number. */
static void placeholders(void **state)
{
    static const char *const none[] = {
        "-9999",  "-9999.0", "-10000", "-1e4",   "-3.4028234663852886e38",
        "-1e308", "null",    "9999",   "\"-1\"", "[]"};
    char json[300];
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        snprintf(json, sizeof json,
                 "{\"content\":[" TOK("No", "%s") "," TOK(" way", "-1") "]}",
                 none[i]);
        struct dc_import_tokens t = read_ok(json, "No way");
        assert_int_equal(t.n, 2); /* the number of tokens is known */
        assert_int_equal(t.n_no_value, 1);
        assert_true(t.lacks & DC_TOKEN_LOGPROB);
        assert_int_equal(t.n_end, 0);
        dc_import_tokens_release(&t);
    }
}

/* A token behind the end that nothing is known of is none. */
static void ends(void **state)
{
    static const char *const end[] = {
        TOK("", "-9999.0"), TOK("<|im_end|>", "-9999.0"),
        "{\"token\":\"\",\"bytes\":[],\"logprob\":null}"};
    char json[400];
    (void)state;
    for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
        snprintf(json, sizeof json,
                 "{\"content\":[" TOK("No", "-1") "," TOK(" way", "-1") ",%s]}",
                 end[i]);
        struct dc_import_tokens t = read_ok(json, "No way");
        assert_int_equal(t.n, 2);
        assert_int_equal(t.n_end, 1);
        assert_false(t.lacks & DC_TOKEN_LOGPROB);
        assert_non_null(t.end);
        dc_import_tokens_release(&t);
    }
    struct dc_import_tokens t = read_ok(
        "{\"content\":[" TOK("No", "-1") "," TOK("<|im_end|>", "-2") "]}",
        "No");
    assert_int_equal(t.n, 2); /* a measured one stays */
    dc_import_tokens_release(&t);
    t = read_ok("{\"content\":[" TOK("No", "-1") "," TOK(" way", "-9999") "]}",
                "No way");
    assert_int_equal(t.n, 2); /* and one of the text */
    assert_true(t.lacks & DC_TOKEN_LOGPROB);
    dc_import_tokens_release(&t);
}

#define LIST(a, b)                                                             \
    "{\"token\":\"a\",\"logprob\":-1,\"top_logprobs\":[" a "," b "]}"

/* Lists with placeholders, twins, or of other lengths: no confidence. */
static void odd_lists(void **state)
{
    (void)state;
    struct dc_import_tokens t = read_ok(
        "{\"content\":[" LIST(TOK("a", "-1"), TOK("b", "-9999")) "]}", "a");
    assert_true(t.lacks & DC_TOKEN_CONF);
    assert_int_equal(t.n_bad_top, 1);
    assert_int_equal(t.n_top, 2);
    assert_true(t.top[0].logprob == -1.0F);
    assert_null(t.top[1].bytes); /* the placeholder is not kept */
    dc_import_tokens_release(&t);
    t = read_ok("{\"content\":[" LIST(TOK("a", "-1"), TOK("a", "-1")) "," LIST(
                    TOK("a", "-1"), TOK("b", "-2")) "]}",
                "aa");
    assert_true(t.lacks & DC_TOKEN_CONF); /* one and two alternatives */
    assert_int_equal(t.n_twice, 1);
    dc_import_tokens_release(&t);
    t = read_ok("{\"content\":[" LIST(TOK("a", "-1"),
                                      TOK("b", "-2")) "," TOK("a", "-1") "]}",
                "aa");
    assert_true(t.uneven && t.lacks & DC_TOKEN_CONF);
    assert_false(t.lacks & DC_TOKEN_LOGPROB);
    dc_import_tokens_release(&t);
    t = read_ok("{\"content\":[" TOK("a", "0") "," TOK("a", "0.0") "]}", "aa");
    assert_true(t.all_zero);
    dc_import_tokens_release(&t);
}

static void conf_is(const char *json, const char *text, unsigned k,
                    unsigned k_most, float first)
{
    struct dc_import_tokens t;
    json_t *v = json_loads(json, 0, NULL);
    assert_non_null(v);
    assert_int_equal(dc_import_tokens(v, text, k, &t, NULL), DC_OK);
    assert_int_equal(t.k_most, k_most);
    if (k > k_most || k_most == 0) {
        assert_true(t.lacks & DC_TOKEN_CONF);
        assert_int_equal(t.k, 0);
    } else {
        assert_false(t.lacks & DC_TOKEN_CONF);
        assert_int_equal(t.k, k ? k : k_most);
        assert_true(fabsf(t.tok[0].conf - first) < 1e-6F);
    }
    dc_import_tokens_release(&t);
    json_decref(v);
}

#define CHAT(t, lp, list)                                                      \
    "{\"token\":\"" t "\",\"logprob\":" lp ",\"top_logprobs\":[" list "]}"
#define OF(x) "{\"content\":[" x "]}"

/* vLLM's chat interface: always k entries, the sampled token first. */
static void displaced_ranks(void **state)
{
#define FIRST(lp, b, c) TOK("a", lp) "," TOK("b", b) "," TOK("c", c)
    (void)state;
    /* rank 3 of 3 lost: C(2) of both tokens, and no more */
    const char *json = OF(CHAT("a", "-9", FIRST("-9", "-1", "-2")) "," CHAT(
        "a", "-0.5", FIRST("-0.5", "-3", "-5")));
    conf_is(json, "aa", 0, 2, 1.5F);
    conf_is(json, "aa", 1, 2, 1);
    conf_is(json, "aa", 3, 2, 0);
    /* in order: the sampled token has rank 3 */
    conf_is(OF(CHAT("c", "-4", FIRST("-1", "-2", "-4"))), "c", 0, 3, 7.0F / 3);
    /* equal text and another log-probability: another token */
    conf_is(OF(CHAT("a", "-12", FIRST("-9", "-1", "-2"))), "a", 0, 3, 4);
    /* known by its bytes where there are some */
    conf_is(OF("{\"token\":\"x\",\"bytes\":[226],\"logprob\":-9,"
               "\"top_logprobs\":[{\"token\":\"y\",\"bytes\":[226],"
               "\"logprob\":-9}," TOK("b", "-1") "," TOK("c", "-2") "]}"),
            "\xE2", 0, 2, 1.5F);
    conf_is(OF("{\"token\":\"x\",\"bytes\":[226],\"logprob\":-9,"
               "\"top_logprobs\":[{\"token\":\"x\",\"bytes\":[130],"
               "\"logprob\":-9}," TOK("b", "-1") "," TOK("c", "-2") "]}"),
            "\xE2", 0, 3, 4);
#undef FIRST
}

#define LEGACY(a, b)                                                           \
    "{\"tokens\":[\"s\",\"t\"],\"token_logprobs\":[-9,-1],"                    \
    "\"top_logprobs\":[" a "," b "]}"

/* /v1/completions: k entries, and the sampled token where it is not in them. */
static void added_tokens(void **state)
{
    (void)state;
    conf_is(LEGACY("{\"s\":-9,\"b\":-1,\"c\":-2}", "{\"t\":-1,\"u\":-2}"), "st",
            0, 2, 1.5F);
    conf_is(LEGACY("{\"b\":-1,\"c\":-2,\"s\":-9}", "{\"t\":-1,\"u\":-2}"), "st",
            0, 2, 1.5F);
    /* the third of the first is not the sampled token */
    conf_is(LEGACY("{\"x\":-9,\"b\":-1,\"c\":-2}", "{\"t\":-1,\"u\":-2}"), "st",
            0, 0, 0);
    /* sampled at rank 2 of 2, listed first: nothing is displaced here */
    conf_is(LEGACY("{\"s\":-9,\"b\":-1}", "{\"t\":-1,\"u\":-2}"), "st", 0, 2,
            5);
    /* lists of more than one more are of no k */
    conf_is(LEGACY("{\"s\":-9,\"b\":-1,\"c\":-2}", "{\"t\":-1}"), "st", 0, 0,
            0);
    /* all tokens of a short one were added */
    conf_is("{\"tokens\":[\"s\"],\"token_logprobs\":[-9],\"top_logprobs\":["
            "{\"s\":-9,\"b\":-1,\"c\":-2}]}",
            "s", 0, 2, 1.5F);
}

static bool has(const char *json)
{
    json_t *v = json_loads(json, JSON_DECODE_ANY, NULL);
    bool is = dc_import_has_tokens(v);
    assert_non_null(v);
    json_decref(v);
    return is;
}

static void none_at_all(void **state)
{
    (void)state;
    assert_false(has("null"));
    assert_false(has("{}"));
    assert_false(has("{\"content\":null,\"refusal\":null}"));
    assert_false(has("{\"content\":[]}"));
    assert_false(has("{\"refusal\":[" TOK("No", "-1") "]}"));
    assert_false(has("{\"tokens\":[],\"token_logprobs\":[]}"));
    assert_true(has("{\"content\":[" TOK("No", "-1") "]}"));
    assert_true(has("{\"tokens\":[\"a\"]}"));
    assert_true(has("{\"values\":[1]}")); /* another shape, to be refused */
    assert_false(has("[1]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders),    cmocka_unit_test(ends),
        cmocka_unit_test(odd_lists),       cmocka_unit_test(none_at_all),
        cmocka_unit_test(displaced_ranks), cmocka_unit_test(added_tokens),
        cmocka_unit_test(of_chat),         cmocka_unit_test(of_completions),
        cmocka_unit_test(what_is_missing), cmocka_unit_test(half_characters),
        cmocka_unit_test(refused),         cmocka_unit_test(lists_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
