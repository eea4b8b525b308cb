/*
 * sample.c - drawing a token by inverting the distribution function.
 *
 * At T = 1 with every filter off, the scan's block sums lead to the block that
 * holds the draw, and only that block is looked at again. Otherwise the kept
 * tokens are collected with their weights: temperature, then the top_k
 * largest, then the fewest of those with at least top_p of their mass, then
 * those with at least min_p of the largest weight. A tie goes to the lower id.
 */
#include "base/mem.h"
#include "conf/logits_priv.h"

#include <assert.h>
#include <stdlib.h>

struct dc_sampling dc_sampling_default(void)
{
    return (struct dc_sampling){.temperature = 1, .top_p = 1};
}

static size_t greedy(const struct dc_logits *w, const float *z)
{
    for (size_t i = 0; i < w->n_vocab; i++)
        if ((double)z[i] >= w->max)
            return i;
    assert(false && "the scan was of another row");
    return 0;
}

static size_t draw_in_block(const struct dc_logits *w, const float *z, size_t b,
                            double share)
{
    size_t lo = b * DC_LOGITS_BLOCK, hi = lo + DC_LOGITS_BLOCK;
    if (hi > w->n_vocab)
        hi = w->n_vocab;
    double all = 0, sum = 0;
    for (size_t i = lo; i < hi; i++)
        all += exp((double)z[i] - w->max);
    double target = share * all;
    size_t last = lo;
    for (size_t i = lo; i < hi; i++) {
        double p = exp((double)z[i] - w->max);
        if (!(p > 0))
            continue;
        last = i;
        sum += p;
        if (sum > target)
            break;
    }
    return last;
}

static size_t draw_plain(const struct dc_logits *w, const float *z, double u)
{
    double all = 0, sum = 0;
    size_t last = 0;
    for (size_t b = 0; b < w->n_block; b++)
        all += w->block_sum[b];
    double target = u * all;
    for (size_t b = 0; b < w->n_block; b++) {
        double s = w->block_sum[b];
        if (!(s > 0) || !(w->block_max[b] > -INFINITY))
            continue;
        last = b;
        if (sum + s > target)
            return draw_in_block(w, z, b, (target - sum) / s);
        sum += s;
    }
    return draw_in_block(w, z, last, 1);
}

static int heavier(const void *a, const void *b)
{
    const struct dc_cand *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int lower_id(const void *a, const void *b)
{
    const struct dc_cand *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static double mass(const struct dc_cand *c, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += c[i].weight;
    return sum;
}

static size_t collect(struct dc_logits *w, const float *z, double temperature)
{
    size_t n = 0;
    if (!w->cand)
        w->cand = dc_xcalloc(w->n_vocab, sizeof *w->cand);
    for (size_t i = 0; i < w->n_vocab; i++) {
        double p = exp(((double)z[i] - w->max) / temperature);
        if (p > 0)
            w->cand[n++] = (struct dc_cand){p, (int32_t)i};
    }
    return n;
}

/* Filter the n candidates; those kept stand first, heaviest first. */
static size_t filter(struct dc_cand *c, size_t n, const struct dc_sampling *how)
{
    qsort(c, n, sizeof *c, heavier);
    if (how->top_k > 0 && n > how->top_k)
        n = how->top_k;
    if (how->top_p < 1) {
        double want = how->top_p * mass(c, n), sum = 0;
        size_t m = 0;
        while (m < n && sum < want)
            sum += c[m++].weight;
        n = m ? m : 1;
    }
    double least = how->min_p * c[0].weight;
    while (n > 1 && c[n - 1].weight < least)
        n--;
    return n;
}

static size_t draw_filtered(struct dc_logits *w, const float *z,
                            const struct dc_sampling *how, double u)
{
    size_t n = collect(w, z, how->temperature);
    if (how->top_k > 0 || how->top_p < 1 || how->min_p > 0) {
        n = filter(w->cand, n, how);
        qsort(w->cand, n, sizeof *w->cand, lower_id);
    }
    double target = u * mass(w->cand, n), sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += w->cand[i].weight;
        if (sum > target)
            return (size_t)w->cand[i].id;
    }
    return (size_t)w->cand[n - 1].id;
}

void dc_logits_sample(struct dc_logits *w, const float *z,
                      const struct dc_sampling *how, double u,
                      struct dc_token *out)
{
    assert(u > 0 && u < 1);
    size_t id;
    if (how->temperature == 0)
        id = greedy(w, z);
    else if (how->temperature == 1 && how->top_k == 0 && how->top_p >= 1 &&
             how->min_p <= 0)
        id = draw_plain(w, z, u);
    else
        id = draw_filtered(w, z, how, u);
    double logprob = (double)z[id] - w->lse;
    *out = (struct dc_token){
        .id = (int32_t)id,
        .logprob = (float)(logprob < 0 ? logprob : 0),
        .conf = (float)w->conf,
        .entropy = (float)w->entropy,
        .self_cert = (float)w->self_cert,
    };
}
