/*
 * page.h - report.html: one file with the summary, the figures, the policies
 * and every trace, to be opened in a browser without a network.
 *
 * A pure function of what it is given: the same run file and options give the
 * same bytes. It shows figures that others computed (results/summary.h,
 * replay/sweep.h) and computes none that they have; of each prompt it adds the
 * mean of the run's measure over its traces, for sorting, and where each
 * setting of the sweep would have stopped, by replay.
 *
 * Text from models and data is hostile. In the markup it is escaped and its
 * control characters are spelt out (page_put.h); in the data blocks it is JSON
 * without "<", shown by the viewer as text only. The page forbids itself every
 * script and style but its own (Content-Security-Policy by SHA-256) and every
 * request.
 *
 * Written in one walk over the prompts, after one that gathers the index:
 * memory is that of the index (about 100 bytes a prompt) and of the largest
 * prompt. A browser has to hold the page: beyond DC_PAGE_TEXT_BYTES the viewer
 * has the first prompts only. Data for the viewer is a line a prompt, so that
 * two pages can be compared line by line; page_traces.c has the format.
 */
#ifndef DC_PAGE_PAGE_H
#define DC_PAGE_PAGE_H

#include "read/run_view.h"
#include "replay/budgets.h"
#include "replay/by_field.h"
#include "replay/sweep.h"
#include "replay/trace_stability.h"
#include "results/summary.h"

#include <deepconf/status.h>
#include <stddef.h>
#include <stdio.h>

/* A figure: an SVG document, shown as an image. */
struct dc_page_figure {
    const char *name;  /* of its file, "confusion_matrix_2x2" */
    const char *title; /* in words; the picture has it, too */
    const char *about; /* how to read it: the caption */
    const char *alt;   /* what it shows, for those who can't see it */
    const char *svg;   /* [n_svg] */
    size_t n_svg;
};

struct dc_page_cfg {
    const char *file;                 /* the run's name, for headings */
    const char *judge;                /* label; NULL: the run's own */
    const struct dc_summary *summary; /* by that judge */
    const struct dc_by_field *by;     /* [n_by] by the fields of the data */
    size_t n_by;
    const struct dc_stability *stability; /* NULL: it has none */
    const struct dc_budgets *budgets;     /* likewise */
    /* are uncertain compliances riskier? without a period; NULL: unsaid */
    const char *risky;
    const struct dc_sweep *sweep; /* NULL: no table of policies */
    const char *why_sweep; /* without one: why, a sentence; NULL: no section */
    const struct dc_page_figure *figure; /* [n_figure] */
    size_t n_figure;
    /*
     * Most bytes of texts, with what else the viewer has of a prompt, by a
     * rough count: prompts in the order of the run, until the next one would
     * pass it. The viewer has these, which the page says; figures are of all.
     */
    size_t max_text_bytes;
    /*
     * Most bytes of token data: prompts in the order of the run, until the next
     * one's would pass it; it and those after it show text without a heat map,
     * and the page says so. A token takes about 7.
     */
    size_t max_token_bytes;
    /*
     * The same of lists of top log-probabilities, where the run has them: the
     * first DC_PAGE_TOP of each token, about 5 bytes each. They are there only
     * where the other token data are.
     */
    size_t max_top_bytes;
};
enum {
    DC_PAGE_TEXT_BYTES = 128 << 20,
    DC_PAGE_TOKEN_BYTES = 32 << 20,
    DC_PAGE_TOP_BYTES = DC_PAGE_TOKEN_BYTES / 2,
    DC_PAGE_TOP = 5
};
struct dc_page_cfg dc_page_cfg_default(void);

/*
 * Write the page to out, which is checked but not closed. The sweep's record
 * must be of the same run. DC_STORE for a damaged file, DC_IO if out can't be
 * written, else as dc_run_view_decisions().
 */
enum dc_status dc_page_write(const struct dc_page_cfg *cfg,
                             struct dc_run_view *run, FILE *out,
                             struct dc_err *err);

/*
 * The same in two steps, where the figures are still being drawn: everything
 * that stands behind them goes into body (open for reading too), and then,
 * with figure and n_figure of cfg filled, the whole into out. cfg and body are
 * borrowed until *out is freed, also after a failure.
 */
struct dc_page;
enum dc_status dc_page_begin(const struct dc_page_cfg *cfg,
                             struct dc_run_view *run, FILE *body,
                             struct dc_page **out, struct dc_err *err);
enum dc_status dc_page_end(struct dc_page *p, FILE *out, struct dc_err *err);
void dc_page_free(struct dc_page *p); /* NULL: nothing */

#endif
