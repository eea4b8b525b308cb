/*
 * judge_ask.c - what judges that ask a language model share.
 */
#include "judge/judge_ask.h"

#include "infer/models.h"

#include <stdio.h>

enum { PATH_BYTES = 8192 };

enum dc_status dc_judge_ask_open(const struct dc_judge_cfg *cfg,
                                 const char *model, struct dc_ask_cfg *ask,
                                 struct dc_ask **out, struct dc_err *err)
{
    struct dc_buf path;
    if (strlen(model) >= PATH_BYTES / 2)
        return dc_fail(err, DC_USAGE, "the path of the model is too long");
    dc_buf_init(&path, PATH_BYTES);
    enum dc_status st = dc_model_resolve(model, &path, err);
    ask->model = path.data;
    ask->want_sha256 = dc_model_sha256(model);
    ask->n_threads = cfg->n_threads;
    ask->gpu_layers = cfg->gpu_layers;
    ask->n_slots = cfg->n_slots;
    if (!st)
        st = dc_ask_open(ask, out, err);
    dc_buf_release(&path);
    return st;
}

void dc_judge_ask_pairs(const struct dc_judge_item *item, size_t n,
                        struct dc_ask_pair *pair)
{
    for (size_t i = 0; i < n; i++)
        pair[i] = (struct dc_ask_pair){item[i].prompt, item[i].n_prompt,
                                       item[i].response, item[i].n};
}

void dc_judge_ask_version(struct dc_judge *j, const char *rules,
                          const char *what, const char *how)
{
    snprintf(j->version, sizeof j->version, "%s %.64s %s", rules, what, how);
}

const char *dc_judge_ask_trouble(enum dc_finish finish)
{
    if (finish == DC_FINISH_CONTEXT)
        return "too long for the judge";
    if (finish == DC_FINISH_ERROR)
        return "judge gave no numbers";
    return NULL;
}
