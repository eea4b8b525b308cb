/*
 * sim_risky.c - uncertain against confident compliances: the interval of the
 * difference of their shares of harmful prompts, and what is called clear
 * where confidence has nothing to do with the gold label.
 */
#include "base/mem.h"
#include "coverage/sim.h"
#include "coverage/sim_record.h"
#include "replay/risky.h"

#include <stdlib.h>

/* ---- rows with an effect: x: prompts, harmful share, correlation ---- */

/* Harmful prompts comply less often, and are then less sure. */
static const double share_rows[2] = {5, 2}, share_low[2] = {0.5, 0.7};

static double risky_truth(double harmful)
{
    double n[2] = {(1 - harmful) * share_rows[0], harmful * share_rows[1]};
    double low = n[1] * share_low[1], high = n[1] * (1 - share_low[1]);
    return low / (low + n[0] * share_low[0]) -
           high / (high + n[0] * (1 - share_low[0]));
}

static enum sim_outcome difference(const struct sim_cell *c, struct sim_rng *r)
{
    size_t n = (size_t)c->x[0];
    const struct dc_boot_cfg boot = sim_boot(r);
    double *low = dc_xcalloc(n, sizeof *low),
           *high = dc_xcalloc(n, sizeof *low);
    bool *marked = dc_xcalloc(n, sizeof *marked);
    for (size_t i = 0; i < n; i++) {
        marked[i] = sim_coin(r, c->x[1]);
        double p = sim_beta(r, share_low[marked[i]], c->x[2]);
        for (int k = 0; k < share_rows[marked[i]]; k++)
            ++*(sim_coin(r, p) ? &low[i] : &high[i]);
    }
    const struct dc_two_shares x = {low, high, marked, n};
    struct dc_boot b;
    dc_two_shares_boot(&x, &boot, &b);
    dc_two_shares_require(&x, &b);
    free(low);
    free(high);
    free(marked);
    return sim_holds(b.defined, b.lo, b.hi, risky_truth(c->x[1]));
}

/* ---- runs without one: x of the world; x[6]: decisions ---- */

static enum sim_outcome not_clear(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    struct dc_risky_cfg cfg = dc_risky_cfg_default();
    struct dc_record *x =
        sim_record_create(&w, c->x[7] > 0 ? "curtail" : "fixed", r);
    struct dc_risky k;
    cfg.boot = sim_boot(r);
    x->n_column = 1;
    x->measure = x->column[0].measure.spec.text;
    if (dc_risky_run(x, &cfg, &k, NULL) != DC_OK)
        return SIM_WRONG;
    const struct dc_risky_part *p =
        &k.part[c->x[6] > 0 ? DC_RISKY_DECISIONS : DC_RISKY_TRACES][0];
    enum dc_risky_answer a = p->answer;
    bool given = !p->why && p->diff.defined;
    dc_risky_release(&k);
    sim_record_free(x);
    return !given                                        ? SIM_NONE
           : a == DC_RISKY_YES || a == DC_RISKY_REVERSED ? SIM_WRONG
                                                         : SIM_RIGHT;
}

#define CELL(of, n, name, data, least, most, ...)                              \
    {                                                                          \
        name, data, 0.95, least, most, n, of,                                  \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }
#define MORE "uncertain compliances: points more"
#define NOT "no difference is not called riskier"

static const struct sim_cell cells[] = {
    CELL(difference, 1000, MORE, "60 prompts, 40 % harmful", 0.91, 0.98, 60,
         0.4, 0.3),
    CELL(difference, 1000, MORE, "200 prompts, 40 % harmful", 0.92, 0.98, 200,
         0.4, 0.3),
    CELL(difference, 1000, MORE, "200 prompts, 9 % harmful", 0.9, 0.98, 200,
         0.09, 0.3),
    CELL(not_clear, 1000, NOT, "60 prompts, half comply", 0.93, 0.99, 60, 6,
         0.5, 0.4, 0.5, 0),
    CELL(not_clear, 1000, NOT, "200 prompts, half comply", 0.93, 0.99, 200, 6,
         0.5, 0.4, 0.5, 0),
    CELL(not_clear, 1000, NOT, "200 prompts, 9 % comply", 0.93, 1, 200, 6, 0.91,
         0.4, 0.5, 0),
    CELL(not_clear, 1000, NOT, "200 decisions, half comply", 0.93, 0.99, 200, 6,
         0.5, 0.4, 0.5, 0, 1),
    CELL(not_clear, 1000, NOT, "200 prompts drawn by curtail", 0.93, 0.99, 200,
         6, 0.5, 0.4, 0.5, 0, 0, 1),
};

struct sim_cells sim_cells_risky(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
