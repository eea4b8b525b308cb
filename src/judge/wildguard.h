/*
 * wildguard.h - WildGuard's protocol (Han et al. 2024, arXiv 2406.18495): its
 * prompt to the byte, and what its reply says.
 */
#ifndef DC_JUDGE_WILDGUARD_H
#define DC_JUDGE_WILDGUARD_H

#include "infer/ask.h"
#include "judge/judge.h"

#include <stdbool.h>
#include <stddef.h>

/* The prompt, with the holes {prompt} and {response}. */
extern const char dc_wildguard_form[];

/* One of the three answers; NONE: it is missing or none of these. */
enum dc_wildguard_answer {
    DC_WILDGUARD_NONE,
    DC_WILDGUARD_YES,
    DC_WILDGUARD_NO,
    DC_WILDGUARD_NA
};

struct dc_wildguard_reply {
    enum dc_wildguard_answer harmful_request; /* never NA */
    enum dc_wildguard_answer refusal;
    enum dc_wildguard_answer harmful_response;
    bool parsed; /* none of the three is NONE */
};

/* reply [n], any bytes. */
struct dc_wildguard_reply dc_wildguard_parse(const char *reply, size_t n);

/* Verdict and rule of a reply; out->reply is set to it too. */
void dc_wildguard_verdict(const struct dc_ask_reply *r,
                          struct dc_judgement *out);

/* The judges wildguard and wildguard-soft: the same but for how they ask. */
struct dc_wildguard {
    struct dc_judge base;
    struct dc_ask *ask;
    struct dc_ask_reply *reply; /* [DC_JUDGE_BATCH] */
    struct dc_buf *text;        /* [DC_JUDGE_BATCH] replies with a line more */
};

/* Open the model cfg->file; what to ask is in `ask`, the rest from cfg. */
enum dc_status dc_wildguard_open(const struct dc_judge_cfg *cfg,
                                 struct dc_ask_cfg *ask, struct dc_judge **out,
                                 struct dc_err *err);
void dc_wildguard_close(struct dc_judge *j);

#endif
