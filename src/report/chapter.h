/*
 * chapter.h - the sections that the two Markdown documents are made of. Each
 * appends its heading and text; figures come from the facts, text from data is
 * escaped (md.h), and a picture is shown only if the set has it.
 */
#ifndef DC_REPORT_CHAPTER_H
#define DC_REPORT_CHAPTER_H

#include "base/buf.h"
#include "report/facts.h"
#include "report/findings.h"
#include "report/out_dir.h"

struct dc_chapter {
    const struct dc_facts *f;
    const struct dc_out_dir *o; /* what was written so far */
    struct dc_buf *b;
};

/* doc.c */
/* A figure of plots.def, with how to read it. */
void dc_chapter_picture(const struct dc_chapter *d, const char *plot);
void dc_chapter_state(
    const struct dc_chapter *d); /* what was run, in a sentence */
void dc_chapter_doubts(const struct dc_chapter *d); /* alarms and notes */
/* "what: why." */
void dc_chapter_why_not(const struct dc_chapter *d, const char *what,
                        const char *why);
/* The sections of findings, with their tests, and recommendations, with their
 * rules. */
void dc_chapter_found(const struct dc_chapter *d);
void dc_chapter_setup(
    const struct dc_chapter *d); /* design, data, model, settings */
void dc_chapter_words(
    const struct dc_chapter *d); /* plain-words explanations */

/* chapter_rates.c */
enum { DC_CHAPTER_LEVEL = 3 };                         /* of their headings */
void dc_chapter_answer(const struct dc_chapter *d);    /* sentences first */
void dc_chapter_decisions(const struct dc_chapter *d); /* the matrix */
void dc_chapter_rates(const struct dc_chapter *d);
/* Refusals by each field of the data; nothing without one. */
void dc_chapter_fields(const struct dc_chapter *d);
void dc_chapter_cost(const struct dc_chapter *d);
void dc_chapter_traces(const struct dc_chapter *d);
void dc_chapter_correction(const struct dc_chapter *d);
void dc_chapter_judges(const struct dc_chapter *d);

/* chapter_served.c: nothing without servers */
void dc_chapter_servers(const struct dc_chapter *d);

/* chapter_confidence.c */
void dc_chapter_own_measure(const struct dc_chapter *d); /* a short table */
void dc_chapter_confidence(const struct dc_chapter *d);  /* every measure */

/* chapter_policies.c */
void dc_chapter_sweep(const struct dc_chapter *d);
void dc_chapter_percentiles(const struct dc_chapter *d);
void dc_chapter_calibrate(const struct dc_chapter *d);

#endif
