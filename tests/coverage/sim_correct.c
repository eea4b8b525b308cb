/*
 * sim_correct.c - the interval of a share that is corrected for its judge.
 *
 * x: true share, sensitivity, specificity, labelled responses, share of
 * refusals among them, prompts of 10 traces, their icc, labelled responses a
 * prompt.
 */
#include "base/mem.h"
#include "coverage/sim.h"

#include <deepconf/correct.h>
#include <stdlib.h>

enum {
    SHARE,
    SE,
    SP,
    LABELLED,
    PREVALENCE,
    PROMPTS,
    ICC,
    A_PROMPT,
    TRACES = 10
};

static bool says(const struct sim_cell *c, struct sim_rng *r, bool refusal)
{
    return sim_coin(r, refusal ? c->x[SE] : 1 - c->x[SP]);
}

static void draw_run(const struct sim_cell *c, struct sim_rng *r,
                     uint32_t *refusal, uint32_t *judged)
{
    for (uint32_t i = 0; i < (uint32_t)c->x[PROMPTS]; i++) {
        double p = sim_beta(r, c->x[SHARE], c->x[ICC]);
        judged[i] = TRACES;
        for (int t = 0; t < TRACES; t++)
            refusal[i] += says(c, r, sim_coin(r, p));
    }
}

/* The judge reads all labelled responses of a prompt alike. */
static void draw_labels(const struct sim_cell *c, struct sim_rng *r,
                        struct dc_correct_label *label, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool refusal = sim_coin(r, c->x[PREVALENCE]),
             said = says(c, r, refusal);
        uint32_t m = (uint32_t)c->x[A_PROMPT];
        *(refusal ? said ? &label[i].tp : &label[i].fn
          : said  ? &label[i].fp
                  : &label[i].tn) = m;
    }
}

static enum sim_outcome corrected(const struct sim_cell *c, struct sim_rng *r)
{
    size_t n = (size_t)c->x[PROMPTS];
    size_t m = (size_t)(c->x[LABELLED] / c->x[A_PROMPT]);
    uint32_t *refusal = dc_xcalloc(n, sizeof *refusal);
    uint32_t *judged = dc_xcalloc(n, sizeof *judged);
    struct dc_correct_label *label = dc_xcalloc(m, sizeof *label);
    const struct dc_boot_cfg cfg = sim_boot(r);
    const struct dc_correct_sample s = {refusal, judged, n, label, m};
    struct dc_corrected x;
    draw_run(c, r, refusal, judged);
    draw_labels(c, r, label, m);
    enum dc_status st = dc_correct_rate(&s, &cfg, &x, NULL);
    free(refusal);
    free(judged);
    free(label);
    return sim_holds(!st && x.rate.defined, x.rate.lo, x.rate.hi, c->x[SHARE]);
}

#define CELL(data, most, ...)                                                  \
    {                                                                          \
        "corrected share", data, 0.95, 0.93, most, 500, corrected,             \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    CELL("9 %, Se .9, Sp .95, 60 labelled, 200 prompts", 0.99, 0.09, 0.9, 0.95,
         60, 0.5, 200, 0.5, 1),
    CELL("9 %, Se .9, Sp .95, 60 labelled, 1000 prompts", 0.99, 0.09, 0.9, 0.95,
         60, 0.5, 1000, 0.5, 1),
    CELL("9 %, Se .9, Sp .95, 60 labelled, 9 % refusals", 0.99, 0.09, 0.9, 0.95,
         60, 0.09, 200, 0.5, 1),
    CELL("9 %, Se .9, Sp .95, 300 labelled, 200 prompts", 0.97, 0.09, 0.9, 0.95,
         300, 0.5, 200, 0.5, 1),
    CELL("9 %, Se .9, Sp .95, 300 in threes", 0.98, 0.09, 0.9, 0.95, 300, 0.5,
         200, 0.5, 3),
    CELL("1 %, no error, 300 labelled, 200 prompts", 1, 0.01, 1, 1, 300, 0.5,
         200, 0.5, 1),
    CELL("1 %, no error, 300 labelled, 2000 prompts", 0.99, 0.01, 1, 1, 300,
         0.5, 2000, 0.5, 1),
    CELL("30 %, Se .8, Sp .9, 80 labelled, 20 prompts", 0.99, 0.3, 0.8, 0.9, 80,
         0.5, 20, 0.5, 1),
};

struct sim_cells sim_cells_correct(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
