/*
 * out_short.c - ANALYSIS_SUMMARY.md: one page.
 */
#include "report/chapter.h"
#include "report/output.h"

static enum dc_status write_short(const struct dc_facts *f,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    const struct dc_chapter c = {f, o, dc_doc_create()};
    dc_chapter_answer(&c);
    dc_chapter_state(&c);
    dc_doc_chapter(c.d, "Doubts and alarms");
    dc_chapter_doubts(&c);
    dc_doc_chapter(c.d, "Decisions and rates");
    dc_chapter_rates(&c);
    dc_doc_chapter(c.d, "Findings");
    dc_doc_heading(c.d, "What the model does", NULL);
    dc_chapter_found(&c, DC_OF_MODEL);
    dc_doc_heading(c.d, "What its confidence is worth", NULL);
    dc_chapter_found(&c, DC_OF_CONFIDENCE);
    dc_doc_heading(c.d, "What stopping early costs", NULL);
    dc_chapter_found(&c, DC_OF_STOPPING);
    dc_chapter_advice(&c);
    dc_doc_say(c.d, "Everything else: %s.",
               dc_doc_code(c.d, "COMPREHENSIVE_REPORT.md"));
    enum dc_status st =
        dc_chapter_write(&c, "summary", "ANALYSIS_SUMMARY.md", o, err);
    dc_doc_free(c.d);
    return st;
}

const struct dc_output dc_output_short = {
    .files = "ANALYSIS_SUMMARY.md",
    .what = "one page: doubts, decisions, rates, findings, recommendations",
    .write = write_short,
};
