/*
 * sim_twophase.c - shares and a judge's errors by labels that were drawn from
 * strata, as `deepconf label` draws them.
 *
 * x: share of refusals, its icc over prompts, the judge's misses and false
 * alarms (of single traces), labels, prompts, traces of each, which figure. A
 * second judge contradicts 60 % of the errors and 10 % of the rest.
 */
#include "base/mem.h"
#include "coverage/sim.h"
#include "label/draw.h"

#include <deepconf/twophase.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARE, ICC, MISS, ALARM, LABELS, PROMPTS, TRACES, FIGURE };
enum { OF_SHARE, OF_SENSITIVITY, OF_SPECIFICITY };
enum { CELLS = 4 }; /* called refusal or not, judges differ or not */

struct labelled_run {
    size_t n_prompt;
    struct dc_label_prompt *prompt;
    struct dc_label_trace *trace; /* [n]; stratum: its cell */
    bool *truth;                  /* [n] */
    size_t n;
    char (*id)[12];
    double *part[CELLS], *refusal[CELLS], *labelled[CELLS]; /* [n_prompt] */
    double *said, *rest, *all;                              /* [n_prompt] */
    double size[CELLS];
    double hit[2], of[2]; /* the judge's own, in this run */
};

static void make_run(const struct sim_cell *c, struct sim_rng *r,
                     struct labelled_run *w)
{
    size_t k = (size_t)c->x[TRACES];
    for (uint32_t i = 0; i < w->n_prompt; i++) {
        double p = sim_beta(r, c->x[SHARE], c->x[ICC]);
        snprintf(w->id[i], sizeof w->id[i], "%u", i);
        w->prompt[i].id = w->id[i];
        for (uint32_t t = 0; t < k; t++) {
            bool y = sim_coin(r, p);
            bool wrong = sim_coin(r, y ? c->x[MISS] : c->x[ALARM]);
            bool differ = sim_coin(r, wrong ? 0.6 : 0.1), said = y != wrong;
            size_t at = i * k + t;
            uint32_t cell = (said ? 0u : 2u) + (differ ? 0u : 1u);
            w->truth[at] = y;
            w->trace[at] =
                (struct dc_label_trace){.prompt = i, .idx = t, .stratum = cell};
            w->size[cell]++;
            w->part[cell][i]++;
            *(said ? &w->said[i] : &w->rest[i]) += 1;
            w->all[i]++;
            w->of[!y]++;
            w->hit[!y] += !wrong;
        }
    }
}

static void draw_labels(const struct sim_cell *c, struct sim_rng *r,
                        struct labelled_run *w)
{
    struct dc_hand_stratum size[CELLS] = {{0}};
    struct dc_label_stratum kind[CELLS] = {{0}};
    struct dc_label_draw d;
    for (int i = 0; i < CELLS; i++) {
        size[i].n = (uint64_t)w->size[i];
        kind[i].marked = i % 2 == 0;
    }
    struct dc_label_frame f = {.stratum = kind,
                               .prompt = w->prompt,
                               .n_prompt = w->n_prompt,
                               .trace = w->trace,
                               .n = w->n};
    f.head.stratum = size;
    f.head.n_stratum = CELLS;
    dc_label_draw_make(&f, (size_t)c->x[LABELS], sim_below(r, 1u << 30), &d);
    for (size_t i = 0; i < d.n; i++) {
        const struct dc_label_trace *t = &w->trace[d.item[i]];
        w->labelled[t->stratum][t->prompt]++;
        w->refusal[t->stratum][t->prompt] += w->truth[d.item[i]];
    }
    dc_label_draw_release(&d);
}

/* known: the run's sizes are taken as they are. */
static enum dc_status measure(const struct labelled_run *w,
                              const struct dc_boot_cfg *cfg, bool known,
                              struct dc_twophase_figures *f)
{
    const struct dc_twophase_split split[] = {
        {w->said, w->all}, {w->part[0], w->said}, {w->part[2], w->rest}};
    struct dc_twophase_cell cell[CELLS];
    for (int i = 0; i < CELLS; i++) {
        cell[i] = (struct dc_twophase_cell){.said = i < 2};
        cell[i].size = w->size[i];
        cell[i].refusal = w->refusal[i];
        cell[i].labelled = w->labelled[i];
        cell[i].base = (double)w->n;
        cell[i].step[0] = (struct dc_twophase_step){0, i >= 2};
        cell[i].step[1] = (struct dc_twophase_step){i < 2 ? 1 : 2, i % 2 == 1};
        cell[i].n_step = known ? 0 : 2;
    }
    const struct dc_twophase t = {cell, CELLS, split, 3, w->n_prompt, 1};
    return dc_twophase_measure(&t, cfg, f, NULL);
}

static enum sim_outcome look(const struct sim_cell *c,
                             const struct labelled_run *w,
                             const struct dc_boot_cfg *cfg)
{
    int figure = (int)c->x[FIGURE], kind = figure == OF_SPECIFICITY;
    struct dc_twophase_figures f;
    const struct dc_boot *b = figure == OF_SHARE         ? &f.share[0]
                              : figure == OF_SENSITIVITY ? &f.sensitivity
                                                         : &f.specificity;
    if (measure(w, cfg, figure != OF_SHARE, &f) != DC_OK ||
        (figure != OF_SHARE && w->of[kind] == 0))
        return SIM_NONE;
    double truth =
        figure == OF_SHARE ? c->x[SHARE] : w->hit[kind] / w->of[kind];
    return sim_holds(b->defined, b->lo - 1e-12, b->hi + 1e-12, truth);
}

static enum sim_outcome by_labels(const struct sim_cell *c, struct sim_rng *r)
{
    struct labelled_run w = {.n_prompt = (size_t)c->x[PROMPTS]};
    const struct dc_boot_cfg cfg = sim_boot(r);
    size_t n = w.n_prompt;
    double **arrays[] = {&w.said, &w.rest, &w.all};
    w.n = n * (size_t)c->x[TRACES];
    w.prompt = dc_xcalloc(n, sizeof *w.prompt);
    w.id = dc_xcalloc(n, sizeof *w.id);
    w.trace = dc_xcalloc(w.n, sizeof *w.trace);
    w.truth = dc_xcalloc(w.n, sizeof *w.truth);
    for (int i = 0; i < 3; i++)
        *arrays[i] = dc_xcalloc(n, sizeof(double));
    for (int i = 0; i < CELLS; i++) {
        w.part[i] = dc_xcalloc(n, sizeof(double));
        w.refusal[i] = dc_xcalloc(n, sizeof(double));
        w.labelled[i] = dc_xcalloc(n, sizeof(double));
    }
    make_run(c, r, &w);
    draw_labels(c, r, &w);
    enum sim_outcome out = look(c, &w, &cfg);
    for (int i = 0; i < 3; i++)
        free(*arrays[i]);
    for (int i = 0; i < CELLS; i++) {
        free(w.part[i]);
        free(w.refusal[i]);
        free(w.labelled[i]);
    }
    free(w.prompt);
    free(w.id);
    free(w.trace);
    free(w.truth);
    return out;
}

#define CELL(figure, data, ...)                                                \
    {                                                                          \
        figure " by labels", data, 0.95, 0.93, 1, 500, by_labels,              \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    CELL("share", "30 %, Se .9, Sp .9, 40 labels, 100 prompts of 10", 0.3, 0.5,
         0.1, 0.1, 40, 100, 10, OF_SHARE),
    CELL("share", "30 %, Se .9, Sp .9, 200 labels, 100 prompts of 10", 0.3, 0.5,
         0.1, 0.1, 200, 100, 10, OF_SHARE),
    CELL("share", "3 %, Se .9, Sp .97, 60 labels, 100 prompts of 10", 0.03, 0.3,
         0.1, 0.03, 60, 100, 10, OF_SHARE),
    CELL("share", "30 %, no error, 40 labels, 40 prompts of 5", 0.3, 0.5, 0, 0,
         40, 40, 5, OF_SHARE),
    CELL("share", "30 %, Se .7, Sp .8, 60 labels, 200 prompts of 1", 0.3, 0.5,
         0.3, 0.2, 60, 200, 1, OF_SHARE),
    CELL("sensitivity", "30 %, .9, Sp .9, 40 labels, 100 prompts of 10", 0.3,
         0.5, 0.1, 0.1, 40, 100, 10, OF_SENSITIVITY),
    CELL("sensitivity", "3 %, .9, Sp .97, 60 labels, 100 prompts of 10", 0.03,
         0.3, 0.1, 0.03, 60, 100, 10, OF_SENSITIVITY),
    CELL("specificity", "30 %, Se .9, .9, 40 labels, 100 prompts of 10", 0.3,
         0.5, 0.1, 0.1, 40, 100, 10, OF_SPECIFICITY),
    CELL("specificity", "3 %, Se .9, .97, 60 labels, 100 prompts of 10", 0.03,
         0.3, 0.1, 0.03, 60, 100, 10, OF_SPECIFICITY),
};

struct sim_cells sim_cells_twophase(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
