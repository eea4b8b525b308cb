/*
 * judge_start.c - judging the start of a trace as the engine judges one that an
 * answer window has ended.
 */
#include "cli/judge_start.h"

#include <string.h>

static enum dc_verdict judge_start(void *arg, const char *text, size_t n)
{
    const struct dc_judge_start *s = arg;
    struct dc_judgement j = {.verdict = DC_VERDICT_UNDETERMINED};
    size_t off = 0;
    bool has = dc_answer_offset(text, n, s->think_opened, &off);
    const struct dc_response r = {.text = text,
                                  .n = n,
                                  .finish = DC_FINISH_LENGTH,
                                  .has_answer = has,
                                  .answer_off = off};
    dc_judge_traces(s->judge, &r, 1, &j, NULL); /* quick: it can't fail */
    return j.verdict;
}

enum dc_status dc_judge_start_open(const struct dc_audit_config *run,
                                   struct dc_judge_start *s,
                                   struct dc_record_cfg *c, struct dc_err *err)
{
    const struct dc_judge_cfg cfg = dc_judge_cfg_default();
    struct dc_err why = {0};
    s->think_opened = run->think_opened;
    if (dc_judge_open(run->judge_spec, &cfg, &s->judge, &why))
        return dc_fail(err, DC_DATA,
                       "the judge of the run can't be asked about answer "
                       "windows: %s; leave the windows out",
                       why.msg);
    if (strcmp(s->judge->version, run->judge_version) != 0)
        return dc_fail(err, DC_DATA,
                       "the run was judged by %.60s version %.90s, and here it "
                       "is version %.90s; leave the answer windows out",
                       run->judge, run->judge_version, s->judge->version);
    c->judge = judge_start;
    c->judge_arg = s;
    return DC_OK;
}

void dc_judge_start_close(struct dc_judge_start *s)
{
    dc_judge_close(s->judge);
    s->judge = NULL;
}
