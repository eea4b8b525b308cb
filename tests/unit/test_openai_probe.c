/*
 * What a probe finds, against tests/servers/mock.py: each way in which a server
 * can be other than asked for shows in the probe, and nothing else does.
 */
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

static struct dc_probe_cfg cfg_of(const char *path, const char *model)
{
    static char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", mock.port, path);
    return (struct dc_probe_cfg){.url = url, .model = model, .k = 10};
}

static void says_what_a_plain_server_can_do(void **state)
{
    (void)state;
    struct dc_probe_cfg c = cfg_of("/v1", "mock");
    struct dc_probe p;
    struct dc_err err;
    if (dc_openai_probe(&c, &p, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(p.model, "mock");
    assert_string_equal(p.fingerprint, "fp_mock");
    assert_true(p.chat && p.completions && p.logprobs && p.usage);
    assert_int_equal(p.n_top_max, 10);
    assert_int_equal(p.n_ctx, 2048);
    assert_int_equal(p.n_slots, 4);
    assert_false(dc_probe_bad(&p, NULL));
    dc_probe_release(&p);
}

static void refuses_a_wrong_key(void **state)
{
    (void)state;
    struct dc_probe_cfg c = cfg_of("/v1", "mock:401");
    struct dc_probe p;
    struct dc_err err;
    c.key = "sk-very-secret";
    assert_int_equal(dc_openai_probe(&c, &p, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "/v1/chat/completions answers 401"));
    assert_null(strstr(err.msg, "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_plain_server_can_do),
        cmocka_unit_test(refuses_a_wrong_key),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    mock_server_stop(&mock);
    return rc;
}
