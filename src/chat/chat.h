/*
 * chat.h - how a user wants prompts to become chats.
 */
#ifndef DC_CHAT_CHAT_H
#define DC_CHAT_CHAT_H

#include "chat/jinja.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dc_think { DC_THINK_AUTO, DC_THINK_OFF, DC_THINK_ON };

/* All strings borrowed; a zeroed struct is the model's own template. */
struct dc_chat_cfg {
    const char *system; /* system prompt; NULL: the template's own */
    const char *source; /* a template in Jinja; NULL: the model's own */
    const char *name;   /* one that libllama has built in, in its place; NULL */
    enum dc_think think;
    const struct dc_jinja_arg *arg; /* [n_arg] the template's variables */
    size_t n_arg;
    int64_t day;    /* what the template takes for today: seconds since 1970 at
                       0:00 UTC */
    bool day_given; /* by the user: a template that tells no day is an error */
    /* As deepconf 0.1 rendered: by the family that libllama guesses. A run that
     * it began goes on so. */
    bool by_family;
};

enum { DC_CHAT_DAY = 16 };

/* "2026-11-30" of day. */
void dc_chat_day_text(int64_t day, char out[DC_CHAT_DAY]);
/* The other way; false: no such day. */
bool dc_chat_day_parse(const char *text, int64_t *day);
/* The day now. */
int64_t dc_chat_today(void);

/*
 * Render as a run that is there does, by what it recorded: what rendered it
 * (NULL: deepconf 0.1 did), and the day that its template was told (NULL:
 * none), unless the user gave another. False: no such day.
 */
bool dc_chat_go_on(struct dc_chat_cfg *c, const char *rendered_by,
                   const char *day);

#endif
