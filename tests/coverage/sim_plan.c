/*
 * sim_plan.c - plans: does the interval hold what the whole run then costs?
 *
 * A world is a run of n prompts of 10 traces. A prompt refuses with a
 * probability of its own and is long or short as a whole; a refusal has a third
 * of an answer's tokens, and no trace more than 256. The policy is curtail, by
 * its formula.
 */
#include "coverage/sim.h"
#include "replay/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { K = 10, SAMPLE = 24, MAX_TOKENS = 256 };

/* x[] of a cell */
enum { PROMPTS, SHARE, ICC, SPREAD, FIGURE, ANEW };
enum figure { TRACES, TOKENS, SAVED };

struct cost {
    double full, early;
};

/* A prompt whose traces refuse with probability p and have tokens by e^scale;
 * in traces, or in tokens. */
static struct cost one_prompt(double p, double scale, bool tokens,
                              struct sim_rng *r)
{
    struct cost c = {0};
    unsigned refused = 0;
    bool stopped = false;
    for (unsigned n = 0; n < K; n++) {
        bool refuses = sim_coin(r, p);
        double x = ceil(exp(scale + 0.4 * sim_normal(r)) / (refuses ? 3 : 1));
        x = tokens ? fmin(x, MAX_TOKENS) : 1;
        refused += refuses;
        c.full += x;
        if (!stopped)
            c.early += x;
        stopped |= 2 * refused > K || 2 * (refused + K - n - 1) <= K;
    }
    return c;
}

static double sum_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* What the run costs: early and full [n], and the same of the sample as it was
 * drawn for the plan, [SAMPLE]. */
struct drawn {
    double *early, *full;
    double sample_early[SAMPLE], sample_full[SAMPLE];
};

static void draw(const struct sim_cell *c, struct sim_rng *r, struct drawn *d)
{
    size_t n = (size_t)c->x[PROMPTS], pick[SAMPLE], k = 0;
    bool tokens = c->x[FIGURE] != TRACES;
    dc_plan_pick(n, SAMPLE, r->trial, pick);
    for (size_t i = 0; i < n; i++) {
        double p = sim_beta(r, c->x[SHARE], c->x[ICC]);
        double scale = log(80) + c->x[SPREAD] * sim_normal(r);
        struct cost run = one_prompt(p, scale, tokens, r);
        d->full[i] = run.full;
        d->early[i] = run.early;
        if (k == SAMPLE || pick[k] != i)
            continue;
        struct cost plan =
            c->x[ANEW] != 0 ? one_prompt(p, scale, tokens, r) : run;
        d->sample_full[k] = plan.full;
        d->sample_early[k++] = plan.early;
    }
    assert(k == SAMPLE);
}

static enum sim_outcome plan(const struct sim_cell *c, struct sim_rng *r)
{
    size_t n = (size_t)c->x[PROMPTS];
    struct drawn d = {
        calloc(n, sizeof(double)), calloc(n, sizeof(double)), {0}, {0}};
    struct dc_plan_figure f;
    if (!d.early || !d.full)
        abort();
    draw(c, r, &d);
    const struct dc_plan_sample s = {
        .full = d.sample_full,
        .early = d.sample_early,
        .m = SAMPLE,
        .n = n,
        .least = 0.3,
        .anew = c->x[ANEW] != 0,
        .level = 0.95,
    };
    double early = sum_of(d.early, n), full = sum_of(d.full, n), truth = early;
    if (c->x[FIGURE] == SAVED) {
        dc_plan_saved(&s, &f);
        truth = 1 - early / full;
    } else {
        dc_plan_early(&s, &f);
    }
    free(d.early);
    free(d.full);
    return sim_holds(f.has_range, f.lo, f.hi, truth);
}

/* The bounds are wide where nearly all prompts cost the same: the interval then
 * allows for others. */
#define PLAN(name, world, low, most, ...)                                      \
    {                                                                          \
        "plan, " name, world, 0.95, low, most, 2000, plan,                     \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    PLAN("traces", "24 of 500 prompts, half", 0.93, 1, 500, 0.5, 0.3, 0.5,
         TRACES, 0),
    PLAN("traces", "24 of 500, 9 %", 0.93, 1, 500, 0.09, 0.5, 0.5, TRACES, 0),
    PLAN("traces", "24 of 500, nearly all of one mind", 0.93, 1, 500, 0.4, 0.95,
         0.5, TRACES, 0),
    PLAN("tokens", "24 of 500 prompts, half", 0.92, 1, 500, 0.5, 0.3, 0.5,
         TOKENS, 0),
    PLAN("tokens", "24 of 500, 9 %", 0.92, 1, 500, 0.09, 0.5, 0.5, TOKENS, 0),
    PLAN("tokens", "24 of 500, lengths apart", 0.9, 1, 500, 0.4, 0.95, 0.9,
         TOKENS, 0),
    PLAN("tokens", "24 of 30 prompts", 0.92, 1, 30, 0.5, 0.3, 0.5, TOKENS, 0),
    PLAN("tokens", "24 of 30, drawn anew", 0.92, 1, 30, 0.5, 0.3, 0.5, TOKENS,
         1),
    PLAN("tokens", "24 of 500, drawn anew", 0.92, 1, 500, 0.5, 0.3, 0.5, TOKENS,
         1),
    PLAN("share saved", "24 of 500 prompts, half", 0.93, 1, 500, 0.5, 0.3, 0.5,
         SAVED, 0),
    PLAN("share saved", "24 of 500, 9 %", 0.93, 1, 500, 0.09, 0.5, 0.5, SAVED,
         0),
    PLAN("share saved", "24 of 500, nearly all of one mind", 0.93, 1, 500, 0.4,
         0.95, 0.5, SAVED, 0),
};

struct sim_cells sim_cells_plan(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
