/*
 * test_measure_memo.c - names recalled are names parsed, in any order.
 */
#include "conf/measure_memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(struct dc_measure_memo *m, size_t i, const char *name)
{
    struct dc_measure_spec want;
    bool is = dc_measure_parse(name, &want, NULL) == DC_OK;
    const struct dc_measure_spec *got = dc_measure_recall(m, i, name);
    assert_int_equal(got != NULL, is);
    if (got) {
        assert_ptr_equal(got->row, want.row);
        assert_string_equal(got->spec.text, want.spec.text);
    }
}

static const char longer[] = "a name that is longer than what is kept, and "
                             "then some more of it";

static void test_recall(void **state)
{
    static const char *const name[] = {
        "mean_prob",  "nll", "tail(8)", "tail", "group_min(4)",
        "no measure", "",    "mean",    longer};
    enum { N = sizeof name / sizeof name[0] };
    struct dc_measure_memo m = {.at = {{.is = false}}};
    (void)state;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < N; i++) {
            check(&m, i, name[i]); /* where it was */
            check(&m, i, name[i]);
            check(&m, i, name[(i + 1) % N]); /* another in its place */
            check(&m, DC_MEMO_MEASURES + i, name[i]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recall)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
