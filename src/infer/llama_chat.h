/*
 * llama_chat.h - from a prompt to token ids, with the chat template of a GGUF.
 *
 * libllama recognises a template's family; it does not run Jinja. So three
 * things the Jinja text would have done are read from it here: its default
 * system prompt, whether it knows <think>, and whether thinking can be switched
 * off (Qwen3's enable_thinking).
 */
#ifndef DC_INFER_LLAMA_CHAT_H
#define DC_INFER_LLAMA_CHAT_H

#include "base/buf.h"
#include "infer/backend.h"

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_llama_chat {
    const struct llama_vocab *vocab; /* borrowed */
    char *tmpl;   /* Jinja text, or the name of a built-in template */
    char *system; /* system prompt; "" for none */
    char *suffix; /* added behind the assistant's header; "" for nothing */
    bool can_think;
    enum dc_think think;      /* resolved: OFF or ON */
    bool think_opened;        /* the suffix opens <think> */
    char hash[DC_SHA256_HEX]; /* of template, system and suffix */
};

/*
 * system NULL: the template's own; chat_template NULL: the model's. DC_BACKEND
 * if there is no template, or none that libllama knows; DC_USAGE if thinking is
 * asked for (or refused) and the template can't.
 */
enum dc_status dc_llama_chat_init(struct dc_llama_chat *c,
                                  const struct llama_model *model,
                                  const struct dc_backend_cfg *cfg,
                                  struct dc_err *err);
void dc_llama_chat_release(struct dc_llama_chat *c);

/* What of a backend's info the chat knows, into out; strings borrowed. */
void dc_llama_chat_info(const struct dc_llama_chat *c,
                        struct dc_backend_info *out);

/* Append the prompt around `text` to out. False: family unknown. */
bool dc_llama_chat_render(const struct dc_llama_chat *c, const char *text,
                          struct dc_buf *out);

/*
 * Token ids of a rendered prompt, *ids [*n], caller frees. text [n_text] is
 * valid UTF-8; control markers inside it are tokenised as text.
 */
enum dc_status dc_llama_chat_tokenize(const struct dc_llama_chat *c,
                                      const char *text, size_t n_text,
                                      llama_token **ids, size_t *n,
                                      struct dc_err *err);

/*
 * The token ids that the template puts before a prompt's text, *ids [*n],
 * caller frees; *n may be 0. Most prompts begin with them: where the last of
 * them and the text are one token, not all.
 */
enum dc_status dc_llama_chat_head(const struct dc_llama_chat *c,
                                  llama_token **ids, size_t *n,
                                  struct dc_err *err);

/* The default system prompt in a Jinja text; caller frees; NULL: none. */
char *dc_llama_default_system(const char *tmpl);

#endif
