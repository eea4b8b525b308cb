/*
 * download.h - a file from a URL: resumed where an earlier try ended, held
 * against its SHA-256, and under its name only when it is whole.
 *
 * What has come lies in PATH.part, locked by who fetches, and PATH.part.of says
 * of which file it is: of which SHA-256, or of which URL and ETag. A part of
 * another file, or of one that nothing identifies, is begun anew. A connection
 * that is cut is made again as long as bytes come.
 */
#ifndef DC_FETCH_DOWNLOAD_H
#define DC_FETCH_DOWNLOAD_H

#include "base/hash.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_download {
    const char *url;
    const char *token;  /* for the origin of url alone; NULL: none */
    const char *path;   /* its folder is made, too */
    const char *sha256; /* that the file must have; NULL: what the hub says */
    uint64_t bytes;     /* that it must have; 0: not known */
    /* optional: n of n_all bytes are there; n_all 0: not known */
    void (*progress)(void *arg, uint64_t n, uint64_t n_all);
    /* optional: all bytes are there, their hash is being made */
    void (*checking)(void *arg);
    void *arg;
};

struct dc_downloaded {
    char sha256[DC_SHA256_HEX];
    uint64_t bytes;
    uint64_t resumed; /* bytes that were there before */
    bool by_server;   /* the SHA-256 is the one that the hub says */
    char commit[80];  /* that the hub says, or "" */
    int status;       /* of HTTP, where it is why there is no file; else 0 */
};

/*
 * DC_BACKEND: the server does not give it (out->status), or is lost; DC_DATA:
 * it is another file by its hash or size, which is removed; DC_IO: can't be
 * written; DC_STORE: another process fetches it.
 */
enum dc_status dc_download(const struct dc_download *d,
                           struct dc_downloaded *out, struct dc_err *err);

/* Make the folders that a path lies in. DC_IO. */
enum dc_status dc_download_folder(const char *path, struct dc_err *err);

#endif
