/*
 * sim_rank.c - AUROC over all rows and within prompts, and AURC.
 *
 * In the world of sim.h the scores of a positive and a negative row of two
 * prompts differ by `effect` with variance 2, so that the AUROC is
 * Phi(effect / sqrt 2); of one prompt, with variance 2 (1 - score_icc).
 */
#include "base/mem.h"
#include "coverage/sim.h"

#include <math.h>
#include <stdlib.h>

/* What the program says of rows drawn from the world; false: no interval. */
static bool draw_auroc(const struct sim_world *w, struct sim_rng *r,
                       struct dc_boot *b)
{
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct sim_rows x;
    sim_rows_init(&x, w, r);
    const struct dc_scored s = {x.score, x.positive, x.prompt, x.n, x.n_prompt};
    enum dc_status st = dc_boot_auroc(&s, &cfg, b, NULL);
    sim_rows_release(&x);
    return !st && b->defined;
}

static enum sim_outcome auroc(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    struct dc_boot b;
    bool given = draw_auroc(&w, r, &b);
    return sim_holds(given, b.lo, b.hi, dc_normal_cdf(w.effect / sqrt(2)));
}

/* Is it called clear of 1/2, where it is 1/2? */
static enum sim_outcome not_clear(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    struct dc_boot b;
    if (!draw_auroc(&w, r, &b))
        return SIM_NONE;
    return dc_boot_side(&b, 0.5, 0.95, 1) ? SIM_WRONG : SIM_RIGHT;
}

static enum sim_outcome within(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct sim_rows x;
    struct dc_boot b;
    sim_rows_init(&x, &w, r);
    const struct dc_scored s = {x.score, x.positive, x.prompt, x.n, x.n_prompt};
    struct dc_pairs *by = dc_xcalloc(w.n, sizeof *by);
    double *num = dc_xcalloc(w.n, sizeof *num), *den = dc_xcalloc(w.n, 8);
    size_t used = 0;
    dc_pairs_by_group(&s, by);
    for (size_t i = 0; i < w.n; i++) {
        num[i] = (double)by[i].twice;
        den[i] = 2 * (double)by[i].n;
        used += by[i].n > 0;
    }
    dc_boot_ratio(&(struct dc_boot_sums){num, den, w.n}, &cfg, &b);
    dc_boot_require(&b, used, used);
    free(by);
    free(num);
    free(den);
    sim_rows_release(&x);
    double sd = sqrt(2 * (1 - w.score_icc));
    return sim_holds(b.defined, b.lo, b.hi, dc_normal_cdf(w.effect / sd));
}

/* The AURC of endless rows: the mean over the shares kept of the share wrong
 * among them. Positive means wrong. */
static double aurc_of(const struct sim_world *w)
{
    double sum = 0, kept = 0, wrong = 0, step = 0.001;
    for (double at = 9; at > -9; at -= step) {
        double bad = w->share * (dc_normal_sf(at - step - w->effect) -
                                 dc_normal_sf(at - w->effect));
        double good =
            (1 - w->share) * (dc_normal_sf(at - step) - dc_normal_sf(at));
        kept += bad + good;
        wrong += bad;
        sum += kept > 0 ? (bad + good) * wrong / kept : 0;
    }
    return sum;
}

static enum sim_outcome aurc(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct sim_rows x;
    struct dc_boot b;
    sim_rows_init(&x, &w, r);
    const struct dc_scored s = {x.score, x.positive, x.prompt, x.n, x.n_prompt};
    dc_boot_aurc(&s, &cfg, &b);
    sim_rows_release(&x);
    return sim_holds(b.defined, b.lo, b.hi, aurc_of(&w));
}

#define CELL(of, name, data, ...)                                              \
    {                                                                          \
        name, data, 0.95, 0.91, 0.98, 1000, of,                                \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

#define CLEAR(data, ...)                                                       \
    {                                                                          \
        "AUROC 0.5 is not clear of it", data, 0.95, 0.93, 0.98, 2000,          \
            not_clear,                                                         \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    /* prompts, traces, share positive, its icc, icc of scores, effect */
    CELL(auroc, "AUROC, no effect", "20 prompts, half wrong", 20, 10, 0.5, 0.3,
         0.5, 0),
    CELL(auroc, "AUROC, no effect", "60 prompts, half wrong", 60, 10, 0.5, 0.3,
         0.5, 0),
    CELL(auroc, "AUROC, no effect", "60 prompts, 9 % wrong", 60, 10, 0.09, 0.3,
         0.5, 0),
    CELL(auroc, "AUROC, no effect", "100 prompts, 15 or so wrong", 100, 10,
         0.15, 1, 0.5, 0),
    CELL(auroc, "AUROC, no effect", "200 prompts, 3 % wrong", 200, 10, 0.03,
         0.3, 0.5, 0),
    CELL(auroc, "AUROC, no effect", "200 prompts, 9 % wrong", 200, 10, 0.09,
         0.3, 0.5, 0),
    CELL(auroc, "AUROC, no effect", "200 decisions, 9 % wrong", 200, 1, 0.09, 0,
         0, 0),
    CLEAR("20 prompts, half wrong", 20, 10, 0.5, 0.3, 0.5, 0),
    CLEAR("60 prompts, half wrong", 60, 10, 0.5, 0.3, 0.5, 0),
    CLEAR("60 prompts, 9 % wrong", 60, 10, 0.09, 0.3, 0.5, 0),
    CLEAR("200 prompts, 3 % wrong", 200, 10, 0.03, 0.3, 0.5, 0),
    CLEAR("200 prompts, 9 % wrong", 200, 10, 0.09, 0.3, 0.5, 0),
    CELL(auroc, "AUROC 0.76", "60 prompts, half wrong", 60, 10, 0.5, 0.3, 0.5,
         1),
    CELL(auroc, "AUROC 0.76", "200 prompts, 9 % wrong", 200, 10, 0.09, 0.3, 0.5,
         1),
    CELL(within, "AUROC within prompts", "60 prompts, half wrong", 60, 10, 0.5,
         0.3, 0.5, 0),
    CELL(within, "AUROC within prompts", "200 prompts, 9 % wrong", 200, 10,
         0.09, 0.3, 0.5, 1),
    CELL(aurc, "AURC", "60 prompts, half wrong", 60, 10, 0.5, 0.3, 0.3, -0.5),
    CELL(aurc, "AURC", "200 prompts, 9 % wrong", 200, 10, 0.09, 0.3, 0.3, -0.5),
};

struct sim_cells sim_cells_rank(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
