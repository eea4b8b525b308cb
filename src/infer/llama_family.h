/*
 * llama_family.h - a chat by the family that libllama takes a template for.
 *
 * So deepconf 0.1 rendered every prompt; runs that it began go on so, and a
 * build without the Jinja engine has nothing else. libllama recognises a
 * template's family and does not run Jinja. Three things the Jinja text would
 * have done are read from it here: its default system prompt, whether it knows
 * <think>, and whether thinking can be switched off (Qwen3's enable_thinking).
 */
#ifndef DC_INFER_LLAMA_FAMILY_H
#define DC_INFER_LLAMA_FAMILY_H

#include "base/buf.h"
#include "base/hash.h"
#include "chat/chat.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_family {
    char *tmpl;   /* Jinja text, or the name of a built-in template */
    char *system; /* system prompt; "" for none */
    char *suffix; /* added behind the assistant's header; "" for nothing */
    bool can_think;
    enum dc_think think;      /* resolved: OFF or ON */
    bool think_opened;        /* the suffix opens <think> */
    char hash[DC_SHA256_HEX]; /* of template, system and suffix */
};

/*
 * own: the model's template, used unless cfg names another. Release also after
 * a failure. DC_BACKEND: of no family that libllama knows. DC_USAGE: thinking
 * or a variable that it has no room for.
 */
enum dc_status dc_family_open(struct dc_family *f, const char *own,
                              const struct dc_chat_cfg *cfg,
                              struct dc_err *err);
void dc_family_release(struct dc_family *f);

/* Append the prompt around `text` to out. False: family unknown. */
bool dc_family_render(const struct dc_family *f, const char *text,
                      struct dc_buf *out);
/* The same in parts; the caller releases *out. DC_DATA. */
enum dc_status dc_family_parts(const struct dc_family *f, const char *text,
                               size_t n, struct dc_jinja_text *out,
                               struct dc_err *err);

/* The default system prompt in a Jinja text; caller frees; NULL: none. */
char *dc_family_default_system(const char *tmpl);

#endif
