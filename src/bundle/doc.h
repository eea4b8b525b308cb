/*
 * doc.h - the sections that the two Markdown documents are made of. Each
 * appends its heading and text; figures come from the facts, text from data is
 * escaped (md.h), and a picture is shown only if the set has it.
 */
#ifndef DC_BUNDLE_DOC_H
#define DC_BUNDLE_DOC_H

#include "base/buf.h"
#include "bundle/facts.h"
#include "bundle/findings.h"
#include "bundle/out_dir.h"

struct dc_doc {
    const struct dc_facts *f;
    const struct dc_out_dir *o; /* what was written so far */
    struct dc_buf *b;
};

/* doc.c */
/* A figure of plots.def, with how to read it. */
void dc_doc_picture(const struct dc_doc *d, const char *plot);
void dc_doc_state(const struct dc_doc *d);  /* what was run, in a sentence */
void dc_doc_doubts(const struct dc_doc *d); /* alarms and notes */
/* "what: why." */
void dc_doc_why_not(const struct dc_doc *d, const char *what, const char *why);
/* The sections of findings, with their tests, and recommendations, with their
 * rules. */
void dc_doc_found(const struct dc_doc *d);
void dc_doc_setup(const struct dc_doc *d); /* design, data, model, settings */
void dc_doc_words(const struct dc_doc *d); /* plain-words explanations */
/* A row of the table "judges | traces alike | decisions alike". */
void dc_doc_judge_pair(struct dc_buf *b, const struct dc_judges *j,
                       const struct dc_judges_pair *p);

/* doc_rates.c */
void dc_doc_decisions(const struct dc_doc *d); /* the matrix */
void dc_doc_rates(const struct dc_doc *d);
void dc_doc_cost(const struct dc_doc *d);
void dc_doc_traces(const struct dc_doc *d);
void dc_doc_correction(const struct dc_doc *d);
void dc_doc_judges(const struct dc_doc *d);

/* doc_served.c: nothing without servers, and if nothing is odd */
void dc_doc_servers(const struct dc_doc *d);
void dc_doc_odd_traces(const struct dc_doc *d);

/* doc_confidence.c */
void dc_doc_own_measure(const struct dc_doc *d); /* a short table */
void dc_doc_confidence(const struct dc_doc *d);  /* every measure */

/* doc_policies.c */
void dc_doc_sweep(const struct dc_doc *d);
void dc_doc_percentiles(const struct dc_doc *d);
void dc_doc_calibrate(const struct dc_doc *d);

#endif
