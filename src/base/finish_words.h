/*
 * finish_words.h - how a response ended, by the word of whoever made it.
 */
#ifndef DC_BASE_FINISH_WORDS_H
#define DC_BASE_FINISH_WORDS_H

#include "base/words.h"

/* DC_FINISH_NONE: word is NULL, or says nothing that is known of the end. */
enum dc_finish dc_finish_of_word(const char *word);

#endif
