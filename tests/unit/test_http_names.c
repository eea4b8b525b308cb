/*
 * Names that are never found out: a resolver that hangs keeps nobody from
 * giving up, and counts as the loss of a name.
 *
 * getaddrinfo() of this program stands before libc's. libcurl calls it in a
 * thread of its own.
 */
#include "net/http.h"

#include <curl/curl.h>
#include <netdb.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sem_t asked, released;

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints,
                struct addrinfo **restrict out)
{
    (void)service, (void)hints;
    *out = NULL;
    if (!strcmp(name, "stuck.invalid")) {
        sem_post(&asked);
        while (sem_wait(&released) != 0)
            continue;
    }
    return EAI_NONAME;
}

static void poll_until_asked(struct dc_http *h)
{
    struct dc_http_event ev[4];
    while (sem_trywait(&asked) != 0)
        assert_int_equal(dc_http_poll(h, 10, ev, 4), 0);
}

/* Each of these would hang if it waited for the resolver. */
static void gives_up_on_a_resolver_that_hangs(void **state)
{
    (void)state;
    struct dc_http *h = dc_http_create(4);
    struct dc_http_event ev[4];
    struct dc_http_req r = dc_http_req_default("http://stuck.invalid/v1");
    for (unsigned i = 0; i < 3; i++) {
        r.connect_ms = i == 2 ? 100 : 3600000;
        assert_int_equal(dc_http_send(h, i, &r, NULL), DC_OK);
        poll_until_asked(h);
        if (i == 0)
            dc_http_abort(h, i);
    }
    while (dc_http_poll(h, 250, ev, 4) == 0)
        continue;
    assert_int_equal(ev[0].id, 2);
    assert_int_equal(ev[0].what, DC_HTTP_LOST);
    assert_int_equal(ev[0].loss, DC_HTTP_LOSS_DNS);
    assert_true(dc_http_busy(h, 1));
    dc_http_free(h);
    for (unsigned i = 0; i < 3; i++)
        sem_post(&released);
}

static void says_which_name_is_not_found(void **state)
{
    (void)state;
    struct dc_http *h = dc_http_create(1);
    struct dc_http_event ev;
    struct dc_http_req r = dc_http_req_default("http://other.invalid/v1?k=key");
    assert_int_equal(dc_http_send(h, 0, &r, NULL), DC_OK);
    while (dc_http_poll(h, 250, &ev, 1) == 0)
        continue;
    assert_int_equal(ev.what, DC_HTTP_LOST);
    assert_int_equal(ev.loss, DC_HTTP_LOSS_DNS);
    assert_non_null(strstr(ev.words, "other.invalid"));
    assert_null(strstr(ev.words, "key"));
    dc_http_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_up_on_a_resolver_that_hangs),
        cmocka_unit_test(says_which_name_is_not_found),
    };
    static const char *const proxy[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    if (LIBCURL_VERSION_NUM < 0x075700) {
        puts("SKIP: libcurl before 7.87 waits for its resolver");
        return 77;
    }
    for (size_t i = 0; i < 3; i++)
        unsetenv(proxy[i]);
    signal(SIGPIPE, SIG_IGN);
    sem_init(&asked, 0, 0);
    sem_init(&released, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
