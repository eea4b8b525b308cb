/*
 * calibrate_report.h - a calibration as text and JSON, and its result in plain
 * words.
 */
#ifndef DC_REPORT_CALIBRATE_REPORT_H
#define DC_REPORT_CALIBRATE_REPORT_H

#include "base/buf.h"
#include "replay/calibrate.h"

/* file: the run's name, for the heading. width: columns of a line of prose. */
void dc_calibrate_text(const struct dc_calibrate *c, const char *file,
                       size_t width, struct dc_buf *out);
void dc_calibrate_json(const struct dc_calibrate *c, const char *file,
                       struct dc_buf *out);

/* What came of it, one or two sentences without a line feed. */
void dc_calibrate_says(const struct dc_calibrate *c, struct dc_buf *out);
/* The row as options of `deepconf run`: "--stop 'esc(2)' --min-traces 3 ..." */
void dc_calibrate_options(const struct dc_calibrate *c, size_t row,
                          struct dc_buf *out);

#endif
