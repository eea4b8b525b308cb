/*
 * cores.h - how many threads this process can run at once, and the option
 * that asks for another number.
 */
#ifndef DC_CLI_CORES_H
#define DC_CLI_CORES_H

/* At least 1. Respects CPU affinity and the CPU quota of a container. */
unsigned dc_cores(void);

/* The row of an option --threads that is for speed alone; field: the place of
 * its number. */
/* clang-format off */
#define DC_THREADS_OPTION(field)                                               \
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",         \
     .help = "changes no figure", .off = (field), .min = 1, .max = 256,        \
     .shown = "the cores this process may use"}
/* clang-format on */

#endif
