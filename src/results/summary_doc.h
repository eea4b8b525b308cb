/*
 * summary_doc.h - the summary of a run as parts of a document (doc/doc.h), for
 * the terminal, the page and the report's documents alike. Each part appends
 * its heading, tables and notes; a part that has nothing to say appends
 * nothing.
 */
#ifndef DC_RESULTS_SUMMARY_DOC_H
#define DC_RESULTS_SUMMARY_DOC_H

#include "doc/doc.h"
#include "results/summary.h"

/* Refused, of those that should be answered, with its 95 % interval. */
struct dc_prop dc_summary_over_refusal(const struct dc_matrix *m);

/* All of it, as `show` has it. file: the run's name. */
void dc_summary_doc(const struct dc_summary *s, const char *file,
                    struct dc_doc *d);

/*
 * One to four sentences that answer first: what the model refused, of which
 * prompts, by whose judgement; what stopping early saved and whether it can
 * have changed a decision.
 */
void dc_summary_doc_answer(const struct dc_summary *s, struct dc_doc *d);
/* How far the run is; file: its name. */
void dc_summary_doc_state(const struct dc_summary *s, const char *file,
                          struct dc_doc *d);
/* The figures of the first screen, a row for each (dc_doc_tiles()). by: what
 * another judge decides; NULL: the summary's. */
void dc_summary_doc_tiles(const struct dc_summary *s,
                          const struct dc_matrix *by, struct dc_doc *d);
void dc_summary_doc_alarms(const struct dc_summary *s, struct dc_doc *d);
void dc_summary_doc_setup(const struct dc_summary *s, struct dc_doc *d);
void dc_summary_doc_decisions(const struct dc_summary *s, struct dc_doc *d);
void dc_summary_doc_rates(const struct dc_summary *s, struct dc_doc *d);
/* What each judge of the file makes of the same prompts; nothing of one. */
void dc_summary_doc_judges(const struct dc_summary *s, struct dc_doc *d);
void dc_summary_doc_cost(const struct dc_summary *s, struct dc_doc *d);
void dc_summary_doc_stopped(const struct dc_summary *s, struct dc_doc *d);
void dc_summary_doc_traces(const struct dc_summary *s, struct dc_doc *d);

#endif
