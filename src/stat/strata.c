/*
 * strata.c - has a mark to do with a yes or no, inside strata?
 *
 * Given how many rows of a stratum are marked and how many say yes, the number
 * that are both is hypergeometric if the marks fell without regard to the
 * answers, whatever the stratum's own rate is; the sum over strata is the
 * statistic of Mantel and Haenszel (1959). Its exact distribution is the
 * convolution of the strata's (Gart 1970). Where that is long it is as good as
 * normal, and taken so, with a correction of half a step for continuity.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/stat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STRATA_EXACT = 4096
}; /* values that the sum can have, for the exact
      distribution */

struct strata_sum {
    uint64_t least, most; /* that it can be */
    double mean, var;
};

static struct dc_urn urn_of(const struct dc_stratum *s)
{
    return (struct dc_urn){
        .size = s->n, .marked = s->n_yes, .drawn = s->n_marked};
}

static uint64_t least_both(const struct dc_stratum *s)
{
    uint64_t sum = (uint64_t)s->n_yes + s->n_marked;
    return sum > s->n ? sum - s->n : 0;
}

static uint64_t most_both(const struct dc_stratum *s)
{
    return s->n_yes < s->n_marked ? s->n_yes : s->n_marked;
}

/* Does the stratum have rows of each kind? */
static bool tells(const struct dc_stratum *s)
{
    return least_both(s) < most_both(s);
}

static void add_stratum(struct strata_sum *x, const struct dc_stratum *s)
{
    double n = s->n, yes = s->n_yes, marked = s->n_marked;
    x->least += least_both(s);
    x->most += most_both(s);
    x->mean += yes * marked / n;
    x->var += yes * (n - yes) * marked * (n - marked) / (n * n * (n - 1));
}

/* p [n] over sums, times the distribution of a stratum; gives the new n. */
static size_t convolve(double *p, size_t n, double *tmp,
                       const struct dc_stratum *s)
{
    const struct dc_urn u = urn_of(s);
    uint64_t least = least_both(s), range = most_both(s) - least;
    memset(tmp, 0, (n + range) * sizeof *tmp);
    for (uint64_t k = 0; k <= range; k++) {
        double q = dc_hypergeom_pmf(least + k, &u);
        for (size_t i = 0; i < n; i++)
            tmp[i + k] += p[i] * q;
    }
    memcpy(p, tmp, (n + range) * sizeof *p);
    return n + range;
}

static double exact_p(const struct dc_stratum *s, size_t n,
                      const struct strata_sum *x, uint64_t both)
{
    size_t m = 1, size = (size_t)(x->most - x->least) + 1;
    double *p = dc_xcalloc(size, sizeof *p), *tmp = dc_xcalloc(size, sizeof *p);
    double below = 0, above = 0;
    p[0] = 1;
    for (size_t i = 0; i < n; i++)
        if (tells(&s[i]))
            m = convolve(p, m, tmp, &s[i]);
    assert(m == size);
    for (size_t i = 0; i < m; i++) {
        below += i <= both - x->least ? p[i] : 0;
        above += i >= both - x->least ? p[i] : 0;
    }
    free(p);
    free(tmp);
    return fmin(1, 2 * fmin(below, above));
}

static double normal_p(const struct strata_sum *x, uint64_t both)
{
    double off = fmax(0, fabs((double)both - x->mean) - 0.5);
    return fmin(1, 2 * dc_normal_sf(off / sqrt(x->var)));
}

bool dc_strata_test(const struct dc_stratum *s, size_t n, double *p)
{
    struct strata_sum x = {0};
    uint64_t both = 0;
    for (size_t i = 0; i < n; i++) {
        assert(s[i].n_yes <= s[i].n && s[i].n_marked <= s[i].n &&
               s[i].n_both >= least_both(&s[i]) &&
               s[i].n_both <= most_both(&s[i]));
        if (!tells(&s[i]))
            continue;
        add_stratum(&x, &s[i]);
        both += s[i].n_both;
    }
    if (x.most == x.least)
        return false;
    *p = x.most - x.least < STRATA_EXACT ? exact_p(s, n, &x, both)
                                         : normal_p(&x, both);
    return true;
}
