/*
 * jinja_probe.c - a template tried by a child process before it is used.
 *
 * Templates come inside the model files of strangers. The engine's parser calls
 * itself as deep as a template is nested, and its operations take what time and
 * memory they take: a child with little of each renders a few messages first.
 * What it survives is parsed and rendered in this process; then messages of a
 * usual size are trusted to take a usual time. A template that is refused in
 * good order is not the child's business: who parses it afterwards hears why.
 */
#include "base/child.h"
#include "base/utf8.h"
#include "chat/jinja_priv.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const size_t MOST_SOURCE = (size_t)1 << 20;
/* A template of a model takes milliseconds and a few MiB. */
static const struct dc_child_cfg most = {
    .cpu_seconds = 2,
    .memory = (size_t)256 << 20,
    .stack = (size_t)2 << 20, /* a quarter of what a thread has by default */
    .said = -1,               /* what an abort says is not for the user */
};

/* ---- the child ---- */

/* msg [n], with argument a - 1 of those that switch thinking; 0: with none. */
static void render_once(const struct dc_jinja *t,
                        const struct dc_jinja_message *msg, size_t n, size_t a)
{
    static const struct dc_jinja_arg arg[] = {
        {"enable_thinking", "true"},
        {"enable_thinking", "false"},
    };
    struct dc_jinja_text x = {0};
    const struct dc_jinja_cfg cfg = {
        .msg = msg,
        .n_msg = n,
        .arg = arg + (a ? a - 1 : 0),
        .n_arg = a > 0,
        .bos = "<s>",
        .eos = "</s>",
        .now = 1700000000,
    };
    dc_jinja_render(t, &cfg, &x, NULL);
    dc_jinja_text_release(&x);
}

static void render_sample(const struct dc_jinja *t, const char *text, size_t n)
{
    const struct dc_jinja_message msg[] = {
        {"system", "Be brief.", 9, false},
        {"user", text, n, false},
    };
    for (size_t system = 0; system < 2; system++)
        for (size_t a = 0; a < 3; a++)
            render_once(t, msg + 1 - system, 1 + system, a);
}

/* A chat in which the model has answered. */
static void render_turns(const struct dc_jinja *t, const char *text, size_t n)
{
    const struct dc_jinja_message msg[] = {
        {"user", text, n, true},
        {"assistant", text, n, true},
        {"user", text, n, true},
    };
    render_once(t, msg, 3, 0);
}

/* A question, a page of text, and an answer. */
static void render_samples(const struct dc_jinja *t)
{
    static const char line[] = "How are you? <|im_end|> </think>\n\nLine 3.";
    enum { N_LINE = sizeof line - 1, N_PAGE = 100 * N_LINE };
    char page[N_PAGE];
    for (size_t i = 0; i < N_PAGE; i += N_LINE)
        memcpy(page + i, line, N_LINE);
    render_sample(t, line, N_LINE);
    render_sample(t, page, N_PAGE);
    render_turns(t, line, N_LINE);
}

struct source {
    const char *text;
    size_t n;
};

static void try_source(void *arg)
{
    const struct source *s = arg;
    struct dc_jinja *t = NULL;
    if (dc_jinja_parse_here(s->text, s->n, &t, NULL) == DC_OK) {
        render_samples(t);
        dc_jinja_free(t);
    }
}

struct trial {
    void (*work)(void *arg);
    void *arg;
};

static void try_work(void *arg)
{
    const struct trial *w = arg;
    dc_jinja_abort_without_memory();
    w->work(w->arg);
}

/* ---- the parent ---- */

static enum dc_status judge_child(int status, struct dc_err *err)
{
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (dc_child_is_well(status))
        return DC_OK;
    const char *why = "it takes more than 256 MiB of memory";
    if (sig == SIGXCPU)
        why = "it takes more than 2 seconds of computing";
    else if (sig == SIGKILL)
        why = "the system ended it (no memory?)";
    else if (sig == SIGSEGV || sig == SIGBUS)
        why = "it is nested too deeply";
    return dc_fail(err, DC_DATA,
                   "%s for a page of text at most, where a model's template "
                   "takes milliseconds; give another by --chat-template",
                   why);
}

enum dc_status dc_jinja_try(void (*work)(void *arg), void *arg,
                            struct dc_err *err)
{
    struct trial w = {work, arg};
    int status = 0;
    pid_t child = dc_child_start(&most, try_work, &w);
    if (child < 0)
        return dc_fail(err, DC_IO, "no process to try it in: %s",
                       strerror(errno));
    if (!dc_child_wait(child, &status))
        return dc_fail(err, DC_IO, "can't tell how its trial ended: %s",
                       strerror(errno));
    return judge_child(status, err);
}

enum dc_status dc_jinja_parse(const char *source, size_t n,
                              struct dc_jinja **out, struct dc_err *err)
{
    size_t bad;
    *out = NULL;
    if (!dc_jinja_available())
        return dc_jinja_parse_here(source, n, out, err);
    if (n > MOST_SOURCE)
        return dc_fail(err, DC_DATA,
                       "%zu bytes, where at most %zu are expected", n,
                       MOST_SOURCE);
    if (!dc_utf8_valid(source, n, &bad))
        return dc_fail(err, DC_DATA, "not UTF-8: byte %zu", bad + 1);
    if (memchr(source, '\0', n))
        return dc_fail(err, DC_DATA, "not a template: it has a byte 0");
    struct source s = {source, n};
    enum dc_status st = dc_jinja_try(try_source, &s, err);
    return st ? st : dc_jinja_parse_here(source, n, out, err);
}
