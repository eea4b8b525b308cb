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
 * Variables that switch thinking in the templates of real models; the first
 * that does so is taken. A value that is a string has to stand in the template,
 * since many print whatever they are given.
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

/* Variables that say whether or how much a model thinks. */
static const char *const steers[] = {
    "enable_thinking",  "thinking",        "thinking_mode",
    "thinking_option",  "reasoning",       "thinking_budget",
    "reasoning_effort", "thinking_effort", "reasoning_strength",
};

/* Other variables that change what a model is told, for a message about a name
 * that is none of a template's. */
static const char *const others[] = {
    "date_string",        "current_date",   "knowledge_cutoff",
    "datetime",           "model_identity", "custom_instructions",
    "custom_tools",       "functions",      "default_system_prompt",
    "developer_preamble",
};

struct dc_template {
    struct dc_arena arena;
    struct dc_jinja *jinja;
    const char *source, *bos, *eos;
    const char *system;       /* that the user gave; NULL: none */
    struct dc_jinja_arg *arg; /* [n_arg], with room for one more */
    size_t n_arg;
    int64_t day;
    enum dc_thoughts_end end; /* how a prompt ends */
    struct dc_template_info info;
};

/* ---- rendering ---- */

static const char template_sample[] = "deepconf-sample-message-4f1c";

/* Behind the system prompt, messages [n], at most 3. */
static enum dc_status template_render_all(const struct dc_template *t,
                                          const char *system,
                                          const struct dc_jinja_message *said,
                                          size_t n, struct dc_jinja_text *out,
                                          struct dc_err *err)
{
    struct dc_jinja_message msg[4];
    size_t n_msg = 0;
    if (system)
        msg[n_msg++] = (struct dc_jinja_message){
            .role = "system",
            .content = system,
            .n = strlen(system),
            .ours = true,
        };
    for (size_t i = 0; i < n; i++)
        msg[n_msg++] = said[i];
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

static enum dc_status template_render(const struct dc_template *t,
                                      const char *system, const char *message,
                                      size_t n, struct dc_jinja_text *out,
                                      struct dc_err *err)
{
    const struct dc_jinja_message said = {
        .role = "user", .content = message, .n = n};
    return template_render_all(t, system, &said, 1, out, err);
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

/* What stands behind the message in the prompt of the sample. */
static const char *template_tail(const char *prompt)
{
    const char *tail = "";
    for (const char *at = prompt; at && (at = strstr(at, template_sample));) {
        at += sizeof template_sample - 1;
        tail = at;
    }
    return tail;
}

static enum dc_thoughts_end template_end(const char *prompt)
{
    const char *tail = template_tail(prompt);
    return dc_thoughts_end(tail, strlen(tail));
}

/* Prompts of the sample; NULL: the template raises, or has no switch. */
struct template_prompts {
    const char *given;    /* with the user's variables alone */
    const char *off, *on; /* with thinking switched besides */
};

/* A user's own value of the variable is left out of account. */
static void template_find_switch(struct dc_template *t,
                                 struct template_prompts *p)
{
    for (size_t i = 0; i < DC_COUNT(switches); i++) {
        const struct template_switch *s = &switches[i];
        if (!dc_jinja_reads(t->jinja, s->key) ||
            !template_has_value(t, s->off) || !template_has_value(t, s->on))
            continue;
        const char *off = template_try_arg(t, s->key, s->off);
        const char *on = template_try_arg(t, s->key, s->on);
        if (!off || !on || !strcmp(off, on) ||
            template_end(off) == DC_THOUGHTS_OPEN ||
            template_end(on) == DC_THOUGHTS_CLOSED)
            continue;
        p->off = off;
        p->on = on;
        t->info.think_key = s->key;
        t->info.think_off = s->off;
        t->info.think_on = s->on;
        return;
    }
}

/* The tags that the end of a prompt has, else those that the template spells.
 */
static void template_find_tags(struct dc_template *t,
                               const struct template_prompts *p)
{
    struct dc_template_info *i = &t->info;
    const char *const tail[] = {template_tail(p->given), template_tail(p->on),
                                template_tail(p->off)};
    for (size_t k = 0; k < DC_COUNT(tail) && !i->think_open; k++)
        dc_thoughts_tags(tail[k], strlen(tail[k]), &i->think_open,
                         &i->think_close);
    if (!i->think_open)
        dc_thoughts_tags(t->source, strlen(t->source), &i->think_open,
                         &i->think_close);
}

/* The names of list that the template reads, appended; false: none. */
static bool template_names(const struct dc_template *t, const char *const *list,
                           size_t n, struct dc_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (!dc_jinja_reads(t->jinja, list[i]))
            continue;
        dc_buf_addf(out, "%s%s", out->n > 0 ? ", " : "", list[i]);
        any = true;
    }
    return any;
}

static enum dc_status template_no_off(const struct dc_template *t,
                                      struct dc_err *err)
{
    struct dc_buf names;
    dc_buf_init(&names, 1000);
    bool any = template_names(t, steers, DC_COUNT(steers), &names);
    dc_fail(err, DC_USAGE,
            "--think off: the chat template of this model has no switch for "
            "it; use --think on and a larger --max-tokens%s%s%s",
            any ? " (it reads " : "", any ? names.data : "",
            any ? ", which --template-arg sets: a low value makes thoughts "
                  "short)"
                : "");
    dc_buf_release(&names);
    return DC_USAGE;
}

/* May thinking be switched as the user wants? */
static enum dc_status template_check_think(const struct dc_template *t,
                                           enum dc_think want,
                                           struct dc_err *err)
{
    const struct dc_template_info *i = &t->info;
    if (want != DC_THINK_AUTO && i->think_key &&
        template_is_given(t, i->think_key))
        return dc_fail(err, DC_USAGE,
                       "--think and --template-arg %s both switch thinking: "
                       "give one of them",
                       i->think_key);
    if (want == DC_THINK_ON && !i->can_think)
        return dc_fail(err, DC_USAGE,
                       "--think on: the chat template of this model has no "
                       "tags for thoughts and no switch; leave the option out");
    if (want == DC_THINK_OFF && i->can_think && !i->think_key &&
        t->end != DC_THOUGHTS_CLOSED)
        return template_no_off(t, err);
    return DC_OK;
}

/*
 * Auto is off where there is a switch: refusals are judged behind the thoughts,
 * which cost many tokens. A user who sets a variable that steers thinking has
 * decided.
 */
static enum dc_status template_set_think(struct dc_template *t,
                                         enum dc_think want, struct dc_err *err)
{
    struct dc_template_info *i = &t->info;
    struct template_prompts p = {.given = template_try(t, t->system)};
    bool by_hand = false;
    template_find_switch(t, &p);
    template_find_tags(t, &p);
    i->can_think = i->think_key || i->think_open;
    t->end = template_end(p.given);
    enum dc_status st = template_check_think(t, want, err);
    if (st)
        return st;
    for (size_t k = 0; k < DC_COUNT(steers) && want == DC_THINK_AUTO; k++)
        by_hand |= template_is_given(t, steers[k]);
    const char *prompt = p.given;
    if (i->think_key && !by_hand) {
        bool wants_on = want == DC_THINK_ON;
        t->arg[t->n_arg++] = (struct dc_jinja_arg){
            i->think_key, wants_on ? i->think_on : i->think_off};
        prompt = wants_on ? p.on : p.off;
    }
    t->end = template_end(prompt);
    bool on = t->end == DC_THOUGHTS_OPEN ||
              (t->end == DC_THOUGHTS_NONE && i->can_think &&
               !(prompt && p.off && strcmp(prompt, p.off) == 0));
    i->think = on ? DC_THINK_ON : DC_THINK_OFF;
    i->think_opened = t->end == DC_THOUGHTS_OPEN;
    if (want == DC_THINK_ON && !on)
        return dc_fail(err, DC_USAGE,
                       "--think on: the prompt switches thinking off all the "
                       "same: does the system prompt say so (/no_think)?");
    return DC_OK;
}

/*
 * A few templates look for a switch in the message itself ("/no_think"). Such a
 * message would get another chat than all others.
 */
static bool template_ends_as_ever(const struct dc_template *t,
                                  const struct dc_jinja_text *x)
{
    for (size_t i = x->n_part; i-- > 0;) {
        if (x->part[i].ours)
            continue;
        const char *tail = x->part[i].text + x->part[i].n;
        return dc_thoughts_end(tail, (size_t)(x->text + x->n - tail)) == t->end;
    }
    return true; /* an empty message stands nowhere */
}

enum dc_status dc_template_render(const struct dc_template *t,
                                  const char *message, size_t n,
                                  struct dc_jinja_text *out, struct dc_err *err)
{
    enum dc_status st = template_render(t, t->system, message, n, out, err);
    if (st || template_ends_as_ever(t, out))
        return st;
    dc_jinja_text_release(out);
    return dc_fail(err, DC_DATA,
                   "the message holds words that switch thinking in this chat "
                   "template (such as /think or /no_think), so that its prompt "
                   "would end unlike all others; leave the message out");
}

enum dc_status dc_template_render_turns(const struct dc_template *t,
                                        const struct dc_chat_turns *turns,
                                        struct dc_jinja_text *out,
                                        struct dc_err *err)
{
    const char *const said[] = {turns->user, turns->assistant,
                                turns->user_again};
    struct dc_jinja_message msg[DC_COUNT(said)];
    size_t n = 0;
    for (size_t i = 0; i < DC_COUNT(said) && said[i]; i++)
        msg[n++] = (struct dc_jinja_message){
            .role = i == 1 ? "assistant" : "user",
            .content = said[i],
            .n = strlen(said[i]),
            .ours = true,
        };
    return template_render_all(t, t->system, msg, n, out, err);
}

/* ---- the rest of what it does ---- */

static const char template_system[] = "deepconf-system-prompt-4f1c";

/* Bytes that a [n] and b [m] end with alike. */
static size_t template_common_end(const char *a, size_t n, const char *b,
                                  size_t m)
{
    size_t k = 0;
    while (k < n && k < m && a[n - 1 - k] == b[m - 1 - k])
        k++;
    return k;
}

/* The first place of key [n_key > 0] in s [n]; NULL: it isn't there. */
static const char *template_find(const char *s, size_t n, const char *key,
                                 size_t n_key)
{
    for (; n >= n_key; s++, n--)
        if (memcmp(s, key, n_key) == 0)
            return s;
    return NULL;
}

/*
 * The text that stands where a system prompt would: the prompts without one and
 * with a known one are alike before it, and go on alike behind it.
 */
static const char *template_default_system(struct dc_template *t)
{
    const char *without = template_try(t, NULL);
    const char *with = template_try(t, template_system);
    const char *at = with ? strstr(with, template_system) : NULL;
    size_t head = at ? (size_t)(at - with) : 0;
    if (!without || !at || strncmp(without, with, head) != 0)
        return "";
    const char *behind = at + sizeof template_system - 1;
    without += head;
    size_t n = strlen(without), m = strlen(behind);
    size_t tail = template_common_end(without, n, behind, m);
    if (tail == m)
        return dc_arena_strndup(&t->arena, without, n - tail);
    const char *end = template_find(without, n - tail, behind, m - tail);
    return end ? dc_arena_strndup(&t->arena, without, (size_t)(end - without))
               : "";
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

static enum dc_status template_no_arg(const struct dc_template *t,
                                      const char *key, struct dc_err *err)
{
    struct dc_buf names;
    dc_buf_init(&names, 1000);
    bool some = template_names(t, steers, DC_COUNT(steers), &names);
    bool more = template_names(t, others, DC_COUNT(others), &names);
    dc_fail(err, DC_USAGE,
            "--template-arg %.100s: the chat template reads no variable of "
            "this name; %s%s",
            key,
            some || more ? "it reads " : "it reads none that deepconf knows",
            some || more ? names.data : "");
    dc_buf_release(&names);
    return DC_USAGE;
}

static enum dc_status template_set_args(struct dc_template *t,
                                        const struct dc_chat_cfg *cfg,
                                        struct dc_err *err)
{
    t->arg = dc_arena_array(&t->arena, cfg->n_arg + 2, sizeof *t->arg);
    for (size_t i = 0; i < cfg->n_arg; i++) {
        const struct dc_jinja_arg *a = &cfg->arg[i];
        if (!dc_jinja_reads(t->jinja, a->key))
            return template_no_arg(t, a->key, err);
        t->arg[t->n_arg++] =
            (struct dc_jinja_arg){dc_arena_strdup(&t->arena, a->key),
                                  dc_arena_strdup(&t->arena, a->json)};
    }
    return DC_OK;
}

/* Is there room for the user's system prompt? What the template says against it
 * is in err already, if it raises. */
static enum dc_status template_check_system(struct dc_template *t, bool raised,
                                            struct dc_err *err)
{
    if (raised)
        return dc_err_prefix(err, DC_USAGE,
                             "--system: the chat template takes no system "
                             "prompt");
    const char *with = template_try(t, template_system);
    if (with && !strstr(with, template_system))
        return dc_fail(err, DC_USAGE,
                       "--system: the chat template leaves a system prompt "
                       "out; leave the option out, or put its text into the "
                       "prompts");
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
    if (t->system && (!st || template_try(t, NULL))) {
        st = template_check_system(t, st != DC_OK, err);
        if (st)
            return st;
    }
    if (st)
        return dc_err_prefix(err, DC_BACKEND, "the chat template");
    if (!has_message)
        return dc_fail(err, DC_BACKEND,
                       "the chat template leaves out what the user says");
    return DC_OK;
}

/* All but the parsing. */
static enum dc_status template_settle(struct dc_template *t,
                                      const struct dc_chat_cfg *cfg,
                                      struct dc_err *err)
{
    enum dc_status st = template_set_args(t, cfg, err);
    if (st)
        return st;
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

struct template_work {
    struct dc_template *t;
    const struct dc_chat_cfg *cfg;
};

static void template_try_settle(void *arg)
{
    struct template_work *w = arg;
    template_settle(w->t, w->cfg, NULL);
}

/* A template may behave until it is rendered with the settings at hand: a child
 * goes first. */
static enum dc_status template_set(struct dc_template *t,
                                   const struct dc_chat_cfg *cfg,
                                   struct dc_err *err)
{
    struct template_work w = {t, cfg};
    enum dc_status st =
        dc_jinja_parse(t->source, strlen(t->source), &t->jinja, err);
    if (!st)
        st = dc_jinja_try(template_try_settle, &w, err);
    if (st)
        return dc_err_prefix(err, DC_BACKEND, "the chat template");
    return template_settle(t, cfg, err);
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
