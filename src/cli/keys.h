/*
 * keys.h - keys of a terminal one by one, or bytes of a pipe.
 *
 * A terminal is set so that keys come at once and Ctrl-C is one of them, and is
 * put back at the end. What comes through a pipe is read the same way, with
 * line feeds passed over.
 */
#ifndef DC_CLI_KEYS_H
#define DC_CLI_KEYS_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum {
    DC_KEY_UP = 256,
    DC_KEY_DOWN,
    DC_KEY_PAGE_UP,
    DC_KEY_PAGE_DOWN,
    DC_KEY_ENTER,
    DC_KEY_ESCAPE,
    DC_KEY_BACKSPACE,
    DC_KEY_RESIZED, /* the window has another size */
    DC_KEY_OTHER,   /* nothing that is known */
    DC_KEY_END      /* no key will come: Ctrl-C, Ctrl-D, SIGTERM, the end */
};

struct dc_keys {
    int fd;
    bool tty;
    struct termios was;
    const atomic_int *stop;
};

/* stdin. A signal ends the keys instead of the program from here on. */
void dc_keys_open(struct dc_keys *k);
void dc_keys_close(struct dc_keys *k);
/* Waits. A byte of text below 256, or one of the above. */
int dc_keys_next(struct dc_keys *k);

/*
 * A line of text, added to `line` as it is typed, at most `max` bytes; show()
 * is called after every change, or NULL. False: Escape, or the end, and `line`
 * means nothing. What is not UTF-8 is dropped at the end of the line.
 */
bool dc_keys_line(struct dc_keys *k, struct dc_buf *line, size_t max,
                  void (*show)(void *arg, const struct dc_buf *line),
                  void *arg);

#endif
