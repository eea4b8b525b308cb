/*
 * judge_count.h - what judges said of rows, counted as the rows pass.
 */
#ifndef DC_JUDGING_JUDGE_COUNT_H
#define DC_JUDGING_JUDGE_COUNT_H

#include "base/json.h"
#include "judge/judge.h"
#include "replay/judges.h"

struct dc_judge_count {
    struct dc_judges all; /* for the reports: judges_report.h */
    struct dc_name_count *reason[DC_JUDGES_MAX]; /* [all.n] */
};

/* Of n judges, no rows yet. */
void dc_judge_count_init(struct dc_judge_count *c,
                         struct dc_judge *const *judge, size_t n);
void dc_judge_count_release(struct dc_judge_count *c);
/* Judge number k said this of a row. The rows themselves, all.n_trace, are
 * counted by the caller. */
void dc_judge_count_add(struct dc_judge_count *c, size_t k,
                        const struct dc_judgement *says);

/* The counts, to be gone on with in another session. */
json_t *dc_judge_count_json(const struct dc_judge_count *c);
/* Counts of an earlier session in the place of none; false: these are no counts
 * of so many judges, and c is as it was. */
bool dc_judge_count_take(struct dc_judge_count *c, const json_t *counts);

#endif
