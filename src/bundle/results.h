/*
 * results.h - RESULTS.md: several runs on one page that a stranger reads in
 * five minutes: what was run, doubts, answers in short, then rates, confidence
 * and policies side by side.
 *
 * Runs are added one after another, each while its facts are at hand, so that
 * no two runs are in memory at once; what stands side by side is kept. No time
 * and no text of a data set stands on the page, and the same run files give the
 * same bytes wherever it lies: it can be checked alone (verify.h).
 */
#ifndef DC_BUNDLE_RESULTS_H
#define DC_BUNDLE_RESULTS_H

#include "bundle/facts.h"
#include "bundle/manifest.h"
#include "replay/compare.h"

#define DC_RESULTS "RESULTS.md"

struct dc_results;

struct dc_results *dc_results_create(void);
void dc_results_free(struct dc_results *r); /* r may be NULL */

/* f is borrowed for the call. At most DC_BUNDLE_MAX_RUNS. */
void dc_results_add(struct dc_results *r, const struct dc_facts *f);

/* Two of the runs by name; c NULL: they share no prompts and are left out. */
void dc_results_pair(struct dc_results *r, const char *a, const char *b,
                     const struct dc_compare *c);

/* Put the page into o. m: its runs, for the mark that `verify` reads. */
enum dc_status dc_results_write(struct dc_results *r,
                                const struct dc_manifest *m,
                                struct dc_out_dir *o, struct dc_err *err);

#endif
