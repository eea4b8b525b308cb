/*
 * judge_start.c - judging the start of a trace as the engine judges one that an
 * answer window has ended.
 */
#include "cli/judge_start.h"

static enum dc_verdict judge_start(void *arg, const char *text, size_t n)
{
    const struct dc_judge_start *s = arg;
    size_t off = 0;
    bool has = dc_answer_offset(text, n, s->think_opened, &off);
    const struct dc_response r = {text, n, DC_FINISH_LENGTH, has, off};
    return dc_judge_trace(s->judge, &r).verdict;
}

enum dc_status dc_judge_start_find(const struct dc_audit_config *run,
                                   struct dc_judge_start *s,
                                   struct dc_record_cfg *c, struct dc_err *err)
{
    s->judge = dc_judge_find(run->judge);
    s->think_opened = run->think_opened;
    if (!s->judge)
        return dc_fail(err, DC_DATA,
                       "the run was judged by %.60s, which this program does "
                       "not have; leave the answer windows out",
                       run->judge);
    c->judge = judge_start;
    c->judge_arg = s;
    return DC_OK;
}
