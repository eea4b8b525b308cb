/*
 * child.h - work that may end its process, done by a child first.
 *
 * Files of strangers can have a library recurse without end, compute for ever
 * or abort. The child's results are lost: what counts is how it ended. It
 * starts with one thread, the memory of its parent and no signal handlers, and
 * leaves by _exit(), so that nothing of ours is written or freed twice.
 */
#ifndef DC_BASE_CHILD_H
#define DC_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* What it may take; beyond it SIGXCPU, a failed allocation or SIGSEGV comes. */
struct dc_child_cfg {
    unsigned cpu_seconds;
    size_t memory; /* bytes besides those in use; 0: as many as there are */
    size_t stack;  /* bytes; 0: as much as the parent has */
    int said;      /* descriptor that stdout and stderr go to; -1: nowhere */
};

/* Do work(arg) in a child; its process, or -1 with errno. */
pid_t dc_child_start(const struct dc_child_cfg *cfg, void (*work)(void *arg),
                     void *arg);

/* Wait for its end; *status as of waitpid(). False, with errno: not known. */
bool dc_child_wait(pid_t child, int *status);

/* Did it do its work? Also true if a user ended it, who meant us, too. */
bool dc_child_is_well(int status);

#endif
