/*
 * gnuplot.c - gnuplot.h: a child process between unlinked temporary files.
 *
 * The script and what comes of it go through files, not pipes: nobody waits for
 * anybody, however long either is, and nothing is left behind.
 */
#include "plot/gnuplot.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void dc_gnuplot_out_init(struct dc_gnuplot_out *o)
{
    dc_buf_init(&o->svg, SIZE_MAX);
    dc_buf_init(&o->png, SIZE_MAX);
    dc_buf_init(&o->said, SIZE_MAX);
}

void dc_gnuplot_out_release(struct dc_gnuplot_out *o)
{
    dc_buf_release(&o->svg);
    dc_buf_release(&o->png);
    dc_buf_release(&o->said);
}

/* ---- the process ---- */

enum { IN, SAID, SVG, PNG, N_FILES };

static enum dc_status not_started(int why, struct dc_err *err)
{
    if (why == ENOENT)
        return dc_fail(err, DC_IO,
                       "gnuplot is not installed, and the plots are drawn by "
                       "it: " DC_GNUPLOT_INSTALL);
    if (why == EMFILE || why == ENFILE)
        return dc_fail(err, DC_IO,
                       "gnuplot can't be started: %s; this process may have no "
                       "more of them: raise the limit (ulimit -n)",
                       strerror(why));
    return dc_fail(err, DC_IO, "gnuplot can't be started: %s", strerror(why));
}

enum { N_CHILD = 5 }; /* its descriptors: input, both outputs, SVG, PNG */

/* Its descriptors 0 to 4 are made of copies that have other numbers, so that
 * none is lost while they are put in place. */
static int spawn(const int copy[N_CHILD], pid_t *pid)
{
    static char name[] = "gnuplot", defaults[] = "-d", input[] = "-";
    char *const argv[] = {name, defaults, input, NULL};
    posix_spawn_file_actions_t a;
    int why = posix_spawn_file_actions_init(&a);
    if (why)
        return why;
    for (int i = 0; i < N_CHILD && !why; i++)
        why = posix_spawn_file_actions_adddup2(&a, copy[i], i);
    if (!why)
        why = posix_spawnp(pid, name, &a, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&a);
    return why;
}

static int start(FILE *const *file, pid_t *pid)
{
    static const int from[N_CHILD] = {IN, SAID, SAID, SVG, PNG};
    int copy[N_CHILD], why = 0, n = 0;
    for (; n < N_CHILD && !why; n++) {
        copy[n] = fcntl(fileno(file[from[n]]), F_DUPFD_CLOEXEC, N_CHILD);
        why = copy[n] < 0 ? errno : 0;
    }
    /* no number is left from N_CHILD on: EINVAL */
    why = why == EINVAL ? EMFILE : why;
    if (!why)
        why = spawn(copy, pid);
    for (int i = 0; i < n; i++)
        if (copy[i] >= 0)
            close(copy[i]);
    return why;
}

static bool read_back(FILE *f, struct dc_buf *out)
{
    char part[1 << 14];
    size_t n;
    if (fseek(f, 0, SEEK_SET))
        return false;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        dc_buf_add(out, part, n);
    return !ferror(f);
}

static enum dc_status failed(int status, const struct dc_buf *raw,
                             struct dc_err *err)
{
    struct dc_buf said;
    dc_buf_init(&said, SIZE_MAX);
    dc_utf8_display(&said, raw->data, raw->n, 400);
    enum dc_status st =
        dc_fail(err, DC_IO, "gnuplot failed (%s %d): %s",
                WIFSIGNALED(status) ? "signal" : "exit code",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                said.n ? said.data : "it said nothing");
    dc_buf_release(&said);
    return st;
}

static bool is_set(const atomic_int *stop)
{
    return stop && atomic_load(stop);
}

/* Its exit status. A signal to us alone would not wake waitpid(). */
static int await(pid_t pid, const atomic_int *stop)
{
    static const struct timespec nap = {.tv_nsec = 2000000};
    int status = 0;
    pid_t got = 0;
    while (got == 0 && !is_set(stop)) {
        got = waitpid(pid, &status, stop ? WNOHANG : 0);
        if (got == 0)
            nanosleep(&nap, NULL);
        else if (got < 0 && errno == EINTR)
            got = 0;
    }
    if (got == 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    return status;
}

static enum dc_status run(FILE *const *file, struct dc_gnuplot_out *out,
                          const atomic_int *stop, struct dc_err *err)
{
    pid_t pid = 0;
    int why = start(file, &pid);
    if (why)
        return not_started(why, err);
    const int status = await(pid, stop);
    if (is_set(stop)) /* Ctrl-C in a terminal reaches gnuplot, too */
        return dc_fail(err, DC_INTERRUPTED, "interrupted");
    if (!read_back(file[SAID], &out->said) ||
        !read_back(file[SVG], &out->svg) || !read_back(file[PNG], &out->png))
        return dc_fail(err, DC_IO, "what gnuplot wrote can't be read back: %s",
                       strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failed(status, &out->said, err);
    return DC_OK;
}

enum dc_status dc_gnuplot_run(const struct dc_buf *script,
                              struct dc_gnuplot_out *out,
                              const atomic_int *stop, struct dc_err *err)
{
    FILE *file[N_FILES] = {NULL};
    enum dc_status st = DC_OK;
    bool ok = true;
    for (int i = 0; i < N_FILES && ok; i++)
        ok = (file[i] = tmpfile()) != NULL;
    ok = ok && fwrite(script->data, 1, script->n, file[IN]) == script->n &&
         !fflush(file[IN]) && lseek(fileno(file[IN]), 0, SEEK_SET) == 0;
    if (ok)
        st = run(file, out, stop, err);
    else if (errno == EMFILE || errno == ENFILE)
        st = not_started(errno, err);
    else
        st = dc_fail(err, DC_IO,
                     "no temporary file for gnuplot: %s; is there room in the "
                     "temporary folder?",
                     strerror(errno));
    for (int i = 0; i < N_FILES; i++)
        if (file[i])
            fclose(file[i]);
    return st;
}

/* ---- the SVG ---- */

static void add_xml(struct dc_buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '<')
            dc_buf_adds(out, "&lt;");
        else if (*s == '>')
            dc_buf_adds(out, "&gt;");
        else if (*s == '&')
            dc_buf_adds(out, "&amp;");
        else
            dc_buf_addc(out, *s);
    }
}

static void put_words(const struct dc_svg_words *w, struct dc_buf *out)
{
    dc_buf_adds(out, "<title>");
    add_xml(out, w->title);
    dc_buf_adds(out, "</title>\n<desc>");
    add_xml(out, w->desc);
    dc_buf_adds(out, "</desc>\n<metadata id=\"deepconf\">");
    add_xml(out, w->json);
    dc_buf_adds(out, "</metadata>");
}

enum dc_status dc_svg_finish(const struct dc_buf *svg,
                             const struct dc_svg_words *w, struct dc_buf *out,
                             struct dc_err *err)
{
    /* it has no weights: a bold face is part of the family's name to it */
    static const char font[] = "font-family=\"DejaVu Sans";
    static const char others[] = ", Verdana, sans-serif\"";
    static const char bold[] = ":Bold\"", weight[] = " font-weight=\"bold\"";
    const char *from = strstr(svg->data, "<title>");
    const char *to = from ? strstr(from, "</desc>") : NULL;
    if (!to)
        return dc_fail(err, DC_IO,
                       "gnuplot wrote an SVG of an unknown form: expected "
                       "<title> and <desc> at its head");
    dc_buf_add(out, svg->data, (size_t)(from - svg->data));
    put_words(w, out);
    from = to + strlen("</desc>");
    while ((to = strstr(from, font))) {
        to += strlen(font);
        dc_buf_add(out, from, (size_t)(to - from));
        dc_buf_adds(out, others);
        if (!strncmp(to, bold, strlen(bold)))
            dc_buf_adds(out, weight);
        from = to + strcspn(to, "\"");
        from += *from == '"';
    }
    dc_buf_adds(out, from);
    return DC_OK;
}
