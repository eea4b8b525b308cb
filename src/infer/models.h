/*
 * models.h - the model registry (models.def) and where its files lie.
 *
 * --model takes a registry name, a place on a hub of models or a path.
 * OWNER/REPO:FILE.gguf, or OWNER/REPO@COMMIT:FILE.gguf, is such a place, unless
 * there is a file of that path; what else holds a '/' or ends in .gguf is a
 * path and passes unchanged; anything else is a name. Files of names and places
 * are in the subfolder models/ of the cache folder, where `deepconf model
 * fetch` puts them.
 */
#ifndef DC_INFER_MODELS_H
#define DC_INFER_MODELS_H

#include "base/buf.h"
#include "base/hash.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One row of models.def. All strings are static. */
struct dc_model_row {
    const char *name;    /* what --model takes */
    const char *file;    /* base name in the cache's models/ */
    uint64_t bytes;      /* of the file */
    const char *sha256;  /* of the file, 64 hex digits */
    const char *licence; /* SPDX */
    const char *source;  /* where it comes from, in words */
};

/* All rows, in the order of the file. */
const struct dc_model_row *dc_models(size_t *n);
/* The row of a name, or NULL. */
const struct dc_model_row *dc_model_find(const char *name);

/* One of the wheels whose members, joined in their order, are a row's file. */
struct dc_model_part {
    const char *model; /* the row's name */
    const char *package, *version;
    const char *member;
    const char *sha256; /* of the wheel */
};
/* Those of a row. */
const struct dc_model_part *dc_model_parts(const struct dc_model_row *m,
                                           size_t *n);

/* A place on a hub, in its parts. */
struct dc_model_place {
    char repo[200];   /* OWNER/REPO */
    char commit[100]; /* or a branch; "": none was said */
    char file[600];   /* with slashes between folders */
};
/* False: s is none. */
bool dc_model_place_parse(const char *s, struct dc_model_place *out);
/* Append the path its file has when it is there. Fails as dc_cache_dir. */
enum dc_status dc_model_place_path(const struct dc_model_place *p,
                                   struct dc_buf *out, struct dc_err *err);

/* True for what dc_model_resolve() takes as a path, or as a place. */
bool dc_model_is_path(const char *name_or_path);

/*
 * Append the cache folder to *out: $DEEPCONF_CACHE, else
 * $XDG_CACHE_HOME/deepconf (if that is absolute), else ~/.cache/deepconf.
 * DC_IO if none of the three variables is set. Nothing is created.
 */
enum dc_status dc_cache_dir(struct dc_buf *out, struct dc_err *err);

/* Append the path a row's file has when it is there. Fails as dc_cache_dir. */
enum dc_status dc_model_path(const struct dc_model_row *m, struct dc_buf *out,
                             struct dc_err *err);

/*
 * Append the path of a model to *out; what a failed call appended is taken
 * back. A path passes unchecked: the backend that opens it reports on it.
 * DC_USAGE: no such name (the message lists those that are). DC_BACKEND: the
 * name's file is not in the cache or has another size (the message says what
 * to run).
 */
enum dc_status dc_model_resolve(const char *name_or_path, struct dc_buf *out,
                                struct dc_err *err);

/*
 * The SHA-256 that the file of a model must have which was named so: that of
 * its row; NULL where it was named by its path, as any file will do then.
 */
const char *dc_model_sha256(const char *name_or_path);

/*
 * Does the file look like a GGUF? DC_BACKEND: it is not there, can't be opened
 * or is something else. DC_IO: reading it failed. The message names the path.
 */
enum dc_status dc_model_check(const char *path, struct dc_err *err);

/*
 * The same, and its SHA-256 into out. DC_BACKEND too: it is not `want`, which
 * comes from dc_model_sha256().
 */
enum dc_status dc_model_hash(const char *path, const char *want,
                             char out[DC_SHA256_HEX], struct dc_err *err);

#endif
