/*
 * page_runs.h - a page of several runs side by side: what differs, the runs
 * ranked, and every prompt with the traces of each run beside each other.
 *
 * As report.html (page.h) it is one file without a network, and a pure function
 * of what it is given. Token values are not in it: each run's own page has
 * them.
 */
#ifndef DC_PAGE_PAGE_RUNS_H
#define DC_PAGE_PAGE_RUNS_H

#include "replay/compare_runs.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <stdio.h>

struct dc_page_runs_cfg {
    const struct dc_runs *runs;
    /* [runs->n_run] the same runs, open; and whose decisions the sides have:
     * labels, NULL is the run's own */
    struct dc_run_view *run[DC_RUNS_MAX];
    const char *judge[DC_RUNS_MAX];
    /* Most bytes of texts, by a rough count: prompts that two runs decide
     * otherwise first, until the next one would pass it. */
    size_t max_text_bytes;
};
struct dc_page_runs_cfg dc_page_runs_cfg_default(void);

/*
 * Write the page to out, which is checked but not closed. DC_STORE for a file
 * that is damaged, or is another one than the sides were read from; DC_IO if
 * out can't be written, else as dc_run_view_decisions().
 */
enum dc_status dc_page_runs_write(const struct dc_page_runs_cfg *cfg, FILE *out,
                                  struct dc_err *err);

#endif
