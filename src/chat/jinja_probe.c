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
#include "base/utf8.h"
#include "chat/jinja_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t MOST_SOURCE = (size_t)1 << 20;
/* A template of a model takes milliseconds and a few MiB. */
enum { MOST_CPU_SECONDS = 2 };
static const rlim_t MOST_MEMORY = (rlim_t)256 << 20; /* above what is used */
/* A quarter of what a thread has by default. */
static const rlim_t MOST_CHILD_STACK = (rlim_t)2 << 20;

/* ---- the child ---- */

/* Bytes of private memory that this process has; 0: not known. */
static rlim_t memory_used(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void limit(int what, rlim_t most)
{
    struct rlimit r = {most, most + 1}; /* SIGXCPU comes before SIGKILL */
    setrlimit(what, &r);
}

static void limit_child(void)
{
    static const int sig[] = {SIGABRT, SIGSEGV, SIGBUS,  SIGFPE,
                              SIGILL,  SIGINT,  SIGTERM, SIGXCPU};
    rlim_t used = memory_used();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, MOST_CPU_SECONDS);
    limit(RLIMIT_STACK, MOST_CHILD_STACK);
    if (used)
        limit(RLIMIT_DATA, used + MOST_MEMORY);
    for (size_t i = 0; i < sizeof sig / sizeof *sig; i++)
        signal(sig[i], SIG_DFL);
    /* What an abort says is not for the user. */
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    dc_jinja_abort_without_memory();
}

static void render_sample(const struct dc_jinja *t, const char *text, size_t n)
{
    const struct dc_jinja_message msg[] = {
        {"system", "Be brief.", 9, false},
        {"user", text, n, false},
    };
    static const struct dc_jinja_arg arg[] = {
        {"enable_thinking", "true"},
        {"enable_thinking", "false"},
    };
    for (size_t system = 0; system < 2; system++)
        for (size_t a = 0; a < 3; a++) {
            struct dc_jinja_text x = {0};
            const struct dc_jinja_cfg cfg = {
                .msg = msg + 1 - system,
                .n_msg = 1 + system,
                .arg = arg + (a ? a - 1 : 0),
                .n_arg = a > 0,
                .bos = "<s>",
                .eos = "</s>",
                .now = 1700000000,
            };
            dc_jinja_render(t, &cfg, &x, NULL);
            dc_jinja_text_release(&x);
        }
}

/* A question, and a page of text. */
static void render_samples(const struct dc_jinja *t)
{
    static const char line[] = "How are you? <|im_end|> </think>\n\nLine 3.";
    enum { N_LINE = sizeof line - 1, N_PAGE = 100 * N_LINE };
    char page[N_PAGE];
    for (size_t i = 0; i < N_PAGE; i += N_LINE)
        memcpy(page + i, line, N_LINE);
    render_sample(t, line, N_LINE);
    render_sample(t, page, N_PAGE);
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

/* ---- the parent ---- */

static enum dc_status judge_child(int status, struct dc_err *err)
{
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return DC_OK;
    if (sig == SIGINT || sig == SIGTERM) /* we were meant, too */
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
    int status = 0;
    fflush(NULL); /* what is buffered is not the child's to write */
    pid_t child = fork();
    if (child == 0) {
        limit_child();
        work(arg);
        _exit(0);
    }
    if (child < 0)
        return dc_fail(err, DC_IO, "no process to try it in: %s",
                       strerror(errno));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
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
