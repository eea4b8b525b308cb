/*
 * boot_auroc.c - the cluster bootstrap of the AUROC, without sorting again.
 *
 * A resample changes how often a row counts, never the order of the rows. So
 * they are sorted once, and each resample is one pass over the sorted rows with
 * the weights of their clusters. LANES resamples share the pass: the weights
 * lie as weight[cluster][lane], and each row is one short vector addition.
 *
 * The sorted rows are cut into segments, each some negatives followed by some
 * positives. With `below` the weight of all negatives of earlier segments, and
 * N and P the weights of the segment's own rows, a segment adds
 *     P (2 below + 2 N)   if all its negatives are below its positives,
 *     P (2 below + N)     if it is one tie of both classes
 * to the half pairs. A segment of the first kind is as long as possible, so
 * there are at most about twice as many multiplications as rows of the rarer
 * class. Everything is an integer: weights of rows add up to less than 2^32,
 * which is checked, and half pairs to at most 2^63.
 * */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat/rank_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = DC_BOOT_LANES };

struct segment {
    uint32_t n_neg, n_pos; /* rows */
    bool tied;
};

struct sorted {
    uint32_t *cluster; /* [n] in the order of the segments */
    struct segment *segment;
    size_t n_segments;
    struct dc_boot *out;
    struct dc_boot_kinds kinds;
};

/* Put the tie of n_neg and n_pos rows behind what is there. */
static void add_tie(struct sorted *s, uint32_t n_neg, uint32_t n_pos)
{
    struct segment *last =
        s->n_segments ? &s->segment[s->n_segments - 1] : NULL;
    bool mixed = n_neg && n_pos;
    bool joins = last && !last->tied && !mixed && (n_pos || !last->n_pos);
    if (!joins) {
        last = &s->segment[s->n_segments++];
        *last = (struct segment){.tied = mixed};
    }
    last->n_neg += n_neg;
    last->n_pos += n_pos;
}

static void sorted_init(struct sorted *s, const struct dc_scored *in)
{
    size_t n = in->n;
    struct dc_rank_row *r = dc_rank_sort(in->score, in->positive, n);
    s->cluster = dc_xcalloc(n + DC_BOOT_AHEAD, sizeof *s->cluster);
    s->segment = dc_xcalloc(n ? n : 1, sizeof *s->segment);
    const struct dc_pairs pairs = dc_pairs_sorted(r, n);
    s->out->value.defined = dc_pairs_auroc(&pairs, &s->out->value.value);
    for (size_t i = 0, end; i < n; i = end) {
        end = dc_rank_tie_end(r, n, i);
        uint32_t n_pos = 0;
        for (size_t j = i; j < end; j++) {
            s->cluster[j] = in->group[r[j].row];
            n_pos += r[j].flag;
        }
        add_tie(s, (uint32_t)(end - i) - n_pos, n_pos);
    }
    s->segment = dc_xrealloc(s->segment, s->n_segments + 1, sizeof *s->segment);
    free(r);
}

DC_BOOT_INLINE void count_pairs(const void *data, const uint8_t *weight,
                                struct dc_boot_block *out)
{
    const struct sorted *s = data;
    uint64_t twice[LANES] = {0};
    uint32_t below[LANES] = {0}, above[LANES] = {0};
    const uint32_t *cluster = s->cluster;
    for (size_t i = 0; i < s->n_segments; i++) {
        const struct segment *g = &s->segment[i];
        uint32_t neg[LANES], pos[LANES];
        dc_boot_add_rows(neg, cluster, g->n_neg, weight);
        dc_boot_add_rows(pos, cluster + g->n_neg, g->n_pos, weight);
        cluster += g->n_neg + g->n_pos;
        if (g->tied)
            for (int l = 0; l < LANES; l++)
                twice[l] -= (uint64_t)pos[l] * neg[l];
        for (int l = 0; l < LANES; l++) {
            below[l] += neg[l];
            above[l] += pos[l];
            twice[l] += 2 * ((uint64_t)pos[l] * below[l]);
        }
    }
    for (int l = 0; l < LANES; l++) {
        struct dc_pairs p = {(uint64_t)below[l] * above[l], twice[l]};
        out->has[l] = dc_pairs_auroc(&p, &out->x[l]);
    }
}

DC_BOOT_PASS(pass, count_pairs)

static void end(void *data, struct dc_boot_values *v,
                const struct dc_boot_cfg *cfg)
{
    struct sorted *s = data;
    dc_boot_finish(v, cfg, s->out);
    dc_boot_require(s->out, s->kinds.n_with, s->kinds.n_without);
    free(s->segment);
    free(s->cluster);
    free(s);
}

uint64_t dc_boot_largest_group(const struct dc_scored *s)
{
    uint64_t *rows = dc_xcalloc(s->n_groups + 1, sizeof *rows), most = 0;
    for (size_t i = 0; i < s->n; i++) {
        assert(s->group[i] < s->n_groups);
        uint64_t now = ++rows[s->group[i]];
        most = now > most ? now : most;
    }
    free(rows);
    return most;
}

struct dc_boot_kinds dc_boot_kinds_of(const struct dc_scored *s)
{
    enum { NEGATIVE = 1, POSITIVE = 2 };
    unsigned char *has = dc_xcalloc(s->n_groups + 1, sizeof *has);
    size_t n[POSITIVE + 1] = {0};
    for (size_t i = 0; i < s->n; i++) {
        unsigned char kind = s->positive[i] ? POSITIVE : NEGATIVE;
        n[kind] += (has[s->group[i]] & kind) == 0;
        has[s->group[i]] |= kind;
    }
    free(has);
    return (struct dc_boot_kinds){n[POSITIVE], n[NEGATIVE]};
}

enum dc_status dc_boot_auroc(const struct dc_scored *s,
                             const struct dc_boot_cfg *cfg, struct dc_boot *out,
                             struct dc_err *err)
{
    static const struct dc_boot_ops ops = {pass, end};
    assert(s->n_groups <= DC_BOOT_CLUSTERS_MAX);
    uint64_t most = dc_boot_largest_group(s);
    if (most * s->n_groups > UINT32_MAX)
        return dc_fail(err, DC_DATA,
                       "bootstrap of the AUROC: %zu prompts times %llu rows of "
                       "the largest must stay below 2^32; take fewer prompts",
                       s->n_groups, (unsigned long long)most);
    *out = (struct dc_boot){.n_clusters = s->n_groups};
    struct sorted *x = dc_xcalloc(1, sizeof *x);
    x->out = out;
    x->kinds = dc_boot_kinds_of(s);
    sorted_init(x, s);
    dc_boot_submit((struct dc_boot_job){
        .cfg = *cfg,
        .ops = &ops,
        .data = x,
        .n_clusters = (uint32_t)s->n_groups,
        .bytes = s->n * sizeof *x->cluster +
                 x->n_segments * sizeof *x->segment + sizeof *x});
    return DC_OK;
}
