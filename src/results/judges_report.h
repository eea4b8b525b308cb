/*
 * judges_report.h - the judges of a run file as a document and as JSON.
 */
#ifndef DC_RESULTS_JUDGES_REPORT_H
#define DC_RESULTS_JUDGES_REPORT_H

#include "doc/doc.h"
#include "replay/judges.h"
#include "results/json_stat.h"
#include "results/summary.h"

/* Verdicts, decisions and agreement of the judges. */
void dc_judges_doc(const struct dc_judges *j, struct dc_doc *d);
/* The same below a line with the file's name. */
void dc_judges_file_doc(const struct dc_judges *j, const char *name,
                        struct dc_doc *d);
/*
 * One JSON object, the caller's. stages: an object of lists by judge, what
 * stages of this session's cascades did; taken; NULL: none.
 */
json_t *dc_judges_json(const struct dc_judges *j, const char *file,
                       json_t *stages);
/* The rows alone: label, version, verdicts, reasons. */
json_t *dc_judges_rows_json(const struct dc_judges *j);
/* How far every two of them agree, on traces and on prompts. */
json_t *dc_judges_pairs_json(const struct dc_judges *j);

#endif
