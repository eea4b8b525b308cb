/*
 * model_view.c - a model and its chat, as text and as JSON.
 *
 * The prompt is shown from its tokens, not from the rendered text: what a token
 * was made of is what the model sees. Everything in a model file may be
 * hostile.
 */
#include "cli/model_view.h"

#include "base/json.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "infer/llama_show.h"
#include "infer/models.h"

#include <string.h>

/* ---- text ---- */

static void view_row(struct dc_doc *d, const char *key, const char *value)
{
    enum { MOST_LINES = 8 };
    if (value && *value)
        dc_doc_passage(d, &(struct dc_doc_passage){
                              .name = key,
                              .text = value,
                              .n = strlen(value),
                              .max_lines = MOST_LINES,
                              .more = "(more of it in the prompt below)",
                          });
}

static void view_count(struct dc_doc *d, const char *key, uint64_t n,
                       const char *unit)
{
    char count[DC_GROUPED];
    if (n > 0)
        dc_doc_itemf(d, key, "%s %s", dc_grouped(n, count), unit);
}

static void view_marker(struct dc_cli *cli, const struct dc_show_token *t)
{
    bool colour = cli->to.colour;
    dc_buf_adds(&cli->out, colour ? "\x1b[7m" : "[");
    dc_utf8_display(&cli->out, t->text, t->n, SIZE_MAX);
    dc_buf_adds(&cli->out, colour ? "\x1b[0m" : "]");
}

/* Text of several lines; other control characters are shown, not sent. */
static void view_text(struct dc_cli *cli, const char *s, size_t n)
{
    for (const char *end; n > 0; s = end) {
        const char *line = memchr(s, '\n', n);
        size_t len = line ? (size_t)(line - s) : n;
        dc_utf8_display(&cli->out, s, len, SIZE_MAX);
        if (line)
            dc_buf_addc(&cli->out, '\n');
        end = s + len + (line != NULL);
        n -= len + (line != NULL);
    }
}

static void view_prompt(struct dc_cli *cli, const struct dc_model_show *s)
{
    struct dc_buf run;
    dc_buf_init(&run, SIZE_MAX);
    dc_buf_addf(&cli->out,
                "\nThe prompt, %zu token%s; those that are no text "
                "stand %s:\n\n",
                s->n_token, dc_plural(s->n_token),
                cli->to.colour ? "reversed" : "in [brackets]");
    for (size_t i = 0; i < s->n_token; i++) {
        const struct dc_show_token *t = &s->token[i];
        if (!t->marker) {
            dc_buf_add(&run, t->text, t->n);
            continue;
        }
        view_text(cli, run.data, run.n);
        dc_buf_clear(&run);
        view_marker(cli, t);
    }
    view_text(cli, run.data, run.n);
    dc_buf_adds(&cli->out, "\n");
    dc_buf_release(&run);
}

static void view_stops(struct dc_doc *d, const struct dc_model_show *s)
{
    struct dc_buf list;
    dc_buf_init(&list, SIZE_MAX);
    for (size_t i = 0; i < s->n_stop; i++) {
        dc_buf_adds(&list, i > 0 ? " [" : "[");
        dc_utf8_sanitize(&list, s->stop[i].text, s->stop[i].n);
        dc_buf_adds(&list, "]");
    }
    if (s->n_stop == 0)
        dc_buf_adds(&list, "no token that the file names");
    view_row(d, "ends with", list.data);
    dc_buf_release(&list);
}

/* Whether it thinks, between which tags, and what switches it. */
static void view_thinking(struct dc_doc *d, const struct dc_model_show *s)
{
    const struct dc_backend_info *c = &s->chat;
    const struct dc_template_info *t = s->tmpl;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (!c->can_think)
        dc_buf_adds(&b, "no tags for it in the template");
    else
        dc_buf_adds(&b, c->think == DC_THINK_OFF ? "off"
                        : c->think_opened ? "on; the prompt opens the thoughts"
                                          : "on");
    if (t && t->think_open)
        dc_buf_addf(&b, "; thoughts stand between %s and %s", t->think_open,
                    t->think_close);
    if (t && t->think_key)
        dc_buf_addf(&b, "; --think on sets %s to %s, off to %s", t->think_key,
                    t->think_on, t->think_off);
    view_row(d, "thinking", b.data);
    dc_buf_release(&b);
}

static void view_as_text(struct dc_cli *cli, const struct dc_model_view *v,
                         const struct dc_model_show *s)
{
    const struct dc_model_facts *f = &s->facts;
    const struct dc_backend_info *c = &s->chat;
    struct dc_doc *d = cli->doc;
    dc_doc_say(d, "%s", dc_doc_code(d, v->named));
    view_row(d, "model", s->desc);
    view_row(d, "name", f->name);
    view_row(d, "licence", f->licence[0] ? f->licence : "not in the file");
    view_count(d, "size", (f->n_bytes + 500000) / 1000000, "MB of weights");
    view_count(d, "context", f->n_ctx, "tokens");
    view_count(d, "vocabulary", f->n_vocab, "tokens");
    view_stops(d, s);
    dc_doc_heading(d, "Chat", NULL);
    view_row(d, "rendered by",
             c->rendered_by && !strcmp(c->rendered_by, "jinja")
                 ? "the template itself"
                 : "the family that libllama takes the template for");
    view_row(d, "system", c->system[0] ? c->system : "none");
    view_row(d, "date", c->day);
    view_thinking(d, s);
    dc_cli_show(cli); /* the prompt is no prose: it stands as it is */
    view_prompt(cli, s);
}

/* ---- JSON ---- */

static json_t *view_tokens(const struct dc_show_token *t, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        struct dc_buf clean;
        json_t *o = json_object();
        dc_buf_init(&clean, SIZE_MAX);
        dc_utf8_sanitize(&clean, t[i].text, t[i].n);
        dc_json_put(o, "id", json_integer(t[i].id));
        dc_json_put(o, "text", json_stringn(clean.data, clean.n));
        dc_json_put(o, "marker", json_boolean(t[i].marker));
        json_array_append_new(list, o);
        dc_buf_release(&clean);
    }
    return list;
}

/* The text of all tokens; a character may lie in several. */
static json_t *view_rendered(const struct dc_model_show *s)
{
    struct dc_buf all, clean;
    dc_buf_init(&all, SIZE_MAX);
    dc_buf_init(&clean, SIZE_MAX);
    for (size_t i = 0; i < s->n_token; i++)
        dc_buf_add(&all, s->token[i].text, s->token[i].n);
    dc_utf8_sanitize(&clean, all.data, all.n);
    json_t *text = json_stringn(clean.data, clean.n);
    dc_buf_release(&all);
    dc_buf_release(&clean);
    return text;
}

static void view_as_json(struct dc_cli *cli, const struct dc_model_view *v,
                         const struct dc_model_show *s)
{
    const struct dc_model_facts *f = &s->facts;
    const struct dc_backend_info *c = &s->chat;
    const struct dc_template_info *t = s->tmpl;
    json_t *o = json_object(), *chat = json_object();
    dc_json_put(o, "model", dc_json_text(v->named));
    dc_json_put(o, "description", dc_json_text(s->desc));
    dc_json_put(o, "architecture", dc_json_text(f->arch));
    dc_json_put(o, "name", f->name[0] ? dc_json_text(f->name) : NULL);
    dc_json_put(o, "licence", f->licence[0] ? dc_json_text(f->licence) : NULL);
    dc_json_put(o, "parameters", json_integer((json_int_t)f->n_params));
    dc_json_put(o, "bytes", json_integer((json_int_t)f->n_bytes));
    dc_json_put(o, "weights", dc_json_text(f->weights));
    dc_json_put(o, "context", f->n_ctx ? json_integer(f->n_ctx) : NULL);
    dc_json_put(o, "vocabulary", json_integer(f->n_vocab));
    dc_json_put(o, "stop_tokens", view_tokens(s->stop, s->n_stop));
    dc_json_put(chat, "rendered_by", dc_json_text(c->rendered_by));
    dc_json_put(chat, "sha256", json_string(c->template_sha256));
    dc_json_put(chat, "system", dc_json_text(c->system));
    dc_json_put(chat, "date", dc_json_text(c->day));
    dc_json_put(chat, "can_think", json_boolean(c->can_think));
    dc_json_put(chat, "think", json_boolean(c->think == DC_THINK_ON));
    dc_json_put(chat, "think_opened", json_boolean(c->think_opened));
    dc_json_put(chat, "think_open", dc_json_text(t ? t->think_open : NULL));
    dc_json_put(chat, "think_close", dc_json_text(t ? t->think_close : NULL));
    dc_json_put(chat, "think_switch", dc_json_text(t ? t->think_key : NULL));
    dc_json_put(o, "chat", chat);
    dc_json_put(o, "prompt", dc_json_text(v->prompt));
    dc_json_put(o, "rendered", view_rendered(s));
    dc_json_put(o, "prompt_tokens", view_tokens(s->token, s->n_token));
    dc_json_print(o, &cli->out);
}

/* ---- both ---- */

enum dc_status dc_model_view(struct dc_cli *cli, const struct dc_model_view *v,
                             struct dc_err *err)
{
    struct dc_backend_cfg cfg = dc_backend_cfg_default();
    struct dc_model_show s;
    struct dc_arena arena;
    cfg.model = v->path;
    dc_arena_init(&arena);
    enum dc_status st = dc_chat_opts_make(v->chat, &arena, &cfg.chat, err);
    if (!st)
        st = dc_chat_text_check("--prompt", v->prompt, err);
    if (st) {
        dc_arena_release(&arena);
        return st;
    }
    st = dc_model_show(&cfg, v->prompt, strlen(v->prompt), &s, err);
    if (!st && v->json)
        view_as_json(cli, v, &s);
    else if (!st)
        view_as_text(cli, v, &s);
    dc_model_show_release(&s);
    dc_arena_release(&arena);
    return st;
}
