/*
 * interrupt.c - the signal handlers of interrupt.h.
 */
#include "cli/interrupt.h"

#include <deepconf/status.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static atomic_bool interrupted;

static void on_signal(int sig)
{
    (void)sig;
    if (atomic_exchange(&interrupted, true))
        _exit(dc_status_exit_code(DC_INTERRUPTED));
}

const atomic_bool *dc_interrupt_catch(void)
{
    /* Without SA_RESTART: what waits for a pipe (open, read, write) gives up
     * with EINTR instead of going on to wait. */
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    return &interrupted;
}
