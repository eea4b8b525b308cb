/*
 * llama_probe.c - a model opened by a child process.
 *
 * Why a child and no look at the header: what libllama asserts is spread over
 * its sources, differs by architecture and changes with each release. Why
 * fork() and not another program: the child starts no threads, touches no GPU
 * and leaves by _exit(), so that nothing of ours is written or freed twice.
 *
 * What it costs: the weights are mapped, and read once by a single step of one
 * token, about as long as the file's SHA-256 takes.
 */
#include "infer/llama_probe.h"

#include "infer/llama_rows.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds of CPU time: a hundred times what a model of 150,000 words takes. */
enum { MOST_SECONDS = 60 };

/* ---- the child ---- */

/* A text with every byte, as prompts may have. */
static void tokenize(const struct llama_model *m)
{
    char text[512];
    llama_token id[1024];
    for (int i = 0; i < 512; i++)
        text[i] = (char)(i / 2);
    llama_tokenize(llama_model_get_vocab(m), text, 512, id, 1024, true, true);
}

/* One token, computed by one thread: a team of OpenMP does not outlive fork().
 */
static void take_a_step(struct llama_model *m)
{
    struct dc_rows r;
    double ms = 0;
    const struct dc_rows_cfg cfg = {
        .n_stream = dc_rows_streams(1),
        .n_cell = 64,
        .n_threads = 1,
        .n_out = dc_rows_streams(1),
        .advice = "",
    };
    if (dc_rows_init(&r, m, &cfg, NULL) != DC_OK)
        return;
    dc_rows_clear(&r);
    dc_rows_add(&r, 0, 0, 0, true);
    dc_rows_decode(&r, &ms, NULL);
    dc_rows_release(&r);
}

static void open_model(const char *path, bool vocab_only)
{
    ggml_backend_dev_t none[] = {NULL};
    struct llama_model_params mp = llama_model_default_params();
    mp.devices = none;
    mp.n_gpu_layers = 0;
    mp.use_extra_bufts = false; /* weights stay as they are in the file */
    mp.vocab_only = vocab_only;
    struct llama_model *m = llama_model_load_from_file(path, mp);
    if (!m)
        return;
    tokenize(m);
    if (!vocab_only && llama_model_has_decoder(m) &&
        !llama_model_has_encoder(m))
        take_a_step(m);
    llama_model_free(m);
}

static void be_child(const char *path, bool vocab_only, const int said[2])
{
    struct rlimit time = {MOST_SECONDS, MOST_SECONDS}, core = {0, 0};
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &core);
    static const int sig[] = {SIGABRT, SIGSEGV, SIGBUS,  SIGFPE,
                              SIGILL,  SIGINT,  SIGTERM, SIGXCPU};
    for (size_t i = 0; i < sizeof sig / sizeof *sig; i++)
        signal(sig[i], SIG_DFL);
    dup2(said[1], STDERR_FILENO);
    dup2(said[1], STDOUT_FILENO);
    close(said[0]);
    close(said[1]);
    open_model(path, vocab_only);
    _exit(0);
}

/* ---- the parent ---- */

/* All that comes, of which the last n - 1 bytes stay in tail. */
static void read_tail(int from, char *tail, size_t n)
{
    char piece[1024];
    size_t len = 0;
    ssize_t got;
    while ((got = read(from, piece, sizeof piece)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        for (ssize_t i = 0; i < got; i++) {
            if (len == n - 1)
                memmove(tail, tail + 1, --len);
            tail[len++] = piece[i];
        }
    }
    tail[len] = '\0';
}

/* The line that says what was asserted, without the path of its source. */
static const char *last_words(char *tail)
{
    char *line = strstr(tail, "GGML_ASSERT(");
    if (!line)
        line = strstr(tail, "terminate called");
    if (!line) {
        while (*tail && tail[strlen(tail) - 1] == '\n')
            tail[strlen(tail) - 1] = '\0';
        line = strrchr(tail, '\n') ? strrchr(tail, '\n') + 1 : tail;
    }
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7F)
            *p = ' ';
    line[strcspn(line, "\n")] = '\0';
    return *line ? line : "no reason given";
}

static enum dc_status judge_end(const char *path, int status, char *tail,
                                struct dc_err *err)
{
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return DC_OK;
    if (sig == SIGINT || sig == SIGTERM) /* we were meant, too */
        return DC_OK;
    if (sig == SIGXCPU || sig == SIGKILL)
        return dc_fail(err, DC_BACKEND,
                       "%s: not a usable model: libllama was stopped "
                       "while it opened it (%s); compare the file's checksum "
                       "with its source",
                       path,
                       sig == SIGXCPU ? "a minute was not enough"
                                      : "the system killed it: no memory?");
    return dc_fail(err, DC_BACKEND,
                   "%s: not a usable model: libllama fails on its "
                   "header (%.200s); compare the file's checksum with its "
                   "source, or fetch it again",
                   path, last_words(tail));
}

static enum dc_status in_child(const char *path, bool vocab_only,
                               struct dc_err *err)
{
    char tail[2048];
    int said[2], status = 0;
    if (pipe(said) != 0)
        return dc_fail(err, DC_IO, "%s: no pipe: %s", path, strerror(errno));
    fflush(NULL); /* what is buffered is not the child's to write */
    pid_t child = fork();
    if (child == 0)
        be_child(path, vocab_only, said);
    close(said[1]);
    if (child > 0)
        read_tail(said[0], tail, sizeof tail);
    close(said[0]);
    if (child < 0)
        return dc_fail(err, DC_IO, "%s: no process to open it: %s", path,
                       strerror(errno));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return judge_end(path, status, tail, err);
}

/* The file that was opened last and did no harm. */
static struct stat harmless;

static bool was_opened(const struct stat *s)
{
    return s->st_ino == harmless.st_ino && s->st_dev == harmless.st_dev &&
           s->st_size == harmless.st_size &&
           s->st_mtim.tv_sec == harmless.st_mtim.tv_sec &&
           s->st_mtim.tv_nsec == harmless.st_mtim.tv_nsec &&
           s->st_ctim.tv_sec == harmless.st_ctim.tv_sec &&
           s->st_ctim.tv_nsec == harmless.st_ctim.tv_nsec;
}

enum dc_status dc_llama_probe(const char *path, struct dc_err *err)
{
    struct stat now;
    bool known = stat(path, &now) == 0;
    if (known && was_opened(&now))
        return DC_OK;
    enum dc_status st = in_child(path, false, err);
    if (!st && known)
        harmless = now;
    return st;
}

enum dc_status dc_llama_probe_vocab(const char *path, struct dc_err *err)
{
    return in_child(path, true, err);
}
