/*
 * compare_read.c - one side of a comparison from a run file.
 */
#include "results/compare_report.h"
#include "results/judge_start.h"

enum dc_status dc_compare_side_open(const char *path, const char *typed,
                                    struct dc_compare_side *out,
                                    struct dc_err *err)
{
    struct dc_run_view run;
    struct dc_judge_pick pick;
    enum dc_status st = dc_judge_pick(typed, &pick, err);
    if (st)
        return st;
    st = dc_run_view_load(path, DC_RUN_AUDIT, &run, err);
    if (!st)
        st = dc_compare_side_read(&run, pick.label, out, err);
    dc_run_view_unload(&run);
    return st;
}
