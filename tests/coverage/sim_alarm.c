/*
 * sim_alarm.c - alarms that rest on a test, on runs in which nothing is amiss
 * but chance: how often do they ring?
 */
#include "coverage/sim_record.h"
#include "report/alarm.h"
#include "report/stats_report.h"
#include "report/summary.h"

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

static const struct sim_cell cells[] = {
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
