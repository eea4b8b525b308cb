/*
 * report.h - the report: a set of files that is a pure function of run files
 * and options. No clock, no path of the machine and no order of chance shows in
 * it, so that `verify` can make it again and compare.
 *
 * One run gives its files straight into the folder; several give a folder each,
 * named after the run, and beside those RESULTS.md and the comparison of every
 * two of them.
 */
#ifndef DC_REPORT_REPORT_H
#define DC_REPORT_REPORT_H

#include "report/out_dir.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DC_REPORT_MAX_RUNS = 16,
    DC_REPORT_NAME = 64,
    DC_REPORT_MAX_PAGE_MB = 512 /* a browser holds no more at ease */
};

struct dc_report_run {
    const char *path;
    const char *judge;         /* as --judge has it; NULL: the run's own */
    char name[DC_REPORT_NAME]; /* "": made of the path */
};

struct dc_report_cfg {
    struct dc_report_run run[DC_REPORT_MAX_RUNS]; /* [n_run] */
    size_t n_run;
    const char *correct_with; /* JSON of validate-judge; NULL: none */
    uint32_t page_mb;         /* MiB of token data in report.html at most */
    uint32_t n_threads;       /* changes no byte */
    const atomic_int *stop;   /* as that of struct dc_out_dir */
    bool no_plots;
    bool names_asked; /* as that of struct dc_facts_cfg */
    bool first_set;   /* as that of struct dc_facts_cfg */
    bool page_only;   /* of each run nothing but facts.json: for RESULTS.md */
};

/*
 * Give each run without a name one: the file's name without folder and ending,
 * with nothing but letters, digits, '-', '_' and '.'; a number is added where
 * two would be the same.
 */
void dc_report_names(struct dc_report_cfg *cfg);

/* Can a file of this name stand at the top of a report? */
bool dc_report_may_have(const char *name);

/*
 * Make the set, manifest and all, and commit it to o. Runs have names. Statuses
 * as those of dc_facts_read(); DC_IO.
 */
enum dc_status dc_report_make(const struct dc_report_cfg *cfg,
                              struct dc_out_dir *o, struct dc_err *err);

#endif
