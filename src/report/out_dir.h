/*
 * out_dir.h - a set of files, made beside its folder and then put into it.
 *
 * Files are written into a temporary folder with their SHA-256 noted. Only when
 * all are there, and on the disk, do they go into the folder itself
 * (out_commit.c), so that a failure before leaves what was there. A folder is
 * written into if it does not exist, is empty, holds a manifest of ours, or has
 * no other files than those of the new set, byte by byte (which is what a
 * killed report of version 0.1 left); then the files that the old manifest
 * names and the new set has not are removed, and all others stay. Nothing
 * outside the folder is written or removed, whatever links are in it
 * (inside.h).
 */
#ifndef DC_REPORT_OUT_DIR_H
#define DC_REPORT_OUT_DIR_H

#include "base/arena.h"
#include "base/beside.h"
#include "base/buf.h"
#include "base/json.h"

#include <deepconf/status.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DC_MANIFEST "report.json"

struct dc_out_file {
    const char *path; /* relative, with /, no .. */
    char sha256[65];
    uint64_t n; /* bytes */
};

/* The one of that path, or NULL. */
const struct dc_out_file *dc_out_find(const struct dc_out_file *file, size_t n,
                                      const char *path);
/* Has the file at `path`, below folder `top`, the bytes that f names? */
bool dc_out_same(const struct dc_out_file *f, int top, const char *path);

struct dc_out_dir {
    struct dc_arena arena;
    const char *target;       /* NULL: the temporary folder is all there is */
    bool is_new;              /* the target was not there */
    bool remains;             /* it has files and no manifest */
    struct dc_beside part;    /* the temporary folder */
    const char *root;         /* its path */
    const char *sub;          /* "" or "NAME/": where names are put under */
    struct dc_out_file *file; /* [n], in the order they were added */
    size_t n, cap;
    const char *gnuplot;    /* version that drew the plots; NULL: none did */
    const atomic_int *stop; /* NULL, or no further file is begun when it is
                                set: DC_INTERRUPTED */
};

/*
 * target: the folder; NULL: make a temporary one that is never put anywhere.
 * DC_USAGE: the folder has files that are not ours. Call ..._end() also after a
 * failure.
 */
enum dc_status dc_out_begin(const char *target, struct dc_out_dir *o,
                            struct dc_err *err);
/* Files go under sub ("" for none; no slash) from here on. */
void dc_out_enter(struct dc_out_dir *o, const char *sub);
/* Write a file: name relative to sub, folders are made. */
enum dc_status dc_out_put(struct dc_out_dir *o, const char *name,
                          const struct dc_buf *b, struct dc_err *err);
/* The same of a JSON value, with indentation; takes root. */
enum dc_status dc_out_json(struct dc_out_dir *o, const char *name, json_t *root,
                           struct dc_err *err);
/* The same as a stream; every open is ended by one close, which notes it. */
enum dc_status dc_out_open(struct dc_out_dir *o, const char *name, FILE **f,
                           struct dc_err *err);
enum dc_status dc_out_close(struct dc_out_dir *o, const char *name, FILE *f,
                            struct dc_err *err);
/* Note a file that another program wrote at dc_out_path(). */
enum dc_status dc_out_add(struct dc_out_dir *o, const char *name,
                          struct dc_err *err);
/* Is it among the files so far? name as above. */
bool dc_out_has(const struct dc_out_dir *o, const char *name);
/* "plots/NAME.svg" under the folder of now: NAME, in the arena; else NULL. */
const char *dc_out_plot(struct dc_out_dir *o, const struct dc_out_file *f,
                        const char *ending);
/* Append the bytes of a file that was put before. */
enum dc_status dc_out_read(struct dc_out_dir *o, const char *name,
                           struct dc_buf *b, struct dc_err *err);
/* The full path of a name, its folders made; in the arena. */
enum dc_status dc_out_path(struct dc_out_dir *o, const char *name,
                           const char **path, struct dc_err *err);
/*
 * Put everything into the target, with its manifest. DC_DATA: something else
 * stands in the place of a file or a folder of the set.
 */
struct dc_manifest;
enum dc_status dc_out_commit(struct dc_out_dir *o,
                             const struct dc_manifest *says,
                             struct dc_err *err);
/* Remove what is temporary. */
void dc_out_end(struct dc_out_dir *o);

/* ---- for out_dir.c, out_commit.c and verify alone ---- */

/* The path that a name has in the target; in the arena. */
const char *dc_out_place(struct dc_out_dir *o, const char *name);
/* Is this name, at the top of a report, a leftover of a killed update? */
bool dc_out_is_left(const char *name);
/* The target has a file that is not ours. DC_USAGE. */
enum dc_status dc_out_foreign(const struct dc_out_dir *o, const char *name,
                              struct dc_err *err);

#endif
