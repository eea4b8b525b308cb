/*
 * out_records.c - what the commands print as JSON, whole, one file a command:
 * `show`, `stats` and its question, `stability`, `budgets`, `sweep`,
 * `calibrate` and `judge` with --json.
 */
#include "report/output.h"
#include "results/budgets_report.h"
#include "results/calibrate_report.h"
#include "results/judges_report.h"
#include "results/risky_report.h"
#include "results/stability_report.h"
#include "results/stats_report.h"
#include "results/sweep_report.h"

static enum dc_status put_sweep_table(const struct dc_facts *f,
                                      struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_sweep_csv(&f->sweep, &b);
    enum dc_status st = dc_out_put(o, "records/sweep.csv", &b, err);
    dc_buf_release(&b);
    return st;
}

static enum dc_status write_records(const struct dc_facts *f,
                                    struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_summary show = f->summary; /* without the alarms of `stats` */
    show.alarm = f->alarm_show;
    show.n_alarm = f->n_alarm_show;
    enum dc_status st = dc_out_json(o, "records/show.json",
                                    dc_summary_tree(&show, f->name), err);
    if (!st && f->has_stats)
        st = dc_out_json(o, "records/stats.json",
                         dc_stats_json(&f->stats, &f->summary, f->name), err);
    if (!st && f->has_stability)
        st = dc_out_json(o, "records/stability.json",
                         dc_stability_json(&f->stability, &show, f->name), err);
    if (!st && f->has_risky) {
        const struct dc_risky_report r = dc_facts_risky(f);
        st = dc_out_json(o, "records/compliance_risk.json",
                         dc_risky_json(&r, &show, f->name), err);
    }
    if (!st && f->has_budgets)
        st = dc_out_json(o, "records/budgets.json",
                         dc_budgets_json(&f->budgets), err);
    if (!st && f->has_sweep)
        st = dc_out_json(o, "records/sweep.json",
                         dc_sweep_json(&f->sweep, f->name), err);
    if (!st && f->has_sweep)
        st = put_sweep_table(f, o, err);
    if (!st && f->has_calibrate)
        st = dc_out_json(o, "records/calibrate.json",
                         dc_calibrate_json(&f->calibrate, f->name), err);
    if (!st)
        st = dc_out_json(o, "records/judges.json",
                         dc_judges_json(f->judges, f->name, NULL), err);
    return st;
}

const struct dc_output dc_output_records = {
    .files = "records/*.json, records/sweep.csv",
    .what = "what show, stats, stability, budgets, sweep, calibrate and judge "
            "print with --json",
    .write = write_records,
};
