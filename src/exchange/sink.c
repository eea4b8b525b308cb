/*
 * sink.c - puts pieces into a buffer and the buffer into a file, which gets its
 * name at the end (sink.h).
 */
#include "exchange/sink.h"

#include <errno.h>

enum { ENOUGH = 1 << 16 };

static void start(struct dc_sink *s)
{
    *s = (struct dc_sink){.to.f = NULL};
    dc_buf_init(&s->buf, SIZE_MAX);
    dc_jo_init(&s->json, &s->buf);
}

enum dc_status dc_sink_open(struct dc_sink *s, const char *path,
                            struct dc_err *err)
{
    start(s);
    return dc_file_out_open(&s->to, path, err);
}

enum dc_status dc_sink_open_own(struct dc_sink *s, const char *path,
                                struct dc_err *err)
{
    start(s);
    return dc_file_out_open_own(&s->to, path, err);
}

static enum dc_status write_all(struct dc_sink *s, struct dc_err *err)
{
    errno = 0;
    size_t n = s->buf.n;
    bool ok = fwrite(s->buf.data, 1, n, s->to.f) == n;
    dc_buf_clear(&s->buf);
    return ok ? DC_OK : dc_file_out_fail(&s->to, err);
}

enum dc_status dc_sink_flush(struct dc_sink *s, struct dc_err *err)
{
    return s->to.f && s->buf.n >= ENOUGH ? write_all(s, err) : DC_OK;
}

enum dc_status dc_sink_finish(struct dc_sink *s, enum dc_status st,
                              struct dc_err *err)
{
    if (!st && s->to.f)
        st = write_all(s, err);
    st = dc_file_out_finish(&s->to, st, err);
    dc_buf_release(&s->buf);
    return st;
}

enum dc_status dc_sink_close(struct dc_sink *s, enum dc_status st,
                             struct dc_err *err)
{
    bool is_open = s->to.f != NULL;
    st = dc_sink_finish(s, st, err);
    return st || !is_open ? st : dc_file_out_name(&s->to, err);
}
