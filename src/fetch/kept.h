/*
 * kept.h - the models that are in the cache folder, those of the registry that
 * are not, and how they are removed. Nothing is fetched.
 */
#ifndef DC_FETCH_KEPT_H
#define DC_FETCH_KEPT_H

#include "base/arena.h"
#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the arena. */
struct dc_kept {
    const char *name; /* what --model takes: a name, OWNER/REPO:FILE, a path */
    const char *path;
    uint64_t bytes;      /* of the file, or that it is to have */
    const char *licence; /* NULL: not known */
    const char *sha256;  /* that it had when it was fetched; NULL: not known */
    const char *commit;  /* of the hub; NULL: not known */
    bool there;          /* with the size that it should have */
    bool part;           /* a part of it is there */
};

struct dc_kept_list {
    struct dc_arena arena;
    struct dc_kept *item; /* [n] */
    size_t n, cap;
};

/* The registry in its order, then what else is there, by name. DC_IO: there is
 * no cache folder. */
enum dc_status dc_kept_list(struct dc_kept_list *l, struct dc_err *err);
void dc_kept_list_release(struct dc_kept_list *l);

/*
 * Remove a model that the cache has, with what is noted of it, whole or a part:
 * by its name, or by its path in there. *bytes: what that frees. DC_USAGE: it
 * is none of the cache's, or not there; DC_IO.
 */
enum dc_status dc_kept_remove(const char *name, uint64_t *bytes,
                              struct dc_err *err);

/* What is noted of a model beside it; texts may be "". DC_IO. */
struct dc_kept_note {
    const char *from, *licence, *sha256, *commit;
};
enum dc_status dc_kept_note(const char *path, const struct dc_kept_note *n,
                            struct dc_err *err);

#endif
