/*
 * template.h - a model's chat template, set up as a user wants it.
 *
 * What a template can do is found by what it does: a sample message is rendered
 * with each setting, and the prompts are compared. No model is known by name.
 */
#ifndef DC_CHAT_TEMPLATE_H
#define DC_CHAT_TEMPLATE_H

#include "base/hash.h"
#include "chat/chat.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_template;

/* All strings live as long as the template. */
struct dc_template_info {
    const char *system; /* the system prompt that a chat has; "" for none that
                           can be told from the rest */
    bool can_think;
    enum dc_think think; /* OFF or ON */
    bool think_opened;   /* the prompt ends within thoughts */
    bool reads_day;      /* it tells the model the day */
    /* The variable that switches thinking and its two values in JSON; NULL:
     * there is none. */
    const char *think_key, *think_off, *think_on;
    /* The tags around thoughts; NULL: none that thoughts.def knows. */
    const char *think_open, *think_close;
    char sha256[DC_SHA256_HEX]; /* of all that a prompt depends on beside the
                                   message and the day */
};

/*
 * source: Jinja; bos, eos: text of these tokens, NULL for none; cfg is read
 * during the call only, of it: system, think, arg, day. The caller frees *out.
 *
 * DC_USAGE: a setting that the template has no room for (thinking, a system
 * prompt, a variable that it does not read). DC_BACKEND: it can't be parsed or
 * run; the message names the line.
 */
enum dc_status dc_template_open(const char *source, const char *bos,
                                const char *eos, const struct dc_chat_cfg *cfg,
                                struct dc_template **out, struct dc_err *err);
void dc_template_free(struct dc_template *t); /* NULL is fine */

const struct dc_template_info *dc_template_info(const struct dc_template *t);

/*
 * The prompt of message [n], valid UTF-8, up to where the model goes on; the
 * message's text stands in parts that are not ours. The caller releases *out.
 * DC_DATA: the template refuses this message.
 */
enum dc_status dc_template_render(const struct dc_template *t,
                                  const char *message, size_t n,
                                  struct dc_jinja_text *out,
                                  struct dc_err *err);

/* A chat in which the model has answered; valid UTF-8. */
struct dc_chat_turns {
    const char *user, *assistant;
    const char *user_again; /* NULL: the chat ends with the answer */
};
/* The same of such a chat, all of whose text is taken for the template's own,
 * so that *out is one part. */
enum dc_status dc_template_render_turns(const struct dc_template *t,
                                        const struct dc_chat_turns *turns,
                                        struct dc_jinja_text *out,
                                        struct dc_err *err);

#endif
