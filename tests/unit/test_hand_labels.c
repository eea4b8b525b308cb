/*
 * test_hand_labels.c - the file of labels given by hand: what is written is
 * read, the last line of a trace holds, and a line that can't be right is
 * named.
 */
#include "base/buf.h"
#include "data/hand_labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct dc_hand_stratum strata[] = {
    {"judged refusal", 12, DC_VERDICT_REFUSAL},
    {"judged compliance", 30, DC_VERDICT_COMPLIANCE},
};
static const char *const others[] = {"b", "c"};

static struct dc_hand_head head_of(const char *run)
{
    return (struct dc_hand_head){.run = run,
                                 .judge = "keywords",
                                 .version = "3",
                                 .other = others,
                                 .n_other = 2,
                                 .stratum = strata,
                                 .n_stratum = 2,
                                 .seed = 7};
}

static void put_head(struct dc_buf *b, const char *run)
{
    const struct dc_hand_head h = head_of(run);
    dc_hand_head_line(&h, "x.db", "m", b);
}

static void put_label(struct dc_buf *b, const char *id, int64_t idx,
                      enum dc_verdict v, bool none)
{
    char hex[DC_SHA256_HEX];
    const char *response = "No.\n\033[31m \"quoted\" \xc3\xa9";
    dc_sha256_hex(response, strlen(response), hex);
    const struct dc_hand_label l = {.id = id,
                                    .idx = idx,
                                    .sha256 = hex,
                                    .label = v,
                                    .seen = true,
                                    .note = "n",
                                    .prompt = "p",
                                    .response = response};
    dc_hand_label_line(&l, idx < 5 ? "judged refusal" : NULL, none, b);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct dc_hand_labels x;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    put_head(&b, "r1");
    put_label(&b, "a", 0, DC_VERDICT_REFUSAL, false);
    put_label(&b, "a", 7, DC_VERDICT_PARTIAL, false);
    assert_null(strchr(b.data, '\033')); /* spelt out */
    assert_true(dc_hand_labels_begin(b.data, b.n));
    assert_int_equal(dc_hand_labels_parse(b.data, b.n, &x, NULL), DC_OK);
    assert_int_equal(x.n_head, 1);
    assert_string_equal(x.head[0].run, "r1");
    assert_int_equal(x.head[0].n_other, 2);
    assert_int_equal(x.head[0].stratum[1].n, 30);
    assert_int_equal(x.head[0].stratum[1].verdict, DC_VERDICT_COMPLIANCE);
    assert_int_equal(x.head[0].seed, 7);
    assert_int_equal(x.n, 2);
    assert_true(x.label[0].drawn && x.label[0].stratum == 0);
    assert_false(x.label[1].drawn);
    assert_true(x.label[0].seen);
    assert_string_equal(x.label[0].response,
                        "No.\n\033[31m \"quoted\" \xc3\xa9");
    assert_int_equal(x.label[1].label, DC_VERDICT_PARTIAL);
    dc_hand_labels_release(&x);
    dc_buf_release(&b);
}

static void test_last_line_holds(void **state)
{
    (void)state;
    struct dc_hand_labels x;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    put_head(&b, "r1");
    put_label(&b, "a", 0, DC_VERDICT_REFUSAL, false);
    put_label(&b, "b", 0, DC_VERDICT_REFUSAL, false);
    put_label(&b, "a", 0, DC_VERDICT_COMPLIANCE, false);
    put_label(&b, "b", 0, DC_VERDICT_COMPLIANCE, true);
    put_head(&b, "r2"); /* another file behind it */
    put_label(&b, "a", 0, DC_VERDICT_UNDETERMINED, false);
    put_head(&b, "r1"); /* and the first run again */
    put_label(&b, "c", 1, DC_VERDICT_REFUSAL, false);
    assert_int_equal(dc_hand_labels_parse(b.data, b.n, &x, NULL), DC_OK);
    assert_int_equal(x.n_head, 2);
    assert_int_equal(x.n, 3);
    assert_int_equal(x.n_replaced, 2);
    assert_int_equal(x.n_taken_back, 1);
    const struct dc_hand_label *l = dc_hand_labels_find(&x, 0, "a", 0);
    assert_non_null(l);
    assert_int_equal(l->label, DC_VERDICT_COMPLIANCE);
    assert_null(dc_hand_labels_find(&x, 0, "b", 0));
    assert_int_equal(dc_hand_labels_find(&x, 1, "a", 0)->label,
                     DC_VERDICT_UNDETERMINED);
    assert_non_null(dc_hand_labels_find(&x, 0, "c", 1));
    dc_hand_labels_release(&x);
    dc_buf_release(&b);
}

static void refuse(const char *text, const char *says)
{
    struct dc_hand_labels x;
    struct dc_err err = {0};
    assert_int_equal(dc_hand_labels_parse(text, strlen(text), &x, &err),
                     DC_DATA);
    if (!strstr(err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
    dc_hand_labels_release(&x);
}

#define HEAD                                                                   \
    "{\"format\":\"deepconf-labels 1\",\"run\":\"r\",\"judge\":\"j\","         \
    "\"version\":\"1\",\"strata\":[{\"name\":\"s\",\"n\":3,"                   \
    "\"verdict\":\"refusal\"}]}\n"
/* SHA-256 of "x" */
#define HEX "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define LABEL(index, hex, label, stratum, response)                            \
    "{\"id\":\"a\",\"index\":" index ",\"sha256\":\"" hex                      \
    "\",\"label\":" label ",\"stratum\":" stratum                              \
    ",\"prompt\":\"p\",\"response\":" response "}\n"

static void test_refused(void **state)
{
    (void)state;
    struct dc_hand_labels x;
    const char *good = HEAD LABEL("0", HEX, "\"partial\"", "\"s\"", "\"x\"");
    assert_int_equal(dc_hand_labels_parse(good, strlen(good), &x, NULL), DC_OK);
    dc_hand_labels_release(&x);
    refuse(LABEL("0", HEX, "\"partial\"", "\"s\"", "\"x\""),
           "line 1: a label before any head");
    refuse(HEAD LABEL("-1", HEX, "\"partial\"", "\"s\"", "\"x\""),
           "line 2: \"index\" is something else; expected a number of 0");
    refuse(HEAD LABEL("0", "ff", "\"partial\"", "\"s\"", "\"x\""),
           "64 hexadecimal digits");
    refuse(HEAD LABEL("0", HEX, "\"no\"", "\"s\"", "\"x\""),
           "line 2: \"label\" is something else; expected refusal, partial");
    refuse(HEAD LABEL("0", HEX, "4", "\"s\"", "\"x\""), "\"label\"");
    refuse(HEAD LABEL("0", HEX, "\"none\"", "\"t\"", "\"x\""),
           "line 2: its stratum is none of those in line 1");
    refuse(HEAD LABEL("0", HEX, "\"partial\"", "3", "\"x\""),
           "its stratum is none");
    refuse(HEAD LABEL("0", HEX, "\"partial\"", "null", "\"y\""),
           "its sha256 is not that of its response");
    refuse(HEAD LABEL("0", HEX, "\"partial\"", "null", "null"),
           "\"response\" is something else");
    refuse(HEAD "{\"id\":\"a\"}\n", "\"index\" is missing");
    refuse(HEAD "{\"id\"\n", "line 2");
    refuse("{\"format\":\"deepconf-labels 2\"}\n", "deepconf-labels 1");
    refuse("{\"format\":\"deepconf-labels 1\",\"run\":\"r\",\"judge\":\"j\","
           "\"version\":\"1\",\"strata\":[{\"name\":\"s\",\"n\":3}]}\n",
           "a \"verdict\" of each");
    refuse("{\"format\":\"deepconf-labels 1\",\"run\":\"r\",\"judge\":\"j\","
           "\"version\":\"1\",\"strata\":3}\n",
           "\"strata\" is something else");
    refuse(HEAD "{\"format\":\"deepconf-labels 1\",\"run\":\"r\","
                "\"judge\":\"j\",\"version\":\"2\",\"strata\":[]}\n",
           "line 2: other strata of the same run than in line 1");
}

static void test_begins(void **state)
{
    (void)state;
    static const char *const no[] = {
        "",
        "id,prompt\n",
        "{\"format\": \"deepconf-validation 1\"}\n",
        "{\"format\": 3}\n",
        "{\"id\": \"a\"}\n",
        "[1]\n",
        "{\"format\":"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(dc_hand_labels_begin(no[i], strlen(no[i])));
    assert_true(dc_hand_labels_begin(HEAD, strlen(HEAD)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_last_line_holds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
