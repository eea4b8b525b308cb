/*
 * status.c - filling struct dc_err.
 *
 * A message is written to a local array first, so that an argument may point
 * into the very error that is being filled. A message that is too long is cut
 * before the first character that does not fit whole, never inside one.
 */
#include <assert.h>
#include <deepconf/status.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the character that starts with `lead`, by its first byte alone. */
static size_t char_bytes(unsigned char lead)
{
    if (lead >= 0xF0)
        return 4;
    if (lead >= 0xE0)
        return 3;
    return lead >= 0xC0 ? 2 : 1;
}

/* The largest length <= n that does not end inside a character of s. */
static size_t cut_point(const char *s, size_t n)
{
    size_t i = n;

    while (i > 0 && n - i < 3 && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return n;
    return i - 1 + char_bytes((unsigned char)s[i - 1]) > n ? i - 1 : n;
}

/* Format to msg; returns its length, cut where it has to be. */
static size_t format(char msg[DC_ERR_MSG], const char *fmt, va_list ap)
{
    int want = vsnprintf(msg, DC_ERR_MSG, fmt, ap);
    size_t n = 0;

    if (want >= DC_ERR_MSG)
        n = cut_point(msg, DC_ERR_MSG - 1);
    else if (want > 0)
        n = (size_t)want;
    msg[n] = '\0';
    return n;
}

static void set(struct dc_err *err, enum dc_status st, const char *msg,
                size_t n)
{
    while (n > 0 && msg[n - 1] == '\n')
        n--;
    memcpy(err->msg, msg, n);
    err->msg[n] = '\0';
    err->status = st;
}

enum dc_status dc_fail(struct dc_err *err, enum dc_status st, const char *fmt,
                       ...)
{
    char msg[DC_ERR_MSG];
    va_list ap;

    assert(st != DC_OK);
    if (!err)
        return st;
    va_start(ap, fmt);
    size_t n = format(msg, fmt, ap);
    va_end(ap);
    set(err, st, msg, n);
    return st;
}

enum dc_status dc_err_prefix(struct dc_err *err, enum dc_status st,
                             const char *fmt, ...)
{
    char msg[DC_ERR_MSG];
    va_list ap;

    if (!err || st == DC_OK)
        return st;
    va_start(ap, fmt);
    size_t n = format(msg, fmt, ap);
    va_end(ap);

    int rest = snprintf(msg + n, sizeof(msg) - n, ": %s", err->msg);
    if (rest > 0 && (size_t)rest >= sizeof(msg) - n)
        n = cut_point(msg, sizeof(msg) - 1);
    else if (rest > 0)
        n += (size_t)rest;
    set(err, st, msg, n);
    return st;
}

int dc_status_exit_code(enum dc_status st)
{
    static const int codes[] = {
#define X(name, code, text) [DC_##name] = (code),
        DC_STATUS_LIST(X)
#undef X
    };

    assert((size_t)st < sizeof(codes) / sizeof(codes[0]));
    return codes[st];
}

const char *dc_status_text(enum dc_status st)
{
    static const char *const texts[] = {
#define X(name, code, text) [DC_##name] = (text),
        DC_STATUS_LIST(X)
#undef X
    };

    assert((size_t)st < sizeof(texts) / sizeof(texts[0]));
    return texts[st];
}
