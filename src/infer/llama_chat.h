/*
 * llama_chat.h - from a message to token ids, by the chat template of a GGUF.
 *
 * The template itself is rendered (chat/template.h); a build without the Jinja
 * engine, a template that libllama has built in and a run of deepconf 0.1 go by
 * its family (llama_family.h).
 */
#ifndef DC_INFER_LLAMA_CHAT_H
#define DC_INFER_LLAMA_CHAT_H

#include "base/buf.h"
#include "chat/template.h"
#include "infer/backend.h"
#include "infer/llama_family.h"
#include "infer/llama_tokens.h"

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_llama_chat {
    const struct llama_vocab *vocab; /* borrowed */
    struct dc_tokens tokens;
    struct dc_template *tmpl; /* NULL: family is used */
    struct dc_family family;
    bool of_old;           /* as deepconf 0.1 rendered */
    char day[DC_CHAT_DAY]; /* that the template is told; "": it asks for none */
};

/*
 * DC_BACKEND: there is no template, or none that can be rendered; DC_USAGE: a
 * setting of the chat that it has no room for. Release also after a failure.
 */
enum dc_status dc_llama_chat_init(struct dc_llama_chat *c,
                                  const struct llama_model *model,
                                  const struct dc_chat_cfg *cfg,
                                  struct dc_err *err);
void dc_llama_chat_release(struct dc_llama_chat *c);

/* What of a backend's info the chat knows, into out; strings borrowed. */
void dc_llama_chat_info(const struct dc_llama_chat *c,
                        struct dc_backend_info *out);

/*
 * The prompt of a message, text [n], valid UTF-8, in parts; the caller releases
 * *out. DC_DATA: the template refuses it.
 */
enum dc_status dc_llama_chat_parts(const struct dc_llama_chat *c,
                                   const char *text, size_t n,
                                   struct dc_jinja_text *out,
                                   struct dc_err *err);

/*
 * The prompt of a chat of three turns (chat/template.h). DC_DATA: the template
 * refuses it; DC_BACKEND: it is not rendered, but taken by its family.
 */
enum dc_status dc_llama_chat_turns(const struct dc_llama_chat *c,
                                   const struct dc_chat_turns *turns,
                                   struct dc_jinja_text *out,
                                   struct dc_err *err);

/*
 * Token ids of a message's prompt, in which markers that it holds are text;
 * out is emptied first. Errors also as of dc_tokens_of().
 */
enum dc_status dc_llama_chat_tokenize(const struct dc_llama_chat *c,
                                      const char *text, size_t n_text,
                                      struct dc_token_ids *out,
                                      struct dc_err *err);

/*
 * The token ids that the template puts before a message's text; out is emptied
 * first and may stay so. Most prompts begin with them: where the last of them
 * and the text are one token, not all.
 */
enum dc_status dc_llama_chat_head(const struct dc_llama_chat *c,
                                  struct dc_token_ids *out, struct dc_err *err);

#endif
