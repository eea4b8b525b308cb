/*
 * boot_batch.c - bootstraps that share their draws.
 *
 * Of many prompts, drawing is what a bootstrap spends its time on: a million
 * prompts are drawn two thousand times for every statistic. So those that are
 * asked for with one batch are noted, and computed together: 64 resamples
 * are drawn, every statistic of as many clusters looks at their weights, and
 * the next 64 are drawn. A weight is a function of (seed, resample, number
 * of clusters), so a batch changes no bit of a result, nor does the order in
 * which it is computed.
 *
 * What is noted takes memory as its rows do, so a batch that has grown beyond
 * MAX_BYTES is computed at once. A thread has weights of its own: of very many
 * clusters fewer threads work than might, for MAX_WEIGHTS of memory.
 */
#include "base/mem.h"
#include "base/parallel.h"
#include "stat/boot_priv.h"

#include <assert.h>
#include <stdlib.h>

enum { LANES = DC_BOOT_LANES, AT_ONCE = 8 };

static const size_t MAX_BYTES = (size_t)192 << 20;
static const size_t MAX_WEIGHTS = (size_t)256 << 20;

struct dc_boot_batch {
    struct dc_boot_job *job; /* [n] */
    size_t n, cap, bytes;
    uint64_t drawn; /* resamples, so far */
};

/* Statistics of one number of clusters under one seed. */
struct group {
    struct dc_boot_job **job; /* [n] */
    size_t n;
};

/* ---- weights ---- */

/* What one thread draws with. */
struct room {
    uint8_t *block;  /* weight with what is before it */
    uint8_t *weight; /* [n_clusters][LANES], each at a multiple of LANES */
    uint8_t *count;  /* [AT_ONCE][n_clusters] */
    uint32_t *drawn; /* [n_clusters] */
};

static void room_init(struct room *r, size_t n)
{
    r->block = dc_xcalloc(n + 1, LANES);
    r->weight = r->block + (-(uintptr_t)r->block & (LANES - 1));
    r->count = dc_xcalloc(n, AT_ONCE);
    r->drawn = dc_xcalloc(n, sizeof *r->drawn);
}

static void room_release(struct room *r)
{
    free(r->block);
    free(r->count);
    free(r->drawn);
}

static void draw_one(uint8_t *count, uint32_t *drawn, uint32_t n, uint64_t seed,
                     uint32_t resample)
{
    memset(count, 0, n);
    dc_boot_draw(seed, resample, n, drawn);
    for (uint32_t i = 0; i < n; i++) {
        assert(count[drawn[i]] < UINT8_MAX);
        count[drawn[i]]++;
    }
}

/*
 * The weights of the resamples first, first + 1, ...: each is counted by
 * itself, since its counts fit a cache and the weights of all do not, and
 * AT_ONCE of them are put to their places together.
 */
static void fill(struct room *r, uint32_t n, uint64_t seed, uint32_t first)
{
    for (uint32_t lane = 0; lane < LANES; lane += AT_ONCE) {
        for (uint32_t k = 0; k < AT_ONCE; k++)
            draw_one(r->count + (size_t)k * n, r->drawn, n, seed,
                     first + lane + k);
        for (size_t g = 0; g < n; g++)
            for (size_t k = 0; k < AT_ONCE; k++)
                r->weight[g * LANES + lane + k] = r->count[k * n + g];
    }
}

/* ---- one group ---- */

static void one_pass(const struct dc_boot_job *j, const uint8_t *weight,
                     uint32_t first)
{
    struct dc_boot_block b;
    uint32_t left = j->cfg.n_resamples - first;
    j->ops->pass(j->data, weight, &b);
    for (uint32_t l = 0; l < LANES && l < left; l++) {
        j->v.has[first + l] = b.has[l];
        j->v.x[first + l] = b.x[l];
    }
}

static void work(const void *arg, uint32_t part, uint32_t n_parts)
{
    const struct group *g = arg;
    const struct dc_boot_job *first = g->job[0];
    uint32_t n = first->n_clusters;
    struct room room;
    room_init(&room, n);
    for (uint32_t r = part * LANES; r < first->cfg.n_resamples;
         r += n_parts * LANES) {
        fill(&room, n, first->cfg.seed, r);
        for (size_t i = 0; i < g->n; i++)
            one_pass(g->job[i], room.weight, r);
    }
    room_release(&room);
}

static uint32_t threads_for(const struct dc_boot_job *j)
{
    size_t each = (size_t)j->n_clusters * (LANES + AT_ONCE + 4);
    size_t most = each > 0 ? MAX_WEIGHTS / each : 1;
    uint32_t n = j->cfg.n_threads;
    uint32_t blocks = (j->cfg.n_resamples + LANES - 1) / LANES;
    n = n < blocks ? n : blocks;
    return most < n ? (most ? (uint32_t)most : 1) : n;
}

static bool share_draws(const struct dc_boot_job *a,
                        const struct dc_boot_job *b)
{
    return a->n_clusters == b->n_clusters && a->cfg.seed == b->cfg.seed &&
           a->cfg.n_resamples == b->cfg.n_resamples;
}

/* ---- all ---- */

/* Compute job [n]; gives the resamples drawn. */
static uint64_t compute(struct dc_boot_job *job, size_t n)
{
    uint64_t drawn = 0;
    bool *done = dc_xcalloc(n, sizeof *done);
    struct group g = {.job = dc_xcalloc(n, sizeof *g.job)};
    for (size_t i = 0; i < n; i++)
        dc_boot_values_init(&job[i].v, &job[i].cfg);
    for (size_t i = 0; i < n; i++) {
        if (done[i] || job[i].n_clusters == 0)
            continue;
        g.n = 0;
        for (size_t k = i; k < n; k++) {
            if (done[k] || !share_draws(&job[i], &job[k]))
                continue;
            done[k] = true;
            g.job[g.n++] = &job[k];
        }
        drawn += job[i].cfg.n_resamples;
        dc_parallel(work, &g, threads_for(&job[i]));
    }
    for (size_t i = 0; i < n; i++) {
        job[i].ops->end(job[i].data, &job[i].v, &job[i].cfg);
        dc_boot_values_release(&job[i].v);
    }
    free(g.job);
    free(done);
    return drawn;
}

void dc_boot_submit(struct dc_boot_job j)
{
    struct dc_boot_batch *b = j.cfg.batch;
    assert(j.cfg.n_resamples >= 1 &&
           j.cfg.n_resamples <= DC_BOOT_RESAMPLES_MAX);
    assert(j.cfg.n_threads >= 1 && j.cfg.n_threads <= DC_BOOT_THREADS_MAX);
    assert(j.cfg.level > 0 && j.cfg.level < 1);
    if (!b) {
        compute(&j, 1);
        return;
    }
    if (b->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 64;
        b->job = dc_xrealloc(b->job, b->cap, sizeof *b->job);
    }
    b->job[b->n++] = j;
    b->bytes += j.bytes;
    if (b->bytes > MAX_BYTES)
        dc_boot_batch_run(b);
}

struct dc_boot_batch *dc_boot_batch_new(void)
{
    return dc_xcalloc(1, sizeof(struct dc_boot_batch));
}

void dc_boot_batch_run(struct dc_boot_batch *b)
{
    if (!b)
        return;
    b->drawn += compute(b->job, b->n);
    b->n = b->bytes = 0;
}

uint64_t dc_boot_batch_drawn(const struct dc_boot_batch *b)
{
    return b->drawn;
}

void dc_boot_batch_free(struct dc_boot_batch *b)
{
    if (!b)
        return;
    dc_boot_batch_run(b);
    free(b->job);
    free(b);
}
