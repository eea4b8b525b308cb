/*
 * template_render.c - render chat templates for their test
 * (tests/templates/templates_test.py): template_render <REQUESTS >REPLIES
 *
 * REQUESTS is an array of JSON objects: "file" of a template, "message",
 * "system" (or null), "args" (an object), "think" ("auto", "off", "on"; null:
 * the engine alone, without what template.c knows) and "day" (seconds). A reply
 * has "status" ("ok", "usage", "data", "backend"), "said" or else "parts", an
 * array of [text, is ours], and "info" unless "think" is null.
 */
#include "base/buf.h"
#include "base/file_in.h"
#include "base/json.h"
#include "base/mem.h"
#include "chat/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands in a prompt for the two tokens. */
#define BOS "{BOS}"
#define EOS "{EOS}"

static const char *text_of(const json_t *request, const char *key)
{
    return json_string_value(json_object_get(request, key));
}

static const char *status_word(enum dc_status st)
{
    switch (st) {
    case DC_OK:
        return "ok";
    case DC_USAGE:
        return "usage";
    case DC_DATA:
        return "data";
    case DC_BACKEND:
        return "backend";
    default:
        return "other";
    }
}

static json_t *info_json(const struct dc_template_info *i)
{
    json_t *o = json_object();
    dc_json_put(o, "system", dc_json_text(i->system));
    dc_json_put(o, "can_think", json_boolean(i->can_think));
    dc_json_put(o, "think", json_boolean(i->think == DC_THINK_ON));
    dc_json_put(o, "think_opened", json_boolean(i->think_opened));
    dc_json_put(o, "reads_day", json_boolean(i->reads_day));
    dc_json_put(o, "key", dc_json_text(i->think_key));
    dc_json_put(o, "off", dc_json_text(i->think_off));
    dc_json_put(o, "on", dc_json_text(i->think_on));
    dc_json_put(o, "open", dc_json_text(i->think_open));
    dc_json_put(o, "close", dc_json_text(i->think_close));
    return o;
}

static json_t *parts_json(const struct dc_jinja_text *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->n_part; i++) {
        json_t *pair = json_array();
        json_array_append_new(pair,
                              json_stringn(x->part[i].text, x->part[i].n));
        json_array_append_new(pair, json_boolean(x->part[i].ours));
        json_array_append_new(list, pair);
    }
    return list;
}

/* The arguments of a request; *arg [result], freed by free_args(). */
static size_t read_args(json_t *request, struct dc_jinja_arg **arg)
{
    json_t *args = json_object_get(request, "args"), *value;
    const char *key;
    size_t n = 0;
    *arg = dc_xcalloc(json_object_size(args) + 1, sizeof **arg);
    json_object_foreach(args, key, value)
    {
        (*arg)[n++] = (struct dc_jinja_arg){
            key, json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)};
    }
    return n;
}

static void free_args(struct dc_jinja_arg *arg, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)arg[i].json);
    free(arg);
}

/* By the engine alone. */
static enum dc_status render_bare(const char *source, const json_t *request,
                                  const struct dc_chat_cfg *cfg,
                                  struct dc_jinja_text *out, struct dc_err *err)
{
    const char *said = text_of(request, "message");
    struct dc_jinja_message msg[2] = {{0}};
    struct dc_jinja *t = NULL;
    size_t n = 0;
    if (cfg->system)
        msg[n++] = (struct dc_jinja_message){"system", cfg->system,
                                             strlen(cfg->system), true};
    msg[n++] = (struct dc_jinja_message){"user", said, strlen(said), false};
    const struct dc_jinja_cfg in = {.msg = msg,
                                    .n_msg = n,
                                    .arg = cfg->arg,
                                    .n_arg = cfg->n_arg,
                                    .bos = BOS,
                                    .eos = EOS,
                                    .now = cfg->day};
    enum dc_status st = dc_jinja_parse(source, strlen(source), &t, err);
    if (!st)
        st = dc_jinja_render(t, &in, out, err);
    dc_jinja_free(t);
    return st;
}

static enum dc_status render(const char *source, const json_t *request,
                             const struct dc_chat_cfg *cfg, json_t *reply,
                             struct dc_err *err)
{
    const char *said = text_of(request, "message");
    struct dc_jinja_text x = {0};
    struct dc_template *t = NULL;
    enum dc_status st;
    if (!text_of(request, "think")) {
        st = render_bare(source, request, cfg, &x, err);
    } else {
        st = dc_template_open(source, BOS, EOS, cfg, &t, err);
        if (!st) {
            dc_json_put(reply, "info", info_json(dc_template_info(t)));
            st = dc_template_render(t, said, strlen(said), &x, err);
        }
    }
    if (!st)
        dc_json_put(reply, "parts", parts_json(&x));
    dc_jinja_text_release(&x);
    dc_template_free(t);
    return st;
}

static json_t *answer(json_t *request)
{
    const char *think = text_of(request, "think");
    struct dc_jinja_arg *arg;
    size_t n_arg = read_args(request, &arg);
    struct dc_err err = {0};
    struct dc_buf source;
    json_t *reply = json_object();
    struct dc_chat_cfg cfg = {
        .system = text_of(request, "system"),
        .think = think && !strcmp(think, "on")    ? DC_THINK_ON
                 : think && !strcmp(think, "off") ? DC_THINK_OFF
                                                  : DC_THINK_AUTO,
        .n_arg = n_arg,
        .arg = arg,
        .day = json_integer_value(json_object_get(request, "day")),
    };
    dc_buf_init(&source, SIZE_MAX);
    enum dc_status st =
        dc_file_text(text_of(request, "file"), "a template", &source, &err);
    if (!st)
        st = render(source.data, request, &cfg, reply, &err);
    dc_json_put(reply, "status", json_string(status_word(st)));
    if (st)
        dc_json_put(reply, "said", dc_json_text(err.msg));
    free_args(arg, n_arg);
    dc_buf_release(&source);
    return reply;
}

int main(void)
{
    if (!dc_jinja_available()) {
        puts("SKIP: built without the engine of chat templates");
        return 77;
    }
    json_t *request, *list = json_loadf(stdin, 0, NULL), *out = json_array();
    size_t i;
    json_array_foreach(list, i, request)
    {
        json_array_append_new(out, answer(request));
    }
    json_dumpf(out, stdout, JSON_INDENT(1));
    json_decref(out);
    json_decref(list);
    return fflush(stdout) ? 1 : 0;
}
