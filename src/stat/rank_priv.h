/*
 * rank_priv.h - rows in the order of their scores, for stat's own files.
 */
#ifndef DC_STAT_RANK_PRIV_H
#define DC_STAT_RANK_PRIV_H

#include <deepconf/rank.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_rank_row {
    double x;
    uint32_t row;
    bool flag;
};

/*
 * Ascending by x, in a tie rows without the flag first, then by row. Caller
 * frees. x may hold no NaN; n <= DC_RANK_ROWS_MAX.
 */
struct dc_rank_row *dc_rank_sort(const double *x, const bool *flag, size_t n);

/* The pairs of a row with the flag and one without, of rows in that order. */
struct dc_pairs dc_pairs_sorted(const struct dc_rank_row *r, size_t n);

/* The end of the tie that begins at i. */
static inline size_t dc_rank_tie_end(const struct dc_rank_row *r, size_t n,
                                     size_t i)
{
    size_t end = i + 1;
    while (end < n && r[end].x == r[i].x)
        end++;
    return end;
}

#endif
