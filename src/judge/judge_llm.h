/*
 * judge_llm.h - judges by a file of the `llm` kind, for those whose file is
 * compiled in.
 */
#ifndef DC_JUDGE_JUDGE_LLM_H
#define DC_JUDGE_JUDGE_LLM_H

#include "judge/judge.h"

/* Open text [n], a file of the kind without a model, over cfg->file, which is
 * the model; `name` stands in messages about the text. As dc_judge_open(). */
enum dc_status dc_judge_llm_builtin(const struct dc_judge_cfg *cfg,
                                    const char *name, const char *text,
                                    size_t n, struct dc_judge **out,
                                    struct dc_err *err);
/* As close and judge of dc_judge_ops. */
void dc_judge_llm_close(struct dc_judge *j);
enum dc_status dc_judge_llm_judge(struct dc_judge *j,
                                  const struct dc_judge_item *item, size_t n,
                                  struct dc_judgement *out, struct dc_err *err);

#endif
