/*
 * trace_even.h - the prompts and traces of a run that stopping early can't have
 * chosen.
 *
 * Where every prompt has all its traces, these are all. Where a policy ended
 * prompts, they are the first n_each traces of each, a number that was fixed
 * before any was drawn: the policy could stop no sooner. Prompts from the first
 * that is not decided on are left out, as those decided behind it are the ones
 * that ended soonest.
 */
#ifndef DC_REPLAY_TRACE_EVEN_H
#define DC_REPLAY_TRACE_EVEN_H

#include "replay/record.h"

struct dc_trace_even {
    const struct dc_record *record;
    const struct dc_record_prompt **prompt; /* [n_prompt] of the record */
    size_t n_prompt, n_left_out;
    unsigned n_each; /* traces of each prompt that are looked at */
    bool whole;      /* n_each is all that the run may draw */
    bool uneven;     /* of an import: prompts with more traces */
};

/*
 * r stays as it is until the release. DC_DATA, and nothing to release, if no
 * prompt is decided, or traces were cut by their confidence; figure: what can't
 * be known then ("how stable prompts are").
 */
enum dc_status dc_trace_even_of(const struct dc_record *r, const char *figure,
                                struct dc_trace_even *out, struct dc_err *err);
void dc_trace_even_release(struct dc_trace_even *e);

#endif
