/*
 * judge_card.h - the card of a judge's file in words.
 */
#ifndef DC_RESULTS_JUDGE_CARD_H
#define DC_RESULTS_JUDGE_CARD_H

#include "doc/doc.h"
#include "judge/linear_model.h"

/* `title` heads it. What a card lacks is a dash. */
void dc_judge_card_doc(const struct dc_linear *m, const char *title,
                       struct dc_doc *d);

#endif
