/*
 * template.c - template.h.
 */
#include "chat/template.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/thoughts.h"

#include <stdlib.h>
#include <string.h>

/*
 * Variables that switch thinking in the templates of real models, the first
 * that changes the prompt is taken. A value that is a string has to stand in
 * the template, since many print whatever they are given.
 */
static const struct template_switch {
    const char *key, *off, *on;
} switches[] = {
    {"enable_thinking", "false", "true"},
    {"thinking", "false", "true"},
    {"thinking_mode", "\"disabled\"", "\"enabled\""},
    {"thinking_budget", "0", "-1"},
    {"reasoning", "false", "true"},
    {"reasoning_effort", "\"no_think\"", "\"high\""},
    {"reasoning_effort", "\"minimal\"", "\"high\""},
};

struct dc_template {
    struct dc_arena arena;
    struct dc_jinja *jinja;
    const char *source, *bos, *eos;
    const char *system;       /* that the user gave; NULL: none */
    struct dc_jinja_arg *arg; /* [n_arg], with room for one more */
    size_t n_arg;
    int64_t day;
    struct dc_template_info info;
};

/* ---- rendering ---- */

static const char template_sample[] = "deepconf-sample-message-4f1c";

static enum dc_status template_render(const struct dc_template *t,
                                      const char *system, const char *message,
                                      size_t n, struct dc_jinja_text *out,
                                      struct dc_err *err)
{
    struct dc_jinja_message msg[2];
    size_t n_msg = 0;
    if (system)
        msg[n_msg++] = (struct dc_jinja_message){
            .role = "system",
            .content = system,
            .n = strlen(system),
            .ours = true,
        };
    msg[n_msg++] = (struct dc_jinja_message){
        .role = "user",
        .content = message,
        .n = n,
    };
    const struct dc_jinja_cfg cfg = {
        .msg = msg,
        .n_msg = n_msg,
        .arg = t->arg,
        .n_arg = t->n_arg,
        .bos = t->bos,
        .eos = t->eos,
        .now = t->day,
    };
    return dc_jinja_render(t->jinja, &cfg, out, err);
}

enum dc_status dc_template_render(const struct dc_template *t,
                                  const char *message, size_t n,
                                  struct dc_jinja_text *out, struct dc_err *err)
{
    return template_render(t, t->system, message, n, out, err);
}

/* The prompt of the sample as text in the arena; NULL: the template raises. */
static const char *template_try(struct dc_template *t, const char *system)
{
    struct dc_jinja_text x = {0};
    const char *out = NULL;
    if (!template_render(t, system, template_sample, sizeof template_sample - 1,
                         &x, NULL))
        out = dc_arena_strndup(&t->arena, x.text, x.n);
    dc_jinja_text_release(&x);
    return out;
}

/* The same with one variable more. */
static const char *template_try_arg(struct dc_template *t, const char *key,
                                    const char *json)
{
    t->arg[t->n_arg++] = (struct dc_jinja_arg){key, json};
    const char *out = template_try(t, t->system);
    t->n_arg--;
    return out;
}

/* ---- thinking ---- */

static bool template_is_given(const struct dc_template *t, const char *key)
{
    for (size_t i = 0; i < t->n_arg; i++)
        if (strcmp(t->arg[i].key, key) == 0)
            return true;
    return false;
}

/* Is a value one that the template knows? Strings stand in it, in either kind
 * of quotes. */
static bool template_has_value(const struct dc_template *t, const char *json)
{
    char text[64];
    size_t n = strlen(json);
    if (json[0] != '"' || n + 1 > sizeof text)
        return true;
    memcpy(text, json, n + 1);
    if (strstr(t->source, text))
        return true;
    text[0] = text[n - 1] = '\'';
    return strstr(t->source, text) != NULL;
}

static void template_find_switch(struct dc_template *t)
{
    for (size_t i = 0; i < DC_COUNT(switches); i++) {
        const struct template_switch *s = &switches[i];
        if (template_is_given(t, s->key) || !dc_jinja_reads(t->jinja, s->key) ||
            !template_has_value(t, s->off) || !template_has_value(t, s->on))
            continue;
        const char *off = template_try_arg(t, s->key, s->off);
        const char *on = template_try_arg(t, s->key, s->on);
        if (!off || !on || !strcmp(off, on))
            continue;
        t->info.think_key = s->key;
        t->info.think_off = s->off;
        t->info.think_on = s->on;
        return;
    }
}

/* Does a prompt end within thoughts, or behind the end of some? */
static enum dc_thoughts_end template_end(const char *prompt)
{
    const char *at = prompt ? strstr(prompt, template_sample) : NULL;
    return at ? dc_thoughts_end(at, strlen(at)) : DC_THOUGHTS_NONE;
}

/* A user who sets the switch as a variable has decided. */
static enum dc_status template_by_hand(struct dc_template *t,
                                       enum dc_think want, struct dc_err *err)
{
    for (size_t i = 0; i < DC_COUNT(switches) && want != DC_THINK_AUTO; i++)
        if (template_is_given(t, switches[i].key) &&
            dc_jinja_reads(t->jinja, switches[i].key))
            return dc_fail(err, DC_USAGE,
                           "--think and --template-arg %s both switch "
                           "thinking: give one of them",
                           switches[i].key);
    return DC_OK;
}

static enum dc_status template_set_think(struct dc_template *t,
                                         enum dc_think want, struct dc_err *err)
{
    struct dc_template_info *i = &t->info;
    enum dc_status st = template_by_hand(t, want, err);
    if (st)
        return st;
    template_find_switch(t);
    i->can_think = i->think_key || i->think_open;
    if (want == DC_THINK_ON && !i->can_think)
        return dc_fail(err, DC_USAGE,
                       "--think on: the chat template of this model has no "
                       "tags for thoughts and no switch; leave the option out");
    if (want == DC_THINK_OFF && i->can_think && !i->think_key)
        return dc_fail(err, DC_USAGE,
                       "--think off: the chat template of this model has no "
                       "switch for it; use --think on and a larger "
                       "--max-tokens (`deepconf model show` says what the "
                       "template reads: --template-arg can set it)");
    if (i->think_key)
        t->arg[t->n_arg++] = (struct dc_jinja_arg){
            i->think_key, want == DC_THINK_ON ? i->think_on : i->think_off};
    enum dc_thoughts_end end = template_end(template_try(t, t->system));
    bool on = i->think_key ? want == DC_THINK_ON
                           : i->can_think && end != DC_THOUGHTS_CLOSED;
    i->think = on ? DC_THINK_ON : DC_THINK_OFF;
    i->think_opened = end == DC_THOUGHTS_OPEN;
    return DC_OK;
}

/* ---- the rest of what it does ---- */

/*
 * The text that stands where a system prompt would: the prompts without one and
 * with a known one are alike before and behind it.
 */
static const char *template_default_system(struct dc_template *t)
{
    static const char mark[] = "deepconf-system-prompt-4f1c";
    const char *without = template_try(t, NULL);
    const char *with = template_try(t, mark);
    const char *at = with ? strstr(with, mark) : NULL;
    if (!without || !at)
        return "";
    size_t head = (size_t)(at - with), n = strlen(without);
    size_t tail = strlen(at) - (sizeof mark - 1);
    if (head + tail >= n || memcmp(without, with, head) != 0 ||
        strcmp(without + n - tail, at + sizeof mark - 1) != 0)
        return "";
    return dc_arena_strndup(&t->arena, without + head, n - head - tail);
}

static void template_find_day(struct dc_template *t)
{
    const char *now = template_try(t, t->system);
    t->day += (int64_t)400 * 86400;
    const char *later = template_try(t, t->system);
    t->day -= (int64_t)400 * 86400;
    t->info.reads_day = now && later && strcmp(now, later) != 0;
}

static void template_hash(struct dc_template *t, const char *system)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, "jinja", 6);
    dc_buf_add(&b, t->source, strlen(t->source) + 1);
    dc_buf_adds(&b, system ? "system" : "no system");
    dc_buf_add(&b, system ? system : "", system ? strlen(system) + 1 : 1);
    for (size_t i = 0; i < t->n_arg; i++) {
        dc_buf_add(&b, t->arg[i].key, strlen(t->arg[i].key) + 1);
        dc_buf_add(&b, t->arg[i].json, strlen(t->arg[i].json) + 1);
    }
    dc_sha256_hex(b.data, b.n, t->info.sha256);
    dc_buf_release(&b);
}

/* ---- opening ---- */

static enum dc_status template_set_args(struct dc_template *t,
                                        const struct dc_chat_cfg *cfg,
                                        struct dc_err *err)
{
    t->arg = dc_arena_array(&t->arena, cfg->n_arg + 2, sizeof *t->arg);
    for (size_t i = 0; i < cfg->n_arg; i++) {
        const struct dc_jinja_arg *a = &cfg->arg[i];
        if (!dc_jinja_reads(t->jinja, a->key))
            return dc_fail(err, DC_USAGE,
                           "--template-arg %s: the chat template reads no "
                           "variable of this name",
                           a->key);
        t->arg[t->n_arg++] =
            (struct dc_jinja_arg){dc_arena_strdup(&t->arena, a->key),
                                  dc_arena_strdup(&t->arena, a->json)};
    }
    return DC_OK;
}

/* Can a message be rendered at all, and with the system prompt? */
static enum dc_status template_check(struct dc_template *t, struct dc_err *err)
{
    struct dc_jinja_text x = {0};
    bool has_message = false;
    enum dc_status st = template_render(t, t->system, template_sample,
                                        sizeof template_sample - 1, &x, err);
    for (size_t i = 0; i < x.n_part; i++)
        has_message |= !x.part[i].ours;
    dc_jinja_text_release(&x);
    if (st && t->system && template_try(t, NULL))
        return dc_err_prefix(err, DC_USAGE,
                             "--system: the chat template takes no system "
                             "prompt");
    if (!st && !has_message)
        return dc_fail(err, DC_BACKEND,
                       "the chat template leaves out what the user says");
    return st ? dc_err_prefix(err, DC_BACKEND, "the chat template") : st;
}

static enum dc_status template_set(struct dc_template *t,
                                   const struct dc_chat_cfg *cfg,
                                   struct dc_err *err)
{
    enum dc_status st =
        dc_jinja_parse(t->source, strlen(t->source), &t->jinja, err);
    if (st)
        return dc_err_prefix(err, DC_BACKEND, "the chat template");
    st = template_set_args(t, cfg, err);
    if (st)
        return st;
    dc_thoughts_tags(t->source, strlen(t->source), &t->info.think_open,
                     &t->info.think_close);
    if (cfg->system)
        t->system = dc_arena_strdup(&t->arena, cfg->system);
    st = template_check(t, err);
    if (!st)
        st = template_set_think(t, cfg->think, err);
    if (st)
        return st;
    t->info.system = t->system ? t->system : template_default_system(t);
    template_find_day(t);
    template_hash(t, t->system);
    return DC_OK;
}

enum dc_status dc_template_open(const char *source, const char *bos,
                                const char *eos, const struct dc_chat_cfg *cfg,
                                struct dc_template **out, struct dc_err *err)
{
    struct dc_template *t = dc_xcalloc(1, sizeof *t);
    dc_arena_init(&t->arena);
    t->source = dc_arena_strdup(&t->arena, source);
    t->bos = bos ? dc_arena_strdup(&t->arena, bos) : NULL;
    t->eos = eos ? dc_arena_strdup(&t->arena, eos) : NULL;
    t->day = cfg->day;
    enum dc_status st = template_set(t, cfg, err);
    if (st) {
        dc_template_free(t);
        return st;
    }
    *out = t;
    return DC_OK;
}

void dc_template_free(struct dc_template *t)
{
    if (!t)
        return;
    dc_jinja_free(t->jinja);
    dc_arena_release(&t->arena);
    free(t);
}

const struct dc_template_info *dc_template_info(const struct dc_template *t)
{
    return &t->info;
}
