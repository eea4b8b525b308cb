/*
 * chat_opts.c - chat_opts.h.
 */
#include "cli/chat_opts.h"

#include "base/buf.h"
#include "base/file_in.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEMPLATE_MAX = 4 << 20 };

struct dc_chat_opts dc_chat_opts_default(void)
{
    return (struct dc_chat_opts){.think = "auto"};
}

static enum dc_status chat_think(const char *name, enum dc_think *out,
                                 struct dc_err *err)
{
    static const char *const word[] = {
        [DC_THINK_AUTO] = "auto",
        [DC_THINK_OFF] = "off",
        [DC_THINK_ON] = "on",
    };
    for (size_t i = 0; i < DC_COUNT(word); i++) {
        if (strcmp(name, word[i]) == 0) {
            *out = (enum dc_think)i;
            return DC_OK;
        }
    }
    return dc_fail(err, DC_USAGE, "--think %.60s: expected auto, off or on",
                   name);
}

/* Does s look like a path rather than a name? */
static bool chat_is_path(const char *s)
{
    static const char ending[] = ".jinja";
    size_t n = strlen(s), m = sizeof ending - 1;
    return strchr(s, '/') || (n >= m && strcmp(s + n - m, ending) == 0) ||
           access(s, F_OK) == 0;
}

static enum dc_status chat_template(const char *given, struct dc_arena *arena,
                                    struct dc_chat_cfg *out, struct dc_err *err)
{
    static const char bom[] = "\xEF\xBB\xBF"; /* editors put it there */
    struct dc_buf text;
    if (!given)
        return DC_OK;
    if (!chat_is_path(given)) {
        out->name = given;
        return DC_OK;
    }
    dc_buf_init(&text, TEMPLATE_MAX);
    enum dc_status st =
        dc_file_text(given, "a chat template in Jinja", &text, err);
    if (!st)
        out->source = dc_arena_strdup(
            arena, text.data + (strncmp(text.data, bom, 3) == 0 ? 3 : 0));
    dc_buf_release(&text);
    return st ? dc_err_prefix(err, st, "--chat-template %.500s", given) : st;
}

/* ---- --template-arg ---- */

static bool chat_is_key(const char *s, size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return n > 0 && n < 100 && strspn(s, letters) >= n &&
           (*s < '0' || *s > '9');
}

/* A value that is JSON, or one of Python's words for such a value, stands for
 * itself, any other for a string. */
static const char *chat_value(const char *s, struct dc_arena *arena)
{
    static const char *const python[] = {"True",  "true", "False",
                                         "false", "None", "null"};
    for (size_t i = 0; i < DC_COUNT(python); i += 2)
        if (strcmp(s, python[i]) == 0)
            return python[i + 1];
    json_t *v = json_loads(s, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!v)
        v = dc_json_text(s);
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *out = dc_arena_strdup(arena, text ? text : "null");
    free(text);
    json_decref(v);
    return out;
}

static enum dc_status chat_arg(const char *item, struct dc_arena *arena,
                               struct dc_jinja_arg *out, struct dc_err *err)
{
    static const char *const ours[] = {"messages", "add_generation_prompt",
                                       "bos_token", "eos_token"};
    const char *eq = strchr(item, '=');
    size_t n = eq ? (size_t)(eq - item) : 0;
    if (!chat_is_key(item, n))
        return dc_fail(err, DC_USAGE,
                       "--template-arg %.60s: expected KEY=VALUE, as in "
                       "enable_thinking=false",
                       item);
    out->key = dc_arena_strndup(arena, item, n);
    for (size_t i = 0; i < DC_COUNT(ours); i++)
        if (strcmp(out->key, ours[i]) == 0)
            return dc_fail(err, DC_USAGE,
                           "--template-arg %s: deepconf sets this one itself",
                           out->key);
    out->json = chat_value(eq + 1, arena);
    return DC_OK;
}

static enum dc_status chat_args(const struct dc_opt_list *list,
                                struct dc_arena *arena, struct dc_chat_cfg *out,
                                struct dc_err *err)
{
    struct dc_jinja_arg *arg = dc_arena_array(arena, list->n + 1, sizeof *arg);
    for (size_t i = 0; i < list->n; i++) {
        struct dc_jinja_arg *a = &arg[out->n_arg];
        enum dc_status st = chat_arg(list->item[i], arena, a, err);
        if (st)
            return st;
        for (size_t k = 0; k < out->n_arg; k++)
            if (strcmp(arg[k].key, a->key) == 0)
                return dc_fail(err, DC_USAGE,
                               "--template-arg %s is given twice", a->key);
        if (strcmp(a->key, "date") != 0) {
            out->n_arg++;
            continue;
        }
        if (out->day_given ||
            !dc_chat_day_parse(strchr(list->item[i], '=') + 1, &out->day))
            return dc_fail(err, DC_USAGE,
                           "--template-arg %.60s: expected one day since 1970, "
                           "as in date=2026-11-30",
                           list->item[i]);
        out->day_given = true;
    }
    out->arg = arg;
    return DC_OK;
}

enum dc_status dc_chat_text_check(const char *option, const char *text,
                                  struct dc_err *err)
{
    size_t bad;
    if (!text || dc_utf8_valid(text, strlen(text), &bad))
        return DC_OK;
    return dc_fail(err, DC_USAGE, "%s: expected UTF-8, but byte %zu is not",
                   option, bad + 1);
}

enum dc_status dc_chat_opts_make(const struct dc_chat_opts *o,
                                 struct dc_arena *arena,
                                 struct dc_chat_cfg *out, struct dc_err *err)
{
    *out = (struct dc_chat_cfg){.system = o->system, .day = dc_chat_today()};
    enum dc_status st = dc_chat_text_check("--system", o->system, err);
    for (size_t i = 0; i < o->template_arg.n && !st; i++)
        st = dc_chat_text_check("--template-arg", o->template_arg.item[i], err);
    if (!st)
        st = chat_think(o->think, &out->think, err);
    if (!st)
        st = chat_template(o->chat_template, arena, out, err);
    if (!st)
        st = chat_args(&o->template_arg, arena, out, err);
    return st;
}

const char *dc_chat_args_json(const struct dc_chat_cfg *c,
                              struct dc_arena *arena)
{
    if (c->n_arg == 0)
        return "";
    json_t *o = json_object();
    for (size_t i = 0; i < c->n_arg; i++)
        dc_json_put(
            o, c->arg[i].key,
            json_loads(c->arg[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    const char *out = dc_arena_strdup(arena, text);
    free(text);
    json_decref(o);
    return out;
}
