/*
 * sim.h - what every cell of the simulation shares: random numbers, outcomes,
 * clustered worlds.
 *
 * A cell is a figure that the program prints, over data drawn from a world in
 * which the truth is known. A trial draws the data, asks the program's own code
 * for the figure and says whether it was right. Trials are a pure function of
 * (cell, trial), so that neither threads nor order change a count.
 */
#ifndef DC_TEST_SIM_H
#define DC_TEST_SIM_H

#include <deepconf/boot.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a trial found. SIM_NONE: the program gives no figure for these data. */
enum sim_outcome { SIM_WRONG, SIM_RIGHT, SIM_NONE };

/* Random numbers of one trial; `next` counts up. */
struct sim_rng {
    uint64_t seed;
    uint32_t trial;
    uint32_t next;
};

double sim_uniform(struct sim_rng *r);
double sim_normal(struct sim_rng *r);
bool sim_coin(struct sim_rng *r, double p);
/* 0 .. n - 1 */
uint32_t sim_below(struct sim_rng *r, uint32_t n);
/* Beta with the mean `mean` and the intra-class correlation `icc`, 0 to 1. */
double sim_beta(struct sim_rng *r, double mean, double icc);

enum { SIM_PARAMS = 8, SIM_RESAMPLES = 400 };

struct sim_cell {
    const char *figure; /* what is printed */
    const char *world;  /* what it is printed of */
    double nominal;     /* the share of SIM_RIGHT it claims */
    double least, most; /* bounds on that share; of the trials with a figure */
    uint32_t n;         /* trials */
    enum sim_outcome (*trial)(const struct sim_cell *c, struct sim_rng *r);
    double x[SIM_PARAMS]; /* of the world, as the trial reads them */
};

struct sim_cells {
    const struct sim_cell *cell;
    size_t n;
};

/* Did the interval hold the truth? */
enum sim_outcome sim_holds(bool given, double lo, double hi, double truth);

/* The bootstrap of a trial: SIM_RESAMPLES, one thread, a seed of its own. */
struct dc_boot_cfg sim_boot(const struct sim_rng *r);

/* ---- rows of prompts ---- */

/*
 * n prompts of m rows. A row is positive with its prompt's own probability,
 * which is Beta with mean `share` and correlation `icc`; its score is normal
 * with variance 1, a share `score_icc` of it the prompt's, and `effect` higher
 * if it is positive.
 */
struct sim_world {
    uint32_t n, m;
    double share, icc, score_icc, effect;
};

struct sim_rows {
    double *score;
    bool *positive;
    uint32_t *prompt;
    size_t n, n_prompt;
};

struct sim_world sim_world_of(const struct sim_cell *c); /* x[0] to x[5] */
void sim_rows_init(struct sim_rows *x, const struct sim_world *w,
                   struct sim_rng *r);
void sim_rows_release(struct sim_rows *x);

/* ---- one list of cells per file ---- */

struct sim_cells sim_cells_rank(void);
struct sim_cells sim_cells_rate(void);
struct sim_cells sim_cells_agree(void);
struct sim_cells sim_cells_calib(void);
struct sim_cells sim_cells_paired(void);
struct sim_cells sim_cells_correct(void);
struct sim_cells sim_cells_promise(void);
struct sim_cells sim_cells_replay(void);
struct sim_cells sim_cells_alarm(void);
struct sim_cells sim_cells_plan(void);
struct sim_cells sim_cells_group(void);
struct sim_cells sim_cells_twophase(void);
struct sim_cells sim_cells_stability(void);
struct sim_cells sim_cells_risky(void);

#endif
