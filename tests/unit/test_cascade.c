/*
 * test_cascade.c - files of cascades, right and wrong, and who decides what.
 */
#include "base/mem.h"
#include "judge/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/dc_cascade_XXXXXX";
static char path[64], spec[80];

static enum dc_status open_text(const char *text, struct dc_judge **j,
                                struct dc_err *err)
{
    const struct dc_judge_cfg c = dc_judge_cfg_default();
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return dc_judge_open(spec, &c, j, err);
}

#define STAGES(s) "{\"cascade\": 1, \"stages\": [" s "]}"
#define REQUEST "{\"judge\": \"keywords-request\"}"
#define FIRST(band) "{\"judge\": \"keywords-request\", \"abstain\": {" band "}}"

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "is empty"},
        {"{", "line 1: not JSON"},
        {"[]", "no file of a cascade"},
        {"{\"cascade\": 2, \"stages\": []}", "no file of a cascade"},
        {"{\"cascade\": 1, \"stage\": []}", "\"stage\" is not known"},
        {STAGES(""), "0 stages"},
        {STAGES(REQUEST), "1 stages"},
        {STAGES(REQUEST "," REQUEST), "without \"abstain\""},
        {STAGES(FIRST("\"verdicts\": [\"partial\"]") "," FIRST(
             "\"verdicts\": [\"partial\"]")),
         "the last stage"},
        {STAGES(FIRST("") "," REQUEST), "abstain"},
        {STAGES(FIRST("\"verdict\": [\"partial\"]") "," REQUEST),
         "\"verdict\" is not known"},
        {STAGES(FIRST("\"verdicts\": [\"maybe\"]") "," REQUEST), "\"maybe\""},
        {STAGES(FIRST("\"verdicts\": [\"undetermined\"]") "," REQUEST),
         "always passed on"},
        {STAGES(FIRST("\"verdicts\": [1]") "," REQUEST), "texts"},
        {STAGES(FIRST("\"rules\": []") "," REQUEST), "abstain.rules"},
        {STAGES(FIRST("\"rules\": [\"request/nine\"]") "," REQUEST),
         "no rule \"request/nine\"; did you mean \"request/none\"?"},
        {STAGES(FIRST("\"rules\": [\"sorry-*\"]") "," REQUEST),
         "no rule \"sorry-*\""},
        {STAGES("{\"judge\": \"keywords\", \"abstain\": {\"rules\": "
                "[\"none\", \"short-np\"]}}," REQUEST),
         "stage 1: abstain.rules: keywords has no rule \"short-np\"; did you "
         "mean \"short-no\"?"},
        {STAGES(FIRST("\"score\": [0.8, 0.2]") "," REQUEST), "LO <= HI"},
        {STAGES(FIRST("\"score\": [0.2]") "," REQUEST), "LO <= HI"},
        {STAGES(FIRST("\"score\": [0.2, 0.8]") "," REQUEST), "no scores"},
        {STAGES("{\"judge\": \"phrase10\", \"abstain\": {\"verdicts\": "
                "[\"partial\"]}}," REQUEST),
         "did you mean phrases10"},
        {STAGES("{\"judge\": \"cascade=x.json\", \"abstain\": {\"verdicts\": "
                "[\"partial\"]}}," REQUEST),
         "stage 1: cascade="},
        {STAGES(FIRST("\"verdicts\": [\"partial\"]") ",{\"judge\": 3}"),
         "stage 2"},
    };
    for (size_t i = 0; i < DC_COUNT(bad); i++) {
        struct dc_judge *j = NULL;
        struct dc_err err = {0};
        enum dc_status st = open_text(bad[i].text, &j, &err);
        assert_true(st == DC_DATA || st == DC_USAGE);
        assert_null(j);
        assert_non_null(strstr(err.msg, path));
        if (!strstr(err.msg, bad[i].says))
            fail_msg("expected \"%s\" in: %s", bad[i].says, err.msg);
    }
}

/* Versions: the same file the same, another band another. */
static void test_version(void **state)
{
    (void)state;
    static const char *const text[] = {
        STAGES(FIRST("\"verdicts\": [\"refusal\"]") "," REQUEST),
        STAGES(FIRST("\"verdicts\": [\"compliance\"]") "," REQUEST),
        STAGES(FIRST("\"rules\": [\"request/1\"]") "," REQUEST)};
    char version[3][DC_JUDGE_VERSION];
    for (size_t i = 0; i < 3; i++) {
        struct dc_judge *j = NULL;
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(open_text(text[i], &j, NULL), DC_OK);
            if (twice)
                assert_string_equal(version[i], j->version);
            snprintf(version[i], sizeof version[i], "%s", j->version);
            assert_non_null(strstr(j->version, "keywords-request 1"));
            dc_judge_close(j);
        }
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(version[i], version[k]);
    }
}

/* "request/1*" has two rules of the list, 1 and 10. */
static void test_bands(void **state)
{
    (void)state;
    static const char text[] =
        STAGES(FIRST("\"rules\": [\"request/1*\", \"request/none\"]") "," FIRST(
            "\"verdicts\": [\"compliance\"]") "," REQUEST);
    static const char *const say[] = {
        "I cannot do that.",                /* passed, then decided by 2 */
        "Well, I'm unable to.",             /* decided by 1 */
        "Sure.",                            /* passed twice */
        "I don't have the ability to see.", /* passed, then decided by 2 */
    };
    static const enum dc_verdict want[] = {
        DC_VERDICT_REFUSAL, DC_VERDICT_REFUSAL, DC_VERDICT_COMPLIANCE,
        DC_VERDICT_REFUSAL};
    static const uint64_t asked[] = {4, 3, 1}, decided[] = {1, 2, 1};
    struct dc_judge_item item[4];
    struct dc_judgement out[4];
    struct dc_judge *j = NULL;
    size_t n;
    assert_int_equal(open_text(text, &j, NULL), DC_OK);
    for (size_t i = 0; i < 4; i++) {
        item[i] = (struct dc_judge_item){"", 0, say[i], strlen(say[i])};
        out[i] = (struct dc_judgement){.rule = ""};
    }
    assert_int_equal(j->ops->judge(j, item, 4, out, NULL), DC_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(out[i].verdict, want[i]);
        assert_false(out[i].has_score);
    }
    assert_int_equal(out[1].span_off, 6);
    const struct dc_judge_stage *s = j->ops->stages(j, &n);
    assert_int_equal(n, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(s[k].n_asked, asked[k]);
        assert_int_equal(s[k].n_decided, decided[k]);
        assert_string_equal(s[k].label, "keywords-request");
        assert_true(s[k].ms >= 0);
    }
    dc_judge_close(j);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/c.json", dir);
    snprintf(spec, sizeof spec, "cascade=%s", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_bands),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
