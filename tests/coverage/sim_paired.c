/*
 * sim_paired.c - Tango's interval, the exact test over prompts (McNemar's with
 * one row a prompt), and Holm's correction.
 */
#include "coverage/sim.h"

#include <deepconf/stat.h>

/* x: prompts, share that only A gets right, share that only B does. */
static struct dc_paired compare(const struct sim_cell *c, struct sim_rng *r)
{
    uint64_t b = 0, other = 0;
    for (double i = 0; i < c->x[0]; i++) {
        double u = sim_uniform(r);
        b += u < c->x[1];
        other += u >= c->x[1] && u < c->x[1] + c->x[2];
    }
    return dc_paired_compare(b, other, (uint64_t)c->x[0], 0.95);
}

static enum sim_outcome tango(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_paired p = compare(c, r);
    return sim_holds(p.defined, p.lo, p.hi, c->x[1] - c->x[2]);
}

static enum sim_outcome silent(const struct sim_cell *c, struct sim_rng *r)
{
    return compare(c, r).p <= 0.05 ? SIM_WRONG : SIM_RIGHT;
}

/*
 * Two judges that are equally good: on each prompt a coin says which of two
 * faulty readings is whose, and the rows of a prompt follow it together. x:
 * prompts, rows, share of rows on which the two differ.
 */
static enum sim_outcome judges(const struct sim_cell *c, struct sim_rng *r)
{
    uint64_t better_a = 0, better_b = 0;
    for (double i = 0; i < c->x[0]; i++) {
        int lead = 0, side = sim_coin(r, 0.5) ? 1 : -1;
        for (double k = 0; k < c->x[1]; k++)
            lead += sim_coin(r, c->x[2]) ? sim_coin(r, 0.9) ? side : -side : 0;
        better_a += lead > 0;
        better_b += lead < 0;
    }
    struct dc_paired p =
        dc_paired_compare(better_a, better_b, (uint64_t)c->x[0], 0.95);
    return p.p <= 0.05 ? SIM_WRONG : SIM_RIGHT;
}

/* Five tests of nothing, one of which may ring. */
static enum sim_outcome holm(const struct sim_cell *c, struct sim_rng *r)
{
    double p[5], adjusted[5];
    for (int i = 0; i < 5; i++)
        p[i] = compare(c, r).p;
    dc_holm(p, 5, adjusted);
    for (int i = 0; i < 5; i++)
        if (adjusted[i] <= 0.05)
            return SIM_WRONG;
    return SIM_RIGHT;
}

#define CELL(of, name, data, least, most, ...)                                 \
    {                                                                          \
        name, data, 0.95, least, most, 2000, of,                               \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    CELL(tango, "paired difference", "20 prompts, 10 % and 10 %", 0.93, 1, 20,
         0.1, 0.1),
    CELL(tango, "paired difference", "60 prompts, 9 % and 3 %", 0.91, 1, 60,
         0.09, 0.03),
    CELL(tango, "paired difference", "200 prompts, 9 % and 3 %", 0.93, 0.98,
         200, 0.09, 0.03),
    CELL(silent, "McNemar, no difference", "60 prompts, 3 % each", 0.94, 1, 60,
         0.03, 0.03),
    CELL(silent, "McNemar, no difference", "200 prompts, 20 % each", 0.94, 1,
         200, 0.2, 0.2),
    CELL(judges, "two judges, no difference", "150 prompts of 3 rows", 0.94, 1,
         150, 3, 0.1),
    CELL(judges, "two judges, no difference", "60 prompts of 10 rows", 0.94, 1,
         60, 10, 0.3),
    CELL(holm, "Holm over five tests", "200 prompts, 20 % each", 0.94, 1, 200,
         0.2, 0.2),
};

struct sim_cells sim_cells_paired(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
