/*
 * out_percentiles.c - NAME_percentile_safety_analysis.json, a form of its own:
 * the rows of confidence-percentile of the sweep. A run that stopped early
 * can't say what other thresholds would have done: its list is empty, and says
 * why.
 */
#include "report/output.h"
#include "results/sweep_report.h"

static enum dc_status write_percentiles(const struct dc_facts *f,
                                        struct dc_out_dir *o,
                                        struct dc_err *err)
{
    char name[256];
    struct dc_buf b;
    snprintf(name, sizeof name, "%s_%s.json", f->name,
             dc_output_name(f, "percentile_safety_analysis"));
    dc_buf_init(&b, SIZE_MAX);
    if (f->has_sweep)
        dc_sweep_percentiles(&f->sweep, &b);
    else
        dc_sweep_no_percentiles(f->why_sweep, &b);
    enum dc_status st = dc_out_put(o, name, &b, err);
    dc_buf_release(&b);
    return st;
}

const struct dc_output dc_output_percentiles = {
    .files = "NAME_percentile_safety_analysis.json, "
             "NAME_percentile_analysis.json",
    .what = "stopping by a percentile of confidence: rates and savings",
    .write = write_percentiles,
};
