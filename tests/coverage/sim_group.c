/*
 * sim_group.c - shares of many groups: the estimates that are drawn together,
 * of any group and of the one that looks most extreme, and tests of each group
 * against the others.
 */
#include "base/mem.h"
#include "coverage/sim.h"
#include "stat/shrink.h"

#include <deepconf/stat.h>

enum { GROUPS_MAX = 64 };

/* x: groups, rows of a group (of every second one a quarter), mean share,
 * correlation inside groups. */
struct groups {
    struct dc_shrink_group g[GROUPS_MAX];
    double share[GROUPS_MAX];
    size_t n;
};

static struct groups draw(const struct sim_cell *c, struct sim_rng *r)
{
    struct groups x = {.n = (size_t)c->x[0]};
    for (size_t i = 0; i < x.n; i++) {
        x.share[i] = c->x[3] > 0 ? sim_beta(r, c->x[2], c->x[3]) : c->x[2];
        x.g[i].n = (uint64_t)(i % 2 ? c->x[1] / 4 : c->x[1]);
        for (uint64_t k = 0; k < x.g[i].n; k++)
            x.g[i].k += sim_coin(r, x.share[i]);
    }
    return x;
}

static enum sim_outcome holds_of(const struct groups *x, size_t i)
{
    struct dc_shrink *s = dc_shrink_create(x->g, x->n);
    struct dc_shrunk is = {0};
    if (s)
        is = dc_shrink_of(s, &x->g[i], 0.95);
    enum sim_outcome o = sim_holds(s != NULL, is.lo, is.hi, x->share[i]);
    dc_shrink_free(s);
    return o;
}

static enum sim_outcome any(const struct sim_cell *c, struct sim_rng *r)
{
    struct groups x = draw(c, r);
    return holds_of(&x, sim_below(r, (uint32_t)x.n));
}

/* Wilson's intervals do not hold for a group that was picked by its share. */
static enum sim_outcome extreme(const struct sim_cell *c, struct sim_rng *r)
{
    struct groups x = draw(c, r);
    size_t at = 0;
    for (size_t i = 1; i < x.n; i++)
        if (x.g[i].k * x.g[at].n > x.g[at].k * x.g[i].n)
            at = i;
    return holds_of(&x, at);
}

/* All groups have one share: is none said to differ? */
static enum sim_outcome none_differs(const struct sim_cell *c,
                                     struct sim_rng *r)
{
    struct groups x = draw(c, r);
    double p[GROUPS_MAX], holm[GROUPS_MAX];
    uint32_t n = 0, yes = 0;
    size_t n_p = 0;
    for (size_t i = 0; i < x.n; i++) {
        n += (uint32_t)x.g[i].n;
        yes += (uint32_t)x.g[i].k;
    }
    for (size_t i = 0; i < x.n; i++) {
        const struct dc_stratum s = {n, yes, (uint32_t)x.g[i].n,
                                     (uint32_t)x.g[i].k};
        n_p += dc_strata_test(&s, 1, &p[n_p]);
    }
    if (n_p == 0)
        return SIM_NONE;
    dc_holm(p, n_p, holm);
    for (size_t i = 0; i < n_p; i++)
        if (holm[i] <= 0.05)
            return SIM_WRONG;
    return SIM_RIGHT;
}

#define CELL(of, name, data, least, most, ...)                                 \
    {                                                                          \
        name, data, 0.95, least, most, 500, of,                                \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    /* groups, rows, mean, correlation */
    CELL(any, "shrunk", "10 values, alike", 0.93, 1, 10, 24, 0.1, 0),
    CELL(any, "shrunk", "10 values, 10 %", 0.9, 0.99, 10, 24, 0.1, 0.1),
    CELL(any, "shrunk", "4 values, half", 0.9, 0.99, 4, 24, 0.5, 0.2),
    CELL(any, "shrunk", "40 values, 30 %", 0.9, 0.99, 40, 16, 0.3, 0.1),
    CELL(extreme, "shrunk, the highest", "10 values, alike", 0.9, 1, 10, 24,
         0.1, 0),
    CELL(extreme, "shrunk, the highest", "10 values, 10 %", 0.9, 0.99, 10, 24,
         0.1, 0.1),
    CELL(extreme, "shrunk, the highest", "40 values, 30 %", 0.9, 0.99, 40, 16,
         0.3, 0.1),
    CELL(none_differs, "value against others", "10 values, 10 %", 0.94, 1, 10,
         24, 0.1, 0),
    CELL(none_differs, "value against others", "40 values, 30 %", 0.94, 1, 40,
         40, 0.3, 0),
};

struct sim_cells sim_cells_group(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
