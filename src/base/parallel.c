/*
 * parallel.c - a thread for each part but the first, which is the caller's.
 */
#include "base/parallel.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct parallel_part {
    void (*work)(const void *job, uint32_t part, uint32_t n_parts);
    const void *job;
    uint32_t i, n_parts;
    bool started;
    pthread_t thread;
};

static void *parallel_run(void *arg)
{
    const struct parallel_part *p = arg;
    p->work(p->job, p->i, p->n_parts);
    return NULL;
}

void dc_parallel(void (*work)(const void *job, uint32_t part, uint32_t n_parts),
                 const void *job, uint32_t n_parts)
{
    struct parallel_part *part = dc_xcalloc(n_parts, sizeof *part);
    for (uint32_t i = 0; i < n_parts; i++)
        part[i] =
            (struct parallel_part){work, job, i, n_parts, .started = false};
    for (uint32_t i = 1; i < n_parts; i++)
        part[i].started =
            pthread_create(&part[i].thread, NULL, parallel_run, &part[i]) == 0;
    for (uint32_t i = 0; i < n_parts; i++) {
        if (part[i].started)
            pthread_join(part[i].thread, NULL);
        else
            parallel_run(&part[i]);
    }
    free(part);
}
