/*
 * test_ask_score.c - where a reply has a word that is weighed, and which tokens
 * say it.
 */
#include "infer/ask_score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_places(void **state)
{
    static const struct {
        const char *behind, *text;
        bool here;
    } row[] = {
        {"", "", true},
        {"", " \n", true},
        {"", "Y", false},
        {"Refusal:", "Refusal:", true},
        {"Refusal:", "Safety: Safe\nrefusal: ", true},
        {"Refusal:", "Refusal: Y", false},
        {"Refusal:", "efusal:", false},
        {"<score>", "<think>\n</think>\n<score>\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct dc_ask_score s = {row[i].behind, {"yes", "no"}};
        assert_int_equal(
            dc_ask_score_here(&s, row[i].text, strlen(row[i].text)),
            row[i].here);
    }
}

static void test_words(void **state)
{
    static const struct {
        const char *token;
        unsigned says;
        bool whole;
    } row[] = {
        {"yes", 0, true},     {" Yes", 0, true},
        {"\"yes\"", 0, true}, {"\xE2\x96\x81YES", 0, true},
        {"y", 0, false},      {"no.", 1, true},
        {" No", 1, true},     {"'no'", 1, true},
        {"**No**", 1, true},  {" n", 1, false},
        {"", 2, false},       {" ", 2, false},
        {".", 2, false},      {"yesterday", 2, false},
        {"not", 2, false},    {"maybe", 2, false},
        {"\xFF", 2, false},   {"\xE2\x96\x81", 2, false},
    };
    const struct dc_ask_score yes_no = {"", {"Yes", "No"}};
    const struct dc_ask_score alike = {"", {"refusal", "refuted"}};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct dc_ask_said said =
            dc_ask_score_said(&yes_no, row[i].token, strlen(row[i].token));
        assert_int_equal(said.word, row[i].says);
        assert_int_equal(said.whole, row[i].whole);
    }
    assert_int_equal(dc_ask_score_said(&alike, "ref", 3).word, 2);
    assert_int_equal(dc_ask_score_said(&alike, "refus", 5).word, 0);
    assert_int_equal(dc_ask_score_said(&alike, "refut", 5).word, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
