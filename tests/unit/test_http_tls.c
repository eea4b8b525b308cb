/*
 * Requests over TLS: a certificate that nobody vouches for is refused, one that
 * the environment names is taken, and an abort reaches the server.
 */
#include "http_util.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

static struct tester t;
static char folder[] = "/tmp/test_http_tls.XXXXXX";
static char cert_path[100], key_path[100];

static void add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

/* A certificate of a day for 127.0.0.1, signed by itself. */
static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    assert_non_null(x);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 24 * 3600L);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"mock", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(x, NID_subject_alt_name, "IP:127.0.0.1");
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static int start(void **state)
{
    (void)state;
    const char *option[] = {"--tls", cert_path, key_path, NULL};
    assert_non_null(mkdtemp(folder));
    snprintf(cert_path, sizeof cert_path, "%s/cert.pem", folder);
    snprintf(key_path, sizeof key_path, "%s/key.pem", folder);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    X509 *x = make_certificate(key);
    FILE *f = fopen(cert_path, "w");
    assert_true(f && PEM_write_X509(f, x) && fclose(f) == 0);
    f = fopen(key_path, "w");
    assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) &&
                fclose(f) == 0);
    X509_free(x);
    EVP_PKEY_free(key);
    tester_start(&t, option);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tester_end(&t);
    unlink(cert_path);
    unlink(key_path);
    rmdir(folder);
    return 0;
}

static struct got *tls_get(unsigned id, const char *path)
{
    char url[100];
    snprintf(url, sizeof url, "https://127.0.0.1:%u%s", t.mock.port, path);
    struct dc_http_req r = dc_http_req_default(url);
    tester_send(&t, id, &r);
    return tester_finish(&t, id);
}

static void refuses_what_nobody_vouches_for(void **state)
{
    (void)state;
    struct got *g = tls_get(0, "/v1/models");
    assert_int_equal(g->what, DC_HTTP_LOST);
    assert_int_equal(g->loss, DC_HTTP_LOSS_TLS);
    assert_non_null(strstr(g->words, "CURL_CA_BUNDLE=FILE"));
    setenv("SSL_CERT_FILE", "/nowhere/cert.pem", 1);
    g = tls_get(0, "/v1/models");
    assert_int_equal(g->loss, DC_HTTP_LOSS_TLS);
    assert_non_null(strstr(g->words, "/nowhere/cert.pem"));
    unsetenv("SSL_CERT_FILE");
}

static void takes_certificates_of_the_environment(void **state)
{
    (void)state;
    static const char *const name[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE"};
    for (size_t i = 0; i < 2; i++) {
        /* Not over the connection that the last one proved. */
        dc_http_free(t.h);
        t.h = dc_http_create(N_PLACE);
        setenv(name[i], cert_path, 1);
        struct got *g = tls_get(0, "/v1/models");
        assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
        assert_int_equal(g->status, 200);
        unsetenv(name[i]);
        assert_int_equal(tls_get(0, "/v1/models")->loss, DC_HTTP_LOSS_TLS);
    }
}

static void an_abort_reaches_the_server(void **state)
{
    (void)state;
    char url[100], body[500];
    setenv("CURL_CA_BUNDLE", cert_path, 1);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/v1/chat/completions",
             t.mock.port);
    struct dc_http_req r = dc_http_req_default(url);
    r.body = body;
    r.n_body = tester_chat("silence", 1, body);
    for (unsigned i = 0; i < 4; i++)
        tester_send(&t, i, &r);
    for (unsigned i = 0; i < 4; i++)
        while (!(t.got[i].what & DC_HTTP_DATA))
            tester_poll(&t, N_PLACE);
    dc_http_abort(t.h, 1);
    dc_http_abort(t.h, 2);
    struct got *g = tls_get(1, "/mock/wait?aborted=2");
    assert_int_equal(g->status, 200);
    assert_non_null(strstr(g->body.data, "\"running\": 2"));
    assert_true(dc_http_busy(t.h, 0) && dc_http_busy(t.h, 3));
    dc_http_abort(t.h, 0);
    dc_http_abort(t.h, 3);
    unsetenv("CURL_CA_BUNDLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_nobody_vouches_for),
        cmocka_unit_test(takes_certificates_of_the_environment),
        cmocka_unit_test(an_abort_reaches_the_server),
    };
    return cmocka_run_group_tests(tests, start, end);
}
