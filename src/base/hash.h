/*
 * hash.h - SHA-256 (FIPS 180-4, by libcrypto), as lower-case hexadecimal.
 */
#ifndef DC_BASE_HASH_H
#define DC_BASE_HASH_H

#include <deepconf/status.h>
#include <stddef.h>
#include <stdint.h>

enum { DC_SHA256_HEX = 65 };

/* out: 64 hex digits and a NUL. */
void dc_sha256_hex(const void *data, size_t n, char out[DC_SHA256_HEX]);
/* The hash of a whole file, read in pieces. DC_IO with the path otherwise. */
enum dc_status dc_sha256_file(const char *path, char out[DC_SHA256_HEX],
                              struct dc_err *err);
/* The first eight bytes of the SHA-256, big-endian: a stable 64-bit key. */
uint64_t dc_hash64(const void *data, size_t n);

#endif
