/*
 * auroc.c - pairs of a positive and a negative row, the area under the ROC
 * curve over all rows and inside groups, and the curve's points.
 *
 * AUROC = (pairs with the positive higher + tied pairs / 2) / pairs, which is
 * the Mann-Whitney U divided by its largest value. Rows are sorted once; with
 * N negatives below a tie, a positive in the tie with n negatives beside it
 * makes 2 N + n half pairs. All counts are integers (at most 2^62 for 2^31
 * rows), and the only rounding is that of one division.
 *
 * Rows are sorted by the bits of their scores, digit by digit: many statistics
 * of one run sort the same 50,000 rows, and comparing them took most of it.
 *
 * For pairs inside groups the sorted rows are dealt out to their groups in
 * order, so each group's share is sorted without a sort of its own.
 */
#include "base/mem.h"
#include "stat/rank_priv.h"

#include <assert.h>
#include <deepconf/rank.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sorting ---- */

enum { DIGIT = 11, DIGITS = 1 << DIGIT, PASSES = 6 }; /* of 64 bits */

/* An integer that is less if x is, and equal if x is; -0 and 0 are equal. */
static uint64_t order_of(double x)
{
    uint64_t bits;
    x = x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

struct keyed {
    uint64_t key;
    uint32_t row;
};

/* Where each value of a digit begins, for every digit, in one look. */
static void count_digits(const struct keyed *from, size_t n,
                         uint32_t start[PASSES][DIGITS])
{
    memset(start, 0, sizeof(uint32_t[PASSES][DIGITS]));
    for (size_t i = 0; i < n; i++)
        for (int p = 0; p < PASSES; p++)
            start[p][from[i].key >> (p * DIGIT) & (DIGITS - 1)]++;
    for (int p = 0; p < PASSES; p++)
        for (uint32_t d = 0, sum = 0; d < DIGITS; d++) {
            uint32_t here = start[p][d];
            start[p][d] = sum;
            sum += here;
        }
}

/* Is there but one value of the digit, so that nothing would move? */
static bool is_constant(const struct keyed *from, size_t n, int shift,
                        const uint32_t *start)
{
    uint64_t d = n ? from[0].key >> shift & (DIGITS - 1) : 0;
    return start[d] == 0 && (d + 1 == DIGITS || start[d + 1] == n);
}

/*
 * By key, equal keys as they stand: least digit first. a and spare [n]; the
 * sorted ones are in the one that comes back.
 */
static struct keyed *radix_sort(struct keyed *a, struct keyed *spare, size_t n)
{
    uint32_t(*start)[DIGITS] = dc_xcalloc(PASSES, sizeof *start);
    count_digits(a, n, start);
    for (int p = 0; p < PASSES; p++) {
        int shift = p * DIGIT;
        if (is_constant(a, n, shift, start[p]))
            continue;
        for (size_t i = 0; i < n; i++)
            spare[start[p][a[i].key >> shift & (DIGITS - 1)]++] = a[i];
        struct keyed *other = a;
        a = spare;
        spare = other;
    }
    free(start);
    return a;
}

/* Ties lie with the rows that have no flag first: they went in so. */
struct dc_rank_row *dc_rank_sort(const double *x, const bool *flag, size_t n)
{
    assert(n <= DC_RANK_ROWS_MAX);
    struct dc_rank_row *r = dc_xcalloc(n ? n : 1, sizeof *r);
    struct keyed *a = dc_xcalloc(2 * n + 1, sizeof *a);
    size_t at = 0;
    for (int f = 0; f < 2; f++)
        for (size_t i = 0; i < n; i++) {
            assert(!isnan(x[i]));
            if (flag[i] == (f == 1))
                a[at++] = (struct keyed){order_of(x[i]), (uint32_t)i};
        }
    const struct keyed *sorted = radix_sort(a, a + n, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = sorted[i].row;
        r[i] = (struct dc_rank_row){x[row], row, flag[row]};
    }
    free(a);
    return r;
}

/* ---- pairs ---- */

struct dc_pairs dc_pairs_sorted(const struct dc_rank_row *r, size_t n)
{
    struct dc_pairs p = {0};
    uint64_t pos = 0, neg = 0;
    for (size_t i = 0, end; i < n; i = end) {
        end = dc_rank_tie_end(r, n, i);
        uint64_t pos_here = 0;
        for (size_t j = i; j < end; j++)
            pos_here += r[j].flag;
        uint64_t neg_here = end - i - pos_here;
        p.twice += pos_here * (2 * neg + neg_here);
        pos += pos_here;
        neg += neg_here;
    }
    p.n = pos * neg;
    return p;
}

struct dc_pairs dc_pairs_count(const double *score, const bool *positive,
                               size_t n)
{
    struct dc_rank_row *r = dc_rank_sort(score, positive, n);
    struct dc_pairs p = dc_pairs_sorted(r, n);
    free(r);
    return p;
}

bool dc_pairs_auroc(const struct dc_pairs *p, double *value)
{
    if (p->n == 0)
        return false;
    *value = (double)p->twice / (2 * (double)p->n);
    return true;
}

bool dc_auroc(const double *score, const bool *positive, size_t n,
              double *value)
{
    struct dc_pairs p = dc_pairs_count(score, positive, n);
    return dc_pairs_auroc(&p, value);
}

/* Where each group's rows begin when they lie group by group: [n_groups + 1].
 */
static size_t *group_starts(const struct dc_scored *s)
{
    size_t *start = dc_xcalloc(s->n_groups + 1, sizeof *start);
    for (size_t i = 0; i < s->n; i++) {
        assert(s->group[i] < s->n_groups);
        start[s->group[i] + 1]++;
    }
    for (size_t g = 0; g < s->n_groups; g++)
        start[g + 1] += start[g];
    return start;
}

void dc_pairs_by_group(const struct dc_scored *s, struct dc_pairs *out)
{
    struct dc_rank_row *r = dc_rank_sort(s->score, s->positive, s->n);
    struct dc_rank_row *dealt = dc_xcalloc(s->n ? s->n : 1, sizeof *dealt);
    size_t *next = group_starts(s);
    for (size_t i = 0; i < s->n; i++)
        dealt[next[s->group[r[i].row]]++] = r[i];
    for (size_t g = 0, begin = 0; g < s->n_groups; g++) {
        out[g] = dc_pairs_sorted(dealt + begin, next[g] - begin);
        begin = next[g];
    }
    free(next);
    free(dealt);
    free(r);
}

struct dc_auroc_within dc_auroc_within(const struct dc_scored *s)
{
    struct dc_auroc_within w = {0};
    struct dc_pairs *by = dc_xcalloc(s->n_groups ? s->n_groups : 1, sizeof *by);
    double sum = 0, value;
    dc_pairs_by_group(s, by);
    for (size_t g = 0; g < s->n_groups; g++) {
        if (!dc_pairs_auroc(&by[g], &value))
            continue;
        w.n_groups_used++;
        w.pairs.n += by[g].n;
        w.pairs.twice += by[g].twice;
        sum += value;
    }
    free(by);
    w.pooled.defined = dc_pairs_auroc(&w.pairs, &w.pooled.value);
    if (w.n_groups_used)
        w.mean = (struct dc_ratio){true, sum / (double)w.n_groups_used};
    return w;
}

size_t dc_roc(const double *score, const bool *positive, size_t n,
              struct dc_roc_point *out)
{
    struct dc_rank_row *r = dc_rank_sort(score, positive, n);
    struct dc_roc_point p = {0};
    size_t n_points = 0;
    for (size_t i = n; i > 0; i--) {
        p.threshold = r[i - 1].x;
        p.tp += r[i - 1].flag;
        p.fp += !r[i - 1].flag;
        if (i == 1 || r[i - 2].x != r[i - 1].x)
            out[n_points++] = p;
    }
    free(r);
    return n_points;
}
