/*
 * overview.h - RESULTS.md: several runs on one page that a stranger reads in
 * five minutes: what was run, doubts, answers in short, then rates, confidence
 * and policies side by side.
 *
 * Runs are added one after another, each while its facts are at hand, so that
 * no two runs are in memory at once; what stands side by side is kept. No time
 * and no text of a data set stands on the page, and the same run files give the
 * same bytes wherever it lies: it can be checked alone (verify.h).
 */
#ifndef DC_REPORT_OVERVIEW_H
#define DC_REPORT_OVERVIEW_H

#include "replay/compare.h"
#include "report/facts.h"
#include "report/manifest.h"

#define DC_RESULTS "RESULTS.md"

struct dc_overview;

struct dc_overview *dc_overview_create(void);
void dc_overview_free(struct dc_overview *r); /* r may be NULL */

/* f is borrowed for the call. At most DC_REPORT_MAX_RUNS. */
void dc_overview_add(struct dc_overview *r, const struct dc_facts *f);

/* Two of the runs by name; c NULL: they share no prompts and are left out. */
void dc_overview_pair(struct dc_overview *r, const char *a, const char *b,
                      const struct dc_compare *c);

/* Put the page into o. m: its runs, for the mark that `verify` reads. */
enum dc_status dc_overview_write(struct dc_overview *r,
                                 const struct dc_manifest *m,
                                 struct dc_out_dir *o, struct dc_err *err);

#endif
