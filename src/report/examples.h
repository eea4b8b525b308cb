/*
 * examples.h - prompts of a run that show what its figures are of: a refusal, a
 * miss and a false refusal, each with one of its traces.
 */
#ifndef DC_REPORT_EXAMPLES_H
#define DC_REPORT_EXAMPLES_H

#include "doc/doc.h"
#include "report/facts.h"

/* f->example, from its record and its store. Statuses of the store. */
enum dc_status dc_examples_read(struct dc_facts *f, struct dc_err *err);

/* As a part of a document, with the texts cut. */
void dc_examples_doc(const struct dc_facts *f, struct dc_doc *d);

#endif
