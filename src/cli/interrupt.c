/*
 * interrupt.c - the signal handlers of interrupt.h, and the thread that they
 * wake.
 */
#include "cli/interrupt.h"

#include "base/beside.h"

#include <deepconf/status.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static atomic_int interrupted; /* signals that came */
static atomic_int last = 2;    /* the one that ends the program */
static sem_t came; /* posted by the first signal; only if there is a guard */
static atomic_bool guarded;

static void on_signal(int sig)
{
    (void)sig;
    if (atomic_fetch_add(&interrupted, 1) + 1 >= atomic_load(&last))
        _exit(dc_status_exit_code(DC_INTERRUPTED));
    if (atomic_load(&guarded))
        sem_post(&came);
}

void dc_interrupt_give(int n)
{
    atomic_store(&last, n + 1);
}

const atomic_int *dc_interrupt_catch(void)
{
    /* Without SA_RESTART: what waits for a pipe (open, read, write) gives up
     * with EINTR instead of going on to wait. */
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    return &interrupted;
}

static void *guard(void *unused)
{
    static const char said[] = "deepconf: interrupted\n";
    struct timespec grace = {.tv_nsec = 500000000};
    (void)unused;
    while (sem_wait(&came) != 0)
        continue;
    nanosleep(&grace, NULL); /* it may end by itself, more tidily */
    dc_beside_remove_all();
    if (write(STDERR_FILENO, said, sizeof said - 1) < 0)
        _exit(dc_status_exit_code(DC_INTERRUPTED));
    _exit(dc_status_exit_code(DC_INTERRUPTED));
}

const atomic_int *dc_interrupt_guard(void)
{
    sigset_t all, old;
    pthread_t thread;
    if (atomic_load(&guarded) || sem_init(&came, 0, 0) != 0)
        return dc_interrupt_catch();
    sigfillset(&all); /* a signal is for the threads that wait for something */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    if (pthread_create(&thread, NULL, guard, NULL) == 0) {
        pthread_detach(thread);
        atomic_store(&guarded, true);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return dc_interrupt_catch();
}
