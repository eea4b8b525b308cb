/*
 * parallel.h - one piece of work by several threads.
 */
#ifndef DC_BASE_PARALLEL_H
#define DC_BASE_PARALLEL_H

#include <stdint.h>

/*
 * work(job, part, n_parts) for every part, each in a thread of its own; returns
 * when all are done. The caller does the first, and those whose thread can't be
 * started behind it, one after another. Parts may write to different elements
 * of one array, and to nothing else in common.
 */
void dc_parallel(void (*work)(const void *job, uint32_t part, uint32_t n_parts),
                 const void *job, uint32_t n_parts);

#endif
