/*
 * risk_coverage.c - AURC, E-AURC and the risk at a coverage (Geifman, Uziel
 * and El-Yaniv 2019), and the bootstrap of the AURC row by row.
 *
 *   AURC = (1/n) sum over i of (wrong ones among the i surest) / i
 *
 * In a tie of m rows with k wrong ones, behind a rows with e wrong ones, the
 * mean over all orders of the tie has e + k t / m wrong ones among the first
 * a + t rows. So no order of the input rows, and no sorting algorithm, shows in
 * the result. A weight w means w copies of a row, which are tied with each
 * other: a bootstrap resample is valued as if its rows had been written out.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat/rank_priv.h"

#include <assert.h>
#include <deepconf/boot.h>
#include <deepconf/rank.h>
#include <math.h>
#include <stdlib.h>

struct ranked {
    const struct dc_rank_row *r; /* [n] ascending */
    const uint32_t *cluster;     /* [n] by row; NULL if nothing is weighted */
    size_t n;
};

struct tie {
    uint64_t before, wrong_before; /* rows above the tie */
    uint64_t m, wrong;             /* rows in it */
};

/* Go to the next tie down; *end is the number of rows below the last one. */
static bool next_tie(const struct ranked *in, const uint32_t *weight,
                     size_t *end, struct tie *t)
{
    t->before += t->m;
    t->wrong_before += t->wrong;
    t->m = t->wrong = 0;
    if (*end == 0)
        return false;
    double x = in->r[*end - 1].x;
    while (*end > 0 && in->r[*end - 1].x == x) {
        const struct dc_rank_row *r = &in->r[--*end];
        uint64_t w = weight ? weight[in->cluster[r->row]] : 1;
        t->m += w;
        t->wrong += r->flag ? w : 0;
    }
    return true;
}

/* Expected wrong ones among the first t rows of the tie and all above it. */
static double wrong_at(const struct tie *tie, uint64_t t)
{
    return (double)tie->wrong_before +
           (double)tie->wrong * ((double)t / (double)tie->m);
}

/* The sum of the risks, and how many rows and wrong rows there are. */
static double sum_of_risks(const struct ranked *in, const uint32_t *weight,
                           uint64_t *n, uint64_t *wrong)
{
    struct tie tie = {0};
    size_t end = in->n;
    double sum = 0;
    while (next_tie(in, weight, &end, &tie)) {
        for (uint64_t t = 1; t <= tie.m; t++)
            sum += wrong_at(&tie, t) / (double)(tie.before + t);
    }
    *n = tie.before;
    *wrong = tie.wrong_before;
    return sum;
}

static double optimal_aurc(uint64_t n, uint64_t wrong)
{
    double sum = 0;
    for (uint64_t t = 1; t <= wrong; t++)
        sum += (double)t / (double)(n - wrong + t);
    return sum / (double)n;
}

bool dc_risk_coverage(const double *confidence, const bool *wrong, size_t n,
                      struct dc_risk *out)
{
    struct dc_rank_row *r = dc_rank_sort(confidence, wrong, n);
    const struct ranked in = {.r = r, .n = n};
    uint64_t rows, n_wrong;
    double sum = sum_of_risks(&in, NULL, &rows, &n_wrong);
    free(r);
    if (n == 0)
        return false;
    out->aurc = sum / (double)n;
    out->optimal = optimal_aurc(n, n_wrong);
    out->excess = fmax(out->aurc - out->optimal, 0);
    out->risk = (double)n_wrong / (double)n;
    return true;
}

static double risk_of_first(const struct ranked *in, uint64_t i)
{
    struct tie tie = {0};
    size_t end = in->n;
    while (next_tie(in, NULL, &end, &tie) && tie.before + tie.m < i)
        ;
    return wrong_at(&tie, i - tie.before) / (double)i;
}

bool dc_risk_at(const double *confidence, const bool *wrong, size_t n,
                const struct dc_coverage *at)
{
    if (n == 0)
        return false;
    struct dc_rank_row *r = dc_rank_sort(confidence, wrong, n);
    const struct ranked in = {.r = r, .n = n};
    for (size_t p = 0; p < at->n_points; p++) {
        double c = at->coverage[p];
        assert(c > 0 && c <= 1);
        double i = fmin(fmax(ceil(c * (double)n - 1e-9), 1), (double)n);
        at->risk[p] = risk_of_first(&in, (uint64_t)i);
    }
    free(r);
    return true;
}

/* Ranked rows with what they point to. */
struct owned {
    struct ranked in;
    struct dc_rank_row *row;
    uint32_t *cluster;
};

static bool aurc_of_resample(const void *data, const uint32_t *weight,
                             double *value)
{
    const struct owned *o = data;
    uint64_t n, wrong;
    double sum = sum_of_risks(&o->in, weight, &n, &wrong);
    if (n == 0)
        return false;
    *value = sum / (double)n;
    return true;
}

static void ranked_free(void *mine)
{
    struct owned *o = mine;
    free(o->row);
    free(o->cluster);
    free(o);
}

void dc_boot_aurc_plain(const struct dc_scored *s,
                        const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    struct owned *o = dc_xcalloc(1, sizeof *o);
    o->row = dc_rank_sort(s->score, s->positive, s->n);
    o->cluster = dc_xcalloc(s->n + 1, sizeof *o->cluster);
    for (size_t i = 0; i < s->n; i++) {
        assert(s->group[i] < s->n_groups);
        o->cluster[i] = s->group[i];
    }
    o->in = (struct ranked){.r = o->row, .cluster = o->cluster, .n = s->n};
    const struct dc_boot_owned all = {
        .stat = {.data = o, .compute = aurc_of_resample},
        .mine = o,
        .release = ranked_free,
        .n_clusters = s->n_groups,
        .bytes = s->n * (sizeof *o->row + sizeof *o->cluster),
        .has_kinds = true,
        .kinds = dc_boot_kinds_of(s)};
    dc_boot_run_owned(&all, cfg, out);
}
