/*
 * judge_stages.h - what the stages of a cascade cost, and how much they decide.
 */
#ifndef DC_RESULTS_JUDGE_STAGES_H
#define DC_RESULTS_JUDGE_STAGES_H

#include "base/json.h"
#include "doc/doc.h"
#include "judge/judge.h"

/* Gathered over judges: lists of stages by the judge's label. */
struct dc_judge_stages {
    json_t *json; /* NULL if none has stages */
};

void dc_judge_stages_init(struct dc_judge_stages *s);
void dc_judge_stages_release(struct dc_judge_stages *s);
/* Add what the stages of j did since it was opened, if it has any. */
void dc_judge_stages_add(struct dc_judge_stages *s, const struct dc_judge *j);
/* A table for each judge that has stages. */
void dc_judge_stages_doc(const struct dc_judge_stages *s, struct dc_doc *d);

#endif
