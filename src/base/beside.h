/*
 * beside.h - files and folders that are made beside their place, to be renamed
 * to it when they are whole.
 *
 * The name is PATH.deepconf-part-PID, or PATH.deepconf-part-PID-N. It is always
 * made new: no link is followed and no file of the user's is taken. The process
 * that made it holds a lock on it, so that the next one that makes something
 * beside the same PATH knows what a dead process has left, and removes it.
 * Where a file system has no locks, a leftover stays.
 */
#ifndef DC_BASE_BESIDE_H
#define DC_BASE_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DC_BESIDE_MARK ".deepconf-part-"

struct dc_beside {
    char *path; /* NULL: there is none */
    int fd;     /* of the file, for reading and writing, or of the folder */
};

/*
 * Remove what dead processes left beside `path`, and make a file there; the
 * umask applies to mode. With a path that ends in '/' it lies in that folder.
 * False: it can't be made (errno), and *out is empty.
 */
bool dc_beside_file(const char *path, mode_t mode, struct dc_beside *out);
/* The same with a folder. */
bool dc_beside_folder(const char *path, mode_t mode, struct dc_beside *out);
/* Is this the name of such a file or folder, beside whatever it is? */
bool dc_beside_is_name(const char *name);
/* Remove it, a folder with all that is in it; *b is empty then. */
void dc_beside_remove(struct dc_beside *b);
/* It has another name by now: let go of it. */
void dc_beside_forget(struct dc_beside *b);
/*
 * Give a file that is on the disk its name, and wait until that is there too.
 * False: errno; if it has the old name still, *b is as it was.
 */
bool dc_beside_rename(struct dc_beside *b, const char *path);

/*
 * Remove all that this process has made so and not renamed yet, from another
 * thread, when the process is to end at once. Waits for whoever is settling.
 */
void dc_beside_remove_all(void);
/* Between these two what was made beside its place is being put there. */
void dc_beside_settle_begin(void);
void dc_beside_settle_end(void);

/* Wait until what fd leads to is on the disk. False: errno; what can't be
 * synced is no failure. */
bool dc_sync(int fd);
/* The same for the folder that `path` lies in: its names. */
bool dc_sync_folder_of(const char *path);

#endif
