/*
 * lm_eval_doc.c - the shapes in which lm-evaluation-harness has written
 * requests and responses over its versions (lm_eval_doc.h).
 *
 *   "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": options}, ...}
 *   "arguments": [[prompt, options], ...]              (older versions)
 *   "resps": [[response, ...], ...]                    a list for each request
 *
 * Where a model is behind a chat interface, the prompt is a list with one text,
 * which is the messages as JSON.
 */
#include "exchange/lm_eval_doc.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REQUESTS = 1 << 12 };

/* ---- requests ---- */

static const json_t *request_at(const json_t *arguments, size_t i)
{
    char key[32];
    if (json_is_array(arguments))
        return json_array_get(arguments, i);
    snprintf(key, sizeof key, "gen_args_%zu", i);
    return json_object_get(arguments, key);
}

/* Argument k of request i: 0 the prompt, 1 the options. */
static const json_t *argument(const struct dc_lm_doc *d, size_t i, size_t k)
{
    const json_t *r = request_at(json_object_get(d->o, "arguments"), i);
    if (json_is_array(r))
        return json_array_get(r, k);
    return json_object_get(r, k ? "arg_1" : "arg_0");
}

enum dc_status dc_lm_doc(struct dc_lm_doc *d, const char *where,
                         struct dc_err *err)
{
    const json_t *arguments = json_object_get(d->o, "arguments");
    const json_t *resps = json_object_get(d->o, "resps");
    d->doc = json_object_get(d->o, "doc");
    if (!json_is_object(d->doc))
        d->doc = NULL;
    while (request_at(arguments, d->n_request))
        d->n_request++;
    if ((d->doc || d->n_request > 0) &&
        (json_is_array(resps) || json_is_null(resps)))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%s: expected a sample of lm-evaluation-harness with "
                   "\"doc\" and \"resps\": [[text, ...]] (a file "
                   "samples_TASK_DATE.jsonl, written with --log_samples)",
                   where);
}

void dc_lm_sampling(struct dc_import *in, const struct dc_lm_doc *d)
{
    static const char *const key[][2] = {
        {"sampling.temperature", "temperature"},
        {"sampling.top_p", "top_p"},
        {"sampling.top_k", "top_k"},
        {"sampling.min_p", "min_p"},
        {"sampling.max_tokens", "max_gen_toks"},
        {"run.seed", "seed"},
    };
    for (size_t r = 0; r < d->n_request; r++) {
        const json_t *kw = argument(d, r, 1);
        for (size_t i = 0; i < DC_COUNT(key); i++)
            dc_import_know_json(in, key[i][0], json_object_get(kw, key[i][1]));
        if (json_is_false(json_object_get(kw, "do_sample")) &&
            !json_object_get(kw, "temperature"))
            dc_import_know(in, "sampling.temperature", "0");
    }
}

/* ---- prompts ---- */

static bool is_chat(const json_t *v)
{
    return json_array_size(v) > 0 &&
           json_object_get(json_array_get(v, 0), "role");
}

/* The messages that a text holds as JSON; NULL: it is a text. */
static json_t *chat_in(const json_t *text)
{
    const char *s = json_string_value(text);
    if (!s || s[strspn(s, " \n")] != '[' || !strstr(s, "\"role\""))
        return NULL;
    json_t *v =
        dc_json_loadb(s, json_string_length(text), JSON_ALLOW_NUL, NULL);
    if (v && !is_chat(v)) {
        json_decref(v);
        v = NULL;
    }
    return v;
}

/* New reference; NULL: it is neither a text nor messages. */
static json_t *prompt_of(struct dc_import *in, const json_t *v)
{
    if (json_array_size(v) == 1 && json_is_string(json_array_get(v, 0)))
        v = json_array_get(v, 0);
    if (is_chat(v))
        return dc_import_chat(in, v);
    json_t *chat = chat_in(v);
    if (!chat)
        return json_is_string(v) ? json_incref((json_t *)v) : NULL;
    json_t *out = dc_import_chat(in, chat);
    json_decref(chat);
    return out;
}

static enum dc_status no_prompt(const json_t *v, const char *where,
                                struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%s: the request is %s; --field prompt=KEY names a key of "
                   "the doc that has the prompt",
                   where,
                   !v || json_is_null(v) ? "not there"
                   : json_is_array(v)    ? "a list, but not of messages"
                                         : "no text");
}

/* ---- responses ---- */

static bool is_number(const json_t *v, double *x)
{
    const char *s = json_string_value(v);
    char *end;
    *x = json_number_value(v);
    if (!s)
        return json_is_number(v);
    if (!*s || isspace((unsigned char)*s))
        return false;
    *x = strtod(s, &end);
    return !*end;
}

static bool is_truth(const json_t *v)
{
    const char *s = json_string_value(v);
    return json_is_boolean(v) ||
           (s && (!strcmp(s, "True") || !strcmp(s, "False")));
}

/* A log-likelihood: a number, or with whether it was the likeliest. As text,
 * which the harness makes of it, it can be told from a model's words by the
 * options that a request to generate has, and one to score a text lacks. */
static bool is_score(const json_t *v, bool options)
{
    double x;
    if (options)
        return json_is_number(v);
    if (json_array_size(v) == 2 && is_truth(json_array_get(v, 1)))
        return is_number(json_array_get(v, 0), &x);
    if (!is_number(v, &x))
        return false;
    return json_is_number(v) || !(x > 0);
}

struct taking {
    struct dc_import *in;
    const char *where;
    struct dc_lm_request *to;
    bool options;
};

static void add(struct dc_lm_request *r, const json_t *v)
{
    if (r->n == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 8;
        r->response = dc_xrealloc(r->response, r->cap, sizeof *r->response);
    }
    r->response[r->n++] = v;
}

static bool is_none(struct dc_import *in, const json_t *v)
{
    const char *s = json_string_value(v);
    if (v && !json_is_null(v) && !(s && !strcmp(s, "None")))
        return false;
    dc_import_note(
        in, s ? "responses that are \"None\", as the harness writes null: "
                "counted as failed"
              : "responses that are null: counted as failed");
    return true;
}

/* A response, or a list of them, at any depth. */
static enum dc_status take(const struct taking *t, const json_t *v, int depth,
                           struct dc_err *err)
{
    enum dc_status st = DC_OK;
    size_t i;
    json_t *x;
    if (is_score(v, t->options))
        return dc_fail(err, DC_DATA,
                       "%s: response %zu is no text; expected generated "
                       "texts (output_type generate_until), got what "
                       "looks like log-likelihoods of given answers, "
                       "which are no responses to judge",
                       t->where, t->to->n);
    if (json_is_array(v) && depth < 3) {
        json_array_foreach((json_t *)v, i, x)
        {
            st = st ? st : take(t, x, depth + 1, err);
        }
        return st;
    }
    if (is_none(t->in, v))
        v = NULL;
    else if (!json_is_string(v))
        return dc_fail(err, DC_DATA,
                       "%s: response %zu is no text, and not null", t->where,
                       t->to->n);
    add(t->to, v);
    return DC_OK;
}

/* ---- the whole ---- */

/* The prompt that is the same as p, or p as a new one; p is taken. */
static struct dc_lm_request *with(struct dc_lm_request *list, size_t *n,
                                  json_t *p)
{
    for (size_t i = 0; i < *n; i++)
        if (json_equal(list[i].prompt, p)) {
            json_decref(p);
            return &list[i];
        }
    list[*n] = (struct dc_lm_request){.prompt = p};
    return &list[(*n)++];
}

enum dc_status dc_lm_requests(struct dc_import *in, const struct dc_lm_doc *d,
                              const char *where, struct dc_lm_request **out,
                              size_t *n, struct dc_err *err)
{
    const json_t *resps = json_object_get(d->o, "resps");
    size_t n_list = json_array_size(resps);
    bool flat = n_list > 0 && !json_is_array(json_array_get(resps, 0));
    size_t n_ask = d->n_request ? d->n_request : 1;
    enum dc_status st = DC_OK;
    *n = 0;
    *out = dc_xcalloc(n_ask, sizeof **out);
    if (n_ask > MAX_REQUESTS)
        return dc_fail(err, DC_DATA,
                       "%s: the doc has %zu requests, expected at most %d",
                       where, n_ask, MAX_REQUESTS);
    if (!flat && n_list > n_ask && n_ask > 1)
        return dc_fail(err, DC_DATA,
                       "%s: there are %zu requests, and responses to %zu",
                       where, n_ask, n_list);
    for (size_t i = 0; i < n_ask && !st; i++) {
        const json_t *ask = d->prompt ? d->prompt : argument(d, i, 0);
        const json_t *how = argument(d, i, 1);
        json_t *p = prompt_of(in, ask);
        if (!p)
            return no_prompt(ask, where, err);
        struct taking t = {in, where, with(*out, n, p),
                           json_is_object(how) || json_is_array(how)};
        if (n_ask == 1)
            st = n_list > 0 ? take(&t, resps, 0, err) : DC_OK;
        else
            st = take(&t, json_array_get(resps, i), flat ? 0 : 1, err);
    }
    return st;
}

void dc_lm_requests_free(struct dc_lm_request *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_decref(r[i].prompt);
        free(r[i].response);
    }
    free(r);
}
