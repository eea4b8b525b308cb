/*
 * chapter.h - the chapters of a report's documents and of its notebook, as
 * parts of a document (doc/doc.h). Each appends; figures come from the facts,
 * and a picture is shown only if the set has it.
 */
#ifndef DC_REPORT_CHAPTER_H
#define DC_REPORT_CHAPTER_H

#include "doc/doc.h"
#include "report/facts.h"
#include "report/findings.h"
#include "report/out_dir.h"

struct dc_chapter {
    const struct dc_facts *f;
    const struct dc_out_dir *o; /* what was written so far; NULL: no pictures */
    struct dc_doc *d;
};

enum { DC_CHAPTER_LEVEL = 3 }; /* of headings in Markdown; chapters are two */

/* chapter.c: what was run, what is doubtful, how it was done. */
void dc_chapter_answer(const struct dc_chapter *c); /* sentences first */
void dc_chapter_state(const struct dc_chapter *c);  /* what was run, in one */
void dc_chapter_doubts(const struct dc_chapter *c); /* alarms and notes */
/* Findings with their tests; advice with its rules. */
void dc_chapter_found(const struct dc_chapter *c, enum dc_finding_of of);
void dc_chapter_advice(const struct dc_chapter *c);
void dc_chapter_setup(const struct dc_chapter *c);
void dc_chapter_check(const struct dc_chapter *c);
void dc_chapter_words(const struct dc_chapter *c); /* plain words */

/* chapter_results.c: the tables behind the findings, without a chapter's
 * title. */
void dc_chapter_rates(
    const struct dc_chapter *c); /* decisions, rates, judges */
void dc_chapter_model(const struct dc_chapter *c); /* that and all else of it */
void dc_chapter_measures(const struct dc_chapter *c);
void dc_chapter_confidence(const struct dc_chapter *c);
void dc_chapter_sweep(const struct dc_chapter *c);
void dc_chapter_stopping(const struct dc_chapter *c); /* that, cost and all */
void dc_chapter_cost(const struct dc_chapter *c);

/* A figure of plots.def; the page says how it is read. */
void dc_chapter_picture(const struct dc_chapter *c, const char *plot);

/* Put the document into the set as Markdown, below a title. */
enum dc_status dc_chapter_write(const struct dc_chapter *c, const char *title,
                                const char *file, struct dc_out_dir *o,
                                struct dc_err *err);

#endif
