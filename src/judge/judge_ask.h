/*
 * judge_ask.h - what judges that ask a language model share.
 */
#ifndef DC_JUDGE_JUDGE_ASK_H
#define DC_JUDGE_JUDGE_ASK_H

#include "infer/ask.h"
#include "judge/judge.h"

/*
 * Open the model (a path, a name of the registry, or URL#NAME) to be asked as
 * `ask` says, whose threads, GPU, slots and server are filled in; and fill in
 * what j has of it but its version. DC_USAGE too: URL#NAME can't be used.
 */
enum dc_status dc_judge_ask_open(const struct dc_judge_cfg *cfg,
                                 const char *model, struct dc_ask_cfg *ask,
                                 struct dc_judge *j, struct dc_ask **out,
                                 struct dc_err *err);

/* The pairs of items [n], into pair [n]. */
void dc_judge_ask_pairs(const struct dc_judge_item *item, size_t n,
                        struct dc_ask_pair *pair);

/*
 * The version of such a judge: `rules` of its own, what it reads (a hash or a
 * name), and how it is asked.
 */
void dc_judge_ask_version(struct dc_judge *j, const char *rules,
                          const char *what, const char *how);

/* Why a reply can't be read; NULL: it can. */
const char *dc_judge_ask_trouble(const struct dc_ask_reply *r);

#endif
