/*
 * sink.c - sink.h.
 */
#include "exchange/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENOUGH = 1 << 16, MAX_PATH = 4096 };

static enum dc_status fail_write(const struct dc_sink *s, int why,
                                 struct dc_err *err)
{
    return dc_fail(err, DC_IO, "%.300s: can't be written: %s",
                   s->path ? s->path : "standard output",
                   why ? strerror(why) : "the disk may be full");
}

enum dc_status dc_sink_open(struct dc_sink *s, const char *path,
                            struct dc_err *err)
{
    struct dc_buf name;
    *s = (struct dc_sink){.f = stdout};
    dc_buf_init(&s->buf, SIZE_MAX);
    dc_jo_init(&s->json, &s->buf);
    if (!path || !strcmp(path, "-"))
        return DC_OK;
    dc_buf_init(&name, 2 * MAX_PATH);
    dc_buf_addf(&name, "%.*s", MAX_PATH, path);
    s->path = dc_buf_detach(&name);
    dc_buf_addf(&name, "%s.part", s->path);
    s->part = dc_buf_detach(&name);
    s->f = fopen(s->part, "wb");
    if (s->f)
        return DC_OK;
    enum dc_status st = fail_write(s, errno, err);
    dc_sink_close(s, st, NULL);
    return st;
}

static enum dc_status write_all(struct dc_sink *s, struct dc_err *err)
{
    errno = 0;
    size_t n = s->buf.n;
    bool ok = fwrite(s->buf.data, 1, n, s->f) == n;
    dc_buf_clear(&s->buf);
    return ok ? DC_OK : fail_write(s, errno, err);
}

enum dc_status dc_sink_flush(struct dc_sink *s, struct dc_err *err)
{
    return s->f && s->buf.n >= ENOUGH ? write_all(s, err) : DC_OK;
}

enum dc_status dc_sink_close(struct dc_sink *s, enum dc_status st,
                             struct dc_err *err)
{
    if (!st && s->f)
        st = write_all(s, err);
    errno = 0;
    if (s->f && (s->path ? fclose(s->f) : fflush(s->f)) != 0 && !st)
        st = fail_write(s, errno, err);
    if (!st && s->part && rename(s->part, s->path) != 0)
        st = fail_write(s, errno, err);
    if (st && s->part)
        unlink(s->part);
    free(s->path);
    free(s->part);
    dc_buf_release(&s->buf);
    *s = (struct dc_sink){.f = NULL};
    return st;
}
