/*
 * examples.h - prompts of a run that show what its figures are of: a refusal, a
 * miss and a false refusal, each with one of its traces.
 */
#ifndef DC_REPORT_EXAMPLES_H
#define DC_REPORT_EXAMPLES_H

#include "doc/doc.h"
#include "report/facts.h"

/*
 * The clearest prompt with this gold label and this decision: that whose traces
 * agree most with it; of equal ones that with most traces, then the first. Its
 * texts stay NULL. False: there is none.
 */
bool dc_example_find(const struct dc_record *r, enum dc_gold gold,
                     enum dc_verdict decision, struct dc_example *out);

/* f->example, from its record and its store. Statuses of the store. */
enum dc_status dc_examples_read(struct dc_facts *f, struct dc_err *err);

/* As a part of a document, with the texts cut. */
void dc_examples_doc(const struct dc_facts *f, struct dc_doc *d);

#endif
