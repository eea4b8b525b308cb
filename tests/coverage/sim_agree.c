/*
 * sim_agree.c - kappa of a judge against labels, and alpha of a prompt's
 * verdicts.
 */
#include "base/mem.h"
#include "coverage/sim.h"
#include "coverage/sim_record.h"

#include <deepconf/agree.h>
#include <stdlib.h>

/*
 * x: prompts, rows, share of refusals, sensitivity, specificity. A prompt's
 * rows have one label, and half of them the verdict of its first row.
 */
static enum sim_outcome kappa(const struct sim_cell *c, struct sim_rng *r)
{
    size_t m = (size_t)c->x[1], n = (size_t)c->x[0] * m;
    double p = c->x[2], se = c->x[3], sp = c->x[4];
    double said = p * se + (1 - p) * (1 - sp);
    double equal = p * se + (1 - p) * sp;
    double chance = p * said + (1 - p) * (1 - said);
    uint32_t *a = dc_xcalloc(n, sizeof *a), *b = dc_xcalloc(n, sizeof *b);
    uint32_t *prompt = dc_xcalloc(n, sizeof *prompt);
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct dc_boot x;
    for (size_t i = 0; i < n; i++) {
        bool first = i % m == 0;
        prompt[i] = (uint32_t)(i / m);
        a[i] = first ? sim_coin(r, p) : a[i - 1];
        b[i] = first || sim_coin(r, 0.5) ? sim_coin(r, a[i] ? se : 1 - sp)
                                         : b[i - i % m];
    }
    const struct dc_label_pairs pairs = {a, b, n, 2};
    dc_kappa_boot(&(struct dc_kappa_clusters){&pairs, prompt, (size_t)c->x[0]},
                  &cfg, &x);
    free(a);
    free(b);
    free(prompt);
    return sim_holds(x.defined, x.lo, x.hi, (equal - chance) / (1 - chance));
}

/* Alpha of endless prompts whose refusal rates are Beta is their icc. */
static enum sim_outcome alpha(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct dc_trace_agreement a = {.prompt_entropy = NULL};
    struct dc_record *x = sim_record_create(&w, "fixed", r);
    dc_trace_agree_run(x, &cfg, &a);
    sim_record_free(x);
    free(a.prompt_entropy);
    free(a.has_entropy);
    return sim_holds(a.alpha.defined, a.alpha.lo, a.alpha.hi, w.icc);
}

#define CELL(of, name, data, ...)                                              \
    {                                                                          \
        name, data, 0.95, 0.9, 0.99, 1000, of,                                 \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    CELL(kappa, "kappa", "60 prompts of 3, half refusals", 60, 3, 0.5, 0.8,
         0.85),
    CELL(kappa, "kappa", "200 prompts of 3, 20 % refusals", 200, 3, 0.2, 0.8,
         0.9),
    CELL(kappa, "kappa", "200 prompts of 1, 20 % refusals", 200, 1, 0.2, 0.9,
         0.9),
    CELL(alpha, "Krippendorff's alpha", "60 prompts, half refuse", 60, 10, 0.5,
         0.3),
    CELL(alpha, "Krippendorff's alpha", "200 prompts, 9 % refuse", 200, 10,
         0.09, 0.3),
};

struct sim_cells sim_cells_agree(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
