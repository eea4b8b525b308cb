/*
 * place.c - looking at what is at a path (place.h). Nothing is opened for
 * writing and nothing is locked, so that what was seen can be past already:
 * whoever acts on it has to bear that.
 */
#include "store/place.h"

#include "base/mem.h"
#include "base/path.h"
#include "store/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Is a file of SQLite's beside the run file, and of what size? What is no plain
 * file (a named pipe would be waited for) is refused.
 */
static enum dc_status find_beside(const struct dc_place *p, const char *suffix,
                                  bool *is, int64_t *size, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    char *path = dc_path_with(p->real, suffix);
    struct stat sb;

    *is = lstat(path, &sb) == 0;
    *size = *is ? sb.st_size : 0;
    free(path);
    if (*is && !S_ISREG(sb.st_mode))
        st = dc_fail(err, DC_STORE,
                     "%s: the %s beside it is no plain file, so SQLite did not "
                     "make it: move it away",
                     p->shown, suffix);
    return st;
}

/*
 * A journal that ends in the name of another one belongs to a change of several
 * databases. Undoing it, SQLite would open and remove the file of that name,
 * whoever wrote it there; a run file's journal never has one.
 */
static bool names_a_file(const struct dc_place *p, int64_t size)
{
    static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9,
                                           0x20, 0xa1, 0x63, 0xd7};
    unsigned char end[16] = {0};
    char *path = dc_path_with(p->real, "-journal");
    bool is = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    free(path);
    if (fd < 0)
        return false; /* SQLite can't open it either */
    if (size >= (int64_t)sizeof(end) &&
        pread(fd, end, sizeof(end), (off_t)size - 16) == 16)
        is = memcmp(end + 8, magic, sizeof(magic)) == 0 &&
             (end[0] || end[1] || end[2] || end[3]);
    close(fd);
    return is;
}

static enum dc_status look_beside(struct dc_place *p, struct dc_err *err)
{
    int64_t size = 0;
    enum dc_status st = find_beside(p, "-wal", &p->has_wal, &size, err);

    if (!st)
        st = find_beside(p, "-shm", &p->has_shm, &size, err);
    if (!st)
        st = find_beside(p, "-journal", &p->has_journal, &size, err);
    if (st)
        return st;
    p->has_journal = p->has_journal && size > 0;
    if (!p->has_journal || !names_a_file(p, size))
        return DC_OK;
    return dc_fail(err, DC_STORE,
                   "%s: the -journal beside it names another file, which that "
                   "of a run file never does, and is not used: move it away",
                   p->shown);
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
    enum dc_status st;

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
    st = look_beside(p, err);
    return st || p->size == 0 ? st : check_head(p, err);
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
