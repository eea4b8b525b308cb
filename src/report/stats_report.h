/*
 * stats_report.h - the trace statistics of a run as text and as JSON, and the
 * alarms that they raise.
 */
#ifndef DC_REPORT_STATS_REPORT_H
#define DC_REPORT_STATS_REPORT_H

#include "base/buf.h"
#include "replay/trace_stats.h"
#include "report/summary.h"

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

/* sum: of the same run, with its alarms. */
void dc_stats_text(const struct dc_trace_stats *s, struct dc_summary *sum,
                   const struct dc_summary_look *look, struct dc_buf *out);
void dc_stats_json(const struct dc_trace_stats *s, struct dc_summary *sum,
                   const char *file, struct dc_buf *out);

#endif
