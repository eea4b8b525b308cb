/*
 * shrink.h - shares of many groups, each drawn towards what all groups have in
 * common by as much as its few rows leave it uncertain.
 *
 * Group i has k of n rows; p_i is its true share. The model: p_i is drawn from
 * Beta(mu m, (1 - mu) m), m saying how alike groups are. mu is uniform, and so
 * is the share B = n0 / (n0 + m) of its own rows in a group's estimate, n0
 * being the mean of n (the uniform shrinkage prior, Christiansen and Morris
 * 1997). Both are integrated out, not estimated: where groups look alike an
 * estimate of m would be infinite, and its intervals too short.
 */
#ifndef DC_STAT_SHRINK_H
#define DC_STAT_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_shrink_group {
    uint64_t k, n;
};

/* A group's share by all groups: the mean of its distribution, and what lies
 * between with probability `level`. */
struct dc_shrunk {
    double value, lo, hi;
};

struct dc_shrink; /* what is known of mu and m */

/*
 * Of groups g [n], of which those without rows tell nothing. NULL if fewer than
 * DC_SHRINK_LEAST have rows: too few to say how alike groups are. Caller frees.
 */
enum { DC_SHRINK_LEAST = 3 };
struct dc_shrink *dc_shrink_create(const struct dc_shrink_group *g, size_t n);
void dc_shrink_free(struct dc_shrink *s); /* NULL is fine */
/* Of one of the groups; level in (0, 1). */
struct dc_shrunk dc_shrink_of(const struct dc_shrink *s,
                              const struct dc_shrink_group *g, double level);

#endif
