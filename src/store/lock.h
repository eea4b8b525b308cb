/*
 * lock.h - one writer per run file: an advisory lock on PATH-lock.
 *
 * The lock is flock()'s, so the system drops it when its holder ends, however
 * that happens: a file left behind by kill -9 blocks nobody. The file holds the
 * pid of the holder as text, for the message that another one gets.
 *
 * A reader that mends a file takes it for a moment too, and says so in it:
 * others wait for that instead of giving up.
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

enum dc_lock_state {
    DC_LOCK_OURS,   /* taken, and marked as a reader's that mends */
    DC_LOCK_WRITER, /* somebody writes */
    DC_LOCK_BRIEF,  /* somebody has it for a moment: ask again */
    DC_LOCK_UNSURE, /* one of these two */
    DC_LOCK_NONE    /* it can't be had here, and nobody holds it */
};
/* Take it to mend, without waiting; errno says why with DC_LOCK_NONE. Never
 * DC_LOCK_UNSURE. */
enum dc_lock_state dc_lock_try(const char *real, struct dc_lock *out);

/* Removes the file while it is still held. A lock not held is left alone. */
void dc_lock_release(struct dc_lock *l);

#endif
