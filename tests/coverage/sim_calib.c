/*
 * sim_calib.c - the Brier score's interval, and how often a perfect probability
 * is said to be off.
 */
#include "base/mem.h"
#include "coverage/sim.h"

#include <deepconf/calib.h>
#include <stdlib.h>

/*
 * A probability that is right: p is uniform, with a part that its prompt's rows
 * share, and the outcome is a coin of p. The Brier score is then E p (1 - p) =
 * 1/6. x: prompts, rows, share of rows that take their prompt's p.
 */
struct forecast {
    double *p;
    bool *y;
    uint32_t *prompt;
    size_t n;
};

static void init(struct forecast *f, const struct sim_cell *c,
                 struct sim_rng *r)
{
    size_t n = (size_t)(c->x[0] * c->x[1]);
    *f = (struct forecast){dc_xcalloc(n, sizeof(double)),
                           dc_xcalloc(n, sizeof(bool)),
                           dc_xcalloc(n, sizeof(uint32_t)), n};
    double own = 0;
    for (size_t i = 0; i < n; i++) {
        f->prompt[i] = (uint32_t)(i / (size_t)c->x[1]);
        own = i % (size_t)c->x[1] ? own : sim_uniform(r);
        f->p[i] = sim_coin(r, c->x[2]) ? own : sim_uniform(r);
        f->y[i] = sim_coin(r, f->p[i]);
    }
}

static void release(struct forecast *f)
{
    free(f->p);
    free(f->y);
    free(f->prompt);
}

static enum sim_outcome brier(const struct sim_cell *c, struct sim_rng *r)
{
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct forecast x;
    struct dc_boot b;
    init(&x, c, r);
    const struct dc_forecast f = {x.p, x.y, x.n};
    enum dc_status st = dc_calib_brier_boot(
        &(struct dc_forecast_clusters){&f, x.prompt, (size_t)c->x[0]}, &cfg, &b,
        NULL);
    release(&x);
    return sim_holds(!st && b.defined, b.lo, b.hi, 1.0 / 6);
}

static enum sim_outcome noise(const struct sim_cell *c, struct sim_rng *r)
{
    const struct dc_boot_cfg cfg = sim_boot(r);
    const struct dc_calib_cfg bins = dc_calib_cfg_default();
    struct forecast x;
    struct dc_calib_noise e;
    init(&x, c, r);
    const struct dc_forecast f = {x.p, x.y, x.n};
    enum dc_status st = dc_calib_noise(
        &(struct dc_forecast_clusters){&f, x.prompt, (size_t)c->x[0]}, &bins,
        &cfg, &e, NULL);
    release(&x);
    if (st || !e.defined)
        return SIM_NONE;
    return e.p <= 0.05 ? SIM_WRONG : SIM_RIGHT;
}

#define CELL(of, name, data, least, ...)                                       \
    {                                                                          \
        name, data, 0.95, least, 1, 1000, of,                                  \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    CELL(brier, "Brier score", "20 prompts", 0.9, 20, 10, 0.7),
    CELL(brier, "Brier score", "60 prompts", 0.92, 60, 10, 0.7),
    CELL(brier, "Brier score", "200 prompts", 0.93, 200, 10, 0.7),
    CELL(noise, "ECE is not more than noise", "20 prompts", 0.91, 20, 10, 0.7),
    CELL(noise, "ECE is not more than noise", "60 prompts", 0.92, 60, 10, 0.7),
    CELL(noise, "ECE is not more than noise", "200 prompts", 0.93, 200, 10,
         0.7),
};

struct sim_cells sim_cells_calib(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
