/*
 * sample.c - drawing a token by inverting the distribution function.
 *
 * The weight of a token is exp((z - max) / T). With every filter off, the sums
 * of the blocks lead to the block that holds the draw, and only that block is
 * weighed token by token: at T = 1 the scan has left the sums, else the kernel
 * makes them.
 *
 * The filters keep, of what the one before has left: the top_k heaviest tokens;
 * the fewest heaviest that have at least top_p of the mass; those with at least
 * min_p of the largest weight. A tie goes to the lower id. They look only at
 * logits above a cut, which is lowered until nothing below it could be kept;
 * blocks below the cut are skipped.
 *
 * A token of weight 0, such as one with z = -inf, is never drawn.
 */
#include "base/mem.h"
#include "conf/logits_priv.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
    FIRST_DEPTH = 8,  /* of the cut below the maximum, in units of T */
    LAST_DEPTH = 1024 /* exp(-746) is 0: whatever has a weight is above */
};

struct dc_sampling dc_sampling_default(void)
{
    return (struct dc_sampling){.temperature = 1, .top_p = 1};
}

static size_t greedy(const struct dc_logits *w, const float *z)
{
    size_t i = 0;
    while ((double)w->block_max[i / DC_LOGITS_BLOCK] < w->max)
        i += DC_LOGITS_BLOCK;
    while ((double)z[i] < w->max)
        i++;
    return i;
}

static double weight_of(const struct dc_logits *w, double z, double t)
{
    return exp((z - w->max) / t);
}

static double total(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/*
 * Where the running sum of x [n] first exceeds `target`; where rounding keeps
 * it from that, the last positive one. *before is the sum up to there.
 */
static size_t invert(const double *x, size_t n, double target, double *before)
{
    size_t at = 0;
    double sum = 0;
    *before = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0))
            continue;
        at = i;
        *before = sum;
        sum += x[i];
        if (sum > target)
            break;
    }
    return at;
}

/* The sums of weights per block, at temperature t. */
static const double *block_sums(struct dc_logits *w, const float *z, double t)
{
    if (t == 1)
        return w->block_sum;
    const struct dc_logits_kernel *kern = dc_logits_kernel();
    float room[DC_LOGITS_BLOCK];
    float inv_t = 1 / t < (double)FLT_MAX ? (float)(1 / t) : FLT_MAX;
    for (size_t b = 0; b < w->n_block; b++) {
        size_t n;
        double f = weight_of(w, (double)w->block_max[b], t);
        const float *at = dc_logits_block_at(w, z, b, room, &n);
        w->block_tmp[b] =
            f > 0 ? f * kern->tempered(at, w->block_max[b], inv_t) : 0;
    }
    return w->block_tmp;
}

static size_t draw_unfiltered(struct dc_logits *w, const float *z, double t,
                              double u)
{
    const double *sum = block_sums(w, z, t);
    double x[DC_LOGITS_BLOCK], before, unused;
    float room[DC_LOGITS_BLOCK];
    size_t n;
    double target = u * total(sum, w->n_block);
    size_t b = invert(sum, w->n_block, target, &before);
    /* the share of the block that lies below the draw: the block is weighed in
     * double now, and its float sum serves no more */
    double share = (target - before) / sum[b];
    const float *at = dc_logits_block_at(w, z, b, room, &n);
    for (size_t i = 0; i < n; i++)
        x[i] = weight_of(w, (double)at[i], t);
    return b * DC_LOGITS_BLOCK + invert(x, n, share * total(x, n), &unused);
}

static int heavier_first(const void *a, const void *b)
{
    const struct dc_cand *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int lower_id_first(const void *a, const void *b)
{
    const struct dc_cand *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static double cand_mass(const struct dc_cand *c, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += c[i].weight;
    return sum;
}

/* The finite logits from `cut` up become w->cand, in id order. */
static size_t collect(struct dc_logits *w, const float *z, double t, double cut)
{
    size_t n_cand = 0;
    if (!w->cand)
        w->cand = dc_xcalloc(w->n_vocab, sizeof(*w->cand));
    for (size_t b = 0; b < w->n_block; b++) {
        size_t end = (b + 1) * DC_LOGITS_BLOCK;
        if ((double)w->block_max[b] < cut)
            continue;
        for (size_t i = b * DC_LOGITS_BLOCK; i < end && i < w->n_vocab; i++)
            if ((double)z[i] >= cut && z[i] > -INFINITY)
                w->cand[n_cand++] = (struct dc_cand){
                    .weight = weight_of(w, (double)z[i], t), .id = (int32_t)i};
    }
    return n_cand;
}

/* Collect at least what the filters keep; `all` is the mass of all tokens. */
static size_t collect_enough(struct dc_logits *w, const float *z,
                             const struct dc_sampling *how, double all)
{
    double t = how->temperature;
    if (how->top_k > 0 && how->top_k <= w->k)
        return collect(w, z, t, (double)w->top[how->top_k - 1]);
    if (how->top_k == 0 && how->top_p >= 1) /* min_p alone; 1e-9 for rounding */
        return collect(w, z, t, w->max + t * (log(how->min_p) - 1e-9));
    for (double depth = FIRST_DEPTH; depth < LAST_DEPTH; depth *= 2) {
        size_t n = collect(w, z, t, w->max - depth * t);
        if (how->top_k > 0 ? n >= how->top_k
                           : cand_mass(w->cand, n) >= how->top_p * all)
            return n;
    }
    return collect(w, z, t, -INFINITY);
}

/* Filter c [n]; the number kept. Those come first, in id order. */
static size_t filter(struct dc_cand *c, size_t n, const struct dc_sampling *how,
                     double all)
{
    bool sorted = how->top_k > 0 || how->top_p < 1;
    if (sorted)
        qsort(c, n, sizeof(*c), heavier_first);
    if (how->top_k > 0) {
        n = n < how->top_k ? n : how->top_k;
        all = cand_mass(c, n);
    }
    if (how->top_p < 1) {
        double sum = 0;
        size_t m = 0;
        while (m < n && sum < how->top_p * all)
            sum += c[m++].weight;
        n = m;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) /* the largest weight is exactly 1 */
        if (c[i].weight >= how->min_p)
            c[kept++] = c[i];
    if (sorted)
        qsort(c, kept, sizeof(*c), lower_id_first);
    return kept;
}

static size_t draw_filtered(struct dc_logits *w, const float *z,
                            const struct dc_sampling *how, double u)
{
    double all = 0;
    if (how->top_k == 0 && how->top_p < 1)
        all = total(block_sums(w, z, how->temperature), w->n_block);
    size_t n = collect_enough(w, z, how, all);
    n = filter(w->cand, n, how, all);
    double target = u * cand_mass(w->cand, n), sum = 0;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(w->cand[i].weight > 0))
            continue;
        at = i;
        sum += w->cand[i].weight;
        if (sum > target)
            break;
    }
    return (size_t)w->cand[at].id;
}

/* x >= 0 as a finite float. */
static float to_float(double x)
{
    return x < (double)FLT_MAX ? (float)x : FLT_MAX;
}

/* log p of a token with the logit z. */
static float logprob_of(const struct dc_logits *w, float z)
{
    double surprise = (w->lse - w->max) + (w->max - (double)z);
    return surprise > 0 ? -to_float(surprise) : 0;
}

void dc_logits_top(const struct dc_logits *w, size_t n,
                   struct dc_top_logprob *out)
{
    assert(n <= w->k);
    for (size_t i = 0; i < n; i++)
        out[i] =
            (struct dc_top_logprob){w->top_id[i], logprob_of(w, w->top[i])};
}

void dc_logits_sample(struct dc_logits *w, const float *z,
                      const struct dc_sampling *how, double u,
                      struct dc_token *out)
{
    struct dc_sampling s = *how;
    size_t id;
    assert(u > 0 && u < 1);
    assert(s.temperature >= 0 && isfinite(s.temperature));
    assert(s.top_p > 0 && s.top_p <= 1 && s.min_p >= 0 && s.min_p < 1);
    if (s.top_k >= w->n_vocab)
        s.top_k = 0;
    if (s.temperature == 0)
        id = greedy(w, z);
    else if (s.top_k == 0 && s.top_p >= 1 && s.min_p <= 0)
        id = draw_unfiltered(w, z, s.temperature, u);
    else
        id = draw_filtered(w, z, &s, u);
    *out = (struct dc_token){
        .id = (int32_t)id,
        .logprob = logprob_of(w, z[id]),
        .conf = to_float(w->conf),
        .entropy = to_float(w->entropy),
        .self_cert = to_float(w->self_cert),
    };
}
