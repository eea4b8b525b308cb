/*
 * lock.h - one writer per run file: an advisory lock on PATH-lock.
 *
 * The lock is flock()'s, so the system drops it when its holder ends, however
 * that happens: a file left behind by kill -9 blocks nobody. The file holds the
 * pid of the holder as text, for the message that another one gets.
 */
#ifndef DC_STORE_LOCK_H
#define DC_STORE_LOCK_H

#include <deepconf/status.h>

struct dc_lock {
    int fd;     /* valid while path is not NULL */
    char *path; /* NULL: not held */
};

/*
 * real: the run file, absolute; shown: the same, for messages. DC_STORE with
 * the pid if another one holds it; DC_IO if the file can't be made.
 */
enum dc_status dc_lock_take(const char *shown, const char *real,
                            struct dc_lock *out, struct dc_err *err);
/* Removes the file while it is still held. A lock not held is left alone. */
void dc_lock_release(struct dc_lock *l);

#endif
