/*
 * judge_row.h - a verdict on a response as a row of JSONL or CSV.
 *
 * Everything that came from outside (ids, spans, replies) is escaped: JSON is
 * ASCII, CSV is quoted, and a CSV field that a spreadsheet would take for a
 * formula begins with an apostrophe.
 */
#ifndef DC_JUDGING_JUDGE_ROW_H
#define DC_JUDGING_JUDGE_ROW_H

#include "base/buf.h"
#include "judge/judge.h"

struct dc_judge_row {
    size_t line;
    const char *id; /* NULL: none */
    const struct dc_judge *judge;
    const struct dc_judgement *says;
    const char *response; /* that the span points into */
};

void dc_judge_row_json(const struct dc_judge_row *r, struct dc_buf *out);
void dc_judge_row_csv(const struct dc_judge_row *r, struct dc_buf *out);
void dc_judge_row_csv_head(struct dc_buf *out);

#endif
