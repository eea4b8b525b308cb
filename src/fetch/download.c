/*
 * download.c - download.h.
 *
 * A hub of models answers with a redirect to where its large files lie, and
 * says in that redirect which SHA-256 the file has (X-Linked-ETag), so that it
 * is known before the first byte, whoever sends the bytes.
 */
#include "fetch/download.h"

#include "base/beside.h"
#include "base/flock.h"
#include "base/mem.h"
#include "base/path.h"
#include "fetch/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { IDLE_TRIES = 2, MAX_TRIES = 100, MAX_NOTE = 1 << 14 };

/* One terabyte: what claims more is no model. */
static const uint64_t max_bytes = (uint64_t)1 << 40;

struct job {
    const struct dc_download *d;
    struct dc_downloaded *out;
    char *part, *note; /* paths; caller frees */
    int fd;
    uint64_t n, n_all; /* bytes there, and of all; n_all 0: not known */
    char sha256[DC_SHA256_HEX]; /* that it must have; "": not known */
    char url[DC_SHA256_HEX];    /* the URL's, which may hold a key */
    struct dc_buf of;           /* what the part is of, as the note says */
    struct dc_buf etag;         /* of If-Range; empty: none */
    bool over;                  /* the part is not of this file: begin anew */
    bool whole;                 /* 416: there is nothing behind the part */
};

/* ---- what a part is of ---- */

static bool is_sha256(const char *s, size_t n)
{
    return n == DC_SHA256_HEX - 1 && strspn(s, "0123456789abcdef") >= n;
}

/* An ETag that is a SHA-256, as hubs have it for large files. */
static void take_linked(struct job *j, const struct dc_http_event *e)
{
    const char *s = e->linked_etag;
    size_t n = strlen(s);
    if (n > 2 && s[0] == '"' && s[n - 1] == '"') {
        s++;
        n -= 2;
    }
    if (!j->sha256[0] && is_sha256(s, n)) {
        memcpy(j->sha256, s, n);
        j->out->by_server = true;
    }
    if (!j->out->commit[0])
        snprintf(j->out->commit, sizeof j->out->commit, "%s", e->commit);
}

/* What identifies the file of this answer; nothing: empty. */
static void identify(const struct job *j, const struct dc_http_event *e,
                     struct dc_buf *of)
{
    if (j->sha256[0])
        dc_buf_addf(of, "sha256 %s\n", j->sha256);
    else if (e->etag[0] == '"') /* a weak one promises no equal bytes */
        dc_buf_addf(of, "url %s\netag %s\n", j->url, e->etag);
}

/* May the part go on? *of is what its note says. */
static bool goes_on(struct job *j)
{
    struct dc_buf want;
    const char *etag = strstr(j->of.data, "\netag ");
    bool same;
    dc_buf_init(&want, 2 * MAX_NOTE);
    if (j->sha256[0]) {
        dc_buf_addf(&want, "sha256 %s\n", j->sha256);
        same = !strcmp(want.data, j->of.data);
    } else {
        dc_buf_addf(&want, "url %s\netag ", j->url);
        same = !strncmp(j->of.data, "sha256 ", 7) ||
               !strncmp(j->of.data, want.data, want.n);
    }
    dc_buf_release(&want);
    if (same && etag)
        dc_buf_add(&j->etag, etag + 6, strcspn(etag + 6, "\n"));
    return same;
}

static void read_note(struct job *j)
{
    char text[MAX_NOTE];
    FILE *f = fopen(j->note, "rb");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (f)
        fclose(f);
    dc_buf_clear(&j->of);
    if (n < sizeof text)
        dc_buf_add(&j->of, text, strnlen(text, n));
}

/* ---- the part ---- */

static enum dc_status cant_write(const struct job *j, struct dc_err *err)
{
    return dc_fail(err, DC_IO, "%.400s: can't be written: %s%s", j->part,
                   strerror(errno),
                   j->n ? "; what came is kept, and the same command goes on "
                          "from there"
                        : "");
}

static enum dc_status empty_part(struct job *j, struct dc_err *err)
{
    j->n = 0;
    j->n_all = 0;
    dc_buf_clear(&j->of);
    dc_buf_clear(&j->etag);
    unlink(j->note);
    return ftruncate(j->fd, 0) != 0 ? cant_write(j, err) : DC_OK;
}

enum dc_status dc_download_folder(const char *path, struct dc_err *err)
{
    char *folder = dc_path_folder_copy(path);
    enum dc_status st = DC_OK;
    for (char *at = folder + 1; !st; at++) {
        char c = *at;
        if (c && c != '/')
            continue;
        *at = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            st = dc_fail(err, DC_IO, "%.400s: the folder can't be made: %s",
                         folder, strerror(errno));
        *at = c;
        if (!c)
            break;
    }
    free(folder);
    return st;
}

static enum dc_status open_part(struct job *j, struct dc_err *err)
{
    struct stat sb;
    enum dc_status st = dc_download_folder(j->d->path, err);
    if (st)
        return st;
    j->fd = open(j->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (j->fd < 0)
        return cant_write(j, err);
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return dc_fail(err, DC_STORE,
                       "%.400s: another process is fetching this file: wait "
                       "for it, or end it",
                       j->part);
    /* Who had the lock before may have given the part its name by now. */
    if (!dc_flock_is_at(j->fd, j->part) || fstat(j->fd, &sb) != 0)
        return dc_fail(err, DC_STORE,
                       "%.400s: another process was fetching this file until "
                       "just now: try again",
                       j->part);
    j->n = sb.st_size > 0 ? (uint64_t)sb.st_size : 0;
    read_note(j);
    return j->n > 0 && goes_on(j) ? DC_OK : empty_part(j, err);
}

static enum dc_status write_note(struct job *j, const struct dc_buf *of,
                                 struct dc_err *err)
{
    if (!of->n || !strcmp(of->data, j->of.data))
        return DC_OK;
    FILE *f = fopen(j->note, "wb");
    bool bad = !f || fwrite(of->data, 1, of->n, f) != of->n;
    if (f && fclose(f) != 0)
        bad = true;
    if (bad)
        return cant_write(j, err);
    dc_buf_clear(&j->of);
    dc_buf_adds(&j->of, of->data);
    return DC_OK;
}

static enum dc_status check_room(const struct job *j, struct dc_err *err)
{
    struct statvfs fs;
    if (j->n_all <= j->n || fstatvfs(j->fd, &fs) != 0)
        return DC_OK;
    uint64_t free = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (free >= j->n_all - j->n)
        return DC_OK;
    return dc_fail(err, DC_IO,
                   "%.400s: %" PRIu64 " bytes are to come, and the disk has "
                   "%" PRIu64 " free: make room, or set DEEPCONF_CACHE to a "
                   "folder on another disk",
                   j->part, j->n_all - j->n, free);
}

/* ---- the answer ---- */

/* "bytes 5-9/10": where it begins, and of how many; false: something else. */
static bool parse_range(const char *s, uint64_t *from, uint64_t *all)
{
    uint64_t to;
    int end = 0;
    if (sscanf(s, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64 "%n", from, &to, all,
               &end) == 3 &&
        !s[end])
        return *from <= to && to < *all;
    *from = 0;
    return sscanf(s, "bytes */%" SCNu64 "%n", all, &end) == 1 && !s[end];
}

static enum dc_status begin_anew(struct job *j, struct dc_err *err)
{
    j->over = true;
    return dc_fail(err, DC_BACKEND,
                   "the server gives no end of the part that is there");
}

/* Is there a file in this answer, and from which byte on? */
static enum dc_status take_status(struct job *j, const struct dc_http_event *e,
                                  const struct dc_buf *of, struct dc_err *err)
{
    uint64_t from = 0, all = 0;
    switch (e->status) {
    case 200:
        j->n_all = strtoull(e->length, NULL, 10);
        return DC_OK;
    case 206:
        if (!parse_range(e->range, &from, &all) || from != j->n)
            return begin_anew(j, err);
        if (of->n ? strcmp(of->data, j->of.data) != 0 : j->etag.n == 0)
            return begin_anew(j, err);
        j->n_all = all;
        return DC_OK;
    case 416:
        j->whole = parse_range(e->range, &from, &all) && all == j->n &&
                   !strcmp(of->data, j->of.data);
        if (j->whole)
            return dc_fail(err, DC_BACKEND, "there is nothing more");
        return begin_anew(j, err);
    default:
        j->out->status = e->status;
        return dc_fail(err, DC_BACKEND, "HTTP status %d", e->status);
    }
}

static enum dc_status check_size(const struct job *j, struct dc_err *err)
{
    if (j->n_all > max_bytes)
        return dc_fail(err, DC_DATA, "%" PRIu64 " bytes are too many",
                       j->n_all);
    if (j->d->bytes && j->n_all && j->n_all != j->d->bytes)
        return dc_fail(err, DC_DATA,
                       "the file has %" PRIu64 " bytes, expected %" PRIu64
                       ": it is another file, and was not fetched",
                       j->n_all, j->d->bytes);
    return DC_OK;
}

static enum dc_status take_head(void *arg, const struct dc_http_event *e,
                                bool redirect, struct dc_err *err)
{
    struct job *j = arg;
    struct dc_buf of;
    take_linked(j, e);
    if (redirect)
        return DC_OK;
    dc_buf_init(&of, 2 * MAX_NOTE);
    identify(j, e, &of);
    enum dc_status st = take_status(j, e, &of, err);
    uint64_t n_all = j->n_all;
    if (!st)
        st = check_size(j, err);
    if (!st && e->status == 200 && j->n > 0)
        st = empty_part(j, err);
    j->n_all = n_all;
    if (!st)
        st = check_room(j, err);
    if (!st)
        st = write_note(j, &of, err);
    if (!st && j->n > j->out->resumed)
        j->out->resumed = j->n;
    dc_buf_release(&of);
    return st;
}

static enum dc_status take_data(void *arg, const char *data, size_t n,
                                struct dc_err *err)
{
    struct job *j = arg;
    while (n > 0) {
        ssize_t k = pwrite(j->fd, data, n, (off_t)j->n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return cant_write(j, err);
        j->n += (uint64_t)k;
        data += k;
        n -= (size_t)k;
    }
    if (j->d->progress)
        j->d->progress(j->d->arg, j->n, j->n_all);
    return DC_OK;
}

/* ---- tries ---- */

static enum dc_status one_try(struct job *j, bool *lost, struct dc_err *err)
{
    struct dc_transfer t = {
        .url = j->d->url,
        .token = j->d->token,
        .from = j->n,
        .if_range = j->etag.n ? j->etag.data : NULL,
        .max_body = max_bytes,
        .head = take_head,
        .data = take_data,
        .arg = j,
    };
    j->over = j->whole = false;
    enum dc_status st = dc_transfer(&t, NULL, lost, err);
    if (st && j->whole)
        return DC_OK;
    if (!st && j->n_all && j->n != j->n_all) {
        *lost = true;
        return dc_fail(err, DC_BACKEND, "%" PRIu64 " of %" PRIu64 " bytes came",
                       j->n, j->n_all);
    }
    return st;
}

static enum dc_status bring(struct job *j, struct dc_err *err)
{
    unsigned idle = 0, anew = 0;
    for (unsigned i = 0;; i++) {
        struct dc_err why = {.msg = ""};
        uint64_t before = j->n;
        bool lost = false;
        enum dc_status st = one_try(j, &lost, &why);
        if (!st)
            return DC_OK;
        if (j->over && anew++ == 0) {
            st = empty_part(j, err);
            if (st)
                return st;
            continue;
        }
        idle = j->n > before ? 0 : idle + 1;
        if (lost && idle < IDLE_TRIES && i < MAX_TRIES)
            continue;
        return dc_fail(err, st, "%s%s", why.msg,
                       lost && j->n > 0 && j->of.n > 0
                           ? "; what came is kept, and the same command goes "
                             "on from there"
                           : "");
    }
}

/* ---- the end ---- */

static enum dc_status another_file(const struct job *j, struct dc_err *err)
{
    struct dc_buf url;
    dc_buf_init(&url, MAX_NOTE);
    dc_transfer_shown(j->d->url, &url);
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "%s: the file that came has %" PRIu64
                " bytes and the SHA-256 %s, expected %s%s: it is another "
                "file, or was damaged on its way, and was removed",
                url.data, j->n, j->out->sha256, j->sha256,
                j->out->by_server ? ", as the hub says" : "");
    dc_buf_release(&url);
    unlink(j->part);
    unlink(j->note);
    return st;
}

static enum dc_status keep(struct job *j, struct dc_err *err)
{
    if (j->d->checking)
        j->d->checking(j->d->arg);
    if (!dc_sync(j->fd))
        return cant_write(j, err);
    enum dc_status st = dc_sha256_file(j->part, j->out->sha256, err);
    if (st)
        return st;
    if (j->sha256[0] && strcmp(j->sha256, j->out->sha256) != 0)
        return another_file(j, err);
    if (rename(j->part, j->d->path) != 0)
        return cant_write(j, err);
    unlink(j->note);
    j->out->bytes = j->n;
    return dc_sync_folder_of(j->d->path) ? DC_OK : cant_write(j, err);
}

enum dc_status dc_download(const struct dc_download *d,
                           struct dc_downloaded *out, struct dc_err *err)
{
    struct job j = {
        .d = d,
        .out = out,
        .part = dc_path_with(d->path, ".part"),
        .note = dc_path_with(d->path, ".part.of"),
        .fd = -1,
    };
    *out = (struct dc_downloaded){.bytes = 0};
    dc_sha256_hex(d->url, strlen(d->url), j.url);
    if (d->sha256)
        snprintf(j.sha256, sizeof j.sha256, "%s", d->sha256);
    dc_buf_init(&j.of, 2 * MAX_NOTE);
    dc_buf_init(&j.etag, MAX_NOTE);
    enum dc_status st = open_part(&j, err);
    if (!st)
        st = bring(&j, err);
    if (!st)
        st = keep(&j, err);
    /* Nothing came: nothing stays. */
    if (st && j.fd >= 0 && j.n == 0 && st != DC_STORE) {
        unlink(j.part);
        unlink(j.note);
    }
    if (j.fd >= 0)
        close(j.fd);
    dc_buf_release(&j.etag);
    dc_buf_release(&j.of);
    free(j.note);
    free(j.part);
    return st;
}
