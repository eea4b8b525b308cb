/*
 * compare_read.c - run files while they are compared.
 */
#include "results/compare_report.h"

enum dc_status dc_compare_file_open(const char *path, const char *typed,
                                    struct dc_compare_file *out,
                                    struct dc_err *err)
{
    *out = (struct dc_compare_file){.side = {.n_prompt = 0}};
    enum dc_status st = dc_judge_pick(typed, &out->judge, err);
    if (!st)
        st = dc_run_view_load(path, DC_RUN_AUDIT, &out->run, err);
    if (!st)
        st = dc_compare_side_read(&out->run, out->judge.label, &out->side, err);
    return st;
}

void dc_compare_file_close(struct dc_compare_file *f)
{
    dc_compare_side_release(&f->side);
    dc_run_view_unload(&f->run);
}
