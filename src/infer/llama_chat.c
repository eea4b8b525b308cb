/*
 * llama_chat.c - rendering prompts in parts, and tokenising those.
 */
#include "infer/llama_chat.h"

#include <string.h>

/* The text of a token; "" for none. */
static const char *token_name(const struct llama_vocab *v, llama_token id)
{
    const char *s = id == LLAMA_TOKEN_NULL ? NULL : llama_vocab_get_text(v, id);
    return s ? s : "";
}

static enum dc_status no_day(struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "--template-arg date: the chat template does not ask for "
                   "the day; leave it out (`deepconf model show` prints the "
                   "prompt; a fixed day in it may be another variable)");
}

enum dc_status dc_llama_chat_init(struct dc_llama_chat *c,
                                  const struct llama_model *model,
                                  const struct dc_chat_cfg *cfg,
                                  struct dc_err *err)
{
    const struct llama_vocab *v = llama_model_get_vocab(model);
    const char *own = llama_model_chat_template(model, NULL);
    *c = (struct dc_llama_chat){.vocab = v, .of_old = cfg->by_family};
    enum dc_status st = dc_tokens_init(&c->tokens, v, err);
    if (st)
        return st;
    if (!own && !cfg->source && !cfg->name)
        return dc_fail(err, DC_BACKEND,
                       "the model has no chat template; name a file in Jinja "
                       "or a built-in one with --chat-template (chatml, "
                       "llama3, mistral-v7, ...), or use an instruction-tuned "
                       "model");
    if (cfg->by_family || cfg->name || !dc_jinja_available())
        return dc_family_open(&c->family, own, cfg, err);
    st = dc_template_open(
        cfg->source ? cfg->source : own, token_name(v, llama_vocab_bos(v)),
        token_name(v, llama_vocab_eos(v)), cfg, &c->tmpl, err);
    if (st)
        return st;
    if (dc_template_info(c->tmpl)->reads_day)
        dc_chat_day_text(cfg->day, c->day);
    else if (cfg->day_given)
        return no_day(err);
    return DC_OK;
}

void dc_llama_chat_info(const struct dc_llama_chat *c,
                        struct dc_backend_info *out)
{
    const struct dc_family *f = &c->family;
    const struct dc_template_info *t =
        c->tmpl ? dc_template_info(c->tmpl) : NULL;
    out->rendered_by = t ? "jinja" : c->of_old ? NULL : "family";
    out->day = c->day[0] ? c->day : NULL;
    out->system = t ? t->system : f->system;
    out->can_think = t ? t->can_think : f->can_think;
    out->think = t ? t->think : f->think;
    out->think_opened = t ? t->think_opened : f->think_opened;
    memcpy(out->template_sha256, t ? t->sha256 : f->hash, DC_SHA256_HEX);
}

void dc_llama_chat_release(struct dc_llama_chat *c)
{
    dc_tokens_release(&c->tokens);
    dc_template_free(c->tmpl);
    dc_family_release(&c->family);
    *c = (struct dc_llama_chat){0};
}

enum dc_status dc_llama_chat_parts(const struct dc_llama_chat *c,
                                   const char *text, size_t n,
                                   struct dc_jinja_text *out,
                                   struct dc_err *err)
{
    return c->tmpl ? dc_template_render(c->tmpl, text, n, out, err)
                   : dc_family_parts(&c->family, text, n, out, err);
}

enum dc_status dc_llama_chat_turns(const struct dc_llama_chat *c,
                                   const struct dc_chat_turns *turns,
                                   struct dc_jinja_text *out,
                                   struct dc_err *err)
{
    if (c->tmpl)
        return dc_template_render_turns(c->tmpl, turns, out, err);
    return dc_fail(err, DC_BACKEND,
                   "this deepconf was built without the engine for chat "
                   "templates, so the model's own can't make the question; "
                   "write it as \"template\"");
}

enum dc_status dc_llama_chat_tokenize(const struct dc_llama_chat *c,
                                      const char *text, size_t n_text,
                                      struct dc_token_ids *out,
                                      struct dc_err *err)
{
    struct dc_jinja_text x = {0};
    enum dc_status st = dc_llama_chat_parts(c, text, n_text, &x, err);
    if (!st)
        st = dc_tokens_of(&c->tokens, x.part, x.n_part, out, err);
    dc_jinja_text_release(&x);
    return st;
}

enum dc_status dc_llama_chat_head(const struct dc_llama_chat *c,
                                  struct dc_token_ids *out, struct dc_err *err)
{
    static const char word[] = "word";
    struct dc_jinja_text x = {0};
    size_t n = 0;
    enum dc_status st = dc_llama_chat_parts(c, word, sizeof word - 1, &x, err);
    while (!st && n < x.n_part && x.part[n].ours)
        n++;
    if (!st)
        st = dc_tokens_of(&c->tokens, x.part, n, out, err);
    dc_jinja_text_release(&x);
    return st;
}
