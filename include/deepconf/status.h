/*
 * status.h - how every fallible function of deepconf reports.
 *
 * A fallible function returns enum dc_status and takes a last parameter
 * `struct dc_err *err`, which it fills on failure and leaves untouched on
 * success. err may be NULL when the caller does not want the words. An error is
 * a value of fixed size: nothing to free.
 *
 * Four kinds of trouble are kept apart:
 *   a bad world (file, data, server)   a status, with a message
 *   a bug of ours                      assert()
 *   no memory                          abort in dc_xmalloc()
 *   a model's odd answer               data: the verdict "undetermined"
 *
 * A message says what, where, expected against got, and what to do.
 */
#ifndef DEEPCONF_STATUS_H
#define DEEPCONF_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, exit code of the program, text) */
#define DC_STATUS_LIST(X)                                                      \
    X(OK, 0, "ok")                                                             \
    X(GATE, 1, "a gate was missed")                                            \
    X(USAGE, 2, "usage")                                                       \
    X(DATA, 3, "data")                                                         \
    X(BACKEND, 4, "backend")                                                   \
    X(STORE, 5, "run store")                                                   \
    X(IO, 6, "input/output")                                                   \
    X(INTERRUPTED, 130, "interrupted")

enum dc_status {
#define X(name, code, text) DC_##name,
    DC_STATUS_LIST(X)
#undef X
};

enum { DC_ERR_MSG = 1024 };

struct dc_err {
    enum dc_status status;
    char msg[DC_ERR_MSG]; /* UTF-8, one or more lines, no final newline */
};

#if defined(__GNUC__)
#define DC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define DC_PRINTF(fmt, args)
#endif

/*
 * Fill *err (if not NULL) and return st, so that a failing function can end in
 * `return dc_fail(err, DC_DATA, "...")`. Longer messages are cut at a character
 * boundary.
 */
enum dc_status dc_fail(struct dc_err *err, enum dc_status st, const char *fmt,
                       ...) DC_PRINTF(3, 4);

/* Put "text: " before the message of a failure that is passed on. */
enum dc_status dc_err_prefix(struct dc_err *err, enum dc_status st,
                             const char *fmt, ...) DC_PRINTF(3, 4);

/* The exit code (0, 1, ... 6, 130) and the short text of a status. */
int dc_status_exit_code(enum dc_status st);
const char *dc_status_text(enum dc_status st);

#ifdef __cplusplus
}
#endif
#endif
