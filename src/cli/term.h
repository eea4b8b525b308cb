/*
 * term.h - what stands at the other end of stdout or stderr.
 *
 * Colour only on a terminal that can, and never when NO_COLOR is set to
 * anything (no-color.org) or TERM is "dumb".
 */
#ifndef DC_CLI_TERM_H
#define DC_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>

struct dc_term {
    int fd;
    bool tty;     /* a terminal that can redraw a line */
    bool colour;  /* escape sequences are welcome */
    size_t width; /* columns; 80 if it is no terminal */
};

struct dc_term dc_term_of(int fd);
/* Ask again: the window may have been resized. */
size_t dc_term_width(int fd);
size_t dc_term_height(int fd);

#endif
