/*
 * llama_show.c - llama_show.h.
 *
 * Only the vocabulary and the header are loaded, so that a model of any size is
 * looked at in a second. The child process of llama_probe.h does the same
 * first: libllama ends the program on some headers.
 */
#include "infer/llama_show.h"

#include "base/buf.h"
#include "base/mem.h"
#include "infer/llama_chat.h"
#include "infer/llama_load.h"
#include "infer/llama_probe.h"
#include "infer/models.h"

#include <llama.h>
#include <stdlib.h>
#include <string.h>

static struct dc_show_token
show_token(struct dc_model_show *s, const struct llama_vocab *v, llama_token id)
{
    int32_t n = -llama_token_to_piece(v, id, NULL, 0, 0, true);
    char *text = dc_arena_array(&s->arena, n > 0 ? (size_t)n : 1, 1);
    n = n > 0 ? llama_token_to_piece(v, id, text, n, 0, true) : 0;
    return (struct dc_show_token){
        .id = id,
        .text = text,
        .n = n > 0 ? (size_t)n : 0,
        .marker = dc_marker_is(v, id),
    };
}

static void show_stops(struct dc_model_show *s, const struct llama_vocab *v)
{
    int32_t n_vocab = llama_vocab_n_tokens(v);
    size_t n = 0;
    for (llama_token id = 0; id < n_vocab; id++)
        n += llama_vocab_is_eog(v, id);
    struct dc_show_token *stop = dc_arena_array(&s->arena, n + 1, sizeof *stop);
    for (llama_token id = 0; id < n_vocab; id++)
        if (llama_vocab_is_eog(v, id))
            stop[s->n_stop++] = show_token(s, v, id);
    s->stop = stop;
}

static enum dc_status show_prompt(struct dc_model_show *s,
                                  const struct dc_llama_chat *c,
                                  const char *message, size_t n,
                                  struct dc_err *err)
{
    struct dc_token_ids x = {0};
    enum dc_status st = dc_llama_chat_tokenize(c, message, n, &x, err);
    if (!st) {
        struct dc_show_token *token =
            dc_arena_array(&s->arena, x.n + 1, sizeof *token);
        for (size_t i = 0; i < x.n; i++)
            token[i] = show_token(s, c->vocab, x.id[i]);
        s->token = token;
        s->n_token = x.n;
    }
    free(x.id);
    return st == DC_DATA
               ? dc_err_prefix(err, st, "the chat template can't hold it")
               : st;
}

enum dc_status dc_model_show(const struct dc_backend_cfg *cfg,
                             const char *message, size_t n,
                             struct dc_model_show *out, struct dc_err *err)
{
    *out = (struct dc_model_show){0};
    out->opened = dc_xcalloc(1, sizeof *out->opened);
    dc_arena_init(&out->arena);
    dc_llama_start();
    enum dc_status st = dc_model_check(cfg->model, err);
    if (!st)
        st = dc_llama_probe_vocab(cfg->model, err);
    if (!st)
        st = dc_llama_load_vocab(cfg->model, &out->model, err);
    if (st)
        return st;
    dc_llama_facts(out->model, &out->facts);
    dc_llama_describe(out->model, out->desc, sizeof out->desc);
    show_stops(out, llama_model_get_vocab(out->model));
    st = dc_llama_chat_init(out->opened, out->model, &cfg->chat, err);
    if (!st)
        st = show_prompt(out, out->opened, message, n, err);
    if (!st)
        dc_llama_chat_info(out->opened, &out->chat);
    if (!st && out->opened->tmpl)
        out->tmpl = dc_template_info(out->opened->tmpl);
    return st;
}

void dc_model_show_release(struct dc_model_show *s)
{
    dc_llama_chat_release(s->opened);
    free(s->opened);
    if (s->model)
        llama_model_free(s->model);
    dc_arena_release(&s->arena);
}
