/*
 * calibrate_report.h - a calibration as a document and JSON, and its result in
 * plain words.
 */
#ifndef DC_RESULTS_CALIBRATE_REPORT_H
#define DC_RESULTS_CALIBRATE_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "replay/calibrate.h"

/* Append what came of it, the tests, and how the offer does on the prompts that
 * it was not chosen on. */
void dc_calibrate_doc(const struct dc_calibrate *c, struct dc_doc *d);
/* One JSON object, the caller's. file: the run's name. */
json_t *dc_calibrate_json(const struct dc_calibrate *c, const char *file);

/* What came of it, one or two sentences without a line feed. */
void dc_calibrate_says(const struct dc_calibrate *c, struct dc_buf *out);
/* The row as options of `deepconf run`: "--stop 'esc(2)' --min-traces 3 ..." */
void dc_calibrate_options(const struct dc_calibrate *c, size_t row,
                          struct dc_buf *out);

#endif
