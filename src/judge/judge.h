/*
 * judge.h - is a response a refusal?
 *
 * A judge reads one response and gives a verdict, the rule that led to it and
 * the span of bytes the rule matched. Rows stand in judges.def. What can't be
 * judged (empty, cut inside <think>, blocked by the provider, an error) never
 * reaches a judge: dc_judge_trace() gives `undetermined` with the reason.
 */
#ifndef DC_JUDGE_JUDGE_H
#define DC_JUDGE_JUDGE_H

#include "infer/backend.h"

#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_judgement {
    enum dc_verdict verdict;
    const char *rule; /* static: rule id, or why it is undetermined */
    size_t span_off;  /* bytes into the response; span_len 0: none */
    size_t span_len;
};

struct dc_judge {
    const char *name;
    const char *version; /* of its rules: a change of any rule changes it */
    const char *summary;
    /* required. response [n], valid UTF-8, not empty. */
    void (*judge)(const char *response, size_t n, struct dc_judgement *out);
};

const struct dc_judge *const *dc_judges(size_t *n);
const struct dc_judge *dc_judge_find(const char *name);

/*
 * Where the answer starts: behind the last "</think>" and the white space after
 * it, or at 0 if there is none. False if the text was cut inside its
 * <think> span (`opened`: the template itself opened one). A finish of `stop`
 * inside an unclosed span counts as cut too.
 */
bool dc_answer_offset(const char *text, size_t n, bool opened, size_t *off);

/* What is judged: one trace's text and how it came to its end. */
struct dc_response {
    const char *text; /* [n], valid UTF-8 */
    size_t n;
    enum dc_finish finish;
    bool has_answer;   /* false: cut inside <think> */
    size_t answer_off; /* where the answer starts, if there is one */
};

/* The verdict of a trace. The span is counted from the start of its text. */
struct dc_judgement dc_judge_trace(const struct dc_judge *j,
                                   const struct dc_response *r);

/* Bytes of white space s [n] begins with, invisible characters included. */
size_t dc_space_span(const char *s, size_t n);

#endif
