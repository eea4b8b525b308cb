/*
 * select.c - the first N rows, or a sample of N stratified by gold label; of
 * those, the prompts of some shards.
 *
 * Shares are allocated to the classes by largest remainder; inside a class rows
 * are drawn without replacement by counter-based numbers of the sample seed.
 * The result keeps the file's order. Shards are cut last, so that together they
 * are what is selected without them.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "base/rng.h"
#include "data/dataset_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { N_GOLD = DC_GOLD_REFUSE + 1 };

/*
 * How many rows of each class to draw: sums to want. Of equal remainders the
 * first class gets the row.
 */
static void allocate(const size_t have[N_GOLD], size_t all, size_t want,
                     size_t take[N_GOLD])
{
    size_t rest[N_GOLD], sum = 0;
    for (int g = 0; g < N_GOLD; g++) {
        take[g] = have[g] * want / all;
        rest[g] = have[g] * want % all;
        sum += take[g];
    }
    while (sum < want) {
        int best = -1;
        for (int g = 0; g < N_GOLD; g++)
            if (take[g] < have[g] && (best < 0 || rest[g] > rest[best]))
                best = g;
        assert(best >= 0); /* sum < want <= all */
        take[best]++;
        rest[best] = 0;
        sum++;
    }
}

/* Mark `take` of the rows of class g. */
static void draw(const struct dc_dataset *d, enum dc_gold g, size_t take,
                 uint64_t seed, bool *keep)
{
    size_t n = 0, *idx = dc_xcalloc(d->n, sizeof *idx);
    const struct dc_rng_key key = {seed, 0x73616d706c65u}; /* "sample" */
    for (size_t i = 0; i < d->n; i++)
        if (d->item[i].gold == g)
            idx[n++] = i;
    for (size_t i = 0; i < take; i++) {
        size_t j =
            i + dc_rng_below(&key, (uint32_t)g, (uint32_t)i, (uint32_t)(n - i));
        size_t tmp = idx[i];
        idx[i] = idx[j];
        idx[j] = tmp;
        keep[idx[i]] = true;
    }
    free(idx);
}

static enum dc_status too_few(const char *option, size_t want, size_t have,
                              const char *where, struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "%s %zu: the data has %zu prompt%s%s; ask for %zu at most",
                   option, want, have, dc_plural(have), where, have);
}

static enum dc_status draw_sample(struct dc_dataset *d,
                                  const struct dc_dataset_cfg *cfg,
                                  struct dc_err *err)
{
    if (cfg->sample > d->n)
        return too_few("--sample", cfg->sample, d->n,
                       cfg->num_instances ? " within --num-instances" : "",
                       err);
    size_t have[N_GOLD] = {0}, take[N_GOLD], m = 0;
    bool *keep = dc_xcalloc(d->n, sizeof *keep);
    for (size_t i = 0; i < d->n; i++)
        have[d->item[i].gold]++;
    allocate(have, d->n, cfg->sample, take);
    for (int g = 0; g < N_GOLD; g++)
        draw(d, (enum dc_gold)g, take[g], cfg->sample_seed, keep);
    for (size_t i = 0; i < d->n; i++)
        if (keep[i])
            d->item[m++] = d->item[i];
    d->n = m;
    free(keep);
    return DC_OK;
}

static void cut_shards(struct dc_dataset *d, const struct dc_shards *s)
{
    size_t m = 0;
    d->n_whole = d->n;
    for (size_t i = 0; i < d->n; i++) {
        d->item[i].place = i;
        if (!s || dc_shards_holds(s, d->item[i].id))
            d->item[m++] = d->item[i];
    }
    d->n = m;
}

enum dc_status dc_dataset_select(struct dc_dataset *d,
                                 const struct dc_dataset_cfg *cfg,
                                 struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (cfg->num_instances > d->n)
        return too_few("--num-instances", cfg->num_instances, d->n, "", err);
    if (cfg->num_instances)
        d->n = cfg->num_instances;
    if (cfg->sample)
        st = draw_sample(d, cfg, err);
    if (!st)
        cut_shards(d, cfg->shards);
    return st;
}
