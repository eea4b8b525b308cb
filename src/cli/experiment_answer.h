/*
 * experiment_answer.h - the answer of a run to `stats --question
 * compliance-risk`, as a condition of a suite's stage asks for it.
 */
#ifndef DC_CLI_EXPERIMENT_ANSWER_H
#define DC_CLI_EXPERIMENT_ANSWER_H

#include <deepconf/status.h>
#include <stdbool.h>

enum dc_exp_answer {
    DC_EXP_NO_ANSWER, /* nothing can be compared; no condition asks for it */
    DC_EXP_YES,
    DC_EXP_NO, /* or the other way round */
    DC_EXP_NOT_SHOWN
};

/* "yes, no or not-shown", for messages. */
extern const char dc_exp_answer_names[];
const char *dc_exp_answer_name(enum dc_exp_answer a);
/* "yes", "no", "not-shown" or "not shown", with blanks behind it; false: none
 * of these. */
bool dc_exp_answer_parse(const char *text, enum dc_exp_answer *out);

/*
 * Of the run file at `path` by this judge, as typed or NULL, with the
 * question's defaults: the run's own measure (or, if no trace has it, the first
 * that one has), cut at the median, margin 10 points.
 */
enum dc_status dc_exp_answer(const char *path, const char *judge,
                             enum dc_exp_answer *out, struct dc_err *err);

#endif
