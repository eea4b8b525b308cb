/*
 * stats_report.h - the trace statistics of a run as parts of a document and as
 * JSON, what they say in a sentence, and the alarms that they raise.
 */
#ifndef DC_RESULTS_STATS_REPORT_H
#define DC_RESULTS_STATS_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "replay/trace_stats.h"
#include "results/summary.h"

/* Add what the traces make doubtful to the summary of the same run. */
void dc_stats_find_alarms(struct dc_summary *sum,
                          const struct dc_trace_stats *s);

/*
 * What a reader must know beside the figures, such as a run that stopped early.
 * Fills note [DC_STATS_NOTES], memory from a; returns how many.
 */
enum { DC_STATS_NOTES = 6 };
size_t dc_stats_notes(const struct dc_trace_stats *s, struct dc_arena *a,
                      struct dc_summary_alarm *note);

/* ---- in a sentence ---- */

/*
 * What confidence tells of a trace. Inside a gold class "right" is one and the
 * same verdict, so that what lies above 0.5 in one class and below in the other
 * tells the verdict and not whether it is right. A class counts if the interval
 * of its AUROC does not hold 0.5.
 */
enum dc_tells {
    DC_TELLS_UNKNOWN, /* a class has no right or no wrong trace */
    DC_TELLS_NOT_SHOWN,
    DC_TELLS_REFUSAL,    /* surer: a refusal, in both classes */
    DC_TELLS_COMPLIANCE, /* surer: a compliance, in both classes */
    DC_TELLS_RIGHT,      /* surer: right, in both classes */
    DC_TELLS_WRONG,
    DC_N_TELLS
};
enum dc_tells dc_stats_tells(const struct dc_trace_measure *m);
/* As a sentence without its full stop; so are the four below. */
const char *dc_stats_tells_says(enum dc_tells t);
/* Why nothing can be said of confidence, whatever the measure; NULL: something
 * can. */
const char *dc_stats_nothing(const struct dc_trace_stats *s);
/* Of the first measure, which is the run's own; NULL: there is none, or there
 * are prompts of one gold label only. */
const char *dc_stats_confidence(const struct dc_trace_stats *s);
/* The same of a run under a judge (NULL: its own), into its summary, without
 * the other statistics: the figures behind it are those of `stats` with its
 * defaults. Errors as dc_record_read(). */
enum dc_status dc_stats_find_confidence(struct dc_run_view *r,
                                        const char *judge, unsigned n_threads,
                                        struct dc_summary *sum,
                                        struct dc_err *err);
/* all: the AUROC of right against wrong, of refusals against compliances. */
const char *dc_stats_right_says(const struct dc_boot *all);
const char *dc_stats_refusal_says(const struct dc_boot *all);
/* Clearly above (+1) or below (-1) 1/2, else 0; by chance in one of twenty. */
int dc_stats_side(const struct dc_boot *b);
/* "0.612 (0.551 to 0.671)" */
void dc_stats_put_boot(const struct dc_boot *b, struct dc_buf *out);

/* ---- as a document ---- */

/* Of a report: is what is surer right? A table of all measures; and confident
 * or uncertain, refusal or compliance, of the first one. */
void dc_stats_doc_measures(const struct dc_trace_stats *s, struct dc_doc *d);
void dc_stats_doc_own_categories(const struct dc_trace_stats *s,
                                 struct dc_doc *d);
/* All of it: what the first measure tells, in sentences, then a table under
 * each question. sum: of the same run, with its alarms. */
void dc_stats_doc(const struct dc_trace_stats *s, struct dc_summary *sum,
                  const char *file, struct dc_doc *d);

/* One JSON object, the caller's. */
json_t *dc_stats_json(const struct dc_trace_stats *s,
                      const struct dc_summary *sum, const char *file);

#endif
