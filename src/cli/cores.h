/*
 * cores.h - how many threads this process can run at once.
 */
#ifndef DC_CLI_CORES_H
#define DC_CLI_CORES_H

/* At least 1. Respects CPU affinity and the CPU quota of a container. */
unsigned dc_cores(void);

#endif
