/*
 * must_abort.h - does a function abort? It runs in a child process.
 */
#ifndef DC_TEST_MUST_ABORT_H
#define DC_TEST_MUST_ABORT_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* True if fn(arg) ends in SIGABRT; false if it returns or ends otherwise. */
static inline bool dies_by_abort(void (*fn)(void *), void *arg)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(2);
        fn(arg);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return false;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
