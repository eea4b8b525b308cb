/*
 * write_file.c - write_file.h, by way of PATH.part.
 */
#include "base/write_file.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum dc_status dc_write_file(const char *path, const void *data, size_t n,
                             struct dc_err *err)
{
    struct dc_buf part;
    dc_buf_init(&part, 1 << 16);
    dc_buf_addf(&part, "%s.part", path);
    FILE *f = fopen(part.data, "wb");
    bool ok = f && fwrite(data, 1, n, f) == n;
    if (f && fclose(f))
        ok = false;
    if (ok && rename(part.data, path))
        ok = false;
    int why = errno;
    if (!ok && f)
        unlink(part.data);
    dc_buf_release(&part);
    if (ok)
        return DC_OK;
    return dc_fail(err, DC_IO, "%s: can't be written: %s", path, strerror(why));
}
