/*
 * SHA-256 against the examples of FIPS 180-4 (NIST), from memory and from a
 * file larger than one piece; the 64-bit key is their first eight bytes.
 */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char two_blocks[] =
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static const char million_a[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static const char of_nothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void known_answers(void **state)
{
    char hex[DC_SHA256_HEX];

    (void)state;
    dc_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
                             "b00361a396177a9cb410ff61f20015ad");
    dc_sha256_hex(two_blocks, strlen(two_blocks), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039"
                             "a33ce45964ff2167f6ecedd419db06c1");
    dc_sha256_hex(NULL, 0, hex);
    assert_string_equal(hex, of_nothing);
}

static void key_of_64_bits(void **state)
{
    (void)state;
    assert_true(dc_hash64("abc", 3) == 0xba7816bf8f01cfeaULL);
    assert_true(dc_hash64("", 0) == 0xe3b0c44298fc1c14ULL);
}

/* A new file of n bytes 'a'; its path to path. */
static void write_file(char path[], size_t n)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fputc('a', f), 'a');
    assert_int_equal(fclose(f), 0);
}

static void file_in_pieces(void **state)
{
    char big[] = "/tmp/dc_hash_XXXXXX";
    char none[] = "/tmp/dc_hash_XXXXXX";
    char hex[DC_SHA256_HEX];
    struct dc_err err = {.msg = "as it was"};

    (void)state;
    write_file(big, 1000000);
    assert_int_equal(dc_sha256_file(big, hex, &err), DC_OK);
    assert_string_equal(hex, million_a);
    write_file(none, 0);
    assert_int_equal(dc_sha256_file(none, hex, &err), DC_OK);
    assert_string_equal(hex, of_nothing);
    assert_string_equal(err.msg, "as it was");
    unlink(big);
    unlink(none);
}

static void as_it_comes(void **state)
{
    char now[DC_SHA256_HEX], want[DC_SHA256_HEX];
    (void)state;
    struct dc_sha256 *h = dc_sha256_create();
    dc_sha256_now(h, now);
    assert_string_equal(now, of_nothing);
    for (size_t i = 0; i < strlen(two_blocks); i++) {
        dc_sha256_add(h, two_blocks + i, 1);
        dc_sha256_now(h, now); /* it goes on as if it had not been asked */
        dc_sha256_hex(two_blocks, i + 1, want);
        assert_string_equal(now, want);
    }
    dc_sha256_free(h);
    dc_sha256_free(NULL);
}

static void unreadable_file(void **state)
{
    char hex[DC_SHA256_HEX];
    struct dc_err err = {0};

    (void)state;
    assert_int_equal(dc_sha256_file("/no/such/file", hex, &err), DC_IO);
    assert_non_null(strstr(err.msg, "/no/such/file"));
    assert_int_equal(dc_sha256_file("/tmp", hex, &err), DC_IO);
    assert_non_null(strstr(err.msg, "/tmp"));
    assert_int_equal(dc_sha256_file("/no/such/file", hex, NULL), DC_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),   cmocka_unit_test(key_of_64_bits),
        cmocka_unit_test(file_in_pieces),  cmocka_unit_test(as_it_comes),
        cmocka_unit_test(unreadable_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
