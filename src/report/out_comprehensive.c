/*
 * out_comprehensive.c - COMPREHENSIVE_REPORT.md: the answer, what is doubtful,
 * then the findings in three groups, each with the tables behind it; advice;
 * how it was run; plain words. At most 4,000 words for a run of 2,000 traces:
 * what a reader needs no table for stands in records/.
 */
#include "report/chapter.h"
#include "report/output.h"

static void write_group(const struct dc_chapter *c, const char *title,
                        enum dc_finding_of of,
                        void (*behind)(const struct dc_chapter *c))
{
    dc_doc_chapter(c->d, title);
    dc_chapter_found(c, of);
    behind(c);
}

static enum dc_status write_comprehensive(const struct dc_facts *f,
                                          struct dc_out_dir *o,
                                          struct dc_err *err)
{
    const struct dc_chapter c = {f, o, dc_doc_create()};
    dc_chapter_answer(&c);
    dc_chapter_state(&c);
    dc_doc_say(c.d, "One page of it: %s.",
               dc_doc_code(c.d, "ANALYSIS_SUMMARY.md"));
    dc_doc_chapter(c.d, "Doubts and alarms");
    dc_chapter_doubts(&c);
    write_group(&c, "What the model does", DC_OF_MODEL, dc_chapter_model);
    write_group(&c, "What its confidence is worth", DC_OF_CONFIDENCE,
                dc_chapter_confidence);
    write_group(&c, "What stopping early costs", DC_OF_STOPPING,
                dc_chapter_stopping);
    dc_chapter_advice(&c);
    dc_chapter_setup(&c);
    dc_chapter_check(&c);
    dc_chapter_words(&c);
    enum dc_status st = dc_chapter_write(&c, "the whole report",
                                         "COMPREHENSIVE_REPORT.md", o, err);
    dc_doc_free(c.d);
    return st;
}

const struct dc_output dc_output_comprehensive = {
    .files = "COMPREHENSIVE_REPORT.md",
    .what = "the answer, doubts, findings with their tests and tables, "
            "examples, recommendations with their rules, plain words",
    .write = write_comprehensive,
};
