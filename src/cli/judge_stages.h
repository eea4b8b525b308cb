/*
 * judge_stages.h - what the stages of a cascade cost, and how much they decide.
 */
#ifndef DC_CLI_JUDGE_STAGES_H
#define DC_CLI_JUDGE_STAGES_H

#include "base/json.h"
#include "judge/judge.h"

/* Gathered over judges, in both forms. */
struct dc_judge_stages {
    struct dc_buf text; /* a table each; empty if none has stages */
    json_t *json;       /* lists by label; NULL if none has stages */
};

void dc_judge_stages_init(struct dc_judge_stages *s);
void dc_judge_stages_release(struct dc_judge_stages *s);
/* Add what the stages of j did since it was opened, if it has any. */
void dc_judge_stages_add(struct dc_judge_stages *s, const struct dc_judge *j);

#endif
