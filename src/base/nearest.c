/*
 * nearest.c - edit distance with swaps of neighbours (Damerau 1964, in the
 * restricted form of optimal string alignment), over three rows of the table.
 */
#include "base/nearest.h"

#include <string.h>

enum { MAX_NAME = 64 };

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t dc_edit_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    size_t row[3][MAX_NAME]; /* of i-2, i-1 and i, taken in turn */
    if (na >= MAX_NAME || nb >= MAX_NAME)
        return na + nb;
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = row[i % 3], *prev = row[(i + 2) % 3];
        const size_t *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = prev[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = min2(change, 1 + min2(prev[j], now[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = min2(now[j], before[j - 2] + 1);
        }
    }
    return row[na % 3][nb];
}

void dc_nearest_offer(struct dc_nearest *n, const char *candidate)
{
    size_t len = strlen(n->typed);
    size_t d = dc_edit_distance(n->typed, candidate);
    size_t most = len < 4 ? 1 : len < 8 ? 2 : 3;
    if (len >= 3 && strncmp(n->typed, candidate, len) == 0)
        d = 1; /* a name cut short */
    if (d <= most && (!n->name || d < n->distance)) {
        n->name = candidate;
        n->distance = d;
    }
}
