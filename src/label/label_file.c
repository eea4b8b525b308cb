/*
 * label_file.c - a file that only grows, line by line.
 */
#include "label/label_file.h"

#include "base/beside.h"
#include "base/file_in.h"
#include "base/flock.h"
#include "base/json.h"
#include "base/path.h"
#include "data/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum dc_status cant(const struct dc_label_file *f, const char *what,
                           struct dc_err *err)
{
    return dc_fail(err, DC_IO, "%.300s: can't be %s: %s", f->path, what,
                   strerror(errno));
}

/* The bytes of whole lines; what a kill left behind them is cut off. */
static enum dc_status mend(struct dc_label_file *f, struct dc_buf *text,
                           struct dc_err *err)
{
    size_t end = text->n;
    while (end > 0 && text->data[end - 1] != '\n')
        end--;
    if (end == text->n)
        return DC_OK;
    json_t *last = dc_json_loadb(text->data + end, text->n - end, 0, NULL);
    json_decref(last);
    if (last) { /* whole, without its line feed */
        dc_buf_addc(text, '\n');
        return dc_label_file_add(f, "\n", 1, err);
    }
    f->mended = true;
    dc_buf_cut(text, end);
    return ftruncate(f->fd, (off_t)end) == 0 && dc_sync(f->fd)
               ? DC_OK
               : cant(f, "mended", err);
}

static enum dc_status read_all(struct dc_label_file *f, struct dc_err *err)
{
    struct dc_buf text;
    dc_buf_init(&text, DC_HAND_MAX);
    enum dc_status st = dc_text_read(f->path, &text, err);
    if (!st && text.n > 0 && !dc_hand_labels_begin(text.data, text.n))
        st = dc_fail(err, DC_DATA,
                     "is there and holds no labels of `deepconf label`; name "
                     "another file with --out");
    if (!st)
        st = mend(f, &text, err);
    if (!st && text.n > 0)
        st = dc_hand_labels_parse(text.data, text.n, &f->had, err);
    dc_buf_release(&text);
    return st ? dc_text_name_file(f->path, st, err) : DC_OK;
}

/* Before the first trace is shown, not after the first label. */
static enum dc_status can_be_made(const struct dc_label_file *f,
                                  struct dc_err *err)
{
    char *folder = dc_path_folder_copy(f->path);
    bool can = access(folder, W_OK | X_OK) == 0;
    enum dc_status st = can ? DC_OK : cant(f, "made", err);
    free(folder);
    return st;
}

enum dc_status dc_label_file_open(const char *path, struct dc_label_file *f,
                                  struct dc_err *err)
{
    struct stat sb;
    *f = (struct dc_label_file){.path = path, .fd = -1};
    dc_arena_init(&f->had.arena);
    f->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    if (f->fd < 0 && errno == ENOENT)
        return can_be_made(f, err);
    if (f->fd < 0)
        return cant(f, "opened", err);
    if (fstat(f->fd, &sb) != 0 || !S_ISREG(sb.st_mode))
        return dc_fail(err, DC_IO, "%.300s: is %s; expected a file of labels",
                       path, dc_file_what(sb.st_mode));
    if (flock(f->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return dc_fail(err, DC_USAGE,
                       "%.300s: another process is labelling into it; end that "
                       "one, or name another file with --out",
                       path);
    if (sb.st_size == 0) /* nothing in it yet */
        return DC_OK;
    return read_all(f, err);
}

static enum dc_status make(struct dc_label_file *f, struct dc_err *err)
{
    f->fd =
        open(f->path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (f->fd < 0)
        return cant(f, "made", err);
    flock(f->fd, LOCK_EX | LOCK_NB);
    return DC_OK;
}

enum dc_status dc_label_file_add(struct dc_label_file *f, const char *text,
                                 size_t n, struct dc_err *err)
{
    bool fresh = f->fd < 0;
    size_t done = 0;
    enum dc_status st = fresh ? make(f, err) : DC_OK;
    if (st)
        return st;
    off_t was = lseek(f->fd, 0, SEEK_END);
    while (done < n) {
        ssize_t k = write(f->fd, text + done, n - done);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            break;
        done += (size_t)k;
    }
    if (done == n && dc_sync(f->fd) && (!fresh || dc_sync_folder_of(f->path)))
        return DC_OK;
    st = cant(f, "written", err);
    if (was >= 0 && ftruncate(f->fd, was) != 0)
        return st;
    return st;
}

void dc_label_file_close(struct dc_label_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    dc_hand_labels_release(&f->had);
}
