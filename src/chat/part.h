/*
 * part.h - a prompt's text, in pieces by who wrote them.
 *
 * A prompt for a model is made of the template's text, in which markers
 * ("<|im_end|>") are read as the tokens that they name, and of text that a user
 * or another model wrote, in which they stay text.
 */
#ifndef DC_CHAT_PART_H
#define DC_CHAT_PART_H

#include <stdbool.h>
#include <stddef.h>

struct dc_prompt_part {
    const char *text; /* [n] valid UTF-8, not terminated */
    size_t n;         /* in bytes */
    bool ours;        /* markers in it are read; else they stay text */
};

#endif
