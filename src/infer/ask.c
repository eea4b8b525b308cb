/*
 * ask.c - asking, whoever replies (ask.h).
 */
#include "infer/ask.h"

#include "infer/ask_priv.h"

enum dc_status dc_ask_open(const struct dc_ask_cfg *cfg, struct dc_ask **out,
                           struct dc_err *err)
{
    if (!cfg->server)
        return dc_llama_ask_open(cfg, out, err);
#ifdef DC_SERVERS
    return dc_served_ask_open(cfg, out, err);
#else
    return dc_fail(err, DC_USAGE,
                   "this deepconf was built without servers "
                   "(DEEPCONF_SERVERS=OFF)");
#endif
}

void dc_ask_close(struct dc_ask *a)
{
    if (a)
        a->ops->close(a);
}

const struct dc_ask_info *dc_ask_info(const struct dc_ask *a)
{
    return &a->info;
}

enum dc_status dc_ask_reply(struct dc_ask *a, const struct dc_ask_pair *pair,
                            size_t n, struct dc_ask_reply *out,
                            struct dc_err *err)
{
    return a->ops->reply(a, pair, n, out, err);
}

enum dc_status dc_ask_choose(struct dc_ask *a, const struct dc_ask_pair *pair,
                             size_t n, struct dc_ask_reply *out,
                             struct dc_err *err)
{
    return a->ops->choose(a, pair, n, out, err);
}
