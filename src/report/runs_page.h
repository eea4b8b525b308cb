/*
 * runs_page.h - compare.html: the runs of a report on one page (page/
 * page_runs.h).
 */
#ifndef DC_REPORT_RUNS_PAGE_H
#define DC_REPORT_RUNS_PAGE_H

#include "report/report.h"
#include "results/compare_report.h"

/* Nothing where two of the runs can't be compared, which COMPARISON.md says.
 * file [n_run] as the runs. Statuses as those of dc_page_runs_write(). */
enum dc_status dc_runs_page_write(const struct dc_report_cfg *cfg,
                                  struct dc_compare_file *file,
                                  struct dc_out_dir *o, struct dc_err *err);

#endif
