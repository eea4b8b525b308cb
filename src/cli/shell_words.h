/*
 * shell_words.h - a word as a POSIX shell reads it back, byte for byte.
 */
#ifndef DC_CLI_SHELL_WORDS_H
#define DC_CLI_SHELL_WORDS_H

#include "base/buf.h"

/*
 * Append s quoted, so that a shell makes one argument of it and a terminal
 * shows it as it is: controls, what hides or turns text around, and bytes that
 * are no UTF-8 are written as "$(printf '\033')". Line feeds stand between the
 * quotes.
 */
void dc_shell_word(struct dc_buf *out, const char *s);

#endif
