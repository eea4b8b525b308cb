/*
 * served_ask.c - opening a model at a server to be asked (ask.h): what it can
 * do is found by its probe, and what it can't is refused here.
 *
 * The prompt of a form that is no chat is tokenised by the server, which reads
 * every marker in it, the form's own and a user's alike: nothing here can keep
 * a response that holds "[/INST]" from ending the form's own turn. The probe
 * says whether a server reads markers in a user's text; it is told once, and
 * is a part of what makes a version.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "infer/served_ask_priv.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- life ---- */

static void close_served(struct dc_ask *base)
{
    struct dc_served_ask *a = (struct dc_served_ask *)base;
    dc_client_free(a->client);
    dc_request_args_free(a->args);
    dc_probe_release(&a->probe);
    dc_ask_release(base);
    dc_buf_release(&a->note);
    free(a->url);
    free(a->key);
    free(a->model);
    free(a->form);
    free(a->answered);
    free(a->then);
    free(a->system);
    free(a);
}

static const struct dc_ask_ops served_ask_ops = {
    .close = close_served,
    .reply = dc_served_reply,
    .choose = dc_served_choose,
};

/* ---- what is asked ---- */

static enum dc_status take_key(struct dc_served_ask *a,
                               const struct dc_server_cfg *s,
                               struct dc_err *err)
{
    if (!s->key_env)
        return DC_OK;
    const char *key = getenv(s->key_env);
    if (!key || !key[0])
        return dc_fail(err, DC_USAGE,
                       "the environment variable %.60s is not set: it should "
                       "hold the key for the judge's server",
                       s->key_env);
    a->key = dc_xstrdup(key);
    a->key_env = dc_xstrdup(s->key_env);
    return DC_OK;
}

/* ---- what the server can do ---- */

/* Raw text got no answer: is it that the server takes chats alone? */
static bool is_chat_only(const struct dc_probe_cfg *raw)
{
    struct dc_probe_cfg c = *raw;
    struct dc_probe p;
    c.api = DC_API_CHAT;
    if (dc_openai_probe(&c, &p, NULL))
        return false;
    bool only = !p.completions;
    dc_probe_release(&p);
    return only;
}

static enum dc_status probe_server(struct dc_served_ask *a,
                                   const struct dc_server_cfg *s,
                                   struct dc_err *err)
{
    struct dc_probe_cfg c = dc_probe_cfg_of(s, 0);
    c.model = a->model;
    c.key = a->key;
    c.api = a->api;
    c.system = a->system;
    enum dc_status st = dc_openai_probe(&c, &a->probe, err);
    if (st != DC_BACKEND || c.api == DC_API_CHAT || !is_chat_only(&c))
        return st;
    return dc_err_prefix(err, st,
                         "the server takes chats only, and this judge's "
                         "prompt is none, but raw text for /v1/completions: "
                         "take another server, or the judge llm with a form "
                         "that is a chat");
}

static enum dc_status open_client(struct dc_served_ask *a,
                                  const struct dc_server_cfg *s,
                                  struct dc_err *err)
{
    struct dc_client_cfg c = dc_client_cfg_of(s);
    a->url_list[0] = a->url;
    c.url = a->url_list;
    c.n_url = 1;
    c.api = a->api;
    c.key = a->key;
    c.key_env = a->key_env;
    c.n_max = DC_SERVED_PLACES;
    c.n_slots = a->probe.n_slots;
    c.stream = false;
    c.fails_alone = true;
    return dc_client_create(&c, &a->client, err);
}

/* ---- what it is called ---- */

/* Printable, without spaces; what is cut or replaced is told apart by a hash of
 * the whole. */
static void set_name(struct dc_served_ask *a)
{
    enum { SHOWN = 40, HASH = 8 };
    const struct dc_probe *p = &a->probe;
    const char *state = p->fingerprint ? p->fingerprint : p->server;
    char hash[DC_SHA256_HEX];
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s%s%s", a->model, state ? "@" : "", state ? state : "");
    dc_sha256_hex(b.data, b.n, hash);
    bool whole = b.n <= SHOWN;
    size_t n = whole ? b.n : SHOWN - HASH - 1;
    for (size_t i = 0; i < n; i++) {
        char c = b.data[i];
        bool plain = c > ' ' && c <= '~' && c != ',' && c != '"';
        /* servers put spaces into their names: "vLLM 0.32.0" */
        a->name[i] = plain ? c : '-';
        whole = whole && (plain || c == ' ');
    }
    if (whole)
        a->name[n] = '\0';
    else
        snprintf(a->name + n, sizeof a->name - n, "~%.*s", HASH, hash);
    dc_buf_release(&b);
}

void dc_served_note(struct dc_served_ask *a, const char *text)
{
    dc_buf_addf(&a->note, "%s%s", a->note.n ? "; " : "", text);
    a->base.info.note = a->note.data;
}

static void set_info(struct dc_served_ask *a, bool no_grammar)
{
    bool markers = a->probe.markers != DC_KNOWN_NO;
    set_name(a);
    snprintf(a->how, sizeof a->how, "served%s%s",
             markers ? ", markers read" : "", no_grammar ? ", no grammar" : "");
    if (a->api == DC_API_COMPLETIONS && markers)
        dc_served_note(
            a, "the server tokenises the judge's prompt as a whole: a "
               "marker in a response is read like the prompt's own, and "
               "can end its frame");
    else if (markers)
        dc_served_note(
            a, a->probe.markers == DC_KNOWN_YES
                   ? "the server reads a chat's markers in a user's text: "
                     "a response that holds one can end its frame"
                   : "the server may read a chat's markers in a user's "
                     "text, its probe can't tell: a response that holds "
                     "one could end its frame");
    if (no_grammar)
        dc_served_note(
            a, "the server takes no grammar: a reply that is none of the "
               "answers is undetermined");
    a->base.info.model = a->name;
    a->base.info.how = a->how;
}

enum dc_status dc_served_ask_open(const struct dc_ask_cfg *cfg,
                                  struct dc_ask **out, struct dc_err *err)
{
    const struct dc_server_cfg *s = cfg->server;
    struct dc_served_ask *a = dc_xcalloc(1, sizeof *a);
    bool taken = true;
    a->base.ops = &served_ask_ops;
    a->base.text_max = SIZE_MAX;
    dc_buf_init(&a->note, SIZE_MAX);
    a->url = dc_xstrdup(s->url[0]);
    a->model = dc_xstrdup(cfg->model);
    a->form = dc_xstrdup(cfg->form);
    a->answered = cfg->answered ? dc_xstrdup(cfg->answered) : NULL;
    a->then = cfg->then ? dc_xstrdup(cfg->then) : NULL;
    a->system = cfg->system ? dc_xstrdup(cfg->system) : NULL;
    a->api = cfg->chat ? DC_API_CHAT : DC_API_COMPLETIONS;
    a->max_tokens = cfg->max_tokens;
    enum dc_status st = take_key(a, s, err);
    if (!st)
        st = probe_server(a, s, err);
    if (!st)
        st = open_client(a, s, err);
    if (!st && cfg->grammar)
        st = dc_served_grammar(a, cfg->grammar, &taken, err);
    dc_ask_copy_questions(&a->base, cfg);
    if (!st && a->base.n_question > 0)
        st = dc_served_choose_open(a, err);
    if (!st && a->answered && !a->then)
        st = dc_served_pair_open(a, err);
    if (!st)
        dc_served_score_open(a);
    if (st) {
        close_served(&a->base);
        return st;
    }
    set_info(a, !taken);
    *out = &a->base;
    return DC_OK;
}
