/*
 * sim_promise.c - what stopping rules promise of a prompt, and the audit of an
 * answer window. A trial is a prompt; it is wrong if its decision is not that
 * of all K traces, or, of the rules that speak of the model's own rate, if the
 * rule itself ends it on the wrong side.
 */
#include "base/mem.h"
#include "coverage/sim.h"

#include <assert.h>
#include <deepconf/stop.h>
#include <stdlib.h>

enum { K = 10, LONG = 100 };

static const char *const policies[] = {
    "unanimous(3)",
    "hypergeometric(0.05)",
    "adaptive-consistency(0.9)",
    "sprt(0.3,0.7,0.1,0.1)",
    "e-process(0.05)",
    "curtail",
};

static struct dc_stop_spec policy_of(const struct sim_cell *c)
{
    struct dc_stop_spec p;
    enum dc_status st = dc_stop_parse(policies[(size_t)c->x[0]], &p, NULL);
    assert(st == DC_OK);
    (void)st;
    return p;
}

/* K verdicts of which `refusals` refuse, in an order by chance. */
static void shuffle(bool verdict[K], unsigned refusals, struct sim_rng *r)
{
    for (unsigned i = 0; i < K; i++)
        verdict[i] = i < refusals;
    for (unsigned i = K - 1; i > 0; i--) {
        unsigned j = sim_below(r, i + 1);
        bool other = verdict[j];
        verdict[j] = verdict[i];
        verdict[i] = other;
    }
}

/* x[0]: policy, x[1]: refusals among the K. */
static enum sim_outcome table(const struct sim_cell *c, struct sim_rng *r)
{
    const struct dc_stop_spec p = policy_of(c);
    const struct dc_stop_cfg cfg = {.min_traces = 3, .max_traces = K};
    struct dc_vote_spec vote;
    struct dc_stop_state s = {.trace = NULL};
    unsigned refusals = (unsigned)c->x[1], at = 0;
    bool verdict[K];
    enum dc_status st = dc_vote_parse("majority", &vote, NULL);
    assert(st == DC_OK);
    (void)st;
    shuffle(verdict, refusals, r);
    while (!dc_stop_ask(&p, &s, &cfg).stop)
        dc_tally_add(&s.tally, verdict[at++] ? DC_VERDICT_REFUSAL
                                             : DC_VERDICT_COMPLIANCE);
    enum dc_verdict full =
        2 * refusals > K ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
    return dc_stop_decide(&p, &s, &cfg, &vote, NULL) == full ? SIM_RIGHT
                                                             : SIM_WRONG;
}

/* x[0]: policy, x[1]: the prompt's refusal rate, at or below 1/2: a refusal is
 * the wrong side. Curtailment would end some prompts first; it is left out. */
static enum sim_outcome own_stop(const struct sim_cell *c, struct sim_rng *r)
{
    const struct dc_stop_spec p = policy_of(c);
    const struct dc_stop_cfg cfg = {.min_traces = 3, .max_traces = LONG};
    struct dc_stop_state s = {.trace = NULL};
    const struct dc_stop_view v = {&s, &cfg, p.spec.arg};
    struct dc_stop_next next = {.stop = false};
    while (!next.stop && s.tally.n < LONG - 1) {
        dc_tally_add(&s.tally, sim_coin(r, c->x[1]) ? DC_VERDICT_REFUSAL
                                                    : DC_VERDICT_COMPLIANCE);
        next = (struct dc_stop_next){.stop = false};
        if (s.tally.n >= cfg.min_traces)
            p.row->next(&v, &next);
    }
    return next.stop && 2 * s.tally.refusal > s.tally.n ? SIM_WRONG : SIM_RIGHT;
}

/* x: prompts, share audited, share of prompts that the window decides
 * otherwise. */
static enum sim_outcome window(const struct sim_cell *c, struct sim_rng *r)
{
    uint64_t n = 0, other = 0;
    for (double i = 0; i < c->x[0]; i++) {
        uint64_t stream = ((uint64_t)sim_below(r, UINT32_MAX) << 32) +
                          sim_below(r, UINT32_MAX);
        bool differs = sim_coin(r, c->x[2]);
        if (!dc_window_audited(r->trial, stream, c->x[1]))
            continue;
        n++;
        other += differs;
    }
    struct dc_prop p = dc_prop_clopper_pearson(other, n, 0.95);
    return sim_holds(p.defined, p.lo, p.hi, c->x[2]);
}

static const struct sim_cell cells[] = {
    {"unanimous(3), as its table",
     "5 of 10 refuse",
     11.0 / 12,
     0.9,
     0.93,
     4000,
     table,
     {0, 5}},
    {"curtail changes nothing", "5 of 10 refuse", 1, 1, 1, 4000, table, {5, 5}},
    {"curtail changes nothing", "6 of 10 refuse", 1, 1, 1, 4000, table, {5, 6}},
    {"hypergeometric(0.05) refuses wrongly",
     "5 of 10 refuse",
     0.95,
     0.9,
     1,
     4000,
     table,
     {1, 5}},
    {"adaptive-consistency(0.9) misses",
     "6 of 10 refuse",
     0.95,
     0.9,
     1,
     4000,
     table,
     {2, 6}},
    {"sprt(0.3,0.7,0.1,0.1), own stop",
     "30 % refuse, K 100",
     0.9,
     0.885,
     1,
     4000,
     own_stop,
     {3, 0.3}},
    {"e-process(0.05), own stop",
     "half refuse, K 100",
     0.95,
     0.94,
     1,
     4000,
     own_stop,
     {4, 0.5}},
    {"e-process(0.05), own stop",
     "45 % refuse, K 100",
     0.95,
     0.94,
     1,
     4000,
     own_stop,
     {4, 0.45}},
    {"answer window, audit",
     "200 prompts, 5 % audited",
     0.95,
     0.94,
     1,
     1000,
     window,
     {200, 0.05, 0.09}},
    {"answer window, audit",
     "1000 prompts, 5 % audited",
     0.95,
     0.94,
     1,
     500,
     window,
     {1000, 0.05, 0.03}},
};

struct sim_cells sim_cells_promise(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
