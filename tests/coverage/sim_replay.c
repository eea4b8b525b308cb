/*
 * sim_replay.c - replays over runs that each policy drew: the interval of the
 * share of decisions that another rule changes, and the promise of calibrate.
 *
 * A run that a rule drew which can err holds the decisions of all K traces for
 * just those prompts that the rule did not get wrong; the program gives no
 * figure for it.
 */
#include "coverage/sim_record.h"
#include "replay/calibrate.h"
#include "replay/sweep.h"

#include <assert.h>

static const char *const drawn_by[] = {
    "fixed",
    "curtail",
    "unanimous(3)",
    "hypergeometric(0.1)",
    "adaptive-consistency(0.9)",
    "sprt(0.3,0.7,0.1,0.1)",
    "e-process(0.2)",
    "esc(3)",
    "confidence-percentile(20)",
    "deepconf(0.9,0.95,8,3)",
};

static struct dc_setting setting_of(const char *policy)
{
    struct dc_setting s = dc_setting_default();
    enum dc_status st = dc_setting_policy(&s, policy, "mean", NULL);
    assert(st == DC_OK);
    (void)st;
    s.min_traces = SIM_MIN_TRACES;
    return s;
}

/* x[6]: drawn_by. */
static enum sim_outcome changed(const struct sim_cell *c, struct sim_rng *r)
{
    static const char of[] = "unanimous(3)";
    const struct sim_world w = sim_world_of(c);
    const struct dc_setting s = setting_of(of);
    const struct dc_sweep_cfg cfg = {.n_threads = 1, .level = 0.95};
    struct dc_record *x = sim_record_create(&w, drawn_by[(size_t)c->x[6]], r);
    struct dc_sweep sweep;
    enum sim_outcome out = SIM_NONE;
    if (!x->no_replay && dc_sweep_run(x, &s, 1, &cfg, &sweep, NULL) == DC_OK) {
        const struct dc_prop *p = &sweep.row[0].changed;
        out = sim_holds(p->defined, p->lo, p->hi, sim_changed(&w, of));
        dc_sweep_release(&sweep);
    }
    sim_record_free(x);
    return out;
}

/* An offer whose true loss is above alpha breaks the promise; alpha lies a
 * little below the loss of the cheapest member, where that is likeliest. */
static enum sim_outcome offer(const struct sim_cell *c, struct sim_rng *r)
{
    static const char *const family[] = {
        "hypergeometric(0.01)", "hypergeometric(0.05)", "hypergeometric(0.25)"};
    enum { N = sizeof family / sizeof *family };
    const struct sim_world w = sim_world_of(c);
    const struct dc_calibrate_cfg cfg = {
        .loss = DC_LOSS_CHANGED,
        .promise = {.alpha = 0.98 * sim_changed(&w, family[N - 1]),
                    .delta = 0.05},
        .share = 0.5,
        .seed = r->trial,
        .level = 0.95};
    struct dc_record *x = sim_record_create(&w, drawn_by[(size_t)c->x[6]], r);
    struct dc_setting s[N];
    struct dc_calibrate found;
    enum sim_outcome out = SIM_NONE;
    for (int i = 0; i < N; i++)
        s[i] = setting_of(family[i]);
    if (!x->no_replay &&
        dc_calibrate_run(x, s, N, &cfg, &found, NULL) == DC_OK) {
        bool broken = found.has_offer &&
                      sim_changed(&w, family[found.offer]) > cfg.promise.alpha;
        out = broken ? SIM_WRONG : SIM_RIGHT;
        dc_calibrate_release(&found);
    }
    sim_record_free(x);
    return out;
}

#define DRAWN(by, name)                                                        \
    {                                                                          \
        "changed by unanimous(3)", "200 prompts drawn by " name, 0.95, 0.93,   \
            0.98, by < 2 ? 1000 : 50, changed,                                 \
        {                                                                      \
            200, 10, 0.3, 0.3, 0.3, 0, by                                      \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    DRAWN(0, "fixed"),
    DRAWN(1, "curtail"),
    DRAWN(2, "unanimous"),
    DRAWN(3, "hypergeometric"),
    DRAWN(4, "adaptive-consistency"),
    DRAWN(5, "sprt"),
    DRAWN(6, "e-process"),
    DRAWN(7, "esc"),
    DRAWN(8, "confidence-percentile"),
    DRAWN(9, "deepconf"),
    {"changed by unanimous(3)",
     "60 prompts drawn by curtail",
     0.95,
     0.9,
     1,
     1000,
     changed,
     {60, 10, 0.09, 0.3, 0.3, 0, 1}},
    {"calibrate's promise",
     "600 prompts drawn by fixed",
     0.95,
     0.94,
     1,
     400,
     offer,
     {600, 10, 0.3, 0.3, 0.3, 0, 0}},
    {"calibrate's promise",
     "600 prompts drawn by curtail",
     0.95,
     0.94,
     1,
     400,
     offer,
     {600, 10, 0.3, 0.3, 0.3, 0, 1}},
    {"calibrate's promise",
     "600 prompts drawn by unanimous",
     0.95,
     0.94,
     1,
     50,
     offer,
     {600, 10, 0.3, 0.3, 0.3, 0, 2}},
};

struct sim_cells sim_cells_replay(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}
