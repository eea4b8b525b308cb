/*
 * compare_report.h - two runs side by side, as text and JSON.
 */
#ifndef DC_REPORT_COMPARE_REPORT_H
#define DC_REPORT_COMPARE_REPORT_H

#include "base/buf.h"
#include "replay/compare.h"

struct dc_compare_look {
    const char *file_a, *file_b;
    size_t width; /* columns of a line of prose */
    bool colour;
};

void dc_compare_text(const struct dc_compare *c,
                     const struct dc_compare_look *look, struct dc_buf *out);
void dc_compare_json(const struct dc_compare *c,
                     const struct dc_compare_look *look, struct dc_buf *out);

/* What there is to say of the token confidence of the two: sentences; nothing
 * if it is the same quantity of the same source. */
void dc_compare_confidence_say(const struct dc_compare *c, struct dc_buf *out);

/* What the texts say of the two runs, one sentence; *alarm: it is one. */
void dc_compare_outputs_say(const struct dc_compare *c, bool *alarm,
                            struct dc_buf *out);

#endif
