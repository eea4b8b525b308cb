/*
 * hash.c - SHA-256 by libcrypto's EVP interface (FIPS 180-4).
 *
 * EVP fails only when there is no memory or when SHA-256 has been configured
 * away; neither has a sensible way on, so both abort.
 */
#include "base/hash.h"

#include "base/file_in.h"
#include "base/mem.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHA256_BYTES = 32, PIECE = 1 << 16 };

static void must(int ok)
{
    if (ok == 1)
        return;
    fprintf(stderr,
            "deepconf: libcrypto gives no SHA-256: out of memory, or it "
            "is switched off here\n");
    abort();
}

static void to_hex(const unsigned char raw[SHA256_BYTES],
                   char out[DC_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * SHA256_BYTES] = '\0';
}

static void sha256(const void *data, size_t n, unsigned char raw[SHA256_BYTES])
{
    must(EVP_Digest(n ? data : "", n, raw, NULL, EVP_sha256(), NULL));
}

void dc_sha256_hex(const void *data, size_t n, char out[DC_SHA256_HEX])
{
    unsigned char raw[SHA256_BYTES];

    sha256(data, n, raw);
    to_hex(raw, out);
}

uint64_t dc_hash64(const void *data, size_t n)
{
    unsigned char raw[SHA256_BYTES];
    uint64_t h = 0;

    sha256(data, n, raw);
    for (int i = 0; i < 8; i++)
        h = h << 8 | raw[i];
    return h;
}

/* ---- as it comes ---- */

/* `copy` is ended in the place of `ctx`, so that more can be added. */
struct dc_sha256 {
    EVP_MD_CTX *ctx, *copy;
};

struct dc_sha256 *dc_sha256_create(void)
{
    struct dc_sha256 *h = dc_xcalloc(1, sizeof *h);
    h->ctx = EVP_MD_CTX_new();
    h->copy = EVP_MD_CTX_new();
    must(h->ctx && h->copy);
    must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
    return h;
}

void dc_sha256_add(struct dc_sha256 *h, const void *data, size_t n)
{
    if (n > 0)
        must(EVP_DigestUpdate(h->ctx, data, n));
}

void dc_sha256_now(const struct dc_sha256 *h, char out[DC_SHA256_HEX])
{
    unsigned char raw[SHA256_BYTES];
    must(EVP_MD_CTX_copy_ex(h->copy, h->ctx));
    must(EVP_DigestFinal_ex(h->copy, raw, NULL));
    to_hex(raw, out);
}

void dc_sha256_free(struct dc_sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    EVP_MD_CTX_free(h->copy);
    free(h);
}

enum dc_status dc_sha256_stream(FILE *f, char out[DC_SHA256_HEX],
                                struct dc_err *err)
{
    unsigned char piece[PIECE];
    enum dc_status st = DC_OK;
    size_t n;

    struct dc_sha256 *h = dc_sha256_create();
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        dc_sha256_add(h, piece, n);
    if (ferror(f))
        st = dc_file_errno(NULL, err);
    else
        dc_sha256_now(h, out);
    dc_sha256_free(h);
    return st;
}

enum dc_status dc_sha256_file(const char *path, char out[DC_SHA256_HEX],
                              struct dc_err *err)
{
    FILE *f = NULL;
    enum dc_status st = dc_file_open(path, "a file", &f, err);
    if (!st) {
        st = dc_sha256_stream(f, out, err);
        fclose(f);
    }
    return dc_err_prefix(err, st, "%s", path);
}
