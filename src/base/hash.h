/*
 * hash.h - SHA-256 (FIPS 180-4, by libcrypto), as lower-case hexadecimal.
 */
#ifndef DC_BASE_HASH_H
#define DC_BASE_HASH_H

#include <deepconf/status.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { DC_SHA256_HEX = 65 };

/* out: 64 hex digits and a NUL. */
void dc_sha256_hex(const void *data, size_t n, char out[DC_SHA256_HEX]);
/* The hash of a whole file, read in pieces. DC_IO with the path otherwise. */
enum dc_status dc_sha256_file(const char *path, char out[DC_SHA256_HEX],
                              struct dc_err *err);

/* The same of what is left of a stream; the message does not name it. */
enum dc_status dc_sha256_stream(FILE *f, char out[DC_SHA256_HEX],
                                struct dc_err *err);

/* The hash of bytes as they come. */
struct dc_sha256; /* opaque */
struct dc_sha256 *dc_sha256_create(void);
void dc_sha256_add(struct dc_sha256 *h, const void *data, size_t n);
/* The hash of what was added up to now; more may be added. */
void dc_sha256_now(const struct dc_sha256 *h, char out[DC_SHA256_HEX]);
void dc_sha256_free(struct dc_sha256 *h); /* h may be NULL */

/* The first eight bytes of the SHA-256, big-endian: a stable 64-bit key. */
uint64_t dc_hash64(const void *data, size_t n);

/*
 * FNV-1a, 64 bits: the hash of nothing, and a hash with one more byte. Quick,
 * and no defence against whoever chooses the bytes.
 */
#define DC_FNV1A UINT64_C(0xCBF29CE484222325)
static inline uint64_t dc_fnv1a(uint64_t h, uint8_t byte)
{
    return (h ^ byte) * UINT64_C(0x100000001B3);
}

#endif
