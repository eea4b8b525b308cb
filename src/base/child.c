/*
 * child.c - child.h.
 */
#include "base/child.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes of private memory that this process has; 0: not known. */
static rlim_t memory_used(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void limit(int what, rlim_t most)
{
    struct rlimit r = {most, most + 1}; /* SIGXCPU comes before SIGKILL */
    setrlimit(what, &r);
}

static void set_limits(const struct dc_child_cfg *cfg)
{
    rlim_t used = cfg->memory ? memory_used() : 0;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, cfg->cpu_seconds);
    if (cfg->stack)
        limit(RLIMIT_STACK, cfg->stack);
    if (used)
        limit(RLIMIT_DATA, used + cfg->memory);
}

static void be_child(const struct dc_child_cfg *cfg)
{
    static const int sig[] = {SIGABRT, SIGSEGV, SIGBUS,  SIGFPE,
                              SIGILL,  SIGINT,  SIGTERM, SIGXCPU};
    set_limits(cfg);
    for (size_t i = 0; i < DC_COUNT(sig); i++)
        signal(sig[i], SIG_DFL);
    int to = cfg->said;
    if (to < 0)
        to = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (to >= 0) {
        dup2(to, STDOUT_FILENO);
        dup2(to, STDERR_FILENO);
    }
}

pid_t dc_child_start(const struct dc_child_cfg *cfg, void (*work)(void *arg),
                     void *arg)
{
    fflush(NULL); /* what is buffered is not the child's to write */
    pid_t child = fork();
    if (child == 0) {
        be_child(cfg);
        work(arg);
        _exit(0);
    }
    return child;
}

bool dc_child_wait(pid_t child, int *status)
{
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return false;
    return true;
}

bool dc_child_is_well(int status)
{
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || sig == SIGINT ||
           sig == SIGTERM;
}
