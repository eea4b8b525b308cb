/*
 * out_records.c - what the commands print as JSON, whole, one file a command:
 * `show`, `stats`, `sweep`, `calibrate` and `judge` with --json.
 */
#include "report/output.h"
#include "results/calibrate_report.h"
#include "results/judges_report.h"
#include "results/stats_report.h"
#include "results/sweep_report.h"

static void show(const struct dc_facts *f, struct dc_buf *b)
{
    struct dc_summary sum = f->summary;
    sum.n_alarm = f->n_alarm_show;
    dc_summary_json(&sum, f->name, b);
}

static void stats(const struct dc_facts *f, struct dc_buf *b)
{
    struct dc_summary sum = f->summary;
    dc_arena_init(&sum.arena); /* for the notes */
    dc_stats_json(&f->stats, &sum, f->name, b);
    dc_arena_release(&sum.arena);
}

static void sweep(const struct dc_facts *f, struct dc_buf *b)
{
    dc_sweep_json(&f->sweep, f->name, b);
}

static void sweep_table(const struct dc_facts *f, struct dc_buf *b)
{
    dc_sweep_csv(&f->sweep, b);
}

static void calibrate(const struct dc_facts *f, struct dc_buf *b)
{
    dc_calibrate_json(&f->calibrate, f->name, b);
}

static void judges(const struct dc_facts *f, struct dc_buf *b)
{
    dc_judges_json(f->judges, f->name, NULL, b);
}

static enum dc_status write_records(const struct dc_facts *f,
                                    struct dc_out_dir *o, struct dc_err *err)
{
    const struct {
        const char *name;
        bool has;
        void (*text)(const struct dc_facts *f, struct dc_buf *b);
    } row[] = {
        {"records/show.json", true, show},
        {"records/stats.json", f->has_stats, stats},
        {"records/sweep.json", f->has_sweep, sweep},
        {"records/sweep.csv", f->has_sweep, sweep_table},
        {"records/calibrate.json", f->has_calibrate, calibrate},
        {"records/judges.json", true, judges},
    };
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < sizeof row / sizeof row[0] && !st; i++) {
        struct dc_buf b;
        if (!row[i].has)
            continue;
        dc_buf_init(&b, SIZE_MAX);
        row[i].text(f, &b);
        st = dc_out_put(o, row[i].name, &b, err);
        dc_buf_release(&b);
    }
    return st;
}

const struct dc_output dc_output_records = {
    .files = "records/*.json, records/sweep.csv",
    .what = "what show, stats, sweep, calibrate and judge print with --json",
    .write = write_records,
};
