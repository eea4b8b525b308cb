/*
 * place.c - looking at what is at a path (place.h). Nothing is opened for
 * writing and nothing is locked, so that what was seen can be past already:
 * whoever acts on it has to bear that.
 */
#include "store/place.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool has_file(const char *real, const char *suffix, bool not_empty)
{
    struct dc_buf path;
    struct stat sb;
    bool yes;

    dc_buf_init(&path, 1 << 16);
    dc_buf_addf(&path, "%s%s", real, suffix);
    yes = stat(path.data, &sb) == 0 && (!not_empty || sb.st_size > 0);
    dc_buf_release(&path);
    return yes;
}

/* True if the folder that `path` says it is in is there. */
static bool has_folder(const char *path)
{
    size_t n = dc_path_folder(path);
    struct stat sb;
    char *dir;
    bool yes;

    if (n <= 1)
        return true;
    dir = dc_xstrndup(path, n - 1);
    yes = stat(dir, &sb) == 0 && S_ISDIR(sb.st_mode);
    free(dir);
    return yes;
}

static enum dc_status fail_short(const struct dc_place *p, struct dc_err *err)
{
    char want[48] = "no whole number of pages";

    if (p->size < p->head.needed)
        snprintf(want, sizeof(want), "expected %" PRId64, p->head.needed);
    return dc_fail(err, DC_STORE,
                   "%s: the run file is cut short (%" PRId64
                   " bytes, %s): put back a copy, or remove it and run again",
                   p->shown, p->size, want);
}

/* An interrupted change may show in the header: then only the journal knows. */
static enum dc_status check_head(struct dc_place *p, struct dc_err *err)
{
    enum dc_status st = dc_db_peek(p->shown, p->real, &p->head, err);

    if (st || p->has_journal)
        return st;
    if (!p->head.is_sqlite)
        return dc_fail(err, DC_STORE,
                       "%s: is not a run file (no SQLite database): name "
                       "another file",
                       p->shown);
    if (!p->has_wal &&
        (p->size < p->head.needed || p->size % p->head.page != 0))
        return fail_short(p, err);
    return DC_OK;
}

static enum dc_status check_file(struct dc_place *p, const struct stat *sb,
                                 struct dc_err *err)
{
    if (!S_ISREG(sb->st_mode))
        return dc_fail(err, DC_STORE,
                       "%s: is %s, not a run file: name another file", p->shown,
                       S_ISDIR(sb->st_mode) ? "a folder" : "no regular file");
    if (sb->st_nlink > 1)
        return dc_fail(err, DC_STORE,
                       "%s: has a second name (a hard link), so that two "
                       "writers could miss each other: copy it to a file of "
                       "its own",
                       p->shown);
    p->size = sb->st_size;
    p->has_wal = has_file(p->real, "-wal", false);
    p->has_shm = has_file(p->real, "-shm", false);
    p->has_journal = has_file(p->real, "-journal", true);
    return p->size > 0 ? check_head(p, err) : DC_OK;
}

enum dc_status dc_place_look(const char *path, struct dc_place *p,
                             struct dc_err *err)
{
    enum dc_status st;
    struct stat sb;

    *p = (struct dc_place){.shown = path};
    if (!path[0])
        return dc_fail(err, DC_IO, "the path of the run file is empty");
    if (!has_folder(path))
        return dc_fail(err, DC_IO,
                       "%s: no such folder: make it, or name a run file in "
                       "another one",
                       path);
    st = dc_db_resolve(path, &p->real, err);
    if (st)
        return st;
    p->exists = stat(p->real, &sb) == 0;
    if (p->exists)
        st = check_file(p, &sb, err);
    if (st)
        dc_place_release(p);
    return st;
}

void dc_place_release(struct dc_place *p)
{
    free(p->real);
    p->real = NULL;
}

bool dc_place_is_at_rest(const struct dc_place *p)
{
    return p->size == 0 || (!p->has_wal && !p->has_journal && !p->head.is_wal);
}

bool dc_place_may_be_ours(const struct dc_place *p)
{
    if (p->head.is_sqlite && p->head.app_id != 0)
        return p->head.app_id == DC_STORE_APP_ID;
    return p->has_journal;
}
