/*
 * sim.c - random numbers and worlds of the simulation (sim.h).
 */
#include "coverage/sim.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

double sim_uniform(struct sim_rng *r)
{
    const struct dc_rng_key key = {r->seed, 0x73696d};
    return dc_rng_uniform(&key, r->trial, r->next++);
}

uint32_t sim_below(struct sim_rng *r, uint32_t n)
{
    return (uint32_t)(sim_uniform(r) * n);
}

bool sim_coin(struct sim_rng *r, double p)
{
    return sim_uniform(r) < p;
}

double sim_normal(struct sim_rng *r)
{
    double radius = sqrt(-2 * log(sim_uniform(r)));
    return radius * cos(6.283185307179586 * sim_uniform(r));
}

/* Gamma with shape a > 0 (Marsaglia and Tsang 2000). */
static double gamma_of(struct sim_rng *r, double a)
{
    if (a < 1)
        return gamma_of(r, a + 1) * pow(sim_uniform(r), 1 / a);
    double d = a - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = sim_normal(r), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(sim_uniform(r)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

double sim_beta(struct sim_rng *r, double mean, double icc)
{
    if (icc <= 0 || mean <= 0 || mean >= 1)
        return mean;
    if (icc >= 1)
        return sim_coin(r, mean) ? 1 : 0;
    double n = (1 - icc) / icc;
    double a = gamma_of(r, mean * n), b = gamma_of(r, (1 - mean) * n);
    return a + b > 0 ? a / (a + b) : mean;
}

enum sim_outcome sim_holds(bool given, double lo, double hi, double truth)
{
    if (!given)
        return SIM_NONE;
    return lo <= truth && truth <= hi ? SIM_RIGHT : SIM_WRONG;
}

struct dc_boot_cfg sim_boot(const struct sim_rng *r)
{
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    cfg.n_resamples = SIM_RESAMPLES;
    cfg.seed = r->seed * 1000003 + r->trial;
    return cfg;
}

struct sim_world sim_world_of(const struct sim_cell *c)
{
    return (struct sim_world){.n = (uint32_t)c->x[0],
                              .m = (uint32_t)c->x[1],
                              .share = c->x[2],
                              .icc = c->x[3],
                              .score_icc = c->x[4],
                              .effect = c->x[5]};
}

void sim_rows_init(struct sim_rows *x, const struct sim_world *w,
                   struct sim_rng *r)
{
    size_t n = (size_t)w->n * w->m;
    *x = (struct sim_rows){.score = dc_xcalloc(n, sizeof(double)),
                           .positive = dc_xcalloc(n, sizeof(bool)),
                           .prompt = dc_xcalloc(n, sizeof(uint32_t)),
                           .n_prompt = w->n};
    for (uint32_t p = 0; p < w->n; p++) {
        double share = sim_beta(r, w->share, w->icc);
        double own = sqrt(w->score_icc) * sim_normal(r);
        for (uint32_t t = 0; t < w->m; t++, x->n++) {
            bool yes = sim_coin(r, share);
            x->prompt[x->n] = p;
            x->positive[x->n] = yes;
            x->score[x->n] = own + sqrt(1 - w->score_icc) * sim_normal(r) +
                             (yes ? w->effect : 0);
        }
    }
}

void sim_rows_release(struct sim_rows *x)
{
    free(x->score);
    free(x->positive);
    free(x->prompt);
}
