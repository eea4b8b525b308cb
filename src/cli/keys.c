/*
 * keys.c - a terminal in its raw mode, and escape sequences of its keys.
 */
#include "cli/keys.h"

#include "base/utf8.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_MS = 500,  /* between two looks at whether a signal came */
    ESCAPE_MS = 50, /* the rest of a sequence comes at once */
    NO_BYTE = -1,
    PATIENCE = 1 << 20 /* signals; each only ends the keys */
};

#ifndef SIGWINCH
#define SIGWINCH 28
#endif

static volatile sig_atomic_t resized;

static void on_resize(int sig)
{
    (void)sig;
    resized = 1;
}

void dc_keys_open(struct dc_keys *k)
{
    struct sigaction sa = {.sa_handler = on_resize};
    struct termios raw;
    *k = (struct dc_keys){.fd = STDIN_FILENO};
    k->stop = dc_interrupt_catch();
    dc_interrupt_give(PATIENCE);
    k->tty = isatty(k->fd) && tcgetattr(k->fd, &k->was) == 0;
    if (!k->tty)
        return;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGWINCH, &sa, NULL);
    raw = k->was;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(k->fd, TCSADRAIN, &raw);
}

void dc_keys_close(struct dc_keys *k)
{
    if (k->tty)
        tcsetattr(k->fd, TCSADRAIN, &k->was);
    k->tty = false;
}

/* A byte; NO_BYTE: none within the time (of a terminal), a resize; or the end.
 */
static int next_byte(struct dc_keys *k, int ms)
{
    unsigned char c = 0;
    struct pollfd p = {.fd = k->fd, .events = POLLIN};
    for (;;) {
        if (atomic_load(k->stop))
            return DC_KEY_END;
        if (resized)
            return NO_BYTE;
        int n = poll(&p, 1, ms < 0 ? LOOK_MS : ms);
        if (n == 0 && ms >= 0)
            return NO_BYTE;
        if (n == 0 || (n < 0 && errno == EINTR))
            continue;
        ssize_t got = n < 0 ? -1 : read(k->fd, &c, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        return got == 1 ? c : DC_KEY_END;
    }
}

/* Behind an escape: ESC [ A, ESC O A, ESC [ 5 ~. */
static int sequence(struct dc_keys *k)
{
    int c = next_byte(k, ESCAPE_MS), key = DC_KEY_OTHER, first;
    if (c == NO_BYTE)
        return DC_KEY_ESCAPE;
    if (c == DC_KEY_END || (c != '[' && c != 'O'))
        return c == DC_KEY_END ? c : DC_KEY_OTHER;
    first = next_byte(k, ESCAPE_MS);
    key = first == 'A'   ? DC_KEY_UP
          : first == 'B' ? DC_KEY_DOWN
          : first == '5' ? DC_KEY_PAGE_UP
          : first == '6' ? DC_KEY_PAGE_DOWN
                         : DC_KEY_OTHER;
    for (c = first; c >= '0' && c <= '?';)
        c = next_byte(k, ESCAPE_MS);
    return key;
}

int dc_keys_next(struct dc_keys *k)
{
    enum { ESC = 0x1b, CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, DEL = 0x7f };
    for (;;) {
        int c = next_byte(k, -1);
        if (c == NO_BYTE) {
            resized = 0;
            return DC_KEY_RESIZED;
        }
        if (c == CTRL_C || c == CTRL_D)
            return DC_KEY_END;
        if (c == ESC && k->tty)
            return sequence(k);
        if (c == BACKSPACE || c == DEL)
            return DC_KEY_BACKSPACE;
        if (c == '\r' || c == '\n')
            return DC_KEY_ENTER;
        return c;
    }
}

/* Without its last character. */
static void rub_out(struct dc_buf *line)
{
    size_t n = line->n;
    while (n > 0 && ((unsigned char)line->data[n - 1] & 0xC0) == 0x80)
        n--;
    dc_buf_cut(line, n > 0 ? n - 1 : 0);
}

bool dc_keys_line(struct dc_keys *k, struct dc_buf *line, size_t max,
                  void (*show)(void *arg, const struct dc_buf *line), void *arg)
{
    struct dc_buf clean;
    int c;
    for (;;) {
        if (show)
            show(arg, line);
        c = dc_keys_next(k);
        if (c == DC_KEY_BACKSPACE && line->n > 0)
            rub_out(line);
        else if (c == '\t' && line->n < max)
            dc_buf_addc(line, ' ');
        else if (c >= ' ' && c < 256 && line->n < max)
            dc_buf_addc(line, (char)c);
        if (c == DC_KEY_ENTER || c == DC_KEY_ESCAPE || c == DC_KEY_END)
            break;
    }
    if (c != DC_KEY_ENTER)
        return false;
    dc_buf_init(&clean, SIZE_MAX);
    dc_utf8_sanitize(&clean, line->data, line->n);
    dc_buf_clear(line);
    dc_buf_add(line, clean.data, clean.n);
    dc_buf_release(&clean);
    return true;
}
