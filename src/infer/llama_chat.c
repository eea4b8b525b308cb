/*
 * llama_chat.c - rendering and tokenising prompts.
 */
#include "infer/llama_chat.h"

#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* How to tokenise: add BOS, read markers. */
enum { ADD_SPECIAL = 1, READ_MARKERS = 2 };

/* The text of a token; "" for none. */
static const char *token_name(const struct llama_vocab *v, llama_token id)
{
    const char *s = id == LLAMA_TOKEN_NULL ? NULL : llama_vocab_get_text(v, id);
    return s ? s : "";
}

enum dc_status dc_llama_chat_init(struct dc_llama_chat *c,
                                  const struct llama_model *model,
                                  const struct dc_chat_cfg *cfg,
                                  struct dc_err *err)
{
    const struct llama_vocab *v = llama_model_get_vocab(model);
    const char *own = llama_model_chat_template(model, NULL);
    *c = (struct dc_llama_chat){.vocab = v, .of_old = cfg->by_family};
    if (!own && !cfg->source && !cfg->name)
        return dc_fail(err, DC_BACKEND,
                       "the model has no chat template; name a file in Jinja "
                       "or a built-in one with --chat-template (chatml, "
                       "llama3, mistral-v7, ...), or use an instruction-tuned "
                       "model");
    if (cfg->by_family || cfg->name || !dc_jinja_available())
        return dc_family_open(&c->family, own, cfg, err);
    enum dc_status st = dc_template_open(
        cfg->source ? cfg->source : own, token_name(v, llama_vocab_bos(v)),
        token_name(v, llama_vocab_eos(v)), cfg, &c->tmpl, err);
    if (!st && dc_template_info(c->tmpl)->reads_day)
        dc_chat_day_text(cfg->day, c->day);
    return st;
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

/* A growing array of ids. */
struct ids {
    llama_token *id;
    size_t n;
};

static enum dc_status add_ids(const struct dc_llama_chat *c, struct ids *out,
                              const char *s, size_t n, unsigned flags,
                              struct dc_err *err)
{
    bool special = flags & ADD_SPECIAL, parse = flags & READ_MARKERS;
    if (n > INT32_MAX / 2)
        return dc_fail(err, DC_DATA, "a prompt of %zu bytes is too long", n);
    size_t cap = n + 8;
    out->id = dc_xrealloc(out->id, out->n + cap, sizeof *out->id);
    int32_t got = llama_tokenize(c->vocab, s, (int32_t)n, out->id + out->n,
                                 (int32_t)cap, special, parse);
    if (got < 0 && got != INT32_MIN) {
        cap = (size_t)-got;
        out->id = dc_xrealloc(out->id, out->n + cap, sizeof *out->id);
        got = llama_tokenize(c->vocab, s, (int32_t)n, out->id + out->n,
                             (int32_t)cap, special, parse);
    }
    if (got < 0)
        return dc_fail(err, DC_BACKEND, "libllama can't tokenise a prompt");
    out->n += (size_t)got;
    return DC_OK;
}

static size_t count_control(const struct dc_llama_chat *c, const struct ids *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        n += llama_vocab_is_control(c->vocab, x->id[i]);
    return n;
}

/* Templates that spell their own BOS get a second one from the tokeniser. */
static void drop_double_bos(const struct dc_llama_chat *c, struct ids *x)
{
    llama_token bos = llama_vocab_bos(c->vocab);
    if (x->n >= 2 && x->id[0] == bos && x->id[1] == bos) {
        memmove(x->id, x->id + 1, (x->n - 1) * sizeof *x->id);
        x->n--;
    }
}

/* Does a part that a user wrote hold markers? It has other control tokens as
 * a piece of the prompt then. */
static enum dc_status has_markers(const struct dc_llama_chat *c,
                                  const struct dc_jinja_text *x, bool *has,
                                  struct dc_err *err)
{
    struct ids read = {0};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < x->n_part && !st; i++)
        if (!x->part[i].ours)
            st = add_ids(c, &read, x->part[i].text, x->part[i].n, READ_MARKERS,
                         err);
    *has = !st && count_control(c, &read) > 0;
    free(read.id);
    return st;
}

static enum dc_status tokenize(const struct dc_llama_chat *c,
                               const struct dc_jinja_text *x, struct ids *out,
                               struct dc_err *err)
{
    bool apart = false;
    enum dc_status st = has_markers(c, x, &apart, err);
    if (!st && !apart)
        st = add_ids(c, out, x->text, x->n, ADD_SPECIAL | READ_MARKERS, err);
    for (size_t i = 0; i < x->n_part && apart && !st; i++)
        st = add_ids(c, out, x->part[i].text, x->part[i].n,
                     (i == 0 ? ADD_SPECIAL : 0) |
                         (x->part[i].ours ? READ_MARKERS : 0),
                     err);
    if (!st)
        drop_double_bos(c, out);
    return st;
}

enum dc_status dc_llama_chat_tokenize(const struct dc_llama_chat *c,
                                      const char *text, size_t n_text,
                                      llama_token **ids, size_t *n,
                                      struct dc_err *err)
{
    struct dc_jinja_text x = {0};
    struct ids full = {0};
    enum dc_status st = dc_llama_chat_parts(c, text, n_text, &x, err);
    if (!st)
        st = tokenize(c, &x, &full, err);
    dc_jinja_text_release(&x);
    if (st) {
        free(full.id);
        return st;
    }
    *ids = full.id;
    *n = full.n;
    return DC_OK;
}

enum dc_status dc_llama_chat_head(const struct dc_llama_chat *c,
                                  llama_token **ids, size_t *n,
                                  struct dc_err *err)
{
    static const char word[] = "word";
    struct dc_jinja_text x = {0};
    struct ids head = {0};
    enum dc_status st = dc_llama_chat_parts(c, word, sizeof word - 1, &x, err);
    bool has_head = !st && x.n_part > 0 && x.part[0].ours;
    if (!st)
        st = add_ids(c, &head, x.text, has_head ? x.part[0].n : 0,
                     ADD_SPECIAL | READ_MARKERS, err);
    dc_jinja_text_release(&x);
    if (st) {
        free(head.id);
        return st;
    }
    drop_double_bos(c, &head);
    *ids = head.id;
    *n = head.n;
    return DC_OK;
}
