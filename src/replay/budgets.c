/*
 * budgets.c - budgets.h. The fixed budgets take the first traces as they were
 * drawn, which are what a run with that K would have drawn.
 */
#include "replay/budgets.h"

#include "base/mem.h"
#include "base/plural.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct dc_budget *new_budget(struct dc_budgets *b)
{
    assert(b->n < DC_BUDGETS_MAX);
    struct dc_budget *x = &b->budget[b->n++];
    x->setting = dc_setting_default();
    dc_arena_init(&x->side.arena);
    return x;
}

static enum dc_status add_fixed(struct dc_budgets *b, unsigned n,
                                struct dc_err *err)
{
    struct dc_budget *x = new_budget(b);
    snprintf(x->name, sizeof x->name, "%u trace%s", n, dc_plural(n));
    x->setting.max_traces = n;
    return dc_setting_policy(&x->setting, "fixed", "mean_prob", err);
}

static enum dc_status add_policy(struct dc_budgets *b,
                                 const struct dc_budgets_cfg *c,
                                 const char *policy, struct dc_err *err)
{
    unsigned min = c->min_traces < c->k ? c->min_traces : c->k;
    struct dc_budget *x = new_budget(b);
    char text[DC_BUDGETS_NAME];
    x->setting.min_traces = min;
    enum dc_status st = dc_setting_policy(&x->setting, policy, c->measure, err);
    if (!st)
        st = dc_stop_fits(&x->setting.policy, c->k, err);
    if (st)
        return st;
    dc_setting_text(&x->setting, text, sizeof text);
    snprintf(x->name, sizeof x->name, "%u to %u: %s", min, c->k, text);
    return DC_OK;
}

enum dc_status dc_budgets_plan(const struct dc_budgets_cfg *c,
                               struct dc_budgets *out, struct dc_err *err)
{
    *out = (struct dc_budgets){
        .budget = dc_xcalloc(DC_BUDGETS_MAX, sizeof *out->budget)};
    enum dc_status st = DC_OK;
    if (c->k > 1)
        st = add_fixed(out, 1, err);
    if (!st && c->k > DC_BUDGETS_FIXED)
        st = add_fixed(out, DC_BUDGETS_FIXED, err);
    for (size_t i = 0; i < c->n_policy && !st; i++)
        st = add_policy(out, c, c->policy[i], err);
    return st ? st : add_fixed(out, c->k, err);
}

static bool takes_part(const struct dc_record *r, size_t i)
{
    return !r->prompt[i].problem && r->prompt[i].has_decision;
}

/* Why budget x can't be replayed: `missing` prompts have too few traces. */
static enum dc_status budget_refused(const struct dc_record *r,
                                     const struct dc_budget *x, size_t missing,
                                     size_t n, struct dc_err *err)
{
    if (!r->knows.drawn)
        return dc_fail(err, DC_DATA,
                       "%s: %zu of %zu prompt%s of the input %s too few traces "
                       "for it, and why they ended there is not known; what "
                       "is left may be those that took many. Import an input "
                       "with as many traces for every prompt",
                       x->name, missing, n, dc_plural(n), dc_have(missing));
    return dc_fail(err, DC_DATA,
                   "%s: the run was drawn with --stop %s, and %zu of %zu "
                   "prompts have too few traces for it; what is left would be "
                   "the disputed ones. Run with --no-early-stopping",
                   x->name, r->policy, missing, n);
}

/* *missing: prompts that were not drawn as far. */
static enum dc_status replay_budget(const struct dc_record *r,
                                    struct dc_budget *x, size_t *missing,
                                    struct dc_err *err)
{
    struct dc_compare_side *s = &x->side;
    struct dc_replay *p;
    enum dc_status st = dc_replay_create(r, &x->setting, &p, err);
    if (st)
        return dc_err_prefix(err, st, "%s", x->name);
    s->knows = r->knows;
    s->judge_note = r->judge_note;
    x->kv[0] = (struct dc_kv){"judge", r->judge, true};
    x->kv[1] = (struct dc_kv){"judge.version", r->judge_version, true};
    s->kv = x->kv;
    s->n_kv = DC_COUNT(x->kv);
    s->prompt = dc_xcalloc(r->n_prompt + 1, sizeof *s->prompt);
    *missing = 0;
    for (size_t i = 0; i < r->n_prompt; i++) {
        struct dc_outcome out;
        if (!takes_part(r, i))
            continue;
        dc_replay_prompt(p, i, NULL, &out);
        *missing += out.missing;
        s->prompt[s->n_prompt++] = (struct dc_compare_prompt){
            .id = r->prompt[i].id,
            .gold = r->prompt[i].gold,
            .decided = !out.missing,
            .decision = out.decision,
            .n_trace = out.n_trace,
            .n_tok = out.n_tok,
            .no_count = r->n_no_count > 0,
        };
    }
    dc_replay_free(p);
    return DC_OK;
}

static enum dc_status replay_all(const struct dc_record *r,
                                 struct dc_budgets *b, struct dc_err *err)
{
    for (size_t i = 0; i < b->n; i++) {
        size_t missing = 0;
        enum dc_status st = replay_budget(r, &b->budget[i], &missing, err);
        if (st)
            return st;
        b->n_prompt = b->budget[i].side.n_prompt;
        if (i + 1 == b->n)
            b->has_all = missing == 0;
        else if (missing > 0)
            return budget_refused(r, &b->budget[i], missing, b->n_prompt, err);
    }
    return DC_OK;
}

static enum dc_status compare_all(struct dc_budgets *b, size_t n,
                                  const struct dc_boot_cfg *boot,
                                  struct dc_err *err)
{
    const struct dc_compare_cfg cfg = {.boot = *boot};
    struct dc_budget *of = &b->budget[b->reference];
    struct dc_runs_run run[DC_BUDGETS_MAX] = {
        {.name = of->name, .side = &of->side}};
    enum dc_status st = DC_OK;
    size_t m = 1;
    for (size_t i = 0; i < n && !st; i++) {
        struct dc_budget *x = &b->budget[i];
        if (x == of)
            continue;
        run[m].name = x->name;
        run[m++].side = &x->side;
        st = dc_compare_run(&of->side, &x->side, &cfg, &x->against, err);
        x->has_against = st == DC_OK;
    }
    return st ? st : dc_runs_compare(run, m, &cfg, &b->runs, err);
}

enum dc_status dc_budgets_run(const struct dc_record *r,
                              const struct dc_boot_cfg *boot,
                              struct dc_budgets *b, struct dc_err *err)
{
    b->record = r;
    enum dc_status st = replay_all(r, b, err);
    if (st)
        return st;
    if (b->n_prompt == 0)
        return dc_fail(err, DC_DATA,
                       "no prompt of the run is decided yet, so there is "
                       "nothing to replay");
    size_t n = b->n - !b->has_all;
    if (n < 2)
        return dc_fail(err, DC_DATA,
                       "the run has at most %u trace%s a prompt: there are no "
                       "two budgets to compare%s",
                       r->k, dc_plural(r->k),
                       r->knows.drawn ? ". Run with a larger --max-traces"
                                      : "");
    b->reference = n - 1;
    return compare_all(b, n, boot, err);
}

void dc_budgets_release(struct dc_budgets *b)
{
    if (b->runs.n_run > 0)
        dc_runs_release(&b->runs);
    for (size_t i = 0; i < b->n; i++) {
        if (b->budget[i].has_against)
            dc_compare_release(&b->budget[i].against);
        dc_compare_side_release(&b->budget[i].side);
    }
    free(b->budget);
}
