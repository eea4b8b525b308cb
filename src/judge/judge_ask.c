/*
 * judge_ask.c - what judges that ask a language model share.
 */
#include "judge/judge_ask.h"

#include "infer/models.h"
#include "infer/server.h"
#include "judge/judge_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 8192, SLOTS = 8 /* at a time in this process */ };

static enum dc_status open_local(const struct dc_judge_cfg *cfg,
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
    ask->n_slots = cfg->n_slots ? cfg->n_slots : SLOTS;
    if (!st)
        st = dc_ask_open(ask, out, err);
    dc_buf_release(&path);
    return st;
}

static enum dc_status open_served(const struct dc_judge_cfg *cfg,
                                  const char *model, struct dc_ask_cfg *ask,
                                  struct dc_ask **out, struct dc_err *err)
{
    enum dc_status st = dc_judge_server_check(model, err);
    if (st)
        return st;
    char *url = dc_judge_server_url(model);
    const char *const list[] = {url};
    /* A URL that a file names is not the user's own choice of where to send a
     * key. */
    bool typed = !cfg->in_file && cfg->file == model;
    struct dc_server_cfg server = dc_server_cfg_default();
    server.url = list;
    server.n_url = 1;
    server.key_env = dc_judge_server_key(cfg, url, typed);
    server.api = ask->chat ? DC_API_CHAT : DC_API_COMPLETIONS;
    server.in_flight = cfg->n_slots;
    ask->server = &server;
    ask->model = dc_judge_server_model(model);
    st = dc_ask_open(ask, out, err);
    ask->server = NULL;
    free(url);
    return st;
}

enum dc_status dc_judge_ask_open(const struct dc_judge_cfg *cfg,
                                 const char *model, struct dc_ask_cfg *ask,
                                 struct dc_judge *j, struct dc_ask **out,
                                 struct dc_err *err)
{
    bool served = dc_judge_is_server(model);
    enum dc_status st = served ? open_served(cfg, model, ask, out, err)
                               : open_local(cfg, model, ask, out, err);
    if (st)
        return st;
    const struct dc_ask_info *info = dc_ask_info(*out);
    j->slow = true;
    j->repeatable = info->repeatable;
    j->note = info->note;
    j->batch = served || ask->n_slots >= DC_JUDGE_BATCH / 2
                   ? DC_JUDGE_BATCH
                   : 2 * (size_t)ask->n_slots;
    return DC_OK;
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

const char *dc_judge_ask_trouble(const struct dc_ask_reply *r)
{
    switch (r->finish) {
    case DC_FINISH_CONTEXT:
        return "too long for the judge";
    case DC_FINISH_FILTER:
        return "blocked by the judge's provider";
    case DC_FINISH_ERROR:
        if (r->failed)
            return "the judge's server failed";
        return r->unlisted ? "answer not among the k" : "judge gave no numbers";
    case DC_FINISH_UNKNOWN:
        return "the judge's reply has no known end";
    default:
        return NULL;
    }
}
