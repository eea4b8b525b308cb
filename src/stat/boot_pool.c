/*
 * boot_pool.c - the weights of resamples, sixteen resamples side by side, drawn
 * when they are needed or once for many statistics.
 *
 * Drawing takes longer than most statistics. All that is kept is a function of
 * (seed, number of resamples, number of clusters), so using a pool or not, and
 * in which order it was filled, changes no bit of a result.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"

#include <assert.h>
#include <stdlib.h>

enum { LANES = DC_BOOT_LANES, MAX_ENTRY = 8 };

static const uint64_t MAX_WEIGHTS = UINT64_C(1) << 26; /* 128 MiB */

struct entry {
    uint32_t n_clusters;
    uint16_t *weight; /* [blocks][n_clusters][LANES] */
};

struct dc_boot_pool {
    uint64_t seed;
    uint32_t n_resamples;
    struct entry entry[MAX_ENTRY];
    size_t n, next;
};

static void fill(uint16_t *weight, uint32_t *drawn, uint32_t n_clusters,
                 uint64_t seed, uint32_t first)
{
    memset(weight, 0, (size_t)n_clusters * LANES * sizeof *weight);
    for (uint32_t lane = 0; lane < LANES; lane++) {
        dc_boot_draw(seed, first + lane, n_clusters, drawn);
        for (uint32_t i = 0; i < n_clusters; i++) {
            uint16_t *w = &weight[(size_t)drawn[i] * LANES + lane];
            assert(*w < UINT16_MAX);
            ++*w;
        }
    }
}

/* ---- lanes of one thread ---- */

void dc_boot_lanes_init(struct dc_boot_lanes *l, const struct dc_boot_cfg *cfg,
                        uint32_t n_clusters, const uint16_t *pooled)
{
    *l = (struct dc_boot_lanes){
        .pooled = pooled, .n_clusters = n_clusters, .seed = cfg->seed};
    if (pooled)
        return;
    l->weight = dc_xcalloc((size_t)n_clusters * LANES, sizeof *l->weight);
    l->drawn = dc_xcalloc(n_clusters, sizeof *l->drawn);
}

void dc_boot_lanes_release(struct dc_boot_lanes *l)
{
    free(l->weight);
    free(l->drawn);
}

const uint16_t *dc_boot_lanes_at(struct dc_boot_lanes *l, uint32_t first)
{
    if (l->pooled)
        return l->pooled + (size_t)first * l->n_clusters;
    fill(l->weight, l->drawn, l->n_clusters, l->seed, first);
    return l->weight;
}

/* ---- the pool ---- */

struct dc_boot_pool *dc_boot_pool_new(void)
{
    return dc_xcalloc(1, sizeof(struct dc_boot_pool));
}

static void clear(struct dc_boot_pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->entry[i].weight);
    p->n = p->next = 0;
}

void dc_boot_pool_free(struct dc_boot_pool *p)
{
    if (p)
        clear(p);
    free(p);
}

struct job {
    const struct dc_boot_cfg *cfg;
    const struct entry *e;
};

static void work(const void *arg, uint32_t part, uint32_t n_parts)
{
    const struct job *j = arg;
    uint32_t n = j->e->n_clusters;
    uint32_t *drawn = dc_xcalloc(n, sizeof *drawn);
    for (uint32_t r = part * LANES; r < j->cfg->n_resamples;
         r += n_parts * LANES)
        fill(j->e->weight + (size_t)r * n, drawn, n, j->cfg->seed, r);
    free(drawn);
}

/* A place for a new entry: that of the oldest if all are taken. */
static struct entry *place(struct dc_boot_pool *p)
{
    if (p->n < MAX_ENTRY)
        return &p->entry[p->n++];
    struct entry *e = &p->entry[p->next++ % MAX_ENTRY];
    free(e->weight);
    return e;
}

const uint16_t *dc_boot_pooled(const struct dc_boot_cfg *cfg,
                               uint32_t n_clusters)
{
    struct dc_boot_pool *p = cfg->pool;
    uint64_t rows = ((uint64_t)cfg->n_resamples + LANES - 1) / LANES * LANES;
    if (!p || n_clusters == 0 || rows > MAX_WEIGHTS / n_clusters)
        return NULL;
    if (p->seed != cfg->seed || p->n_resamples != cfg->n_resamples)
        clear(p);
    p->seed = cfg->seed;
    p->n_resamples = cfg->n_resamples;
    for (size_t i = 0; i < p->n; i++)
        if (p->entry[i].n_clusters == n_clusters)
            return p->entry[i].weight;
    struct entry *e = place(p);
    e->n_clusters = n_clusters;
    e->weight = dc_xcalloc(rows * n_clusters, sizeof *e->weight);
    const struct job j = {cfg, e};
    dc_boot_parallel(work, &j, cfg->n_threads);
    return e->weight;
}
