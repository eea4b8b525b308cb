/*
 * sim_stability.c - the stability of a run's prompts: SSI, the majority of
 * fewer traces, and a compliance in so many tries, counted and fitted.
 *
 * A prompt's rate of refusals is Beta with the mean `share` and the correlation
 * icc, so that what is true of endless prompts is known in closed form.
 */
#include "coverage/sim.h"
#include "coverage/sim_record.h"
#include "replay/trace_stability.h"

#include <deepconf/dist.h>
#include <math.h>

/* P(k refusals of the m traces of a prompt). */
static double refusals(const struct sim_world *w, unsigned k)
{
    double n = (1 - w->icc) / w->icc, a = w->share * n, b = n - a, m = w->m;
    return exp(dc_log_gamma(m + 1) - dc_log_gamma(k + 1.0) -
               dc_log_gamma(m - k + 1) + dc_log_gamma(k + a) +
               dc_log_gamma(m - k + b) - dc_log_gamma(m + n) - dc_log_gamma(a) -
               dc_log_gamma(b) + dc_log_gamma(n));
}

/* What of dc_stability the trial looks at: x[6] is n of it. */
static enum sim_outcome look(const struct sim_cell *c, struct sim_rng *r,
                             const char *policy, double truth,
                             struct dc_boot (*of)(const struct dc_stability *s,
                                                  unsigned n))
{
    const struct sim_world w = sim_world_of(c);
    const struct dc_stability_cfg cfg = {.boot = sim_boot(r)};
    struct dc_record *x = sim_record_create(&w, policy, r);
    struct dc_stability s;
    if (dc_stability_run(x, &cfg, &s, NULL) != DC_OK)
        return SIM_WRONG;
    const struct dc_boot b = of(&s, (unsigned)c->x[6]);
    dc_stability_release(&s);
    sim_record_free(x);
    return sim_holds(b.defined, b.lo, b.hi, truth);
}

static struct dc_boot ssi_of(const struct dc_stability *s, unsigned n)
{
    (void)n;
    return s->scope[DC_TRACES_ALL].three.ssi;
}

static enum sim_outcome ssi(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    double truth = 0;
    for (unsigned k = 0; k <= w.m; k++)
        truth += refusals(&w, k) * fmax(k, w.m - k) / w.m;
    return look(c, r, "fixed", truth, ssi_of);
}

static struct dc_boot kept_of(const struct dc_stability *s, unsigned n)
{
    return s->kept[n - 1].share;
}

static double kept_truth(const struct sim_cell *c)
{
    const struct sim_world w = sim_world_of(c);
    double truth = 0;
    for (unsigned k = 0; k <= w.m; k++) {
        const struct dc_tally t = {
            .n = w.m, .refusal = k, .compliance = w.m - k};
        truth += refusals(&w, k) * dc_majority_kept(&t, (unsigned)c->x[6]);
    }
    return truth;
}

static enum sim_outcome kept(const struct sim_cell *c, struct sim_rng *r)
{
    return look(c, r, "fixed", kept_truth(c), kept_of);
}

static enum sim_outcome kept_curtailed(const struct sim_cell *c,
                                       struct sim_rng *r)
{
    return look(c, r, "curtail", kept_truth(c), kept_of);
}

static struct dc_boot tries_of(const struct dc_stability *s, unsigned n)
{
    for (size_t i = 0; i < s->n_tries; i++)
        if (s->tries[i].n == n)
            return s->tries[i].drawn ? s->tries[i].any : s->tries[i].fit;
    return (struct dc_boot){.defined = false};
}

static double tries_truth(const struct sim_cell *c)
{
    const struct sim_world w = sim_world_of(c);
    double n = (1 - w.icc) / w.icc;
    const struct dc_beta_fit rate = {
        .mean = 1 - w.share, .a = (1 - w.share) * n, .b = w.share * n};
    return dc_beta_fit_any(&rate, c->x[6]);
}

static enum sim_outcome tries(const struct sim_cell *c, struct sim_rng *r)
{
    return look(c, r, "fixed", tries_truth(c), tries_of);
}

static enum sim_outcome tries_curtailed(const struct sim_cell *c,
                                        struct sim_rng *r)
{
    return look(c, r, "curtail", tries_truth(c), tries_of);
}

/* x: prompts, traces, share of refusals, icc, nothing twice, n */
#define CELL(of, n, name, data, least, most, ...)                              \
    {                                                                          \
        name, data, 0.95, least, most, n, of,                                  \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    CELL(ssi, 120, "SSI", "60 prompts, half refuse", 0.9, 0.99, 60, 10, 0.5,
         0.3, 0, 0),
    CELL(ssi, 120, "SSI", "200 prompts, 9 % refuse", 0.9, 0.99, 200, 10, 0.09,
         0.3, 0, 0),
    CELL(kept, 120, "3 traces decide as all", "60 prompts, half refuse", 0.9, 1,
         60, 10, 0.5, 0.3, 0, 0, 3),
    CELL(kept_curtailed, 120, "3 traces decide as all",
         "200 prompts drawn by curtail", 0.9, 1, 200, 10, 0.5, 0.3, 0, 0, 3),
    CELL(tries, 120, "compliance in 5 tries", "200 prompts, 80 % refuse", 0.88,
         1, 200, 10, 0.8, 0.4, 0, 0, 5),
    CELL(tries_curtailed, 120, "compliance in 5 tries",
         "200 prompts drawn by curtail", 0.88, 1, 200, 10, 0.8, 0.4, 0, 0, 5),
    CELL(tries, 120, "compliance in 100 tries, fitted",
         "200 prompts, 80 % refuse", 0.88, 1, 200, 10, 0.8, 0.4, 0, 0, 100),
    CELL(tries_curtailed, 120, "compliance in 50 tries, fitted",
         "200 prompts drawn by curtail", 0.88, 1, 200, 10, 0.8, 0.4, 0, 0, 50),
};

struct sim_cells sim_cells_stability(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
