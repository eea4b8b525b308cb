/*
 * file_in.c - file_in.h. Kinds are told by their first bytes, as file(1) does.
 */
#include "base/file_in.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

const char *dc_file_what(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a folder";
    if (S_ISFIFO(mode))
        return "a named pipe";
    if (S_ISLNK(mode))
        return "a symbolic link";
    if (S_ISSOCK(mode))
        return "a socket";
    return S_ISREG(mode) ? "a file" : "a device";
}

enum dc_status dc_file_errno(const char *want, struct dc_err *err)
{
    if (errno == EINTR) /* only a signal that ends the work gets through */
        return dc_fail(err, DC_INTERRUPTED, "interrupted");
    if (errno == ENOMEM) /* no answer would do: "not there" least of all */
        dc_out_of_memory();
    return dc_fail(err, DC_IO, "can't be read: %s%s%s", strerror(errno),
                   want ? "; name " : "", want ? want : "");
}

static enum dc_status wrong_kind(mode_t mode, const char *want,
                                 struct dc_err *err)
{
    if (S_ISFIFO(mode))
        return dc_fail(err, DC_IO,
                       "is %s, no regular file; write what it gives to a file "
                       "first, and name that",
                       dc_file_what(mode));
    return dc_fail(err, DC_IO, "is %s; name %s", dc_file_what(mode), want);
}

/* As a stream, without waiting for anything. */
static enum dc_status open_now(const char *path, int flags, const char *want,
                               FILE **out, struct stat *sb, struct dc_err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);
    *out = fd < 0 ? NULL : fdopen(fd, "rb");
    if (*out && fstat(fd, sb) == 0)
        return DC_OK;
    int why = errno;
    if (*out)
        fclose(*out);
    else if (fd >= 0)
        close(fd);
    *out = NULL;
    /* a socket has no better error, and a link that is not followed neither */
    if (fd < 0 && (why == ENXIO || why == ELOOP) && lstat(path, sb) == 0 &&
        (S_ISSOCK(sb->st_mode) || (flags & O_NOFOLLOW)))
        return wrong_kind(sb->st_mode, want, err);
    errno = why;
    return dc_file_errno(want, err);
}

/* From here on it may wait. */
static bool may_wait(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

enum dc_status dc_file_open(const char *path, const char *want, FILE **out,
                            struct dc_err *err)
{
    struct stat sb;
    enum dc_status st = open_now(path, 0, want, out, &sb, err);
    if (st || S_ISREG(sb.st_mode))
        return st;
    fclose(*out);
    *out = NULL;
    return wrong_kind(sb.st_mode, want, err);
}

/* A pipe that nobody has opened for writing yet is at its end to read(), but
 * not to poll(), which no signal handler lets go on. */
enum dc_status dc_file_stream(const char *path, const char *want, FILE **out,
                              struct dc_err *err)
{
    struct stat sb;
    enum dc_status st = open_now(path, 0, want, out, &sb, err);
    if (st || S_ISREG(sb.st_mode))
        return st;
    struct pollfd wait = {.fd = fileno(*out), .events = POLLIN};
    if (S_ISDIR(sb.st_mode))
        st = wrong_kind(sb.st_mode, want, err);
    else if ((S_ISFIFO(sb.st_mode) && poll(&wait, 1, -1) < 0) ||
             !may_wait(fileno(*out)))
        st = dc_file_errno(want, err);
    if (!st)
        return st;
    fclose(*out);
    *out = NULL;
    return st;
}

static enum dc_status read_all(FILE *f, const char *want, struct dc_buf *out,
                               struct dc_err *err)
{
    size_t n = 0;
    enum dc_status st = DC_OK;
    char *piece = dc_xmalloc(PIECE);
    while ((n = fread(piece, 1, PIECE, f)) > 0 && n <= dc_buf_room(out))
        dc_buf_add(out, piece, n);
    if (ferror(f))
        st = dc_file_errno(NULL, err);
    else if (n > 0)
        st = dc_fail(err, DC_DATA, "is larger than %zu bytes; name %s",
                     out->max, want);
    else if (out->n == 0)
        st = dc_fail(err, DC_DATA, "is empty; name %s", want);
    free(piece);
    return st;
}

enum dc_status dc_file_read(const char *path, const char *want,
                            struct dc_buf *out, struct dc_err *err)
{
    FILE *f = NULL;
    enum dc_status st = dc_file_open(path, want, &f, err);
    if (st)
        return st;
    st = read_all(f, want, out, err);
    fclose(f);
    return st;
}

ssize_t dc_getline(char **line, size_t *cap, FILE *f)
{
    ssize_t n = getline(line, cap, f);
    if (n < 0 && !feof(f) && !ferror(f))
        dc_out_of_memory();
    return n;
}

static size_t line_of(const struct dc_buf *b, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += b->data[i] == '\n';
    return line;
}

static enum dc_status check_text(const char *want, const struct dc_buf *out,
                                 struct dc_err *err)
{
    size_t bad = 0;
    const char *kind = dc_file_kind(out->data, out->n);
    if (kind)
        return dc_fail(err, DC_DATA, "is %s; name %s%s", kind, want,
                       dc_file_kind_advice(kind));
    if (!dc_utf8_valid(out->data, out->n, &bad))
        return dc_fail(err, DC_DATA, "line %zu: is no text in UTF-8; name %s",
                       line_of(out, bad), want);
    const char *nul = memchr(out->data, '\0', out->n);
    if (!nul)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "line %zu: holds a NUL byte, so it is no text; name %s",
                   line_of(out, (size_t)(nul - out->data)), want);
}

enum dc_status dc_file_text(const char *path, const char *want,
                            struct dc_buf *out, struct dc_err *err)
{
    enum dc_status st = dc_file_read(path, want, out, err);
    return st ? st : check_text(want, out, err);
}

enum dc_status dc_file_text_of(FILE *f, const char *want, struct dc_buf *out,
                               struct dc_err *err)
{
    enum dc_status st = read_all(f, want, out, err);
    return st ? st : check_text(want, out, err);
}

/* ---- kinds ---- */

static const char utf16[] = "text in UTF-16";

const char *dc_file_kind(const char *head, size_t n)
{
    static const struct {
        const char *mark;
        size_t n;
        const char *kind;
    } row[] = {
        {"PK\3\4", 4, "a zip archive"},
        {"PK\5\6", 4, "an empty zip archive"},
        {"\x1F\x8B", 2, "compressed by gzip"},
        {"\x28\xB5\x2F\xFD", 4, "compressed by zstd"},
        {"\xFD"
         "7zXZ",
         5, "compressed by xz"},
        {"SQLite format 3", 15, "an SQLite database"},
        {"GGUF", 4, "a GGUF model"},
        {"DCJ LIN", 7, "a trained judge"},
        {"\x89PNG", 4, "a PNG picture"},
        {"%PDF-", 5, "a PDF document"},
        {"\x7F"
         "ELF",
         4, "a program"},
        {"\xFF\xFE", 2, utf16},
        {"\xFE\xFF", 2, utf16},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (n >= row[i].n && !memcmp(head, row[i].mark, row[i].n))
            return row[i].kind;
    /* UTF-16 without its mark: every other byte of Latin text is 0. */
    if (n >= 4 && !head[0] != !head[1] && !head[0] == !head[2] &&
        !head[1] == !head[3])
        return utf16;
    return NULL;
}

const char *dc_file_kind_advice(const char *kind)
{
    if (kind == utf16)
        return "; to convert it: iconv -f UTF-16 -t UTF-8";
    if (!strncmp(kind, "compressed", 10))
        return "; unpack it first";
    return "";
}
