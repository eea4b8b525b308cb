/* Each word is read back as what it was written for, and no other is read. */
#include "base/mem.h"
#include "base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const no_word[] = {"", "stop ", "Stop", "(null)", "None"};

static void test_finish(void **state)
{
    enum dc_finish f = DC_FINISH_NONE;
    (void)state;
    for (int i = DC_FINISH_NONE; i <= DC_FINISH_UNKNOWN; i++) {
        assert_true(dc_finish_parse(dc_finish_name((enum dc_finish)i), &f));
        assert_int_equal(f, i);
        assert_int_equal(dc_finish_is_known(f),
                         i != DC_FINISH_NONE && i != DC_FINISH_UNKNOWN);
    }
    for (size_t i = 0; i < DC_COUNT(no_word); i++)
        assert_false(dc_finish_parse(no_word[i], &f));
    assert_int_equal(f, DC_FINISH_UNKNOWN); /* untouched */
}

static void test_cut(void **state)
{
    enum dc_cut c = DC_CUT_NONE;
    (void)state;
    assert_null(dc_cut_name(DC_CUT_NONE));
    for (int i = DC_CUT_WINDOW; i <= DC_CUT_CONFIDENCE; i++) {
        assert_true(dc_cut_parse(dc_cut_name((enum dc_cut)i), &c));
        assert_int_equal(c, i);
    }
    for (size_t i = 0; i < DC_COUNT(no_word); i++)
        assert_false(dc_cut_parse(no_word[i], &c));
}

static void test_gold(void **state)
{
    enum dc_gold g = DC_GOLD_NONE;
    (void)state;
    for (int i = 0; i < DC_N_GOLD; i++) {
        assert_true(dc_gold_parse(dc_gold_name((enum dc_gold)i), &g));
        assert_int_equal(g, i);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(dc_gold_asks((enum dc_gold)i),
                                    dc_gold_asks((enum dc_gold)k));
    }
    for (size_t i = 0; i < DC_COUNT(no_word); i++)
        assert_false(dc_gold_parse(no_word[i], &g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_gold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
