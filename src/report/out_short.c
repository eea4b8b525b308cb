/*
 * out_short.c - ANALYSIS_SUMMARY.md: one page.
 */
#include "doc/md.h"
#include "report/chapter.h"
#include "report/output.h"

static enum dc_status write_short(const struct dc_facts *f,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_buf b;
    const struct dc_chapter d = {f, o, &b};
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "# %s: summary\n\n", f->name);
    dc_chapter_answer(&d);
    dc_chapter_state(&d);
    dc_buf_adds(&b, "\n## Doubts and alarms\n\n");
    dc_chapter_doubts(&d);
    dc_buf_adds(&b, "\n## Decisions and rates\n\n");
    dc_chapter_decisions(&d);
    dc_buf_addc(&b, '\n');
    dc_chapter_rates(&d);
    dc_chapter_found(&d);
    dc_buf_adds(&b, "\nEverything else: "
                    "[COMPREHENSIVE_REPORT.md](COMPREHENSIVE_REPORT.md).\n");
    dc_md_tidy(&b);
    enum dc_status st = dc_out_put(o, "ANALYSIS_SUMMARY.md", &b, err);
    dc_buf_release(&b);
    return st;
}

const struct dc_output dc_output_short = {
    .files = "ANALYSIS_SUMMARY.md",
    .what = "one page: doubts, decisions, rates, findings, recommendations",
    .write = write_short,
};
