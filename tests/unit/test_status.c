/*
 * Errors: exit codes of every status, messages that are cut between
 * characters, prefixes, and that nobody has to pass an err.
 */
#include "base/utf8.h"

#include <deepconf/status.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fills_and_returns(void **state)
{
    struct dc_err err = {0};

    (void)state;
    assert_int_equal(dc_fail(&err, DC_DATA, "%s:%d: no gold", "a.csv", 7),
                     DC_DATA);
    assert_int_equal(err.status, DC_DATA);
    assert_string_equal(err.msg, "a.csv:7: no gold");
    assert_int_equal(dc_fail(NULL, DC_IO, "nobody listens"), DC_IO);
}

static void final_newlines_go(void **state)
{
    struct dc_err err;

    (void)state;
    dc_fail(&err, DC_IO, "one\ntwo\n\n");
    assert_string_equal(err.msg, "one\ntwo");
    dc_fail(&err, DC_IO, "\n");
    assert_string_equal(err.msg, "");
}

/* Every alignment of 1- to 4-byte characters against the end. */
static void cuts_between_characters(void **state)
{
    char text[DC_ERR_MSG + 64];
    struct dc_err err;

    (void)state;
    for (size_t lead = 0; lead < 12; lead++) {
        size_t n = lead;
        memset(text, 'x', lead);
        while (n + 10 < sizeof(text)) {
            memcpy(text + n, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10);
            n += 10;
        }
        text[n] = '\0';
        dc_fail(&err, DC_DATA, "%s", text);
        size_t got = strlen(err.msg);
        assert_true(dc_utf8_valid(err.msg, got, NULL));
        assert_in_range(got, DC_ERR_MSG - 4, DC_ERR_MSG - 1);
        assert_memory_equal(err.msg, text, got);
    }
}

static void longest_whole_message(void **state)
{
    char text[DC_ERR_MSG + 1];
    struct dc_err err;

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text + DC_ERR_MSG - 3, "\xC3\xA9", 3); /* 1,023 bytes */
    dc_fail(&err, DC_DATA, "%s", text);
    assert_string_equal(err.msg, text);
    memset(text, 'x', sizeof(text));
    text[DC_ERR_MSG] = '\0'; /* 1,024: one does not fit */
    dc_fail(&err, DC_DATA, "%s", text);
    assert_int_equal(strlen(err.msg), DC_ERR_MSG - 1);
}

static void prefix_goes_before(void **state)
{
    struct dc_err err;

    (void)state;
    dc_fail(&err, DC_IO, "cannot open");
    assert_int_equal(dc_err_prefix(&err, DC_IO, "prompt %d", 3), DC_IO);
    assert_string_equal(err.msg, "prompt 3: cannot open");
    assert_int_equal(dc_err_prefix(&err, DC_STORE, "run"), DC_STORE);
    assert_int_equal(err.status, DC_STORE);
    assert_string_equal(err.msg, "run: prompt 3: cannot open");
    assert_int_equal(dc_err_prefix(NULL, DC_IO, "x"), DC_IO);
    assert_int_equal(dc_err_prefix(&err, DC_OK, "x"), DC_OK);
    assert_string_equal(err.msg, "run: prompt 3: cannot open");
}

static void prefix_is_cut_between_characters(void **state)
{
    char text[DC_ERR_MSG];
    struct dc_err err;

    (void)state;
    for (size_t lead = 0; lead < 6; lead++) {
        size_t n = 0;
        for (; n + 4 < sizeof(text); n += 3)
            memcpy(text + n, "\xE2\x82\xAC", 3);
        text[n] = '\0';
        dc_fail(&err, DC_DATA, "%s", text);
        dc_err_prefix(&err, DC_DATA, "%.*s", (int)lead, "abcdef");
        assert_true(dc_utf8_valid(err.msg, strlen(err.msg), NULL));
        assert_in_range(strlen(err.msg), DC_ERR_MSG - 3, DC_ERR_MSG - 1);
    }
}

/* An argument may be the message that is being replaced. */
static void own_message_as_argument(void **state)
{
    struct dc_err err;

    (void)state;
    dc_fail(&err, DC_IO, "inner");
    dc_fail(&err, DC_DATA, "outer (%s)", err.msg);
    assert_string_equal(err.msg, "outer (inner)");
}

static void exit_codes(void **state)
{
    (void)state;
    assert_int_equal(dc_status_exit_code(DC_OK), 0);
    assert_int_equal(dc_status_exit_code(DC_GATE), 1);
    assert_int_equal(dc_status_exit_code(DC_USAGE), 2);
    assert_int_equal(dc_status_exit_code(DC_DATA), 3);
    assert_int_equal(dc_status_exit_code(DC_BACKEND), 4);
    assert_int_equal(dc_status_exit_code(DC_STORE), 5);
    assert_int_equal(dc_status_exit_code(DC_IO), 6);
    assert_int_equal(dc_status_exit_code(DC_INTERRUPTED), 130);
#define X(name, code, text)                                                    \
    assert_string_equal(dc_status_text(DC_##name), text);
    DC_STATUS_LIST(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_and_returns),
        cmocka_unit_test(final_newlines_go),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(longest_whole_message),
        cmocka_unit_test(prefix_goes_before),
        cmocka_unit_test(prefix_is_cut_between_characters),
        cmocka_unit_test(own_message_as_argument),
        cmocka_unit_test(exit_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
