/*
 * facts.c - one snapshot, one record for all replays (facts.h).
 */
#include "report/facts.h"

#include "audit/audit.h"
#include "base/hash.h"
#include "base/mem.h"
#include "replay/family.h"
#include "report/examples.h"
#include "report/output.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

/* What calibrate does when nothing is asked of it. */
static const struct dc_calibrate_cfg calibrate_cfg = {
    .loss = DC_LOSS_MISSED,
    .promise = {.alpha = 0.01, .delta = 0.05},
    .share = 0.5,
    .seed = 1,
    .level = LEVEL,
};

struct dc_boot_cfg dc_facts_boot(const struct dc_facts_cfg *cfg)
{
    struct dc_boot_cfg b = dc_boot_cfg_default();
    b.n_threads = cfg->n_threads;
    b.seed = 1;
    return b;
}

/* ---- what to replay ---- */

struct dc_facts_plan {
    const struct dc_facts_cfg *cfg;
    pthread_t thread; /* that computes, once it is started */
    bool started;
    enum dc_status st; /* of it */
    struct dc_err err;
    struct dc_audit_config run;
    struct dc_record_cfg want;
    size_t n_stats; /* columns of the statistics, the first of want */
    struct dc_setting family[DC_FAMILY_MAX];
    size_t n_family;
};

/* Can the judge be asked about answer windows? Then it stays open. */
static bool open_start(struct dc_facts *f, struct dc_facts_plan *p,
                       struct dc_err *err, enum dc_status *st)
{
    bool ends = false;
    *st = dc_store_has_tok_ends(f->store, &ends, err);
    if (*st || !ends || p->run.window != 0)
        return false;
    if (dc_judge_start_open(f->run, &f->pick, &f->start, &p->want, NULL) ==
        DC_OK)
        return true;
    dc_judge_start_close(&f->start);
    return false;
}

static enum dc_status plan_sweep(struct dc_facts *f, struct dc_facts_plan *p,
                                 struct dc_err *err)
{
    enum dc_status st;
    struct dc_sweep_defaults d = {
        .measure = p->run.measure,
        .min_traces = (unsigned)p->run.replay_min,
        .max_tokens = (unsigned)p->run.max_tokens,
        .max_traces = (unsigned)p->run.max_traces,
        .first_set = p->cfg->first_set,
    };
    d.windows = open_start(f, p, err, &st);
    if (!st)
        st = dc_store_lacks(f->store, &d.lacks, err);
    if (!st)
        st = dc_sweep_default(&d, &f->setting, &f->n_setting, err);
    for (size_t i = 0; i < f->n_setting && !st; i++)
        st = dc_setting_want(&f->setting[i], &p->want, err);
    return st;
}

static enum dc_status plan_calibrate(struct dc_facts_plan *p,
                                     struct dc_err *err)
{
    struct dc_family members;
    enum dc_status st = DC_OK;
    dc_family_of("hypergeometric", (unsigned)p->run.max_traces, &members);
    for (size_t i = 0; i < members.n && !st; i++) {
        struct dc_setting *s = &p->family[p->n_family++];
        *s = dc_setting_default();
        s->audit_share = 0.05;
        s->min_traces = (unsigned)p->run.replay_min;
        st = dc_setting_policy(s, members.member[i], p->run.measure, err);
        if (!st)
            st = dc_setting_want(s, &p->want, err);
    }
    return st;
}

/* What `budgets` does when nothing is asked of it; *has: it can. */
static enum dc_status plan_budgets(struct dc_facts *f, struct dc_facts_plan *p,
                                   struct dc_err *err)
{
    static const char *const policy[] = {"curtail"};
    const struct dc_budgets_cfg c = {
        .policy = policy,
        .n_policy = 1,
        .measure = p->run.measure,
        .min_traces = (unsigned)p->run.replay_min,
        .k = (unsigned)p->run.max_traces,
    };
    struct dc_err said;
    enum dc_status st = dc_budgets_plan(&c, &f->budgets, &said);
    f->has_budgets = !st;
    for (size_t i = 0; i < f->budgets.n && !st; i++)
        st = dc_setting_want(&f->budgets.budget[i].setting, &p->want, err);
    return f->has_budgets ? st : DC_OK;
}

static enum dc_status make_plan(struct dc_facts *f, struct dc_facts_plan *p,
                                struct dc_err *err)
{
    p->run = f->run->is;
    p->want.judged = f->pick.label;
    enum dc_status st = dc_trace_stats_want(&p->want, p->run.measure, err);
    p->n_stats = p->want.n_column;
    if (!st)
        st = plan_sweep(f, p, err);
    if (!st)
        st = plan_budgets(f, p, err);
    if (!st)
        st = plan_calibrate(p, err);
    return st;
}

/* ---- figures ---- */

/* A part that the data don't allow is left out, with the reason. */
static enum dc_status part(struct dc_facts *f, enum dc_status st, bool *has,
                           const char **why, const struct dc_err *said)
{
    *has = st == DC_OK;
    if (st == DC_DATA) {
        *why = dc_arena_strdup(&f->arena, said->msg);
        return DC_OK;
    }
    return st;
}

/* All of the record alone, so that another thread may do it. */
static enum dc_status replay(struct dc_facts *f, const struct dc_facts_plan *p,
                             struct dc_err *err)
{
    const struct dc_facts_cfg *cfg = p->cfg;
    struct dc_err e = {0};
    const struct dc_trace_stats_cfg how = {.boot = dc_facts_boot(cfg),
                                           .cut = {DC_CONF_CUT_MEDIAN, 50}};
    const struct dc_stability_cfg stability = {.boot = dc_facts_boot(cfg)};
    struct dc_risky_cfg risky = dc_risky_cfg_default();
    const char *as_stability = NULL, *as_budgets = NULL;
    const struct dc_sweep_cfg sweep = {
        .seed = 1,
        .n_threads = cfg->n_threads,
        .level = LEVEL,
        .nobody_named = true,
    };
    f->of_stats = f->record;
    f->of_stats.n_column = p->n_stats;
    enum dc_status st = dc_trace_stats_run(&f->of_stats, &how, &f->stats, &e);
    st = part(f, st, &f->has_stats, &f->why_stats, &e);
    if (!st) {
        st = dc_stability_run(&f->record, &stability, &f->stability, &e);
        st = part(f, st, &f->has_stability, &f->why_stability, &e);
    }
    if (!st) {
        risky.boot = dc_facts_boot(cfg);
        st = dc_risky_run(&f->of_stats, &risky, &f->risky, &e);
        st = part(f, st, &f->has_risky, &as_stability, &e);
        if (f->has_risky)
            f->risky_says = dc_risky_sentence(&f->risky, &f->arena);
    }
    if (!st && f->has_budgets) {
        st = dc_budgets_run(&f->record, &stability.boot, &f->budgets, &e);
        st = part(f, st, &f->has_budgets, &as_budgets, &e);
    }
    if (!st) {
        st = dc_sweep_run(&f->record, f->setting, f->n_setting, &sweep,
                          &f->sweep, &e);
        st = part(f, st, &f->has_sweep, &f->why_sweep, &e);
    }
    if (!st) {
        st = dc_calibrate_run(&f->record, p->family, p->n_family,
                              &calibrate_cfg, &f->calibrate, &e);
        st = part(f, st, &f->has_calibrate, &f->why_calibrate, &e);
    }
    return st ? dc_fail(err, st, "%s", e.msg) : st;
}

static enum dc_status
correct(struct dc_facts *f, const struct dc_facts_cfg *cfg, struct dc_err *err)
{
    const struct dc_correction_cfg how = {
        .path = cfg->correct_with,
        .judge = f->summary.judge,
        .boot = dc_boot_cfg_default(),
    };
    f->has_correction = true;
    enum dc_status st = dc_correction_read(f->run, &how, &f->correction, err);
    f->summary.correction = &f->correction;
    return dc_err_prefix(err, st, "--correct-with");
}

/* The configuration, one line a key, is what makes a run this one. */
static void make_id(struct dc_facts *f)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < f->summary.n_config; i++)
        dc_buf_addf(&b, "%s=%s\n", f->summary.config[i].key,
                    f->summary.config[i].value);
    dc_sha256_hex(b.data, b.n, f->id);
    dc_buf_release(&b);
}

enum { FACTS_FIELDS = 4 }; /* of the data; `show --by` has any */

/* The first fields by which prompts fall into groups. */
static enum dc_status count_by_fields(struct dc_facts *f, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    size_t n = 0;
    struct dc_field_name *name = dc_field_names(&f->record, &n);
    f->by = dc_arena_array(&f->arena, FACTS_FIELDS, sizeof *f->by);
    for (size_t i = 0; i < n && f->n_by < FACTS_FIELDS && !st; i++) {
        st = dc_by_field(&f->record, name[i].name, &f->arena, &f->by[f->n_by],
                         err);
        f->n_by += !st && f->by[f->n_by].n_value > 1;
    }
    free(name);
    return st;
}

/* Those of the stats will stand among them. */
static void keep_alarms(struct dc_facts *f)
{
    const struct dc_summary *s = &f->summary;
    f->n_alarm_show = s->n_alarm;
    f->alarm_show =
        dc_arena_array(&f->arena, s->n_alarm, sizeof *f->alarm_show);
    for (size_t i = 0; i < s->n_alarm; i++)
        f->alarm_show[i] = s->alarm[i];
}

static enum dc_status read_all(struct dc_facts *f, struct dc_facts_plan *p,
                               struct dc_err *err)
{
    enum dc_status st =
        dc_run_view_open(f->store, DC_RUN_AUDIT | DC_RUN_FIELDS, f->run, err);
    if (!st)
        st = dc_summary_of(f->run,
                           &(struct dc_summary_cfg){.judge = f->pick.label},
                           &f->summary, err);
    if (st)
        return st;
    keep_alarms(f);
    f->names_asked = p->cfg->names_asked || dc_output_names_asked(&f->summary);
    make_id(f);
    st = make_plan(f, p, err);
    if (!st)
        st = dc_record_read(f->run, &p->want, &f->record, err);
    if (!st)
        st = count_by_fields(f, err);
    return st ? st : dc_examples_read(f, err);
}

static void *replay_beside(void *arg)
{
    struct dc_facts *f = arg;
    f->plan->st = replay(f, f->plan, &f->plan->err);
    return NULL;
}

/* Until it is joined the arena is the other thread's. */
static enum dc_status start_replay(struct dc_facts *f, struct dc_err *err)
{
    f->plan->started =
        f->n_threads > 1 &&
        pthread_create(&f->plan->thread, NULL, replay_beside, f) == 0;
    f->judges = &f->summary.judges;
    if (f->judges->n > 1)
        return DC_OK;
    f->judges = &f->own_judges; /* the summary has no decisions of one */
    return dc_judges_of(f->run, true, &f->own_judges, err);
}

static enum dc_status end_replay(struct dc_facts *f, struct dc_err *err)
{
    struct dc_facts_plan *p = f->plan;
    if (!p->started)
        return replay(f, p, err);
    pthread_join(p->thread, NULL);
    p->started = false;
    return p->st ? dc_fail(err, p->st, "%s", p->err.msg) : DC_OK;
}

enum dc_status dc_facts_begin(const struct dc_facts_cfg *cfg,
                              struct dc_facts *out, struct dc_err *err)
{
    *out = (struct dc_facts){.name = NULL};
    dc_arena_init(&out->arena);
    out->plan = dc_xcalloc(1, sizeof *out->plan);
    out->plan->cfg = cfg;
    out->run = dc_xcalloc(1, sizeof *out->run);
    out->plots = cfg->plots;
    out->n_threads = cfg->n_threads;
    out->name = dc_arena_strdup(&out->arena, cfg->name);
    out->page_mb = cfg->page_mb;
    enum dc_status st = dc_judge_pick(cfg->judge, &out->pick, err);
    if (!st)
        st = dc_store_open_ro(cfg->path, &out->store, err);
    if (!st) {
        st = dc_store_begin(out->store, err);
        out->began = !st;
    }
    if (!st)
        st = read_all(out, out->plan, err);
    return st ? st : start_replay(out, err);
}

enum dc_status dc_facts_end(struct dc_facts *f, struct dc_err *err)
{
    const struct dc_facts_cfg *cfg = f->plan->cfg;
    enum dc_status st = end_replay(f, err);
    if (!st)
        st = dc_facts_read_others(
            f, cfg,
            f->has_stats ? f->stats.measure[0].column->measure.spec.text
                         : f->run->is.measure,
            err);
    if (!st && cfg->correct_with)
        st = correct(f, cfg, err);
    if (!st && f->has_stats) {
        f->summary.confidence = dc_stats_confidence(&f->stats);
        dc_stats_find_alarms(&f->summary, &f->stats);
        f->n_note = dc_stats_notes(&f->stats, &f->arena, f->note);
    }
    return st;
}

enum dc_status dc_facts_read(const struct dc_facts_cfg *cfg,
                             struct dc_facts *out, struct dc_err *err)
{
    enum dc_status st = dc_facts_begin(cfg, out, err);
    return st ? st : dc_facts_end(out, err);
}

void dc_facts_release(struct dc_facts *f)
{
    if (f->plan && f->plan->started)
        pthread_join(f->plan->thread, NULL);
    free(f->plan);
    dc_correction_release(&f->correction);
    dc_calibrate_release(&f->calibrate);
    dc_sweep_release(&f->sweep);
    if (f->has_stability)
        dc_stability_release(&f->stability);
    if (f->has_risky)
        dc_risky_release(&f->risky);
    dc_budgets_release(&f->budgets);
    dc_trace_stats_release(&f->stats);
    dc_facts_release_others(f);
    dc_judges_release(&f->own_judges);
    dc_record_release(&f->record);
    dc_summary_release(&f->summary);
    dc_judge_start_close(&f->start);
    free(f->setting);
    dc_run_view_close(f->run);
    free(f->run);
    if (f->began)
        dc_store_rollback(f->store);
    dc_store_close(f->store);
    dc_arena_release(&f->arena);
    *f = (struct dc_facts){.name = NULL};
}
