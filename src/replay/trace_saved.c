/*
 * trace_saved.c - how many traces prompts needed, and what not drawing the
 * others saved (trace_course.h).
 */
#include "base/mem.h"
#include "replay/replay.h"
#include "replay/trace_course.h"
#include "replay/trace_rows.h"

#include <stdlib.h>

/* Of each prompt, the cost saved and that of all K traces. */
struct saved_costs {
    struct dc_saved *s;
    double *saved[DC_SAVED_COSTS], *full[DC_SAVED_COSTS]; /* [n_prompt] */
};

/* What a prompt's traces cost as recorded. */
static void saved_recorded(const struct dc_record *r,
                           const struct dc_record_prompt *p,
                           double cost[DC_SAVED_COSTS])
{
    cost[DC_SAVED_TRACES] = p->n_trace;
    cost[DC_SAVED_TOKENS] = cost[DC_SAVED_SECONDS] = 0;
    for (unsigned i = 0; i < p->n_trace; i++) {
        cost[DC_SAVED_TOKENS] += r->trace[p->first + i].n_tok;
        cost[DC_SAVED_SECONDS] += r->trace[p->first + i].ms / 1000;
    }
}

static void saved_count(struct dc_saved *s, unsigned n_trace, enum dc_verdict v)
{
    size_t bin = n_trace > 0 ? (n_trace - 1) / s->bin : 0;
    bin = bin < s->n_bin ? bin : s->n_bin - 1;
    for (int d = 0; d < DC_COURSE_DECISIONS; d++)
        s->count[bin][d] += dc_course_decision[d] == v;
    s->n_prompt++;
    s->n_trace += n_trace;
}

static void saved_as_it_was(struct saved_costs *x, const struct dc_record *r,
                            const struct dc_record_prompt *p)
{
    double cost[DC_SAVED_COSTS];
    double missing = (double)x->s->k - (double)p->n_trace;
    size_t i = x->s->n_prompt;
    saved_recorded(r, p, cost);
    for (int c = 0; c < DC_SAVED_COSTS; c++) {
        x->saved[c][i] =
            missing > 0 ? missing * cost[c] / (double)p->n_trace : 0;
        x->full[c][i] = cost[c] + x->saved[c][i];
    }
    saved_count(x->s, p->n_trace, p->decision);
}

static void saved_replayed(struct saved_costs *x, const struct dc_record *r,
                           struct dc_replay *curtail, size_t prompt)
{
    double cost[DC_SAVED_COSTS];
    struct dc_outcome o;
    size_t i = x->s->n_prompt;
    saved_recorded(r, &r->prompt[prompt], cost);
    dc_replay_prompt(curtail, prompt, NULL, &o);
    const double used[DC_SAVED_COSTS] = {o.n_trace, (double)o.n_tok,
                                         o.ms / 1000};
    for (int c = 0; c < DC_SAVED_COSTS; c++) {
        x->full[c][i] = cost[c];
        x->saved[c][i] = cost[c] - used[c];
    }
    saved_count(x->s, o.n_trace, o.decision);
}

/* Were all K traces of all decided prompts drawn? */
static bool saved_is_whole(const struct dc_record *r)
{
    for (size_t i = 0; i < r->n_prompt; i++)
        if (dc_trace_prompt_counts(&r->prompt[i]) &&
            r->prompt[i].n_trace < r->k)
            return false;
    return true;
}

/* NULL: the run is taken as it was. how: what the replay borrows. */
static struct dc_replay *saved_curtail(const struct dc_record *r,
                                       struct dc_setting *how)
{
    struct dc_replay *replay = NULL;
    *how = dc_setting_default();
    how->min_traces = r->min_traces > 0 ? r->min_traces : 1;
    if (r->no_replay || !saved_is_whole(r) ||
        dc_setting_policy(how, "curtail", "mean_prob", NULL) ||
        dc_replay_create(r, how, &replay, NULL))
        return NULL;
    return replay;
}

static void saved_fill(struct saved_costs *x, const struct dc_record *r)
{
    struct dc_setting how;
    struct dc_replay *curtail = saved_curtail(r, &how);
    x->s->replayed = curtail != NULL;
    for (size_t i = 0; i < r->n_prompt; i++) {
        if (!dc_trace_prompt_counts(&r->prompt[i]))
            continue;
        if (curtail)
            saved_replayed(x, r, curtail, i);
        else
            saved_as_it_was(x, r, &r->prompt[i]);
    }
    dc_replay_free(curtail);
}

bool dc_saved_lacks(const struct dc_record *r, int cost)
{
    return (cost == DC_SAVED_TOKENS && r->n_no_count > 0) ||
           (cost == DC_SAVED_SECONDS && r->n_no_time > 0);
}

void dc_saved_find(const struct dc_record *r, const struct dc_boot_cfg *boot,
                   struct dc_saved *out)
{
    struct saved_costs x = {.s = out};
    struct dc_boot_cfg with = *boot; /* draws for all costs */
    *out = (struct dc_saved){.k = r->k > 0 ? r->k : 1};
    out->bin = (out->k + DC_SAVED_BINS - 1) / DC_SAVED_BINS;
    out->n_bin = (out->k + out->bin - 1) / out->bin;
    for (int c = 0; c < DC_SAVED_COSTS; c++) {
        x.saved[c] = dc_xcalloc(r->n_prompt + 1, sizeof(double));
        x.full[c] = dc_xcalloc(r->n_prompt + 1, sizeof(double));
    }
    saved_fill(&x, r);
    with.batch = dc_boot_batch_new();
    for (int c = 0; c < DC_SAVED_COSTS; c++) {
        const struct dc_boot_sums sums = {x.saved[c], x.full[c],
                                          (size_t)out->n_prompt};
        if (!dc_saved_lacks(r, c))
            dc_boot_ratio(&sums, &with, &out->share[c]);
    }
    dc_boot_batch_free(with.batch);
    for (int c = 0; c < DC_SAVED_COSTS; c++) {
        free(x.saved[c]);
        free(x.full[c]);
    }
}
