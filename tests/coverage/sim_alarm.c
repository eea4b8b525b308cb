/*
 * sim_alarm.c - alarms that rest on a test, on runs in which nothing is amiss
 * but chance: how often do they ring?
 */
#include "base/mem.h"
#include "coverage/sim_record.h"
#include "results/alarm.h"
#include "results/stats_report.h"
#include "results/summary.h"

/*
 * Decisions that have nothing to do with the labels: x[0] prompts, x[2] the
 * share to be refused, and as many refusals.
 */
static enum sim_outcome below_chance(const struct sim_cell *c,
                                     struct sim_rng *r)
{
    const struct dc_summary_doubts none = {0, NULL};
    struct dc_summary s = {.n_prompt = (uint64_t)c->x[0],
                           .n_decided = (uint64_t)c->x[0],
                           .max_traces = 10};
    dc_arena_init(&s.arena);
    for (double i = 0; i < c->x[0]; i++) {
        struct dc_summary_class *of =
            &s.gold[sim_coin(r, c->x[2]) ? DC_GOLD_REFUSE : DC_GOLD_ANSWER];
        bool refusal = sim_coin(r, c->x[2]);
        of->n++;
        of->refusal += refusal;
        of->compliance += !refusal;
        of->n_trace += 10;
        of->trace_refusal += refusal ? 10 : 0;
    }
    s.matrix = (struct dc_matrix){.tp = s.gold[DC_GOLD_REFUSE].refusal,
                                  .fn = s.gold[DC_GOLD_REFUSE].compliance,
                                  .fp = s.gold[DC_GOLD_ANSWER].refusal,
                                  .tn = s.gold[DC_GOLD_ANSWER].compliance};
    s.rates = dc_matrix_rates(&s.matrix, 0.95);
    s.spent.n_trace = 10 * s.n_prompt;
    dc_summary_find_alarms(&s, &none);
    bool rang = dc_alarm_raised(&s, "below-chance");
    dc_arena_release(&s.arena);
    return rang ? SIM_WRONG : SIM_RIGHT;
}

/* Any alarm of `stats`, where confidence tells nothing. */
static enum sim_outcome stats(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    struct dc_trace_stats_cfg cfg = {.boot = sim_boot(r),
                                     .cut = {DC_CONF_CUT_MEDIAN, 50}};
    struct dc_record *x = sim_record_create(&w, "fixed", r);
    struct dc_summary s = {.n_prompt = w.n};
    struct dc_trace_stats t;
    enum sim_outcome out = SIM_NONE;
    cfg.boot.n_resamples = 200;
    dc_arena_init(&s.arena);
    if (dc_trace_stats_run(x, &cfg, &t, NULL) == DC_OK) {
        dc_stats_find_alarms(&s, &t);
        out = s.n_alarm > 0 ? SIM_WRONG : SIM_RIGHT;
        dc_trace_stats_release(&t);
    }
    dc_arena_release(&s.arena);
    sim_record_free(x);
    return out;
}

/*
 * Traces drawn again whatever they say: x[0] prompts of 10, each with its own
 * rate of refusals (about x[2]) and of losses (up to x[3], more where more is
 * refused). Does the test of the alarm find a difference inside prompts?
 */
static enum sim_outcome redrawn(const struct sim_cell *c, struct sim_rng *r)
{
    size_t n = (size_t)c->x[0];
    struct dc_redrawn_prompt *p = dc_xcalloc(n, sizeof *p);
    struct dc_redrawn found;
    for (size_t i = 0; i < n; i++) {
        double rate = sim_coin(r, c->x[2]) ? 0.5 + sim_uniform(r) / 2
                                           : sim_uniform(r) / 2;
        double lost = c->x[3] * rate * sim_uniform(r);
        for (int k = 0; k < 10; k++)
            dc_tally_add(sim_coin(r, lost) ? &p[i].again : &p[i].once,
                         sim_coin(r, rate) ? DC_VERDICT_REFUSAL
                                           : DC_VERDICT_COMPLIANCE);
    }
    dc_redrawn_find(p, n, 10 * n, 0.95, &found);
    free(p);
    return found.has_p && found.p <= 0.05 ? SIM_WRONG : SIM_RIGHT;
}

/* The share of refusals among traces drawn again: all prompts have the rate
 * x[2] on average, rates of prompts differ; x[3] as above. */
static enum sim_outcome redrawn_share(const struct sim_cell *c,
                                      struct sim_rng *r)
{
    size_t n = (size_t)c->x[0];
    struct dc_redrawn_prompt *p = dc_xcalloc(n, sizeof *p);
    struct dc_redrawn found;
    for (size_t i = 0; i < n; i++) {
        double rate = sim_coin(r, c->x[2]) ? 0.9 : 0.1;
        for (int k = 0; k < 10; k++)
            dc_tally_add(sim_coin(r, c->x[3]) ? &p[i].again : &p[i].once,
                         sim_coin(r, rate) ? DC_VERDICT_REFUSAL
                                           : DC_VERDICT_COMPLIANCE);
    }
    dc_redrawn_find(p, n, 10 * n, 0.95, &found);
    free(p);
    double truth = 0.1 + 0.8 * c->x[2];
    if (found.n_again == 0 || !found.again.has_interval)
        return SIM_NONE;
    return found.again.lo <= truth && truth <= found.again.hi ? SIM_RIGHT
                                                              : SIM_WRONG;
}

static const struct sim_cell cells[] = {
    {"redrawn finds no difference",
     "60 prompts, 5 % drawn again",
     0.95,
     0.95,
     1,
     2000,
     redrawn,
     {60, 10, 0.3, 0.2}},
    {"redrawn finds no difference",
     "500 prompts, 2 % drawn again",
     0.95,
     0.93,
     1,
     1000,
     redrawn,
     {500, 10, 0.3, 0.08}},
    {"refusals among traces drawn again",
     "60 prompts, 5 % drawn again",
     0.95,
     0.93,
     1,
     2000,
     redrawn_share,
     {60, 10, 0.3, 0.05}},
    {"refusals among traces drawn again",
     "500 prompts, 2 % drawn again",
     0.95,
     0.93,
     1,
     1000,
     redrawn_share,
     {500, 10, 0.1, 0.02}},
    {"below-chance does not ring",
     "60 prompts, half",
     0.95,
     0.94,
     1,
     2000,
     below_chance,
     {60, 1, 0.5}},
    {"below-chance does not ring",
     "200 prompts, 9 %",
     0.95,
     0.94,
     1,
     2000,
     below_chance,
     {200, 1, 0.09}},
    {"no alarm of stats rings",
     "60 prompts, half refuse",
     0.95,
     0.92,
     1,
     200,
     stats,
     {60, 5, 0.5, 0.3, 0.5, 0}},
    {"no alarm of stats rings",
     "200 prompts, 9 % refuse",
     0.95,
     0.92,
     1,
     100,
     stats,
     {200, 5, 0.09, 0.3, 0.5, 0}},
};

struct sim_cells sim_cells_alarm(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
