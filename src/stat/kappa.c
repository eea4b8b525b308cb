/*
 * kappa.c - Cohen's kappa of two raters (Cohen 1960) and its interval.
 *
 * With t the table of counts, r and c its row and column sums,
 *   observed = sum t_ii / n,   expected = sum r_i c_i / n^2
 *   kappa = (n sum t_ii - sum r_i c_i) / (n^2 - sum r_i c_i)
 * The last form is in integers, so that "expected = 1" is an exact question and
 * not one of rounding. n < 2^32 keeps all of them below 2^64.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"

#include <assert.h>
#include <deepconf/agree.h>
#include <stdlib.h>

struct table {
    uint64_t n, equal;
    uint64_t a[DC_AGREE_LABELS_MAX], b[DC_AGREE_LABELS_MAX];
};

static struct dc_ratio exact_ratio(uint64_t k, uint64_t n)
{
    if (n == 0)
        return (struct dc_ratio){.defined = false};
    return (struct dc_ratio){true, (double)k / (double)n};
}

static struct dc_ratio kappa_of(const struct table *t, uint64_t by_chance)
{
    uint64_t top = t->n * t->equal, bottom = t->n * t->n - by_chance;
    bool negative = top < by_chance;
    struct dc_ratio r =
        exact_ratio(negative ? by_chance - top : top - by_chance, bottom);
    if (r.defined && negative)
        r.value = -r.value;
    return r;
}

static struct dc_kappa from_table(const struct table *t)
{
    uint64_t by_chance = 0;
    assert(t->n <= UINT32_MAX);
    for (int i = 0; i < DC_AGREE_LABELS_MAX; i++)
        by_chance += t->a[i] * t->b[i];
    return (struct dc_kappa){
        .n = t->n,
        .n_equal = t->equal,
        .observed = exact_ratio(t->equal, t->n),
        .expected = exact_ratio(by_chance, t->n * t->n),
        .kappa = kappa_of(t, by_chance),
    };
}

static void add(struct table *t, uint32_t a, uint32_t b, uint64_t weight)
{
    t->n += weight;
    t->equal += a == b ? weight : 0;
    t->a[a] += weight;
    t->b[b] += weight;
}

static void check(const struct dc_label_pairs *p)
{
    assert(p->n_labels >= 1 && p->n_labels <= DC_AGREE_LABELS_MAX);
    for (size_t i = 0; i < p->n; i++)
        assert(p->a[i] < p->n_labels && p->b[i] < p->n_labels);
}

struct dc_kappa dc_kappa_cohen(const struct dc_label_pairs *p)
{
    struct table t = {0};
    check(p);
    for (size_t i = 0; i < p->n; i++)
        add(&t, p->a[i], p->b[i], 1);
    return from_table(&t);
}

/* Pairs that a bootstrap keeps. */
struct rows {
    size_t n;
    struct row {
        uint32_t a, b, cluster;
    } row[];
};

static bool kappa_of_resample(const void *data, const uint32_t *weight,
                              double *value)
{
    const struct rows *x = data;
    struct table t = {0};
    for (size_t i = 0; i < x->n; i++)
        add(&t, x->row[i].a, x->row[i].b, weight[x->row[i].cluster]);
    struct dc_ratio r = from_table(&t).kappa;
    if (r.defined)
        *value = r.value;
    return r.defined;
}

/* Clusters in which the raters differ, and of each label those in which one of
 * them gave it, if anyone did. */
static struct dc_boot_kinds kinds_of(const struct dc_kappa_clusters *k)
{
    enum { DIFFER = DC_AGREE_LABELS_MAX, KINDS };
    const struct dc_label_pairs *p = k->pairs;
    size_t n[KINDS] = {0}, least = SIZE_MAX;
    uint8_t *has = dc_xcalloc((k->n_clusters + 1) * KINDS, sizeof *has);
    for (size_t i = 0; i < p->n; i++) {
        uint8_t *of = has + (size_t)k->cluster[i] * KINDS;
        of[p->a[i]] = of[p->b[i]] = 1;
        of[DIFFER] |= p->a[i] != p->b[i];
    }
    for (size_t c = 0; c < k->n_clusters; c++)
        for (int kind = 0; kind < KINDS; kind++)
            n[kind] += has[c * KINDS + (size_t)kind];
    for (int label = 0; label < DC_AGREE_LABELS_MAX; label++)
        least = n[label] > 0 && n[label] < least ? n[label] : least;
    free(has);
    return (struct dc_boot_kinds){n[DIFFER], p->n > 0 ? least : 0};
}

void dc_kappa_boot(const struct dc_kappa_clusters *k,
                   const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    check(k->pairs);
    size_t n = k->pairs->n;
    struct rows *x = dc_xcalloc(1, sizeof *x + n * sizeof x->row[0]);
    x->n = n;
    for (size_t i = 0; i < n; i++) {
        assert(k->cluster[i] < k->n_clusters);
        x->row[i] = (struct row){k->pairs->a[i], k->pairs->b[i], k->cluster[i]};
    }
    const struct dc_boot_owned o = {
        .stat = {.data = x, .compute = kappa_of_resample},
        .mine = x,
        .release = free,
        .n_clusters = k->n_clusters,
        .bytes = n * sizeof x->row[0],
        .has_kinds = true,
        .kinds = kinds_of(k)};
    dc_boot_run_owned(&o, cfg, out);
}
