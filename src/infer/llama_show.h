/*
 * llama_show.h - what a model file is, and what its chat makes of a message.
 */
#ifndef DC_INFER_LLAMA_SHOW_H
#define DC_INFER_LLAMA_SHOW_H

#include "base/arena.h"
#include "chat/template.h"
#include "infer/backend.h"
#include "infer/llama_facts.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A token of the rendered prompt; text may be a part of a character. */
struct dc_show_token {
    int32_t id;
    const char *text; /* [n] */
    size_t n;
    bool marker; /* as of llama_marker.h: no text may become it */
};

struct dc_llama_chat;

struct dc_model_show {
    struct dc_arena arena; /* owns what the rest points to, but for: */
    struct llama_model *model;
    struct dc_llama_chat *opened; /* strings of chat */
    struct dc_model_facts facts;
    char desc[160];                      /* as a run records it */
    const struct dc_template_info *tmpl; /* NULL: rendered by a family */
    struct dc_backend_info chat;         /* what of it a chat has */
    const struct dc_show_token *token;   /* [n_token] of the rendered prompt */
    size_t n_token;
    const struct dc_show_token *stop; /* [n_stop] each of these ends a trace */
    size_t n_stop;
};

/*
 * Open the model at cfg->model, weights left in the file, and render message
 * [n], valid UTF-8. Fails as the backend's open does. Release also after a
 * failure.
 */
enum dc_status dc_model_show(const struct dc_backend_cfg *cfg,
                             const char *message, size_t n,
                             struct dc_model_show *out, struct dc_err *err);
void dc_model_show_release(struct dc_model_show *s);

#endif
