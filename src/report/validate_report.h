/*
 * validate_report.h - how well judges agree with people, as text and JSON; and
 * a rate corrected by it.
 */
#ifndef DC_REPORT_VALIDATE_REPORT_H
#define DC_REPORT_VALIDATE_REPORT_H

#include "base/buf.h"
#include "validate/validate.h"

struct dc_validate_look {
    size_t width;
    size_t errors; /* of each judge at most; SIZE_MAX: all */
};

void dc_validate_text(const struct dc_validation *v,
                      const struct dc_validate_look *look, struct dc_buf *out);
/* The JSON is also what --correct-with reads (correction.h). */
void dc_validate_json(const struct dc_validation *v, size_t errors,
                      struct dc_buf *out);

#endif
