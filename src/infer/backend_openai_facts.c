/*
 * backend_openai_facts.c - what the servers of a run can do, what is refused
 * for it, and what a run is bound to.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "infer/backend_openai_priv.h"
#include "infer/openai_call.h"
#include "infer/openai_req_priv.h"
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

/* Requests at a server that does not say how many it takes, at most: what
 * Inspect's limit grows to as well. */
enum {
    FACTS_MOST = 100,
    FACTS_STATES = 256 /* of servers that became others, in a session */
};

/* ---- before anything is asked ---- */

static enum dc_status facts_key(struct dc_ob *s, struct dc_err *err)
{
    const char *env = s->cfg.server->key_env;
    if (!env)
        return DC_OK;
    s->key = getenv(env);
    if (s->key && s->key[0])
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "the environment has no %s, which was to hold the key for "
                   "the server: export it, or name another variable with "
                   "--api-key-env",
                   env);
}

/* What only a model in this process can do. */
static enum dc_status facts_local(const struct dc_ob *s, struct dc_err *err)
{
    const struct dc_chat_cfg *c = &s->cfg.chat;
    const char *what = NULL;
    if (c->source || c->name)
        what = "another chat template";
    else if (c->n_arg > 0)
        what = "variables of the chat template (--request-arg "
               "chat_template_kwargs.NAME=JSON can)";
    else if (c->day_given)
        what = "a day that the chat template is told";
    else if (s->cfg.llama.want_sha256)
        what = "weights by their hash";
    if (what)
        return dc_fail(
            err, DC_USAGE,
            "%s can't be had from a server, which renders chats itself", what);
    if (s->cfg.server->api == DC_API_CHAT ||
        (!c->system && c->think == DC_THINK_AUTO))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%s: --api completions sends the prompt as it is, and there "
                   "is no chat for it; leave out one of them",
                   c->system ? "--system" : "--think");
}

/* ---- what the probes found ---- */

/* What the probe saw of log-probabilities, where there are none. */
static const char *facts_why_none(const struct dc_probe *p)
{
    static const char begin[] = "log-probabilities ";
    for (size_t i = 0; i < p->n_note; i++)
        if (strncmp(p->note[i].text, begin, sizeof begin - 1) == 0)
            return p->note[i].text;
    return NULL;
}

static enum dc_status facts_k(struct dc_ob *s, const struct dc_probe *p,
                              struct dc_err *err)
{
    if (!p->logprobs || p->k_max == 0) {
        const char *why = facts_why_none(p);
        return dc_fail(err, DC_BACKEND,
                       "%s, model %s: it gives no log-probabilities of "
                       "alternatives, from which confidence is made%s%s%s; ask "
                       "another server, or see `deepconf probe`",
                       p->url, p->model, why ? " (" : "", why ? why : "",
                       why ? ")" : "");
    }
    if (s->cfg.k_at_most && s->cfg.k > p->k_max)
        s->cfg.k = p->k_max;
    if (s->cfg.k > p->k_max)
        return dc_fail(err, DC_USAGE,
                       "%s: confidence of the %u most probable tokens can't be "
                       "had: it gives %u alternative%s, %s%u %s sure; ask for "
                       "%u",
                       p->url, s->cfg.k, p->n_top_max, dc_plural(p->n_top_max),
                       p->displaces ? "the last of which may be displaced by "
                                      "the sampled token, so that "
                                    : "of which ",
                       p->k_max, dc_are(p->k_max), p->k_max);
    if (s->cfg.n_top > p->n_top_max - p->displaces)
        return dc_fail(err, DC_USAGE,
                       "%s: %u log-probabilities of each token can't be had: "
                       "it gives %u; ask for %u",
                       p->url, s->cfg.n_top, p->n_top_max,
                       p->n_top_max - p->displaces);
    return DC_OK;
}

static enum dc_status facts_lists(const struct dc_probe *p, struct dc_err *err)
{
    enum dc_stream_row row;
    if (!dc_probe_bad(p, &row))
        return DC_OK;
    return dc_fail(err, DC_BACKEND,
                   "%s, model %s: its log-probabilities are wrong (%s): its "
                   "tokens %s; see `deepconf probe`",
                   p->url, p->model, dc_stream_name(row), dc_stream_words(row));
}

static enum dc_status facts_api(const struct dc_ob *s, const struct dc_probe *p,
                                struct dc_err *err)
{
    bool chat = s->cfg.server->api == DC_API_CHAT;
    if (chat ? p->chat : p->completions)
        return DC_OK;
    return dc_fail(err, DC_BACKEND, "%s, model %s: it answers only %s: %s",
                   p->url, p->model,
                   chat ? "/completions" : "/chat/completions",
                   chat ? "say --api completions"
                        : "it takes no prompt as it is; say --api chat");
}

/* --think as it is to be asked for. */
static enum dc_status facts_think(struct dc_ob *s, const struct dc_probe *p,
                                  struct dc_err *err)
{
    enum dc_think want = s->cfg.chat.think;
    bool can = (p->takes & DC_TAKES_TEMPLATE_ARGS) && p->think != DC_KNOWN_NO;
    s->think = want;
    if (want == DC_THINK_AUTO || can)
        return DC_OK;
    s->think = DC_THINK_AUTO;
    /* Nothing has to be asked of a model that does not think. */
    if (want == DC_THINK_OFF && p->reasoning == DC_REASONING_NONE)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--think %s: %s, model %s, does not let a request decide "
                   "it%s",
                   want == DC_THINK_ON ? "on" : "off", p->url, p->model,
                   want == DC_THINK_ON ? "" : ", and the model thinks");
}

/* A failure that says of which server and model it is. */
static enum dc_status facts_where(const struct dc_ob *s, const char *url,
                                  enum dc_status st, struct dc_err *err)
{
    const char *model = s->cfg.model;
    char *shown = dc_openai_url_shown(url);
    if (err && model && !strstr(err->msg, model))
        dc_err_prefix(err, st, "model %s", model);
    if (err && !strstr(err->msg, shown))
        dc_err_prefix(err, st, "%s", shown);
    free(shown);
    return st;
}

static struct dc_probe_cfg facts_question(const struct dc_ob *s, size_t i)
{
    struct dc_probe_cfg q = dc_probe_cfg_of(s->cfg.server, i);
    q.model = s->cfg.model;
    q.key = s->key;
    q.k = s->cfg.k;
    q.n_top = s->cfg.n_top;
    q.think = s->cfg.chat.think;
    q.system = s->cfg.chat.system;
    return q;
}

static enum dc_status facts_ask(struct dc_ob *s, struct dc_err *err)
{
    const struct dc_server_cfg *c = s->cfg.server;
    struct dc_probe_cfg *q = dc_xcalloc(c->n_url, sizeof *q);
    s->probe = dc_xcalloc(c->n_url, sizeof *s->probe);
    for (size_t i = 0; i < c->n_url; i++)
        q[i] = facts_question(s, i);
    enum dc_status st =
        dc_openai_probe_all(q, c->n_url, s->probe, &s->n_probe, err);
    if (st)
        st = facts_where(s, c->url[s->n_probe], st, err);
    free(q);
    return st;
}

/* Is what the probe of a URL found enough for the run? */
static enum dc_status facts_enough(struct dc_ob *s, const struct dc_probe *p,
                                   struct dc_err *err)
{
    enum dc_status st = facts_api(s, p, err);
    if (!st)
        st = facts_lists(p, err);
    if (!st)
        st = facts_k(s, p, err);
    if (!st)
        st = facts_think(s, p, err);
    if (!st && p != s->probe)
        st = dc_probe_agree(s->probe, p, err);
    return st;
}

/* ---- info ---- */

static void facts_caps(struct dc_ob *s)
{
    struct dc_backend_caps *c = &s->info.caps;
    unsigned n = s->cfg.k > s->cfg.n_top ? s->cfg.k : s->cfg.n_top;
    c->parts = DC_TOKEN_LOGPROB | DC_TOKEN_CONF;
    c->n_top_max = c->k_max = UINT32_MAX;
    s->takes = ~0u;
    s->whole = s->together = s->counts_first = true;
    s->n_slots_told = s->probe[0].n_slots;
    bool displaces = false;
    for (size_t i = 0; i < s->n_probe; i++) {
        const struct dc_probe *p = &s->probe[i];
        unsigned n_top = p->n_top_max - p->displaces;
        c->n_top_max = n_top < c->n_top_max ? n_top : c->n_top_max;
        c->k_max = p->k_max < c->k_max ? p->k_max : c->k_max;
        c->n_slots += p->n_slots;
        if (p->n_ctx > 0 && (c->n_ctx == 0 || p->n_ctx < c->n_ctx))
            c->n_ctx = p->n_ctx;
        if (p->n_slots < s->n_slots_told)
            s->n_slots_told = p->n_slots;
        s->takes &= p->takes;
        s->whole = s->whole && p->whole;
        /* Without the context's length an answer that ends with it could not be
         * told from one that ends with its limit. */
        s->together = s->together && p->together && p->n_ctx > 0;
        s->counts_first = s->counts_first && p->counts_first;
        displaces = displaces || p->displaces;
    }
    c->no_top_k = !(s->takes & DC_TAKES_TOP_K);
    c->no_min_p = !(s->takes & DC_TAKES_MIN_P);
    /* Ids say nothing to whom no vocabulary is known. */
    s->takes &= ~(unsigned)DC_TAKES_TOKEN_IDS;
    if (s->n_slots_told == 0)
        c->n_slots = FACTS_MOST * (unsigned)s->n_probe;
    s->n_asked = n + displaces;
}

static void facts_endpoints(struct dc_ob *s)
{
    s->endpoint = dc_xcalloc(s->n_probe, sizeof *s->endpoint);
    for (size_t i = 0; i < s->n_probe; i++) {
        struct dc_buf json;
        dc_buf_init(&json, SIZE_MAX);
        dc_probe_json(&s->probe[i], &json);
        s->endpoint[i] = (struct dc_backend_endpoint){
            .url = s->probe[i].url,
            .model = s->probe[i].model,
            .fingerprint = s->probe[i].fingerprint,
            .probe = dc_buf_detach(&json),
            .works_on = s->probe[i].abort_stops == DC_KNOWN_NO};
    }
    s->info.endpoint = s->endpoint;
    s->info.n_endpoint = s->n_probe;
}

unsigned dc_ob_endpoint(struct dc_ob *s, unsigned url, const char *fingerprint)
{
    size_t n = s->info.n_endpoint;
    const char *found = s->endpoint[url].fingerprint;
    if (found && strcmp(found, fingerprint) == 0)
        return url;
    for (size_t i = s->n_probe; i < n; i++)
        if (s->endpoint[i].url == s->endpoint[url].url &&
            strcmp(s->endpoint[i].fingerprint, fingerprint) == 0)
            return (unsigned)i;
    if (n >= s->n_probe + FACTS_STATES)
        return url;
    s->endpoint = dc_xrealloc(s->endpoint, n + 1, sizeof *s->endpoint);
    s->endpoint[n] = s->endpoint[url];
    s->endpoint[n].fingerprint = dc_xstrdup(fingerprint);
    s->info.endpoint = s->endpoint;
    s->info.n_endpoint = n + 1;
    return (unsigned)n;
}

static void facts_info(struct dc_ob *s)
{
    const struct dc_probe *p = &s->probe[0];
    struct dc_backend_info *i = &s->info;
    struct dc_buf desc;
    dc_buf_init(&desc, SIZE_MAX);
    dc_buf_addf(&desc, "served by %s",
                p->server ? p->server : "a server that does not say which");
    s->desc = dc_buf_detach(&desc);
    i->model_name = p->model;
    i->model_desc = s->desc;
    i->system = s->cfg.chat.system ? s->cfg.chat.system : "";
    i->rendered_by = s->cfg.server->api == DC_API_CHAT ? "server" : NULL;
    i->version = p->server ? p->server : "unknown";
    i->logprob_mode = dc_logprob_mode_name(p->mode);
    i->can_think =
        p->reasoning != DC_REASONING_NONE || p->think == DC_KNOWN_YES;
    i->think = s->cfg.chat.think;
    if (i->think == DC_THINK_AUTO)
        i->think =
            p->reasoning == DC_REASONING_NONE ? DC_THINK_OFF : DC_THINK_ON;
    i->device = "server";
    s->stops =
        s->cfg.server->args && dc_request_args_has(s->cfg.server->args, "stop");
}

enum dc_status dc_ob_facts_find(struct dc_ob *s, struct dc_err *err)
{
    const struct dc_server_cfg *c = s->cfg.server;
    if (!c || c->n_url == 0)
        return dc_fail(err, DC_USAGE,
                       "no server is named: say where with --base-url");
    enum dc_status st = facts_local(s, err);
    if (!st)
        st = facts_key(s, err);
    for (size_t i = 0; !st && i < c->n_url; i++)
        st = dc_http_check_url(c->url[i], err);
    if (st)
        return st;
    st = facts_ask(s, err);
    for (size_t i = 0; !st && i < c->n_url; i++)
        st = facts_enough(s, &s->probe[i], err);
    if (st)
        return st;
    facts_caps(s);
    facts_endpoints(s);
    facts_info(s);
    return DC_OK;
}

void dc_ob_facts_release(struct dc_ob *s)
{
    for (size_t i = 0; i < s->n_probe; i++) {
        if (s->endpoint)
            free((char *)s->endpoint[i].probe);
        dc_probe_release(&s->probe[i]);
    }
    for (size_t i = s->n_probe; i < s->info.n_endpoint; i++)
        free((char *)s->endpoint[i].fingerprint);
    free(s->endpoint);
    free(s->probe);
    free(s->desc);
}

/* ---- identity ---- */

void dc_ob_facts_put(const struct dc_ob *s, dc_backend_put *put, void *arg)
{
    const struct dc_probe *p = &s->probe[0];
    struct dc_buf args;
    dc_buf_init(&args, SIZE_MAX);
    if (s->cfg.server->args)
        dc_request_args_json(s->cfg.server->args, &args);
    else
        dc_buf_adds(&args, "{}");
    put(arg, "server.model", p->model, true);
    put(arg, "server.api",
        s->cfg.server->api == DC_API_CHAT ? "chat" : "completions", true);
    put(arg, "server.args", args.data, true);
    if (p->fingerprint)
        put(arg, "server.fingerprint", p->fingerprint, true);
    if (p->server)
        put(arg, "server.version", p->server, true);
    if (p->path)
        put(arg, "server.path", p->path, true);
    /* How the lists are asked for changes none of their values. */
    put(arg, "server.displaces", p->displaces ? "yes" : "no", false);
    put(arg, "server.streamed", p->stream ? "yes" : "no", false);
    put(arg, "chat.markers",
        p->markers == DC_KNOWN_YES  ? "read by the server"
        : p->markers == DC_KNOWN_NO ? "text"
                                    : "unknown",
        true);
    dc_buf_release(&args);
}
