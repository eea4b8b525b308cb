/*
 * runs_report.h - several runs side by side (replay/compare_runs.h), as a
 * document and as JSON.
 */
#ifndef DC_RESULTS_RUNS_REPORT_H
#define DC_RESULTS_RUNS_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "replay/compare_runs.h"

/* Of the intervals of a run's shares. */
#define DC_RUNS_LEVEL 0.95

/* What differs, in sentences; then alarms. */
void dc_runs_doc_answer(const struct dc_runs *r, struct dc_doc *d);
/* The runs ranked, every two of them, and the settings that differ. */
void dc_runs_doc_tables(const struct dc_runs *r, struct dc_doc *d);
/* All of that, and the first prompts that two runs decide otherwise, as the
 * terminal shows it. */
void dc_runs_doc(const struct dc_runs *r, struct dc_doc *d);
/* One JSON object, the caller's; appended, with a line feed. */
json_t *dc_runs_tree(const struct dc_runs *r);
void dc_runs_json(const struct dc_runs *r, struct dc_buf *out);

/* The keys whose values are not the same in all runs, [*n] in the order in
 * which the first runs have them; caller frees the array. */
const char **dc_runs_keys(const struct dc_runs *r, size_t *n);
/* The value of a key in run k; NULL: not set. */
const char *dc_runs_value(const struct dc_runs *r, size_t k, const char *key);

#endif
