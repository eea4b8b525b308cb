/*
 * server_opts.c - server_opts.h.
 */
#include "cli/server_opts.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/interrupt.h"
#include "infer/models.h"
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENV_URL "OPENAI_BASE_URL"
#define ENV_KEY "OPENAI_API_KEY"

enum { IN_FLIGHT_MAX = 1024, IN_FLIGHT_ALL = 4096 };

struct dc_server_opts dc_server_opts_default(void)
{
    struct dc_server_cfg c = dc_server_cfg_default();
    return (struct dc_server_opts){
        .in_flight = "auto", .api = "chat", .timeout = c.silence_s};
}

bool dc_server_model_is_local(const char *model)
{
    static const char ext[] = ".gguf";
    size_t n = strlen(model), m = sizeof ext - 1;
    struct stat s;
    return (stat(model, &s) == 0 && !S_ISDIR(s.st_mode)) ||
           strchr("./~", model[0]) ||
           (n >= m && strcmp(model + n - m, ext) == 0) ||
           dc_model_find(model) != NULL;
}

/* ---- URLs ---- */

/* What a user pastes who has the address of one request. */
static bool server_url_is_whole(const char *url, size_t n)
{
    static const char *const end[] = {"/completions", "/models", "/responses",
                                      "/embeddings"};
    for (size_t i = 0; i < DC_COUNT(end); i++) {
        size_t m = strlen(end[i]);
        if (n >= m && strncmp(url + n - m, end[i], m) == 0)
            return true;
    }
    return false;
}

/* The URL without slashes at its end, to which the interface's paths are
 * added. */
static enum dc_status server_url(const char *given, struct dc_arena *arena,
                                 const char **out, struct dc_err *err)
{
    size_t n = strlen(given);
    if (!strstr(given, "://"))
        return dc_fail(err, DC_USAGE,
                       "a URL of %zu bytes (not shown, as it may hold a key) "
                       "does not begin with http:// or https://: expected "
                       "http://HOST:PORT/v1 or https://HOST/v1",
                       n);
    enum dc_status st = dc_http_check_url(given, err);
    if (st)
        return st;
    n = dc_server_url_end(given, n);
    if (memchr(given, '?', n))
        return dc_fail(err, DC_USAGE,
                       "the URL has a part behind \"?\" (not shown), to which "
                       "no path can be added: expected http://HOST:PORT/v1");
    if (server_url_is_whole(given, n))
        return dc_fail(err, DC_USAGE,
                       "the URL is that of one request: expected what stands "
                       "before /chat/completions or /models, as in "
                       "http://HOST:PORT/v1");
    *out = dc_arena_strndup(arena, given, n);
    return DC_OK;
}

static enum dc_status server_urls(const struct dc_opt_list *l,
                                  const char *option, struct dc_arena *arena,
                                  struct dc_server_cfg *c, struct dc_err *err)
{
    const char **url = dc_arena_array(arena, l->n + 1, sizeof *url);
    if (l->n > DC_SERVER_MAX_URL)
        return dc_fail(err, DC_USAGE, "%s: %zu URLs, and %d are the most",
                       option, l->n, DC_SERVER_MAX_URL);
    for (size_t i = 0; i < l->n; i++) {
        enum dc_status st = server_url(l->item[i], arena, &url[i], err);
        for (size_t k = 0; k < i && !st; k++)
            if (strcmp(url[k], url[i]) == 0)
                st = dc_fail(err, DC_USAGE,
                             "URL %zu is URL %zu again; for more requests at "
                             "one server raise --in-flight",
                             i + 1, k + 1);
        if (st)
            return dc_err_prefix(err, st, "%s", option);
    }
    c->url = url;
    c->n_url = l->n;
    return DC_OK;
}

/* ---- the key ---- */

bool dc_server_shows_name(const char *s)
{
    return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == strlen(s) &&
           strlen(s) <= 60;
}

/* A run file may be another person's, and so may be the server it names. */
static enum dc_status server_no_key(const struct dc_server_opts *o,
                                    const struct dc_server_cfg *c,
                                    struct dc_err *err)
{
    struct dc_buf shown;
    if (!o->key_env)
        return DC_OK;
    dc_buf_init(&shown, SIZE_MAX);
    dc_utf8_display(&shown, c->url[0], strlen(c->url[0]), 200);
    enum dc_status st =
        dc_fail(err, DC_USAGE,
                "--api-key-env: a key goes only to a server that you name, and "
                "here the run file names it: if %s is yours, say --base-url "
                "with it",
                shown.data);
    dc_buf_release(&shown);
    return st;
}

static enum dc_status server_key(const char *given, struct dc_server_cfg *c,
                                 struct dc_err *err)
{
    const char *name = given ? given : ENV_KEY;
    bool show = dc_server_shows_name(name);
    const char *key = getenv(name);
    if (!given && (!key || !key[0]))
        return DC_OK;
    if (!key)
        return dc_fail(err, DC_USAGE,
                       "--api-key-env: %s%s is set: expected the name of an "
                       "environment variable that holds the key, as in %s%s",
                       show ? "no variable " : "no such variable",
                       show ? name : "", ENV_KEY,
                       show ? ""
                            : ". What was given is not shown, as it may be a "
                              "key: a key on a command line is seen by every "
                              "user of the machine");
    enum dc_status st = dc_http_check_key(key, err);
    if (st)
        return dc_err_prefix(err, st, "%s%s",
                             given ? "--api-key-env " : "the variable ",
                             show ? name : "(not shown)");
    c->key_env = name;
    return DC_OK;
}

/* ---- numbers and words ---- */

static enum dc_status server_in_flight(const struct dc_server_opts *o,
                                       struct dc_server_cfg *c,
                                       struct dc_err *err)
{
    char *end = NULL;
    const char *s = o->in_flight;
    if (strcmp(s, "auto") == 0)
        return DC_OK;
    unsigned long n = strtoul(s, &end, 10);
    if (s[strspn(s, "0123456789")] || end == s || n < 1 || n > IN_FLIGHT_MAX)
        return dc_fail(err, DC_USAGE,
                       "--in-flight %.60s: expected auto, or a whole number, 1 "
                       "to %d",
                       s, IN_FLIGHT_MAX);
    if (n * c->n_url > IN_FLIGHT_ALL)
        return dc_fail(err, DC_USAGE,
                       "--in-flight %lu at each of %zu URLs: %d together are "
                       "the most, so at most %zu",
                       n, c->n_url, IN_FLIGHT_ALL, IN_FLIGHT_ALL / c->n_url);
    c->in_flight = (unsigned)n;
    return DC_OK;
}

static enum dc_status server_api(const struct dc_server_opts *o,
                                 struct dc_server_cfg *c, struct dc_err *err)
{
    if (strcmp(o->api, "completions") == 0)
        c->api = DC_API_COMPLETIONS;
    else if (strcmp(o->api, "chat") != 0)
        return dc_fail(err, DC_USAGE,
                       "--api %.60s: expected chat or completions", o->api);
    return DC_OK;
}

static enum dc_status server_args(const struct dc_server_opts *o,
                                  struct dc_servers *out, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (o->request_arg.n == 0)
        return DC_OK;
    out->args = dc_request_args_create();
    for (size_t i = 0; i < o->request_arg.n && !st; i++)
        st = dc_request_args_add(out->args, o->request_arg.item[i], err);
    out->cfg.args = out->args;
    return st;
}

/* ---- all of them ---- */

static enum dc_status server_idle(const struct dc_server_opts *o,
                                  struct dc_err *err)
{
    const char *idle = o->key_env           ? "api-key-env"
                       : o->in_flight_given ? "in-flight"
                       : o->request_arg.n   ? "request-arg"
                       : o->api_given       ? "api"
                       : o->timeout_given   ? "timeout"
                                            : NULL;
    if (!idle)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--%s has no effect without a server: name one with "
                   "--base-url URL, or leave it out",
                   idle);
}

enum dc_status dc_server_opts_make(const struct dc_server_opts *o, bool may_env,
                                   struct dc_arena *arena,
                                   struct dc_servers *out, struct dc_err *err)
{
    const char *env = may_env && o->base_url.n == 0 ? getenv(ENV_URL) : NULL;
    struct dc_opt_list from_env = {&env, env && env[0]};
    const struct dc_opt_list *url = from_env.n ? &from_env : &o->base_url;
    *out = (struct dc_servers){.cfg = dc_server_cfg_default()};
    if (url->n == 0)
        return server_idle(o, err);
    out->asked = true;
    out->from = from_env.n ? ENV_URL : NULL;
    out->cfg.silence_s = (unsigned)o->timeout;
    enum dc_status st = server_urls(url, out->from ? ENV_URL : "--base-url",
                                    arena, &out->cfg, err);
    if (!st)
        st = server_in_flight(o, &out->cfg, err);
    if (!st)
        st = server_api(o, &out->cfg, err);
    if (!st)
        st = server_args(o, out, err);
    if (st)
        return st;
    return o->from_file ? server_no_key(o, &out->cfg, err)
                        : server_key(o->key_env, &out->cfg, err);
}

void dc_servers_release(struct dc_servers *s)
{
    dc_request_args_free(s->args);
    s->args = NULL;
    s->cfg.args = NULL;
}

void dc_servers_notes_print(const struct dc_servers *s, bool quiet)
{
    struct dc_buf shown;
    size_t n_clear = 0, first = 0;
    dc_buf_init(&shown, SIZE_MAX);
    for (size_t i = s->cfg.n_url; i-- > 0;) {
        if (!s->cfg.key_env || !dc_http_is_clear(s->cfg.url[i]))
            continue;
        n_clear++;
        first = i;
    }
    if (s->from && !quiet) {
        dc_utf8_display(&shown, s->cfg.url[0], strlen(s->cfg.url[0]), 200);
        fprintf(stderr, "note: the server is %s, of the variable %s\n",
                shown.data, s->from);
        dc_buf_clear(&shown);
    }
    if (n_clear > 0) {
        const char *url = s->cfg.url[first];
        dc_utf8_display(&shown, url, strlen(url), 200);
        fprintf(stderr,
                "warning: the key of the variable %s goes to %s%s unencrypted: "
                "use https, or a key that opens nothing else\n",
                dc_server_shows_name(s->cfg.key_env) ? s->cfg.key_env
                                                     : "that was named",
                shown.data, n_clear > 1 ? " and others" : "");
    }
    dc_buf_release(&shown);
}

/* ---- while they are probed ---- */

static void server_asks(void *arg, const struct dc_probe_step *s)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    dc_buf_addf(&b, "probe %u/%u: %s, of %.1000s", s->at, s->n, s->what,
                s->url);
    dc_progress_note(arg, b.data);
    dc_buf_release(&b);
}

void dc_servers_watch(struct dc_server_cfg *cfg, struct dc_progress *prog)
{
    cfg->watch.stop = dc_interrupt_catch();
    cfg->watch.asks = server_asks;
    cfg->watch.arg = prog;
}
