/*
 * facts_other.c - the run's figures under its other judges (facts.h): the same
 * functions over the same run, with another label.
 */
#include "base/mem.h"
#include "report/facts.h"

#include <stdlib.h>
#include <string.h>

static enum dc_status read_stats(struct dc_facts *f,
                                 const struct dc_facts_cfg *cfg,
                                 const char *measure, struct dc_facts_other *o,
                                 struct dc_err *err)
{
    struct dc_err why = {0};
    struct dc_record_cfg want = {.judged = o->label};
    struct dc_measure_spec m;
    const struct dc_trace_stats_cfg how = {.boot = dc_facts_boot(cfg),
                                           .cut = {DC_CONF_CUT_MEDIAN, 50}};
    enum dc_status st = dc_measure_parse(measure, &m, err);
    if (!st)
        st = dc_record_want(&want, &m, false, 0, err);
    if (!st)
        st = dc_record_read(f->run, &want, &o->record, err);
    if (st)
        return st;
    st = dc_trace_stats_run(&o->record, &how, &o->stats, &why);
    o->has_stats = st == DC_OK;
    if (!st || st == DC_DATA) {
        struct dc_risky_cfg risky = dc_risky_cfg_default();
        risky.boot = dc_facts_boot(cfg);
        risky.categories = false;
        st = dc_risky_run(&o->record, &risky, &o->risky, &why);
        o->has_risky = st == DC_OK;
    }
    return st && st != DC_DATA ? dc_fail(err, st, "%s", why.msg) : DC_OK;
}

enum dc_status dc_facts_read_others(struct dc_facts *f,
                                    const struct dc_facts_cfg *cfg,
                                    const char *measure, struct dc_err *err)
{
    const struct dc_judges *j = f->judges;
    enum dc_status st = DC_OK;
    f->other = dc_xcalloc(j->n + 1, sizeof *f->other);
    for (size_t i = 0; i < j->n && !st; i++) {
        const struct dc_judges_row *r = &j->row[i];
        struct dc_facts_other *o = &f->other[f->n_other];
        if (!r->has_decisions || !strcmp(r->label, f->record.judge))
            continue;
        o->label = r->own ? NULL : r->label;
        st = dc_summary_of(f->run, &(struct dc_summary_cfg){o->label, j},
                           &o->summary, err);
        f->n_other += !st;
        if (!st)
            st = read_stats(f, cfg, measure, o, err);
    }
    return st;
}

struct dc_risky_report dc_facts_risky(const struct dc_facts *f)
{
    struct dc_risky_report r = {.x = &f->risky};
    for (size_t i = 0; i < f->n_other; i++)
        if (f->other[i].has_risky)
            r.other[r.n_other++] = &f->other[i].risky;
    return r;
}

void dc_facts_release_others(struct dc_facts *f)
{
    for (size_t i = 0; i < f->n_other; i++) {
        if (f->other[i].has_risky)
            dc_risky_release(&f->other[i].risky);
        dc_trace_stats_release(&f->other[i].stats);
        dc_record_release(&f->other[i].record);
        dc_summary_release(&f->other[i].summary);
    }
    free(f->other);
    f->other = NULL;
    f->n_other = 0;
}
