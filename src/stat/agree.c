/*
 * agree.c - agreement among any number of ratings per unit.
 *
 * With n_uc ratings of unit u for label c, m_u of the unit in all, n_c of the
 * label and n in all, over the U units with m_u >= 2:
 *   observed = (1/U) sum over u of (sum_c n_uc (n_uc - 1)) / (m_u (m_u - 1))
 *   Fleiss 1971, all m_u equal: expected = sum_c (n_c / n)^2,
 *       kappa = (observed - expected) / (1 - expected)
 *   Krippendorff 2011 (nominal):
 *       D_o = (1/n) sum over u of (sum_c n_uc (m_u - n_uc)) / (m_u - 1)
 *       D_e = (sum_c n_c (n - n_c)) / (n (n - 1)),   alpha = 1 - D_o / D_e
 * Both have no value if one label takes all; that is asked of the counts.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/agree.h>
#include <math.h>
#include <stdlib.h>

struct sums {
    size_t n_units, n_unanimous;
    uint64_t n, label[DC_AGREE_LABELS_MAX];
    uint64_t m_least, m_most;
    double agreeing;    /* sum over units of the share of equal pairs */
    double disagreeing; /* sum over units of unequal pairs / (m - 1) */
    double entropy;
};

bool dc_label_entropy(const uint32_t *count, uint32_t n_labels, double *value)
{
    uint64_t n = 0;
    double sum = 0;
    for (uint32_t c = 0; c < n_labels; c++)
        n += count[c];
    if (n == 0)
        return false;
    for (uint32_t c = 0; c < n_labels; c++) {
        double q = (double)count[c] / (double)n;
        sum += count[c] ? q * log(1 / q) : 0;
    }
    *value = sum;
    return true;
}

static void add_unit(struct sums *s, const uint32_t *count, uint32_t n_labels)
{
    uint64_t m = 0, same = 0, most = 0;
    double entropy = 0;
    for (uint32_t c = 0; c < n_labels; c++) {
        m += count[c];
        same += (uint64_t)count[c] * count[c];
        most = count[c] > most ? count[c] : most;
    }
    if (m < 2)
        return;
    dc_label_entropy(count, n_labels, &entropy);
    s->entropy += entropy;
    s->agreeing += (double)(same - m) / ((double)m * (double)(m - 1));
    s->disagreeing += (double)(m * m - same) / (double)(m - 1);
    s->n_unanimous += most == m;
    s->m_least = s->n_units && s->m_least < m ? s->m_least : m;
    s->m_most = s->m_most > m ? s->m_most : m;
    s->n_units++;
    s->n += m;
    for (uint32_t c = 0; c < n_labels; c++)
        s->label[c] += count[c];
}

static void sum_up(const struct dc_ratings *r, struct sums *s)
{
    assert(r->n_labels >= 1 && r->n_labels <= DC_AGREE_LABELS_MAX);
    assert(r->n <= UINT32_MAX && r->n_units <= UINT32_MAX);
    size_t k = r->n_labels;
    uint32_t *count = dc_xcalloc(r->n_units * k + 1, sizeof *count);
    for (size_t i = 0; i < r->n; i++) {
        assert(r->unit[i] < r->n_units && r->label[i] < r->n_labels);
        count[r->unit[i] * k + r->label[i]]++;
    }
    for (size_t u = 0; u < r->n_units; u++)
        add_unit(s, count + u * k, r->n_labels);
    free(count);
}

/* The sum over labels of n_c^2; n^2 exactly if one label takes all. */
static uint64_t squares(const struct sums *s)
{
    uint64_t sum = 0;
    for (int c = 0; c < DC_AGREE_LABELS_MAX; c++)
        sum += s->label[c] * s->label[c];
    return sum;
}

struct dc_agreement dc_agreement_of(const struct dc_ratings *r, double level)
{
    struct sums s = {0};
    sum_up(r, &s);
    double units = (double)s.n_units, n = (double)s.n;
    uint64_t same = squares(&s);
    struct dc_agreement a = {
        .n_units = s.n_units,
        .n_ratings = s.n,
        .unanimous = dc_prop_wilson(s.n_unanimous, s.n_units, level),
    };
    if (s.n_units == 0)
        return a;
    a.observed = (struct dc_ratio){true, s.agreeing / units};
    a.entropy = (struct dc_ratio){true, s.entropy / units};
    if (same == s.n * s.n)
        return a;
    double unequal = (double)(s.n * s.n - same);
    double d_e = unequal / (n * (n - 1));
    a.alpha = (struct dc_ratio){true, 1 - s.disagreeing / n / d_e};
    if (s.m_least == s.m_most) {
        double by_chance = 1 - unequal / (n * n);
        a.fleiss = (struct dc_ratio){true, (a.observed.value - by_chance) /
                                               (1 - by_chance)};
    }
    return a;
}
