/*
 * comparison.h - every two runs of a report side by side: COMPARISON.md and
 * compare/A_and_B.json.
 */
#ifndef DC_REPORT_COMPARISON_H
#define DC_REPORT_COMPARISON_H

#include "report/overview.h"
#include "report/report.h"
#include "results/compare_report.h"

/* Two runs without a prompt in common are said to have none. Each pair goes
 * into results too. file [n_run] as the runs. Statuses as those of
 * dc_compare_run(), but for DC_DATA; DC_IO. */
enum dc_status dc_comparison_write(const struct dc_report_cfg *cfg,
                                   const struct dc_compare_file *file,
                                   struct dc_overview *results,
                                   struct dc_out_dir *o, struct dc_err *err);

#endif
