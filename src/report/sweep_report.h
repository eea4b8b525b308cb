/*
 * sweep_report.h - a sweep as text, JSON, CSV, and in the request's own form.
 */
#ifndef DC_REPORT_SWEEP_REPORT_H
#define DC_REPORT_SWEEP_REPORT_H

#include "base/buf.h"
#include "replay/sweep.h"

/* file: the run's name, for the heading. */
void dc_sweep_text(const struct dc_sweep *s, const char *file,
                   struct dc_buf *out);
void dc_sweep_json(const struct dc_sweep *s, const char *file,
                   struct dc_buf *out);
/* RFC 4180, one header line, LF; an empty field has no value. */
void dc_sweep_csv(const struct dc_sweep *s, struct dc_buf *out);
/*
 * `*_percentile_safety_analysis.json` of the request: {"results": [{percentile,
 * accuracy, sensitivity, specificity, precision, f1_score,
 * token_savings_pct}]}, rates in 0..1, savings in 0..100; more behind them
 * (trace_savings_pct, measure, threshold_from, details with counts and
 * intervals). One object for each row of confidence-percentile that has
 * figures, in the order of the rows; returns how many. token_savings_pct is
 * null where not all K traces were drawn, a rate where its denominator is 0.
 */
size_t dc_sweep_percentiles(const struct dc_sweep *s, struct dc_buf *out);

/* 1 - tokens of the row / tokens of all K; false if those are not known. */
bool dc_sweep_saving(const struct dc_sweep *s, const struct dc_sweep_row *row,
                     double *tokens, double *traces, double *seconds);

#endif
