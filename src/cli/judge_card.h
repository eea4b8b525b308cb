/*
 * judge_card.h - the card of a judge's file in words.
 */
#ifndef DC_CLI_JUDGE_CARD_H
#define DC_CLI_JUDGE_CARD_H

#include "base/buf.h"
#include "judge/linear_model.h"

#include <stddef.h>

/* Append; `title` heads it. What a card lacks is left out. */
void dc_judge_card_text(const struct dc_linear *m, const char *title,
                        struct dc_buf *out);

#endif
