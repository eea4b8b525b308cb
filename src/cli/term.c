/*
 * term.c - terminals: is it one, how wide, may it be coloured.
 */
#include "cli/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    WIDTH_DEFAULT = 80,
    WIDTH_MIN = 20,
    WIDTH_MAX = 10000,
    HEIGHT_DEFAULT = 24
};

/* COLUMNS, by which shells and pagers say how wide a pipe is shown; 0: none. */
static size_t told_width(void)
{
    const char *text = getenv("COLUMNS");
    char *end = NULL;
    unsigned long n = text ? strtoul(text, &end, 10) : 0;
    return text && end != text && !*end && n >= WIDTH_MIN && n <= WIDTH_MAX ? n
                                                                            : 0;
}

size_t dc_term_width(int fd)
{
    struct winsize w;
    if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_col == 0) {
        size_t told = told_width();
        return told ? told : WIDTH_DEFAULT;
    }
    return w.ws_col < WIDTH_MIN ? WIDTH_MIN : w.ws_col;
}

size_t dc_term_height(int fd)
{
    struct winsize w;
    if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_row == 0)
        return HEIGHT_DEFAULT;
    return w.ws_row;
}

struct dc_term dc_term_of(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool able = term && term[0] && strcmp(term, "dumb") != 0;
    bool tty = isatty(fd);
    return (struct dc_term){.fd = fd,
                            .tty = tty && able,
                            .colour = tty && able && !(no_color && no_color[0]),
                            .width = dc_term_width(fd)};
}
