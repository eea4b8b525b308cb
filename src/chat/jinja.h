/*
 * jinja.h - a chat template in Jinja, parsed and rendered.
 *
 * The engine is llama.cpp's common/jinja, which only jinja.cpp sees.
 */
#ifndef DC_CHAT_JINJA_H
#define DC_CHAT_JINJA_H

#include "chat/part.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dc_jinja; /* a parsed template */

/* Is the engine built in? Without it, dc_jinja_parse() always fails. */
bool dc_jinja_available(void);

/*
 * Parse source [n], which need not be terminated. The caller frees *out with
 * dc_jinja_free(). DC_DATA: it can't be parsed; the message names the line.
 */
enum dc_status dc_jinja_parse(const char *source, size_t n,
                              struct dc_jinja **out, struct dc_err *err);
void dc_jinja_free(struct dc_jinja *t); /* NULL is fine */
/*
 * Do work(arg) in a child process with 2 seconds, 256 MiB and a small stack,
 * whose results are lost: what renders a stranger's template is tried so before
 * it is done. DC_DATA: it did not end well; says how.
 */
enum dc_status dc_jinja_try(void (*work)(void *arg), void *arg,
                            struct dc_err *err);

/* Does the template read a variable of this name? */
bool dc_jinja_reads(const struct dc_jinja *t, const char *name);

struct dc_jinja_message {
    const char *role;    /* "system", "user", "assistant" */
    const char *content; /* [n] valid UTF-8 */
    size_t n;
    bool ours; /* written by who asks: markers in it are read */
};

/* A variable of the template that the user sets. */
struct dc_jinja_arg {
    const char *key;
    const char *json; /* the value as JSON: true, 3, "high" */
};

struct dc_jinja_cfg {
    const struct dc_jinja_message *msg; /* [n_msg] */
    size_t n_msg;
    const struct dc_jinja_arg *arg; /* [n_arg] */
    size_t n_arg;
    const char *bos, *eos; /* bos_token and eos_token; NULL: none */
    int64_t now;           /* for strftime_now(): seconds since 1970, UTC */
};

/* A rendered prompt; a zeroed struct is empty. */
struct dc_jinja_text {
    char *text; /* [n], all parts one behind the other; owned */
    size_t n;
    struct dc_prompt_part *part; /* [n_part], pointing into text; owned */
    size_t n_part;
};
/* Room for n bytes, all of which count, and n_part parts, none of which does
 * yet; what *x had is not freed. */
void dc_jinja_text_room(struct dc_jinja_text *x, size_t n, size_t n_part);
void dc_jinja_text_release(struct dc_jinja_text *x);

/*
 * Render with add_generation_prompt. Neighbouring parts differ in `ours`; none
 * is empty. The caller releases *out. DC_DATA: the template raises
 * (raise_exception) or can't be run; the message names the line and what it
 * said.
 */
enum dc_status dc_jinja_render(const struct dc_jinja *t,
                               const struct dc_jinja_cfg *cfg,
                               struct dc_jinja_text *out, struct dc_err *err);

#ifdef __cplusplus
}
#endif
#endif
