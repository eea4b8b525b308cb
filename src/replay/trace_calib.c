/*
 * trace_calib.c - a measure that claims to be a probability, held against what
 * it might be the probability of: that the trace is right, or that it agrees
 * with its prompt's majority.
 */
#include "replay/trace_rows.h"

static enum dc_status against(const struct dc_trace_rows *x,
                              const struct dc_boot_cfg *boot,
                              struct dc_trace_calib *out, struct dc_err *err)
{
    const struct dc_forecast f = {x->score, x->positive, x->n};
    const struct dc_forecast_clusters c = {&f, x->group, x->n_groups};
    struct dc_calib_cfg width = dc_calib_cfg_default();
    width.level = boot->level;
    struct dc_calib_cfg mass = width;
    mass.binning = DC_BINNING_MASS;
    enum dc_status st = dc_calib_measure(&f, &width, &out->width, err);
    if (!st)
        st = dc_calib_measure(&f, &mass, &out->mass, err);
    if (!st)
        st = dc_calib_noise(&c, &width, boot, &out->noise_width, err);
    if (!st)
        st = dc_calib_noise(&c, &mass, boot, &out->noise_mass, err);
    if (!st)
        st = dc_calib_brier_boot(&c, boot, &out->brier, err);
    out->has = !st;
    return st;
}

enum dc_status dc_trace_calib_run(const struct dc_trace_view *v,
                                  const struct dc_boot_cfg *boot,
                                  struct dc_trace_measure *m,
                                  struct dc_err *err)
{
    struct dc_trace_rows x;
    enum dc_status st = DC_OK;
    if (m->column->measure.row->direction < 0)
        return DC_OK;
    dc_trace_rows_init(&x, v);
    for (enum dc_target t = 0; t < DC_N_TARGET && !st; t++) {
        if (t == DC_TARGET_REFUSAL)
            continue;
        dc_trace_rows_fill(&x, v, m->column, t, DC_TRACES_ALL);
        if (x.n > 0)
            st = against(&x, boot, &m->calib[t], err);
    }
    dc_trace_rows_release(&x);
    return st;
}
