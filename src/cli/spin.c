/*
 * spin.c - see spin.h.
 */
#include "cli/spin.h"

#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

void dc_spin_less(int argc, char **argv)
{
    const struct dc_cmd *c = argc > 1 ? dc_cmd_find(argv[1]) : NULL;
    if (!c || !c->computes || getenv("GOMP_SPINCOUNT") ||
        getenv("OMP_WAIT_POLICY"))
        return;
    if (setenv("GOMP_SPINCOUNT", "1000", 1) == 0)
        execv("/proc/self/exe", argv);
}
