/*
 * judge_server.c - URL#NAME taken apart, and whose key goes where
 * (judge_server.h).
 */
#include "judge/judge_server.h"

#include "base/mem.h"
#include "infer/server.h"

#include <string.h>
#include <strings.h>

bool dc_judge_is_server(const char *model)
{
    return !strncasecmp(model, "http://", 7) ||
           !strncasecmp(model, "https://", 8);
}

/* The URL itself is not shown: it may hold what is secret. */
enum dc_status dc_judge_server_check(const char *model, struct dc_err *err)
{
    const char *name = strchr(model, '#');
    if (name && name[1])
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "a server's URL needs the name of the model behind it: "
                   "http://HOST:PORT/v1#NAME, as the server lists it under "
                   "/v1/models");
}

const char *dc_judge_server_model(const char *model)
{
    return strchr(model, '#') + 1;
}

char *dc_judge_server_url(const char *model)
{
    return dc_xstrndup(model, strcspn(model, "#"));
}

/* Are they the same but for slashes at the end? */
static bool same_url(const char *a, const char *b)
{
    size_t n = dc_server_url_end(a, strlen(a));
    size_t m = dc_server_url_end(b, strlen(b));
    return n == m && !memcmp(a, b, n);
}

const char *dc_judge_server_key(const struct dc_judge_cfg *cfg, const char *url,
                                bool typed)
{
    const char *bare = NULL;
    for (size_t i = 0; i < cfg->n_key; i++) {
        const struct dc_judge_key *k = &cfg->key[i];
        if (!k->url)
            bare = k->env;
        else if (same_url(k->url, url))
            return k->env;
    }
    return typed ? bare : NULL;
}
