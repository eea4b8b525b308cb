/*
 * chat_opts.h - the options by which a user says how prompts become chats.
 */
#ifndef DC_CLI_CHAT_OPTS_H
#define DC_CLI_CHAT_OPTS_H

#include "base/arena.h"
#include "chat/chat.h"
#include "cli/opts.h"

#include <deepconf/status.h>

struct dc_chat_opts {
    const char *system, *chat_template, *think;
    struct dc_opt_list template_arg;
};

/* The rows of a table of options; fields: the name of its struct, chat: that of
 * the struct dc_chat_opts in it. */
/* clang-format off */
#define DC_CHAT_OPTIONS(fields, chat)                                          \
    {.kind = DC_OPT_TEXT, .name = "system", .arg = "TEXT",                     \
     .help = "the system prompt", .off = offsetof(fields, chat.system),        \
     .shown = "the template's own"},                                           \
    {.kind = DC_OPT_TEXT, .name = "chat-template", .arg = "FILE|NAME",         \
     .help = "a file in Jinja, or a template that libllama knows by this "     \
             "name, in place of the model's",                                  \
     .off = offsetof(fields, chat.chat_template), .shown = "the model's own"}, \
    {.kind = DC_OPT_LIST, .name = "template-arg", .arg = "KEY=VALUE",          \
     .help = "a variable of the chat template, as in reasoning_effort=low; "   \
             "date=YYYY-MM-DD is its day; may be given again",                 \
     .off = offsetof(fields, chat.template_arg), .shown = ""},                 \
    {.kind = DC_OPT_TEXT, .name = "think", .arg = "auto|off|on",               \
     .help = "whether a thinking model thinks first",                          \
     .off = offsetof(fields, chat.think)}
/* clang-format on */

struct dc_chat_opts dc_chat_opts_default(void);

/*
 * What they add up to; a template file is read. DC_USAGE, DC_IO, DC_DATA name
 * the option. Strings live in arena and in o.
 */
enum dc_status dc_chat_opts_make(const struct dc_chat_opts *o,
                                 struct dc_arena *arena,
                                 struct dc_chat_cfg *out, struct dc_err *err);

/* DC_USAGE: the text of an option is not UTF-8. NULL is fine. */
enum dc_status dc_chat_text_check(const char *option, const char *text,
                                  struct dc_err *err);

/* The options --template-arg as a JSON object, "" for none; lives in arena. */
const char *dc_chat_args_json(const struct dc_chat_cfg *c,
                              struct dc_arena *arena);

#endif
