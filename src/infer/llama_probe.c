/*
 * llama_probe.c - a model opened by a child process.
 *
 * Why a child and no look at the header: what libllama asserts is spread over
 * its sources, differs by architecture and changes with each release. Why
 * fork() and not another program: the child starts no threads, touches no GPU
 * and leaves nothing behind (child.h).
 *
 * What it costs: the weights are mapped, and read once by a single step of one
 * token, about as long as the file's SHA-256 takes.
 */
#include "infer/llama_probe.h"

#include "base/child.h"
#include "infer/llama_classify.h"
#include "infer/llama_load.h"
#include "infer/llama_rows.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
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

struct to_open {
    const char *path;
    bool vocab_only;
};

static void open_model(void *arg)
{
    const struct to_open *o = arg;
    ggml_backend_dev_t none[] = {NULL};
    struct llama_model_params mp = llama_model_default_params();
    mp.devices = none;
    mp.n_gpu_layers = 0;
    mp.use_extra_bufts = false; /* weights stay as they are in the file */
    mp.vocab_only = o->vocab_only;
    struct llama_model *m = llama_model_load_from_file(o->path, mp);
    if (!m)
        return;
    tokenize(m);
    if (o->vocab_only)
        ;
    else if (dc_llama_is_encoder(m))
        dc_classify_try(m);
    else if (llama_model_has_decoder(m) && !llama_model_has_encoder(m))
        take_a_step(m);
    llama_model_free(m);
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
    if (dc_child_is_well(status))
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
    const struct dc_child_cfg most = {.cpu_seconds = MOST_SECONDS,
                                      .said = said[1]};
    struct to_open o = {path, vocab_only};
    pid_t child = dc_child_start(&most, open_model, &o);
    close(said[1]);
    if (child > 0)
        read_tail(said[0], tail, sizeof tail);
    close(said[0]);
    if (child < 0)
        return dc_fail(err, DC_IO, "%s: no process to open it: %s", path,
                       strerror(errno));
    dc_child_wait(child, &status);
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
