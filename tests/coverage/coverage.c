/*
 * coverage.c - the simulation: does every interval, test and promise that the
 * program prints hold as often as it says? `make coverage` runs it.
 *
 *     coverage [--quick | --trials N] [WORD]
 *
 * Prints a row for each cell: how often the figure was given and, of those, how
 * often it was right, beside the share that is claimed, the Monte-Carlo error
 * (one standard error) and the bounds that the cell has to keep. Exit status 1
 * if a cell leaves its bounds. With fewer trials than a cell has the bounds are
 * wider by four Monte-Carlo errors, so that only a gross fault can fail: the
 * unit tests run --quick. WORD: only cells with it in their figure or data.
 * Random numbers are a function of (cell, trial), so that the counts are the
 * same on every machine but for the last bits of libm.
 */
#include "coverage/sim.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MAX = 16, QUICK = 20 };

static struct sim_cells (*const files[])(void) = {
    sim_cells_rate,      sim_cells_rank,     sim_cells_agree,
    sim_cells_calib,     sim_cells_paired,   sim_cells_correct,
    sim_cells_replay,    sim_cells_promise,  sim_cells_alarm,
    sim_cells_plan,      sim_cells_twophase, sim_cells_group,
    sim_cells_stability, sim_cells_risky,
};

struct job {
    const struct sim_cell *cell;
    uint64_t seed;
    uint32_t n, part, n_parts;
    uint32_t count[3];
};

static void *work(void *arg)
{
    struct job *j = arg;
    for (uint32_t i = j->part; i < j->n; i += j->n_parts) {
        struct sim_rng r = {.seed = j->seed, .trial = i};
        j->count[j->cell->trial(j->cell, &r)]++;
    }
    return NULL;
}

/* One cell in threads; trials are dealt out, so counts do not depend on them.
 */
static void run(const struct sim_cell *c, uint64_t seed, uint32_t n,
                uint32_t count[3])
{
    struct job job[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t parts = cpus < 1             ? 1
                     : cpus > THREADS_MAX ? THREADS_MAX
                                          : (uint32_t)cpus;
    bool started[THREADS_MAX] = {false};
    for (uint32_t i = 0; i < parts; i++)
        job[i] = (struct job){c, seed, n, i, parts, {0}};
    for (uint32_t i = 1; i < parts; i++)
        started[i] = pthread_create(&thread[i], NULL, work, &job[i]) == 0;
    for (uint32_t i = 0; i < parts; i++) {
        if (started[i])
            pthread_join(thread[i], NULL);
        else
            work(&job[i]);
        for (int k = 0; k < 3; k++)
            count[k] += job[i].count[k];
    }
}

/* Prints the row; true: inside its bounds. */
static bool report(const struct sim_cell *c, const uint32_t count[3],
                   bool fewer)
{
    uint32_t given = count[SIM_WRONG] + count[SIM_RIGHT];
    uint32_t n = given + count[SIM_NONE];
    double share = given ? (double)count[SIM_RIGHT] / given : 0;
    double error = given ? sqrt(fmax(share * (1 - share), 0.01) / given) : 0;
    double slack = fewer ? 4 * error + 1e-9 : 0;
    bool ok = !given || (share >= c->least - slack && share <= c->most + slack);
    char measured[32] = "none given";
    if (given)
        snprintf(measured, sizeof measured, "%.1f", 100 * share);
    printf("| %s | %s | %u | %.0f | %.4g | %s | %.1f | %.4g to %.4g |%s\n",
           c->figure, c->world, n, 100.0 * given / n, 100 * c->nominal,
           measured, 100 * error, 100 * c->least, 100 * c->most,
           ok ? "" : " OUT OF BOUNDS");
    fflush(stdout);
    return ok;
}

struct options {
    bool quick;
    uint32_t most;    /* trials of a cell */
    const char *only; /* NULL: every cell */
};

static struct options read_options(int argc, char **argv)
{
    struct options o = {.most = UINT32_MAX};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--quick"))
            o = (struct options){true, QUICK, o.only};
        else if (!strcmp(argv[i], "--trials") && i + 1 < argc)
            o.most = (uint32_t)strtoul(argv[++i], NULL, 10);
        else
            o.only = argv[i];
    }
    return o;
}

static bool wanted(const struct sim_cell *c, const struct options *o)
{
    return !o->only || strstr(c->figure, o->only) || strstr(c->world, o->only);
}

int main(int argc, char **argv)
{
    const struct options o = read_options(argc, argv);
    size_t n_out = 0;
    puts("| figure | data | trials | given, % | nominal, % | measured, % | "
         "+- | bounds, % |");
    puts("|---|---|---:|---:|---:|---:|---:|---|");
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        struct sim_cells s = files[f]();
        for (size_t i = 0; i < s.n; i++) {
            const struct sim_cell *c = &s.cell[i];
            uint32_t count[3] = {0}, n = c->n < o.most ? c->n : o.most;
            if (n == 0 || !wanted(c, &o))
                continue;
            run(c, 1000 * f + i, n, count);
            n_out += !report(c, count, n < c->n);
        }
    }
    if (n_out > 0)
        printf("%zu cells are out of bounds\n", n_out);
    return n_out > 0;
}
