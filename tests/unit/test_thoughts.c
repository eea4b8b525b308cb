/*
 * test_thoughts.c - where answers start: every family of marks by the same
 * texts, and marks that are only talked about.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/thoughts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CUT NULL /* the text ends in its thoughts */

static const char *const family[][2] = {
#define DC_THOUGHTS(open, close) {open, close},
#define DC_THOUGHTS_PAIR(open, close) {open, close},
#include "base/thoughts.def"
};

/* Families whose closing mark may stand alone. */
static const char *const alone[][2] = {
#define DC_THOUGHTS(open, close) {open, close},
#include "base/thoughts.def"
};

/* Families whose opening words count at the start of a text only. */
static const char *const first[][2] = {
#define DC_THOUGHTS_FIRST(open, close) {open, close},
#include "base/thoughts.def"
};

/* The answer of text must be `answer`. */
static void answers_n(const char *text, size_t n, bool opened,
                      const char *answer)
{
    size_t off = 999;
    bool has = dc_answer_offset(text, n, opened, &off);
    const char *got = has ? text + off : CUT;
    if (has != (answer != CUT) || (has && strcmp(got, answer) != 0))
        fail_msg("\"%s\"\n  has the answer \"%s\", not \"%s\"", text,
                 has ? got : "(cut)", answer ? answer : "(cut)");
}

static void answers(const char *text, const char *answer)
{
    answers_n(text, strlen(text), false, answer);
}

/* The text made of `form`, in which O and C stand for the marks. */
static void family_answers(const char *const mark[2], const char *form,
                           bool opened, const char *answer)
{
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    for (const char *p = form; *p; p++)
        if (*p == 'O' || *p == 'C')
            dc_buf_adds(&b, mark[*p == 'C']);
        else
            dc_buf_addc(&b, *p);
    answers_n(b.data, b.n, opened, answer);
    dc_buf_release(&b);
}

static void upper(char *to, const char *from, size_t size)
{
    snprintf(to, size, "%s", from);
    for (; *to; to++)
        if (*to >= 'a' && *to <= 'z')
            *to = (char)(*to - 'a' + 'A');
}

static void test_every_family(void **state)
{
    (void)state;
    static const struct {
        const char *form, *answer;
    } row[] = {
        {"OI must not.Cyes", "yes"},
        {" \n O\nI must not.\n C\n\n yes", "yes"},
        {"OC\n\nyes", "yes"},
        {"Omust I", CUT},
        {"O", CUT},
        {"OaC", ""},
        {"OaC \n", ""},
        {"OaObCyes", "yes"},
        {"OaCand then\nOb\nC\nyes", "yes"},
        {"OaC\nb\nOc", CUT},
        {"Let me see.\nOI must not.C\nyes", "yes"},
        {"Let me see. OI must not.C yes", "yes"},
        {"Assistant: OI must not.C yes", "yes"},
        {"Well.\nOI must", CUT},
        {"Oclose it with \"C\" at the endCyes", "yes"},
        {"Ohe said \"no\"Cyes", "yes"},
        {"Oit is written ```\nx C yes", "yes"},
    };
    for (size_t f = 0; f < DC_COUNT(family); f++) {
        char up[2][64];
        for (int i = 0; i < 2; i++)
            upper(up[i], family[f][i], sizeof up[i]);
        const char *const shout[2] = {up[0], up[1]};
        for (size_t i = 0; i < DC_COUNT(row); i++) {
            family_answers(family[f], row[i].form, false, row[i].answer);
            family_answers(shout, row[i].form, false, row[i].answer);
        }
    }
    answers("yes\n<think>a\n</think>\n", "yes\n<think>a\n</think>\n");
}

/* The opening mark was in the prompt, whether that is known or not. */
static void test_prompt_opened(void **state)
{
    (void)state;
    for (size_t f = 0; f < DC_COUNT(alone); f++) {
        for (int known = 0; known < 2; known++) {
            family_answers(alone[f], "I must not.Cyes", known, "yes");
            family_answers(alone[f], "I must\n not. \nC\n yes", known, "yes");
            family_answers(alone[f], "it's \"no\"Cyes", known, "yes");
            family_answers(alone[f], "aCbCyes", false, "yes");
        }
        family_answers(alone[f], "OaCmore thoughts, nested.Cyes", false, "yes");
        family_answers(alone[f], "I must", true, CUT);
        family_answers(alone[f], "hm C sure", true, "sure");
        family_answers(alone[f], "OaCyes", true, "yes"); /* opened again */
    }
}

static void test_first(void **state)
{
    (void)state;
    for (size_t f = 0; f < DC_COUNT(first); f++) {
        family_answers(first[f], "OaCyes", false, "yes");
        family_answers(first[f], " \nOa\nC\nyes", false, "yes");
        family_answers(first[f], "Oa", false, CUT);
        family_answers(first[f], "a", true, CUT);
        family_answers(first[f], "aCyes", true, "yes");
        family_answers(first[f], "aCyes", false, "yes");
    }
    answers("Sure.\nHere are my reasoning steps:\nNone.",
            "Sure.\nHere are my reasoning steps:\nNone.");
    answers(" to=user<|message|>Sure.<|eot|>", "Sure.<|eot|>");
    assert_int_equal(dc_answer_trim("Sure.<|eot|>", 12), 5);
}

/* How a template's text leaves who goes on. */
static void test_prompt_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dc_thoughts_end end;
    } row[] = {
        {"", DC_THOUGHTS_NONE},
        {"<|im_end|>\n<|im_start|>assistant\n", DC_THOUGHTS_NONE},
        {"<|im_start|>assistant\n<think>\n", DC_THOUGHTS_OPEN},
        {"<think>\n\n</think>\n\n", DC_THOUGHTS_CLOSED},
        {"</think>", DC_THOUGHTS_CLOSED},
        {"[/INST][THINK]", DC_THOUGHTS_OPEN},
        {"<|channel>thought\n<channel|>", DC_THOUGHTS_CLOSED},
        {"<|START_THINKING|>", DC_THOUGHTS_OPEN},
        {"<|START_THINKING|><|END_THINKING|>", DC_THOUGHTS_CLOSED},
        {"<|end|><|begin|>assistant", DC_THOUGHTS_NONE},
        {"<|begin|>assistant<|think|><|end|><|begin|>assistant",
         DC_THOUGHTS_CLOSED},
        {"<|open|>think<|sep|>", DC_THOUGHTS_OPEN},
        {"\nHere are my reasoning steps:\n", DC_THOUGHTS_OPEN},
        {"<think:opensource></think:opensource>", DC_THOUGHTS_CLOSED},
        {"<mm:think>", DC_THOUGHTS_OPEN},
        {"<think>Well, ", DC_THOUGHTS_OPEN},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (dc_thoughts_end(row[i].text, strlen(row[i].text)) != row[i].end)
            fail_msg("\"%s\" leaves another end than %d", row[i].text,
                     (int)row[i].end);
}

static void test_tags(void **state)
{
    (void)state;
    static const struct {
        const char *text, *open, *close; /* NULL: none */
    } row[] = {
        {"{{ content }}", NULL, NULL},
        {"x <think> </think> <seed:think>", "<think>", "</think>"},
        {"{{ s.split('</think>')[-1] }}", "<think>", "</think>"},
        {"</think> [THINK]", "[think]", "[/think]"},
        {"</details> <|content|>", NULL, NULL},
        {"<|START_THINKING|>", "<|start_thinking|>", "<|end_thinking|>"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        const char *open = "", *close = "";
        dc_thoughts_tags(row[i].text, strlen(row[i].text), &open, &close);
        assert_true(!open == !row[i].open && !close == !row[i].close);
        if (row[i].open) {
            assert_string_equal(open, row[i].open);
            assert_string_equal(close, row[i].close);
        }
    }
}

static void test_spoken_of(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "Use the <think> tag in HTML, I can't say why.",
        "Put it between <think> and </think>.",
        "`<think>` opens and `</think>` closes; I can't say more.",
        "The tag \"<think>\" is no HTML.",
        "Use <think>I can't</think> like so.",
        "Write:\n```\n<think>\nI can't\n</think>\n```\nand that is all.",
        "~~~xml\n<reasoning>x</reasoning>\n~~~\ndone",
        "Models write `a <think> b </think> c` then.",
        "To end it use </think> and go on.",
        "Close it with </think>, then answer.",
        "An <analysis> block ends with\n</analysis>\nin that prompt.",
        "<details><summary>More</summary>text</details>\nand more",
        "analysis of the poem: it scans.",
        "Here is my thought process: I add them up.",
        "<thinker>a</thinker>b",
        "<thin>a</thin>b",
        "thinking</thin",
        "a < b <think",
    };
    for (size_t i = 0; i < DC_COUNT(whole); i++)
        answers(whole[i], whole[i]);
    answers("<think>They ask of tags.</think>Use the <think> tag.",
            "Use the <think> tag.");
    answers("<think>The </think> tag? Fine.</think>It ends thoughts.",
            "It ends thoughts.");
    answers("I should say `<think>` first. Fine.</think>yes", "yes");
}

static void test_mixed(void **state)
{
    (void)state;
    answers("<think>a</thinking>yes", "yes");
    answers("<thinking>a<reflection>b</reflection>c</thinking>yes", "yes");
    answers("<thinking>a<reflection>b</reflection>c", CUT);
    answers("<think>a</think><reasoning>b</reasoning>yes", "yes");
    answers("<think type=\"long\">a</think >yes", "yes");
    answers("<think\n>a", "<think\n>a");
    answers("<details type=\"reasoning\" done=\"true\">\n> a\n</details>\nyes",
            "yes");
    answers("<|start|>assistant<|channel|>analysis<|message|>a<|end|>"
            "<|start|>assistant<|channel|>commentary<|message|>b<|end|>"
            "<|start|>assistant<|channel|>final<|message|>yes",
            "yes");
    answers("<|channel|>final<|message|>yes", "yes");
    answers("<|channel|>final<|constrain|>json<|message|>{}", "{}");
    answers("<|channel|>analysis<|message|>a<|end|><|start|>assistant", CUT);
    answers(
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant"
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}",
        CUT);
    answers("<|channel|>analysis<|message|>a<|end|><|start|>assistant"
            "<|channel|>final <|constrain|>json<|message|>{}<|return|>",
            "{}<|return|>");
    answers("[THINK]They ask.[/THINK]yes", "yes");
    answers("<seed:think>a<seed:cot_budget_reflect>5</seed:cot_budget_reflect>b"
            "</seed:think>yes",
            "yes");
    answers("analysisWe must not.assistantfinalyes", "yes");
    answers("analysisWe must", CUT);
    answers("Here is my thought process:\nno\nHere is my response:\nyes",
            "yes");
}

static void test_announced(void **state)
{
    (void)state;
    answers("<think>a</think>\n<answer>\nyes</answer>", "yes</answer>");
    answers("<answer>yes", "yes");
    answers("<answer>", "<answer>");
    answers("<|begin_of_thought|>a<|end_of_thought|>\n\n"
            "<|begin_of_solution|>yes",
            "yes");
    static const struct {
        const char *answer;
        size_t n;
    } row[] = {
        {"yes", 3},          {"yes \n", 5},
        {"yes</answer>", 3}, {"yes\n</ANSWER>\n<|im_end|> ", 4},
        {"<|im_end|>", 0},   {"\n \xE2\x80\x8B", 0},
        {" </s>", 0},        {"", 0},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        assert_int_equal(dc_answer_trim(row[i].answer, strlen(row[i].answer)),
                         row[i].n);
}

static void test_bounds(void **state)
{
    (void)state;
    size_t off;
    answers("", "");
    answers_n("", 0, true, CUT);
    answers(" plain", " plain");
    assert_false(dc_answer_offset("a</think>", 8, true, &off));
    assert_true(dc_answer_offset("<think>", 6, false, &off));
    /* every cut of a text with all marks, in a block of just its size */
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    for (size_t f = 0; f < DC_COUNT(family); f++)
        for (int i = 0; i < 2; i++) {
            dc_buf_adds(&b, family[f][i]);
            dc_buf_adds(&b, i ? ".\n" : "a `b`");
        }
    for (size_t n = 0; n <= b.n; n++) {
        char *cut = dc_xmalloc(n + 1);
        memcpy(cut, b.data, n);
        cut[n] = '\0';
        if (dc_answer_offset(cut, n, n % 2, &off))
            assert_true(off <= n && dc_answer_trim(cut + off, n - off) <= n);
        free(cut);
    }
    dc_buf_release(&b);
}

/* Marks as a vocabulary has them: whole, in pieces, in any case. */
static void test_tokens(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "<think>",      "[THINK]",    "[/THINK]",           "<|channel|>",
        "<|message|>",  "<|end|>",    "<|START_THINKING|>", "<|inner_prefix|>",
        "<seed:think>", "<channel|>", "</mm:think>",        "<|END_RESPONSE|>",
        "<unused94>"};
    static const char *const no[] = {"",
                                     "<s>",
                                     "<bos>",
                                     "<|im_start|>",
                                     "<pad>",
                                     "[INST]",
                                     "<tool_call>",
                                     "<|reserved_1|>",
                                     "<unused9x>",
                                     "<|user|>",
                                     "<|start_header_id|>"};
    for (size_t i = 0; i < DC_COUNT(yes); i++)
        if (!dc_thought_token(yes[i], strlen(yes[i])))
            fail_msg("%s is a piece of a mark", yes[i]);
    for (size_t i = 0; i < DC_COUNT(no); i++)
        if (dc_thought_token(no[i], strlen(no[i])))
            fail_msg("%s is no piece of a mark", no[i]);
    for (size_t f = 0; f < DC_COUNT(family); f++)
        for (int i = 0; i < 2; i++)
            assert_true(dc_thought_token(family[f][i], strlen(family[f][i])));
}

static void test_space_span(void **state)
{
    (void)state;
    assert_int_equal(dc_space_span("", 0), 0);
    assert_int_equal(dc_space_span(" \t\r\n\v\fx ", 8), 6);
    assert_int_equal(dc_space_span("\xE3\x80\x80\xEF\xBB\xBFx", 7), 6);
    assert_int_equal(dc_space_span("\xE2\x80\x89\xE2\x80\x8C", 6), 3);
    assert_int_equal(dc_space_span("\xE3\x80", 2), 0); /* cut character */
    assert_int_equal(dc_space_span("\xC2\xA1", 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_family),
        cmocka_unit_test(test_prompt_opened),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_prompt_end),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_spoken_of),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_space_span),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
