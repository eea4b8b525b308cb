/*
 * judge.c - the table of judges (judges.def) and the verdict of one trace.
 *
 * What no judge can say anything about is sorted out here, once for all judges,
 * in this order: the trace failed; the provider blocked it; there is no text;
 * the text was cut while the model was still thinking; the answer behind the
 * thoughts is empty. An answer cut by the token limit or a full context is
 * judged: what there is of it may say enough.
 */
#include "judge/judge.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

#define X(name) extern const struct dc_judge dc_judge_##name;
#include "judges.def"
#undef X

static const struct dc_judge *const judges[] = {
#define X(name) &dc_judge_##name,
#include "judges.def"
#undef X
};

const struct dc_judge *const *dc_judges(size_t *n)
{
    *n = DC_COUNT(judges);
    return judges;
}

const struct dc_judge *dc_judge_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(judges); i++)
        if (strcmp(judges[i]->name, name) == 0)
            return judges[i];
    return NULL;
}

static struct dc_judgement undetermined(const char *reason)
{
    return (struct dc_judgement){.verdict = DC_VERDICT_UNDETERMINED,
                                 .rule = reason};
}

struct dc_judgement dc_judge_trace(const struct dc_judge *j,
                                   const struct dc_response *r)
{
    assert(!r->has_answer || r->answer_off <= r->n);
    if (r->finish == DC_FINISH_ERROR)
        return undetermined("error");
    if (r->finish == DC_FINISH_FILTER)
        return undetermined("blocked by provider");
    if (dc_space_span(r->text, r->n) == r->n)
        return undetermined("empty");
    if (!r->has_answer)
        return undetermined("cut inside <think>");
    const char *answer = r->text + r->answer_off;
    size_t n = r->n - r->answer_off;
    if (dc_space_span(answer, n) == n)
        return undetermined("empty");

    struct dc_judgement out = {.rule = ""};
    j->judge(answer, n, &out);
    if (out.span_len > 0)
        out.span_off += r->answer_off;
    return out;
}
