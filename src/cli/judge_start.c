/*
 * judge_start.c - judging the start of a trace as the engine judges one that an
 * answer window has ended.
 */
#include "cli/judge_start.h"

#include "judge/judge.h"

static enum dc_verdict judge_start(void *arg, const char *text, size_t n)
{
    size_t off = 0;
    bool has = dc_answer_offset(text, n, false, &off);
    const struct dc_response r = {text, n, DC_FINISH_LENGTH, has, off};
    return dc_judge_trace((const struct dc_judge *)arg, &r).verdict;
}

enum dc_status dc_judge_start_find(const char *name, struct dc_record_cfg *c,
                                   struct dc_err *err)
{
    const struct dc_judge *j = dc_judge_find(name);
    if (!j)
        return dc_fail(err, DC_DATA,
                       "the run was judged by %.60s, which this program does "
                       "not have; leave the answer windows out",
                       name);
    c->judge = judge_start;
    c->judge_arg = (void *)(uintptr_t)j; /* read only */
    return DC_OK;
}
