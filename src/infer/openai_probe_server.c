/*
 * openai_probe_server.c - what a server says of itself: GET /v1/models, /props
 * (llama-server), and /version (vLLM) or Ollama's. None of them has to exist.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/openai_probe_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    SERVER_NAMED = 5, /* models named in a message */
    SERVER_COLS = 60  /* columns of each */
};

/* GET path as JSON; NULL: there is none. */
static enum dc_status server_json(struct dc_prober *b, const char *path,
                                  json_t **out, struct dc_call_reply *r,
                                  struct dc_err *err)
{
    *out = NULL;
    b->p->n_request++;
    enum dc_status st = dc_call_get(b->call, path, r, err);
    if (st)
        return st;
    if (r->status == 401 || r->status == 403)
        return dc_call_refused(r, err);
    if (r->status == 200)
        *out = dc_json_loadb(r->body, r->n_body, 0, NULL);
    return DC_OK;
}

static const char *server_text(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static uint64_t server_number(const json_t *v)
{
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : 0;
    return n > 0 ? (uint64_t)n : 0;
}

static unsigned server_count(const json_t *v)
{
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : 0;
    return n > 0 && n <= 1 << 30 ? (unsigned)n : 0;
}

static void server_set(char **to, const char *s)
{
    if (!s || !*s)
        return;
    free(*to);
    *to = dc_xstrdup(s);
}

/* ---- the models ---- */

/* "a", "b" and 3 more */
static char *server_names(const json_t *list)
{
    struct dc_buf b;
    size_t i, n = 0, n_all = json_array_size(list);
    json_t *x;
    dc_buf_init(&b, SIZE_MAX);
    json_array_foreach(list, i, x)
    {
        const char *id = server_text(x, "id");
        if (!id || n == SERVER_NAMED)
            continue;
        dc_buf_adds(&b, n++ > 0 ? ", \"" : "\"");
        dc_utf8_display(&b, id, strnlen(id, 1000), SERVER_COLS);
        dc_buf_addc(&b, '"');
    }
    if (n_all > n)
        dc_buf_addf(&b, " and %zu more", n_all - n);
    return dc_buf_detach(&b);
}

/* Is name the entry's id, or one of the aliases of llama-server? */
static bool server_is_named(const json_t *entry, const char *name)
{
    const char *id = server_text(entry, "id");
    size_t i;
    json_t *x;
    if (id && strcmp(id, name) == 0)
        return true;
    json_array_foreach(json_object_get(entry, "aliases"), i, x)
    {
        if (json_is_string(x) && strcmp(json_string_value(x), name) == 0)
            return true;
    }
    return false;
}

/* The entry of the model that is meant; NULL: there is none. */
static const json_t *server_find(const json_t *list, const char *name)
{
    size_t i;
    json_t *x;
    if (!name)
        return json_array_size(list) == 1 ? json_array_get(list, 0) : NULL;
    json_array_foreach(list, i, x)
    {
        if (server_is_named(x, name))
            return x;
    }
    return NULL;
}

/* "vllm" as its makers write it */
static const char *server_maker(const char *owner)
{
    static const char *const name[][2] = {
        {"vllm", "vLLM"},
        {"sglang", "SGLang"},
        {"llamacpp", "llama-server"},
        {"library", "Ollama"},
    };
    for (size_t i = 0; owner && i < DC_COUNT(name); i++)
        if (strcmp(owner, name[i][0]) == 0)
            return name[i][1];
    return owner;
}

static void server_entry(struct dc_prober *b, const json_t *entry)
{
    const json_t *len = json_object_get(entry, "max_model_len");
    const char *id = server_text(entry, "id");
    if (!len)
        len = json_object_get(entry, "context_length");  /* OpenRouter */
    const json_t *meta = json_object_get(entry, "meta"); /* llama-server */
    if (!b->p->model)
        server_set(&b->p->model, id);
    server_set(&b->p->path, server_text(entry, "root")); /* vLLM */
    b->p->n_params = server_number(json_object_get(meta, "n_params"));
    b->p->n_bytes = server_number(json_object_get(meta, "size"));
    b->p->n_ctx = server_count(len);
    server_set(&b->p->server, server_maker(server_text(entry, "owned_by")));
}

static enum dc_status server_no_model(const struct dc_prober *b,
                                      struct dc_err *err)
{
    const char *name = b->cfg->model;
    struct dc_buf shown;
    if (!name)
        return dc_fail(err, DC_USAGE,
                       "%s/models has %s%s: name one with --model", b->p->url,
                       b->lists ? "several models: "
                                : "no list of "
                                  "models",
                       b->lists ? b->listed : "");
    dc_buf_init(&shown, SIZE_MAX);
    dc_utf8_display(&shown, name, strlen(name), 2 * SERVER_COLS);
    enum dc_status st = dc_fail(err, DC_BACKEND,
                                "%s/models has %s, but no model \"%s\": name "
                                "that with --model, or start the server with "
                                "yours",
                                b->p->url, b->listed, shown.data);
    dc_buf_release(&shown);
    return st;
}

/*
 * A base URL of which "/v1" was forgotten: DC_BACKEND, and the one that is
 * right, if there is a list of models behind it.
 */
static enum dc_status server_v1(struct dc_prober *b, struct dc_err *err)
{
    json_t *root;
    struct dc_call_reply r;
    char *with = dc_openai_url(b->cfg->url, "/v1/models");
    char *here = dc_openai_url(b->cfg->url, "models");
    bool same = strcmp(with, here) == 0;
    free(with);
    free(here);
    if (same)
        return DC_OK;
    enum dc_status st = server_json(b, "/v1/models", &root, &r, err);
    if (!st && json_array_size(json_object_get(root, "data")) > 0)
        st = dc_fail(err, DC_BACKEND,
                     "%s has no list of models, and %s has one: is /v1 missing "
                     "at the end of the base URL?",
                     b->p->url, r.url);
    json_decref(root);
    return st;
}

/*
 * A server with one model often answers for any name, and then draws from
 * another model than was named: that name must be right. One with several
 * refuses what it has not, or takes names that it does not list.
 */
static enum dc_status server_models(struct dc_prober *b, struct dc_err *err)
{
    json_t *root;
    struct dc_call_reply r;
    enum dc_status st = server_json(b, "models", &root, &r, err);
    if (st)
        return st;
    const json_t *list = json_object_get(root, "data");
    const json_t *entry = server_find(list, b->cfg->model);
    b->lists = json_array_size(list) > 0;
    if (b->lists)
        b->listed = server_names(list);
    b->is_listed = entry && server_text(entry, "id");
    if (b->is_listed)
        server_entry(b, entry);
    else if (!b->lists)
        st = server_v1(b, err);
    if (!st && !b->is_listed && (!b->cfg->model || json_array_size(list) == 1))
        st = server_no_model(b, err);
    json_decref(root);
    return st;
}

/* ---- the server ---- */

static enum dc_status server_props(struct dc_prober *b, struct dc_err *err)
{
    json_t *root;
    struct dc_call_reply r;
    enum dc_status st = server_json(b, "/props", &root, &r, err);
    const json_t *gen = json_object_get(root, "default_generation_settings");
    if (!st && json_is_object(gen)) {
        const char *build = server_text(root, "build_info");
        unsigned n_ctx = server_count(json_object_get(gen, "n_ctx"));
        struct dc_buf name;
        dc_buf_init(&name, SIZE_MAX);
        dc_buf_addf(&name, "llama-server%s%s", build ? " " : "",
                    build ? build : "");
        server_set(&b->p->server, name.data);
        dc_buf_release(&name);
        b->p->n_ctx = n_ctx ? n_ctx : b->p->n_ctx;
        b->p->n_slots = server_count(json_object_get(root, "total_slots"));
        server_set(&b->p->path, server_text(root, "model_path"));
        server_set(&b->template, server_text(root, "chat_template"));
    }
    json_decref(root);
    return st;
}

static enum dc_status server_version(struct dc_prober *b, struct dc_err *err)
{
    json_t *root;
    struct dc_call_reply r;
    struct dc_buf name;
    bool ollama = b->p->server && strcmp(b->p->server, "Ollama") == 0;
    enum dc_status st =
        server_json(b, ollama ? "/api/version" : "/version", &root, &r, err);
    const char *version = server_text(root, "version");
    if (!st && version) {
        dc_buf_init(&name, SIZE_MAX);
        dc_buf_addf(&name, "%s %s", b->p->server ? b->p->server : "version",
                    version);
        server_set(&b->p->server, name.data);
        dc_buf_release(&name);
    }
    json_decref(root);
    return st;
}

enum dc_status dc_probe_server(struct dc_prober *b, struct dc_err *err)
{
    server_set(&b->p->model, b->cfg->model);
    enum dc_status st = server_models(b, err);
    if (!st)
        st = server_props(b, err);
    if (!st && !b->template)
        st = server_version(b, err);
    return st;
}
