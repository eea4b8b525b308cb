/*
 * sweep_report.h - a sweep as text, JSON and CSV, and its percentiles in a form
 * of their own.
 */
#ifndef DC_RESULTS_SWEEP_REPORT_H
#define DC_RESULTS_SWEEP_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "replay/sweep.h"

/*
 * sweep_doc.c: parts of a document. Which setting to take, in a sentence or
 * two; which prompts the figures are over, and what is left out; the tables.
 */
void dc_sweep_doc_answer(const struct dc_sweep *s, struct dc_doc *d);
void dc_sweep_doc_basis(const struct dc_sweep *s, struct dc_doc *d);
void dc_sweep_doc(const struct dc_sweep *s, struct dc_doc *d);
/*
 * sweep_front_doc.c: what a reader of a report needs of it. A table of the rows
 * that are worth a look, with all of confidence-percentile or none of them; and
 * what each percentile gives against the gold labels, or why none.
 */
void dc_sweep_doc_front(const struct dc_sweep *s, bool percentiles,
                        struct dc_doc *d);
void dc_sweep_doc_percentiles(const struct dc_sweep *s, struct dc_doc *d);
bool dc_sweep_is_worth(const struct dc_sweep *s, const struct dc_sweep_row *r);
/* Is it a row of confidence-percentile? */
bool dc_sweep_is_percentile(const struct dc_sweep_row *r);
/* The row of a setting; NULL: there is none. */
const struct dc_sweep_row *dc_sweep_find(const struct dc_sweep *s,
                                         const char *text);
/* One JSON object, the caller's. */
json_t *dc_sweep_json(const struct dc_sweep *s, const char *file);
/* RFC 4180, one header line, LF; an empty field has no value. */
void dc_sweep_csv(const struct dc_sweep *s, struct dc_buf *out);
/*
 * `*_percentile_safety_analysis.json`: {"results": [{percentile,
 * accuracy, sensitivity, specificity, precision, f1_score,
 * token_savings_pct}]}, rates in 0..1, savings in 0..100; more behind them
 * (trace_savings_pct, measure, threshold_from, details with counts and
 * intervals). One object for each row of confidence-percentile that has
 * figures, in the order of the rows; token_savings_pct is null where the
 * tokens of all K traces are not known, a rate where its denominator is 0.
 * Without a row "why" says why there is none. "own_percentile", where there is
 * any, has the same of the rows of own-percentile. Returns how many of both.
 */
size_t dc_sweep_percentiles(const struct dc_sweep *s, struct dc_buf *out);
/* The same of a run that could not be replayed. */
void dc_sweep_no_percentiles(const char *why, struct dc_buf *out);
/* One of its rows; the caller decrefs. */
json_t *dc_sweep_row_json(const struct dc_sweep *s,
                          const struct dc_sweep_row *row);

/* 1 - cost of the row / cost of all K, where both are known. */
struct dc_sweep_saved {
    bool has_traces, has_tokens, has_seconds;
    double traces, tokens, seconds;
};
struct dc_sweep_saved dc_sweep_saving(const struct dc_sweep *s,
                                      const struct dc_sweep_row *row);
/*
 * Append what is promised of the row's decisions against all K: a clause. An
 * exact worst case holds for prompts whose verdicts are all determined.
 */
void dc_sweep_promise(const struct dc_sweep *s, const struct dc_sweep_row *row,
                      struct dc_buf *out);
/* Why the first row of a policy that is left out is so; NULL: none is. */
const char *dc_sweep_why_blank(const struct dc_sweep *s, const char *policy);
/*
 * Why savings are not known, a clause without a period; NULL: they are. Of
 * tokens, or of traces as well.
 */
const char *dc_sweep_no_saving(const struct dc_sweep *s);
/*
 * Append which rows are left out and why, sentences with a blank between them;
 * nothing if none is. The names are canonical settings: plain ASCII.
 */
void dc_sweep_blanks(const struct dc_sweep *s, struct dc_buf *out);
/*
 * Append which prompts the figures are over (dc_record_basis()), and what is
 * not known since not all K traces of all of them were drawn; nothing if
 * neither needs saying.
 */
void dc_sweep_basis(const struct dc_sweep *s, struct dc_buf *out);

#endif
